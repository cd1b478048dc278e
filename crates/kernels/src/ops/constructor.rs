use crate::{Error, Number, Result, Tensor};

/// `start`, `start + step`, … before `stop`.
///
/// # Errors
/// If an operand has several elements, the step is zero, or there is no memory for so many.
pub fn arange<T: Number>(start: &Tensor<T>, stop: &Tensor<T>, step: &Tensor<T>) -> Result<Tensor<T>> {
    let (start, stop, step) = (start.item()?, stop.item()?, step.item()?);
    let count = ((stop.to_f64() - start.to_f64()) / step.to_f64()).ceil();
    if !count.is_finite() {
        return Err(Error::operand("arange", format!("from {start:?} to {stop:?} in steps of {step:?}")));
    }
    Tensor::try_build("arange", &[count.max(0.0) as usize], |out| {
        for (i, o) in out.iter_mut().enumerate() {
            *o = start.plus(step.times(T::of_f64(i as f64)));
        }
    })
}
