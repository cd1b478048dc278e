//! The tree of scopes: where each node's statement stands.

use std::collections::{BTreeSet, HashMap, HashSet};

use egg::Language;

use super::blocks::{Block, Blocks};
use super::{Loops, Uses};
use crate::ir::{Id, LeafId, Node};
use crate::model::{Model, Source};

/// A scope of fewer statements stands in the one around it.
const STATEMENTS: usize = 2;

/// A scope that takes more values than this, or gives more, stands in the one around it.
pub(super) const INPUTS: usize = 6;
const RESULTS: usize = 3;

/// The whole model.
pub(super) const ROOT: usize = 0;

/// A scope as it is found in the names.
#[derive(Debug)]
pub(super) struct Draft {
    pub name: String,
    pub parent: usize,
    alive: bool,
}

/// The scopes, and the one that each node stands in.
#[derive(Debug)]
pub(super) struct Tree<'m> {
    model: &'m Model,
    uses: &'m Uses,
    pub drafts: Vec<Draft>,
    at: Vec<Option<usize>>,
}

impl<'m> Tree<'m> {
    /// The scopes that the modules of a model's nodes say, without those that make no function.
    pub fn new(model: &'m Model, uses: &'m Uses, blocks: &Blocks, loops: &Loops) -> Tree<'m> {
        let root = Draft { name: String::new(), parent: ROOT, alive: true };
        let mut tree = Tree { model, uses, drafts: vec![root], at: vec![None; model.program.types.len()] };
        tree.place(blocks);
        tree.hoist();
        tree.break_circles();
        tree.prune(loops);
        super::sections::split(model, uses, blocks, loops, &mut tree);
        tree
    }

    /// A new scope within another.
    pub fn add(&mut self, name: String, parent: usize) -> usize {
        self.drafts.push(Draft { name, parent, alive: true });
        self.drafts.len() - 1
    }

    /// Puts a node into a scope.
    pub fn put(&mut self, id: Id, scope: usize) {
        self.at[usize::from(id)] = Some(scope);
    }

    /// The scope of a node that is computed in one.
    pub fn at(&self, id: Id) -> Option<usize> {
        self.at[usize::from(id)]
    }

    /// The scopes that are left, outer before inner.
    pub fn alive(&self) -> Vec<usize> {
        (0..self.drafts.len()).filter(|scope| self.drafts[*scope].alive).collect()
    }

    /// The scope and those around it, to the root.
    pub fn around(&self, scope: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(scope), |scope| (*scope != ROOT).then(|| self.drafts[*scope].parent))
    }

    pub fn is_within(&self, scope: usize, outer: usize) -> bool {
        self.around(scope).any(|around| around == outer)
    }

    /// The innermost scope around both.
    pub fn common(&self, a: usize, b: usize) -> usize {
        self.around(b).find(|scope| self.is_within(a, *scope)).unwrap_or(ROOT)
    }

    /// The scope directly in `outer` that holds a scope within it; `None` for `outer` itself.
    pub fn child_towards(&self, outer: usize, scope: usize) -> Option<usize> {
        self.around(scope).take_while(|around| *around != outer).last()
    }

    /// The nodes within each scope that is left, in order.
    pub fn nodes(&self) -> HashMap<usize, Vec<Id>> {
        let mut nodes: HashMap<usize, Vec<Id>> = HashMap::new();
        for id in self.uses.all() {
            for scope in self.at(id).into_iter().flat_map(|scope| self.around(scope)) {
                nodes.entry(scope).or_default().push(id);
            }
        }
        nodes
    }

    /// The values from outside that nodes of a scope read, in the order in which they do. `is_own` says of a weight that the scope
    /// has it.
    pub fn inputs(&self, scope: usize, nodes: &[Id], is_own: &dyn Fn(Id) -> bool) -> Vec<Id> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        for id in nodes {
            for child in self.model.program.terms[*id].children() {
                let outside = match &self.model.program.terms[*child] {
                    Node::Op(..) => self.at(*child).is_some_and(|at| !self.is_within(at, scope)),
                    Node::Leaf(LeafId(leaf)) => match self.model.leaves.get(*leaf as usize) {
                        Some(Source::Input(_)) | None => true,
                        Some(Source::Weight(_)) => !is_own(*child),
                        // A loop stands in one scope with its rounds.
                        Some(Source::Bound) => false,
                    },
                    Node::Const(_) | Node::Attr(_) => false,
                };
                if outside && seen.insert(*child) {
                    found.push(*child);
                }
            }
        }
        found
    }

    /// The values of a scope that are read outside, or are outputs of the model.
    pub fn outputs(&self, scope: usize, nodes: &[Id]) -> Vec<Id> {
        let read_outside = |reader: &Id| self.at(*reader).is_some_and(|at| !self.is_within(at, scope));
        nodes.iter().copied().filter(|id| self.uses.is_root(*id) || self.uses.readers(*id).iter().any(read_outside)).collect()
    }

    /// Puts every node into the scope that its module names. One without a module goes where its readers are, one of several results
    /// to its maker, and what stands in a branch of a condition or in a loop to that.
    fn place(&mut self, blocks: &Blocks) {
        let mut by_path: HashMap<String, usize> = HashMap::from([(String::new(), ROOT)]);
        for id in self.uses.all().rev() {
            let Node::Op(..) = &self.model.program.terms[id] else { continue };
            if !self.uses.is_needed(id) || self.uses.length(id).is_some() {
                continue;
            }
            let scope = match (blocks.of(id), self.model.modules.get(&id)) {
                (Block::Branch { of, .. } | Block::Loop { of }, _) => self.at(of).unwrap_or(ROOT),
                (_, Some(path)) => self.named(path, &mut by_path),
                _ => {
                    let readers = self.uses.readers(id).iter().filter_map(|reader| self.at(*reader));
                    readers.reduce(|a, b| self.common(a, b)).unwrap_or(ROOT)
                }
            };
            self.at[usize::from(id)] = Some(scope);
        }
        for id in self.uses.all() {
            if let Node::Op(op, children) = &self.model.program.terms[id]
                && op.def().name == "tuple_get"
                && self.at(id).is_some()
            {
                self.at[usize::from(id)] = self.at(children[0]);
            }
        }
    }

    fn named(&mut self, path: &str, by_path: &mut HashMap<String, usize>) -> usize {
        let mut scope = ROOT;
        let mut so_far = String::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            so_far = format!("{so_far}/{part}");
            scope = *by_path.entry(so_far.clone()).or_insert_with(|| {
                self.drafts.push(Draft { name: part.to_owned(), parent: scope, alive: true });
                self.drafts.len() - 1
            });
        }
        scope
    }

    /// A value that a scope makes of values from outside, and that others read as well, stands in the scope around all of them: an
    /// exporter names what several modules compute after the first of them.
    fn hoist(&mut self) {
        loop {
            let mut moved = false;
            for id in self.uses.all() {
                let Some(scope) = self.at(id).filter(|scope| *scope != ROOT) else { continue };
                let inside = |other: Id| self.at(other).is_some_and(|at| self.is_within(at, scope));
                let readers = self.uses.readers(id);
                let shared = readers.iter().any(|r| inside(*r)) && readers.iter().any(|r| !inside(*r));
                if !shared || self.model.program.terms[id].children().iter().any(|child| inside(*child)) {
                    continue;
                }
                let around = readers.iter().filter_map(|r| self.at(*r)).fold(scope, |a, b| self.common(a, b));
                self.at[usize::from(id)] = Some(around);
                moved = true;
            }
            if !moved {
                return;
            }
        }
    }

    /// Takes apart scopes that need each other's values in turn: neither can be one call.
    fn break_circles(&mut self) {
        let mut scope = 0;
        while scope < self.drafts.len() {
            if self.drafts[scope].alive {
                while let Some(circle) = self.circle(scope) {
                    circle.into_iter().for_each(|child| self.dissolve(child));
                }
            }
            scope += 1;
        }
    }

    /// Scopes directly within one whose calls cannot be put into an order.
    fn circle(&self, scope: usize) -> Option<Vec<usize>> {
        self.children(scope).next()?;
        // A call by its scope, a node of this scope by itself.
        type Item = Result<usize, Id>;
        let item = |id: Id| -> Option<Item> {
            let at = self.at(id).filter(|at| self.is_within(*at, scope))?;
            Some(self.child_towards(scope, at).ok_or(id))
        };
        let mut waits_for: HashMap<Item, BTreeSet<Item>> = HashMap::new();
        for id in self.uses.all() {
            let Some(own) = item(id) else { continue };
            let needed = self.model.program.terms[id].children().iter().filter_map(|child| item(*child)).filter(|other| *other != own);
            waits_for.entry(own).or_default().extend(needed);
        }
        loop {
            let ready: Vec<Item> =
                waits_for.iter().filter(|(_, needs)| needs.iter().all(|n| !waits_for.contains_key(n))).map(|(i, _)| *i).collect();
            if ready.is_empty() {
                break;
            }
            ready.iter().for_each(|item| drop(waits_for.remove(item)));
        }
        // What is left waits for something that is left: following that runs into a circle.
        let mut way: Vec<Item> = vec![*waits_for.keys().min()?];
        loop {
            let next = *waits_for.get(way.last()?)?.iter().find(|n| waits_for.contains_key(n))?;
            if let Some(start) = way.iter().position(|item| *item == next) {
                return Some(way[start..].iter().filter_map(|item| item.ok()).collect()).filter(|scopes: &Vec<usize>| !scopes.is_empty());
            }
            way.push(next);
        }
    }

    /// Takes apart scopes that are too small for a function, or have too many values to pass.
    fn prune(&mut self, loops: &Loops) {
        for scope in (1..self.drafts.len()).rev() {
            let nodes = self.nodes_within(scope);
            let inputs = self.inputs(scope, &nodes, &|_| true).len();
            if self.statements(scope, &nodes, loops) < STATEMENTS || inputs > INPUTS || self.outputs(scope, &nodes).len() > RESULTS {
                self.dissolve(scope);
            }
        }
        loop {
            let nodes = self.nodes_within(ROOT);
            let children: Vec<usize> = self.children(ROOT).collect();
            match children[..] {
                [only] if self.statements(ROOT, &nodes, loops) == 1 => self.dissolve(only),
                _ => return,
            }
        }
    }

    fn nodes_within(&self, scope: usize) -> Vec<Id> {
        self.uses.all().filter(|id| self.at(*id).is_some_and(|at| self.is_within(at, scope))).collect()
    }

    fn children(&self, scope: usize) -> impl Iterator<Item = usize> {
        (1..self.drafts.len()).filter(move |child| self.drafts[*child].alive && self.drafts[*child].parent == scope)
    }

    /// The number of statements of a scope's function.
    fn statements(&self, scope: usize, nodes: &[Id], loops: &Loops) -> usize {
        let own = nodes.iter().filter(|id| self.at(**id) == Some(scope) && loops.is_host(**id) && is_statement(self.model, **id));
        self.children(scope).count() + own.count()
    }

    /// Takes a scope apart; what is in it stands in the one around it.
    pub fn dissolve(&mut self, scope: usize) {
        let parent = self.drafts[scope].parent;
        self.drafts[scope].alive = false;
        self.drafts.iter_mut().filter(|draft| draft.parent == scope).for_each(|draft| draft.parent = parent);
        self.at.iter_mut().filter(|at| **at == Some(scope)).for_each(|at| *at = Some(parent));
    }
}

/// True for ops that are computed by themselves, and are no part of several results.
pub(super) fn is_statement(model: &Model, id: Id) -> bool {
    matches!(&model.program.terms[id], Node::Op(op, _) if !matches!(op.def().name, "tuple" | "tuple_get"))
}
