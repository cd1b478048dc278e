use crate::gemm::{Matrix, Product, Singles};
use crate::layers::Conv;
use crate::{Element, Error, Result, Shape, Tensor};

/// A window that slides over the axes after batch and channels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window<'a> {
    pub kernel: &'a [usize],
    pub strides: &'a [usize],
    /// Places before each axis, then behind each.
    pub pads: &'a [usize],
    pub dilations: &'a [usize],
    /// Whether a last window that begins within the axis but ends outside of it counts.
    pub ceil: bool,
}

impl Window<'_> {
    /// How many windows an axis holds.
    fn count(&self, axis: usize, length: usize) -> Option<usize> {
        let reach = self.dilations[axis] * (self.kernel[axis].checked_sub(1)?) + 1;
        let (before, behind) = (self.pads[axis], self.pads[axis + self.kernel.len()]);
        let slack = (length + before + behind).checked_sub(reach)?;
        let stride = self.strides[axis];
        let count = if self.ceil { slack.div_ceil(stride) } else { slack / stride } + 1;
        // The last window must not begin in the padding behind.
        Some(if self.ceil && (count - 1) * stride >= length + before { count - 1 } else { count })
    }

    /// The places under the `o`-th window that lie within the tensor, and how many lie within the padded axes.
    pub fn places(&self, at: &mut [usize], o: usize, lengths: &[usize], out_lengths: &[usize], places: &mut Vec<usize>) -> usize {
        let mut rest = o;
        for axis in (0..at.len()).rev() {
            at[axis] = rest % out_lengths[axis] * self.strides[axis];
            rest /= out_lengths[axis];
        }
        places.clear();
        let mut padded = 0;
        for k in 0..self.kernel.iter().product::<usize>() {
            let (mut rest, mut place, mut stride, mut inside, mut reached) = (k, 0usize, 1, true, true);
            for axis in (0..at.len()).rev() {
                let p = at[axis] + rest % self.kernel[axis] * self.dilations[axis];
                rest /= self.kernel[axis];
                let (before, behind) = (self.pads[axis], self.pads[axis + at.len()]);
                reached &= p < before + lengths[axis] + behind;
                inside &= p >= before && p < before + lengths[axis];
                place = place.wrapping_add(p.wrapping_sub(before).wrapping_mul(stride));
                stride *= lengths[axis];
            }
            if inside {
                places.push(place);
            }
            padded += usize::from(reached);
        }
        padded
    }
}

/// Batch and channels, the lengths that the window slides over, and how many windows there are on each.
pub(crate) fn windows<'a>(op: &'static str, shape: &'a [usize], window: &Window) -> Result<(&'a [usize], Shape, Shape)> {
    let axes = window.kernel.len();
    let fits = shape.len() == axes + 2 && window.strides.len() == axes && window.pads.len() == 2 * axes && window.dilations.len() == axes;
    if !fits || window.strides.contains(&0) {
        return Err(Error::operand(op, format!("a window of {:?} over {shape:?}", window.kernel)));
    }
    let (lead, lengths) = shape.split_at(2);
    let counts: Option<Shape> = lengths.iter().enumerate().map(|(axis, length)| window.count(axis, *length)).collect();
    match counts {
        Some(counts) => Ok((lead, lengths.into(), counts)),
        None => Err(Error::operand(op, format!("a window of {:?} is larger than the padded axes of {shape:?}", window.kernel))),
    }
}

/// A bank of filters slid over the axes after batch and channels: `x` is `(batch, channels, …)`, `w` is `(filters, channels /
/// groups, …)`, `b` one number a filter. `pads` has the places before each axis, then those behind.
///
/// # Errors
/// If the shapes do not fit each other.
pub fn conv<T: Product>(
    x: &Tensor<T>,
    w: &Tensor<T>,
    b: Option<&Tensor<T>>,
    strides: &[usize],
    pads: &[usize],
    dilations: &[usize],
    groups: usize,
) -> Result<Tensor<T>> {
    if T::BY_SINGLES == Singles::Always && (1..=3).contains(&strides.len()) {
        return Conv::new(w, b, strides, pads, dilations, groups)?.once().run(x);
    }
    let misfit = || Error::shapes("conv", x.shape(), w.shape());
    let [filters, own, kernel @ ..] = w.shape() else { return Err(misfit()) };
    let window = Window { kernel, strides, pads, dilations, ceil: false };
    let (lead, lengths, out_lengths) = windows("conv", x.shape(), &window)?;
    let (batch, channels) = (lead[0], lead[1]);
    if groups == 0 || own * groups != channels || filters % groups != 0 || b.is_some_and(|b| b.shape() != [*filters]) {
        return Err(misfit());
    }
    let shape: Shape = [batch, *filters].into_iter().chain(out_lengths.iter().copied()).collect();
    let (plane, out_plane, size): (usize, usize, usize) = (lengths.iter().product(), out_lengths.iter().product(), kernel.iter().product());
    let (rows, k) = (filters / groups, own * size);
    let pointwise = size == 1 && strides.iter().all(|s| *s == 1) && pads.iter().all(|p| *p == 0);
    Ok(Tensor::build(&shape, |out| {
        if out.is_empty() {
            return;
        }
        let map = if pointwise { Vec::new() } else { under(&window, &lengths, &out_lengths) };
        let mut columns = Tensor::build(&[if pointwise { 0 } else { k * out_plane }], |_| {});
        let columns = columns.elements_mut();
        for n in 0..batch {
            for g in 0..groups {
                let x = &x.elements()[(n * channels + g * own) * plane..][..own * plane];
                let w = &w.elements()[g * rows * k..][..rows * k];
                let out = &mut out[(n * filters + g * rows) * out_plane..][..rows * out_plane];
                if let Some(b) = b {
                    let bias = &b.elements()[g * rows..];
                    out.chunks_exact_mut(out_plane).zip(bias).for_each(|(out, b)| out.fill(*b));
                }
                let right = if pointwise {
                    x
                } else {
                    im2col(x, &map, plane, columns);
                    &*columns
                };
                T::product((rows, k, out_plane), Matrix::rows(w, k), Matrix::rows(right, out_plane), out, b.is_some());
            }
        }
    }))
}

/// For each place of the kernel, the place of a plane under it for each window; `usize::MAX` in the padding.
pub(super) fn under(window: &Window, lengths: &[usize], out_lengths: &[usize]) -> Vec<usize> {
    // Of the axes so far: none have one place of the kernel and one window.
    let (mut map, mut windows) = (vec![0], 1);
    for (axis, (&length, &out_length)) in lengths.iter().zip(out_lengths).enumerate() {
        let (stride, dilation, before) = (window.strides[axis], window.dilations[axis], window.pads[axis]);
        let mut further = Vec::with_capacity(map.len() * window.kernel[axis] * out_length);
        for outer in map.chunks(windows) {
            for first in (0..window.kernel[axis]).map(|k| k * dilation) {
                for row in outer {
                    further.extend((0..out_length).map(|o| match (first + o * stride).checked_sub(before) {
                        Some(place) if place < length && *row != usize::MAX => row * length + place,
                        _ => usize::MAX,
                    }));
                }
            }
        }
        (map, windows) = (further, windows * out_length);
    }
    map
}

/// Lays out what is under each place of the kernel as rows, channel by channel.
fn im2col<T: Element>(x: &[T], map: &[usize], plane: usize, columns: &mut [T]) {
    if plane == 0 {
        return columns.fill(T::default());
    }
    for (columns, x) in columns.chunks_exact_mut(map.len()).zip(x.chunks_exact(plane)) {
        for (c, place) in columns.iter_mut().zip(map) {
            *c = x.get(*place).copied().unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_window_covers_its_places() {
        const NONE: usize = usize::MAX;
        // Two rows of three; a place before each row, and windows of one row by two places, two apart.
        let window = Window { kernel: &[1, 2], strides: &[1, 2], pads: &[0, 1, 0, 0], dilations: &[1, 1], ceil: false };
        assert_eq!(under(&window, &[2, 3], &[2, 2]), [NONE, 1, NONE, 4, 0, 2, 3, 5]);
    }
}
