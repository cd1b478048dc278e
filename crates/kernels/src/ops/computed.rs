//! Operations whose shapes, axes or places are tensors themselves.

use super::reserved;
use crate::map::broadcast;
use crate::{Element, Error, Float, Integer, Number, Result, Shape, Tensor};

/// The elements in row-major order in another shape. One length may be -1, which is what is left; a length of 0 is that of the
/// tensor's own axis unless `allow_zero`.
///
/// # Errors
/// If the number of elements differs.
pub fn reshape_to<T: Element, I: Integer>(a: &Tensor<T>, shape: &Tensor<I>, allow_zero: bool) -> Result<Tensor<T>> {
    let misfit = || Error::operand("reshape_to", format!("{:?} does not become {:?}", a.shape(), shape.elements()));
    let (mut open, mut lengths) = (None, Shape::new());
    for (i, length) in shape.elements().iter().enumerate() {
        lengths.push(match length.to_i64() {
            -1 if open.is_none() => {
                open = Some(i);
                1
            }
            0 if !allow_zero => *a.shape().get(i).ok_or_else(misfit)?,
            length => usize::try_from(length).map_err(|_| misfit())?,
        });
    }
    if let Some(open) = open {
        lengths[open] = rest(a.len(), &lengths).ok_or_else(misfit)?;
    }
    a.with_shape(&lengths)
}

/// The elements in row-major order in another shape, of which one length is what is left.
///
/// # Errors
/// If the others do not divide the number of elements.
pub fn reshape_rest<T: Element>(a: &Tensor<T>, before: &[usize], after: &[usize]) -> Result<Tensor<T>> {
    let others: Shape = before.iter().chain(after).copied().collect();
    let length = rest(a.len(), &others).ok_or_else(|| Error::shapes("reshape_rest", a.shape(), &others))?;
    a.with_shape(&before.iter().copied().chain([length]).chain(after.iter().copied()).collect::<Shape>())
}

/// What is left of a number of elements.
fn rest(elements: usize, lengths: &[usize]) -> Option<usize> {
    let others = lengths.iter().try_fold(1usize, |n, d| n.checked_mul(*d))?;
    (elements.checked_rem(others)? == 0).then(|| elements / others)
}

/// Repeated along axes of length 1 and along new leading axes; a wanted length of 1 leaves an axis as it is.
///
/// # Errors
/// If the shapes do not broadcast.
pub fn expand_to<T: Element, I: Integer>(a: &Tensor<T>, shape: &Tensor<I>) -> Result<Tensor<T>> {
    let whole = broadcast("expand_to", &[a.shape(), &lengths("expand_to", shape)?])?;
    reserved::<T>("expand_to", &whole)?;
    super::broadcast_to(a, &whole)
}

/// One value everywhere.
///
/// # Errors
/// If a length is negative, or `value` has several elements.
pub fn fill<T: Element, I: Integer>(shape: &Tensor<I>, value: &Tensor<T>) -> Result<Tensor<T>> {
    let lengths = lengths("fill", shape)?;
    reserved::<T>("fill", &lengths)?;
    super::full(&lengths, value)
}

/// As [`tile`](super::tile).
///
/// # Errors
/// If a count is negative.
pub fn tile_by<T: Element, I: Integer>(a: &Tensor<T>, reps: &Tensor<I>) -> Result<Tensor<T>> {
    super::tile(a, &lengths("tile_by", reps)?)
}

/// As [`slice`](super::slice) on each of some axes.
///
/// # Errors
/// If there are not as many starts, stops and steps as axes, an axis is not there or a step is zero.
pub fn slice_by<T: Element, I: Integer, J: Integer>(
    a: &Tensor<T>,
    starts: &Tensor<I>,
    stops: &Tensor<I>,
    axes: &Tensor<J>,
    steps: &Tensor<J>,
) -> Result<Tensor<T>> {
    let axes = axes_of("slice_by", axes, a.rank())?;
    if [starts.len(), stops.len(), steps.len()].iter().any(|n| *n != axes.len()) {
        return Err(Error::operand("slice_by", format!("expected {} starts, stops and steps", axes.len())));
    }
    let at = |i: usize| (starts.elements()[i].to_i64(), stops.elements()[i].to_i64(), steps.elements()[i].to_i64());
    axes.iter().enumerate().try_fold(a.clone(), |a, (i, &axis)| {
        let (start, stop, step) = at(i);
        super::slice(&a, axis, start, stop, step)
    })
}

/// The `i`-th of the parts of an axis that have these lengths.
///
/// # Errors
/// If the lengths do not add up to that of the axis, or there is no such part.
pub fn part<T: Element, I: Integer>(a: &Tensor<T>, sizes: &Tensor<I>, axis: usize, i: usize) -> Result<Tensor<T>> {
    let sizes = lengths("part", sizes)?;
    let total = sizes.iter().try_fold(0usize, |n, d| n.checked_add(*d));
    let (Some(size), true) = (sizes.get(i), total.is_some() && a.shape().get(axis).copied() == total) else {
        return Err(Error::shapes("part", a.shape(), &sizes));
    };
    let start: usize = sizes[..i].iter().sum();
    super::slice(a, axis, start as i64, (start + size) as i64, 1)
}

/// New axes of length 1 at places of the result.
///
/// # Errors
/// If a place is beyond the end or named twice.
pub fn expand_dims_at<T: Element, I: Integer>(a: &Tensor<T>, axes: &Tensor<I>) -> Result<Tensor<T>> {
    let rank = a.rank() + axes.len();
    let axes = axes_of("expand_dims_at", axes, rank)?;
    let mut own = a.shape().iter();
    let shape: Shape = (0..rank).map(|axis| if axes.contains(&axis) { 1 } else { own.next().copied().unwrap_or(1) }).collect();
    a.with_shape(&shape)
}

/// Without some axes of length 1.
///
/// # Errors
/// If an axis is not there, longer or named twice.
pub fn squeeze_at<T: Element, I: Integer>(a: &Tensor<T>, axes: &Tensor<I>) -> Result<Tensor<T>> {
    let axes = axes_of("squeeze_at", axes, a.rank())?;
    let shape: Shape = a.shape().iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, length)| *length).collect();
    a.with_shape(&shape)
}

macro_rules! over {
    ($($name:ident: $op:ident, $bound:ident;)*) => {$(
        #[doc = concat!("As [`", stringify!($op), "`](super::", stringify!($op), ").")]
        ///
        /// # Errors
        /// If an axis is not there or named twice.
        pub fn $name<T: $bound, I: Integer>(a: &Tensor<T>, axes: &Tensor<I>, keepdims: bool) -> Result<Tensor<T>> {
            super::$op(a, &axes_of(stringify!($name), axes, a.rank())?, keepdims)
        }
    )*};
}
over! {
    sum_over: sum, Number;
    prod_over: prod, Number;
    max_over: max, Number;
    min_over: min, Number;
    mean_over: mean, Float;
    logsumexp_over: logsumexp, Float;
}

/// Lengths or counts, none below zero.
pub(super) fn lengths<I: Integer>(op: &'static str, shape: &Tensor<I>) -> Result<Shape> {
    let length = |n: &I| usize::try_from(n.to_i64()).map_err(|_| Error::operand(op, format!("a length of {n:?}")));
    shape.elements().iter().map(length).collect()
}

/// Axes that count from the front or, below zero, from the end, each named once.
pub(super) fn axes_of<I: Integer>(op: &'static str, axes: &Tensor<I>, rank: usize) -> Result<Shape> {
    let mut found = Shape::new();
    for axis in axes.elements() {
        let axis = super::gather::place(op, axis.to_i64(), rank)?;
        if found.contains(&axis) {
            return Err(Error::operand(op, format!("axis {axis} is named twice")));
        }
        found.push(axis);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(shape: &[usize]) -> Tensor<f32> {
        Tensor::new(shape, (0..shape.iter().product::<usize>()).map(|i| i as f32).collect()).unwrap()
    }

    fn list(elements: &[i64]) -> Tensor<i64> {
        Tensor::new(&[elements.len()], elements.to_vec()).unwrap()
    }

    #[test]
    fn shapes_are_computed() {
        let a = counted(&[2, 3, 4]);
        assert_eq!(reshape_to(&a, &list(&[0, -1, 2]), false).unwrap().shape(), [2, 6, 2]);
        assert_eq!(reshape_rest(&a, &[4], &[3]).unwrap().shape(), [4, 2, 3]);
        assert_eq!(expand_to(&counted(&[3, 1]), &list(&[2, 1, 4])).unwrap().shape(), [2, 3, 4]);
        assert_eq!(fill(&list(&[2, 0]), &Tensor::scalar(1u8)).unwrap().shape(), [2, 0]);
        assert_eq!(expand_dims_at(&a, &list(&[-1, 0])).unwrap().shape(), [1, 2, 3, 4, 1]);
        assert_eq!(squeeze_at(&counted(&[1, 3, 1]), &list(&[-1, 0])).unwrap().shape(), [3]);
        assert_eq!(tile_by(&counted(&[2]), &list(&[2])).unwrap().elements(), [0.0, 1.0, 0.0, 1.0]);
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let a = counted(&[2, 3]);
        for shape in [&[4, -1][..], &[-1, -1], &[-2, 3], &[0, 0, 0], &[0, -1, 0], &[i64::MAX, i64::MAX]] {
            assert!(reshape_to(&a, &list(shape), false).is_err(), "{shape:?}");
        }
        assert!(reshape_to(&counted(&[0]), &list(&[0, -1]), true).is_err() && reshape_rest(&a, &[0], &[]).is_err());
        assert!(expand_to(&a, &list(&[4, 3])).is_err() && expand_to(&counted(&[1]), &list(&[i64::MAX, 8])).is_err());
        assert!(fill(&list(&[-1]), &Tensor::scalar(1.0f32)).is_err() && fill(&list(&[i64::MAX]), &Tensor::scalar(1.0f32)).is_err());
        assert!(squeeze_at(&a, &list(&[0])).is_err() && expand_dims_at(&a, &list(&[0, 0])).is_err());
        assert!(tile_by(&a, &list(&[-1])).is_err());
    }

    #[test]
    fn slices_are_computed() {
        let a = counted(&[3, 4]);
        let cut = slice_by(&a, &list(&[-1, 1]), &list(&[i64::MIN, 100]), &list(&[0, -1]), &list(&[-2, 2])).unwrap();
        assert_eq!((cut.shape(), cut.elements()), (&[2, 2][..], &[9.0, 11.0, 1.0, 3.0][..]));
        assert!(slice_by(&a, &list(&[0]), &list(&[1]), &list(&[2]), &list(&[1])).is_err());
        assert!(slice_by(&a, &list(&[0]), &list(&[1]), &list(&[0]), &list(&[0])).is_err());
        assert!(slice_by(&a, &list(&[0, 1]), &list(&[1]), &list(&[0]), &list(&[1])).is_err());
    }

    #[test]
    fn parts_add_up() {
        let a = counted(&[2, 3]);
        assert_eq!(part(&a, &list(&[1, 2]), 1, 1).unwrap().elements(), [1.0, 2.0, 4.0, 5.0]);
        assert!(part(&a, &list(&[1, 1]), 1, 1).is_err() && part(&a, &list(&[1, 2]), 1, 2).is_err());
        assert!(part(&a, &list(&[4, -1]), 1, 0).is_err() && part(&a, &list(&[i64::MAX, i64::MAX, 5]), 1, 0).is_err());
    }

    #[test]
    fn reductions_find_their_axes() {
        let a = counted(&[2, 3]);
        assert_eq!(sum_over(&a, &list(&[-1]), false).unwrap().elements(), [3.0, 12.0]);
        assert_eq!(max_over(&a, &list(&[]), true).unwrap(), a);
        assert!(sum_over(&a, &list(&[2]), false).is_err() && mean_over(&a, &list(&[1, -1]), true).is_err());
    }
}
