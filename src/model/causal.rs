//! Attention that a program writes out with a mask of the places behind each, as one op.
//!
//! What a rule says of terms does not see what a mask holds; here it is read.

use super::copy::Copy;
use super::term::{Term, ty};
use super::{Model, Weight};
use crate::ir::{Attr, Dim, Id};

/// A score of at most this is that of a place that is not seen: the exponential of what is left is zero.
const UNSEEN: f64 = -1e9;

/// The parts of attention in which no place sees a later one.
struct Attention {
    q: Id,
    /// With keys in rows; or the old node with keys in columns and the axes that it permutes.
    k: Keys,
    v: Id,
    scale: f64,
}

enum Keys {
    Permuted(Id, Vec<i64>),
    Swapped(Id),
}

/// The model with `attention_causal` for what is that.
pub(super) fn recognized(model: Model) -> Model {
    let found: Vec<(Id, Attention)> =
        model.program.needed().1.into_iter().filter_map(|id| attention(&model, id).map(|parts| (id, parts))).collect();
    if found.is_empty() {
        return model;
    }
    let mut copy = Copy::new(&model);
    let written = copy.nodes(|copy, id| {
        let Some((_, parts)) = found.iter().find(|(at, _)| *at == id) else { return Ok(None) };
        let keys = match &parts.k {
            Keys::Permuted(x, axes) if axes.iter().enumerate().all(|(i, axis)| i as i64 == *axis) => copy.id(*x),
            Keys::Permuted(x, axes) => {
                let (x, axes) = (copy.id(*x), copy.attr(Attr::Ints(axes.clone())));
                copy.op("permute", &[x, axes])?
            }
            Keys::Swapped(k) => {
                let rank = ty(copy.model, *k).rank().unwrap_or(2) as i64;
                let axes: Vec<i64> = (0..rank - 2).chain([rank - 1, rank - 2]).collect();
                let (k, axes) = (copy.id(*k), copy.attr(Attr::Ints(axes)));
                copy.op("permute", &[k, axes])?
            }
        };
        let (q, v, scale) = (copy.id(parts.q), copy.id(parts.v), copy.attr(Attr::float(parts.scale)));
        copy.op("attention_causal", &[q, keys, v, scale]).map(Some)
    });
    if written.is_err() {
        return model;
    }
    let roots = model.program.roots.iter().map(|root| copy.id(*root)).collect();
    let made = copy.builder.finish(model.name.clone(), model.inputs.clone(), model.outputs.clone(), roots);
    Model { classes: model.classes.clone(), metadata: model.metadata.clone(), files: model.files.clone(), ..made }
}

/// `softmax(where(hidden, -inf, q @ k.T * scale)) @ v` with a mask that hides the later places and no others.
fn attention(model: &Model, id: Id) -> Option<Attention> {
    let product = Term::of(model, id).filter(|term| term.name == "matmul")?;
    let weights = product.operand(0, "softmax")?;
    let rank = weights.rank(0).ok()? as i64;
    if !matches!(weights.attr(1).as_int(), Some(axis) if axis == -1 || axis == rank - 1) {
        return None;
    }
    let masked = Term::of(model, weights.args[0])?;
    let (scores, hidden) = match masked.name {
        "select" if masked.number(1).is_some_and(|n| n <= UNSEEN) => (masked.args[2], mask(model, masked.args[0], true)?),
        "select" if masked.number(2).is_some_and(|n| n <= UNSEEN) => (masked.args[1], mask(model, masked.args[0], false)?),
        _ => return None,
    };
    // The mask has a row for each query and a column for each key, and so has the product as many keys as queries.
    let lengths = ty(model, scores).shape().dims()?;
    let [.., rows, columns] = lengths else { return None };
    if !rows.same(columns) || !rows.same(&hidden) {
        return None;
    }
    let (scores, mut scale) = scaled(model, scores);
    let inner = Term::of(model, scores).filter(|term| term.name == "matmul")?;
    let (q, of_q) = scaled(model, inner.args[0]);
    scale *= of_q;
    let (k, of_k) = scaled(model, inner.args[1]);
    scale *= of_k;
    if scale <= 0.0 || ty(model, q).rank() != Some(rank as usize) || ty(model, product.args[1]).rank() != Some(rank as usize) {
        return None;
    }
    let k = match Term::of(model, k).filter(|term| term.name == "permute") {
        Some(term) => {
            let mut axes = term.ints(1).ok()?.to_vec();
            let last = axes.len();
            axes.swap(last - 2, last - 1);
            Keys::Permuted(term.args[0], axes)
        }
        None => Keys::Swapped(k),
    };
    Some(Attention { q, k, v: product.args[1], scale })
}

/// What is multiplied or divided by a number, and the factor.
fn scaled(model: &Model, id: Id) -> (Id, f64) {
    let Some(term) = Term::of(model, id) else { return (id, 1.0) };
    match (term.name, term.beside_number()) {
        ("mul", Some((x, factor))) => (x, factor),
        ("div", Some((x, by))) if term.number(1).is_some() => (x, 1.0 / by),
        _ => (id, 1.0),
    }
}

/// The number of places of a mask that is `hides` exactly for the columns behind each row; `None` if it is none.
fn mask(model: &Model, id: Id, hides: bool) -> Option<Dim> {
    if let Some(weight) = model.weight(id) {
        let size = triangle(weight, |element| (element != 0.0) == hides)?;
        return Some(Dim::known(size as i64));
    }
    let term = Term::of(model, id)?;
    match term.name {
        "logical_not" => mask(model, term.args[0], !hides),
        // `mask[:, :, :t, :t] == 0` of a triangle of ones.
        "eq" | "ne" => {
            let (x, number) = term.beside_number()?;
            let is_equal = term.name == "eq";
            let (weight, length) = corner(model, x)?;
            triangle(weight, |element| ((element == number) == is_equal) == hides)?;
            Some(length)
        }
        _ => {
            let (weight, length) = corner(model, id)?;
            triangle(weight, |element| (element != 0.0) == hides)?;
            Some(length)
        }
    }
}

/// The weight of which a value is the same number of first rows and columns, and that number.
fn corner(model: &Model, id: Id) -> Option<(&Weight, Dim)> {
    if let Some(weight) = model.weight(id) {
        return Some((weight, Dim::known(*weight.shape.last()? as i64)));
    }
    let (mut at, mut lengths) = (id, Vec::new());
    while let Some(term) = Term::of(model, at).filter(|term| term.name == "slice_within") {
        let [start] = term.dims(2).ok()? else { return None };
        let [stop] = term.dims(3).ok()? else { return None };
        if start.as_known() != Some(0) {
            return None;
        }
        lengths.push((term.axis(1, 0).ok()?, stop.clone()));
        at = term.args[0];
    }
    let weight = model.weight(at)?;
    let rank = weight.shape.len() as i64;
    let of = |axis: i64| lengths.iter().find(|(sliced, _)| *sliced == axis).map(|(_, length)| length.clone());
    let (rows, columns) = (of(rank - 2)?, of(rank - 1)?);
    (lengths.len() == 2 && rows.same(&columns)).then_some((weight, rows))
}

/// The side of a square, alike in all batches, in which `is_hidden` holds for the elements above the diagonal and for no others.
fn triangle(weight: &Weight, is_hidden: impl Fn(f64) -> bool) -> Option<usize> {
    let [.., rows, columns] = weight.shape[..] else { return None };
    if rows != columns || rows == 0 {
        return None;
    }
    let fits = |(i, element): (usize, f64)| is_hidden(element) == (i % columns > i / columns % rows);
    weight.to_f64().into_iter().enumerate().all(fits).then_some(rows)
}
