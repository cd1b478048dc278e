//! Operators of training: losses, dropout and optimizers.

use super::terms::Term;
use super::{Call, Entry, Lowered, Lowering, apply, one};
use crate::ir::{Attr, DType, Id};

pub(super) static OPS: &[Entry] = &[
    ("Adagrad", |l, call| {
        updated(l, call, 3, |l, call, rate, step, [x, gradient, squares]| {
            let decay = l.cast(step, l.dtype(rate)?)?;
            let decay = l.times(decay, call.float("decay_factor", 0.0))?;
            let decay = l.plus(decay, 1.0)?;
            let rate = l.div(rate, decay)?;
            let gradient = regularized(l, call, x, gradient)?;
            let square = l.unary("square", gradient)?;
            let squares = l.add(squares, square)?;
            let root = l.unary("sqrt", squares)?;
            let root = l.plus(root, call.float("epsilon", 1e-6))?;
            let change = l.mul(rate, gradient)?;
            let change = l.div(change, root)?;
            Ok(vec![l.sub(x, change)?, squares])
        })
    }),
    ("Adam", |l, call| updated(l, call, 4, adam)),
    ("Momentum", |l, call| {
        updated(l, call, 3, |l, call, rate, step, [x, gradient, velocity]| {
            let (alpha, beta) = (call.float("alpha", 0.0), call.float("beta", 0.0));
            let gradient = regularized(l, call, x, gradient)?;
            let dtype = l.dtype(x)?;
            let (beta, first) = (l.scalar(dtype, beta), l.scalar(dtype, 1.0));
            let later = positive(l, step)?;
            let beta = apply!(l, "select", later, beta, first)?;
            let (kept, own) = (l.times(velocity, alpha)?, l.mul(beta, gradient)?);
            let velocity = l.add(kept, own)?;
            let change = if call.string("mode").as_deref() == Some("nesterov") {
                let ahead = l.times(velocity, alpha)?;
                l.add(gradient, ahead)?
            } else {
                velocity
            };
            let change = l.mul(rate, change)?;
            Ok(vec![l.sub(x, change)?, velocity])
        })
    }),
    ("Dropout", |l, call| {
        let x = call.input(0)?;
        match call.optional(2) {
            Some(training) if l.number(training) != Some(0.0) => {
                let ratio = match call.optional(1) {
                    Some(ratio) => ratio,
                    None => l.scalar(DType::F32, 0.5),
                };
                let seed = Attr::Int(call.int("seed", 0));
                let both = apply!(l, "dropout", x, ratio, training, seed)?;
                l.parts(both, 2)
            }
            _ if call.node.output.len() > 1 => {
                let yes = l.scalar(DType::Bool, 1.0);
                let mask = apply!(l, "full", Attr::Dims(l.axes_of(x)?), yes, Attr::DType(DType::Bool))?;
                Ok(vec![Some(x), Some(mask)])
            }
            _ => one(x),
        }
    }),
    ("NegativeLogLikelihoodLoss", |l, call| one(likelihood(l, call, call.input(0)?)?)),
    ("SoftmaxCrossEntropyLoss", |l, call| {
        let logs = apply!(l, "log_softmax", call.input(0)?, Attr::Int(1))?;
        Ok(vec![Some(likelihood(l, call, logs)?), Some(logs)])
    }),
];

fn likelihood<'a>(l: &mut Lowering<'a>, call: &Call<'a>, logs: Id) -> Term {
    let reduction = Attr::Str(call.string("reduction").unwrap_or_else(|| "mean".to_owned()));
    let ignored = Attr::Int(call.int("ignore_index", i64::MIN));
    apply!(l, "nll_loss_weighted", logs, call.input(1)?, call.optional(2), reduction, ignored)
}

/// An optimizer's step for each of the tensors, whose states come tensor by tensor within each kind.
fn updated<'a, const N: usize>(
    l: &mut Lowering<'a>,
    call: &Call<'a>,
    kinds: usize,
    step: impl Fn(&mut Lowering<'a>, &Call<'a>, Id, Id, [Id; N]) -> Result<Vec<Id>, String>,
) -> Lowered {
    let (rate, count) = (call.input(0)?, call.input(1)?);
    let tensors = (call.inputs.len() - 2) / kinds;
    let mut results = vec![None; tensors * (kinds - 1)];
    for i in 0..tensors {
        let mut states = [rate; N];
        for (kind, state) in states.iter_mut().enumerate() {
            *state = call.input(2 + kind * tensors + i)?;
        }
        for (kind, result) in step(l, call, rate, count, states)?.into_iter().enumerate() {
            results[kind * tensors + i] = Some(result);
        }
    }
    Ok(results)
}

fn adam<'a>(l: &mut Lowering<'a>, call: &Call<'a>, rate: Id, step: Id, [x, gradient, mean, squares]: [Id; 4]) -> Result<Vec<Id>, String> {
    let (alpha, beta) = (call.float("alpha", 0.9), call.float("beta", 0.999));
    let gradient = regularized(l, call, x, gradient)?;
    let (kept, own) = (l.times(mean, alpha)?, l.times(gradient, 1.0 - alpha)?);
    let mean = l.add(kept, own)?;
    let square = l.unary("square", gradient)?;
    let (kept, own) = (l.times(squares, beta)?, l.times(square, 1.0 - beta)?);
    let squares = l.add(kept, own)?;
    let root = l.unary("sqrt", squares)?;
    let root = l.plus(root, call.float("epsilon", 1e-6))?;
    let (of_squares, of_mean) = (remainder(l, beta, step, rate)?, remainder(l, alpha, step, rate)?);
    let of_squares = l.unary("sqrt", of_squares)?;
    let corrected = l.mul(rate, of_squares)?;
    let corrected = l.div(corrected, of_mean)?;
    let later = positive(l, step)?;
    let rate = apply!(l, "select", later, corrected, rate)?;
    let change = l.div(mean, root)?;
    let change = l.mul(rate, change)?;
    let x = l.sub(x, change)?;
    let x = l.times(x, 1.0 - call.float("norm_coefficient_post", 0.0))?;
    Ok(vec![x, mean, squares])
}

/// `1 - base ^ step` in the element type of `like`.
fn remainder(l: &mut Lowering, base: f64, step: Id, like: Id) -> Term {
    let dtype = l.dtype(like)?;
    let step = l.cast(step, dtype)?;
    let (base, unit) = (l.scalar(dtype, base), l.scalar(dtype, 1.0));
    let power = apply!(l, "pow", base, step)?;
    l.sub(unit, power)
}

fn positive(l: &mut Lowering, step: Id) -> Term {
    let dtype = l.dtype(step)?;
    let zero = l.scalar(dtype, 0.0);
    apply!(l, "gt", step, zero)
}

/// The gradient with that of the penalty on large elements.
fn regularized<'a>(l: &mut Lowering<'a>, call: &Call<'a>, x: Id, gradient: Id) -> Term {
    let coefficient = call.float("norm_coefficient", 0.0);
    if coefficient == 0.0 {
        return Ok(gradient);
    }
    let penalty = l.times(x, coefficient)?;
    l.add(penalty, gradient)
}
