use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{Id, Node, Program, ProgramBuilder};

/// A program with the class of each of its nodes: equal classes, equal values.
#[derive(Debug, Clone)]
pub(super) struct Classed {
    pub program: Program,
    pub classes: Vec<Id>,
    /// Which nodes a stabilizing rule would replace.
    pub inferior: Vec<bool>,
    /// The roots that differ from the original's.
    pub changed: BTreeSet<usize>,
}

/// Takes a candidate apart into changes that do not need each other: for each, the original with that change alone.
///
/// Two roots belong together if they reach a class that the candidate computes in another way.
pub(super) fn split(original: &Classed, candidate: &Classed) -> Vec<Classed> {
    let changed = changed_classes(original, candidate);
    let reaches: Vec<BTreeSet<Id>> = (0..original.program.roots.len())
        .map(|root| {
            let old = reach(original, original.program.roots[root]);
            let new = reach(candidate, candidate.program.roots[root]);
            old.union(&new).filter(|class| changed.contains(class)).copied().collect()
        })
        .collect();
    groups(&reaches).into_iter().map(|group| mix(original, candidate, &group)).collect()
}

/// The classes that both reach by different nodes, or only one of them reaches.
fn changed_classes(original: &Classed, candidate: &Classed) -> BTreeSet<Id> {
    let (old, new) = (choices(original), choices(candidate));
    old.keys().chain(new.keys()).filter(|class| old.get(class) != new.get(class)).copied().collect()
}

/// For each class that a program reaches, its node with classes in the place of operands.
fn choices(classed: &Classed) -> BTreeMap<Id, Node> {
    let mut choices = BTreeMap::new();
    let mut stack = classed.program.roots.clone();
    while let Some(id) = stack.pop() {
        let class = classed.classes[usize::from(id)];
        if choices.contains_key(&class) {
            continue;
        }
        let node = &classed.program.terms[id];
        if let Node::Op(op, args) = node {
            stack.extend(args.iter().copied());
            choices.insert(class, Node::op(*op, args.iter().map(|&arg| classed.classes[usize::from(arg)])));
        } else {
            choices.insert(class, node.clone());
        }
    }
    choices
}

fn reach(classed: &Classed, root: Id) -> BTreeSet<Id> {
    let mut ids = BTreeSet::new();
    let mut stack = vec![root];
    while let Some(id) = stack.pop() {
        if ids.insert(id)
            && let Node::Op(_, args) = &classed.program.terms[id]
        {
            stack.extend(args.iter().copied());
        }
    }
    ids.into_iter().map(|id| classed.classes[usize::from(id)]).collect()
}

/// Roots with a changed class in common, transitively; roots without one are in no group.
fn groups(reaches: &[BTreeSet<Id>]) -> Vec<BTreeSet<usize>> {
    let mut groups: Vec<(BTreeSet<usize>, BTreeSet<Id>)> = Vec::new();
    for (root, reach) in reaches.iter().enumerate().filter(|(_, reach)| !reach.is_empty()) {
        let (mut roots, mut classes) = (BTreeSet::from([root]), reach.clone());
        groups.retain(|(other_roots, other_classes)| {
            let apart = classes.is_disjoint(other_classes);
            if !apart {
                roots.extend(other_roots);
                classes.extend(other_classes);
            }
            apart
        });
        groups.push((roots, classes));
    }
    groups.sort();
    groups.into_iter().map(|(roots, _)| roots).collect()
}

/// The original, with the candidate's terms for some of the roots.
fn mix(original: &Classed, candidate: &Classed, from_candidate: &BTreeSet<usize>) -> Classed {
    let mut builder = ProgramBuilder::new(original.program.target);
    for leaf in &original.program.leaves {
        builder.leaf(leaf.clone());
    }
    let mut labels = BTreeMap::new();
    let mut roots = Vec::new();
    for root in 0..original.program.roots.len() {
        let source = if from_candidate.contains(&root) { candidate } else { original };
        roots.push(copy(&mut builder, &mut labels, source, source.program.roots[root]));
    }
    let (program, kept) = builder.finish_mapped(roots);
    let (classes, inferior) = kept.iter().map(|id| labels[id]).unzip();
    Classed { program, classes, inferior, changed: from_candidate.clone() }
}

/// Copies a term, operands first, without recursion.
fn copy(builder: &mut ProgramBuilder, labels: &mut BTreeMap<Id, (Id, bool)>, source: &Classed, root: Id) -> Id {
    let mut copied: BTreeMap<Id, Id> = BTreeMap::new();
    let mut stack = vec![root];
    while let Some(&id) = stack.last() {
        if copied.contains_key(&id) {
            stack.pop();
            continue;
        }
        let node = source.program.terms[id].clone();
        let missing: Vec<Id> = match &node {
            Node::Op(_, args) => args.iter().copied().filter(|arg| !copied.contains_key(arg)).collect(),
            _ => Vec::new(),
        };
        if !missing.is_empty() {
            stack.extend(missing);
            continue;
        }
        stack.pop();
        let node = match node {
            Node::Op(op, args) => Node::op(op, args.iter().map(|arg| copied[arg])),
            other => other,
        };
        let ty = source.program.types[usize::from(id)].clone();
        let new = builder.add_typed(node, ty);
        labels.insert(new, (source.classes[usize::from(id)], source.inferior[usize::from(id)]));
        copied.insert(id, new);
    }
    copied[&root]
}
