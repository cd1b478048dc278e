//! A step of subspace iteration with a Rayleigh quotient.

use ndarray::{Array1, Array2};

pub fn krylov_power(a: &Array2<f64>, b: &Array2<f64>, x: &Array1<f64>) -> (Array1<f64>, f64) {
    let product = a.dot(b);
    let y = product.dot(x);
    let rayleigh = (x * &y).sum();
    let norm = (&y * &y).sum().sqrt();
    let direction = &y / norm;
    (direction, rayleigh)
}
