//! An op on operands: whether it takes them, whether the file can write it, and what it gives.

use smallvec::SmallVec;

use super::bank::{EntryId, SignatureId};
use super::enumerate::Search;
use super::print::Place;
use super::productions::Slot;
use crate::ir::{Arg, Const, EvalArg, Type, Value};

impl Search<'_> {
    /// Whether the op takes operands of these types and can be written for them.
    pub fn accepts(&mut self, at: u16, operands: &[EntryId]) -> bool {
        let key = (at, operands.iter().map(|operand| self.bank.signature_of(*operand)).collect::<SmallVec<[SignatureId; 3]>>());
        if let Some(&known) = self.accepted.get(&key) {
            return known;
        }
        let accepts = self.infers(at, &key.1) && self.is_writable(at, &key.1);
        self.accepted.insert(key, accepts);
        accepts
    }

    fn infers(&self, at: u16, signatures: &[SignatureId]) -> bool {
        let production = &self.productions[at as usize];
        let fixed: Vec<Option<(Type, Const)>> =
            production.slots.iter().map(|slot| if let Slot::Fixed(c) = slot { Some((Type::of_const(c), *c)) } else { None }).collect();
        (0..self.task.examples.len()).all(|example| {
            let mut operands = signatures.iter().map(|id| self.bank.signature(*id));
            let args: Option<SmallVec<[Arg; 4]>> = production
                .slots
                .iter()
                .zip(&fixed)
                .map(|(slot, fixed)| match (slot, fixed) {
                    (Slot::Attr(_, concrete), _) => Some(Arg::Attr(&concrete[example])),
                    (_, Some((ty, c))) => Some(Arg::Value(ty, Some(*c))),
                    _ => operands.next().map(|signature| Arg::Value(&signature.types[example], signature.constant)),
                })
                .collect();
            args.is_some_and(|args| (production.op.def().infer)(self.task.target, &args).is_ok())
        })
    }

    fn is_writable(&self, at: u16, signatures: &[SignatureId]) -> bool {
        let production = &self.productions[at as usize];
        let place = Place { task: self.task, names: self.names };
        let operands: Vec<_> = signatures.iter().map(|id| self.bank.signature(*id)).collect();
        (0..self.task.examples.len()).all(|example| {
            let operands: Vec<(&Type, Option<Const>)> = operands.iter().map(|s| (&s.types[example], s.constant)).collect();
            place.writes(production, &operands)
        })
    }

    /// The values on all examples.
    pub fn evaluate(&mut self, at: u16, operands: &[EntryId]) -> Option<Vec<Value>> {
        self.programs += 1;
        let production = &self.productions[at as usize];
        let fixed: SmallVec<[Value; 2]> =
            production.slots.iter().filter_map(|slot| if let Slot::Fixed(c) = slot { Some(Value::of_const(c)) } else { None }).collect();
        let mut values = Vec::with_capacity(self.task.examples.len());
        for example in 0..self.task.examples.len() {
            let (mut operands, mut fixed) = (operands.iter(), fixed.iter());
            let args: Option<SmallVec<[EvalArg; 4]>> = production
                .slots
                .iter()
                .map(|slot| match slot {
                    Slot::Operand => operands.next().map(|operand| EvalArg::Value(&self.bank.values(*operand)[example])),
                    Slot::Fixed(_) => fixed.next().map(EvalArg::Value),
                    Slot::Attr(_, concrete) => Some(EvalArg::Attr(&concrete[example])),
                })
                .collect();
            values.push((production.op.def().eval)(self.task.target, &args?).ok()?);
        }
        Some(values)
    }
}
