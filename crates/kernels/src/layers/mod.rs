//! Layers with constant weights: objects made once, which keep their weights in the order in which the kernels read them.
//!
//! [`Linear`] and [`Conv`] may end with a function of each element, which is applied to a part of the result as it is stored, while
//! it is in the cache.

mod conv;
#[cfg(test)]
mod conv_tests;
mod finish;
mod image;
mod linear;
mod recurrent;
mod transform;
mod winograd;

pub use conv::Conv;
pub use linear::Linear;
pub use recurrent::{Gru, Lstm};

/// Columns of a panel, the form in which [`Linear`] reads its weights.
pub const PANEL: usize = crate::tiles::WIDTH;

#[cfg(test)]
pub(crate) mod tests {
    use crate::Tensor;

    /// Numbers between -1 and 1 that repeat late.
    pub fn numbers(shape: &[usize]) -> Tensor<f32> {
        let number = |i: usize| ((i * 7919 + 13) % 1009) as f32 / 504.5 - 1.0;
        Tensor::new(shape, (0..shape.iter().product()).map(number).collect()).unwrap()
    }

    /// Checks that the results differ by no more than rounding.
    pub fn near(found: &Tensor<f32>, expected: &Tensor<f32>) {
        assert_eq!(found.shape(), expected.shape());
        for (i, (f, e)) in found.elements().iter().zip(expected.elements()).enumerate() {
            assert!((f - e).abs() <= 1e-4 * (1.0 + e.abs()), "{f} instead of {e} at {i} of {:?}", found.shape());
        }
    }
}
