//! `cargo wright bench`: functions before and after, timed side by side in their own language; models beside ONNX Runtime.

mod case;
mod model;
mod python;
mod rankings;
mod rust;

use anyhow::{Context, bail};
use std::collections::{BTreeSet, HashMap};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};

use super::model::{ModelArguments, is_model};
use super::rewriting::{Job, RuleArguments, Surroundings};
use super::scoring::{ScorerArguments, library_of};
use super::{CLEAN, ERROR};
use crate::facts::Ground;
use crate::project::{Document, language_of, sources};
use crate::syntax::{Language, Tree};
pub(super) use case::Case;
use case::examples;
use rankings::Ranking;

/// What to measure.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Files and folders with functions, or ONNX models
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The Python that runs Python files
    #[arg(long, default_value = "python3", value_name = "PROGRAM")]
    python: PathBuf,
    /// How the table is printed
    #[arg(long, value_enum, default_value_t)]
    format: TableFormat,
    /// The threads that a model and ONNX Runtime may use, each
    #[arg(long, default_value_t = 1, value_name = "COUNT")]
    threads: usize,
    /// Other scorers by which functions are rewritten too, as `--scorer` takes them: what each gains is compared
    #[arg(long, value_delimiter = ',', value_name = "SCORERS")]
    beside: Vec<String>,
    /// Other runtimes to measure models beside
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    peers: Vec<model::Peer>,
    /// The folder of a local copy of the crate `codewright` that measured models shall use
    #[arg(long, value_name = "PATH")]
    runtime: Option<PathBuf>,
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    rules: RuleArguments,
    #[command(flatten)]
    scoring: ScorerArguments,
}

/// How the table is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum TableFormat {
    /// A table that is Markdown too.
    #[default]
    Text,
    /// One array of rows.
    Json,
}

/// What became of one function.
#[derive(Debug, Serialize)]
struct Row {
    /// The scorer that chose.
    ranking: String,
    path: PathBuf,
    function: String,
    /// The rules that changed its file.
    rules: Vec<String>,
    /// On what the change rests at its weakest: `declared`, `inferred` or `recorded`.
    rests_on: &'static str,
    #[serde(flatten, serialize_with = "either")]
    result: Result<Measured, Failure>,
}

/// Why a function was not measured.
#[derive(Debug, Serialize)]
struct Failure {
    error: String,
}

/// Times of one function, old and new by turns on the same inputs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Measured {
    /// Median seconds of a call before.
    pub(super) old_seconds: f64,
    /// Median seconds of a call after.
    pub(super) new_seconds: f64,
    /// The median of the ratios of neighbours in time.
    pub(super) ratio: f64,
    /// The largest difference of the results, relative to the largest magnitude of each array; infinite if one is not like the other.
    #[serde(deserialize_with = "number_or_infinity")]
    pub(super) difference: f64,
    /// Where the inputs come from: `example`, or `drawn` to fit the facts.
    inputs: String,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match arguments.paths.iter().filter(|path| is_model(path)).count() {
        0 => functions(arguments),
        count if count == arguments.paths.len() => models(arguments),
        _ => bail!("models and files of functions are measured apart: give either .onnx files or others"),
    }
}

fn models(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let library = arguments.scoring.onnxruntime.clone().map_or_else(|| library_of(&arguments.python), Ok)?;
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(arguments.paths.len() as u64) } else { ProgressBar::hidden() };
    let mut rows = Vec::new();
    for path in &arguments.paths {
        bar.set_message(path.display().to_string());
        rows.push(model::measure(path, arguments, &library).with_context(|| path.display().to_string())?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    match arguments.format {
        TableFormat::Text => model::print_table(&rows)?,
        TableFormat::Json => writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&rows)?)?,
    }
    Ok(ExitCode::from(CLEAN))
}

fn functions(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut rankings = Ranking::all(arguments)?;
    let surroundings = Surroundings::new(&arguments.paths);
    let (sources, errors) = sources(&arguments.paths);
    errors.iter().for_each(|error| eprintln!("error: {error}"));
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(sources.len() as u64) } else { ProgressBar::hidden() };
    let (mut rows, mut untouched) = (Vec::new(), 0);
    for source in &sources {
        bar.set_message(source.path.display().to_string());
        let Some(language) = language_of(&source.path) else { continue };
        let text = match Document::read(&source.path)? {
            Document::Text(text) => text,
            Document::Notebook(_) if source.named => bail!("{}: only functions of .py and .rs files are measured", source.path.display()),
            Document::Notebook(_) => continue,
        };
        let outside = match language {
            Language::Python => python::recorded(&source.path, &text, surroundings.root_of(&source.path)?.as_deref(), &arguments.python)?,
            Language::Rust => None,
        };
        let outside = outside.map_or_else(|| surroundings.of(&source.path), Ok)?;
        let mut known = HashMap::new();
        let mut by_ranking: Vec<Vec<Row>> = Vec::new();
        for ranking in &rankings {
            let job = Job { path: &source.path, language, options: &ranking.options, outside: &outside, changed: None };
            let case = Case::of(&job, &text)?;
            by_ranking.push(case.map_or_else(|| Ok(Vec::new()), |case| measure(&case, &ranking.name, &arguments.python, &mut known))?);
        }
        let examples = examples(&Tree::parse(language, text.as_str())).into_iter().map(|(function, _)| function);
        let all: BTreeSet<String> = by_ranking.iter().flatten().map(|row| row.function.clone()).chain(examples).collect();
        untouched += usize::from(by_ranking[0].is_empty());
        rankings.iter_mut().zip(&by_ranking).for_each(|(ranking, rows)| ranking.count(rows, &all));
        rows.extend(by_ranking.into_iter().flatten());
        bar.inc(1);
    }
    bar.finish_and_clear();
    match arguments.format {
        TableFormat::Text => print_tables(&rows, untouched, &rankings)?,
        TableFormat::Json => writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&rows)?)?,
    }
    let failed = !errors.is_empty() || rows.iter().any(|row| row.result.is_err());
    Ok(ExitCode::from(if failed { ERROR } else { CLEAN }))
}

/// Times the functions of a case; `Err` in it says why one was not measured.
///
/// # Errors
/// If Python or cargo can not be started.
pub(super) fn times(case: &Case, python: &Path) -> anyhow::Result<Vec<Result<Measured, String>>> {
    match case.language {
        Language::Python => python::measure(case, python),
        Language::Rust => rust::measure(case),
    }
}

/// The rows of a case; what another ranking made of the file as well is not measured twice.
fn measure(
    case: &Case,
    ranking: &str,
    python: &Path,
    known: &mut HashMap<String, Vec<Result<Measured, String>>>,
) -> anyhow::Result<Vec<Row>> {
    let results = match known.get(&case.new) {
        Some(results) => results.clone(),
        None => known.entry(case.new.clone()).or_insert(times(case, python)?).clone(),
    };
    let row = |(function, result): (&case::Function, Result<Measured, String>)| Row {
        ranking: ranking.to_owned(),
        path: case.path.clone(),
        function: function.name.clone(),
        rules: case.rules.clone(),
        rests_on: match case.ground {
            Ground::Declared => "declared",
            Ground::Inferred => "inferred",
            Ground::Recorded { .. } => "recorded",
        },
        result: result.map_err(|error| Failure { error }),
    };
    Ok(case.functions.iter().zip(results).map(row).collect())
}

/// What the first ranking made of each function and, if there are others, how they compare.
fn print_tables(rows: &[Row], untouched: usize, rankings: &[Ranking]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "| function | before | after | times as fast | largest relative difference | inputs | rests on | rules |")?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- | --- | --- |")?;
    let rows: Vec<&Row> = rows.iter().filter(|row| row.ranking == rankings[0].name).collect();
    for row in &rows {
        let (function, rules, rests_on) = (&row.function, row.rules.join(", "), row.rests_on);
        match &row.result {
            Ok(Measured { old_seconds, new_seconds, ratio, difference, inputs }) => {
                let (old, new) = (duration(*old_seconds), duration(*new_seconds));
                writeln!(out, "| `{function}` | {old} | {new} | {ratio:.2} | {difference:.1e} | {inputs} | {rests_on} | {rules} |")?;
            }
            Err(Failure { error }) => {
                writeln!(out, "| `{function}` | not measured: {} | | | | | {rests_on} | {rules} |", error.replace('|', "\\|"))?;
            }
        }
    }
    let mut ratios: Vec<f64> = rows.iter().filter_map(|row| row.result.as_ref().ok()).map(|measured| measured.ratio).collect();
    ratios.sort_by(f64::total_cmp);
    writeln!(out)?;
    if let (Some(least), Some(most)) = (ratios.first(), ratios.last()) {
        let mean = geometric_mean(&ratios);
        writeln!(out, "Geometric mean {mean:.2} over {} functions, from {least:.2} to {most:.1}.", ratios.len())?;
    }
    if untouched > 0 {
        writeln!(out, "Nothing to change in {untouched} {}.", if untouched == 1 { "file" } else { "files" })?;
    }
    if rankings.len() > 1 { rankings::print_table(rankings, &mut out) } else { Ok(()) }
}

fn geometric_mean(ratios: &[f64]) -> f64 {
    (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len().max(1) as f64).exp()
}

fn bytes(n: f64) -> String {
    match n {
        n if n < 1e6 => format!("{:.0} kB", n / 1e3),
        n => format!("{:.1} MB", n / 1e6),
    }
}

fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{:.1} ns", s * 1e9),
        s if s < 1e-3 => format!("{:.1} µs", s * 1e6),
        s if s < 1.0 => format!("{:.2} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

/// The measurement, or the error, beside what else the row says.
fn either<S: serde::Serializer>(result: &Result<Measured, Failure>, serializer: S) -> Result<S::Ok, S::Error> {
    match result {
        Ok(measured) => measured.serialize(serializer),
        Err(failure) => failure.serialize(serializer),
    }
}

/// JSON has no infinity; the runners write `null`.
fn number_or_infinity<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::INFINITY))
}

/// One line of what a runner prints.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Measured(Measured),
    Failed { error: String },
}

/// The results in what a runner printed, one for each function; those that it did not come to have failed with its message.
fn results(printed: &[u8], message: &str, count: usize) -> Vec<Result<Measured, String>> {
    let lines = String::from_utf8_lossy(printed).into_owned();
    let parsed = lines.lines().filter_map(|line| serde_json::from_str::<Line>(line.strip_prefix("wright: ")?).ok());
    let last = message.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it ended early").trim().to_owned();
    let found = parsed.map(|line| match line {
        Line::Measured(measured) => Ok(measured),
        Line::Failed { error } => Err(error),
    });
    found.chain(std::iter::repeat_with(|| Err(last.clone()))).take(count).collect()
}
