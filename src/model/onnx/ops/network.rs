use super::{Call, Entry, Lowered, Lowering, Part, apply, dtype, ints, list, one, places};
use crate::ir::{Attr, DType, Dim, Id};

pub(super) static OPS: &[Entry] = &[
    ("AveragePool", |l, call| {
        let x = call.input(0)?;
        let kernel = call.ints("kernel_shape").ok_or("its kernel_shape is missing")?;
        let window = window(l, call, x, &kernel.iter().map(|k| Dim::known(*k)).collect::<Vec<_>>())?;
        let count = Attr::Bool(call.int("count_include_pad", 0) != 0);
        let ceil = Attr::Bool(call.int("ceil_mode", 0) != 0);
        one(apply!(l, "average_pool", x, ints(kernel), ints(window.strides), ints(window.pads), ints(window.dilations), ceil, count)?)
    }),
    ("Conv", |l, call| {
        let (mut x, w) = (call.input(0)?, call.input(1)?);
        let kernel = l.ty(w).shape().dims().and_then(|d| d.get(2..)).ok_or("the shape of its filters is not known")?.to_vec();
        let window = padded_window(l, call, &mut x, &kernel, 0.0)?;
        let groups = Attr::Int(call.int("group", 1));
        one(apply!(l, "conv", x, w, call.optional(2), ints(window.strides), ints(window.pads), ints(window.dilations), groups)?)
    }),
    ("Det", |l, call| one(apply!(l, "det", call.input(0)?)?)),
    ("Einsum", |l, call| {
        let operands = call.all()?;
        let ranks = operands.iter().map(|id| l.rank(*id)).collect::<Result<Vec<_>, _>>()?;
        let text = super::einsum::subscripts(&call.string("equation").ok_or("its equation is missing")?, &ranks)?;
        one(l.op("einsum", std::iter::once(Part::from(Attr::Str(text))).chain(operands.into_iter().map(Part::from)))?)
    }),
    ("Gemm", |l, call| {
        let (mut a, mut b) = (call.input(0)?, call.input(1)?);
        let dtype = l.ty(a).dtype().ok_or("its element type is not known")?;
        if call.int("transA", 0) != 0 {
            a = apply!(l, "permute", a, ints([1, 0]))?;
        }
        if call.int("transB", 0) != 0 {
            b = apply!(l, "permute", b, ints([1, 0]))?;
        }
        let mut y = apply!(l, "matmul", a, b)?;
        let (alpha, beta) = (call.float("alpha", 1.0), call.float("beta", 1.0));
        if alpha != 1.0 {
            let alpha = l.scalar(dtype, alpha);
            y = apply!(l, "mul", y, alpha)?;
        }
        if let Some(mut c) = call.optional(2) {
            if beta != 1.0 {
                let beta = l.scalar(dtype, beta);
                c = apply!(l, "mul", c, beta)?;
            }
            y = apply!(l, "add", y, c)?;
        }
        one(y)
    }),
    ("GlobalAveragePool", |l, call| global(l, call, "mean")),
    ("GlobalMaxPool", |l, call| global(l, call, "max")),
    ("MatMul", |l, call| one(apply!(l, "matmul", call.input(0)?, call.input(1)?)?)),
    ("Softmax", |l, call| coerced(l, call, |l, x, axis| apply!(l, "softmax", x, Attr::Int(axis)))),
    ("LogSoftmax", |l, call| coerced(l, call, |l, x, axis| apply!(l, "log_softmax", x, Attr::Int(axis)))),
    ("Hardmax", |l, call| {
        coerced(l, call, |l, x, axis| {
            let largest = apply!(l, "argmax", x, Attr::Int(axis), Attr::Bool(true))?;
            let mut places = places(l, x, axis)?;
            for _ in axis + 1..l.rank(x)? as i64 {
                let last = l.rank(places)? as i64;
                places = apply!(l, "expand_dims", places, Attr::Int(last))?;
            }
            let hit = apply!(l, "eq", places, largest)?;
            apply!(l, "cast", hit, Attr::DType(dtype(l, x)?))
        })
    }),
];

/// A function along an axis; up to opset 12 all axes from the given one on were taken as one.
fn coerced<'a>(l: &mut Lowering<'a>, call: &Call<'a>, f: fn(&mut Lowering<'a>, Id, i64) -> Result<Id, String>) -> Lowered {
    let x = call.input(0)?;
    let axis = l.axis(x, call.int("axis", if call.opset < 13 { 1 } else { -1 }))?;
    let rank = l.rank(x)? as i64;
    if call.opset >= 13 || axis == rank - 1 {
        return one(f(l, x, axis)?);
    }
    let dims = l.ty(x).shape().dims().unwrap_or(&[]).to_vec();
    let product = |dims: &[Dim]| dims.iter().fold(Dim::known(1), |n, d| n.mul(d));
    let flat = apply!(l, "reshape", x, Attr::Dims(vec![product(&dims[..axis as usize]), product(&dims[axis as usize..])]))?;
    let y = f(l, flat, 1)?;
    one(apply!(l, "reshape", y, Attr::Dims(dims))?)
}

/// A reduction over all axes after batch and channels.
fn global<'a>(l: &mut Lowering<'a>, call: &Call<'a>, name: &str) -> Lowered {
    let x = call.input(0)?;
    let rank = l.rank(x)? as i64;
    one(apply!(l, name, x, ints(2..rank), Attr::Bool(true))?)
}

/// How a window slides.
pub(super) struct Window {
    pub strides: Vec<i64>,
    /// The places before each axis, then those behind each.
    pub pads: Vec<i64>,
    pub dilations: Vec<i64>,
}

/// The largest length of a window, stride or dilation.
const LONGEST: i64 = i32::MAX as i64;

/// Strides, pads and dilations with their defaults; `auto_pad` made into numbers.
pub(super) fn window<'a>(l: &Lowering<'a>, call: &Call<'a>, x: Id, kernel: &[Dim]) -> Result<Window, String> {
    let (window, open) = closed(l, call, x, kernel)?;
    match open[..] {
        [] => Ok(window),
        _ => Err("auto_pad over an axis of unknown length is not supported".to_owned()),
    }
}

/// As [`window`]; what `auto_pad` puts around axes whose lengths only running tells is put around `x` itself.
pub(super) fn padded_window<'a>(l: &mut Lowering<'a>, call: &Call<'a>, x: &mut Id, kernel: &[Dim], fill: f64) -> Result<Window, String> {
    let (window, open) = closed(l, call, *x, kernel)?;
    if open.is_empty() {
        return Ok(window);
    }
    let dtype = l.dtype(*x)?;
    if !dtype.is_float() {
        return Err("auto_pad over an axis of unknown length is not supported for integers".to_owned());
    }
    let mut lengths = l.axes_of(*x)?;
    let (mut before, mut behind, mut axes) = (Vec::new(), Vec::new(), Vec::new());
    for Open { axis, stride, reach } in open {
        let [less, more] = shared_out(l, *x, axis, stride, reach)?;
        let upper = call.string("auto_pad").as_deref() == Some("SAME_UPPER");
        before.push(Part::from(if upper { less } else { more }));
        behind.push(Part::from(if upper { more } else { less }));
        lengths[axis] = Dim::Unknown;
        axes.push(axis as i64);
    }
    let pads = l.op("concat", std::iter::once(Part::from(Attr::Int(0))).chain(before).chain(behind))?;
    let (fill, axes) = (l.scalar(dtype, fill), list(l, axes));
    *x =
        l.op_of_lengths("pad_by", [(*x).into(), fill.into(), pads.into(), axes.into(), Attr::Str("constant".to_owned()).into()], &lengths)?;
    Ok(window)
}

/// An axis whose pads depend on a length that only running tells.
struct Open {
    axis: usize,
    stride: i64,
    /// The places from the first of a window to its last.
    reach: i64,
}

/// The half of the places around an axis that is rounded down, and the other, each as a list of one.
fn shared_out(l: &mut Lowering, x: Id, axis: usize, stride: i64, reach: i64) -> Result<[Id; 2], String> {
    let n = super::length(l, x, axis as i64)?;
    // The last window starts at the last multiple of the stride that is below the length.
    let last = l.plus(n, -1.0)?;
    let stride = l.scalar(DType::I64, stride as f64);
    let windows = apply!(l, "trunc_div", last, stride)?;
    let start = l.mul(windows, stride)?;
    let end = l.plus(start, reach as f64)?;
    let missing = l.sub(end, n)?;
    let none = l.scalar(DType::I64, 0.0);
    let total = apply!(l, "maximum", missing, none)?;
    let two = l.scalar(DType::I64, 2.0);
    let less = apply!(l, "trunc_div", total, two)?;
    let more = l.sub(total, less)?;
    let (less, more) = (l.reshape(less, vec![Dim::known(1)])?, l.reshape(more, vec![Dim::known(1)])?);
    Ok([less, more])
}

/// How a window slides; for the axes over which `auto_pad` cannot be made into numbers there are no pads, and they are listed.
fn closed<'a>(l: &Lowering<'a>, call: &Call<'a>, x: Id, kernel: &[Dim]) -> Result<(Window, Vec<Open>), String> {
    let axes = kernel.len();
    let strides = call.ints("strides").unwrap_or_else(|| vec![1; axes]);
    let dilations = call.ints("dilations").unwrap_or_else(|| vec![1; axes]);
    if strides.len() != axes || dilations.len() != axes || strides.iter().chain(&dilations).any(|n| !(1..=LONGEST).contains(n)) {
        return Err(format!("expected {axes} strides and dilations from 1 to {LONGEST}"));
    }
    let upper = match call.string("auto_pad").as_deref() {
        None | Some("NOTSET" | "") => {
            let pads = call.ints("pads").unwrap_or_else(|| vec![0; 2 * axes]);
            return Ok((Window { strides, pads, dilations }, Vec::new()));
        }
        Some("VALID") => return Ok((Window { strides, pads: vec![0; 2 * axes], dilations }, Vec::new())),
        Some("SAME_UPPER") => true,
        Some("SAME_LOWER") => false,
        Some(other) => return Err(format!("an unknown auto_pad `{other}`")),
    };
    let (mut pads, mut open) = (vec![0; 2 * axes], Vec::new());
    for axis in 0..axes {
        let k =
            kernel[axis].as_known().filter(|k| (1..=LONGEST).contains(k)).ok_or("auto_pad of a kernel of unknown size is not supported")?;
        let length = l.ty(x).shape().dims().and_then(|d| d.get(axis + 2)).and_then(Dim::as_known);
        let reach = dilations[axis] * (k - 1) + 1;
        let total = match length {
            Some(n) => (((n + strides[axis] - 1) / strides[axis] - 1) * strides[axis] + reach - n).max(0),
            None if strides[axis] == 1 => reach - 1,
            None => {
                open.push(Open { axis: axis + 2, stride: strides[axis], reach });
                continue;
            }
        };
        let (less, more) = (total / 2, total - total / 2);
        (pads[axis], pads[axis + axes]) = if upper { (less, more) } else { (more, less) };
    }
    Ok((Window { strides, pads, dilations }, open))
}
