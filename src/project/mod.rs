//! Trees of files: walking, their words, configuration, what git says has changed, atomic writes.

mod changed;
mod clean;
mod config;
mod document;
mod notebook;
mod record;
mod suppress;
mod walk;
mod widths;
mod words;
mod write;

pub use changed::{ChangedLines, changed_since};
pub use clean::refuse_dirty;
pub use config::{Config, ConfigError};
pub use document::{Document, DocumentError, Place};
pub use notebook::{Notebook, NotebookError};
pub use record::{RecordError, Recorded, record};
pub use suppress::Suppressions;
pub use walk::{Source, SourceError, language_of, sources};
pub use widths::line_widths;
pub use words::ProjectWords;
pub use write::{WriteError, create, replace};
