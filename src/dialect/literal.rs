//! Numbers and attributes as literals of the languages.

use crate::ir::{Attr, AttrKind, Const, DType, Dim};
use crate::syntax::{Language, Node};

/// A number as it is written, without its sign's node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

/// The node without parentheses around it, and in Rust without `&` and `*` before it: the value is the same.
pub(super) fn bare(mut node: Node<'_>) -> Node<'_> {
    loop {
        let inner = match node.kind() {
            "parenthesized_expression" => only_child(node),
            // What ends a Rust block: an `if` there is parsed as a statement, but is the block's value.
            "expression_statement" if node.children().all(|child| child.kind() != ";") => only_child(node),
            "reference_expression" if node.children().all(|c| c.kind() != "mutable_specifier" && c.kind() != "raw") => node.field("value"),
            "unary_expression" if node.child(0).is_some_and(|sign| sign.kind() == "*") => node.child(1),
            _ => return node,
        };
        match inner {
            Some(inner) => node = inner,
            None => return node,
        }
    }
}

fn only_child(node: Node<'_>) -> Option<Node<'_>> {
    let mut inside = node.named_children().filter(|child| !child.is_comment());
    let first = inside.next()?;
    inside.next().is_none().then_some(first)
}

/// A number and the dtype of its suffix, of a literal with or without a sign.
pub(super) fn number(node: Node<'_>) -> Option<(Number, Option<DType>)> {
    let node = bare(node);
    match node.kind() {
        "integer" | "float" => Some((python_number(node.text(), node.kind() == "float")?, None)),
        "integer_literal" | "float_literal" => rust_number(node.text(), node.kind() == "float_literal"),
        "unary_operator" | "unary_expression" if node.child(0)?.kind() == "-" => {
            let inner = bare(node.child(1)?);
            if !matches!(inner.kind(), "integer" | "float" | "integer_literal" | "float_literal") {
                return None;
            }
            let (value, dtype) = number(inner)?;
            let negated = match value {
                Number::Int(i) => Number::Int(i.checked_neg()?),
                Number::Float(x) => Number::Float(-x),
            };
            Some((negated, dtype))
        }
        _ => None,
    }
}

fn python_number(text: &str, float: bool) -> Option<Number> {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    if float { digits.parse().ok().map(Number::Float) } else { integer(&digits).map(Number::Int) }
}

fn integer(text: &str) -> Option<i64> {
    let radix = |prefix: &[&str], radix: u32| {
        let digits = prefix.iter().find_map(|p| text.strip_prefix(p))?;
        Some(i64::from_str_radix(digits, radix).ok())
    };
    radix(&["0x", "0X"], 16).or_else(|| radix(&["0b", "0B"], 2)).or_else(|| radix(&["0o", "0O"], 8)).unwrap_or_else(|| text.parse().ok())
}

fn rust_number(text: &str, float: bool) -> Option<(Number, Option<DType>)> {
    let mut digits: String = text.chars().filter(|c| *c != '_').collect();
    let hexadecimal = digits.starts_with("0x");
    let suffix = DType::ALL.into_iter().find(|d| digits.ends_with(d.name()) && !(hexadecimal && d.is_float()));
    if let Some(dtype) = suffix {
        digits.truncate(digits.len() - dtype.name().len());
    } else if digits.ends_with("size") {
        return None;
    }
    if float || suffix.is_some_and(DType::is_float) {
        return Some((Number::Float(digits.parse().ok()?), suffix));
    }
    Some((Number::Int(integer(&digits)?), suffix))
}

/// True for an expression of literals alone, whose dtype Rust takes from what stands beside it.
pub(super) fn is_literal(node: Node<'_>) -> bool {
    fn within(node: Node<'_>, depth: usize) -> bool {
        let node = bare(node);
        match node.kind() {
            "integer_literal" | "float_literal" => true,
            "unary_expression" if depth > 0 => node.child(1).is_some_and(|inner| within(inner, depth - 1)),
            "binary_expression" if depth > 0 => {
                [node.field("left"), node.field("right")].into_iter().all(|side| side.is_some_and(|side| within(side, depth - 1)))
            }
            _ => false,
        }
    }
    within(node, 8)
}

/// The constant that a literal is. Rust takes the dtype of a literal without suffix from `expected`.
pub(super) fn constant(node: Node<'_>, expected: Option<DType>) -> Option<Const> {
    let truth = match node.kind() {
        "true" => Some(true),
        "false" => Some(false),
        "boolean_literal" => Some(node.text() == "true"),
        _ => None,
    };
    let python = node.language() == Language::Python;
    if let Some(truth) = truth {
        return Some(if python { Const::bool(truth) } else { Const::typed_int(DType::Bool, i64::from(truth)) });
    }
    let (value, suffix) = number(node)?;
    match (value, python) {
        (Number::Int(i), true) => Some(Const::int(i)),
        (Number::Float(x), true) => Some(Const::float(x)),
        (Number::Float(x), false) => typed_float(suffix.or(expected)?, x),
        (Number::Int(i), false) => Some(suffix.or(expected)?).filter(|d| d.is_int()).map(|d| Const::typed_int(d, i)),
    }
}

fn typed_float(dtype: DType, x: f64) -> Option<Const> {
    match dtype {
        DType::F64 => Some(Const::typed_float(dtype, x)),
        DType::F32 => Some(Const::typed_float(dtype, f64::from(x as f32))),
        _ => None,
    }
}

/// The text of a string without prefix, escapes or line breaks.
pub(super) fn string(node: Node<'_>) -> Option<&str> {
    let text = node.text();
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inside = text.strip_prefix(quote)?.strip_suffix(quote)?;
    (matches!(node.kind(), "string" | "string_literal") && !inside.contains(['\\', '\n', '"', '\''])).then_some(inside)
}

/// Reads an attribute that needs no name or size to be resolved.
pub(super) fn attr(node: Node<'_>, kind: AttrKind) -> Option<Attr> {
    let node = bare(node);
    let attr = match (kind, node.kind()) {
        (AttrKind::Bool, "true") => Attr::Bool(true),
        (AttrKind::Bool, "false") => Attr::Bool(false),
        (AttrKind::Bool, "boolean_literal") => Attr::Bool(node.text() == "true"),
        (AttrKind::Axes | AttrKind::OptAxis, "none") => Attr::None,
        (AttrKind::Str, _) => Attr::Str(string(node)?.to_string()),
        (AttrKind::Float, _) => match number(node)?.0 {
            Number::Int(i) => Attr::float(i as f64),
            Number::Float(x) => Attr::float(x),
        },
        (AttrKind::Axes | AttrKind::Ints, kind) if is_list(kind) => Attr::Ints(integers(elements(node))?),
        (AttrKind::Ints, _) => Attr::Ints(vec![int(node)?]),
        (AttrKind::Int | AttrKind::Axes | AttrKind::OptAxis, _) => Attr::Int(int(node)?),
        _ => return None,
    };
    Some(attr)
}

/// The integers that all of the nodes are literals of.
pub(super) fn integers<'t>(nodes: impl Iterator<Item = Node<'t>>) -> Option<Vec<i64>> {
    nodes.map(int).collect()
}

/// An integer literal.
pub(super) fn int(node: Node<'_>) -> Option<i64> {
    match number(node)? {
        (Number::Int(i), _) => Some(i),
        _ => None,
    }
}

/// True for a node of elements with commas between.
pub(super) fn is_list(kind: &str) -> bool {
    matches!(kind, "list" | "tuple" | "array_expression" | "tuple_expression")
}

/// The elements of a list, tuple or array.
pub(super) fn elements(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    node.named_children().filter(|child| !child.is_comment())
}

/// A float that reads back as the same value, in both languages: `2.0`, `1e-7`.
pub(super) fn float_text(x: f64, dtype: DType) -> String {
    if dtype == DType::F32 { format!("{:?}", x as f32) } else { format!("{x:?}") }
}

/// An attribute's text; `dim` writes the sizes that are no numbers. Dtypes have no literal.
pub(super) fn attr_text(language: Language, attr: &Attr, dim: &dyn Fn(&Dim) -> Option<String>) -> Option<String> {
    let python = language == Language::Python;
    let list = |items: Vec<String>| match (python, items.len()) {
        (true, 1) => format!("({},)", items[0]),
        (true, _) => format!("({})", items.join(", ")),
        (false, 1) => items[0].clone(),
        (false, _) => format!("({})", items.join(", ")),
    };
    Some(match attr {
        Attr::None if python => "None".to_string(),
        Attr::None => return None,
        Attr::Bool(b) => match (python, b) {
            (true, true) => "True".to_string(),
            (true, false) => "False".to_string(),
            (false, b) => b.to_string(),
        },
        Attr::Int(i) => i.to_string(),
        Attr::Float(bits) => finite_text(f64::from_bits(*bits))?,
        Attr::Str(s) => format!("{s:?}"),
        Attr::DType(_) => return None,
        Attr::Ints(items) if !python => format!("[{}]", items.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")),
        Attr::Ints(items) => list(items.iter().map(i64::to_string).collect()),
        Attr::Dims(dims) => list(dims.iter().map(|d| dim_text(d, dim)).collect::<Option<_>>()?),
    })
}

fn finite_text(x: f64) -> Option<String> {
    x.is_finite().then(|| float_text(x, DType::F64))
}

/// A size's text.
pub(super) fn dim_text(size: &Dim, dim: &dyn Fn(&Dim) -> Option<String>) -> Option<String> {
    dim(size).or_else(|| size.as_known().map(|n| n.to_string()))
}
