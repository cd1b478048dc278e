use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::bail;

/// Files that are named in the message; there may be thousands.
const NAMED: usize = 10;

/// Refuses to go on if git knows of changes that are not committed in a repository that some paths lie in: what is written then could not be
/// told from them, nor be taken back. Paths outside of any repository are let pass.
///
/// # Errors
/// If there are changes, with the files.
pub fn refuse_dirty(paths: &[PathBuf]) -> anyhow::Result<()> {
    let folders: BTreeSet<PathBuf> = paths.iter().filter_map(|path| repository(path)).collect();
    for folder in folders {
        let Ok(output) = Command::new("git").arg("-C").arg(&folder).args(["status", "--porcelain"]).output() else { continue };
        let status = String::from_utf8_lossy(&output.stdout).into_owned();
        let files: Vec<&str> = status.lines().collect();
        if !files.is_empty() {
            let named: String = files.iter().take(NAMED).map(|line| format!("\n  {line}")).collect();
            let more = if files.len() > NAMED { format!("\n  and {} more", files.len() - NAMED) } else { String::new() };
            bail!("{}: changes are not committed; commit them, or pass --allow-dirty:{named}{more}", folder.display());
        }
    }
    Ok(())
}

/// The root of the repository that a path lies in.
fn repository(path: &Path) -> Option<PathBuf> {
    let full = path.canonicalize().ok()?;
    full.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}
