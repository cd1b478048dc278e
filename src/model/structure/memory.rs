//! How much memory a model takes when it runs.

use super::{Structure, is_reshape};
use crate::ir::{Id, Node, Type};
use crate::model::{Model, Source};

/// Bytes that a run takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Of the weights.
    pub weights: u64,
    /// Of the inputs and the values that are alive at the same time, at most; `None` where a length is only known when the model runs.
    pub values: Option<u64>,
}

impl Structure {
    /// The memory that a model takes if each value's is free after the last statement that reads it, as the pool of the kernels has
    /// it. Values within a loop over elements take none, other axes for the same elements take none of their own, and what a
    /// kernel needs while it runs is not counted.
    pub fn memory(&self, model: &Model) -> Memory {
        Memory { weights: model.weights.iter().map(|weight| weight.bytes.len() as u64).sum(), values: self.most_alive(model) }
    }

    fn most_alive(&self, model: &Model) -> Option<u64> {
        let count = model.program.types.len();
        // What is gained and given back when each statement is done.
        let (mut gained, mut given) = (vec![0u64; count], vec![0u64; count + 1]);
        let memory: Vec<Id> = (0..count).map(Id::from).map(|id| self.memory_of(model, id)).collect();
        let mut ends: Vec<usize> = (0..count).collect();
        for id in (0..count).map(Id::from).filter(|id| self.uses.is_needed(*id)) {
            let own = usize::from(memory[usize::from(id)]);
            let last = self.uses.readers(id).iter().map(|reader| usize::from(self.loops.host(*reader))).max().unwrap_or(0);
            ends[own] = ends[own].max(if self.uses.is_root(id) { count } else { last });
        }
        for id in (0..count).map(Id::from).filter(|id| memory[usize::from(*id)] == *id && self.takes_memory(model, *id)) {
            let bytes = bytes(&model.program.types[usize::from(id)])?;
            gained[usize::from(id)] += bytes;
            given[ends[usize::from(id)]] += bytes;
        }
        let (mut alive, mut most) = (0, 0);
        for (gained, given) in gained.iter().zip(&given) {
            alive += gained;
            most = most.max(alive);
            alive -= given;
        }
        Some(most)
    }

    /// The value whose memory a value has.
    fn memory_of(&self, model: &Model, mut id: Id) -> Id {
        while let Node::Op(op, args) = &model.program.terms[id] {
            let shares = is_reshape(*op) || op.def().name == "tuple_get";
            match args.first().filter(|_| shares) {
                Some(operand) => id = *operand,
                None => break,
            }
        }
        id
    }

    /// True for an input and for what a statement computes.
    fn takes_memory(&self, model: &Model, id: Id) -> bool {
        let own = match &model.program.terms[id] {
            Node::Leaf(leaf) => matches!(model.leaves.get(leaf.0 as usize), Some(Source::Input(_))),
            Node::Op(..) => self.loops.is_host(id),
            Node::Const(_) | Node::Attr(_) => false,
        };
        own && self.uses.is_needed(id) && self.uses.length(id).is_none()
    }
}

/// The bytes of a value of a type, if all lengths are known.
fn bytes(ty: &Type) -> Option<u64> {
    match ty {
        Type::Tuple(items) => items.iter().map(bytes).sum(),
        _ => {
            let lengths = ty.shape().dims()?.iter().map(|dim| dim.as_known().and_then(|n| u64::try_from(n).ok()));
            let elements = lengths.into_iter().try_fold(1u64, |product, length| product.checked_mul(length?))?;
            elements.checked_mul(ty.dtype()?.size() as u64)
        }
    }
}
