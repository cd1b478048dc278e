//! What a statement makes of the array that it changes, which is the first operand: its new value, in its own memory, shape and dtype.

use super::eval::{Evaluated, broadcast_to, refuse, value};
use super::infer::{self, Inferred, array, broadcast};
use super::{op, work};
use crate::ir::{Arg, Data, EvalArg, OpDef, OpId, Param::Value, Target, Type, TypeError, Value as Evaluation, Work};

macro_rules! elementwise {
    ($name:literal, $of:literal, $doc:literal, $work:ident) => {
        op!(
            $name,
            Update,
            [Value("y"), Value("x")],
            $doc,
            |t, args| updated(args, &infer_of($of, t, args)?),
            |t, a| eval_of($of, t, &[a[0], a[1]]),
            work::$work
        )
    };
}

pub(super) static OPS: &[OpDef] = &[
    elementwise!("add_assign", "add", "y becomes y + x.", stream),
    elementwise!("sub_assign", "sub", "y becomes y - x.", stream),
    elementwise!("mul_assign", "mul", "y becomes y * x.", stream),
    elementwise!("div_assign", "div", "y becomes y / x.", division),
    op!(
        "assign",
        Update,
        [Value("y"), Value("x")],
        "x is copied into y.",
        |_, args| updated(args, args[1].ty()),
        |_, a| filled(value(&a[0])?, value(&a[1])?),
        |args, out| work::movement(&args[1..], out),
    ),
    op!(
        "replace",
        Update,
        [Value("y"), Value("x")],
        "The array y goes, and x takes its name.",
        |_, args| replaced(args),
        |_, a| Ok(value(&a[1])?.clone()),
        work::view,
    ),
    op!(
        "scaled_add",
        Update,
        [Value("y"), Value("alpha"), Value("x")],
        "y becomes y + alpha * x.",
        |t, args| {
            scalar(&args[1])?;
            updated(args, &infer_of("add", t, &[args[0], Arg::Value(&infer_of("mul", t, &args[1..])?, None)])?)
        },
        |t, a| eval_of("add", t, &[a[0], EvalArg::Value(&eval_of("mul", t, &a[1..])?)]),
        work::stream,
    ),
    op!(
        "general_mat_mul",
        Update,
        [Value("y"), Value("alpha"), Value("a"), Value("b"), Value("beta")],
        "y becomes alpha * a @ b + beta * y for a matrix a; if beta is zero, y is not read.",
        general_product,
        |t, a| {
            let product = eval_of("matmul", t, &[a[2], a[3]])?;
            let scaled = eval_of("mul", t, &[a[1], EvalArg::Value(&product)])?;
            if value(&a[4])?.to_f64().iter().all(|&beta| beta == 0.0) {
                return Ok(scaled);
            }
            eval_of("add", t, &[EvalArg::Value(&scaled), EvalArg::Value(&eval_of("mul", t, &[a[4], a[0]])?)])
        },
        |args, out| {
            let product = work::product(&args[2..4], out);
            Work { bytes: product.bytes + work::bytes(out), ..product }
        },
    ),
];

/// A value broadcast to the shape of a place.
fn filled(place: &Evaluation, with: &Evaluation) -> Evaluated {
    let Evaluation::Array { dtype, weak, data } = with else { return refuse("a tuple is no array") };
    let shape = place.shape();
    let data = match data {
        Data::Bool(x) => Data::Bool(broadcast_to(x, shape)?),
        Data::Int(x) => Data::Int(broadcast_to(x, shape)?),
        Data::Float(x) => Data::Float(broadcast_to(x, shape)?),
    };
    Ok(Evaluation::Array { dtype: *dtype, weak: *weak, data })
}

fn infer_of(op: &str, target: Target, args: &[Arg]) -> Inferred {
    (OpId::get(op).def().infer)(target, args)
}

fn eval_of(op: &str, target: Target, args: &[EvalArg]) -> Evaluated {
    (OpId::get(op).def().eval)(target, args)
}

/// The place's own type, if a value of the other type fits into it: it may be broadcast, the place not.
fn updated(args: &[Arg], value: &Type) -> Inferred {
    let place = args[0].ty();
    let (dtype, weak, shape) = array(&args[0])?;
    if weak || shape.rank() == Some(0) {
        return infer::refuse("expected an array to change in place");
    }
    if matches!((dtype, value.dtype()), (Some(own), Some(other)) if own != other) {
        return infer::refuse("an array keeps its dtype");
    }
    if let (Some(own), Some(whole)) = (shape.dims(), broadcast(shape, value.shape())?.dims())
        && (own.len() != whole.len() || own.iter().zip(whole).any(|(own, whole)| own.differs(whole)))
    {
        return infer::refuse("an array keeps its shape");
    }
    Ok(place.clone())
}

/// The new array's type: of the dtype and rank that the place has.
fn replaced(args: &[Arg]) -> Inferred {
    let ((own, weak, old), (dtype, _, new)) = (array(&args[0])?, array(&args[1])?);
    let differ = matches!((own, dtype), (Some(own), Some(other)) if own != other);
    if weak || new.rank() == Some(0) || old.rank() == Some(0) || differ || old.rank().zip(new.rank()).is_some_and(|(a, b)| a != b) {
        return infer::refuse("expected an array like the one that goes");
    }
    Ok(args[1].ty().clone())
}

fn scalar(arg: &Arg) -> Result<(), TypeError> {
    match array(arg)?.2.rank() {
        Some(0) | None => Ok(()),
        Some(_) => infer::refuse("expected a scalar factor"),
    }
}

fn general_product(target: Target, args: &[Arg]) -> Inferred {
    scalar(&args[1])?;
    scalar(&args[4])?;
    if args[2].ty().rank().is_some_and(|rank| rank != 2) || args[3].ty().rank().is_some_and(|rank| !matches!(rank, 1 | 2)) {
        return infer::refuse("expected a matrix, and a matrix or vector");
    }
    let product = infer_of("matmul", target, &args[2..4])?;
    let scaled = infer_of("mul", target, &[args[1], Arg::Value(&product, None)])?;
    let ty = updated(args, &scaled)?;
    if let (Some(own), Some(of_product)) = (ty.shape().dims(), product.shape().dims())
        && (own.len() != of_product.len() || own.iter().zip(of_product).any(|(a, b)| a.differs(b)))
    {
        return infer::refuse("the product does not have the place's shape");
    }
    Ok(ty)
}
