use super::files::{FileEdit, shifted};
use super::problem::Problem;

/// What edits did to the errors.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    /// Of the errors before: which are gone.
    pub gone: Vec<usize>,
    /// Of the errors after: which are new.
    pub new: Vec<usize>,
}

/// Compares the errors before and after edits. An error stays the same one if code and place are the same: its message may speak of what was
/// edited.
pub(super) fn judge(before: &[Problem], after: &[Problem], edits: &[FileEdit]) -> Judgement {
    let mut new: Vec<usize> = (0..after.len()).collect();
    let mut gone = Vec::new();
    for (index, old) in before.iter().enumerate() {
        let place = shifted(old.mark.span.start, &old.mark.file, edits);
        let same = |candidate: &Problem| {
            candidate.code == old.code
                && (candidate.code.is_some() || candidate.message == old.message)
                && candidate.mark.file == old.mark.file
                && candidate.mark.span.start == place
        };
        match new.iter().position(|&at| same(&after[at])) {
            Some(at) => _ = new.remove(at),
            None => gone.push(index),
        }
    }
    Judgement { gone, new }
}

impl Judgement {
    /// Errors became fewer and none appeared.
    pub fn is_better(&self) -> bool {
        !self.gone.is_empty() && self.new.is_empty()
    }

    /// Something is mended, and what is new the compiler could not see before: it stops early where it finds errors, and does not compile
    /// what needs a unit that has some.
    pub fn reveals(&self, before: &[Problem], after: &[Problem]) -> bool {
        let earliest = self.gone.iter().map(|&at| before[at].stage()).min();
        let had_errors = |unit: &str| before.iter().any(|problem| problem.unit == unit);
        let hidden = |problem: &Problem, earliest| problem.stage() > earliest || !had_errors(&problem.unit);
        earliest.is_some_and(|earliest| self.new.iter().all(|&at| hidden(&after[at], earliest)))
    }
}
