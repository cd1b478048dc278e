use super::convolution::{Window, windows};
use crate::cpu::dispatched;
use crate::sliding::{Geometry, copy_short};
use crate::{Element, Float, Number, Result, Shape, Tensor, threads};

/// So many results are folded at once, which some vectors hold.
const TOGETHER: usize = 32;

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
    let window = Window { kernel, strides, pads, dilations, ceil };
    match planes("max_pool", x, &window, T::LOWEST, |x, m| x.larger(m), |_, _| {})? {
        Some(y) => Ok(y),
        None => pool("max_pool", x, &window, |window, _, _| window.fold(T::LOWEST, |m, x| x.larger(m))),
    }
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
    let window = Window { kernel, strides, pads, dilations, ceil };
    let count = |g: &Geometry, out: &mut [T]| divide(out, &counts(g, pads, count_padding));
    if let Some(y) = planes("average_pool", x, &window, T::ZERO, |x, sum| sum.plus(x), count)? {
        return Ok(y);
    }
    pool("average_pool", x, &window, |window, inside, padded| {
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

/// Windows over one to three axes, folded some results at once over a copy of each channel; `finish` is given all results. Nothing
/// for more axes.
fn planes<T: Number>(
    op: &'static str,
    x: &Tensor<T>,
    window: &Window,
    start: T,
    f: impl Fn(T, T) -> T + Sync,
    finish: impl Fn(&Geometry, &mut [T]),
) -> Result<Option<Tensor<T>>> {
    let (lead, lengths, out_lengths) = windows(op, x.shape(), window)?;
    let shape: Shape = lead.iter().chain(&out_lengths).copied().collect();
    let Some(geometry) = Geometry::new(lead[1], &lengths, &out_lengths, window) else { return Ok(None) };
    let (plane, out_plane, copied) = (geometry.plane(), geometry.out_plane(), geometry.copied_plane());
    Ok(Some(Tensor::build(&shape, |out| {
        if out.is_empty() {
            return;
        }
        let places = geometry.places();
        let rows: Vec<usize> = (0..geometry.out[0] * geometry.out[1]).map(|row| geometry.above(row)).collect();
        let work = out.len() * places.len();
        threads::share_rows(out, out_plane, work, |first, out| {
            let mut copy = Tensor::build(&[copied + TOGETHER], |copy| copy.fill(start));
            let copy = copy.elements_mut();
            for (i, out) in (first..).zip(out.chunks_exact_mut(out_plane)) {
                geometry.copy_channel(&x.elements()[i * plane..][..plane], &mut copy[..copied]);
                fold(&rows, copy, &places, start, out, &f);
            }
        });
        finish(&geometry, out);
    })))
}

/// How many places of each window lie within the image, or within its padding too.
fn counts<T: Float>(g: &Geometry, pads: &[usize], padding: bool) -> Vec<T> {
    let axes = pads.len() / 2;
    let of_axis = |a: usize| -> Vec<usize> {
        // Windows of a last place may reach beyond the padding.
        let behind = (a + axes).checked_sub(3).map_or(0, |a| pads[axes + a]);
        let (low, high) = if padding { (0, g.before[a] + g.lengths[a] + behind) } else { (g.before[a], g.before[a] + g.lengths[a]) };
        let inside = |o: usize| (0..g.kernel[a]).filter(|k| (low..high).contains(&(o * g.strides[a] + k * g.dilations[a]))).count();
        (0..g.out[a]).map(inside).collect()
    };
    let [z, y, x] = [0, 1, 2].map(of_axis);
    let planes = z.iter().flat_map(|z| y.iter().map(move |y| z * y));
    planes.flat_map(|rows| x.iter().map(move |x| T::of_f64((rows * x) as f64))).collect()
}

dispatched! {
    fn fold[T: Element, F: Fn(T, T) -> T](rows: &[usize], image: &[T], places: &[usize], start: T, out: &mut [T], f: &F) {
        let width = out.len() / rows.len();
        for (row, out) in rows.iter().zip(out.chunks_exact_mut(width)) {
            for (at, out) in out.chunks_mut(TOGETHER).enumerate() {
                // A short run's vectors reach beyond it in the copy.
                let mut folded = [start; TOGETHER];
                for place in places {
                    let above = &image[row + place + at * TOGETHER..][..TOGETHER];
                    folded.iter_mut().zip(above).for_each(|(folded, above)| *folded = f(*above, *folded));
                }
                copy_short(&folded[..out.len()], out);
            }
        }
    }

    fn divide[T: Float](out: &mut [T], counts: &[T]) {
        for out in out.chunks_exact_mut(counts.len()) {
            out.iter_mut().zip(counts).for_each(|(o, n)| *o = o.over(*n));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::tests::each_level;

    #[test]
    fn windows_fold_alike_eight_at_once_and_one_by_one() {
        let sizes: &[(&[usize], usize, usize, usize, usize)] = &[
            (&[2, 3, 13, 21], 3, 2, 1, 1),
            (&[1, 2, 8, 8], 2, 2, 0, 1),
            (&[1, 2, 5, 7], 3, 1, 1, 2),
            (&[2, 2, 30], 4, 3, 2, 1),
            (&[1, 1, 5, 6, 9], 2, 2, 1, 1),
        ];
        each_level(|| {
            for (shape, kernel, stride, pad, dilation) in sizes {
                for ceil in [false, true] {
                    let axes = shape.len() - 2;
                    let x = Tensor::build(shape, |x| x.iter_mut().enumerate().for_each(|(i, x)| *x = (i * 7919 % 1009) as f64));
                    let (kernel, strides, pads, dilations) =
                        (vec![*kernel; axes], vec![*stride; axes], vec![*pad; 2 * axes], vec![*dilation; axes]);
                    let window = Window { kernel: &kernel, strides: &strides, pads: &pads, dilations: &dilations, ceil };
                    let largest = pool("max_pool", &x, &window, |window, _, _| window.fold(f64::LOWEST, |m, x| x.larger(m))).unwrap();
                    assert_eq!(max_pool(&x, &kernel, &strides, &pads, &dilations, ceil).unwrap(), largest);
                    for padding in [false, true] {
                        let mean = pool("average_pool", &x, &window, |window, inside, padded| {
                            window.fold(0.0, |sum, x| sum + x) / if padding { padded as f64 } else { inside as f64 }
                        });
                        assert_eq!(average_pool(&x, &kernel, &strides, &pads, &dilations, ceil, padding).unwrap(), mean.unwrap());
                    }
                }
            }
        });
    }
}
