use std::path::Path;

use super::notebook::{Notebook, NotebookError, text_of_cell};
use super::walk::{SourceError, read_source};
use crate::syntax::Position;

/// A file with the program that it holds: the file itself, or the code cells of a notebook.
#[derive(Debug, Clone)]
pub enum Document {
    /// A source file.
    Text(String),
    /// A notebook.
    Notebook(Box<Notebook>),
}

/// A place as it is told to people: for a notebook in one of its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The cell, from 1.
    pub cell: Option<usize>,
    /// Line and column; those of a notebook are the cell's.
    pub position: Position,
}

/// Why a file holds no program.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It can not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// It is no notebook.
    #[error(transparent)]
    Notebook(#[from] NotebookError),
}

impl Document {
    /// Reads a file.
    ///
    /// # Errors
    /// If it can not be read, or is not what its name says.
    pub fn read(path: &Path) -> Result<Document, DocumentError> {
        Ok(Document::of(path, read_source(path)?)?)
    }

    /// The same for a text that goes by a name.
    ///
    /// # Errors
    /// If it is not what its name says.
    pub fn of(path: &Path, file: String) -> Result<Document, NotebookError> {
        if path.extension().is_some_and(|extension| extension == "ipynb") {
            Ok(Document::Notebook(Box::new(Notebook::read(path, file)?)))
        } else {
            Ok(Document::Text(file))
        }
    }

    /// What is looked at.
    pub fn program(&self) -> &str {
        match self {
            Document::Text(text) => text,
            Document::Notebook(notebook) => notebook.program(),
        }
    }

    /// The file as it was read.
    pub fn file(&self) -> &str {
        match self {
            Document::Text(text) => text,
            Document::Notebook(notebook) => notebook.file(),
        }
    }

    /// The file with another program in it; `None` if a notebook can not hold it.
    pub fn with_program(&self, program: String) -> Option<String> {
        match self {
            Document::Text(_) => Some(program),
            Document::Notebook(notebook) => notebook.with_program(&program),
        }
    }

    /// Where people find a place of the program.
    pub fn place(&self, position: Position) -> Place {
        match self {
            Document::Text(_) => Place { cell: None, position },
            Document::Notebook(notebook) => {
                let (cell, line) = notebook.place(position.line);
                Place { cell: Some(cell), position: Position { line, ..position } }
            }
        }
    }

    /// The part of a program that people look at around a place: all of it, or the place's cell.
    pub fn around<'p>(&self, program: &'p str, place: Place) -> &'p str {
        place.cell.and_then(|cell| text_of_cell(program, cell)).unwrap_or(program)
    }
}
