//! Tiles of AVX2 and FMA: six rows of two vectors are twelve sums, which with two vectors of the right matrix and one element of the
//! left fill the sixteen registers.

use std::arch::x86_64::{
    __m256, _MM_HINT_T0, _mm_prefetch, _mm256_add_ps, _mm256_broadcast_ss, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps,
    _mm256_setzero_ps, _mm256_storeu_ps,
};

use super::{First, HEIGHT, Tile, WIDTH};

/// So many elements of a panel are fetched before they are needed.
const AHEAD: usize = 24 * WIDTH;

/// As [`super::tiles`].
///
/// # Safety
/// As [`super::tiles`], on a processor with AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn tiles(rows: usize, half: bool, tile: &Tile) {
    // SAFETY: the caller vouches for the memory and the processor.
    unsafe {
        if (tile.a_row, tile.a_step, tile.b_row) == (1, HEIGHT, WIDTH) {
            below::<true>(rows, half, tile);
        } else {
            below::<false>(rows, half, tile);
        }
    }
}

/// As [`tiles`]; if both matrices are `LAID` out for it, distances are known to the compiler.
///
/// # Safety
/// As [`tiles`].
#[target_feature(enable = "avx2,fma")]
unsafe fn below<const LAID: bool>(rows: usize, half: bool, tile: &Tile) {
    let mut own = *tile;
    for _ in 0..rows / HEIGHT {
        // SAFETY: the caller vouches for the memory and the processor.
        unsafe { if half { sums::<6, 1, 2, LAID>(&own) } else { sums::<6, 2, 1, LAID>(&own) } }
        own = own.below();
    }
    // Low tiles take several of the depth at once, so that enough sums are under way to hide the time that each takes.
    // SAFETY: the caller vouches for the memory and the processor.
    unsafe {
        match (rows % HEIGHT, half) {
            (1, false) => sums::<1, 2, 4, LAID>(&own),
            (2, false) => sums::<2, 2, 2, LAID>(&own),
            (3, false) => sums::<3, 2, 2, LAID>(&own),
            (4, false) => sums::<4, 2, 1, LAID>(&own),
            (5, false) => sums::<5, 2, 1, LAID>(&own),
            (1, true) => sums::<1, 1, 8, LAID>(&own),
            (2, true) => sums::<2, 1, 4, LAID>(&own),
            (3, true) => sums::<3, 1, 4, LAID>(&own),
            (4, true) => sums::<4, 1, 2, LAID>(&own),
            (5, true) => sums::<5, 1, 2, LAID>(&own),
            _ => {}
        }
    }
}

/// A tile of `M` rows of `V` vectors; `U` of the depth are summed apart.
///
/// # Safety
/// As [`tiles`].
#[target_feature(enable = "avx2,fma")]
#[inline]
unsafe fn sums<const M: usize, const V: usize, const U: usize, const LAID: bool>(t: &Tile) {
    let (a_row, a_step, b_row) = if LAID { (1, HEIGHT, WIDTH) } else { (t.a_row, t.a_step, t.b_row) };
    let mut sums = [[[_mm256_setzero_ps(); V]; M]; U];
    // SAFETY: the caller vouches for `M` rows and `V` vectors of columns, over the whole depth.
    unsafe {
        begin(&mut sums[0], t);
        let (mut a, mut b) = (t.a, t.b);
        for _ in 0..t.depth / U {
            for sums in &mut sums {
                step::<M, V, LAID>(sums, a, a_row, b);
                (a, b) = (a.add(a_step), b.add(b_row));
            }
        }
        for _ in 0..t.depth % U {
            step::<M, V, LAID>(&mut sums[0], a, a_row, b);
            (a, b) = (a.add(a_step), b.add(b_row));
        }
        for i in 0..M {
            for v in 0..V {
                let mut sum = sums[0][i][v];
                for other in &sums[1..] {
                    sum = _mm256_add_ps(sum, other[i][v]);
                }
                _mm256_storeu_ps(t.c.add(i * t.c_row + v * 8), sum);
            }
        }
    }
}

/// One of the depth: a column of the left matrix times a row of the right one.
///
/// # Safety
/// As [`tiles`].
#[target_feature(enable = "avx2,fma")]
#[inline]
unsafe fn step<const M: usize, const V: usize, const LAID: bool>(sums: &mut [[__m256; V]; M], a: *const f32, a_row: usize, b: *const f32) {
    // Weights come from further away than the processor looks ahead by itself. What is fetched need not be there. If the left matrix
    // is laid out, it has the weights, which are read in one stream, and the right one was written just before.
    if !LAID {
        _mm_prefetch::<_MM_HINT_T0>(b.wrapping_add(AHEAD).cast());
    }
    // SAFETY: the caller vouches for `M` rows and `V` vectors of columns.
    unsafe {
        let mut right = [_mm256_setzero_ps(); V];
        for (v, right) in right.iter_mut().enumerate() {
            *right = _mm256_loadu_ps(b.add(v * 8));
        }
        for (i, sums) in sums.iter_mut().enumerate() {
            let left = _mm256_broadcast_ss(&*a.add(i * a_row));
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum = _mm256_fmadd_ps(left, right, *sum);
            }
        }
    }
}

/// What the sums begin with.
///
/// # Safety
/// As [`tiles`].
#[target_feature(enable = "avx2,fma")]
#[inline]
unsafe fn begin<const M: usize, const V: usize>(sums: &mut [[__m256; V]; M], t: &Tile) {
    for (i, sums) in sums.iter_mut().enumerate() {
        for (v, sum) in sums.iter_mut().enumerate() {
            // SAFETY: the caller vouches for `M` rows and `V` vectors of columns.
            *sum = unsafe {
                match t.first {
                    First::Zero => _mm256_setzero_ps(),
                    First::Rows(bias) => _mm256_set1_ps(*bias.add(i)),
                    First::Columns(bias) => _mm256_loadu_ps(bias.add(v * 8)),
                    First::Result => _mm256_loadu_ps(t.c.add(i * t.c_row + v * 8)),
                }
            };
        }
    }
}
