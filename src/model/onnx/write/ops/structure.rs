//! Arrays joined, repeated, picked from and sorted.

use super::attributes::{flag, int};
use super::{Entry, Term, Writer, emit, one};
use crate::ir::{Attr, DType, Node};

pub(super) static OPS: &[Entry] = &[
    ("concat", |w, t| {
        let operands = w.all(&t.args[1..])?;
        one(w.node("Concat", operands, [int("axis", t.int(0)?)]))
    }),
    ("stack", |w, t| {
        if let Some(shape) = super::shape::shape_of(w, t)? {
            return one(shape);
        }
        let axis = t.int(0)?;
        let place = w.list(&[axis]);
        let operands = w.all(&t.args[1..])?;
        let parts: Vec<String> = operands.into_iter().map(|x| emit!(w, "Unsqueeze", [x, place.clone()])).collect();
        one(w.node("Concat", parts, [int("axis", axis)]))
    }),
    ("take", |w, t| {
        let indices = indices(w, t, 1)?;
        if *t.attr(2) == Attr::None {
            let (x, line) = (w.value(t.args[0])?, w.list(&[-1]));
            let flat = emit!(w, "Reshape", [x, line]);
            return one(emit!(w, "Gather", [flat, indices], int("axis", 0)));
        }
        let x = w.value(t.args[0])?;
        one(emit!(w, "Gather", [x, indices], int("axis", t.axis(2, 0)?)))
    }),
    ("embedding", |w, t| {
        let (x, indices) = (w.value(t.args[0])?, indices(w, t, 1)?);
        one(emit!(w, "Gather", [x, indices], int("axis", 0)))
    }),
    ("tile", |w, t| {
        let reps = t.ints(1)?;
        let rank = t.rank(0)?;
        let mut x = w.value(t.args[0])?;
        if reps.len() > rank {
            let lead = w.list(&(0..(reps.len() - rank) as i64).collect::<Vec<_>>());
            x = emit!(w, "Unsqueeze", [x, lead]);
        }
        let missing = rank.saturating_sub(reps.len());
        let reps = w.list(&[vec![1; missing], reps.to_vec()].concat());
        one(emit!(w, "Tile", [x, reps]))
    }),
    ("tril", |w, t| triangle(w, t, false)),
    ("triu", |w, t| triangle(w, t, true)),
    ("sort", |w, t| one(sorted(w, t)?.swap_remove(0))),
    ("argsort", |w, t| one(sorted(w, t)?.swap_remove(1))),
    ("one_hot", |w, t| {
        let indices = w.value(t.args[0])?;
        let (depth, values) = (w.list(&[t.int(1)?]), w.list(&[0, 1]));
        one(emit!(w, "OneHot", [indices, depth, values], int("axis", -1)))
    }),
    ("top_k", |w, t| {
        let x = w.value(t.args[0])?;
        let k = match t.model.program.terms[t.args[1]] {
            Node::Const(c) => w.list(&[c.as_i64().unwrap_or(0)]),
            _ => {
                let (k, shape) = (w.value_as(t.args[1], DType::I64)?, w.list(&[1]));
                emit!(w, "Reshape", [k, shape])
            }
        };
        Ok(w.nodes("TopK", [x, k], 2, [int("axis", t.axis(2, 0)?), flag("largest", t.flag(3))]))
    }),
    ("diff", |w, t| {
        let (x, axis) = (w.value(t.args[0])?, w.list(&[t.axis(1, 0)?]));
        let (first, second, last, end) = (w.list(&[0]), w.list(&[1]), w.list(&[-1]), w.list(&[i64::MAX]));
        let before = emit!(w, "Slice", [x.clone(), first, last, axis.clone()]);
        let behind = emit!(w, "Slice", [x, second, end, axis]);
        one(emit!(w, "Sub", [behind, before]))
    }),
    ("roll", |w, t| {
        if *t.attr(2) == Attr::None {
            return Err("all elements in a line are not moved around".to_owned());
        }
        let (x, axis) = (w.value(t.args[0])?, t.axis(2, 0)?);
        let Some(n) = t.lengths(0)?[axis as usize].as_known().filter(|n| *n > 0) else { return Err("its length is not known".to_owned()) };
        let cut = n - t.int(1)?.rem_euclid(n);
        let (axes, first, cut, end) = (w.list(&[axis]), w.list(&[0]), w.list(&[cut]), w.list(&[n]));
        let before = emit!(w, "Slice", [x.clone(), first, cut.clone(), axes.clone()]);
        let behind = emit!(w, "Slice", [x, cut, end, axes]);
        one(emit!(w, "Concat", [behind, before], int("axis", axis)))
    }),
    ("reverse_sequence", |w, t| {
        let operands = [w.value(t.args[0])?, w.value_as(t.args[1], DType::I64)?];
        one(w.node("ReverseSequence", operands, [int("time_axis", t.int(2)?), int("batch_axis", t.int(3)?)]))
    }),
    ("pad_constant", |w, t| {
        // Pairs for the axes from the last on.
        let (rank, pairs) = (t.rank(0)?, t.ints(1)?);
        let mut pads = vec![0; 2 * rank];
        for (i, pair) in pairs.chunks_exact(2).enumerate().take(rank) {
            (pads[rank - 1 - i], pads[2 * rank - 1 - i]) = (pair[0], pair[1]);
        }
        let (x, pads, value) = (w.value(t.args[0])?, w.list(&pads), w.scalar(t.dtype(0)?, t.float(2)?));
        one(emit!(w, "Pad", [x, pads, value]))
    }),
    ("diag", |w, t| diagonal(w, t)),
    ("diag_embed", |w, t| diagonal(w, t)),
];

/// Indices in an element type that ONNX takes for them.
pub(super) fn indices<'m>(w: &mut Writer<'m>, t: &Term<'m>, i: usize) -> Result<String, String> {
    match t.dtype(i)? {
        DType::I32 => w.value(t.args[i]),
        _ => w.value_as(t.args[i], DType::I64),
    }
}

fn triangle<'m>(w: &mut Writer<'m>, t: &Term<'m>, upper: bool) -> super::Emitted {
    let (x, k) = (w.value(t.args[0])?, t.int(1)?);
    let k = if k == 0 { String::new() } else { w.scalar(DType::I64, k as f64) };
    one(emit!(w, "Trilu", [x, k], flag("upper", upper)))
}

/// The elements from the least on along an axis, and their places.
fn sorted<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<Vec<String>, String> {
    let (x, axis) = (w.value(t.args[0])?, t.axis(1, 0)?);
    let count = emit!(w, "Shape", [x.clone()], int("start", axis), int("end", axis + 1));
    Ok(w.nodes("TopK", [x, count], 2, [int("axis", axis), flag("largest", false)]))
}

/// The last axis on the diagonals of matrices: a row beside zeros, of which the places of the unit matrix remain.
fn diagonal<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> super::Emitted {
    let (x, rank, dtype) = (w.value(t.args[0])?, t.rank(0)? as i64, t.dtype(0)?);
    let (length, before) = (emit!(w, "Shape", [x.clone()], int("start", rank - 1), int("end", rank)), w.list(&[rank - 1]));
    let square = emit!(w, "Concat", [length.clone(), length], int("axis", 0));
    let units = emit!(w, "ConstantOfShape", [square]);
    let units = emit!(w, "EyeLike", [units]);
    let units = w.cast(units, DType::Bool);
    let (rows, zero) = (emit!(w, "Unsqueeze", [x, before]), w.scalar(dtype, 0.0));
    one(emit!(w, "Where", [units, rows, zero]))
}
