//! Operators of ONNX Runtime that are several of ONNX.

use super::terms::Term;
use super::{Call, Entry, Lowered, Lowering, apply, named, one, places};
use crate::ir::{Attr, DType, Dim, Id};

pub(super) static OPS: &[Entry] = &[
    ("FusedMatMul", fused_product),
    ("TransposeMatMul", fused_product),
    ("FusedGemm", |l, call| {
        let y = plain(l, call, "Gemm")?;
        let numbers = ["activation_alpha", "activation_beta"].map(|name| call.attribute(name).map(|a| f64::from(a.f())));
        one(activated(l, call, y, numbers)?)
    }),
    ("FusedConv", |l, call| {
        let mut y = plain(l, call, "Conv")?;
        if let Some(z) = call.optional(3) {
            y = l.add(y, z)?;
        }
        let numbers = call.attribute("activation_params").map_or(&[][..], |a| &a.floats[..]);
        one(activated(l, call, y, [0, 1].map(|i| numbers.get(i).map(|x| f64::from(*x))))?)
    }),
    ("Gelu", |l, call| one(l.unary("gelu", call.input(0)?)?)),
    ("BiasGelu", |l, call| {
        let moved = l.add(call.input(0)?, call.input(1)?)?;
        one(l.unary("gelu", moved)?)
    }),
    ("FastGelu", |l, call| {
        let x = call.input(0)?;
        let moved = call.optional(1).map_or(Ok(x), |bias| l.add(x, bias))?;
        one(l.unary("gelu_tanh", moved)?)
    }),
    ("QuickGelu", |l, call| {
        let x = call.input(0)?;
        let scaled = l.times(x, call.float("alpha", 1.702))?;
        let gate = l.unary("sigmoid", scaled)?;
        one(l.mul(x, gate)?)
    }),
    ("SkipLayerNormalization", |l, call| skip(l, call, Some(3), 4)),
    ("SkipSimplifiedLayerNormalization", |l, call| skip(l, call, None, 3)),
    ("EmbedLayerNormalization", embedded),
];

/// What the operator of ONNX of this name makes of the operands.
fn plain<'a>(l: &mut Lowering<'a>, call: &Call<'a>, name: &str) -> Term {
    let results = named("", name)?(l, call)?;
    results.first().copied().flatten().ok_or_else(|| "it has no result".to_owned())
}

/// A product of matrices of which each may stand transposed.
fn fused_product<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    if call.int("transBatchA", 0) != 0 || call.int("transBatchB", 0) != 0 {
        return Err("batches that are transposed are not supported".to_owned());
    }
    let mut factors = [call.input(0)?, call.input(1)?];
    for (x, name) in factors.iter_mut().zip(["transA", "transB"]) {
        let rank = l.rank(*x)? as i64;
        if call.int(name, 0) != 0 && rank > 1 {
            let order: Vec<i64> = (0..rank - 2).chain([rank - 1, rank - 2]).collect();
            *x = l.permute(*x, &order)?;
        }
    }
    let y = apply!(l, "matmul", factors[0], factors[1])?;
    one(l.times(y, call.float("alpha", 1.0))?)
}

/// The function that an operator applies to what it has computed, with the numbers that are given for it.
fn activated<'a>(l: &mut Lowering<'a>, call: &Call<'a>, x: Id, [first, second]: [Option<f64>; 2]) -> Term {
    let dtype = l.dtype(x)?;
    match call.string("activation").as_deref() {
        None | Some("") => Ok(x),
        Some("Relu") => l.unary("relu", x),
        Some("Sigmoid") => l.unary("sigmoid", x),
        Some("Tanh") => l.unary("tanh", x),
        Some("LeakyRelu") => apply!(l, "leaky_relu", x, Attr::float(first.unwrap_or(0.01))),
        Some("Clip") => {
            let [low, high] = [first.unwrap_or(f64::MIN), second.unwrap_or(f64::MAX)].map(|bound| l.scalar(dtype, bound));
            apply!(l, "clip", x, low, high)
        }
        Some("HardSigmoid") => {
            let scaled = l.times(x, first.unwrap_or(0.2))?;
            let moved = l.plus(scaled, second.unwrap_or(0.5))?;
            let [zero, unit] = [0.0, 1.0].map(|bound| l.scalar(dtype, bound));
            apply!(l, "clip", moved, zero, unit)
        }
        Some(other) => Err(format!("the activation `{other}` is not supported")),
    }
}

/// The sum of two values, which is the last result, normalized along its last axis; with a mean, if there may be a bias behind it.
fn skip<'a>(l: &mut Lowering<'a>, call: &Call<'a>, beta: Option<usize>, bias: usize) -> Lowered {
    let mut total = l.add(call.input(0)?, call.input(1)?)?;
    if let Some(bias) = call.optional(bias) {
        total = l.add(total, bias)?;
    }
    let gamma = call.input(2)?;
    let y = match beta {
        Some(beta) => normalized(l, call, total, gamma, call.optional(beta))?,
        None => apply!(l, "rms_norm", total, gamma, eps(call))?,
    };
    without_statistics(call)?;
    Ok(vec![Some(y), None, None, Some(total)])
}

fn eps(call: &Call) -> Attr {
    Attr::float(call.float("epsilon", 1e-12))
}

fn normalized<'a>(l: &mut Lowering<'a>, call: &Call<'a>, x: Id, gamma: Id, beta: Option<Id>) -> Term {
    let beta = match beta {
        Some(beta) => beta,
        None => {
            let (dims, dtype) = (l.axes_of(gamma)?, l.dtype(gamma)?);
            let zero = l.scalar(dtype, 0.0);
            apply!(l, "full", Attr::Dims(dims), zero, Attr::DType(dtype))?
        }
    };
    apply!(l, "layer_norm", x, gamma, beta, Attr::Int(1), eps(call))
}

/// The mean and deviation are there for training alone.
fn without_statistics(call: &Call) -> Result<(), String> {
    match call.node.output.get(1..3).unwrap_or_default().iter().all(String::is_empty) {
        true => Ok(()),
        false => Err("its mean and deviation as results are not supported".to_owned()),
    }
}

/// The sum of the embeddings of words, their places and segments, normalized; how many places of each sequence a mask shows; and the sum.
fn embedded<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let ids = call.input(0)?;
    let dims = l.axes_of(ids)?;
    let mut total = apply!(l, "take", call.input(2)?, ids, Attr::Int(0))?;
    let positions = match call.optional(8) {
        Some(given) => given,
        None => places(l, ids, 1)?,
    };
    let of_places = apply!(l, "take", call.input(3)?, positions, Attr::Int(0))?;
    total = l.add(total, of_places)?;
    if let (Some(segments), Some(table)) = (call.optional(1), call.optional(4)) {
        let of_segments = apply!(l, "take", table, segments, Attr::Int(0))?;
        total = l.add(total, of_segments)?;
    }
    let y = normalized(l, call, total, call.input(5)?, call.optional(6))?;
    let shown = match call.optional(7) {
        Some(mask) => {
            let counts = apply!(l, "sum", mask, Attr::Int(1), Attr::Bool(false))?;
            l.cast(counts, DType::I32)?
        }
        None => {
            let none = l.scalar(DType::I32, 0.0);
            let batch: Vec<Dim> = dims.into_iter().take(1).collect();
            apply!(l, "full", Attr::Dims(batch), none, Attr::DType(DType::I32))?
        }
    };
    Ok(vec![Some(y), Some(shown), Some(total)])
}
