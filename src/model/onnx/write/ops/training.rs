//! Losses and dropout.

use super::attributes::{int, word};
use super::{Emitted, Entry, Term, Writer, emit, one};

pub(super) static OPS: &[Entry] = &[
    ("nll_loss_weighted", |w, t| {
        let operands = [w.value(t.args[0])?, w.value(t.args[1])?, w.optional(t.args[2])?];
        let ignored = t.int(4)?;
        let mut attributes = vec![word("reduction", t.word(3)?)];
        attributes.extend((ignored != i64::MIN).then(|| int("ignore_index", ignored)));
        one(w.node("NegativeLogLikelihoodLoss", operands, attributes))
    }),
    ("nll_loss", |w, t| classes(w, t, "NegativeLogLikelihoodLoss")),
    ("cross_entropy", |w, t| classes(w, t, "SoftmaxCrossEntropyLoss")),
    ("mse_loss", |w, t| {
        let apart = apart(w, t)?;
        let squares = emit!(w, "Mul", [apart.clone(), apart]);
        reduced(w, t, squares)
    }),
    ("l1_loss", |w, t| {
        let apart = apart(w, t)?;
        let sizes = emit!(w, "Abs", [apart]);
        reduced(w, t, sizes)
    }),
    ("bce_with_logits", |w, t| {
        // (1 - y) * x + softplus(-x)
        let (x, y, unit) = (w.value(t.args[0])?, w.value(t.args[1])?, w.scalar(t.dtype(0)?, 1.0));
        let rest = emit!(w, "Sub", [unit, y]);
        let part = emit!(w, "Mul", [rest, x.clone()]);
        let turned = emit!(w, "Neg", [x]);
        let soft = emit!(w, "Softplus", [turned]);
        let each = emit!(w, "Add", [part, soft]);
        reduced(w, t, each)
    }),
    ("dropout", |w, t| {
        let operands = w.all(&t.args[..3])?;
        Ok(w.nodes("Dropout", operands, 2, [int("seed", t.int(3)?)]))
    }),
];

fn classes<'m>(w: &mut Writer<'m>, t: &Term<'m>, op: &str) -> Emitted {
    let operands = w.all(&t.args[..2])?;
    one(w.node(op, operands, [word("reduction", t.word(2)?)]))
}

fn apart<'m>(w: &mut Writer<'m>, t: &Term<'m>) -> Result<String, String> {
    let (x, y) = (w.value(t.args[0])?, w.value(t.args[1])?);
    Ok(emit!(w, "Sub", [x, y]))
}

/// The mean or the sum of all elements, or each of them.
fn reduced<'m>(w: &mut Writer<'m>, t: &Term<'m>, each: String) -> Emitted {
    let op = match t.word(2)? {
        "none" => return one(each),
        "sum" => "ReduceSum",
        _ => "ReduceMean",
    };
    one(emit!(w, op, [each], int("keepdims", 0)))
}
