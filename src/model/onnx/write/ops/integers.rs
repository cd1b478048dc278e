//! Products of whole numbers that are distances from a zero point: operators of bytes have the zero points as operands.

use super::{Term, Writer, emit, ty};
use crate::ir::{Const, DType, Id, Node};
use crate::model::Weight;
use crate::model::onnx::proto::AttributeProto;

/// Bytes, and the zero point that is subtracted from them.
struct Bytes {
    values: String,
    zero: Option<String>,
}

/// The product as one of bytes, if both operands are distances.
pub(super) fn matmul<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<Option<String>, String> {
    if t.ty().dtype() != Some(DType::I32) || t.rank(0)? < 2 || t.rank(1)? < 2 {
        return Ok(None);
    }
    let (Some(a), Some(b)) = (bytes(w, t.args[0])?, bytes(w, t.args[1])?) else { return Ok(None) };
    Ok(Some(emit!(w, "MatMulInteger", [a.values, b.values, a.zero.unwrap_or_default(), b.zero.unwrap_or_default()])))
}

/// The convolution as one of bytes, if both operands are distances.
pub(super) fn conv<'m>(w: &mut Writer<'m>, t: &Term<'m>, window: Vec<AttributeProto>) -> Result<Option<String>, String> {
    let (Some(x), Some(filters)) = (bytes(w, t.args[0])?, bytes(w, t.args[1])?) else { return Ok(None) };
    let zeros = [x.zero.unwrap_or_default(), filters.zero.unwrap_or_default()];
    Ok(Some(w.node("ConvInteger", [x.values, filters.values].into_iter().chain(zeros), window)))
}

fn bytes(w: &mut Writer, id: Id) -> Result<Option<Bytes>, String> {
    if let Some(weight) = w.model.weight(id) {
        return Ok(narrowed(weight).map(|weight| Bytes { values: w.constant(&weight), zero: None }));
    }
    let Some(term) = Term::of(w.model, id) else { return Ok(None) };
    if let Some(narrow) = widened(&term) {
        return Ok(Some(Bytes { values: w.value(narrow)?, zero: None }));
    }
    let Some(narrow) = term.operand(0, "cast").filter(|_| term.name == "sub").and_then(|cast| widened(&cast)) else { return Ok(None) };
    let Some(dtype) = ty(w.model, narrow).dtype() else { return Ok(None) };
    let zero = match (&w.model.program.terms[term.args[1]], term.operand(1, "cast").and_then(|cast| widened(&cast))) {
        (Node::Const(c), _) if holds(dtype, c) => w.scalar(dtype, c.as_f64()),
        (_, Some(zero)) if ty(w.model, zero).dtype() == Some(dtype) && ty(w.model, zero).rank() == Some(0) => w.value(zero)?,
        _ => return Ok(None),
    };
    Ok(Some(Bytes { values: w.value(narrow)?, zero: Some(zero) }))
}

/// What a cast from bytes to `i32` is of.
fn widened(term: &Term) -> Option<Id> {
    let narrow = ty(term.model, *term.args.first()?).dtype()?;
    let is = term.name == "cast" && term.ty().dtype() == Some(DType::I32) && matches!(narrow, DType::I8 | DType::U8);
    is.then(|| term.args[0])
}

fn holds(dtype: DType, c: &Const) -> bool {
    let range = if dtype == DType::I8 { -128..=127 } else { 0..=255 };
    c.as_i64().is_some_and(|i| range.contains(&i))
}

/// Constants that fit bytes, as bytes.
fn narrowed(weight: &Weight) -> Option<Weight> {
    let ints = weight.to_ints().filter(|_| weight.dtype == DType::I32)?;
    let signed: Option<Vec<u8>> = ints.iter().map(|i| i8::try_from(*i).ok().map(|i| i as u8)).collect();
    let (dtype, bytes) = match signed {
        Some(bytes) => (DType::I8, bytes),
        None => (DType::U8, ints.iter().map(|i| u8::try_from(*i).ok()).collect::<Option<Vec<_>>>()?),
    };
    Some(Weight { name: weight.name.clone(), dtype, shape: weight.shape.clone(), bytes: bytes.into() })
}
