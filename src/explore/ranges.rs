//! Bounds of an op's elements, from those of its operands: enough for `nonneg`, `positive` and `finite`.

use super::Facts;
use crate::ir::condition::Range;
use crate::ir::{Const, OpId, Type};

/// A constant is its own bound.
pub(super) fn of_constant(c: &Const) -> Range {
    let x = c.as_f64();
    if x.is_nan() { Range::UNKNOWN } else { Range { low: x, high: x, nan: false } }
}

/// Bounds of a value times itself.
pub(super) fn of_square(ty: &Type) -> Range {
    if ty.dtype().is_some_and(|d| d.is_float()) { Range { low: 0.0, high: f64::INFINITY, nan: true } } else { Range::UNKNOWN }
}

/// Bounds of an op's result. Only floats: what an integer's dtype says of it is known anyway, and overflow spoils the rest.
pub(super) fn of_op(op: OpId, args: &[&Facts], ty: &Type) -> Range {
    if !ty.dtype().is_some_and(|d| d.is_float()) {
        return Range::UNKNOWN;
    }
    let at = |i: usize| args.get(i).map_or(Range::UNKNOWN, |a| a.range);
    let within = |low: f64, high: f64| Range { low, high, nan: true };
    match op.def().name {
        "abs" | "square" | "exp" | "exp2" | "softplus" | "hypot" | "l1_norm" | "l2_norm" | "max_norm" | "fro_norm" | "var" | "std" => {
            within(0.0, f64::INFINITY)
        }
        "ones" | "ones_like" => Range { low: 1.0, high: 1.0, nan: false },
        "zeros" | "zeros_like" => Range { low: 0.0, high: 0.0, nan: false },
        "pow" if even(at(1)) => within(0.0, f64::INFINITY),
        "cosh" => within(1.0, f64::INFINITY),
        "sigmoid" | "softmax" => within(0.0, 1.0),
        "tanh" | "sin" | "cos" | "erf" => within(-1.0, 1.0),
        "mul" if nonnegative(at(0)) && nonnegative(at(1)) => within(at(0).low * at(1).low, f64::INFINITY),
        "add" if nonnegative(at(0)) && nonnegative(at(1)) => within(at(0).low + at(1).low, f64::INFINITY),
        "sqrt" if nonnegative(at(0)) => within(at(0).low.sqrt(), f64::INFINITY),
        "sum" | "mean" | "max" | "min" | "prod" if nonnegative(at(0)) => within(0.0, f64::INFINITY),
        "maximum" => {
            let low = at(0).low.max(at(1).low);
            within(if low == 0.0 { -0.0 } else { low }, f64::INFINITY)
        }
        "transpose" | "permute" | "swap_axes" | "reshape" | "ravel" | "index" | "slice" | "flip" | "expand_dims" | "squeeze" | "copy" => {
            at(0)
        }
        _ => Range::UNKNOWN,
    }
}

/// An exponent that is known to be an even number.
fn even(range: Range) -> bool {
    range.low == range.high && range.low % 2.0 == 0.0
}

fn nonnegative(range: Range) -> bool {
    range.low.total_cmp(&0.0).is_ge()
}
