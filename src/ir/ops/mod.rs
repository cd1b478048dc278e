//! The op tables, a file a family. A new op is a new entry in one of them.

use super::OpDef;

/// Every table.
pub static TABLES: &[&[OpDef]] = &[];
