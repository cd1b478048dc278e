use std::collections::BTreeSet;

use super::File;
use super::render::{self, Rendered, Unwritten, render, render_nodes, with_comma};
use crate::dialect::Precedence;
use crate::rules::{Fix, FixEdit, Template};
use crate::syntax::pattern::{Bound, Match};
use crate::syntax::{Edit, Node, Span, apply};

/// The edits of a fix for a match, and whether every comment is kept.
pub(super) fn edits<'t>(file: File<'_, 't>, fix: &Fix, found: &Match<'t>) -> Result<(Vec<Edit>, bool), Unwritten> {
    let mut all = Vec::new();
    let mut keeps = true;
    for edit in &fix.edits {
        let (edits, kept) = match edit {
            FixEdit::Replace(target, template) => replace(file, target.as_deref(), template, found)?,
            FixEdit::Delete(target) => delete(file, target.as_deref(), found)?,
            FixEdit::Before(template) => (vec![beside(file, template, found, false)?], true),
            FixEdit::After(template) => (vec![beside(file, template, found, true)?], true),
            FixEdit::Argument(template) => (argument(file, template, found)?, true),
            FixEdit::Wrap(template) => (wrap(file, template, found)?, true),
        };
        all.extend(edits);
        keeps &= kept;
    }
    // Two edits of one place would be made one after the other by a person; here they are refused.
    apply(file.text(), &all).map_err(|_| Unwritten::Layout)?;
    Ok((all, keeps))
}

/// The imports that the edits of a fix need.
pub(super) fn imports<'t>(file: File<'_, 't>, fix: &Fix, found: &Match<'t>) -> BTreeSet<Edit> {
    let templates = fix.edits.iter().filter_map(|edit| match edit {
        FixEdit::Replace(_, template)
        | FixEdit::Before(template)
        | FixEdit::After(template)
        | FixEdit::Argument(template)
        | FixEdit::Wrap(template) => Some(template),
        FixEdit::Delete(_) => None,
    });
    templates.flat_map(|template| render::imports(file, template, found)).collect()
}

fn replace<'t>(file: File<'_, 't>, target: Option<&str>, template: &Template, found: &Match<'t>) -> Result<(Vec<Edit>, bool), Unwritten> {
    let place = match target {
        Some(name) => found.node(name).ok_or(Unwritten::Layout)?,
        None => found.first,
    };
    let span = if target.is_some() { place.span() } else { Span::new(found.first.span().start, found.last.span().end) };
    let new = render(file, template, found)?;
    let (place, span) = match place.parent().filter(|parent| parent.kind() == "parenthesized_expression" && span == place.span()) {
        Some(parent) if needs_no_parentheses(parent, &new) => (parent, parent.span()),
        _ => (place, span),
    };
    let keeps = comments(file, span).iter().all(|comment| new.kept.iter().any(|kept| kept.contains(*comment)));
    let text = reindented(file, &new, place);
    let bare = new.precedence >= Precedence::required(place) || statement_of(place).is_some_and(|statement| statement.span() == span);
    let text = if bare { text } else { format!("({text})") };
    Ok((vec![trimmed(file, Edit { span, text })], keeps))
}

/// What stands in parentheses is written without them, on one line.
fn needs_no_parentheses(parent: Node<'_>, new: &Rendered) -> bool {
    let plain = parent.named_children().count() == 1 && !new.text.contains('\n') && !parent.text().contains('\n');
    plain && new.precedence >= Precedence::required(parent)
}

/// Without what both texts begin and end with, as far as that goes by whole names.
fn trimmed(file: File<'_, '_>, edit: Edit) -> Edit {
    let old = &file.text()[edit.span.start..edit.span.end];
    let start = boundary(
        &edit.text,
        old.char_indices().zip(edit.text.chars()).take_while(|((_, a), b)| a == b).map(|((i, c), _)| i + c.len_utf8()).last().unwrap_or(0),
    );
    let (old_rest, new_rest) = (&old[start..], &edit.text[start..]);
    let same = old_rest.chars().rev().zip(new_rest.chars().rev()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum::<usize>();
    let mut same = same;
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    while same > 0
        && (new_rest[new_rest.len() - same..].starts_with(in_name)
            && (new_rest[..new_rest.len() - same].ends_with(in_name) || old_rest[..old_rest.len() - same].ends_with(in_name)))
    {
        same -= new_rest[new_rest.len() - same..].chars().next().map_or(same, char::len_utf8);
    }
    Edit { span: Span::new(edit.span.start + start, edit.span.end - same), text: new_rest[..new_rest.len() - same].to_owned() }
}

/// The last place up to `at` where no name is cut.
fn boundary(text: &str, at: usize) -> usize {
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    let name = text[..at].chars().rev().take_while(|c| in_name(*c)).map(char::len_utf8).sum::<usize>();
    at - name
}

fn delete(file: File<'_, '_>, target: Option<&str>, found: &Match<'_>) -> Result<(Vec<Edit>, bool), Unwritten> {
    let mut nodes = match target {
        None => vec![found.first],
        Some(name) => match found.get(name) {
            Some(Bound::One(node)) => vec![*node],
            Some(Bound::Many(nodes)) => nodes.clone(),
            None => return Err(Unwritten::Layout),
        },
    };
    nodes.dedup();
    let mut edits = Vec::new();
    for node in nodes {
        // A keyword goes with its value.
        let of_keyword = node.parent().filter(|parent| parent.kind() == "keyword_argument" && parent.field("value") == Some(node));
        let node = of_keyword.unwrap_or(node);
        let statement = statement_of(node).filter(|statement| statement.span() == node.span());
        let span = match statement {
            Some(statement) => whole_lines(file.text(), statement).ok_or(Unwritten::Layout)?,
            None => with_comma(node),
        };
        let alone = statement.and_then(Node::parent).is_some_and(|block| block.named_children().filter(|n| !n.is_comment()).count() == 1);
        if alone {
            edits.push(Edit { span: node.span(), text: "pass".to_owned() });
        } else {
            edits.push(Edit { span, text: String::new() });
        }
    }
    let keeps = edits.iter().all(|edit| comments(file, edit.span).is_empty());
    Ok((edits, keeps))
}

/// Statements before or after the one that holds the match, indented as it is.
fn beside<'t>(file: File<'_, 't>, template: &Template, found: &Match<'t>, after: bool) -> Result<Edit, Unwritten> {
    let statement = statement_of(if after { found.last } else { found.first }).ok_or(Unwritten::Layout)?;
    insert_beside(file, statement, &render(file, template, found)?.text, after)
}

/// The edit that puts statements before or after another, indented as it is.
pub(super) fn insert_beside<'t>(file: File<'_, 't>, statement: Node<'t>, new: &str, after: bool) -> Result<Edit, Unwritten> {
    let lines = whole_lines(file.text(), statement).ok_or(Unwritten::Layout)?;
    let indentation = indentation_of(file.text(), statement);
    let end = line_end(file.text());
    let text: String = new.lines().map(|line| if line.is_empty() { end.to_owned() } else { format!("{indentation}{line}{end}") }).collect();
    if after && !file.text()[..lines.end].ends_with('\n') {
        return Ok(Edit { span: Span::new(lines.end, lines.end), text: format!("{end}{}", text.trim_end()) });
    }
    let at = if after { lines.end } else { lines.start };
    Ok(Edit { span: Span::new(at, at), text })
}

/// One more argument at the end of the call that was found.
fn argument<'t>(file: File<'_, 't>, template: &Template, found: &Match<'t>) -> Result<Vec<Edit>, Unwritten> {
    let list = found.first.field("arguments").ok_or(Unwritten::Layout)?;
    let statements = template.source.statements();
    let new = statements.first().and_then(|call| call.field("arguments")).and_then(|list| list.named_children().next());
    let new = new.ok_or(Unwritten::Layout)?;
    let text = render_nodes(file, template, found, new, new)?.text;
    append_argument(file, list, &text)
}

/// The edits that add an argument to a call's list: behind the last, or on a line of its own below it if that has one.
pub(super) fn append_argument(file: File<'_, '_>, list: Node<'_>, argument: &str) -> Result<Vec<Edit>, Unwritten> {
    let insert = |at: usize, text: String| Edit { span: Span::new(at, at), text };
    let given: Vec<Node<'_>> = list.named_children().filter(|node| !node.is_comment()).collect();
    let Some(last) = given.last() else { return Ok(vec![insert(list.span().start + 1, argument.to_owned())]) };
    if !matches!(list.kind(), "argument_list" | "arguments") {
        return Err(Unwritten::Layout);
    }
    let (text, end) = (file.text(), last.span().end);
    let before = &text[list.span().start..last.span().start];
    let own_line = before.rsplit_once('\n').map(|(_, indentation)| indentation).filter(|indentation| indentation.trim().is_empty());
    let Some(indentation) = own_line else { return Ok(vec![insert(end, format!(", {argument}"))]) };
    let comma = std::iter::successors(last.next(), |node| node.next()).any(|node| node.kind() == ",");
    let rest = &text[end..list.span().end];
    let Some(line) = rest.find('\n').map(|at| end + at).filter(|_| comma) else {
        return Ok(vec![insert(end, format!(",{}{indentation}{argument}", line_end(text)))]);
    };
    let line = if text[..line].ends_with('\r') { line - 1 } else { line };
    Ok(vec![insert(line, format!("{}{indentation}{argument},", line_end(text)))])
}

/// The edits that move a statement with its line to just before or after another of the same block.
pub(super) fn moved<'t>(file: File<'_, 't>, statement: Node<'t>, to: Node<'t>, after: bool) -> Result<Vec<Edit>, Unwritten> {
    let text = file.text();
    let lines = whole_lines(text, statement).ok_or(Unwritten::Layout)?;
    let target = whole_lines(text, to).ok_or(Unwritten::Layout)?;
    let at = if after { target.end } else { target.start };
    let moving = &text[lines.start..lines.end];
    if statement.parent() != to.parent() || !moving.ends_with('\n') || !text[..at].ends_with('\n') {
        return Err(Unwritten::Layout);
    }
    let mut edits = vec![Edit { span: Span::new(at, at), text: moving.to_owned() }, Edit { span: lines, text: String::new() }];
    edits.sort_by_key(|edit| edit.span);
    Ok(edits)
}

/// What was found becomes the body of a statement.
fn wrap<'t>(file: File<'_, 't>, template: &Template, found: &Match<'t>) -> Result<Vec<Edit>, Unwritten> {
    let (first, last) = (statement_of(found.first).ok_or(Unwritten::Layout)?, statement_of(found.last).ok_or(Unwritten::Layout)?);
    let header = render(file, template, found)?.text;
    let header = header.lines().next().unwrap_or("").to_owned();
    wrap_statements(file, &header, first, last)
}

/// The edits that put statements below a header such as `with torch.no_grad():`.
pub(super) fn wrap_statements<'t>(file: File<'_, 't>, header: &str, first: Node<'t>, last: Node<'t>) -> Result<Vec<Edit>, Unwritten> {
    let text = file.text();
    let start = whole_lines(text, first).ok_or(Unwritten::Layout)?.start;
    let end = whole_lines(text, last).ok_or(Unwritten::Layout)?.end;
    let step = if indentation_of(text, first).contains('\t') { "\t" } else { "    " };
    let mut edits =
        vec![Edit { span: Span::new(start, start), text: format!("{}{header}{}{step}", indentation_of(text, first), line_end(text)) }];
    let strings: Vec<Span> = std::iter::successors(Some(first), |node| if *node == last { None } else { node.next() })
        .flat_map(Node::descendants)
        .filter(|node| node.kind() == "string")
        .map(Node::span)
        .collect();
    let mut at = start;
    while let Some(next) = text[at..end].find('\n').map(|found| at + found + 1).filter(|next| *next < end) {
        let blank = text[next..end].lines().next().is_none_or(|line| line.trim().is_empty());
        if !blank && !strings.iter().any(|string| string.start < next && next < string.end) {
            edits.push(Edit { span: Span::new(next, next), text: step.to_owned() });
        }
        at = next;
    }
    Ok(edits)
}

/// The statement that a node is in: what stands in a block by itself.
pub(super) fn statement_of(node: Node<'_>) -> Option<Node<'_>> {
    let above = std::iter::successors(Some(node), |node| node.parent());
    above.into_iter().find(|node| node.parent().is_some_and(|parent| matches!(parent.kind(), "block" | "module" | "source_file")))
}

/// The whole lines of a statement that has them for itself; a comment behind it goes with them.
pub(super) fn whole_lines(text: &str, statement: Node<'_>) -> Option<Span> {
    let span = statement.span();
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at + 1);
    let behind = text[span.end..end].trim();
    let alone = text[start..span.start].trim().is_empty() && (behind.is_empty() || behind.starts_with('#') || behind.starts_with("//"));
    alone.then(|| Span::new(start, end))
}

/// The spaces before a statement.
pub(super) fn indentation_of<'t>(text: &'t str, statement: Node<'_>) -> &'t str {
    let start = statement.span().start;
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    &text[line..start]
}

/// How the text ends its lines.
pub(super) fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// Lines after the first are indented as the place is.
fn reindented(file: File<'_, '_>, new: &Rendered, place: Node<'_>) -> String {
    let is_statement = statement_of(place).is_some_and(|statement| statement.span().start == place.span().start);
    if !is_statement || !new.kept.is_empty() && !new.text.contains('\n') {
        return new.text.clone();
    }
    let multiple = new.kept.iter().all(|kept| !file.text()[kept.start..kept.end].contains('\n'));
    if !multiple {
        return new.text.clone();
    }
    let indentation = indentation_of(file.text(), place);
    let end = line_end(file.text());
    new.text.lines().collect::<Vec<_>>().join(&format!("{end}{indentation}"))
}

fn comments(file: File<'_, '_>, span: Span) -> Vec<Span> {
    let Some(around) = file.tree.node_at(span) else { return Vec::new() };
    around.descendants().filter(|node| node.is_comment() && span.contains(node.span())).map(|node| node.span()).collect()
}
