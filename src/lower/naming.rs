use std::collections::BTreeSet;

use super::building::leaf_of;
use crate::ir::{Id, Node as Term, Program, Target};

/// A readable name for a term's value that is not taken: `A_product`, `exp_2`.
pub(super) fn fresh_name(program: &Program, id: Id, taken: &BTreeSet<String>) -> String {
    let mut base = String::new();
    if let Term::Op(op, args) = &program.terms[id] {
        base.push_str(noun(op.def().name));
        let leaf = args.iter().find_map(|&arg| leaf_of(&program.terms[arg]));
        if let Some(leaf) = leaf {
            let text = &program.leaves[leaf.0 as usize].text;
            if text.chars().all(|c| c.is_alphanumeric() || c == '_') {
                base = format!("{text}_{base}");
            }
        }
    }
    if program.target == Target::Rust {
        base = base.to_lowercase();
    }
    (1..).map(|n| if n == 1 { base.clone() } else { format!("{base}_{n}") }).find(|name| !taken.contains(name)).unwrap_or(base)
}

/// A transpose or part of a leaf, or no op at all: as short as a name, and free.
pub(super) fn is_cheap(program: &Program, id: Id) -> bool {
    match &program.terms[id] {
        Term::Op(op, args) => {
            matches!(op.def().name, "transpose" | "dim" | "index" | "expand_dims" | "neg")
                && args.iter().all(|&arg| !matches!(program.terms[arg], Term::Op(..)))
        }
        _ => true,
    }
}

/// What the result of an op is called, where the op's own name is not a noun.
fn noun(op: &'static str) -> &'static str {
    match op {
        "matmul" | "mul" | "inner" | "vdot" => "product",
        "add" => "total",
        "sub" => "difference",
        "div" | "solve" => "quotient",
        "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "logical_and" | "logical_or" => "mask",
        "transpose" | "swap_axes" | "permute" => "transposed",
        other => other,
    }
}
