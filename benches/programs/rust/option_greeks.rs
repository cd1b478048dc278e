//! Black-Scholes price and sensitivities over many strikes.

pub fn option_greeks(spot: f64, strikes: &[f64], rate: f64, volatility: f64, time: f64) -> Vec<(f64, f64)> {
    let mut out = Vec::with_capacity(strikes.len());
    for &strike in strikes {
        let k: f64 = strike;
        let spread = volatility * time.powf(0.5);
        let d1 = ((spot / k).ln() + (rate + volatility.powf(2.0) / 2.0) * time) / spread;
        let d2 = d1 - spread;
        let density = (-d1.powf(2.0) / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let forward = spot.ln().exp() * density;
        let discounted = k * (-rate * time).exp() * d2.tanh();
        out.push((forward - discounted, density / (spot * spread)));
    }
    out
}

pub fn example() -> (f64, Vec<f64>, f64, f64, f64) {
    (100.0, (0..5_000).map(|i| 60.0 + f64::from(i) * 0.02).collect(), 0.03, 0.25, 0.75)
}
