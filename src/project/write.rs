use std::io::Write;
use std::path::{Path, PathBuf};

/// Why a file was not written. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The path is a link: writing it would change a file elsewhere, or make the link a file.
    #[error("{}: a link is not written through; name the file that it points to", .0.display())]
    Link(PathBuf),
    /// Someone else changed it in the meantime.
    #[error("{}: it changed while it was worked on; run again", .0.display())]
    Changed(PathBuf),
    /// The system refused.
    #[error("{path}: {error}; the file is as it was", path = path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
}

/// Writes a file, and its folder if that is not there, in one step: it is there whole or not at all.
///
/// # Errors
/// If it is a link or the system refuses.
pub fn create(path: &Path, contents: &[u8]) -> Result<(), WriteError> {
    let system = |error| WriteError::System { path: path.to_owned(), error };
    if std::fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_symlink()) {
        return Err(WriteError::Link(path.to_owned()));
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(system)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".wright-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).map_err(system)?;
    file.write_all(contents).map_err(system)?;
    file.persist(path).map_err(|e| system(e.error))?;
    Ok(())
}

/// Replaces a file's text in one step: at every moment the file is either old or new. Permissions stay.
///
/// # Errors
/// If the file is a link, is no longer `old`, or can not be written.
pub fn replace(path: &Path, old: &str, new: &str) -> Result<(), WriteError> {
    let system = |error| WriteError::System { path: path.to_owned(), error };
    let metadata = std::fs::symlink_metadata(path).map_err(system)?;
    if metadata.file_type().is_symlink() {
        return Err(WriteError::Link(path.to_owned()));
    }
    if std::fs::read(path).map_err(system)? != old.as_bytes() {
        return Err(WriteError::Changed(path.to_owned()));
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".wright-").tempfile_in(folder).map_err(system)?;
    file.write_all(new.as_bytes()).map_err(system)?;
    file.as_file().sync_all().map_err(system)?;
    std::fs::set_permissions(file.path(), metadata.permissions()).map_err(system)?;
    file.persist(path).map_err(|e| system(e.error))?;
    Ok(())
}
