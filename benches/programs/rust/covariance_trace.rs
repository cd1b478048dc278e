//! Total variance explained by a projection.

use ndarray::{Array1, Array2};

pub fn covariance_trace(data: &Array2<f64>, basis: &Array2<f64>, weights: &Array1<f64>) -> (f64, f64) {
    let projected = data.dot(basis);
    let restored = data.dot(basis).dot(&basis.t());
    let variance = (&projected * &projected).sum();
    let residual = (data - &restored).mapv(|v| v * v).sum();
    let weighted = restored.dot(weights).sum();
    (variance / (variance + residual), weighted)
}

pub fn example() -> (Array2<f64>, Array2<f64>, Array1<f64>) {
    let number = |i: usize| (i as f64 * 0.618).fract() - 0.5;
    let data = Array2::from_shape_fn((500, 100), |(i, j)| number(i * 100 + j));
    (data, Array2::from_shape_fn((100, 20), |(i, j)| number(i * 20 + j + 3)), Array1::from_shape_fn(100, number))
}
