//! Weights that stand in a file of their own beside generated code.

use std::any::Any;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;
use safetensors::tensor::Metadata;
use safetensors::{Dtype, SafeTensors};

use crate::{Element, Error, Result, Tensor, bf16, f16, map};

/// The tensors of a `.safetensors` file, or those whose names begin alike.
#[derive(Debug, Clone)]
pub struct Weights {
    bytes: Bytes,
    contents: Arc<Contents>,
    /// What the names begin with.
    path: String,
}

/// Where a file's bytes are.
#[derive(Debug, Clone)]
enum Bytes {
    Program(&'static [u8]),
    Mapped(Arc<Mmap>),
}

/// A file's table of contents.
#[derive(Debug)]
struct Contents {
    table: Metadata,
    /// Where the elements begin.
    start: usize,
}

impl Weights {
    /// The file as a part of the program.
    ///
    /// # Errors
    /// If it is no such file.
    pub fn from_static(bytes: &'static [u8]) -> Result<Weights> {
        Weights::new(Bytes::Program(bytes))
    }

    /// Maps a file into memory: its parts are read when they are needed, and several processes share them.
    ///
    /// # Safety
    /// While the weights or tensors of them are there, nothing changes the file.
    ///
    /// # Errors
    /// If it cannot be read, or is no such file.
    pub unsafe fn open(path: impl AsRef<Path>) -> Result<Weights> {
        let path = path.as_ref();
        let refused = |e: std::io::Error| Error::operand("weights", format!("{}: {e}", path.display()));
        let file = File::open(path).map_err(refused)?;
        // SAFETY: the caller vouches that the file stays as it is.
        let map = unsafe { Mmap::map(&file) }.map_err(refused)?;
        Weights::new(Bytes::Mapped(Arc::new(map)))
    }

    fn new(bytes: Bytes) -> Result<Weights> {
        let own: &[u8] = match &bytes {
            Bytes::Program(bytes) => bytes,
            Bytes::Mapped(map) => map,
        };
        let (length, table) = SafeTensors::read_metadata(own).map_err(|e| Error::operand("weights", e.to_string()))?;
        Ok(Weights { bytes, contents: Arc::new(Contents { table, start: size_of::<u64>() + length }), path: String::new() })
    }

    /// The tensors whose names begin with this one and a dot, which those that ask for them leave out.
    pub fn within(&self, name: &str) -> Weights {
        Weights { path: format!("{}{name}.", self.path), ..self.clone() }
    }

    /// The tensor of this name, whose elements stay where they are. Integers of 32 bits may be stored as bytes.
    ///
    /// # Errors
    /// If there is none, or its elements are of another type.
    #[inline(never)]
    pub fn tensor<T: Stored>(&self, name: &str) -> Result<Tensor<T>> {
        let path = format!("{}{name}", self.path);
        let Some(info) = self.contents.table.info(&path) else {
            return Err(Error::operand("weights", format!("there is no tensor `{path}`")));
        };
        if info.dtype == Dtype::I8 && T::DTYPE == Dtype::I32 {
            let wide: Box<dyn Any> = Box::new(map(&self.tensor::<i8>(name)?, i32::from));
            if let Ok(wide) = wide.downcast::<Tensor<T>>() {
                return Ok(*wide);
            }
        }
        if info.dtype != T::DTYPE {
            return Err(Error::operand("weights", format!("`{path}` holds {:?}, not {:?}", info.dtype, T::DTYPE)));
        }
        let (from, to) = info.data_offsets;
        let place = self.contents.start + from..self.contents.start + to;
        match &self.bytes {
            Bytes::Program(bytes) => T::tensor(&info.shape, &bytes[place]),
            Bytes::Mapped(map) => T::mapped(&info.shape, map, place),
        }
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

    /// The elements that little-endian bytes of a file are.
    ///
    /// # Errors
    /// If their number is not that of the shape.
    #[doc(hidden)]
    fn mapped(shape: &[usize], map: &Arc<Mmap>, place: Range<usize>) -> Result<Tensor<Self>>;
}

macro_rules! stored {
    ($($t:ty => $dtype:ident),*) => {$(
        impl Stored for $t {
            const DTYPE: Dtype = Dtype::$dtype;

            fn tensor(shape: &[usize], bytes: &'static [u8]) -> Result<Tensor<Self>> {
                if cfg!(target_endian = "little") && let Ok(elements) = bytemuck::try_cast_slice(bytes) {
                    return Tensor::from_static(shape, elements);
                }
                Tensor::new(shape, read(bytes, <$t>::from_le_bytes))
            }

            fn mapped(shape: &[usize], map: &Arc<Mmap>, place: Range<usize>) -> Result<Tensor<Self>> {
                if cfg!(target_endian = "little") && let Ok(elements) = bytemuck::try_cast_slice(&map[place.clone()]) {
                    // SAFETY: the tensor keeps the mapping as long as the elements.
                    return unsafe { Tensor::from_mapped(shape, elements, map.clone()) };
                }
                Tensor::new(shape, read(&map[place], <$t>::from_le_bytes))
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

    fn mapped(shape: &[usize], map: &Arc<Mmap>, place: Range<usize>) -> Result<Tensor<Self>> {
        Tensor::new(shape, map[place].iter().map(|b| *b != 0).collect())
    }
}

/// Elements of so many bytes each.
fn read<T, const N: usize>(bytes: &[u8], element: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|bytes| element(*bytes)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of a tensor `layer.w` of these elements.
    fn file(name: &str, elements: &[f32]) -> std::path::PathBuf {
        let bytes: Vec<u8> = elements.iter().flat_map(|x| x.to_le_bytes()).collect();
        let view = safetensors::tensor::TensorView::new(Dtype::F32, vec![elements.len()], &bytes).unwrap();
        let path = std::env::temp_dir().join(format!("codewright-{}-{name}.safetensors", std::process::id()));
        std::fs::write(&path, safetensors::serialize([("layer.w", view)], None).unwrap()).unwrap();
        path
    }

    #[test]
    fn tensors_of_a_mapped_file_outlive_its_weights() {
        let path = file("mapped", &[1.0, 2.5, -3.0]);
        // SAFETY: nothing else knows the file.
        let tensor = unsafe { Weights::open(&path) }.unwrap().within("layer").tensor::<f32>("w").unwrap();
        let copy = tensor.clone();
        drop(tensor);
        assert_eq!((copy.shape(), copy.elements()), (&[3][..], &[1.0, 2.5, -3.0][..]));
        let mut own = copy.clone();
        own.elements_mut()[0] = 7.0;
        assert_eq!((own.elements()[0], copy.elements()[0]), (7.0, 1.0));
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn bytes_are_integers_of_32_bits_too() {
        let file = b"\x38\0\0\0\0\0\0\0{\"w\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[0,3]}}   \x80\xff\x7f";
        let weights = Weights::from_static(file).unwrap();
        assert_eq!(weights.tensor::<i32>("w").unwrap().elements(), [-128, -1, 127]);
        assert_eq!(weights.tensor::<i8>("w").unwrap().elements(), [-128, -1, 127]);
        assert!(weights.tensor::<i64>("w").is_err());
    }

    #[test]
    fn what_is_no_weights_file_is_refused() {
        let path = file("cut", &[1.0, 2.0]);
        // SAFETY: it is changed only while it is not mapped.
        let open = || unsafe { Weights::open(&path) };
        let bytes = std::fs::read(&path).unwrap();
        for length in 0..bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            assert!(open().is_err(), "{length} of {} bytes", bytes.len());
        }
        std::fs::write(&path, &bytes).unwrap();
        let weights = open().unwrap();
        assert!(weights.tensor::<f64>("layer.w").is_err() && weights.tensor::<f32>("w").is_err());
        drop(weights);
        std::fs::remove_file(&path).unwrap();
        assert!(open().is_err());
    }
}
