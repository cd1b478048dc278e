use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use super::text::{self, duration, times};
use super::{Style, Work};
use crate::rules::Pass;

/// Prints each change to `out`, and what it comes to in a few lines to `summary`.
///
/// # Errors
/// If the output can not be written.
pub fn print_work(work: &Work, style: Style, out: &mut dyn Write, summary: &mut dyn Write) -> io::Result<()> {
    for made in &work.generated {
        let beside: Vec<String> = made.beside.iter().map(|(path, _)| path.display().to_string()).collect();
        let with = if beside.is_empty() { String::new() } else { format!(", with {}", beside.join(", ")) };
        let verb = if work.written { "is" } else { "would be" };
        writeln!(out, "{}: {verb} generated from {}: {}{with}\n", made.out.display(), made.input, made.reason)?;
        write!(out, "{}", made.shown)?;
    }
    text::print(&work.changes, style, out)?;
    out.flush()?;
    work.failures.iter().try_for_each(|failure| writeln!(summary, "error: {failure}"))?;
    work.remarks.iter().try_for_each(|remark| writeln!(summary, "{remark}"))?;
    summary_lines(work).into_iter().try_for_each(|(name, line)| writeln!(summary, "{name:<10} {line}"))
}

/// The summary: what was done, and how it is judged.
pub(super) fn summary_lines(work: &Work) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if !work.generated.is_empty() {
        let outs: Vec<String> = work.generated.iter().map(|made| made.out.display().to_string()).collect();
        lines.push(("generated", outs.join(", ")));
    }
    for (name, pass, what) in [("fixed", Pass::Fix, "error"), ("optimized", Pass::Optimize, "place")] {
        let count = work.changes_of(pass).count();
        if count > 0 {
            lines.push((name, format!("{} in {}{}", plural(count, what), files(work, pass), speed(work, pass))));
        }
    }
    let (flagged, personal) = work.waiting();
    if flagged > 0 {
        lines.push(("waiting", format!("{} for --unsafe or --recorded; `cargo wright check` shows them", plural(flagged, "finding"))));
    }
    if personal > 0 {
        lines.push(("waiting", format!("{} for a person; `cargo wright check` shows them", plural(personal, "finding"))));
    }
    lines.push(("findings", format!("{} before, {} after", work.before.all(), work.after.all())));
    let steps: Vec<String> = work.took.iter().map(|(name, time)| format!("{name} {}", duration(time.as_secs_f64()))).collect();
    lines.push(("time", format!("{} ({})", duration(work.total().as_secs_f64()), steps.join(", "))));
    let count = plural(work.files().len(), "file");
    lines.push(match (work.is_nothing(), work.written) {
        (true, _) => ("written", "nothing: there is nothing to do".to_owned()),
        (false, true) => ("written", count),
        (false, false) => ("written", format!("nothing: --write writes {count}")),
    });
    lines
}

/// The one file that a pass is about, or how many they are.
fn files(work: &Work, pass: Pass) -> String {
    let files: BTreeSet<&Path> = work.changes_of(pass).map(|finding| finding.path.as_path()).collect();
    match files.first() {
        Some(file) if files.len() == 1 => file.display().to_string(),
        _ => plural(files.len(), "file"),
    }
}

fn speed(work: &Work, pass: Pass) -> String {
    if pass == Pass::Fix {
        return String::new();
    }
    let predicted = work.predicted().map_or(String::new(), |ratio| format!(", predicted {} as fast", times(ratio)));
    predicted + &work.measured().map_or(String::new(), |ratio| format!(", measured {}", times(ratio)))
}

pub(super) fn plural(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
