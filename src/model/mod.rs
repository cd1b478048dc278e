//! Models: ONNX in, Rust, PyTorch or ONNX out.
//!
//! [`onnx::read`] makes a [`Model`] of a file: a [`crate::ir::Program`] whose leaves are the model's inputs and weights. `module::read`
//! makes one of the source of an `nn.Module`.
//! [`structure::Structure`] says how it is put together; [`rust::generate`] and `pytorch::generate` print it.

mod agreement;
mod builder;
mod cached;
mod causal;
mod copy;
mod error;
mod graph;
mod integers;
#[cfg(feature = "source")]
pub mod module;
pub mod onnx;
mod optimize;
#[cfg(feature = "command")]
pub mod pytorch;
pub mod rust;
#[cfg(feature = "command")]
pub mod state;
pub mod structure;
mod term;
mod weight;

pub use agreement::{Agreement, agreement};
pub use cached::{Cache, cached};
pub use error::{ModelError, NodeError};
pub use graph::{Input, Model, Output, Source};
pub use optimize::{Optimized, optimize};
pub use weight::Weight;

/// Weights by their names, in the order of their file.
#[cfg(feature = "source")]
pub type StateDict = indexmap::IndexMap<String, Weight>;
