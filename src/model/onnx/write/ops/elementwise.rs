//! Arithmetic, comparisons, logic and casts.

use std::f64::consts::{LN_2, LN_10, PI};

use super::attributes::{int, word};
use super::{Emitted, Entry, Term, Writer, emit, one, ty};
use crate::ir::{DType, Id};

/// Ops that are an operator of the same operands.
macro_rules! table {
    ($($ir:literal => $onnx:literal),* ; $($other:tt)*) => {
        &[$(($ir, |w, t| w.same(t, $onnx)),)* $($other)*]
    };
}

pub(super) static OPS: &[Entry] = table! {
    "abs" => "Abs", "acos" => "Acos", "acosh" => "Acosh", "asin" => "Asin", "asinh" => "Asinh", "atan" => "Atan", "atanh" => "Atanh",
    "ceil" => "Ceil", "copy" => "Identity", "cos" => "Cos", "cosh" => "Cosh", "eq" => "Equal", "erf" => "Erf", "exp" => "Exp",
    "floor" => "Floor", "ge" => "GreaterOrEqual", "gt" => "Greater", "is_inf" => "IsInf", "is_nan" => "IsNaN", "le" => "LessOrEqual",
    "lt" => "Less", "neg" => "Neg", "pow" => "Pow", "reciprocal" => "Reciprocal", "round" => "Round", "sign" => "Sign",
    "sin" => "Sin", "sinh" => "Sinh", "sub" => "Sub", "tan" => "Tan", "tanh" => "Tanh";

    // Of truth values a sum is whether either holds, a product whether both do.
    ("add", |w, t| {
        let whole = match super::normalization::instance(w, t)? {
            Some(normalized) => Some(normalized),
            None => super::contraction::gemm(w, t)?,
        };
        match whole {
            Some(whole) => one(whole),
            None => either(w, t, "Add", "Or"),
        }
    }),
    ("mul", |w, t| {
        let number = match super::quantization::dequantized(w, t)? {
            Some(number) => Some(number),
            None => super::activation::scaled(w, t)?,
        };
        match number {
            Some(number) => one(number),
            None => either(w, t, "Mul", "And"),
        }
    }),
    ("log", |w, t| after(w, t, "Log")),
    ("sqrt", |w, t| after(w, t, "Sqrt")),
    ("maximum", |w, t| either(w, t, "Max", "Or")),
    ("minimum", |w, t| either(w, t, "Min", "And")),
    ("bit_and", |w, t| either(w, t, "BitwiseAnd", "And")),
    ("bit_or", |w, t| either(w, t, "BitwiseOr", "Or")),
    ("bit_xor", |w, t| either(w, t, "BitwiseXor", "Xor")),
    ("bit_not", |w, t| either(w, t, "BitwiseNot", "Not")),
    ("logical_and", |w, t| logic(w, t, "And")),
    ("logical_or", |w, t| logic(w, t, "Or")),
    ("logical_xor", |w, t| logic(w, t, "Xor")),
    ("logical_not", |w, t| logic(w, t, "Not")),
    ("to_bool", |w, t| one(w.value_as(t.args[0], DType::Bool)?)),
    ("ne", |w, t| {
        let equal = w.same(t, "Equal")?.swap_remove(0);
        one(emit!(w, "Not", [equal]))
    }),
    ("is_finite", |w, t| {
        let x = w.value(t.args[0])?;
        let (infinite, nan) = (emit!(w, "IsInf", [x.clone()]), emit!(w, "IsNaN", [x]));
        let neither = emit!(w, "Or", [infinite, nan]);
        one(emit!(w, "Not", [neither]))
    }),
    ("cast", |w, t| match super::quantization::quantized(w, t)? {
        Some(steps) => one(steps),
        None => one(w.value_as(t.args[0], t.dtype_attr(1)?)?),
    }),
    ("div", |w, t| {
        let whole = match super::quantization::scale(w, t)? {
            Some(scale) => Some(scale),
            None => super::normalization::local_response(w, t)?,
        };
        match whole {
            Some(whole) => one(whole),
            None => w.same(t, "Div"),
        }
    }),
    ("floor_div", floor_div),
    ("rem", rem),
    ("trunc_div", |w, t| {
        let quotient = w.same(t, "Div")?.swap_remove(0);
        one(if t.dtype(0)?.is_float() { trunc(w, quotient, t.dtype(0)?) } else { quotient })
    }),
    ("trunc_rem", |w, t| {
        let operands = w.together(t.args)?;
        one(w.node("Mod", operands, [int("fmod", 1)]))
    }),
    ("shl", |w, t| shifted(w, t, "LEFT")),
    ("shr", |w, t| shifted(w, t, "RIGHT")),
    ("square", |w, t| {
        let x = w.value(t.args[0])?;
        one(emit!(w, "Mul", [x.clone(), x]))
    }),
    ("rsqrt", |w, t| {
        let root = w.same(t, "Sqrt")?.swap_remove(0);
        one(emit!(w, "Reciprocal", [root]))
    }),
    ("trunc", |w, t| {
        let x = w.value(t.args[0])?;
        one(if t.dtype(0)?.is_float() { trunc(w, x, t.dtype(0)?) } else { x })
    }),
    ("fract", |w, t| {
        let x = w.value(t.args[0])?;
        let whole = trunc(w, x.clone(), t.dtype(0)?);
        one(emit!(w, "Sub", [x, whole]))
    }),
    ("exp2", |w, t| {
        let (base, x) = (w.scalar(t.dtype(0)?, 2.0), w.value(t.args[0])?);
        one(emit!(w, "Pow", [base, x]))
    }),
    ("expm1", |w, t| beside(w, t, "Exp", "Sub", 1.0)),
    ("log2", |w, t| beside(w, t, "Log", "Div", LN_2)),
    ("log10", |w, t| beside(w, t, "Log", "Div", LN_10)),
    ("log1p", |w, t| {
        let moved = beside(w, t, "Identity", "Add", 1.0)?.swap_remove(0);
        one(emit!(w, "Log", [moved]))
    }),
    ("to_radians", |w, t| beside(w, t, "Identity", "Mul", PI / 180.0)),
    ("to_degrees", |w, t| beside(w, t, "Identity", "Mul", 180.0 / PI)),
    ("erfc", |w, t| {
        let y = w.same(t, "Erf")?.swap_remove(0);
        let unit = w.scalar(t.dtype(0)?, 1.0);
        one(emit!(w, "Sub", [unit, y]))
    }),
    ("fma", |w, t| {
        let [a, b, c]: [String; 3] = w.together(t.args)?.try_into().map_err(|_| "expected three operands")?;
        let product = emit!(w, "Mul", [a, b]);
        one(emit!(w, "Add", [product, c]))
    }),
    ("lerp", |w, t| {
        let [a, b, by]: [String; 3] = w.together(t.args)?.try_into().map_err(|_| "expected three operands")?;
        let way = emit!(w, "Sub", [b, a.clone()]);
        let part = emit!(w, "Mul", [way, by]);
        one(emit!(w, "Add", [a, part]))
    }),
    ("select", |w, t| {
        if let Some(y) = super::activation::sloped(w, t)? {
            return one(y);
        }
        let condition = w.value_as(t.args[0], DType::Bool)?;
        let branches = w.together(&t.args[1..])?;
        one(w.node("Where", std::iter::once(condition).chain(branches), []))
    }),
    ("clip", |w, t| {
        if let Some(y) = super::activation::hard_sigmoid(w, t)? {
            return one(y);
        }
        let scalars = t.rank(1)? == 0 && t.rank(2)? == 0;
        if scalars {
            return w.same(t, "Clip");
        }
        let [x, low, high]: [String; 3] = w.together(t.args)?.try_into().map_err(|_| "expected three operands")?;
        let raised = emit!(w, "Max", [x, low]);
        one(emit!(w, "Min", [raised, high]))
    }),
    ("clip_min", |w, t| w.same(t, if t.rank(1)? == 0 { "Clip" } else { "Max" })),
    ("clip_max", |w, t| {
        let [x, high]: [String; 2] = w.together(t.args)?.try_into().map_err(|_| "expected two operands")?;
        one(if t.rank(1)? == 0 { emit!(w, "Clip", [x, String::new(), high]) } else { emit!(w, "Min", [x, high]) })
    }),
};

/// One operator of numbers, another of truth values.
fn either<'m>(w: &mut Writer<'m>, t: &Term<'m>, number: &str, truth: &str) -> Emitted {
    w.same(t, if t.ty().dtype() == Some(DType::Bool) { truth } else { number })
}

/// A function of a sum, or of anything else.
fn after<'m>(w: &mut Writer<'m>, t: &Term<'m>, op: &str) -> Emitted {
    match super::reduction::after(w, t)? {
        Some(reduced) => one(reduced),
        None => w.same(t, op),
    }
}

fn logic<'m>(w: &mut Writer<'m>, t: &Term<'m>, op: &str) -> Emitted {
    let operands = t.args.iter().map(|arg| w.value_as(*arg, DType::Bool)).collect::<Result<Vec<_>, _>>()?;
    one(w.node(op, operands, []))
}

/// A function of the element and then an operator with a number.
fn beside<'m>(w: &mut Writer<'m>, t: &Term<'m>, function: &str, op: &str, number: f64) -> Emitted {
    let (x, number) = (w.value(t.args[0])?, w.scalar(t.dtype(0)?, number));
    let y = if function == "Identity" { x } else { emit!(w, function, [x]) };
    one(emit!(w, op, [y, number]))
}

/// The next integer towards zero.
fn trunc(w: &mut Writer, x: String, dtype: DType) -> String {
    let zero = w.scalar(dtype, 0.0);
    let below = emit!(w, "Less", [x.clone(), zero]);
    let (up, down) = (emit!(w, "Ceil", [x.clone()]), emit!(w, "Floor", [x]));
    emit!(w, "Where", [below, up, down])
}

/// The remainder with the sign of the divisor.
fn rem<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Emitted {
    if !t.dtype(0)?.is_float() {
        return w.same(t, "Mod");
    }
    let [a, b]: [String; 2] = w.together(t.args)?.try_into().map_err(|_| "expected two operands")?;
    let quotient = emit!(w, "Div", [a.clone(), b.clone()]);
    let whole = emit!(w, "Floor", [quotient]);
    let below = emit!(w, "Mul", [whole, b]);
    one(emit!(w, "Sub", [a, below]))
}

/// The quotient rounded down: for integers the exact one of what is left without the remainder.
fn floor_div<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Emitted {
    let [a, b]: [String; 2] = w.together(t.args)?.try_into().map_err(|_| "expected two operands")?;
    if t.dtype(0)?.is_float() {
        let quotient = emit!(w, "Div", [a, b]);
        return one(emit!(w, "Floor", [quotient]));
    }
    let left = emit!(w, "Mod", [a.clone(), b.clone()]);
    let whole = emit!(w, "Sub", [a, left]);
    one(emit!(w, "Div", [whole, b]))
}

fn shifted<'m>(w: &mut Writer<'m>, t: &Term<'m>, direction: &str) -> Emitted {
    let operands: Vec<Id> = t.args.to_vec();
    if operands.iter().any(|arg| ty(t.model, *arg).dtype().is_some_and(DType::is_signed_int)) {
        return Err("ONNX moves the bits of unsigned integers alone".to_owned());
    }
    let operands = w.together(t.args)?;
    one(w.node("BitShift", operands, [word("direction", direction)]))
}
