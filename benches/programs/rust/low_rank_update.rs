//! Applies a low-rank correction to a batch of vectors.

use ndarray::Array2;

pub fn low_rank_update(base: &Array2<f64>, up: &Array2<f64>, down: &Array2<f64>, batch: &Array2<f64>) -> Array2<f64> {
    let correction = up.dot(down).dot(batch);
    let straight = base.dot(batch);
    straight + correction
}
