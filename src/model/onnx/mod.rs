//! ONNX files.
//!
//! The file's messages are read by `prost` with its generated code checked in ([`proto`]): that is all of the format, local functions,
//! strings and sparse data included, which smaller readers drop.

mod call;
#[cfg(test)]
mod control_tests;
mod functions;
mod lengths;
mod lower;
#[cfg(test)]
mod lower_tests;
mod modules;
mod narrow;
mod ops;
pub mod proto;
mod read;
mod recording;
mod split;
mod tensor;
mod write;

#[cfg(feature = "source")]
pub(in crate::model) use lower::{Lowering, Part};
pub use read::{Options, read, read_bytes};
pub use recording::Recording;
#[cfg(feature = "source")]
pub(in crate::model) use tensor::code as dtype_code;
pub use write::write;
