use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::syntax::Language;

/// Larger files are data, not source.
const MAX_BYTES: u64 = 4 << 20;
/// The same for notebooks, which hold what they print.
const MAX_NOTEBOOK_BYTES: u64 = 64 << 20;

/// A file to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// Named on the command line, so that not being able to read it is an error.
    pub named: bool,
}

/// Why a file was not looked at.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It could not be read.
    #[error("{path}: {error}; check that it exists and may be read", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// It is not text in UTF-8.
    #[error("{path}: byte {at} is not UTF-8; the file was left alone", path = path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first wrong byte.
        at: usize,
    },
    /// It is larger than any source file.
    #[error("{path}: {bytes} bytes are more than the {most} that are looked at", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The largest that is looked at.
        most: u64,
    },
    /// It is not source in a language that is known.
    #[error("{path}: expected a .py, .ipynb or .rs file", path = path.display())]
    UnknownLanguage {
        /// The file.
        path: PathBuf,
    },
}

/// The language of a file, by its extension.
pub fn language_of(path: &Path) -> Option<Language> {
    match path.extension()?.to_str()? {
        "py" | "pyi" | "ipynb" => Some(Language::Python),
        "rs" => Some(Language::Rust),
        _ => None,
    }
}

/// The source files of paths, sorted. Folders are walked as git would see them: what is ignored or hidden is left out, links are not
/// followed. A file that is named itself is always in.
pub fn sources(paths: &[PathBuf]) -> (Vec<Source>, Vec<SourceError>) {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        if path.is_file() {
            match language_of(path) {
                Some(_) => found.push(Source { path: path.clone(), named: true }),
                None => errors.push(SourceError::UnknownLanguage { path: path.clone() }),
            }
            continue;
        }
        for entry in WalkBuilder::new(path).require_git(false).build() {
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) && language_of(entry.path()).is_some() => {
                    found.push(Source { path: entry.into_path(), named: false });
                }
                Ok(_) => {}
                Err(error) => {
                    let error = error.into_io_error().unwrap_or_else(|| std::io::Error::other("it can not be walked"));
                    errors.push(SourceError::Unreadable { path: path.clone(), error });
                }
            }
        }
    }
    found.sort();
    found.dedup_by(|a, b| a.path == b.path);
    (found, errors)
}

/// The folders in some paths that have a file of one of these names, sorted; folders are walked as for [`sources`].
pub fn folders_with(paths: &[PathBuf], names: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in paths.iter().filter(|path| path.is_dir()) {
        // What cannot be walked the sources tell.
        let files = WalkBuilder::new(path).require_git(false).build().flatten();
        let named = files.filter(|entry| entry.file_name().to_str().is_some_and(|name| names.contains(&name)));
        found.extend(named.filter_map(|entry| entry.path().parent().map(Path::to_owned)));
    }
    found.sort();
    found.dedup();
    found
}

/// A file's text, as it stands: line ends and byte order mark included.
///
/// # Errors
/// If it can not be read, is too large or is not UTF-8.
pub fn read_source(path: &Path) -> Result<String, SourceError> {
    let unreadable = |error| SourceError::Unreadable { path: path.to_owned(), error };
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    let most = if path.extension().is_some_and(|extension| extension == "ipynb") { MAX_NOTEBOOK_BYTES } else { MAX_BYTES };
    if bytes > most {
        return Err(SourceError::TooLarge { path: path.to_owned(), bytes, most });
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|e| SourceError::NotUtf8 { path: path.to_owned(), at: e.utf8_error().valid_up_to() })
}
