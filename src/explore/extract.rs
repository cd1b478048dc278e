//! The k best candidates: greedy bottom-up extraction by the cost of the DAG (as `faster-greedy-dag` of extraction-gym does), for
//! several draws of the sizes, and once more for every alternative of a class on the best candidate's DAG.

use std::collections::BTreeSet;

use egg::Language;

use super::snapshot::Snapshot;
use super::{ClassId, Sizes};
use crate::ir::{Arg, Attr, Const, Id, LeafId, Node, OpId, Program, RecExpr, Target, Type};

/// What an op costs.
pub trait CostModel {
    /// Seconds that an op takes on operands and a result whose lengths are all numbers.
    fn seconds(&self, target: Target, op: OpId, args: &[Arg], ty: &Type) -> f64;

    /// True for a leaf of which the value is known before the program runs. What is made of such leaves alone costs nothing.
    fn is_known(&self, _leaf: LeafId) -> bool {
        false
    }
}

/// By how much a node counts more if a stabilizing rule has a better form of it: accuracy may cost so much time.
pub const INFERIOR: f64 = 2.0;

/// A program that is equal to the original.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Same target, leaves and number of roots, in the same order.
    pub program: Program,
    /// The class of equal terms of each node of `program.terms`.
    pub classes: Vec<ClassId>,
    /// Which nodes a stabilizing rule would replace.
    pub inferior: Vec<bool>,
    /// True for the program as it was.
    pub original: bool,
}

/// Which node stands for each class; `None` where no finite cost is known.
pub(super) type Choice = Vec<Option<usize>>;

/// Cost of each node of each class.
pub(super) type Costs = Vec<Vec<f64>>;

/// Less than this improvement, relative to the cost, is none: the node that was there first stays.
const TIE: f64 = 1e-6;

/// Cost of every node under given sizes; infinite where an op refuses them.
pub(super) fn node_costs(snapshot: &Snapshot, target: Target, cost: &dyn CostModel, sizes: &Sizes) -> Costs {
    let types = class_types(snapshot, target, sizes);
    let attrs = attributes(snapshot, sizes);
    let known = known_classes(snapshot, cost);
    let of = |class: usize, node: &Node| match node {
        Node::Op(_, args) if args.iter().all(|&id| known[usize::from(id)]) => LEAST,
        Node::Op(op, args) => {
            let Some(args) = arguments(snapshot, &types, &attrs, args) else { return f64::INFINITY };
            let Some(ty) = &types[class] else { return f64::INFINITY };
            cost.seconds(target, *op, &args, ty).max(LEAST)
        }
        _ => 0.0,
    };
    let penalty = |inferior: bool| if inferior { INFERIOR } else { 1.0 };
    let of_class = |(i, class): (usize, &super::snapshot::Class)| {
        class.nodes.iter().zip(&class.inferior).map(|(node, &inferior)| of(i, node) * penalty(inferior)).collect()
    };
    snapshot.classes.iter().enumerate().map(of_class).collect()
}

/// The seconds that what costs nothing counts, so that of two such programs the shorter one is taken.
const LEAST: f64 = 1e-12;

/// The classes of which the value is known before the program runs.
fn known_classes(snapshot: &Snapshot, cost: &dyn CostModel) -> Vec<bool> {
    let is_known = |node: &Node, known: &[bool]| match node {
        Node::Const(_) | Node::Attr(_) => true,
        Node::Leaf(leaf) => cost.is_known(*leaf),
        Node::Op(_, args) => args.iter().all(|&id| known[usize::from(id)]),
    };
    let mut known = vec![false; snapshot.classes.len()];
    loop {
        let mut changed = false;
        for (i, class) in snapshot.classes.iter().enumerate() {
            if !known[i] && class.nodes.iter().any(|node| is_known(node, &known)) {
                known[i] = true;
                changed = true;
            }
        }
        if !changed {
            return known;
        }
    }
}

/// The type of every class under given sizes.
fn class_types(snapshot: &Snapshot, target: Target, sizes: &Sizes) -> Vec<Option<Type>> {
    let mut types: Vec<Option<Type>> = snapshot.classes.iter().map(|class| sizes.ty(&class.facts.ty)).collect();
    let attrs = attributes(snapshot, sizes);
    loop {
        let mut changed = false;
        for (i, class) in snapshot.classes.iter().enumerate().filter(|(_, class)| class.facts.attr.is_none()) {
            if types[i].is_some() {
                continue;
            }
            let found = class.nodes.iter().find_map(|node| match node {
                Node::Leaf(LeafId(leaf)) => sizes.leaves.get(*leaf as usize).cloned(),
                Node::Op(op, args) => {
                    let args = arguments(snapshot, &types, &attrs, args)?;
                    (op.def().infer)(target, &args).ok()
                }
                _ => None,
            });
            changed |= found.is_some();
            types[i] = found;
        }
        if !changed {
            return types;
        }
    }
}

fn attributes(snapshot: &Snapshot, sizes: &Sizes) -> Vec<Option<Attr>> {
    snapshot.classes.iter().map(|class| class.facts.attr.as_ref().map(|attr| sizes.attr(attr))).collect()
}

fn arguments<'a>(snapshot: &Snapshot, types: &'a [Option<Type>], attrs: &'a [Option<Attr>], args: &[Id]) -> Option<Vec<Arg<'a>>> {
    args.iter()
        .map(|&id| {
            let i = usize::from(id);
            let constant: Option<Const> = snapshot.classes[i].facts.constant;
            match &attrs[i] {
                Some(attr) => Some(Arg::Attr(attr)),
                None => types[i].as_ref().map(|ty| Arg::Value(ty, constant)),
            }
        })
        .collect()
}

/// A set of classes.
#[derive(Clone, PartialEq)]
struct Bits(Vec<u64>);

impl Bits {
    fn new(len: usize) -> Bits {
        Bits(vec![0; len.div_ceil(64)])
    }
    fn insert(&mut self, i: usize) {
        self.0[i / 64] |= 1 << (i % 64);
    }
    fn contains(&self, i: usize) -> bool {
        self.0[i / 64] >> (i % 64) & 1 == 1
    }
    fn union(&mut self, other: &Bits) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }
    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(word, &bits)| {
            let mut bits = bits;
            std::iter::from_fn(move || {
                (bits != 0).then(|| {
                    let bit = bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    word * 64 + bit
                })
            })
        })
    }
}

/// A number of more characters than this is left as it is computed: `2 * np.pi` says more than its digits.
const MAX_DIGITS: usize = 10;

fn digits(constant: &Const) -> usize {
    if constant.dtype.is_float() { constant.as_f64().to_string().len() } else { 0 }
}

/// What a class' choice costs with all that is below it.
struct Best {
    node: usize,
    below: Bits,
    total: f64,
}

/// Extraction over one e-graph; holds what does not depend on the costs.
pub(super) struct Extractor<'a> {
    snapshot: &'a Snapshot,
    /// The node of the original program in each class that it has one in.
    original: &'a Choice,
    parents: Vec<Vec<usize>>,
}

impl<'a> Extractor<'a> {
    pub fn new(snapshot: &'a Snapshot, original: &'a Choice) -> Extractor<'a> {
        let mut parents = vec![BTreeSet::new(); snapshot.classes.len()];
        for (i, class) in snapshot.classes.iter().enumerate() {
            for child in class.nodes.iter().flat_map(|node| node.children()) {
                parents[usize::from(*child)].insert(i);
            }
        }
        Extractor { snapshot, original, parents: parents.into_iter().map(|set| set.into_iter().collect()).collect() }
    }

    /// The cheapest node of each class. `forced` allows one class no node but one.
    pub fn choose(&self, costs: &Costs, forced: Option<(usize, usize)>) -> Choice {
        let count = self.snapshot.classes.len();
        let mut best: Vec<Option<Best>> = (0..count).map(|_| None).collect();
        let mut queue: BTreeSet<usize> = (0..count).collect();
        // Each class can only become cheaper, by a step of relative size; the bound is a guard against rounding.
        let mut steps = 64 * count + 1024;
        while let Some(class) = queue.pop_first() {
            if self.improve(class, costs, forced, &mut best) {
                queue.extend(&self.parents[class]);
            }
            steps -= 1;
            if steps == 0 {
                break;
            }
        }
        best.into_iter().map(|b| b.map(|b| b.node)).collect()
    }

    fn improve(&self, class: usize, costs: &Costs, forced: Option<(usize, usize)>, best: &mut [Option<Best>]) -> bool {
        let nodes = &self.snapshot.classes[class].nodes;
        let first = self.original[class];
        // A constant stays as it is written: `np.sqrt(2.0)` says more than its digits.
        let written = first.is_some() && self.snapshot.classes[class].facts.constant.is_some();
        let others = if written { 0..0 } else { 0..nodes.len() };
        let computed = nodes.iter().any(|node| matches!(node, Node::Op(..)));
        let readable = |i: &usize| !computed || !matches!(&nodes[*i], Node::Const(constant) if digits(constant) > MAX_DIGITS);
        let order = first.into_iter().chain(others.filter(|i| Some(*i) != first).filter(readable));
        let mut changed = false;
        for index in order {
            if forced.is_some_and(|(c, n)| c == class && n != index) || costs[class][index].is_infinite() {
                continue;
            }
            let Some((below, children)) = self.below(class, &nodes[index], costs, best) else { continue };
            let total = children + costs[class][index];
            if best[class].as_ref().is_none_or(|b| total < b.total * (1.0 - TIE) - f64::MIN_POSITIVE) {
                best[class] = Some(Best { node: index, below, total });
                changed = true;
            }
        }
        changed
    }

    /// The classes that a node needs, its own included, and what those below it cost; `None` if one has no cost yet or the class itself is
    /// among them.
    fn below(&self, class: usize, node: &Node, costs: &Costs, best: &[Option<Best>]) -> Option<(Bits, f64)> {
        let mut below = Bits::new(best.len());
        for &child in node.children() {
            below.union(&best[usize::from(child)].as_ref()?.below);
        }
        if below.contains(class) {
            return None;
        }
        let cost = below.iter().map(|i| best[i].as_ref().map_or(0.0, |b| costs[i][b.node])).sum();
        below.insert(class);
        Some((below, cost))
    }
}

/// The classes that the chosen nodes need, children first; `None` if a class has no node or needs itself.
pub(super) fn needed(snapshot: &Snapshot, choice: &Choice, roots: &[ClassId]) -> Option<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let mut seen = vec![Seen::No; snapshot.classes.len()];
    let mut order = Vec::new();
    let mut stack: Vec<(usize, usize)> = Vec::new();
    for root in roots {
        stack.push((root.0 as usize, 0));
        while let Some((class, next)) = stack.pop() {
            if seen[class] == Seen::Done {
                continue;
            }
            seen[class] = Seen::Open;
            let node = &snapshot.classes[class].nodes[choice[class]?];
            match node.children().get(next) {
                Some(&child) => {
                    stack.push((class, next + 1));
                    match seen[usize::from(child)] {
                        Seen::No => stack.push((usize::from(child), 0)),
                        Seen::Open => return None,
                        Seen::Done => {}
                    }
                }
                None => {
                    seen[class] = Seen::Done;
                    order.push(class);
                }
            }
        }
    }
    Some(order)
}

/// The candidate that a choice makes; `None` if the choice is cyclic.
pub(super) fn candidate(snapshot: &Snapshot, original: &Program, choice: &Choice, roots: &[ClassId]) -> Option<Candidate> {
    let order = needed(snapshot, choice, roots)?;
    let mut place = vec![Id::from(0); snapshot.classes.len()];
    let mut terms = RecExpr::default();
    let mut types = Vec::with_capacity(order.len());
    let mut inferior = Vec::with_capacity(order.len());
    for &class in &order {
        let index = choice[class]?;
        let node = snapshot.classes[class].nodes[index].clone();
        types.push(match &node {
            Node::Leaf(leaf) => original.leaves[leaf.0 as usize].ty.clone(),
            _ => snapshot.classes[class].facts.ty.clone(),
        });
        inferior.push(snapshot.classes[class].inferior[index]);
        place[class] = terms.add(node.map_children(|child| place[usize::from(child)]));
    }
    let roots = roots.iter().map(|root| place[root.0 as usize]).collect();
    let program = Program { target: original.target, leaves: original.leaves.clone(), terms, types, roots };
    Some(Candidate { program, classes: order.iter().map(|&class| ClassId(class as u32)).collect(), inferior, original: false })
}
