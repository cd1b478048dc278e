//! Matrix products of single-precision numbers, made of tiles of at most [`HEIGHT`] rows and [`WIDTH`] columns whose sums stay in
//! registers (Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008).
//!
//! The right matrix is read panel by panel: [`WIDTH`] columns, row after row. It is laid out so once for weights, or a block at a time
//! for operands, and a convolution fills the panels from its image. The left matrix is read in place, or from tiles of [`HEIGHT`]
//! rows, column after column.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bytes;
mod out;
mod pack;
mod portable;
mod product;
mod taps;

pub(crate) use bytes::Bytes;
pub(crate) use out::Out;
pub(crate) use pack::{fill_panels, fill_tiles, left_tiles, right_panels};
pub(crate) use product::{Fill, Left, Part, Right, Start, Task, product};
pub(crate) use taps::{Planes, Taps, blocks, lanes};

/// Columns of a tile.
pub(crate) const WIDTH: usize = 16;
/// Rows of a tile.
pub(crate) const HEIGHT: usize = 6;
/// Panels that are taken side by side. What is shared among threads, or done in blocks, is cut only between such groups: how an
/// element is summed depends on whether its panel is taken alone, and must not depend on the number of threads.
const BESIDE: usize = 2;

/// A row of a panel, one line of the cache.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub(crate) struct Line(pub [f32; WIDTH]);

// SAFETY: a line is an array of sixteen numbers, which is as long as its alignment, so that nothing lies between.
unsafe impl bytemuck::Zeroable for Line {}
// SAFETY: as above; all bits are numbers.
unsafe impl bytemuck::Pod for Line {}

impl Line {
    /// A line of zeros.
    pub const ZERO: Line = Line([0.0; WIDTH]);
}

/// What a tile's sums begin with.
#[derive(Debug, Clone, Copy)]
enum First {
    Zero,
    /// A number of each row.
    Rows(*const f32),
    /// A number of each column.
    Columns(*const f32),
    /// What the result holds.
    Result,
}

/// The work of tiles below each other: `c = first + a @ b`.
#[derive(Debug, Clone, Copy)]
struct Tile {
    depth: usize,
    a: *const f32,
    /// Distance from a row of `a` to the next.
    a_row: usize,
    /// Distance from a column of `a` to the next.
    a_step: usize,
    /// Distance from a tile of `a` to the one below.
    a_tile: usize,
    b: *const f32,
    /// Distance from a row of `b` to the next.
    b_row: usize,
    /// Distance from a panel of `b` to the next.
    b_panel: usize,
    c: *mut f32,
    c_row: usize,
    first: First,
}

impl Tile {
    /// The tile below, [`HEIGHT`] rows further.
    #[inline(always)]
    fn below(&self) -> Tile {
        let first = match self.first {
            First::Rows(bias) => First::Rows(bias.wrapping_add(HEIGHT)),
            other => other,
        };
        Tile { a: self.a.wrapping_add(self.a_tile), c: self.c.wrapping_add(HEIGHT * self.c_row), first, ..*self }
    }

    /// The tile beside, a panel further.
    fn beside(&self) -> Tile {
        let first = match self.first {
            First::Columns(bias) => First::Columns(bias.wrapping_add(WIDTH)),
            other => other,
        };
        Tile { b: self.b.wrapping_add(self.b_panel), c: self.c.wrapping_add(WIDTH), first, ..*self }
    }
}

/// Computes `rows` rows of tiles below each other, of up to [`BESIDE`] panels. The last panel may have fewer columns in the result.
///
/// # Safety
/// All places of the left matrix and of the result, which is borrowed alone, are within their memory; so are all columns of the right
/// matrix, and of what the sums begin with, up to whole panels.
unsafe fn tiles(rows: usize, columns: usize, tile: &Tile) {
    #[cfg(target_arch = "x86_64")]
    if crate::cpu::avx512() {
        // SAFETY: the processor has the features, and the caller vouches for the memory.
        return unsafe { avx512::tiles(rows, columns, tile) };
    }
    let mut own = *tile;
    for first in (0..columns).step_by(WIDTH) {
        // SAFETY: the caller vouches for the memory.
        unsafe { panel(rows, WIDTH.min(columns - first), &own) };
        own = own.beside();
    }
}

/// As [`tiles`], of one panel.
///
/// # Safety
/// As [`tiles`].
unsafe fn panel(rows: usize, columns: usize, tile: &Tile) {
    if columns == WIDTH || columns == WIDTH / 2 {
        // SAFETY: the caller vouches for the memory.
        return unsafe { vectors(rows, columns < WIDTH, tile) };
    }
    let mut own = *tile;
    for top in (0..rows).step_by(HEIGHT) {
        // SAFETY: the caller vouches for the memory.
        unsafe { aside(HEIGHT.min(rows - top), columns, &own) };
        own = own.below();
    }
}

/// As [`tiles`], of a panel or half of it.
///
/// # Safety
/// As [`tiles`].
unsafe fn vectors(rows: usize, half: bool, tile: &Tile) {
    #[cfg(target_arch = "x86_64")]
    if crate::cpu::avx2() {
        // SAFETY: the processor has the features, and the caller vouches for the memory.
        return unsafe { avx2::tiles(rows, half, tile) };
    }
    let mut own = *tile;
    for top in (0..rows).step_by(HEIGHT) {
        // SAFETY: the caller vouches for the memory.
        unsafe { portable::tile(HEIGHT.min(rows - top), half, &own) };
        own = own.below();
    }
}

/// A tile that is narrower than its vectors: computed aside and copied into the result.
///
/// # Safety
/// As [`tiles`].
unsafe fn aside(height: usize, columns: usize, whole: &Tile) {
    let mut sums = [0.0f32; HEIGHT * WIDTH];
    let rows = |i: usize| whole.c.wrapping_add(i * whole.c_row);
    if matches!(whole.first, First::Result) {
        for (i, row) in sums.chunks_exact_mut(WIDTH).take(height).enumerate() {
            // SAFETY: the caller vouches for so many columns of each row.
            unsafe { row.as_mut_ptr().copy_from_nonoverlapping(rows(i), columns) };
        }
    }
    let own = Tile { c: sums.as_mut_ptr(), c_row: WIDTH, ..*whole };
    // SAFETY: the caller vouches for the operands, and the array holds a whole tile.
    unsafe { vectors(height, columns <= WIDTH / 2, &own) };
    for (i, row) in sums.chunks_exact(WIDTH).take(height).enumerate() {
        // SAFETY: the caller vouches for so many columns of each row.
        unsafe { rows(i).copy_from_nonoverlapping(row.as_ptr(), columns) };
    }
}
