//! The order of `zero_grad`, `backward`, `clip_grad_norm_`, `unscale_`, `step` and `update` on the ways through a training loop.

use std::collections::BTreeSet;

use super::super::File;
use super::super::edits::{insert_beside, moved, statement_of};
use super::super::native::Native;
use super::super::training::calls::arguments;
use super::super::training::events::{Event, What};
use super::super::training::flow::{function_around, loop_around};
use super::super::training::loops::TrainingLoop;
use super::super::training::paths::{End, Path};
use super::super::walk::Found;
use super::first_line;
use crate::syntax::{Edit, Node, Span};

pub(super) const PASSES: &[Native] = &[
    Native { name: "missing_zero_grad", words: &[BACKWARD, STEP, LOOP], around: &[], whole: true, run: missing_zero_grad },
    Native { name: "zero_grad_before_step", words: &[BACKWARD, STEP, LOOP], around: &[], whole: true, run: zero_grad_before_step },
    Native {
        name: "scheduler_before_optimizer",
        words: &[SCHEDULERS, STEP, LOOP],
        around: &[],
        whole: true,
        run: scheduler_before_optimizer,
    },
    Native { name: "clip_after_step", words: &[CLIPPING, STEP], around: &[], whole: true, run: clip_after_step },
    Native { name: "clip_before_unscale", words: &[CLIPPING, STEP], around: &[], whole: true, run: clip_before_unscale },
    Native { name: "scaler_without_update", words: &[SCALERS, STEP], around: &[], whole: true, run: scaler_without_update },
];

const BACKWARD: &[&str] = &[".backward("];
const STEP: &[&str] = &[".step("];
const LOOP: &[&str] = &["for", "while"];
const SCHEDULERS: &[&str] = &["lr_scheduler"];
const CLIPPING: &[&str] = &["clip_grad_norm_", "clip_grad_value_"];
const SCALERS: &[&str] = &["GradScaler"];

/// What a pass says of a place; each place once.
#[derive(Default)]
pub(super) struct Report {
    pub found: Vec<Found>,
    seen: BTreeSet<Span>,
}

impl Report {
    pub fn add(&mut self, at: Node<'_>, message: String, edits: Option<Vec<Edit>>) {
        if self.seen.insert(at.span()) {
            self.found.push(Found::new(at.span(), message, edits.unwrap_or_default()));
        }
    }
}

fn is_step(event: &Event<'_>) -> bool {
    matches!(event.what, What::Step | What::ScalerStep)
}

pub(super) fn is_backward(event: &Event<'_>) -> bool {
    matches!(event.what, What::Backward { .. })
}

/// What an event's optimizer is: that of the scaler's call for a scaler.
fn optimizer<'t>(event: &Event<'t>) -> String {
    match event.what {
        What::ScalerStep => arguments(event.node).next().map_or(String::new(), |node| node.text().to_owned()),
        _ => event.subject.clone(),
    }
}

/// A loop in which all that could set gradients to zero is seen.
fn is_closed(one: &TrainingLoop<'_>) -> bool {
    let events = || one.paths.iter().flat_map(|path| &path.events);
    let steps: BTreeSet<String> =
        events().filter(|event| is_step(event)).flat_map(|event| [optimizer(event), event.subject.clone()]).collect();
    let models: BTreeSet<&str> = events().filter(|event| event.what == What::Clip).map(|event| event.subject.as_str()).collect();
    let unknown: Vec<&str> = events().filter(|event| event.what == What::Unknown).map(|event| event.subject.as_str()).collect();
    let given = |subject: &str| one.gives_away(subject);
    let looks_like_model = |name: &&str| {
        let last = name.rsplit('.').next().unwrap_or("").to_lowercase();
        ["model", "net", "generator", "discriminator", "policy", "optim", "trainer", "engine", "learner", "agent"]
            .iter()
            .any(|part| last.contains(part))
            || last == "self"
    };
    !steps.iter().any(|subject| given(subject)) && !models.iter().any(|model| given(model)) && !unknown.iter().any(looks_like_model)
}

/// No gradient is ever set to zero.
fn missing_zero_grad<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut report = Report::default();
    for one in file.training.loops(file).iter().filter(|one| one.repeats() && one.innermost && is_closed(one)) {
        let made_anew = |event: &Event<'_>| event.what == What::Bind && one.steppers().iter().any(|name| *name == event.subject);
        if one.paths.iter().flat_map(|path| &path.events).any(made_anew) {
            continue;
        }
        for path in one.turns().filter(|path| matches!(path.end, End::Through | End::Continue)) {
            if !path.events.iter().any(is_backward) || zeroes_itself(one) {
                continue;
            }
            let steps = path.events.iter().filter(|event| is_step(event) && !event.inlined);
            let Some(step) = steps.into_iter().rfind(|step| !is_zeroed(one, path, &optimizer(step))) else { continue };
            let name = optimizer(step);
            if zeroed_elsewhere(one, path, &name) && !steps_without(one, path, step, &name) {
                continue;
            }
            let after = statement_of(step.node);
            let edit =
                after.filter(|_| !name.is_empty()).and_then(|after| insert_beside(file, after, &format!("{name}.zero_grad()"), true).ok());
            let message =
                format!("no way from one `{name}.step()` to the next sets the gradients to zero: they add up over all turns of the loop");
            report.add(step.node, message, edit.map(|edit| vec![edit]));
        }
    }
    report.found
}

/// Something on the way may set the gradients of an optimizer to zero: it, or what is not known to be another optimizer.
fn is_zeroed(one: &TrainingLoop<'_>, path: &Path<'_>, name: &str) -> bool {
    let events = || one.paths.iter().flat_map(|path| &path.events);
    let others: BTreeSet<String> = events().filter(|event| is_step(event)).map(optimizer).collect();
    let zeros = path.events.iter().filter(|event| event.what == What::ZeroGrad);
    zeros.into_iter().any(|zero| zero.subject == name || !others.contains(&zero.subject))
}

/// Another way through the loop sets them to zero and shares this one's backward pass or step: as gradients that are to add up do.
fn zeroed_elsewhere<'t>(one: &TrainingLoop<'t>, path: &Path<'t>, name: &str) -> bool {
    let of = |path: &Path<'t>| -> Vec<Node<'t>> {
        path.events.iter().filter(|event| is_step(event) || is_backward(event)).map(|event| event.node).collect()
    };
    let own = of(path);
    one.paths.iter().filter(|other| is_zeroed(one, other, name)).any(|other| {
        let nodes = of(other);
        nodes.is_empty() || nodes.iter().any(|node| own.contains(node))
    })
}

/// Every way with a backward pass takes this step, and this way alone does not set the gradients to zero: nothing is to add up. What is
/// decided on it speaks of neither the optimizer nor of adding up.
fn steps_without<'t>(one: &TrainingLoop<'t>, path: &Path<'t>, step: &Event<'t>, name: &str) -> bool {
    let learns = |other: &&Path<'t>| other.events.iter().any(is_backward);
    let always = one.turns().filter(learns).all(|other| other.events.iter().any(|event| event.node == step.node));
    let speaks = |condition: &str| condition.contains(name) || ["accum", "zero", "grad"].iter().any(|word| condition.contains(word));
    always && !path.decided().any(speaks)
}

/// The gradients are set to zero by means that are not followed: on a list of optimizers, in another function.
fn zeroes_itself(one: &TrainingLoop<'_>) -> bool {
    let inside = one.node.text();
    let events = one.paths.iter().flat_map(|path| &path.events).filter(|event| event.what == What::ZeroGrad);
    let seen: BTreeSet<usize> = events.map(|event| event.node.id()).collect();
    inside.contains(".grad") || inside.matches("zero_grad").count() > seen.len()
}

/// Gradients are set to zero between the backward pass and the step that should use them.
fn zero_grad_before_step<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut report = Report::default();
    for one in file.training.loops(file).iter().filter(|one| one.innermost && is_closed(one)) {
        for path in one.turns() {
            for (at, step) in path.events.iter().enumerate().filter(|(_, event)| event.what == What::Step && !event.inlined) {
                let before = &path.events[..at];
                let Some(zero) = before.iter().rposition(|event| event.what == What::ZeroGrad && event.subject == step.subject) else {
                    continue;
                };
                if before[zero..].iter().any(|event| is_backward(event) || is_step(event)) {
                    continue;
                }
                let wasted = before[..zero].iter().rev().take_while(|event| !is_step(event)).any(is_backward);
                let behind = path.events[at..].iter().skip(1).find(|event| is_backward(event));
                if before[zero].inlined || !wasted && behind.is_none() || one.node.text().contains(".grad") || steps_closure(step) {
                    continue;
                }
                let edits = match behind {
                    Some(backward) if !wasted => swap(file, step.node, backward.node, true),
                    _ => swap(file, before[zero].node, step.node, true),
                };
                let message = format!(
                    "`{}.step()` finds gradients that are zero: they are set to zero before it and computed elsewhere",
                    step.subject
                );
                report.add(step.node, message, edits);
            }
        }
    }
    report.found
}

/// The step computes gradients itself.
fn steps_closure(step: &Event<'_>) -> bool {
    arguments(step.node).next().is_some()
}

/// The statement of a node moves behind that of another, if both stand in one block.
fn swap<'t>(file: File<'_, 't>, node: Node<'t>, to: Node<'t>, after: bool) -> Option<Vec<Edit>> {
    moved(file, statement_of(node)?, statement_of(to)?, after).ok()
}

fn scheduler_before_optimizer<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut report = Report::default();
    for one in file.training.loops(file).iter().filter(|one| one.repeats()) {
        for path in one.turns() {
            let Some(at) = path.events.iter().position(|event| event.what == What::SchedulerStep) else { continue };
            let scheduler = &path.events[at];
            let Some(after) = path.events[at..].iter().rfind(|event| is_step(event)) else { continue };
            if path.events[..at].iter().any(is_step) || scheduler.inlined || loop_around(scheduler.node) != Some(one.node) {
                continue;
            }
            let plain = arguments(scheduler.node).next().is_none();
            let leaves = one.paths.iter().any(|path| !matches!(path.end, End::Through));
            let edits = if plain && !leaves { to_end(file, scheduler.node, one.node) } else { None };
            let message = format!(
                "`{}.step()` comes before `{}` of the same turn: the first learning rate is skipped",
                scheduler.subject,
                first_line(after.node.text())
            );
            report.add(scheduler.node, message, edits);
        }
    }
    report.found
}

/// The statement of a call moves to the end of a loop's body.
fn to_end<'t>(file: File<'_, 't>, call: Node<'t>, of: Node<'t>) -> Option<Vec<Edit>> {
    let statement = statement_of(call)?;
    let block = of.field("body")?;
    let last = block.named_children().filter(|node| !node.is_comment()).last()?;
    if statement.parent() != Some(block) || last == statement || statement.kind() != "expression_statement" {
        return None;
    }
    moved(file, statement, last, true).ok()
}

fn clip_after_step<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut report = Report::default();
    for one in file.training.loops(file).iter().filter(|one| one.innermost && one.steppers().len() == 1) {
        for path in one.turns() {
            for (at, clip) in path.events.iter().enumerate().filter(|(_, event)| event.what == What::Clip && !event.inlined) {
                let before = &path.events[..at];
                let Some(step) = before.iter().rposition(is_step) else { continue };
                let again = before[step..].iter().any(|event| is_backward(event) || matches!(event.what, What::ZeroGrad | What::Unknown));
                let later = path.events[at..].iter().any(|event| is_step(event) || is_backward(event));
                let clipped = before[..step].iter().any(|event| event.what == What::Clip);
                let used = statement_of(clip.node).is_none_or(|statement| {
                    statement.kind() != "expression_statement" || statement.named_children().next() != Some(clip.node)
                });
                if again || later || clipped || used || !before[..step].iter().any(is_backward) || before[step].inlined {
                    continue;
                }
                let edits = swap(file, clip.node, before[step].node, false);
                report.add(clip.node, "gradients are clipped after the step that should use them clipped".to_owned(), edits);
            }
        }
    }
    report.found
}

fn clip_before_unscale<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut report = Report::default();
    for one in file.training.loops(file).iter().filter(|one| one.innermost) {
        for path in one.turns() {
            for (at, clip) in path.events.iter().enumerate().filter(|(_, event)| event.what == What::Clip && !event.inlined) {
                let (before, after) = path.events.split_at(at);
                let Some(backward) = before.iter().rposition(|event| matches!(event.what, What::Backward { scaled: true, .. })) else {
                    continue;
                };
                let done = before[backward..].iter().any(|event| matches!(event.what, What::Unscale | What::Unknown) || is_step(event));
                let Some(step) = after.iter().find(|event| is_step(event)).filter(|event| event.what == What::ScalerStep) else { continue };
                let late = after.iter().any(|event| event.what == What::Unscale);
                // Gradients that an earlier turn has left unscaled.
                let other = one.has(|what| what == What::Unscale) && !late;
                if done || other || step.inlined {
                    continue;
                }
                let line = format!("{}.unscale_({})", step.subject, optimizer(step));
                let edits = statement_of(clip.node).filter(|_| !late).and_then(|place| insert_beside(file, place, &line, false).ok());
                let message = "gradients are clipped while they are still scaled: the limit is not the one that is written".to_owned();
                report.add(clip.node, message, edits.map(|edit| vec![edit]));
            }
        }
    }
    report.found
}

fn scaler_without_update<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut report = Report::default();
    for one in file.training.loops(file).iter().filter(|one| one.innermost && one.repeats()) {
        if one.has(|what| what == What::Update) {
            continue;
        }
        for path in one.turns() {
            let Some(step) = path.events.iter().rfind(|event| event.what == What::ScalerStep) else { continue };
            let outside = function_around(step.node).unwrap_or(file.tree.root()).text().contains(&format!("{}.update(", step.subject));
            if step.inlined || outside || one.gives_away(&step.subject) {
                continue;
            }
            let edit =
                statement_of(step.node).and_then(|place| insert_beside(file, place, &format!("{}.update()", step.subject), true).ok());
            let message = format!("`{}.update()` is never called: the scale never changes, and a second `unscale_` fails", step.subject);
            report.add(step.node, message, edit.map(|edit| vec![edit]));
        }
    }
    report.found
}
