//! Least squares by gradient descent with momentum.

use ndarray::{Array1, Array2};

pub fn momentum_descent(x: &Array2<f64>, y: &Array1<f64>, rate: f64, steps: usize) -> Array1<f64> {
    let (samples, features) = x.dim();
    let mut weights = Array1::<f64>::zeros(features);
    let mut velocity = Array1::<f64>::zeros(features);
    let scale = rate / samples as f64;
    for _ in 0..steps {
        let residual = x.dot(&weights) - y;
        let gradient = x.t().dot(&residual);
        velocity = &velocity * 0.9 - &(&gradient * scale);
        weights = &weights + &velocity;
    }
    weights
}

pub fn example() -> (Array2<f64>, Array1<f64>, f64, usize) {
    let x = Array2::from_shape_fn((20, 4000), |(i, j)| ((i * 4000 + j) as f64 * 0.618).fract() - 0.5);
    (x, Array1::from_shape_fn(20, |i| (i as f64 * 0.755).fract()), 0.01, 5)
}
