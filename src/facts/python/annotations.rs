use super::scopes::Scopes;
use crate::facts::{Fact, Ground};
use crate::ir::{DType, Dim, Shape, Target, Type};
use crate::syntax::Node;

/// What an annotation says of a value. `Optional` and unions say nothing.
pub(in crate::facts) fn annotation(scopes: &Scopes<'_>, node: Node<'_>) -> Option<Fact> {
    let node = bare(node)?;
    match node.kind() {
        "identifier" | "attribute" => plain(&scopes.resolve(node)?),
        "string" => plain(&scopes.resolve_text(string_text(node)?, node.span().start)?),
        "subscript" | "generic_type" => {
            let (head, arguments) = parts(node)?;
            generic(scopes, &scopes.resolve(head)?, &arguments)
        }
        _ => None,
    }
}

/// The dtype that an expression names, as in `dtype=np.float32`.
pub(in crate::facts) fn dtype_of(scopes: &Scopes<'_>, node: Node<'_>) -> Option<DType> {
    if node.kind() == "string" {
        return dtype_named(string_text(node)?);
    }
    let path = scopes.resolve(bare(node)?)?;
    match path.as_str() {
        "builtins.float" => Some(DType::F64),
        "builtins.int" => Some(DType::I64),
        "builtins.bool" => Some(DType::Bool),
        _ => {
            let (module, name) = path.rsplit_once('.')?;
            let torch = module == "torch";
            match name {
                "float" if torch => Some(DType::F32),
                "int" if torch => Some(DType::I32),
                "long" if torch => Some(DType::I64),
                "bfloat16" if torch => Some(DType::BF16),
                "half" => Some(DType::F16),
                "double" => Some(DType::F64),
                "single" | "short" if module == "numpy" => Some(if name == "single" { DType::F32 } else { DType::I16 }),
                _ if torch || module == "numpy" => dtype_named(name),
                _ => None,
            }
        }
    }
}

/// A dtype by the name that NumPy and PyTorch share, size included.
pub(in crate::facts) fn dtype_named(name: &str) -> Option<DType> {
    Some(match name {
        "bool" | "bool_" => DType::Bool,
        "int8" => DType::I8,
        "int16" => DType::I16,
        "int32" => DType::I32,
        "int64" => DType::I64,
        "uint8" => DType::U8,
        "uint16" => DType::U16,
        "uint32" => DType::U32,
        "uint64" => DType::U64,
        "float16" => DType::F16,
        "float32" => DType::F32,
        "float64" => DType::F64,
        _ => return None,
    })
}

/// The text between the quotes of a plain string.
pub(super) fn string_text(node: Node<'_>) -> Option<&str> {
    let mut parts = node.named_children().filter(|child| !matches!(child.kind(), "string_start" | "string_end"));
    let Some(content) = parts.next() else { return Some("") };
    (parts.next().is_none() && content.kind() == "string_content").then(|| content.text())
}

fn declared(ty: Type, library: Option<Target>) -> Option<Fact> {
    Some(Fact { ty, library, reference: false, ground: Ground::Declared })
}

fn plain(path: &str) -> Option<Fact> {
    match path {
        "builtins.float" => declared(Type::weak(DType::F64), None),
        "builtins.int" => declared(Type::weak(DType::I64), None),
        "builtins.bool" => declared(Type::weak(DType::Bool), None),
        "numpy.ndarray" | "numpy.typing.NDArray" => declared(Type::any_array(Shape::Unknown), Some(Target::Numpy)),
        "torch.Tensor"
        | "torch.FloatTensor"
        | "torch.LongTensor"
        | "torch.BoolTensor"
        | "torch.DoubleTensor"
        | "torch.nn.Parameter"
        | "torch.nn.parameter.Parameter" => declared(Type::any_array(Shape::Unknown), Some(Target::Torch)),
        _ => {
            let dtype = path.strip_prefix("numpy.").and_then(dtype_named)?;
            declared(Type::scalar(dtype), Some(Target::Numpy))
        }
    }
}

fn generic(scopes: &Scopes<'_>, head: &str, arguments: &[Node<'_>]) -> Option<Fact> {
    match (head, arguments) {
        ("typing.Annotated" | "typing_extensions.Annotated" | "typing.Final", [inner, ..]) => {
            let inner = bare(*inner)?;
            if matches!(inner.kind(), "identifier" | "attribute") { plain(&scopes.resolve(inner)?) } else { None }
        }
        ("numpy.typing.NDArray", [element]) => {
            declared(Type::Array { dtype: dtype_of(scopes, *element), weak: false, shape: Shape::Unknown }, Some(Target::Numpy))
        }
        ("numpy.ndarray", [shape, dtype]) => {
            let dtype = bare(*dtype).and_then(parts).and_then(|(_, inner)| dtype_of(scopes, *inner.first()?));
            declared(Type::Array { dtype, weak: false, shape: tuple_shape(*shape) }, Some(Target::Numpy))
        }
        ("numpy.ndarray", _) => plain("numpy.ndarray"),
        _ => jaxtyping(scopes, head.strip_prefix("jaxtyping.")?, arguments),
    }
}

/// `tuple[int, int]` is a shape of two axes.
fn tuple_shape(node: Node<'_>) -> Shape {
    let axes = bare(node).and_then(parts).filter(|(head, _)| matches!(head.text(), "tuple" | "Tuple" | "typing.Tuple"));
    match axes {
        Some((_, axes)) if axes.iter().all(|axis| bare(*axis).is_some_and(|axis| axis.text() == "int")) => {
            Shape::Ranked(vec![Dim::Unknown; axes.len()])
        }
        _ => Shape::Unknown,
    }
}

/// `Float[Tensor, "batch n"]`.
fn jaxtyping(scopes: &Scopes<'_>, kind: &str, arguments: &[Node<'_>]) -> Option<Fact> {
    let [array, axes] = arguments else { return None };
    let array = plain(&scopes.resolve(bare(*array)?)?).filter(|fact| !fact.ty.is_weak() && fact.ty.rank().is_none())?;
    let dtype = match kind {
        "Bool" => Some(DType::Bool),
        "Float16" => Some(DType::F16),
        "Float32" => Some(DType::F32),
        "Float64" => Some(DType::F64),
        "BFloat16" => Some(DType::BF16),
        "Int8" => Some(DType::I8),
        "Int16" => Some(DType::I16),
        "Int32" => Some(DType::I32),
        "Int64" => Some(DType::I64),
        "UInt8" => Some(DType::U8),
        "UInt16" => Some(DType::U16),
        "UInt32" => Some(DType::U32),
        "UInt64" => Some(DType::U64),
        "Float" | "Int" | "UInt" | "Integer" | "Inexact" | "Real" | "Num" | "Shaped" => None,
        _ => return None,
    };
    let axes = string_text(bare(*axes)?)?;
    let unranked = axes.split_whitespace().any(|axis| axis.contains("...") || axis.trim_start_matches(['#', '?']).starts_with('*'));
    let shape = if unranked { Shape::Unknown } else { Shape::Ranked(axes.split_whitespace().map(axis_named).collect()) };
    declared(Type::Array { dtype, weak: false, shape }, array.library)
}

/// An axis by a number or a name; anything else is unknown.
pub(super) fn axis_named(text: &str) -> Dim {
    let text = text.trim();
    if let Ok(length) = text.parse::<u32>() {
        return Dim::known(i64::from(length));
    }
    let is_name = text.chars().next().is_some_and(|c| c.is_alphabetic()) && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    if is_name { Dim::symbol(text) } else { Dim::Unknown }
}

/// The expression within `type` nodes and parentheses.
fn bare(node: Node<'_>) -> Option<Node<'_>> {
    let mut node = node;
    while matches!(node.kind(), "type" | "parenthesized_expression") {
        node = node.named_children().next()?;
    }
    Some(node)
}

/// The head and the arguments of `Head[a, b]`.
fn parts(node: Node<'_>) -> Option<(Node<'_>, Vec<Node<'_>>)> {
    match node.kind() {
        "subscript" => {
            let head = node.field("value")?;
            let mut arguments: Vec<_> = node.named_children().filter(|child| *child != head).collect();
            if let [tuple] = arguments[..]
                && tuple.kind() == "tuple"
            {
                arguments = tuple.named_children().collect();
            }
            Some((head, arguments))
        }
        "generic_type" => {
            let mut children = node.named_children();
            Some((children.next()?, children.next()?.named_children().collect()))
        }
        _ => None,
    }
}
