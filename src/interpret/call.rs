//! Calls.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use indexmap::IndexMap;

use super::error::{Followed, Stop};
use super::expression::{field, is_spread, key_of};
use super::scope::Frame;
use super::statement::Flow;
use super::value::{Class, Dict, Function, Key, Object, Value};
use super::{DEPTH, Host, Interpreter};
use crate::syntax::Node;

/// Arguments by keyword.
pub(super) type Keywords<'t> = Vec<(Rc<str>, Value<'t>)>;

/// Places of calls that a message lists.
const TRACE: usize = 6;

impl<'t, H: Host<'t>> Interpreter<'t, H> {
    /// A call as it is written.
    pub(super) fn call_expression(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        let function = field(node, "function")?;
        let arguments = field(node, "arguments")?;
        if function.kind() == "identifier" && function.text() == "super" {
            return self.super_of(arguments, frame);
        }
        let callee = self.expression(function, frame)?;
        if let Value::Native(path) = &callee
            && matches!(&**path, "locals" | "globals" | "exec" | "eval" | "compile" | "__import__")
        {
            return Err(Stop::undecided(format!("`{path}` is not followed")));
        }
        let (positional, keywords) = self.arguments(arguments, frame)?;
        let result = self.call(&callee, positional, keywords);
        if let (Ok(Value::Object(object)), Value::Class(class), false) = (&result, &callee, frame.module.stands_in)
            && class.module.stands_in
        {
            self.made_at.insert(Rc::as_ptr(object), node);
        }
        result.map_err(|mut stop| {
            let place = (!frame.module.stands_in && !stop.places.is_empty() && stop.places.len() < TRACE)
                .then(|| self.place(node, &frame.module.file))
                .filter(|place| stop.places.last().is_some_and(|last| (&last.file, last.line) != (&place.file, place.line)));
            stop.places.extend(place);
            stop
        })
    }

    fn super_of(&mut self, arguments: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        let given = self.elements(arguments, frame)?;
        if let [Value::Class(class), object] = &given[..] {
            return Ok(Value::Super(Rc::new((class.clone(), object.clone()))));
        }
        let method = std::iter::successors(Some(frame), |frame| frame.outer.as_ref()).find_map(|frame| frame.method.clone());
        method.map(|method| Value::Super(Rc::new(method))).ok_or_else(|| Stop::undecided("`super()` outside of a method"))
    }

    fn arguments(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<(Vec<Value<'t>>, Keywords<'t>)> {
        let (mut positional, mut keywords) = (Vec::new(), Keywords::new());
        if node.kind() == "generator_expression" {
            return Ok((vec![self.expression(node, frame)?], keywords));
        }
        for child in node.named_children().filter(|child| !child.is_comment()) {
            match child.kind() {
                _ if is_spread(child) => {
                    let items = self.expression(child, frame)?;
                    positional.extend(self.iterated(&items)?);
                }
                "dictionary_splat" => {
                    let inner = child.named_children().next().ok_or_else(|| Stop::undecided("a star of nothing"))?;
                    let mapping = self.expression(inner, frame)?;
                    let dict = self.mapping(&mapping)?;
                    for (key, value) in dict.borrow().values() {
                        let Value::Str(name) = key else { return Err(Stop::raised("TypeError", "a keyword that is no text")) };
                        keywords.push((name.clone(), value.clone()));
                    }
                }
                "keyword_argument" => {
                    let value = self.expression(field(child, "value")?, frame)?;
                    keywords.push((Rc::from(field(child, "name")?.text()), value));
                }
                _ => positional.push(self.expression(child, frame)?),
            }
        }
        Ok((positional, keywords))
    }

    /// What a value gives when it is called.
    pub fn call(&mut self, callee: &Value<'t>, mut positional: Vec<Value<'t>>, keywords: Keywords<'t>) -> Followed<Value<'t>> {
        self.step()?;
        match callee {
            Value::Function(function) => self.run(function, positional, keywords),
            Value::Method(method) => {
                positional.insert(0, method.0.clone());
                self.call(&method.1, positional, keywords)
            }
            Value::Class(class) => self.instance(class, positional, keywords),
            Value::Native(path) => self.native(path, positional, keywords),
            Value::NativeMethod(method) => self.native_method(&method.0, &method.1, positional, &keywords),
            Value::Wrapped(_, function) => self.call(function, positional, keywords),
            Value::Missing(path) => Err(Stop::lacking(path)),
            Value::Object(object) => {
                let Some(method) = self.special(callee, "__call__")? else {
                    return Err(Stop::raised("TypeError", format!("a {} cannot be called", callee.type_name())));
                };
                if !is_module(&object.class) {
                    return self.call(&method, positional, keywords);
                }
                let given = positional.clone();
                self.host.enter(object);
                let result = self.call(&method, positional, keywords);
                self.host.leave();
                if let Err(stop) = &result
                    && stop.from_library
                    && object.class.module.stands_in
                    && self.refused.is_none()
                {
                    self.refused = Some((object.clone(), given.clone()));
                }
                if let (Ok(Value::Tensor(out)), Some(Value::Tensor(given)), true) = (&result, given.first(), object.class.module.stands_in)
                    && let (Some(from), Some(to)) = (self.host.lengths(given), self.host.lengths(out))
                    && from != to
                    && &*object.class.name != "Sequential"
                {
                    self.passed.push(format!("{} {from} -> {to}", object.class.name));
                }
                result
            }
            other => Err(Stop::raised("TypeError", format!("a {} cannot be called", other.type_name()))),
        }
    }

    fn run(&mut self, function: &Rc<Function<'t>>, positional: Vec<Value<'t>>, keywords: Keywords<'t>) -> Followed<Value<'t>> {
        if self.depth >= DEPTH {
            return Err(Stop::undecided(format!("calls are nested deeper than {DEPTH}")));
        }
        let class = function.class.borrow().as_ref().and_then(std::rc::Weak::upgrade);
        let mut frame = Frame::new(function.module.clone(), function.closure.clone());
        frame.method = class.zip(positional.first().cloned());
        let frame = Rc::new(frame);
        bind_parameters(function, positional, keywords, &frame)?;
        self.depth += 1;
        let result = match function.node.field("body") {
            Some(body) if function.node.kind() == "lambda" => self.expression(body, &frame).map(Flow::Return),
            Some(body) => self.block(body, &frame),
            None => Ok(Flow::Next),
        };
        self.depth -= 1;
        let returned = match result? {
            Flow::Return(value) => value,
            _ => Value::None,
        };
        if function.generates {
            return Ok(Value::Iterator(Rc::new(RefCell::new(VecDeque::from(frame.yielded.take())))));
        }
        Ok(returned)
    }

    /// An instance of a class.
    fn instance(&mut self, class: &Rc<Class<'t>>, positional: Vec<Value<'t>>, keywords: Keywords<'t>) -> Followed<Value<'t>> {
        if class.is_native("enum.Enum") {
            return self.member_of_value(class, positional.first());
        }
        let object = Rc::new(Object { class: class.clone(), fields: RefCell::default() });
        let value = Value::Object(object.clone());
        if let Some(maker) = self.special(&value, "__new__")? {
            // Those of a library give what stands for an instance.
            if matches!(&maker, Value::Function(function) if function.module.stands_in) {
                let arguments = std::iter::once(Value::Class(class.clone())).chain(positional).collect();
                return self.call(&maker, arguments, keywords);
            }
            return Err(Stop::undecided(format!("`{}` has a `__new__`, which is not followed", class.name)));
        }
        let order = class.order.borrow().clone();
        for owner in &order {
            if let Some(constructor) = self.name_of_class(owner, "__init__")? {
                self.call(&Value::Method(Rc::new((value.clone(), constructor))), positional, keywords)?;
                return Ok(value);
            }
            if owner.is_dataclass.get() || owner.natives.iter().any(|native| &**native == "typing.NamedTuple") {
                self.dataclass_fields(&object, positional, keywords)?;
                if let Some(method) = self.special(&value, "__post_init__")? {
                    self.call(&method, Vec::new(), Vec::new())?;
                }
                return Ok(value);
            }
        }
        Ok(value)
    }

    /// The member of an enumeration that has a value.
    fn member_of_value(&mut self, class: &Rc<Class<'t>>, wanted: Option<&Value<'t>>) -> Followed<Value<'t>> {
        let wanted = wanted.cloned().unwrap_or(Value::None);
        let all = Value::Class(class.clone());
        for member in self.iterated(&all)? {
            let value = self.attribute_or_error(&member, "value")?;
            if self.equal(&value, &wanted)? {
                return Ok(member);
            }
        }
        Err(Stop::raised("ValueError", format!("no `{}` has this value", class.name)))
    }

    /// The fields of a dataclass, those of base classes first: the name, and the class that has the default if there is one.
    pub(super) fn fields_of(&self, class: &Rc<Class<'t>>) -> Vec<(&'t str, Option<Rc<Class<'t>>>)> {
        let mut fields: IndexMap<&'t str, Option<Rc<Class<'t>>>> = IndexMap::new();
        for class in class.order.borrow().iter().rev() {
            if !class.is_dataclass.get() && !class.natives.iter().any(|native| &**native == "typing.NamedTuple") {
                continue;
            }
            let Some(body) = class.node.field("body") else { continue };
            let assignments = body.named_children().filter_map(|statement| statement.named_children().next());
            for assignment in assignments.filter(|node| node.kind() == "assignment") {
                let (Some(name), Some(ty)) = (assignment.field("left"), assignment.field("type")) else { continue };
                if name.kind() == "identifier" && !ty.text().contains("ClassVar") {
                    fields.insert(name.text(), assignment.field("right").map(|_| class.clone()));
                }
            }
        }
        fields.into_iter().collect()
    }

    pub(super) fn dataclass_fields(
        &mut self,
        object: &Rc<Object<'t>>,
        positional: Vec<Value<'t>>,
        mut keywords: Keywords<'t>,
    ) -> Followed<()> {
        let mut positional = positional.into_iter();
        for (name, default) in self.fields_of(&object.class) {
            let value = if let Some(value) = positional.next() {
                value
            } else if let Some(at) = keywords.iter().position(|(keyword, _)| &**keyword == name) {
                keywords.remove(at).1
            } else {
                let default = match default {
                    Some(class) => self.name_of_class(&class, name)?,
                    None => None,
                };
                match default {
                    Some(Value::Field(field)) => match &*field {
                        (Some(value), _) => value.clone(),
                        (None, Some(factory)) => self.call(factory, Vec::new(), Vec::new())?,
                        (None, None) => return Err(lacking(name, &object.class.name)),
                    },
                    Some(value) => value,
                    None => return Err(lacking(name, &object.class.name)),
                }
            };
            object.fields.borrow_mut().insert(Rc::from(name), value);
        }
        match keywords.first() {
            Some((name, _)) => Err(Stop::raised("TypeError", format!("`{}` has no field `{name}`", object.class.name))),
            None => Ok(()),
        }
    }

    /// All that an iteration over a value gives.
    pub fn iterated(&mut self, value: &Value<'t>) -> Followed<Vec<Value<'t>>> {
        match value {
            Value::Tuple(items) => Ok(items.to_vec()),
            Value::List(items) => Ok(items.borrow().clone()),
            Value::Dict(dict) | Value::Set(dict) => Ok(dict.borrow().values().map(|(key, _)| key.clone()).collect()),
            Value::Str(text) => Ok(text.chars().map(|c| Value::str(&c.to_string())).collect()),
            Value::Iterator(rest) => Ok(std::mem::take(&mut *rest.borrow_mut()).into()),
            Value::Class(class) if class.is_native("enum.Enum") => {
                let mut members = Vec::new();
                for name in class.namespace.names() {
                    if let Some(member @ Value::Object(_)) = self.attribute(value, name)? {
                        members.push(member);
                    }
                }
                Ok(members)
            }
            Value::Missing(path) => Err(Stop::lacking(path)),
            Value::Object(_) | Value::Tensor(_) => {
                if let Some(method) = self.special(value, "__iter__")? {
                    let items = self.call(&method, Vec::new(), Vec::new())?;
                    if !items.is(value) {
                        return self.iterated(&items);
                    }
                }
                if let Value::Object(object) = value
                    && object.class.is_native("typing.NamedTuple")
                {
                    return Ok(object.fields.borrow().values().cloned().collect());
                }
                Err(Stop::undecided(format!("an iteration over a {} is not followed", value.type_name())))
            }
            other => Err(Stop::raised("TypeError", format!("a {} cannot be iterated over", other.type_name()))),
        }
    }
}

/// True for a class of models: `torch.nn.Module` is among those that it inherits from.
pub fn is_module(class: &Class<'_>) -> bool {
    class.order.borrow().iter().any(|class| &*class.name == "Module" && class.module.path.starts_with("torch.nn"))
}

fn lacking(name: &str, of: &str) -> Box<Stop> {
    Stop::raised("TypeError", format!("`{of}` is not given its `{name}`"))
}

/// Binds a function's parameters to the arguments.
fn bind_parameters<'t>(function: &Function<'t>, positional: Vec<Value<'t>>, mut keywords: Keywords<'t>, frame: &Frame<'t>) -> Followed<()> {
    let parameters: Vec<Node<'t>> =
        function.node.field("parameters").into_iter().flat_map(Node::named_children).filter(|child| !child.is_comment()).collect();
    let mut positional = positional.into_iter();
    let mut by_keyword = false;
    for parameter in &parameters {
        let (name, kind) = parameter_name(*parameter);
        let value = match kind {
            Kind::Separator => {
                by_keyword |= parameter.kind() == "keyword_separator";
                continue;
            }
            Kind::Rest => {
                by_keyword = true;
                Value::tuple(positional.by_ref().collect())
            }
            Kind::Keywords => {
                let dict: Dict<'t> = keywords.drain(..).map(|(name, value)| (Key::Str(name.clone()), (Value::Str(name), value))).collect();
                Value::dict(dict)
            }
            Kind::Plain => {
                let given = if by_keyword { None } else { positional.next() };
                let named = keywords.iter().position(|(keyword, _)| &**keyword == name);
                match (given, named) {
                    (Some(_), Some(_)) => {
                        return Err(Stop::raised("TypeError", format!("`{}` is given its `{name}` twice", function.name)));
                    }
                    (Some(value), None) => value,
                    (None, Some(at)) => keywords.remove(at).1,
                    (None, None) => {
                        let default = function.defaults.iter().find(|(parameter, _)| *parameter == name);
                        default.map(|(_, value)| value.clone()).ok_or_else(|| lacking(name, &function.name))?
                    }
                }
            }
        };
        frame.variables.borrow_mut().insert(name, value);
    }
    if positional.next().is_some() {
        return Err(Stop::raised("TypeError", format!("`{}` is given more arguments than it takes", function.name)));
    }
    match keywords.first() {
        Some((name, _)) => Err(Stop::raised("TypeError", format!("`{}` has no parameter `{name}`", function.name))),
        None => Ok(()),
    }
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One argument.
    Plain,
    /// All that are left: `*args`.
    Rest,
    /// All keywords that are left: `**kwargs`.
    Keywords,
    /// `*` or `/`.
    Separator,
}

/// A parameter's name and what it takes.
pub fn parameter_name(node: Node<'_>) -> (&str, Kind) {
    match node.kind() {
        "identifier" => (node.text(), Kind::Plain),
        "typed_parameter" => node.named_children().next().map_or(("", Kind::Separator), parameter_name),
        "list_splat_pattern" => (node.named_children().next().map_or("", Node::text), Kind::Rest),
        "dictionary_splat_pattern" => (node.named_children().next().map_or("", Node::text), Kind::Keywords),
        "default_parameter" | "typed_default_parameter" => (node.field("name").map_or("", Node::text), Kind::Plain),
        _ => ("", Kind::Separator),
    }
}

/// A dictionary of texts.
pub(super) fn dict_of<'t>(pairs: impl IntoIterator<Item = (Value<'t>, Value<'t>)>) -> Followed<Value<'t>> {
    let mut dict = Dict::new();
    for (key, value) in pairs {
        dict.insert(key_of(&key)?, (key, value));
    }
    Ok(Value::dict(dict))
}
