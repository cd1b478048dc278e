//! Conditions whose branches give values that no one type says: what follows them is read once for each.

use std::collections::HashMap;

use super::lower::{Lowering, Part};
use super::proto::{GraphProto, NodeProto};
use crate::ir::{Attr, Id};
use crate::model::NodeError;

/// What follows a condition that stands within so many others is not read.
const DEPTH: usize = 6;

/// The results of a condition's branches.
pub(super) struct Split {
    pub condition: Id,
    pub branches: [Vec<Option<Id>>; 2],
}

/// What the rest of a graph gives for one branch.
struct Rest {
    outputs: Vec<Option<Id>>,
    errors: Vec<NodeError>,
}

impl<'a> Lowering<'a> {
    /// Reads the nodes of a graph from `next` on for each branch of the condition that `node` is, and defines the graph's outputs. Where only one
    /// branch leads to values, the condition is required to choose it: exporters write branches for shapes that the model never sees.
    pub(super) fn split(&mut self, graph: &'a GraphProto, next: usize, node: &'a NodeProto, split: Split) -> Result<(), String> {
        if self.depth == DEPTH {
            return Err(
                "its branches give values of different numbers of axes, as do too many around it; fix lengths with --shape".to_owned()
            );
        }
        let [then, otherwise] = split.branches;
        let (yes, no) = (self.rest(graph, next, node, then.clone()), self.rest(graph, next, node, otherwise.clone()));
        let outputs = match (yes.errors.is_empty(), no.errors.is_empty()) {
            (true, true) => self.joined(split.condition, yes.outputs, no.outputs)?,
            (true, false) => self.required(graph, next, node, split.condition, then, "first")?,
            (false, true) => {
                let condition = self.op("logical_not", [Part::from(split.condition)])?;
                self.required(graph, next, node, condition, otherwise, "second")?
            }
            (false, false) => {
                self.errors.extend(if no.errors.len() < yes.errors.len() { no.errors } else { yes.errors });
                return Err(
                    "its branches give values of different numbers of axes, and what follows fits neither; fix lengths with --shape".into(),
                );
            }
        };
        for (output, id) in graph.output.iter().zip(outputs) {
            self.define(output.name(), id);
        }
        Ok(())
    }

    /// The outputs of a graph whose node has these results.
    fn rest(&mut self, graph: &'a GraphProto, next: usize, node: &'a NodeProto, results: Vec<Option<Id>>) -> Rest {
        let (before, missing) = (self.errors.len(), self.missing.clone());
        self.scopes.push(HashMap::new());
        self.depth += 1;
        self.results(node, results);
        self.nodes_from(graph, next);
        let outputs = graph.output.iter().map(|output| self.find(output.name()).flatten()).collect();
        self.depth -= 1;
        self.scopes.pop();
        self.missing = missing;
        Rest { outputs, errors: self.errors.split_off(before) }
    }

    fn required(
        &mut self,
        graph: &'a GraphProto,
        next: usize,
        node: &'a NodeProto,
        condition: Id,
        results: Vec<Option<Id>>,
        which: &str,
    ) -> Result<Vec<Option<Id>>, String> {
        let name = if node.name().is_empty() { node.output.first().map_or("", String::as_str) } else { node.name() };
        let message = Attr::Str(format!("`{name}` must choose its {which} branch: what follows is not defined for the other"));
        let mut kept = Vec::new();
        for result in results {
            kept.push(match result {
                Some(result) => Some(self.op("require", [Part::from(condition), Part::from(result), Part::from(message.clone())])?),
                None => None,
            });
        }
        let rest = self.rest(graph, next, node, kept);
        match rest.errors.into_iter().next() {
            Some(error) => Err(format!("what follows cannot be done: {}", error.why)),
            None => Ok(rest.outputs),
        }
    }

    /// What a condition chooses of the outputs that its branches lead to.
    fn joined(&mut self, condition: Id, yes: Vec<Option<Id>>, no: Vec<Option<Id>>) -> Result<Vec<Option<Id>>, String> {
        let different: Vec<(Id, Id)> = yes.iter().zip(&no).filter_map(|(a, b)| Some(((*a)?, (*b)?))).filter(|(a, b)| a != b).collect();
        let mut tuple = |ids: Vec<Id>| self.op("tuple", ids.into_iter().map(Part::from));
        let (a, b) = (tuple(different.iter().map(|pair| pair.0).collect())?, tuple(different.iter().map(|pair| pair.1).collect())?);
        if different.is_empty() {
            return Ok(yes);
        }
        let chosen = self.op("if_else", [Part::from(condition), Part::from(a), Part::from(b)])?;
        let mut outputs = Vec::new();
        for (yes, no) in yes.into_iter().zip(no) {
            outputs.push(match different.iter().position(|pair| Some(pair.0) == yes && Some(pair.1) == no) {
                Some(i) => Some(self.op("tuple_get", [Part::from(chosen), Part::from(Attr::Int(i as i64))])?),
                None => yes.and(no).and(yes),
            });
        }
        Ok(outputs)
    }
}
