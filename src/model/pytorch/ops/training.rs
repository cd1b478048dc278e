//! Losses.

use super::{Entry, spelled};

pub(super) static OPS: &[Entry] = &[("nll_loss_weighted", |b, t| {
    let mut text = format!("F.nll_loss({}", b.tensors(&t.args[..2])?);
    if t.dtype(2).is_ok() {
        text.push_str(&format!(", {}", b.tensor(t.args[2])?));
    }
    if t.int(4)? != i64::MIN {
        text.push_str(&format!(", ignore_index={}", t.int(4)?));
    }
    let reduction = t.word(3)?;
    let reduction = if reduction == "mean" { String::new() } else { format!(", reduction=\"{reduction}\"") };
    spelled!("{text}{reduction})")
})];
