//! The source of an `nn.Module` as a model: the program that makes and runs it is followed, not run.

mod arguments;
mod creation;
mod host;
mod index;
mod inputs;
mod made;

use std::collections::HashSet;
use std::path::Path;
use std::rc::Rc;

use typed_arena::Arena;

use super::state::StateDict;
use super::{Model, ModelError, Output};
use crate::interpret::{Interpreter, Sources, Stop, Value};
use crate::ir::Id;
use host::Modeller;
pub use inputs::InputSpec;

/// What is asked of an import.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Arguments of the constructor, or fields of the configuration that it takes: the name and a literal of Python.
    pub settings: Vec<(String, String)>,
    /// The types of the inputs.
    pub inputs: Vec<InputSpec>,
    /// The weights.
    pub weights: StateDict,
}

/// The stack of a followed program: calls within calls need more than a thread has by default.
const STACK: usize = 1 << 29;

/// Reads the model that a class of a file is, or that a function of it returns.
///
/// # Errors
/// If the file cannot be read, or the program depends on what is not known: with the place and the value that is lacking.
pub fn read(file: &Path, name: &str, options: &Options) -> Result<Model, ModelError> {
    let follow = || followed(file, name, options).map_err(|why| ModelError::Malformed(format!("{}:{name}: {why}", file.display())));
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, follow);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(e) => Err(ModelError::file(file, format!("no thread can be started: {e}"))),
        }
    })
}

fn followed(file: &Path, name: &str, options: &Options) -> Result<Model, String> {
    let (sources, nodes) = (Sources::default(), Arena::new());
    let mut interpreter = Interpreter::new(&sources, Modeller::new(&nodes, options.weights.clone()));
    let made = made::made(&mut interpreter, file, name, &options.settings)?;
    let names = made::named(&made, &options.weights)?;
    interpreter.host.paths = names.paths;
    let arguments = inputs::arguments(&mut interpreter, &made, &options.inputs)?;
    let result = interpreter.call(&made, Vec::new(), arguments).map_err(|stop| shown(&stop))?;
    let outputs = outputs(&mut interpreter, &result).map_err(|stop| shown(&stop))?;
    let mut host = interpreter.host;
    let (mut roots, mut named) = (Vec::new(), Vec::new());
    for (name, value) in outputs {
        let Value::Tensor(tensor) = value else { continue };
        roots.push(host.term(&tensor)?);
        named.push(Output { name });
    }
    if roots.is_empty() {
        return Err("its `forward` returns no tensor".to_owned());
    }
    host.lowering.module = None;
    let inputs = std::mem::take(&mut host.inputs);
    let model = host.lowering.model.finish(name.to_owned(), inputs, named, roots);
    let needed: HashSet<Id> = model.program.needed().1.into_iter().collect();
    if host.drawn.iter().any(|drawn| needed.contains(drawn)) {
        return Err("its result depends on numbers that the constructor draws at random and no file of weights has".to_owned());
    }
    Ok(Model { classes: names.classes, files: sources.files(), ..model })
}

fn shown(stop: &Stop) -> String {
    stop.to_string()
}

/// The tensors in what `forward` returns, with names for them.
fn outputs<'t>(interpreter: &mut Interpreter<'t, Modeller<'_, 't>>, value: &Value<'t>) -> Result<Vec<(String, Value<'t>)>, Box<Stop>> {
    let mut found: Vec<(Option<String>, Value<'t>)> = Vec::new();
    collect(interpreter, value, None, 0, &mut found)?;
    let single = found.len() == 1;
    let mut out: Vec<(String, Value<'t>)> = Vec::new();
    for (i, (name, value)) in found.into_iter().enumerate() {
        // `x` is often both what is given and what is returned.
        let name = name.filter(|name| interpreter.host.inputs.iter().all(|input| input.name != *name));
        let base = name.unwrap_or_else(|| if single { "output".to_owned() } else { format!("output_{i}") });
        let taken = out.iter().any(|(other, _)| *other == base);
        out.push((if taken { format!("{base}_{i}") } else { base }, value));
    }
    Ok(out)
}

fn collect<'t>(
    interpreter: &mut Interpreter<'t, Modeller<'_, 't>>,
    value: &Value<'t>,
    name: Option<String>,
    depth: usize,
    out: &mut Vec<(Option<String>, Value<'t>)>,
) -> Result<(), Box<Stop>> {
    match value {
        Value::Tensor(tensor) => {
            let name = name.or_else(|| interpreter.host.variable(tensor));
            out.push((name, value.clone()));
        }
        Value::Tuple(_) | Value::List(_) if depth < 8 => {
            for (i, item) in interpreter.iterated(value)?.into_iter().enumerate() {
                collect(interpreter, &item, name.as_ref().map(|name| format!("{name}_{i}")), depth + 1, out)?;
            }
        }
        Value::Dict(dict) if depth < 8 => {
            let entries: Vec<(Value<'t>, Value<'t>)> = dict.borrow().values().cloned().collect();
            for (key, item) in entries {
                collect(interpreter, &item, key.as_str().map(str::to_owned), depth + 1, out)?;
            }
        }
        Value::Object(object) if depth < 8 => {
            let fields: Vec<(Rc<str>, Value<'t>)> =
                object.fields.borrow().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            for (name, item) in fields {
                collect(interpreter, &item, Some(name.to_string()), depth + 1, out)?;
            }
        }
        _ => {}
    }
    Ok(())
}
