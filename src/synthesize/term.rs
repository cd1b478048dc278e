//! What is enumerated as a program of the IR.

use rustc_hash::FxHashMap;

use super::bank::{Bank, EntryId, Made};
use super::productions::{Production, Slot};
use super::task::Task;
use crate::ir::{Id, Leaf, Node, Program, ProgramBuilder, Type, Value};

/// Which attributes a program has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lengths {
    /// As they are in the example.
    Numbers,
    /// As they are written.
    Names,
}

/// The program of an entry, over leaves that are the parameters, as its types are in one example.
pub(super) fn program(
    bank: &Bank,
    productions: &[Production],
    task: &Task,
    root: EntryId,
    example: usize,
    lengths: Lengths,
) -> Option<Program> {
    let mut builder = ProgramBuilder::new(task.target);
    let types = task.types(example);
    let leaves = task.parameters.iter().zip(types).map(|(parameter, ty)| builder.leaf(Leaf { text: parameter.name.clone(), ty })).collect();
    let mut growth = Growth { bank, productions, builder, leaves, ids: FxHashMap::default(), example, lengths };
    let root = growth.add(root)?;
    Some(growth.builder.finish(vec![root]))
}

struct Growth<'a> {
    bank: &'a Bank,
    productions: &'a [Production],
    builder: ProgramBuilder,
    leaves: Vec<Id>,
    ids: FxHashMap<EntryId, Id>,
    example: usize,
    lengths: Lengths,
}

impl Growth<'_> {
    fn add(&mut self, entry: EntryId) -> Option<Id> {
        if let Some(&id) = self.ids.get(&entry) {
            return Some(id);
        }
        let id = match self.bank.made(entry) {
            Made::Parameter(at) => self.leaves[at],
            Made::Constant(c) => self.builder.add_typed(Node::Const(c), Type::of_const(&c)),
            Made::Op(production, operands) => {
                let production = &self.productions[production as usize];
                let mut operands = operands.into_iter();
                let mut args = Vec::with_capacity(production.slots.len());
                for slot in &production.slots {
                    args.push(match (slot, self.lengths) {
                        (Slot::Operand, _) => self.add(operands.next()?)?,
                        (Slot::Fixed(c), _) => self.builder.add_typed(Node::Const(*c), Type::of_const(c)),
                        (Slot::Attr(_, concrete), Lengths::Numbers) => {
                            self.builder.add_typed(Node::Attr(concrete.get(self.example)?.clone()), Type::Unknown)
                        }
                        (Slot::Attr(attr, _), Lengths::Names) => self.builder.add_typed(Node::Attr(attr.clone()), Type::Unknown),
                    });
                }
                let ty = self.bank.values(entry).get(self.example).map(Value::ty)?;
                self.builder.add_typed(Node::op(production.op, args), ty)
            }
        };
        self.ids.insert(entry, id);
        Some(id)
    }
}
