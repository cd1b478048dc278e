//! What is done to each part of a product's result when its sums are complete.

use crate::cpu::dispatched;
use crate::tiles::{Part, WIDTH};

/// `f` of each element.
pub(super) fn then(part: Part, f: impl Fn(f32) -> f32) {
    apply(part, f);
}

/// `f` of each element and the one of `other`, as large as the whole result, at the same place.
pub(super) fn with(part: Part, other: &[f32], f: impl Fn(f32, f32) -> f32) {
    let other = &other[part.at..part.at + part.elements.len()];
    apply_with(part, other, f);
}

dispatched! {
    fn apply[F: Fn(f32) -> f32](part: Part<'_>, f: F) {
        for row in part.elements.chunks_mut(part.row) {
            let (whole, rest) = row[..part.columns].as_chunks_mut::<WIDTH>();
            for row in whole {
                row.iter_mut().for_each(|y| *y = f(*y));
            }
            if !rest.is_empty() {
                // A whole row of vectors takes less time than a few elements one by one.
                let mut whole = [0.0; WIDTH];
                whole[..rest.len()].copy_from_slice(rest);
                whole.iter_mut().for_each(|y| *y = f(*y));
                rest.copy_from_slice(&whole[..rest.len()]);
            }
        }
    }

    fn apply_with[F: Fn(f32, f32) -> f32](part: Part<'_>, other: &[f32], f: F) {
        for (row, other) in part.elements.chunks_mut(part.row).zip(other.chunks(part.row)) {
            let (whole, rest) = row[..part.columns].as_chunks_mut::<WIDTH>();
            let (others, other_rest) = other[..part.columns].as_chunks::<WIDTH>();
            for (row, other) in whole.iter_mut().zip(others) {
                row.iter_mut().zip(other).for_each(|(y, other)| *y = f(*y, *other));
            }
            if !rest.is_empty() {
                let (mut whole, mut others) = ([0.0; WIDTH], [0.0; WIDTH]);
                whole[..rest.len()].copy_from_slice(rest);
                others[..rest.len()].copy_from_slice(other_rest);
                whole.iter_mut().zip(&others).for_each(|(y, other)| *y = f(*y, *other));
                rest.copy_from_slice(&whole[..rest.len()]);
            }
        }
    }
}
