use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::super::rewriting::RECORDED;
use super::case::{Case, Function, Parameter, examples};
use super::{Measured, results};
use crate::facts::{Outside, Recording};
use crate::project::record;
use crate::syntax::{Language, Tree};

/// What runs in Python.
const RUNNER: &str = include_str!("runner.py");

/// Calls the functions of a file that have an example under the recorder. What a recording of the tree at `root` says of the file holds too.
///
/// # Errors
/// If Python can not be started.
pub(super) fn recorded(path: &Path, text: &str, root: Option<&Path>, python: &Path) -> anyhow::Result<Option<Outside>> {
    let examples = examples(&Tree::parse(Language::Python, text));
    let full = path.canonicalize()?;
    let Some(root) = root.or(full.parent()).filter(|_| !examples.is_empty()) else { return Ok(None) };
    let folder = tempfile::tempdir()?;
    let (runner, facts) = (folder.path().join("runner.py"), folder.path().join("facts.json"));
    std::fs::write(&runner, RUNNER)?;
    let earlier = root.join(RECORDED);
    if earlier.is_file() {
        std::fs::copy(&earlier, &facts)?;
    }
    let mut command: Vec<OsString> = vec![python.into(), "-B".into(), runner.into(), full.clone().into()];
    command.extend(examples.into_iter().flat_map(|(function, example)| [function.into(), example.into()]));
    record(&command, root, &facts)?;
    let relative = full.strip_prefix(root).unwrap_or(&full).to_string_lossy().into_owned();
    Ok(Some(Arc::new(Recording::read(&facts)?).of_file(&relative)))
}

/// Times the functions of a Python file.
///
/// # Errors
/// If Python can not be started.
pub(super) fn measure(case: &Case, python: &Path) -> anyhow::Result<Vec<Result<Measured, String>>> {
    let folder = tempfile::tempdir()?;
    let [runner, old, new] = ["runner.py", "old.py", "new.py"].map(|name| folder.path().join(name));
    for (path, text) in [(&runner, RUNNER), (&old, case.old.as_str()), (&new, case.new.as_str())] {
        std::fs::write(path, text)?;
    }
    let functions: Vec<Value> = case.functions.iter().map(function).collect();
    let job = json!({ "home": case.path.canonicalize()?, "old": old, "new": new, "functions": functions });
    let mut child = Command::new(python)
        .arg(&runner)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}; `--python PROGRAM` names the Python that has the file's libraries", python.display()))?;
    let written = child.stdin.take().context("its input is a pipe")?.write_all(job.to_string().as_bytes());
    let output = child.wait_with_output()?;
    let message = String::from_utf8_lossy(&output.stderr);
    if written.is_err() || message.contains("No module named 'numpy'") {
        bail!("{} has no NumPy; `--python PROGRAM` names the Python that has the file's libraries\n{message}", python.display());
    }
    Ok(results(&output.stdout, &message, case.functions.len()))
}

fn function(function: &Function) -> Value {
    let parameter = |parameter: &Parameter| json!([parameter.library, parameter.dtype, parameter.lengths]);
    json!({
        "name": function.name,
        "example": function.example,
        "inputs": function.parameters.as_ref().ok().map(|all| all.iter().map(parameter).collect::<Vec<_>>()),
        "unknown": function.parameters.as_ref().err(),
    })
}
