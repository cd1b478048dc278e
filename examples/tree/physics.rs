//! Distances and energies.

use ndarray::{Array1, Array2};

pub fn smooth(a: &Array2<f64>, b: &Array2<f64>, v: &Array1<f64>) -> Array1<f64> {
    let operator = a.dot(b);
    operator.dot(v)
}

pub fn softplus(x: f64) -> f64 {
    (1.0 + x.exp()).ln()
}

pub fn attraction(ratio: f64) -> f64 {
    // powf is many times slower than products.
    ratio.powf(3.0) - 1.0
}
