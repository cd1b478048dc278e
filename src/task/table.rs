//! A table as far as one pass over it tells.

use std::collections::BTreeSet;
use std::path::Path;

use super::column::Column;
use super::error::{Place, TaskError};

/// What a table is stored as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text with this between fields.
    Csv {
        /// A comma in most files.
        delimiter: char,
    },
    /// Apache Parquet.
    Parquet,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// What it is stored as.
    pub format: Format,
    /// Rows, without that of the names.
    pub rows: u64,
    /// What each column holds.
    pub columns: Vec<Column>,
}

/// The names of columns, if they can be told apart. The first may have none, as that of an index that pandas writes.
pub(super) fn checked_names(path: &Path, names: Vec<String>) -> Result<Vec<String>, TaskError> {
    let refused = |why: String| Err(TaskError::at(path, Place::Row(1), why));
    if names.iter().all(|name| name.parse::<f64>().is_ok()) {
        return refused("all fields are numbers; expected the names of the columns: put a row of names before the data".to_owned());
    }
    let mut seen = BTreeSet::new();
    for (index, name) in names.iter().enumerate() {
        if name.is_empty() && index > 0 {
            return refused(format!("column {} has no name; give it one", index + 1));
        }
        if !seen.insert(name) {
            return refused(format!("two columns are named `{name}`; rename one"));
        }
    }
    Ok(names)
}
