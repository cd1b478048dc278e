use super::reserved;
use crate::{Error, Number, Result, Tensor};

/// Integers beyond this are not exact as doubles.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// `start`, `start + step`, … before `stop`.
///
/// # Errors
/// If the step is zero, a number is not finite, or there are too many.
pub fn arange<T: Number>(start: &Tensor<T>, stop: &Tensor<T>, step: &Tensor<T>) -> Result<Tensor<T>> {
    let [start, stop, step] = [start.item()?.to_f64(), stop.item()?.to_f64(), step.item()?.to_f64()];
    let count = ((stop - start) / step).ceil().max(0.0);
    if !count.is_finite() || step == 0.0 || [start, stop, step].iter().any(|x| x.is_nan() || x.abs() > EXACT) {
        return Err(Error::operand("arange", format!("from {start} to {stop} in steps of {step}")));
    }
    reserved::<T>("arange", &[count as usize])?;
    Ok(Tensor::build(&[count as usize], |out| {
        out.iter_mut().enumerate().for_each(|(i, o)| *o = T::of_f64(start + i as f64 * step));
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range<T: Number>(start: T, stop: T, step: T) -> Result<Tensor<T>> {
        arange(&Tensor::scalar(start), &Tensor::scalar(stop), &Tensor::scalar(step))
    }

    #[test]
    fn numbers_in_steps() {
        assert_eq!(range(-128i8, 127, 100).unwrap().elements(), [-128, -28, 72]);
        assert_eq!(range(10i32, 4, -3).unwrap().elements(), [10, 7]);
        assert_eq!(range(1.0f32, 5.0, 2.0).unwrap().elements(), [1.0, 3.0]);
        assert_eq!(range(1i64, 0, 1).unwrap().shape(), [0]);
        assert!(range(0i64, 1, 0).is_err() && range(0.0f32, f32::INFINITY, 1.0).is_err() && range(f64::NAN, 1.0, 1.0).is_err());
    }
}
