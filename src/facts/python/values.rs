use super::annotations::dtype_of;
use super::effects::Arguments;
use super::scopes::Scopes;
use crate::facts::{Fact, Ground};
use crate::ir::{DType, Dim, Shape, Target, Type};
use crate::syntax::Node;

/// How deep an expression is looked into.
const MAX_DEPTH: usize = 16;

/// What an expression's value is, whatever its names hold: literals, constructors, conversions.
pub(in crate::facts) fn known_value(scopes: &Scopes<'_>, node: Node<'_>) -> Option<Fact> {
    value_at(scopes, node, MAX_DEPTH)
}

fn inferred(ty: Type, library: Option<Target>) -> Option<Fact> {
    Some(Fact { ty, library, reference: false, ground: Ground::Inferred })
}

fn value_at(scopes: &Scopes<'_>, node: Node<'_>, depth: usize) -> Option<Fact> {
    let depth = depth.checked_sub(1)?;
    match node.kind() {
        "integer" => inferred(Type::weak(DType::I64), None).filter(|_| !node.text().ends_with(['j', 'J'])),
        "float" => inferred(Type::weak(DType::F64), None).filter(|_| !node.text().ends_with(['j', 'J'])),
        "true" | "false" => inferred(Type::weak(DType::Bool), None),
        "parenthesized_expression" => value_at(scopes, node.named_children().find(|n| !n.is_comment())?, depth),
        "unary_operator" if node.field("operator")?.text() == "-" => {
            value_at(scopes, node.field("argument")?, depth).filter(|fact| fact.ty.dtype() != Some(DType::Bool))
        }
        "binary_operator" => number(scopes, node, depth),
        "attribute" | "identifier" => {
            let path = scopes.resolve(node)?;
            let constant = matches!(
                path.as_str(),
                "math.pi"
                    | "math.e"
                    | "math.inf"
                    | "math.nan"
                    | "math.tau"
                    | "numpy.pi"
                    | "numpy.e"
                    | "numpy.inf"
                    | "numpy.nan"
                    | "torch.pi"
            );
            inferred(Type::weak(DType::F64), None).filter(|_| constant)
        }
        "call" => call(scopes, node, depth),
        _ => None,
    }
}

/// Arithmetic on Python numbers.
fn number(scopes: &Scopes<'_>, node: Node<'_>, depth: usize) -> Option<Fact> {
    let left = value_at(scopes, node.field("left")?, depth).filter(|fact| fact.ty.is_weak())?.ty.dtype()?;
    let right = value_at(scopes, node.field("right")?, depth).filter(|fact| fact.ty.is_weak())?.ty.dtype()?;
    let float = left == DType::F64 || right == DType::F64;
    let dtype = match node.field("operator")?.text() {
        "/" => DType::F64,
        "+" | "-" | "*" if float => DType::F64,
        "+" | "-" | "*" => DType::I64,
        "**" if float && node.field("left")?.kind() != "unary_operator" => DType::F64,
        _ => return None,
    };
    inferred(Type::weak(dtype), None)
}

fn call(scopes: &Scopes<'_>, node: Node<'_>, depth: usize) -> Option<Fact> {
    let path = scopes.resolve(node.field("function")?)?;
    let arguments = Arguments::of(node);
    if arguments.splat || arguments.keyword("like").is_some() || arguments.keyword("subok").is_some() {
        return None;
    }
    let (library, name) = match (path.strip_prefix("torch."), path.strip_prefix("numpy.")) {
        (Some(name), _) => (Target::Torch, name),
        (_, Some(name)) => (Target::Numpy, name),
        _ => return builtin(&path, &arguments),
    };
    let first = arguments.positional.first().copied();
    let keyword = arguments.keyword("dtype");
    let dtype = |default: Option<DType>, position: usize| match keyword.or_else(|| arguments.positional.get(position).copied()) {
        Some(node) if node.kind() != "none" => dtype_of(scopes, node),
        _ => default,
    };
    let float = (library == Target::Numpy).then_some(DType::F64);
    let no_position = usize::MAX;
    let at = |n: usize| if library == Target::Numpy { n } else { no_position };
    let shape = || sizes(arguments.keyword("shape").or(arguments.keyword("size")).or(first), &arguments, library);
    let (dtype, shape) = match name {
        "zeros" | "ones" | "empty" => (dtype(float, at(1)), shape()),
        "full" => {
            (dtype(None, at(2)), sizes(arguments.keyword("shape").or(arguments.keyword("size")).or(first), &arguments, Target::Numpy))
        }
        "eye" | "identity" => (dtype(float, no_position), Shape::Ranked(vec![Dim::Unknown; 2])),
        "randn" | "rand" if library == Target::Torch => (dtype(None, no_position), shape()),
        "random.rand" | "random.randn" if first.is_some() => (float, Shape::Ranked(vec![Dim::Unknown; arguments.positional.len()])),
        "random.random" | "random.standard_normal" if first.is_some() || arguments.keyword("size").is_some() => (float, shape()),
        "random.normal" | "random.uniform" => {
            let size = arguments.keyword("size").or(arguments.positional.get(2).copied()).filter(|size| size.kind() != "none")?;
            (float, sizes(Some(size), &arguments, Target::Numpy))
        }
        "array" | "tensor" => {
            let literal = first.and_then(|literal| nested(scopes, literal, depth));
            let of_literal =
                literal.as_ref().and_then(|(dtype, _)| if library == Target::Torch && *dtype == DType::F64 { None } else { Some(*dtype) });
            let ranked = literal.map_or(Shape::Unknown, |(_, lengths)| Shape::fixed(&lengths));
            (dtype(of_literal, at(1)), ranked)
        }
        "asarray" | "ascontiguousarray" | "asfortranarray" | "as_tensor" => (dtype(None, at(1)), Shape::Unknown),
        "linspace" if arguments.keyword("retstep").is_none() => (dtype(float, no_position), Shape::Ranked(vec![Dim::Unknown])),
        "arange" => (dtype(None, no_position), Shape::Ranked(vec![Dim::Unknown])),
        "atleast_1d" | "atleast_2d" | "atleast_3d" if arguments.positional.len() == 1 => (None, Shape::Unknown),
        "vstack" | "hstack" | "column_stack" | "concatenate" | "stack" | "cat" | "from_numpy" | "copy" | "loadtxt" => {
            (dtype(None, no_position), Shape::Unknown)
        }
        _ => return None,
    };
    inferred(Type::Array { dtype, weak: false, shape }, Some(library))
}

fn builtin(path: &str, arguments: &Arguments<'_>) -> Option<Fact> {
    match path {
        "builtins.float" => inferred(Type::weak(DType::F64), None),
        "builtins.int" | "builtins.len" => inferred(Type::weak(DType::I64), None),
        "builtins.bool" => inferred(Type::weak(DType::Bool), None),
        _ => None,
    }
    .filter(|_| arguments.keywords.is_empty())
}

/// The shape that a constructor's sizes make: a tuple, a list, one literal, or PyTorch's arguments one by one.
fn sizes(size: Option<Node<'_>>, arguments: &Arguments<'_>, library: Target) -> Shape {
    let Some(size) = size else { return Shape::Unknown };
    let axes: Vec<Node<'_>> = match size.kind() {
        "tuple" | "list" => size.named_children().filter(|n| !n.is_comment()).collect(),
        "integer" if library == Target::Numpy => vec![size],
        _ if library == Target::Torch && (arguments.positional.len() > 1 || size.kind() == "integer") => arguments.positional.clone(),
        _ => return Shape::Unknown,
    };
    if axes.iter().any(|axis| axis.kind() == "list_splat") {
        return Shape::Unknown;
    }
    Shape::Ranked(axes.iter().map(|axis| axis.text().parse().map_or(Dim::Unknown, Dim::known)).collect())
}

/// The dtype and lengths of a nest of lists of numbers.
fn nested(scopes: &Scopes<'_>, node: Node<'_>, depth: usize) -> Option<(DType, Vec<usize>)> {
    let depth = depth.checked_sub(1)?;
    if !matches!(node.kind(), "list" | "tuple") {
        let ty = value_at(scopes, node, depth)?.ty;
        return ty.is_weak().then_some((ty.dtype()?, Vec::new()));
    }
    let mut all: Option<(DType, Vec<usize>)> = None;
    let mut count = 0;
    for element in node.named_children().filter(|n| !n.is_comment()) {
        count += 1;
        let (dtype, lengths) = nested(scopes, element, depth)?;
        all = Some(match all {
            None => (dtype, lengths),
            Some((before, same)) if same == lengths => (before.max(dtype), same),
            Some(_) => return None,
        });
    }
    let (dtype, mut lengths) = all?;
    lengths.insert(0, count);
    Some((dtype, lengths))
}
