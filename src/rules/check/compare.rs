//! Are two values as alike as an effect promises?

use ndarray::ArrayD;

use crate::ir::{DType, Data, Value};

/// Bit for bit the same, but for the payload of a NaN: type, shape, signed zeros.
pub(super) fn identical(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Tuple(a), Value::Tuple(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| identical(a, b)),
        (Value::Array { data: x, .. }, Value::Array { data: y, .. }) => {
            a.ty() == b.ty()
                && match (x, y) {
                    (Data::Float(x), Data::Float(y)) => {
                        x.iter().zip(y).all(|(x, y)| x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan()))
                    }
                    _ => x == y,
                }
        }
        _ => false,
    }
}

/// The parts of a value, a tuple's one by one.
pub(super) fn parts(value: &Value) -> Vec<&Value> {
    match value {
        Value::Tuple(items) => items.iter().flat_map(parts).collect(),
        array => vec![array],
    }
}

/// The elements, if they are floats.
pub(super) fn floats(value: &Value) -> Option<&ArrayD<f64>> {
    match value {
        Value::Array { data: Data::Float(data), .. } => Some(data),
        _ => None,
    }
}

/// The dtype of an array.
pub(super) fn dtype(value: &Value) -> Option<DType> {
    value.ty().dtype()
}

/// The largest finite magnitude.
pub(super) fn magnitude(value: &Value) -> f64 {
    let largest = |data: &ArrayD<f64>| data.iter().copied().filter(|x| x.is_finite()).fold(0.0, |m: f64, x| m.max(x.abs()));
    parts(value).into_iter().filter_map(floats).map(largest).fold(0.0, f64::max)
}

/// True if an array is empty or has a finite element.
pub(super) fn is_telling(value: &Value) -> bool {
    parts(value).into_iter().all(|part| match floats(part) {
        Some(data) => data.is_empty() || data.iter().any(|x| x.is_finite()),
        None => true,
    })
}

/// Largest difference of two values of equal shapes, relative to `scale`; infinite where only one of two elements is
/// finite, or where elements that are not floats differ.
pub(super) fn difference(a: &Value, b: &Value, scale: f64) -> f64 {
    let pairs = parts(a).into_iter().zip(parts(b));
    pairs.map(|(a, b)| array_difference(a, b, scale)).fold(0.0, f64::max)
}

fn array_difference(a: &Value, b: &Value, scale: f64) -> f64 {
    let (Some(x), Some(y)) = (floats(a), floats(b)) else { return if identical(a, b) { 0.0 } else { f64::INFINITY } };
    let one = |(x, y): (&f64, &f64)| match (x.is_finite(), y.is_finite()) {
        _ if x == y || (x.is_nan() && y.is_nan()) => 0.0,
        (true, true) => (x - y).abs() / scale.max(f64::MIN_POSITIVE),
        _ => f64::INFINITY,
    };
    x.iter().zip(y).map(one).fold(0.0, f64::max)
}

/// Distance from `x` to the next number of a float dtype, the least subnormal at the least.
pub(super) fn ulp(dtype: DType, x: f64) -> f64 {
    let least = match dtype {
        DType::F16 => f64::exp2(-24.0),
        DType::BF16 => f64::exp2(-133.0),
        DType::F32 => f64::exp2(-149.0),
        _ => f64::from_bits(1),
    };
    (x.abs() * dtype.epsilon()).max(least)
}
