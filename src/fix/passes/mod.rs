//! The passes in Rust, by what they are about.

mod activations;
mod data;
mod defaults;
mod discarded;
mod evaluation;
mod graph;
mod modules;
mod order;
mod pretrained;
mod setup;
mod stacks;

use super::native::Native;

/// All of them.
pub(super) const ALL: &[&[Native]] = &[
    activations::PASSES,
    order::PASSES,
    graph::PASSES,
    evaluation::PASSES,
    modules::PASSES,
    stacks::PASSES,
    setup::PASSES,
    data::PASSES,
    defaults::PASSES,
    discarded::PASSES,
    pretrained::PASSES,
];

/// Looks at a text alone.
type Glance = fn(&str) -> bool;

/// What tells from a text alone whether a pass without words may find something there, by the pass's name.
pub(super) const GLANCES: &[(&str, Glance)] =
    &[(defaults::PASSES[0].name, defaults::may_be_in), (discarded::PASSES[0].name, discarded::may_be_in)];

/// What a message shows of a text.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}
