use rustc_hash::FxHashMap;

use super::super::File;
use super::super::roles::class_around;
use crate::syntax::Node;

/// Every call below a node, by the last name of what is called.
pub(super) fn by_name(root: Node<'_>) -> FxHashMap<&str, Vec<Node<'_>>> {
    let mut calls: FxHashMap<&str, Vec<Node<'_>>> = FxHashMap::default();
    for call in root.descendants().filter(|node| node.kind() == "call") {
        if let Some(name) = called_name(call) {
            calls.entry(name).or_default().push(call);
        }
    }
    calls
}

/// The last name of what is called: `step` in `self.optimizer.step()`.
pub(in crate::fix) fn called_name(call: Node<'_>) -> Option<&str> {
    let function = call.field("function")?;
    match function.kind() {
        "identifier" => Some(function.text()),
        "attribute" => Some(function.field("attribute")?.text()),
        _ => None,
    }
}

/// The receiver and the name of a method that is called.
pub(in crate::fix) fn method(call: Node<'_>) -> Option<(Node<'_>, &str)> {
    let function = call.field("function").filter(|function| function.kind() == "attribute")?;
    Some((function.field("object")?, function.field("attribute")?.text()))
}

/// The calls that the file makes of one of its own functions: by its name, or on `self` for a method.
pub(in crate::fix) fn calls_of<'t>(file: File<'_, 't>, function: Node<'t>) -> Vec<Node<'t>> {
    let Some(name) = function.field("name") else { return Vec::new() };
    let all = file.training.calls(file).get(name.text()).map_or(&[][..], Vec::as_slice);
    all.iter().copied().filter(|call| function_called(file, *call) == Some(function)).collect()
}

/// The function of the file that a call is a call of.
pub(in crate::fix) fn function_called<'t>(file: File<'_, 't>, call: Node<'t>) -> Option<Node<'t>> {
    let called = call.field("function")?;
    match called.kind() {
        "identifier" => file.facts.function_named(called),
        "attribute" if called.field("object").is_some_and(|object| object.text() == "self") => {
            let name = called.field("attribute")?.text();
            methods(class_around(call)?).find(|method| method.field("name").is_some_and(|found| found.text() == name))
        }
        _ => None,
    }
}

/// The methods that a class defines itself.
pub(in crate::fix) fn methods(class: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let members = class.field("body").into_iter().flat_map(Node::named_children);
    let defined = members.filter_map(|node| if node.kind() == "decorated_definition" { node.field("definition") } else { Some(node) });
    defined.filter(|node| node.kind() == "function_definition")
}

/// The arguments of a call, comments left out.
pub(in crate::fix) fn arguments(call: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    call.field("arguments").into_iter().flat_map(Node::named_children).filter(|argument| !argument.is_comment())
}

/// The argument that a call gives for a parameter; `None` if it gives none, or may give it through a splat.
pub(in crate::fix) fn argument<'t>(call: Node<'t>, position: usize, keyword: &str) -> Option<Node<'t>> {
    let mut positional = 0;
    for argument in arguments(call) {
        match argument.kind() {
            "list_splat" => return None,
            "dictionary_splat" => {}
            "keyword_argument" => {
                if argument.field("name").is_some_and(|name| name.text() == keyword) {
                    return argument.field("value");
                }
            }
            _ if positional == position => return Some(argument),
            _ => positional += 1,
        }
    }
    None
}

/// Arguments that come from elsewhere: `*a`, `**k`.
pub(in crate::fix) fn has_splat(call: Node<'_>) -> bool {
    arguments(call).any(|argument| matches!(argument.kind(), "list_splat" | "dictionary_splat"))
}

/// What a call of a function of the file gives for the parameter of a name.
pub(in crate::fix) fn argument_for<'t>(function: Node<'t>, call: Node<'t>, name: &str) -> Option<Node<'t>> {
    let parameters: Vec<&str> = parameters(function);
    let position = parameters.iter().position(|parameter| *parameter == name)?;
    let bound = usize::from(method(call).is_some() && parameters.first() == Some(&"self"));
    argument(call, position.checked_sub(bound)?, name)
}

/// The names of a function's parameters, in order.
pub(in crate::fix) fn parameters(function: Node<'_>) -> Vec<&str> {
    let list = function.field("parameters").into_iter().flat_map(Node::named_children);
    list.filter_map(|parameter| match parameter.kind() {
        "identifier" => Some(parameter),
        "default_parameter" | "typed_default_parameter" => parameter.field("name"),
        "typed_parameter" => parameter.named_children().next(),
        _ => None,
    })
    .map(Node::text)
    .collect()
}

/// The body of the function that a call runs, if it is one of the file; a decorated one may do anything.
pub(in crate::fix) fn plain_function<'t>(file: File<'_, 't>, call: Node<'t>) -> Option<Node<'t>> {
    let function = function_called(file, call)?;
    let decorated = function.parent().is_some_and(|parent| parent.kind() == "decorated_definition");
    (!decorated).then_some(function)
}
