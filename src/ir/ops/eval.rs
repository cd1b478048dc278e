//! What the reference evaluation of the ops has in common.

use ndarray::{ArrayD, Axis, IxDyn};

use crate::ir::{Arg, Attr, DType, DTypeKind, Data, EvalArg, EvalError, Shape, Target, Type, Value};

use super::infer::{self, Inferred};

pub(super) type Evaluated = Result<Value, EvalError>;

pub(super) fn refuse<T>(why: impl Into<String>) -> Result<T, EvalError> {
    Err(EvalError(why.into()))
}

pub(super) fn value<'a>(arg: &EvalArg<'a>) -> Result<&'a Value, EvalError> {
    match arg {
        EvalArg::Value(v) => Ok(v),
        EvalArg::Attr(a) => refuse(format!("expected an operand, found {a}")),
    }
}

pub(super) fn attr<'a>(arg: &EvalArg<'a>) -> &'a Attr {
    match arg {
        EvalArg::Attr(a) => a,
        EvalArg::Value(_) => &Attr::None,
    }
}

/// The result's type by an op's own type rule.
pub(super) fn result_type(target: Target, args: &[EvalArg], rule: fn(Target, &[Arg]) -> Inferred) -> Result<Type, EvalError> {
    let types: Vec<Option<Type>> = args.iter().map(|a| if let EvalArg::Value(v) = a { Some(v.ty()) } else { None }).collect();
    let args: Vec<Arg> = args
        .iter()
        .zip(&types)
        .map(|(arg, ty)| match (arg, ty) {
            (EvalArg::Attr(a), _) => Arg::Attr(a),
            (EvalArg::Value(_), Some(ty)) => Arg::Value(ty, None),
            (EvalArg::Value(_), None) => Arg::Value(&Type::Unknown, None),
        })
        .collect();
    rule(target, &args).map_err(|e| EvalError(e.0))
}

/// The elements as integers; floats are truncated.
pub(super) fn ints(v: &Value) -> ArrayD<i128> {
    match v {
        Value::Array { data: Data::Bool(a), .. } => a.mapv(i128::from),
        Value::Array { data: Data::Int(a), .. } => a.clone(),
        Value::Array { data: Data::Float(a), .. } => a.mapv(|x| x as i128),
        Value::Tuple(_) => ArrayD::zeros(IxDyn(&[0])),
    }
}

/// The elements as truth values: not zero.
pub(super) fn bools(v: &Value) -> ArrayD<bool> {
    match v {
        Value::Array { data: Data::Bool(a), .. } => a.clone(),
        Value::Array { data: Data::Int(a), .. } => a.mapv(|x| x != 0),
        Value::Array { data: Data::Float(a), .. } => a.mapv(|x| x != 0.0),
        Value::Tuple(_) => ArrayD::from_elem(IxDyn(&[0]), false),
    }
}

/// A value of a type from floats; integers are taken as they are, bools as "not zero".
pub(super) fn of_floats(ty: &Type, data: ArrayD<f64>) -> Value {
    let dtype = ty.dtype().unwrap_or(DType::F64);
    let v = match dtype.kind() {
        DTypeKind::Float => Value::float(dtype, data),
        DTypeKind::Int => Value::int(dtype, data.mapv(|x| x as i128)),
        DTypeKind::Bool => Value::bool(data.mapv(|x| x != 0.0)),
    };
    weaken(v, ty.is_weak())
}

pub(super) fn of_ints(ty: &Type, data: ArrayD<i128>) -> Value {
    let dtype = ty.dtype().unwrap_or(DType::I64);
    if ty.is_weak() && dtype != DType::Bool {
        return Value::Array { dtype, weak: true, data: Data::Int(data) };
    }
    match dtype.kind() {
        DTypeKind::Float => Value::float(dtype, data.mapv(|x| x as f64)),
        DTypeKind::Int => Value::int(dtype, data),
        DTypeKind::Bool => weaken(Value::bool(data.mapv(|x| x != 0)), ty.is_weak()),
    }
}

pub(super) fn of_bools(ty: &Type, data: ArrayD<bool>) -> Value {
    weaken(Value::bool(data), ty.is_weak())
}

pub(super) fn weaken(v: Value, weak: bool) -> Value {
    match v {
        Value::Array { dtype, data, .. } => Value::Array { dtype, weak, data },
        tuple => tuple,
    }
}

/// `f` of each element, computed in `f64`, rounded to the type that `rule` gives.
pub(super) fn map(target: Target, args: &[EvalArg], rule: fn(Target, &[Arg]) -> Inferred, f: fn(f64) -> f64) -> Evaluated {
    map_of(target, args, rule, |_, x| f(x))
}

/// As [`map`], for a function that rounds on the way and so is told the dtype.
pub(super) fn map_of(target: Target, args: &[EvalArg], rule: fn(Target, &[Arg]) -> Inferred, f: impl Fn(DType, f64) -> f64) -> Evaluated {
    let ty = result_type(target, args, rule)?;
    let dtype = ty.dtype().unwrap_or(DType::F64);
    let x = rounded_input(target, &ty, value(&args[0])?);
    let y = x.mapv(|x| f(dtype, x));
    // Python's `math` raises where the result is out of the domain or overflows.
    if ty.is_weak() && x.iter().zip(&y).any(|(x, y)| (y.is_nan() && !x.is_nan()) || (y.is_infinite() && x.is_finite())) {
        return refuse("math domain error");
    }
    Ok(of_floats(&ty, y))
}

/// As [`rounded_input`] for products and quotients, which PyTorch computes in single precision where half precision meets a Python number.
pub(super) fn factor(target: Target, ty: &Type, v: &Value) -> ArrayD<f64> {
    match ty.dtype() {
        Some(DType::F16 | DType::BF16) if target == Target::Torch && v.ty().is_weak() => {
            v.to_f64().mapv_into(|x| crate::ir::value::round_to(DType::F32, x))
        }
        _ => rounded_input(target, ty, v),
    }
}

/// The operand as the library converts it first: to the result's float dtype.
pub(super) fn rounded_input(_: Target, ty: &Type, v: &Value) -> ArrayD<f64> {
    let data = v.to_f64();
    match ty.dtype() {
        Some(d) if d.is_float() => data.mapv_into(|x| crate::ir::value::round_to(d, x)),
        _ => data,
    }
}

/// `f` for floats, `g` for integers, `h` for bools, each in the operand's dtype.
pub(super) fn map_kinds(
    target: Target,
    args: &[EvalArg],
    rule: fn(Target, &[Arg]) -> Inferred,
    f: fn(f64) -> f64,
    g: fn(i128) -> i128,
) -> Evaluated {
    let ty = result_type(target, args, rule)?;
    let v = value(&args[0])?;
    Ok(if ty.dtype().is_some_and(DType::is_float) { of_floats(&ty, v.to_f64().mapv_into(f)) } else { of_ints(&ty, ints(v).mapv_into(g)) })
}

/// Both operands broadcast to a shape, `f` of each pair.
pub(super) fn zip<A: Clone, B: Clone, C>(a: &ArrayD<A>, b: &ArrayD<B>, f: impl Fn(&A, &B) -> C) -> Result<ArrayD<C>, EvalError> {
    let shape = broadcast_shape(a.shape(), b.shape())?;
    let (Some(x), Some(y)) = (a.broadcast(IxDyn(&shape)), b.broadcast(IxDyn(&shape))) else { return refuse("shapes do not broadcast") };
    let data = x.iter().zip(y.iter()).map(|(a, b)| f(a, b)).collect();
    ArrayD::from_shape_vec(IxDyn(&shape), data).map_err(|e| EvalError(e.to_string()))
}

pub(super) fn broadcast_shape(a: &[usize], b: &[usize]) -> Result<Vec<usize>, EvalError> {
    let shape = infer::broadcast(&Shape::fixed(a), &Shape::fixed(b)).map_err(|e| EvalError(e.0))?;
    shape.value(&|_| None).ok_or_else(|| EvalError("shapes do not broadcast".to_owned()))
}

pub(super) fn broadcast_to<T: Clone>(a: &ArrayD<T>, shape: &[usize]) -> Result<ArrayD<T>, EvalError> {
    a.broadcast(IxDyn(shape)).map(|v| v.to_owned()).ok_or_else(|| EvalError("shapes do not broadcast".to_owned()))
}

/// Two operands by the promoted kind: `f` for floats, `g` for integers (and bools, as 0 and 1).
pub(super) fn zip_kinds(
    target: Target,
    args: &[EvalArg],
    rule: fn(Target, &[Arg]) -> Inferred,
    f: fn(f64, f64) -> f64,
    g: fn(i128, i128) -> i128,
) -> Evaluated {
    let ty = result_type(target, args, rule)?;
    let (a, b) = (value(&args[0])?, value(&args[1])?);
    if ty.dtype().is_some_and(DType::is_float) {
        let (x, y) = (rounded_input(target, &ty, a), rounded_input(target, &ty, b));
        return Ok(of_floats(&ty, zip(&x, &y, |x, y| f(*x, *y))?));
    }
    Ok(of_ints(&ty, zip(&fitting(target, &ty, a)?, &fitting(target, &ty, b)?, |x, y| g(*x, *y))?))
}

/// The operand as integers of the result's dtype: NumPy refuses a Python integer that the dtype does not hold; a tensor without axes
/// wraps around to the dtype of the one that it meets.
pub(super) fn fitting(target: Target, ty: &Type, v: &Value) -> Result<ArrayD<i128>, EvalError> {
    let data = ints(v);
    let Some(dtype) = ty.dtype().filter(|d| d.is_int() && !ty.is_weak()) else { return Ok(data) };
    let wrapped = data.mapv(|x| crate::ir::value::wrap_to(dtype, x));
    if target == Target::Numpy && v.ty().is_weak() && !v.ty().dtype().is_some_and(DType::is_float) && wrapped != data {
        return refuse(format!("a Python integer out of bounds for {dtype}"));
    }
    Ok(wrapped)
}

/// Two operands in floats.
pub(super) fn zip_floats(target: Target, args: &[EvalArg], rule: fn(Target, &[Arg]) -> Inferred, f: fn(f64, f64) -> f64) -> Evaluated {
    let ty = result_type(target, args, rule)?;
    let (x, y) = (rounded_input(target, &ty, value(&args[0])?), rounded_input(target, &ty, value(&args[1])?));
    Ok(of_floats(&ty, zip(&x, &y, |x, y| f(*x, *y))?))
}

/// As [`fitting`] for a comparison, in which NumPy takes any Python integer.
fn met(target: Target, ty: &Type, v: &Value) -> Result<ArrayD<i128>, EvalError> {
    if target == Target::Numpy { Ok(ints(v)) } else { fitting(target, ty, v) }
}

/// A comparison in the promoted kind.
pub(super) fn compare(target: Target, args: &[EvalArg], f: fn(&f64, &f64) -> bool, g: fn(&i128, &i128) -> bool) -> Evaluated {
    let ty = result_type(target, args, infer::truth)?;
    let common = result_type(target, args, infer::promoted)?;
    let (a, b) = (value(&args[0])?, value(&args[1])?);
    let data = if common.dtype().is_some_and(DType::is_float) {
        zip(&rounded_input(target, &common, a), &rounded_input(target, &common, b), f)?
    } else {
        zip(&met(target, &common, a)?, &met(target, &common, b)?, g)?
    };
    Ok(of_bools(&ty, data))
}

/// The axes that an attribute means for a value.
pub(super) fn axes_of(attr: &Attr, shape: &[usize]) -> Result<Vec<usize>, EvalError> {
    infer::axes(attr, &Shape::fixed(shape)).map_err(|e| EvalError(e.0))?.ok_or_else(|| EvalError("no rank".to_owned()))
}

pub(super) fn axis_of(attr: &Attr, shape: &[usize]) -> Result<usize, EvalError> {
    infer::axis(attr, &Shape::fixed(shape)).map_err(|e| EvalError(e.0))?.ok_or_else(|| EvalError("no rank".to_owned()))
}

/// `f` of the elements along some axes, for every place on the others.
pub(super) fn reduce<T: Clone, U: Clone>(
    a: &ArrayD<T>,
    axes: &[usize],
    keepdims: bool,
    f: impl Fn(&[T]) -> Result<U, EvalError>,
) -> Result<ArrayD<U>, EvalError> {
    let rank = a.ndim();
    let kept: Vec<usize> = (0..rank).filter(|i| !axes.contains(i)).collect();
    let order: Vec<usize> = kept.iter().chain(axes).copied().collect();
    let moved = a.view().permuted_axes(IxDyn(&order));
    let inner: usize = axes.iter().map(|&i| a.shape()[i]).product();
    let outer: usize = kept.iter().map(|&i| a.shape()[i]).product();
    let flat: Vec<T> = moved.iter().cloned().collect();
    let results = (0..outer).map(|i| f(&flat[i * inner..(i + 1) * inner])).collect::<Result<Vec<U>, _>>()?;
    let shape: Vec<usize> =
        (0..rank).filter(|i| keepdims || !axes.contains(i)).map(|i| if axes.contains(&i) { 1 } else { a.shape()[i] }).collect();
    ArrayD::from_shape_vec(IxDyn(&shape), results).map_err(|e| EvalError(e.to_string()))
}

/// `(a, axis, keepdims)` reduced in floats.
pub(super) fn reduce_floats(
    target: Target,
    args: &[EvalArg],
    rule: fn(Target, &[Arg]) -> Inferred,
    f: impl Fn(&[f64]) -> Result<f64, EvalError>,
) -> Evaluated {
    let ty = result_type(target, args, rule)?;
    let data = value(&args[0])?.to_f64();
    let axes = axes_of(attr(&args[1]), data.shape())?;
    let keepdims = attr(&args[args.len() - 1]).as_bool().unwrap_or(false);
    Ok(of_floats(&ty, reduce(&data, &axes, keepdims, f)?))
}

/// `f` on each line along an axis, giving a line of any one length.
pub(super) fn along<T: Clone, U: Clone>(
    a: &ArrayD<T>,
    axis: usize,
    f: impl Fn(&[T]) -> Result<Vec<U>, EvalError>,
) -> Result<ArrayD<U>, EvalError> {
    let lanes: Vec<Vec<U>> = a.lanes(Axis(axis)).into_iter().map(|lane| f(&lane.to_vec())).collect::<Result<_, _>>()?;
    let length = match lanes.first() {
        Some(lane) => lane.len(),
        None => a.shape()[axis],
    };
    let mut outer = a.shape().to_vec();
    outer.remove(axis);
    outer.push(length);
    let flat: Vec<U> = lanes.into_iter().flatten().collect();
    let moved = ArrayD::from_shape_vec(IxDyn(&outer), flat).map_err(|e| EvalError(e.to_string()))?;
    let mut order: Vec<usize> = (0..outer.len() - 1).collect();
    order.insert(axis, outer.len() - 1);
    let back = moved.permuted_axes(IxDyn(&order));
    let shape = back.shape().to_vec();
    ArrayD::from_shape_vec(IxDyn(&shape), back.iter().cloned().collect()).map_err(|e| EvalError(e.to_string()))
}

/// Applies a function of arrays of any element to a value.
macro_rules! any_kind {
    ($value:expr, $array:ident => $body:expr) => {
        match $value {
            $crate::ir::Value::Array { dtype, data, .. } => {
                let data = match data {
                    $crate::ir::Data::Bool($array) => $crate::ir::Data::Bool($body),
                    $crate::ir::Data::Int($array) => $crate::ir::Data::Int($body),
                    $crate::ir::Data::Float($array) => $crate::ir::Data::Float($body),
                };
                Ok($crate::ir::Value::Array { dtype: *dtype, weak: false, data })
            }
            $crate::ir::Value::Tuple(_) => $crate::ir::ops::eval::refuse("a tuple is not an array"),
        }
    };
}
pub(super) use any_kind;
