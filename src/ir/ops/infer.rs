//! What the type rules of the ops have in common.

use crate::ir::{Arg, Attr, DType, DTypeKind, Dim, Shape, Target, Type, TypeError, promote};

pub(super) type Inferred = Result<Type, TypeError>;

pub(super) fn refuse<T>(why: impl Into<String>) -> Result<T, TypeError> {
    Err(TypeError(why.into()))
}

/// An operand: dtype, weakness, shape. Tuples and unknown values are refused.
pub(super) fn array<'a>(arg: &Arg<'a>) -> Result<(Option<DType>, bool, &'a Shape), TypeError> {
    match arg.ty() {
        Type::Array { dtype, weak, shape } => Ok((*dtype, *weak, shape)),
        other => refuse(format!("expected an array, found {other}")),
    }
}

pub(super) fn typed(dtype: Option<DType>, weak: bool, shape: Shape) -> Type {
    Type::Array { dtype, weak: weak && shape.rank() == Some(0), shape }
}

/// The operands of an op, attributes left out.
pub(super) fn operands<'a, 'b>(args: &'b [Arg<'a>]) -> impl Iterator<Item = &'b Arg<'a>> {
    args.iter().filter(|arg| matches!(arg, Arg::Value(..)))
}

/// The float dtype in which a function of a number is computed.
pub(super) fn float_dtype(target: Target, dtype: Option<DType>, weak: bool) -> Result<Option<DType>, TypeError> {
    let Some(d) = dtype else { return Ok(None) };
    Ok(Some(match (d.kind(), target) {
        (DTypeKind::Float, _) => d,
        (_, Target::Rust) => return refuse(format!("{d} has no float functions")),
        _ if weak => DType::F64,
        (_, Target::Torch) => DType::F32,
        (_, Target::Numpy) => match d.size() {
            1 => DType::F16,
            2 => DType::F32,
            _ => DType::F64,
        },
    }))
}

/// The float dtype of a quotient or mean: NumPy does not go below `f64` for integers.
pub(super) fn mean_dtype(target: Target, dtype: Option<DType>) -> Result<Option<DType>, TypeError> {
    match (dtype, target) {
        (Some(d), Target::Numpy) if !d.is_float() => Ok(Some(DType::F64)),
        (Some(d), _) if !d.is_float() => refuse(format!("the mean of {d} is refused")),
        (d, _) => Ok(d),
    }
}

/// `f(x)` in floats.
pub(super) fn float_unary(target: Target, args: &[Arg]) -> Inferred {
    let (d, weak, shape) = array(&args[0])?;
    Ok(typed(float_dtype(target, d, weak)?, weak, shape.clone()))
}

/// An activation: PyTorch has it for floats alone.
pub(super) fn activation(target: Target, args: &[Arg]) -> Inferred {
    floats(target, args)?;
    float_unary(target, args)
}

/// Operands that PyTorch demands to be tensors of floats.
pub(super) fn floats(target: Target, args: &[Arg]) -> Result<(), TypeError> {
    let fits = |arg: &Arg| arg.ty().dtype().is_none_or(DType::is_float);
    if target == Target::Torch && !operands(args).all(fits) { refuse("expected floats") } else { Ok(()) }
}

/// Operands that must not be Python numbers in PyTorch.
pub(super) fn tensors(target: Target, args: &[Arg]) -> Result<(), TypeError> {
    if target == Target::Torch && operands(args).any(|arg| arg.ty().is_weak()) { refuse("expected tensors") } else { Ok(()) }
}

/// The type of arrays joined or multiplied: floats decide first, for promotion by twos is not the same in every order.
pub(super) fn together(target: Target, types: &[&Type]) -> Type {
    let (floats, others): (Vec<&Type>, Vec<&Type>) = types.iter().partition(|ty| ty.dtype().is_none_or(DType::is_float));
    let mut all = floats.into_iter().chain(others);
    let Some(first) = all.next() else { return Type::Unknown };
    let joined = |ty: Type, other: &Type| typed(promote(target, &ty, other).0, false, other.shape().clone());
    all.fold(typed(first.dtype(), false, first.shape().clone()), joined)
}

/// Operands that PyTorch demands to be of one dtype, which is not bool.
pub(super) fn alike(target: Target, args: &[Arg]) -> Result<(), TypeError> {
    if target != Target::Torch {
        return Ok(());
    }
    let mut known = operands(args).filter_map(|arg| arg.ty().dtype());
    let first = known.next();
    if first == Some(DType::Bool) || known.any(|d| Some(d) != first) { refuse("expected numbers of one dtype") } else { Ok(()) }
}

/// `f(x)` in the operand's own dtype.
pub(super) fn same_unary(_: Target, args: &[Arg]) -> Inferred {
    let (d, weak, shape) = array(&args[0])?;
    Ok(typed(d, weak, shape.clone()))
}

/// `f(x)` in the operand's own dtype, which must not be bool.
pub(super) fn number_unary(target: Target, args: &[Arg]) -> Inferred {
    if args[0].ty().dtype() == Some(DType::Bool) && !args[0].ty().is_weak() {
        return refuse("bool is refused");
    }
    let ty = same_unary(target, args)?;
    Ok(if args[0].ty().is_weak() && ty.dtype() == Some(DType::Bool) { Type::weak(DType::I64) } else { ty })
}

/// The answer to a question about each element.
pub(super) fn bool_unary(_: Target, args: &[Arg]) -> Inferred {
    let (_, weak, shape) = array(&args[0])?;
    Ok(typed(Some(DType::Bool), weak, shape.clone()))
}

/// All operands broadcast and promoted.
pub(super) fn promoted(target: Target, args: &[Arg]) -> Inferred {
    let mut all = operands(args);
    let Some(first) = all.next() else { return refuse("no operands") };
    array(first)?;
    let mut ty = first.ty().clone();
    for arg in all {
        let (e, _, shape) = array(arg)?;
        if target == Target::Rust && ty.dtype().is_some() && e.is_some() && ty.dtype() != e && !ty.is_weak() && !arg.ty().is_weak() {
            return refuse("Rust converts no operand by itself");
        }
        let (dtype, weak) = promote(target, &ty, arg.ty());
        ty = typed(dtype, weak, broadcast(ty.shape(), shape)?);
    }
    Ok(ty)
}

/// Arithmetic: Python's bools count as integers.
pub(super) fn arithmetic(target: Target, args: &[Arg]) -> Inferred {
    let ty = promoted(target, args)?;
    Ok(if ty.is_weak() && ty.dtype() == Some(DType::Bool) { Type::weak(DType::I64) } else { ty })
}

/// A difference, which the libraries refuse for bools; PyTorch even beside other numbers.
pub(super) fn no_bool(target: Target, args: &[Arg]) -> Inferred {
    let ty = arithmetic(target, args)?;
    let bools = |arg: &Arg| arg.ty().dtype() == Some(DType::Bool);
    if ty.dtype() == Some(DType::Bool) || (target == Target::Torch && !ty.is_weak() && operands(args).any(bools)) {
        return refuse("bool is refused");
    }
    Ok(ty)
}

/// A quotient in whole numbers or a remainder: NumPy's of bools is `int8`, the others refuse it.
pub(super) fn whole_division(target: Target, args: &[Arg]) -> Inferred {
    let ty = arithmetic(target, args)?;
    match (ty.dtype(), target) {
        (Some(DType::Bool), Target::Numpy) => Ok(ty.with_dtype(Some(DType::I8))),
        (Some(DType::Bool), _) => refuse("bool is refused"),
        _ => Ok(ty),
    }
}

/// Operands promoted and computed in floats.
pub(super) fn float_promoted(target: Target, args: &[Arg]) -> Inferred {
    // NumPy takes the least float dtype that holds each operand, which may be less than one for the integers' common dtype.
    let own = target == Target::Numpy && operands(args).all(|arg| arg.ty().dtype().is_some() && !arg.ty().is_weak());
    let raised = |arg: &Arg| Ok(arg.ty().with_dtype(float_dtype(target, arg.ty().dtype(), false)?));
    let types: Vec<Type> = operands(args).map(|arg| if own { raised(arg) } else { Ok(arg.ty().clone()) }).collect::<Result<_, _>>()?;
    let ty = promoted(target, &types.iter().map(|ty| Arg::Value(ty, None)).collect::<Vec<_>>())?;
    let (d, weak, shape) = (ty.dtype(), ty.is_weak(), ty.shape().clone());
    Ok(typed(float_dtype(target, d, weak)?, weak, shape))
}

/// True division: NumPy gives `f64` for all integers.
pub(super) fn division(target: Target, args: &[Arg]) -> Inferred {
    let ty = promoted(target, args)?;
    let dtype = match (ty.dtype(), target) {
        (Some(d), Target::Numpy) if !d.is_float() => Some(DType::F64),
        (d, _) => float_dtype(target, d, ty.is_weak())?,
    };
    Ok(typed(dtype, ty.is_weak(), ty.shape().clone()))
}

/// Integers and bools only.
pub(super) fn bitwise(target: Target, args: &[Arg]) -> Inferred {
    let ty = promoted(target, args)?;
    if ty.dtype().is_some_and(DType::is_float) { refuse("floats have no bits to combine") } else { Ok(ty) }
}

/// A comparison or logical connective of elements.
pub(super) fn truth(target: Target, args: &[Arg]) -> Inferred {
    let ty = promoted(target, args)?;
    Ok(typed(Some(DType::Bool), ty.is_weak(), ty.shape().clone()))
}

/// The shape that two broadcast to.
pub(super) fn broadcast(a: &Shape, b: &Shape) -> Result<Shape, TypeError> {
    let (Some(x), Some(y)) = (a.dims(), b.dims()) else {
        let scalar = |s: &Shape| s.rank() == Some(0);
        return Ok(if scalar(a) {
            b.clone()
        } else if scalar(b) {
            a.clone()
        } else {
            Shape::Unknown
        });
    };
    let rank = x.len().max(y.len());
    let one = Dim::known(1);
    let at = |dims: &[Dim], i: usize| if i + dims.len() >= rank { dims[i + dims.len() - rank].clone() } else { one.clone() };
    let dims = (0..rank).map(|i| broadcast_dim(&at(x, i), &at(y, i)));
    Ok(Shape::Ranked(dims.collect::<Result<_, _>>()?))
}

pub(super) fn broadcast_dim(a: &Dim, b: &Dim) -> Result<Dim, TypeError> {
    match (a.as_known(), b.as_known()) {
        (Some(1), _) => Ok(b.clone()),
        (_, Some(1)) => Ok(a.clone()),
        (Some(m), Some(n)) if m != n => refuse(format!("lengths {m} and {n} do not broadcast")),
        (Some(_), _) => Ok(a.clone()),
        (_, Some(_)) => Ok(b.clone()),
        _ if a.same(b) => Ok(a.clone()),
        _ => Ok(Dim::Unknown),
    }
}

/// Two lengths that must be equal; the better known of them.
pub(super) fn equal(a: &Dim, b: &Dim) -> Result<Dim, TypeError> {
    if a.differs(b) {
        return refuse(format!("lengths {a} and {b} differ"));
    }
    Ok(if a.as_known().is_some() || *b == Dim::Unknown { a.clone() } else { b.clone() })
}

/// Which axes an `Axes` attribute means for a shape: sorted, without repeats. `None` if the rank is unknown.
pub(super) fn axes(attr: &Attr, shape: &Shape) -> Result<Option<Vec<usize>>, TypeError> {
    let Some(rank) = shape.rank() else { return Ok(None) };
    let wanted: Vec<i64> = match attr {
        Attr::None => (0..rank as i64).collect(),
        Attr::Int(i) => vec![*i],
        Attr::Ints(v) => v.clone(),
        other => return refuse(format!("{other} is not an axis")),
    };
    let mut axes = Vec::with_capacity(wanted.len());
    for index in wanted {
        let Some(axis) = shape.axis(index) else { return refuse(format!("axis {index} is out of range for rank {rank}")) };
        if axes.contains(&axis) {
            return refuse(format!("axis {index} is named twice"));
        }
        axes.push(axis);
    }
    axes.sort_unstable();
    Ok(Some(axes))
}

/// One axis by its index.
pub(super) fn axis(attr: &Attr, shape: &Shape) -> Result<Option<usize>, TypeError> {
    let Some(index) = attr.as_int() else { return refuse(format!("{attr} is not an axis")) };
    let Some(rank) = shape.rank() else { return Ok(None) };
    shape.axis(index).map(Some).ok_or_else(|| TypeError(format!("axis {index} is out of range for rank {rank}")))
}

/// The shape without the reduced axes, or with length 1 there.
pub(super) fn reduced(shape: &Shape, attr: &Attr, keepdims: bool) -> Result<Shape, TypeError> {
    let Some(axes) = axes(attr, shape)? else {
        return Ok(if *attr == Attr::None && !keepdims { Shape::scalar() } else { Shape::Unknown });
    };
    let dims = shape.dims().unwrap_or(&[]).iter().enumerate();
    Ok(Shape::Ranked(
        dims.filter(|(i, _)| keepdims || !axes.contains(i))
            .map(|(i, d)| if axes.contains(&i) { Dim::known(1) } else { d.clone() })
            .collect(),
    ))
}

/// `(a, axis, keepdims)` with the result's dtype by `dtype`.
pub(super) fn reduction(args: &[Arg], dtype: impl Fn(Option<DType>) -> Result<Option<DType>, TypeError>) -> Inferred {
    let (d, weak, shape) = array(&args[0])?;
    if weak {
        return refuse("a Python number is not reduced");
    }
    let keepdims = args[2].attr().as_bool().unwrap_or(false);
    Ok(typed(dtype(d)?, false, reduced(shape, args[1].attr(), keepdims)?))
}

/// The dtype in which a sum or product is returned.
pub(super) fn sum_dtype(target: Target, dtype: Option<DType>) -> Option<DType> {
    let d = dtype?;
    Some(match (d.kind(), target) {
        (DTypeKind::Float, _) | (_, Target::Rust) => d,
        (_, Target::Numpy) if matches!(d, DType::U8 | DType::U16 | DType::U32 | DType::U64) => DType::U64,
        _ => DType::I64,
    })
}

/// A refused size of zero along a reduced axis, where that is known.
pub(super) fn not_empty(shape: &Shape, attr: &Attr) -> Result<(), TypeError> {
    let reduced = axes(attr, shape)?.unwrap_or_default();
    let dims = shape.dims().unwrap_or(&[]);
    if reduced.iter().any(|&axis| dims[axis].as_known() == Some(0)) { refuse("nothing to choose from along an empty axis") } else { Ok(()) }
}
