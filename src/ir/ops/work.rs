//! How much the ops do: FLOPs and bytes for shapes that are all numbers.

use crate::ir::{Arg, DType, Type, Work, WorkKind};

/// Number of elements; 1 where a length is not a number.
pub(super) fn size(ty: &Type) -> f64 {
    match ty {
        Type::Tuple(items) => items.iter().map(size).sum(),
        other => other.shape().dims().unwrap_or(&[]).iter().map(|d| d.as_known().unwrap_or(1) as f64).product(),
    }
}

pub(super) fn bytes(ty: &Type) -> f64 {
    match ty {
        Type::Tuple(items) => items.iter().map(bytes).sum(),
        other => size(other) * other.dtype().unwrap_or(DType::F64).size() as f64,
    }
}

/// A length of a type, 1 if unknown.
pub(super) fn length(ty: &Type, axis: i64) -> f64 {
    let shape = ty.shape();
    let dim = shape.axis(axis).and_then(|axis| shape.dims()?[axis].as_known());
    dim.unwrap_or(1) as f64
}

fn traffic(args: &[Arg], out: &Type) -> f64 {
    args.iter().map(|arg| bytes(arg.ty())).sum::<f64>() + bytes(out)
}

/// A pass over operands and result with so many operations for each element of the result.
pub(super) fn stream(args: &[Arg], out: &Type) -> Work {
    Work { kind: WorkKind::Stream, flops: size(out), bytes: traffic(args, out) }
}

pub(super) fn division(args: &[Arg], out: &Type) -> Work {
    Work { kind: WorkKind::Division, flops: size(out), bytes: traffic(args, out) }
}

pub(super) fn transcendental(args: &[Arg], out: &Type) -> Work {
    Work { kind: WorkKind::Transcendental, flops: size(out), bytes: traffic(args, out) }
}

/// Several passes with temporaries, of which one is transcendental.
pub(super) fn transcendental_passes(args: &[Arg], _: &Type) -> Work {
    let ty = args[0].ty();
    Work { kind: WorkKind::Transcendental, flops: size(ty), bytes: 4.0 * bytes(ty) }
}

pub(super) fn reduction(args: &[Arg], out: &Type) -> Work {
    Work { kind: WorkKind::Reduction, flops: size(args[0].ty()), bytes: traffic(args, out) }
}

/// A reduction that makes a temporary as large as its operand first.
pub(super) fn reduction_passes(args: &[Arg], out: &Type) -> Work {
    let ty = args[0].ty();
    Work { kind: WorkKind::Reduction, flops: 4.0 * size(ty), bytes: 3.0 * bytes(ty) + bytes(out) }
}

pub(super) fn movement(args: &[Arg], out: &Type) -> Work {
    Work { kind: WorkKind::Move, flops: 0.0, bytes: traffic(args, out) }
}

/// Writes the result and reads next to nothing.
pub(super) fn fill(_: &[Arg], out: &Type) -> Work {
    Work { kind: WorkKind::Move, flops: 0.0, bytes: bytes(out) }
}

pub(super) fn view(_: &[Arg], _: &Type) -> Work {
    Work { kind: WorkKind::View, flops: 0.0, bytes: 0.0 }
}

pub(super) fn sort(args: &[Arg], out: &Type) -> Work {
    let n = size(args[0].ty());
    Work { kind: WorkKind::Sort, flops: n * n.max(2.0).log2(), bytes: traffic(args, out) }
}

/// A matrix product: `2 k` operations for each element of the result.
pub(super) fn product(args: &[Arg], out: &Type) -> Work {
    let (a, b) = (args[0].ty(), args[1].ty());
    let k = length(a, -1);
    let vector = a.rank() == Some(1) || b.rank() == Some(1) || length(a, -2) <= 1.0 || length(b, -1) <= 1.0;
    Work { kind: if vector { WorkKind::Gemv } else { WorkKind::Gemm }, flops: 2.0 * k * size(out), bytes: traffic(args, out) }
}

/// A factorization of square matrices with `factor * n³` operations.
pub(super) fn factorization(args: &[Arg], out: &Type, factor: f64) -> Work {
    let n = length(args[0].ty(), -1);
    Work { kind: WorkKind::Lapack, flops: factor * n * size(args[0].ty()), bytes: traffic(args, out) }
}
