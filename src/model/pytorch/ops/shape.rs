//! Axes moved, merged and cut.

use super::{Body, Entry, Spelled, Term, spelled};
use crate::ir::Dim;

pub(super) static OPS: &[Entry] = &[
    ("reshape", reshape),
    ("slice", slice),
    ("slice_within", |b, t| {
        let (x, start, stop) = (b.receiver(t.args[0])?, b.length(&t.dims(2)?[0])?, b.length(&t.dims(3)?[0])?);
        spelled!("{x}[{}{start}:{stop}]", before(t.axis(1, 0)?))
    }),
    ("index", |b, t| spelled!("{}[{}{}]", b.receiver(t.args[0])?, before(t.axis(1, 0)?), t.int(2)?)),
];

/// What stands before an axis in an index.
fn before(axis: i64) -> String {
    ":, ".repeat(axis as usize)
}

/// A length that is not known is what the others leave.
fn reshape(b: &mut Body, t: &Term) -> Spelled {
    let dims = match t.ty().shape().dims() {
        Some(dims) if dims.iter().all(|dim| b.length(dim).is_ok()) => dims,
        _ => t.dims(1)?,
    };
    let mut lengths = Vec::new();
    for dim in dims {
        lengths.push(match dim {
            Dim::Unknown => "-1".to_owned(),
            dim => b.length(dim)?,
        });
    }
    if lengths.iter().filter(|length| *length == "-1").count() > 1 {
        return Err("more than one length is not known".to_owned());
    }
    let lengths = if lengths.is_empty() { "()".to_owned() } else { lengths.join(", ") };
    spelled!("{}.reshape({lengths})", b.receiver(t.args[0])?)
}

/// PyTorch's slices go forward alone.
fn slice(b: &mut Body, t: &Term) -> Spelled {
    let (axis, start, stop, step) = (t.axis(1, 0)?, t.int(2)?, t.int(3)?, t.int(4)?);
    let x = b.receiver(t.args[0])?;
    if step < 0 {
        return Err("a slice that goes backwards".to_owned());
    }
    let from = if start == 0 { String::new() } else { start.to_string() };
    let to = if stop == i64::MAX { String::new() } else { stop.to_string() };
    let by = if step == 1 { String::new() } else { format!(":{step}") };
    spelled!("{x}[{}{from}:{to}{by}]", before(axis))
}
