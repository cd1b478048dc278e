use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::Args;

use super::CLEAN;
use super::rewriting::Surroundings;
use super::scoring::ScorerArguments;
use crate::config::{Config, PROJECT_RULES};
use crate::optimize::{FileReport, Finding, Options, optimize};
use crate::project::{Document, Place, create, language_of};
use crate::report::{candidates, proof};
use crate::rules::{RuleSet, Selection};

/// What to explain.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A rule's name, or FILE:LINE of a finding; NOTEBOOK:CELL:LINE in a notebook
    subject: String,
    /// Write the e-graph that the finding was chosen from, in the format of extraction-gym
    #[arg(long, value_name = "FILE")]
    egraph: Option<PathBuf>,
    #[command(flatten)]
    scoring: ScorerArguments,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let rules = RuleSet::load(&[PROJECT_RULES.as_ref()])?;
    if let Some(rule) = rules.get(&arguments.subject) {
        writeln!(out, "{}", rule.page.trim_end())?;
        return Ok(ExitCode::from(CLEAN));
    }
    let Some((path, cell, line)) = place(&arguments.subject) else {
        return Err(anyhow!(rules.unknown(&arguments.subject)).context("expected the name of a rule, FILE:LINE, or NOTEBOOK:CELL:LINE"));
    };
    let document = Document::read(&path)?;
    let language = language_of(&path).with_context(|| format!("{}: expected a .py, .ipynb or .rs file", path.display()))?;
    let other_scorer = arguments.scoring.scorer(&Config::nearest(Path::new("."))?)?;
    let mut options = Options::new(rules, Selection::default())?;
    (options.weighed, options.other_scorer) = (true, other_scorer);
    let near = |finding: &&Finding| {
        let (start, end) = (document.place(finding.start), document.place(finding.end).position.line);
        start.cell == cell && start.position.line <= line && line <= end.max(start.position.line)
    };
    let look = |given: &Path| -> anyhow::Result<FileReport> {
        let outside = Surroundings::new(&[given.to_owned()]).of(&path)?;
        Ok(optimize(&path, document.program(), language, &options, &outside)?)
    };
    let mut report = look(&path)?;
    if !report.findings.iter().any(|finding| near(&finding)) {
        // It may rest on calls in other files of the tree.
        report = look(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
    }
    let Some(finding) = report.findings.iter().find(near) else {
        let shown = |place: Place| place.cell.map_or(String::new(), |cell| format!("{cell}:")) + &place.position.line.to_string();
        let lines: Vec<String> = report.findings.iter().map(|finding| shown(document.place(finding.start))).collect();
        let elsewhere = if lines.is_empty() { String::new() } else { format!("; there is something at {}", lines.join(", ")) };
        bail!("{}: nothing was found at line {line}{elsewhere}", path.display());
    };
    writeln!(out, "{}: {} ({})", arguments.subject, finding.rule, finding.claim.name())?;
    match &finding.proof {
        Some(steps) => write!(out, "{}", proof(steps))?,
        None => writeln!(out, "  {}; `cargo wright explain {}` says why", finding.message, finding.rule)?,
    }
    if let Some(weighed) = &finding.weighed {
        write!(out, "{}", candidates(&weighed.candidates))?;
    }
    if let Some(path) = &arguments.egraph {
        let weighed = finding.weighed.as_ref().with_context(|| format!("{} comes from no e-graph", finding.rule))?;
        create(path, serde_json::to_string(&weighed.egraph)?.as_bytes())?;
    }
    Ok(ExitCode::from(CLEAN))
}

/// `FILE:LINE`, or `NOTEBOOK:CELL:LINE`; the cell also as findings name it, `cell 3`.
fn place(subject: &str) -> Option<(PathBuf, Option<usize>, usize)> {
    let (rest, line) = subject.rsplit_once(':')?;
    let line = line.parse().ok()?;
    let cell = rest.rsplit_once(':').and_then(|(path, cell)| Some((path, cell.trim_start_matches("cell ").parse().ok()?)));
    match cell.filter(|(path, _)| path.ends_with(".ipynb")) {
        Some((path, cell)) => Some((PathBuf::from(path), Some(cell), line)),
        None => Some((PathBuf::from(rest), None, line)),
    }
}
