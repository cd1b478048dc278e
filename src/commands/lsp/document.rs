use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, Diagnostic, DiagnosticSeverity, Hover, HoverContents, MarkupContent, MarkupKind,
    NumberOrString, Position, Range, TextDocumentContentChangeEvent, TextEdit, Url, WorkspaceEdit,
};

use super::super::rewriting::{Allowed, Job, Surroundings};
use super::convert::Encoding;
use crate::facts::Outside;
use crate::optimize::{Error, Finding, Options};
use crate::project::language_of;
use crate::report::proof;
use crate::rules::{Claim, RuleSet, Safety};
use crate::syntax::{Edit, LineIndex, Span};

/// A text that is open in the editor, and what was found in it.
pub(super) struct Document {
    uri: Url,
    path: PathBuf,
    surroundings: Surroundings,
    text: String,
    version: i32,
    encoding: Encoding,
    /// The text is the program of a notebook.
    of_notebook: bool,
    findings: Vec<Finding>,
    /// What applies all that may be applied without being looked at.
    all_safe: Vec<Edit>,
    /// Why it could not be looked at, with the place.
    error: Option<(Span, String)>,
}

impl Document {
    pub fn new(uri: &Url, text: String, version: i32, encoding: Encoding) -> Document {
        let path = uri.to_file_path().unwrap_or_else(|()| PathBuf::from(uri.path()));
        let surroundings = Surroundings::new(std::slice::from_ref(&path));
        let (findings, all_safe) = (Vec::new(), Vec::new());
        Document { uri: uri.clone(), path, surroundings, text, version, encoding, of_notebook: false, findings, all_safe, error: None }
    }

    /// The program of a notebook's code cells.
    pub fn program(uri: &Url, encoding: Encoding) -> Document {
        Document { of_notebook: true, ..Document::new(uri, String::new(), 0, encoding) }
    }

    /// Another text in the place of the one that there is.
    pub fn set_text(&mut self, text: String) {
        self.text = text;
    }

    pub fn version(&self) -> i32 {
        self.version
    }

    /// Takes what was typed.
    pub fn change(&mut self, changes: Vec<TextDocumentContentChangeEvent>, version: i32) {
        self.version = version;
        typed(&mut self.text, changes, self.encoding);
    }

    /// Finds what is to be found in the text as it now is.
    pub fn look(&mut self, options: &Options) {
        (self.findings, self.all_safe, self.error) = (Vec::new(), Vec::new(), None);
        // The file that a notebook is is no program: an editor opens it cell by cell.
        let notebook = !self.of_notebook && self.path.extension().is_some_and(|extension| extension == "ipynb");
        let Some(language) = language_of(&self.path).filter(|_| !notebook) else { return };
        let outside = self.surroundings.of(&self.path).unwrap_or_else(|_| Outside::default());
        let job = Job { path: &self.path, language, options, outside: &outside, changed: None };
        let looked = catch_unwind(AssertUnwindSafe(|| {
            let (findings, _) = job.findings(&self.text)?;
            let new = if findings.is_empty() { self.text.clone() } else { job.rewritten(&self.text, Allowed::default())? };
            Ok((findings, new))
        }));
        match looked.unwrap_or_else(|_| Err(anyhow::anyhow!("an internal error; please report it with the file"))) {
            Ok((findings, new)) => {
                self.all_safe = changed_lines(&self.text, &new).into_iter().collect();
                self.findings = findings;
            }
            Err(error) => {
                let at = match error.downcast_ref() {
                    Some(Error::Syntax { place, .. }) => LineIndex::new(&self.text).start_of(place.line).unwrap_or(0) + place.column - 1,
                    _ => 0,
                };
                self.error = Some((Span::new(at, at), error.to_string()));
            }
        }
    }

    /// All findings. What does not parse is no news to who types: the editor's own language says it.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let lines = LineIndex::new(&self.text);
        let found = self.findings.iter().map(|finding| self.diagnostic(&lines, finding));
        let failed = self.error.iter().filter(|(_, message)| !message.contains("a syntax error")).map(|(span, message)| Diagnostic {
            range: self.encoding.range(&self.text, &lines, *span),
            severity: Some(DiagnosticSeverity::ERROR),
            source: Some("wright".to_owned()),
            message: message.clone(),
            ..Diagnostic::default()
        });
        found.chain(failed).collect()
    }

    /// Quick fixes for what is found in a range, and what applies all safe ones.
    pub fn actions(&self, range: &Range) -> Vec<CodeActionOrCommand> {
        let lines = LineIndex::new(&self.text);
        self.actions_with(range, &|edits| self.workspace_edit(&lines, edits))
    }

    /// The same with the edits of the text told in another way.
    pub fn actions_with(&self, range: &Range, told: &dyn Fn(&[Edit]) -> WorkspaceEdit) -> Vec<CodeActionOrCommand> {
        let lines = LineIndex::new(&self.text);
        let start = self.encoding.byte(&self.text, &lines, range.start);
        let end = self.encoding.byte(&self.text, &lines, range.end);
        let near = self.findings.iter().filter(|finding| {
            let span = span_of(&self.text, &lines, finding);
            span.start <= end && start <= span.end && !finding.edits.is_empty()
        });
        let mut actions: Vec<CodeAction> = near
            .map(|finding| CodeAction {
                title: format!("{}: {}", finding.rule, finding.message.replace('`', "")),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![self.diagnostic(&lines, finding)]),
                edit: Some(told(&finding.edits)),
                is_preferred: Some(Allowed::default().permits(finding)),
                ..CodeAction::default()
            })
            .collect();
        if !self.all_safe.is_empty() {
            actions.push(CodeAction {
                title: "Apply all that is safe".to_owned(),
                kind: Some(CodeActionKind::SOURCE_FIX_ALL),
                edit: Some(told(&self.all_safe)),
                ..CodeAction::default()
            });
        }
        actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()
    }

    /// The page of the rule of what is found at a place, and the proof.
    pub fn hover(&self, position: Position, rules: &RuleSet) -> Option<Hover> {
        let lines = LineIndex::new(&self.text);
        let at = self.encoding.byte(&self.text, &lines, position);
        let finding = self.findings.iter().find(|finding| {
            let span = span_of(&self.text, &lines, finding);
            span.start <= at && at <= span.end
        })?;
        let page = rules.get(&finding.rule).map_or("", |rule| rule.page.as_str());
        // The front matter is for machines.
        let page = page.splitn(3, "---\n").nth(2).unwrap_or(page).trim();
        let proof = finding.proof.as_ref().map_or(String::new(), |steps| format!("\n\n## Proof\n```text\n{}```\n", proof(steps)));
        let value = format!("**{}** ({})\n\n{page}{proof}", finding.rule, finding.claim.name());
        Some(Hover {
            contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value }),
            range: Some(self.encoding.range(&self.text, &lines, span_of(&self.text, &lines, finding))),
        })
    }

    fn diagnostic(&self, lines: &LineIndex<'_>, finding: &Finding) -> Diagnostic {
        let severity = match finding.claim {
            Claim::Safety(Safety::Safe | Safety::Unsafe) => DiagnosticSeverity::WARNING,
            Claim::Safety(Safety::Display) => DiagnosticSeverity::INFORMATION,
            Claim::Effect(_) => DiagnosticSeverity::HINT,
        };
        Diagnostic {
            range: self.encoding.range(&self.text, lines, span_of(&self.text, lines, finding)),
            severity: Some(severity),
            code: Some(NumberOrString::String(finding.rule.clone())),
            source: Some("wright".to_owned()),
            message: finding.message.replace('`', ""),
            ..Diagnostic::default()
        }
    }

    fn workspace_edit(&self, lines: &LineIndex<'_>, edits: &[Edit]) -> WorkspaceEdit {
        let edits = edits.iter().map(|edit| TextEdit::new(self.encoding.range(&self.text, lines, edit.span), edit.text.clone()));
        WorkspaceEdit::new(HashMap::from([(self.uri.clone(), edits.collect())]))
    }
}

/// Where a finding begins and ends.
fn span_of(text: &str, lines: &LineIndex<'_>, finding: &Finding) -> Span {
    let byte = |place: crate::syntax::Position| {
        let start = lines.start_of(place.line).unwrap_or(text.len());
        text[start..].char_indices().nth(place.column - 1).map_or(text.len(), |(at, _)| start + at)
    };
    Span::new(byte(finding.start), byte(finding.end))
}

/// Makes the changes of a text that an editor tells of.
pub(super) fn typed(text: &mut String, changes: Vec<TextDocumentContentChangeEvent>, encoding: Encoding) {
    for change in changes {
        match change.range {
            None => *text = change.text,
            Some(range) => {
                let lines = LineIndex::new(text);
                let start = encoding.byte(text, &lines, range.start);
                let end = encoding.byte(text, &lines, range.end).max(start);
                text.replace_range(start..end, &change.text);
            }
        }
    }
}

/// The one edit that turns a text into another, without the lines that both begin and end with.
pub(super) fn changed_lines(old: &str, new: &str) -> Option<Edit> {
    if old == new {
        return None;
    }
    let same = |a: &mut dyn Iterator<Item = (&str, &str)>| a.take_while(|(a, b)| a == b).map(|(a, _)| a.len()).sum::<usize>();
    let start = same(&mut old.split_inclusive('\n').zip(new.split_inclusive('\n')));
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let end = same(&mut old_rest.split_inclusive('\n').rev().zip(new_rest.split_inclusive('\n').rev()));
    Some(Edit { span: Span::new(start, old.len() - end), text: new_rest[..new_rest.len() - end].to_owned() })
}
