//! Loops that evaluate a model, but do not say so to PyTorch.

use super::super::File;
use super::super::edits::{insert_beside, wrap_statements};
use super::super::native::Native;
use super::super::render::spelled;
use super::super::roles::{Role, called_path, class_named, makers, role};
use super::super::training::calls::{arguments, called_name, calls_of};
use super::super::training::flow::function_around;
use super::super::walk::Found;
use crate::syntax::{Edit, Node};

pub(super) const PASSES: &[Native] = &[
    Native {
        name: "evaluation_without_no_grad",
        words: &[&[".backward(", ".eval("]],
        around: LOADERS,
        whole: true,
        run: evaluation_without_no_grad,
    },
    Native { name: "evaluation_without_eval", words: &[&[".backward("]], around: LOADERS, whole: true, run: evaluation_without_eval },
];

/// What the data of a loop is called, or made by.
const LOADERS: &[&str] = &["oader", "_dl"];

/// A loop over data that calls a model and learns nothing.
struct EvaluationLoop<'t> {
    node: Node<'t>,
    /// The calls of models in it.
    calls: Vec<Node<'t>>,
}

/// How far callers are followed.
const MAX_CALLERS: usize = 3;

const GRADIENT_WORDS: [&str; 9] =
    ["backward", "zero_grad", ".step(", "autograd", "requires_grad", ".grad", "retain_graph", "create_graph", "train("];

/// What has gradients switched off, in a `with`, as a decorator or as a call.
const SWITCHES: [&str; 5] = ["no_grad", "inference_mode", "set_grad_enabled", "evaluating", "eval_mode"];

fn evaluation_loops<'t>(file: File<'_, 't>) -> Vec<EvaluationLoop<'t>> {
    let loops = file.tree.root().descendants().filter(|node| node.kind() == "for_statement");
    loops.filter_map(|node| evaluation_loop(file, node)).collect()
}

fn evaluation_loop<'t>(file: File<'_, 't>, node: Node<'t>) -> Option<EvaluationLoop<'t>> {
    let (over, body) = (node.field("right")?, node.field("body")?);
    let data = iterated(over);
    let name = data.text().rsplit('.').next().unwrap_or("").to_lowercase();
    let function = function_around(node).and_then(|function| function.field("name")).map_or("", Node::text).to_lowercase();
    let loader = role(file, data) == Some(Role::Loader) || name.contains("loader") || name.ends_with("_dl");
    let evaluates = |text: &str| ["test", "eval", "valid", "dev_", "val_", "accuracy"].iter().any(|word| text.contains(word));
    let trains = |text: &str| text.contains("train");
    if !loader || trains(&name) || trains(&function) || !(evaluates(&name) || evaluates(&function)) {
        return None;
    }
    if GRADIENT_WORDS.iter().any(|word| body.text().contains(word)) {
        return None;
    }
    let calls: Vec<Node<'t>> = body.descendants().filter(|call| call.kind() == "call" && is_model_call(file, *call)).collect();
    (!calls.is_empty()).then_some(EvaluationLoop { node, calls })
}

/// What is gone through, without what counts or shows it.
pub(super) fn iterated(over: Node<'_>) -> Node<'_> {
    let mut node = over;
    while node.kind() == "call" && matches!(called_name(node), Some("enumerate" | "tqdm" | "iter" | "track" | "trange")) {
        let Some(first) = arguments(node).next() else { break };
        node = first;
    }
    node
}

/// A call of a model: made as one, or called one.
pub(super) fn is_model_call<'t>(file: File<'_, 't>, call: Node<'t>) -> bool {
    let Some(function) = call.field("function").filter(|function| matches!(function.kind(), "identifier" | "attribute")) else {
        return false;
    };
    if file.resolve(function).is_some() || function.kind() == "identifier" && file.facts.function_named(function).is_some() {
        return false;
    }
    match role(file, function) {
        Some(role) => role == Role::Model,
        None => {
            let last = function.text().rsplit('.').next().unwrap_or("").to_lowercase();
            matches!(last.as_str(), "model" | "net" | "network" | "classifier" | "cnn" | "rnn" | "resnet" | "encoder" | "decoder")
        }
    }
}

fn switches(text: &str) -> bool {
    SWITCHES.iter().any(|word| text.contains(word))
}

/// Gradients are switched off where a node runs, by what stands around it in its function.
pub(super) fn runs_without_gradients<'t>(file: File<'_, 't>, node: Node<'t>) -> bool {
    let above = std::iter::successors(node.parent(), |node| node.parent());
    let around = above.into_iter().any(|node| match node.kind() {
        "with_statement" => node.named_children().find(|child| child.kind() == "with_clause").is_some_and(|items| switches(items.text())),
        "decorated_definition" => node.named_children().filter(|child| child.kind() == "decorator").any(|child| switches(child.text())),
        _ => false,
    });
    let called = ["set_grad_enabled(False", "set_grad_enabled(mode=False", "_C._set_grad"].iter().any(|text| file.text().contains(text));
    around || called
}

/// Gradients are surely on: the function is called by the file, and all its calls have them on.
fn surely_with_gradients<'t>(file: File<'_, 't>, node: Node<'t>, depth: usize) -> bool {
    if runs_without_gradients(file, node) {
        return false;
    }
    let Some(function) = function_around(node) else { return true };
    // What a function before the node in it switches off stays off.
    if switches(function.text()) && !function.text().contains("with torch.no_grad") {
        return false;
    }
    let Some(depth) = depth.checked_sub(1) else { return false };
    let calls = calls_of(file, function);
    let decorated = function.parent().is_some_and(|parent| parent.kind() == "decorated_definition");
    let trains = file.training.loops(file).iter().any(|one| function.span().contains(one.node.span()));
    // Who switches the model's mode and nothing else leaves gradients to nobody.
    let switches_mode = calls.is_empty() && function.text().contains(".eval()");
    !decorated
        && (trains || switches_mode || !calls.is_empty() || is_entry(function))
        && calls.into_iter().all(|call| surely_with_gradients(file, call, depth))
}

/// A function that is run and not called by anybody.
fn is_entry(function: Node<'_>) -> bool {
    function.field("name").is_some_and(|name| matches!(name.text(), "main" | "run"))
}

fn evaluation_without_no_grad<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut found = Vec::new();
    for one in evaluation_loops(file) {
        if !one.calls.iter().all(|call| surely_with_gradients(file, *call, MAX_CALLERS)) {
            continue;
        }
        let (header, import) = spelled(file, one.node, "torch.no_grad").unzip();
        let wrapped = header.and_then(|name| wrap_statements(file, &format!("with {name}():"), one.node, one.node).ok());
        let import = import.flatten().filter(|_| wrapped.is_some());
        let message = "a model is evaluated with gradients on: every batch builds a graph that nobody uses".to_owned();
        let span = one.calls.first().map_or(one.node.span(), |call| call.span());
        found.push(Found::new(span, message, wrapped.unwrap_or_default()).importing(import));
    }
    found
}

fn evaluation_without_eval<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut found = Vec::new();
    for one in evaluation_loops(file) {
        let Some(call) = one.calls.first().copied() else { continue };
        let Some(model) = call.field("function") else { continue };
        let same = one.calls.iter().all(|other| other.field("function").is_some_and(|function| function.text() == model.text()));
        let own = function_around(one.node).is_some_and(|function| makes(file, function, model));
        let depth = if own { 0 } else { MAX_CALLERS };
        if !same || !has_modes(file, model) || !surely_in_training(file, one.node, model, depth) {
            continue;
        }
        let edits = switched(file, one.node, model.text()).unwrap_or_default();
        let message =
            format!("`{}` is evaluated as it trains: its dropout drops, its batch norms use and change with the batch", model.text());
        found.push(Found::new(call.span(), message, edits));
    }
    found
}

/// `eval()` before the loop, and `train()` behind it where nobody else calls that.
fn switched<'t>(file: File<'_, 't>, node: Node<'t>, model: &str) -> Option<Vec<Edit>> {
    let node = file.tree.node_at(node.span()).filter(|found| found.kind() == node.kind())?;
    let mut edits = vec![insert_beside(file, node, &format!("{model}.eval()"), false).ok()?];
    let trains = file.text().contains(".train(");
    let leaves = node.descendants().any(|inner| inner.kind() == "return_statement");
    if !trains && !leaves {
        edits.push(insert_beside(file, node, &format!("{model}.train()"), true).ok()?);
    }
    (trains || !leaves).then_some(edits)
}

/// A model of the file that does something else when it trains.
fn has_modes<'t>(file: File<'_, 't>, model: Node<'t>) -> bool {
    let Some(makers) = makers(file, model) else { return false };
    makers.into_iter().all(|maker| match called_path(file, maker) {
        Some(path) if path == "torch.nn.Sequential" => has_mode_words(maker),
        Some(path) => path.starts_with("torchvision.models."),
        None => maker.field("function").and_then(|name| class_named(file, name.text())).is_some_and(has_mode_words),
    })
}

/// The model is made in the function: nobody else has set its mode.
fn makes<'t>(file: File<'_, 't>, function: Node<'t>, model: Node<'t>) -> bool {
    makers(file, model).is_some_and(|makers| makers.iter().all(|maker| function.span().contains(maker.span())))
}

/// Layers that act by the mode, where they are made.
fn has_mode_words(node: Node<'_>) -> bool {
    node.descendants().any(|call| {
        call.kind() == "call" && called_name(call).is_some_and(|name| name.starts_with("BatchNorm") || name.starts_with("Dropout"))
    })
}

/// Neither the function around nor any that calls it, up to where the model is made or as far as is asked, switches the mode.
fn surely_in_training<'t>(file: File<'_, 't>, node: Node<'t>, model: Node<'t>, depth: usize) -> bool {
    let around = function_around(node);
    let text = around.unwrap_or(file.tree.root()).text();
    if [".eval(", "train(False", "train(mode", ".training", ".train(mode"].iter().any(|word| text.contains(word)) {
        return false;
    }
    let Some(function) = around.filter(|around| depth > 0 && !makes(file, *around, model)) else { return true };
    let calls = calls_of(file, function);
    !calls.is_empty() && calls.into_iter().all(|call| surely_in_training(file, call, model, depth - 1))
}
