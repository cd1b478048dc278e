//! Texts: literals, those with values in them, and what `str` makes.

use std::rc::Rc;

use super::error::{Followed, Stop};
use super::scope::Frame;
use super::value::Value;
use super::{Host, Interpreter};
use crate::ir::DType;
use crate::syntax::Node;

impl<'t, H: Host<'t>> Interpreter<'t, H> {
    /// A literal, one of several parts, or one with values in it.
    pub(super) fn text(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        let mut out = String::new();
        if node.kind() == "concatenated_string" {
            for part in node.named_children().filter(|child| child.kind() == "string") {
                let part = self.text(part, frame)?;
                out.push_str(part.as_str().unwrap_or(""));
            }
            return Ok(Value::str(&out));
        }
        let is_raw = node.child(0).is_some_and(|start| start.text().contains(['r', 'R']));
        for child in node.named_children() {
            match child.kind() {
                "string_content" if is_raw => out.push_str(child.text()),
                "string_content" => unescaped(child.text(), &mut out),
                "interpolation" => {
                    let expression = child.field("expression").or_else(|| child.named_children().next());
                    let value = self.expression(expression.ok_or_else(|| Stop::undecided("nothing in braces"))?, frame)?;
                    let format = child.named_children().find(|part| part.kind() == "format_specifier").map_or("", Node::text);
                    let conversion = child.named_children().find(|part| part.kind() == "type_conversion").map_or("", Node::text);
                    let value = if conversion == "!r" { Value::str(&self.repr(&value)?) } else { value };
                    out.push_str(&self.formatted(&value, format.trim_start_matches(':'))?);
                }
                _ => {}
            }
        }
        // Braces are doubled where a text has values in it.
        if node.child(0).is_some_and(|start| start.text().contains(['f', 'F'])) {
            out = out.replace("{{", "{").replace("}}", "}");
        }
        Ok(Value::str(&out))
    }

    /// What `str` makes of a value.
    pub(super) fn text_of(&mut self, value: &Value<'t>) -> Followed<String> {
        Ok(match value {
            Value::None => "None".to_owned(),
            Value::Ellipsis => "Ellipsis".to_owned(),
            Value::Bool(b) => if *b { "True" } else { "False" }.to_owned(),
            Value::Int(i) => i.to_string(),
            Value::Length(dim) => dim.to_string(),
            Value::Float(x) if x.fract() == 0.0 && x.abs() < 1e16 => format!("{x:.1}"),
            Value::Float(x) => x.to_string(),
            Value::Str(text) => text.to_string(),
            Value::DType(dtype) => format!("torch.{}", long_name(*dtype)),
            Value::Tuple(items) if items.len() == 1 => format!("({},)", self.listed(items)?),
            Value::Tuple(items) => format!("({})", self.listed(items)?),
            Value::List(items) => {
                let items = items.borrow().clone();
                format!("[{}]", self.listed(&items)?)
            }
            Value::Dict(dict) => {
                let pairs: Vec<(Value<'t>, Value<'t>)> = dict.borrow().values().cloned().collect();
                let mut parts = Vec::new();
                for (key, value) in pairs {
                    parts.push(format!("{}: {}", self.repr(&key)?, self.repr(&value)?));
                }
                format!("{{{}}}", parts.join(", "))
            }
            Value::Object(object) => match self.special(value, "__str__")? {
                Some(method) => {
                    let text = self.call(&method, Vec::new(), Vec::new())?;
                    text.as_str().unwrap_or("").to_owned()
                }
                None => format!("<{}>", object.class.name),
            },
            Value::Native(path) => path.to_string(),
            other => format!("<{}>", other.type_name()),
        })
    }

    fn listed(&mut self, items: &[Value<'t>]) -> Followed<String> {
        let texts: Followed<Vec<String>> = items.iter().map(|item| self.repr(item)).collect();
        Ok(texts?.join(", "))
    }

    /// What `repr` makes of a value: a text has quotes.
    pub(super) fn repr(&mut self, value: &Value<'t>) -> Followed<String> {
        match value {
            Value::Str(text) => {
                let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
                let escaped = text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t");
                let escaped = if quote == '\'' { escaped.replace('\'', "\\'") } else { escaped };
                Ok(format!("{quote}{escaped}{quote}"))
            }
            other => self.text_of(other),
        }
    }

    /// A value in a format such as `03d` or `.2f`.
    pub(super) fn formatted(&mut self, value: &Value<'t>, format: &str) -> Followed<String> {
        if format.is_empty() {
            return self.text_of(value);
        }
        // `*>8`: a fill, a side and a width, around what the rest says.
        let side = format.char_indices().take(2).filter(|(_, c)| matches!(c, '<' | '>' | '^')).last();
        if let Some((at, side)) = side {
            let rest = &format[at + 1..];
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let width: usize = rest[..digits].parse().unwrap_or(0).min(255);
            let text = self.formatted(value, &rest[digits..])?;
            let left = width.saturating_sub(text.chars().count());
            let before = match side {
                '<' => 0,
                '>' => left,
                _ => left / 2,
            };
            let fill = if at == 0 { " " } else { &format[..at] };
            return Ok(format!("{}{text}{}", fill.repeat(before), fill.repeat(left - before)));
        }
        if let (Some(x), Some(digits)) = (value.as_f64(), format.strip_suffix(['f', 'e'])) {
            let digits = digits.rsplit('.').next().and_then(|digits| digits.parse().ok()).unwrap_or(6usize).min(40);
            return Ok(if format.ends_with('f') { format!("{x:.digits$}") } else { format!("{x:.digits$e}") });
        }
        let width = format.trim_end_matches(['d', 's']);
        match (value.as_int(), width.parse::<usize>()) {
            (Some(i), Ok(width)) if width < 64 && format.starts_with('0') => Ok(format!("{i:0width$}")),
            (_, Ok(width)) if width < 256 => {
                let text = self.text_of(value)?;
                Ok(if value.as_int().is_some() { format!("{text:>width$}") } else { format!("{text:<width$}") })
            }
            _ => self.text_of(value),
        }
    }
}

/// A literal's content with its escapes resolved.
fn unescaped(text: &str, out: &mut String) {
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match letters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('0') => out.push('\0'),
            Some('\n') | None => {}
            Some(c @ ('\\' | '\'' | '"')) => out.push(c),
            Some(other) => out.extend(['\\', other]),
        }
    }
}

/// The name of an element type in Python: `float32` of `f32`.
fn long_name(dtype: DType) -> String {
    match (dtype, dtype.name().split_at(1)) {
        (DType::BF16, _) => "bfloat16".to_owned(),
        (_, ("f", bits)) => format!("float{bits}"),
        (_, ("i", bits)) => format!("int{bits}"),
        (_, ("u", bits)) => format!("uint{bits}"),
        _ => dtype.name().to_owned(),
    }
}
