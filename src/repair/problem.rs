use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rustfix::{Filter, get_suggestions_from_json};
use serde::Deserialize;

use super::files::{FileEdit, Files};
use crate::syntax::{Edit, Span};

/// An error that the compiler reports in a file of the crate.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    /// What was compiled: packages and targets that need one with errors are not.
    pub unit: String,
    pub code: Option<String>,
    pub message: String,
    /// What the compiler marks first.
    pub mark: Mark,
    /// Everything it marks in files of the crate, in its order.
    pub marks: Vec<Mark>,
    pub notes: Vec<Note>,
    /// What it offers itself.
    pub offers: Vec<Offer>,
}

/// A place that the compiler marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub file: PathBuf,
    pub span: Span,
    pub label: Option<String>,
}

/// What the compiler says further.
#[derive(Debug, Clone)]
pub(super) struct Note {
    pub message: String,
    pub marks: Vec<Mark>,
}

/// A change that the compiler offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    pub message: String,
    /// The compiler is sure of it.
    pub sure: bool,
    pub edits: Vec<FileEdit>,
}

/// How far the compiler gets before it reports an error: mending one may show others of later stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Parse,
    Names,
    Types,
    Borrows,
    Lints,
}

const NAMES: [&str; 27] = [
    "E0106", "E0261", "E0262", "E0401", "E0403", "E0404", "E0405", "E0407", "E0408", "E0411", "E0412", "E0422", "E0423", "E0424", "E0425",
    "E0426", "E0428", "E0432", "E0433", "E0434", "E0437", "E0531", "E0532", "E0574", "E0576", "E0583", "E0637",
];
const BORROWS: [&str; 22] = [
    "E0004", "E0005", "E0373", "E0381", "E0382", "E0384", "E0499", "E0502", "E0503", "E0505", "E0506", "E0507", "E0509", "E0510", "E0515",
    "E0521", "E0594", "E0596", "E0597", "E0621", "E0713", "E0716",
];

impl Problem {
    pub fn stage(&self) -> Stage {
        match self.code.as_deref() {
            Some(code) if NAMES.contains(&code) => Stage::Names,
            Some(code) if BORROWS.contains(&code) => Stage::Borrows,
            Some(code) if is_error_code(code) => Stage::Types,
            Some(_) => Stage::Lints,
            None if self.message.starts_with("lifetime may not live") || self.message.starts_with("captured variable") => Stage::Borrows,
            None if self.message.starts_with("cannot find") => Stage::Names,
            None => Stage::Parse,
        }
    }

    /// `error[E0308]: mismatched types`.
    pub fn headline(&self) -> String {
        match &self.code {
            Some(code) if is_error_code(code) => format!("error[{code}]: {}", self.message),
            _ => format!("error: {}", self.message),
        }
    }

    /// Message, labels and notes, the first first.
    pub fn said(&self) -> impl Iterator<Item = &str> {
        let labels = self.marks.iter().filter_map(|mark| mark.label.as_deref());
        [self.message.as_str()].into_iter().chain(labels).chain(self.notes.iter().map(|note| note.message.as_str()))
    }

    /// The type that is expected and the one that is found, if it is about that.
    pub fn types(&self) -> Option<(String, String)> {
        let noted = self.notes.iter().find_map(|note| {
            let (expected, found) = note.message.strip_prefix("expected ")?.split_once("found ")?;
            Some((quoted(expected)?, quoted(found)?))
        });
        noted.or_else(|| {
            self.marks.iter().filter_map(|mark| mark.label.as_deref()).find_map(|label| {
                let (expected, found) = label.strip_prefix("expected ")?.split_once(", found ")?;
                Some((quoted(expected)?, quoted(found).unwrap_or_else(|| found.to_owned())))
            })
        })
    }
}

/// The first text between backquotes.
pub(super) fn quoted(text: &str) -> Option<String> {
    Some(text.split('`').nth(1)?.to_owned()).filter(|_| text.matches('`').count() >= 2)
}

/// The texts between backquotes.
pub(super) fn all_quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// `E0308` is one, `unused_imports` is not.
pub(super) fn is_error_code(code: &str) -> bool {
    code.strip_prefix('E').is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A message of the compiler, as it writes it.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    message: String,
    code: Option<Code>,
    pub level: String,
    spans: Vec<RawSpan>,
    children: Vec<Message>,
}

#[derive(Debug, Deserialize)]
struct Code {
    code: String,
}

#[derive(Debug, Deserialize)]
struct RawSpan {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    line_start: usize,
    is_primary: bool,
    label: Option<String>,
    expansion: Option<Box<Expansion>>,
}

#[derive(Debug, Deserialize)]
struct Expansion {
    span: RawSpan,
}

/// Where the compiler's file names lead.
pub(super) struct Names<'a> {
    /// Its working folder.
    pub folder: &'a Path,
    /// The folder that is mirrored.
    pub base: &'a Path,
    pub files: &'a Files,
}

impl Names<'_> {
    /// A file of the crate.
    fn own(&self, name: &str) -> Option<PathBuf> {
        let path = self.folder.join(name);
        let path = path.strip_prefix(self.base).ok()?;
        self.files.get(path).map(|_| path.to_owned())
    }

    /// What is marked, or where in the crate the macro is used that made it.
    fn mark(&self, span: &RawSpan) -> Option<Mark> {
        match self.own(&span.file_name) {
            Some(file) => Some(Mark { file, span: Span::new(span.byte_start, span.byte_end), label: span.label.clone() }),
            None => self.mark(&span.expansion.as_ref()?.span).map(|mark| Mark { label: span.label.clone(), ..mark }),
        }
    }

    fn marks(&self, spans: &[RawSpan]) -> Vec<Mark> {
        spans.iter().filter_map(|span| self.mark(span)).collect()
    }
}

impl Message {
    /// An error that is not only a count of errors.
    pub fn is_error(&self) -> bool {
        self.level.starts_with("error") && !self.message.starts_with("aborting due to")
    }

    pub fn text(&self) -> &str {
        &self.message
    }

    /// File and line, as the compiler names them.
    pub fn place(&self) -> Option<String> {
        let span = self.spans.iter().find(|span| span.is_primary)?;
        Some(format!("{}:{}", span.file_name, span.line_start))
    }

    /// The error, if a file of the crate is marked; `json` is the message as it came, in the output for a unit.
    pub fn problem(&self, json: &str, unit: String, names: &Names) -> Option<Problem> {
        let (primary, others): (Vec<&RawSpan>, Vec<&RawSpan>) = self.spans.iter().partition(|span| span.is_primary);
        let marks: Vec<Mark> = primary.into_iter().chain(others).filter_map(|span| names.mark(span)).collect();
        let notes = self.children.iter().map(|child| Note { message: child.message.clone(), marks: names.marks(&child.spans) });
        Some(Problem {
            unit,
            code: self.code.as_ref().map(|code| code.code.clone()),
            message: self.message.clone(),
            mark: marks.first()?.clone(),
            marks,
            notes: notes.collect(),
            offers: offers(json, names),
        })
    }
}

/// What the compiler offers, alternatives taken apart.
fn offers(json: &str, names: &Names) -> Vec<Offer> {
    let mut found: Vec<Offer> = Vec::new();
    for (sure, filter) in [(true, Filter::MachineApplicableOnly), (false, Filter::Everything)] {
        let suggestions = get_suggestions_from_json(json, &HashSet::new(), filter).unwrap_or_default();
        for solution in suggestions.into_iter().flat_map(|suggestion| suggestion.solutions) {
            for edits in alternatives(&solution.replacements, names) {
                if !found.iter().any(|offer| offer.edits == edits) {
                    found.push(Offer { message: solution.message.clone(), sure, edits });
                }
            }
        }
    }
    found
}

/// Replacements that speak of the same place are alternatives, each with as many parts as stand before the place comes again.
fn alternatives(replacements: &[rustfix::Replacement], names: &Names) -> Vec<Vec<FileEdit>> {
    let place = |part: &rustfix::Replacement| (part.snippet.file_name.clone(), part.snippet.range.clone());
    let Some(first) = replacements.first() else { return Vec::new() };
    let parts = replacements.iter().skip(1).position(|part| place(part) == place(first)).map_or(replacements.len(), |at| at + 1);
    let edit = |part: &rustfix::Replacement| {
        let span = Span::new(part.snippet.range.start, part.snippet.range.end);
        Some(FileEdit { file: names.own(&part.snippet.file_name)?, edit: Edit { span, text: part.replacement.clone() } })
    };
    replacements.chunks(parts).filter_map(|chunk| chunk.iter().map(edit).collect()).collect()
}
