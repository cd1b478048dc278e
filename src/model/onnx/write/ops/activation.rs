//! Functions of each element that networks are made of.

use super::attributes::{float, word};
use super::{Entry, Term, Writer, emit, one};

pub(super) static OPS: &[Entry] = &[
    ("elu", |w, t| {
        let x = w.value(t.args[0])?;
        one(emit!(w, "Elu", [x], float("alpha", t.float(1)?)))
    }),
    ("gelu", |w, t| w.same(t, "Gelu")),
    ("gelu_tanh", |w, t| {
        let x = w.value(t.args[0])?;
        one(emit!(w, "Gelu", [x], word("approximate", "tanh")))
    }),
    ("hardsigmoid", |w, t| {
        let x = w.value(t.args[0])?;
        one(emit!(w, "HardSigmoid", [x], float("alpha", 1.0 / 6.0), float("beta", 0.5)))
    }),
    ("hardswish", |w, t| w.same(t, "HardSwish")),
    ("hardtanh", |w, t| clipped(w, t, t.float(1)?, t.float(2)?)),
    ("leaky_relu", |w, t| {
        let x = w.value(t.args[0])?;
        one(emit!(w, "LeakyRelu", [x], float("alpha", t.float(1)?)))
    }),
    ("log_sigmoid", |w, t| {
        let x = w.value(t.args[0])?;
        let turned = emit!(w, "Neg", [x]);
        let soft = emit!(w, "Softplus", [turned]);
        one(emit!(w, "Neg", [soft]))
    }),
    ("mish", |w, t| w.same(t, "Mish")),
    ("relu", |w, t| w.same(t, "Relu")),
    ("relu6", |w, t| clipped(w, t, 0.0, 6.0)),
    ("selu", |w, t| w.same(t, "Selu")),
    ("sigmoid", |w, t| w.same(t, "Sigmoid")),
    ("silu", |w, t| {
        let x = w.value(t.args[0])?;
        let gate = emit!(w, "Sigmoid", [x.clone()]);
        one(emit!(w, "Mul", [x, gate]))
    }),
    ("softplus", |w, t| w.same(t, "Softplus")),
    ("softsign", |w, t| w.same(t, "Softsign")),
    ("tanhshrink", |w, t| {
        let x = w.value(t.args[0])?;
        let y = emit!(w, "Tanh", [x.clone()]);
        one(emit!(w, "Sub", [x, y]))
    }),
];

fn clipped<'m>(w: &mut Writer<'m>, t: &Term<'m>, low: f64, high: f64) -> super::Emitted {
    let (x, dtype) = (w.value(t.args[0])?, t.dtype(0)?);
    let (low, high) = (w.scalar(dtype, low), w.scalar(dtype, high));
    one(emit!(w, "Clip", [x, low, high]))
}
