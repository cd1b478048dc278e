//! Functions of each element that are several operators.

use super::{Entry, Term, Writer, emit, one};
use crate::ir::{DType, Narrow};

pub(super) static OPS: &[Entry] = &[
    ("cbrt", |w, t| {
        let (x, third) = (w.value(t.args[0])?, w.scalar(t.dtype(0)?, 1.0 / 3.0));
        let (sign, size) = (emit!(w, "Sign", [x.clone()]), emit!(w, "Abs", [x]));
        let root = emit!(w, "Pow", [size, third]);
        one(emit!(w, "Mul", [sign, root]))
    }),
    ("round_half_away", |w, t| {
        let (x, half) = (w.value(t.args[0])?, w.scalar(t.dtype(0)?, 0.5));
        let (sign, size) = (emit!(w, "Sign", [x.clone()]), emit!(w, "Abs", [x]));
        let moved = emit!(w, "Add", [size, half]);
        let whole = emit!(w, "Floor", [moved]);
        one(emit!(w, "Mul", [sign, whole]))
    }),
    ("round_digits", |w, t| {
        let narrow = Narrow::with_digits(t.int(1)?, t.int(2)?).ok_or("no type has so many digits")?;
        let (x, dtype) = (w.value(t.args[0])?, t.dtype(0)?);
        let rounded = w.cast_to_narrow(x, narrow);
        one(w.cast(rounded, dtype))
    }),
    ("hypot", |w, t| {
        let [a, b] = pair(w, t)?;
        let (a, b) = (emit!(w, "Mul", [a.clone(), a]), emit!(w, "Mul", [b.clone(), b]));
        let total = emit!(w, "Add", [a, b]);
        one(emit!(w, "Sqrt", [total]))
    }),
    ("logaddexp", |w, t| {
        let ([a, b], dtype) = (pair(w, t)?, t.ty().dtype().ok_or("its element type is not known")?);
        // Of two equal infinities there is no distance.
        let same = emit!(w, "Equal", [a.clone(), b.clone()]);
        let (most, apart) = (emit!(w, "Max", [a.clone(), b.clone()]), emit!(w, "Sub", [a, b]));
        let distance = emit!(w, "Abs", [apart]);
        let turned = emit!(w, "Neg", [distance]);
        let soft = emit!(w, "Softplus", [turned]);
        let log = w.scalar(dtype, std::f64::consts::LN_2);
        let more = emit!(w, "Where", [same, log, soft]);
        one(emit!(w, "Add", [most, more]))
    }),
    ("fmax", |w, t| known(w, t, "Max")),
    ("fmin", |w, t| known(w, t, "Min")),
    ("is_close", |w, t| {
        let ([a, b], dtype) = (pair(w, t)?, t.dtype(0)?);
        let (relative, absolute) = (w.scalar(dtype, t.float(2)?), w.scalar(dtype, t.float(3)?));
        let same = emit!(w, "Equal", [a.clone(), b.clone()]);
        let size = emit!(w, "Abs", [b.clone()]);
        let infinity = w.scalar(dtype, f64::INFINITY);
        let finite = emit!(w, "Less", [size.clone(), infinity]);
        let part = emit!(w, "Mul", [relative, size]);
        let allowed = emit!(w, "Add", [absolute, part]);
        let apart = emit!(w, "Sub", [a, b]);
        let distance = emit!(w, "Abs", [apart]);
        let near = emit!(w, "LessOrEqual", [distance, allowed]);
        let near = emit!(w, "And", [finite, near]);
        one(emit!(w, "Or", [same, near]))
    }),
];

fn pair<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<[String; 2], String> {
    w.together(&t.args[..2])?.try_into().map_err(|_| "expected two operands".to_owned())
}

/// Of two elements the one that is a number, or what an operator makes of two numbers.
fn known<'m>(w: &mut Writer<'m>, t: &Term<'m>, op: &str) -> super::Emitted {
    let [a, b] = pair(w, t)?;
    let both = emit!(w, op, [a.clone(), b.clone()]);
    if !t.ty().dtype().is_some_and(DType::is_float) {
        return one(both);
    }
    let (no_a, no_b) = (emit!(w, "IsNaN", [a.clone()]), emit!(w, "IsNaN", [b.clone()]));
    let first = emit!(w, "Where", [no_b, a, both]);
    one(emit!(w, "Where", [no_a, b, first]))
}
