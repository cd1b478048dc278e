//! What is done to each part of a product's result when its sums are complete.

use crate::cpu::dispatched;
use crate::tiles::Part;

/// `f` of each element.
pub(super) fn then(part: Part, f: impl Fn(f32) -> f32) {
    apply(part, f);
}

/// `f` of each element and the one of `other`, as large as the whole result, at the same place.
pub(super) fn with(part: Part, other: &[f32], f: impl Fn(f32, f32) -> f32) {
    let other = &other[part.at..];
    apply_with(part, other, f);
}

/// Elements that fill some vectors: loops over a multiple of them leave nothing to do one by one.
const VECTORS: usize = 32;
/// Rows of other lengths are put end to end, so many elements at once.
const TOGETHER: usize = 256;

dispatched! {
    // The function is read from and written to different memory: of one that often leaves an element as it is the compiler would
    // make masked stores, which take long.
    fn apply[F: Fn(f32) -> f32](part: Part<'_>, f: F) {
        let mut part = part;
        let (columns, rows) = (part.columns, part.rows);
        let mut before = [0.0; TOGETHER];
        if let Some(whole) = part.whole() {
            return run(whole, &mut before, &f);
        }
        if columns.is_multiple_of(VECTORS) || columns > TOGETHER {
            // No closure, which would not be compiled for the processor that the loop is for.
            for i in 0..rows {
                run(part.row(i), &mut before, &f);
            }
            return;
        }
        let (mut after, step) = ([0.0; TOGETHER], TOGETHER / columns);
        for top in (0..rows).step_by(step) {
            let own = top..rows.min(top + step);
            let count = own.len() * columns;
            for (to, i) in before.chunks_exact_mut(columns).zip(own.clone()) {
                to.copy_from_slice(part.row(i));
            }
            each(&before[..count], &mut after[..count], &f);
            for (from, i) in after.chunks_exact(columns).zip(own) {
                part.row(i).copy_from_slice(from);
            }
        }
    }

    fn apply_with[F: Fn(f32, f32) -> f32](part: Part<'_>, other: &[f32], f: F) {
        let mut part = part;
        let (columns, rows, row) = (part.columns, part.rows, part.row);
        if let Some(whole) = part.whole() {
            return each_with(whole, other, &f);
        }
        if columns.is_multiple_of(VECTORS) || columns > TOGETHER {
            for i in 0..rows {
                each_with(part.row(i), &other[i * row..][..columns], &f);
            }
            return;
        }
        let (mut together, mut others, step) = ([0.0; TOGETHER], [0.0; TOGETHER], TOGETHER / columns);
        for top in (0..rows).step_by(step) {
            let own = top..rows.min(top + step);
            let count = own.len() * columns;
            let lines = together.chunks_exact_mut(columns).zip(others.chunks_exact_mut(columns));
            for ((to, other_to), i) in lines.zip(own.clone()) {
                to.copy_from_slice(part.row(i));
                other_to.copy_from_slice(&other[i * row..][..columns]);
            }
            each_with(&mut together[..count], &others[..count], &f);
            for (from, i) in together.chunks_exact(columns).zip(own) {
                part.row(i).copy_from_slice(from);
            }
        }
    }
}

/// `f` of a run of elements, some at once.
#[inline(always)]
fn run<F: Fn(f32) -> f32>(elements: &mut [f32], before: &mut [f32; TOGETHER], f: &F) {
    for part in elements.chunks_mut(TOGETHER) {
        let before = &mut before[..part.len()];
        before.copy_from_slice(part);
        each(before, part, f);
    }
}

#[inline(always)]
fn each<F: Fn(f32) -> f32>(before: &[f32], after: &mut [f32], f: &F) {
    for (after, before) in after.iter_mut().zip(before) {
        *after = f(*before);
    }
}

#[inline(always)]
fn each_with<F: Fn(f32, f32) -> f32>(elements: &mut [f32], other: &[f32], f: &F) {
    for (y, other) in elements.iter_mut().zip(other) {
        *y = f(*y, *other);
    }
}
