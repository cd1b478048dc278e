//! Lennard-Jones energy and force of one pair, summed over a slice of squared distances.

pub fn lennard_jones(distances: &[f64], epsilon: f64, sigma: f64) -> (f64, f64) {
    let mut energy = 0.0;
    let mut force = 0.0;
    for &r in distances {
        let ratio: f64 = sigma / r;
        let attraction = ratio.powf(6.0);
        let repulsion = ratio.powf(12.0);
        energy += 4.0 * epsilon * (repulsion - attraction);
        force += 24.0 * epsilon * (2.0 * repulsion - attraction) / r;
    }
    (energy, force)
}

pub fn example() -> (Vec<f64>, f64, f64) {
    ((0..10_000).map(|i| 0.9 + (i as f64 * 0.618).fract() * 2.0).collect(), 0.8, 1.1)
}
