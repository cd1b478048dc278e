//! What a program costs: how unlikely it is, in half bits.

use rustc_hash::FxHashMap;

use super::productions::Production;
use crate::ir::{Const, OpId};

/// What orders the programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The number of ops, leaves and constants.
    Size,
    /// How often each op occurs.
    Frequency,
}

/// What a program is made of, for its cost: an op, or a kind of leaf.
pub(super) type Token = u16;

/// Costs of tokens by where they stand.
#[derive(Debug, Clone)]
pub struct Costs {
    root: Vec<u32>,
    lowest: Vec<u32>,
    children: FxHashMap<(Token, u8, Token), Vec<u32>>,
    /// Ops alone cost all the same, and attributes nothing.
    by_size: bool,
}

/// The kinds of leaves, after the ops.
const LEAVES: usize = 4;
/// What stands left of a first operand.
pub(super) const NOTHING: Token = Token::MAX;

fn ops() -> usize {
    OpId::all().count()
}

/// The token of an op.
pub(super) fn op_token(op: OpId) -> Token {
    op.index() as Token
}

/// The token of a parameter.
pub(super) fn parameter_token(number: bool) -> Token {
    (ops() + usize::from(number)) as Token
}

/// The token of a constant: of 0, 1 and 2 or of any other.
pub(super) fn constant_token(value: Const) -> Token {
    let usual = matches!(value.as_f64(), 0.0 | 1.0 | 2.0);
    (ops() + 2 + usize::from(!usual)) as Token
}

/// How many tokens there are.
pub(super) fn token_count() -> usize {
    ops() + LEAVES
}

/// Half bits of the ops that are met most.
const FREQUENT: [(u32, &[&str]); 4] = [
    (6, &["add", "mul", "sub", "div", "sum", "mean", "matmul", "exp", "sqrt", "square", "max"]),
    (8, &["abs", "log", "maximum", "minimum", "min", "select", "transpose", "gt", "lt", "eq", "argmax", "l2_norm", "clip", "cumsum", "neg", "take", "expand_dims", "index", "slice", "std", "dim", "numel", "fro_norm"]),
    (10, &["pow", "ge", "le", "ne", "var", "argmin", "prod", "arange", "eye", "ones", "zeros", "convolve", "outer", "sort", "argsort", "diff", "any", "all", "median", "ptp", "sign", "floor", "logical_not", "logical_and", "logical_or", "rem", "floor_div", "tanh", "count_nonzero", "concat", "flip", "cast", "diagonal", "trace", "inv", "solve", "sigmoid", "softmax", "relu"]),
    (12, &["diag", "tril", "triu", "ceil", "round", "sin", "cos", "log1p", "log2", "log10", "roll", "stack", "reshape", "ravel", "det", "zeros_like", "ones_like", "cumprod", "hypot", "atan2", "is_nan", "repeat", "clip_min", "clip_max", "l1_norm", "logsumexp"]),
];

impl Costs {
    /// Costs that say how often an op is met, wherever it stands, or nothing but the size.
    pub fn of(order: Order) -> Costs {
        let frequent = |op: OpId| FREQUENT.iter().find(|(_, names)| names.contains(&op.def().name)).map_or(16, |(cost, _)| *cost);
        let mut root: Vec<u32> = match order {
            Order::Size => OpId::all().map(|_| 1).collect(),
            Order::Frequency => OpId::all().map(frequent).collect(),
        };
        root.extend(if order == Order::Size { [1, 1, 1, 1] } else { [3, 4, 6, 9] });
        Costs { lowest: root.clone(), root, children: FxHashMap::default(), by_size: order == Order::Size }
    }

    /// The cost of a token that the whole program begins with.
    pub(super) fn root(&self, token: Token) -> u32 {
        self.root[token as usize]
    }

    /// The least cost that a token has anywhere.
    pub(super) fn lowest(&self, token: Token) -> u32 {
        self.lowest[token as usize]
    }

    /// The cost of each token as this operand of an op, beside that on its left.
    pub(super) fn operand(&self, parent: Token, slot: usize, left: Token) -> &[u32] {
        self.children.get(&(parent, slot as u8, left)).unwrap_or(&self.root)
    }

    /// The cost of a production's attributes.
    pub(super) fn attributes(&self, production: &Production) -> u32 {
        if self.by_size { 0 } else { production.attributes }
    }
}
