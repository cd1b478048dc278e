//! Elements picked by indices, put where indices point, and found by what they are.

use super::attributes::{flag, int, word};
use super::structure::indices;
use super::{Emitted, Entry, Term, Writer, emit, one, ty};
use crate::ir::{DType, Dim, Node};
use crate::model::onnx::proto::AttributeProto;

pub(super) static OPS: &[Entry] = &[
    ("take_along_axis", |w, t| {
        let (x, places) = (w.value(t.args[0])?, indices(w, t, 1)?);
        one(emit!(w, "GatherElements", [x, places], int("axis", t.axis(2, 0)?)))
    }),
    ("gather_nd", |w, t| {
        let (x, places) = (w.value(t.args[0])?, w.value_as(t.args[1], DType::I64)?);
        one(emit!(w, "GatherND", [x, places], int("batch_dims", t.int(2)?)))
    }),
    ("scatter", |w, t| put(w, t, "ScatterElements", vec![int("axis", t.axis(3, 0)?)])),
    ("scatter_reduce", |w, t| put(w, t, "ScatterElements", vec![int("axis", t.axis(3, 0)?), word("reduction", t.word(4)?)])),
    ("scatter_nd", |w, t| put(w, t, "ScatterND", vec![])),
    ("scatter_nd_reduce", |w, t| put(w, t, "ScatterND", vec![word("reduction", t.word(3)?)])),
    ("tensor_scatter", |w, t| {
        let operands = [w.value(t.args[0])?, w.value(t.args[1])?, w.value_as(t.args[2], DType::I64)?];
        w.needs(24);
        let mode = word("mode", if t.flag(4) { "circular" } else { "linear" });
        one(w.node("TensorScatter", operands, [int("axis", t.axis(3, 0)?), mode]))
    }),
    ("nonzero", |w, t| w.same(t, "NonZero")),
    ("part", |w, t| {
        let (x, sizes, i) = (w.value(t.args[0])?, w.value_as(t.args[1], DType::I64)?, t.int(3)?);
        let count = ty(t.model, t.args[1]).shape().size().as_known().ok_or("how many parts there are is not known")?;
        let parts = w.nodes("Split", [x, sizes], usize::try_from(count).unwrap_or(0), [int("axis", t.axis(2, 0)?)]);
        one(usize::try_from(i).ok().and_then(|i| parts.get(i).cloned()).ok_or("there is no such part")?)
    }),
    ("compress", |w, t| {
        let operands = w.all(&t.args[..2])?;
        one(w.node("Compress", operands, [int("axis", t.axis(2, 0)?)]))
    }),
    ("unique", |w, t| {
        let x = w.value(t.args[0])?;
        Ok(w.nodes("Unique", [x], 4, [int("axis", t.axis(1, 0)?), flag("sorted", t.flag(2))]))
    }),
    ("non_max_suppression", |w, t| {
        let (boxes, scores, most) = (w.value(t.args[0])?, w.value(t.args[1])?, w.value_as(t.args[2], DType::I64)?);
        let (overlap, least) = (w.value_as(t.args[3], DType::F32)?, w.value_as(t.args[4], DType::F32)?);
        // Without a least score all boxes are looked at.
        let all = matches!(t.model.program.terms[t.args[4]], Node::Const(c) if c.as_f64() == f64::NEG_INFINITY);
        let least = if all { String::new() } else { least };
        one(emit!(w, "NonMaxSuppression", [boxes, scores, most, overlap, least], flag("center_point_box", t.flag(5))))
    }),
];

/// `(a, indices, updates)` with indices of `i64`.
fn put<'m>(w: &mut Writer<'m>, t: &Term<'m>, op: &str, attributes: Vec<AttributeProto>) -> Emitted {
    let operands = [w.value(t.args[0])?, w.value_as(t.args[1], DType::I64)?, w.value(t.args[2])?];
    let empty = ty(t.model, t.args[2]).shape().dims().is_some_and(|dims| dims.iter().any(|d| *d == Dim::known(0)));
    if empty {
        return one(operands[0].clone());
    }
    one(w.node(op, operands, attributes))
}
