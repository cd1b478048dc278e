use crate::gemm::Product;
use crate::{Error, Result, Tensor, map, map2, ops};

/// `x @ w + b` over the last axis.
#[derive(Debug, Clone)]
pub struct Linear<T: Product> {
    weight: Tensor<T>,
    bias: Option<Tensor<T>>,
}

impl<T: Product> Linear<T> {
    /// A layer of a weight of shape `(inputs, outputs)` and a bias of shape `(outputs)`.
    ///
    /// # Errors
    /// If their shapes are others.
    pub fn new(weight: &Tensor<T>, bias: Option<&Tensor<T>>) -> Result<Linear<T>> {
        let &[_, outputs] = weight.shape() else {
            return Err(Error::operand("linear", format!("a weight of shape {:?}", weight.shape())));
        };
        if let Some(bias) = bias.filter(|bias| bias.shape() != [outputs]) {
            return Err(Error::shapes("linear", weight.shape(), bias.shape()));
        }
        Ok(Linear { weight: weight.clone(), bias: bias.cloned() })
    }

    /// The layer's result of shape `(…, outputs)` for `x` of shape `(…, inputs)`.
    ///
    /// # Errors
    /// If the last axis of `x` has another length.
    pub fn run(&self, x: &Tensor<T>) -> Result<Tensor<T>> {
        let y = ops::matmul(x, &self.weight)?;
        self.bias.as_ref().map_or(Ok(y.clone()), |bias| map2(&y, bias, |y, b| y.plus(b)))
    }

    /// `f` of each element of the result.
    ///
    /// # Errors
    /// As [`Linear::run`].
    pub fn run_then(&self, x: &Tensor<T>, f: impl Fn(T) -> T) -> Result<Tensor<T>> {
        Ok(map(&self.run(x)?, f))
    }

    /// `f` of each element of the result and the one of `other`, which has the result's shape, at the same place.
    ///
    /// # Errors
    /// As [`Linear::run`], and if `other` has another shape.
    pub fn run_with(&self, x: &Tensor<T>, other: &Tensor<T>, f: impl Fn(T, T) -> T) -> Result<Tensor<T>> {
        let y = self.run(x)?;
        if y.shape() != other.shape() {
            return Err(Error::shapes("linear", y.shape(), other.shape()));
        }
        map2(&y, other, f)
    }
}
