//! Losses and dropout.

use super::attributes::{int, word};
use super::{Emitted, Entry, Term, Writer, one};

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
    ("dropout", |w, t| {
        let operands = w.all(&t.args[..3])?;
        Ok(w.nodes("Dropout", operands, 2, [int("seed", t.int(3)?)]))
    }),
];

fn classes<'m>(w: &mut Writer<'m>, t: &Term<'m>, op: &str) -> Emitted {
    let operands = w.all(&t.args[..2])?;
    one(w.node(op, operands, [word("reduction", t.word(2)?)]))
}
