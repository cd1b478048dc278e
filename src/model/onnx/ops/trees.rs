//! Ensembles of decision trees. Each row walks down all trees at once: where it stands in each is an index into tables of all nodes, of
//! which those of a leaf lead to itself.

use std::collections::{HashMap, HashSet};

use super::super::tensor;
use super::terms::Term;
use super::{Call, Entry, Lowering, apply, list, one};
use crate::ir::{Attr, DType, Id};
use crate::model::Weight;

pub(super) static OPS: &[Entry] = &[
    ("TreeEnsemble", |l, call| {
        let ensemble = of_places(l, call)?;
        let aggregate =
            ["AVERAGE", "SUM", "MIN", "MAX"].get(call.int("aggregate_function", 1) as usize).ok_or("an unknown aggregate_function")?;
        let transform = match call.int("post_transform", 0) {
            0 => "NONE",
            1 => "SOFTMAX",
            2 => "LOGISTIC",
            other => return Err(format!("a post_transform of {other} is not supported")),
        };
        let x = call.input(0)?;
        let y = ensemble.walked(l, x, aggregate)?;
        one(transformed(l, y, transform)?)
    }),
    ("TreeEnsembleRegressor", |l, call| {
        let ensemble = of_names(call)?;
        let x = call.input(0)?;
        let x = if l.dtype(x)?.is_float() { x } else { l.cast(x, DType::F32)? };
        let mut y = ensemble.walked(l, x, call.string("aggregate_function").as_deref().unwrap_or("SUM"))?;
        if let Some(base) = call.attribute("base_values").filter(|a| !a.floats.is_empty()) {
            let base = numbers(l, DType::F32, base.floats.iter().map(|x| f64::from(*x)), &[base.floats.len()]);
            y = l.add(y, base)?;
        }
        let y = transformed(l, y, call.string("post_transform").as_deref().unwrap_or("NONE"))?;
        one(l.cast(y, DType::F32)?)
    }),
];

/// No trees of real models have more levels.
const DEEPEST: usize = 512;

/// The most elements of the table of what leaves add.
const LARGEST: usize = 1 << 26;

/// How a node compares a feature with its number.
const COMPARISONS: [&str; 6] = ["le", "lt", "ge", "gt", "eq", "ne"];

/// A node that asks, or a leaf.
#[derive(Debug, Clone, PartialEq)]
enum TreeNode {
    Question {
        feature: i64,
        split: f64,
        /// An index into [`COMPARISONS`].
        comparison: usize,
        yes: usize,
        no: usize,
        /// Whether a number that is none goes the way of yes.
        missing_is_yes: bool,
    },
    /// Targets and what is added to them.
    Leaf(Vec<(usize, f64)>),
}

/// All nodes of all trees.
struct Ensemble {
    nodes: Vec<TreeNode>,
    roots: Vec<usize>,
    targets: usize,
}

impl Ensemble {
    /// The most questions between a root and a leaf.
    fn depth(&self) -> Result<usize, String> {
        let mut level = self.roots.clone();
        for depth in 0..=DEEPEST {
            level.sort_unstable();
            level.dedup();
            let mut next = Vec::new();
            for at in &level {
                match self.nodes.get(*at).ok_or("a node that is not there")? {
                    TreeNode::Question { yes, no, .. } => next.extend([*yes, *no]),
                    TreeNode::Leaf(_) => {}
                }
            }
            if next.is_empty() {
                return Ok(depth);
            }
            level = next;
        }
        Err(format!("trees of more than {DEEPEST} levels are not supported"))
    }

    /// What the leaves that each row of `x` comes to add up to.
    fn walked(&self, l: &mut Lowering, x: Id, aggregate: &str) -> Term {
        let (depth, dtype) = (self.depth()?, l.dtype(x)?);
        if l.rank(x)? != 2 || self.targets == 0 {
            return Err("expected rows of features and at least one target".to_owned());
        }
        if self.nodes.len().saturating_mul(self.targets) > LARGEST {
            return Err(format!("{} nodes with {} targets each are too many", self.nodes.len(), self.targets));
        }
        let table = self.table(l, dtype);
        let mut place = list(l, self.roots.iter().map(|root| *root as i64));
        for level in 0..depth.max(1) {
            let feature = apply!(l, "take", table.feature, place, Attr::Int(0))?;
            // The roots are the same for all rows.
            let value = if level == 0 {
                apply!(l, "take", x, feature, Attr::Int(1))?
            } else {
                apply!(l, "take_along_axis", x, feature, Attr::Int(1))?
            };
            let holds = self.holds(l, &table, value, place)?;
            let (yes, no) = (apply!(l, "take", table.yes, place, Attr::Int(0))?, apply!(l, "take", table.no, place, Attr::Int(0))?);
            place = apply!(l, "select", holds, yes, no)?;
        }
        let leaves = apply!(l, "take", table.leaves, place, Attr::Int(0))?;
        match aggregate {
            "SUM" => apply!(l, "sum", leaves, Attr::Int(1), Attr::Bool(false)),
            "AVERAGE" => apply!(l, "mean", leaves, Attr::Int(1), Attr::Bool(false)),
            // With several targets a tree that adds nothing to one is no zero there.
            "MIN" | "MAX" if self.targets == 1 => {
                apply!(l, if aggregate == "MIN" { "min" } else { "max" }, leaves, Attr::Int(1), Attr::Bool(false))
            }
            other => Err(format!("aggregate_function {other} is not supported")),
        }
    }

    /// Whether the answers are yes.
    fn holds(&self, l: &mut Lowering, table: &Table, value: Id, place: Id) -> Term {
        let split = apply!(l, "take", table.split, place, Attr::Int(0))?;
        let mut used: Vec<usize> = Vec::new();
        let mut missing = false;
        for node in &self.nodes {
            if let TreeNode::Question { comparison, missing_is_yes, .. } = node {
                used.push(*comparison);
                missing |= *missing_is_yes;
            }
        }
        used.sort_unstable();
        used.dedup();
        let (first, others) = used.split_first().ok_or("a forest of leaves alone is not supported")?;
        let mut holds = apply!(l, COMPARISONS[*first], value, split)?;
        for comparison in others {
            let kind = apply!(l, "take", table.comparison, place, Attr::Int(0))?;
            let own = l.scalar(DType::I64, *comparison as f64);
            let (is_own, other) = (apply!(l, "eq", kind, own)?, apply!(l, COMPARISONS[*comparison], value, split)?);
            let (here, not_own) = (apply!(l, "logical_and", is_own, other)?, l.unary("logical_not", is_own)?);
            let elsewhere = apply!(l, "logical_and", not_own, holds)?;
            holds = apply!(l, "logical_or", here, elsewhere)?;
        }
        if missing {
            let (is_missing, goes) = (apply!(l, "is_nan", value)?, apply!(l, "take", table.missing, place, Attr::Int(0))?);
            let zero = l.scalar(DType::I64, 0.0);
            let goes = apply!(l, "ne", goes, zero)?;
            let goes = apply!(l, "logical_and", is_missing, goes)?;
            holds = apply!(l, "logical_or", holds, goes)?;
        }
        Ok(holds)
    }

    fn table(&self, l: &mut Lowering, dtype: DType) -> Table {
        let question = |own: fn(&TreeNode) -> Option<i64>| self.nodes.iter().map(own);
        let whole = |l: &mut Lowering, own: fn(&TreeNode) -> Option<i64>| {
            let ints: Vec<i64> = question(own).enumerate().map(|(at, own)| own.unwrap_or(at as i64)).collect();
            list(l, ints)
        };
        let zero = |l: &mut Lowering, own: fn(&TreeNode) -> Option<i64>| {
            let ints: Vec<i64> = question(own).map(Option::unwrap_or_default).collect();
            list(l, ints)
        };
        let splits = self.nodes.iter().map(|node| if let TreeNode::Question { split, .. } = node { *split } else { 0.0 });
        let splits: Vec<f64> = splits.collect();
        let mut leaves = vec![0.0; self.nodes.len() * self.targets];
        for (at, node) in self.nodes.iter().enumerate() {
            if let TreeNode::Leaf(weights) = node {
                weights.iter().for_each(|(target, weight)| leaves[at * self.targets + target] += weight);
            }
        }
        Table {
            feature: zero(l, |node| if let TreeNode::Question { feature, .. } = node { Some(*feature) } else { None }),
            split: numbers(l, dtype, splits, &[self.nodes.len()]),
            comparison: zero(l, |node| if let TreeNode::Question { comparison, .. } = node { Some(*comparison as i64) } else { None }),
            yes: whole(l, |node| if let TreeNode::Question { yes, .. } = node { Some(*yes as i64) } else { None }),
            no: whole(l, |node| if let TreeNode::Question { no, .. } = node { Some(*no as i64) } else { None }),
            missing: zero(
                l,
                |node| if let TreeNode::Question { missing_is_yes, .. } = node { Some(i64::from(*missing_is_yes)) } else { None },
            ),
            leaves: numbers(l, dtype, leaves, &[self.nodes.len(), self.targets]),
        }
    }
}

/// What is known of each node.
struct Table {
    feature: Id,
    split: Id,
    comparison: Id,
    yes: Id,
    no: Id,
    missing: Id,
    leaves: Id,
}

fn numbers(l: &mut Lowering, dtype: DType, x: impl IntoIterator<Item = f64>, shape: &[usize]) -> Id {
    let data = ndarray::ArrayD::from_shape_vec(ndarray::IxDyn(shape), x.into_iter().collect()).unwrap_or_default();
    let weight = Weight::of_value(String::new(), &crate::ir::Value::float(dtype, data));
    match weight {
        Some(weight) => l.constant(weight),
        None => l.scalar(dtype, f64::NAN),
    }
}

fn transformed(l: &mut Lowering, y: Id, transform: &str) -> Term {
    match transform {
        "NONE" => Ok(y),
        "LOGISTIC" => l.unary("sigmoid", y),
        "SOFTMAX" => apply!(l, "softmax", y, Attr::Int(1)),
        other => Err(format!("post_transform {other} is not supported")),
    }
}

/// Trees whose nodes are named by tree and number, leaves among them.
fn of_names(call: &Call) -> Result<Ensemble, String> {
    let ints = |name: &str| call.ints(name).unwrap_or_default();
    let (trees, names) = (ints("nodes_treeids"), ints("nodes_nodeids"));
    let (features, yes, no) = (ints("nodes_featureids"), ints("nodes_truenodeids"), ints("nodes_falsenodeids"));
    let missing = ints("nodes_missing_value_tracks_true");
    let floats = |name: &str| call.attribute(name).map_or(&[][..], |a| &a.floats[..]);
    let splits = floats("nodes_values");
    let modes: Vec<&[u8]> = call.attribute("nodes_modes").map_or(Vec::new(), |a| a.strings.iter().map(AsRef::as_ref).collect());
    let n = trees.len();
    if [names.len(), features.len(), yes.len(), no.len(), splits.len(), modes.len()].iter().any(|len| *len != n) || n == 0 {
        return Err("expected as many of each of its nodes_ attributes; nodes_values_as_tensor is not supported".to_owned());
    }
    let at: HashMap<(i64, i64), usize> = trees.iter().copied().zip(names.iter().copied()).zip(0..).collect();
    let found = |tree: i64, name: i64| at.get(&(tree, name)).copied().ok_or_else(|| format!("tree {tree} has no node {name}"));
    let mut nodes = Vec::with_capacity(n);
    for i in 0..n {
        let mode = std::str::from_utf8(modes[i]).unwrap_or_default();
        nodes.push(match mode {
            "LEAF" => TreeNode::Leaf(Vec::new()),
            mode => TreeNode::Question {
                feature: features[i],
                split: f64::from(splits[i]),
                comparison: ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]
                    .iter()
                    .position(|known| *known == mode)
                    .ok_or_else(|| format!("nodes of the mode {mode} are not supported"))?,
                yes: found(trees[i], yes[i])?,
                no: found(trees[i], no[i])?,
                missing_is_yes: missing.get(i).is_some_and(|tracks| *tracks != 0),
            },
        });
    }
    let targets = usize::try_from(call.int("n_targets", 1)).map_err(|_| "a negative number of targets")?;
    let (of_tree, of_node, ids, weights) = (ints("target_treeids"), ints("target_nodeids"), ints("target_ids"), floats("target_weights"));
    if [of_node.len(), ids.len(), weights.len()].iter().any(|len| *len != of_tree.len()) || targets > n {
        return Err("expected as many of each of its target_ attributes, and no more targets than nodes".to_owned());
    }
    for i in 0..of_tree.len() {
        let target = usize::try_from(ids[i]).ok().filter(|target| *target < targets).ok_or("a target that is not there")?;
        match &mut nodes[found(of_tree[i], of_node[i])?] {
            TreeNode::Leaf(own) => own.push((target, f64::from(weights[i]))),
            TreeNode::Question { .. } => return Err("a weight of a node that is no leaf".to_owned()),
        }
    }
    // The first node of a tree is its root.
    let mut begun = HashSet::new();
    let roots = (0..n).filter(|i| begun.insert(trees[*i])).collect();
    Ok(Ensemble { nodes, roots, targets })
}

/// Trees whose questions and leaves are two lists, and places in these.
fn of_places<'a>(l: &Lowering<'a>, call: &Call<'a>) -> Result<Ensemble, String> {
    let ints = |name: &str| call.ints(name).unwrap_or_default();
    let tensor = |name: &str| match call.tensor(name) {
        Some(tensor) => tensor::weight(tensor, l.folder()).map(Some),
        None => Ok(None),
    };
    let numbers = |name: &str| -> Result<Vec<f64>, String> { Ok(tensor(name)?.map(|weight| weight.to_f64()).unwrap_or_default()) };
    let (features, splits, modes) = (ints("nodes_featureids"), numbers("nodes_splits")?, numbers("nodes_modes")?);
    let (yes, no) = (ints("nodes_truenodeids"), ints("nodes_falsenodeids"));
    let (yes_is_leaf, no_is_leaf) = (ints("nodes_trueleafs"), ints("nodes_falseleafs"));
    let (missing, ids, weights) = (ints("nodes_missing_value_tracks_true"), ints("leaf_targetids"), numbers("leaf_weights")?);
    let n = features.len();
    let lengths = [splits.len(), modes.len(), yes.len(), no.len(), yes_is_leaf.len(), no_is_leaf.len()];
    if lengths.iter().any(|len| *len != n) || ids.len() != weights.len() {
        return Err("expected as many of each of its nodes_ and of each of its leaf_ attributes".to_owned());
    }
    let targets = usize::try_from(call.int("n_targets", 1)).ok().filter(|targets| *targets <= n + ids.len());
    let targets = targets.ok_or("expected no more targets than nodes and leaves")?;
    let child = |at: i64, is_leaf: i64| {
        let (first, count) = if is_leaf != 0 { (n, ids.len()) } else { (0, n) };
        usize::try_from(at).ok().filter(|at| *at < count).map(|at| first + at).ok_or_else(|| format!("there is no node or leaf {at}"))
    };
    let members = numbers("membership_values")?;
    let mut sets = members.split(|x| x.is_nan());
    let (mut nodes, mut more) = (Vec::with_capacity(n + ids.len()), Vec::new());
    for i in 0..n {
        let (yes, no) = (child(yes[i], yes_is_leaf[i])?, child(no[i], no_is_leaf[i])?);
        let missing_is_yes = missing.get(i).is_some_and(|tracks| *tracks != 0);
        let question = |split, comparison, no| TreeNode::Question { feature: features[i], split, comparison, yes, no, missing_is_yes };
        nodes.push(match modes[i] as usize {
            6 => {
                // One question for each member, the next of which is asked where the one before is answered by no.
                let [first, others @ ..] = sets.next().unwrap_or_default() else { return Err("a set without members".to_owned()) };
                let start = n + ids.len() + more.len();
                for (k, member) in others.iter().enumerate() {
                    more.push(question(*member, 4, if k + 1 < others.len() { start + k + 1 } else { no }));
                }
                question(*first, 4, if others.is_empty() { no } else { start })
            }
            comparison if comparison < COMPARISONS.len() => question(splits[i], comparison, no),
            other => return Err(format!("an unknown mode {other}")),
        });
    }
    for (id, weight) in ids.iter().zip(weights) {
        let target = usize::try_from(*id).ok().filter(|target| *target < targets).ok_or("a target that is not there")?;
        nodes.push(TreeNode::Leaf(vec![(target, weight)]));
    }
    nodes.extend(more);
    let roots = ints("tree_roots").into_iter().map(|root| child(root, 0)).collect::<Result<_, _>>()?;
    Ok(Ensemble { nodes, roots, targets })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_that_lead_back_to_themselves_are_refused() {
        let question = |yes, no| TreeNode::Question { feature: 0, split: 0.5, comparison: 0, yes, no, missing_is_yes: false };
        let of = |nodes| Ensemble { nodes, roots: vec![0], targets: 1 }.depth();
        assert_eq!(of(vec![question(1, 2), question(2, 2), TreeNode::Leaf(Vec::new())]), Ok(2));
        assert!(of(vec![question(1, 1), question(0, 0)]).unwrap_err().contains("levels"));
        assert!(of(vec![question(1, 7)]).unwrap_err().contains("not there"));
    }
}
