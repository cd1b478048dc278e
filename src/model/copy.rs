//! A model written again, node by node, some of them otherwise.

use super::builder::ModelBuilder;
use super::{Model, Source};
use crate::ir::{Attr, Id, LeafId, Node, OpId, Shape, Type};

/// A model that is being written again.
pub(super) struct Copy<'m> {
    /// The model that is read.
    pub model: &'m Model,
    /// What is written.
    pub builder: ModelBuilder,
    /// The new node of each old one that was written.
    ids: Vec<Option<Id>>,
}

impl<'m> Copy<'m> {
    /// Nothing written yet.
    pub fn new(model: &'m Model) -> Copy<'m> {
        Copy { model, builder: ModelBuilder::new(), ids: vec![None; model.program.types.len()] }
    }

    /// Writes all nodes that the outputs need, in order; `other` gives the new node of one that is to be otherwise.
    pub fn nodes(&mut self, mut other: impl FnMut(&mut Copy<'m>, Id) -> Result<Option<Id>, String>) -> Result<(), String> {
        for old in needed(self.model) {
            let new = match other(self, old)? {
                Some(new) => new,
                None => self.same(old),
            };
            if let Some(name) = self.model.names.get(&old) {
                self.builder.names.entry(new).or_insert_with(|| name.clone());
            }
            if let (Some(module), Node::Op(..)) = (self.model.modules.get(&old), self.builder.terms.node(new)) {
                self.builder.modules.entry(new).or_insert_with(|| module.clone());
            }
            self.ids[usize::from(old)] = Some(new);
        }
        Ok(())
    }

    /// The new node of an old one, which comes before it.
    pub fn id(&self, old: Id) -> Id {
        self.ids[usize::from(old)].unwrap_or(old)
    }

    fn same(&mut self, old: Id) -> Id {
        let ty = self.model.program.types[usize::from(old)].clone();
        match &self.model.program.terms[old] {
            Node::Leaf(LeafId(leaf)) => match self.model.leaves[*leaf as usize] {
                Source::Input(index) => self.builder.input(index, &self.model.inputs[index].name, ty),
                Source::Weight(index) => self.builder.constant(self.model.weights[index].clone()),
                Source::Bound => self.builder.bound(&self.model.program.leaves[*leaf as usize].text, ty),
            },
            Node::Op(op, args) => {
                let args: Vec<Id> = args.iter().map(|arg| self.id(*arg)).collect();
                self.builder.terms.add_typed(Node::op(*op, args), ty)
            }
            other => self.builder.terms.add_typed(other.clone(), ty),
        }
    }

    /// An attribute.
    pub fn attr(&mut self, attr: Attr) -> Id {
        self.builder.terms.add_typed(Node::Attr(attr), Type::Unknown)
    }

    /// A new op, of no module yet: it stands where it is read.
    pub fn op(&mut self, name: &str, args: &[Id]) -> Result<Id, String> {
        self.builder.terms.add(Node::op(OpId::get(name), args.iter().copied())).map_err(|e| format!("{name}: {}", e.0))
    }

    /// A new op of which the shape is known better than its types say.
    pub fn op_of_shape(&mut self, name: &str, args: &[Id], ty: &Type, shape: Shape) -> Id {
        self.builder.terms.add_typed(Node::op(OpId::get(name), args.iter().copied()), ty.with_shape(shape))
    }
}

/// The nodes that the outputs of a model need, operands before their readers.
fn needed(model: &Model) -> Vec<Id> {
    model.program.needed().1
}
