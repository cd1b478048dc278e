//! `torch.range`, among whose numbers is its end, as `torch.arange`.

use super::super::File;
use super::super::edits::append_argument;
use super::super::imports::imported;
use super::super::native::Native;
use super::super::shapes;
use super::super::training::calls::{argument, arguments, has_splat};
use super::super::walk::Found;
use crate::dialect::{Names, Precedence};
use crate::rules::Safety;
use crate::syntax::pattern::without_parentheses;
use crate::syntax::{Edit, Node};

pub(super) const PASSES: &[Native] =
    &[Native { name: "range_with_end", words: &[&[".range", "import range", ", range"]], around: &[], whole: false, run }];

const PATH: &str = "torch.range";

/// Every mention of `torch.range`; a call is mended if it is known what it counts.
fn run(file: File<'_, '_>) -> Vec<Found> {
    let shown = |node: Node<'_>| Found::new(node.span(), message(), Vec::new());
    let mut found = Vec::new();
    for node in file.tree.root().descendants() {
        match node.kind() {
            "call" if called(file, node).is_some() => found.push(in_call(file, node).unwrap_or_else(|| shown(node))),
            "attribute" if is_range(file, node) && !is_called(node) => found.push(shown(node)),
            "import_from_statement" => found.extend(imported(node).iter().filter(|it| it.path == PATH).map(|it| shown(it.item))),
            _ => {}
        }
    }
    found
}

fn message() -> String {
    "`torch.range` is deprecated: use `torch.arange`, which leaves the end out and keeps integers integers".to_owned()
}

fn is_range(file: File<'_, '_>, node: Node<'_>) -> bool {
    node.field("attribute").unwrap_or(node).text() == "range" && file.resolve(node).as_deref() == Some(PATH)
}

fn called<'t>(file: File<'_, 't>, call: Node<'t>) -> Option<Node<'t>> {
    call.field("function").filter(|function| matches!(function.kind(), "identifier" | "attribute") && is_range(file, *function))
}

fn is_called(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| parent.kind() == "call" && parent.field("function") == Some(node))
}

fn in_call<'t>(file: File<'_, 't>, call: Node<'t>) -> Option<Found> {
    let name = called(file, call)?.field("attribute").filter(|_| !has_splat(call))?;
    let (start, end) = (argument(call, 0, "start")?, argument(call, 1, "end")?);
    let forward = match argument(call, 2, "step") {
        Some(step) => goes_forward(step)?,
        None => true,
    };
    let whole = |node: Node<'t>| is_integer(file, node);
    if [start, end].iter().any(|node| !whole(*node) && has_fraction(*node)) {
        return None;
    }
    let mut edits = vec![
        Edit { span: name.span(), text: "arange".to_owned() },
        Edit { span: end.span(), text: one_further(end, if forward { 1 } else { -1 }) },
    ];
    let says_dtype = arguments(call).any(|argument| argument.field("name").is_some_and(|name| matches!(name.text(), "dtype" | "out")));
    if !says_dtype {
        let dtype = file.names(call).spell("torch.get_default_dtype")?;
        edits.extend(append_argument(file, call.field("arguments")?, &format!("dtype={dtype}()")).ok()?);
    }
    let safety = (!whole(start) || !whole(end)).then_some(Safety::Unsafe);
    Some(Found { safety, ..Found::new(call.span(), message(), edits) })
}

/// The sign of a step that is an integer as the text has it.
fn goes_forward(step: Node<'_>) -> Option<bool> {
    let value: i64 = without_parentheses(step).text().replace([' ', '_'], "").parse().ok()?;
    (value != 0).then_some(value > 0)
}

fn is_integer<'t>(file: File<'_, 't>, node: Node<'t>) -> bool {
    shapes::fact(file, node).and_then(|fact| fact.ty.dtype()).is_some_and(|dtype| dtype.is_int())
}

/// A number with a point, or a quotient, is part of it.
fn has_fraction(node: Node<'_>) -> bool {
    node.descendants()
        .any(|part| part.kind() == "float" || part.kind() == "binary_operator" && part.field("operator").is_some_and(|o| o.text() == "/"))
}

/// The text of an expression with one added to it, or taken away.
fn one_further(end: Node<'_>, by: i64) -> String {
    let plain = |value: i64| value.to_string();
    let text = end.text();
    if let Ok(value) = text.replace('_', "").parse::<i64>() {
        return plain(value.saturating_add(by));
    }
    let inner = without_parentheses(end);
    if let (Some(left), Some(right)) = (inner.field("left"), inner.field("right"))
        && let (Some(sign), Ok(number)) = (sign(inner), right.text().parse::<i64>())
    {
        return match (sign * number).saturating_add(by) {
            0 => left.text().to_owned(),
            sum if sum > 0 => format!("{} + {sum}", left.text()),
            sum => format!("{} - {}", left.text(), -sum),
        };
    }
    let (sign, sum) = if by > 0 { ('+', "a + b") } else { ('-', "a - b") };
    if Precedence::of(inner) >= Precedence::of_text(end.language(), sum) {
        format!("{} {sign} 1", inner.text())
    } else {
        format!("({}) {sign} 1", inner.text())
    }
}

/// Whether a sum or difference adds its right side or takes it away.
fn sign(node: Node<'_>) -> Option<i64> {
    match node.field("operator")?.text() {
        "+" => Some(1),
        "-" => Some(-1),
        _ => None,
    }
}
