//! The files of a run as they are after what was done so far.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::commands::scan::in_file;
use crate::project::{Document, create, refuse_dirty, replace};

/// Files that change: on the disk if they are written, else in memory alone.
pub(super) struct Tree<'a> {
    paths: &'a [PathBuf],
    pub writes: bool,
    /// Files of git that are not committed may be written over.
    dirty: bool,
    texts: BTreeMap<PathBuf, String>,
    made: BTreeMap<PathBuf, Vec<u8>>,
}

impl<'a> Tree<'a> {
    pub fn new(paths: &'a [PathBuf], writes: bool, dirty: bool) -> Tree<'a> {
        Tree { paths, writes, dirty, texts: BTreeMap::new(), made: BTreeMap::new() }
    }

    /// A source file as it is now.
    pub fn document(&self, path: &Path) -> anyhow::Result<Document> {
        match self.texts.get(path) {
            Some(text) => Ok(Document::of(path, text.clone())?),
            None => Ok(Document::read(path)?),
        }
    }

    /// Gives a source file a new program.
    pub fn put(&mut self, path: &Path, old: &Document, program: String) -> anyhow::Result<()> {
        let new = in_file(path, old, program)?;
        if self.writes {
            replace(path, old.file(), &new)?;
        } else {
            self.texts.insert(path.to_owned(), new);
        }
        Ok(())
    }

    /// The bytes of a file that is or was generated, if it is there.
    pub fn made(&self, path: &Path) -> Option<Vec<u8>> {
        self.made.get(path).cloned().or_else(|| std::fs::read(path).ok())
    }

    /// Makes a file that is generated.
    pub fn make(&mut self, path: &Path, bytes: Vec<u8>) -> anyhow::Result<()> {
        if self.writes {
            create(path, &bytes)?;
        } else {
            self.made.insert(path.to_owned(), bytes);
        }
        Ok(())
    }

    /// The files that were made and are not on the disk.
    pub fn pending(&self) -> impl Iterator<Item = &Path> {
        self.made.keys().map(PathBuf::as_path)
    }

    /// Asks git once, before the first file is written.
    ///
    /// # Errors
    /// If it knows of changes that are not committed.
    pub fn permit(&mut self) -> anyhow::Result<()> {
        if self.writes && !self.dirty {
            refuse_dirty(self.paths)?;
            self.dirty = true;
        }
        Ok(())
    }
}
