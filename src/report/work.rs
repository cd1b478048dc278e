//! What a run of `auto` did, for the reports of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Reported;
use crate::optimize::Finding;
use crate::rules::{Claim, Pass, Safety};

/// What was done to a tree, or would be.
#[derive(Debug, Default)]
pub struct Work {
    /// The name of what was looked at.
    pub title: String,
    /// Files were changed; else this is what would be.
    pub written: bool,
    /// What `check` finds in the tree before.
    pub before: Tally,
    /// And after.
    pub after: Tally,
    /// The code that was made.
    pub generated: Vec<Generated>,
    /// The changes in the order in which they were made: a file with its text before some changes, and these.
    pub changes: Vec<Reported>,
    /// What stays for a person, or for a flag.
    pub left: Vec<Reported>,
    /// The compiler's errors that stay, and what else could not be done without being wrong.
    pub remarks: Vec<String>,
    /// What failed.
    pub failures: Vec<String>,
    /// The functions that were timed; `None` if that was not asked for.
    pub timings: Option<Vec<Timing>>,
    /// The time that each step took.
    pub took: Vec<(&'static str, Duration)>,
}

/// How many findings there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Of code that could be better.
    pub optimizations: usize,
    /// Of errors.
    pub errors: usize,
}

/// Code that was made of a model.
#[derive(Debug)]
pub struct Generated {
    /// The file.
    pub out: PathBuf,
    /// What it was made of.
    pub input: String,
    /// Why: it was not there, or something has changed.
    pub reason: String,
    /// Its text before, if it was there.
    pub old: Option<String>,
    /// Its text; `None` if it is no text.
    pub code: Option<String>,
    /// The other files that were made with it, and their bytes.
    pub beside: Vec<(PathBuf, usize)>,
    /// What a terminal shows of it.
    pub shown: String,
    /// What is not sure of it.
    pub doubts: String,
}

/// What became of the times of a function.
#[derive(Debug)]
pub struct Timing {
    /// The file.
    pub path: PathBuf,
    /// The function.
    pub function: String,
    /// Seconds before and after, and how often the one goes into the other; or why it was not timed.
    pub result: Result<Times, String>,
}

/// Times of a function.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// Median seconds before.
    pub before: f64,
    /// Median seconds after.
    pub after: f64,
    /// The median of the ratios of neighbours in time.
    pub ratio: f64,
    /// The largest difference of the results, relative to the largest magnitude of each.
    pub difference: f64,
}

impl Tally {
    /// Of some findings.
    pub fn of<'f>(findings: impl Iterator<Item = &'f Finding>) -> Tally {
        findings.fold(Tally::default(), |mut tally, finding| {
            match finding.claim.pass() {
                Pass::Optimize => tally.optimizations += 1,
                Pass::Fix => tally.errors += 1,
            }
            tally
        })
    }

    /// All of them.
    pub fn all(self) -> usize {
        self.optimizations + self.errors
    }
}

impl Work {
    /// The changes of one pass.
    pub fn changes_of(&self, pass: Pass) -> impl Iterator<Item = &Finding> {
        self.changes.iter().flat_map(|file| &file.findings).filter(move |finding| finding.claim.pass() == pass)
    }

    /// True if nothing was found to do.
    pub fn is_nothing(&self) -> bool {
        self.generated.is_empty() && self.changes.is_empty()
    }

    /// True if something waits: for `--write`, for a flag or for a person.
    pub fn waits(&self) -> bool {
        !self.written && !self.is_nothing() || self.after.all() > 0 || !self.remarks.is_empty()
    }

    /// The findings that stay: those that a flag would apply, and those that only a person can mend.
    pub fn waiting(&self) -> (usize, usize) {
        let all = self.left.iter().flat_map(|file| &file.findings);
        let (personal, flagged): (Vec<&Finding>, Vec<&Finding>) = all.partition(|f| f.claim == Claim::Safety(Safety::Display));
        (flagged.len(), personal.len())
    }

    /// The geometric mean of predicted ratios, if there is one.
    pub fn predicted(&self) -> Option<f64> {
        geometric_mean(self.changes_of(Pass::Optimize).filter_map(|finding| finding.gain))
    }

    /// The geometric mean of measured ratios, if there is one.
    pub fn measured(&self) -> Option<f64> {
        geometric_mean(self.timings.iter().flatten().filter_map(|timing| Some(timing.result.as_ref().ok()?.ratio)))
    }

    /// The files that change or are made.
    pub fn files(&self) -> BTreeSet<&Path> {
        let made = self.generated.iter().flat_map(|made| made.beside.iter().map(|(path, _)| path).chain([&made.out]));
        made.chain(self.changes.iter().map(|file| &file.path)).map(PathBuf::as_path).collect()
    }

    /// The time of all steps.
    pub fn total(&self) -> Duration {
        self.took.iter().map(|(_, time)| *time).sum()
    }
}

fn geometric_mean(ratios: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = ratios.fold((0, 0.0), |(count, sum), ratio| (count + 1, sum + ratio.ln()));
    (count > 0).then(|| (sum / f64::from(count)).exp())
}
