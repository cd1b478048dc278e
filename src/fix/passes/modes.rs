//! Training that goes on in the mode that an evaluation has set.

use super::super::File;
use super::super::edits::insert_beside;
use super::super::native::Native;
use super::super::training::calls::{argument_for, calls_of, function_called, method};
use super::super::training::flow::{function_around, loop_around};
use super::super::training::loops::TrainingLoop;
use super::super::walk::Found;
use super::evaluation::is_model_call;
use crate::syntax::Node;

pub(super) const PASSES: &[Native] = &[Native {
    name: "training_in_eval_mode",
    words: &[&[".backward("], &[".eval("], &["for", "while"]],
    around: &[],
    whole: true,
    run: training_in_eval_mode,
}];

/// How many calls deep functions are looked into.
const MAX_DEPTH: usize = 3;

/// Turns of training with an evaluation between that calls `eval()`, and nothing that calls `train()`.
fn training_in_eval_mode<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut found = Vec::new();
    for one in file.training.loops(file).iter().filter(|one| one.innermost && one.repeats()) {
        for (turns, call) in turns_around(file, one) {
            let mut parts = Vec::new();
            within(file, turns, &[], MAX_DEPTH, &mut parts);
            if parts.iter().any(|(part, _)| sets_mode(part.text())) {
                continue;
            }
            let evaluated: Vec<String> = parts.iter().flat_map(|(part, given)| evaluated(*part, given)).collect();
            let trained = one.node.descendants().find(|inner| {
                let function = inner.field("function").filter(|_| inner.kind() == "call" && is_model_call(file, *inner));
                function.is_some_and(|function| evaluated.contains(&outside(function.text(), function, call)))
            });
            let Some(model) = trained.and_then(|call| call.field("function")) else { continue };
            let message = format!(
                "`{}` trains in evaluation mode from the second turn on: `eval()` is called between, and `train()` by nobody",
                model.text()
            );
            let line = insert_beside(file, one.node, &format!("{}.train()", model.text()), false);
            found.push(Found::new(model.span(), message, line.into_iter().collect()));
            break;
        }
    }
    found
}

/// The loops that repeat a training loop: around it, or around the calls of its function, each with the call.
fn turns_around<'t>(file: File<'_, 't>, one: &TrainingLoop<'t>) -> Vec<(Node<'t>, Option<Node<'t>>)> {
    if let Some(around) = loop_around(one.node) {
        return vec![(around, None)];
    }
    let function = function_around(one.node).filter(|function| !sets_mode(function.text()));
    let calls = function.map_or_else(Vec::new, |function| calls_of(file, function));
    calls.into_iter().filter_map(|call| Some((loop_around(call)?, Some(call)))).collect()
}

fn sets_mode(text: &str) -> bool {
    [".train(", ".training", "train_mode", "set_mode"].iter().any(|word| text.contains(word))
}

/// What a function's parameters are given by the code that is looked at.
type Given<'t> = Vec<(&'t str, String)>;

/// A node and the file's functions that are called in it, with what their parameters are given.
fn within<'t>(file: File<'_, 't>, node: Node<'t>, given: &[(&'t str, String)], depth: usize, parts: &mut Vec<(Node<'t>, Given<'t>)>) {
    parts.push((node, given.to_vec()));
    let Some(depth) = depth.checked_sub(1) else { return };
    for call in node.descendants().filter(|inner| inner.kind() == "call") {
        let Some(function) = function_called(file, call).filter(|function| parts.iter().all(|(known, _)| known != function)) else {
            continue;
        };
        let names = super::super::training::calls::parameters(function);
        let new = names.into_iter().filter_map(|name| Some((name, renamed(argument_for(function, call, name)?.text(), given))));
        within(file, function, &new.collect::<Vec<_>>(), depth, parts);
    }
}

fn renamed(text: &str, given: &[(&str, String)]) -> String {
    given.iter().find(|(name, _)| *name == text).map_or_else(|| text.to_owned(), |(_, new)| new.clone())
}

/// Whose `eval()` is called below a node, by the names of the code that is looked at.
fn evaluated(part: Node<'_>, given: &[(&str, String)]) -> Vec<String> {
    let calls = part.descendants().filter(|inner| inner.kind() == "call").filter_map(method);
    calls.filter(|(_, name)| *name == "eval").map(|(object, _)| renamed(object.text(), given)).collect()
}

/// The name of a model where the function that it stands in is called.
fn outside(name: &str, node: Node<'_>, call: Option<Node<'_>>) -> String {
    let given = call.zip(function_around(node)).and_then(|(call, function)| argument_for(function, call, name));
    given.map_or_else(|| name.to_owned(), |given| given.text().to_owned())
}
