//! Recurrent layers. `x` is `(places, batch, input)`; weights have an axis of directions first: `w` is `(directions, gates *
//! hidden, input)`, `r` is `(directions, gates * hidden, hidden)`, `b` is `(directions, 2 * gates * hidden)` with the biases of the
//! input before those of the state. States are `(directions, batch, hidden)`, and the results of all places are `(places,
//! directions, batch, hidden)`. `lengths` says how many places of each of the batch count; what is behind them is 0.

use super::activation::Activation;
use super::cells::{Cells, GRU, LSTM, Layer, RNN};
use crate::cpu::dispatched;
use crate::gemm::Product;
use crate::{Error, Float, Result, Tensor};

/// A layer of plain cells: `f(x @ w.T + h @ r.T + b)`. Gives the results of all places and the last state.
///
/// # Errors
/// If the shapes do not fit, or `direction` or `activations` is unknown.
#[expect(clippy::too_many_arguments, reason = "the operands and attributes of the operation")]
pub fn rnn<T: Float + Product>(
    x: &Tensor<T>,
    w: &Tensor<T>,
    r: &Tensor<T>,
    b: Option<&Tensor<T>>,
    lengths: Option<&Tensor<i32>>,
    h: Option<&Tensor<T>>,
    direction: &str,
    activations: &str,
    clip: f64,
) -> Result<(Tensor<T>, Tensor<T>)> {
    let cells = Cells::new(RNN, [w, r], b, direction, activations, clip)?;
    let layer = Layer::new(&cells, x, lengths)?;
    let mut last = layer.state(h)?;
    let (batch, hidden) = (layer.batch, cells.hidden);
    let y = layer.directions(&mut last, |d, y, h| {
        layer.run(d, &cells.bias(d), y, h, |gates, h, active| {
            cells.times_state(d, 0, batch, h, gates, true);
            cells.activations[d].apply(gates, clip);
            for ((h, gates), _) in h.chunks_exact_mut(hidden).zip(gates.chunks_exact(hidden)).zip(active).filter(|(_, a)| **a) {
                h.copy_from_slice(gates);
            }
        });
    })?;
    Ok((y, last))
}

/// A layer of gated recurrent units, gates in the order update, reset, new. The reset gate scales the state before its product
/// with the weights, or that product if `linear_before_reset`. Gives the results of all places and the last state.
///
/// # Errors
/// If the shapes do not fit, or `direction` or `activations` is unknown.
#[expect(clippy::too_many_arguments, reason = "the operands and attributes of the operation")]
pub fn gru<T: Float + Product>(
    x: &Tensor<T>,
    w: &Tensor<T>,
    r: &Tensor<T>,
    b: Option<&Tensor<T>>,
    lengths: Option<&Tensor<i32>>,
    h: Option<&Tensor<T>>,
    direction: &str,
    activations: &str,
    clip: f64,
    linear_before_reset: bool,
) -> Result<(Tensor<T>, Tensor<T>)> {
    gru_of(&Cells::new(GRU, [w, r], b, direction, activations, clip)?, x, lengths, h, linear_before_reset)
}

/// As [`gru`], of weights that are checked.
pub(crate) fn gru_of<T: Float + Product>(
    cells: &Cells<T>,
    x: &Tensor<T>,
    lengths: Option<&Tensor<i32>>,
    h: Option<&Tensor<T>>,
    linear_before_reset: bool,
) -> Result<(Tensor<T>, Tensor<T>)> {
    let layer = Layer::new(cells, x, lengths)?;
    let mut last = layer.state(h)?;
    let hidden = cells.hidden;
    let y = layer.directions(&mut last, |d, y, h| {
        let mut bias = cells.bias(d);
        let mut of_state = vec![T::ZERO; hidden];
        if let Some((w, r)) = cells.biases(d).filter(|_| linear_before_reset) {
            bias[2 * hidden..].copy_from_slice(&w[2 * hidden..]);
            of_state.copy_from_slice(&r[2 * hidden..]);
        }
        let mut both = vec![T::ZERO; layer.batch * 2 * hidden];
        let mut new = vec![T::ZERO; layer.batch * hidden];
        layer.run(d, &bias, y, h, |gates, h, active| {
            layer.gru_step(d, &of_state, linear_before_reset, (gates, h, active), (&mut both, &mut new));
        });
    })?;
    Ok((y, last))
}

impl<T: Float + Product> Layer<'_, T> {
    fn gru_step(
        &self,
        d: usize,
        of_state: &[T],
        linear: bool,
        (gates, h, active): (&mut [T], &mut [T], &[bool]),
        (both, new): (&mut [T], &mut [T]),
    ) {
        let (batch, hidden) = (self.batch, self.cells.hidden);
        self.cells.times_state(d, 0, batch, h, both, false);
        for (both, gates) in both.chunks_exact_mut(2 * hidden).zip(gates.chunks_exact(3 * hidden)) {
            both.iter_mut().zip(gates).for_each(|(b, g)| *b = b.plus(*g));
            self.cells.activations[2 * d].apply(both, self.cells.clip);
        }
        if linear {
            new.chunks_exact_mut(hidden).for_each(|new| new.copy_from_slice(of_state));
            self.cells.times_state(d, 1, batch, h, new, true);
        }
        let resets = || both.chunks_exact(2 * hidden).map(|both| &both[hidden..]);
        for (n, reset) in resets().enumerate() {
            let (new, h) = (&mut new[n * hidden..][..hidden], &h[n * hidden..][..hidden]);
            match linear {
                true => new.iter_mut().zip(reset).for_each(|(n, r)| *n = n.times(*r)),
                false => new.iter_mut().zip(reset).zip(h).for_each(|((n, r), h)| *n = r.times(*h)),
            }
        }
        if !linear {
            let reset = Tensor::build(&[batch, hidden], |out| out.copy_from_slice(new));
            self.cells.times_state(d, 1, batch, reset.elements(), new, false);
        }
        for n in (0..batch).filter(|n| active[*n]) {
            let (new, h) = (&mut new[n * hidden..][..hidden], &mut h[n * hidden..][..hidden]);
            new.iter_mut().zip(&gates[n * 3 * hidden + 2 * hidden..]).for_each(|(n, g)| *n = n.plus(*g));
            self.cells.activations[2 * d + 1].apply(new, self.cells.clip);
            for ((h, new), z) in h.iter_mut().zip(&*new).zip(&both[n * 2 * hidden..]) {
                *h = T::ONE.minus(*z).times(*new).plus(z.times(*h));
            }
        }
    }
}

/// A layer of long short-term memory, gates in the order input, output, forget, cell. `p` are the peepholes of the first three, of
/// shape `(directions, 3 * hidden)`. The forget gate is 1 minus the input gate if they are `coupled`. Gives the results of all
/// places, the last state and the last cell state.
///
/// # Errors
/// If the shapes do not fit, or `direction` or `activations` is unknown.
#[expect(clippy::too_many_arguments, reason = "the operands and attributes of the operation")]
pub fn lstm<T: Float + Product>(
    x: &Tensor<T>,
    w: &Tensor<T>,
    r: &Tensor<T>,
    b: Option<&Tensor<T>>,
    lengths: Option<&Tensor<i32>>,
    h: Option<&Tensor<T>>,
    c: Option<&Tensor<T>>,
    p: Option<&Tensor<T>>,
    direction: &str,
    activations: &str,
    clip: f64,
    coupled: bool,
) -> Result<(Tensor<T>, Tensor<T>, Tensor<T>)> {
    let cells = Cells::new(LSTM, [w, r], b, direction, activations, clip)?;
    lstm_of(&cells, x, lengths, [h, c, p], coupled)
}

/// As [`lstm`], of weights that are checked.
pub(crate) fn lstm_of<T: Float + Product>(
    cells: &Cells<T>,
    x: &Tensor<T>,
    lengths: Option<&Tensor<i32>>,
    [h, c, p]: [Option<&Tensor<T>>; 3],
    coupled: bool,
) -> Result<(Tensor<T>, Tensor<T>, Tensor<T>)> {
    let layer = Layer::new(cells, x, lengths)?;
    let (batch, hidden) = (layer.batch, cells.hidden);
    if let Some(p) = p.filter(|p| p.shape() != [cells.reverse.len(), 3 * hidden]) {
        return Err(Error::shapes("lstm", x.shape(), p.shape()));
    }
    let (mut last, mut states) = (layer.state(h)?, layer.state(c)?);
    let state = states.elements_mut();
    let y = layer.directions(&mut last, |d, y, h| {
        let peepholes = p.map(|p| &p.elements()[d * 3 * hidden..][..3 * hidden]);
        let state = &mut state[d * batch * hidden..][..batch * hidden];
        layer.run(d, &cells.bias(d), y, h, |gates, h, active| {
            cells.times_state(d, 0, batch, h, gates, true);
            for n in (0..batch).filter(|n| active[*n]) {
                let row = n * hidden..(n + 1) * hidden;
                layer.lstm_cell(d, &mut gates[n * 4 * hidden..][..4 * hidden], &mut h[row.clone()], &mut state[row], peepholes, coupled);
            }
        });
    })?;
    Ok((y, last, states))
}

impl<T: Float + Product> Layer<'_, T> {
    fn lstm_cell(&self, d: usize, gates: &mut [T], h: &mut [T], cell: &mut [T], peepholes: Option<&[T]>, coupled: bool) {
        let hidden = self.cells.hidden;
        let usual = [Activation::Sigmoid, Activation::Tanh, Activation::Tanh];
        if peepholes.is_none() && !coupled && self.cells.clip <= 0.0 && self.cells.activations[3 * d..3 * d + 3] == usual {
            return usual_cell(gates, h, cell);
        }
        let [f, g, last] = [0, 1, 2].map(|i| self.cells.activations[3 * d + i]);
        let see = |gate: &mut [T], cell: &[T], i: usize| {
            if let Some(p) = peepholes {
                gate.iter_mut().zip(cell).zip(&p[i * hidden..]).for_each(|((g, c), p)| *g = g.plus(p.times(*c)));
            }
        };
        let (input, rest) = gates.split_at_mut(hidden);
        let (output, rest) = rest.split_at_mut(hidden);
        let (forget, new) = rest.split_at_mut(hidden);
        see(input, cell, 0);
        f.apply(input, self.cells.clip);
        see(forget, cell, 2);
        f.apply(forget, self.cells.clip);
        if coupled {
            forget.iter_mut().zip(&*input).for_each(|(f, i)| *f = T::ONE.minus(*i));
        }
        g.apply(new, self.cells.clip);
        for (((c, f), i), new) in cell.iter_mut().zip(&*forget).zip(&*input).zip(&*new) {
            *c = f.times(*c).plus(i.times(*new));
        }
        see(output, cell, 1);
        f.apply(output, self.cells.clip);
        h.copy_from_slice(cell);
        last.apply(h, 0.0);
        h.iter_mut().zip(&*output).for_each(|(h, o)| *h = h.times(*o));
    }
}

dispatched! {
    /// A cell of the usual activations in one loop.
    fn usual_cell[T: Float](gates: &[T], h: &mut [T], cell: &mut [T]) {
        let hidden = h.len();
        let (input, rest) = gates.split_at(hidden);
        let (output, rest) = rest.split_at(hidden);
        let (forget, new) = rest.split_at(hidden);
        for (((((h, c), i), o), f), n) in h.iter_mut().zip(cell).zip(input).zip(output).zip(forget).zip(new) {
            *c = f.sigmoid().times(*c).plus(i.sigmoid().times(n.tanh()));
            *h = o.sigmoid().times(c.tanh());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(shape: &[usize]) -> Tensor<f32> {
        Tensor::new(shape, (0..shape.iter().product()).map(|i: usize| ((i * 7 % 11) as f32 - 5.0) / 10.0).collect()).unwrap()
    }

    #[test]
    fn the_reverse_of_a_short_sequence_begins_at_its_end() {
        let (w, r) = (counted(&[1, 8, 3]), counted(&[1, 8, 2]));
        let x = counted(&[4, 1, 3]);
        let lengths = Tensor::new(&[1], vec![2]).unwrap();
        let run = |x: &Tensor<f32>, lengths, direction| {
            lstm(x, &w, &r, None, lengths, None, None, None, direction, "sigmoid tanh tanh", 0.0, false).unwrap()
        };
        let backwards: Vec<f32> = [1, 0].iter().flat_map(|t| x.elements()[t * 3..][..3].to_vec()).collect();
        let (y, h, c) = run(&x, Some(&lengths), "reverse");
        let (expected, last, cell) = run(&Tensor::new(&[2, 1, 3], backwards).unwrap(), None, "forward");
        assert_eq!((h, c), (last, cell));
        assert_eq!(y.elements()[..2], expected.elements()[2..]);
        assert_eq!(y.elements()[4..], [0.0; 4]);
    }

    fn near(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}, expected {expected:?}");
    }

    #[test]
    fn both_directions_are_as_in_pytorch() {
        let x = counted(&[3, 2, 2]);
        let (w, r, b) = (counted(&[2, 8, 2]), counted(&[2, 8, 2]), counted(&[2, 16]));
        let both = "sigmoid tanh tanh sigmoid tanh tanh";
        let (_, h, c) = lstm(&x, &w, &r, Some(&b), None, None, None, None, "bidirectional", both, 0.0, false).unwrap();
        near(h.elements(), &[0.1547237, 0.0098638, 0.1591516, 0.0658141, -0.2929105, 0.2684585, -0.281103, 0.2267678]);
        near(c.elements(), &[0.4133484, 0.0208148, 0.3654263, 0.1317119, -0.7513303, 0.7184253, -0.673225, 0.6262874]);
        let (w, r, b) = (counted(&[2, 6, 2]), counted(&[2, 6, 2]), counted(&[2, 12]));
        let (y, h) = gru(&x, &w, &r, Some(&b), None, None, "bidirectional", "sigmoid tanh sigmoid tanh", 0.0, true).unwrap();
        near(h.elements(), &[0.1254882, -0.4286578, -0.0694097, -0.3119025, -0.6212587, 0.6531698, -0.5554805, 0.5570077]);
        near(&y.elements()[8..16], &[-0.0099423, -0.3304927, -0.0356924, -0.4111646, -0.4567644, 0.4582264, -0.3721417, 0.3320346]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (x, w, r) = (counted(&[4, 1, 3]), counted(&[1, 2, 3]), counted(&[1, 2, 2]));
        let run = |lengths: Option<&Tensor<i32>>, direction, activations| rnn(&x, &w, &r, None, lengths, None, direction, activations, 0.0);
        assert!(run(None, "forward", "tanh").is_ok());
        assert!(run(None, "forward", "tanh tanh").is_err());
        assert!(run(None, "forward", "swish").is_err());
        assert!(run(None, "bidirectional", "tanh tanh").is_err());
        assert!(run(Some(&Tensor::new(&[1], vec![5]).unwrap()), "forward", "tanh").is_err());
        assert!(run(Some(&Tensor::new(&[1], vec![-1]).unwrap()), "forward", "tanh").is_err());
    }
}
