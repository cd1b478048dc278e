//! Expressions.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::error::{Followed, Stop};
use super::scope::Frame;
use super::value::{Dict, Value};
use super::{Host, Interpreter};
use crate::syntax::Node;

impl<'t, H: Host<'t>> Interpreter<'t, H> {
    /// An expression's value.
    pub(super) fn expression(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        self.step()?;
        let result = self.any_expression(node, frame);
        match result {
            Err(stop) if stop.places.is_empty() => {
                let file = frame.module.file.clone();
                self.at(node, &file, Err(stop))
            }
            other => other,
        }
    }

    fn any_expression(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        match node.kind() {
            "identifier" => self.name(node.text(), frame),
            "integer" => integer(node.text()),
            "float" => node.text().replace('_', "").parse().map(Value::Float).map_err(|_| Stop::undecided("a number that cannot be read")),
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "none" => Ok(Value::None),
            "ellipsis" => Ok(Value::Ellipsis),
            "string" | "concatenated_string" => self.text(node, frame),
            "parenthesized_expression" => {
                let inner = node.named_children().find(|child| !child.is_comment());
                self.expression(inner.ok_or_else(|| Stop::undecided("nothing in parentheses"))?, frame)
            }
            "tuple" | "expression_list" | "pattern_list" => Ok(Value::tuple(self.elements(node, frame)?)),
            "list" => Ok(Value::list(self.elements(node, frame)?)),
            "set" => {
                let mut set = Dict::new();
                for element in self.elements(node, frame)? {
                    set.insert(key_of(&element)?, (element, Value::None));
                }
                Ok(Value::Set(Rc::new(RefCell::new(set))))
            }
            "dictionary" => self.dictionary(node, frame),
            "attribute" => {
                let object = self.expression(field(node, "object")?, frame)?;
                let name = field(node, "attribute")?.text();
                self.attribute_or_error(&object, name)
            }
            "subscript" => self.subscript(node, frame),
            // Whoever spreads it asked for `is_spread`.
            "list_splat" => {
                let inner = node.named_children().next();
                self.expression(inner.ok_or_else(|| Stop::undecided("a star of nothing"))?, frame)
            }
            "slice" => self.slice(node, frame),
            "call" => self.call_expression(node, frame),
            "binary_operator" => {
                let (left, right) = (self.expression(field(node, "left")?, frame)?, self.expression(field(node, "right")?, frame)?);
                self.binary(field(node, "operator")?.text(), &left, &right)
            }
            "unary_operator" => {
                let value = self.expression(field(node, "argument")?, frame)?;
                self.unary(field(node, "operator")?.text(), &value)
            }
            "not_operator" => {
                let value = self.expression(field(node, "argument")?, frame)?;
                Ok(Value::Bool(!self.truth(&value)?))
            }
            "boolean_operator" => {
                let left = self.expression(field(node, "left")?, frame)?;
                let is_and = field(node, "operator")?.text() == "and";
                if self.truth(&left)? == is_and { self.expression(field(node, "right")?, frame) } else { Ok(left) }
            }
            "comparison_operator" => self.comparison(node, frame),
            "conditional_expression" => {
                let parts: Vec<Node<'t>> = node.named_children().filter(|child| !child.is_comment()).collect();
                let [then, condition, otherwise] = parts[..] else { return Err(Stop::undecided("a condition without its parts")) };
                let condition = self.expression(condition, frame)?;
                if self.truth(&condition)? { self.expression(then, frame) } else { self.expression(otherwise, frame) }
            }
            "lambda" => self.function(node, frame),
            "assignment" => self.assignment(node, frame),
            "augmented_assignment" => self.augmented(node, frame),
            "named_expression" => {
                let value = self.expression(field(node, "value")?, frame)?;
                self.bind(field(node, "name")?, value.clone(), frame)?;
                Ok(value)
            }
            "list_comprehension" => Ok(Value::list(self.comprehended(node, frame)?)),
            "generator_expression" => Ok(Value::Iterator(Rc::new(RefCell::new(VecDeque::from(self.comprehended(node, frame)?))))),
            "set_comprehension" => {
                let mut set = Dict::new();
                for element in self.comprehended(node, frame)? {
                    set.insert(key_of(&element)?, (element, Value::None));
                }
                Ok(Value::Set(Rc::new(RefCell::new(set))))
            }
            "dictionary_comprehension" => {
                let mut dict = Dict::new();
                for pair in self.comprehended(node, frame)? {
                    let Value::Tuple(pair) = pair else { continue };
                    dict.insert(key_of(&pair[0])?, (pair[0].clone(), pair[1].clone()));
                }
                Ok(Value::dict(dict))
            }
            "yield" => self.yielded(node, frame),
            "type" => self.expression(node.named_children().next().ok_or_else(|| Stop::undecided("no type"))?, frame),
            other => Err(Stop::undecided(format!("a {} is not supported", other.replace('_', " ")))),
        }
    }

    /// What a name is bound to.
    fn name(&mut self, name: &'t str, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        if let Some(class) = &frame.body_of {
            let class = class.clone();
            if let Some(value) = self.name_of_class(&class, name)? {
                return Ok(value);
            }
        }
        if let Some(value) = frame.variable(name) {
            return Ok(value);
        }
        let module = frame.module.clone();
        if let Some(value) = self.name_of_module(&module, name)? {
            return Ok(value);
        }
        if module.stands_in && name == "native" {
            return Ok(Value::native(name));
        }
        if let Some(value) = super::builtins::named(name) {
            return Ok(value);
        }
        Err(Stop::raised("NameError", format!("nothing is named `{name}`")))
    }

    /// The elements of a list or tuple, stars spread.
    pub(super) fn elements(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Vec<Value<'t>>> {
        let mut elements = Vec::new();
        for child in node.named_children().filter(|child| !child.is_comment()) {
            if is_spread(child) {
                let items = self.expression(child, frame)?;
                elements.extend(self.iterated(&items)?);
            } else {
                elements.push(self.expression(child, frame)?);
            }
        }
        Ok(elements)
    }

    fn dictionary(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        let mut dict = Dict::new();
        for child in node.named_children() {
            match child.kind() {
                "pair" => {
                    let key = self.expression(field(child, "key")?, frame)?;
                    let value = self.expression(field(child, "value")?, frame)?;
                    dict.insert(key_of(&key)?, (key, value));
                }
                "dictionary_splat" => {
                    let inner = child.named_children().next().ok_or_else(|| Stop::undecided("a star of nothing"))?;
                    let other = self.expression(inner, frame)?;
                    dict.extend(self.mapping(&other)?.borrow().iter().map(|(key, pair)| (key.clone(), pair.clone())));
                }
                _ => {}
            }
        }
        Ok(Value::dict(dict))
    }

    fn slice(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        let mut parts = [Value::None, Value::None, Value::None];
        let mut place = 0;
        for child in node.children() {
            match child.kind() {
                ":" => place += 1,
                _ if child.is_comment() => {}
                _ if place < 3 => parts[place] = self.expression(child, frame)?,
                _ => {}
            }
        }
        Ok(Value::Slice(Rc::new(parts)))
    }

    /// What stands in the brackets of a subscript.
    pub(super) fn index(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        let object = field(node, "value")?;
        let inner = node.named_children().filter(|child| *child != object && !child.is_comment());
        let mut parts = Vec::new();
        for part in inner {
            parts.push(self.expression(part, frame)?);
        }
        let is_tuple = parts.len() > 1 || node.children().any(|child| child.kind() == ",");
        Ok(if is_tuple { Value::tuple(parts) } else { parts.pop().unwrap_or(Value::None) })
    }

    fn subscript(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        let object = self.expression(field(node, "value")?, frame)?;
        // `Optional[int]`: what a type is told is not asked for.
        if matches!(&object, Value::Native(_) | Value::Class(_)) || matches!(&object, Value::Missing(path) if path.starts_with("typing")) {
            if let Value::Class(class) = &object
                && class.is_native("enum.Enum")
            {
                let index = self.index(node, frame)?;
                let name = index.as_str().unwrap_or("").to_owned();
                return self.attribute_or_error(&object, &name);
            }
            return Ok(object);
        }
        let index = self.index(node, frame)?;
        self.item(&object, &index)
    }

    fn assignment(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        let Some(right) = node.field("right") else { return Ok(Value::None) };
        let value = self.expression(right, frame)?;
        self.bind(field(node, "left")?, value.clone(), frame)?;
        Ok(value)
    }

    fn augmented(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        let left = field(node, "left")?;
        let operator = field(node, "operator")?.text().trim_end_matches('=');
        let before = self.expression(left, frame)?;
        let operand = self.expression(field(node, "right")?, frame)?;
        // `x[i] += y` sets the elements of `x` itself, which stays whole.
        let is_part = left.kind() == "subscript" && matches!(before, Value::Tensor(_));
        let after = if is_part { self.binary(operator, &before, &operand)? } else { self.in_place(operator, &before, &operand)? };
        // The same list or tensor again: what has it has the change already.
        if !(left.kind() == "subscript" && matches!(before, Value::List(_))) {
            self.bind(left, after.clone(), frame)?;
        }
        Ok(after)
    }

    fn comprehended(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Vec<Value<'t>>> {
        let body = field(node, "body")?;
        let clauses: Vec<Node<'t>> = node.named_children().filter(|child| matches!(child.kind(), "for_in_clause" | "if_clause")).collect();
        let mut inner = Frame::new(frame.module.clone(), Some(frame.clone()));
        inner.method = frame.method.clone();
        inner.body_of = None;
        let inner = if frame.is_module || frame.body_of.is_some() {
            // Names of a class body are not seen from within, but its first iterable is computed in it.
            Rc::new(Frame { outer: frame.outer.clone(), ..inner })
        } else {
            Rc::new(inner)
        };
        let mut out = Vec::new();
        self.clause(&clauses, body, frame, &inner, &mut out)?;
        Ok(out)
    }

    fn clause(
        &mut self,
        clauses: &[Node<'t>],
        body: Node<'t>,
        outer: &Rc<Frame<'t>>,
        inner: &Rc<Frame<'t>>,
        out: &mut Vec<Value<'t>>,
    ) -> Followed<()> {
        let Some((clause, rest)) = clauses.split_first() else {
            self.step()?;
            out.push(if body.kind() == "pair" {
                let key = self.expression(field(body, "key")?, inner)?;
                Value::tuple(vec![key, self.expression(field(body, "value")?, inner)?])
            } else {
                self.expression(body, inner)?
            });
            return Ok(());
        };
        if clause.kind() == "if_clause" {
            let condition = clause.named_children().next().ok_or_else(|| Stop::undecided("an `if` without condition"))?;
            let condition = self.expression(condition, inner)?;
            return if self.truth(&condition)? { self.clause(rest, body, inner, inner, out) } else { Ok(()) };
        }
        let items = self.expression(field(*clause, "right")?, outer)?;
        for item in self.iterated(&items)? {
            self.bind(field(*clause, "left")?, item, inner)?;
            self.clause(rest, body, inner, inner, out)?;
        }
        Ok(())
    }

    fn yielded(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        let value = match node.named_children().find(|child| !child.is_comment()) {
            Some(value) => self.expression(value, frame)?,
            None => Value::None,
        };
        let items = if node.children().any(|child| child.kind() == "from") { self.iterated(&value)? } else { vec![value] };
        frame.yielded.borrow_mut().extend(items);
        Ok(Value::None)
    }
}

/// A child that the grammar says is there.
pub(super) fn field<'t>(node: Node<'t>, name: &str) -> Followed<Node<'t>> {
    node.field(name).ok_or_else(|| Stop::undecided(format!("a {} without its {name}", node.kind().replace('_', " "))))
}

/// What a dictionary finds a value by.
pub(super) fn key_of(value: &Value<'_>) -> Followed<super::Key> {
    value.key().ok_or_else(|| Stop::raised("TypeError", format!("a {} cannot be a key", value.type_name())))
}

fn integer<'t>(text: &str) -> Followed<Value<'t>> {
    let text = text.replace('_', "").to_lowercase();
    let parsed = match text.get(..2) {
        Some("0x") => i64::from_str_radix(&text[2..], 16),
        Some("0o") => i64::from_str_radix(&text[2..], 8),
        Some("0b") => i64::from_str_radix(&text[2..], 2),
        _ => text.parse(),
    };
    parsed.map(Value::Int).map_err(|_| Stop::undecided("an integer of more than 64 bits is not supported"))
}

/// True for `*xs`; of `*f(x)[1:]` the tree has the star within the call.
pub(super) fn is_spread(node: Node<'_>) -> bool {
    let mut node = node;
    loop {
        let within = match node.kind() {
            "list_splat" => return true,
            "call" => node.field("function"),
            "attribute" => node.field("object"),
            "subscript" => node.field("value"),
            _ => None,
        };
        match within {
            Some(inner) => node = inner,
            None => return false,
        }
    }
}
