//! Functions of each element in its own dtype, and casts.

use super::eval::{bools, ints, map, map_kinds, map_of, of_bools, of_floats, of_ints, result_type, value};
use super::infer::{Inferred, activation, array, bool_unary, float_unary, number_unary, refuse, same_unary, typed};
use super::{op, work};
use crate::ir::{Arg, Attr, AttrKind, DType, DTypeKind, OpDef, Param::Attr as Attribute, Param::Value, Target, Type};

macro_rules! number {
    ($name:literal, $doc:literal, $rule:ident, $f:expr, $g:expr) => {
        op!($name, Elementwise, [Value("x")], $doc, $rule, |t, a| map_kinds(t, a, $rule, $f, $g), work::stream)
    };
}

macro_rules! question {
    ($name:literal, $doc:literal, $f:expr) => {
        op!(
            $name,
            Elementwise,
            [Value("x")],
            $doc,
            bool_unary,
            |t, a| Ok(of_bools(&result_type(t, a, bool_unary)?, value(&a[0])?.to_f64().mapv($f))),
            work::stream,
        )
    };
}

pub(super) static OPS: &[OpDef] = &[
    number!("neg", "The negative; unsigned integers wrap around.", number_unary, |x| -x, |x| -x),
    number!("abs", "The magnitude.", magnitude, f64::abs, i128::abs),
    op!(
        "sign",
        Elementwise,
        [Value("x")],
        "-1, 0 or 1; of NaN NaN, in PyTorch 0.",
        number_unary,
        |t, a| map_kinds(t, a, number_unary, if t == Target::Torch { torch_sign } else { sign }, i128::signum),
        work::stream,
    ),
    number!("square", "x * x.", arithmetic_unary, |x| x * x, |x: i128| x.wrapping_mul(x)),
    number!("relu", "The positive part; NaN and a negative zero stay.", number_unary, |x| if x < 0.0 { 0.0 } else { x }, |x| x.max(0)),
    number!("relu6", "Clipped to 0 and 6; NaN of NaN.", number_unary, |x| x.clamp(0.0, 6.0), |x| x.clamp(0, 6)),
    op!(
        "reciprocal",
        Elementwise,
        [Value("x")],
        "1 / x; of an integer in NumPy the truncated integer.",
        reciprocal,
        |t, a| {
            let x = value(&a[0])?;
            if x.ty().is_weak() && x.to_f64().iter().any(|x| *x == 0.0) {
                return super::eval::refuse("Python refuses to divide by zero");
            }
            map_kinds(t, a, reciprocal, |x| 1.0 / x, |x| if x == 0 { 0 } else { 1 / x })
        },
        work::division,
    ),
    number!("floor", "The next integer below.", whole, f64::floor, |x| x),
    number!("ceil", "The next integer above.", whole, f64::ceil, |x| x),
    number!("trunc", "The next integer towards zero.", whole, f64::trunc, |x| x),
    number!("round", "The nearest integer, halves to even.", rounded, f64::round_ties_even, |x| x),
    op!(
        "round_half_away",
        Elementwise,
        [Value("x")],
        "The nearest integer, halves away from zero.",
        float_unary,
        |t, a| map(t, a, float_unary, f64::round),
        work::stream,
    ),
    op!(
        "round_digits",
        Elementwise,
        [Value("x"), Attribute("digits", AttrKind::Int), Attribute("lowest", AttrKind::Int)],
        "The nearest number with so many binary digits behind the first that is a multiple of 2 to the power of the lowest, halves to even.",
        float_unary,
        |t, a| {
            let int = |i: usize| super::eval::attr(&a[i]).as_int().unwrap_or(0);
            let (digits, lowest) = (int(1), int(2));
            map_of(t, a, float_unary, |_, x| codewright_kernels::math::round_digits(x, digits, lowest))
        },
        work::stream,
    ),
    op!("fract", Elementwise, [Value("x")], "x - trunc(x).", float_unary, |t, a| map(t, a, float_unary, |x| x - x.trunc()), work::stream,),
    op!(
        "bit_not",
        Elementwise,
        [Value("x")],
        "All bits flipped; of bool the negation.",
        bits,
        |t, a| {
            let ty = result_type(t, a, bits)?;
            let v = value(&a[0])?;
            Ok(if ty.dtype() == Some(DType::Bool) { of_bools(&ty, bools(v).mapv(|b| !b)) } else { of_ints(&ty, ints(v).mapv(|x| !x)) })
        },
        work::stream,
    ),
    op!(
        "logical_not",
        Elementwise,
        [Value("x")],
        "True where the element is zero.",
        bool_unary,
        |t, a| Ok(of_bools(&result_type(t, a, bool_unary)?, bools(value(&a[0])?).mapv(|b| !b))),
        work::stream,
    ),
    question!("is_nan", "True where the element is NaN.", f64::is_nan),
    question!("is_inf", "True where the element is infinite.", f64::is_infinite),
    question!("is_finite", "True where the element is neither infinite nor NaN.", f64::is_finite),
    op!(
        "cast",
        Elementwise,
        [Value("x"), Attribute("dtype", AttrKind::DType)],
        "The elements in another dtype; a new array even if it is the same.",
        cast,
        |t, a| {
            let ty = result_type(t, a, cast)?;
            let v = value(&a[0])?;
            let from_int = v.ty().dtype().is_some_and(|d| !d.is_float());
            Ok(match ty.dtype().map(DType::kind) {
                Some(DTypeKind::Bool) => of_bools(&ty, bools(v)),
                Some(DTypeKind::Int) if from_int => of_ints(&ty, ints(v)),
                Some(DTypeKind::Int) => of_ints(&ty, v.to_f64().mapv(|x| saturate(t, x, ty.dtype()))),
                _ => of_floats(&ty, v.to_f64()),
            })
        },
        work::stream,
    ),
    op!(
        "copy",
        Elementwise,
        [Value("x")],
        "The same elements in memory of their own.",
        fresh,
        |_, a| value(&a[0]).cloned(),
        work::movement
    ),
    op!(
        "hardtanh",
        Elementwise,
        [Value("x"), Attribute("lo", AttrKind::Float), Attribute("hi", AttrKind::Float)],
        "Clipped to two constants; NaN of NaN.",
        activation,
        |t, a| {
            let (lo, hi) = (super::eval::attr(&a[1]).as_f64().unwrap_or(-1.0), super::eval::attr(&a[2]).as_f64().unwrap_or(1.0));
            let ty = result_type(t, a, activation)?;
            Ok(of_floats(
                &ty,
                value(&a[0])?.to_f64().mapv(|x| {
                    if x < lo {
                        lo
                    } else if x > hi {
                        hi
                    } else {
                        x
                    }
                }),
            ))
        },
        work::stream,
    ),
    op!(
        "elu",
        Elementwise,
        [Value("x"), Attribute("alpha", AttrKind::Float)],
        "x above zero, alpha * expm1(x) below.",
        activation,
        |t, a| {
            let alpha = super::eval::attr(&a[1]).as_f64().unwrap_or(1.0);
            let ty = result_type(t, a, activation)?;
            Ok(of_floats(&ty, value(&a[0])?.to_f64().mapv(|x| if x > 0.0 { x } else { alpha * x.exp_m1() })))
        },
        work::transcendental,
    ),
    op!(
        "leaky_relu",
        Elementwise,
        [Value("x"), Attribute("slope", AttrKind::Float)],
        "x above zero, slope * x below.",
        activation,
        |t, a| {
            let slope = super::eval::attr(&a[1]).as_f64().unwrap_or(0.01);
            let ty = result_type(t, a, activation)?;
            Ok(of_floats(&ty, value(&a[0])?.to_f64().mapv(|x| if x > 0.0 { x } else { slope * x })))
        },
        work::stream,
    ),
];

fn sign(x: f64) -> f64 {
    if x.is_nan() || x == 0.0 { x.abs() } else { x.signum() }
}

fn torch_sign(x: f64) -> f64 {
    if x.is_nan() { 0.0 } else { sign(x) }
}

/// A float to an integer dtype: Rust saturates; the others are only defined within the range.
fn saturate(target: Target, x: f64, dtype: Option<DType>) -> i128 {
    if target != Target::Rust {
        return if x.is_nan() { 0 } else { x as i128 };
    }
    let (low, high) = match dtype {
        Some(DType::I8) => (i128::from(i8::MIN), i128::from(i8::MAX)),
        Some(DType::I16) => (i128::from(i16::MIN), i128::from(i16::MAX)),
        Some(DType::I32) => (i128::from(i32::MIN), i128::from(i32::MAX)),
        Some(DType::U8) => (0, i128::from(u8::MAX)),
        Some(DType::U16) => (0, i128::from(u16::MAX)),
        Some(DType::U32) => (0, i128::from(u32::MAX)),
        Some(DType::U64) => (0, i128::from(u64::MAX)),
        _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
    };
    (x as i128).clamp(low, high)
}

fn arithmetic_unary(target: Target, args: &[Arg]) -> Inferred {
    let ty = same_unary(target, args)?;
    Ok(if ty.is_weak() && ty.dtype() == Some(DType::Bool) { Type::weak(DType::I64) } else { ty })
}

fn reciprocal(target: Target, args: &[Arg]) -> Inferred {
    let integer = args[0].ty().dtype().is_some_and(|d| d.is_int()) && !args[0].ty().is_weak();
    if integer && target == Target::Numpy { same_unary(target, args) } else { float_unary(target, args) }
}

/// PyTorch has no magnitude of bools.
fn magnitude(target: Target, args: &[Arg]) -> Inferred {
    match args[0].ty().dtype() {
        Some(DType::Bool) if target == Target::Torch && !args[0].ty().is_weak() => refuse("bool is refused"),
        _ => arithmetic_unary(target, args),
    }
}

/// NumPy's floor, ceiling and truncation leave bools as they are.
fn whole(target: Target, args: &[Arg]) -> Inferred {
    match args[0].ty().dtype() {
        Some(DType::Bool) if target == Target::Numpy && !args[0].ty().is_weak() => same_unary(target, args),
        _ => rounded(target, args),
    }
}

/// Integers are rounded to themselves; NumPy's `rint` makes bools half precision.
fn rounded(target: Target, args: &[Arg]) -> Inferred {
    match args[0].ty().dtype() {
        Some(DType::Bool) => refuse("bool is refused"),
        _ if args[0].ty().is_weak() => refuse("a Python number is rounded to an int, which this op does not say"),
        _ => same_unary(target, args),
    }
}

fn bits(target: Target, args: &[Arg]) -> Inferred {
    let ty = same_unary(target, args)?;
    match ty.dtype() {
        Some(d) if d.is_float() => refuse("floats have no bits to flip"),
        Some(DType::Bool) if ty.is_weak() => refuse("Python's ~True is -2"),
        _ => Ok(ty),
    }
}

fn cast(_: Target, args: &[Arg]) -> Inferred {
    let (_, _, shape) = array(&args[0])?;
    let Attr::DType(dtype) = args[1].attr() else { return refuse("expected a dtype") };
    Ok(typed(Some(*dtype), false, shape.clone()))
}

fn fresh(_: Target, args: &[Arg]) -> Inferred {
    let (d, weak, shape) = array(&args[0])?;
    Ok(typed(d, weak, shape.clone()))
}
