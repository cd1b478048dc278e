//! Gradient and curvature along a direction of a least-squares problem.

use ndarray::{Array1, Array2};

pub fn normal_equations(x: &Array2<f64>, y: &Array1<f64>, beta: &Array1<f64>, direction: &Array1<f64>) -> (Array1<f64>, f64, f64) {
    let residual = y - &x.dot(beta);
    let gradient = x.t().dot(&residual) * -2.0;
    let curvature = direction.dot(&x.t().dot(x).dot(direction));
    let slope = gradient.dot(direction);
    let loss = (&residual * &residual).sum();
    (gradient, loss, slope / (2.0 * curvature))
}

pub fn example() -> (Array2<f64>, Array1<f64>, Array1<f64>, Array1<f64>) {
    let number = |i: usize| (i as f64 * 0.618).fract() - 0.5;
    let x = Array2::from_shape_fn((1000, 60), |(i, j)| number(i * 61 + j));
    (x, Array1::from_shape_fn(1000, number), Array1::from_shape_fn(60, number), Array1::from_shape_fn(60, |i| number(i + 5)))
}
