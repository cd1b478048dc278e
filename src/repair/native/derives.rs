use super::Proposal;
use crate::repair::problem::all_quoted;
use crate::repair::scene::{Scene, replacement};
use crate::syntax::{Node, Span};

/// The traits that can be derived, in the order in which they are usually written, and those that one needs.
const DERIVABLE: [(&str, &[&str]); 9] = [
    ("Clone", &[]),
    ("Copy", &["Clone"]),
    ("Debug", &[]),
    ("Default", &[]),
    ("Eq", &["PartialEq"]),
    ("Hash", &[]),
    ("Ord", &["PartialOrd", "Eq", "PartialEq"]),
    ("PartialEq", &[]),
    ("PartialOrd", &["PartialEq"]),
];

/// Methods and operators that say which trait is missing.
const SIGNS: [(&str, &str); 9] = [
    ("binary operation `==`", "PartialEq"),
    ("binary operation `!=`", "PartialEq"),
    ("binary operation `<", "PartialOrd"),
    ("binary operation `>", "PartialOrd"),
    ("can't compare", "PartialEq"),
    ("no method named `clone`", "Clone"),
    ("no method named `cmp`", "Ord"),
    ("named `default` found", "Default"),
    ("which does not implement the `Copy` trait", "Copy"),
];

/// A derive on a type of the crate that lacks a trait.
pub(super) fn proposals(scene: Scene) -> Vec<Proposal> {
    let mut found: Vec<Proposal> = Vec::new();
    for said in scene.problem.said() {
        let named = all_quoted(said).into_iter().flat_map(|text| text.split([' ', ':', '<', '>', ',', '&', '(', ')', '[', ']']));
        let words: Vec<&str> = named.filter(|word| !word.is_empty()).collect();
        let by_sign = SIGNS.iter().filter(|(sign, _)| said.contains(sign)).map(|(_, name)| *name);
        let by_name = DERIVABLE.iter().map(|(name, _)| *name).filter(|name| words.contains(name));
        for wanted in by_sign.chain(by_name) {
            for (file, tree) in scene.trees.all() {
                let items = tree.root().descendants().filter(|node| matches!(node.kind(), "struct_item" | "enum_item" | "union_item"));
                let meant = items.filter(|item| item.field("name").is_some_and(|name| words.contains(&name.text())));
                for item in meant {
                    let Some((span, text)) = derived(item, wanted) else { continue };
                    let name = item.field("name").map_or("", Node::text);
                    let proposal = Proposal::new(vec![replacement(file, span, text)]).say(format!("`{name}` is to be `{wanted}`"));
                    if !found.contains(&proposal) {
                        found.push(Proposal { order: found.len() as u32, ..proposal });
                    }
                }
            }
        }
    }
    found
}

/// The edit that adds a trait, and what it needs, to those that an item derives.
fn derived(item: Node, wanted: &str) -> Option<(Span, String)> {
    let mut before = item.previous();
    let mut list = None;
    while let Some(node) = before.filter(|node| node.kind() == "attribute_item" || node.is_comment()) {
        list = list.or_else(|| Some(node).filter(|node| node.text().starts_with("#[derive(")));
        before = node.previous();
    }
    let needed = DERIVABLE.iter().find(|(name, _)| *name == wanted).map_or(&[] as &[&str], |(_, needed)| needed);
    let Some(list) = list else {
        let names: Vec<&str> = needed.iter().copied().chain([wanted]).collect();
        let line_start = item.tree().text()[..item.span().start].rfind('\n').map_or(0, |at| at + 1);
        let indentation = &item.tree().text()[line_start..item.span().start];
        let indentation = if indentation.trim().is_empty() { indentation } else { "" };
        return Some((Span::new(item.span().start, item.span().start), format!("#[derive({})]\n{indentation}", names.join(", "))));
    };
    let (open, close) = (list.text().find('(')? + 1, list.text().rfind(')')?);
    let has: Vec<&str> = list.text()[open..close].split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if has.contains(&wanted) {
        return None;
    }
    let missing = needed.iter().filter(|name| !has.contains(*name));
    let all: Vec<&str> = has.iter().copied().chain(missing.copied()).chain([wanted]).collect();
    Some((Span::new(list.span().start + open, list.span().start + close), all.join(", ")))
}
