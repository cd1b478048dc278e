use crate::{Element, Error, Integer, Result, Shape, Tensor};

/// The places on an axis that indices name; negative ones count from the end. The indices' axes stand where the axis was.
///
/// # Errors
/// If an index lies outside of the axis.
pub fn take<T: Element, I: Integer>(a: &Tensor<T>, indices: &Tensor<I>, axis: usize) -> Result<Tensor<T>> {
    let Some(&length) = a.shape().get(axis) else { return Err(Error::operand("take", format!("no axis {axis} in {:?}", a.shape()))) };
    let (before, after) = (&a.shape()[..axis], &a.shape()[axis + 1..]);
    let shape: Shape = before.iter().chain(indices.shape()).chain(after).copied().collect();
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

/// The place that an index means.
pub(super) fn place(op: &'static str, index: i64, length: usize) -> Result<usize> {
    let from_front = if index < 0 { index.saturating_add(length as i64) } else { index };
    usize::try_from(from_front).ok().filter(|i| *i < length).ok_or(Error::Index { op, index, length })
}
