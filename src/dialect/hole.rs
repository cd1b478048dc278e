//! The holes `{…}` of a template.

use crate::ir::DType;

/// A hole as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hole {
    /// The name in `ir`.
    pub name: String,
    /// Further keywords in a Python call.
    pub aliases: Vec<String>,
    /// The text after `=`.
    pub default: Option<String>,
    /// `{xs...}`
    pub spread: bool,
    /// `{&a}`
    pub lent: bool,
    /// After the colon.
    pub kind: HoleKind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum HoleKind {
    /// An operand or attribute.
    Plain,
    /// `{b:i32}`
    Typed(DType),
    /// `{axis:axis(a)}`
    AxisOf(String),
    /// `{type(a)}`: `name` is the operand.
    TypeOf,
}

/// The template with every hole replaced by a name `_h0_`, and the holes in order. `{{` and `}}` are braces.
pub(super) fn holes(text: &str) -> Result<(String, Vec<Hole>), (usize, String)> {
    let mut source = String::with_capacity(text.len());
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(next) = rest.find(['{', '}']) {
        let at = text.len() - rest.len() + next;
        source.push_str(&rest[..next]);
        let doubled = rest[next..].starts_with("{{") || rest[next..].starts_with("}}");
        if doubled {
            source.push_str(&rest[next..=next]);
            rest = &rest[next + 2..];
            continue;
        }
        let inside = rest[next..].strip_prefix('{').and_then(|r| r.split_once('}'));
        let (inside, after) =
            inside.ok_or_else(|| (at, "a brace without its partner; write `{{` or `}}` for a brace of the language".to_string()))?;
        source.push_str(&format!("_h{}_", found.len()));
        found.push(hole(inside).map_err(|message| (at, message))?);
        rest = after;
    }
    source.push_str(rest);
    Ok((source, found))
}

fn hole(text: &str) -> Result<Hole, String> {
    let (head, default) = match text.split_once('=') {
        Some((head, default)) => (head, Some(default.trim().to_string())),
        None => (text, None),
    };
    let head = head.trim();
    if let Some(name) = head.strip_prefix("type(").and_then(|h| h.strip_suffix(')')) {
        return Ok(Hole { name: name_of(name)?, aliases: Vec::new(), default, spread: false, lent: false, kind: HoleKind::TypeOf });
    }
    let (head, spread) = head.strip_suffix("...").map_or((head, false), |head| (head, true));
    let (head, lent) = head.strip_prefix('&').map_or((head, false), |head| (head, true));
    let (head, kind) = match head.split_once(':') {
        Some((head, kind)) => (head, hole_kind(kind.trim())?),
        None => (head, HoleKind::Plain),
    };
    let mut names = head.split('|');
    let name = name_of(names.next().unwrap_or(""))?;
    let aliases = names.map(name_of).collect::<Result<_, _>>()?;
    Ok(Hole { name, aliases, default, spread, lent, kind })
}

fn hole_kind(text: &str) -> Result<HoleKind, String> {
    if let Some(name) = text.strip_prefix("axis(").and_then(|t| t.strip_suffix(')')) {
        return Ok(HoleKind::AxisOf(name_of(name)?));
    }
    let dtype = DType::from_name(text)
        .ok_or_else(|| format!("expected a dtype such as `i32` or `axis(NAME)` after the colon of a hole, found `{text}`"))?;
    Ok(HoleKind::Typed(dtype))
}

fn name_of(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = text.starts_with(|c: char| c.is_alphabetic() || c == '_') && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    if fits {
        Ok(text.to_string())
    } else {
        Err(format!("expected a hole such as `{{a}}`, `{{axis=None}}`, `{{xs...}}`, found `{{{text}}}`"))
    }
}
