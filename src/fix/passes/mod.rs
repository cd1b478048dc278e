//! The passes in Rust, by what they are about.

mod activations;
mod order;

use super::native::Native;

/// All of them.
pub(super) const ALL: &[&[Native]] = &[activations::PASSES, order::PASSES];
