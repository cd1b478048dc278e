use rustc_hash::{FxHashMap, FxHashSet};

use super::walk::walk_asked;
use crate::facts::{Fact, FileFacts};
use crate::ir::Target;
use crate::syntax::Node;

/// Expressions of which it is asked what is known where they are evaluated, and what was found.
#[derive(Debug)]
pub(super) struct Asked<'t> {
    expressions: FxHashSet<Node<'t>>,
    facts: FxHashMap<Node<'t>, Fact>,
}

impl<'t> Asked<'t> {
    pub fn is_asked(&self, node: Node<'t>) -> bool {
        self.expressions.contains(&node)
    }

    pub fn note(&mut self, node: Node<'t>, fact: Fact) {
        self.facts.insert(node, fact);
    }
}

/// What is known of expressions of a Python file where they are evaluated. `functions` are the functions, or the root of the file, in
/// which they are looked for; of what is not found there nothing is known.
pub fn expression_facts<'t>(
    facts: &FileFacts<'t>,
    target: Target,
    expressions: FxHashSet<Node<'t>>,
    functions: &[Node<'t>],
) -> FxHashMap<Node<'t>, Fact> {
    let mut asked = Asked { expressions, facts: FxHashMap::default() };
    walk_asked(facts, target, functions, &mut asked);
    asked.facts
}
