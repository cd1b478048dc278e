use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::building::leaf_of;
use super::layout::{binding, has_comment, statement_before, without_statement};
use super::naming::{fresh_name, is_cheap};
use super::places;
use super::region::{Region, Site, SiteKind};
use crate::dialect::{Dialect, Form, Given, Names, Precedence, Printing};
use crate::ir::{Dim, Id, LeafId, Node as Term, Program, Target};
use crate::syntax::{Edit, Node};

/// The edits that turn a region's text into a candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Emission {
    /// Replaced expressions, removed and added statements; no two overlap.
    pub edits: Vec<Edit>,
    /// What adds the imports that these need.
    pub imports: BTreeSet<Edit>,
    /// A value that the rest of the text computes as well is computed once more.
    pub repeats: bool,
}

/// Why a candidate can not be written into the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The old text holds a comment that would be lost.
    #[error("a comment would be lost")]
    Comment,
    /// A name that the new expression reads has another value by then.
    #[error("`{0}` has another value at the place where it is needed")]
    Rebound(String),
    /// A value is needed before the statement that computes it.
    #[error("a value is needed before the statement that binds it")]
    Order,
    /// The dialect has no way to write a term.
    #[error("can not be written: {0}")]
    Unprintable(String),
    /// The result would share memory with another value where it did not, or no longer where it did.
    #[error("the result would not share memory as it did")]
    Alias,
    /// The new text would read what it changes, or a view of it.
    #[error("it would read what it changes")]
    Lent,
    /// The statement consumes a value that its new part may read.
    #[error("the rest of the statement consumes a value that may be read")]
    Moved,
    /// The statement shares its line with another.
    #[error("the statement shares its line with another")]
    Layout,
}

/// Writes a candidate into the text of its region.
///
/// `original` and `chosen` give the class (any label by which equal values are known) of each node of the region's
/// program and of the candidate's. Where the candidate computes a value as the text does, the text stays as it is.
///
/// # Errors
/// A [`Refusal`] if the text can not be made to say it without loss.
pub fn emit(
    region: &Region<'_>,
    names: &dyn Names,
    text: &str,
    candidate: &Program,
    original: &[Id],
    chosen: &[Id],
) -> Result<Emission, Refusal> {
    let mut emitter = Emitter::new(region, names, text, candidate, original, chosen);
    emitter.sites()?;
    emitter.name_shared();
    emitter.sites()?;
    emitter.emission.repeats = emitter.repeats();
    emitter.introduce()?;
    emitter.drop_bindings()?;
    Ok(emitter.emission)
}

struct Emitter<'a, 't> {
    region: &'a Region<'t>,
    names: &'a dyn Names,
    text: &'a str,
    candidate: &'a Program,
    original: &'a [Id],
    classes: &'a [Id],
    /// The candidate's node of each class it uses.
    node_of: HashMap<Id, Id>,
    /// Which sites remain in the text.
    kept: Vec<bool>,
    /// New names for values that the new text would compute more than once, with the first statement that needs them.
    fresh: BTreeMap<Id, (String, usize)>,
    /// How often the new text reads each class that has no name yet, and the first statement that does.
    uses: BTreeMap<Id, (usize, usize)>,
    counted: BTreeSet<Id>,
    /// The classes that whole sites are written anew for.
    tops: Vec<Id>,
    /// Values whose own name is bound anew before the new text reads them, with the statement that computes them.
    lost: BTreeMap<Id, usize>,
    failure: RefCell<Option<Refusal>>,
    emission: Emission,
}

impl<'a, 't> Emitter<'a, 't> {
    fn new(
        region: &'a Region<'t>,
        names: &'a dyn Names,
        text: &'a str,
        candidate: &'a Program,
        original: &'a [Id],
        classes: &'a [Id],
    ) -> Self {
        let node_of: HashMap<Id, Id> = reachable(candidate).into_iter().map(|id| (classes[usize::from(id)], id)).collect();
        let is_op = |class: Id| node_of.get(&class).is_some_and(|&id| matches!(candidate.terms[id], Term::Op(..)));
        let kept = region.sites.iter().map(|site| site.root.is_some() || is_op(original[usize::from(site.term)])).collect();
        Emitter {
            region,
            names,
            text,
            candidate,
            original,
            classes,
            node_of,
            kept,
            fresh: BTreeMap::new(),
            uses: BTreeMap::new(),
            counted: BTreeSet::new(),
            tops: Vec::new(),
            lost: BTreeMap::new(),
            failure: RefCell::default(),
            emission: Emission { edits: Vec::new(), imports: BTreeSet::new(), repeats: false },
        }
    }

    /// Rewrites the expression of every site that remains.
    fn sites(&mut self) -> Result<(), Refusal> {
        self.emission.edits.clear();
        self.emission.imports.clear();
        self.uses.clear();
        self.counted.clear();
        self.tops.clear();
        for index in 0..self.region.sites.len() {
            if self.kept[index] {
                let site = self.region.sites[index].clone();
                self.rewrite(site.node, &site, true)?;
            }
        }
        Ok(())
    }

    /// Edits the parts of a lowered expression that the candidate computes in another way.
    fn rewrite(&mut self, node: Node<'t>, site: &Site<'t>, top: bool) -> Result<(), Refusal> {
        let Some(origin) = self.region.origins.get(&node.id()) else { return Ok(()) };
        if places::is_place(self.region, site, node) {
            return Ok(());
        }
        let given = self.fresh.get(&self.original[usize::from(origin.term)]);
        if let Some((name, _)) = given.filter(|(_, first)| top && node == site.node && *first == site.statement) {
            self.emission.edits.push(Edit { span: node.span(), text: name.clone() });
            return Ok(());
        }
        if node.kind() == "identifier" {
            return if self.reads_dropped(node, site) { self.replace(node, site, top) } else { Ok(()) };
        }
        let stops: Vec<Id> = origin.operands.iter().filter_map(|o| Some(self.region.origins.get(&o.id())?.term)).collect();
        // A reference to a place stays one: without it the place would be moved out of.
        if matches!(node.kind(), "parenthesized_expression" | "reference_expression") || self.unchanged(origin.term, &stops, true) {
            for operand in origin.operands.clone() {
                self.rewrite(operand, site, top && node.kind() == "parenthesized_expression")?;
            }
            return Ok(());
        }
        self.replace(node, site, top)
    }

    /// The candidate computes the term as the original does, down to the operands.
    fn unchanged(&self, term: Id, stops: &[Id], top: bool) -> bool {
        if !top && stops.contains(&term) {
            return true;
        }
        let Some(&new) = self.node_of.get(&self.original[usize::from(term)]) else { return false };
        let (old, new) = (&self.region.program.terms[term], &self.candidate.terms[new]);
        match (old, new) {
            (Term::Op(a, x), Term::Op(b, y)) => {
                a == b
                    && x.len() == y.len()
                    && x.iter()
                        .zip(y)
                        .all(|(&x, &y)| self.original[usize::from(x)] == self.classes[usize::from(y)] && self.unchanged(x, stops, false))
            }
            (old, new) => old == new,
        }
    }

    /// True if a leaf still has, at a statement, the value with which it was read.
    fn leaf_available(&self, leaf: LeafId, statement: usize) -> bool {
        let (name, version) = &self.region.leaf_versions[leaf.0 as usize];
        let since = self.region.bindings.iter().filter(|(n, _)| n == name).skip(*version);
        since.take_while(|(_, at)| *at < statement).all(|(_, at)| self.is_dropped(*at))
    }

    /// The identifier reads a binding that is no longer in the text.
    fn reads_dropped(&self, node: Node<'t>, site: &Site<'t>) -> bool {
        let name = node.text();
        let binder = self
            .region
            .sites
            .iter()
            .enumerate()
            .rev()
            .find(|(_, binding)| binding.statement < site.statement && Region::binding_name(binding) == Some(name));
        binder.is_some_and(|(index, _)| !self.kept[index])
    }

    fn replace(&mut self, node: Node<'t>, site: &Site<'t>, top: bool) -> Result<(), Refusal> {
        if has_comment(node) {
            return Err(Refusal::Comment);
        }
        if let (SiteKind::Update { name, form }, true) = (site.kind, node == site.node) {
            return self.update(site, name, form);
        }
        let class = self.original[usize::from(self.region.origins[&node.id()].term)];
        let own = if top { Some(class) } else { None };
        self.count(class, site.statement, top)?;
        self.tops.extend(own);
        // Parentheses that only held the old expression together go with it.
        let place = match node.parent() {
            Some(parent) if parent.kind() == "parenthesized_expression" && node.span().start == parent.span().start + 1 => parent,
            _ => node,
        };
        let text = self.print(class, site.statement, own, Some(place))?;
        if places::part_touches(self.region, site, &text) {
            return Err(Refusal::Lent);
        }
        if place != site.node && self.region.moves(&text, site.statement) {
            // What the rest of the statement consumes and the new text reads is a matter of the order between them.
            return Err(Refusal::Moved);
        }
        let lent = place.parent().filter(|parent| parent.kind() == "reference_expression" && self.is_reference(class, site.statement));
        self.emission.edits.push(Edit { span: lent.unwrap_or(place).span(), text });
        Ok(())
    }

    /// Writes an update of a place in another way.
    fn update(&mut self, site: &Site<'t>, name: &'t str, form: Form) -> Result<(), Refusal> {
        let class = self.original[usize::from(site.term)];
        let id = *self.node_of.get(&class).ok_or(Refusal::Order)?;
        let Term::Op(_, args) = &self.candidate.terms[id] else { return Err(Refusal::Order) };
        if args.first().map(|&old| self.classes[usize::from(old)]) != self.held(name, site.statement) {
            return Err(Refusal::Rebound(name.to_owned()));
        }
        self.count(class, site.statement, true)?;
        self.tops.push(class);
        let printer = Printer { emitter: self, statement: site.statement, own: Some(class), sources: HashMap::new() };
        let place = Given { text: name.to_owned(), form };
        let printed = Dialect::of(self.candidate.target).print_update(&self.candidate.terms, &self.candidate.types, id, &place, &printer);
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let text = printed.map_err(|e| Refusal::Unprintable(e.to_string()))?.text;
        if places::whole_touches(self.region, site, &text) {
            return Err(Refusal::Lent);
        }
        self.emission.edits.push(Edit { span: site.node.span(), text });
        Ok(())
    }

    /// The class of what a name holds before a statement, updates that are gone left out.
    fn held(&self, name: &str, statement: usize) -> Option<Id> {
        let bound = self.region.bindings.iter().rev().find(|(n, at)| n == name && *at < statement && !self.is_dropped(*at));
        match bound {
            Some((_, at)) => {
                let site = self.region.sites.iter().find(|site| site.statement == *at && Region::binding_name(site) == Some(name))?;
                Some(self.original[usize::from(site.term)])
            }
            None => {
                let leaf = self.region.leaf_versions.iter().position(|(n, version)| n == name && *version == 0)?;
                let node = Term::Leaf(LeafId(leaf as u32));
                let terms = self.region.program.terms.as_ref();
                terms.iter().position(|term| *term == node).map(|at| self.original[at])
            }
        }
    }

    /// The statement is an update that goes: what it changed has its old value after it.
    fn is_dropped(&self, statement: usize) -> bool {
        let of_statement = |site: &&Site<'_>| site.statement == statement && matches!(site.kind, SiteKind::Update { .. });
        let index = self.region.sites.iter().position(|site| of_statement(&site));
        index.is_some_and(|index| !self.kept[index])
    }

    /// How often a name has been bound before a statement by what stays.
    fn version(&self, name: &str, statement: usize) -> usize {
        self.region.bindings.iter().filter(|(n, at)| n == name && *at < statement && !self.is_dropped(*at)).count()
    }

    /// Counts what the text of a class' value will read; what is read several times is counted once for each reader.
    fn count(&mut self, class: Id, statement: usize, top: bool) -> Result<(), Refusal> {
        let mut stack = vec![(class, top)];
        while let Some((class, top)) = stack.pop() {
            let Some(&id) = self.node_of.get(&class) else { continue };
            let Term::Op(_, args) = &self.candidate.terms[id] else { continue };
            if !top {
                if self.name_at(class, statement).is_some() {
                    continue;
                }
                if let Some((name, at)) = self.lost_name(class, statement).filter(|_| !is_cheap(self.candidate, id)) {
                    if self.candidate.target == Target::Rust {
                        return Err(Refusal::Rebound(name));
                    }
                    self.lost.insert(class, at);
                }
                let entry = self.uses.entry(class).or_insert((0, statement));
                *entry = (entry.0 + 1, entry.1.min(statement));
            }
            if self.counted.insert(class) {
                stack.extend(args.iter().map(|arg| (self.classes[usize::from(*arg)], false)));
            }
        }
        Ok(())
    }

    /// A name that held the class' value until it was bound anew, and the statement that bound it: what was computed for it would be
    /// computed again.
    fn lost_name(&self, class: Id, statement: usize) -> Option<(String, usize)> {
        let sites = self.region.sites.iter().zip(&self.kept);
        let mut bound = sites.filter(|(site, kept)| **kept && site.statement < statement && self.original[usize::from(site.term)] == class);
        bound.find_map(|(site, _)| Some((Region::binding_name(site)?.to_owned(), site.statement)))
    }

    /// The text of a class' value at a statement. `own` is not to be read from its own binding.
    fn print(&mut self, class: Id, statement: usize, own: Option<Id>, place: Option<Node<'t>>) -> Result<String, Refusal> {
        let id = *self.node_of.get(&class).ok_or(Refusal::Order)?;
        let printer = Printer { emitter: self, statement, own, sources: self.sources(statement) };
        if let Some(given) = printer.stop(id) {
            let through = given.form == Form::Exclusive;
            return self.failure.take().map_or(Ok(if through { format!("(*{})", given.text) } else { given.text }), Err);
        }
        let dialect = Dialect::of(self.candidate.target);
        let printed = dialect.print(&self.candidate.terms, &self.candidate.types, id, &printer);
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let printed = printed.map_err(|e| Refusal::Unprintable(e.to_string()))?;
        self.emission.imports.extend(printed.imports);
        let bare = place.is_none_or(|node| printed.precedence >= Precedence::required(node));
        Ok(if bare { printed.text } else { format!("({})", printed.text) })
    }

    /// The class' value is read from a name that holds a reference.
    fn is_reference(&self, class: Id, statement: usize) -> bool {
        let leaf = self.node_of.get(&class).and_then(|&id| leaf_of(&self.candidate.terms[id]));
        let lent = leaf.is_some_and(|leaf| self.region.leaf_forms[leaf.0 as usize] == Form::Reference);
        lent && self.candidate.target == Target::Rust && self.name_at(class, statement).is_none()
    }

    /// In Python nobody asks who owns a value.
    fn form(&self, form: Form) -> Form {
        if self.candidate.target == Target::Rust { form } else { Form::Value }
    }

    /// A name that holds the class' value at a statement.
    fn name_at(&self, class: Id, statement: usize) -> Option<String> {
        let bound = self.region.sites.iter().enumerate().find_map(|(index, site)| {
            let name = Region::binding_name(site)?;
            let here = self.kept[index]
                && site.statement < statement
                && self.original[usize::from(site.term)] == class
                && self.version(name, site.statement + 1) == self.version(name, statement);
            here.then(|| name.to_owned())
        });
        bound.or_else(|| self.fresh.get(&class).filter(|(_, first)| *first <= statement).map(|(name, _)| name.clone()))
    }

    /// Gives names to the values that the new text computes more than once.
    fn name_shared(&mut self) {
        let shared: Vec<(Id, usize)> =
            self.uses.iter().filter(|(_, (count, _))| *count > 1).map(|(class, (_, first))| (*class, *first)).collect();
        let shared: BTreeMap<Id, usize> = shared.into_iter().chain(std::mem::take(&mut self.lost)).collect();
        let mut taken = self.region.taken.clone();
        for (class, first) in shared {
            let id = self.node_of[&class];
            if is_cheap(self.candidate, id) {
                continue;
            }
            let name = fresh_name(self.candidate, id, &taken);
            taken.insert(name.clone());
            self.fresh.insert(class, (name, first));
        }
    }

    /// Adds the statements that bind the new names.
    fn introduce(&mut self) -> Result<(), Refusal> {
        let mut fresh: Vec<(Id, String, usize)> = self.fresh.iter().map(|(class, (name, at))| (*class, name.clone(), *at)).collect();
        fresh.sort_by_key(|(class, _, at)| (*at, usize::from(self.node_of[class])));
        for (class, name, at) in fresh {
            let value = self.print(class, at, Some(class), None)?;
            self.emission.edits.push(statement_before(
                self.region.statements[at],
                self.text,
                &binding(self.candidate.target, &name, &value),
            )?);
        }
        Ok(())
    }

    /// The new text computes something more often than the old, beside what is left of the old.
    fn repeats(&self) -> bool {
        // What computes a value in another way is no computation of what is chosen.
        let computed = |node: Node<'t>| {
            let term = self.region.origins.get(&node.id())?.term;
            let class = self.original[usize::from(term)];
            let whole = !matches!(node.kind(), "identifier" | "parenthesized_expression");
            let op = |term: &Term| if let Term::Op(op, _) = term { Some(*op) } else { None };
            let chosen = op(&self.candidate.terms[*self.node_of.get(&class)?]);
            (whole && op(&self.region.program.terms[term]) == chosen).then_some(class)
        };
        let (mut before, mut left): (HashMap<Id, usize>, HashMap<Id, usize>) = Default::default();
        for (site, kept) in self.region.sites.iter().zip(&self.kept) {
            for node in self.region.lowered(site.node) {
                let Some(class) = computed(node) else { continue };
                *before.entry(class).or_default() += 1;
                let replaced = !kept || self.emission.edits.iter().any(|edit| edit.span.contains(node.span()));
                *left.entry(class).or_default() += usize::from(!replaced);
            }
        }
        let again = |class: &Id| {
            let new = self.uses.get(class).map_or(0, |(count, _)| *count) + self.tops.iter().filter(|top| *top == class).count();
            let (left, before) = (left.get(class).copied().unwrap_or(0), before.get(class).copied().unwrap_or(0));
            left > 0 && left + new > before && !is_cheap(self.candidate, self.node_of[class])
        };
        self.uses.keys().chain(&self.tops).any(again)
    }

    /// The parts of a statement's own text that say what the candidate says, by class. In Python alone: in Rust it matters who owns them.
    fn sources(&self, statement: usize) -> HashMap<Id, String> {
        let mut sources = HashMap::new();
        if self.candidate.target == Target::Rust {
            return sources;
        }
        for site in self.region.sites.iter().filter(|site| site.statement == statement) {
            for node in self.region.lowered(site.node) {
                let whole = !matches!(node.kind(), "identifier" | "parenthesized_expression");
                if whole && !has_comment(node) && !node.text().contains('\n') && self.stays(node, site) {
                    let class = self.original[usize::from(self.region.origins[&node.id()].term)];
                    sources.entry(class).or_insert_with(|| node.text().to_owned());
                }
            }
        }
        sources
    }

    /// Nothing would be edited in a lowered expression.
    fn stays(&self, node: Node<'t>, site: &Site<'t>) -> bool {
        let nodes = self.region.lowered(node);
        nodes.into_iter().all(|part| {
            let origin = &self.region.origins[&part.id()];
            if part.kind() == "identifier" {
                return !self.reads_dropped(part, site);
            }
            let named = part != node && self.name_at(self.original[usize::from(origin.term)], site.statement).is_some();
            let stops: Vec<Id> = origin.operands.iter().filter_map(|o| Some(self.region.origins.get(&o.id())?.term)).collect();
            !named && (part.kind() == "parenthesized_expression" || self.unchanged(origin.term, &stops, true))
        })
    }

    /// Removes the bindings that nothing reads any more, each with its whole line.
    fn drop_bindings(&mut self) -> Result<(), Refusal> {
        for (site, kept) in self.region.sites.iter().zip(&self.kept) {
            if *kept {
                continue;
            }
            self.emission.edits.push(without_statement(self.region.statements[site.statement], self.text)?);
        }
        Ok(())
    }
}

/// Prints terms at one statement.
struct Printer<'e, 'a, 't> {
    emitter: &'e Emitter<'a, 't>,
    statement: usize,
    own: Option<Id>,
    /// What the statement's own text says of classes.
    sources: HashMap<Id, String>,
}

impl Printing for Printer<'_, '_, '_> {
    fn names(&self) -> &dyn Names {
        self.emitter.names
    }

    fn stop(&self, id: Id) -> Option<Given> {
        let emitter = self.emitter;
        let class = emitter.classes[usize::from(id)];
        if self.own != Some(class)
            && let Some(name) = emitter.name_at(class, self.statement)
        {
            return Some(Given { form: emitter.form(emitter.region.held_form(&name)), text: name });
        }
        if let Some(text) = self.sources.get(&class) {
            return Some(Given { text: text.clone(), form: Form::Value });
        }
        match &emitter.candidate.terms[id] {
            Term::Leaf(leaf) => {
                let text = emitter.candidate.leaves[leaf.0 as usize].text.clone();
                if !emitter.leaf_available(*leaf, self.statement) {
                    emitter.failure.replace(Some(Refusal::Rebound(text.clone())));
                }
                Some(Given { text, form: emitter.form(emitter.region.leaf_forms[leaf.0 as usize]) })
            }
            _ => None,
        }
    }

    fn dim(&self, dim: &Dim) -> Option<String> {
        let region = self.emitter.region;
        if let Some(length) = dim.as_known() {
            let (written, at) = region.lengths.get(&length)?;
            let mut names = written.split(|c: char| !c.is_alphanumeric() && c != '_');
            return names.all(|name| region.version(name, self.statement) == region.version(name, *at)).then(|| written.clone());
        }
        let bound = region.sizes.iter().find(|(name, size)| size.same(dim) && region.version(name, self.statement) == 0);
        if let Some((name, _)) = bound {
            return Some(name.clone());
        }
        let leaves = region.program.leaves.iter().enumerate();
        leaves
            .filter(|(index, _)| region.leaf_versions[*index].1 == region.version(&region.leaf_versions[*index].0, self.statement))
            .find_map(|(_, leaf)| {
                let axis = leaf.ty.shape().dims()?.iter().position(|length| length.same(dim))?;
                Some(match self.emitter.candidate.target {
                    Target::Rust => format!("{}.shape()[{axis}]", leaf.text),
                    _ => format!("{}.shape[{axis}]", leaf.text),
                })
            })
    }
}

/// The nodes below a program's roots, each once, operands first.
fn reachable(program: &Program) -> Vec<Id> {
    let mut seen = BTreeSet::new();
    let mut stack = program.roots.clone();
    while let Some(id) = stack.pop() {
        if seen.insert(id)
            && let Term::Op(_, args) = &program.terms[id]
        {
            stack.extend(args.iter().copied());
        }
    }
    seen.into_iter().collect()
}
