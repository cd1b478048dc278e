//! A step of Adam on the weights of a layer.

use ndarray::Array2;

pub fn adam_step(
    weights: &Array2<f64>,
    gradient: &Array2<f64>,
    first: &Array2<f64>,
    second: &Array2<f64>,
    rate: f64,
) -> (Array2<f64>, Array2<f64>, Array2<f64>) {
    let mut weights = weights.clone();
    let mut first = first.clone();
    let mut second = second.clone();
    first *= 0.9;
    first += &(gradient * 0.1);
    second *= 0.999;
    second += &(&(gradient * gradient) * 0.001);
    weights -= &(&(&first * rate) / &(second.mapv(f64::sqrt) + 1e-8));
    (weights, first, second)
}

pub fn example() -> (Array2<f64>, Array2<f64>, Array2<f64>, Array2<f64>, f64) {
    let matrix = |shift: usize| Array2::from_shape_fn((512, 512), |(i, j)| ((i * 512 + j + shift) as f64 * 0.618).fract());
    (matrix(0), matrix(3), matrix(5), matrix(11), 1e-3)
}
