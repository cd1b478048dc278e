use std::collections::BTreeSet;

use super::Proposal;
use crate::repair::problem::all_quoted;
use crate::repair::scene::{Scene, above, replacement};
use crate::rules::{NUMBERS, is_number};
use crate::syntax::Node;

/// Types in what the compiler says that are looked at; long lists of what a trait is implemented for follow.
const MOST_NAMED: usize = 6;

/// Another type of number where what the error is about is declared.
pub(super) fn proposals(scene: Scene) -> Vec<Proposal> {
    let mut found: Vec<Proposal> = Vec::new();
    let pairs = pairs(scene);
    let names = names(scene);
    let mut propose = |file: &std::path::Path, node: Node, order: u32| {
        for (from, to) in pairs.iter().filter(|(from, _)| node.text() == *from) {
            let proposal = Proposal::new(vec![replacement(file, node.span(), to.as_str())]).say(format!("`{from}` is to be `{to}`"));
            if !found.iter().any(|known| known.edits == proposal.edits) {
                found.push(Proposal { order, ..proposal });
            }
        }
    };
    // In what is marked: a cast, a turbofish, a type.
    let marks = scene.problem.marks.iter().chain(scene.problem.notes.iter().flat_map(|note| &note.marks));
    for (index, mark) in marks.enumerate() {
        let nodes = scene.trees.node(mark).into_iter().flat_map(Node::descendants);
        let inside = nodes.filter(|node| is_type(*node) && mark.span.contains(node.span()));
        inside.take(4).for_each(|node| propose(&mark.file, node, if index == 0 { 0 } else { 2 }));
    }
    let function = scene.function();
    let own = function.and_then(|function| above(function, &["impl_item"])).or(function);
    let within = |outer: Option<Node>, node: Node| outer.is_some_and(|outer| outer.span().contains(node.span()));
    for (file, tree) in scene.trees.all() {
        for node in tree.root().descendants().filter(|node| is_type(*node)) {
            let Some((name, local)) = declared(node) else { continue };
            let in_header = above(node, &["function_item", "trait_item", "impl_item"]).is_some_and(|item| item.kind() == "impl_item");
            let here = file == scene.file() && (within(function, node) || in_header && within(own, node));
            match (names.contains(name), here) {
                (true, true) => propose(file, node, 1),
                (true, false) if !local => propose(file, node, 4),
                (false, true) => propose(file, node, 8),
                _ => {}
            }
        }
    }
    found
}

fn is_type(node: Node) -> bool {
    node.kind() == "primitive_type" && is_number(node.text())
}

/// The types that may have been mixed up, each for the other.
fn pairs(scene: Scene) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut add = |a: &str, b: &str| {
        for pair in [(a, b), (b, a)] {
            let pair = (pair.0.to_owned(), pair.1.to_owned());
            if NUMBERS.contains(&a) && NUMBERS.contains(&b) && a != b && !found.contains(&pair) {
                found.push(pair);
            }
        }
    };
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| NUMBERS.contains(word)).map(str::to_owned).collect()
    };
    if let Some((expected, given)) = scene.problem.types() {
        // What is found was declared wrongly more often than what is expected.
        words(&given).iter().zip(&words(&expected)).for_each(|(given, expected)| add(given, expected));
    }
    let mut named: Vec<String> = scene.problem.said().flat_map(all_quoted).flat_map(words).collect();
    named.truncate(MOST_NAMED);
    named.iter().flat_map(|a| named.iter().map(move |b| (a, b))).for_each(|(a, b)| add(a, b));
    found
}

/// The names in the expression around the error, those of fields and functions among them.
fn names(scene: Scene) -> BTreeSet<String> {
    let Some(node) = scene.node() else { return BTreeSet::new() };
    let mut around = node;
    while let Some(parent) = around.parent().filter(|parent| {
        matches!(
            parent.kind(),
            "binary_expression"
                | "arguments"
                | "call_expression"
                | "field_expression"
                | "compound_assignment_expr"
                | "assignment_expression"
                | "let_declaration"
                | "field_initializer"
                | "shorthand_field_initializer"
                | "parenthesized_expression"
                | "unary_expression"
                | "reference_expression"
                | "index_expression"
                | "type_cast_expression"
                | "return_expression"
        )
    }) {
        around = parent;
    }
    let mut names: BTreeSet<String> = around
        .descendants()
        .filter(|node| matches!(node.kind(), "identifier" | "field_identifier" | "shorthand_field_identifier"))
        .map(|node| node.text().to_owned())
        .collect();
    let marked = scene.problem.marks.iter().filter_map(|mark| scene.trees.node(mark)).flat_map(Node::descendants);
    names.extend(marked.filter(|node| node.kind().ends_with("identifier")).map(|node| node.text().to_owned()).take(16));
    names.extend(all_quoted(&scene.problem.message).into_iter().map(str::to_owned));
    if let Some(name) = scene.function().and_then(|function| function.field("name")) {
        // The value of the function itself.
        names.insert(name.text().to_owned());
    }
    names
}

/// The name that a type is the type of, and whether it is known in its function alone.
fn declared<'t>(ty: Node<'t>) -> Option<(&'t str, bool)> {
    let mut next = ty.parent();
    while let Some(node) = next {
        let of = |role: &str| node.field(role).map(Node::text);
        let within = |role: &str| node.field(role).is_some_and(|part: Node| part.span().contains(ty.span()));
        match node.kind() {
            "parameter" | "let_declaration" if within("type") => return Some((of("pattern")?.trim_start_matches("mut "), true)),
            "const_parameter" if within("type") => return Some((of("name")?, true)),
            "enum_variant" => return Some((of("name")?, false)),
            "field_declaration" | "const_item" | "static_item" if within("type") => return Some((of("name")?, false)),
            "function_item" | "function_signature_item" if within("return_type") => return Some((of("name")?, false)),
            "impl_item" if within("trait") => return Some((of("type")?, true)),
            "type_item" if within("type") => return Some((of("name")?, false)),
            "let_declaration" => return Some((of("pattern")?.trim_start_matches("mut "), true)),
            "block" | "source_file" | "declaration_list" => return None,
            _ => next = node.parent(),
        }
    }
    None
}
