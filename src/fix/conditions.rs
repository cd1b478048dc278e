use super::File;
use super::roles::{Role, role};
use crate::facts::Class;
use crate::ir::Target;
use crate::rules::{Check, Predicate};
use crate::syntax::Node;
use crate::syntax::pattern::{Bound, Match, without_parentheses};

/// True if a condition is known to hold (or, negated, is not known to).
pub(super) fn holds<'t>(file: File<'_, 't>, check: &Check, found: &Match<'t>) -> bool {
    let name = check.arguments.first().map_or("", String::as_str);
    let word = check.arguments.get(1).map_or("", String::as_str);
    let node = || found.node(name).map(without_parentheses);
    let class = || node().and_then(|node| file.facts.class(node));
    let role = |wanted: Role| node().is_some_and(|node| role(file, node) == Some(wanted));
    let known = match check.predicate {
        Predicate::Array => class() == Some(Class::Array(Target::Numpy)),
        Predicate::Tensor => class() == Some(Class::Array(Target::Torch)),
        Predicate::Number => class() == Some(Class::Number),
        Predicate::Literal => node().is_some_and(is_literal),
        Predicate::Name => node().is_some_and(|node| node.kind() == "identifier"),
        Predicate::Parameter => node().is_some_and(|node| node.kind() == "identifier" && file.facts.parameter_of(node).is_some()),
        Predicate::Keyword => arguments(found, name).iter().any(|argument| keyword(*argument) == Some(word)),
        Predicate::Lacks => {
            let position = check.arguments.get(2).and_then(|number| number.parse().ok());
            lacks(&arguments(found, name), word, position)
        }
        Predicate::Discarded => found.first.parent().is_some_and(|parent| parent.kind() == "expression_statement"),
        Predicate::Model => role(Role::Model),
        Predicate::Optimizer => role(Role::Optimizer),
        Predicate::Scheduler => role(Role::Scheduler),
        Predicate::Criterion => role(Role::Criterion),
        Predicate::Loader => role(Role::Loader),
        Predicate::Scaler => role(Role::Scaler),
    };
    known != check.negated
}

fn arguments<'t>(found: &Match<'t>, name: &str) -> Vec<Node<'t>> {
    match found.get(name) {
        Some(Bound::Many(nodes)) => nodes.clone(),
        Some(Bound::One(node)) => vec![*node],
        None => Vec::new(),
    }
}

/// The name of a keyword argument.
pub(super) fn keyword(argument: Node<'_>) -> Option<&str> {
    argument.field("name").filter(|_| argument.kind() == "keyword_argument").map(Node::text)
}

/// The arguments surely do not give a parameter.
pub(super) fn lacks(arguments: &[Node<'_>], name: &str, position: Option<usize>) -> bool {
    let mut positional = 0;
    for argument in arguments {
        match argument.kind() {
            "dictionary_splat" | "list_splat" => return false,
            "keyword_argument" if keyword(*argument) == Some(name) => return false,
            "keyword_argument" => {}
            _ => positional += 1,
        }
    }
    position.is_none_or(|position| positional <= position)
}

fn is_literal(node: Node<'_>) -> bool {
    match node.kind() {
        "integer" | "float" | "true" | "false" | "none" | "string" | "integer_literal" | "float_literal" | "boolean_literal"
        | "string_literal" => true,
        "unary_operator" | "list" | "tuple" | "set" => node.named_children().filter(|child| !child.is_comment()).all(is_literal),
        _ => false,
    }
}
