//! Softened gravitational acceleration of one body by many, and the potential.

pub fn gravity(at: (f64, f64, f64), bodies: &[(f64, f64, f64, f64)], softening: f64) -> (f64, f64, f64, f64) {
    let (mut ax, mut ay, mut az, mut potential) = (0.0, 0.0, 0.0, 0.0);
    for &(x, y, z, mass) in bodies {
        let dx: f64 = x - at.0;
        let dy: f64 = y - at.1;
        let dz: f64 = z - at.2;
        let squared: f64 = dx * dx + dy * dy + dz * dz + softening * softening;
        let pull: f64 = mass / squared.powf(1.5);
        ax += pull * dx;
        ay += pull * dy;
        az += pull * dz;
        potential -= mass / squared.powf(0.5);
    }
    (ax, ay, az, potential)
}

pub fn example() -> ((f64, f64, f64), Vec<(f64, f64, f64, f64)>, f64) {
    let number = |i: u32| (f64::from(i) * 0.618).fract() - 0.5;
    ((0.1, 0.2, 0.3), (0..5_000).map(|i| (number(i), number(i + 7), number(i + 13), 1.0 + number(i + 29))).collect(), 0.05)
}
