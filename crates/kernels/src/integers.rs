//! Products of integers, summed in single precision where that loses nothing.
//!
//! Single precision has all integers up to 2^24. If the magnitudes of the products of a sum add up to no more, each partial sum is one
//! of them, in whatever order they are added. So it is for most layers of quantized models, whose numbers are bytes: for them there need
//! be no kernels but those of single precision.

use crate::cpu::dispatched;
use crate::gemm::{Product, Singles};
use crate::{Number, Tensor};

/// Up to this magnitude single precision has all integers.
const EXACT: f64 = (1u32 << 24) as f64;

/// How large the sums of a layer's products may become.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reach {
    /// No matter: they are summed in single precision.
    Any,
    /// The largest sum of the magnitudes of one result's weights, and the largest magnitude of a bias.
    Of { weights: f64, bias: f64 },
}

impl Reach {
    /// Of a weight with the weights of one result behind each other, and of the results' biases.
    pub fn new<T: Product>(weight: &Tensor<T>, results: usize, bias: Option<&Tensor<T>>) -> Reach {
        if matches!(T::BY_SINGLES, Singles::Always) {
            return Reach::Any;
        }
        let magnitude = |w: &T| w.to_f64().abs();
        let largest = |sums: &mut dyn Iterator<Item = f64>| sums.fold(0.0, f64::max);
        let length = weight.elements().len().checked_div(results).unwrap_or(0).max(1);
        let weights = largest(&mut weight.elements().chunks(length).map(|weights| weights.iter().map(magnitude).sum()));
        Reach::Of { weights, bias: bias.map_or(0.0, |bias| largest(&mut bias.elements().iter().map(magnitude))) }
    }

    /// True if single precision has all sums of the weights' products with these operands.
    pub fn allows<T: Product>(&self, operands: &[T]) -> bool {
        match self {
            Reach::Any => true,
            Reach::Of { weights, bias } => weights * T::most(operands) + bias <= EXACT,
        }
    }
}

/// True if single precision has all sums of so many products of these operands.
pub(crate) fn exact<T: Product>(depth: usize, a: &[T], b: &[T]) -> bool {
    T::most(a) * T::most(b) * depth as f64 <= EXACT
}

/// The least and the largest element; 0 of none.
pub(crate) fn bounds(x: &[i32]) -> (i32, i32) {
    let mut bounds = x.first().map_or((0, 0), |x| (*x, *x));
    widen(x, &mut bounds);
    bounds
}

/// The largest magnitude.
pub(crate) fn most(x: &[i32]) -> f64 {
    let (low, high) = bounds(x);
    f64::from(low.unsigned_abs().max(high.unsigned_abs()))
}

dispatched! {
    /// Widens bounds so that they hold all elements.
    fn widen[](x: &[i32], bounds: &mut (i32, i32)) {
        let (mut low, mut high) = *bounds;
        for x in x {
            (low, high) = (low.min(*x), high.max(*x));
        }
        *bounds = (low, high);
    }

    /// `out += a @ b` for a row of `a` whose elements are `step` apart, of elements that are multiplied as they are.
    pub(crate) fn row[T: Number](a: &[T], step: usize, b: &[T], b_strides: (usize, usize), depth: usize, out: &mut [T]) {
        let (b_row, b_column) = b_strides;
        for l in 0..depth {
            let (x, first) = (a[l * step], l * b_row);
            if b_column == 1 {
                for (sum, y) in out.iter_mut().zip(&b[first..]) {
                    *sum = sum.plus(x.times(*y));
                }
            } else {
                for (j, sum) in out.iter_mut().enumerate() {
                    *sum = sum.plus(x.times(b[first + j * b_column]));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gemm::Matrix;
    use crate::layers::{Conv, Linear};
    use crate::ops;

    /// Bytes, centered.
    fn bytes(count: usize, times: usize) -> Vec<i32> {
        (0..count).map(|i| (i * times + 77) as i32 % 256 - 128).collect()
    }

    /// The sums as they are defined, wrapping around.
    fn product(k: usize, n: usize, a: &[i32], b: &[i32], bias: i32) -> Vec<i32> {
        let element =
            |row: &[i32], j: usize| row.iter().enumerate().fold(bias, |sum, (l, x)| sum.wrapping_add(x.wrapping_mul(b[l * n + j])));
        a.chunks(k).flat_map(|row| (0..n).map(move |j| element(row, j))).collect()
    }

    #[test]
    fn sums_up_to_the_last_exact_integer_and_beyond_are_those_of_integers() {
        // The last is summed in integers: 16,777,217 is no number of single precision.
        for (weight, operand) in [(16_777_215, 1), (16_777_217, 1), (1 << 23, 2), ((1 << 23) + 1, 2), (i32::MIN, 1), (i32::MAX, i32::MIN)] {
            for bias in [0, 1, i32::MAX] {
                let (w, b) = (Tensor::new(&[1, 1, 1], vec![weight]).unwrap(), Tensor::new(&[1], vec![bias]).unwrap());
                let x = Tensor::new(&[1, 1, 5], vec![operand; 5]).unwrap();
                let layer = Conv::new(&w, Some(&b), &[1], &[0, 0], &[1], 1).unwrap();
                let expected = operand.wrapping_mul(weight).wrapping_add(bias);
                assert_eq!(layer.run(&x).unwrap().elements(), [expected; 5]);
                assert_eq!(layer.run_then(&x, i32::wrapping_neg).unwrap().elements(), [expected.wrapping_neg(); 5]);
                let mut product = [0; 5];
                i32::product((5, 1, 1), Matrix::rows(x.elements(), 1), Matrix::rows(w.elements(), 1), &mut product, false);
                assert_eq!(product, [operand.wrapping_mul(weight); 5]);
            }
        }
    }

    #[test]
    fn layers_of_bytes_are_those_of_integers() {
        crate::cpu::tests::each_level(|| {
            for (m, k, n) in [(1, 40, 20), (5, 200, 33), (3, 700, 16)] {
                // The largest weights of the deepest layer add up to more than single precision has.
                let (x, w) = (bytes(m * k, 31), bytes(k * n, 17));
                let layer = Linear::new(&Tensor::new(&[k, n], w.clone()).unwrap(), None).unwrap();
                let found = layer.run(&Tensor::new(&[m, k], x.clone()).unwrap()).unwrap();
                assert_eq!(found.elements(), product(k, n, &x, &w, 0));
                let mut free = vec![0; m * n];
                i32::product((m, k, n), Matrix::rows(&x, k), Matrix::rows(&w, n), &mut free, false);
                assert_eq!(free, found.elements());
                i32::product((m, k, n), Matrix::rows(&x, k), Matrix::rows(&w, n), &mut free, true);
                assert_eq!(free, found.elements().iter().map(|y| 2 * y).collect::<Vec<i32>>());
            }
        });
    }

    #[test]
    fn convolutions_of_bytes_are_those_of_integers() {
        crate::cpu::tests::each_level(|| {
            for (channels, filters, groups, side) in [(16, 32, 1, 9), (6, 6, 6, 7), (130, 20, 1, 5)] {
                let own = channels / groups;
                let x = Tensor::new(&[2, channels, side, side], bytes(2 * channels * side * side, 29)).unwrap();
                let w = Tensor::new(&[filters, own, 3, 3], bytes(filters * own * 9, 13)).unwrap();
                let bias = Tensor::new(&[filters], bytes(filters, 7)).unwrap();
                let found = Conv::new(&w, Some(&bias), &[1, 1], &[1; 4], &[1, 1], groups).unwrap().run(&x).unwrap();
                let wide = |x: &Tensor<i32>| crate::map(x, f64::from);
                let expected = ops::conv(&wide(&x), &wide(&w), Some(&wide(&bias)), &[1, 1], &[1; 4], &[1, 1], groups).unwrap();
                assert_eq!(found.elements(), expected.elements().iter().map(|y| *y as i32).collect::<Vec<i32>>());
            }
        });
    }
}
