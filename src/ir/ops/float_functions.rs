//! Functions of each element that are computed in floats.

use std::f64::consts::LN_2;

use super::eval::{map, map_of};
use super::infer::{activation, float_unary};
use super::{op, work};
use crate::ir::value::round_to;
use crate::ir::{DType, OpDef, Param::Value, Target};

/// Above it, a number plus one is that number, and its double may overflow.
const HUGE: f64 = 1e150;

macro_rules! function {
    ($name:literal, $doc:literal, $work:ident, $f:expr) => {
        op!($name, Elementwise, [Value("x")], $doc, float_unary, |t, a| map(t, a, float_unary, $f), work::$work)
    };
}

macro_rules! activation {
    ($name:literal, $doc:literal, $work:ident, $f:expr) => {
        op!($name, Elementwise, [Value("x")], $doc, activation, |t, a| map(t, a, activation, $f), work::$work)
    };
}

pub(super) static OPS: &[OpDef] = &[
    function!("sqrt", "Square root; NaN below zero.", division, f64::sqrt),
    function!("rsqrt", "One over the square root.", division, |x| 1.0 / x.sqrt()),
    function!("cbrt", "Cube root.", transcendental, f64::cbrt),
    function!("exp", "e to the power of x.", transcendental, f64::exp),
    function!("exp2", "2 to the power of x.", transcendental, f64::exp2),
    function!("expm1", "exp(x) - 1, accurate near zero.", transcendental, f64::exp_m1),
    function!("log", "Natural logarithm.", transcendental, f64::ln),
    function!("log2", "Logarithm to base 2.", transcendental, f64::log2),
    function!("log10", "Logarithm to base 10.", transcendental, f64::log10),
    function!("log1p", "log(1 + x), accurate near zero.", transcendental, f64::ln_1p),
    function!("sin", "Sine.", transcendental, f64::sin),
    function!("cos", "Cosine.", transcendental, f64::cos),
    function!("tan", "Tangent.", transcendental, f64::tan),
    function!("asin", "Inverse sine.", transcendental, f64::asin),
    function!("acos", "Inverse cosine.", transcendental, f64::acos),
    function!("atan", "Inverse tangent.", transcendental, f64::atan),
    function!("sinh", "Hyperbolic sine.", transcendental, f64::sinh),
    function!("cosh", "Hyperbolic cosine.", transcendental, f64::cosh),
    function!("tanh", "Hyperbolic tangent.", transcendental, f64::tanh),
    function!("asinh", "Inverse hyperbolic sine.", transcendental, asinh),
    function!("acosh", "Inverse hyperbolic cosine.", transcendental, |x| if x > HUGE { x.ln() + LN_2 } else { x.acosh() }),
    function!("atanh", "Inverse hyperbolic tangent.", transcendental, |x| (0.5 * (2.0 * x.abs() / (1.0 - x.abs())).ln_1p()).copysign(x)),
    function!("to_radians", "Degrees to radians.", stream, |x| x * (std::f64::consts::PI / 180.0)),
    function!("to_degrees", "Radians to degrees.", stream, |x| x * (180.0 / std::f64::consts::PI)),
    function!("sigmoid", "1 / (1 + exp(-x)).", transcendental, sigmoid),
    activation!("log_sigmoid", "log(sigmoid(x)), without underflow.", transcendental, |x| -softplus(-x)),
    activation!("softplus", "log(1 + exp(x)), without overflow.", transcendental, softplus),
    function!("erf", "Error function.", transcendental, erf),
    function!("erfc", "1 - erf(x), accurate for large x.", transcendental, erfc),
    op!(
        "sinc",
        Elementwise,
        [Value("x")],
        "sin(pi x) / (pi x), 1 at zero.",
        float_unary,
        |t, a| map_of(t, a, float_unary, |dtype, x| {
            // PyTorch computes half precision in single.
            let single = t == Target::Torch && dtype != DType::F64;
            let y = round_to(if single { DType::F32 } else { dtype }, std::f64::consts::PI * x);
            if x == 0.0 { 1.0 } else { y.sin() / y }
        }),
        work::transcendental,
    ),
    activation!("gelu", "x times the normal distribution function.", transcendental, |x| 0.5
        * x
        * erfc(-x * std::f64::consts::FRAC_1_SQRT_2)),
    activation!("gelu_tanh", "GELU by its tanh approximation.", transcendental, |x| {
        let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x);
        0.5 * x * (1.0 + inner.tanh())
    }),
    activation!("silu", "x * sigmoid(x).", transcendental, |x| if x == f64::NEG_INFINITY { f64::NAN } else { x * sigmoid(x) }),
    activation!("mish", "x * tanh(softplus(x)).", transcendental, |x| x * softplus(x).tanh()),
    activation!("selu", "Scaled exponential linear unit.", transcendental, |x| {
        const ALPHA: f64 = 1.673_263_242_354_377_2;
        const SCALE: f64 = 1.050_700_987_355_480_5;
        SCALE * if x > 0.0 { x } else { ALPHA * x.exp_m1() }
    }),
    activation!("hardswish", "x * clip(x + 3, 0, 6) / 6.", stream, |x| x * (x + 3.0).clamp(0.0, 6.0) / 6.0),
    activation!("hardsigmoid", "clip(x + 3, 0, 6) / 6.", stream, |x| (x + 3.0).clamp(0.0, 6.0) / 6.0),
    function!("softsign", "x / (1 + |x|).", division, |x| x / (1.0 + x.abs())),
    function!("tanhshrink", "x - tanh(x).", transcendental, |x| x - x.tanh()),
];

fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p() + if x.is_nan() { x } else { 0.0 }
}

/// Keeps the sign of zero, which `f64::asinh` does too, and stays accurate for small magnitudes.
fn asinh(x: f64) -> f64 {
    let a = x.abs();
    let y = match a {
        _ if a < 1e-4 => a - a * a * a / 6.0,
        _ if a > HUGE => a.ln() + LN_2,
        _ => a.asinh(),
    };
    y.copysign(x)
}

/// W. J. Cody's rational approximations are what C libraries use; here the continued fraction and the series reach the
/// same 1e-15 with less text.
fn erf(x: f64) -> f64 {
    let a = x.abs();
    if a < 2.0 {
        // All terms are positive: nothing cancels.
        let (mut term, mut sum) = (a, a);
        for n in 1..80 {
            term *= 2.0 * a * a / (2.0 * f64::from(n) + 1.0);
            sum += term;
        }
        return (sum * (-a * a).exp() * std::f64::consts::FRAC_2_SQRT_PI).copysign(x);
    }
    if x.is_nan() { x } else { (1.0 - erfc_tail(a)).copysign(x) }
}

fn erfc(x: f64) -> f64 {
    if x.is_nan() {
        x
    } else if x < 1.5 {
        if x > -2.0 { 1.0 - erf(x) } else { 2.0 - erfc_tail(-x) }
    } else {
        erfc_tail(x)
    }
}

/// Lentz's continued fraction of erfc for x ≥ 1.5.
fn erfc_tail(x: f64) -> f64 {
    if x > 27.3 {
        return 0.0;
    }
    let mut fraction = x;
    for n in (1..200).rev() {
        fraction = x + f64::from(n) / 2.0 / fraction;
    }
    (-x * x).exp() / (fraction * std::f64::consts::PI.sqrt())
}
