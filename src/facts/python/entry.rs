use std::collections::BTreeMap;

use super::annotations::annotation;
use super::docstrings;
use super::scopes::{ScopeId, Scopes, What, parameter_name};
use super::usage::{Usage, usages};
use super::values::known_value;
use crate::facts::{Fact, Ground};
use crate::ir::{DType, Dim, Shape, Type};
use crate::syntax::Node;

/// Other libraries' arrays pass through NumPy functions and come out as their own: where one is imported, use proves nothing.
const ARRAY_LIKES: [&str; 8] = ["pandas", "xarray", "cupy", "jax", "jax.numpy", "dask", "dask.array", "sympy"];

/// What holds of the parameters of a function on entry.
pub(in crate::facts) fn parameters<'t>(scopes: &Scopes<'t>, function: Node<'t>) -> BTreeMap<String, Fact> {
    let Some(scope) = scopes.scope_of_function(function) else { return BTreeMap::new() };
    let mut documented = docstrings::parameters(function);
    let guess = !ARRAY_LIKES.iter().any(|module| scopes.imports(module));
    let mut used = if guess { usages(scopes, function, scope) } else { BTreeMap::new() };
    let mut facts = BTreeMap::new();
    for parameter in function.field("parameters").into_iter().flat_map(|p| p.named_children()) {
        let Some(name) = single(parameter) else { continue };
        let said = parameter.field("type").map(|ty| annotation(scopes, ty));
        let usage = used.remove(name.text()).unwrap_or_default();
        let fact = combine(said, documented.remove(name.text()), &usage);
        if let Some(fact) = fact.filter(|fact| fits_default(fact, parameter.field("value"))) {
            facts.insert(name.text().to_string(), refine(fact, name.text(), &usage));
        }
    }
    for fact in facts.values_mut() {
        rename_symbols(scopes, scope, fact);
    }
    facts
}

/// Python's `__qualname__` of a function: `Class.method`, `outer.<locals>.inner`.
pub(in crate::facts) fn qualified_name(function: Node<'_>) -> String {
    let mut name = function.field("name").map_or("<lambda>", |name| name.text()).to_string();
    let mut around = function.parent();
    while let Some(node) = around {
        let outer = node.field("name").map_or("", |name| name.text());
        match node.kind() {
            "function_definition" => name = format!("{outer}.<locals>.{name}"),
            "class_definition" => name = format!("{outer}.{name}"),
            _ => {}
        }
        around = node.parent();
    }
    name
}

/// What holds of a constant that a function reads from a scope around it: bound once, to a value that is known.
pub(in crate::facts) fn constant<'t>(scopes: &Scopes<'t>, owner: ScopeId, name: &str) -> Option<Fact> {
    let [binding] = scopes.bindings_in(owner, name) else { return None };
    match binding.what {
        What::Value(value) => known_value(scopes, value),
        _ => None,
    }
}

/// The parameter's name, unless it gathers several arguments.
fn single(parameter: Node<'_>) -> Option<Node<'_>> {
    let gathers = matches!(parameter.kind(), "list_splat_pattern" | "dictionary_splat_pattern");
    let name = parameter_name(parameter).filter(|_| !gathers)?;
    let splat = parameter.kind() == "typed_parameter" && parameter.named_children().next() != Some(name);
    (!splat).then_some(name)
}

/// The annotation first, the docstring where it adds to it or there is none, then use.
fn combine(said: Option<Option<Fact>>, documented: Option<Fact>, usage: &Usage) -> Option<Fact> {
    match (said, documented) {
        (Some(None), _) => None,
        (Some(Some(said)), Some(documented)) if said.library == documented.library && said.ty.rank().is_none() => {
            let dtype = said.ty.dtype().or(documented.ty.dtype());
            Some(Fact { ty: Type::Array { dtype, weak: false, shape: documented.ty.shape().clone() }, ..said })
        }
        (Some(Some(said)), _) => Some(said),
        (None, Some(documented)) => Some(documented),
        (None, None) => {
            let library = usage.library()?;
            Some(Fact { ty: Type::any_array(Shape::Unknown), library: Some(library), reference: false, ground: Ground::Inferred })
        }
    }
}

/// A default that is of another type contradicts: `x: np.ndarray = None`, `x: float = 1`.
fn fits_default(fact: &Fact, default: Option<Node<'_>>) -> bool {
    let Some(default) = default else { return true };
    let inner = if default.kind() == "unary_operator" { default.field("argument").unwrap_or(default) } else { default };
    match (fact.ty.is_weak(), fact.ty.dtype()) {
        (true, Some(DType::F64)) => !matches!(inner.kind(), "integer" | "none" | "true" | "false" | "string"),
        (true, Some(DType::I64)) => !matches!(inner.kind(), "float" | "none" | "true" | "false" | "string"),
        (true, _) => matches!(inner.kind(), "true" | "false"),
        (false, _) => inner.kind() == "call",
    }
}

/// Adds what use proves of the shape.
fn refine(fact: Fact, name: &str, usage: &Usage) -> Fact {
    if fact.library.is_none() {
        return fact;
    }
    let axis = |i: usize| Dim::symbol(format!("{name}.{i}"));
    let mut shape = match (fact.ty.shape(), usage.rank) {
        (Shape::Unknown, Some(rank)) => Shape::Ranked((0..rank).map(axis).collect()),
        (shape, _) => shape.clone(),
    };
    if let Shape::Ranked(dims) = &mut shape {
        for (i, dim) in dims.iter_mut().enumerate().filter(|(_, dim)| **dim == Dim::Unknown) {
            *dim = axis(i);
        }
        if let ([.., rows, columns], true) = (dims.as_mut_slice(), usage.square) {
            let own = |dim: &Dim| dim.as_symbol().is_some_and(|symbol| symbol.starts_with(&format!("{name}.")));
            if own(columns) {
                *columns = rows.clone();
            } else if own(rows) {
                *rows = columns.clone();
            }
        }
    }
    Fact { ty: fact.ty.with_shape(shape), ..fact }
}

/// A symbol that is also a name of the function could be taken for that name's value: it gets a prime.
fn rename_symbols(scopes: &Scopes<'_>, scope: ScopeId, fact: &mut Fact) {
    let Some(dims) = fact.ty.shape().dims().filter(|_| !fact.ty.is_weak()) else { return };
    let rename = |symbol: &crate::ir::Symbol| {
        let taken = !scopes.bindings_in(scope, symbol).is_empty();
        taken.then(|| Dim::symbol(format!("{symbol}'")))
    };
    let dims = dims.iter().map(|dim| dim.substitute(&rename)).collect();
    fact.ty = fact.ty.with_shape(Shape::Ranked(dims));
}
