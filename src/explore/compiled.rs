//! Rules made ready to be searched for.

use std::sync::OnceLock;

use egg::{ENodeOrVar, Pattern, PatternAst, Symbol, Var};

use super::native::{self, Native};
use crate::ir::condition::Clauses;
use crate::ir::{Id, Node, OpId, Target};
use crate::rules::{Effect, Rewrite, Rule};

/// Ops that give the same value when their two operands change places. The rules are matched modulo that, so that
/// neither the pages nor the e-graph need hold both orders.
const COMMUTATIVE: [&str; 13] =
    ["add", "mul", "eq", "ne", "maximum", "minimum", "fmax", "fmin", "logical_and", "logical_or", "bit_and", "bit_or", "logaddexp"];

/// At most this many orders of one left-hand side are searched for.
const MAX_ORDERS: usize = 16;

/// A rule as the explorer uses it.
pub(super) struct CompiledRule {
    pub name: String,
    /// What a proof names it by if it is native.
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

/// One direction of one line of a page.
pub(super) struct CompiledRewrite {
    /// What a proof names it by: `rule@line`.
    pub symbol: Symbol,
    /// Its side conditions, as the page has them.
    pub where_text: Vec<String>,
    lhs: PatternAst<Node>,
    pub rhs: PatternAst<Node>,
    pub conditions: Clauses,
    orders: OnceLock<Vec<Pattern<Node>>>,
    /// Ops without which nothing can match.
    pub ops: Vec<OpId>,
    /// True for `x + y => y + x`: it only says that two terms are equal which are both there, and builds none.
    pub commutes: bool,
}

/// A rule made ready; one whose native applier is unknown does nothing.
pub(super) fn compile(rule: &Rule) -> CompiledRule {
    let action = match rule.native.as_deref().and_then(native::named) {
        Some(native) => Action::Native(native),
        None => Action::Rewrites(rule.rewrites.iter().map(|rewrite| CompiledRewrite::new(rule, rewrite)).collect()),
    };
    CompiledRule { name: rule.name.clone(), symbol: Symbol::from(&rule.name), effect: rule.effect(), targets: rule.targets.clone(), action }
}

impl CompiledRule {
    /// The effect and the side conditions of the rewrite that proofs name so; `None` if it is none of this rule's.
    pub fn at(&self, symbol: &str) -> Option<(Effect, Vec<String>)> {
        if self.symbol.as_str() == symbol {
            return Some((self.effect, Vec::new()));
        }
        let Action::Rewrites(rewrites) = &self.action else { return None };
        rewrites.iter().find(|r| r.symbol.as_str() == symbol).map(|r| (self.effect, r.where_text.clone()))
    }
}

impl CompiledRewrite {
    fn new(rule: &Rule, rewrite: &Rewrite) -> CompiledRewrite {
        CompiledRewrite {
            symbol: Symbol::from(format!("{}@{}", rule.name, rewrite.line)),
            where_text: where_text(rule, rewrite.line),
            ops: ops_of(&rewrite.lhs),
            commutes: orders(&rewrite.lhs).iter().skip(1).any(|order| renamed(order) == renamed(&rewrite.rhs)),
            lhs: rewrite.lhs.clone(),
            rhs: rewrite.rhs.clone(),
            conditions: rewrite.conditions.clone(),
            orders: OnceLock::new(),
        }
    }

    /// The left-hand side in every order of its commutative operands, made when first needed: most rules never are.
    pub fn patterns(&self) -> &[Pattern<Node>] {
        self.orders.get_or_init(|| orders(&self.lhs).into_iter().map(Pattern::new).collect())
    }
}

/// The `where:` lines below a line of the page, up to the next rewrite.
fn where_text(rule: &Rule, line: usize) -> Vec<String> {
    let below = rule.page.lines().skip(line).map(str::trim).take_while(|text| !text.contains("=>") && !text.starts_with("```"));
    below.filter_map(|text| text.strip_prefix("where:")).map(|text| text.trim().to_owned()).collect()
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
    matches!(node, ENodeOrVar::ENode(node) if swapped(node).is_some())
}

/// The node with its operands in the other order, if that is the same value.
pub(super) fn swapped(node: &Node) -> Option<Node> {
    match node {
        Node::Op(op, args) if args.len() == 2 && args[0] != args[1] && COMMUTATIVE.contains(&op.def().name) => {
            Some(Node::op(*op, [args[1], args[0]]))
        }
        _ => None,
    }
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
