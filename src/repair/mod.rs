//! Rust that does not compile: the compiler reports errors, candidates mend them, the compiler judges.
//!
//! `cargo check` runs in a copy of the workspace (`shadow`) and reports `problem`s. A `book` of rule pages gives candidates for each:
//! what the compiler itself offers, and what the pages in `rules/fix/rust/` make of an error code. The `search` tries them, many errors
//! at a time, and keeps what makes errors fewer and shows none elsewhere. The tree itself is written at the end, or not at all.

mod book;
mod candidate;
mod compiler;
mod error;
mod example;
mod files;
mod judge;
mod ledger;
mod macros;
mod native;
mod problem;
mod scene;
mod search;
mod shadow;
mod template;
mod workspace;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use error::RepairError;
pub use example::run_example;
pub use workspace::crates;

use self::book::Book;
use self::compiler::Cargo;
use self::files::Files;
use self::ledger::{Entry, Ledger};
use self::problem::Problem;
use self::search::{Group, Search, Step};
use self::workspace::Workspace;
use crate::optimize::Finding;
use crate::project::replace;
use crate::rules::{Claim, Rule, Safety};
use crate::syntax::{Edit, LineIndex, Position, apply};

/// What the compiler puts where a person must say more. Code that has it compiles, and is none to keep.
const HOLE: &str = "todo!()";

/// What was found out about the crates of a run.
#[derive(Debug, Default)]
pub struct Repairs {
    /// Files that change.
    pub files: Vec<RepairedFile>,
    /// Errors that stay.
    pub left: Vec<Unmended>,
}

/// A file with what mends its errors.
#[derive(Debug)]
pub struct RepairedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its text before.
    pub old: String,
    /// The edits, and what they mend.
    pub findings: Vec<Finding>,
}

/// An error for which nothing was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmended {
    /// The file.
    pub path: PathBuf,
    /// Where, in the text as it is after what was mended.
    pub place: Position,
    /// What the compiler says.
    pub error: String,
}

/// Mends the crates of some Rust sources as far as the rules can; nothing is written.
///
/// Only these sources may change. With `tests`, `cargo test` decides between changes after which the crate compiles.
///
/// # Errors
/// If cargo fails before it compiles, or what does not compile is not in the crates.
pub fn repair(sources: &[PathBuf], folders: impl Iterator<Item = PathBuf>, rules: &[&Rule], tests: bool) -> Result<Repairs, RepairError> {
    let mut repairs = Repairs::default();
    let looked_at: BTreeSet<PathBuf> = sources.iter().filter_map(|path| path.canonicalize().ok()).collect();
    for workspace in Workspace::of(folders)? {
        let (mut cargo, original) = Cargo::new(workspace)?;
        let editable: BTreeSet<PathBuf> =
            original.iter().map(|(path, _)| path.clone()).filter(|path| looked_at.contains(&cargo.original(path))).collect();
        let is_editable = |path: &Path| editable.contains(path);
        let book = Book::new(rules.to_vec(), &is_editable);
        let (groups, files, left) = mend(&mut cargo, &book, &original, tests)?;
        let named = |file: &Path| {
            let full = cargo.original(file);
            sources.iter().find(|path| path.canonicalize().is_ok_and(|path| path == full)).cloned().unwrap_or(full)
        };
        repairs.files.extend(findings(&groups, &original, &named));
        repairs.left.extend(left.iter().map(|problem| unmended(problem, &files, &named)));
    }
    Ok(repairs)
}

/// The changes that were accepted, the files after them, and the errors that stay.
fn mend(cargo: &mut Cargo, book: &Book, original: &Files, tests: bool) -> Result<(Vec<Group>, Files, Vec<Problem>), RepairError> {
    let (mut groups, mut files) = (Vec::new(), original.clone());
    // What only tests and examples use is looked at when the rest compiles.
    for all_targets in [false, true] {
        cargo.all_targets = all_targets;
        let mut search = match Search::new(cargo, book, files.clone()) {
            Ok(search) => search,
            Err(error) if !all_targets => return Err(error),
            // Without its development dependencies the crate itself still compiles.
            Err(_) => return Ok((groups, files, Vec::new())),
        };
        let before = search.problems().to_vec();
        search.run();
        if search.problems().is_empty() && !before.is_empty() && !all_targets {
            search.compare_ends(tests);
        }
        let after = search.problems().to_vec();
        if after.len() < before.len() {
            files = search.files().clone();
            groups.extend(search.into_groups());
        } else if !before.is_empty() {
            return Ok((groups, files, before));
        }
        if !after.is_empty() {
            return Ok((groups, files, after));
        }
    }
    Ok((groups, files, Vec::new()))
}

fn unmended(problem: &Problem, files: &Files, named: &dyn Fn(&Path) -> PathBuf) -> Unmended {
    let text = files.get(&problem.mark.file).map_or("", |text| text);
    let place = LineIndex::new(text).position(problem.mark.span.start);
    Unmended { path: named(&problem.mark.file), place, error: problem.headline() }
}

/// The changes as findings of each file.
fn findings(groups: &[Group], original: &Files, named: &dyn Fn(&Path) -> PathBuf) -> Vec<RepairedFile> {
    let steps: Vec<&Step> = groups.iter().flatten().collect();
    let text = |path: &Path| original.get(path).map_or_else(String::new, |text| text.to_string());
    let mut ledger = Ledger::default();
    let mut number = 0;
    for group in groups {
        let mut edits = Vec::new();
        for step in group {
            edits.extend(step.candidate.edits.iter().map(|edit| (number, edit.clone())));
            number += 1;
        }
        ledger.add(edits, &text);
    }
    let file = |path: &PathBuf| {
        let old = text(path);
        let lines = LineIndex::new(&old);
        let entries: Vec<&Entry> =
            ledger.entries(path).iter().filter(|entry| old[entry.span.start..entry.span.end] != entry.text).collect();
        let findings: Vec<Finding> = together(&entries).iter().map(|group| finding(group, &steps, named(path), &lines)).collect();
        (!findings.is_empty()).then(|| RepairedFile { path: named(path), old: old.clone(), findings })
    };
    ledger.files().filter_map(file).collect()
}

/// The replacements that share steps.
fn together<'e>(entries: &[&'e Entry]) -> Vec<Vec<&'e Entry>> {
    let mut groups: Vec<(BTreeSet<usize>, Vec<&Entry>)> = Vec::new();
    for entry in entries {
        let mut group = (entry.steps.clone(), Vec::new());
        let (joined, apart) = groups.into_iter().partition(|(steps, _)| !steps.is_disjoint(&entry.steps));
        groups = apart;
        for (steps, entries) in joined {
            group.0.extend(steps);
            group.1.extend(entries);
        }
        group.1.push(entry);
        groups.push(group);
    }
    let mut groups: Vec<Vec<&Entry>> = groups.into_iter().map(|(_, entries)| entries).collect();
    groups.sort_by_key(|entries| entries.first().map(|entry| entry.span));
    groups
}

fn finding(entries: &[&Entry], steps: &[&Step], path: PathBuf, lines: &LineIndex) -> Finding {
    let numbers: BTreeSet<usize> = entries.iter().flat_map(|entry| entry.steps.iter().copied()).collect();
    let own: Vec<&Step> = numbers.iter().map(|number| steps[*number]).collect();
    let each = |text: &dyn Fn(&Step) -> String| {
        let mut texts: Vec<String> = Vec::new();
        for text in own.iter().map(|step| text(step)) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    };
    let rules = each(&|step| step.candidate.rule.clone());
    let edits: Vec<Edit> = entries.iter().map(|entry| Edit { span: entry.span, text: entry.text.clone() }).collect();
    let span = edits.first().map_or_else(|| crate::syntax::Span::new(0, 0), |edit| edit.span);
    Finding {
        rule: rules.first().cloned().unwrap_or_default(),
        rules,
        claim: Claim::Safety(own.iter().map(|step| step.candidate.safety).max().unwrap_or(Safety::Unsafe)),
        path,
        start: lines.position(span.start),
        end: lines.position(span.end),
        message: each(&|step| step.candidate.message.clone()).join("; "),
        error: Some(each(&|step| step.problem.headline()).join("; ")),
        gain: None,
        ground: None,
        edits,
        imports: 0,
        proof: None,
        weighed: None,
    }
}

/// Writes all files, or none.
///
/// # Errors
/// If one can not be written; those written before it have their old text again.
pub fn write(files: &[RepairedFile]) -> Result<(), RepairError> {
    let mut done: Vec<(&Path, &str, String)> = Vec::new();
    for file in files {
        let edits: Vec<Edit> = file.findings.iter().flat_map(|finding| finding.edits.clone()).collect();
        let Ok(new) = apply(&file.old, &edits) else { continue };
        if let Err(error) = replace(&file.path, &file.old, &new) {
            for (path, old, new) in done {
                // The first error is the one to tell.
                let _ = replace(path, &new, old);
            }
            return Err(error.into());
        }
        done.push((&file.path, &file.old, new));
    }
    Ok(())
}
