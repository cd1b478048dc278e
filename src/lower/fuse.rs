//! Several passes over arrays, each with an array of its own for what it makes, as one pass that changes a place element by element.

use std::collections::{BTreeMap, BTreeSet};

use super::emit::{Emission, Refusal};
use super::layout::{has_comment, without_statement};
use super::places::{is_place, reads};
use super::region::{Region, Site, SiteKind};
use crate::dialect::{Dialect, Form, Given, Names, Precedence, Printing};
use crate::ir::{DType, Dim, Group, Id, Leaf, LeafId, Node as Term, OpId, Program, ProgramBuilder, Target, Type};
use crate::syntax::{Edit, Node};

/// Arrays that one pass can read beside the one that it changes: ndarray's `Zip` takes six.
const MOST_OPERANDS: usize = 5;
/// Columns of a line, as rustfmt has it.
const WIDTH: usize = 100;

/// An update whose value is computed element by element.
#[derive(Debug, Clone)]
pub struct Fusion<'t> {
    /// The update.
    pub term: Id,
    /// The array ops that make one pass.
    pub ops: Vec<Id>,
    /// The arrays that it reads beside its place.
    pub operands: Vec<Id>,
    site: Site<'t>,
    /// Updates of the same place that go into it, the last first.
    earlier: Vec<Site<'t>>,
    /// What the place holds before all of them.
    place: Id,
    /// The name of each operand that has one in the text of the statement.
    names: BTreeMap<Id, &'t str>,
}

/// The updates of a region that make arrays only to read them once.
pub fn fusions<'t>(region: &Region<'t>) -> Vec<Fusion<'t>> {
    if region.program.target != Target::Rust {
        return Vec::new();
    }
    region.sites.iter().filter_map(|site| fusion(region, site)).collect()
}

fn fusion<'t>(region: &Region<'t>, site: &Site<'t>) -> Option<Fusion<'t>> {
    let program = &region.program;
    let SiteKind::Update { .. } = site.kind else { return None };
    let update = Update::of(program, site.term)?;
    // In whole numbers an overflow may end it halfway.
    if !program.types[usize::from(site.term)].dtype().is_some_and(DType::is_float) {
        return None;
    }
    if update.replaces && !same_shape(program, update.place, update.value) {
        return None;
    }
    let earlier = earlier(region, site);
    let oldest = earlier.last().unwrap_or(site);
    let place = Update::of(program, oldest.term)?.place;
    let lowered = earlier.iter().chain([site]).flat_map(|site| region.lowered(site.node));
    let identifiers = lowered.filter(|node| node.kind() == "identifier" && !is_place(region, site, *node));
    let names: BTreeMap<Id, &str> = identifiers.map(|node| (region.origins[&node.id()].term, node.text())).collect();
    let mut fusion = Fusion { term: site.term, ops: Vec::new(), operands: Vec::new(), site: site.clone(), earlier, place, names };
    let found = fusion.gather(program);
    (found && !fusion.ops.is_empty()).then_some(fusion)
}

/// The updates of the same place in the statements right before a site that only the next one of them reads, the last first.
fn earlier<'t>(region: &Region<'t>, site: &Site<'t>) -> Vec<Site<'t>> {
    let mut found: Vec<Site<'t>> = Vec::new();
    loop {
        let last = found.last().unwrap_or(site);
        let Some(old) = Update::of(&region.program, last.term).map(|update| update.place) else { return found };
        let before = region.sites.iter().find(|other| other.term == old && other.root.is_none() && other.statement + 1 == last.statement);
        let elementwise = |site: &&Site<'t>| Update::of(&region.program, site.term).is_some_and(|update| update.pure.is_some());
        match before.filter(|site| matches!(site.kind, SiteKind::Update { .. })).filter(elementwise) {
            Some(site) => found.push(site.clone()),
            None => return found,
        }
    }
}

/// What an op makes of each element of its place.
#[derive(Debug, Clone, Copy)]
struct Update {
    place: Id,
    /// The factor of the value.
    factor: Option<Id>,
    value: Id,
    /// The op on the old element and the value that gives the new one; without it the value takes the old one's place.
    pure: Option<&'static str>,
    sign: &'static str,
    /// The value is an array that takes the place of the old one.
    replaces: bool,
}

impl Update {
    fn of(program: &Program, id: Id) -> Option<Update> {
        let Term::Op(op, args) = &program.terms[id] else { return None };
        let (pure, sign) = match op.def().name {
            "add_assign" | "scaled_add" => (Some("add"), "+="),
            "sub_assign" => (Some("sub"), "-="),
            "mul_assign" => (Some("mul"), "*="),
            "div_assign" => (Some("div"), "/="),
            "assign" | "replace" => (None, "="),
            _ => return None,
        };
        let factor = (args.len() == 3).then(|| args[1]);
        Some(Update { place: args[0], factor, value: *args.last()?, pure, sign, replaces: op.def().name == "replace" })
    }
}

fn same_shape(program: &Program, a: Id, b: Id) -> bool {
    let ty = |id: Id| &program.types[usize::from(id)];
    ty(a).shape().same(ty(b).shape())
}

impl<'t> Fusion<'t> {
    /// Walks down to what is no elementwise op on arrays. False if one pass can not compute the value.
    fn gather(&mut self, program: &Program) -> bool {
        self.ops.extend(self.earlier.iter().map(|site| site.term));
        let updates = self.earlier.iter().chain([&self.site]).filter_map(|site| Update::of(program, site.term));
        let mut stack: Vec<Id> = updates.flat_map(|update| update.factor.into_iter().chain([update.value])).collect();
        while let Some(id) = stack.pop() {
            if id == self.place || self.ops.contains(&id) || self.operands.contains(&id) {
                continue;
            }
            if program.types[usize::from(id)].rank() == Some(0) {
                if !self.is_plain_number(program, id) {
                    return false;
                }
                continue;
            }
            match &program.terms[id] {
                Term::Op(op, args) if op.def().group == Group::Elementwise && !self.names.contains_key(&id) => {
                    self.ops.push(id);
                    stack.extend(args.iter().rev().copied());
                }
                _ => self.operands.push(id),
            }
        }
        self.operands.len() <= MOST_OPERANDS
    }

    /// A number that costs nothing to read in every round, or that the compiler computes before them.
    fn is_plain_number(&self, program: &Program, id: Id) -> bool {
        match &program.terms[id] {
            Term::Op(op, args) => {
                let plain = matches!(op.def().name, "add" | "sub" | "mul" | "neg");
                self.names.contains_key(&id) || plain && args.iter().all(|&arg| self.is_plain_number(program, arg))
            }
            _ => true,
        }
    }
}

/// The edit that makes an update one pass.
///
/// # Errors
/// A [`Refusal`] if the text can not be made to say it without loss.
pub fn fuse(region: &Region<'_>, names: &dyn Names, text: &str, fusion: &Fusion<'_>) -> Result<Emission, Refusal> {
    let SiteKind::Update { name, form } = fusion.site.kind else { return Err(Refusal::Order) };
    if has_comment(fusion.site.node) {
        return Err(Refusal::Comment);
    }
    let mut edits = Vec::new();
    for site in &fusion.earlier {
        edits.push(without_statement(region.statements[site.statement], text)?);
    }
    let writer = Writer { region, names, fusion, place: name };
    let through = if form == Form::Exclusive { "*" } else { "" };
    let zip = names.spell("ndarray::Zip").unwrap_or_else(|| "ndarray::Zip".to_owned());
    let (mut calls, mut parameters) = (vec![format!("{zip}::from(&mut {through}{name})")], vec![name.to_owned()]);
    let mut elements = BTreeMap::new();
    for &operand in &fusion.operands {
        let text = writer.operand(operand)?;
        let parameter = writer.parameter(operand, &parameters);
        let fits = same_shape(&region.program, operand, fusion.place);
        calls.push(format!(".{}({text})", if fits { "and" } else { "and_broadcast" }));
        parameters.push(parameter.clone());
        elements.insert(operand, parameter);
    }
    let (body, imports) = writer.body(&elements)?;
    let pattern: Vec<String> = parameters.iter().enumerate().map(|(i, p)| if i == 0 { p.clone() } else { format!("&{p}") }).collect();
    let new = if fusion.operands.is_empty() {
        format!("{name}.map_inplace(|{name}| {body})")
    } else {
        calls.push(format!(".for_each(|{}| {body})", pattern.join(", ")));
        chained(text, fusion.site.node, &calls)
    };
    edits.push(Edit { span: fusion.site.node.span(), text: new });
    Ok(Emission { edits, imports, repeats: false })
}

/// A chain of calls in the place of an expression, each on a line of its own if they are too long for one, as rustfmt has it.
fn chained(text: &str, node: Node<'_>, calls: &[String]) -> String {
    let start = text[..node.span().start].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[start..node.span().start];
    let one = calls.concat();
    if !before.trim().is_empty() || before.len() + one.len() < WIDTH {
        return one;
    }
    let end =
        if text[node.span().start..].find('\n').is_some_and(|at| text[..node.span().start + at].ends_with('\r')) { "\r\n" } else { "\n" };
    calls.join(&format!("{end}{before}    "))
}

struct Writer<'a, 't> {
    region: &'a Region<'t>,
    names: &'a dyn Names,
    fusion: &'a Fusion<'t>,
    place: &'t str,
}

impl<'t> Writer<'_, 't> {
    /// How an array is handed to the pass.
    fn operand(&self, id: Id) -> Result<String, Refusal> {
        let text = match self.fusion.names.get(&id) {
            Some(name) => match self.form(id, name) {
                Form::Reference => (*name).to_owned(),
                Form::Exclusive => format!("&*{name}"),
                _ => format!("&{name}"),
            },
            None => {
                let node = self.node_of(id).ok_or(Refusal::Order)?;
                let atom = Precedence::of(node) >= Precedence::PRIMARY;
                if atom { format!("&{}", node.text()) } else { format!("&({})", node.text()) }
            }
        };
        if reads(self.region, &self.fusion.site, &text) { Err(Refusal::Lent) } else { Ok(text) }
    }

    fn form(&self, id: Id, name: &str) -> Form {
        match &self.region.program.terms[id] {
            Term::Leaf(leaf) if self.region.leaf_versions[leaf.0 as usize].0 == name => self.region.leaf_forms[leaf.0 as usize],
            _ => self.region.held_form(name),
        }
    }

    /// The part of the statement that computes a value.
    fn node_of(&self, id: Id) -> Option<Node<'t>> {
        let lowered = self.region.lowered(self.fusion.site.node).into_iter();
        let transparent = |node: &Node<'_>| matches!(node.kind(), "parenthesized_expression" | "reference_expression" | "identifier");
        lowered.filter(|node| !transparent(node)).find(|node| self.region.origins[&node.id()].term == id)
    }

    /// What an element of an operand is called: as the array is.
    fn parameter(&self, id: Id, taken: &[String]) -> String {
        if let Some(name) = self.fusion.names.get(&id).filter(|name| taken.iter().all(|other| other != *name)) {
            return (*name).to_owned();
        }
        let all = self.region.taken.iter().chain(taken).cloned().collect();
        super::naming::fresh_name(&self.region.program, id, &all)
    }

    /// What is done to each element, and the imports that it needs.
    fn body(&self, elements: &BTreeMap<Id, String>) -> Result<(String, BTreeSet<Edit>), Refusal> {
        let program = &self.region.program;
        let mut lane = Lane { builder: ProgramBuilder::new(Target::Rust), texts: Vec::new(), copied: BTreeMap::new(), fusion: self.fusion };
        let place = lane.leaf(format!("*{}", self.place), &program.types[usize::from(self.fusion.place)]);
        lane.copied.insert(self.fusion.place, place.ok_or(Refusal::Order)?);
        for site in self.fusion.earlier.iter().rev() {
            let update = Update::of(program, site.term).ok_or(Refusal::Order)?;
            lane.value(program, update, elements).and_then(|value| lane.updated(site.term, update, value)).ok_or(Refusal::Order)?;
        }
        let update = Update::of(program, self.fusion.term).ok_or(Refusal::Order)?;
        let (sign, root) = lane.last(program, update, elements, !self.fusion.earlier.is_empty()).ok_or(Refusal::Order)?;
        let program = lane.builder.finish(vec![root]);
        let printing = Elements { names: self.names, program: &program, texts: &lane.texts };
        let printed = Dialect::of(Target::Rust).print(&program.terms, &program.types, root, &printing);
        let printed = printed.map_err(|error| Refusal::Unprintable(error.to_string()))?;
        Ok((format!("*{} {sign} {}", self.place, printed.text), printed.imports))
    }
}

/// The computation of one element.
struct Lane<'a, 't> {
    fusion: &'a Fusion<'t>,
    builder: ProgramBuilder,
    /// The text of each leaf.
    texts: Vec<String>,
    /// The element of each value.
    copied: BTreeMap<Id, Id>,
}

impl Lane<'_, '_> {
    fn leaf(&mut self, text: String, ty: &Type) -> Option<Id> {
        let known = self.texts.iter().position(|other| *other == text);
        if let Some(known) = known {
            return self.builder.add(Term::Leaf(LeafId(known as u32))).ok();
        }
        self.texts.push(text.clone());
        Some(self.builder.leaf(Leaf { text, ty: Type::scalar(ty.dtype()?) }))
    }

    fn op(&mut self, name: &str, args: [Id; 2]) -> Option<Id> {
        self.builder.add(Term::op(OpId::get(name), args)).ok()
    }

    /// The element of what an update puts into its place or combines with it.
    fn value(&mut self, program: &Program, update: Update, elements: &BTreeMap<Id, String>) -> Option<Id> {
        let value = self.copy(program, update.value, elements)?;
        match update.factor {
            Some(factor) => {
                let factor = self.copy(program, factor, elements)?;
                self.op("mul", [factor, value])
            }
            None => Some(value),
        }
    }

    /// The element after an update.
    fn updated(&mut self, id: Id, update: Update, value: Id) -> Option<()> {
        let new = self.op(update.pure?, [self.copied[&update.place], value])?;
        self.copied.insert(id, new);
        Some(())
    }

    /// The assignment to the element, and what stands to the right of it.
    fn last(&mut self, program: &Program, update: Update, elements: &BTreeMap<Id, String>, combined: bool) -> Option<(&'static str, Id)> {
        if let (Some(pure), true) = (update.pure, combined) {
            let value = self.value(program, update, elements)?;
            return Some(("=", self.op(pure, [self.copied[&update.place], value])?));
        }
        // `y = y + x` is `y += x`.
        if let (None, false, Term::Op(op, args)) = (update.pure, combined, &program.terms[update.value]) {
            let signs = [("add", "+="), ("sub", "-="), ("mul", "*="), ("div", "/=")];
            let short = signs.into_iter().find(|(name, _)| *name == op.def().name && args[0] == update.place);
            if let Some((_, sign)) = short {
                return Some((sign, self.copy(program, args[1], elements)?));
            }
        }
        Some((update.sign, self.value(program, update, elements)?))
    }

    /// Copies a term with an element for each array, operands first.
    fn copy(&mut self, program: &Program, root: Id, elements: &BTreeMap<Id, String>) -> Option<Id> {
        let mut stack = vec![root];
        while let Some(&id) = stack.last() {
            if self.copied.contains_key(&id) {
                stack.pop();
                continue;
            }
            let ty = &program.types[usize::from(id)];
            let number = || self.fusion.names.get(&id).filter(|_| ty.rank() == Some(0)).map(|name| (*name).to_owned());
            let new = match (elements.get(&id).cloned().or_else(number), &program.terms[id]) {
                (Some(text), Term::Leaf(_) | Term::Op(..)) => self.leaf(text, ty)?,
                (_, Term::Leaf(leaf)) => self.leaf(program.leaves[leaf.0 as usize].text.clone(), ty)?,
                (_, Term::Op(op, args)) => {
                    let missing: Vec<Id> = args.iter().copied().filter(|arg| !self.copied.contains_key(arg)).collect();
                    if !missing.is_empty() {
                        stack.extend(missing);
                        continue;
                    }
                    self.builder.add(Term::op(*op, args.iter().map(|arg| self.copied[arg]))).ok()?
                }
                (_, other) => self.builder.add(other.clone()).ok()?,
            };
            stack.pop();
            self.copied.insert(id, new);
        }
        self.copied.get(&root).copied()
    }
}

/// Prints the computation of one element.
struct Elements<'a> {
    names: &'a dyn Names,
    program: &'a Program,
    texts: &'a [String],
}

impl Printing for Elements<'_> {
    fn names(&self) -> &dyn Names {
        self.names
    }

    fn stop(&self, id: Id) -> Option<Given> {
        let Term::Leaf(leaf) = &self.program.terms[id] else { return None };
        Some(Given { text: self.texts[leaf.0 as usize].clone(), form: Form::Place })
    }

    fn dim(&self, _: &Dim) -> Option<String> {
        None
    }
}
