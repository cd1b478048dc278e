use std::path::Path;

use super::Proposal;
use crate::repair::problem::quoted;
use crate::repair::scene::{Scene, above, replacement};
use crate::syntax::{Node, Span};

/// Modules whose names are guessed at.
const MOST_PREFIXES: usize = 16;

/// Imports of a missing name: as other modules of the crate import it, or from where the crate defines it; of traits that have a missing method.
pub(super) fn proposals(scene: Scene) -> Vec<Proposal> {
    let Some(node) = scene.node() else { return Vec::new() };
    // What is taken for a type, `str::Utf8Error`, is said without its name.
    let Some(name) = quoted(&scene.problem.message).or_else(|| Some(node.text().to_owned()).filter(|path| path.contains("::"))) else {
        return Vec::new();
    };
    let name = name.split("::").next().unwrap_or(&name).to_owned();
    let methods = scene.problem.code.as_deref() == Some("E0599");
    let mut paths: Vec<String> = Vec::new();
    if !methods && above(node, &["mod_item"]).is_some() {
        paths.push("super::*".to_owned());
    }
    for (file, tree) in scene.trees.all() {
        let Some(module) = module_of(scene.file(), file) else { continue };
        for item in tree.root().descendants() {
            match item.kind() {
                "use_declaration" if !methods => {
                    let Some(argument) = item.field("argument") else { continue };
                    let mut imported = Vec::new();
                    expand(argument, "", &mut imported);
                    let own = module_path(&module, item);
                    let meant = imported.into_iter().filter(|(_, known)| *known == name);
                    paths.extend(meant.map(|(path, _)| absolute(&path, &own)));
                }
                "trait_item" if methods && has_method(item, &name) => paths.extend(path_of(&module, item)),
                "struct_item" | "enum_item" | "union_item" | "type_item" | "trait_item" | "function_item" | "const_item"
                | "static_item"
                    if !methods && item.field("name").is_some_and(|own| own.text() == name) =>
                {
                    paths.extend(path_of(&module, item));
                }
                _ => {}
            }
        }
    }
    if !methods {
        paths.extend(beside(scene).into_iter().map(|prefix| format!("{prefix}::{name}")));
    }
    let mut unique: Vec<String> = Vec::new();
    paths.into_iter().for_each(|path| {
        if !unique.contains(&path) {
            unique.push(path)
        }
    });
    let (at, indentation) = place(node);
    let proposal = |(order, path): (usize, String)| {
        let text = format!("use {path};\n{indentation}");
        Proposal {
            order: order as u32,
            ..Proposal::new(vec![replacement(scene.file(), Span::new(at, at), text)]).say(format!("import `{path}`"))
        }
    };
    unique.into_iter().enumerate().map(proposal).collect()
}

/// Modules of other crates that the file imports from, or names things of: what is missing may have stood beside them.
fn beside(scene: Scene) -> Vec<String> {
    let Some(tree) = scene.trees.of(scene.file()) else { return Vec::new() };
    let mut imported = Vec::new();
    let of_kind = |kind: &'static str| tree.root().descendants().filter(move |node| node.kind() == kind);
    of_kind("use_declaration").filter_map(|node| node.field("argument")).for_each(|argument| expand(argument, "", &mut imported));
    let named = of_kind("scoped_type_identifier").map(Node::text).filter(|path| path.starts_with(char::is_lowercase)).map(str::to_owned);
    let crates = of_kind("extern_crate_declaration").filter_map(|node| node.field("alias").or(node.field("name")));
    let paths = imported.into_iter().map(|(path, _)| path).chain(named).chain(crates.map(|name| format!("{}::_", name.text())));
    let mut prefixes: Vec<String> = Vec::new();
    for path in paths {
        let Some((prefix, _)) = path.rsplit_once("::") else { continue };
        if !prefixes.iter().any(|known| known == prefix) {
            prefixes.push(prefix.to_owned());
        }
    }
    prefixes.truncate(MOST_PREFIXES);
    prefixes
}

/// Where an import goes in the module around a node: before its first import, or its first item.
fn place(node: Node) -> (usize, String) {
    let root = node.tree().root();
    let module = above(node, &["mod_item"]).and_then(|module| module.field("body")).unwrap_or(root);
    let items: Vec<Node> = module.named_children().filter(|item| !matches!(item.kind(), "inner_attribute_item")).collect();
    let inner = |item: &&Node| item.is_comment() && (item.text().starts_with("//!") || item.text().starts_with("/*!"));
    let first =
        items.iter().find(|item| item.kind() == "use_declaration").or_else(|| items.iter().find(|item| !item.is_comment() && !inner(item)));
    let Some(item) = first else { return (module.span().end.saturating_sub(usize::from(module != root)), String::new()) };
    let mut at = item.span().start;
    // What stands before the item belongs to it.
    let mut before = item.previous();
    while let Some(node) = before.filter(|node| matches!(node.kind(), "attribute_item") || node.text().starts_with("///")) {
        at = node.span().start;
        before = node.previous();
    }
    let text = node.tree().text();
    let line = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let indentation = if text[line..at].trim().is_empty() { &text[line..at] } else { "" };
    (at, indentation.to_owned())
}

/// Each path that a `use` imports, with the name that it gives it.
fn expand(node: Node, prefix: &str, found: &mut Vec<(String, String)>) {
    let joined = |text: &str| if prefix.is_empty() { text.to_owned() } else { format!("{prefix}::{text}") };
    match node.kind() {
        "use_list" => node.named_children().for_each(|child| expand(child, prefix, found)),
        "scoped_use_list" => {
            let path = node.field("path").map_or_else(|| prefix.to_owned(), |path| joined(path.text()));
            if let Some(list) = node.field("list") {
                expand(list, &path, found);
            }
        }
        "use_as_clause" => {
            if let (Some(path), Some(alias)) = (node.field("path"), node.field("alias")) {
                found.push((format!("{} as {}", joined(path.text()), alias.text()), alias.text().to_owned()));
            }
        }
        "self" => found.push((prefix.to_owned(), last(prefix).to_owned())),
        "identifier" | "scoped_identifier" => found.push((joined(node.text()), last(node.text()).to_owned())),
        _ => {}
    }
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// The module that a file of the same package is: `src/a/b.rs` is `crate::a::b`.
fn module_of(own: &Path, file: &Path) -> Option<String> {
    let package = |path: &Path| path.ancestors().find(|folder| folder.ends_with("src")).map(Path::to_owned);
    let Some(source) = package(own) else { return (own == file).then(|| "crate".to_owned()) };
    let inside = file.strip_prefix(&source).ok()?.with_extension("");
    let parts = inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let named: Vec<String> = parts.filter(|part| !matches!(part.as_str(), "lib" | "main" | "mod")).collect();
    Some(["crate".to_owned()].into_iter().chain(named).collect::<Vec<_>>().join("::"))
}

/// The module that an item is in.
fn module_path(file: &str, item: Node) -> String {
    let mut inner: Vec<&str> = Vec::new();
    let mut next = item.parent();
    while let Some(node) = next {
        if node.kind() == "mod_item" {
            inner.extend(node.field("name").map(|name| name.text()));
        }
        next = node.parent();
    }
    inner.reverse();
    [file].into_iter().chain(inner).collect::<Vec<_>>().join("::")
}

/// The path of an item, if a path can name it.
fn path_of(file: &str, item: Node) -> Option<String> {
    let container = item.parent()?;
    let is_in_module = container.kind() == "source_file" || container.parent().is_some_and(|parent| parent.kind() == "mod_item");
    is_in_module.then(|| Some(format!("{}::{}", module_path(file, item), item.field("name")?.text())))?
}

/// A path as it is from anywhere in the crate.
fn absolute(path: &str, module: &str) -> String {
    if let Some(rest) = path.strip_prefix("self::") {
        return format!("{module}::{rest}");
    }
    let (mut path, mut module) = (path, module);
    let mut above = false;
    while let Some(rest) = path.strip_prefix("super::") {
        (path, above) = (rest, true);
        module = module.rsplit_once("::").map_or(module, |(outer, _)| outer);
    }
    if above { format!("{module}::{path}") } else { path.to_owned() }
}

fn has_method(item: Node, name: &str) -> bool {
    let methods = item.field("body").into_iter().flat_map(Node::named_children);
    methods.filter(|method| method.kind().starts_with("function")).any(|method| method.field("name").is_some_and(|own| own.text() == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Language, Tree};

    fn imported(text: &str) -> Vec<(String, String)> {
        let tree = Tree::parse(Language::Rust, text);
        let mut found = Vec::new();
        let declaration = tree.root().named_children().next().unwrap();
        expand(declaration.field("argument").unwrap(), "", &mut found);
        found
    }

    #[test]
    fn imports_are_taken_apart() {
        let pair = |path: &str, name: &str| (path.to_owned(), name.to_owned());
        assert_eq!(imported("use std::fmt;"), [pair("std::fmt", "fmt")]);
        let all = [pair("std::io", "io"), pair("std::io::Read", "Read"), pair("std::io::Write as W", "W"), pair("std::io::a::B", "B")];
        assert_eq!(imported("use std::io::{self, Read, Write as W, a::{B}};"), all);
        assert_eq!(absolute("super::super::a::B", "crate::x::y"), "crate::a::B");
        assert_eq!(module_of(Path::new("p/src/lib.rs"), Path::new("p/src/a/mod.rs")), Some("crate::a".to_owned()));
        assert_eq!(module_of(Path::new("p/src/lib.rs"), Path::new("q/src/a.rs")), None);
    }
}
