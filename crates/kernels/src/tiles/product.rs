//! The loops around the tiles.

use std::cell::RefCell;
use std::ops::Range;

use super::{BESIDE, First, HEIGHT, Line, Out, Tile, WIDTH, tiles};
use crate::gemm::Matrix;
use crate::threads;

/// Rows of the right matrix that are taken at once: a panel of them and a tile's rows of the left one fit the first cache.
const DEPTH: usize = 256;
/// Panels of the right matrix that are taken at once, at most.
const PANELS: usize = 8;
/// As many if the left matrix has the weights, which each block reads whole.
const PANELS_OF_OPERANDS: usize = 14;
/// Rows of the left matrix that are taken at once: with the panels they fit the second cache.
const ROWS: usize = 16 * HEIGHT;

/// The left matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Left<'a> {
    /// In place.
    Rows(Matrix<'a, f32>),
    /// As [`left_tiles`](super::left_tiles) lays it out.
    Tiles(&'a [f32]),
}

/// The right matrix.
#[derive(Clone, Copy)]
pub(crate) enum Right<'a> {
    /// As [`right_panels`](super::right_panels) lays it out.
    Panels(&'a [Line]),
    /// Row-major, read in place: rows of this length.
    Rows(&'a [f32], usize),
    /// A function that fills a part of some panels.
    Filled(&'a (dyn Fn(&Fill, &mut [Line]) + Sync)),
}

/// Which lines a function is to fill: those of the first panel, then those of the next.
#[derive(Debug)]
pub(crate) struct Fill {
    pub panels: Range<usize>,
    /// The first row of the right matrix.
    pub from: usize,
    /// How many rows.
    pub depth: usize,
}

/// What the result begins with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start<'a> {
    Zero,
    /// A number of each row.
    Rows(&'a [f32]),
    /// A number of each column, and zeros up to a whole number of panels.
    Columns(&'a [f32]),
    /// What the result holds.
    Result,
}

/// A part of the result whose sums are complete: rows of some columns.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    out: Out<'a>,
    /// Where the part's first element is in the result.
    pub at: usize,
    /// Where `out` begins in the result.
    offset: usize,
    /// Distance from a row to the next.
    pub row: usize,
    pub columns: usize,
    pub rows: usize,
}

impl<'a> Part<'a> {
    /// A run of elements that begins at this place of the result.
    pub fn of(elements: &'a mut [f32], at: usize) -> Part<'a> {
        let length = elements.len();
        Part { out: Out::new(elements), at, offset: at, row: length, columns: length, rows: 1 }
    }

    /// Some rows of a result, of which `out` is what begins at `offset`.
    ///
    /// # Safety
    /// Until the part goes nothing else reads or writes them.
    pub unsafe fn of_rows(out: Out<'a>, offset: usize, first: usize, row: usize, columns: usize, rows: usize) -> Part<'a> {
        Part { out, at: offset + first, offset, row, columns, rows }
    }

    /// All elements, if no others lie between them.
    pub fn whole(&mut self) -> Option<&mut [f32]> {
        let first = self.at - self.offset;
        // SAFETY: the rows are this part's alone, and nothing lies between them.
        (self.row == self.columns).then(|| unsafe { self.out.part(first..first + self.rows * self.columns) })
    }

    /// The elements of a row.
    pub fn row(&mut self, i: usize) -> &mut [f32] {
        assert!(i < self.rows, "there is no such row");
        let first = self.at - self.offset + i * self.row;
        // SAFETY: the row is one of this part's.
        unsafe { self.out.part(first..first + self.columns) }
    }
}

/// A product: `start + left @ right` for `size` rows, depth and columns, and `finish` for each part of it.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    pub size: (usize, usize, usize),
    pub left: Left<'a>,
    pub right: Right<'a>,
    pub start: Start<'a>,
    pub finish: Option<&'a (dyn Fn(Part) + Sync)>,
    /// Where the result's first element is, as `finish` is told.
    pub offset: usize,
}

thread_local! {
    /// Room for the panels that are filled, used again.
    static ROOM: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
}

/// A task's result, row-major.
///
/// # Panics
/// If a slice is shorter than its matrix.
pub(crate) fn product(task: &Task, out: &mut [f32]) {
    let (m, k, n) = task.size;
    check(task, out.len());
    if m == 0 || n == 0 {
        return;
    }
    let (panels, out) = (n.div_ceil(WIDTH), Out::new(out));
    let work = m * n * k;
    // Rows lie together, but filled panels would be filled by each thread.
    if matches!(task.right, Right::Filled(_)) || m < n {
        let whole = |groups: Range<usize>| groups.start * BESIDE..panels.min(groups.end * BESIDE);
        return threads::share(panels.div_ceil(BESIDE), work, |groups| range(task, 0..m, whole(groups), out));
    }
    threads::share(m.div_ceil(HEIGHT), work, |tiles| range(task, tiles.start * HEIGHT..m.min(tiles.end * HEIGHT), 0..panels, out));
}

/// A part of a task's result.
fn range(task: &Task, rows: Range<usize>, panels: Range<usize>, out: Out) {
    let (m, k, _) = task.size;
    // One tile of rows reads each panel once: parts of the depth would only interrupt the stream.
    let parts = if m <= HEIGHT { 1 } else { k.div_ceil(DEPTH).max(1) };
    let depth = k.div_ceil(parts).max(1);
    // Blocks of about the same number of panels, for each reads the whole left matrix. What is read once needs no blocks.
    let most = match (task.left, task.right) {
        (_, Right::Panels(_)) if rows.len() <= ROWS => panels.len(),
        (Left::Tiles(_), _) => PANELS_OF_OPERANDS,
        (Left::Rows(_), _) => PANELS,
    };
    let block = panels.len().div_ceil(panels.len().div_ceil(most)).next_multiple_of(BESIDE);
    let mut room = ROOM.take();
    let needed = match task.right {
        Right::Panels(_) => 0,
        Right::Rows(..) => depth,
        Right::Filled(_) => depth * block,
    };
    if room.len() < needed {
        room.resize(needed, Line::ZERO);
    }
    for first in panels.clone().step_by(block) {
        // Without depth there still is what the sums begin with.
        for from in (0..k.max(1)).step_by(depth) {
            let panels = first..panels.end.min(first + block);
            let part = Block { task, from, depth: depth.min(k.saturating_sub(from)), panels };
            part.fill(&mut room);
            part.rows(rows.clone(), &room, out);
        }
    }
    ROOM.set(room);
}

/// Checks once what the tiles rely on.
fn check(task: &Task, length: usize) {
    let (m, k, n) = task.size;
    let left = match task.left {
        Left::Rows(a) => a.holds(m, k),
        Left::Tiles(a) => a.len() >= m.div_ceil(HEIGHT) * HEIGHT * k,
    };
    let right = match task.right {
        Right::Panels(lines) => lines.len() >= n.div_ceil(WIDTH) * k,
        Right::Rows(b, row) => Matrix { elements: b, row, column: 1 }.holds(k, n),
        Right::Filled(_) => true,
    };
    let start = match task.start {
        Start::Rows(bias) => bias.len() >= m,
        Start::Columns(bias) => bias.len() >= n.next_multiple_of(WIDTH),
        Start::Zero | Start::Result => true,
    };
    assert!(left && right && start && length >= m * n, "a matrix is larger than its memory");
}

/// Some panels, over a part of the depth.
struct Block<'a> {
    task: &'a Task<'a>,
    from: usize,
    depth: usize,
    panels: Range<usize>,
}

impl Block<'_> {
    /// Lays out the panels that are not yet.
    fn fill(&self, room: &mut [Line]) {
        let (_, _, n) = self.task.size;
        match self.task.right {
            Right::Panels(_) => {}
            Right::Filled(fill) => {
                let part = Fill { panels: self.panels.clone(), from: self.from, depth: self.depth };
                fill(&part, &mut room[..self.panels.len() * self.depth]);
            }
            // The last panel's lines would reach beyond the rows.
            Right::Rows(b, row) if self.panels.end * WIDTH > n => {
                let matrix = Matrix { elements: b, row, column: 1 };
                let last = self.panels.end - 1..self.panels.end;
                super::fill_panels(matrix, n, &Fill { panels: last, from: self.from, depth: self.depth }, room);
            }
            Right::Rows(..) => {}
        }
    }

    /// Some rows, as many at once as fit the second cache.
    fn rows(&self, rows: Range<usize>, room: &[Line], out: Out) {
        for top in rows.clone().step_by(ROWS) {
            let rows = top..rows.end.min(top + ROWS);
            let mut j = self.panels.start;
            while j < self.panels.end {
                let count = self.beside(j);
                self.tiles(rows.clone(), j..j + count, room, out);
                j += count;
            }
            self.finish(rows, out);
        }
    }

    /// Finishes rows if their sums are complete.
    fn finish(&self, rows: Range<usize>, out: Out) {
        let (_, k, n) = self.task.size;
        if let Some(finish) = self.task.finish.filter(|_| self.from + self.depth == k) {
            let left = self.panels.start * WIDTH;
            let columns = n.min(self.panels.end * WIDTH) - left;
            // SAFETY: each thread has rows or panels of its own, and is done with these.
            finish(unsafe { Part::of_rows(out, self.task.offset, rows.start * n + left, n, columns, rows.len()) });
        }
    }

    /// How many panels from the `j`-th on are taken side by side.
    fn beside(&self, j: usize) -> usize {
        let (_, _, n) = self.task.size;
        match self.task.right {
            // The last panel of rows that lie in place may not.
            Right::Rows(..) if (j + BESIDE) * WIDTH > n => 1,
            _ => BESIDE.min(self.panels.end - j),
        }
    }

    /// Where a panel's first line of this part of the depth is, the distance to the next, and that to the next panel.
    fn panel(&self, j: usize, room: &[Line]) -> (*const f32, usize, usize) {
        let (_, k, n) = self.task.size;
        match self.task.right {
            Right::Panels(lines) => (lines[j * k + self.from..].as_ptr().cast(), WIDTH, k * WIDTH),
            Right::Filled(_) => (room[(j - self.panels.start) * self.depth..].as_ptr().cast(), WIDTH, self.depth * WIDTH),
            Right::Rows(b, row) if (j + 1) * WIDTH <= n => (b.get(self.from * row + j * WIDTH..).unwrap_or(&[]).as_ptr(), row, WIDTH),
            Right::Rows(..) => (room.as_ptr().cast(), WIDTH, 0),
        }
    }

    /// The tiles of some rows, below each other, of panels side by side.
    fn tiles(&self, rows: Range<usize>, panels: Range<usize>, room: &[Line], out: Out) {
        let (_, k, n) = self.task.size;
        let (b, b_row, b_panel) = self.panel(panels.start, room);
        let (i, first, columns) = (rows.start, panels.start * WIDTH, n.min(panels.end * WIDTH) - panels.start * WIDTH);
        let (a, a_row, a_step, a_tile) = match self.task.left {
            Left::Rows(a) if self.depth == 0 => (a.elements.as_ptr(), a.row, a.column, HEIGHT * a.row),
            Left::Rows(a) => (a.elements[i * a.row + self.from * a.column..].as_ptr(), a.row, a.column, HEIGHT * a.row),
            Left::Tiles(a) => (a[i * k + self.from * HEIGHT..].as_ptr(), 1, HEIGHT, HEIGHT * k),
        };
        let begin = match self.task.start {
            _ if self.from > 0 => First::Result,
            Start::Zero => First::Zero,
            Start::Rows(bias) => First::Rows(bias[i..].as_ptr()),
            Start::Columns(bias) => First::Columns(bias[first..].as_ptr()),
            Start::Result => First::Result,
        };
        let c = out.places(i * n + first..(rows.end - 1) * n + first + columns);
        let whole = Tile { depth: self.depth, a, a_row, a_step, a_tile, b, b_row, b_panel, c, c_row: n, first: begin };
        // SAFETY: `check` has seen that the matrices are within their slices, or `fill` has filled as many lines as the depth. The
        // places are within the result up to the last tile's, and each thread has rows or panels of its own.
        unsafe { tiles(rows.len(), columns, &whole) };
    }
}
