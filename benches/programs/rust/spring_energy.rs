//! Quadratic form and gradient norm of a spring network.

use ndarray::{Array1, Array2};

pub fn spring_energy(incidence: &Array2<f64>, stiffness: &Array2<f64>, position: &Array1<f64>) -> (f64, f64, f64) {
    let operator = incidence.t().dot(stiffness).dot(incidence);
    let force = operator.dot(position);
    let energy = 0.5 * (position * &force).sum();
    let squared = (&force * &force).sum();
    let total = incidence.dot(position).sum();
    (energy, squared.sqrt(), total)
}

pub fn example() -> (Array2<f64>, Array2<f64>, Array1<f64>) {
    let incidence = Array2::from_shape_fn((400, 200), |(i, j)| if i % 200 == j { 1.0 } else if (i + 1) % 200 == j { -1.0 } else { 0.0 });
    let stiffness = Array2::from_shape_fn((400, 400), |(i, j)| if i == j { 1.0 + i as f64 * 0.01 } else { 0.0 });
    (incidence, stiffness, Array1::from_shape_fn(200, |i| (i as f64 * 0.618).fract()))
}
