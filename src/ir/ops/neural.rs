//! Softmax, normalizations, attention, losses.

use ndarray::{ArrayD, IxDyn};

use super::eval::{Evaluated, along, attr, axis_of, broadcast_to, ints, of_floats, refuse, result_type, value, zip};
use super::infer::{self, Inferred, array, broadcast, equal, float_dtype, float_unary, typed};
use super::{op, work};
use crate::ir::{
    Arg, Attr, AttrKind, DType, Dim, EvalArg, EvalError, OpDef, OpId, Param, Param::Attr as Attribute, Param::Value, Shape, Target, Type,
    Value as Concrete, Work, WorkKind, promote,
};

const AXIS: Param = Attribute("axis", AttrKind::Int);
const EPS: Param = Attribute("eps", AttrKind::Float);
const REDUCTION: Param = Attribute("reduction", AttrKind::Str);
const SCALE: Param = Attribute("scale", AttrKind::Float);

macro_rules! along_axis {
    ($name:literal, $doc:literal, $f:expr) => {
        op!(
            $name,
            Neural,
            [Value("x"), AXIS],
            $doc,
            axis_unary,
            |t, a| {
                let ty = result_type(t, a, axis_unary)?;
                let x = value(&a[0])?.to_f64();
                let axis = axis_of(attr(&a[1]), x.shape())?;
                if t == Target::Numpy && x.shape()[axis] == 0 {
                    return refuse("nothing along an empty axis");
                }
                Ok(of_floats(&ty, along(&x, axis, |line| Ok($f(t, line)))?))
            },
            work::transcendental_passes,
        )
    };
}

macro_rules! loss {
    ($name:literal, $doc:literal, $f:expr) => {
        op!(
            $name,
            Neural,
            [Value("x"), Value("y"), REDUCTION],
            $doc,
            pair_loss,
            |t, a| {
                let ty = result_type(t, a, pair_loss)?;
                let each = zip(&value(&a[0])?.to_f64(), &value(&a[1])?.to_f64(), |x, y| $f(*x, *y))?;
                Ok(of_floats(&ty, reduce_loss(each, attr(&a[2]))?))
            },
            work::transcendental_passes,
        )
    };
}

pub(super) static OPS: &[OpDef] = &[
    along_axis!("softmax", "Exponentials divided by their sum along an axis.", |_, line| softmax(line)),
    along_axis!("log_softmax", "The logarithm of softmax, without underflow.", log_softmax),
    op!(
        "glu",
        Neural,
        [Value("x"), AXIS],
        "The first half of an axis times the sigmoid of the second.",
        |t, args| {
            infer::floats(t, args)?;
            let ty = float_unary(t, &args[..1])?;
            let Some(axis) = infer::axis(args[1].attr(), ty.shape())? else { return Ok(ty) };
            let mut dims = ty.shape().dims().unwrap_or(&[]).to_vec();
            dims[axis] = match dims[axis].as_known() {
                Some(n) if n % 2 == 0 => Dim::known(n / 2),
                Some(_) => return infer::refuse("an odd length has no half"),
                None => Dim::Unknown,
            };
            Ok(ty.with_shape(Shape::Ranked(dims)))
        },
        |_, a| {
            let v = value(&a[0])?;
            let x = v.to_f64();
            let axis = axis_of(attr(&a[1]), x.shape())?;
            if x.is_empty() {
                let mut shape = x.shape().to_vec();
                shape[axis] /= 2;
                return Ok(Concrete::float(v.ty().dtype().unwrap_or(DType::F32), ArrayD::zeros(IxDyn(&shape))));
            }
            let half = |line: &[f64]| {
                let n = line.len() / 2;
                Ok((0..n).map(|i| line[i] / (1.0 + (-line[n + i]).exp())).collect())
            };
            Ok(Concrete::float(v.ty().dtype().unwrap_or(DType::F32), along(&x, axis, half)?))
        },
        work::transcendental_passes,
    ),
    op!(
        "layer_norm",
        Neural,
        [Value("x"), Value("w"), Value("b"), Attribute("axes", AttrKind::Int), EPS],
        "Each of the trailing axes' parts with mean 0 and variance 1, times w plus b.",
        |t, args| normalized(t, &args[..3], args[3].attr()),
        |t, a| {
            let normalized = normalize(value(&a[0])?, attr(&a[3]), attr(&a[4]), true)?;
            let ty = result_type(t, &a[..1], float_unary)?;
            let shape = normalized.shape().to_vec();
            let (w, b) = (broadcast_to(&value(&a[1])?.to_f64(), &shape)?, broadcast_to(&value(&a[2])?.to_f64(), &shape)?);
            Ok(of_floats(&ty, normalized * w + b))
        },
        work::reduction_passes,
    ),
    op!(
        "layer_norm_plain",
        Neural,
        [Value("x"), Attribute("axes", AttrKind::Int), EPS],
        "Each of the trailing axes' parts with mean 0 and variance 1.",
        |t, args| normalized(t, &args[..1], args[1].attr()),
        |t, a| Ok(of_floats(&result_type(t, &a[..1], float_unary)?, normalize(value(&a[0])?, attr(&a[1]), attr(&a[2]), true)?)),
        work::reduction_passes,
    ),
    op!(
        "rms_norm",
        Neural,
        [Value("x"), Value("w"), EPS],
        "The last axis divided by its root mean square, times w.",
        |t, args| normalized(t, &args[..2], &Attr::Int(1)),
        |t, a| {
            let normalized = normalize(value(&a[0])?, &Attr::Int(1), attr(&a[2]), false)?;
            let w = broadcast_to(&value(&a[1])?.to_f64(), normalized.shape())?;
            Ok(of_floats(&result_type(t, &a[..1], float_unary)?, normalized * w))
        },
        work::reduction_passes,
    ),
    op!(
        "batch_norm",
        Neural,
        [Value("x"), Value("mean"), Value("var"), Value("w"), Value("b"), EPS],
        "(x - mean) / sqrt(var + eps) * w + b for each place of axis 1.",
        |t, args| {
            if args[0].ty().rank().is_some_and(|r| r < 2) {
                return infer::refuse("expected a batch and channels");
            }
            infer::floats(t, args)?;
            infer::alike(t, args)?;
            if args[0].ty().shape().dims().is_some_and(|dims| dims[1].as_known() == Some(0)) {
                return infer::refuse("expected a channel");
            }
            float_unary(t, &args[..1])
        },
        |t, a| {
            let x = value(&a[0])?.to_f64();
            let eps = attr(&a[5]).as_f64().unwrap_or(1e-5);
            let parameters = (1..5).map(|i| Ok(value(&a[i])?.to_f64())).collect::<Result<Vec<_>, EvalError>>()?;
            if x.ndim() < 2 || parameters.iter().any(|p| p.shape() != [x.shape()[1]]) {
                return refuse("expected a parameter for each channel");
            }
            let [mean, var, w, b] = &parameters[..] else { return refuse("expected four parameters") };
            let y = ArrayD::from_shape_fn(IxDyn(x.shape()), |i| {
                let c = i[1];
                let scale = w[[c]] / (var[[c]] + eps).sqrt();
                x[&i] * scale + (b[[c]] - mean[[c]] * scale)
            });
            Ok(of_floats(&result_type(t, &a[..1], float_unary)?, y))
        },
        work::stream,
    ),
    op!(
        "l2_normalize",
        Neural,
        [Value("x"), AXIS, EPS],
        "Divided by the Euclidean length along an axis, or by eps if that is larger.",
        |t, args| axis_unary(t, &args[..2]),
        |t, a| {
            let ty = result_type(t, &a[..2], axis_unary)?;
            let x = value(&a[0])?.to_f64();
            let eps = attr(&a[2]).as_f64().unwrap_or(1e-12);
            let unit = |line: &[f64]| {
                let length = at_least(line.iter().map(|x| x * x).sum::<f64>().sqrt(), eps);
                Ok(line.iter().map(|x| x / length).collect())
            };
            Ok(of_floats(&ty, along(&x, axis_of(attr(&a[1]), x.shape())?, unit)?))
        },
        work::reduction_passes,
    ),
    op!(
        "attention",
        Neural,
        [Value("q"), Value("k"), Value("v"), SCALE],
        "softmax(q @ k.T * scale) @ v for every batch.",
        attention,
        |t, a| attend(t, a, None, false),
        attention_work,
    ),
    op!(
        "attention_causal",
        Neural,
        [Value("q"), Value("k"), Value("v"), SCALE],
        "Attention in which no place sees a later one.",
        |t, args| seeing(t, args, &args[3]),
        |t, a| attend(t, a, None, true),
        attention_work,
    ),
    op!(
        "attention_masked",
        Neural,
        [Value("q"), Value("k"), Value("v"), Value("mask"), SCALE],
        "Attention with a mask: added if it is of floats, else true where a place is seen.",
        |t, args| {
            array(&args[3])?;
            seeing(t, args, &args[4])
        },
        |t, a| attend(t, &[a[0], a[1], a[2], a[4]], Some(value(&a[3])?), false),
        attention_work,
    ),
    op!(
        "cross_entropy",
        Neural,
        [Value("x"), Value("target"), REDUCTION],
        "-log_softmax(x) at the target class of each row.",
        class_loss,
        |t, a| {
            let rows = along(&value(&a[0])?.to_f64(), 1, |line| Ok(log_softmax(t, line)))?;
            pick(t, a, rows)
        },
        work::transcendental_passes,
    ),
    op!(
        "nll_loss",
        Neural,
        [Value("x"), Value("target"), REDUCTION],
        "-x at the target class of each row.",
        class_loss,
        |t, a| pick(t, a, value(&a[0])?.to_f64()),
        work::reduction_passes,
    ),
    loss!("mse_loss", "The squared difference.", |x: f64, y: f64| (x - y) * (x - y)),
    loss!("l1_loss", "The magnitude of the difference.", |x: f64, y: f64| (x - y).abs()),
    loss!("smooth_l1_loss", "Half the square below 1, the magnitude less a half above.", |x: f64, y: f64| {
        let d = (x - y).abs();
        if d < 1.0 { 0.5 * d * d } else { d - 0.5 }
    }),
    loss!("bce", "Binary cross entropy of probabilities; logarithms are held above -100.", |x: f64, y: f64| {
        -(y * held(x.ln()) + (1.0 - y) * held((1.0 - x).ln()))
    }),
    loss!("bce_with_logits", "Binary cross entropy of logits.", |x: f64, y: f64| (1.0 - y) * x + (-x).max(0.0) + (-x.abs()).exp().ln_1p()),
    loss!("kl_div", "y * (log(y) - x) for log-probabilities x; 0 where y is 0.", |x: f64, y: f64| if y == 0.0 {
        0.0
    } else {
        y * (y.ln() - x)
    }),
    op!(
        "embedding",
        Neural,
        [Value("w"), Value("indices")],
        "The rows that indices name.",
        |_, args| {
            let (d, _, w) = array(&args[0])?;
            let (i, weak, places) = array(&args[1])?;
            if weak || i.is_some_and(|i| !matches!(i, DType::I32 | DType::I64)) || w.rank().is_some_and(|rank| rank != 2) {
                return infer::refuse("expected a table and i64 or i32 as indices");
            }
            let (Some([_, width]), Some(places)) = (w.dims(), places.dims()) else { return Ok(typed(d, false, Shape::Unknown)) };
            Ok(typed(d, false, Shape::Ranked([places, std::slice::from_ref(width)].concat())))
        },
        |t, a| {
            if ints(value(&a[1])?).iter().any(|&i| i < 0) {
                return refuse("an index is out of range");
            }
            (OpId::get("take").def().eval)(t, &[a[0], a[1], EvalArg::Attr(&Attr::Int(0))])
        },
        work::movement,
    ),
    op!(
        "cosine_similarity",
        Neural,
        [Value("a"), Value("b"), AXIS, EPS],
        "The product of two directions along an axis.",
        |t, args| {
            infer::tensors(t, args)?;
            infer::floats(t, args)?;
            infer::alike(t, args)?;
            let ty = infer::float_promoted(t, args)?;
            let shape = infer::reduced(ty.shape(), args[2].attr(), false)?;
            Ok(ty.with_shape(shape))
        },
        |t, a| {
            let ty = result_type(t, a, OpId::get("cosine_similarity").def().infer)?;
            let (x, y) = (value(&a[0])?.to_f64(), value(&a[1])?.to_f64());
            let eps = attr(&a[3]).as_f64().unwrap_or(1e-8);
            let pairs = zip(&x, &y, |x, y| (*x, *y))?;
            let axis = axis_of(attr(&a[2]), pairs.shape())?;
            let cosine = |line: &[(f64, f64)]| {
                let sum = |f: fn(&(f64, f64)) -> f64| line.iter().map(f).sum::<f64>();
                let (xx, yy) = (sum(|p| p.0 * p.0).sqrt(), sum(|p| p.1 * p.1).sqrt());
                Ok(sum(|p| p.0 * p.1) / (at_least(xx, eps) * at_least(yy, eps)))
            };
            Ok(of_floats(&ty, super::eval::reduce(&pairs, &[axis], false, cosine)?))
        },
        work::reduction_passes,
    ),
];

fn softmax(line: &[f64]) -> Vec<f64> {
    let top = line.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exps: Vec<f64> = line.iter().map(|x| (x - top).exp()).collect();
    let total: f64 = exps.iter().sum();
    exps.iter().map(|e| e / total).collect()
}

/// SciPy does not subtract a largest that is infinite.
fn log_softmax(target: Target, line: &[f64]) -> Vec<f64> {
    let top = line.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let top = if target == Target::Numpy && top.is_infinite() { 0.0 } else { top };
    let log = line.iter().map(|x| (x - top).exp()).sum::<f64>().ln();
    line.iter().map(|x| x - top - log).collect()
}

fn axis_unary(target: Target, args: &[Arg]) -> Inferred {
    infer::axis(args[1].attr(), args[0].ty().shape())?;
    if target == Target::Torch && args[0].ty().dtype().is_some_and(|d| !d.is_float()) {
        return infer::refuse("expected floats");
    }
    float_unary(target, &args[..1])
}

/// What is normalized over its trailing axes, and parameters of their shape.
fn normalized(target: Target, args: &[Arg], axes: &Attr) -> Inferred {
    let (_, weak, x) = array(&args[0])?;
    infer::tensors(target, args)?;
    infer::floats(target, args)?;
    infer::alike(target, args)?;
    let count = axes.as_int().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    if weak || count == 0 || x.rank().is_some_and(|rank| rank < count) {
        return infer::refuse("expected as many axes as are normalized");
    }
    for parameter in &args[1..] {
        let (Some(x), Some(own)) = (x.dims(), parameter.ty().shape().dims()) else { continue };
        if own.len() != count {
            return infer::refuse("expected a parameter for each place");
        }
        for (a, b) in x[x.len() - count..].iter().zip(own) {
            equal(a, b)?;
        }
    }
    float_unary(target, &args[..1])
}

/// The last `axes` axes as one line: centered if asked, divided by the root of the mean square plus eps.
fn normalize(v: &Concrete, axes: &Attr, eps: &Attr, center: bool) -> Result<ArrayD<f64>, EvalError> {
    let x = v.to_f64();
    let count = axes.as_int().unwrap_or(1).clamp(0, x.ndim() as i64) as usize;
    let eps = eps.as_f64().unwrap_or(1e-5);
    let line: usize = x.shape()[x.ndim() - count..].iter().product();
    let flat: Vec<f64> = x.iter().copied().collect();
    let mut result = Vec::with_capacity(flat.len());
    for part in flat.chunks(line.max(1)) {
        let mean = if center { part.iter().sum::<f64>() / part.len() as f64 } else { 0.0 };
        let var = part.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / part.len() as f64;
        result.extend(part.iter().map(|x| (x - mean) / (var + eps).sqrt()));
    }
    ArrayD::from_shape_vec(IxDyn(x.shape()), result).map_err(|e| EvalError(e.to_string()))
}

fn attention(target: Target, args: &[Arg]) -> Inferred {
    infer::tensors(target, args)?;
    if args[..3].iter().any(|arg| arg.ty().rank().is_some_and(|rank| rank < 2)) {
        return infer::refuse("expected matrices");
    }
    infer::floats(target, &args[..3])?;
    infer::alike(target, &args[..3])?;
    let (d, _, q) = array(&args[0])?;
    let (_, _, k) = array(&args[1])?;
    let (_, _, v) = array(&args[2])?;
    let d = float_dtype(target, d, false)?;
    let (Some([batch @ .., n, e]), Some([_, m, f]), Some([_, l, w])) = (q.dims(), last_two(k), last_two(v)) else {
        return Ok(typed(d, false, Shape::Unknown));
    };
    equal(e, f)?;
    equal(m, l)?;
    for other in [k, v] {
        let Some([own @ .., _, _]) = other.dims() else { continue };
        if own.len() != batch.len() {
            return infer::refuse("expected batches of one shape");
        }
        for (a, b) in batch.iter().zip(own) {
            equal(a, b)?;
        }
    }
    Ok(typed(d, false, Shape::Ranked([batch, &[n.clone(), w.clone()]].concat())))
}

/// Attention that does not see everything: PyTorch multiplies what is hidden, minus infinity, by the scale.
fn seeing(target: Target, args: &[Arg], scale: &Arg) -> Inferred {
    if scale.attr().as_f64().is_some_and(|scale| scale <= 0.0) {
        return infer::refuse("expected a positive scale");
    }
    attention(target, args)
}

/// The last two lengths behind a placeholder for the rest.
fn last_two(shape: &Shape) -> Option<[&Dim; 3]> {
    match shape.dims()? {
        [.., a, b] => Some([a, a, b]),
        _ => None,
    }
}

fn attend(target: Target, args: &[EvalArg], mask: Option<&Concrete>, causal: bool) -> Evaluated {
    let call = |name: &str, args: &[EvalArg]| (OpId::get(name).def().eval)(target, args);
    let scale = attr(&args[3]).as_f64().unwrap_or(1.0);
    let (i, j) = (Attr::Int(-1), Attr::Int(-2));
    let keys = call("swap_axes", &[args[1], EvalArg::Attr(&i), EvalArg::Attr(&j)])?;
    let scores = call("matmul", &[args[0], EvalArg::Value(&keys)])?;
    let dtype = scores.ty().dtype().unwrap_or(DType::F32);
    let mut data = scores.to_f64() * scale;
    let rank = data.ndim();
    let shape = data.shape().to_vec();
    let seen = mask.map(|m| Ok::<_, EvalError>((broadcast_to(&m.to_f64(), &shape)?, m.ty().dtype() == Some(DType::Bool)))).transpose()?;
    for (index, score) in data.indexed_iter_mut() {
        if causal && index[rank - 1] > index[rank - 2] {
            *score = f64::NEG_INFINITY;
        }
        match &seen {
            Some((mask, true)) if mask[&index] == 0.0 => *score = f64::NEG_INFINITY,
            Some((mask, false)) => *score += mask[&index],
            _ => {}
        }
    }
    // A place that may see nothing sees zeros.
    let hides = causal || mask.is_some();
    let blind = |line: &[f64]| hides && line.iter().all(|x| *x == f64::NEG_INFINITY);
    let weigh = |line: &[f64]| Ok(if blind(line) { vec![0.0; line.len()] } else { softmax(line) });
    let weights = Concrete::float(dtype, along(&data, rank - 1, weigh)?);
    call("matmul", &[EvalArg::Value(&weights), args[2]])
}

fn attention_work(args: &[Arg], out: &Type) -> Work {
    let keys = work::length(args[1].ty(), -2);
    let queries = work::size(args[0].ty());
    let bytes = args.iter().map(|a| work::bytes(a.ty())).sum::<f64>() + work::bytes(out);
    Work { kind: WorkKind::Gemm, flops: 2.0 * keys * (queries + work::size(out)), bytes }
}

fn class_loss(target: Target, args: &[Arg]) -> Inferred {
    infer::floats(target, &args[..1])?;
    let (d, _, x) = array(&args[0])?;
    let (i, _, classes) = array(&args[1])?;
    if i.is_some_and(|i| i != DType::I64) {
        return infer::refuse("expected classes as i64");
    }
    if x.rank().is_some_and(|r| r != 2) || classes.rank().is_some_and(|r| r != 1) {
        return infer::refuse("expected rows of scores and a class for each");
    }
    if let (Some([n, _]), Some([m])) = (x.dims(), classes.dims()) {
        equal(n, m)?;
    }
    loss_type(float_dtype(target, d, false)?, classes, args[2].attr())
}

fn pair_loss(target: Target, args: &[Arg]) -> Inferred {
    let (_, _, x) = array(&args[0])?;
    let (_, _, y) = array(&args[1])?;
    infer::tensors(target, args)?;
    infer::floats(target, args)?;
    infer::alike(target, args)?;
    let (dtype, _) = promote(target, args[0].ty(), args[1].ty());
    loss_type(float_dtype(target, dtype, false)?, &broadcast(x, y)?, args[2].attr())
}

fn loss_type(dtype: Option<DType>, each: &Shape, reduction: &Attr) -> Inferred {
    match reduction {
        Attr::Str(s) if s == "none" => Ok(typed(dtype, false, each.clone())),
        Attr::Str(s) if s == "mean" || s == "sum" => Ok(typed(dtype, false, Shape::scalar())),
        other => infer::refuse(format!("{other} is not a reduction")),
    }
}

fn reduce_loss(each: ArrayD<f64>, reduction: &Attr) -> Result<ArrayD<f64>, EvalError> {
    let scalar = |x: f64| ArrayD::from_elem(IxDyn(&[]), x);
    match reduction {
        Attr::Str(s) if s == "none" => Ok(each),
        Attr::Str(s) if s == "sum" => Ok(scalar(each.sum())),
        Attr::Str(s) if s == "mean" => Ok(scalar(each.sum() / each.len() as f64)),
        other => refuse(format!("{other} is not a reduction")),
    }
}

fn pick(target: Target, args: &[EvalArg], rows: ArrayD<f64>) -> Evaluated {
    let ty = result_type(target, args, class_loss)?;
    let classes = ints(value(&args[1])?);
    let count = rows.shape()[1];
    let each = classes.indexed_iter().map(|(i, &c)| match usize::try_from(c) {
        Ok(c) if c < count => Ok(-rows[[i[0], c]]),
        _ => refuse("a class is out of range"),
    });
    let each = ArrayD::from_shape_vec(IxDyn(classes.shape()), each.collect::<Result<_, _>>()?).map_err(|e| EvalError(e.to_string()))?;
    Ok(of_floats(&ty, reduce_loss(each, attr(&args[2]))?))
}

/// The larger; NaN of NaN.
fn at_least(x: f64, low: f64) -> f64 {
    if x < low { low } else { x }
}

/// At least -100; NaN of NaN.
fn held(x: f64) -> f64 {
    if x < -100.0 { -100.0 } else { x }
}
