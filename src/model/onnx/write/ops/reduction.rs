//! Sums and the like over axes.

use super::attributes::{flag, int};
use super::{Emitted, Entry, Term, Writer, emit, one};
use crate::ir::{Attr, DType};

macro_rules! reductions {
    ($($ir:literal => $onnx:literal),* ; $($other:tt)*) => {
        &[$(($ir, |w, t| reduced(w, t, $onnx)),)* $($other)*]
    };
}

pub(super) static OPS: &[Entry] = reductions! {
    "prod" => "ReduceProd", "min" => "ReduceMin",
    "logsumexp" => "ReduceLogSumExp", "l1_norm" => "ReduceL1", "l2_norm" => "ReduceL2", "fro_norm" => "ReduceL2",
    "sum_over" => "ReduceSum", "prod_over" => "ReduceProd", "max_over" => "ReduceMax", "min_over" => "ReduceMin",
    "mean_over" => "ReduceMean", "logsumexp_over" => "ReduceLogSumExp";

    ("sum", |w, t| match (w.own(t, 0, "abs"), w.own(t, 0, "square")) {
        (Some(inner), _) if !t.axes(1)?.is_empty() => of(w, t, "ReduceL1", &inner),
        (_, Some(inner)) if !t.axes(1)?.is_empty() => of(w, t, "ReduceSumSquare", &inner),
        _ => reduced(w, t, "ReduceSum"),
    }),
    ("mean", |w, t| pooled(w, t, "GlobalAveragePool", "ReduceMean")),
    ("max", |w, t| pooled(w, t, "GlobalMaxPool", "ReduceMax")),
    ("any", |w, t| holds(w, t, "ReduceMax")),
    ("all", |w, t| holds(w, t, "ReduceMin")),
    ("var", |w, t| one(variance(w, t)?)),
    ("std", |w, t| {
        let variance = variance(w, t)?;
        one(emit!(w, "Sqrt", [variance]))
    }),
    ("count_nonzero", |w, t| {
        let truth = w.value_as(t.args[0], DType::Bool)?;
        let units = w.cast(truth, DType::I64);
        one(over(w, "ReduceSum", units, &t.axes(1)?, t.flag(2)))
    }),
    ("max_norm", |w, t| {
        let x = w.value(t.args[0])?;
        let sizes = emit!(w, "Abs", [x]);
        one(over(w, "ReduceMax", sizes, &t.axes(1)?, t.flag(2)))
    }),
    ("ptp", |w, t| {
        let (x, axes) = (w.value(t.args[0])?, t.axes(1)?);
        let (most, least) = (over(w, "ReduceMax", x.clone(), &axes, t.flag(2)), over(w, "ReduceMin", x, &axes, t.flag(2)));
        one(emit!(w, "Sub", [most, least]))
    }),
    ("argmax", |w, t| position(w, t, "ArgMax")),
    ("argmin", |w, t| position(w, t, "ArgMin")),
    ("cumsum", |w, t| counted(w, t, "CumSum")),
    ("cumprod", |w, t| {
        w.needs(26);
        counted(w, t, "CumProd")
    }),
    ("cumsum_along", |w, t| running(w, t, "CumSum")),
    ("cumprod_along", |w, t| {
        w.needs(26);
        running(w, t, "CumProd")
    }),
};

/// Over axes that are an attribute or an operand.
fn reduced<'m>(w: &mut Writer<'m>, t: &Term<'m>, op: &str) -> Emitted {
    let (x, keepdims) = (w.value(t.args[0])?, t.flag(2));
    if t.name.ends_with("_over") {
        let axes = w.value(t.args[1])?;
        return one(emit!(w, op, [x, axes], flag("keepdims", keepdims)));
    }
    one(over(w, op, x, &t.axes(1)?, keepdims))
}

/// A reduction that has the function of the elements in it.
fn of<'m>(w: &mut Writer<'m>, t: &Term<'m>, op: &str, inner: &Term<'m>) -> Emitted {
    let x = w.value(inner.args[0])?;
    one(over(w, op, x, &t.axes(1)?, t.flag(2)))
}

/// Over all axes after batch and channels it is a pool; with a single one of them it is as often a row of something else.
fn pooled<'m>(w: &mut Writer<'m>, t: &Term<'m>, pool: &str, op: &str) -> Emitted {
    let rank = t.rank(0)? as i64;
    let whole = rank > 3 && t.flag(2) && t.axes(1)?.into_iter().eq(2..rank);
    if whole && t.dtype(0)? == DType::F32 { w.same_first(t, pool) } else { reduced(w, t, op) }
}

/// The function of a sum as one reduction, if it is one: a root or logarithm.
pub(super) fn after<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<Option<String>, String> {
    let Some(sum) = w.own(t, 0, "sum") else { return Ok(None) };
    let axes = sum.axes(1)?;
    let (op, x) = match (t.name, w.own(&sum, 0, "square")) {
        _ if axes.is_empty() => return Ok(None),
        ("log", _) => ("ReduceLogSum", sum.args[0]),
        ("sqrt", Some(square)) => ("ReduceL2", square.args[0]),
        _ => return Ok(None),
    };
    let x = w.value(x)?;
    Ok(Some(over(w, op, x, &axes, sum.flag(2))))
}

/// Over these axes. Over none, each element is by itself, for which an empty list does not stand.
fn over(w: &mut Writer, op: &str, x: String, axes: &[i64], keepdims: bool) -> String {
    match (op, axes) {
        ("ReduceL1" | "ReduceL2", []) => emit!(w, "Abs", [x]),
        (_, []) => x,
        _ => {
            let axes = w.list(axes);
            emit!(w, op, [x, axes], flag("keepdims", keepdims))
        }
    }
}

/// The largest or smallest of truth values.
fn holds<'m>(w: &mut Writer<'m>, t: &Term<'m>, op: &str) -> Emitted {
    let truth = w.value_as(t.args[0], DType::Bool)?;
    let bits = w.cast(truth, DType::U8);
    let found = over(w, op, bits, &t.axes(1)?, t.flag(2));
    one(w.cast(found, DType::Bool))
}

/// The mean square distance from the mean, of `ddof` elements fewer.
fn variance<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<String, String> {
    let (x, axes, dtype) = (w.value(t.args[0])?, t.axes(1)?, t.dtype(0)?);
    let mean = over(w, "ReduceMean", x.clone(), &axes, true);
    let moved = emit!(w, "Sub", [x, mean]);
    let squares = emit!(w, "Mul", [moved.clone(), moved]);
    let ddof = t.float(2)?;
    if ddof == 0.0 {
        return Ok(over(w, "ReduceMean", squares, &axes, t.flag(3)));
    }
    let lengths = t.lengths(0)?;
    let count: Option<i64> = axes.iter().map(|axis| lengths[*axis as usize].as_known()).product();
    let count = count.ok_or("how many elements it is of is not known")?;
    let total = over(w, "ReduceSum", squares, &axes, t.flag(3));
    let count = w.scalar(dtype, count as f64 - ddof);
    Ok(emit!(w, "Div", [total, count]))
}

/// Along an axis, or all elements in a line.
fn counted<'m>(w: &mut Writer<'m>, t: &Term<'m>, op: &str) -> Emitted {
    let (x, axis) = match t.attr(1) {
        Attr::None => (flat(w, t)?, 0),
        _ => (w.value(t.args[0])?, t.axis(1, 0)?),
    };
    let axis = w.scalar(DType::I64, axis as f64);
    one(emit!(w, op, [x, axis]))
}

/// Along an axis that is an operand, with an element's own share or without.
fn running<'m>(w: &mut Writer<'m>, t: &Term<'m>, op: &str) -> Emitted {
    let operands = w.all(&t.args[..2])?;
    one(w.node(op, operands, [flag("exclusive", t.flag(2)), flag("reverse", t.flag(3))]))
}

fn flat<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<String, String> {
    let (x, line) = (w.value(t.args[0])?, w.list(&[-1]));
    Ok(emit!(w, "Reshape", [x, line]))
}

fn position<'m>(w: &mut Writer<'m>, t: &Term<'m>, op: &str) -> Emitted {
    if *t.attr(1) != Attr::None {
        let x = w.value(t.args[0])?;
        return one(emit!(w, op, [x], int("axis", t.axis(1, 0)?), flag("keepdims", t.flag(2))));
    }
    let line = flat(w, t)?;
    let found = emit!(w, op, [line], int("axis", 0), flag("keepdims", false));
    if !t.flag(2) {
        return one(found);
    }
    let shape = w.list(&vec![1; t.rank(0)?]);
    one(emit!(w, "Reshape", [found, shape]))
}
