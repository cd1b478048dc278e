//! How models, optimizers and random numbers are set up.

use super::super::File;
use super::super::edits::{moved, statement_of};
use super::super::native::Native;
use super::super::roles::{Role, called_path, class_around, role};
use super::super::training::calls::{argument, arguments, called_name, calls_of, method};
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
    Native {
        name: "constant_weights",
        words: &[CONSTANTS, &[".weight"], &["isinstance", "type"]],
        around: &[],
        whole: false,
        run: constants_by_class,
    },
    Native { name: "constant_weights", words: &[OWN_CONSTANTS], around: &[], whole: true, run: constants_of_chain },
    Native { name: "seeds_one_library", words: &[SEEDS, &["random"]], around: &[], whole: true, run: seeds_one_library },
];

const MOVES: &[&str] = &[".to(", ".cuda(", ".half(", ".double(", ".float(", ".bfloat16("];
const CONSTANTS: &[&str] = &["constant_", "zeros_", "ones_", "zero_", "fill_"];
const OWN_CONSTANTS: &[&str] =
    &["zeros_(self.", "ones_(self.", "constant_(self.", ".weight.zero_(", ".weight.fill_(", ".weight.data.zero_(", ".weight.data.fill_("];
const SEEDS: &[&str] = &["manual_seed", "random.seed"];

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

/// Weights of linear layers or convolutions that all begin with one number, by their class.
fn constants_by_class(file: File<'_, '_>) -> Vec<Found> {
    constant_weights(file, &|call, module| module.kind() == "identifier" && of_plain_layers(file, call, module.text()))
}

/// The same of layers that follow each other. A single layer that is named may begin with zeros for a reason.
fn constants_of_chain(file: File<'_, '_>) -> Vec<Found> {
    constant_weights(file, &|_, module| is_stacked(file, module))
}

fn constant_weights<'t>(file: File<'_, 't>, is_wrong: &dyn Fn(Node<'t>, Node<'t>) -> bool) -> Vec<Found> {
    let mut found = Vec::new();
    for call in file.tree.root().descendants().filter(|node| node.kind() == "call") {
        let Some(weight) = constant_weight(file, call) else { continue };
        let Some((module, "weight")) = weight.field("object").zip(weight.field("attribute").map(Node::text)) else { continue };
        if !is_wrong(call, module) {
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

/// It and another layer of its class begin with one number each, and one is given what the other gives.
fn is_stacked<'t>(file: File<'_, 't>, module: Node<'t>) -> bool {
    let Some(class) = class_around(module).filter(|_| module.text().starts_with("self.")) else { return false };
    let calls = class.descendants().filter(|node| node.kind() == "call");
    let weights = calls.filter_map(|call| constant_weight(file, call)).filter(|weight| weight.text().ends_with(".weight"));
    let constant: Vec<&str> = weights.filter_map(|weight| weight.field("object")).map(Node::text).collect();
    file.training.chains(file).iter().filter(|chain| chain.class == Some(class)).any(|chain| {
        let wide = chain.layers.iter().filter(|layer| layer.name == "Linear" || layer.name.starts_with("Conv"));
        let names = wide.filter_map(|layer| Some(layer.element.field("left")?.text()));
        let begun: Vec<&str> = names.filter(|name| constant.contains(name)).collect();
        begun.len() > 1 && begun.contains(&module.text())
    })
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

/// A library with random numbers: how messages call it, what seeds it, and what draws from it.
struct Randomness {
    name: &'static str,
    seed: &'static str,
    module: &'static str,
    draws: &'static str,
}

const LIBRARIES: [Randomness; 3] = [
    Randomness {
        name: "PyTorch",
        seed: "torch.manual_seed",
        module: "torch.",
        draws: "rand randn randint randperm normal bernoulli multinomial rand_like randn_like nn.init.xavier_uniform_ nn.init.kaiming_normal_ \
            nn.Linear nn.Conv2d utils.data.random_split",
    },
    Randomness {
        name: "NumPy",
        seed: "numpy.random.seed",
        module: "numpy.random.",
        draws: "rand randn randint choice shuffle permutation uniform normal random beta",
    },
    Randomness {
        name: "`random`",
        seed: "random.seed",
        module: "random.",
        draws: "random randint choice choices shuffle sample uniform gauss",
    },
];

/// Random numbers of several libraries are drawn, and not all of them are seeded.
fn seeds_one_library<'t>(file: File<'_, 't>) -> Vec<Found> {
    let calls: Vec<(Node<'t>, String)> = file
        .tree
        .root()
        .descendants()
        .filter(|node| node.kind() == "call")
        .filter_map(|call| Some((call, called_path(file, call)?)))
        .collect();
    let has = |wanted: &dyn Fn(&str) -> bool| calls.iter().any(|(_, path)| wanted(path));
    let seeds_all = |path: &str| ["seed_everything", "set_seed", "seed_all"].iter().any(|name| path.ends_with(name));
    let of_file = ["seed_everything", "set_seed("].iter().any(|name| file.text().contains(name)) && !file.text().contains("def set_seed");
    if has(&seeds_all) || of_file {
        return Vec::new();
    }
    let draws = |library: &Randomness| {
        has(&|path| path.strip_prefix(library.module).is_some_and(|name| library.draws.split_whitespace().any(|known| known == name)))
    };
    let (seeded, not): (Vec<&Randomness>, Vec<&Randomness>) = LIBRARIES.iter().partition(|library| has(&|path| path == library.seed));
    let forgotten: Vec<&str> = not.into_iter().filter(|library| draws(library)).map(|library| library.name).collect();
    let seeds = |path: &str| seeded.iter().any(|library| library.seed == path);
    let begins = |call: Node<'t>, path: &str| path == "torch.manual_seed" || is_run_first(file, call);
    let one =
        calls.iter().find(|(call, path)| seeds(path) && loop_around(*call).is_none() && is_script(file, *call) && begins(*call, path));
    let (Some((call, _)), false) = (one, forgotten.is_empty()) else { return Vec::new() };
    let names: Vec<&str> = seeded.iter().map(|library| library.name).collect();
    let message = format!("only {} is seeded, and the file draws from {} too: runs differ", names.join(" and "), forgotten.join(" and "));
    vec![Found::new(call.span(), message, Vec::new())]
}

/// Of the file's own statements, or of a function that they call: what a script begins with.
fn is_run_first<'t>(file: File<'_, 't>, call: Node<'t>) -> bool {
    function_around(call).is_none_or(|function| calls_of(file, function).into_iter().any(|caller| function_around(caller).is_none()))
}

/// Not within a test or a method, which seed for themselves.
fn is_script<'t>(file: File<'_, 't>, call: Node<'t>) -> bool {
    let name = function_around(call).and_then(|function| function.field("name")).map_or("", Node::text);
    !name.starts_with("test") && is_no_test(file.text())
}

/// The file is none of tests.
pub(super) fn is_no_test(text: &str) -> bool {
    !text.contains("import unittest") && !text.contains("import pytest")
}
