//! Weights that stand in a file of their own beside generated code.

use std::sync::Arc;

use safetensors::{Dtype, SafeTensors};

use crate::{Element, Error, Result, Tensor, bf16, f16};

/// The tensors of a `.safetensors` file that is part of the program, or those whose names begin alike.
#[derive(Debug, Clone)]
pub struct Weights {
    tensors: Arc<SafeTensors<'static>>,
    /// What the names begin with.
    path: String,
}

impl Weights {
    /// Reads the file's table of contents.
    ///
    /// # Errors
    /// If it is no such file.
    pub fn from_static(bytes: &'static [u8]) -> Result<Weights> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| Error::operand("weights", e.to_string()))?;
        Ok(Weights { tensors: Arc::new(tensors), path: String::new() })
    }

    /// The tensors whose names begin with this one and a dot, which those that ask for them leave out.
    pub fn within(&self, name: &str) -> Weights {
        Weights { tensors: self.tensors.clone(), path: format!("{}{name}.", self.path) }
    }

    /// The tensor of this name, whose elements stay where they are.
    ///
    /// # Errors
    /// If there is none, or its elements are of another type.
    #[inline(never)]
    pub fn tensor<T: Stored>(&self, name: &str) -> Result<Tensor<T>> {
        let name = format!("{}{name}", self.path);
        let view = self.tensors.tensor(&name).map_err(|e| Error::operand("weights", format!("`{name}`: {e}")))?;
        if view.dtype() != T::DTYPE {
            return Err(Error::operand("weights", format!("`{name}` holds {:?}, not {:?}", view.dtype(), T::DTYPE)));
        }
        T::tensor(view.shape(), view.data())
    }
}

/// Bytes at an address that suits every element type.
#[doc(hidden)]
#[repr(C, align(64))]
pub struct Aligned<B: ?Sized>(pub B);

/// The bytes of a file that becomes part of the program, at an address that suits every element type.
#[macro_export]
macro_rules! include_weights {
    ($path:expr) => {
        $crate::static_weights!(*include_bytes!($path))
    };
}

/// An array of bytes that becomes part of the program, at an address that suits every element type.
#[doc(hidden)]
#[macro_export]
macro_rules! static_weights {
    ($bytes:expr) => {{
        static ALIGNED: &$crate::weights::Aligned<[u8]> = &$crate::weights::Aligned($bytes);
        $crate::weights::Weights::from_static(&ALIGNED.0)
    }};
}

/// Elements that a weights file holds.
pub trait Stored: Element {
    /// The file format's name for the type.
    #[doc(hidden)]
    const DTYPE: Dtype;

    /// The elements that little-endian bytes are.
    ///
    /// # Errors
    /// If their number is not that of the shape.
    #[doc(hidden)]
    fn tensor(shape: &[usize], bytes: &'static [u8]) -> Result<Tensor<Self>>;
}

macro_rules! stored {
    ($($t:ty => $dtype:ident),*) => {$(
        impl Stored for $t {
            const DTYPE: Dtype = Dtype::$dtype;

            fn tensor(shape: &[usize], bytes: &'static [u8]) -> Result<Tensor<Self>> {
                if cfg!(target_endian = "little") && let Ok(elements) = bytemuck::try_cast_slice(bytes) {
                    return Tensor::from_static(shape, elements);
                }
                let element = |bytes: &[u8]| {
                    let mut own = [0; size_of::<$t>()];
                    own.copy_from_slice(bytes);
                    <$t>::from_le_bytes(own)
                };
                Tensor::new(shape, bytes.chunks_exact(size_of::<$t>()).map(element).collect())
            }
        }
    )*};
}
stored!(i8 => I8, i16 => I16, i32 => I32, i64 => I64, u8 => U8, u16 => U16, u32 => U32, u64 => U64, f16 => F16, bf16 => BF16, f32 => F32, f64 => F64);

impl Stored for bool {
    const DTYPE: Dtype = Dtype::BOOL;

    fn tensor(shape: &[usize], bytes: &'static [u8]) -> Result<Tensor<Self>> {
        Tensor::new(shape, bytes.iter().map(|b| *b != 0).collect())
    }
}
