use crate::gemm::Product;
use crate::{Float, Result, Tensor, ops};

/// What the layers of both cells keep.
#[derive(Debug, Clone)]
struct Cell<T: Float + Product> {
    w: Tensor<T>,
    r: Tensor<T>,
    b: Option<Tensor<T>>,
    direction: String,
    activations: String,
    clip: f64,
}

/// A layer of long short-term memory with constant weights; shapes and order of gates are those of [`ops::lstm`].
#[derive(Debug, Clone)]
pub struct Lstm<T: Float + Product> {
    cell: Cell<T>,
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
        let (w, r, b) = (w.clone(), r.clone(), b.cloned());
        Ok(Lstm { cell: Cell { w, r, b, direction: direction.into(), activations: activations.into(), clip }, coupled })
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
        let Cell { w, r, b, direction, activations, clip } = &self.cell;
        ops::lstm(x, w, r, b.as_ref(), lengths, h, c, p, direction, activations, *clip, self.coupled)
    }
}

/// A layer of gated recurrent units with constant weights; shapes and order of gates are those of [`ops::gru`].
#[derive(Debug, Clone)]
pub struct Gru<T: Float + Product> {
    cell: Cell<T>,
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
        let (w, r, b) = (w.clone(), r.clone(), b.cloned());
        Ok(Gru { cell: Cell { w, r, b, direction: direction.into(), activations: activations.into(), clip }, linear_before_reset })
    }

    /// The results of all places and the last state.
    ///
    /// # Errors
    /// As [`ops::gru`].
    pub fn run(&self, x: &Tensor<T>, lengths: Option<&Tensor<i32>>, h: Option<&Tensor<T>>) -> Result<(Tensor<T>, Tensor<T>)> {
        let Cell { w, r, b, direction, activations, clip } = &self.cell;
        ops::gru(x, w, r, b.as_ref(), lengths, h, direction, activations, *clip, self.linear_before_reset)
    }
}
