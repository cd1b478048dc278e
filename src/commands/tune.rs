//! `cargo wright tune`: the built-in scorer is corrected for this machine.

use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use super::CLEAN;
use crate::ir::{Program, Target};
use crate::measure::Case;
use crate::project::config_folder;
use crate::report::scatter;
use crate::score::{Correction, Features};

/// Measure a fixed set of programs here, and correct the predictions by what they take
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The Python whose NumPy and PyTorch are measured
    #[arg(long, default_value = "python3", value_name = "PROGRAM")]
    python: PathBuf,
    /// How long to measure, at most
    #[arg(long, default_value_t = 180, value_name = "SECONDS")]
    seconds: u64,
    /// Write a plot (SVG) of what is predicted against what was measured, of the last time if there was one
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// The programs that are measured.
const PROGRAMS: &str = include_str!("../../models/tune.jsonl");
/// What times them.
const TIMER: &str = include_str!("../../models/train/timer.py");
/// The file in the user's configuration folder.
const FILE: &str = "tuned.json";

/// What tuning found.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Tuning {
    correction: Correction,
    points: Vec<Point>,
}

/// A candidate of a measured program.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Point {
    measured: f64,
    /// By the network as it is built in.
    before: f64,
    /// With the correction.
    after: f64,
}

/// The correction for this machine; `None` if there is none.
///
/// # Errors
/// If its file is not understood.
pub(super) fn correction() -> anyhow::Result<Option<Correction>> {
    let Some(path) = file().filter(|path| path.is_file()) else { return Ok(None) };
    Ok(Some(read(&path)?.correction))
}

fn file() -> Option<PathBuf> {
    Some(config_folder()?.join(FILE))
}

fn read(path: &Path) -> anyhow::Result<Tuning> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| format!("{}: no correction; `cargo wright tune` makes a new one", path.display()))
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let path = file().context("there is no configuration folder: neither XDG_CONFIG_HOME nor HOME is set")?;
    let tuning = match &arguments.report {
        Some(_) if path.is_file() => read(&path)?,
        _ => {
            let tuning = tuned(&measured(arguments)?)?;
            std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
            std::fs::write(&path, serde_json::to_string(&tuning)?).with_context(|| path.display().to_string())?;
            tuning
        }
    };
    let error = |of: &dyn Fn(&Point) -> f64| {
        let mut errors: Vec<f64> = tuning.points.iter().map(|point| (of(point) / point.measured).ln().abs()).collect();
        errors.sort_by(f64::total_cmp);
        (errors.get(errors.len() / 2).copied().unwrap_or(0.0).exp() - 1.0) * 100.0
    };
    println!(
        "{} programs measured; half of the predictions are off by more than {:.0}% as built in, {:.0}% corrected ({})",
        tuning.points.len(),
        error(&|point| point.before),
        error(&|point| point.after),
        path.display()
    );
    if let Some(out) = &arguments.report {
        let points = |of: fn(&Point) -> f64| tuning.points.iter().map(|point| (point.measured, of(point))).collect::<Vec<_>>();
        let svg =
            scatter("measured seconds", "predicted seconds", &[("as built in", points(|p| p.before)), ("corrected", points(|p| p.after))]);
        std::fs::write(out, svg).with_context(|| out.display().to_string())?;
    }
    Ok(ExitCode::from(CLEAN))
}

/// The programs with their times here. Those of a library that Python has not are left out.
fn measured(arguments: &Arguments) -> anyhow::Result<Vec<Case>> {
    let folder = tempfile::tempdir()?;
    let timer = folder.path().join("timer.py");
    std::fs::write(&timer, TIMER)?;
    let count = PROGRAMS.lines().count();
    let mut child = Command::new(&arguments.python)
        .arg(&timer)
        .env("CASE_SECONDS", (arguments.seconds as f64 / count.max(1) as f64).to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}; `--python PROGRAM` names a Python with NumPy", arguments.python.display()))?;
    let mut input = child.stdin.take().context("its input is a pipe")?;
    let writing = std::thread::spawn(move || input.write_all(PROGRAMS.as_bytes()));
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(count as u64) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("measuring {bar:40} {pos}/{len} {elapsed}")?);
    let mut cases = Vec::new();
    for line in BufReader::new(child.stdout.take().context("its output is a pipe")?).lines() {
        let case: Case = serde_json::from_str(&line?)?;
        bar.inc(1);
        cases.push(case);
    }
    bar.finish_and_clear();
    // A Python that ended early has closed its input.
    let _ = writing.join();
    let output = child.wait_with_output()?;
    if cases.iter().all(|case| case.seconds.iter().all(|&seconds| seconds == 0.0)) {
        bail!(
            "nothing could be measured: `{} -m pip install numpy torch` installs what is measured\n{}",
            arguments.python.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(cases)
}

fn tuned(cases: &[Case]) -> anyhow::Result<Tuning> {
    let mut tuning = Tuning::default();
    for target in Target::ALL {
        let mut measured: Vec<(Program, f64)> = Vec::new();
        for case in cases.iter().filter(|case| case.target == target.name()) {
            let programs = case.programs()?.into_iter().zip(&case.seconds);
            measured.extend(
                programs
                    .filter(|(program, seconds)| **seconds > 0.0 && !Features::of_sized(program).ops.is_empty())
                    .map(|(program, seconds)| (program, *seconds)),
            );
        }
        if measured.is_empty() {
            continue;
        }
        let before = tuning.correction.predicted(target, &measured);
        tuning.correction.fitted(target, &measured);
        let after = tuning.correction.predicted(target, &measured);
        let point = |((before, after), (_, measured)): ((&f64, &f64), &(Program, f64))| Point {
            measured: *measured,
            before: before.exp(),
            after: after.exp(),
        };
        tuning.points.extend(before.iter().zip(&after).zip(&measured).map(point));
    }
    Ok(tuning)
}
