//! A pattern's type and value under an assignment of its variables.

use egg::{ENodeOrVar, PatternAst, Var};

use crate::ir::{Arg, Attr, Const, DType, EvalArg, EvalError, Node, OpId, Target, Type, TypeError, Value};

/// What a node of a pattern is known to be.
#[derive(Debug, Clone)]
pub(super) enum Typed {
    /// An operand's type, and its value if it is a constant.
    Value(Type, Option<Const>),
    Attr(Attr),
}

impl Typed {
    /// The type of an operand.
    pub fn ty(&self) -> Option<&Type> {
        match self {
            Typed::Value(ty, _) => Some(ty),
            Typed::Attr(_) => None,
        }
    }

    /// As an op's type rule sees it.
    pub fn arg(&self) -> Arg<'_> {
        match self {
            Typed::Value(ty, constant) => Arg::Value(ty, *constant),
            Typed::Attr(attr) => Arg::Attr(attr),
        }
    }
}

/// The type of an op's result.
pub(super) fn infer_op(op: OpId, target: Target, args: &[Typed]) -> Result<Typed, TypeError> {
    let args: Vec<Arg> = args.iter().map(Typed::arg).collect();
    (op.def().infer)(target, &args).map(|ty| Typed::Value(ty, None))
}

/// The type of every node of a pattern.
pub(super) fn infer(ast: &PatternAst<Node>, target: Target, of: &dyn Fn(Var) -> Typed) -> Result<Vec<Typed>, TypeError> {
    let mut typed: Vec<Typed> = Vec::with_capacity(ast.len());
    for node in ast.iter() {
        let this = match node {
            ENodeOrVar::Var(var) => of(*var),
            ENodeOrVar::ENode(Node::Const(c)) => Typed::Value(Type::of_const(c), Some(*c)),
            ENodeOrVar::ENode(Node::Attr(attr)) => Typed::Attr(attr.clone()),
            ENodeOrVar::ENode(Node::Leaf(_)) => Typed::Value(Type::Unknown, None),
            ENodeOrVar::ENode(Node::Op(op, children)) => {
                let args: Vec<Typed> = children.iter().map(|id| typed[usize::from(*id)].clone()).collect();
                infer_op(*op, target, &args)?
            }
        };
        typed.push(this);
    }
    Ok(typed)
}

/// A node's value.
#[derive(Debug, Clone)]
pub(super) enum Evaluated {
    Value(Value),
    Attr(Attr),
}

/// The value of every node of a pattern that [`infer`] accepted.
pub(super) fn evaluate(ast: &PatternAst<Node>, target: Target, of: &dyn Fn(Var) -> Evaluated) -> Result<Vec<Evaluated>, EvalError> {
    let mut values: Vec<Evaluated> = Vec::with_capacity(ast.len());
    for node in ast.iter() {
        let this = match node {
            ENodeOrVar::Var(var) => of(*var),
            ENodeOrVar::ENode(Node::Const(c)) => Evaluated::Value(Value::of_const(c)),
            ENodeOrVar::ENode(Node::Attr(attr)) => Evaluated::Attr(attr.clone()),
            ENodeOrVar::ENode(Node::Leaf(_)) => return Err(EvalError("a leaf has no value".to_owned())),
            ENodeOrVar::ENode(Node::Op(op, children)) => {
                let args: Vec<EvalArg> = children
                    .iter()
                    .map(|id| match &values[usize::from(*id)] {
                        Evaluated::Value(value) => EvalArg::Value(value),
                        Evaluated::Attr(attr) => EvalArg::Attr(attr),
                    })
                    .collect();
                Evaluated::Value((op.def().eval)(target, &args)?)
            }
        };
        values.push(this);
    }
    Ok(values)
}

/// The same pattern with every float dtype made `f64`: the expression that the written one approximates.
pub(super) fn widened(ast: &PatternAst<Node>) -> PatternAst<Node> {
    let widen = |node: &ENodeOrVar<Node>| match node {
        ENodeOrVar::ENode(Node::Attr(attr)) => ENodeOrVar::ENode(Node::Attr(widened_attr(attr))),
        other => other.clone(),
    };
    ast.iter().map(widen).collect::<Vec<_>>().into()
}

/// A float dtype made `f64`; any other attribute as it is.
pub(super) fn widened_attr(attr: &Attr) -> Attr {
    match attr {
        Attr::DType(dtype) if dtype.is_float() => Attr::DType(DType::F64),
        other => other.clone(),
    }
}

/// The same value with a float dtype made `f64`.
pub(super) fn widened_value(value: &Value) -> Value {
    match value {
        Value::Array { dtype, weak, data } if dtype.is_float() => Value::Array { dtype: DType::F64, weak: *weak, data: data.clone() },
        Value::Array { .. } => value.clone(),
        Value::Tuple(items) => Value::Tuple(items.iter().map(widened_value).collect()),
    }
}

/// The same value in double precision, integers too.
pub(super) fn real_value(value: &Value) -> Value {
    match value {
        Value::Array { dtype, weak: false, .. } if dtype.is_int() => Value::float(DType::F64, value.to_f64()),
        other => widened_value(other),
    }
}
