//! A model as code.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::{Arguments, Form};
use crate::commands::CLEAN;
use crate::model::onnx::Recording;
use crate::model::{Model, onnx, pytorch, rust};
use crate::project::create;

/// Generates code from a model.
///
/// # Errors
/// If the model cannot be read or has nodes that cannot be done, or a file cannot be written.
pub(super) fn generate(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let to = arguments.to.unwrap_or_default();
    let read = || arguments.model.read(&arguments.input, &arguments.rules);
    match (&arguments.out, &arguments.krate) {
        (Some(out), _) => {
            for (path, bytes) in made(read()?, to, out, &arguments.input)? {
                create(&path, &bytes)?;
            }
        }
        (None, None) => bail!("nothing says where the code goes: name a file with --out, or a folder with --crate"),
        (None, Some(folder)) if to == Form::Rust => package(&read()?, folder, arguments)?,
        (None, Some(_)) => bail!("only Rust code has a crate: say with -o where the file goes"),
    }
    Ok(ExitCode::from(CLEAN))
}

/// The files that a model becomes, the code last: when it is there, so are its weights.
///
/// # Errors
/// If the model has what cannot be written in the form.
pub(in crate::commands) fn made(mut model: Model, to: Form, out: &Path, inputs: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
    if to == Form::Onnx {
        let bytes = onnx::write(&model).with_context(|| out.display().to_string())?;
        return Ok(vec![(out.to_owned(), bytes)]);
    }
    if let Some(stem) = out.file_stem() {
        model.name = stem.to_string_lossy().into_owned();
    }
    let (source, weights_path) = (names(inputs), out.with_extension("safetensors"));
    let weights_file = named(&weights_path);
    let (code, weights) = if to == Form::Pytorch {
        let generated = pytorch::generate(&model, &pytorch::Options { weights_file, source })?;
        (generated.code, generated.weights)
    } else {
        let generated = rust::generate(&model, &rust::Options { weights_file, source })?;
        (generated.code, generated.weights)
    };
    let weights = weights.map(|bytes| (weights_path, bytes));
    Ok(weights.into_iter().chain([(out.to_owned(), code.into_bytes())]).collect())
}

/// Writes a crate.
fn package(model: &Model, folder: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    let weights_file = format!("{}.safetensors", rust::identifier(&model.name));
    let generated = rust::generate(model, &rust::Options { weights_file, source: names(&arguments.input) })?;
    let recording = arguments.with_test.as_deref().map(Recording::read).transpose()?.map(|recording| arguments.model.open(recording));
    for (name, bytes) in rust::package(model, &generated, recording.as_ref(), arguments.runtime.as_deref())? {
        create(&folder.join(name), &bytes)?;
    }
    Ok(())
}

/// The names of inputs without their folders.
fn names(inputs: &[PathBuf]) -> String {
    inputs.iter().map(|input| named(input)).collect::<Vec<_>>().join(" and ")
}

/// The name of a file without its folder.
fn named(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
