use crate::{Error, Float, Integer, Result, Tensor};

/// Minus the element of `x` at the target along axis 1, times the target's weight: all of them (`reduction` is `"none"`), their
/// sum (`"sum"`), or that divided by the sum of the weights (`"mean"`). Targets equal to `ignored` weigh nothing.
///
/// # Errors
/// If the shapes do not fit, or a target lies outside of axis 1.
pub fn nll_loss_weighted<T: Float, I: Integer>(
    x: &Tensor<T>,
    target: &Tensor<I>,
    w: Option<&Tensor<T>>,
    reduction: &str,
    ignored: i64,
) -> Result<Tensor<T>> {
    const OP: &str = "nll_loss_weighted";
    let misfit = || Error::shapes(OP, x.shape(), target.shape());
    let ([batch, classes, rest @ ..], [first, others @ ..]) = (x.shape(), target.shape()) else { return Err(misfit()) };
    if batch != first || rest != others || w.is_some_and(|w| w.shape() != [*classes]) {
        return Err(misfit());
    }
    let inner: usize = rest.iter().product();
    let (mut total, mut weights, mut wrong) = (0.0, 0.0, None);
    let each = Tensor::build(target.shape(), |out| {
        for (i, (o, class)) in out.iter_mut().zip(target.elements()).enumerate() {
            *o = T::ZERO;
            let class = class.to_i64();
            if class == ignored {
                continue;
            }
            let Some(c) = usize::try_from(class).ok().filter(|c| c < classes) else {
                wrong = Some(class);
                continue;
            };
            let weight = w.map_or(T::ONE, |w| w.elements()[c]);
            let element = x.elements()[(i / inner * classes + c) * inner + i % inner];
            *o = T::ZERO.minus(element).times(weight);
            total += o.to_f64();
            weights += weight.to_f64();
        }
    });
    match (wrong, reduction) {
        (Some(index), _) => Err(Error::Index { op: OP, index, length: *classes }),
        (None, "none") => Ok(each),
        (None, "sum") => Ok(Tensor::scalar(T::of_f64(total))),
        (None, "mean") => Ok(Tensor::scalar(T::of_f64(total / weights))),
        (None, other) => Err(Error::operand(OP, format!("no reduction `{other}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_outside_are_refused_and_ignored_ones_are_not() {
        let x = Tensor::new(&[2, 2], vec![1.0f32, 2.0, 3.0, 4.0]).unwrap();
        let target = |t: [i64; 2]| Tensor::new(&[2], t.to_vec()).unwrap();
        assert_eq!(nll_loss_weighted(&x, &target([1, -1]), None, "mean", -1).unwrap().elements(), [-2.0]);
        assert!(nll_loss_weighted(&x, &target([1, 2]), None, "mean", -1).is_err());
        assert!(nll_loss_weighted(&x, &target([1, -2]), None, "sum", -1).is_err());
    }
}
