//! What a program costs: how unlikely it is, in half bits.

use rustc_hash::FxHashMap;

use super::model::Model;
use super::productions::{Production, productions};
use super::task::Task;
use crate::ir::{Const, OpId};

/// What orders the programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The number of ops, leaves and constants.
    Size,
    /// What the model of programs expects.
    Model,
}

/// What a program is made of, for its cost: a kind of leaf or an op.
pub(super) type Token = u16;

/// The token of a parameter.
pub(super) const LEAF: Token = 0;
/// The token of 0, 1, 2 and the numbers that the task names.
pub(super) const USUAL: Token = 1;
/// The token of any other constant.
pub(super) const OTHER: Token = 2;
/// What stands left of a first operand.
pub(super) const NOTHING: Token = Token::MAX;
/// How many tokens are no ops.
const LEAVES: usize = 3;

/// Costs of tokens by where they stand.
#[derive(Debug, Clone)]
pub struct Costs {
    root: Vec<u32>,
    lowest: Vec<u32>,
    operands: FxHashMap<(Token, u8, Token), Vec<u32>>,
    order: Order,
}

/// The token of an op.
pub(super) fn op_token(op: OpId) -> Token {
    (op.index() + LEAVES) as Token
}

/// The token of a constant in a task that names these.
pub(super) fn constant_token(value: Const, named: &[Const]) -> Token {
    if matches!(value.as_f64(), 0.0 | 1.0 | 2.0) || named.iter().any(|one| one.as_f64() == value.as_f64()) { USUAL } else { OTHER }
}

/// How many tokens there are.
pub(super) fn token_count() -> usize {
    OpId::all().count() + LEAVES
}

impl Costs {
    /// The costs of a task's programs.
    pub fn of(order: Order, task: &Task) -> Costs {
        let count = token_count();
        let mut costs = Costs { root: vec![1; count], lowest: vec![1; count], operands: FxHashMap::default(), order };
        if order == Order::Size {
            return costs;
        }
        let mut ops: Vec<(OpId, usize)> = productions(task).iter().map(|production| (production.op, production.arity)).collect();
        ops.dedup();
        let mut tokens = vec![LEAF, USUAL, OTHER];
        tokens.extend(ops.iter().map(|(op, _)| op_token(*op)));
        tokens.dedup();
        let mut places = vec![(NOTHING, 0, NOTHING)];
        for (op, arity) in ops {
            places.extend((0..arity.min(1)).map(|_| (op_token(op), 0, NOTHING)));
            places.extend((1..arity).flat_map(|slot| tokens.iter().map(move |left| (op_token(op), slot as u8, *left))));
        }
        places.dedup();
        let model = Model::builtin();
        costs.lowest = vec![u32::MAX; count];
        for (place, row) in places.iter().zip(model.costs(&places, &task.words)) {
            costs.lowest.iter_mut().zip(&row).for_each(|(lowest, cost)| *lowest = (*lowest).min(*cost));
            if place.0 == NOTHING {
                costs.root = row;
            } else {
                costs.operands.insert(*place, row);
            }
        }
        costs
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
        self.operands.get(&(parent, slot as u8, left)).unwrap_or(&self.root)
    }

    /// The cost of a production's attributes.
    pub(super) fn attributes(&self, production: &Production) -> u32 {
        if self.counts_size() { 0 } else { production.attributes }
    }

    /// True if the costs are nothing but the size.
    pub(super) fn counts_size(&self) -> bool {
        self.order == Order::Size
    }
}
