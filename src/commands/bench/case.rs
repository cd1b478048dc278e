//! What there is to measure in a file: its new text, and the functions that differ.

use std::path::PathBuf;

use super::super::rewriting::{Allowed, Job};
use crate::facts::{Fact, FileFacts, Ground};
use crate::ir::{Symbol, Target};
use crate::syntax::{Language, Node, Tree};

/// The length of an axis of which only a symbol is known. All are the same, so that operands fit each other.
const LENGTH: i64 = 256;

/// A file of which something was rewritten.
#[derive(Debug)]
pub(in crate::commands) struct Case {
    pub(in crate::commands) path: PathBuf,
    pub(in crate::commands) language: Language,
    pub(in crate::commands) old: String,
    pub(in crate::commands) new: String,
    pub(in crate::commands) rules: Vec<String>,
    /// On what the rewriting rests at its weakest.
    pub(in crate::commands) ground: Ground,
    pub(in crate::commands) functions: Vec<Function>,
}

/// A function that was rewritten.
#[derive(Debug)]
pub(in crate::commands) struct Function {
    pub(in crate::commands) name: String,
    /// The function of the file that gives its arguments, if there is one.
    pub(in crate::commands) example: Option<String>,
    /// What its parameters are; `Err` says of which nothing is known.
    pub(in crate::commands) parameters: Result<Vec<Parameter>, String>,
}

/// What can be drawn for a parameter.
#[derive(Debug)]
pub(in crate::commands) struct Parameter {
    /// NumPy or PyTorch, `None` for a Python number.
    pub(in crate::commands) library: Option<&'static str>,
    /// The dtype, as the IR names it.
    pub(in crate::commands) dtype: &'static str,
    pub(in crate::commands) lengths: Vec<usize>,
    /// Rust: the type as written.
    pub(in crate::commands) written: String,
}

impl Case {
    /// Rewrites a file as `optimize --write --recorded` does; `None` if nothing changes.
    pub(super) fn of(job: &Job, text: &str) -> anyhow::Result<Option<Case>> {
        let new = job.rewritten(text, Allowed { recorded: true, unsafe_fixes: false })?;
        if new == text {
            return Ok(None);
        }
        let (found, _) = job.findings(text)?;
        let ground = found.iter().filter_map(|finding| finding.ground).max().unwrap_or(Ground::Inferred);
        let mut rules: Vec<String> = Vec::new();
        for rule in found.into_iter().flat_map(|finding| finding.rules) {
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        Ok(Some(Case::between(job, text, new, rules, ground)))
    }

    /// What differs between two texts of a file, the second of which is the first by these rules.
    pub(in crate::commands) fn between(job: &Job, text: &str, new: String, rules: Vec<String>, ground: Ground) -> Case {
        let (tree, new_tree) = (Tree::parse(job.language, text), Tree::parse(job.language, new.as_str()));
        let facts = FileFacts::new(&tree, job.outside);
        let after = functions(&new_tree);
        let before = functions(&tree);
        let examples = examples(&tree);
        let example = |name: &str| examples.iter().find(|(of, _)| of == name).map(|(_, example)| example.clone());
        let changed: Vec<_> = before
            .iter()
            .filter(|(name, function)| after.iter().any(|(other, new)| other == name && new.text() != function.text()))
            .collect();
        // What a function calls is measured in it.
        let through = !examples.is_empty() && changed.iter().any(|(name, _)| example(name).is_none());
        let measured = if through { before.iter().filter(|(name, _)| example(name).is_some()).collect() } else { changed };
        let functions = measured.into_iter().map(|(name, function)| Function {
            name: name.clone(),
            example: example(name),
            parameters: parameters(&facts, *function),
        });
        Case { path: job.path.to_owned(), language: job.language, functions: functions.collect(), old: text.to_owned(), new, rules, ground }
    }
}

/// The functions that have an example, and its name: `example_NAME` is that of `NAME`, `example` that of the function before it.
pub(super) fn examples(tree: &Tree) -> Vec<(String, String)> {
    let names: Vec<String> = functions(tree).into_iter().map(|(name, _)| name).collect();
    let function = |place: usize, name: &String| match name.strip_prefix("example")? {
        "" => names[..place].iter().rev().find(|other| !other.starts_with("example")).cloned(),
        own => names.iter().find(|other| Some(other.as_str()) == own.strip_prefix('_')).cloned(),
    };
    names.iter().enumerate().filter_map(|(place, name)| Some((function(place, name)?, name.clone()))).collect()
}

/// The functions of the module itself, by name. A method would need an object, a nested function its surroundings.
fn functions(tree: &Tree) -> Vec<(String, Node<'_>)> {
    let whole = |node: Node<'_>| match node.kind() {
        "function_definition" | "function_item" => true,
        "decorated_definition" => node.field("definition").is_some_and(|inner| inner.kind() == "function_definition"),
        _ => false,
    };
    let named = |node: Node<'_>| node.field("definition").unwrap_or(node).field("name").map(|name| name.text().to_owned());
    tree.root().named_children().filter(|node| whole(*node)).filter_map(|node| Some((named(node)?, node))).collect()
}

fn parameters<'t>(facts: &FileFacts<'t>, function: Node<'t>) -> Result<Vec<Parameter>, String> {
    let function = function.field("definition").unwrap_or(function);
    let entry = facts.entry(function);
    let mut parameters = Vec::new();
    for node in function.field("parameters").into_iter().flat_map(Node::named_children).filter(|node| !node.is_comment()) {
        let name = parameter_name(node);
        let written = node.field("type").map_or_else(String::new, |written| written.text().to_owned());
        match entry.get(name).and_then(|fact| drawn(fact, &written)) {
            Some(parameter) => parameters.push(parameter),
            // The rest has defaults too.
            None if node.field("value").is_some() => break,
            None => return Err(format!("what `{name}` is, is not known; a function `example` can give the arguments")),
        }
    }
    Ok(parameters)
}

fn parameter_name(node: Node<'_>) -> &str {
    let named = node.field("name").or_else(|| node.field("pattern"));
    named.or_else(|| node.named_children().next()).unwrap_or(node).text()
}

fn drawn(fact: &Fact, written: &str) -> Option<Parameter> {
    let length = |_: &Symbol| Some(LENGTH);
    let library = match fact.library {
        Some(Target::Numpy) => Some("numpy"),
        Some(Target::Torch) => Some("torch"),
        _ => None,
    };
    let dtype = fact.ty.dtype().map_or("f64", |dtype| dtype.name());
    Some(Parameter { library, dtype, lengths: fact.ty.shape().value(&length)?, written: written.to_owned() })
}
