use super::File;
use super::edits::{indentation_of, line_end, statement_of, whole_lines};
use super::render::{Unwritten, with_comma};
use super::training::flow;
use crate::dialect::Names;
use crate::rules::Moved;
use crate::syntax::{Edit, Node, Span};

/// A name that `from module import …` brings, and what stands for it in the statement.
pub(super) struct Imported<'t> {
    pub path: String,
    pub item: Node<'t>,
    name: Node<'t>,
    alias: Option<Node<'t>>,
}

/// The names that a `from module import …` brings.
pub(super) fn imported(statement: Node<'_>) -> Vec<Imported<'_>> {
    let Some(module) = statement.field("module_name").filter(|module| module.kind() == "dotted_name") else { return Vec::new() };
    let read = |item| match item {
        item if Node::kind(item) == "aliased_import" => Some((item, item.field("name")?, item.field("alias"))),
        item if item.kind() == "dotted_name" => Some((item, item, None)),
        _ => None,
    };
    let items = statement.named_children().filter(|child| *child != module).filter_map(read);
    items.map(|(item, name, alias)| Imported { path: format!("{}.{}", module.text(), name.text()), item, name, alias }).collect()
}

/// The edits that mend an import of a path, and its uses with it. `new_path` says what other paths are called now.
pub(super) fn edits<'t>(
    file: File<'_, 't>,
    statement: Node<'t>,
    it: &Imported<'t>,
    moved: &Moved,
    new_path: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Edit>, Unwritten> {
    match &moved.new {
        Some(new) => match new.strip_suffix(it.name.text()).and_then(|module| module.strip_suffix('.')) {
            Some(module) if all_move(statement, module, new_path) => {
                let old = statement.field("module_name").ok_or(Unwritten::Layout)?;
                Ok(vec![Edit { span: old.span(), text: module.to_owned() }])
            }
            _ => renamed(file, statement, it, new),
        },
        None if is_used(file, it) => Ok(Vec::new()),
        None => without(file, statement, it).map(|edit| vec![edit]),
    }
}

/// All that the statement imports is to be had under the same names from another module.
fn all_move(statement: Node<'_>, module: &str, new_path: &dyn Fn(&str) -> Option<String>) -> bool {
    let moves = |it: &Imported<'_>| new_path(&it.path) == Some(format!("{module}.{}", it.name.text()));
    imported(statement).iter().all(moves)
}

fn bound_name<'t>(it: &Imported<'t>) -> &'t str {
    it.alias.unwrap_or(it.name).text()
}

/// Something in the file speaks of the name, or it is there for other files.
fn is_used(file: File<'_, '_>, it: &Imported<'_>) -> bool {
    let name = bound_name(it);
    let speaks = |node: Node<'_>| match node.kind() {
        "identifier" => node.text() == name && !is_in(node, it.item) && !is_of_another(node),
        "string_content" => node.text() == name,
        _ => false,
    };
    // A file of imports alone, perhaps with a docstring or `__all__`, brings names for others.
    let hands_on = |node: Node<'_>| match node.kind() {
        "import_statement" | "import_from_statement" | "comment" => true,
        "expression_statement" => node.text().starts_with(['"', '\'', '_']),
        _ => false,
    };
    let only_imports = file.tree.root().named_children().all(hands_on);
    only_imports || file.tree.root().descendants().any(speaks)
}

fn is_in(node: Node<'_>, outer: Node<'_>) -> bool {
    outer.span().contains(node.span())
}

/// The statement without one of its names, or the whole of it gone.
fn without(file: File<'_, '_>, statement: Node<'_>, it: &Imported<'_>) -> Result<Edit, Unwritten> {
    if imported(statement).len() > 1 {
        return Ok(Edit { span: with_comma(it.item), text: String::new() });
    }
    let alone = statement.parent().is_some_and(|block| block.named_children().filter(|node| !node.is_comment()).count() == 1);
    match whole_lines(file.text(), statement) {
        Some(span) if !alone => Ok(Edit { span, text: String::new() }),
        _ => Err(Unwritten::Layout),
    }
}

fn renamed<'t>(file: File<'_, 't>, statement: Node<'t>, it: &Imported<'t>, new: &str) -> Result<Vec<Edit>, Unwritten> {
    let (module, name) = new.rsplit_once('.').ok_or(Unwritten::Layout)?;
    let old = bound_name(it);
    let uses: Vec<Node<'t>> = uses(file, it);
    if module == "builtins" {
        if name != old && !is_free(file, name) || is_exported(file, old) {
            return Err(Unwritten::Import(new.to_owned()));
        }
        let mut edits = vec![without(file, statement, it)?];
        edits.extend(uses.iter().map(|node| Edit { span: node.span(), text: name.to_owned() }));
        return Ok(edits);
    }
    let rename_uses = it.alias.is_none() && name != old && is_free(file, name) && !is_exported(file, old);
    let item = if rename_uses || name == old { name.to_owned() } else { format!("{name} as {old}") };
    let mut edits = Vec::new();
    if rename_uses {
        edits.extend(uses.iter().map(|node| Edit { span: node.span(), text: name.to_owned() }));
    }
    let old_module = statement.field("module_name").ok_or(Unwritten::Layout)?;
    if module == old_module.text() {
        edits.push(Edit { span: it.item.span(), text: item });
    } else if imported(statement).len() == 1 {
        edits.push(Edit { span: old_module.span(), text: module.to_owned() });
        edits.push(Edit { span: it.item.span(), text: item });
    } else {
        let lines = whole_lines(file.text(), statement).ok_or(Unwritten::Layout)?;
        let (indentation, end) = (indentation_of(file.text(), statement), line_end(file.text()));
        edits.push(Edit { span: Span::new(lines.start, lines.start), text: format!("{indentation}from {module} import {item}{end}") });
        edits.push(without(file, statement, it)?);
    }
    edits.retain(|edit| file.text()[edit.span.start..edit.span.end] != edit.text);
    Ok(edits)
}

/// Where the imported name is read.
fn uses<'t>(file: File<'_, 't>, it: &Imported<'t>) -> Vec<Node<'t>> {
    let name = bound_name(it);
    let is_use = |node: &Node<'t>| {
        let named = node.kind() == "identifier" && node.text() == name;
        named && !is_of_another(*node) && !is_bound(*node) && file.resolve(*node).as_deref() == Some(&it.path)
    };
    file.tree.root().descendants().filter(is_use).collect()
}

/// Nothing in the file has this name, and Python does not know it.
fn is_free(file: File<'_, '_>, name: &str) -> bool {
    let builtin = file.names(file.tree.root()).spell(&format!("builtins.{name}")).is_some();
    let mut names = file.tree.root().descendants().filter(|node| node.kind() == "identifier" && node.text() == name);
    !builtin && names.all(is_of_another)
}

/// The name is an attribute's or a keyword's.
fn is_of_another(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| match parent.kind() {
        "attribute" => parent.field("attribute") == Some(node),
        "keyword_argument" => parent.field("name") == Some(node),
        _ => false,
    })
}

/// The name is given a meaning here: by an import, as a parameter, by a definition.
fn is_bound(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| match parent.kind() {
        "dotted_name" | "aliased_import" | "parameters" | "lambda_parameters" | "typed_parameter" => true,
        "list_splat_pattern" | "dictionary_splat_pattern" | "global_statement" | "nonlocal_statement" => true,
        "default_parameter" | "typed_default_parameter" | "function_definition" | "class_definition" => parent.field("name") == Some(node),
        _ => false,
    })
}

/// A string of the file says the name: `__all__` may.
fn is_exported(file: File<'_, '_>, name: &str) -> bool {
    file.tree.root().descendants().any(|node| node.kind() == "string_content" && node.text() == name)
}

/// It is listed under its own name: whoever looks it up means the old one.
pub(super) fn is_listed(node: Node<'_>) -> bool {
    let Some(pair) = node.parent().filter(|parent| parent.kind() == "pair") else { return false };
    let name = node.field("attribute").unwrap_or(node).text();
    pair.field("key").is_some_and(|key| key.kind() == "string" && key.text().trim_matches(['"', '\'']) == name)
}

/// It stands where the file asks which version it has: an older one is meant there.
pub(super) fn is_for_other_versions(node: Node<'_>) -> bool {
    const ASKS: [&str; 5] = ["version", "hasattr", "greater", "less_than", "is_numpy"];
    const ERRORS: [&str; 3] = ["ImportError", "ModuleNotFoundError", "AttributeError"];
    let mut above = std::iter::successors(node.parent(), |node| node.parent());
    above.any(|node| match node.kind() {
        "if_statement" | "elif_clause" => node.field("condition").is_some_and(|condition| asks(condition, &ASKS)),
        "conditional_expression" => asks(node, &ASKS),
        "try_statement" => node.named_children().filter(|child| child.kind() == "except_clause").any(|clause| {
            let caught = clause.field("value").or_else(|| clause.named_children().next());
            caught.is_none_or(|caught| ERRORS.iter().any(|error| caught.text().contains(error)) || caught.kind() == "block")
        }),
        _ => false,
    })
}

/// A name is given it, and the statement below gives the name another value if the version has one.
pub(super) fn is_replaced_below(node: Node<'_>) -> bool {
    let assignment = node.parent().filter(|parent| parent.kind() == "assignment" && parent.field("right") == Some(node));
    let Some(name) = assignment.and_then(|assignment| assignment.field("left")) else { return false };
    let below = std::iter::successors(statement_of(node).and_then(Node::next), |node| node.next())
        .find(|node| node.is_named() && !node.is_comment());
    let asked = below.filter(|below| below.kind() == "if_statement").and_then(|below| Some((below, below.field("condition")?)));
    asked.is_some_and(|(below, condition)| asks(condition, &["version", "hasattr"]) && flow::binds(below, name.text()))
}

fn asks(condition: Node<'_>, words: &[&str]) -> bool {
    let text = condition.text().to_ascii_lowercase();
    words.iter().any(|word| text.contains(word))
}
