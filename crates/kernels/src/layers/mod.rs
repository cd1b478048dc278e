//! Layers with constant weights: objects made once, which keep their weights in the order in which the kernels read them.
//!
//! [`Linear`] and [`Conv`] may end with a function of each element, which is applied to a part of the result as it is stored, while
//! it is in the cache.

mod conv;
mod linear;
mod recurrent;

pub use conv::Conv;
pub use linear::Linear;
pub use recurrent::{Gru, Lstm};
