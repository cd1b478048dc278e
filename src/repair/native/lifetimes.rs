use std::collections::BTreeSet;

use super::Proposal;
use crate::repair::scene::{Scene, above, replacement};
use crate::syntax::{Node, Span};

/// References and types that are proposed to get a lifetime.
const MOST: usize = 12;

/// What declares types.
const ITEMS: [&str; 7] =
    ["function_item", "function_signature_item", "struct_item", "enum_item", "type_item", "associated_type", "impl_item"];

/// A lifetime that is declared around the error, on a reference that has none.
pub(super) fn proposals(scene: Scene) -> Vec<Proposal> {
    let Some(node) = scene.node() else { return Vec::new() };
    let mut lifetimes: BTreeSet<&str> = BTreeSet::new();
    let mut next = Some(node);
    while let Some(node) = next {
        let declares = |node: &Node| matches!(node.kind(), "type_parameters" | "for_lifetimes" | "higher_ranked_trait_bound");
        let declared = node.named_children().filter(declares).flat_map(|parameters| parameters.descendants());
        lifetimes.extend(declared.filter(|node| node.kind() == "lifetime").map(Node::text).filter(|name| *name != "'_"));
        next = node.parent();
    }
    lifetimes.insert("'static");
    let mut found: Vec<Proposal> = Vec::new();
    let mut items = Vec::new();
    let mut next = Some(node);
    while let Some(item) = next.and_then(|node| above(node, &ITEMS)) {
        items.push(item);
        next = item.parent();
    }
    for place in references(node).into_iter().chain(items.into_iter().flat_map(signature)) {
        let at = place.span().start + 1;
        for lifetime in &lifetimes {
            let proposal = Proposal::new(vec![replacement(scene.file(), Span::new(at, at), format!("{lifetime} "))])
                .say(format!("`{}` is to live as long as `{lifetime}`", place.text()));
            if found.len() < MOST && !found.iter().any(|known| known.edits == proposal.edits) {
                found.push(Proposal { order: found.len() as u32, ..proposal });
            }
        }
    }
    for lifetime in lifetimes {
        found.extend(with_argument(scene, node, lifetime));
    }
    found
}

/// A lifetime as the first argument of the type that is marked.
fn with_argument(scene: Scene, node: Node, lifetime: &str) -> Option<Proposal> {
    let ty = above(node, &["type_identifier", "scoped_type_identifier", "generic_type"])?;
    let ty = ty.parent().filter(|parent| matches!(parent.kind(), "generic_type" | "scoped_type_identifier")).unwrap_or(ty);
    let (at, text) = match ty.field("type_arguments") {
        Some(arguments) => (arguments.span().start + 1, format!("{lifetime}, ")),
        None => (ty.span().end, format!("<{lifetime}>")),
    };
    let edits = vec![replacement(scene.file(), Span::new(at, at), text)];
    Some(Proposal { order: MOST as u32, ..Proposal::new(edits).say(format!("`{}` is to live as long as `{lifetime}`", ty.text())) })
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
    let roles = ["return_type", "parameters", "type", "trait", "type_parameters"];
    let parts = roles.into_iter().filter_map(|role| item.field(role));
    parts.flat_map(references).collect()
}
