//! Projects a signal onto the span of a basis and its complement, and measures what is lost.

use ndarray::{Array1, Array2};

pub fn projector(basis: &Array2<f64>, gram_inverse: &Array2<f64>, signal: &Array1<f64>) -> (Array1<f64>, Array1<f64>, f64) {
    let hat = basis.dot(gram_inverse).dot(&basis.t());
    let inside = hat.dot(signal);
    let outside = signal - &inside;
    let loss = (&outside * &outside).sum() / (signal * signal).sum();
    (inside, outside, loss)
}

pub fn example() -> (Array2<f64>, Array2<f64>, Array1<f64>) {
    let number = |i: usize| (i as f64 * 0.618).fract() - 0.5;
    let basis = Array2::from_shape_fn((600, 30), |(i, j)| number(i * 31 + j));
    let inverse = Array2::from_shape_fn((30, 30), |(i, j)| if i == j { 0.02 } else { 0.0001 * number(i + j) });
    (basis, inverse, Array1::from_shape_fn(600, number))
}
