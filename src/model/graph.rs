use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Cache, Weight};
use crate::ir::{Id, LeafId, Narrow, Program, Type};

/// A model: its values as terms over its inputs and weights.
#[derive(Debug, Clone)]
pub struct Model {
    /// The name in the file, or the file's.
    pub name: String,
    /// The terms; its roots are the outputs in order.
    pub program: Program,
    /// What each leaf of the program is.
    pub leaves: Vec<Source>,
    /// The inputs in order.
    pub inputs: Vec<Input>,
    /// The outputs in order.
    pub outputs: Vec<Output>,
    /// The constant arrays.
    pub weights: Vec<Weight>,
    /// The names that values have in the file, where they have one.
    pub names: HashMap<Id, String>,
    /// The modules that values are computed in, outermost first and with slashes between, where the file says it.
    pub modules: HashMap<Id, Arc<str>>,
    /// The classes of modules by their paths, with dots between, where the source says it.
    pub classes: HashMap<String, String>,
    /// What it keeps of the parts of a sequence, if it is given one in parts.
    pub cache: Option<Cache>,
    /// What else the file says of itself, such as the names of classes: key and text.
    pub metadata: Vec<(String, String)>,
    /// The files that it was read from.
    pub files: Vec<PathBuf>,
}

/// What a leaf stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The input of this index.
    Input(usize),
    /// The weight of this index.
    Weight(usize),
    /// What a loop binds anew each round: its number, or a state.
    Bound,
}

/// An input of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The name in the file.
    pub name: String,
    /// Element type and lengths.
    pub ty: Type,
    /// The type of its elements in the file, if it is none of the IR's.
    pub narrow: Option<Narrow>,
}

/// An output of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// The name in the file.
    pub name: String,
    /// The type of its elements in the file, if it is none of the IR's.
    pub narrow: Option<Narrow>,
}

impl Model {
    /// The weight that a node is, if it is one.
    pub fn weight(&self, id: Id) -> Option<&Weight> {
        let crate::ir::Node::Leaf(LeafId(leaf)) = self.program.terms[id] else { return None };
        match self.leaves.get(leaf as usize)? {
            Source::Weight(index) => self.weights.get(*index),
            Source::Input(_) | Source::Bound => None,
        }
    }

    /// The input that a node is, if it is one.
    pub fn input(&self, id: Id) -> Option<&Input> {
        let crate::ir::Node::Leaf(LeafId(leaf)) = self.program.terms[id] else { return None };
        match self.leaves.get(leaf as usize)? {
            Source::Input(index) => self.inputs.get(*index),
            Source::Weight(_) | Source::Bound => None,
        }
    }
}
