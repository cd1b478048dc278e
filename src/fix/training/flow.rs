use super::super::File;
use super::super::edits::statement_of;
use crate::syntax::Node;
use crate::syntax::pattern::without_parentheses;

/// How many names are followed one after the other.
const MAX_NAMES: usize = 6;

/// The assignment whose value a name surely holds where it is read: every way there leads through it and binds the name to nothing else.
pub(in crate::fix) fn definition(name: Node<'_>) -> Option<Node<'_>> {
    let wanted = name.text();
    let mut statement = statement_of(name)?;
    loop {
        let block = statement.parent()?;
        let before: Vec<Node<'_>> = block.named_children().take_while(|sibling| *sibling != statement).collect();
        if let Some(binder) = before.into_iter().rev().find(|sibling| binds(*sibling, wanted)) {
            return assignment_of(binder, wanted);
        }
        let owner = block.parent()?;
        statement = match owner.kind() {
            "if_statement" | "with_statement" | "try_statement" => owner,
            "elif_clause" | "else_clause" => owner.parent().filter(|parent| parent.kind() == "if_statement")?,
            "for_statement" | "while_statement" if !binds(owner, wanted) => owner,
            _ => return None,
        };
    }
}

/// The value that an expression surely has, where it is a name that was given one.
pub(in crate::fix) fn value(node: Node<'_>) -> Node<'_> {
    let mut node = without_parentheses(node);
    for _ in 0..MAX_NAMES {
        let Some(next) = (node.kind() == "identifier").then(|| definition(node)).flatten().and_then(|found| found.field("right")) else {
            break;
        };
        node = without_parentheses(next);
    }
    node
}

/// The statement is `name = value` and nothing else; returns the assignment.
fn assignment_of<'t>(statement: Node<'t>, name: &str) -> Option<Node<'t>> {
    let assignment = statement.named_children().next().filter(|node| node.kind() == "assignment")?;
    let plain = assignment.field("left").is_some_and(|left| left.kind() == "identifier" && left.text() == name);
    (plain && assignment.field("right").is_some_and(|right| right.kind() != "assignment" && !binds(right, name))).then_some(assignment)
}

/// Something in a statement or expression may bind a name in the scope that it stands in.
pub(in crate::fix) fn binds(node: Node<'_>, name: &str) -> bool {
    let bound = |target: Option<Node<'_>>| {
        target.is_some_and(|target| target.descendants().any(|part| part.kind() == "identifier" && part.text() == name && is_target(part)))
    };
    node.descendants().any(|inner| match inner.kind() {
        "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" => bound(inner.field("left")),
        "named_expression" | "function_definition" | "class_definition" => inner.field("name").is_some_and(|found| found.text() == name),
        "as_pattern_target"
        | "import_statement"
        | "import_from_statement"
        | "delete_statement"
        | "global_statement"
        | "nonlocal_statement"
        | "case_pattern" => bound(Some(inner)),
        _ => false,
    })
}

/// Not the `x` of `x.attribute` or `x[i]`, of which a part is bound.
fn is_target(identifier: Node<'_>) -> bool {
    identifier.parent().is_none_or(|parent| !matches!(parent.kind(), "attribute" | "subscript"))
}

/// The function that a node is in the body of.
pub(in crate::fix) fn function_around(node: Node<'_>) -> Option<Node<'_>> {
    std::iter::successors(node.parent(), |node| node.parent()).find(|node| node.kind() == "function_definition")
}

/// The innermost loop around a node within its function.
pub(in crate::fix) fn loop_around(node: Node<'_>) -> Option<Node<'_>> {
    let above = std::iter::successors(node.parent(), |node| node.parent());
    let mut within = above.take_while(|node| !matches!(node.kind(), "function_definition" | "lambda" | "class_definition"));
    within.find(|node| matches!(node.kind(), "for_statement" | "while_statement"))
}

/// The occurrences of a name below a node, its bindings among them; names of attributes and keywords are none.
pub(in crate::fix) fn occurrences<'t>(node: Node<'t>, name: &'t str) -> impl Iterator<Item = Node<'t>> {
    node.descendants().filter(move |part| {
        part.kind() == "identifier"
            && part.text() == name
            && part.parent().is_none_or(|parent| match parent.kind() {
                "attribute" => parent.field("attribute") != Some(*part),
                "keyword_argument" => parent.field("name") != Some(*part),
                _ => true,
            })
    })
}

/// The names that an expression reads hold at `later` what they held at the expression: nothing binds them between. Both stand in one
/// function.
pub(in crate::fix) fn holds_until<'t>(file: File<'_, 't>, expression: Node<'t>, later: Node<'t>) -> bool {
    let root = function_around(expression).unwrap_or(file.tree.root());
    if function_around(later).unwrap_or(file.tree.root()) != root {
        return false;
    }
    let statement = statement_of(expression).unwrap_or(expression);
    let (from, to) = (statement.span().start, later.span().start);
    let names: Vec<&str> = expression.descendants().filter(|node| node.kind() == "identifier").map(Node::text).collect();
    let between = root.descendants().filter(|node| {
        node.span().start >= from
            && node.span().start < to
            && matches!(
                node.kind(),
                "assignment" | "augmented_assignment" | "for_statement" | "named_expression" | "as_pattern_target" | "delete_statement"
            )
    });
    from <= to
        && !between.into_iter().any(|binder| {
            let target = binder.field("left").or_else(|| binder.field("name")).unwrap_or(binder);
            target.descendants().any(|part| part.kind() == "identifier" && names.contains(&part.text()))
        })
}
