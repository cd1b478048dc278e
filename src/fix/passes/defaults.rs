use memchr::memmem;

use super::super::File;
use super::super::edits::{indentation_of, line_end, whole_lines};
use super::super::native::Native;
use super::super::walk::Found;
use crate::rules::Safety;
use crate::syntax::{Edit, Node, Span};

pub(super) const PASSES: &[Native] = &[Native { name: "tensor_as_default", words: &[], around: &[], whole: false, run }];

/// What makes a tensor or array that can be changed in place.
const MAKERS: &str = "zeros ones empty full tensor eye arange linspace array rand randn";

/// How far a signature without a line end behind its colon is looked through.
const LONGEST_SIGNATURE: usize = 2000;

/// Parameters whose default is a tensor or array that the function changes.
fn run(file: File<'_, '_>) -> Vec<Found> {
    let functions = file.tree.root().descendants().filter(|node| node.kind() == "function_definition");
    functions.flat_map(|function| in_function(file, function)).collect()
}

fn in_function(file: File<'_, '_>, function: Node<'_>) -> Vec<Found> {
    let parameters = function.field("parameters").into_iter().flat_map(Node::named_children);
    let with_default = parameters.filter(|parameter| matches!(parameter.kind(), "default_parameter" | "typed_default_parameter"));
    with_default.filter_map(|parameter| of_parameter(file, function, parameter)).collect()
}

fn of_parameter(file: File<'_, '_>, function: Node<'_>, parameter: Node<'_>) -> Option<Found> {
    let (name, value) = (parameter.field("name")?, parameter.field("value")?);
    if !makes_array(file, value) {
        return None;
    }
    let body = function.field("body")?;
    let message = format!("the default of `{}` is made once, when the function is defined: all calls share it", name.text());
    if !changes(body, name.text()) {
        return Some(Found { safety: Some(Safety::Display), ..Found::new(parameter.span(), message, Vec::new()) });
    }
    let first = body.named_children().find(|statement| !statement.is_comment() && !is_docstring(*statement))?;
    let edits = match whole_lines(file.text(), first) {
        Some(lines) => {
            let (indentation, end, name) = (indentation_of(file.text(), first), line_end(file.text()), name.text());
            let step = if indentation.contains('\t') { "\t" } else { "    " };
            let text = format!("{indentation}if {name} is None:{end}{indentation}{step}{name} = {}{end}", value.text());
            vec![Edit { span: value.span(), text: "None".to_owned() }, Edit { span: Span::new(lines.start, lines.start), text }]
        }
        None => Vec::new(),
    };
    Some(Found { safety: Some(Safety::Unsafe), ..Found::new(parameter.span(), message, edits) })
}

/// A call of a constructor whose arguments are literals: they mean the same inside the function.
fn makes_array(file: File<'_, '_>, value: Node<'_>) -> bool {
    let path = value.field("function").filter(|_| value.kind() == "call").and_then(|function| file.resolve(function));
    let maker = path.as_deref().and_then(|path| path.strip_prefix("torch.").or_else(|| path.strip_prefix("numpy.")));
    let names = value.field("arguments").into_iter().flat_map(Node::descendants).filter(|node| node.kind() == "identifier");
    let of_library = |node: Node<'_>| {
        let keyword = node.parent().is_some_and(|parent| parent.kind() == "keyword_argument" && parent.field("name") == Some(node));
        let attribute = node.parent().is_some_and(|parent| parent.kind() == "attribute" && parent.field("attribute") == Some(node));
        keyword || attribute || file.resolve(node).is_some_and(|path| matches!(path.as_str(), "torch" | "numpy"))
    };
    maker.is_some_and(|maker| MAKERS.split(' ').any(|known| known == maker)) && names.into_iter().all(of_library)
}

/// The function changes what the name holds in place.
fn changes(body: Node<'_>, name: &str) -> bool {
    let is_it = |node: Node<'_>| node.kind() == "identifier" && node.text() == name;
    let part = |node: Node<'_>| node.kind() == "subscript" && node.field("value").is_some_and(is_it);
    body.descendants().any(|node| match node.kind() {
        "augmented_assignment" => node.field("left").is_some_and(|left| is_it(left) || part(left)),
        "assignment" => node.field("left").is_some_and(part),
        "call" => node.field("function").is_some_and(|function| {
            let method = function.field("attribute").map_or("", Node::text);
            let in_place = method.ends_with('_') && !method.ends_with("__") || matches!(method, "fill" | "sort" | "put" | "resize");
            in_place && function.field("object").is_some_and(is_it)
        }),
        _ => false,
    })
}

fn is_docstring(statement: Node<'_>) -> bool {
    statement.kind() == "expression_statement" && statement.named_children().next().is_some_and(|node| node.kind() == "string")
}

/// Tells from the text alone whether a signature may have such a default.
pub(super) fn may_be_in(text: &str) -> bool {
    let made = |signature: &str| {
        MAKERS.split(' ').any(|maker| {
            let calls = memmem::find_iter(signature.as_bytes(), maker.as_bytes());
            calls.into_iter().any(|at| signature[..at].ends_with('.') && signature[at + maker.len()..].starts_with('('))
        })
    };
    memmem::find_iter(text.as_bytes(), b"def ").any(|at| {
        let rest = &text[at..];
        let end = rest.find(":\n").or_else(|| rest.find(":\r")).unwrap_or_else(|| rest.floor_char_boundary(LONGEST_SIGNATURE));
        let signature = &rest[..end];
        signature.contains('=') && made(signature)
    })
}
