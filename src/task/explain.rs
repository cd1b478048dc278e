//! The candidates as a table for people.

use super::Task;
use super::candidates::{Candidate, goal_in_words};

/// What the task is, and the candidates with what they cost and why one is chosen.
pub fn explanation(task: &Task, candidates: &[Candidate]) -> String {
    let mut text = format!("{}: {}, {} examples\n", task.source, goal_in_words(&task.goal), task.examples);
    for note in &task.notes {
        text.push_str(&format!("  {note}\n"));
    }
    text.push_str(&format!("\n  {:<12} {:>10} {:>10} {:>6} {:>6}  why\n", "model", "parameters", "step", "prior", "score"));
    for (place, candidate) in candidates.iter().enumerate() {
        let mark = if place == 0 { '*' } else { ' ' };
        let (name, step) = (candidate.architecture.name(), duration(candidate.seconds));
        let (parameters, prior, score, why) = (candidate.parameters, candidate.prior, candidate.score, &candidate.why);
        text.push_str(&format!("{mark} {name:<12} {parameters:>10} {step:>10} {prior:>6.2} {score:>6.2}  {why}\n"));
    }
    text.push_str("\n  The step is predicted for one core; the score is ln(prior) - 0.1 ln(seconds of a step). * is written.\n");
    text
}

/// `1.9 ms`.
fn duration(seconds: f64) -> String {
    let units = [("s", 1.0), ("ms", 1e-3)];
    let (name, unit) = units.into_iter().find(|(_, unit)| seconds >= *unit).unwrap_or(("µs", 1e-6));
    format!("{:.1} {name}", seconds / unit)
}
