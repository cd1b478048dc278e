//! Lossless syntax trees, spans and edits. No other module knows tree-sitter.

mod edit;
mod lines;
mod node;
mod outline;
pub mod pattern;
mod tree;

pub use edit::{Edit, OverlapError, apply};
pub use lines::{LineIndex, Position};
pub use node::{Children, Node, Step, Walk};
pub use outline::{FunctionText, python_foreign_lines, python_functions};
pub use tree::Tree;

pub use crate::ir::Language;

/// A range of bytes of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to `end`.
    pub fn new(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    /// True if `other` lies within it, ends included.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Number of bytes.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// True if there is no byte in it.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests;
