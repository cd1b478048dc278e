//! Models as classes of PyTorch.

use super::template::Values;
use crate::task::candidates::{Architecture, Cell, EXPANSION, HIDDEN, REACH, SIDE, View};
use crate::task::{Inputs, Task};

/// The share of a hidden layer that a step of training leaves out.
const DROPOUT: f64 = 0.1;

/// The name of a model's class.
pub(super) fn class(architecture: &Architecture) -> &'static str {
    match architecture {
        Architecture::Linear => "Linear",
        Architecture::Mlp { widths } if widths.len() < 2 => "Perceptron",
        Architecture::Mlp { .. } => "DeepPerceptron",
        Architecture::Convolution { .. } => "Convolution",
        Architecture::Recurrent { cell: Cell::Rnn, .. } => "PlainRecurrent",
        Architecture::Recurrent { cell: Cell::Gru, .. } => "GatedRecurrent",
        Architecture::Recurrent { cell: Cell::Lstm, .. } => "LongShortTerm",
        Architecture::Transformer { .. } => "Transformer",
    }
}

/// What a model's class is made with: what only the data knows.
pub(super) fn arguments(task: &Task) -> &'static str {
    match &task.inputs {
        Inputs::Text { .. } => "symbols",
        Inputs::Table(columns) if !columns.categories.is_empty() => "self.inputs.width",
        _ => "",
    }
}

/// A model's class.
pub(super) fn printed(task: &Task, architecture: &Architecture, values: &Values) -> String {
    let mut values = values.clone();
    let view = View::of(task);
    let has_categories = arguments(task) == "self.inputs.width";
    let width = if has_categories { "width".to_owned() } else { view.size().to_string() };
    values.set("class", class(architecture)).set("outputs", task.outputs()).set("width", &width);
    let piece = match architecture {
        Architecture::Linear => include_str!("pieces/linear.py"),
        Architecture::Mlp { widths } => {
            values.set("layers", indented(&perceptron(&width, widths, task.outputs())));
            include_str!("pieces/mlp.py")
        }
        Architecture::Convolution { channels } => convolution(view, channels, task.outputs(), &mut values),
        Architecture::Recurrent { cell, width, layers } => {
            values.set("cell", ["RNN", "GRU", "LSTM"][*cell as usize]).set("state", width).set("depth", layers);
            values.flag("deep", *layers > 1).set("features", features(view, *width));
            include_str!("pieces/recurrent.py")
        }
        Architecture::Transformer { width, heads, layers } => {
            values.set("state", width).set("heads", heads).set("head", width / heads).set("blocks", layers).set("expansion", EXPANSION);
            values.set("places", places(view)).set("features", features(view, *width));
            include_str!("pieces/transformer.py")
        }
    };
    values.fill(piece)
}

fn indented(lines: &[String]) -> String {
    lines.iter().map(|line| format!("            {line},")).collect::<Vec<_>>().join("\n")
}

fn perceptron(inputs: &str, widths: &[usize], outputs: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut before = inputs.to_owned();
    for width in widths {
        lines.extend([format!("nn.Linear({before}, {width})"), "nn.ReLU()".to_owned(), format!("nn.Dropout({DROPOUT})")]);
        before = width.to_string();
    }
    lines.push(format!("nn.Linear({before}, {outputs})"));
    lines
}

fn convolution(view: View, channels: &[usize], outputs: usize, values: &mut Values) -> &'static str {
    let mut lines = Vec::new();
    if let View::Image(mut before, mut height, mut width) = view {
        for &after in channels {
            lines.push(format!("nn.Conv2d({before}, {after}, {SIDE}, padding={})", SIDE / 2));
            lines.extend(["nn.ReLU()".to_owned(), "nn.MaxPool2d(2)".to_owned()]);
            (before, height, width) = (after, height / 2, width / 2);
        }
        lines.push("nn.Flatten()".to_owned());
        lines.extend(perceptron(&(before * height * width).to_string(), &[HIDDEN], outputs));
        values.set("layers", indented(&lines));
        return include_str!("pieces/convolution_image.py");
    }
    let mut before = features(view, 0);
    for &after in channels {
        lines.extend([format!("nn.Conv1d({before}, {after}, {REACH}, padding={})", REACH / 2), "nn.ReLU()".to_owned()]);
        before = after;
    }
    values.set("layers", indented(&lines)).set("last", before);
    include_str!("pieces/convolution_sequence.py")
}

/// Numbers at each place.
fn features(view: View, embedded: usize) -> usize {
    match view {
        View::Sequence(_, features) => features,
        _ => embedded,
    }
}

fn places(view: View) -> usize {
    match view {
        View::Sequence(places, _) | View::Characters(_, places) => places,
        View::Vector(_) | View::Image(..) => 1,
    }
}
