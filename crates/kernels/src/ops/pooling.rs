use super::convolution::{Window, windows};
use crate::{Float, Number, Result, Shape, Tensor};

/// The largest of every window over the axes after batch and channels; `pads` has the places before each axis, then those behind.
///
/// # Errors
/// If the window does not fit the axes.
pub fn max_pool<T: Number>(
    x: &Tensor<T>,
    kernel: &[usize],
    strides: &[usize],
    pads: &[usize],
    dilations: &[usize],
    ceil: bool,
) -> Result<Tensor<T>> {
    pool("max_pool", x, &Window { kernel, strides, pads, dilations, ceil }, |window, _, _| window.fold(T::LOWEST, |m, x| x.larger(m)))
}

/// The mean of every window over the axes after batch and channels, of its places within the tensor alone or of those in the
/// padding too.
///
/// # Errors
/// If the window does not fit the axes.
pub fn average_pool<T: Float>(
    x: &Tensor<T>,
    kernel: &[usize],
    strides: &[usize],
    pads: &[usize],
    dilations: &[usize],
    ceil: bool,
    count_padding: bool,
) -> Result<Tensor<T>> {
    pool("average_pool", x, &Window { kernel, strides, pads, dilations, ceil }, |window, inside, padded| {
        let total = window.fold(T::ZERO, |sum, x| sum.plus(x));
        total.over(T::of_f64(if count_padding { padded } else { inside } as f64))
    })
}

/// The `p`-th root of the sum of the `p`-th powers of the magnitudes in every window over the axes after batch and channels.
///
/// # Errors
/// If the window does not fit the axes.
pub fn lp_pool<T: Float>(
    x: &Tensor<T>,
    p: i64,
    kernel: &[usize],
    strides: &[usize],
    pads: &[usize],
    dilations: &[usize],
    ceil: bool,
) -> Result<Tensor<T>> {
    let p = p as f64;
    pool("lp_pool", x, &Window { kernel, strides, pads, dilations, ceil }, |window, _, _| {
        let total: f64 = window.map(|x| x.to_f64().abs().powf(p)).sum();
        T::of_f64(total.powf(1.0 / p))
    })
}

/// `f` of each window's elements, how many they are, and how many places of the window are within the padded axes.
fn pool<T: Number>(
    op: &'static str,
    x: &Tensor<T>,
    window: &Window,
    f: impl Fn(&mut dyn Iterator<Item = T>, usize, usize) -> T,
) -> Result<Tensor<T>> {
    let (lead, lengths, out_lengths) = windows(op, x.shape(), window)?;
    let shape: Shape = lead.iter().chain(&out_lengths).copied().collect();
    let (plane, out_plane): (usize, usize) = (lengths.iter().product(), out_lengths.iter().product());
    Ok(Tensor::build(&shape, |out| {
        if out.is_empty() {
            return;
        }
        let mut places = Vec::new();
        let mut at = vec![0; lengths.len()];
        for o in 0..out_plane {
            let padded = window.places(&mut at, o, &lengths, &out_lengths, &mut places);
            for (out, x) in out.chunks_exact_mut(out_plane).zip(x.elements().chunks_exact(plane)) {
                out[o] = f(&mut places.iter().map(|&p| x[p]), places.len(), padded);
            }
        }
    }))
}
