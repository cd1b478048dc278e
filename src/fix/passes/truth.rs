//! Conditions that are asked of more than one element.

use super::super::File;
use super::super::native::Native;
use super::super::shapes::has_many;
use super::super::walk::Found;
use super::first_line;
use crate::syntax::Node;
use crate::syntax::pattern::without_parentheses;

pub(super) const PASSES: &[Native] = &[Native { name: "truth_of_many", words: &[], around: &[], whole: false, run }];

/// What makes values of a shape that is known, by whatever name the file has the library.
const MAKERS: [&str; 12] =
    [".tensor(", ".zeros(", ".ones(", ".arange(", ".rand(", ".randn(", ".full(", ".empty(", ".eye(", ".linspace(", ".array(", ".random."];

fn run<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut found = Vec::new();
    for asked in file.tree.root().descendants().filter_map(condition).flat_map(parts) {
        if has_many(file, asked) {
            let message = format!("`{}` has more than one element: its truth is ambiguous and raises an error", first_line(asked.text()));
            found.push(Found::new(asked.span(), message, Vec::new()));
        }
    }
    found
}

/// What a node asks the truth of.
fn condition(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "if_statement" | "while_statement" | "elif_clause" => node.field("condition"),
        "assert_statement" => node.named_children().next(),
        "conditional_expression" => node.named_children().nth(1),
        // Within a condition they are its parts.
        "not_operator" | "boolean_operator" => Some(node).filter(|node| !is_asked(*node)),
        _ => None,
    }
}

/// A part of what the node around asks of.
fn is_asked(node: Node<'_>) -> bool {
    let outer = std::iter::successors(node.parent(), |node| node.parent()).find(|node| node.kind() != "parenthesized_expression");
    outer.is_some_and(|outer| match outer.kind() {
        "not_operator" | "boolean_operator" => true,
        _ => condition(outer).is_some_and(|asked| without_parentheses(asked) == node),
    })
}

/// The operands of `not`, `and`, `or`. The last of a chain that is nobody's condition is given back as it is.
fn parts(node: Node<'_>) -> Vec<Node<'_>> {
    let node = without_parentheses(node);
    let operands = || node.named_children().filter(|child| !child.is_comment());
    match node.kind() {
        "not_operator" => operands().flat_map(parts).collect(),
        "boolean_operator" if is_asked(node) => operands().flat_map(parts).collect(),
        "boolean_operator" => node.field("left").map_or_else(Vec::new, parts),
        _ => vec![node],
    }
}

/// Tells from the text alone whether it may have such a condition: of a name that is given what a maker makes, or of that itself.
pub(super) fn may_be_in(text: &str) -> bool {
    const ASKS: [&str; 7] = ["if ", "if not ", "while ", "while not ", "not ", "assert ", "and "];
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    let asks = |name: &str| {
        memchr::memmem::find_iter(text.as_bytes(), name.as_bytes()).any(|at| {
            let before = text[..at].trim_end_matches('(');
            let whole = !text[at + name.len()..].starts_with(in_name);
            whole
                && (ASKS.iter().any(|word| before.ends_with(word))
                    || before.ends_with("or ")
                    || COMPARES.iter().any(|sign| before.ends_with(sign)))
        })
    };
    MAKERS.iter().flat_map(|maker| memchr::memmem::find_iter(text.as_bytes(), maker.as_bytes())).any(|at| {
        let line = text[..at].rfind('\n').map_or(0, |start| start + 1);
        let before = &text[line..at];
        let name = before.trim_start().split(|c| !in_name(c)).next().unwrap_or("");
        ASKS.iter().any(|word| before.contains(word)) || !name.is_empty() && asks(name)
    })
}

/// What stands before the right side of a comparison.
const COMPARES: [&str; 6] = ["== ", "!= ", "< ", "> ", "<= ", ">= "];
