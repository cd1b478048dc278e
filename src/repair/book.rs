use std::collections::HashMap;
use std::path::Path;

use super::HOLE;
use super::candidate::Candidate;
use super::files::{FileEdit, Files};
use super::native::{self, Proposal};
use super::problem::{Offer, Problem};
use super::scene::{Scene, Trees};
use super::template;
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

/// Ranks: the compiler's own before the pages', what makes a variable of an unknown name behind names like it, and what leaves a hole or may
/// panic last.
const RANK_SURE: u32 = 10;
const RANK_UNSURE: u32 = 20;
const RANK_NEW_NAME: u32 = 30;
const RANK_LOSSY: u32 = 50;
const RANK_HOLE: u32 = 60;

impl<'a> Book<'a> {
    pub fn new(rules: Vec<&'a Rule>, editable: &'a dyn Fn(&Path) -> bool) -> Book<'a> {
        Book { rules, editable }
    }

    /// Candidates for each error, the likeliest first.
    pub fn candidates(&self, files: &Files, problems: &[Problem]) -> Vec<Vec<Candidate>> {
        let trees = Trees::new(files);
        let mut pools: Vec<Vec<Candidate>> = problems.iter().map(|problem| self.of(Scene { trees: &trees, problem })).collect();
        let mut asked: HashMap<Vec<FileEdit>, u32> = HashMap::new();
        for candidate in pools.iter().flatten() {
            *asked.entry(candidate.edits.clone()).or_default() += 1;
        }
        for pool in &mut pools {
            // What several errors ask for is likely to be their cause.
            pool.iter_mut().for_each(|candidate| candidate.rank = candidate.rank * 2 / (1 + asked[&candidate.edits]));
            pool.sort_by_key(|candidate| candidate.rank);
        }
        pools
    }

    fn of(&self, scene: Scene) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = Vec::new();
        let code = scene.problem.code.as_deref();
        let about = |rule: &&&Rule| rule.codes.iter().any(|known| known == "any" || Some(known.as_str()) == code);
        for rule in self.rules.iter().filter(about) {
            for candidate in candidates(rule, scene) {
                let known = found.iter().any(|other| other.edits == candidate.edits);
                if !known && !candidate.edits.is_empty() && candidate.edits.iter().all(|edit| (self.editable)(&edit.file)) {
                    found.push(candidate);
                }
            }
        }
        found
    }
}

/// What a page proposes for an error.
fn candidates(rule: &Rule, scene: Scene) -> Vec<Candidate> {
    let safety = match rule.claim {
        Claim::Safety(safety) => safety,
        Claim::Effect(_) => Safety::Unsafe,
    };
    let proposed = |proposal: Proposal, rank: u32| Candidate {
        rule: rule.name.clone(),
        safety,
        message: proposal.message.unwrap_or_else(|| rule.title.clone()),
        rank: rank + proposal.order,
        edits: proposal.edits,
    };
    let offered = |sure: bool| {
        let offers = scene.problem.offers.iter().filter(move |offer| offer.sure == sure);
        offers.map(|offer| proposed(Proposal::new(offer.edits.clone()).say(offer.message.clone()), rank(offer))).collect()
    };
    match rule.native.as_deref() {
        Some(SURE) => offered(true),
        Some(UNSURE) => offered(false),
        Some(name) => {
            let proposals = native::named(name).map_or_else(Vec::new, |native| native(scene));
            proposals.into_iter().map(|proposal| proposed(proposal, rule.rank)).collect()
        }
        None => {
            let proposals = rule.repairs.iter().flat_map(|repair| template::proposals(repair, scene));
            proposals.map(|proposal| proposed(proposal, rule.rank)).collect()
        }
    }
}

/// How soon an offer of the compiler is tried.
fn rank(offer: &Offer) -> u32 {
    let has = |word: &str| offer.edits.iter().any(|edit| edit.edit.text.contains(word));
    if has(HOLE) || has("/* ") {
        return RANK_HOLE;
    }
    if has("unwrap()") || has("expect(") || offer.edits.iter().all(|edit| edit.edit.text.is_empty()) {
        return RANK_LOSSY;
    }
    if offer.edits.iter().any(|edit| edit.edit.text == "let ") {
        return RANK_NEW_NAME;
    }
    if offer.sure { RANK_SURE } else { RANK_UNSURE }
}
