//! The step that makes code of the models that the configuration names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::Run;
use super::stamp::{Found, KEY, Stamp, full, relative};
use crate::commands::generate::{Form, made};
use crate::commands::model::{ModelArguments, is_model, module_of};
use crate::config::{Config, Generate, config_names};
use crate::project::folders_with;
use crate::report::Generated;

/// A table `[[generate]]` with what follows from it.
pub(super) struct Wanted {
    /// The folder of the configuration.
    folder: PathBuf,
    table: Generate,
    pub out: PathBuf,
    form: Form,
    arguments: ModelArguments,
}

/// The models of which code is wanted in some paths: by the configurations above them and in them.
///
/// # Errors
/// If a configuration asks for what cannot be: the error names it and the table.
pub(super) fn wanted(paths: &[PathBuf]) -> anyhow::Result<Vec<Wanted>> {
    let names: Vec<&str> = config_names().collect();
    let (mut all, mut read, mut outs) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for path in paths.iter().cloned().chain(folders_with(paths, &names)) {
        let config = Config::nearest(&path)?;
        let Some(home) = config.path.as_deref().and_then(Path::parent).map(shown) else { continue };
        if read.insert(home.clone()) {
            all.extend(wanted_by(&config, &home, paths, &mut outs)?);
        }
    }
    Ok(all)
}

/// The same by one configuration. `outs` are the files of those before it.
fn wanted_by(config: &Config, folder: &Path, paths: &[PathBuf], outs: &mut BTreeSet<PathBuf>) -> anyhow::Result<Vec<Wanted>> {
    let mut all = Vec::new();
    for (number, table) in config.generate.iter().enumerate() {
        let place = || {
            let file = config.path.as_deref().and_then(Path::file_name).map(|name| folder.join(name)).unwrap_or_default();
            format!("{}: [[generate]] {}, `{}`", file.display(), number + 1, table.input.join(" "))
        };
        let out = folder.join(&table.out);
        let Some(form) = Form::of(&out) else { bail!("{}: out: expected a .rs, .py or .onnx file, found `{}`", place(), out.display()) };
        if !outs.insert(full(&out)) {
            bail!("{}: out: `{}` is that of a table before it; give each a file of its own", place(), out.display());
        }
        let is_known = |input: &String| is_model(Path::new(input)) || module_of(Path::new(input)).is_some();
        if table.input.is_empty() || !table.input.iter().all(is_known) {
            bail!("{}: input: expected an .onnx file, or FILE.py:NAME of an nn.Module", place());
        }
        let arguments = ModelArguments::configured(table, folder).with_context(place)?;
        if paths.iter().any(|path| full(&out).starts_with(full(path))) {
            all.push(Wanted { folder: folder.to_owned(), table: table.clone(), out, form, arguments });
        }
    }
    Ok(all)
}

/// Makes the code that is not there or out of date.
pub(super) fn step(run: &mut Run) -> anyhow::Result<bool> {
    let mut changed = false;
    for index in 0..run.wanted.len() {
        let wanted = &run.wanted[index];
        let out = wanted.out.clone();
        let inputs: Vec<PathBuf> = wanted.table.input.iter().map(|input| wanted.folder.join(input)).collect();
        let input = inputs.iter().map(|input| input.display().to_string()).collect::<Vec<_>>().join(", ");
        let files = match lacking(run, wanted) {
            Ok(None) => continue,
            Ok(Some(lack)) => files(run, wanted, &inputs).map(|files| (lack, files)),
            Err(error) => Err(error),
        };
        let done = match files {
            Ok((lack, files)) => {
                run.tree.permit()?;
                write(run, Generated { input: input.clone(), ..lack }, files)
            }
            Err(error) => Err(error),
        };
        match done {
            Ok(generated) => {
                run.failed.remove(&out);
                run.work.generated.retain(|other| other.out != out);
                run.work.generated.push(generated);
                changed = true;
            }
            Err(error) => {
                run.failed.insert(out.clone(), format!("{}: not generated from {input}: {error:#}", out.display()));
            }
        }
    }
    Ok(changed)
}

/// A folder as it is told: by the way from where the command runs.
fn shown(folder: &Path) -> PathBuf {
    let way = relative(folder, Path::new("."));
    PathBuf::from(if way.is_empty() { "." } else { &way })
}

/// Why code has to be made, with the old text; `None` if it is up to date.
fn lacking(run: &Run, wanted: &Wanted) -> anyhow::Result<Option<Generated>> {
    let lack = |reason: &str, old: Option<Vec<u8>>| {
        let old = old.filter(|_| wanted.form != Form::Onnx).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let (out, input) = (wanted.out.clone(), String::new());
        Generated {
            out,
            input,
            reason: reason.to_owned(),
            old,
            code: None,
            beside: Vec::new(),
            shown: String::new(),
            doubts: String::new(),
        }
    };
    let Some(bytes) = run.tree.made(&wanted.out) else { return Ok(Some(lack("it was not there", None))) };
    let weights = wanted.out.with_extension("safetensors");
    let needs = |name: &str| wanted.form != Form::Onnx && String::from_utf8_lossy(&bytes).contains(&format!("\"{name}\""));
    let without = weights.file_name().is_some_and(|name| needs(&name.to_string_lossy())) && run.tree.made(&weights).is_none();
    Ok(match Stamp::read(&bytes, wanted.form) {
        Found::Stamped(stamp) if stamp.holds(&wanted.table, &wanted.folder) => {
            without.then(|| lack("its weights were not there", Some(bytes)))
        }
        Found::Stamped(_) => Some(lack("what it is made of has changed", Some(bytes))),
        Found::Unstamped => Some(lack("it did not say what it was made of", Some(bytes))),
        Found::Foreign => bail!("the file is there and was not generated: move it away, or give another `out`"),
    })
}

/// The files that a model becomes, the code last and with its stamp.
fn files(run: &Run, wanted: &Wanted, inputs: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut model = wanted.arguments.read_in(&wanted.folder, inputs, &run.arguments.rules)?;
    let mut from = model.files.clone();
    from.extend(wanted.table.weights.iter().map(|path| wanted.folder.join(path)));
    let stamp = Stamp::of(&from, &wanted.table, &wanted.folder)?;
    if wanted.form == Form::Onnx {
        model.metadata.retain(|(key, _)| key != KEY);
        model.metadata.push((KEY.to_owned(), stamp.text()));
    }
    let mut files = made(model, wanted.form, &wanted.out, inputs)?;
    if let Some((_, code)) = files.last_mut().filter(|_| wanted.form != Form::Onnx) {
        code.splice(0..0, stamp.line(wanted.form).into_bytes());
    }
    Ok(files)
}

/// Writes the files and says so.
fn write(run: &mut Run, lack: Generated, files: Vec<(PathBuf, Vec<u8>)>) -> anyhow::Result<Generated> {
    let mut generated = lack;
    for (path, bytes) in files {
        if path == generated.out {
            generated.code = String::from_utf8(bytes.clone()).ok();
        } else {
            generated.beside.push((path.clone(), bytes.len()));
        }
        run.tree.make(&path, bytes)?;
    }
    Ok(generated)
}
