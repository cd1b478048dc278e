use half::{bf16, f16};
use ndarray::ArrayD;

use super::{Const, DType, DTypeKind, Shape, Type};

/// Elements by kind. Whatever the dtype, floats are computed in `f64` and integers in `i128` and then brought to the
/// dtype by [`Value::float`] and [`Value::int`]: for `+ - * / sqrt` that is exactly the narrow type's own result.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// Truth values.
    Bool(ArrayD<bool>),
    /// Integers, within the range of the dtype.
    Int(ArrayD<i128>),
    /// Floats, representable in the dtype.
    Float(ArrayD<f64>),
}

/// The value of a term.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// An array or scalar (rank 0).
    Array {
        /// Element type.
        dtype: DType,
        /// A Python number.
        weak: bool,
        /// The elements.
        data: Data,
    },
    /// Several results.
    Tuple(Vec<Value>),
}

impl Value {
    /// A float array; every element is rounded to `dtype`.
    pub fn float(dtype: DType, data: ArrayD<f64>) -> Value {
        Value::Array { dtype, weak: false, data: Data::Float(data.mapv_into(|x| round_to(dtype, x))) }
    }

    /// An integer array; every element wraps around to `dtype`.
    pub fn int(dtype: DType, data: ArrayD<i128>) -> Value {
        Value::Array { dtype, weak: false, data: Data::Int(data.mapv_into(|x| wrap_to(dtype, x))) }
    }

    /// An array of truth values.
    pub fn bool(data: ArrayD<bool>) -> Value {
        Value::Array { dtype: DType::Bool, weak: false, data: Data::Bool(data) }
    }

    /// A constant.
    pub fn of_const(c: &Const) -> Value {
        let scalar = ndarray::IxDyn(&[]);
        let data = match c.dtype.kind() {
            DTypeKind::Bool => Data::Bool(ArrayD::from_elem(scalar, c.as_f64() != 0.0)),
            DTypeKind::Int => {
                let bits = c.as_i64().unwrap_or(0);
                let wide = if c.dtype == DType::U64 { i128::from(bits as u64) } else { i128::from(bits) };
                Data::Int(ArrayD::from_elem(scalar, wide))
            }
            DTypeKind::Float => Data::Float(ArrayD::from_elem(scalar, round_to(c.dtype, c.as_f64()))),
        };
        Value::Array { dtype: c.dtype, weak: c.weak, data }
    }

    /// Lengths of the axes; empty for a tuple.
    pub fn shape(&self) -> &[usize] {
        match self {
            Value::Array { data: Data::Bool(a), .. } => a.shape(),
            Value::Array { data: Data::Int(a), .. } => a.shape(),
            Value::Array { data: Data::Float(a), .. } => a.shape(),
            Value::Tuple(_) => &[],
        }
    }

    /// The type, with every length known.
    pub fn ty(&self) -> Type {
        match self {
            Value::Array { dtype, weak, .. } => Type::Array { dtype: Some(*dtype), weak: *weak, shape: Shape::fixed(self.shape()) },
            Value::Tuple(items) => Type::Tuple(items.iter().map(Value::ty).collect()),
        }
    }

    /// The elements as floats, whatever the dtype; empty for a tuple.
    pub fn to_f64(&self) -> ArrayD<f64> {
        match self {
            Value::Array { data: Data::Bool(a), .. } => a.mapv(|b| f64::from(u8::from(b))),
            Value::Array { data: Data::Int(a), .. } => a.mapv(|i| i as f64),
            Value::Array { data: Data::Float(a), .. } => a.clone(),
            Value::Tuple(_) => ArrayD::zeros(ndarray::IxDyn(&[0])),
        }
    }
}

/// The nearest value of a float dtype, ties to even.
pub(crate) fn round_to(dtype: DType, x: f64) -> f64 {
    match dtype {
        DType::F32 => f64::from(x as f32),
        DType::F16 => f16::from_f64(x).to_f64(),
        DType::BF16 => bf16::from_f64(x).to_f64(),
        _ => x,
    }
}

/// Two's complement wrap-around to an integer dtype.
pub(crate) fn wrap_to(dtype: DType, x: i128) -> i128 {
    match dtype {
        DType::I8 => i128::from(x as i8),
        DType::I16 => i128::from(x as i16),
        DType::I32 => i128::from(x as i32),
        DType::I64 => i128::from(x as i64),
        DType::U8 => i128::from(x as u8),
        DType::U16 => i128::from(x as u16),
        DType::U32 => i128::from(x as u32),
        DType::U64 => i128::from(x as u64),
        _ => x,
    }
}
