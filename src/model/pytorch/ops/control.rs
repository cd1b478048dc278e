//! What conditions need besides the statements of the language.

use super::{Entry, spelled};

pub(super) static OPS: &[Entry] = &[("require", |b, t| {
    b.helpers.insert("require");
    let (condition, x) = (b.tensor(t.args[0])?, b.tensor(t.args[1])?);
    spelled!("require({condition}, {x}, {:?})", t.word(2)?)
})];
