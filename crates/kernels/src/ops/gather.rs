use smallvec::SmallVec;

use super::layout::strides;
use super::reserved;
use crate::{Element, Error, Integer, Result, Shape, Tensor};

/// The places on an axis that indices name; negative ones count from the end. The indices' axes stand where the axis was.
///
/// # Errors
/// If an index lies outside of the axis.
pub fn take<T: Element, I: Integer>(a: &Tensor<T>, indices: &Tensor<I>, axis: usize) -> Result<Tensor<T>> {
    let Some(&length) = a.shape().get(axis) else { return Err(Error::operand("take", format!("no axis {axis} in {:?}", a.shape()))) };
    let (before, after) = (&a.shape()[..axis], &a.shape()[axis + 1..]);
    let shape: Shape = before.iter().chain(indices.shape()).chain(after).copied().collect();
    reserved::<T>("take", &shape)?;
    let places = indices.elements().iter().map(|i| place("take", i.to_i64(), length)).collect::<Result<Vec<usize>>>()?;
    let inner: usize = after.iter().product();
    Ok(Tensor::build(&shape, |out| {
        if out.is_empty() {
            return;
        }
        let blocks = a.elements().chunks_exact(length * inner);
        for (out, block) in out.chunks_exact_mut(places.len() * inner).zip(blocks) {
            for (out, place) in out.chunks_exact_mut(inner).zip(&places) {
                out.copy_from_slice(&block[place * inner..(place + 1) * inner]);
            }
        }
    }))
}

/// Each element from the place on an axis that the index at its own place names; negative indices count from the end.
///
/// # Errors
/// If an index lies outside of the axis, or the indices are longer than the tensor on another axis.
pub fn take_along_axis<T: Element, I: Integer>(a: &Tensor<T>, indices: &Tensor<I>, axis: usize) -> Result<Tensor<T>> {
    let places = along("take_along_axis", a.shape(), indices, axis)?;
    Ok(Tensor::build(indices.shape(), |out| out.iter_mut().zip(&places).for_each(|(o, p)| *o = a.elements()[*p])))
}

/// The parts that lists of indices along the last axis name, after `batch` axes that both have.
///
/// # Errors
/// If an index lies outside of its axis, or the axes do not fit.
pub fn gather_nd<T: Element, I: Integer>(a: &Tensor<T>, indices: &Tensor<I>, batch: usize) -> Result<Tensor<T>> {
    let parts = Parts::new("gather_nd", a.shape(), indices, batch)?;
    let lead = &indices.shape()[..indices.rank() - 1];
    let shape: Shape = lead.iter().chain(&a.shape()[batch + parts.depth..]).copied().collect();
    reserved::<T>("gather_nd", &shape)?;
    Ok(Tensor::build(&shape, |out| {
        for (out, begin) in out.chunks_exact_mut(parts.inner.max(1)).zip(&parts.begins) {
            out.copy_from_slice(&a.elements()[*begin..begin + parts.inner]);
        }
    }))
}

/// The blocks of a tensor that lists of indices name.
pub(super) struct Parts {
    /// How many axes a list of indices names.
    depth: usize,
    /// Elements of a block.
    pub inner: usize,
    /// Where each block begins.
    pub begins: Vec<usize>,
}

impl Parts {
    pub fn new<I: Integer>(op: &'static str, shape: &[usize], indices: &Tensor<I>, batch: usize) -> Result<Parts> {
        let misfit = || Error::shapes(op, shape, indices.shape());
        let (depth, lead) = indices.shape().split_last().ok_or_else(misfit)?;
        let common = |s: &[usize]| s.get(..batch).map(Shape::from_slice);
        if shape.len() < batch.saturating_add(*depth) || common(shape).is_none() || common(lead) != common(shape) {
            return Err(misfit());
        }
        let inner: usize = shape[batch + depth..].iter().product();
        let block: usize = shape[batch..].iter().product();
        let per_batch: usize = lead[batch..].iter().product();
        let strides = strides(&shape[batch..]);
        let count: usize = lead.iter().product();
        let mut begins = Vec::with_capacity(count);
        for i in 0..count {
            let list = &indices.elements()[i * depth..(i + 1) * depth];
            let mut begin = i / per_batch * block;
            for (axis, index) in list.iter().enumerate() {
                begin += place(op, index.to_i64(), shape[batch + axis])? * strides[axis];
            }
            begins.push(begin);
        }
        Ok(Parts { depth: *depth, inner, begins })
    }
}

/// Where in a tensor each index along an axis points: on the other axes to its own place.
pub(super) fn along<I: Integer>(op: &'static str, shape: &[usize], indices: &Tensor<I>, axis: usize) -> Result<Vec<usize>> {
    let fits = indices.rank() == shape.len() && indices.shape().iter().zip(shape).enumerate().all(|(i, (own, n))| i == axis || own <= n);
    let Some(&length) = shape.get(axis).filter(|_| fits) else { return Err(Error::shapes(op, shape, indices.shape())) };
    let strides = strides(shape);
    let mut at: SmallVec<[usize; 6]> = SmallVec::from_elem(0, shape.len());
    let mut places = Vec::with_capacity(indices.len());
    for index in indices.elements() {
        let own: usize = at.iter().zip(&strides).enumerate().filter(|(i, _)| *i != axis).map(|(_, (i, s))| i * s).sum();
        places.push(own + place(op, index.to_i64(), length)? * strides[axis]);
        for (i, n) in at.iter_mut().zip(indices.shape()).rev() {
            *i += 1;
            if *i < *n {
                break;
            }
            *i = 0;
        }
    }
    Ok(places)
}

/// The place that an index means.
pub(super) fn place(op: &'static str, index: i64, length: usize) -> Result<usize> {
    let from_front = if index < 0 { index.saturating_add(length as i64) } else { index };
    usize::try_from(from_front).ok().filter(|i| *i < length).ok_or(Error::Index { op, index, length })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor<T: Element>(shape: &[usize], elements: &[T]) -> Tensor<T> {
        Tensor::new(shape, elements.to_vec()).unwrap()
    }

    #[test]
    fn elements_are_taken_along_an_axis() {
        let a = tensor(&[2, 3], &[1, 2, 3, 4, 5, 6]);
        assert_eq!(take_along_axis(&a, &tensor(&[1, 2], &[-1i64, 0]), 1).unwrap().elements(), [3, 1]);
        assert_eq!(take_along_axis(&a, &tensor(&[1, 3], &[1i32, 0, -1]), 0).unwrap().elements(), [4, 2, 6]);
        assert!(take_along_axis(&a, &tensor(&[1, 1], &[3i64]), 1).is_err());
        assert!(take_along_axis(&a, &tensor(&[3, 1], &[0i64; 3]), 1).is_err());
        assert!(take_along_axis(&a, &tensor(&[1], &[0i64]), 0).is_err() && take_along_axis(&a, &tensor(&[1, 1], &[0i64]), 2).is_err());
    }

    #[test]
    fn lists_of_indices_name_parts() {
        let a = tensor(&[2, 2, 2], &[0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(gather_nd(&a, &tensor(&[2, 2], &[0i64, 1, 1, -2]), 0).unwrap(), tensor(&[2, 2], &[2, 3, 4, 5]));
        assert_eq!(gather_nd(&a, &tensor(&[2, 1], &[1i64, 0]), 1).unwrap(), tensor(&[2, 2], &[2, 3, 4, 5]));
        assert_eq!(gather_nd(&a, &tensor(&[1, 3], &[1i64, 1, 1]), 0).unwrap(), tensor(&[1], &[7]));
        assert!(gather_nd(&a, &tensor(&[1, 1], &[2i64]), 0).is_err() && gather_nd(&a, &tensor(&[1, 4], &[0i64; 4]), 0).is_err());
        assert!(gather_nd(&a, &tensor(&[3, 1], &[0i64; 3]), 1).is_err() && gather_nd(&a, &Tensor::scalar(0i64), 0).is_err());
    }
}
