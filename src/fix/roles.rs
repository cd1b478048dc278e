use super::File;
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
const MAX_DEPTH: usize = 8;

/// Methods of a module that return it.
const RETURNS_ITSELF: [&str; 12] =
    ["to", "cuda", "cpu", "eval", "train", "float", "double", "half", "bfloat16", "requires_grad_", "apply", "compile"];

/// The role of an expression's value, if all that may have made it is seen and agrees.
pub(super) fn role<'t>(file: File<'_, 't>, node: Node<'t>) -> Option<Role> {
    role_at(file, node, MAX_DEPTH)
}

fn role_at<'t>(file: File<'_, 't>, node: Node<'t>, depth: usize) -> Option<Role> {
    let depth = depth.checked_sub(1)?;
    let node = without_parentheses(node);
    let values = match node.kind() {
        "call" => return of_call(file, node, depth),
        "identifier" => file.facts.values_of(node)?,
        "attribute" => values_of_attribute(node)?,
        _ => return None,
    };
    let mut roles = values.into_iter().map(|value| role_at(file, value, depth));
    let first = roles.next()??;
    roles.all(|role| role == Some(first)).then_some(first)
}

fn of_call<'t>(file: File<'_, 't>, call: Node<'t>, depth: usize) -> Option<Role> {
    let function = call.field("function")?;
    if let Some(path) = file.resolve(function) {
        return of_path(&path);
    }
    match function.kind() {
        "attribute" => {
            let method = function.field("attribute")?.text();
            RETURNS_ITSELF.contains(&method).then(|| role_at(file, function.field("object")?, depth)).flatten()
        }
        "identifier" => is_module(file, class_named(file, function.text())?, depth).then_some(Role::Model),
        _ => None,
    }
}

/// What a class of PyTorch makes.
fn of_path(path: &str) -> Option<Role> {
    let capital = |name: &str| name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains('.');
    match path {
        "torch.utils.data.DataLoader" | "torch.utils.data.dataloader.DataLoader" => Some(Role::Loader),
        "torch.amp.GradScaler" | "torch.cuda.amp.GradScaler" | "torch.amp.grad_scaler.GradScaler" => Some(Role::Scaler),
        "torch.compile" | "torch.nn.DataParallel" | "torch.nn.parallel.DistributedDataParallel" => Some(Role::Model),
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
fn values_of_attribute(node: Node<'_>) -> Option<Vec<Node<'_>>> {
    let name = node.field("attribute")?.text();
    if node.field("object")?.text() != "self" {
        return None;
    }
    let mut values = Vec::new();
    for inner in class_around(node)?.descendants() {
        let target = inner.field("left").filter(|_| matches!(inner.kind(), "assignment" | "augmented_assignment"));
        let is_it = |target: Node<'_>| target.kind() == "attribute" && target.text() == format!("self.{name}");
        if target.is_some_and(is_it) {
            values.push(inner.field("right").filter(|_| inner.kind() == "assignment")?);
        }
    }
    Some(values).filter(|values| !values.is_empty())
}
