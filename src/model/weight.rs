use std::cmp::Reverse;

use half::{bf16, f16};
use ndarray::{ArrayD, IxDyn};
use prost::bytes::Bytes;
use safetensors::tensor::{Metadata, TensorInfo};

use super::ModelError;
use crate::ir::{DType, DTypeKind, Data, Shape, Type, Value};

/// A constant array of a model: an initializer, or what was computed from initializers.
#[derive(Debug, Clone, PartialEq)]
pub struct Weight {
    /// The name in the model.
    pub name: String,
    /// Element type.
    pub dtype: DType,
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// The elements in row-major order, little-endian; a bool takes a byte.
    pub bytes: Bytes,
}

/// `$body` with `$t` as the Rust type of a number's dtype.
macro_rules! with_number {
    ($dtype:expr, $t:ident => $body:expr, bool => $bool:expr) => {
        match $dtype {
            DType::Bool => $bool,
            DType::I8 => {
                type $t = i8;
                $body
            }
            DType::I16 => {
                type $t = i16;
                $body
            }
            DType::I32 => {
                type $t = i32;
                $body
            }
            DType::I64 => {
                type $t = i64;
                $body
            }
            DType::U8 => {
                type $t = u8;
                $body
            }
            DType::U16 => {
                type $t = u16;
                $body
            }
            DType::U32 => {
                type $t = u32;
                $body
            }
            DType::U64 => {
                type $t = u64;
                $body
            }
            DType::F16 => {
                type $t = f16;
                $body
            }
            DType::BF16 => {
                type $t = bf16;
                $body
            }
            DType::F32 => {
                type $t = f32;
                $body
            }
            DType::F64 => {
                type $t = f64;
                $body
            }
        }
    };
}

impl Weight {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// True if there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type.
    pub fn ty(&self) -> Type {
        Type::array(self.dtype, Shape::fixed(&self.shape))
    }

    /// The elements as floats.
    pub fn to_f64(&self) -> Vec<f64> {
        with_number!(self.dtype, T => elements::<T>(&self.bytes).map(Wide::to_f64).collect(), bool => self.bytes.iter().map(|b| f64::from(*b != 0)).collect())
    }

    /// The elements as integers, if they are integers or bools.
    pub fn to_ints(&self) -> Option<Vec<i128>> {
        if self.dtype.is_float() {
            return None;
        }
        Some(
            with_number!(self.dtype, T => elements::<T>(&self.bytes).map(Wide::to_i128).collect(), bool => self.bytes.iter().map(|b| i128::from(*b != 0)).collect()),
        )
    }

    /// As a value that the ops can be evaluated on.
    pub fn to_value(&self) -> Value {
        let shape = IxDyn(&self.shape);
        // The constructors of this type and the reader hold the number of elements to the shape.
        let array = |data: Vec<f64>| ArrayD::from_shape_vec(shape.clone(), data).unwrap_or_else(|_| ArrayD::zeros(IxDyn(&[0])));
        let ints = |data: Vec<i128>| ArrayD::from_shape_vec(shape.clone(), data).unwrap_or_else(|_| ArrayD::zeros(IxDyn(&[0])));
        let data = match (self.dtype.kind(), self.to_ints()) {
            (DTypeKind::Bool, Some(data)) => Data::Bool(ints(data).mapv(|i| i != 0)),
            (DTypeKind::Int, Some(data)) => Data::Int(ints(data)),
            _ => Data::Float(array(self.to_f64())),
        };
        Value::Array { dtype: self.dtype, weak: false, data }
    }

    /// A value as a weight; `None` for a tuple.
    pub fn of_value(name: String, value: &Value) -> Option<Weight> {
        let Value::Array { dtype, data, .. } = value else { return None };
        let mut bytes = Vec::new();
        match data {
            Data::Bool(a) => bytes.extend(a.iter().map(|b| u8::from(*b))),
            Data::Int(a) => a
                .iter()
                .for_each(|i| with_number!(*dtype, T => <T as Wide>::of_i128(*i).put(&mut bytes), bool => bytes.push(u8::from(*i != 0)))),
            Data::Float(a) => a
                .iter()
                .for_each(|x| with_number!(*dtype, T => <T as Wide>::of_f64(*x).put(&mut bytes), bool => bytes.push(u8::from(*x != 0.0)))),
        }
        Some(Weight { name, dtype: *dtype, shape: value.shape().to_vec(), bytes: bytes.into() })
    }
}

fn elements<T: Wide>(bytes: &[u8]) -> impl Iterator<Item = T> {
    bytes.chunks_exact(size_of::<T>()).map(T::get)
}

/// Numbers as bytes, and in the widest types.
trait Wide: Copy {
    fn get(bytes: &[u8]) -> Self;
    fn put(self, bytes: &mut Vec<u8>);
    fn to_f64(self) -> f64;
    fn to_i128(self) -> i128;
    fn of_f64(x: f64) -> Self;
    fn of_i128(i: i128) -> Self;
}

macro_rules! wide {
    ($($t:ty: $f:expr, $i:expr, $of_f:expr, $of_i:expr;)*) => {$(
        impl Wide for $t {
            fn get(bytes: &[u8]) -> Self {
                let mut own = [0; size_of::<$t>()];
                own.copy_from_slice(bytes);
                <$t>::from_le_bytes(own)
            }
            fn put(self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }
            fn to_f64(self) -> f64 { $f(self) }
            fn to_i128(self) -> i128 { $i(self) }
            fn of_f64(x: f64) -> Self { $of_f(x) }
            fn of_i128(i: i128) -> Self { $of_i(i) }
        }
    )*};
}
wide! {
    i8: |x| x as f64, i128::from, |x| x as i8, |i| i as i8;
    i16: |x| x as f64, i128::from, |x| x as i16, |i| i as i16;
    i32: |x| x as f64, i128::from, |x| x as i32, |i| i as i32;
    i64: |x| x as f64, i128::from, |x| x as i64, |i| i as i64;
    u8: |x| x as f64, i128::from, |x| x as u8, |i| i as u8;
    u16: |x| x as f64, i128::from, |x| x as u16, |i| i as u16;
    u32: |x| x as f64, i128::from, |x| x as u32, |i| i as u32;
    u64: |x| x as f64, i128::from, |x| x as u64, |i| i as u64;
    f32: |x| x as f64, |x| x as i128, |x| x as f32, |i| i as f32;
    f64: |x| x, |x| x as i128, |x| x, |i| i as f64;
    f16: f16::to_f64, |x: f16| x.to_f64() as i128, f16::from_f64, |i| f16::from_f64(i as f64);
    bf16: bf16::to_f64, |x: bf16| x.to_f64() as i128, bf16::from_f64, |i| bf16::from_f64(i as f64);
}

/// A line of the cache, in bytes.
const LINE: usize = 64;

/// Tensors in the format of safetensors. Those that fill whole lines of the cache come first, each at the beginning of one.
pub(super) fn serialized<'w>(tensors: impl IntoIterator<Item = (String, &'w Weight)>) -> Result<Vec<u8>, ModelError> {
    let failed = |e: &dyn std::fmt::Display| ModelError::Malformed(format!("the weights cannot be written: {e}"));
    let mut tensors: Vec<(String, &Weight)> = tensors.into_iter().collect();
    tensors.sort_by_cached_key(|(name, weight)| (weight.bytes.len() % LINE != 0, Reverse(weight.dtype.size()), name.clone()));
    let (mut infos, mut end) = (Vec::new(), 0);
    for (name, weight) in &tensors {
        let data_offsets = (end, end + weight.bytes.len());
        infos.push((name.clone(), TensorInfo { dtype: stored_type(weight.dtype), shape: weight.shape.clone(), data_offsets }));
        end = data_offsets.1;
    }
    let table = Metadata::new(None, infos).map_err(|e| failed(&e))?;
    let mut header = serde_json::to_vec(&table).map_err(|e| failed(&e))?;
    header.resize((size_of::<u64>() + header.len()).next_multiple_of(LINE) - size_of::<u64>(), b' ');
    let mut file = Vec::with_capacity(size_of::<u64>() + header.len() + end);
    file.extend((header.len() as u64).to_le_bytes());
    file.extend(header);
    tensors.iter().for_each(|(_, weight)| file.extend_from_slice(&weight.bytes));
    Ok(file)
}

/// Each element type beside that of the format.
const STORED: &[(DType, safetensors::Dtype)] = &[
    (DType::Bool, safetensors::Dtype::BOOL),
    (DType::I8, safetensors::Dtype::I8),
    (DType::I16, safetensors::Dtype::I16),
    (DType::I32, safetensors::Dtype::I32),
    (DType::I64, safetensors::Dtype::I64),
    (DType::U8, safetensors::Dtype::U8),
    (DType::U16, safetensors::Dtype::U16),
    (DType::U32, safetensors::Dtype::U32),
    (DType::U64, safetensors::Dtype::U64),
    (DType::F16, safetensors::Dtype::F16),
    (DType::BF16, safetensors::Dtype::BF16),
    (DType::F32, safetensors::Dtype::F32),
    (DType::F64, safetensors::Dtype::F64),
];

fn stored_type(dtype: DType) -> safetensors::Dtype {
    STORED.iter().find(|(own, _)| *own == dtype).map_or(safetensors::Dtype::U8, |(_, stored)| *stored)
}

/// The element type of the format's.
#[cfg(feature = "command")]
pub(super) fn dtype_of(stored: safetensors::Dtype) -> Option<DType> {
    STORED.iter().find(|(_, other)| *other == stored).map(|(own, _)| *own)
}
