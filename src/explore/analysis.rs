//! What is known of every class of equal terms: type, constant value, attribute, bounds.

use egg::{Analysis, DidMerge};
use smallvec::SmallVec;

use super::{EGraph, fold, ranges};
use crate::ir::condition::Range;
use crate::ir::{Arg, Attr, Const, Dim, Id, Node, Shape, Target, Type, TypeError};

/// The facts that hold for every term of a class.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The most specific type of any of the terms.
    pub ty: Type,
    /// The value, if it is a known scalar.
    pub constant: Option<Const>,
    /// The attribute, if the class is one.
    pub attr: Option<Attr>,
    /// Bounds of the elements.
    pub range: Range,
}

impl Facts {
    /// Nothing but a type.
    pub fn of_type(ty: Type) -> Facts {
        Facts { ty, constant: None, attr: None, range: Range::UNKNOWN }
    }

    /// As a type rule sees it.
    pub fn arg(&self) -> Arg<'_> {
        match &self.attr {
            Some(attr) => Arg::Attr(attr),
            None => Arg::Value(&self.ty, self.constant),
        }
    }
}

/// The e-graph's analysis.
#[derive(Debug, Clone)]
pub struct TypeAnalysis {
    /// What the terms are written in.
    pub target: Target,
    /// The leaves' types.
    pub leaves: Vec<Type>,
    /// Facts of the node that is about to be added, if they are already computed.
    pub prepared: Option<Facts>,
    /// How often two classes of different types, or of different constants, were found equal: each one is a wrong rule.
    pub conflicts: u64,
    /// How many classes turned out to be constants.
    pub folded: u64,
}

impl TypeAnalysis {
    /// For terms over leaves of these types.
    pub fn new(target: Target, leaves: Vec<Type>) -> TypeAnalysis {
        TypeAnalysis { target, leaves, prepared: None, conflicts: 0, folded: 0 }
    }
}

/// The facts of one node, given those of its arguments.
///
/// # Errors
/// If the op's type rule refuses the operands.
pub fn facts_of<'a>(analysis: &TypeAnalysis, node: &Node, of: impl Fn(Id) -> &'a Facts) -> Result<Facts, TypeError> {
    match node {
        Node::Const(c) => {
            let shape = Shape::scalar();
            let ty = Type::Array { dtype: Some(c.dtype), weak: c.weak, shape };
            let range = ranges::of_constant(c);
            Ok(Facts { ty, constant: Some(*c), attr: None, range })
        }
        Node::Attr(attr) => Ok(Facts { attr: Some(attr.clone()), ..Facts::of_type(Type::Unknown) }),
        Node::Leaf(leaf) => Ok(Facts::of_type(analysis.leaves.get(leaf.0 as usize).cloned().unwrap_or(Type::Unknown))),
        Node::Op(op, args) => {
            let facts: SmallVec<[&Facts; 4]> = args.iter().map(|&id| of(id)).collect();
            let args: SmallVec<[Arg; 4]> = facts.iter().map(|f| f.arg()).collect();
            let ty = (op.def().infer)(analysis.target, &args)?;
            let constant = fold::constant(analysis.target, *op, &facts, &ty);
            let squared = op.def().name == "mul" && args_of(node).is_some_and(|[a, b]| a == b);
            let range = match &constant {
                Some(constant) => ranges::of_constant(constant),
                None if squared => ranges::of_square(&ty),
                None => ranges::of_op(*op, &facts, &ty),
            };
            Ok(Facts { ty, constant, attr: None, range })
        }
    }
}

/// The operands of an op that has two.
fn args_of(node: &Node) -> Option<[Id; 2]> {
    match node {
        Node::Op(_, args) => args.as_ref().try_into().ok(),
        _ => None,
    }
}

impl Analysis<Node> for TypeAnalysis {
    type Data = Facts;

    fn make(egraph: &mut EGraph, node: &Node, _: Id) -> Facts {
        if let Some(facts) = egraph.analysis.prepared.take() {
            return facts;
        }
        facts_of(&egraph.analysis, node, |id| &egraph[id].data).unwrap_or_else(|_| Facts::of_type(Type::Unknown))
    }

    fn merge(&mut self, a: &mut Facts, b: Facts) -> DidMerge {
        let before = a.clone();
        let mut conflict = false;
        a.ty = merge_types(&a.ty, &b.ty, &mut conflict);
        a.constant = match (a.constant, b.constant) {
            (Some(x), Some(y)) if x != y => {
                conflict = true;
                Some(x.min(y))
            }
            (x, y) => x.or(y),
        };
        a.range = merge_ranges(a.range, b.range);
        self.conflicts += u64::from(conflict);
        let same = |x: &Facts| x.ty == a.ty && x.constant == a.constant && x.range == a.range;
        DidMerge(!same(&before), !same(&b))
    }

    fn modify(egraph: &mut EGraph, id: Id) {
        let class = &egraph[id];
        let Some(constant) = class.data.constant else { return };
        if class.nodes.iter().any(|node| matches!(node, Node::Const(_))) {
            return;
        }
        egraph.analysis.folded += 1;
        let added = egraph.add_uncanonical(Node::Const(constant));
        egraph.union_trusted(id, added, super::FOLD);
    }
}

/// The type with those of its unknown lengths that another type of the same value says; `None` if that adds nothing.
pub fn completed(own: &Type, other: &Type) -> Option<Type> {
    let (Type::Array { dtype, weak, shape: Shape::Ranked(dims) }, Shape::Ranked(others)) = (own, other.shape()) else { return None };
    let adds = |(own, other): (&Dim, &Dim)| *own == Dim::Unknown && *other != Dim::Unknown;
    if dims.len() != others.len() || !dims.iter().zip(others).any(adds) {
        return None;
    }
    let dims = dims.iter().zip(others).map(|(own, other)| if *own == Dim::Unknown { other } else { own }.clone()).collect();
    Some(Type::Array { dtype: *dtype, weak: *weak, shape: Shape::Ranked(dims) })
}

/// Known to be different, so that no rule can be right that says they are types of one value.
pub fn differ(a: &Type, b: &Type) -> bool {
    let mut conflict = false;
    merge_types(a, b, &mut conflict);
    conflict
}

/// The more specific of two types of one value.
fn merge_types(a: &Type, b: &Type, conflict: &mut bool) -> Type {
    match (a, b) {
        (Type::Unknown, other) | (other, Type::Unknown) => other.clone(),
        (Type::Array { dtype: d, weak: w, shape: s }, Type::Array { dtype: e, weak: v, shape: t }) => {
            *conflict |= w != v || matches!((d, e), (Some(d), Some(e)) if d != e);
            Type::Array { dtype: d.or(*e), weak: *w && *v, shape: merge_shapes(s, t, conflict) }
        }
        (Type::Tuple(x), Type::Tuple(y)) if x.len() == y.len() => {
            Type::Tuple(x.iter().zip(y).map(|(x, y)| merge_types(x, y, conflict)).collect())
        }
        _ => {
            *conflict = true;
            a.min(b).clone()
        }
    }
}

fn merge_shapes(a: &Shape, b: &Shape, conflict: &mut bool) -> Shape {
    match (a, b) {
        (Shape::Unknown, other) | (other, Shape::Unknown) => other.clone(),
        (Shape::Ranked(x), Shape::Ranked(y)) if x.len() == y.len() => {
            Shape::Ranked(x.iter().zip(y).map(|(x, y)| merge_dims(x, y, conflict)).collect())
        }
        _ => {
            *conflict = true;
            a.min(b).clone()
        }
    }
}

/// A number says most, then a formula; of two formulas, the same one is taken whatever the order.
fn merge_dims(a: &Dim, b: &Dim, conflict: &mut bool) -> Dim {
    *conflict |= a.differs(b);
    match (a, b) {
        (Dim::Unknown, other) | (other, Dim::Unknown) => other.clone(),
        _ if a.as_known().is_some() != b.as_known().is_some() => if a.as_known().is_some() { a } else { b }.clone(),
        _ => a.min(b).clone(),
    }
}

fn merge_ranges(a: Range, b: Range) -> Range {
    let high = if b.high.total_cmp(&a.high).is_lt() { b.high } else { a.high };
    let low = if b.low.total_cmp(&a.low).is_gt() { b.low } else { a.low };
    Range { low, high, nan: a.nan && b.nan }
}
