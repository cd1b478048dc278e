use std::path::Path;

use super::candidate::Candidate;
use super::files::Files;
use super::problem::{Offer, Problem};
use crate::rules::{Claim, Rule, Safety};

/// What knows candidates for errors: the pages that name error codes.
pub(super) struct Book<'a> {
    rules: Vec<&'a Rule>,
    /// The files that may be changed.
    editable: &'a dyn Fn(&Path) -> bool,
}

/// The `native` names of the pages whose candidates are the compiler's own.
const SURE: &str = "sure-suggestion";
const UNSURE: &str = "unsure-suggestion";

impl<'a> Book<'a> {
    pub fn new(rules: Vec<&'a Rule>, editable: &'a dyn Fn(&Path) -> bool) -> Book<'a> {
        Book { rules, editable }
    }

    /// Candidates for each error, the likeliest first.
    pub fn candidates(&self, files: &Files, problems: &[Problem]) -> Vec<Vec<Candidate>> {
        let mut pools: Vec<Vec<Candidate>> = problems.iter().map(|problem| self.of(files, problem)).collect();
        pools.iter_mut().for_each(|pool| pool.sort_by_key(|candidate| candidate.rank));
        pools
    }

    fn of(&self, files: &Files, problem: &Problem) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = Vec::new();
        for rule in self.rules.iter() {
            let candidates = match rule.native.as_deref() {
                Some(SURE) => offered(rule, problem, true),
                Some(UNSURE) => offered(rule, problem, false),
                _ => Vec::new(),
            };
            for candidate in candidates {
                let known = found.iter().any(|other| other.edits == candidate.edits);
                if !known && !candidate.edits.is_empty() && candidate.edits.iter().all(|edit| (self.editable)(&edit.file)) {
                    found.push(candidate);
                }
            }
        }
        _ = files;
        found
    }
}

/// What the compiler offers.
fn offered(rule: &Rule, problem: &Problem, sure: bool) -> Vec<Candidate> {
    let safety = match rule.claim {
        Claim::Safety(safety) => safety,
        Claim::Effect(_) => Safety::Unsafe,
    };
    let candidate = |offer: &Offer| Candidate {
        rule: rule.name.clone(),
        safety,
        message: offer.message.clone(),
        rank: if sure { 10 } else { 20 },
        edits: offer.edits.clone(),
    };
    problem.offers.iter().filter(|offer| offer.sure == sure).map(candidate).collect()
}
