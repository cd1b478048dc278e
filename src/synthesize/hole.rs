//! Functions without a body.

use super::asserts;
use super::examples::{self, ExampleError};
use super::task::Task;
use crate::facts::FileFacts;
use crate::ir::Target;
use crate::syntax::{Language, Node, Tree};

/// A function whose body is missing.
#[derive(Debug, Clone, Copy)]
pub struct Hole<'t> {
    /// The function's name.
    pub name: &'t str,
    /// The whole function.
    pub function: Node<'t>,
    /// What stands where the body should.
    pub placeholder: Node<'t>,
    /// Python: the docstring.
    pub docstring: Option<Node<'t>>,
}

/// Why a hole has no task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoleError {
    /// There is nothing that says what the function computes.
    #[error("`{0}` has no examples: expected {1}")]
    NoExamples(String, &'static str),
    /// An example cannot be read.
    #[error("line {}: {}", .0.line, .0.message)]
    Example(ExampleError),
    /// Two examples want different results of the same call.
    #[error("lines {first} and {second} contradict each other: the same arguments give different results")]
    Contradiction {
        /// The line of the first.
        first: usize,
        /// The line of the second.
        second: usize,
    },
    /// Of a parameter nothing is known.
    #[error("the type of the parameter `{0}` is unknown: {1}")]
    Parameter(String, String),
    /// The file has no library for the values.
    #[error("{0}")]
    Library(String),
}

/// The functions of a file whose body is missing, in order.
pub fn holes(tree: &Tree) -> Vec<Hole<'_>> {
    let found = |node: Node<'_>| matches!(node.kind(), "function_definition" | "function_item");
    tree.root().descendants().filter(|node| found(*node)).filter_map(hole).collect()
}

fn hole(function: Node<'_>) -> Option<Hole<'_>> {
    let name = function.field("name")?.text();
    let body = function.field("body")?;
    let mut statements = body.named_children().filter(|child| !child.is_comment());
    let first = statements.next()?;
    if function.language() == Language::Rust {
        let is_todo = |node: Node<'_>| {
            let node = if node.kind() == "expression_statement" { node.named_children().next().unwrap_or(node) } else { node };
            node.kind() == "macro_invocation" && node.field("macro").is_some_and(|name| matches!(name.text(), "todo" | "unimplemented"))
        };
        return (is_todo(first) && statements.next().is_none()).then_some(Hole { name, function, placeholder: first, docstring: None });
    }
    let only = |statement: Node<'_>| statement.named_children().next().map(Node::kind);
    let docstring = (only(first) == Some("string")).then_some(first);
    let placeholder = if docstring.is_some() { statements.next()? } else { first };
    let is_hole = placeholder.kind() == "expression_statement" && only(placeholder) == Some("ellipsis") && statements.next().is_none();
    is_hole.then_some(Hole { name, function, placeholder, docstring })
}

impl<'t> Hole<'t> {
    /// The library in which its file computes: the one that the examples name, or else that is imported.
    fn target(&self, facts: &FileFacts<'t>) -> Target {
        let names = facts.names(self.placeholder);
        let has = |path: &str| crate::dialect::Names::spell(&names, path).is_some();
        if has("torch.tensor") && !has("numpy.array") { Target::Torch } else { Target::Numpy }
    }

    /// What is to be computed.
    ///
    /// # Errors
    /// If no examples say it, or they cannot be read, contradict each other or leave open what a parameter is.
    pub fn task(&self, facts: &FileFacts<'t>, tree: &'t Tree) -> Result<Task, HoleError> {
        if self.function.language() == Language::Rust {
            return self.checked(asserts::task(self, facts, tree)?);
        }
        let mut targets = vec![self.target(facts)];
        // Where both libraries are imported, the examples say which one is meant.
        let names = facts.names(self.placeholder);
        if targets[0] == Target::Numpy && crate::dialect::Names::spell(&names, "torch.tensor").is_some() {
            targets.push(Target::Torch);
        }
        let mut first = None;
        for target in targets {
            match examples::task(self, facts, tree, target) {
                Ok(task) => return self.checked(task),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or_else(|| HoleError::NoExamples(self.name.to_owned(), "an example")))
    }

    fn checked(&self, task: Task) -> Result<Task, HoleError> {
        match task.contradiction() {
            Some((a, b)) => Err(HoleError::Contradiction { first: a.line, second: b.line }),
            None => Ok(task),
        }
    }
}
