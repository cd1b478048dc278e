//! Where a page is wrong, and what was expected there.

use std::fmt;
use std::path::{Path, PathBuf};

/// A page that cannot be used, or a claim of it that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}:{column}: {message}", path.display())]
pub struct PageError {
    /// The page.
    pub path: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What was found and what was expected.
    pub message: String,
}

/// Every page that could not be read, in the order of their paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError(pub Vec<PageError>);

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadError {}

/// A place in a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub path: &'a Path,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl<'a> Place<'a> {
    /// The first character of a page.
    pub fn start(path: &'a Path) -> Self {
        Place { path, line: 1, column: 1 }
    }

    /// The place behind `text`, which starts here.
    pub fn after(&self, text: &str) -> Self {
        let lines = text.matches('\n').count();
        let last = text.rsplit('\n').next().unwrap_or(text).chars().count();
        Place { path: self.path, line: self.line + lines, column: if lines == 0 { self.column + last } else { last + 1 } }
    }

    /// An error at this place.
    pub fn error(&self, message: impl Into<String>) -> PageError {
        PageError { path: self.path.to_owned(), line: self.line, column: self.column, message: message.into() }
    }
}
