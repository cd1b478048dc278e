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

pub fn example() -> (Array2<f64>, Array2<f64>, Array1<f64>) {
    let matrix = |shift: usize| Array2::from_shape_fn((300, 300), |(i, j)| ((i * 300 + j + shift) as f64 * 0.618).fract() - 0.5);
    (matrix(0), matrix(7), Array1::from_shape_fn(300, |i| (i as f64 * 0.755).fract()))
}
