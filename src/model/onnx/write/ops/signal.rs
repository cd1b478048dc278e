//! Fourier transforms, mel filters and counts of n-grams.

use super::attributes::{flag, floats, int, ints, word};
use super::{Entry, emit, one};
use crate::ir::{Attr, DType};
use crate::model::onnx::tensor;

pub(super) static OPS: &[Entry] = &[
    ("dft", |w, t| {
        let (x, length) = (w.value(t.args[0])?, w.optional(t.args[1])?);
        let axis = match t.dtype(2) {
            Ok(_) => w.value(t.args[2])?,
            Err(_) => w.scalar(DType::I64, t.int(3)? as f64),
        };
        one(emit!(w, "DFT", [x, length, axis], flag("inverse", t.flag(4)), flag("onesided", t.flag(5))))
    }),
    ("stft", |w, t| {
        let operands = [w.value(t.args[0])?, w.value(t.args[1])?, w.optional(t.args[2])?, w.optional(t.args[3])?];
        one(w.node("STFT", operands, [flag("onesided", t.flag(4))]))
    }),
    ("mel_weight_matrix", |w, t| {
        let mut operands = w.all(&t.args[..3])?;
        // The operator takes the edges in single precision.
        for edge in &t.args[3..5] {
            operands.push(w.value_as(*edge, DType::F32)?);
        }
        one(w.node("MelWeightMatrix", operands, [int("output_datatype", tensor::code(DType::F64).into())]))
    }),
    ("tf_idf_vectorizer", |w, t| {
        let x = w.value(t.args[0])?;
        let mut attributes = vec![
            int("min_gram_length", t.int(2)?),
            int("max_gram_length", t.int(3)?),
            int("max_skip_count", t.int(4)?),
            word("mode", t.word(5)?),
            ints("ngram_counts", t.ints(6)?),
            ints("ngram_indexes", t.ints(7)?),
            ints("pool_int64s", t.ints(8)?),
        ];
        match t.model.weight(t.args[1]) {
            Some(weight) => attributes.push(floats("weights", weight.to_f64().into_iter().map(|x| x as f32).collect())),
            None if *t.attr(1) == Attr::None && t.dtype(1).is_err() => {}
            None => return Err("its weights are no constants".to_owned()),
        }
        one(w.node("TfIdfVectorizer", [x], attributes))
    }),
];
