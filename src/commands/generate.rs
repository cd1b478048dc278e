use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::model::ModelArguments;
use super::rewriting::RuleArguments;
use super::{CLEAN, model};
use crate::model::onnx::Recording;
use crate::model::{Model, pytorch, rust};
use crate::project::create;

/// `cargo wright generate model.onnx -o model.rs`
#[derive(Debug, Args)]
pub struct Arguments {
    /// The model, an ONNX file
    input: PathBuf,
    /// What the model becomes
    #[arg(long, value_enum, default_value_t)]
    to: Form,
    /// The file to write; the weights of code go to a .safetensors file beside it
    #[arg(short, long, value_name = "FILE", required_unless_present = "krate")]
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

/// Generates code from a model.
///
/// # Errors
/// If the model cannot be read or has nodes that cannot be done, or a file cannot be written.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut model = arguments.model.read(&arguments.input, &arguments.rules)?;
    let out = || arguments.out.as_deref().context("only Rust code has a crate: say with -o where the file goes");
    if arguments.to == Form::Onnx {
        model::write(&model, out()?)?;
        return Ok(ExitCode::from(CLEAN));
    }
    let source = arguments.input.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if arguments.to == Form::Pytorch {
        python(model, out()?, source)?;
        return Ok(ExitCode::from(CLEAN));
    }
    if let Some(out) = &arguments.out {
        if let Some(stem) = out.file_stem() {
            model.name = stem.to_string_lossy().into_owned();
        }
        let weights = out.with_extension("safetensors");
        let weights_file = weights.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let generated = rust::generate(&model, &rust::Options { weights_file, source: source.clone() })?;
        if let Some(bytes) = &generated.weights {
            create(&weights, bytes)?;
        }
        create(out, generated.code.as_bytes())?;
    }
    if let Some(folder) = &arguments.krate {
        let weights_file = format!("{}.safetensors", rust::identifier(&model.name));
        let generated = rust::generate(&model, &rust::Options { weights_file, source })?;
        let recording = arguments.with_test.as_deref().map(Recording::read).transpose()?.map(|recording| arguments.model.open(recording));
        for (name, bytes) in rust::package(&model, &generated, recording.as_ref(), arguments.runtime.as_deref())? {
            create(&folder.join(name), &bytes)?;
        }
    }
    Ok(ExitCode::from(CLEAN))
}

/// Writes a model as Python, and its weights beside it.
fn python(mut model: Model, out: &Path, source: String) -> anyhow::Result<()> {
    if let Some(stem) = out.file_stem() {
        model.name = stem.to_string_lossy().into_owned();
    }
    let weights = out.with_extension("safetensors");
    let weights_file = weights.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let generated = pytorch::generate(&model, &pytorch::Options { weights_file, source })?;
    if let Some(bytes) = &generated.weights {
        create(&weights, bytes)?;
    }
    create(out, generated.code.as_bytes())?;
    Ok(())
}
