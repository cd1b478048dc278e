//! The statements of a scope in order, and the calls that are one loop.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use egg::Language;

use super::scopes::is_statement;
use super::{Structure, scope_base};
use crate::ir::Id;
use crate::model::Model;

/// A statement of a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// The node with all that is computed in its statement.
    Node(Id),
    /// A call of a scope.
    Scope(usize),
    /// Calls of scopes of one class, each of which takes the only result of the one before as its input `carried`, and else the same.
    Chain {
        /// The scopes in order.
        scopes: Vec<usize>,
        /// The index of the input that each passes on to the next.
        carried: usize,
    },
}

/// The statements of a scope: in the order of the file, as far as each comes after those that it needs.
pub(super) fn items(model: &Model, structure: &Structure, scope: usize) -> Vec<Item> {
    let chains = chains(structure, scope);
    let mut items: Vec<Item> = chains.clone();
    let mut item_of: HashMap<Id, usize> = HashMap::new();
    for (i, chain) in chains.iter().enumerate() {
        let Item::Chain { scopes, .. } = chain else { continue };
        item_of.extend(scopes.iter().flat_map(|inner| structure.scopes[*inner].nodes.iter().map(|id| (*id, i))));
    }
    for child in &structure.scopes[scope].children {
        let nodes = &structure.scopes[*child].nodes;
        if nodes.first().is_some_and(|id| !item_of.contains_key(id)) {
            item_of.extend(nodes.iter().map(|id| (*id, items.len())));
            items.push(Item::Scope(*child));
        }
    }
    for id in structure.scopes[scope].nodes.iter().rev() {
        if structure.scope_of(*id) == Some(scope) {
            let host = structure.loops.host(*id);
            let item = *item_of.entry(host).or_insert(items.len());
            if item == items.len() {
                items.push(Item::Node(host));
            }
            item_of.insert(*id, item);
        }
    }
    let order = ordered(model, &item_of, items.len());
    order.into_iter().map(|i| items[i].clone()).filter(|item| !matches!(item, Item::Node(id) if !is_statement(model, *id))).collect()
}

/// Indices of items, each after those that it needs; of those that could be next the one whose last node is first in the file.
fn ordered(model: &Model, item_of: &HashMap<Id, usize>, count: usize) -> Vec<usize> {
    let mut last: Vec<Id> = vec![Id::from(0); count];
    let mut needs: Vec<HashSet<usize>> = vec![HashSet::new(); count];
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (id, item) in item_of {
        last[*item] = last[*item].max(*id);
        for other in model.program.terms[*id].children().iter().filter_map(|child| item_of.get(child)) {
            if other != item && needs[*item].insert(*other) {
                needed_by[*other].push(*item);
            }
        }
    }
    let mut waiting: Vec<usize> = needs.iter().map(HashSet::len).collect();
    let mut ready: BinaryHeap<Reverse<(Id, usize)>> = (0..count).filter(|i| waiting[*i] == 0).map(|i| Reverse((last[i], i))).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse((_, item))) = ready.pop() {
        order.push(item);
        for reader in &needed_by[item] {
            waiting[*reader] -= 1;
            if waiting[*reader] == 0 {
                ready.push(Reverse((last[*reader], *reader)));
            }
        }
    }
    order
}

/// The longest chains of scopes directly within one.
fn chains(structure: &Structure, scope: usize) -> Vec<Item> {
    let children = &structure.scopes[scope].children;
    let next = |scope: usize| children.iter().find_map(|other| carried(structure, scope, *other).map(|input| (*other, input)));
    let mut found = Vec::new();
    let mut used: HashSet<usize> = HashSet::new();
    for child in children {
        if used.contains(child) {
            continue;
        }
        let Some((second, carried)) = next(*child) else { continue };
        let mut scopes = vec![*child, second];
        while let Some((further, _)) = scopes.last().and_then(|last| next(*last)).filter(|(_, input)| *input == carried) {
            scopes.push(further);
        }
        used.extend(&scopes);
        found.push(Item::Chain { scopes, carried });
    }
    found
}

/// The index of the input through which one scope continues another, if all else that they take is the same.
fn carried(structure: &Structure, before: usize, after: usize) -> Option<usize> {
    let (a, b) = (&structure.scopes[before], &structure.scopes[after]);
    let &[result] = &a.outputs[..] else { return None };
    let readers = structure.uses.readers(result);
    let passed_on =
        readers.iter().all(|r| structure.scope_of(*r).is_none_or(|at| structure.is_within(at, after) || structure.is_within(at, before)));
    if before == after || a.class != b.class || scope_base(&a.name) != scope_base(&b.name) || structure.uses.is_root(result) || !passed_on {
        return None;
    }
    let input = b.inputs.iter().position(|input| *input == result)?;
    let same = a.inputs.iter().zip(&b.inputs).enumerate().all(|(i, (x, y))| (i == input) != (x == y));
    same.then_some(input)
}
