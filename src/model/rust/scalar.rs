//! Element functions as expressions: what stands in the closure of a `map`.

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::{format_ident, quote};

use super::rust_type;
use crate::ir::{Attr, Const, DType, DTypeKind, Data, OpId, Value};

/// How tightly an expression binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Binding {
    Compare,
    Sum,
    Product,
    Unary,
    Atom,
}

/// An expression and how tightly it binds.
#[derive(Debug, Clone)]
pub(super) struct Scalar {
    pub tokens: TokenStream,
    pub binding: Binding,
}

impl Scalar {
    pub fn atom(tokens: TokenStream) -> Scalar {
        Scalar { tokens, binding: Binding::Atom }
    }

    /// What a minus stands before, if the expression is that.
    fn negated(&self) -> Option<TokenStream> {
        let mut tokens = self.tokens.clone().into_iter();
        let is_minus = matches!(tokens.next(), Some(TokenTree::Punct(p)) if p.as_char() == '-');
        (is_minus && self.binding == Binding::Unary).then(|| tokens.collect())
    }

    fn within(&self, least: Binding) -> TokenStream {
        let tokens = &self.tokens;
        if self.binding < least { quote!((#tokens)) } else { quote!(#tokens) }
    }
}

/// An element function of expressions whose element type is `dtype`; attributes come after them.
pub(super) fn apply(op: OpId, dtype: DType, operands: &[Scalar], attributes: &[&Attr]) -> Scalar {
    let name = op.def().name;
    // The operators of halves are functions of their library, which a loop does not take in.
    let float = dtype.is_float() && dtype.size() > 2;
    if let ([a, b], Some((operator, binding))) = (operands, operator(name, float)) {
        // Comparisons do not chain; a difference's right side must bind tighter.
        let looser = matches!(name, "add" | "mul");
        let next = match binding {
            Binding::Compare => Binding::Sum,
            Binding::Sum => Binding::Product,
            _ => Binding::Unary,
        };
        // A sum with a negative number is a difference.
        if let (true, Some(magnitude)) = (name == "add", b.negated()) {
            let a = a.within(binding);
            return Scalar { tokens: quote!(#a - #magnitude), binding };
        }
        let (a, b) = (a.within(if binding == Binding::Compare { next } else { binding }), b.within(if looser { binding } else { next }));
        return Scalar { tokens: quote!(#a #operator #b), binding };
    }
    let tokens: Vec<&TokenStream> = operands.iter().map(|o| &o.tokens).collect();
    let wrapping = match name {
        "add" => Some("wrapping_add"),
        "sub" => Some("wrapping_sub"),
        "mul" => Some("wrapping_mul"),
        _ => None,
    };
    if let (Some(method), [a, _], false) = (wrapping, operands, dtype.is_float()) {
        let (method, receiver, a, b) = (format_ident!("{method}"), tokens[0], a.within(Binding::Atom), tokens[1]);
        // A literal alone has no type whose method it could be.
        if receiver.to_string().starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            let ty = rust_type(dtype);
            return Scalar::atom(quote!(#ty::#method(#receiver, #b)));
        }
        return Scalar::atom(quote!(#a.#method(#b)));
    }
    if let ("logical_not", [a]) = (name, operands) {
        let a = a.within(Binding::Unary);
        return Scalar { tokens: quote!(!#a), binding: Binding::Unary };
    }
    if let ("neg", [a], true) = (name, operands, dtype.is_float()) {
        let a = a.within(Binding::Unary);
        return Scalar { tokens: quote!(-#a), binding: Binding::Unary };
    }
    if let ("cast", [Attr::DType(to)]) = (name, attributes) {
        let to = rust_type(*to);
        return Scalar::atom(quote!(math::cast::<_, #to>(#(#tokens),*)));
    }
    let ident = format_ident!("{name}");
    let arguments = tokens.into_iter().cloned().chain(attributes.iter().map(|a| attribute(a)));
    Scalar::atom(quote!(math::#ident(#(#arguments),*)))
}

/// True for ops that are written as a call of the function of their name.
pub(super) fn is_named(op: OpId) -> bool {
    let name = op.def().name;
    operator(name, true).is_none() && !matches!(name, "logical_not" | "neg" | "cast")
}

/// The operator that an op of two floats, or of two of any elements, is.
fn operator(name: &str, float: bool) -> Option<(TokenStream, Binding)> {
    Some(match (name, float) {
        ("add", true) => (quote!(+), Binding::Sum),
        ("sub", true) => (quote!(-), Binding::Sum),
        ("mul", true) => (quote!(*), Binding::Product),
        ("div", true) => (quote!(/), Binding::Product),
        ("eq", _) => (quote!(==), Binding::Compare),
        ("ne", _) => (quote!(!=), Binding::Compare),
        ("lt", _) => (quote!(<), Binding::Compare),
        ("le", _) => (quote!(<=), Binding::Compare),
        ("gt", _) => (quote!(>), Binding::Compare),
        ("ge", _) => (quote!(>=), Binding::Compare),
        _ => return None,
    })
}

/// An attribute of an element function.
fn attribute(attr: &Attr) -> TokenStream {
    match attr {
        Attr::Float(bits) => float(f64::from_bits(*bits), DType::F64),
        Attr::Int(i) => {
            let i = Literal::i64_unsuffixed(*i);
            quote!(#i)
        }
        Attr::Bool(b) => quote!(#b),
        other => {
            let text = other.to_string();
            quote!(#text)
        }
    }
}

/// A constant as a literal of its type.
pub(super) fn literal(c: Const) -> TokenStream {
    match c.dtype.kind() {
        DTypeKind::Bool => {
            let b = c.as_f64() != 0.0;
            quote!(#b)
        }
        DTypeKind::Int => integer(c.dtype, i128::from(c.as_i64().unwrap_or(0))),
        DTypeKind::Float => float(c.as_f64(), c.dtype),
    }
}

/// The elements of a value as literals.
pub(super) fn literals(dtype: DType, value: &Value) -> Vec<TokenStream> {
    match value {
        Value::Array { data: Data::Bool(a), .. } => a.iter().map(|b| quote!(#b)).collect(),
        Value::Array { data: Data::Int(a), .. } => a.iter().map(|i| integer(dtype, *i)).collect(),
        Value::Array { data: Data::Float(a), .. } => a.iter().map(|x| float(*x, dtype)).collect(),
        Value::Tuple(_) => Vec::new(),
    }
}

fn integer(dtype: DType, i: i128) -> TokenStream {
    let i = if dtype == DType::U64 { i128::from(i as u64) } else { i };
    let magnitude = Literal::u128_unsuffixed(i.unsigned_abs());
    if i < 0 { quote!(-#magnitude) } else { quote!(#magnitude) }
}

/// A float as a literal of its type, or a name for one that has no literal.
pub(super) fn float(x: f64, dtype: DType) -> TokenStream {
    let ty = rust_type(dtype);
    if x.is_nan() {
        return quote!(#ty::NAN);
    }
    if x.is_infinite() {
        return if x > 0.0 { quote!(#ty::INFINITY) } else { quote!(#ty::NEG_INFINITY) };
    }
    let magnitude = decimal(x.abs(), dtype);
    let signed = if x.is_sign_negative() { quote!(-#magnitude) } else { quote!(#magnitude) };
    if matches!(dtype, DType::F16 | DType::BF16) { quote!(#ty::from_f32_const(#signed)) } else { signed }
}

/// A finite number without a sign as the shortest literal that is read back as it is.
pub(super) fn decimal(x: f64, dtype: DType) -> Literal {
    let text = if dtype == DType::F64 { format!("{x:?}") } else { format!("{:?}", x as f32) };
    text.parse().unwrap_or_else(|_| Literal::f64_unsuffixed(x))
}
