use std::collections::HashSet;

use super::RepairError;
use super::book::Book;
use super::candidate::Candidate;
use super::compiler::Compiler;
use super::files::{FileEdit, Files, shifted};
use super::judge::judge;
use super::problem::Problem;
use crate::syntax::{Edit, Span};

/// Errors that are worked on at a time: what follows a hundred others is seldom an error of its own.
const AT_A_TIME: usize = 40;
/// What a search may cost: checks in all, and more for every error at the beginning.
const CHECKS: usize = 60;
const CHECKS_PER_ERROR: usize = 20;
const MOST_CHECKS: usize = 500;
/// Choices that are taken back one by one if the search ends with errors.
const TURNS: usize = 4;
/// Ends of a search that are compared where several compile: few if only the compiler is asked, more if tests are.
const ENDS: usize = 3;
const ENDS_WITH_TESTS: usize = 10;

/// A change that mended an error.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub problem: Problem,
    pub candidate: Candidate,
}

/// Changes that were accepted together: their edits are of the same texts.
pub(super) type Group = Vec<Step>;

/// A state of the files and what the compiler says of it.
#[derive(Debug, Clone)]
struct State {
    files: Files,
    problems: Vec<Problem>,
}

/// The search for changes after which the crate compiles.
pub(super) struct Search<'a> {
    compiler: &'a mut dyn Compiler,
    book: &'a Book<'a>,
    state: State,
    /// The states before each group, the first that of the beginning.
    past: Vec<State>,
    groups: Vec<Group>,
    /// Edits that were tried in vain, where they would stand now.
    tried: HashSet<Vec<FileEdit>>,
    checks: usize,
    limit: usize,
}

/// A change that is about to be tried, and the errors that it is for.
struct Pick {
    targets: Vec<usize>,
    candidate: Candidate,
}

/// A state that showed errors which were hidden before, to be taken if nothing better is found.
struct Fallback {
    state: State,
    group: Group,
}

impl<'a> Search<'a> {
    /// Begins with what the compiler says of the files.
    pub fn new(compiler: &'a mut dyn Compiler, book: &'a Book<'a>, files: Files) -> Result<Search<'a>, RepairError> {
        let problems = compiler.check(&files)?;
        let limit = (CHECKS + CHECKS_PER_ERROR * problems.len()).min(MOST_CHECKS);
        let state = State { files, problems };
        Ok(Search { compiler, book, state, past: Vec::new(), groups: Vec::new(), tried: HashSet::new(), checks: 0, limit })
    }

    pub fn files(&self) -> &Files {
        &self.state.files
    }

    pub fn problems(&self) -> &[Problem] {
        &self.state.problems
    }

    pub fn into_groups(self) -> Vec<Group> {
        self.groups
    }

    /// Mends what it can.
    pub fn run(&mut self) {
        self.go_on();
        if !self.state.problems.is_empty() {
            self.turn_back();
        }
    }

    /// Goes from better to better until there is nothing more to try.
    fn go_on(&mut self) {
        let mut cleared_at = self.groups.len();
        while !self.state.problems.is_empty() {
            if self.round() {
                continue;
            }
            // What did not help before may do so now.
            if self.groups.len() == cleared_at || self.checks >= self.limit {
                break;
            }
            cleared_at = self.groups.len();
            self.tried.clear();
        }
    }

    /// Where the way ends with errors, one of the last choices may have been wrong: takes the first other way that ends without.
    fn turn_back(&mut self) {
        let choices = self.groups.iter().enumerate().rev().flat_map(|(at, group)| edits_of(group).map(move |edits| (at, edits)));
        for (at, edits) in choices.take(TURNS).collect::<Vec<_>>() {
            if let Some(other) = self.other_end(at, &HashSet::from([edits])) {
                (self.state, self.past, self.groups) = other;
                return;
            }
        }
    }

    /// Goes back to each choice, from the last to the first, as long as another end may be better: fewer errors in tests and examples, fewer tests that fail.
    pub fn compare_ends(&mut self, tests: bool) {
        let most = if tests { ENDS_WITH_TESTS } else { ENDS };
        let mut best = self.compiler.score(&self.state.files, tests);
        let mut ends = 1;
        let mut at = self.groups.len();
        while let Some(before) = at.checked_sub(1) {
            at = before;
            let mut banned: HashSet<Vec<FileEdit>> = edits_of(&self.groups[at]).collect();
            while best > 0 && ends < most {
                let Some(other) = self.other_end(at, &banned) else { break };
                ends += 1;
                let found = self.compiler.score(&other.0.files, tests);
                banned.extend(edits_of(&other.2[at]));
                if found < best {
                    (best, self.state, self.past, self.groups) = (found, other.0, other.1, other.2);
                }
            }
        }
    }

    /// Another end without errors, by other changes from a group on.
    fn other_end(&mut self, from: usize, banned: &HashSet<Vec<FileEdit>>) -> Option<(State, Vec<State>, Vec<Group>)> {
        let mut other = Search {
            compiler: &mut *self.compiler,
            book: self.book,
            state: self.past[from].clone(),
            past: self.past[..from].to_vec(),
            groups: self.groups[..from].to_vec(),
            tried: banned.clone(),
            checks: 0,
            limit: CHECKS / 2,
        };
        while !other.state.problems.is_empty() {
            if !other.round() {
                return None;
            }
        }
        Some((other.state, other.past, other.groups))
    }

    /// Tries candidates until some are accepted; false if there is nothing more to try.
    fn round(&mut self) -> bool {
        let problems: Vec<Problem> = self.state.problems.iter().take(AT_A_TIME).cloned().collect();
        let pools = self.book.candidates(&self.state.files, &problems);
        let mut fallback = None;
        while self.checks < self.limit {
            let picks = self.picks(&pools);
            if picks.is_empty() {
                break;
            }
            if self.attempt(picks, &mut fallback) {
                return true;
            }
        }
        let Some(Fallback { state, group }) = fallback else { return false };
        self.accept(state, group);
        true
    }

    /// For each error the first candidate that was not tried, as far as they do not get in each other's way.
    fn picks(&self, pools: &[Vec<Candidate>]) -> Vec<Pick> {
        let mut picks: Vec<Pick> = Vec::new();
        for (target, pool) in pools.iter().enumerate() {
            let Some(candidate) = pool.iter().find(|candidate| !self.tried.contains(&candidate.edits)) else { continue };
            // One change may mend several errors.
            if let Some(pick) = picks.iter_mut().find(|pick| pool.iter().any(|candidate| candidate.edits == pick.candidate.edits)) {
                pick.targets.push(target);
            } else if picks.iter().all(|pick| apart(&pick.candidate.edits, &candidate.edits)) {
                picks.push(Pick { targets: vec![target], candidate: candidate.clone() });
            }
        }
        picks
    }

    /// Tries changes together, and parts of them if the errors do not just become fewer; true if some were accepted.
    fn attempt(&mut self, picks: Vec<Pick>, fallback: &mut Option<Fallback>) -> bool {
        let edits: Vec<FileEdit> = picks.iter().flat_map(|pick| pick.candidate.edits.clone()).collect();
        let checked = if self.checks < self.limit { self.checked(&edits) } else { None };
        let Some(new) = checked else {
            return self.parts(picks, fallback);
        };
        let judgement = judge(&self.state.problems, &new.problems, &edits);
        let helps = |pick: &Pick| pick.targets.iter().any(|target| judgement.gone.contains(target));
        if picks.iter().any(|pick| !helps(pick)) {
            let (helping, vain): (Vec<Pick>, Vec<Pick>) = picks.into_iter().partition(helps);
            self.tried.extend(vain.into_iter().map(|pick| pick.candidate.edits));
            return !helping.is_empty() && self.attempt(helping, fallback);
        }
        if judgement.is_better() {
            let group = self.group(picks);
            self.accept(new, group);
            return true;
        }
        if picks.len() == 1 {
            let few = |fallback: &Fallback| fallback.state.problems.len() <= new.problems.len();
            if judgement.reveals(&self.state.problems, &new.problems) && !fallback.as_ref().is_some_and(few) {
                self.tried.insert(edits);
                *fallback = Some(Fallback { state: new, group: self.group(picks) });
                return false;
            }
        }
        self.parts(picks, fallback)
    }

    /// Tries each half; what stands alone was tried in vain.
    fn parts(&mut self, mut picks: Vec<Pick>, fallback: &mut Option<Fallback>) -> bool {
        if picks.len() < 2 {
            self.tried.extend(picks.into_iter().map(|pick| pick.candidate.edits));
            return false;
        }
        let second = picks.split_off(picks.len() / 2);
        self.attempt(picks, fallback) || self.attempt(second, fallback)
    }

    fn group(&self, picks: Vec<Pick>) -> Group {
        picks.into_iter().map(|pick| Step { problem: self.state.problems[pick.targets[0]].clone(), candidate: pick.candidate }).collect()
    }

    /// What the compiler says after edits; `None` if they can not be made, or it fails on them.
    fn checked(&mut self, edits: &[FileEdit]) -> Option<State> {
        let files = self.state.files.edited(edits)?;
        self.checks += 1;
        let problems = self.compiler.check(&files).ok()?;
        Some(State { files, problems })
    }

    fn accept(&mut self, state: State, group: Group) {
        let edits: Vec<FileEdit> = edits_of(&group).flatten().collect();
        let moved = |old: &Vec<FileEdit>| -> Vec<FileEdit> {
            let place = |edit: &FileEdit| {
                let at = |byte| shifted(byte, &edit.file, &edits);
                let span = Span::new(at(edit.edit.span.start), at(edit.edit.span.end));
                FileEdit { file: edit.file.clone(), edit: Edit { span, text: edit.edit.text.clone() } }
            };
            old.iter().map(place).collect()
        };
        self.tried = self.tried.iter().map(moved).collect();
        self.past.push(std::mem::replace(&mut self.state, state));
        self.groups.push(group);
    }
}

fn edits_of(group: &Group) -> impl Iterator<Item = Vec<FileEdit>> {
    group.iter().map(|step| step.candidate.edits.clone())
}

/// No two edits touch.
fn apart(a: &[FileEdit], b: &[FileEdit]) -> bool {
    let touch = |a: &FileEdit, b: &FileEdit| {
        let (s, t) = (a.edit.span, b.edit.span);
        a.file == b.file && s.start <= t.end && t.start <= s.end
    };
    a.iter().all(|a| b.iter().all(|b| !touch(a, b)))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::repair::problem::{Mark, Offer};
    use crate::rules::RuleSet;

    /// A code and what the compiler offers.
    type Error = (&'static str, Vec<&'static str>);

    /// Says of each text of the one file what errors it has.
    struct Fake(fn(&str) -> Vec<Error>);

    impl Compiler for Fake {
        fn check(&mut self, files: &Files) -> Result<Vec<Problem>, RepairError> {
            let (file, text) = files.iter().next().expect("a file");
            let mark = Mark { file: file.clone(), span: Span::new(0, 1), label: None };
            let offer = |new: &&str| Offer {
                message: String::new(),
                sure: true,
                edits: vec![FileEdit { file: file.clone(), edit: Edit { span: mark.span, text: (*new).to_owned() } }],
            };
            let problem = |(code, offers): Error| Problem {
                unit: String::new(),
                code: Some(code.to_owned()),
                message: code.to_owned(),
                mark: mark.clone(),
                marks: vec![mark.clone()],
                notes: Vec::new(),
                offers: offers.iter().map(offer).collect(),
            };
            Ok((self.0)(text).into_iter().map(problem).collect())
        }

        fn score(&mut self, _: &Files, _: bool) -> usize {
            0
        }
    }

    fn end(errors: fn(&str) -> Vec<Error>) -> (String, usize) {
        let sure = RuleSet::builtin().get("sure-compiler-suggestion").expect("a page");
        let book = Book::new(vec![sure], &|_| true);
        let mut files = Files::default();
        files.insert(PathBuf::from("a.rs"), "0");
        let mut fake = Fake(errors);
        let mut search = Search::new(&mut fake, &book, files).expect("the fake compiles");
        search.run();
        (search.files().iter().next().expect("a file").1.to_string(), search.problems().len())
    }

    #[test]
    fn a_choice_that_leads_nowhere_is_taken_back() {
        let found = end(|text| match text {
            "0" => vec![("E0308", vec!["1", "2"]), ("E0277", vec![])],
            "1" => vec![("E0277", vec![])],
            _ => vec![],
        });
        assert_eq!(found, ("2".to_owned(), 0));
    }

    #[test]
    fn what_moves_an_error_is_not_taken() {
        let found = end(|text| match text {
            "0" => vec![("E0308", vec!["1"])],
            _ => vec![("E0277", vec![])],
        });
        assert_eq!(found, ("0".to_owned(), 1));
    }
}
