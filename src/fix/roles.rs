use super::File;
use super::training::calls::{argument_for, calls_of};
use crate::syntax::Node;
use crate::syntax::pattern::without_parentheses;

/// What a value is for in training code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Model,
    Optimizer,
    Scheduler,
    Criterion,
    Loader,
    Scaler,
}

/// How long a chain of names is followed.
const MAX_DEPTH: usize = 12;

/// Methods of a module that return it.
const RETURNS_ITSELF: [&str; 12] =
    ["to", "cuda", "cpu", "eval", "train", "float", "double", "half", "bfloat16", "requires_grad_", "apply", "compile"];

/// What takes a model and gives one that does the same.
const WRAPPERS: [&str; 5] = [
    "torch.compile",
    "torch.jit.script",
    "torch.nn.DataParallel",
    "torch.nn.parallel.DataParallel",
    "torch.nn.parallel.DistributedDataParallel",
];

/// The role of an expression's value, if all that may have made it is seen and agrees.
pub(super) fn role<'t>(file: File<'_, 't>, node: Node<'t>) -> Option<Role> {
    let makers = makers(file, node)?;
    let mut roles = makers.into_iter().map(|maker| of_call(file, maker));
    let first = roles.next()??;
    roles.all(|role| role == Some(first)).then_some(first)
}

/// The calls that may have made an expression's value, if all are seen: through names, parameters of functions that the file calls,
/// attributes of `self`, and what gives back the module that it is given.
pub(super) fn makers<'t>(file: File<'_, 't>, node: Node<'t>) -> Option<Vec<Node<'t>>> {
    let mut search = Search { file, seen: Vec::new(), found: Vec::new() };
    (search.follow(node, MAX_DEPTH) && !search.found.is_empty()).then_some(search.found)
}

/// The path of a library that a call is a call of.
pub(super) fn called_path(file: File<'_, '_>, call: Node<'_>) -> Option<String> {
    file.resolve(call.field("function")?)
}

struct Search<'a, 't> {
    file: File<'a, 't>,
    /// Names that are being followed: they add nothing to themselves.
    seen: Vec<(&'t str, usize)>,
    found: Vec<Node<'t>>,
}

impl<'t> Search<'_, 't> {
    /// False if something that may have made the value is not seen.
    fn follow(&mut self, node: Node<'t>, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let node = without_parentheses(node);
        match node.kind() {
            "call" => self.call(node, depth),
            "identifier" => self.name(node, depth),
            "attribute" => match values_of_attribute(node) {
                Some(_) if self.is_seen(node) => true,
                Some(values) => values.into_iter().all(|value| self.follow(value, depth)),
                None => false,
            },
            "conditional_expression" => {
                let mut parts = node.named_children();
                let (value, other) = (parts.next(), parts.nth(1));
                value.into_iter().chain(other).all(|part| self.follow(part, depth))
            }
            "none" => true,
            _ => false,
        }
    }

    fn is_seen(&mut self, name: Node<'t>) -> bool {
        let place = super::training::flow::function_around(name).map_or(0, Node::id);
        let known = self.seen.contains(&(name.text(), place));
        self.seen.push((name.text(), place));
        known
    }

    fn call(&mut self, call: Node<'t>, depth: usize) -> bool {
        let Some(function) = call.field("function") else { return false };
        let path = self.file.resolve(function);
        let inner = match &path {
            Some(path) if WRAPPERS.contains(&path.as_str()) => call.field("arguments").and_then(|list| list.named_children().next()),
            Some(_) => None,
            None => function.field("object").filter(|_| function.field("attribute").is_some_and(|m| RETURNS_ITSELF.contains(&m.text()))),
        };
        let before = self.found.len();
        if inner.is_some_and(|inner| self.follow(inner, depth)) && (path.is_none() || self.found.len() > before) {
            return true;
        }
        self.found.truncate(before);
        self.found.push(call);
        true
    }

    fn name(&mut self, name: Node<'t>, depth: usize) -> bool {
        if self.is_seen(name) {
            return true;
        }
        let Some(values) = self.file.facts.assigned_to(name) else { return false };
        let function = self.file.facts.parameter_of(name);
        if values.is_empty() && function.is_none() {
            return false;
        }
        values.into_iter().all(|value| self.follow(value, depth))
            && function.is_none_or(|function| self.parameter(function, name.text(), depth))
    }

    /// What the file's calls of a function give for a parameter.
    fn parameter(&mut self, function: Node<'t>, name: &str, depth: usize) -> bool {
        let calls = calls_of(self.file, function);
        !calls.is_empty() && calls.into_iter().all(|call| argument_for(function, call, name).is_some_and(|value| self.follow(value, depth)))
    }
}

fn of_call(file: File<'_, '_>, call: Node<'_>) -> Option<Role> {
    let function = call.field("function")?;
    match file.resolve(function) {
        Some(path) => of_path(&path),
        None if function.kind() == "identifier" => is_module(file, class_named(file, function.text())?, MAX_DEPTH).then_some(Role::Model),
        None => None,
    }
}

/// What a class of PyTorch makes.
fn of_path(path: &str) -> Option<Role> {
    let capital = |name: &str| name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains('.');
    match path {
        "torch.utils.data.DataLoader" | "torch.utils.data.dataloader.DataLoader" => Some(Role::Loader),
        "torch.amp.GradScaler" | "torch.cuda.amp.GradScaler" | "torch.amp.grad_scaler.GradScaler" => Some(Role::Scaler),
        "timm.create_model" => Some(Role::Model),
        _ if WRAPPERS.contains(&path) || path.starts_with("torchvision.models.") => Some(Role::Model),
        _ => {
            if path.strip_prefix("torch.optim.lr_scheduler.").is_some_and(capital) {
                return Some(Role::Scheduler);
            }
            if path.strip_prefix("torch.optim.").is_some_and(capital) {
                return Some(Role::Optimizer);
            }
            let module = path.strip_prefix("torch.nn.").filter(|name| capital(name) && *name != "Parameter")?;
            Some(if module.ends_with("Loss") { Role::Criterion } else { Role::Model })
        }
    }
}

/// The class of this name that the file's own statements define.
pub(super) fn class_named<'t>(file: File<'_, 't>, name: &str) -> Option<Node<'t>> {
    let definition = |node: Node<'t>| if node.kind() == "decorated_definition" { node.field("definition").unwrap_or(node) } else { node };
    let classes = file.tree.root().named_children().map(definition).filter(|node| node.kind() == "class_definition");
    classes.into_iter().find(|class| class.field("name").is_some_and(|found| found.text() == name))
}

/// The class derives from `torch.nn.Module`.
pub(super) fn is_module(file: File<'_, '_>, class: Node<'_>, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let bases = class.field("superclasses").into_iter().flat_map(Node::named_children).filter(|base| base.kind() != "keyword_argument");
    bases.into_iter().any(|base| match file.resolve(base) {
        Some(path) => path.starts_with("torch.nn.") && of_path(&path) == Some(Role::Model),
        None => class_named(file, base.text()).is_some_and(|base| is_module(file, base, depth)),
    })
}

/// The class that a node stands in.
pub(super) fn class_around(node: Node<'_>) -> Option<Node<'_>> {
    std::iter::successors(node.parent(), |node| node.parent()).find(|node| node.kind() == "class_definition")
}

/// All that the class around assigns to `self.name`; `None` if it is also bound in another way.
pub(super) fn values_of_attribute(node: Node<'_>) -> Option<Vec<Node<'_>>> {
    let name = node.field("attribute")?.text();
    if node.field("object")?.text() != "self" {
        return None;
    }
    let is_it = |target: Node<'_>| {
        target.kind() == "attribute"
            && target.field("attribute").is_some_and(|found| found.text() == name)
            && target.field("object").is_some_and(|object| object.text() == "self")
    };
    let mut values = Vec::new();
    for inner in class_around(node)?.descendants() {
        match inner.kind() {
            "assignment" if inner.field("left").is_some_and(is_it) => values.extend(inner.field("right")),
            "augmented_assignment" | "for_statement" | "assignment" | "as_pattern_target" | "delete_statement" => {
                let target = inner.field("left").unwrap_or(inner);
                if target.descendants().any(|part| is_it(part) && !within_subscript(part, target)) {
                    return None;
                }
            }
            _ => {}
        }
    }
    Some(values).filter(|values| !values.is_empty())
}

/// `self.x[i] = …` binds no attribute.
fn within_subscript(part: Node<'_>, target: Node<'_>) -> bool {
    let above = std::iter::successors(part.parent(), |node| node.parent());
    above
        .take_while(|node| node.span().start >= target.span().start && target.span().contains(node.span()))
        .any(|node| matches!(node.kind(), "subscript" | "attribute" | "call"))
}
