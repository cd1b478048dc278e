use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::syntax::{Edit, apply};

/// The texts of a crate's source files, by their path below the folder that is mirrored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Files {
    texts: BTreeMap<PathBuf, Arc<str>>,
}

/// A change of one file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FileEdit {
    pub file: PathBuf,
    pub edit: Edit,
}

impl Files {
    pub fn insert(&mut self, path: PathBuf, text: impl Into<Arc<str>>) {
        self.texts.insert(path, text.into());
    }

    pub fn get(&self, path: &Path) -> Option<&Arc<str>> {
        self.texts.get(path)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&PathBuf, &Arc<str>)> {
        self.texts.iter()
    }

    /// With all edits made; `None` if two are of the same bytes, or one fits no file.
    pub fn edited(&self, edits: &[FileEdit]) -> Option<Files> {
        let mut new = self.clone();
        let touched: BTreeSet<&PathBuf> = edits.iter().map(|edit| &edit.file).collect();
        for file in touched {
            let own: Vec<Edit> = edits.iter().filter(|edit| edit.file == *file).map(|edit| edit.edit.clone()).collect();
            let text = apply(self.get(file)?, &own).ok()?;
            new.insert(file.clone(), text);
        }
        Some(new)
    }
}

/// Where a place of a text is after edits: what is inserted there pushes it on, what replaces it begins there.
pub(super) fn shifted(at: usize, file: &Path, edits: &[FileEdit]) -> usize {
    let own: Vec<&Edit> = edits.iter().filter(|edit| edit.file == file).map(|edit| &edit.edit).collect();
    let at = own.iter().find(|edit| edit.span.start <= at && at < edit.span.end).map_or(at, |edit| edit.span.start);
    let before = own.iter().filter(|edit| edit.span.end <= at);
    before.fold(at, |place, edit| place + edit.text.len() - edit.span.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Span;

    #[test]
    fn places_move_with_edits() {
        let file = PathBuf::from("a.rs");
        let edit =
            |start, end, text: &str| FileEdit { file: file.clone(), edit: Edit { span: Span::new(start, end), text: text.to_owned() } };
        let edits = [edit(2, 2, "use x;"), edit(4, 8, "y")];
        assert_eq!([1, 2, 4, 6, 8, 9].map(|at| shifted(at, &file, &edits)), [1, 8, 10, 10, 11, 12]);
        assert_eq!(shifted(9, Path::new("b.rs"), &edits), 9);
        let mut files = Files::default();
        files.insert(file.clone(), "0123456789");
        assert_eq!(&**files.edited(&edits).unwrap().get(&file).unwrap(), "01use x;23y89");
        assert_eq!(files.edited(&[edit(1, 3, ""), edit(2, 4, "")]), None);
    }
}
