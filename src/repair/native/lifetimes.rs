use std::collections::BTreeSet;

use super::Proposal;
use crate::repair::scene::{Scene, above, replacement};
use crate::syntax::{Node, Span};

/// References and types that are proposed to get a lifetime.
const MOST: usize = 12;

/// A lifetime that is declared around the error, on a reference that has none.
pub(super) fn proposals(scene: Scene) -> Vec<Proposal> {
    let Some(node) = scene.node() else { return Vec::new() };
    let mut lifetimes: BTreeSet<&str> = BTreeSet::new();
    let mut next = Some(node);
    while let Some(node) = next {
        if let Some(parameters) = node.field("type_parameters") {
            lifetimes.extend(parameters.descendants().filter(|node| node.kind() == "lifetime").map(Node::text));
        }
        next = node.parent();
    }
    lifetimes.insert("'static");
    let mut found: Vec<Proposal> = Vec::new();
    let item =
        above(node, &["function_item", "function_signature_item", "struct_item", "enum_item", "type_item", "associated_type", "impl_item"]);
    for place in references(node).into_iter().chain(item.map(signature).unwrap_or_default()) {
        let at = place.span().start + 1;
        for lifetime in &lifetimes {
            let proposal = Proposal::new(vec![replacement(scene.file(), Span::new(at, at), format!("{lifetime} "))])
                .say(format!("`{}` is to live as long as `{lifetime}`", place.text()));
            if found.len() < MOST && !found.iter().any(|known| known.edits == proposal.edits) {
                found.push(Proposal { order: found.len() as u32, ..proposal });
            }
        }
    }
    found
}

/// References without a lifetime in or around a node.
fn references(node: Node<'_>) -> Vec<Node<'_>> {
    let has_none = |node: &Node| {
        matches!(node.kind(), "reference_type" | "self_parameter")
            && node.text().starts_with('&')
            && !node.children().any(|child| child.kind() == "lifetime")
    };
    above(node, &["reference_type"]).into_iter().chain(node.descendants().take(400)).filter(has_none).collect()
}

/// Those in what a function or item declares, its body left out.
fn signature(item: Node<'_>) -> Vec<Node<'_>> {
    let roles = ["parameters", "return_type", "type", "trait", "type_parameters"];
    let parts = roles.into_iter().filter_map(|role| item.field(role));
    parts.flat_map(references).collect()
}
