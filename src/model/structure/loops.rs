//! Which nodes are one statement: element functions that run as one loop, and the layer whose results that loop takes.

use std::collections::{BTreeSet, HashMap, HashSet};

use egg::Language;

use super::{Layers, Uses};
use crate::ir::{Group, Id, Node, OpId, Type};
use crate::model::Model;

/// Tensors that one loop reads at most.
pub const OPERANDS: usize = 4;

/// The node in whose statement each node is computed.
#[derive(Debug)]
pub struct Loops {
    hosts: Vec<Id>,
    /// The layer that each statement's loop ends, by its result.
    absorbed: Vec<Option<Id>>,
}

/// True for ops that are a function of each element.
pub fn is_elementwise(op: OpId) -> bool {
    matches!(op.def().group, Group::Elementwise | Group::Select) && op.def().name != "copy"
}

/// What decides on loops.
struct Fusion<'a> {
    model: &'a Model,
    uses: &'a Uses,
    layers: &'a Layers,
    /// True for nodes whose statements stand in the same function.
    together: &'a dyn Fn(Id, Id) -> bool,
    /// For each node one that has its shape, though lengths of it may not be known: what its element functions are made of.
    origins: Vec<Id>,
}

impl Loops {
    /// The loops of a model; nodes are only fused that are `together`.
    pub fn new(model: &Model, uses: &Uses, layers: &Layers, together: &dyn Fn(Id, Id) -> bool) -> Loops {
        let count = model.program.types.len();
        let mut fusion = Fusion { model, uses, layers, together, origins: (0..count).map(Id::from).collect() };
        fusion.find_origins();
        let fused = fusion.fused();
        let mut loops = Loops { hosts: (0..count).map(Id::from).collect(), absorbed: vec![None; count] };
        for id in uses.all().rev().filter(|id| uses.is_needed(*id)) {
            if let Some(sum) = layers.sum_of(id) {
                loops.hosts[usize::from(id)] = loops.host(sum);
            } else if layers.of(id).is_some() {
                if let Some(host) = fusion.absorbing(&loops, id) {
                    loops.hosts[usize::from(id)] = host;
                    loops.absorbed[usize::from(host)] = Some(id);
                }
            } else if let (true, [reader]) = (fused.contains(&id), uses.readers(id)) {
                loops.hosts[usize::from(id)] = loops.host(*reader);
            }
        }
        loops
    }

    /// The node in whose statement a node is computed; itself for one that has its own.
    pub fn host(&self, id: Id) -> Id {
        self.hosts[usize::from(id)]
    }

    /// True if a node has a statement of its own.
    pub fn is_host(&self, id: Id) -> bool {
        self.host(id) == id
    }

    /// The layer, by its result, whose elements a statement's loop takes as they are stored.
    pub fn absorbed(&self, host: Id) -> Option<Id> {
        self.absorbed[usize::from(host)]
    }

    /// The values that the loop of an element function reads, in the order of the expression.
    pub fn operands(&self, model: &Model, host: Id) -> Vec<Id> {
        let mut found = Vec::new();
        self.collect(model, host, host, &mut found);
        found
    }

    fn collect(&self, model: &Model, id: Id, host: Id, found: &mut Vec<Id>) {
        for child in model.program.terms[id].children() {
            let absorbed = self.absorbed(host) == Some(*child);
            match &model.program.terms[*child] {
                Node::Attr(_) | Node::Const(_) => {}
                Node::Op(..) if !absorbed && self.host(*child) == host => self.collect(model, *child, host, found),
                _ if found.contains(child) => {}
                _ => found.push(*child),
            }
        }
    }
}

impl Fusion<'_> {
    fn ty(&self, id: Id) -> &Type {
        &self.model.program.types[usize::from(id)]
    }

    fn is_element_function(&self, id: Id) -> bool {
        let op = if let Node::Op(op, _) = &self.model.program.terms[id] { is_elementwise(*op) } else { false };
        op && self.uses.length(id).is_none() && self.layers.of(id).is_none()
    }

    /// A function of one tensor's elements has the shape of that tensor. What another function gives counts as it is, so that scopes of
    /// one class are fused alike.
    fn find_origins(&mut self) {
        for id in self.uses.all() {
            if !self.is_element_function(id) {
                continue;
            }
            let origin = |child: Id| if (self.together)(child, id) { self.origins[usize::from(child)] } else { child };
            let origins: Vec<Id> = self.tensors(id).map(origin).collect();
            if let [first, rest @ ..] = &origins[..]
                && rest.iter().all(|origin| origin == first)
            {
                self.origins[usize::from(id)] = *first;
            }
        }
    }

    /// True if two values are known to have the same shape.
    fn alike(&self, a: Id, b: Id) -> bool {
        self.ty(a).shape().same(self.ty(b).shape()) || self.origins[usize::from(a)] == self.origins[usize::from(b)]
    }

    /// The operands of a node that are not numbers or attributes.
    fn tensors(&self, id: Id) -> impl Iterator<Item = Id> {
        let terms = &self.model.program.terms;
        terms[id].children().iter().copied().filter(|child| !matches!(terms[*child], Node::Attr(_) | Node::Const(_)))
    }

    /// The element functions that their one reader takes into its loop, as long as that reads no more tensors than a loop may.
    fn fused(&self) -> HashSet<Id> {
        let mut operands: HashMap<Id, Vec<Id>> = HashMap::new();
        let mut fused = HashSet::new();
        for id in self.uses.all().filter(|id| self.uses.is_needed(*id) && self.is_element_function(*id)) {
            let children: Vec<Id> = self.tensors(id).collect();
            let mut parts: Vec<Vec<Id>> = children.iter().map(|child| vec![*child]).collect();
            for (i, child) in children.iter().enumerate().filter(|(_, child)| self.joins(**child, id)) {
                let own = operands.get(child).cloned().unwrap_or_default();
                let alone = std::mem::replace(&mut parts[i], own);
                if parts.iter().flatten().collect::<HashSet<_>>().len() > OPERANDS {
                    parts[i] = alone;
                } else {
                    fused.insert(*child);
                }
            }
            operands.insert(id, parts.into_iter().flatten().collect::<BTreeSet<_>>().into_iter().collect());
        }
        fused
    }

    /// True for an element function that only `reader` reads, in the same shape.
    fn joins(&self, id: Id, reader: Id) -> bool {
        self.is_element_function(id)
            && self.uses.readers(id).len() == 1
            && !self.uses.is_root(id)
            && self.alike(reader, id)
            && (self.together)(id, reader)
    }

    /// The statement that can take a layer's elements as they are stored: a loop that alone reads them, and at most one tensor of the
    /// same shape beside.
    fn absorbing(&self, loops: &Loops, layer: Id) -> Option<Id> {
        let readers = self.uses.readers(layer);
        let host = loops.host(*readers.first()?);
        let alike = |id: Id| self.alike(id, layer) && self.ty(id).dtype() == self.ty(layer).dtype();
        let alone = readers.iter().all(|reader| loops.host(*reader) == host) && !self.uses.is_root(layer);
        if !alone || !self.is_element_function(host) || !alike(host) || loops.absorbed(host).is_some() || !(self.together)(layer, host) {
            return None;
        }
        let operands = loops.operands(self.model, host);
        (operands.len() <= 2 && operands.iter().all(|operand| alike(*operand))).then_some(host)
    }
}
