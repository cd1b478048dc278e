//! `cargo wright tune`: the built-in scorer is corrected for this machine.

use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

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
    /// The Python whose NumPy and PyTorch are measured, and that has cargo measure Rust
    #[arg(long, default_value = "python3", value_name = "PROGRAM")]
    python: PathBuf,
    /// How long to measure, at most, unless compiling Rust takes longer
    #[arg(long, default_value_t = 180, value_name = "SECONDS")]
    seconds: u64,
    /// Write a plot (SVG) of what is predicted against what was measured, of the last time if there was one
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// The programs that are measured.
const PROGRAMS: &str = include_str!("../../models/tune.jsonl");
/// What times them: `timer.py` in Python itself, `rust.py` in a crate of them all.
const TIMERS: [(&str, &str); 3] = [
    ("timer.py", include_str!("../../models/train/timer.py")),
    ("rust.py", include_str!("../../models/train/rust.py")),
    ("timer.rs", include_str!("../../models/train/timer.rs")),
];
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

/// The programs with their times here. Those of a library that Python has not are left out, and Rust where it cannot be compiled.
fn measured(arguments: &Arguments) -> anyhow::Result<Vec<Case>> {
    let folder = tempfile::tempdir()?;
    for (name, text) in TIMERS {
        std::fs::write(folder.path().join(name), text)?;
    }
    let is_rust = |line: &&str| serde_json::from_str::<Case>(line).is_ok_and(|case| case.target == Target::Rust.name());
    let (rust, python): (Vec<&str>, Vec<&str>) = PROGRAMS.lines().partition(is_rust);
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new((rust.len() + python.len()) as u64) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("measuring {bar:40} {pos}/{len} {elapsed}")?);
    let (start, script) = (Instant::now(), |name: &str| {
        let mut command = Command::new(&arguments.python);
        command.arg(folder.path().join(name));
        command
    });
    let mut compiled = script("rust.py");
    compiled.arg(folder.path().join("crate")).env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS");
    let (mut cases, complaint) = timed(compiled, &rust, &bar)?;
    if !cases.iter().any(was_measured) {
        bar.suspend(|| eprintln!("Rust is left out: it could not be measured\n{complaint}"));
    }
    let mut interpreted = script("timer.py");
    let left = (arguments.seconds as f64 - start.elapsed().as_secs_f64()).max(0.0);
    interpreted.env("CASE_SECONDS", (left / python.len().max(1) as f64).to_string());
    let (others, complaint) = timed(interpreted, &python, &bar)?;
    bar.finish_and_clear();
    cases.extend(others);
    if !cases.iter().any(was_measured) {
        bail!(
            "nothing could be measured: `{} -m pip install numpy torch` installs what is measured\n{complaint}",
            arguments.python.display()
        );
    }
    Ok(cases)
}

fn was_measured(case: &Case) -> bool {
    case.seconds.iter().any(|&seconds| seconds > 0.0)
}

/// The cases with their times by a command that takes and prints lines, and what it complained of.
fn timed(mut command: Command, cases: &[&str], bar: &ProgressBar) -> anyhow::Result<(Vec<Case>, String)> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {program}; `--python PROGRAM` names a Python with NumPy"))?;
    let (mut input, text) = (child.stdin.take().context("its input is a pipe")?, cases.join("\n"));
    let writing = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let mut found = Vec::new();
    for line in BufReader::new(child.stdout.take().context("its output is a pipe")?).lines() {
        found.push(serde_json::from_str(&line?)?);
        bar.inc(1);
    }
    // A Python that ended early has closed its input.
    let _ = writing.join();
    let output = child.wait_with_output()?;
    Ok((found, String::from_utf8_lossy(&output.stderr).into_owned()))
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
