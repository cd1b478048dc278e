//! Matrix products of slices with strides.

use half::{bf16, f16};

use crate::tiles::{self, Fill, Left, Line, Right, Start, Task};
use crate::{Element, Number};

/// Up to so many rows on the left, the right matrix is read in place.
const FEW: usize = 4 * tiles::HEIGHT;

/// A matrix inside a slice: its first element and the distance between rows and between columns.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a, T> {
    /// The elements.
    pub elements: &'a [T],
    /// Distance from a row to the next.
    pub row: usize,
    /// Distance from a column to the next.
    pub column: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// A row-major matrix of so many columns.
    pub fn rows(elements: &'a [T], columns: usize) -> Matrix<'a, T> {
        Matrix { elements, row: columns, column: 1 }
    }

    /// True if all places of an `m` by `n` matrix are within the slice.
    pub(crate) fn holds(&self, m: usize, n: usize) -> bool {
        m == 0 || n == 0 || (m - 1) * self.row + (n - 1) * self.column < self.elements.len()
    }
}

/// Numbers of which matrix products are taken.
pub trait Product: Number {
    /// `out = a @ b`, or `out += a @ b`, for an `m` by `k` and a `k` by `n` matrix and a row-major `m` by `n` result.
    ///
    /// # Panics
    /// If a slice is shorter than its matrix.
    fn product(size: (usize, usize, usize), a: Matrix<Self>, b: Matrix<Self>, out: &mut [Self], accumulate: bool);

    /// The elements if they are of single precision, for which there are tiles of our own.
    #[doc(hidden)]
    fn singles(_elements: &[Self]) -> Option<&[f32]> {
        None
    }

    /// As [`Product::singles`].
    #[doc(hidden)]
    fn singles_mut(_elements: &mut [Self]) -> Option<&mut [f32]> {
        None
    }

    /// The element in single precision.
    #[doc(hidden)]
    #[inline(always)]
    fn single(self) -> f32 {
        self.to_f64() as f32
    }

    /// The element that a number of single precision is.
    #[doc(hidden)]
    #[inline(always)]
    fn of_single(x: f32) -> Self {
        Self::of_f64(f64::from(x))
    }
}

/// Checks once what the loops and the library rely on.
fn check<T>((m, k, n): (usize, usize, usize), a: &Matrix<T>, b: &Matrix<T>, out: &[T]) {
    assert!(a.holds(m, k) && b.holds(k, n) && out.len() >= m * n, "a matrix is larger than its memory");
}

/// Sums in `W`, which is wider than the elements where they are half floats.
fn plain<T: Element, W: Number>(
    (m, k, n): (usize, usize, usize),
    a: Matrix<T>,
    b: Matrix<T>,
    out: &mut [T],
    accumulate: bool,
    (widen, narrow): (impl Fn(T) -> W, impl Fn(W) -> T),
) {
    check((m, k, n), &a, &b, out);
    let mut sums = vec![W::ZERO; n];
    for (i, row) in out.chunks_exact_mut(n.max(1)).take(m).enumerate() {
        sums.iter_mut().zip(&*row).for_each(|(sum, o)| *sum = if accumulate { widen(*o) } else { W::ZERO });
        for l in 0..k {
            let x = widen(a.elements[i * a.row + l * a.column]);
            for (j, sum) in sums.iter_mut().enumerate() {
                *sum = sum.plus(x.times(widen(b.elements[l * b.row + j * b.column])));
            }
        }
        row.iter_mut().zip(&sums).for_each(|(o, sum)| *o = narrow(*sum));
    }
}

macro_rules! by_library {
    ($($t:ty),*) => {$(
        impl Product for $t {
            fn product((m, k, n): (usize, usize, usize), a: Matrix<Self>, b: Matrix<Self>, out: &mut [Self], accumulate: bool) {
                check((m, k, n), &a, &b, out);
                let strides = [1, n, a.column, a.row, b.column, b.row].map(|s| s as isize);
                // SAFETY: `check` has seen that all places of the three matrices are within their slices, and `out` is borrowed alone.
                unsafe {
                    gemm::gemm(
                        m, n, k, out.as_mut_ptr(), strides[0], strides[1], accumulate, a.elements.as_ptr(), strides[2], strides[3],
                        b.elements.as_ptr(), strides[4], strides[5], 1.0, 1.0, false, false, false, gemm::Parallelism::None,
                    );
                }
            }
        }
    )*};
}
by_library!(f64);

impl Product for f32 {
    fn product((m, k, n): (usize, usize, usize), a: Matrix<f32>, b: Matrix<f32>, out: &mut [f32], accumulate: bool) {
        check((m, k, n), &a, &b, out);
        // For few rows a layout of the right matrix would take as long as the product.
        if m < tiles::HEIGHT && b.column == 1 {
            // SAFETY: `check` has seen that all places of the three matrices are within their slices, and `out` is borrowed alone.
            unsafe {
                gemm::gemm(
                    m,
                    n,
                    k,
                    out.as_mut_ptr(),
                    1,
                    n as isize,
                    accumulate,
                    a.elements.as_ptr(),
                    a.column as isize,
                    a.row as isize,
                    b.elements.as_ptr(),
                    1,
                    b.row as isize,
                    1.0,
                    1.0,
                    false,
                    false,
                    false,
                    gemm::Parallelism::None,
                );
            }
            return;
        }
        let start = if accumulate { Start::Result } else { Start::Zero };
        let panels = |fill: &Fill, lines: &mut [Line]| tiles::fill_panels(b, n, fill, lines);
        let right = if b.column == 1 && m <= FEW { Right::Rows(b.elements, b.row) } else { Right::Filled(&panels) };
        // The columns of a matrix that is turned lie far from each other.
        let packed = (a.column > 1 && n > tiles::WIDTH).then(|| tiles::left_tiles(m, k, a));
        let left = packed.as_ref().map_or(Left::Rows(a), |tiles| Left::Tiles(tiles));
        tiles::product(&Task { size: (m, k, n), left, right, start, finish: None, offset: 0 }, out);
    }

    fn singles(elements: &[f32]) -> Option<&[f32]> {
        Some(elements)
    }

    fn singles_mut(elements: &mut [f32]) -> Option<&mut [f32]> {
        Some(elements)
    }

    #[inline(always)]
    fn single(self) -> f32 {
        self
    }

    #[inline(always)]
    fn of_single(x: f32) -> f32 {
        x
    }
}

macro_rules! by_loops {
    ($($t:ty => $wide:ty, $widen:expr, $narrow:expr;)*) => {$(
        impl Product for $t {
            fn product(size: (usize, usize, usize), a: Matrix<Self>, b: Matrix<Self>, out: &mut [Self], accumulate: bool) {
                plain::<$t, $wide>(size, a, b, out, accumulate, ($widen, $narrow));
            }
        }
    )*};
}
by_loops! {
    i8 => i8, |x| x, |x| x;
    i16 => i16, |x| x, |x| x;
    i32 => i32, |x| x, |x| x;
    i64 => i64, |x| x, |x| x;
    u8 => u8, |x| x, |x| x;
    u16 => u16, |x| x, |x| x;
    u32 => u32, |x| x, |x| x;
    u64 => u64, |x| x, |x| x;
    f16 => f32, f16::to_f32, f16::from_f32;
    bf16 => f32, bf16::to_f32, bf16::from_f32;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::tests::both;

    #[test]
    fn products_of_all_layouts_are_alike() {
        both(|| {
            for (m, k, n) in
                [(1, 1, 1), (0, 3, 4), (3, 0, 20), (1, 30, 17), (5, 7, 40), (6, 300, 16), (25, 9, 33), (40, 520, 150), (97, 3, 8)]
            {
                for (a_turned, b_turned, accumulate) in
                    [(false, false, false), (false, true, true), (true, false, true), (true, true, false)]
                {
                    let numbers =
                        |count: usize| -> Vec<f32> { (0..count).map(|i| ((i * 7919 + 13) % 1009) as f32 / 504.5 - 1.0).collect() };
                    let (a, b) = (numbers(m * k), numbers(k * n));
                    let matrix = |elements, rows, columns, turned| match turned {
                        true => Matrix { elements, row: 1, column: rows },
                        false => Matrix::rows(elements, columns),
                    };
                    let (a, b) = (matrix(&a[..], m, k, a_turned), matrix(&b[..], k, n, b_turned));
                    let (mut found, mut expected) = (numbers(m * n), numbers(m * n));
                    f32::product((m, k, n), a, b, &mut found, accumulate);
                    plain::<f32, f64>((m, k, n), a, b, &mut expected, accumulate, (f64::from, |x| x as f32));
                    for (f, e) in found.iter().zip(&expected) {
                        assert!((f - e).abs() < 1e-4 * (1.0 + e.abs()), "{f} instead of {e} for {m} x {k} x {n}");
                    }
                }
            }
        });
    }
}
