use super::super::File;
use super::super::roles::{called_path, class_around, class_named, is_module, makers, values_of_attribute};
use super::calls::{argument, arguments, method, methods};
use super::flow::{definition, function_around, occurrences, value};
use crate::syntax::Node;
use crate::syntax::pattern::without_parentheses;

/// A layer of PyTorch where it is made.
#[derive(Debug, Clone)]
pub(in crate::fix) struct Layer<'t> {
    /// Its class: `Linear`.
    pub name: String,
    /// The call that makes it.
    pub call: Node<'t>,
    /// The element of the list, or the assignment, by which its model has it.
    pub element: Node<'t>,
    /// What it is given, where a `forward` calls it.
    pub input: Option<Node<'t>>,
}

/// Layers of which each is given what the one before it gives, and nobody else is given that.
#[derive(Debug, Clone)]
pub(in crate::fix) struct Chain<'t> {
    pub layers: Vec<Layer<'t>>,
    /// Where they stand in an `nn.Sequential`; else their order is that of the calls in a `forward`.
    pub sequential: bool,
    /// The class that has them.
    pub class: Option<Node<'t>>,
}

/// What a model's output has gone through last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fix) struct Output<'t> {
    pub last: Last,
    /// The layer or call that did it.
    pub node: Node<'t>,
}

/// See [`Output`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fix) enum Last {
    Softmax,
    LogSoftmax,
    Sigmoid,
    Linear,
}

const MAX_DEPTH: usize = 6;

impl<'t> Layer<'t> {
    /// An argument of the constructor that is a whole number.
    pub fn size(&self, position: usize, keyword: &str) -> Option<(i64, Node<'t>)> {
        let node = argument(self.call, position, keyword)?;
        Some((integer(node)?, node))
    }
}

/// A whole number that is written out, perhaps as a product or sum of such.
pub(in crate::fix) fn integer(node: Node<'_>) -> Option<i64> {
    let node = without_parentheses(node);
    if node.kind() == "binary_operator" {
        let (left, right) = (integer(node.field("left")?)?, integer(node.field("right")?)?);
        return match node.field("operator")?.text() {
            "*" => left.checked_mul(right),
            "+" => left.checked_add(right),
            "-" => left.checked_sub(right),
            "//" if left >= 0 && right > 0 => Some(left / right),
            _ => None,
        };
    }
    (node.kind() == "integer").then(|| node.text().replace('_', "").parse().ok()).flatten()
}

/// The layer that an expression makes.
pub(in crate::fix) fn layer<'t>(file: File<'_, 't>, expression: Node<'t>, element: Node<'t>) -> Option<Layer<'t>> {
    let call = without_parentheses(expression);
    if call.kind() != "call" {
        return None;
    }
    let path = called_path(file, call)?;
    let name = path.strip_prefix("torch.nn.")?;
    let name = name.rsplit('.').next().filter(|_| name.starts_with("modules.") || !name.contains('.'))?;
    name.starts_with(|c: char| c.is_ascii_uppercase()).then(|| Layer { name: name.to_owned(), call, element, input: None })
}

/// The elements of an `nn.Sequential` in order; `None` if not all are seen.
pub(in crate::fix) fn elements<'t>(file: File<'_, 't>, call: Node<'t>) -> Option<Vec<(Node<'t>, Node<'t>)>> {
    let given: Vec<Node<'t>> = arguments(call).collect();
    if let [only] = given[..]
        && called_path(file, only).is_some_and(|path| path == "collections.OrderedDict")
    {
        let list = arguments(only).next().filter(|list| list.kind() == "list")?;
        let pairs = list.named_children().filter(|child| !child.is_comment());
        return pairs.map(|pair| Some((pair, pair.named_children().nth(1).filter(|_| pair.kind() == "tuple")?))).collect();
    }
    let plain = given.iter().all(|node| !matches!(node.kind(), "list_splat" | "dictionary_splat" | "keyword_argument"));
    plain.then(|| given.into_iter().map(|node| (node, node)).collect())
}

/// All layers that stand behind each other in the file.
pub(super) fn chains<'t>(file: File<'_, 't>) -> Vec<Chain<'t>> {
    let mut found = Vec::new();
    for node in file.tree.root().descendants() {
        match node.kind() {
            "call" if called_path(file, node).is_some_and(|path| path == "torch.nn.Sequential") => {
                let parts = elements(file, node).unwrap_or_default();
                found.extend(runs(parts.into_iter().map(|(element, part)| layer(file, part, element)), true, class_around(node)));
            }
            "list" if spread_into_sequential(file, node) => {
                let parts = node.named_children().filter(|child| !child.is_comment());
                found.extend(runs(parts.map(|part| layer(file, part, part)), true, class_around(node)));
            }
            "class_definition" if is_module(file, node, MAX_DEPTH) => found.extend(forward_chains(file, node)),
            _ => {}
        }
    }
    found
}

/// Maximal runs of layers that are known.
fn runs<'t>(parts: impl Iterator<Item = Option<Layer<'t>>>, sequential: bool, class: Option<Node<'t>>) -> Vec<Chain<'t>> {
    let mut all = Vec::new();
    let mut run: Vec<Layer<'t>> = Vec::new();
    for part in parts.chain([None]) {
        match part {
            Some(layer) => run.push(layer),
            None if run.len() > 1 => all.push(Chain { layers: std::mem::take(&mut run), sequential, class }),
            None => run.clear(),
        }
    }
    all
}

/// A list that is put, as it is or with others, into an `nn.Sequential`: `layers += […]`, `nn.Sequential(*layers)`.
fn spread_into_sequential<'t>(file: File<'_, 't>, list: Node<'t>) -> bool {
    let Some(parent) = list.parent() else { return false };
    if parent.kind() == "list_splat" {
        return parent.parent().and_then(Node::parent).is_some_and(|call| is_sequential(file, call));
    }
    let target = parent.field("left").filter(|_| matches!(parent.kind(), "assignment" | "augmented_assignment"));
    let extended = parent.parent().filter(|call| method(*call).is_some_and(|(_, name)| name == "extend"));
    let name = target.or_else(|| extended.and_then(method).map(|(object, _)| object)).filter(|name| name.kind() == "identifier");
    let Some(name) = name else { return false };
    let root = function_around(list).unwrap_or(file.tree.root());
    occurrences(root, name.text()).any(|use_| {
        let splat = use_.parent().filter(|splat| splat.kind() == "list_splat");
        splat.and_then(Node::parent).and_then(Node::parent).is_some_and(|call| is_sequential(file, call))
    })
}

fn is_sequential(file: File<'_, '_>, call: Node<'_>) -> bool {
    call.kind() == "call" && called_path(file, call).is_some_and(|path| path == "torch.nn.Sequential")
}

/// Layers of a class of which `forward` gives one's output to the next and to nobody else.
fn forward_chains<'t>(file: File<'_, 't>, class: Node<'t>) -> Vec<Chain<'t>> {
    let Some(forward) = methods(class).find(|method| method.field("name").is_some_and(|name| name.text() == "forward")) else {
        return Vec::new();
    };
    let calls: Vec<Node<'t>> = forward.descendants().filter(|node| node.kind() == "call").collect();
    // Where a call's value goes on to another, the chain of that one has it.
    let before: Vec<(Node<'t>, Node<'t>)> = calls.iter().filter_map(|call| Some((*call, previous(file, class, *call)?))).collect();
    let last = before.iter().map(|(call, _)| *call).filter(|call| before.iter().all(|(_, source)| source != call));
    let mut found = Vec::new();
    for mut call in last {
        let mut layers = vec![applied(file, class, call)];
        while let Some((_, source)) = before.iter().find(|(next, _)| *next == call) {
            layers.push(applied(file, class, *source));
            call = *source;
        }
        layers.reverse();
        found.extend(runs(layers.into_iter(), false, Some(class)));
    }
    found
}

/// The call that made what a call of a layer is given, and nobody else is given.
fn previous<'t>(file: File<'_, 't>, class: Node<'t>, call: Node<'t>) -> Option<Node<'t>> {
    let source = sole_source(applied(file, class, call)?.input?)?;
    applied(file, class, source).map(|_| source)
}

/// The layer of its class, or the activation, that a call applies to one value.
fn applied<'t>(file: File<'_, 't>, class: Node<'t>, call: Node<'t>) -> Option<Layer<'t>> {
    if call.kind() != "call" {
        return None;
    }
    if let Some(layer) = own_layer(file, class, call) {
        let input = arguments(call).next().filter(|_| arguments(call).count() == 1);
        return Some(Layer { input, ..layer });
    }
    let path = called_path(file, call);
    let (name, input) = match &path {
        Some(path) => (path.strip_prefix("torch.nn.functional.").or_else(|| path.strip_prefix("torch."))?, arguments(call).next()),
        None => method(call).filter(|(object, _)| object.text() != "self").map(|(object, name)| (name, Some(object)))?,
    };
    let name = ACTIVATIONS.iter().find(|(function, _)| *function == name).map(|(_, class)| *class)?;
    Some(Layer { name: name.to_owned(), call, element: call, input })
}

/// Functions that change no shape, by the class of the layer that does the same.
const ACTIVATIONS: [(&str, &str); 10] = [
    ("relu", "ReLU"),
    ("relu_", "ReLU"),
    ("relu6", "ReLU6"),
    ("leaky_relu", "LeakyReLU"),
    ("elu", "ELU"),
    ("gelu", "GELU"),
    ("silu", "SiLU"),
    ("tanh", "Tanh"),
    ("sigmoid", "Sigmoid"),
    ("dropout", "Dropout"),
];

/// The layer that `self.name(…)` calls, if the class makes it in one way and names it nowhere else.
fn own_layer<'t>(file: File<'_, 't>, class: Node<'t>, call: Node<'t>) -> Option<Layer<'t>> {
    let function = call.field("function").filter(|function| function.kind() == "attribute")?;
    if function.field("object")?.text() != "self" {
        return None;
    }
    let name = function.field("attribute")?.text();
    let values = values_of_attribute(function)?;
    let [made] = values[..] else { return None };
    let is_it = |node: &Node<'t>| {
        node.kind() == "attribute"
            && node.field("attribute").is_some_and(|found| found.text() == name)
            && node.field("object").is_some_and(|object| object.text() == "self")
    };
    // Its parameters may be set; what it is given and gives is another matter.
    let of_parameters = |node: &Node<'t>| {
        let attribute = node.parent().filter(|parent| parent.kind() == "attribute").and_then(|parent| parent.field("attribute"));
        attribute.is_some_and(|name| matches!(name.text(), "weight" | "bias"))
    };
    let uses = class.descendants().filter(|node| is_it(node) && !of_parameters(node)).count();
    let assignment = made.parent()?;
    let sure = uses == 2 && assignment.parent().and_then(Node::parent).and_then(Node::parent).is_some_and(is_constructor);
    if sure { layer(file, made, assignment) } else { None }
}

fn is_constructor(function: Node<'_>) -> bool {
    function.kind() == "function_definition" && function.field("name").is_some_and(|name| name.text() == "__init__")
}

/// The call whose value an expression is, where nothing else reads that value.
fn sole_source(input: Node<'_>) -> Option<Node<'_>> {
    let input = without_parentheses(input);
    match input.kind() {
        "call" => Some(input),
        "identifier" => {
            let assignment = definition(input)?;
            let function = function_around(input)?;
            let from = assignment.span().end;
            // Up to where the name is bound again, by the statement of the use or later, nothing else reads it.
            let statement = super::super::edits::statement_of(input)?;
            let until = rebinding(statement, input.text()).unwrap_or(function.span().end);
            let reads = occurrences(function, input.text())
                .filter(|name| from <= name.span().start && name.span().start < until)
                .filter(|name| name.parent().is_none_or(|parent| parent.kind() != "assignment" || parent.field("left") != Some(*name)));
            let in_loop = super::flow::loop_around(input) != super::flow::loop_around(assignment);
            (reads.count() == 1 && !in_loop).then(|| assignment.field("right").map(without_parentheses)).flatten()
        }
        _ => None,
    }
}

/// Where a name is surely bound anew, by this statement or one behind it in its block.
fn rebinding(statement: Node<'_>, name: &str) -> Option<usize> {
    let following = std::iter::successors(Some(statement), |node| node.next()).filter(|node| node.is_named());
    let is_it = |node: &Node<'_>| {
        let assignment = node.named_children().next().filter(|inner| inner.kind() == "assignment");
        assignment.and_then(|found| found.field("left")).is_some_and(|left| left.kind() == "identifier" && left.text() == name)
    };
    following.into_iter().find(is_it).map(|found| found.span().end)
}

/// What an expression's value has gone through last: an activation, a layer, a call of a model.
pub(in crate::fix) fn output<'t>(file: File<'_, 't>, expression: Node<'t>) -> Option<Output<'t>> {
    output_at(file, expression, MAX_DEPTH)
}

fn output_at<'t>(file: File<'_, 't>, expression: Node<'t>, depth: usize) -> Option<Output<'t>> {
    let depth = depth.checked_sub(1)?;
    let call = value(expression);
    if call.kind() != "call" {
        return None;
    }
    if let Some((last, _)) = activation(file, call) {
        return Some(Output { last, node: call });
    }
    let function = call.field("function")?;
    if file.resolve(function).is_some() || file.facts.function_named(function).is_some() {
        return None;
    }
    let makers = makers(file, function)?;
    let mut outputs = makers.into_iter().map(|maker| made_output(file, maker, depth));
    let first = outputs.next()??;
    outputs.all(|output| output == Some(first)).then_some(first)
}

/// The activation that a call applies, and what it is applied to: `F.softmax(x, dim=1)`, `x.softmax(1)`, `self.softmax(x)`.
pub(in crate::fix) fn activation<'t>(file: File<'_, 't>, call: Node<'t>) -> Option<(Last, Node<'t>)> {
    let function = call.field("function").filter(|_| call.kind() == "call")?;
    if let Some(path) = file.resolve(function) {
        let name = path
            .strip_prefix("torch.nn.functional.")
            .or_else(|| path.strip_prefix("torch.special."))
            .or_else(|| path.strip_prefix("torch."))?;
        return Some((last_named(name)?, argument(call, 0, "input")?));
    }
    if let Some((object, name)) = method(call)
        && let Some(last) = last_named(name)
        && object.text() != "self"
        && values_of_attribute(function).is_none()
        && is_value(file, object)
    {
        return Some((last, object));
    }
    let makers = makers(file, function)?;
    let [maker] = makers[..] else { return None };
    let last = last_layer(&layer(file, maker, maker)?).filter(|last| *last != Last::Linear)?;
    Some((last, arguments(call).next()?))
}

/// Not a module that some import may have brought.
fn is_value<'t>(file: File<'_, 't>, object: Node<'t>) -> bool {
    let root = std::iter::successors(Some(object), |node| node.field("object").or_else(|| node.field("function"))).last().unwrap_or(object);
    let bound = |name: Node<'t>| file.facts.parameter_of(name).is_some() || file.facts.assigned_to(name).is_some_and(|all| !all.is_empty());
    root.kind() != "identifier" || definition(root).is_some() || bound(root)
}

fn last_named(name: &str) -> Option<Last> {
    match name {
        "softmax" => Some(Last::Softmax),
        "log_softmax" => Some(Last::LogSoftmax),
        "sigmoid" | "expit" => Some(Last::Sigmoid),
        _ => None,
    }
}

fn last_layer(layer: &Layer<'_>) -> Option<Last> {
    match layer.name.as_str() {
        "Softmax" | "Softmax2d" => Some(Last::Softmax),
        "LogSoftmax" => Some(Last::LogSoftmax),
        "Sigmoid" => Some(Last::Sigmoid),
        "Linear" => Some(Last::Linear),
        _ => None,
    }
}

/// What the module that a call makes does last.
fn made_output<'t>(file: File<'_, 't>, maker: Node<'t>, depth: usize) -> Option<Output<'t>> {
    let depth = depth.checked_sub(1)?;
    if is_sequential(file, maker) {
        let (element, part) = *elements(file, maker)?.last()?;
        let inner = without_parentheses(part);
        if is_sequential(file, inner) {
            return made_output(file, inner, depth);
        }
        return Some(Output { last: last_layer(&layer(file, part, element)?)?, node: element });
    }
    if let Some(layer) = layer(file, maker, maker) {
        return Some(Output { last: last_layer(&layer)?, node: maker });
    }
    let class = class_named(file, maker.field("function").filter(|function| function.kind() == "identifier")?.text())?;
    if !is_module(file, class, MAX_DEPTH) {
        return None;
    }
    let forward = methods(class).find(|method| method.field("name").is_some_and(|name| name.text() == "forward"))?;
    let mut returns = forward.descendants().filter(|node| node.kind() == "return_statement" && function_around(*node) == Some(forward));
    let (returned, none) = (returns.next()?, returns.next());
    let value = returned.named_children().find(|node| !node.is_comment()).filter(|_| none.is_none())?;
    output_at(file, value, depth)
}
