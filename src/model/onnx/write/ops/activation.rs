//! Functions of each element that networks are made of.

use super::attributes::{float, word};
use super::{Entry, Term, Writer, emit, one, ty};
use crate::ir::DType;

pub(super) static OPS: &[Entry] = &[
    ("elu", |w, t| {
        let x = w.value(t.args[0])?;
        one(emit!(w, "Elu", [x], float("alpha", t.float(1)?)))
    }),
    ("gelu", |w, t| w.same(t, "Gelu")),
    ("gelu_tanh", |w, t| {
        let x = w.value(t.args[0])?;
        one(emit!(w, "Gelu", [x], word("approximate", "tanh")))
    }),
    ("hardsigmoid", |w, t| {
        let x = w.value(t.args[0])?;
        one(emit!(w, "HardSigmoid", [x], float("alpha", 1.0 / 6.0), float("beta", 0.5)))
    }),
    ("hardswish", |w, t| w.same(t, "HardSwish")),
    ("hardtanh", |w, t| clipped(w, t, t.float(1)?, t.float(2)?)),
    ("leaky_relu", |w, t| {
        let x = w.value(t.args[0])?;
        one(emit!(w, "LeakyRelu", [x], float("alpha", t.float(1)?)))
    }),
    ("log_sigmoid", |w, t| {
        let x = w.value(t.args[0])?;
        let turned = emit!(w, "Neg", [x]);
        let soft = emit!(w, "Softplus", [turned]);
        one(emit!(w, "Neg", [soft]))
    }),
    ("mish", |w, t| w.same(t, "Mish")),
    ("relu", |w, t| w.same(t, "Relu")),
    ("relu6", |w, t| clipped(w, t, 0.0, 6.0)),
    ("selu", |w, t| w.same(t, "Selu")),
    ("sigmoid", |w, t| w.same(t, "Sigmoid")),
    ("silu", |w, t| {
        let x = w.value(t.args[0])?;
        let gate = emit!(w, "Sigmoid", [x.clone()]);
        one(emit!(w, "Mul", [x, gate]))
    }),
    ("softplus", |w, t| w.same(t, "Softplus")),
    ("softsign", |w, t| w.same(t, "Softsign")),
    ("tanhshrink", |w, t| {
        let x = w.value(t.args[0])?;
        let y = emit!(w, "Tanh", [x.clone()]);
        one(emit!(w, "Sub", [x, y]))
    }),
];

fn clipped<'m>(w: &mut Writer<'m>, t: &Term<'m>, low: f64, high: f64) -> super::Emitted {
    let (x, dtype) = (w.value(t.args[0])?, t.dtype(0)?);
    let (low, high) = (w.scalar(dtype, low), w.scalar(dtype, high));
    one(emit!(w, "Clip", [x, low, high]))
}

/// What an op is as one of the other activations, if it is one.
type Found = Result<Option<String>, String>;

/// `clip(a * x + b, 0, 1)`
pub(super) fn hard_sigmoid<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Found {
    let (Some(0.0), Some(1.0), Some(sum)) = (t.number(1), t.number(2), w.own(t, 0, "add")) else { return Ok(None) };
    let (Some(product), Some((_, beta))) = (w.own(&sum, 0, "mul"), sum.beside_number()) else { return Ok(None) };
    let Some((x, alpha)) = product.beside_number().filter(|_| t.dtype(0) != Ok(DType::F64)) else { return Ok(None) };
    let x = w.value(x)?;
    Ok(Some(emit!(w, "HardSigmoid", [x], float("alpha", alpha), float("beta", beta))))
}

/// Times a number for each place below zero.
pub(super) fn sloped<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Found {
    let (Some(below), Some(product)) = (w.own(t, 0, "lt"), w.own(t, 1, "mul")) else { return Ok(None) };
    let x = t.args[2];
    let of_x = below.args[0] == x && product.args[0] == x && below.number(1) == Some(0.0);
    if !of_x || !t.ty().shape().same(ty(t.model, x).shape()) {
        return Ok(None);
    }
    let (x, slope) = (w.value(x)?, w.value(product.args[1])?);
    Ok(Some(emit!(w, "PRelu", [x, slope])))
}

/// An exponential unit times a number: of another width, or of another slope.
pub(super) fn scaled<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Found {
    let Some((_, scale)) = t.beside_number().filter(|_| t.dtype(0) == Ok(DType::F32)) else { return Ok(None) };
    let Some(unit) = w.own(t, 0, "elu") else { return Ok(None) };
    let alpha = unit.float(1)?;
    if let Some(narrow) = w.own(&unit, 0, "div").filter(|narrow| alpha == 1.0 && narrow.number(1) == Some(scale)) {
        let x = w.value(narrow.args[0])?;
        return Ok(Some(emit!(w, "Celu", [x], float("alpha", scale))));
    }
    let x = w.value(unit.args[0])?;
    Ok(Some(emit!(w, "Selu", [x], float("alpha", alpha), float("gamma", scale))))
}
