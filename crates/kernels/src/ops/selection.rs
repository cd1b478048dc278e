use std::cmp::Ordering;

use crate::{Element, Error, Integer, Number, Result, Shape, Tensor};

/// Where the elements are that are not zero: a column for each of them with its place on every axis.
///
/// # Errors
/// Never; the result is one for uniformity.
pub fn nonzero<T: Element>(a: &Tensor<T>) -> Result<Tensor<i64>> {
    let places: Vec<usize> = a.elements().iter().enumerate().filter(|(_, x)| **x != T::default()).map(|(i, _)| i).collect();
    let strides = super::layout::strides(a.shape());
    Ok(Tensor::build(&[a.rank(), places.len()], |out| {
        for (axis, out) in out.chunks_exact_mut(places.len().max(1)).enumerate() {
            out.iter_mut().zip(&places).for_each(|(o, place)| *o = (place / strides[axis] % a.shape()[axis]) as i64);
        }
    }))
}

/// The places on an axis for which the condition holds; those that it has no element for are left out.
///
/// # Errors
/// If it holds beyond the axis' end.
pub fn compress<T: Element>(a: &Tensor<T>, condition: &Tensor<bool>, axis: usize) -> Result<Tensor<T>> {
    let places: Vec<i64> = condition.elements().iter().enumerate().filter(|(_, holds)| **holds).map(|(i, _)| i as i64).collect();
    super::take(a, &Tensor::new(&[places.len()], places)?, axis)
}

/// The different parts along an axis, sorted or in the order in which they come; where each comes first; which of them each part
/// of the tensor is; how often each comes.
///
/// # Errors
/// If the axis is not there.
#[expect(clippy::type_complexity, reason = "four results")]
pub fn unique<T: Element + PartialOrd>(
    a: &Tensor<T>,
    axis: usize,
    sorted: bool,
) -> Result<(Tensor<T>, Tensor<i64>, Tensor<i64>, Tensor<i64>)> {
    let Some(&length) = a.shape().get(axis) else { return Err(Error::operand("unique", format!("no axis {axis} in {:?}", a.shape()))) };
    let order: Shape = std::iter::once(axis).chain((0..a.rank()).filter(|i| *i != axis)).collect();
    let moved = super::permute(a, &order)?;
    let width = moved.len() / length.max(1);
    let part = |i: usize| &moved.elements()[i * width..(i + 1) * width];
    let compare = |i: usize, j: usize| part(i).iter().zip(part(j)).map(|(x, y)| ascending(x, y)).find(|o| o.is_ne());
    let mut places: Vec<usize> = (0..length).collect();
    places.sort_by(|&i, &j| compare(i, j).unwrap_or(Ordering::Equal));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for place in places {
        match groups.last_mut() {
            Some(group) if compare(group[0], place).is_none() => group.push(place),
            _ => groups.push(vec![place]),
        }
    }
    if !sorted {
        groups.sort_by_key(|group| group[0]);
    }
    let mut inverse = vec![0i64; length];
    for (i, group) in groups.iter().enumerate() {
        group.iter().for_each(|place| inverse[*place] = i as i64);
    }
    let first: Vec<i64> = groups.iter().map(|group| group[0] as i64).collect();
    let counts: Vec<i64> = groups.iter().map(|group| group.len() as i64).collect();
    let n = groups.len();
    let first = Tensor::new(&[n], first)?;
    Ok((super::take(a, &first, axis)?, first, Tensor::new(&[length], inverse)?, Tensor::new(&[n], counts)?))
}

/// The `k` largest or smallest elements along an axis, from the extreme on, and their places; of equal ones the first comes first.
///
/// # Errors
/// If the axis has fewer elements.
pub fn top_k<T: Number, I: Integer>(a: &Tensor<T>, k: &Tensor<I>, axis: usize, largest: bool) -> Result<(Tensor<T>, Tensor<i64>)> {
    let Some(&length) = a.shape().get(axis) else { return Err(Error::operand("top_k", format!("no axis {axis} in {:?}", a.shape()))) };
    let wanted = k.item()?.to_i64();
    let count = usize::try_from(wanted).ok().filter(|k| *k <= length).ok_or(Error::Index { op: "top_k", index: wanted, length })?;
    let inner: usize = a.shape()[axis + 1..].iter().product();
    let mut shape = Shape::from_slice(a.shape());
    shape[axis] = count;
    let mut indices = vec![0i64; shape.iter().product()];
    let mut places: Vec<usize> = Vec::new();
    for line in 0..indices.len().checked_div(count).unwrap_or(0) {
        let (block, i) = (line / inner, line % inner);
        let element = |place: usize| &a.elements()[(block * length + place) * inner + i];
        places.clear();
        places.extend(0..length);
        places.sort_by(|&x, &y| match largest {
            true => ascending(element(y), element(x)),
            false => ascending(element(x), element(y)),
        });
        places[..count].iter().enumerate().for_each(|(j, place)| indices[(block * count + j) * inner + i] = *place as i64);
    }
    let indices = Tensor::new(&shape, indices)?;
    Ok((super::take_along_axis(a, &indices, axis)?, indices))
}

/// The order of elements, NaN last.
fn ascending<T: PartialOrd>(x: &T, y: &T) -> Ordering {
    #[expect(clippy::eq_op, reason = "only NaN differs from itself")]
    x.partial_cmp(y).unwrap_or_else(|| (x != x).cmp(&(y != y)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor<T: Element>(shape: &[usize], elements: &[T]) -> Tensor<T> {
        Tensor::new(shape, elements.to_vec()).unwrap()
    }

    #[test]
    fn places_of_what_is_not_zero() {
        assert_eq!(nonzero(&tensor(&[2, 2], &[1.0, 0.0, f64::NAN, 2.0])).unwrap(), tensor(&[2, 3], &[0, 1, 1, 0, 0, 1]));
        assert_eq!(nonzero(&tensor(&[2], &[false, false])).unwrap().shape(), [1, 0]);
    }

    #[test]
    fn a_condition_picks_places() {
        let a = tensor(&[2, 3], &[1, 2, 3, 4, 5, 6]);
        assert_eq!(compress(&a, &tensor(&[2], &[false, true]), 1).unwrap(), tensor(&[2, 1], &[2, 5]));
        assert!(compress(&a, &tensor(&[3], &[false, true, true]), 0).is_err() && compress(&a, &tensor(&[1], &[true]), 2).is_err());
    }

    #[test]
    fn parts_are_unique() {
        let (y, first, inverse, counts) = unique(&tensor(&[6], &[2.0, 1.0, 1.0, 3.0, 4.0, 3.0]), 0, true).unwrap();
        assert_eq!(y.elements(), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!((first.elements(), inverse.elements()), (&[1, 0, 3, 4][..], &[1, 0, 0, 2, 3, 2][..]));
        assert_eq!(counts.elements(), [2, 1, 2, 1]);
        let (y, first, ..) = unique(&tensor(&[2, 3], &[3, 1, 3, 4, 0, 4]), 1, false).unwrap();
        assert_eq!((y.elements(), first.elements()), (&[3, 1, 4, 0][..], &[0, 1][..]));
        assert_eq!(unique(&tensor(&[2], &[f32::NAN, f32::NAN]), 0, true).unwrap().3.elements(), [2]);
        assert!(unique(&Tensor::scalar(1), 0, true).is_err());
    }

    #[test]
    fn extremes_come_in_order() {
        let a = tensor(&[2, 3], &[1, 3, 3, 6, 5, 4]);
        let k = tensor(&[1], &[2i64]);
        let (values, places) = top_k(&a, &k, 1, true).unwrap();
        assert_eq!((values.elements(), places.elements()), (&[3, 3, 6, 5][..], &[1, 2, 0, 1][..]));
        assert_eq!(top_k(&a, &tensor(&[1], &[1i64]), 0, false).unwrap().0.elements(), [1, 3, 3]);
        assert_eq!(top_k(&a, &tensor(&[1], &[0i64]), 1, true).unwrap().0.shape(), [2, 0]);
        assert!(top_k(&a, &tensor(&[1], &[4i64]), 1, true).is_err() && top_k(&a, &tensor(&[1], &[-1i64]), 1, true).is_err());
        assert!(top_k(&a, &k, 2, true).is_err());
    }
}
