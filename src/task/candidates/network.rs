//! Layers as terms, with a count of what they learn.

use crate::ir::{Attr, DType, Dim, Id, Leaf, Node, OpId, Program, ProgramBuilder, Shape, Target, Type, TypeError};
use crate::task::candidates::{View, embedding_width};
use crate::task::{Inputs, Task};

/// A result of building: the value, or why an op refuses its operands.
pub(super) type Built = Result<Id, TypeError>;

/// Models over the same inputs.
pub(super) struct Network {
    builder: ProgramBuilder,
    batch: usize,
    input: Option<Id>,
    parameters: u64,
    shared: u64,
}

impl Network {
    /// The inputs of a task, normalized.
    pub fn new(batch: usize, view: View, task: &Task) -> Network {
        let mut network = Network { builder: ProgramBuilder::new(Target::Torch), batch, input: None, parameters: 0, shared: 0 };
        network.input = network.normalized(view, task).ok();
        network.shared = std::mem::take(&mut network.parameters);
        network
    }

    /// What every model reads.
    fn normalized(&mut self, view: View, task: &Task) -> Built {
        let shape = match view {
            View::Vector(_) => return self.table(view, task),
            View::Sequence(places, features) => vec![self.batch, places, features],
            View::Image(channels, height, width) => vec![self.batch, channels, height, width],
            View::Characters(_, context) => {
                let ty = Type::array(DType::I64, Shape::fixed(&[self.batch, context]));
                return Ok(self.builder.leaf(Leaf { text: "x".to_owned(), ty }));
            }
        };
        let x = self.leaf("x", &shape);
        let channels = match view {
            View::Image(channels, ..) => vec![channels, 1, 1],
            _ => vec![shape[2]],
        };
        self.scaled(x, &channels)
    }

    /// Numbers with mean 0 and deviation 1, and the embeddings of categories behind them.
    fn table(&mut self, view: View, task: &Task) -> Built {
        let categories = match &task.inputs {
            Inputs::Table(columns) => columns.categories.as_slice(),
            _ => &[],
        };
        let embedded: usize = categories.iter().map(embedding_width).sum();
        let mut parts = Vec::new();
        if view.size() > embedded {
            let x = self.leaf("x", &[self.batch, view.size() - embedded]);
            parts.push(self.scaled(x, &[view.size() - embedded])?);
        }
        for category in categories {
            let ty = Type::array(DType::I64, Shape::fixed(&[self.batch]));
            let codes = self.builder.leaf(Leaf { text: "codes".to_owned(), ty });
            let table = self.weight(&[category.size + 1, embedding_width(category)]);
            parts.push(self.op("embedding", &[table, codes])?);
        }
        if let [only] = parts.as_slice() {
            return Ok(*only);
        }
        parts.insert(0, self.attr(Attr::Int(1))?);
        self.op("concat", &parts)
    }

    fn scaled(&mut self, x: Id, shape: &[usize]) -> Built {
        let (mean, deviation) = (self.leaf("mean", shape), self.leaf("std", shape));
        let centered = self.op("sub", &[x, mean])?;
        self.op("div", &[centered, deviation])
    }

    fn leaf(&mut self, name: &str, shape: &[usize]) -> Id {
        self.builder.leaf(Leaf { text: name.to_owned(), ty: Type::array(DType::F32, Shape::fixed(shape)) })
    }

    /// What every model reads.
    pub fn input(&self) -> Built {
        self.input.ok_or_else(|| TypeError("the inputs have no form that a model reads".to_owned()))
    }

    /// Examples of one step.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Numbers that are learned, as far as it is built.
    pub fn parameters(&self) -> u64 {
        self.parameters
    }

    /// Numbers that are learned of what all models read.
    pub fn shared_parameters(&self) -> u64 {
        self.shared
    }

    /// The models with these results.
    pub fn finish(self, roots: Vec<Id>) -> Program {
        self.builder.finish(roots)
    }

    /// Numbers to be learned.
    pub fn weight(&mut self, shape: &[usize]) -> Id {
        self.parameters += shape.iter().product::<usize>() as u64;
        self.leaf("w", shape)
    }

    /// An attribute.
    pub fn attr(&mut self, attr: Attr) -> Built {
        self.builder.add(Node::Attr(attr))
    }

    /// An op on values and attributes.
    pub fn op(&mut self, name: &str, args: &[Id]) -> Built {
        let op = OpId::named(name).ok_or_else(|| TypeError(format!("no op is named `{name}`")))?;
        self.builder.add(Node::op(op, args.iter().copied()))
    }

    /// The value in another shape.
    pub fn reshape(&mut self, x: Id, shape: &[usize]) -> Built {
        let shape = self.attr(Attr::Dims(shape.iter().map(|&n| Dim::known(n as i64)).collect()))?;
        self.op("reshape", &[x, shape])
    }

    /// The axes in another order.
    pub fn permute(&mut self, x: Id, axes: &[i64]) -> Built {
        let axes = self.attr(Attr::Ints(axes.to_vec()))?;
        self.op("permute", &[x, axes])
    }

    /// `x @ w.T + b`.
    pub fn linear(&mut self, x: Id, inputs: usize, outputs: usize) -> Built {
        let (w, b) = (self.weight(&[outputs, inputs]), self.weight(&[outputs]));
        let transposed = self.op("transpose", &[w])?;
        let product = self.op("matmul", &[x, transposed])?;
        self.op("add", &[product, b])
    }

    /// The mean over an axis.
    pub fn mean(&mut self, x: Id, axis: i64) -> Built {
        let (axis, keep) = (self.attr(Attr::Int(axis))?, self.attr(Attr::Bool(false))?);
        self.op("mean", &[x, axis, keep])
    }
}
