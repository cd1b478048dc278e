//! Recurrent networks.

use super::network::{Built, Network};
use super::{Cell, View};
use crate::ir::{Attr, Id, TypeError};

/// Cells over the places; the last state, or that of every place of a text, gives the outputs.
pub(super) fn network(network: &mut Network, view: View, cell: Cell, (width, layers): (usize, usize), outputs: usize) -> Built {
    let x = network.input()?;
    let (mut x, mut features, places) = match view {
        View::Sequence(places, features) => (x, features, places),
        View::Characters(symbols, context) => {
            let table = network.weight(&[symbols, width]);
            (network.op("embedding", &[table, x])?, width, context)
        }
        View::Vector(_) | View::Image(..) => return Err(TypeError("a recurrent network goes over time".to_owned())),
    };
    let batch = network.batch();
    x = network.permute(x, &[1, 0, 2])?;
    for _ in 0..layers {
        let states = layer(network, x, cell, features, width)?;
        let first = network.attr(Attr::Int(0))?;
        let states = network.op("tuple_get", &[states, first])?;
        x = network.reshape(states, &[places, batch, width])?;
        features = width;
    }
    match view {
        View::Characters(..) => network.linear(x, width, outputs),
        _ => {
            let place = [network.attr(Attr::Int(0))?, network.attr(Attr::Int(-1))?];
            let last = network.op("index", &[x, place[0], place[1]])?;
            network.linear(last, width, outputs)
        }
    }
}

fn layer(network: &mut Network, x: Id, cell: Cell, features: usize, width: usize) -> Built {
    let (name, gates, activations) = match cell {
        Cell::Rnn => ("rnn", 1, "tanh"),
        Cell::Gru => ("gru", 3, "sigmoid tanh"),
        Cell::Lstm => ("lstm", 4, "sigmoid tanh tanh"),
    };
    let weights = [network.weight(&[1, gates * width, features]), network.weight(&[1, gates * width, width])];
    let biases = network.weight(&[1, 2 * gates * width]);
    let none = network.attr(Attr::None)?;
    let mut args = vec![x, weights[0], weights[1], biases, none, none];
    if cell == Cell::Lstm {
        args.extend([none, none]);
    }
    let mut attrs = vec![Attr::Str("forward".to_owned()), Attr::Str(activations.to_owned()), Attr::float(0.0)];
    match cell {
        Cell::Rnn => {}
        Cell::Gru => attrs.push(Attr::Bool(true)),
        Cell::Lstm => attrs.push(Attr::Bool(false)),
    }
    for attr in attrs {
        args.push(network.attr(attr)?);
    }
    network.op(name, &args)
}
