//! What a loop computes anew each round.

use std::collections::{BTreeSet, HashMap};

use egg::Language;

use super::{Id, Node, Program};

/// The operands of the op `loop` by their names.
#[derive(Debug, Clone, Copy)]
pub struct Repeat<'p> {
    /// How often it goes round at most; an attribute if nothing bounds it.
    pub count: Id,
    /// Whether there is a first round; an attribute if nothing forbids it.
    pub condition: Id,
    /// The states before the first round.
    pub start: &'p [Id],
    /// The leaf that is the number of the round.
    pub round: Id,
    /// The leaves that are the states before a round.
    pub bound: &'p [Id],
    /// Whether another round follows.
    pub goes_on: Id,
    /// The states after a round.
    pub states: &'p [Id],
    /// What a round adds to the results that are collected.
    pub collected: &'p [Id],
}

impl<'p> Repeat<'p> {
    /// The loop that a node is.
    pub fn of(program: &'p Program, id: Id) -> Option<Repeat<'p>> {
        let Node::Op(op, args) = &program.terms[id] else { return None };
        let (&[count, condition, start, bound, body], "loop") = (&args[..], op.def().name) else { return None };
        let start = program.terms[start].children();
        let (&round, bound) = program.terms[bound].children().split_first()?;
        let (&goes_on, results) = program.terms[body].children().split_first()?;
        let (states, collected) = results.split_at_checked(start.len())?;
        (bound.len() == start.len()).then_some(Repeat { count, condition, start, round, bound, goes_on, states, collected })
    }
}

/// The loops whose rounds each node of a program depends on.
#[derive(Debug, Default)]
pub struct Binding {
    /// The loop that binds each leaf.
    binders: HashMap<Id, Id>,
    /// The loops of each node that depends on any.
    loops: HashMap<Id, BTreeSet<Id>>,
}

impl Binding {
    /// What a program's loops bind.
    pub fn new(program: &Program) -> Binding {
        let mut binding = Binding::default();
        for id in (0..program.terms.len()).map(Id::from) {
            let Some(repeat) = Repeat::of(program, id) else { continue };
            for leaf in std::iter::once(repeat.round).chain(repeat.bound.iter().copied()) {
                binding.binders.insert(leaf, id);
            }
        }
        if binding.binders.is_empty() {
            return binding;
        }
        for id in (0..program.terms.len()).map(Id::from) {
            let mut loops: BTreeSet<Id> = binding.binders.get(&id).copied().into_iter().collect();
            loops.extend(program.terms[id].children().iter().filter_map(|child| binding.loops.get(child)).flatten());
            loops.remove(&id);
            if !loops.is_empty() {
                binding.loops.insert(id, loops);
            }
        }
        binding
    }

    /// The loop that binds a leaf.
    pub fn binder(&self, leaf: Id) -> Option<Id> {
        self.binders.get(&leaf).copied()
    }

    /// True for a value that a loop may give anew each round.
    pub fn depends(&self, id: Id, on: Id) -> bool {
        self.loops.get(&id).is_some_and(|loops| loops.contains(&on))
    }

    /// The innermost loop whose rounds a node depends on.
    pub fn innermost(&self, id: Id) -> Option<Id> {
        // A loop stands after those within it.
        self.loops.get(&id).and_then(|loops| loops.first().copied())
    }

    /// True if no root needs what only a loop knows.
    pub fn is_closed(&self, program: &Program) -> bool {
        program.roots.iter().all(|root| !self.loops.contains_key(root))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Const, DType, Leaf, OpId, ProgramBuilder, Shape, Target, Type};

    #[test]
    fn what_depends_on_no_state_is_computed_once() {
        let mut b = ProgramBuilder::new(Target::Rust);
        let leaf = |b: &mut ProgramBuilder, dtype| b.leaf(Leaf { text: String::new(), ty: Type::array(dtype, Shape::scalar()) });
        let (x, y, round, state) = (leaf(&mut b, DType::F32), leaf(&mut b, DType::F32), leaf(&mut b, DType::I64), leaf(&mut b, DType::F32));
        let op = |b: &mut ProgramBuilder, name: &str, args: &[Id]| b.add(Node::op(OpId::get(name), args.iter().copied())).expect("it fits");
        let always = Const::typed_int(DType::Bool, 1);
        let always = b.add_typed(Node::Const(always), Type::of_const(&always));
        let (once, none) = (op(&mut b, "exp", &[y]), b.add_typed(Node::Attr(crate::ir::Attr::None), Type::Unknown));
        let count = Const::typed_int(DType::I64, 3);
        let count = b.add_typed(Node::Const(count), Type::of_const(&count));
        let next = op(&mut b, "mul", &[state, once]);
        let (start, bound, body) = (op(&mut b, "tuple", &[x]), op(&mut b, "tuple", &[round, state]), op(&mut b, "tuple", &[always, next]));
        let whole = op(&mut b, "loop", &[count, none, start, bound, body]);
        let mut program = b.program().clone();
        program.roots = vec![whole];
        let binding = Binding::new(&program);
        assert!(binding.depends(next, whole) && !binding.depends(once, whole) && binding.is_closed(&program));
        assert_eq!((binding.binder(state), binding.innermost(next), binding.innermost(whole)), (Some(whole), Some(whole), None));
        program.roots.push(next);
        assert!(!binding.is_closed(&program));
    }
}
