//! Where two programs differ: what both compute alike is cut out and becomes leaves. An op whose operands are the same values is the same op,
//! however these are computed: what lies above a change does not dilute it.

use std::collections::HashMap;

use egg::Language;

use crate::explore::{Candidate, Sizes};
use crate::ir::{Id, Leaf, LeafId, Node, Program, RecExpr};

/// The nodes of a candidate that another one does not have.
pub(super) struct Part {
    /// The changed nodes over the shared ones as leaves. The roots are those that differ.
    pub candidate: Candidate,
    /// For each leaf, the node of the first of the two whole programs that it stands for.
    leaves: Vec<Id>,
}

impl Part {
    /// There is no array in it.
    pub fn is_of_numbers(&self) -> bool {
        let program = &self.candidate.program;
        program.terms.as_ref().iter().zip(&program.types).all(|(node, ty)| matches!(node, Node::Attr(_)) || ty.rank() == Some(0))
    }

    /// The sizes of the part, given the first whole program's types under the same draw.
    pub fn sizes(&self, whole: &Sizes, types: &[crate::ir::Type]) -> Sizes {
        Sizes {
            symbols: whole.symbols.clone(),
            leaves: self.leaves.iter().map(|&id| types[usize::from(id)].clone()).collect(),
            unknown: whole.unknown,
        }
    }
}

/// What each of two programs has that the other has not.
pub(super) fn parts(a: &Candidate, b: &Candidate) -> (Part, Part) {
    let mut names: HashMap<Node, u32> = HashMap::new();
    let of_a = named(a, &mut names);
    let of_b = named(b, &mut names);
    let mut in_a = vec![false; names.len()];
    let mut in_b = vec![false; names.len()];
    used(&a.program).into_iter().zip(&of_a).for_each(|(used, &name)| in_a[name as usize] |= used);
    used(&b.program).into_iter().zip(&of_b).for_each(|(used, &name)| in_b[name as usize] |= used);
    let mut first = vec![Id::from(0); names.len()];
    of_a.iter().enumerate().rev().for_each(|(i, &name)| first[name as usize] = Id::from(i));
    (part(a, &of_a, &in_b, &first), part(b, &of_b, &in_a, &first))
}

/// A number for every node, equal for the same op on equal values.
fn named(candidate: &Candidate, names: &mut HashMap<Node, u32>) -> Vec<u32> {
    let class = |child: Id| Id::from(candidate.classes[usize::from(child)].0 as usize);
    let nodes = candidate.program.terms.as_ref().iter().map(|node| node.clone().map_children(class));
    nodes
        .map(|node| {
            let next = names.len() as u32;
            *names.entry(node).or_insert(next)
        })
        .collect()
}

/// Which nodes the roots need.
fn used(program: &Program) -> Vec<bool> {
    let mut used = vec![false; program.terms.len()];
    program.roots.iter().for_each(|&root| used[usize::from(root)] = true);
    for (i, node) in program.terms.as_ref().iter().enumerate().rev() {
        if used[i] {
            node.children().iter().for_each(|&child| used[usize::from(child)] = true);
        }
    }
    used
}

fn part(whole: &Candidate, names: &[u32], shared: &[bool], first: &[Id]) -> Part {
    let program = &whole.program;
    let used = used(program);
    let mut part = Program { target: program.target, leaves: Vec::new(), terms: RecExpr::default(), types: Vec::new(), roots: Vec::new() };
    let (mut place, mut inferior, mut classes, mut leaves): (Vec<Option<Id>>, _, _, _) =
        (vec![None; program.terms.len()], vec![], vec![], vec![]);
    let wanted = boundary(program, &used, names, shared);
    for (i, node) in program.terms.as_ref().iter().enumerate() {
        let is_shared = shared[names[i] as usize];
        if !used[i] || (is_shared && !wanted[i]) {
            continue;
        }
        let node = match node {
            Node::Const(_) | Node::Attr(_) => node.clone(),
            // A leaf of one program alone is an operand as any other.
            _ if is_shared || (wanted[i] && node.is_leaf()) => {
                part.leaves.push(Leaf { text: String::new(), ty: program.types[i].clone() });
                leaves.push(first[names[i] as usize]);
                Node::Leaf(LeafId(leaves.len() as u32 - 1))
            }
            Node::Leaf(_) => continue,
            Node::Op(..) => node.clone().map_children(|child| place[usize::from(child)].unwrap_or(child)),
        };
        place[i] = Some(part.terms.add(node));
        part.types.push(program.types[i].clone());
        inferior.push(whole.inferior[i] && !is_shared);
        classes.push(whole.classes[i]);
    }
    part.roots = results(&part);
    Part { candidate: Candidate { program: part, classes, inferior, original: whole.original }, leaves }
}

/// The ops that no other op of a part reads.
fn results(part: &Program) -> Vec<Id> {
    let mut read = vec![false; part.terms.len()];
    part.terms.as_ref().iter().flat_map(Language::children).for_each(|&child| read[usize::from(child)] = true);
    (0..part.terms.len()).map(Id::from).filter(|&id| !read[usize::from(id)] && matches!(part.terms[id], Node::Op(..))).collect()
}

/// The nodes that a changed node needs, and leaves that only one of the programs needs.
fn boundary(program: &Program, used: &[bool], names: &[u32], shared: &[bool]) -> Vec<bool> {
    let mut wanted = vec![false; program.terms.len()];
    for (i, node) in program.terms.as_ref().iter().enumerate() {
        if used[i] && !shared[names[i] as usize] {
            node.children().iter().for_each(|&child| wanted[usize::from(child)] = true);
        }
    }
    wanted
}
