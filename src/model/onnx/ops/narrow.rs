//! Numbers brought to element types that the IR has not, by ops on those that hold them.

use super::terms::Term;
use super::{Lowering, apply};
use crate::ir::{Attr, DType, Floats, Id, Narrow, Numbers};

/// The elements in a narrow type; a number beyond the largest float becomes that one, if it `saturates`.
pub(super) fn cast(l: &mut Lowering, x: Id, narrow: Narrow, saturates: bool) -> Term {
    match narrow.numbers() {
        Numbers::Integers(low, high) => wrapped(l, x, narrow.held_by(), (low, high)),
        Numbers::Floats(floats) => {
            let own = l.dtype(x)?;
            // A type that holds all numbers of the operand, so that they are rounded once.
            let wide = if matches!(own, DType::F16 | DType::BF16 | DType::F32) { DType::F32 } else { DType::F64 };
            let x = l.cast(x, wide)?;
            let y = rounded(l, x, floats, saturates)?;
            l.cast(y, DType::F32)
        }
    }
}

/// Integers of the lowest bits; of floats those of the integer towards zero.
fn wrapped(l: &mut Lowering, x: Id, held_by: DType, (low, high): (i8, i8)) -> Term {
    let is_float = l.dtype(x)?.is_float();
    let x = if is_float { l.cast(x, DType::I32)? } else { x };
    let x = l.cast(x, held_by)?;
    let bits = l.scalar(held_by, f64::from(high) - f64::from(low));
    let lowest = apply!(l, "bit_and", x, bits)?;
    if low == 0 {
        return Ok(lowest);
    }
    // The highest of the bits is the sign.
    let sign = l.scalar(held_by, -f64::from(low));
    let flipped = apply!(l, "bit_xor", lowest, sign)?;
    l.sub(flipped, sign)
}

/// Floats as the nearest of a narrow type.
pub(super) fn rounded(l: &mut Lowering, x: Id, floats: Floats, saturates: bool) -> Term {
    let dtype = l.dtype(x)?;
    let saturates = saturates || floats.beyond == floats.most;
    let (low, high) = (l.scalar(dtype, -floats.most), l.scalar(dtype, floats.most));
    let x = if saturates { apply!(l, "clip", x, low, high)? } else { x };
    let mut y = apply!(l, "round_digits", x, Attr::Int(floats.digits), Attr::Int(floats.lowest))?;
    if !saturates {
        for (question, bound, beyond) in [("gt", high, floats.beyond), ("lt", low, -floats.beyond)] {
            let (is_beyond, beyond) = (apply!(l, question, y, bound)?, l.scalar(dtype, beyond));
            y = apply!(l, "select", is_beyond, beyond, y)?;
        }
    }
    let zero = l.scalar(dtype, 0.0);
    if !floats.has_negative_zero {
        let is_zero = apply!(l, "eq", y, zero)?;
        y = apply!(l, "select", is_zero, zero, y)?;
    }
    // A type without NaN has no number for it; zero is one that it has.
    if floats.beyond == floats.most {
        let is_nan = apply!(l, "is_nan", y)?;
        y = apply!(l, "select", is_nan, zero, y)?;
    }
    Ok(y)
}
