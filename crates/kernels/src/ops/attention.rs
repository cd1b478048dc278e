use super::normalization::softmax_row;
use crate::cpu::dispatched;
use crate::element::{in_singles, is_half};
use crate::gemm::{Matrix, Product};
use crate::map::broadcast;
use crate::{Element, Error, Float, Result, Shape, Tensor, map, threads};

/// Queries that are taken at once: only their scores are in memory, never those of all.
const QUERIES: usize = 48;
/// Up to so many queries, each score is a sum of its own.
const FEW: usize = 3;

/// `softmax(q @ kᵀ * scale) @ v` for each of the leading axes, which all three have alike: `q` of shape `(…, queries, e)`, `k` of shape
/// `(…, keys, e)`, `v` of shape `(…, keys, w)`.
///
/// # Errors
/// If the shapes do not fit each other.
pub fn attention<T: Float + Product>(q: &Tensor<T>, k: &Tensor<T>, v: &Tensor<T>, scale: f64) -> Result<Tensor<T>> {
    if is_half::<T>() {
        return in_singles([q, k, v], |[q, k, v]| attention(q, k, v, scale));
    }
    attend("attention", [q, k, v], scale, |_, _, keys| keys, |_, _, _| false)
}

/// [`attention`] in which no query sees a later key.
///
/// # Errors
/// As [`attention`].
pub fn attention_causal<T: Float + Product>(q: &Tensor<T>, k: &Tensor<T>, v: &Tensor<T>, scale: f64) -> Result<Tensor<T>> {
    if is_half::<T>() {
        return in_singles([q, k, v], |[q, k, v]| attention_causal(q, k, v, scale));
    }
    attend(
        "attention_causal",
        [q, k, v],
        scale,
        |_, last, keys| keys.min(last + 1),
        |_, i, scores: &mut [_]| {
            let behind = scores.len().min(i + 1);
            scores[behind..].fill(T::LOWEST);
            false
        },
    )
}

/// [`attention`] with a mask that broadcasts to the scores. A query that sees nothing has zeros.
///
/// # Errors
/// As [`attention`], and if the mask does not broadcast to the scores' shape `(…, queries, keys)`.
pub fn attention_masked<T: Float + Product, M: Mask<T>>(
    q: &Tensor<T>,
    k: &Tensor<T>,
    v: &Tensor<T>,
    mask: &Tensor<M>,
    scale: f64,
) -> Result<Tensor<T>> {
    if is_half::<T>() {
        return in_singles([q, k, v], |[q, k, v]| attention_masked(q, k, v, &map(mask, M::single), scale));
    }
    let sizes = Sizes::new("attention_masked", [q.shape(), k.shape(), v.shape()])?;
    let mut scores: Shape = sizes.batch.into();
    scores.extend([sizes.queries, sizes.keys]);
    if broadcast("attention_masked", &[&scores, mask.shape()])? != scores {
        return Err(Error::shapes("attention_masked", &scores, mask.shape()));
    }
    let own = mask.shape();
    // Distances between a mask's rows along each of the scores' axes but the last.
    let mut strides: Shape = std::iter::repeat_n(0, scores.len()).collect();
    let mut stride = 1;
    for (axis, length) in (0..scores.len()).rev().zip(own.iter().rev()) {
        strides[axis] = if *length == 1 { 0 } else { stride };
        stride *= length;
    }
    let along = strides[scores.len() - 1];
    let row = |mut at: usize| {
        let mut start = 0;
        for axis in (0..scores.len() - 1).rev() {
            start += at % scores[axis] * strides[axis];
            at /= scores[axis];
        }
        start
    };
    attend(
        "attention_masked",
        [q, k, v],
        scale,
        |_, _, keys| keys,
        |head, i, scores: &mut [T]| {
            let mask = &mask.elements()[row(head * sizes.queries + i)..];
            match along {
                0 => scores.iter_mut().for_each(|score| *score = mask[0].hide(*score)),
                _ => scores.iter_mut().zip(mask).for_each(|(score, mask)| *score = mask.hide(*score)),
            }
            scores.iter().all(|score| *score == T::LOWEST)
        },
    )
}

/// What a mask does to a score.
pub trait Mask<T>: Element {
    /// What does it to scores of single precision.
    type Single: Mask<f32>;
    /// The score as the mask leaves it.
    fn hide(self, score: T) -> T;
    /// The mask of scores of single precision.
    fn single(self) -> Self::Single;
}

/// Added.
impl<T: Float> Mask<T> for T {
    type Single = f32;

    fn hide(self, score: T) -> T {
        score.plus(self)
    }

    fn single(self) -> f32 {
        self.to_f32()
    }
}

/// True where a key is seen.
impl<T: Float> Mask<T> for bool {
    type Single = bool;

    fn hide(self, score: T) -> T {
        if self { score } else { T::LOWEST }
    }

    fn single(self) -> bool {
        self
    }
}

/// The lengths of an attention's axes.
#[derive(Debug, Clone, Copy)]
struct Sizes<'a> {
    batch: &'a [usize],
    queries: usize,
    keys: usize,
    /// Of a query and of a key.
    length: usize,
    /// Of a value.
    width: usize,
}

impl<'a> Sizes<'a> {
    fn new(op: &'static str, [q, k, v]: [&'a [usize]; 3]) -> Result<Sizes<'a>> {
        match (q, k, v) {
            ([batch @ .., queries, length], [of_keys @ .., keys, own], [of_values @ .., values, width])
                if batch == of_keys && batch == of_values && length == own && keys == values =>
            {
                Ok(Sizes { batch, queries: *queries, keys: *keys, length: *length, width: *width })
            }
            ([batch @ .., _, length], [of_keys @ .., _, own], _) if batch == of_keys && length == own => Err(Error::shapes(op, k, v)),
            _ => Err(Error::shapes(op, q, k)),
        }
    }
}

/// Attention in which `seen` says how many keys the queries of a block see, given the first, the last and all, and `hide` changes the
/// scores of a query and says whether it may see nothing.
fn attend<T: Float + Product>(
    op: &'static str,
    [q, k, v]: [&Tensor<T>; 3],
    scale: f64,
    seen: impl Fn(usize, usize, usize) -> usize + Sync,
    hide: impl Fn(usize, usize, &mut [T]) -> bool + Sync,
) -> Result<Tensor<T>> {
    let sizes = Sizes::new(op, [q.shape(), k.shape(), v.shape()])?;
    let mut shape: Shape = sizes.batch.into();
    shape.extend([sizes.queries, sizes.width]);
    let Sizes { queries, keys, length, width, .. } = sizes;
    let scale = T::of_f64(scale);
    let work = shape.iter().product::<usize>() / width.max(1) * keys * (length + width);
    Ok(Tensor::build(&shape, |out| {
        threads::share_rows(out, queries * width, work, |first, out| {
            let mut scores = Tensor::build(&[QUERIES.min(queries) * keys], |_| {});
            let mut weights = Tensor::build(&[QUERIES.min(queries) * keys], |_| {});
            let mut scaled = Tensor::build(&[QUERIES.min(queries) * length], |_| {});
            let (scores, weights, scaled) = (scores.elements_mut(), weights.elements_mut(), scaled.elements_mut());
            for (head, out) in (first..).zip(out.chunks_exact_mut((queries * width).max(1))) {
                let q = &q.elements()[head * queries * length..][..queries * length];
                let k = &k.elements()[head * keys * length..][..keys * length];
                let v = &v.elements()[head * keys * width..][..keys * width];
                for top in (0..queries).step_by(QUERIES) {
                    let count = QUERIES.min(queries - top);
                    let seen = seen(top, top + count - 1, keys);
                    scaled.iter_mut().zip(&q[top * length..]).for_each(|(scaled, q)| *scaled = q.times(scale));
                    products(count, scaled, &k[..seen * length], length, scores);
                    let rows = scores.chunks_exact_mut(seen.max(1)).zip(weights.chunks_exact_mut(seen.max(1)));
                    for (i, (scores, weights)) in (top..top + count).zip(rows) {
                        match hide(head, i, scores) {
                            true => weights.fill(T::ZERO),
                            false => softmax_row(scores, weights),
                        }
                    }
                    let (left, right) = (Matrix::rows(weights, seen), Matrix::rows(v, width));
                    T::product((count, seen, width), left, right, &mut out[top * width..][..count * width], false);
                }
            }
        });
    }))
}

/// The products of each query with each key.
fn products<T: Float + Product>(count: usize, q: &[T], k: &[T], length: usize, scores: &mut [T]) {
    let keys = k.len() / length.max(1);
    if count > FEW || length == 0 {
        return T::product((count, length, keys), Matrix::rows(q, length), Matrix { elements: k, row: 1, column: length }, scores, false);
    }
    for (scores, q) in scores.chunks_exact_mut(keys.max(1)).zip(q.chunks_exact(length)).take(count) {
        sums(q, k, scores);
    }
}

dispatched! {
    /// The products of one query with each key, in sixteen lanes.
    fn sums[T: Float](q: &[T], k: &[T], scores: &mut [T]) {
        for (score, k) in scores.iter_mut().zip(k.chunks_exact(q.len())) {
            let mut lanes = [T::ZERO; 16];
            let ((q, q_rest), (k, k_rest)) = (q.as_chunks::<16>(), k.as_chunks::<16>());
            for (q, k) in q.iter().zip(k) {
                for ((lane, q), k) in lanes.iter_mut().zip(q).zip(k) {
                    *lane = q.fused(*k, *lane);
                }
            }
            let rest = q_rest.iter().zip(k_rest).fold(T::ZERO, |sum, (q, k)| q.fused(*k, sum));
            *score = lanes.into_iter().fold(rest, |sum, lane| sum.plus(lane));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::tests::{near, numbers};
    use crate::{map2, map3, ops};

    /// By the operations that attention is made of.
    fn parts(q: &Tensor<f32>, k: &Tensor<f32>, v: &Tensor<f32>, mask: &Tensor<f32>, scale: f32) -> Tensor<f32> {
        let axes: Vec<usize> = (0..k.rank() - 2).chain([k.rank() - 1, k.rank() - 2]).collect();
        let scores = ops::matmul(q, &ops::permute(k, &axes).unwrap()).unwrap();
        let scores = map2(&scores, mask, |s, m| s * scale + m).unwrap();
        ops::matmul(&ops::softmax(&scores, scores.rank() - 1).unwrap(), v).unwrap()
    }

    #[test]
    fn results_are_those_of_the_parts() {
        for (queries, keys, length, width) in [(1, 1, 1, 1), (1, 70, 33, 8), (3, 5, 16, 4), (50, 50, 24, 20), (130, 17, 8, 40)] {
            let batch = [2, 3];
            let (q, k) = (numbers(&[2, 3, queries, length]), numbers(&[2, 3, keys, length]));
            let v = numbers(&[2, 3, keys, width]);
            near(&attention(&q, &k, &v, 0.3).unwrap(), &parts(&q, &k, &v, &Tensor::scalar(0.0), 0.3));
            let later = Tensor::build(&[queries, keys], |out| {
                out.iter_mut().enumerate().for_each(|(i, x)| *x = if i % keys > i / keys { f32::NEG_INFINITY } else { 0.0 });
            });
            near(&attention_causal(&q, &k, &v, 0.3).unwrap(), &parts(&q, &k, &v, &later, 0.3));
            for shape in [&[keys][..], &[1, queries, keys], &[batch[0], 1, 1, keys], &[batch[1], queries, 1]] {
                let mask = numbers(shape);
                near(&attention_masked(&q, &k, &v, &mask, 0.3).unwrap(), &parts(&q, &k, &v, &mask, 0.3));
            }
        }
    }

    #[test]
    fn what_is_hidden_has_no_weight() {
        let (q, k, v) = (numbers(&[2, 4]), numbers(&[3, 4]), numbers(&[3, 2]));
        let mask = Tensor::new(&[2, 3], vec![true, false, true, false, false, false]).unwrap();
        let found = attention_masked(&q, &k, &v, &mask, 1.0).unwrap();
        let seen = map3(&mask, &Tensor::scalar(0.0f32), &Tensor::scalar(f32::NEG_INFINITY), |m, a, b| if m { a } else { b }).unwrap();
        assert_eq!(found.elements()[..2], parts(&q, &k, &v, &seen, 1.0).elements()[..2]);
        assert_eq!(found.elements()[2..], [0.0, 0.0]);
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let (q, k, v) = (numbers(&[2, 5, 4]), numbers(&[2, 3, 4]), numbers(&[2, 3, 7]));
        assert_eq!(attention(&q, &k, &v, 1.0).unwrap().shape(), [2, 5, 7]);
        for [q, k, v] in [[&q, &v, &v], [&q, &k, &q], [&q, &numbers(&[1, 3, 4]), &v]] {
            assert!(attention(q, k, v, 1.0).is_err());
        }
        for mask in [&[3, 3][..], &[5, 2], &[4, 2, 5, 3]] {
            assert!(attention_masked(&q, &k, &v, &numbers(mask), 1.0).is_err());
        }
        assert_eq!(attention(&numbers(&[0, 5, 4]), &numbers(&[0, 3, 4]), &numbers(&[0, 3, 7]), 1.0).unwrap().len(), 0);
        assert_eq!(attention(&q, &numbers(&[2, 0, 4]), &numbers(&[2, 0, 7]), 1.0).unwrap().elements(), [0.0; 70]);
    }

    #[test]
    fn half_floats_are_summed_in_single_precision() {
        let [q, k, v] = [[3, 8], [200, 8], [200, 5]].map(|shape| map(&numbers(&shape), half::f16::from_f32));
        let [a, b, c] = [&q, &k, &v].map(|x| map(x, half::f16::to_f32));
        let expected = map(&attention(&a, &b, &c, 0.5).unwrap(), half::f16::from_f32);
        assert_eq!(attention(&q, &k, &v, 0.5).unwrap(), expected);
    }
}
