//! Operators, comparisons, truth.

use std::rc::Rc;

use super::error::{Followed, Stop};
use super::scope::Frame;
use super::value::Value;
use super::{Host, Interpreter};
use crate::ir::Dim;
use crate::syntax::Node;

/// Operators with the names of the methods that they call.
const METHODS: &[(&str, &str)] = &[
    ("+", "add"),
    ("-", "sub"),
    ("*", "mul"),
    ("/", "truediv"),
    ("//", "floordiv"),
    ("%", "mod"),
    ("**", "pow"),
    ("@", "matmul"),
    ("&", "and"),
    ("|", "or"),
    ("^", "xor"),
    ("<<", "lshift"),
    (">>", "rshift"),
    ("==", "eq"),
    ("!=", "ne"),
    ("<", "lt"),
    ("<=", "le"),
    (">", "gt"),
    (">=", "ge"),
];

impl<'t, H: Host<'t>> Interpreter<'t, H> {
    /// `a op b`.
    pub(super) fn binary(&mut self, operator: &str, a: &Value<'t>, b: &Value<'t>) -> Followed<Value<'t>> {
        if let Some(value) = numbers(operator, a, b)? {
            return Ok(value);
        }
        if let ("%", Value::Str(text)) = (operator, a) {
            let text = text.clone();
            return self.percent(&text, b).map(|text| Value::str(&text));
        }
        if let Some(value) = containers(operator, a, b)? {
            return Ok(value);
        }
        match self.by_method(operator, a, b)? {
            Some(value) => Ok(value),
            None => Err(Stop::raised("TypeError", format!("`{operator}` of a {} and a {}", a.type_name(), b.type_name()))),
        }
    }

    /// An operator by the method of the left operand, or by the reflected one of the right.
    fn by_method(&mut self, operator: &str, a: &Value<'t>, b: &Value<'t>) -> Followed<Option<Value<'t>>> {
        let Some((_, name)) = METHODS.iter().find(|(symbol, _)| *symbol == operator) else { return Ok(None) };
        for (value, other, method) in [(a, b, format!("__{name}__")), (b, a, format!("__r{name}__"))] {
            if let Value::Missing(path) = value {
                return Err(Stop::lacking(path));
            }
            if !matches!(value, Value::Tensor(_) | Value::Object(_) | Value::Class(_)) {
                continue;
            }
            if let Some(method) = self.special(value, &method)? {
                let result = self.call(&method, vec![other.clone()], Vec::new())?;
                if !matches!(&result, Value::Native(path) if &**path == "NotImplemented") {
                    return Ok(Some(result));
                }
            }
        }
        Ok(None)
    }

    /// `a op= b`: lists and tensors are changed where they are.
    pub(super) fn in_place(&mut self, operator: &str, a: &Value<'t>, b: &Value<'t>) -> Followed<Value<'t>> {
        match (operator, a) {
            ("+", Value::List(list)) => {
                let items = self.iterated(b)?;
                list.borrow_mut().extend(items);
                Ok(a.clone())
            }
            ("*", Value::List(list)) => {
                let repeated = containers("*", a, b)?;
                if let Some(Value::List(repeated)) = repeated {
                    let items = repeated.borrow().clone();
                    *list.borrow_mut() = items;
                }
                Ok(a.clone())
            }
            (_, Value::Tensor(_) | Value::Object(_)) => {
                let name = METHODS.iter().find(|(symbol, _)| *symbol == operator).map_or("", |(_, name)| name);
                match self.special(a, &format!("__i{name}__"))? {
                    Some(method) => self.call(&method, vec![b.clone()], Vec::new()),
                    None => self.binary(operator, a, b),
                }
            }
            _ => self.binary(operator, a, b),
        }
    }

    pub(super) fn unary(&mut self, operator: &str, value: &Value<'t>) -> Followed<Value<'t>> {
        match (operator, value) {
            ("-", Value::Int(i)) => i.checked_neg().map(Value::Int).ok_or_else(too_large),
            ("-", Value::Length(dim)) => Ok(Value::length(Dim::known(0).sub(dim))),
            ("-", Value::Float(x)) => Ok(Value::Float(-x)),
            ("+", Value::Int(_) | Value::Length(_) | Value::Float(_)) => Ok(value.clone()),
            ("-", Value::Bool(b)) => Ok(Value::Int(-i64::from(*b))),
            ("~", Value::Int(i)) => Ok(Value::Int(!i)),
            ("~", Value::Bool(b)) => Ok(Value::Int(!i64::from(*b))),
            (_, Value::Tensor(_) | Value::Object(_)) => {
                let name = match operator {
                    "-" => "__neg__",
                    "+" => "__pos__",
                    _ => "__invert__",
                };
                match self.special(value, name)? {
                    Some(method) => self.call(&method, Vec::new(), Vec::new()),
                    None => Err(Stop::raised("TypeError", format!("`{operator}` of a {}", value.type_name()))),
                }
            }
            _ => Err(Stop::raised("TypeError", format!("`{operator}` of a {}", value.type_name()))),
        }
    }

    /// `a < b <= c`, `x in xs`, `x is None`.
    pub(super) fn comparison(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        let mut operands = node.named_children().filter(|child| !child.is_comment());
        let operators: Vec<&str> = node.children().filter(|child| !child.is_named()).map(Node::kind).collect();
        let first = operands.next().ok_or_else(|| Stop::undecided("a comparison of nothing"))?;
        let mut left = self.expression(first, frame)?;
        let mut result = Value::Bool(true);
        let count = operators.len();
        for (i, (operator, right)) in operators.into_iter().zip(operands).enumerate() {
            let right = self.expression(right, frame)?;
            result = self.compared(operator, &left, &right)?;
            if i + 1 < count && !self.truth(&result)? {
                return Ok(result);
            }
            left = right;
        }
        Ok(result)
    }

    fn compared(&mut self, operator: &str, a: &Value<'t>, b: &Value<'t>) -> Followed<Value<'t>> {
        for value in [a, b] {
            if let (Value::Missing(path), "is" | "is not" | "in" | "not in") = (value, operator) {
                return Err(Stop::lacking(path));
            }
        }
        Ok(match operator {
            "is" => Value::Bool(a.is(b)),
            "is not" => Value::Bool(!a.is(b)),
            "in" => Value::Bool(self.contains(b, a)?),
            "not in" => Value::Bool(!self.contains(b, a)?),
            "==" | "!=" if !matches!((a, b), (Value::Tensor(_), _) | (_, Value::Tensor(_))) => {
                Value::Bool(self.equal(a, b)? == (operator == "=="))
            }
            _ => self.binary(operator, a, b)?,
        })
    }

    /// `a == b` of values that are no tensors.
    pub(super) fn equal(&mut self, a: &Value<'t>, b: &Value<'t>) -> Followed<bool> {
        match (a, b) {
            (Value::Missing(path), _) | (_, Value::Missing(path)) => Err(Stop::lacking(path)),
            (Value::Tuple(x), Value::Tuple(y)) => self.all_equal(x, y),
            (Value::List(x), Value::List(y)) => {
                let (x, y) = (x.borrow().clone(), y.borrow().clone());
                self.all_equal(&x, &y)
            }
            (Value::Dict(x), Value::Dict(y)) | (Value::Set(x), Value::Set(y)) => {
                let (x, y) = (x.borrow().clone(), y.borrow().clone());
                if x.len() != y.len() {
                    return Ok(false);
                }
                for (key, (_, value)) in &x {
                    let Some((_, other)) = y.get(key) else { return Ok(false) };
                    if !self.equal(value, other)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Length(_), _) | (_, Value::Length(_)) => match (a.as_dim(), b.as_dim()) {
                (Some(x), Some(y)) if x.same(&y) => Ok(true),
                (Some(x), Some(y)) if x.differs(&y) => Ok(false),
                (Some(x), Some(y)) => Err(undecided_length(&x, "==", &y)),
                _ => Ok(false),
            },
            (Value::Object(_), _) => match self.by_method("==", a, b)? {
                Some(result) => self.truth(&result),
                None => Ok(a.is(b)),
            },
            _ => match (a.as_f64(), b.as_f64()) {
                (Some(x), Some(y)) => Ok(x == y),
                _ => Ok(a.is(b)),
            },
        }
    }

    fn all_equal(&mut self, a: &[Value<'t>], b: &[Value<'t>]) -> Followed<bool> {
        if a.len() != b.len() {
            return Ok(false);
        }
        for (x, y) in a.iter().zip(b) {
            if !self.equal(x, y)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn contains(&mut self, container: &Value<'t>, item: &Value<'t>) -> Followed<bool> {
        match container {
            Value::Dict(dict) | Value::Set(dict) => Ok(item.key().is_some_and(|key| dict.borrow().contains_key(&key))),
            Value::Str(text) => Ok(item.as_str().is_some_and(|part| text.contains(part))),
            Value::Object(_) => match self.special(container, "__contains__")? {
                Some(method) => {
                    let found = self.call(&method, vec![item.clone()], Vec::new())?;
                    self.truth(&found)
                }
                None => self.among(container, item),
            },
            _ => self.among(container, item),
        }
    }

    fn among(&mut self, container: &Value<'t>, item: &Value<'t>) -> Followed<bool> {
        for other in self.iterated(container)? {
            if self.equal(&other, item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a value is taken to be true.
    pub(super) fn truth(&mut self, value: &Value<'t>) -> Followed<bool> {
        Ok(match value {
            Value::None => false,
            Value::Bool(b) => *b,
            Value::Int(i) => *i != 0,
            Value::Float(x) => *x != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::Tuple(items) => !items.is_empty(),
            Value::List(items) => !items.borrow().is_empty(),
            Value::Dict(dict) | Value::Set(dict) => !dict.borrow().is_empty(),
            Value::Tensor(_) => {
                return Err(Stop::undecided("a branch depends on the elements of a tensor, which only running tells"));
            }
            Value::Length(dim) => return Err(undecided_length(dim, "!=", &Dim::known(0))),
            Value::Missing(path) => return Err(Stop::lacking(path)),
            Value::Object(_) => {
                for name in ["__bool__", "__len__"] {
                    if let Some(method) = self.special(value, name)? {
                        let result = self.call(&method, Vec::new(), Vec::new())?;
                        return self.truth(&result);
                    }
                }
                true
            }
            _ => true,
        })
    }
}

fn too_large() -> Box<Stop> {
    Stop::undecided("an integer of more than 64 bits is not supported")
}

fn undecided_length(a: &Dim, operator: &str, b: &Dim) -> Box<Stop> {
    Stop::undecided(format!("whether `{a} {operator} {b}` depends on a length that only running tells: --input fixes it"))
}

/// An operation on numbers.
fn numbers<'t>(operator: &str, a: &Value<'t>, b: &Value<'t>) -> Followed<Option<Value<'t>>> {
    if matches!(a, Value::Length(_)) || matches!(b, Value::Length(_)) {
        return lengths(operator, a, b);
    }
    if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
        return whole(operator, x, y, matches!((a, b), (Value::Bool(_), Value::Bool(_)))).map(Some);
    }
    let (Some(x), Some(y)) = (a.as_f64(), b.as_f64()) else { return Ok(None) };
    let by_zero = || Stop::raised("ZeroDivisionError", "division by zero");
    Ok(Some(match operator {
        "+" => Value::Float(x + y),
        "-" => Value::Float(x - y),
        "*" => Value::Float(x * y),
        "/" | "//" | "%" if y == 0.0 => return Err(by_zero()),
        "/" => Value::Float(x / y),
        "//" => Value::Float((x / y).floor()),
        "%" => Value::Float(x - y * (x / y).floor()),
        "**" => Value::Float(x.powf(y)),
        "<" => Value::Bool(x < y),
        "<=" => Value::Bool(x <= y),
        ">" => Value::Bool(x > y),
        ">=" => Value::Bool(x >= y),
        "==" => Value::Bool(x == y),
        "!=" => Value::Bool(x != y),
        _ => return Ok(None),
    }))
}

fn whole<'t>(operator: &str, x: i64, y: i64, are_bools: bool) -> Followed<Value<'t>> {
    let int = |value: Option<i64>| value.map(Value::Int).ok_or_else(too_large);
    let by_zero = || Stop::raised("ZeroDivisionError", "division by zero");
    let bits = |value: i64| if are_bools { Value::Bool(value != 0) } else { Value::Int(value) };
    match operator {
        "+" => int(x.checked_add(y)),
        "-" => int(x.checked_sub(y)),
        "*" => int(x.checked_mul(y)),
        "/" | "//" | "%" if y == 0 => Err(by_zero()),
        "/" => Ok(Value::Float(x as f64 / y as f64)),
        "//" => int(x.checked_div_euclid(y).map(|q| if y < 0 && x.rem_euclid(y) != 0 { q - 1 } else { q })),
        "%" => int(x.checked_rem(y).map(|r| if r != 0 && (r < 0) != (y < 0) { r + y } else { r })),
        "**" if y < 0 => Ok(Value::Float((x as f64).powi(y as i32))),
        "**" => int(u32::try_from(y).ok().and_then(|y| x.checked_pow(y))),
        "&" => Ok(bits(x & y)),
        "|" => Ok(bits(x | y)),
        "^" => Ok(bits(x ^ y)),
        "<<" => int(u32::try_from(y).ok().and_then(|y| x.checked_shl(y))),
        ">>" => int(u32::try_from(y).ok().and_then(|y| x.checked_shr(y))),
        "<" => Ok(Value::Bool(x < y)),
        "<=" => Ok(Value::Bool(x <= y)),
        ">" => Ok(Value::Bool(x > y)),
        ">=" => Ok(Value::Bool(x >= y)),
        "==" => Ok(Value::Bool(x == y)),
        "!=" => Ok(Value::Bool(x != y)),
        _ => Err(Stop::raised("TypeError", format!("`{operator}` of two integers"))),
    }
}

/// An operation on lengths of which one is a symbol.
fn lengths<'t>(operator: &str, a: &Value<'t>, b: &Value<'t>) -> Followed<Option<Value<'t>>> {
    let (Some(x), Some(y)) = (a.as_dim(), b.as_dim()) else {
        return if a.as_f64().is_some() || b.as_f64().is_some() {
            Err(Stop::undecided("a number depends on a length that only running tells: --input fixes it"))
        } else {
            Ok(None)
        };
    };
    let difference = x.sub(&y).as_known();
    let known = |value: Option<bool>| value.map(Value::Bool).ok_or_else(|| undecided_length(&x, operator, &y));
    Ok(Some(match operator {
        "+" => Value::length(x.add(&y)),
        "-" => Value::length(x.sub(&y)),
        "*" => Value::length(x.mul(&y)),
        "//" if x.quotient(&y).is_some() => Value::length(x.quotient(&y).unwrap_or(Dim::Unknown)),
        "%" if x.quotient(&y).is_some() => Value::Int(0),
        "==" => known(if x.same(&y) { Some(true) } else { x.differs(&y).then_some(false) })?,
        "!=" => known(if x.same(&y) { Some(false) } else { x.differs(&y).then_some(true) })?,
        "<" => known(difference.map(|d| d < 0))?,
        "<=" => known(difference.map(|d| d <= 0))?,
        ">" => known(difference.map(|d| d > 0))?,
        ">=" => known(difference.map(|d| d >= 0))?,
        _ => return Err(undecided_length(&x, operator, &y)),
    }))
}

/// An operation on texts, lists, tuples and sets.
fn containers<'t>(operator: &str, a: &Value<'t>, b: &Value<'t>) -> Followed<Option<Value<'t>>> {
    /// No list that a program makes by repeating is longer.
    const LONGEST: usize = 1 << 20;
    let repeated = |length: usize, times: i64| {
        let times = times.max(0) as usize;
        if length.saturating_mul(times) > LONGEST { Err(Stop::undecided("a repeated list is too long")) } else { Ok(times) }
    };
    Ok(Some(match (operator, a, b) {
        ("+", Value::Str(x), Value::Str(y)) => Value::str(&format!("{x}{y}")),
        ("*", Value::Str(x), Value::Int(n)) | ("*", Value::Int(n), Value::Str(x)) => Value::str(&x.repeat(repeated(x.len(), *n)?)),
        ("+", Value::List(x), Value::List(y)) => Value::list([x.borrow().clone(), y.borrow().clone()].concat()),
        ("+", Value::Tuple(x), Value::Tuple(y)) => Value::tuple([x.to_vec(), y.to_vec()].concat()),
        ("*", Value::List(x), Value::Int(n)) | ("*", Value::Int(n), Value::List(x)) => {
            let x = x.borrow();
            Value::list(std::iter::repeat_n(&*x, repeated(x.len(), *n)?).flatten().cloned().collect())
        }
        ("*", Value::Tuple(x), Value::Int(n)) | ("*", Value::Int(n), Value::Tuple(x)) => {
            Value::tuple(std::iter::repeat_n(&**x, repeated(x.len(), *n)?).flatten().cloned().collect())
        }
        ("|", Value::Dict(x), Value::Dict(y)) => {
            let mut merged = x.borrow().clone();
            merged.extend(y.borrow().iter().map(|(key, pair)| (key.clone(), pair.clone())));
            Value::dict(merged)
        }
        ("|" | "&" | "-" | "<=" | ">=" | "<" | ">", Value::Set(x), Value::Set(y)) => {
            let (x, y) = (x.borrow(), y.borrow());
            let within = x.keys().all(|key| y.contains_key(key));
            let around = y.keys().all(|key| x.contains_key(key));
            let mut set = x.clone();
            match operator {
                "|" => set.extend(y.iter().map(|(key, pair)| (key.clone(), pair.clone()))),
                "&" => set.retain(|key, _| y.contains_key(key)),
                "-" => set.retain(|key, _| !y.contains_key(key)),
                "<=" => return Ok(Some(Value::Bool(within))),
                ">=" => return Ok(Some(Value::Bool(around))),
                "<" => return Ok(Some(Value::Bool(within && !around))),
                _ => return Ok(Some(Value::Bool(around && !within))),
            }
            Value::Set(Rc::new(std::cell::RefCell::new(set)))
        }
        ("<" | "<=" | ">" | ">=", Value::Str(x), Value::Str(y)) => Value::Bool(match operator {
            "<" => x < y,
            "<=" => x <= y,
            ">" => x > y,
            _ => x >= y,
        }),
        ("<" | "<=" | ">" | ">=", Value::Tuple(x), Value::Tuple(y)) => {
            for (p, q) in x.iter().zip(y.iter()) {
                if !p.is(q) {
                    return numbers(operator, p, q);
                }
            }
            numbers(operator, &Value::Int(x.len() as i64), &Value::Int(y.len() as i64))?.unwrap_or(Value::None)
        }
        // `int | None` of types.
        ("|", Value::Native(_) | Value::Class(_) | Value::None, Value::Native(_) | Value::Class(_) | Value::None) => a.clone(),
        _ => return Ok(None),
    }))
}
