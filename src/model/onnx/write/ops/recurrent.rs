//! Recurrent layers.

use super::attributes::{flag, float, floats, int, word, words};
use super::{Entry, Term, Writer};
use crate::ir::{DType, Dim};
use crate::model::onnx::proto::AttributeProto;

pub(super) static OPS: &[Entry] = &[
    ("rnn", |w, t| {
        let operands = operands(w, t, 6)?;
        let attributes = attributes(t, 6, &["Tanh"])?;
        Ok(w.nodes("RNN", operands, 2, attributes))
    }),
    ("gru", |w, t| {
        let operands = operands(w, t, 6)?;
        let mut attributes = attributes(t, 6, &["Sigmoid", "Tanh"])?;
        attributes.push(flag("linear_before_reset", t.flag(9)));
        Ok(w.nodes("GRU", operands, 2, attributes))
    }),
    ("lstm", |w, t| {
        let operands = operands(w, t, 8)?;
        let mut attributes = attributes(t, 8, &["Sigmoid", "Tanh", "Tanh"])?;
        attributes.push(flag("input_forget", t.flag(11)));
        Ok(w.nodes("LSTM", operands, 3, attributes))
    }),
];

/// The operands, of which the lengths are `i32`.
fn operands<'m>(w: &mut Writer<'m>, t: &Term<'m>, n: usize) -> Result<Vec<String>, String> {
    let mut operands = Vec::new();
    for (i, arg) in t.args[..n].iter().enumerate() {
        operands.push(if i == 4 && t.dtype(4).is_ok() { w.value_as(*arg, DType::I32)? } else { w.optional(*arg)? });
    }
    Ok(operands)
}

/// Direction, activations and bound, from one argument on, and the length of the state.
fn attributes(t: &Term, from: usize, defaults: &[&str]) -> Result<Vec<AttributeProto>, String> {
    let hidden = t.lengths(2)?.get(2).and_then(Dim::as_known).ok_or("the length of its state is not known")?;
    let direction = t.word(from)?;
    let mut attributes = vec![int("hidden_size", hidden), word("direction", direction)];
    let (mut names, mut alphas, mut betas) = (Vec::new(), Vec::new(), Vec::new());
    for activation in t.word(from + 1)?.split_whitespace() {
        let mut parts = activation.split(':');
        names.push(named(parts.next().unwrap_or_default())?);
        let mut number = || parts.next().map(|text| text.parse::<f32>().map_err(|e| format!("`{activation}`: {e}"))).transpose();
        alphas.extend(number()?);
        betas.extend(number()?);
    }
    let directions = if direction == "bidirectional" { 2 } else { 1 };
    if names != defaults.repeat(directions) {
        attributes.push(words("activations", &names));
    }
    attributes.extend((!alphas.is_empty()).then(|| floats("activation_alpha", alphas)));
    attributes.extend((!betas.is_empty()).then(|| floats("activation_beta", betas)));
    let clip = t.float(from + 2)?;
    attributes.extend((clip != 0.0).then(|| float("clip", clip)));
    Ok(attributes)
}

/// ONNX's name for the kernels' activation.
fn named(word: &str) -> Result<&'static str, String> {
    Ok(match word {
        "relu" => "Relu",
        "tanh" => "Tanh",
        "sigmoid" => "Sigmoid",
        "softsign" => "Softsign",
        "softplus" => "Softplus",
        "affine" => "Affine",
        "leaky_relu" => "LeakyRelu",
        "thresholded_relu" => "ThresholdedRelu",
        "scaled_tanh" => "ScaledTanh",
        "hard_sigmoid" => "HardSigmoid",
        "elu" => "Elu",
        other => return Err(format!("an unknown activation `{other}`")),
    })
}
