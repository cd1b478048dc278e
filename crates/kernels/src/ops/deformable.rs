use super::sampling::floor;
use crate::gemm::{Matrix, Product};
use crate::{Error, Float, Result, Tensor};

/// A convolution over two axes whose kernel's places are moved, for every window, by `offset` of shape `(batch, offset_groups *
/// kernel * 2, …)`, and weighed by `mask` of shape `(batch, offset_groups * kernel, …)`. Between places it interpolates; outside
/// of `x` is 0. The other operands are those of [`conv`](super::conv).
///
/// # Errors
/// If the shapes do not fit each other.
#[expect(clippy::too_many_arguments, reason = "the operands and attributes of the operation")]
pub fn deform_conv<T: Float + Product>(
    x: &Tensor<T>,
    w: &Tensor<T>,
    offset: &Tensor<T>,
    b: Option<&Tensor<T>>,
    mask: Option<&Tensor<T>>,
    strides: &[usize],
    pads: &[usize],
    dilations: &[usize],
    groups: usize,
    offset_groups: usize,
) -> Result<Tensor<T>> {
    const OP: &str = "deform_conv";
    let misfit = || Error::shapes(OP, x.shape(), w.shape());
    let (&[batch, channels, height, width], &[filters, own, kh, kw]) = (x.shape(), w.shape()) else { return Err(misfit()) };
    let &[_, _, out_height, out_width] = offset.shape() else { return Err(Error::shapes(OP, x.shape(), offset.shape())) };
    let divides = |n: usize, by: usize| by > 0 && n.is_multiple_of(by);
    let size = kh.saturating_mul(kw);
    let moved = size.saturating_mul(offset_groups);
    let fits = [strides.len(), dilations.len(), pads.len() / 2] == [2; 3]
        && divides(filters, groups)
        && divides(channels, offset_groups)
        && own.saturating_mul(groups) == channels
        && b.is_none_or(|b| b.shape() == [filters])
        && offset.shape() == [batch, moved.saturating_mul(2), out_height, out_width]
        && mask.is_none_or(|mask| mask.shape() == [batch, moved, out_height, out_width]);
    if !fits {
        return Err(misfit());
    }
    let side = |i: usize, lengths| Side { lengths, stride: strides[i], before: pads[i], dilation: dilations[i] };
    let sides = [side(0, (height, out_height, kh)), side(1, (width, out_width, kw))];
    let sampling = Sampling { x, offset, mask, sides, groups: offset_groups };
    let (out_plane, rows, k) = (out_height * out_width, filters / groups, own * size);
    Tensor::try_build(OP, &[batch, filters, out_height, out_width], |out| {
        if out.is_empty() {
            return;
        }
        for (plane, out) in out.chunks_exact_mut(out_plane).enumerate() {
            out.fill(b.map_or(T::ZERO, |b| b.elements()[plane % filters]));
        }
        let mut columns = Tensor::build(&[channels * size * out_plane], |_| {});
        let columns = columns.elements_mut();
        for (n, out) in out.chunks_exact_mut(filters * out_plane).enumerate() {
            sampling.columns(n, columns);
            for (g, out) in out.chunks_exact_mut(rows * out_plane).enumerate() {
                let w = Matrix::rows(&w.elements()[g * rows * k..], k);
                T::product((rows, k, out_plane), w, Matrix::rows(&columns[g * k * out_plane..], out_plane), out, true);
            }
        }
    })
}

/// One of the two axes: lengths of it, of the result and of the kernel.
struct Side {
    lengths: (usize, usize, usize),
    stride: usize,
    before: usize,
    dilation: usize,
}

/// What lies under the moved kernel.
struct Sampling<'a, T: Float> {
    x: &'a Tensor<T>,
    offset: &'a Tensor<T>,
    mask: Option<&'a Tensor<T>>,
    sides: [Side; 2],
    groups: usize,
}

impl<T: Float> Sampling<'_, T> {
    /// Lays out what is under each place of the kernel as rows, channel by channel, for one of the batch.
    fn columns(&self, n: usize, columns: &mut [T]) {
        let [(height, out_height, kh), (width, out_width, kw)] = [self.sides[0].lengths, self.sides[1].lengths];
        let (plane, out_plane, size) = (height * width, out_height * out_width, kh * kw);
        let channels = self.x.shape()[1];
        let own = channels / self.groups;
        for place in 0..self.groups * size {
            let (group, k) = (place / size, place % size);
            for o in 0..out_plane {
                let corners = self.corners(n, place, (k / kw, k % kw), (o / out_width, o % out_width));
                for c in group * own..(group + 1) * own {
                    let x = &self.x.elements()[(n * channels + c) * plane..][..plane];
                    let value: f64 = corners.iter().map(|(at, w)| x.get(*at).map_or(0.0, |x| x.to_f64() * w)).sum();
                    columns[(c * size + k) * out_plane + o] = T::of_f64(value);
                }
            }
        }
    }

    /// What a place of the kernel reads for a window.
    fn corners(&self, n: usize, place: usize, tap: (usize, usize), window: (usize, usize)) -> [(usize, f64); 4] {
        let [(height, out_height, kh), (width, out_width, kw)] = [self.sides[0].lengths, self.sides[1].lengths];
        let (row, o) = (n * self.groups * kh * kw + place, window.0 * out_width + window.1);
        let out_plane = out_height * out_width;
        let along = |axis: usize, window: usize, tap: usize| {
            let side = &self.sides[axis];
            let moved = self.offset.elements()[(row * 2 + axis) * out_plane + o].to_f64();
            window as f64 * side.stride as f64 + tap as f64 * side.dilation as f64 - side.before as f64 + moved
        };
        let weight = self.mask.map_or(1.0, |mask| mask.elements()[row * out_plane + o].to_f64());
        corners(along(0, window.0, tap.0), along(1, window.1, tap.1), height, width, weight)
    }
}

/// The four places around a point and their weights; places outside are `usize::MAX`.
fn corners(y: f64, x: f64, height: usize, width: usize, weight: f64) -> [(usize, f64); 4] {
    let ((top, dy), (left, dx)) = (floor(y), floor(x));
    [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(down, right)| {
        let (row, column) = (top + down, left + right);
        let inside = (0..height as i64).contains(&row) && (0..width as i64).contains(&column);
        let share = |far: i64, d: f64| if far == 1 { d } else { 1.0 - d };
        let at = if inside { row as usize * width + column as usize } else { usize::MAX };
        (at, weight * share(down, dy) * share(right, dx))
    })
}
