use std::io::{IsTerminal, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::rewriting::{Job, Recordings, RuleArguments, rests_on_recording};
use super::{CLEAN, ERROR, FINDINGS};
use crate::optimize::{Error, Note, Options};
use crate::project::{ChangedLines, Source, changed_since, language_of, read_source, replace, sources};
use crate::report::{Format, Reported, Style, colored, print};
use crate::syntax::{Language, LineIndex, Tree};

/// Deeply nested source needs room.
const STACK_BYTES: usize = 64 << 20;

/// What to look at, and how.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Files and folders; `-` for standard input
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Apply what is found
    #[arg(long)]
    write: bool,
    /// Also apply what rests on a recorded run
    #[arg(long)]
    recorded: bool,
    /// Show the diff of each finding
    #[arg(long)]
    diff: bool,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    rules: RuleArguments,
    /// Threads; all cores if not given
    #[arg(long)]
    jobs: Option<usize>,
    /// Only lines that differ from this git revision
    #[arg(long)]
    since: Option<String>,
    /// The name that standard input goes by
    #[arg(long, default_value = "stdin.py")]
    stdin_filename: PathBuf,
    /// Say what was not taken, and why
    #[arg(long, short)]
    verbose: bool,
}

/// Whether a command may change files, and shows diffs by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Check,
    Optimize,
}

/// What became of one file.
#[derive(Default)]
struct Outcome {
    reported: Option<Reported>,
    notes: Vec<(PathBuf, Note)>,
    error: Option<(anyhow::Error, bool)>,
    written: bool,
}

pub(super) fn run(arguments: &Arguments, mode: Mode) -> anyhow::Result<ExitCode> {
    if mode == Mode::Check && arguments.write {
        bail!("check changes nothing; `cargo wright optimize --write` does");
    }
    let options = arguments.rules.options()?;
    let recordings = Recordings::default();
    let style = Style { diff: arguments.diff || mode == Mode::Optimize, color: colored() };
    if arguments.paths == [Path::new("-")] {
        return standard_input(arguments, &options, &recordings, style);
    }
    let changed = arguments.since.as_deref().map(|revision| changed_since(revision, Path::new("."))).transpose()?;
    let (mut sources, errors) = sources(&arguments.paths);
    if let Some(changed) = &changed {
        sources.retain(|source| changed.has_file(&source.path));
    }
    let outcomes = in_parallel(arguments, &sources, |source| file(source, arguments, &options, &recordings, changed.as_ref()))?;
    let mut failed = !errors.is_empty();
    errors.iter().for_each(|error| eprintln!("error: {error}"));
    let (mut reported, mut written) = (Vec::new(), 0);
    for outcome in outcomes {
        if let Some((error, named)) = outcome.error {
            eprintln!("{}: {error:#}", if named { "error" } else { "warning" });
            failed |= named;
        }
        if arguments.verbose {
            outcome.notes.iter().for_each(|(path, note)| eprintln!("{}", note_text(path, note)));
        }
        written += usize::from(outcome.written);
        reported.extend(outcome.reported);
    }
    let mut out = std::io::stdout().lock();
    print(&reported, arguments.format, style, &mut out)?;
    out.flush()?;
    let count: usize = reported.iter().map(|file| file.findings.len()).sum();
    let waiting = reported.iter().flat_map(|file| &file.findings).filter(|f| rests_on_recording(f) && !arguments.recorded).count();
    if arguments.format == Format::Text {
        summary(count, reported.len(), sources.len(), arguments.write.then_some(written), waiting);
    }
    let found = count > 0 && !arguments.write;
    Ok(ExitCode::from(if failed {
        ERROR
    } else if found {
        FINDINGS
    } else {
        CLEAN
    }))
}

/// The last line: what was found or written, and what of it waits for `--recorded`.
fn summary(findings: usize, files: usize, looked_at: usize, written: Option<usize>, waiting: usize) {
    let plural = |n: usize, word: &str| if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") };
    let recorded = match waiting {
        0 => String::new(),
        n if n == findings => "; all rest on a recorded run, --recorded applies them".to_owned(),
        n => format!("; {n} rest on a recorded run, --recorded applies them too"),
    };
    match written {
        Some(written) => eprintln!("{} rewritten of {looked_at}{recorded}", plural(written, "file")),
        None if findings > 0 => {
            eprintln!(
                "{} in {}; `cargo wright optimize --write` applies them{recorded}",
                plural(findings, "finding"),
                plural(files, "file")
            );
        }
        None => eprintln!("nothing found in {}", plural(looked_at, "file")),
    }
}

/// Runs a closure on every source, in order of the sources whatever the number of threads.
fn in_parallel(arguments: &Arguments, sources: &[Source], work: impl Fn(&Source) -> Outcome + Sync) -> anyhow::Result<Vec<Outcome>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(arguments.jobs.unwrap_or(0)).stack_size(STACK_BYTES).build()?;
    let bar =
        if std::io::stderr().is_terminal() && sources.len() > 64 { ProgressBar::new(sources.len() as u64) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} files").unwrap_or_else(|_| ProgressStyle::default_bar()));
    let outcomes = pool.install(|| {
        sources
            .par_iter()
            .map(|source| {
                let outcome = catch_unwind(AssertUnwindSafe(|| work(source))).unwrap_or_else(|_| Outcome {
                    error: Some((anyhow!("{}: an internal error; please report it with the file", source.path.display()), true)),
                    ..Outcome::default()
                });
                bar.inc(1);
                outcome
            })
            .collect()
    });
    bar.finish_and_clear();
    Ok(outcomes)
}

fn file(source: &Source, arguments: &Arguments, options: &Options, recordings: &Recordings, changed: Option<&ChangedLines>) -> Outcome {
    let mut outcome = Outcome::default();
    if let Err(error) = look(source, arguments, options, recordings, changed, &mut outcome) {
        outcome.error = Some((error, source.named));
    }
    outcome
}

fn look(
    source: &Source,
    arguments: &Arguments,
    options: &Options,
    recordings: &Recordings,
    changed: Option<&ChangedLines>,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    let path = &source.path;
    let Some(language) = language_of(path) else { return Ok(()) };
    let original = read_source(path)?;
    if !may_matter(language, &original) && !source.named {
        return Ok(());
    }
    let outside = recordings.of(path)?;
    let job = Job { path, language, options, outside: &outside, changed };
    let (findings, notes) = job.findings(&original)?;
    outcome.notes = notes.into_iter().map(|note| (path.clone(), note)).collect();
    if findings.is_empty() {
        // A file without a word for any rule was not parsed; one that is named is still told that it is broken.
        let broken = if source.named { Tree::parse(language, original.as_str()).first_error() } else { None };
        return match broken {
            Some(span) => Err(Error::Syntax { path: path.clone(), place: LineIndex::new(&original).position(span.start) }.into()),
            None => Ok(()),
        };
    }
    if arguments.write {
        let new = job.rewritten(&original, arguments.recorded)?;
        if new != original {
            replace(path, &original, &new)?;
            outcome.written = true;
        }
    }
    outcome.reported = Some(Reported { path: path.clone(), text: original, findings });
    Ok(())
}

/// A file that names no library holds nothing for the rules.
fn may_matter(language: Language, text: &str) -> bool {
    language == Language::Rust || ["numpy", "torch", "scipy", "math"].iter().any(|name| text.contains(name))
}

fn note_text(path: &Path, note: &Note) -> String {
    match note.place {
        Some(place) => format!("note: {}:{}:{}: {}", path.display(), place.line, place.column, note.message),
        None => format!("note: {}: {}", path.display(), note.message),
    }
}

/// Standard input is reported on, or with `--write` its new text is printed.
fn standard_input(arguments: &Arguments, options: &Options, recordings: &Recordings, style: Style) -> anyhow::Result<ExitCode> {
    let path = &arguments.stdin_filename;
    let language = language_of(path).with_context(|| format!("{}: expected a name that ends in .py or .rs", path.display()))?;
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes).map_err(|e| anyhow!("{}: byte {} is not UTF-8", path.display(), e.utf8_error().valid_up_to()))?;
    let outside = recordings.of(path)?;
    let job = Job { path, language, options, outside: &outside, changed: None };
    let (found, _) = job.findings(&text)?;
    let mut out = std::io::stdout().lock();
    if arguments.write {
        out.write_all(job.rewritten(&text, arguments.recorded)?.as_bytes())?;
        return Ok(ExitCode::from(CLEAN));
    }
    let code = if found.is_empty() { CLEAN } else { FINDINGS };
    let reported = if found.is_empty() { Vec::new() } else { vec![Reported { path: path.clone(), text, findings: found }] };
    print(&reported, arguments.format, style, &mut out)?;
    Ok(ExitCode::from(code))
}
