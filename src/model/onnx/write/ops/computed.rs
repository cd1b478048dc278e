//! Ops whose axes, shapes or places are operands.

use super::attributes::{flag, word};
use super::{Emitted, Entry, Term, Writer, emit, one};
use crate::ir::DType;

pub(super) static OPS: &[Entry] = &[
    ("reshape_to", |w, t| {
        let operands = whole(w, t, 1)?;
        one(w.node("Reshape", operands, t.flag(2).then(|| flag("allowzero", true))))
    }),
    ("expand_to", |w, t| beside(w, t, "Expand", 1)),
    ("tile_by", |w, t| beside(w, t, "Tile", 1)),
    ("slice_by", |w, t| beside(w, t, "Slice", 4)),
    ("expand_dims_at", |w, t| beside(w, t, "Unsqueeze", 1)),
    ("squeeze_at", |w, t| beside(w, t, "Squeeze", 1)),
    ("pad", |w, t| {
        let (x, value, pads) = (w.value(t.args[0])?, w.value(t.args[1])?, w.list(t.ints(2)?));
        padded(w, [x, pads, value, String::new()], t.word(3)?)
    }),
    ("pad_by", |w, t| {
        let (x, value) = (w.value(t.args[0])?, w.value(t.args[1])?);
        let (pads, axes) = (w.value_as(t.args[2], DType::I64)?, w.value_as(t.args[3], DType::I64)?);
        padded(w, [x, pads, value, axes], t.word(4)?)
    }),
];

/// An operand, and so many lists of integers.
fn whole<'m>(w: &mut Writer<'m>, t: &Term<'m>, lists: usize) -> Result<Vec<String>, String> {
    let mut operands = vec![w.value(t.args[0])?];
    for arg in &t.args[1..=lists] {
        operands.push(w.value_as(*arg, DType::I64)?);
    }
    Ok(operands)
}

fn beside<'m>(w: &mut Writer<'m>, t: &Term<'m>, op: &str, lists: usize) -> Emitted {
    let operands = whole(w, t, lists)?;
    one(w.node(op, operands, []))
}

/// Only constant padding has a value.
fn padded(w: &mut Writer, [x, pads, value, axes]: [String; 4], mode: &str) -> Emitted {
    let value = if mode == "constant" { value } else { String::new() };
    one(emit!(w, "Pad", [x, pads, value, axes], word("mode", mode)))
}
