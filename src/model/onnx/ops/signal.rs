//! Windows, Fourier transforms and what goes with them.

use std::f64::consts::TAU;

use super::super::tensor;
use super::terms::Term;
use super::{Call, Entry, Lowering, Part, apply, one, whole};
use crate::ir::{Attr, DType, Id};
use crate::model::Weight;

pub(super) static OPS: &[Entry] = &[
    ("BlackmanWindow", |l, call| one(window(l, call, &[0.42, -0.5, 0.08])?)),
    ("HammingWindow", |l, call| one(window(l, call, &[25.0 / 46.0, -21.0 / 46.0])?)),
    ("HannWindow", |l, call| one(window(l, call, &[0.5, -0.5])?)),
    ("DFT", |l, call| {
        let x = call.input(0)?;
        let length = long(l, call.optional(1))?;
        // Up to opset 19 the axis is an attribute.
        let given = call.optional(2);
        let known = given.and_then(|axis| l.number(axis)).map(|axis| axis as i64);
        let default = known.unwrap_or_else(|| call.int("axis", if call.opset < 20 { 1 } else { -2 }));
        let axis = long(l, given.filter(|_| known.is_none()))?;
        let default = if axis.is_some() { default } else { l.axis(x, default)? };
        let [inverse, onesided] = ["inverse", "onesided"].map(|name| Attr::Bool(call.int(name, 0) != 0));
        one(apply!(l, "dft", x, length, axis, Attr::Int(default), inverse, onesided)?)
    }),
    ("STFT", |l, call| {
        let x = call.input(0)?;
        let (step, length) = (long(l, Some(call.input(1)?))?, long(l, call.optional(3))?);
        let onesided = Attr::Bool(call.int("onesided", 1) != 0);
        one(apply!(l, "stft", x, step, call.optional(2), length, onesided)?)
    }),
    ("MelWeightMatrix", |l, call| {
        let mut operands = Vec::new();
        for i in 0..5 {
            operands.push(l.cast(call.input(i)?, if i < 3 { DType::I64 } else { DType::F64 })?);
        }
        let matrix = l.op("mel_weight_matrix", operands.into_iter().map(Part::from))?;
        let dtype = tensor::dtype(call.int("output_datatype", 1) as i32)?;
        one(l.cast(matrix, dtype)?)
    }),
    ("TfIdfVectorizer", |l, call| {
        let list = |name: &str| Attr::Ints(call.ints(name).unwrap_or_default());
        let [shortest, longest, skips] = ["min_gram_length", "max_gram_length", "max_skip_count"].map(|name| Attr::Int(call.int(name, 0)));
        let weights = call.attribute("weights").filter(|a| !a.floats.is_empty()).map(|a| {
            let bytes: Vec<u8> = a.floats.iter().flat_map(|x| x.to_le_bytes()).collect();
            l.constant(Weight { name: String::new(), dtype: DType::F32, shape: vec![a.floats.len()], bytes: bytes.into() })
        });
        let mode = Attr::Str(call.string("mode").ok_or("its mode is missing")?);
        let [counts, indices, pool] = ["ngram_counts", "ngram_indexes", "pool_int64s"].map(list);
        one(apply!(l, "tf_idf_vectorizer", call.input(0)?, weights, shortest, longest, skips, mode, counts, indices, pool)?)
    }),
];

/// An operand, if it is there, as `i64`.
fn long(l: &mut Lowering, operand: Option<Id>) -> Result<Option<Id>, String> {
    operand.map(|id| whole(l, id)).transpose()
}

/// A sum of cosines of `0, 1, …` periods along a length, with these coefficients.
fn window<'a>(l: &mut Lowering<'a>, call: &Call<'a>, coefficients: &[f64]) -> Term {
    let size = call.input(0)?;
    let whole = l.dtype(size)?;
    let (zero, unit) = (l.scalar(whole, 0.0), l.scalar(whole, 1.0));
    let places = apply!(l, "arange", zero, size, unit)?;
    let dtype = tensor::dtype(call.int("output_datatype", 1) as i32)?;
    let wide = if dtype == DType::F64 { DType::F64 } else { DType::F32 };
    let (places, mut period) = (l.cast(places, wide)?, l.cast(size, wide)?);
    if call.int("periodic", 1) == 0 {
        period = l.plus(period, -1.0)?;
    }
    let turns = l.div(places, period)?;
    let mut total = None;
    for (i, coefficient) in coefficients.iter().enumerate().skip(1) {
        let angle = l.times(turns, TAU * i as f64)?;
        let cosine = l.unary("cos", angle)?;
        let term = l.times(cosine, *coefficient)?;
        total = Some(match total {
            Some(total) => l.add(total, term)?,
            None => l.plus(term, coefficients[0])?,
        });
    }
    let total = total.ok_or("a window without cosines")?;
    l.cast(total, dtype)
}
