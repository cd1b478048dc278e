use super::paths;
use super::scopes::Scopes;
use crate::facts::{Class, Effects, Sources};
use crate::syntax::Node;

/// What a statement or expression may do. `known` tells the class of a name.
pub(in crate::facts) fn effects<'t>(scopes: &Scopes<'t>, node: Node<'t>, known: &dyn Fn(Node<'t>) -> Option<Class>) -> Effects {
    let mut reader = Reader { scopes, known, effects: Effects::default(), stack: vec![node] };
    while let Some(node) = reader.stack.pop() {
        reader.run(node);
    }
    reader.effects
}

/// The names whose memory an expression's value may share: references and views of them, or themselves moved.
pub(in crate::facts) fn sources<'t>(scopes: &Scopes<'t>, node: Node<'t>, known: &dyn Fn(Node<'t>) -> Option<Class>) -> Sources {
    if scopes.class(node, known) == Some(Class::Number) && node.kind() != "reference_expression" {
        return Sources::default();
    }
    let fresh = node.kind() == "binary_expression" || node.kind().ends_with("_literal");
    Sources { names: if fresh { Vec::new() } else { roots(node) }.into_iter().collect(), anything: false }
}

struct Reader<'a, 't> {
    scopes: &'a Scopes<'t>,
    known: &'a dyn Fn(Node<'t>) -> Option<Class>,
    effects: Effects,
    stack: Vec<Node<'t>>,
}

impl<'t> Reader<'_, 't> {
    fn push_children(&mut self, node: Node<'t>) {
        self.stack.extend(node.named_children());
    }

    fn class(&self, node: Node<'t>) -> Option<Class> {
        self.scopes.class(node, self.known)
    }

    fn run(&mut self, node: Node<'t>) {
        match node.kind() {
            "identifier" | "self" => {
                self.effects.reads.insert(node.text().to_string());
            }
            "lifetime"
            | "label"
            | "type_arguments"
            | "primitive_type"
            | "generic_type"
            | "reference_type"
            | "scoped_type_identifier"
            | "attribute_item"
            | "line_comment"
            | "block_comment"
            | "use_declaration"
            | "scoped_identifier" => {}
            "function_item" | "const_item" | "static_item" | "mod_item" => {
                self.effects.binds.extend(node.field("name").map(|name| name.text().to_string()));
            }
            kind if kind.ends_with("_item") => {}
            "let_declaration" | "for_expression" | "let_condition" | "match_arm" => {
                let pattern = node.field("pattern");
                self.bind(pattern);
                self.effects.raises |= node.kind() == "for_expression";
                // An iterator's `next` is a call like any other.
                let iterates = node.kind() == "for_expression" && !node.field("value").is_some_and(|value| self.is_plain_iterable(value));
                self.effects.opaque |= iterates;
                self.stack.extend(node.named_children().filter(|child| Some(*child) != pattern));
                let guard = pattern.and_then(|pattern| pattern.field("condition"));
                self.stack.extend(guard);
            }
            "assignment_expression" => {
                self.assign(node.field("left"), false);
                self.stack.extend(node.field("right"));
            }
            "compound_assignment_expr" => {
                self.effects.raises = true;
                self.assign(node.field("left"), true);
                self.stack.extend(node.field("right"));
            }
            "reference_expression" => {
                if node.named_children().any(|child| child.kind() == "mutable_specifier") {
                    self.mutate(node);
                }
                self.push_children(node);
            }
            "call_expression" => self.call(node),
            "macro_invocation" => self.invoke(node),
            "unsafe_block" | "async_block" | "await_expression" | "yield_expression" | "gen_block" | "ERROR" => {
                self.effects.opaque = true;
                self.effects.raises = true;
                self.push_children(node);
            }
            "binary_expression" | "index_expression" | "unary_expression" | "try_expression" | "type_cast_expression" => {
                self.effects.raises = true;
                self.push_children(node);
            }
            _ => self.push_children(node),
        }
    }

    fn is_plain_iterable(&self, node: Node<'t>) -> bool {
        node.kind() == "range_expression"
            || node
                .named_children()
                .next()
                .is_some_and(|inner| node.kind() == "parenthesized_expression" && inner.kind() == "range_expression")
    }

    fn bind(&mut self, pattern: Option<Node<'t>>) {
        let names =
            pattern.into_iter().flat_map(|p| p.descendants()).filter(|n| matches!(n.kind(), "identifier" | "shorthand_field_identifier"));
        self.effects.binds.extend(names.map(|name| name.text().to_string()));
    }

    fn assign(&mut self, left: Option<Node<'t>>, update: bool) {
        let Some(left) = left else { return };
        if left.kind() == "identifier" {
            self.effects.binds.insert(left.text().to_string());
            if update && self.class(left) != Some(Class::Number) {
                self.mutate(left);
            }
        } else if left.kind() == "tuple_expression" {
            for part in left.named_children() {
                self.effects.binds.extend(roots(part));
                self.mutate(part);
            }
        } else {
            self.effects.raises = true;
            self.mutate(left);
        }
        if update || left.kind() != "identifier" {
            self.stack.push(left);
        }
    }

    fn mutate(&mut self, node: Node<'t>) {
        self.effects.mutates.extend(roots(node));
    }

    fn call(&mut self, node: Node<'t>) {
        self.effects.raises = true;
        self.stack.extend(node.field("arguments"));
        let Some(mut function) = node.field("function") else { return self.effects.opaque = true };
        if function.kind() == "generic_function" {
            function = function.field("function").unwrap_or(function);
        }
        if function.kind() == "field_expression" {
            self.stack.extend(function.field("value"));
            let (Some(receiver), Some(method)) = (function.field("value"), function.field("field")) else { return };
            let pure = match self.class(receiver) {
                Some(Class::Number) => true,
                Some(Class::Array(_)) => paths::is_pure_method(method.text()),
                _ => false,
            };
            if !pure {
                self.effects.opaque = true;
                self.mutate(receiver);
            }
            return;
        }
        let constructor = matches!(function.text(), "Some" | "Ok" | "Err");
        let pure = constructor || self.scopes.resolve(function).is_some_and(|path| paths::is_pure(&path));
        if !pure {
            self.effects.opaque = true;
            self.stack.push(function);
        }
    }

    /// A macro may expand to anything; ndarray's `s!` is a slice.
    fn invoke(&mut self, node: Node<'t>) {
        let slice = node.field("macro").is_some_and(|name| self.scopes.resolve(name).as_deref() == Some("ndarray::s"));
        self.effects.opaque |= !slice;
        self.effects.raises = true;
        for part in node.descendants() {
            match part.kind() {
                "identifier" | "self" => {
                    self.effects.reads.insert(part.text().to_string());
                    if !slice {
                        self.effects.mutates.extend(mutably_borrowed(part));
                    }
                }
                "string_content" => self.effects.reads.extend(formatted(part.text())),
                _ => {}
            }
        }
    }
}

/// `&mut x` within a macro's tokens.
fn mutably_borrowed(name: Node<'_>) -> Option<String> {
    name.previous().filter(|previous| previous.kind() == "mutable_specifier").map(|_| name.text().to_string())
}

/// The names in `{name}` of a format string.
fn formatted(text: &str) -> impl Iterator<Item = String> + '_ {
    text.match_indices('{').filter_map(|(at, _)| {
        let name: String = text[at + 1..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        (!name.is_empty()).then_some(name)
    })
}

/// The names at the root of a place or of what a value is made from.
fn roots(node: Node<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut stack = vec![node];
    while let Some(node) = stack.pop() {
        match node.kind() {
            "identifier" | "self" => found.push(node.text().to_string()),
            "field_expression" => stack.extend(node.field("value")),
            "index_expression" => stack.extend(node.named_children().next()),
            "call_expression" => {
                stack.extend(node.field("arguments"));
                stack.extend(node.field("function").filter(|function| function.kind() != "identifier"));
            }
            "macro_invocation" | "lifetime" | "type_arguments" | "scoped_identifier" => {}
            _ => stack.extend(node.named_children()),
        }
    }
    found
}
