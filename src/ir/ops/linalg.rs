//! Inverses, systems, determinants and decompositions of the last two axes.

use ndarray::{ArrayD, IxDyn};

use super::eval::{Evaluated, attr, of_floats, refuse, value};
use super::infer::{self, Inferred, array, broadcast, equal, mean_dtype, typed};
use super::matrix::{self, Matrix};
use super::{op, work};
use crate::ir::{
    Arg, AttrKind, DType, Dim, EvalArg, EvalError, OpDef, Param::Attr as Attribute, Param::Value, Shape, Target, Type, TypeError,
    Value as Concrete, promote,
};

macro_rules! square_to {
    ($name:literal, $doc:literal, $factor:literal, $rule:ident, $f:expr) => {
        op!($name, LinearAlgebra, [Value("a")], $doc, $rule, |t, a| each(t, a, $rule, $f), |args, out| work::factorization(
            args, out, $factor
        ))
    };
}

pub(super) static OPS: &[OpDef] = &[
    square_to!("inv", "The inverse; a singular matrix is refused.", 2.0, square, |m| {
        let lu = matrix::lu(m);
        if lu.singular() { refuse("singular matrix") } else { Ok(vec![lu.solve(&Matrix::identity(m.rows))]) }
    }),
    square_to!("det", "The determinant.", 0.67, number, |m| Ok(vec![scalar(matrix::lu(m).determinant())])),
    square_to!("logdet", "The logarithm of the determinant; NaN if it is negative.", 0.67, number, |m| {
        let (sign, log) = matrix::lu(m).sign_log();
        Ok(vec![scalar(if sign < 0.0 { f64::NAN } else { log })])
    }),
    square_to!("slogdet", "Sign, and logarithm of the magnitude, of the determinant.", 0.67, sign_log, |m| {
        let (sign, log) = matrix::lu(m).sign_log();
        Ok(vec![scalar(sign), scalar(log)])
    }),
    square_to!("cholesky", "The lower factor L of L @ L.T; not positive definite is refused.", 0.33, square, |m| {
        matrix::cholesky(m).map(|l| vec![l]).ok_or_else(|| EvalError("not positive definite".to_owned()))
    }),
    square_to!("eigh", "Ascending eigenvalues and eigenvectors of a symmetric matrix.", 9.0, eigen, |m| {
        let (values, vectors) = matrix::symmetric_eigen(m);
        Ok(vec![Matrix::new(1, values.len(), values), vectors])
    }),
    square_to!("eigvalsh", "Ascending eigenvalues of a symmetric matrix.", 4.0, line, |m| {
        let (values, _) = matrix::symmetric_eigen(m);
        Ok(vec![Matrix::new(1, values.len(), values)])
    }),
    square_to!(
        "svd",
        "The thin decomposition: left vectors, descending singular values, right vectors transposed.",
        14.0,
        decomposition,
        |m| {
            let (u, s, vt) = matrix::svd(m);
            Ok(vec![u, Matrix::new(1, s.len(), s), vt])
        }
    ),
    square_to!("svdvals", "Descending singular values.", 4.0, singular_values, |m| {
        let (_, s, _) = matrix::svd(m);
        Ok(vec![Matrix::new(1, s.len(), s)])
    }),
    square_to!("qr", "The thin decomposition into orthonormal columns and an upper triangle.", 4.0, orthogonal, |m| {
        let (q, r) = matrix::qr(m);
        Ok(vec![q, r])
    }),
    square_to!("pinv", "The Moore-Penrose inverse.", 20.0, pseudo, |m| Ok(vec![matrix::pseudo_inverse(m, 1e-15)])),
    square_to!("matrix_rank", "The number of singular values that are not zero to rounding.", 4.0, rank, |m| {
        let (_, s, _) = matrix::svd(m);
        let cutoff = s.first().copied().unwrap_or(0.0) * m.rows.max(m.columns) as f64 * f64::EPSILON;
        Ok(vec![scalar(s.iter().filter(|&&x| x > cutoff).count() as f64)])
    }),
    op!(
        "trace",
        LinearAlgebra,
        [Value("a")],
        "The sum of the diagonal of the last two axes.",
        trace,
        |t, a| {
            let diagonal = crate::ir::OpId::get("diagonal").def();
            let d = (diagonal.eval)(t, a)?;
            let sum = crate::ir::OpId::get("sum").def();
            let last = crate::ir::Attr::Int(-1);
            let keep = crate::ir::Attr::Bool(false);
            (sum.eval)(t, &[EvalArg::Value(&d), EvalArg::Attr(&last), EvalArg::Attr(&keep)])
        },
        |args, out| crate::ir::Work {
            bytes: work::bytes(out) + work::length(args[0].ty(), -1) * 8.0,
            flops: work::length(args[0].ty(), -1),
            ..work::reduction(args, out)
        },
    ),
    op!(
        "solve",
        LinearAlgebra,
        [Value("a"), Value("b")],
        "x with a @ x = b, for a vector or the columns of a matrix; a singular matrix is refused.",
        solve,
        |t, a| {
            system(t, a, solve, |m, b| {
                let lu = matrix::lu(m);
                if lu.singular() { refuse("singular matrix") } else { Ok(lu.solve(b)) }
            })
        },
        |args, out| work::factorization(args, out, 0.67),
    ),
    op!(
        "solve_triangular",
        LinearAlgebra,
        [Value("a"), Value("b"), Attribute("lower", AttrKind::Bool)],
        "x with a @ x = b for a triangular matrix.",
        triangular,
        |t, a| {
            let lower = attr(&a[2]).as_bool().unwrap_or(false);
            system(t, &a[..2], triangular, |m, b| {
                let zero = (0..m.rows).any(|i| m.data[i * m.columns + i] == 0.0);
                if zero && b.columns > 0 { refuse("singular matrix") } else { Ok(matrix::triangular(m, b, lower)) }
            })
        },
        |args, out| work::factorization(args, out, 0.1),
    ),
    op!(
        "cho_solve",
        LinearAlgebra,
        [Value("l"), Value("b")],
        "x with l @ l.T @ x = b for a lower Cholesky factor.",
        triangular,
        |t, a| system(t, a, triangular, |l, b| Ok(matrix::triangular(&l.transposed(), &matrix::triangular(l, b, true), false))),
        |args, out| work::factorization(args, out, 0.2),
    ),
    op!(
        "lstsq_solution",
        LinearAlgebra,
        [Value("a"), Value("b")],
        "The x of least |a @ x - b|, the shortest of several.",
        |t, args| {
            let (_, _, a) = array(&args[0])?;
            let (_, _, b) = array(&args[1])?;
            let dtype = system_dtype(t, args)?;
            let (Some([m, n]), Some(right)) = (a.dims(), b.dims()) else {
                return if a.rank().is_some_and(|r| r != 2) {
                    infer::refuse("expected a matrix")
                } else {
                    Ok(typed(dtype, false, Shape::Unknown))
                };
            };
            let Some((rows, columns)) = right.split_first().filter(|(_, columns)| columns.len() < 2) else {
                return infer::refuse("expected a vector or matrix");
            };
            equal(m, rows)?;
            Ok(typed(dtype, false, Shape::Ranked([std::slice::from_ref(n), columns].concat())))
        },
        |t, a| {
            let rule = crate::ir::OpId::get("lstsq_solution").def().infer;
            let ty = super::eval::result_type(t, a, rule)?;
            let m = matrices(value(&a[0])?)?.remove(0);
            let b = value(&a[1])?.to_f64();
            let columns: usize = b.shape()[1..].iter().product();
            let b = Matrix::new(b.shape()[0], columns, b.iter().copied().collect());
            let x = matrix::pseudo_inverse(&m, f64::EPSILON * m.rows.max(m.columns) as f64).times(&b);
            shaped(&ty, x.data)
        },
        |args, out| work::factorization(args, out, 12.0),
    ),
    op!(
        "matrix_power",
        LinearAlgebra,
        [Value("a"), Attribute("n", AttrKind::Int)],
        "The product of n copies; of the inverse if n is negative.",
        |t, args| {
            let ty = square_shape(t, &args[..1])?;
            infer::alike(t, &args[..1])?;
            let n = args[1].attr().as_int().unwrap_or(1);
            Ok(if n < 0 { ty.with_dtype(lapack_dtype(t, ty.dtype())?) } else { ty })
        },
        |t, a| {
            let n = attr(&a[1]).as_int().unwrap_or(1);
            if n.abs() > 64 {
                return refuse("the power is too large to evaluate");
            }
            let base = value(&a[0])?;
            let ty = base.ty();
            let ty = if n < 0 { ty.with_dtype(lapack_dtype(t, ty.dtype()).map_err(|e| EvalError(e.0))?) } else { ty };
            let mut data = Vec::new();
            for m in matrices(base)? {
                let lu = matrix::lu(&m);
                if n < 0 && lu.singular() {
                    return refuse("singular matrix");
                }
                let factor = if n < 0 { lu.solve(&Matrix::identity(m.rows)) } else { m.clone() };
                let one = if n == 0 { Matrix::identity(m.rows) } else { factor.clone() };
                data.extend((1..n.abs()).fold(one, |p, _| p.times(&factor)).data);
            }
            shaped(&ty, data)
        },
        |args, out| work::factorization(args, out, 4.0),
    ),
];

fn scalar(x: f64) -> Matrix {
    Matrix::new(1, 1, vec![x])
}

/// The matrices of the last two axes.
fn matrices(v: &Concrete) -> Result<Vec<Matrix>, EvalError> {
    let [.., rows, columns] = *v.shape() else { return refuse("expected a matrix") };
    let data: Vec<f64> = v.to_f64().iter().copied().collect();
    let size = rows * columns;
    let count: usize = v.shape()[..v.shape().len() - 2].iter().product();
    Ok((0..count).map(|i| Matrix::new(rows, columns, data[i * size..(i + 1) * size].to_vec())).collect())
}

fn shaped(ty: &Type, data: Vec<f64>) -> Evaluated {
    let shape = ty.shape().value(&|_| None).ok_or_else(|| EvalError("unknown shape".to_owned()))?;
    Ok(of_floats(ty, ArrayD::from_shape_vec(IxDyn(&shape), data).map_err(|e| EvalError(e.to_string()))?))
}

/// `f` of every matrix; each of its results becomes one array.
fn each(
    target: Target,
    args: &[EvalArg],
    rule: fn(Target, &[Arg]) -> Inferred,
    f: impl Fn(&Matrix) -> Result<Vec<Matrix>, EvalError>,
) -> Evaluated {
    let ty = super::eval::result_type(target, args, rule)?;
    let v = value(&args[0])?;
    let several = matches!(ty, Type::Tuple(_));
    let types = if let Type::Tuple(items) = ty { items } else { vec![ty] };
    let mut parts: Vec<Vec<f64>> = vec![Vec::new(); types.len()];
    for m in matrices(v)? {
        if m.data.iter().any(|x| !x.is_finite()) {
            // LAPACK's answer to such input differs from build to build.
            return refuse("not finite");
        }
        for (part, matrix) in parts.iter_mut().zip(f(&m)?) {
            part.extend(matrix.data);
        }
    }
    let mut arrays = types.iter().zip(parts).map(|(ty, data)| shaped(ty, data)).collect::<Result<Vec<_>, _>>()?;
    Ok(if several { Concrete::Tuple(arrays) } else { arrays.swap_remove(0) })
}

fn system(
    target: Target,
    args: &[EvalArg],
    rule: fn(Target, &[Arg]) -> Inferred,
    f: impl Fn(&Matrix, &Matrix) -> Result<Matrix, EvalError>,
) -> Evaluated {
    let ty = super::eval::result_type(target, args, rule)?;
    let (a, b) = (value(&args[0])?, value(&args[1])?);
    if a.to_f64().iter().chain(&b.to_f64()).any(|x| !x.is_finite()) {
        return refuse("not finite");
    }
    let left = matrices(a)?;
    let vector = b.shape().len() == 1;
    let shape: Vec<usize> = if vector { vec![b.shape()[0], 1] } else { b.shape().to_vec() };
    let column = ArrayD::from_shape_vec(IxDyn(&shape), b.to_f64().iter().copied().collect()).map_err(|e| EvalError(e.to_string()))?;
    let right = matrices(&Concrete::float(DType::F64, column))?;
    let count = left.len().max(right.len());
    if right.is_empty() && target == Target::Torch {
        // No batch of right sides: PyTorch factors the matrices all the same.
        for m in &left {
            f(m, &Matrix::new(m.rows, 0, Vec::new()))?;
        }
    }
    if left.is_empty()
        || right.is_empty()
        || count % left.len() != 0
        || (left.len() != count && left.len() != 1)
        || (right.len() != count && right.len() != 1)
    {
        return if left.is_empty() || right.is_empty() { shaped(&ty, Vec::new()) } else { refuse("batches are evaluated only one to one") };
    }
    let mut data = Vec::new();
    for i in 0..count {
        data.extend(f(&left[i % left.len()], &right[i % right.len()])?.data);
    }
    shaped(&ty, data)
}

/// The axes before the last two, and those.
type Rectangles<'a> = (&'a [Dim], &'a Dim, &'a Dim);

/// The axes before the last two, and the side of the squares.
type Squares<'a> = (&'a [Dim], Dim);

/// The axes before the last two, and those.
fn matrix_dims<'a>(args: &[Arg<'a>]) -> Result<(Option<DType>, Option<Rectangles<'a>>), TypeError> {
    let (d, weak, shape) = array(&args[0])?;
    match shape.dims() {
        None => Ok((d, None)),
        Some([batch @ .., m, n]) => Ok((d, Some((batch, m, n)))),
        Some(_) if weak => infer::refuse("expected a matrix, found a Python number"),
        Some(_) => infer::refuse("expected a matrix"),
    }
}

/// A stack of square matrices, and the length of their side.
fn square_dims<'a>(args: &[Arg<'a>]) -> Result<(Option<DType>, Option<Squares<'a>>), TypeError> {
    let (d, dims) = matrix_dims(args)?;
    Ok((d, dims.map(|(batch, m, n)| equal(m, n).map(|side| (batch, side))).transpose()?))
}

fn batched(dtype: Option<DType>, batch: Option<&[Dim]>, own: &[Dim]) -> Type {
    typed(dtype, false, batch.map_or(Shape::Unknown, |batch| Shape::Ranked([batch, own].concat())))
}

fn square_shape(_: Target, args: &[Arg]) -> Inferred {
    let (d, dims) = square_dims(args)?;
    Ok(match dims {
        Some((batch, side)) => batched(d, Some(batch), &[side.clone(), side]),
        None => batched(d, None, &[]),
    })
}

/// NumPy computes integers in `f64` and refuses half precision.
fn lapack_dtype(target: Target, d: Option<DType>) -> Result<Option<DType>, TypeError> {
    match mean_dtype(target, d)? {
        Some(d @ (DType::F16 | DType::BF16)) => infer::refuse(format!("{d} is refused")),
        d => Ok(d),
    }
}

fn square(target: Target, args: &[Arg]) -> Inferred {
    let ty = square_shape(target, args)?;
    Ok(ty.with_dtype(lapack_dtype(target, ty.dtype())?))
}

fn number(target: Target, args: &[Arg]) -> Inferred {
    let (d, dims) = square_dims(args)?;
    Ok(batched(lapack_dtype(target, d)?, dims.as_ref().map(|(batch, _)| *batch), &[]))
}

fn sign_log(target: Target, args: &[Arg]) -> Inferred {
    let one = number(target, args)?;
    Ok(Type::Tuple(vec![one.clone(), one]))
}

fn line(target: Target, args: &[Arg]) -> Inferred {
    let (d, dims) = square_dims(args)?;
    let d = lapack_dtype(target, d)?;
    Ok(match dims {
        Some((batch, side)) => batched(d, Some(batch), &[side]),
        None => batched(d, None, &[]),
    })
}

fn eigen(target: Target, args: &[Arg]) -> Inferred {
    Ok(Type::Tuple(vec![line(target, args)?, square(target, args)?]))
}

fn shorter(m: &Dim, n: &Dim) -> Dim {
    match (m.as_known(), n.as_known()) {
        (Some(a), Some(b)) => Dim::known(a.min(b)),
        _ if m.same(n) => m.clone(),
        _ => Dim::Unknown,
    }
}

fn decomposition(target: Target, args: &[Arg]) -> Inferred {
    let (d, dims) = matrix_dims(args)?;
    let d = lapack_dtype(target, d)?;
    let Some((batch, m, n)) = dims else { return Ok(Type::Tuple(vec![batched(d, None, &[]); 3])) };
    let k = shorter(m, n);
    let part = |own: &[Dim]| batched(d, Some(batch), own);
    Ok(Type::Tuple(vec![part(&[m.clone(), k.clone()]), part(std::slice::from_ref(&k)), part(&[k.clone(), n.clone()])]))
}

fn singular_values(target: Target, args: &[Arg]) -> Inferred {
    let (d, dims) = matrix_dims(args)?;
    let d = lapack_dtype(target, d)?;
    Ok(dims.map_or(batched(d, None, &[]), |(batch, m, n)| batched(d, Some(batch), &[shorter(m, n)])))
}

fn orthogonal(target: Target, args: &[Arg]) -> Inferred {
    let (d, dims) = matrix_dims(args)?;
    let d = lapack_dtype(target, d)?;
    let Some((batch, m, n)) = dims else { return Ok(Type::Tuple(vec![batched(d, None, &[]); 2])) };
    let k = shorter(m, n);
    Ok(Type::Tuple(vec![batched(d, Some(batch), &[m.clone(), k.clone()]), batched(d, Some(batch), &[k, n.clone()])]))
}

fn pseudo(target: Target, args: &[Arg]) -> Inferred {
    let (d, dims) = matrix_dims(args)?;
    let d = lapack_dtype(target, d)?;
    if target == Target::Numpy && args[0].ty().shape().dims().is_some_and(|dims| dims.iter().any(|n| n.as_known() == Some(0))) {
        return infer::refuse("NumPy's answer for an empty matrix may have another dtype");
    }
    Ok(dims.map_or(batched(d, None, &[]), |(batch, m, n)| batched(d, Some(batch), &[n.clone(), m.clone()])))
}

fn rank(target: Target, args: &[Arg]) -> Inferred {
    let (d, dims) = matrix_dims(args)?;
    lapack_dtype(target, d)?;
    Ok(batched(Some(DType::I64), dims.map(|(batch, ..)| batch), &[]))
}

/// NumPy's trace of small integers is `i64`, as a sum is.
fn trace(target: Target, args: &[Arg]) -> Inferred {
    let (d, dims) = matrix_dims(args)?;
    infer::alike(target, args)?;
    Ok(batched(infer::sum_dtype(target, d), dims.map(|(batch, ..)| batch), &[]))
}

/// Each operand's own LAPACK dtype, promoted: NumPy solves `f32` beside integers in `f64`; PyTorch wants one dtype.
fn system_dtype(target: Target, args: &[Arg]) -> Result<Option<DType>, TypeError> {
    infer::alike(target, &args[..2])?;
    let [a, b] = [0, 1].map(|i| Ok(typed(lapack_dtype(target, args[i].ty().dtype())?, false, Shape::scalar())));
    Ok(promote(target, &a?, &b?).0)
}

/// SciPy solves half precision in `f32`.
fn triangular(target: Target, args: &[Arg]) -> Inferred {
    let raised = args[..2].iter().map(|arg| match arg.ty().dtype() {
        Some(DType::F16) if target == Target::Numpy => arg.ty().with_dtype(Some(DType::F32)),
        _ => arg.ty().clone(),
    });
    let raised: Vec<Type> = raised.collect();
    solve(target, &[Arg::Value(&raised[0], None), Arg::Value(&raised[1], None)])
}

fn solve(target: Target, args: &[Arg]) -> Inferred {
    let (_, dims) = square_dims(&args[..1])?;
    let (_, _, right) = array(&args[1])?;
    let dtype = system_dtype(target, args)?;
    let (Some((batch, side)), Some(right)) = (dims, right.dims()) else { return Ok(typed(dtype, false, Shape::Unknown)) };
    match right {
        [] => infer::refuse("expected a vector or matrix"),
        [n] => {
            equal(&side, n)?;
            Ok(batched(dtype, Some(batch), &[side]))
        }
        [other @ .., rows, columns] => {
            let rows = equal(&side, rows)?;
            let batch = broadcast(&Shape::Ranked(batch.to_vec()), &Shape::Ranked(other.to_vec()))?;
            Ok(batched(dtype, batch.dims(), &[rows, columns.clone()]))
        }
    }
}
