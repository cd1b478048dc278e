use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::Duration;

use anyhow::Context;
use notify_debouncer_mini::notify::RecursiveMode;
use notify_debouncer_mini::{DebounceEventResult, new_debouncer};

use crate::project::{Source, language_of, sources};

/// How long a file must have been quiet: an editor writes one in several steps.
const QUIET: Duration = Duration::from_millis(150);

/// Calls `look` with the source files of paths that changed, each time that some did, until it fails.
///
/// # Errors
/// If a path can not be watched, or `look` fails.
pub(super) fn watch(paths: &[PathBuf], look: &mut dyn FnMut(&[Source]) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let (sender, receiver) = channel::<DebounceEventResult>();
    let mut debouncer = new_debouncer(QUIET, sender).context("files can not be watched")?;
    for path in paths {
        // A file is written anew by a rename, which ends the life of the one that is watched; its folder stays.
        let watched = if path.is_file() { path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")) } else { path };
        let mode = if path.is_file() { RecursiveMode::NonRecursive } else { RecursiveMode::Recursive };
        debouncer.watcher().watch(watched, mode).with_context(|| format!("{}: can not be watched", path.display()))?;
    }
    eprintln!("watching for changes; Ctrl-C ends it");
    while let Ok(events) = receiver.recv() {
        let Ok(events) = events else { continue };
        let touched: BTreeSet<PathBuf> = events
            .into_iter()
            .filter(|event| language_of(&event.path).is_some())
            .filter_map(|event| event.path.canonicalize().ok())
            .collect();
        if touched.is_empty() {
            continue;
        }
        let (all, _) = sources(paths);
        let changed: Vec<Source> =
            all.into_iter().filter(|source| source.path.canonicalize().is_ok_and(|path| touched.contains(&path))).collect();
        if !changed.is_empty() {
            look(&changed)?;
        }
    }
    Ok(())
}
