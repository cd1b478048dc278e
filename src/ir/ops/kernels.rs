//! Values as tensors of the kernels that generated code calls: ops that those alone know have their values from them.

use codewright_kernels::{Element, Error, Tensor};
use ndarray::{ArrayD, IxDyn};

use super::eval::{Evaluated, attr, bools, ints, refuse, value};
use crate::ir::{DType, EvalArg, EvalError, Value};

/// An element type that stands for all of a kind: floats are computed as `f64` and integers as `i64` or `u64`.
pub(super) trait Wide: Element {
    fn tensor(v: &Value) -> Tensor<Self>;
    fn value(dtype: DType, array: ArrayD<Self>) -> Value;
}

macro_rules! wide {
    ($($t:ty: $read:expr, $made:expr;)*) => {$(
        impl Wide for $t {
            fn tensor(v: &Value) -> Tensor<Self> {
                Tensor::from_array(&$read(v))
            }
            fn value(dtype: DType, array: ArrayD<Self>) -> Value {
                $made(dtype, array)
            }
        }
    )*};
}
wide! {
    f64: Value::to_f64, Value::float;
    i64: |v| ints(v).mapv(|i| i as i64), |dtype, array: ArrayD<i64>| Value::int(dtype, array.mapv(i128::from));
    u64: |v| ints(v).mapv(|i| i as u64), |dtype, array: ArrayD<u64>| Value::int(dtype, array.mapv(i128::from));
    bool: bools, |_, array| Value::bool(array);
}

/// An operand as a tensor.
pub(super) fn tensor<T: Wide>(arg: &EvalArg) -> Result<Tensor<T>, EvalError> {
    Ok(T::tensor(value(arg)?))
}

/// What a kernel gave as a value.
pub(super) fn made<T: Wide>(dtype: DType, result: Result<Tensor<T>, Error>) -> Evaluated {
    let result = result.map_err(|e| EvalError(e.to_string()))?;
    let array = ArrayD::from_shape_vec(IxDyn(result.shape()), result.elements().to_vec());
    Ok(T::value(dtype, array.map_err(|e| EvalError(e.to_string()))?))
}

/// The element type of an operand.
pub(super) fn dtype(arg: &EvalArg) -> Result<DType, EvalError> {
    value(arg)?.ty().dtype().map_or_else(|| refuse("a tuple is no array"), Ok)
}

/// Axes and lengths that an attribute lists.
pub(super) fn listed<T: TryFrom<i64>>(arg: &EvalArg) -> Result<Vec<T>, EvalError> {
    let crate::ir::Attr::Ints(ints) = attr(arg) else { return refuse(format!("{} is no list of integers", attr(arg))) };
    ints.iter().map(|i| T::try_from(*i).map_err(|_| EvalError(format!("{i} is out of range")))).collect()
}

pub(super) fn flag(arg: &EvalArg) -> bool {
    attr(arg).as_bool().unwrap_or(false)
}

pub(super) fn count(arg: &EvalArg) -> Result<usize, EvalError> {
    attr(arg).as_int().and_then(|n| usize::try_from(n).ok()).map_or_else(|| refuse(format!("{} is out of range", attr(arg))), Ok)
}

pub(super) fn word<'a>(arg: &EvalArg<'a>) -> &'a str {
    if let crate::ir::Attr::Str(word) = attr(arg) { word } else { "" }
}

/// `$body` with `$t` as the type that stands for the elements of a value; the second form has none for bools.
macro_rules! with_elements {
    ($arg:expr, $t:ident => $body:expr) => {
        $crate::ir::ops::kernels::with_elements!($arg, $t => $body, bool => { type $t = bool; $body })
    };
    ($arg:expr, $t:ident => $body:expr, bool => $truth:expr) => {
        match $crate::ir::ops::eval::value($arg)? {
            $crate::ir::Value::Array { data: $crate::ir::Data::Float(_), .. } => {
                type $t = f64;
                $body
            }
            $crate::ir::Value::Array { dtype: $crate::ir::DType::U64, .. } => {
                type $t = u64;
                $body
            }
            $crate::ir::Value::Array { data: $crate::ir::Data::Int(_), .. } => {
                type $t = i64;
                $body
            }
            _ => $truth,
        }
    };
}
pub(super) use with_elements;
