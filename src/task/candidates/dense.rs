//! Linear models and perceptrons.

use super::View;
use super::network::{Built, Network};
use crate::ir::Id;

/// The width of a hidden layer for so many inputs and examples.
pub(super) fn hidden(inputs: usize, examples: u64) -> usize {
    let widest = match examples {
        ..1_000 => 32,
        1_000..10_000 => 64,
        10_000..100_000 => 128,
        _ => 256,
    };
    inputs.next_power_of_two().clamp(16, widest)
}

fn flat(network: &mut Network, view: View) -> Built {
    let x = network.input()?;
    match view {
        View::Vector(_) => Ok(x),
        _ => network.reshape(x, &[network.batch(), view.size()]),
    }
}

/// One matrix.
pub(super) fn linear(network: &mut Network, view: View, outputs: usize) -> Built {
    let x = flat(network, view)?;
    network.linear(x, view.size(), outputs)
}

/// Hidden layers, beside a linear path.
pub(super) fn mlp(network: &mut Network, view: View, widths: &[usize], outputs: usize) -> Built {
    let x = flat(network, view)?;
    let straight = network.linear(x, view.size(), outputs)?;
    let deep = layers(network, x, view.size(), widths, outputs)?;
    network.op("add", &[straight, deep])
}

/// Linear layers with a ReLU between them.
pub(super) fn layers(network: &mut Network, mut x: Id, mut inputs: usize, widths: &[usize], outputs: usize) -> Built {
    for &width in widths {
        let sum = network.linear(x, inputs, width)?;
        x = network.op("relu", &[sum])?;
        inputs = width;
    }
    network.linear(x, inputs, outputs)
}
