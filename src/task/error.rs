use std::fmt;
use std::path::{Path, PathBuf};

/// Why data is refused: where, what is wrong there, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{}: {place}{why}", path.display())]
pub struct TaskError {
    /// The file or folder.
    pub path: PathBuf,
    /// Where in it.
    pub place: Place,
    /// What was expected, what is there, and what to do about it.
    pub why: String,
}

/// A place in data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The whole of it.
    Whole,
    /// A byte, counted from 0.
    Byte(u64),
    /// A row of a table, counted from 1; in a text file its line.
    Row(u64),
    /// A column.
    Column(String),
    /// A field.
    Field(u64, String),
    /// An array of several.
    Array(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Whole => Ok(()),
            Place::Byte(at) => write!(f, "byte {at}: "),
            Place::Row(row) => write!(f, "row {row}: "),
            Place::Column(name) => write!(f, "column `{name}`: "),
            Place::Field(row, name) => write!(f, "row {row}, column `{name}`: "),
            Place::Array(name) => write!(f, "array `{name}`: "),
        }
    }
}

impl TaskError {
    /// An error at a place.
    pub fn at(path: &Path, place: Place, why: impl Into<String>) -> TaskError {
        TaskError { path: path.to_owned(), place, why: why.into() }
    }

    /// An error of the whole file.
    pub fn whole(path: &Path, why: impl fmt::Display) -> TaskError {
        TaskError::at(path, Place::Whole, why.to_string())
    }
}
