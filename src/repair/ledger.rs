use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::files::FileEdit;
use crate::syntax::{Edit, Span};

/// Edits that were made one after the other, as edits of the first texts.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    files: BTreeMap<PathBuf, Vec<Entry>>,
}

/// A replacement of the first text, and the steps that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub span: Span,
    pub text: String,
    pub steps: BTreeSet<usize>,
}

impl Ledger {
    /// The replacements in a file, in its order.
    pub fn entries(&self, file: &Path) -> &[Entry] {
        self.files.get(file).map_or(&[], Vec::as_slice)
    }

    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.keys()
    }

    /// Adds edits that were made together, each with its step; `original` gives a file's first text.
    pub fn add(&mut self, edits: Vec<(usize, FileEdit)>, original: &dyn Fn(&Path) -> String) {
        let mut sorted = edits;
        // From the end on, so that each finds its place where it was.
        sorted.sort_by_key(|(_, edit)| edit.edit.span);
        for (step, FileEdit { file, edit }) in sorted.into_iter().rev() {
            let text = original(&file);
            add(self.files.entry(file).or_default(), step, &edit, &text);
        }
    }
}

/// Adds an edit of the present text: beside what was replaced, or merged with what it touches of it.
fn add(entries: &mut Vec<Entry>, step: usize, edit: &Edit, original: &str) {
    let (mut first, mut after) = (0, 0);
    // What the present text is ahead of the first one, and where the edit begins and ends in the first one or in an entry.
    let mut ahead = 0isize;
    let mut merged: Option<(Span, String, usize)> = None;
    let to_original = |at: usize, ahead: isize| (at as isize - ahead) as usize;
    for (index, entry) in entries.iter().enumerate() {
        let start = (entry.span.start as isize + ahead) as usize;
        let end = start + entry.text.len();
        let touches = if edit.span.is_empty() {
            start < edit.span.start && edit.span.start < end
        } else {
            edit.span.start < end && start < edit.span.end || (entry.text.is_empty() && edit.span.start < start && start < edit.span.end)
        };
        if touches {
            let (span, text, begin) = merged.take().unwrap_or_else(|| {
                first = index;
                let begin = edit.span.start.min(start);
                let from = to_original(begin, ahead).min(entry.span.start);
                (Span::new(from, from), String::new(), begin)
            });
            let between = &original[span.end..entry.span.start];
            merged = Some((Span::new(span.start, entry.span.end), format!("{text}{between}{}", entry.text), begin));
            after = index + 1;
        } else if end <= edit.span.start && merged.is_none() {
            first = index + 1;
            after = index + 1;
        } else {
            break;
        }
        ahead += entry.text.len() as isize - entry.span.len() as isize;
    }
    let Some((mut span, mut text, begin)) = merged else {
        let span = Span::new(to_original(edit.span.start, ahead), to_original(edit.span.end, ahead));
        entries.insert(first, Entry { span, text: edit.text.clone(), steps: BTreeSet::from([step]) });
        return;
    };
    if begin + text.len() < edit.span.end {
        let end = to_original(edit.span.end, ahead);
        text.push_str(&original[span.end..end]);
        span.end = end;
    }
    text.replace_range(edit.span.start - begin..edit.span.end - begin, &edit.text);
    let mut steps: BTreeSet<usize> = entries[first..after].iter().flat_map(|entry| entry.steps.iter().copied()).collect();
    steps.insert(step);
    entries.splice(first..after, [Entry { span, text, steps }]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::syntax::apply;

    proptest! {
        #[test]
        fn edits_one_after_the_other_are_edits_of_the_first_text(
            edits in prop::collection::vec((0usize..60, 0usize..8, "[a-z]{0,5}"), 0..12)
        ) {
            let first = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".to_owned();
            let (mut now, mut ledger, file) = (first.clone(), Ledger::default(), PathBuf::from("a"));
            for (step, (start, length, text)) in edits.into_iter().enumerate() {
                let start = start.min(now.len());
                let span = Span::new(start, (start + length).min(now.len()));
                let edit = Edit { span, text };
                now = apply(&now, std::slice::from_ref(&edit)).unwrap();
                ledger.add(vec![(step, FileEdit { file: file.clone(), edit })], &|_| first.clone());
            }
            let all: Vec<Edit> = ledger.entries(&file).iter().map(|e| Edit { span: e.span, text: e.text.clone() }).collect();
            prop_assert_eq!(apply(&first, &all).unwrap(), now);
        }
    }
}
