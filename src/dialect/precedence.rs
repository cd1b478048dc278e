use crate::syntax::{Language, Node, Tree};

/// How tightly an expression holds together: one that stands where a higher precedence is required needs parentheses.
/// Numbers of different languages are not comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Precedence(u8);

impl Precedence {
    /// Holds least: may stand alone only.
    pub const LOWEST: Precedence = Precedence(0);
    /// Any expression that may be an argument or an element.
    pub const ARGUMENT: Precedence = Precedence(1);
    /// A name, a call, an index, parentheses.
    pub const PRIMARY: Precedence = Precedence(20);

    pub(super) const RUST_UNARY: Precedence = Precedence(12);
    pub(super) const PYTHON_NUMBER: Precedence = Precedence(16);

    /// That of `-x`.
    pub(super) fn unary(language: Language) -> Precedence {
        match language {
            Language::Python => PYTHON_UNARY,
            Language::Rust => Precedence::RUST_UNARY,
        }
    }

    /// That of an expression in a tree.
    pub fn of(node: Node<'_>) -> Precedence {
        match node.language() {
            Language::Python => python_of(node),
            Language::Rust => rust_of(node),
        }
    }

    /// That of an expression by its text.
    pub fn of_text(language: Language, text: &str) -> Precedence {
        let name = |c: char| c.is_alphanumeric() || c == '_';
        if text.starts_with(|c: char| c.is_alphabetic() || c == '_') && text.chars().all(name) {
            return Precedence::PRIMARY;
        }
        let tree = Tree::parse(language, in_context(language, text));
        // A tuple that begins at the parentheses of `in_context` has none of its own.
        expression_of(&tree).filter(|node| tree.first_error().is_none() && node.span().start > 0).map_or(Precedence::LOWEST, Precedence::of)
    }

    /// What an expression must have to stand in the place of this one.
    pub fn required(node: Node<'_>) -> Precedence {
        let Some(parent) = node.parent() else { return Precedence::LOWEST };
        match node.language() {
            Language::Python => python_required(node, parent),
            Language::Rust => rust_required(node, parent),
        }
    }

    fn above(self) -> Precedence {
        Precedence(self.0 + 1)
    }
}

/// The text of a file in which an expression stands.
pub(super) fn in_context(language: Language, text: &str) -> String {
    match language {
        Language::Python => format!("({text}\n)"),
        Language::Rust => format!("fn f() {{ let _ = {text}\n; }}"),
    }
}

/// The expression of a file made by [`in_context`].
pub(super) fn expression_of(tree: &Tree) -> Option<Node<'_>> {
    let root = tree.root();
    match tree.language() {
        Language::Python => {
            let parenthesized = root.child(0)?.child(0)?;
            let mut inside = parenthesized.named_children().filter(|node| !node.is_comment());
            match parenthesized.kind() {
                "parenthesized_expression" => inside.next(),
                "tuple" => Some(parenthesized),
                _ => None,
            }
        }
        Language::Rust => root.child(0)?.field("body")?.child(1)?.field("value"),
    }
}

fn python_binary(operator: &str) -> Precedence {
    Precedence(match operator {
        "|" => 7,
        "^" => 8,
        "&" => 9,
        "<<" | ">>" => 10,
        "+" | "-" => 11,
        "**" => 14,
        _ => 12,
    })
}

const PYTHON_UNARY: Precedence = Precedence(13);

fn operator(node: Node<'_>) -> &str {
    node.field("operator").map_or("", Node::text)
}

fn python_of(node: Node<'_>) -> Precedence {
    match node.kind() {
        "lambda" => Precedence(1),
        "conditional_expression" => Precedence(2),
        "boolean_operator" if operator(node) == "or" => Precedence(3),
        "boolean_operator" => Precedence(4),
        "not_operator" => Precedence(5),
        "comparison_operator" => Precedence(6),
        "binary_operator" => python_binary(operator(node)),
        "unary_operator" => PYTHON_UNARY,
        "await" => Precedence(15),
        "integer" | "float" | "concatenated_string" => Precedence::PYTHON_NUMBER,
        "tuple" if !node.text().starts_with('(') => Precedence::LOWEST,
        "identifier"
        | "attribute"
        | "call"
        | "subscript"
        | "string"
        | "list"
        | "dictionary"
        | "set"
        | "tuple"
        | "parenthesized_expression"
        | "true"
        | "false"
        | "none"
        | "ellipsis"
        | "list_comprehension"
        | "dictionary_comprehension"
        | "set_comprehension"
        | "generator_expression" => Precedence::PRIMARY,
        _ => Precedence::LOWEST,
    }
}

fn python_required(node: Node<'_>, parent: Node<'_>) -> Precedence {
    let is = |field: &str| parent.field(field) == Some(node);
    match parent.kind() {
        "binary_operator" if operator(parent) == "**" => {
            if is("left") {
                python_binary("**").above()
            } else {
                PYTHON_UNARY
            }
        }
        // Beside `^`, `&` gets parentheses: see [`is_misparsed`].
        "binary_operator" if operator(parent) == "^" => sided(python_binary("&").above(), is("left")),
        "binary_operator" => sided(python_binary(operator(parent)), is("left")),
        "unary_operator" => PYTHON_UNARY,
        "not_operator" => Precedence(5),
        "boolean_operator" => sided(python_of(parent), is("left")),
        "comparison_operator" | "list_splat" => Precedence(7),
        "conditional_expression" if parent.named_children().filter(|child| !child.is_comment()).nth(2) == Some(node) => Precedence(1),
        "conditional_expression" | "for_in_clause" | "if_clause" => Precedence(3),
        "subscript" if !is("value") => Precedence::ARGUMENT,
        "argument_list"
        | "keyword_argument"
        | "list"
        | "tuple"
        | "expression_list"
        | "set"
        | "slice"
        | "lambda"
        | "named_expression"
        | "pair"
        | "default_parameter"
        | "typed_default_parameter"
        | "assert_statement"
        | "if_statement"
        | "elif_clause"
        | "while_statement"
        | "list_comprehension"
        | "generator_expression"
        | "set_comprehension" => Precedence::ARGUMENT,
        "parenthesized_expression" | "expression_statement" | "assignment" | "augmented_assignment" | "return_statement" | "module" => {
            Precedence::LOWEST
        }
        _ => Precedence::PRIMARY,
    }
}

/// True of an expression that the tree has wrongly: tree-sitter's Python lets `^` hold tighter than `&`, while in Python
/// `a & b ^ c` is `(a & b) ^ c`.
pub(super) fn is_misparsed(node: Node<'_>) -> bool {
    let is = |node: Node<'_>, sign: &str| node.kind() == "binary_operator" && operator(node) == sign;
    node.language() == Language::Python
        && (is(node, "&") && node.named_children().any(|operand| is(operand, "^"))
            || is(node, "^") && node.parent().is_some_and(|parent| is(parent, "&")))
}

fn sided(own: Precedence, left: bool) -> Precedence {
    if left { own } else { own.above() }
}

fn rust_binary(operator: &str) -> Precedence {
    Precedence(match operator {
        "||" => 2,
        "&&" => 3,
        "==" | "!=" | "<" | "<=" | ">" | ">=" => 4,
        "|" => 5,
        "^" => 6,
        "&" => 7,
        "<<" | ">>" => 8,
        "+" | "-" => 9,
        _ => 10,
    })
}

fn rust_of(node: Node<'_>) -> Precedence {
    match node.kind() {
        "range_expression" => Precedence(1),
        "binary_expression" => rust_binary(operator(node)),
        "type_cast_expression" => Precedence(11),
        "unary_expression" | "reference_expression" => Precedence::RUST_UNARY,
        "identifier"
        | "self"
        | "scoped_identifier"
        | "call_expression"
        | "field_expression"
        | "index_expression"
        | "try_expression"
        | "await_expression"
        | "parenthesized_expression"
        | "tuple_expression"
        | "array_expression"
        | "macro_invocation"
        | "integer_literal"
        | "float_literal"
        | "boolean_literal"
        | "string_literal"
        | "char_literal"
        | "unit_expression"
        | "generic_function" => Precedence::PRIMARY,
        _ => Precedence::LOWEST,
    }
}

fn rust_required(node: Node<'_>, parent: Node<'_>) -> Precedence {
    let is = |field: &str| parent.field(field) == Some(node);
    match parent.kind() {
        "binary_expression" => match operator(parent) {
            // `a as usize < b` would open generic arguments.
            "<" | "<<" if is("left") && node.text().contains(" as ") => Precedence::RUST_UNARY,
            "==" | "!=" | "<" | "<=" | ">" | ">=" => Precedence(5),
            other => sided(rust_binary(other), is("left")),
        },
        "type_cast_expression" => Precedence(11),
        "unary_expression" | "reference_expression" => Precedence::RUST_UNARY,
        "range_expression" => Precedence(2),
        "if_expression" | "match_expression" | "while_expression" | "let_condition" | "for_expression" => Precedence(2),
        "index_expression" if parent.child(0) != Some(node) => Precedence::LOWEST,
        "arguments"
        | "array_expression"
        | "tuple_expression"
        | "parenthesized_expression"
        | "let_declaration"
        | "expression_statement"
        | "block"
        | "return_expression"
        | "field_initializer"
        | "assignment_expression"
        | "compound_assignment_expr"
        | "closure_expression"
        | "match_arm"
        | "const_item"
        | "static_item" => Precedence::LOWEST,
        _ => Precedence::PRIMARY,
    }
}
