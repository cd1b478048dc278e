//! The module that a class or function makes, and the names of what it has.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::rc::Rc;

use super::host::Modeller;
use crate::interpret::{Class, Function, Interpreter, Kind, Object, Value, is_module, parameter_name};
use crate::model::StateDict;
use crate::syntax::Node;

/// The names of what a module has.
pub(super) struct Names<'t> {
    /// The paths of the modules.
    pub paths: HashMap<*const Object<'t>, Rc<str>>,
    /// The classes of the modules, by their paths.
    pub classes: HashMap<String, String>,
}

/// What the class or function of a name makes.
pub(super) fn made<'t>(
    interpreter: &mut Interpreter<'t, Modeller<'_, 't>>,
    file: &Path,
    name: &str,
    settings: &[(String, String)],
) -> Result<Value<'t>, String> {
    let module = interpreter.load(file)?;
    let value = interpreter.attribute_named(&Value::Module(module.clone()), name).map_err(|stop| stop.to_string())?;
    let Some(value) = value else {
        let classes: Vec<&str> = module.namespace.names().into_iter().filter(|name| name.starts_with(char::is_uppercase)).collect();
        return Err(format!("it has no `{name}`; there are {}", classes.join(", ")));
    };
    let parameters = parameters(interpreter, &value)?;
    let mut arguments: Vec<(Rc<str>, Value<'t>)> = Vec::new();
    let mut fields: Vec<(String, Value<'t>)> = Vec::new();
    let takes_any = parameters.iter().any(|parameter| parameter.kind == Kind::Keywords);
    let config = parameters.iter().find(|parameter| parameter.is_needed() && is_config(parameter));
    for (setting, text) in settings {
        let value = interpreter.literal(text);
        let is_own = parameters.iter().any(|parameter| parameter.kind == Kind::Plain && parameter.name == *setting);
        if is_own || (takes_any && config.is_none()) {
            arguments.push((Rc::from(setting.as_str()), value));
        } else {
            fields.push((setting.clone(), value));
        }
    }
    if let Some(config) = config.filter(|config| arguments.iter().all(|(name, _)| **name != *config.name)) {
        let class = configuration(interpreter, &module, config)?;
        let known: Vec<&str> = interpreter.fields_named(&class);
        if let Some((unknown, _)) = fields.iter().find(|(field, _)| !known.is_empty() && !known.contains(&field.as_str())) {
            return Err(format!("neither its constructor nor `{}` has `{unknown}`: there are {}", class.name, known.join(", ")));
        }
        let fields = fields.drain(..).map(|(name, value)| (Rc::from(name), value)).collect();
        let made = interpreter.call(&Value::Class(class), Vec::new(), fields).map_err(|stop| stop.to_string())?;
        arguments.push((Rc::from(config.name.as_str()), made));
    }
    if let Some((unknown, _)) = fields.first() {
        let names: Vec<&str> = parameters.iter().filter(|p| p.kind == Kind::Plain).map(|p| p.name.as_str()).collect();
        return Err(format!("its constructor has no `{unknown}`: it takes {}", names.join(", ")));
    }
    let given = |name: &str| arguments.iter().any(|(other, _)| **other == *name);
    let lacking: Vec<String> = parameters
        .iter()
        .filter(|parameter| parameter.is_needed() && !given(&parameter.name))
        .map(|parameter| format!("--set {}=…", parameter.name))
        .collect();
    if !lacking.is_empty() {
        return Err(format!("its constructor needs what is not set: say {}", lacking.join(" ")));
    }
    let made = match value {
        Value::Object(_) => value,
        _ => interpreter.call(&value, Vec::new(), arguments).map_err(|stop| stop.to_string())?,
    };
    let eval = match &made {
        Value::Object(object) if is_module(&object.class) => interpreter.attribute_named(&made, "eval").map_err(|stop| stop.to_string())?,
        other => return Err(format!("it makes a {} and no nn.Module", other.type_name())),
    };
    if let Some(eval) = eval {
        interpreter.call(&eval, Vec::new(), Vec::new()).map_err(|stop| stop.to_string())?;
    }
    Ok(made)
}

/// A parameter of a constructor or function.
pub(super) struct Parameter<'t> {
    pub name: String,
    kind: Kind,
    has_default: bool,
    annotation: Option<&'t str>,
}

impl Parameter<'_> {
    /// True if a call has to give it.
    pub fn is_needed(&self) -> bool {
        self.kind == Kind::Plain && !self.has_default
    }

    /// True if nothing says that it is no whole number.
    pub fn may_be_whole(&self) -> bool {
        self.annotation.is_none_or(|annotation| annotation == "int") && !is_config(self)
    }
}

/// What a class or function takes, without the object itself of a class.
///
/// # Errors
/// If it is neither, or what makes its constructor cannot be followed.
pub(super) fn parameters<'t>(interpreter: &mut Interpreter<'t, Modeller<'_, 't>>, value: &Value<'t>) -> Result<Vec<Parameter<'t>>, String> {
    let (function, skipped) = match value {
        Value::Function(function) => (unwrapped(function), 0),
        Value::Class(_) => match interpreter.attribute_named(value, "__init__").map_err(|stop| stop.to_string())? {
            Some(Value::Function(function)) => (function, 1),
            _ => return Ok(Vec::new()),
        },
        Value::Object(_) => return Ok(Vec::new()),
        other => return Err(format!("it is a {} and neither a class nor a function", other.type_name())),
    };
    let nodes: Vec<Node<'t>> = function.node.field("parameters").into_iter().flat_map(Node::named_children).collect();
    let parameter = |node: Node<'t>| {
        let (name, kind) = parameter_name(node);
        Parameter {
            name: name.to_owned(),
            kind,
            has_default: function.defaults.iter().any(|(default, _)| *default == name),
            annotation: node.field("type").map(Node::text),
        }
    };
    Ok(nodes.into_iter().map(parameter).skip(skipped).collect())
}

/// The function that decorators wrap: it says what is taken.
pub(super) fn unwrapped<'t>(function: &Rc<Function<'t>>) -> Rc<Function<'t>> {
    let mut function = function.clone();
    loop {
        let wrapped = function.attributes.borrow().get("__wrapped__").cloned();
        match wrapped {
            Some(Value::Function(inner)) => function = inner,
            _ => return function,
        }
    }
}

fn is_config(parameter: &Parameter<'_>) -> bool {
    let name = parameter.name.to_lowercase();
    matches!(name.as_str(), "config" | "cfg" | "args" | "params" | "hparams" | "conf")
        || name.ends_with("_config")
        || parameter.annotation.is_some_and(|annotation| annotation.ends_with("Config") || annotation.ends_with("Args"))
}

/// The class of a configuration: the one that the parameter is annotated with, or the only one of the file.
fn configuration<'t>(
    interpreter: &mut Interpreter<'t, Modeller<'_, 't>>,
    module: &Rc<crate::interpret::Module<'t>>,
    parameter: &Parameter<'t>,
) -> Result<Rc<Class<'t>>, String> {
    let of_module = |interpreter: &mut Interpreter<'t, Modeller<'_, 't>>, name: &str| match interpreter
        .attribute_named(&Value::Module(module.clone()), name)
    {
        Ok(Some(Value::Class(class))) => Some(class),
        _ => None,
    };
    if let Some(annotation) = parameter.annotation
        && let Some(class) = of_module(interpreter, annotation.trim_matches(['"', '\'']))
    {
        return Ok(class);
    }
    let names: Vec<&str> = module.namespace.names().into_iter().filter(|name| name.ends_with("Config") || name.ends_with("Args")).collect();
    let classes: Vec<Rc<Class<'t>>> = names.iter().filter_map(|name| of_module(interpreter, name)).collect();
    match &classes[..] {
        [class] => Ok(class.clone()),
        [] => Err(format!("its constructor takes `{}`, and the file has no class for it", parameter.name)),
        _ => Err(format!("its constructor takes `{}`, which may be any of {}: annotate it", parameter.name, names.join(", "))),
    }
}

/// A name within a module.
pub(super) fn within(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Gives names to all that a module has, as its `state_dict` does, behind a prefix.
pub(super) fn named<'t>(made: &Value<'t>, weights: &StateDict, prefix: &str) -> Result<Names<'t>, String> {
    let Value::Object(root) = made else { return Err("it is no module".to_owned()) };
    let mut names = Names { paths: HashMap::new(), classes: HashMap::new() };
    let mut walk = Walk { weights, prefix, known: HashSet::new(), missing: Vec::new(), depth: 0 };
    walk.module(root, "", &mut names);
    if !walk.missing.is_empty() {
        return Err(if weights.is_empty() {
            format!("the values of its {} weights are not known: --weights names their file", walk.missing.len())
        } else {
            format!("the file of weights has no {}", listed(&walk.missing))
        });
    }
    let extra: Vec<String> = weights.keys().filter(|name| !walk.known.contains(*name)).cloned().collect();
    if !extra.is_empty() {
        return Err(format!("the file of weights has {}, which the program has not", listed(&extra)));
    }
    Ok(names)
}

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(8).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > 8 { format!("{shown} and {} more", names.len() - 8) } else { shown }
}

struct Walk<'w> {
    weights: &'w StateDict,
    prefix: &'w str,
    known: HashSet<String>,
    missing: Vec<String>,
    depth: usize,
}

impl Walk<'_> {
    fn module<'t>(&mut self, object: &Rc<Object<'t>>, path: &str, names: &mut Names<'t>) {
        // A module within itself has no names.
        if self.depth > 64 {
            return;
        }
        self.depth += 1;
        let whole = within(self.prefix, path).trim_end_matches('.').to_owned();
        names.paths.entry(Rc::as_ptr(object)).or_insert_with(|| Rc::from(whole.as_str()));
        names.classes.insert(whole, object.class.name.to_string());
        let fields: Vec<(Rc<str>, Value<'t>)> = object.fields.borrow().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        for (field, value) in fields {
            let name = within(path, &field);
            match value {
                Value::Object(inner) if is_module(&inner.class) => self.module(&inner, &name, names),
                Value::Tensor(tensor) => self.weight(&tensor, name),
                _ => {}
            }
        }
        self.depth -= 1;
    }

    fn weight(&mut self, tensor: &Rc<crate::interpret::Tensor>, name: String) {
        let mut role = tensor.role.borrow_mut();
        let Some(role) = role.as_mut().filter(|role| role.is_stored) else { return };
        if self.weights.contains_key(&name) {
            self.known.insert(name.clone());
            // Whatever the constructor set, the file has its elements.
            role.is_read = false;
            // A weight that has two names is that of the first which the file has.
            role.name.get_or_insert_with(|| Rc::from(within(self.prefix, &name)));
        } else if role.name.is_none() {
            // Statistics that training left are no more to be guessed than parameters.
            if role.is_parameter || name.ends_with("running_mean") || name.ends_with("running_var") {
                self.missing.push(name);
            } else {
                // A buffer is then what the constructor computes.
                role.is_stored = false;
            }
        }
    }
}
