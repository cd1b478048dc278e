//! Small convolutional networks.

use super::View;
use super::dense;
use super::network::{Built, Network};
use crate::ir::{Attr, Id, TypeError};

/// The width of the layer after the convolutions.
pub(in crate::task) const HIDDEN: usize = 64;
/// Places that a filter over time sees.
pub(in crate::task) const REACH: usize = 5;
/// Places that a filter over an image sees on each axis.
pub(in crate::task) const SIDE: usize = 3;

/// The channels of the blocks for images of a side: each block halves it.
pub(super) fn channels(side: usize) -> Vec<usize> {
    let blocks = (side.ilog2() as usize).saturating_sub(1).clamp(1, 3);
    [16, 32, 64][3 - blocks.max(2)..][..blocks].to_vec()
}

/// Convolutions over an image or over time.
pub(super) fn network(network: &mut Network, view: View, channels: &[usize], outputs: usize) -> Built {
    match view {
        View::Image(first, height, width) => image(network, (first, height, width), channels, outputs),
        View::Sequence(_, features) => sequence(network, features, channels, outputs),
        View::Vector(_) | View::Characters(..) => Err(TypeError("a convolution goes over images and over time".to_owned())),
    }
}

fn image(network: &mut Network, size: (usize, usize, usize), channels: &[usize], outputs: usize) -> Built {
    let (mut before, mut height, mut width) = size;
    let mut x = network.input()?;
    for &after in channels {
        let sum = convolution(network, x, before, after, &[SIDE, SIDE])?;
        let positive = network.op("relu", &[sum])?;
        x = pool(network, positive)?;
        (before, height, width) = (after, height / 2, width / 2);
    }
    let flat = network.reshape(x, &[network.batch(), before * height * width])?;
    dense::layers(network, flat, before * height * width, &[HIDDEN], outputs)
}

fn sequence(network: &mut Network, features: usize, channels: &[usize], outputs: usize) -> Built {
    let x = network.input()?;
    let mut x = network.permute(x, &[0, 2, 1])?;
    let mut before = features;
    for &after in channels {
        let sum = convolution(network, x, before, after, &[REACH])?;
        x = network.op("relu", &[sum])?;
        before = after;
    }
    let axis = [network.attr(Attr::Int(2))?, network.attr(Attr::Bool(false))?];
    let largest = network.op("max", &[x, axis[0], axis[1]])?;
    network.linear(largest, before, outputs)
}

/// A bank of filters that keeps the lengths.
fn convolution(network: &mut Network, x: Id, before: usize, after: usize, kernel: &[usize]) -> Built {
    let w = network.weight(&[&[after, before], kernel].concat());
    let b = network.weight(&[after]);
    let ones = vec![1; kernel.len()];
    let pads: Vec<i64> = kernel.iter().chain(kernel).map(|&side| (side / 2) as i64).collect();
    let attrs = [Attr::Ints(ones.clone()), Attr::Ints(pads), Attr::Ints(ones), Attr::Int(1)];
    let mut args = vec![x, w, b];
    for attr in attrs {
        args.push(network.attr(attr)?);
    }
    network.op("conv", &args)
}

/// The largest of each square of four.
fn pool(network: &mut Network, x: Id) -> Built {
    let pair = |n| Attr::Ints(vec![n, n]);
    let mut args = vec![x];
    for attr in [pair(2), pair(2), Attr::Ints(vec![0; 4]), pair(1), Attr::Bool(false)] {
        args.push(network.attr(attr)?);
    }
    network.op("max_pool", &args)
}
