use super::paths::{array_rank, dimension_rank};
use super::scopes::Scopes;
use crate::facts::{Fact, Ground};
use crate::ir::{DType, Dim, Shape, Target, Type};
use crate::syntax::Node;

/// What a type says of a value. Generic parameters, `usize` and references to numbers say nothing.
pub(in crate::facts) fn type_fact(scopes: &Scopes<'_>, node: Node<'_>) -> Option<Fact> {
    let reference = node.kind() == "reference_type";
    let inner = if reference { node.field("type")? } else { node };
    match inner.kind() {
        "primitive_type" if !reference => fact(Type::scalar(primitive(inner.text())?), false, Ground::Declared),
        "generic_type" => {
            let (element, shape) = array_type(scopes, inner)?;
            fact(Type::array(element, shape), reference, Ground::Declared)
        }
        _ => None,
    }
}

/// What an expression's value is, whatever its names hold.
pub(in crate::facts) fn known_value(scopes: &Scopes<'_>, node: Node<'_>) -> Option<Fact> {
    match node.kind() {
        "float_literal" | "integer_literal" => {
            let text = node.text();
            let dtype = DType::ALL.into_iter().find(|dtype| text.ends_with(dtype.name()))?;
            let hexadecimal = text.starts_with("0x") && dtype.is_float();
            fact(Type::scalar(dtype), false, Ground::Inferred).filter(|_| !hexadecimal)
        }
        "boolean_literal" => fact(Type::scalar(DType::Bool), false, Ground::Inferred),
        "type_cast_expression" => fact(Type::scalar(primitive(node.field("type")?.text())?), false, Ground::Inferred),
        "call_expression" => {
            let function = node.field("function").filter(|f| f.kind() == "scoped_identifier")?;
            let head = function.field("path")?;
            if head.kind() != "generic_type"
                || !matches!(function.field("name")?.text(), "zeros" | "ones" | "from_elem" | "eye" | "from_vec" | "linspace")
            {
                return None;
            }
            let (element, shape) = array_type(scopes, head)?;
            fact(Type::array(element, shape), false, Ground::Inferred)
        }
        _ => None,
    }
}

fn fact(ty: Type, reference: bool, ground: Ground) -> Option<Fact> {
    Some(Fact { ty, library: Some(Target::Rust), reference, ground })
}

/// The dtype of a primitive type; `usize` has none of a fixed size.
fn primitive(name: &str) -> Option<DType> {
    DType::from_name(name).filter(|dtype| !matches!(dtype, DType::F16 | DType::BF16))
}

/// The element type and shape of `Array2<f64>`, `ArrayView1<'_, f32>`, `Array<f64, Ix2>`.
fn array_type(scopes: &Scopes<'_>, node: Node<'_>) -> Option<(DType, Shape)> {
    let path = scopes.resolve(node.field("type")?)?;
    let arguments: Vec<_> = node.field("type_arguments")?.named_children().filter(|n| n.kind() != "lifetime" && !n.is_comment()).collect();
    let rank = match (arguments.as_slice(), path.as_str()) {
        ([_, dimension], "ndarray::Array" | "ndarray::ArrayView" | "ndarray::ArrayViewMut") => {
            dimension_rank(&scopes.resolve(*dimension)?)?
        }
        ([_], path) => array_rank(path)?,
        _ => return None,
    };
    let element = arguments.first().filter(|n| n.kind() == "primitive_type")?;
    let shape = rank.map_or(Shape::Unknown, |rank| Shape::Ranked(vec![Dim::Unknown; rank]));
    Some((primitive(element.text())?, shape))
}
