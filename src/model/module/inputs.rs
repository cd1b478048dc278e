//! The inputs of a model as the command line says them.

use std::rc::Rc;
use std::str::FromStr;

use super::arguments::tensor;
use super::host::Modeller;
use super::made::unwrapped;
use crate::interpret::{Interpreter, Kind, Value, parameter_name};
use crate::ir::{DType, Dim, Shape, Type};
use crate::syntax::Node;

/// An input and its type: `idx=int64[1,64]`, `x=float32[batch,3,224,224]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputSpec {
    /// The parameter of `forward`.
    pub name: String,
    /// The type; a length that is a name is open.
    pub ty: Type,
}

impl FromStr for InputSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<InputSpec, String> {
        let expected = || format!("expected NAME=TYPE[LENGTHS], such as x=float32[1,3,224,224], found `{text}`");
        let (name, ty) = text.split_once('=').ok_or_else(expected)?;
        let (dtype, lengths) = match ty.split_once('[') {
            Some((dtype, rest)) => (dtype, rest.strip_suffix(']').ok_or_else(expected)?),
            None => (ty, ""),
        };
        let dtype = dtype_named(dtype.trim()).ok_or_else(|| format!("an unknown element type `{dtype}`"))?;
        let mut dims = Vec::new();
        for length in lengths.split(',').map(str::trim).filter(|length| !length.is_empty()) {
            let is_name =
                length.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !length.starts_with(|c: char| c.is_ascii_digit());
            dims.push(match length.parse::<u32>() {
                Ok(n) => Dim::known(i64::from(n)),
                Err(_) if is_name => Dim::symbol(length),
                Err(_) => return Err(format!("`{length}` is neither a length nor a name for one")),
            });
        }
        Ok(InputSpec { name: name.trim().to_owned(), ty: Type::array(dtype, Shape::Ranked(dims)) })
    }
}

/// An element type by PyTorch's or the IR's name for it.
fn dtype_named(name: &str) -> Option<DType> {
    let name = name.strip_prefix("torch.").unwrap_or(name);
    Some(match name {
        "bool" => DType::Bool,
        "int8" | "i8" => DType::I8,
        "int16" | "short" | "i16" => DType::I16,
        "int32" | "int" | "i32" => DType::I32,
        "int64" | "long" | "i64" => DType::I64,
        "uint8" | "u8" => DType::U8,
        "float16" | "half" | "f16" => DType::F16,
        "bfloat16" | "bf16" => DType::BF16,
        "float32" | "float" | "f32" => DType::F32,
        "float64" | "double" | "f64" => DType::F64,
        _ => return None,
    })
}

/// Arguments by place, and by keyword.
pub(super) type Arguments<'t> = (Vec<Value<'t>>, Vec<(Rc<str>, Value<'t>)>);

/// The arguments of a module's `forward`: what the module before it gives, in order, an input for each that is told, the default for the
/// others. `modules` is the number of all modules.
pub(super) fn arguments<'t>(
    interpreter: &mut Interpreter<'t, Modeller<'_, 't>>,
    made: &Value<'t>,
    inputs: &[InputSpec],
    given: Vec<(String, Value<'t>)>,
    modules: usize,
) -> Result<Arguments<'t>, String> {
    let forward = interpreter.attribute_named(made, "forward").map_err(|stop| stop.to_string())?;
    let Some(Value::Method(method)) = forward else { return Err("it has no `forward`".to_owned()) };
    let Value::Function(function) = &method.1 else { return Err("its `forward` is no function".to_owned()) };
    let function = &unwrapped(function);
    let parameters: Vec<Node<'t>> = function.node.field("parameters").into_iter().flat_map(Node::named_children).collect();
    let parameters: Vec<(&str, Kind)> = parameters.into_iter().map(parameter_name).skip(1).collect();
    let plain: Vec<&str> = parameters.iter().filter(|(_, kind)| *kind == Kind::Plain).map(|(name, _)| *name).collect();
    let takes = |wanted: Kind| parameters.iter().any(|(_, kind)| *kind == wanted);
    let any = takes(Kind::Rest) || takes(Kind::Keywords);
    if let Some(unknown) = inputs.iter().find(|input| modules == 1 && !any && !plain.contains(&input.name.as_str())) {
        return Err(format!("its `forward` has no `{}`: it takes {}", unknown.name, plain.join(", ")));
    }
    if given.len() > plain.len() {
        let names: Vec<&str> = given.iter().map(|(name, _)| name.as_str()).collect();
        return Err(format!("its `forward` takes {}, and the module before it gives {}", plain.join(", "), names.join(", ")));
    }
    let mut arguments: Vec<(Rc<str>, Value<'t>)> = Vec::new();
    let free = plain[given.len()..].to_vec();
    arguments.extend(plain.iter().zip(given).map(|(name, (_, value))| (Rc::from(*name), value)));
    let told = |name: &str| inputs.iter().find(|input| input.name == name);
    let has_default = |name: &str| function.defaults.iter().any(|(default, _)| *default == name);
    let lacking = free.iter().filter(|name| told(name).is_none() && !has_default(name));
    let lacking: Vec<String> = lacking.map(|name| format!("--input {name}=float32[…]")).collect();
    if !lacking.is_empty() {
        return Err(format!("the types of its inputs are not known: say {}", lacking.join(" ")));
    }
    for input in free.iter().filter_map(|name| told(name)) {
        let id = interpreter.host.input(&input.name, input.ty.clone());
        arguments.push((Rc::from(input.name.as_str()), tensor(id)));
    }
    let others: Vec<&InputSpec> = inputs.iter().filter(|input| modules == 1 && any && !plain.contains(&input.name.as_str())).collect();
    if takes(Kind::Keywords) {
        for input in others {
            let id = interpreter.host.input(&input.name, input.ty.clone());
            arguments.push((Rc::from(input.name.as_str()), tensor(id)));
        }
        return Ok((Vec::new(), arguments));
    }
    // Behind those that `*args` takes none is given by keyword.
    let by_place = if others.is_empty() { 0 } else { arguments.len() };
    let mut places: Vec<Value<'t>> = arguments.drain(..by_place).map(|(_, value)| value).collect();
    for input in others {
        places.push(tensor(interpreter.host.input(&input.name, input.ty.clone())));
    }
    Ok((places, arguments))
}
