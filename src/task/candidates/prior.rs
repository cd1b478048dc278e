//! What is to be expected of a model before it is trained, from the size and the kind of the data.

use super::{Architecture, Cell, View};
use crate::task::{Goal, Inputs, Task};

/// A weight for each model, which says how well its kind has served data of this kind and size, and why; the weights are made to add to 1.
pub(super) fn priors(task: &Task, view: View, models: &[(&Architecture, u64)]) -> Vec<(f64, String)> {
    let weigh = |(architecture, parameters): &(&Architecture, u64)| match view {
        View::Vector(width) => table(task.examples as f64, width, architecture),
        View::Image(..) => image(task.examples as f64, architecture),
        View::Sequence(..) => sequence(task, architecture),
        View::Characters(..) => text(task.examples as f64, architecture, *parameters as f64),
    };
    let weighed: Vec<(f64, String)> = models.iter().map(weigh).collect();
    let total: f64 = weighed.iter().map(|(weight, _)| weight).sum();
    weighed.into_iter().map(|(weight, why)| (weight / total, why)).collect()
}

/// The share, between 0 and 1, that so many examples are of twice what is needed.
fn enough(examples: f64, needed: f64) -> f64 {
    let ratio = (examples / needed).powf(1.5);
    ratio / (1.0 + ratio)
}

/// Rows for each input, and rows in all, at which a perceptron is as probable to be better as not.
const ROWS_A_FEATURE: f64 = 20.0;
const ROWS: f64 = 300.0;

fn table(rows: f64, width: usize, architecture: &Architecture) -> (f64, String) {
    let needed = ROWS + ROWS_A_FEATURE * width as f64;
    let share = enough(rows, needed);
    match architecture {
        Architecture::Mlp { widths } if widths.len() > 1 => {
            (share * enough(rows, 12.0 * needed), format!("two hidden layers want about {:.0} rows", 12.0 * needed))
        }
        Architecture::Mlp { .. } => {
            let weight = share * (1.0 - enough(rows, 12.0 * needed));
            (weight, format!("a hidden layer pays from about {needed:.0} rows for {width} inputs; there are {rows:.0}"))
        }
        _ => (1.0 - share, format!("few parameters: best below about {needed:.0} rows")),
    }
}

fn image(examples: f64, architecture: &Architecture) -> (f64, String) {
    match architecture {
        Architecture::Convolution { .. } => (enough(examples, 100.0), "images: neighbouring pixels belong together".to_owned()),
        Architecture::Linear => {
            (0.5 * (1.0 - enough(examples, 100.0)) + 0.02, "sees every pixel by itself: for very few images".to_owned())
        }
        _ => (0.1, "does not know which pixels are neighbours".to_owned()),
    }
}

fn sequence(task: &Task, architecture: &Architecture) -> (f64, String) {
    let examples = task.examples as f64;
    let forecast = matches!(task.inputs, Inputs::Series { .. });
    let much = enough(examples, 500.0);
    let say = |weight: f64, why: &str| (weight, why.to_owned());
    match architecture {
        Architecture::Linear if forecast => {
            say(0.25 + 0.5 * (1.0 - enough(examples, 5_000.0)), "an autoregression: hard to beat on short series")
        }
        Architecture::Linear => say(0.3 * (1.0 - much), "every place has its own weights: for few sequences"),
        Architecture::Mlp { widths } if widths.len() == 1 => say(0.1, "does not know the order of the places"),
        Architecture::Mlp { .. } => say(0.05, "does not know the order of the places, and has more to learn"),
        Architecture::Convolution { .. } => say(0.3 * much, "finds short patterns wherever they are"),
        Architecture::Recurrent { cell: Cell::Rnn, .. } => say(0.08 * much, "forgets what is more than some places ago"),
        Architecture::Recurrent { cell: Cell::Gru, .. } => {
            say(0.35 * much, "carries a state over the places; gates let it keep what matters")
        }
        Architecture::Recurrent { cell: Cell::Lstm, .. } => say(0.3 * much, "as the GRU, with a fourth more to learn"),
        Architecture::Transformer { .. } => {
            say(0.5 * enough(examples, 20_000.0), "sees all places at once; wants some ten thousand sequences")
        }
    }
}

/// Characters for each parameter below which a network learns by heart.
const CHARACTERS_A_PARAMETER: f64 = 20.0;

fn text(characters: f64, architecture: &Architecture, parameters: f64) -> (f64, String) {
    let share = enough(characters, CHARACTERS_A_PARAMETER * parameters);
    match architecture {
        Architecture::Recurrent { cell: Cell::Rnn, .. } => (0.05, "forgets what is more than some characters ago".to_owned()),
        Architecture::Recurrent { cell: Cell::Gru, .. } => (0.5, "a state with gates learns spelling and words from a megabyte".to_owned()),
        Architecture::Recurrent { .. } => (0.45, "as the GRU, with a fourth more to learn".to_owned()),
        _ => (
            0.05 + share,
            format!(
                "better where there is much text: about {:.0} million characters for its parameters",
                CHARACTERS_A_PARAMETER * parameters / 1e6
            ),
        ),
    }
}

/// The goal of a task in words.
pub(in crate::task) fn goal(goal: &Goal) -> String {
    match goal {
        Goal::Regression => "regression".to_owned(),
        Goal::Classification { classes, .. } if classes.len() == 2 => "binary classification".to_owned(),
        Goal::Classification { classes, .. } => format!("classification into {} classes", classes.len()),
        Goal::Language { symbols } => format!("language model over {symbols} characters"),
    }
}
