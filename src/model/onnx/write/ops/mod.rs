//! Which nodes of ONNX an op is, a family a file. A new op is a new entry in one of the tables.

mod activation;
mod computed;
mod constructor;
mod contraction;
mod control;
mod elementwise;
mod functions;
mod image;
mod indexing;
mod integers;
mod normalization;
mod quantization;
mod recurrent;
mod reduction;
mod shape;
mod signal;
mod structure;
mod training;
mod window;

use super::attributes;
use super::writer::Writer;
use crate::model::term::{Term, ty};

/// The names of an op's results, or why it has no form.
pub(super) type Emitted = Result<Vec<String>, String>;

/// How an op becomes nodes.
pub(super) type Emit = for<'m> fn(&mut Writer<'m>, &Term<'m>) -> Emitted;

/// An op's name and what it becomes.
type Entry = (&'static str, Emit);

static TABLES: &[&[Entry]] = &[
    activation::OPS,
    computed::OPS,
    constructor::OPS,
    contraction::OPS,
    control::OPS,
    elementwise::OPS,
    functions::OPS,
    image::OPS,
    indexing::OPS,
    normalization::OPS,
    recurrent::OPS,
    reduction::OPS,
    shape::OPS,
    signal::OPS,
    structure::OPS,
    training::OPS,
    window::OPS,
];

/// What the op of this name becomes.
pub(super) fn named(name: &str) -> Option<Emit> {
    TABLES.iter().flat_map(|table| table.iter()).find(|(known, _)| *known == name).map(|(_, emit)| *emit)
}

/// One result.
pub(super) fn one(name: String) -> Emitted {
    Ok(vec![name])
}

/// The one result of a node.
macro_rules! emit {
    ($w:expr, $op:expr, [$($input:expr),* $(,)?] $(, $attribute:expr)* $(,)?) => {{
        let inputs: Vec<String> = vec![$($input),*];
        $w.node($op, inputs, [$($attribute),*])
    }};
}
use emit;

#[cfg(test)]
mod tests {
    use super::TABLES;
    use crate::ir::OpId;

    #[test]
    fn each_entry_is_an_op_and_no_op_has_two() {
        let names: Vec<&str> = TABLES.iter().flat_map(|table| table.iter()).map(|(name, _)| *name).collect();
        for (i, name) in names.iter().enumerate() {
            assert!(OpId::named(name).is_some(), "no op is named `{name}`");
            assert!(!names[..i].contains(name), "`{name}` is there twice");
        }
    }
}
