//! Matrices laid out in the order in which tiles read them.

use super::{Fill, HEIGHT, Line, WIDTH};
use crate::cpu::dispatched;
use crate::gemm::Matrix;
use crate::turn::{self, SIDE};

/// The panels of a `k` by `n` matrix, one behind the other; the last one's missing columns are zeros.
pub(crate) fn right_panels(k: usize, n: usize, b: Matrix<f32>) -> Vec<Line> {
    let panels = n.div_ceil(WIDTH);
    let mut lines = vec![Line::ZERO; panels * k];
    fill_panels(b, n, &Fill { panels: 0..panels, from: 0, depth: k }, &mut lines);
    lines
}

/// Lines of the panels of a matrix of `n` columns.
pub(crate) fn fill_panels(b: Matrix<f32>, n: usize, fill: &Fill, lines: &mut [Line]) {
    let Fill { panels, from, depth } = fill;
    if *depth == 0 {
        return;
    }
    let whole = panels.start..panels.end.min(n / WIDTH).max(panels.start);
    let (lines, last) = lines.split_at_mut(whole.len() * depth);
    let at = |j: usize| j * WIDTH * b.column + from * b.row;
    if b.column == 1 && b.row >= whole.len() * WIDTH {
        copied(&b.elements[at(whole.start).min(b.elements.len())..], b.row, whole.len(), *depth, lines);
    } else {
        for (j, lines) in whole.clone().zip(lines.chunks_exact_mut(*depth)) {
            if b.row == 1 {
                turned(&b.elements[at(j)..], b.column, lines);
            } else {
                lines
                    .iter_mut()
                    .enumerate()
                    .for_each(|(l, line)| line.0 = std::array::from_fn(|c| b.elements[at(j) + l * b.row + c * b.column]));
            }
        }
    }
    if whole.end < panels.end {
        let columns = n - whole.end * WIDTH;
        for (l, line) in last.iter_mut().take(*depth).enumerate() {
            let element = |c: usize| b.elements[at(whole.end) + l * b.row + c * b.column];
            line.0 = std::array::from_fn(|c| if c < columns { element(c) } else { 0.0 });
        }
    }
}

dispatched! {
    /// Rows cut into the lines of whole panels.
    fn copied[](rows: &[f32], row: usize, panels: usize, depth: usize, lines: &mut [Line]) {
        if panels == 0 {
            return;
        }
        for (l, row) in rows.chunks(row).take(depth).enumerate() {
            for (p, from) in row.chunks_exact(WIDTH).take(panels).enumerate() {
                lines[p * depth + l].0.copy_from_slice(from);
            }
        }
    }
}

/// Sixteen rows, each `row` behind the one before, as columns.
fn turned(elements: &[f32], row: usize, lines: &mut [Line]) {
    let whole = lines.len() / SIDE * SIDE;
    for at in (0..whole).step_by(SIDE) {
        let lines: &mut [f32] = bytemuck::cast_slice_mut(&mut lines[at..at + SIDE]);
        for half in [0, SIDE] {
            turn::square(&elements[half * row + at..], row, &mut lines[half..], WIDTH);
        }
    }
    for (l, line) in lines.iter_mut().enumerate().skip(whole) {
        line.0 = std::array::from_fn(|c| elements[c * row + l]);
    }
}

/// Tiles of [`HEIGHT`] rows of an `m` by `k` matrix, column after column; the last one's missing rows are zeros.
pub(crate) fn left_tiles(m: usize, k: usize, a: Matrix<f32>) -> Vec<f32> {
    let mut packed = vec![0.0; m.div_ceil(HEIGHT) * HEIGHT * k];
    fill_tiles(m, k, a, &mut packed);
    packed
}

/// As [`left_tiles`], to memory that is there.
pub(crate) fn fill_tiles(m: usize, k: usize, a: Matrix<f32>, packed: &mut [f32]) {
    for (t, tile) in packed.chunks_exact_mut((HEIGHT * k).max(1)).enumerate() {
        let height = HEIGHT.min(m - t * HEIGHT);
        let start = t * HEIGHT * a.row;
        for (l, column) in tile.as_chunks_mut::<HEIGHT>().0.iter_mut().enumerate() {
            let from = &a.elements[start + l * a.column..];
            match from.first_chunk() {
                Some(whole) if a.row == 1 && height == HEIGHT => *column = *whole,
                _ => *column = std::array::from_fn(|i| if i < height { from[i * a.row] } else { 0.0 }),
            }
        }
    }
}
