//! Filters summed where the image lies: each vector of results is the sum of the vectors above it, times the weights. Several filters
//! are summed at once, so that a vector of the image is loaded once for all of them.

use std::ops::Range;

use super::Out;
use crate::sliding::{Above, LANES};

/// Elements of the vectors of rows that are long enough.
pub(crate) const WIDE: usize = 16;
/// Filters that are summed at once, at most.
const FILTERS: usize = 8;
/// Vectors that are summed at once, at most.
const VECTORS: usize = 8;

/// A group's filters as they are read: in blocks that are summed at once, for each place the weights of a block's filters. Before,
/// the weights of each filter lie together, `depth` of them.
pub(crate) fn blocks(filters: usize, depth: usize, w: &[f32]) -> Vec<f32> {
    let size = block(filters);
    let mut weights = Vec::with_capacity(filters * depth);
    for first in (0..filters).step_by(size) {
        let block = first..filters.min(first + size);
        for k in 0..depth {
            weights.extend(w[block.start * depth + k..].iter().step_by(depth).take(block.len()));
        }
    }
    weights
}

/// Filters of a block, at most: blocks are of about the same size.
fn block(filters: usize) -> usize {
    filters.div_ceil(filters.div_ceil(FILTERS).max(1)).max(1)
}

/// The results of images of one layout, and what is above them.
#[derive(Debug)]
pub(crate) struct Taps<'a> {
    /// Where each weight's place is in the image seen from the first.
    places: &'a [usize],
    vectors: &'a [Above],
    /// Elements of a vector: [`WIDE`] or [`LANES`].
    lanes: usize,
    /// How many elements of each vector are results.
    width: usize,
    /// The image's length at least.
    reach: usize,
}

/// Where the results of a group's filters go: to planes that lie one behind the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planes<'a> {
    pub out: Out<'a>,
    /// Where the first plane begins.
    pub first: usize,
    pub length: usize,
}

impl<'a> Taps<'a> {
    /// Weights at these places, for vectors of so many elements that cover rows of a width.
    pub fn new(places: &'a [usize], vectors: &'a [Above], lanes: usize, width: usize) -> Taps<'a> {
        let last = vectors.iter().map(|v| v.image).max().unwrap_or(0);
        let reach = last + places.iter().max().copied().unwrap_or(0) + lanes;
        Taps { places, vectors, lanes, width: width.min(lanes), reach }
    }

    /// Writes some vectors of the results of a group's filters, which are laid out in [`blocks`]; `bias` has one number for each.
    ///
    /// # Safety
    /// Nothing else reads or writes these results, or any of the same planes if rows are shorter than vectors.
    ///
    /// # Panics
    /// If a vector lies outside of the image or of the results.
    pub unsafe fn run(&self, image: &[f32], filters: (&[f32], &[f32]), vectors: Range<usize>, planes: Planes) {
        let ((weights, bias), depth) = (filters, self.places.len());
        assert!(self.reach <= image.len() && weights.len() == bias.len() * depth, "a vector reaches beyond the image");
        let size = block(bias.len());
        for (i, bias) in bias.chunks(size).enumerate() {
            let planes = Planes { first: planes.first + i * size * planes.length, ..planes };
            let block = Block { weights: &weights[i * size * depth..][..bias.len() * depth], places: self.places, bias };
            // SAFETY: the image is as long as all vectors reach, and the caller vouches for the results.
            unsafe { self.block(image, &block, &self.vectors[vectors.clone()], planes) };
        }
    }

    /// The results of one block.
    ///
    /// # Safety
    /// As [`Taps::run`].
    unsafe fn block(&self, image: &[f32], block: &Block, vectors: &[Above], planes: Planes) {
        let (sum, together) = block.function(self.lanes);
        for vectors in vectors.chunks(together) {
            // Missing vectors are as the last one, which reaches only into rows that are written later.
            let vector = |v: usize| &vectors[v.min(vectors.len() - 1)];
            let images: [*const f32; VECTORS] = std::array::from_fn(|v| image[vector(v).image..].as_ptr());
            // What a short row's vector stores beyond it, the next row's overwrites; at the end of a plane there is no next row.
            if vectors.iter().all(|v| v.result + self.lanes <= planes.length) {
                let all = |v: usize| {
                    let first = planes.first + vector(v).result;
                    planes.out.places(first..first + (block.bias.len() - 1) * planes.length + self.lanes)
                };
                let results: [*mut f32; VECTORS] = std::array::from_fn(all);
                // SAFETY: all vectors are within the image at each of the places, and within the results.
                unsafe { sum(&images, block, &results, planes.length) };
                continue;
            }
            let mut aside = [[[0.0f32; WIDE]; FILTERS]; VECTORS];
            let results = aside.each_mut().map(|vector| vector.as_mut_ptr().cast());
            // SAFETY: as above; the array has room for all.
            unsafe { sum(&images, block, &results, WIDE) };
            for (vector, aside) in vectors.iter().zip(&aside) {
                for (f, sums) in aside.iter().take(block.bias.len()).enumerate() {
                    let first = planes.first + f * planes.length + vector.result;
                    // SAFETY: the caller vouches for the results.
                    unsafe { planes.out.part(first..first + self.width) }.copy_from_slice(&sums[..self.width]);
                }
            }
        }
    }
}

/// Filters that are summed at once: for each place their weights, where the places are in the image seen from the first, and their
/// biases.
#[derive(Debug, Clone, Copy)]
struct Block<'a> {
    weights: &'a [f32],
    places: &'a [usize],
    bias: &'a [f32],
}

/// Stores a block's sums over some vectors of the image. Results of a vector are so far from those of the next filter.
type Sum = unsafe fn(&[*const f32; VECTORS], &Block, &[*mut f32; VECTORS], usize);

impl Block<'_> {
    /// The function for vectors of so many elements, and how many of them it takes at once: as many as there are registers for.
    fn function(&self, lanes: usize) -> (Sum, usize) {
        /// The function for as many filters as the block has.
        macro_rules! of_filters {
            ($function:ident: $($filters:literal x $vectors:literal),+) => {
                match self.bias.len() {
                    $($filters => ($function::<$filters, $vectors> as Sum, $vectors),)+
                    _ => unreachable!("a block has at most {FILTERS} filters"),
                }
            };
        }
        #[cfg(target_arch = "x86_64")]
        if lanes == WIDE && crate::cpu::avx512() {
            return of_filters!(wide: 1 x 8, 2 x 8, 3 x 6, 4 x 6, 5 x 5, 6 x 4, 7 x 3, 8 x 3);
        } else if lanes == LANES && crate::cpu::avx2() {
            return of_filters!(middle: 1 x 8, 2 x 4, 3 x 3, 4 x 3, 5 x 2, 6 x 2, 7 x 1, 8 x 1);
        }
        assert!(lanes == LANES, "vectors are longer than those of the processor");
        of_filters!(plain: 1 x 1, 2 x 1, 3 x 1, 4 x 1, 5 x 1, 6 x 1, 7 x 1, 8 x 1)
    }
}

/// Elements of a vector for rows of a width.
pub(crate) fn lanes(width: usize) -> usize {
    #[cfg(target_arch = "x86_64")]
    if crate::cpu::avx512() && 5 * width.next_multiple_of(WIDE) <= 6 * width.next_multiple_of(LANES) {
        return WIDE;
    }
    LANES
}

/// A vector. Its functions are called only where the processor has its instructions.
trait Vector: Copy {
    fn all(x: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    /// `self * times + plus`.
    fn fused(self, times: Self, plus: Self) -> Self;
}

impl Vector for [f32; LANES] {
    #[inline(always)]
    fn all(x: f32) -> Self {
        [x; LANES]
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for so many elements.
        unsafe { from.cast::<Self>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for so many elements.
        unsafe { to.cast::<Self>().write_unaligned(self) };
    }
    #[inline(always)]
    fn fused(self, times: Self, plus: Self) -> Self {
        std::array::from_fn(|i| self[i] * times[i] + plus[i])
    }
}

/// The functions of a vector of the processor.
#[cfg(target_arch = "x86_64")]
macro_rules! vector {
    ($vector:ident: $all:ident, $load:ident, $store:ident, $fused:ident) => {
        impl Vector for std::arch::x86_64::$vector {
            #[inline(always)]
            fn all(x: f32) -> Self {
                // SAFETY: the processor has the instruction.
                unsafe { std::arch::x86_64::$all(x) }
            }
            #[inline(always)]
            unsafe fn load(from: *const f32) -> Self {
                // SAFETY: the processor has the instruction, and the caller vouches for so many elements.
                unsafe { std::arch::x86_64::$load(from) }
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut f32) {
                // SAFETY: as for `load`.
                unsafe { std::arch::x86_64::$store(to, self) };
            }
            #[inline(always)]
            fn fused(self, times: Self, plus: Self) -> Self {
                // SAFETY: the processor has the instruction.
                unsafe { std::arch::x86_64::$fused(self, times, plus) }
            }
        }
    };
}
#[cfg(target_arch = "x86_64")]
vector!(__m256: _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps);
#[cfg(target_arch = "x86_64")]
vector!(__m512: _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps);

/// A block's sums.
///
/// # Safety
/// From each pointer to an image on, all places have a vector of elements; there are `F` filters, a weight of each for every place, and
/// each pointer to results has room for a vector of every filter, `plane` elements from each other. The processor has the vectors.
#[expect(clippy::needless_range_loop, reason = "filters are places of several arrays")]
#[inline(always)]
unsafe fn sum<L: Vector, const F: usize, const V: usize>(
    images: &[*const f32; VECTORS],
    block: &Block,
    results: &[*mut f32; VECTORS],
    plane: usize,
) {
    let mut totals = [[L::all(0.0); V]; F];
    for f in 0..F {
        totals[f] = [L::all(block.bias[f]); V];
    }
    let mut weights = block.weights.as_ptr();
    // SAFETY: the caller vouches for all of it.
    unsafe {
        for place in block.places {
            let mut above = [L::all(0.0); V];
            for v in 0..V {
                above[v] = L::load(images[v].add(*place));
            }
            for f in 0..F {
                let weight = L::all(*weights.add(f));
                for v in 0..V {
                    totals[f][v] = above[v].fused(weight, totals[f][v]);
                }
            }
            weights = weights.add(F);
        }
        for f in 0..F {
            for v in 0..V {
                totals[f][v].store(results[v].add(f * plane));
            }
        }
    }
}

/// Makes [`sum`] a function of a vector.
macro_rules! sums {
    ($($(#[$attribute:meta])* $name:ident of $vector:ty;)*) => {$(
        /// As [`sum`].
        ///
        /// # Safety
        /// As [`sum`].
        $(#[$attribute])*
        unsafe fn $name<const F: usize, const V: usize>(
            images: &[*const f32; VECTORS],
            block: &Block,
            results: &[*mut f32; VECTORS],
            plane: usize,
        ) {
            // SAFETY: the caller vouches for it.
            unsafe { sum::<$vector, F, V>(images, block, results, plane) };
        }
    )*};
}
sums! {
    plain of [f32; LANES];
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    middle of std::arch::x86_64::__m256;
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f")]
    wide of std::arch::x86_64::__m512;
}
