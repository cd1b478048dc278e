use crate::gemm::Product;
use crate::{Error, Result, Shape, Tensor, map, map2, ops};

/// A bank of filters slid over the axes after batch and channels, of which there may be one, two or three.
#[derive(Debug, Clone)]
pub struct Conv<T: Product> {
    weight: Tensor<T>,
    bias: Option<Tensor<T>>,
    strides: Shape,
    pads: Shape,
    dilations: Shape,
    groups: usize,
}

impl<T: Product> Conv<T> {
    /// A layer of a weight of shape `(filters, channels / groups, …)` and a bias of shape `(filters)`. `pads` has the places before
    /// each axis, then those behind.
    ///
    /// # Errors
    /// If the shapes do not fit each other, or a stride is 0.
    pub fn new(
        weight: &Tensor<T>,
        bias: Option<&Tensor<T>>,
        strides: &[usize],
        pads: &[usize],
        dilations: &[usize],
        groups: usize,
    ) -> Result<Conv<T>> {
        let [filters, _, kernel @ ..] = weight.shape() else {
            return Err(Error::operand("conv", format!("a weight of shape {:?}", weight.shape())));
        };
        let axes = kernel.len();
        if strides.len() != axes || pads.len() != 2 * axes || dilations.len() != axes || strides.contains(&0) {
            return Err(Error::operand("conv", format!("a window of {kernel:?} with {strides:?}, {pads:?} and {dilations:?}")));
        }
        if groups == 0 || filters % groups != 0 {
            return Err(Error::operand("conv", format!("{filters} filters in {groups} groups")));
        }
        if let Some(bias) = bias.filter(|bias| bias.shape() != [*filters]) {
            return Err(Error::shapes("conv", weight.shape(), bias.shape()));
        }
        let (weight, bias) = (weight.clone(), bias.cloned());
        Ok(Conv { weight, bias, strides: strides.into(), pads: pads.into(), dilations: dilations.into(), groups })
    }

    /// The result of shape `(batch, filters, …)` for `x` of shape `(batch, channels, …)`.
    ///
    /// # Errors
    /// If the weight does not fit `x`, or the window is larger than its padded axes.
    pub fn run(&self, x: &Tensor<T>) -> Result<Tensor<T>> {
        ops::conv(x, &self.weight, self.bias.as_ref(), &self.strides, &self.pads, &self.dilations, self.groups)
    }

    /// `f` of each element of the result.
    ///
    /// # Errors
    /// As [`Conv::run`].
    pub fn run_then(&self, x: &Tensor<T>, f: impl Fn(T) -> T) -> Result<Tensor<T>> {
        Ok(map(&self.run(x)?, f))
    }

    /// `f` of each element of the result and the one of `other`, which has the result's shape, at the same place.
    ///
    /// # Errors
    /// As [`Conv::run`], and if `other` has another shape.
    pub fn run_with(&self, x: &Tensor<T>, other: &Tensor<T>, f: impl Fn(T, T) -> T) -> Result<Tensor<T>> {
        let y = self.run(x)?;
        if y.shape() != other.shape() {
            return Err(Error::shapes("conv", y.shape(), other.shape()));
        }
        map2(&y, other, f)
    }
}
