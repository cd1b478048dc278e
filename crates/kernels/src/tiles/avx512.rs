//! Tiles of AVX-512: six rows of two vectors are twelve sums, as many as the two units for multiplication and addition have under way.

use std::arch::x86_64::{
    __m512, __mmask16, _MM_HINT_T0, _MM_HINT_T1, _mm_prefetch, _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_mask_storeu_ps,
    _mm512_maskz_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
};

use super::{First, HEIGHT, Tile, WIDTH};

/// So many elements of a panel that is read once are fetched before they are needed.
const AHEAD: usize = 24 * WIDTH;
/// So many elements of a left matrix that is laid out: some pages, beyond which the processor does not look by itself.
const LEFT_AHEAD: usize = 3072;

/// As [`super::tiles`], of up to two panels.
///
/// # Safety
/// As [`super::tiles`], on a processor with AVX-512.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn tiles(rows: usize, columns: usize, tile: &Tile) {
    let laid = (tile.a_row, tile.a_step, tile.b_row) == (1, HEIGHT, WIDTH);
    // SAFETY: the caller vouches for the memory and the processor.
    unsafe {
        match (columns > WIDTH, laid) {
            (false, false) => below::<1, false>(rows, columns, tile),
            (false, true) => below::<1, true>(rows, columns, tile),
            (true, false) => below::<2, false>(rows, columns, tile),
            (true, true) => below::<2, true>(rows, columns, tile),
        }
    }
}

/// As [`tiles`], of `V` panels; if both matrices are `LAID` out for it, distances are known to the compiler.
///
/// # Safety
/// As [`tiles`].
#[target_feature(enable = "avx512f")]
unsafe fn below<const V: usize, const LAID: bool>(rows: usize, columns: usize, tile: &Tile) {
    // The columns of the last panel that there are.
    let last = __mmask16::MAX >> (V * WIDTH - columns);
    let mut own = *tile;
    // Low or narrow tiles take several of the depth at once, so that enough sums are under way to hide the time that each takes.
    // SAFETY: the caller vouches for the memory and the processor.
    unsafe {
        for i in 0..rows / HEIGHT {
            // The first tiles fetch the panels beside, which are read next.
            let ahead = if i < V { (V + i) * own.b_panel } else { 0 };
            if V == 1 {
                sums::<6, V, 2, LAID>(&own, last, ahead)
            } else {
                sums::<6, V, 1, LAID>(&own, last, ahead)
            }
            own = own.below();
        }
        let ahead = if rows < HEIGHT { AHEAD } else { 0 };
        match (rows % HEIGHT, V) {
            (1, 1) => sums::<1, V, 8, LAID>(&own, last, ahead),
            (2, 1) => sums::<2, V, 4, LAID>(&own, last, ahead),
            (3, 1) => sums::<3, V, 4, LAID>(&own, last, ahead),
            (4, 1) => sums::<4, V, 2, LAID>(&own, last, ahead),
            (5, 1) => sums::<5, V, 2, LAID>(&own, last, ahead),
            (1, _) => sums::<1, V, 4, LAID>(&own, last, ahead),
            (2, _) => sums::<2, V, 2, LAID>(&own, last, ahead),
            (3, _) => sums::<3, V, 2, LAID>(&own, last, ahead),
            (4, _) => sums::<4, V, 1, LAID>(&own, last, ahead),
            (5, _) => sums::<5, V, 1, LAID>(&own, last, ahead),
            _ => {}
        }
    }
}

/// A tile of `M` rows of `V` vectors; `U` of the depth are summed apart.
///
/// # Safety
/// As [`tiles`].
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn sums<const M: usize, const V: usize, const U: usize, const LAID: bool>(t: &Tile, last: __mmask16, ahead: usize) {
    let (a_row, a_step, b_row) = if LAID { (1, HEIGHT, WIDTH) } else { (t.a_row, t.a_step, t.b_row) };
    let mut sums = [[[_mm512_setzero_ps(); V]; M]; U];
    // SAFETY: the caller vouches for `M` rows and `V` vectors of columns, over the whole depth; the result has the last vector's
    // columns that the mask has.
    unsafe {
        begin(&mut sums[0], t, last);
        let (mut a, mut b) = (t.a, t.b);
        for _ in 0..t.depth / U {
            for sums in &mut sums {
                step::<M, V, LAID>(sums, a, a_row, b, (t.b_panel, ahead));
                (a, b) = (a.add(a_step), b.add(b_row));
            }
        }
        for _ in 0..t.depth % U {
            step::<M, V, LAID>(&mut sums[0], a, a_row, b, (t.b_panel, ahead));
            (a, b) = (a.add(a_step), b.add(b_row));
        }
        for i in 0..M {
            for v in 0..V {
                let mut sum = sums[0][i][v];
                for other in &sums[1..] {
                    sum = _mm512_add_ps(sum, other[i][v]);
                }
                let c = t.c.add(i * t.c_row + v * WIDTH);
                if v + 1 < V { _mm512_storeu_ps(c, sum) } else { _mm512_mask_storeu_ps(c, last, sum) }
            }
        }
    }
}

/// One of the depth: a column of the left matrix times a row of the right one.
///
/// # Safety
/// As [`tiles`].
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn step<const M: usize, const V: usize, const LAID: bool>(
    sums: &mut [[__m512; V]; M],
    a: *const f32,
    a_row: usize,
    b: *const f32,
    (b_panel, ahead): (usize, usize),
) {
    // Weights come from further away than the processor looks ahead by itself. What is fetched need not be there.
    if LAID {
        _mm_prefetch::<_MM_HINT_T0>(a.wrapping_add(LEFT_AHEAD).cast());
    }
    if M == HEIGHT {
        _mm_prefetch::<_MM_HINT_T1>(b.wrapping_add(ahead).cast());
    } else if !LAID {
        for v in 0..V {
            _mm_prefetch::<_MM_HINT_T0>(b.wrapping_add(v * b_panel + ahead).cast());
        }
    }
    // SAFETY: the caller vouches for `M` rows and `V` panels.
    unsafe {
        let mut right = [_mm512_setzero_ps(); V];
        for (v, right) in right.iter_mut().enumerate() {
            *right = _mm512_loadu_ps(b.add(v * b_panel));
        }
        for (i, sums) in sums.iter_mut().enumerate() {
            let left = _mm512_set1_ps(*a.add(i * a_row));
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum = _mm512_fmadd_ps(left, right, *sum);
            }
        }
    }
}

/// What the sums begin with.
///
/// # Safety
/// As [`tiles`]; the result has the last vector's columns that the mask has.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn begin<const M: usize, const V: usize>(sums: &mut [[__m512; V]; M], t: &Tile, last: __mmask16) {
    for (i, sums) in sums.iter_mut().enumerate() {
        for (v, sum) in sums.iter_mut().enumerate() {
            // SAFETY: the caller vouches for `M` rows and `V` vectors of columns.
            *sum = unsafe {
                match t.first {
                    First::Zero => _mm512_setzero_ps(),
                    First::Rows(bias) => _mm512_set1_ps(*bias.add(i)),
                    First::Columns(bias) => _mm512_loadu_ps(bias.add(v * WIDTH)),
                    First::Result if v + 1 < V => _mm512_loadu_ps(t.c.add(i * t.c_row + v * WIDTH)),
                    First::Result => _mm512_maskz_loadu_ps(last, t.c.add(i * t.c_row + v * WIDTH)),
                }
            };
        }
    }
}
