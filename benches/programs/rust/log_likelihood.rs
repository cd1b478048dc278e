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
