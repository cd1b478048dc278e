use crate::gemm::Product;
use crate::ops::{self, Cells};
use crate::{Float, Result, Tensor};

/// A layer of long short-term memory with constant weights; shapes and order of gates are those of [`ops::lstm`].
#[derive(Debug, Clone)]
pub struct Lstm<T: Float + Product> {
    cells: Cells<T>,
    coupled: bool,
}

impl<T: Float + Product> Lstm<T> {
    /// A layer of the weights of the input, those of the state, and the biases.
    ///
    /// # Errors
    /// If their shapes do not fit each other, or `direction` or `activations` is unknown.
    pub fn new(
        w: &Tensor<T>,
        r: &Tensor<T>,
        b: Option<&Tensor<T>>,
        direction: &str,
        activations: &str,
        clip: f64,
        coupled: bool,
    ) -> Result<Lstm<T>> {
        Ok(Lstm { cells: Cells::new(ops::LSTM, [w, r], b, direction, activations, clip)?, coupled })
    }

    /// The results of all places, the last state and the last cell state.
    ///
    /// # Errors
    /// As [`ops::lstm`].
    pub fn run(
        &self,
        x: &Tensor<T>,
        lengths: Option<&Tensor<i32>>,
        h: Option<&Tensor<T>>,
        c: Option<&Tensor<T>>,
        p: Option<&Tensor<T>>,
    ) -> Result<(Tensor<T>, Tensor<T>, Tensor<T>)> {
        ops::lstm_of(&self.cells, x, lengths, [h, c, p], self.coupled)
    }
}

/// A layer of gated recurrent units with constant weights; shapes and order of gates are those of [`ops::gru`].
#[derive(Debug, Clone)]
pub struct Gru<T: Float + Product> {
    cells: Cells<T>,
    linear_before_reset: bool,
}

impl<T: Float + Product> Gru<T> {
    /// A layer of the weights of the input, those of the state, and the biases.
    ///
    /// # Errors
    /// If their shapes do not fit each other, or `direction` or `activations` is unknown.
    pub fn new(
        w: &Tensor<T>,
        r: &Tensor<T>,
        b: Option<&Tensor<T>>,
        direction: &str,
        activations: &str,
        clip: f64,
        linear_before_reset: bool,
    ) -> Result<Gru<T>> {
        Ok(Gru { cells: Cells::new(ops::GRU, [w, r], b, direction, activations, clip)?, linear_before_reset })
    }

    /// The results of all places and the last state.
    ///
    /// # Errors
    /// As [`ops::gru`].
    pub fn run(&self, x: &Tensor<T>, lengths: Option<&Tensor<i32>>, h: Option<&Tensor<T>>) -> Result<(Tensor<T>, Tensor<T>)> {
        ops::gru_of(&self.cells, x, lengths, h, self.linear_before_reset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::tests::each_level;
    use crate::layers::tests::{near, numbers};

    /// The same numbers in double precision, which the operations compute without panels.
    fn double(x: &Tensor<f32>) -> Tensor<f64> {
        crate::map(x, f64::from)
    }

    fn single(x: &Tensor<f64>) -> Tensor<f32> {
        crate::map(x, |x| x as f32)
    }

    #[test]
    fn results_are_those_of_the_operations() {
        let lengths = Tensor::new(&[3], vec![5, 2, 4]).unwrap();
        each_level(|| {
            for (input, hidden) in [(1, 1), (4, 16), (7, 19)] {
                for (direction, d) in [("forward", 1), ("reverse", 1), ("bidirectional", 2)] {
                    for lengths in [None, Some(&lengths)] {
                        lstm(input, hidden, direction, d, lengths);
                        gru(input, hidden, direction, d, lengths);
                    }
                }
            }
        });
    }

    fn lstm(input: usize, hidden: usize, direction: &str, d: usize, lengths: Option<&Tensor<i32>>) {
        let (x, w, r) = (numbers(&[5, 3, input]), numbers(&[d, 4 * hidden, input]), numbers(&[d, 4 * hidden, hidden]));
        let (b, h, c, p) = (numbers(&[d, 8 * hidden]), numbers(&[d, 3, hidden]), numbers(&[d, 3, hidden]), numbers(&[d, 3 * hidden]));
        for (activations, peepholes) in [("sigmoid tanh tanh ", None), ("hard_sigmoid tanh relu ", Some(&p))] {
            let activations = activations.repeat(d);
            let layer = Lstm::new(&w, &r, Some(&b), direction, &activations, 0.0, false).unwrap();
            let (y, last, cells) = layer.run(&x, lengths, Some(&h), Some(&c), peepholes).unwrap();
            let [x, w, r, b, h, c] = [&x, &w, &r, &b, &h, &c].map(double);
            let peepholes = peepholes.map(double);
            let (h, c, p) = (Some(&h), Some(&c), peepholes.as_ref());
            let expected = ops::lstm(&x, &w, &r, Some(&b), lengths, h, c, p, direction, &activations, 0.0, false).unwrap();
            near(&y, &single(&expected.0));
            near(&last, &single(&expected.1));
            near(&cells, &single(&expected.2));
        }
    }

    fn gru(input: usize, hidden: usize, direction: &str, d: usize, lengths: Option<&Tensor<i32>>) {
        let (x, w, r) = (numbers(&[5, 3, input]), numbers(&[d, 3 * hidden, input]), numbers(&[d, 3 * hidden, hidden]));
        let (b, h) = (numbers(&[d, 6 * hidden]), numbers(&[d, 3, hidden]));
        let activations = "sigmoid tanh ".repeat(d);
        for linear in [false, true] {
            let layer = Gru::new(&w, &r, Some(&b), direction, &activations, 0.0, linear).unwrap();
            let (y, last) = layer.run(&x, lengths, Some(&h)).unwrap();
            let [x, w, r, b, h] = [&x, &w, &r, &b, &h].map(double);
            let expected = ops::gru(&x, &w, &r, Some(&b), lengths, Some(&h), direction, &activations, 0.0, linear).unwrap();
            near(&y, &single(&expected.0));
            near(&last, &single(&expected.1));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (w, r) = (numbers(&[1, 8, 3]), numbers(&[1, 8, 2]));
        assert!(Lstm::new(&w, &r, None, "forward", "sigmoid tanh", 0.0, false).is_err());
        assert!(Lstm::new(&w, &r, None, "sideways", "sigmoid tanh tanh", 0.0, false).is_err());
        assert!(Lstm::new(&w, &w, None, "forward", "sigmoid tanh tanh", 0.0, false).is_err());
        assert!(Gru::new(&w, &r, None, "forward", "sigmoid tanh", 0.0, false).is_err());
        let layer = Lstm::new(&w, &r, None, "forward", "sigmoid tanh tanh", 0.0, false).unwrap();
        assert!(layer.run(&numbers(&[4, 1, 2]), None, None, None, None).is_err());
        assert!(layer.run(&numbers(&[4, 1, 3]), None, Some(&numbers(&[1, 2, 2])), None, None).is_err());
        assert!(layer.run(&numbers(&[4, 1, 3]), None, None, None, Some(&numbers(&[1, 2]))).is_err());
    }
}
