//! Integer values that are lengths: what `Shape` gives is followed through the arithmetic that exporters write around it.

use super::call::Call;
use super::lower::Lowering;
use crate::ir::{Dim, Id};

/// Longer values are data and no shapes.
const LONGEST: usize = 64;

/// The elements of a node's result as lengths, if its operands' are known.
pub(super) fn follow(l: &Lowering, call: &Call) -> Option<Vec<Dim>> {
    let x = call.optional(0)?;
    let known = |i: usize| call.optional(i).and_then(|id| l.dims(id));
    let dims = match call.node.op_type() {
        "Shape" => shape(l, call, x)?,
        "Size" => vec![l.ty(x).shape().size()],
        "Identity" | "Unsqueeze" | "Squeeze" | "Reshape" | "Flatten" => known(0)?,
        "Cast" if call.int("to", 0) == 7 || call.int("to", 0) == 6 => known(0)?,
        "Concat" => (0..call.inputs.len()).map(known).collect::<Option<Vec<_>>>()?.concat(),
        "Gather" if l.rank(x).ok()? == 1 => gather(l, &known(0)?, call.optional(1)?)?,
        "Slice" => sliced(l, call, &known(0)?)?,
        "Add" => zip(&known(0)?, &known(1)?, |a, b| Some(a.add(b)))?,
        "Sub" => zip(&known(0)?, &known(1)?, |a, b| Some(a.sub(b)))?,
        "Mul" => zip(&known(0)?, &known(1)?, |a, b| Some(a.mul(b)))?,
        "Div" => zip(&known(0)?, &known(1)?, divided)?,
        "Where" => chosen(&known(0)?, &known(1)?, &known(2)?)?,
        "Equal" => zip(&known(0)?, &known(1)?, equal)?,
        "Greater" => zip(&known(0)?, &known(1)?, |a, b| Some(truth(a.as_known()? > b.as_known()?)))?,
        "Less" => zip(&known(0)?, &known(1)?, |a, b| Some(truth(a.as_known()? < b.as_known()?)))?,
        "Not" => known(0)?.iter().map(|d| d.as_known().map(|d| truth(d == 0))).collect::<Option<Vec<_>>>()?,
        "ReduceProd" => vec![known(0)?.iter().fold(Dim::known(1), |n, d| n.mul(d))],
        "ConstantOfShape" => {
            let n = l.ints(x).filter(|shape| shape.len() == 1)?[0];
            let value = call.tensor("value")?.int64_data.first().copied().or_else(|| raw_int(call))?;
            vec![Dim::known(value); usize::try_from(n).ok().filter(|n| *n <= LONGEST)?]
        }
        _ => return None,
    };
    (dims.len() <= LONGEST).then_some(dims)
}

fn truth(t: bool) -> Dim {
    Dim::known(i64::from(t))
}

fn raw_int(call: &Call) -> Option<i64> {
    let tensor = call.tensor("value")?;
    let raw = tensor.raw_data.as_ref().filter(|_| tensor.data_type() == 7)?;
    Some(i64::from_le_bytes(raw.get(..8)?.try_into().ok()?))
}

fn shape(l: &Lowering, call: &Call, x: Id) -> Option<Vec<Dim>> {
    let dims = l.ty(x).shape().dims()?;
    let rank = dims.len() as i64;
    let held = |i: i64| (if i < 0 { i + rank } else { i }).clamp(0, rank) as usize;
    let (start, end) = (held(call.int("start", 0)), held(call.int("end", rank)));
    Some(dims.get(start..end).unwrap_or(&[]).to_vec())
}

fn gather(l: &Lowering, dims: &[Dim], indices: Id) -> Option<Vec<Dim>> {
    let n = dims.len() as i64;
    l.ints(indices)?.into_iter().map(|i| dims.get(usize::try_from(if i < 0 { i + n } else { i }).ok()?).cloned()).collect()
}

fn sliced(l: &Lowering, call: &Call, dims: &[Dim]) -> Option<Vec<Dim>> {
    let one = |input: usize, name: &str| match call.optional(input) {
        Some(id) => l.ints(id).filter(|v| v.len() == 1).map(|v| v[0]),
        None => call.ints(name).filter(|v| v.len() == 1).map(|v| v[0]),
    };
    let step = if call.inputs.len() > 4 { one(4, "steps")? } else { 1 };
    let n = dims.len() as i64;
    let held = |i: i64| (if i < 0 { i.saturating_add(n) } else { i }).clamp(0, n) as usize;
    match step {
        1 => Some(dims.get(held(one(1, "starts")?)..held(one(2, "ends")?)).unwrap_or(&[]).to_vec()),
        _ => None,
    }
}

/// Of two lists, of which one may have a single element for all places of the other.
fn zip(a: &[Dim], b: &[Dim], f: impl Fn(&Dim, &Dim) -> Option<Dim>) -> Option<Vec<Dim>> {
    let n = a.len().max(b.len());
    if (a.len() != n && a.len() != 1) || (b.len() != n && b.len() != 1) {
        return None;
    }
    (0..n).map(|i| f(&a[i.min(a.len() - 1)], &b[i.min(b.len() - 1)])).collect()
}

/// An exact quotient.
fn divided(a: &Dim, b: &Dim) -> Option<Dim> {
    let b = b.as_known().filter(|b| *b > 0)?;
    match a {
        Dim::Poly(terms) if terms.values().all(|c| c % b == 0) => Some(Dim::Poly(terms.iter().map(|(m, c)| (m.clone(), c / b)).collect())),
        _ => a.as_known().filter(|a| *a >= 0).map(|a| Dim::known(a / b)),
    }
}

/// A symbol is a length, so it is no negative number: exporters ask whether a length is -1.
fn equal(a: &Dim, b: &Dim) -> Option<Dim> {
    let is_length = |d: &Dim| matches!(d, Dim::Poly(terms) if !terms.is_empty() && terms.values().all(|c| *c > 0));
    let negative = |d: &Dim| d.as_known().is_some_and(|d| d < 0);
    match (a.as_known(), b.as_known()) {
        (Some(a), Some(b)) => Some(truth(a == b)),
        _ if a.same(b) => Some(truth(true)),
        _ if (negative(a) && is_length(b)) || (negative(b) && is_length(a)) => Some(truth(false)),
        _ => None,
    }
}

fn chosen(condition: &[Dim], a: &[Dim], b: &[Dim]) -> Option<Vec<Dim>> {
    let n = condition.len().max(a.len()).max(b.len());
    let at = |v: &[Dim], i: usize| if v.len() == 1 { v.first().cloned() } else { v.get(i).cloned() };
    (0..n).map(|i| if at(condition, i)?.as_known()? != 0 { at(a, i) } else { at(b, i) }).collect()
}
