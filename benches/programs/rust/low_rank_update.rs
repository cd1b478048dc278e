//! Applies a low-rank correction to a batch of vectors.

use ndarray::Array2;

pub fn low_rank_update(base: &Array2<f64>, up: &Array2<f64>, down: &Array2<f64>, batch: &Array2<f64>) -> Array2<f64> {
    let correction = up.dot(down).dot(batch);
    let straight = base.dot(batch);
    straight + correction
}

pub fn example() -> (Array2<f64>, Array2<f64>, Array2<f64>, Array2<f64>) {
    let matrix = |n: usize, m: usize| Array2::from_shape_fn((n, m), |(i, j)| ((i * m + j) as f64 * 0.618).fract() - 0.5);
    (matrix(300, 300), matrix(300, 8), matrix(8, 300), matrix(300, 16))
}
