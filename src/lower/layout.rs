use super::emit::Refusal;
use crate::ir::Target;
use crate::syntax::{Edit, Node, Span};

/// The text of a statement that binds a value to a new name.
pub(super) fn binding(target: Target, name: &str, value: &str) -> String {
    match target {
        Target::Rust => format!("let {name} = {value};"),
        Target::Numpy | Target::Torch => format!("{name} = {value}"),
    }
}

/// Adds a line before a statement, indented as it is.
///
/// # Errors
/// [`Refusal::Layout`] if it is no statement of a block, or does not begin its line.
pub(super) fn statement_before(statement: Node<'_>, text: &str, new: &str) -> Result<Edit, Refusal> {
    let in_block = statement.parent().is_some_and(|parent| matches!(parent.kind(), "block" | "module" | "source_file"));
    let line = line_of(text, statement.span());
    let indent = &text[line.start..statement.span().start];
    if !in_block || !indent.trim().is_empty() {
        return Err(Refusal::Layout);
    }
    let end = if text[..line.end].ends_with("\r\n") { "\r\n" } else { "\n" };
    Ok(Edit { span: Span { start: line.start, end: line.start }, text: format!("{indent}{new}{end}") })
}

/// Removes a statement with its whole line.
///
/// # Errors
/// If a comment would go with it, or something else stands on its line.
pub(super) fn without_statement(statement: Node<'_>, text: &str) -> Result<Edit, Refusal> {
    let line = line_of(text, statement.span());
    let around = [&text[line.start..statement.span().start], &text[statement.span().end..line.end]];
    if around.iter().any(|part| part.contains(['#', '/'])) || has_comment(statement) {
        return Err(Refusal::Comment);
    }
    if around.iter().any(|part| !part.trim().is_empty()) {
        return Err(Refusal::Layout);
    }
    Ok(Edit { span: line, text: String::new() })
}

/// Replaces an expression by a name, with the parentheses that only held it together.
///
/// # Errors
/// [`Refusal::Comment`] if a comment would be lost.
pub(super) fn named(expression: Node<'_>, text: &str, name: &str) -> Result<Edit, Refusal> {
    if has_comment(expression) {
        return Err(Refusal::Comment);
    }
    let place = match expression.parent() {
        // `return(x)` needs them still.
        Some(parent) if parent.kind() == "parenthesized_expression" && !has_comment(parent) && !follows_word(parent, text) => parent,
        _ => expression,
    };
    Ok(Edit { span: place.span(), text: name.to_owned() })
}

/// An expression's text as it can stand on a line of its own.
pub(super) fn on_its_own(expression: Node<'_>) -> String {
    let text = expression.text();
    let bracketed = matches!(expression.kind(), "call" | "subscript" | "parenthesized_expression");
    if text.contains('\n') && !bracketed { format!("({text})") } else { text.to_owned() }
}

pub(super) fn has_comment(node: Node<'_>) -> bool {
    let mut stack = vec![node];
    while let Some(node) = stack.pop() {
        if node.kind().ends_with("comment") {
            return true;
        }
        stack.extend(node.named_children());
    }
    false
}

fn follows_word(node: Node<'_>, text: &str) -> bool {
    text[..node.span().start].ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// The whole lines that a span touches, the last line's end included.
fn line_of(text: &str, span: Span) -> Span {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at + 1);
    Span { start, end }
}
