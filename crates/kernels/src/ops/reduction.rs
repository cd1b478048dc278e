use smallvec::SmallVec;

use crate::cpu::dispatched;
use crate::math::is_finite;
use crate::{Element, Float, Number, Result, Shape, Tensor, map, map2};

/// The sum over some axes; 0 of nothing.
///
/// # Errors
/// Never; the result is one for uniformity.
pub fn sum<T: Number>(a: &Tensor<T>, axes: &[usize], keepdims: bool) -> Result<Tensor<T>> {
    Ok(fold(a, axes, keepdims, T::ZERO, |x, y| x.plus(y)))
}

/// The product over some axes; 1 of nothing.
///
/// # Errors
/// Never; the result is one for uniformity.
pub fn prod<T: Number>(a: &Tensor<T>, axes: &[usize], keepdims: bool) -> Result<Tensor<T>> {
    Ok(fold(a, axes, keepdims, T::ONE, |x, y| x.times(y)))
}

/// The largest over some axes, NaN if any is; the lowest number of nothing.
///
/// # Errors
/// Never; the result is one for uniformity.
pub fn max<T: Number>(a: &Tensor<T>, axes: &[usize], keepdims: bool) -> Result<Tensor<T>> {
    Ok(fold(a, axes, keepdims, T::LOWEST, |x, y| x.larger(y)))
}

/// The smallest over some axes, NaN if any is; the highest number of nothing.
///
/// # Errors
/// Never; the result is one for uniformity.
pub fn min<T: Number>(a: &Tensor<T>, axes: &[usize], keepdims: bool) -> Result<Tensor<T>> {
    Ok(fold(a, axes, keepdims, T::HIGHEST, |x, y| x.smaller(y)))
}

/// The arithmetic mean over some axes; NaN of nothing.
///
/// # Errors
/// Never; the result is one for uniformity.
pub fn mean<T: Float>(a: &Tensor<T>, axes: &[usize], keepdims: bool) -> Result<Tensor<T>> {
    let mut total = sum(a, axes, keepdims)?;
    let n = T::of_f64(axes.iter().map(|&axis| a.shape()[axis]).product::<usize>() as f64);
    total.elements_mut().iter_mut().for_each(|x| *x = x.over(n));
    Ok(total)
}

/// The logarithm of the sum of exponentials over some axes, without overflow; negative infinity of nothing.
///
/// # Errors
/// Never; the result is one for uniformity.
pub fn logsumexp<T: Float>(a: &Tensor<T>, axes: &[usize], keepdims: bool) -> Result<Tensor<T>> {
    let top = map(&max(a, axes, true)?, |x| if is_finite(x) { x } else { T::ZERO });
    let total = sum(&map2(a, &top, |x, top| x.minus(top).exp())?, axes, keepdims)?;
    map2(&total, &top.with_shape(total.shape())?, |sum, top| sum.ln().plus(top))
}

/// A tensor seen as alternating groups of axes that stay and axes that go, neighbours merged.
struct Groups {
    /// Length, distance from a place to the next, and whether the group goes.
    groups: SmallVec<[(usize, usize, bool); 6]>,
}

impl Groups {
    fn new(shape: &[usize], axes: &[usize]) -> Groups {
        let mut groups: SmallVec<[(usize, usize, bool); 6]> = SmallVec::new();
        let mut stride = 1;
        for axis in (0..shape.len()).rev() {
            let goes = axes.contains(&axis);
            match groups.last_mut() {
                Some((length, _, same)) if *same == goes => *length *= shape[axis],
                _ => groups.push((shape[axis], stride, goes)),
            }
            stride *= shape[axis];
        }
        groups.reverse();
        Groups { groups }
    }
}

/// The shape that is left without some axes, or with length 1 in their places.
pub(super) fn reduced_shape(shape: &[usize], axes: &[usize], keepdims: bool) -> Shape {
    let kept = |(axis, length): (usize, &usize)| match axes.contains(&axis) {
        true => keepdims.then_some(1),
        false => Some(*length),
    };
    shape.iter().enumerate().filter_map(kept).collect()
}

fn fold<T: Element>(a: &Tensor<T>, axes: &[usize], keepdims: bool, start: T, f: impl Fn(T, T) -> T) -> Tensor<T> {
    let shape = reduced_shape(a.shape(), axes, keepdims);
    let groups = Groups::new(a.shape(), axes);
    Tensor::build(&shape, |out| {
        out.fill(start);
        if a.len() > 0 {
            fold_groups(&groups.groups, a.elements(), out, start, f);
        }
    })
}

dispatched! {
    fn fold_groups[T: Element, F: Fn(T, T) -> T](groups: &[(usize, usize, bool)], a: &[T], out: &mut [T], start: T, f: F) {
        match groups {
            // A run that fills no lanes is folded as it is.
            [.., (inner, _, true)] if *inner < 16 => {
                for (i, run) in a.chunks_exact(*inner).enumerate() {
                    let at = target(&groups[..groups.len() - 1], i);
                    let mut total = out[at];
                    for x in run {
                        total = f(total, *x);
                    }
                    out[at] = total;
                }
            }
            [.., (inner, _, true)] => {
                // The last group goes: each run of it is folded in lanes, which become vector instructions.
                for (i, run) in a.chunks_exact(*inner).enumerate() {
                    let mut lanes = [start; 16];
                    let chunks = run.chunks_exact(16);
                    let rest = chunks.remainder();
                    for chunk in chunks {
                        for (lane, x) in lanes.iter_mut().zip(chunk) {
                            *lane = f(*lane, *x);
                        }
                    }
                    let mut total = start;
                    for lane in lanes {
                        total = f(total, lane);
                    }
                    for x in rest {
                        total = f(total, *x);
                    }
                    let at = target(&groups[..groups.len() - 1], i);
                    out[at] = f(out[at], total);
                }
            }
            [.., (inner, _, false)] => {
                for (i, run) in a.chunks_exact(*inner).enumerate() {
                    let at = target(&groups[..groups.len() - 1], i) * inner;
                    for (o, x) in out[at..at + inner].iter_mut().zip(run) {
                        *o = f(*o, *x);
                    }
                }
            }
            [] => out[0] = f(out[0], a[0]),
        }
    }
}

/// Where among the places of the groups that stay the `i`-th place of all groups belongs.
#[inline(always)]
fn target(groups: &[(usize, usize, bool)], i: usize) -> usize {
    let (mut rest, mut at, mut stride) = (i, 0, 1);
    for (length, _, goes) in groups.iter().rev() {
        if !goes {
            at += rest % length * stride;
            stride *= length;
        }
        rest /= length;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_of_sums_do_not_overflow() {
        let a = Tensor::new(&[2, 2], vec![1000.0, 1000.0, f64::NEG_INFINITY, f64::NEG_INFINITY]).unwrap();
        let found = logsumexp(&a, &[1], false).unwrap();
        assert_eq!(found.elements(), [1000.0 + 2f64.ln(), f64::NEG_INFINITY]);
        assert_eq!(logsumexp(&Tensor::<f64>::new(&[0, 1], vec![]).unwrap(), &[0], true).unwrap().elements(), [f64::NEG_INFINITY]);
    }
}
