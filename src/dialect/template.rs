//! A `code` template: what to match in a tree, and what to write.

use super::hole::{Hole, holes};
use super::precedence::{Precedence, expression_of, in_context};
use crate::syntax::{Language, Node, Step, Tree};

/// A template, read both ways.
#[derive(Debug)]
pub(super) struct Template {
    pub holes: Vec<Hole>,
    pub pattern: Pattern,
    pub pieces: Vec<Piece>,
    pub precedence: Precedence,
    /// Where in the index it is found.
    pub key: (Tag, String),
    /// The path that is called, if the whole is a call of one.
    pub function: Option<String>,
    /// Rust: the parameters of closures.
    pub locals: Vec<String>,
}

/// A word that a text has to contain to mean a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word<'a> {
    /// What it is.
    pub form: WordForm,
    /// How it is written.
    pub text: &'a str,
    /// A function that needs no library's name before it.
    pub builtin: bool,
}

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WordForm {
    /// A name that is called.
    Call,
    /// An attribute, field or path that is not called.
    Member,
    /// A token.
    Sign,
}

/// What kind of word a template is indexed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Tag {
    /// The last name of what is called.
    Call,
    /// The last name of an attribute, field or path that is not called.
    Member,
    /// The sign of a binary operator.
    Binary,
    /// The sign of a unary operator.
    Unary,
    /// The grammar's name of anything else.
    Kind,
}

/// What is matched in a tree. Parentheses are seen through.
#[derive(Debug)]
pub(super) enum Pattern {
    /// Whatever stands there.
    Hole(usize),
    /// A name or chain of names that means this path.
    Path(String),
    /// A token or name by its text.
    Token(String),
    /// A closure's parameter, by whatever name.
    Local(usize),
    /// A node of this kind with these children.
    Node(&'static str, Vec<Pattern>),
    /// A call's arguments.
    Arguments(Vec<Argument>),
    /// The elements of a list, tuple or array, whose kind is one of these.
    Sequence(&'static [&'static str], Vec<Element>),
    /// Start, stop and step of a Python slice.
    Slice([Option<Box<Pattern>>; 3]),
}

#[derive(Debug)]
pub(super) struct Element {
    pub pattern: Pattern,
    /// Matches all the elements that are left.
    pub spread: bool,
}

#[derive(Debug)]
pub(super) struct Argument {
    pub element: Element,
    /// The keywords that may name it.
    pub keywords: Vec<String>,
    /// May be given by position.
    pub positional: bool,
    /// The hole whose default it has when left out.
    pub optional: Option<usize>,
}

/// A part of what is written.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    Path(String),
    Hole {
        hole: usize,
        place: Place,
    },
    /// Elements or arguments with commas between, of which defaults are left out.
    List(Vec<ListItem>),
    /// Parts with colons between, of which defaults are left out.
    Slice(Vec<Option<(Option<usize>, Vec<Piece>)>>),
}

#[derive(Debug)]
pub(super) struct ListItem {
    pub keyword: Option<String>,
    pub pieces: Vec<Piece>,
    pub optional: Option<usize>,
    pub spread: Option<usize>,
}

/// What the place of a hole asks of the text there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub required: Precedence,
    pub role: PlaceRole,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlaceRole {
    /// An operand of an operator, an argument.
    Plain,
    /// What a method, attribute or index is taken of.
    Receiver,
    /// Rust: after a `&`.
    Referenced,
    /// Rust: after a `&mut`.
    Changed,
    /// Rust: the left of `+=` or `=`.
    Assigned,
    /// Rust: the left of `<` or `<<`.
    BeforeLess,
    /// Rust: one token of a macro's arguments.
    Token,
}

const STAR: &str = "_star_";
/// Nodes of elements with commas between, of which some may be left out or repeated.
const LISTS: [&str; 4] = ["argument_list", "arguments", "list", "array_expression"];
const PYTHON_LISTS: &[&str] = &["list", "tuple"];

impl Template {
    /// The paths that it writes.
    pub fn paths(&self) -> Vec<&str> {
        let mut found = Vec::new();
        let mut open: Vec<&Piece> = self.pieces.iter().collect();
        while let Some(piece) = open.pop() {
            match piece {
                Piece::Path(path) => found.push(path.as_str()),
                Piece::List(items) => open.extend(items.iter().flat_map(|item| &item.pieces)),
                Piece::Slice(parts) => open.extend(parts.iter().flatten().flat_map(|(_, pieces)| pieces)),
                Piece::Text(_) | Piece::Hole { .. } => {}
            }
        }
        found
    }

    /// Reads a template. The error is a byte of `text` and a message.
    pub fn parse(language: Language, text: &str) -> Result<Template, (usize, String)> {
        let (mut source, holes) = holes(text)?;
        if language == Language::Python {
            source = source.replace("(*,", &format!("({STAR},")).replace(", *,", &format!(", {STAR},"));
        }
        let name = match language {
            Language::Python => "a Python expression",
            Language::Rust => "a Rust expression",
        };
        let tree = Tree::parse(language, in_context(language, &source));
        let wrong = || (0, format!("expected {name} with holes `{{…}}`, found `{text}`"));
        if tree.first_error().is_some() {
            return Err(wrong());
        }
        let root = expression_of(&tree).ok_or_else(wrong)?;
        let locals = closure_parameters(root);
        let compiler = Compiler { language, holes: &holes, locals: &locals };
        let pattern = compiler.pattern(root);
        let mut pieces = Vec::new();
        compiler.pieces(root, &mut pieces);
        let key = compiler.key(root).ok_or_else(|| (0, format!("`{text}` has no operator, method or function to be found by")))?;
        let function = root.field("function").filter(|_| matches!(root.kind(), "call" | "call_expression")).and_then(|f| compiler.path(f));
        Ok(Template { precedence: Precedence::of(root), holes, pattern, pieces, key, function, locals })
    }
}

impl Template {
    /// The word without which a text does not mean it. An alias may stand for a last name, but not in the import that gives it.
    pub fn word(&self) -> Word<'_> {
        let (tag, word) = (self.key.0, self.key.1.as_str());
        let (form, text) = match (tag, word) {
            (Tag::Kind, "subscript" | "index_expression") => (WordForm::Sign, "["),
            (Tag::Kind, "conditional_expression" | "if_expression") => (WordForm::Sign, "if"),
            (Tag::Kind, "type_cast_expression") => (WordForm::Sign, "as"),
            (Tag::Call, _) => (WordForm::Call, word),
            (Tag::Member, _) => (WordForm::Member, word),
            (Tag::Binary | Tag::Unary | Tag::Kind, _) => (WordForm::Sign, word),
        };
        let builtin = self.function.as_ref().is_some_and(|path| path.starts_with("builtins."));
        Word { form, text, builtin }
    }
}

struct Compiler<'a> {
    language: Language,
    holes: &'a [Hole],
    locals: &'a [String],
}

impl Compiler<'_> {
    fn hole(&self, node: Node<'_>) -> Option<usize> {
        let number = node.text().strip_prefix("_h")?.strip_suffix('_')?;
        number.parse().ok().filter(|&hole| hole < self.holes.len() && node.child_count() == 0)
    }

    fn local(&self, node: Node<'_>) -> Option<usize> {
        self.locals.iter().position(|name| node.kind() == "identifier" && name == node.text())
    }

    /// The path that a chain of names spells, if no hole is in it.
    fn path(&self, node: Node<'_>) -> Option<String> {
        match (self.language, node.kind()) {
            (_, "identifier" | "type_identifier") if self.hole(node).is_none() && node.text() != "_" => {
                let builtin = self.language == Language::Python && node.parent().is_none_or(|p| p.kind() != "attribute");
                Some(if builtin { format!("builtins.{}", node.text()) } else { node.text().to_string() })
            }
            (Language::Python, "attribute") => {
                let object = self.path(node.field("object")?)?;
                Some(format!("{object}.{}", node.field("attribute")?.text()))
            }
            (Language::Rust, "scoped_identifier" | "scoped_type_identifier") => {
                let plain = node.descendants().all(|n| self.hole(n).is_none() && n.kind() != "type_arguments");
                plain.then(|| node.text().split_whitespace().collect())
            }
            _ => None,
        }
    }

    fn pattern(&self, node: Node<'_>) -> Pattern {
        if let Some(hole) = self.hole(node) {
            return Pattern::Hole(hole);
        }
        if let Some(local) = self.local(node) {
            return Pattern::Local(local);
        }
        if let Some(path) = self.path(node) {
            return Pattern::Path(path);
        }
        match node.kind() {
            "parenthesized_expression" | "reference_expression" if !is_mutable_reference(node) => {
                let inner = node.named_children().last();
                inner.map_or_else(|| Pattern::Token(node.text().to_string()), |inner| self.pattern(inner))
            }
            "argument_list" | "arguments" => Pattern::Arguments(self.arguments(node)),
            "list" | "tuple" => Pattern::Sequence(PYTHON_LISTS, self.elements(node)),
            "array_expression" => Pattern::Sequence(&["array_expression"], self.elements(node)),
            "tuple_expression" => Pattern::Sequence(&["tuple_expression"], self.elements(node)),
            "slice" => Pattern::Slice(slice_parts(node).map(|part| part.map(|part| Box::new(self.pattern(part))))),
            _ if node.child_count() == 0 || node.kind() == "string" => Pattern::Token(node.text().to_string()),
            kind => Pattern::Node(kind, node.children().map(|child| self.child(node, child)).collect()),
        }
    }

    /// A child's pattern; the name of a member is no path, nor is a word in a macro's arguments.
    fn child(&self, parent: Node<'_>, child: Node<'_>) -> Pattern {
        let member = match parent.kind() {
            "attribute" => parent.field("attribute") == Some(child),
            "scoped_identifier" => parent.field("name") == Some(child),
            "token_tree" => child.kind() == "identifier" && self.hole(child).is_none(),
            _ => false,
        };
        if member { Pattern::Token(child.text().to_string()) } else { self.pattern(child) }
    }

    fn elements(&self, node: Node<'_>) -> Vec<Element> {
        node.named_children().map(|child| self.element(child)).collect()
    }

    fn element(&self, node: Node<'_>) -> Element {
        Element { pattern: self.pattern(node), spread: self.spread(node).is_some() }
    }

    /// The spread hole that an element holds; one in a list inside it is that list's.
    fn spread(&self, node: Node<'_>) -> Option<usize> {
        let mut walk = node.walk();
        while let Some(step) = walk.next() {
            let Step::Enter(inner) = step else { continue };
            if let Some(hole) = self.hole(inner).filter(|&hole| self.holes[hole].spread) {
                return Some(hole);
            }
            if LISTS.contains(&inner.kind()) {
                walk.skip_children();
            }
        }
        None
    }

    fn arguments(&self, node: Node<'_>) -> Vec<Argument> {
        let mut positional = true;
        let mut found = Vec::new();
        for child in node.named_children() {
            if child.text() == STAR {
                positional = false;
                continue;
            }
            let keyword = child.field("name").filter(|_| child.kind() == "keyword_argument");
            let value = if keyword.is_some() { child.field("value").unwrap_or(child) } else { child };
            let hole = self.hole(value);
            let mut keywords: Vec<String> = keyword.map(|name| name.text().to_string()).into_iter().collect();
            if let (Some(hole), Language::Python) = (hole, self.language) {
                let hole = &self.holes[hole];
                keywords.extend(keyword.is_none().then(|| hole.name.clone()));
                keywords.extend(hole.aliases.iter().cloned());
            }
            let by_position = positional && (keyword.is_none() || hole.is_some());
            let optional = hole.filter(|&hole| self.holes[hole].default.is_some());
            found.push(Argument { element: self.element(value), keywords, positional: by_position, optional });
        }
        found
    }

    fn key(&self, node: Node<'_>) -> Option<(Tag, String)> {
        let (tag, word) = key(node)?;
        match (tag, self.path(node)) {
            (Tag::Member, Some(path)) => Some((tag, last_name(&path).to_string())),
            _ => Some((tag, word.to_string())),
        }
    }

    fn pieces(&self, node: Node<'_>, out: &mut Vec<Piece>) {
        if let Some(hole) = self.hole(node) {
            out.push(Piece::Hole { hole, place: place(node) });
        } else if self.local(node).is_some() {
            out.push(Piece::Text(node.text().to_string()));
        } else if let Some(path) = self.path(node) {
            out.push(Piece::Path(path));
        } else if let Some(hole) = self.referenced_hole(node) {
            let role = if is_mutable_reference(node) { PlaceRole::Changed } else { PlaceRole::Referenced };
            out.push(Piece::Hole { hole, place: Place { required: Precedence::required(node), role } });
        } else if node.kind() == "slice" {
            out.push(Piece::Slice(self.slice_pieces(node)));
        } else if LISTS.contains(&node.kind()) {
            let text = node.text();
            out.push(Piece::Text(text[..1].to_string()));
            out.push(Piece::List(node.named_children().filter(|child| child.text() != STAR).map(|child| self.item(child)).collect()));
            out.push(Piece::Text(text[text.len() - 1..].to_string()));
        } else if node.child_count() == 0 {
            out.push(Piece::Text(node.text().to_string()));
        } else {
            self.piecewise(node, out);
        }
    }

    /// The hole of `&{a}` or `&mut {a}`.
    fn referenced_hole(&self, node: Node<'_>) -> Option<usize> {
        let inner = node.field("value").filter(|_| node.kind() == "reference_expression")?;
        self.hole(inner)
    }

    fn piecewise(&self, node: Node<'_>, out: &mut Vec<Piece>) {
        let mut end = node.span().start;
        for child in node.children() {
            let gap = child.span().start - end;
            if gap > 0 {
                out.push(Piece::Text(" ".to_string()));
            }
            match self.child(node, child) {
                Pattern::Token(text) => out.push(Piece::Text(text)),
                _ => self.pieces(child, out),
            }
            end = child.span().end;
        }
    }

    fn item(&self, node: Node<'_>) -> ListItem {
        let keyword = node.field("name").filter(|_| node.kind() == "keyword_argument");
        let value = if keyword.is_some() { node.field("value").unwrap_or(node) } else { node };
        let mut pieces = Vec::new();
        self.pieces(value, &mut pieces);
        let optional = self.hole(value).filter(|&hole| self.holes[hole].default.is_some());
        ListItem { keyword: keyword.map(|name| name.text().to_string()), pieces, optional, spread: self.spread(value) }
    }

    fn slice_pieces(&self, node: Node<'_>) -> Vec<Option<(Option<usize>, Vec<Piece>)>> {
        let parts = slice_parts(node).into_iter().map(|part| {
            let part = part?;
            let mut pieces = Vec::new();
            self.pieces(part, &mut pieces);
            Some((self.hole(part).filter(|&hole| self.holes[hole].default.is_some()), pieces))
        });
        parts.collect()
    }
}

/// `&mut x`
fn is_mutable_reference(node: Node<'_>) -> bool {
    node.kind() == "reference_expression" && node.named_children().any(|child| child.kind() == "mutable_specifier")
}

/// The names that the closures below a node give to their arguments.
fn closure_parameters(node: Node<'_>) -> Vec<String> {
    let parameters = node.descendants().filter(|n| n.kind() == "closure_parameters");
    parameters
        .flat_map(|n| n.descendants().filter(|d| d.kind() == "identifier").map(|d| d.text().to_string()).collect::<Vec<_>>())
        .collect()
}

fn place(node: Node<'_>) -> Place {
    let role = match node.parent() {
        Some(p)
            if p.kind() == "binary_expression"
                && p.field("left") == Some(node)
                && matches!(p.child(1).map(Node::text), Some("<" | "<<")) =>
        {
            PlaceRole::BeforeLess
        }
        Some(p)
            if matches!(p.kind(), "attribute" | "field_expression")
                || (p.kind().ends_with("subscript") && p.field("value") == Some(node)) =>
        {
            PlaceRole::Receiver
        }
        Some(p) if p.kind() == "token_tree" => PlaceRole::Token,
        Some(p) if p.kind().contains("assignment_expr") && p.field("left") == Some(node) => PlaceRole::Assigned,
        Some(p) if p.kind() == "index_expression" && p.child(0) == Some(node) => PlaceRole::Receiver,
        _ => PlaceRole::Plain,
    };
    Place { required: Precedence::required(node), role }
}

/// Start, stop and step of a `slice` node.
pub(super) fn slice_parts(node: Node<'_>) -> [Option<Node<'_>>; 3] {
    let mut parts = [None; 3];
    let mut at = 0;
    for child in node.children() {
        match child.kind() {
            ":" => at = (at + 1).min(2),
            _ if child.is_comment() => {}
            _ => parts[at] = Some(child),
        }
    }
    parts
}

/// The last name of a path.
pub(super) fn last_name(path: &str) -> &str {
    path.rsplit(['.', ':']).next().unwrap_or(path)
}

/// The word by which an expression is found in the index, as far as its own text tells.
pub(super) fn key(node: Node<'_>) -> Option<(Tag, &str)> {
    let token = |i: usize| node.child(i).map(Node::text);
    match node.kind() {
        "call" | "call_expression" => Some((Tag::Call, called_name(node.field("function")?)?)),
        "attribute" => Some((Tag::Member, node.field("attribute")?.text())),
        "field_expression" => Some((Tag::Member, node.field("field")?.text())),
        "scoped_identifier" => Some((Tag::Member, node.field("name")?.text())),
        "identifier" => Some((Tag::Member, node.text())),
        "binary_operator" | "binary_expression" | "boolean_operator" => Some((Tag::Binary, token(1)?)),
        "compound_assignment_expr" | "assignment_expression" => Some((Tag::Binary, token(1)?)),
        "comparison_operator" if node.child_count() == 3 => Some((Tag::Binary, token(1)?)),
        "unary_operator" | "unary_expression" | "not_operator" => Some((Tag::Unary, token(0)?)),
        kind @ ("subscript" | "conditional_expression" | "index_expression" | "type_cast_expression" | "if_expression") => {
            Some((Tag::Kind, kind))
        }
        _ => None,
    }
}

fn called_name(function: Node<'_>) -> Option<&str> {
    match function.kind() {
        "attribute" => Some(function.field("attribute")?.text()),
        "field_expression" => Some(function.field("field")?.text()),
        "scoped_identifier" => Some(function.field("name")?.text()),
        "generic_function" => called_name(function.field("function")?),
        "identifier" => Some(function.text()),
        _ => None,
    }
}
