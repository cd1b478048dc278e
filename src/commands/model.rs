//! Models in files: what `generate` and `optimize` share.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::CLEAN;
use crate::model::{Model, onnx};
use crate::project::create;

/// True for the name of a model's file.
pub(super) fn is_model(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "onnx")
}

/// Reads a model, with these lengths of its inputs fixed.
pub(super) fn read(path: &Path, shapes: &[(String, Vec<usize>)]) -> anyhow::Result<Model> {
    if !is_model(path) {
        bail!("{}: expected an .onnx file; other inputs are not supported yet", path.display());
    }
    onnx::read(path, &onnx::Options { shapes: shapes.to_vec() }).with_context(|| path.display().to_string())
}

/// Writes a model as ONNX.
pub(super) fn write(model: &Model, path: &Path) -> anyhow::Result<()> {
    let bytes = onnx::write(model).with_context(|| path.display().to_string())?;
    create(path, &bytes)?;
    Ok(())
}

/// `cargo wright optimize model.onnx -o better.onnx`; nothing if no model is given, neither in nor out.
pub(super) fn optimize(paths: &[PathBuf], out: Option<&Path>) -> anyhow::Result<Option<ExitCode>> {
    let (path, out) = match (paths, out) {
        ([path], Some(out)) if path.as_os_str() != "." => (path, out),
        _ => {
            let Some(path) = paths.iter().find(|path| is_model(path)) else {
                return if out.is_some() { bail!("-o says where a model goes: expected one .onnx file before it") } else { Ok(None) };
            };
            bail!(
                "{}: a model is read by itself and written to a file of its own: expected `{} -o OUT.onnx`",
                path.display(),
                path.display()
            );
        }
    };
    let model = read(path, &[])?;
    // Here the model is to be optimized: `let model = crate::model::optimize(model)`.
    write(&model, out)?;
    Ok(Some(ExitCode::from(CLEAN)))
}
