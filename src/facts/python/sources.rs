use super::classes::{Values, attribute_name};
use super::effects::Arguments;
use super::library::{self, Effect, MethodEffect};
use crate::facts::{Class, Sources};
use crate::syntax::Node;

impl<'t> Values<'_, 't> {
    /// The names whose memory an expression's value may share.
    pub fn sources(&self, node: Node<'t>) -> Sources {
        let mut found = Sources::default();
        let mut stack = vec![node];
        while let Some(node) = stack.pop() {
            self.step(node, &mut found, &mut stack);
        }
        found
    }

    fn step(&self, node: Node<'t>, found: &mut Sources, stack: &mut Vec<Node<'t>>) {
        match node.kind() {
            "identifier" => {
                if (self.known)(node) != Some(Class::Number) {
                    found.names.insert(node.text().to_string());
                }
            }
            "integer" | "float" | "true" | "false" | "none" | "string" | "concatenated_string" | "ellipsis" => {}
            "unary_operator" | "not_operator" | "comparison_operator" => {}
            "binary_operator" => {
                // Only lists and tuples keep their operands' elements.
                let operator = node.field("operator").map_or("", |o| o.text());
                let parts = [node.field("left"), node.field("right")];
                let numeric = parts.iter().flatten().any(|part| matches!(self.class(*part), Some(Class::Array(_) | Class::Number)));
                let repeats = operator == "*" && parts.iter().flatten().any(|part| matches!(part.kind(), "list" | "tuple"));
                if (matches!(operator, "+" | "*") && !numeric) || repeats {
                    stack.extend(parts.into_iter().flatten());
                }
            }
            "attribute" => {
                if !attribute_name(node).is_some_and(library::is_plain_attribute) {
                    stack.extend(node.field("object"));
                }
            }
            "subscript" => stack.extend(node.field("value")),
            "call" => self.call_sources(node, found, stack),
            "await" | "yield" => {
                found.anything = true;
                stack.extend(node.named_children());
            }
            // A function's value keeps hold of what it captures; a comprehension's of what it iterates over.
            "lambda" | "list_comprehension" | "set_comprehension" | "dictionary_comprehension" | "generator_expression" => {
                let names = node.descendants().filter(|n| n.kind() == "identifier");
                found.names.extend(names.map(|name| name.text().to_string()));
                found.anything |= node.descendants().any(|n| n.kind() == "call");
            }
            "assignment" => stack.extend(node.field("right")),
            _ => stack.extend(node.named_children()),
        }
    }

    fn call_sources(&self, node: Node<'t>, found: &mut Sources, stack: &mut Vec<Node<'t>>) {
        let Some(function) = node.field("function") else { return };
        let arguments = Arguments::of(node);
        let in_place =
            arguments.keywords.iter().any(|(name, _)| matches!(*name, "out" | "copy" | "inplace") || name.starts_with("overwrite"));
        let fresh = if let Some(path) = self.scopes.resolve(function) {
            self.is_fresh_call(&path, &arguments)
        } else {
            let method = attribute_name(function).and_then(library::method);
            let receiver = function.field("object").filter(|_| function.kind() == "attribute");
            stack.extend(receiver);
            match (receiver.and_then(|r| self.class(r)), method) {
                (Some(Class::Number | Class::Plain), _) => true,
                (Some(Class::Array(_)), Some(MethodEffect::Fresh)) => {
                    stack.pop();
                    true
                }
                (Some(Class::Array(_)), Some(_)) => true,
                _ => {
                    found.anything = true;
                    stack.extend((function.kind() != "attribute").then_some(function));
                    false
                }
            }
        };
        if !fresh || in_place || arguments.splat {
            stack.extend(arguments.positional.iter().copied());
            stack.extend(arguments.keywords.iter().map(|(_, value)| *value));
        }
        if arguments.splat {
            stack.extend(node.field("arguments"));
        }
        let known = self.scopes.resolve(function).is_none_or(|path| library::effect(&path).is_some());
        found.anything |= !known;
    }

    fn is_fresh_call(&self, path: &str, arguments: &Arguments<'t>) -> bool {
        match library::effect(path) {
            Some(Effect::Ufunc(out) | Effect::Fresh(Some(out))) => arguments.positional.len() <= out,
            Some(Effect::Fresh(None) | Effect::Number | Effect::Text) => true,
            _ => false,
        }
    }
}
