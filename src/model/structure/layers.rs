//! Ops with constant weights: layers, which are made once.

use std::collections::HashMap;

use egg::Language;

use super::Uses;
use crate::ir::{Attr, Id, Node};
use crate::model::Model;

/// What a layer computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A product with a matrix, and what is added to each row.
    Linear,
    /// A convolution.
    Conv,
    /// Long short-term memory.
    Lstm,
    /// Gated recurrent units.
    Gru,
    /// A normalization over the last axis; of this and what follows a printer makes layers itself, if its library has them.
    LayerNorm,
    /// Rows of a table.
    Embedding,
}

/// An op with constant weights.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Layer {
    /// What it computes.
    pub kind: Kind,
    /// The op; of a [`Kind::Linear`] with a bias the sum is the layer's result.
    pub op: Id,
    /// The weights in the order of the op's operands, the bias last.
    pub weights: Vec<Id>,
    /// True if the last weight is a bias.
    pub has_bias: bool,
}

/// The layers by the nodes that are their results.
#[derive(Debug, Default)]
pub struct Layers {
    by_result: HashMap<Id, Layer>,
    /// The sum that each product is part of.
    sums: HashMap<Id, Id>,
}

impl Layers {
    /// The layers of a model whose weights `is_own` accepts, which is given the layer's op and a weight.
    pub fn new(model: &Model, uses: &Uses, is_own: &dyn Fn(Id, Id) -> bool) -> Layers {
        let mut layers = Layers::default();
        for id in uses.all().filter(|id| uses.is_needed(*id)) {
            let Some(mut layer) = layer(model, id).filter(|layer| layer.weights.iter().all(|weight| is_own(id, *weight))) else { continue };
            let mut result = id;
            if let Some((sum, bias)) = bias(model, uses, id).filter(|(_, bias)| layer.kind == Kind::Linear && is_own(id, *bias)) {
                layer.weights.push(bias);
                layer.has_bias = true;
                layers.sums.insert(id, sum);
                result = sum;
            }
            layers.by_result.insert(result, layer);
        }
        layers
    }

    /// The layer whose result a node is.
    pub fn of(&self, id: Id) -> Option<&Layer> {
        self.by_result.get(&id)
    }

    /// The sum that is the result of the layer of which a node is the product.
    pub(super) fn sum_of(&self, id: Id) -> Option<Id> {
        self.sums.get(&id).copied()
    }
}

/// The layer that an op is by itself.
fn layer(model: &Model, id: Id) -> Option<Layer> {
    let Node::Op(op, children) = &model.program.terms[id] else { return None };
    let ty = |id: Id| &model.program.types[usize::from(id)];
    let (kind, count) = match op.def().name {
        "matmul" => (Kind::Linear, 1),
        "conv" => (Kind::Conv, 1),
        "lstm" => (Kind::Lstm, 2),
        "gru" => (Kind::Gru, 2),
        _ => return None,
    };
    let dtype = ty(*children.first()?).dtype()?;
    let mut weights: Vec<Id> = children.get(1..1 + count)?.to_vec();
    let is_bias_fine = |at: usize, weights: &mut Vec<Id>| match model.program.terms[*children.get(at)?] {
        Node::Attr(Attr::None) => Some(false),
        _ => {
            weights.push(children[at]);
            Some(true)
        }
    };
    let has_bias = kind != Kind::Linear && is_bias_fine(1 + count, &mut weights)?;
    let rank = |id: Id| ty(id).rank();
    let fits = match kind {
        Kind::Linear => rank(weights[0]) == Some(2) && rank(children[0]).is_some_and(|rank| rank >= 2),
        Kind::Conv => rank(weights[0]).is_some_and(|rank| (3..=5).contains(&rank)),
        _ => true,
    };
    let constant = weights.iter().all(|weight| model.weight(*weight).is_some_and(|w| w.dtype == dtype));
    (fits && constant).then_some(Layer { kind, op: id, weights, has_bias })
}

/// The sum that is all that reads a product, and the constant vector, perhaps with axes of length 1 before it, that is added there.
fn bias(model: &Model, uses: &Uses, product: Id) -> Option<(Id, Id)> {
    let &[sum] = uses.readers(product) else { return None };
    let Node::Op(op, children) = &model.program.terms[sum] else { return None };
    let shape = |id: Id| model.program.types[usize::from(id)].shape();
    let bias = *children.iter().find(|child| **child != product)?;
    let (width, leading) = model.weight(bias)?.shape.split_last()?;
    let is_vector = leading.iter().all(|length| *length == 1) && shape(product).dims()?.last()?.as_known()? == *width as i64;
    let is_sum = op.def().name == "add" && children.len() == 2 && !uses.is_root(product);
    (is_sum && is_vector && shape(sum).same(shape(product))).then_some((sum, bias))
}

impl Layer {
    /// The operands and attributes of the op.
    pub fn operands<'m>(&self, model: &'m Model) -> &'m [Id] {
        model.program.terms[self.op].children()
    }
}
