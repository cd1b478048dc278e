//! What loops and conditions need besides the statements of the language.

use crate::{Element, Error, Result, Tensor};

/// What the rounds of a loop gave, along a new first axis; the other axes have these lengths if there was no round.
///
/// # Errors
/// If the rounds gave different shapes.
pub fn collect<T: Element>(parts: &[Tensor<T>], lengths: &[usize]) -> Result<Tensor<T>> {
    let lengths = parts.first().map_or(lengths, Tensor::shape);
    if let Some(other) = parts.iter().find(|part| part.shape() != lengths) {
        return Err(Error::shapes("collect", lengths, other.shape()));
    }
    let shape: Vec<usize> = std::iter::once(parts.len()).chain(lengths.iter().copied()).collect();
    Tensor::try_build("collect", &shape, |out| {
        let size = lengths.iter().product::<usize>().max(1);
        out.chunks_mut(size).zip(parts).for_each(|(out, part)| out.copy_from_slice(part.elements()));
    })
}

/// The tensor as it is, where a condition holds.
///
/// # Errors
/// With the message, where it does not.
pub fn require<T: Element>(condition: &Tensor<bool>, x: &Tensor<T>, message: &str) -> Result<Tensor<T>> {
    if condition.item()? { Ok(x.clone()) } else { Err(Error::operand("require", message)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_collected_along_a_new_axis() {
        let part = |x: f32| Tensor::new(&[2], vec![x, -x]).unwrap();
        let all = collect(&[part(1.0), part(2.0), part(3.0)], &[]).unwrap();
        assert_eq!((all.shape(), all.elements()), (&[3, 2][..], &[1.0, -1.0, 2.0, -2.0, 3.0, -3.0][..]));
        assert_eq!(collect::<f32>(&[], &[4, 2]).unwrap().shape(), [0, 4, 2]);
        assert!(collect(&[part(1.0), Tensor::scalar(1.0)], &[]).is_err());
    }

    #[test]
    fn what_is_required_is_refused_with_the_reason() {
        let x = Tensor::scalar(1i64);
        assert_eq!(require(&Tensor::scalar(true), &x, "").unwrap(), x);
        assert!(require(&Tensor::scalar(false), &x, "n is 1").unwrap_err().to_string().contains("n is 1"));
    }
}
