//! `generate`: a file for each kind of input.

mod data;
mod hole;
mod model;

pub(super) use hole::{Filling, with_examples};
pub(super) use model::made;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::model::ModelArguments;
use super::rewriting::RuleArguments;
use crate::task::Task;

/// `cargo wright generate model.onnx -o model.rs`
#[derive(Debug, Args)]
pub struct Arguments {
    /// The model: an ONNX file, or an `nn.Module` as FILE.py:NAME, of which several are one program, each given what the one before it gives;
    /// or data: a table, arrays, a text, a folder of images by class; or code with functions without a body: FILE.py, FILE.py:FUNCTION
    #[arg(required = true, value_name = "INPUT")]
    input: Vec<PathBuf>,
    /// What the model becomes, rust if not given; of data, rust adds a crate to the script
    #[arg(long, value_enum)]
    to: Option<Form>,
    /// The file to write; the weights of code go to a .safetensors file beside it
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write a whole crate into a new folder instead, with a benchmark that `cargo bench` runs
    #[arg(long = "crate", value_name = "DIR", conflicts_with = "out")]
    krate: Option<PathBuf>,
    /// Add a test against recorded data, a folder of input_N.pb and output_N.pb, to the crate
    #[arg(long, value_name = "DIR", requires = "krate")]
    with_test: Option<PathBuf>,
    /// The folder of a local copy of the crate `codewright` that the crate shall use
    #[arg(long, value_name = "PATH")]
    runtime: Option<PathBuf>,
    #[command(flatten)]
    hole: hole::HoleArguments,
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    rules: RuleArguments,
    #[command(flatten)]
    data: data::DataArguments,
}

/// What a model is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Form {
    /// Rust code
    #[default]
    Rust,
    /// An ONNX file
    Onnx,
    /// Python code, an `nn.Module` of PyTorch
    Pytorch,
}

impl Form {
    /// What a file of this name is written as.
    pub(super) fn of(path: &Path) -> Option<Form> {
        match path.extension()?.to_str()? {
            "rs" => Some(Form::Rust),
            "py" => Some(Form::Pytorch),
            "onnx" => Some(Form::Onnx),
            _ => None,
        }
    }
}

/// Generates code from what the input is.
///
/// # Errors
/// If the input cannot be read or has parts that cannot be done, or a file cannot be written.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if let [input] = &arguments.input[..]
        && Task::is_data(input)
    {
        return data::generate(arguments, input);
    }
    arguments.data.refuse(&arguments.input[0])?;
    if let [input] = &arguments.input[..]
        && let Some(input) = hole::Input::of(input)?
        && input.asks_for_a_body()
    {
        return hole::generate(&input, arguments.out.as_deref(), &arguments.hole);
    }
    anyhow::ensure!(arguments.runtime.is_none() || arguments.krate.is_some(), "--runtime is for a crate: of a model, with --crate");
    model::generate(arguments)
}
