//! Values that keep the graph of every turn of a training loop alive.

use std::collections::BTreeSet;

use super::super::File;
use super::super::edits::statement_of;
use super::super::native::Native;
use super::super::training::calls::{arguments, method};
use super::super::training::events::What;
use super::super::training::flow::{binds, function_around};
use super::super::training::loops::TrainingLoop;
use super::super::walk::Found;
use super::evaluation::runs_without_gradients;
use crate::syntax::pattern::without_parentheses;
use crate::syntax::{Edit, Node, Span};

pub(super) const PASSES: &[Native] =
    &[Native { name: "loss_keeps_graph", words: &[&[".backward("], &["for", "while"]], around: &[], whole: true, run: loss_keeps_graph }];

/// Factors of a product that are looked at.
const MAX_FACTORS: usize = 8;

/// Sums and lists of losses that were gone back through already: what they keep of the graph nobody can use.
fn loss_keeps_graph<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut found = Vec::new();
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    for one in file.training.loops(file).iter().filter(|one| one.innermost && one.repeats()) {
        for (loss, backward) in losses(one) {
            for node in one.node.descendants() {
                let Some(kept) = kept_in(node, &loss) else { continue };
                let fits = same_value(one.node, kept, backward, &loss) && !runs_without_gradients(file, kept);
                if fits && !is_gone_back_through(file, one, node, &loss) && seen.insert(kept.span()) {
                    let message = format!("`{loss}` with its graph is kept from turn to turn");
                    let edit = Edit { span: Span::new(kept.span().end, kept.span().end), text: ".detach()".to_owned() };
                    found.push(Found::new(node.span(), message, vec![edit]));
                }
            }
        }
    }
    found
}

/// The names that the loop calls `backward` on itself, and where, if the graph is not retained.
fn losses<'t>(one: &TrainingLoop<'t>) -> Vec<(String, Node<'t>)> {
    let mut all: Vec<(String, Node<'t>)> = Vec::new();
    for event in one.paths.iter().flat_map(|path| &path.events).filter(|event| !event.inlined) {
        let name = event.subject.chars().all(|c| c.is_alphanumeric() || c == '_');
        if matches!(event.what, What::Backward { retains: false, .. }) && name && all.iter().all(|(_, node)| *node != event.node) {
            all.push((event.subject.clone(), event.node));
        }
    }
    all
}

/// The loss in `total += loss`, `total += loss * n`, `total = total + loss`, `losses.append(loss)`.
fn kept_in<'t>(node: Node<'t>, loss: &str) -> Option<Node<'t>> {
    let is_loss = |node: &Node<'t>| node.kind() == "identifier" && node.text() == loss;
    match node.kind() {
        "augmented_assignment" if node.field("operator")?.text() == "+=" => {
            if node.field("left")?.text() == loss {
                None
            } else {
                term(node.field("right")?, loss, MAX_FACTORS)
            }
        }
        "assignment" => {
            let (left, right) = (node.field("left")?, without_parentheses(node.field("right")?));
            let sum = right.kind() == "binary_operator" && right.field("operator")?.text() == "+" && left.text() != loss;
            let itself = |side: Node<'t>| side.text() == left.text();
            let (a, b) = (right.field("left").filter(|_| sum)?, right.field("right")?);
            if itself(a) { term(b, loss, MAX_FACTORS) } else { Some(a).filter(|_| itself(b)).and_then(|a| term(a, loss, MAX_FACTORS)) }
        }
        "call" => {
            let (_, name) = method(node)?;
            let mut given = arguments(node);
            let only = given.next().filter(|_| given.next().is_none() && name == "append")?;
            Some(only).filter(is_loss)
        }
        _ => None,
    }
}

/// The loss itself, or where it is multiplied or divided by something.
fn term<'t>(node: Node<'t>, loss: &str, depth: usize) -> Option<Node<'t>> {
    let depth = depth.checked_sub(1)?;
    let node = without_parentheses(node);
    match node.kind() {
        "identifier" if node.text() == loss => Some(node),
        "binary_operator" if matches!(node.field("operator")?.text(), "*" | "/") => {
            let (left, right) = (node.field("left")?, node.field("right")?);
            let other = |side: Node<'t>| !side.descendants().any(|part| part.text() == loss);
            term(left, loss, depth).filter(|_| other(right)).or_else(|| term(right, loss, depth).filter(|_| other(left)))
        }
        _ => None,
    }
}

/// The name holds in one place what it holds in the other.
fn same_value(of: Node<'_>, kept: Node<'_>, backward: Node<'_>, name: &str) -> bool {
    let (from, to) = (kept.span().start.min(backward.span().start), kept.span().start.max(backward.span().start));
    let (Some(first), Some(second)) = (statement_of(kept), statement_of(backward)) else { return false };
    let between = |node: &Node<'_>| node.span().start >= from && node.span().end <= to;
    let bound = of
        .descendants()
        .filter(between)
        .any(|node| matches!(node.kind(), "assignment" | "augmented_assignment" | "for_statement") && binds(node, name));
    // Both on one way: what stands in two branches of one `if` is on none.
    let block = |statement: Node<'_>| statement.parent().map(|block| block.span());
    let (Some(a), Some(b)) = (block(first), block(second)) else { return false };
    !bound && (a.contains(b) || b.contains(a))
}

/// What the loss is added to may be gone back through itself, or become part of another loss.
fn is_gone_back_through<'t>(file: File<'_, 't>, one: &TrainingLoop<'t>, node: Node<'t>, loss: &str) -> bool {
    let Some(sum) = node.field("left").or_else(|| method(node).map(|(object, _)| object)) else { return true };
    let root = function_around(node).unwrap_or(file.tree.root());
    let text = sum.text();
    let others: BTreeSet<&str> = one
        .paths
        .iter()
        .flat_map(|path| &path.events)
        .filter(|event| matches!(event.what, What::Backward { .. }))
        .map(|event| event.subject.as_str())
        .collect();
    let reads = root.descendants().filter(|other| other.kind() == sum.kind() && other.text() == text && *other != sum);
    let mut statements = reads.filter_map(statement_of);
    others.contains(text)
        || statements.any(|statement| {
            let simple = matches!(statement.kind(), "expression_statement" | "return_statement");
            let of_loss = statement
                .named_children()
                .next()
                .and_then(|inner| inner.field("left"))
                .is_some_and(|left| left.text() == loss || others.contains(left.text()));
            simple && (statement.text().contains("backward") || statement.text().contains("grad(") || of_loss)
        })
}
