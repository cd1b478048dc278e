//! What of a script trains and evaluates.

use super::template::{Values, quoted};
use super::{bodies, data};
use crate::task::candidates::{Architecture, Candidate, batch_size, goal_in_words};
use crate::task::inference::folder;
use crate::task::{Goal, Inputs, Task};

/// How a model is trained if nothing else is said.
struct Schedule {
    epochs: u32,
    patience: u32,
    log_every: u32,
}

/// That of a linear model alone: an epoch is some steps of L-BFGS, of which each sees all examples.
const CONVEX: Schedule = Schedule { epochs: 100, patience: 1, log_every: 1 };
/// Examples that such a step takes at once.
const CONVEX_BATCH: usize = 4_096;

fn schedule(task: &Task) -> Schedule {
    match (&task.inputs, task.examples) {
        (Inputs::Text { .. }, ..10_000_000) => Schedule { epochs: 12, patience: 2, log_every: 1 },
        (Inputs::Text { .. }, _) => Schedule { epochs: 3, patience: 1, log_every: 1 },
        (Inputs::Table(_) | Inputs::Series { .. }, ..20_000) => Schedule { epochs: 300, patience: 30, log_every: 10 },
        (Inputs::Table(_) | Inputs::Series { .. }, _) => Schedule { epochs: 100, patience: 10, log_every: 1 },
        _ => Schedule { epochs: 60, patience: 10, log_every: 1 },
    }
}

/// The optimizer that suits a model, and its decay of weights. That of a linear model is the penalty of ridge and logistic regression
/// with the usual strength of 1: Adam adds it to the gradient.
fn optimizer(architecture: &Architecture, task: &Task) -> (&'static str, String) {
    match architecture {
        Architecture::Linear => {
            let trained = (1.0 - 2.0 * data::HELD_OUT) * task.examples as f64;
            let strength = if task.goal == Goal::Regression { 2.0 } else { 1.0 };
            ("torch.optim.Adam", format!("{:.1e}", strength / trained))
        }
        _ => ("torch.optim.AdamW", "0.01".to_owned()),
    }
}

/// The learning rate that suits a model.
fn rate(architecture: &Architecture, task: &Task) -> f64 {
    match architecture {
        Architecture::Linear => 1e-2,
        Architecture::Mlp { .. } if task.examples < 10_000 => 3e-3,
        Architecture::Recurrent { .. } => 3e-3,
        _ => 1e-3,
    }
}

/// Fills in what the goal and the models decide.
pub(super) fn values(task: &Task, chosen: &Candidate, models: &[&Candidate], values: &mut Values) {
    let tune = models.len() > 1;
    let convex = is_convex(models);
    let Schedule { epochs, patience, log_every } = if convex { CONVEX } else { schedule(task) };
    let has_cells = |model: &&Candidate| matches!(model.architecture, Architecture::Recurrent { .. });
    let is_deep = |model: &&Candidate| has_cells(model) || matches!(model.architecture, Architecture::Transformer { .. });
    values.flag("convex", convex).flag("cells", models.iter().any(has_cells)).flag("clip", models.iter().any(is_deep));
    // A linear model says itself how far the next value is from the last.
    values.flag("tune", tune).flag("change", matches!(task.inputs, Inputs::Series { .. }) && !convex);
    values
        .set("epochs", epochs)
        .set("patience", patience)
        .set("log_every", log_every)
        .set("batch", if convex { CONVEX_BATCH } else { batch_size(task) });
    values.set("learning_rate", rate(&chosen.architecture, task)).set("chosen", chosen.architecture.name());
    let (optimizer, decay) = optimizer(&chosen.architecture, task);
    values.set("optimizer", optimizer).set("decay", decay);
    values.set("source", quoted(&task.source));
    values.set("folder", quoted(&folder(task)));
    values.set("output", if task.goal == Goal::Regression { "prediction" } else { "logits" });
    let (of_data, arguments) = match bodies::arguments(task) {
        "symbols" => ("symbols: int", "len(data.alphabet) + 1"),
        "self.inputs.width" => ("vocabulary: dict[str, list[str]]", "data.vocabulary"),
        _ => ("", ""),
    };
    values.flag("has_of_data", !of_data.is_empty()).set("of_data", of_data);
    let body = bodies::arguments(task);
    if tune {
        values.set("body", format!("MODELS[name][0]({body})"));
        values.set("train_parameters", ", name: str").set("checkpoint", "f\"{name}.pt\"");
        values.set("model_arguments", if arguments.is_empty() { String::new() } else { format!("{arguments}, ") });
    } else {
        values.set("body", format!("{}({body})", bodies::class(&chosen.architecture)));
        values.set("checkpoint", "\"checkpoint.pt\"").set("model_arguments", arguments);
    }
}

/// The table of models that a script can train.
pub(super) fn models(models: &[&Candidate], task: &Task) -> String {
    let line = |model: &&Candidate| {
        let (optimizer, decay) = optimizer(&model.architecture, task);
        let (name, class) = (model.architecture.name(), bodies::class(&model.architecture));
        format!("    \"{name}\": ({class}, {optimizer}, {}, {decay}),\n", rate(&model.architecture, task))
    };
    format!(
        "# What can be trained, and the optimizer, learning rate and weight decay that suit it.\nMODELS = {{\n{}}}\n",
        models.iter().map(line).collect::<String>()
    )
}

/// The function that trains.
pub(super) fn loop_of(models: &[&Candidate]) -> &'static str {
    if is_convex(models) { include_str!("pieces/convex.py") } else { include_str!("pieces/train.py") }
}

/// True for a linear model alone: what it costs is convex.
fn is_convex(models: &[&Candidate]) -> bool {
    matches!(models, [only] if only.architecture == Architecture::Linear)
}

/// The functions that say how good a model is.
pub(super) fn evaluation(task: &Task) -> &'static str {
    match task.goal {
        Goal::Regression => include_str!("pieces/evaluate_numbers.py"),
        Goal::Classification { .. } => include_str!("pieces/evaluate_classes.py"),
        Goal::Language { .. } => include_str!("pieces/evaluate_text.py"),
    }
}

/// What the script is for, in a sentence.
pub(in crate::task) fn summary(task: &Task) -> String {
    let (source, goal) = (&task.source, goal_in_words(&task.goal));
    match &task.inputs {
        Inputs::Table(columns) => format!("Learns `{}` from the other columns of {source}: {goal}.", columns.target),
        Inputs::Series { columns, window, .. } => {
            format!("Forecasts `{}` of {source} from the {window} rows before: {goal}.", columns.target)
        }
        Inputs::Array(array) => format!("Learns `{}` from `{}` of {source}: {goal}.", array.target, array.name),
        Inputs::Folder { .. } => format!("Learns the class of an image from the folders of {source}: {goal}."),
        Inputs::Text { .. } => format!("Learns to write like {source}: a {goal}."),
    }
}

/// How much data there is.
pub(super) fn size(task: &Task) -> String {
    match &task.inputs {
        Inputs::Table(columns) => {
            let kinds = [(columns.numeric.len(), "numbers"), (columns.categories.len(), "categories")];
            let kinds: Vec<String> = kinds.into_iter().filter(|(count, _)| *count > 0).map(|(count, kind)| counted(count, kind)).collect();
            format!("{} rows with {}", task.examples, kinds.join(" and "))
        }
        Inputs::Series { columns, .. } => format!("{} rows with {}", task.examples, counted(columns.numeric.len(), "numbers")),
        Inputs::Array(_) => format!("{} examples", task.examples),
        Inputs::Folder { .. } => format!("{} images", task.examples),
        Inputs::Text { .. } => format!("{} characters", task.examples),
    }
}

/// `1 column of numbers`, `2 columns of numbers`.
fn counted(count: usize, kind: &str) -> String {
    format!("{count} column{} of {kind}", if count == 1 { "" } else { "s" })
}
