//! Filters of few places, summed where the image lies: each vector of results is the sum of the vectors above it, times the weights.

use crate::sliding::{Above, LANES};

/// Vectors that are summed at once, enough to hide the time that each sum takes.
const TOGETHER: usize = 8;

/// A bank of filters over images of one layout.
#[derive(Debug)]
pub(crate) struct Taps<'a> {
    /// Where each weight's place is in the image seen from the first.
    places: &'a [usize],
    vectors: &'a [Above],
    /// How many elements of each vector are results.
    width: usize,
    /// The image's length at least.
    reach: usize,
}

impl<'a> Taps<'a> {
    /// Filters whose weights are at these places, for vectors of results that are in rows of this width.
    pub fn new(places: &'a [usize], vectors: &'a [Above], width: usize) -> Taps<'a> {
        let last = vectors.iter().map(|v| v.image).max().unwrap_or(0);
        let reach = last + places.iter().max().copied().unwrap_or(0) + LANES;
        Taps { places, vectors, width, reach }
    }

    /// Writes a filter's results.
    ///
    /// # Panics
    /// If a vector lies outside of the image or of the result.
    pub fn run(&self, image: &[f32], weights: &[f32], bias: f32, out: &mut [f32]) {
        assert!(weights.len() == self.places.len() && self.reach <= image.len(), "a vector reaches beyond the image");
        let filter = Filter { weights, places: self.places, bias };
        let mut beside = [[0.0f32; LANES]; TOGETHER];
        for vectors in self.vectors.chunks(TOGETHER) {
            // Missing vectors are as the first one, and go nowhere.
            let images: [*const f32; TOGETHER] = std::array::from_fn(|v| image[vectors.get(v).unwrap_or(&vectors[0]).image..].as_ptr());
            // What a short row's vector stores beyond it, the next row's overwrites; at the end there is no room for that.
            let room = |vector: &Above| vector.result + LANES <= out.len();
            let ends = vectors.iter().rposition(room).map_or(0, |last| last + 1);
            let mut results = beside.each_mut().map(|sums| sums.as_mut_ptr());
            for (result, vector) in results.iter_mut().zip(&vectors[..ends]) {
                *result = out[vector.result..][..LANES].as_mut_ptr();
            }
            // SAFETY: by the assertion, each vector is within the image at each of the places; each result is as long as a vector.
            unsafe { sum(&images, filter, &results) };
            for (vector, sums) in vectors.iter().zip(&beside).skip(ends) {
                out[vector.result..][..self.width].copy_from_slice(&sums[..self.width]);
            }
        }
    }
}

/// A filter: its weights, where each one's place is in the image seen from the first, and its bias.
#[derive(Debug, Clone, Copy)]
struct Filter<'a> {
    weights: &'a [f32],
    places: &'a [usize],
    bias: f32,
}

/// The sums of some vectors, of which several may be the same.
///
/// # Safety
/// From each pointer to an image on, all of the filter's places have a vector of elements; there are as many weights as places, and
/// each pointer to results has room for a vector.
#[inline(always)]
unsafe fn sum(images: &[*const f32; TOGETHER], filter: Filter, results: &[*mut f32; TOGETHER]) {
    #[cfg(target_arch = "x86_64")]
    if crate::cpu::avx2() {
        // SAFETY: the processor has the features, and the caller vouches for the memory.
        return unsafe { wide(images, filter, results) };
    }
    for (image, result) in images.iter().zip(results) {
        let mut sums = [filter.bias; LANES];
        for (weight, place) in filter.weights.iter().zip(filter.places) {
            for (lane, sum) in sums.iter_mut().enumerate() {
                // SAFETY: the caller vouches for a vector at each place.
                *sum += weight * unsafe { *image.add(place + lane) };
            }
        }
        // SAFETY: the caller vouches for room for a vector.
        unsafe { result.copy_from_nonoverlapping(sums.as_ptr(), LANES) };
    }
}

/// As [`sum`].
///
/// # Safety
/// As [`sum`], on a processor with AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn wide(images: &[*const f32; TOGETHER], filter: Filter, results: &[*mut f32; TOGETHER]) {
    use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_storeu_ps};
    let mut totals = [_mm256_set1_ps(filter.bias); TOGETHER];
    for (weight, place) in filter.weights.iter().zip(filter.places) {
        let weight = _mm256_set1_ps(*weight);
        for (total, image) in totals.iter_mut().zip(images) {
            // SAFETY: the caller vouches for a vector at each place.
            *total = _mm256_fmadd_ps(weight, unsafe { _mm256_loadu_ps(image.add(*place)) }, *total);
        }
    }
    for (result, total) in results.iter().zip(totals) {
        // SAFETY: the caller vouches for room for a vector.
        unsafe { _mm256_storeu_ps(*result, total) };
    }
}
