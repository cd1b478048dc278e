use super::super::File;
use super::super::roles::{called_path, makers};
use super::calls::{argument, called_name, has_splat};
use crate::syntax::Node;

/// A loss whose input matters to the passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fix) enum Loss {
    /// Takes logits of classes.
    CrossEntropy,
    /// Takes logarithms of probabilities.
    NegativeLogLikelihood,
    /// Takes probabilities.
    BinaryCrossEntropy,
    /// Takes logits.
    BinaryCrossEntropyWithLogits,
    /// Compares numbers, and broadcasts.
    Regression,
}

/// A call of a loss: `F.cross_entropy(x, y)`, or `criterion(x, y)` where `criterion = nn.CrossEntropyLoss()`.
#[derive(Debug, Clone)]
pub(in crate::fix) struct LossCall<'t> {
    pub call: Node<'t>,
    pub loss: Loss,
    /// What is compared with the target.
    pub input: Node<'t>,
    pub target: Node<'t>,
    /// The calls that may have made the loss module; none for a function.
    pub makers: Vec<Node<'t>>,
}

const LOSSES: [(&str, &str, Loss); 9] = [
    ("cross_entropy", "CrossEntropyLoss", Loss::CrossEntropy),
    ("nll_loss", "NLLLoss", Loss::NegativeLogLikelihood),
    ("binary_cross_entropy", "BCELoss", Loss::BinaryCrossEntropy),
    ("binary_cross_entropy_with_logits", "BCEWithLogitsLoss", Loss::BinaryCrossEntropyWithLogits),
    ("mse_loss", "MSELoss", Loss::Regression),
    ("l1_loss", "L1Loss", Loss::Regression),
    ("smooth_l1_loss", "SmoothL1Loss", Loss::Regression),
    ("huber_loss", "HuberLoss", Loss::Regression),
    ("poisson_nll_loss", "PoissonNLLLoss", Loss::Regression),
];

/// Names of which a text has one if it has a loss.
pub(in crate::fix) const LOSS_WORDS: &[&str] = &[
    "cross_entropy",
    "CrossEntropyLoss",
    "nll_loss",
    "NLLLoss",
    "binary_cross_entropy",
    "BCELoss",
    "binary_cross_entropy_with_logits",
    "BCEWithLogitsLoss",
    "mse_loss",
    "MSELoss",
    "l1_loss",
    "L1Loss",
    "smooth_l1_loss",
    "SmoothL1Loss",
    "huber_loss",
    "HuberLoss",
];

/// Every call of a loss that is surely one.
pub(super) fn loss_calls<'t>(file: File<'_, 't>) -> Vec<LossCall<'t>> {
    let calls = file.tree.root().descendants().filter(|node| node.kind() == "call");
    calls.filter_map(|call| loss_call(file, call)).collect()
}

fn loss_call<'t>(file: File<'_, 't>, call: Node<'t>) -> Option<LossCall<'t>> {
    let function = call.field("function")?;
    let (input, target) = (argument(call, 0, "input")?, argument(call, 1, "target")?);
    if has_splat(call) {
        return None;
    }
    if let Some(path) = file.resolve(function) {
        let name = path.strip_prefix("torch.nn.functional.")?;
        let (.., loss) = LOSSES.iter().find(|(known, ..)| *known == name)?;
        return Some(LossCall { call, loss: *loss, input, target, makers: Vec::new() });
    }
    if called_name(call) == Some("forward") || file.facts.function_named(function).is_some() {
        return None;
    }
    let makers = makers(file, function)?;
    let mut losses = makers.iter().map(|maker| loss_of(file, *maker));
    let first = losses.next()??;
    losses.all(|loss| loss == Some(first)).then(|| LossCall { call, loss: first, input, target, makers: makers.clone() })
}

/// The loss that a constructor makes.
fn loss_of(file: File<'_, '_>, maker: Node<'_>) -> Option<Loss> {
    let path = called_path(file, maker)?;
    let name = path.strip_prefix("torch.nn.").map(|name| name.strip_prefix("modules.loss.").unwrap_or(name))?;
    LOSSES.iter().find(|(_, known, _)| *known == name).map(|(.., loss)| *loss)
}
