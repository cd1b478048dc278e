//! The saturated e-graph as plain vectors: what extraction works on.

use std::collections::{BTreeSet, HashMap};

use egg::Language;

use super::{ClassId, EGraph, Facts};
use crate::ir::{Id, Node};

/// All classes, in the order of their ids.
pub(super) struct Snapshot {
    pub classes: Vec<Class>,
    index: HashMap<Id, ClassId>,
}

/// One class; the children of its nodes are indices into [`Snapshot::classes`].
pub(super) struct Class {
    pub nodes: Vec<Node>,
    /// Which nodes a stabilizing rule replaced.
    pub inferior: Vec<bool>,
    pub facts: Facts,
}

impl Snapshot {
    pub fn of(egraph: &EGraph, inferior: &[Node]) -> Snapshot {
        let mut ids: Vec<Id> = egraph.classes().map(|class| class.id).collect();
        ids.sort();
        let index: HashMap<Id, ClassId> = ids.iter().enumerate().map(|(i, &id)| (id, ClassId(i as u32))).collect();
        let dense = |id: Id| Id::from(index[&egraph.find(id)].0 as usize);
        let inferior: BTreeSet<Node> = inferior.iter().map(|node| node.clone().map_children(dense)).collect();
        let class = |&id: &Id| {
            let mut nodes: Vec<Node> = egraph[id].nodes.iter().map(|node| node.clone().map_children(dense)).collect();
            nodes.sort();
            nodes.dedup();
            Class { inferior: nodes.iter().map(|node| inferior.contains(node)).collect(), nodes, facts: egraph[id].data.clone() }
        };
        Snapshot { classes: ids.iter().map(class).collect(), index }
    }

    /// The class that an id of the e-graph means.
    pub fn class(&self, egraph: &EGraph, id: Id) -> ClassId {
        self.index[&egraph.find(id)]
    }
}
