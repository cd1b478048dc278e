//! Products that sum over shared axes.

use std::collections::BTreeMap;

use ndarray::{ArrayD, Dimension, Ix2, IxDyn};

use super::eval::{Evaluated, attr, broadcast_shape, ints, of_floats, of_ints, refuse, result_type, value};
use super::infer::{self, Inferred, array, broadcast, equal, promoted, typed};
use super::{op, work};
use crate::ir::{
    Arg, Attr, AttrKind, DType, Dim, EvalArg, EvalError, OpDef, Param::Attr as Attribute, Param::Value, Param::Variadic, Shape, Target,
    Type, TypeError, Work, WorkKind, promote,
};

pub(super) static OPS: &[OpDef] = &[
    op!(
        "matmul",
        Contraction,
        [Value("a"), Value("b")],
        "The matrix product; a vector counts as a row on the left and a column on the right; leading axes are batches.",
        matmul,
        |t, a| product(t, a, matmul),
        work::product,
    ),
    op!(
        "inner",
        Contraction,
        [Value("a"), Value("b")],
        "Sums over the last axes of both.",
        inner,
        |t, a| contract(t, a, inner, &inner_subscripts(value(&a[0])?.shape().len(), value(&a[1])?.shape().len())),
        work::product,
    ),
    op!(
        "outer",
        Contraction,
        [Value("a"), Value("b")],
        "All products of two flattened arrays.",
        outer,
        |t, a| {
            let (x, y) = (flattened(value(&a[0])?), flattened(value(&a[1])?));
            contract(t, &[EvalArg::Value(&x), EvalArg::Value(&y)], outer, "i,j->ij")
        },
        work::stream,
    ),
    op!(
        "vdot",
        Contraction,
        [Value("a"), Value("b")],
        "The sum of products of two flattened arrays.",
        vdot,
        |t, a| {
            let (x, y) = (flattened(value(&a[0])?), flattened(value(&a[1])?));
            contract(t, &[EvalArg::Value(&x), EvalArg::Value(&y)], vdot, "i,i->")
        },
        |args, out| Work { kind: WorkKind::Gemv, ..work::stream(args, out) },
    ),
    op!(
        "einsum",
        Contraction,
        [Attribute("subscripts", AttrKind::Str), Variadic("xs")],
        "Einstein summation over named axes, without ellipsis.",
        einsum,
        |t, a| {
            let Attr::Str(subscripts) = attr(&a[0]) else { return refuse("expected subscripts") };
            let ty = result_type(t, a, einsum)?;
            let values = a[1..].iter().map(value).collect::<Result<Vec<_>, _>>()?;
            sum_of_products(&ty, subscripts, &values)
        },
        |args, out| {
            let total = args[0].attr();
            let flops = if let Attr::Str(s) = total { index_space(s, args) } else { work::size(out) };
            Work {
                kind: WorkKind::Gemm,
                flops: 2.0 * flops,
                bytes: args.iter().map(|a| work::bytes(a.ty())).sum::<f64>() + work::bytes(out),
            }
        },
    ),
    op!(
        "kron",
        Contraction,
        [Value("a"), Value("b")],
        "The Kronecker product.",
        kron,
        |t, a| {
            let ty = result_type(t, a, kron)?;
            let (x, y) = (value(&a[0])?, value(&a[1])?);
            let rank = x.shape().len().max(y.shape().len());
            let shape = ty.shape().value(&|_| None).unwrap_or_default();
            let (p, q) = (padded(x.shape(), rank), padded(y.shape(), rank));
            let at = |index: &[usize]| -> (Vec<usize>, Vec<usize>) {
                let left = (0..rank).map(|i| index[i] / q[i]).collect();
                (left, (0..rank).map(|i| index[i] % q[i]).collect())
            };
            if ty.dtype().is_some_and(DType::is_float) {
                let (x, y) = (reshaped(x.to_f64(), &p)?, reshaped(y.to_f64(), &q)?);
                return Ok(of_floats(
                    &ty,
                    ArrayD::from_shape_fn(IxDyn(&shape), |i| {
                        let (l, r) = at(&index_of(&i));
                        x[IxDyn(&l)] * y[IxDyn(&r)]
                    }),
                ));
            }
            let (x, y) = (reshaped(ints(x), &p)?, reshaped(ints(y), &q)?);
            Ok(of_ints(
                &ty,
                ArrayD::from_shape_fn(IxDyn(&shape), |i| {
                    let (l, r) = at(&index_of(&i));
                    x[IxDyn(&l)].wrapping_mul(y[IxDyn(&r)])
                }),
            ))
        },
        work::stream,
    ),
    op!(
        "cross",
        Contraction,
        [Value("a"), Value("b")],
        "The cross product of vectors of length 3 along the last axis.",
        cross,
        |t, a| {
            let ty = result_type(t, a, cross)?;
            let (x, y) = (value(&a[0])?.to_f64(), value(&a[1])?.to_f64());
            let shape = broadcast_shape(x.shape(), y.shape())?;
            let (x, y) = (super::eval::broadcast_to(&x, &shape)?, super::eval::broadcast_to(&y, &shape)?);
            let last = shape.len() - 1;
            Ok(of_floats(
                &ty,
                ArrayD::from_shape_fn(IxDyn(&shape), |i| {
                    let mut index = index_of(&i);
                    let k = index[last];
                    let mut pick = |array: &ArrayD<f64>, at: usize| {
                        index[last] = at % 3;
                        array[IxDyn(&index)]
                    };
                    pick(&x, k + 1) * pick(&y, k + 2) - pick(&x, k + 2) * pick(&y, k + 1)
                }),
            ))
        },
        work::stream,
    ),
    op!(
        "linear",
        Contraction,
        [Value("x"), Value("w"), Value("b")],
        "x @ w.T + b.",
        |t, args| {
            let ty = linear(t, args)?;
            infer::tensors(t, args)?;
            infer::alike(t, args)?;
            let sum = promoted(t, &[args[2], Arg::Value(&ty, None)])?;
            within(&ty, &sum)
        },
        |t, a| {
            let product = product(t, &[a[0], EvalArg::Value(&transposed(value(&a[1])?)?)], matmul)?;
            let add = crate::ir::OpId::get("add").def();
            (add.eval)(t, &[EvalArg::Value(&product), a[2]])
        },
        work::product,
    ),
    op!(
        "linear_nobias",
        Contraction,
        [Value("x"), Value("w")],
        "x @ w.T.",
        linear,
        |t, a| product(t, &[a[0], EvalArg::Value(&transposed(value(&a[1])?)?)], matmul),
        work::product,
    ),
    op!(
        "addmm",
        Contraction,
        [Value("c"), Value("a"), Value("b")],
        "c + a @ b for matrices.",
        add_product,
        |t, a| {
            let product = product(t, &a[1..], matmul)?;
            let add = crate::ir::OpId::get("add").def();
            (add.eval)(t, &[a[0], EvalArg::Value(&product)])
        },
        |args, out| work::product(&args[1..], out),
    ),
    op!(
        "baddbmm",
        Contraction,
        [Value("c"), Value("a"), Value("b")],
        "c + a @ b for batches of matrices.",
        add_product,
        |t, a| {
            let product = product(t, &a[1..], matmul)?;
            let add = crate::ir::OpId::get("add").def();
            (add.eval)(t, &[a[0], EvalArg::Value(&product)])
        },
        |args, out| work::product(&args[1..], out),
    ),
    op!(
        "cdist",
        Contraction,
        [Value("a"), Value("b")],
        "The Euclidean distance of every row of a to every row of b.",
        |t, args| {
            infer::floats(t, args)?;
            if t == Target::Torch && args.iter().any(|arg| matches!(arg.ty().dtype(), Some(DType::F16 | DType::BF16))) {
                return infer::refuse("half precision is refused");
            }
            if args.iter().any(|arg| arg.ty().rank().is_some_and(|rank| rank != 2)) {
                return infer::refuse("expected two matrices");
            }
            let ty = linear(t, args)?;
            Ok(typed(infer::float_dtype(t, ty.dtype(), false)?, false, ty.shape().clone()))
        },
        |t, a| {
            let ty = result_type(t, a, linear)?;
            let (x, y) = (value(&a[0])?.to_f64(), value(&a[1])?.to_f64());
            if x.ndim() != 2 || y.ndim() != 2 {
                return refuse("expected two matrices");
            }
            let shape = [x.shape()[0], y.shape()[0]];
            let k = x.shape()[1];
            Ok(of_floats(
                &ty,
                ArrayD::from_shape_fn(IxDyn(&shape), |i| (0..k).map(|l| x[[i[0], l]] - y[[i[1], l]]).map(|d| d * d).sum::<f64>().sqrt()),
            ))
        },
        work::product,
    ),
];

fn matmul(target: Target, args: &[Arg]) -> Inferred {
    let (_, v, a) = array(&args[0])?;
    let (_, w, b) = array(&args[1])?;
    if v || w || a.rank() == Some(0) || b.rank() == Some(0) {
        return infer::refuse("a scalar has no matrix product");
    }
    infer::alike(target, args)?;
    let dtype = match target {
        Target::Numpy => promote(target, args[0].ty(), args[1].ty()).0,
        _ => same_dtype(args)?,
    };
    Ok(typed(dtype, false, matmul_shape(a, b)?))
}

/// PyTorch and Rust multiply matrices of one dtype only.
fn same_dtype(args: &[Arg]) -> Result<Option<DType>, TypeError> {
    match (args[0].ty().dtype(), args[1].ty().dtype()) {
        (Some(a), Some(b)) if a != b => infer::refuse(format!("{a} and {b} are not multiplied")),
        (a, b) => Ok(a.and(b)),
    }
}

fn matmul_shape(a: &Shape, b: &Shape) -> Result<Shape, TypeError> {
    let (Some(x), Some(y)) = (a.dims(), b.dims()) else { return Ok(Shape::Unknown) };
    let k = if y.len() == 1 { &y[0] } else { &y[y.len() - 2] };
    equal(&x[x.len() - 1], k)?;
    let batch = |d: &[Dim]| Shape::Ranked(d[..d.len().saturating_sub(2)].to_vec());
    let mut dims = broadcast(&batch(x), &batch(y))?.dims().unwrap_or(&[]).to_vec();
    if x.len() > 1 {
        dims.push(x[x.len() - 2].clone());
    }
    if y.len() > 1 {
        dims.push(y[y.len() - 1].clone());
    }
    Ok(Shape::Ranked(dims))
}

/// `c + a @ b`: what is added broadcasts to the product, not beyond.
fn add_product(target: Target, args: &[Arg]) -> Inferred {
    infer::alike(target, args)?;
    let product = matmul(target, &args[1..])?;
    let sum = promoted(target, &[args[0], Arg::Value(&product, None)])?;
    within(&product, &sum)
}

/// The type of a product with something added, which must not make it larger.
fn within(product: &Type, sum: &Type) -> Inferred {
    match (product.shape().dims(), sum.shape().dims()) {
        (Some(a), Some(b)) if a.len() != b.len() || a.iter().zip(b).any(|(a, b)| a.differs(b)) => {
            infer::refuse("what is added is larger than the product")
        }
        (Some(_), _) => Ok(sum.with_shape(product.shape().clone())),
        _ => Ok(sum.clone()),
    }
}

fn linear(target: Target, args: &[Arg]) -> Inferred {
    let (_, _, w) = array(&args[1])?;
    let turned = match w.dims() {
        Some([out, inside]) => Shape::Ranked(vec![inside.clone(), out.clone()]),
        Some(_) => return infer::refuse("expected a matrix of weights"),
        None => Shape::Unknown,
    };
    let ty = args[1].ty().with_shape(turned);
    matmul(target, &[args[0], Arg::Value(&ty, None)])
}

fn inner(target: Target, args: &[Arg]) -> Inferred {
    let (_, _, a) = array(&args[0])?;
    let (_, _, b) = array(&args[1])?;
    infer::alike(target, args)?;
    let (dtype, weak) = promote(target, args[0].ty(), args[1].ty());
    let (Some(x), Some(y)) = (a.dims(), b.dims()) else { return Ok(typed(dtype, false, Shape::Unknown)) };
    let (Some((k, x)), Some((l, y))) = (x.split_last(), y.split_last()) else {
        return infer::refuse("inner of a scalar is a product");
    };
    equal(k, l)?;
    Ok(typed(dtype, weak, Shape::Ranked([x, y].concat())))
}

fn outer(target: Target, args: &[Arg]) -> Inferred {
    let (_, _, a) = array(&args[0])?;
    let (_, _, b) = array(&args[1])?;
    let (dtype, _) = promote(target, args[0].ty(), args[1].ty());
    if target == Target::Torch && (a.rank().is_some_and(|r| r != 1) || b.rank().is_some_and(|r| r != 1)) {
        return infer::refuse("expected vectors");
    }
    Ok(typed(dtype, false, Shape::Ranked(vec![a.size(), b.size()])))
}

fn vdot(target: Target, args: &[Arg]) -> Inferred {
    let (_, _, a) = array(&args[0])?;
    let (_, _, b) = array(&args[1])?;
    equal(&a.size(), &b.size())?;
    infer::alike(target, args)?;
    let dtype = match target {
        Target::Numpy => promote(target, args[0].ty(), args[1].ty()).0,
        _ => same_dtype(args)?,
    };
    Ok(typed(dtype, false, Shape::scalar()))
}

fn kron(target: Target, args: &[Arg]) -> Inferred {
    let (_, _, a) = array(&args[0])?;
    let (_, _, b) = array(&args[1])?;
    let (dtype, _) = promote(target, args[0].ty(), args[1].ty());
    let (Some(x), Some(y)) = (a.dims(), b.dims()) else { return Ok(typed(dtype, false, Shape::Unknown)) };
    let rank = x.len().max(y.len());
    let at = |d: &[Dim], i: usize| if i + d.len() >= rank { d[i + d.len() - rank].clone() } else { Dim::known(1) };
    Ok(typed(dtype, false, Shape::Ranked((0..rank).map(|i| at(x, i).mul(&at(y, i))).collect())))
}

fn cross(target: Target, args: &[Arg]) -> Inferred {
    let ty = infer::no_bool(target, args)?;
    if let (Target::Torch, Some(a), Some(b)) = (target, args[0].ty().rank(), args[1].ty().rank())
        && (a != b || infer::alike(target, args).is_err())
    {
        return infer::refuse("expected vectors of one dtype with as many axes");
    }
    for arg in args {
        let last = arg.ty().shape().dims().and_then(<[Dim]>::last).map(Dim::as_known);
        if last.is_some_and(|n| n.is_some_and(|n| n != 3)) || arg.ty().rank() == Some(0) {
            return infer::refuse("expected vectors of length 3");
        }
    }
    Ok(ty)
}

/// The axes' letters of the operands and of the result.
fn subscripts(text: &str) -> Result<(Vec<Vec<char>>, Vec<char>), TypeError> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (inputs, output) = match text.split_once("->") {
        Some((inputs, output)) => (inputs.to_owned(), Some(output.to_owned())),
        None => (text.clone(), None),
    };
    let inputs: Vec<Vec<char>> = inputs.split(',').map(|s| s.chars().collect()).collect();
    let output: Vec<char> = match output {
        Some(output) => output.chars().collect(),
        None => {
            let mut once: Vec<char> = Vec::new();
            for c in inputs.iter().flatten() {
                if inputs.iter().flatten().filter(|d| *d == c).count() == 1 {
                    once.push(*c);
                }
            }
            once.sort_unstable();
            once
        }
    };
    let letters = |s: &[char]| s.iter().all(char::is_ascii_alphabetic);
    let mut distinct = output.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if !inputs.iter().all(|s| letters(s)) || !letters(&output) || distinct.len() != output.len() {
        return infer::refuse(format!("`{text}` is not understood as subscripts"));
    }
    if output.iter().any(|c| !inputs.iter().flatten().any(|d| d == c)) {
        return infer::refuse(format!("`{text}` names an axis that no operand has"));
    }
    Ok((inputs, output))
}

fn einsum(target: Target, args: &[Arg]) -> Inferred {
    let Attr::Str(text) = args[0].attr() else { return infer::refuse("expected subscripts") };
    let (inputs, output) = subscripts(text)?;
    if inputs.len() != args.len() - 1 {
        return infer::refuse(format!("`{text}` is for {} operands", inputs.len()));
    }
    let mut lengths: BTreeMap<char, Dim> = BTreeMap::new();
    // In which dtype PyTorch adds up integers depends on the path it takes.
    infer::floats(target, &args[1..])?;
    infer::alike(target, &args[1..])?;
    let ty = infer::together(target, &args[1..].iter().map(Arg::ty).collect::<Vec<_>>());
    for (letters, arg) in inputs.iter().zip(&args[1..]) {
        let (_, _, shape) = array(arg)?;
        let Some(dims) = shape.dims() else { continue };
        if dims.len() != letters.len() {
            return infer::refuse(format!("`{text}` does not fit rank {}", dims.len()));
        }
        for (letter, dim) in letters.iter().zip(dims) {
            let known = lengths.get(letter).unwrap_or(dim);
            let merged = infer::broadcast_dim(known, dim)?;
            lengths.insert(*letter, if merged == Dim::Unknown { dim.clone() } else { merged });
        }
    }
    let dims = output.iter().map(|letter| lengths.get(letter).cloned().unwrap_or(Dim::Unknown)).collect();
    Ok(typed(ty.dtype(), false, Shape::Ranked(dims)))
}

/// How many products an einsum adds up when done in one go.
fn index_space(text: &str, args: &[Arg]) -> f64 {
    let Ok((inputs, _)) = subscripts(text) else { return 1.0 };
    let mut lengths = BTreeMap::new();
    for (letters, arg) in inputs.iter().zip(&args[1..]) {
        for (axis, letter) in letters.iter().enumerate() {
            lengths.insert(*letter, work::length(arg.ty(), axis as i64));
        }
    }
    lengths.values().product()
}

fn inner_subscripts(a: usize, b: usize) -> String {
    let letters: Vec<char> = ('a'..='y').collect();
    let left: String = letters[..a.saturating_sub(1)].iter().collect();
    let right: String = letters[a..a + b.saturating_sub(1)].iter().collect();
    format!("{left}z,{right}z->{left}{right}")
}

fn contract(target: Target, args: &[EvalArg], rule: fn(Target, &[Arg]) -> Inferred, text: &str) -> Evaluated {
    let ty = result_type(target, args, rule)?;
    let values = args.iter().map(value).collect::<Result<Vec<_>, _>>()?;
    sum_of_products(&ty, text, &values)
}

/// More products than this are left to ndarray, which adds them up in another order.
const LARGE: usize = 1 << 16;

/// Matrix products by their subscripts, batches by `...` letters.
fn product(target: Target, args: &[EvalArg], rule: fn(Target, &[Arg]) -> Inferred) -> Evaluated {
    let ty = result_type(target, args, rule)?;
    let (a, b) = (value(&args[0])?, value(&args[1])?);
    if ty.dtype().is_some_and(DType::is_float)
        && let (Ok(x), Ok(y)) = (a.to_f64().into_dimensionality::<Ix2>(), b.to_f64().into_dimensionality::<Ix2>())
        && x.ncols() == y.nrows()
        && x.len() * y.ncols() > LARGE
    {
        return Ok(of_floats(&ty, x.dot(&y).into_dyn()));
    }
    let letters: Vec<char> = ('a'..='w').collect();
    let (ra, rb) = (a.shape().len(), b.shape().len());
    let batch = ra.max(rb).saturating_sub(2);
    let of = |rank: usize, last: &str, vector: &str| -> String {
        if rank == 1 {
            return vector.to_owned();
        }
        let own = rank - 2;
        letters[batch - own..batch].iter().collect::<String>() + last
    };
    let (x, y) = (of(ra, "xz", "z"), of(rb, "zy", "z"));
    let out: String = letters[..batch].iter().collect::<String>() + if ra > 1 { "x" } else { "" } + if rb > 1 { "y" } else { "" };
    sum_of_products(&ty, &format!("{x},{y}->{out}"), &[a, b])
}

/// Einstein summation by plain loops; an axis of length 1 broadcasts.
fn sum_of_products(ty: &Type, text: &str, values: &[&crate::ir::Value]) -> Evaluated {
    let (inputs, output) = subscripts(text).map_err(|e| EvalError(e.0))?;
    let mut lengths: BTreeMap<char, usize> = BTreeMap::new();
    for (letters, value) in inputs.iter().zip(values) {
        if letters.len() != value.shape().len() {
            return refuse("ranks do not fit the subscripts");
        }
        for (letter, n) in letters.iter().zip(value.shape()) {
            let known = lengths.entry(*letter).or_insert(*n);
            if *known == 1 {
                *known = *n;
            } else if *known != *n && *n != 1 {
                return refuse(format!("lengths {known} and {n} differ"));
            }
        }
    }
    let summed: Vec<char> = lengths.keys().filter(|c| !output.contains(c)).copied().collect();
    let plan = Plan { inputs: &inputs, output: &output, summed: &summed, lengths: &lengths };
    if ty.dtype().is_some_and(DType::is_float) {
        let data: Vec<ArrayD<f64>> = values.iter().map(|v| v.to_f64()).collect();
        return Ok(of_floats(ty, plan.run(&data, 0.0, 1.0, |p, x| p * x, |s, p| s + p)));
    }
    let data: Vec<ArrayD<i128>> = values.iter().map(|v| ints(v)).collect();
    Ok(of_ints(ty, plan.run(&data, 0, 1, i128::wrapping_mul, i128::wrapping_add)))
}

struct Plan<'a> {
    inputs: &'a [Vec<char>],
    output: &'a [char],
    summed: &'a [char],
    lengths: &'a BTreeMap<char, usize>,
}

impl Plan<'_> {
    fn run<T: Copy>(&self, data: &[ArrayD<T>], zero: T, one: T, times: impl Fn(T, T) -> T, plus: impl Fn(T, T) -> T) -> ArrayD<T> {
        let flat: Vec<Vec<T>> = data.iter().map(|a| a.iter().copied().collect()).collect();
        let order: Vec<char> = self.output.iter().chain(self.summed).copied().collect();
        let strides: Vec<Vec<usize>> = self.inputs.iter().zip(data).map(|(letters, a)| strides_of(letters, a.shape(), &order)).collect();
        let shape: Vec<usize> = self.output.iter().map(|c| self.lengths[c]).collect();
        let inner: Vec<usize> = self.summed.iter().map(|c| self.lengths[c]).collect();
        let terms: usize = inner.iter().product();
        ArrayD::from_shape_fn(IxDyn(&shape), |index| {
            let start: Vec<usize> = strides.iter().map(|s| (0..shape.len()).map(|i| index[i] * s[i]).sum()).collect();
            let mut total = zero;
            for term in 0..terms {
                let (mut rest, mut at) = (term, start.clone());
                for axis in (0..inner.len()).rev() {
                    let position = rest % inner[axis];
                    rest /= inner[axis];
                    for (place, stride) in at.iter_mut().zip(&strides) {
                        *place += position * stride[shape.len() + axis];
                    }
                }
                let product = flat.iter().zip(&at).fold(one, |product, (values, place)| times(product, values[*place]));
                total = if inner.is_empty() { product } else { plus(total, product) };
            }
            total
        })
    }
}

/// For each letter, how far a step along it moves in the row-major data; a repeated letter moves along both axes.
fn strides_of(letters: &[char], shape: &[usize], order: &[char]) -> Vec<usize> {
    let mut steps = vec![1usize; shape.len()];
    for i in (0..shape.len().saturating_sub(1)).rev() {
        steps[i] = steps[i + 1] * shape[i + 1];
    }
    let step = |c: &char| letters.iter().zip(&steps).zip(shape).filter(|((d, _), n)| *d == c && **n != 1).map(|((_, s), _)| *s).sum();
    order.iter().map(step).collect()
}

fn index_of(index: &IxDyn) -> Vec<usize> {
    index.slice().to_vec()
}

fn padded(shape: &[usize], rank: usize) -> Vec<usize> {
    let mut padded = vec![1; rank - shape.len()];
    padded.extend(shape);
    padded
}

fn reshaped<T: Clone>(a: ArrayD<T>, shape: &[usize]) -> Result<ArrayD<T>, EvalError> {
    let data: Vec<T> = a.iter().cloned().collect();
    ArrayD::from_shape_vec(IxDyn(shape), data).map_err(|e| EvalError(e.to_string()))
}

fn flattened(v: &crate::ir::Value) -> crate::ir::Value {
    let ravel = crate::ir::OpId::get("ravel").def();
    (ravel.eval)(Target::Numpy, &[EvalArg::Value(v)]).unwrap_or_else(|_| v.clone())
}

fn transposed(v: &crate::ir::Value) -> Evaluated {
    let transpose = crate::ir::OpId::get("transpose").def();
    (transpose.eval)(Target::Numpy, &[EvalArg::Value(v)])
}
