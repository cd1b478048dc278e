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
            let row = &mut row[..part.columns];
            if let Ok(row) = <&mut [f32; WIDTH]>::try_from(&mut *row) {
                row.iter_mut().for_each(|y| *y = f(*y));
            } else {
                // A whole row of vectors takes less time than a few elements one by one.
                let mut whole = [0.0; WIDTH];
                whole[..row.len()].copy_from_slice(row);
                whole.iter_mut().for_each(|y| *y = f(*y));
                row.copy_from_slice(&whole[..row.len()]);
            }
        }
    }

    fn apply_with[F: Fn(f32, f32) -> f32](part: Part<'_>, other: &[f32], f: F) {
        for (row, other) in part.elements.chunks_mut(part.row).zip(other.chunks(part.row)) {
            let (row, other) = (&mut row[..part.columns], &other[..part.columns]);
            if let (Ok(row), Ok(other)) = (<&mut [f32; WIDTH]>::try_from(&mut *row), <&[f32; WIDTH]>::try_from(other)) {
                row.iter_mut().zip(other).for_each(|(y, other)| *y = f(*y, *other));
            } else {
                let (mut whole, mut others) = ([0.0; WIDTH], [0.0; WIDTH]);
                whole[..row.len()].copy_from_slice(row);
                others[..row.len()].copy_from_slice(other);
                whole.iter_mut().zip(&others).for_each(|(y, other)| *y = f(*y, *other));
                row.copy_from_slice(&whole[..row.len()]);
            }
        }
    }
}
