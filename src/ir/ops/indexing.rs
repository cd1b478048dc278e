//! Elements picked by indices, put where indices point, and found by what they are. Their values are those of the kernels that
//! generated code calls.

use codewright_kernels::ops;

use super::computed::whole;
use super::eval::refuse;
use super::infer::{self, Inferred, array, equal, typed};
use super::kernels::{count, dtype, flag, made, tensor, with_elements, word};
use super::{op, work};
use crate::ir::{
    Arg, Attr, AttrKind, DType, Dim, EvalError, OpDef, Param, Param::Attr as Attribute, Param::Value, Shape, Target, Type, TypeError,
    Value as Concrete,
};

const AXIS: Param = Attribute("axis", AttrKind::Int);
const REDUCTION: Param = Attribute("reduction", AttrKind::Str);

pub(super) static OPS: &[OpDef] = &[
    op!(
        "take_along_axis",
        Shape,
        [Value("a"), Value("indices"), AXIS],
        "Each element from the place on an axis that the index at its own place names.",
        |_, args| {
            along(args)?;
            Ok(typed(args[0].ty().dtype(), false, args[1].ty().shape().clone()))
        },
        |_, a| {
            let (indices, axis) = (tensor::<i64>(&a[1])?, count(&a[2])?);
            with_elements!(&a[0], T => made(dtype(&a[0])?, ops::take_along_axis(&tensor::<T>(&a[0])?, &indices, axis)))
        },
        work::movement,
    ),
    op!(
        "gather_nd",
        Shape,
        [Value("a"), Value("indices"), Attribute("batch", AttrKind::Int)],
        "The parts that lists of indices along the last axis name, after axes that both have.",
        gathered,
        |_, a| {
            let (indices, batch) = (tensor::<i64>(&a[1])?, count(&a[2])?);
            with_elements!(&a[0], T => made(dtype(&a[0])?, ops::gather_nd(&tensor::<T>(&a[0])?, &indices, batch)))
        },
        work::movement,
    ),
    op!(
        "scatter",
        Shape,
        [Value("a"), Value("indices"), Value("updates"), AXIS],
        "A copy in which each update replaces the element at the place on an axis that its index names.",
        |_, args| put(args, |args| along(&[args[0], args[1], args[3]])),
        |_, a| {
            let (indices, axis) = (tensor::<i64>(&a[1])?, count(&a[3])?);
            with_elements!(&a[0], T => made(dtype(&a[0])?, ops::scatter(&tensor::<T>(&a[0])?, &indices, &tensor::<T>(&a[2])?, axis)))
        },
        work::movement,
    ),
    op!(
        "scatter_reduce",
        Shape,
        [Value("a"), Value("indices"), Value("updates"), AXIS, REDUCTION],
        "As scatter, with each update added, multiplied or compared with what is there.",
        |_, args| {
            reduction(args, args[4].attr())?;
            put(args, |args| along(&[args[0], args[1], args[3]]))
        },
        |_, a| {
            let (indices, axis) = (tensor::<i64>(&a[1])?, count(&a[3])?);
            with_elements!(&a[0], T => {
                made(dtype(&a[0])?, ops::scatter_reduce(&tensor::<T>(&a[0])?, &indices, &tensor::<T>(&a[2])?, axis, word(&a[4])))
            }, bool => refuse("expected numbers"))
        },
        work::movement,
    ),
    op!(
        "scatter_nd",
        Shape,
        [Value("a"), Value("indices"), Value("updates")],
        "A copy in which each part of the updates replaces the part that a list of indices names.",
        |_, args| put(args, listed),
        |_, a| {
            let indices = tensor::<i64>(&a[1])?;
            with_elements!(&a[0], T => made(dtype(&a[0])?, ops::scatter_nd(&tensor::<T>(&a[0])?, &indices, &tensor::<T>(&a[2])?)))
        },
        work::movement,
    ),
    op!(
        "scatter_nd_reduce",
        Shape,
        [Value("a"), Value("indices"), Value("updates"), REDUCTION],
        "As scatter_nd, with each update added, multiplied or compared with what is there.",
        |_, args| {
            reduction(args, args[3].attr())?;
            put(args, listed)
        },
        |_, a| {
            let indices = tensor::<i64>(&a[1])?;
            with_elements!(&a[0], T => {
                made(dtype(&a[0])?, ops::scatter_nd_reduce(&tensor::<T>(&a[0])?, &indices, &tensor::<T>(&a[2])?, word(&a[3])))
            }, bool => refuse("expected numbers"))
        },
        work::movement,
    ),
    op!(
        "tensor_scatter",
        Shape,
        [Value("a"), Value("updates"), Value("starts"), AXIS, Attribute("circular", AttrKind::Bool)],
        "A copy with updates written from a place of each batch on along an axis, around its end if circular.",
        |_, args| {
            whole(&args[2])?;
            infer::axis(args[3].attr(), args[0].ty().shape())?;
            put(&[args[0], args[2], args[1]], |_| Ok(()))
        },
        |_, a| {
            let (starts, axis, circular) = (tensor::<i64>(&a[2])?, count(&a[3])?, flag(&a[4]));
            with_elements!(&a[0], T => {
                made(dtype(&a[0])?, ops::tensor_scatter(&tensor::<T>(&a[0])?, &tensor::<T>(&a[1])?, &starts, axis, circular))
            })
        },
        work::movement,
    ),
    op!(
        "nonzero",
        Shape,
        [Value("a")],
        "Where the elements are that are not zero: a column for each of them with its place on every axis.",
        |_, args| {
            let (_, _, shape) = array(&args[0])?;
            let rank = shape.rank().map_or(Dim::Unknown, |rank| Dim::known(rank as i64));
            Ok(Type::array(DType::I64, Shape::Ranked(vec![rank, Dim::Unknown])))
        },
        |_, a| with_elements!(&a[0], T => made(DType::I64, ops::nonzero(&tensor::<T>(&a[0])?))),
        work::movement,
    ),
    op!(
        "part",
        Shape,
        [Value("a"), Value("sizes"), AXIS, Attribute("i", AttrKind::Int)],
        "One of the parts of an axis whose lengths are an operand.",
        |_, args| {
            whole(&args[1])?;
            let (d, _, shape) = array(&args[0])?;
            Ok(typed(d, false, opened(shape, args[2].attr())?))
        },
        |_, a| {
            let (sizes, axis, i) = (tensor::<i64>(&a[1])?, count(&a[2])?, count(&a[3])?);
            with_elements!(&a[0], T => made(dtype(&a[0])?, ops::part(&tensor::<T>(&a[0])?, &sizes, axis, i)))
        },
        work::movement,
    ),
    op!(
        "compress",
        Shape,
        [Value("a"), Value("condition"), AXIS],
        "The places on an axis for which the condition holds.",
        |_, args| {
            let (condition, _, _) = array(&args[1])?;
            if condition.is_some_and(|d| d != DType::Bool) || args[1].ty().rank().is_some_and(|rank| rank != 1) {
                return infer::refuse("expected a list of conditions");
            }
            let (d, _, shape) = array(&args[0])?;
            Ok(typed(d, false, opened(shape, args[2].attr())?))
        },
        |_, a| {
            let (condition, axis) = (tensor::<bool>(&a[1])?, count(&a[2])?);
            with_elements!(&a[0], T => made(dtype(&a[0])?, ops::compress(&tensor::<T>(&a[0])?, &condition, axis)))
        },
        work::movement,
    ),
    op!(
        "unique",
        Shape,
        [Value("a"), AXIS, Attribute("sorted", AttrKind::Bool)],
        "The different parts along an axis; where each comes first; which of them each part of the operand is; how often each comes.",
        |_, args| {
            let (d, _, shape) = array(&args[0])?;
            let parts = opened(shape, args[1].attr())?;
            let length = infer::axis(args[1].attr(), shape)?.and_then(|axis| Some(shape.dims()?[axis].clone()));
            let list = |n: Dim| Type::array(DType::I64, Shape::Ranked(vec![n]));
            Ok(Type::Tuple(vec![typed(d, false, parts), list(Dim::Unknown), list(length.unwrap_or(Dim::Unknown)), list(Dim::Unknown)]))
        },
        |_, a| {
            let (axis, sorted, d) = (count(&a[1])?, flag(&a[2]), dtype(&a[0])?);
            with_elements!(&a[0], T => {
                let (parts, first, inverse, counts) =
                    ops::unique(&tensor::<T>(&a[0])?, axis, sorted).map_err(|e| EvalError(e.to_string()))?;
                let lists = [first, inverse, counts].map(|list| made(DType::I64, Ok(list)));
                let parts = std::iter::once(made(d, Ok(parts))).chain(lists);
                Ok(Concrete::Tuple(parts.collect::<Result<_, _>>()?))
            })
        },
        work::sort,
    ),
    op!(
        "top_k",
        Shape,
        [Value("a"), Value("k"), AXIS, Attribute("largest", AttrKind::Bool)],
        "The k largest or smallest elements along an axis, from the extreme on, and their places.",
        |_, args| {
            let (d, _, shape) = array(&args[0])?;
            whole(&args[1])?;
            let mut shape = opened(shape, args[2].attr())?;
            if let (Shape::Ranked(dims), Arg::Value(_, Some(k)), Some(axis)) =
                (&mut shape, args[1], infer::axis(args[2].attr(), args[0].ty().shape())?)
            {
                dims[axis] = k.as_i64().map_or(Dim::Unknown, Dim::known);
            }
            Ok(Type::Tuple(vec![typed(d, false, shape.clone()), Type::array(DType::I64, shape)]))
        },
        |_, a| {
            let (k, axis, largest, d) = (tensor::<i64>(&a[1])?, count(&a[2])?, flag(&a[3]), dtype(&a[0])?);
            with_elements!(&a[0], T => {
                let (values, places) = ops::top_k(&tensor::<T>(&a[0])?, &k, axis, largest).map_err(|e| EvalError(e.to_string()))?;
                Ok(Concrete::Tuple(vec![made(d, Ok(values))?, made(DType::I64, Ok(places))?]))
            }, bool => refuse("expected numbers"))
        },
        work::sort,
    ),
    op!(
        "non_max_suppression",
        Shape,
        [Value("boxes"), Value("scores"), Value("most"), Value("overlap"), Value("least"), Attribute("centered", AttrKind::Bool)],
        "For each batch and class up to so many boxes in the order of their scores, without those that overlap a better one: rows of batch, class and box.",
        |_, args| {
            let fits = |arg: &Arg| arg.ty().rank().is_none_or(|rank| rank == 3);
            if !fits(&args[0]) || !fits(&args[1]) {
                return infer::refuse("expected boxes and scores of batches");
            }
            Ok(Type::array(DType::I64, Shape::Ranked(vec![Dim::Unknown, Dim::known(3)])))
        },
        |_, a| {
            let [boxes, scores, overlap, least] = [0, 1, 3, 4].map(|i| tensor::<f64>(&a[i]));
            let most = tensor::<i64>(&a[2])?;
            made(DType::I64, ops::non_max_suppression(&boxes?, &scores?, &most, &overlap?, &least?, flag(&a[5])))
        },
        work::sort,
    ),
];

/// Indices along an axis: no longer than the operand on the others.
fn along(args: &[Arg]) -> Result<(), TypeError> {
    let (_, _, shape) = array(&args[0])?;
    whole(&args[1])?;
    let axis = infer::axis(args[2].attr(), shape)?;
    let (Some(own), Some(indices)) = (shape.dims(), args[1].ty().shape().dims()) else { return Ok(()) };
    let longer = |(i, (a, b)): (usize, (&Dim, &Dim))| Some(i) != axis && b.as_known().zip(a.as_known()).is_some_and(|(b, a)| b > a);
    if own.len() != indices.len() || own.iter().zip(indices).enumerate().any(longer) {
        return infer::refuse("the indices do not fit the axes");
    }
    Ok(())
}

fn listed(args: &[Arg]) -> Result<(), TypeError> {
    gathered(Target::Rust, &[args[0], args[1], Arg::Attr(&Attr::Int(0))]).map(|_| ())
}

fn gathered(_: Target, args: &[Arg]) -> Inferred {
    let (d, _, shape) = array(&args[0])?;
    whole(&args[1])?;
    let batch = args[2].attr().as_int().and_then(|n| usize::try_from(n).ok()).ok_or_else(|| TypeError("expected a count".to_owned()))?;
    let (Some(own), Some(indices)) = (shape.dims(), args[1].ty().shape().dims()) else { return Ok(typed(d, false, Shape::Unknown)) };
    let Some((depth, lead)) = indices.split_last() else { return infer::refuse("expected lists of indices") };
    if lead.len() < batch || own.len() < batch {
        return infer::refuse("expected axes that both have");
    }
    for (a, b) in lead.iter().zip(own).take(batch) {
        equal(a, b)?;
    }
    let Some(depth) = depth.as_known() else { return Ok(typed(d, false, Shape::Unknown)) };
    let Some(rest) = usize::try_from(depth).ok().and_then(|depth| own.get(batch + depth..)) else {
        return infer::refuse("a list has more indices than there are axes");
    };
    Ok(typed(d, false, Shape::Ranked([lead, rest].concat())))
}

/// `(a, indices, updates, …)`: the type of `a`, whose dtype the updates have.
fn put(args: &[Arg], fits: impl Fn(&[Arg]) -> Result<(), TypeError>) -> Inferred {
    let (d, _, shape) = array(&args[0])?;
    let (own, _, _) = array(&args[2])?;
    if d.zip(own).is_some_and(|(d, own)| d != own) {
        return infer::refuse("expected updates of the same dtype");
    }
    fits(args)?;
    Ok(typed(d, false, shape.clone()))
}

fn reduction(args: &[Arg], attr: &Attr) -> Result<(), TypeError> {
    match attr {
        _ if args[0].ty().dtype() == Some(DType::Bool) => infer::refuse("bool is refused"),
        Attr::Str(s) if matches!(s.as_str(), "add" | "mul" | "max" | "min") => Ok(()),
        other => infer::refuse(format!("{other} is no reduction")),
    }
}

/// A shape of which one length is not known.
fn opened(shape: &Shape, axis: &Attr) -> Result<Shape, TypeError> {
    let Some(axis) = infer::axis(axis, shape)? else { return Ok(Shape::Unknown) };
    let mut dims = shape.dims().unwrap_or(&[]).to_vec();
    dims[axis] = Dim::Unknown;
    Ok(Shape::Ranked(dims))
}
