//! Squares of elements turned, so that their rows become columns.

use crate::Element;
use crate::cpu::dispatched;

/// Elements on a side of a square.
pub(crate) const SIDE: usize = 8;

/// Turns a square: `to[i * to_row + j] = from[j * from_row + i]`.
///
/// # Panics
/// If the square is not within the slices.
#[inline(always)]
pub(crate) fn square<T: Copy>(from: &[T], from_row: usize, to: &mut [T], to_row: usize) {
    assert!(7 * from_row + SIDE <= from.len() && 7 * to_row + SIDE <= to.len(), "a square is larger than its memory");
    #[cfg(target_arch = "x86_64")]
    if size_of::<T>() == size_of::<f32>() && crate::cpu::avx2() {
        // SAFETY: the processor has the features, and the assertion holds; elements of four bytes are moved whole, whatever they are.
        return unsafe { avx2(from.as_ptr().cast(), from_row, to.as_mut_ptr().cast(), to_row) };
    }
    for i in 0..SIDE {
        for j in 0..SIDE {
            to[i * to_row + j] = from[j * from_row + i];
        }
    }
}

dispatched! {
    /// Turns a matrix of a size: `out[i * stride + j] = x[j * step + i]`.
    pub(crate) fn plane[T: Element](x: &[T], step: usize, size: (usize, usize), out: &mut [T], stride: usize) {
        let (m, n) = size;
        for top in (0..m).step_by(SIDE) {
            let height = SIDE.min(m - top);
            for left in (0..n).step_by(SIDE) {
                let width = SIDE.min(n - left);
                if height == SIDE && width == SIDE {
                    square(&x[left * step + top..], step, &mut out[top * stride + left..], stride);
                } else {
                    for i in top..top + height {
                        for j in left..left + width {
                            out[i * stride + j] = x[j * step + i];
                        }
                    }
                }
            }
        }
    }
}

/// Turns pairs, then pairs of pairs, then halves.
///
/// # Safety
/// The square is within the memory of both, and the processor has AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn avx2(from: *const f32, from_row: usize, to: *mut f32, to_row: usize) {
    use std::arch::x86_64::{
        _mm256_loadu_ps, _mm256_permute2f128_ps, _mm256_setzero_ps, _mm256_shuffle_ps, _mm256_storeu_ps, _mm256_unpackhi_ps,
        _mm256_unpacklo_ps,
    };
    let mut rows = [_mm256_setzero_ps(); SIDE];
    for (j, row) in rows.iter_mut().enumerate() {
        // SAFETY: the caller vouches for the square.
        *row = unsafe { _mm256_loadu_ps(from.add(j * from_row)) };
    }
    let [a, b, c, d, e, f, g, h] = rows;
    let (ab, ab_high) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
    let (cd, cd_high) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
    let (ef, ef_high) = (_mm256_unpacklo_ps(e, f), _mm256_unpackhi_ps(e, f));
    let (gh, gh_high) = (_mm256_unpacklo_ps(g, h), _mm256_unpackhi_ps(g, h));
    let left = [
        _mm256_shuffle_ps::<0x44>(ab, cd),
        _mm256_shuffle_ps::<0xee>(ab, cd),
        _mm256_shuffle_ps::<0x44>(ab_high, cd_high),
        _mm256_shuffle_ps::<0xee>(ab_high, cd_high),
    ];
    let right = [
        _mm256_shuffle_ps::<0x44>(ef, gh),
        _mm256_shuffle_ps::<0xee>(ef, gh),
        _mm256_shuffle_ps::<0x44>(ef_high, gh_high),
        _mm256_shuffle_ps::<0xee>(ef_high, gh_high),
    ];
    for i in 0..4 {
        // SAFETY: the caller vouches for the square.
        unsafe {
            _mm256_storeu_ps(to.add(i * to_row), _mm256_permute2f128_ps::<0x20>(left[i], right[i]));
            _mm256_storeu_ps(to.add((i + 4) * to_row), _mm256_permute2f128_ps::<0x31>(left[i], right[i]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::tests::each_level;

    #[test]
    fn rows_become_columns() {
        each_level(|| {
            let from: Vec<u32> = (0..200).collect();
            let mut to = vec![0; 100];
            square(&from, 20, &mut to, 11);
            for i in 0..SIDE {
                for j in 0..SIDE {
                    assert_eq!(to[i * 11 + j], from[j * 20 + i]);
                }
            }
        });
    }
}
