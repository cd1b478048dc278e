use std::collections::BTreeSet;

use smallvec::SmallVec;

use crate::gemm::Product;
use crate::{Error, Number, Result, Shape, Tensor};

/// Einstein summation over axes named by letters, as `ij,jk->ik`, by matrix products of two tensors at a time.
///
/// # Errors
/// If the subscripts do not fit the tensors.
pub fn einsum<T: Product>(subscripts: &str, tensors: &[&Tensor<T>]) -> Result<Tensor<T>> {
    let misfit = |why: &str| Error::operand("einsum", format!("`{subscripts}`: {why}"));
    let (inputs, output) = subscripts.split_once("->").ok_or_else(|| misfit("expected `->`"))?;
    let inputs: Vec<Vec<char>> = inputs.split(',').map(|input| input.chars().collect()).collect();
    let output: Vec<char> = output.chars().collect();
    if inputs.len() != tensors.len() || inputs.iter().zip(tensors).any(|(input, tensor)| input.len() != tensor.rank()) {
        return Err(misfit("expected a letter for each axis"));
    }
    let distinct: BTreeSet<char> = output.iter().copied().collect();
    if distinct.len() != output.len() || output.iter().any(|letter| inputs.iter().all(|input| !input.contains(letter))) {
        return Err(misfit("expected each letter of the result once, and in an operand"));
    }
    let mut total: Option<Named<T>> = None;
    for (i, (letters, tensor)) in inputs.iter().zip(tensors).enumerate() {
        let later: BTreeSet<char> = inputs[i + 1..].iter().flatten().copied().chain(distinct.iter().copied()).collect();
        let operand = Named { letters: letters.clone(), tensor: (*tensor).clone() }.without_repeats()?;
        total = Some(match total {
            None => operand.summed(&later)?,
            Some(total) => total.times(operand, &later)?,
        });
    }
    total.ok_or_else(|| misfit("no operands"))?.ordered(&output)
}

/// A tensor with a letter for each axis.
struct Named<T: Number> {
    letters: Vec<char>,
    tensor: Tensor<T>,
}

impl<T: Product> Named<T> {
    /// Of axes with the same letter the diagonal.
    fn without_repeats(self) -> Result<Named<T>> {
        let repeated =
            (0..self.letters.len()).find_map(|i| (i + 1..self.letters.len()).find(|j| self.letters[*j] == self.letters[i]).map(|j| (i, j)));
        let Some((i, j)) = repeated else { return Ok(self) };
        let rank = self.letters.len();
        let order: Shape = [i, j].into_iter().chain((0..rank).filter(|axis| *axis != i && *axis != j)).collect();
        let moved = super::permute(&self.tensor, &order)?;
        let n = moved.shape()[0];
        if moved.shape()[1] != n {
            return Err(Error::shapes("einsum", self.tensor.shape(), &[n, moved.shape()[1]]));
        }
        let inner: usize = moved.shape()[2..].iter().product();
        let shape: Shape = std::iter::once(n).chain(moved.shape()[2..].iter().copied()).collect();
        let diagonal = Tensor::build(&shape, |out| {
            for (k, out) in out.chunks_exact_mut(inner.max(1)).enumerate() {
                let begin = k * (n + 1) * inner;
                out.copy_from_slice(&moved.elements()[begin..begin + inner]);
            }
        });
        let letters = std::iter::once(self.letters[i]).chain(order[2..].iter().map(|axis| self.letters[*axis])).collect();
        Named { letters, tensor: diagonal }.without_repeats()
    }

    /// Summed over the axes that are not wanted.
    fn summed(self, wanted: &BTreeSet<char>) -> Result<Named<T>> {
        let gone: Shape = (0..self.letters.len()).filter(|axis| !wanted.contains(&self.letters[*axis])).collect();
        let letters = self.letters.into_iter().filter(|letter| wanted.contains(letter)).collect();
        Ok(Named { letters, tensor: super::sum(&self.tensor, &gone, false)? })
    }

    /// The axes in an order.
    fn ordered(&self, letters: &[char]) -> Result<Tensor<T>> {
        let order: Shape = letters.iter().filter_map(|letter| self.letters.iter().position(|own| own == letter)).collect();
        super::permute(&self.tensor, &order)
    }

    /// Without axes of length 1 that stand for those of any length in another.
    fn narrowed(self, other: &Named<T>) -> Result<Named<T>> {
        let length = |letter: &char| other.letters.iter().position(|own| own == letter).map(|axis| other.tensor.shape()[axis]);
        let stays = |axis: &usize| self.tensor.shape()[*axis] != 1 || length(&self.letters[*axis]).is_none_or(|n| n == 1);
        let axes: Shape = (0..self.letters.len()).filter(stays).collect();
        let shape: Shape = axes.iter().map(|axis| self.tensor.shape()[*axis]).collect();
        Ok(Named { letters: axes.iter().map(|axis| self.letters[*axis]).collect(), tensor: self.tensor.with_shape(&shape)? })
    }

    /// The product with another, summed over the axes that are not wanted.
    fn times(self, other: Named<T>, wanted: &BTreeSet<char>) -> Result<Named<T>> {
        let with = |named: &Named<T>| -> BTreeSet<char> { named.letters.iter().chain(wanted).copied().collect() };
        let left = self.narrowed(&other)?;
        let right = other.narrowed(&left)?;
        let (own, theirs) = (with(&left), with(&right));
        let (left, right) = (left.summed(&theirs)?, right.summed(&own)?);
        let shared = |letter: &&char| right.letters.contains(letter);
        let pick = |from: &[char], keep: &dyn Fn(&char) -> bool| from.iter().copied().filter(keep).collect::<Vec<char>>();
        let batch = pick(&left.letters, &|c| shared(&c) && wanted.contains(c));
        let inner = pick(&left.letters, &|c| shared(&c) && !wanted.contains(c));
        let rows = pick(&left.letters, &|c| !shared(&c));
        let columns = pick(&right.letters, &|c| !left.letters.contains(c));
        let (x, y) = (left.ordered(&[&batch[..], &rows, &inner].concat())?, right.ordered(&[&batch[..], &inner, &columns].concat())?);
        let (b, k) = (batch.len(), inner.len());
        let groups = |s: &[usize], first: usize, second: usize| -> [usize; 3] {
            [s[..first].iter().product(), s[first..second].iter().product(), s[second..].iter().product()]
        };
        let (p, q) = (x.with_shape(&groups(x.shape(), b, b + rows.len()))?, y.with_shape(&groups(y.shape(), b, b + k))?);
        if x.shape()[..b] != y.shape()[..b] || x.shape()[b + rows.len()..] != y.shape()[b..b + k] {
            return Err(Error::shapes("einsum", x.shape(), y.shape()));
        }
        let shape: SmallVec<[usize; 6]> = x.shape()[..b + rows.len()].iter().chain(&y.shape()[b + k..]).copied().collect();
        let product = super::matmul(&p, &q)?.with_shape(&shape)?;
        Ok(Named { letters: [batch, rows, columns].concat(), tensor: product })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(shape: &[usize]) -> Tensor<i64> {
        Tensor::new(shape, (1..=shape.iter().product::<usize>() as i64).collect()).unwrap()
    }

    #[test]
    fn letters_say_what_is_summed() {
        let (a, b) = (counted(&[2, 3]), counted(&[3, 2]));
        assert_eq!(einsum("ij,jk->ki", &[&a, &b]).unwrap().elements(), [22, 49, 28, 64]);
        assert_eq!(einsum("ij->i", &[&a]).unwrap().elements(), [6, 15]);
        assert_eq!(einsum("ii->i", &[&counted(&[2, 2])]).unwrap().elements(), [1, 4]);
        assert_eq!(einsum("ii->", &[&counted(&[2, 2])]).unwrap().elements(), [5]);
        assert_eq!(einsum("ij,ij->ij", &[&a, &a]).unwrap().elements(), [1, 4, 9, 16, 25, 36]);
        assert_eq!(einsum("ij,jk,k->", &[&a, &b, &counted(&[2])]).unwrap().elements(), [255]);
        assert_eq!(einsum("bij,bjk->bik", &[&counted(&[2, 1, 2]), &counted(&[2, 2, 1])]).unwrap().elements(), [5, 25]);
        assert_eq!(einsum("ai,ib->ab", &[&counted(&[1, 1]), &counted(&[2, 1])]).unwrap().elements(), [3]);
        assert_eq!(einsum("->", &[&Tensor::scalar(3i64)]).unwrap().elements(), [3]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let a = counted(&[2, 3]);
        for text in ["ij", "ij,jk->ik", "i->i", "ij->ii", "ij->k", "ii->i"] {
            assert!(einsum(text, &[&a]).is_err(), "{text}");
        }
        assert!(einsum("ij,jk->ik", &[&a, &a]).is_err() && einsum::<i64>("->", &[]).is_err());
    }
}
