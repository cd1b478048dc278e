//! rustfmt's way to break a line: the value on a line of its own, a chain of methods by its dots, at the operators that hold least, the
//! arguments of a call one below the other.

use super::wrapping::{COMMA, Leaf, Place, Statement};
use super::wrapping_python::pairs;
use crate::syntax::Node;

/// What rustfmt leaves on one line of a call's arguments or a chain of methods, in percent of the width.
const SMALL: usize = 60;
/// A name this short that begins a line has the first of its methods beside it.
const SHORT_NAME: usize = 4;
/// The priority of the dot of a method.
const METHOD: u8 = 20;

/// The statement around a node that can be broken.
pub(super) fn place(node: Node<'_>) -> Option<Place<'_>> {
    let mut above = std::iter::successors(Some(node), |node| node.parent());
    let statement = above.find(|node| node.parent().is_some_and(|parent| parent.kind() == "block"))?;
    let only = if statement.kind() == "expression_statement" { statement.named_children().next()? } else { statement };
    let value = match only.kind() {
        "let_declaration" => only.field("value"),
        "assignment_expression" | "compound_assignment_expr" => only.field("right"),
        "return_expression" => only.named_children().next(),
        "call_expression" | "binary_expression" => Some(only),
        _ => None,
    };
    value.map(|value| Place { span: statement.span(), node: statement, value: Some(value) })
}

/// What a word is as a place to break before; a comma is one to break after.
pub(super) fn priority(node: Node<'_>) -> u8 {
    let Some(parent) = node.parent() else { return 0 };
    match (parent.kind(), node.kind()) {
        ("arguments" | "array_expression" | "tuple_expression", ",") => COMMA,
        ("field_expression", ".") if parent.parent().is_some_and(|call| call.field("function") == Some(parent)) => METHOD,
        ("binary_expression", sign) if parent.field("operator") == Some(node) => match sign {
            "||" => 9,
            "&&" => 8,
            "==" | "!=" | "<" | "<=" | ">" | ">=" => 7,
            "|" => 6,
            "^" => 5,
            "&" => 4,
            "<<" | ">>" => 3,
            "+" | "-" => 2,
            _ => 1,
        },
        _ => 0,
    }
}

/// The statement on several lines.
pub(super) fn broken(statement: &Statement<'_>) -> Option<Vec<String>> {
    let leaves = &statement.leaves;
    let (from, to) = statement.value?;
    let (value, rest) = (&leaves[from..to], &leaves[from..]);
    let own_line = statement.line(1, rest);
    if leaves[..from].last().is_some_and(|sign| sign.text.ends_with('=')) && statement.fits(&own_line) && !is_wide(statement, value) {
        return Some(vec![statement.line(0, &leaves[..from]), own_line]);
    }
    let outside = outside(value);
    let dots: Vec<usize> = outside.iter().copied().filter(|i| value[*i].priority == METHOD).collect();
    let signs = || outside.iter().map(|i| value[*i].priority).filter(|priority| *priority < COMMA).max().filter(|greatest| *greatest > 0);
    let breaks = match (signs(), &dots[..]) {
        (Some(greatest), _) => outside.iter().copied().filter(|i| value[*i].priority == greatest).collect(),
        (None, [first, others @ ..]) if !others.is_empty() => {
            let short = statement.line(0, &leaves[..from + first]).trim_start().chars().count() <= SHORT_NAME;
            if short { others.to_vec() } else { dots.clone() }
        }
        (None, [only]) if !is_wide(statement, &value[*only..]) => vec![*only],
        _ => return arguments(statement, from),
    };
    let mut lines = Vec::new();
    let mut start = 0;
    for end in breaks.into_iter().map(|at| from + at).chain([leaves.len()]) {
        lines.push(statement.line(usize::from(start > 0), &leaves[start..end]));
        start = end;
    }
    Some(lines).filter(|lines| lines.iter().all(|line| statement.fits(line)))
}

/// The arguments of the value's last call, one a line.
fn arguments(statement: &Statement<'_>, from: usize) -> Option<Vec<String>> {
    let leaves = &statement.leaves;
    let (open, close) = pairs(leaves).into_iter().rfind(|(open, close)| *open >= from && open + 1 < *close)?;
    let mut lines = vec![statement.line(0, &leaves[..=open])];
    let mut start = open + 1;
    let commas = outside(&leaves[open + 1..close]).into_iter().map(|i| open + 1 + i).filter(|i| leaves[*i].is_comma());
    for end in commas.map(|comma| comma + 1).chain([close]) {
        if start < end {
            let line = statement.line(1, &leaves[start..end]);
            lines.push(if line.ends_with(',') { line } else { format!("{line},") });
        }
        start = end;
    }
    lines.push(statement.line(0, &leaves[close..]));
    Some(lines).filter(|lines| lines.iter().all(|line| statement.fits(line)))
}

/// The words outside brackets.
fn outside(leaves: &[Leaf<'_>]) -> Vec<usize> {
    let pairs = pairs(leaves);
    (0..leaves.len()).filter(|i| !pairs.iter().any(|(open, close)| open <= i && i <= close)).collect()
}

/// The arguments of a call in it, or a chain of methods, are more than rustfmt leaves on one line.
fn is_wide(statement: &Statement<'_>, value: &[Leaf<'_>]) -> bool {
    let small = statement.width * SMALL / 100;
    let length = |leaves: &[Leaf<'_>]| statement.line(0, leaves).trim_start().chars().count();
    let methods = outside(value).into_iter().filter(|i| value[*i].priority == METHOD).count();
    (methods > 1 && length(value) > small) || pairs(value).into_iter().any(|(open, close)| length(&value[open + 1..close]) > small)
}
