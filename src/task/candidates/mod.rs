//! The models that may do a task, as IR, with what they cost and what is to be expected of them.
//!
//! All candidates are roots of one program that read the same inputs, and so lie in one e-graph: the rules find the equal forms of each, and
//! each is costed in its cheapest. Two candidates are never equal to each other, so they are classes of their own; an e-class that held
//! both would say that a linear model computes what a recurrent one does, and rules could conclude from it. Which class is taken is decided
//! outside: by a prior from the data, less a price for the time of a step.

mod convolution;
mod dense;
mod network;
mod prior;
mod recurrent;
mod transformer;

use crate::explore::{Explorer, Limits, Sizes};
use crate::ir::{Node, Program};
use crate::rules::{RuleSet, Selection};
use crate::score::{Analytic, Neural, Scorer};

use super::{Axes, Category, Columns, Inputs, Task};
use network::Network;

pub(super) use convolution::{HIDDEN, REACH, SIDE};
pub(super) use prior::goal as goal_in_words;
pub(super) use transformer::EXPANSION;

/// A model that may do the task.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// What it is made of.
    pub architecture: Architecture,
    /// What it computes for a batch, in the cheapest form that the rules know.
    pub program: Program,
    /// Numbers that it learns.
    pub parameters: u64,
    /// Predicted seconds of one step of training, on one core.
    pub seconds: f64,
    /// How probable it is, before any training, that it predicts best.
    pub prior: f64,
    /// What makes the prior so.
    pub why: String,
    /// By which candidates are ranked: the logarithm of the prior, less the price of the time.
    pub score: f64,
}

/// What a model is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Architecture {
    /// One matrix.
    Linear,
    /// Layers with a ReLU between them, beside a linear path.
    Mlp {
        /// The widths of the hidden layers.
        widths: Vec<usize>,
    },
    /// Convolutions over the axes after the channels, each halving images, and a hidden layer.
    Convolution {
        /// The channels after each convolution.
        channels: Vec<usize>,
    },
    /// Recurrent cells.
    Recurrent {
        /// Which.
        cell: Cell,
        /// The width of the state.
        width: usize,
        /// Layers.
        layers: usize,
    },
    /// Blocks of attention.
    Transformer {
        /// The width of every place.
        width: usize,
        /// Heads of attention.
        heads: usize,
        /// Blocks.
        layers: usize,
    },
}

/// A recurrent cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// A plain one.
    Rnn,
    /// A gated recurrent unit.
    Gru,
    /// Long short-term memory.
    Lstm,
}

impl Architecture {
    /// The name by which the script and the user know it.
    pub fn name(&self) -> &'static str {
        match self {
            Architecture::Linear => "linear",
            Architecture::Mlp { widths } if widths.len() < 2 => "mlp",
            Architecture::Mlp { .. } => "deep-mlp",
            Architecture::Convolution { .. } => "cnn",
            Architecture::Recurrent { cell: Cell::Rnn, .. } => "rnn",
            Architecture::Recurrent { cell: Cell::Gru, .. } => "gru",
            Architecture::Recurrent { cell: Cell::Lstm, .. } => "lstm",
            Architecture::Transformer { .. } => "transformer",
        }
    }

    /// A phrase that says what it is.
    pub fn described(&self) -> String {
        let listed = |numbers: &[usize]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
        match self {
            Architecture::Linear => "a linear model".to_owned(),
            Architecture::Mlp { widths } => {
                format!("a multilayer perceptron with hidden layers of {} beside a linear path", listed(widths))
            }
            Architecture::Convolution { channels } => format!("a convolutional network of {} channels", listed(channels)),
            Architecture::Recurrent { cell, width, layers } => {
                let cell = ["plain recurrent cells", "gated recurrent units (GRU)", "long short-term memory (LSTM)"][*cell as usize];
                format!("{layers} layer{} of {cell} with a state of {width}", if *layers == 1 { "" } else { "s" })
            }
            Architecture::Transformer { width, heads, layers } => {
                format!("a transformer of {layers} blocks, {width} wide, with {heads} heads")
            }
        }
    }
}

/// What a model sees after its inputs are normalized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// Numbers without an order.
    Vector(usize),
    /// Places with features each.
    Sequence(usize, usize),
    /// Channels, height, width.
    Image(usize, usize, usize),
    /// Characters of an alphabet, so many at a time.
    Characters(usize, usize),
}

impl View {
    /// What the models of a task see.
    pub(super) fn of(task: &Task) -> View {
        match &task.inputs {
            Inputs::Table(columns) => View::Vector(width(columns)),
            Inputs::Series { columns, window, .. } => View::Sequence(*window, features(columns)),
            Inputs::Array(array) => match array.axes {
                Axes::Features(width) => View::Vector(width * if array.missing { 2 } else { 1 }),
                Axes::Sequence(places, features) => View::Sequence(places, features),
                Axes::Image { channels, height, width, .. } => View::Image(channels, height, width),
            },
            Inputs::Folder { size, channels } => View::Image(*channels, *size, *size),
            Inputs::Text { context } => View::Characters(task.outputs(), *context),
        }
    }

    /// How many numbers one example has.
    pub(super) fn size(self) -> usize {
        match self {
            View::Vector(width) => width,
            View::Sequence(places, features) => places * features,
            View::Image(channels, height, width) => channels * height * width,
            View::Characters(_, context) => context,
        }
    }
}

/// Numbers of a row: values, and indicators of what is missing.
fn features(columns: &Columns) -> usize {
    columns.numeric.len() + columns.numeric.iter().filter(|column| column.missing).count()
}

fn width(columns: &Columns) -> usize {
    features(columns) + columns.categories.iter().map(embedding_width).sum::<usize>()
}

/// How many numbers stand for a category. The generated script has the same rule.
pub(super) fn embedding_width(category: &Category) -> usize {
    category.size.div_ceil(2).clamp(1, 16)
}

/// Examples of one step of training: more where there are many.
pub(super) fn batch_size(task: &Task) -> usize {
    match (&task.inputs, task.examples) {
        (Inputs::Text { .. }, _) => 64,
        (_, ..2_000) => 32,
        (_, ..20_000) => 64,
        (Inputs::Table(_), 200_000..) => 1_024,
        _ => 256,
    }
}

/// A step of training goes forward once and backward, which is about two times that.
const PASSES: f64 = 3.0;
/// The share of its probability that a candidate pays for each factor of e in time.
const PRICE: f64 = 0.1;

/// The models that may do a task, the best first.
pub fn candidates(task: &Task) -> Vec<Candidate> {
    let view = View::of(task);
    let outputs = task.outputs();
    let architectures = architectures(view, task);
    let mut network = Network::new(batch_size(task), view, task);
    let mut built = Vec::new();
    for architecture in architectures {
        let before = network.parameters();
        let root = match &architecture {
            Architecture::Linear => dense::linear(&mut network, view, outputs),
            Architecture::Mlp { widths } => dense::mlp(&mut network, view, widths, outputs),
            Architecture::Convolution { channels } => convolution::network(&mut network, view, channels, outputs),
            Architecture::Recurrent { cell, width, layers } => recurrent::network(&mut network, view, *cell, (*width, *layers), outputs),
            Architecture::Transformer { width, heads, layers } => {
                transformer::network(&mut network, view, (*width, *heads, *layers), outputs)
            }
        };
        if let Ok(root) = root {
            built.push((architecture, root, network.parameters() - before));
        }
    }
    let embeddings = network.shared_parameters();
    let program = network.finish(built.iter().map(|(_, root, _)| *root).collect());
    let cheapest = cheapest(&program);
    let priors =
        prior::priors(task, view, &built.iter().map(|(architecture, _, own)| (architecture, own + embeddings)).collect::<Vec<_>>());
    let programs: Vec<Program> = cheapest.roots.iter().map(|root| cheapest.part(vec![*root])).collect();
    let seconds = seconds(&programs);
    let mut found: Vec<Candidate> = built
        .into_iter()
        .zip(priors)
        .zip(programs.into_iter().zip(seconds))
        .map(|(((architecture, _, parameters), (prior, why)), (program, seconds))| {
            let seconds = PASSES * seconds;
            let score = prior.ln() - PRICE * seconds.ln();
            Candidate { architecture, program, parameters: parameters + embeddings, seconds, prior, why, score }
        })
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found
}

/// Predicted seconds of a run of each program: by the network that ranks rewrites if it has learned of all ops, else by the cost model for
/// all of them, so that they compare.
fn seconds(programs: &[Program]) -> Vec<f64> {
    let network = Neural::builtin();
    let knows = |program: &Program| {
        program.terms.as_ref().iter().all(|node| !matches!(node, Node::Op(op, _) if !network.knows(*op, program.target)))
    };
    if programs.iter().all(knows) {
        return programs.iter().map(|program| network.seconds_of_sized(program)).collect();
    }
    programs.iter().map(|program| Analytic.seconds_of_sized(program)).collect()
}

/// All candidates in the cheapest form that one e-graph of them has.
fn cheapest(program: &Program) -> Program {
    let rules = RuleSet::builtin().select(&Selection::default(), program.target).unwrap_or_default();
    let limits = Limits { nodes: 4_000 + 6 * program.terms.len(), ..Limits::default() };
    let explored = Explorer::new(rules).explore(program, &limits);
    explored.best(&Analytic, &[Sizes::assumed(program, 1)]).program
}

/// What is tried for a kind of input.
fn architectures(view: View, task: &Task) -> Vec<Architecture> {
    let cells = [Cell::Rnn, Cell::Gru, Cell::Lstm];
    let hidden = dense::hidden(view.size(), task.examples);
    let mut found = match view {
        View::Characters(..) => Vec::new(),
        _ => vec![Architecture::Linear, Architecture::Mlp { widths: vec![hidden] }, Architecture::Mlp { widths: vec![2 * hidden, hidden] }],
    };
    match view {
        View::Vector(_) => {}
        View::Image(_, height, width) => {
            found.push(Architecture::Convolution { channels: convolution::channels(height.min(width)) });
        }
        View::Sequence(..) => {
            found.push(Architecture::Convolution { channels: vec![32, 64] });
            found.extend(cells.map(|cell| Architecture::Recurrent { cell, width: 64, layers: 1 }));
            found.push(Architecture::Transformer { width: 64, heads: 4, layers: 2 });
        }
        View::Characters(..) => {
            let width = if task.examples < 300_000 { 128 } else { 256 };
            found.extend(cells.map(|cell| Architecture::Recurrent { cell, width, layers: 1 }));
            found.push(Architecture::Transformer { width, heads: width / 32, layers: 4 });
        }
    }
    found
}
