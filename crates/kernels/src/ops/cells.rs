//! What recurrent layers share: their weights, checked against each other once, and the way over the places.

use super::activation::Activation;
use crate::gemm::{Matrix, Product};
use crate::tiles::{self, Left, Line, Right, Start, Task, WIDTH};
use crate::{Error, Float, Result, Tensor};

/// How a kind of cell is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub op: &'static str,
    pub gates: usize,
    /// How many gates are multiplied with the state at once.
    pub together: &'static [usize],
    /// How many activations a direction has.
    pub functions: usize,
}

/// Plain cells.
pub(super) const RNN: Kind = Kind { op: "rnn", gates: 1, together: &[1], functions: 1 };
/// Gated recurrent units.
pub(crate) const GRU: Kind = Kind { op: "gru", gates: 3, together: &[2, 1], functions: 2 };
/// Long short-term memory.
pub(crate) const LSTM: Kind = Kind { op: "lstm", gates: 4, together: &[4], functions: 3 };

/// The weights and activations of a layer's cells.
#[derive(Debug, Clone)]
pub(crate) struct Cells<T: Float + Product> {
    kind: Kind,
    w: Tensor<T>,
    r: Tensor<T>,
    b: Option<Tensor<T>>,
    input: usize,
    pub hidden: usize,
    /// For each direction, whether it goes back.
    pub reverse: &'static [bool],
    pub activations: Vec<Activation>,
    pub clip: f64,
    /// Each direction's weights as panels, in single precision.
    panels: Vec<Panels>,
}

#[derive(Debug, Clone)]
struct Panels {
    w: Vec<Line>,
    /// Those of the gates that are multiplied with the state at once.
    r: Vec<Vec<Line>>,
}

impl<T: Float + Product> Cells<T> {
    /// Cells of these weights, whose shapes must fit each other.
    pub fn new(
        kind: Kind,
        [w, r]: [&Tensor<T>; 2],
        b: Option<&Tensor<T>>,
        direction: &str,
        activations: &str,
        clip: f64,
    ) -> Result<Cells<T>> {
        let op = kind.op;
        let reverse: &'static [bool] = match direction {
            "forward" => &[false],
            "reverse" => &[true],
            "bidirectional" => &[false, true],
            other => return Err(Error::operand(op, format!("no direction `{other}`"))),
        };
        let misfit = |t: &Tensor<T>| Error::shapes(op, w.shape(), t.shape());
        let (&[_, _, input], &[_, _, hidden]) = (w.shape(), r.shape()) else { return Err(misfit(r)) };
        let (directions, width) = (reverse.len(), kind.gates.saturating_mul(hidden));
        if w.shape() != [directions, width, input] || r.shape() != [directions, width, hidden] {
            return Err(misfit(r));
        }
        if let Some(b) = b.filter(|b| b.shape() != [directions, width.saturating_mul(2)]) {
            return Err(misfit(b));
        }
        let activations = Activation::parse(op, activations)?;
        if activations.len() != kind.functions * directions {
            return Err(Error::operand(op, format!("expected {} activations", kind.functions * directions)));
        }
        let panels = match (T::singles(w.elements()), T::singles(r.elements())) {
            (Some(w), Some(r)) => (0..directions).map(|d| Panels::new(&kind, d, w, r, input, hidden)).collect(),
            _ => Vec::new(),
        };
        let (w, r, b) = (w.clone(), r.clone(), b.cloned());
        Ok(Cells { kind, w, r, b, input, hidden, reverse, activations, clip, panels })
    }

    /// The biases of a direction: those of the input, and those of the state.
    pub fn biases(&self, direction: usize) -> Option<(&[T], &[T])> {
        let width = self.kind.gates * self.hidden;
        self.b.as_ref().map(|b| b.elements()[direction * 2 * width..][..2 * width].split_at(width))
    }

    /// The sum of both biases, or zeros.
    pub fn bias(&self, direction: usize) -> Vec<T> {
        match self.biases(direction) {
            Some((w, r)) => w.iter().zip(r).map(|(w, r)| w.plus(*r)).collect(),
            None => vec![T::ZERO; self.kind.gates * self.hidden],
        }
    }

    /// `rows` of the state times the weights of the `part`-th gates that are multiplied at once, added to `out` or stored there.
    pub fn times_state(&self, direction: usize, part: usize, rows: usize, h: &[T], out: &mut [T], accumulate: bool) {
        let hidden = self.hidden;
        let width = self.kind.together[part] * hidden;
        if let (Some(panels), Some(h)) = (self.panels.get(direction), T::singles(h)) {
            let start = if accumulate { Start::Result } else { Start::Zero };
            return by_panels((rows, hidden, width), h, &panels.r[part], T::singles_mut(out), start);
        }
        let before: usize = self.kind.together[..part].iter().sum();
        let from = (direction * self.kind.gates + before) * hidden * hidden;
        let r = Matrix { elements: &self.r.elements()[from..], row: 1, column: hidden };
        T::product((rows, hidden, width), Matrix::rows(h, hidden), r, out, accumulate);
    }

    /// The input's part of all gates and the bias stored in `out`.
    fn times_input(&self, direction: usize, rows: usize, x: &[T], bias: &[T], out: &mut [T]) {
        let (input, width) = (self.input, self.kind.gates * self.hidden);
        if let (Some(panels), Some(x), Some(bias)) = (self.panels.get(direction), T::singles(x), T::singles(bias)) {
            let mut padded = Vec::with_capacity(width.next_multiple_of(WIDTH));
            padded.extend_from_slice(bias);
            padded.resize(width.next_multiple_of(WIDTH), 0.0);
            return by_panels((rows, input, width), x, &panels.w, T::singles_mut(out), Start::Columns(&padded));
        }
        out.chunks_exact_mut(width).for_each(|row| row.copy_from_slice(bias));
        let w = Matrix { elements: &self.w.elements()[direction * width * input..], row: 1, column: input };
        T::product((rows, input, width), Matrix::rows(x, input), w, out, true);
    }
}

impl Panels {
    fn new(kind: &Kind, direction: usize, w: &[f32], r: &[f32], input: usize, hidden: usize) -> Panels {
        let turned = |elements, k| Matrix { elements, row: 1, column: k };
        let width = kind.gates * hidden;
        let mut from = direction * width * hidden;
        let r = kind.together.iter().map(|gates| {
            let part = tiles::right_panels(hidden, gates * hidden, turned(&r[from..], hidden));
            from += gates * hidden * hidden;
            part
        });
        let r = r.collect();
        Panels { w: tiles::right_panels(input, width, turned(&w[direction * width * input..], input)), r }
    }
}

/// A product with weights that are panels.
fn by_panels(size: (usize, usize, usize), left: &[f32], panels: &[Line], out: Option<&mut [f32]>, start: Start) {
    let Some(out) = out else { return };
    let left = Left::Rows(Matrix::rows(left, size.1));
    tiles::product(&Task { size, left, right: Right::Panels(panels), start, finish: None, offset: 0 }, out);
}

/// A layer's operands, checked against its weights.
pub(super) struct Layer<'a, T: Float + Product> {
    pub cells: &'a Cells<T>,
    x: &'a Tensor<T>,
    /// How many places of each of the batch count.
    lengths: Vec<usize>,
    places: usize,
    pub batch: usize,
}

impl<'a, T: Float + Product> Layer<'a, T> {
    pub fn new(cells: &'a Cells<T>, x: &'a Tensor<T>, lengths: Option<&Tensor<i32>>) -> Result<Layer<'a, T>> {
        let op = cells.kind.op;
        let &[places, batch, input] = x.shape() else { return Err(Error::shapes(op, x.shape(), cells.w.shape())) };
        if input != cells.input {
            return Err(Error::shapes(op, x.shape(), cells.w.shape()));
        }
        let lengths = match lengths {
            Some(lengths) if lengths.shape() != [batch] => return Err(Error::shapes(op, x.shape(), lengths.shape())),
            Some(lengths) => lengths.elements().iter().map(|l| usize::try_from(*l).ok().filter(|l| *l <= places)).collect(),
            None => Some(vec![places; batch]),
        };
        let lengths = lengths.ok_or_else(|| Error::operand(op, format!("lengths outside of {places} places")))?;
        Ok(Layer { cells, x, lengths, places, batch })
    }

    /// A state to begin with; zeros if it is not given.
    pub fn state(&self, given: Option<&Tensor<T>>) -> Result<Tensor<T>> {
        let op = self.cells.kind.op;
        let shape = [self.cells.reverse.len(), self.batch, self.cells.hidden];
        match given {
            Some(given) if given.shape() != shape => Err(Error::shapes(op, self.x.shape(), given.shape())),
            Some(given) => Ok(given.clone()),
            None => Tensor::try_build(op, &shape, |h| h.fill(T::ZERO)),
        }
    }

    /// All places of one direction: `step` makes the new state from the gates, of which the input's part and `bias` are summed, for
    /// those of the batch that are still within their lengths.
    pub fn run(&self, direction: usize, bias: &[T], y: &mut [T], h: &mut [T], mut step: impl FnMut(&mut [T], &mut [T], &[bool])) {
        let (batch, hidden, width) = (self.batch, self.cells.hidden, self.cells.kind.gates * self.cells.hidden);
        if batch == 0 || hidden == 0 {
            return;
        }
        let (directions, reverse) = (self.cells.reverse.len(), self.cells.reverse[direction]);
        let rows = self.places * batch;
        let mut inputs = Tensor::build(&[rows, width], |out| self.cells.times_input(direction, rows, self.x.elements(), bias, out));
        let inputs = inputs.elements_mut();
        let mut active = vec![true; batch];
        if self.lengths.iter().all(|l| *l == self.places) {
            // All of the batch are at the same place, whose gates lie together.
            for at in 0..self.places {
                let place = if reverse { self.places - 1 - at } else { at };
                step(&mut inputs[place * batch * width..][..batch * width], h, &active);
                y[(place * directions + direction) * batch * hidden..][..batch * hidden].copy_from_slice(h);
            }
            return;
        }
        let mut gates = Tensor::build(&[batch, width], |gates| gates.fill(T::ZERO));
        let gates = gates.elements_mut();
        for at in 0..self.places {
            let place = |n: usize| if reverse { self.lengths[n] - 1 - at } else { at };
            for (n, gates) in gates.chunks_exact_mut(width).enumerate() {
                active[n] = at < self.lengths[n];
                if active[n] {
                    gates.copy_from_slice(&inputs[(place(n) * batch + n) * width..][..width]);
                }
            }
            step(gates, h, &active);
            for (n, h) in h.chunks_exact(hidden).enumerate().filter(|(n, _)| active[*n]) {
                y[((place(n) * directions + direction) * batch + n) * hidden..][..hidden].copy_from_slice(h);
            }
        }
    }

    /// All directions in turn: `each` is told its number, its results and its state.
    pub fn directions(&self, h: &mut Tensor<T>, mut each: impl FnMut(usize, &mut [T], &mut [T])) -> Result<Tensor<T>> {
        let state = self.batch * self.cells.hidden;
        let directions = self.cells.reverse.len();
        let whole = self.lengths.iter().all(|l| *l == self.places);
        Tensor::try_build(self.cells.kind.op, &[self.places, directions, self.batch, self.cells.hidden], |y| {
            if !whole {
                y.fill(T::ZERO);
            }
            for direction in 0..directions {
                each(direction, y, &mut h.elements_mut()[direction * state..][..state]);
            }
        })
    }
}
