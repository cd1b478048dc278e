//! Methods of lists, dictionaries, sets and texts.

use std::cell::RefCell;
use std::rc::Rc;

use super::call::Keywords;
use super::error::{Followed, Stop};
use super::expression::key_of;
use super::value::{Dict, Value};
use super::{Host, Interpreter};

const LIST: &[&str] = &["append", "extend", "insert", "pop", "remove", "clear", "copy", "index", "count", "reverse", "sort"];
const DICT: &[&str] = &["get", "items", "keys", "values", "pop", "update", "setdefault", "copy", "clear"];
const SET: &[&str] = &["add", "discard", "remove", "update", "union", "intersection", "difference", "issubset", "copy"];
const TUPLE: &[&str] = &["index", "count"];
const STR: &[&str] = &[
    "join",
    "format",
    "startswith",
    "endswith",
    "split",
    "rsplit",
    "lower",
    "upper",
    "replace",
    "strip",
    "lstrip",
    "rstrip",
    "isdigit",
    "title",
    "capitalize",
    "find",
    "count",
    "removeprefix",
    "removesuffix",
    "zfill",
    "index",
    "rfind",
    "isalpha",
    "isalnum",
    "isupper",
    "islower",
    "isspace",
    "partition",
    "rpartition",
    "splitlines",
];
const NUMBER: &[&str] = &["item", "is_integer", "bit_length"];

/// True if a value that is of no class written in Python has a method.
pub(super) fn has(value: &Value<'_>, name: &str) -> bool {
    let names = match value {
        Value::List(_) => LIST,
        Value::Dict(_) => DICT,
        Value::Set(_) => SET,
        Value::Tuple(_) => TUPLE,
        Value::Str(_) => STR,
        Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Length(_) => NUMBER,
        _ => return false,
    };
    names.contains(&name)
}

impl<'t, H: Host<'t>> Interpreter<'t, H> {
    pub(super) fn native_method(
        &mut self,
        value: &Value<'t>,
        name: &str,
        arguments: Vec<Value<'t>>,
        keywords: &Keywords<'t>,
    ) -> Followed<Value<'t>> {
        match value {
            Value::List(list) => self.list_method(list, name, arguments, keywords),
            Value::Dict(dict) => self.dict_method(dict, name, arguments, keywords),
            Value::Set(set) => self.set_method(set, name, arguments),
            Value::Str(text) => self.str_method(text, name, arguments, keywords),
            Value::Tuple(items) => {
                let items = items.to_vec();
                self.searched(&items, name, arguments.first())
            }
            Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Length(_) => match name {
                "item" => Ok(value.clone()),
                "is_integer" => Ok(Value::Bool(value.as_f64().is_some_and(|x| x.fract() == 0.0))),
                _ => Ok(Value::Int(i64::from(64 - value.as_int().unwrap_or(0).unsigned_abs().leading_zeros()))),
            },
            // The constructor that `@dataclass` writes.
            Value::Object(object) => self.dataclass_fields(object, arguments, keywords.clone()).map(|()| Value::None),
            other => Err(Stop::undecided(format!("`.{name}` of a {}", other.type_name()))),
        }
    }

    fn searched(&mut self, items: &[Value<'t>], name: &str, wanted: Option<&Value<'t>>) -> Followed<Value<'t>> {
        let wanted = wanted.cloned().unwrap_or(Value::None);
        let mut count = 0;
        for (i, item) in items.iter().enumerate() {
            if self.equal(item, &wanted)? {
                if name == "index" {
                    return Ok(Value::Int(i as i64));
                }
                count += 1;
            }
        }
        if name == "index" { Err(Stop::raised("ValueError", "it is not in the list")) } else { Ok(Value::Int(count)) }
    }

    fn list_method(
        &mut self,
        list: &Rc<RefCell<Vec<Value<'t>>>>,
        name: &str,
        arguments: Vec<Value<'t>>,
        keywords: &Keywords<'t>,
    ) -> Followed<Value<'t>> {
        let first = arguments.first().cloned();
        match (name, first) {
            ("append", Some(item)) => list.borrow_mut().push(item),
            ("extend", Some(items)) => {
                let items = self.iterated(&items)?;
                list.borrow_mut().extend(items);
            }
            ("insert", Some(at)) => {
                let length = list.borrow().len() as i64;
                let at = at.as_int().ok_or_else(|| Stop::undecided("an insertion at an unknown place"))?;
                let at = (if at < 0 { at + length } else { at }).clamp(0, length);
                list.borrow_mut().insert(at as usize, arguments.get(1).cloned().unwrap_or(Value::None));
            }
            ("pop", at) => {
                let length = list.borrow().len() as i64;
                let at = at.map_or(Some(-1), |at| at.as_int()).map(|at| if at < 0 { at + length } else { at });
                let at = at.filter(|at| (0..length).contains(at)).ok_or_else(|| Stop::raised("IndexError", "pop from an empty list"))?;
                return Ok(list.borrow_mut().remove(at as usize));
            }
            ("remove", wanted) => {
                let items = list.borrow().clone();
                let at = self.searched(&items, "index", wanted.as_ref())?.as_int().unwrap_or(0);
                list.borrow_mut().remove(at as usize);
            }
            ("clear", _) => list.borrow_mut().clear(),
            ("copy", _) => return Ok(Value::list(list.borrow().clone())),
            ("reverse", _) => list.borrow_mut().reverse(),
            ("sort", _) => {
                let sorted = self.sorted(&Value::List(list.clone()), keywords)?;
                *list.borrow_mut() = sorted;
            }
            (_, wanted) => {
                let items = list.borrow().clone();
                return self.searched(&items, name, wanted.as_ref());
            }
        }
        Ok(Value::None)
    }

    fn dict_method(
        &mut self,
        dict: &Rc<RefCell<Dict<'t>>>,
        name: &str,
        arguments: Vec<Value<'t>>,
        keywords: &Keywords<'t>,
    ) -> Followed<Value<'t>> {
        let default = || arguments.get(1).cloned().unwrap_or(Value::None);
        match name {
            "items" => Ok(Value::list(dict.borrow().values().map(|(key, value)| Value::tuple(vec![key.clone(), value.clone()])).collect())),
            "keys" => Ok(Value::list(dict.borrow().values().map(|(key, _)| key.clone()).collect())),
            "values" => Ok(Value::list(dict.borrow().values().map(|(_, value)| value.clone()).collect())),
            "copy" => Ok(Value::dict(dict.borrow().clone())),
            "clear" => {
                dict.borrow_mut().clear();
                Ok(Value::None)
            }
            "update" => {
                if let Some(other) = arguments.first() {
                    let pairs = self.entries(other)?;
                    for (key, value) in pairs {
                        dict.borrow_mut().insert(key_of(&key)?, (key, value));
                    }
                }
                for (key, value) in keywords {
                    dict.borrow_mut().insert(super::Key::Str(key.clone()), (Value::Str(key.clone()), value.clone()));
                }
                Ok(Value::None)
            }
            _ => {
                let key = arguments.first().ok_or_else(|| Stop::raised("TypeError", "it is given no key"))?;
                let hash = key_of(key)?;
                let found = dict.borrow().get(&hash).map(|(_, value)| value.clone());
                match (name, found) {
                    ("pop", Some(found)) => {
                        dict.borrow_mut().shift_remove(&hash);
                        Ok(found)
                    }
                    ("pop", None) if arguments.len() < 2 => Err(Stop::raised("KeyError", "no such key")),
                    ("setdefault", None) => {
                        dict.borrow_mut().insert(hash, (key.clone(), default()));
                        Ok(default())
                    }
                    (_, Some(found)) => Ok(found),
                    (_, None) => Ok(default()),
                }
            }
        }
    }

    /// What has keys and values as a dictionary: one, or an object with `items`.
    pub(super) fn mapping(&mut self, value: &Value<'t>) -> Followed<Rc<RefCell<Dict<'t>>>> {
        if let Value::Dict(dict) = value {
            return Ok(dict.clone());
        }
        let Some(items) = self.special(value, "items")? else {
            return Err(Stop::undecided(format!("a {} is no dictionary", value.type_name())));
        };
        let items = self.call(&items, Vec::new(), Vec::new())?;
        let mut dict = Dict::new();
        for (key, value) in self.pairs(&items)? {
            dict.insert(key_of(&key)?, (key, value));
        }
        Ok(Rc::new(RefCell::new(dict)))
    }

    /// The keys and values that a dictionary is made of: those of another, or pairs.
    pub(super) fn entries(&mut self, value: &Value<'t>) -> Followed<Vec<(Value<'t>, Value<'t>)>> {
        if matches!(value, Value::Dict(_)) || self.special(value, "items")?.is_some() {
            return Ok(self.mapping(value)?.borrow().values().cloned().collect());
        }
        self.pairs(value)
    }

    /// The pairs that an iteration gives.
    pub(super) fn pairs(&mut self, value: &Value<'t>) -> Followed<Vec<(Value<'t>, Value<'t>)>> {
        let mut pairs = Vec::new();
        for pair in self.iterated(value)? {
            let [key, value] = &self.iterated(&pair)?[..] else { return Err(Stop::raised("ValueError", "it has no pairs")) };
            pairs.push((key.clone(), value.clone()));
        }
        Ok(pairs)
    }

    fn set_method(&mut self, set: &Rc<RefCell<Dict<'t>>>, name: &str, arguments: Vec<Value<'t>>) -> Followed<Value<'t>> {
        let first = arguments.first().cloned().unwrap_or(Value::None);
        match name {
            "add" => {
                set.borrow_mut().insert(key_of(&first)?, (first, Value::None));
                Ok(Value::None)
            }
            "discard" | "remove" => {
                set.borrow_mut().shift_remove(&key_of(&first)?);
                Ok(Value::None)
            }
            "copy" => Ok(Value::Set(Rc::new(RefCell::new(set.borrow().clone())))),
            _ => {
                if arguments.len() != 1 {
                    return Err(Stop::undecided(format!("`{name}` of a set with other than one argument is not supported")));
                }
                let mut other = Dict::new();
                for item in self.iterated(&first)? {
                    other.insert(key_of(&item)?, (item, Value::None));
                }
                let mut out = set.borrow().clone();
                match name {
                    "update" => {
                        set.borrow_mut().extend(other);
                        return Ok(Value::None);
                    }
                    "union" => out.extend(other),
                    "intersection" => out.retain(|key, _| other.contains_key(key)),
                    "difference" => out.retain(|key, _| !other.contains_key(key)),
                    _ => return Ok(Value::Bool(out.keys().all(|key| other.contains_key(key)))),
                }
                Ok(Value::Set(Rc::new(RefCell::new(out))))
            }
        }
    }

    fn str_method(&mut self, text: &Rc<str>, name: &str, arguments: Vec<Value<'t>>, keywords: &Keywords<'t>) -> Followed<Value<'t>> {
        let first = arguments.first().and_then(Value::as_str).unwrap_or("");
        let parts = |parts: Vec<&str>| Value::list(parts.into_iter().map(Value::str).collect());
        let keyword = |name: &str| keywords.iter().find(|(keyword, _)| &**keyword == name).map(|(_, value)| value);
        let limit = arguments.get(1).or_else(|| keyword("maxsplit")).and_then(Value::as_int);
        let limit = limit.filter(|limit| *limit >= 0).map(|limit| limit as usize + 1);
        let first = keyword("sep").and_then(Value::as_str).unwrap_or(first);
        let most = match name {
            "replace" | "split" | "rsplit" => 2,
            "format" => usize::MAX,
            _ => 1,
        };
        if arguments.len() > most {
            return Err(Stop::undecided(format!("`{name}` of a text with so many arguments is not supported")));
        }
        let is = |test: fn(char) -> bool| Value::Bool(!text.is_empty() && text.chars().all(test));
        Ok(match name {
            "join" => {
                let items = self.iterated(&arguments.first().cloned().unwrap_or(Value::None))?;
                let items: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
                Value::str(&items.ok_or_else(|| Stop::raised("TypeError", "`join` takes texts"))?.join(text))
            }
            "format" => Value::str(&self.filled(text, &arguments, keywords)?),
            "startswith" | "endswith" => {
                let given = match arguments.first() {
                    Some(Value::Tuple(several)) => several.to_vec(),
                    other => other.cloned().into_iter().collect(),
                };
                let fits = |part: &str| if name == "startswith" { text.starts_with(part) } else { text.ends_with(part) };
                Value::Bool(given.iter().filter_map(Value::as_str).any(fits))
            }
            "split" | "rsplit" if first.is_empty() && limit.is_none() => parts(text.split_whitespace().collect()),
            "split" | "rsplit" if first.is_empty() => {
                return Err(Stop::undecided(format!("`{name}` of a text at its spaces with a limit is not supported")));
            }
            "splitlines" => parts(text.lines().collect()),
            "partition" | "rpartition" => {
                let found = if name == "partition" { text.split_once(first) } else { text.rsplit_once(first) };
                let (before, between, behind) = match found {
                    Some((before, behind)) => (before, first, behind),
                    None if name == "partition" => (&**text, "", ""),
                    None => ("", "", &**text),
                };
                Value::tuple(vec![Value::str(before), Value::str(between), Value::str(behind)])
            }
            "isalpha" => is(char::is_alphabetic),
            "isalnum" => is(char::is_alphanumeric),
            "isspace" => is(char::is_whitespace),
            "isupper" => Value::Bool(text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)),
            "islower" => Value::Bool(text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase)),
            "index" => match text.find(first) {
                Some(at) => Value::Int(text[..at].chars().count() as i64),
                None => return Err(Stop::raised("ValueError", "substring not found")),
            },
            "rfind" => Value::Int(text.rfind(first).map_or(-1, |at| text[..at].chars().count() as i64)),
            "split" => match limit {
                Some(limit) => parts(text.splitn(limit, first).collect()),
                None => parts(text.split(first).collect()),
            },
            "rsplit" => {
                let mut found: Vec<&str> = match limit {
                    Some(limit) => text.rsplitn(limit, first).collect(),
                    None => text.rsplit(first).collect(),
                };
                found.reverse();
                parts(found)
            }
            "lower" => Value::str(&text.to_lowercase()),
            "upper" => Value::str(&text.to_uppercase()),
            "title" | "capitalize" => {
                let mut inside = false;
                let letter = |c: char| {
                    let raised = !inside;
                    inside = name == "capitalize" || c.is_alphabetic();
                    if raised { c.to_uppercase().to_string() } else { c.to_lowercase().to_string() }
                };
                Value::str(&text.chars().map(letter).collect::<String>())
            }
            "replace" => {
                let with =
                    arguments.get(1).and_then(Value::as_str).ok_or_else(|| Stop::raised("TypeError", "`replace` takes two texts"))?;
                Value::str(&text.replace(first, with))
            }
            "strip" if first.is_empty() => Value::str(text.trim()),
            "lstrip" if first.is_empty() => Value::str(text.trim_start()),
            "rstrip" if first.is_empty() => Value::str(text.trim_end()),
            "strip" => Value::str(text.trim_matches(|c| first.contains(c))),
            "lstrip" => Value::str(text.trim_start_matches(|c| first.contains(c))),
            "rstrip" => Value::str(text.trim_end_matches(|c| first.contains(c))),
            "isdigit" => Value::Bool(!text.is_empty() && text.chars().all(|c| c.is_ascii_digit())),
            "find" => Value::Int(text.find(first).map_or(-1, |at| text[..at].chars().count() as i64)),
            "count" => Value::Int(text.matches(first).count() as i64),
            "removeprefix" => Value::str(text.strip_prefix(first).unwrap_or(text)),
            "removesuffix" => Value::str(text.strip_suffix(first).unwrap_or(text)),
            _ => {
                let width = arguments.first().and_then(Value::as_int).unwrap_or(0).clamp(0, 255) as usize;
                Value::str(&format!("{text:0>width$}"))
            }
        })
    }

    /// `"%d of %s" % (i, name)`.
    pub(super) fn percent(&mut self, text: &str, value: &Value<'t>) -> Followed<String> {
        let mut values = match value {
            Value::Tuple(values) => values.to_vec(),
            other => vec![other.clone()],
        }
        .into_iter();
        let (mut out, mut rest) = (String::new(), text);
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            let tail = &rest[at + 1..];
            let end = tail.find(|c: char| c.is_ascii_alphabetic() || c == '%').unwrap_or(tail.len());
            if tail.get(end..=end) == Some("%") {
                out.push('%');
            } else {
                let value = values.next().ok_or_else(|| Stop::raised("TypeError", "not enough values for a text"))?;
                let format = tail.get(..=end).unwrap_or("").trim_end_matches(['s', 'r', 'i', 'd']);
                out.push_str(&self.formatted(&value, format)?);
            }
            rest = tail.get(end + 1..).unwrap_or("");
        }
        out.push_str(rest);
        Ok(out)
    }

    /// `"{} {name}".format(…)`.
    fn filled(&mut self, text: &str, arguments: &[Value<'t>], keywords: &Keywords<'t>) -> Followed<String> {
        let (mut out, mut rest, mut next) = (String::new(), text, 0);
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let tail = &rest[at..];
            if tail.starts_with("{{") || tail.starts_with("}}") {
                out.push_str(&tail[..1]);
                rest = &tail[2..];
                continue;
            }
            let end = tail.find('}').ok_or_else(|| Stop::raised("ValueError", "a brace that is not closed"))?;
            let (name, format) = tail.get(1..end).and_then(|inner| inner.split_once(':')).unwrap_or((tail.get(1..end).unwrap_or(""), ""));
            let value = match name.parse::<usize>() {
                Ok(i) => arguments.get(i).cloned(),
                Err(_) if name.is_empty() => {
                    next += 1;
                    arguments.get(next - 1).cloned()
                }
                Err(_) => keywords.iter().find(|(keyword, _)| &**keyword == name).map(|(_, value)| value.clone()),
            };
            let value = value.ok_or_else(|| Stop::raised("KeyError", format!("nothing fills `{{{name}}}`")))?;
            out.push_str(&self.formatted(&value, format)?);
            rest = &tail[end + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }
}
