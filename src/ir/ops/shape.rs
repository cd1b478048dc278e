//! Axes moved, merged and cut: what NumPy does by views.

use ndarray::{ArrayD, Axis, IxDyn, Slice};

use super::eval::{any_kind, attr, axes_of, axis_of, refuse, result_type, value};
use super::infer::{self, Inferred, array, typed};
use super::{op, work};
use crate::ir::{Arg, Attr, AttrKind, Dim, EvalError, OpDef, Param::Attr as Attribute, Param::Value, Shape, Target, Type, TypeError};

pub(super) static OPS: &[OpDef] = &[
    op!(
        "transpose",
        Shape,
        [Value("a")],
        "All axes reversed.",
        |_, args| permuted(args, |rank| Ok((0..rank).rev().collect())),
        |_, a| { any_kind!(value(&a[0])?, x => x.t().to_owned()) },
        work::view
    ),
    op!(
        "permute",
        Shape,
        [Value("a"), Attribute("axes", AttrKind::Ints)],
        "The axes in a new order.",
        |_, args| permuted(args, |rank| order(args[1].attr(), rank)),
        |_, a| {
            let v = value(&a[0])?;
            let order = order(attr(&a[1]), v.shape().len()).map_err(|e| EvalError(e.0))?;
            any_kind!(v, x => x.view().permuted_axes(IxDyn(&order)).to_owned())
        },
        work::view,
    ),
    op!(
        "swap_axes",
        Shape,
        [Value("a"), Attribute("i", AttrKind::Int), Attribute("j", AttrKind::Int)],
        "Two axes exchanged.",
        |_, args| {
            let shape = args[0].ty().shape();
            let (i, j) = (infer::axis(args[1].attr(), shape)?, infer::axis(args[2].attr(), shape)?);
            permuted(args, |rank| Ok(swapped(rank, i, j)))
        },
        |_, a| {
            let v = value(&a[0])?;
            let (i, j) = (axis_of(attr(&a[1]), v.shape())?, axis_of(attr(&a[2]), v.shape())?);
            let order = swapped(v.shape().len(), Some(i), Some(j));
            any_kind!(v, x => x.view().permuted_axes(IxDyn(&order)).to_owned())
        },
        work::view,
    ),
    op!(
        "reshape",
        Shape,
        [Value("a"), Attribute("shape", AttrKind::Dims)],
        "The elements in row-major order in another shape; -1 is what is left.",
        reshape,
        |t, a| {
            let v = value(&a[0])?;
            let ty = reshape(t, &[Arg::Value(&v.ty(), None), Arg::Attr(attr(&a[1]))]).map_err(|e| EvalError(e.0))?;
            let Some(shape) = ty.shape().value(&|_| None) else { return refuse("the shape has an unknown length") };
            if shape.iter().product::<usize>() != v.shape().iter().product::<usize>() {
                return refuse("the sizes differ");
            }
            any_kind!(v, x => relaid(x, &shape)?)
        },
        work::view
    ),
    op!(
        "ravel",
        Shape,
        [Value("a")],
        "The elements in row-major order as a vector.",
        |_, args| {
            let (d, _, shape) = array(&args[0])?;
            Ok(typed(d, false, Shape::Ranked(vec![shape.size()])))
        },
        |_, a| {
            let v = value(&a[0])?;
            let n: usize = v.shape().iter().product();
            any_kind!(v, x => relaid(x, &[n])?)
        },
        work::view,
    ),
    op!(
        "expand_dims",
        Shape,
        [Value("a"), Attribute("axis", AttrKind::Int)],
        "A new axis of length 1 at a place of the result.",
        expand,
        |_, a| {
            let v = value(&a[0])?;
            let axis = new_axis(attr(&a[1]), v.shape().len()).map_err(|e| EvalError(e.0))?;
            any_kind!(v, x => x.clone().insert_axis(Axis(axis)))
        },
        work::view,
    ),
    op!(
        "squeeze",
        Shape,
        [Value("a"), Attribute("axis", AttrKind::OptAxis)],
        "Without an axis of length 1, or without all of them.",
        squeeze,
        |t, a| {
            let v = value(&a[0])?;
            let ty = squeeze(t, &[Arg::Value(&v.ty(), None), Arg::Attr(attr(&a[1]))]).map_err(|e| EvalError(e.0))?;
            let shape = ty.shape().value(&|_| None).unwrap_or_default();
            any_kind!(v, x => relaid(x, &shape)?)
        },
        work::view,
    ),
    op!(
        "broadcast_to",
        Shape,
        [Value("a"), Attribute("shape", AttrKind::Dims)],
        "Repeated along axes of length 1 and new leading axes.",
        |t, args| {
            let (d, _, shape) = array(&args[0])?;
            let wanted = wanted(args[1].attr())?;
            let merged = infer::broadcast(shape, &wanted)?;
            if merged.rank() != wanted.rank() && merged.rank().is_some() {
                return infer::refuse("more axes than the wanted shape has");
            }
            let _ = t;
            for (have, want) in merged.dims().unwrap_or(&[]).iter().zip(wanted.dims().unwrap_or(&[])) {
                if have.differs(want) {
                    return infer::refuse("an axis is longer than wanted");
                }
            }
            Ok(typed(d, false, wanted))
        },
        |_, a| {
            let v = value(&a[0])?;
            let shape = wanted(attr(&a[1])).map_err(|e| EvalError(e.0))?;
            let Some(shape) = shape.value(&|_| None) else { return refuse("the shape has an unknown length") };
            any_kind!(v, x => super::eval::broadcast_to(x, &shape)?)
        },
        work::view,
    ),
    op!(
        "index",
        Shape,
        [Value("a"), Attribute("axis", AttrKind::Int), Attribute("i", AttrKind::Int)],
        "One place on an axis; the axis goes.",
        |_, args| {
            let (d, _, shape) = array(&args[0])?;
            let Some(axis) = infer::axis(args[1].attr(), shape)? else { return Ok(typed(d, false, Shape::Unknown)) };
            let mut dims = shape.dims().unwrap_or(&[]).to_vec();
            if let (Some(n), Some(i)) = (dims[axis].as_known(), args[2].attr().as_int())
                && !(-n..n).contains(&i)
            {
                return infer::refuse(format!("index {i} is out of range for length {n}"));
            }
            dims.remove(axis);
            Ok(typed(d, false, Shape::Ranked(dims)))
        },
        |_, a| {
            let v = value(&a[0])?;
            let axis = axis_of(attr(&a[1]), v.shape())?;
            let i = place(attr(&a[2]), v.shape()[axis])?;
            any_kind!(v, x => x.index_axis(Axis(axis), i).to_owned())
        },
        work::view,
    ),
    op!(
        "slice",
        Shape,
        [
            Value("a"),
            Attribute("axis", AttrKind::Int),
            Attribute("start", AttrKind::Int),
            Attribute("stop", AttrKind::Int),
            Attribute("step", AttrKind::Int),
        ],
        "Places start, start + step, … before stop on an axis, as Python slices; the largest integer is an open stop.",
        slice,
        |_, a| {
            let v = value(&a[0])?;
            let axis = axis_of(attr(&a[1]), v.shape())?;
            let n = v.shape()[axis];
            let [start, stop, step] = [2, 3, 4].map(|i| attr(&a[i]).as_int().unwrap_or(0));
            let places: Vec<usize> = places(start, stop, step, n as i64).map_err(|e| EvalError(e.0))?.collect();
            any_kind!(v, x => x.select(Axis(axis), &places))
        },
        work::view,
    ),
    op!(
        "slice_within",
        Shape,
        [Value("a"), Attribute("axis", AttrKind::Int), Attribute("start", AttrKind::Dims), Attribute("stop", AttrKind::Dims)],
        "Places from one length up to another on an axis, as Python slices; refused if they are not within it.",
        slice_within,
        |t, a| {
            let v = value(&a[0])?;
            let ty = result_type(t, a, slice_within)?;
            let axis = axis_of(attr(&a[1]), v.shape())?;
            let start = one_dim(attr(&a[2])).and_then(Dim::as_known).ok_or_else(|| EvalError("an unknown length".to_owned()))? as usize;
            let length =
                ty.shape().dims().and_then(|dims| dims[axis].as_known()).ok_or_else(|| EvalError("an unknown length".to_owned()))?;
            let places: Vec<usize> = (start..start + length as usize).collect();
            any_kind!(v, x => x.select(Axis(axis), &places))
        },
        work::view,
    ),
    op!(
        "flip",
        Shape,
        [Value("a"), Attribute("axis", AttrKind::Axes)],
        "Some axes in reverse order.",
        |t, args| {
            infer::axes(args[1].attr(), args[0].ty().shape())?;
            infer::same_unary(t, args)
        },
        |_, a| {
            let v = value(&a[0])?;
            let axes = axes_of(attr(&a[1]), v.shape())?;
            any_kind!(v, x => {
                let mut view = x.view();
                for axis in &axes {
                    view.slice_axis_inplace(Axis(*axis), Slice::new(0, None, -1));
                }
                view.to_owned()
            })
        },
        work::view,
    ),
    op!(
        "dim",
        Shape,
        [Value("a"), Attribute("axis", AttrKind::Int)],
        "The length of an axis, a Python int.",
        |_, args| {
            let (_, _, shape) = array(&args[0])?;
            infer::axis(args[1].attr(), shape)?;
            Ok(Type::weak(crate::ir::DType::I64))
        },
        |_, a| {
            let v = value(&a[0])?;
            let n = v.shape()[axis_of(attr(&a[1]), v.shape())?];
            Ok(crate::ir::Value::of_const(&crate::ir::Const::int(n as i64)))
        },
        work::view,
    ),
    op!(
        "numel",
        Shape,
        [Value("a")],
        "The number of elements, a Python int.",
        |_, args| array(&args[0]).map(|_| Type::weak(crate::ir::DType::I64)),
        |_, a| Ok(crate::ir::Value::of_const(&crate::ir::Const::int(value(&a[0])?.shape().iter().product::<usize>() as i64))),
        work::view,
    ),
    op!(
        "diagonal",
        Shape,
        [Value("a")],
        "The diagonal of the last two axes.",
        |_, args| {
            let (d, _, shape) = array(&args[0])?;
            let Some(dims) = shape.dims() else { return Ok(typed(d, false, Shape::Unknown)) };
            let [batch @ .., m, n] = dims else { return infer::refuse("expected a matrix") };
            let length = match (m.as_known(), n.as_known()) {
                (Some(m), Some(n)) => Dim::known(m.min(n)),
                _ if m.same(n) => m.clone(),
                _ => Dim::Unknown,
            };
            Ok(typed(d, false, Shape::Ranked(batch.iter().cloned().chain([length]).collect())))
        },
        |_, a| {
            let v = value(&a[0])?;
            let [batch @ .., m, n] = v.shape() else { return refuse("expected a matrix") };
            let shape: Vec<usize> = batch.iter().copied().chain([*m.min(n)]).collect();
            any_kind!(v, x => ArrayD::from_shape_fn(IxDyn(&shape), |i| {
                let mut index = ndarray::Dimension::slice(&i).to_vec();
                index.push(index[index.len() - 1]);
                x[IxDyn(&index)]
            }))
        },
        work::view,
    ),
];

/// The elements in row-major order in another shape of the same size.
pub(super) fn relaid<T: Clone>(x: &ArrayD<T>, shape: &[usize]) -> Result<ArrayD<T>, EvalError> {
    ArrayD::from_shape_vec(IxDyn(shape), x.iter().cloned().collect()).map_err(|e| EvalError(e.to_string()))
}

fn permuted(args: &[Arg], order: impl Fn(usize) -> Result<Vec<usize>, TypeError>) -> Inferred {
    let (d, weak, shape) = array(&args[0])?;
    let Some(dims) = shape.dims() else { return Ok(typed(d, weak, Shape::Unknown)) };
    let order = order(dims.len())?;
    Ok(typed(d, false, Shape::Ranked(order.iter().map(|&i| dims[i].clone()).collect())))
}

fn order(attr: &Attr, rank: usize) -> Result<Vec<usize>, TypeError> {
    let wanted = match attr {
        Attr::Ints(v) => v.clone(),
        Attr::Int(i) => vec![*i],
        other => return infer::refuse(format!("{other} is not an order of axes")),
    };
    let shape = Shape::Ranked(vec![Dim::Unknown; rank]);
    let order: Option<Vec<usize>> = wanted.iter().map(|&i| shape.axis(i)).collect();
    match order {
        Some(order) if order.len() == rank && (0..rank).all(|i| order.contains(&i)) => Ok(order),
        _ => infer::refuse(format!("{attr} is not an order of {rank} axes")),
    }
}

fn swapped(rank: usize, i: Option<usize>, j: Option<usize>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rank).collect();
    if let (Some(i), Some(j)) = (i, j) {
        order.swap(i, j);
    }
    order
}

/// The shape that an attribute asks for.
pub(super) fn wanted(attr: &Attr) -> Result<Shape, TypeError> {
    match attr {
        Attr::Dims(dims) => Ok(Shape::Ranked(dims.clone())),
        other => infer::refuse(format!("{other} is not a shape")),
    }
}

fn reshape(_: Target, args: &[Arg]) -> Inferred {
    let (d, _, shape) = array(&args[0])?;
    let Shape::Ranked(mut dims) = wanted(args[1].attr())? else { return infer::refuse("expected a shape") };
    let open: Vec<usize> = (0..dims.len()).filter(|&i| dims[i].as_known() == Some(-1)).collect();
    let rest = dims.iter().filter(|d| d.as_known() != Some(-1)).fold(Dim::known(1), |n, d| n.mul(d));
    let size = shape.size();
    match open[..] {
        [] if size.differs(&rest) => return infer::refuse(format!("{size} elements do not fill {rest}")),
        [] => {}
        [at] => dims[at] = quotient(&size, &rest)?,
        _ => return infer::refuse("only one length may be -1"),
    }
    if dims.iter().any(|d| d.as_known().is_some_and(|n| n < 0)) {
        return infer::refuse("a negative length");
    }
    Ok(typed(d, false, Shape::Ranked(dims)))
}

/// A size divided by another, where that is known to come out even.
fn quotient(size: &Dim, by: &Dim) -> Result<Dim, TypeError> {
    match (size.as_known(), by.as_known()) {
        (_, Some(1)) => Ok(size.clone()),
        (Some(_), Some(0)) => infer::refuse("a length of -1 beside a length of 0"),
        (Some(n), Some(k)) if n % k == 0 => Ok(Dim::known(n / k)),
        (Some(n), Some(k)) => infer::refuse(format!("{n} elements are not divided by {k}")),
        _ if size.same(by) => Ok(Dim::known(1)),
        _ => Ok(divided(size, by).unwrap_or(Dim::Unknown)),
    }
}

/// One monomial by another.
fn divided(size: &Dim, by: &Dim) -> Option<Dim> {
    let (Dim::Poly(a), Dim::Poly(b)) = (size, by) else { return None };
    let ([(m, c)], [(n, d)]) = (&a.iter().collect::<Vec<_>>()[..], &b.iter().collect::<Vec<_>>()[..]) else { return None };
    let mut left = (*m).clone();
    for symbol in n.iter() {
        let at = left.iter().position(|s| s == symbol)?;
        left.remove(at);
    }
    (**c % **d == 0).then(|| left.into_iter().fold(Dim::known(**c / **d), |product, s| product.mul(&Dim::symbol(s))))
}

fn new_axis(attr: &Attr, rank: usize) -> Result<usize, TypeError> {
    let Some(index) = attr.as_int() else { return infer::refuse("expected an axis") };
    let places = rank as i64 + 1;
    let at = if index < 0 { index + places } else { index };
    if (0..places).contains(&at) { Ok(at as usize) } else { infer::refuse(format!("axis {index} is out of range for rank {places}")) }
}

fn expand(_: Target, args: &[Arg]) -> Inferred {
    let (d, _, shape) = array(&args[0])?;
    let Some(dims) = shape.dims() else { return Ok(typed(d, false, Shape::Unknown)) };
    let mut dims = dims.to_vec();
    dims.insert(new_axis(args[1].attr(), dims.len())?, Dim::known(1));
    Ok(typed(d, false, Shape::Ranked(dims)))
}

/// NumPy refuses to drop an axis that is longer than 1; PyTorch leaves it.
fn squeeze(target: Target, args: &[Arg]) -> Inferred {
    let (d, _, shape) = array(&args[0])?;
    let Some(dims) = shape.dims() else { return Ok(typed(d, false, Shape::Unknown)) };
    let Attr::Int(_) = args[1].attr() else {
        if dims.iter().any(|d| d.as_known().is_none()) {
            return Ok(typed(d, false, Shape::Unknown));
        }
        return Ok(typed(d, false, Shape::Ranked(dims.iter().filter(|d| d.as_known() != Some(1)).cloned().collect())));
    };
    let Some(axis) = infer::axis(args[1].attr(), shape)? else { return Ok(typed(d, false, Shape::Unknown)) };
    let mut rest = dims.to_vec();
    rest.remove(axis);
    match (dims[axis].as_known(), target) {
        (Some(1), _) => Ok(typed(d, false, Shape::Ranked(rest))),
        (Some(n), Target::Torch) if n != 1 => Ok(typed(d, false, shape.clone())),
        (Some(n), _) => infer::refuse(format!("axis of length {n} can not be dropped")),
        (None, Target::Torch) => Ok(typed(d, false, Shape::Unknown)),
        (None, _) => Ok(typed(d, false, Shape::Ranked(rest))),
    }
}

fn place(attr: &Attr, n: usize) -> Result<usize, EvalError> {
    let i = attr.as_int().unwrap_or(0);
    let at = if i < 0 { i + n as i64 } else { i };
    if (0..n as i64).contains(&at) { Ok(at as usize) } else { refuse(format!("index {i} is out of range for length {n}")) }
}

/// The places that a slice takes of an axis of length `n`, counted before they are listed: a length need not fit in memory.
fn places(start: i64, stop: i64, step: i64, n: i64) -> Result<impl Iterator<Item = usize> + Clone, TypeError> {
    let whole = step < 0 && start == 0 && stop == i64::MAX;
    if step <= 0 && !whole {
        return infer::refuse("a step must be positive, or negative over the whole axis");
    }
    let clamp = |i: i64| (if i < 0 { i.saturating_add(n) } else { i }).clamp(0, n);
    let (first, last) = if whole { (0, n) } else { (clamp(start), clamp(stop)) };
    let apart = step.unsigned_abs() as usize;
    let place = move |i: i64| (if whole { n - 1 - i } else { i }) as usize;
    Ok((first..last).step_by(apart).map(place))
}

/// How many places a slice takes of an axis of length `n`.
fn slice_length(start: i64, stop: i64, step: i64, n: i64) -> Result<i64, TypeError> {
    Ok(i64::try_from(places(start, stop, step, n)?.size_hint().0).unwrap_or(i64::MAX))
}

fn slice(_: Target, args: &[Arg]) -> Inferred {
    let (d, _, shape) = array(&args[0])?;
    let [start, stop, step] = [2, 3, 4].map(|i| args[i].attr().as_int());
    let (Some(start), Some(stop), Some(step)) = (start, stop, step) else { return infer::refuse("expected integers") };
    let Some(axis) = infer::axis(args[1].attr(), shape)? else { return Ok(typed(d, false, Shape::Unknown)) };
    let mut dims = shape.dims().unwrap_or(&[]).to_vec();
    let whole = start == 0 && stop == i64::MAX && step.abs() == 1;
    dims[axis] = match dims[axis].as_known() {
        Some(n) => Dim::known(slice_length(start, stop, step, n)?),
        None if whole => dims[axis].clone(),
        None => {
            slice_length(start, stop, step, 0)?;
            Dim::Unknown
        }
    };
    Ok(typed(d, false, Shape::Ranked(dims)))
}

fn one_dim(attr: &Attr) -> Option<&Dim> {
    match attr {
        Attr::Dims(dims) => dims.first().filter(|_| dims.len() == 1),
        _ => None,
    }
}

fn slice_within(_: Target, args: &[Arg]) -> Inferred {
    let (dtype, weak, shape) = array(&args[0])?;
    let (Some(start), Some(stop)) = (one_dim(args[2].attr()), one_dim(args[3].attr())) else {
        return infer::refuse("expected two lengths");
    };
    let Some(axis) = infer::axis(args[1].attr(), shape)? else { return Ok(typed(dtype, weak, Shape::Unknown)) };
    let mut dims = shape.dims().unwrap_or(&[]).to_vec();
    let negative = |d: Dim| d.as_known().is_some_and(|d| d < 0);
    if negative(start.clone()) || negative(stop.sub(start)) || negative(dims[axis].sub(stop)) {
        return infer::refuse("the places are not within the axis");
    }
    dims[axis] = stop.sub(start);
    Ok(typed(dtype, weak, Shape::Ranked(dims)))
}
