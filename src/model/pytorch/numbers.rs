//! Numbers, element types and lengths in Python.

use std::collections::BTreeMap;

use crate::ir::{Const, DType, DTypeKind, Data, Dim, Symbol, Value};
use crate::model::Weight;

/// The element type in PyTorch.
pub(super) fn dtype(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "torch.bool",
        DType::I8 => "torch.int8",
        DType::I16 => "torch.int16",
        DType::I32 => "torch.int32",
        DType::I64 => "torch.int64",
        DType::U8 => "torch.uint8",
        DType::U16 => "torch.uint16",
        DType::U32 => "torch.uint32",
        DType::U64 => "torch.uint64",
        DType::F16 => "torch.float16",
        DType::BF16 => "torch.bfloat16",
        DType::F32 => "torch.float32",
        DType::F64 => "torch.float64",
    }
}

/// The element type as the last of a call's arguments, unless it is the usual one of floats.
pub(super) fn dtype_argument(of: DType) -> String {
    if of == DType::F32 { String::new() } else { format!(", dtype={}", dtype(of)) }
}

/// A float as the shortest literal that becomes the same in its type.
pub(super) fn float(x: f64, of: DType) -> String {
    if x.is_nan() {
        return "math.nan".to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "math.inf".to_owned() } else { "-math.inf".to_owned() };
    }
    format!("{:?}", shortest(x, of))
}

/// The number in double precision whose literal is the shortest that becomes this in its type.
fn shortest(x: f64, of: DType) -> f64 {
    match of {
        DType::F32 => format!("{:?}", x as f32).parse().unwrap_or(x),
        _ => x,
    }
}

/// A constant as a number of Python, which takes the type of the tensor that it meets.
pub(super) fn weak(c: Const) -> Const {
    match c.dtype.kind() {
        DTypeKind::Bool => Const::bool(c.as_f64() != 0.0),
        DTypeKind::Int => Const::int(c.as_i64().unwrap_or(0)),
        DTypeKind::Float => Const::float(shortest(c.as_f64(), c.dtype)),
    }
}

/// A constant as a literal.
pub(super) fn literal(c: Const) -> String {
    match c.dtype.kind() {
        DTypeKind::Bool => boolean(c.as_f64() != 0.0).to_owned(),
        DTypeKind::Int if c.dtype == DType::U64 => (c.as_i64().unwrap_or(0) as u64).to_string(),
        DTypeKind::Int => c.as_i64().unwrap_or(0).to_string(),
        DTypeKind::Float => float(c.as_f64(), c.dtype),
    }
}

/// A flag.
pub(super) fn boolean(b: bool) -> &'static str {
    if b { "True" } else { "False" }
}

/// A constant as a tensor without axes.
pub(super) fn scalar(c: Const) -> String {
    let named = match c.dtype {
        DType::F32 | DType::Bool | DType::I64 => String::new(),
        other => dtype_argument(other),
    };
    format!("torch.tensor({}{named})", literal(c))
}

/// A small weight as a tensor that is written out.
pub(super) fn tensor(weight: &Weight) -> String {
    let elements: Vec<String> = match weight.to_value() {
        Value::Array { data: Data::Bool(a), .. } => a.iter().map(|b| boolean(*b).to_owned()).collect(),
        Value::Array { data: Data::Int(a), .. } if weight.dtype == DType::U64 => a.iter().map(|i| (*i as u64).to_string()).collect(),
        Value::Array { data: Data::Int(a), .. } => a.iter().map(ToString::to_string).collect(),
        Value::Array { data: Data::Float(a), .. } => a.iter().map(|x| float(*x, weight.dtype)).collect(),
        Value::Tuple(_) => Vec::new(),
    };
    if elements.is_empty() {
        return format!("torch.empty({}{})", list(&weight.shape), dtype_argument(weight.dtype));
    }
    let named = match weight.dtype {
        DType::F32 | DType::Bool | DType::I64 => String::new(),
        other => dtype_argument(other),
    };
    format!("torch.tensor({}{named})", nested(&elements, &weight.shape))
}

/// Elements in lists within lists.
fn nested(elements: &[String], shape: &[usize]) -> String {
    let Some((first, rest)) = shape.split_first() else { return elements[0].clone() };
    let parts: Vec<String> = elements.chunks(elements.len() / (*first).max(1)).map(|part| nested(part, rest)).collect();
    format!("[{}]", parts.join(", "))
}

/// A list.
pub(super) fn list<T: ToString>(items: &[T]) -> String {
    format!("[{}]", items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

/// One number for several that are the same, else a tuple.
pub(super) fn each<T: ToString + PartialEq>(items: &[T]) -> String {
    match items {
        [first, rest @ ..] if rest.iter().all(|other| other == first) => first.to_string(),
        _ => format!("({})", items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// A length as an expression over the names that the symbols have, and whether it is a sum or a product; `None` if it is not known.
pub(super) fn length(dim: &Dim, symbols: &BTreeMap<Symbol, String>) -> Option<String> {
    let Dim::Poly(terms) = dim else { return None };
    if let Some(n) = dim.as_known() {
        return Some(n.to_string());
    }
    let (plus, minus): (Vec<_>, Vec<_>) = terms.iter().rev().partition(|(_, c)| **c > 0);
    let mut text = String::new();
    for (i, (monomial, coefficient)) in plus.iter().chain(&minus).enumerate() {
        let magnitude = coefficient.unsigned_abs();
        let factors = monomial.iter().map(|s| symbols.get(s).cloned()).collect::<Option<Vec<_>>>()?;
        let number = (magnitude != 1 || monomial.is_empty()).then(|| magnitude.to_string());
        let term = number.into_iter().chain(factors).collect::<Vec<_>>().join(" * ");
        text.push_str(match (i, **coefficient > 0) {
            (0, true) => "",
            (0, false) => "-",
            (_, true) => " + ",
            (_, false) => " - ",
        });
        text.push_str(&term);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        assert_eq!(float(f64::from(0.1_f32), DType::F32), "0.1");
        assert_eq!(float(f64::NEG_INFINITY, DType::F32), "-math.inf");
        assert_eq!(scalar(Const::typed_int(DType::I32, 3)), "torch.tensor(3, dtype=torch.int32)");
        assert_eq!((each(&[2, 2]), each(&[1, 2])), ("2".to_owned(), "(1, 2)".to_owned()));
    }

    #[test]
    fn lengths_are_sums_of_products() {
        let symbols = BTreeMap::from([("n".into(), "n".to_owned()), ("m".into(), "rows".to_owned())]);
        let (n, m) = (Dim::symbol("n"), Dim::symbol("m"));
        assert_eq!(length(&n.mul(&m).mul(&Dim::known(2)).sub(&Dim::known(1)), &symbols).as_deref(), Some("2 * rows * n - 1"));
        assert_eq!((length(&Dim::symbol("k"), &symbols), length(&Dim::Unknown, &symbols)), (None, None));
    }
}
