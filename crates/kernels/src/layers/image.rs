//! What a window slides over, laid out so that neighbouring results lie above neighbouring places of the image.

use std::ops::Range;

use crate::Tensor;
use crate::cpu::dispatched;
use crate::tiles::{Fill, Line, WIDTH};

/// How a window of three axes slides over an image of three; fewer axes have lengths of 1 before them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Geometry {
    pub channels: usize,
    pub lengths: [usize; 3],
    pub out: [usize; 3],
    pub kernel: [usize; 3],
    pub strides: [usize; 3],
    pub before: [usize; 3],
    pub behind: [usize; 3],
    pub dilations: [usize; 3],
}

/// Behind an image so many zeros follow, for vectors that reach beyond the last row.
pub(super) const SLACK: usize = WIDTH;

impl Geometry {
    /// Places of a channel.
    pub fn plane(&self) -> usize {
        self.lengths.iter().product()
    }

    /// Results of a filter.
    pub fn out_plane(&self) -> usize {
        self.out.iter().product()
    }

    /// Places of the kernel.
    pub fn size(&self) -> usize {
        self.kernel.iter().product()
    }

    /// True if each result is of the one place of each channel that it lies above.
    pub fn pointwise(&self) -> bool {
        self.size() == 1 && self.strides == [1; 3] && !self.padded()
    }

    /// True if each result is of one place of each channel.
    pub fn single(&self) -> bool {
        self.size() == 1 && !self.padded()
    }

    /// True if there is one result of each filter, and it is of the whole image.
    pub fn whole(&self) -> bool {
        self.kernel == self.lengths && self.out == [1; 3] && !self.padded() && (self.dilations == [1; 3] || self.size() == 1)
    }

    fn padded(&self) -> bool {
        self.before != [0; 3] || self.behind != [0; 3]
    }

    /// Lengths of the image with its padding.
    fn around(&self) -> [usize; 3] {
        std::array::from_fn(|a| self.before[a] + self.lengths[a] + self.behind[a])
    }

    /// How many places of a row are as far from each other as results are.
    fn phase(&self) -> usize {
        self.around()[2].div_ceil(self.strides[2])
    }

    /// How long a row of the copy is: all places that are 0 modulo the stride, then those that are 1, …
    pub fn row(&self) -> usize {
        self.phase() * self.strides[2]
    }

    /// How long a channel of the copy is.
    pub fn copied_plane(&self) -> usize {
        let [depth, height, _] = self.around();
        depth * height * self.row()
    }

    /// The places of an image that lie under the first place of the kernel, one for each result of a channel.
    pub fn sampled(&self, x: &[f32]) -> Tensor<f32> {
        let [_, height, width] = self.out;
        Tensor::build(&[self.channels * self.out_plane()], |out| {
            for (line, out) in out.chunks_exact_mut(width.max(1)).enumerate() {
                let (c, z, y) = (line / self.out[0] / height, line / height % self.out[0], line % height);
                let plane = (c * self.lengths[0] + z * self.strides[0]) * self.lengths[1];
                let from = (plane + y * self.strides[1]) * self.lengths[2];
                let phase = self.lengths[2].div_ceil(self.strides[2]);
                copy_row(&x[from..from + self.lengths[2]], 0, self.strides[2], phase, out);
            }
        })
    }

    /// True if the copy would be the image itself.
    pub fn in_place(&self) -> bool {
        self.strides[2] == 1 && !self.padded()
    }

    /// Where each place of the kernel on a channel is in the copy, seen from the first.
    pub fn places(&self) -> Vec<usize> {
        let ([_, height, _], row) = (self.around(), self.row());
        let mut places = Vec::with_capacity(self.size());
        for z in 0..self.kernel[0] {
            for y in 0..self.kernel[1] {
                for x in 0..self.kernel[2] {
                    let line = z * self.dilations[0] * height + y * self.dilations[1];
                    let at = x * self.dilations[2];
                    places.push(line * row + at % self.strides[2] * self.phase() + at / self.strides[2]);
                }
            }
        }
        places
    }

    /// Where the first place of the kernel is for the results of a row on.
    pub fn above(&self, row: usize) -> usize {
        let (z, y) = (row / self.out[1], row % self.out[1]);
        (z * self.strides[0] * self.around()[1] + y * self.strides[1]) * self.row()
    }

    /// A copy of an image's channels with zeros around, rows split by the stride.
    pub fn copy(&self, x: &[f32]) -> Tensor<f32> {
        let whole = self.channels * self.copied_plane();
        Tensor::build(&[whole + SLACK], |out| {
            out[whole..].fill(0.0);
            let [depth, height, _] = self.around();
            for (line, out) in out[..whole].chunks_exact_mut(self.row().max(1)).enumerate() {
                let (c, z, y) = (line / (depth * height), line / height % depth, line % height);
                let inside = |at: usize, a: usize| (self.before[a]..self.before[a] + self.lengths[a]).contains(&at);
                if inside(z, 0) && inside(y, 1) {
                    let from = ((c * self.lengths[0] + z - self.before[0]) * self.lengths[1] + y - self.before[1]) * self.lengths[2];
                    copy_row(&x[from..from + self.lengths[2]], self.before[2], self.strides[2], self.phase(), out);
                } else {
                    out.fill(0.0);
                }
            }
        })
    }
}

dispatched! {
    /// A row behind so many zeros, split by the stride.
    fn copy_row[](x: &[f32], before: usize, stride: usize, phase: usize, out: &mut [f32]) {
        if stride == 1 {
            out[..before].fill(0.0);
            out[before..before + x.len()].copy_from_slice(x);
            out[before + x.len()..].fill(0.0);
            return;
        }
        for (p, out) in out.chunks_exact_mut(phase).enumerate() {
            // The first place of the row that falls into this part of the copy.
            let first = before.saturating_sub(p).div_ceil(stride);
            let skip = (first * stride + p - before).min(x.len());
            let count = (x.len() - skip).div_ceil(stride);
            out[..first].fill(0.0);
            let inside = &mut out[first..first + count];
            if stride == 2 {
                let pairs = x[skip..].chunks_exact(2);
                let rest = pairs.remainder().first().copied();
                inside.iter_mut().zip(pairs).for_each(|(o, pair)| *o = pair[0]);
                if let (Some(last), Some(rest)) = (inside.last_mut(), rest) {
                    *last = rest;
                }
            } else {
                inside.iter_mut().zip(x[skip..].iter().step_by(stride)).for_each(|(o, x)| *o = *x);
            }
            out[first + count..].fill(0.0);
        }
    }
}

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
            let places = self.panel(j);
            let split = (1..WIDTH).find(|&c| places[c] != places[c - 1] + 1).unwrap_or(WIDTH);
            let two = (split + 1..WIDTH).all(|c| places[c] == places[c - 1] + 1);
            let second = if split < WIDTH { places[split].checked_sub(split) } else { Some(places[0]) };
            match second.filter(|_| two) {
                Some(second) => two_runs(self.image, rows, Runs { first: places[0], second, split }, lines),
                None => gathered(self.image, rows, &places, lines),
            }
        }
    }

    /// The places of the image above which a panel's columns lie; those that there are not are as if the last row went on.
    fn panel(&self, j: usize) -> [usize; WIDTH] {
        let (width, all) = (self.geometry.out[2], self.geometry.out_plane());
        let first = j * WIDTH;
        let (mut row, mut at) = (first / width, first % width);
        let mut start = self.geometry.above(row);
        let count = WIDTH.min(all - first);
        std::array::from_fn(|c| {
            if at == width && c < count {
                (row, at) = (row + 1, 0);
                start = self.geometry.above(row);
            }
            at += 1;
            start + at - 1
        })
    }
}

/// Two runs of an image above which a panel's columns lie.
#[derive(Debug, Clone, Copy)]
struct Runs {
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
        let from_second: [u32; WIDTH] = std::array::from_fn(|c| if c < split { 0 } else { u32::MAX });
        for (line, row) in lines.iter_mut().zip(rows) {
            line.0 = match (run(row + first), run(row + second)) {
                (Some(a), Some(b)) => std::array::from_fn(|c| f32::from_bits((a[c].to_bits() & !from_second[c]) | (b[c].to_bits() & from_second[c]))),
                _ => std::array::from_fn(|c| element(row + c + if c < split { first } else { second })),
            };
        }
    }

    /// Lines of places anywhere in the image.
    fn gathered[](image: &[f32], rows: &[usize], places: &[usize; WIDTH], lines: &mut [Line]) {
        for (line, row) in lines.iter_mut().zip(rows) {
            line.0 = std::array::from_fn(|c| image.get(row + places[c]).copied().unwrap_or(0.0));
        }
    }
}

/// Where each row of a group's matrix begins in the copy.
pub(super) fn rows(places: &[usize], channels: Range<usize>, plane: usize) -> Vec<usize> {
    channels.flat_map(|c| places.iter().map(move |place| c * plane + place)).collect()
}
