//! Who reads what.

use std::collections::{HashMap, HashSet};

use egg::Language;

use crate::ir::{Attr, DType, Dim, Id, Node, OpId, Program, Symbol};
use crate::model::Model;

/// The readers of each value that an output needs, and which values are no tensors but lengths.
#[derive(Debug)]
pub struct Uses {
    readers: Vec<Vec<Id>>,
    roots: HashSet<Id>,
    lengths: HashMap<Id, Dim>,
}

impl Uses {
    /// What the outputs of a model need.
    pub fn new(model: &Model) -> Uses {
        let program = &model.program;
        let dims = model.inputs.iter().flat_map(|input| input.ty.shape().dims().unwrap_or(&[]));
        let symbols: HashSet<Symbol> = dims.filter_map(Dim::as_symbol).cloned().collect();
        let mut lengths = HashMap::new();
        for id in (0..program.types.len()).map(Id::from) {
            if let Some(dim) = length(program, id, &lengths).filter(|dim| is_printable(dim, &symbols)) {
                lengths.insert(id, dim);
            }
        }
        Uses::with_lengths(program, lengths)
    }

    /// What the roots of a program need; a length does not read what it is the length of.
    pub(super) fn with_lengths(program: &Program, lengths: HashMap<Id, Dim>) -> Uses {
        let roots: HashSet<Id> = program.roots.iter().copied().collect();
        let mut readers: Vec<Vec<Id>> = vec![Vec::new(); program.types.len()];
        for id in (0..readers.len()).rev().map(Id::from) {
            if roots.contains(&id) || !readers[usize::from(id)].is_empty() {
                readers[usize::from(id)].reverse();
                if lengths.contains_key(&id) {
                    continue;
                }
                for child in program.terms[id].children() {
                    readers[usize::from(*child)].push(id);
                }
            }
        }
        Uses { readers, roots, lengths }
    }

    /// The nodes that read a node, in order, one that reads it twice twice; none for what no output needs.
    pub fn readers(&self, id: Id) -> &[Id] {
        &self.readers[usize::from(id)]
    }

    /// True for an output.
    pub fn is_root(&self, id: Id) -> bool {
        self.roots.contains(&id)
    }

    /// True if an output is made of it, or is it.
    pub fn is_needed(&self, id: Id) -> bool {
        self.is_root(id) || !self.readers(id).is_empty()
    }

    /// The length that a value is which is no tensor but `dim(x, axis)` or `numel(x)` of lengths that the inputs bring.
    pub fn length(&self, id: Id) -> Option<&Dim> {
        self.lengths.get(&id)
    }

    /// All nodes, operands before their readers.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = Id> + use<> {
        (0..self.readers.len()).map(Id::from)
    }
}

/// `dim(x, axis)` or `numel(x)`, or such an integer made 64 bits long.
fn length(program: &Program, id: Id, known: &HashMap<Id, Dim>) -> Option<Dim> {
    let Node::Op(op, children) = &program.terms[id] else { return None };
    if op.def().name == "cast" {
        let is_wide = program.types[usize::from(id)].dtype() == Some(DType::I64);
        return known.get(children.first()?).filter(|_| is_wide).cloned();
    }
    let shape = program.types[usize::from(*children.first()?)].shape();
    match (op.def().name, children.get(1).map(|child| &program.terms[*child])) {
        ("dim", Some(Node::Attr(Attr::Int(axis)))) => shape.dims()?.get(*axis as usize).cloned(),
        ("numel", _) => shape.dims().map(|_| shape.size()),
        _ => None,
    }
}

fn is_printable(dim: &Dim, symbols: &HashSet<Symbol>) -> bool {
    let Dim::Poly(_) = dim else { return false };
    dim.as_known().is_none_or(|n| n >= 0) && dim.symbols().all(|symbol| symbols.contains(symbol))
}

/// True for ops that give the same elements other axes.
pub fn is_reshape(op: OpId) -> bool {
    matches!(op.def().name, "reshape" | "ravel" | "expand_dims" | "squeeze")
}
