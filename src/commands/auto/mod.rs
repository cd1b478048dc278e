//! `cargo wright auto`: all that a tree asks for, in order, with one summary.

mod functions;
mod measure;
mod models;
mod sources;
mod stamp;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::bail;
use clap::{Args, ValueEnum};

use self::models::{Wanted, wanted};
use self::stamp::full;
use self::tree::Tree;
use super::rewriting::{Allowed, RuleArguments, Surroundings};
use super::scoring::ScorerArguments;
use super::{CLEAN, ERROR, FINDINGS};
use crate::config::Config;
use crate::optimize::Options;
use crate::project::{Source, create, sources};
use crate::report::{Style, Work, colored, print_work, work_json, work_page};
use crate::rules::Pass;

/// What one change lets be found elsewhere is found in the next turn, but there are not more turns than this.
const MAX_TURNS: usize = 8;

/// What to look at, and what may be done.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Files and folders
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Do it; without this it is only shown
    #[arg(long)]
    write: bool,
    /// Also apply fixes that may change what the program computes
    #[arg(long = "unsafe")]
    unsafe_fixes: bool,
    /// Also apply what rests on a recorded run
    #[arg(long)]
    recorded: bool,
    /// Write although the git tree has changes that are not committed
    #[arg(long)]
    allow_dirty: bool,
    /// Run the functions that were optimized, before and after, and say how long they take
    #[arg(long)]
    measure: bool,
    /// The Python that runs them
    #[arg(long, default_value = "python3", value_name = "PROGRAM")]
    python: PathBuf,
    /// Write a page that shows all of it, one file that needs no network
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    format: WorkFormat,
    /// Threads; all cores if not given
    #[arg(long)]
    jobs: Option<usize>,
    #[command(flatten)]
    rules: RuleArguments,
    #[command(flatten)]
    scoring: ScorerArguments,
}

/// How the work is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum WorkFormat {
    /// For people.
    #[default]
    Text,
    /// One object: what was generated, findings as `check` prints them, times.
    Json,
}

/// Something that is done in a turn.
struct Step {
    name: &'static str,
    /// Does it; true if a file changed.
    run: fn(&mut Run) -> anyhow::Result<bool>,
}

/// What is done in a turn, in this order. Turns follow each other until one changes nothing.
const STEPS: [Step; 5] = [
    Step { name: "check", run: sources::check },
    Step { name: "generate", run: models::step },
    Step { name: "fill", run: functions::step },
    Step { name: "fix", run: sources::fix },
    Step { name: "optimize", run: sources::optimize },
];

/// What is done at the end.
const MEASURE: Step = Step { name: "measure", run: measure::measure };

/// A run of the command.
struct Run<'a> {
    arguments: &'a Arguments,
    wanted: Vec<Wanted>,
    /// All source files but those that are generated.
    sources: Vec<Source>,
    both: Options,
    fixes: Options,
    optimizations: Options,
    allowed: Allowed,
    surroundings: Surroundings,
    tree: Tree<'a>,
    turn: usize,
    /// Source files that were changed.
    touched: BTreeSet<PathBuf>,
    /// The compiler's errors that stay.
    unmended: usize,
    /// What could not be done, by the file that it is about.
    failed: BTreeMap<PathBuf, String>,
    /// Files that are not what their names say.
    warned: BTreeMap<PathBuf, String>,
    work: Work,
}

/// Does it all, and reports.
///
/// # Errors
/// If the configuration or a flag asks for what cannot be, or git knows of changes that would be written over.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if let Some(report) = &arguments.report
        && report.is_dir()
    {
        bail!("{}: --report takes the name of a file, and this is a folder", report.display());
    }
    let mut run = Run::new(arguments)?;
    loop {
        let mut changed = false;
        for step in &STEPS {
            changed |= run.take(step)?;
        }
        run.turn += 1;
        if !changed || run.turn == MAX_TURNS {
            break;
        }
    }
    if arguments.measure {
        run.take(&MEASURE)?;
    }
    run.report()
}

impl<'a> Run<'a> {
    fn new(arguments: &'a Arguments) -> anyhow::Result<Run<'a>> {
        let paths = &arguments.paths;
        let wanted = wanted(paths)?;
        let folder = home(paths)?;
        let outs: BTreeSet<PathBuf> = wanted.iter().map(|wanted| full(&wanted.out)).collect();
        let (mut sources, errors) = sources(paths);
        sources.retain(|source| !outs.contains(&full(&source.path)));
        let options = |passes: &[Pass]| arguments.rules.options_in(&folder, passes, &arguments.scoring);
        Ok(Run {
            both: options(&[Pass::Optimize, Pass::Fix])?,
            fixes: options(&[Pass::Fix])?,
            optimizations: options(&[Pass::Optimize])?,
            arguments,
            wanted,
            sources,
            allowed: Allowed { recorded: arguments.recorded, unsafe_fixes: arguments.unsafe_fixes },
            surroundings: Surroundings::new(paths),
            tree: Tree::new(paths, arguments.write, arguments.allow_dirty),
            turn: 0,
            touched: BTreeSet::new(),
            unmended: 0,
            failed: BTreeMap::new(),
            warned: BTreeMap::new(),
            work: Work {
                title: title(paths),
                written: arguments.write,
                failures: errors.iter().map(ToString::to_string).collect(),
                ..Work::default()
            },
        })
    }

    /// Does a step and adds its time.
    fn take(&mut self, step: &Step) -> anyhow::Result<bool> {
        let start = Instant::now();
        let changed = (step.run)(self)?;
        let took = &mut self.work.took;
        match took.iter_mut().find(|(name, _)| *name == step.name) {
            Some((_, time)) => *time += start.elapsed(),
            None => took.push((step.name, start.elapsed())),
        }
        Ok(changed)
    }

    /// Prints what was done, and writes the page.
    fn report(mut self) -> anyhow::Result<ExitCode> {
        self.warned.values().for_each(|warning| eprintln!("warning: {warning}"));
        self.work.failures.extend(self.failed.into_values());
        self.work.after.errors += self.unmended;
        let work = &self.work;
        let mut out = std::io::stdout().lock();
        match self.arguments.format {
            WorkFormat::Text => print_work(work, Style { diff: true, color: colored() }, &mut out, &mut std::io::stderr().lock())?,
            WorkFormat::Json => {
                work.failures.iter().for_each(|failure| eprintln!("error: {failure}"));
                writeln!(out, "{}", serde_json::to_string_pretty(&work_json(work))?)?;
            }
        }
        out.flush()?;
        if let Some(path) = &self.arguments.report {
            create(path, work_page(work).as_bytes())?;
        }
        Ok(ExitCode::from(match work {
            work if !work.failures.is_empty() => ERROR,
            work if work.waits() => FINDINGS,
            _ => CLEAN,
        }))
    }
}

/// The folder of the configuration that some paths have in common: it says which rules are used.
fn home(paths: &[PathBuf]) -> anyhow::Result<PathBuf> {
    let mut common: Option<Config> = None;
    for path in paths {
        let config = Config::nearest(path)?;
        match &common {
            Some(other) if other.path != config.path => {
                let named = |config: &Config| config.path.as_ref().map_or("no file".to_owned(), |path| path.display().to_string());
                bail!("the paths have different configurations, {} and {}: run `auto` for each by itself", named(other), named(&config));
            }
            Some(_) => {}
            None => common = Some(config),
        }
    }
    let folder = common.and_then(|config| Some(config.path?.parent()?.to_owned()));
    Ok(folder.unwrap_or_else(|| PathBuf::from(".")))
}

/// What some paths are called.
fn title(paths: &[PathBuf]) -> String {
    let named = |path: &PathBuf| match full(path).file_name() {
        Some(name) if path.file_name().is_none() => name.to_string_lossy().into_owned(),
        _ => path.display().to_string(),
    };
    paths.iter().map(named).collect::<Vec<_>>().join(", ")
}
