use super::super::tensor;
use super::{Call, Entry, Lowered, Lowering, Part, apply, narrow, one};
use crate::ir::{Attr, DType, Id};

/// Operators that are an op of the same operands.
macro_rules! table {
    ($($onnx:literal => $ir:literal),* ; $($other:tt)*) => {
        &[$(($onnx, |l, call| same(l, call, $ir)),)* $($other)*]
    };
}

pub(super) static OPS: &[Entry] = table! {
    "Abs" => "abs", "Acos" => "acos", "Acosh" => "acosh", "Add" => "add", "And" => "logical_and", "Asin" => "asin", "Asinh" => "asinh",
    "Atan" => "atan", "Atanh" => "atanh", "BitwiseAnd" => "bit_and", "BitwiseNot" => "bit_not", "BitwiseOr" => "bit_or",
    "BitwiseXor" => "bit_xor", "Ceil" => "ceil", "Cos" => "cos", "Cosh" => "cosh", "Equal" => "eq", "Erf" => "erf", "Exp" => "exp",
    "Floor" => "floor", "Greater" => "gt", "GreaterOrEqual" => "ge", "HardSwish" => "hardswish", "IsNaN" => "is_nan", "Less" => "lt",
    "LessOrEqual" => "le", "Log" => "log", "Mish" => "mish", "Mul" => "mul", "Neg" => "neg", "Not" => "logical_not", "Or" => "logical_or",
    "Reciprocal" => "reciprocal", "Relu" => "relu", "Round" => "round", "Sigmoid" => "sigmoid", "Sign" => "sign", "Sin" => "sin",
    "Sinh" => "sinh", "Softplus" => "softplus", "Softsign" => "softsign", "Sqrt" => "sqrt", "Sub" => "sub", "Tan" => "tan",
    "Tanh" => "tanh", "Where" => "select", "Xor" => "logical_xor";

    ("BitShift", |l, call| {
        let name = if call.string("direction").as_deref() == Some("LEFT") { "shl" } else { "shr" };
        same(l, call, name)
    }),
    ("Cast", |l, call| match call.narrow {
        Some(narrow) => one(narrow::cast(l, call.input(0)?, narrow, call.int("saturate", 1) != 0)?),
        None => cast(l, call.input(0)?, tensor::dtype(call.int("to", 0) as i32)?),
    }),
    ("CastLike", |l, call| {
        if let Some(narrow) = call.narrow {
            return one(narrow::cast(l, call.input(0)?, narrow, call.int("saturate", 1) != 0)?);
        }
        let dtype = l.ty(call.input(1)?).dtype().ok_or("the element type of its second operand is not known")?;
        cast(l, call.input(0)?, dtype)
    }),
    ("Clip", clip),
    ("Div", |l, call| {
        let whole = l.ty(call.input(0)?).dtype().is_some_and(DType::is_int);
        same(l, call, if whole { "trunc_div" } else { "div" })
    }),
    ("Identity", |_, call| one(call.input(0)?)),
    ("IsInf", |l, call| {
        let x = call.input(0)?;
        let dtype = l.ty(x).dtype().ok_or("its element type is not known")?;
        let (up, down) = (l.scalar(dtype, f64::INFINITY), l.scalar(dtype, f64::NEG_INFINITY));
        match (call.int("detect_positive", 1) != 0, call.int("detect_negative", 1) != 0) {
            (true, true) => one(apply!(l, "is_inf", x)?),
            (true, false) => one(apply!(l, "eq", x, up)?),
            (false, true) => one(apply!(l, "eq", x, down)?),
            (false, false) => one(apply!(l, "ne", x, x)?),
        }
    }),
    ("Max", |l, call| chain(l, call, "maximum")),
    ("Min", |l, call| chain(l, call, "minimum")),
    ("Sum", |l, call| chain(l, call, "add")),
    ("Mean", |l, call| {
        let n = call.inputs.len();
        let Some(total) = chain(l, call, "add")?[0] else { return Err("no operands".to_owned()) };
        let dtype = l.ty(total).dtype().ok_or("its element type is not known")?;
        let n = l.scalar(dtype, n as f64);
        one(apply!(l, "div", total, n)?)
    }),
    ("Mod", |l, call| same(l, call, if call.int("fmod", 0) != 0 { "trunc_rem" } else { "rem" })),
    ("Pow", |l, call| {
        let (x, y) = (call.input(0)?, call.input(1)?);
        let y = beside(l, call, x, y)?;
        let dtype = l.ty(x).dtype().ok_or("its element type is not known")?;
        let same = l.ty(y).dtype() == Some(dtype);
        let y = if same { y } else { apply!(l, "cast", y, Attr::DType(dtype))? };
        one(apply!(l, "pow", x, y)?)
    }),
};

fn same<'a>(l: &mut Lowering<'a>, call: &Call<'a>, name: &str) -> Lowered {
    let mut operands = call.all()?;
    if let [a, b] = operands[..] {
        operands[1] = beside(l, call, a, b)?;
    }
    one(l.op(name, operands.into_iter().map(Part::from))?)
}

/// The second operand as it broadcasts: up to opset 6 its axes stood from a given one of the other's on.
fn beside<'a>(l: &mut Lowering<'a>, call: &Call<'a>, a: Id, b: Id) -> Result<Id, String> {
    match call.attribute("axis").filter(|_| call.opset < 7) {
        Some(axis) => aligned(l, b, l.rank(a)? as i64, axis.i()),
        None => Ok(b),
    }
}

/// Axes of length 1 behind those of a value, so that these stand from a given one of so many on.
pub(super) fn aligned(l: &mut Lowering, x: Id, rank: i64, axis: i64) -> Result<Id, String> {
    let own = l.rank(x)? as i64;
    let axis = if axis < 0 { axis.saturating_add(rank) } else { axis };
    if !(0..=rank).contains(&axis) {
        return Err(format!("axis {axis} of an operand with {rank} axes"));
    }
    (axis + own..rank).try_fold(x, |x, _| {
        let last = l.rank(x)? as i64;
        apply!(l, "expand_dims", x, Attr::Int(last))
    })
}

fn cast(l: &mut Lowering, x: Id, dtype: DType) -> Lowered {
    if l.ty(x).dtype() == Some(dtype) {
        return one(x);
    }
    one(apply!(l, "cast", x, Attr::DType(dtype))?)
}

/// An associative op over all operands, from the left.
fn chain<'a>(l: &mut Lowering<'a>, call: &Call<'a>, name: &str) -> Lowered {
    let mut operands = call.all()?.into_iter();
    let mut total = operands.next().ok_or("no operands")?;
    for operand in operands {
        total = apply!(l, name, total, operand)?;
    }
    one(total)
}

fn clip<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let x = call.input(0)?;
    let dtype = l.ty(x).dtype().ok_or("its element type is not known")?;
    let bound = |l: &mut Lowering, i: usize, name: &str| match call.optional(i) {
        Some(id) => Some(id),
        None => call.attribute(name).map(|a| l.scalar(dtype, f64::from(a.f()))),
    };
    let (low, high) = (bound(l, 1, "min"), bound(l, 2, "max"));
    match (low, high) {
        (Some(low), Some(high)) => one(apply!(l, "clip", x, low, high)?),
        (Some(low), None) => one(apply!(l, "clip_min", x, low)?),
        (None, Some(high)) => one(apply!(l, "clip_max", x, high)?),
        (None, None) => one(x),
    }
}
