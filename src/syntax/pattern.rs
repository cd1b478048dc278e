//! Source text with `$metavariables`, matched against trees by structure.

mod words;

use std::collections::BTreeMap;

use super::{Language, Node, Tree};

pub use words::{Word, WordPlace};

/// Source text with `$metavariables`, matched against trees by structure.
///
/// | in the pattern | in the code |
/// | --- | --- |
/// | `$X` | one node, the same wherever `$X` stands |
/// | `$_` | one node, whatever it is |
/// | `$$$XS`, `$$$` | any number of arguments, elements, parameters or statements |
/// | `torch.log` | what resolves to that path through the file's imports, however it is spelled |
/// | `"text"` | a string of that content, whatever its quotes |
/// | `f($X, dim=1)` | keywords in any order; without `$$$` no others |
///
/// Parentheses and comments are seen through. Several statements match such that follow each other in a block.
#[derive(Debug, Clone)]
pub struct Pattern {
    language: Language,
    parts: Vec<Part>,
}

/// A place where a [`Pattern`] matches.
#[derive(Debug, Clone)]
pub struct Match<'t> {
    /// The node, or the first of several statements.
    pub first: Node<'t>,
    /// The last of several statements; else the node.
    pub last: Node<'t>,
    bindings: BTreeMap<String, Bound<'t>>,
}

/// What a metavariable stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound<'t> {
    /// Of `$X`.
    One(Node<'t>),
    /// Of `$$$XS`: neighbours, without the commas and comments between.
    Many(Vec<Node<'t>>),
}

/// By what the nodes are found that a pattern may match.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A call of this path.
    Call(String),
    /// A call of a method of this name.
    Method(String),
    /// This path, not called.
    Path(String),
    /// A node of this kind.
    Kind(&'static str),
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} with `$METAVARIABLES`, found `{found}`")]
pub struct PatternError {
    /// What it should be.
    pub expected: &'static str,
    /// The text.
    pub found: String,
}

/// What a name means, by the imports of the file.
pub type Resolve<'a> = &'a dyn Fn(Node<'_>) -> Option<String>;

impl Pattern {
    /// Reads a pattern: an expression, a statement, or several of them.
    ///
    /// # Errors
    /// If it is none of these in the language.
    pub fn parse(language: Language, text: &str) -> Result<Pattern, PatternError> {
        let source = Source::parse(language, text)?;
        let parts = source.statements().into_iter().map(part).collect();
        Ok(Pattern { language, parts })
    }

    /// The metavariables that a match binds.
    pub fn metavariables(&self) -> Vec<&str> {
        let mut names = Vec::new();
        let mut open: Vec<&Part> = self.parts.iter().collect();
        while let Some(part) = open.pop() {
            match part {
                Part::One(Some(name)) | Part::Many(Some(name)) if !names.contains(&name.as_str()) => names.push(name),
                Part::Node(_, parts) | Part::Arguments(parts) => open.extend(parts),
                _ => {}
            }
        }
        names
    }

    /// By what the nodes are found that it may match; `None` if any node may be one.
    pub fn key(&self) -> Option<Key> {
        self.parts.first().and_then(key)
    }

    /// The words that a text must all have to hold a match.
    pub fn words(&self) -> Vec<Word> {
        words::words_of(&self.parts)
    }

    /// Matches a node, or the statements from a node on.
    pub fn matches<'t>(&self, node: Node<'t>, resolve: Resolve<'_>) -> Option<Match<'t>> {
        self.matches_given(node, resolve, &BTreeMap::new())
    }

    /// The same where metavariables are bound already, as they are in the match of another pattern.
    pub fn matches_given<'t>(&self, node: Node<'t>, resolve: Resolve<'_>, given: &BTreeMap<String, Bound<'t>>) -> Option<Match<'t>> {
        // What is seen through has no match of its own.
        if node.language() != self.language || without_parentheses(bare(node)) != node {
            return None;
        }
        let mut matcher = Matcher { resolve, bindings: given.clone() };
        if let [part] = &self.parts[..] {
            return matcher.part(part, node).then_some(Match { first: node, last: node, bindings: matcher.bindings });
        }
        let following: Vec<Node<'t>> = statements_from(node)?;
        let taken = matcher.sequence(&self.parts, &following, false)?;
        Some(Match { first: node, last: *following.get(taken.checked_sub(1)?)?, bindings: matcher.bindings })
    }
}

impl<'t> Match<'t> {
    /// What a metavariable stands for.
    pub fn get(&self, name: &str) -> Option<&Bound<'t>> {
        self.bindings.get(name)
    }

    /// The node that a metavariable stands for, if it stands for one.
    pub fn node(&self, name: &str) -> Option<Node<'t>> {
        match self.get(name)? {
            Bound::One(node) => Some(*node),
            Bound::Many(nodes) => nodes.first().copied().filter(|_| nodes.len() == 1),
        }
    }

    /// All that is bound, by name.
    pub fn bindings(&self) -> &BTreeMap<String, Bound<'t>> {
        &self.bindings
    }

    /// Adds what another match bound.
    pub fn extend(&mut self, other: Match<'t>) {
        self.bindings.extend(other.bindings);
    }
}

/// A pattern or template with its metavariables as names that the grammar can read.
#[derive(Debug, Clone)]
pub struct Source {
    tree: Tree,
}

const ONE: &str = "_wright_one_";
const MANY: &str = "_wright_many_";

impl Source {
    /// Parses an expression or statements.
    ///
    /// # Errors
    /// If the text is none of these in the language.
    pub fn parse(language: Language, text: &str) -> Result<Source, PatternError> {
        let expected = match language {
            Language::Python => "a Python expression or statements",
            Language::Rust => "a Rust expression or statements",
        };
        let error = || PatternError { expected, found: text.trim().to_owned() };
        let source = with_names(text.trim_end());
        // A Rust expression without `;` is the block's value.
        let source = if language == Language::Rust { format!("fn f() {{\n{source}\n}}") } else { source };
        let source = Source { tree: Tree::parse(language, source) };
        if source.tree.first_error().is_some() || source.statements().is_empty() { Err(error()) } else { Ok(source) }
    }

    /// The statements; an expression that stands for itself is one.
    pub fn statements(&self) -> Vec<Node<'_>> {
        let root = self.tree.root();
        let block = match self.tree.language() {
            Language::Python => Some(root),
            Language::Rust => root.named_children().next().and_then(|function| function.field("body")),
        };
        let statements = block.into_iter().flat_map(Node::named_children).filter(|node| !node.is_comment());
        statements.map(bare).collect()
    }

    /// Its tree.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }
}

/// The metavariable that a node of a [`Source`] stands for, and whether it stands for many.
pub fn metavariable(node: Node<'_>) -> Option<(&str, bool)> {
    if node.kind() == "expression_statement" {
        return node.named_children().next().filter(|_| node.child_count() == 1).and_then(metavariable);
    }
    let leaf = node.child_count() == 0;
    let one = node.text().strip_prefix(ONE).map(|name| (name, false));
    one.or_else(|| node.text().strip_prefix(MANY).map(|name| (name, true))).filter(|_| leaf)
}

/// The dotted path that a chain of plain names spells in a pattern or template: `torch.nn.Linear`, `std::mem::take`.
pub fn plain_path(node: Node<'_>) -> Option<String> {
    match (node.language(), node.kind()) {
        (Language::Python, "attribute") => {
            let object = node.field("object")?;
            let name = node.field("attribute")?.text();
            let object = if object.kind() == "identifier" {
                (metavariable(object).is_none() && object.text() != "self").then(|| object.text().to_owned())
            } else {
                plain_path(object)
            };
            (!name.starts_with(ONE)).then_some(format!("{}.{name}", object?))
        }
        (Language::Rust, "scoped_identifier" | "scoped_type_identifier") => {
            let plain = node.descendants().all(|n| metavariable(n).is_none() && n.kind() != "type_arguments");
            plain.then(|| node.text().split_whitespace().collect())
        }
        _ => None,
    }
}

/// The same node without parentheses around it.
pub fn without_parentheses(mut node: Node<'_>) -> Node<'_> {
    while node.kind() == "parenthesized_expression" {
        let mut inside = node.named_children().filter(|child| !child.is_comment());
        match (inside.next(), inside.next()) {
            (Some(inner), None) => node = inner,
            _ => break,
        }
    }
    node
}

/// True if two nodes are written alike but for spaces, comments and line breaks.
pub fn same_text(a: Node<'_>, b: Node<'_>) -> bool {
    let tokens = |node: Node<'_>| {
        node.descendants()
            .filter(|node| node.child_count() == 0 && !node.is_comment())
            .map(|leaf| leaf.text().to_owned())
            .collect::<Vec<_>>()
    };
    tokens(without_parentheses(a)) == tokens(without_parentheses(b))
}

#[derive(Debug, Clone)]
enum Part {
    One(Option<String>),
    Many(Option<String>),
    Path(String),
    /// A single name: a builtin, or one that means nothing else.
    Name(String),
    /// A string by what is in it.
    Text(String),
    Token(&'static str, String),
    Node(&'static str, Vec<Part>),
    Arguments(Vec<Part>),
}

fn part(node: Node<'_>) -> Part {
    let node = without_parentheses(node);
    if let Some((name, many)) = metavariable(node) {
        let name = Some(name.to_owned()).filter(|name| !name.is_empty() && name != "_");
        return if many { Part::Many(name) } else { Part::One(name) };
    }
    if let Some(path) = plain_path(node) {
        return Part::Path(path);
    }
    // What an import names is no value.
    let of_import = node.parent().is_some_and(|parent| matches!(parent.kind(), "dotted_name" | "aliased_import"));
    if node.kind() == "identifier" && !of_import {
        return Part::Name(node.text().to_owned());
    }
    if let Some(text) = string_content(node) {
        return Part::Text(text.to_owned());
    }
    let parts = || parts_of(node).into_iter().map(part).collect();
    match node.kind() {
        _ if node.child_count() == 0 => Part::Token(node.kind(), node.text().to_owned()),
        "argument_list" | "arguments" => Part::Arguments(node.named_children().filter(|n| !n.is_comment()).map(part).collect()),
        "keyword_argument" => {
            let name = node.field("name").map_or(String::new(), |name| name.text().to_owned());
            let name = metavariable_named(&name).unwrap_or(Part::Token("identifier", name));
            Part::Node("keyword_argument", vec![name, node.field("value").map_or(Part::One(None), part)])
        }
        kind => Part::Node(kind, parts()),
    }
}

fn metavariable_named(text: &str) -> Option<Part> {
    let name = text.strip_prefix(ONE)?;
    Some(Part::One(Some(name.to_owned()).filter(|name| !name.is_empty() && name != "_")))
}

/// What of a node's children counts: neither comments nor the commas and line ends between.
fn parts_of(node: Node<'_>) -> Vec<Node<'_>> {
    let counts = |child: &Node<'_>| !child.is_comment() && !matches!(child.kind(), "," | ";");
    node.children().filter(counts).map(bare).collect()
}

/// The expression of a statement that is nothing else.
fn bare(statement: Node<'_>) -> Node<'_> {
    let python = statement.kind() == "expression_statement" && statement.language() == Language::Python;
    let mut children = statement.named_children().filter(|child| !child.is_comment());
    match (children.next(), children.next()) {
        (Some(only), None) if python => only,
        _ => statement,
    }
}

/// The content of a string without prefix, escapes and interpolation.
fn string_content(node: Node<'_>) -> Option<&str> {
    if !matches!(node.kind(), "string" | "string_literal") {
        return None;
    }
    let mut inside = node.named_children();
    match (inside.next(), inside.next(), inside.next()) {
        (None, ..) => Some(""),
        (Some(start), None, _) if start.kind() == "string_content" && start.child_count() == 0 => Some(start.text()),
        (Some(start), Some(end), None) if start.kind() == "string_start" && end.kind() == "string_end" => Some(""),
        (Some(start), Some(content), Some(_)) if start.kind() == "string_start" && content.kind() == "string_content" => {
            (content.child_count() == 0 && !start.text().contains(['b', 'B', 'f', 'F'])).then(|| content.text())
        }
        _ => None,
    }
}

fn key(part: &Part) -> Option<Key> {
    match part {
        Part::Path(path) => Some(Key::Path(path.clone())),
        Part::Node(kind @ ("call" | "call_expression"), parts) => match parts.first() {
            Some(Part::Path(path)) => Some(Key::Call(path.clone())),
            Some(Part::Name(name)) => Some(Key::Call(format!("builtins.{name}"))),
            Some(Part::Node("attribute" | "field_expression", parts)) => match parts.last() {
                Some(Part::Name(name) | Part::Token(_, name)) => Some(Key::Method(name.clone())),
                _ => Some(Key::Kind(kind)),
            },
            _ => Some(Key::Kind(kind)),
        },
        Part::Node(kind, _) | Part::Token(kind, _) => Some(Key::Kind(kind)),
        Part::Arguments(_) => Some(Key::Kind("argument_list")),
        Part::Text(_) => Some(Key::Kind("string")),
        Part::Name(_) => Some(Key::Kind("identifier")),
        Part::One(_) | Part::Many(_) => None,
    }
}

struct Matcher<'a, 't> {
    resolve: Resolve<'a>,
    bindings: BTreeMap<String, Bound<'t>>,
}

impl<'t> Matcher<'_, 't> {
    fn part(&mut self, part: &Part, node: Node<'t>) -> bool {
        if let Part::One(name) = part {
            return self.bind(name.as_ref(), Bound::One(node));
        }
        let node = without_parentheses(bare(node));
        match part {
            Part::One(_) => unreachable!("bound above"),
            Part::Many(name) => self.bind(name.as_ref(), Bound::Many(vec![node])),
            Part::Path(path) => (self.resolve)(node).is_some_and(|found| found == *path),
            Part::Name(name) => {
                let builtin = |path: String| path.strip_prefix("builtins.").is_some_and(|found| found == name);
                node.child_count() == 0 && node.text() == name && (self.resolve)(node).is_none_or(builtin)
            }
            Part::Text(text) => string_content(node) == Some(text),
            Part::Token(kind, text) => node.kind() == *kind && node.child_count() == 0 && node.text() == text,
            Part::Arguments(parts) => matches!(node.kind(), "argument_list" | "arguments") && self.arguments(parts, node),
            Part::Node("keyword_argument", parts) => {
                let (Some(name), Some(value)) = (node.field("name"), node.field("value")) else { return false };
                node.kind() == "keyword_argument" && self.part(&parts[0], name) && self.part(&parts[1], value)
            }
            Part::Node(kind, parts) => {
                let children = parts_of(node);
                node.kind() == *kind && self.sequence(parts, &children, true).is_some()
            }
        }
    }

    /// Positional arguments in order, keywords in any order.
    fn arguments(&mut self, parts: &[Part], list: Node<'t>) -> bool {
        let is_keyword = |part: &&Part| matches!(part, Part::Node("keyword_argument", _));
        let mut given: Vec<Node<'t>> = list.named_children().filter(|child| !child.is_comment()).collect();
        for keyword in parts.iter().filter(is_keyword) {
            let before = self.bindings.clone();
            let found = given.iter().position(|argument| {
                self.bindings.clone_from(&before);
                argument.kind() == "keyword_argument" && self.part(keyword, *argument)
            });
            let Some(found) = found else { return false };
            given.remove(found);
        }
        let positional: Vec<Part> = parts.iter().filter(|part| !is_keyword(part)).cloned().collect();
        self.sequence(&positional, &given, true).is_some()
    }

    /// Matches parts against the nodes from the first on, all of them if `whole`; returns how many are taken.
    fn sequence(&mut self, parts: &[Part], nodes: &[Node<'t>], whole: bool) -> Option<usize> {
        let Some((first, rest)) = parts.split_first() else {
            return (!whole || nodes.is_empty()).then_some(0);
        };
        let before = self.bindings.clone();
        if let Part::Many(name) = first {
            for taken in 0..=nodes.len() {
                self.bindings.clone_from(&before);
                if self.bind(name.as_ref(), Bound::Many(nodes[..taken].to_vec()))
                    && let Some(more) = self.sequence(rest, &nodes[taken..], whole)
                {
                    return Some(taken + more);
                }
            }
            return None;
        }
        let (node, others) = nodes.split_first()?;
        let keyword = node.kind() == "keyword_argument" && !matches!(first, Part::Node("keyword_argument", _));
        if keyword || is_splat(*node) && matches!(first, Part::One(_)) || !self.part(first, *node) {
            return None;
        }
        Some(1 + self.sequence(rest, others, whole)?)
    }

    fn bind(&mut self, name: Option<&String>, bound: Bound<'t>) -> bool {
        let Some(name) = name else { return true };
        match self.bindings.get(name) {
            Some(known) => same_bound(known, &bound),
            None => {
                self.bindings.insert(name.clone(), bound);
                true
            }
        }
    }
}

fn is_splat(node: Node<'_>) -> bool {
    matches!(node.kind(), "list_splat" | "dictionary_splat" | "list_splat_pattern" | "dictionary_splat_pattern")
}

fn same_bound(a: &Bound<'_>, b: &Bound<'_>) -> bool {
    match (a, b) {
        (Bound::One(a), Bound::One(b)) => same_text(*a, *b),
        (Bound::Many(a), Bound::Many(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_text(*a, *b)),
        _ => false,
    }
}

/// A statement and those after it in its block.
fn statements_from(node: Node<'_>) -> Option<Vec<Node<'_>>> {
    let node = node.parent().filter(|parent| bare(*parent) == node && parent.kind() == "expression_statement").unwrap_or(node);
    let block = node.parent().filter(|parent| matches!(parent.kind(), "block" | "module" | "source_file"))?;
    Some(block.named_children().skip_while(|child| *child != node).filter(|child| !child.is_comment()).collect())
}

/// The text with `$X` and `$$$X` as names that the grammar can read.
fn with_names(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let (prefix, after) = match rest[at..].strip_prefix("$$$") {
            Some(after) => (MANY, after),
            None => (ONE, &rest[at + 1..]),
        };
        let end = after.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')).unwrap_or(after.len());
        if end == 0 && prefix == ONE {
            out.push('$');
        } else {
            out.push_str(prefix);
            out.push_str(&after[..end]);
        }
        rest = &after[end..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::{Bound, Key, Match, Pattern};
    use crate::syntax::{Language, Node, Tree};

    fn resolve(node: Node<'_>) -> Option<String> {
        let text = node.text();
        let known = [("np", "numpy"), ("th", "torch"), ("lg", "torch.log"), ("F", "torch.nn.functional")];
        let root = text.split('.').next()?;
        let path = known.iter().find(|(alias, _)| *alias == root).map(|(_, path)| text.replacen(root, path, 1));
        path.or_else(|| ["print", "len"].contains(&text).then(|| format!("builtins.{text}")))
    }

    fn found<'t>(pattern: &str, tree: &'t Tree) -> Vec<Match<'t>> {
        let pattern = Pattern::parse(tree.language(), pattern).unwrap();
        tree.root().descendants().filter(|node| node.is_named()).filter_map(|node| pattern.matches(node, &resolve)).collect()
    }

    fn count(pattern: &str, text: &str) -> usize {
        found(pattern, &Tree::parse(Language::Python, text)).len()
    }

    #[test]
    fn names_mean_what_they_are_imported_as() {
        assert_eq!(count("torch.log($X)", "y = lg(x)\nz = th.log( (x) )\nw = torch.log(x)\n"), 2);
        assert_eq!(count("torch.nn.functional.relu($X)", "F.relu(x) + F.gelu(x)"), 1);
        assert_eq!(count("print($X)", "print(1)\nself.print(1)\n"), 1);
    }

    #[test]
    fn a_metavariable_is_the_same_everywhere() {
        assert_eq!(count("$X - $X.mean()", "a = (x + 1) - (x  + 1).mean()\nb = x - y.mean()\n"), 1);
        let tree = Tree::parse(Language::Python, "f(a, *b, c=1)");
        let all = found("f($$$ARGS)", &tree);
        let Some(Bound::Many(nodes)) = all[0].get("ARGS") else { panic!("{all:?}") };
        assert_eq!(nodes.iter().map(|n| n.text()).collect::<Vec<_>>(), ["a", "*b", "c=1"]);
    }

    #[test]
    fn keywords_stand_in_any_order_and_none_is_too_much() {
        assert_eq!(count("f($X, dim=$D)", "f(a, dim=1)\nf(dim=1)\nf(a, dim=1, out=b)\nf(a, 1)\n"), 1);
        assert_eq!(count("f($X, dim=$D, $$$)", "f(a, out=b, dim=1)\nf(a, b, dim=2)\nf(a)\n"), 2);
        assert_eq!(count("f($X, $Y)", "f(a, b)\nf(a, y=b)\nf(*a, b)\nf(a, # why\n b,)\n"), 2);
    }

    #[test]
    fn strings_are_the_same_in_any_quotes() {
        assert_eq!(count("f(\"mean\")", "f('mean')\nf(\"mean\")\nf('''mean''')\nf(f'mean')\nf(b'mean')\nf('sum')\n"), 3);
    }

    #[test]
    fn statements_follow_each_other_with_room_between() {
        let text = "def f():\n    a = g()\n    h()  # why\n    a.step()\n    return a\n";
        let tree = Tree::parse(Language::Python, text);
        let all = found("$A = g()\n$$$\n$A.step()", &tree);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].last.text(), "a.step()");
        assert_eq!(count("$A = g()\n$A.step()", text), 0);
        assert_eq!(count("for $I in range($N):\n    $$$BODY", "for i in range(3):\n    f(i)\n    g(i)\n"), 1);
    }

    #[test]
    fn patterns_are_found_by_what_they_begin_with() {
        let key = |text| Pattern::parse(Language::Python, text).unwrap().key();
        assert_eq!(key("torch.log($X)"), Some(Key::Call("torch.log".into())));
        assert_eq!(key("$X.to($$$A)"), Some(Key::Method("to".into())));
        assert_eq!(key("numpy.float"), Some(Key::Path("numpy.float".into())));
        assert_eq!(key("$X is $Y"), Some(Key::Kind("comparison_operator")));
        assert_eq!(key("$X = $Y"), Some(Key::Kind("assignment")));
    }

    #[test]
    fn a_text_without_one_of_the_words_has_no_match() {
        let words = |text| {
            let words = Pattern::parse(Language::Python, text).unwrap().words();
            words.into_iter().map(|word| format!("{}:{:?}:{}", word.text, word.place, word.called)).collect::<Vec<_>>()
        };
        assert_eq!(words("torch.log($X + True)"), ["log:Path:true"]);
        assert_eq!(words("$X.to($$$, non_blocking=$N).step()"), ["to:Member:true", "non_blocking:Name:false", "step:Member:true"]);
        assert_eq!(words("$M.weight.data"), ["weight:Member:false", "data:Member:false"]);
        assert_eq!(words("numpy.int"), ["int:Path:false"]);
        assert_eq!(words("f(1 + 1.0 * $X)"), ["f:Name:true", "1.0:Name:false"]);
        assert_eq!(words("print($X, \"mean\")"), ["print:Name:true", "mean:Text:false"]);
        assert_eq!(words("$X is not $Y"), ["is:Name:false", "not:Name:false"]);
    }

    #[test]
    fn imports_are_matched_as_they_are_written() {
        assert_eq!(count("import numpy as np", "import numpy as np\nimport numpy\nimport torch as np\n"), 1);
    }

    #[test]
    fn what_does_not_parse_is_refused() {
        assert!(Pattern::parse(Language::Python, "f($X").is_err());
        assert!(Pattern::parse(Language::Python, "").is_err());
        assert!(Pattern::parse(Language::Rust, "f($X").is_err());
    }

    #[test]
    fn rust_is_matched_the_same_way() {
        let tree = Tree::parse(Language::Rust, "fn g() { let y = x.clone().len(); }");
        assert_eq!(found("$X.clone().len()", &tree).len(), 1);
    }
}
