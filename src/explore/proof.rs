//! Why a candidate is equal to the original: the rules from one to the other, step by step.
//!
//! Saturation is run again with egg's explanations (Flatt et al., Small proofs from congruence closure, 2022), by the rules that changed
//! something the first time; the proof tree is then read off in order, each part that is used several times once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use egg::{Language, TreeTerm};

use super::compiled::CompiledRule;
use super::{Candidate, EGraph, Explored, FOLD, Limits, SWAP, Stats, TypeAnalysis, add, runner, sizes};
use crate::ir::{Id, Node, Program, RecExpr, Type};
use crate::rules::Effect;

/// One application of a rule to a part of the code.
#[derive(Debug, Clone, PartialEq)]
pub struct ProofStep {
    /// The rule, `constants-folded` or `operands-swapped`.
    pub rule: String,
    /// What it promises.
    pub effect: Effect,
    /// The side conditions of the rule, as its page has them.
    pub conditions: Vec<String>,
    /// The part that is replaced, as a program with one root.
    pub before: Program,
    /// What takes its place.
    pub after: Program,
}

impl ProofStep {
    /// The part that is replaced, in the syntax of the rules.
    pub fn before_text(&self) -> String {
        term_text(&self.before)
    }

    /// What takes its place, in the syntax of the rules.
    pub fn after_text(&self) -> String {
        term_text(&self.after)
    }
}

/// The steps from the original to a candidate.
#[derive(Debug, Clone, PartialEq)]
pub enum Proof {
    /// All of them, in order.
    Steps(Vec<ProofStep>),
    /// There are more steps, or larger terms, than anyone would read; the rules that take part are known nevertheless.
    TooLong {
        /// Names of the rules, with what each promises.
        rules: BTreeMap<String, Effect>,
    },
}

impl Proof {
    /// The weakest promise of any step; exact if there is none.
    pub fn effect(&self) -> Effect {
        self.effects().max().unwrap_or(Effect::Exact)
    }

    /// True if some step stabilizes, whatever the others do.
    pub fn stabilizes(&self) -> bool {
        self.effects().any(|effect| effect == Effect::Stabilizes)
    }

    fn effects(&self) -> impl Iterator<Item = Effect> + '_ {
        let (steps, rules) = match self {
            Proof::Steps(steps) => (Some(steps), None),
            Proof::TooLong { rules } => (None, Some(rules)),
        };
        let of_steps = steps.into_iter().flatten().map(|step| step.effect);
        of_steps.chain(rules.into_iter().flat_map(|rules| rules.values().copied()))
    }

    /// The rules that take part, by their first step; by name if the proof is too long.
    pub fn rules(&self) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        match self {
            Proof::Steps(steps) => steps.iter().filter(|step| step.rule != FOLD && step.rule != SWAP).for_each(|step| {
                if !found.contains(&step.rule.as_str()) {
                    found.push(&step.rule);
                }
            }),
            Proof::TooLong { rules } => found.extend(rules.keys().map(String::as_str)),
        }
        found
    }
}

/// More steps than this are not written down.
const MAX_STEPS: usize = 200;
/// Programs with more nodes than this are not proved step by step.
const MAX_NODES: usize = 1500;

impl Explored {
    /// The proof that the roots of a candidate are equal to those of the original.
    pub fn proof(&self, candidate: &Candidate) -> Proof {
        let pairs: Vec<(Id, Id)> = self.program.roots.iter().copied().zip(candidate.program.roots.iter().copied()).collect();
        self.proof_of(&candidate.program, &pairs)
    }

    /// The proof that nodes of the original are equal to nodes of another program over the same leaves.
    pub fn proof_of(&self, new: &Program, pairs: &[(Id, Id)]) -> Proof {
        let too_long = || Proof::TooLong { rules: self.rules_used() };
        if self.program.terms.len().max(new.terms.len()) > MAX_NODES {
            return too_long();
        }
        let mut replay = Replay::new(self);
        let Some(pairs) = replay.saturate(self, new, pairs) else { return too_long() };
        let mut steps = Vec::new();
        for (old, new) in pairs {
            let explanation = replay.egraph.explain_id_equivalence(old, new);
            let mut reader = Reader { explored: self, done: HashSet::new(), steps: &mut steps };
            if reader.read(&explanation.explanation_trees, 0).is_none() {
                return too_long();
            }
        }
        Proof::Steps(steps)
    }

    /// The rules that changed the e-graph, with what each promises.
    fn rules_used(&self) -> BTreeMap<String, Effect> {
        let used = self.explorer.rules.iter().filter(|rule| self.stats.by_rule.contains_key(&rule.name));
        used.map(|rule| (rule.name.clone(), rule.effect)).collect()
    }
}

/// The second saturation.
struct Replay {
    egraph: EGraph,
    original: Vec<Id>,
}

impl Replay {
    fn new(explored: &Explored) -> Replay {
        let leaves = sizes::symbolized(&explored.program);
        let mut egraph = EGraph::new(TypeAnalysis::new(explored.program.target, leaves)).with_explanations_enabled();
        let original = add(&mut egraph, &explored.program);
        Replay { egraph, original }
    }

    /// The pairs as ids of the e-graph, once they are all equal; `None` if they do not become so.
    fn saturate(&mut self, explored: &Explored, new: &Program, pairs: &[(Id, Id)]) -> Option<Vec<(Id, Id)>> {
        let added = add(&mut self.egraph, new);
        let pairs: Vec<(Id, Id)> = pairs.iter().map(|&(old, new)| (self.original[usize::from(old)], added[usize::from(new)])).collect();
        let used: Vec<&CompiledRule> =
            explored.explorer.rules.iter().filter(|rule| explored.stats.by_rule.contains_key(&rule.name)).collect();
        // Both programs are there from the start, and so the e-graph is larger than the first one was at the same point.
        let limits = Limits { nodes: explored.limits.nodes * 2, iterations: explored.limits.iterations + 2, ..explored.limits.clone() };
        let equal = |egraph: &EGraph| pairs.iter().all(|&(a, b)| egraph.find(a) == egraph.find(b));
        runner::run(&mut self.egraph, &used, &limits, &mut Stats::default(), &mut Vec::new(), &equal);
        equal(&self.egraph).then_some(pairs)
    }
}

type Tree = Rc<TreeTerm<Node>>;

/// Walks a proof tree in order.
struct Reader<'a> {
    explored: &'a Explored,
    done: HashSet<*const TreeTerm<Node>>,
    steps: &'a mut Vec<ProofStep>,
}

/// Proof trees nested deeper than this are not read.
const MAX_DEPTH: usize = 200;

impl Reader<'_> {
    /// Appends the steps of a chain of terms; `None` if there are too many.
    fn read(&mut self, chain: &[Tree], depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        for (i, tree) in chain.iter().enumerate() {
            if let Some(name) = tree.forward_rule.or(tree.backward_rule) {
                let last = i.checked_sub(1).map(|i| &chain[i])?;
                self.step(name.as_str(), last, tree)?;
            }
            if self.done.insert(Rc::as_ptr(tree)) {
                for child in &tree.child_proofs {
                    self.read(child, depth + 1)?;
                }
            }
        }
        Some(())
    }

    fn step(&mut self, rule: &str, last: &Tree, tree: &Tree) -> Option<()> {
        let before = program(&self.explored.program, last, false)?;
        let after = program(&self.explored.program, tree, true)?;
        let (effect, conditions) = self.explored.explorer.rules.iter().find_map(|r| r.at(rule)).unwrap_or((Effect::Exact, Vec::new()));
        let name = rule.split('@').next().unwrap_or(rule).to_owned();
        let step = ProofStep { rule: name, effect, conditions, before, after };
        if !self.steps.contains(&step) && step.before.terms != step.after.terms {
            self.steps.push(step);
        }
        (self.steps.len() <= MAX_STEPS).then_some(())
    }
}

/// The first or the last term of a tree, as a program over the leaves of the original.
fn program(original: &Program, tree: &Tree, first: bool) -> Option<Program> {
    let mut builder = Builder { first, known: HashMap::new(), places: HashMap::new(), terms: RecExpr::default() };
    let root = builder.add(tree, 0)?;
    let mut analysis = EGraph::new(TypeAnalysis::new(original.target, original.leaves.iter().map(|leaf| leaf.ty.clone()).collect()));
    let types = vec![Type::Unknown; builder.terms.len()];
    let mut program = Program { target: original.target, leaves: original.leaves.clone(), terms: builder.terms, types, roots: vec![root] };
    let ids = add(&mut analysis, &program);
    program.types = ids.into_iter().map(|id| analysis[id].data.ty.clone()).collect();
    Some(program)
}

struct Builder {
    first: bool,
    known: HashMap<*const TreeTerm<Node>, Id>,
    places: HashMap<Node, Id>,
    terms: RecExpr,
}

impl Builder {
    fn add(&mut self, tree: &Tree, depth: usize) -> Option<Id> {
        if let Some(&id) = self.known.get(&Rc::as_ptr(tree)) {
            return Some(id);
        }
        if depth > MAX_DEPTH {
            return None;
        }
        let mut children = Vec::with_capacity(tree.child_proofs.len());
        for chain in &tree.child_proofs {
            let end = if self.first { chain.first() } else { chain.last() };
            children.push(self.add(end?, depth + 1)?);
        }
        let mut node = tree.node.clone();
        node.children_mut().iter_mut().zip(children).for_each(|(slot, child)| *slot = child);
        let terms = &mut self.terms;
        let id = *self.places.entry(node.clone()).or_insert_with(|| terms.add(node));
        self.known.insert(Rc::as_ptr(tree), id);
        Some(id)
    }
}

/// The longest text of a term.
const MAX_TEXT: usize = 400;

/// The first root in the syntax of the rules, cut off where it becomes unreadable.
fn term_text(program: &Program) -> String {
    fn write(program: &Program, id: Id, out: &mut String) {
        if out.len() > MAX_TEXT {
            return;
        }
        match &program.terms[id] {
            Node::Leaf(leaf) => out.push_str(&program.leaves[leaf.0 as usize].text),
            node if node.is_leaf() => out.push_str(&node.to_string()),
            node => {
                out.push_str(&node.to_string());
                out.push('(');
                for (i, &child) in node.children().iter().enumerate() {
                    out.push_str(if i > 0 { ", " } else { "" });
                    write(program, child, out);
                }
                out.push(')');
            }
        }
    }
    let mut out = String::new();
    program.roots.iter().take(1).for_each(|&root| write(program, root, &mut out));
    if out.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|&i| out.is_char_boundary(i)).unwrap_or(0);
        out.truncate(end);
        out.push('…');
    }
    out
}
