//! Data: what is to be learned from it, as a training script.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use super::{Arguments, Form};
use crate::commands::CLEAN;
use crate::project::create;
use crate::task::{Candidate, Kind, Options, Request, Task, candidates, explanation, folder, package, script};

/// How many models besides the chosen one a script with `--tune` has.
const RUNNERS_UP: usize = 2;

/// What is asked of data.
#[derive(Debug, Args)]
#[command(next_help_heading = "Data")]
pub(super) struct DataArguments {
    /// The column or the array that is to be predicted
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// What the task is, if it shall not be recognized
    #[arg(long, value_enum, value_name = "TASK")]
    task: Option<Kind>,
    /// Print the models that could be written, with what they cost and why one is chosen
    #[arg(long)]
    explain: bool,
    /// Write the runners-up too, and an option --tune of the script that compares them
    #[arg(long)]
    tune: bool,
    /// Write this model, as --explain names it
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
}

impl DataArguments {
    /// Says which option a model has no use for.
    pub(super) fn refuse(&self, input: &Path) -> anyhow::Result<()> {
        let given = [
            ("--target", self.target.is_some()),
            ("--task", self.task.is_some()),
            ("--explain", self.explain),
            ("--tune", self.tune),
            ("--model", self.model.is_some()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((option, _)) => bail!("{}: {option} is for data: a table, arrays, a text or a folder of images", input.display()),
            None => Ok(()),
        }
    }
}

/// Generates a training script from data.
///
/// # Errors
/// If nothing can be learned from the data, or a file cannot be written.
pub(super) fn generate(arguments: &Arguments, input: &Path) -> anyhow::Result<ExitCode> {
    let data = &arguments.data;
    if arguments.krate.is_some() || arguments.to == Some(Form::Onnx) {
        let input = input.display();
        bail!(
            "{input}: of data a script is written, with -o train.py; it exports ONNX when it has trained, and --to rust adds a crate for that"
        );
    }
    let task = Task::read(input, &Request { target: data.target.clone(), kind: data.task })?;
    let mut candidates = candidates(&task);
    if let Some(name) = &data.model {
        choose(&mut candidates, name)?;
    }
    if data.explain {
        print!("{}", explanation(&task, &candidates));
    }
    let Some(out) = &arguments.out else { return Ok(ExitCode::from(CLEAN)) };
    let [chosen, others @ ..] = candidates.as_slice() else { bail!("{}: no model fits its shape", input.display()) };
    let others: Vec<&Candidate> = others.iter().take(if data.tune { RUNNERS_UP } else { 0 }).collect();
    let file = out.file_name().context("-o names no file")?.to_string_lossy().into_owned();
    let options = Options { file, command: command(&task, data) };
    create(out, script(&task, chosen, &others, &options).as_bytes())?;
    if arguments.to == Some(Form::Rust) {
        let folder = out.with_file_name(folder(&task));
        for (name, text) in package(&task, &options.file, arguments.runtime.as_deref())? {
            create(&folder.join(name), text.as_bytes())?;
        }
    }
    Ok(ExitCode::from(CLEAN))
}

/// Puts a model that is asked for first.
fn choose(candidates: &mut [Candidate], name: &str) -> anyhow::Result<()> {
    let names = || candidates.iter().map(|candidate| candidate.architecture.name()).collect::<Vec<_>>().join(", ");
    let found = candidates.iter().position(|candidate| candidate.architecture.name() == name);
    let place = found.with_context(|| format!("no model is named `{name}`; for this data there are {}", names()))?;
    candidates[..=place].rotate_right(1);
    Ok(())
}

/// The command that writes the script, as far as it decides what is written.
fn command(task: &Task, data: &DataArguments) -> String {
    let mut command = format!("cargo wright generate {}", shell(&task.source));
    for (option, value) in [("--target", &data.target), ("--model", &data.model)] {
        if let Some(value) = value {
            command.push_str(&format!(" {option} {}", shell(value)));
        }
    }
    if let Some(kind) = data.task {
        command.push_str(&format!(
            " --task {}",
            clap::ValueEnum::to_possible_value(&kind).map_or_else(String::new, |v| v.get_name().to_owned())
        ));
    }
    command + if data.tune { " --tune" } else { "" }
}

/// A word as a shell reads it.
fn shell(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
