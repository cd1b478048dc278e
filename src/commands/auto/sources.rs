//! The steps about source files: looking, mending, optimizing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Run;
use crate::commands::compile_errors::CompileErrors;
use crate::commands::rewriting::{Job, Surroundings};
use crate::commands::scan::{found, in_parallel, may_matter};
use crate::optimize::{Finding, Options, together};
use crate::project::{Document, Source, language_of};
use crate::repair::crates;
use crate::report::{Reported, Tally};
use crate::syntax::{Language, apply};

/// What became of a file in a pass: its new program, and the rounds that led there.
type Passed = Option<(Document, String, Vec<Reported>)>;

/// Looks at all files: what is found says which of them the next steps are about.
pub(super) fn check(run: &mut Run) -> anyhow::Result<bool> {
    run.surroundings = Surroundings::new(&run.arguments.paths);
    let outcomes = in_parallel(run.arguments.jobs, &run.sources, |source| look(run, source))?;
    let mut left = Vec::new();
    for (source, outcome) in run.sources.iter().zip(outcomes) {
        match outcome.and_then(|looked| looked) {
            Ok(Some(reported)) => left.push(reported),
            Ok(None) => {}
            Err(error) if source.named => _ = run.failed.insert(source.path.clone(), format!("{error:#}")),
            Err(error) => _ = run.warned.insert(source.path.clone(), format!("{error:#}")),
        }
    }
    run.work.after = Tally::of(left.iter().flat_map(|file| &file.findings));
    if run.turn == 0 {
        run.work.before = run.work.after;
    }
    run.work.left = left;
    Ok(false)
}

fn look(run: &Run, source: &Source) -> anyhow::Result<Option<Reported>> {
    let path = &source.path;
    let Some(language) = language_of(path) else { return Ok(None) };
    let document = run.tree.document(path)?;
    if !may_matter(language, document.program()) && !source.named {
        return Ok(None);
    }
    let outside = run.surroundings.of(path)?;
    let job = Job { path, language, options: &run.both, outside: &outside, changed: None };
    let (findings, _) = found(&job, &document, source.named)?;
    Ok((!findings.is_empty()).then(|| Reported { path: path.clone(), document, findings }))
}

/// Mends crates that do not compile, once, and then what `check` found.
pub(super) fn fix(run: &mut Run) -> anyhow::Result<bool> {
    let compiled = if run.turn == 0 { compile(run)? } else { false };
    Ok(pass(run, |run| &run.fixes)? | compiled)
}

/// Optimizes the files in which `check` found something, or that a step before this one has changed.
pub(super) fn optimize(run: &mut Run) -> anyhow::Result<bool> {
    pass(run, |run| &run.optimizations)
}

fn compile(run: &mut Run) -> anyhow::Result<bool> {
    let is_pending = run.tree.pending().any(|path| language_of(path) == Some(Language::Rust));
    if is_pending && !crates(&run.sources).is_empty() {
        eprintln!("note: crates are not compiled before what is generated for them is written");
        return Ok(false);
    }
    let errors = CompileErrors::mended(&run.sources, &run.fixes, false, false);
    match errors.failed {
        true => run.work.failures.extend(errors.told),
        false => run.work.remarks.extend(errors.told),
    }
    run.unmended = errors.left;
    run.work.before.errors += errors.left;
    let changed = !errors.reported.is_empty();
    for reported in errors.reported {
        let edits: Vec<_> = reported.findings.iter().flat_map(|finding| finding.edits.clone()).collect();
        let new = apply(reported.document.program(), &edits)?;
        run.work.before.errors += reported.findings.len();
        put(run, &reported.path.clone(), (reported.document.clone(), new, vec![reported]))?;
    }
    Ok(changed)
}

fn pass(run: &mut Run, options: for<'r> fn(&'r Run<'_>) -> &'r Options) -> anyhow::Result<bool> {
    let is_open = |source: &&Source| run.touched.contains(&source.path) || run.work.left.iter().any(|file| file.path == source.path);
    let open: Vec<Source> = run.sources.iter().filter(is_open).cloned().collect();
    let outcomes = in_parallel(run.arguments.jobs, &open, |source| rewritten(run, source, options(run)))?;
    let mut changed = false;
    for (source, outcome) in open.iter().zip(outcomes) {
        match outcome.and_then(|passed| passed) {
            Ok(Some(passed)) => {
                put(run, &source.path, passed)?;
                changed = true;
            }
            Ok(None) => {}
            Err(error) => _ = run.failed.insert(source.path.clone(), format!("{error:#}")),
        }
    }
    Ok(changed)
}

/// A file with all applied that may be, and the rounds in which it was.
fn rewritten(run: &Run, source: &Source, options: &Options) -> anyhow::Result<Passed> {
    let path = &source.path;
    let Some(language) = language_of(path) else { return Ok(None) };
    let document = run.tree.document(path)?;
    let outside = run.surroundings.of(path)?;
    let job = Job { path, language, options, outside: &outside, changed: None };
    let mut rounds: Vec<(String, Vec<Finding>)> = Vec::new();
    let new = job.rewritten_telling(document.program(), run.allowed, &mut |text, found| {
        let applied = applied(found);
        if !applied.is_empty() {
            rounds.push((text.to_owned(), applied));
        }
    })?;
    if new == document.program() {
        return Ok(None);
    }
    let round = |(text, findings): (String, Vec<Finding>)| {
        let document = document.with_program(text).map(|text| Document::of(path, text));
        Some(Reported { path: path.clone(), document: document?.ok()?, findings })
    };
    let rounds = rounds.into_iter().filter_map(round).collect();
    Ok(Some((document, new, rounds)))
}

/// Those that are applied in one go: what they are in the way of waits for the next.
fn applied(found: &[Finding]) -> Vec<Finding> {
    let (edits, _) = together(found.iter().cloned());
    found.iter().filter(|finding| finding.edits[finding.imports..].iter().all(|edit| edits.contains(edit))).cloned().collect()
}

fn put(run: &mut Run, path: &Path, (document, new, rounds): (Document, String, Vec<Reported>)) -> anyhow::Result<()> {
    run.tree.permit()?;
    if let Err(error) = run.tree.put(path, &document, new) {
        run.failed.insert(path.to_owned(), format!("{error:#}"));
        return Ok(());
    }
    run.touched.insert(path.to_owned());
    run.work.changes.extend(rounds);
    Ok(())
}

/// Of each file that was optimized: its program before that, and the rules.
pub(super) fn optimized(run: &Run) -> BTreeMap<PathBuf, (String, Vec<Finding>)> {
    let mut files = BTreeMap::new();
    for reported in &run.work.changes {
        let findings = reported.findings.iter().filter(|finding| finding.proof.is_some());
        let findings: Vec<Finding> = findings.cloned().collect();
        if !findings.is_empty() {
            let (_, all) = files.entry(reported.path.clone()).or_insert_with(|| (reported.document.program().to_owned(), Vec::new()));
            all.extend(findings);
        }
    }
    files
}
