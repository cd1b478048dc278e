use super::{Id, RecExpr, Type};

/// What the terms are printed as and run by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// Python with NumPy.
    Numpy,
    /// Python with PyTorch.
    Torch,
    /// Rust with `std` and ndarray.
    Rust,
}

impl Target {
    /// Every target.
    pub const ALL: [Target; 3] = [Target::Numpy, Target::Torch, Target::Rust];

    /// `numpy`, `torch` or `rust`.
    pub fn name(self) -> &'static str {
        match self {
            Target::Numpy => "numpy",
            Target::Torch => "torch",
            Target::Rust => "rust",
        }
    }
}

/// A value that comes from outside the terms: a name, or source text that is not understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// The name or the text as it stands in the source.
    pub text: String,
    /// What is known of it.
    pub ty: Type,
}

/// Pure terms over leaves: a region's values, a model's graph. Equal subterms are one node.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// What the terms are written in.
    pub target: Target,
    /// The values from outside, indexed by [`super::LeafId`].
    pub leaves: Vec<Leaf>,
    /// All nodes, operands before users, no two equal.
    pub terms: RecExpr,
    /// The type of each node of `terms`; [`Type::Unknown`] for attributes.
    pub types: Vec<Type>,
    /// The values that are read from outside, in order.
    pub roots: Vec<Id>,
}
