//! A model as code.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::{Arguments, Form};
use crate::commands::CLEAN;
use crate::commands::model::write;
use crate::model::onnx::Recording;
use crate::model::{Model, pytorch, rust};
use crate::project::create;

/// Generates code from a model.
///
/// # Errors
/// If the model cannot be read or has nodes that cannot be done, or a file cannot be written.
pub(super) fn generate(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.out.is_none() && arguments.krate.is_none() {
        bail!("nothing says where the code goes: name a file with --out, or a folder with --crate");
    }
    let to = arguments.to.unwrap_or_default();
    let mut model = arguments.model.read(&arguments.input, &arguments.rules)?;
    let out = || arguments.out.as_deref().context("only Rust code has a crate: say with -o where the file goes");
    if to == Form::Onnx {
        write(&model, out()?)?;
        return Ok(ExitCode::from(CLEAN));
    }
    let names: Vec<_> = arguments.input.iter().filter_map(|path| path.file_name()).map(|name| name.to_string_lossy()).collect();
    let source = names.join(" and ");
    if to == Form::Pytorch {
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
