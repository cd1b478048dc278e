//! Lengths of arrays in Rust: what expressions and assertions say of them.

use super::environment::{Environment, Known};
use crate::dialect::{Form, Names};
use crate::facts::Ground;
use crate::ir::{DType, Dim, Shape, Target, Type};
use crate::syntax::Node;

/// Constructors of arrays whose first argument is the shape.
const SHAPED: [&str; 5] = ["zeros", "ones", "from_elem", "from_shape_fn", "default"];

/// What is known of a name that holds nothing but a length.
pub(super) fn length(dim: Dim) -> Known {
    Known { ty: Type::Unknown, library: None, ground: Ground::Inferred, dim: Some(dim), form: Form::Value, borrows: Default::default() }
}

/// What is known of a name that holds a number of this dtype.
pub(super) fn scalar(dtype: DType) -> Known {
    Known { ty: Type::scalar(dtype), library: Some(Target::Rust), dim: None, form: Form::Place, ..length(Dim::Unknown) }
}

/// The parameters of a function that are of the type `usize`.
pub(super) fn parameters(function: Node<'_>) -> impl Iterator<Item = &str> {
    let parameters = function.field("parameters").into_iter().flat_map(Node::named_children);
    let sized = parameters.filter(|parameter| parameter.field("type").is_some_and(|ty| ty.text() == "usize"));
    sized.filter_map(|parameter| parameter.field("pattern")).filter(|name| name.kind() == "identifier").map(|name| name.text())
}

/// The lengths that a method of an array gives, by its name: `nrows` one of them, `dim` all.
fn of_method(environment: &Environment, array: &str, method: &str) -> Option<Vec<Dim>> {
    let dims = environment.get(array)?.ty.shape().dims()?;
    match (method, dims) {
        ("dim" | "raw_dim" | "shape", _) => Some(dims.to_vec()),
        ("nrows", [rows, _]) => Some(vec![rows.clone()]),
        ("ncols", [_, columns]) => Some(vec![columns.clone()]),
        ("len", [length]) => Some(vec![length.clone()]),
        _ => None,
    }
}

/// The array and the method of `array.method()`.
fn method_of(call: Node<'_>) -> Option<(&str, &str)> {
    let function = call.field("function").filter(|function| call.kind() == "call_expression" && function.kind() == "field_expression")?;
    let array = function.field("value").filter(|array| array.kind() == "identifier")?;
    let none = call.field("arguments")?.named_children().next().is_none();
    none.then(|| Some((array.text(), function.field("field")?.text())))?
}

/// The length that `x.nrows()`, `x.len()`, `x.shape()[1]` or `x.dim().0` stands for.
pub(super) fn read(node: Node<'_>, environment: &Environment) -> Option<Dim> {
    let (call, axis) = match node.kind() {
        "call_expression" => (node, None),
        "index_expression" => (node.child(0)?, Some(node.named_children().nth(1)?.text())),
        "field_expression" => (node.field("value")?, Some(node.field("field")?.text())),
        _ => return None,
    };
    let (array, method) = method_of(call)?;
    let dims = of_method(environment, array, method)?;
    match (axis, method, dims.as_slice()) {
        (Some(axis), "shape" | "dim", dims) => dims.get(axis.parse::<usize>().ok()?).cloned(),
        (None, "nrows" | "ncols" | "len" | "dim", [length]) => Some(length.clone()),
        _ => None,
    }
}

/// The shape of the array that a call of a constructor makes. `size` reads one length.
pub(super) fn constructed<'t>(
    call: Node<'t>,
    names: &dyn Names,
    environment: &Environment,
    size: &mut dyn FnMut(Node<'t>) -> Option<Dim>,
) -> Option<Vec<Dim>> {
    let path = names.resolve(call.field("function").filter(|_| call.kind() == "call_expression")?)?;
    let (class, name) = path.strip_prefix("ndarray::Array")?.split_once("::")?;
    let shape = call.field("arguments")?.named_children().find(|argument| !argument.is_comment())?;
    if class.contains("::") || !(name == "eye" || SHAPED.contains(&name)) {
        return None;
    }
    if name == "eye" {
        let order = size(shape)?;
        return Some(vec![order.clone(), order]);
    }
    let of_array = method_of(shape).filter(|(_, method)| matches!(*method, "dim" | "raw_dim"));
    match (of_array, shape.kind()) {
        (Some((array, method)), _) => of_method(environment, array, method),
        (None, "tuple_expression") => {
            shape.named_children().filter(|part| !part.is_comment()).map(|part| Some(size(part).unwrap_or(Dim::Unknown))).collect()
        }
        _ => size(shape).map(|length| vec![length]),
    }
}

/// The dtype of a number that arithmetic on numbers gives, where one of them has a known one: Rust converts none.
pub(super) fn number(node: Node<'_>, environment: &Environment) -> Option<DType> {
    let mut found = None;
    let mut stack = vec![node];
    while let Some(node) = stack.pop() {
        match node.kind() {
            "float_literal" | "integer_literal" => {}
            "identifier" => {
                let known = environment.get(node.text()).filter(|known| known.ty.rank() == Some(0) && known.form != Form::Reference)?;
                found = Some(known.ty.dtype().filter(|dtype| *dtype != DType::Bool)?);
            }
            "type_cast_expression" => found = Some(DType::from_name(node.field("type")?.text())?),
            "parenthesized_expression" => stack.extend(node.named_children().filter(|child| !child.is_comment())),
            "unary_expression" if node.child(0)?.kind() == "-" => stack.extend(node.child(1)),
            "binary_expression" if matches!(node.field("operator")?.kind(), "+" | "-" | "*" | "/") => {
                stack.extend([node.field("left")?, node.field("right")?]);
            }
            _ => return None,
        }
    }
    found
}

/// The lengths of all axes that `x.dim()` gives to a pattern.
pub(super) fn unpacked(value: Node<'_>, environment: &Environment) -> Option<Vec<Dim>> {
    method_of(value).filter(|(_, method)| *method == "dim").and_then(|(array, method)| of_method(environment, array, method))
}

/// After `assert_eq!(a.dim(), b.dim())` the lengths of both are the same.
pub(super) fn assume(statement: Node<'_>, environment: &mut Environment) {
    let asserted = statement.named_children().next().filter(|inner| inner.kind() == "macro_invocation");
    let Some(tokens) = asserted.filter(|call| call.field("macro").is_some_and(|name| name.text() == "assert_eq")) else { return };
    let Some(inside) = tokens.named_children().last().and_then(|tree| tree.text().strip_prefix('(')?.strip_suffix(')')) else { return };
    let mut sides = inside.split(", ").map(|side| written(side.trim(), environment));
    let (Some(Some(left)), Some(Some(right))) = (sides.next(), sides.next()) else { return };
    if left.len() != right.len() {
        return;
    }
    for (a, b) in left.into_iter().zip(right) {
        match (a.as_symbol(), b.as_symbol()) {
            (Some(symbol), _) => substitute(environment, symbol.as_ref(), &b),
            (None, Some(symbol)) => substitute(environment, symbol.as_ref(), &a),
            _ => {}
        }
    }
}

/// Something may have changed a name's value in a way that is not known: a number may be another, an array may have other lengths.
pub(super) fn forget(environment: &mut Environment, name: &str) {
    if let Some(known) = environment.get_mut(name) {
        known.dim = None;
        if let Some(rank) = known.ty.rank().filter(|rank| *rank > 0) {
            known.ty = known.ty.with_shape(Shape::Ranked(vec![Dim::Unknown; rank]));
        }
    }
}

/// The lengths that `a.dim()`, `a.nrows()` or `n` stands for, by its text.
fn written(text: &str, environment: &Environment) -> Option<Vec<Dim>> {
    match text.strip_suffix("()").and_then(|call| call.split_once('.')) {
        Some((array, method)) => of_method(environment, array, method),
        None => Some(vec![environment.get(text)?.dim.clone()?]),
    }
}

/// Writes one length for another wherever it is known.
fn substitute(environment: &mut Environment, symbol: &str, by: &Dim) {
    if *by == Dim::Unknown {
        return;
    }
    let new = |dim: &Dim| dim.substitute(&|s| (s.to_string() == symbol).then(|| by.clone()));
    for known in environment.values_mut() {
        known.dim = known.dim.as_ref().map(new);
        if let Some(dims) = known.ty.shape().dims() {
            let shape = Shape::Ranked(dims.iter().map(new).collect());
            known.ty = if known.ty.is_weak() { known.ty.clone() } else { known.ty.with_shape(shape) };
        }
    }
}
