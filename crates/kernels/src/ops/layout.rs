use smallvec::SmallVec;

use crate::map::ELEMENT;
use crate::sliding::copy_short;
use crate::turn::{self, SIDE};
use crate::{Element, Error, Result, Shape, Tensor, threads};

/// The elements in row-major order in another shape.
///
/// # Errors
/// If the number of elements differs.
pub fn reshape<T: Element>(a: &Tensor<T>, shape: &[usize]) -> Result<Tensor<T>> {
    a.with_shape(shape)
}

/// One value everywhere.
///
/// # Errors
/// If `value` has several elements.
pub fn full<T: Element>(shape: &[usize], value: &Tensor<T>) -> Result<Tensor<T>> {
    let value = value.item()?;
    Ok(Tensor::build(shape, |out| out.fill(value)))
}

/// The axes in a new order.
///
/// # Errors
/// If `axes` is no permutation.
pub fn permute<T: Element>(a: &Tensor<T>, axes: &[usize]) -> Result<Tensor<T>> {
    let mut seen = axes.to_vec();
    seen.sort_unstable();
    if seen.len() != a.rank() || seen.iter().enumerate().any(|(i, axis)| i != *axis) {
        return Err(Error::operand("permute", format!("{axes:?} is no order of the axes of {:?}", a.shape())));
    }
    let strides = strides(a.shape());
    let shape: Shape = axes.iter().map(|&axis| a.shape()[axis]).collect();
    let moved: Shape = axes.iter().map(|&axis| strides[axis]).collect();
    Ok(gathered(a.elements(), &shape, 0, &moved.iter().map(|s| *s as isize).collect::<SmallVec<[isize; 6]>>()))
}

/// Repeated along axes of length 1 and along new leading axes.
///
/// # Errors
/// If the shapes do not broadcast.
pub fn broadcast_to<T: Element>(a: &Tensor<T>, shape: &[usize]) -> Result<Tensor<T>> {
    let misfit = || Error::shapes("broadcast_to", a.shape(), shape);
    let missing = shape.len().checked_sub(a.rank()).ok_or_else(misfit)?;
    let mut moved: SmallVec<[isize; 6]> = SmallVec::from_elem(0, shape.len());
    for (axis, (length, stride)) in a.shape().iter().zip(strides(a.shape())).enumerate() {
        if *length == shape[missing + axis] {
            moved[missing + axis] = stride as isize;
        } else if *length != 1 {
            return Err(misfit());
        }
    }
    Ok(gathered(a.elements(), shape, 0, &moved))
}

/// Places `start`, `start + step`, … before `stop` on an axis, as Python slices: negative places count from the end, and what lies
/// outside is held to the ends.
///
/// # Errors
/// If the step is zero or the axis is not there.
pub fn slice<T: Element>(a: &Tensor<T>, axis: usize, start: i64, stop: i64, step: i64) -> Result<Tensor<T>> {
    if step == 0 || axis >= a.rank() {
        return Err(Error::operand("slice", format!("axis {axis} of {:?} in steps of {step}", a.shape())));
    }
    let n = a.shape()[axis] as i64;
    let (low, high) = if step > 0 { (0, n) } else { (-1, n - 1) };
    let held = |place: i64| if place < 0 { place.saturating_add(n) } else { place }.clamp(low, high);
    let (start, stop) = (held(start), held(stop));
    let span = if step > 0 { stop - start } else { start - stop };
    let count = span.max(0).unsigned_abs().div_ceil(step.unsigned_abs());
    let mut shape = Shape::from_slice(a.shape());
    shape[axis] = count as usize;
    let strides = strides(a.shape());
    let mut moved: SmallVec<[isize; 6]> = strides.iter().map(|s| *s as isize).collect();
    // A step beyond the end is never taken.
    moved[axis] = moved[axis].wrapping_mul(step as isize);
    let first = if count > 0 { start as usize * strides[axis] } else { 0 };
    Ok(gathered(a.elements(), &shape, first, &moved))
}

/// Places from `start` up to `stop` on an axis.
///
/// # Errors
/// If they are not within the axis, or it is not there.
pub fn slice_within<T: Element>(a: &Tensor<T>, axis: usize, start: &[usize], stop: &[usize]) -> Result<Tensor<T>> {
    match (start, stop, a.shape().get(axis)) {
        ([start], [stop], Some(length)) if start <= stop && stop <= length => slice(a, axis, *start as i64, *stop as i64, 1),
        _ => Err(Error::operand("slice", format!("places {start:?} to {stop:?} on axis {axis} of {:?}", a.shape()))),
    }
}

/// Tensors end to end along an axis.
///
/// # Errors
/// If there are none, or lengths on other axes differ.
pub fn concat<T: Element>(axis: usize, tensors: &[&Tensor<T>]) -> Result<Tensor<T>> {
    let shape = joined(axis, tensors)?;
    let inner: usize = shape[axis + 1..].iter().product();
    let row = shape[axis] * inner;
    Ok(Tensor::build(&shape, |out| {
        let work = out.len() * ELEMENT;
        threads::share_rows(out, 1, work, |first, out| {
            let mut begin = 0;
            for tensor in tensors {
                let own = tensor.shape()[axis] * inner;
                piece(tensor.elements(), own, (begin, row), first, out);
                begin += own;
            }
        });
    }))
}

/// What of one of the tensors that are put end to end is in a part of the result, which begins at `first`: its rows have `own` elements
/// and begin at a place of the result's rows.
fn piece<T: Element>(x: &[T], own: usize, (begin, row): (usize, usize), first: usize, out: &mut [T]) {
    if own == 0 {
        return;
    }
    let end = first + out.len();
    for (i, x) in x.chunks_exact(own).enumerate().take(end.div_ceil(row)).skip(first / row) {
        let at = i * row + begin;
        let (from, to) = (at.max(first), (at + own).min(end));
        if from < to {
            copy_short(&x[from - at..to - at], &mut out[from - first..to - first]);
        }
    }
}

/// [`concat()`] of a tensor and others behind it, for which it grows in place if no axis before is longer than 1.
///
/// # Errors
/// As [`concat()`].
pub fn append<T: Element>(axis: usize, x: Tensor<T>, others: &[&Tensor<T>]) -> Result<Tensor<T>> {
    let shape = {
        let tensors: SmallVec<[&Tensor<T>; 8]> = std::iter::once(&x).chain(others.iter().copied()).collect();
        let shape = joined(axis, &tensors)?;
        if shape[..axis].iter().any(|length| *length != 1) {
            return concat(axis, &tensors);
        }
        shape
    };
    let mut end = x.len();
    let mut whole = x.extended(&shape);
    let elements = whole.elements_mut();
    for other in others {
        elements[end..end + other.len()].copy_from_slice(other.elements());
        end += other.len();
    }
    Ok(whole)
}

/// The shape of tensors end to end.
fn joined<T: Element>(axis: usize, tensors: &[&Tensor<T>]) -> Result<Shape> {
    let Some(first) = tensors.first().filter(|t| axis < t.rank()) else {
        return Err(Error::operand("concat", format!("no tensor with an axis {axis}")));
    };
    let mut shape = Shape::from_slice(first.shape());
    shape[axis] = 0;
    for tensor in tensors {
        let mut own = Shape::from_slice(tensor.shape());
        let length = own.get_mut(axis).map(std::mem::take).unwrap_or(0);
        shape[axis] += length;
        let fits = own.len() == shape.len() && own.iter().zip(&shape).enumerate().all(|(i, (a, b))| i == axis || a == b);
        if !fits {
            return Err(Error::shapes("concat", first.shape(), tensor.shape()));
        }
    }
    Ok(shape)
}

/// Distances from a place to the next on each axis of a row-major tensor.
pub(super) fn strides(shape: &[usize]) -> Shape {
    let mut strides: Shape = SmallVec::from_elem(1, shape.len());
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// The tensor whose element at `i` is `elements[first + i · strides]`.
fn gathered<T: Element>(elements: &[T], shape: &[usize], first: usize, strides: &[isize]) -> Tensor<T> {
    // Neighbouring axes that lie as one are walked as one.
    let mut lengths: Shape = SmallVec::new();
    let mut steps: SmallVec<[isize; 6]> = SmallVec::new();
    for (length, step) in shape.iter().zip(strides).filter(|(length, _)| **length != 1) {
        match (lengths.last_mut(), steps.last_mut()) {
            (Some(last), Some(outer)) if *outer == *length as isize * step => {
                *last *= length;
                *outer = *step;
            }
            _ => {
                lengths.push(*length);
                steps.push(*step);
            }
        }
    }
    let (inner, step) = (lengths.pop().unwrap_or(1), steps.pop().unwrap_or(1));
    let turned = if step > 1 { steps.iter().position(|s| *s == 1) } else { None };
    Tensor::build(shape, |out| {
        if out.is_empty() {
            return;
        }
        if let Some(axis) = turned.filter(|axis| lengths[*axis] >= SIDE && inner >= SIDE) {
            return turn(elements, first, (&lengths, &steps, axis), (inner, step as usize), out);
        }
        let work = out.len() * ELEMENT;
        threads::share_rows(out, inner, work, |top, out| {
            let mut at: Shape = SmallVec::from_elem(0, lengths.len());
            let (mut start, mut rest) = (first as isize, top);
            for axis in (0..lengths.len()).rev() {
                at[axis] = rest % lengths[axis];
                rest /= lengths[axis];
                start += steps[axis] * at[axis] as isize;
            }
            for row in out.chunks_exact_mut(inner) {
                copy_row(elements, start, step, row);
                for axis in (0..lengths.len()).rev() {
                    at[axis] += 1;
                    start += steps[axis];
                    if at[axis] < lengths[axis] {
                        break;
                    }
                    start -= steps[axis] * lengths[axis] as isize;
                    at[axis] = 0;
                }
            }
        });
    })
}

/// As [`gathered`] where the elements along another axis than the last one lie side by side: those two axes' rows and columns are
/// turned square by square, so that each line of the cache is read once.
fn turn<T: Element>(
    elements: &[T],
    first: usize,
    (lengths, steps, axis): (&[usize], &[isize], usize),
    (inner, step): (usize, usize),
    out: &mut [T],
) {
    let strides = {
        let mut strides: Shape = SmallVec::from_elem(inner, lengths.len());
        for a in (1..lengths.len()).rev() {
            strides[a - 1] = strides[a] * lengths[a];
        }
        strides
    };
    let others: SmallVec<[usize; 6]> = (0..lengths.len()).filter(|a| *a != axis).collect();
    for i in 0..others.iter().map(|a| lengths[*a]).product() {
        let (mut rest, mut from, mut to) = (i, first as isize, 0);
        for a in others.iter().rev() {
            let at = rest % lengths[*a];
            rest /= lengths[*a];
            from += at as isize * steps[*a];
            to += at * strides[*a];
        }
        turn::plane(&elements[from as usize..], step, (lengths[axis], inner), &mut out[to..], strides[axis]);
    }
}

#[inline]
fn copy_row<T: Element>(elements: &[T], start: isize, step: isize, row: &mut [T]) {
    let begin = start as usize;
    match step {
        1 => copy_short(&elements[begin..begin + row.len()], row),
        0 => row.fill(elements[begin]),
        _ => row.iter_mut().enumerate().for_each(|(i, o)| *o = elements[(start + i as isize * step) as usize]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::tests::each_level;

    #[test]
    fn axes_are_turned_as_in_ndarray() {
        each_level(|| {
            for (shape, axes) in [
                (vec![17, 9], vec![1, 0]),
                (vec![2, 16, 8, 12], vec![0, 2, 3, 1]),
                (vec![3, 10, 4, 11], vec![3, 2, 1, 0]),
                (vec![2, 9, 3, 20], vec![0, 3, 2, 1]),
                (vec![8, 5, 24], vec![2, 0, 1]),
            ] {
                let x = Tensor::build(&shape, |x: &mut [i32]| x.iter_mut().enumerate().for_each(|(i, x)| *x = i as i32));
                let array: ndarray::ArrayD<i32> = x.clone().into_array().unwrap();
                let expected = array.permuted_axes(axes.clone());
                let found = permute(&x, &axes).unwrap();
                assert_eq!(found.shape(), expected.shape());
                assert_eq!(found.elements().to_vec(), expected.iter().copied().collect::<Vec<_>>());
            }
        });
    }

    #[test]
    fn a_tensor_grows_as_if_it_were_joined() {
        for (shape, axis) in [(vec![1, 3, 2], 1), (vec![2, 3, 2], 1), (vec![3], 0), (vec![1, 1, 4], 2)] {
            let numbers = |n: i64| Tensor::build(&shape, |out| out.iter_mut().enumerate().for_each(|(i, x)| *x = n + i as i64));
            let (mut grown, mut parts) = (numbers(0), vec![numbers(0)]);
            let shared = grown.clone();
            for round in 1..6 {
                parts.extend([numbers(100 * round), numbers(1000 * round)]);
                let [.., a, b] = &parts[..] else { unreachable!() };
                grown = append(axis, grown, &[a, b]).unwrap();
                assert_eq!(grown, concat(axis, &parts.iter().collect::<Vec<_>>()).unwrap());
            }
            assert_eq!(shared, numbers(0));
        }
    }

    #[test]
    fn memory_that_is_there_is_grown_into() {
        let own = Tensor::build(&[1, 50], |out| out.fill(1u16));
        let part = Tensor::build(&[1, 3], |out| out.fill(2u16));
        let grown = append(1, own, &[&part]).unwrap();
        let place = grown.elements().as_ptr();
        let grown = append(1, grown, &[&part, &part]).unwrap();
        assert_eq!((grown.elements().as_ptr(), grown.shape(), grown.elements()[55]), (place, &[1, 59][..], 2));
        assert!(append(1, grown, &[&Tensor::build(&[2, 3], |out| out.fill(0u16))]).is_err());
    }
}
