//! `requires_grad` under other names, which nobody reads.

use super::super::File;
use super::super::native::Native;
use super::super::walk::Found;
use crate::rules::edit_distance;
use crate::syntax::{Edit, Node};

pub(super) const PASSES: &[Native] =
    &[Native { name: "requires_grad_misspelt", words: &[], around: &[], whole: false, run: requires_grad_misspelt }];

const NAME: &str = "requires_grad";

/// An attribute that is assigned, or a keyword of a function of PyTorch, with a name that is nearly `requires_grad`.
fn requires_grad_misspelt(file: File<'_, '_>) -> Vec<Found> {
    let mut found = Vec::new();
    for node in file.tree.root().descendants() {
        let name = match node.kind() {
            "assignment" => node.field("left").filter(|left| left.kind() == "attribute").and_then(|left| left.field("attribute")),
            "keyword_argument" if is_of_torch(file, node) => node.field("name"),
            _ => None,
        };
        if let Some(name) = name.filter(|name| is_near(name.text()) && !is_read(file, name.text())) {
            let message = format!("`{}` is read by nobody: `{NAME}` is meant", name.text());
            let span = if node.kind() == "assignment" { node.span() } else { name.span() };
            found.push(Found::new(span, message, vec![Edit { span: name.span(), text: NAME.to_owned() }]));
        }
    }
    found
}

/// The file reads an attribute of this name: it has one of its own.
fn is_read(file: File<'_, '_>, name: &str) -> bool {
    let assigned = |node: Node<'_>| node.parent().is_some_and(|parent| parent.kind() == "assignment" && parent.field("left") == Some(node));
    let mut attributes = file.tree.root().descendants().filter(|node| node.kind() == "attribute");
    attributes.any(|node| node.field("attribute").is_some_and(|found| found.text() == name) && !assigned(node))
}

fn is_of_torch(file: File<'_, '_>, argument: Node<'_>) -> bool {
    let call = argument.parent().and_then(Node::parent).and_then(|call| call.field("function"));
    call.and_then(|function| file.resolve(function)).is_some_and(|path| path.starts_with("torch."))
}

/// Two letters more, less or other, but no other word; or another form of it.
fn is_near(name: &str) -> bool {
    let other = ["graph", "grid", "group", "grade"].iter().any(|word| name.ends_with(word));
    let near = name.starts_with("req") && name.len().abs_diff(NAME.len()) <= 2 && edit_distance(name, NAME) <= 2;
    name != NAME && !other && (near || matches!(name, "requires_gradient" | "requires_gradients" | "require_gradient" | "require_gard"))
}

/// Tells from the text alone whether it may have such a name: a word that begins as it does and is not it.
pub(super) fn may_be_in(text: &str) -> bool {
    let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    memchr::memmem::find_iter(text.as_bytes(), b"requ").chain(memchr::memmem::find_iter(text.as_bytes(), b"reqi")).any(|at| {
        let word = &text[at..];
        is_near(&word[..word.find(|c| !in_name(c)).unwrap_or(word.len())])
    })
}
