//! Scripts that give a module what it does not take.

use typed_arena::Arena;

use super::host::Modeller;
use crate::interpret::{Interpreter, Sources, Value, on_large_stack};
use crate::ir::Dim;
use crate::model::StateDict;
use crate::syntax::{Span, Tree};

/// A call of a library that the program makes with what it refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The call, or what led to it, in the script.
    pub span: Span,
    /// What the library says.
    pub message: String,
    /// The number that the module which refuses it was made for, and the one that would do.
    pub instead: Option<(Span, i64)>,
}

/// Follows a script as far as its values are known, and finds where a shape does not fit.
pub fn check(tree: &Tree) -> Option<Misfit> {
    let follow = || {
        let (sources, nodes) = (Sources::default(), Arena::new());
        let mut interpreter = Interpreter::new(&sources, Modeller::new(&nodes, StateDict::new()));
        interpreter.host.has_weights = false;
        let module = interpreter.module_of(tree, SCRIPT);
        let stop = interpreter.script(&module)?;
        let place = stop.places.iter().find(|place| &*place.file == SCRIPT)?;
        let instead = instead(&interpreter, tree);
        Some(Misfit { span: place.span, message: stop.why.clone(), instead })
    };
    on_large_stack(follow).ok()?
}

/// The first argument of the call that made a layer, if it is the number of features or channels that the layer takes, and the number that
/// it is given.
fn instead<'t>(interpreter: &Interpreter<'t, Modeller<'_, 't>>, tree: &Tree) -> Option<(Span, i64)> {
    let (call, class, given) = interpreter.refused()?;
    let axis_from = |dims: &[Dim]| match &*class {
        "Linear" => dims.last().cloned(),
        "Conv1d" | "Conv2d" | "Conv3d" | "BatchNorm1d" | "BatchNorm2d" | "BatchNorm3d" => dims.get(1).cloned(),
        _ => None,
    };
    let Value::Tensor(given) = given else { return None };
    let number = axis_from(&interpreter.host.dims(&given).ok()?)?.as_known()?;
    let first = call.field("arguments")?.named_children().find(|child| !child.is_comment())?;
    let argument = if first.kind() == "keyword_argument" { first.field("value")? } else { first };
    // Only a number that is written out: a name may have other users.
    let is_number = argument
        .descendants()
        .filter(|node| node.is_named())
        .all(|node| matches!(node.kind(), "integer" | "binary_operator" | "parenthesized_expression"));
    let own = tree.text().get(argument.span().start..argument.span().end) == Some(argument.text());
    (is_number && own).then(|| (argument.span(), number))
}

/// The name of a script that is checked, which has no file then.
const SCRIPT: &str = "script";
