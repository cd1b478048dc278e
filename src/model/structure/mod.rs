//! How a model is put together: the modules that its nodes stand in, which of them are alike, what each takes and gives.
//!
//! A printer of any language makes a class of every [`Class`], with a field for each layer, weight and inner scope that the first of
//! its scopes has, and a function of that scope's [`Item`]s.

mod blocks;
mod classes;
pub(in crate::model) mod fields;
mod items;
pub(in crate::model) mod labels;
mod layers;
mod loops;
mod memory;
pub(in crate::model) mod names;
pub(in crate::model) mod plan;
mod scopes;
mod sections;
#[cfg(test)]
mod tests;
mod uses;

use std::collections::HashMap;

use egg::Language;

use crate::ir::{Attr, DType, Id, Node, Type};
use crate::model::{Model, Weight};
use scopes::{ROOT, Tree};

pub use blocks::{Block, Blocks};
pub use classes::Class;
pub use items::Item;
pub use layers::{Kind, Layer, Layers};
pub use loops::{Loops, OPERANDS, is_elementwise};
pub use memory::Memory;
pub use uses::{Uses, is_reshape};

/// A weight of at most so many elements belongs to every scope that reads it; a larger one to the scope around all that do.
pub const SMALL: usize = 16;

/// A part of a model that is a function of its own; the first is the whole.
#[derive(Debug)]
pub struct Scope {
    /// The name in the file: `layer.0`.
    pub name: String,
    /// The scope around it; `None` for the whole model.
    pub parent: Option<usize>,
    /// The scopes directly within it, in the order of their nodes.
    pub children: Vec<usize>,
    /// All nodes in it and in scopes within it, operands before their readers.
    pub nodes: Vec<Id>,
    /// Its own statements in order.
    pub items: Vec<Item>,
    /// The values from outside.
    pub inputs: Vec<Id>,
    /// The values that it gives.
    pub outputs: Vec<Id>,
    /// The index of its class.
    pub class: usize,
}

/// The parts of a model.
#[derive(Debug)]
pub struct Structure {
    /// Who reads what.
    pub uses: Uses,
    /// Which values only a branch of a condition or a loop needs.
    pub blocks: Blocks,
    /// Ops with constant weights.
    pub layers: Layers,
    /// Which nodes are one statement.
    pub loops: Loops,
    /// The whole model, and the scopes in it, outer before inner.
    pub scopes: Vec<Scope>,
    /// The scopes by what they compute.
    pub classes: Vec<Class>,
    at: Vec<Option<usize>>,
}

impl Structure {
    /// The parts that the names in a model's file say. Weights of the element types that `in_layers` accepts may be those of layers.
    pub fn new(model: &Model, in_layers: fn(DType) -> bool) -> Structure {
        let uses = Uses::new(model);
        let blocks = Blocks::new(&model.program, &uses);
        let fits = |weight: Id| model.weight(weight).is_some_and(|weight| in_layers(weight.dtype));
        let layers = Layers::new(model, &uses, &|_, weight| fits(weight));
        let is_block = |a: Id, b: Id| blocks.of(a) == blocks.of(b);
        let loops = Loops::new(model, &uses, &layers, &is_block);
        let tree = Tree::new(model, &uses, &blocks, &loops);
        let owners = owners(model, &uses, &tree);
        let is_own = |op: Id, weight: Id| fits(weight) && owners.get(&weight).is_none_or(|owner| tree.at(op) == Some(*owner));
        let layers = Layers::new(model, &uses, &is_own);
        let loops = Loops::new(model, &uses, &layers, &|a, b| tree.at(a) == tree.at(b) && is_block(a, b));
        let (scopes, at) = drawn(model, &uses, &tree, &owners);
        let mut structure = Structure { uses, blocks, layers, loops, scopes, classes: Vec::new(), at };
        classes::classify(model, &mut structure);
        for scope in 0..structure.scopes.len() {
            structure.scopes[scope].items = items::items(model, &structure, scope);
        }
        structure
    }

    /// The innermost scope that a node stands in.
    pub fn scope_of(&self, id: Id) -> Option<usize> {
        self.at[usize::from(id)]
    }

    /// What reads the result of an index that an op has several of.
    pub fn part(&self, model: &Model, id: Id, i: usize) -> Option<Id> {
        let index = |part: Id| model.program.terms[part].children().get(1).map(|attr| &model.program.terms[*attr]);
        let is_part = |part: &&Id| matches!(index(**part), Some(Node::Attr(Attr::Int(n))) if usize::try_from(*n) == Ok(i));
        self.uses.readers(id).iter().find(is_part).copied()
    }

    /// Where a scope stands in the file: the names of the scopes around it and its own.
    pub fn path(&self, scope: usize) -> String {
        let around = std::iter::successors(Some(scope), |scope| self.scopes[*scope].parent);
        let mut names: Vec<&str> = around.map(|scope| self.scopes[scope].name.as_str()).filter(|name| !name.is_empty()).collect();
        names.reverse();
        names.join("/")
    }

    /// True if a scope is another one or stands in it.
    pub fn is_within(&self, scope: usize, outer: usize) -> bool {
        std::iter::successors(Some(scope), |scope| self.scopes[*scope].parent).any(|around| around == outer)
    }

    /// For each scope of a class its nodes, inputs and weights by those of the first.
    pub fn correspondences(&self, model: &Model, class: usize) -> Vec<HashMap<Id, Id>> {
        let scopes = &self.classes[class].scopes;
        scopes.iter().map(|scope| classes::correspondence(model, &self.scopes[scopes[0]], &self.scopes[*scope])).collect()
    }

    /// What is known of a value's type in all scopes of a class.
    pub fn common_type(&self, model: &Model, correspondences: &[HashMap<Id, Id>], id: Id) -> Type {
        let own = |pairs: &HashMap<Id, Id>| &model.program.types[usize::from(pairs.get(&id).copied().unwrap_or(id))];
        classes::merged(&correspondences.iter().map(own).collect::<Vec<_>>())
    }
}

/// True for a block that the file has no name for.
pub fn is_section(name: &str) -> bool {
    name.strip_prefix(sections::NAME).is_some_and(|number| number.starts_with('.'))
}

/// The name of a scope without its number.
pub fn scope_base(name: &str) -> &str {
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['.', '_']);
    if base.is_empty() { "block" } else { base }
}

/// The scopes that large weights belong to.
fn owners(model: &Model, uses: &Uses, tree: &Tree) -> HashMap<Id, usize> {
    let mut owners = HashMap::new();
    for id in uses.all().filter(|id| uses.is_needed(*id)) {
        if model.weight(id).map_or(0, Weight::len) > SMALL {
            let readers = uses.readers(id).iter().filter_map(|reader| tree.at(*reader));
            let around = readers.reduce(|a, b| tree.common(a, b)).filter(|_| !uses.is_root(id));
            owners.insert(id, around.unwrap_or(ROOT));
        }
    }
    owners
}

/// The scopes that are left in a tree, and the one that each node stands in.
fn drawn(model: &Model, uses: &Uses, tree: &Tree, owners: &HashMap<Id, usize>) -> (Vec<Scope>, Vec<Option<usize>>) {
    let mut nodes = tree.nodes();
    let mut alive = tree.alive();
    // In the order in which their nodes stand in the file, the outer of two that begin alike first.
    alive.sort_by_key(|scope| (*scope != ROOT, nodes.get(scope).and_then(|nodes| nodes.first().copied()), *scope));
    let numbers: HashMap<usize, usize> = alive.iter().enumerate().map(|(number, draft)| (*draft, number)).collect();
    let mut scopes: Vec<Scope> = Vec::new();
    for draft in &alive {
        let nodes = nodes.remove(draft).unwrap_or_default();
        let is_own = |weight: Id| owners.get(&weight).is_none_or(|owner| tree.is_within(*owner, *draft));
        let is_whole = *draft == ROOT;
        let (inputs, outputs) = if is_whole {
            let inputs = uses.all().filter(|id| uses.is_needed(*id) && model.input(*id).is_some()).collect();
            (inputs, model.program.roots.clone())
        } else {
            (tree.inputs(*draft, &nodes, &is_own), tree.outputs(*draft, &nodes))
        };
        let parent = (!is_whole).then(|| numbers[&tree.drafts[*draft].parent]);
        let name = tree.drafts[*draft].name.clone();
        scopes.push(Scope { name, parent, children: Vec::new(), nodes, items: Vec::new(), inputs, outputs, class: 0 });
    }
    for scope in 1..scopes.len() {
        if let Some(parent) = scopes[scope].parent {
            scopes[parent].children.push(scope);
        }
    }
    let at = uses.all().map(|id| tree.at(id).map(|draft| numbers[&draft])).collect();
    (scopes, at)
}

/// The operands of a node, without attributes.
pub fn operands(model: &Model, id: Id) -> impl Iterator<Item = Id> {
    model.program.terms[id].children().iter().copied().filter(|child| !matches!(model.program.terms[*child], Node::Attr(_)))
}

/// The lengths of a type as a comment shows them, or the element type of a scalar.
pub fn lengths_text(ty: &Type) -> String {
    if let Type::Tuple(types) = ty {
        return types.iter().map(lengths_text).collect::<Vec<_>>().join(", ");
    }
    match ty.shape().dims() {
        Some([]) => ty.dtype().map_or("?", DType::name).to_owned(),
        Some(dims) => format!("[{}]", dims.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        None => "[…]".to_owned(),
    }
}
