use std::collections::HashMap;
use std::ops::RangeInclusive;

use crate::{Error, Integer, Result, Shape, Tensor};

/// Counts of n-grams in a sequence, or in each row. `pool` has the n-grams one after the other, those of one element from
/// `counts[0]` on, those of two from `counts[1]` and so on; the i-th counts at `indices[i]` of the result. Those of `shortest` to
/// `longest` elements are looked for, with up to `skips` elements between two of theirs. `mode` is `"TF"` for the counts, `"IDF"`
/// for the weights of those that occur, `"TFIDF"` for both together.
///
/// # Errors
/// If the lists do not fit each other, or the sequence has more than two axes.
#[expect(clippy::too_many_arguments, reason = "the operands and attributes of the operation")]
pub fn tf_idf_vectorizer<I: Integer>(
    x: &Tensor<I>,
    weights: Option<&Tensor<f32>>,
    shortest: usize,
    longest: usize,
    skips: usize,
    mode: &str,
    counts: &[usize],
    indices: &[usize],
    pool: &[i64],
) -> Result<Tensor<f32>> {
    const OP: &str = "tf_idf_vectorizer";
    let wrong = |why: &str| Error::operand(OP, why);
    let width = indices.iter().max().and_then(|last| last.checked_add(1)).ok_or_else(|| wrong("no n-grams"))?;
    let (shape, row): (Shape, usize) = match x.shape() {
        [] => (Shape::from_slice(&[width]), 1),
        [n] => (Shape::from_slice(&[width]), *n),
        [rows, n] => (Shape::from_slice(&[*rows, width]), *n),
        _ => return Err(wrong("a sequence of more than two axes")),
    };
    let grams = grams(counts, indices, pool).ok_or_else(|| wrong("lists of n-grams that do not fit"))?;
    let weight = |i: usize| weights.map_or(Some(1.0), |w| w.elements().get(i).copied());
    if weights.is_some_and(|w| w.len() < width) {
        return Err(wrong("expected a weight for each place"));
    }
    let value = |i: usize, n: f32| match mode {
        "TF" => Some(n),
        "IDF" => Some(if n > 0.0 { weight(i)? } else { 0.0 }),
        "TFIDF" => Some(n * weight(i)?),
        _ => None,
    };
    if value(0, 0.0).is_none() {
        return Err(wrong("an unknown mode"));
    }
    Tensor::try_build(OP, &shape, |out| {
        out.fill(0.0);
        for (r, out) in out.chunks_exact_mut(width).enumerate() {
            let row: Vec<i64> = x.elements()[r * row..(r + 1) * row].iter().map(|x| x.to_i64()).collect();
            count(&row, &grams, shortest..=longest.min(row.len()), skips, out);
            out.iter_mut().enumerate().for_each(|(i, o)| *o = value(i, *o).unwrap_or(0.0));
        }
    })
}

/// Counts the n-grams of some lengths in a row.
fn count(row: &[i64], grams: &HashMap<Vec<i64>, usize>, lengths: RangeInclusive<usize>, skips: usize, out: &mut [f32]) {
    let mut gram = Vec::new();
    for step in 1..=skips.min(row.len()) + 1 {
        // Single elements have nothing between them.
        let shortest = *lengths.start().max(if step == 1 { &1 } else { &2 });
        for n in shortest..=*lengths.end() {
            for start in 0..row.len().saturating_sub((n - 1).saturating_mul(step)) {
                gram.clear();
                gram.extend((0..n).map(|i| row[start + i * step]));
                if let Some(place) = grams.get(&gram[..]) {
                    out[*place] += 1.0;
                }
            }
        }
    }
}

/// The place in the result of each n-gram.
fn grams(counts: &[usize], indices: &[usize], pool: &[i64]) -> Option<HashMap<Vec<i64>, usize>> {
    let mut grams = HashMap::new();
    let mut places = indices.iter();
    for (i, from) in counts.iter().enumerate() {
        let to = counts.get(i + 1).copied().unwrap_or(pool.len());
        for gram in pool.get(*from..to)?.chunks_exact(i + 1) {
            grams.insert(gram.to_vec(), *places.next()?);
        }
    }
    Some(grams)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_may_lie_between() {
        let x = Tensor::new(&[2, 4], vec![1i32, 2, 1, 2, 1, 1, 2, 2]).unwrap();
        let count = |skips| tf_idf_vectorizer(&x, None, 1, 2, skips, "TF", &[0, 2], &[2, 0, 1], &[1, 2, 1, 2]).unwrap();
        assert_eq!(count(0).elements(), [2.0, 2.0, 2.0, 2.0, 1.0, 2.0]);
        assert_eq!(count(1).elements(), [2.0, 2.0, 2.0, 2.0, 3.0, 2.0]);
        assert!(tf_idf_vectorizer(&x, None, 1, 2, 0, "TF", &[0, 9], &[2, 0, 1], &[1, 2, 1, 2]).is_err());
        assert!(tf_idf_vectorizer(&x, None, 1, 2, 0, "BM25", &[0, 2], &[2, 0, 1], &[1, 2, 1, 2]).is_err());
    }
}
