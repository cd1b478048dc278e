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

/// Up to so many runs of an image are put together line by line.
const RUNS: usize = 6;

/// The places of an image above which a panel's columns lie.
#[derive(Debug)]
pub(super) enum Panel {
    /// Neighbours in the image, up to where the next run begins.
    Runs([Run; RUNS], usize),
    Anywhere([usize; WIDTH]),
}

/// Neighbours in the image.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// Where the run would be above the panel's first column; before the image's first place it wraps around.
    start: usize,
    /// A bit of each of the run's columns.
    columns: u16,
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
        let mut runs = [Run { start: 0, columns: 0 }; RUNS];
        let mut found = 0;
        for c in 0..WIDTH {
            if c == 0 || places[c] != places[c - 1] + 1 {
                if found == RUNS {
                    return Panel::Anywhere(places);
                }
                runs[found].start = places[c].wrapping_sub(c);
                found += 1;
            }
            runs[found - 1].columns |= 1 << c;
        }
        Panel::Runs(runs, found)
    }

    /// Lines of the image, each seen from where a row of the matrix begins.
    pub fn fill(&self, image: &[f32], rows: &[usize], lines: &mut [Line]) {
        match self {
            Panel::Runs([run, ..], 1) => one_run(image, rows, run.start, lines),
            Panel::Runs([a, b, ..], 2) => several_runs(image, rows, &[*a, *b], lines),
            Panel::Runs([a, b, c, ..], 3) => several_runs(image, rows, &[*a, *b, *c], lines),
            Panel::Runs([a, b, c, d, ..], 4) => several_runs(image, rows, &[*a, *b, *c, *d], lines),
            Panel::Runs(runs, _) => several_runs(image, rows, runs, lines),
            Panel::Anywhere(places) => gathered(image, rows, places, lines),
        }
    }
}

/// A line of the image, if it is within it.
#[inline(always)]
fn within(image: &[f32], at: usize) -> Option<&[f32; WIDTH]> {
    image.get(at..)?.first_chunk()
}

dispatched! {
    /// Lines of one run of the image.
    fn one_run[](image: &[f32], rows: &[usize], start: usize, lines: &mut [Line]) {
        for (line, row) in lines.iter_mut().zip(rows) {
            line.0 = within(image, row + start)
                .copied()
                .unwrap_or_else(|| std::array::from_fn(|c| image.get(row + start + c).copied().unwrap_or(0.0)));
        }
    }

    /// Lines of several runs, of which the last ones may have no columns.
    fn several_runs[const N: usize](image: &[f32], rows: &[usize], runs: &[Run; N], lines: &mut [Line]) {
        let bits = |run: &Run| std::array::from_fn(|c| if run.columns >> c & 1 == 1 { u32::MAX } else { 0 });
        let masks: [[u32; WIDTH]; N] = std::array::from_fn(|i| bits(&runs[i]));
        'lines: for (line, row) in lines.iter_mut().zip(rows) {
            let mut whole = [0u32; WIDTH];
            for (run, mask) in runs.iter().zip(&masks) {
                let Some(own) = within(image, row.wrapping_add(run.start)) else {
                    pieces(image, *row, runs, line);
                    continue 'lines;
                };
                for c in 0..WIDTH {
                    whole[c] |= own[c].to_bits() & mask[c];
                }
            }
            line.0 = whole.map(f32::from_bits);
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

/// A line of runs that reach beyond the image where they have no columns.
#[cold]
fn pieces(image: &[f32], row: usize, runs: &[Run], line: &mut Line) {
    for (c, x) in line.0.iter_mut().enumerate() {
        let run = runs.iter().find(|run| run.columns >> c & 1 == 1);
        let place = run.map(|run| row.wrapping_add(run.start).wrapping_add(c));
        *x = place.and_then(|place| image.get(place)).copied().unwrap_or(0.0);
    }
}

/// Where each row of a group's matrix begins in the copy.
pub(super) fn rows(places: &[usize], channels: Range<usize>, plane: usize) -> Vec<usize> {
    channels.flat_map(|c| places.iter().map(move |place| c * plane + place)).collect()
}
