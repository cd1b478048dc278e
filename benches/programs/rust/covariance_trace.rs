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
