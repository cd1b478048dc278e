//! Operators of ONNX Runtime on integers with a scale and a zero point.

use super::quantization::{centered, dynamic_of, quantized, stands_for};
use super::terms::Term;
use super::{Call, Entry, Lowered, Lowering, Part, apply, named, one};
use crate::ir::{Attr, DType, Dim, Id, Shape};

pub(super) static OPS: &[Entry] = &[
    ("QuantizeLinear", |l, call| named("", "QuantizeLinear")?(l, call)),
    ("DequantizeLinear", |l, call| named("", "DequantizeLinear")?(l, call)),
    ("DynamicQuantizeMatMul", |l, call| {
        let [a, scale, zero] = dynamic_of(l, call.input(0)?)?;
        let (b, b_scale) = ((call.input(1)?, call.optional(3)), call.input(2)?);
        one(product(l, (a, Some(zero)), b, [scale, b_scale], call.optional(4))?)
    }),
    ("MatMulIntegerToFloat", |l, call| {
        let (a, b) = ((call.input(0)?, call.optional(4)), (call.input(1)?, call.optional(5)));
        one(product(l, a, b, [call.input(2)?, call.input(3)?], call.optional(6))?)
    }),
    ("MatMulNBits", packed_product),
    ("QLinearAdd", |l, call| pair(l, call, "add")),
    ("QLinearMul", |l, call| pair(l, call, "mul")),
    ("QLinearSigmoid", |l, call| single(l, call, |l, _, x| l.unary("sigmoid", x))),
    ("QLinearLeakyRelu", |l, call| single(l, call, |l, call, x| apply!(l, "leaky_relu", x, Attr::float(call.float("alpha", 0.01))))),
    ("QLinearSoftmax", |l, call| {
        single(l, call, |l, call, x| {
            let (axis, rank) = (l.axis(x, call.int("axis", -1))?, l.rank(x)? as i64);
            if call.int("opset", 13) < 13 && axis != rank - 1 {
                return Err("axes that are taken as one are not supported".to_owned());
            }
            apply!(l, "softmax", x, Attr::Int(axis))
        })
    }),
    ("QLinearGlobalAveragePool", |l, call| {
        single(l, call, |l, call, x| {
            let rank = l.rank(x)? as i64;
            let axes = if call.int("channels_last", 0) != 0 { 1..rank - 1 } else { 2..rank };
            l.reduce("mean", x, axes)
        })
    }),
    ("QLinearConcat", |l, call| {
        let mut parts = Vec::new();
        for first in (2..call.inputs.len()).step_by(3) {
            parts.push(stands_for(l, call.input(first)?, call.input(first + 1)?, call.optional(first + 2))?);
        }
        let axis = l.axis(*parts.first().ok_or("it joins nothing")?, call.int("axis", 0))?;
        let y = l.op("concat", std::iter::once(Part::from(Attr::Int(axis))).chain(parts.into_iter().map(Part::from)))?;
        one(quantized(l, y, call.input(0)?, call.input(1)?)?)
    }),
    ("QGemm", |l, call| {
        let mut factors = [(call.input(0)?, call.optional(2)), (call.input(3)?, call.optional(5))];
        for ((x, _), name) in factors.iter_mut().zip(["transA", "transB"]) {
            if call.int(name, 0) != 0 {
                *x = l.permute(*x, &[1, 0])?;
            }
        }
        let [(a, a_zero), (b, b_zero)] = factors;
        let (a, b) = (centered(l, a, a_zero)?, centered(l, b, b_zero)?);
        let mut y = apply!(l, "matmul", a, b)?;
        if let Some(c) = call.optional(6) {
            y = l.add(y, c)?;
        }
        let scale = l.mul(call.input(1)?, call.input(4)?)?;
        let scale = l.times(scale, call.float("alpha", 1.0))?;
        let number = l.cast(y, DType::F32)?;
        let y = l.mul(number, scale)?;
        one(match (call.optional(7), call.optional(8)) {
            (Some(scale), Some(zero)) => quantized(l, y, scale, zero)?,
            _ => y,
        })
    }),
];

/// The product of what integers stand for, computed in integers.
fn product(l: &mut Lowering, a: (Id, Option<Id>), b: (Id, Option<Id>), scales: [Id; 2], bias: Option<Id>) -> Term {
    let (a, b) = (centered(l, a.0, a.1)?, centered(l, b.0, b.1)?);
    let y = apply!(l, "matmul", a, b)?;
    let scale = l.mul(scales[0], scales[1])?;
    let number = l.cast(y, DType::F32)?;
    let y = l.mul(number, scale)?;
    bias.map_or(Ok(y), |bias| l.add(y, bias))
}

/// A product with a matrix of small integers, several in a byte, with a scale and a zero point for each block of a row.
fn packed_product<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let (a, b, scales) = (call.input(0)?, call.input(1)?, call.input(2)?);
    let [rows, columns, bits, block] = [call.int("N", 0), call.int("K", 0), call.int("bits", 4), call.int("block_size", 0)];
    if call.optional(4).is_some() || call.int("weight_prepacked", 0) != 0 {
        return Err("blocks in another order are not supported".to_owned());
    }
    if !matches!(bits, 2 | 4 | 8) || !(16..=1 << 20).contains(&block) || !(1..=i64::from(i32::MAX)).contains(&columns) {
        return Err(format!("{bits} bits in blocks of {block} are not supported"));
    }
    let blocks = (columns + block - 1) / block;
    let blob = [rows, blocks, block * bits / 8].map(Dim::known);
    if rows < 1 || !l.ty(b).shape().same(&Shape::Ranked(blob.to_vec())) {
        return Err(format!("expected {rows} rows of {blocks} blocks of {} bytes, found {}", block * bits / 8, l.ty(b).shape()));
    }
    let dtype = l.dtype(a)?;
    let of_blocks = || [rows, blocks, 1].map(Dim::known).to_vec();
    let elements = unpacked(l, b, bits)?;
    let elements = l.cast(elements, dtype)?;
    let zero = match call.optional(3) {
        Some(zero) if l.dtype(zero)?.is_float() => l.reshape(zero, of_blocks())?,
        Some(zero) => {
            let bytes = (blocks * bits + 7) / 8;
            let zero = l.reshape(zero, [rows, bytes].map(Dim::known).to_vec())?;
            let zero = unpacked(l, zero, bits)?;
            let zero = l.slice(zero, 1, 0, blocks, 1)?;
            let zero = l.cast(zero, dtype)?;
            l.reshape(zero, of_blocks())?
        }
        None => l.scalar(dtype, f64::from(1 << (bits - 1))),
    };
    let centered = l.sub(elements, zero)?;
    let scales = l.reshape(scales, of_blocks())?;
    let weights = l.mul(centered, scales)?;
    let weights = l.reshape(weights, [rows, blocks * block].map(Dim::known).to_vec())?;
    let weights = l.slice(weights, 1, 0, columns, 1)?;
    let weights = l.permute(weights, &[1, 0])?;
    let y = apply!(l, "matmul", a, weights)?;
    one(call.optional(5).map_or(Ok(y), |bias| l.add(y, bias))?)
}

/// The integers of so many bits in the bytes of the last axis, from the lowest bits on.
fn unpacked(l: &mut Lowering, x: Id, bits: i64) -> Term {
    if bits == 8 {
        return Ok(x);
    }
    let mut dims = l.axes_of(x)?;
    let last = dims.len() as i64 - 1;
    let mask = l.scalar(DType::U8, ((1 << bits) - 1) as f64);
    let mut parts = vec![Part::from(Attr::Int(last + 1))];
    for i in 0..8 / bits {
        let by = l.scalar(DType::U8, (i * bits) as f64);
        let moved = if i == 0 { x } else { apply!(l, "shr", x, by)? };
        parts.push(apply!(l, "bit_and", moved, mask)?.into());
    }
    let apart = l.op("stack", parts)?;
    dims[last as usize] = dims[last as usize].mul(&Dim::known(8 / bits));
    l.reshape(apart, dims)
}

/// A function of what two operands stand for.
fn pair<'a>(l: &mut Lowering<'a>, call: &Call<'a>, name: &str) -> Lowered {
    let a = stands_for(l, call.input(0)?, call.input(1)?, call.optional(2))?;
    let b = stands_for(l, call.input(3)?, call.input(4)?, call.optional(5))?;
    let y = apply!(l, name, a, b)?;
    let zero = call.optional(7).map_or_else(|| zero_of(l, call), Ok)?;
    one(quantized(l, y, call.input(6)?, zero)?)
}

/// A function of what the first operand stands for.
fn single<'a>(l: &mut Lowering<'a>, call: &Call<'a>, f: fn(&mut Lowering<'a>, &Call<'a>, Id) -> Term) -> Lowered {
    let x = stands_for(l, call.input(0)?, call.input(1)?, call.optional(2))?;
    let y = f(l, call, x)?;
    let zero = call.optional(4).map_or_else(|| zero_of(l, call), Ok)?;
    one(quantized(l, y, call.input(3)?, zero)?)
}

/// The zero point that is left out: zero, of the first operand's type.
fn zero_of<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Term {
    let dtype = l.dtype(call.input(0)?)?;
    Ok(l.scalar(dtype, 0.0))
}
