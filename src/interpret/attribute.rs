//! Attributes and items of values.

use std::rc::Rc;

use indexmap::IndexMap;

use super::error::{Cause, Followed, Stop};
use super::expression::{field, key_of};
use super::scope::Frame;
use super::value::{Class, Object, Value, Wrapping};
use super::{Host, Interpreter};
use crate::syntax::Node;

impl<'t, H: Host<'t>> Interpreter<'t, H> {
    /// An attribute that must be there.
    pub(super) fn attribute_or_error(&mut self, object: &Value<'t>, name: &str) -> Followed<Value<'t>> {
        match self.attribute(object, name)? {
            Some(value) => Ok(value),
            None => match object {
                Value::Module(module) if module.stands_in => Err(Stop::undecided(format!("`{}.{name}` is not supported", module.path))),
                Value::Tensor(_) => Err(Stop::undecided(format!("`.{name}` of a tensor is not supported"))),
                Value::Module(module) => Err(Stop::raised("AttributeError", format!("module `{}` has no `{name}`", module.path))),
                _ => Err(Stop::raised("AttributeError", format!("a {} has no `{name}`", object.type_name()))),
            },
        }
    }

    /// An attribute; `None` if there is none.
    pub(super) fn attribute(&mut self, object: &Value<'t>, name: &str) -> Followed<Option<Value<'t>>> {
        match object {
            Value::Object(instance) => self.attribute_of_object(object, instance, name),
            Value::Class(class) => self.attribute_of_class(class, name),
            Value::Module(module) => {
                if let Some(value) = self.name_of_module(module, name)? {
                    return Ok(Some(value));
                }
                Ok(self.module(&format!("{}.{name}", module.path)).map(Value::Module))
            }
            Value::Tensor(_) => match self.special(object, name)? {
                Some(found) => Ok(Some(found)),
                None => Ok(None),
            },
            Value::Missing(path) => Ok(Some(Value::Missing(Rc::from(format!("{path}.{name}"))))),
            Value::Super(behind) => {
                let (class, of) = &**behind;
                let order = match of {
                    Value::Object(instance) => instance.class.order.borrow().clone(),
                    Value::Class(class) => class.order.borrow().clone(),
                    _ => Vec::new(),
                };
                let place = order.iter().position(|other| Rc::ptr_eq(other, class)).map_or(0, |i| i + 1);
                for class in &order[place..] {
                    if let Some(value) = self.name_of_class(class, name)? {
                        return self.bound(value, of, name).map(Some);
                    }
                    if name == "__init__" && class.is_dataclass.get() {
                        return Ok(Some(Value::NativeMethod(Rc::new((of.clone(), Rc::from(name))))));
                    }
                }
                if name == "__setattr__" {
                    return Ok(Some(Value::Method(Rc::new((of.clone(), Value::native("python.set_own"))))));
                }
                // Classes of Python itself have constructors that take anything and do nothing here.
                Ok(matches!(name, "__init__" | "__init_subclass__" | "__post_init__").then(|| Value::native("pass")))
            }
            Value::Method(method) => self.attribute(&method.1, name),
            Value::Function(function) if function.attributes.borrow().contains_key(name) => {
                Ok(function.attributes.borrow().get(name).cloned())
            }
            Value::Function(function) => Ok(match name {
                "__name__" | "__qualname__" => Some(Value::Str(function.name.clone())),
                "__doc__" => Some(Value::None),
                "__class__" => Some(Value::native("function")),
                "__module__" => Some(Value::Str(function.module.path.clone())),
                "__dict__" => Some(Value::dict(IndexMap::new())),
                _ => None,
            }),
            Value::Native(path) => Ok(match name {
                "__name__" => Some(Value::str(path.rsplit('.').next().unwrap_or(path))),
                "fromkeys" if &**path == "dict" => Some(Value::native("dict.fromkeys")),
                "__setattr__" if &**path == "object" => Some(Value::native("python.set_own")),
                _ => None,
            }),
            Value::DType(dtype) => Ok(match name {
                "is_floating_point" => Some(Value::Bool(dtype.is_float())),
                "itemsize" => Some(Value::Int(dtype.size() as i64)),
                _ => None,
            }),
            Value::Slice(parts) => Ok(match name {
                "start" => Some(parts[0].clone()),
                "stop" => Some(parts[1].clone()),
                "step" => Some(parts[2].clone()),
                _ => None,
            }),
            _ if super::methods::has(object, name) => Ok(Some(Value::NativeMethod(Rc::new((object.clone(), Rc::from(name)))))),
            _ => Ok(None),
        }
    }

    /// A method that an operator calls: it is looked for in the class alone.
    pub(super) fn special(&mut self, value: &Value<'t>, name: &str) -> Followed<Option<Value<'t>>> {
        let class = match value {
            Value::Object(object) => object.class.clone(),
            Value::Tensor(_) => self.tensor_class()?,
            _ => return Ok(None),
        };
        let order = class.order.borrow().clone();
        for class in order {
            if let Some(found) = self.name_of_class(&class, name)? {
                return self.bound(found, value, name).map(Some);
            }
        }
        Ok(None)
    }

    /// `torch.Tensor`.
    pub(super) fn tensor_class(&mut self) -> Followed<Rc<Class<'t>>> {
        let module = self.module("torch").ok_or_else(|| Stop::undecided("there is no stand-in for torch"))?;
        match self.name_of_module(&module, "Tensor")? {
            Some(Value::Class(class)) => Ok(class),
            _ => Err(Stop::undecided("the stand-in for torch has no Tensor")),
        }
    }

    fn attribute_of_object(&mut self, value: &Value<'t>, object: &Rc<Object<'t>>, name: &str) -> Followed<Option<Value<'t>>> {
        match name {
            "__class__" => return Ok(Some(Value::Class(object.class.clone()))),
            "__module__" => return Ok(Some(Value::Str(object.class.module.path.clone()))),
            "__dict__" => {
                return self.builtin("Attributes", vec![value.clone()]).map(Some);
            }
            _ => {}
        }
        let own = object.fields.borrow().get(name).cloned();
        if let Some(own) = own {
            return Ok(Some(own));
        }
        if let Some(found) = self.special(value, name)? {
            return Ok(Some(found));
        }
        if name.starts_with("__") {
            return Ok(None);
        }
        match self.special(value, "__getattr__")? {
            Some(method) => match self.call(&method, vec![Value::str(name)], Vec::new()) {
                Ok(value) => Ok(Some(value)),
                Err(stop) if matches!(&stop.cause, Cause::Raised(class) if &**class == "AttributeError") => Ok(None),
                Err(stop) => Err(stop),
            },
            None => Ok(None),
        }
    }

    fn attribute_of_class(&mut self, class: &Rc<Class<'t>>, name: &str) -> Followed<Option<Value<'t>>> {
        match name {
            "__name__" | "__qualname__" => return Ok(Some(Value::Str(class.name.clone()))),
            "__module__" => return Ok(Some(Value::Str(class.module.path.clone()))),
            "__mro__" => return Ok(Some(Value::tuple(class.order.borrow().iter().cloned().map(Value::Class).collect()))),
            "__members__" if class.is_native("enum.Enum") => {
                let mut members = super::Dict::new();
                for name in class.namespace.names() {
                    if let Some(member @ Value::Object(_)) = self.attribute_of_class(class, name)? {
                        members.insert(super::Key::Str(Rc::from(name)), (Value::str(name), member));
                    }
                }
                return Ok(Some(Value::dict(members)));
            }
            _ => {}
        }
        let order = class.order.borrow().clone();
        for owner in order {
            let Some(value) = self.name_of_class(&owner, name)? else { continue };
            if class.is_native("enum.Enum")
                && !name.starts_with('_')
                && !matches!(value, Value::Function(_) | Value::Wrapped(..) | Value::Object(_))
            {
                let fields = IndexMap::from([(Rc::from("value"), value), (Rc::from("name"), Value::str(name))]);
                let member = Value::Object(Rc::new(Object { class: owner.clone(), fields: fields.into() }));
                owner.namespace.set(name, member.clone());
                return Ok(Some(member));
            }
            return Ok(Some(match value {
                Value::Wrapped(Wrapping::Static, function) => (*function).clone(),
                Value::Wrapped(Wrapping::Class, function) => Value::Method(Rc::new((Value::Class(class.clone()), (*function).clone()))),
                other => other,
            }));
        }
        Ok(match name {
            "__init__" | "__setattr__" => Some(Value::native(if name == "__init__" { "pass" } else { "python.set_own" })),
            _ => None,
        })
    }

    /// A name of a class's own body, its statements run as far as needed.
    pub(super) fn name_of_class(&mut self, class: &Rc<Class<'t>>, name: &str) -> Followed<Option<Value<'t>>> {
        let pending = class.namespace.pending(name);
        if !pending.is_empty() {
            let frame = Frame { body_of: Some(class.clone()), ..Frame::new(class.module.clone(), class.closure.clone()) };
            self.run_pending(&class.namespace, pending, name, &Rc::new(frame))?;
        }
        Ok(class.namespace.get(name))
    }

    /// An attribute of a class as its instance has it.
    fn bound(&mut self, value: Value<'t>, instance: &Value<'t>, name: &str) -> Followed<Value<'t>> {
        Ok(match value {
            Value::Function(_) if name == "__new__" => value,
            Value::Function(_) => Value::Method(Rc::new((instance.clone(), value))),
            Value::Wrapped(Wrapping::Property, function) => return self.call(&function, vec![instance.clone()], Vec::new()),
            Value::Wrapped(Wrapping::Static, function) => (*function).clone(),
            Value::Wrapped(Wrapping::Class, function) => {
                let class = match instance {
                    Value::Object(object) => Value::Class(object.class.clone()),
                    other => other.clone(),
                };
                Value::Method(Rc::new((class, (*function).clone())))
            }
            Value::Object(ref object) if object.class.order.borrow().iter().any(|class| class.namespace.has("__get__")) => {
                return Err(Stop::undecided(format!("`{name}` is a descriptor, whose `__get__` is not followed")));
            }
            other => other,
        })
    }

    /// An instance of a class that the stand-in for Python's builtins has.
    pub(super) fn builtin(&mut self, class: &str, arguments: Vec<Value<'t>>) -> Followed<Value<'t>> {
        let module = self.module("builtins").ok_or_else(|| Stop::undecided("there is no stand-in for builtins"))?;
        let class = self.attribute_or_error(&Value::Module(module), class)?;
        self.call(&class, arguments, Vec::new())
    }

    /// `object.name = value`.
    pub(super) fn set_attribute(&mut self, object: &Value<'t>, name: &str, value: Value<'t>) -> Followed<()> {
        match object {
            Value::Object(instance) => match self.special(object, "__setattr__")? {
                Some(method) => self.call(&method, vec![Value::str(name), value], Vec::new()).map(|_| ()),
                None => self.set_own(object, instance, name, value),
            },
            // What the body binds runs first, so that it does not write over the new value later.
            Value::Class(class) => {
                self.name_of_class(class, name)?;
                class.namespace.set(name, value);
                Ok(())
            }
            Value::Module(module) if !module.stands_in => {
                self.name_of_module(module, name)?;
                module.namespace.set(name, value);
                Ok(())
            }
            // What only training asks of a tensor; `data` is its elements.
            Value::Tensor(tensor) => match (name, &value) {
                ("data", Value::Tensor(other)) => Ok(tensor.set(other.state()?)?),
                ("requires_grad" | "grad", _) => Ok(()),
                _ => Err(Stop::undecided(format!("`.{name}` of a tensor cannot be set"))),
            },
            Value::Function(function) => {
                function.attributes.borrow_mut().insert(Rc::from(name), value);
                Ok(())
            }
            other => Err(Stop::undecided(format!("`.{name}` of a {} cannot be set", other.type_name()))),
        }
    }

    /// Sets an attribute of an object as its class has it set where no `__setattr__` says otherwise.
    pub(super) fn set_own(&mut self, object: &Value<'t>, instance: &Rc<Object<'t>>, name: &str, value: Value<'t>) -> Followed<()> {
        let order = instance.class.order.borrow().clone();
        if let Some(class) = order.iter().find(|class| class.namespace.has(name))
            && let Some(Value::Wrapped(Wrapping::Property, _)) = self.name_of_class(class, name)?
        {
            let Some(setter) = class.namespace.get(&setter_of(name)) else {
                return Err(Stop::raised("AttributeError", format!("the property `{name}` of a {} has no setter", instance.class.name)));
            };
            return self.call(&setter, vec![object.clone(), value], Vec::new()).map(|_| ());
        }
        instance.fields.borrow_mut().insert(Rc::from(name), value);
        Ok(())
    }

    /// `object[index]`.
    pub(super) fn item(&mut self, object: &Value<'t>, index: &Value<'t>) -> Followed<Value<'t>> {
        match object {
            Value::List(list) => {
                let items = list.borrow().clone();
                sequence(&items, index, Value::list)
            }
            Value::Tuple(items) => sequence(items, index, Value::tuple),
            Value::Str(text) => {
                let letters: Vec<Value<'t>> = text.chars().map(|c| Value::str(&c.to_string())).collect();
                let joined = |letters: Vec<Value<'t>>| Value::str(&letters.iter().filter_map(Value::as_str).collect::<String>());
                sequence(&letters, index, joined)
            }
            Value::Dict(dict) => {
                let found = dict.borrow().get(&key_of(index)?).map(|(_, value)| value.clone());
                let text = self.text_of(index).unwrap_or_default();
                found.ok_or_else(|| Stop::raised("KeyError", format!("no `{text}`")))
            }
            Value::Missing(path) => Err(Stop::lacking(path)),
            _ => match self.special(object, "__getitem__")? {
                Some(method) => self.call(&method, vec![index.clone()], Vec::new()),
                None => Err(Stop::raised("TypeError", format!("a {} has no items", object.type_name()))),
            },
        }
    }

    /// `object[index] = value`.
    pub(super) fn set_item(&mut self, node: Node<'t>, value: Value<'t>, frame: &Rc<Frame<'t>>) -> Followed<()> {
        let object = self.expression(field(node, "value")?, frame)?;
        let index = self.index(node, frame)?;
        match &object {
            Value::List(list) => {
                let length = list.borrow().len();
                if let Some(range) = stretch(&index, length) {
                    let items = self.iterated(&value)?;
                    list.borrow_mut().splice(range, items);
                    return Ok(());
                }
                let Some(place) = index.as_int().and_then(|i| place(i, length)) else {
                    return Err(Stop::undecided("an item of a list at this index cannot be set"));
                };
                list.borrow_mut()[place] = value;
                Ok(())
            }
            Value::Dict(dict) => {
                dict.borrow_mut().insert(key_of(&index)?, (index, value));
                Ok(())
            }
            _ => match self.special(&object, "__setitem__")? {
                Some(method) => self.call(&method, vec![index, value], Vec::new()).map(|_| ()),
                None => Err(Stop::raised("TypeError", format!("items of a {} cannot be set", object.type_name()))),
            },
        }
    }

    /// `del object[index]`.
    pub(super) fn delete_item(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<()> {
        let object = self.expression(field(node, "value")?, frame)?;
        let index = self.index(node, frame)?;
        match &object {
            Value::List(list) => {
                let length = list.borrow().len();
                if let Some(range) = stretch(&index, length) {
                    list.borrow_mut().drain(range);
                    return Ok(());
                }
                let place = index.as_int().and_then(|i| place(i, length));
                let place = place.ok_or_else(|| Stop::undecided("an item of a list at this index cannot be deleted"))?;
                list.borrow_mut().remove(place);
                Ok(())
            }
            Value::Dict(dict) => {
                dict.borrow_mut().shift_remove(&key_of(&index)?);
                Ok(())
            }
            _ => match self.special(&object, "__delitem__")? {
                Some(method) => self.call(&method, vec![index], Vec::new()).map(|_| ()),
                None => Err(Stop::raised("TypeError", format!("items of a {} cannot be deleted", object.type_name()))),
            },
        }
    }
}

/// What a class keeps the setter of a property by: no name, so that nothing else is kept there.
pub(super) fn setter_of(property: &str) -> String {
    format!("{property}.setter")
}

/// An index from either end as one from the front.
fn place(index: i64, length: usize) -> Option<usize> {
    let index = if index < 0 { index + length as i64 } else { index };
    usize::try_from(index).ok().filter(|index| *index < length)
}

/// The places of a slice without steps.
fn stretch(index: &Value<'_>, length: usize) -> Option<std::ops::Range<usize>> {
    let Value::Slice(parts) = index else { return None };
    let held = |i: i64| (if i < 0 { i + length as i64 } else { i }).clamp(0, length as i64) as usize;
    let part = |i: usize, default: usize| match &parts[i] {
        Value::None => Some(default),
        other => other.as_int().map(held),
    };
    let (start, stop) = (part(0, 0)?, part(1, length)?);
    matches!(parts[2], Value::None | Value::Int(1)).then_some(start..stop.max(start))
}

fn sequence<'t>(items: &[Value<'t>], index: &Value<'t>, made: impl Fn(Vec<Value<'t>>) -> Value<'t>) -> Followed<Value<'t>> {
    match index {
        Value::Slice(parts) => {
            let part = |i: usize| match &parts[i] {
                Value::None => Ok(None),
                other => other.as_int().map(Some).ok_or_else(|| Stop::undecided("a slice by what is no known integer")),
            };
            let (step, length) = (part(2)?.unwrap_or(1), items.len() as i64);
            if step == 0 {
                return Err(Stop::raised("ValueError", "a slice with step zero"));
            }
            let held = |i: i64, low: i64, high: i64| (if i < 0 { i + length } else { i }).clamp(low, high);
            let (first, last) = if step > 0 {
                (part(0)?.map_or(0, |i| held(i, 0, length)), part(1)?.map_or(length, |i| held(i, 0, length)))
            } else {
                (part(0)?.map_or(length - 1, |i| held(i, -1, length - 1)), part(1)?.map_or(-1, |i| held(i, -1, length - 1)))
            };
            let mut out = Vec::new();
            let mut i = first;
            while (step > 0 && i < last) || (step < 0 && i > last) {
                out.push(items[i as usize].clone());
                i += step;
            }
            Ok(made(out))
        }
        other => {
            let index = other.as_int().ok_or_else(|| Stop::undecided("an index that is no known integer"))?;
            let found = place(index, items.len()).map(|i| items[i].clone());
            found.ok_or_else(|| Stop::raised("IndexError", format!("no item {index} of {}", items.len())))
        }
    }
}
