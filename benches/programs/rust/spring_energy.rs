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
