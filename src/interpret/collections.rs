//! Python's own functions that make collections of others, or reduce them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::builtins::{first, wrong};
use super::call::Keywords;
use super::error::{Followed, Stop};
use super::expression::key_of;
use super::value::{Dict, Key, Value};
use super::{Host, Interpreter};

impl<'t, H: Host<'t>> Interpreter<'t, H> {
    /// `list`, `dict`, `zip` and their like.
    pub(super) fn collected(&mut self, path: &str, arguments: Vec<Value<'t>>, keywords: &Keywords<'t>) -> Followed<Value<'t>> {
        let iterator = |items: Vec<Value<'t>>| Value::Iterator(Rc::new(RefCell::new(VecDeque::from(items))));
        match path {
            "dict" => {
                let mut dict = Dict::new();
                let pairs = match arguments.first() {
                    Some(other) => self.entries(other)?,
                    None => Vec::new(),
                };
                for (key, value) in pairs {
                    dict.insert(key_of(&key)?, (key, value));
                }
                for (key, value) in keywords {
                    dict.insert(Key::Str(key.clone()), (Value::Str(key.clone()), value.clone()));
                }
                return Ok(Value::dict(dict));
            }
            "sorted" => return self.sorted(first(&arguments)?, keywords).map(Value::list),
            "zip" => {
                let mut columns = Vec::new();
                for argument in &arguments {
                    columns.push(self.iterated(argument)?);
                }
                let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
                return Ok(iterator((0..rows).map(|i| Value::tuple(columns.iter().map(|column| column[i].clone()).collect())).collect()));
            }
            "map" => {
                let (function, rest) = arguments.split_first().ok_or_else(|| wrong(path))?;
                let mut columns = Vec::new();
                for argument in rest {
                    columns.push(self.iterated(argument)?);
                }
                let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
                let mut out = Vec::new();
                for i in 0..rows {
                    out.push(self.call(function, columns.iter().map(|column| column[i].clone()).collect(), Vec::new())?);
                }
                return Ok(iterator(out));
            }
            "filter" => {
                let [function, items] = &arguments[..] else { return Err(wrong(path)) };
                let mut out = Vec::new();
                for item in self.iterated(items)? {
                    let kept =
                        if matches!(function, Value::None) { item.clone() } else { self.call(function, vec![item.clone()], Vec::new())? };
                    if self.truth(&kept)? {
                        out.push(item);
                    }
                }
                return Ok(iterator(out));
            }
            _ => {}
        }
        let mut items = match arguments.first() {
            Some(argument) => self.iterated(argument)?,
            None => Vec::new(),
        };
        Ok(match path {
            "list" => Value::list(items),
            "tuple" => Value::tuple(items),
            "iter" => iterator(items),
            "reversed" => {
                items.reverse();
                iterator(items)
            }
            "enumerate" => {
                let start = arguments.get(1).or(keywords.first().map(|(_, value)| value)).and_then(Value::as_int).unwrap_or(0);
                iterator(items.into_iter().enumerate().map(|(i, item)| Value::tuple(vec![Value::Int(start + i as i64), item])).collect())
            }
            _ => {
                let mut set = Dict::new();
                for item in items {
                    set.insert(key_of(&item)?, (item, Value::None));
                }
                Value::Set(Rc::new(RefCell::new(set)))
            }
        })
    }

    /// The items in order, by a key if one is given.
    pub(super) fn sorted(&mut self, value: &Value<'t>, keywords: &Keywords<'t>) -> Followed<Vec<Value<'t>>> {
        let keyword = |name: &str| keywords.iter().find(|(keyword, _)| &**keyword == name).map(|(_, value)| value.clone());
        let key = keyword("key").filter(|key| !matches!(key, Value::None));
        let mut out: Vec<(Value<'t>, Value<'t>)> = Vec::new();
        for item in self.iterated(value)? {
            let rank = match &key {
                Some(key) => self.call(key, vec![item.clone()], Vec::new())?,
                None => item.clone(),
            };
            // Insertion keeps equal items in their order.
            let mut at = out.len();
            while at > 0 && {
                let less = self.binary("<", &rank, &out[at - 1].0)?;
                self.truth(&less)?
            } {
                at -= 1;
            }
            out.insert(at, (rank, item));
        }
        let reversed = match keyword("reverse") {
            Some(reverse) => self.truth(&reverse)?,
            None => false,
        };
        let items: Vec<Value<'t>> = out.into_iter().map(|(_, item)| item).collect();
        Ok(if reversed { items.into_iter().rev().collect() } else { items })
    }

    /// `sum`, `min`, `max`, `any`, `all`.
    pub(super) fn reduced(&mut self, path: &str, arguments: Vec<Value<'t>>, keywords: &Keywords<'t>) -> Followed<Value<'t>> {
        let items = if arguments.len() > 1 && path != "sum" { arguments.clone() } else { self.iterated(first(&arguments)?)? };
        let keyword = |name: &str| keywords.iter().find(|(keyword, _)| &**keyword == name).map(|(_, value)| value.clone());
        match path {
            "sum" => {
                let mut total = arguments.get(1).cloned().or_else(|| keyword("start")).unwrap_or(Value::Int(0));
                for item in items {
                    total = self.binary("+", &total, &item)?;
                }
                Ok(total)
            }
            "any" | "all" => {
                for item in items {
                    if self.truth(&item)? == (path == "any") {
                        return Ok(Value::Bool(path == "any"));
                    }
                }
                Ok(Value::Bool(path == "all"))
            }
            _ => {
                let operator = if path == "min" { "<" } else { ">" };
                let mut best: Option<(Value<'t>, Value<'t>)> = None;
                for item in items {
                    let rank = match keyword("key") {
                        Some(key) => self.call(&key, vec![item.clone()], Vec::new())?,
                        None => item.clone(),
                    };
                    let better = match &best {
                        Some((held, _)) => {
                            let compared = self.binary(operator, &rank, held)?;
                            self.truth(&compared)?
                        }
                        None => true,
                    };
                    if better {
                        best = Some((rank, item));
                    }
                }
                let found = best.map(|(_, item)| item).or_else(|| keyword("default"));
                found.ok_or_else(|| Stop::raised("ValueError", format!("`{path}` of nothing")))
            }
        }
    }
}
