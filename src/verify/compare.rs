//! How far two results are apart.

use ndarray::ArrayD;

use crate::ir::{DType, Data, Value};
use crate::rules::Effect;

/// What a comparison says.
pub(super) enum Outcome {
    /// Alike, up to this relative difference.
    Same(f64),
    /// Neither can be judged.
    Unknown,
    /// The new one is not what was promised.
    Different,
}

/// Same dtype, shape and weakness, down through tuples.
pub(super) fn same_type(a: &Value, b: &Value) -> bool {
    a.ty() == b.ty()
}

/// Bit for bit the same; any NaN is any other.
pub(super) fn identical(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Tuple(x), Value::Tuple(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| identical(x, y)),
        (Value::Array { data: Data::Float(x), .. }, Value::Array { data: Data::Float(y), .. }) => {
            same_type(a, b) && x.iter().zip(y).all(|(x, y)| x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan()))
        }
        _ => a == b,
    }
}

/// The dtype of an array, or of the first array of a tuple.
pub(super) fn dtype(value: &Value) -> Option<DType> {
    match value {
        Value::Array { dtype, .. } => Some(*dtype),
        Value::Tuple(items) => items.first().and_then(dtype),
    }
}

/// The largest finite element by absolute value.
pub(super) fn magnitude(value: &Value) -> f64 {
    parts(value).iter().flat_map(|a| a.iter()).filter(|x| x.is_finite()).fold(0.0, |m: f64, x| m.max(x.abs()))
}

/// The rounding of a value's dtype; 0 if it has no floats, or is a Python number.
pub(super) fn rounding(value: &Value) -> f64 {
    match value {
        Value::Array { dtype, weak: false, .. } if dtype.is_float() => dtype.epsilon(),
        Value::Array { .. } => 0.0,
        Value::Tuple(items) => items.iter().map(rounding).fold(0.0, f64::max),
    }
}

/// True if there is something to compare: an element, and not only NaN and infinities.
pub(super) fn is_telling(value: &Value) -> bool {
    parts(value).iter().flat_map(|a| a.iter()).any(|x| x.is_finite())
}

/// The largest difference of two elements if it is within the tolerance everywhere, and elements that are not finite are alike.
pub(super) fn within(a: &Value, b: &Value, tolerance: f64) -> Option<f64> {
    let mut worst: f64 = 0.0;
    for (x, y) in pairs(a, b) {
        let difference = if x == y || (x.is_nan() && y.is_nan()) { 0.0 } else { (x - y).abs() };
        if difference.is_nan() || difference > tolerance {
            return None;
        }
        worst = worst.max(difference);
    }
    Some(worst)
}

/// True if all elements are within a tolerance of each other; where the first is no number, a number is well if it may be `better`.
pub(super) fn agree(a: &Value, b: &Value, tolerance: f64, better: bool) -> bool {
    pairs(a, b)
        .all(|(x, y)| x == y || (x.is_nan() && y.is_nan()) || (x - y).abs() <= tolerance || (better && !x.is_finite() && y.is_finite()))
}

/// Every element of the new result must be about as near to the truth as that of the old one, or nearer, or within a tolerance of it. Where the two formulas differ even
/// in double precision, the old one itself fails, and the new one must only have a number where the old one has.
pub(super) fn as_accurate(truth: (&Value, &Value), old: &Value, new: &Value, tolerance: f64) -> Outcome {
    let epsilon = dtype(new).map_or(f64::EPSILON, DType::epsilon);
    let accurate = pairs(truth.0, truth.1).zip(pairs(old, new)).all(|((t, u), (old, new))| {
        let error = |x: f64| if x == t || (x.is_nan() && t.is_nan()) { 0.0 } else { (x - t).abs() };
        let known = t == u || (t - u).abs() <= 1e-6 * t.abs();
        let (before, after) = (error(old), error(new));
        if known {
            !before.is_finite() || after <= 4.0 * before + (64.0 * epsilon * t.abs()).max(tolerance)
        } else {
            !old.is_finite() || new.is_finite()
        }
    });
    if accurate { Outcome::Same(0.0) } else { Outcome::Different }
}

/// No NaN or infinity where there was a number.
pub(super) fn no_worse(old: &Value, new: &Value) -> Outcome {
    if pairs(old, new).all(|(old, new)| !old.is_finite() || new.is_finite()) { Outcome::Unknown } else { Outcome::Different }
}

/// Results that are no floats: integers and truth values may differ only where rounding decides between them, which a random input almost
/// never meets.
pub(super) fn discrete(a: &Value, b: &Value, effect: Effect) -> Outcome {
    let same = pairs(a, b).filter(|(x, y)| x == y).count();
    let all = pairs(a, b).count();
    match effect {
        Effect::Exact => Outcome::Different,
        _ if same == all => Outcome::Same(0.0),
        _ => Outcome::Different,
    }
}

fn parts(value: &Value) -> Vec<ArrayD<f64>> {
    match value {
        Value::Tuple(items) => items.iter().flat_map(parts).collect(),
        array => vec![array.to_f64()],
    }
}

fn pairs(a: &Value, b: &Value) -> impl Iterator<Item = (f64, f64)> {
    let (a, b): (Vec<f64>, Vec<f64>) = (parts(a).into_iter().flatten().collect(), parts(b).into_iter().flatten().collect());
    a.into_iter().zip(b)
}
