//! Integers with a scale and a zero point: what they stand for is computed, and rounded again.

use super::super::tensor;
use super::network::window;
use super::terms::Term;
use super::{Call, Entry, Lowered, Lowering, apply, ints, narrow, one};
use crate::ir::{Attr, DType, Dim, Id, Numbers};

pub(super) static OPS: &[Entry] = &[
    ("QuantizeLinear", |l, call| {
        let x = call.input(0)?;
        let zero = call.optional(2);
        let dtype = match (zero, call.narrow, call.int("output_dtype", 0)) {
            (Some(zero), ..) => l.dtype(zero)?,
            (None, Some(narrow), _) => narrow.held_by(),
            (None, None, 0) => DType::U8,
            (None, None, code) => tensor::dtype(code as i32)?,
        };
        let scale = spread(l, call, x, call.input(1)?)?;
        let zero = zero.map(|zero| spread(l, call, x, zero)).transpose()?;
        let scale = l.single(scale)?;
        let wide = l.dtype(scale)?;
        let x = l.cast(x, wide)?;
        let scaled = l.div(x, scale)?;
        one(match call.narrow.map(|narrow| (narrow, narrow.numbers())) {
            // The zero point of floats is zero.
            Some((narrow, Numbers::Floats(_))) => narrow::cast(l, scaled, narrow, call.int("saturate", 1) != 0)?,
            Some((_, Numbers::Integers(low, high))) => rounded(l, scaled, zero, dtype, (low.into(), high.into()))?,
            None => rounded(l, scaled, zero, dtype, range(dtype)?)?,
        })
    }),
    ("DequantizeLinear", |l, call| {
        let x = call.input(0)?;
        let scale = call.input(1)?;
        let dtype = match call.int("output_dtype", 0) {
            0 => l.dtype(scale)?,
            code => tensor::dtype(code as i32)?,
        };
        let scale = spread(l, call, x, scale)?;
        let scale = l.single(scale)?;
        let wide = l.dtype(scale)?;
        let number = if l.dtype(x)?.is_float() {
            // The zero point of floats is zero.
            l.cast(x, wide)?
        } else {
            let zero = call.optional(2).map(|zero| spread(l, call, x, zero)).transpose()?;
            let centered = centered(l, x, zero)?;
            l.cast(centered, wide)?
        };
        let y = l.mul(number, scale)?;
        one(l.cast(y, dtype)?)
    }),
    ("DynamicQuantizeLinear", dynamic),
    ("MatMulInteger", |l, call| {
        let (a, b) = (call.input(0)?, call.input(1)?);
        let zero = call.optional(2).map(|zero| rows(l, zero)).transpose()?;
        let (a, b) = (centered(l, a, zero)?, centered(l, b, call.optional(3))?);
        one(apply!(l, "matmul", a, b)?)
    }),
    ("ConvInteger", |l, call| {
        let (x, w) = (call.input(0)?, call.input(1)?);
        one(convolved(l, call, (x, call.optional(2)), (w, call.optional(3)), None)?)
    }),
    ("QLinearMatMul", |l, call| {
        let (a, b) = (call.input(0)?, call.input(3)?);
        let (a_zero, a_scale) = (rows(l, call.input(2)?)?, rows(l, call.input(1)?)?);
        let (a, b) = (centered(l, a, Some(a_zero))?, centered(l, b, call.optional(5))?);
        let y = apply!(l, "matmul", a, b)?;
        let (y_scale, y_zero) = (rows(l, call.input(6)?)?, rows(l, call.input(7)?)?);
        one(rescaled(l, y, (a_scale, call.input(4)?), y_scale, y_zero)?)
    }),
    ("QLinearConv", |l, call| {
        let (x, w) = (call.input(0)?, call.input(3)?);
        let y = convolved(l, call, (x, call.optional(2)), (w, call.optional(5)), call.optional(8))?;
        let rank = l.rank(x)?;
        let w_scale = l.along(call.input(4)?, 1, rank)?;
        one(rescaled(l, y, (call.input(1)?, w_scale), call.input(6)?, call.input(7)?)?)
    }),
];

/// A scale or zero point as it broadcasts to `x`: one for all, one for each place of an axis, or one for each block along it.
fn spread<'a>(l: &mut Lowering<'a>, call: &Call<'a>, x: Id, parameter: Id) -> Term {
    let dims = l.axes_of(parameter)?;
    if l.ty(parameter).shape().size().as_known() == Some(1) {
        return l.reshape(parameter, Vec::new());
    }
    let axis = l.axis(x, call.int("axis", 1))? as usize;
    let (rank, block) = (l.rank(x)?, call.int("block_size", 0));
    if block <= 0 {
        return if dims.len() == 1 {
            l.along(parameter, axis, rank)
        } else {
            Err("expected a scale for each place of its axis".to_owned())
        };
    }
    let blocks = dims.get(axis).filter(|_| dims.len() == rank).ok_or("expected a scale for each block")?;
    let with = |dim: Dim| dims[..=axis].iter().cloned().chain([dim]).chain(dims[axis + 1..].iter().cloned()).collect::<Vec<_>>();
    let apart = l.reshape(parameter, with(Dim::known(1)))?;
    let repeated = apply!(l, "broadcast_to", apart, Attr::Dims(with(Dim::known(block))))?;
    let mut joined = dims.clone();
    joined[axis] = blocks.mul(&Dim::known(block));
    let (whole, own) = (joined[axis].clone(), l.axes_of(x)?[axis].clone());
    let joined = l.reshape(repeated, joined)?;
    match own.as_known() {
        _ if own.same(&whole) => Ok(joined),
        Some(n) => l.slice(joined, axis as i64, 0, n, 1),
        None => Err("blocks over an axis of unknown length are not supported".to_owned()),
    }
}

/// A vector as a column, for it belongs to the rows of a matrix.
fn rows(l: &mut Lowering, parameter: Id) -> Term {
    match &l.axes_of(parameter)?[..] {
        [n] if n.as_known() != Some(1) => l.reshape(parameter, vec![n.clone(), Dim::known(1)]),
        [_] => l.reshape(parameter, Vec::new()),
        _ => Ok(parameter),
    }
}

/// The distance from the zero point, as `i32`.
pub(super) fn centered(l: &mut Lowering, x: Id, zero: Option<Id>) -> Term {
    let x = l.cast(x, DType::I32)?;
    let Some(zero) = zero else { return Ok(x) };
    let zero = l.cast(zero, DType::I32)?;
    l.sub(x, zero)
}

/// The numbers that integers of one scale stand for.
pub(super) fn stands_for(l: &mut Lowering, x: Id, scale: Id, zero: Option<Id>) -> Term {
    let centered = centered(l, x, zero)?;
    let number = l.cast(centered, DType::F32)?;
    l.mul(number, scale)
}

/// Numbers as integers of one scale.
pub(super) fn quantized(l: &mut Lowering, y: Id, scale: Id, zero: Id) -> Term {
    let (steps, dtype) = (l.div(y, scale)?, l.dtype(zero)?);
    rounded(l, steps, Some(zero), dtype, range(dtype)?)
}

/// The numbers that an element type holds, least and most.
fn range(dtype: DType) -> Result<(f64, f64), String> {
    match dtype {
        DType::I8 => Ok((-128.0, 127.0)),
        DType::U8 => Ok((0.0, 255.0)),
        DType::I16 => Ok((-32768.0, 32767.0)),
        DType::U16 => Ok((0.0, 65535.0)),
        other => Err(format!("quantization to {other} is not supported")),
    }
}

/// A number of steps as the nearest integers around the zero point within bounds.
fn rounded(l: &mut Lowering, steps: Id, zero: Option<Id>, dtype: DType, (low, high): (f64, f64)) -> Term {
    let wide = l.dtype(steps)?;
    let mut y = l.unary("round", steps)?;
    if let Some(zero) = zero {
        let zero = l.cast(zero, wide)?;
        y = l.add(y, zero)?;
    }
    let (low, high) = (l.scalar(wide, low), l.scalar(wide, high));
    let y = apply!(l, "clip", y, low, high)?;
    l.cast(y, dtype)
}

/// What whole numbers in steps of two scales are in steps of another.
fn rescaled(l: &mut Lowering, y: Id, (a, b): (Id, Id), scale: Id, zero: Id) -> Term {
    let (a, b, scale) = (l.single(a)?, l.single(b)?, l.single(scale)?);
    let product = l.mul(a, b)?;
    let step = l.div(product, scale)?;
    let wide = l.dtype(step)?;
    let y = l.cast(y, wide)?;
    let steps = l.mul(y, step)?;
    let dtype = l.dtype(zero)?;
    rounded(l, steps, Some(zero), dtype, range(dtype)?)
}

/// A convolution in whole numbers; the filters may have a zero point each.
fn convolved<'a>(l: &mut Lowering<'a>, call: &Call<'a>, x: (Id, Option<Id>), w: (Id, Option<Id>), bias: Option<Id>) -> Term {
    let rank = l.rank(x.0)?;
    let zero = match w.1 {
        Some(zero) if l.rank(zero)? == 1 => Some(l.along(zero, 0, rank)?),
        zero => zero,
    };
    let (x, w) = (centered(l, x.0, x.1)?, centered(l, w.0, zero)?);
    let kernel = l.axes_of(w)?.split_off(2.min(rank));
    let window = window(l, call, x, &kernel)?;
    let groups = Attr::Int(call.int("group", 1));
    apply!(l, "conv", x, w, bias, ints(window.strides), ints(window.pads), ints(window.dilations), groups)
}

fn dynamic<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    Ok(dynamic_of(l, call.input(0)?)?.map(Some).to_vec())
}

/// To `u8`, with the scale and zero point at which the numbers, and zero, just fit.
pub(super) fn dynamic_of(l: &mut Lowering, x: Id) -> Result<[Id; 3], String> {
    let (dtype, rank) = (l.dtype(x)?, l.rank(x)? as i64);
    let zero = l.scalar(dtype, 0.0);
    let mut bounds = Vec::new();
    for (reduction, with) in [("min", "minimum"), ("max", "maximum")] {
        let bound = apply!(l, reduction, x, ints(0..rank), Attr::Bool(false))?;
        bounds.push(apply!(l, with, bound, zero)?);
    }
    let width = l.sub(bounds[1], bounds[0])?;
    let most = l.scalar(dtype, 255.0);
    let scale = l.div(width, most)?;
    let below = l.sub(zero, bounds[0])?;
    let steps = l.div(below, scale)?;
    let zero_point = rounded(l, steps, None, DType::U8, range(DType::U8)?)?;
    let scaled = l.div(x, scale)?;
    let y = rounded(l, scaled, Some(zero_point), DType::U8, range(DType::U8)?)?;
    Ok([y, scale, zero_point])
}
