//! Losses that are given what has gone through the wrong activation, or through none.

use super::super::File;
use super::super::native::Native;
use super::super::render::with_comma;
use super::super::training::flow::{definition, function_around, holds_until, occurrences};
use super::super::training::layers::{Last, Output, activation, output};
use super::super::training::losses::{Loss, LossCall};
use super::super::walk::Found;
use super::first_line;
use crate::dialect::Names;
use crate::syntax::pattern::without_parentheses;
use crate::syntax::{Edit, Node};

pub(super) const PASSES: &[Native] = &[
    Native {
        name: "softmax_before_cross_entropy",
        words: &[CROSS_ENTROPY, SOFTMAX],
        around: &[],
        whole: true,
        run: softmax_before_cross_entropy,
    },
    Native { name: "logits_into_nll_loss", words: &[NLL], around: &[], whole: true, run: logits_into_nll_loss },
    Native { name: "sigmoid_with_bce_loss", words: &[BCE, SIGMOID], around: &[], whole: true, run: sigmoid_with_bce_loss },
    Native {
        name: "sigmoid_before_bce_with_logits",
        words: &[WITH_LOGITS, SIGMOID],
        around: &[],
        whole: true,
        run: sigmoid_before_bce_with_logits,
    },
];

/// Files with a loss are few, and the model's last layer is in another function than the loss.
const SOFTMAX: &[&str] = &["softmax", "log_softmax", "Softmax", "LogSoftmax"];
const SIGMOID: &[&str] = &["sigmoid", "Sigmoid", "logsigmoid", "LogSigmoid"];
const CROSS_ENTROPY: &[&str] = &["cross_entropy", "CrossEntropyLoss"];
const NLL: &[&str] = &["nll_loss", "NLLLoss"];
const BCE: &[&str] = &["binary_cross_entropy", "BCELoss"];
const WITH_LOGITS: &[&str] = &["binary_cross_entropy_with_logits", "BCEWithLogitsLoss"];

fn softmax_before_cross_entropy(file: File<'_, '_>) -> Vec<Found> {
    without_activation(file, Loss::CrossEntropy, Last::Softmax, "the cross entropy applies `log_softmax` itself")
}

fn sigmoid_before_bce_with_logits(file: File<'_, '_>) -> Vec<Found> {
    without_activation(file, Loss::BinaryCrossEntropyWithLogits, Last::Sigmoid, "this loss applies the sigmoid itself")
}

/// The activation goes: at the loss if it stands there, else in the model.
fn without_activation(file: File<'_, '_>, loss: Loss, last: Last, why: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for call in file.training.losses(file).iter().filter(|call| call.loss == loss) {
        let Some(output) = output(file, call.input).filter(|output| output.last == last) else { continue };
        let edits = at_loss(file, call).unwrap_or_else(|| in_model(file, output));
        let span = if edits.is_empty() { call.input.span() } else { edits.iter().map(|edit| edit.span).min().unwrap_or(call.input.span()) };
        let message = format!("`{}` has gone through {}: {why}", first_line(call.input.text()), name(last));
        if found.iter().all(|known| known.edits.is_empty() || known.edits != edits) {
            found.push(Found::new(span, message, edits));
        }
    }
    found
}

/// What the loss is given is replaced by what the activation was applied to, if that still has its value.
fn at_loss<'t>(file: File<'_, 't>, loss: &LossCall<'t>) -> Option<Vec<Edit>> {
    let inner = argument_of_activation(file, loss.input)?;
    Some(vec![Edit { span: loss.input.span(), text: inner.text().to_owned() }])
}

/// What an activation was applied to, where it can be written in the place of the activation's value.
fn argument_of_activation<'t>(file: File<'_, 't>, input: Node<'t>) -> Option<Node<'t>> {
    let node = without_parentheses(input);
    if node.kind() == "call" {
        return activation(file, node).map(|(_, inner)| inner);
    }
    let assignment = definition(node)?;
    let call = without_parentheses(assignment.field("right")?);
    let (_, inner) = activation(file, call)?;
    let simple = matches!(inner.kind(), "identifier" | "attribute");
    let itself = inner.text() == node.text();
    (simple && !itself && holds_until(file, inner, input)).then_some(inner)
}

/// The edits that take the last activation out of a model.
fn in_model<'t>(file: File<'_, 't>, output: Output<'t>) -> Vec<Edit> {
    let node = output.node;
    let in_list = node.parent().is_some_and(|parent| matches!(parent.kind(), "argument_list" | "list"));
    if let Some((_, inner)) = activation(file, node).filter(|_| node.kind() == "call") {
        return vec![Edit { span: node.span(), text: inner.text().to_owned() }];
    }
    let span = with_comma(node);
    let comments = file.tree.node_at(span).is_some_and(|around| around.descendants().any(|c| c.is_comment() && span.contains(c.span())));
    if in_list && !comments { vec![Edit { span, text: String::new() }] } else { Vec::new() }
}

fn logits_into_nll_loss(file: File<'_, '_>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for call in file.training.losses(file).iter().filter(|call| call.loss == Loss::NegativeLogLikelihood) {
        let Some(output) = output(file, call.input) else { continue };
        let what = match output.last {
            Last::Linear => "is what a linear layer gives, not logarithms of probabilities",
            Last::Softmax => "are probabilities, not their logarithms",
            Last::LogSoftmax | Last::Sigmoid => continue,
        };
        let edits = match output.last {
            Last::Linear => renamed(file, call, "torch.nn.functional.cross_entropy", "torch.nn.CrossEntropyLoss"),
            _ => logarithm(file, output.node),
        };
        let message = format!("`{}` {what}", first_line(call.input.text()));
        if found.iter().all(|known| known.edits.is_empty() || known.edits != edits) {
            found.push(Found::new(call.call.span(), message, edits));
        }
    }
    found
}

/// `softmax` becomes `log_softmax` where it is called by that name.
fn logarithm<'t>(file: File<'_, 't>, node: Node<'t>) -> Vec<Edit> {
    let Some(function) = node.field("function").filter(|_| node.kind() == "call") else { return Vec::new() };
    let Some(last) = function.field("attribute").filter(|name| name.text() == "softmax" || name.text() == "Softmax") else {
        return Vec::new();
    };
    // `self.softmax` is a name of the class's own.
    if function.field("object").is_some_and(|object| object.text() == "self") {
        return Vec::new();
    }
    let known = file.resolve(function).is_none_or(|path| path.starts_with("torch."));
    let text = if last.text() == "softmax" { "log_softmax" } else { "LogSoftmax" };
    if known { vec![Edit { span: last.span(), text: text.to_owned() }] } else { Vec::new() }
}

/// Another loss in the place of the one that is called; where its module is made, if that is at one place.
fn renamed<'t>(file: File<'_, 't>, call: &LossCall<'t>, function: &str, class: &str) -> Vec<Edit> {
    let (place, path) = match call.makers[..] {
        [] => (call.call, function),
        [maker] => (maker, class),
        _ => return Vec::new(),
    };
    let Some(name) = place.field("function") else { return Vec::new() };
    let spelled = file.names(place).spell(path);
    spelled.into_iter().map(|text| Edit { span: name.span(), text }).collect()
}

fn sigmoid_with_bce_loss(file: File<'_, '_>) -> Vec<Found> {
    let calls = file.training.losses(file);
    let mut found = Vec::new();
    for call in calls.iter().filter(|call| call.loss == Loss::BinaryCrossEntropy) {
        let Some(output) = output(file, call.input).filter(|output| output.last == Last::Sigmoid) else { continue };
        let shared = calls.iter().filter(|other| !call.makers.is_empty() && other.makers == call.makers).count() > 1;
        let mut edits = if shared || used_otherwise(file, call) { Vec::new() } else { at_loss(file, call).unwrap_or_default() };
        if !edits.is_empty() {
            let other = renamed(file, call, "torch.nn.functional.binary_cross_entropy_with_logits", "torch.nn.BCEWithLogitsLoss");
            if other.is_empty() { edits.clear() } else { edits.extend(other) }
        }
        edits.sort_by_key(|edit| edit.span);
        let message = format!(
            "`{}` has gone through a sigmoid: the loss with logits is exact where this one underflows",
            first_line(call.input.text())
        );
        let span = call.call.span();
        // A model that ends with a sigmoid may be asked for probabilities elsewhere: that is only shown.
        let by_name = call.input.kind() == "identifier" && argument_of_activation(file, call.input).is_none();
        if !by_name || output.node.kind() != "call" || !edits.is_empty() {
            found.push(Found::new(span, message, edits));
        }
    }
    found
}

/// The loss module is read elsewhere than where it is called.
fn used_otherwise<'t>(file: File<'_, 't>, call: &LossCall<'t>) -> bool {
    let Some(function) = call.call.field("function").filter(|_| !call.makers.is_empty()) else { return false };
    match function.kind() {
        "identifier" => {
            let root = function_around(call.call).unwrap_or(file.tree.root());
            let made = call.makers.iter().all(|maker| root.span().contains(maker.span()));
            !made || occurrences(root, function.text()).count() > 2
        }
        "attribute" => file.text().matches(function.text()).count() > 2,
        _ => false,
    }
}

fn name(last: Last) -> &'static str {
    match last {
        Last::Softmax => "a softmax",
        Last::LogSoftmax => "a log-softmax",
        Last::Sigmoid => "a sigmoid",
        Last::Linear => "a linear layer",
    }
}
