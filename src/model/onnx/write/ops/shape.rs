//! Axes moved, merged and cut.

use super::attributes::{int, ints};
use super::{Emitted, Entry, Term, Writer, emit, one, ty};
use crate::ir::{Attr, DType, Dim};

pub(super) static OPS: &[Entry] = &[
    ("reshape", reshape),
    ("ravel", |w, t| {
        let (x, line) = (w.value(t.args[0])?, w.list(&[-1]));
        one(emit!(w, "Reshape", [x, line]))
    }),
    ("transpose", |w, t| w.same(t, "Transpose")),
    ("permute", |w, t| {
        let order = t.axes(1)?;
        transposed(w, t, &order)
    }),
    ("swap_axes", |w, t| {
        let (i, j) = (t.axis(1, 0)?, t.axis(2, 0)?);
        let mut order: Vec<i64> = (0..t.rank(0)? as i64).collect();
        order.swap(i as usize, j as usize);
        transposed(w, t, &order)
    }),
    ("expand_dims", expand_dims),
    ("squeeze", squeeze),
    ("broadcast_to", |w, t| {
        let (x, shape) = (w.value(t.args[0])?, w.shape(t.dims(1)?)?);
        one(emit!(w, "Expand", [x, shape]))
    }),
    ("index", |w, t| {
        let (x, place) = (w.value(t.args[0])?, w.scalar(DType::I64, t.int(2)? as f64));
        one(emit!(w, "Gather", [x, place], int("axis", t.axis(1, 0)?)))
    }),
    ("slice", slice),
    ("slice_within", |w, t| {
        let (x, start, stop) = (w.value(t.args[0])?, w.shape(t.dims(2)?)?, w.shape(t.dims(3)?)?);
        let axis = w.list(&[t.axis(1, 0)?]);
        one(emit!(w, "Slice", [x, start, stop, axis]))
    }),
    ("flip", |w, t| {
        let (x, axes) = (w.value(t.args[0])?, t.axes(1)?);
        let each = |i: i64| vec![i; axes.len()];
        let (last, end, back) = (w.list(&each(-1)), w.list(&each(i64::MIN)), w.list(&each(-1)));
        let axes = w.list(&axes);
        one(emit!(w, "Slice", [x, last, end, axes, back]))
    }),
    ("dim", |w, t| {
        let axis = t.axis(1, 0)?;
        let x = w.value(t.args[0])?;
        let length = emit!(w, "Shape", [x], int("start", axis), int("end", axis + 1));
        one(emit!(w, "Squeeze", [length]))
    }),
    ("numel", |w, t| w.same(t, "Size")),
];

fn transposed<'m>(w: &mut Writer<'m>, t: &Term<'m>, order: &[i64]) -> Emitted {
    let x = w.value(t.args[0])?;
    one(emit!(w, "Transpose", [x], ints("perm", order)))
}

/// One length that is no number can be left to the operator, and one that the operand has at the same place is taken from it.
fn reshape<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Emitted {
    if let Some(blocks) = blocks(w, t)? {
        return one(blocks);
    }
    // The importer says of a resized value how long it is.
    if let Some(resized) = t.operand(0, "resize")
        && super::image::resized_lengths(&resized).is_some_and(|own| crate::ir::Shape::Ranked(own).same(t.ty().shape()))
    {
        return one(w.value(t.args[0])?);
    }
    let (x, dims, own) = (w.value(t.args[0])?, t.dims(1)?, t.lengths(0)?);
    let kept = |(i, d): (usize, &Dim)| match d.as_known() {
        Some(n) => Some(n),
        None if own.get(i).is_some_and(|own| own.same(d)) => Some(0),
        None => None,
    };
    let lengths: Vec<Option<i64>> = dims.iter().enumerate().map(kept).collect();
    let is_left = |n: &Option<i64>| matches!(n, None | Some(-1));
    let empty = dims.iter().any(|d| d.as_known() == Some(0));
    let shape = if !empty && lengths.iter().filter(|n| is_left(n)).count() < 2 {
        w.list(&lengths.iter().map(|n| n.unwrap_or(-1)).collect::<Vec<_>>())
    } else {
        w.shape(dims)?
    };
    let zeros = empty.then(|| int("allowzero", 1));
    one(w.node("Reshape", [x, shape], zeros))
}

/// Axes that are added one after the other are added at once.
fn expand_dims<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Emitted {
    let mut chain = vec![*t];
    while let Some(inner) = chain[chain.len() - 1].operand(0, "expand_dims") {
        chain.push(inner);
    }
    let mut axes: Vec<i64> = Vec::new();
    for term in chain.iter().rev() {
        let (axis, places) = (term.int(1)?, term.rank(0)? as i64 + 1);
        let axis = if axis < 0 { axis + places } else { axis };
        axes.iter_mut().filter(|earlier| **earlier >= axis).for_each(|earlier| *earlier += 1);
        axes.push(axis);
    }
    axes.sort_unstable();
    let x = w.value(chain[chain.len() - 1].args[0])?;
    let axes = w.list(&axes);
    one(emit!(w, "Unsqueeze", [x, axes]))
}

/// Axes that are taken away one after the other are taken away at once.
fn squeeze<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Emitted {
    if *t.attr(1) == Attr::None {
        let x = w.value(t.args[0])?;
        return one(emit!(w, "Squeeze", [x]));
    }
    let mut chain = vec![*t];
    while let Some(inner) = chain[chain.len() - 1].operand(0, "squeeze").filter(|inner| *inner.attr(1) != Attr::None) {
        chain.push(inner);
    }
    let mut axes: Vec<i64> = Vec::new();
    for term in chain.iter().rev() {
        let axis = axes.iter().fold(term.axis(1, 0)?, |axis, gone| if *gone <= axis { axis + 1 } else { axis });
        axes.push(axis);
        axes.sort_unstable();
    }
    let x = w.value(chain[chain.len() - 1].args[0])?;
    let axes = w.list(&axes);
    one(emit!(w, "Squeeze", [x, axes]))
}

/// The part of its operand that a slice is, if it and others are all of an axis.
fn split<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<Option<String>, String> {
    let axis = t.axis(1, 0)?;
    let Some(length) = t.lengths(0)?[axis as usize].as_known() else { return Ok(None) };
    let range = |part: &Term| Some((part.int(2).ok()?, part.int(3).ok()?.min(length), part.id)).filter(|_| part.int(4) == Ok(1));
    let parts = w.readers(t.args[0]).into_iter().filter(|part| part.name == "slice" && part.axis(1, 0) == Ok(axis));
    let Some(mut ranges) = parts.map(|part| range(&part)).collect::<Option<Vec<_>>>() else { return Ok(None) };
    ranges.sort_unstable();
    let whole = ranges.len() > 1 && ranges[0].0 == 0 && ranges[ranges.len() - 1].1 == length;
    if !whole || ranges.windows(2).any(|pair| pair[0].1 != pair[1].0 || pair[0].0 >= pair[0].1) {
        return Ok(None);
    }
    let Some(own) = ranges.iter().position(|(_, _, id)| *id == t.id) else { return Ok(None) };
    let sizes: Vec<i64> = ranges.iter().map(|(start, stop, _)| stop - start).collect();
    let (x, sizes) = (w.value(t.args[0])?, w.list(&sizes));
    Ok(Some(w.nodes("Split", [x, sizes], ranges.len(), [int("axis", axis)]).swap_remove(own)))
}

/// Slices of several axes one after the other are one.
fn slice<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Emitted {
    if let Some(part) = split(w, t)? {
        return one(part);
    }
    let mut chain = vec![*t];
    let mut axes = vec![t.axis(1, 0)?];
    while let Some(inner) = w.own(&chain[chain.len() - 1], 0, "slice") {
        let axis = inner.axis(1, 0)?;
        if axes.contains(&axis) {
            break;
        }
        axes.push(axis);
        chain.push(inner);
    }
    chain.reverse();
    axes.reverse();
    let mut lists = [vec![], vec![], vec![]];
    for term in &chain {
        for (i, list) in lists.iter_mut().enumerate() {
            list.push(term.int(2 + i)?);
        }
    }
    let x = w.value(chain[0].args[0])?;
    let [starts, stops, steps] = lists;
    let plain = steps.iter().all(|step| *step == 1);
    let (starts, stops, axes) = (w.list(&starts), w.list(&stops), w.list(&axes));
    let steps = if plain { String::new() } else { w.list(&steps) };
    one(emit!(w, "Slice", [x, starts, stops, axes, steps]))
}

/// The axes of a value from one to another whose lengths `stack` puts together, if that is what its operands are.
pub(super) fn shape_of<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<Option<String>, String> {
    let mut found: Option<(crate::ir::Id, i64, i64)> = None;
    for i in 1..t.args.len() {
        let Some(length) = t.operand(i, "cast").and_then(|cast| cast.operand(0, "dim")) else { return Ok(None) };
        let (of, axis) = (length.args[0], length.axis(1, 0)?);
        found = match found {
            None => Some((of, axis, axis + 1)),
            Some((same, start, end)) if same == of && end == axis => Some((of, start, end + 1)),
            Some(_) => return Ok(None),
        };
    }
    let Some((of, start, end)) = found.filter(|_| t.ty().dtype() == Some(DType::I64)) else { return Ok(None) };
    let x = w.value(of)?;
    let whole = start == 0 && ty(t.model, of).rank() == usize::try_from(end).ok();
    let range = if whole { vec![] } else { vec![int("start", start), int("end", end)] };
    Ok(Some(w.node("Shape", [x], range)))
}

/// Channels as blocks of places, or blocks of places as channels, if that is what two reshapes around a permutation do.
fn blocks<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<Option<String>, String> {
    let Some(moved) = w.own(t, 0, "permute") else { return Ok(None) };
    let Some(split) = w.own(&moved, 0, "reshape").filter(|split| matches!(split.dtype(0), Ok(DType::F32 | DType::F64))) else {
        return Ok(None);
    };
    let (Ok([n, c, h, w_]), [s, ..]) = (split.lengths(0), split.dims(1)?) else { return Ok(None) };
    let (parts, result) = (split.dims(1)?, t.dims(1)?);
    if parts.len() != 6 || !s.same(n) {
        return Ok(None);
    }
    let (op, mode, b, expected, wanted) = match moved.axes(1)?[..] {
        [0, 3, 4, 1, 5, 2] => {
            let (b, d) = (&parts[1], &parts[3]);
            ("DepthToSpace", Some("DCR"), b, [n, b, b, d, h, w_], [n.clone(), d.clone(), h.mul(b), w_.mul(b)])
        }
        [0, 1, 4, 2, 5, 3] => {
            let (b, d) = (&parts[2], &parts[1]);
            ("DepthToSpace", Some("CRD"), b, [n, d, b, b, h, w_], [n.clone(), d.clone(), h.mul(b), w_.mul(b)])
        }
        [0, 3, 5, 1, 2, 4] => {
            let (b, r, q) = (&parts[3], &parts[2], &parts[4]);
            if !h.same(&r.mul(b)) || !w_.same(&q.mul(b)) {
                return Ok(None);
            }
            ("SpaceToDepth", None, b, [n, c, r, b, q, b], [n.clone(), c.mul(b).mul(b), r.clone(), q.clone()])
        }
        _ => return Ok(None),
    };
    let same = expected.iter().zip(parts).all(|(a, b)| a.same(b)) && wanted.iter().zip(result).all(|(a, b)| a.same(b));
    let Some(size) = b.as_known().filter(|_| same && result.len() == 4) else { return Ok(None) };
    let x = w.value(split.args[0])?;
    let attributes = std::iter::once(int("blocksize", size)).chain(mode.map(|mode| super::attributes::word("mode", mode)));
    Ok(Some(w.node(op, [x], attributes)))
}
