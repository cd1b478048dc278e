//! The passes in Rust, by what they are about.

mod activations;
mod data;
mod evaluation;
mod graph;
mod modules;
mod order;
mod setup;
mod stacks;

use super::native::Native;

/// All of them.
pub(super) const ALL: &[&[Native]] =
    &[activations::PASSES, order::PASSES, graph::PASSES, evaluation::PASSES, modules::PASSES, stacks::PASSES, setup::PASSES, data::PASSES];

/// What a message shows of a text.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}
