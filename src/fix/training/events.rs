use rustc_hash::FxHashMap;

use super::super::File;
use super::super::roles::{Role, class_around, role, values_of_attribute};
use super::calls::{argument, arguments, called_name, method};
use super::flow::function_around;
use crate::syntax::Node;
use crate::syntax::pattern::without_parentheses;

/// Something that happens to gradients, parameters or learning rates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fix) struct Event<'t> {
    pub what: What,
    /// To what: the optimizer, the scaler, the loss, the model whose gradients are clipped. As the code that is looked at calls it.
    pub subject: String,
    /// The call, or what else does it.
    pub node: Node<'t>,
    /// It happens in a function that is called.
    pub inlined: bool,
}

/// See [`Event`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fix) enum What {
    /// Gradients are set to zero or to none. The subject is empty if it may be anybody's.
    ZeroGrad,
    /// Of the loss.
    Backward {
        /// The graph is kept.
        retains: bool,
        /// By a gradient scaler.
        scaled: bool,
    },
    /// Of a model's gradients.
    Clip,
    /// Of an optimizer's gradients.
    Unscale,
    /// Of an optimizer.
    Step,
    /// Of an optimizer, by a gradient scaler, which is the subject.
    ScalerStep,
    /// Of a gradient scaler.
    Update,
    /// Of a scheduler.
    SchedulerStep,
    /// A name gets another value.
    Bind,
    /// The subject is given to something that may do anything with it.
    Unknown,
}

/// Where an expression stands: in the code that is looked at, or in a helper that it calls.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame<'t> {
    /// It is a helper.
    pub inlined: bool,
    /// How the code that is looked at calls what the helper's names hold.
    pub names: FxHashMap<&'t str, String>,
}

/// Methods by which a text has something to do with training.
pub(super) const VOCABULARY: [&str; 8] =
    ["backward", "step", "zero_grad", "unscale_", "clip_grad_norm_", "clip_grad_value_", "clip_grad_norm", "update"];

/// An expression as the code that is looked at would write it.
pub(super) fn spelled(node: Node<'_>, frame: &Frame<'_>) -> String {
    let node = without_parentheses(node);
    let text = node.text();
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    match frame.names.get(&text[..end]) {
        Some(new) => format!("{new}{}", &text[end..]),
        None => text.to_owned(),
    }
}

/// What a call does, if it is one of the words of training.
pub(super) fn event<'t>(file: File<'_, 't>, call: Node<'t>, frame: &Frame<'t>) -> Option<Event<'t>> {
    let name = called_name(call)?;
    let made = |what, subject| Some(Event { what, subject, node: call, inlined: frame.inlined });
    let clips = matches!(name, "clip_grad_norm_" | "clip_grad_value_" | "clip_grad_norm");
    if clips {
        return made(What::Clip, argument(call, 0, "parameters").map_or(String::new(), |of| spelled(owner(of), frame)));
    }
    let (object, name) = method(call)?;
    match name {
        "zero_grad" => made(What::ZeroGrad, spelled(object, frame)),
        "zero_" if is_gradient(object) => made(What::ZeroGrad, String::new()),
        "backward" => backward(call, object, frame),
        "unscale_" => made(What::Unscale, spelled(argument(call, 0, "optimizer")?, frame)),
        "update" if is_scaler(file, object) => made(What::Update, spelled(object, frame)),
        "step" if arguments(call).next().is_some() && is_scaler(file, object) => made(What::ScalerStep, spelled(object, frame)),
        "step" if role(file, object) == Some(Role::Scheduler) => made(What::SchedulerStep, spelled(object, frame)),
        "step" if is_optimizer(file, object) => made(What::Step, spelled(object, frame)),
        _ => None,
    }
}

fn backward<'t>(call: Node<'t>, object: Node<'t>, frame: &Frame<'t>) -> Option<Event<'t>> {
    let keeps = ["retain_graph", "create_graph"].iter().any(|name| argument(call, usize::MAX, name).is_some_and(|v| v.text() != "False"));
    let scale = (object.kind() == "call").then(|| method(object)).flatten().filter(|(_, name)| *name == "scale");
    let of_loss = match scale {
        Some(_) => arguments(object).next()?,
        None if is_runner(object) => arguments(call).next().filter(|argument| argument.kind() != "keyword_argument")?,
        None => object,
    };
    let what = What::Backward { retains: keeps, scaled: scale.is_some() };
    Some(Event { what, subject: spelled(of_loss, frame), node: call, inlined: frame.inlined })
}

/// What runs the backward pass of the loss that it is given: Accelerate's and Fabric's objects.
fn is_runner(object: Node<'_>) -> bool {
    let last = object.text().rsplit('.').next().unwrap_or("");
    matches!(last, "accelerator" | "fabric" | "engine" | "model_engine" | "booster") || object.text() == "self"
}

/// `model` of `model.parameters()`.
fn owner(parameters: Node<'_>) -> Node<'_> {
    match method(parameters) {
        Some((object, "parameters")) => object,
        _ => parameters,
    }
}

fn is_gradient(object: Node<'_>) -> bool {
    let text = object.text();
    text.ends_with(".grad") || text.ends_with(".grad.data")
}

/// A gradient scaler: made as one, or called one.
pub(in crate::fix) fn is_scaler<'t>(file: File<'_, 't>, node: Node<'t>) -> bool {
    matches!(node.kind(), "identifier" | "attribute")
        && match role(file, node) {
            Some(role) => role == Role::Scaler,
            None => {
                let last = node.text().rsplit('.').next().unwrap_or("").to_lowercase();
                let text = around(file, node).text();
                last.contains("scaler") && text.contains(&format!("{}.scale(", node.text()))
            }
        }
}

/// An optimizer: made as one, or used as nothing else is, or called one beside a backward pass.
pub(in crate::fix) fn is_optimizer<'t>(file: File<'_, 't>, node: Node<'t>) -> bool {
    if !matches!(node.kind(), "identifier" | "attribute" | "subscript") {
        return false;
    }
    if let Some(role) = role(file, node) {
        return role == Role::Optimizer;
    }
    let name = node.text();
    let text = around(file, node).text();
    let used = |method: &str| text.contains(&format!("{name}.{method}("));
    // An engine that wraps a model has all of these.
    let wraps = used("backward") || used("forward") || used("parameters") || text.contains(&format!(" {name}("));
    let last = name.rsplit('.').next().unwrap_or("").to_lowercase();
    let called = last.contains("optim") || last == "opt" || last.starts_with("opt_") || last.ends_with("_opt");
    !wraps && (called || used("zero_grad")) && !last.contains("sched")
}

/// Where all uses of a name or attribute are.
fn around<'t>(file: File<'_, 't>, node: Node<'t>) -> Node<'t> {
    let whole = file.tree.root();
    if node.text().starts_with("self.") { class_around(node).unwrap_or(whole) } else { function_around(node).unwrap_or(whole) }
}

/// What a call may do anything with: what it is given, where nobody knows what is called.
pub(super) fn unknown<'t>(file: File<'_, 't>, call: Node<'t>, frame: &Frame<'t>) -> Vec<Event<'t>> {
    let Some(function) = call.field("function") else { return Vec::new() };
    let harmless = |path: String| ["builtins.", "torch.", "numpy.", "math."].iter().any(|library| path.starts_with(library));
    if file.resolve(function).is_some_and(harmless) {
        return Vec::new();
    }
    let made = |subject: String| Event { what: What::Unknown, subject, node: call, inlined: frame.inlined };
    let inherited = function.kind() == "attribute"
        && function.field("object").is_some_and(|object| object.text() == "self")
        && values_of_attribute(function).is_none();
    let given = arguments(call).filter_map(|argument| match argument.kind() {
        "keyword_argument" => argument.field("value"),
        "list_splat" | "dictionary_splat" => argument.named_children().next(),
        _ => Some(argument),
    });
    let names = given.flat_map(|argument| match argument.kind() {
        "list" | "tuple" | "dictionary" => argument.named_children().collect(),
        _ => vec![argument],
    });
    let mut found: Vec<Event<'t>> =
        names.filter(|name| matches!(name.kind(), "identifier" | "attribute")).map(|name| made(spelled(name, frame))).collect();
    if inherited {
        found.push(made(spelled(function, frame).split('.').next().unwrap_or("self").to_owned()));
    }
    found
}
