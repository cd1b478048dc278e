//! Transformers: blocks of attention and of perceptrons at each place, each normalized first.

use super::View;
use super::dense;
use super::network::{Built, Network};
use crate::ir::{Attr, Id, TypeError};

/// How many times wider the perceptron of a block is.
pub(in crate::task) const EXPANSION: usize = 4;

/// The sizes of a transformer: width, heads and layers.
type Sizes = (usize, usize, usize);

/// Blocks over the places; their mean, or each of a text, gives the outputs.
pub(super) fn network(network: &mut Network, view: View, sizes: Sizes, outputs: usize) -> Built {
    let (width, _, layers) = sizes;
    let x = network.input()?;
    let (x, places) = match view {
        View::Sequence(places, features) => (network.linear(x, features, width)?, places),
        View::Characters(symbols, context) => {
            let table = network.weight(&[symbols, width]);
            (network.op("embedding", &[table, x])?, context)
        }
        View::Vector(_) | View::Image(..) => return Err(TypeError("a transformer goes over places".to_owned())),
    };
    let positions = network.weight(&[places, width]);
    let mut x = network.op("add", &[x, positions])?;
    let causal = matches!(view, View::Characters(..));
    for _ in 0..layers {
        let normal = normalized(network, x, width)?;
        let seen = attention(network, normal, (places, causal), sizes)?;
        x = network.op("add", &[x, seen])?;
        let normal = normalized(network, x, width)?;
        let changed = perceptron(network, normal, width)?;
        x = network.op("add", &[x, changed])?;
    }
    x = normalized(network, x, width)?;
    if !causal {
        x = network.mean(x, 1)?;
    }
    network.linear(x, width, outputs)
}

fn normalized(network: &mut Network, x: Id, width: usize) -> Built {
    let (w, b) = (network.weight(&[width]), network.weight(&[width]));
    let (axes, eps) = (network.attr(Attr::Int(1))?, network.attr(Attr::float(1e-5))?);
    network.op("layer_norm", &[x, w, b, axes, eps])
}

fn attention(network: &mut Network, x: Id, (places, causal): (usize, bool), (width, heads, _): Sizes) -> Built {
    let batch = network.batch();
    let mut parts = Vec::new();
    for _ in 0..3 {
        let part = network.linear(x, width, width)?;
        let split = network.reshape(part, &[batch, places, heads, width / heads])?;
        parts.push(network.permute(split, &[0, 2, 1, 3])?);
    }
    parts.push(network.attr(Attr::float(((width / heads) as f64).sqrt().recip()))?);
    let seen = network.op(if causal { "attention_causal" } else { "attention" }, &parts)?;
    let joined = network.permute(seen, &[0, 2, 1, 3])?;
    let joined = network.reshape(joined, &[batch, places, width])?;
    network.linear(joined, width, width)
}

fn perceptron(network: &mut Network, x: Id, width: usize) -> Built {
    dense::layers(network, x, width, &[EXPANSION * width], width)
}
