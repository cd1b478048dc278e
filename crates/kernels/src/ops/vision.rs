use super::computed::lengths;
use super::reserved;
use crate::{Error, Float, Integer, Number, Result, Shape, Tensor};

/// The image of which the columns of a batch of matrices are the blocks, in the order in which a window meets them; what several
/// blocks hold is added up. `pads` has the places before each axis of the image, then those behind.
///
/// # Errors
/// If blocks and image do not fit the matrices.
pub fn col2im<T: Number, I: Integer>(
    a: &Tensor<T>,
    image: &Tensor<I>,
    block: &Tensor<I>,
    strides: &[usize],
    pads: &[usize],
    dilations: &[usize],
) -> Result<Tensor<T>> {
    let (image, block) = (lengths("col2im", image)?, lengths("col2im", block)?);
    let grid = Grid::new(&image, &block, strides, pads, dilations).ok_or_else(|| Error::shapes("col2im", &image, &block))?;
    let places: usize = block.iter().product();
    let &[batch, rows, columns] = a.shape() else {
        return Err(Error::operand("col2im", format!("{:?} is no batch of matrices", a.shape())));
    };
    if rows % places != 0 || columns != grid.counts.iter().product::<usize>() {
        return Err(Error::shapes("col2im", a.shape(), &image));
    }
    let shape: Shape = [batch, rows / places].into_iter().chain(image.iter().copied()).collect();
    reserved::<T>("col2im", &shape)?;
    let size: usize = image.iter().product();
    Ok(Tensor::build(&shape, |out| {
        out.fill(T::ZERO);
        if out.is_empty() || columns == 0 {
            return;
        }
        for (out, x) in out.chunks_exact_mut(size).zip(a.elements().chunks_exact(places * columns)) {
            for (i, x) in x.iter().enumerate() {
                if let Some(at) = grid.place(i / columns, i % columns) {
                    out[at] = out[at].plus(*x);
                }
            }
        }
    }))
}

/// Blocks that slide over an image.
struct Grid<'a> {
    image: &'a [usize],
    block: &'a [usize],
    strides: &'a [usize],
    pads: &'a [usize],
    dilations: &'a [usize],
    /// How many blocks each axis holds.
    counts: Shape,
}

impl<'a> Grid<'a> {
    fn new(image: &'a [usize], block: &'a [usize], strides: &'a [usize], pads: &'a [usize], dilations: &'a [usize]) -> Option<Grid<'a>> {
        let axes = image.len();
        if block.len() != axes || strides.len() != axes || dilations.len() != axes || pads.len() != 2 * axes {
            return None;
        }
        let count = |axis: usize| {
            let reach = dilations[axis].checked_mul(block[axis].checked_sub(1)?)?.checked_add(1)?;
            let length = image[axis].checked_add(pads[axis])?.checked_add(pads[axis + axes])?;
            length.checked_sub(reach)?.checked_div(strides[axis]).map(|n| n + 1)
        };
        let counts = (0..axes).map(count).collect::<Option<Shape>>()?;
        counts.iter().chain(block).try_fold(1usize, |n, d| n.checked_mul(*d))?;
        Some(Grid { image, block, strides, pads, dilations, counts })
    }

    /// The place of the image under a place of a block; none in the padding.
    fn place(&self, mut within: usize, mut block: usize) -> Option<usize> {
        let (mut at, mut stride) = (0, 1);
        for axis in (0..self.image.len()).rev() {
            let place = block % self.counts[axis] * self.strides[axis] + within % self.block[axis] * self.dilations[axis];
            (block, within) = (block / self.counts[axis], within / self.block[axis]);
            at += place.checked_sub(self.pads[axis]).filter(|place| *place < self.image[axis])? * stride;
            stride *= self.image[axis];
        }
        Some(at)
    }
}

/// For each batch and class up to `most` boxes in the order of their scores, without those that overlap one before by more than
/// `overlap` or whose score is not above `least`: rows of batch, class and box. Boxes are two corners, or centre, width and height.
///
/// # Errors
/// If boxes and scores do not fit each other.
pub fn non_max_suppression<T: Float, I: Integer>(
    boxes: &Tensor<T>,
    scores: &Tensor<T>,
    most: &Tensor<I>,
    overlap: &Tensor<T>,
    least: &Tensor<T>,
    centered: bool,
) -> Result<Tensor<i64>> {
    let (&[batches, count, 4], &[same, classes, each]) = (boxes.shape(), scores.shape()) else {
        return Err(Error::shapes("non_max_suppression", boxes.shape(), scores.shape()));
    };
    if same != batches || each != count {
        return Err(Error::shapes("non_max_suppression", boxes.shape(), scores.shape()));
    }
    let (most, overlap, least) = (usize::try_from(most.item()?.to_i64()).unwrap_or(0), overlap.item()?, least.item()?);
    let mut rows: Vec<i64> = Vec::new();
    for batch in 0..batches {
        let corner = |i: usize| corners(&boxes.elements()[(batch * count + i) * 4..(batch * count + i) * 4 + 4], centered);
        for class in 0..classes {
            let scores = &scores.elements()[(batch * classes + class) * count..][..count];
            let mut order: Vec<usize> = (0..count).filter(|i| scores[*i] > least).collect();
            order.sort_by(|&i, &j| scores[j].partial_cmp(&scores[i]).unwrap_or(std::cmp::Ordering::Equal));
            let mut chosen: Vec<usize> = Vec::new();
            for i in order {
                if chosen.len() < most && chosen.iter().all(|other| shared(corner(i), corner(*other)) <= overlap.to_f64()) {
                    chosen.push(i);
                }
            }
            rows.extend(chosen.into_iter().flat_map(|i| [batch as i64, class as i64, i as i64]));
        }
    }
    Tensor::new(&[rows.len() / 3, 3], rows)
}

/// The lower corner and the upper one.
fn corners<T: Float>(shape: &[T], centered: bool) -> [f64; 4] {
    let [a, b, c, d] = [0, 1, 2, 3].map(|i| shape[i].to_f64());
    if centered { [a - c / 2.0, b - d / 2.0, a + c / 2.0, b + d / 2.0] } else { [a.min(c), b.min(d), a.max(c), b.max(d)] }
}

/// The area that two boxes share in parts of that which they cover.
fn shared(a: [f64; 4], b: [f64; 4]) -> f64 {
    let side = |low: usize| (a[low + 2].min(b[low + 2]) - a[low].max(b[low])).max(0.0);
    let area = |c: [f64; 4]| (c[2] - c[0]) * (c[3] - c[1]);
    let both = side(0) * side(1);
    if both > 0.0 { both / (area(a) + area(b) - both) } else { 0.0 }
}

/// The determinants of the matrices in the last two axes.
///
/// # Errors
/// If they are not square.
pub fn det<T: Float>(a: &Tensor<T>) -> Result<Tensor<T>> {
    let [lead @ .., m, n] = a.shape() else { return Err(Error::operand("det", format!("{:?} is no matrix", a.shape()))) };
    if m != n {
        return Err(Error::operand("det", format!("{m} rows and {n} columns")));
    }
    Ok(Tensor::build(lead, |out| {
        for (i, out) in out.iter_mut().enumerate() {
            let matrix = &a.elements()[i * n * n..(i + 1) * n * n];
            *out = T::of_f64(determinant(matrix.iter().map(|x| x.to_f64()).collect(), *n));
        }
    }))
}

/// By elimination with the largest pivot of each column.
fn determinant(mut rows: Vec<f64>, n: usize) -> f64 {
    let mut product = 1.0;
    for k in 0..n {
        let pivot = (k..n).fold(k, |best, i| if rows[i * n + k].abs() > rows[best * n + k].abs() { i } else { best });
        if pivot != k {
            (0..n).for_each(|j| rows.swap(k * n + j, pivot * n + j));
            product = -product;
        }
        let head = rows[k * n + k];
        product *= head;
        if head == 0.0 {
            return product;
        }
        for i in k + 1..n {
            let factor = rows[i * n + k] / head;
            (k..n).for_each(|j| rows[i * n + j] -= factor * rows[k * n + j]);
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Element;

    fn tensor<T: Element>(shape: &[usize], elements: &[T]) -> Tensor<T> {
        Tensor::new(shape, elements.to_vec()).unwrap()
    }

    #[test]
    fn blocks_add_up_to_an_image() {
        let blocks = tensor(&[1, 2, 3], &[1, 2, 3, 4, 5, 6]);
        let (image, block) = (tensor(&[2], &[1i64, 4]), tensor(&[2], &[1i64, 2]));
        let found = col2im(&blocks, &image, &block, &[1, 1], &[0; 4], &[1, 1]).unwrap();
        assert_eq!((found.shape(), found.elements()), (&[1, 1, 1, 4][..], &[1, 6, 8, 6][..]));
        assert!(col2im(&blocks, &block, &image, &[1, 1], &[0; 4], &[1, 1]).is_err());
        assert!(col2im(&blocks, &image, &block, &[0, 1], &[0; 4], &[1, 1]).is_err());
        assert!(col2im(&blocks, &image, &tensor(&[2], &[0i64, 2]), &[1, 1], &[0; 4], &[1, 1]).is_err());
    }

    #[test]
    fn boxes_that_overlap_a_better_one_are_left_out() {
        let boxes = tensor(&[1, 3, 4], &[0.0f32, 0.0, 1.0, 1.0, 1.0, 1.1, 0.0, 0.1, 0.0, 10.0, 1.0, 11.0]);
        let scores = tensor(&[1, 1, 3], &[0.9f32, 0.75, 0.95]);
        let run = |most: i64, least: f32| {
            non_max_suppression(&boxes, &scores, &Tensor::scalar(most), &Tensor::scalar(0.5), &Tensor::scalar(least), false).unwrap()
        };
        assert_eq!(run(3, 0.0), tensor(&[2, 3], &[0, 0, 2, 0, 0, 0]));
        assert_eq!((run(1, 0.0).shape(), run(3, 1.0).shape()), (&[1, 3][..], &[0, 3][..]));
    }

    #[test]
    fn determinants_of_a_batch() {
        let a = tensor(&[2, 2, 2], &[0.0, 2.0, 3.0, 4.0, 1.0, 2.0, 2.0, 4.0]);
        assert_eq!(det(&a).unwrap().elements(), [-6.0, 0.0]);
        assert!(det(&tensor(&[2, 1], &[1.0, 2.0])).is_err() && det(&tensor(&[2], &[1.0, 2.0])).is_err());
    }
}
