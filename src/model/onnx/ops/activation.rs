use super::elementwise::aligned;
use super::{Call, Entry, Lowered, Lowering, apply, dtype, one};
use crate::ir::{Attr, Id};

pub(super) static OPS: &[Entry] = &[
    ("Celu", |l, call| {
        let (x, alpha) = (call.input(0)?, call.float("alpha", 1.0));
        let scale = l.scalar(dtype(l, x)?, alpha);
        let narrow = apply!(l, "div", x, scale)?;
        let unit = apply!(l, "elu", narrow, Attr::float(1.0))?;
        one(apply!(l, "mul", unit, scale)?)
    }),
    ("Elu", |l, call| one(apply!(l, "elu", call.input(0)?, Attr::float(call.float("alpha", 1.0)))?)),
    ("Gelu", |l, call| {
        let name = if call.string("approximate").as_deref() == Some("tanh") { "gelu_tanh" } else { "gelu" };
        one(apply!(l, name, call.input(0)?)?)
    }),
    ("HardSigmoid", |l, call| {
        let x = call.input(0)?;
        let dtype = l.ty(x).dtype().ok_or("its element type is not known")?;
        let [alpha, beta, zero, unit] = [call.float("alpha", 0.2), call.float("beta", 0.5), 0.0, 1.0].map(|v| l.scalar(dtype, v));
        let scaled = apply!(l, "mul", x, alpha)?;
        let moved = apply!(l, "add", scaled, beta)?;
        one(apply!(l, "clip", moved, zero, unit)?)
    }),
    ("LeakyRelu", |l, call| one(apply!(l, "leaky_relu", call.input(0)?, Attr::float(call.float("alpha", 0.01)))?)),
    ("PRelu", |l, call| {
        let (x, slope) = (call.input(0)?, call.input(1)?);
        let slope = if call.opset < 7 && l.rank(slope)? == 1 { aligned(l, slope, l.rank(x)? as i64, 1)? } else { slope };
        let zero = l.scalar(dtype(l, x)?, 0.0);
        let below = apply!(l, "lt", x, zero)?;
        let scaled = apply!(l, "mul", x, slope)?;
        one(apply!(l, "select", below, scaled, x)?)
    }),
    ("Selu", |l, call| {
        let x = call.input(0)?;
        let (alpha, gamma) = (call.float("alpha", 1.673_263_2), call.float("gamma", 1.050_701));
        let gamma = l.scalar(dtype(l, x)?, gamma);
        let unscaled = apply!(l, "elu", x, Attr::float(alpha))?;
        one(apply!(l, "mul", unscaled, gamma)?)
    }),
    ("Shrink", shrink),
    ("Swish", |l, call| {
        let x = call.input(0)?;
        let alpha = l.scalar(dtype(l, x)?, call.float("alpha", 1.0));
        let scaled = apply!(l, "mul", x, alpha)?;
        let gate = apply!(l, "sigmoid", scaled)?;
        one(apply!(l, "mul", x, gate)?)
    }),
    ("ThresholdedRelu", |l, call| {
        let x = call.input(0)?;
        let dtype = dtype(l, x)?;
        let (alpha, zero) = (l.scalar(dtype, call.float("alpha", 1.0)), l.scalar(dtype, 0.0));
        let above = apply!(l, "gt", x, alpha)?;
        one(apply!(l, "select", above, x, zero)?)
    }),
];

/// Nothing within a distance of zero, and beyond it nearer to zero.
fn shrink<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let x: Id = call.input(0)?;
    let (edge, bias, dtype) = (call.float("lambd", 0.5), call.float("bias", 0.0), dtype(l, x)?);
    if !dtype.is_float() && (edge.fract() != 0.0 || bias.fract() != 0.0 || !dtype.is_signed_int()) {
        return Err("a distance that is no integer is not supported for integers".to_owned());
    }
    let [high, low, bias, zero] = [edge, -edge, bias, 0.0].map(|v| l.scalar(dtype, v));
    let (above, below) = (apply!(l, "gt", x, high)?, apply!(l, "lt", x, low)?);
    let (lowered, raised) = (apply!(l, "sub", x, bias)?, apply!(l, "add", x, bias)?);
    let inner = apply!(l, "select", below, raised, zero)?;
    one(apply!(l, "select", above, lowered, inner)?)
}
