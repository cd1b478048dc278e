use rustc_hash::{FxHashMap, FxHashSet};

use super::walk::walk_calls;
use crate::facts::{Called, Fact, FileFacts};
use crate::ir::Target;
use crate::syntax::Node;

/// Calls of which the arguments' facts are asked for, and what was found.
#[derive(Debug, Default)]
pub(super) struct Asked<'t> {
    pub calls: FxHashSet<usize>,
    facts: FxHashMap<Node<'t>, Fact>,
}

impl<'t> Asked<'t> {
    pub fn note(&mut self, argument: Node<'t>, fact: Option<Fact>) {
        self.facts.extend(fact.map(|fact| (argument, fact)));
    }
}

/// What is known of the arguments of calls of Python functions where they are passed. `callers` are the functions, or the root of the
/// file, in which the calls are looked for; what is not found there is unknown.
pub fn argument_facts<'t>(facts: &FileFacts<'t>, target: Target, called: &[Called<'t>], callers: &[Node<'t>]) -> FxHashMap<Node<'t>, Fact> {
    let calls = called.iter().flat_map(|called| &called.calls).map(|call| call.id()).collect();
    let mut asked = Asked { calls, facts: FxHashMap::default() };
    walk_calls(facts, target, callers, &mut asked);
    asked.facts
}

/// The expressions that a call passes, by position and by name.
pub(super) fn arguments<'t>(call: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let list = call.field("arguments").filter(|list| list.kind() == "argument_list");
    let children = list.into_iter().flat_map(|list| list.named_children());
    children.filter_map(|argument| if argument.kind() == "keyword_argument" { argument.field("value") } else { Some(argument) })
}
