//! Convolutions of three by three places with fewer multiplications (Lavin and Gray, "Fast Algorithms for Convolutional Neural
//! Networks", 2016): squares of the image and the filters are transformed so that a square of results is a product place by place.
//! Over all squares and channels these are matrix products, one for each place.

use std::cell::RefCell;
use std::ops::Range;

use super::image::Panel;
use super::transform::{Scheme, from_places, to_places};
use crate::Tensor;
use crate::cpu::dispatched;
use crate::sliding::{Geometry, copy_short};
use crate::threads;
use crate::tiles::{self, HEIGHT, Left, Line, Out, Part, Right, Start, Task, WIDTH};

/// So many elements of transformed images and results are under way at once, which the second cache holds beside as many of filters.
const UNDER_WAY: usize = 1 << 16;

thread_local! {
    /// Room for transformed squares, used again.
    static ROOM: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
}

/// Transformed filters: for each place of a square, those of all channels as tiles.
#[derive(Debug, Clone)]
pub(super) struct Filters {
    filters: usize,
    channels: usize,
    tiles: Vec<f32>,
}

impl Filters {
    /// The filters of a weight of `filters` by `channels` by three by three.
    pub fn new<S: Scheme<A, M>, const A: usize, const M: usize>(filters: usize, channels: usize, w: &[f32]) -> Filters {
        let tile = HEIGHT * channels;
        let place = filters.div_ceil(HEIGHT) * tile;
        let mut tiles = vec![0.0f32; A * A * place];
        let filter = S::FILTER.map(|row| row.map(|x| x as f32));
        for f in 0..filters {
            let at = f / HEIGHT * tile + f % HEIGHT;
            spread(&w[f * channels * 9..][..channels * 9], &filter, &mut tiles[at..], place);
        }
        Filters { filters, channels, tiles }
    }

    /// One image's results, which begin at `offset` of all. `geometry` is the convolution's.
    pub fn run<S: Scheme<A, M>, const A: usize, const M: usize>(
        &self,
        geometry: &Geometry,
        x: &[f32],
        bias: &[f32],
        finish: Option<&(dyn Fn(Part) + Sync)>,
        offset: usize,
        out: &mut [f32],
    ) {
        let squares = squares(geometry, A, M);
        let copy = squares.copy(x);
        let all = squares.out_plane();
        // Filters that do not stay in the cache are to be read few times.
        let under_way = if self.tiles.len() <= UNDER_WAY { UNDER_WAY } else { 4 * UNDER_WAY };
        let together = (under_way / (A * A * (self.channels + self.filters))).next_multiple_of(WIDTH).min(all.next_multiple_of(WIDTH));
        let out = Out::new(out);
        let run = Run {
            filters: self,
            squares,
            image: copy.elements(),
            width: geometry.out[2],
            height: geometry.out[1],
            bias,
            finish,
            offset,
            out,
        };
        let work = A * A * self.channels * self.filters * all;
        threads::share(all.div_ceil(together), work, |parts| {
            run.range::<S, A, M>(parts.start * together..all.min(parts.end * together), together);
        });
    }
}

/// The squares of an image as windows that slide over it.
fn squares(g: &Geometry, side: usize, step: usize) -> Geometry {
    let out = [1, g.out[1].div_ceil(step), g.out[2].div_ceil(step)];
    let reach = |a: usize| (out[a] - 1) * step + side;
    let behind = |a: usize| g.behind[a].max(reach(a).saturating_sub(g.before[a] + g.lengths[a]));
    Geometry { out, kernel: [1, side, side], strides: [1, step, step], behind: [0, behind(1), behind(2)], ..*g }
}

dispatched! {
    /// One filter's channels transformed. In a place's tiles they are [`HEIGHT`] elements from each other, and a place is `place` behind
    /// the one before.
    fn spread[const A: usize](w: &[f32], filter: &[[f32; 3]; A], tiles: &mut [f32], place: usize) {
        // So many channels at once fill vectors.
        const TOGETHER: usize = 8;
        for (block, w) in w.chunks(9 * TOGETHER).enumerate() {
            let mut turned = [[0.0f32; TOGETHER]; 9];
            for (c, w) in w.as_chunks::<9>().0.iter().enumerate() {
                for (turned, w) in turned.iter_mut().zip(w) {
                    turned[c] = *w;
                }
            }
            for y in 0..A {
                let row: [[f32; TOGETHER]; 3] = std::array::from_fn(|u| weighed([&turned[u], &turned[3 + u], &turned[6 + u]], &filter[y]));
                for x in 0..A {
                    let sums = weighed(row.each_ref(), &filter[x]);
                    let tiles = &mut tiles[(y * A + x) * place + block * TOGETHER * HEIGHT..];
                    for (to, sum) in tiles.iter_mut().step_by(HEIGHT).zip(&sums[..w.len() / 9]) {
                        *to = *sum;
                    }
                }
            }
        }
    }
}

/// The sum of three vectors times their weights.
#[inline(always)]
fn weighed<const N: usize>([a, b, c]: [&[f32; N]; 3], [p, q, r]: &[f32; 3]) -> [f32; N] {
    std::array::from_fn(|i| a[i] * p + b[i] * q + c[i] * r)
}

/// One run over an image.
struct Run<'a> {
    filters: &'a Filters,
    squares: Geometry,
    image: &'a [f32],
    height: usize,
    width: usize,
    bias: &'a [f32],
    finish: Option<&'a (dyn Fn(Part) + Sync)>,
    offset: usize,
    out: Out<'a>,
}

impl Run<'_> {
    /// Some squares, so many at once.
    fn range<S: Scheme<A, M>, const A: usize, const M: usize>(&self, range: Range<usize>, together: usize) {
        let own = self.filters;
        let mut room = ROOM.take();
        let needed = A * A * ((together / WIDTH) * own.channels + 1);
        if room.len() < needed {
            room.resize(needed, Line::ZERO);
        }
        let mut products = Tensor::build(&[A * A * (own.filters * together + WIDTH)], |_| {});
        // Rows of which the range has only a part are finished at the end.
        let across = self.squares.out[2];
        let whole = range.start.next_multiple_of(across)..range.end / across * across;
        for first in range.clone().step_by(together) {
            let count = together.min(range.end - first);
            self.squares::<S, A, M>(first, count, &mut room, products.elements_mut());
            self.results::<S, A, M>(first, count, products.elements());
            let complete = |end: usize| (end / across * across).max(whole.start);
            self.finish(complete(first)..complete(first + count).min(whole.end), M);
        }
        if whole.start > whole.end {
            self.finish(range, M);
        } else {
            self.finish(range.start..whole.start, M);
            self.finish(whole.end..range.end, M);
        }
        ROOM.set(room);
    }

    /// The products of some squares: for each place of a square, filters by squares.
    fn squares<S: Scheme<A, M>, const A: usize, const M: usize>(
        &self,
        first: usize,
        count: usize,
        room: &mut [Line],
        products: &mut [f32],
    ) {
        let (channels, filters, panels) = (self.filters.channels, self.filters.filters, count.div_ceil(WIDTH));
        let (places, plane) = (self.squares.places(), self.squares.copied_plane());
        // A line between the places keeps them in different parts of the cache.
        let stride = panels * channels + 1;
        let mut square = [Line::ZERO; 36];
        for p in 0..panels {
            let panel = Panel::new(&self.squares, first + p * WIDTH);
            for c in 0..channels {
                panel.fill(&self.image[c * plane..], &places, &mut square[..A * A]);
                to_places::<S, A, M>(&square[..A * A], &mut room[p * channels + c..], stride);
            }
        }
        let tiles = self.filters.tiles.len() / (A * A);
        let work = A * A * filters * channels * count;
        let product = |place: usize, out: &mut [f32]| {
            let task = Task {
                size: (filters, channels, count),
                left: Left::Tiles(&self.filters.tiles[place * tiles..][..tiles]),
                right: Right::Panels(&room[place * stride..][..panels * channels]),
                start: Start::Zero,
                finish: None,
                offset: 0,
            };
            tiles::product(&task, &mut out[..filters * count]);
        };
        let length = filters * count + WIDTH;
        threads::share_rows(&mut products[..A * A * length], length, work, |first, products| {
            (first..).zip(products.chunks_exact_mut(length)).for_each(|(place, out)| product(place, out));
        });
    }

    /// The results of some squares.
    fn results<S: Scheme<A, M>, const A: usize, const M: usize>(&self, first: usize, count: usize, products: &[f32]) {
        let (plane, filters) = (self.width * self.height, self.filters.filters);
        threads::share(filters, A * A * A * filters * count, |own| {
            let mut rows = [[0.0f32; 4 * WIDTH]; 4];
            for f in own {
                for from in (0..count).step_by(WIDTH) {
                    let columns = WIDTH.min(count - from);
                    // Columns that there are not are those of the next filter, or lie between the places.
                    let squares = &products[f * count + from..];
                    from_places::<S, A, M>(squares, filters * count + WIDTH, self.bias[f], &mut rows);
                    self.store::<M>((first + from, columns), &rows, f * plane);
                }
            }
        });
    }

    /// Stores the results of squares beside each other, as far as they are within the image.
    fn store<const M: usize>(&self, (first, count): (usize, usize), rows: &[[f32; 4 * WIDTH]; 4], plane: usize) {
        let across = self.squares.out[2];
        let mut done = 0;
        while done < count {
            let (top, left) = ((first + done) / across * M, (first + done) % across * M);
            let run = (count - done).min(across - left / M);
            let length = (run * M).min(self.width - left);
            for (y, row) in rows[..M].iter().enumerate().take(self.height - top) {
                let at = plane + (top + y) * self.width + left;
                // SAFETY: each thread has squares or filters of its own.
                copy_short(&row[done * M..][..length], unsafe { self.out.part(at..at + length) });
            }
            done += run;
        }
    }

    /// Finishes the results of squares that are whole rows of them, or part of one.
    fn finish(&self, squares: Range<usize>, step: usize) {
        let Some(finish) = self.finish.filter(|_| !squares.is_empty()) else { return };
        let across = self.squares.out[2];
        let (top, left) = (squares.start / across * step, squares.start % across * step);
        let part = squares.len() < across;
        let height = if part { step } else { squares.len() / across * step }.min(self.height - top);
        let width = if part { squares.len() * step } else { self.width }.min(self.width - left);
        for f in 0..self.filters.filters {
            let first = (f * self.height + top) * self.width + left;
            // SAFETY: each thread has squares of its own, and is done with these.
            finish(unsafe { Part::of_rows(self.out, self.offset, first, self.width, width, height) });
        }
    }
}
