//! Lines of Python as Black would break them.

/// Black's width.
pub(super) const WIDTH: usize = 88;

/// A line of a function's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// Any line.
    Plain(String),
    /// `targets = value`, and what a comment says of it.
    Assign { targets: String, value: String, comment: String },
    /// `return value`, and what a comment says of it.
    Return { value: String, comment: String },
    /// `head:` and what stands under it.
    Block { head: String, body: Vec<Line> },
}

impl Line {
    /// The text, indented.
    pub fn printed(&self, indent: usize, text: &mut String) {
        match self {
            Line::Plain(line) => push(indent, line, text),
            Line::Assign { targets, value, comment } => commented(indent, &format!("{targets} = {value}"), comment, text),
            Line::Return { value, comment } => commented(indent, &format!("return {value}"), comment, text),
            Line::Block { head, body } => {
                push(indent, &format!("{head}:"), text);
                if body.is_empty() {
                    push(indent + 4, "pass", text);
                }
                body.iter().for_each(|line| line.printed(indent + 4, text));
            }
        }
    }
}

/// True if a statement with this text fits a line at this indent.
pub(super) fn fits(indent: usize, line: &str) -> bool {
    indent + line.chars().count() <= WIDTH
}

/// A statement with a comment behind it, or before it where there is no room.
pub(super) fn commented(indent: usize, line: &str, comment: &str, text: &mut String) {
    let whole = format!("{line}  # {comment}");
    if comment.is_empty() {
        push(indent, line, text);
    } else if fits(indent, &whole) {
        push(indent, &whole, text);
    } else {
        push_comment(indent, comment, text);
        push(indent, line, text);
    }
}

fn push_comment(indent: usize, comment: &str, text: &mut String) {
    text.push_str(&format!("{:indent$}# {comment}\n", ""));
}

/// A statement, broken at its last brackets where it does not fit a line.
pub(super) fn push(indent: usize, line: &str, text: &mut String) {
    for (more, line) in broken(indent, line) {
        let indent = indent + more;
        text.push_str(&format!("{:indent$}{line}\n", ""));
    }
}

/// The lines of a statement, each with how much further it is indented.
fn broken(indent: usize, line: &str) -> Vec<(usize, String)> {
    let whole = vec![(0, line.to_owned())];
    if fits(indent, line) || line.starts_with('#') {
        return whole;
    }
    let tail = line.len() - line.trim_end_matches([':', ',']).len();
    let (code, tail) = line.split_at(line.len() - tail);
    if code.starts_with("def ") {
        return broken_head(indent, code);
    }
    let Some(open) = opening(code) else {
        // Black puts parentheses around a value that has no brackets at its end.
        return match code.split_once(" = ") {
            Some((targets, value)) => broken(indent, &format!("{targets} = ({value}){tail}")),
            _ => whole,
        };
    };
    let (head, body, close) = (&code[..=open], &code[open + 1..code.len() - 1], &code[code.len() - 1..]);
    if body.is_empty() {
        return whole;
    }
    let mut lines = vec![(0, head.to_owned())];
    let parts = arguments(body);
    if fits(indent + 4, body) && !body.ends_with(',') {
        lines.push((4, body.to_owned()));
    } else if parts.len() == 1 && head.ends_with(" = (") {
        for part in operands(body) {
            lines.extend(broken(indent + 4, &part).into_iter().map(|(more, line)| (more + 4, line)));
        }
    } else {
        for part in parts {
            lines.extend(broken(indent + 4, &format!("{part},")).into_iter().map(|(more, line)| (more + 4, line)));
        }
    }
    lines.push((0, format!("{close}{tail}")));
    lines
}

/// The lines of the head of a function, without its colon, which is broken at its parameters.
fn broken_head(indent: usize, code: &str) -> Vec<(usize, String)> {
    let (head, rest) = code.split_once('(').unwrap_or((code, ""));
    let (body, output) = rest.split_once(") -> ").unwrap_or((rest, "None"));
    let mut lines = vec![(0, format!("{head}("))];
    if fits(indent + 4, body) {
        lines.push((4, body.to_owned()));
    } else {
        lines.extend(arguments(body).into_iter().map(|part| (4, format!("{part},"))));
    }
    lines.push((0, format!(") -> {output}:")));
    lines
}

/// Where the bracket stands that the last one closes.
fn opening(code: &str) -> Option<usize> {
    if !code.ends_with([')', ']', '}']) {
        return None;
    }
    let mut open = Vec::new();
    let mut quote = None;
    let mut last = None;
    for (at, c) in code.char_indices() {
        match (quote, c) {
            (Some(q), _) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => open.push(at),
            (None, ')' | ']' | '}') => last = open.pop(),
            _ => {}
        }
    }
    last
}

/// The operators before which Black breaks a line, those that bind least first.
const OPERATORS: [&[&str]; 6] =
    [&[" == ", " != ", " < ", " <= ", " > ", " >= "], &[" | "], &[" ^ "], &[" & "], &[" + ", " - "], &[" * ", " / ", " // ", " % ", " @ "]];

/// The operands of the operators that bind least, each behind its operator.
fn operands(body: &str) -> Vec<String> {
    for operators in OPERATORS {
        let (mut depth, mut start) = (0usize, 0);
        let mut parts = Vec::new();
        for (at, c) in body.char_indices() {
            match c {
                '(' | '[' => depth += 1,
                ')' | ']' => depth = depth.saturating_sub(1),
                ' ' if depth == 0 && operators.iter().any(|operator| body[at..].starts_with(operator)) => {
                    parts.push(body[start..at].to_owned());
                    start = at + 1;
                }
                _ => {}
            }
        }
        if start > 0 {
            parts.push(body[start..].to_owned());
            return parts;
        }
    }
    vec![body.to_owned()]
}

/// The parts of a text between commas outside of brackets.
pub(super) fn arguments(body: &str) -> Vec<&str> {
    let (mut depth, mut quote, mut start) = (0usize, None, 0);
    let mut parts = Vec::new();
    for (at, c) in body.char_indices() {
        match (quote, c) {
            (Some(q), _) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(body[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(body[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(indent: usize, line: &str) -> String {
        let mut text = String::new();
        push(indent, line, &mut text);
        text
    }

    #[test]
    fn long_lines_are_broken_at_their_last_brackets() {
        let (a, b) = ("a".repeat(40), "b".repeat(50));
        assert_eq!(printed(0, "x = f(a)"), "x = f(a)\n");
        assert_eq!(printed(4, &format!("x = f({b}, {})", "c".repeat(28))), format!("    x = f(\n        {b}, {}\n    )\n", "c".repeat(28)));
        assert_eq!(printed(0, &format!("x = f({a}, {b})")), format!("x = f(\n    {a},\n    {b},\n)\n"));
        assert_eq!(printed(0, &format!("x = {a} + {b}")), format!("x = (\n    {a}\n    + {b}\n)\n"));
        assert_eq!(printed(0, &format!("def f({a}: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:")).lines().count(), 3);
    }

    #[test]
    fn commas_in_brackets_and_strings_do_not_count() {
        assert_eq!(arguments("a, (b, c), \"d, e\", f[1, 2]"), ["a", "(b, c)", "\"d, e\"", "f[1, 2]"]);
    }
}
