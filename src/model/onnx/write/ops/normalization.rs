//! Softmax and normalizations.

use super::attributes::{float, int};
use super::{Emitted, Entry, Term, Writer, emit, one};
use crate::ir::{DType, Dim, Id};
use crate::model::Weight;

pub(super) static OPS: &[Entry] = &[
    ("softmax", |w, t| along(w, t, "Softmax")),
    ("log_softmax", |w, t| along(w, t, "LogSoftmax")),
    ("layer_norm", |w, t| {
        let mut operands = w.all(&t.args[..3])?;
        // No bias is a bias of zero.
        if t.model.weight(t.args[2]).is_some_and(|bias| bias.to_f64().iter().all(|x| *x == 0.0)) {
            operands.pop();
        }
        one(w.node("LayerNormalization", operands, [int("axis", -t.int(3)?), float("epsilon", t.float(4)?)]))
    }),
    ("layer_norm_plain", plain),
    ("rms_norm", |w, t| {
        w.needs(23);
        let operands = w.all(&t.args[..2])?;
        one(w.node("RMSNormalization", operands, [int("axis", -1), float("epsilon", t.float(2)?)]))
    }),
    ("batch_norm", |w, t| {
        let [x, mean, var, scale, bias] = [0, 1, 2, 3, 4].map(|i| t.args[i]);
        let operands = w.all(&[x, scale, bias, mean, var])?;
        one(w.node("BatchNormalization", operands, [float("epsilon", t.float(5)?)]))
    }),
    ("l2_normalize", |w, t| {
        let (x, axis, dtype) = (w.value(t.args[0])?, t.axis(1, 0)?, t.dtype(0)?);
        let (axes, least) = (w.list(&[axis]), w.scalar(dtype, t.float(2)?));
        let length = emit!(w, "ReduceL2", [x.clone(), axes]);
        let held = emit!(w, "Max", [length, least]);
        one(emit!(w, "Div", [x, held]))
    }),
    ("glu", |w, t| {
        let (x, axis) = (w.value(t.args[0])?, t.axis(1, 0)?);
        let halves = w.nodes("Split", [x], 2, [int("axis", axis), int("num_outputs", 2)]);
        let gate = emit!(w, "Sigmoid", [halves[1].clone()]);
        one(emit!(w, "Mul", [halves[0].clone(), gate]))
    }),
];

fn along<'m>(w: &mut Writer<'m>, t: &Term<'m>, op: &str) -> Emitted {
    let x = w.value(t.args[0])?;
    one(emit!(w, op, [x], int("axis", t.axis(1, 0)?)))
}

/// The operators have a scale, which is one: for each element of known trailing axes, or for each channel.
fn plain<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Emitted {
    let (x, lengths, dtype, eps) = (w.value(t.args[0])?, t.lengths(0)?, t.dtype(0)?, float("epsilon", t.float(2)?));
    let axes = usize::try_from(t.int(1)?).ok().filter(|axes| *axes <= lengths.len()).ok_or("more axes than its operand has")?;
    let (lead, own) = lengths.split_at(lengths.len() - axes);
    let known = |dims: &[Dim]| dims.iter().map(|d| d.as_known().and_then(|n| usize::try_from(n).ok())).collect::<Option<Vec<usize>>>();
    if let (2, Some(channels)) = (lead.len(), known(&lead[lead.len().min(1)..])) {
        let (scale, bias) = (w.filled(dtype, &channels, 1.0), w.filled(dtype, &channels, 0.0));
        return one(emit!(w, "InstanceNormalization", [x, scale, bias], eps));
    }
    if let Some(own) = known(own) {
        let scale = w.filled(dtype, &own, 1.0);
        return one(emit!(w, "LayerNormalization", [x, scale], int("axis", -(axes as i64)), eps));
    }
    written_out(w, x, dtype, (lead.len() as i64..lengths.len() as i64).collect(), t.float(2)?)
}

/// The distance from the mean, divided by the root of the variance.
fn written_out(w: &mut Writer, x: String, dtype: DType, axes: Vec<i64>, eps: f64) -> Emitted {
    let (axes, eps) = (w.list(&axes), w.scalar(dtype, eps));
    let mean = emit!(w, "ReduceMean", [x.clone(), axes.clone()]);
    let moved = emit!(w, "Sub", [x, mean]);
    let squares = emit!(w, "Mul", [moved.clone(), moved.clone()]);
    let variance = emit!(w, "ReduceMean", [squares, axes]);
    let held = emit!(w, "Add", [variance, eps]);
    let deviation = emit!(w, "Sqrt", [held]);
    one(emit!(w, "Div", [moved, deviation]))
}

/// Each channel of each element of the batch with mean 0 and variance 1, times a number and plus a number, if a sum is that.
pub(super) fn instance<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<Option<String>, String> {
    let Some(product) = w.own(t, 0, "mul") else { return Ok(None) };
    let (moved, rank) = (w.own(&product, 0, "reshape"), product.rank(0)?);
    let outer = moved.unwrap_or(product);
    let Some(plain) = w.own(&outer, 0, "layer_norm_plain").filter(|plain| plain.int(1) == Ok(1)) else { return Ok(None) };
    let x = match moved.and_then(|_| plain.operand(0, "reshape")) {
        Some(flat) => flat.args[0],
        None if moved.is_none() => plain.args[0],
        None => return Ok(None),
    };
    let (Some(own), Some(flat)) = (super::ty(t.model, x).shape().dims(), plain.lengths(0).ok()) else { return Ok(None) };
    let channels = own.len() == rank && own.len() > 2 && flat.len() == 3 && own[..2].iter().zip(flat).all(|(a, b)| a.same(b));
    if !channels || !t.ty().shape().same(super::ty(t.model, x).shape()) {
        return Ok(None);
    }
    let (Some(scale), Some(bias)) = (vector(w, product.args[1], rank)?, vector(w, t.args[1], rank)?) else { return Ok(None) };
    let x = w.value(x)?;
    Ok(Some(emit!(w, "InstanceNormalization", [x, scale, bias], float("epsilon", plain.float(2)?))))
}

/// The vector of which a value has the elements along axis 1 of so many.
fn vector(w: &mut Writer, id: Id, rank: usize) -> Result<Option<String>, String> {
    let Some([channels, ones @ ..]) = super::ty(w.model, id).shape().dims() else { return Ok(None) };
    if ones.len() + 2 != rank || ones.iter().any(|d| d.as_known() != Some(1)) {
        return Ok(None);
    }
    if let (Some(weight), Some(n)) = (w.model.weight(id), channels.as_known()) {
        return Ok(Some(w.constant(&Weight { shape: vec![n as usize], ..weight.clone() })));
    }
    match Term::of(w.model, id).filter(|term| term.name == "reshape" && term.rank(0) == Ok(1)) {
        Some(term) => w.value(term.args[0]).map(Some),
        None => Ok(None),
    }
}

/// Divided by a power of the mean square of neighbouring channels, if a quotient is that.
pub(super) fn local_response<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<Option<String>, String> {
    let Some(power) = w.own(t, 1, "pow").filter(|_| t.dtype(0) == Ok(DType::F32)) else { return Ok(None) };
    let (Some(beta), Some(base)) = (power.number(1), w.own(&power, 0, "add")) else { return Ok(None) };
    let Some(bias) = base.number(1) else { return Ok(None) };
    // A factor of one is left out.
    let scaled = w.own(&base, 0, "mul");
    let Some(alpha) = scaled.map_or(Some(1.0), |scaled| scaled.number(1)) else { return Ok(None) };
    let Some(mean) = w.own(&scaled.unwrap_or(base), 0, "reshape") else { return Ok(None) };
    let Some((x, size)) = w.own(&mean, 0, "average_pool").and_then(|pool| neighbours(w, &pool)) else { return Ok(None) };
    if x != t.args[0] || !mean.ty().shape().same(super::ty(t.model, x).shape()) {
        return Ok(None);
    }
    let x = w.value(x)?;
    Ok(Some(emit!(w, "LRN", [x], int("size", size), float("alpha", alpha), float("beta", beta), float("bias", bias))))
}

/// The value and number of channels that a pool takes the mean square of.
fn neighbours<'m>(w: &Writer<'m>, pool: &Term<'m>) -> Option<(Id, i64)> {
    let [size, 1] = *pool.ints(1).ok()? else { return None };
    let plain = pool.ints(2) == Ok(&[1, 1]) && pool.ints(4) == Ok(&[1, 1]) && !pool.flag(5) && pool.flag(6);
    let around = pool.ints(3) == Ok(&[(size - 1) / 2, 0, size / 2, 0]);
    let flat = w.own(pool, 0, "reshape").filter(|_| plain && around)?;
    let x = w.own(&flat, 0, "square")?.args[0];
    let (own, flat) = (super::ty(w.model, x).shape().dims()?, flat.dims(1).ok()?);
    let channels = own.len() > 2 && flat.len() == 4 && own[0].same(&flat[0]) && flat[1].as_known() == Some(1) && own[1].same(&flat[2]);
    channels.then_some((x, size))
}
