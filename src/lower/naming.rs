use std::collections::BTreeSet;

use super::building::leaf_of;
use crate::ir::{Id, Node as Term, Program, Target};

/// Ops whose names are functions of Python's own, which a new name must not hide.
const BUILTINS: [&str; 9] = ["sum", "max", "min", "abs", "all", "any", "round", "pow", "slice"];

/// A readable name for a term's value that is not taken: `A_product`, `exp_2`.
pub(super) fn fresh_name(program: &Program, id: Id, taken: &BTreeSet<String>) -> String {
    let mut base = String::new();
    if let Term::Op(op, args) = &program.terms[id] {
        base.push_str(noun(op.def().name));
        let inner = args.first().and_then(|&arg| if let Term::Op(_, args) = &program.terms[arg] { Some(args) } else { None });
        let leaf = args.iter().chain(inner.into_iter().flatten()).find_map(|&arg| leaf_of(&program.terms[arg]));
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
    if BUILTINS.contains(&base.as_str()) {
        base.push_str("_value");
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
