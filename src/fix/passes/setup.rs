//! How models, optimizers and random numbers are set up.

use super::super::File;
use super::super::edits::{moved, statement_of};
use super::super::native::Native;
use super::super::roles::{Role, called_path, role};
use super::super::training::calls::{argument, arguments, called_name, method};
use super::super::training::flow::{binds, function_around, loop_around};
use super::super::walk::Found;
use crate::dialect::Names;
use crate::syntax::{Edit, Node};

pub(super) const PASSES: &[Native] = &[
    Native {
        name: "optimizer_before_move",
        words: &[&[".parameters("], MOVES],
        around: &["optim"],
        whole: false,
        run: optimizer_before_move,
    },
    Native { name: "constant_weights", words: &[CONSTANTS, &[".weight"]], around: &[], whole: false, run: constant_weights },
    Native { name: "seeds_one_library", words: &[SEEDS, &["random"]], around: &[], whole: true, run: seeds_one_library },
];

const MOVES: &[&str] = &[".to(", ".cuda(", ".half(", ".double(", ".float(", ".bfloat16("];
const CONSTANTS: &[&str] = &["constant_", "zeros_", "ones_", "zero_", "fill_"];
const SEEDS: &[&str] = &["manual_seed"];

/// The model moves to another device or dtype behind the line that gave its parameters to the optimizer.
fn optimizer_before_move<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut found = Vec::new();
    for call in file.tree.root().descendants().filter(|node| node.kind() == "call") {
        if role(file, call) != Some(Role::Optimizer) || called_path(file, call).is_none() {
            continue;
        }
        let Some(model) = argument(call, 0, "params").and_then(method).filter(|(_, name)| *name == "parameters").map(|(model, _)| model)
        else {
            continue;
        };
        let Some(made) = statement_of(call) else { continue };
        let following = std::iter::successors(made.next(), |node| node.next()).filter(|node| node.is_named() && !node.is_comment());
        for statement in following {
            if moves(statement, model.text()) {
                let edits = movable(statement, made).then(|| moved(file, statement, made, false).ok()).flatten().unwrap_or_default();
                let message = format!("`{}` is moved when the optimizer has its parameters already", model.text());
                found.push(Found::new(statement.span(), message, edits));
                break;
            }
            if binds(statement, model.text())
                || !matches!(statement.kind(), "expression_statement" | "import_statement" | "import_from_statement")
            {
                break;
            }
        }
    }
    found
}

/// `model.to(device)`, `model = model.cuda()`.
fn moves(statement: Node<'_>, model: &str) -> bool {
    let inner = statement.named_children().next().filter(|_| statement.kind() == "expression_statement");
    let call = inner.map(|inner| if inner.kind() == "assignment" { inner.field("right").unwrap_or(inner) } else { inner });
    let to_itself = inner.is_some_and(|inner| inner.kind() != "assignment" || inner.field("left").is_some_and(|left| left.text() == model));
    let named = call.filter(|call| call.kind() == "call").and_then(method);
    to_itself
        && named.is_some_and(|(object, name)| {
            object.text() == model && matches!(name, "to" | "cuda" | "half" | "double" | "float" | "bfloat16")
        })
}

/// Nothing that the statement reads is bound on the way.
fn movable(statement: Node<'_>, to: Node<'_>) -> bool {
    let names: Vec<&str> = statement.descendants().filter(|node| node.kind() == "identifier").map(Node::text).collect();
    let between = std::iter::successors(Some(to), |node| node.next()).take_while(|node| *node != statement).filter(|node| node.is_named());
    between.into_iter().all(|node| names.iter().all(|name| !binds(node, name)))
}

/// Weights of linear layers or convolutions that all begin with one number.
fn constant_weights<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut found = Vec::new();
    for call in file.tree.root().descendants().filter(|node| node.kind() == "call") {
        let Some(weight) = constant_weight(file, call) else { continue };
        let Some((module, "weight")) = weight.field("object").zip(weight.field("attribute").map(Node::text)) else { continue };
        // A single layer that is named may begin with zeros for a reason.
        if module.kind() != "identifier" || !of_plain_layers(file, call, module.text()) {
            continue;
        }
        let xavier = file.names(call).spell("torch.nn.init.xavier_uniform_");
        let edits: Vec<Edit> =
            xavier.map(|name| Edit { span: call.span(), text: format!("{name}({})", weight.text()) }).into_iter().collect();
        let message =
            format!("all of `{}` begins with one number: its units compute the same and are trained to stay the same", weight.text());
        found.push(Found::new(call.span(), message, edits));
    }
    found
}

/// `m.weight` of `nn.init.constant_(m.weight, 0.1)`, `m.weight.data.zero_()`.
fn constant_weight<'t>(file: File<'_, 't>, call: Node<'t>) -> Option<Node<'t>> {
    let weight = match called_path(file, call) {
        Some(path) => {
            let name = path.strip_prefix("torch.nn.init.")?;
            argument(call, 0, "tensor").filter(|_| matches!(name, "constant_" | "zeros_" | "ones_"))?
        }
        None => {
            let (object, name) = method(call)?;
            let data = object.field("attribute").is_some_and(|name| name.text() == "data");
            let weight = if data { object.field("object")? } else { object };
            Some(weight).filter(|_| matches!(name, "zero_" | "fill_"))?
        }
    };
    (weight.kind() == "attribute").then_some(weight)
}

/// The call stands under `isinstance(m, nn.Linear)` or the like, of layers without norms among them.
fn of_plain_layers<'t>(file: File<'_, 't>, call: Node<'t>, module: &str) -> bool {
    let above = std::iter::successors(Some(call), |node| node.parent());
    let mut clauses =
        above.take_while(|node| node.kind() != "function_definition").filter(|node| matches!(node.kind(), "if_statement" | "elif_clause"));
    let Some(clause) = clauses.next() else { return false };
    let inside = clause.field("consequence").is_some_and(|block| block.span().contains(call.span()));
    let Some((tested, classes)) = clause.field("condition").filter(|_| inside).and_then(tested_classes) else { return false };
    let plain = |class: &Node<'_>| {
        file.resolve(*class)
            .is_some_and(|path| matches!(path.as_str(), "torch.nn.Linear" | "torch.nn.Conv1d" | "torch.nn.Conv2d" | "torch.nn.Conv3d"))
    };
    tested.text() == module && classes.iter().all(plain)
}

/// What `isinstance(m, (A, B))` or `type(m) == A` tests, and for which classes.
fn tested_classes(condition: Node<'_>) -> Option<(Node<'_>, Vec<Node<'_>>)> {
    match condition.kind() {
        "call" if called_name(condition) == Some("isinstance") => {
            let (tested, classes) = (argument(condition, 0, "obj")?, argument(condition, 1, "class_or_tuple")?);
            Some((tested, if classes.kind() == "tuple" { classes.named_children().collect() } else { vec![classes] }))
        }
        "comparison_operator" => {
            let mut sides = condition.named_children();
            let (tested, class) = (sides.next()?, sides.next().filter(|_| sides.next().is_none())?);
            let equal = condition.children().any(|token| matches!(token.kind(), "==" | "is"));
            let of_type = tested.kind() == "call" && called_name(tested) == Some("type") && equal;
            Some((arguments(tested).next().filter(|_| of_type)?, vec![class]))
        }
        _ => None,
    }
}

/// Random numbers of two libraries are drawn, and one of them is seeded.
fn seeds_one_library<'t>(file: File<'_, 't>) -> Vec<Found> {
    let calls: Vec<(Node<'t>, String)> = file
        .tree
        .root()
        .descendants()
        .filter(|node| node.kind() == "call")
        .filter_map(|call| Some((call, called_path(file, call)?)))
        .collect();
    let has = |wanted: &dyn Fn(&str) -> bool| calls.iter().any(|(_, path)| wanted(path));
    let draws = |path: &str| {
        let name = path.strip_prefix("numpy.random.").unwrap_or("");
        matches!(name, "rand" | "randn" | "randint" | "choice" | "shuffle" | "permutation" | "uniform" | "normal" | "random" | "beta")
    };
    let seeds = |path: &str| path == "numpy.random.seed" || path.ends_with("seed_everything") || path.ends_with("set_seed");
    let one = calls.iter().find(|(call, path)| path == "torch.manual_seed" && loop_around(*call).is_none() && is_script(file, *call));
    let Some((call, _)) = one.filter(|_| has(&draws) && !has(&seeds) && !file.text().contains("np.random.seed")) else { return Vec::new() };
    let message = "only PyTorch is seeded, but the file draws from `numpy.random` as well: runs differ".to_owned();
    vec![Found::new(call.span(), message, Vec::new())]
}

/// Not within a test or a method, which seed for themselves.
fn is_script<'t>(file: File<'_, 't>, call: Node<'t>) -> bool {
    let name = function_around(call).and_then(|function| function.field("name")).map_or("", Node::text);
    !name.starts_with("test") && !file.text().contains("import unittest") && !file.text().contains("import pytest")
}
