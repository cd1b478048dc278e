//! E-graph, saturation, the k best candidates, proofs.
//!
//! [`Explorer`] holds rules made ready once; [`Explorer::explore`] fills an e-graph with all that they say of a program, within
//! [`Limits`] that count and do not measure time; [`Explored::candidates`] takes programs out of it again, the original always among them.

mod analysis;
mod apply;
mod compiled;
mod extract;
mod fold;
#[cfg(feature = "source")]
mod gym;
mod native;
mod proof;
mod random;
mod ranges;
mod runner;
mod sizes;
mod snapshot;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use egg::Language;

pub use analysis::{Facts, TypeAnalysis};
pub use extract::{Candidate, CostModel, INFERIOR};
pub use native::names as native_names;
pub use proof::{Proof, ProofStep};
pub use random::Random;
pub use runner::{Limits, Stopped};
pub use sizes::{SizeModel, Sizes, bytes, drawn_lengths, draws};

use crate::ir::{Id, Node, OpId, Program};
use crate::rules::Rule;
use compiled::CompiledRule;
use extract::{Choice, Costs, Extractor};
use snapshot::Snapshot;

type EGraph = egg::EGraph<Node, TypeAnalysis>;

/// The reason that a proof gives for a constant computed from constants.
const FOLD: &str = "constants-folded";

/// The reason that a proof gives for operands of a sum, product… that change places.
const SWAP: &str = "operands-swapped";

/// A class of terms that are equal to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub u32);

/// How often what was decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Rounds of search and application.
    pub iterations: u64,
    /// Matches of left-hand sides.
    pub matches: u64,
    /// Matches that made two classes equal.
    pub applied: u64,
    /// Matches of which a side condition is not known to hold.
    pub refused_by_condition: u64,
    /// Matches of which an op refuses the new operands, or the new type is known to differ.
    pub refused_by_type: u64,
    /// Matches that say what is known already.
    pub unchanged: u64,
    /// Times that a rewrite had more matches than its limit and rested.
    pub rests: u64,
    /// Constants computed.
    pub folded: u64,
    /// Unions of classes that are known to differ in type or value: each is a sign of a wrong rule.
    pub conflicts: u64,
    /// Nodes at the end.
    pub nodes: u64,
    /// Classes at the end.
    pub classes: u64,
    /// Unions that each rule made.
    pub by_rule: BTreeMap<String, u64>,
}

/// Rules made ready to explore any number of programs.
#[derive(Clone)]
pub struct Explorer {
    rules: Arc<[CompiledRule]>,
}

impl Explorer {
    /// Makes rules ready. The order of the rules can decide which limit is hit first, so it should be a fixed one.
    pub fn new<'r>(rules: impl IntoIterator<Item = &'r Rule>) -> Explorer {
        Explorer { rules: rules.into_iter().map(compiled::compile).collect() }
    }

    /// All that the rules say of a program, within limits.
    pub fn explore(&self, program: &Program, limits: &Limits) -> Explored {
        let leaves = sizes::symbolized(program);
        let empty = || EGraph::new(TypeAnalysis::new(program.target, leaves.clone()));
        let mut egraph = empty();
        let mut original = add(&mut egraph, program);
        let mut stats = Stats::default();
        let mut inferior = Vec::new();
        let rules: Vec<&CompiledRule> = self.rules.iter().collect();
        let stopped = runner::run(&mut egraph, &rules, limits, &mut stats, &mut inferior, &|_| false);
        if stopped == Stopped::Time {
            egraph = empty();
            original = add(&mut egraph, program);
            inferior.clear();
            stats.by_rule.clear();
        }
        stats.nodes = egraph.total_number_of_nodes() as u64;
        stats.classes = egraph.number_of_classes() as u64;
        stats.conflicts = egraph.analysis.conflicts;
        stats.folded = egraph.analysis.folded;
        let snapshot = Snapshot::of(&egraph, &inferior);
        let classes: Vec<ClassId> = original.iter().map(|&id| snapshot.class(&egraph, id)).collect();
        let choice = original_choice(&snapshot, program, &classes);
        Explored { explorer: self.clone(), limits: limits.clone(), program: program.clone(), snapshot, classes, choice, stopped, stats }
    }
}

/// Explores with rules that are used only once; [`Explorer`] is for more.
pub fn explore(program: &Program, rules: &[&Rule], limits: &Limits) -> Explored {
    Explorer::new(rules.iter().copied()).explore(program, limits)
}

/// A saturated e-graph.
pub struct Explored {
    explorer: Explorer,
    limits: Limits,
    program: Program,
    snapshot: Snapshot,
    /// The class of each node of the original.
    classes: Vec<ClassId>,
    choice: Choice,
    /// What ended the exploration.
    pub stopped: Stopped,
    /// What happened on the way.
    pub stats: Stats,
}

/// At most this many alternatives to the best candidate are forced.
const MAX_FORCED: usize = 48;

impl Explored {
    /// The class of a node of the original program.
    pub fn class_of(&self, original: Id) -> ClassId {
        self.classes[usize::from(original)]
    }

    /// The original program.
    pub fn original(&self) -> &Program {
        &self.program
    }

    /// The original as a candidate.
    pub fn original_candidate(&self) -> Candidate {
        let nodes = self.program.terms.as_ref();
        let inferior = nodes.iter().zip(&self.classes).map(|(node, class)| {
            let class_nodes = &self.snapshot.classes[class.0 as usize];
            let node = node.clone().map_children(|id| Id::from(self.class_of(id).0 as usize));
            class_nodes.nodes.binary_search(&node).is_ok_and(|i| class_nodes.inferior[i])
        });
        Candidate { program: self.program.clone(), classes: self.classes.clone(), inferior: inferior.collect(), original: true }
    }

    /// The ops by which some candidate could be computed.
    pub fn ops(&self) -> BTreeSet<OpId> {
        let nodes = self.snapshot.classes.iter().flat_map(|class| &class.nodes);
        nodes.filter_map(|node| if let Node::Op(op, _) = node { Some(*op) } else { None }).collect()
    }

    /// The class of each node of the original program.
    pub fn classes_of_original(&self) -> &[ClassId] {
        &self.classes
    }

    /// A candidate with one class computed as in the original; `None` if the original has no node in that class, the candidate has the same
    /// one, or the result would need itself.
    pub fn reverted(&self, candidate: &Candidate, class: ClassId) -> Option<Candidate> {
        let mut choice: Choice = self.choice.clone();
        for (node, class) in candidate.program.terms.as_ref().iter().zip(&candidate.classes) {
            let node = node.clone().map_children(|id| Id::from(candidate.classes[usize::from(id)].0 as usize));
            choice[class.0 as usize] = self.snapshot.classes[class.0 as usize].nodes.binary_search(&node).ok();
        }
        let class = class.0 as usize;
        let original = self.choice[class]?;
        if choice[class].replace(original) == Some(original) {
            return None;
        }
        extract::candidate(&self.snapshot, &self.program, &choice, &self.roots())
    }

    /// True if the roots are known to be equal to those of a program over the same leaves.
    pub fn holds(&self, program: &Program) -> bool {
        let by_node: BTreeMap<&Node, usize> =
            self.snapshot.classes.iter().enumerate().flat_map(|(i, class)| class.nodes.iter().map(move |node| (node, i))).collect();
        let mut classes: Vec<Option<usize>> = Vec::with_capacity(program.terms.len());
        for node in program.terms.as_ref() {
            let known = node.children().iter().all(|&id| classes[usize::from(id)].is_some());
            let node = node.clone().map_children(|id| Id::from(classes[usize::from(id)].unwrap_or_default()));
            let swapped = compiled::swapped(&node);
            let class = by_node.get(&node).or_else(|| by_node.get(&swapped?));
            classes.push(class.copied().filter(|_| known));
        }
        let roots = program.roots.iter().map(|&root| classes[usize::from(root)]);
        roots.eq(self.program.roots.iter().map(|&root| Some(self.class_of(root).0 as usize)))
    }

    /// The cheapest program over all draws, by the analysis of the whole DAG; the original if nothing is cheaper.
    pub fn best(&self, cost: &dyn CostModel, draws: &[Sizes]) -> Candidate {
        let original = self.original_candidate();
        if draws.is_empty() || self.is_trivial() {
            return original;
        }
        let all: Vec<Costs> = draws.iter().map(|sizes| extract::node_costs(&self.snapshot, self.program.target, cost, sizes)).collect();
        let mean = mean_costs(&all);
        let choice = Extractor::new(&self.snapshot, &self.choice).choose(&mean, None);
        let total = |order: Vec<usize>, choice: &Choice| -> f64 {
            order.into_iter().map(|class| choice[class].map_or(f64::INFINITY, |node| mean[class][node])).sum()
        };
        let roots = self.roots();
        let costs = |choice: &Choice| extract::needed(&self.snapshot, choice, &roots).map_or(f64::INFINITY, |order| total(order, choice));
        if costs(&choice) < costs(&self.choice) {
            return extract::candidate(&self.snapshot, &self.program, &choice, &roots).unwrap_or(original);
        }
        original
    }

    /// True if there is nothing but the original.
    pub fn is_trivial(&self) -> bool {
        self.stats.applied == 0 && self.stats.folded == 0
    }

    /// Up to `k` different programs, the original first, then by their cost over all draws, cheapest first.
    pub fn candidates(&self, cost: &dyn CostModel, k: usize, draws: &[Sizes]) -> Vec<Candidate> {
        let mut found = vec![self.original_candidate()];
        if draws.is_empty() || self.is_trivial() {
            return found;
        }
        let all: Vec<Costs> = draws.iter().map(|sizes| extract::node_costs(&self.snapshot, self.program.target, cost, sizes)).collect();
        let mean = mean_costs(&all);
        let roots = self.roots();
        let mut seen = BTreeSet::from([self.original_key()]);
        let mut ranked: Vec<(f64, Candidate)> = Vec::new();
        for choice in self.choices(&all, &mean) {
            let Some(order) = extract::needed(&self.snapshot, &choice, &roots) else { continue };
            let nodes = order.iter().map(|&class| choice[class].map(|node| (class, node)));
            let Some(key) = nodes.collect::<Option<BTreeSet<_>>>() else { continue };
            let total: f64 = key.iter().map(|&(class, node)| mean[class][node]).sum();
            if total.is_finite() && seen.insert(key) {
                ranked.extend(extract::candidate(&self.snapshot, &self.program, &choice, &roots).map(|candidate| (total, candidate)));
            }
        }
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
        found.extend(ranked.into_iter().take(k.saturating_sub(1)).map(|(_, candidate)| candidate));
        found
    }

    /// The class and node of every node of the original that its roots need.
    fn original_key(&self) -> BTreeSet<(usize, usize)> {
        let mut needed: Vec<bool> = vec![false; self.program.terms.len()];
        self.program.roots.iter().for_each(|&root| needed[usize::from(root)] = true);
        let mut key = BTreeSet::new();
        for (i, node) in self.program.terms.as_ref().iter().enumerate().rev() {
            if needed[i] {
                node.children().iter().for_each(|&child| needed[usize::from(child)] = true);
                let class = self.classes[i].0 as usize;
                let node = node.clone().map_children(|id| Id::from(self.class_of(id).0 as usize));
                key.extend(self.snapshot.classes[class].nodes.binary_search(&node).map(|index| (class, index)));
            }
        }
        key
    }

    fn roots(&self) -> Vec<ClassId> {
        self.program.roots.iter().map(|&root| self.class_of(root)).collect()
    }

    /// The best for the mean of the draws and for each draw, and the best with each alternative on the first one's DAG.
    fn choices(&self, all: &[Costs], mean: &Costs) -> Vec<Choice> {
        let extractor = Extractor::new(&self.snapshot, &self.choice);
        let best = extractor.choose(mean, None);
        let order = extract::needed(&self.snapshot, &best, &self.roots()).unwrap_or_default();
        let mut found = vec![best];
        found.extend(all.iter().map(|costs| extractor.choose(costs, None)));
        let alternatives = |&class: &usize| (0..self.snapshot.classes[class].nodes.len()).map(move |node| (class, node));
        let forced: Vec<(usize, usize)> =
            order.iter().flat_map(alternatives).filter(|&(class, node)| found[0][class] != Some(node)).collect();
        found.extend(forced.into_iter().take(MAX_FORCED).map(|forced| extractor.choose(mean, Some(forced))));
        found
    }
}

/// Adds a program; the class of each of its nodes.
fn add(egraph: &mut EGraph, program: &Program) -> Vec<Id> {
    let mut ids: Vec<Id> = Vec::with_capacity(program.terms.len());
    for (node, ty) in program.terms.as_ref().iter().zip(&program.types) {
        let node = node.clone().map_children(|child| ids[usize::from(child)]);
        let id = egraph.add_uncanonical(node);
        // Whoever made the program may know more lengths than the op's rule can say.
        let facts = &egraph[id].data;
        if let Some(ty) = analysis::completed(&facts.ty, ty) {
            let facts = Facts { ty, ..facts.clone() };
            egraph.set_analysis_data(id, facts);
        }
        ids.push(id);
    }
    egraph.rebuild();
    ids
}

/// The node of the original program in each class.
fn original_choice(snapshot: &Snapshot, program: &Program, classes: &[ClassId]) -> Choice {
    let mut choice: Choice = vec![None; snapshot.classes.len()];
    for (node, class) in program.terms.as_ref().iter().zip(classes) {
        let class = class.0 as usize;
        let node = node.clone().map_children(|id| Id::from(classes[usize::from(id)].0 as usize));
        if choice[class].is_none() {
            choice[class] = snapshot.classes[class].nodes.binary_search(&node).ok();
        }
    }
    choice
}

/// The geometric mean of each node's cost over the draws in which it has one; infinite if it has none.
fn mean_costs(all: &[Costs]) -> Costs {
    let mean = |class: usize, node: usize| {
        let finite: Vec<f64> = all.iter().map(|costs| costs[class][node]).filter(|c| c.is_finite()).collect();
        match finite.len() {
            0 => f64::INFINITY,
            n if finite.iter().all(|&c| c > 0.0) => (finite.iter().map(|c| c.ln()).sum::<f64>() / n as f64).exp(),
            _ => 0.0,
        }
    };
    let classes = all.first().map_or(0, Vec::len);
    (0..classes).map(|class| (0..all[0][class].len()).map(|node| mean(class, node)).collect()).collect()
}
