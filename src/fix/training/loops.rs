use std::collections::BTreeSet;

use super::super::File;
use super::events::What;
use super::flow::loop_around;
use super::paths::{End, Path, paths};
use crate::syntax::Node;

/// A loop, or a function's body outside loops, in which losses are gone back through and optimizers step.
#[derive(Debug)]
pub(in crate::fix) struct TrainingLoop<'t> {
    /// The loop, or the function.
    pub node: Node<'t>,
    pub paths: Vec<Path<'t>>,
    /// No loop within it is one.
    pub innermost: bool,
}

impl<'t> TrainingLoop<'t> {
    /// The ways that lead to the next turn, or out of the loop behind its last statement.
    pub fn turns(&self) -> impl Iterator<Item = &Path<'t>> {
        self.paths.iter().filter(|path| matches!(path.end, End::Through | End::Continue | End::Break | End::Return))
    }

    /// It is a loop, not a function's body.
    pub fn repeats(&self) -> bool {
        self.node.kind() != "function_definition"
    }

    /// Something of a sort happens on some way.
    pub fn has(&self, wanted: impl Fn(What) -> bool) -> bool {
        self.paths.iter().flat_map(|path| &path.events).any(|event| wanted(event.what))
    }

    /// The optimizers and scalers that step.
    pub fn steppers(&self) -> BTreeSet<&str> {
        let events = self.paths.iter().flat_map(|path| &path.events);
        events.filter(|event| matches!(event.what, What::Step | What::ScalerStep)).map(|event| event.subject.as_str()).collect()
    }

    /// Something that nobody knows is given one of these, or the object that has it.
    pub fn gives_away(&self, subject: &str) -> bool {
        let events = self.paths.iter().flat_map(|path| &path.events);
        let root = subject.split('.').next().unwrap_or(subject);
        events
            .filter(|event| event.what == What::Unknown)
            .any(|event| event.subject == subject || event.subject == root || event.subject == "closure")
    }
}

/// All of them in a file.
pub(super) fn training_loops<'t>(file: File<'_, 't>) -> Vec<TrainingLoop<'t>> {
    let mut found: Vec<TrainingLoop<'t>> = Vec::new();
    if !file.text().contains("backward(") || !file.text().contains("step(") {
        return found;
    }
    for node in file.tree.root().descendants() {
        if !matches!(node.kind(), "for_statement" | "while_statement" | "function_definition") {
            continue;
        }
        let Some(body) = node.field("body") else { continue };
        let Some(paths) = paths(file, body) else { continue };
        let mut one = TrainingLoop { node, paths, innermost: true };
        if one.has(|what| matches!(what, What::Backward { .. })) && one.has(|what| matches!(what, What::Step | What::ScalerStep)) {
            if !one.repeats() && loop_around(node).is_none() && loops_within(node) {
                one.innermost = false;
            }
            found.push(one);
        }
    }
    let nodes: Vec<Node<'t>> = found.iter().map(|one| one.node).collect();
    for one in &mut found {
        let inner = |node: &Node<'t>| *node != one.node && one.node.span().contains(node.span());
        one.innermost &= !nodes.iter().any(inner);
    }
    found
}

/// Events stand in loops of the function: the loops are what is looked at.
fn loops_within(function: Node<'_>) -> bool {
    let mut calls = function.descendants().filter(|node| node.kind() == "call");
    calls.any(|call| super::calls::called_name(call) == Some("backward") && loop_around(call).is_some())
}
