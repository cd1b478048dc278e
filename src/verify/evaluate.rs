//! A program's value by the ops' reference evaluation.

use super::compare::{magnitude, rounding};
use crate::explore::Sizes;
use crate::ir::{Attr, EvalArg, EvalError, Node, Program, Value};

/// What a program comes to.
pub(super) struct Evaluation {
    /// A value for each root.
    pub roots: Vec<Value>,
    /// The largest finite element of any node: rounding errors are in proportion to it.
    pub largest: f64,
    /// The coarsest rounding of any node.
    pub epsilon: f64,
}

/// Evaluates every node.
///
/// # Errors
/// If an op refuses its operands, by type or by value.
pub(super) fn evaluate(program: &Program, sizes: &Sizes, inputs: &[Value]) -> Result<Evaluation, EvalError> {
    sizes.types(program).ok_or_else(|| EvalError("an op refuses the operands' types".to_owned()))?;
    enum Slot {
        Value(Value),
        Attr(Attr),
    }
    let mut slots: Vec<Slot> = Vec::with_capacity(program.terms.len());
    let (mut largest, mut coarsest): (f64, f64) = (0.0, 0.0);
    for node in program.terms.as_ref() {
        let slot = match node {
            Node::Const(c) => Slot::Value(Value::of_const(c)),
            Node::Attr(attr) => Slot::Attr(sizes.attr(attr)),
            Node::Leaf(leaf) => match inputs.get(leaf.0 as usize) {
                Some(value) => Slot::Value(value.clone()),
                None => return Err(EvalError("a leaf has no value".to_owned())),
            },
            Node::Op(op, args) => {
                let args = args.iter().map(|&id| match &slots[usize::from(id)] {
                    Slot::Value(value) => EvalArg::Value(value),
                    Slot::Attr(attr) => EvalArg::Attr(attr),
                });
                let args: Vec<EvalArg> = args.collect();
                Slot::Value((op.def().eval)(program.target, &args)?)
            }
        };
        if let Slot::Value(value) = &slot {
            largest = largest.max(magnitude(value));
            coarsest = coarsest.max(rounding(value));
        }
        slots.push(slot);
    }
    let root = |&id: &crate::ir::Id| match &slots[usize::from(id)] {
        Slot::Value(value) => Ok(value.clone()),
        Slot::Attr(_) => Err(EvalError("a root is an attribute".to_owned())),
    };
    Ok(Evaluation { roots: program.roots.iter().map(root).collect::<Result<_, _>>()?, largest, epsilon: coarsest })
}
