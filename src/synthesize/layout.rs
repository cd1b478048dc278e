//! Where a body goes.

use super::hole::Hole;
use super::print::Body;
use crate::lower::LineWidths;
use crate::syntax::{Edit, Language};

/// How lines begin, end and how long they may be where the body goes.
pub struct Layout {
    indent: String,
    newline: &'static str,
    /// Characters that a line has room for.
    pub width: usize,
    /// The placeholder stands on a line of its own.
    own_line: bool,
}

impl Layout {
    /// The layout of a hole in its file, where lines may be so long.
    pub fn of(text: &str, hole: &Hole<'_>, widths: LineWidths) -> Layout {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let start = |at: usize| text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let blank = |from: usize, to: usize| text[from..to].chars().take_while(|c| c.is_whitespace()).collect::<String>();
        let placeholder = hole.placeholder.span().start;
        let own_line = text[start(placeholder)..placeholder].trim().is_empty();
        let indent = if own_line {
            blank(start(placeholder), placeholder)
        } else {
            let function = hole.function.span().start;
            format!("{}    ", blank(start(function), function))
        };
        let width = if hole.function.language() == Language::Python { widths.python } else { widths.rust };
        Layout { width: width.saturating_sub(indent.chars().count()), indent, newline, own_line }
    }

    /// The edits that put a body in the place of a hole.
    pub fn edits(&self, hole: &Hole<'_>, body: &Body) -> Vec<Edit> {
        let lines = body.statements.join(&format!("{}{}", self.newline, self.indent));
        let span = hole.placeholder.span();
        let mut edits: Vec<Edit> = body.imports.iter().cloned().collect();
        edits.push(match (self.own_line, hole.function.language()) {
            (true, _) => Edit { span, text: lines },
            (false, Language::Python) => Edit { span, text: format!("{}{}{lines}", self.newline, self.indent) },
            (false, Language::Rust) => Edit { span, text: lines },
        });
        edits
    }
}
