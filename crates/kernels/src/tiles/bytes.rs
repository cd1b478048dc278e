//! Products with matrices of bytes, as layers of quantized models have them: four rows of the right matrix at once, whose products with
//! four elements of the left one the processor adds without loss.
//!
//! Bytes are a fourth of the numbers of single precision, and reading the weights is most of what a layer takes for few rows. All sums
//! wrap around, so numbers may be moved into the range of bytes, and what that changes be added at the end:
//! `(x + a) @ (w + b) = x @ w + a * (the sum of each column of w) + b * (the sum of each row of x + a)`.

use std::ops::Range;

use super::{Out, WIDTH};
use crate::{integers, threads};

/// Rows of the right matrix that are multiplied at once.
const DEEP: usize = 4;
/// Rows of the left matrix that are taken at once.
const ROWS: usize = 4;
/// Panels that are taken side by side.
const BESIDE: usize = 4;

/// Columns of a panel, of a few rows each: a line of the cache.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line([[i8; DEEP]; WIDTH]);

/// The sums of some rows of a few panels side by side.
type Sums = [[[i32; WIDTH]; BESIDE]; ROWS];

/// A matrix of integers that are no further apart than bytes, laid out in panels: the lines of the first columns, then those of the next
/// ones.
#[derive(Debug, Clone)]
pub(crate) struct Bytes {
    rows: usize,
    columns: usize,
    /// What the elements are more than the bytes.
    more: i32,
    lines: Vec<Line>,
    /// The sum of each column's bytes.
    totals: Vec<i32>,
}

impl Bytes {
    /// A row-major matrix; none if its elements are further apart.
    pub fn new(rows: usize, columns: usize, elements: &[i32]) -> Option<Bytes> {
        let (low, high) = integers::bounds(elements);
        let fits = i8::try_from(low).is_ok() && i8::try_from(high).is_ok();
        let more = if fits { 0 } else { low.checked_sub(i8::MIN.into())? };
        i8::try_from(high.checked_sub(more)?).ok()?;
        let (depth, count) = (rows.div_ceil(DEEP), columns.div_ceil(WIDTH).next_multiple_of(BESIDE));
        let mut lines = vec![Line([[0; DEEP]; WIDTH]); depth * count];
        let mut totals = vec![0i32; columns];
        for (i, row) in elements.chunks(columns.max(1)).enumerate() {
            for (j, elements) in row.chunks(WIDTH).enumerate() {
                let line = &mut lines[j * depth + i / DEEP].0;
                line.iter_mut().zip(elements).for_each(|(column, x)| column[i % DEEP] = (x - more) as i8);
            }
            totals.iter_mut().zip(row).for_each(|(total, x)| *total = total.wrapping_add(x - more));
        }
        Some(Bytes { rows, columns, more, lines, totals })
    }

    /// The elements, row-major.
    pub fn elements(&self) -> Vec<i32> {
        let depth = self.rows.div_ceil(DEEP);
        let byte = |i: usize, j: usize| self.lines[j / WIDTH * depth + i / DEEP].0[j % WIDTH][i % DEEP];
        (0..self.rows).flat_map(|i| (0..self.columns).map(move |j| i32::from(byte(i, j)) + self.more)).collect()
    }

    /// True if the elements of a left matrix are small enough for [`Bytes::product`].
    pub fn allows(&self, left: &[i32]) -> bool {
        let (low, high) = integers::bounds(left);
        i16::try_from(low).is_ok() && i16::try_from(high).is_ok()
    }

    /// `start + left @ self`, row-major, for a left matrix that [`Bytes::allows`]. Sums wrap around.
    ///
    /// # Panics
    /// If a slice is shorter than its matrix.
    pub fn product(&self, left: &[i32], start: Option<&[i32]>, out: &mut [i32]) {
        let (k, n, depth) = (self.rows, self.columns, self.rows.div_ceil(DEEP));
        if n == 0 {
            return;
        }
        let rows = out.len() / n;
        assert!(left.len() == rows * k && start.is_none_or(|start| start.len() == n), "a matrix is larger than its memory");
        let sum = |row: &[i32]| row.iter().fold(0i32, |sum, x| sum.wrapping_add(*x));
        let more_of_rows: Vec<i32> = match self.more {
            0 => vec![0; rows],
            more => (0..rows).map(|i| sum(&left[i * k..][..k]).wrapping_mul(more)).collect(),
        };
        let (left, out) = (Left::new(left, k, rows), Out::new(bytemuck::cast_slice_mut(out)));
        threads::share(n.div_ceil(WIDTH * BESIDE), rows * n * k, |groups| {
            for group in groups {
                let lines = &self.lines[group * BESIDE * depth..][..BESIDE * depth];
                let columns = group * BESIDE * WIDTH..n.min((group + 1) * BESIDE * WIDTH);
                for top in (0..rows).step_by(ROWS) {
                    let own = top..rows.min(top + ROWS);
                    let mut sums = [[[0; WIDTH]; BESIDE]; ROWS];
                    left.sum(own.clone(), depth, lines, &mut sums);
                    for (i, sums) in own.zip(&sums) {
                        // SAFETY: each thread has columns of its own.
                        let out = unsafe { out.part(i * n + columns.start..i * n + columns.end) };
                        let more = (left.more(), more_of_rows[i]);
                        self.finish(sums.as_flattened(), columns.clone(), more, start, bytemuck::cast_slice_mut(out));
                    }
                }
            }
        });
    }

    /// The results of a row, of which `out` has some columns.
    fn finish(&self, sums: &[i32], columns: Range<usize>, more: (i32, i32), start: Option<&[i32]>, out: &mut [i32]) {
        for ((out, sum), total) in out.iter_mut().zip(sums).zip(&self.totals[columns.clone()]) {
            *out = total.wrapping_mul(more.0).wrapping_add(more.1).wrapping_add(*sum);
        }
        if let Some(start) = start {
            out.iter_mut().zip(&start[columns]).for_each(|(out, start)| *out = out.wrapping_add(*start));
        }
    }
}

/// A left matrix: so many elements of a row beside each other as are multiplied at once, and zeros at the end of the row.
#[derive(Debug)]
enum Left {
    /// Bytes, and what the elements are more.
    #[cfg(target_arch = "x86_64")]
    Bytes(Vec<[u8; DEEP]>, i32),
    Words(Vec<[i16; DEEP]>),
}

impl Left {
    /// So many rows of this length.
    fn new(elements: &[i32], length: usize, rows: usize) -> Left {
        #[cfg(target_arch = "x86_64")]
        if crate::cpu::vnni() {
            let (low, high) = integers::bounds(elements);
            if high - low <= u8::MAX.into() {
                return Left::Bytes(deep(elements, length, rows, |x| (x - low) as u8), low);
            }
        }
        Left::Words(deep(elements, length, rows, |x| x as i16))
    }

    /// What the elements are more than those that are multiplied.
    fn more(&self) -> i32 {
        match self {
            #[cfg(target_arch = "x86_64")]
            Left::Bytes(_, more) => *more,
            Left::Words(_) => 0,
        }
    }

    /// The sums of the products of up to [`ROWS`] rows and of all panels that are taken side by side, each `depth` lines long.
    fn sum(&self, rows: Range<usize>, depth: usize, lines: &[Line], sums: &mut Sums) {
        let own = rows.start * depth..rows.end * depth;
        match self {
            #[cfg(target_arch = "x86_64")]
            Left::Bytes(left, _) => {
                // SAFETY: there are bytes only where the processor has the features.
                unsafe {
                    match rows.len() {
                        1 => vnni::sum::<1>(depth, &left[own], lines, sums),
                        2 => vnni::sum::<2>(depth, &left[own], lines, sums),
                        3 => vnni::sum::<3>(depth, &left[own], lines, sums),
                        _ => vnni::sum::<4>(depth, &left[own], lines, sums),
                    }
                }
            }
            Left::Words(left) => of_words(depth, &left[own], lines, sums),
        }
    }
}

/// Rows of this length as a left matrix is laid out.
fn deep<T: Copy + Default>(elements: &[i32], length: usize, rows: usize, element: impl Fn(i32) -> T) -> Vec<[T; DEEP]> {
    if length.is_multiple_of(DEEP) {
        return elements.as_chunks::<DEEP>().0.iter().map(|own| own.map(&element)).collect();
    }
    let mut deep = Vec::with_capacity(rows * length.div_ceil(DEEP));
    for row in elements.chunks_exact(length) {
        let (whole, rest) = row.as_chunks::<DEEP>();
        deep.extend(whole.iter().map(|own| own.map(&element)));
        deep.push(std::array::from_fn(|i| rest.get(i).map_or(T::default(), |x| element(*x))));
    }
    deep
}

/// As [`Left::sum`], of words.
fn of_words(depth: usize, left: &[[i16; DEEP]], lines: &[Line], sums: &mut Sums) {
    if depth == 0 {
        return;
    }
    for (row, sums) in left.chunks_exact(depth).zip(sums) {
        for (panel, sums) in lines.chunks_exact(depth).zip(sums) {
            #[cfg(target_arch = "x86_64")]
            if crate::cpu::avx2() {
                // SAFETY: the processor has the features.
                unsafe { avx2::sum(row, panel, sums) };
                continue;
            }
            for (own, line) in row.iter().zip(panel) {
                for (sum, column) in sums.iter_mut().zip(line.0) {
                    let products = own.iter().zip(column).map(|(x, w)| i32::from(*x) * i32::from(w));
                    *sum = sum.wrapping_add(products.sum());
                }
            }
        }
    }
}

/// Sums of processors that add four products of bytes to each of sixteen numbers at once.
#[cfg(target_arch = "x86_64")]
mod vnni {
    use std::arch::x86_64::{
        __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_setzero_si512,
        _mm512_storeu_si512,
    };

    use super::{BESIDE, DEEP, Line, Sums};

    /// So many lines of a panel are fetched before they are needed.
    const AHEAD: usize = 16;

    /// The sums of `M` rows and of all panels that are taken side by side.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub(super) fn sum<const M: usize>(depth: usize, left: &[[u8; DEEP]], lines: &[Line], sums: &mut Sums) {
        assert!(left.len() >= M * depth && lines.len() >= BESIDE * depth, "a matrix is larger than its memory");
        let mut own = [[_mm512_setzero_si512(); BESIDE]; M];
        for l in 0..depth {
            let mut right = [_mm512_setzero_si512(); BESIDE];
            for (v, right) in right.iter_mut().enumerate() {
                let line = lines.as_ptr().wrapping_add(v * depth + l);
                _mm_prefetch::<_MM_HINT_T0>(line.wrapping_add(AHEAD).cast());
                // SAFETY: the panels have so many lines; what is fetched need not be there.
                *right = unsafe { _mm512_loadu_si512(line.cast::<__m512i>()) };
            }
            for (i, own) in own.iter_mut().enumerate() {
                // SAFETY: the rows have so many elements.
                let left = _mm512_set1_epi32(i32::from_le_bytes(unsafe { *left.get_unchecked(i * depth + l) }));
                for (own, right) in own.iter_mut().zip(right) {
                    *own = _mm512_dpbusd_epi32(*own, left, right);
                }
            }
        }
        for (own, sums) in own.iter().flatten().zip(sums.iter_mut().flatten()) {
            // SAFETY: the array is as long as the vector.
            unsafe { _mm512_storeu_si512(sums.as_mut_ptr().cast::<__m512i>(), *own) };
        }
    }
}

/// Sums of AVX2, which adds two products of words.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m128i, __m256i, _mm_loadu_si128, _mm256_add_epi32, _mm256_cvtepi8_epi16, _mm256_madd_epi16, _mm256_set1_epi64x,
        _mm256_setzero_si256, _mm256_storeu_si256,
    };

    use super::{DEEP, Line, WIDTH};

    /// Columns of a vector, which has the sum of the first two products of each and that of the others.
    const OWN: usize = 4;

    /// The sums of a row and of a panel.
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn sum(row: &[[i16; DEEP]], panel: &[Line], sums: &mut [i32; WIDTH]) {
        let mut own = [_mm256_setzero_si256(); WIDTH / OWN];
        for (left, line) in row.iter().zip(panel) {
            let [a, b, c, d] = left.map(|x| u64::from(x as u16));
            let left = _mm256_set1_epi64x((a | b << 16 | c << 32 | d << 48) as i64);
            for (own, columns) in own.iter_mut().zip(line.0.as_chunks::<OWN>().0) {
                // SAFETY: the columns are as long as the vector.
                let right = _mm256_cvtepi8_epi16(unsafe { _mm_loadu_si128(columns.as_ptr().cast::<__m128i>()) });
                *own = _mm256_add_epi32(*own, _mm256_madd_epi16(left, right));
            }
        }
        for (own, sums) in own.iter().zip(sums.as_chunks_mut::<OWN>().0) {
            let mut halves = [[0i32; 2]; OWN];
            // SAFETY: the array is as long as the vector.
            unsafe { _mm256_storeu_si256(halves.as_mut_ptr().cast::<__m256i>(), *own) };
            sums.iter_mut().zip(halves).for_each(|(sum, [a, b])| *sum = a.wrapping_add(b));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::tests::each_level;

    #[test]
    fn products_are_those_of_integers() {
        each_level(|| {
            for (m, k, n) in [(1, 1, 1), (1, 0, 5), (0, 3, 4), (3, 7, 64), (5, 100, 130), (4, 64, 65), (6, 33, 200)] {
                // Bytes without a sign around a zero point, and operands of a byte and of more.
                for (zero, operands) in [(128, 255), (0, 255), (255, 256), (90, 4001)] {
                    let a: Vec<i32> = (0..m * k).map(|i| (i * 7919) as i32 % operands - 255).collect();
                    let b: Vec<i32> = (0..k * n).map(|i| (i * 31) as i32 % 256 - zero).collect();
                    let start: Vec<i32> = (0..n).map(|j| i32::MAX - j as i32).collect();
                    let bytes = Bytes::new(k, n, &b).unwrap();
                    assert!(bytes.allows(&a) && bytes.elements() == b);
                    for start in [None, Some(&*start)] {
                        let mut found = vec![0; m * n];
                        bytes.product(&a, start, &mut found);
                        for (at, found) in found.iter().enumerate() {
                            let (i, j) = (at / n, at % n);
                            let products = (0..k).map(|l| a[i * k + l] * b[l * n + j]);
                            let expected = products.fold(start.map_or(0, |start| start[j]), i32::wrapping_add);
                            assert_eq!(*found, expected, "{m} x {k} x {n} at {i}, {j}");
                        }
                    }
                }
            }
        });
    }

    #[test]
    fn the_largest_operands_lose_nothing_and_larger_ones_are_refused() {
        each_level(|| {
            let bytes = Bytes::new(4, 1, &[-128; 4]).unwrap();
            let mut found = [0; 2];
            bytes.product(&[-32768, -32768, -32768, -32768, -32768, 32767, 0, 1], None, &mut found);
            assert_eq!(found, [1 << 24, 0]);
            assert!(!bytes.allows(&[32768]) && !bytes.allows(&[0, i32::MIN]));
        });
        assert!(Bytes::new(1, 2, &[-128, 128]).is_none() && Bytes::new(1, 2, &[i32::MIN, i32::MAX]).is_none());
        assert_eq!(Bytes::new(1, 2, &[i32::MAX, i32::MAX - 255]).unwrap().elements(), [i32::MAX, i32::MAX - 255]);
    }
}
