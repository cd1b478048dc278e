//! Two permutations of axes in a row are one, and one that leaves every axis where it is does nothing.

use super::Native;
use crate::explore::EGraph;
use crate::explore::apply::{Built, BuiltNode};
use crate::ir::{Attr, Id, Node, OpId};

/// The applier of the rule `permutation-of-permutation`.
pub(super) struct Permutations;

impl Native for Permutations {
    fn name(&self) -> &'static str {
        "permutations"
    }

    fn find(&self, egraph: &EGraph) -> Vec<(Id, Built)> {
        let Some(permute) = OpId::named("permute") else { return Vec::new() };
        let mut found = Vec::new();
        for class in egraph.classes_for_op(&Node::op(permute, [])).into_iter().flatten() {
            for (a, outer) in permutations(egraph, permute, class) {
                if is_identity(&outer) {
                    found.push((class, vec![BuiltNode::Class(a)]));
                }
                for (inner_operand, inner) in permutations(egraph, permute, a).filter(|(_, inner)| inner.len() == outer.len()) {
                    let both: Vec<i64> = outer.iter().map(|axis| inner[*axis as usize]).collect();
                    found.push((class, built(permute, inner_operand, both)));
                }
            }
        }
        found
    }
}

/// The operands of which a class is a permutation, and the axes counted from the front.
fn permutations(egraph: &EGraph, permute: OpId, class: Id) -> impl Iterator<Item = (Id, Vec<i64>)> {
    egraph[class].nodes.iter().filter_map(move |node| {
        let Node::Op(op, args) = node else { return None };
        let [a, axes] = args[..] else { return None };
        match &egraph[axes].data.attr {
            Some(Attr::Ints(axes)) if *op == permute => {
                let rank = axes.len() as i64;
                let axes = axes.iter().map(|axis| if *axis < 0 { axis + rank } else { *axis }).collect::<Vec<i64>>();
                axes.iter().all(|axis| (0..rank).contains(axis)).then_some((a, axes))
            }
            _ => None,
        }
    })
}

fn is_identity(axes: &[i64]) -> bool {
    axes.iter().enumerate().all(|(i, axis)| i as i64 == *axis)
}

fn built(permute: OpId, a: Id, axes: Vec<i64>) -> Built {
    if is_identity(&axes) {
        return vec![BuiltNode::Class(a)];
    }
    let (operand, order) = (Id::from(0), Id::from(1));
    vec![BuiltNode::Class(a), BuiltNode::Node(Node::Attr(Attr::Ints(axes))), BuiltNode::Node(Node::op(permute, [operand, order]))]
}
