use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::dialect::Form;
use crate::facts::{Effects, Ground};
use crate::ir::{Dim, Id, Program};
use crate::syntax::Node;

/// A straight-line run of statements, or one isolated expression, as terms.
#[derive(Debug)]
pub struct Region<'t> {
    /// The terms. Roots are the terms of the sites that [`Site::root`] numbers.
    pub program: Program,
    /// On what the type of each leaf rests.
    pub grounds: Vec<Ground>,
    /// The places in the text that hold a value of the program, in order.
    pub sites: Vec<Site<'t>>,
    /// The function that contains the region, or the root of the file.
    pub function: Node<'t>,
    pub(super) origins: HashMap<usize, Origin<'t>>,
    /// How often a name had been bound within the region when the leaf was read.
    pub(super) leaf_versions: Vec<(String, usize)>,
    /// How each leaf is used in Rust.
    pub(super) leaf_forms: Vec<Form>,
    /// Rust: the names of whose memory each leaf may hold a view.
    pub(super) leaf_borrows: Vec<BTreeSet<String>>,
    /// Names bound within the region, with the statement that binds them.
    pub(super) bindings: Vec<(String, usize)>,
    /// Rust: names out of which a statement moves the value.
    pub(super) moves: Vec<(String, usize)>,
    /// Integer names that stand for lengths.
    pub(super) sizes: BTreeMap<String, Dim>,
    /// Expressions that are known to be these lengths, with their statements: `len(x)` says more than its number.
    pub(super) lengths: BTreeMap<i64, (String, usize)>,
    /// The statements' syntax nodes; a site's `statement` is an index into it.
    pub(super) statements: Vec<Node<'t>>,
    /// All identifiers of the function: new names avoid them.
    pub(super) taken: BTreeSet<String>,
    /// The loop of which the region's statements are the body, or a part of it.
    pub(super) enclosing: Option<Enclosing<'t>>,
}

/// A loop around a region.
#[derive(Debug, Clone)]
pub(super) struct Enclosing<'t> {
    /// The whole loop.
    pub statement: Node<'t>,
    /// What its head and all of its body may do.
    pub effects: Effects,
    /// Names that are bound once in the function, to a fresh value.
    pub fresh: BTreeSet<String>,
    /// Names that are never bound in the function but by its parameters.
    pub given: BTreeSet<String>,
}

/// A place in the text whose value is a term.
#[derive(Debug, Clone)]
pub struct Site<'t> {
    /// The expression.
    pub node: Node<'t>,
    /// Its term.
    pub term: Id,
    /// Which statement of the region it is in.
    pub statement: usize,
    /// What becomes of the value.
    pub kind: SiteKind<'t>,
    /// Index among the program's roots; `None` for a binding that only the region itself reads.
    pub root: Option<usize>,
}

/// What becomes of a site's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteKind<'t> {
    /// It is bound to a name by a statement of its own.
    Binding {
        /// The name.
        name: &'t str,
    },
    /// It is the new value of an array that the statement changes in place; the term is an op of [`crate::ir::Group::Update`].
    Update {
        /// The array's name.
        name: &'t str,
        /// How the name holds it.
        form: Form,
    },
    /// Something outside the program takes it: a call, a `return`, a condition.
    Expression,
}

/// Where a term came from: the syntax node's operands as they were lowered.
#[derive(Debug, Clone)]
pub(super) struct Origin<'t> {
    pub term: Id,
    pub operands: Vec<Node<'t>>,
}

impl<'t> Region<'t> {
    /// The name that holds a site's value from its statement on.
    pub fn binding_name(site: &Site<'t>) -> Option<&'t str> {
        match site.kind {
            SiteKind::Binding { name } | SiteKind::Update { name, .. } => Some(name),
            SiteKind::Expression => None,
        }
    }

    /// An expression and all below it that was lowered with it, parents first.
    pub(super) fn lowered(&self, node: Node<'t>) -> Vec<Node<'t>> {
        let mut found = Vec::new();
        let mut stack = vec![node];
        while let Some(node) = stack.pop() {
            if let Some(origin) = self.origins.get(&node.id()) {
                found.push(node);
                stack.extend(origin.operands.iter().rev().copied());
            }
        }
        found
    }

    /// How a name that is bound in the region holds its value.
    pub(super) fn held_form(&self, name: &str) -> Form {
        let update = self.sites.iter().find_map(|site| match site.kind {
            SiteKind::Update { name: updated, form } if updated == name => Some(form),
            _ => None,
        });
        update.unwrap_or(Form::Place)
    }

    /// A statement moves the value out of a name that a text reads.
    pub(super) fn moves(&self, text: &str, statement: usize) -> bool {
        let words = || text.split(|c: char| !c.is_alphanumeric() && c != '_');
        self.moves.iter().any(|(name, at)| *at == statement && words().any(|word| word == name))
    }

    /// How often a name has been bound in the region before a statement.
    pub(super) fn version(&self, name: &str, statement: usize) -> usize {
        self.bindings.iter().filter(|(n, at)| n == name && *at < statement).count()
    }
}
