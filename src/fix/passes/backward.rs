//! Backward passes through a graph that an earlier one has freed.

use super::super::File;
use super::super::edits::append_argument;
use super::super::native::Native;
use super::super::training::calls::{argument, arguments, method};
use super::super::training::events::{Event, What};
use super::super::training::flow::{binds, definition, loop_around};
use super::super::walk::Found;
use super::evaluation::is_model_call;
use super::order::{Report, is_backward};
use crate::syntax::Node;

pub(super) const PASSES: &[Native] =
    &[Native { name: "backward_twice", words: &[&[".backward("]], around: &[], whole: true, run: backward_twice }];

fn backward_twice<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut report = Report::default();
    on_ways(file, &mut report);
    for block in file.tree.root().descendants().filter(|node| matches!(node.kind(), "block" | "module")) {
        in_block(file, block, &mut report);
    }
    report.found
}

/// One loss, on a way through a training loop.
fn on_ways<'t>(file: File<'_, 't>, report: &mut Report) {
    for one in file.training.loops(file).iter().filter(|one| one.innermost) {
        for path in one.turns() {
            let backwards: Vec<(usize, &Event<'t>)> = path.events.iter().enumerate().filter(|(_, event)| is_backward(event)).collect();
            for pair in backwards.windows(2) {
                let ((first, a), (second, b)) = (pair[0], pair[1]);
                let between = &path.events[first..second];
                let touched = between.iter().any(|event| matches!(event.what, What::Bind | What::Unknown) && event.subject == b.subject);
                let name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
                let retains = matches!(a.what, What::Backward { retains: true, .. });
                if a.subject != b.subject || a.node == b.node || !name(&a.subject) || touched || retains || a.inlined || b.inlined {
                    continue;
                }
                if handles_errors(b.node) || binds_in_loop(one.node, &a.subject, a.node, b.node) {
                    continue;
                }
                let list = a.node.field("arguments");
                let edits = list.and_then(|list| append_argument(file, list, "retain_graph=True").ok());
                report.add(b.node, format!("`{}` was gone back through already: its graph is gone", b.subject), edits);
            }
        }
    }
}

/// One loss, or two that were computed from one output of a model, one after the other in a block.
fn in_block<'t>(file: File<'_, 't>, block: Node<'t>, report: &mut Report) {
    let statements: Vec<Node<'t>> = block.named_children().filter(|node| !node.is_comment()).collect();
    let backwards: Vec<(usize, Node<'t>)> =
        statements.iter().enumerate().filter_map(|(at, statement)| Some((at, backward_of(*statement)?))).collect();
    for pair in backwards.windows(2) {
        let [(first, a), (second, b)] = [pair[0], pair[1]];
        let (Some((one, _)), Some((other, _))) = (method(a), method(b)) else { continue };
        let retains = ["retain_graph", "create_graph"].iter().any(|name| argument(a, usize::MAX, name).is_some());
        let rebound = statements[first..second].iter().any(|statement| binds(*statement, other.text()));
        if retains || handles_errors(b) {
            continue;
        }
        let message = if one.text() == other.text() {
            Some(format!("`{}` was gone back through already: its graph is gone", other.text())).filter(|_| !rebound)
        } else {
            let shared = shared_output(file, one, other);
            shared.map(|name| {
                format!("`{}` and `{}` share the graph of `{name}`, and the first backward pass frees it", one.text(), other.text())
            })
        };
        if let Some(message) = message {
            let list = a.field("arguments");
            report.add(b, message, list.and_then(|list| append_argument(file, list, "retain_graph=True").ok()));
        }
    }
}

/// The call of a statement `name.backward()`: what is given a gradient, or a loss, may be something else.
fn backward_of(statement: Node<'_>) -> Option<Node<'_>> {
    let call = statement.named_children().next().filter(|call| statement.kind() == "expression_statement" && call.kind() == "call")?;
    let plain = arguments(call).all(|argument| argument.kind() == "keyword_argument");
    method(call).filter(|(object, name)| *name == "backward" && object.kind() == "identifier" && plain).map(|_| call)
}

/// The name from which two losses were computed, if that is what a model gave.
fn shared_output<'t>(file: File<'_, 't>, one: Node<'t>, other: Node<'t>) -> Option<&'t str> {
    let outputs = |loss: Node<'t>| -> Vec<Node<'t>> {
        let made = definition(loss).and_then(|made| made.field("right"));
        let reads = made.into_iter().flat_map(Node::descendants).filter(|node| node.kind() == "identifier" && is_attached(*node));
        reads
            .filter_map(definition)
            .filter(|made| made.field("right").is_some_and(|call| call.kind() == "call" && is_model_call(file, call)))
            .collect()
    };
    let first = outputs(one);
    outputs(other).into_iter().find(|made| first.contains(made)).and_then(|made| Some(made.field("left")?.text()))
}

/// The name is read with its graph.
fn is_attached(name: Node<'_>) -> bool {
    let attribute = name.parent().filter(|parent| parent.kind() == "attribute");
    attribute
        .and_then(|parent| parent.field("attribute"))
        .is_none_or(|method| !matches!(method.text(), "detach" | "data" | "item" | "size" | "shape"))
}

/// An error here is expected, as tests do.
fn handles_errors(node: Node<'_>) -> bool {
    let above = std::iter::successors(node.parent(), |node| node.parent());
    above.into_iter().any(|node| node.kind() == "try_statement" || node.kind() == "with_statement" && node.text().contains("aises"))
}

/// The two stand in loops of which the turns give the name other values.
fn binds_in_loop(of: Node<'_>, name: &str, a: Node<'_>, b: Node<'_>) -> bool {
    let (first, second) = (loop_around(a), loop_around(b));
    first != second && [first, second].into_iter().flatten().any(|inner| inner != of && binds(inner, name))
}
