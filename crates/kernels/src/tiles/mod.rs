//! Matrix products of single-precision numbers, made of tiles of at most [`HEIGHT`] rows and [`WIDTH`] columns whose sums stay in
//! registers (Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008).
//!
//! The right matrix is read panel by panel: [`WIDTH`] columns, row after row. It is laid out so once for weights, or a block at a time
//! for operands, and a convolution fills the panels from its image. The left matrix is read in place, or from tiles of [`HEIGHT`]
//! rows, column after column.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod out;
mod pack;
mod portable;
mod product;
mod taps;

pub(crate) use out::Out;
pub(crate) use pack::{fill_panels, left_tiles, right_panels};
pub(crate) use product::{Fill, Left, Part, Right, Start, Task, product};
pub(crate) use taps::Taps;

/// Columns of a tile.
pub(crate) const WIDTH: usize = 16;
/// Rows of a tile.
pub(crate) const HEIGHT: usize = 6;

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
}

/// Computes `rows` rows of tiles of a width of [`WIDTH`], or half of it, below each other.
///
/// # Safety
/// All places of the three matrices, and of what the sums begin with, are within their memory, and `c` is borrowed alone.
unsafe fn tiles(rows: usize, half: bool, tile: &Tile) {
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
