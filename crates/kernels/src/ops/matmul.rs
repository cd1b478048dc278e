use crate::gemm::{Matrix, Product};
use crate::map::broadcast;
use crate::{Error, Result, Shape, Tensor, threads};

/// The matrix product over the last two axes; the axes before broadcast. A vector counts as a row on the left and as a column on
/// the right, and its axis is not part of the result.
///
/// # Errors
/// If the inner lengths differ or the outer axes do not broadcast.
pub fn matmul<T: Product>(a: &Tensor<T>, b: &Tensor<T>) -> Result<Tensor<T>> {
    let misfit = || Error::shapes("matmul", a.shape(), b.shape());
    let (left, right) = (as_matrices(a.shape(), true), as_matrices(b.shape(), false));
    let (Some((batch_a, m, k)), Some((batch_b, inner, n))) = (left, right) else { return Err(misfit()) };
    if k != inner {
        return Err(misfit());
    }
    let batch = broadcast("matmul", &[batch_a, batch_b])?;
    let mut shape = batch.clone();
    shape.extend((a.rank() > 1).then_some(m));
    shape.extend((b.rank() > 1).then_some(n));
    Ok(Tensor::build(&shape, |out| {
        if m * n == 0 {
            return;
        }
        if batch_b.iter().all(|d| *d == 1) {
            // One matrix on the right: the rows of all batches on the left are one matrix.
            let rows = batch.iter().product::<usize>() * m;
            return T::product((rows, k, n), Matrix::rows(a.elements(), k), Matrix::rows(b.elements(), n), out, false);
        }
        let work = out.len() * k;
        threads::share_rows(out, m * n, work, |first, out| {
            for (i, out) in (first..).zip(out.chunks_exact_mut(m * n)) {
                let (x, y) = (place(i, &batch, batch_a) * m * k, place(i, &batch, batch_b) * k * n);
                T::product((m, k, n), Matrix::rows(&a.elements()[x..], k), Matrix::rows(&b.elements()[y..], n), out, false);
            }
        });
    }))
}

/// Leading axes, rows, columns.
fn as_matrices(shape: &[usize], left: bool) -> Option<(&[usize], usize, usize)> {
    match shape {
        [] => None,
        [n] if left => Some((&[], 1, *n)),
        [n] => Some((&[], *n, 1)),
        [batch @ .., m, n] => Some((batch, *m, *n)),
    }
}

/// Which of the matrices of an operand the `i`-th matrix of the result is made of.
fn place(i: usize, batch: &Shape, own: &[usize]) -> usize {
    let (mut rest, mut at, mut stride) = (i, 0, 1);
    for axis in (0..batch.len()).rev() {
        let index = rest % batch[axis];
        rest /= batch[axis];
        if let Some(own_axis) = (axis + own.len()).checked_sub(batch.len()) {
            at += if own[own_axis] == 1 { 0 } else { index * stride };
            stride *= own[own_axis];
        }
    }
    at
}
