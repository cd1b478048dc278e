use std::collections::BTreeMap;

use crate::ir::{Id, LeafId, Node, Program, Target};

/// Whether a value has its memory in common with a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sharing {
    /// It depends on the layout, or on the dtype: `reshape`, PyTorch's `to`.
    Perhaps,
    /// It is the leaf or a view of it.
    Always,
}

/// Whose memory the values of a program's roots share: for each root the leaves, and for each pair of roots what they have in common.
///
/// A view of `x` follows what is later done to `x`, a fresh array does not; two names of one array follow each other. A rewrite must
/// leave all of this as it is. Numbers share nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    leaves: Vec<BTreeMap<LeafId, Sharing>>,
    pairs: BTreeMap<(usize, usize), Sharing>,
}

impl Memory {
    /// Of all roots of a program.
    pub fn of(program: &Program) -> Memory {
        let bases: Vec<BTreeMap<Id, Sharing>> = program.roots.iter().map(|root| bases(program, *root)).collect();
        let leaf = |(id, sharing): (&Id, &Sharing)| if let Node::Leaf(leaf) = program.terms[*id] { Some((leaf, *sharing)) } else { None };
        let leaves = bases.iter().map(|bases| bases.iter().filter_map(leaf).collect()).collect();
        let mut pairs = BTreeMap::new();
        for (i, a) in bases.iter().enumerate() {
            for (j, b) in bases.iter().enumerate().skip(i + 1) {
                let common = a.iter().filter_map(|(id, s)| b.get(id).map(|t| *s.min(t))).max();
                pairs.extend(common.map(|sharing| ((i, j), sharing)));
            }
        }
        Memory { leaves, pairs }
    }
}

/// True if a value may have memory in common with an array that another term makes.
pub(super) fn exposes(program: &Program, value: Id, term: Id) -> bool {
    let own = bases(program, term);
    bases(program, value).keys().any(|base| own.contains_key(base) && !matches!(program.terms[*base], Node::Leaf(_)))
}

/// The nodes in whose memory a term's value may lie: leaves, and ops that make arrays of their own.
pub(super) fn bases(program: &Program, term: Id) -> BTreeMap<Id, Sharing> {
    let mut bases = BTreeMap::new();
    let mut stack = vec![(term, Sharing::Always)];
    while let Some((id, sharing)) = stack.pop() {
        let ty = &program.types[usize::from(id)];
        if ty.rank() == Some(0) && (program.target == Target::Rust || ty.is_weak()) {
            continue;
        }
        let shared = match &program.terms[id] {
            Node::Op(op, args) => shares_memory(op.def().name, program.target).map(|own| (own, args)),
            Node::Leaf(_) => None,
            Node::Const(_) | Node::Attr(_) => continue,
        };
        match shared {
            // What takes an array's place is in its own memory.
            Some((own, args)) if is_replacement(&program.terms[id]) => stack.extend(args.last().map(|arg| (*arg, sharing.min(own)))),
            Some((own, args)) => stack.extend(args.iter().map(|arg| (*arg, sharing.min(own)))),
            None => {
                let known = bases.entry(id).or_insert(sharing);
                *known = (*known).max(sharing);
            }
        }
    }
    bases
}

fn is_replacement(node: &Node) -> bool {
    matches!(node, Node::Op(op, _) if op.def().name == "replace")
}

/// How the result of an op shares its operands' memory; `None` if it is fresh.
fn shares_memory(op: &str, target: Target) -> Option<Sharing> {
    match op {
        "transpose" | "permute" | "swap_axes" | "expand_dims" | "squeeze" | "broadcast_to" | "index" | "slice" | "diagonal" | "tuple"
        | "tuple_get" | "replace" => Some(Sharing::Always),
        "flip" if target == Target::Numpy => Some(Sharing::Always),
        "cast" if target == Target::Torch => Some(Sharing::Perhaps),
        "reshape" | "ravel" => Some(Sharing::Perhaps),
        _ => None,
    }
}
