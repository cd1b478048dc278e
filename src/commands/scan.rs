use std::borrow::Cow;
use std::io::{IsTerminal, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::compile_errors::CompileErrors;
use super::interactive::{Answers, ask, needs_terminal};
use super::model::ModelArguments;
use super::rewriting::{Allowed, Job, RuleArguments, Surroundings, rests_on_recording};
use super::scoring::ScorerArguments;
use super::watch::watch;
use super::{CLEAN, ERROR, FINDINGS};
use crate::facts::Outside;
use crate::ir::Target;
use crate::optimize::{Error, Finding, Note, Options};
use crate::project::{ChangedLines, Document, Place, Source, changed_since, language_of, refuse_dirty, replace, sources};
use crate::report::{Format, Reported, Style, colored, print};
use crate::rules::{Claim, Pass, Safety};
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
    #[command(flatten)]
    scoring: ScorerArguments,
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
    /// Look again at files that change, until it is stopped
    #[arg(long)]
    watch: bool,
}

/// What may change files.
#[derive(Debug, Args)]
pub(super) struct WritingArguments {
    #[command(flatten)]
    scan: Arguments,
    /// Show each finding and ask whether to apply it
    #[arg(long, conflicts_with_all = ["write", "watch", "format"])]
    interactive: bool,
}

/// What to optimize, and where to.
#[derive(Debug, Args)]
pub(super) struct OptimizeArguments {
    #[command(flatten)]
    writing: WritingArguments,
    /// Where a model goes: `optimize model.onnx -o better.onnx`
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["write", "interactive", "watch", "since", "format"])]
    out: Option<PathBuf>,
    #[command(flatten)]
    model: ModelArguments,
}

/// What to mend, and how.
#[derive(Debug, Args)]
pub(super) struct FixArguments {
    #[command(flatten)]
    writing: WritingArguments,
    /// Also apply fixes that may change what the program computes
    #[arg(long = "unsafe")]
    unsafe_fixes: bool,
    /// Write although the git tree has changes that are not committed
    #[arg(long)]
    allow_dirty: bool,
    /// Let `cargo test` decide between changes after which Rust compiles
    #[arg(long)]
    test: bool,
}

/// Which passes run, whether files may change, whether diffs are shown without being asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Check,
    Optimize,
    Fix,
}

/// What became of one file.
#[derive(Default)]
struct Outcome {
    reported: Option<Reported>,
    notes: Vec<(PathBuf, Note)>,
    error: Option<(anyhow::Error, bool)>,
    /// The program that is to be written into the file.
    new: Option<String>,
    written: bool,
}

impl Outcome {
    /// Writes the new program, if there is one.
    fn write(&mut self, source: &Source) {
        let (Some(new), Some(reported)) = (self.new.take(), &self.reported) else { return };
        match write(&source.path, &reported.document, new) {
            Ok(written) => self.written = written,
            Err(error) => (self.error, self.reported) = (Some((error, source.named)), None),
        }
    }
}

impl Mode {
    fn passes(self) -> &'static [Pass] {
        match self {
            Mode::Check => &[Pass::Optimize, Pass::Fix],
            Mode::Optimize => &[Pass::Optimize],
            Mode::Fix => &[Pass::Fix],
        }
    }
}

/// `cargo wright check`.
pub(super) fn check(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.write {
        bail!("check changes nothing; `cargo wright optimize --write` and `cargo wright fix --write` do");
    }
    run(arguments, Mode::Check, false, false, false)
}

/// `cargo wright optimize`.
pub(super) fn optimize(arguments: &OptimizeArguments) -> anyhow::Result<ExitCode> {
    let (scan, interactive) = (&arguments.writing.scan, arguments.writing.interactive);
    match super::model::rewrite(&scan.paths, arguments.out.as_deref(), &arguments.model, &scan.rules)? {
        Some(code) => Ok(code),
        None => run(scan, Mode::Optimize, interactive, false, false),
    }
}

/// `cargo wright fix`.
pub(super) fn fix(arguments: &FixArguments) -> anyhow::Result<ExitCode> {
    let (scan, interactive) = (&arguments.writing.scan, arguments.writing.interactive);
    if (scan.write || interactive) && !arguments.allow_dirty {
        refuse_dirty(&scan.paths)?;
    }
    run(scan, Mode::Fix, interactive, arguments.unsafe_fixes, arguments.test)
}

fn run(arguments: &Arguments, mode: Mode, interactive: bool, unsafe_fixes: bool, tests: bool) -> anyhow::Result<ExitCode> {
    let mut run = Run {
        arguments,
        options: arguments.rules.options(mode.passes(), &arguments.scoring)?,
        surroundings: if arguments.paths == [Path::new("-")] {
            Surroundings::new(std::slice::from_ref(&arguments.stdin_filename))
        } else {
            Surroundings::new(&arguments.paths)
        },
        style: Style { diff: arguments.diff || mode != Mode::Check, color: colored() },
        allowed: Allowed { recorded: arguments.recorded, unsafe_fixes },
        changed: arguments.since.as_deref().map(|revision| changed_since(revision, Path::new("."))).transpose()?,
    };
    if arguments.paths == [Path::new("-")] {
        return run.standard_input();
    }
    let (mut sources, errors) = sources(&arguments.paths);
    if let Some(changed) = &run.changed {
        sources.retain(|source| changed.has_file(&source.path));
    }
    errors.iter().for_each(|error| eprintln!("error: {error}"));
    if interactive {
        return run.ask(&sources);
    }
    let compile_errors = match mode {
        Mode::Fix => CompileErrors::mended(&sources, &run.options, arguments.write, tests),
        Mode::Check | Mode::Optimize => CompileErrors::default(),
    };
    let code = run.pass(&sources, !errors.is_empty(), compile_errors)?;
    if arguments.watch {
        watch(&arguments.paths, &mut |changed| {
            // Other files may have other words by now.
            run.surroundings = Surroundings::new(&arguments.paths);
            run.pass(changed, false, CompileErrors::default()).map(|_| ())
        })?;
    }
    Ok(code)
}

/// One run of the command, with all that its files share.
struct Run<'a> {
    arguments: &'a Arguments,
    options: Options,
    surroundings: Surroundings,
    style: Style,
    allowed: Allowed,
    changed: Option<ChangedLines>,
}

impl Run<'_> {
    /// Looks at files, prints what is found, and writes it if that was asked for.
    fn pass(&self, sources: &[Source], mut failed: bool, compile_errors: CompileErrors) -> anyhow::Result<ExitCode> {
        let arguments = self.arguments;
        compile_errors.tell();
        failed |= compile_errors.failed;
        let left = compile_errors.left;
        let outcomes = in_parallel(arguments.jobs, sources, |source| self.file(source))?;
        let broken = |error| Outcome { error: Some((error, true)), ..Outcome::default() };
        let mut outcomes: Vec<Outcome> = outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(broken)).collect();
        // What files are told of each other is what they all were before.
        outcomes.iter_mut().zip(sources).for_each(|(outcome, source)| outcome.write(source));
        let (mut reported, mut written) = (compile_errors.reported, compile_errors.written);
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
        print(&reported, arguments.format, self.style, &mut out)?;
        out.flush()?;
        let found: Vec<&Finding> = reported.iter().flat_map(|file| &file.findings).collect();
        if arguments.format == Format::Text {
            summary(&found, reported.len(), sources.len(), arguments.write.then_some(written), self.allowed);
        }
        Ok(ExitCode::from(if failed {
            ERROR
        } else if !found.is_empty() && !arguments.write || left > 0 {
            FINDINGS
        } else {
            CLEAN
        }))
    }

    fn file(&self, source: &Source) -> Outcome {
        let mut outcome = Outcome::default();
        if let Err(error) = self.look(source, &mut outcome) {
            outcome.error = Some((error, source.named));
        }
        outcome
    }

    fn look(&self, source: &Source, outcome: &mut Outcome) -> anyhow::Result<()> {
        let path = &source.path;
        let Some(language) = language_of(path) else { return Ok(()) };
        let document = Document::read(path)?;
        let original = document.program();
        if !may_matter(language, original) && !source.named {
            return Ok(());
        }
        let outside = self.surroundings.of(path)?;
        let changed = self.changed_in(path, &document);
        let job = self.job(path, language, &outside, changed.as_deref());
        let (findings, notes) = found(&job, &document, source.named)?;
        outcome.notes = notes.into_iter().map(|note| (path.clone(), note)).collect();
        if findings.is_empty() {
            return Ok(());
        }
        if self.arguments.write {
            outcome.new = Some(job.rewritten(original, self.allowed)?);
        }
        outcome.reported = Some(Reported { path: path.clone(), document, findings });
        Ok(())
    }

    fn job<'a>(&'a self, path: &'a Path, language: Language, outside: &'a Outside, changed: Option<&'a ChangedLines>) -> Job<'a> {
        Job { path, language, options: &self.options, outside, changed }
    }

    /// The lines of a file's program that changed, if not all are looked at.
    fn changed_in(&self, path: &Path, document: &Document) -> Option<Cow<'_, ChangedLines>> {
        let changed = self.changed.as_ref()?;
        Some(match document {
            Document::Text(_) => Cow::Borrowed(changed),
            Document::Notebook(notebook) => Cow::Owned(changed.of_notebook(path, notebook)),
        })
    }

    /// Asks for each finding whether it is to be applied.
    fn ask(&self, sources: &[Source]) -> anyhow::Result<ExitCode> {
        needs_terminal()?;
        let (mut answers, mut written, mut failed) = (Answers::default(), 0, false);
        for source in sources {
            if answers.quit {
                break;
            }
            match self.ask_about(source, &mut answers) {
                Ok(changed) => written += usize::from(changed),
                Err(error) => {
                    eprintln!("{}: {error:#}", if source.named { "error" } else { "warning" });
                    failed |= source.named;
                }
            }
        }
        eprintln!("{written} of {} files rewritten", sources.len());
        Ok(ExitCode::from(if failed { ERROR } else { CLEAN }))
    }

    fn ask_about(&self, source: &Source, answers: &mut Answers) -> anyhow::Result<bool> {
        let path = &source.path;
        let Some(language) = language_of(path) else { return Ok(false) };
        let document = Document::read(path)?;
        let outside = self.surroundings.of(path)?;
        let changed = self.changed_in(path, &document);
        let job = self.job(path, language, &outside, changed.as_deref());
        let new = ask(&job, &document, answers).map_err(|error| in_cell(error, &document))?;
        write(path, &document, new)
    }

    /// Standard input is reported on, or with `--write` its new text is printed.
    fn standard_input(&self) -> anyhow::Result<ExitCode> {
        let path = &self.arguments.stdin_filename;
        let language = language_of(path).with_context(|| format!("{}: expected a name that ends in .py, .ipynb or .rs", path.display()))?;
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        let text =
            String::from_utf8(bytes).map_err(|e| anyhow!("{}: byte {} is not UTF-8", path.display(), e.utf8_error().valid_up_to()))?;
        let outside = self.surroundings.of(path)?;
        let document = Document::of(path, text)?;
        let job = Job { path, language, options: &self.options, outside: &outside, changed: None };
        let (findings, _) = job.findings(document.program())?;
        let mut out = std::io::stdout().lock();
        if self.arguments.write {
            let new = job.rewritten(document.program(), self.allowed)?;
            out.write_all(in_file(path, &document, new)?.as_bytes())?;
            return Ok(ExitCode::from(CLEAN));
        }
        let code = if findings.is_empty() { CLEAN } else { FINDINGS };
        let reported = if findings.is_empty() { Vec::new() } else { vec![Reported { path: path.clone(), document, findings }] };
        print(&reported, self.arguments.format, self.style, &mut out)?;
        Ok(ExitCode::from(code))
    }
}

/// What is found in a file, and what was not taken.
pub(super) fn found(job: &Job, document: &Document, named: bool) -> anyhow::Result<(Vec<Finding>, Vec<Note>)> {
    let program = document.program();
    let (findings, notes) = job.findings(program).map_err(|error| in_cell(error, document))?;
    // A file without a word for any rule was not parsed; one that is named is still told that it is broken.
    let broken = if findings.is_empty() && named { Tree::parse(job.language, program).first_error() } else { None };
    match broken {
        Some(span) => Err(Error::Syntax { path: job.path.to_owned(), place: LineIndex::new(program).position(span.start) }.into()),
        None => Ok((findings, notes)),
    }
}

/// The file with a new program in it.
pub(super) fn in_file(path: &Path, document: &Document, program: String) -> anyhow::Result<String> {
    document.with_program(program).with_context(|| format!("{}: the new cells do not fit the notebook", path.display()))
}

/// Writes a new program into its file; false if it is the old one.
fn write(path: &Path, document: &Document, program: String) -> anyhow::Result<bool> {
    if program == document.program() {
        return Ok(false);
    }
    replace(path, document.file(), &in_file(path, document, program)?)?;
    Ok(true)
}

/// The last lines: what was found or written, and what would apply the rest.
fn summary(found: &[&Finding], files: usize, looked_at: usize, written: Option<usize>, allowed: Allowed) {
    let plural = |n: usize, word: &str| if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") };
    match written {
        Some(written) => eprintln!("{} rewritten of {looked_at}", plural(written, "file")),
        None if found.is_empty() => eprintln!("nothing found in {}", plural(looked_at, "file")),
        None => eprintln!("{} in {}", plural(found.len(), "finding"), plural(files, "file")),
    }
    let count = |wanted: &dyn Fn(&Finding) -> bool| found.iter().filter(|finding| wanted(finding)).count();
    let tell = |n: usize, how: &str| {
        if n > 0 {
            eprintln!("  {n}: {how}");
        }
    };
    let of = |finding: &Finding, pass: Pass| finding.claim.pass() == pass;
    if written.is_none() {
        tell(count(&|f| allowed.permits(f) && of(f, Pass::Optimize)), "`cargo wright optimize --write` applies them");
        tell(count(&|f| allowed.permits(f) && of(f, Pass::Fix)), "`cargo wright fix --write` applies them");
    }
    tell(count(&|f| rests_on_recording(f) && !allowed.recorded), "rest on a recorded run; --recorded applies them too");
    let unsafe_fix = |f: &Finding| f.claim == Claim::Safety(Safety::Unsafe) && !allowed.permits(f);
    tell(count(&unsafe_fix), "change what the program computes; `cargo wright fix --unsafe --write` applies them");
    tell(count(&|f| f.claim == Claim::Safety(Safety::Display)), "are for a person to mend");
}

/// Runs a closure on every source, on all cores if no number of threads is given; the results are in the order of the sources. It is an
/// error in a result if the closure panicked.
pub(super) fn in_parallel<T: Send>(
    jobs: Option<usize>,
    sources: &[Source],
    work: impl Fn(&Source) -> T + Sync,
) -> anyhow::Result<Vec<anyhow::Result<T>>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.unwrap_or(0)).stack_size(STACK_BYTES).build()?;
    let bar =
        if std::io::stderr().is_terminal() && sources.len() > 64 { ProgressBar::new(sources.len() as u64) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} files").unwrap_or_else(|_| ProgressStyle::default_bar()));
    let outcomes = pool.install(|| {
        sources
            .par_iter()
            .map(|source| {
                let outcome = catch_unwind(AssertUnwindSafe(|| work(source)))
                    .map_err(|_| anyhow!("{}: an internal error; please report it with the file", source.path.display()));
                bar.inc(1);
                outcome
            })
            .collect()
    });
    bar.finish_and_clear();
    Ok(outcomes)
}

/// A notebook's syntax error with the cell that it is in.
fn in_cell(error: anyhow::Error, document: &Document) -> anyhow::Error {
    match error.downcast_ref() {
        Some(Error::Syntax { path, place }) => match document.place(*place) {
            Place { cell: Some(cell), position } => {
                let (line, column) = (position.line, position.column);
                anyhow!("{}:cell {cell}:{line}:{column}: a syntax error; the notebook was left alone", path.display())
            }
            Place { cell: None, .. } => error,
        },
        _ => error,
    }
}

/// A file that names no library holds nothing for the rules.
pub(super) fn may_matter(language: Language, text: &str) -> bool {
    language == Language::Rust || Target::ALL.iter().flat_map(|target| target.modules()).any(|module| text.contains(module))
}

fn note_text(path: &Path, note: &Note) -> String {
    match note.place {
        Some(place) => format!("note: {}:{}:{}: {}", path.display(), place.line, place.column, note.message),
        None => format!("note: {}: {}", path.display(), note.message),
    }
}
