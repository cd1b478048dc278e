//! What a candidate costs, and which one is taken.
//!
//! A [`Scorer`] predicts the time of whole candidates under drawn sizes. [`choose`] takes a candidate only if it wins on nearly all draws,
//! loses little on the rest and gains more than a [`Margin`] where it differs from the original; [`minimize`] then takes back every
//! change that does not pay by itself.

mod analytic;
#[cfg(feature = "source")]
#[rustfmt::skip]
mod builtin;
mod changed;
mod choose;
#[cfg(feature = "source")]
mod features;
#[cfg(feature = "source")]
mod neural;
#[cfg(feature = "command")]
mod onnxruntime;
#[cfg(feature = "command")]
mod simple;
#[cfg(feature = "source")]
mod tuned;

#[cfg(test)]
mod tests;

pub use crate::explore::{Sizes, draws};
pub use analytic::Analytic;
pub use choose::{Choice, Margin, Ranked, choose, minimize, ranking};
#[cfg(feature = "source")]
pub use features::{COUNT_SCALE, Features, OPERANDS, PLACES, READERS, SECONDS_CENTRE, SECONDS_SCALE, VERSION, WIDTH};
#[cfg(feature = "source")]
pub use neural::{Batch, Neural, Runtime, ScorerError};
#[cfg(feature = "command")]
pub use onnxruntime::{Device, OnnxRuntime};
#[cfg(feature = "command")]
pub use simple::Simple;
#[cfg(feature = "source")]
pub use tuned::{Correction, Tuned};

use crate::explore::Candidate;
use crate::ir::{OpId, Target};

/// How many draws of the sizes candidates are ranked on.
pub const DRAWS: usize = 32;
/// How many of them the extraction of candidates works on.
pub const EXTRACTION_DRAWS: usize = 6;

/// What a scorer says of one candidate under one draw of the sizes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Natural logarithm of the seconds of one run.
    pub log_seconds: f64,
    /// Standard deviation of `log_seconds`.
    pub uncertainty: f64,
}

/// Predicts run times.
pub trait Scorer {
    /// True if it has learned what an op costs on a target. A change with an op of which it has not is ranked by [`Analytic`].
    fn knows(&self, _op: OpId, _target: Target) -> bool {
        true
    }

    /// True if it has learned what ops on numbers alone cost on a target. A change of such is ranked by [`Analytic`] if not.
    fn knows_numbers(&self, _target: Target) -> bool {
        true
    }

    /// For each group of candidates over the same inputs a prediction for each candidate (outer) and draw of the group's sizes (inner). The
    /// nodes marked [`Candidate::inferior`] count [`INFERIOR`](crate::explore::INFERIOR) times.
    fn score_groups(&self, groups: &[Group<'_>]) -> Vec<Vec<Vec<Prediction>>>;

    /// The same for one group.
    fn score(&self, candidates: &[Candidate], draws: &[Sizes]) -> Vec<Vec<Prediction>> {
        self.score_groups(&[Group { candidates, draws }]).pop().unwrap_or_default()
    }
}

/// Candidates over the same inputs, and sizes of these.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a> {
    /// The candidates.
    pub candidates: &'a [Candidate],
    /// Numbers for all lengths.
    pub draws: &'a [Sizes],
}

impl Group<'_> {
    /// What a function says of each candidate (outer) under each draw (inner).
    fn each(&self, one: impl Fn(&Candidate, &Sizes) -> Prediction) -> Vec<Vec<Prediction>> {
        self.candidates.iter().map(|candidate| self.draws.iter().map(|sizes| one(candidate, sizes)).collect()).collect()
    }
}
