//! Where the bodies of functions stand in a Python text, found without parsing it: what no rule could change need not be parsed.

use super::Span;

/// Where a function stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionText {
    /// Its first byte, that of `def` or `async`.
    pub start: usize,
    /// From its first statement to the end of its last.
    pub body: Span,
}

/// The outermost functions and methods of a Python text that have their bodies on lines of their own, in order.
///
/// Read by lines, strings and brackets alone. Text that does not follow the grammar gives spans that mean nothing, but they are within
/// the text, apart from each other and on character boundaries.
pub fn python_functions(text: &str) -> Vec<FunctionText> {
    let mut lines = LogicalLines { bytes: text.as_bytes(), at: 0 };
    let mut functions = Vec::new();
    let mut next = lines.next();
    while let Some(line) = next {
        next = lines.next();
        let words = &text.as_bytes()[line.start..line.end];
        if !(words.starts_with(b"def ") || words.starts_with(b"async def ")) || line.holds_statement {
            continue;
        }
        let mut body: Option<Span> = None;
        while let Some(inner) = next.as_ref().filter(|inner| inner.indentation > line.indentation) {
            body = Some(Span::new(body.map_or(inner.start, |body| body.start), inner.end));
            next = lines.next();
        }
        functions.extend(body.map(|body| FunctionText { start: line.start, body }));
    }
    functions
}

/// The lines at which a statement begins of which a predicate, given the line without its indentation, says that it is no Python. What
/// they hold is not read on: a quote or a bracket in them closes nothing.
pub fn python_foreign_lines(text: &str, is_foreign: &dyn Fn(&str) -> bool) -> Vec<Span> {
    let mut lines = LogicalLines { bytes: text.as_bytes(), at: 0 };
    let mut found = Vec::new();
    while lines.indentation().is_some() {
        let start = lines.at;
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        if is_foreign(&text[start..end]) {
            found.push(Span::new(start, end));
            lines.at = end;
        } else if lines.next().is_none() {
            break;
        }
    }
    found
}

/// A statement or the head of one, over as many lines as it takes.
struct LogicalLine {
    indentation: usize,
    start: usize,
    /// Without what follows its last token: spaces, a comment, the line's end.
    end: usize,
    /// Behind a colon outside brackets more follows.
    holds_statement: bool,
}

struct LogicalLines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl LogicalLines<'_> {
    fn next(&mut self) -> Option<LogicalLine> {
        let indentation = self.indentation()?;
        let mut line = LogicalLine { indentation, start: self.at, end: self.at, holds_statement: false };
        let (mut depth, mut colon) = (0usize, false);
        while let Some(&byte) = self.bytes.get(self.at) {
            let token = self.at;
            match byte {
                b'\n' if depth == 0 => break,
                b'#' => {
                    self.skip_line();
                    continue;
                }
                b'\'' | b'"' => self.string(byte),
                b'\\' => {
                    self.at += 1 + usize::from(self.bytes.get(self.at + 1) == Some(&b'\r'));
                    self.at = (self.at + 1).min(self.bytes.len());
                    continue;
                }
                b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' => {
                    self.at += 1;
                    continue;
                }
                b'(' | b'[' | b'{' => (depth, self.at) = (depth + 1, self.at + 1),
                b')' | b']' | b'}' => (depth, self.at) = (depth.saturating_sub(1), self.at + 1),
                _ => self.at += 1,
            }
            line.holds_statement |= colon;
            colon |= byte == b':' && depth == 0 && self.at == token + 1;
            line.end = self.at;
        }
        Some(line)
    }

    /// Goes to the next line that is neither empty nor a comment; `None` at the end.
    fn indentation(&mut self) -> Option<usize> {
        loop {
            let mut width = 0;
            loop {
                match self.bytes.get(self.at)? {
                    b' ' => width += 1,
                    b'\t' => width = (width / 8 + 1) * 8,
                    b'\n' | b'\r' | b'\x0c' => width = 0,
                    0xEF if self.bytes[self.at..].starts_with("\u{feff}".as_bytes()) => self.at += 2,
                    b'#' => break,
                    _ => return Some(width),
                }
                self.at += 1;
            }
            self.skip_line();
        }
    }

    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
    }

    /// Goes behind a string that begins here. One of a single line that is not closed ends with its line.
    fn string(&mut self, quote: u8) {
        let triple = self.bytes[self.at..].starts_with(&[quote; 3]);
        self.at += if triple { 3 } else { 1 };
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 1,
                b'\n' if !triple => return,
                _ if byte == quote && !triple => {
                    self.at += 1;
                    return;
                }
                _ if byte == quote && self.bytes[self.at..].starts_with(&[quote; 3]) => {
                    self.at += 3;
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at = self.bytes.len();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::python_functions;
    use crate::syntax::{Language, Tree};

    fn bodies(text: &str) -> Vec<&str> {
        python_functions(text).into_iter().map(|function| &text[function.body.start..function.body.end]).collect()
    }

    #[test]
    fn bodies_are_those_that_the_parser_finds() {
        let text = r#"
import numpy as np
@decorated(lambda x: x)
def f(a: int = {1: 2}[1], *, b="def g():\n") -> "x: y":
    """A text
def h():
    that is no code"""
    if a:  # a comment
        return (1,
2)
# a comment
    return f'{a:>{b}}' "\"" '''
    '''

class C:
    x = 1
    def m(self):
        def inner():
            return 1
        return \
    2

    async def n(self): return 1
    async def o(self):

        await x
y = [
    def_ for def_ in z]
"#;
        let tree = Tree::parse(Language::Python, text);
        let outermost = tree.root().descendants().filter(|node| node.kind() == "function_definition").filter(|node| {
            let mut above = std::iter::successors(node.parent(), |node| node.parent());
            !above.any(|node| node.kind() == "function_definition")
        });
        let expected: Vec<&str> = outermost.map(|node| node.field("body").unwrap().text()).filter(|body| *body != "return 1").collect();
        assert_eq!(bodies(text), expected);
        assert_eq!(expected.len(), 3);
    }

    proptest! {
        #[test]
        fn any_text_gives_spans_within_it(pieces in prop::collection::vec("def |\n|    |\"\"\"|'|\\\\|#|:|\\(|\\)|é|x|\r|\t", 0..60)) {
            let text = pieces.concat();
            let mut end = 0;
            for span in python_functions(&text).into_iter().map(|function| function.body) {
                prop_assert!(end <= span.start && span.start < span.end && text.get(span.start..span.end).is_some());
                end = span.end;
            }
        }
    }
}
