//! Rows of images copied by AVX-512, split by a stride of 2 or 4.

use std::arch::x86_64::{
    __m512i, __mmask16, _mm512_loadu_si512, _mm512_mask_storeu_epi32, _mm512_maskz_loadu_epi32, _mm512_permutex2var_epi32,
    _mm512_setzero_si512,
};
use std::ops::Range;

/// Elements of a vector.
const LANES: usize = 16;
/// Vectors of each part of a row, at most.
const VECTORS: usize = 8;

/// Which rows are copied, and where they go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    /// Planes, rows of each, elements of each row.
    pub lengths: [usize; 3],
    /// Where the first row goes.
    pub first: usize,
    /// Distance in the copy from a plane to the next.
    pub plane: usize,
    /// Elements of a copied row before the first one that is written, seen before it is split.
    pub before: usize,
    /// Length of each part into which a row is split.
    pub part: usize,
}

/// What is written for a row: which lanes of each vector are loaded, and which of each part are stored.
struct Masks<const N: usize> {
    load: [[__mmask16; N]; VECTORS],
    store: [[__mmask16; N]; VECTORS],
}

impl<const N: usize> Masks<N> {
    #[inline(always)]
    fn new(rows: &Rows) -> Masks<N> {
        let own = rows.before..rows.before + rows.lengths[2];
        let mut masks = Masks { load: [[0; N]; VECTORS], store: [[0; N]; VECTORS] };
        for v in 0..rows.part.div_ceil(LANES).min(VECTORS) {
            for p in 0..N {
                masks.load[v][p] = lanes(&own, (v * N + p) * LANES);
                let part = own.start.saturating_sub(p).div_ceil(N)..own.end.saturating_sub(p).div_ceil(N);
                masks.store[v][p] = lanes(&part, v * LANES);
            }
        }
        masks
    }
}

/// The lanes of a vector of the places from `first` on that are in a range.
#[inline(always)]
fn lanes(range: &Range<usize>, first: usize) -> __mmask16 {
    let bits = |end: usize| (1u32 << end.saturating_sub(first).min(LANES)) - 1;
    (bits(range.end) & !bits(range.start)) as __mmask16
}

/// True if [`copy`] can split rows so.
pub(crate) fn fits(stride: usize, rows: &Rows) -> bool {
    matches!(stride, 1 | 2 | 4) && rows.part <= VECTORS * LANES
}

/// Copies rows; what lies beside them in the copy stays as it is.
///
/// # Safety
/// The processor has AVX-512, all rows are within the memory, and [`fits`] says so.
#[target_feature(enable = "avx512f")]
pub(crate) unsafe fn copy(stride: usize, x: *const u32, out: *mut u32, rows: &Rows) {
    // SAFETY: the caller vouches for the memory and the processor.
    unsafe {
        match stride {
            1 => by::<1>(x, out, rows),
            2 => by::<2>(x, out, rows),
            _ => by::<4>(x, out, rows),
        }
    }
}

/// As [`copy`], split by `N`.
///
/// # Safety
/// As [`copy`].
#[target_feature(enable = "avx512f")]
unsafe fn by<const N: usize>(x: *const u32, out: *mut u32, rows: &Rows) {
    let (masks, vectors) = (Masks::<N>::new(rows), rows.part.div_ceil(LANES));
    let [planes, height, width] = rows.lengths;
    for z in 0..planes {
        for y in 0..height {
            // Lanes before the row are not loaded.
            let x = x.wrapping_add((z * height + y) * width).wrapping_sub(rows.before);
            let out = out.wrapping_add(rows.first + z * rows.plane + y * rows.part * N);
            for v in 0..vectors {
                let mut parts = [_mm512_setzero_si512(); N];
                for (p, part) in parts.iter_mut().enumerate() {
                    let x = x.wrapping_add((v * N + p) * LANES).cast();
                    // SAFETY: the lanes of the mask are within the row, for which the caller vouches.
                    *part = unsafe { _mm512_maskz_loadu_epi32(masks.load[v][p], x) };
                }
                for (p, part) in split(parts).into_iter().enumerate() {
                    let out = out.wrapping_add(p * rows.part + v * LANES).cast();
                    // SAFETY: the lanes of the mask are within the copied row, for which the caller vouches.
                    unsafe { _mm512_mask_storeu_epi32(out, masks.store[v][p], part) };
                }
            }
        }
    }
}

/// What is 0 modulo `N` of a run of vectors, then what is 1, …
#[target_feature(enable = "avx512f")]
#[inline]
fn split<const N: usize>(mut run: [__m512i; N]) -> [__m512i; N] {
    const EVEN: [u32; LANES] = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30];
    const ODD: [u32; LANES] = [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31];
    // SAFETY: the arrays are as long as vectors.
    let (even, odd) = unsafe { (_mm512_loadu_si512(EVEN.as_ptr().cast()), _mm512_loadu_si512(ODD.as_ptr().cast())) };
    let halves = |a, b| (_mm512_permutex2var_epi32(a, even, b), _mm512_permutex2var_epi32(a, odd, b));
    if N == 2 {
        (run[0], run[1]) = halves(run[0], run[1]);
    } else if N == 4 {
        let ((even, odd), (even_behind, odd_behind)) = (halves(run[0], run[1]), halves(run[2], run[3]));
        (run[0], run[2]) = halves(even, even_behind);
        (run[1], run[3]) = halves(odd, odd_behind);
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_element_comes_to_its_place_and_nothing_else_is_written() {
        if !crate::cpu::avx512() {
            return;
        }
        let cases =
            |stride: usize| (1..80).chain([127]).flat_map(move |width: usize| (0..4).map(move |before: usize| (stride, width, before)));
        for (stride, width, before) in [1, 2, 4].into_iter().flat_map(cases) {
            let part = (before + width + 1).div_ceil(stride);
            let (row, lengths) = (part * stride, [2, 3, width]);
            let rows = Rows { lengths, first: 2 * row, plane: 5 * row, before, part };
            if !fits(stride, &rows) {
                continue;
            }
            let x: Vec<u32> = (1..).take(6 * width).collect();
            let (mut found, mut expected) = (vec![0; 12 * row], vec![0; 12 * row]);
            for (i, x) in x.iter().enumerate() {
                let (z, y, at) = (i / width / 3, i / width % 3, before + i % width);
                expected[2 * row + z * 5 * row + y * row + at % stride * part + at / stride] = *x;
            }
            // SAFETY: the processor has the features, and two planes of three rows are within the memory.
            unsafe { copy(stride, x.as_ptr(), found.as_mut_ptr(), &rows) };
            assert_eq!(found, expected, "{width} split by {stride} behind {before}");
        }
    }
}
