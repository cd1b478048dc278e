//! Choices and loops, of which only that is computed which is needed.

use super::eval::{attr, bools, refuse, value};
use super::infer;
use super::{op, work};
use crate::ir::{Arg, AttrKind, DType, Dim, OpDef, Param::Attr as Attribute, Param::Optional, Param::Value, Shape, Target, Type};

pub(super) static OPS: &[OpDef] = &[
    op!(
        "if_else",
        Tuple,
        [Value("condition"), Value("a"), Value("b")],
        "The results a where a truth value holds, else the results b; of the two only those are computed.",
        either,
        |_, a| {
            let condition = bools(value(&a[0])?);
            match condition.first() {
                Some(holds) if condition.len() == 1 => Ok(value(&a[if *holds { 1 } else { 2 }])?.clone()),
                _ => refuse("expected one truth value"),
            }
        },
        work::view,
    ),
    op!(
        "loop",
        Tuple,
        [Optional("count"), Optional("condition"), Value("start"), Value("bound"), Value("body")],
        "The states after the last round, and what the rounds gave besides, along a new first axis. The body is whether another round \
         follows, the next states, and what is given besides; it is made of the leaves that are bound, the number of the round and the \
         states, which begin with the start.",
        repeated,
        |_, _| refuse("a loop has its value within a program"),
        work::view,
    ),
    op!(
        "require",
        Tuple,
        [Value("condition"), Value("x"), Attribute("message", AttrKind::Str)],
        "Its operand, where a truth value holds; else there is none.",
        |_, args| {
            one_of(&args[0], DType::Bool)?;
            Ok(args[1].ty().clone())
        },
        |_, a| {
            let condition = bools(value(&a[0])?);
            match (condition.len() == 1 && condition.iter().all(|holds| *holds), attr(&a[2])) {
                (true, _) => Ok(value(&a[1])?.clone()),
                (false, crate::ir::Attr::Str(message)) => refuse(message.clone()),
                (false, _) => refuse("a condition does not hold"),
            }
        },
        work::view,
    ),
];

fn one_of(arg: &Arg, expected: DType) -> Result<(), crate::ir::TypeError> {
    let (dtype, _, shape) = infer::array(arg)?;
    match dtype.is_some_and(|d| d != expected) || shape.size().as_known().is_some_and(|n| n != 1) {
        true => infer::refuse(format!("expected one {expected}")),
        false => Ok(()),
    }
}

/// What is known of either of two results.
fn either(_: Target, args: &[Arg]) -> infer::Inferred {
    one_of(&args[0], DType::Bool)?;
    let (Type::Tuple(a), Type::Tuple(b)) = (args[1].ty(), args[2].ty()) else { return infer::refuse("expected two tuples") };
    if a.len() != b.len() {
        return infer::refuse("the two have different numbers of results");
    }
    a.iter().zip(b).map(|(a, b)| joined(a, b)).collect::<Result<_, _>>().map(Type::Tuple)
}

/// What is known of the states after any number of rounds, and of what was collected.
fn repeated(_: Target, args: &[Arg]) -> infer::Inferred {
    for (arg, dtype) in [(&args[0], DType::I64), (&args[1], DType::Bool)] {
        if let Arg::Value(..) = arg {
            one_of(arg, dtype)?;
        }
    }
    let (Type::Tuple(start), Type::Tuple(bound), Type::Tuple(body)) = (args[2].ty(), args[3].ty(), args[4].ty()) else {
        return infer::refuse("expected tuples");
    };
    if bound.len() != start.len() + 1 || body.len() < bound.len() {
        return infer::refuse("its start, what is bound and its body have different numbers of states");
    }
    one_of(&Arg::Value(&body[0], None), DType::Bool)?;
    let (states, collected) = body[1..].split_at(start.len());
    let mut results = start.iter().zip(states).map(|(a, b)| joined(a, b)).collect::<Result<Vec<_>, _>>()?;
    for ty in collected {
        let Type::Array { dtype, .. } = ty else { return infer::refuse("expected arrays") };
        let shape = match ty.shape().dims() {
            Some(dims) => Shape::Ranked(std::iter::once(Dim::Unknown).chain(dims.iter().cloned()).collect()),
            None => Shape::Unknown,
        };
        results.push(Type::Array { dtype: *dtype, weak: false, shape });
    }
    Ok(Type::Tuple(results))
}

fn joined(a: &Type, b: &Type) -> infer::Inferred {
    match (a, b) {
        (Type::Array { dtype: Some(d), .. }, Type::Array { dtype: Some(e), .. }) if d != e => {
            infer::refuse(format!("a result is {d} in one and {e} in the other"))
        }
        (Type::Array { dtype, .. }, Type::Array { .. }) => {
            let shape = match (a.shape().dims(), b.shape().dims()) {
                (Some(x), Some(y)) if x.len() == y.len() => {
                    Shape::Ranked(x.iter().zip(y).map(|(x, y)| if x.same(y) { x.clone() } else { Dim::Unknown }).collect())
                }
                _ => Shape::Unknown,
            };
            Ok(Type::Array { dtype: *dtype, weak: false, shape })
        }
        _ => infer::refuse("expected arrays"),
    }
}
