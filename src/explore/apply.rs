//! From a match to a union: conditions, the new term, its type, and only then the e-graph.

use egg::{ENodeOrVar, PatternAst, Subst, Symbol, Var};
use smallvec::SmallVec;

use super::analysis::{Facts, differ, facts_of};
use super::compiled::{CompiledRewrite, swapped};
use super::{EGraph, Stats};
use crate::ir::condition::{Lets, Range, View};
use crate::ir::{Attr, Const, Id, Node, Target, Type};

/// A term over classes, children before parents: what a rule builds.
pub(super) type Built = Vec<BuiltNode>;

/// A node of a [`Built`] term.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum BuiltNode {
    /// An existing class.
    Class(Id),
    /// A node; its children are indices into the term.
    Node(Node),
}

/// What a condition sees of a match.
pub(super) struct Match<'a> {
    pub egraph: &'a EGraph,
    pub subst: &'a Subst,
}

impl Match<'_> {
    fn facts(&self, var: Var) -> Option<&Facts> {
        self.subst.get(var).map(|&id| &self.egraph[id].data)
    }
}

impl View for Match<'_> {
    fn target(&self) -> Target {
        self.egraph.analysis.target
    }

    fn ty(&self, var: Var) -> &Type {
        self.facts(var).map_or(&Type::Unknown, |f| &f.ty)
    }

    fn attr(&self, var: Var) -> Option<&Attr> {
        self.facts(var)?.attr.as_ref()
    }

    fn constant(&self, var: Var) -> Option<Const> {
        self.facts(var)?.constant
    }

    fn range(&self, var: Var) -> Range {
        self.facts(var).map_or(Range::UNKNOWN, |f| f.range)
    }

    fn same(&self, a: Var, b: Var) -> bool {
        matches!((self.subst.get(a), self.subst.get(b)), (Some(&a), Some(&b)) if self.egraph.find(a) == self.egraph.find(b))
    }
}

/// Applies a rewrite to one match of its left-hand side in a class. True if the e-graph changed.
pub(super) fn rewrite(
    egraph: &mut EGraph,
    rewrite: &CompiledRewrite,
    lhs: &PatternAst<Node>,
    class: Id,
    subst: &Subst,
    stats: &mut Stats,
) -> bool {
    let Some(lets) = rewrite.conditions.check(&Match { egraph, subst }) else {
        stats.refused_by_condition += 1;
        return false;
    };
    if rewrite.commutes && !is_there(egraph, &rewrite.rhs, subst) {
        stats.unchanged += 1;
        return false;
    }
    let Some(built) = instantiate(&rewrite.rhs, subst, &lets) else {
        stats.refused_by_type += 1;
        return false;
    };
    let from = if egraph.are_explanations_enabled() { Some(add_pattern(egraph, lhs, subst)) } else { None };
    union(egraph, rewrite.symbol, from.unwrap_or(class), &built, stats)
}

/// Adds a term and makes it equal to a class, unless its type says that it cannot be. True if the e-graph changed.
pub(super) fn union(egraph: &mut EGraph, rule: Symbol, class: Id, built: &Built, stats: &mut Stats) -> bool {
    let Some(planned) = plan(egraph, built, stats) else { return false };
    if let Some(root) = planned.last() {
        let facts = match root {
            Planned::Known(id) | Planned::Swapped(id) if egraph.find(*id) == egraph.find(class) => {
                stats.unchanged += 1;
                return false;
            }
            Planned::Known(id) | Planned::Swapped(id) => &egraph[*id].data,
            Planned::New(facts) => facts,
        };
        if differ(&egraph[class].data.ty, &facts.ty) || facts.attr.is_some() {
            stats.refused_by_type += 1;
            return false;
        }
    }
    let mut ids: SmallVec<[Id; 16]> = SmallVec::new();
    for (node, plan) in built.iter().zip(planned) {
        let id = match node {
            BuiltNode::Class(id) => *id,
            BuiltNode::Node(node) => {
                let node = egg::Language::map_children(node.clone(), |child| ids[usize::from(child)]);
                add(egraph, node, plan)
            }
        };
        ids.push(id);
    }
    let Some(&root) = ids.last() else { return false };
    let changed = egraph.union_trusted(class, root, rule);
    stats.applied += u64::from(changed);
    changed
}

/// Adds one node as planned.
fn add(egraph: &mut EGraph, node: Node, plan: Planned) -> Id {
    match plan {
        Planned::Swapped(id) if !egraph.are_explanations_enabled() => id,
        Planned::Swapped(id) => {
            let added = egraph.add_uncanonical(node);
            egraph.union_trusted(id, added, super::SWAP);
            added
        }
        Planned::Known(_) => egraph.add_uncanonical(node),
        Planned::New(facts) => {
            egraph.analysis.prepared = Some(facts);
            let id = egraph.add_uncanonical(node);
            egraph.analysis.prepared = None;
            id
        }
    }
}

/// True if the right-hand side has a class already, as it is written.
fn is_there(egraph: &EGraph, rhs: &PatternAst<Node>, subst: &Subst) -> bool {
    let mut ids: Vec<Id> = Vec::with_capacity(rhs.len());
    for node in rhs.iter() {
        let id = match node {
            ENodeOrVar::Var(var) => subst.get(*var).copied(),
            ENodeOrVar::ENode(node) => egraph.lookup(egg::Language::map_children(node.clone(), |child| ids[usize::from(child)])),
        };
        match id {
            Some(id) => ids.push(id),
            None => return false,
        }
    }
    true
}

/// The right-hand side with its variables replaced; `None` if a computed attribute is missing.
fn instantiate(rhs: &PatternAst<Node>, subst: &Subst, lets: &Lets) -> Option<Built> {
    rhs.iter()
        .map(|node| match node {
            ENodeOrVar::ENode(node) => Some(BuiltNode::Node(node.clone())),
            ENodeOrVar::Var(var) => match subst.get(*var) {
                Some(&id) => Some(BuiltNode::Class(id)),
                None => lets.iter().find(|(name, _)| name == var).map(|(_, attr)| BuiltNode::Node(Node::Attr(attr.clone()))),
            },
        })
        .collect()
}

/// The class of a pattern's instance that exists already, as the very term of the pattern: what a proof starts from.
fn add_pattern(egraph: &mut EGraph, ast: &PatternAst<Node>, subst: &Subst) -> Id {
    let mut ids: Vec<Id> = Vec::with_capacity(ast.len());
    for node in ast.iter() {
        ids.push(match node {
            ENodeOrVar::Var(var) => subst[*var],
            ENodeOrVar::ENode(node) => {
                let node = egg::Language::map_children(node.clone(), |child| ids[usize::from(child)]);
                egraph.add_uncanonical(node)
            }
        });
    }
    ids.last().copied().unwrap_or_else(|| Id::from(0))
}

/// A node of a term that is about to be added.
enum Planned {
    Known(Id),
    /// The class of the same node with its operands in the other order, which need not be built as well.
    Swapped(Id),
    New(Facts),
}

/// Looks every node up and infers the types of the new ones, without changing the e-graph. `None` if an op refuses its operands.
fn plan(egraph: &EGraph, built: &Built, stats: &mut Stats) -> Option<Vec<Planned>> {
    let mut planned: Vec<Planned> = Vec::with_capacity(built.len());
    for node in built {
        let next = match node {
            BuiltNode::Class(id) => Planned::Known(egraph.find(*id)),
            BuiltNode::Node(node) => match existing(egraph, node, &planned) {
                Some(known) => known,
                None => {
                    let facts = facts_of(&egraph.analysis, node, |child| match &planned[usize::from(child)] {
                        Planned::Known(id) | Planned::Swapped(id) => &egraph[*id].data,
                        Planned::New(facts) => facts,
                    });
                    match facts {
                        Ok(facts) => Planned::New(facts),
                        Err(_) => {
                            stats.refused_by_type += 1;
                            return None;
                        }
                    }
                }
            },
        };
        planned.push(next);
    }
    Some(planned)
}

fn existing(egraph: &EGraph, node: &Node, planned: &[Planned]) -> Option<Planned> {
    let mut known = true;
    let node = egg::Language::map_children(node.clone(), |child| match &planned[usize::from(child)] {
        Planned::Known(id) | Planned::Swapped(id) => *id,
        Planned::New(_) => {
            known = false;
            child
        }
    });
    if !known {
        return None;
    }
    let swapped = swapped(&node);
    let as_it_is = egraph.lookup(node).map(Planned::Known);
    as_it_is.or_else(|| swapped.and_then(|node| egraph.lookup(node)).map(Planned::Swapped))
}
