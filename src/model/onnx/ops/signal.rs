//! Windows, Fourier transforms and what goes with them.

use std::f64::consts::TAU;

use super::super::tensor;
use super::terms::Term;
use super::{Call, Entry, Lowering, apply, one};
use crate::ir::DType;

pub(super) static OPS: &[Entry] = &[
    ("BlackmanWindow", |l, call| one(window(l, call, &[0.42, -0.5, 0.08])?)),
    ("HammingWindow", |l, call| one(window(l, call, &[25.0 / 46.0, -21.0 / 46.0])?)),
    ("HannWindow", |l, call| one(window(l, call, &[0.5, -0.5])?)),
];

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
