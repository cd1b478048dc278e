use super::convolution::{Window, windows};
use super::layout::strides as strides_of;
use crate::{Error, Number, Result, Shape, Tensor};

/// As [`max_pool`](super::max_pool), and the place of each largest element in the whole tensor; the axes after batch and channels
/// are counted through with the first moving fastest if `column_major`.
///
/// # Errors
/// If the window does not fit the axes.
pub fn max_pool_with_indices<T: Number>(
    x: &Tensor<T>,
    kernel: &[usize],
    strides: &[usize],
    pads: &[usize],
    dilations: &[usize],
    ceil: bool,
    column_major: bool,
) -> Result<(Tensor<T>, Tensor<i64>)> {
    let window = Window { kernel, strides, pads, dilations, ceil };
    let (lead, lengths, out_lengths) = windows("max_pool_with_indices", x.shape(), &window)?;
    let shape: Shape = lead.iter().chain(&out_lengths).copied().collect();
    let (plane, out_plane): (usize, usize) = (lengths.iter().product(), out_lengths.iter().product());
    let named = |place: usize| if column_major { reversed(place, &lengths) } else { place };
    let mut indices = Tensor::build(&shape, |out| out.fill(-1));
    let found = indices.elements_mut();
    let values = Tensor::build(&shape, |out| {
        out.fill(T::LOWEST);
        if out.is_empty() || plane == 0 {
            return;
        }
        let (mut places, mut at) = (Vec::new(), vec![0; lengths.len()]);
        for o in 0..out_plane {
            window.places(&mut at, o, &lengths, &out_lengths, &mut places);
            for (i, x) in x.elements().chunks_exact(plane).enumerate() {
                let larger = |a: usize, b: usize| if x[b] > x[a] || (x[b].nan() && !x[a].nan()) { b } else { a };
                if let Some(best) = places.iter().copied().reduce(larger) {
                    out[i * out_plane + o] = x[best];
                    found[i * out_plane + o] = (i * plane + named(best)) as i64;
                }
            }
        }
    });
    Ok((values, indices))
}

/// A row-major place among axes as a column-major one.
fn reversed(place: usize, lengths: &[usize]) -> usize {
    let (mut rest, mut at) = (place, 0);
    let mut stride: usize = lengths.iter().product();
    for length in lengths.iter().rev() {
        stride /= length;
        at += rest % length * stride;
        rest /= length;
    }
    at
}

/// The elements of `x` at the places that `indices` name in a tensor of zeros, which is as large as the one that a pool with this
/// window has made `x` of, and is then extended by zeros to `shape`.
///
/// # Errors
/// If the shapes do not fit, or an index lies outside.
pub fn max_unpool<T: Number>(
    x: &Tensor<T>,
    indices: &Tensor<i64>,
    shape: Option<&Tensor<i64>>,
    kernel: &[usize],
    strides: &[usize],
    pads: &[usize],
) -> Result<Tensor<T>> {
    const OP: &str = "max_unpool";
    let axes = kernel.len();
    if x.shape() != indices.shape() || x.rank() != axes + 2 || strides.len() != axes || pads.len() != 2 * axes {
        return Err(Error::shapes(OP, x.shape(), indices.shape()));
    }
    let length = |(axis, n): (usize, &usize)| match axis.checked_sub(2) {
        None => Some(*n),
        Some(axis) => {
            let padded = n.checked_sub(1)?.checked_mul(strides[axis])?.checked_add(kernel[axis])?;
            padded.checked_sub(pads[axis])?.checked_sub(pads[axis + axes])
        }
    };
    let own: Option<Shape> = x.shape().iter().enumerate().map(length).collect();
    let own = own.ok_or_else(|| Error::operand(OP, format!("pads {pads:?} of {:?}", x.shape())))?;
    let wanted: Option<Shape> = match shape {
        Some(shape) => shape.elements().iter().map(|n| usize::try_from(*n).ok()).collect(),
        None => Some(own.clone()),
    };
    let fits = |wanted: &Shape| wanted.len() == own.len() && wanted.iter().zip(&own).all(|(wanted, own)| wanted >= own);
    let wanted = wanted.filter(fits).ok_or_else(|| Error::operand(OP, format!("a result that is smaller than {own:?}")))?;
    let size_of = |shape: &[usize]| shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
    let (Some(size), Some(_)) = (size_of(&own), size_of(&wanted)) else {
        return Err(Error::operand(OP, format!("a result of shape {wanted:?}")));
    };
    let (from, to) = (strides_of(&own), strides_of(&wanted));
    if let Some(index) = indices.elements().iter().find(|i| !usize::try_from(**i).is_ok_and(|i| i < size)) {
        return Err(Error::Index { op: OP, index: *index, length: size });
    }
    Tensor::try_build(OP, &wanted, |out| {
        out.fill(T::ZERO);
        for (x, index) in x.elements().iter().zip(indices.elements()) {
            let place = from.iter().zip(&to).zip(&own).map(|((from, to), n)| *index as usize / from % n * to).sum::<usize>();
            out[place] = *x;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pool_found_goes_back_to_its_place() {
        let x = Tensor::new(&[1, 1, 2, 4], vec![1.0f32, 2.0, 8.0, 3.0, 7.0, 4.0, 5.0, 6.0]).unwrap();
        let pool = |column_major| max_pool_with_indices(&x, &[2, 2], &[2, 2], &[0; 4], &[1, 1], false, column_major).unwrap();
        let (values, indices) = pool(false);
        assert_eq!((values.elements(), indices.elements()), (&[7.0, 8.0][..], &[4, 2][..]));
        assert_eq!(pool(true).1.elements(), [1, 4]);
        let back = max_unpool(&values, &indices, None, &[2, 2], &[2, 2], &[0; 4]).unwrap();
        assert_eq!(back.elements(), [0.0, 0.0, 8.0, 0.0, 7.0, 0.0, 0.0, 0.0]);
        let large = Tensor::new(&[4], vec![1, 1, i64::MAX, i64::MAX]).unwrap();
        assert!(max_unpool(&values, &indices, Some(&large), &[2, 2], &[2, 2], &[0; 4]).is_err());
        let outside = Tensor::new(&[1, 1, 1, 2], vec![8, -1]).unwrap();
        assert!(max_unpool(&values, &outside, None, &[2, 2], &[2, 2], &[0; 4]).is_err());
    }
}
