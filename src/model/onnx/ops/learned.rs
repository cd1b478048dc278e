//! Operators of `ai.onnx.ml` on numbers.

use super::{Call, Entry, Lowered, Lowering, apply, one};
use crate::ir::{Attr, DType, Dim, Id, Value};
use crate::model::Weight;

pub(super) static OPS: &[Entry] = &[
    ("ArrayFeatureExtractor", |l, call| {
        let (x, places) = (call.input(0)?, call.input(1)?);
        let last = l.rank(x)? as i64 - 1;
        let count = l.ty(places).shape().size();
        let places = l.reshape(places, vec![count.clone()])?;
        let y = apply!(l, "take", x, places, Attr::Int(last))?;
        // A vector is one row.
        one(if last == 0 { l.reshape(y, vec![Dim::known(1), count])? } else { y })
    }),
    ("Binarizer", |l, call| {
        let x = call.input(0)?;
        let dtype = l.dtype(x)?;
        let threshold = l.scalar(dtype, call.float("threshold", 0.0));
        let above = apply!(l, "gt", x, threshold)?;
        one(l.cast(above, dtype)?)
    }),
    ("LabelEncoder", encoded),
    ("LinearRegressor", |l, call| {
        let x = call.input(0)?;
        let x = l.cast(x, DType::F32)?;
        let (targets, features) = (call.int("targets", 1), l.length(x, 1)?);
        let coefficients = floats(call, "coefficients");
        let (Ok(rows), Ok(columns)) = (usize::try_from(targets), usize::try_from(features)) else {
            return Err("negative lengths".to_owned());
        };
        if rows.checked_mul(columns) != Some(coefficients.len()) {
            return Err(format!("expected {features} coefficients for each of {targets} targets, found {}", coefficients.len()));
        }
        let w = vector(l, coefficients)?;
        let w = l.reshape(w, vec![Dim::known(targets), Dim::known(features)])?;
        let w = l.permute(w, &[1, 0])?;
        let mut y = apply!(l, "matmul", x, w)?;
        if call.attribute("intercepts").is_some() {
            let intercepts = vector(l, floats(call, "intercepts"))?;
            y = l.add(y, intercepts)?;
        }
        match call.string("post_transform").as_deref() {
            None | Some("NONE") => one(y),
            Some(other) => Err(format!("post_transform {other} is not supported")),
        }
    }),
    ("Normalizer", |l, call| {
        let x = call.input(0)?;
        let x = l.cast(x, DType::F32)?;
        let last = [l.rank(x)? as i64 - 1];
        let norm = match call.string("norm").as_deref() {
            None | Some("MAX") => l.reduce("max", x, last)?,
            Some("L1") => {
                let sizes = l.unary("abs", x)?;
                l.reduce("sum", sizes, last)?
            }
            Some("L2") => {
                let squares = l.unary("square", x)?;
                let total = l.reduce("sum", squares, last)?;
                l.unary("sqrt", total)?
            }
            Some(other) => return Err(format!("the norm {other} is not supported")),
        };
        // A row of zeros stays.
        let zero = l.scalar(DType::F32, 0.0);
        let is_zero = apply!(l, "eq", norm, zero)?;
        let scaled = l.div(x, norm)?;
        one(apply!(l, "select", is_zero, x, scaled)?)
    }),
    ("Scaler", |l, call| {
        let x = call.input(0)?;
        let x = l.cast(x, DType::F32)?;
        let offset = vector(l, floats(call, "offset"))?;
        let scale = vector(l, floats(call, "scale"))?;
        let moved = l.sub(x, offset)?;
        one(l.mul(moved, scale)?)
    }),
];

fn floats<'a>(call: &Call<'a>, name: &str) -> &'a [f32] {
    call.attribute(name).map_or(&[], |a| &a.floats)
}

fn vector(l: &mut Lowering, x: &[f32]) -> Result<Id, String> {
    let value = Value::float(DType::F32, x.iter().map(|x| f64::from(*x)).collect::<ndarray::Array1<f64>>().into_dyn());
    Weight::of_value(String::new(), &value).map(|weight| l.constant(weight)).ok_or_else(|| "numbers without a value".to_owned())
}

/// The value that stands for each key, of integers and floats.
fn encoded<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let x = call.input(0)?;
    let keys: Vec<f64> = match (call.ints("keys_int64s"), floats(call, "keys_floats")) {
        (Some(keys), _) => keys.into_iter().map(|key| key as f64).collect(),
        (None, keys) if !keys.is_empty() => keys.iter().map(|key| f64::from(*key)).collect(),
        _ => return Err("keys that are no int64s or floats are not supported".to_owned()),
    };
    let (dtype, values, default) = match (call.ints("values_int64s"), floats(call, "values_floats")) {
        (Some(values), _) => {
            (DType::I64, values.into_iter().map(|value| value as f64).collect::<Vec<f64>>(), call.int("default_int64", -1) as f64)
        }
        (None, values) if !values.is_empty() => {
            (DType::F32, values.iter().map(|value| f64::from(*value)).collect(), call.float("default_float", -0.0))
        }
        _ => return Err("values that are no int64s or floats are not supported".to_owned()),
    };
    if keys.iter().any(|key| key.is_nan()) {
        return Err("a key that is no number is not supported".to_owned());
    }
    if keys.iter().chain(&values).any(|x| x.abs() > LARGEST_WHOLE && x.is_finite()) {
        return Err(format!("integers beyond {LARGEST_WHOLE} are not supported"));
    }
    if keys.len() != values.len() || keys.len() > MOST_KEYS {
        return Err(format!("expected as many keys as values, and {MOST_KEYS} at most; others are not supported"));
    }
    let own = l.dtype(x)?;
    let mut y = l.scalar(dtype, default);
    // Of equal keys the first counts.
    for (key, value) in keys.into_iter().zip(values).rev() {
        let (key, value) = (l.scalar(own, key), l.scalar(dtype, value));
        let is_key = apply!(l, "eq", x, key)?;
        y = apply!(l, "select", is_key, value, y)?;
    }
    one(y)
}

/// All integers up to it are doubles.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// Each key is a question of its own.
const MOST_KEYS: usize = 256;
