use crate::syntax::{Language, Node};

/// What a statement does with names, as far as the walk needs to know.
#[derive(Debug, Clone, Copy)]
pub(super) enum Statement<'t> {
    /// `name = value`, `let name = value;`
    Bind { name: Node<'t>, value: Node<'t>, annotation: Option<Node<'t>> },
    /// `name += value`
    Update { name: Node<'t>, value: Node<'t> },
    /// `a, b = value`
    Unpack { pattern: Node<'t>, value: Node<'t> },
    /// A function, class or item: walked by itself, not as a part of the block.
    Definition,
    /// Anything else.
    Other,
}

/// Reads a statement's form.
pub(super) fn classify(language: Language, statement: Node<'_>) -> Statement<'_> {
    match language {
        Language::Python => classify_python(statement),
        Language::Rust => classify_rust(statement),
    }
}

fn classify_python(statement: Node<'_>) -> Statement<'_> {
    match statement.kind() {
        "function_definition" | "class_definition" | "decorated_definition" => return Statement::Definition,
        "expression_statement" => {}
        _ => return Statement::Other,
    }
    let mut children = statement.named_children();
    let (Some(inner), None) = (children.next(), children.next()) else { return Statement::Other };
    let (Some(left), Some(right)) = (inner.field("left"), inner.field("right")) else { return Statement::Other };
    match (inner.kind(), left.kind()) {
        ("assignment", "identifier") if right.kind() != "assignment" => {
            Statement::Bind { name: left, value: right, annotation: inner.field("type") }
        }
        ("assignment", "pattern_list" | "tuple_pattern") if right.kind() != "assignment" => {
            Statement::Unpack { pattern: left, value: right }
        }
        ("augmented_assignment", "identifier") => Statement::Update { name: left, value: right },
        _ => Statement::Other,
    }
}

fn classify_rust(statement: Node<'_>) -> Statement<'_> {
    match statement.kind() {
        "let_declaration" => {
            let (Some(pattern), Some(value)) = (statement.field("pattern"), statement.field("value")) else {
                return Statement::Other;
            };
            if pattern.kind() == "identifier" && statement.field("alternative").is_none() {
                return Statement::Bind { name: pattern, value, annotation: statement.field("type") };
            }
            if pattern.kind() == "tuple_pattern" && statement.field("alternative").is_none() {
                return Statement::Unpack { pattern, value };
            }
            Statement::Other
        }
        "expression_statement" => {
            let Some(inner) = statement.named_children().next() else { return Statement::Other };
            match (inner.kind(), inner.field("left"), inner.field("right")) {
                ("compound_assignment_expr", Some(name), Some(value)) if name.kind() == "identifier" => Statement::Update { name, value },
                _ => Statement::Other,
            }
        }
        kind if kind.ends_with("_item") => Statement::Definition,
        _ => Statement::Other,
    }
}

/// Rust: the expression of a statement that may change a name's value in place, and that name: `y += x`, `*y += x`, `y = x`,
/// `y.method(…)`, `function(…, &mut y)`.
pub(super) fn change<'t>(statement: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
    let expression = statement.named_children().next().filter(|_| statement.kind() == "expression_statement")?;
    let mut place = match expression.kind() {
        "compound_assignment_expr" | "assignment_expression" => expression.field("left")?,
        "call_expression" => {
            let function = expression.field("function")?;
            let lent = || expression.field("arguments")?.named_children().find(|argument| is_lent_to_change(*argument));
            if function.kind() == "field_expression" { function.field("value")? } else { lent()? }
        }
        _ => return None,
    };
    while place.kind() != "identifier" {
        place = match place.kind() {
            "parenthesized_expression" => place.named_children().next()?,
            "unary_expression" if place.child(0)?.kind() == "*" => place.child(1)?,
            "reference_expression" => place.field("value")?,
            _ => return None,
        };
    }
    Some((expression, place))
}

/// Rust: the parameters of a function that are references by which it may change what they refer to.
pub(super) fn exclusive_parameters(function: Node<'_>) -> impl Iterator<Item = &str> {
    let parameters = function.field("parameters").into_iter().flat_map(Node::named_children);
    parameters
        .filter(|parameter| parameter.field("type").is_some_and(is_exclusive))
        .filter_map(|parameter| Some(parameter.field("pattern")?.text()))
}

/// The type `&mut T`.
pub(super) fn is_exclusive(ty: Node<'_>) -> bool {
    ty.kind() == "reference_type" && ty.named_children().any(|child| child.kind() == "mutable_specifier")
}

/// Rust: `y[i] = value` and `y += value` change elements and no lengths, but by what the value does.
pub(super) fn changed_elements(statement: Node<'_>) -> Option<Node<'_>> {
    let assignment = statement.named_children().next().filter(|_| statement.kind() == "expression_statement")?;
    let whole = assignment.kind() == "assignment_expression" && assignment.field("left")?.kind() != "index_expression";
    let value = assignment.field("right").filter(|_| assignment.kind().contains("assignment_expr"));
    value.filter(|_| !whole)
}

fn is_lent_to_change(node: Node<'_>) -> bool {
    node.kind() == "reference_expression" && node.named_children().any(|child| child.kind() == "mutable_specifier")
}

/// The functions of a file whose bodies are walked, outermost first, with their bodies. Iterative.
pub(super) fn functions<'t>(language: Language, root: Node<'t>) -> Vec<(Node<'t>, Node<'t>)> {
    let kind = match language {
        Language::Python => "function_definition",
        Language::Rust => "function_item",
    };
    let mut found = Vec::new();
    let mut stack = vec![root];
    while let Some(node) = stack.pop() {
        if node.kind() == kind
            && let Some(body) = node.field("body")
        {
            found.push((node, body));
        }
        let children: Vec<_> = node.named_children().collect();
        stack.extend(children.into_iter().rev());
    }
    found
}

/// The statements of a module that are not functions or classes.
pub(super) fn outside_functions(root: Node<'_>) -> Vec<Node<'_>> {
    root.named_children()
        .filter(|node| !matches!(node.kind(), "function_definition" | "class_definition" | "decorated_definition"))
        .collect()
}

/// The blocks directly below a statement: bodies of `if`, `for`, `with`, closures; not those of definitions inside.
pub(super) fn blocks<'t>(language: Language, statement: Node<'t>) -> Vec<Node<'t>> {
    let mut found = Vec::new();
    let mut stack = vec![statement];
    while let Some(node) = stack.pop() {
        if node.kind() == "block" {
            found.push(node);
            continue;
        }
        if is_definition(language, node) {
            continue;
        }
        let children: Vec<_> = node.named_children().collect();
        stack.extend(children.into_iter().rev());
    }
    found
}

/// An expression that stands for a place and not for the value there: the target of an assignment or loop, what `del` removes, what
/// Rust lends to be changed.
pub(super) fn is_written(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    match parent.kind() {
        "assignment"
        | "augmented_assignment"
        | "for_statement"
        | "for_in_clause"
        | "assignment_expression"
        | "compound_assignment_expr" => parent.field("left") == Some(node),
        "delete_statement" | "as_pattern_target" => true,
        "reference_expression" => is_lent_to_change(parent),
        _ => false,
    }
}

/// A nested function, class, lambda or comprehension: its names are its own.
pub(super) fn is_definition(language: Language, node: Node<'_>) -> bool {
    match language {
        Language::Python => matches!(
            node.kind(),
            "function_definition"
                | "class_definition"
                | "lambda"
                | "list_comprehension"
                | "set_comprehension"
                | "dictionary_comprehension"
                | "generator_expression"
        ),
        Language::Rust => node.kind().ends_with("_item") || matches!(node.kind(), "closure_expression" | "macro_invocation"),
    }
}

/// Rust: the `for`, `if`, … that is a whole statement.
pub(super) fn control(statement: Node<'_>) -> Node<'_> {
    let inner = statement.named_children().next().filter(|_| statement.kind() == "expression_statement");
    inner.filter(|inner| inner.kind() == "if_expression" || is_loop(*inner)).unwrap_or(statement)
}

/// Rust: what a `for`, `while` or `if` evaluates beside its blocks; of anything else with blocks, the whole.
pub(super) fn heads(control: Node<'_>) -> Vec<Node<'_>> {
    match control.kind() {
        "for_expression" => control.field("value").into_iter().collect(),
        "loop_expression" => Vec::new(),
        "while_expression" => control.field("condition").into_iter().collect(),
        "if_expression" => {
            let chain = std::iter::successors(Some(control), |node| {
                node.field("alternative")?.named_children().find(|inner| inner.kind() == "if_expression")
            });
            chain.filter_map(|node| node.field("condition")).collect()
        }
        _ => vec![control],
    }
}

/// Rust: the names that the head of a `for`, `while let` or `if let` binds for its block.
pub(super) fn bound_by_head(control: Node<'_>) -> impl Iterator<Item = &str> {
    let patterns = match control.kind() {
        "for_expression" => control.field("pattern").into_iter().collect(),
        "while_expression" | "if_expression" => {
            let condition = control.field("condition").into_iter().flat_map(Node::descendants);
            condition.filter(|node| node.kind() == "let_condition").filter_map(|node| node.field("pattern")).collect()
        }
        _ => Vec::new(),
    };
    patterns.into_iter().flat_map(Node::descendants).filter(|node| node.kind().ends_with("identifier")).map(|node| node.text())
}

/// The statement repeats its blocks.
pub(super) fn is_loop(statement: Node<'_>) -> bool {
    matches!(statement.kind(), "for_statement" | "while_statement" | "for_expression" | "while_expression" | "loop_expression")
}

/// The expression's parts may be skipped at run time (or run more than once).
pub(super) fn is_conditional(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "conditional_expression"
            | "boolean_operator"
            | "comparison_operator"
            | "while_statement"
            | "if_expression"
            | "match_expression"
            | "while_expression"
            | "elif_clause"
            | "match_statement"
            | "case_clause"
            | "assert_statement"
            | "try_statement"
    ) || (node.kind() == "binary_expression" && matches!(node.field("operator").map(|o| o.kind()), Some("&&" | "||")))
}

/// A call or macro: what may have an effect.
pub(super) fn is_call(node: Node<'_>) -> bool {
    matches!(node.kind(), "call" | "call_expression" | "macro_invocation" | "await" | "yield" | "await_expression" | "named_expression")
}

/// An annotation: not evaluated for its value.
pub(super) fn is_type(node: Node<'_>) -> bool {
    matches!(node.kind(), "type" | "type_arguments" | "generic_type" | "reference_type" | "attribute_item" | "decorator")
}

/// A node that the dialects may know: an operator, a call, an attribute, a subscript.
pub(super) fn is_expression(language: Language, node: Node<'_>) -> bool {
    match language {
        Language::Python => matches!(
            node.kind(),
            "binary_operator"
                | "unary_operator"
                | "comparison_operator"
                | "boolean_operator"
                | "not_operator"
                | "call"
                | "attribute"
                | "subscript"
                | "parenthesized_expression"
        ),
        Language::Rust => matches!(
            node.kind(),
            "binary_expression"
                | "unary_expression"
                | "call_expression"
                | "reference_expression"
                | "type_cast_expression"
                | "parenthesized_expression"
                | "index_expression"
        ),
    }
}
