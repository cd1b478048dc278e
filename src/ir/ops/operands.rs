//! What the type rules and values of the ops that imported models alone have are made of.

use codewright_kernels::{Element, Error, Tensor};
use ndarray::{ArrayD, IxDyn};

use super::eval::{Evaluated, attr};
use super::infer::{self, Inferred, array, typed};
use super::kernels::{Wide, tensor};
use crate::ir::{Arg, DType, Dim, EvalArg, EvalError, Shape, TypeError, Value};

/// An operand that may be left out.
pub(super) fn optional<T: Wide>(arg: &EvalArg) -> Result<Option<Tensor<T>>, EvalError> {
    if let EvalArg::Value(_) = arg { tensor(arg).map(Some) } else { Ok(None) }
}

/// What a kernel gave for the elements as floats, as a value of any number's type.
pub(super) fn float_value(dtype: DType, result: Result<Tensor<f64>, Error>) -> Evaluated {
    let data = to_array(result)?;
    Ok(if dtype.is_float() { Value::float(dtype, data) } else { Value::int(dtype, data.mapv(|x| x as i128)) })
}

/// What a kernel gave, as an array.
pub(super) fn to_array<T: Element>(result: Result<Tensor<T>, Error>) -> Result<ArrayD<T>, EvalError> {
    let result = result.map_err(refused)?;
    ArrayD::from_shape_vec(IxDyn(result.shape()), result.elements().to_vec()).map_err(|e| EvalError(e.to_string()))
}

/// A kernel's refusal.
pub(super) fn refused(error: Error) -> EvalError {
    EvalError(error.to_string())
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
