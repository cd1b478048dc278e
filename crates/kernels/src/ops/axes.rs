use smallvec::SmallVec;

use super::reserved;
use crate::{Element, Error, Result, Shape, Tensor};

/// A new axis of length 1 before another or behind all.
///
/// # Errors
/// If the place is beyond the end.
pub fn expand_dims<T: Element>(a: &Tensor<T>, axis: usize) -> Result<Tensor<T>> {
    if axis > a.rank() {
        return Err(Error::operand("expand_dims", format!("no place {axis} among the axes of {:?}", a.shape())));
    }
    let mut shape = Shape::from_slice(a.shape());
    shape.insert(axis, 1);
    a.with_shape(&shape)
}

/// Without an axis of length 1.
///
/// # Errors
/// If the axis is not there or longer.
pub fn squeeze<T: Element>(a: &Tensor<T>, axis: usize) -> Result<Tensor<T>> {
    if a.shape().get(axis) != Some(&1) {
        return Err(Error::operand("squeeze", format!("axis {axis} of {:?} is not of length 1", a.shape())));
    }
    let mut shape = Shape::from_slice(a.shape());
    shape.remove(axis);
    a.with_shape(&shape)
}

/// The elements in row-major order as a vector.
///
/// # Errors
/// Never; the result is one for uniformity.
pub fn ravel<T: Element>(a: &Tensor<T>) -> Result<Tensor<T>> {
    a.with_shape(&[a.len()])
}

/// The length of an axis.
///
/// # Errors
/// If the axis is not there.
pub fn dim<T: Element>(a: &Tensor<T>, axis: usize) -> Result<Tensor<i64>> {
    let length = a.shape().get(axis).ok_or_else(|| Error::operand("dim", format!("no axis {axis} in {:?}", a.shape())))?;
    Ok(Tensor::scalar(*length as i64))
}

/// The number of elements.
///
/// # Errors
/// Never; the result is one for uniformity.
pub fn numel<T: Element>(a: &Tensor<T>) -> Result<Tensor<i64>> {
    Ok(Tensor::scalar(a.len() as i64))
}

/// Some axes in reverse order.
///
/// # Errors
/// If an axis is not there.
pub fn flip<T: Element>(a: &Tensor<T>, axes: &[usize]) -> Result<Tensor<T>> {
    axes.iter().try_fold(a.clone(), |a, &axis| super::slice(&a, axis, -1, i64::MIN, -1))
}

/// Tensors of one shape side by side along a new axis.
///
/// # Errors
/// If there are none, or their shapes differ.
pub fn stack<T: Element>(axis: usize, tensors: &[&Tensor<T>]) -> Result<Tensor<T>> {
    let wider = tensors.iter().map(|t| expand_dims(t, axis)).collect::<Result<Vec<_>>>()?;
    super::concat(axis, &wider.iter().collect::<Vec<_>>())
}

/// The whole repeated along each axis; missing axes, of the tensor or of the counts, are leading ones of length 1.
///
/// # Errors
/// If the result is too large.
pub fn tile<T: Element>(a: &Tensor<T>, reps: &[usize]) -> Result<Tensor<T>> {
    let rank = a.rank().max(reps.len());
    let mut shape: Shape = SmallVec::from_elem(1, rank - a.rank());
    shape.extend_from_slice(a.shape());
    let mut out = a.with_shape(&shape)?;
    for (i, &times) in reps.iter().enumerate().rev().filter(|(_, times)| **times != 1) {
        let axis = rank - reps.len() + i;
        let block: usize = shape[axis..].iter().product();
        shape[axis] = shape[axis].checked_mul(times).ok_or_else(|| Error::operand("tile", "a length that does not fit"))?;
        reserved::<T>("tile", &shape)?;
        let source = out;
        out = Tensor::build(&shape, |out| {
            if out.is_empty() {
                return;
            }
            for (out, x) in out.chunks_exact_mut(block * times).zip(source.elements().chunks_exact(block)) {
                out.chunks_exact_mut(block).for_each(|part| part.copy_from_slice(x));
            }
        });
    }
    Ok(out)
}

/// Zero above the `k`-th diagonal of the last two axes.
///
/// # Errors
/// If there are less than two axes.
pub fn tril<T: Element>(a: &Tensor<T>, k: i64) -> Result<Tensor<T>> {
    kept("tril", a, |row, column| column - row <= k)
}

/// Zero below the `k`-th diagonal of the last two axes.
///
/// # Errors
/// If there are less than two axes.
pub fn triu<T: Element>(a: &Tensor<T>, k: i64) -> Result<Tensor<T>> {
    kept("triu", a, |row, column| column - row >= k)
}

fn kept<T: Element>(op: &'static str, a: &Tensor<T>, keep: impl Fn(i64, i64) -> bool) -> Result<Tensor<T>> {
    let [.., rows, columns] = a.shape() else { return Err(Error::operand(op, format!("{:?} is no matrix", a.shape()))) };
    Ok(Tensor::build(a.shape(), |out| {
        if out.is_empty() {
            return;
        }
        for (i, (out, x)) in out.chunks_exact_mut(*columns).zip(a.elements().chunks_exact(*columns)).enumerate() {
            let row = (i % rows) as i64;
            out.iter_mut().zip(x).enumerate().for_each(|(j, (o, x))| *o = if keep(row, j as i64) { *x } else { T::default() });
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(shape: &[usize]) -> Tensor<i32> {
        Tensor::new(shape, (0..shape.iter().product::<usize>() as i32).collect()).unwrap()
    }

    #[test]
    fn axes_come_and_go() {
        let a = counted(&[2, 3]);
        assert_eq!(expand_dims(&a, 2).unwrap().shape(), [2, 3, 1]);
        assert_eq!(squeeze(&expand_dims(&a, 1).unwrap(), 1).unwrap(), a);
        assert!(expand_dims(&a, 3).is_err() && squeeze(&a, 1).is_err() && squeeze(&a, 7).is_err() && dim(&a, 2).is_err());
    }

    #[test]
    fn tiles_repeat_whole_axes() {
        let tiled = tile(&counted(&[2, 2]), &[2, 1, 2]).unwrap();
        assert_eq!(tiled.shape(), [2, 2, 4]);
        assert_eq!(tiled.elements(), [0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3]);
        assert_eq!(tile(&counted(&[2, 2]), &[3, 0]).unwrap().shape(), [6, 0]);
        assert!(tile(&counted(&[2]), &[usize::MAX]).is_err() && tile(&counted(&[1]), &[usize::MAX / 2]).is_err());
    }

    #[test]
    fn axes_are_reversed_and_stacked() {
        let a = counted(&[2, 2]);
        assert_eq!(flip(&a, &[0, 1]).unwrap().elements(), [3, 2, 1, 0]);
        assert_eq!(stack(1, &[&a, &a]).unwrap().elements(), [0, 1, 0, 1, 2, 3, 2, 3]);
        assert!(stack::<i32>(0, &[]).is_err() && stack(0, &[&a, &counted(&[4])]).is_err() && flip(&a, &[2]).is_err());
    }

    #[test]
    fn triangles_are_kept() {
        let a = counted(&[3, 3]);
        assert_eq!(tril(&a, 0).unwrap().elements(), [0, 0, 0, 3, 4, 0, 6, 7, 8]);
        assert_eq!(triu(&a, 1).unwrap().elements(), [0, 1, 2, 0, 0, 5, 0, 0, 0]);
        assert!(tril(&counted(&[3]), 0).is_err());
    }
}
