//! Where the functions of a Python file begin and end, found by one scan of its bytes without parsing.
//!
//! Parsing is most of the time spent on a large tree, and most functions hold nothing that a rule could use. The scan
//! knows strings, comments, brackets and indentation, which is all it takes to tell a function's lines from the rest.

/// A function of a Python file, methods included; functions inside it belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    /// The first byte of the line of `def` (decorators are outside).
    pub start: usize,
    /// The first byte after the header's last line.
    pub body: usize,
    /// The first byte after the last line.
    pub end: usize,
}

/// The outermost functions in order. A file that is not Python gives some ranges or none; it is never an error.
pub fn outline(text: &str) -> Vec<Outline> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
    let mut found: Vec<Outline> = Vec::new();
    let mut open: Option<(usize, Outline)> = None;
    while scan.at < scan.bytes.len() {
        let line = scan.at;
        let indent = scan.indent();
        let blank = matches!(scan.peek(), None | Some(b'\n' | b'\r' | b'#'));
        let header = !blank && scan.at_def();
        scan.logical_line();
        if blank {
            continue;
        }
        if let Some((depth, function)) = &mut open {
            if indent > *depth {
                function.end = scan.at;
                continue;
            }
            found.push(*function);
            open = None;
        }
        if header {
            open = Some((indent, Outline { start: line, body: scan.at, end: scan.at }));
        }
    }
    found.extend(open.map(|(_, function)| function));
    found
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Skips the spaces at the start of a line and returns their width; a tab counts to the next multiple of eight.
    fn indent(&mut self) -> usize {
        let mut width = 0;
        while let Some(byte) = self.peek() {
            match byte {
                b' ' => width += 1,
                b'\t' => width = (width / 8 + 1) * 8,
                b'\x0c' => width = 0,
                _ => break,
            }
            self.at += 1;
        }
        width
    }

    fn at_def(&self) -> bool {
        let rest = &self.bytes[self.at..];
        let rest = rest.strip_prefix(b"async ").unwrap_or(rest);
        rest.starts_with(b"def ") || rest.starts_with(b"def\t")
    }

    /// Moves behind the end of the logical line: over brackets, strings and backslashes.
    fn logical_line(&mut self) {
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\n' if depth == 0 => return,
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                b'\\' => {
                    self.at += usize::from(self.peek() == Some(b'\r'));
                    self.at = (self.at + 1).min(self.bytes.len());
                }
                b'#' => self.comment(),
                b'"' | b'\'' => self.string(byte),
                _ => {}
            }
        }
    }

    fn comment(&mut self) {
        while self.peek().is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    /// Moves behind a string of which the first quote has been read.
    fn string(&mut self, quote: u8) {
        let triple = self.bytes[self.at..].starts_with(&[quote, quote]);
        if triple {
            self.at += 2;
        }
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' => self.at = (self.at + 1).min(self.bytes.len()),
                b'\n' if !triple => return,
                _ if byte != quote => {}
                _ if !triple => return,
                _ if self.bytes[self.at..].starts_with(&[quote, quote]) => {
                    self.at += 2;
                    return;
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn functions(text: &str) -> Vec<&str> {
        outline(text).iter().map(|f| &text[f.start..f.end]).collect()
    }

    #[test]
    fn finds_functions_and_methods_with_what_is_inside_them() {
        let text = "import a\n\n@deco\ndef f(x,\n      y):\n    def g():\n        pass\n    return x\n\nclass C:\n    k = 1\n\n    async def m(self):\n        return 1\n    z = 2\n";
        assert_eq!(
            functions(text),
            ["def f(x,\n      y):\n    def g():\n        pass\n    return x\n", "    async def m(self):\n        return 1\n"]
        );
    }

    #[test]
    fn is_not_fooled_by_strings_comments_and_brackets() {
        let text = "s = '''\ndef no():\n    pass\n'''\nx = [\ndef_ := 1,\n]\n# def no():\ndef yes():\n    '''\ndef no():\n'''\n    t = (1,\n2)\n    return \\\n1\ny = 'def'\n";
        let found = functions(text);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("def yes") && found[0].ends_with("return \\\n1\n"));
    }

    #[test]
    fn the_body_begins_after_the_header() {
        let text = "def f(\n    a,\n) -> int:\n    return a\n";
        let [function] = outline(text)[..] else { panic!("one function") };
        assert_eq!(&text[function.body..function.end], "    return a\n");
    }

    #[test]
    fn unfinished_text_ends_somewhere() {
        for text in ["def f(", "'''", "def f():\n  \"", "\\", "x = '\\", "async def"] {
            outline(text);
        }
    }
}
