//! Arrays made of nothing but a shape and a value.

use ndarray::{ArrayD, IxDyn};

use super::eval::{attr, broadcast_to, fitting, ints, of_floats, of_ints, refuse, result_type, value};
use super::infer::{self, Inferred, array, typed};
use super::shape::wanted;
use super::{op, work};
use crate::ir::{
    Arg, Attr, AttrKind, DType, DTypeKind, Dim, EvalArg, EvalError, OpDef, Param, Param::Attr as Attribute, Param::Value, Shape, Target,
    Type, TypeError, Value as Concrete,
};

const SHAPE: Param = Attribute("shape", AttrKind::Dims);
const DTYPE: Param = Attribute("dtype", AttrKind::DType);

pub(super) static OPS: &[OpDef] = &[
    op!("zeros", Shape, [SHAPE, DTYPE], "All zeros.", filled, |_, a| constant(a, 0.0), work::fill),
    op!("ones", Shape, [SHAPE, DTYPE], "All ones.", filled, |_, a| constant(a, 1.0), work::fill),
    op!(
        "full",
        Shape,
        [SHAPE, Value("value"), DTYPE],
        "One value everywhere.",
        |_, args| {
            if array(&args[1])?.2.rank().is_some_and(|r| r != 0) {
                return infer::refuse("expected a scalar");
            }
            let Attr::DType(d) = args[2].attr() else { return infer::refuse("expected a dtype") };
            Ok(Type::array(*d, positive(args[0].attr())?))
        },
        |t, a| {
            let shape = fixed(attr(&a[0]))?;
            let Attr::DType(d) = attr(&a[2]) else { return refuse("expected a dtype") };
            fill(t, &Type::array(*d, Shape::fixed(&shape)), value(&a[1])?)
        },
        work::fill,
    ),
    op!(
        "eye",
        Shape,
        [Attribute("n", AttrKind::Dims), DTYPE],
        "The identity matrix.",
        |_, args| {
            let (Shape::Ranked(n), Attr::DType(d)) = (positive(args[0].attr())?, args[1].attr()) else {
                return infer::refuse("expected a length");
            };
            let [n] = &n[..] else { return infer::refuse("expected one length") };
            Ok(Type::array(*d, Shape::Ranked(vec![n.clone(), n.clone()])))
        },
        |_, a| {
            let [n] = fixed(attr(&a[0]))?[..] else { return refuse("expected one length") };
            let Attr::DType(d) = attr(&a[1]) else { return refuse("expected a dtype") };
            Ok(of_floats(
                &Type::array(*d, Shape::fixed(&[n, n])),
                ArrayD::from_shape_fn(IxDyn(&[n, n]), |i| f64::from(u8::from(i[0] == i[1]))),
            ))
        },
        work::fill,
    ),
    op!(
        "zeros_like",
        Shape,
        [Value("a")],
        "Zeros of the shape and dtype of another.",
        like,
        |t, a| {
            let ty = result_type(t, a, like)?;
            Ok(of_ints(&ty, ints(value(&a[0])?).mapv(|_| 0)))
        },
        work::fill
    ),
    op!(
        "ones_like",
        Shape,
        [Value("a")],
        "Ones of the shape and dtype of another.",
        like,
        |t, a| {
            let ty = result_type(t, a, like)?;
            Ok(of_ints(&ty, ints(value(&a[0])?).mapv(|_| 1)))
        },
        work::fill
    ),
    op!(
        "full_like",
        Shape,
        [Value("a"), Value("value")],
        "One value in the shape and dtype of another.",
        |t, args| {
            if args[1].ty().rank().is_some_and(|r| r != 0) {
                return infer::refuse("expected a scalar");
            }
            like(t, args)
        },
        |t, a| {
            let v = value(&a[0])?;
            fill(t, &Type::array(v.ty().dtype().unwrap_or(DType::F64), Shape::fixed(v.shape())), value(&a[1])?)
        },
        work::fill,
    ),
    op!(
        "arange",
        Shape,
        [Value("start"), Value("stop"), Value("step")],
        "start, start + step, … before stop.",
        |t, args| {
            let ty = infer::promoted(t, args)?;
            if ty.rank().is_some_and(|r| r != 0) {
                return infer::refuse("expected scalars");
            }
            let dtype = match (ty.dtype(), t) {
                (Some(d), Target::Torch) if d.is_float() && ty.is_weak() => Some(DType::F32),
                (d, _) => d,
            };
            let known = |arg: &Arg| if let Arg::Value(_, Some(c)) = arg { Some(c.as_f64()) } else { None };
            let length = match (known(&args[0]), known(&args[1]), known(&args[2])) {
                (Some(a), Some(b), Some(s)) if s != 0.0 => Dim::known(((b - a) / s).ceil().max(0.0) as i64),
                _ => Dim::Unknown,
            };
            Ok(typed(dtype, false, Shape::Ranked(vec![length])))
        },
        |t, a| {
            let [start, stop, step] = [0, 1, 2].map(|i| value(&a[i]).map(|v| v.to_f64().iter().next().copied().unwrap_or(0.0)));
            let (start, stop, step) = (start?, stop?, step?);
            let n = ((stop - start) / step).ceil().max(0.0);
            if t == Target::Torch && (stop - start) * step < 0.0 {
                return refuse("the step leads away from the end");
            }
            if n.is_nan() || n >= 1e7 {
                return refuse("too many elements");
            }
            let ty = result_type(t, a, infer::promoted)?;
            let dtype = if ty.is_weak() && t == Target::Torch && ty.dtype() == Some(DType::F64) {
                DType::F32
            } else {
                ty.dtype().unwrap_or(DType::F64)
            };
            let data: Vec<f64> = (0..n as usize).map(|i| start + i as f64 * step).collect();
            Ok(of_floats(
                &Type::array(dtype, Shape::fixed(&[data.len()])),
                ArrayD::from_shape_vec(IxDyn(&[data.len()]), data).map_err(|e| EvalError(e.to_string()))?,
            ))
        },
        work::fill,
    ),
    op!(
        "linspace",
        Shape,
        [Value("start"), Value("stop"), Attribute("n", AttrKind::Int)],
        "So many numbers in equal steps from start to stop, both included.",
        spaced,
        |t, a| {
            let ty = result_type(t, a, spaced)?;
            let end = |i: usize| Ok::<f64, EvalError>(value(&a[i])?.to_f64().iter().next().copied().unwrap_or(0.0));
            let (start, stop, n) = (end(0)?, end(1)?, attr(&a[2]).as_int().unwrap_or(0).max(0) as usize);
            let step = (stop - start) / (n.max(2) - 1) as f64;
            let at = |i: usize| if i + 1 == n && n > 1 { stop } else { start + i as f64 * step };
            Ok(of_floats(&ty, ArrayD::from_shape_fn(IxDyn(&[n]), |i| at(i[0]))))
        },
        work::fill,
    ),
];

/// Between Python numbers: the library's default float.
fn spaced(target: Target, args: &[Arg]) -> Inferred {
    let n = args[2].attr().as_int().filter(|n| *n >= 0).ok_or_else(|| TypeError("expected a count".to_owned()))?;
    for end in &args[..2] {
        array(end)?;
        if !end.ty().is_weak() && target != Target::Rust {
            return infer::refuse("expected Python numbers");
        }
    }
    let dtype = match target {
        Target::Numpy => DType::F64,
        Target::Torch => DType::F32,
        Target::Rust => return Ok(typed(args[0].ty().dtype(), false, Shape::Ranked(vec![Dim::known(n)]))),
    };
    Ok(Type::array(dtype, Shape::Ranked(vec![Dim::known(n)])))
}

fn positive(attr: &Attr) -> Result<Shape, TypeError> {
    let shape = wanted(attr)?;
    let negative = shape.dims().unwrap_or(&[]).iter().any(|d| d.as_known().is_some_and(|n| n < 0));
    if negative { infer::refuse("a negative length") } else { Ok(shape) }
}

fn fixed(attr: &Attr) -> Result<Vec<usize>, EvalError> {
    let shape = positive(attr).map_err(|e| EvalError(e.0))?;
    shape
        .value(&|_| None)
        .filter(|s| s.iter().product::<usize>() < 100_000_000)
        .ok_or_else(|| EvalError("the shape has an unknown length".to_owned()))
}

fn filled(_: Target, args: &[Arg]) -> Inferred {
    let Attr::DType(d) = args[1].attr() else { return infer::refuse("expected a dtype") };
    Ok(Type::array(*d, positive(args[0].attr())?))
}

fn constant(args: &[EvalArg], value: f64) -> Result<Concrete, EvalError> {
    let shape = fixed(attr(&args[0]))?;
    let Attr::DType(d) = attr(&args[1]) else { return refuse("expected a dtype") };
    Ok(of_floats(&Type::array(*d, Shape::fixed(&shape)), ArrayD::from_elem(IxDyn(&shape), value)))
}

fn like(_: Target, args: &[Arg]) -> Inferred {
    let (d, _, shape) = array(&args[0])?;
    Ok(typed(d, false, shape.clone()))
}

/// One value in every place of a type.
fn fill(target: Target, ty: &Type, v: &Concrete) -> Result<Concrete, EvalError> {
    let shape = ty.shape().value(&|_| None).unwrap_or_default();
    Ok(match ty.dtype().map(DType::kind) {
        Some(DTypeKind::Int) => of_ints(ty, broadcast_to(&fitting(target, ty, v)?, &shape)?),
        _ => of_floats(ty, broadcast_to(&v.to_f64(), &shape)?),
    })
}
