use std::ops::Range;
use std::sync::OnceLock;

use super::finish;
use super::image::{self, Columns};
use super::transform::{Four, Two};
use super::winograd::Filters;
use crate::gemm::{Matrix, Product, Singles};
use crate::integers::Reach;
use crate::ops::{self, Window, windows};
use crate::sliding::{Geometry, SLACK};
use crate::tiles::{self, Fill, HEIGHT, Left, Line, Out, Part, Planes, Right, Start, Taps, Task, WIDTH};
use crate::{Error, Result, Shape, Tensor, map, map2, threads, turn};

/// Up to so many filters are multiplied with an image of one place a result where it lies: for more a layout of it pays.
const IN_PLACE: usize = 64;
/// Rows that are a multiple of so many elements from each other share a part of the first cache, which holds few of them.
const ALIKE: usize = 1024;
/// So many groups are about as much work for each of some threads.
const MANY: usize = 4;
/// To lay a line of results' places out takes as long as the products of so many filters.
const LAYING: usize = 5;
/// Images of fewer results a filter are multiplied row by row, or up to the second number where panels of results would be an eighth
/// empty.
const FEW_RESULTS: (usize, usize) = (16, 128);
/// A bank of filters slid over the axes after batch and channels, of which there may be one, two or three.
#[derive(Debug, Clone)]
pub struct Conv<T: Product> {
    weight: Tensor<T>,
    bias: Option<Tensor<T>>,
    strides: Shape,
    pads: Shape,
    dilations: Shape,
    groups: usize,
    own: Option<Own>,
}

/// What a layer keeps of its parameters whose products are summed in single precision.
#[derive(Debug, Clone)]
struct Own {
    weight: Tensor<f32>,
    /// Each group's filters as tiles.
    tiles: OnceLock<Vec<f32>>,
    /// Filters of three by three places, transformed for squares of two by two results, or of four by four.
    two: OnceLock<Filters>,
    four: OnceLock<Filters>,
    /// The filters as columns, for images of one place.
    panels: OnceLock<Vec<Line>>,
    /// Those that are summed where the image lies.
    blocks: OnceLock<Vec<f32>>,
    /// Zeros up to a whole number of tiles and of panels.
    bias: Vec<f32>,
    /// Filters are not transformed: for one run that takes as long as some products, and of integers it rounds.
    as_they_are: bool,
    reach: Reach,
}

impl<T: Product> Conv<T> {
    /// A layer of a weight of shape `(filters, channels / groups, …)` and a bias of shape `(filters)`. `pads` has the places before
    /// each axis, then those behind.
    ///
    /// # Errors
    /// If the shapes do not fit each other, or a stride is 0.
    pub fn new(
        weight: &Tensor<T>,
        bias: Option<&Tensor<T>>,
        strides: &[usize],
        pads: &[usize],
        dilations: &[usize],
        groups: usize,
    ) -> Result<Conv<T>> {
        let &[filters, _, ref kernel @ ..] = weight.shape() else {
            return Err(Error::operand("conv", format!("a weight of shape {:?}", weight.shape())));
        };
        let axes = kernel.len();
        if strides.len() != axes || pads.len() != 2 * axes || dilations.len() != axes || strides.contains(&0) {
            return Err(Error::operand("conv", format!("a window of {kernel:?} with {strides:?}, {pads:?} and {dilations:?}")));
        }
        if groups == 0 || filters % groups != 0 {
            return Err(Error::operand("conv", format!("{filters} filters in {groups} groups")));
        }
        if let Some(bias) = bias.filter(|bias| bias.shape() != [filters]) {
            return Err(Error::shapes("conv", weight.shape(), bias.shape()));
        }
        let own = (T::BY_SINGLES != Singles::Never && (1..=3).contains(&axes)).then(|| {
            let mut padded: Vec<f32> = bias.map(|b| b.elements().iter().map(|b| b.single()).collect()).unwrap_or_default();
            padded.resize(filters.next_multiple_of(WIDTH), 0.0);
            let (tiles, panels) = (OnceLock::new(), OnceLock::new());
            Own {
                weight: T::to_singles(weight).into_owned(),
                tiles,
                two: OnceLock::new(),
                four: OnceLock::new(),
                panels,
                blocks: OnceLock::new(),
                bias: padded,
                as_they_are: T::BY_SINGLES == Singles::WhereExact,
                reach: Reach::new(weight, filters, bias),
            }
        });
        let (weight, bias) = (weight.clone(), bias.cloned());
        Ok(Conv { weight, bias, strides: strides.into(), pads: pads.into(), dilations: dilations.into(), groups, own })
    }

    /// The same for one run.
    pub(crate) fn once(mut self) -> Conv<T> {
        self.own.iter_mut().for_each(|own| own.as_they_are = true);
        self
    }

    /// The result of shape `(batch, filters, …)` for `x` of shape `(batch, channels, …)`.
    ///
    /// # Errors
    /// If the weight does not fit `x`, or the window is larger than its padded axes.
    pub fn run(&self, x: &Tensor<T>) -> Result<Tensor<T>> {
        match self.own.as_ref().filter(|own| own.reach.allows(x.elements())) {
            Some(own) => self.singles(x, own, &self.shape(x)?, None),
            None => self.plain(x),
        }
    }

    /// `f` of each element of the result.
    ///
    /// # Errors
    /// As [`Conv::run`].
    pub fn run_then(&self, x: &Tensor<T>, f: impl Fn(T) -> T + Sync) -> Result<Tensor<T>> {
        match self.finishing() {
            Some(own) => {
                let finish = |part: Part| finish::then(part, |y| f(T::of_single(y)).single());
                self.singles(x, own, &self.shape(x)?, Some(&finish))
            }
            None => Ok(map(&self.run(x)?, f)),
        }
    }

    /// `f` of each element of the result and the one of `other`, which has the result's shape, at the same place.
    ///
    /// # Errors
    /// As [`Conv::run`], and if `other` has another shape.
    pub fn run_with(&self, x: &Tensor<T>, other: &Tensor<T>, f: impl Fn(T, T) -> T + Sync) -> Result<Tensor<T>> {
        let shape = self.shape(x)?;
        if other.shape() != &*shape {
            return Err(Error::shapes("conv", &shape, other.shape()));
        }
        match self.finishing() {
            Some(own) => {
                let other = T::to_singles(other);
                let finish = |part: Part| finish::with(part, other.elements(), |y, o| f(T::of_single(y), T::of_single(o)).single());
                self.singles(x, own, &shape, Some(&finish))
            }
            None => map2(&self.run(x)?, other, f),
        }
    }

    /// What is kept for results that are finished in single precision, which has not all integers that a function may give.
    fn finishing(&self) -> Option<&Own> {
        self.own.as_ref().filter(|_| T::BY_SINGLES == Singles::Always)
    }

    /// The layer by the operation.
    fn plain(&self, x: &Tensor<T>) -> Result<Tensor<T>> {
        ops::conv(x, &self.weight, self.bias.as_ref(), &self.strides, &self.pads, &self.dilations, self.groups)
    }

    /// The shape of the result.
    fn shape(&self, x: &Tensor<T>) -> Result<Shape> {
        let (filters, own) = (self.weight.shape()[0], self.weight.shape()[1]);
        let (lead, _, out) = windows("conv", x.shape(), &self.window())?;
        if own.checked_mul(self.groups) != Some(lead[1]) {
            return Err(Error::shapes("conv", x.shape(), self.weight.shape()));
        }
        Ok([lead[0], filters].into_iter().chain(out).collect())
    }

    fn window(&self) -> Window<'_> {
        let kernel = &self.weight.shape()[2..];
        Window { kernel, strides: &self.strides, pads: &self.pads, dilations: &self.dilations, ceil: false }
    }

    /// The layer in single precision.
    fn singles(&self, x: &Tensor<T>, own: &Own, shape: &[usize], finish: Option<&(dyn Fn(Part) + Sync)>) -> Result<Tensor<T>> {
        let Some(geometry) = Geometry::new(x.shape()[1], &x.shape()[2..], &shape[2..], &self.window()) else { return self.plain(x) };
        let x = T::to_singles(x);
        let run = Run { geometry, filters: shape[1], groups: self.groups, own, finish };
        let result = Tensor::build(shape, |out| run.batch(x.elements(), own.weight.elements(), out));
        Ok(T::of_singles(result))
    }
}

/// One run of a layer.
struct Run<'a> {
    geometry: Geometry,
    filters: usize,
    groups: usize,
    own: &'a Own,
    finish: Option<&'a (dyn Fn(Part) + Sync)>,
}

impl Run<'_> {
    fn batch(&self, x: &[f32], w: &[f32], out: &mut [f32]) {
        let (one, out_one) = (self.geometry.channels * self.geometry.plane(), self.filters * self.geometry.out_plane());
        if out.is_empty() {
            return;
        }
        if self.groups == 1 && self.geometry.whole() {
            return self.of_whole_images(out.len() / out_one, x, w, out);
        }
        if self.few_results() {
            return self.by_results(out.len() / out_one, x, w, out);
        }
        let work = out.len() * self.geometry.channels / self.groups * self.geometry.size();
        threads::share_rows(out, out_one, work, |first, out| {
            for (n, out) in (first..).zip(out.chunks_exact_mut(out_one)) {
                self.image(&x[n * one..][..one], w, n * out_one, out);
            }
        });
    }

    /// Each of the batch is one row, which is multiplied with the filters as columns.
    fn of_whole_images(&self, batch: usize, x: &[f32], w: &[f32], out: &mut [f32]) {
        let k = self.geometry.channels * self.geometry.plane();
        let turned = Matrix { elements: w, row: 1, column: k };
        let panels = self.own.panels.get_or_init(|| tiles::right_panels(k, self.filters, turned));
        let (left, right, start) = (Left::Rows(Matrix::rows(x, k)), Right::Panels(panels), Start::Columns(&self.own.bias));
        tiles::product(&Task { size: (batch, k, self.filters), left, right, start, finish: self.finish, offset: 0 }, out);
    }

    /// True if [`Run::by_results`] is fastest.
    fn few_results(&self) -> bool {
        let plane = self.geometry.out_plane();
        let sparse = plane <= FEW_RESULTS.1 && plane.next_multiple_of(WIDTH) * 8 > plane * 9 && self.squares().is_none();
        self.groups == 1 && self.filters >= WIDTH && (plane < FEW_RESULTS.0 || sparse)
    }

    /// Each place of each result is one row, which is multiplied with the filters as columns: a panel is as full for few results.
    fn by_results(&self, batch: usize, x: &[f32], w: &[f32], out: &mut [f32]) {
        let (k, plane, n) = (self.geometry.channels * self.geometry.size(), self.geometry.out_plane(), self.filters);
        let panels = self.own.panels.get_or_init(|| tiles::right_panels(k, n, Matrix { elements: w, row: 1, column: k }));
        let (right, start) = (Right::Panels(panels), Start::Columns(&self.own.bias));
        let product = |left: Left, rows: usize, finish, out: &mut [f32]| {
            tiles::product(&Task { size: (rows, k, n), left, right, start, finish, offset: 0 }, out);
        };
        if plane == 1 {
            let rows = Tensor::build(&[batch * k], |rows| self.geometry.rows(x, rows));
            return product(Left::Rows(Matrix::rows(rows.elements(), k)), batch, self.finish, out);
        }
        let products = Tensor::build(&[batch * plane * n], |products| {
            if self.geometry.single() {
                // An image's places are rows that are turned.
                let one = self.geometry.channels * self.geometry.plane();
                for (x, products) in x.chunks_exact(one).zip(products.chunks_exact_mut(plane * n)) {
                    let sampled = (!self.geometry.pointwise()).then(|| self.geometry.sampled(x));
                    let elements = sampled.as_ref().map_or(x, |s| s.elements());
                    let turned = Matrix { elements, row: 1, column: plane };
                    let rows = Tensor::build(&[plane.next_multiple_of(HEIGHT) * k], |rows| tiles::fill_tiles(plane, k, turned, rows));
                    product(Left::Tiles(rows.elements()), plane, None, products);
                }
            } else {
                let rows = Tensor::build(&[batch * plane * k], |rows| self.geometry.rows(x, rows));
                product(Left::Rows(Matrix::rows(rows.elements(), k)), batch * plane, None, products);
            }
        });
        for (products, out) in products.elements().chunks_exact(plane * n).zip(out.chunks_exact_mut(plane * n)) {
            turn::plane(products, n, (n, plane), out, plane);
        }
        if let Some(finish) = self.finish {
            finish(Part::of(out, 0));
        }
    }

    /// One of the batch, whose results begin at `offset` of all.
    fn image(&self, x: &[f32], w: &[f32], offset: usize, out: &mut [f32]) {
        let g = &self.geometry;
        let (filters, own) = (self.filters / self.groups, g.channels / self.groups);
        if g.pointwise() && own > 0 && self.groups == 1 && filters <= IN_PLACE && (filters <= HEIGHT || !g.plane().is_multiple_of(ALIKE)) {
            let (left, right) = (Left::Rows(Matrix::rows(w, own)), Right::Rows(x, g.plane()));
            let (size, start) = ((filters, own, g.plane()), Start::Rows(&self.own.bias));
            return tiles::product(&Task { size, left, right, start, finish: self.finish, offset }, out);
        }
        let squares = self.squares();
        if squares.is_none() && self.directly() {
            return self.taps(x, w, offset, out);
        }
        if g.single() {
            let sampled = (!g.pointwise()).then(|| g.sampled(x));
            let x = sampled.as_ref().map_or(x, |s| s.elements());
            let plane = g.out_plane();
            return self.groups(own, w, offset, out, |group| {
                let b = Matrix::rows(&x[group * own * plane..], plane);
                move |fill: &Fill, lines: &mut [Line]| tiles::fill_panels(b, plane, fill, lines)
            });
        }
        match squares {
            Some(2) => {
                let filters = self.own.two.get_or_init(|| Filters::new::<Two, 4, 2>(self.filters, g.channels, w));
                return filters.run::<Two, 4, 2>(g, x, &self.own.bias, self.finish, offset, out);
            }
            Some(_) => {
                let filters = self.own.four.get_or_init(|| Filters::new::<Four, 6, 4>(self.filters, g.channels, w));
                return filters.run::<Four, 6, 4>(g, x, &self.own.bias, self.finish, offset, out);
            }
            None => {}
        }
        let copy = (!g.in_place()).then(|| g.copy(x));
        let (image, plane) = (copy.as_ref().map_or(x, |c| c.elements()), g.copied_plane());
        let rows = image::rows(&g.places(), 0..own, plane);
        self.groups(own * g.size(), w, offset, out, |group| {
            let columns = Columns { geometry: g, image: &image[group * own * plane..], rows: &rows };
            move |fill: &Fill, lines: &mut [Line]| columns.fill(fill, lines)
        });
    }

    /// True if sums where the image lies, whose vectors reach beyond the ends of short rows, take less time than a product for which
    /// the image is laid out.
    fn directly(&self) -> bool {
        let g = &self.geometry;
        let (filters, width) = (self.filters / self.groups, g.out[2]);
        let covered = g.out_plane() / width * width.next_multiple_of(tiles::lanes(width));
        // Twelve sums of a product share more of what is loaded than those of a vector.
        let direct = filters * covered * 53 / 50;
        !g.pointwise() && g.channels > 0 && direct <= (filters + LAYING) * g.out_plane().next_multiple_of(WIDTH)
    }

    /// The side of the squares of results by which filters of three by three places are fastest; none if they are as they are.
    ///
    /// The costs are multiplications; a transformation of a square's place or reading a weight takes as long as some.
    fn squares(&self) -> Option<usize> {
        let g = &self.geometry;
        let fits = g.kernel == [1, 3, 3] && g.strides == [1; 3] && g.dilations == [1; 3] && self.groups == 1;
        if !fits || g.channels < 16 || self.filters < 16 || self.own.as_they_are {
            return None;
        }
        let products = |places: usize, columns: usize| places * g.channels * self.filters * (columns.next_multiple_of(WIDTH / 2) + 16);
        let cost = |side: usize| {
            let squares = g.out[1].div_ceil(side) * g.out[2].div_ceil(side);
            let places = (side + 2) * (side + 2);
            products(places, squares) + 8 * places * (g.channels + self.filters) * squares.next_multiple_of(WIDTH)
        };
        let plain = (products(9, g.out_plane()), None);
        [plain, (cost(2), Some(2)), (cost(4), Some(4))].into_iter().min().and_then(|(_, side)| side)
    }

    /// Each group's filters times a matrix that is filled in parts.
    fn groups<F: Fn(&Fill, &mut [Line]) + Sync>(
        &self,
        k: usize,
        w: &[f32],
        offset: usize,
        out: &mut [f32],
        right: impl Fn(usize) -> F + Sync,
    ) {
        let (m, n) = (self.filters / self.groups, self.geometry.out_plane());
        let own = self.own.tiles.get_or_init(|| {
            let mut all = tiles::left_tiles(m, k, Matrix::rows(w, k));
            for g in 1..self.groups {
                all.extend_from_slice(&tiles::left_tiles(m, k, Matrix::rows(&w[g * m * k..], k)));
            }
            all
        });
        let tiles = m.next_multiple_of(HEIGHT) * k;
        let product = |group: usize, out: &mut [f32]| {
            let fill = right(group);
            let task = Task {
                size: (m, k, n),
                left: Left::Tiles(&own[group * tiles..]),
                right: Right::Filled(&fill),
                start: Start::Rows(&self.own.bias[group * m..]),
                finish: self.finish,
                offset: offset + group * m * n,
            };
            tiles::product(&task, out);
        };
        // Many groups are shared whole, of few each one by itself.
        let work = if self.groups < MANY { 0 } else { out.len() * k };
        threads::share_rows(out, m * n, work, |first, out| {
            (first..).zip(out.chunks_exact_mut(m * n)).for_each(|(group, out)| product(group, out));
        });
    }

    /// Each group's filters summed where the image lies, or a copy of the group's channels.
    fn taps(&self, x: &[f32], w: &[f32], offset: usize, out: &mut [f32]) {
        let g = &self.geometry;
        let (plane, copied, own) = (g.plane(), g.copied_plane(), g.channels / self.groups);
        let (rows, lanes) = (image::rows(&g.places(), 0..own, copied), tiles::lanes(g.out[2]));
        let (vectors, work) = (g.vectors(lanes), out.len() * rows.len());
        let bands = Bands {
            run: self,
            taps: Taps::new(&rows, &vectors, lanes, g.out[2]),
            lanes,
            weights: self.blocks(w),
            offset,
            out: Out::new(out),
        };
        if self.groups == 1 {
            let narrow = g.out[2] < lanes;
            let copy = (!g.in_place() || narrow).then(|| g.copy(x));
            let image = copy.as_ref().map_or(x, |c| c.elements());
            // Vectors of narrow rows reach into the next row, which must be written later.
            let parts = if narrow { 1 } else { bands.count() };
            return threads::share(parts, work, |part| {
                let all = bands.count();
                bands.group(0, image, part.start * all / parts..part.end * all / parts);
            });
        }
        threads::share(self.groups, work, |groups| {
            // The padding of one group's copy is that of the next one's.
            let mut copy = Tensor::build(&[own * copied + SLACK], |copy| copy.fill(0.0));
            let copy = copy.elements_mut();
            for group in groups {
                for c in 0..own {
                    g.copy_channel(&x[(group * own + c) * plane..][..plane], &mut copy[c * copied..][..copied]);
                }
                bands.group(group, copy, 0..bands.count());
            }
        });
    }

    /// Each group's filters as they are summed where the image lies.
    fn blocks<'w>(&'w self, w: &'w [f32]) -> &'w [f32] {
        let (filters, depth) = (self.filters / self.groups, w.len() / self.filters);
        if filters == 1 {
            return w;
        }
        self.own.blocks.get_or_init(|| w.chunks_exact(filters * depth).flat_map(|w| tiles::blocks(filters, depth, w)).collect())
    }
}

/// Vectors of results of a filter that are finished at once, at least.
const BAND: usize = 64;

/// Results of filters that are summed where the image lies, some rows at once.
struct Bands<'a> {
    run: &'a Run<'a>,
    taps: Taps<'a>,
    /// Elements of a vector.
    lanes: usize,
    weights: &'a [f32],
    offset: usize,
    out: Out<'a>,
}

impl Bands<'_> {
    /// Rows of a plane, and vectors of a row.
    fn rows(&self) -> (usize, usize) {
        let [depth, height, width] = self.run.geometry.out;
        (depth * height, width.div_ceil(self.lanes))
    }

    fn count(&self) -> usize {
        let (rows, vectors) = self.rows();
        (rows * vectors).div_ceil(BAND).min(rows)
    }

    /// Some bands of a group's results, of which nothing else is written at the same time if rows are narrow.
    fn group(&self, group: usize, image: &[f32], bands: Range<usize>) {
        let (run, count, (rows, vectors)) = (self.run, self.count(), self.rows());
        let (plane, width, filters) = (run.geometry.out_plane(), run.geometry.out[2], run.filters / run.groups);
        let (first, depth) = (group * filters, self.weights.len() / run.filters);
        let own = (&self.weights[first * depth..][..filters * depth], &run.own.bias[first..first + filters]);
        for band in bands {
            let rows = rows * band / count..rows * (band + 1) / count;
            let planes = Planes { out: self.out, first: first * plane, length: plane };
            // SAFETY: each thread has groups or bands of its own.
            unsafe { self.taps.run(image, own, rows.start * vectors..rows.end * vectors, planes) };
            for f in first..first + filters {
                if let Some(finish) = run.finish {
                    let at = f * plane + rows.start * width;
                    // SAFETY: as above, and these are complete.
                    finish(unsafe { Part::of_rows(self.out, self.offset, at, rows.len() * width, rows.len() * width, 1) });
                }
            }
        }
    }
}
