use super::convolution::{Window, under};
use crate::gemm::{Matrix, Product};
use crate::{Error, Result, Shape, Tensor};

/// The transpose of [`conv`](super::conv): each element of `x`, `(batch, channels, …)`, spreads over a window of the result. `w` is
/// `(channels, filters / groups, …)`, `b` one number a filter. `pads` has the places that the result lacks before each axis, then
/// those behind; `more` are places behind each axis that no window need reach.
///
/// # Errors
/// If the shapes do not fit each other, or there is no memory for the result.
#[expect(clippy::too_many_arguments, reason = "the operands and attributes of the operation")]
pub fn conv_transpose<T: Product>(
    x: &Tensor<T>,
    w: &Tensor<T>,
    b: Option<&Tensor<T>>,
    strides: &[usize],
    pads: &[usize],
    dilations: &[usize],
    groups: usize,
    more: &[usize],
) -> Result<Tensor<T>> {
    const OP: &str = "conv_transpose";
    let misfit = || Error::shapes(OP, x.shape(), w.shape());
    let ([batch, channels, lengths @ ..], [from, each, kernel @ ..]) = (x.shape(), w.shape()) else { return Err(misfit()) };
    let axes = lengths.len();
    let listed = [kernel, strides, dilations, more].iter().all(|list| list.len() == axes) && pads.len() == 2 * axes;
    if !listed || from != channels || groups == 0 || channels % groups != 0 || kernel.contains(&0) {
        return Err(misfit());
    }
    let window = Window { kernel, strides, pads, dilations, ceil: false };
    let out_lengths: Option<Shape> = (0..axes).map(|axis| spread(&window, axis, lengths[axis], more[axis])).collect();
    let out_lengths = out_lengths.ok_or_else(|| Error::operand(OP, format!("pads {pads:?} of {lengths:?}")))?;
    let filters = each.checked_mul(groups).filter(|f| b.is_none_or(|b| b.shape() == [*f])).ok_or_else(misfit)?;
    let shape: Shape = [*batch, filters].into_iter().chain(out_lengths.iter().copied()).collect();
    let (plane, size): (usize, usize) = (lengths.iter().product(), kernel.iter().product());
    let (own, rows) = (channels / groups, each * size);
    Tensor::try_build(OP, &shape, |out| {
        if out.is_empty() {
            return;
        }
        let out_plane: usize = out_lengths.iter().product();
        for (filter, out) in out.chunks_exact_mut(out_plane).enumerate() {
            out.fill(b.map_or(T::ZERO, |b| b.elements()[filter % filters]));
        }
        if x.len() == 0 {
            return;
        }
        let map = under(&window, &out_lengths, lengths);
        let mut columns = Tensor::build(&[rows * plane], |_| {});
        let columns = columns.elements_mut();
        for (part, out) in out.chunks_exact_mut(each * out_plane).enumerate() {
            let x = Matrix::rows(&x.elements()[part * own * plane..], plane);
            let w = Matrix { elements: &w.elements()[part % groups * own * rows..], row: 1, column: rows };
            T::product((rows, own, plane), w, x, columns, false);
            for (out, columns) in out.chunks_exact_mut(out_plane).zip(columns.chunks_exact(size * plane)) {
                scatter(columns, &map, out);
            }
        }
    })
}

/// The length of an axis of the result.
fn spread(window: &Window, axis: usize, length: usize, more: usize) -> Option<usize> {
    let reach = window.dilations[axis].checked_mul(window.kernel[axis] - 1)?.checked_add(1)?;
    let whole = window.strides[axis].checked_mul(length.checked_sub(1)?)?.checked_add(reach)?.checked_add(more)?;
    whole.checked_sub(window.pads[axis])?.checked_sub(window.pads[axis + window.kernel.len()])
}

/// Adds each element to its place; those of the padding have none.
fn scatter<T: Product>(columns: &[T], map: &[usize], out: &mut [T]) {
    for (c, place) in columns.iter().zip(map) {
        if let Some(o) = out.get_mut(*place) {
            *o = o.plus(*c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_windows_add_up() {
        let x = Tensor::new(&[1, 1, 2], vec![1.0f32, 10.0]).unwrap();
        let w = Tensor::new(&[1, 1, 3], vec![1.0, 2.0, 3.0]).unwrap();
        let run = |strides: &[usize], pads: &[usize]| conv_transpose(&x, &w, None, strides, pads, &[1], 1, &[0]);
        assert_eq!(run(&[2], &[0, 0]).unwrap().elements(), [1.0, 2.0, 13.0, 20.0, 30.0]);
        assert_eq!(run(&[1], &[1, 1]).unwrap().elements(), [12.0, 23.0]);
        assert!(run(&[1], &[3, 3]).is_err());
        assert!(run(&[usize::MAX], &[0, 0]).is_err());
    }
}
