//! What each operator of ONNX means in terms, a family a file. A new operator is a new entry in one of the tables.

mod activation;
mod attention;
mod control;
mod einsum;
mod elementwise;
mod fused;
mod image;
mod indexing;
mod learned;
mod narrow;
mod network;
mod normalization;
mod padding;
mod projected;
mod quantization;
mod quantized;
mod quantized_lstm;
mod recurrent;
mod reduction;
mod repeat;
mod sequence;
mod shape;
mod signal;
mod terms;
mod training;
mod trees;

pub(super) use sequence::Piece;

use super::call::Call;
use super::lower::{Lowering, Part};
use crate::ir::{Attr, DType, Dim, Id};
use crate::model::Weight;

/// The values of a node's outputs, in order; `None` for one that is not there.
pub(super) type Lowered = Result<Vec<Option<Id>>, String>;

/// How a node becomes terms.
pub(super) type Lower = for<'a> fn(&mut Lowering<'a>, &Call<'a>) -> Lowered;

/// An operator's name and what it means.
type Entry = (&'static str, Lower);

static TABLES: &[&[Entry]] = &[
    activation::OPS,
    attention::OPS,
    control::OPS,
    elementwise::OPS,
    image::OPS,
    indexing::OPS,
    network::OPS,
    normalization::OPS,
    padding::OPS,
    quantization::OPS,
    recurrent::OPS,
    reduction::OPS,
    sequence::OPS,
    shape::OPS,
    signal::OPS,
    training::OPS,
];

/// What ONNX Runtime adds, most of it for what its optimizer puts together.
static MICROSOFT: &[&[Entry]] = &[fused::OPS, projected::OPS, quantized::OPS, quantized_lstm::OPS];

/// What models of scikit-learn and the like are made of.
static LEARNED: &[&[Entry]] = &[learned::OPS, trees::OPS];

/// What the operator of this name means.
pub(super) fn named(domain: &str, name: &str) -> Result<Lower, String> {
    let tables = match domain {
        "" | "ai.onnx" | "ai.onnx.preview.training" => TABLES,
        "com.microsoft" => MICROSOFT,
        "ai.onnx.ml" => LEARNED,
        _ => return Err(format!("operators of `{domain}` are not supported")),
    };
    let found = tables.iter().flat_map(|table| table.iter()).find(|(known, _)| *known == name).map(|(_, lower)| *lower);
    found.ok_or_else(|| "this operator is not supported".to_owned())
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

fn dtype(l: &Lowering, x: Id) -> Result<DType, String> {
    l.ty(x).dtype().ok_or_else(|| "its element type is not known".to_owned())
}

/// The lengths that a value's elements are, if all are known when the code is generated.
fn known(l: &Lowering, x: Id) -> Option<Vec<Dim>> {
    l.dims(x).filter(|dims| !dims.contains(&Dim::Unknown))
}

/// Integers as `i64`, which indices and shapes of one op must share.
fn whole(l: &mut Lowering, x: Id) -> Result<Id, String> {
    if l.ty(x).dtype() == Some(DType::I64) { Ok(x) } else { apply!(l, "cast", x, Attr::DType(DType::I64)) }
}

/// A list of integers.
fn list(l: &mut Lowering, elements: impl IntoIterator<Item = i64>) -> Id {
    let bytes: Vec<u8> = elements.into_iter().flat_map(i64::to_le_bytes).collect();
    l.constant(Weight { name: String::new(), dtype: DType::I64, shape: vec![bytes.len() / 8], bytes: bytes.into() })
}

/// A value of one element without axes.
fn scalar(l: &mut Lowering, x: Id) -> Result<Id, String> {
    if l.rank(x)? == 0 { Ok(x) } else { apply!(l, "reshape", x, Attr::Dims(Vec::new())) }
}

/// The length of an axis, as `i64`.
fn length(l: &mut Lowering, x: Id, axis: i64) -> Result<Id, String> {
    let axis = l.axis(x, axis)?;
    if let Some(n) = l.ty(x).shape().dims().and_then(|dims| dims[axis as usize].as_known()) {
        return Ok(l.scalar(DType::I64, n as f64));
    }
    let length = apply!(l, "dim", x, Attr::Int(axis))?;
    apply!(l, "cast", length, Attr::DType(DType::I64))
}

/// The places of an axis: 0, 1 and so on.
fn places(l: &mut Lowering, x: Id, axis: i64) -> Result<Id, String> {
    let (first, step) = (l.scalar(DType::I64, 0.0), l.scalar(DType::I64, 1.0));
    let count = length(l, x, axis)?;
    apply!(l, "arange", first, count, step)
}

/// A part of a tuple.
fn part(l: &mut Lowering, tuple: Id, i: i64) -> Result<Id, String> {
    apply!(l, "tuple_get", tuple, Attr::Int(i))
}
