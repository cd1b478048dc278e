//! A `repair` block of a page that mends errors of the compiler.

use std::collections::BTreeMap;

use super::error::{PageError, Place};
use crate::syntax::Language;
use crate::syntax::pattern::Pattern;

/// A candidate that one block of a page makes for an error.
#[derive(Debug, Clone)]
pub struct Repair {
    /// The label of the place that is changed; else it is what the compiler marks first.
    pub label: Option<TextPattern>,
    /// Not only the place itself is changed but its parts too: operands, arguments, receivers.
    pub parts: bool,
    /// What is marked is taken as text: it need not be an expression, as where the code does not parse.
    pub text: bool,
    /// What the error, a label or a note must say.
    pub message: Option<TextPattern>,
    /// The type that is expected.
    pub expected: Option<TextPattern>,
    /// The type that is found.
    pub found: Option<TextPattern>,
    /// What must stand at the place.
    pub find: Option<Pattern>,
    /// What must hold of bound types.
    pub conditions: Vec<TypeCheck>,
    /// The new text, with metavariables.
    pub replace: String,
    /// The line of the page, from 1.
    pub line: usize,
}

/// A condition on a type: `number($T)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeCheck {
    /// Which.
    pub kind: TypeKind,
    /// It must not hold.
    pub negated: bool,
    /// The metavariable.
    pub name: String,
}

/// What may be asked of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeKind {
    /// A number type of any kind.
    Number,
    /// A reference.
    Reference,
    /// A path alone, such as `std::string::String`.
    Path,
}

/// Text with metavariables, each of which stands for some text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

/// What metavariables stand for, by name.
pub type Texts = BTreeMap<String, String>;

impl TextPattern {
    /// Reads a pattern; `$_` stands for anything.
    pub fn new(text: &str) -> TextPattern {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            if at > 0 {
                parts.push(Part::Text(rest[..at].to_owned()));
            }
            let name: String = rest[at + 1..].chars().take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == '_').collect();
            rest = &rest[at + 1 + name.len()..];
            parts.push(if name.is_empty() { Part::Text("$".to_owned()) } else { Part::Variable(name) });
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        TextPattern { parts }
    }

    /// The names of its metavariables.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| if let Part::Variable(name) = part { Some(name.as_str()) } else { None })
    }

    /// Matches the whole of a text, given what is bound.
    pub fn matches(&self, text: &str, given: &Texts) -> Option<Texts> {
        matched(&self.parts, text, given)
    }

    /// The text with what the metavariables stand for; `None` if one stands for nothing.
    pub fn filled(&self, texts: &Texts) -> Option<String> {
        let part = |part: &Part| match part {
            Part::Text(text) => Some(text.clone()),
            Part::Variable(name) => texts.get(name).cloned(),
        };
        self.parts.iter().map(part).collect()
    }
}

fn matched(parts: &[Part], text: &str, given: &Texts) -> Option<Texts> {
    let Some((first, rest)) = parts.split_first() else {
        return text.is_empty().then(|| given.clone());
    };
    match first {
        Part::Text(own) => matched(rest, text.strip_prefix(own.as_str())?, given),
        Part::Variable(name) => {
            if let Some(bound) = given.get(name) {
                return matched(rest, text.strip_prefix(bound.as_str())?, given);
            }
            let shortest = usize::from(name != "_");
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]).filter(|end| *end >= shortest);
            ends.filter(|end| balanced(&text[..*end]) || name == "_").find_map(|end| {
                let mut with = given.clone();
                if name != "_" {
                    with.insert(name.clone(), text[..end].to_owned());
                }
                matched(rest, &text[end..], &with)
            })
        }
    }
}

/// Every bracket that opens in a type closes in it.
fn balanced(text: &str) -> bool {
    let mut depth = 0i32;
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' => depth -= 1,
            '>' if before != '-' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
        before = c;
    }
    depth == 0
}

/// Every repair of a block that starts at `start`; each ends with its `replace`.
pub(super) fn repairs(start: &Place, block: &str) -> Result<Vec<Repair>, PageError> {
    let mut found = Vec::new();
    let mut open: Option<Repair> = None;
    for (number, line) in block.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = Place { line: start.line + number, ..*start };
        let (key, value) = line.split_once(':').ok_or_else(|| place.error(format!("expected `key: value`, found `{line}`")))?;
        let value = value.trim();
        let repair = open.get_or_insert_with(|| Repair {
            label: None,
            parts: false,
            text: false,
            message: None,
            expected: None,
            found: None,
            find: None,
            conditions: Vec::new(),
            replace: String::new(),
            line: place.line,
        });
        match key.trim() {
            "label" => repair.label = Some(TextPattern::new(value)),
            "on" if value == "parts" => repair.parts = true,
            "on" if value == "text" => repair.text = true,
            "on" => return Err(place.error(format!("expected `on: parts` or `on: text`, found `{value}`"))),
            "message" => repair.message = Some(TextPattern::new(value)),
            "expected" => repair.expected = Some(TextPattern::new(value)),
            "found" => repair.found = Some(TextPattern::new(value)),
            "find" => repair.find = Some(Pattern::parse(Language::Rust, value).map_err(|error| place.error(error.to_string()))?),
            "where" => repair.conditions.extend(conditions(&place, value)?),
            "replace" => {
                repair.replace = value.to_owned();
                bound(&place, repair)?;
                found.extend(open.take());
            }
            other => return Err(place.error(format!("expected {KEYS}, found `{other}`"))),
        }
    }
    match open {
        Some(_) => Err(start.error("expected `replace` as the last line of every repair")),
        None if found.is_empty() => Err(start.error("expected a repair that ends with `replace: …`, found an empty block")),
        None => Ok(found),
    }
}

const KEYS: &str = "`label`, `on`, `message`, `expected`, `found`, `find`, `where` or `replace`";

/// `$E` is the text at the place; all else is bound by the patterns.
fn bound(place: &Place, repair: &Repair) -> Result<(), PageError> {
    let patterns = [&repair.label, &repair.message, &repair.expected, &repair.found];
    let mut known: Vec<&str> = patterns.into_iter().flatten().flat_map(TextPattern::variables).chain(["E"]).collect();
    known.extend(repair.find.iter().flat_map(Pattern::metavariables));
    let replace = TextPattern::new(&repair.replace);
    let used = replace.variables().chain(repair.conditions.iter().map(|check| check.name.as_str()));
    match used.into_iter().find(|name| !known.contains(name)) {
        Some(name) => Err(place.error(format!("`${name}` stands for nothing: no pattern of the repair binds it"))),
        None => Ok(()),
    }
}

fn conditions(place: &Place, text: &str) -> Result<Vec<TypeCheck>, PageError> {
    let condition = |text: &str| {
        let (negated, text) = text.strip_prefix("not ").map_or((false, text), |text| (true, text));
        let (kind, name) = text.strip_suffix(')')?.split_once("($")?;
        let kind = match kind {
            "number" => TypeKind::Number,
            "reference" => TypeKind::Reference,
            "path" => TypeKind::Path,
            _ => return None,
        };
        Some(TypeCheck { kind, negated, name: name.to_owned() })
    };
    let expected = |text: &str| place.error(format!("expected `number($X)`, `reference($X)` or `path($X)`, found `{text}`"));
    text.split(',').map(str::trim).map(|text| condition(text).ok_or_else(|| expected(text))).collect()
}

impl TypeCheck {
    /// True if it holds of a type.
    pub fn holds(&self, ty: &str) -> bool {
        let holds = match self.kind {
            TypeKind::Number => is_number(ty),
            TypeKind::Reference => ty.starts_with('&'),
            TypeKind::Path => !ty.is_empty() && ty.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ':'),
        };
        holds != self.negated
    }
}

/// `u32`, `f64`, `usize` and so on, and the compiler's words for a literal of no certain type.
pub fn is_number(ty: &str) -> bool {
    NUMBERS.contains(&ty) || matches!(ty, "integer" | "{integer}" | "floating-point number" | "{float}")
}

/// The types of numbers.
pub const NUMBERS: [&str; 14] = ["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_matched_with_brackets_in_balance() {
        let texts = |pattern: &str, text: &str| TextPattern::new(pattern).matches(text, &Texts::new());
        let bound = texts("Result<$T, $E>", "Result<HashMap<u8, u8>, Error>").unwrap();
        assert_eq!((bound["T"].as_str(), bound["E"].as_str()), ("HashMap<u8, u8>", "Error"));
        assert_eq!(texts("Option<$T>", "Result<u8>"), None);
        assert_eq!(texts("&$T", "&&str").unwrap()["T"], "&str");
        assert!(texts("$_`$X`$_", "use of moved value: `v`").is_some());
        let given = Texts::from([("T".to_owned(), "u8".to_owned())]);
        assert!(TextPattern::new("Option<$T>").matches("Option<u8>", &given).is_some());
        assert!(TextPattern::new("Option<$T>").matches("Option<u16>", &given).is_none());
    }
}
