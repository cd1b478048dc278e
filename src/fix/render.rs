use std::collections::BTreeSet;

use super::File;
use crate::dialect::{Dialect, Names, Precedence};
use crate::ir::Target;
use crate::rules::Template;
use crate::syntax::pattern::{Bound, Match, metavariable, plain_path};
use crate::syntax::{Edit, Node, Span, apply};

/// Why a template could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unwritten {
    /// A path has no name in the file.
    #[error("it would need `{0}`, which the file does not import")]
    Import(String),
    /// The edits would not fit the layout of the text.
    #[error("the layout of the text does not allow it")]
    Layout,
}

/// A template as text, with the nodes of the old text that it holds.
pub(super) struct Rendered {
    pub text: String,
    pub kept: Vec<Span>,
    pub precedence: Precedence,
}

/// Writes a template for a match: metavariables as the old text has them, paths as the file spells them at the match.
pub(super) fn render<'t>(file: File<'_, 't>, template: &Template, found: &Match<'t>) -> Result<Rendered, Unwritten> {
    let statements = template.source.statements();
    let (Some(first), Some(last)) = (statements.first(), statements.last()) else { return Err(Unwritten::Layout) };
    render_nodes(file, template, found, *first, *last)
}

/// The same for a part of the template.
pub(super) fn render_nodes<'t>(
    file: File<'_, 't>,
    template: &Template,
    found: &Match<'t>,
    first: Node<'_>,
    last: Node<'_>,
) -> Result<Rendered, Unwritten> {
    let source = template.source.tree().text();
    let whole = Span::new(first.span().start, last.span().end);
    let mut writer = Writer { file, found, edits: Vec::new(), kept: Vec::new() };
    let precedence = match metavariable(first).and_then(|(name, _)| found.node(name)) {
        Some(node) => Precedence::of(node),
        None => Precedence::of(first),
    };
    for node in std::iter::successors(Some(first), |node| if *node == last { None } else { node.next() }) {
        writer.write(node)?;
    }
    for edit in &mut writer.edits {
        edit.span = Span::new(edit.span.start - whole.start, edit.span.end - whole.start);
    }
    let text = apply(&source[whole.start..whole.end], &writer.edits).map_err(|_| Unwritten::Layout)?;
    Ok(Rendered { text, kept: writer.kept, precedence })
}

struct Writer<'a, 't> {
    file: File<'a, 't>,
    found: &'a Match<'t>,
    edits: Vec<Edit>,
    kept: Vec<Span>,
}

impl Writer<'_, '_> {
    fn write(&mut self, node: Node<'_>) -> Result<(), Unwritten> {
        if let Some((name, _)) = metavariable(node) {
            return self.variable(node, name);
        }
        if let Some(path) = library_path(node) {
            let (text, _) = spelled(self.file, self.found.first, &path).ok_or(Unwritten::Import(path))?;
            self.edits.push(Edit { span: node.span(), text });
            return Ok(());
        }
        if let Some(text) = self.folded(node) {
            self.edits.push(Edit { span: node.span(), text });
            return Ok(());
        }
        for child in node.named_children() {
            self.write(child)?;
        }
        Ok(())
    }

    /// `$N + 1`, `$N - 1` where `$N` is an integer.
    fn folded(&self, node: Node<'_>) -> Option<String> {
        let (name, _) = metavariable(node.field("left").filter(|_| node.kind() == "binary_operator")?)?;
        let left: i64 = self.found.node(name)?.text().parse().ok()?;
        let right: i64 = node.field("right")?.text().parse().ok()?;
        let value = match node.field("operator")?.text() {
            "+" => left.checked_add(right),
            "-" => left.checked_sub(right),
            _ => None,
        };
        Some(value?.to_string())
    }

    fn variable(&mut self, place: Node<'_>, name: &str) -> Result<(), Unwritten> {
        match self.found.get(name) {
            Some(Bound::One(node)) => {
                self.kept.push(node.span());
                let bare = Precedence::of(*node) >= Precedence::required(place) || is_statement(*node);
                let text = if bare { node.text().to_owned() } else { format!("({})", node.text()) };
                self.edits.push(Edit { span: place.span(), text });
            }
            Some(Bound::Many(nodes)) => match (nodes.first(), nodes.last()) {
                (Some(first), Some(last)) => {
                    let span = Span::new(first.span().start, last.span().end);
                    let between =
                        |list: Node<'_>| list.named_children().filter(|node| !node.is_comment() && span.contains(node.span())).count();
                    let text = if let Some(inside) = whole_list(place, *first, nodes.len()) {
                        self.kept.push(inside);
                        self.file.text()[inside.start..inside.end].to_owned()
                    } else if first.parent().is_none_or(|list| between(list) == nodes.len()) {
                        self.kept.push(span);
                        self.file.text()[span.start..span.end].to_owned()
                    } else {
                        self.kept.extend(nodes.iter().map(|node| node.span()));
                        nodes.iter().map(|node| node.text()).collect::<Vec<_>>().join(", ")
                    };
                    self.edits.push(Edit { span: place.span(), text });
                }
                _ => self.edits.push(Edit { span: with_comma(place), text: String::new() }),
            },
            None => return Err(Unwritten::Layout),
        }
        Ok(())
    }
}

/// What stands between the brackets of a list of arguments, where all of them are written as all of a list: line breaks and comments stay.
fn whole_list(place: Node<'_>, first: Node<'_>, count: usize) -> Option<Span> {
    let is_list = |node: &Node<'_>| matches!(node.kind(), "argument_list" | "arguments");
    let alone = place.parent().filter(is_list)?.named_children().count() == 1;
    let list = first.parent().filter(is_list)?;
    let all = list.named_children().filter(|node| !node.is_comment()).count() == count;
    (alone && all).then(|| Span::new(list.span().start + 1, list.span().end - 1))
}

/// The imports that the paths of a template need at a match.
pub(super) fn imports<'t>(file: File<'_, 't>, template: &Template, found: &Match<'t>) -> BTreeSet<Edit> {
    let mut imports = BTreeSet::new();
    let mut open = template.source.statements();
    while let Some(node) = open.pop() {
        match library_path(node) {
            Some(path) => imports.extend(spelled(file, found.first, &path).and_then(|(_, import)| import)),
            None => open.extend(node.named_children()),
        }
    }
    imports
}

/// How a path is written at a place, with the import that it needs.
pub(super) fn spelled<'t>(file: File<'_, 't>, at: Node<'t>, path: &str) -> Option<(String, Option<Edit>)> {
    if let Some(text) = file.names(at).spell(path) {
        return Some((text, None));
    }
    if let Some(text) = spelled_there(file, at, path) {
        return Some((text, None));
    }
    let usual = [Target::Torch, Target::Numpy].into_iter().find_map(|target| Dialect::of(target).usual_import(path))?;
    let import = file.names(at).import(path, usual)?;
    Some((import.spelling, Some(import.edit)))
}

/// How the code itself that is replaced reaches the path, as by an import that stands in a branch.
fn spelled_there<'t>(file: File<'_, 't>, at: Node<'t>, path: &str) -> Option<String> {
    let names = at.descendants().filter(|node| node.kind() == "identifier");
    names.into_iter().find_map(|name| {
        let rest = path.strip_prefix(file.resolve(name)?.as_str())?;
        rest.starts_with('.').then(|| format!("{}{rest}", name.text()))
    })
}

/// A path of a library that the rules know; other chains stand as they are.
fn library_path(node: Node<'_>) -> Option<String> {
    let path = plain_path(node)?;
    LIBRARIES.iter().any(|library| path.starts_with(library)).then_some(path)
}

/// First names of paths in templates.
const LIBRARIES: [&str; 7] = ["torch.", "torchvision.", "numpy.", "scipy.", "math.", "builtins.", "std::"];

fn is_statement(node: Node<'_>) -> bool {
    node.kind().ends_with("statement") || node.kind().ends_with("definition") || node.kind() == "let_declaration"
}

/// An element of a list with the comma that would be left over without it.
pub(super) fn with_comma(node: Node<'_>) -> Span {
    let span = node.span();
    let Some(parent) = node.parent() else { return span };
    // `from module import name`: the module is none of the names.
    let module = parent.field("module_name");
    let named = |node: &Node<'_>| node.is_named() && !node.is_comment() && Some(*node) != module;
    let siblings: Vec<Node<'_>> = parent.named_children().filter(named).collect();
    let at = siblings.iter().position(|sibling| *sibling == node);
    match at {
        Some(0) if siblings.len() > 1 => Span::new(span.start, siblings[1].span().start),
        Some(at) if at > 0 => Span::new(siblings[at - 1].span().end, span.end),
        _ => match node.next() {
            Some(comma) if comma.kind() == "," => Span::new(span.start, comma.span().end),
            _ => span,
        },
    }
}
