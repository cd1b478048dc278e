//! What the commands about models have in common: which file, which lengths, which operations.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::Args;

use super::CLEAN;
use super::rewriting::RuleArguments;
use crate::config::Generate;
use crate::model::module::{self, InputSpec, Part};
use crate::model::onnx::Recording;
use crate::model::structure::Structure;
use crate::model::{Agreement, Model, Optimized, agreement, cached, onnx, optimize, rust, state};
use crate::project::create;

/// How a model is read.
#[derive(Debug, Args)]
pub(super) struct ModelArguments {
    /// Fix an input's lengths, as in `--shape input=1,3,320,320`; the others stay symbolic
    #[arg(long, value_name = "NAME=LENGTHS", value_parser = shape)]
    shape: Vec<(String, Vec<usize>)>,
    /// Fix an input of one element to a number, as in `--value sr=16000`; it is no input any more
    #[arg(long, value_name = "NAME=NUMBER", value_parser = value)]
    value: Vec<(String, f64)>,
    /// An argument of the module's constructor, or a field of the configuration that it takes, as in `--set n_layer=4`
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
    /// The type of an input of the module's `forward`, as in `--input idx=int64[1,64]`; a length that is a name is open
    #[arg(long = "input", value_name = "NAME=TYPE[LENGTHS]")]
    inputs: Vec<InputSpec>,
    /// The module's weights: a .safetensors file, a .pt of torch.save, or an .npz; of several modules one each, in their order
    #[arg(long, value_name = "FILE")]
    weights: Vec<PathBuf>,
    /// Give a causal model the sequence of this input in parts; it keeps the keys and values of the places before (Rust: `next`, `generate`)
    #[arg(long, value_name = "INPUT", conflicts_with = "as_is")]
    cache: Option<String>,
    /// Leave a model's operations as the file has them
    #[arg(long)]
    as_is: bool,
    /// Print what was done to a model's operations
    #[arg(long)]
    stats: bool,
}

impl ModelArguments {
    /// The model that an input is, or several modules, optimized unless it is to be left.
    ///
    /// # Errors
    /// If it is neither an ONNX file nor a module of a Python file, or has parts that cannot be done.
    pub fn read(&self, paths: &[PathBuf], rules: &RuleArguments) -> anyhow::Result<Model> {
        self.read_in(Path::new("."), paths, rules)
    }

    /// The same by the configuration of a folder.
    ///
    /// # Errors
    /// As for [`ModelArguments::read`].
    pub fn read_in(&self, folder: &Path, paths: &[PathBuf], rules: &RuleArguments) -> anyhow::Result<Model> {
        let modules: Option<Vec<(PathBuf, String)>> = paths.iter().map(|path| module_of(path)).collect();
        let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        let shown = shown.join(" ");
        let model = match (modules, paths) {
            (Some(modules), _) => self.modules(modules)?,
            (None, [path]) if is_model(path) => onnx::read(path, &onnx::Options { shapes: self.shape.clone(), values: self.value.clone() })
                .with_context(|| shown.clone())?,
            _ => bail!("{shown}: expected an .onnx file, or FILE.py:NAME of one or several nn.Modules"),
        };
        if self.as_is {
            return Ok(model);
        }
        let (set, selection) = rules.selected_in(folder)?;
        let optimized = optimize(&model, &set.for_models(&selection)?);
        let agreement = agreement(&model, &optimized.model);
        if self.stats {
            print_stats(&optimized, &agreement)?;
        }
        let model = match agreement {
            Agreement::Same(_) | Agreement::Untried(_) => optimized.model,
            Agreement::Different(why) => {
                eprintln!("warning: {}: its operations are left as they are, for the optimized ones differ: {why}", shown);
                model
            }
        };
        Ok(match &self.cache {
            Some(input) => cached(&model, input)?,
            None => model,
        })
    }
}

impl ModelArguments {
    /// What a table of a configuration says; its paths are those from a folder.
    ///
    /// # Errors
    /// If an input is not written as it should be.
    pub fn configured(table: &Generate, folder: &Path) -> anyhow::Result<ModelArguments> {
        let inputs = table.inputs.iter().map(|text| text.parse()).collect::<Result<_, String>>();
        Ok(ModelArguments {
            shape: table.shape.clone().into_iter().collect(),
            value: table.value.clone().into_iter().collect(),
            set: table.settings(),
            inputs: inputs.map_err(|why| anyhow!("inputs: {why}"))?,
            weights: table.weights.iter().map(|path| folder.join(path)).collect(),
            cache: table.cache.clone(),
            as_is: table.as_is,
            stats: false,
        })
    }

    fn modules(&self, modules: Vec<(PathBuf, String)>) -> anyhow::Result<Model> {
        if !self.shape.is_empty() || !self.value.is_empty() {
            bail!("--shape and --value are for ONNX files: expected --input NAME=TYPE[LENGTHS] for a module");
        }
        if self.weights.len() > modules.len() {
            bail!("{} files of weights for {} modules: expected one each", self.weights.len(), modules.len());
        }
        let mut parts = Vec::new();
        for (i, (file, name)) in modules.into_iter().enumerate() {
            let weights = self.weights.get(i).map(|path| state::read(path)).transpose()?.unwrap_or_default();
            parts.push(Part { file, name, weights });
        }
        Ok(module::read(&parts, &module::Options { settings: self.set.clone(), inputs: self.inputs.clone() })?)
    }

    /// A recording without the inputs that are fixed to a number.
    pub fn open(&self, mut recording: Recording) -> Recording {
        recording.inputs.retain(|input| self.value.iter().all(|(name, _)| *name != input.name));
        recording
    }
}

/// True for the name of a model's file.
pub(super) fn is_model(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "onnx")
}

/// The file and the name of `model.py:GPT`.
pub(super) fn module_of(path: &Path) -> Option<(PathBuf, String)> {
    let (file, name) = path.to_str()?.rsplit_once(':')?;
    (Path::new(file).extension()? == "py" && !name.is_empty()).then(|| (PathBuf::from(file), name.to_owned()))
}

/// Writes a model as ONNX.
fn write(model: &Model, path: &Path) -> anyhow::Result<()> {
    let bytes = onnx::write(model).with_context(|| path.display().to_string())?;
    create(path, &bytes)?;
    Ok(())
}

/// `cargo wright optimize model.onnx -o better.onnx`; nothing if no model is given, neither in nor out.
pub(super) fn rewrite(
    paths: &[PathBuf],
    out: Option<&Path>,
    arguments: &ModelArguments,
    rules: &RuleArguments,
) -> anyhow::Result<Option<ExitCode>> {
    let (path, out) = match (paths, out) {
        ([path], Some(out)) if path.as_os_str() != "." => (path, out),
        _ => {
            let Some(path) = paths.iter().find(|path| is_model(path)) else {
                return if out.is_some() { bail!("-o says where a model goes: expected one .onnx file before it") } else { Ok(None) };
            };
            let path = path.display();
            bail!("{path}: a model is read by itself and written to a file of its own: expected `{path} -o OUT.onnx`");
        }
    };
    write(&arguments.read(std::slice::from_ref(path), rules)?, out)?;
    Ok(Some(ExitCode::from(CLEAN)))
}

/// What became of the operations, and the rules that said so.
fn print_stats(optimized: &Optimized, agreement: &Agreement) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let (before, after) = optimized.operations;
    let stats = &optimized.stats;
    writeln!(out, "{before} operations, {after} after optimization")?;
    writeln!(out, "e-graph: {} nodes in {} classes after {} rounds, {}", stats.nodes, stats.classes, stats.iterations, optimized.stopped)?;
    match agreement {
        Agreement::Same(worst) => writeln!(out, "on random inputs the outputs agree to {worst:.1e} of the largest")?,
        Agreement::Different(why) => writeln!(out, "on random inputs the outputs differ: {why}")?,
        Agreement::Untried(why) => writeln!(out, "not compared on random inputs: {why}")?,
    }
    let memory = Structure::new(&optimized.model, rust::in_layers).memory(&optimized.model);
    let values =
        memory.values.map_or("depend on open lengths, which --shape fixes".to_owned(), |values| format!("{} at once", megabytes(values)));
    writeln!(out, "memory: weights {}, values {values}", megabytes(memory.weights))?;
    for (rule, times) in &stats.by_rule {
        writeln!(out, "{times:6} {rule}")?;
    }
    Ok(())
}

fn megabytes(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}

fn shape(text: &str) -> Result<(String, Vec<usize>), String> {
    let expected = || "expected NAME=LENGTHS, such as input=1,3,224,224".to_owned();
    let (name, lengths) = text.rsplit_once('=').ok_or_else(expected)?;
    let lengths = lengths.split(',').map(|n| n.trim().parse().map_err(|_| expected())).collect::<Result<_, _>>()?;
    Ok((name.to_owned(), lengths))
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, such as n_layer=4")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn value(text: &str) -> Result<(String, f64), String> {
    let expected = || "expected NAME=NUMBER, such as sr=16000".to_owned();
    let (name, number) = text.rsplit_once('=').ok_or_else(expected)?;
    Ok((name.to_owned(), number.trim().parse().map_err(|_| expected())?))
}
