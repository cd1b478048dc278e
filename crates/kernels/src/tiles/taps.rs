//! Filters of few places, summed where the image lies: each vector of results is the sum of the vectors above it, times the weights.

/// Elements of a vector.
pub(crate) const LANES: usize = 8;
/// Vectors that are summed at once, enough to hide the time that each sum takes.
const TOGETHER: usize = 8;

/// Vectors of results of one filter: where each begins in the result, and where its first place is in the image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Above {
    pub result: usize,
    pub image: usize,
}

/// A filter: its weights, where each one's place is in the image seen from the first, and its bias.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filter<'a> {
    pub weights: &'a [f32],
    pub places: &'a [usize],
    pub bias: f32,
}

/// Writes the vectors of one filter's results; of those that are `short`, only the elements up to that length.
///
/// # Panics
/// If a vector lies outside of the image or of the result.
pub(crate) fn taps(image: &[f32], filter: Filter, vectors: &[Above], short: usize, out: &mut [f32]) {
    assert_eq!(filter.weights.len(), filter.places.len(), "a weight has no place");
    let reach = filter.places.iter().max().copied().unwrap_or(0) + LANES;
    let last = vectors.iter().map(|v| v.image).max().unwrap_or(0);
    assert!(last + reach <= image.len(), "a vector reaches beyond the image");
    let mut sums = [[0.0f32; LANES]; TOGETHER];
    for vectors in vectors.chunks(TOGETHER) {
        // Missing vectors are as the first one.
        let images: [*const f32; TOGETHER] = std::array::from_fn(|v| image[vectors.get(v).unwrap_or(&vectors[0]).image..].as_ptr());
        // SAFETY: the assertions hold for each of the vectors.
        unsafe { sum(&images, filter, &mut sums) };
        for (vector, sums) in vectors.iter().zip(&sums) {
            if short >= LANES {
                out[vector.result..vector.result + LANES].copy_from_slice(sums);
            } else {
                out[vector.result..vector.result + short].copy_from_slice(&sums[..short]);
            }
        }
    }
}

/// The sums of some vectors.
///
/// # Safety
/// From each pointer on, all of the filter's places have a vector of elements, and there are as many weights as places.
unsafe fn sum(images: &[*const f32; TOGETHER], filter: Filter, sums: &mut [[f32; LANES]; TOGETHER]) {
    #[cfg(target_arch = "x86_64")]
    if crate::cpu::avx2() {
        // SAFETY: the processor has the features, and the caller vouches for the memory.
        return unsafe { wide(images, filter, sums) };
    }
    for (sums, image) in sums.iter_mut().zip(images) {
        *sums = [filter.bias; LANES];
        for (weight, place) in filter.weights.iter().zip(filter.places) {
            for (lane, sum) in sums.iter_mut().enumerate() {
                // SAFETY: the caller vouches for a vector at each place.
                *sum += weight * unsafe { *image.add(place + lane) };
            }
        }
    }
}

/// As [`sum`].
///
/// # Safety
/// As [`sum`], on a processor with AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn wide(images: &[*const f32; TOGETHER], filter: Filter, sums: &mut [[f32; LANES]; TOGETHER]) {
    use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_storeu_ps};
    let mut totals = [_mm256_set1_ps(filter.bias); TOGETHER];
    for (weight, place) in filter.weights.iter().zip(filter.places) {
        let weight = _mm256_set1_ps(*weight);
        for (total, image) in totals.iter_mut().zip(images) {
            // SAFETY: the caller vouches for a vector at each place.
            *total = _mm256_fmadd_ps(weight, unsafe { _mm256_loadu_ps(image.add(*place)) }, *total);
        }
    }
    for (sums, total) in sums.iter_mut().zip(totals) {
        // SAFETY: the array holds a vector.
        unsafe { _mm256_storeu_ps(sums.as_mut_ptr(), total) };
    }
}
