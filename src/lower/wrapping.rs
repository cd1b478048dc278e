//! Lines that a change makes too long, broken as the language's formatter breaks them: Black and Ruff for Python, rustfmt for Rust.
//!
//! Only what the change touches is broken, only if it was no longer than the limit before, and only where the whole statement stands on
//! one line. White space is put in, and where the formatters do so a pair of parentheses around the value or a comma after the last
//! element.

use super::wrapping_python;
use super::wrapping_rust;
use crate::syntax::{Edit, Language, Node, Span, Step, Tree, apply};

/// How long lines may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineWidths {
    /// Black's and Ruff's `line-length`.
    pub python: usize,
    /// rustfmt's `max_width`.
    pub rust: usize,
}

impl Default for LineWidths {
    fn default() -> Self {
        LineWidths { python: 88, rust: 100 }
    }
}

impl LineWidths {
    fn of(self, language: Language) -> usize {
        match language {
            Language::Python => self.python,
            Language::Rust => self.rust,
        }
    }
}

/// A word or sign of a statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf<'t> {
    pub text: &'t str,
    /// White space stands before it.
    pub spaced: bool,
    /// A line may begin with it (end with it if it is a comma); the greatest number goes first, zero never.
    pub priority: u8,
}

/// The priority of commas.
pub(super) const COMMA: u8 = 18;

impl Leaf<'_> {
    pub fn opens(&self) -> bool {
        matches!(self.text, "(" | "[" | "{")
    }

    pub fn closes(&self) -> bool {
        matches!(self.text, ")" | "]" | "}")
    }

    pub fn is_comma(&self) -> bool {
        self.text == ","
    }
}

/// A statement on one line, or the head of one, as its words.
pub(super) struct Statement<'t> {
    pub leaves: Vec<Leaf<'t>>,
    /// The words of the value that is assigned, returned or asked for.
    pub value: Option<(usize, usize)>,
    pub indent: &'t str,
    pub width: usize,
}

impl Statement<'_> {
    /// A line of words at some depth below the statement.
    pub fn line(&self, depth: usize, leaves: &[Leaf<'_>]) -> String {
        let step = if self.indent.contains('\t') { "\t" } else { "    " };
        let mut line = format!("{}{}", self.indent, step.repeat(depth));
        for (i, leaf) in leaves.iter().enumerate() {
            if leaf.spaced && i > 0 {
                line.push(' ');
            }
            line.push_str(leaf.text);
        }
        line
    }

    pub fn fits(&self, line: &str) -> bool {
        line.chars().count() <= self.width
    }
}

/// What is to be broken, in the new text.
pub(super) struct Place<'t> {
    /// The statement, or its head.
    pub span: Span,
    pub node: Node<'t>,
    pub value: Option<Node<'t>>,
}

/// The same edits with the lines that they make too long broken.
pub fn wrapped(language: Language, text: &str, edits: Vec<Edit>, widths: LineWidths) -> Vec<Edit> {
    let width = widths.of(language);
    let mut edits = edits;
    edits.sort_by_key(|edit| edit.span);
    let mut next = 0;
    while next < edits.len() {
        if let Some(broken) = is_too_long(text, &edits, next, width).and_then(|_| wrap(language, text, &edits, next, width)) {
            edits = broken;
        }
        next += 1;
    }
    edits
}

/// Where an edit's text stands in the new text, line ends around it left out.
fn place_of(edits: &[Edit], index: usize) -> Span {
    let before = &edits[..index];
    let grown: usize = before.iter().map(|edit| edit.text.len()).sum();
    let gone: usize = before.iter().map(|edit| edit.span.len()).sum();
    let start = edits[index].span.start + grown - gone;
    let text = &edits[index].text;
    let blank = text.len() - text.trim_start().len();
    Span::new(start + blank, start + text.trim_end().len().max(blank))
}

/// An edit puts text of one line on a line that it makes longer than the limit.
fn is_too_long(text: &str, edits: &[Edit], index: usize, width: usize) -> Option<()> {
    let edit = &edits[index];
    if edit.text.trim().is_empty() || edit.text.trim().contains('\n') {
        return None;
    }
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = |at: usize| text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    let old = &text[line_start(edit.span.start)..line_end(edit.span.end)];
    let long = |text: &str| text.lines().any(|line| line.trim_end().chars().count() > width);
    if !edit.span.is_empty() && long(old) {
        return None;
    }
    // Edits on the same line grow together; the new text tells for sure.
    let new = apply(text, edits).ok()?;
    let place = place_of(edits, index);
    let start = new[..place.start].rfind('\n').map_or(0, |newline| newline + 1);
    long(new[start..].lines().next()?).then_some(())
}

fn wrap(language: Language, text: &str, edits: &[Edit], index: usize, width: usize) -> Option<Vec<Edit>> {
    let new = apply(text, edits).ok()?;
    let tree = Tree::parse(language, new.as_str());
    let found = tree.node_at(place_of(edits, index))?;
    let place = match language {
        Language::Python => wrapping_python::place(found),
        Language::Rust => wrapping_rust::place(found),
    }?;
    let span = place.span;
    let line = new[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let end = new[span.end..].find('\n').map_or(new.len(), |newline| span.end + newline);
    let (indent, rest) = (&new[line..span.start], new[span.end..end].trim());
    let comment = rest.is_empty() || rest.starts_with('#') || rest.starts_with("//");
    if !indent.trim().is_empty() || !comment || new[span.start..span.end].contains('\n') {
        return None;
    }
    let statement = read(&place, indent, width)?;
    // A comment alone does not make a line too long.
    if statement.fits(new[line..span.end].trim_end()) {
        return None;
    }
    let lines = match language {
        Language::Python => wrapping_python::broken(&statement),
        Language::Rust => wrapping_rust::broken(&statement),
    }?;
    let eol = if new[end.saturating_sub(1)..].starts_with('\r') { "\r\n" } else { "\n" };
    let broken = lines.join(eol).split_off(indent.len());
    let edits = replaced(text, edits, span, &broken)?;
    let after = apply(text, &edits).ok()?;
    let same = says_the_same(&new[span.start..span.end], &broken) && Tree::parse(language, after).first_error().is_none();
    same.then_some(edits)
}

/// The words of a statement; `None` if it holds what is not to be broken.
fn read<'t>(place: &Place<'t>, indent: &'t str, width: usize) -> Option<Statement<'t>> {
    let mut leaves: Vec<Leaf<'t>> = Vec::new();
    let (mut from, mut value) = (0, None);
    let mut walk = place.node.walk();
    let text = place.node.tree().text();
    let mut end = place.span.start;
    while let Some(step) = walk.next() {
        let node = match step {
            Step::Enter(node) => node,
            Step::Leave(node) => {
                if Some(node) == place.value {
                    value = Some((from, leaves.len()));
                }
                continue;
            }
        };
        if Some(node) == place.value {
            from = leaves.len();
        }
        if !place.span.contains(node.span()) {
            if node.span().start >= place.span.end {
                break;
            }
            continue;
        }
        if node.is_comment() || matches!(node.kind(), "lambda" | "block" | "match_expression") {
            return None;
        }
        let whole = matches!(
            node.kind(),
            "string"
                | "concatenated_string"
                | "not in"
                | "is not"
                | "string_literal"
                | "char_literal"
                | "macro_invocation"
                | "closure_expression"
                | "type_arguments"
        );
        if whole {
            walk.skip_children();
        }
        if (whole || node.child_count() == 0) && !node.span().is_empty() {
            let spaced = text[end..node.span().start].contains(char::is_whitespace);
            let after_bracket = leaves.last().is_some_and(Leaf::closes);
            let priority = match place.node.language() {
                Language::Python => wrapping_python::priority(node, after_bracket),
                Language::Rust => wrapping_rust::priority(node),
            };
            leaves.push(Leaf { text: node.text(), spaced, priority });
            end = node.span().end;
        }
    }
    Some(Statement { leaves, value, indent, width })
}

/// The edits with another text in a span of the new text.
fn replaced(text: &str, edits: &[Edit], span: Span, broken: &str) -> Option<Vec<Edit>> {
    let (mut before, mut inside, mut after) = (Vec::new(), Vec::new(), Vec::new());
    let (mut grown, mut shift) = (0isize, 0isize);
    for edit in edits {
        let start = (edit.span.start as isize + grown) as usize;
        let end = start + edit.text.len();
        if end <= span.start {
            before.push(edit.clone());
            shift += edit.text.len() as isize - edit.span.len() as isize;
        } else if start >= span.end {
            after.push(edit.clone());
        } else if start <= span.start && span.end <= end && (start < span.start || span.end < end) {
            // The statement is a new one, within an edit.
            let text = format!("{}{broken}{}", &edit.text[..span.start - start], &edit.text[span.end - start..]);
            inside.push(Edit { span: edit.span, text });
        } else if span.start <= start && end <= span.end {
            inside.push(edit.clone());
        } else {
            return None;
        }
        grown += edit.text.len() as isize - edit.span.len() as isize;
    }
    let within: isize = inside.iter().map(|edit| edit.text.len() as isize - edit.span.len() as isize).sum();
    let is_new = inside.len() == 1 && inside[0].text.len() > broken.len();
    if !is_new {
        let old = Span::new((span.start as isize - shift) as usize, (span.end as isize - shift - within) as usize);
        text.get(old.start..old.end)?;
        inside = vec![Edit { span: old, text: broken.to_owned() }];
    }
    Some(before.into_iter().chain(inside).chain(after).collect())
}

/// Nothing but white space, one pair of parentheses and commas before closing brackets makes the difference.
fn says_the_same(old: &str, new: &str) -> bool {
    let words = |text: &str| -> Vec<char> { text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | ',')).collect() };
    let count = |text: &str, sign: char| text.chars().filter(|c| *c == sign).count();
    let more = |sign| count(new, sign).checked_sub(count(old, sign));
    words(old) == words(new) && matches!((more('('), more(')')), (Some(0), Some(0)) | (Some(1), Some(1))) && more(',').is_some()
}
