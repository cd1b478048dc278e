//! `2 * x * 3` as `6 * x`, `x + 1 - 3` as `x - 2`… : the scalars of a product or a sum are brought together, so that they cost one
//! pass over the array and not one each.

use super::Native;
use crate::explore::EGraph;
use crate::explore::apply::{Built, BuiltNode};
use crate::ir::{Id, Node, OpId, Type};

/// Chains longer than this are left alone.
const LONGEST: usize = 16;

/// The applier of the rule `scalar-chain`.
pub(super) struct ScalarChain;

impl Native for ScalarChain {
    fn name(&self) -> &'static str {
        "scalar_chain"
    }

    fn find(&self, egraph: &EGraph) -> Vec<(Id, Built)> {
        let mut found = Vec::new();
        for (join, inverse) in [("mul", "div"), ("add", "sub")] {
            let (Some(join), Some(inverse)) = (OpId::named(join), OpId::named(inverse)) else { continue };
            let ops = Ops { join, inverse };
            for op in [join, inverse] {
                for class in egraph.classes_for_op(&Node::op(op, [])).into_iter().flatten() {
                    found.extend(gathered(egraph, &ops, class).map(|built| (class, built)));
                }
            }
        }
        found
    }
}

/// A commutative op and the one that undoes it.
struct Ops {
    join: OpId,
    inverse: OpId,
}

/// One operand of a chain.
struct Item {
    class: Id,
    inverted: bool,
    scalar: bool,
}

/// The chain with its scalars together; `None` if there are not two of them, or dtypes stand in the way.
fn gathered(egraph: &EGraph, ops: &Ops, class: Id) -> Option<Built> {
    let whole = &egraph[class].data.ty;
    if whole.rank() == Some(0) || !whole.dtype()?.is_float() {
        return None;
    }
    let mut items = Vec::new();
    flatten(egraph, ops, whole, class, false, &mut vec![egraph.find(class)], &mut items);
    let scalars = items.iter().filter(|item| item.scalar).count();
    if scalars < 2 || scalars == items.len() || items.len() > LONGEST {
        return None;
    }
    let mut built = Built::new();
    let first = items[0].scalar;
    let scalar = fold(&mut built, ops, items.iter().filter(|item| item.scalar));
    let rest = fold(&mut built, ops, items.iter().filter(|item| !item.scalar));
    combine(&mut built, ops, scalar, rest, first)?;
    Some(built)
}

/// Appends the operands of a class. Only ops of the whole chain's dtype are opened, so that no operand's dtype was changed on the way.
fn flatten(egraph: &EGraph, ops: &Ops, whole: &Type, class: Id, inverted: bool, path: &mut Vec<Id>, items: &mut Vec<Item>) {
    let facts = &egraph[class].data;
    let scalar = facts.ty.rank() == Some(0);
    let same_dtype = |ty: &Type| ty.dtype() == whole.dtype();
    let operands = |node: &Node| match node {
        Node::Op(op, args) if *op == ops.join || *op == ops.inverse => Some((args[0], *op == ops.inverse, args[1])),
        _ => None,
    };
    let fits = |id: Id| {
        let ty = &egraph[id].data.ty;
        same_dtype(ty) || (ty.is_weak() && ty.dtype().is_some())
    };
    let opened = egraph[class].nodes.iter().filter_map(operands).filter(|&(a, _, b)| fits(a) && fits(b)).min();
    match opened {
        Some((a, second_inverted, b)) if (!scalar || path.len() == 1) && same_dtype(&facts.ty) && items.len() <= LONGEST => {
            for (side, side_inverted) in [(a, inverted), (b, inverted != second_inverted)] {
                let side = egraph.find(side);
                if path.contains(&side) {
                    items.push(Item { class: side, inverted: side_inverted, scalar: false });
                    continue;
                }
                path.push(side);
                flatten(egraph, ops, whole, side, side_inverted, path, items);
                path.pop();
            }
        }
        _ => items.push(Item { class, inverted, scalar }),
    }
}

/// A term, and whether it stands inverted.
type Part = Option<(Id, bool)>;

/// The operands in order, plain ones first.
fn fold<'a>(built: &mut Built, ops: &Ops, items: impl Iterator<Item = &'a Item>) -> Part {
    let (inverted, plain): (Vec<&Item>, Vec<&Item>) = items.partition(|item| item.inverted);
    let plain = join_all(built, ops, &plain);
    let inverted = join_all(built, ops, &inverted);
    match (plain, inverted) {
        (Some(a), Some(b)) => Some((push(built, ops.inverse, a, b), false)),
        (Some(a), None) => Some((a, false)),
        (None, Some(b)) => Some((b, true)),
        (None, None) => None,
    }
}

fn join_all(built: &mut Built, ops: &Ops, items: &[&Item]) -> Option<Id> {
    let mut joined = None;
    for item in items {
        built.push(BuiltNode::Class(item.class));
        let id = Id::from(built.len() - 1);
        joined = Some(joined.map_or(id, |left| push(built, ops.join, left, id)));
    }
    joined
}

fn combine(built: &mut Built, ops: &Ops, scalar: Part, rest: Part, scalar_first: bool) -> Option<Id> {
    Some(match (scalar?, rest?) {
        ((s, false), (x, false)) if scalar_first => push(built, ops.join, s, x),
        ((s, false), (x, false)) => push(built, ops.join, x, s),
        ((s, true), (x, false)) => push(built, ops.inverse, x, s),
        ((s, false), (x, true)) => push(built, ops.inverse, s, x),
        ((_, true), (_, true)) => return None,
    })
}

fn push(built: &mut Built, op: OpId, a: Id, b: Id) -> Id {
    built.push(BuiltNode::Node(Node::op(op, [a, b])));
    Id::from(built.len() - 1)
}
