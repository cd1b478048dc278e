//! Windows that slide over the last axes: convolutions, pooling, padding.

use ndarray::{ArrayD, Dimension, IxDyn};

use super::eval::{Evaluated, attr, ints, of_floats, of_ints, result_type, value};
use super::infer::{self, Inferred, array, equal, typed};
use super::{op, work};
use crate::ir::{
    Arg, Attr, AttrKind, DType, Dim, EvalArg, EvalError, OpDef, Param, Param::Attr as Attribute, Param::Value, Shape, Target, Type,
    TypeError, Work, WorkKind,
};

const STRIDE: Param = Attribute("stride", AttrKind::Ints);
const PADDING: Param = Attribute("padding", AttrKind::Ints);
const DILATION: Param = Attribute("dilation", AttrKind::Ints);
const GROUPS: Param = Attribute("groups", AttrKind::Int);
const KERNEL: Param = Attribute("kernel", AttrKind::Ints);

macro_rules! convolution {
    ($name:literal, $doc:literal, $axes:literal, [$($bias:expr)?]) => {
        op!(
            $name,
            Contraction,
            [Value("x"), Value("w"), $($bias,)? STRIDE, PADDING, DILATION, GROUPS],
            $doc,
            |t, a| convolution(t, a, $axes),
            |t, a| convolve(t, a, $axes, |t, a| convolution(t, a, $axes)),
            convolution_work,
        )
    };
}

macro_rules! pool {
    ($name:literal, $doc:literal, $axes:literal, $f:expr) => {
        op!(
            $name,
            Contraction,
            [Value("x"), KERNEL, STRIDE, PADDING],
            $doc,
            |t, a| pooled(t, a, $axes),
            |t, a| pool(t, a, $axes, |t, a| pooled(t, a, $axes), $f),
            work::reduction_passes,
        )
    };
}

pub(super) static OPS: &[OpDef] = &[
    convolution!("conv1d", "A bank of filters slid over the last axis, plus a bias for each.", 1, [Value("b")]),
    convolution!("conv1d_nobias", "A bank of filters slid over the last axis.", 1, []),
    convolution!("conv2d", "A bank of filters slid over the last two axes, plus a bias for each.", 2, [Value("b")]),
    convolution!("conv2d_nobias", "A bank of filters slid over the last two axes.", 2, []),
    pool!("max_pool1d", "The largest of every window of the last axis; an empty stride is the kernel.", 1, largest),
    pool!("max_pool2d", "The largest of every window of the last two axes; an empty stride is the kernel.", 2, largest),
    pool!("avg_pool1d", "The mean of every window of the last axis, padding counted as zeros.", 1, mean),
    pool!("avg_pool2d", "The mean of every window of the last two axes, padding counted as zeros.", 2, mean),
    op!(
        "pad_constant",
        Shape,
        [Value("a"), Attribute("pad", AttrKind::Ints), Attribute("value", AttrKind::Float)],
        "Places of one value before and after, in pairs from the last axis on.",
        padded,
        |t, a| {
            let ty = result_type(t, a, padded)?;
            let v = value(&a[0])?;
            let shape = fixed(&ty)?;
            let before = before(attr(&a[1]), shape.len());
            let fill = attr(&a[2]).as_f64().unwrap_or(0.0);
            Ok(match ty.dtype().is_some_and(DType::is_int) {
                true => of_ints(&ty, framed(&ints(v), &shape, &before, fill as i128)),
                false => of_floats(&ty, framed(&v.to_f64(), &shape, &before, fill)),
            })
        },
        work::movement,
    ),
    op!(
        "convolve",
        Contraction,
        [Value("a"), Value("v"), Attribute("mode", AttrKind::Str)],
        "The convolution of two vectors: `full`, `same` (as long as the longer) or `valid` (where both overlap wholly).",
        discrete,
        |t, a| {
            let ty = result_type(t, a, discrete)?;
            let (x, y) = (value(&a[0])?, value(&a[1])?);
            let start = (x.shape()[0] + y.shape()[0] - 1 - fixed(&ty)?[0]) / 2;
            let start = if *attr(&a[2]) == Attr::Str("valid".to_owned()) { x.shape()[0].min(y.shape()[0]) - 1 } else { start };
            let at = |x: usize, y: usize, i: usize| (i + 1).saturating_sub(y)..(i + 1).min(x);
            let n = fixed(&ty)?[0];
            if ty.dtype().is_some_and(DType::is_float) {
                let (x, y) = (x.to_f64(), y.to_f64());
                let one = |i: usize| at(x.len(), y.len(), i + start).map(|k| x[[k]] * y[[i + start - k]]).sum::<f64>();
                return Ok(of_floats(&ty, ArrayD::from_shape_fn(IxDyn(&[n]), |i| one(i[0]))));
            }
            let (x, y) = (ints(x), ints(y));
            let one =
                |i: usize| at(x.len(), y.len(), i + start).map(|k| x[[k]].wrapping_mul(y[[i + start - k]])).fold(0, i128::wrapping_add);
            Ok(of_ints(&ty, ArrayD::from_shape_fn(IxDyn(&[n]), |i| one(i[0]))))
        },
        |args, out| Work {
            kind: WorkKind::Gemm,
            flops: 2.0 * work::size(args[0].ty()) * work::size(args[1].ty()),
            ..work::stream(args, out)
        },
    ),
];

/// An attribute for each of the axes; one stands for all.
fn each(attr: &Attr, axes: usize, least: i64) -> Result<Vec<i64>, TypeError> {
    let given = match attr {
        Attr::Int(n) => vec![*n],
        Attr::Ints(v) => v.clone(),
        other => return infer::refuse(format!("{other} is not a list of integers")),
    };
    if given.iter().any(|n| *n < least) {
        return infer::refuse(format!("expected at least {least}"));
    }
    match given.len() {
        1 => Ok(vec![given[0]; axes]),
        n if n == axes => Ok(given),
        n => infer::refuse(format!("expected {axes} integers, found {n}")),
    }
}

/// How many windows of `reach` places fit a padded length.
fn windows(n: &Dim, padding: i64, reach: i64, stride: i64) -> Result<Dim, TypeError> {
    let slack = 2 * padding - reach;
    match n.as_known() {
        Some(n) if n + slack < 0 || n == 0 => infer::refuse("the window is longer than the axis"),
        Some(n) => Ok(Dim::known((n + slack) / stride + 1)),
        None if stride == 1 => Ok(n.add(&Dim::known(slack + 1))),
        None => Ok(Dim::Unknown),
    }
}

/// The dtype of an array of floats, and its lengths with a batch and channels before `axes` others.
fn sliding<'a>(target: Target, arg: &Arg<'a>, axes: usize) -> Result<(Option<DType>, Option<&'a [Dim]>), TypeError> {
    infer::tensors(target, &[*arg])?;
    infer::floats(target, &[*arg])?;
    let (dtype, _, shape) = array(arg)?;
    if shape.rank().is_some_and(|rank| rank != axes + 1 && rank != axes + 2) {
        return infer::refuse(format!("expected channels and {axes} axes"));
    }
    if shape.dims().is_some_and(|dims| dims[dims.len() - axes - 1].as_known() == Some(0)) {
        return infer::refuse("expected a channel");
    }
    Ok((dtype, shape.dims()))
}

fn convolution(target: Target, args: &[Arg], axes: usize) -> Inferred {
    let operands = args.len() - 4;
    infer::alike(target, &args[..operands])?;
    let (dtype, x) = sliding(target, &args[0], axes)?;
    let (_, w) = sliding(target, &args[1], axes)?;
    let [stride, padding, dilation] = [(0, 1), (1, 0), (2, 1)].map(|(i, least)| each(args[operands + i].attr(), axes, least));
    let (stride, padding, dilation) = (stride?, padding?, dilation?);
    let groups =
        args[operands + 3].attr().as_int().filter(|n| *n > 0).ok_or_else(|| TypeError("expected a number of groups".to_owned()))?;
    let (Some(x), Some(w)) = (x, w) else { return Ok(typed(dtype, false, Shape::Unknown)) };
    let [filters, channels, kernel @ ..] = w else { return infer::refuse("expected filters") };
    if kernel.len() != axes || filters.as_known().is_some_and(|n| n == 0 || n % groups != 0) {
        return infer::refuse("the filters do not fit the axes or groups");
    }
    let (batch, own) = x.split_at(x.len() - axes - 1);
    equal(&own[0], &channels.mul(&Dim::known(groups)))?;
    if let Some(bias) = args[..operands].get(2) {
        let Some(bias) = bias.ty().shape().dims() else { return Ok(typed(dtype, false, Shape::Unknown)) };
        let [bias] = bias else { return infer::refuse("expected a bias for each filter") };
        equal(bias, filters)?;
    }
    let mut dims = [batch, std::slice::from_ref(filters)].concat();
    for axis in 0..axes {
        dims.push(match kernel[axis].as_known() {
            Some(0) => return infer::refuse("an empty kernel"),
            Some(k) => windows(&own[axis + 1], padding[axis], dilation[axis] * (k - 1) + 1, stride[axis])?,
            None => Dim::Unknown,
        });
    }
    Ok(typed(dtype, false, Shape::Ranked(dims)))
}

/// The places of the input under each place of the kernel, for the window at an output's place; `None` in the padding.
fn under(at: &[usize], kernel: &[usize], stride: &[i64], padding: &[i64], dilation: &[i64], lengths: &[usize]) -> Vec<Option<Vec<usize>>> {
    let places = ndarray::indices(IxDyn(kernel)).into_iter();
    let place = |k: IxDyn| {
        let one = |i: usize| {
            let p = at[i] as i64 * stride[i] - padding[i] + k[i] as i64 * dilation[i];
            usize::try_from(p).ok().filter(|p| *p < lengths[i])
        };
        (0..kernel.len()).map(one).collect()
    };
    places.map(place).collect()
}

fn fixed(ty: &Type) -> Result<Vec<usize>, EvalError> {
    ty.shape().value(&|_| None).ok_or_else(|| EvalError("unknown shape".to_owned()))
}

fn convolve(target: Target, args: &[EvalArg], axes: usize, rule: fn(Target, &[Arg]) -> Inferred) -> Evaluated {
    let ty = result_type(target, args, rule)?;
    let operands = args.len() - 4;
    let (x, w) = (value(&args[0])?.to_f64(), value(&args[1])?.to_f64());
    let bias = args[..operands].get(2).map(|b| value(b).map(|b| b.to_f64())).transpose()?;
    let of = |i: usize, least| each(attr(&args[operands + i]), axes, least).map_err(|e| EvalError(e.0));
    let (stride, padding, dilation) = (of(0, 1)?, of(1, 0)?, of(2, 1)?);
    let groups = attr(&args[operands + 3]).as_int().unwrap_or(1).max(1) as usize;
    let lead = x.ndim() - axes - 1;
    let (lengths, kernel) = (x.shape()[lead + 1..].to_vec(), w.shape()[2..].to_vec());
    let (filters, channels, size): (usize, usize, usize) = (w.shape()[0], w.shape()[1], kernel.iter().product());
    let taps: Vec<f64> = w.iter().copied().collect();
    Ok(of_floats(
        &ty,
        ArrayD::from_shape_fn(IxDyn(&fixed(&ty)?), |i| {
            let i = i.slice();
            let filter = i[lead];
            let first = filter / (filters / groups) * channels;
            let mut total = bias.as_ref().map_or(0.0, |b| b[[filter]]);
            for (k, place) in under(&i[lead + 1..], &kernel, &stride, &padding, &dilation, &lengths).into_iter().enumerate() {
                for c in 0..channels {
                    // Padding is zeros, which an infinite weight makes NaN.
                    let element = place.as_ref().map_or(0.0, |place| x[IxDyn(&[&i[..lead], &[first + c], &place[..]].concat())]);
                    total += element * taps[(filter * channels + c) * size + k];
                }
            }
            total
        }),
    ))
}

fn convolution_work(args: &[Arg], out: &Type) -> Work {
    let (w, filters) = (args[1].ty(), work::length(args[1].ty(), 0));
    let bytes = args.iter().map(|arg| work::bytes(arg.ty())).sum::<f64>() + work::bytes(out);
    Work { kind: WorkKind::Gemm, flops: 2.0 * work::size(out) * work::size(w) / filters.max(1.0), bytes }
}

/// Kernel, stride and padding of a pool.
fn pool_attrs(kernel: &Attr, stride: &Attr, padding: &Attr, axes: usize) -> Result<[Vec<i64>; 3], TypeError> {
    let kernel = each(kernel, axes, 1)?;
    let stride = if matches!(stride, Attr::Ints(v) if v.is_empty()) { kernel.clone() } else { each(stride, axes, 1)? };
    let padding = each(padding, axes, 0)?;
    if padding.iter().zip(&kernel).any(|(p, k)| 2 * p > *k) {
        return infer::refuse("more padding than half the kernel");
    }
    Ok([kernel, stride, padding])
}

fn pooled(target: Target, args: &[Arg], axes: usize) -> Inferred {
    let (dtype, x) = sliding(target, &args[0], axes)?;
    let [kernel, stride, padding] = pool_attrs(args[1].attr(), args[2].attr(), args[3].attr(), axes)?;
    let Some(x) = x else { return Ok(typed(dtype, false, Shape::Unknown)) };
    let (lead, own) = x.split_at(x.len() - axes);
    let mut dims = lead.to_vec();
    for axis in 0..axes {
        dims.push(windows(&own[axis], padding[axis], kernel[axis], stride[axis])?);
    }
    Ok(typed(dtype, false, Shape::Ranked(dims)))
}

fn pool(target: Target, args: &[EvalArg], axes: usize, rule: fn(Target, &[Arg]) -> Inferred, f: fn(&[Option<f64>]) -> f64) -> Evaluated {
    let ty = result_type(target, args, rule)?;
    let x = value(&args[0])?.to_f64();
    let [kernel, stride, padding] = pool_attrs(attr(&args[1]), attr(&args[2]), attr(&args[3]), axes).map_err(|e| EvalError(e.0))?;
    let lead = x.ndim() - axes;
    let (lengths, kernel): (Vec<usize>, Vec<usize>) = (x.shape()[lead..].to_vec(), kernel.iter().map(|k| *k as usize).collect());
    let dilation = vec![1; axes];
    Ok(of_floats(
        &ty,
        ArrayD::from_shape_fn(IxDyn(&fixed(&ty)?), |i| {
            let i = i.slice();
            let places = under(&i[lead..], &kernel, &stride, &padding, &dilation, &lengths);
            let element = |place: Vec<usize>| x[IxDyn(&[&i[..lead], &place[..]].concat())];
            f(&places.into_iter().map(|place| place.map(element)).collect::<Vec<_>>())
        }),
    ))
}

fn largest(window: &[Option<f64>]) -> f64 {
    window.iter().flatten().fold(f64::NEG_INFINITY, |m, x| if *x > m || x.is_nan() { *x } else { m })
}

fn mean(window: &[Option<f64>]) -> f64 {
    window.iter().flatten().sum::<f64>() / window.len() as f64
}

/// The places before each axis.
fn before(pad: &Attr, rank: usize) -> Vec<i64> {
    let Attr::Ints(pad) = pad else { return vec![0; rank] };
    (0..rank).map(|axis| pad.get(2 * (rank - 1 - axis)).copied().unwrap_or(0)).collect()
}

fn padded(_: Target, args: &[Arg]) -> Inferred {
    let (dtype, weak, shape) = array(&args[0])?;
    let Attr::Ints(pad) = args[1].attr() else { return infer::refuse("expected pairs of lengths") };
    if weak || pad.len() % 2 != 0 || pad.iter().any(|n| *n < 0) || shape.rank().is_some_and(|rank| pad.len() > 2 * rank) {
        return infer::refuse("expected a pair of lengths for each axis");
    }
    let Some(dims) = shape.dims() else { return Ok(typed(dtype, false, Shape::Unknown)) };
    let mut dims = dims.to_vec();
    let rank = dims.len();
    for (i, pair) in pad.chunks(2).enumerate() {
        dims[rank - 1 - i] = dims[rank - 1 - i].add(&Dim::known(pair[0] + pair[1]));
    }
    Ok(typed(dtype, false, Shape::Ranked(dims)))
}

fn framed<T: Copy>(x: &ArrayD<T>, shape: &[usize], before: &[i64], fill: T) -> ArrayD<T> {
    ArrayD::from_shape_fn(IxDyn(shape), |i| {
        let place: Option<Vec<usize>> =
            i.slice().iter().zip(before).zip(x.shape()).map(|((i, b), n)| usize::try_from(*i as i64 - b).ok().filter(|p| p < n)).collect();
        place.map_or(fill, |place| x[IxDyn(&place)])
    })
}

fn discrete(target: Target, args: &[Arg]) -> Inferred {
    let ty = infer::together(target, &[args[0].ty(), args[1].ty()]);
    let Attr::Str(mode) = args[2].attr() else { return infer::refuse("expected a mode") };
    let mut lengths = Vec::new();
    for arg in &args[..2] {
        let (_, weak, shape) = array(arg)?;
        match shape.dims() {
            _ if weak => return infer::refuse("expected a vector"),
            Some([n]) if n.as_known() == Some(0) => return infer::refuse("an empty vector"),
            Some([n]) => lengths.push(n.clone()),
            Some(_) => return infer::refuse("expected a vector"),
            None => return Ok(typed(ty.dtype(), false, Shape::Ranked(vec![Dim::Unknown]))),
        }
    }
    let known = lengths[0].as_known().zip(lengths[1].as_known());
    let n = match (mode.as_str(), known) {
        ("full", _) => lengths[0].add(&lengths[1]).sub(&Dim::known(1)),
        ("same", Some((a, b))) => Dim::known(a.max(b)),
        ("valid", Some((a, b))) => Dim::known(a.max(b) - a.min(b) + 1),
        ("same" | "valid", None) => Dim::Unknown,
        _ => return infer::refuse(format!("{mode} is not a mode")),
    };
    Ok(typed(ty.dtype(), false, Shape::Ranked(vec![n])))
}
