//! Saturation: search all rules, apply what was found, until nothing changes or a limit is hit.
//!
//! The loop is our own so that only counts decide, never the clock: the same program gives the same e-graph on every machine.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use egg::{Language, PatternAst, Searcher, Subst};

use super::compiled::{Action, CompiledRewrite, CompiledRule};
use super::{EGraph, Stats, apply};
use crate::ir::{Id, Node, Target};
use crate::rules::Effect;

/// Bounds of an exploration. Hitting one never makes an answer wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Nodes of the e-graph.
    pub nodes: usize,
    /// Rounds of search and application.
    pub iterations: usize,
    /// Matches of one rewrite in one round; one that finds more rests for a few rounds, and may then find twice as many.
    pub matches: usize,
    /// A safety valve: an exploration that takes longer is thrown away, so that what it would have found cannot depend on the machine.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { nodes: 4_000, iterations: 10, matches: 300, time: Duration::from_secs(10) }
    }
}

/// What ended an exploration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// No rule has anything to add.
    Saturated,
    /// [`Limits::nodes`].
    Nodes,
    /// [`Limits::iterations`].
    Iterations,
    /// [`Limits::time`]: only the original is left.
    Time,
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Stopped::Saturated => "saturated",
            Stopped::Nodes => "the limit on nodes was hit",
            Stopped::Iterations => "the limit on iterations was hit",
            Stopped::Time => "the limit on time was hit; nothing was explored",
        })
    }
}

/// Rounds for which a rewrite with too many matches rests the first time; doubled each time.
const FIRST_REST: usize = 2;

#[derive(Clone, Copy, Default)]
struct Backoff {
    times: u32,
    until: usize,
}

/// Explores in place, until `enough` at the latest. `inferior` gets the nodes that a stabilizing rule replaced.
pub(super) fn run(
    egraph: &mut EGraph,
    rules: &[&CompiledRule],
    limits: &Limits,
    stats: &mut Stats,
    inferior: &mut Vec<Node>,
    enough: &dyn Fn(&EGraph) -> bool,
) -> Stopped {
    let start = Instant::now();
    let target = egraph.analysis.target;
    let work: Vec<(&CompiledRule, &CompiledRewrite)> =
        rules.iter().filter(|r| r.targets.contains(&target)).flat_map(|r| rewrites(r)).collect();
    let natives: Vec<&CompiledRule> = rules.iter().copied().filter(|r| is_native(r, target)).collect();
    let mut backoff = vec![Backoff::default(); work.len()];
    for iteration in 0..limits.iterations {
        stats.iterations = iteration as u64 + 1;
        let before = (egraph.total_number_of_nodes(), stats.applied);
        let (found, resting) = search(egraph, &work, &mut backoff, iteration, limits, stats);
        if start.elapsed() > limits.time {
            return Stopped::Time;
        }
        for (index, matches) in found {
            let (rule, rewrite) = work[index];
            for Matched { order, class, subst } in matches {
                let lhs = &rewrite.patterns()[order].ast;
                let old = if rule.effect == Effect::Stabilizes { nodes_of(egraph, lhs, &subst) } else { Vec::new() };
                let refused = stats.refused_by_condition + stats.refused_by_type;
                if apply::rewrite(egraph, rewrite, lhs, class, &subst, stats) {
                    *stats.by_rule.entry(rule.name.clone()).or_default() += 1;
                }
                if refused == stats.refused_by_condition + stats.refused_by_type {
                    inferior.extend(old);
                }
            }
            if egraph.total_number_of_nodes() > limits.nodes {
                egraph.rebuild();
                return Stopped::Nodes;
            }
        }
        egraph.rebuild();
        for rule in &natives {
            run_native(egraph, rule, stats);
        }
        if start.elapsed() > limits.time {
            return Stopped::Time;
        }
        if egraph.total_number_of_nodes() > limits.nodes {
            return Stopped::Nodes;
        }
        if enough(egraph) {
            return Stopped::Saturated;
        }
        if !resting && before == (egraph.total_number_of_nodes(), stats.applied) {
            return Stopped::Saturated;
        }
    }
    Stopped::Iterations
}

fn rewrites(rule: &CompiledRule) -> impl Iterator<Item = (&CompiledRule, &CompiledRewrite)> {
    let rewrites: &[CompiledRewrite] = match &rule.action {
        Action::Rewrites(rewrites) => rewrites,
        Action::Native(_) => &[],
    };
    rewrites.iter().map(move |rewrite| (rule, rewrite))
}

fn is_native(rule: &CompiledRule, target: Target) -> bool {
    matches!(rule.action, Action::Native(_)) && rule.targets.contains(&target)
}

fn run_native(egraph: &mut EGraph, rule: &CompiledRule, stats: &mut Stats) {
    let Action::Native(native) = rule.action else { return };
    for (class, built) in native.find(egraph) {
        stats.matches += 1;
        if apply::union(egraph, rule.symbol, class, &built, stats) {
            *stats.by_rule.entry(rule.name.clone()).or_default() += 1;
        }
    }
    egraph.rebuild();
}

/// Where a left-hand side was found.
struct Matched {
    order: usize,
    class: Id,
    subst: Subst,
}

/// What each rewrite found, and whether any rests.
type Found = (Vec<(usize, Vec<Matched>)>, bool);

fn search(
    egraph: &EGraph,
    work: &[(&CompiledRule, &CompiledRewrite)],
    backoff: &mut [Backoff],
    iteration: usize,
    limits: &Limits,
    stats: &mut Stats,
) -> Found {
    let present: BTreeSet<_> = egraph.classes().flat_map(|c| c.nodes.iter()).filter_map(op_of).collect();
    let mut found = Vec::new();
    let mut resting = false;
    for (index, (_, rewrite)) in work.iter().enumerate() {
        if !rewrite.ops.iter().all(|op| present.contains(op)) {
            continue;
        }
        let state = &mut backoff[index];
        if state.until > iteration {
            resting = true;
            continue;
        }
        let threshold = limits.matches << state.times.min(16);
        let matches = matches(egraph, rewrite, threshold + 1);
        stats.matches += matches.len() as u64;
        if matches.len() > threshold {
            state.until = iteration + 1 + (FIRST_REST << state.times.min(16));
            state.times += 1;
            stats.rests += 1;
            resting = true;
            continue;
        }
        if !matches.is_empty() {
            found.push((index, matches));
        }
    }
    (found, resting)
}

/// The matches of all orders of a left-hand side, up to a limit.
fn matches(egraph: &EGraph, rewrite: &CompiledRewrite, limit: usize) -> Vec<Matched> {
    let mut found = Vec::new();
    for (order, pattern) in rewrite.patterns().iter().enumerate() {
        for matches in pattern.search_with_limit(egraph, limit - found.len().min(limit)) {
            found.extend(matches.substs.into_iter().map(|subst| Matched { order, class: matches.eclass, subst }));
        }
    }
    found
}

fn op_of(node: &Node) -> Option<crate::ir::OpId> {
    match node {
        Node::Op(op, _) => Some(*op),
        _ => None,
    }
}

/// The ops that a match found, from the root of the left-hand side down to its variables.
fn nodes_of(egraph: &EGraph, ast: &PatternAst<Node>, subst: &Subst) -> Vec<Node> {
    let mut ids: Vec<Id> = Vec::with_capacity(ast.len());
    let mut found = Vec::new();
    for node in ast.iter() {
        let id = match node {
            egg::ENodeOrVar::Var(var) => subst.get(*var).copied(),
            egg::ENodeOrVar::ENode(node) => {
                let mut node = node.clone().map_children(|child| ids[usize::from(child)]);
                let id = egraph.lookup(&mut node);
                found.extend(op_of(&node).map(|_| node));
                id
            }
        };
        match id {
            Some(id) => ids.push(id),
            None => return Vec::new(),
        }
    }
    found
}
