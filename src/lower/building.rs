use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::alias::bases;
use super::environment::{Environment, Known};
use super::lengths;
use super::region::{Origin, Region, Site, SiteKind};
use crate::dialect::{Dialect, Form, Lowering, Names};
use crate::facts::{Ground, ScopedNames};
use crate::ir::{DType, Dim, Group, Id, Leaf, LeafId, Node as Term, ProgramBuilder, Target, Type};
use crate::syntax::Node;

/// Expressions nested deeper than this stay text.
const MAX_DEPTH: usize = 100;
/// A region with more terms than this ends; what follows begins a new one.
const MAX_TERMS: usize = 400;

/// A region that is being put together.
pub(super) struct Building<'t> {
    builder: ProgramBuilder,
    grounds: Vec<Ground>,
    leaf_versions: Vec<(String, usize)>,
    leaf_forms: Vec<Form>,
    leaf_borrows: Vec<BTreeSet<String>>,
    /// The leaf of each name as it stands now.
    leaves: HashMap<String, Id>,
    /// The term that each name bound in the region holds now.
    pub bound: HashMap<String, Id>,
    origins: HashMap<usize, Origin<'t>>,
    /// What each node was lowered to under each dtype that its context gave to literals; `None` if it was not understood.
    tried: HashMap<(usize, Option<DType>), Option<Id>>,
    /// Integer names that stand for lengths, to print them by.
    sizes: BTreeMap<String, Dim>,
    /// Expressions of the text, other than numbers, whose value is known to be this length, with the statement that they are in.
    lengths: BTreeMap<i64, (String, usize)>,
    sites: Vec<Site<'t>>,
    statements: Vec<Node<'t>>,
    bindings: Vec<(String, usize)>,
    moves: Vec<(String, usize)>,
}

impl<'t> Building<'t> {
    pub fn new(target: Target) -> Self {
        Building {
            builder: ProgramBuilder::new(target),
            grounds: Vec::new(),
            leaf_versions: Vec::new(),
            leaf_forms: Vec::new(),
            leaf_borrows: Vec::new(),
            leaves: HashMap::new(),
            bound: HashMap::new(),
            origins: HashMap::new(),
            tried: HashMap::new(),
            sizes: BTreeMap::new(),
            lengths: BTreeMap::new(),
            sites: Vec::new(),
            statements: Vec::new(),
            bindings: Vec::new(),
            moves: Vec::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }

    pub fn is_full(&self) -> bool {
        self.builder.len() > MAX_TERMS
    }

    pub fn begin_statement(&mut self, node: Node<'t>) -> usize {
        self.statements.push(node);
        self.statements.len() - 1
    }

    pub fn is_op(&self, term: Id) -> bool {
        matches!(self.builder.node(term), Term::Op(..))
    }

    pub fn is_const(&self, term: Id) -> bool {
        matches!(self.builder.node(term), Term::Const(_))
    }

    pub fn site(&mut self, node: Node<'t>, term: Id, statement: usize, kind: SiteKind<'t>) {
        self.sites.push(Site { node, term, statement, kind, root: None });
    }

    /// From this statement on the name holds another value, or its value has changed.
    pub fn rebind(&mut self, name: &str, statement: usize) {
        self.bindings.push((name.to_owned(), statement));
        self.leaves.remove(name);
        self.bound.remove(name);
    }

    /// After this statement the name holds nothing.
    pub fn moved(&mut self, name: &str, statement: usize) {
        self.rebind(name, statement);
        self.moves.push((name.to_owned(), statement));
    }

    /// What a name that is bound to a term holds.
    pub fn known(&self, term: Id, environment: &Environment, target: Target) -> Known {
        let ty = self.builder.ty(term).clone();
        let library = (!ty.is_weak()).then_some(target);
        let mut ground = Ground::Declared;
        let mut stack = vec![term];
        let mut seen = BTreeSet::new();
        while let Some(id) = stack.pop() {
            if !seen.insert(id) {
                continue;
            }
            match self.builder.node(id) {
                Term::Leaf(leaf) => ground = ground.max(self.grounds[leaf.0 as usize]),
                Term::Op(_, args) => stack.extend(args.iter().copied()),
                _ => {}
            }
        }
        let dim = match self.builder.node(term) {
            Term::Leaf(leaf) => environment.get(&self.leaf_versions[leaf.0 as usize].0).and_then(|known| known.dim.clone()),
            _ => None,
        };
        let borrows = if target == Target::Rust { self.borrows(term) } else { BTreeSet::new() };
        Known { ty, library, ground, dim, form: Form::Place, borrows }
    }

    /// The names of whose memory a term's value may hold a view.
    fn borrows(&self, term: Id) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for base in bases(self.builder.program(), term) {
            match self.builder.node(base.0) {
                Term::Leaf(leaf) => {
                    let leaf = leaf.0 as usize;
                    names.insert(self.leaf_versions[leaf].0.clone());
                    names.extend(self.leaf_borrows[leaf].iter().cloned());
                }
                _ => names.extend(self.bound.iter().filter(|(_, bound)| **bound == base.0).map(|(name, _)| name.clone())),
            }
        }
        names
    }

    /// The term's value is an array of its own, no view.
    pub fn is_fresh(&self, term: Id) -> bool {
        self.is_op(term) && bases(self.builder.program(), term).into_keys().eq([term])
    }

    /// What the place of an update held before.
    pub fn old_value(&self, update: Id) -> Option<Id> {
        match self.builder.node(update) {
            Term::Op(op, args) if op.def().group == Group::Update => args.first().copied(),
            _ => None,
        }
    }

    /// The old and the new array of a `replace`.
    pub fn replacement(&self, update: Id) -> Option<(Id, Id)> {
        match self.builder.node(update) {
            Term::Op(op, args) if op.def().name == "replace" => Some((args[0], args[1])),
            _ => None,
        }
    }

    /// A term is made of another.
    pub fn reads(&self, term: Id, of: Id) -> bool {
        let mut seen = BTreeSet::new();
        let mut stack = vec![term];
        while let Some(id) = stack.pop() {
            if id == of {
                return true;
            }
            if let Term::Op(_, args) = self.builder.node(id) {
                stack.extend(args.iter().filter(|arg| seen.insert(**arg)));
            }
        }
        false
    }

    /// From this statement on a place holds a new value in its old memory, of which no view is read any more.
    pub fn update(&mut self, name: &str, term: Id, statement: usize) {
        let Some(old) = self.old_value(term) else { return };
        let own = bases(self.builder.program(), old);
        let shares = |value: Id| bases(self.builder.program(), value).keys().any(|base| own.contains_key(base));
        let leaf_shares = |leaf: Id| {
            shares(leaf) || leaf_of(self.builder.node(leaf)).is_some_and(|leaf| self.leaf_borrows[leaf.0 as usize].contains(name))
        };
        let mut views: BTreeSet<String> = self.bound.iter().filter(|(_, value)| shares(**value)).map(|(view, _)| view.clone()).collect();
        views.extend(self.leaves.iter().filter(|(_, leaf)| leaf_shares(**leaf)).map(|(view, _)| view.clone()));
        views.insert(name.to_owned());
        for view in views {
            self.rebind(&view, statement);
        }
        self.bound.insert(name.to_owned(), term);
    }

    /// The region, unless it has nothing to offer. `live(name, consumed)` tells if a name bound here is read by more than
    /// the `consumed` identifiers that the region itself accounts for.
    pub fn finish(mut self, function: Node<'t>, taken: BTreeSet<String>, live: &dyn Fn(&str, usize) -> bool) -> Option<Region<'t>> {
        let mut roots = Vec::new();
        let consumed = self.consumed();
        let overwritten: Vec<bool> = (0..self.sites.len()).map(|index| self.is_overwritten(index, consumed[index])).collect();
        for ((site, consumed), overwritten) in self.sites.iter_mut().zip(consumed).zip(overwritten) {
            let kept = match site.kind {
                SiteKind::Binding { name } => live(name, consumed),
                SiteKind::Update { .. } => !overwritten,
                SiteKind::Expression => true,
            };
            if kept {
                site.root = Some(roots.len());
                roots.push(site.term);
            }
        }
        if roots.is_empty() {
            return None;
        }
        Some(Region {
            program: self.builder.finish(roots),
            grounds: self.grounds,
            sites: self.sites,
            function,
            origins: self.origins,
            sizes: self.sizes,
            lengths: self.lengths,
            leaf_versions: self.leaf_versions,
            leaf_forms: self.leaf_forms,
            leaf_borrows: self.leaf_borrows,
            bindings: self.bindings,
            moves: self.moves,
            statements: self.statements,
            taken,
            enclosing: None,
        })
    }

    /// The very next statement changes the same place again, and only terms of that statement read what this update left there.
    fn is_overwritten(&self, index: usize, consumed: usize) -> bool {
        let SiteKind::Update { name, .. } = self.sites[index].kind else { return false };
        let next = self.sites[index].statement + 1;
        let again = |site: &Site| site.statement == next && matches!(site.kind, SiteKind::Update { name: other, .. } if other == name);
        let read = || self.statements[next].descendants().filter(|node| node.kind() == "identifier" && node.text() == name).count();
        self.sites.iter().any(again) && read() == consumed
    }

    /// For each binding site, how many identifiers of the region's own sites read that binding.
    fn consumed(&self) -> Vec<usize> {
        let mut counts = vec![0; self.sites.len()];
        for site in &self.sites {
            let mut stack = vec![site.node];
            while let Some(node) = stack.pop() {
                let Some(origin) = self.origins.get(&node.id()) else { continue };
                if node.kind() == "identifier" {
                    let binder = self
                        .sites
                        .iter()
                        .rposition(|binding| binding.statement < site.statement && Region::binding_name(binding) == Some(node.text()));
                    if let Some(binder) = binder {
                        counts[binder] += 1;
                    }
                }
                stack.extend(origin.operands.iter().copied());
            }
        }
        counts
    }
}

/// Lowers expressions into a region under an environment.
pub(super) struct Lowerer<'a, 't> {
    building: &'a mut Building<'t>,
    names: &'a ScopedNames<'a, 't>,
    environment: &'a Environment,
    target: Target,
    /// The operands met so far by each expression under way.
    frames: Vec<Vec<Node<'t>>>,
}

impl<'a, 't> Lowerer<'a, 't> {
    pub fn new(building: &'a mut Building<'t>, names: &'a ScopedNames<'a, 't>, environment: &'a Environment, target: Target) -> Self {
        Lowerer { building, names, environment, target, frames: Vec::new() }
    }

    /// The term of an expression; `None` if any part of it is not understood.
    pub fn lower(&mut self, node: Node<'t>) -> Option<Id> {
        if self.building.is_full() { None } else { self.value(node, None) }
    }

    /// The term of a statement's expression that changes a place.
    pub fn lower_update(&mut self, node: Node<'t>) -> Option<Id> {
        if self.building.is_full() {
            return None;
        }
        self.frames.push(Vec::new());
        let term = Dialect::of(self.target).lower_update(node, self);
        let operands = self.frames.pop().unwrap_or_default();
        if let Some(term) = term {
            self.building.origins.insert(node.id(), Origin { term, operands });
        }
        term
    }

    /// The size that an expression stands for.
    pub fn size(&mut self, node: Node<'t>) -> Option<Dim> {
        match node.kind() {
            "integer" | "integer_literal" => node.text().parse().ok().map(Dim::known),
            "identifier" => {
                let dim = self.environment.get(node.text())?.dim.clone()?;
                self.building.sizes.insert(node.text().to_owned(), dim.clone());
                Some(dim)
            }
            "parenthesized_expression" => self.size(node.named_children().next()?),
            "binary_operator" | "binary_expression" if self.frames.len() < MAX_DEPTH => {
                self.frames.push(Vec::new());
                let (left, right) = (self.size(node.field("left")?), self.size(node.field("right")?));
                self.frames.pop();
                match node.field("operator")?.text() {
                    "+" => Some(left?.add(&right?)),
                    "-" => Some(left?.sub(&right?)),
                    "*" => Some(left?.mul(&right?)),
                    _ => None,
                }
            }
            "subscript" => {
                let shape = node.field("value")?;
                let attribute = shape.kind() == "attribute" && shape.field("attribute")?.text() == "shape";
                let array = shape.field("object").filter(|o| attribute && o.kind() == "identifier")?;
                let axis: i64 = node.field("subscript")?.text().parse().ok()?;
                let shape = self.environment.get(array.text())?.ty.shape();
                Some(shape.dims()?[shape.axis(axis)?].clone())
            }
            "call_expression" | "index_expression" | "field_expression" => lengths::read(node, self.environment),
            "call" => {
                let arguments: Vec<_> = node.field("arguments")?.named_children().collect();
                let [array] = arguments[..] else { return None };
                let len = node.field("function")?.text() == "len" && array.kind() == "identifier";
                let shape = self.environment.get(array.text()).filter(|_| len)?.ty.shape();
                shape.dims()?.first().cloned()
            }
            _ => None,
        }
    }

    fn name(&mut self, node: Node<'t>) -> Option<Id> {
        let name = node.text();
        if let Some(&term) = self.building.bound.get(name) {
            return Some(term);
        }
        if let Some(&leaf) = self.building.leaves.get(name) {
            return Some(leaf);
        }
        let known = self.environment.get(name)?;
        if let Some(dim) = &known.dim {
            self.building.sizes.insert(name.to_owned(), dim.clone());
        }
        if known.library.is_some_and(|library| library != self.target) || known.ty == Type::Unknown {
            return None;
        }
        let leaf = self.building.builder.leaf(Leaf { text: name.to_owned(), ty: known.ty.clone() });
        self.building.grounds.push(known.ground);
        self.building.leaf_forms.push(known.form);
        self.building.leaf_borrows.push(known.borrows.clone());
        let version = self.building.bindings.iter().filter(|(n, _)| n == name).count();
        self.building.leaf_versions.push((name.to_owned(), version));
        self.building.leaves.insert(name.to_owned(), leaf);
        Some(leaf)
    }
}

impl<'t> Lowering<'t> for Lowerer<'_, 't> {
    fn names(&self) -> &dyn Names {
        self.names
    }

    fn value(&mut self, node: Node<'t>, expected: Option<DType>) -> Option<Id> {
        if let Some(frame) = self.frames.last_mut()
            && !frame.contains(&node)
        {
            frame.push(node);
        }
        // An attribute of which something is known is read as a name is.
        if node.kind() == "identifier" || node.kind() == "attribute" && self.environment.contains_key(node.text()) {
            let term = self.name(node)?;
            self.building.origins.insert(node.id(), Origin { term, operands: Vec::new() });
            return Some(term);
        }
        if let Some(&tried) = self.building.tried.get(&(node.id(), expected)) {
            return tried;
        }
        if self.frames.len() > MAX_DEPTH {
            return None;
        }
        self.frames.push(Vec::new());
        let term = match node.kind() {
            "parenthesized_expression" => node.named_children().next().and_then(|inner| self.value(inner, expected)),
            _ => Dialect::of(self.target).lower(node, expected, self),
        };
        let operands = self.frames.pop().unwrap_or_default();
        self.building.tried.insert((node.id(), expected), term);
        if let Some(term) = term {
            self.building.origins.insert(node.id(), Origin { term, operands });
        }
        term
    }

    fn dim(&mut self, node: Node<'t>) -> Option<Dim> {
        let dim = self.size(node)?;
        if let Some(length) = dim.as_known() {
            let statement = self.building.statements.len().saturating_sub(1);
            self.building.lengths.entry(length).or_insert_with(|| (node.text().to_owned(), statement));
        }
        Some(dim)
    }

    fn ty(&self, id: Id) -> &Type {
        self.building.builder.ty(id)
    }

    fn node(&self, id: Id) -> &Term {
        self.building.builder.node(id)
    }

    fn add(&mut self, node: Term) -> Option<Id> {
        self.building.builder.add(node).ok()
    }
}

/// The leaf that a node of a region's program is.
pub(super) fn leaf_of(node: &Term) -> Option<LeafId> {
    match node {
        Term::Leaf(leaf) => Some(*leaf),
        _ => None,
    }
}
