use std::path::PathBuf;

use crate::project::WriteError;

/// Why a crate was not mended. Nothing of it was changed.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// Cargo could not be run.
    #[error("cannot run cargo, which compiles the crate: {0}")]
    Start(std::io::Error),
    /// Cargo failed before it compiled anything: a broken manifest, a dependency that is missing, a build script that fails.
    #[error("{}: cargo failed before it could compile: {message}", manifest.display())]
    Cargo {
        /// The manifest that it was run for.
        manifest: PathBuf,
        /// What it says.
        message: String,
    },
    /// The errors are not in the crate.
    #[error("{place}: a dependency does not compile, which can not be mended here: {message}")]
    Dependency {
        /// Package, file and line.
        place: String,
        /// What the compiler says.
        message: String,
    },
    /// The compiler can not read a file.
    #[error("{}: byte {at} is not UTF-8, so it can not be compiled; mend it by hand", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first wrong byte.
        at: usize,
    },
    /// The system refused.
    #[error("{}: {error}", path.display())]
    System {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A file could not be written; those before it are as they were.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl RepairError {
    /// For `map_err`: what the system says of a path.
    pub(super) fn system(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> RepairError {
        let path = path.into();
        move |error| RepairError::System { path, error }
    }
}
