//! Models as Rust: the attribute that makes a struct of an ONNX file, and the tensor kernels that generated code calls. With the feature
//! `optimize` also the attribute that makes a function's numerical code better.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub use codewright_kernels::*;
#[cfg(feature = "macros")]
pub use codewright_macros::model;
#[cfg(feature = "optimize")]
pub use codewright_macros::optimize;
