//! What ops have in common whose values are those of the kernels that generated code calls.

use codewright_kernels::{Error, Tensor};
use ndarray::{ArrayD, IxDyn};

use super::eval::{Evaluated, attr, ints, refuse, value};
use super::infer::{self, Inferred, array, typed};
use crate::ir::{Arg, Attr, DType, Dim, EvalArg, EvalError, Shape, TypeError, Value};

/// An operand as the kernels take it.
pub(super) fn floats(arg: &EvalArg) -> Result<Tensor<f64>, EvalError> {
    Ok(Tensor::from_array(&value(arg)?.to_f64().view()))
}

/// An operand that may be left out.
pub(super) fn optional<T: codewright_kernels::Element>(
    arg: &EvalArg,
    read: fn(&EvalArg) -> Result<Tensor<T>, EvalError>,
) -> Result<Option<Tensor<T>>, EvalError> {
    if let EvalArg::Value(_) = arg { read(arg).map(Some) } else { Ok(None) }
}

/// An operand of integers.
pub(super) fn integers(arg: &EvalArg) -> Result<Tensor<i64>, EvalError> {
    Ok(Tensor::from_array(&ints(value(arg)?).mapv(|i| i as i64).view()))
}

/// An operand of truth values.
pub(super) fn truths(arg: &EvalArg) -> Result<Tensor<bool>, EvalError> {
    Ok(Tensor::from_array(&super::eval::bools(value(arg)?).view()))
}

/// The element type of an operand.
pub(super) fn dtype(arg: &EvalArg) -> Result<DType, EvalError> {
    value(arg)?.ty().dtype().ok_or_else(|| EvalError("expected an array".to_owned()))
}

/// What a kernel gave, as a value.
pub(super) fn float_value(dtype: DType, result: Result<Tensor<f64>, Error>) -> Evaluated {
    let data = to_array(result)?;
    Ok(if dtype.is_float() { Value::float(dtype, data) } else { Value::int(dtype, data.mapv(|x| x as i128)) })
}

/// Integers that a kernel gave, as a value.
pub(super) fn integer_value(result: Result<Tensor<i64>, Error>) -> Evaluated {
    Ok(Value::int(DType::I64, to_array(result)?.mapv(i128::from)))
}

pub(super) fn to_array<T: codewright_kernels::Element>(result: Result<Tensor<T>, Error>) -> Result<ArrayD<T>, EvalError> {
    let result = result.map_err(refused)?;
    ArrayD::from_shape_vec(IxDyn(result.shape()), result.elements().to_vec()).map_err(|e| EvalError(e.to_string()))
}

/// A kernel's refusal.
pub(super) fn refused(error: Error) -> EvalError {
    EvalError(error.to_string())
}

/// An attribute of lengths.
pub(super) fn lengths(arg: &EvalArg) -> Result<Vec<usize>, EvalError> {
    let Attr::Ints(ints) = attr(arg) else { return refuse(format!("{} is not a list of lengths", attr(arg))) };
    ints.iter().map(|i| usize::try_from(*i).map_err(|_| EvalError(format!("{i} is no length")))).collect()
}

/// An attribute that is one length.
pub(super) fn length(arg: &EvalArg) -> Result<usize, EvalError> {
    let length = attr(arg).as_int().and_then(|i| usize::try_from(i).ok());
    length.ok_or_else(|| EvalError(format!("{} is no length", attr(arg))))
}

pub(super) fn text<'a>(arg: &EvalArg<'a>) -> Result<&'a str, EvalError> {
    if let Attr::Str(text) = attr(arg) { Ok(text) } else { refuse(format!("{} is no word", attr(arg))) }
}

pub(super) fn flag(arg: &EvalArg) -> bool {
    attr(arg).as_bool().unwrap_or(false)
}

pub(super) fn number(arg: &EvalArg) -> f64 {
    attr(arg).as_f64().unwrap_or(0.0)
}

/// The lengths of an operand of so many axes, or of as many unknown ones; refused if it has another number.
pub(super) fn axes(arg: &Arg, rank: usize) -> Result<Vec<Dim>, TypeError> {
    match array(arg)?.2.dims() {
        Some(dims) if dims.len() == rank => Ok(dims.to_vec()),
        Some(dims) => infer::refuse(format!("expected {rank} axes, found {}", dims.len())),
        None => Ok(vec![Dim::Unknown; rank]),
    }
}

/// As many axes as an operand has, all of unknown length.
pub(super) fn unknown(arg: &Arg) -> Shape {
    arg.ty().rank().map_or(Shape::Unknown, |rank| Shape::Ranked(vec![Dim::Unknown; rank]))
}

/// A shape in the element type of an operand, which is of floats.
pub(super) fn float_of(arg: &Arg, shape: Shape) -> Inferred {
    let (dtype, _, _) = array(arg)?;
    if dtype.is_some_and(|d| !d.is_float()) { infer::refuse("expected floats") } else { Ok(typed(dtype, false, shape)) }
}

/// All operands that are there have one element type.
pub(super) fn alike<'a, 'b: 'a>(args: impl IntoIterator<Item = &'a Arg<'b>>) -> Result<(), TypeError> {
    let mut known = args.into_iter().filter_map(|arg| arg.ty().dtype());
    let first = known.next();
    if known.any(|d| Some(d) != first) { infer::refuse("expected operands of one dtype") } else { Ok(()) }
}

/// An operand, if it is there, is of integers.
pub(super) fn whole(arg: &Arg) -> Result<(), TypeError> {
    match arg.ty().dtype() {
        Some(d) if !d.is_int() => infer::refuse("expected integers"),
        _ => Ok(()),
    }
}
