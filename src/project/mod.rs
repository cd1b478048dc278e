//! Trees of files: walking, configuration, what git says has changed, atomic writes.

mod changed;
mod config;
mod record;
mod suppress;
mod walk;
mod write;

pub use changed::{ChangedLines, changed_since};
pub use config::{Config, ConfigError};
pub use record::{RecordError, Recorded, record};
pub use suppress::Suppressions;
pub use walk::{Source, SourceError, language_of, read_source, sources};
pub use write::{WriteError, replace};
