//! Discrete Fourier transforms.

use std::f64::consts::{PI, TAU};

use crate::{Error, Float, Result, Shape, Tensor};

/// A complex number.
type Complex = [f64; 2];

fn times(a: Complex, b: Complex) -> Complex {
    [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]
}

/// `exp(i * angle)`.
fn turn(angle: f64) -> Complex {
    [angle.cos(), angle.sin()]
}

/// What transforms of one length have in common.
enum Plan {
    /// A power of two: the roots of unity.
    Radix2(Vec<Complex>),
    /// Any other length, by Bluestein: a convolution with a chirp, whose transform is kept, in a power of two.
    Chirp { chirp: Vec<Complex>, filter: Vec<Complex>, plan: Box<Plan> },
}

impl Plan {
    fn new(n: usize) -> Plan {
        if n.is_power_of_two() {
            return Plan::Radix2((0..n / 2).map(|i| turn(-TAU * i as f64 / n as f64)).collect());
        }
        let size = (2 * n - 1).next_power_of_two();
        // The square is taken modulo 2 n, for the angle would lose its digits.
        let chirp: Vec<Complex> = (0..n as u128).map(|i| turn(-PI * (i * i % (2 * n as u128)) as f64 / n as f64)).collect();
        let mut filter = vec![[0.0; 2]; size];
        for (i, [re, im]) in chirp.iter().enumerate() {
            filter[i] = [*re, -im];
            filter[(size - i) % size] = [*re, -im];
        }
        let plan = Box::new(Plan::new(size));
        plan.forward(&mut filter);
        Plan::Chirp { chirp, filter, plan }
    }

    fn forward(&self, x: &mut [Complex]) {
        match self {
            Plan::Radix2(roots) => radix2(x, roots),
            Plan::Chirp { chirp, filter, plan } => {
                let mut y = vec![[0.0; 2]; filter.len()];
                y.iter_mut().zip(&*x).zip(chirp).for_each(|((y, x), c)| *y = times(*x, *c));
                plan.forward(&mut y);
                y.iter_mut().zip(filter).for_each(|(y, f)| *y = times(*y, *f));
                plan.inverse(&mut y);
                x.iter_mut().zip(&y).zip(chirp).for_each(|((x, y), c)| *x = times(*y, *c));
            }
        }
    }

    /// The inverse: the transform of what is mirrored at the real axis, mirrored, over the length.
    fn inverse(&self, x: &mut [Complex]) {
        let n = x.len() as f64;
        x.iter_mut().for_each(|[_, im]| *im = -*im);
        self.forward(x);
        x.iter_mut().for_each(|[re, im]| (*re, *im) = (*re / n, -*im / n));
    }
}

fn radix2(x: &mut [Complex], roots: &[Complex]) {
    let n = x.len();
    if n < 2 {
        return;
    }
    let shift = usize::BITS - n.trailing_zeros();
    for i in 0..n {
        let j = i.reverse_bits() >> shift;
        if i < j {
            x.swap(i, j);
        }
    }
    let mut half = 1;
    while half < n {
        for block in x.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((a, b), w) in low.iter_mut().zip(high).zip(roots.iter().step_by(n / (2 * half))) {
                let t = times(*b, *w);
                (*a, *b) = ([a[0] + t[0], a[1] + t[1]], [a[0] - t[0], a[1] - t[1]]);
            }
        }
        half *= 2;
    }
}

/// A length that an operand holds.
fn length_of(op: &'static str, tensor: &Tensor<i64>) -> Result<usize> {
    let n = tensor.item()?;
    usize::try_from(n).ok().filter(|n| *n > 0).ok_or_else(|| Error::operand(op, format!("a length of {n}")))
}

/// How many numbers of a transform are given.
fn kept(length: usize, onesided: bool) -> usize {
    if onesided { length / 2 + 1 } else { length }
}

/// Room for a line of a length that an operand holds.
fn line(op: &'static str, length: usize) -> Result<Vec<Complex>> {
    let mut line = Vec::new();
    // The chirp takes up to four times as much.
    let room = length.checked_mul(4).ok_or_else(|| Error::operand(op, format!("a length of {length}")))?;
    line.try_reserve_exact(room).map_err(|_| Error::operand(op, format!("a length of {length}")))?;
    line.resize(length, [0.0; 2]);
    Ok(line)
}

/// The discrete Fourier transform along an axis, or its inverse. The last axis of `x` has the real parts alone, or real and
/// imaginary parts; that of the result has both. The axis is cut off, or extended by zeros, to `length`; of the result only the
/// first half is given if `onesided`. `axis` counts from the end if it is negative and stands for `default` if it is left out.
///
/// # Errors
/// If there is no such axis, or no memory for the result.
pub fn dft<T: Float>(
    x: &Tensor<T>,
    length: Option<&Tensor<i64>>,
    axis: Option<&Tensor<i64>>,
    default: i64,
    inverse: bool,
    onesided: bool,
) -> Result<Tensor<T>> {
    const OP: &str = "dft";
    let axis = axis.map_or(Ok(default), Tensor::item)?;
    let axis = super::gather::place(OP, axis, x.rank())?;
    let (own, parts) = match x.shape() {
        [lengths @ .., parts] if axis < lengths.len() && (1..=2).contains(parts) => (lengths[axis], *parts),
        shape => return Err(Error::operand(OP, format!("axis {axis} of {shape:?}"))),
    };
    let length = length.map_or(Ok(own), |length| length_of(OP, length))?;
    if length == 0 {
        return Err(Error::operand(OP, "an empty axis"));
    }
    let count = kept(length, onesided);
    let mut shape = Shape::from_slice(x.shape());
    (shape[axis], shape[x.rank() - 1]) = (count, 2);
    let inner: usize = x.shape()[axis + 1..x.rank() - 1].iter().product();
    let mut line = line(OP, length)?;
    let plan = Plan::new(length);
    Tensor::try_build(OP, &shape, |out| {
        if out.is_empty() {
            return;
        }
        for (block, out) in out.chunks_exact_mut(count * inner * 2).enumerate() {
            for i in 0..inner {
                line.fill([0.0; 2]);
                for (j, value) in line.iter_mut().take(own).enumerate() {
                    let x = &x.elements()[((block * own + j) * inner + i) * parts..][..parts];
                    value.iter_mut().zip(x).for_each(|(v, x)| *v = x.to_f64());
                }
                if inverse {
                    plan.inverse(&mut line)
                } else {
                    plan.forward(&mut line)
                }
                for (j, value) in line.iter().take(count).enumerate() {
                    let out = &mut out[(j * inner + i) * 2..][..2];
                    out.iter_mut().zip(value).for_each(|(o, v)| *o = T::of_f64(*v));
                }
            }
        }
    })
}

/// The Fourier transforms of frames of `x`, `(batch, places, parts)`, that begin `step` places apart and are as long as `length`
/// says, or the window that they are multiplied by: `(batch, frames, frequencies, 2)`.
///
/// # Errors
/// If window and length differ or both are left out, or there is no memory for the result.
pub fn stft<T: Float>(
    x: &Tensor<T>,
    step: &Tensor<i64>,
    window: Option<&Tensor<T>>,
    length: Option<&Tensor<i64>>,
    onesided: bool,
) -> Result<Tensor<T>> {
    const OP: &str = "stft";
    let &[batch, places, parts @ 1..=2] = x.shape() else { return Err(Error::operand(OP, format!("a signal of shape {:?}", x.shape()))) };
    let step = length_of(OP, step)?;
    let length = match (length, window) {
        (Some(length), _) => length_of(OP, length)?,
        (None, Some(window)) => window.len(),
        (None, None) => return Err(Error::operand(OP, "neither a window nor a length")),
    };
    if window.is_some_and(|window| window.shape() != [length]) || length == 0 {
        return Err(Error::operand(OP, format!("a window of another length than {length}")));
    }
    let frames = places.checked_sub(length).map_or(0, |rest| rest / step + 1);
    let count = kept(length, onesided);
    let mut line = line(OP, length)?;
    let plan = Plan::new(length);
    Tensor::try_build(OP, &[batch, frames, count, 2], |out| {
        for (i, out) in out.chunks_exact_mut(count * 2).enumerate() {
            let start = i / frames * places + i % frames * step;
            for (j, value) in line.iter_mut().enumerate() {
                let weight = window.map_or(1.0, |window| window.elements()[j].to_f64());
                *value = [0.0; 2];
                let x = &x.elements()[(start + j) * parts..][..parts];
                value.iter_mut().zip(x).for_each(|(v, x)| *v = x.to_f64() * weight);
            }
            plan.forward(&mut line);
            out.iter_mut().zip(line.iter().flatten()).for_each(|(o, v)| *o = T::of_f64(*v));
        }
    })
}

/// How much each of the frequencies of a transform of `length` belongs to each of `bins` triangles, evenly spaced on the mel scale:
/// `(length / 2 + 1, bins)`.
///
/// # Errors
/// If a triangle reaches beyond the frequencies, or there is no memory for the result.
pub fn mel_weight_matrix(
    bins: &Tensor<i64>,
    length: &Tensor<i64>,
    rate: &Tensor<i64>,
    lower: &Tensor<f64>,
    upper: &Tensor<f64>,
) -> Result<Tensor<f64>> {
    const OP: &str = "mel_weight_matrix";
    let [bins, length, rate] = [length_of(OP, bins)?, length_of(OP, length)?, length_of(OP, rate)?];
    let [low, high] = [lower, upper].map(|hertz| hertz.item().map(|hertz| 2595.0 * (1.0 + hertz / 700.0).log10()));
    let (low, high) = (low?, high?);
    let rows = length / 2 + 1;
    let step = (high - low) / (bins as f64 + 2.0);
    let edge = |i: usize| {
        let hertz = 700.0 * (10f64.powf((i as f64 * step + low) / 2595.0) - 1.0);
        let place = ((length as f64 + 1.0) * hertz / rate as f64).floor();
        if (0.0..rows as f64).contains(&place) { Ok(place as usize) } else { Err(Error::operand(OP, format!("{hertz} hertz"))) }
    };
    let mut wrong = None;
    let matrix = Tensor::try_build(OP, &[rows, bins], |out| {
        out.fill(0.0);
        for i in 0..bins {
            let (left, center, right) = match (edge(i), edge(i + 1), edge(i + 2)) {
                (Ok(left), Ok(center), Ok(right)) if left <= center && center <= right => (left, center, right),
                (a, b, c) => {
                    wrong = Some(a.and(b).and(c).err().unwrap_or_else(|| Error::operand(OP, "an upper edge below the lower")));
                    return;
                }
            };
            for j in left..=center {
                out[j * bins + i] = if left == center { 1.0 } else { (j - left) as f64 / (center - left) as f64 };
            }
            for j in center..right {
                out[j * bins + i] = (right - j) as f64 / (right - center) as f64;
            }
        }
    })?;
    wrong.map_or(Ok(matrix), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lengths_are_as_the_definition_says() {
        for n in 1..20usize {
            let x: Vec<f64> = (0..2 * n).map(|i| ((i * i * 7 + 3) % 11) as f64 - 5.0).collect();
            let signal = Tensor::new(&[n, 2], x.clone()).unwrap();
            let found = dft(&signal, None, None, 0, false, false).unwrap();
            for k in 0..n {
                let term = |j: usize| times([x[2 * j], x[2 * j + 1]], turn(-TAU * (j * k % n) as f64 / n as f64));
                for part in 0..2 {
                    let expected: f64 = (0..n).map(|j| term(j)[part]).sum();
                    assert!((found.elements()[2 * k + part] - expected).abs() < 1e-9, "{n}");
                }
            }
            let back = dft(&found, None, None, -2, true, false).unwrap();
            assert!(back.elements().iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-9));
        }
    }

    #[test]
    fn axes_and_lengths_that_are_none_are_refused() {
        let x = Tensor::new(&[4, 1], vec![1.0f32; 4]).unwrap();
        let number = |n: i64| Tensor::scalar(n);
        assert!(dft(&x, None, Some(&number(1)), 0, false, false).is_err());
        assert!(dft(&x, Some(&number(0)), None, 0, false, false).is_err());
        assert!(dft(&x, Some(&number(i64::MAX)), None, 0, false, false).is_err());
        let signal = Tensor::new(&[1, 4, 1], vec![1.0f32; 4]).unwrap();
        assert_eq!(stft(&signal, &number(1), None, Some(&number(9)), true).unwrap().shape(), [1, 0, 5, 2]);
        assert!(stft(&signal, &number(0), None, Some(&number(2)), true).is_err());
    }
}
