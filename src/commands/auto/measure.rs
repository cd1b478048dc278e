//! The functions that were optimized, timed before and after.

use std::path::Path;

use super::Run;
use super::sources::optimized;
use crate::commands::bench::{Case, Measured, times};
use crate::commands::rewriting::Job;
use crate::facts::Ground;
use crate::optimize::Finding;
use crate::project::{Document, language_of};
use crate::report::{Times, Timing};

/// Times what was optimized, in its own language.
///
/// # Errors
/// If Python or cargo can not be started.
pub(super) fn measure(run: &mut Run) -> anyhow::Result<bool> {
    let mut timings = Vec::new();
    for (path, (old, findings)) in optimized(run) {
        match run.tree.document(&path)? {
            Document::Text(new) => timings.extend(timed(run, &path, &old, new, &findings)?),
            Document::Notebook(_) => {
                let result = Err("functions of notebooks are not timed".to_owned());
                timings.push(Timing { path, function: "all".to_owned(), result });
            }
        }
    }
    run.work.timings = Some(timings);
    Ok(false)
}

fn timed(run: &Run, path: &Path, old: &str, new: String, findings: &[Finding]) -> anyhow::Result<Vec<Timing>> {
    let Some(language) = language_of(path) else { return Ok(Vec::new()) };
    let outside = run.surroundings.of(path)?;
    let job = Job { path, language, options: &run.optimizations, outside: &outside, changed: None };
    let ground = findings.iter().filter_map(|finding| finding.ground).max().unwrap_or(Ground::Inferred);
    let mut rules: Vec<String> = findings.iter().flat_map(|finding| finding.rules.clone()).collect();
    rules.sort();
    rules.dedup();
    let case = Case::between(&job, old, new, rules, ground);
    let results = times(&case, &run.arguments.python)?;
    let timing = |(name, result): (&String, Result<Measured, String>)| Timing {
        path: path.to_owned(),
        function: name.clone(),
        result: result.map(|measured| {
            let Measured { old_seconds: before, new_seconds: after, ratio, difference, .. } = measured;
            Times { before, after, ratio, difference }
        }),
    };
    Ok(case.functions.iter().map(|function| &function.name).zip(results).map(timing).collect())
}
