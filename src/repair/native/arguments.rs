use std::collections::BTreeMap;

use super::Proposal;
use crate::repair::files::FileEdit;
use crate::repair::problem::Offer;
use crate::repair::scene::Scene;
use crate::syntax::{Edit, Node, Tree};

/// Known values that are proposed for a missing argument.
const MOST: usize = 10;
/// What says that a person must fill it in.
const HOLE: &str = "todo!()";

/// What the compiler offers with a placeholder for a missing argument, with values that are known there in the placeholder's place.
pub(super) fn proposals(scene: Scene) -> Vec<Proposal> {
    let Some(node) = scene.node() else { return Vec::new() };
    let mut found = Vec::new();
    for offer in &scene.problem.offers {
        for (index, edit) in offer.edits.iter().enumerate() {
            let Some((before, ty, after)) = placeholder(&edit.edit.text) else { continue };
            for (order, value) in values(scene, node, ty, before).into_iter().enumerate() {
                let filled = format!("{before}{value}{after}");
                found.push(Proposal { order: order as u32, ..Proposal::new(with(offer, index, filled)).say(format!("pass `{value}`")) });
            }
            break;
        }
    }
    found
}

/// The text around the first `/* type */`, and the type.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("/* ")?;
    let (ty, after) = rest.split_once(" */")?;
    Some((before, ty, after))
}

/// The edits of an offer with another text for one of them.
fn with(offer: &Offer, index: usize, text: String) -> Vec<FileEdit> {
    let mut edits = offer.edits.clone();
    edits[index].edit = Edit { span: edits[index].edit.span, text };
    edits
}

/// Values that may be meant, the likeliest first: what other calls pass there, what bears the parameter's name, what is known near by. Then a
/// hole, which compiles and panics, before a value that is made up.
fn values(scene: Scene, call: Node, ty: &str, before: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let known = known(scene);
    let position = before.matches(',').count();
    let function = enclosing_call(call).and_then(|call| call.field("function")).map(|function| last_name(function).to_owned());
    let file = scene.trees.of(scene.file());
    if let (Some(function), Some(tree)) = (&function, file) {
        let own = passed(tree, function, position);
        found.extend(
            own.into_iter().filter(|value| {
                value.split(|c: char| !c.is_alphanumeric() && c != '_').next().is_some_and(|name| known.contains_key(name))
            }),
        );
    }
    for note in &scene.problem.notes {
        let parameters = note.marks.iter().filter_map(|mark| scene.trees.node(mark));
        let names = parameters.filter_map(|node| if node.kind() == "parameter" { node.field("pattern") } else { None });
        for name in names.map(|name| name.text().trim_start_matches("mut ").to_owned()) {
            if known.contains_key("self") {
                found.push(format!("self.{name}"));
            }
            if known.contains_key(&name) {
                found.push(name);
            }
        }
    }
    let of_type = |wanted: bool| {
        let mut names: Vec<(&String, &(usize, Option<String>))> =
            known.iter().filter(|(_, (_, declared))| (declared.as_deref() == Some(ty)) == wanted).collect();
        names.sort_by_key(|(_, (at, _))| std::cmp::Reverse(*at));
        names.into_iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    found.extend(of_type(true));
    found.extend(of_type(false));
    let mut unique: Vec<String> = Vec::new();
    for value in found.into_iter().filter(|value| value != "self") {
        if !unique.contains(&value) {
            unique.push(value);
        }
    }
    unique.truncate(MOST);
    unique.extend([HOLE, neutral(ty)].map(str::to_owned));
    unique
}

/// A value that types of this name have; only tests can say whether it is right.
fn neutral(ty: &str) -> &'static str {
    match ty {
        "bool" => "false",
        "&str" => "\"\"",
        "f32" | "f64" => "0.0",
        _ if crate::rules::is_number(ty) => "0",
        _ if ty.starts_with("Option<") => "None",
        _ => "Default::default()",
    }
}

fn enclosing_call(node: Node<'_>) -> Option<Node<'_>> {
    crate::repair::scene::above(node, &["call_expression"])
}

fn last_name(function: Node<'_>) -> &str {
    let name = function.field("field").or_else(|| function.field("name")).unwrap_or(function);
    name.text()
}

/// What other calls of a function pass at a position.
fn passed(tree: &Tree, function: &str, position: usize) -> Vec<String> {
    let calls = tree.root().descendants().filter(|node| node.kind() == "call_expression");
    let own = calls.filter(|call| call.field("function").is_some_and(|callee| last_name(callee) == function));
    own.filter_map(|call| {
        Some(call.field("arguments")?.named_children().filter(|node| !node.is_comment()).nth(position)?.text().to_owned())
    })
    .collect()
}

/// The parameters and variables of the function around the error that are known at it: where each is bound, and its type if it is written.
fn known(scene: Scene) -> BTreeMap<String, (usize, Option<String>)> {
    let mut found = BTreeMap::new();
    let Some(function) = scene.function() else { return found };
    let at = scene.problem.mark.span.start;
    for node in function.descendants().take_while(|node| node.span().start < at) {
        match node.kind() {
            "self_parameter" => _ = found.insert("self".to_owned(), (node.span().start, None)),
            "parameter" | "let_declaration" if node.span().end <= at => {
                let ty = node.field("type").map(|ty| ty.text().to_owned());
                let names = node.field("pattern").into_iter().flat_map(Node::descendants).filter(|name| name.kind() == "identifier");
                names.for_each(|name| _ = found.insert(name.text().to_owned(), (node.span().start, ty.clone())));
            }
            "for_expression" | "match_pattern" | "let_condition" | "closure_parameters" => {
                let pattern = node.field("pattern").unwrap_or(node);
                let names = pattern.descendants().filter(|name| name.kind() == "identifier");
                names.for_each(|name| _ = found.insert(name.text().to_owned(), (node.span().start, None)));
            }
            _ => {}
        }
    }
    found
}
