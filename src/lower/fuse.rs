//! Several passes over arrays, each with an array of its own for what it makes, as one pass that changes a place element by element.

use std::collections::{BTreeMap, BTreeSet};

use super::emit::{Emission, Refusal};
use super::layout::has_comment;
use super::places::reads;
use super::region::{Region, Site, SiteKind};
use crate::dialect::{Dialect, Form, Given, Names, Precedence, Printing};
use crate::ir::{Dim, Group, Id, Leaf, LeafId, Node as Term, OpId, Program, ProgramBuilder, Target, Type};
use crate::syntax::{Edit, Node};

/// Arrays that one pass can read beside the one that it changes: ndarray's `Zip` takes six.
const MOST_OPERANDS: usize = 5;

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
    let (SiteKind::Update { .. }, Term::Op(op, args)) = (site.kind, &program.terms[site.term]) else { return None };
    let [place, value] = args[..] else { return None };
    if !operator(op.def().name).is_some_and(|(replaces, _)| !replaces || same_shape(program, place, value)) {
        return None;
    }
    let identifiers = region.lowered(site.node).into_iter().filter(|node| node.kind() == "identifier");
    let names: BTreeMap<Id, &str> = identifiers.map(|node| (region.origins[&node.id()].term, node.text())).collect();
    let mut fusion = Fusion { term: site.term, ops: Vec::new(), operands: Vec::new(), site: site.clone(), names };
    fusion.gather(program, place, value).then_some(fusion).filter(|fusion| !fusion.ops.is_empty())
}

/// The new value of an update, of which it tells if it takes the array's place, and the assignment that each element then makes.
fn operator(update: &str) -> Option<(bool, &'static str)> {
    Some(match update {
        "add_assign" => (false, "+="),
        "sub_assign" => (false, "-="),
        "mul_assign" => (false, "*="),
        "div_assign" => (false, "/="),
        "assign" => (false, "="),
        "replace" => (true, "="),
        _ => return None,
    })
}

fn same_shape(program: &Program, a: Id, b: Id) -> bool {
    let ty = |id: Id| &program.types[usize::from(id)];
    ty(a).shape().same(ty(b).shape())
}

impl<'t> Fusion<'t> {
    /// Walks down to what is no elementwise op on arrays. False if one pass can not compute the value.
    fn gather(&mut self, program: &Program, place: Id, value: Id) -> bool {
        let mut stack = vec![value];
        while let Some(id) = stack.pop() {
            let ty = &program.types[usize::from(id)];
            if id == place || self.ops.contains(&id) || self.operands.contains(&id) {
                continue;
            }
            if ty.rank() == Some(0) {
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
pub fn fuse(region: &Region<'_>, names: &dyn Names, fusion: &Fusion<'_>) -> Result<Emission, Refusal> {
    let SiteKind::Update { name, form } = fusion.site.kind else { return Err(Refusal::Order) };
    if has_comment(fusion.site.node) {
        return Err(Refusal::Comment);
    }
    let writer = Writer { region, names, fusion, place: name };
    let through = if form == Form::Exclusive { "*" } else { "" };
    let zip = names.spell("ndarray::Zip").unwrap_or_else(|| "ndarray::Zip".to_owned());
    let (mut producers, mut parameters) = (String::new(), vec![name.to_owned()]);
    let mut elements = BTreeMap::new();
    for &operand in &fusion.operands {
        let text = writer.operand(operand)?;
        let parameter = writer.parameter(operand, &parameters);
        let fits = same_shape(&region.program, operand, writer.old());
        producers.push_str(&format!(".{}({text})", if fits { "and" } else { "and_broadcast" }));
        parameters.push(parameter.clone());
        elements.insert(operand, parameter);
    }
    let (body, imports) = writer.body(&elements)?;
    let pattern: Vec<String> = parameters.iter().enumerate().map(|(i, p)| if i == 0 { p.clone() } else { format!("&{p}") }).collect();
    let text = if fusion.operands.is_empty() {
        format!("{name}.map_inplace(|{name}| {body})")
    } else {
        format!("{zip}::from(&mut {through}{name}){producers}.for_each(|{}| {body})", pattern.join(", "))
    };
    Ok(Emission { edits: vec![Edit { span: fusion.site.node.span(), text }], imports, repeats: false })
}

struct Writer<'a, 't> {
    region: &'a Region<'t>,
    names: &'a dyn Names,
    fusion: &'a Fusion<'t>,
    place: &'t str,
}

impl<'t> Writer<'_, 't> {
    fn update(&self) -> (OpId, Id, Id) {
        match &self.region.program.terms[self.fusion.term] {
            Term::Op(op, args) => (*op, args[0], args[1]),
            _ => unreachable!("a fusion is made of an update"),
        }
    }

    fn old(&self) -> Id {
        self.update().1
    }

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
        let (op, old, value) = self.update();
        let (_, sign) = operator(op.def().name).ok_or(Refusal::Order)?;
        let (sign, value) = self.shortened(sign, old, value);
        let mut lane = Lane { builder: ProgramBuilder::new(Target::Rust), texts: Vec::new() };
        let root = lane.copy(&self.region.program, value, old, self.place, elements, &self.fusion.names).ok_or(Refusal::Order)?;
        let program = lane.builder.finish(vec![root]);
        let printing = Elements { names: self.names, program: &program, texts: &lane.texts };
        let printed = Dialect::of(Target::Rust).print(&program.terms, &program.types, root, &printing);
        let printed = printed.map_err(|error| Refusal::Unprintable(error.to_string()))?;
        Ok((format!("*{} {sign} {}", self.place, printed.text), printed.imports))
    }

    /// `y = y + x` is `y += x`.
    fn shortened(&self, sign: &'static str, old: Id, value: Id) -> (&'static str, Id) {
        let Term::Op(op, args) = &self.region.program.terms[value] else { return (sign, value) };
        let short = match op.def().name {
            "add" => "+=",
            "sub" => "-=",
            "mul" => "*=",
            "div" => "/=",
            _ => return (sign, value),
        };
        if sign == "=" && args[0] == old { (short, args[1]) } else { (sign, value) }
    }
}

/// The computation of one element.
struct Lane {
    builder: ProgramBuilder,
    /// The text of each leaf.
    texts: Vec<String>,
}

impl Lane {
    fn leaf(&mut self, text: String, ty: &Type) -> Option<Id> {
        let known = self.texts.iter().position(|other| *other == text);
        if let Some(known) = known {
            return self.builder.add(Term::Leaf(LeafId(known as u32))).ok();
        }
        self.texts.push(text.clone());
        Some(self.builder.leaf(Leaf { text, ty: Type::scalar(ty.dtype()?) }))
    }

    /// Copies a term with an element for each array, operands first.
    fn copy(
        &mut self,
        program: &Program,
        root: Id,
        old: Id,
        place: &str,
        elements: &BTreeMap<Id, String>,
        names: &BTreeMap<Id, &str>,
    ) -> Option<Id> {
        let mut copied: BTreeMap<Id, Id> = BTreeMap::new();
        let mut stack = vec![root];
        while let Some(&id) = stack.last() {
            if copied.contains_key(&id) {
                stack.pop();
                continue;
            }
            let ty = &program.types[usize::from(id)];
            let named = if id == old { Some(format!("*{place}")) } else { elements.get(&id).cloned() };
            let named = named.or_else(|| names.get(&id).filter(|_| ty.rank() == Some(0)).map(|name| (*name).to_owned()));
            let new = match (named, &program.terms[id]) {
                (Some(text), Term::Leaf(_) | Term::Op(..)) => self.leaf(text, ty)?,
                (_, Term::Leaf(leaf)) => self.leaf(program.leaves[leaf.0 as usize].text.clone(), ty)?,
                (_, Term::Op(op, args)) => {
                    let missing: Vec<Id> = args.iter().copied().filter(|arg| !copied.contains_key(arg)).collect();
                    if !missing.is_empty() {
                        stack.extend(missing);
                        continue;
                    }
                    self.builder.add(Term::op(*op, args.iter().map(|arg| copied[arg]))).ok()?
                }
                (_, other) => self.builder.add(other.clone()).ok()?,
            };
            stack.pop();
            copied.insert(id, new);
        }
        copied.get(&root).copied()
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
