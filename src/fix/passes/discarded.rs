use super::super::File;
use super::super::native::Native;
use super::super::walk::Found;
use crate::facts::Class;
use crate::ir::Target;
use crate::rules::Safety;
use crate::syntax::{Edit, Node, Span};

pub(super) const PASSES: &[Native] = &[Native { name: "discarded_result", words: &[], around: &[], whole: false, run }];

/// Methods that return what they compute and change nothing.
const METHODS: &str = "abs add addcdiv addcmul astype bfloat16 bool ceil clamp clamp_max clamp_min clip clone contiguous cos cpu cuda cumsum \
    detach div double exp expand expand_as flatten flip float floor half int log long masked_fill masked_fill index_add index_fill \
    matmul mm mul neg permute pow reciprocal relu reshape repeat round rsqrt scatter scatter_add sigmoid sin softmax sqrt square squeeze sub \
    swapaxes t tanh to transpose tril triu type type_as unsqueeze view";

/// Statements that compute a new tensor or array and let it go.
fn run(file: File<'_, '_>) -> Vec<Found> {
    let statements = file.tree.root().descendants().filter(|node| node.kind() == "expression_statement");
    statements.filter_map(|statement| in_statement(file, statement)).collect()
}

fn in_statement<'t>(file: File<'_, 't>, statement: Node<'t>) -> Option<Found> {
    let call = statement.named_children().next().filter(|call| call.kind() == "call")?;
    let function = call.field("function").filter(|function| function.kind() == "attribute")?;
    let (object, method) = (function.field("object")?, function.field("attribute")?.text());
    let named = matches!(object.kind(), "identifier" | "attribute");
    if !named || !is_method(method) || writes_elsewhere(call) || !matches!(file.facts.class(object), Some(Class::Array(_))) {
        return None;
    }
    let array = file.facts.class(object) == Some(Class::Array(Target::Numpy));
    if array != (method == "astype")
        && array != matches!(method, "clip" | "reshape" | "transpose" | "round" | "flatten" | "squeeze" | "swapaxes")
    {
        return None;
    }
    if is_for_its_error(file, statement) {
        return None;
    }
    let span = call.span();
    let edit = Edit { span: Span::new(span.start, span.start), text: format!("{} = ", object.text()) };
    let message = format!("`.{method}(…)` returns a new value and leaves `{}` as it is: nobody takes it", object.text());
    Some(Found { safety: Some(Safety::Unsafe), ..Found::new(span, message, vec![edit]) })
}

fn is_method(name: &str) -> bool {
    METHODS.split_whitespace().any(|method| method == name)
}

/// The result is written to an argument.
fn writes_elsewhere(call: Node<'_>) -> bool {
    let mut arguments = call.field("arguments").into_iter().flat_map(Node::named_children);
    arguments.any(|argument| {
        argument.kind() == "dictionary_splat" || argument.field("name").is_some_and(|name| matches!(name.text(), "out" | "inplace"))
    })
}

/// It is computed to see whether it fails, or how long it takes.
fn is_for_its_error(file: File<'_, '_>, statement: Node<'_>) -> bool {
    let above = std::iter::successors(statement.parent(), |node| node.parent());
    above.take_while(|node| node.kind() != "function_definition").any(|node| match node.kind() {
        "try_statement" => true,
        "with_statement" => {
            let body = node.field("body").map_or(node.span().end, |body| body.span().start);
            let head = file.text()[node.span().start..body].to_ascii_lowercase();
            ["raises", "warns", "assert", "profile", "suppress", "timer", "logs"].iter().any(|word| head.contains(word))
        }
        _ => false,
    })
}

/// Tells from the text alone whether it may have such a statement: a line that begins with a call of one of the methods.
pub(super) fn may_be_in(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start();
        let Some(open) = line.find('(').filter(|_| line.ends_with(')') || line.ends_with('(') || line.contains('#')) else { return false };
        let Some((object, method)) = line[..open].rsplit_once('.') else { return false };
        object.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.') && is_method(method)
    })
}
