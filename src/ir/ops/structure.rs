//! Arrays joined, repeated, picked from and sorted.

use ndarray::{ArrayD, Axis, IxDyn};

use super::eval::{any_kind, attr, axis_of, ints, of_floats, of_ints, refuse, result_type, value};
use super::infer::{self, Inferred, array, same_unary, typed};
use super::shape::relaid;
use super::{op, work};
use crate::ir::{
    Arg, Attr, AttrKind, DType, Data, Dim, EvalArg, EvalError, OpDef, Param, Param::Attr as Attribute, Param::Value, Param::Variadic,
    Shape, Target, Type, TypeError, Value as Concrete,
};

const AXIS: Param = Attribute("axis", AttrKind::Int);
const OPT_AXIS: Param = Attribute("axis", AttrKind::OptAxis);

pub(super) static OPS: &[OpDef] = &[
    op!(
        "concat",
        Shape,
        [AXIS, Variadic("xs")],
        "Arrays end to end along an axis.",
        |t, args| joined(t, args, |shapes, index| {
            let first = &shapes[0];
            let Some(axis) = infer::axis(&Attr::Int(index), &Shape::Ranked(first.clone()))? else { return infer::refuse("no axis") };
            let mut dims = first.clone();
            for other in &shapes[1..] {
                for (at, (have, new)) in dims.iter_mut().zip(other).enumerate() {
                    *have = if at == axis { have.add(new) } else { infer::equal(have, new)? };
                }
            }
            Ok(dims)
        }),
        |t, a| join(t, a, |axis, parts| ndarray::concatenate(Axis(axis), &parts.iter().map(|p| p.view()).collect::<Vec<_>>())
            .map_err(|e| e.to_string())),
        work::movement,
    ),
    op!(
        "stack",
        Shape,
        [AXIS, Variadic("xs")],
        "Arrays side by side along a new axis.",
        |t, args| joined(t, args, |shapes, index| {
            let mut dims = shapes[0].clone();
            for other in &shapes[1..] {
                for (have, new) in dims.iter_mut().zip(other) {
                    *have = infer::equal(have, new)?;
                }
            }
            let places = dims.len() as i64 + 1;
            let at = if index < 0 { index + places } else { index };
            if !(0..places).contains(&at) {
                return infer::refuse(format!("axis {index} is out of range"));
            }
            dims.insert(at as usize, Dim::known(shapes.len() as i64));
            Ok(dims)
        }),
        |t, a| join(t, a, |axis, parts| ndarray::stack(Axis(axis), &parts.iter().map(|p| p.view()).collect::<Vec<_>>())
            .map_err(|e| e.to_string())),
        work::movement,
    ),
    op!(
        "take",
        Shape,
        [Value("a"), Value("indices"), OPT_AXIS],
        "The places on an axis that indices name; of the flattened array without an axis.",
        |t, args| {
            let (d, _, shape) = array(&args[0])?;
            let (i, _, places) = array(&args[1])?;
            let narrow = |i: DType| t == Target::Torch && !matches!(i, DType::I32 | DType::I64);
            if i.is_some_and(|i| !i.is_int() || narrow(i)) {
                return infer::refuse("expected integers");
            }
            let (Some(dims), Some(places)) = (shape.dims(), places.dims()) else { return Ok(typed(d, false, Shape::Unknown)) };
            if *args[2].attr() == Attr::None {
                return Ok(typed(d, false, Shape::Ranked(places.to_vec())));
            }
            let axis = infer::axis(args[2].attr(), shape)?.unwrap_or(0);
            Ok(typed(d, false, Shape::Ranked([&dims[..axis], places, &dims[axis + 1..]].concat())))
        },
        |t, a| {
            let (v, places) = (value(&a[0])?, ints(value(&a[1])?));
            if t == Target::Torch && places.iter().any(|&i| i < 0) {
                return refuse("an index is out of range");
            }
            let n: usize = v.shape().iter().product();
            let flat = *attr(&a[2]) == Attr::None;
            let axis = if flat { 0 } else { axis_of(attr(&a[2]), v.shape())? };
            let length = if flat { n } else { v.shape()[axis] } as i128;
            let at: Vec<usize> = places
                .iter()
                .map(|&i| if i < 0 { i + length } else { i })
                .map(|i| if (0..length).contains(&i) { Ok(i as usize) } else { refuse("an index is out of range") })
                .collect::<Result<_, _>>()?;
            let mut shape = if flat { vec![n] } else { v.shape().to_vec() };
            shape.splice(axis..=axis, places.shape().iter().copied());
            any_kind!(v, x => {
                let x = if flat { relaid(x, &[n])? } else { x.clone() };
                relaid(&x.select(Axis(axis), &at), &shape)?
            })
        },
        work::movement,
    ),
    op!(
        "roll",
        Shape,
        [Value("a"), Attribute("shift", AttrKind::Int), OPT_AXIS],
        "Moved along an axis, around the end.",
        |t, args| {
            if *args[2].attr() != Attr::None {
                infer::axis(args[2].attr(), args[0].ty().shape())?;
            }
            same_unary(t, args)
        },
        |_, a| {
            let v = value(&a[0])?;
            let shift = attr(&a[1]).as_int().unwrap_or(0);
            let n: usize = v.shape().iter().product();
            let flat = *attr(&a[2]) == Attr::None;
            let axis = if flat { 0 } else { axis_of(attr(&a[2]), v.shape())? };
            let length = if flat { n } else { v.shape()[axis] };
            let order: Vec<usize> = (0..length).map(|i| (i as i64 - shift).rem_euclid(length.max(1) as i64) as usize).collect();
            any_kind!(v, x => {
                let line = if flat { relaid(x, &[n])? } else { x.clone() };
                relaid(&line.select(Axis(axis), &order), x.shape())?
            })
        },
        work::movement,
    ),
    op!(
        "tile",
        Shape,
        [Value("a"), Attribute("reps", AttrKind::Ints)],
        "The whole repeated along each axis.",
        |_, args| {
            let (d, _, shape) = array(&args[0])?;
            let reps = counts(args[1].attr())?;
            let Some(dims) = shape.dims() else { return Ok(typed(d, false, Shape::Unknown)) };
            let rank = dims.len().max(reps.len());
            let dim = |i: usize| if i + dims.len() >= rank { dims[i + dims.len() - rank].clone() } else { Dim::known(1) };
            let rep = |i: usize| if i + reps.len() >= rank { reps[i + reps.len() - rank] } else { 1 };
            Ok(typed(d, false, Shape::Ranked((0..rank).map(|i| dim(i).mul(&Dim::known(rep(i)))).collect())))
        },
        |_, a| {
            let v = value(&a[0])?;
            let reps = counts(attr(&a[1])).map_err(|e| EvalError(e.0))?;
            let rank = v.shape().len().max(reps.len());
            let mut dims = vec![1; rank - v.shape().len()];
            dims.extend(v.shape());
            let rep = |i: usize| if i + reps.len() >= rank { reps[i + reps.len() - rank] as usize } else { 1 };
            let shape: Vec<usize> = (0..rank).map(|i| dims[i] * rep(i)).collect();
            any_kind!(v, x => {
                let x = relaid(x, &dims)?;
                ArrayD::from_shape_fn(IxDyn(&shape), |i| {
                    let index: Vec<usize> = ndarray::Dimension::slice(&i).iter().zip(&dims).map(|(i, n)| i % n).collect();
                    x[IxDyn(&index)]
                })
            })
        },
        work::movement,
    ),
    op!(
        "repeat",
        Shape,
        [Value("a"), Attribute("n", AttrKind::Int), OPT_AXIS],
        "Each place on an axis several times; of the flattened array without an axis.",
        |_, args| {
            let (d, _, shape) = array(&args[0])?;
            let n = args[1].attr().as_int().filter(|n| *n >= 0).ok_or_else(|| TypeError("expected a count".to_owned()))?;
            if *args[2].attr() == Attr::None {
                return Ok(typed(d, false, Shape::Ranked(vec![shape.size().mul(&Dim::known(n))])));
            }
            let Some(axis) = infer::axis(args[2].attr(), shape)? else { return Ok(typed(d, false, Shape::Unknown)) };
            let mut dims = shape.dims().unwrap_or(&[]).to_vec();
            dims[axis] = dims[axis].mul(&Dim::known(n));
            Ok(typed(d, false, Shape::Ranked(dims)))
        },
        |_, a| {
            let v = value(&a[0])?;
            let n = attr(&a[1]).as_int().unwrap_or(1).max(0) as usize;
            let size: usize = v.shape().iter().product();
            let flat = *attr(&a[2]) == Attr::None;
            let axis = if flat { 0 } else { axis_of(attr(&a[2]), v.shape())? };
            let length = if flat { size } else { v.shape()[axis] };
            let order: Vec<usize> = (0..length).flat_map(|i| std::iter::repeat_n(i, n)).collect();
            any_kind!(v, x => if flat { relaid(x, &[size])?.select(Axis(0), &order) } else { x.select(Axis(axis), &order) })
        },
        work::movement,
    ),
    op!("diag", Shape, [Value("v")], "The matrix with a vector on its diagonal.", diag, |t, a| embed(t, a, diag), work::fill),
    op!(
        "diag_embed",
        Shape,
        [Value("v")],
        "Matrices with the last axis on their diagonals.",
        diag_embed,
        |t, a| embed(t, a, diag_embed),
        work::fill,
    ),
    op!(
        "tril",
        Shape,
        [Value("a"), Attribute("k", AttrKind::Int)],
        "Zero above the k-th diagonal.",
        triangle,
        |_, a| keep(a, |i, j, k| j - i <= k),
        work::movement
    ),
    op!(
        "triu",
        Shape,
        [Value("a"), Attribute("k", AttrKind::Int)],
        "Zero below the k-th diagonal.",
        triangle,
        |_, a| keep(a, |i, j, k| j - i >= k),
        work::movement
    ),
    op!(
        "sort",
        Shape,
        [Value("a"), AXIS],
        "Ascending along an axis, NaN last.",
        |t, args| {
            infer::axis(args[1].attr(), args[0].ty().shape())?;
            same_unary(t, args)
        },
        |_, a| {
            let v = value(&a[0])?;
            let axis = axis_of(attr(&a[1]), v.shape())?;
            let order = |x: &[f64]| {
                let mut places: Vec<usize> = (0..x.len()).collect();
                places.sort_by(|&i, &j| ascending(x[i], x[j]));
                places
            };
            match v {
                Concrete::Array { dtype, data: Data::Float(x), .. } => {
                    let sorted = super::eval::along(x, axis, |line| Ok(order(line).into_iter().map(|i| line[i]).collect()))?;
                    Ok(Concrete::float(*dtype, sorted))
                }
                other => {
                    let sorted = super::eval::along(&ints(other), axis, |line| {
                        let mut line = line.to_vec();
                        line.sort_unstable();
                        Ok(line)
                    })?;
                    Ok(of_ints(&other.ty(), sorted))
                }
            }
        },
        work::sort,
    ),
    op!(
        "argsort",
        Shape,
        [Value("a"), AXIS],
        "The places in ascending order along an axis, equal ones in their order.",
        |_, args| {
            infer::axis(args[1].attr(), args[0].ty().shape())?;
            Ok(Type::array(DType::I64, args[0].ty().shape().clone()))
        },
        |_, a| {
            let v = value(&a[0])?;
            let x = v.to_f64();
            let axis = axis_of(attr(&a[1]), x.shape())?;
            let places = super::eval::along(&x, axis, |line| {
                let mut places: Vec<usize> = (0..line.len()).collect();
                places.sort_by(|&i, &j| ascending(line[i], line[j]));
                Ok(places.into_iter().map(|i| i as i128).collect())
            })?;
            Ok(Concrete::int(DType::I64, places))
        },
        work::sort,
    ),
    op!(
        "diff",
        Shape,
        [Value("a"), AXIS],
        "Each element less the one before it along an axis.",
        |t, args| {
            let (d, _, shape) = array(&args[0])?;
            let Some(axis) = infer::axis(args[1].attr(), shape)? else { return Ok(typed(d, false, Shape::Unknown)) };
            if d == Some(DType::Bool) {
                return infer::refuse("bool is refused");
            }
            let _ = t;
            let mut dims = shape.dims().unwrap_or(&[]).to_vec();
            dims[axis] = match dims[axis].as_known() {
                Some(n) => Dim::known((n - 1).max(0)),
                None => dims[axis].sub(&Dim::known(1)),
            };
            Ok(typed(d, false, Shape::Ranked(dims)))
        },
        |_, a| {
            let v = value(&a[0])?;
            let axis = axis_of(attr(&a[1]), v.shape())?;
            if v.shape().contains(&0) {
                let mut shape = v.shape().to_vec();
                shape[axis] = shape[axis].saturating_sub(1);
                return any_kind!(v, x => relaid(x, &shape)?);
            }
            match v {
                Concrete::Array { dtype, data: Data::Float(x), .. } => {
                    Ok(Concrete::float(*dtype, super::eval::along(x, axis, |l| Ok(l.windows(2).map(|w| w[1] - w[0]).collect()))?))
                }
                other => {
                    Ok(of_ints(&other.ty(), super::eval::along(&ints(other), axis, |l| Ok(l.windows(2).map(|w| w[1] - w[0]).collect()))?))
                }
            }
        },
        work::stream,
    ),
    op!(
        "one_hot",
        Shape,
        [Value("indices"), Attribute("n", AttrKind::Int)],
        "A last axis that is 1 at the index and 0 elsewhere.",
        |_, args| {
            let (d, _, shape) = array(&args[0])?;
            let n = args[1].attr().as_int().filter(|n| *n > 0).ok_or_else(|| TypeError("expected a count".to_owned()))?;
            if d.is_some_and(|d| d != DType::I64) {
                return infer::refuse("expected i64");
            }
            let Some(dims) = shape.dims() else { return Ok(Type::array(DType::I64, Shape::Unknown)) };
            Ok(Type::array(DType::I64, Shape::Ranked([dims, &[Dim::known(n)]].concat())))
        },
        |_, a| {
            let v = ints(value(&a[0])?);
            let n = attr(&a[1]).as_int().unwrap_or(0);
            if v.iter().any(|i| !(0..i128::from(n)).contains(i)) {
                return refuse("an index is out of range");
            }
            let mut shape = v.shape().to_vec();
            shape.push(n as usize);
            let data = v.iter().flat_map(|i| (0..i128::from(n)).map(move |k| i128::from(k == *i))).collect();
            Ok(Concrete::int(DType::I64, ArrayD::from_shape_vec(IxDyn(&shape), data).map_err(|e| EvalError(e.to_string()))?))
        },
        work::fill,
    ),
];

fn ascending(x: f64, y: f64) -> std::cmp::Ordering {
    x.is_nan().cmp(&y.is_nan()).then(x.partial_cmp(&y).unwrap_or(std::cmp::Ordering::Equal))
}

fn counts(attr: &Attr) -> Result<Vec<i64>, TypeError> {
    let counts = match attr {
        Attr::Int(n) => vec![*n],
        Attr::Ints(v) => v.clone(),
        other => return infer::refuse(format!("{other} is not a list of counts")),
    };
    if counts.iter().any(|n| *n < 0) { infer::refuse("a negative count") } else { Ok(counts) }
}

fn joined(target: Target, args: &[Arg], dims: impl Fn(&[Vec<Dim>], i64) -> Result<Vec<Dim>, TypeError>) -> Inferred {
    let Some(first) = args.get(1) else { return infer::refuse("nothing to join") };
    array(first)?;
    if args[1..].iter().any(|arg| arg.ty().is_weak()) {
        return infer::refuse("expected arrays");
    }
    let types: Vec<&Type> = args[1..].iter().map(Arg::ty).collect();
    let ty = infer::together(target, &types);
    let mut shapes = Vec::new();
    for arg in &args[1..] {
        let (_, _, shape) = array(arg)?;
        shapes.push(shape.dims().map(<[Dim]>::to_vec));
    }
    let Some(shapes) = shapes.into_iter().collect::<Option<Vec<_>>>() else { return Ok(typed(ty.dtype(), false, Shape::Unknown)) };
    if shapes.iter().any(|s| s.len() != shapes[0].len()) {
        return infer::refuse("the ranks differ");
    }
    let index = args[0].attr().as_int().ok_or_else(|| TypeError("expected an axis".to_owned()))?;
    Ok(typed(ty.dtype(), false, Shape::Ranked(dims(&shapes, index)?)))
}

fn join(target: Target, args: &[EvalArg], f: impl Fn(usize, &[ArrayD<f64>]) -> Result<ArrayD<f64>, String>) -> Result<Concrete, EvalError> {
    let values = args[1..].iter().map(value).collect::<Result<Vec<_>, _>>()?;
    let first = values.first().ok_or_else(|| EvalError("nothing to join".to_owned()))?;
    let types: Vec<Type> = values.iter().map(|v| v.ty()).collect();
    let ty = infer::together(target, &types.iter().collect::<Vec<_>>());
    let index = attr(&args[0]).as_int().unwrap_or(0);
    let rank = first.shape().len() as i64;
    let axis = if index < 0 { None } else { Some(index as usize) };
    // Integers do not all fit a float, but the places where they stand do: those are joined and then looked up.
    let whole: Option<Vec<i128>> = integral(&ty).then(|| values.iter().flat_map(|v| ints(v)).collect());
    let mut places = 0_u32..;
    let parts: Vec<ArrayD<f64>> = values
        .iter()
        .map(|v| match whole {
            Some(_) => ArrayD::from_shape_simple_fn(IxDyn(v.shape()), || f64::from(places.next().unwrap_or(0))),
            None => v.to_f64(),
        })
        .collect();
    // A negative axis counts from the result's rank, which only the joining knows: it is tried as both.
    let result = match axis {
        Some(axis) if axis as i64 <= rank => f(axis, &parts),
        Some(_) => Err("the axis is out of range".to_owned()),
        None => negative_axis(index, rank, &parts, &f),
    };
    let joined = result.map_err(EvalError)?;
    Ok(match whole {
        Some(whole) => of_ints(&ty, joined.mapv(|place| whole[place as usize])),
        None => of_floats(&ty, joined),
    })
}

/// True if the elements are exact as integers and not all as floats.
fn integral(ty: &Type) -> bool {
    ty.dtype().is_some_and(DType::is_int)
}

fn negative_axis(
    index: i64,
    rank: i64,
    parts: &[ArrayD<f64>],
    f: &impl Fn(usize, &[ArrayD<f64>]) -> Result<ArrayD<f64>, String>,
) -> Result<ArrayD<f64>, String> {
    let probe = f(0, &parts[..1])?;
    let places = probe.ndim() as i64;
    let _ = rank;
    usize::try_from(index + places).map_err(|_| "the axis is out of range".to_owned()).and_then(|axis| f(axis, parts))
}

fn diag(target: Target, args: &[Arg]) -> Inferred {
    if args[0].ty().rank().is_some_and(|r| r != 1) {
        return infer::refuse("expected a vector");
    }
    diag_embed(target, args)
}

fn diag_embed(_: Target, args: &[Arg]) -> Inferred {
    let (d, _, shape) = array(&args[0])?;
    let Some(dims) = shape.dims() else { return Ok(typed(d, false, Shape::Unknown)) };
    let Some(last) = dims.last() else { return infer::refuse("expected a vector") };
    Ok(typed(d, false, Shape::Ranked([dims, std::slice::from_ref(last)].concat())))
}

fn embed(target: Target, args: &[EvalArg], rule: fn(Target, &[Arg]) -> Inferred) -> Result<Concrete, EvalError> {
    let ty = result_type(target, args, rule)?;
    let v = value(&args[0])?;
    Ok(if integral(&ty) { of_ints(&ty, embedded(&ints(v))) } else { of_floats(&ty, embedded(&v.to_f64())) })
}

fn embedded<T: Copy + Default>(x: &ArrayD<T>) -> ArrayD<T> {
    let mut shape = x.shape().to_vec();
    shape.push(shape[shape.len() - 1]);
    let rank = shape.len();
    ArrayD::from_shape_fn(IxDyn(&shape), |i| {
        if i[rank - 1] == i[rank - 2] { x[IxDyn(&ndarray::Dimension::slice(&i)[..rank - 1])] } else { T::default() }
    })
}

fn triangle(_: Target, args: &[Arg]) -> Inferred {
    let (d, _, shape) = array(&args[0])?;
    if shape.rank().is_some_and(|r| r < 2) {
        return infer::refuse("expected a matrix");
    }
    Ok(typed(d, false, shape.clone()))
}

fn keep(args: &[EvalArg], inside: fn(i64, i64, i64) -> bool) -> Result<Concrete, EvalError> {
    let v = value(&args[0])?;
    let k = attr(&args[1]).as_int().unwrap_or(0);
    if v.shape().len() < 2 {
        return refuse("expected a matrix");
    }
    let inside = |i: i64, j: i64| inside(i, j, k);
    let ty = v.ty();
    Ok(if integral(&ty) { of_ints(&ty, kept(&ints(v), inside)) } else { of_floats(&ty, kept(&v.to_f64(), inside)) })
}

fn kept<T: Copy + Default>(x: &ArrayD<T>, inside: impl Fn(i64, i64) -> bool) -> ArrayD<T> {
    let rank = x.ndim();
    ArrayD::from_shape_fn(IxDyn(x.shape()), |i| if inside(i[rank - 2] as i64, i[rank - 1] as i64) { x[&i] } else { T::default() })
}
