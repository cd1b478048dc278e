//! Steps of a scale around a zero point, which are one operator each way.

use super::attributes::int;
use super::{Term, Writer, ty};
use crate::ir::{Attr, DType, Data, Id, Node, Value};
use crate::model::Weight;

/// What an op is as one of these operators, if it is one.
type Found = Result<Option<String>, String>;

/// A scale or zero point: one, or one for each place of an axis.
pub(super) struct Parameter {
    pub name: String,
    pub axis: Option<i64>,
}

/// What is divided by a scale, rounded, moved by a zero point and held in the range of an element type.
struct Steps {
    x: Id,
    scale: Id,
    zero: Option<Id>,
    dtype: DType,
}

pub(super) fn quantized<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Found {
    if let Some(x) = zero_point_of(t) {
        return dynamic(w, x, 2);
    }
    if let Some(product) = super::integers::rescaled(w, t)? {
        return Ok(Some(product));
    }
    let Some(steps) = steps(t) else { return Ok(None) };
    let scale_of = Term::of(t.model, steps.scale).and_then(|scale| scale_of(&scale));
    let zero_of = steps.zero.and_then(|zero| Term::of(t.model, zero)).filter(|cast| cast.name == "cast");
    let zero_of = zero_of.and_then(|cast| Term::of(t.model, cast.args[0])).and_then(|zero| zero_point_of(&zero));
    if scale_of == Some(steps.x) && zero_of == Some(steps.x) {
        return dynamic(w, steps.x, 0);
    }
    // The element type of the result is that of the zero point.
    let Some(rank) = ty(t.model, steps.x).rank().filter(|_| ty(t.model, steps.x).dtype() == Some(DType::F32)) else { return Ok(None) };
    let Some(scale) = parameter(w, steps.scale, rank, DType::F32)? else { return Ok(None) };
    let zero = match steps.zero {
        Some(zero) => narrow(w, zero, rank, steps.dtype)?,
        None if scale.axis.is_none() => Some(Parameter { name: w.scalar(steps.dtype, 0.0), axis: None }),
        None => None,
    };
    joined(w, "QuantizeLinear", steps.x, scale, zero)
}

pub(super) fn dequantized<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Found {
    let (wide, scale) = match (t.operand(0, "cast"), t.operand(1, "cast")) {
        (Some(wide), _) => (wide, t.args[1]),
        (_, Some(wide)) => (wide, t.args[0]),
        _ => return Ok(None),
    };
    let moved = wide.operand(0, "sub");
    let Some(cast) = (if let Some(moved) = moved { moved.operand(0, "cast") } else { wide.operand(0, "cast") }) else { return Ok(None) };
    let narrow_type = cast.dtype(0)?;
    let fits = matches!(narrow_type, DType::I8 | DType::U8 | DType::I16 | DType::U16) && cast.ty().dtype() == Some(DType::I32);
    if !fits || t.ty().dtype() != Some(DType::F32) || wide.ty().dtype() != Some(DType::F32) {
        return Ok(None);
    }
    let rank = cast.rank(0)?;
    let Some(scale) = parameter(w, scale, rank, DType::F32)? else { return Ok(None) };
    let zero = match moved {
        Some(moved) => narrow(w, moved.args[1], rank, narrow_type)?,
        None if scale.axis.is_none() => Some(Parameter { name: String::new(), axis: None }),
        None => None,
    };
    joined(w, "DequantizeLinear", cast.args[0], scale, zero)
}

/// The scale of a dynamic quantization, if a quotient is that.
pub(super) fn scale<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Found {
    match scale_of(t) {
        Some(x) => dynamic(w, x, 1),
        None => Ok(None),
    }
}

fn dynamic(w: &mut Writer, x: Id, result: usize) -> Found {
    let x = w.value(x)?;
    Ok(Some(w.nodes("DynamicQuantizeLinear", [x], 3, []).swap_remove(result)))
}

fn joined(w: &mut Writer, op: &str, x: Id, scale: Parameter, zero: Option<Parameter>) -> Found {
    let Some(zero) = zero.filter(|zero| zero.axis == scale.axis) else { return Ok(None) };
    let x = w.value(x)?;
    let axis = scale.axis.map(|axis| int("axis", axis));
    Ok(Some(w.node(op, [x, scale.name, zero.name], axis)))
}

/// What is rounded, moved by a zero point and held in the range of an element type.
pub(super) fn held<'m>(t: &Term<'m>) -> Option<(Term<'m>, Option<Id>, DType)> {
    let dtype = t.ty().dtype()?;
    let range = match dtype {
        DType::I8 => (-128.0, 127.0),
        DType::U8 => (0.0, 255.0),
        DType::I16 => (-32768.0, 32767.0),
        DType::U16 => (0.0, 65535.0),
        _ => return None,
    };
    let held = t.operand(0, "clip").filter(|held| (held.number(1), held.number(2)) == (Some(range.0), Some(range.1)))?;
    Some(match held.operand(0, "add") {
        Some(sum) => (sum.operand(0, "round")?, Some(sum.args[1]), dtype),
        None => (held.operand(0, "round")?, None, dtype),
    })
}

fn steps(t: &Term) -> Option<Steps> {
    let (rounded, zero, dtype) = held(t)?;
    let quotient = rounded.operand(0, "div")?;
    Some(Steps { x: quotient.args[0], scale: quotient.args[1], zero, dtype })
}

/// The value whose range from the least to the largest, zero included, is 255 steps.
fn scale_of(t: &Term) -> Option<Id> {
    let width = t.operand(0, "sub").filter(|_| t.name == "div" && t.number(1) == Some(255.0))?;
    let (high, low) = (bound(&width.operand(0, "maximum")?, "max")?, bound(&width.operand(1, "minimum")?, "min")?);
    (high == low && ty(t.model, high).dtype() == Some(DType::F32)).then_some(high)
}

/// The step that zero is on.
fn zero_point_of(t: &Term) -> Option<Id> {
    let steps = steps(t).filter(|steps| t.name == "cast" && steps.dtype == DType::U8 && steps.zero.is_none())?;
    let below = Term::of(t.model, steps.x).filter(|below| below.name == "sub" && below.number(0) == Some(0.0))?;
    let low = bound(&below.operand(1, "minimum")?, "min")?;
    (scale_of(&Term::of(t.model, steps.scale)?) == Some(low)).then_some(low)
}

/// What a bound, or zero, is of all elements of.
fn bound(t: &Term, reduction: &str) -> Option<Id> {
    let all = t.operand(0, reduction).filter(|_| t.number(1) == Some(0.0))?;
    let whole = all.axes(1).ok()?.len() == all.rank(0).ok()? && *all.attr(2) == Attr::Bool(false);
    whole.then(|| all.args[0])
}

/// A zero point in the element type that it had before it was cast.
pub(super) fn narrow(w: &mut Writer, id: Id, rank: usize, dtype: DType) -> Result<Option<Parameter>, String> {
    match Term::of(w.model, id) {
        Some(cast) if cast.name == "cast" && cast.dtype(0)? == dtype => parameter(w, cast.args[0], rank, dtype),
        Some(_) => Ok(None),
        None => parameter(w, id, rank, dtype),
    }
}

/// A parameter for a value of so many axes; constants get the element type.
pub(super) fn parameter(w: &mut Writer, id: Id, rank: usize, dtype: DType) -> Result<Option<Parameter>, String> {
    let Some(dims) = ty(w.model, id).shape().dims() else { return Ok(None) };
    let own = ty(w.model, id).dtype() == Some(dtype);
    let (n, axis) = match dims {
        [] => {
            let number = matches!(w.model.program.terms[id], Node::Const(_));
            return if own || number { Ok(Some(Parameter { name: w.value_as(id, dtype)?, axis: None })) } else { Ok(None) };
        }
        [n, ones @ ..] if dims.len() <= rank && ones.iter().all(|d| d.as_known() == Some(1)) => (n, (rank - dims.len()) as i64),
        _ => return Ok(None),
    };
    let name = match (w.model.weight(id), n.as_known(), Term::of(w.model, id)) {
        (Some(weight), Some(n), _) => w.constant(&cast(weight, n as usize, dtype)?),
        (_, _, Some(term)) if own && term.name == "reshape" && term.rank(0) == Ok(1) => w.value(term.args[0])?,
        _ if own && dims.len() == 1 => w.value(id)?,
        _ => return Ok(None),
    };
    Ok(Some(Parameter { name, axis: Some(axis) }))
}

/// A constant as a vector of an element type.
fn cast(weight: &Weight, n: usize, dtype: DType) -> Result<Weight, String> {
    let elements = ndarray::ArrayD::from_shape_vec(ndarray::IxDyn(&[n]), weight.to_f64()).map_err(|e| e.to_string())?;
    let value = Value::Array { dtype, weak: false, data: Data::Float(elements) };
    Weight::of_value(weight.name.clone(), &value).ok_or_else(|| "a constant without a value".to_owned())
}
