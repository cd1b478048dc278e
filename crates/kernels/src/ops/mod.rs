//! A function for each operation, named as in Codewright's intermediate representation.
//!
//! Operands come first, by reference, then attributes. Axes count from the front. A result that depends on what the operands hold,
//! such as an index that may lie outside of an axis, is an [`Error`](crate::Error) and no panic.

mod convolution;
mod gather;
mod layout;
mod matmul;
mod normalization;
mod pooling;
mod reduction;

pub use convolution::conv;
pub use gather::take;
pub use layout::{broadcast_to, concat, flip, full, permute, reshape, slice, slice_within};
pub use matmul::matmul;
pub use normalization::{batch_norm, layer_norm, log_softmax, softmax};
pub use pooling::{average_pool, max_pool};
pub use reduction::{max, mean, min, prod, sum};
