use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::RepairError;
use super::files::Files;
use super::workspace::Workspace;

/// A copy of a workspace's sources in which changes are tried, so that the tree itself is never half changed. All but sources and
/// manifests are links to the tree. It lies in the workspace's target folder, always in the same place, so that what cargo knows of it is not
/// lost between runs.
pub(super) struct Shadow {
    /// The folder that is mirrored: the workspace's root, or one above it that holds packages it depends on.
    base: PathBuf,
    /// Its copy.
    pub copy: PathBuf,
    /// What the copy's files hold now.
    written: BTreeMap<PathBuf, std::sync::Arc<str>>,
    /// Files of Rust that are not UTF-8, and the first byte that is not.
    pub broken: BTreeMap<PathBuf, usize>,
    /// Held while the copy is in use.
    _lock: File,
}

impl Shadow {
    /// Copies a workspace, and reads its sources.
    pub fn new(workspace: &Workspace) -> Result<(Shadow, Files), RepairError> {
        let home = workspace.target.join("wright");
        made_as_cargo_does(&workspace.target)?;
        fs::create_dir_all(&home).map_err(RepairError::system(&home))?;
        let lock_path = home.join("lock");
        let lock = File::create(&lock_path).map_err(RepairError::system(&lock_path))?;
        lock.lock().map_err(RepairError::system(&lock_path))?;
        let copy = home.join("tree");
        if copy.exists() {
            fs::remove_dir_all(&copy).map_err(RepairError::system(&copy))?;
        }
        let repository = workspace.root.ancestors().find(|folder| folder.join(".git").exists());
        let roots = workspace.outside.iter().map(PathBuf::as_path).chain(repository).chain([workspace.root.as_path()]);
        let base = roots.map(Path::to_owned).reduce(|a, b| common(&a, &b)).unwrap_or_else(|| workspace.root.clone());
        let mut shadow = Shadow { base, copy, written: BTreeMap::new(), broken: BTreeMap::new(), _lock: lock };
        let mut files = Files::default();
        shadow.mirror(&workspace.root, &workspace.target, &mut files)?;
        if let Some(repository) = repository {
            let above = workspace.root.ancestors().skip(1).take_while(|folder| folder.starts_with(repository));
            for folder in above {
                shadow.link_entries(folder, &workspace.target)?;
            }
        }
        for folder in &workspace.outside {
            let copy = shadow.of(folder);
            if !copy.exists() {
                create_parents(&copy)?;
                link(folder, &copy)?;
            }
        }
        shadow.own_workspace(&workspace.root)?;
        Ok((shadow, files))
    }

    /// Where a path of the tree is in the copy.
    pub fn of(&self, path: &Path) -> PathBuf {
        self.copy.join(path.strip_prefix(&self.base).unwrap_or(Path::new("")))
    }

    /// Where a file of the copy is in the tree.
    pub fn original(&self, relative: &Path) -> PathBuf {
        self.base.join(relative)
    }

    /// A text in which the copy's paths are the tree's.
    pub fn told(&self, text: &str) -> String {
        let (copy, base) = (self.copy.to_string_lossy(), self.base.to_string_lossy());
        text.replace(&*copy, &base)
    }

    /// Makes the copy hold these files.
    pub fn write(&mut self, files: &Files) -> Result<(), RepairError> {
        for (path, text) in files.iter() {
            if self.written.get(path) != Some(text) {
                let full = self.copy.join(path);
                fs::write(&full, text.as_bytes()).map_err(RepairError::system(&full))?;
                self.written.insert(path.clone(), text.clone());
            }
        }
        Ok(())
    }

    /// Copies sources and manifests below a folder and links the rest.
    fn mirror(&mut self, folder: &Path, target: &Path, files: &mut Files) -> Result<(), RepairError> {
        let copy = self.of(folder);
        fs::create_dir_all(&copy).map_err(RepairError::system(&copy))?;
        let mut entries: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(folder).map_err(RepairError::system(folder))? {
            entries.push(entry.map_err(RepairError::system(folder))?.path());
        }
        entries.sort();
        for path in entries {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path == target || name == ".git" {
                continue;
            }
            let metadata = fs::symlink_metadata(&path).map_err(RepairError::system(&path))?;
            let is_source = path.extension().is_some_and(|extension| extension == "rs");
            if metadata.is_dir() && !name.starts_with('.') && !path.join("CACHEDIR.TAG").exists() {
                self.mirror(&path, target, files)?;
            } else if metadata.is_file() && is_source {
                self.copy_source(&path, files)?;
            } else if metadata.is_file() && (name == "Cargo.toml" || name == "Cargo.lock") {
                let copy = self.of(&path);
                fs::copy(&path, &copy).map_err(RepairError::system(&copy))?;
            } else {
                link(&path, &self.of(&path))?;
            }
        }
        Ok(())
    }

    fn copy_source(&mut self, path: &Path, files: &mut Files) -> Result<(), RepairError> {
        let bytes = fs::read(path).map_err(RepairError::system(path))?;
        let copy = self.of(path);
        fs::write(&copy, &bytes).map_err(RepairError::system(&copy))?;
        let relative = path.strip_prefix(&self.base).unwrap_or(path).to_owned();
        match String::from_utf8(bytes) {
            Ok(text) => {
                let text: std::sync::Arc<str> = text.into();
                self.written.insert(relative.clone(), text.clone());
                files.insert(relative, text);
            }
            Err(error) => _ = self.broken.insert(path.to_owned(), error.utf8_error().valid_up_to()),
        }
        Ok(())
    }

    /// Links what stands in a folder beside what is copied.
    fn link_entries(&self, folder: &Path, target: &Path) -> Result<(), RepairError> {
        for entry in fs::read_dir(folder).map_err(RepairError::system(folder))? {
            let path = entry.map_err(RepairError::system(folder))?.path();
            let copy = self.of(&path);
            if path != target && path.file_name().is_some_and(|name| name != ".git") && !copy.exists() {
                link(&path, &copy)?;
            }
        }
        Ok(())
    }

    /// The copy is a workspace of its own, whatever manifests lie above it.
    fn own_workspace(&self, root: &Path) -> Result<(), RepairError> {
        let manifest = self.of(root).join("Cargo.toml");
        let text = fs::read_to_string(&manifest).map_err(RepairError::system(&manifest))?;
        let has_one = text.parse::<toml::Table>().is_ok_and(|table| table.contains_key("workspace"));
        if !has_one {
            fs::write(&manifest, format!("{text}\n[workspace]\n")).map_err(RepairError::system(&manifest))?;
        }
        Ok(())
    }
}

impl Drop for Shadow {
    fn drop(&mut self) {
        // What stays is cleared at the start of the next run.
        let _ = fs::remove_dir_all(&self.copy);
    }
}

/// Cargo marks a target folder as a cache when it makes it; one that is there already it leaves as it is.
fn made_as_cargo_does(target: &Path) -> Result<(), RepairError> {
    if target.exists() {
        return Ok(());
    }
    fs::create_dir_all(target).map_err(RepairError::system(target))?;
    let tag = target.join("CACHEDIR.TAG");
    let text = "Signature: 8a477f597d28d172789f06886806bc55\n# This file is a cache directory tag created by cargo.\n\
                # For information about cache directory tags see https://bford.info/cachedir/\n";
    fs::write(&tag, text).map_err(RepairError::system(&tag))
}

fn create_parents(path: &Path) -> Result<(), RepairError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(RepairError::system(folder))
}

/// The deepest folder above both.
fn common(a: &Path, b: &Path) -> PathBuf {
    a.components().zip(b.components()).take_while(|(a, b)| a == b).map(|(part, _)| part).collect()
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> Result<(), RepairError> {
    std::os::unix::fs::symlink(from, to).map_err(RepairError::system(to))
}

/// Links need a privilege elsewhere.
#[cfg(not(unix))]
fn link(from: &Path, to: &Path) -> Result<(), RepairError> {
    if from.is_dir() {
        fs::create_dir_all(to).map_err(RepairError::system(to))?;
        for entry in fs::read_dir(from).map_err(RepairError::system(from))? {
            let path = entry.map_err(RepairError::system(from))?.path();
            link(&path, &to.join(path.file_name().unwrap_or_default()))?;
        }
        return Ok(());
    }
    fs::copy(from, to).map(|_| ()).map_err(RepairError::system(to))
}
