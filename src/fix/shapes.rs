use super::File;
use super::training::flow;
use crate::facts::Fact;
use crate::ir::Dim;
use crate::syntax::Node;
use crate::syntax::pattern::without_parentheses;

/// What is known of an expression's value where it stands: a constructor, a name that is bound to one and to nothing else, a parameter
/// that the function says it of and does not bind again.
pub(super) fn fact<'t>(file: File<'_, 't>, node: Node<'t>) -> Option<Fact> {
    let node = without_parentheses(node);
    if let Some(fact) = file.facts.known_value(node) {
        return Some(fact);
    }
    if node.kind() != "identifier" {
        return None;
    }
    match file.facts.values_of(node) {
        Some(values) => match values[..] {
            [value] => file.facts.known_value(value),
            _ => None,
        },
        None => parameter(file, node),
    }
}

fn parameter<'t>(file: File<'_, 't>, name: Node<'t>) -> Option<Fact> {
    let function = function_around(name)?;
    let is_it = |node: Node<'_>| node.kind() == "identifier" && node.text() == name.text();
    let binds = |node: Node<'t>| match node.kind() {
        "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" => {
            node.field("left").is_some_and(|left| left.descendants().any(is_it))
        }
        "named_expression" => node.field("name").is_some_and(is_it),
        "as_pattern_target" | "global_statement" | "nonlocal_statement" | "delete_statement" => node.descendants().any(is_it),
        _ => false,
    };
    let body = function.field("body")?;
    if body.descendants().any(binds) {
        return None;
    }
    file.facts.entry(function).get(name.text()).cloned()
}

/// The innermost function that a node stands in.
pub(super) fn function_around(node: Node<'_>) -> Option<Node<'_>> {
    std::iter::successors(node.parent(), |node| node.parent()).find(|node| node.kind() == "function_definition")
}

/// The known number of axes.
pub(super) fn rank<'t>(file: File<'_, 't>, node: Node<'t>) -> Option<usize> {
    fact(file, node)?.ty.rank()
}

/// It surely has more than one element: as a value of a known shape, or by an operation on one with such.
pub(super) fn has_many<'t>(file: File<'_, 't>, node: Node<'t>) -> bool {
    let node = without_parentheses(node);
    match node.kind() {
        "comparison_operator" => {
            let by_elements = node
                .children()
                .filter(|child| !child.is_named())
                .all(|sign| !matches!(sign.text(), "is" | "in" | "not" | "is not" | "not in"));
            return by_elements && node.named_children().any(|side| has_many(file, side));
        }
        "binary_operator" if node.field("operator").is_some_and(|sign| sign.text() != "@") => {
            return [node.field("left"), node.field("right")].into_iter().flatten().any(|side| has_many(file, side));
        }
        "unary_operator" => return node.field("argument").is_some_and(|inner| has_many(file, inner)),
        _ => {}
    }
    let Some(fact) = fact(file, node) else { return false };
    let lengths: Option<Vec<i64>> = fact.ty.shape().dims().and_then(|axes| axes.iter().map(Dim::as_known).collect());
    lengths.is_some_and(|lengths| lengths.iter().product::<i64>() > 1)
}

/// It is known to have two axes, the last of length one.
pub(super) fn is_column<'t>(file: File<'_, 't>, node: Node<'t>) -> bool {
    let ends_in_one = |fact: Fact| fact.ty.shape().dims().is_some_and(|axes| matches!(axes, [_, last] if last.as_known() == Some(1)));
    fact(file, node).is_some_and(ends_in_one)
}

/// Its elements surely stand in memory in their order.
pub(super) fn is_fresh<'t>(file: File<'_, 't>, node: Node<'t>) -> bool {
    const MAKERS: &str = "zeros ones empty full rand randn tensor arange linspace";
    let node = flow::value(node);
    let Some(function) = node.field("function").filter(|_| node.kind() == "call") else { return false };
    if function.field("attribute").is_some_and(|method| method.text() == "contiguous") {
        return true;
    }
    let path = file.resolve(function);
    path.as_deref().and_then(|path| path.strip_prefix("torch.")).is_some_and(|name| MAKERS.split(' ').any(|maker| maker == name))
}

/// It is known to be a tensor that was made to have a gradient.
pub(super) fn is_leaf<'t>(file: File<'_, 't>, node: Node<'t>) -> bool {
    const MAKERS: &str = "zeros ones empty full rand randn tensor eye arange linspace zeros_like ones_like";
    if node.kind() != "identifier" {
        return false;
    }
    let path_of = |call: Node<'t>| call.field("function").and_then(|function| file.resolve(function));
    let made = |call: Node<'t>| {
        let path = path_of(call);
        path.as_deref().and_then(|path| path.strip_prefix("torch.")).is_some_and(|name| MAKERS.split(' ').any(|maker| maker == name))
    };
    let wants = |argument: Node<'t>| {
        let name = argument.field("name").map(Node::text);
        argument.kind() == "keyword_argument"
            && name == Some("requires_grad")
            && argument.field("value").is_some_and(|v| v.kind() == "true")
    };
    let is_leaf = |value: Node<'t>| {
        if value.kind() != "call" {
            return false;
        }
        let mut arguments = value.field("arguments").into_iter().flat_map(Node::named_children);
        let function = value.field("function");
        let method = function.filter(|function| function.field("attribute").is_some_and(|name| name.text() == "requires_grad_"));
        made(value) && arguments.any(wants)
            || path_of(value).as_deref() == Some("torch.nn.Parameter")
            || method.and_then(|method| method.field("object")).is_some_and(|object| object.kind() == "call" && made(object))
    };
    matches!(file.facts.made_by(node).as_deref(), Some([value]) if is_leaf(*value))
}

/// It is a place to compute on: `"cuda"`, `torch.device(…)`, `x.device`, a name that says so.
pub(super) fn is_device(file: File<'_, '_>, node: Node<'_>) -> bool {
    const KINDS: [&str; 6] = ["cpu", "cuda", "mps", "xpu", "meta", "xla"];
    match node.kind() {
        "string" => {
            let text = node.text().trim_start_matches(['f', 'F', 'r', 'R']).trim_matches(['"', '\'']);
            KINDS.contains(&text.split(':').next().unwrap_or(""))
        }
        "identifier" => node.text() == "device" || node.text().ends_with("_device"),
        "attribute" => node.field("attribute").is_some_and(|name| name.text() == "device" || name.text().ends_with("_device")),
        "call" => node.field("function").and_then(|function| file.resolve(function)).is_some_and(|path| path == "torch.device"),
        _ => false,
    }
}

/// It is an element type: `torch.float32`, `x.dtype`, a name that says so.
pub(super) fn is_dtype(file: File<'_, '_>, node: Node<'_>) -> bool {
    const NAMES: &str =
        "float16 float32 float64 half float double bfloat16 int8 int16 int32 int64 uint8 short int long bool complex64 complex128";
    let says_so = |name: &str| name == "dtype" || name.ends_with("_dtype");
    match node.kind() {
        "identifier" | "attribute" => {
            let of_library = file
                .resolve(node)
                .is_some_and(|path| path.strip_prefix("torch.").is_some_and(|name| NAMES.split(' ').any(|known| known == name)));
            let name = node.field("attribute").unwrap_or(node).text();
            of_library || says_so(name)
        }
        _ => false,
    }
}
