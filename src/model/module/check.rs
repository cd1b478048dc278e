//! Scripts that give a module what it does not take.

use typed_arena::Arena;

use super::alone;
use super::host::Modeller;
use super::misfit::{Misfit, SCRIPT, refusal};
use crate::interpret::{Interpreter, Sources, on_large_stack};
use crate::model::StateDict;
use crate::syntax::Tree;

/// Follows a script as far as its values are known, and finds where a shape does not fit; and classes of modules that nothing fits.
pub fn check(tree: &Tree) -> Vec<Misfit> {
    // The element types are not known then.
    if tree.text().contains("set_default_") {
        return Vec::new();
    }
    let follow = || match followed(tree) {
        Some(misfit) => vec![Misfit { message: format!("the program ends here: {}", misfit.message), ..misfit }],
        None => alone::misfits(tree),
    };
    on_large_stack(follow).unwrap_or_default()
}

fn followed(tree: &Tree) -> Option<Misfit> {
    let (sources, nodes) = (Sources::default(), Arena::new());
    let mut interpreter = Interpreter::new(&sources, Modeller::new(&nodes, StateDict::new()));
    interpreter.host.has_weights = false;
    let module = interpreter.module_of(tree, SCRIPT);
    let stop = interpreter.script(&module)?;
    refusal(&interpreter, tree, &stop)
}
