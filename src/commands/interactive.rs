use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};

use anyhow::bail;
use console::Term;

use super::rewriting::Job;
use crate::optimize::Finding;
use crate::project::Document;
use crate::report::{Format, Reported, Style, print};
use crate::syntax::{Edit, apply};

/// What a person said of findings so far.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Rules of which all is accepted.
    accepted: BTreeSet<String>,
    /// Rules of which nothing is.
    skipped: BTreeSet<String>,
    /// No more is asked.
    pub quit: bool,
}

const HELP: &str = "\
  y  apply this
  n  skip this
  a  apply this and all of this rule
  s  skip this and all of this rule
  q  stop here; what was accepted is written
";

/// There is a person to ask.
///
/// # Errors
/// If there is no terminal.
pub(super) fn needs_terminal() -> anyhow::Result<()> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        bail!("--interactive asks at a terminal; without one, --write applies what is safe");
    }
    Ok(())
}

/// Shows the findings of a file one by one and returns its program with what is accepted.
///
/// # Errors
/// If the file can not be looked at, or the terminal goes away.
pub(super) fn ask(job: &Job<'_>, document: &Document, answers: &mut Answers) -> anyhow::Result<String> {
    let mut edits: Vec<Edit> = Vec::new();
    let (findings, _) = job.findings(document.program())?;
    for finding in findings.into_iter().filter(|finding| !finding.edits.is_empty()) {
        let apart = |new: &Edit| edits.iter().all(|old| new.span.end < old.span.start || old.span.end < new.span.start);
        if answers.quit || !finding.edits.iter().all(apart) {
            continue;
        }
        let shown = Reported { path: job.path.to_owned(), document: document.clone(), findings: vec![finding.clone()] };
        if accepts(&finding, &shown, answers)? {
            edits.extend(finding.edits);
        }
    }
    Ok(apply(document.program(), &edits)?)
}

fn accepts(finding: &Finding, shown: &Reported, answers: &mut Answers) -> anyhow::Result<bool> {
    if answers.accepted.contains(&finding.rule) {
        return Ok(true);
    }
    if answers.skipped.contains(&finding.rule) {
        return Ok(false);
    }
    print(std::slice::from_ref(shown), Format::Text, Style { diff: true, color: true }, &mut io::stdout().lock())?;
    let terminal = Term::stdout();
    loop {
        print!("apply? [y, n, a, s, q, ?] ");
        io::stdout().flush()?;
        let key = terminal.read_char()?;
        println!("{key}");
        match key {
            'y' => return Ok(true),
            'n' => return Ok(false),
            'a' => {
                answers.accepted.insert(finding.rule.clone());
                return Ok(true);
            }
            's' => {
                answers.skipped.insert(finding.rule.clone());
                return Ok(false);
            }
            'q' => {
                answers.quit = true;
                return Ok(false);
            }
            _ => print!("{HELP}"),
        }
    }
}
