//! Several results.

use super::eval::{attr, bools, refuse, value};
use super::infer;
use super::{op, work};
use crate::ir::{Arg, AttrKind, DType, Dim, OpDef, Param::Attr as Attribute, Param::Value, Param::Variadic, Shape, Target, Type};

pub(super) static OPS: &[OpDef] = &[
    op!(
        "tuple",
        Tuple,
        [Variadic("xs")],
        "Its operands, together.",
        |_, args| Ok(Type::Tuple(args.iter().map(|a| a.ty().clone()).collect())),
        |_, a| Ok(crate::ir::Value::Tuple(a.iter().map(|v| value(v).cloned()).collect::<Result<_, _>>()?)),
        work::view,
    ),
    op!(
        "tuple_get",
        Tuple,
        [Value("t"), Attribute("i", AttrKind::Int)],
        "One of several results.",
        |_, args| match (args[0].ty(), args[1].attr().as_int()) {
            (Type::Tuple(items), Some(i)) => match usize::try_from(i).ok().and_then(|i| items.get(i)) {
                Some(item) => Ok(item.clone()),
                None => infer::refuse(format!("there is no result {i}")),
            },
            (other, _) => infer::refuse(format!("{other} is not a tuple")),
        },
        |_, a| match (value(&a[0])?, attr(&a[1]).as_int()) {
            (crate::ir::Value::Tuple(items), Some(i)) if (i as usize) < items.len() => Ok(items[i as usize].clone()),
            _ => refuse("there is no such result"),
        },
        work::view,
    ),
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
];

/// What is known of either of two results.
fn either(_: Target, args: &[Arg]) -> infer::Inferred {
    let (dtype, _, shape) = infer::array(&args[0])?;
    if dtype.is_some_and(|d| d != DType::Bool) || shape.size().as_known().is_some_and(|n| n != 1) {
        return infer::refuse("expected one truth value");
    }
    let (Type::Tuple(a), Type::Tuple(b)) = (args[1].ty(), args[2].ty()) else { return infer::refuse("expected two tuples") };
    if a.len() != b.len() {
        return infer::refuse("the two have different numbers of results");
    }
    a.iter().zip(b).map(|(a, b)| joined(a, b)).collect::<Result<_, _>>().map(Type::Tuple)
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
