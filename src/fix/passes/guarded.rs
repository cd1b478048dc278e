//! Logarithms of probabilities with a guard against zero, which the stable function does not need.

use super::super::File;
use super::super::conditions::{is_small, lacks};
use super::super::native::Native;
use super::super::render::spelled;
use super::super::training::calls::{argument, arguments, method};
use super::super::training::flow::{holds_until, value};
use super::super::training::layers::{Last, activation};
use super::super::walk::Found;
use super::first_line;
use crate::dialect::Precedence;
use crate::syntax::pattern::without_parentheses;
use crate::syntax::{Edit, Node};

pub(super) const PASSES: &[Native] =
    &[Native { name: "guarded_log", words: &[&["softmax", "sigmoid"], &["log"]], around: &[], whole: false, run }];

fn run<'t>(file: File<'_, 't>) -> Vec<Found> {
    file.tree.root().descendants().filter(|node| node.kind() == "call").filter_map(|call| in_log(file, call)).collect()
}

fn in_log<'t>(file: File<'_, 't>, log: Node<'t>) -> Option<Found> {
    let probability = guarded(file, logarithm_of(file, log)?)?;
    let (text, import) = match complement_of(probability) {
        Some(other) => {
            let (call, inner) = made_by(file, other, Last::Sigmoid, log)?;
            let negative = if Precedence::of(inner) >= Precedence::of_text(call.language(), "-x") {
                inner.text().to_owned()
            } else {
                format!("({})", inner.text())
            };
            log_sigmoid(file, log, &format!("-{negative}"))?
        }
        None => match made_by(file, probability, Last::Softmax, log) {
            Some((call, _)) => (log_softmax(file, call)?, None),
            None => log_sigmoid(file, log, made_by(file, probability, Last::Sigmoid, log)?.1.text())?,
        },
    };
    let message = format!("the stable form of `{}` needs no guard", first_line(log.text()));
    Some(Found::new(log.span(), message, vec![Edit { span: log.span(), text }]).importing(import))
}

/// `x` of `torch.log(x)` and `x.log()`.
fn logarithm_of<'t>(file: File<'_, 't>, call: Node<'t>) -> Option<Node<'t>> {
    match file.resolve(call.field("function")?) {
        Some(path) => argument(call, 0, "input").filter(|_| path == "torch.log" && arguments(call).count() == 1),
        None => method(call).filter(|(_, name)| *name == "log" && arguments(call).next().is_none()).map(|(object, _)| object),
    }
}

/// `p` of `p + eps`, `p.clamp(min=eps)`, `torch.clamp(p, min=eps)`.
fn guarded<'t>(file: File<'_, 't>, node: Node<'t>) -> Option<Node<'t>> {
    let node = without_parentheses(node);
    if node.kind() == "binary_operator" {
        let (left, right) = (without_parentheses(node.field("left")?), without_parentheses(node.field("right")?));
        let pairs = [(left, right), (right, left)];
        return pairs
            .into_iter()
            .find(|(_, guard)| node.field("operator").is_some_and(|sign| sign.text() == "+") && is_small(file, *guard))
            .map(|(p, _)| p);
    }
    let path = node.field("function").filter(|_| node.kind() == "call").and_then(|function| file.resolve(function));
    let (probability, at, name) = match path.as_deref() {
        Some("torch.clamp") => (argument(node, 0, "input")?, 1, "clamp"),
        Some("torch.clamp_min") => (argument(node, 0, "input")?, 1, "clamp_min"),
        Some(_) => return None,
        None => method(node).map(|(object, name)| (object, 0, name))?,
    };
    let bound = argument(node, at, "min").filter(|bound| is_small(file, *bound))?;
    let upper = argument(node, at + 1, "max").is_none_or(|upper| matches!(upper.text(), "1" | "1.0"));
    (matches!(name, "clamp" | "clamp_min" | "clip") && upper && bound.kind() != "none").then(|| without_parentheses(probability))
}

/// `p` of `1 - p`.
fn complement_of(node: Node<'_>) -> Option<Node<'_>> {
    let one = node.field("left").filter(|_| node.kind() == "binary_operator")?;
    let is_one = matches!(one.text(), "1" | "1.0") && node.field("operator")?.text() == "-";
    node.field("right").filter(|_| is_one).map(without_parentheses)
}

/// The call that has made a probability, and what of; by itself, or by a name that still holds it.
fn made_by<'t>(file: File<'_, 't>, node: Node<'t>, wanted: Last, log: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
    let call = value(node);
    let (last, inner) = activation(file, call)?;
    // A module's call says nothing of its dimension.
    let function = call.field("function")?;
    let plain =
        file.resolve(function).is_some() || function.field("attribute").is_some_and(|name| matches!(name.text(), "softmax" | "sigmoid"));
    let own = function.field("object").is_some_and(|object| object.text() == "self");
    // What is computed behind the name would be computed twice.
    let holds = call == node || matches!(inner.kind(), "identifier" | "attribute") && holds_until(file, call, log);
    (last == wanted && plain && !own && holds).then_some((call, inner))
}

/// The same call by the name of the stable function; `None` if its dimension would be guessed or its dtype changes.
fn log_softmax<'t>(file: File<'_, 't>, call: Node<'t>) -> Option<String> {
    let function = call.field("function")?;
    let name = function.field("attribute")?;
    let path = file.resolve(function);
    let given: Vec<Node<'t>> = arguments(call).collect();
    let dimension = usize::from(path.is_some());
    let says = argument(call, dimension, "dim").is_some() || !lacks(&given, "dim", Some(dimension));
    let keeps = lacks(&given, "dtype", None) || path.is_some_and(|path| path.starts_with("torch.nn.functional."));
    let start = call.span().start;
    let (before, after) = (&call.text()[..name.span().start - start], &call.text()[name.span().end - start..]);
    (says && keeps && name.text() == "softmax").then(|| format!("{before}log_softmax{after}"))
}

fn log_sigmoid<'t>(file: File<'_, 't>, log: Node<'t>, of: &str) -> Option<(String, Option<Edit>)> {
    let (name, import) = spelled(file, log, "torch.nn.functional.logsigmoid")?;
    Some((format!("{name}({of})"), import))
}
