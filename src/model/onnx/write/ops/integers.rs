//! Products of whole numbers that are distances from a zero point: operators of bytes have the zero points as operands.

use super::quantization::{held, narrow as zero_point, parameter};
use super::{Term, Writer, emit, ty};
use crate::ir::{Const, DType, Id, Node};
use crate::model::Weight;
use crate::model::onnx::proto::AttributeProto;

/// Bytes, and the zero point that is subtracted from them.
struct Bytes {
    values: String,
    zero: Option<String>,
    dtype: DType,
}

/// The product as one of bytes, if both operands are distances.
pub(super) fn matmul<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<Option<String>, String> {
    if t.ty().dtype() != Some(DType::I32) || t.rank(0)? < 2 || t.rank(1)? < 2 {
        return Ok(None);
    }
    let columns = t.rank(1)? as i64 - 1;
    let (Some(a), Some(b)) = (bytes(w, t.args[0], None)?, bytes(w, t.args[1], Some(columns))?) else { return Ok(None) };
    Ok(Some(emit!(w, "MatMulInteger", [a.values, b.values, a.zero.unwrap_or_default(), b.zero.unwrap_or_default()])))
}

/// The convolution as one of bytes, if both operands are distances.
pub(super) fn conv<'m>(w: &mut Writer<'m>, t: &Term<'m>, window: Vec<AttributeProto>) -> Result<Option<String>, String> {
    let (Some(x), Some(filters)) = (bytes(w, t.args[0], None)?, bytes(w, t.args[1], Some(0))?) else { return Ok(None) };
    let zeros = [x.zero.unwrap_or_default(), filters.zero.unwrap_or_default()];
    Ok(Some(w.node("ConvInteger", [x.values, filters.values].into_iter().chain(zeros), window)))
}

/// A product of bytes that is brought to bytes again. Its three scales come to one, which stands for that of the filters or columns.
pub(super) fn rescaled<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<Option<String>, String> {
    let Some((rounded, Some(zero), dtype)) = held(t) else { return Ok(None) };
    let Some(scaled) = rounded.operand(0, "mul") else { return Ok(None) };
    let Some(wide) = scaled.operand(0, "cast") else { return Ok(None) };
    let Some(product) = wide.operand(0, "conv").or(wide.operand(0, "matmul")) else { return Ok(None) };
    let Some(rank) = product.ty().rank().filter(|rank| product.ty().dtype() == Some(DType::I32) && *rank > 1) else { return Ok(None) };
    let convolves = product.name == "conv";
    let filters = if convolves { 1 } else { rank as i64 - 1 };
    let scale = parameter(w, scaled.args[1], rank, DType::F32)?.filter(|scale| scale.axis.is_none_or(|axis| axis == filters));
    let Some(scale) = scale else { return Ok(None) };
    let Some(zero) = zero_point(w, zero, rank, dtype)?.filter(|zero| zero.axis.is_none()) else { return Ok(None) };
    let each = if convolves { 0 } else { product.rank(1)? as i64 - 1 };
    let (Some(a), Some(b)) = (bytes(w, product.args[0], None)?, bytes(w, product.args[1], Some(each))?) else { return Ok(None) };
    if a.dtype != dtype {
        return Ok(None);
    }
    let unit = w.scalar(DType::F32, 1.0);
    let a_zero = a.zero.unwrap_or_else(|| w.scalar(a.dtype, 0.0));
    let b_zero = b.zero.unwrap_or_else(|| w.scalar(b.dtype, 0.0));
    let mut operands = vec![a.values, unit.clone(), a_zero, b.values, scale.name, b_zero, unit, zero.name];
    if !convolves {
        return Ok(Some(w.node("QLinearMatMul", operands, [])));
    }
    operands.push(w.optional(product.args[2])?);
    Ok(Some(w.node("QLinearConv", operands, super::window::of_conv(&product)?)))
}

/// A distance's parts, of which the zero point may be one for each place of an axis.
fn bytes(w: &mut Writer, id: Id, each: Option<i64>) -> Result<Option<Bytes>, String> {
    if let Some(weight) = w.model.weight(id) {
        let Some((weight, zero)) = narrowed(weight) else { return Ok(None) };
        let zero = (zero > 0).then(|| w.scalar(weight.dtype, f64::from(zero)));
        return Ok(Some(Bytes { values: w.constant(&weight), zero, dtype: weight.dtype }));
    }
    let Some(term) = Term::of(w.model, id) else { return Ok(None) };
    if let Some((narrow, dtype)) = widened(&term) {
        return Ok(Some(Bytes { values: w.value(narrow)?, zero: None, dtype }));
    }
    let cast = term.operand(0, "cast").filter(|_| term.name == "sub");
    let Some((narrow, dtype)) = cast.and_then(|cast| widened(&cast)) else { return Ok(None) };
    if matches!(&w.model.program.terms[term.args[1]], Node::Const(c) if !holds(dtype, c)) {
        return Ok(None);
    }
    let zero = zero_point(w, term.args[1], term.rank(0)?, dtype)?.filter(|zero| zero.axis.is_none() || zero.axis == each);
    let Some(zero) = zero else { return Ok(None) };
    Ok(Some(Bytes { values: w.value(narrow)?, zero: Some(zero.name), dtype }))
}

/// What a cast from bytes to `i32` is of.
fn widened(term: &Term) -> Option<(Id, DType)> {
    let narrow = ty(term.model, *term.args.first()?).dtype()?;
    let is = term.name == "cast" && term.ty().dtype() == Some(DType::I32) && matches!(narrow, DType::I8 | DType::U8);
    is.then(|| (term.args[0], narrow))
}

fn holds(dtype: DType, c: &Const) -> bool {
    let range = if dtype == DType::I8 { -128..=127 } else { 0..=255 };
    c.as_i64().is_some_and(|i| range.contains(&i))
}

/// Constants as bytes and the zero point that they are the distances from, if they fit a range of bytes.
fn narrowed(weight: &Weight) -> Option<(Weight, u8)> {
    let ints = weight.to_ints().filter(|_| weight.dtype == DType::I32)?;
    let (least, most) = (ints.iter().min()?, ints.iter().max()?);
    let of = |dtype: DType, bytes: Vec<u8>| Weight { name: weight.name.clone(), dtype, shape: weight.shape.clone(), bytes: bytes.into() };
    if *least >= -128 && *most <= 127 {
        return Some((of(DType::I8, ints.iter().map(|i| *i as i8 as u8).collect()), 0));
    }
    let zero = u8::try_from(-least.min(&0)).ok().filter(|zero| most + i128::from(*zero) <= 255)?;
    Some((of(DType::U8, ints.iter().map(|i| (i + i128::from(zero)) as u8).collect()), zero))
}
