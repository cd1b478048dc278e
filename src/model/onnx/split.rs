//! Conditions whose branches give values that no one type says: what follows them is read once for each. And those of which one branch cannot be
//! done for the lengths that there are.

use std::collections::HashMap;

use super::call::called;
use super::lower::{Lowering, Part};
use super::ops::Piece;
use super::proto::{GraphProto, NodeProto};
use crate::ir::{Attr, Id};
use crate::model::NodeError;

/// What follows a condition that stands within so many others is not read.
const DEPTH: usize = 6;

/// The results of a condition's branches.
pub(super) struct Split {
    pub condition: Id,
    pub branches: [Vec<Option<Id>>; 2],
    /// Why they are no results of one type.
    pub why: String,
}

/// What the rest of a graph gives for one branch.
struct Rest {
    outputs: Vec<Option<Id>>,
    errors: Vec<NodeError>,
}

/// Why there are no results of a branch.
pub(super) struct Refused {
    why: String,
    errors: Vec<NodeError>,
}

/// True if nodes ask for more than this importer can do: other lengths would not help.
fn is_unsupported(errors: &[NodeError]) -> bool {
    errors.iter().any(|error| error.why.ends_with("not supported"))
}

impl<'a> Lowering<'a> {
    /// Reads the nodes of a graph from `next` on for each branch of the condition that `node` is, and defines the graph's outputs. Where only one
    /// branch leads to values, the condition is required to choose it: exporters write branches for shapes that the model never sees.
    pub(super) fn split(&mut self, graph: &'a GraphProto, next: usize, node: &'a NodeProto, split: Split) -> Result<(), String> {
        if self.depth == DEPTH {
            return Err(format!("{}, as of too many around it; fix lengths with --shape", split.why));
        }
        let [then, otherwise] = split.branches;
        let (yes, no) = (self.rest(graph, next, node, then.clone()), self.rest(graph, next, node, otherwise.clone()));
        let outputs = match (yes.errors.is_empty(), no.errors.is_empty()) {
            (true, false) if is_unsupported(&no.errors) => return self.refused(no),
            (false, true) if is_unsupported(&yes.errors) => return self.refused(yes),
            (true, true) => self.chosen(split.condition, &[yes.outputs, no.outputs], false)?,
            (true, false) => self.required(graph, next, node, split.condition, then, "first")?,
            (false, true) => {
                let condition = self.op("logical_not", [Part::from(split.condition)])?;
                self.required(graph, next, node, condition, otherwise, "second")?
            }
            (false, false) => {
                self.errors.extend(if no.errors.len() < yes.errors.len() { no.errors } else { yes.errors });
                return Err(format!("{}, and what follows fits neither; fix lengths with --shape", split.why));
            }
        };
        for (output, id) in graph.output.iter().zip(outputs) {
            self.define(output.name(), id, None);
        }
        Ok(())
    }

    /// What follows could be done for both branches, if there were not these operators.
    fn refused(&mut self, rest: Rest) -> Result<(), String> {
        self.errors.extend(rest.errors);
        Err("what follows cannot be done for one of its branches".to_owned())
    }

    /// The outputs of a graph whose node has these results.
    fn rest(&mut self, graph: &'a GraphProto, next: usize, node: &'a NodeProto, results: Vec<Option<Id>>) -> Rest {
        let (before, missing) = (self.errors.len(), self.missing.clone());
        self.scopes.push(HashMap::new());
        self.depth += 1;
        self.results(node, results, None);
        self.nodes_from(graph, next);
        let outputs = graph.output.iter().map(|output| self.find(output.name()).flatten()).collect();
        if let Some(narrow) = graph.output.iter().find_map(|output| self.narrow(output.name())) {
            let why = format!("outputs of type {} behind it are not supported", narrow.name());
            self.errors.push(NodeError { node: called(node).to_owned(), op: node.op_type().to_owned(), why });
        }
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
        let message = format!("`{}` must choose its {which} branch: what follows is not defined for the other", called(node));
        let kept = self.kept(condition, results, message)?;
        let rest = self.rest(graph, next, node, kept);
        match rest.errors.into_iter().next() {
            Some(error) => Err(format!("what follows cannot be done: {}", error.why)),
            None => Ok(rest.outputs),
        }
    }

    /// Results that are there only if a condition holds.
    fn kept(&mut self, condition: Id, results: Vec<Option<Id>>, message: String) -> Result<Vec<Option<Id>>, String> {
        let message = Attr::Str(message);
        let mut keep = |result: Id| self.op("require", [Part::from(condition), Part::from(result), Part::from(message.clone())]);
        results.into_iter().map(|result| result.map(&mut keep).transpose()).collect()
    }

    /// The results of a branch of a condition that is not decided, or why there are none.
    pub(super) fn branch(&mut self, graph: &'a GraphProto) -> Result<Vec<Option<Id>>, Refused> {
        let (before, missing) = (self.errors.len(), self.missing.clone());
        let results = self.inline(graph, &[]);
        self.missing = missing;
        results.map_err(|why| Refused { why, errors: self.errors.split_off(before) })
    }

    /// The results of the one branch that can be done, which the condition is required to choose: the other is for other lengths than those of
    /// the inputs.
    pub(super) fn only_branch(
        &mut self,
        node: &NodeProto,
        condition: Id,
        results: Vec<Option<Id>>,
        other: Refused,
        which: &str,
    ) -> Result<Vec<Option<Id>>, String> {
        let Some(error) = other.errors.first().filter(|_| !is_unsupported(&other.errors)) else { return Err(self.refusal(other)) };
        let message = format!(
            "`{}` must choose its {which} branch: the other cannot be done for these lengths, as of `{}` ({}): {}",
            called(node),
            error.node,
            error.op,
            error.why
        );
        self.kept(condition, results, message)
    }

    /// Why a branch is refused; what its nodes have to say stands before it.
    pub(super) fn refusal(&mut self, refused: Refused) -> String {
        self.errors.extend(refused.errors);
        refused.why
    }

    /// What a condition chooses of the results of its branches, each of which must have a known number of axes if it is to be `ranked`.
    pub(super) fn chosen(&mut self, condition: Id, [yes, no]: &[Vec<Option<Id>>; 2], ranked: bool) -> Result<Vec<Option<Id>>, String> {
        let mut pairs = Vec::new();
        for (a, b) in yes.iter().zip(no) {
            pairs.push(self.alike((*a).zip(*b).ok_or("a branch leaves out a result")?)?);
        }
        let different: Vec<(Id, Id)> = pairs.iter().flat_map(|(parts, _)| parts).copied().filter(|(a, b)| a != b).collect();
        let mut found = HashMap::new();
        if !different.is_empty() {
            let mut tuple = |ids: Vec<Id>| self.op("tuple", ids.into_iter().map(Part::from));
            let (a, b) = (tuple(different.iter().map(|pair| pair.0).collect())?, tuple(different.iter().map(|pair| pair.1).collect())?);
            let whole = self.op("if_else", [Part::from(condition), Part::from(a), Part::from(b)])?;
            for (i, pair) in different.iter().enumerate() {
                let part = self.op("tuple_get", [Part::from(whole), Part::from(Attr::Int(i as i64))])?;
                if ranked && self.ty(part).rank().is_none() {
                    return Err("its branches give values of different numbers of axes".to_owned());
                }
                found.insert(*pair, part);
            }
        }
        let chosen = |pair: &(Id, Id)| found.get(pair).copied().unwrap_or(pair.0);
        let results = pairs.iter().map(|(parts, is_sequence)| match is_sequence {
            true => Some(self.sequence(parts.iter().map(|pair| Piece::One(chosen(pair))).collect())),
            false => parts.first().map(chosen),
        });
        Ok(results.collect())
    }

    /// Two values, or those of two sequences of one length, of which each is chosen by itself; and whether they are sequences.
    fn alike(&self, (a, b): (Id, Id)) -> Result<(Vec<(Id, Id)>, bool), String> {
        let parts = |id: Id| {
            let one = |piece: &Piece| if let Piece::One(id) = piece { Some(*id) } else { None };
            self.sequences.get(&id).map(|pieces| pieces.iter().map(one).collect::<Option<Vec<Id>>>())
        };
        match (parts(a), parts(b)) {
            (None, None) => Ok((vec![(a, b)], false)),
            (Some(Some(a)), Some(Some(b))) if a.len() == b.len() => Ok((a.into_iter().zip(b).collect(), true)),
            _ => Err("its branches give sequences of different lengths".to_owned()),
        }
    }
}
