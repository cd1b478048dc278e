use super::{Call, Entry, Lowered, Lowering, apply, dtype, ints, length, list, one, part, places, scalar, whole};
use crate::ir::{Attr, DType, Dim, Id, Node};

pub(super) static OPS: &[Entry] = &[
    ("Compress", |l, call| {
        let (x, condition) = (call.input(0)?, call.input(1)?);
        let (x, axis) = lined_up(l, call, x)?;
        one(apply!(l, "compress", x, condition, Attr::Int(axis))?)
    }),
    ("Gather", |l, call| {
        let x = call.input(0)?;
        let axis = l.axis(x, call.int("axis", 0))?;
        let index = call.input(1)?;
        match picked(l, x, index)? {
            Some(picked) => one(picked),
            None => one(apply!(l, "take", x, index, Attr::Int(axis))?),
        }
    }),
    ("GatherElements", |l, call| {
        let x = call.input(0)?;
        let axis = l.axis(x, call.int("axis", 0))?;
        one(apply!(l, "take_along_axis", x, call.input(1)?, Attr::Int(axis))?)
    }),
    ("GatherND", |l, call| one(apply!(l, "gather_nd", call.input(0)?, call.input(1)?, Attr::Int(call.int("batch_dims", 0)))?)),
    ("NonMaxSuppression", |l, call| {
        let (boxes, scores) = (call.input(0)?, call.input(1)?);
        let dtype = dtype(l, boxes)?;
        let most = call.optional(2).unwrap_or_else(|| l.scalar(DType::I64, 0.0));
        let overlap = call.optional(3).unwrap_or_else(|| l.scalar(dtype, 0.0));
        let least = call.optional(4).unwrap_or_else(|| l.scalar(dtype, f64::NEG_INFINITY));
        let centered = Attr::Bool(call.int("center_point_box", 0) != 0);
        one(apply!(l, "non_max_suppression", boxes, scores, most, overlap, least, centered)?)
    }),
    ("NonZero", |l, call| one(apply!(l, "nonzero", call.input(0)?)?)),
    ("OneHot", one_hot),
    ("ReverseSequence", |l, call| {
        let (x, lengths) = (call.input(0)?, call.input(1)?);
        let (time, batch) = (l.axis(x, call.int("time_axis", 0))?, l.axis(x, call.int("batch_axis", 1))?);
        one(apply!(l, "reverse_sequence", x, lengths, Attr::Int(time), Attr::Int(batch))?)
    }),
    ("Scatter", scatter),
    ("ScatterElements", scatter),
    ("ScatterND", |l, call| {
        let [x, indices, updates] = [call.input(0)?, call.input(1)?, call.input(2)?];
        match reduction(call) {
            None => one(apply!(l, "scatter_nd", x, indices, updates)?),
            Some(reduction) => one(apply!(l, "scatter_nd_reduce", x, indices, updates, reduction)?),
        }
    }),
    ("Slice", slice),
    ("Split", split),
    ("TensorScatter", |l, call| {
        let (x, updates) = (call.input(0)?, call.input(1)?);
        let starts = match call.optional(2) {
            Some(starts) => starts,
            None => {
                let n = l.ty(x).shape().dims().and_then(|dims| dims.first()?.as_known()).ok_or("the number of batches is not known")?;
                list(l, (0..n).map(|_| 0))
            }
        };
        let axis = l.axis(x, call.int("axis", -2))?;
        let circular = Attr::Bool(call.string("mode").as_deref() == Some("circular"));
        one(apply!(l, "tensor_scatter", x, updates, starts, Attr::Int(axis), circular)?)
    }),
    ("TopK", |l, call| {
        let x = call.input(0)?;
        let k = match (call.optional(1), call.attribute("k")) {
            (Some(k), _) => scalar(l, k)?,
            (None, Some(k)) => l.scalar(DType::I64, k.i() as f64),
            (None, None) => return Err("its k is missing".to_owned()),
        };
        let axis = l.axis(x, call.int("axis", -1))?;
        let found = apply!(l, "top_k", x, k, Attr::Int(axis), Attr::Bool(call.int("largest", 1) != 0))?;
        Ok(vec![Some(part(l, found, 0)?), Some(part(l, found, 1)?)])
    }),
    ("Trilu", trilu),
    ("Unique", |l, call| {
        let x = call.input(0)?;
        let (x, axis) = lined_up(l, call, x)?;
        let found = apply!(l, "unique", x, Attr::Int(axis), Attr::Bool(call.int("sorted", 1) != 0))?;
        (0..call.node.output.len() as i64).map(|i| part(l, found, i).map(Some)).collect()
    }),
];

/// The lengths that an index picks of a shape, which then need not be put together.
fn picked(l: &mut Lowering, shape: Id, index: Id) -> Result<Option<Id>, String> {
    let Node::Op(op, lengths) = l.model.terms.node(shape).clone() else { return Ok(None) };
    let (Some(&[i]), "stack", Some(rank)) = (l.ints(index).as_deref(), op.def().name, l.ty(index).rank()) else { return Ok(None) };
    let lengths = &lengths[1..];
    let i = if i < 0 { i + lengths.len() as i64 } else { i };
    match usize::try_from(i).ok().and_then(|i| lengths.get(i)).filter(|length| l.ty(**length).rank() == Some(0)) {
        Some(length) if rank == 0 => Ok(Some(*length)),
        Some(length) if rank == 1 => Ok(Some(apply!(l, "stack", Attr::Int(0), *length)?)),
        _ => Ok(None),
    }
}

/// The operand and its axis; without one all elements in a line.
fn lined_up<'a>(l: &mut Lowering<'a>, call: &Call<'a>, x: Id) -> Result<(Id, i64), String> {
    match call.attribute("axis") {
        Some(axis) => Ok((x, l.axis(x, axis.i())?)),
        None => Ok((apply!(l, "ravel", x)?, 0)),
    }
}

/// What is done with updates besides replacing.
fn reduction(call: &Call) -> Option<Attr> {
    call.string("reduction").filter(|name| name != "none").map(Attr::Str)
}

fn scatter<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let [x, indices, updates] = [call.input(0)?, call.input(1)?, call.input(2)?];
    let axis = Attr::Int(l.axis(x, call.int("axis", 0))?);
    match reduction(call) {
        None => one(apply!(l, "scatter", x, indices, updates, axis)?),
        Some(reduction) => one(apply!(l, "scatter_reduce", x, indices, updates, axis, reduction)?),
    }
}

/// One value where the place on a new axis is the index, another elsewhere.
fn one_hot<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let [indices, depth, values] = [call.input(0)?, call.input(1)?, call.input(2)?];
    let (indices, depth) = (whole(l, indices)?, whole(l, depth)?);
    let depth = scalar(l, depth)?;
    let [zero, unit] = [0.0, 1.0].map(|v| l.scalar(DType::I64, v));
    let behind = apply!(l, "lt", indices, zero)?;
    let counted = apply!(l, "add", indices, depth)?;
    let indices = apply!(l, "select", behind, counted, indices)?;
    let rank = l.rank(indices)? as i64;
    let axis = call.int("axis", -1);
    let axis = if axis < 0 { axis + rank + 1 } else { axis };
    let indices = apply!(l, "expand_dims", indices, Attr::Int(axis))?;
    let mut places = apply!(l, "arange", zero, depth, unit)?;
    for last in 1..=rank - axis {
        places = apply!(l, "expand_dims", places, Attr::Int(last))?;
    }
    let hit = apply!(l, "eq", indices, places)?;
    let (off, on) = (apply!(l, "take", values, zero, Attr::Int(0))?, apply!(l, "take", values, unit, Attr::Int(0))?);
    one(apply!(l, "select", hit, on, off)?)
}

/// Where the diagonal is computed, the column's place is compared with the row's.
fn trilu<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let x = call.input(0)?;
    let upper = call.int("upper", 1) != 0;
    let k = match call.optional(1) {
        None => Some(0),
        Some(id) => l.ints(id).and_then(|k| k.first().copied()),
    };
    if let Some(k) = k {
        return one(apply!(l, if upper { "triu" } else { "tril" }, x, Attr::Int(k))?);
    }
    let k = scalar(l, call.input(1)?)?;
    let (rows, columns) = (places(l, x, -2)?, places(l, x, -1)?);
    let rows = apply!(l, "expand_dims", rows, Attr::Int(1))?;
    let beyond = apply!(l, "sub", columns, rows)?;
    let kept = apply!(l, if upper { "ge" } else { "le" }, beyond, k)?;
    let zero = l.scalar(dtype(l, x)?, 0.0);
    one(apply!(l, "select", kept, x, zero)?)
}

fn slice<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let mut x = call.input(0)?;
    let list = |l: &Lowering, i: usize, name: &str| match call.optional(i) {
        Some(id) => l.ints(id).map(Some).ok_or(()),
        None => Ok(call.ints(name)),
    };
    let (Ok(starts), Ok(ends), Ok(axes), Ok(steps)) = (list(l, 1, "starts"), list(l, 2, "ends"), list(l, 3, "axes"), list(l, 4, "steps"))
    else {
        return match within(l, call)? {
            Some(x) => one(x),
            None => slice_by(l, call),
        };
    };
    let (starts, ends) = (starts.ok_or("its starts are missing")?, ends.ok_or("its ends are missing")?);
    let axes = axes.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = steps.unwrap_or_else(|| vec![1; starts.len()]);
    if ends.len() != starts.len() || axes.len() != starts.len() || steps.len() != starts.len() {
        return Err("its starts, ends, axes and steps differ in number".to_owned());
    }
    for i in 0..starts.len() {
        let axis = l.axis(x, axes[i])?;
        x = cut(l, x, axis, (starts[i], ends[i], steps[i]))?;
    }
    one(x)
}

/// A slice in steps of one between places of which some are lengths that are not numbers; `None` if they are something else.
fn within<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Result<Option<Id>, String> {
    let mut x = call.input(0)?;
    let (Some(starts), Some(ends)) = (l.dims(call.input(1)?), l.dims(call.input(2)?)) else { return Ok(None) };
    let given = |l: &Lowering, i: usize| call.optional(i).map(|id| l.ints(id));
    let (axes, steps) = (given(l, 3), given(l, 4));
    let Some(axes) = axes.unwrap_or_else(|| Some((0..starts.len() as i64).collect())) else { return Ok(None) };
    if steps.is_some_and(|steps| steps.is_none_or(|steps| steps.iter().any(|step| *step != 1))) {
        return Ok(None);
    }
    if ends.len() != starts.len() || axes.len() != starts.len() || starts.iter().chain(&ends).any(|d| *d == Dim::Unknown) {
        return Ok(None);
    }
    for ((start, end), axis) in starts.iter().zip(&ends).zip(axes) {
        let axis = l.axis(x, axis)?;
        if let (Some(start), Some(end)) = (start.as_known(), end.as_known()) {
            x = cut(l, x, axis, (start, end, 1))?;
            continue;
        }
        let n = l.ty(x).shape().dims().map_or(Dim::Unknown, |dims| dims[axis as usize].clone());
        let place = |d: &Dim| match d.as_known() {
            Some(d) if d >= i64::from(i32::MAX) => n.clone(),
            Some(d) if d < 0 => n.add(&Dim::known(d)),
            _ => d.clone(),
        };
        let (start, end) = (place(start), place(end));
        x = apply!(l, "slice_within", x, Attr::Int(axis), Attr::Dims(vec![start]), Attr::Dims(vec![end]))?;
    }
    Ok(Some(x))
}

/// A slice of one axis. One that goes backwards is one of the reversed axis.
fn cut(l: &mut Lowering, x: Id, axis: i64, (start, stop, step): (i64, i64, i64)) -> Result<Id, String> {
    // Exporters write an end far outside for "to the end".
    let far = i64::from(i32::MAX);
    let stop = if stop >= far { i64::MAX } else { stop };
    if step >= 0 {
        return apply!(l, "slice", x, Attr::Int(axis), Attr::Int(start), Attr::Int(stop), Attr::Int(step));
    }
    let length = l.ty(x).shape().dims().and_then(|dims| dims[axis as usize].as_known());
    let (start, stop) = match length {
        Some(n) => {
            let turned = |place: i64| n - 1 - (if place < 0 { place.saturating_add(n) } else { place }).clamp(-1, n - 1);
            (turned(start), turned(stop))
        }
        None if (start == -1 || start >= far) && stop <= -far => (0, i64::MAX),
        None => {
            let [starts, stops, axes, steps] = [start, stop, axis, step].map(|i| list(l, [i]));
            return apply!(l, "slice_by", x, starts, stops, axes, steps);
        }
    };
    let reversed = apply!(l, "flip", x, ints([axis]))?;
    let step = step.checked_neg().unwrap_or(i64::MAX);
    if (start, step) == (0, 1) && (stop == i64::MAX || length == Some(stop)) {
        return Ok(reversed);
    }
    apply!(l, "slice", reversed, Attr::Int(axis), Attr::Int(start), Attr::Int(stop), Attr::Int(step))
}

fn slice_by<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let [x, starts, stops] = [call.input(0)?, call.input(1)?, call.input(2)?];
    let (starts, stops) = (whole(l, starts)?, whole(l, stops)?);
    let count = l.ty(starts).shape().size().as_known();
    let count = count.or_else(|| l.ty(stops).shape().size().as_known());
    let given = |l: &mut Lowering, i: usize, element: fn(i64) -> i64| match (call.optional(i), count) {
        (Some(id), _) => whole(l, id),
        (None, Some(n)) => Ok(list(l, (0..n).map(element))),
        (None, None) => Err("how many axes it is over is not known".to_owned()),
    };
    let (axes, steps) = (given(l, 3, |i| i)?, given(l, 4, |_| 1)?);
    one(apply!(l, "slice_by", x, starts, stops, axes, steps)?)
}

fn split<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let x = call.input(0)?;
    let axis = l.axis(x, call.int("axis", 0))?;
    let count = call.node.output.len() as i64;
    let length = l.ty(x).shape().dims().and_then(|d| d[axis as usize].as_known());
    let (given, sizes) = match call.optional(1) {
        Some(id) => (l.ints(id), Some(id)),
        None => (call.ints("split"), None),
    };
    let sizes = match (given, sizes, length) {
        (Some(given), _, Some(n)) => {
            if given.iter().any(|size| *size < 0) || given.iter().try_fold(0i64, |sum, size| sum.checked_add(*size)) != Some(n) {
                return Err(format!("parts of {given:?} for an axis of length {n}"));
            }
            return parts(l, x, axis, given);
        }
        (Some(given), ..) => list(l, given),
        (None, Some(id), _) => id,
        (None, None, Some(n)) => {
            let each = (n + count - 1) / count.max(1);
            return parts(l, x, axis, (0..count).map(|i| each.min(n - i * each).max(0)));
        }
        (None, None, None) => equal_sizes(l, x, axis, count)?,
    };
    (0..count).map(|i| apply!(l, "part", x, sizes, Attr::Int(axis), Attr::Int(i)).map(Some)).collect()
}

/// The lengths of equal parts of an axis, the last of which may be shorter.
fn equal_sizes(l: &mut Lowering, x: Id, axis: i64, count: i64) -> Result<Id, String> {
    let n = length(l, x, axis)?;
    let [zero, count_less, parts] = [0, count - 1, count].map(|i| l.scalar(DType::I64, i as f64));
    let raised = apply!(l, "add", n, count_less)?;
    let each = apply!(l, "trunc_div", raised, parts)?;
    let places = list(l, 0..count);
    let before = apply!(l, "mul", each, places)?;
    let left = apply!(l, "sub", n, before)?;
    apply!(l, "clip", left, zero, each)
}

/// Parts of an axis that have these lengths, one after the other.
fn parts(l: &mut Lowering, x: Id, axis: i64, sizes: impl IntoIterator<Item = i64>) -> Lowered {
    let (mut results, mut start) = (Vec::new(), 0);
    for size in sizes {
        results.push(Some(cut(l, x, axis, (start, start + size, 1))?));
        start += size;
    }
    Ok(results)
}
