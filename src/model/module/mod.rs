//! The source of an `nn.Module` as a model: the program that makes and runs it is followed, not run.

mod alone;
mod arguments;
mod check;
mod creation;
mod host;
mod index;
mod inputs;
mod made;
mod misfit;
mod outputs;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use typed_arena::Arena;

use super::structure::names::snake;
use super::{Model, ModelError, Output, StateDict};
use crate::interpret::{Interpreter, Sources, Value, on_large_stack};
use crate::ir::Id;
pub use check::check;
use host::Modeller;
pub use inputs::InputSpec;
pub use misfit::Misfit;

/// A module of a program: a class, or a function that returns an instance of one.
#[derive(Debug, Clone)]
pub struct Part {
    /// The file that has it.
    pub file: PathBuf,
    /// Its name there.
    pub name: String,
    /// Its weights.
    pub weights: StateDict,
}

/// What is asked of an import.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Arguments of the constructor, or fields of the configuration that it takes: the name and a literal of Python. Of several modules the
    /// name of the module may stand before it, with a dot between.
    pub settings: Vec<(String, String)>,
    /// The types of the inputs.
    pub inputs: Vec<InputSpec>,
}

/// Reads the model that a module is, or several of which each takes what the one before it gives.
///
/// # Errors
/// If a file cannot be read, or the program depends on what is not known: with the place and the value that is lacking.
pub fn read(parts: &[Part], options: &Options) -> Result<Model, ModelError> {
    on_large_stack(|| followed(parts, options).map_err(ModelError::Malformed))
        .unwrap_or_else(|e| Err(ModelError::Malformed(format!("no thread can be started: {e}"))))
}

fn followed(parts: &[Part], options: &Options) -> Result<Model, String> {
    let (sources, nodes) = (Sources::with_packages(), Arena::new());
    let mut interpreter = Interpreter::new(&sources, Modeller::new(&nodes, StateDict::new()));
    let (mut given, mut classes, mut made) = (Vec::new(), HashMap::new(), Vec::new());
    for part in parts {
        let at = |why: String| format!("{}:{}: {why}", part.file.display(), part.name);
        let prefix = if parts.len() > 1 { snake(&part.name) } else { String::new() };
        let value = made::made(&mut interpreter, &part.file, &part.name, &settings_of(part, parts, options)).map_err(at)?;
        let names = made::named(&value, &part.weights, &prefix).map_err(at)?;
        let host = &mut interpreter.host;
        host.paths.extend(names.paths);
        classes.extend(names.classes);
        host.weights.extend(part.weights.iter().map(|(name, weight)| (made::within(&prefix, name), weight.clone())));
        made.push(value);
    }
    for (part, value) in parts.iter().zip(&made) {
        let at = |why: String| format!("{}:{}: {why}", part.file.display(), part.name);
        let arguments = inputs::arguments(&mut interpreter, value, &options.inputs, std::mem::take(&mut given), parts.len()).map_err(at)?;
        let (places, keywords) = arguments;
        let result = interpreter.call(value, places, keywords).map_err(|stop| at(stop.to_string()))?;
        given = outputs::outputs(&mut interpreter, &result).map_err(|stop| at(stop.to_string()))?;
    }
    let names: Vec<&str> = interpreter.host.inputs.iter().map(|input| input.name.as_str()).collect();
    if let Some(unknown) = options.inputs.iter().find(|input| !names.contains(&input.name.as_str())) {
        return Err(format!("no module takes `{}`", unknown.name));
    }
    let last = parts.last().map(|part| format!("{}:{}", part.file.display(), part.name)).unwrap_or_default();
    let model = finished(interpreter.host, given, classes, parts).map_err(|why| format!("{last}: {why}"))?;
    Ok(Model { files: sources.files(), ..model })
}

/// The settings that are a module's: those without a module's name before them, and those with its own.
fn settings_of(part: &Part, parts: &[Part], options: &Options) -> Vec<(String, String)> {
    let own = |(name, value): &(String, String)| match name.split_once('.') {
        Some((module, rest)) if parts.iter().any(|part| part.name == module) => {
            (module == part.name).then(|| (rest.to_owned(), value.clone()))
        }
        _ => Some((name.clone(), value.clone())),
    };
    options.settings.iter().filter_map(own).collect()
}

/// The model with these outputs.
fn finished<'t>(
    mut host: Modeller<'_, 't>,
    outputs: Vec<(String, Value<'t>)>,
    classes: HashMap<String, String>,
    parts: &[Part],
) -> Result<Model, String> {
    let (mut roots, mut named) = (Vec::new(), Vec::new());
    for (name, value) in outputs {
        let Value::Tensor(tensor) = value else { continue };
        roots.push(host.term(&tensor)?);
        named.push(Output { name, narrow: None });
    }
    if roots.is_empty() {
        return Err("`forward` returns no tensor".to_owned());
    }
    let inputs = std::mem::take(&mut host.inputs);
    let name: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    let model = host.lowering.model.finish(name.join(""), inputs, named, roots);
    let needed: HashSet<Id> = model.program.needed().1.into_iter().collect();
    if host.drawn.iter().any(|drawn| needed.contains(drawn)) {
        return Err("its result depends on numbers that the constructor draws at random and no file of weights has".to_owned());
    }
    Ok(Model { classes, ..model })
}
