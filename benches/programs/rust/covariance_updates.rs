//! Exponentially weighted second moments of a stream of small batches.

use ndarray::Array2;

pub fn covariance_updates(batch: &Array2<f64>, rounds: usize) -> Array2<f64> {
    let features = batch.ncols();
    let mut moments = Array2::<f64>::zeros((features, features));
    for _ in 0..rounds {
        moments *= 0.95;
        moments += &batch.t().dot(batch);
    }
    moments
}

pub fn example() -> (Array2<f64>, usize) {
    (Array2::from_shape_fn((4, 400), |(i, j)| ((i * 400 + j) as f64 * 0.618).fract() - 0.5), 4)
}
