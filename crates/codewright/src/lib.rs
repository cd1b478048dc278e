//! Models as Rust: the attribute that makes a struct of an ONNX file, and the tensor kernels that generated code calls.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub use codewright_kernels::*;
#[cfg(feature = "macros")]
pub use codewright_macros::model;
