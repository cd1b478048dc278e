//! `x[key]` and `x[key] = y`.

use std::rc::Rc;

use super::arguments::{constant, items, tensor};
use super::creation::known;
use super::host::Modeller;
use crate::interpret::{State, Tensor, Value};
use crate::ir::{Attr, DType, Dim, Id};

/// A part of a key, for the axis or axes that it is about.
enum Part<'t> {
    Int(i64),
    Slice(Value<'t>, Value<'t>, i64),
    New,
    /// One place that only running tells.
    At(Id),
    Indices(Id),
}

/// `x[key]`.
pub(super) fn read<'t>(host: &mut Modeller<'_, 't>, x: &Rc<Tensor>, key: &Value<'t>) -> Result<Value<'t>, String> {
    let parts = parts(host, host.dims(x)?.len(), key)?;
    let is_view = !parts.iter().any(|part| matches!(part, Part::Indices(_)));
    let id = host.term(x)?;
    let id = taken(host, id, parts)?;
    Ok(if is_view { Value::Tensor(Rc::new(Tensor::view(State::Term(id), x))) } else { tensor(id) })
}

/// `x[key] = y`, in place.
pub(super) fn write<'t>(host: &mut Modeller<'_, 't>, x: &Rc<Tensor>, key: &Value<'t>, y: &Value<'t>) -> Result<Value<'t>, String> {
    let ty = host.ty(x)?;
    let dtype = ty.dtype().ok_or("the element type of a tensor is not known")?;
    let y = host.operand(y, dtype)?;
    if let Value::Tensor(mask) = key
        && host.ty(mask)?.dtype() == Some(DType::Bool)
    {
        let (mask, old) = (host.term(mask)?, host.term(x)?);
        let new = host.op("select", vec![mask.into(), y.into(), old.into()])?;
        x.set(State::Term(new))?;
        return Ok(Value::None);
    }
    let dims = host.dims(x)?;
    let shape = known(&dims).ok_or("elements are set in a tensor with lengths that only running tells: --input fixes them")?;
    let count: usize = shape.iter().product();
    let parts = parts(host, shape.len(), key)?;
    // The places of the elements that are set, in the tensor as one row.
    let numbers: Vec<i64> = (0..count as i64).collect();
    let places = constant(host, shape.clone(), &numbers);
    let places = taken(host, places, parts)?;
    let set = host.lowering.ty(places).shape().dims().ok_or("which elements are set is not known")?.to_vec();
    let y = host.op("broadcast_to", vec![y.into(), Attr::Dims(set.clone()).into()])?;
    let size = set.iter().fold(Dim::known(1), |n, dim| n.mul(dim));
    let y = host.op("reshape", vec![y.into(), Attr::Dims(vec![size.clone()]).into()])?;
    let places = host.op("reshape", vec![places.into(), Attr::Dims(vec![size, Dim::known(1)]).into()])?;
    // A tensor of which every element is set has nothing of the old ones.
    let old = match x.state()? {
        State::Fresh { fill: crate::interpret::Fill::Nothing, .. } => host.filled(&dims, dtype, 0.0)?,
        _ => host.term(x)?,
    };
    let flat = host.op("reshape", vec![old.into(), Attr::Dims(vec![Dim::known(count as i64)]).into()])?;
    let new = host.op("scatter_nd", vec![flat.into(), places.into(), y.into()])?;
    let new = host.op("reshape", vec![new.into(), Attr::Dims(dims).into()])?;
    x.set(State::Term(new))?;
    Ok(Value::None)
}

/// The parts of a key, an ellipsis spread.
fn parts<'t>(host: &mut Modeller<'_, 't>, rank: usize, key: &Value<'t>) -> Result<Vec<Part<'t>>, String> {
    let keys = match key {
        Value::Tuple(keys) => keys.to_vec(),
        other => vec![other.clone()],
    };
    let used = keys.iter().filter(|key| !matches!(key, Value::None | Value::Ellipsis)).count();
    let left = rank.checked_sub(used).ok_or_else(|| format!("{used} indices for a tensor with {rank} axes"))?;
    let whole = || Part::Slice(Value::None, Value::None, 1);
    let mut parts = Vec::new();
    for key in keys {
        match &key {
            Value::Ellipsis => parts.extend((0..left).map(|_| whole())),
            Value::None => parts.push(Part::New),
            Value::Bool(_) => return Err("an index that is a truth value is not supported".to_owned()),
            Value::Int(i) => parts.push(Part::Int(*i)),
            Value::Length(dim) => {
                let id = host.length(dim)?;
                parts.push(Part::At(id));
            }
            Value::Slice(slice) => {
                let step = match &slice[2] {
                    Value::None => 1,
                    other => other.as_int().ok_or("a slice by a step that is not known")?,
                };
                if step < 1 {
                    return Err("a slice of a tensor goes forwards".to_owned());
                }
                parts.push(Part::Slice(slice[0].clone(), slice[1].clone(), step));
            }
            Value::Tensor(indices) => {
                if host.ty(indices)?.dtype() == Some(DType::Bool) {
                    if let Some(places) = places(host, indices)? {
                        parts.push(Part::Indices(constant(host, vec![places.len()], &places)));
                        continue;
                    }
                    return Err("elements picked by truth values, whose number only running tells, are not supported".to_owned());
                }
                let id = host.term(indices)?;
                parts.push(Part::Indices(host.cast(id, DType::I64)?));
            }
            Value::List(_) => {
                let numbers = items(&key).unwrap_or_default();
                let numbers: Option<Vec<i64>> = numbers.iter().map(Value::as_int).collect();
                let numbers = numbers.ok_or("an index that is a list of what is no number")?;
                // A list of one place is a part of the axis.
                if let [place] = numbers[..] {
                    let stop = if place == -1 { Value::None } else { Value::Int(place + 1) };
                    parts.push(Part::Slice(Value::Int(place), stop, 1));
                    continue;
                }
                parts.push(Part::Indices(constant(host, vec![numbers.len()], &numbers)));
            }
            other => return Err(format!("an index that is a {} is not supported", other.type_name())),
        }
    }
    Ok(parts)
}

/// The places of a constant row of truth values that are true.
fn places(host: &mut Modeller<'_, '_>, chosen: &Rc<Tensor>) -> Result<Option<Vec<i64>>, String> {
    let id = host.term(chosen)?;
    let Some(weight) = host.lowering.weight(id).filter(|weight| weight.shape.len() == 1) else { return Ok(None) };
    let values = weight.to_ints().unwrap_or_default();
    Ok(Some((0..).zip(values).filter(|(_, value)| *value != 0).map(|(place, _)| place).collect()))
}

fn taken<'t>(host: &mut Modeller<'_, 't>, mut x: Id, parts: Vec<Part<'t>>) -> Result<Id, String> {
    if parts.iter().filter(|part| matches!(part, Part::Indices(_))).count() > 1 {
        return gathered(host, x, parts);
    }
    let mut axis = 0i64;
    for part in parts {
        match part {
            Part::New => {
                x = host.op("expand_dims", vec![x.into(), Attr::Int(axis).into()])?;
                axis += 1;
            }
            single @ (Part::Int(_) | Part::At(_)) => x = taken_at(host, x, axis, single)?,
            Part::Slice(start, stop, step) => {
                x = sliced(host, x, axis, (&start, &stop, step))?;
                axis += 1;
            }
            Part::Indices(indices) => {
                x = host.op("take", vec![x.into(), indices.into(), Attr::Int(axis).into()])?;
                axis += host.lowering.rank(indices)? as i64;
            }
        }
    }
    Ok(x)
}

/// Several indices that belong together. What they pick stands where they stand, or in front if other axes are between them.
fn gathered<'t>(host: &mut Modeller<'_, 't>, mut x: Id, parts: Vec<Part<'t>>) -> Result<Id, String> {
    let (mut columns, mut axes, mut axis) = (Vec::new(), Vec::new(), 0i64);
    for part in parts {
        match part {
            Part::Indices(id) => {
                columns.push(id);
                axes.push(axis);
                axis += 1;
            }
            Part::Slice(start, stop, step) => {
                x = sliced(host, x, axis, (&start, &stop, step))?;
                axis += 1;
            }
            // One place is taken first: its axis is none that is between others.
            single @ (Part::Int(_) | Part::At(_)) => x = taken_at(host, x, axis, single)?,
            Part::New => return Err("several tensors as indices beside None are not supported".to_owned()),
        }
    }
    let count = host.lowering.rank(x)? as i64;
    let first = axes[0];
    let is_block = axes.iter().enumerate().all(|(i, axis)| *axis == first + i as i64);
    if axes.iter().enumerate().any(|(i, axis)| *axis != i as i64) {
        let order: Vec<i64> = axes.iter().copied().chain((0..count).filter(|axis| !axes.contains(axis))).collect();
        x = host.op("permute", vec![x.into(), Attr::Ints(order).into()])?;
    }
    let (picked, wide) = picked(host, x, columns)?;
    if !is_block || first == 0 {
        return Ok(picked);
    }
    let all = host.lowering.rank(picked)? as i64;
    let order: Vec<i64> = (wide..wide + first).chain(0..wide).chain(wide + first..all).collect();
    host.op("permute", vec![picked.into(), Attr::Ints(order).into()])
}

/// One place of an axis, which goes.
fn taken_at<'t>(host: &mut Modeller<'_, 't>, x: Id, axis: i64, part: Part<'t>) -> Result<Id, String> {
    let place = match part {
        Part::At(place) => place,
        Part::Int(i) => {
            if let Some(n) = length(host, x, axis)?.as_known()
                && !(-n..n).contains(&i)
            {
                return Err(format!("index {i} of an axis of length {n}"));
            }
            host.lowering.scalar(DType::I64, i as f64)
        }
        _ => return Err("an index that is no place".to_owned()),
    };
    host.op("take", vec![x.into(), place.into(), Attr::Int(axis).into()])
}

/// What indices of the first axes pick, and the number of axes that the indices have together.
fn picked(host: &mut Modeller<'_, '_>, x: Id, columns: Vec<Id>) -> Result<(Id, i64), String> {
    let mut wide = columns[0];
    for column in &columns[1..] {
        wide = host.op("add", vec![wide.into(), (*column).into()])?;
    }
    let dims = host.lowering.ty(wide).shape().dims().ok_or("the number of axes of an index is not known")?.to_vec();
    let last = dims.len() as i64;
    let mut all = vec![crate::model::onnx::Part::from(Attr::Int(last))];
    for column in columns {
        let column = host.op("broadcast_to", vec![column.into(), Attr::Dims(dims.clone()).into()])?;
        all.push(host.op("expand_dims", vec![column.into(), Attr::Int(last).into()])?.into());
    }
    let indices = host.op("concat", all)?;
    Ok((host.op("gather_nd", vec![x.into(), indices.into(), Attr::Int(0).into()])?, last))
}

fn length(host: &Modeller<'_, '_>, x: Id, axis: i64) -> Result<Dim, String> {
    let dims = host.lowering.ty(x).shape().dims().ok_or("the number of axes of a tensor is not known")?;
    dims.get(axis as usize).cloned().ok_or_else(|| format!("no axis {axis}"))
}

fn sliced<'t>(host: &mut Modeller<'_, 't>, x: Id, axis: i64, (start, stop, step): (&Value<'t>, &Value<'t>, i64)) -> Result<Id, String> {
    if matches!((start, stop, step), (Value::None, Value::None, 1)) {
        return Ok(x);
    }
    let n = length(host, x, axis)?;
    let place = |value: &Value<'t>, default: &Dim| match value {
        Value::None => Ok(default.clone()),
        other => other.as_dim().ok_or_else(|| format!("a slice by a {}", other.type_name())),
    };
    let (start, stop) = (place(start, &Dim::known(0))?, place(stop, &n)?);
    // A negative place counts from the end; a known one is held within the axis.
    let held = |place: &Dim| match (place.as_known(), n.as_known()) {
        (Some(i), Some(n)) => Dim::known((if i < 0 { i + n } else { i }).clamp(0, n)),
        (Some(i), None) if i < 0 => n.add(place),
        _ => place.clone(),
    };
    let (start, stop) = (held(&start), held(&stop));
    if let (Some(start), Some(stop)) = (start.as_known(), stop.as_known()) {
        let attrs = [Attr::Int(axis), Attr::Int(start), Attr::Int(stop.max(start)), Attr::Int(step)];
        return host.op("slice", std::iter::once(x.into()).chain(attrs.map(Into::into)).collect());
    }
    if step == 1 {
        let attrs = [Attr::Int(axis), Attr::Dims(vec![start]), Attr::Dims(vec![stop])];
        return host.op("slice_within", std::iter::once(x.into()).chain(attrs.map(Into::into)).collect());
    }
    if start.as_known().is_some() && stop.same(&n) {
        let attrs = [Attr::Int(axis), Attr::Int(start.as_known().unwrap_or(0)), Attr::Int(i64::MAX), Attr::Int(step)];
        return host.op("slice", std::iter::once(x.into()).chain(attrs.map(Into::into)).collect());
    }
    Err("a slice in steps between lengths that only running tells: --input fixes them".to_owned())
}
