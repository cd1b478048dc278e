//! Black's way to break a line: at the last brackets, in parentheses around the value, at the operators that hold least.

use super::wrapping::{COMMA, Leaf, Place, Statement};
use crate::syntax::{Node, Span};

/// The priority of a dot behind a bracket.
const DOT: u8 = 1;

/// The statement around a node that can be broken, or the head of one.
pub(super) fn place(node: Node<'_>) -> Option<Place<'_>> {
    let mut above = std::iter::successors(Some(node), |node| node.parent());
    let statement = above.find(|node| node.kind().ends_with("_statement") || matches!(node.kind(), "block" | "elif_clause"))?;
    let only = || statement.named_children().next();
    let value = match statement.kind() {
        "expression_statement" => {
            only().filter(|inner| matches!(inner.kind(), "assignment" | "augmented_assignment")).and_then(|inner| inner.field("right"))
        }
        "return_statement" => only(),
        "if_statement" | "while_statement" | "elif_clause" => statement.field("condition"),
        _ => None,
    };
    let end = match statement.kind() {
        "expression_statement" | "return_statement" | "assert_statement" => statement.span().end,
        "if_statement" | "while_statement" | "elif_clause" | "for_statement" => {
            let colon = statement.children().find(|child| child.kind() == ":")?.span().end;
            Some(colon).filter(|colon| node.span().end <= *colon)?
        }
        _ => return None,
    };
    // Chained assignments and values in brackets of their own have no parentheses put around them.
    let value = value.filter(|value| !matches!(value.kind(), "assignment" | "augmented_assignment" | "yield"));
    Some(Place { span: Span::new(statement.span().start, end), node: statement, value })
}

/// What a word is as a place to break before; a comma is one to break after.
pub(super) fn priority(node: Node<'_>, after_bracket: bool) -> u8 {
    let Some(parent) = node.parent() else { return 0 };
    let operator = parent.field("operator") == Some(node);
    match (parent.kind(), node.kind()) {
        (_, ",") => COMMA,
        (_, ".") if after_bracket => DOT,
        ("for_in_clause", "for" | "async") | ("if_clause", "if") => 20,
        ("conditional_expression", "if" | "else") => 16,
        ("boolean_operator", _) if operator => 14,
        ("comparison_operator", _) if !node.is_named() => 10,
        ("binary_operator", sign) if operator => match sign {
            "|" => 9,
            "^" => 8,
            "&" => 7,
            "<<" | ">>" => 6,
            "+" | "-" => 5,
            "**" => 2,
            _ => 4,
        },
        _ => 0,
    }
}

/// The statement on several lines.
pub(super) fn broken(statement: &Statement<'_>) -> Option<Vec<String>> {
    let leaves = &statement.leaves[..];
    let Some((from, to)) = statement.value else { return at_brackets(statement, 0, leaves, 0, false) };
    if needs_parentheses(statement, &leaves[from..to]) {
        return Some(in_parentheses(statement, from, to));
    }
    let fitting = at_brackets(statement, 0, leaves, from, true);
    fitting.or_else(|| Some(in_parentheses(statement, from, to)).filter(|lines| lines.iter().all(|line| statement.fits(line))))
}

fn in_parentheses(statement: &Statement<'_>, from: usize, to: usize) -> Vec<String> {
    let leaves = &statement.leaves;
    let bracket = |text| Leaf { text, spaced: text == "(", priority: 0 };
    let head: Vec<Leaf<'_>> = leaves[..from].iter().copied().chain([bracket("(")]).collect();
    let tail: Vec<Leaf<'_>> = [bracket(")")].into_iter().chain(leaves[to..].iter().copied()).collect();
    let mut lines = vec![statement.line(0, &head)];
    inner(statement, 1, &leaves[from..to], &mut lines);
    lines.push(statement.line(0, &tail));
    lines
}

/// Parentheses around a value read better than a break at brackets that it has.
fn needs_parentheses(statement: &Statement<'_>, value: &[Leaf<'_>]) -> bool {
    let (greatest, count) = delimiters(value);
    if greatest <= DOT || count > 1 {
        return count > 1;
    }
    let fits = |leaves: &[Leaf<'_>]| statement.fits(&statement.line(1, leaves));
    if value.first().is_some_and(Leaf::opens)
        && let Some(close) = pairs(value).into_iter().find(|(open, _)| *open == 0).map(|(_, close)| close)
    {
        let rest = &value[close..];
        let end = rest.iter().position(Leaf::opens).map_or(rest.len(), |open| open + 1);
        if fits(&rest[..end]) {
            return false;
        }
    }
    match (pairs(value).last(), value.last()) {
        (Some(&(open, close)), Some(last)) if close + 1 == value.len() && last.text != "]" && open + 1 < close => {
            !(value[..open].iter().any(Leaf::opens) || fits(&value[..=open]))
        }
        _ => true,
    }
}

/// A break within the last brackets from which on the first line fits; with `fitting` none if there are no such.
fn at_brackets(statement: &Statement<'_>, depth: usize, leaves: &[Leaf<'_>], from: usize, fitting: bool) -> Option<Vec<String>> {
    let pairs: Vec<(usize, usize)> = pairs(leaves).into_iter().filter(|(open, close)| *open >= from && open + 1 < *close).collect();
    let fits = |open: usize| statement.fits(&statement.line(depth, &leaves[..=open]));
    let found = pairs.iter().rev().find(|(open, _)| fits(*open));
    let (open, close) = *found.or_else(|| pairs.last().filter(|_| !fitting))?;
    let mut lines = vec![statement.line(depth, &leaves[..=open])];
    inner(statement, depth + 1, &leaves[open + 1..close], &mut lines);
    lines.push(statement.line(depth, &leaves[close..]));
    Some(lines)
}

/// What stands within brackets: on one line if it fits, otherwise one part a line.
fn inner(statement: &Statement<'_>, depth: usize, leaves: &[Leaf<'_>], lines: &mut Vec<String>) {
    let whole = statement.line(depth, leaves);
    if statement.fits(&whole) {
        return lines.push(whole);
    }
    let (greatest, count) = delimiters(leaves);
    // A comma behind the only part divides nothing.
    let parts = if greatest > DOT || count > 1 { parts(leaves, greatest) } else { Vec::new() };
    if parts.len() > 1 {
        return parts.iter().for_each(|part| inner(statement, depth, part, lines));
    }
    let split = at_brackets(statement, depth, leaves, 0, false);
    lines.extend(split.unwrap_or_else(|| vec![whole]));
}

/// The parts between the delimiters of one priority.
fn parts<'t>(leaves: &[Leaf<'t>], priority: u8) -> Vec<Vec<Leaf<'t>>> {
    let mut parts: Vec<Vec<Leaf<'t>>> = vec![Vec::new()];
    let mut depth = 0usize;
    for (i, leaf) in leaves.iter().enumerate() {
        depth -= usize::from(leaf.closes()).min(depth);
        let here = depth == 0 && leaf.priority == priority && i > 0;
        if here && priority != COMMA {
            parts.push(Vec::new());
        }
        parts.last_mut().expect("there is one").push(*leaf);
        if here && priority == COMMA {
            parts.push(Vec::new());
        }
        depth += usize::from(leaf.opens());
    }
    parts.retain(|part| !part.is_empty());
    if let Some(last) = parts.last_mut().filter(|last| priority == COMMA && !last.last().is_some_and(Leaf::is_comma)) {
        last.push(Leaf { text: ",", spaced: false, priority: COMMA });
    }
    parts
}

/// The greatest priority outside brackets, and how often it occurs. A comma at the end separates nothing.
fn delimiters(leaves: &[Leaf<'_>]) -> (u8, usize) {
    let (mut greatest, mut count, mut depth) = (0, 0, 0usize);
    for (i, leaf) in leaves.iter().enumerate() {
        depth -= usize::from(leaf.closes()).min(depth);
        let last = leaf.is_comma() && i + 1 == leaves.len();
        if depth == 0 && leaf.priority > 0 && !last {
            match leaf.priority.cmp(&greatest) {
                std::cmp::Ordering::Greater => (greatest, count) = (leaf.priority, 1),
                std::cmp::Ordering::Equal => count += 1,
                std::cmp::Ordering::Less => {}
            }
        }
        depth += usize::from(leaf.opens());
    }
    (greatest, count)
}

/// The outermost brackets, in order.
pub(super) fn pairs(leaves: &[Leaf<'_>]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open = Vec::new();
    for (i, leaf) in leaves.iter().enumerate() {
        if leaf.opens() {
            open.push(i);
        } else if leaf.closes()
            && let Some(start) = open.pop()
            && open.is_empty()
        {
            found.push((start, i));
        }
    }
    found
}
