use super::{Call, Entry, Lowered, Lowering, apply, ints, one};
use crate::ir::{Attr, Id};

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
    ("CumSum", |l, call| {
        if call.int("exclusive", 0) != 0 || call.int("reverse", 0) != 0 {
            return Err("exclusive and reverse sums are not supported".to_owned());
        }
        let x = call.input(0)?;
        let axis = l.ints(call.input(1)?).and_then(|v| v.first().copied()).ok_or("an axis that is computed is not supported")?;
        let axis = l.axis(x, axis)?;
        one(apply!(l, "cumsum", x, Attr::Int(axis))?)
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
    let rank = l.rank(x)? as i64;
    let given = match call.optional(1) {
        Some(id) => Some(l.ints(id).ok_or("axes that are computed are not supported")?),
        None => call.ints("axes"),
    };
    let axes = match given.filter(|axes| !axes.is_empty()) {
        Some(axes) => axes.into_iter().map(|axis| l.axis(x, axis)).collect::<Result<Vec<_>, _>>()?,
        None if call.int("noop_with_empty_axes", 0) != 0 => return Ok(x),
        None => (0..rank).collect(),
    };
    let keepdims = Attr::Bool(call.int("keepdims", 1) != 0);
    apply!(l, name, x, ints(axes), keepdims)
}

fn arg<'a>(l: &mut Lowering<'a>, call: &Call<'a>, name: &str) -> Lowered {
    if call.int("select_last_index", 0) != 0 {
        return Err("the last of equal elements is not supported".to_owned());
    }
    let x = call.input(0)?;
    let axis = l.axis(x, call.int("axis", 0))?;
    one(apply!(l, name, x, Attr::Int(axis), Attr::Bool(call.int("keepdims", 1) != 0))?)
}
