use super::native::Proposal;
use super::scene::{Scene, above, replacement};
use crate::rules::{Repair, TextPattern, Texts};
use crate::syntax::Node;
use crate::syntax::pattern::without_parentheses;

/// What a page's block makes of an error.
pub(super) fn proposals(repair: &Repair, scene: Scene) -> Vec<Proposal> {
    let problem = scene.problem;
    let mut texts = Texts::new();
    if let Some(message) = &repair.message {
        let Some(bound) = problem.said().find_map(|said| message.matches(said, &texts)) else { return Vec::new() };
        texts = bound;
    }
    if repair.expected.is_some() || repair.found.is_some() {
        let Some((expected, found)) = problem.types() else { return Vec::new() };
        for (pattern, text) in [(&repair.expected, expected), (&repair.found, found)] {
            let Some(bound) = pattern.as_ref().map_or(Some(texts.clone()), |pattern| pattern.matches(&text, &texts)) else {
                return Vec::new();
            };
            texts = bound;
        }
    }
    let labelled =
        |pattern: &TextPattern| problem.marks.iter().find_map(|mark| Some((mark, pattern.matches(mark.label.as_deref()?, &texts)?)));
    let (mark, texts) = match &repair.label {
        None => (&problem.mark, texts),
        Some(label) => match labelled(label) {
            Some(found) => found,
            None => return Vec::new(),
        },
    };
    let Some(node) = scene.trees.node(mark) else { return Vec::new() };
    if repair.text {
        let mut texts = texts;
        texts.insert("E".to_owned(), node.tree().text().get(mark.span.start..mark.span.end).unwrap_or("").to_owned());
        let new = TextPattern::new(&repair.replace).filled(&texts);
        return new.map(|text| Proposal::new(vec![replacement(&mark.file, mark.span, text)])).into_iter().collect();
    }
    let nodes = if repair.parts { parts(node) } else { vec![node] };
    let exact = nodes.into_iter().filter(|node| repair.parts || node.span() == mark.span);
    let texts = exact.filter_map(|node| Some((node.span(), changed(repair, node, texts.clone())?)));
    let proposal =
        |(order, (span, text)): (usize, _)| Proposal { order: order as u32, ..Proposal::new(vec![replacement(&mark.file, span, text)]) };
    texts.enumerate().map(proposal).collect()
}

/// Parts of an expression that are proposed.
const MOST_PARTS: usize = 8;

/// An expression and those that its value is made of, the nearest first; of a method's name the receiver, of an operator the operands.
fn parts(node: Node<'_>) -> Vec<Node<'_>> {
    let mut whole = node;
    while let Some(parent) = whole.parent().filter(|parent| {
        let is_name = matches!(whole.kind(), "field_identifier" | "identifier") && parent.kind() == "field_expression";
        is_name || parent.kind() == "call_expression" && parent.field("function") == Some(whole)
    }) {
        whole = parent;
    }
    let is_value = |node: &Node| {
        node.kind().ends_with("_expression") && node.kind() != "parenthesized_expression"
            || matches!(node.kind(), "identifier" | "self" | "macro_invocation")
                && node.parent().is_some_and(|parent| is_value_place(parent, *node))
    };
    let is_name = |node: &Node| {
        matches!(node.kind(), "identifier" | "self") && node.parent().is_some_and(|parent| !parent.kind().starts_with("scoped"))
    };
    let mut found: Vec<Node> = [node].into_iter().filter(|node| is_value(node) || is_name(node)).collect();
    let mut level = vec![whole];
    while !level.is_empty() && found.len() < MOST_PARTS {
        found.extend(level.iter().filter(|part| is_value(part) && **part != node));
        level = level.iter().flat_map(|node| node.named_children()).filter(|node| !node.kind().contains("block")).collect();
    }
    found.truncate(MOST_PARTS);
    let names: Vec<Node> = found.iter().copied().filter(|node| node.kind() == "identifier").collect();
    for value in names.into_iter().filter_map(bound_to) {
        found.push(value);
        found.extend(value.named_children().filter(|_| value.kind() == "tuple_expression"));
    }
    found
}

/// What a variable is bound to by the last `let` before it.
pub(super) fn bound_to(name: Node<'_>) -> Option<Node<'_>> {
    let function = above(name, &["function_item"])?;
    let bindings = function.descendants().filter(|node| node.kind() == "let_declaration" && node.span().end <= name.span().start);
    let mut own = bindings.filter(|binding| binding.field("pattern").is_some_and(|pattern| pattern.text() == name.text()));
    own.next_back()?.field("value")
}

/// A name that is a value: neither a path's part nor what is called.
fn is_value_place(parent: Node, node: Node) -> bool {
    match parent.kind() {
        "arguments" | "binary_expression" | "unary_expression" | "reference_expression" | "try_expression" | "type_cast_expression" => true,
        "field_expression" => parent.field("value") == Some(node),
        "parenthesized_expression" | "return_expression" | "index_expression" | "tuple_expression" => true,
        _ => false,
    }
}

/// The new text of a node.
fn changed(repair: &Repair, node: Node, mut texts: Texts) -> Option<String> {
    if let Some(find) = &repair.find {
        let found = find.matches(node, &|_| None)?;
        for name in find.metavariables() {
            texts.insert(name.to_owned(), found.node(name)?.text().to_owned());
        }
    }
    if !repair.conditions.iter().all(|check| texts.get(&check.name).is_some_and(|ty| check.holds(ty))) {
        return None;
    }
    let own = without_parentheses(node);
    let bare = is_closed(own) || repair.replace.contains("($E)") || repair.replace.contains("{ $E }");
    texts.insert("E".to_owned(), if bare { own.text().to_owned() } else { format!("({})", own.text()) });
    let text = TextPattern::new(&repair.replace).filled(&texts)?;
    let open = repair.replace.starts_with(['&', '*', '-']) || repair.replace.contains(" as ");
    Some(if open && needs_closing(node) { format!("({text})") } else { text })
}

/// What may be followed by `.method()` and preceded by `&` as it stands.
fn is_closed(node: Node) -> bool {
    !matches!(
        node.kind(),
        "binary_expression"
            | "unary_expression"
            | "reference_expression"
            | "type_cast_expression"
            | "range_expression"
            | "closure_expression"
            | "assignment_expression"
            | "compound_assignment_expr"
            | "return_expression"
            | "break_expression"
            | "if_expression"
            | "match_expression"
            | "negative_literal"
    )
}

/// Something binds more tightly to the node than a sign before it or an `as` behind it would.
fn needs_closing(node: Node) -> bool {
    let Some(parent) = node.parent() else { return false };
    let is = |role: &str| parent.field(role) == Some(node);
    match parent.kind() {
        "field_expression" => is("value"),
        "call_expression" => is("function"),
        "try_expression" => true,
        "index_expression" => parent.child(0) == Some(node),
        "binary_expression" | "unary_expression" => true,
        _ => false,
    }
}
