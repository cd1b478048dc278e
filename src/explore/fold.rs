//! Ops on constants, computed where the result is certain to be the language's own.

use smallvec::SmallVec;

use super::Facts;
use crate::ir::{Const, DType, DTypeKind, Data, EvalArg, OpId, Target, Type, Value};

/// Ops of which every implementation gives the same, correctly rounded, result.
const FOLDED: [&str; 22] = [
    "add",
    "sub",
    "mul",
    "div",
    "neg",
    "abs",
    "square",
    "sqrt",
    "reciprocal",
    "floor",
    "ceil",
    "trunc",
    "floor_div",
    "rem",
    "maximum",
    "minimum",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
];

/// Integers beyond this are not exact as floats.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The value of an op on scalar constants; `None` if it is not known, would overflow, divide by zero or be no finite number.
pub(super) fn constant(target: Target, op: OpId, args: &[&Facts], ty: &Type) -> Option<Const> {
    let name = op.def().name;
    if args.is_empty() || ty.rank() != Some(0) || !args.iter().all(|a| a.constant.is_some()) || !FOLDED.contains(&name) {
        return None;
    }
    if !ty.is_weak() && target != Target::Rust {
        return None; // an array library's scalar can only be written as a call, which is no gain
    }
    let constants: SmallVec<[Const; 2]> = args.iter().filter_map(|a| a.constant).collect();
    let divides = matches!(name, "div" | "floor_div" | "rem" | "reciprocal");
    if divides && constants.last().is_some_and(|c| c.as_f64() == 0.0) {
        return None;
    }
    if constants.iter().any(|c| !c.as_f64().is_finite() || (!c.dtype.is_float() && c.as_f64().abs() >= EXACT)) {
        return None;
    }
    let exact = exact_integer(name, &constants);
    let values: SmallVec<[Value; 2]> = constants.iter().map(Value::of_const).collect();
    let args: SmallVec<[EvalArg; 2]> = values.iter().map(EvalArg::Value).collect();
    let folded = to_const(&(op.def().eval)(target, &args).ok()?)?;
    let fits = folded.as_f64().is_finite() && Some(folded.dtype) == ty.dtype() && folded.weak == ty.is_weak();
    let overflows = folded.dtype.is_int() && exact != folded.as_i64().map(i128::from);
    (fits && !overflows).then_some(folded)
}

/// The result in unbounded integers, for the ops that may overflow.
fn exact_integer(name: &str, args: &[Const]) -> Option<i128> {
    let args: Option<SmallVec<[i128; 2]>> = args.iter().map(|c| c.as_i64().map(i128::from)).collect();
    Some(match (name, &args?[..]) {
        ("add", [a, b]) => a + b,
        ("sub", [a, b]) => a - b,
        ("mul", [a, b]) => a * b,
        ("neg", [a]) => -a,
        ("abs", [a]) => a.abs(),
        ("square", [a]) => a * a,
        ("maximum", [a, b]) => *a.max(b),
        ("minimum", [a, b]) => *a.min(b),
        _ => return None,
    })
}

fn to_const(value: &Value) -> Option<Const> {
    let Value::Array { dtype, weak, data } = value else { return None };
    match (dtype.kind(), data) {
        (DTypeKind::Float, Data::Float(x)) => {
            let x = *x.first()?;
            Some(if *weak { Const::float(x) } else { Const::typed_float(*dtype, x) })
        }
        (DTypeKind::Int, Data::Int(i)) => {
            let i = i64::try_from(*i.first()?).ok()?;
            Some(if *weak { Const::int(i) } else { Const::typed_int(*dtype, i) })
        }
        (DTypeKind::Bool, Data::Bool(b)) => {
            let b = *b.first()?;
            Some(if *weak { Const::bool(b) } else { Const::typed_int(DType::Bool, i64::from(b)) })
        }
        _ => None,
    }
}
