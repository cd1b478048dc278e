//! Logic, choice between elements, and functions of three operands.

use super::eval::{
    Evaluated, bools, broadcast_shape, broadcast_to, fitting, ints, of_bools, of_floats, of_ints, refuse, result_type, rounded_input,
    value, zip,
};
use super::infer::{self, Inferred, array, bool_unary, broadcast, promoted, truth, typed};
use super::{op, work};
use crate::ir::{
    Arg, AttrKind, DType, EvalArg, EvalError, OpDef, Param::Attr as Attribute, Param::Value, Target, Type, Value as Concrete, promote,
};

macro_rules! logic {
    ($name:literal, $doc:literal, $f:expr) => {
        op!(
            $name,
            Select,
            [Value("a"), Value("b")],
            $doc,
            truth,
            |t, a| Ok(of_bools(&result_type(t, a, truth)?, zip(&bools(value(&a[0])?), &bools(value(&a[1])?), $f)?)),
            work::stream
        )
    };
}

pub(super) static OPS: &[OpDef] = &[
    logic!("logical_and", "True where both are not zero.", |x, y| *x && *y),
    logic!("logical_or", "True where either is not zero.", |x, y| *x || *y),
    logic!("logical_xor", "True where exactly one is not zero.", |x, y| x != y),
    op!(
        "is_close",
        Select,
        [Value("a"), Value("b"), Attribute("rtol", AttrKind::Float), Attribute("atol", AttrKind::Float)],
        "|a - b| <= atol + rtol * |b|; infinities equal themselves.",
        |t, args| {
            infer::tensors(t, &args[..2])?;
            infer::alike(t, &args[..2])?;
            truth(t, args)
        },
        |t, a| {
            let ty = result_type(t, a, truth)?;
            let (rtol, atol) = (super::eval::attr(&a[2]).as_f64().unwrap_or(1e-5), super::eval::attr(&a[3]).as_f64().unwrap_or(1e-8));
            let close = |x: &f64, y: &f64| x == y || (y.is_finite() && (x - y).abs() <= atol + rtol * y.abs());
            Ok(of_bools(&ty, zip(&value(&a[0])?.to_f64(), &value(&a[1])?.to_f64(), close)?))
        },
        work::stream,
    ),
    op!(
        "select",
        Select,
        [Value("condition"), Value("a"), Value("b")],
        "a where the condition holds, b elsewhere.",
        select,
        |t, args| {
            let ty = result_type(t, args, select)?;
            let shape = ty.shape().value(&|_| None).unwrap_or_default();
            let condition = broadcast_to(&bools(value(&args[0])?), &shape)?;
            let (a, b) = (value(&args[1])?, value(&args[2])?);
            if ty.dtype().is_some_and(DType::is_float) {
                let (x, y) = (broadcast_to(&rounded_input(t, &ty, a), &shape)?, broadcast_to(&rounded_input(t, &ty, b), &shape)?);
                let data = condition.iter().zip(x.iter().zip(y.iter())).map(|(c, (x, y))| if *c { *x } else { *y });
                return Ok(of_floats(&ty, from_iter(&shape, data)?));
            }
            let (x, y) = (broadcast_to(&ints(a), &shape)?, broadcast_to(&ints(b), &shape)?);
            let data = condition.iter().zip(x.iter().zip(y.iter())).map(|(c, (x, y))| if *c { *x } else { *y });
            Ok(of_ints(&ty, from_iter(&shape, data)?))
        },
        work::stream,
    ),
    op!("clip", Select, [Value("x"), Value("lo"), Value("hi")], "minimum(maximum(x, lo), hi); NaN of NaN.", bounds, clip, work::stream,),
    op!("clip_min", Select, [Value("x"), Value("lo")], "maximum(x, lo).", bounds, |t, a| one_bound(t, a, raise, i128::max), work::stream,),
    op!("clip_max", Select, [Value("x"), Value("hi")], "minimum(x, hi).", bounds, |t, a| one_bound(t, a, lower, i128::min), work::stream,),
    op!(
        "fma",
        Elementwise,
        [Value("a"), Value("b"), Value("c")],
        "a * b + c, rounded once.",
        infer::float_promoted,
        |t, args| {
            let ty = result_type(t, args, infer::float_promoted)?;
            if ty.dtype() == Some(DType::F64) {
                return ternary(t, args, infer::float_promoted, f64::mul_add, |a, b, c| a * b + c);
            }
            ternary(t, args, infer::float_promoted, |a, b, c| f64::from((a as f32).mul_add(b as f32, c as f32)), |a, b, c| a * b + c)
        },
        work::stream,
    ),
    op!(
        "lerp",
        Elementwise,
        [Value("a"), Value("b"), Value("t")],
        "a + t * (b - a).",
        interpolation,
        |t, args| ternary(
            t,
            args,
            interpolation,
            |a, b, w| if w.abs() < 0.5 { a + w * (b - a) } else { b - (b - a) * (1.0 - w) },
            |a, _, _| a
        ),
        work::stream,
    ),
    op!(
        "to_bool",
        Select,
        [Value("x")],
        "True where the element is not zero.",
        bool_unary,
        |t, a| Ok(of_bools(&result_type(t, a, bool_unary)?, bools(value(&a[0])?))),
        work::stream,
    ),
];

/// PyTorch takes no Python number as a bound of bools.
fn bounds(target: Target, args: &[Arg]) -> Inferred {
    let ty = promoted(target, args)?;
    let weak = args.iter().any(|arg| arg.ty().is_weak());
    if target == Target::Torch && weak && ty.dtype() == Some(DType::Bool) { infer::refuse("bool is refused") } else { Ok(ty) }
}

fn one_bound(target: Target, args: &[EvalArg], f: fn(f64, f64) -> f64, g: fn(i128, i128) -> i128) -> Evaluated {
    let ty = result_type(target, args, promoted)?;
    if ty.dtype().is_some_and(DType::is_float) {
        for arg in args {
            held(target, &ty, value(arg)?)?;
        }
        return super::eval::zip_floats(target, args, promoted, f);
    }
    let x = fitting(target, &ty, value(&args[0])?)?;
    Ok(of_ints(&ty, zip(&x, &bound(target, &ty, value(&args[1])?, g(0, 1) == 1)?, |x, y| g(*x, *y))?))
}

/// A bound may be a Python integer beyond what the dtype holds, but not one that leaves nothing between.
fn bound(target: Target, ty: &Type, v: &Concrete, lower: bool) -> Result<ndarray::ArrayD<i128>, EvalError> {
    let Some(dtype) = ty.dtype().filter(|d| d.is_int() && v.ty().is_weak() && !ty.is_weak()) else { return fitting(target, ty, v) };
    let outside = |x: &i128| crate::ir::value::wrap_to(dtype, *x) != *x && (*x > 0) == lower;
    if ints(v).iter().any(outside) { refuse("a Python integer that the dtype does not hold") } else { Ok(ints(v)) }
}

/// PyTorch refuses a Python number that overflows the dtype.
fn held(target: Target, ty: &Type, v: &Concrete) -> Result<(), EvalError> {
    let finite = v.to_f64().iter().all(|x| x.is_finite());
    let overflows = v.ty().is_weak() && finite && rounded_input(target, ty, v).iter().any(|x| x.is_infinite());
    if target == Target::Torch && overflows { refuse("a Python number that the dtype does not hold") } else { Ok(()) }
}

/// PyTorch's operands are tensors of one dtype; the weight may be a Python number.
fn interpolation(target: Target, args: &[Arg]) -> Inferred {
    infer::floats(target, &args[..2])?;
    infer::tensors(target, &args[..2])?;
    infer::alike(target, &args[..if args[2].ty().is_weak() { 2 } else { 3 }])?;
    infer::float_promoted(target, args)
}

fn raise(x: f64, lo: f64) -> f64 {
    if x >= lo || x.is_nan() { x } else { lo }
}

fn lower(x: f64, hi: f64) -> f64 {
    if x <= hi || x.is_nan() { x } else { hi }
}

fn from_iter<T>(shape: &[usize], data: impl Iterator<Item = T>) -> Result<ndarray::ArrayD<T>, crate::ir::EvalError> {
    ndarray::ArrayD::from_shape_vec(ndarray::IxDyn(shape), data.collect()).map_err(|e| crate::ir::EvalError(e.to_string()))
}

fn ternary(
    target: Target,
    args: &[EvalArg],
    rule: fn(Target, &[Arg]) -> Inferred,
    f: fn(f64, f64, f64) -> f64,
    g: fn(i128, i128, i128) -> i128,
) -> Evaluated {
    let ty = result_type(target, args, rule)?;
    let values = [value(&args[0])?, value(&args[1])?, value(&args[2])?];
    let shape = broadcast_shape(&broadcast_shape(values[0].shape(), values[1].shape())?, values[2].shape())?;
    if ty.dtype().is_some_and(DType::is_float) {
        for v in values {
            held(target, &ty, v)?;
        }
        let [x, y, z] = values.map(|v| broadcast_to(&rounded_input(target, &ty, v), &shape));
        let (x, y, z) = (x?, y?, z?);
        let data = x.iter().zip(y.iter().zip(z.iter())).map(|(x, (y, z))| f(*x, *y, *z));
        return Ok(of_floats(&ty, from_iter(&shape, data)?));
    }
    let [x, y, z] = values.map(|v| broadcast_to(&fitting(target, &ty, v)?, &shape));
    let (x, y, z) = (x?, y?, z?);
    let data = x.iter().zip(y.iter().zip(z.iter())).map(|(x, (y, z))| g(*x, *y, *z));
    Ok(of_ints(&ty, from_iter(&shape, data)?))
}

fn clip(target: Target, args: &[EvalArg]) -> Evaluated {
    let ty = result_type(target, args, promoted)?;
    if ty.dtype().is_some_and(DType::is_float) {
        return ternary(target, args, promoted, |x, lo, hi| lower(raise(x, lo), hi), |x, _, _| x);
    }
    let x = fitting(target, &ty, value(&args[0])?)?;
    let raised = zip(&x, &bound(target, &ty, value(&args[1])?, true)?, |x, lo| *x.max(lo))?;
    Ok(of_ints(&ty, zip(&raised, &bound(target, &ty, value(&args[2])?, false)?, |x, hi| *x.min(hi))?))
}

/// PyTorch wants a condition of bool; NumPy takes any; the result of two Python numbers is an array.
fn select(target: Target, args: &[Arg]) -> Inferred {
    let (c, _, shape) = array(&args[0])?;
    if target == Target::Torch && c.is_some_and(|c| c != DType::Bool) {
        return infer::refuse("expected a condition of bool");
    }
    let (_, _, x) = array(&args[1])?;
    let (_, _, y) = array(&args[2])?;
    let (dtype, both) = promote(target, args[1].ty(), args[2].ty());
    let weak = both && args[0].ty().is_weak();
    // A tensor of two Python floats has PyTorch's default dtype.
    let dtype = if both && !weak && target == Target::Torch && dtype == Some(DType::F64) { Some(DType::F32) } else { dtype };
    Ok(typed(dtype, weak, broadcast(shape, &broadcast(x, y)?)?))
}
