//! Trees of files: walking, their words, what git says has changed, atomic writes.

mod changed;
mod clean;
mod document;
mod folders;
mod notebook;
mod record;
mod walk;
mod words;
mod write;

pub use changed::{ChangedLines, changed_since};
pub use clean::refuse_dirty;
pub use document::{Document, DocumentError, Place};
pub use folders::config_folder;
pub use notebook::{Notebook, NotebookError};
pub use record::{RecordError, Recorded, record};
pub use walk::{Source, SourceError, folders_with, language_of, read_source, sources};
pub use words::ProjectWords;
pub use write::{WriteError, create, replace};
