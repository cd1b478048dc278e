use super::{Call, Entry, Lowered, Lowering, apply, dtype, ints, length, one};
use crate::ir::{Attr, DType, Id};

pub(super) static OPS: &[Entry] = &[
    ("ReduceSum", |l, call| reduce(l, call, "sum")),
    ("ReduceMean", |l, call| reduce(l, call, "mean")),
    ("ReduceMax", |l, call| reduce(l, call, "max")),
    ("ReduceMin", |l, call| reduce(l, call, "min")),
    ("ReduceProd", |l, call| reduce(l, call, "prod")),
    ("ReduceL1", |l, call| before(l, call, "abs", "sum")),
    ("ReduceSumSquare", |l, call| before(l, call, "square", "sum")),
    ("ReduceL2", |l, call| after(l, call, Some("square"), "sqrt")),
    ("ReduceLogSum", |l, call| after(l, call, None, "log")),
    ("ReduceLogSumExp", |l, call| reduce(l, call, "logsumexp")),
    ("ArgMax", |l, call| arg(l, call, "argmax")),
    ("ArgMin", |l, call| arg(l, call, "argmin")),
    ("CumSum", |l, call| running(l, call, "cumsum", "cumsum_along")),
    ("CumProd", |l, call| running(l, call, "cumprod", "cumprod_along")),
    ("LpNormalization", |l, call| {
        let x = call.input(0)?;
        let axes = ints([l.axis(x, call.int("axis", -1))?]);
        let norm = match call.int("p", 2) {
            1 => {
                let sizes = apply!(l, "abs", x)?;
                apply!(l, "sum", sizes, axes, Attr::Bool(true))?
            }
            2 => {
                let squares = apply!(l, "square", x)?;
                let total = apply!(l, "sum", squares, axes, Attr::Bool(true))?;
                apply!(l, "sqrt", total)?
            }
            p => return Err(format!("a norm of order {p}")),
        };
        one(apply!(l, "div", x, norm)?)
    }),
    ("MeanVarianceNormalization", |l, call| {
        let x = call.input(0)?;
        let axes = ints(call.ints("axes").unwrap_or_else(|| vec![0, 2, 3]));
        let eps = l.scalar(dtype(l, x)?, 1e-9);
        let mean = apply!(l, "mean", x, axes.clone(), Attr::Bool(true))?;
        let away = apply!(l, "sub", x, mean)?;
        let squares = apply!(l, "square", away)?;
        let variance = apply!(l, "mean", squares, axes, Attr::Bool(true))?;
        let deviation = apply!(l, "sqrt", variance)?;
        let held = apply!(l, "add", deviation, eps)?;
        one(apply!(l, "div", away, held)?)
    }),
];

fn reduce<'a>(l: &mut Lowering<'a>, call: &Call<'a>, name: &str) -> Lowered {
    let x = call.input(0)?;
    one(over_axes(l, call, x, name)?)
}

/// A reduction of a function of the elements.
fn before<'a>(l: &mut Lowering<'a>, call: &Call<'a>, f: &str, name: &str) -> Lowered {
    let x = call.input(0)?;
    let y = apply!(l, f, x)?;
    one(over_axes(l, call, y, name)?)
}

/// A function of a sum, of the elements or of a function of them.
fn after<'a>(l: &mut Lowering<'a>, call: &Call<'a>, f: Option<&str>, g: &str) -> Lowered {
    let x = call.input(0)?;
    let y = match f {
        Some(f) => apply!(l, f, x)?,
        None => x,
    };
    let total = over_axes(l, call, y, "sum")?;
    one(apply!(l, g, total)?)
}

/// The axes are an attribute up to opset 12 for `ReduceSum` and 17 for the others, and an operand after that.
fn over_axes<'a>(l: &mut Lowering<'a>, call: &Call<'a>, x: Id, name: &str) -> Result<Id, String> {
    // The largest of truth values is whether any holds, the smallest whether all do.
    if l.ty(x).dtype() == Some(DType::Bool) {
        let bits = apply!(l, "cast", x, Attr::DType(DType::U8))?;
        let found = over_axes(l, call, bits, name)?;
        return apply!(l, "cast", found, Attr::DType(DType::Bool));
    }
    let rank = l.rank(x)? as i64;
    let keepdims = Attr::Bool(call.int("keepdims", 1) != 0);
    let given = match call.optional(1) {
        Some(id) => match (l.ints(id), l.ty(id).shape().size().as_known()) {
            (None, Some(n)) if n > 0 => return apply!(l, format!("{name}_over").as_str(), x, id, keepdims),
            (None, None) => return Err("how many axes it is over is not known".to_owned()),
            (axes, _) => axes,
        },
        None => call.ints("axes"),
    };
    let axes = match given.filter(|axes| !axes.is_empty()) {
        Some(axes) => axes.into_iter().map(|axis| l.axis(x, axis)).collect::<Result<Vec<_>, _>>()?,
        None if call.int("noop_with_empty_axes", 0) != 0 => return Ok(x),
        None => (0..rank).collect(),
    };
    apply!(l, name, x, ints(axes), keepdims)
}

/// The last of several is the first from the other end.
fn arg<'a>(l: &mut Lowering<'a>, call: &Call<'a>, name: &str) -> Lowered {
    let x = call.input(0)?;
    let axis = l.axis(x, call.int("axis", 0))?;
    let keepdims = Attr::Bool(call.int("keepdims", 1) != 0);
    if call.int("select_last_index", 0) == 0 {
        return one(apply!(l, name, x, Attr::Int(axis), keepdims)?);
    }
    let reversed = apply!(l, "flip", x, ints([axis]))?;
    let from_end = apply!(l, name, reversed, Attr::Int(axis), keepdims)?;
    let (count, unit) = (length(l, x, axis)?, l.scalar(DType::I64, 1.0));
    let last = apply!(l, "sub", count, unit)?;
    one(apply!(l, "sub", last, from_end)?)
}

fn running<'a>(l: &mut Lowering<'a>, call: &Call<'a>, name: &str, along: &str) -> Lowered {
    let (x, axis) = (call.input(0)?, call.input(1)?);
    let (exclusive, reverse) = (call.int("exclusive", 0) != 0, call.int("reverse", 0) != 0);
    match l.ints(axis).as_deref() {
        Some([axis]) if !exclusive && !reverse => {
            let axis = l.axis(x, *axis)?;
            one(apply!(l, name, x, Attr::Int(axis))?)
        }
        _ => one(apply!(l, along, x, axis, Attr::Bool(exclusive), Attr::Bool(reverse))?),
    }
}
