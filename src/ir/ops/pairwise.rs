//! Arithmetic on pairs of elements, with broadcasting.

use super::eval::{Evaluated, compare, factor, fitting, of_floats, of_ints, refuse, result_type, value, zip, zip_floats, zip_kinds};
use super::infer::{self, Inferred, arithmetic, bitwise, division, float_promoted, no_bool, promoted, truth, whole_division};
use super::{op, work};
use crate::ir::{Arg, DType, EvalArg, OpDef, Param::Value as Operand, Target, Type, Value};

macro_rules! number {
    ($name:literal, $doc:literal, $rule:ident, $f:expr, $g:expr, $work:ident) => {
        op!($name, Elementwise, [Operand("a"), Operand("b")], $doc, $rule, |t, a| zip_kinds(t, a, $rule, $f, $g), work::$work)
    };
}

macro_rules! float {
    ($name:literal, $doc:literal, $work:ident, $f:expr) => {
        op!(
            $name,
            Elementwise,
            [Operand("a"), Operand("b")],
            $doc,
            float_promoted,
            |t, a| zip_floats(t, a, float_promoted, $f),
            work::$work
        )
    };
}

macro_rules! comparison {
    ($name:literal, $doc:literal, $method:ident) => {
        op!(
            $name,
            Select,
            [Operand("a"), Operand("b")],
            $doc,
            truth,
            |t, a| compare(t, a, |x, y| x.$method(y), |x, y| x.$method(y)),
            work::stream
        )
    };
}

pub(super) static OPS: &[OpDef] = &[
    number!("add", "a + b; of bools the disjunction.", arithmetic, |x, y| x + y, |x, y| x + y, stream),
    number!("sub", "a - b.", no_bool, |x, y| x - y, |x, y| x - y, stream),
    op!(
        "mul",
        Elementwise,
        [Operand("a"), Operand("b")],
        "a * b; of bools the conjunction.",
        arithmetic,
        |t, a| {
            let ty = result_type(t, a, arithmetic)?;
            if ty.dtype().is_some_and(DType::is_float) {
                return Ok(of_floats(&ty, zip(&factor(t, &ty, value(&a[0])?), &factor(t, &ty, value(&a[1])?), |x, y| x * y)?));
            }
            zip_kinds(t, a, arithmetic, |x, y| x * y, i128::wrapping_mul)
        },
        work::stream,
    ),
    op!(
        "div",
        Elementwise,
        [Operand("a"), Operand("b")],
        "True division, in floats.",
        division,
        |t, a| {
            let ty = result_type(t, a, division)?;
            let (x, y) = (factor(t, &ty, value(&a[0])?), factor(t, &ty, value(&a[1])?));
            if ty.is_weak() && y.iter().any(|&y| y == 0.0) {
                return refuse("Python refuses to divide by zero");
            }
            Ok(of_floats(&ty, zip(&x, &y, |x, y| x / y)?))
        },
        work::division,
    ),
    op!(
        "floor_div",
        Elementwise,
        [Operand("a"), Operand("b")],
        "The quotient rounded down.",
        whole_division,
        |t, a| integer_division(t, a, floor_div_float, |x, y| x.div_euclid(y) - i128::from(y < 0 && x.rem_euclid(y) != 0)),
        work::division,
    ),
    op!(
        "rem",
        Elementwise,
        [Operand("a"), Operand("b")],
        "The remainder with the sign of the divisor.",
        whole_division,
        |t, a| integer_division(t, a, if t == Target::Torch { torch_rem_float } else { floor_rem_float }, |x, y| ((x % y) + y) % y),
        work::division,
    ),
    op!(
        "trunc_div",
        Elementwise,
        [Operand("a"), Operand("b")],
        "The quotient rounded towards zero.",
        whole_division,
        |t, a| {
            let quotient = integer_division(t, a, |x, y| x / y, |x, y| x / y)?;
            let ty = quotient.ty();
            // The quotient is rounded to its dtype before it is cut.
            Ok(if ty.dtype().is_some_and(DType::is_float) { of_floats(&ty, quotient.to_f64().mapv_into(f64::trunc)) } else { quotient })
        },
        work::division,
    ),
    op!(
        "trunc_rem",
        Elementwise,
        [Operand("a"), Operand("b")],
        "The remainder with the sign of the dividend.",
        whole_division,
        |t, a| integer_division(t, a, |x, y| x % y, |x, y| x % y),
        work::division,
    ),
    op!(
        "pow",
        Elementwise,
        [Operand("a"), Operand("b")],
        "a to the power of b; negative powers of integers are refused.",
        power,
        |t, a| {
            let ty = result_type(t, a, power)?;
            if ty.dtype().is_some_and(DType::is_float) {
                let powers = zip_floats(t, a, power, f64::powf)?;
                // Python's own power of floats raises where it has no finite value, or is complex.
                let finite = |v: &Value| v.to_f64().iter().all(|x| x.is_finite());
                if ty.is_weak() && finite(value(&a[0])?) && finite(value(&a[1])?) && !finite(&powers) {
                    return refuse("a power out of the domain");
                }
                return Ok(powers);
            }
            let (v, w) = (value(&a[0])?, value(&a[1])?);
            let powers = zip(&fitting(t, &ty, v)?, &fitting(t, &ty, w)?, |x, y| (*x, *y))?;
            let refuses = t != Target::Torch || w.ty().is_weak();
            if refuses && powers.iter().any(|(_, y)| *y < 0) {
                return refuse("integers to negative powers are refused");
            }
            Ok(of_ints(&ty, powers.mapv(|(x, y)| integer_power(x, y))))
        },
        work::transcendental,
    ),
    float!("atan2", "The angle of the point (b, a).", transcendental, f64::atan2),
    float!("hypot", "sqrt(a² + b²) without overflow.", transcendental, f64::hypot),
    float!("logaddexp", "log(exp(a) + exp(b)) without overflow.", transcendental, |x, y| {
        if x == y {
            x + std::f64::consts::LN_2
        } else {
            x.max(y) + (-(x - y).abs()).exp().ln_1p() + if x.is_nan() || y.is_nan() { f64::NAN } else { 0.0 }
        }
    }),
    number!("maximum", "The larger; NaN if either is.", extreme, |x, y| if x >= y || x.is_nan() { x } else { y }, i128::max, stream),
    number!("minimum", "The smaller; NaN if either is.", extreme, |x, y| if x <= y || x.is_nan() { x } else { y }, i128::min, stream),
    number!("fmax", "The larger; NaN only if both are.", extreme, |x, y| if x >= y || y.is_nan() { x } else { y }, i128::max, stream),
    number!("fmin", "The smaller; NaN only if both are.", extreme, |x, y| if x <= y || y.is_nan() { x } else { y }, i128::min, stream),
    float!("copysign", "The magnitude of a with the sign of b.", stream, f64::copysign),
    op!(
        "heaviside",
        Elementwise,
        [Operand("a"), Operand("b")],
        "0 below zero, 1 above, b at zero; of NaN NaN, in PyTorch 0.",
        step,
        |t, a| zip_floats(t, a, step, if t == Target::Torch { torch_heaviside } else { heaviside }),
        work::stream,
    ),
    number!("bit_and", "Bits of both.", bitwise, |x, _| x, |x, y| x & y, stream),
    number!("bit_or", "Bits of either.", bitwise, |x, _| x, |x, y| x | y, stream),
    number!("bit_xor", "Bits of one but not both.", bitwise, |x, _| x, |x, y| x ^ y, stream),
    op!(
        "shl",
        Elementwise,
        [Operand("a"), Operand("b")],
        "Bits moved up.",
        bitwise,
        |t, a| shift(t, a, |x, y| if (0..64).contains(&y) { x << y } else { 0 }),
        work::stream,
    ),
    op!(
        "shr",
        Elementwise,
        [Operand("a"), Operand("b")],
        "Bits moved down, the sign kept.",
        bitwise,
        |t, a| shift(t, a, |x, y| if (0..64).contains(&y) { x >> y } else { x.signum().min(0) }),
        work::stream,
    ),
    comparison!("eq", "Equal; NaN equals nothing.", eq),
    comparison!("ne", "Not equal.", ne),
    comparison!("lt", "Less.", lt),
    comparison!("le", "Less or equal.", le),
    comparison!("gt", "Greater.", gt),
    comparison!("ge", "Greater or equal.", ge),
];

fn step(target: Target, args: &[Arg]) -> Inferred {
    infer::alike(target, args)?;
    float_promoted(target, args)
}

fn heaviside(x: f64, y: f64) -> f64 {
    if x.is_nan() { x } else { torch_heaviside(x, y) }
}

fn torch_heaviside(x: f64, y: f64) -> f64 {
    if x == 0.0 { y } else { f64::from(u8::from(x > 0.0)) }
}

/// PyTorch takes no Python number for either.
fn extreme(target: Target, args: &[Arg]) -> Inferred {
    infer::tensors(target, args)?;
    promoted(target, args)
}

/// Python refuses to move its own integers by a negative count.
fn shift(target: Target, args: &[EvalArg], f: fn(i128, i128) -> i128) -> Evaluated {
    let ty = result_type(target, args, bitwise)?;
    if ty.is_weak() && super::eval::ints(value(&args[1])?).iter().any(|&y| y < 0) {
        return refuse("negative shift count");
    }
    zip_kinds(target, args, bitwise, |x, _| x, f)
}

/// NumPy gives zero for integers divided by zero; Python, PyTorch and Rust refuse.
fn integer_division(target: Target, args: &[EvalArg], f: fn(f64, f64) -> f64, g: fn(i128, i128) -> i128) -> Evaluated {
    let ty = result_type(target, args, whole_division)?;
    if ty.dtype().is_some_and(DType::is_float) {
        if ty.is_weak() && value(&args[1])?.to_f64().iter().any(|&y| y == 0.0) {
            return refuse("Python refuses to divide by zero");
        }
        return zip_floats(target, args, whole_division, f);
    }
    let (x, y) = (fitting(target, &ty, value(&args[0])?)?, fitting(target, &ty, value(&args[1])?)?);
    let pairs = zip(&x, &y, |x, y| (*x, *y))?;
    if (target != Target::Numpy || ty.is_weak()) && pairs.iter().any(|(_, y)| *y == 0) {
        return refuse("an integer divided by zero");
    }
    Ok(of_ints(&ty, pairs.mapv(|(x, y)| if y == 0 { 0 } else { g(x, y) })))
}

/// Python's float remainder: `fmod` moved to the sign of the divisor.
fn floor_rem_float(x: f64, y: f64) -> f64 {
    let r = x % y;
    if r == 0.0 {
        0.0_f64.copysign(y)
    } else if (r < 0.0) != (y < 0.0) {
        r + y
    } else {
        r
    }
}

/// PyTorch's: a zero keeps the sign of the dividend.
fn torch_rem_float(x: f64, y: f64) -> f64 {
    let r = x % y;
    if r == 0.0 { r } else { floor_rem_float(x, y) }
}

fn floor_div_float(x: f64, y: f64) -> f64 {
    if y == 0.0 {
        return x / y;
    }
    let r = x % y;
    let mut q = (x - r) / y;
    if r != 0.0 && (r < 0.0) != (y < 0.0) {
        q -= 1.0;
    }
    if q == 0.0 {
        return 0.0_f64.copysign(x / y);
    }
    let f = q.floor();
    if q - f > 0.5 { f + 1.0 } else { f }
}

/// A negative power is what PyTorch's tensors give: the reciprocal towards zero.
fn integer_power(base: i128, exponent: i128) -> i128 {
    if exponent < 0 {
        return match base {
            1 => 1,
            -1 if exponent % 2 == 0 => 1,
            -1 => -1,
            _ => 0,
        };
    }
    let (mut result, mut base, mut exponent) = (1i128, base, exponent);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    result
}

/// Rust's `powi` has an `i32` exponent, its integers' `pow` a `u32`: the exponent's type as if it were of the base's dtype.
fn rust_exponent(target: Target, args: &[Arg]) -> Option<Type> {
    let (base, exponent) = (args[0].ty(), args[1].ty());
    let own = match base.dtype()? {
        d if d.is_float() => DType::I32,
        _ => DType::U32,
    };
    (target == Target::Rust && exponent.dtype() == Some(own) && !exponent.is_weak()).then(|| exponent.with_dtype(base.dtype()))
}

/// Python's `2 ** -1` is a float, which the type does not say: a weak power of integers is refused unless its exponent is a
/// known natural number. NumPy's power of bools is `int8`.
fn power(target: Target, args: &[Arg]) -> Inferred {
    let ty = match rust_exponent(target, args) {
        Some(exponent) => infer::arithmetic(target, &[args[0], Arg::Value(&exponent, None)])?,
        None => infer::arithmetic(target, args)?,
    };
    match ty.dtype() {
        Some(DType::Bool) if target == Target::Numpy => Ok(ty.with_dtype(Some(DType::I8))),
        Some(DType::Bool) if target == Target::Torch => infer::refuse("a power of bools"),
        Some(d) if ty.is_weak() && !d.is_float() => match args[1] {
            Arg::Value(_, Some(c)) if c.as_f64() < 0.0 => infer::refuse("a negative power of Python integers"),
            Arg::Value(_, Some(_)) => Ok(Type::weak(DType::I64)),
            _ => infer::refuse("a power of Python integers with unknown exponent"),
        },
        _ => Ok(ty),
    }
}
