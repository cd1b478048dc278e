//! Data that is loaded and counted in another way than it seems.

use super::super::File;
use super::super::edits::statement_of;
use super::super::native::Native;
use super::super::roles::{Role, called_path, makers, role};
use super::super::training::calls::{argument, arguments, called_name, has_splat, method, methods};
use super::super::training::flow::{function_around, loop_around, occurrences, value};
use super::super::training::layers::{Last, integer, output};
use super::super::training::losses::{LOSS_WORDS, Loss, LossCall};
use super::super::walk::Found;
use super::evaluation::iterated;
use crate::syntax::{Edit, Node, Span};

pub(super) const PASSES: &[Native] = &[
    Native {
        name: "numpy_random_in_workers",
        words: &[&["__getitem__"], &["num_workers"], &["random"]],
        around: &[],
        whole: true,
        run: numpy_random_in_workers,
    },
    Native {
        name: "mean_of_batch_means",
        words: &[&["DataLoader", ".dataset)"], &["+="], &["len("], &[".item("]],
        around: &[],
        whole: true,
        run: mean_of_batch_means,
    },
    Native { name: "mean_divided_again", words: &[LOSS_WORDS, &["/"]], around: &[], whole: false, run: mean_divided_again },
    Native { name: "column_against_row", words: &[REGRESSION], around: &[], whole: true, run: column_against_row },
    Native {
        name: "batch_on_another_device",
        words: &[&[".to(\"cuda", ".to('cuda", ".cuda("], &["for"]],
        around: &["oader"],
        whole: true,
        run: batch_on_another_device,
    },
    Native {
        name: "tensor_grown_in_loop",
        words: &[&["cat(", "concat(", "vstack(", "hstack("], &["for", "while"]],
        around: &[],
        whole: false,
        run: tensor_grown_in_loop,
    },
];

const REGRESSION: &[&str] = &["mse_loss", "MSELoss", "l1_loss", "L1Loss", "smooth_l1_loss", "SmoothL1Loss", "huber_loss", "HuberLoss"];

/// Workers that all begin with one copy of a NumPy generator.
fn numpy_random_in_workers<'t>(file: File<'_, 't>) -> Vec<Found> {
    if !has_unseeded_workers(file) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for class in file.tree.root().descendants().filter(|node| node.kind() == "class_definition" && is_dataset(file, *node)) {
        for getter in methods(class).filter(|method| method.field("name").is_some_and(|name| name.text() == "__getitem__")) {
            let calls = getter.descendants().filter(|node| node.kind() == "call");
            for call in calls.filter(|call| draws_from_numpy(file, class, *call)).take(1) {
                let message = "every worker of the loader begins with a copy of one NumPy generator and draws the same numbers: seed it in `worker_init_fn` (PyTorch 1.9 and later seed NumPy's global one)".to_owned();
                found.push(Found::new(call.span(), message, Vec::new()));
            }
        }
    }
    found
}

fn is_dataset<'t>(file: File<'_, 't>, class: Node<'t>) -> bool {
    let bases = class.field("superclasses").into_iter().flat_map(Node::named_children);
    bases.filter_map(|base| file.resolve(base)).any(|path| path.starts_with("torch.utils.data.") && path.ends_with("Dataset"))
}

/// A loader of the file has workers and nothing that seeds them.
fn has_unseeded_workers(file: File<'_, '_>) -> bool {
    let calls = file.tree.root().descendants().filter(|node| node.kind() == "call" && called_name(*node) == Some("DataLoader"));
    let mut loaders = calls.filter(|call| called_path(file, *call).is_some_and(|path| path.starts_with("torch.utils.data.")));
    loaders.any(|call| {
        let workers = argument(call, 5, "num_workers").is_some_and(|workers| integer(workers) != Some(0));
        workers && argument(call, usize::MAX, "worker_init_fn").is_none() && !has_splat(call)
    })
}

/// `np.random.rand()`, or a method of a generator that the constructor made.
fn draws_from_numpy<'t>(file: File<'_, 't>, class: Node<'t>, call: Node<'t>) -> bool {
    const MAKERS: [&str; 3] = ["numpy.random.default_rng", "numpy.random.RandomState", "numpy.random.Generator"];
    if let Some(path) = called_path(file, call) {
        return path.starts_with("numpy.random.") && !MAKERS.contains(&path.as_str());
    }
    let Some((object, _)) = method(call).filter(|(object, _)| object.text().starts_with("self.") && class.span().contains(object.span()))
    else {
        return false;
    };
    let made = |maker: &Node<'t>| called_path(file, *maker).is_some_and(|path| MAKERS.contains(&path.as_str()));
    makers(file, object).is_some_and(|makers| makers.iter().all(made))
}

/// `total += loss.item()` and then `total / len(loader)`: the last batch may be smaller and counts as much as the others. And
/// `total / len(loader.dataset)`: the means of batches are no sums.
fn mean_of_batch_means<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut found = Vec::new();
    for division in file.tree.root().descendants().filter(|node| matches!(node.kind(), "binary_operator" | "augmented_assignment")) {
        let Some((sum, over)) = divided_by_length(division) else { continue };
        if is_dataset_of_loader(over) {
            let Some(losses) = sum_of_losses(file, sum) else { continue };
            let size = losses.iter().map(|(read, loss)| weighted(*read, loss)).collect::<Option<Vec<Edit>>>();
            let message = format!(
                "`{}` is a sum of batch means: divided by the number of samples it is too small by the size of a batch",
                sum.text()
            );
            found.push(Found::new(division.span(), message, size.unwrap_or_default()));
            continue;
        }
        let Some(makers) = makers(file, over).filter(|_| role(file, over) == Some(Role::Loader)) else { continue };
        let drops = |maker: &Node<'t>| {
            argument(*maker, 8, "drop_last").is_some() || has_splat(*maker) || argument(*maker, usize::MAX, "batch_sampler").is_some()
        };
        let single = |maker: &Node<'t>| argument(*maker, 1, "batch_size").is_none_or(|size| integer(size) == Some(1));
        if makers.iter().any(|maker| drops(maker) || single(maker)) || !is_sum_of_means(file, sum) {
            continue;
        }
        let message = format!("a mean of batch means: the last batch of `{}` may be smaller and counts as much as the others", over.text());
        found.push(Found::new(division.span(), message, Vec::new()));
    }
    found
}

/// `sum / len(loader)`, `sum /= len(loader)`.
fn divided_by_length(division: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    let (left, right) = (division.field("left")?, division.field("right")?);
    let divides = matches!(division.field("operator")?.text(), "/" | "/=");
    let length = divides && right.kind() == "call" && called_name(right) == Some("len");
    Some((left, arguments(right).next().filter(|_| length && left.kind() == "identifier")?))
}

/// `loader.dataset`.
fn is_dataset_of_loader(over: Node<'_>) -> bool {
    over.field("attribute").is_some_and(|name| name.text() == "dataset")
}

/// What loops add to a name.
fn added<'t>(file: File<'_, 't>, sum: Node<'t>) -> Vec<Node<'t>> {
    let root = function_around(sum).unwrap_or(file.tree.root());
    let adds = root.descendants().filter(|node| {
        node.kind() == "augmented_assignment"
            && node.field("left").is_some_and(|left| left.text() == sum.text())
            && node.field("operator").is_some_and(|sign| sign.text() == "+=")
    });
    adds.filter_map(|node| node.field("right")).collect()
}

/// The value `x` of `x.item()`.
fn read(value: Node<'_>) -> Option<Node<'_>> {
    method(value).filter(|(_, name)| *name == "item").map(|(object, _)| object)
}

/// A name to which a loop adds losses, each a mean.
fn is_sum_of_means<'t>(file: File<'_, 't>, sum: Node<'t>) -> bool {
    let values = added(file, sum);
    let is_loss = |object: Node<'t>| object.kind() == "identifier" && object.text().contains("loss");
    !values.is_empty() && values.into_iter().all(|value| read(value).is_some_and(is_loss) && loop_around(value).is_some())
}

/// The losses that loops add to a name, each known to be a mean, with where they are read.
fn sum_of_losses<'a, 't>(file: File<'a, 't>, sum: Node<'t>) -> Option<Vec<(Node<'t>, &'a LossCall<'t>)>> {
    let losses = file.training.losses(file);
    let loss = |read: Node<'t>| losses.iter().find(|loss| loss.call == value(read) && takes_mean(loss));
    let values = added(file, sum);
    let known = values.into_iter().map(|added| Some((added, loss(read(added)?)?)).filter(|_| loop_around(added).is_some()));
    known.collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
}

/// The edit that takes a batch's mean as often as it has samples.
fn weighted(read: Node<'_>, loss: &LossCall<'_>) -> Option<Edit> {
    let end = read.span().end;
    (loss.target.kind() == "identifier").then(|| Edit { span: Span::new(end, end), text: format!(" * {}.size(0)", loss.target.text()) })
}

/// A loss that is a mean already is divided by the size of the batch.
fn mean_divided_again<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut found = Vec::new();
    for loss in file.training.losses(file).iter().filter(|loss| takes_mean(loss)) {
        let Some(division) = loss.call.parent().filter(|parent| parent.kind() == "binary_operator") else { continue };
        let divided =
            division.field("left") == Some(loss.call) && division.field("operator").is_some_and(|operator| operator.text() == "/");
        let Some(by) = division.field("right").filter(|by| divided && is_batch_size(*by, loss)) else { continue };
        let edits = vec![Edit { span: Span::new(loss.call.span().end, division.span().end), text: String::new() }];
        let message = format!("the loss is the mean over the batch already; `/ {}` divides it again", by.text());
        found.push(Found::new(division.span(), message, edits));
    }
    found
}

/// It reduces to the mean: says so, or does not say.
fn takes_mean(loss: &LossCall<'_>) -> bool {
    let places: &[Node<'_>] = if loss.makers.is_empty() { std::slice::from_ref(&loss.call) } else { &loss.makers };
    places.iter().all(|place| {
        let plain = argument(*place, usize::MAX, "reduction").is_none_or(|reduction| reduction.text().trim_matches(['"', '\'']) == "mean");
        plain && !has_splat(*place) && !["size_average", "reduce"].iter().any(|name| argument(*place, usize::MAX, name).is_some())
    })
}

/// `x.size(0)`, `x.shape[0]` or `len(x)` of what the loss is given.
fn is_batch_size(by: Node<'_>, loss: &LossCall<'_>) -> bool {
    // What the model was given has as many samples as what it gives.
    let output = value(loss.input);
    let inputs = arguments(output).filter(|_| output.kind() == "call").map(Node::text);
    let given: Vec<&str> = [loss.input.text(), loss.target.text()].into_iter().chain(inputs).collect();
    let text: String = by.text().split_whitespace().collect();
    given.iter().any(|name| [format!("{name}.size(0)"), format!("{name}.shape[0]"), format!("len({name})")].contains(&text))
}

/// Predictions of shape `(n, 1)` against targets of shape `(n,)`.
fn column_against_row<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut found = Vec::new();
    for loss in file.training.losses(file).iter().filter(|loss| loss.loss == Loss::Regression) {
        let Some(last) = output(file, loss.input).filter(|output| output.last == Last::Linear) else { continue };
        let layer = if last.node.kind() == "call" { last.node } else { continue };
        let one = argument(layer, 1, "out_features").and_then(integer) == Some(1);
        let rank = file.facts.known_value(value(loss.target)).and_then(|fact| fact.ty.rank());
        if !one || rank != Some(1) {
            continue;
        }
        let edits = vec![Edit { span: Span::new(loss.input.span().end, loss.input.span().end), text: ".squeeze(-1)".to_owned() }];
        let simple = matches!(loss.input.kind(), "identifier" | "call" | "attribute");
        let message = format!("`{}` is `(n, 1)` and `{}` is `(n,)`: they broadcast to `(n, n)`", loss.input.text(), loss.target.text());
        found.push(Found::new(loss.call.span(), message, if simple { edits } else { Vec::new() }));
    }
    found
}

/// A model on a GPU is given batches of a loader as they come.
fn batch_on_another_device<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut found = Vec::new();
    for node in file.tree.root().descendants().filter(|node| node.kind() == "for_statement") {
        let (Some(over), Some(target), Some(body)) = (node.field("right"), node.field("left"), node.field("body")) else { continue };
        if !is_loader(file, iterated(over)) {
            continue;
        }
        let names: Vec<&str> = target.descendants().filter(|part| part.kind() == "identifier").map(Node::text).collect();
        let calls = body.descendants().filter(|inner| inner.kind() == "call");
        for call in calls {
            let Some(function) = call.field("function").filter(|function| function.kind() == "identifier") else { continue };
            let Some(input) = arguments(call).next().filter(|input| names.contains(&input.text())) else { continue };
            let untouched = occurrences(body, input.text()).all(|name| {
                let parent = name.parent();
                let bound = parent.is_some_and(|parent| parent.field("left") == Some(name));
                let moved = parent.filter(|parent| parent.kind() == "attribute").and_then(|parent| parent.field("attribute"));
                !bound && moved.is_none_or(|moved| !matches!(moved.text(), "to" | "cuda"))
            });
            if role(file, function) != Some(Role::Model) || !untouched {
                continue;
            }
            let Some(move_) = sure_move(file, function) else { continue };
            let edits = vec![Edit { span: Span::new(input.span().end, input.span().end), text: move_.clone() }];
            let message = format!("`{}` is on the GPU, `{}` comes from the loader on the CPU", function.text(), input.text());
            found.push(Found::new(call.span(), message, edits));
            break;
        }
    }
    found
}

/// Made as a loader; or called one, in a file that has nothing which moves batches for it.
fn is_loader<'t>(file: File<'_, 't>, over: Node<'t>) -> bool {
    const MOVERS: [&str; 5] = ["ccelerat", "abric", "refetch", "ightning", "prepare("];
    match role(file, over) {
        Some(role) => role == Role::Loader,
        None => {
            let named = matches!(over.kind(), "identifier" | "attribute") && over.text().to_lowercase().ends_with("loader");
            named && makers(file, over).is_none() && !MOVERS.iter().any(|word| file.text().contains(word))
        }
    }
}

/// `.cuda()` or `.to("cuda")`, if that is surely done to the model before.
fn sure_move<'t>(file: File<'_, 't>, model: Node<'t>) -> Option<String> {
    let values = file.facts.assigned_to(model).filter(|values| !values.is_empty())?;
    let moves = |value: &Node<'t>| {
        let (_, name) = method(*value)?;
        let given: Vec<&str> = arguments(*value).map(Node::text).collect();
        match (name, &given[..]) {
            ("cuda", []) => Some(".cuda()".to_owned()),
            ("to", [device]) if device.starts_with(['"', '\'']) && device[1..].starts_with("cuda") => Some(format!(".to({device})")),
            _ => None,
        }
    };
    let last = values.last().and_then(moves)?;
    values.iter().filter(|value| moves(value).is_none()).count().lt(&2).then_some(last)
}

/// `t = torch.cat([t, x])` in a loop copies all that was gathered at every turn.
fn tensor_grown_in_loop<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut found = Vec::new();
    for assignment in file.tree.root().descendants().filter(|node| node.kind() == "assignment") {
        let (Some(left), Some(call)) = (assignment.field("left"), assignment.field("right")) else { continue };
        if left.kind() != "identifier" || call.kind() != "call" {
            continue;
        }
        let is_cat = called_path(file, call)
            .is_some_and(|path| matches!(path.as_str(), "torch.cat" | "torch.concat" | "torch.vstack" | "torch.hstack"));
        let parts = arguments(call).next().filter(|parts| is_cat && matches!(parts.kind(), "list" | "tuple"));
        let grows = parts.and_then(|parts| parts.named_children().next()).is_some_and(|first| first.text() == left.text());
        let Some(around) = loop_around(assignment).filter(|_| grows) else { continue };
        let reads = occurrences(around, left.text()).count();
        let outside = statement_of(around).and_then(|statement| statement.previous()).is_some();
        if reads == 2 && outside {
            let message =
                format!("`{}` is copied whole at every turn: gather the parts in a list and join them once behind the loop", left.text());
            found.push(Found::new(assignment.span(), message, Vec::new()));
        }
    }
    found
}
