//! What each operator of ONNX means in terms, a family a file. A new operator is a new entry in one of the tables.

mod attention;
mod elementwise;
mod image;
mod network;
mod normalization;
mod quantization;
mod recurrent;
mod reduction;
mod shape;
mod signal;
mod terms;
mod training;

use super::call::Call;
use super::lower::{Lowering, Part};
use crate::ir::{Attr, Id};

/// The values of a node's outputs, in order; `None` for one that is not there.
pub(super) type Lowered = Result<Vec<Option<Id>>, String>;

/// How a node becomes terms.
pub(super) type Lower = for<'a> fn(&mut Lowering<'a>, &Call<'a>) -> Lowered;

/// An operator's name and what it means.
type Entry = (&'static str, Lower);

static TABLES: &[&[Entry]] = &[
    attention::OPS,
    elementwise::OPS,
    image::OPS,
    network::OPS,
    normalization::OPS,
    quantization::OPS,
    recurrent::OPS,
    reduction::OPS,
    shape::OPS,
    signal::OPS,
    training::OPS,
];

/// What the operator of this name means.
pub(super) fn named(name: &str) -> Option<Lower> {
    TABLES.iter().flat_map(|table| table.iter()).find(|(known, _)| *known == name).map(|(_, lower)| *lower)
}

/// One result.
fn one(id: Id) -> Lowered {
    Ok(vec![Some(id)])
}

/// `name(parts…)` as the one result.
macro_rules! apply {
    ($l:expr, $name:expr $(, $part:expr)* $(,)?) => {
        $l.op($name, [$($crate::model::onnx::lower::Part::from($part)),*])
    };
}
use apply;

fn ints(v: impl IntoIterator<Item = i64>) -> Attr {
    Attr::Ints(v.into_iter().collect())
}
