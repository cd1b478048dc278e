//! Axes moved, merged and cut.

use super::{Body, Entry, Spelled, Term, before, spelled};
use crate::ir::{Attr, Dim};

pub(super) static OPS: &[Entry] = &[
    ("reshape", reshape),
    // What reads a length takes it for a tensor, as it does any value.
    ("dim", |b, t| spelled!("torch.tensor({}.shape[{}])", b.receiver(t.args[0])?, t.axis(1, 0)?)),
    ("numel", |b, t| spelled!("torch.tensor({}.numel())", b.receiver(t.args[0])?)),
    ("reshape_to", |b, t| {
        b.helpers.insert("reshape_to");
        spelled!("reshape_to({}, {}, {})", b.tensor(t.args[0])?, b.tensor(t.args[1])?, super::boolean(t.flag(2)))
    }),
    ("transpose", |b, t| match t.rank(0)? {
        0 | 1 => Ok(Some(b.tensor(t.args[0])?)),
        2 => Ok(None),
        rank => spelled!("{}.permute({})", b.receiver(t.args[0])?, (0..rank).rev().map(|i| i.to_string()).collect::<Vec<_>>().join(", ")),
    }),
    ("squeeze", |b, t| match t.attr(1) {
        Attr::None => spelled!("{}.squeeze()", b.receiver(t.args[0])?),
        _ => Ok(None),
    }),
    ("expand_dims_at", |b, t| {
        b.helpers.insert("expand_dims_at");
        spelled!("expand_dims_at({}, {}.tolist())", b.tensor(t.args[0])?, b.receiver(t.args[1])?)
    }),
    ("squeeze_at", |b, t| spelled!("{}.squeeze(tuple({}.tolist()))", b.receiver(t.args[0])?, b.receiver(t.args[1])?)),
    ("expand_to", |b, t| {
        let (x, shape) = (b.receiver(t.args[0])?, b.receiver(t.args[1])?);
        spelled!("{x}.expand(torch.broadcast_shapes({x}.shape, tuple({shape}.tolist())))")
    }),
    ("tile_by", |b, t| spelled!("{}.tile({}.tolist())", b.receiver(t.args[0])?, b.receiver(t.args[1])?)),
    ("flip", |b, t| match t.attr(1) {
        Attr::None => spelled!("{}.flip({})", b.receiver(t.args[0])?, t.axes(1)?.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")),
        _ => Ok(None),
    }),
    ("slice", slice),
    ("slice_by", |b, t| {
        b.helpers.insert("slice_by");
        let operands = b.tensors(t.args)?;
        spelled!("slice_by({operands})")
    }),
    ("slice_within", |b, t| {
        let (start, stop) = (&t.dims(2)?[0], &t.dims(3)?[0]);
        let from = if start.as_known() == Some(0) { String::new() } else { b.length(start)? };
        spelled!("{}[{}{from}:{}]", b.receiver(t.args[0])?, before(t.axis(1, 0)?), b.length(stop)?)
    }),
    ("index", |b, t| spelled!("{}[{}{}]", b.receiver(t.args[0])?, before(t.axis(1, 0)?), t.int(2)?)),
    ("part", |b, t| {
        let (x, sizes) = (b.receiver(t.args[0])?, b.receiver(t.args[1])?);
        spelled!("{x}.split({sizes}.tolist(), dim={})[{}]", t.axis(2, 0)?, t.int(3)?)
    }),
    ("stack", |b, t| spelled!("torch.stack([{}], dim={})", b.tensors(&t.args[1..])?, t.int(0)?)),
    ("concat", |b, t| spelled!("torch.cat([{}], dim={})", b.tensors(&t.args[1..])?, t.int(0)?)),
];

/// A length that is not known is what the others leave.
fn reshape(b: &mut Body, t: &Term) -> Spelled {
    let dims = match t.ty().shape().dims() {
        Some(dims) if dims.iter().all(|dim| b.length(dim).is_ok()) => dims,
        _ => t.dims(1)?,
    };
    let lengths: Vec<String> = dims.iter().map(|dim| b.length(dim).unwrap_or_else(|_| "-1".to_owned())).collect();
    if lengths.iter().filter(|length| *length == "-1").count() > 1 {
        let unknown: Vec<String> = dims.iter().filter(|dim| b.length(dim).is_err()).map(Dim::to_string).collect();
        return Err(format!("its lengths {} are not known from the inputs", unknown.join(" and ")));
    }
    let lengths = if lengths.is_empty() { "()".to_owned() } else { lengths.join(", ") };
    spelled!("{}.reshape({lengths})", b.receiver(t.args[0])?)
}

/// PyTorch's slices go forward alone.
fn slice(b: &mut Body, t: &Term) -> Spelled {
    let (axis, start, stop, step) = (t.axis(1, 0)?, t.int(2)?, t.int(3)?, t.int(4)?);
    let x = b.receiver(t.args[0])?;
    if step < 0 {
        b.helpers.insert("backwards");
        return spelled!(
            "backwards({x}, {axis}, {start}, {}, {step})",
            if stop == i64::MIN { "None".to_owned() } else { stop.to_string() }
        );
    }
    let whole = b.lengths(t, 0)?[axis as usize].as_known().is_some_and(|length| stop >= length);
    let from = if start == 0 { String::new() } else { start.to_string() };
    let to = if whole || stop >= i64::from(i32::MAX) { String::new() } else { stop.to_string() };
    let by = if step == 1 { String::new() } else { format!(":{step}") };
    spelled!("{x}[{}{from}:{to}{by}]", before(axis))
}
