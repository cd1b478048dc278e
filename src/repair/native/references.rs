use std::path::Path;

use super::Proposal;
use crate::repair::scene::{Scene, replacement};
use crate::repair::template::bound_to;
use crate::rules::is_number;
use crate::syntax::{Node, Span};

/// A parameter that borrows what it takes now: one of the function around the error, or one that the compiler shows. Two types of numbers are
/// not mended by it.
pub(super) fn parameters(scene: Scene) -> Vec<Proposal> {
    let mut found = Vec::new();
    if scene.problem.types().is_some_and(|(expected, given)| is_number(&expected) && is_number(&given)) {
        return found;
    }
    for (file, node) in shown(scene) {
        let text = node.text();
        let place = match node.kind() {
            "self_parameter" if !text.contains('&') => node.span().start,
            "parameter" => match node.field("type").filter(|ty| !ty.text().starts_with('&')) {
                Some(ty) => ty.span().start,
                None => continue,
            },
            _ => continue,
        };
        for sign in ["&", "&mut "] {
            let without_mut = text.strip_prefix("mut ").filter(|_| node.kind() == "self_parameter");
            let edit = match without_mut {
                Some(rest) => replacement(file, node.span(), format!("{sign}{rest}")),
                None => replacement(file, Span::new(place, place), sign),
            };
            add(&mut found, Proposal::new(vec![edit]).say(format!("`{text}` is to be borrowed")));
        }
    }
    found
}

/// `&mut` where there is a `&`: at the error, at what the compiler shows, and in the signature of the function around it.
pub(super) fn mutable(scene: Scene) -> Vec<Proposal> {
    let mut found = Vec::new();
    for (file, node) in shown(scene) {
        let shared = node.descendants().filter(|node| matches!(node.kind(), "reference_expression" | "reference_type" | "self_parameter"));
        for reference in shared.filter(|node| node.text().starts_with('&') && !is_mutable(*node)).take(4) {
            let text = reference.text();
            let lifetime = reference.children().find(|child| child.kind() == "lifetime");
            let (at, sign) = match lifetime {
                Some(lifetime) => (lifetime.span().end, " mut"),
                None => (reference.span().start + 1, "mut "),
            };
            add(&mut found, Proposal::new(vec![replacement(file, Span::new(at, at), sign)]).say(format!("`{text}` is to be mutable")));
        }
    }
    found
}

fn is_mutable(reference: Node) -> bool {
    reference.children().any(|child| child.kind() == "mutable_specifier")
}

fn add(found: &mut Vec<Proposal>, proposal: Proposal) {
    if !found.iter().any(|known| known.edits == proposal.edits) {
        found.push(Proposal { order: found.len() as u32, ..proposal });
    }
}

/// What is marked, what marked variables are bound to, what is noted, and the parameters and the return type of the function around the error.
fn shown(scene: Scene<'_>) -> Vec<(&Path, Node<'_>)> {
    let marks = scene.problem.marks.iter().chain(scene.problem.notes.iter().flat_map(|note| &note.marks));
    let mut nodes: Vec<(&Path, Node)> = Vec::new();
    for mark in marks {
        let Some(node) = scene.trees.node(mark) else { continue };
        let parameter = node.parent().filter(|parent| matches!(parent.kind(), "parameter" | "self_parameter"));
        nodes.push((&mark.file, parameter.unwrap_or(node)));
        nodes.extend(Some(node).filter(|node| node.kind() == "identifier").and_then(bound_to).map(|value| (mark.file.as_path(), value)));
    }
    nodes.retain(|(_, node)| node.text().lines().count() == 1);
    if let Some(function) = scene.function() {
        let parameters = function.field("parameters").into_iter().flat_map(Node::named_children);
        nodes.extend(parameters.chain(function.field("return_type")).map(|node| (scene.file().as_path(), node)));
    }
    nodes
}
