//! What is known of a name at a point, and on what ground.
//!
//! A file's scopes are read in one walk when [`FileFacts`] is made; the rest is worked out when it is asked for. What is
//! not known for sure is unknown.

mod names;
mod outside;
mod python;

use std::cell::OnceCell;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::ir::{Target, Type};
use crate::syntax::{Language, Node, Tree};

pub use names::ScopedNames;
pub use outside::Outside;

/// On what a fact rests, the firmest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ground {
    /// The file says so: an annotation, a docstring, a type.
    Declared,
    /// It follows from the code: a constructor, an assertion, a use that would fail otherwise.
    Inferred,
    /// So it was in every call of a recorded run.
    Recorded {
        /// How many calls were seen.
        calls: u32,
    },
}

/// What is known of a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Its type.
    pub ty: Type,
    /// Whose array it is: an `ndarray`, a tensor, a Rust value. `None` for a Python number.
    pub library: Option<Target>,
    /// On what the fact rests.
    pub ground: Ground,
}

/// The facts of one file.
#[derive(Debug)]
pub struct FileFacts<'t> {
    scopes: FileScopes<'t>,
    outside: Outside,
    entries: FxHashMap<usize, OnceCell<BTreeMap<String, Fact>>>,
}

#[derive(Debug)]
enum FileScopes<'t> {
    Python(python::Scopes<'t>),
    Rust,
}

impl<'t> FileFacts<'t> {
    /// Reads a file's scopes, in one walk.
    pub fn new(tree: &'t Tree, outside: &Outside) -> Self {
        let scopes = match tree.language() {
            Language::Python => FileScopes::Python(python::Scopes::new(tree.root())),
            Language::Rust => FileScopes::Rust,
        };
        FileFacts { scopes, outside: outside.clone(), entries: FxHashMap::default() }
    }

    /// The meaning of names at a place.
    pub fn names(&self, at: Node<'t>) -> ScopedNames<'_, 't> {
        ScopedNames::new(self, at.span().start)
    }
}
