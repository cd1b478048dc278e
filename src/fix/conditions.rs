use super::File;
use super::roles::{Role, role};
use super::shapes;
use crate::facts::Class;
use crate::ir::Target;
use crate::rules::{Check, Predicate};
use crate::syntax::Node;
use crate::syntax::pattern::{Bound, Match, without_parentheses};

/// True if a condition is known to hold (or, negated, is not known to).
pub(super) fn holds<'t>(file: File<'_, 't>, check: &Check, found: &Match<'t>) -> bool {
    let name = check.arguments.first().map_or("", String::as_str);
    let word = check.arguments.get(1).map_or("", String::as_str);
    let node = || if name.is_empty() { Some(found.first) } else { found.node(name).map(without_parentheses) };
    let words = || check.arguments.iter().skip(1).map(String::as_str);
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
        Predicate::Written => is_written(found.first),
        Predicate::Device => node().is_some_and(|node| shapes::is_device(file, node)),
        Predicate::DType => node().is_some_and(|node| shapes::is_dtype(file, node)),
        Predicate::Rank => node().and_then(|node| shapes::rank(file, node)).is_some_and(|rank| word.parse() == Ok(rank)),
        Predicate::Many => node().is_some_and(|node| shapes::has_many(file, node)),
        Predicate::Integers => {
            let dtype = node().and_then(|node| shapes::fact(file, node)).and_then(|fact| fact.ty.dtype());
            dtype.is_some_and(|dtype| dtype.is_int())
        }
        Predicate::Text => node().is_some_and(|node| words().any(|word| node.text() == word)),
        Predicate::Named => node().and_then(last_name).is_some_and(|name| words().any(|word| has_word(name, word))),
        Predicate::Fresh => node().is_some_and(|node| shapes::is_fresh(file, node)),
        Predicate::Numeral => node().is_some_and(is_numeral),
        Predicate::Small => node().is_some_and(|node| is_small(file, node)),
        Predicate::Leaf => node().is_some_and(|node| shapes::is_leaf(file, node)),
        Predicate::Column => node().is_some_and(|node| shapes::is_column(file, node)),
        Predicate::Binds => {
            let bound = found.node(word).map_or("", Node::text);
            let binds = |statement: Node<'t>| statement.descendants().any(|node| node.text() == bound && is_binding(node));
            arguments(found, name).into_iter().any(binds)
        }
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
            "dictionary_splat" => return false,
            // What can only be a keyword is not among these.
            "list_splat" if position.is_some() => return false,
            "list_splat" => {}
            "keyword_argument" if keyword(*argument) == Some(name) => return false,
            "keyword_argument" => {}
            _ => positional += 1,
        }
    }
    position.is_none_or(|position| positional <= position)
}

/// A number as the text has it.
fn is_numeral(node: Node<'_>) -> bool {
    let negative = node.kind() == "unary_operator" && node.field("argument").is_some_and(is_numeral);
    negative || matches!(node.kind(), "integer" | "float")
}

/// A number, or a name for one, that keeps a logarithm or a quotient finite.
pub(super) fn is_small<'t>(file: File<'_, 't>, node: Node<'t>) -> bool {
    let value = |node: Node<'_>| node.text().replace('_', "").parse::<f64>().ok();
    let is = |node: Node<'_>| value(node).is_some_and(|value| value > 0.0 && value <= 1e-3);
    match node.kind() {
        "float" => is(node),
        "identifier" => {
            let named = matches!(node.text().to_ascii_lowercase().as_str(), "eps" | "epsilon" | "tiny");
            match file.facts.values_of(node) {
                Some(values) => values.into_iter().all(is),
                None => named,
            }
        }
        "attribute" => matches!(node.field("attribute").map_or("", Node::text), "eps" | "epsilon" | "tiny"),
        _ => false,
    }
}

/// The identifier stands where it gets a value.
fn is_binding(node: Node<'_>) -> bool {
    if node.kind() != "identifier" {
        return false;
    }
    let above = std::iter::successors(Some(node), |node| node.parent());
    above.zip(std::iter::successors(node.parent(), |node| node.parent())).take(8).any(|(inner, outer)| {
        let fields: &[&str] = match outer.kind() {
            "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" => &["left"],
            "named_expression" | "function_definition" | "class_definition" => &["name"],
            "as_pattern" => &["alias"],
            _ => &[],
        };
        fields.iter().any(|field| outer.field(field) == Some(inner))
    })
}

/// It, or a part of it, is assigned to, deleted, or the receiver of a method that changes it.
fn is_written(node: Node<'_>) -> bool {
    let mut node = node;
    while let Some(parent) = node.parent() {
        let is = |field: &str| parent.field(field) == Some(node);
        match parent.kind() {
            "subscript" if is("value") => {}
            "attribute" if is("object") => {
                let name = parent.field("attribute").map_or("", Node::text);
                let called = parent.parent().is_some_and(|call| call.kind() == "call" && call.field("function") == Some(parent));
                if called {
                    return name.ends_with('_');
                }
            }
            "assignment" | "augmented_assignment" => return is("left"),
            "pattern_list" | "tuple_pattern" | "list_pattern" | "delete_statement" => return true,
            _ => return false,
        }
        node = parent;
    }
    false
}

/// The name, or the last of a chain of names.
fn last_name(node: Node<'_>) -> Option<&str> {
    match node.kind() {
        "identifier" => Some(node.text()),
        "attribute" => node.field("attribute").map(Node::text),
        "subscript" => node.field("value").and_then(last_name),
        "call" => node.field("function").and_then(last_name),
        _ => None,
    }
}

/// `test_loader` and `TestLoader` have the word `test`.
fn has_word(name: &str, word: &str) -> bool {
    name.match_indices(|c: char| c.is_ascii_alphabetic()).any(|(at, _)| {
        let begins = at == 0 || !name.as_bytes()[at - 1].is_ascii_alphabetic() || name.as_bytes()[at].is_ascii_uppercase();
        let rest = name.get(at..at + word.len()).filter(|_| begins);
        let ends = name.as_bytes().get(at + word.len()).is_none_or(|byte| !byte.is_ascii_lowercase());
        ends && rest.is_some_and(|rest| rest.eq_ignore_ascii_case(word))
    })
}

fn is_literal(node: Node<'_>) -> bool {
    match node.kind() {
        "integer" | "float" | "true" | "false" | "none" | "string" | "integer_literal" | "float_literal" | "boolean_literal"
        | "string_literal" => true,
        "unary_operator" | "list" | "tuple" | "set" => node.named_children().filter(|child| !child.is_comment()).all(is_literal),
        _ => false,
    }
}
