//! Tiles without instructions of a particular processor.

use super::{First, Tile, WIDTH};

/// Computes a tile of a height of 1 to [`HEIGHT`](super::HEIGHT).
///
/// # Safety
/// As [`super::tiles`].
pub(super) unsafe fn tile(height: usize, half: bool, tile: &Tile) {
    let width = if half { WIDTH / 2 } else { WIDTH };
    for i in 0..height {
        // SAFETY: the caller vouches for every row and column of the tile.
        unsafe { row(i, width, tile) }
    }
}

/// One row of a tile.
///
/// # Safety
/// As [`super::tiles`].
unsafe fn row(i: usize, width: usize, t: &Tile) {
    // SAFETY: the caller vouches for the rows of the matrices, and for `width` columns of the right one and of the result.
    unsafe {
        let c = std::slice::from_raw_parts_mut(t.c.add(i * t.c_row), width);
        let mut sums = [0.0f32; WIDTH];
        for (j, sum) in sums.iter_mut().enumerate().take(width) {
            *sum = match t.first {
                First::Zero => 0.0,
                First::Rows(bias) => *bias.add(i),
                First::Columns(bias) => *bias.add(j),
                First::Result => c[j],
            };
        }
        for l in 0..t.depth {
            let a = *t.a.add(i * t.a_row + l * t.a_step);
            let b = std::slice::from_raw_parts(t.b.add(l * t.b_row), width);
            sums.iter_mut().zip(b).for_each(|(sum, b)| *sum += a * b);
        }
        c.copy_from_slice(&sums[..width]);
    }
}
