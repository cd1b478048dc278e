//! The passes in Rust, by what they are about.

mod activations;
mod backward;
mod data;
mod defaults;
mod devices;
mod discarded;
mod evaluation;
mod graph;
mod guarded;
mod loaders;
mod misspelt;
mod modes;
mod modules;
mod order;
mod own_name;
mod pretrained;
mod range;
mod setup;
mod shapes;
mod stacks;
mod truth;

use super::native::Native;

/// All of them.
pub(super) const ALL: &[&[Native]] = &[
    activations::PASSES,
    order::PASSES,
    graph::PASSES,
    backward::PASSES,
    evaluation::PASSES,
    modules::PASSES,
    stacks::PASSES,
    setup::PASSES,
    data::PASSES,
    defaults::PASSES,
    discarded::PASSES,
    pretrained::PASSES,
    range::PASSES,
    own_name::PASSES,
    guarded::PASSES,
    truth::PASSES,
    loaders::PASSES,
    modes::PASSES,
    devices::PASSES,
    misspelt::PASSES,
    shapes::PASSES,
];

/// Looks at a text alone.
type Glance = fn(&str) -> bool;

/// What tells from a text alone whether a pass may find something there, by the pass's name.
pub(super) const GLANCES: &[(&str, Glance)] = &[
    (defaults::PASSES[0].name, defaults::may_be_in),
    (discarded::PASSES[0].name, discarded::may_be_in),
    (misspelt::PASSES[0].name, misspelt::may_be_in),
    (truth::PASSES[0].name, truth::may_be_in),
    ("seeds_one_library", setup::is_no_test),
    ("missing_flatten", stacks::has_widths),
    ("layer_width_does_not_fit", stacks::has_widths),
    (shapes::PASSES[0].name, shapes::may_be_in),
];

/// What a message shows of a text.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}
