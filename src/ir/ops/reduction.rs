//! Sums and the like over axes.

use ndarray::IxDyn;

use super::eval::{
    along, attr, axes_of, axis_of, bools, ints, of_bools, of_floats, of_ints, reduce, reduce_floats, refuse, result_type, value,
};
use super::infer::{self, Inferred, array, float_dtype, mean_dtype, not_empty, reduction, sum_dtype, typed};
use super::{op, work};
use crate::ir::{Arg, Attr, AttrKind, DType, OpDef, Param, Param::Attr as Attribute, Param::Value, Shape, Target};

const AXIS: Param = Attribute("axis", AttrKind::Axes);
const KEEPDIMS: Param = Attribute("keepdims", AttrKind::Bool);

macro_rules! float {
    ($name:literal, $doc:literal, $work:ident, $rule:ident, $f:expr) => {
        op!($name, Reduction, [Value("a"), AXIS, KEEPDIMS], $doc, $rule, |t, a| reduce_floats(t, a, $rule, $f), work::$work)
    };
}

macro_rules! number {
    ($name:literal, $doc:literal, $rule:ident, $f:expr, $g:expr) => {
        op!(
            $name,
            Reduction,
            [Value("a"), AXIS, KEEPDIMS],
            $doc,
            $rule,
            |t, a| {
                let ty = result_type(t, a, $rule)?;
                if ty.dtype().is_some_and(DType::is_float) {
                    return reduce_floats(t, a, $rule, $f);
                }
                let data = ints(value(&a[0])?);
                let axes = axes_of(attr(&a[1]), data.shape())?;
                Ok(of_ints(&ty, reduce(&data, &axes, attr(&a[2]).as_bool().unwrap_or(false), $g)?))
            },
            work::reduction,
        )
    };
}

macro_rules! question {
    ($name:literal, $doc:literal, $f:expr) => {
        op!(
            $name,
            Reduction,
            [Value("a"), AXIS, KEEPDIMS],
            $doc,
            truth,
            |t, a| {
                let ty = result_type(t, a, truth)?;
                let data = bools(value(&a[0])?);
                let axes = axes_of(attr(&a[1]), data.shape())?;
                Ok(of_bools(&ty, reduce(&data, &axes, attr(&a[2]).as_bool().unwrap_or(false), |x| Ok($f(x)))?))
            },
            work::reduction,
        )
    };
}

macro_rules! position {
    ($name:literal, $doc:literal, $better:expr) => {
        op!(
            $name,
            Reduction,
            [Value("a"), Attribute("axis", AttrKind::OptAxis), KEEPDIMS],
            $doc,
            position,
            |t, a| {
                let ty = result_type(t, a, position)?;
                let data = value(&a[0])?.to_f64();
                let axes = axes_of(attr(&a[1]), data.shape())?;
                let best = |x: &[f64]| best_index(x, $better);
                Ok(of_ints(&ty, reduce(&data, &axes, attr(&a[2]).as_bool().unwrap_or(false), best)?))
            },
            work::reduction,
        )
    };
}

macro_rules! running {
    ($name:literal, $doc:literal, $f:expr, $g:expr) => {
        op!(
            $name,
            Reduction,
            [Value("a"), Attribute("axis", AttrKind::OptAxis)],
            $doc,
            running,
            |t, a| {
                let ty = result_type(t, a, running)?;
                let v = value(&a[0])?;
                let flat = *attr(&a[1]) == Attr::None;
                let axis = if flat { 0 } else { axis_of(attr(&a[1]), v.shape())? };
                let shape = |n: usize| IxDyn(&[n]);
                if ty.dtype().is_some_and(DType::is_float) {
                    let data = v.to_f64();
                    let data = if flat {
                        ndarray::ArrayD::from_shape_vec(shape(data.len()), data.iter().copied().collect()).unwrap_or(data)
                    } else {
                        data
                    };
                    return Ok(of_floats(&ty, along(&data, axis, |x| Ok(scan(x, $f)))?));
                }
                let data = ints(v);
                let data = if flat {
                    ndarray::ArrayD::from_shape_vec(shape(data.len()), data.iter().copied().collect()).unwrap_or(data)
                } else {
                    data
                };
                Ok(of_ints(&ty, along(&data, axis, |x| Ok(scan(x, $g)))?))
            },
            work::stream,
        )
    };
}

pub(super) static OPS: &[OpDef] = &[
    number!("sum", "The sum; 0 of nothing.", sum, |x| Ok(x.iter().sum()), |x| Ok(x.iter().fold(0i128, |s, x| s.wrapping_add(*x)))),
    number!("prod", "The product; 1 of nothing.", prod, |x| Ok(x.iter().product()), |x| Ok(x
        .iter()
        .fold(1i128, |p, x| i128::from(p.wrapping_mul(*x) as i64)))),
    number!("max", "The largest; NaN if any is; refused of nothing.", extreme, |x| fold(x, f64::max), |x| x
        .iter()
        .copied()
        .max()
        .ok_or_else(empty)),
    number!("min", "The smallest; NaN if any is; refused of nothing.", extreme, |x| fold(x, f64::min), |x| x
        .iter()
        .copied()
        .min()
        .ok_or_else(empty)),
    number!("ptp", "The largest less the smallest.", range, |x| Ok(fold(x, f64::max)? - fold(x, f64::min)?), |x| Ok(x
        .iter()
        .copied()
        .max()
        .ok_or_else(empty)?
        - x.iter().copied().min().ok_or_else(empty)?)),
    float!("mean", "The arithmetic mean; NaN of nothing.", reduction, mean, |x| Ok(average(x))),
    op!(
        "logsumexp",
        Reduction,
        [Value("a"), AXIS, KEEPDIMS],
        "log(sum(exp(a))) without overflow.",
        float,
        |t, a| {
            let shape = value(&a[0])?.shape();
            if t == Target::Numpy && shape.contains(&0) && axes_of(attr(&a[1]), shape)?.len() != 1 {
                return refuse("SciPy stumbles over several axes of an empty array");
            }
            reduce_floats(t, a, float, |x| Ok(logsumexp(x)))
        },
        work::reduction_passes,
    ),
    float!("l1_norm", "The sum of magnitudes.", reduction_passes, norm, |x| Ok(x.iter().map(|x| x.abs()).sum())),
    float!("l2_norm", "The square root of the sum of squares.", reduction, norm, |x| Ok(x.iter().map(|x| x * x).sum::<f64>().sqrt())),
    float!("max_norm", "The largest magnitude; 0 of nothing in NumPy.", reduction_passes, norm_nonempty, |x| {
        if x.is_empty() { Ok(0.0) } else { vector_norm(x, f64::INFINITY) }
    }),
    op!(
        "median",
        Reduction,
        [Value("a"), AXIS, KEEPDIMS],
        "The middle element, or the mean of the two.",
        mean,
        |t, a| {
            let result = reduce_floats(t, a, mean, |x| Ok(median(x)))?;
            // NumPy first merges several axes, which it can not where the others have no place.
            let merged = matches!(attr(&a[1]), Attr::Ints(axes) if axes.len() > 1);
            if merged && result.shape().contains(&0) { refuse("can not merge axes of an empty array") } else { Ok(result) }
        },
        work::reduction_passes,
    ),
    question!("any", "True if any element is not zero.", |x: &[bool]| x.contains(&true)),
    question!("all", "True if no element is zero.", |x: &[bool]| !x.contains(&false)),
    op!(
        "count_nonzero",
        Reduction,
        [Value("a"), AXIS, KEEPDIMS],
        "How many elements are not zero.",
        count,
        |t, a| {
            let ty = result_type(t, a, count)?;
            let data = bools(value(&a[0])?);
            let axes = axes_of(attr(&a[1]), data.shape())?;
            let counted = |x: &[bool]| Ok(x.iter().map(|b| i128::from(*b)).sum());
            Ok(of_ints(&ty, reduce(&data, &axes, attr(&a[2]).as_bool().unwrap_or(false), counted)?))
        },
        work::reduction,
    ),
    op!(
        "var",
        Reduction,
        [Value("a"), AXIS, Attribute("ddof", AttrKind::Float), KEEPDIMS],
        "The mean squared distance from the mean, divided by n - ddof.",
        spread,
        |t, a| {
            let ddof = attr(&a[2]).as_f64().unwrap_or(0.0);
            reduce_floats(t, a, spread, |x| Ok(variance(x, ddof)))
        },
        work::reduction_passes,
    ),
    op!(
        "std",
        Reduction,
        [Value("a"), AXIS, Attribute("ddof", AttrKind::Float), KEEPDIMS],
        "The square root of the variance.",
        spread,
        |t, a| {
            let ddof = attr(&a[2]).as_f64().unwrap_or(0.0);
            reduce_floats(t, a, spread, |x| Ok(variance(x, ddof).sqrt()))
        },
        work::reduction_passes,
    ),
    op!(
        "norm_ord",
        Reduction,
        [Value("a"), Attribute("ord", AttrKind::Float), AXIS, KEEPDIMS],
        "The vector norm of an order: (sum |a|^ord)^(1/ord).",
        |t, args| float(t, &[args[0], args[2], args[3]]),
        |t, a| {
            let order = attr(&a[1]).as_f64().unwrap_or(2.0);
            reduce_floats(t, &[a[0], a[2], a[3]], float, |x| vector_norm(x, order))
        },
        work::reduction_passes,
    ),
    op!(
        "fro_norm",
        Reduction,
        [Value("a")],
        "The square root of the sum of the squares of a matrix.",
        |t, args| {
            let (d, _, _) = array(&args[0])?;
            Ok(typed(norm_dtype(t, d)?, false, Shape::scalar()))
        },
        |_, a| {
            let v = value(&a[0])?;
            let dtype = v.ty().dtype().filter(|d| d.is_float()).unwrap_or(DType::F64);
            let sum: f64 = v.to_f64().iter().map(|x| x * x).sum();
            Ok(crate::ir::Value::float(dtype, ndarray::ArrayD::from_elem(IxDyn(&[]), sum.sqrt())))
        },
        work::reduction,
    ),
    position!("argmax", "Where the largest is, the first of several; NaN counts as largest.", |x, best| x > best),
    position!("argmin", "Where the smallest is, the first of several; NaN counts as smallest.", |x, best| x < best),
    running!("cumsum", "The running sum; of the flattened array without an axis.", |s: f64, x: f64| s + x, |s: i128, x: i128| s + x),
    running!("cumprod", "The running product.", |s: f64, x: f64| s * x, |s: i128, x: i128| i128::from(s.wrapping_mul(x) as i64)),
];

fn empty() -> crate::ir::EvalError {
    crate::ir::EvalError("nothing to choose from along an empty axis".to_owned())
}

fn fold(x: &[f64], f: fn(f64, f64) -> f64) -> Result<f64, crate::ir::EvalError> {
    let nan = x.iter().copied().find(|x| x.is_nan());
    nan.or_else(|| x.iter().copied().reduce(f)).ok_or_else(empty)
}

fn average(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

fn logsumexp(x: &[f64]) -> f64 {
    let top = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !top.is_finite() {
        return if x.iter().any(|x| x.is_nan()) { f64::NAN } else { top };
    }
    top + x.iter().map(|x| (x - top).exp()).sum::<f64>().ln()
}

/// The limits of an order that is 0 or infinite: the number that are not zero, the largest or the smallest.
fn vector_norm(x: &[f64], order: f64) -> Result<f64, crate::ir::EvalError> {
    let sizes: Vec<f64> = x.iter().map(|x| x.abs()).collect();
    match order {
        f64::INFINITY => fold(&sizes, f64::max),
        f64::NEG_INFINITY => fold(&sizes, f64::min),
        0.0 => Ok(sizes.iter().filter(|x| **x != 0.0).count() as f64),
        _ => Ok(sizes.iter().map(|x| x.powf(order)).sum::<f64>().powf(1.0 / order)),
    }
}

fn variance(x: &[f64], ddof: f64) -> f64 {
    let mean = average(x);
    let n = x.len() as f64 - ddof;
    x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n.max(0.0)
}

fn median(x: &[f64]) -> f64 {
    if x.is_empty() || x.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    let mut sorted = x.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

fn best_index(x: &[f64], better: fn(f64, f64) -> bool) -> Result<i128, crate::ir::EvalError> {
    if x.is_empty() {
        return refuse("nothing to choose from along an empty axis");
    }
    let mut best = 0;
    for (i, value) in x.iter().enumerate() {
        if x[best].is_nan() {
            break;
        }
        if value.is_nan() || better(*value, x[best]) {
            best = i;
        }
    }
    Ok(best as i128)
}

fn scan<T: Copy>(x: &[T], f: fn(T, T) -> T) -> Vec<T> {
    let mut sums = x.to_vec();
    for i in 1..sums.len() {
        sums[i] = f(sums[i - 1], sums[i]);
    }
    sums
}

fn sum(target: Target, args: &[Arg]) -> Inferred {
    reduction(args, |d| Ok(sum_dtype(target, d)))
}

/// PyTorch's goes over one axis or all.
fn prod(target: Target, args: &[Arg]) -> Inferred {
    if target == Target::Torch && matches!(args[1].attr(), Attr::Ints(_)) {
        return infer::refuse("expected one axis");
    }
    sum(target, args)
}

fn range(target: Target, args: &[Arg]) -> Inferred {
    if args[0].ty().dtype() == Some(DType::Bool) {
        return infer::refuse("bool is refused");
    }
    extreme(target, args)
}

fn extreme(_: Target, args: &[Arg]) -> Inferred {
    not_empty(args[0].ty().shape(), args[1].attr())?;
    reduction(args, Ok)
}

fn mean(target: Target, args: &[Arg]) -> Inferred {
    reduction(args, |d| mean_dtype(target, d))
}

fn float(target: Target, args: &[Arg]) -> Inferred {
    reduction(args, |d| float_dtype(target, d, false))
}

/// `numpy.linalg.norm` computes integers in `f64`; PyTorch refuses them.
fn norm_dtype(target: Target, d: Option<DType>) -> Result<Option<DType>, crate::ir::TypeError> {
    mean_dtype(target, d)
}

fn norm(target: Target, args: &[Arg]) -> Inferred {
    reduction(args, |d| norm_dtype(target, d))
}

fn norm_nonempty(target: Target, args: &[Arg]) -> Inferred {
    if target != Target::Numpy {
        not_empty(args[0].ty().shape(), args[1].attr())?;
    }
    norm(target, args)
}

fn truth(_: Target, args: &[Arg]) -> Inferred {
    reduction(args, |_| Ok(Some(DType::Bool)))
}

fn count(_: Target, args: &[Arg]) -> Inferred {
    reduction(args, |_| Ok(Some(DType::I64)))
}

fn spread(target: Target, args: &[Arg]) -> Inferred {
    reduction(&[args[0], args[1], args[3]], |d| mean_dtype(target, d))
}

fn position(_: Target, args: &[Arg]) -> Inferred {
    not_empty(args[0].ty().shape(), args[1].attr())?;
    reduction(args, |_| Ok(Some(DType::I64)))
}

fn running(target: Target, args: &[Arg]) -> Inferred {
    let (d, weak, shape) = array(&args[0])?;
    if weak {
        return infer::refuse("a Python number has no axis");
    }
    let shape = match args[1].attr() {
        Attr::None => Shape::Ranked(vec![shape.size()]),
        axis => {
            infer::axis(axis, shape)?;
            shape.clone()
        }
    };
    Ok(typed(sum_dtype(target, d), false, shape))
}
