use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Input, Model, Output, Source, Weight};
use crate::ir::{Arg, Attr, Const, DTypeKind, EvalArg, Id, Leaf, LeafId, Node, OpId, ProgramBuilder, Target, Type, Value};

/// Results of constants are computed at once up to this many elements beyond those of the operands.
const FOLDED: usize = 1 << 24;

/// Puts a model together. What is made of constants alone is computed on the way.
pub(super) struct ModelBuilder {
    pub terms: ProgramBuilder,
    leaves: Vec<Source>,
    weights: Vec<Weight>,
    /// What was computed of constants, so that nodes that compute the same share one weight.
    computed: HashMap<(OpId, Vec<Id>), Id>,
    pub names: HashMap<Id, String>,
    pub modules: HashMap<Id, Arc<str>>,
    /// The files that were read.
    pub files: Vec<PathBuf>,
}

impl ModelBuilder {
    pub fn new() -> ModelBuilder {
        ModelBuilder {
            terms: ProgramBuilder::new(Target::Rust),
            leaves: Vec::new(),
            weights: Vec::new(),
            computed: HashMap::new(),
            names: HashMap::new(),
            modules: HashMap::new(),
            files: Vec::new(),
        }
    }

    /// The input of an index.
    pub fn input(&mut self, index: usize, name: &str, ty: Type) -> Id {
        let id = self.terms.leaf(Leaf { text: name.to_owned(), ty });
        self.leaves.push(Source::Input(index));
        self.names.insert(id, name.to_owned());
        id
    }

    /// What a loop binds anew each round.
    pub fn bound(&mut self, name: &str, ty: Type) -> Id {
        let id = self.terms.leaf(Leaf { text: name.to_owned(), ty });
        self.leaves.push(Source::Bound);
        self.names.insert(id, name.to_owned());
        id
    }

    /// A constant: a number if it has no axes, else a leaf.
    pub fn constant(&mut self, weight: Weight) -> Id {
        if weight.shape.is_empty() {
            let number = match (weight.dtype.kind(), weight.to_ints()) {
                (DTypeKind::Int | DTypeKind::Bool, Some(ints)) => Const::typed_int(weight.dtype, ints[0] as i64),
                _ => Const::typed_float(weight.dtype, weight.to_f64()[0]),
            };
            return self.terms.add_typed(Node::Const(number), Type::of_const(&number));
        }
        let id = self.terms.leaf(Leaf { text: weight.name.clone(), ty: weight.ty() });
        if !weight.name.is_empty() {
            self.names.insert(id, weight.name.clone());
        }
        self.leaves.push(Source::Weight(self.weights.len()));
        self.weights.push(weight);
        id
    }

    /// The constant array that a value is.
    pub fn weight(&self, id: Id) -> Option<&Weight> {
        self.weight_index(id).map(|index| &self.weights[index])
    }

    /// A computed constant has the name of the first value that it is.
    pub fn name_weight(&mut self, id: Id, name: &str) {
        if let Some(weight) = self.weight_index(id).map(|index| &mut self.weights[index])
            && weight.name.is_empty()
        {
            weight.name = name.to_owned();
        }
    }

    fn weight_index(&self, id: Id) -> Option<usize> {
        let Node::Leaf(LeafId(leaf)) = self.terms.node(id) else { return None };
        match self.leaves.get(*leaf as usize)? {
            Source::Weight(index) => Some(*index),
            Source::Input(_) | Source::Bound => None,
        }
    }

    /// An op over constants alone, computed; `None` if an operand is no constant, or the result would be very large.
    pub fn folded(&mut self, op: OpId, ids: &[Id]) -> Option<Id> {
        if let Some(same) = self.computed.get(&(op, ids.to_vec())) {
            return Some(*same);
        }
        let program = self.terms.program();
        let args: Vec<Arg> = ids.iter().map(|id| program.arg(*id)).collect();
        let ty = (op.def().infer)(Target::Rust, &args).ok()?;
        let operands: usize = ids.iter().filter_map(|id| self.weight(*id)).map(Weight::len).sum();
        let size = ty.shape().size().as_known()?;
        if size as usize > operands.saturating_add(FOLDED) {
            return None;
        }
        let mut values = Vec::new();
        for id in ids {
            values.push(match self.terms.node(*id) {
                Node::Attr(_) => None,
                Node::Const(c) => Some(Value::of_const(c)),
                _ => Some(self.weight(*id)?.to_value()),
            });
        }
        let args: Vec<EvalArg> = ids
            .iter()
            .zip(&values)
            .map(|(id, value)| match (value, self.terms.node(*id)) {
                (Some(value), _) => EvalArg::Value(value),
                (None, Node::Attr(attr)) => EvalArg::Attr(attr),
                (None, _) => EvalArg::Attr(&Attr::None),
            })
            .collect();
        let value = (op.def().eval)(Target::Rust, &args).ok()?;
        let named = ids.iter().find_map(|id| self.weight(*id)).map_or(String::new(), |w| w.name.clone());
        let constant = self.constant(Weight::of_value(named, &value)?);
        self.computed.insert((op, ids.to_vec()), constant);
        Some(constant)
    }

    /// The model with these values as its outputs.
    pub fn finish(mut self, name: String, inputs: Vec<Input>, outputs: Vec<Output>, roots: Vec<Id>) -> Model {
        self.names.retain(|_, name| !name.is_empty());
        let program = self.terms.finish(roots);
        let ModelBuilder { leaves, weights, names, modules, files, .. } = self;
        Model {
            name,
            program,
            leaves,
            inputs,
            outputs,
            weights,
            names,
            modules,
            classes: HashMap::new(),
            cache: None,
            metadata: Vec::new(),
            files,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::DType;

    #[test]
    fn what_is_computed_of_constants_twice_is_one_weight() {
        let mut builder = ModelBuilder::new();
        let bytes: Vec<u8> = (0..6).flat_map(|i| (i as f32).to_le_bytes()).collect();
        let w = builder.constant(Weight { name: "w".into(), dtype: DType::F32, shape: vec![2, 3], bytes: bytes.into() });
        let axes = builder.terms.add_typed(Node::Attr(Attr::Ints(vec![1, 0])), Type::Unknown);
        let turned = builder.folded(OpId::get("permute"), &[w, axes]).expect("the operands are constants");
        assert_eq!(builder.weight(turned).expect("it is a constant").to_f64(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(builder.folded(OpId::get("permute"), &[w, axes]), Some(turned));
        assert_ne!(builder.folded(OpId::get("permute"), &[turned, axes]), Some(turned));
    }
}
