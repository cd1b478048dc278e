//! The value of a program.

use ndarray::{ArrayD, IxDyn};

use super::program::mark;
use super::{Arg, Attr, Binding, DType, DTypeKind, EvalArg, EvalError, Id, LeafId, Node, OpId, Program, Repeat, Type, Value};

/// A loop that goes round more often is refused: nothing says that it ends.
const ROUNDS: i64 = 1_000;

impl Program {
    /// The values of the roots, given the leaves' values. Each node is computed once, or once a round, and only if a root needs it.
    ///
    /// # Errors
    /// The first refusal of an op, as its library would refuse it.
    pub fn eval(&self, leaves: &[Value]) -> Result<Vec<Value>, EvalError> {
        let mut needed = vec![false; self.types.len()];
        for root in &self.roots {
            needed[usize::from(*root)] = true;
            mark(self, usize::from(*root), &mut needed);
        }
        let mut evaluation =
            Evaluation { program: self, leaves, binding: Binding::new(self), needed, values: vec![None; self.types.len()] };
        evaluation.compute(None);
        self.roots.iter().map(|root| evaluation.value(*root)).collect()
    }
}

/// The values so far.
struct Evaluation<'a> {
    program: &'a Program,
    leaves: &'a [Value],
    binding: Binding,
    needed: Vec<bool>,
    /// A refusal counts only if a root comes to it: what is in a branch that is not chosen may be refused.
    values: Vec<Option<Result<Value, EvalError>>>,
}

impl Evaluation<'_> {
    /// Computes what is needed of a loop's round, or of what is in no loop.
    fn compute(&mut self, within: Option<Id>) {
        for at in 0..self.needed.len() {
            let id = Id::from(at);
            if !self.needed[at] || self.binding.innermost(id) != within || self.binding.binder(id).is_some() {
                continue;
            }
            self.values[at] = match &self.program.terms[id] {
                Node::Const(c) => Some(Ok(Value::of_const(c))),
                Node::Attr(_) => None,
                Node::Leaf(LeafId(index)) => {
                    Some(self.leaves.get(*index as usize).cloned().ok_or_else(|| EvalError(format!("no value for leaf {index}"))))
                }
                Node::Op(op, args) => Some(match (Repeat::of(self.program, id), op.def().name) {
                    (Some(repeat), _) => self.repeat(id, &repeat),
                    (None, "if_else") => self.choice(args),
                    (None, _) => self.apply(*op, args),
                }),
            };
        }
    }

    fn value(&self, id: Id) -> Result<Value, EvalError> {
        self.found(id).cloned()
    }

    fn found(&self, id: Id) -> Result<&Value, EvalError> {
        match &self.values[usize::from(id)] {
            Some(Ok(value)) => Ok(value),
            Some(Err(why)) => Err(why.clone()),
            None => Err(EvalError("an attribute has no value".to_owned())),
        }
    }

    /// The results that a condition chooses.
    fn choice(&self, args: &[Id]) -> Result<Value, EvalError> {
        let [condition, then, otherwise] = args[..] else { return Err(EvalError("expected two branches".to_owned())) };
        match self.found(condition)?.to_f64().into_iter().collect::<Vec<_>>()[..] {
            [condition] => self.value(if condition != 0.0 { then } else { otherwise }),
            _ => Err(EvalError("expected one truth value".to_owned())),
        }
    }

    /// The states after the last round, and what the rounds collected.
    fn repeat(&mut self, id: Id, repeat: &Repeat) -> Result<Value, EvalError> {
        let number = |value: Value| value.to_f64().first().copied().ok_or_else(|| EvalError("expected one number".to_owned()));
        let given = |id: Id| !matches!(self.program.terms[id], Node::Attr(_));
        let count = if given(repeat.count) { number(self.value(repeat.count)?)? as i64 } else { i64::MAX };
        let mut goes_on = !given(repeat.condition) || number(self.value(repeat.condition)?)? != 0.0;
        let mut states = repeat.start.iter().map(|state| self.value(*state)).collect::<Result<Vec<_>, _>>()?;
        let mut collected: Vec<Vec<Value>> = vec![Vec::new(); repeat.collected.len()];
        let mut round = 0;
        while goes_on && round < count {
            if round == ROUNDS {
                return Err(EvalError(format!("it goes round more than {ROUNDS} times")));
            }
            self.values[usize::from(repeat.round)] = Some(Ok(Value::int(DType::I64, ArrayD::from_elem(IxDyn(&[]), i128::from(round)))));
            for (leaf, state) in repeat.bound.iter().zip(states) {
                self.values[usize::from(*leaf)] = Some(Ok(state));
            }
            self.compute(Some(id));
            goes_on = number(self.value(repeat.goes_on)?)? != 0.0;
            states = repeat.states.iter().map(|state| self.value(*state)).collect::<Result<_, _>>()?;
            for (parts, part) in collected.iter_mut().zip(repeat.collected) {
                parts.push(self.value(*part)?);
            }
            round += 1;
        }
        for (parts, part) in collected.iter().zip(repeat.collected) {
            states.push(stacked(parts, &self.program.types[usize::from(*part)])?);
        }
        Ok(Value::Tuple(states))
    }

    fn apply(&self, op: OpId, args: &[Id]) -> Result<Value, EvalError> {
        let mut values: Vec<Option<&Value>> = Vec::with_capacity(args.len());
        for id in args {
            let is_attr = matches!(self.program.terms[*id], Node::Attr(_));
            values.push(if is_attr { None } else { Some(self.found(*id)?) });
        }
        let types: Vec<Option<Type>> = values.iter().map(|value| value.map(Value::ty)).collect();
        let mut typed = Vec::with_capacity(args.len());
        let mut operands = Vec::with_capacity(args.len());
        for ((id, value), ty) in args.iter().zip(&values).zip(&types) {
            match (&self.program.terms[*id], value, ty) {
                (Node::Attr(attr), ..) => {
                    typed.push(Arg::Attr(attr));
                    operands.push(EvalArg::Attr(attr));
                }
                (node, Some(value), Some(ty)) => {
                    let constant = if let Node::Const(c) = node { Some(*c) } else { None };
                    typed.push(Arg::Value(ty, constant));
                    operands.push(EvalArg::Value(value));
                }
                _ => return Err(EvalError("an operand has no value".to_owned())),
            }
        }
        (op.def().infer)(self.program.target, &typed).map_err(|e| EvalError(e.0))?;
        (op.def().eval)(self.program.target, &operands)
    }
}

/// Parts along a new first axis; of none an array without elements.
fn stacked(parts: &[Value], ty: &Type) -> Result<Value, EvalError> {
    if !parts.is_empty() {
        let axis = Attr::Int(0);
        let args: Vec<EvalArg> = std::iter::once(EvalArg::Attr(&axis)).chain(parts.iter().map(EvalArg::Value)).collect();
        return (OpId::get("stack").def().eval)(super::Target::Rust, &args);
    }
    let dtype = ty.dtype().unwrap_or(DType::F32);
    let lengths = ty.shape().dims().unwrap_or(&[]).iter().map(|dim| dim.as_known().unwrap_or(0).max(0) as usize);
    let shape = IxDyn(&std::iter::once(0).chain(lengths).collect::<Vec<_>>());
    Ok(match dtype.kind() {
        DTypeKind::Bool => Value::bool(ArrayD::from_elem(shape, false)),
        DTypeKind::Int => Value::int(dtype, ArrayD::zeros(shape)),
        DTypeKind::Float => Value::float(dtype, ArrayD::zeros(shape)),
    })
}
