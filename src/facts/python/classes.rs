use super::Scopes;
use super::library::{self, Effect, MethodEffect};
use crate::facts::Class;
use crate::ir::Target;
use crate::syntax::Node;

/// How deep an expression is looked into.
const MAX_DEPTH: usize = 32;

/// What is known of names and expressions at a place of a Python file.
#[derive(Clone, Copy)]
pub(in crate::facts) struct Values<'a, 't> {
    pub scopes: &'a Scopes<'t>,
    /// The class of a name where it is read.
    pub known: &'a dyn Fn(Node<'t>) -> Option<Class>,
}

impl<'t> Values<'_, 't> {
    /// The class of an expression's value; `None` if it is not known.
    pub fn class(&self, node: Node<'t>) -> Option<Class> {
        self.class_at(node, MAX_DEPTH)
    }

    fn class_at(&self, node: Node<'t>, depth: usize) -> Option<Class> {
        let depth = depth.checked_sub(1)?;
        match node.kind() {
            "identifier" => (self.known)(node).or_else(|| self.of_path(node)),
            "integer" | "float" | "true" | "false" => Some(Class::Number),
            "string" | "concatenated_string" | "none" => Some(Class::Plain),
            "parenthesized_expression" => self.class_at(node.named_children().find(|n| !n.is_comment())?, depth),
            "unary_operator" => self.class_at(node.field("argument")?, depth),
            "not_operator" => Some(Class::Number),
            "assignment" | "named_expression" => self.class_at(node.field("right").or_else(|| node.field("value"))?, depth),
            "binary_operator" => combined(self.class_at(node.field("left")?, depth)?, self.class_at(node.field("right")?, depth)?),
            "comparison_operator" => {
                let mut classes = node.named_children().map(|child| self.class_at(child, depth));
                let first = classes.next()??;
                classes.try_fold(first, |all, class| combined(all, class?))
            }
            "conditional_expression" => {
                let parts: Vec<_> = node.named_children().filter(|n| !n.is_comment()).collect();
                let [yes, _, no] = parts[..] else { return None };
                let class = self.class_at(yes, depth)?;
                (self.class_at(no, depth)? == class).then_some(class)
            }
            "subscript" => {
                let value = node.field("value")?;
                if attribute_name(value) == Some("shape") {
                    return Some(Class::Number).filter(|_| node.field("subscript").is_some_and(|s| s.kind() != "slice"));
                }
                self.class_at(value, depth).filter(|class| *class != Class::Number)
            }
            "attribute" => self.attribute(node, depth),
            "call" => self.call(node, depth),
            _ => None,
        }
    }

    fn attribute(&self, node: Node<'t>, depth: usize) -> Option<Class> {
        let name = attribute_name(node)?;
        if node.field("object")?.kind() == "identifier"
            && let Some(class) = (self.known)(node)
        {
            return Some(class);
        }
        let array = self.class_at(node.field("object")?, depth);
        match array {
            Some(Class::Array(_)) if library::is_view_attribute(name) => array,
            Some(Class::Array(_)) if matches!(name, "ndim" | "size" | "itemsize" | "nbytes") => Some(Class::Number),
            Some(Class::Array(_)) if library::is_plain_attribute(name) => Some(Class::Plain),
            None => self.of_path(node),
            _ => None,
        }
    }

    /// Library constants: `np.pi`.
    fn of_path(&self, node: Node<'t>) -> Option<Class> {
        let path = self.scopes.resolve(node)?;
        let (module, name) = path.rsplit_once('.')?;
        let constant = matches!(name, "pi" | "e" | "inf" | "nan" | "euler_gamma" | "tau");
        (constant && matches!(module, "math" | "numpy" | "torch")).then_some(Class::Number)
    }

    fn call(&self, node: Node<'t>, depth: usize) -> Option<Class> {
        let function = node.field("function")?;
        if let Some(path) = self.scopes.resolve(function) {
            return class_of_call(&path);
        }
        let method = attribute_name(function)?;
        let receiver = self.class_at(function.field("object")?, depth)?;
        match (receiver, library::method(method)?) {
            (Class::Array(_), MethodEffect::Fresh) if matches!(method, "item" | "numel" | "nelement" | "dim" | "ndimension") => {
                Some(Class::Number)
            }
            (Class::Array(_), MethodEffect::Fresh) if method == "size" || method == "tolist" || method == "tobytes" => Some(Class::Plain),
            (Class::Array(Target::Torch), _) if method == "numpy" => Some(Class::Array(Target::Numpy)),
            (Class::Array(Target::Numpy), MethodEffect::Writes) => None,
            (Class::Array(_), _) => Some(receiver),
            (Class::Plain | Class::Number, _) => None,
        }
    }
}

/// The class of what a library function returns.
fn class_of_call(path: &str) -> Option<Class> {
    let library = if path.starts_with("torch.") { Target::Torch } else { Target::Numpy };
    let name = path.rsplit('.').next().unwrap_or(path);
    let asks = matches!(name, "numel" | "is_tensor" | "is_floating_point" | "can_cast" | "allclose" | "equal");
    if library == Target::Torch && asks {
        return Some(Class::Number);
    }
    if matches!(name, "finfo" | "iinfo" | "dtype" | "result_type" | "promote_types" | "device" | "Size") {
        return Some(Class::Plain);
    }
    if library == Target::Torch && matches!(name, "numel" | "equal" | "allclose") {
        return Some(Class::Number);
    }
    match library::effect(path)? {
        Effect::Ufunc(_) | Effect::Fresh(_) | Effect::View => Some(Class::Array(library)),
        Effect::Number => Some(Class::Number),
        Effect::Text => Some(Class::Plain),
        Effect::Writes | Effect::Unsure | Effect::Context => None,
    }
}

/// The class of an operator's result.
fn combined(a: Class, b: Class) -> Option<Class> {
    match (a, b) {
        (Class::Number, Class::Number) => Some(Class::Number),
        (Class::Array(x), Class::Array(y)) if x == y => Some(a),
        (Class::Array(_), Class::Number) => Some(a),
        (Class::Number, Class::Array(_)) => Some(b),
        (Class::Plain, Class::Plain) => Some(Class::Plain),
        _ => None,
    }
}

/// The last name of an attribute expression.
pub(super) fn attribute_name(node: Node<'_>) -> Option<&str> {
    if node.kind() == "attribute" { Some(node.field("attribute")?.text()) } else { None }
}
