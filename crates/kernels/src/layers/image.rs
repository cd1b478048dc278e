//! The matrix of what is under a convolution's filters.

use std::ops::Range;

use crate::cpu::dispatched;
use crate::sliding::Geometry;
use crate::tiles::{Fill, Line, WIDTH};

/// The right matrix that a convolution multiplies its filters with: a row for each place of the kernel on each channel, a column for
/// each result. It is never whole in memory.
#[derive(Debug)]
pub(super) struct Columns<'a> {
    pub geometry: &'a Geometry,
    /// The image, or its copy.
    pub image: &'a [f32],
    /// Where each row of the matrix begins in the image.
    pub rows: &'a [usize],
}

impl Columns<'_> {
    /// Fills lines of panels.
    pub fn fill(&self, fill: &Fill, lines: &mut [Line]) {
        let rows = &self.rows[fill.from..fill.from + fill.depth];
        for (j, lines) in fill.panels.clone().zip(lines.chunks_exact_mut(fill.depth.max(1))) {
            Panel::new(self.geometry, j * WIDTH).fill(self.image, rows, lines);
        }
    }
}

/// The places of an image above which a panel's columns lie.
#[derive(Debug)]
pub(super) enum Panel {
    Runs(Runs),
    Anywhere([usize; WIDTH]),
}

impl Panel {
    /// The panel of the `first` column and those behind it. Columns that there are not are as if the last row went on.
    pub fn new(geometry: &Geometry, first: usize) -> Panel {
        let (width, all) = (geometry.out[2], geometry.out_plane());
        let (mut row, mut at) = (first / width, first % width);
        let mut start = geometry.above(row);
        let count = WIDTH.min(all - first);
        let places: [usize; WIDTH] = std::array::from_fn(|c| {
            if at == width && c < count {
                (row, at) = (row + 1, 0);
                start = geometry.above(row);
            }
            at += 1;
            start + at - 1
        });
        let split = (1..WIDTH).find(|&c| places[c] != places[c - 1] + 1).unwrap_or(WIDTH);
        let two = (split + 1..WIDTH).all(|c| places[c] == places[c - 1] + 1);
        let second = if split < WIDTH { places[split].checked_sub(split) } else { Some(places[0]) };
        match second.filter(|_| two) {
            Some(second) => Panel::Runs(Runs { first: places[0], second, split }),
            None => Panel::Anywhere(places),
        }
    }

    /// Lines of the image, each seen from where a row of the matrix begins.
    pub fn fill(&self, image: &[f32], rows: &[usize], lines: &mut [Line]) {
        match self {
            Panel::Runs(runs) => two_runs(image, rows, *runs, lines),
            Panel::Anywhere(places) => gathered(image, rows, places, lines),
        }
    }
}

/// Two runs of an image above which a panel's columns lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Runs {
    first: usize,
    /// Where the second run would be above the panel's first column.
    second: usize,
    /// The second run's first column.
    split: usize,
}

dispatched! {
    /// Lines of two runs of the image.
    fn two_runs[](image: &[f32], rows: &[usize], runs: Runs, lines: &mut [Line]) {
        let Runs { first, second, split } = runs;
        let run = |at: usize| image.get(at..at + WIDTH).and_then(|run| <&[f32; WIDTH]>::try_from(run).ok());
        let element = |at: usize| image.get(at).copied().unwrap_or(0.0);
        if split == WIDTH {
            for (line, row) in lines.iter_mut().zip(rows) {
                line.0 = run(row + first).copied().unwrap_or_else(|| std::array::from_fn(|c| element(row + first + c)));
            }
            return;
        }
        let mut masks = [0u32; WIDTH];
        masks[split..].fill(u32::MAX);
        for (line, row) in lines.iter_mut().zip(rows) {
            if let (Some(a), Some(b)) = (run(row + first), run(row + second)) {
                for (c, x) in line.0.iter_mut().enumerate() {
                    *x = f32::from_bits((a[c].to_bits() & !masks[c]) | (b[c].to_bits() & masks[c]));
                }
            } else {
                for (c, x) in line.0.iter_mut().enumerate() {
                    *x = element(row + c + if c < split { first } else { second });
                }
            }
        }
    }

    /// Lines of places anywhere in the image.
    fn gathered[](image: &[f32], rows: &[usize], places: &[usize; WIDTH], lines: &mut [Line]) {
        for (line, row) in lines.iter_mut().zip(rows) {
            for (x, place) in line.0.iter_mut().zip(places) {
                *x = image.get(row + place).copied().unwrap_or(0.0);
            }
        }
    }
}

/// Where each row of a group's matrix begins in the copy.
pub(super) fn rows(places: &[usize], channels: Range<usize>, plane: usize) -> Vec<usize> {
    channels.flat_map(|c| places.iter().map(move |place| c * plane + place)).collect()
}
