use egg::Language;
use smallvec::SmallVec;

use super::{Attr, Const, OpId};

pub use egg::Id;

/// A term as a list of nodes, children before parents.
pub type RecExpr = egg::RecExpr<Node>;

/// Index of a [`super::Leaf`] in its [`super::Program`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LeafId(pub u32);

/// One node of a term.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    /// A scalar constant.
    Const(Const),
    /// An attribute of the op above it.
    Attr(Attr),
    /// A name, or opaque source text, of which only the type is known.
    Leaf(LeafId),
    /// An op applied to operands and attributes, in the order of its parameters.
    Op(OpId, SmallVec<[Id; 4]>),
}

impl Node {
    /// An op node.
    pub fn op(op: OpId, args: impl IntoIterator<Item = Id>) -> Node {
        Node::Op(op, args.into_iter().collect())
    }
}

impl Language for Node {
    type Discriminant = Node;

    fn discriminant(&self) -> Node {
        match self {
            Node::Op(op, _) => Node::Op(*op, SmallVec::new()),
            other => other.clone(),
        }
    }

    fn matches(&self, other: &Node) -> bool {
        match (self, other) {
            (Node::Op(a, x), Node::Op(b, y)) => a == b && x.len() == y.len(),
            (a, b) => a == b,
        }
    }

    fn children(&self) -> &[Id] {
        match self {
            Node::Op(_, args) => args,
            _ => &[],
        }
    }

    fn children_mut(&mut self) -> &mut [Id] {
        match self {
            Node::Op(_, args) => args,
            _ => &mut [],
        }
    }
}

impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Node::Const(c) => c.fmt(f),
            Node::Attr(a) => a.fmt(f),
            Node::Leaf(LeafId(i)) => write!(f, "%{i}"),
            Node::Op(op, _) => f.write_str(op.def().name),
        }
    }
}
