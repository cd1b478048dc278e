//! Log likelihood of logistic regression from scores, with its stable pieces spelled out by hand.

pub fn log_likelihood(scores: &[f64], labels: &[f64]) -> f64 {
    let mut total = 0.0;
    for (&score, &label) in scores.iter().zip(labels) {
        let s: f64 = score;
        let softplus = (1.0 + s.exp()).ln();
        total += label * s - softplus;
    }
    total
}

pub fn example() -> (Vec<f64>, Vec<f64>) {
    let scores = (0..10_000).map(|i| 8.0 * (i as f64 * 0.618).fract() - 4.0).collect();
    (scores, (0..10_000).map(|i| f64::from(i % 2)).collect())
}
