//! Sequences and optional values, as far as it is known what they hold. A value of the file that is a sequence is a leaf that no op takes, of which
//! [`Lowering::sequences`] has the pieces; an optional one is the value itself, or none.

use super::{Call, Entry, Lowered, Lowering, apply, length, one};
use crate::ir::{Attr, DType, Dim, Id, Type};

/// A part of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model::onnx) enum Piece {
    /// One tensor.
    One(Id),
    /// What the rounds of a loop added, along a first axis.
    Rounds(Id),
    /// What the sequence is that a loop adds to.
    State(Id),
}

pub(super) static OPS: &[Entry] = &[
    ("SequenceEmpty", |l, _| one(l.sequence(Vec::new()))),
    ("SequenceConstruct", |l, call| {
        let parts = call.all()?.into_iter().map(Piece::One).collect();
        one(l.sequence(parts))
    }),
    ("SequenceInsert", |l, call| {
        let (mut pieces, x) = (pieces(l, call)?, call.input(1)?);
        let place = match call.optional(2) {
            Some(place) => found(l, place, pieces.len(), &pieces)?,
            None => pieces.len(),
        };
        pieces.insert(place, Piece::One(x));
        one(l.sequence(pieces))
    }),
    ("SequenceErase", |l, call| {
        let mut pieces = pieces(l, call)?;
        let place = match call.optional(1) {
            Some(place) => found(l, place, pieces.len().saturating_sub(1), &pieces)?,
            None => pieces.len().checked_sub(1).ok_or("the sequence is empty")?,
        };
        if place >= pieces.len() || !matches!(pieces[place], Piece::One(_)) {
            return Err(UNKNOWN.to_owned());
        }
        pieces.remove(place);
        one(l.sequence(pieces))
    }),
    ("SequenceAt", at),
    ("SequenceLength", |l, call| {
        let mut total = l.scalar(DType::I64, 0.0);
        for piece in pieces(l, call)? {
            let count = match piece {
                Piece::One(_) => l.scalar(DType::I64, 1.0),
                Piece::Rounds(all) => length(l, all, 0)?,
                Piece::State(_) => return Err(UNKNOWN.to_owned()),
            };
            total = l.add(total, count)?;
        }
        one(total)
    }),
    ("SplitToSequence", split),
    ("ConcatFromSequence", joined),
    ("Optional", |_, call| Ok(vec![call.optional(0)])),
    ("OptionalGetElement", |_, call| match call.optional(0) {
        Some(x) => one(x),
        None => Err("there is no value to get".to_owned()),
    }),
    ("OptionalHasElement", |l, call| one(l.scalar(DType::Bool, if call.optional(0).is_some() { 1.0 } else { 0.0 }))),
];

const UNKNOWN: &str = "how long the sequence is at this place is only known when the model runs, which is not supported";

impl Lowering<'_> {
    /// A sequence of these pieces.
    pub(in crate::model::onnx) fn sequence(&mut self, pieces: Vec<Piece>) -> Id {
        let id = self.model.bound("sequence", Type::Unknown);
        self.sequences.insert(id, pieces);
        id
    }
}

fn pieces(l: &Lowering, call: &Call) -> Result<Vec<Piece>, String> {
    l.sequences.get(&call.input(0)?).cloned().ok_or_else(|| "its operand is no sequence of which the length is known".to_owned())
}

/// The place that an index of a sequence means, `last` at most; all before it, or all behind it, must be single tensors.
fn found(l: &Lowering, index: Id, last: usize, pieces: &[Piece]) -> Result<usize, String> {
    let index = l.ints(index).and_then(|ints| ints.first().copied()).ok_or(UNKNOWN)?;
    let place = if index < 0 { index + pieces.len() as i64 } else { index };
    let place = usize::try_from(place).ok().filter(|place| *place <= last).ok_or_else(|| format!("the sequence has no place {index}"))?;
    let passed = if index < 0 { &pieces[place..] } else { &pieces[..place] };
    if passed.iter().all(|piece| matches!(piece, Piece::One(_))) { Ok(place) } else { Err(UNKNOWN.to_owned()) }
}

fn at<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let (pieces, index) = (pieces(l, call)?, call.input(1)?);
    if let [Piece::Rounds(all)] = pieces[..] {
        return one(apply!(l, "take", all, index, Attr::Int(0))?);
    }
    match pieces.get(found(l, index, pieces.len().saturating_sub(1), &pieces)?) {
        Some(Piece::One(x)) => one(*x),
        _ => Err(UNKNOWN.to_owned()),
    }
}

/// Parts along an axis: of given lengths, or all of one length, of which the last may be shorter.
fn split<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let x = call.input(0)?;
    let axis = l.axis(x, call.int("axis", 0))?;
    let total = l.length(x, axis as usize)?;
    let keeps = call.int("keepdims", 1) != 0 || call.optional(1).is_some();
    let lengths: Vec<i64> = match call.optional(1) {
        Some(split) if l.rank(split)? == 1 => l.ints(split).ok_or(UNKNOWN)?,
        split => {
            let each = split.map_or(Some(vec![1]), |split| l.ints(split)).and_then(|each| each.first().copied()).ok_or(UNKNOWN)?;
            if each < 1 {
                return Err(format!("parts of length {each}"));
            }
            (0..total).step_by(each as usize).map(|start| each.min(total - start)).collect()
        }
    };
    let (mut parts, mut start) = (Vec::new(), 0i64);
    for length in lengths {
        let stop = start.checked_add(length).filter(|stop| length >= 0 && *stop <= total).ok_or("its parts are longer than the axis")?;
        let mut part = l.slice(x, axis, start, stop, 1)?;
        if !keeps {
            let mut dims = l.axes_of(part)?;
            dims.remove(axis as usize);
            part = l.reshape(part, dims)?;
        }
        parts.push(Piece::One(part));
        start = stop;
    }
    one(l.sequence(parts))
}

/// All of a sequence along an axis, which is there already or new.
fn joined<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let pieces = pieces(l, call)?;
    let is_new = call.int("new_axis", 0) != 0;
    let mut parts = Vec::new();
    for piece in pieces {
        parts.push(match piece {
            Piece::One(x) => {
                let axis = place(l, x, call, 0)?;
                if is_new { apply!(l, "expand_dims", x, Attr::Int(axis))? } else { x }
            }
            Piece::Rounds(all) => along(l, all, call, is_new)?,
            Piece::State(_) => return Err(UNKNOWN.to_owned()),
        });
    }
    let first = *parts.first().ok_or("the sequence is empty")?;
    let axis = place(l, first, call, usize::from(is_new))?;
    if let [only] = parts[..] {
        return one(only);
    }
    let parts = parts.into_iter().map(super::Part::from);
    one(l.op("concat", std::iter::once(super::Part::from(Attr::Int(axis))).chain(parts))?)
}

/// The axis to join along, of a tensor that has `more` axes than those in the sequence.
fn place(l: &Lowering, x: Id, call: &Call, more: usize) -> Result<i64, String> {
    let rank = (l.rank(x)? + usize::from(call.int("new_axis", 0) != 0) - more) as i64;
    let axis = call.int("axis", 0);
    let axis = if axis < 0 { axis + rank } else { axis };
    if (0..rank).contains(&axis) { Ok(axis) } else { Err(format!("there is no axis {axis} of {rank}")) }
}

/// What rounds added, whose number is the first axis, along another.
fn along(l: &mut Lowering, all: Id, call: &Call, is_new: bool) -> Result<Id, String> {
    let axis = place(l, all, call, 1)?;
    let rank = l.rank(all)? as i64;
    let order: Vec<i64> = (1..=axis).chain([0]).chain(axis + 1..rank).collect();
    let moved = l.permute(all, &order)?;
    if is_new {
        return Ok(moved);
    }
    let mut dims = l.axes_of(moved)?;
    let merged = dims[axis as usize].mul(&dims[axis as usize + 1]);
    dims[axis as usize] = if merged == Dim::Unknown { Dim::known(-1) } else { merged };
    dims.remove(axis as usize + 1);
    apply!(l, "reshape", moved, Attr::Dims(dims))
}
