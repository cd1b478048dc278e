use super::reduction::reduced_shape;
use crate::{Error, Number, Result, Tensor};

/// Where the largest is along an axis, the first of several; NaN counts as largest.
///
/// # Errors
/// If the axis is not there or has no elements to choose from.
pub fn argmax<T: Number>(a: &Tensor<T>, axis: usize, keepdims: bool) -> Result<Tensor<i64>> {
    position("argmax", a, axis, keepdims, |x, best| x > best)
}

/// Where the smallest is along an axis, the first of several; NaN counts as smallest.
///
/// # Errors
/// If the axis is not there or has no elements to choose from.
pub fn argmin<T: Number>(a: &Tensor<T>, axis: usize, keepdims: bool) -> Result<Tensor<i64>> {
    position("argmin", a, axis, keepdims, |x, best| x < best)
}

fn position<T: Number>(op: &'static str, a: &Tensor<T>, axis: usize, keepdims: bool, better: impl Fn(T, T) -> bool) -> Result<Tensor<i64>> {
    let Some(&length) = a.shape().get(axis).filter(|n| **n > 0) else {
        return Err(Error::operand(op, format!("axis {axis} of {:?} has nothing to choose from", a.shape())));
    };
    let inner: usize = a.shape()[axis + 1..].iter().product();
    Ok(Tensor::build(&reduced_shape(a.shape(), &[axis], keepdims), |out| {
        if out.is_empty() {
            return;
        }
        for (out, x) in out.chunks_exact_mut(inner).zip(a.elements().chunks_exact(length * inner)) {
            for (i, out) in out.iter_mut().enumerate() {
                let mut best = 0;
                for place in 1..length {
                    let (x, held) = (x[place * inner + i], x[best * inner + i]);
                    if !held.nan() && (x.nan() || better(x, held)) {
                        best = place;
                    }
                }
                *out = best as i64;
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_several_is_named() {
        let a = Tensor::new(&[2, 3], vec![1.0, 3.0, 3.0, 6.0, f32::NAN, 4.0]).unwrap();
        assert_eq!(argmax(&a, 1, false).unwrap().elements(), [1, 1]);
        assert_eq!(argmin(&a, 0, true).unwrap(), Tensor::new(&[1, 3], vec![0, 1, 0]).unwrap());
        assert!(argmax(&a, 2, false).is_err() && argmin(&Tensor::<i8>::new(&[0], vec![]).unwrap(), 0, false).is_err());
    }
}
