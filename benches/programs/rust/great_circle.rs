//! Great-circle distances and bearings from one point to many.

pub fn great_circle(lat: f64, lon: f64, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let pi = std::f64::consts::PI;
    let lat1 = lat * pi / 180.0;
    let lon1 = lon * pi / 180.0;
    let mut result = Vec::with_capacity(points.len());
    for &(a, b) in points {
        let lat2: f64 = a * pi / 180.0;
        let lon2: f64 = b * pi / 180.0;
        let dlat = lat2 - lat1;
        let dlon = lon2 - lon1;
        let h = (dlat / 2.0).sin().powf(2.0) + lat1.cos() * lat2.cos() * (dlon / 2.0).sin().powf(2.0);
        let distance = 2.0 * 6371.0 * h.sqrt().asin();
        let y = dlon.sin() * lat2.cos();
        let x = lat1.cos() * lat2.sin() - lat1.sin() * lat2.cos() * dlon.cos();
        result.push((distance, y.atan2(x)));
    }
    result
}

pub fn example() -> (f64, f64, Vec<(f64, f64)>) {
    let point = |i: u32| ((f64::from(i) * 0.618).fract() * 180.0 - 90.0, (f64::from(i) * 0.755).fract() * 360.0 - 180.0);
    (48.2, 16.4, (0..5_000).map(point).collect())
}
