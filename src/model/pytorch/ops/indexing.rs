//! Elements picked by indices, put where indices point, and found by what they are.

use super::{Body, Entry, Spelled, Term, before, boolean, spelled};
use crate::ir::{DType, Id};

pub(super) static OPS: &[Entry] = &[
    ("take", |b, t| {
        if *t.attr(2) == crate::ir::Attr::None {
            return Ok(None);
        }
        spelled!("{}[{}{}]", b.receiver(t.args[0])?, before(t.axis(2, 0)?), b.argument(t.args[1])?)
    }),
    ("take_along_axis", |b, t| {
        let axis = t.axis(2, 0)?;
        spelled!("torch.gather({}, {axis}, {})", b.tensor(t.args[0])?, places(b, t, axis)?)
    }),
    ("gather_nd", |b, t| {
        b.helpers.insert("gather_nd");
        spelled!("gather_nd({}, {}, {})", b.tensor(t.args[0])?, whole(b, t, 1)?, t.int(2)?)
    }),
    ("scatter", |b, t| {
        let axis = t.axis(3, 0)?;
        spelled!("torch.scatter({}, {axis}, {}, {})", b.tensor(t.args[0])?, places(b, t, axis)?, b.tensor(t.args[2])?)
    }),
    ("scatter_reduce", |b, t| {
        let axis = t.axis(3, 0)?;
        let (x, places, updates) = (b.tensor(t.args[0])?, places(b, t, axis)?, b.tensor(t.args[2])?);
        spelled!("torch.scatter_reduce({x}, {axis}, {places}, {updates}, \"{}\")", reduction(t.word(4)?)?)
    }),
    ("scatter_nd", |b, t| scatter_nd(b, t, None)),
    ("scatter_nd_reduce", |b, t| scatter_nd(b, t, Some(reduction(t.word(3)?)?))),
    ("nonzero", |b, t| spelled!("torch.nonzero({}).T", b.tensor(t.args[0])?)),
    ("compress", |b, t| {
        let (x, condition) = (b.receiver(t.args[0])?, b.tensor(t.args[1])?);
        spelled!("{x}.index_select({}, torch.nonzero({condition}).flatten())", t.axis(2, 0)?)
    }),
    ("top_k", |b, t| {
        let k = match b.literal(t.args[1]).and_then(|weight| weight.to_ints()).as_deref() {
            Some([k]) => k.to_string(),
            _ => match t.number(1) {
                Some(_) => b.argument(t.args[1])?,
                None => format!("int({})", b.tensor(t.args[1])?),
            },
        };
        let smallest = if t.flag(3) { "" } else { ", largest=False" };
        spelled!("torch.topk({}, {k}, dim={}{smallest})", b.tensor(t.args[0])?, t.axis(2, 0)?)
    }),
    ("one_hot", |b, t| spelled!("F.one_hot({}, {})", whole(b, t, 0)?, t.int(1)?)),
    ("reverse_sequence", |b, t| {
        b.helpers.insert("reverse_sequence");
        spelled!("reverse_sequence({}, {}, {}, {})", b.tensor(t.args[0])?, b.tensor(t.args[1])?, t.axis(2, 0)?, t.axis(3, 0)?)
    }),
    ("unique", |b, t| {
        b.helpers.insert("unique");
        spelled!("unique({}, {}, {})", b.tensor(t.args[0])?, t.axis(1, 0)?, boolean(t.flag(2)))
    }),
];

/// Indices of the type that functions of PyTorch take.
fn whole(b: &mut Body, t: &Term, at: usize) -> Result<String, String> {
    let id: Id = t.args[at];
    if t.dtype(at)? == DType::I64 { b.tensor(id) } else { Ok(format!("{}.long()", b.receiver(id)?)) }
}

/// Indices along an axis; functions of PyTorch take none that count from the end.
fn places(b: &mut Body, t: &Term, axis: i64) -> Result<String, String> {
    let from_end = match b.literal(t.args[1]).and_then(|weight| weight.to_ints()) {
        Some(known) => known.iter().any(|index| *index < 0),
        None => true,
    };
    let indices = whole(b, t, 1)?;
    if !from_end {
        return Ok(indices);
    }
    let length = b.lengths(t, 0)?[axis as usize].as_known();
    let length = match length {
        Some(length) => length.to_string(),
        None => format!("{}.shape[{axis}]", b.receiver(t.args[0])?),
    };
    Ok(format!("{} % {length}", super::receiver(indices)))
}

/// A reduction by PyTorch's name.
fn reduction(word: &str) -> Result<&'static str, String> {
    Ok(match word {
        "add" => "sum",
        "mul" => "prod",
        "max" => "amax",
        "min" => "amin",
        other => return Err(format!("an unknown reduction `{other}`")),
    })
}

fn scatter_nd(b: &mut Body, t: &Term, reduction: Option<&str>) -> Spelled {
    let (x, indices, updates) = (b.tensor(t.args[0])?, whole(b, t, 1)?, b.tensor(t.args[2])?);
    b.helpers.insert("scatter_nd");
    let reduction = reduction.map_or(String::new(), |word| format!(", \"{word}\""));
    spelled!("scatter_nd({x}, {indices}, {updates}{reduction})")
}
