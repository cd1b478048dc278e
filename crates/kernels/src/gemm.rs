//! Matrix products of slices with strides.

use std::borrow::Cow;

use half::{bf16, f16};

use crate::tiles::{self, Fill, Left, Line, Right, Start, Task};
use crate::{Float, Number, Tensor, integers, map};

/// Up to so many rows on the left, the right matrix is read in place.
const FEW: usize = 4 * tiles::HEIGHT;
/// Products of integers of fewer rows are taken as they are.
const FEW_INTEGERS: usize = 4;

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
        m == 0 || n == 0 || self.span(m, n) <= self.elements.len()
    }

    /// How many elements lie from the first of an `m` by `n` matrix, which has some, to its last.
    fn span(&self, m: usize, n: usize) -> usize {
        (m - 1) * self.row + (n - 1) * self.column + 1
    }
}

impl<T: Product> Matrix<'_, T> {
    /// An `m` by `n` matrix in single precision, row-major.
    fn singles(&self, m: usize, n: usize) -> Vec<f32> {
        let mut singles = Vec::with_capacity(m * n);
        for row in 0..if n == 0 { 0 } else { m } {
            let first = row * self.row;
            match self.column {
                1 => singles.extend(self.elements[first..][..n].iter().map(|x| x.single())),
                step => singles.extend((0..n).map(|j| self.elements[first + j * step].single())),
            }
        }
        singles
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

    /// The elements if they are integers for whose products with bytes there is a kernel of our own.
    #[doc(hidden)]
    fn integers(_elements: &[Self]) -> Option<&[i32]> {
        None
    }

    /// As [`Product::integers`].
    #[doc(hidden)]
    fn integers_mut(_elements: &mut [Self]) -> Option<&mut [i32]> {
        None
    }

    /// Whether products are summed in single precision.
    #[doc(hidden)]
    const BY_SINGLES: Singles = Singles::Never;

    /// The tensor in single precision.
    #[doc(hidden)]
    fn to_singles(x: &Tensor<Self>) -> Cow<'_, Tensor<f32>> {
        Cow::Owned(map(x, Self::single))
    }

    /// The tensor that one of single precision is.
    #[doc(hidden)]
    fn of_singles(x: Tensor<f32>) -> Tensor<Self> {
        map(&x, Self::of_single)
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

    /// The largest magnitude among elements.
    #[doc(hidden)]
    fn most(elements: &[Self]) -> f64 {
        elements.iter().map(|x| x.to_f64().abs()).fold(0.0, f64::max)
    }
}

/// Which products of a type are summed in single precision.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Singles {
    /// None.
    Never,
    /// Those whose sums it has, so that nothing is lost.
    WhereExact,
    /// All.
    Always,
}

/// Checks once what the loops and the library rely on.
fn check<T>((m, k, n): (usize, usize, usize), a: &Matrix<T>, b: &Matrix<T>, out: &[T]) {
    assert!(a.holds(m, k) && b.holds(k, n) && out.len() >= m * n, "a matrix is larger than its memory");
}

/// A product whose elements are multiplied as they are.
fn plain<T: Number>((m, k, n): (usize, usize, usize), a: Matrix<T>, b: Matrix<T>, out: &mut [T], accumulate: bool) {
    check((m, k, n), &a, &b, out);
    if n == 0 {
        return;
    }
    for (i, row) in out.chunks_exact_mut(n).take(m).enumerate() {
        if !accumulate {
            row.fill(T::ZERO);
        }
        integers::row(a.elements.get(i * a.row..).unwrap_or(&[]), a.column, b.elements, (b.row, b.column), k, row);
    }
}

/// A product by that of single precision.
fn by_single_ones<T: Product>((m, k, n): (usize, usize, usize), a: Matrix<T>, b: Matrix<T>, out: &mut [T], accumulate: bool) {
    check((m, k, n), &a, &b, out);
    let (a, b) = (a.singles(m, k), b.singles(k, n));
    let out = &mut out[..m * n];
    let mut sums: Vec<f32> = if accumulate { out.iter().map(|o| o.single()).collect() } else { vec![0.0; m * n] };
    f32::product((m, k, n), Matrix::rows(&a, k), Matrix::rows(&b, n), &mut sums, accumulate);
    out.iter_mut().zip(sums).for_each(|(o, sum)| *o = T::of_single(sum));
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

    const BY_SINGLES: Singles = Singles::Always;

    fn to_singles(x: &Tensor<f32>) -> Cow<'_, Tensor<f32>> {
        Cow::Borrowed(x)
    }

    fn of_singles(x: Tensor<f32>) -> Tensor<f32> {
        x
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
    ($($t:ty),*) => {$(
        impl Product for $t {
            fn product(size: (usize, usize, usize), a: Matrix<Self>, b: Matrix<Self>, out: &mut [Self], accumulate: bool) {
                plain(size, a, b, out, accumulate);
            }
        }
    )*};
}
by_loops!(i8, i16, i64, u8, u16, u32, u64);

impl Product for i32 {
    fn product((m, k, n): (usize, usize, usize), a: Matrix<i32>, b: Matrix<i32>, out: &mut [i32], accumulate: bool) {
        // For few rows it takes as long to bring the right matrix to single precision.
        let exact = |a: &Matrix<i32>, b: &Matrix<i32>| integers::exact(k, &a.elements[..a.span(m, k)], &b.elements[..b.span(k, n)]);
        check((m, k, n), &a, &b, out);
        if m >= FEW_INTEGERS && k > 0 && n > 0 && !accumulate && exact(&a, &b) {
            return by_single_ones((m, k, n), a, b, out, accumulate);
        }
        plain((m, k, n), a, b, out, accumulate);
    }

    fn integers(elements: &[i32]) -> Option<&[i32]> {
        Some(elements)
    }

    fn integers_mut(elements: &mut [i32]) -> Option<&mut [i32]> {
        Some(elements)
    }

    const BY_SINGLES: Singles = Singles::WhereExact;

    #[inline(always)]
    fn single(self) -> f32 {
        self as f32
    }

    #[inline(always)]
    fn of_single(x: f32) -> i32 {
        x as i32
    }

    fn most(elements: &[i32]) -> f64 {
        integers::most(elements)
    }
}

macro_rules! by_singles {
    ($($t:ty),*) => {$(
        impl Product for $t {
            fn product(size: (usize, usize, usize), a: Matrix<Self>, b: Matrix<Self>, out: &mut [Self], accumulate: bool) {
                by_single_ones(size, a, b, out, accumulate);
            }

            const BY_SINGLES: Singles = Singles::Always;

            #[inline(always)]
            fn single(self) -> f32 {
                self.to_f32()
            }

            #[inline(always)]
            fn of_single(x: f32) -> $t {
                Float::of_f32(x)
            }
        }
    )*};
}
by_singles!(f16, bf16);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::tests::each_level;

    fn matrix<T>(elements: &[T], rows: usize, columns: usize, turned: bool) -> Matrix<'_, T> {
        if turned { Matrix { elements, row: 1, column: rows } } else { Matrix::rows(elements, columns) }
    }

    fn wide(numbers: &[f32]) -> Vec<f64> {
        numbers.iter().map(|x| f64::from(*x)).collect()
    }

    #[test]
    fn halves_are_summed_in_single_precision() {
        // In halves the sum would stay at 2048, the next to which is 2050.
        let (ones, start) = (vec![f16::ONE; 100], f16::from_f32(2048.0));
        for turned in [false, true] {
            let mut out = [start, f16::NAN];
            f16::product((1, 50, 2), Matrix::rows(&ones, 50), matrix(&ones, 50, 2, turned), &mut out, true);
            assert_eq!((out[0].to_f32(), out[1].is_nan()), (2098.0, true));
        }
    }

    #[test]
    fn products_of_all_layouts_are_alike() {
        each_level(|| {
            for (m, k, n) in
                [(1, 1, 1), (0, 3, 4), (3, 0, 20), (1, 30, 17), (5, 7, 40), (6, 300, 16), (25, 9, 33), (40, 520, 150), (97, 3, 8)]
            {
                for (a_turned, b_turned, accumulate) in
                    [(false, false, false), (false, true, true), (true, false, true), (true, true, false)]
                {
                    let numbers =
                        |count: usize| -> Vec<f32> { (0..count).map(|i| ((i * 7919 + 13) % 1009) as f32 / 504.5 - 1.0).collect() };
                    let (a, b) = (numbers(m * k), numbers(k * n));
                    let (wide_a, wide_b) = (wide(&a), wide(&b));
                    let (mut found, mut expected) = (numbers(m * n), wide(&numbers(m * n)));
                    let (a, b) = (matrix(&a, m, k, a_turned), matrix(&b, k, n, b_turned));
                    f32::product((m, k, n), a, b, &mut found, accumulate);
                    let (a, b) = (matrix(&wide_a, m, k, a_turned), matrix(&wide_b, k, n, b_turned));
                    plain((m, k, n), a, b, &mut expected, accumulate);
                    for (f, e) in found.iter().zip(&expected) {
                        assert!((f64::from(*f) - e).abs() < 1e-4 * (1.0 + e.abs()), "{f} instead of {e} for {m} x {k} x {n}");
                    }
                }
            }
        });
    }
}
