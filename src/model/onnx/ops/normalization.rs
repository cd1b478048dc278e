//! Normalizations.

use super::terms::{Term, product};
use super::{Call, Entry, Lowered, Lowering, apply, ints, one};
use crate::ir::{Attr, DType, Dim, Id};

pub(super) static OPS: &[Entry] = &[
    ("BatchNormalization", |l, call| {
        if call.int("training_mode", 0) != 0 {
            return trained(l, call);
        }
        let [x, w, b, mean, var] = [call.input(0)?, call.input(1)?, call.input(2)?, call.input(3)?, call.input(4)?];
        if [w, b, mean, var].iter().all(|id| l.weight(*id).is_some()) {
            return one(by_numbers(l, call, x, [w, b, mean, var])?);
        }
        one(apply!(l, "batch_norm", x, mean, var, w, b, eps(call))?)
    }),
    ("GroupNormalization", |l, call| {
        let x = call.input(0)?;
        let (dims, groups) = (l.axes_of(x)?, call.int("num_groups", 0));
        let channels = l.length(x, 1)?;
        if groups < 1 || channels % groups != 0 {
            return Err(format!("{channels} channels are not {groups} groups"));
        }
        let each = Dim::known(channels / groups);
        let flat = vec![dims[0].clone(), Dim::known(groups), each.mul(&product(&dims[2..]))];
        let y = standardized(l, call, x, flat)?;
        let mut parameters = [call.input(1)?, call.input(2)?];
        // Up to opset 20 a group has one scale and bias, and not each channel.
        if call.opset < 21 {
            for parameter in &mut parameters {
                let column = l.reshape(*parameter, vec![Dim::known(groups), Dim::known(1)])?;
                let wide = apply!(l, "broadcast_to", column, Attr::Dims(vec![Dim::known(groups), each.clone()]))?;
                *parameter = l.reshape(wide, vec![Dim::known(channels)])?;
            }
        }
        one(scaled(l, y, parameters)?)
    }),
    ("InstanceNormalization", |l, call| {
        let x = call.input(0)?;
        let dims = l.axes_of(x)?;
        let [batch, channels, rest @ ..] = &dims[..] else { return Err("expected a batch and channels".to_owned()) };
        let y = standardized(l, call, x, vec![batch.clone(), channels.clone(), product(rest)])?;
        one(scaled(l, y, [call.input(1)?, call.input(2)?])?)
    }),
    ("LayerNormalization", |l, call| {
        let x = call.input(0)?;
        let (axis, rank) = (l.axis(x, call.int("axis", -1))?, l.rank(x)? as i64);
        let dtype = l.dtype(x)?;
        let b = call.optional(2).unwrap_or_else(|| l.scalar(dtype, 0.0));
        let b = if l.rank(b)? == 0 { apply!(l, "broadcast_to", b, Attr::Dims(l.axes_of(call.input(1)?)?))? } else { b };
        let mut results = vec![Some(apply!(l, "layer_norm", x, call.input(1)?, b, Attr::Int(rank - axis), eps(call))?)];
        if call.node.output.len() > 1 {
            let wide = l.cast(x, DType::F32)?;
            let (mean, var) = moments(l, wide, axis..rank)?;
            let moved = l.plus(var, call.float("epsilon", 1e-5))?;
            results.extend([Some(mean), Some(l.unary("rsqrt", moved)?)]);
        }
        Ok(results)
    }),
    ("LRN", |l, call| {
        let x = call.input(0)?;
        let dims = l.axes_of(x)?;
        let [batch, channels, rest @ ..] = &dims[..] else { return Err("expected a batch and channels".to_owned()) };
        let size = call.int("size", 1).max(1);
        let squares = l.unary("square", x)?;
        let flat = l.reshape(squares, vec![batch.clone(), Dim::known(1), channels.clone(), product(rest)])?;
        let (before, behind) = ((size - 1) / 2, size / 2);
        let [kernel, units, pads] = [ints([size, 1]), ints([1, 1]), ints([before, 0, behind, 0])];
        let mean = apply!(l, "average_pool", flat, kernel, units.clone(), pads, units, Attr::Bool(false), Attr::Bool(true))?;
        let mean = l.reshape(mean, dims.clone())?;
        let scaled = l.times(mean, call.float("alpha", 1e-4))?;
        let base = l.plus(scaled, call.float("bias", 1.0))?;
        let dtype = l.dtype(x)?;
        let beta = l.scalar(dtype, call.float("beta", 0.75));
        let power = apply!(l, "pow", base, beta)?;
        one(l.div(x, power)?)
    }),
    ("RMSNormalization", rms),
    // The name of ONNX Runtime before the operator was one of ONNX.
    ("SimplifiedLayerNormalization", rms),
];

fn rms<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let (x, w) = (call.input(0)?, call.input(1)?);
    let axis = l.axis(x, call.int("axis", -1))? as usize;
    let dims = l.axes_of(x)?;
    let own = product(&dims[axis..]);
    let wide = apply!(l, "broadcast_to", w, Attr::Dims(dims[axis..].to_vec()))?;
    let w = if l.ty(w).shape().same(l.ty(wide).shape()) { w } else { wide };
    let w = l.reshape(w, vec![own.clone()])?;
    let flat = l.reshape(x, dims[..axis].iter().cloned().chain([own]).collect())?;
    let y = apply!(l, "rms_norm", flat, w, eps(call))?;
    one(l.reshape(y, dims)?)
}

fn eps(call: &Call) -> Attr {
    Attr::float(call.float("epsilon", 1e-5))
}

/// Mean and variance over axes, which stay with length 1.
fn moments(l: &mut Lowering, x: Id, axes: impl IntoIterator<Item = i64> + Clone) -> Result<(Id, Id), String> {
    let mean = l.reduce("mean", x, axes.clone())?;
    let moved = l.sub(x, mean)?;
    let squares = l.unary("square", moved)?;
    Ok((mean, l.reduce("mean", squares, axes)?))
}

/// The last axis of another shape with mean 0 and variance 1.
fn standardized<'a>(l: &mut Lowering<'a>, call: &Call<'a>, x: Id, shape: Vec<Dim>) -> Term {
    let dims = l.axes_of(x)?;
    let flat = l.reshape(x, shape)?;
    let y = apply!(l, "layer_norm_plain", flat, Attr::Int(1), eps(call))?;
    l.reshape(y, dims)
}

/// Times a number and plus a number for each channel.
fn scaled(l: &mut Lowering, y: Id, [w, b]: [Id; 2]) -> Term {
    let rank = l.rank(y)?;
    let (w, b) = (l.along(w, 1, rank)?, l.along(b, 1, rank)?);
    let y = l.mul(y, w)?;
    l.add(y, b)
}

/// Normalization by constants: a number for each channel times the input, and one added.
fn by_numbers<'a>(l: &mut Lowering<'a>, call: &Call<'a>, x: Id, [w, b, mean, var]: [Id; 4]) -> Term {
    let moved = l.plus(var, call.float("epsilon", 1e-5))?;
    let deviation = l.unary("sqrt", moved)?;
    let scale = l.div(w, deviation)?;
    let moved = l.mul(mean, scale)?;
    let shift = l.sub(b, moved)?;
    scaled(l, x, [scale, shift])
}

/// By the batch's own mean and variance, which the running ones follow.
fn trained<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let x = call.input(0)?;
    let (w, b) = (call.input(1)?, call.input(2)?);
    let rank = l.rank(x)? as i64;
    let (mean, var) = moments(l, x, (0..rank).filter(|axis| *axis != 1))?;
    let vector = vec![product(&l.axes_of(mean)?)];
    let (mean, var) = (l.reshape(mean, vector.clone())?, l.reshape(var, vector)?);
    let mut results = vec![Some(apply!(l, "batch_norm", x, mean, var, w, b, eps(call))?)];
    let momentum = call.float("momentum", 0.9);
    for (running, own) in [(call.input(3)?, mean), (call.input(4)?, var)] {
        let (old, new) = (l.times(running, momentum)?, l.times(own, 1.0 - momentum)?);
        results.push(Some(l.add(old, new)?));
    }
    Ok(results)
}
