//! `kron(A, B) @ v` as `ravel(A @ reshape(v, (q, s)) @ B.T)`, where `A` has `q` and `B` has `s` columns.

use super::Native;
use crate::explore::EGraph;
use crate::explore::apply::{Built, BuiltNode};
use crate::ir::{Attr, Dim, Id, Node, OpId};

/// The applier of the rule `kronecker-times-vector`.
pub(super) struct KroneckerVector;

impl Native for KroneckerVector {
    fn name(&self) -> &'static str {
        "kronecker_vector"
    }

    fn find(&self, egraph: &EGraph) -> Vec<(Id, Built)> {
        let (Some(matmul), Some(kron)) = (OpId::named("matmul"), OpId::named("kron")) else { return Vec::new() };
        let mut found = Vec::new();
        for class in egraph.classes_for_op(&Node::op(matmul, [])).into_iter().flatten() {
            for node in &egraph[class].nodes {
                let Node::Op(op, args) = node else { continue };
                if *op != matmul || egraph[args[1]].data.ty.rank() != Some(1) {
                    continue;
                }
                for inner in &egraph[args[0]].nodes {
                    if let Node::Op(op, factors) = inner
                        && *op == kron
                    {
                        found.extend(product(egraph, factors[0], factors[1], args[1]).map(|built| (class, built)));
                    }
                }
            }
        }
        found
    }
}

fn product(egraph: &EGraph, a: Id, b: Id, v: Id) -> Option<Built> {
    let matmul = OpId::named("matmul")?;
    let shape = Attr::Dims(vec![columns(egraph, a)?, columns(egraph, b)?]);
    let node = |op: OpId, args: &[usize]| BuiltNode::Node(Node::op(op, args.iter().map(|&i| Id::from(i))));
    Some(vec![
        BuiltNode::Class(a),
        BuiltNode::Class(v),
        BuiltNode::Node(Node::Attr(shape)),
        node(OpId::named("reshape")?, &[1, 2]),
        node(matmul, &[0, 3]),
        BuiltNode::Class(b),
        node(OpId::named("transpose")?, &[5]),
        node(matmul, &[4, 6]),
        node(OpId::named("ravel")?, &[7]),
    ])
}

/// The number of columns of a matrix, if there is a way to say it.
fn columns(egraph: &EGraph, class: Id) -> Option<Dim> {
    match egraph[class].data.ty.shape().dims()? {
        [_, columns] if *columns != Dim::Unknown => Some(columns.clone()),
        _ => None,
    }
}
