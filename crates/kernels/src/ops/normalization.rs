use crate::cpu::dispatched;
use crate::element::{in_singles, is_half};
use crate::{Error, Float, Number, Result, Tensor, threads};

/// Multiplications that take as long as an element of a row.
const ROW: usize = 16;

/// Exponentials divided by their sum along an axis.
///
/// # Errors
/// If the axis is not there.
pub fn softmax<T: Float>(x: &Tensor<T>, axis: usize) -> Result<Tensor<T>> {
    if is_half::<T>() {
        return in_singles([x], |[x]| softmax(x, axis));
    }
    along("softmax", x, axis, |x, out| {
        softmax_row(x, out);
    })
}

/// The logarithm of softmax, without underflow.
///
/// # Errors
/// If the axis is not there.
pub fn log_softmax<T: Float>(x: &Tensor<T>, axis: usize) -> Result<Tensor<T>> {
    if is_half::<T>() {
        return in_singles([x], |[x]| log_softmax(x, axis));
    }
    along("log_softmax", x, axis, |x, out| {
        log_softmax_row(x, out);
    })
}

/// Each of the trailing `axes` axes' parts with mean 0 and variance 1, times `w` plus `b`, which broadcast to them.
///
/// # Errors
/// If `w` or `b` does not fit.
pub fn layer_norm<T: Float>(x: &Tensor<T>, w: &Tensor<T>, b: &Tensor<T>, axes: usize, eps: f64) -> Result<Tensor<T>> {
    if is_half::<T>() {
        return in_singles([x, w, b], |[x, w, b]| layer_norm(x, w, b, axes, eps));
    }
    let rank = x.rank();
    let own = x.shape().get(rank.saturating_sub(axes)..).unwrap_or(&[]);
    let (w, b) = (super::broadcast_to(w, own)?, super::broadcast_to(b, own)?);
    let length = own.iter().product::<usize>();
    Ok(Tensor::build(x.shape(), |out| {
        if length > 0 {
            threads::share_rows(out, length, out.len() * ROW, |first, out| {
                layer_norm_rows(&x.elements()[first * length..], w.elements(), b.elements(), eps, out);
            });
        }
    }))
}

/// Each of the trailing `axes` axes' parts with mean 0 and variance 1.
///
/// # Errors
/// If there are fewer axes.
pub fn layer_norm_plain<T: Float>(x: &Tensor<T>, axes: usize, eps: f64) -> Result<Tensor<T>> {
    let Some(outer) = x.rank().checked_sub(axes) else {
        return Err(Error::operand("layer_norm_plain", format!("{axes} trailing axes of {:?}", x.shape())));
    };
    let own = &x.shape()[outer..];
    let (w, b) = (Tensor::build(own, |w| w.fill(T::ONE)), Tensor::build(own, |b| b.fill(T::ZERO)));
    layer_norm(x, &w, &b, axes, eps)
}

/// The last axis divided by its root mean square, times `w`.
///
/// # Errors
/// If `w` is not as long as that axis.
pub fn rms_norm<T: Float>(x: &Tensor<T>, w: &Tensor<T>, eps: f64) -> Result<Tensor<T>> {
    let Some(length) = x.shape().last().filter(|length| w.shape() == [**length]) else {
        return Err(Error::shapes("rms_norm", x.shape(), w.shape()));
    };
    if is_half::<T>() {
        return in_singles([x, w], |[x, w]| rms_norm(x, w, eps));
    }
    Ok(Tensor::build(x.shape(), |out| {
        if *length > 0 {
            threads::share_rows(out, *length, out.len() * ROW, |first, out| {
                rms_norm_rows(&x.elements()[first * length..], w.elements(), eps, out);
            });
        }
    }))
}

/// `(x - mean) / sqrt(var + eps) * w + b` for each place of axis 1.
///
/// # Errors
/// If a parameter's length is not that of axis 1.
pub fn batch_norm<T: Float>(x: &Tensor<T>, mean: &Tensor<T>, var: &Tensor<T>, w: &Tensor<T>, b: &Tensor<T>, eps: f64) -> Result<Tensor<T>> {
    let channels = *x.shape().get(1).ok_or_else(|| Error::operand("batch_norm", "expected a batch and channels"))?;
    if let Some(wrong) = [mean, var, w, b].into_iter().find(|p| p.shape() != [channels]) {
        return Err(Error::shapes("batch_norm", x.shape(), wrong.shape()));
    }
    let inner: usize = x.shape()[2..].iter().product();
    Ok(Tensor::build(x.shape(), |out| {
        if out.is_empty() {
            return;
        }
        for (i, (out, x)) in out.chunks_exact_mut(inner).zip(x.elements().chunks_exact(inner)).enumerate() {
            let c = i % channels;
            let scale = w.elements()[c].over(var.elements()[c].plus(T::of_f64(eps)).sqrt());
            let shift = b.elements()[c].minus(mean.elements()[c].times(scale));
            out.iter_mut().zip(x).for_each(|(o, x)| *o = x.times(scale).plus(shift));
        }
    }))
}

/// `f` of each line along an axis.
fn along<T: Float>(op: &'static str, x: &Tensor<T>, axis: usize, f: impl Fn(&[T], &mut [T]) + Sync) -> Result<Tensor<T>> {
    let Some(&length) = x.shape().get(axis) else { return Err(Error::operand(op, format!("no axis {axis} in {:?}", x.shape()))) };
    let inner: usize = x.shape()[axis + 1..].iter().product();
    Ok(Tensor::build(x.shape(), |out| {
        if out.is_empty() {
            return;
        }
        let all = out.len();
        threads::share_rows(out, length * inner, all * ROW, |first, out| {
            let x = x.elements()[first * length * inner..].chunks_exact(length * inner);
            if inner == 1 {
                return out.chunks_exact_mut(length).zip(x).for_each(|(out, x)| f(x, out));
            }
            let (mut line, mut result) = (vec![T::ZERO; length], vec![T::ZERO; length]);
            for (out, x) in out.chunks_exact_mut(length * inner).zip(x) {
                for i in 0..inner {
                    line.iter_mut().enumerate().for_each(|(j, l)| *l = x[j * inner + i]);
                    f(&line, &mut result);
                    result.iter().enumerate().for_each(|(j, r)| out[j * inner + i] = *r);
                }
            }
        });
    }))
}

dispatched! {
    pub(super) fn softmax_row[T: Float](x: &[T], out: &mut [T]) {
        let top = lanes(x, T::LOWEST, top_of);
        let scale = T::ONE.over(exponentials(x, top, out));
        for o in out.iter_mut() {
            *o = o.times(scale);
        }
    }

    fn log_softmax_row[T: Float](x: &[T], out: &mut [T]) {
        let top = lanes(x, T::LOWEST, top_of);
        let shift = exponentials(x, top, out).ln();
        for (o, x) in out.iter_mut().zip(x) {
            *o = x.minus(top).minus(shift);
        }
    }

    fn rms_norm_rows[T: Float](x: &[T], w: &[T], eps: f64, out: &mut [T]) {
        let n = T::of_f64(w.len() as f64);
        for (out, x) in out.chunks_exact_mut(w.len()).zip(x.chunks_exact(w.len())) {
            let scale = T::ONE.over(squares(x).over(n).plus(T::of_f64(eps)).sqrt());
            for ((o, x), w) in out.iter_mut().zip(x).zip(w) {
                *o = x.times(scale).times(*w);
            }
        }
    }

    fn layer_norm_rows[T: Float](x: &[T], w: &[T], b: &[T], eps: f64, out: &mut [T]) {
        let n = T::of_f64(w.len() as f64);
        for (out, x) in out.chunks_exact_mut(w.len()).zip(x.chunks_exact(w.len())) {
            let mean = lanes(x, T::ZERO, |a, b| a.plus(b)).over(n);
            for (o, x) in out.iter_mut().zip(x) {
                *o = x.minus(mean);
            }
            let var = squares(out).over(n);
            let scale = T::ONE.over(var.plus(T::of_f64(eps)).sqrt());
            for ((o, w), b) in out.iter_mut().zip(w).zip(b) {
                *o = o.times(scale).fused(*w, *b);
            }
        }
    }
}

/// The larger of two numbers. What is not a number is left out: its exponential makes the row's sum no number anyway.
#[inline(always)]
fn top_of<T: Number>(a: T, b: T) -> T {
    if b > a { b } else { a }
}

/// The exponentials of a row, seen from its largest element, and their sum.
#[inline(always)]
fn exponentials<T: Float>(x: &[T], top: T, out: &mut [T]) -> T {
    let mut sums = [T::ZERO; 16];
    let ((x, x_rest), (out, out_rest)) = (x.as_chunks::<16>(), out.as_chunks_mut::<16>());
    for (out, x) in out.iter_mut().zip(x) {
        for ((o, x), sum) in out.iter_mut().zip(x).zip(&mut sums) {
            *o = x.minus(top).exp();
            *sum = sum.plus(*o);
        }
    }
    if !x_rest.is_empty() {
        // A whole row of vectors takes less time than a few elements one by one; what is missing adds nothing.
        let mut rest = [T::LOWEST; 16];
        rest[..x_rest.len()].copy_from_slice(x_rest);
        for (x, sum) in rest.iter_mut().zip(&mut sums) {
            *x = x.minus(top).exp();
            *sum = sum.plus(*x);
        }
        out_rest.copy_from_slice(&rest[..out_rest.len()]);
    }
    halved(sums, |a, b| a.plus(b))
}

/// A fold of sixteen lanes, of half of them at once.
#[inline(always)]
fn halved<T: Float>(mut lanes: [T; 16], f: impl Fn(T, T) -> T) -> T {
    for half in [8, 4, 2, 1] {
        let (low, high) = lanes.split_at_mut(half);
        low.iter_mut().zip(high).for_each(|(a, b)| *a = f(*a, *b));
    }
    lanes[0]
}

/// A fold in sixteen lanes, which become vector instructions.
#[inline(always)]
fn lanes<T: Float>(x: &[T], start: T, f: impl Fn(T, T) -> T) -> T {
    let mut lanes = [start; 16];
    let chunks = x.chunks_exact(16);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = f(*lane, *x);
        }
    }
    rest.iter().fold(halved(lanes, &f), |total, x| f(total, *x))
}

#[inline(always)]
fn squares<T: Float>(x: &[T]) -> T {
    let mut lanes = [T::ZERO; 16];
    let chunks = x.chunks_exact(16);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = x.fused(*x, *lane);
        }
    }
    rest.iter().fold(halved(lanes, |a, b| a.plus(b)), |total, x| x.fused(*x, total))
}
