//! Rules made ready to be searched for.

use egg::{ENodeOrVar, Pattern, PatternAst, Symbol, Var};

use super::native::{self, Native};
use crate::ir::condition::Clauses;
use crate::ir::{Id, Node, OpId, Target};
use crate::rules::{Effect, Rule};

/// Ops that give the same value when their two operands change places. The rules are matched modulo that, so that
/// neither the pages nor the e-graph need hold both orders.
const COMMUTATIVE: [&str; 13] =
    ["add", "mul", "eq", "ne", "maximum", "minimum", "fmax", "fmin", "logical_and", "logical_or", "bit_and", "bit_or", "logaddexp"];

/// At most this many orders of one left-hand side are searched for.
const MAX_ORDERS: usize = 16;

/// A rule as the explorer uses it.
pub(super) struct CompiledRule {
    pub name: String,
    pub symbol: Symbol,
    pub effect: Effect,
    pub targets: Vec<Target>,
    pub action: Action,
}

/// What a rule does.
pub(super) enum Action {
    Rewrites(Vec<CompiledRewrite>),
    Native(&'static dyn Native),
}

/// One order of one left-hand side.
pub(super) struct CompiledRewrite {
    pub lhs: Pattern<Node>,
    pub rhs: PatternAst<Node>,
    pub conditions: Clauses,
    /// Ops without which nothing can match.
    pub ops: Vec<OpId>,
}

/// A rule made ready; one whose native applier is unknown does nothing.
pub(super) fn compile(rule: &Rule) -> CompiledRule {
    let action = match rule.native.as_deref().and_then(native::named) {
        Some(native) => Action::Native(native),
        None => Action::Rewrites(rule.rewrites.iter().flat_map(orders_of_rewrite).collect()),
    };
    CompiledRule { name: rule.name.clone(), symbol: Symbol::from(&rule.name), effect: rule.effect, targets: rule.targets.clone(), action }
}

fn orders_of_rewrite(rewrite: &crate::rules::Rewrite) -> Vec<CompiledRewrite> {
    let ops = ops_of(&rewrite.lhs);
    let compiled = |lhs| CompiledRewrite {
        lhs: Pattern::new(lhs),
        rhs: rewrite.rhs.clone(),
        conditions: rewrite.conditions.clone(),
        ops: ops.clone(),
    };
    orders(&rewrite.lhs).into_iter().map(compiled).collect()
}

fn ops_of(lhs: &PatternAst<Node>) -> Vec<OpId> {
    let mut ops: Vec<OpId> =
        lhs.iter().filter_map(|node| if let ENodeOrVar::ENode(Node::Op(op, _)) = node { Some(*op) } else { None }).collect();
    ops.sort();
    ops.dedup();
    ops
}

/// The pattern with the operands of its commutative ops in every order; equal ones once.
fn orders(lhs: &PatternAst<Node>) -> Vec<PatternAst<Node>> {
    let places: Vec<usize> = lhs.iter().enumerate().filter(|(_, node)| commutes(node)).map(|(i, _)| i).collect();
    let mut found: Vec<PatternAst<Node>> = Vec::new();
    let mut shapes: Vec<String> = Vec::new();
    for choice in 0..(1usize << places.len().min(MAX_ORDERS.ilog2() as usize)) {
        let mut order = lhs.clone();
        for (bit, &place) in places.iter().enumerate() {
            if choice >> bit & 1 == 1
                && let ENodeOrVar::ENode(Node::Op(_, args)) = &mut order[Id::from(place)]
            {
                args.swap(0, 1);
            }
        }
        let shape = renamed(&order);
        if !shapes.contains(&shape) {
            shapes.push(shape);
            found.push(order);
        }
    }
    found
}

fn commutes(node: &ENodeOrVar<Node>) -> bool {
    matches!(node, ENodeOrVar::ENode(Node::Op(op, args)) if args.len() == 2 && args[0] != args[1] && COMMUTATIVE.contains(&op.def().name))
}

/// The pattern as text. Two orders with one text match the same terms with the same names.
fn renamed(ast: &PatternAst<Node>) -> String {
    fn write(ast: &PatternAst<Node>, id: Id, out: &mut String) {
        match &ast[id] {
            ENodeOrVar::Var(var) => out.push_str(&var_name(*var)),
            ENodeOrVar::ENode(node) => {
                out.push_str(&node.to_string());
                out.push('(');
                for &child in egg::Language::children(node) {
                    write(ast, child, out);
                    out.push(' ');
                }
                out.push(')');
            }
        }
    }
    let mut out = String::new();
    write(ast, ast.root(), &mut out);
    out
}

fn var_name(var: Var) -> String {
    var.to_string()
}
