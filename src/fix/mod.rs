//! Rule passes that mend errors: the pages of `rules/fix/`, applied to a file in one walk.
//!
//! A page's `fix` blocks are patterns with conditions and edits; what is too clever for a pattern is a pass in Rust with a page as its
//! face (`native`). Both give [`Mend`]s: what was found and the edits that mend it.

mod conditions;
mod edits;
mod imports;
mod native;
mod passes;
mod render;
mod roles;
mod shapes;
mod training;
mod walk;
mod words;

pub use walk::Fixer;
pub use words::{Words, WordsIn};

use crate::dialect::Names;
use crate::facts::{FileFacts, ScopedNames};
use crate::rules::Safety;
use crate::syntax::{Edit, Node, Span, Tree};

/// An error that was found, with the edits that mend it.
#[derive(Debug, Clone)]
pub struct Mend {
    /// The rule that found it.
    pub rule: String,
    /// Whether the edits may be made without being looked at.
    pub safety: Safety,
    /// What was found.
    pub span: Span,
    /// What is said of it.
    pub message: String,
    /// What mends it; none if it can only be shown. No two overlap.
    pub edits: Vec<Edit>,
    /// How many of the edits, the first ones, add the imports that the others need.
    pub imports: usize,
}

/// The file that is looked at.
#[derive(Clone, Copy)]
struct File<'a, 't> {
    tree: &'t Tree,
    facts: &'a FileFacts<'t>,
    training: &'a training::Training<'t>,
}

impl<'a, 't> File<'a, 't> {
    fn text(self) -> &'t str {
        self.tree.text()
    }

    fn names(self, at: Node<'t>) -> ScopedNames<'a, 't> {
        self.facts.names(at)
    }

    /// The path that a name or chain of names means.
    fn resolve(self, node: Node<'_>) -> Option<String> {
        self.facts.names(self.tree.root()).resolve(node)
    }
}
