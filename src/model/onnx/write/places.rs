use std::collections::HashMap;

use egg::Language;

use crate::ir::{Binding, Id, Node, Program};

/// The branches and loops, outermost first, that a term stands in: the op `if_else` and whether it is the second, or the op `loop`.
pub(super) type Place = Vec<(Id, bool)>;

/// Which terms are written in which branch, and which not at all.
#[derive(Debug)]
pub(super) struct Places {
    /// The terms that stand directly in a place, operands first.
    of: HashMap<Place, Vec<Id>>,
}

impl Places {
    /// A term stands in the innermost branch or loop that holds all its readers, but in no loop whose rounds it does not depend on; and nowhere
    /// if no root needs it.
    pub fn new(program: &Program) -> Places {
        let binding = Binding::new(program);
        let mut places: Vec<Option<Place>> = vec![None; program.types.len()];
        for root in &program.roots {
            places[usize::from(*root)] = Some(Vec::new());
        }
        let mut of: HashMap<Place, Vec<Id>> = HashMap::new();
        for id in (0..places.len()).rev().map(Id::from) {
            let Some(mut own) = places[usize::from(id)].clone() else { continue };
            while own.last().is_some_and(|(of, _)| name(program, *of) == "loop" && !binding.depends(id, *of)) {
                own.pop();
            }
            for (i, child) in program.terms[id].children().iter().enumerate() {
                let mut needed = own.clone();
                match (name(program, id), i) {
                    ("if_else", 1 | 2) => needed.push((id, i == 2)),
                    ("loop", 3 | 4) => needed.push((id, false)),
                    _ => {}
                }
                let place = &mut places[usize::from(*child)];
                *place = Some(place.take().map_or(needed.clone(), |other| common(&other, &needed)));
            }
            of.entry(own).or_default().push(id);
        }
        of.values_mut().for_each(|terms| terms.reverse());
        Places { of }
    }

    /// The terms of a place, operands first.
    pub fn terms(&self, place: &[(Id, bool)]) -> Vec<Id> {
        self.of.get(place).cloned().unwrap_or_default()
    }

    /// All terms that are written somewhere.
    pub fn all(&self) -> impl Iterator<Item = Id> {
        self.of.values().flatten().copied()
    }
}

fn name(program: &Program, id: Id) -> &'static str {
    if let Node::Op(op, _) = program.terms[id] { op.def().name } else { "" }
}

/// The innermost place that holds both.
fn common(a: &[(Id, bool)], b: &[(Id, bool)]) -> Place {
    a.iter().zip(b).take_while(|(a, b)| a == b).map(|(a, _)| *a).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{DType, Leaf, OpId, ProgramBuilder, Shape, Target, Type};

    #[test]
    fn what_one_branch_needs_stands_in_it_and_what_both_need_before() {
        let mut b = ProgramBuilder::new(Target::Rust);
        let leaf = |b: &mut ProgramBuilder, dtype, shape| b.leaf(Leaf { text: String::new(), ty: Type::array(dtype, shape) });
        let c = leaf(&mut b, DType::Bool, Shape::scalar());
        let x = leaf(&mut b, DType::F32, Shape::fixed(&[3]));
        let op = |b: &mut ProgramBuilder, name: &str, args: &[Id]| b.add(Node::op(OpId::get(name), args.iter().copied())).expect("it fits");
        let shared = op(&mut b, "exp", &[x]);
        let (one, two) = (op(&mut b, "sin", &[shared]), op(&mut b, "cos", &[shared]));
        let (then, other) = (op(&mut b, "tuple", &[one]), op(&mut b, "tuple", &[two]));
        let whole = op(&mut b, "if_else", &[c, then, other]);
        let unused = op(&mut b, "tan", &[x]);
        let mut program = b.program().clone();
        program.roots = vec![whole];
        let places = Places::new(&program);
        assert_eq!(places.terms(&[]), [c, x, shared, whole]);
        assert_eq!(places.terms(&[(whole, false)]), [one, then]);
        assert_eq!(places.terms(&[(whole, true)]), [two, other]);
        assert!(places.all().all(|id| id != unused));
    }
}
