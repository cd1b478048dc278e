use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::notebook::Notebook;

/// The lines that git says differ from a revision, by file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangedLines {
    files: BTreeMap<PathBuf, Vec<RangeInclusive<usize>>>,
}

impl ChangedLines {
    /// True if any line of a file changed.
    pub fn has_file(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|path| self.files.contains_key(&path))
    }

    /// True if a line between two changed.
    pub fn touches(&self, path: &Path, first: usize, last: usize) -> bool {
        let Ok(path) = path.canonicalize() else { return false };
        self.files.get(&path).is_some_and(|ranges| ranges.iter().any(|r| *r.start() <= last && first <= *r.end()))
    }
}

impl ChangedLines {
    /// The same for a notebook, in lines of its program. A cell whose text is one string of the file counts whole.
    pub fn of_notebook(&self, path: &Path, notebook: &Notebook) -> ChangedLines {
        let changed = notebook.lines_in_file().into_iter().filter(|(_, there)| self.touches(path, *there, *there));
        let ranges = changed.map(|(line, _)| line..=line).collect();
        ChangedLines { files: path.canonicalize().map(|path| (path, ranges)).into_iter().collect() }
    }
}

/// What differs between a revision and the working tree around a folder; files that git does not track yet count whole.
///
/// # Errors
/// If git can not be run, the folder is not in a repository, or the revision is not known.
pub fn changed_since(revision: &str, folder: &Path) -> anyhow::Result<ChangedLines> {
    if revision.starts_with('-') {
        bail!("`{revision}` is not a revision");
    }
    let root = PathBuf::from(git(folder, &["rev-parse", "--show-toplevel"])?.trim());
    let mut changed = ChangedLines::default();
    let diff = git(folder, &["diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-prefix", revision, "--"])?;
    let mut current: Option<PathBuf> = None;
    for line in diff.lines() {
        if let Some(path) = line.strip_prefix("+++ ") {
            current = root.join(path).canonicalize().ok();
        } else if let (Some(hunk), Some(path)) = (line.strip_prefix("@@ "), &current)
            && let Some(range) = new_lines(hunk)
        {
            changed.files.entry(path.clone()).or_default().push(range);
        }
    }
    for path in git(&root, &["ls-files", "--others", "--exclude-standard"])?.lines() {
        if let Ok(path) = root.join(path).canonicalize() {
            changed.files.insert(path, vec![1..=usize::MAX]);
        }
    }
    Ok(changed)
}

/// `-3,2 +5,4 @@` is lines 5 to 8.
fn new_lines(hunk: &str) -> Option<RangeInclusive<usize>> {
    let added = hunk.split_whitespace().find_map(|part| part.strip_prefix('+'))?;
    let (start, count) = added.split_once(',').unwrap_or((added, "1"));
    let (start, count): (usize, usize) = (start.parse().ok()?, count.parse().ok()?);
    (count > 0).then(|| start..=start + count - 1)
}

fn git(folder: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().context("git could not be run")?;
    if !output.status.success() {
        bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
