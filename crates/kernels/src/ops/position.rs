use super::reduction::reduced_shape;
use crate::cpu::dispatched;
use crate::{Error, Number, Result, Tensor};

/// Where the largest is along an axis, the first of several; NaN counts as largest.
///
/// # Errors
/// If the axis is not there or has no elements to choose from.
pub fn argmax<T: Number>(a: &Tensor<T>, axis: usize, keepdims: bool) -> Result<Tensor<i64>> {
    position("argmax", a, axis, keepdims, |x, best| x > best, T::larger)
}

/// Where the smallest is along an axis, the first of several; NaN counts as smallest.
///
/// # Errors
/// If the axis is not there or has no elements to choose from.
pub fn argmin<T: Number>(a: &Tensor<T>, axis: usize, keepdims: bool) -> Result<Tensor<i64>> {
    position("argmin", a, axis, keepdims, |x, best| x < best, T::smaller)
}

fn position<T: Number>(
    op: &'static str,
    a: &Tensor<T>,
    axis: usize,
    keepdims: bool,
    better: impl Fn(T, T) -> bool,
    best: impl Fn(T, T) -> T,
) -> Result<Tensor<i64>> {
    let Some(&length) = a.shape().get(axis).filter(|n| **n > 0) else {
        return Err(Error::operand(op, format!("axis {axis} of {:?} has nothing to choose from", a.shape())));
    };
    let inner: usize = a.shape()[axis + 1..].iter().product();
    Ok(Tensor::build(&reduced_shape(a.shape(), &[axis], keepdims), |out| {
        if out.is_empty() {
            return;
        }
        if inner == 1 {
            return in_rows(a.elements(), length, out, best);
        }
        for (out, x) in out.chunks_exact_mut(inner).zip(a.elements().chunks_exact(length * inner)) {
            let mut held = Tensor::build(&[inner], |held| held.copy_from_slice(&x[..inner]));
            in_columns(x, held.elements_mut(), out, &better);
        }
    }))
}

dispatched! {
    /// Where the best of each row is: the best is looked for in lanes, which become vector instructions, and its place then.
    fn in_rows[T: Number, F: Fn(T, T) -> T](x: &[T], length: usize, out: &mut [i64], best: F) {
        for (out, row) in out.iter_mut().zip(x.chunks_exact(length)) {
            let mut lanes = [row[0]; 16];
            let (chunks, rest) = row.as_chunks::<16>();
            for chunk in chunks {
                for (lane, x) in lanes.iter_mut().zip(chunk) {
                    *lane = best(*lane, *x);
                }
            }
            let mut found = row[0];
            for x in lanes.iter().chain(rest) {
                found = best(found, *x);
            }
            let place = if found.nan() { row.iter().position(|x| x.nan()) } else { row.iter().position(|x| *x == found) };
            *out = place.unwrap_or(0) as i64;
        }
    }

    /// Where the best of each column is; `held` has the first row.
    fn in_columns[T: Number, F: Fn(T, T) -> bool](x: &[T], held: &mut [T], out: &mut [i64], better: &F) {
        out.fill(0);
        for (place, row) in x.chunks_exact(held.len()).enumerate().skip(1) {
            for ((x, held), out) in row.iter().zip(held.iter_mut()).zip(out.iter_mut()) {
                let taken = !held.nan() & (x.nan() | better(*x, *held));
                *held = if taken { *x } else { *held };
                *out = if taken { place as i64 } else { *out };
            }
        }
    }
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
