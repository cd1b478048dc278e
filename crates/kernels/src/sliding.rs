//! Windows that slide over images, and images laid out so that neighbouring results lie above neighbouring places.

use crate::cpu::dispatched;
use crate::map::ELEMENT;
use crate::ops::Window;
#[cfg(target_arch = "x86_64")]
use crate::split::{self, Rows};
use crate::{Element, Tensor, threads};

/// How a window of three axes slides over an image of three; fewer axes have lengths of 1 before them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Geometry {
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
pub(crate) const SLACK: usize = 16;

impl Geometry {
    /// A window over one to three axes of so many channels; nothing for other numbers of axes.
    pub fn new(channels: usize, lengths: &[usize], out: &[usize], window: &Window) -> Option<Geometry> {
        let axes = lengths.len();
        if !(1..=3).contains(&axes) {
            return None;
        }
        let three = |of: &[usize], or: usize| -> [usize; 3] { std::array::from_fn(|a| (a + axes).checked_sub(3).map_or(or, |a| of[a])) };
        let (lengths, out, kernel) = (three(lengths, 1), three(out, 1), three(window.kernel, 1));
        let (strides, dilations) = (three(window.strides, 1), three(window.dilations, 1));
        let before = three(window.pads, 0);
        // The last window may reach beyond the padding.
        let reach = |a: usize| (out[a].max(1) - 1) * strides[a] + (kernel[a].max(1) - 1) * dilations[a] + 1;
        let own = three(&window.pads[axes..], 0);
        let behind = std::array::from_fn(|a| own[a].max(reach(a).saturating_sub(before[a] + lengths[a])));
        Some(Geometry { channels, lengths, out, kernel, strides, before, behind, dilations })
    }

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
                sample_row(&x[from..from + self.lengths[2]], self.strides[2], out);
            }
        })
    }

    /// What lies under the kernel for each result of a batch, row by row: the kernel's places on the first channel, then on the next.
    pub fn rows(&self, x: &[f32], out: &mut [f32]) {
        let ([depth, height, width], [kz, ky, kx]) = (self.out, self.kernel);
        let length = self.channels * self.size();
        let mut lines = out.chunks_exact_mut((width * length).max(1));
        for image in x.chunks_exact((self.channels * self.plane()).max(1)) {
            for z in 0..depth {
                for (y, rows) in (0..height).zip(&mut lines) {
                    // Each line of the kernel is above one line of the image for all results of a row.
                    for c in 0..self.channels {
                        for (i, j) in (0..kz).flat_map(|i| (0..ky).map(move |j| (i, j))) {
                            let at = ((c * kz + i) * ky + j) * kx;
                            self.line(self.under(image, c, [z, y], [i, j]), length, rows.get_mut(at..).unwrap_or(&mut []));
                        }
                    }
                }
            }
        }
    }

    /// The line of the image that is under a line of the kernel, for results of a row; none if it is padding.
    fn under<'a>(&self, image: &'a [f32], c: usize, results: [usize; 2], kernel: [usize; 2]) -> Option<&'a [f32]> {
        let [z, y] = [0, 1].map(|axis| self.place(axis, results[axis], kernel[axis]));
        let from = ((c * self.lengths[0] + z?) * self.lengths[1] + y?) * self.lengths[2];
        Some(&image[from..from + self.lengths[2]])
    }

    /// The place along an axis that is under one of the kernel, if it is no padding.
    #[inline(always)]
    fn place(&self, axis: usize, result: usize, kernel: usize) -> Option<usize> {
        let place = (result * self.strides[axis] + kernel * self.dilations[axis]).checked_sub(self.before[axis]);
        place.filter(|place| *place < self.lengths[axis])
    }

    /// What of a line of the image is under a line of the kernel, for each result of a row, `length` elements behind each other.
    fn line(&self, line: Option<&[f32]>, length: usize, out: &mut [f32]) {
        let (kx, near) = (self.kernel[2], self.dilations[2] == 1);
        for (at, out) in (0..self.out[2]).zip(out.chunks_mut(length.max(1))) {
            let out = &mut out[..kx];
            let Some(line) = line else {
                out.fill(0.0);
                continue;
            };
            let first = (at * self.strides[2]).checked_sub(self.before[2]).filter(|_| near);
            match first.and_then(|first| line.get(first..first + kx)) {
                Some(whole) => copy_short(whole, out),
                None => out.iter_mut().enumerate().for_each(|(k, o)| *o = self.place(2, at, k).map_or(0.0, |place| line[place])),
            }
        }
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

    /// A copy of a channel, of which only what is not padding is written.
    pub fn copy_channel<T: Element>(&self, x: &[T], out: &mut [T]) {
        let row = Row { before: self.before[2], stride: self.strides[2], phase: self.phase() };
        #[cfg(target_arch = "x86_64")]
        if size_of::<T>() == size_of::<u32>() && crate::cpu::avx512() {
            let ([depth, height, width], [_, around, _]) = (self.lengths, self.around());
            let plane = around * row.length();
            let first = self.before[0] * plane + self.before[1] * row.length();
            let rows = Rows { lengths: self.lengths, first, plane, before: row.before, part: row.phase };
            if split::fits(row.stride, &rows) && !x.is_empty() {
                let end = first + (depth - 1) * plane + height * row.length();
                let within = depth * height * width <= x.len() && end <= out.len() && row.before + width <= row.length();
                assert!(within, "an image is larger than its memory");
                // SAFETY: the processor has the features, and the assertion holds; elements of four bytes are moved whole.
                return unsafe { split::copy(row.stride, x.as_ptr().cast(), out.as_mut_ptr().cast(), &rows) };
            }
        }
        copy_plane(x, out, self.lengths, [self.before[0], self.before[1]], self.around()[1], row);
    }

    /// A copy of an image's channels with zeros around, rows split by the stride.
    pub fn copy(&self, x: &[f32]) -> Tensor<f32> {
        let (plane, own) = (self.copied_plane(), self.plane());
        let [_, height, width] = self.around();
        let [_, above, left] = self.before;
        Tensor::build(&[self.channels * plane + SLACK], |out| {
            // Rows that are not split have all zeros beside them, which are written alone.
            let flat = self.lengths[0] == 1 && self.before[0] + self.behind[0] == 0 && self.strides[2] == 1 && self.lengths[2] > 0;
            let (copies, behind) = out.split_at_mut(self.channels * plane);
            let work = copies.len() * ELEMENT;
            threads::share_rows(copies, plane, work, |first, copies| {
                for (c, out) in (first..).zip(copies.chunks_exact_mut(plane.max(1))) {
                    if flat {
                        out[..above * width].fill(0.0);
                        out[(above + self.lengths[1]) * width..height * width].fill(0.0);
                        for row in out[above * width..].chunks_exact_mut(width).take(self.lengths[1]) {
                            row[..left].iter_mut().for_each(|x| *x = 0.0);
                            row[left + self.lengths[2]..].iter_mut().for_each(|x| *x = 0.0);
                        }
                    } else {
                        // What is not padding of rows that are split lies anywhere.
                        out.fill(0.0);
                    }
                    self.copy_channel(&x[c * own..][..own], out);
                }
            });
            behind.fill(0.0);
        })
    }

    /// Vectors of so many elements that cover the results of a channel. The last one of a row covers what the one before does, too,
    /// unless the row is shorter than a vector.
    pub fn vectors(&self, lanes: usize) -> Vec<Above> {
        let width = self.out[2];
        let rows = self.out[0] * self.out[1];
        let mut vectors = Vec::with_capacity(rows * width.div_ceil(lanes));
        for row in 0..rows {
            let image = self.above(row);
            for at in (0..width).step_by(lanes) {
                let at = at.min(width.saturating_sub(lanes));
                vectors.push(Above { result: row * width + at, image: image + at });
            }
        }
        vectors
    }
}

/// Elements of a vector that short rows are covered with.
pub(crate) const LANES: usize = 8;

/// A vector of results of one filter: where it begins in the result, and where its first place is in the image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Above {
    pub result: usize,
    pub image: usize,
}

/// How a row is copied.
#[derive(Debug, Clone, Copy)]
struct Row {
    before: usize,
    stride: usize,
    /// How many places are as far from each other as results are.
    phase: usize,
}

impl Row {
    /// The copied row's length.
    fn length(self) -> usize {
        self.phase * self.stride
    }

    /// Copies one, split by the stride.
    #[inline(always)]
    fn copy<T: Element>(self, x: &[T], out: &mut [T]) {
        let Row { before, stride, phase } = self;
        if stride == 1 {
            return copy_short(x, &mut out[before..before + x.len()]);
        }
        match stride {
            2 => self.split::<T, 2>(x, out),
            4 => self.split::<T, 4>(x, out),
            _ => {
                for (p, out) in out.chunks_exact_mut(phase).enumerate() {
                    let (at, from) = self.first(p);
                    let places = x.iter().skip(from).step_by(stride);
                    out[at..].iter_mut().zip(places).for_each(|(o, x)| *o = *x);
                }
            }
        }
    }

    /// The first place of the row that falls into a part of the copy: where it is there, and in the row.
    fn first(self, part: usize) -> (usize, usize) {
        let at = self.before.saturating_sub(part).div_ceil(self.stride);
        (at, at * self.stride + part - self.before)
    }

    /// Copies one split by a stride of `N`, which is known to the compiler so that it makes vectors.
    #[inline(always)]
    fn split<T: Element, const N: usize>(self, x: &[T], out: &mut [T]) {
        for (p, out) in out.chunks_exact_mut(self.phase).enumerate() {
            let (at, from) = self.first(p);
            let (groups, rest) = x.get(from..).unwrap_or(&[]).as_chunks::<N>();
            let out = &mut out[at..];
            out.iter_mut().zip(groups).for_each(|(o, group)| *o = group[0]);
            if let (Some(o), Some(x)) = (out.get_mut(groups.len()), rest.first()) {
                *o = *x;
            }
        }
    }
}

/// Copies a row in place of a call, which for a short one takes longer than the row.
#[inline(always)]
pub(crate) fn copy_short<T: Element>(x: &[T], out: &mut [T]) {
    match x.len() {
        0..4 => out.iter_mut().zip(x).for_each(|(o, x)| *o = *x),
        4..LANES => copy_by::<T, 4>(x, out),
        LANES..128 => copy_by::<T, LANES>(x, out),
        _ => out.copy_from_slice(x),
    }
}

/// Copies at least `N` elements, so many at once; the last ones may be among those before.
#[inline(always)]
fn copy_by<T: Element, const N: usize>(x: &[T], out: &mut [T]) {
    let last = x.len() - N;
    for at in (0..last).step_by(N) {
        out[at..at + N].copy_from_slice(&x[at..at + N]);
    }
    out[last..last + N].copy_from_slice(&x[last..last + N]);
}

dispatched! {
    fn copy_plane[T: Element](x: &[T], out: &mut [T], lengths: [usize; 3], before: [usize; 2], height: usize, row: Row) {
        let lines = lengths[0] * lengths[1];
        if lines == 0 || lengths[2] == 0 {
            return;
        }
        for (line, x) in x.chunks_exact(lengths[2]).enumerate() {
            let (z, y) = if lengths[0] == 1 { (0, line) } else { (line / lengths[1], line % lengths[1]) };
            let at = ((z + before[0]) * height + y + before[1]) * row.length();
            row.copy(x, &mut out[at..at + row.length()]);
        }
    }
}

dispatched! {
    /// Places of a row as far from each other as results are.
    fn sample_row[T: Element](x: &[T], stride: usize, out: &mut [T]) {
        if stride == 2 {
            let (pairs, rest) = x.as_chunks::<2>();
            out.iter_mut().zip(pairs).for_each(|(o, pair)| *o = pair[0]);
            if let (Some(last), Some(rest)) = (out.get_mut(pairs.len()), rest.first()) {
                *last = *rest;
            }
            return;
        }
        out.iter_mut().zip(x.iter().step_by(stride)).for_each(|(o, x)| *o = *x);
    }
}
