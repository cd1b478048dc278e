use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::RepairError;
use crate::project::Source;

/// The packages of one workspace that are looked at.
#[derive(Debug, Clone)]
pub(super) struct Workspace {
    pub root: PathBuf,
    pub target: PathBuf,
    /// Packages that are looked at: folder, name and version. Empty for all of the workspace.
    pub packages: Vec<Package>,
    /// Packages elsewhere that its packages depend on.
    pub outside: BTreeSet<PathBuf>,
}

/// A package of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    pub folder: PathBuf,
    pub name: String,
    pub version: String,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct MetadataPackage {
    name: String,
    version: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    path: Option<PathBuf>,
}

/// The folders of the packages that Rust sources lie in, each with its sources.
pub fn crates(sources: &[Source]) -> BTreeMap<PathBuf, Vec<PathBuf>> {
    let mut found: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for source in sources.iter().filter(|source| source.path.extension().is_some_and(|extension| extension == "rs")) {
        let Ok(path) = source.path.canonicalize() else { continue };
        let holds_package = |folder: &&Path| std::fs::metadata(folder.join("Cargo.toml")).is_ok_and(|manifest| manifest.is_file());
        if let Some(folder) = path.ancestors().skip(1).find(holds_package) {
            found.entry(folder.to_owned()).or_default().push(source.path.clone());
        }
    }
    found
}

/// Cargo, as it is run for this program.
pub(super) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.env("CARGO_TERM_COLOR", "never").env("CARGO_TERM_PROGRESS_WHEN", "never").stdin(std::process::Stdio::null());
    cargo
}

impl Workspace {
    /// The workspaces of packages in folders, each with those of its packages.
    pub fn of(folders: impl Iterator<Item = PathBuf>) -> Result<Vec<Workspace>, RepairError> {
        let mut found: Vec<Workspace> = Vec::new();
        let mut sizes: Vec<usize> = Vec::new();
        for folder in folders {
            let metadata = metadata(&folder)?;
            let own = |package: &MetadataPackage| package.manifest_path.parent() == Some(&folder);
            let package = metadata.packages.iter().find(|package| own(package)).map(|package| Package {
                folder: folder.clone(),
                name: package.name.clone(),
                version: package.version.clone(),
            });
            let at = match found.iter().position(|workspace| workspace.root == metadata.workspace_root) {
                Some(at) => at,
                None => {
                    let outside = outside(&metadata)?;
                    sizes.push(metadata.packages.len());
                    found.push(Workspace {
                        root: metadata.workspace_root,
                        target: metadata.target_directory,
                        packages: Vec::new(),
                        outside,
                    });
                    found.len() - 1
                }
            };
            found[at].packages.extend(package);
        }
        for (workspace, size) in found.iter_mut().zip(sizes) {
            if workspace.packages.len() == size {
                workspace.packages.clear();
            }
        }
        Ok(found)
    }
}

/// The packages that depend on each other by path and lie elsewhere.
fn outside(metadata: &Metadata) -> Result<BTreeSet<PathBuf>, RepairError> {
    let paths = |metadata: &Metadata| -> Vec<PathBuf> {
        metadata.packages.iter().flat_map(|package| &package.dependencies).filter_map(|dependency| dependency.path.clone()).collect()
    };
    let mut found = BTreeSet::new();
    let mut open = paths(metadata);
    while let Some(folder) = open.pop() {
        if folder.starts_with(&metadata.workspace_root) || found.contains(&folder) || !folder.join("Cargo.toml").exists() {
            continue;
        }
        open.extend(paths(&self::metadata(&folder)?));
        found.insert(folder);
    }
    Ok(found)
}

/// What cargo says of the workspace that a folder's package is in.
fn metadata(folder: &Path) -> Result<Metadata, RepairError> {
    let output =
        cargo().args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(folder).output().map_err(RepairError::Start)?;
    let failed = |message: String| RepairError::Cargo { manifest: folder.join("Cargo.toml"), message };
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| failed(format!("cargo metadata: {error}")))
}
