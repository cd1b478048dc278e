//! `generate`: a file for each kind of input.

mod hole;
mod model;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::model::ModelArguments;
use super::rewriting::RuleArguments;

/// `cargo wright generate model.onnx -o model.rs`
#[derive(Debug, Args)]
pub struct Arguments {
    /// A model, an ONNX file, or code with functions without a body: FILE.py, FILE.py:FUNCTION
    input: PathBuf,
    /// What the model becomes
    #[arg(long, value_enum, default_value_t)]
    to: Form,
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
    #[arg(long, value_name = "PATH", requires = "krate")]
    runtime: Option<PathBuf>,
    #[command(flatten)]
    hole: hole::HoleArguments,
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    rules: RuleArguments,
}

/// What a model is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Form {
    /// Rust code
    #[default]
    Rust,
    /// An ONNX file
    Onnx,
    /// Python code, an `nn.Module` of PyTorch
    Pytorch,
}

/// Generates code from what the input is.
///
/// # Errors
/// If the input cannot be read or has parts that cannot be done, or a file cannot be written.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match hole::Input::of(&arguments.input)? {
        Some(input) => hole::generate(&input, arguments.out.as_deref(), &arguments.hole),
        None => model::generate(arguments),
    }
}
