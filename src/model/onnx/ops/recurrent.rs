//! Recurrent layers.

use super::{Call, Entry, Lowered, Lowering, apply};
use crate::ir::{Attr, Id};

pub(super) static OPS: &[Entry] = &[
    ("RNN", |l, call| {
        let [x, w, r] = operands(l, call)?;
        let [b, lengths, h] = [3, 4, 5].map(|i| call.optional(i));
        let h = state(l, call, h)?;
        let (direction, activations) = (direction(call), activations(call, &["Tanh"])?);
        let layer = apply!(l, "rnn", x, w, r, b, lengths, h, direction, activations, clip(call))?;
        results(l, call, layer, 1)
    }),
    ("GRU", |l, call| {
        let [x, w, r] = operands(l, call)?;
        let [b, lengths, h] = [3, 4, 5].map(|i| call.optional(i));
        let h = state(l, call, h)?;
        let (direction, activations) = (direction(call), activations(call, &["Sigmoid", "Tanh"])?);
        let linear = Attr::Bool(call.int("linear_before_reset", 0) != 0);
        let layer = apply!(l, "gru", x, w, r, b, lengths, h, direction, activations, clip(call), linear)?;
        results(l, call, layer, 1)
    }),
    ("LSTM", |l, call| {
        let [x, w, r] = operands(l, call)?;
        let [b, lengths, h, c, p] = [3, 4, 5, 6, 7].map(|i| call.optional(i));
        let (h, c) = (state(l, call, h)?, state(l, call, c)?);
        let (direction, activations) = (direction(call), activations(call, &["Sigmoid", "Tanh", "Tanh"])?);
        let coupled = Attr::Bool(call.int("input_forget", 0) != 0);
        let layer = apply!(l, "lstm", x, w, r, b, lengths, h, c, p, direction, activations, clip(call), coupled)?;
        results(l, call, layer, 2)
    }),
];

fn batch_first(call: &Call) -> bool {
    call.int("layout", 0) != 0
}

/// The sequence with its places first, and both weights.
fn operands<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Result<[Id; 3], String> {
    let mut x = call.input(0)?;
    if batch_first(call) {
        x = l.permute(x, &[1, 0, 2])?;
    }
    Ok([x, call.input(1)?, call.input(2)?])
}

/// A first state with its directions first.
fn state<'a>(l: &mut Lowering<'a>, call: &Call<'a>, given: Option<Id>) -> Result<Option<Id>, String> {
    match given {
        Some(state) if batch_first(call) => l.permute(state, &[1, 0, 2]).map(Some),
        state => Ok(state),
    }
}

/// The results of all places and the last states, in the layout that is asked for.
fn results<'a>(l: &mut Lowering<'a>, call: &Call<'a>, layer: Id, states: usize) -> Lowered {
    let mut results = l.parts(layer, 1 + states)?;
    if batch_first(call) {
        for (i, result) in results.iter_mut().enumerate() {
            let order: &[i64] = if i == 0 { &[2, 0, 1, 3] } else { &[1, 0, 2] };
            *result = result.map(|id| l.permute(id, order)).transpose()?;
        }
    }
    Ok(results)
}

fn direction(call: &Call) -> Attr {
    Attr::Str(call.string("direction").unwrap_or_else(|| "forward".to_owned()))
}

fn clip(call: &Call) -> Attr {
    Attr::float(call.float("clip", 0.0))
}

/// The activations by the kernels' names for them, each with the numbers that it takes: `leaky_relu:0.1`. The lists of numbers
/// have one for each activation that takes one.
fn activations(call: &Call, defaults: &[&str]) -> Result<Attr, String> {
    let directions = if call.string("direction").as_deref() == Some("bidirectional") { 2 } else { 1 };
    let given =
        call.attribute("activations").map(|a| a.strings.iter().map(|s| String::from_utf8_lossy(s).into_owned()).collect::<Vec<_>>());
    let names = given.unwrap_or_else(|| defaults.repeat(directions).into_iter().map(str::to_owned).collect());
    let numbers = |name: &str| call.attribute(name).map_or(&[][..], |a| &a.floats[..]).iter();
    let (mut alphas, mut betas) = (numbers("activation_alpha"), numbers("activation_beta"));
    let mut words = Vec::new();
    for name in &names {
        let (word, alpha, beta) = match name.to_lowercase().as_str() {
            "relu" => ("relu", None, None),
            "tanh" => ("tanh", None, None),
            "sigmoid" => ("sigmoid", None, None),
            "softsign" => ("softsign", None, None),
            "softplus" => ("softplus", None, None),
            "affine" => ("affine", Some(1.0), Some(0.0)),
            "leakyrelu" => ("leaky_relu", Some(0.01), None),
            "thresholdedrelu" => ("thresholded_relu", Some(1.0), None),
            "scaledtanh" => ("scaled_tanh", Some(1.0), Some(1.0)),
            "hardsigmoid" => ("hard_sigmoid", Some(0.2), Some(0.5)),
            "elu" => ("elu", Some(1.0), None),
            other => return Err(format!("an unknown activation `{other}`")),
        };
        let alpha = alpha.map(|default: f32| alphas.next().copied().unwrap_or(default));
        let beta = beta.map(|default: f32| betas.next().copied().unwrap_or(default));
        words.push(
            [Some(word.to_owned()), alpha.map(|a| a.to_string()), beta.map(|b| b.to_string())]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(":"),
        );
    }
    Ok(Attr::Str(words.join(" ")))
}
