//! Jacobi's iteration for a diagonally dominant system, damped.

use ndarray::{Array1, Array2};

pub fn jacobi_sweep(a: &Array2<f64>, b: &Array1<f64>, diagonal: &Array1<f64>, damping: f64, sweeps: usize) -> Array1<f64> {
    let mut x = b / diagonal;
    for _ in 0..sweeps {
        let residual = b - &a.dot(&x);
        x += &(&(&residual / diagonal) * damping);
    }
    x
}

pub fn example() -> (Array2<f64>, Array1<f64>, Array1<f64>, f64, usize) {
    let n = 60;
    let a = Array2::from_shape_fn((n, n), |(i, j)| if i == j { n as f64 } else { ((i * n + j) as f64 * 0.618).fract() - 0.5 });
    let b = Array1::from_shape_fn(n, |i| (i as f64 * 0.755).fract());
    let diagonal = a.diag().to_owned();
    (a, b, diagonal, 0.8, 20)
}
