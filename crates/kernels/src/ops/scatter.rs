use super::gather::{Parts, along, place};
use crate::{Element, Error, Integer, Number, Result, Tensor};

/// A copy in which each update replaces the element at the place on an axis that its index names.
///
/// # Errors
/// If an index lies outside of the axis, or indices and updates do not fit.
pub fn scatter<T: Element, I: Integer>(a: &Tensor<T>, indices: &Tensor<I>, updates: &Tensor<T>, axis: usize) -> Result<Tensor<T>> {
    put("scatter", a, indices, updates, axis, |_, update| update)
}

/// As [`scatter`], with each update added (`add`), multiplied (`mul`) or compared (`max`, `min`) with what is there.
///
/// # Errors
/// If an index lies outside of the axis, indices and updates do not fit, or the reduction is another.
pub fn scatter_reduce<T: Number, I: Integer>(
    a: &Tensor<T>,
    indices: &Tensor<I>,
    updates: &Tensor<T>,
    axis: usize,
    reduction: &str,
) -> Result<Tensor<T>> {
    put("scatter_reduce", a, indices, updates, axis, reduced("scatter_reduce", reduction)?)
}

/// A copy in which each part of the updates replaces the part that a list of indices names.
///
/// # Errors
/// If an index lies outside of its axis, or indices and updates do not fit.
pub fn scatter_nd<T: Element, I: Integer>(a: &Tensor<T>, indices: &Tensor<I>, updates: &Tensor<T>) -> Result<Tensor<T>> {
    put_parts("scatter_nd", a, indices, updates, |_, update| update)
}

/// As [`scatter_nd`], with each update added (`add`), multiplied (`mul`) or compared (`max`, `min`) with what is there.
///
/// # Errors
/// If an index lies outside of its axis, indices and updates do not fit, or the reduction is another.
pub fn scatter_nd_reduce<T: Number, I: Integer>(
    a: &Tensor<T>,
    indices: &Tensor<I>,
    updates: &Tensor<T>,
    reduction: &str,
) -> Result<Tensor<T>> {
    put_parts("scatter_nd_reduce", a, indices, updates, reduced("scatter_nd_reduce", reduction)?)
}

/// The first places along an axis in reverse order, as many as the length that is given for each place of the batch axis.
///
/// # Errors
/// If a length is longer than the axis, or there are not as many as places.
pub fn reverse_sequence<T: Element, I: Integer>(a: &Tensor<T>, lengths: &Tensor<I>, time: usize, batch: usize) -> Result<Tensor<T>> {
    let (Some(&steps), Some(&count)) = (a.shape().get(time), a.shape().get(batch)) else {
        return Err(Error::operand("reverse_sequence", format!("axes {time} and {batch} of {:?}", a.shape())));
    };
    if lengths.shape() != [count] || time == batch {
        return Err(Error::shapes("reverse_sequence", a.shape(), lengths.shape()));
    }
    let mut held = Vec::with_capacity(count);
    for length in lengths.elements() {
        let fits = usize::try_from(length.to_i64()).ok().filter(|n| *n <= steps);
        held.push(fits.ok_or(Error::Index { op: "reverse_sequence", index: length.to_i64(), length: steps })?);
    }
    let strides = super::layout::strides(a.shape());
    Ok(Tensor::build(a.shape(), |out| {
        for (i, o) in out.iter_mut().enumerate() {
            let (t, length) = (i / strides[time] % steps, held[i / strides[batch] % count]);
            let from = if t < length { length - 1 - t } else { t };
            *o = a.elements()[i - t * strides[time] + from * strides[time]];
        }
    }))
}

/// A copy with updates written after what is there, from a place of each batch on along an axis, around its end if `circular`.
///
/// # Errors
/// If the updates do not fit the tensor.
pub fn tensor_scatter<T: Element, I: Integer>(
    a: &Tensor<T>,
    updates: &Tensor<T>,
    starts: &Tensor<I>,
    axis: usize,
    circular: bool,
) -> Result<Tensor<T>> {
    let misfit = || Error::shapes("tensor_scatter", a.shape(), updates.shape());
    let fits = a.rank() == updates.rank() && a.shape().iter().zip(updates.shape()).enumerate().all(|(i, (n, own))| i == axis || n == own);
    if !fits || axis == 0 || axis >= a.rank() || starts.shape() != &a.shape()[..1] {
        return Err(misfit());
    }
    let (length, steps) = (a.shape()[axis], updates.shape()[axis]);
    let inner: usize = a.shape()[axis + 1..].iter().product();
    let per_batch: usize = a.shape()[1..axis].iter().product();
    let mut out = a.clone();
    if updates.len() == 0 {
        return Ok(out);
    }
    let elements = out.elements_mut();
    for (row, update) in updates.elements().chunks_exact(steps * inner).enumerate() {
        let start = starts.elements()[row / per_batch].to_i64();
        for (step, update) in update.chunks_exact(inner).enumerate() {
            let at = start.saturating_add(step as i64);
            let at = if circular { at.rem_euclid(length as i64) } else { at };
            let begin = (row * length + place("tensor_scatter", at, length)?) * inner;
            elements[begin..begin + inner].copy_from_slice(update);
        }
    }
    Ok(out)
}

fn put<T: Element, I: Integer>(
    op: &'static str,
    a: &Tensor<T>,
    indices: &Tensor<I>,
    updates: &Tensor<T>,
    axis: usize,
    f: impl Fn(T, T) -> T,
) -> Result<Tensor<T>> {
    if indices.shape() != updates.shape() {
        return Err(Error::shapes(op, indices.shape(), updates.shape()));
    }
    let places = along(op, a.shape(), indices, axis)?;
    let mut out = a.clone();
    let elements = out.elements_mut();
    for (place, update) in places.into_iter().zip(updates.elements()) {
        elements[place] = f(elements[place], *update);
    }
    Ok(out)
}

fn put_parts<T: Element, I: Integer>(
    op: &'static str,
    a: &Tensor<T>,
    indices: &Tensor<I>,
    updates: &Tensor<T>,
    f: impl Fn(T, T) -> T,
) -> Result<Tensor<T>> {
    let parts = Parts::new(op, a.shape(), indices, 0)?;
    if updates.len() != parts.begins.len() * parts.inner {
        return Err(Error::shapes(op, indices.shape(), updates.shape()));
    }
    let mut out = a.clone();
    let elements = out.elements_mut();
    for (begin, update) in parts.begins.iter().zip(updates.elements().chunks_exact(parts.inner.max(1))) {
        for (o, update) in elements[*begin..begin + parts.inner].iter_mut().zip(update) {
            *o = f(*o, *update);
        }
    }
    Ok(out)
}

fn reduced<T: Number>(op: &'static str, name: &str) -> Result<fn(T, T) -> T> {
    match name {
        "add" => Ok(T::plus),
        "mul" => Ok(T::times),
        "max" => Ok(T::larger),
        "min" => Ok(T::smaller),
        _ => Err(Error::operand(op, format!("no reduction is named `{name}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor<T: Element>(shape: &[usize], elements: &[T]) -> Tensor<T> {
        Tensor::new(shape, elements.to_vec()).unwrap()
    }

    #[test]
    fn updates_go_along_an_axis() {
        let a = tensor(&[1, 5], &[1.0, 2.0, 3.0, 4.0, 5.0]);
        let (at, updates) = (tensor(&[1, 2], &[1i64, 1]), tensor(&[1, 2], &[1.5, 0.5]));
        assert_eq!(scatter(&a, &at, &updates, 1).unwrap().elements(), [1.0, 0.5, 3.0, 4.0, 5.0]);
        for (reduction, expected) in [("add", 4.0), ("mul", 1.5), ("max", 2.0), ("min", 0.5)] {
            assert_eq!(scatter_reduce(&a, &at, &updates, 1, reduction).unwrap().elements()[1], expected, "{reduction}");
        }
        assert!(scatter(&a, &tensor(&[1, 2], &[0i64, 5]), &updates, 1).is_err() && scatter(&a, &at, &a, 1).is_err());
        assert!(scatter_reduce(&a, &at, &updates, 1, "none").is_err());
    }

    #[test]
    fn parts_are_replaced() {
        let a = tensor(&[3, 2], &[1, 2, 3, 4, 5, 6]);
        let put = scatter_nd(&a, &tensor(&[2, 1], &[-1i64, 0]), &tensor(&[2, 2], &[7, 8, 9, 10])).unwrap();
        assert_eq!(put.elements(), [9, 10, 3, 4, 7, 8]);
        let added = scatter_nd_reduce(&a, &tensor(&[2, 2], &[0i64, 0, 0, 0]), &tensor(&[2], &[1, 1]), "add").unwrap();
        assert_eq!(added.elements(), [3, 2, 3, 4, 5, 6]);
        assert!(scatter_nd(&a, &tensor(&[1, 1], &[3i64]), &tensor(&[1, 2], &[0, 0])).is_err());
        assert!(scatter_nd(&a, &tensor(&[1, 1], &[0i64]), &tensor(&[1], &[0])).is_err());
    }

    #[test]
    fn sequences_are_reversed_up_to_their_lengths() {
        let a = tensor(&[2, 3], &[1, 2, 3, 4, 5, 6]);
        assert_eq!(reverse_sequence(&a, &tensor(&[2], &[2i64, 3]), 1, 0).unwrap().elements(), [2, 1, 3, 6, 5, 4]);
        assert_eq!(reverse_sequence(&a, &tensor(&[3], &[1i64, 2, 0]), 0, 1).unwrap().elements(), [1, 5, 3, 4, 2, 6]);
        assert!(reverse_sequence(&a, &tensor(&[2], &[4i64, 0]), 1, 0).is_err());
        assert!(reverse_sequence(&a, &tensor(&[2], &[-1i64, 0]), 1, 0).is_err());
        assert!(reverse_sequence(&a, &tensor(&[1], &[1i64]), 1, 0).is_err() && reverse_sequence(&a, &tensor(&[1], &[1i64]), 1, 2).is_err());
    }

    #[test]
    fn updates_follow_what_is_there() {
        let (a, updates) = (tensor(&[2, 3, 1], &[1, 2, 3, 4, 5, 6]), tensor(&[2, 2, 1], &[7, 8, 9, 10]));
        let starts = tensor(&[2], &[0i64, 2]);
        assert_eq!(tensor_scatter(&a, &updates, &starts, 1, true).unwrap().elements(), [7, 8, 3, 10, 5, 9]);
        assert!(tensor_scatter(&a, &updates, &starts, 1, false).is_err());
        assert!(tensor_scatter(&a, &updates, &starts, 2, true).is_err() && tensor_scatter(&a, &updates, &starts, 0, true).is_err());
    }
}
