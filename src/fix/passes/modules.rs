//! What a module holds without PyTorch knowing of it.

use super::super::File;
use super::super::native::Native;
use super::super::roles::{class_around, class_named, is_module};
use super::super::training::calls::{arguments, called_name, method, methods};
use super::super::training::flow::function_around;
use super::super::training::layers::layer;
use super::super::walk::Found;
use crate::dialect::Names;
use crate::facts::Class;
use crate::ir::Target;
use crate::syntax::pattern::without_parentheses;
use crate::syntax::{Edit, Node, Span};

pub(super) const PASSES: &[Native] = &[
    Native { name: "modules_in_plain_list", words: &[LAYERS], around: &["Module"], whole: false, run: modules_in_plain_list },
    Native { name: "tensor_not_a_buffer", words: &[MAKERS, &["self."]], around: &["Module"], whole: false, run: tensor_not_a_buffer },
];

/// Layers that a list may hold.
const LAYERS: &[&str] = &["Linear", "Conv1d", "Conv2d", "Conv3d", "LSTM", "GRU", "Embedding", "Sequential"];
/// Functions that make constants.
const MAKERS: &[&str] = &["tril(", "triu(", "arange(", "linspace(", "logspace(", "eye(", "tensor("];

const MAX_DEPTH: usize = 6;

/// An assignment `self.name = value` in the constructor of a module, the only one of that name.
struct Attribute<'t> {
    name: &'t str,
    assignment: Node<'t>,
    value: Node<'t>,
    class: Node<'t>,
}

fn attributes<'t>(file: File<'_, 't>) -> Vec<Attribute<'t>> {
    let classes = file.tree.root().descendants().filter(|node| node.kind() == "class_definition" && is_module(file, *node, MAX_DEPTH));
    let mut found = Vec::new();
    for class in classes {
        let all: Vec<Attribute<'t>> = class.descendants().filter_map(|node| attribute(node, class)).collect();
        let names: Vec<&str> = all.iter().map(|attribute| attribute.name).collect();
        let once = |attribute: &Attribute<'t>| names.iter().filter(|name| **name == attribute.name).count() == 1;
        let constructed = |attribute: &Attribute<'t>| {
            let function = function_around(attribute.assignment).and_then(|function| function.field("name"));
            function.is_some_and(|name| name.text() == "__init__") && class_around(attribute.assignment) == Some(class)
        };
        found.extend(all.into_iter().filter(|attribute| once(attribute) && constructed(attribute)));
    }
    found
}

fn attribute<'t>(node: Node<'t>, class: Node<'t>) -> Option<Attribute<'t>> {
    let left = node.field("left").filter(|_| node.kind() == "assignment")?;
    let own = left.kind() == "attribute" && left.field("object")?.text() == "self";
    let name = left.field("attribute").filter(|_| own)?.text();
    Some(Attribute { name, assignment: node, value: without_parentheses(node.field("right")?), class })
}

fn modules_in_plain_list<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut found = Vec::new();
    for attribute in attributes(file) {
        let Some((modules, container)) = contents(&attribute) else { continue };
        let trainable = modules.iter().any(|module| has_parameters(file, *module));
        if !trainable || !modules.iter().all(|module| is_module_call(file, *module)) || registered_otherwise(&attribute) {
            continue;
        }
        let value = attribute.value;
        let edits = match (file.names(value).spell(&format!("torch.nn.{container}")), value.text()) {
            (None, _) => Vec::new(),
            (Some(name), "[]" | "{}" | "list()" | "dict()") => vec![Edit { span: value.span(), text: format!("{name}()") }],
            (Some(name), _) => vec![
                Edit { span: Span::new(value.span().start, value.span().start), text: format!("{name}(") },
                Edit { span: Span::new(value.span().end, value.span().end), text: ")".to_owned() },
            ],
        };
        let keys = value.named_children().filter(|pair| pair.kind() == "pair").filter_map(|pair| pair.field("key"));
        let plain = keys.into_iter().all(|key| key.kind() == "string") && value.kind() != "dictionary_comprehension";
        let message = format!(
            "the modules in `self.{}` are not known to the module: their parameters are neither trained, moved nor saved",
            attribute.name
        );
        found.push(Found::new(attribute.assignment.span(), message, if plain { edits } else { Vec::new() }));
    }
    found
}

/// The expressions that make what is in a list or dictionary, and the container that PyTorch has for it.
fn contents<'t>(attribute: &Attribute<'t>) -> Option<(Vec<Node<'t>>, &'static str)> {
    let value = attribute.value;
    let elements: Vec<Node<'t>> = value.named_children().filter(|child| !child.is_comment()).collect();
    let (made, container) = match value.kind() {
        "list" if !elements.is_empty() => (elements, "ModuleList"),
        "list" => (appended(attribute)?, "ModuleList"),
        "list_comprehension" => (vec![value.field("body")?], "ModuleList"),
        "dictionary" if !elements.is_empty() => {
            (elements.into_iter().map(|pair| pair.field("value")).collect::<Option<_>>()?, "ModuleDict")
        }
        "dictionary_comprehension" => (vec![value.field("body")?.field("value")?], "ModuleDict"),
        _ => return None,
    };
    (!made.is_empty()).then_some((made, container))
}

/// What the constructor appends to an empty list, if that is all that happens to it there.
fn appended<'t>(attribute: &Attribute<'t>) -> Option<Vec<Node<'t>>> {
    let text = format!("self.{}", attribute.name);
    let constructor = function_around(attribute.assignment)?;
    let calls = constructor.descendants().filter(|node| node.kind() == "call");
    let mut found = Vec::new();
    for call in calls {
        if let Some((object, name)) = method(call)
            && object.text() == text
        {
            if name != "append" {
                return None;
            }
            found.extend(arguments(call).next());
        }
    }
    Some(found)
}

/// A call that surely makes a module.
fn is_module_call<'t>(file: File<'_, 't>, node: Node<'t>) -> bool {
    let call = without_parentheses(node);
    call.kind() == "call" && (layer(file, call, call).is_some() || own_class(file, call).is_some())
}

fn own_class<'t>(file: File<'_, 't>, call: Node<'t>) -> Option<Node<'t>> {
    let name = call.field("function").filter(|function| function.kind() == "identifier")?;
    class_named(file, name.text()).filter(|class| is_module(file, *class, MAX_DEPTH))
}

/// A module that surely has something to train.
fn has_parameters<'t>(file: File<'_, 't>, node: Node<'t>) -> bool {
    const LAYERS: [&str; 9] = ["Linear", "Conv", "BatchNorm", "LayerNorm", "GroupNorm", "Embedding", "LSTM", "GRU", "Transformer"];
    let makes = |node: Node<'t>| {
        let calls = node.descendants().filter(|node| node.kind() == "call");
        calls.into_iter().any(|call| layer(file, call, call).is_some_and(|layer| LAYERS.iter().any(|name| layer.name.starts_with(name))))
    };
    makes(node) || own_class(file, without_parentheses(node)).is_some_and(makes)
}

/// The class makes the modules known by other means.
fn registered_otherwise(attribute: &Attribute<'_>) -> bool {
    let text = attribute.class.text();
    let spread = [format!("*self.{}", attribute.name), format!("List(self.{}", attribute.name), format!("Dict(self.{}", attribute.name)];
    let assigned = format!("self.{} =", attribute.name);
    ["add_module", "register_module", "setattr("].iter().any(|word| text.contains(word))
        || spread.iter().any(|spread| text.contains(spread.as_str()))
        || text.matches(&assigned).count() > 1
}

fn tensor_not_a_buffer<'t>(file: File<'_, 't>) -> Vec<Found> {
    let mut found = Vec::new();
    for attribute in attributes(file) {
        let value = attribute.value;
        if file.facts.class(value) != Some(Class::Array(Target::Torch)) || !is_constant(value) || !used_beside_inputs(&attribute) {
            continue;
        }
        let statement = attribute.assignment.parent().filter(|parent| parent.kind() == "expression_statement");
        let typed = attribute.assignment.field("type").is_some();
        let text = format!("self.register_buffer(\"{}\", {}, persistent=False)", attribute.name, value.text());
        let ready = statement.is_some_and(initialized_before) && !typed;
        let edits = if ready { vec![Edit { span: attribute.assignment.span(), text }] } else { Vec::new() };
        let message = format!("`self.{}` is a tensor that the module does not know of: `to(device)` leaves it behind", attribute.name);
        if ready {
            found.push(Found::new(attribute.assignment.span(), message, edits));
        }
    }
    found
}

/// It is neither trained nor made for one device.
fn is_constant(value: Node<'_>) -> bool {
    let value = super::super::training::flow::value(value);
    let text = value.text();
    let called = value.kind() == "call" && called_name(value).is_some();
    (called || value.kind() == "binary_operator")
        && !holds_scalar(value)
        && !["requires_grad", "Parameter", "device", ".cuda", ".to(", "lambda"].iter().any(|word| text.contains(word))
}

/// A tensor of one number, which mixes with tensors of any device.
fn holds_scalar(value: Node<'_>) -> bool {
    let mut calls = value.descendants().filter(|node| node.kind() == "call" && called_name(*node) == Some("tensor"));
    calls.any(|call| arguments(call).next().is_none_or(|data| !matches!(data.kind(), "list" | "tuple" | "list_comprehension")))
}

/// A method other than the constructor computes with it as it is.
fn used_beside_inputs(attribute: &Attribute<'_>) -> bool {
    let constructor = function_around(attribute.assignment);
    let uses: Vec<Node<'_>> = attribute
        .class
        .descendants()
        .filter(|node| node.kind() == "attribute" && node.field("attribute").is_some_and(|name| name.text() == attribute.name))
        .filter(|node| node.field("object").is_some_and(|object| object.text() == "self") && function_around(*node) != constructor)
        .collect();
    let moved = |node: &Node<'_>| {
        let next = node.parent().filter(|parent| parent.kind() == "attribute").and_then(|parent| parent.field("attribute"));
        let names = ["to", "cuda", "type_as", "item", "tolist", "numpy", "cpu", "shape", "size", "device", "dtype"];
        next.is_some_and(|next| names.contains(&next.text()))
    };
    let in_forward =
        |node: &Node<'_>| function_around(*node).and_then(|function| function.field("name")).is_some_and(|name| name.text() == "forward");
    // What was not parsed may use it: then the whole file is looked at again.
    let unseen = methods(attribute.class).any(is_left_out);
    unseen || uses.iter().any(in_forward) && !uses.iter().any(moved)
}

/// A placeholder stands for the function's body.
fn is_left_out(function: Node<'_>) -> bool {
    let inside = function.field("body").into_iter().flat_map(Node::descendants);
    inside.into_iter().any(|node| node.kind() == "integer" && !node.text().starts_with(|c: char| c.is_ascii_digit() || c == '.'))
}

/// `super().__init__()` stands before a statement, as `register_buffer` needs it to.
fn initialized_before(statement: Node<'_>) -> bool {
    let Some(function) = function_around(statement) else { return false };
    let before = function.descendants().filter(|node| node.kind() == "call" && node.span().end <= statement.span().start);
    before.into_iter().any(|call| called_name(call) == Some("__init__"))
}
