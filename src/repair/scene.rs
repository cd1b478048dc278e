use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::files::{FileEdit, Files};
use super::macros;
use super::problem::{Mark, Problem};
use crate::syntax::{Edit, Node, Span, Tree};

/// The crate's files with their trees, each parsed when it is asked for.
pub(super) struct Trees<'a> {
    files: &'a Files,
    trees: BTreeMap<&'a Path, OnceCell<Tree>>,
}

/// An error and what is around it.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub trees: &'a Trees<'a>,
    pub problem: &'a Problem,
}

impl<'a> Trees<'a> {
    pub fn new(files: &'a Files) -> Trees<'a> {
        Trees { files, trees: files.iter().map(|(path, _)| (path.as_path(), OnceCell::new())).collect() }
    }

    pub fn of(&self, file: &Path) -> Option<&Tree> {
        let text = self.files.get(file)?;
        Some(self.trees.get(file)?.get_or_init(|| macros::tree(text)))
    }

    /// All files, in the order of their paths.
    pub fn all(&self) -> impl Iterator<Item = (&Path, &Tree)> {
        self.files.iter().filter_map(|(path, _)| Some((path.as_path(), self.of(path)?)))
    }

    /// The smallest node that spans what is marked.
    pub fn node(&self, mark: &Mark) -> Option<Node<'_>> {
        self.of(&mark.file)?.node_at(mark.span)
    }
}

impl<'a> Scene<'a> {
    /// The file that the error is in.
    pub fn file(self) -> &'a PathBuf {
        &self.problem.mark.file
    }

    /// The smallest node that spans what the error marks.
    pub fn node(self) -> Option<Node<'a>> {
        self.trees.node(&self.problem.mark)
    }

    /// The function around the error.
    pub fn function(self) -> Option<Node<'a>> {
        self.node().and_then(|node| above(node, &["function_item"]))
    }
}

/// The node or the nearest one above it that is of one of these kinds.
pub(super) fn above<'t>(node: Node<'t>, kinds: &[&str]) -> Option<Node<'t>> {
    let mut next = Some(node);
    while let Some(node) = next {
        if kinds.contains(&node.kind()) {
            return Some(node);
        }
        next = node.parent();
    }
    None
}

/// A replacement in a file.
pub(super) fn replacement(file: &Path, span: Span, text: impl Into<String>) -> FileEdit {
    FileEdit { file: file.to_owned(), edit: Edit { span, text: text.into() } }
}
