//! Blocks of a long scope that the file has no names for: parts that hand one value on, and that come again.

use std::collections::{BTreeMap, HashMap};

use egg::Language;

use super::blocks::{Block, Blocks};
use super::scopes::{INPUTS, Tree, is_statement};
use super::{Loops, Uses};
use crate::ir::{Id, Node};
use crate::model::Model;

/// A scope of fewer statements is left as it is.
const LONG: usize = 24;

/// A block has at least so many statements.
const STATEMENTS: usize = 3;

/// The name of a block, before its number.
pub(super) const NAME: &str = "block";

/// Makes scopes of the blocks in scopes that have no others within them.
pub(super) fn split(model: &Model, uses: &Uses, blocks: &Blocks, loops: &Loops, tree: &mut Tree) {
    let alive = tree.alive();
    let is_flat = |scope: &usize| alive.iter().all(|other| other == scope || tree.drafts[*other].parent != *scope);
    let flat: Vec<usize> = alive.iter().copied().filter(is_flat).collect();
    for scope in flat {
        let statements = Statements::new(model, uses, blocks, loops, tree, scope);
        if statements.nodes.len() < LONG {
            continue;
        }
        for (number, nodes) in statements.blocks(model).into_iter().enumerate() {
            let inner = tree.add(format!("{NAME}.{number}"), scope);
            nodes.iter().for_each(|id| tree.put(*id, inner));
            if tree.inputs(inner, &nodes, &|_| true).len() > INPUTS {
                tree.dissolve(inner);
            }
        }
    }
}

/// The statements of a scope in the order of the file.
struct Statements {
    /// The nodes of each.
    nodes: Vec<Vec<Id>>,
    /// For each value that is read by a later statement, the statement that gives it and the last that reads it.
    spans: BTreeMap<Id, (usize, usize)>,
}

impl Statements {
    fn new(model: &Model, uses: &Uses, blocks: &Blocks, loops: &Loops, tree: &Tree, scope: usize) -> Statements {
        let mut by_host: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
        for id in uses.all().filter(|id| tree.at(*id) == Some(scope)) {
            let mut host = loops.host(blocks.within(id, Block::Whole));
            if let Node::Op(op, children) = &model.program.terms[host]
                && op.def().name == "tuple_get"
            {
                host = children[0];
            }
            by_host.entry(host).or_default().push(id);
        }
        let nodes: Vec<Vec<Id>> = by_host.into_values().collect();
        let place: HashMap<Id, usize> = nodes.iter().enumerate().flat_map(|(i, ids)| ids.iter().map(move |id| (*id, i))).collect();
        let mut spans = BTreeMap::new();
        for (at, ids) in nodes.iter().enumerate() {
            for id in ids {
                let outside = uses.is_root(*id) || uses.readers(*id).iter().any(|r| tree.at(*r).is_some_and(|at| at != scope));
                let last = uses.readers(*id).iter().filter_map(|reader| place.get(reader)).max().copied().unwrap_or(at);
                let last = if outside { nodes.len() } else { last };
                if last > at {
                    spans.insert(*id, (at, last));
                }
            }
        }
        // What the scope is given is there from the beginning.
        for id in uses.all().filter(|id| tree.at(*id) != Some(scope) && model.weight(*id).is_none()) {
            if let Some(last) = uses.readers(id).iter().filter_map(|reader| place.get(reader)).max().filter(|last| **last > 0) {
                spans.insert(id, (0, *last));
            }
        }
        Statements { nodes, spans }
    }

    /// The nodes of each part between two places where only one value is handed on, if it is long enough and another is like it.
    fn blocks(&self, model: &Model) -> Vec<Vec<Id>> {
        let mut open = vec![0usize; self.nodes.len()];
        for (from, to) in self.spans.values() {
            // What is read nearly everywhere, such as a mask, is handed to each block besides.
            if to - from <= LONG.max(self.nodes.len() / 4) {
                open[*from..*to].iter_mut().for_each(|count| *count += 1);
            }
        }
        let mut parts: Vec<&[Vec<Id>]> = Vec::new();
        let mut start = 0;
        for (at, open) in open.iter().enumerate() {
            if *open == 1 {
                parts.push(&self.nodes[start..=at]);
                start = at + 1;
            }
        }
        let counted = |part: &[Vec<Id>]| part.iter().filter(|ids| ids.iter().any(|id| is_statement(model, *id))).count();
        let ops = |part: &[Vec<Id>]| part.iter().flatten().map(|id| model.program.terms[*id].discriminant()).collect::<Vec<_>>();
        let keys: Vec<Vec<Node>> = parts.iter().map(|part| ops(part)).collect();
        let comes_again = |key: &Vec<Node>| keys.iter().filter(|other| *other == key).count() > 1;
        let fitting = parts.iter().zip(&keys).filter(|(part, key)| counted(part) >= STATEMENTS && comes_again(key));
        fitting
            .map(|(part, _)| {
                let mut ids: Vec<Id> = part.iter().flatten().copied().collect();
                ids.sort();
                ids
            })
            .collect()
    }
}
