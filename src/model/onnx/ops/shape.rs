use super::super::tensor;
use super::{Call, Entry, Lowered, Lowering, Part, apply, ints, one};
use crate::ir::{Attr, DType, Dim, Id};
use crate::model::Weight;

pub(super) static OPS: &[Entry] = &[
    ("Constant", constant),
    ("ConstantOfShape", |l, call| {
        let dims = l.dims(call.input(0)?).ok_or("a shape that is computed from data is not supported")?;
        let value = match call.tensor("value") {
            Some(t) => tensor::weight(t, l.folder())?,
            None => Weight { name: String::new(), dtype: DType::F32, shape: vec![1], bytes: vec![0; 4].into() },
        };
        let dtype = value.dtype;
        let fill = l.constant(Weight { shape: Vec::new(), ..value });
        one(apply!(l, "full", Attr::Dims(dims), fill, Attr::DType(dtype))?)
    }),
    ("Concat", |l, call| {
        let axis = l.axis(call.input(0)?, call.int("axis", 1))?;
        let operands = call.all()?;
        one(l.op("concat", std::iter::once(Part::from(Attr::Int(axis))).chain(operands.into_iter().map(Part::from)))?)
    }),
    ("Expand", |l, call| {
        let x = call.input(0)?;
        let wanted = l.dims(call.input(1)?).ok_or("a shape that is computed from data is not supported")?;
        let own = l.ty(x).shape().dims().ok_or("the number of axes of its operand is not known")?.to_vec();
        let rank = own.len().max(wanted.len());
        let at = |v: &[Dim], i: usize| (i + v.len()).checked_sub(rank).and_then(|i| v.get(i).cloned()).unwrap_or(Dim::known(1));
        let dims = (0..rank).map(|i| match (at(&own, i), at(&wanted, i)) {
            (own, wanted) if wanted.as_known() == Some(1) => own,
            (_, wanted) => wanted,
        });
        let dims: Vec<Dim> = dims.collect();
        one(if dims.iter().zip(&own).all(|(a, b)| a.same(b)) && dims.len() == own.len() {
            x
        } else {
            apply!(l, "broadcast_to", x, Attr::Dims(dims))?
        })
    }),
    ("Flatten", |l, call| {
        let x = call.input(0)?;
        let rank = l.rank(x)? as i64;
        let axis = call.int("axis", 1);
        let axis = (if axis < 0 { axis + rank } else { axis }).clamp(0, rank) as usize;
        let dims = l.ty(x).shape().dims().unwrap_or(&[]).to_vec();
        let product = |dims: &[Dim]| dims.iter().fold(Dim::known(1), |n, d| n.mul(d));
        one(apply!(l, "reshape", x, Attr::Dims(vec![product(&dims[..axis]), product(&dims[axis..])]))?)
    }),
    ("Gather", |l, call| {
        let x = call.input(0)?;
        let axis = l.axis(x, call.int("axis", 0))?;
        one(apply!(l, "take", x, call.input(1)?, Attr::Int(axis))?)
    }),
    ("If", |l, call| {
        let condition = l.number(call.input(0)?).or_else(|| l.dims(call.input(0).ok()?)?.first()?.as_known().map(|d| d as f64));
        match condition {
            Some(c) => {
                let branch = call.graph(if c != 0.0 { "then_branch" } else { "else_branch" })?;
                l.inline(branch)
            }
            None => Err("a condition that is not known when the code is generated is not supported".to_owned()),
        }
    }),
    ("Range", |l, call| {
        let [start, stop, step] = [call.input(0)?, call.input(1)?, call.input(2)?];
        one(apply!(l, "arange", start, stop, step)?)
    }),
    ("Reshape", reshape),
    ("Shape", |l, call| {
        let x = call.input(0)?;
        let rank = l.rank(x)? as i64;
        let held = |i: i64| (if i < 0 { i + rank } else { i }).clamp(0, rank);
        let (start, end) = (held(call.int("start", 0)), held(call.int("end", rank)));
        let mut parts = vec![Part::from(Attr::Int(0))];
        for axis in start..end {
            let length = apply!(l, "dim", x, Attr::Int(axis))?;
            parts.push(apply!(l, "cast", length, Attr::DType(DType::I64))?.into());
        }
        if parts.len() == 1 {
            let empty = Weight { name: String::new(), dtype: DType::I64, shape: vec![0], bytes: Vec::new().into() };
            return one(l.constant(empty));
        }
        one(l.op("stack", parts)?)
    }),
    ("Size", |l, call| {
        let n = apply!(l, "numel", call.input(0)?)?;
        one(apply!(l, "cast", n, Attr::DType(DType::I64))?)
    }),
    ("Slice", slice),
    ("Split", split),
    ("Squeeze", |l, call| {
        let mut x = call.input(0)?;
        let axes = axes(l, call, 1)?;
        let mut axes: Vec<i64> = match axes {
            Some(axes) => axes.into_iter().map(|axis| l.axis(x, axis)).collect::<Result<_, _>>()?,
            None => {
                let dims = l.ty(x).shape().dims().ok_or("the number of axes of its operand is not known")?;
                (0..dims.len()).filter(|i| dims[*i].as_known() == Some(1)).map(|i| i as i64).collect()
            }
        };
        axes.sort_unstable();
        for axis in axes.into_iter().rev() {
            x = apply!(l, "squeeze", x, Attr::Int(axis))?;
        }
        one(x)
    }),
    ("Tile", |l, call| {
        let reps = l.ints(call.input(1)?).ok_or("repeats that are computed are not supported")?;
        one(apply!(l, "tile", call.input(0)?, ints(reps))?)
    }),
    ("Transpose", |l, call| {
        let x = call.input(0)?;
        let rank = l.rank(x)? as i64;
        let axes = call.ints("perm").unwrap_or_else(|| (0..rank).rev().collect());
        if axes.iter().copied().eq(0..rank) {
            return one(x);
        }
        one(apply!(l, "permute", x, ints(axes))?)
    }),
    ("Unsqueeze", |l, call| {
        let mut x = call.input(0)?;
        let axes = axes(l, call, 1)?.ok_or("its axes are missing")?;
        let rank = l.rank(x)? as i64 + axes.len() as i64;
        let mut axes: Vec<i64> = axes.into_iter().map(|axis| if axis < 0 { axis + rank } else { axis }).collect();
        axes.sort_unstable();
        for axis in axes {
            x = apply!(l, "expand_dims", x, Attr::Int(axis))?;
        }
        one(x)
    }),
];

fn constant<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let scalar = |dtype, bytes: Vec<u8>, n: Option<usize>| Weight {
        name: String::new(),
        dtype,
        shape: n.into_iter().collect(),
        bytes: bytes.into(),
    };
    let floats = |v: &[f32]| v.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let whole = |v: &[i64]| v.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let weight = if let Some(t) = call.tensor("value") {
        tensor::weight(t, l.folder())?
    } else if let Some(a) = call.attribute("value_float") {
        scalar(DType::F32, floats(&[a.f()]), None)
    } else if let Some(a) = call.attribute("value_floats") {
        scalar(DType::F32, floats(&a.floats), Some(a.floats.len()))
    } else if let Some(a) = call.attribute("value_int") {
        scalar(DType::I64, whole(&[a.i()]), None)
    } else if let Some(a) = call.attribute("value_ints") {
        scalar(DType::I64, whole(&a.ints), Some(a.ints.len()))
    } else {
        return Err("strings and sparse constants are not supported".to_owned());
    };
    one(l.constant(weight))
}

/// Axes as an operand or, in earlier opsets, an attribute.
fn axes<'a>(l: &Lowering<'a>, call: &Call<'a>, input: usize) -> Result<Option<Vec<i64>>, String> {
    match call.optional(input) {
        Some(id) => l.ints(id).map(Some).ok_or_else(|| "axes that are computed are not supported".to_owned()),
        None => Ok(call.ints("axes")),
    }
}

fn reshape<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let x = call.input(0)?;
    let wanted = match call.optional(1) {
        Some(id) => l.dims(id).ok_or("a shape that is computed from data is not supported")?,
        None => call.ints("shape").ok_or("its shape is missing")?.into_iter().map(Dim::known).collect(),
    };
    let own = l.ty(x).shape().dims().unwrap_or(&[]).to_vec();
    let copies = call.int("allowzero", 0) == 0;
    let mut dims = Vec::new();
    for (i, dim) in wanted.iter().enumerate() {
        dims.push(match dim.as_known() {
            Some(0) if copies => own.get(i).cloned().ok_or("it keeps an axis that its operand does not have")?,
            _ => dim.clone(),
        });
    }
    if let Some(left) = dims.iter().position(|d| d.as_known() == Some(-1)) {
        let others = dims.iter().enumerate().filter(|(i, _)| *i != left).fold(Dim::known(1), |n, (_, d)| n.mul(d));
        if let Some(length) = quotient(&l.ty(x).shape().size(), &others) {
            dims[left] = length;
        }
    }
    let same = dims.len() == own.len() && dims.iter().zip(&own).all(|(a, b)| a.same(b));
    one(if same { x } else { apply!(l, "reshape", x, Attr::Dims(dims))? })
}

/// The quotient of two lengths, if the divisor is one product that divides every term.
fn quotient(total: &Dim, by: &Dim) -> Option<Dim> {
    let (Dim::Poly(terms), Dim::Poly(by)) = (total, by) else { return None };
    let (divisor, coefficient) = by.iter().next().filter(|(_, c)| by.len() == 1 && **c > 0)?;
    let mut result = std::collections::BTreeMap::new();
    for (monomial, c) in terms {
        let mut rest = monomial.clone();
        for symbol in divisor {
            rest.remove(rest.iter().position(|s| s == symbol)?);
        }
        if c % coefficient != 0 {
            return None;
        }
        result.insert(rest, c / coefficient);
    }
    Some(Dim::Poly(result))
}

fn slice<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let mut x = call.input(0)?;
    let list = |l: &Lowering, i: usize, name: &str| match call.optional(i) {
        Some(id) => l.dims(id).map(Some).ok_or_else(|| format!("{name} that are computed from data are not supported")),
        None => Ok(call.ints(name).map(|v| v.into_iter().map(Dim::known).collect())),
    };
    let starts = list(l, 1, "starts")?.ok_or("its starts are missing")?;
    let ends = list(l, 2, "ends")?.ok_or("its ends are missing")?;
    let count = starts.len() as i64;
    let axes = list(l, 3, "axes")?.unwrap_or_else(|| (0..count).map(Dim::known).collect());
    let steps = list(l, 4, "steps")?.unwrap_or_else(|| vec![Dim::known(1); starts.len()]);
    if ends.len() != starts.len() || axes.len() != starts.len() || steps.len() != starts.len() {
        return Err("its starts, ends, axes and steps differ in number".to_owned());
    }
    for (((start, end), axis), step) in starts.iter().zip(&ends).zip(&axes).zip(&steps) {
        let (Some(axis), Some(step)) = (axis.as_known(), step.as_known()) else {
            return Err("axes and steps that are computed are not supported".to_owned());
        };
        let axis = l.axis(x, axis)?;
        x = match (start.as_known(), end.as_known()) {
            (Some(start), Some(end)) => sliced(l, x, axis, start, end, step)?,
            _ if step == 1 => slice_within(l, x, axis, start, end)?,
            _ => return Err("steps over places that are computed are not supported".to_owned()),
        };
    }
    one(x)
}

/// A slice between numbers. Exporters write an end far outside for "to the end"; backwards that is the far end too.
fn sliced(l: &mut Lowering, x: Id, axis: i64, start: i64, end: i64, step: i64) -> Result<Id, String> {
    let open = end >= i64::from(i32::MAX) || end <= -i64::from(i32::MAX);
    if step >= 0 {
        return apply!(l, "slice", x, Attr::Int(axis), Attr::Int(start), Attr::Int(if open { i64::MAX } else { end }), Attr::Int(step));
    }
    // Backwards is forwards, the other way round: from the last place that is met to the first.
    let length = l.ty(x).shape().dims().and_then(|dims| dims[axis as usize].as_known());
    let from_front = |place: i64| match length {
        Some(n) => (if place < 0 { place.saturating_add(n) } else { place }).clamp(-1, n - 1),
        None => place,
    };
    let (first, before) = (from_front(start), if open { -1 } else { from_front(end) });
    let forwards = match length {
        Some(_) => {
            let count = ((first - before).max(0) + -step - 1) / -step;
            (first + step * (count - 1), first + 1, count > 0)
        }
        None if step == -1 && (open || end < -1) && start < 0 => {
            (if open { 0 } else { end + 1 }, if start == -1 { i64::MAX } else { start + 1 }, true)
        }
        None => return Err("steps backwards over an axis of unknown length are not supported".to_owned()),
    };
    let (low, high) = if forwards.2 { (forwards.0, forwards.1) } else { (0, 0) };
    let part = apply!(l, "slice", x, Attr::Int(axis), Attr::Int(low), Attr::Int(high), Attr::Int(-step))?;
    apply!(l, "flip", part, ints([axis]))
}

/// A slice between lengths of which one is not a number.
fn slice_within(l: &mut Lowering, x: Id, axis: i64, start: &Dim, end: &Dim) -> Result<Id, String> {
    let n = l.ty(x).shape().dims().map_or(Dim::Unknown, |dims| dims[axis as usize].clone());
    let place = |d: &Dim| match d.as_known() {
        Some(d) if d >= i64::from(i32::MAX) => n.clone(),
        Some(d) if d < 0 => n.add(&Dim::known(d)),
        _ => d.clone(),
    };
    let (start, end) = (place(start), place(end));
    apply!(l, "slice_within", x, Attr::Int(axis), Attr::Dims(vec![start]), Attr::Dims(vec![end]))
}

fn split<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let x = call.input(0)?;
    let axis = l.axis(x, call.int("axis", 0))?;
    let count = call.node.output.len() as i64;
    let given = match call.optional(1) {
        Some(id) => Some(l.ints(id).ok_or("parts that are computed are not supported")?),
        None => call.ints("split"),
    };
    let parts = match given {
        Some(parts) => parts,
        None => {
            let n = l.ty(x).shape().dims().and_then(|d| d[axis as usize].as_known()).ok_or("the length of its axis is not known")?;
            let count = call.int("num_outputs", count).max(1);
            let each = (n + count - 1) / count;
            (0..count).map(|i| each.min(n - i * each)).collect()
        }
    };
    let mut results = Vec::new();
    let mut start = 0;
    for part in parts {
        results.push(Some(part_of(l, x, axis, start, start + part)?));
        start += part;
    }
    Ok(results)
}

fn part_of(l: &mut Lowering, x: Id, axis: i64, start: i64, stop: i64) -> Result<Id, String> {
    apply!(l, "slice", x, Attr::Int(axis), Attr::Int(start), Attr::Int(stop), Attr::Int(1))
}
