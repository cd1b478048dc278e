//! Products that sum over shared axes.

use super::attributes::{flag, float, ints, word};
use super::{Emitted, Entry, Term, Writer, emit, one};
use crate::ir::DType;

pub(super) static OPS: &[Entry] = &[
    ("matmul", |w, t| match super::integers::matmul(w, t)? {
        Some(product) => one(product),
        None => w.same(t, "MatMul"),
    }),
    ("einsum", |w, t| {
        let operands = w.all(&t.args[1..])?;
        one(w.node("Einsum", operands, [word("equation", t.word(0)?)]))
    }),
    ("inner", |w, t| {
        let (a, b) = (letters(0, t.rank(0)?), letters(8, t.rank(1)?));
        match (a.split_last(), b.split_last()) {
            (Some((last, rows)), Some((_, columns))) => {
                let b: String = columns.iter().chain([last]).collect();
                einsum(w, t, &format!("{},{b}->{}", text(&a), text(&[rows, columns].concat())))
            }
            _ => w.same(t, "Mul"),
        }
    }),
    ("outer", |w, t| {
        let [a, b] = flat(w, t)?;
        one(w.node("Einsum", [a, b], [word("equation", "i,j->ij")]))
    }),
    ("vdot", |w, t| {
        let [a, b] = flat(w, t)?;
        one(w.node("Einsum", [a, b], [word("equation", "i,i->")]))
    }),
    ("linear", |w, t| {
        let product = linear(w, t)?;
        let bias = w.value(t.args[2])?;
        one(emit!(w, "Add", [product, bias]))
    }),
    ("linear_nobias", |w, t| one(linear(w, t)?)),
    ("addmm", |w, t| {
        let fits = t.rank(0)? <= 2 && t.ty().rank() == Some(2) && t.dtype(0)?.is_float();
        let [c, a, b] = [w.value(t.args[0])?, w.value(t.args[1])?, w.value(t.args[2])?];
        if fits {
            return one(emit!(w, "Gemm", [a, b, c]));
        }
        let product = emit!(w, "MatMul", [a, b]);
        one(emit!(w, "Add", [c, product]))
    }),
    ("baddbmm", |w, t| {
        let [c, a, b] = [w.value(t.args[0])?, w.value(t.args[1])?, w.value(t.args[2])?];
        let product = emit!(w, "MatMul", [a, b]);
        one(emit!(w, "Add", [c, product]))
    }),
    ("det", |w, t| w.same(t, "Det")),
    ("trace", |w, t| {
        let rank = t.rank(0)?;
        let batch = text(&letters(0, rank.saturating_sub(2)));
        einsum(w, t, &format!("{batch}zz->{batch}"))
    }),
    ("diagonal", |w, t| {
        let batch = text(&letters(0, t.rank(0)?.saturating_sub(2)));
        einsum(w, t, &format!("{batch}zz->{batch}z"))
    }),
    ("attention", |w, t| attention(w, t, None, false, t.float(3)?)),
    ("attention_causal", |w, t| attention(w, t, None, true, t.float(3)?)),
    ("attention_masked", |w, t| {
        let mask = w.value(t.args[3])?;
        attention(w, t, Some(mask), false, t.float(4)?)
    }),
];

/// So many letters for axes, from one of the alphabet on.
fn letters(from: u8, n: usize) -> Vec<char> {
    (0..n as u8).map(|i| char::from(b'a' + from + i)).collect()
}

fn text(letters: &[char]) -> String {
    letters.iter().collect()
}

fn einsum<'m>(w: &mut Writer<'m>, t: &Term<'m>, equation: &str) -> Emitted {
    let operands = w.all(t.args)?;
    one(w.node("Einsum", operands, [word("equation", equation)]))
}

/// Both operands as vectors.
fn flat<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<[String; 2], String> {
    let (a, b, line) = (w.value(t.args[0])?, w.value(t.args[1])?, w.list(&[-1]));
    Ok([emit!(w, "Reshape", [a, line.clone()]), emit!(w, "Reshape", [b, line])])
}

/// `x @ w.T`
fn linear<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<String, String> {
    let (x, weight) = (w.value(t.args[0])?, w.value(t.args[1])?);
    let turned = if t.rank(1)? == 2 { emit!(w, "Transpose", [weight], ints("perm", &[1, 0])) } else { weight };
    Ok(emit!(w, "MatMul", [x, turned]))
}

/// By its parts, for the operator is as new as opset 23; what a mask or an order hides takes that.
fn attention<'m>(w: &mut Writer<'m>, t: &Term<'m>, mask: Option<String>, causal: bool, scale: f64) -> Emitted {
    let [q, k, v] = [w.value(t.args[0])?, w.value(t.args[1])?, w.value(t.args[2])?];
    let rank = t.rank(0)?;
    let hides = causal || (mask.is_some() && t.dtype(3)? == DType::Bool);
    if hides && rank == 4 && t.rank(1)? == 4 && t.rank(2)? == 4 {
        w.needs(23);
        let operands = [q, k, v, mask.unwrap_or_default()];
        return one(w.node("Attention", operands, [float("scale", scale), flag("is_causal", causal)]));
    }
    if causal {
        return Err(format!("ONNX has causal attention for operands of 4 axes, and these have {rank}"));
    }
    let (dtype, axes) = (t.dtype(0)?, t.rank(1)? as i64);
    let mut order: Vec<i64> = (0..axes).collect();
    order.swap(axes as usize - 2, axes as usize - 1);
    let turned = emit!(w, "Transpose", [k], ints("perm", &order));
    let mut scores = emit!(w, "MatMul", [q, turned]);
    if scale != 1.0 {
        let scale = w.scalar(dtype, scale);
        scores = emit!(w, "Mul", [scores, scale]);
    }
    if let Some(mask) = mask {
        scores = match t.dtype(3)? {
            DType::Bool => {
                let hidden = w.scalar(dtype, f64::NEG_INFINITY);
                emit!(w, "Where", [mask, scores, hidden])
            }
            _ => emit!(w, "Add", [scores, mask]),
        };
    }
    let weights = emit!(w, "Softmax", [scores], super::attributes::int("axis", -1));
    one(emit!(w, "MatMul", [weights, v]))
}

/// A product of matrices, one of them transposed when the model runs, plus a bias: one operator transposes on the way.
pub(super) fn gemm<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<Option<String>, String> {
    let Some(product) = w.own(t, 0, "matmul").filter(|_| t.ty().dtype().is_some_and(DType::is_float) && t.ty().rank() == Some(2)) else {
        return Ok(None);
    };
    let turned = [0, 1].map(|i| w.own(&product, i, "permute").filter(|turned| turned.rank(0) == Ok(2) && turned.axes(1) == Ok(vec![1, 0])));
    let fits = product.rank(0)? == 2 && product.rank(1)? == 2 && t.rank(1)? <= 2 && t.ty().shape().same(product.ty().shape());
    if !fits || turned.iter().all(Option::is_none) {
        return Ok(None);
    }
    let mut operands = Vec::new();
    for (i, turned) in turned.iter().enumerate() {
        operands.push(w.value(turned.map_or(product.args[i], |turned| turned.args[0]))?);
    }
    operands.push(w.value(t.args[1])?);
    Ok(Some(w.node("Gemm", operands, [flag("transA", turned[0].is_some()), flag("transB", turned[1].is_some())])))
}
