//! Data loaders that load in the process that trains.

use super::super::File;
use super::super::native::Native;
use super::super::roles::{called_path, class_around, class_named, values_of_attribute};
use super::super::shapes::fact;
use super::super::training::calls::{argument, arguments, called_name, has_splat, method, methods};
use super::super::training::flow::function_around;
use super::super::training::layers::integer;
use super::super::walk::Found;
use crate::facts::{Class, Fact};
use crate::ir::Dim;
use crate::syntax::Node;
use crate::syntax::pattern::without_parentheses;

pub(super) const PASSES: &[Native] = &[Native { name: "loader_without_workers", words: &[&["DataLoader"]], around: &[], whole: true, run }];

/// How far what makes a dataset is followed.
const MAX_DEPTH: usize = 6;

/// Elements from which on data is not small.
const LARGE: i64 = 4096;

/// What reads files or the network, among what else is called.
const READERS: [&str; 7] = ["load", "loadtxt", "genfromtxt", "fromfile", "memmap", "imread", "open"];

/// Functions that read nothing, by their names alone.
const PLAIN: &str = "len int float bool str min max abs sum range zip enumerate list tuple dict set slice super isinstance \
    to long double half clone copy item view reshape unsqueeze squeeze flatten permute transpose mean astype size get append detach \
    contiguous normal_ uniform_ random_ index_select __init__ __len__";

fn run<'t>(file: File<'_, 't>) -> Vec<Found> {
    let calls = file.tree.root().descendants().filter(|node| node.kind() == "call" && called_name(*node).is_some());
    let loaders = calls.filter(|call| {
        called_path(file, *call)
            .is_some_and(|path| matches!(path.as_str(), "torch.utils.data.DataLoader" | "torch.utils.data.dataloader.DataLoader"))
    });
    let slow = loaders.filter(|call| loads_itself(*call) && !is_in_test(*call));
    let slow = slow.filter(|call| !argument(*call, 0, "dataset").is_some_and(|data| is_in_memory(file, data, MAX_DEPTH)));
    let message = "without workers a batch is read and put together while the model waits for it";
    slow.map(|call| Found::new(call.span(), message.to_owned(), Vec::new())).collect()
}

/// No number of workers is given, or none of them and nothing beside it that says why.
fn loads_itself(call: Node<'_>) -> bool {
    let workers = argument(call, 5, "num_workers");
    let comments = || call.field("arguments").into_iter().flat_map(Node::named_children).any(Node::is_comment);
    !has_splat(call) && workers.is_none_or(|workers| integer(workers) == Some(0) && !comments())
}

/// In a test, where the data is small and workers would take longer to start than all of it to load. A `test_dataloader` is none.
fn is_in_test(call: Node<'_>) -> bool {
    let named = |node: Node<'_>, word: &str| node.field("name").is_some_and(|name| name.text().starts_with(word));
    let case = class_around(call).and_then(|class| class.field("superclasses")).is_some_and(|bases| bases.text().contains("Test"));
    let mut above = std::iter::successors(Some(call), |node| node.parent());
    let tests = above.any(|node| match node.kind() {
        "function_definition" => named(node, "test_") && node.text().contains("assert"),
        "class_definition" => named(node, "Test"),
        _ => false,
    });
    case || tests
}

/// The samples are in memory: nothing is read for one, and putting a batch together is all that there is to do.
fn is_in_memory<'t>(file: File<'_, 't>, node: Node<'t>, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let node = without_parentheses(node);
    let all = |values: Vec<Node<'t>>| !values.is_empty() && values.into_iter().all(|value| is_in_memory(file, value, depth));
    match node.kind() {
        "list" | "tuple" | "list_comprehension" | "dictionary" => true,
        _ if is_large(file, node) => false,
        _ if matches!(file.facts.class(node), Some(Class::Array(_))) => true,
        "identifier" if file.facts.parameter_of(node).is_some() => false,
        "identifier" => file.facts.assigned_to(node).or_else(|| Some(vec![parts_of(node)?])).is_some_and(all),
        "attribute" => values_of_attribute(node).is_some_and(all),
        "subscript" => node.field("value").is_some_and(|value| is_in_memory(file, value, depth)),
        "binary_operator" => [node.field("left"), node.field("right")].into_iter().flatten().all(|side| is_in_memory(file, side, depth)),
        "call" => makes_in_memory(file, node, depth),
        _ => false,
    }
}

/// It is known to have so many elements that taking samples out of it one by one takes its time.
fn is_large<'t>(file: File<'_, 't>, node: Node<'t>) -> bool {
    let lengths = |fact: Fact| fact.ty.shape().dims()?.iter().map(Dim::as_known).collect::<Option<Vec<i64>>>();
    fact(file, node).and_then(lengths).is_some_and(|lengths| lengths.iter().product::<i64>() >= LARGE)
}

/// What a name is a part of: `split()` of `train, val = split()`, the only assignment of such in its function.
fn parts_of(name: Node<'_>) -> Option<Node<'_>> {
    let root = function_around(name).or_else(|| std::iter::successors(Some(name), |node| node.parent()).last())?;
    let binds = |node: &Node<'_>| {
        let names =
            node.field("left").filter(|left| node.kind() == "assignment" && matches!(left.kind(), "pattern_list" | "tuple_pattern"));
        names.is_some_and(|names| names.named_children().any(|part| part.text() == name.text()))
    };
    let mut found = root.descendants().filter(binds);
    found.next().filter(|_| found.next().is_none()).and_then(|node| node.field("right"))
}

fn makes_in_memory<'t>(file: File<'_, 't>, call: Node<'t>, depth: usize) -> bool {
    let Some(function) = call.field("function") else { return false };
    // What is made of numbers alone has nothing to read.
    let numbers = |argument: Node<'t>| integer(argument.field("value").unwrap_or(argument)).is_some();
    if arguments(call).next().is_some() && arguments(call).all(numbers) {
        return true;
    }
    let first = || arguments(call).next().is_some_and(|data| is_in_memory(file, data, depth));
    match file.resolve(function) {
        Some(path) => match path.as_str() {
            "torch.utils.data.TensorDataset" | "torch.utils.data.dataset.TensorDataset" => {
                !arguments(call).any(|part| is_large(file, part))
            }
            "torch.utils.data.Subset" | "torch.utils.data.ConcatDataset" | "torch.utils.data.random_split" => first(),
            _ => reads_nothing(&path),
        },
        None if function.kind() == "identifier" => {
            class_named(file, function.text()).is_some_and(|class| samples_from_memory(file, class))
                || matches!(function.text(), "list" | "tuple" | "range" | "zip")
        }
        None => false,
    }
}

/// A function of PyTorch, NumPy or Python itself that computes.
fn reads_nothing(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or("");
    let library = ["torch.", "numpy.", "math.", "random.", "builtins."].iter().any(|library| path.starts_with(library));
    library && !READERS.contains(&name) && name.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The class's samples are parts of what it holds: its `__getitem__` or `__iter__` calls nothing that could take its time.
fn samples_from_memory<'t>(file: File<'_, 't>, class: Node<'t>) -> bool {
    let given = |name: &str| methods(class).find(|method| method.field("name").is_some_and(|found| found.text() == name));
    let Some(getter) = given("__getitem__").or_else(|| given("__iter__")) else { return false };
    let mut calls = getter.descendants().filter(|node| node.kind() == "call" && function_around(*node) == Some(getter));
    calls.all(|call| {
        let path = called_path(file, call);
        let plain = called_name(call).is_some_and(|name| PLAIN.split_whitespace().any(|known| known == name));
        let generator = method(call).is_some_and(|(object, _)| object.text().contains("rng") || object.text() == "random");
        path.as_deref().map_or(plain || generator, |path| reads_nothing(path) || plain && path.starts_with("builtins."))
    })
}
