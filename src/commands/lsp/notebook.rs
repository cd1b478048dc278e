//! Notebooks: an editor opens them cell by cell, and their code cells are one program.

use std::collections::HashMap;

use lsp_types::notification::Notification;
use lsp_types::{
    CodeActionOrCommand, Diagnostic, Hover, Position, PublishDiagnosticsParams, Range, TextDocumentContentChangeEvent,
    TextDocumentIdentifier, TextDocumentItem, TextEdit, Url, VersionedTextDocumentIdentifier, WorkspaceEdit,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::convert::Encoding;
use super::document::{Document, changed_lines, typed};
use crate::optimize::Options;
use crate::project::Notebook;
use crate::rules::RuleSet;
use crate::syntax::{Edit, LineIndex, apply};

/// What the server says of the notebooks that it wants to hear of.
pub(super) fn capability() -> Value {
    json!({ "notebookSelector": [{ "notebook": "jupyter-notebook", "cells": [{ "language": "python" }] }] })
}

/// `notebookDocument/didOpen`.
pub(super) enum DidOpen {}
/// `notebookDocument/didChange`.
pub(super) enum DidChange {}
/// `notebookDocument/didClose`.
pub(super) enum DidClose {}

impl Notification for DidOpen {
    type Params = Opened;
    const METHOD: &'static str = "notebookDocument/didOpen";
}

impl Notification for DidChange {
    type Params = Changed;
    const METHOD: &'static str = "notebookDocument/didChange";
}

impl Notification for DidClose {
    type Params = Closed;
    const METHOD: &'static str = "notebookDocument/didClose";
}

/// A notebook with the texts of its cells.
#[derive(Debug, Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Opened {
    pub notebook_document: Identified,
    pub cell_text_documents: Vec<TextDocumentItem>,
}

/// What became of a notebook.
#[derive(Debug, Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changed {
    pub notebook_document: Identified,
    pub change: Change,
}

/// A notebook that nobody edits any more.
#[derive(Debug, Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Closed {
    pub notebook_document: Identified,
}

/// Which notebook, and, where it is opened, its cells in order.
#[derive(Debug, Deserialize, serde::Serialize)]
pub(super) struct Identified {
    pub uri: Url,
    #[serde(default)]
    pub cells: Vec<CellItem>,
}

/// A cell by the document that holds its text.
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
pub(super) struct CellItem {
    /// 1 for text, 2 for code.
    pub kind: u8,
    pub document: Url,
}

/// See [`Changed`]: other parts than cells are of no interest.
#[derive(Debug, Deserialize, serde::Serialize)]
pub(super) struct Change {
    #[serde(default)]
    cells: CellChanges,
}

#[derive(Debug, Default, Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", default)]
struct CellChanges {
    structure: Option<Structure>,
    text_content: Vec<TextChange>,
}

/// Cells that came and went.
#[derive(Debug, Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Structure {
    array: Splice,
    #[serde(default)]
    did_open: Vec<TextDocumentItem>,
    #[serde(default)]
    did_close: Vec<TextDocumentIdentifier>,
}

#[derive(Debug, Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Splice {
    start: usize,
    delete_count: usize,
    #[serde(default)]
    cells: Vec<CellItem>,
}

#[derive(Debug, Deserialize, serde::Serialize)]
struct TextChange {
    document: VersionedTextDocumentIdentifier,
    changes: Vec<TextDocumentContentChangeEvent>,
}

/// A notebook that is open in the editor, and what was found in it.
pub(super) struct OpenNotebook {
    cells: Vec<CellItem>,
    texts: HashMap<Url, TextDocumentItem>,
    encoding: Encoding,
    notebook: Notebook,
    /// The program of its code cells.
    program: Document,
}

impl OpenNotebook {
    pub fn new(opened: Opened, encoding: Encoding) -> OpenNotebook {
        let texts = opened.cell_text_documents.into_iter().map(|item| (item.uri.clone(), item)).collect();
        let program = Document::program(&opened.notebook_document.uri, encoding);
        OpenNotebook { cells: opened.notebook_document.cells, texts, encoding, notebook: Notebook::of_cells([]), program }
    }

    /// It has a cell.
    pub fn has(&self, cell: &Url) -> bool {
        self.texts.contains_key(cell)
    }

    /// Its cells.
    pub fn uris(&self) -> impl Iterator<Item = &Url> {
        self.texts.keys()
    }

    /// Takes what was typed and moved; returns the cells that are gone.
    pub fn change(&mut self, change: Change) -> Vec<Url> {
        let mut gone = Vec::new();
        if let Some(structure) = change.cells.structure {
            let start = structure.array.start.min(self.cells.len());
            let end = (start + structure.array.delete_count).min(self.cells.len());
            self.cells.splice(start..end, structure.array.cells);
            for closed in structure.did_close {
                self.texts.remove(&closed.uri);
                gone.push(closed.uri);
            }
            self.texts.extend(structure.did_open.into_iter().map(|item| (item.uri.clone(), item)));
        }
        for changed in change.cells.text_content {
            if let Some(item) = self.texts.get_mut(&changed.document.uri) {
                item.version = changed.document.version;
                typed(&mut item.text, changed.changes, self.encoding);
            }
        }
        gone
    }

    /// Finds what is to be found in the cells as they now are.
    pub fn look(&mut self, options: &Options) {
        let code = self.cells.iter().enumerate().filter(|(_, cell)| cell.kind == 2);
        let texts = code.filter_map(|(index, cell)| {
            let item = self.texts.get(&cell.document).filter(|item| item.language_id == "python")?;
            Some((index + 1, item.text.as_str()))
        });
        self.notebook = Notebook::of_cells(texts);
        self.program.set_text(self.notebook.program().to_owned());
        self.program.look(options);
    }

    /// The diagnostics of each cell.
    pub fn diagnostics(&self) -> Vec<PublishDiagnosticsParams> {
        let mut by_cell: HashMap<&Url, Vec<Diagnostic>> = HashMap::new();
        for diagnostic in self.program.diagnostics() {
            if let Some((uri, range)) = self.in_cell(diagnostic.range) {
                by_cell.entry(uri).or_default().push(Diagnostic { range, ..diagnostic });
            }
        }
        let items = self.texts.values();
        items
            .map(|item| PublishDiagnosticsParams::new(item.uri.clone(), by_cell.remove(&item.uri).unwrap_or_default(), Some(item.version)))
            .collect()
    }

    /// Quick fixes for what is found in a range of a cell.
    pub fn actions(&self, cell: &Url, range: &Range) -> Option<Vec<CodeActionOrCommand>> {
        let range = Range::new(self.in_program(cell, range.start)?, self.in_program(cell, range.end)?);
        let mut actions = self.program.actions_with(&range, &|edits| self.workspace_edit(edits));
        for action in &mut actions {
            let CodeActionOrCommand::CodeAction(action) = action else { continue };
            for diagnostic in action.diagnostics.iter_mut().flatten() {
                diagnostic.range = self.in_cell(diagnostic.range).map_or(diagnostic.range, |(_, range)| range);
            }
        }
        Some(actions)
    }

    /// The page of the rule of what is found at a place of a cell.
    pub fn hover(&self, cell: &Url, position: Position, rules: &RuleSet) -> Option<Hover> {
        let hover = self.program.hover(self.in_program(cell, position)?, rules)?;
        Some(Hover { range: hover.range.and_then(|range| self.in_cell(range)).map(|(_, range)| range), ..hover })
    }

    /// The cell of a range of the program, and the range there.
    fn in_cell(&self, range: Range) -> Option<(&Url, Range)> {
        let (number, first) = self.notebook.place(range.start.line as usize + 1);
        let (end, last) = self.notebook.place(range.end.line as usize + 1);
        let cell = self.cells.get(number.checked_sub(1)?)?;
        let start = Position::new(first as u32 - 1, range.start.character);
        let end = if end == number { Position::new(last as u32 - 1, range.end.character) } else { start };
        Some((&cell.document, Range::new(start, end)))
    }

    /// The place in the program of one in a cell.
    fn in_program(&self, cell: &Url, position: Position) -> Option<Position> {
        let number = self.cells.iter().position(|known| known.document == *cell)? + 1;
        let line = self.notebook.line_of(number, position.line as usize + 1)?;
        Some(Position::new(line as u32 - 1, position.character))
    }

    /// What edits of the program do to its cells.
    fn workspace_edit(&self, edits: &[Edit]) -> WorkspaceEdit {
        let program = apply(self.notebook.program(), edits).unwrap_or_else(|_| self.notebook.program().to_owned());
        let mut changes: HashMap<Url, Vec<TextEdit>> = HashMap::new();
        for (index, cell) in self.cells.iter().enumerate() {
            let Some(item) = self.texts.get(&cell.document) else { continue };
            let edit = self.notebook.cell_text(&program, index + 1).and_then(|new| changed_lines(&item.text, &new));
            if let Some(edit) = edit {
                let range = self.encoding.range(&item.text, &LineIndex::new(&item.text), edit.span);
                changes.insert(item.uri.clone(), vec![TextEdit::new(range, edit.text)]);
            }
        }
        WorkspaceEdit::new(changes)
    }
}
