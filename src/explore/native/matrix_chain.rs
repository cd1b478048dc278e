//! `(A @ B) @ v` as `A @ (B @ v)`: the order of a chain of matrix products by the classic dynamic program (Cormen et al., Introduction to
//! Algorithms, 15.2), for several draws of the lengths that are not known.

use std::collections::BTreeMap;

use super::Native;
use crate::explore::EGraph;
use crate::explore::apply::{Built, BuiltNode};
use crate::explore::random::Random;
use crate::ir::{Dim, Id, Node, OpId, Symbol};

/// Chains longer than this are left alone; the program is cubic in the length.
const LONGEST: usize = 12;
/// Draws of the unknown lengths; each can suggest one more order.
const DRAWS: u64 = 5;

/// The applier of the rule `matrix-chain`.
pub(super) struct MatrixChain;

impl Native for MatrixChain {
    fn name(&self) -> &'static str {
        "matrix_chain"
    }

    fn find(&self, egraph: &EGraph) -> Vec<(Id, Built)> {
        let Some(matmul) = OpId::named("matmul") else { return Vec::new() };
        let Some(classes) = egraph.classes_for_op(&Node::op(matmul, [])) else { return Vec::new() };
        let mut found = Vec::new();
        for class in classes {
            let mut chain = Vec::new();
            flatten(egraph, matmul, class, &mut vec![class], &mut chain);
            if (3..=LONGEST).contains(&chain.len()) {
                found.extend(orders(egraph, matmul, &chain).into_iter().map(|built| (class, built)));
            }
        }
        found
    }
}

/// Appends the factors of a class that is a product. `path` holds the classes above, so that no cycle is followed.
fn flatten(egraph: &EGraph, matmul: OpId, class: Id, path: &mut Vec<Id>, chain: &mut Vec<Id>) {
    let Some((left, right)) = factors(egraph, matmul, class) else {
        chain.push(class);
        return;
    };
    for (side, inner_is_matrix) in [(left, 1), (right, 0)] {
        let side = egraph.find(side);
        // `A @ v` on the left, or `v @ A` on the right, is a vector that products do not associate through.
        let opens = factors(egraph, matmul, side)
            .is_some_and(|inner| rank(egraph, if inner_is_matrix == 1 { inner.1 } else { inner.0 }) == Some(2));
        if opens && !path.contains(&side) && chain.len() < LONGEST {
            path.push(side);
            flatten(egraph, matmul, side, path, chain);
            path.pop();
        } else {
            chain.push(side);
        }
    }
}

/// The operands of the class' first product of matrices and vectors.
fn factors(egraph: &EGraph, matmul: OpId, class: Id) -> Option<(Id, Id)> {
    let operands = |node: &Node| match node {
        Node::Op(op, args) if *op == matmul => Some((args[0], args[1])),
        _ => None,
    };
    let plain = |id| matches!(rank(egraph, id), Some(1 | 2));
    egraph[class].nodes.iter().filter_map(operands).filter(|&(a, b)| plain(a) && plain(b)).min()
}

fn rank(egraph: &EGraph, class: Id) -> Option<usize> {
    egraph[class].data.ty.rank()
}

/// The best orders for several draws, without repetition.
fn orders(egraph: &EGraph, matmul: OpId, chain: &[Id]) -> Vec<Built> {
    let mut found: Vec<Built> = Vec::new();
    for draw in 0..DRAWS {
        let Some(lengths) = lengths(egraph, chain, draw) else { return found };
        let split = best_splits(&lengths);
        let mut built = Built::new();
        build(chain, matmul, &split, 0, chain.len() - 1, &mut built);
        if !found.contains(&built) {
            found.push(built);
        }
    }
    found
}

/// `lengths[i]` and `lengths[i + 1]` are the rows and columns of factor `i`.
fn lengths(egraph: &EGraph, chain: &[Id], draw: u64) -> Option<Vec<f64>> {
    let mut known: BTreeMap<Symbol, f64> = BTreeMap::new();
    let mut random = Random::new(draw + 1);
    let mut all = Vec::with_capacity(chain.len() + 1);
    let last = chain.len() - 1;
    for (i, &class) in chain.iter().enumerate() {
        let dims = egraph[class].data.ty.shape().dims()?;
        let rows = if i == 0 && dims.len() == 1 { Dim::known(1) } else { dims.first()?.clone() };
        all.push(length(&rows, &mut known, &mut random));
        if i == last {
            let columns = if dims.len() == 1 { Dim::known(1) } else { dims.last()?.clone() };
            all.push(length(&columns, &mut known, &mut random));
        }
    }
    Some(all)
}

fn length(dim: &Dim, known: &mut BTreeMap<Symbol, f64>, random: &mut Random) -> f64 {
    for symbol in dim.symbols() {
        if !known.contains_key(symbol) {
            known.insert(symbol.clone(), random.log_uniform(1.0, 4096.0).round());
        }
    }
    let of = |symbol: &Symbol| known.get(symbol).map(|&x| x as i64);
    dim.value(&of).map_or_else(|| random.log_uniform(1.0, 4096.0), |n| n as f64)
}

/// `split[i][j]`: after which factor to split the product of factors `i..=j`.
fn best_splits(lengths: &[f64]) -> Vec<Vec<usize>> {
    let n = lengths.len() - 1;
    let mut cost = vec![vec![0.0; n]; n];
    let mut split = vec![vec![0; n]; n];
    for span in 1..n {
        for i in 0..n - span {
            let j = i + span;
            let of = |k: usize| cost[i][k] + cost[k + 1][j] + lengths[i] * lengths[k + 1] * lengths[j + 1];
            // The latest of equal splits is the order as it is usually written, from left to right.
            let best = (i..j).rev().min_by(|&a, &b| of(a).total_cmp(&of(b))).unwrap_or(i);
            cost[i][j] = of(best);
            split[i][j] = best;
        }
    }
    split
}

fn build(chain: &[Id], matmul: OpId, split: &[Vec<usize>], i: usize, j: usize, built: &mut Built) -> Id {
    let node = if i == j {
        BuiltNode::Class(chain[i])
    } else {
        let left = build(chain, matmul, split, i, split[i][j], built);
        let right = build(chain, matmul, split, split[i][j] + 1, j, built);
        BuiltNode::Node(Node::op(matmul, [left, right]))
    };
    built.push(node);
    Id::from(built.len() - 1)
}
