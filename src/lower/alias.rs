use std::collections::BTreeSet;

use crate::ir::{Id, LeafId, Node, Program, Target};

/// The leaves whose memory a term's value may share: a view of `x` follows what is later done to `x`, a fresh array does
/// not. Numbers share nothing. A rewrite must leave this set as it is, for every value that outlives the region.
pub fn aliased_leaves(program: &Program, term: Id) -> BTreeSet<LeafId> {
    let mut leaves = BTreeSet::new();
    let mut stack = vec![term];
    while let Some(id) = stack.pop() {
        let number = program.types[usize::from(id)].rank() == Some(0)
            && (program.target == Target::Rust || program.types[usize::from(id)].is_weak());
        match &program.terms[id] {
            Node::Leaf(leaf) if !number => {
                leaves.insert(*leaf);
            }
            Node::Op(op, args) if shares_memory(op.def().name) => stack.extend(args.iter().copied()),
            _ => {}
        }
    }
    leaves
}

/// Ops of which some library returns a view, or the operand itself.
fn shares_memory(op: &str) -> bool {
    matches!(
        op,
        "reshape"
            | "ravel"
            | "transpose"
            | "permute"
            | "swap_axes"
            | "expand_dims"
            | "squeeze"
            | "broadcast_to"
            | "index"
            | "slice"
            | "diagonal"
            | "flip"
            | "cast"
            | "tuple"
            | "tuple_get"
            | "take"
    )
}
