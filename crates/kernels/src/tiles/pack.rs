//! Matrices laid out in the order in which tiles read them.

use super::{HEIGHT, Line, WIDTH};
use crate::gemm::Matrix;

/// The panels of a `k` by `n` matrix, one behind the other; the last one's missing columns are zeros.
pub(crate) fn right_panels(k: usize, n: usize, b: Matrix<f32>) -> Vec<Line> {
    let panels = n.div_ceil(WIDTH);
    let mut lines = vec![Line::ZERO; panels * k];
    for (j, panel) in lines.chunks_exact_mut(k.max(1)).enumerate() {
        transposed_panels(b, n, j, 0, panel);
    }
    lines
}

/// A part of the `j`-th panel of a matrix of `n` columns: as many rows as there are lines, `from` a row on.
pub(crate) fn transposed_panels(b: Matrix<f32>, n: usize, j: usize, from: usize, lines: &mut [Line]) {
    let columns = WIDTH.min(n - j * WIDTH);
    let start = j * WIDTH * b.column + from * b.row;
    if b.column == 1 && columns == WIDTH {
        for (l, line) in lines.iter_mut().enumerate() {
            line.0.copy_from_slice(&b.elements[start + l * b.row..][..WIDTH]);
        }
        return;
    }
    if b.row == 1 && columns == WIDTH && !lines.is_empty() {
        let depth = lines.len();
        let rows: [&[f32]; WIDTH] = std::array::from_fn(|c| &b.elements[start + c * b.column..][..depth]);
        return turned(&rows, lines);
    }
    for (l, line) in lines.iter_mut().enumerate() {
        for (c, x) in line.0.iter_mut().enumerate() {
            *x = if c < columns { b.elements[start + l * b.row + c * b.column] } else { 0.0 };
        }
    }
}

/// Sixteen rows as columns.
fn turned(rows: &[&[f32]; WIDTH], lines: &mut [Line]) {
    const SIDE: usize = 8;
    let whole = lines.len() / SIDE * SIDE;
    for (at, lines) in lines[..whole].chunks_exact_mut(SIDE).enumerate() {
        // Squares of eight by eight fit the registers, and the loops over them are unrolled.
        for half in [0, SIDE] {
            let square: [[f32; SIDE]; SIDE] = std::array::from_fn(|c| {
                let row = &rows[half + c][at * SIDE..][..SIDE];
                std::array::from_fn(|l| row[l])
            });
            for (l, line) in lines.iter_mut().enumerate() {
                let turned: [f32; SIDE] = std::array::from_fn(|c| square[c][l]);
                line.0[half..half + SIDE].copy_from_slice(&turned);
            }
        }
    }
    for (l, line) in lines.iter_mut().enumerate().skip(whole) {
        line.0 = std::array::from_fn(|c| rows[c][l]);
    }
}

/// Tiles of [`HEIGHT`] rows of a row-major `m` by `k` matrix, column after column; the last one's missing rows are zeros.
pub(crate) fn left_tiles(m: usize, k: usize, a: &[f32]) -> Vec<f32> {
    let mut packed = vec![0.0; m.div_ceil(HEIGHT) * HEIGHT * k];
    for (i, row) in a.chunks_exact(k.max(1)).take(m).enumerate() {
        let tile = &mut packed[i / HEIGHT * HEIGHT * k..];
        for (l, x) in row.iter().enumerate() {
            tile[l * HEIGHT + i % HEIGHT] = *x;
        }
    }
    packed
}
