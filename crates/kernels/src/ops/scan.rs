use crate::{Error, Integer, Number, Result, Tensor};

/// The running sum along an axis.
///
/// # Errors
/// If the axis is not there.
pub fn cumsum<T: Number>(a: &Tensor<T>, axis: usize) -> Result<Tensor<T>> {
    scan("cumsum", a, axis, &Run { start: T::ZERO, f: T::plus, exclusive: false, reverse: false })
}

/// The running product along an axis.
///
/// # Errors
/// If the axis is not there.
pub fn cumprod<T: Number>(a: &Tensor<T>, axis: usize) -> Result<Tensor<T>> {
    scan("cumprod", a, axis, &Run { start: T::ONE, f: T::times, exclusive: false, reverse: false })
}

/// The running sum along an axis, with an element's own share or without, from the first on or from the last.
///
/// # Errors
/// If the axis is not there.
pub fn cumsum_along<T: Number, I: Integer>(a: &Tensor<T>, axis: &Tensor<I>, exclusive: bool, reverse: bool) -> Result<Tensor<T>> {
    let axis = super::gather::place("cumsum_along", axis.item()?.to_i64(), a.rank())?;
    scan("cumsum_along", a, axis, &Run { start: T::ZERO, f: T::plus, exclusive, reverse })
}

/// The running product along an axis, with an element's own share or without, from the first on or from the last.
///
/// # Errors
/// If the axis is not there.
pub fn cumprod_along<T: Number, I: Integer>(a: &Tensor<T>, axis: &Tensor<I>, exclusive: bool, reverse: bool) -> Result<Tensor<T>> {
    let axis = super::gather::place("cumprod_along", axis.item()?.to_i64(), a.rank())?;
    scan("cumprod_along", a, axis, &Run { start: T::ONE, f: T::times, exclusive, reverse })
}

struct Run<T> {
    start: T,
    f: fn(T, T) -> T,
    exclusive: bool,
    reverse: bool,
}

fn scan<T: Number>(op: &'static str, a: &Tensor<T>, axis: usize, run: &Run<T>) -> Result<Tensor<T>> {
    let Some(&length) = a.shape().get(axis) else { return Err(Error::operand(op, format!("no axis {axis} in {:?}", a.shape()))) };
    let inner: usize = a.shape()[axis + 1..].iter().product();
    Ok(Tensor::build(a.shape(), |out| {
        if out.is_empty() {
            return;
        }
        for (out, x) in out.chunks_exact_mut(length * inner).zip(a.elements().chunks_exact(length * inner)) {
            for i in 0..inner {
                let mut total = run.start;
                for step in 0..length {
                    let at = (if run.reverse { length - 1 - step } else { step }) * inner + i;
                    let next = (run.f)(total, x[at]);
                    out[at] = if run.exclusive { total } else { next };
                    total = next;
                }
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_run_either_way() {
        let a = Tensor::new(&[2, 3], vec![1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(cumsum(&a, 1).unwrap().elements(), [1, 3, 6, 4, 9, 15]);
        assert_eq!(cumprod(&a, 0).unwrap().elements(), [1, 2, 3, 4, 10, 18]);
        let axis = Tensor::scalar(-1i32);
        assert_eq!(cumsum_along(&a, &axis, true, false).unwrap().elements(), [0, 1, 3, 0, 4, 9]);
        assert_eq!(cumsum_along(&a, &axis, false, true).unwrap().elements(), [6, 5, 3, 15, 11, 6]);
        assert_eq!(cumprod_along(&a, &axis, true, true).unwrap().elements(), [6, 3, 1, 30, 6, 1]);
        assert!(cumsum(&a, 2).is_err() && cumsum_along(&a, &Tensor::scalar(2i64), false, false).is_err());
    }
}
