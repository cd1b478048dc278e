//! What is done to each part of a product's result when its sums are complete.

use crate::cpu::dispatched;
use crate::tiles::Part;

/// `f` of each element.
pub(super) fn then(part: Part, f: impl Fn(f32) -> f32) {
    apply(part, f);
}

/// `f` of each element and the one of `other`, as large as the whole result, at the same place.
pub(super) fn with(part: Part, other: &[f32], f: impl Fn(f32, f32) -> f32) {
    let other = &other[part.at..part.at + part.elements.len()];
    apply_with(part, other, f);
}

/// Elements that fill some vectors: loops over a multiple of them leave nothing to do one by one.
const VECTORS: usize = 32;
/// Rows of other lengths are put end to end, so many elements at once.
const TOGETHER: usize = 1024;

dispatched! {
    // The function is read from and written to different memory: of one that often leaves an element as it is the compiler would
    // make masked stores, which take long.
    fn apply[F: Fn(f32) -> f32](part: Part<'_>, f: F) {
        let Part { elements, row, columns, .. } = part;
        let mut before = [0.0; TOGETHER];
        let whole = row == columns || columns.is_multiple_of(VECTORS) || columns > TOGETHER;
        if whole {
            let (row, columns) = if row == columns { (elements.len(), elements.len()) } else { (row, columns) };
            for row in elements.chunks_mut(row.max(1)) {
                for part in row[..columns].chunks_mut(TOGETHER) {
                    let before = &mut before[..part.len()];
                    before.copy_from_slice(part);
                    each(before, part, &f);
                }
            }
            return;
        }
        let mut after = [0.0; TOGETHER];
        for rows in elements.chunks_mut(row * (TOGETHER / columns)) {
            let mut count = 0;
            for (to, row) in before.chunks_exact_mut(columns).zip(rows.chunks(row)) {
                to.copy_from_slice(&row[..columns]);
                count += columns;
            }
            each(&before[..count], &mut after[..count], &f);
            for (from, row) in after.chunks_exact(columns).zip(rows.chunks_mut(row)) {
                row[..columns].copy_from_slice(from);
            }
        }
    }

    fn apply_with[F: Fn(f32, f32) -> f32](part: Part<'_>, other: &[f32], f: F) {
        let Part { elements, row, columns, .. } = part;
        if row == columns {
            return each_with(elements, other, &f);
        }
        if columns.is_multiple_of(VECTORS) || columns > TOGETHER {
            for (row, other) in elements.chunks_mut(row).zip(other.chunks(row)) {
                each_with(&mut row[..columns], &other[..columns], &f);
            }
            return;
        }
        let (mut together, mut others) = ([0.0; TOGETHER], [0.0; TOGETHER]);
        let step = row * (TOGETHER / columns);
        for (rows, other_rows) in elements.chunks_mut(step).zip(other.chunks(step)) {
            let mut count = 0;
            let lines = together.chunks_exact_mut(columns).zip(others.chunks_exact_mut(columns));
            for ((to, other_to), (from, other)) in lines.zip(rows.chunks(row).zip(other_rows.chunks(row))) {
                to.copy_from_slice(&from[..columns]);
                other_to.copy_from_slice(&other[..columns]);
                count += columns;
            }
            each_with(&mut together[..count], &others[..count], &f);
            for (from, row) in together.chunks_exact(columns).zip(rows.chunks_mut(row)) {
                row[..columns].copy_from_slice(from);
            }
        }
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
