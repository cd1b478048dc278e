//! Values on different devices that meet.

use super::super::File;
use super::super::edits::append_argument;
use super::super::native::Native;
use super::super::roles::called_path;
use super::super::training::calls::{argument, arguments, has_splat, method};
use super::super::training::flow::value;
use super::super::walk::Found;
use crate::syntax::Node;
use crate::syntax::pattern::without_parentheses;

pub(super) const PASSES: &[Native] =
    &[Native { name: "operands_on_two_devices", words: &[&["cuda", "mps", "xpu"]], around: &[], whole: false, run }];

/// What makes a tensor on the CPU if nothing else is said.
const MAKERS: &str = "zeros ones empty full rand randn randint eye arange linspace tensor";

/// What says where a file's tensors are made.
const DEFAULTS: [&str; 4] = ["set_default_device", "set_default_tensor_type", "torch.device(\"cuda\"):", "DeviceContext"];

fn run<'t>(file: File<'_, 't>) -> Vec<Found> {
    if DEFAULTS.iter().any(|word| file.text().contains(word)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for node in file.tree.root().descendants().filter(|node| node.kind() == "binary_operator") {
        let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else { continue };
        let (Some(a), Some(b)) = (device(file, left), device(file, right)) else { continue };
        if a.name == b.name {
            continue;
        }
        let (here, there) = if b.said.is_none() { (b, a) } else { (a, b) };
        // Where both say where they are, one of them has to move: which is for a person to say.
        let edits = match (here.said, there.said) {
            (None, Some(text)) => here.made.field("arguments").and_then(|list| append_argument(file, list, &format!("device={text}")).ok()),
            _ => None,
        };
        let message = format!("`{}` is on {}, `{}` on {}", left.text(), a.name, right.text(), b.name);
        found.push(Found::new(node.span(), message, edits.unwrap_or_default()));
    }
    found
}

/// Where a tensor is.
#[derive(Clone, Copy)]
struct Place<'t> {
    name: &'t str,
    /// The text that says so, if any does.
    said: Option<&'t str>,
    /// The call that makes it.
    made: Node<'t>,
}

/// Where a value with axes surely is: by its maker, and by what moves it.
fn device<'t>(file: File<'_, 't>, node: Node<'t>) -> Option<Place<'t>> {
    let call = value(node);
    if call.kind() == "binary_operator" {
        let (left, right) = (call.field("left")?, call.field("right")?);
        return device(file, left).or_else(|| device(file, right));
    }
    if call.kind() != "call" || has_splat(call) {
        return None;
    }
    if let Some(path) = called_path(file, call) {
        let name = path.strip_prefix("torch.").filter(|name| MAKERS.split(' ').any(|maker| maker == *name))?;
        let first = arguments(call).next().map(without_parentheses)?;
        let positional = arguments(call).filter(|argument| argument.kind() != "keyword_argument").count();
        // A tensor without axes goes with those of any device.
        let has_axes = match name {
            "tensor" => first.kind() == "list",
            "eye" | "arange" | "linspace" => true,
            _ => first.kind() == "integer" || positional > 1 || first.kind() == "tuple" && first.named_children().next().is_some(),
        };
        return match argument(call, usize::MAX, "device") {
            _ if !has_axes => None,
            None => Some(Place { name: "cpu", said: None, made: call }),
            Some(said) => Some(Place { name: kind(said)?, said: Some(said.text()), made: call }),
        };
    }
    let (object, name) = method(call)?;
    let moved = device(file, object)?;
    match (name, arguments(call).next()) {
        ("cuda", None) => Some(Place { name: "cuda", said: Some("\"cuda\""), made: call }),
        ("cpu", None) => Some(Place { name: "cpu", said: Some("\"cpu\""), made: call }),
        ("to", Some(said)) if kind(said).is_some() => Some(Place { name: kind(said)?, said: Some(said.text()), made: call }),
        ("float" | "double" | "half" | "long" | "int" | "requires_grad_", None) => Some(Place { said: moved.said, ..moved }),
        _ => None,
    }
}

/// `cuda` of `"cuda:0"`.
fn kind(said: Node<'_>) -> Option<&str> {
    let text = said.text().trim_matches(['"', '\'']);
    let kind = text.split(':').next().unwrap_or(text);
    (said.kind() == "string" && matches!(kind, "cpu" | "cuda" | "mps" | "xpu")).then_some(kind)
}
