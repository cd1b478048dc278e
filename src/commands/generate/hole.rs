//! Functions without a body, filled from their examples.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{anyhow, bail};
use clap::Args;

use crate::commands::{CLEAN, ERROR, FINDINGS};
use crate::config::line_widths;
use crate::facts::{FileFacts, Outside};
use crate::ir::{Data, Target, Value};
use crate::project::{create, language_of, read_source, replace};
use crate::report::{colored, diff};
use crate::syntax::{Edit, Language, LineIndex, Tree, apply};
use crate::synthesize::{
    Container, Costs, Difference, Hole, HoleError, Layout, Limits, Order, Outcome, Task, body, difference, holes, synthesize,
};

/// Half bits by which another program may be less likely and still be worth a word.
const MARGIN: u32 = 10;

/// How functions without a body are filled.
#[derive(Debug, Args)]
pub(super) struct HoleArguments {
    /// Write the filled functions into the file itself
    #[arg(long, conflicts_with_all = ["out", "krate"])]
    write: bool,
    /// How long to look for the body of one function
    #[arg(long, value_name = "S", default_value_t = SECONDS)]
    seconds: f64,
    /// How many programs to try for the body of one function
    #[arg(long, value_name = "N", default_value_t = PROGRAMS)]
    programs: u64,
}

/// How long to look for a body, and how many programs to try, if nothing else is said.
const SECONDS: f64 = 10.0;
const PROGRAMS: u64 = 20_000_000;

/// A file with functions without a body.
pub(super) struct Input {
    path: PathBuf,
    /// The one function that is asked for.
    function: Option<String>,
    text: String,
    language: Language,
}

impl Input {
    /// The file that an argument names, if it is code and what it names is not something else there.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn of(argument: &Path) -> anyhow::Result<Option<Input>> {
        let whole = argument.to_string_lossy();
        let (path, function) = match whole.rsplit_once(':') {
            Some((path, name)) if !argument.exists() && !name.is_empty() => (PathBuf::from(path), Some(name.to_owned())),
            _ => (argument.to_owned(), None),
        };
        let Some(language) = language_of(&path).filter(|_| path.extension().is_some_and(|e| e == "py" || e == "rs")) else {
            return Ok(None);
        };
        let text = read_source(&path)?;
        Ok(Some(Input { path, function, text, language }))
    }

    /// False if what is named is something with a body: a class, a function that makes a module.
    pub fn asks_for_a_body(&self) -> bool {
        let Some(name) = &self.function else { return true };
        let tree = Tree::parse(self.language, self.text.as_str());
        self.language == Language::Rust || holes(&tree).iter().any(|hole| hole.name == *name)
    }
}

/// What became of the holes of a file.
#[derive(Default)]
pub(in crate::commands) struct Filling {
    /// What to replace.
    edits: Vec<Edit>,
    /// What each became, and what the examples leave open.
    pub report: String,
    /// What the examples leave open, by itself.
    pub doubts: String,
    /// Why others were not filled.
    pub failures: Vec<String>,
    /// The functions that were filled.
    pub names: Vec<String>,
}

impl Filling {
    /// The text with the bodies.
    pub fn applied(&self, text: &str) -> anyhow::Result<String> {
        let mut edits = self.edits.clone();
        edits.sort_by_key(|edit| edit.span);
        edits.dedup();
        Ok(apply(text, &edits)?)
    }
}

/// Fills the functions of a file that have examples and no body.
pub(in crate::commands) fn with_examples(path: &Path, text: &str, language: Language) -> Filling {
    let input = Input { path: path.to_owned(), function: None, text: text.to_owned(), language };
    let arguments = HoleArguments { write: false, seconds: SECONDS, programs: PROGRAMS };
    let tree = Tree::parse(language, text);
    let mut filling = Filling::default();
    if tree.first_error().is_some() {
        return filling;
    }
    let facts = FileFacts::new(&tree, &Outside::default()).of_file(path);
    let mut wanted = holes(&tree);
    wanted.retain(|hole| !matches!(hole.task(&facts, &tree), Err(HoleError::NoExamples(..))));
    fill_all(&input, &tree, &facts, &wanted, &arguments, &mut filling);
    filling
}

fn fill_all<'t>(
    input: &Input,
    tree: &'t Tree,
    facts: &FileFacts<'t>,
    wanted: &[Hole<'t>],
    arguments: &HoleArguments,
    filling: &mut Filling,
) {
    let lines = LineIndex::new(&input.text);
    for hole in wanted {
        let at = lines.position(hole.function.span().start);
        let place = format!("{}:{}:{}", input.path.display(), at.line, at.column);
        match fill(input, tree, facts, hole, arguments, &place, filling) {
            Ok(()) => filling.names.push(hole.name.to_owned()),
            Err(why) => filling.failures.push(format!("{place}: {why}")),
        }
    }
}

/// Fills the functions of a file that have no body.
///
/// # Errors
/// If the file is not code, has no such function, or cannot be written.
pub(super) fn generate(input: &Input, out: Option<&Path>, arguments: &HoleArguments) -> anyhow::Result<ExitCode> {
    let tree = Tree::parse(input.language, input.text.as_str());
    let path = input.path.display();
    if let Some(error) = tree.first_error() {
        let at = LineIndex::new(&input.text).position(error.start);
        bail!("{path}:{}:{}: it cannot be parsed here", at.line, at.column);
    }
    let mut wanted = holes(&tree);
    if let Some(name) = &input.function {
        wanted.retain(|hole| hole.name == name);
    }
    if wanted.is_empty() {
        let what = input.function.as_ref().map_or("no function".to_owned(), |name| format!("no function `{name}`"));
        let body = if input.language == Language::Python { "`...`" } else { "`todo!()`" };
        bail!("{path}: {what} has {body} for its body: there is nothing to fill");
    }
    let facts = FileFacts::new(&tree, &Outside::default()).of_file(&input.path);
    let mut filling = Filling::default();
    fill_all(input, &tree, &facts, &wanted, arguments, &mut filling);
    finish(input, out, arguments, filling)
}

fn finish(input: &Input, out: Option<&Path>, arguments: &HoleArguments, filling: Filling) -> anyhow::Result<ExitCode> {
    print!("{}", filling.report);
    filling.failures.iter().for_each(|failure| eprintln!("error: {failure}"));
    let filled = !filling.edits.is_empty();
    let new = filling.applied(&input.text)?;
    if let Some(out) = out.filter(|_| filled) {
        create(out, new.as_bytes())?;
    }
    if arguments.write && filled {
        replace(&input.path, &input.text, &new)?;
    }
    Ok(ExitCode::from(match (filling.failures.is_empty(), filled && out.is_none() && !arguments.write) {
        (false, _) => ERROR,
        (true, true) => FINDINGS,
        (true, false) => CLEAN,
    }))
}

fn fill<'t>(
    input: &Input,
    tree: &'t Tree,
    facts: &FileFacts<'t>,
    hole: &Hole<'t>,
    arguments: &HoleArguments,
    place: &str,
    filling: &mut Filling,
) -> anyhow::Result<()> {
    let task = hole.task(facts, tree)?;
    let names = facts.names(hole.placeholder);
    let limits = Limits { programs: arguments.programs, time: Some(Duration::from_secs_f64(arguments.seconds.clamp(0.0, 1e6))) };
    let outcome = synthesize(&task, &names, &Costs::of(Order::Model, &task), &limits);
    let statistics = outcome.statistics;
    let first = outcome.solutions.first().ok_or_else(|| {
        let why = if outcome.exhausted { "no program is left to try" } else { "the time or the number of programs ran out" };
        anyhow!(
            "`{}` was not filled: {why} after {} programs; another example or a simpler part of it may help",
            hole.name,
            statistics.programs
        )
    })?;
    let folder = input.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let layout = Layout::of(&input.text, hole, line_widths(folder));
    let filled = body(&task, &names, first, layout.width)?;
    let edits = layout.edits(hole, &filled);
    let examples = if task.examples.len() == 1 { "1 example".to_owned() } else { format!("{} examples", task.examples.len()) };
    filling.report += &format!("{place}: {} [{examples}, {} programs in {:.1} s]\n", hole.name, statistics.programs, statistics.seconds);
    filling.report += &diff(&input.text, &apply(&input.text, &edits)?, colored());
    let mut doubts = doubt(&task, &names, &outcome);
    if !first.exact {
        doubts.insert_str(0, "  a last digit or the sign of a zero differs from what the examples show: they may not pass as they stand\n");
    }
    filling.report += &format!("{doubts}\n");
    filling.doubts += &doubts;
    filling.edits.extend(edits);
    Ok(())
}

/// Another program that fulfils the examples, and an input on which it differs from the first.
fn doubt(task: &Task, names: &dyn crate::dialect::Names, outcome: &Outcome) -> String {
    let Some((first, others)) = outcome.solutions.split_first() else { return String::new() };
    let near = others.iter().filter(|other| other.cost <= first.cost + MARGIN);
    let found = near.into_iter().find_map(|other| Some((difference(task, first, other)?, body(task, names, other, usize::MAX).ok()?)));
    let Some((Difference { arguments, first, second }, other)) = found else { return String::new() };
    let given: Vec<String> = task
        .parameters
        .iter()
        .zip(&arguments)
        .map(|(parameter, value)| format!("{} = {}", parameter.name, shown(task, parameter.container, value)))
        .collect();
    let last = other.statements.last().map_or("", String::as_str);
    let steps =
        if other.statements.len() > 1 { format!("{}; ", other.statements[..other.statements.len() - 1].join("; ")) } else { String::new() };
    let result = |value: &Value| shown(task, Container::List, value);
    format!(
        "  the examples leave it open: `{steps}{last}` fulfils them too\n  for {} the first gives {} and this {}; an example like it decides\n",
        given.join(", "),
        result(&first),
        result(&second),
    )
}

/// A value as the language writes it.
fn shown(task: &Task, container: Container, value: &Value) -> String {
    let list = elements(value);
    match (container, task.target) {
        (Container::Array, Target::Numpy) => format!("np.array({list})"),
        (Container::Array, Target::Rust) if !value.shape().is_empty() => format!("array!{list}"),
        (Container::Array, Target::Torch) => format!("torch.tensor({list})"),
        _ => list,
    }
}

fn elements(value: &Value) -> String {
    fn part(shape: &[usize], texts: &mut dyn Iterator<Item = String>) -> String {
        match shape.split_first() {
            None => texts.next().unwrap_or_default(),
            Some((n, rest)) => format!("[{}]", (0..*n).map(|_| part(rest, texts)).collect::<Vec<_>>().join(", ")),
        }
    }
    let Value::Array { data, .. } = value else { return "a tuple".to_owned() };
    let mut texts: Box<dyn Iterator<Item = String>> = match data {
        Data::Bool(data) => Box::new(data.iter().map(|b| if *b { "True".to_owned() } else { "False".to_owned() })),
        Data::Int(data) => Box::new(data.iter().map(i128::to_string)),
        Data::Float(data) => Box::new(data.iter().map(|x| {
            let rounded = (x * 1e6).round() / 1e6;
            format!("{rounded:?}")
        })),
    };
    part(value.shape(), &mut texts)
}
