use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::Args;

use super::CLEAN;
use super::rewriting::Recordings;
use super::rules::PROJECT_RULES;
use crate::optimize::{Options, optimize};
use crate::project::{language_of, read_source};
use crate::report::proof;
use crate::rules::{RuleSet, Selection};

/// What to explain.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A rule's name, or FILE:LINE of a finding
    subject: String,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let rules = RuleSet::load(&[PROJECT_RULES.as_ref()])?;
    if let Some(rule) = rules.get(&arguments.subject) {
        println!("{}", rule.page.trim_end());
        return Ok(ExitCode::from(CLEAN));
    }
    let Some((path, line)) =
        arguments.subject.rsplit_once(':').and_then(|(path, line)| Some((PathBuf::from(path), line.parse::<usize>().ok()?)))
    else {
        return Err(anyhow!(rules.unknown(&arguments.subject)).context("expected the name of a rule, or FILE:LINE"));
    };
    let text = read_source(&path)?;
    let language = language_of(&path).with_context(|| format!("{}: expected a .py or .rs file", path.display()))?;
    let options = Options::new(rules, Selection::default())?;
    let report = optimize(&path, &text, language, &options, &Recordings::default().of(&path)?)?;
    let near = |finding: &&crate::optimize::Finding| finding.start.line <= line && line <= finding.end.line.max(finding.start.line);
    let Some(finding) = report.findings.iter().find(near) else {
        let lines: Vec<String> = report.findings.iter().map(|f| f.start.line.to_string()).collect();
        bail!(
            "{}: nothing was found at line {line}{}",
            path.display(),
            if lines.is_empty() { String::new() } else { format!("; there is something at {}", lines.join(", ")) }
        );
    };
    println!("{}:{}: {} ({})", path.display(), finding.start.line, finding.rule, finding.claim.name());
    match &finding.proof {
        Some(steps) => print!("{}", proof(steps)),
        None => println!("  {}; `cargo wright explain {}` says why", finding.message, finding.rule),
    }
    Ok(ExitCode::from(CLEAN))
}
