//! What a module's `forward` gives.

use std::rc::Rc;

use super::host::Modeller;
use crate::interpret::{Interpreter, Stop, Value};

/// The tensors in what `forward` returns, with names for them.
pub(super) fn outputs<'t>(
    interpreter: &mut Interpreter<'t, Modeller<'_, 't>>,
    value: &Value<'t>,
) -> Result<Vec<(String, Value<'t>)>, Box<Stop>> {
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
