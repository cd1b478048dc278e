//! What code that Codewright generates depends on: the tensor kernels.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub use codewright_kernels::*;
