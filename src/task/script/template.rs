//! Pieces of Python with places to fill and lines for some tasks alone.
//!
//! `{{name}}` stands for a value. A line that ends in `#? flag` is for scripts with this flag, `#? !flag` for those without, and
//! `#? a&!b` asks for both; the mark goes.

use std::collections::{BTreeMap, BTreeSet};

/// What a script is filled with.
#[derive(Debug, Clone, Default)]
pub(in crate::task) struct Values {
    texts: BTreeMap<&'static str, String>,
    flags: BTreeSet<&'static str>,
}

impl Values {
    /// Gives a value.
    pub fn set(&mut self, name: &'static str, text: impl ToString) -> &mut Values {
        self.texts.insert(name, text.to_string());
        self
    }

    /// Sets a flag, or not.
    pub fn flag(&mut self, name: &'static str, set: bool) -> &mut Values {
        if set {
            self.flags.insert(name);
        }
        self
    }

    /// Takes a flag back.
    pub fn clear(&mut self, name: &'static str) -> &mut Values {
        self.flags.remove(name);
        self
    }

    /// A piece filled in.
    pub fn fill(&self, piece: &str) -> String {
        let mut filled = String::with_capacity(piece.len());
        for line in piece.lines() {
            let Some(line) = self.asked(line) else { continue };
            self.push(line, &mut filled);
            filled.push('\n');
        }
        filled
    }

    /// The line without its mark, if it belongs to the script.
    fn asked<'l>(&self, line: &'l str) -> Option<&'l str> {
        let Some((line, condition)) = line.split_once("  #? ") else { return Some(line) };
        let holds = |word: &str| match word.strip_prefix('!') {
            Some(flag) => !self.flags.contains(flag),
            None => self.flags.contains(word),
        };
        condition.split('&').all(holds).then_some(line)
    }

    fn push(&self, mut line: &str, filled: &mut String) {
        while let Some((before, rest)) = line.split_once("{{") {
            let Some((name, after)) = rest.split_once("}}") else { break };
            filled.push_str(before);
            filled.push_str(self.texts.get(name).map_or("", String::as_str));
            line = after;
        }
        filled.push_str(line);
    }
}

/// A text as a literal of Python, or of JSON.
pub(in crate::task) fn quoted(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            '\n' => literal.push_str("\\n"),
            '\t' => literal.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => literal.push_str(&format!("\\u{:04x}", c as u32)),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// The longest line of the script.
pub(in crate::task) const WIDTH: usize = 100;

/// `NAME = [...]`, over several lines if it is long.
pub(in crate::task) fn assigned(name: &str, items: &[String], (open, close): (char, char)) -> String {
    let line = format!("{name} = {open}{}{close}\n", items.join(", "));
    if line.chars().count() <= WIDTH {
        return line;
    }
    let lines: String = items.iter().map(|item| format!("    {item},\n")).collect();
    format!("{name} = {open}\n{lines}{close}\n")
}

/// A paragraph in lines that are not too long.
pub(in crate::task) fn wrapped(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_by_their_marks() {
        let mut values = Values::default();
        values.set("n", 3).flag("a", true);
        assert_eq!(values.fill("x = {{n}}  #? a\ny  #? !a\nz  #? a&!b\n  #? a\n"), "x = 3\nz\n\n");
    }

    #[test]
    fn any_text_is_a_literal() {
        assert_eq!(quoted("a\"b\\\n\u{7}"), "\"a\\\"b\\\\\\n\\u0007\"");
    }
}
