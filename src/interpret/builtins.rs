//! Python's own functions and classes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::call::{Keywords, Kind, dict_of, parameter_name};
use super::error::{Followed, Stop};
use super::numbers::{mathematical, range};
use super::value::{Dict, Object, Value, Wrapping};
use super::{Host, Interpreter};
use crate::ir::DType;

/// Functions and classes that need no import.
const NAMES: &[&str] = &[
    "abs",
    "all",
    "any",
    "bool",
    "bytes",
    "callable",
    "classmethod",
    "complex",
    "dict",
    "divmod",
    "enumerate",
    "eval",
    "exec",
    "filter",
    "float",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "id",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "list",
    "locals",
    "map",
    "max",
    "min",
    "next",
    "object",
    "open",
    "pow",
    "print",
    "property",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
    "delattr",
    "NotImplemented",
    "BaseException",
    "Exception",
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "ImportError",
    "IndexError",
    "KeyError",
    "LookupError",
    "ModuleNotFoundError",
    "NotImplementedError",
    "OSError",
    "RuntimeError",
    "StopIteration",
    "TypeError",
    "ValueError",
    "ZeroDivisionError",
    "Warning",
    "DeprecationWarning",
    "FutureWarning",
    "UserWarning",
    "RuntimeWarning",
];

/// What a name is that nothing binds.
pub(super) fn named<'t>(name: &str) -> Option<Value<'t>> {
    NAMES.contains(&name).then(|| Value::native(name))
}

impl<'t, H: Host<'t>> Interpreter<'t, H> {
    /// A call of a native.
    pub(super) fn native(&mut self, path: &str, arguments: Vec<Value<'t>>, keywords: Keywords<'t>) -> Followed<Value<'t>> {
        if let Some((namespace, _)) = path.split_once('.') {
            return match namespace {
                "python" => self.python(path, arguments, keywords),
                "typing" => Ok(arguments.into_iter().next_back().unwrap_or_else(|| Value::native(path))),
                "math" => mathematical(path, &arguments),
                "dict" => {
                    let value = arguments.get(1).cloned().unwrap_or(Value::None);
                    let keys = self.iterated(first(&arguments)?)?;
                    dict_of(keys.into_iter().map(|key| (key, value.clone())))
                }
                _ => self.host.call(path, &arguments, &keywords),
            };
        }
        match path {
            "pass" | "print" => Ok(Value::None),
            "native" => Ok(match arguments.first().and_then(Value::as_str) {
                Some(path) => match path.strip_prefix("dtype.").and_then(DType::from_name) {
                    Some(dtype) => Value::DType(dtype),
                    None => Value::native(path),
                },
                None => return Err(wrong(path)),
            }),
            "len" => self.length(first(&arguments)?),
            "range" => range(&arguments),
            "isinstance" => {
                let [value, class] = &arguments[..] else { return Err(wrong(path)) };
                self.is_instance(value, class).map(Value::Bool)
            }
            "issubclass" => match &arguments[..] {
                [Value::Class(a), Value::Class(b)] => Ok(Value::Bool(a.is_a(b))),
                [Value::Class(a), Value::Native(b)] => Ok(Value::Bool(a.is_native(b))),
                _ => Err(Stop::undecided("`issubclass` of what is not known")),
            },
            "getattr" | "hasattr" => self.looked_up(path, &arguments),
            "setattr" => {
                let [object, name, value] = &arguments[..] else { return Err(wrong(path)) };
                let name = name.as_str().ok_or_else(|| wrong(path))?.to_owned();
                self.set_attribute(object, &name, value.clone())?;
                Ok(Value::None)
            }
            "delattr" => match &arguments[..] {
                [Value::Object(object), Value::Str(name)] => {
                    object.fields.borrow_mut().shift_remove(name);
                    Ok(Value::None)
                }
                _ => Err(wrong(path)),
            },
            "int" | "float" | "bool" | "str" | "repr" => self.converted(path, &arguments),
            "list" | "tuple" | "set" | "frozenset" | "iter" | "dict" | "sorted" | "reversed" | "enumerate" | "zip" | "map" | "filter" => {
                self.collected(path, arguments, &keywords)
            }
            "next" => match first(&arguments)? {
                Value::Iterator(rest) => match (rest.borrow_mut().pop_front(), arguments.get(1)) {
                    (Some(item), _) => Ok(item),
                    (None, Some(default)) => Ok(default.clone()),
                    (None, None) => Err(Stop::raised("StopIteration", "nothing is left")),
                },
                other @ Value::Object(_) => match self.special(other, "__next__")? {
                    Some(method) => self.call(&method, Vec::new(), Vec::new()),
                    None => Err(Stop::raised("TypeError", format!("a {} is no iterator", other.type_name()))),
                },
                other => Err(Stop::raised("TypeError", format!("a {} is no iterator", other.type_name()))),
            },
            "sum" | "min" | "max" | "any" | "all" => self.reduced(path, arguments, &keywords),
            "abs" | "round" | "pow" | "divmod" | "hash" | "id" => self.number(path, &arguments),
            "type" => self.type_of(first(&arguments)?),
            "callable" => {
                let value = first(&arguments)?.clone();
                let is_function =
                    matches!(value, Value::Function(_) | Value::Method(_) | Value::Class(_) | Value::Native(_) | Value::NativeMethod(_));
                Ok(Value::Bool(is_function || self.special(&value, "__call__")?.is_some()))
            }
            "object" => self.builtin("Object", Vec::new()),
            "vars" => self.attribute_or_error(first(&arguments)?, "__dict__"),
            "property" => Ok(Value::Wrapped(Wrapping::Property, Rc::new(first(&arguments)?.clone()))),
            "staticmethod" => Ok(Value::Wrapped(Wrapping::Static, Rc::new(first(&arguments)?.clone()))),
            "classmethod" => Ok(Value::Wrapped(Wrapping::Class, Rc::new(first(&arguments)?.clone()))),
            "slice" => {
                let mut parts = arguments.clone();
                if let [stop] = &arguments[..] {
                    parts = vec![Value::None, stop.clone()];
                }
                parts.resize(3, Value::None);
                let parts: [Value<'t>; 3] = parts.try_into().map_err(|_| wrong(path))?;
                Ok(Value::Slice(Rc::new(parts)))
            }
            other => Err(Stop::undecided(format!("`{other}` is not supported"))),
        }
    }

    /// What stand-ins for Python's own library are made of.
    fn python(&mut self, path: &str, arguments: Vec<Value<'t>>, keywords: Keywords<'t>) -> Followed<Value<'t>> {
        let keyword = |name: &str| keywords.iter().find(|(keyword, _)| &**keyword == name).map(|(_, value)| value.clone());
        match path {
            "python.dataclass" => match arguments.first() {
                Some(Value::Class(class)) => {
                    class.is_dataclass.set(true);
                    Ok(arguments[0].clone())
                }
                _ => Ok(Value::native("python.dataclass")),
            },
            "python.field" => Ok(Value::Field(Rc::new((keyword("default"), keyword("default_factory"))))),
            "python.fields" => match arguments.first() {
                Some(Value::Object(object)) => {
                    let class = object.class.clone();
                    Ok(Value::list(self.fields_of(&class).into_iter().map(|(name, _)| Value::str(name)).collect()))
                }
                _ => Err(Stop::undecided("the fields of what is no dataclass")),
            },
            "python.attributes" => match arguments.first() {
                Some(Value::Object(object)) => {
                    let pairs = object
                        .fields
                        .borrow()
                        .iter()
                        .map(|(name, value)| Value::tuple(vec![Value::Str(name.clone()), value.clone()]))
                        .collect();
                    Ok(Value::list(pairs))
                }
                _ => Err(Stop::undecided("the attributes of what is no object")),
            },
            "python.set_own" => match &arguments[..] {
                [value @ Value::Object(object), Value::Str(name), new] => {
                    self.set_own(value, object, name, new.clone())?;
                    Ok(Value::None)
                }
                _ => Err(Stop::undecided("an attribute of what is no object is set")),
            },
            "python.shallow" => match arguments.first() {
                Some(Value::Object(object)) => {
                    let fields = RefCell::new(object.fields.borrow().clone());
                    Ok(Value::Object(Rc::new(Object { class: object.class.clone(), fields })))
                }
                other => Ok(other.cloned().unwrap_or(Value::None)),
            },
            "python.undecided" => {
                let why = arguments.first().and_then(Value::as_str).unwrap_or("it is not supported").to_owned();
                Err(Stop::undecided(why))
            }
            "python.parameters" => match arguments.first() {
                Some(Value::Function(function)) => Ok(Value::list(parameters(function))),
                Some(Value::Method(method)) => match &method.1 {
                    Value::Function(function) => Ok(Value::list(parameters(function).split_off(1))),
                    _ => Err(Stop::undecided("the parameters of what is no function")),
                },
                Some(Value::Class(_)) => {
                    let constructor = self.attribute_or_error(&arguments[0], "__init__")?;
                    match constructor {
                        Value::Function(function) => Ok(Value::list(parameters(&function).split_off(1))),
                        _ => Ok(Value::list(Vec::new())),
                    }
                }
                _ => Err(Stop::undecided("the parameters of what is no function")),
            },
            "python.copied" => Ok(copied(arguments.first().unwrap_or(&Value::None), &mut HashMap::new())),
            "python.call" => {
                let mut arguments = arguments.into_iter();
                let callee = arguments.next().ok_or_else(|| wrong(path))?;
                self.call(&callee, arguments.collect(), keywords)
            }
            other => Err(Stop::undecided(format!("`{other}` is not supported"))),
        }
    }

    fn length(&mut self, value: &Value<'t>) -> Followed<Value<'t>> {
        Ok(Value::Int(match value {
            Value::Str(text) => text.chars().count() as i64,
            Value::Tuple(items) => items.len() as i64,
            Value::List(items) => items.borrow().len() as i64,
            Value::Dict(dict) | Value::Set(dict) => dict.borrow().len() as i64,
            _ => match self.special(value, "__len__")? {
                Some(method) => return self.call(&method, Vec::new(), Vec::new()),
                None => self.iterated(value)?.len() as i64,
            },
        }))
    }

    fn looked_up(&mut self, path: &str, arguments: &[Value<'t>]) -> Followed<Value<'t>> {
        let (Some(object), Some(name)) = (arguments.first(), arguments.get(1).and_then(Value::as_str)) else { return Err(wrong(path)) };
        let name = name.to_owned();
        if let Value::Missing(path) = object {
            return Err(Stop::lacking(path));
        }
        if let Value::Module(module) = object
            && module.stands_in
            && self.attribute(object, &name)?.is_none()
        {
            return Err(Stop::undecided(format!("whether `{}` has `{name}` is not known", module.path)));
        }
        if path == "hasattr" {
            return Ok(Value::Bool(self.attribute(object, &name)?.is_some()));
        }
        match arguments.get(2) {
            Some(default) => Ok(self.attribute(object, &name)?.unwrap_or_else(|| default.clone())),
            None => self.attribute_or_error(object, &name),
        }
    }

    /// Whether a value is of a class, or of one of several.
    fn is_instance(&mut self, value: &Value<'t>, class: &Value<'t>) -> Followed<bool> {
        if let Value::Missing(path) = value {
            return Err(Stop::lacking(path));
        }
        match class {
            Value::Tuple(several) => {
                for class in several.iter() {
                    if self.is_instance(value, class)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Value::Class(class) => Ok(match value {
                Value::Object(object) => object.class.is_a(class),
                Value::Tensor(tensor) => {
                    let is_parameter = tensor.role.borrow().as_ref().is_some_and(|role| role.is_parameter);
                    &*class.name == "Tensor" || (&*class.name == "Parameter" && is_parameter)
                }
                Value::DType(_) => &*class.name == "dtype",
                _ => false,
            }),
            Value::Native(path) => Ok(match (&**path, value) {
                ("object", _) => true,
                ("int", Value::Int(_) | Value::Bool(_) | Value::Length(_)) => true,
                ("type" | "typing.Type", Value::Class(_)) => true,
                ("typing.Callable", Value::Function(_) | Value::Method(_) | Value::Class(_) | Value::Native(_)) => true,
                ("typing.Sequence" | "typing.Iterable", Value::List(_) | Value::Tuple(_) | Value::Str(_)) => true,
                ("typing.Mapping", Value::Dict(_)) => true,
                ("typing.Iterable", Value::Dict(_) | Value::Set(_) | Value::Tensor(_)) => true,
                ("int", Value::Float(_)) | ("float", Value::Int(_)) => false,
                (_, Value::Object(object)) => object.class.is_native(path),
                (path, value) => path.rsplit('.').next() == Some(value.type_name()),
            }),
            // What was never imported has no instances.
            Value::Missing(_) => Ok(false),
            other => Err(Stop::raised("TypeError", format!("a {} is no class", other.type_name()))),
        }
    }

    fn converted(&mut self, path: &str, arguments: &[Value<'t>]) -> Followed<Value<'t>> {
        let Some(value) = arguments.first() else {
            return Ok(match path {
                "int" => Value::Int(0),
                "float" => Value::Float(0.0),
                "bool" => Value::Bool(false),
                _ => Value::str(""),
            });
        };
        match (path, value) {
            ("bool", value) => self.truth(value).map(Value::Bool),
            ("str", value) => self.text_of(value).map(|text| Value::str(&text)),
            ("repr", value) => self.repr(value).map(|text| Value::str(&text)),
            ("int", Value::Length(_)) => Ok(value.clone()),
            ("float", Value::Length(_)) => Err(Stop::undecided("a number depends on a length that only running tells: --input fixes it")),
            (_, Value::Tensor(_)) => Err(Stop::undecided("a number depends on the elements of a tensor, which only running tells")),
            ("int", Value::Float(x)) if x.is_finite() => Ok(Value::Int(*x as i64)),
            ("int", Value::Str(text)) if arguments.len() > 1 => {
                let base = arguments[1].as_int().filter(|base| (2..=36).contains(base));
                let read = base.and_then(|base| i64::from_str_radix(text.trim(), base as u32).ok());
                read.map(Value::Int).ok_or_else(|| Stop::raised("ValueError", format!("`{text}` is no integer")))
            }
            ("int", Value::Str(text)) => {
                text.trim().parse().map(Value::Int).map_err(|_| Stop::raised("ValueError", format!("`{text}` is no integer")))
            }
            ("float", Value::Str(text)) => {
                text.trim().parse().map(Value::Float).map_err(|_| Stop::raised("ValueError", format!("`{text}` is no number")))
            }
            ("int", value) if value.as_int().is_some() => Ok(Value::Int(value.as_int().unwrap_or(0))),
            ("float", value) if value.as_f64().is_some() => Ok(Value::Float(value.as_f64().unwrap_or(0.0))),
            (_, Value::Missing(path)) => Err(Stop::lacking(path)),
            (_, other) => Err(Stop::raised("TypeError", format!("`{path}` of a {}", other.type_name()))),
        }
    }

    fn type_of(&mut self, value: &Value<'t>) -> Followed<Value<'t>> {
        Ok(match value {
            Value::Object(object) => Value::Class(object.class.clone()),
            Value::Tensor(_) => Value::Class(self.tensor_class()?),
            Value::None => Value::native("NoneType"),
            other => Value::native(other.type_name()),
        })
    }
}

/// The parameters of a function: each name with the kind that `inspect` says of it.
fn parameters<'t>(function: &super::Function<'t>) -> Vec<Value<'t>> {
    let nodes = function.node.field("parameters").into_iter().flat_map(crate::syntax::Node::named_children);
    let mut named_alone = false;
    let mut found = Vec::new();
    for node in nodes {
        let (name, kind) = parameter_name(node);
        let word = match kind {
            Kind::Plain if named_alone => "keyword-only",
            Kind::Plain => "positional or keyword",
            Kind::Rest => "variadic positional",
            Kind::Keywords => "variadic keyword",
            Kind::Separator => "",
        };
        named_alone |= kind == Kind::Rest || node.kind() == "keyword_separator";
        if kind != Kind::Separator {
            found.push(Value::tuple(vec![Value::str(name), Value::str(word)]));
        }
    }
    found
}

/// A copy with all that is in it, as `copy.deepcopy` makes it; what stands twice in it does so in the copy.
fn copied<'t>(value: &Value<'t>, known: &mut HashMap<usize, Value<'t>>) -> Value<'t> {
    let place = match value {
        Value::Object(object) => Rc::as_ptr(object) as usize,
        Value::Tensor(tensor) => Rc::as_ptr(tensor) as usize,
        Value::List(list) => Rc::as_ptr(list) as usize,
        Value::Dict(dict) | Value::Set(dict) => Rc::as_ptr(dict) as usize,
        Value::Tuple(items) => return Value::tuple(items.iter().map(|item| copied(item, known)).collect()),
        Value::Method(method) => return Value::Method(Rc::new((copied(&method.0, known), method.1.clone()))),
        other => return other.clone(),
    };
    if let Some(copy) = known.get(&place) {
        return copy.clone();
    }
    match value {
        Value::Object(object) => {
            let copy = Rc::new(Object { class: object.class.clone(), fields: RefCell::default() });
            known.insert(place, Value::Object(copy.clone()));
            for (name, field) in object.fields.borrow().iter() {
                let field = copied(field, known);
                copy.fields.borrow_mut().insert(name.clone(), field);
            }
            Value::Object(copy)
        }
        Value::Tensor(tensor) => {
            let copy = Value::Tensor(Rc::new(tensor.copied()));
            known.insert(place, copy.clone());
            copy
        }
        Value::List(list) => {
            let copy = Value::list(list.borrow().iter().map(|item| copied(item, known)).collect());
            known.insert(place, copy.clone());
            copy
        }
        Value::Dict(dict) | Value::Set(dict) => {
            let copy: Dict<'t> = dict.borrow().iter().map(|(key, (k, v))| (key.clone(), (k.clone(), copied(v, known)))).collect();
            let copy = Rc::new(RefCell::new(copy));
            if matches!(value, Value::Dict(_)) { Value::Dict(copy) } else { Value::Set(copy) }
        }
        other => other.clone(),
    }
}

pub(super) fn first<'a, 't>(arguments: &'a [Value<'t>]) -> Followed<&'a Value<'t>> {
    arguments.first().ok_or_else(|| Stop::raised("TypeError", "an argument is missing"))
}

pub(super) fn wrong(path: &str) -> Box<Stop> {
    Stop::raised("TypeError", format!("`{path}` is given what it does not take"))
}
