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
    let (&[sh, sw], &[top, left, ..], &[dh, dw]) = (strides, pads, dilations) else { return Err(misfit()) };
    let divides = |n: usize, by: usize| by > 0 && n.is_multiple_of(by);
    let size = kh.saturating_mul(kw);
    let moved = size.saturating_mul(offset_groups);
    let fits = divides(filters, groups)
        && divides(channels, offset_groups)
        && own.saturating_mul(groups) == channels
        && b.is_none_or(|b| b.shape() == [filters])
        && offset.shape() == [batch, moved.saturating_mul(2), out_height, out_width]
        && mask.is_none_or(|mask| mask.shape() == [batch, moved, out_height, out_width]);
    if !fits {
        return Err(misfit());
    }
    let (plane, out_plane, rows) = (height * width, out_height * out_width, filters / groups);
    Tensor::try_build(OP, &[batch, filters, out_height, out_width], |out| {
        if out.is_empty() {
            return;
        }
        let mut columns = Tensor::build(&[channels * size * out_plane], |_| {});
        let columns = columns.elements_mut();
        for n in 0..batch {
            let sampled = channels / offset_groups;
            for (place, k) in (0..offset_groups * size).map(|i| (i, i % size)) {
                let base = [(k / kw * dh) as f64 - top as f64, (k % kw * dw) as f64 - left as f64];
                for o in 0..out_plane {
                    let moves = |axis: usize| offset.elements()[((n * moved + place) * 2 + axis) * out_plane + o].to_f64();
                    let y = (o / out_width * sh) as f64 + base[0] + moves(0);
                    let x_ = (o % out_width * sw) as f64 + base[1] + moves(1);
                    let weight = mask.map_or(1.0, |mask| mask.elements()[(n * moved + place) * out_plane + o].to_f64());
                    let corners = corners(y, x_, height, width, weight);
                    for c in place / size * sampled..(place / size + 1) * sampled {
                        let x = &x.elements()[(n * channels + c) * plane..][..plane];
                        let value: f64 = corners.iter().map(|(at, w)| x.get(*at).map_or(0.0, |x| x.to_f64() * w)).sum();
                        columns[(c * size + k) * out_plane + o] = T::of_f64(value);
                    }
                }
            }
            for g in 0..groups {
                let out = &mut out[(n * filters + g * rows) * out_plane..][..rows * out_plane];
                for (row, out) in out.chunks_exact_mut(out_plane).enumerate() {
                    out.fill(b.map_or(T::ZERO, |b| b.elements()[g * rows + row]));
                }
                let w = Matrix::rows(&w.elements()[g * rows * own * size..], own * size);
                let x = Matrix::rows(&columns[g * own * size * out_plane..], out_plane);
                T::product((rows, own * size, out_plane), w, x, out, true);
            }
        }
    })
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
