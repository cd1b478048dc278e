//! How ops are written in PyTorch that the dialect's table has no row for, a family a file. A new op is a new entry in one of the tables.

mod control;
mod elementwise;
mod image;
mod indexing;
mod reduction;
mod shape;
mod training;
mod window;

use super::body::Body;
use super::expression::receiver;
use super::numbers::boolean;
use crate::model::term::Term;

pub(super) use window::pad_list;

/// The expression of an op, or why it has none; nothing where the dialect's table says it.
pub(super) type Spelled = Result<Option<String>, String>;

/// How an op becomes an expression.
pub(super) type Spell = fn(&mut Body, &Term) -> Spelled;

/// An op's name and how it is written.
type Entry = (&'static str, Spell);

static TABLES: &[&[Entry]] =
    &[control::OPS, elementwise::OPS, image::OPS, indexing::OPS, reduction::OPS, shape::OPS, training::OPS, window::OPS];

/// How the op of this name is written.
pub(super) fn named(name: &str) -> Option<Spell> {
    TABLES.iter().flat_map(|table| table.iter()).find(|(known, _)| *known == name).map(|(_, spell)| *spell)
}

/// What stands before an axis in an index.
fn before(axis: i64) -> String {
    ":, ".repeat(axis as usize)
}

/// An expression.
macro_rules! spelled {
    ($($argument:tt)*) => {
        Ok(Some(format!($($argument)*)))
    };
}
use spelled;

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
