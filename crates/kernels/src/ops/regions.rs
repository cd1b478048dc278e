//! Pools over regions that are given by their corners.

use super::gather::place;
use super::sampling::floor;
use crate::{Error, Float, Integer, Result, Tensor};

/// A cell is sampled at most at so many places.
const SAMPLES: usize = 1 << 20;

/// How regions are sampled.
struct Sampling {
    height: usize,
    width: usize,
    /// Places along an axis of a cell; 0 for as many as the cell has elements.
    samples: usize,
    scale: f64,
    /// What is subtracted from coordinates.
    shift: f64,
}

/// Four places around a point and their weights; all 0 outside.
type Corners = [(usize, f64); 4];

/// Regions of `x`, `(batch, channels, height, width)`, brought to `height` by `width` cells: in each cell `x` is interpolated at
/// `samples` by `samples` places (0: as many as it has elements), of which the mean (`"avg"`) or the largest part (`"max"`) counts.
/// A row of `regions` has the corners x1, y1, x2, y2, which are multiplied by `scale`; `batches` says in which of the batch.
///
/// # Errors
/// If the shapes do not fit, a region is too large, or one of `batches` lies outside.
#[expect(clippy::too_many_arguments, reason = "the operands and attributes of the operation")]
pub fn roi_align<T: Float, I: Integer>(
    x: &Tensor<T>,
    regions: &Tensor<T>,
    batches: &Tensor<I>,
    mode: &str,
    height: usize,
    width: usize,
    samples: usize,
    scale: f64,
    half_pixel: bool,
) -> Result<Tensor<T>> {
    const OP: &str = "roi_align";
    let misfit = || Error::shapes(OP, x.shape(), regions.shape());
    let (&[batch, channels, rows, columns], &[count, 4]) = (x.shape(), regions.shape()) else { return Err(misfit()) };
    if batches.shape() != [count] || rows == 0 || columns == 0 || height == 0 || width == 0 {
        return Err(misfit());
    }
    let largest = match mode {
        "avg" => false,
        "max" => true,
        other => return Err(Error::operand(OP, format!("no mode `{other}`"))),
    };
    let sampling = Sampling { height, width, samples, scale, shift: if half_pixel { 0.5 } else { 0.0 } };
    let mut all = Vec::with_capacity(count);
    for (region, index) in regions.elements().chunks_exact(4).zip(batches.elements()) {
        all.push((place(OP, index.to_i64(), batch)?, sampling.grid(region, half_pixel)?));
    }
    Tensor::try_build(OP, &[count, channels, height, width], |out| {
        let mut corners = Vec::new();
        for (r, (n, grid)) in all.iter().enumerate() {
            for cell in 0..height * width {
                grid.corners(cell / width, cell % width, rows, columns, &mut corners);
                for c in 0..channels {
                    let x = &x.elements()[(n * channels + c) * rows * columns..][..rows * columns];
                    let parts = |corner: &Corners| corner.map(|(at, w)| w * x[at].to_f64());
                    let value = if largest {
                        corners.iter().flat_map(parts).reduce(f64::max).unwrap_or(0.0)
                    } else {
                        corners.iter().flat_map(parts).sum::<f64>() / corners.len().max(1) as f64
                    };
                    out[(r * channels + c) * height * width + cell] = T::of_f64(value);
                }
            }
        }
    })
}

/// Where a region's cells lie along both axes.
struct Grid {
    start: [f64; 2],
    cell: [f64; 2],
    samples: [usize; 2],
}

impl Sampling {
    fn grid<T: Float>(&self, region: &[T], half_pixel: bool) -> Result<Grid> {
        let [left, top, right, bottom] = [0, 1, 2, 3].map(|i| region[i].to_f64() * self.scale - self.shift);
        let mut lengths = [bottom - top, right - left];
        // A region must have some extent where its edges are not half places off.
        if !half_pixel {
            lengths = lengths.map(|length| length.max(1.0));
        }
        let cell = [lengths[0] / self.height as f64, lengths[1] / self.width as f64];
        let samples = cell.map(|length| if self.samples > 0 { self.samples } else { length.ceil().max(0.0) as usize });
        let few = samples[0].checked_mul(samples[1]).is_some_and(|n| n <= SAMPLES);
        if !few || cell.iter().any(|length| !length.is_finite()) {
            return Err(Error::operand("roi_align", format!("a region of {region:?}")));
        }
        Ok(Grid { start: [top, left], cell, samples })
    }
}

impl Grid {
    /// What is read for a cell.
    fn corners(&self, row: usize, column: usize, rows: usize, columns: usize, corners: &mut Vec<Corners>) {
        corners.clear();
        let at = |axis: usize, cell: usize, i: usize| {
            self.start[axis] + self.cell[axis] * (cell as f64 + (i as f64 + 0.5) / self.samples[axis] as f64)
        };
        for i in 0..self.samples[0] {
            for j in 0..self.samples[1] {
                corners.push(around(at(0, row, i), at(1, column, j), rows, columns));
            }
        }
    }
}

fn around(y: f64, x: f64, rows: usize, columns: usize) -> Corners {
    if y < -1.0 || y > rows as f64 || x < -1.0 || x > columns as f64 {
        return [(0, 0.0); 4];
    }
    // Beyond the middle of the last element there is only that.
    let along = |x: f64, n: usize| {
        let (index, t) = floor(x.max(0.0));
        if index as usize >= n - 1 { (n - 1, n - 1, 0.0) } else { (index as usize, index as usize + 1, t) }
    };
    let ((top, bottom, dy), (left, right, dx)) = (along(y, rows), along(x, columns));
    [
        (top * columns + left, (1.0 - dy) * (1.0 - dx)),
        (top * columns + right, (1.0 - dy) * dx),
        (bottom * columns + left, dy * (1.0 - dx)),
        (bottom * columns + right, dy * dx),
    ]
}

/// The largest element in each of `height` by `width` cells of regions of `x`, `(batch, channels, height, width)`; 0 in an empty
/// cell. A row of `regions` has the number of the batch and the corners x1, y1, x2, y2, which are multiplied by `scale` and rounded.
///
/// # Errors
/// If the shapes do not fit, or a region is of no batch.
pub fn max_roi_pool<T: Float>(x: &Tensor<T>, regions: &Tensor<T>, height: usize, width: usize, scale: f64) -> Result<Tensor<T>> {
    const OP: &str = "max_roi_pool";
    let misfit = || Error::shapes(OP, x.shape(), regions.shape());
    let (&[batch, channels, rows, columns], &[count, 5]) = (x.shape(), regions.shape()) else { return Err(misfit()) };
    if height == 0 || width == 0 {
        return Err(misfit());
    }
    let mut all = Vec::with_capacity(count);
    for region in regions.elements().chunks_exact(5) {
        let corners = [1, 2, 3, 4].map(|i| (region[i].to_f64() * scale).round());
        all.push((place(OP, region[0].to_f64() as i64, batch)?, corners));
    }
    // The places of a cell along an axis.
    let span = |first: f64, last: f64, cells: usize, cell: usize, n: usize| {
        let size = (last - first + 1.0).max(1.0) / cells as f64;
        let held = |x: f64| (x + first).clamp(0.0, n as f64) as usize;
        held((cell as f64 * size).floor())..held(((cell + 1) as f64 * size).ceil())
    };
    Tensor::try_build(OP, &[count, channels, height, width], |out| {
        for (r, (n, [left, top, right, bottom])) in all.iter().enumerate() {
            for cell in 0..height * width {
                let down = span(*top, *bottom, height, cell / width, rows);
                let across = span(*left, *right, width, cell % width, columns);
                for c in 0..channels {
                    let x = &x.elements()[(n * channels + c) * rows * columns..][..rows * columns];
                    let lines = down.clone().filter(|_| !across.is_empty()).map(|y| &x[y * columns..][across.clone()]);
                    let largest = lines.flatten().copied().reduce(|m, x| x.larger(m));
                    out[(r * channels + c) * height * width + cell] = largest.unwrap_or(T::ZERO);
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_far_outside_and_of_no_batch_do_no_harm() {
        let x = Tensor::new(&[1, 1, 2, 2], vec![1.0f32, 2.0, 3.0, 4.0]).unwrap();
        let region = |v: [f32; 4]| Tensor::new(&[1, 4], v.to_vec()).unwrap();
        let align = |r: [f32; 4], n: i64| roi_align(&x, &region(r), &Tensor::new(&[1], vec![n]).unwrap(), "avg", 1, 1, 2, 1.0, true);
        assert_eq!(align([100.0, 100.0, 101.0, 101.0], 0).unwrap().elements(), [0.0]);
        assert!(align([0.0, 0.0, 1.0, 1.0], 1).is_err());
        assert!(align([0.0, 0.0, f32::INFINITY, 1.0], 0).is_err());
        let pool = |v: [f32; 5]| max_roi_pool(&x, &Tensor::new(&[1, 5], v.to_vec()).unwrap(), 1, 1, 1.0);
        assert_eq!(pool([0.0, 0.0, 0.0, 1.0, 1.0]).unwrap().elements(), [4.0]);
        assert_eq!(pool([0.0, 9.0, 9.0, 9.0, 9.0]).unwrap().elements(), [0.0]);
        assert!(pool([0.0, f32::NAN, 0.0, f32::INFINITY, 1.0]).is_ok());
        assert!(pool([2.0, 0.0, 0.0, 1.0, 1.0]).is_err());
    }
}
