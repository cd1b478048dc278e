//! Does a template fit a node?

use smallvec::{SmallVec, smallvec};

use super::Names;
use super::hole::{Hole, HoleKind};
use super::literal::{bare, string};
use super::template::{Argument, Element, Pattern, slice_parts};
use crate::ir::DType;
use crate::syntax::{Language, Node};

/// What stands in a hole.
#[derive(Debug, Clone)]
pub(super) enum Bound<'t> {
    /// Not yet met.
    Open,
    /// Left out.
    Default,
    One(Node<'t>),
    Many(Vec<Node<'t>>),
}

pub(super) type Bindings<'t> = SmallVec<[Bound<'t>; 4]>;

/// The paths that names mean, each resolved once for all templates that are tried at a node.
#[derive(Default)]
pub(super) struct Resolved<'t>(SmallVec<[(Node<'t>, Option<String>); 2]>);

impl<'t> Resolved<'t> {
    /// The path that a node means.
    pub fn path(&mut self, names: &dyn Names, node: Node<'t>) -> Option<&str> {
        let at = match self.0.iter().position(|(known, _)| *known == node) {
            Some(at) => at,
            None => {
                self.0.push((node, names.resolve(node).or_else(|| primitive_path(node))));
                self.0.len() - 1
            }
        };
        self.0[at].1.as_deref()
    }
}

/// Matches a template's pattern.
pub(super) struct Matcher<'a, 't> {
    pub holes: &'a [Hole],
    pub names: &'a dyn Names,
    pub resolved: &'a mut Resolved<'t>,
    pub bound: Bindings<'t>,
    locals: SmallVec<[(usize, &'t str); 1]>,
}

impl<'a, 't> Matcher<'a, 't> {
    pub fn new(holes: &'a [Hole], names: &'a dyn Names, resolved: &'a mut Resolved<'t>) -> Self {
        Matcher { holes, names, resolved, bound: smallvec![Bound::Open; holes.len()], locals: SmallVec::new() }
    }

    /// True if the node fits; then every hole is bound.
    pub fn fits(&mut self, pattern: &Pattern, node: Node<'t>) -> bool {
        match pattern {
            Pattern::Hole(hole) => self.bind(*hole, node),
            Pattern::Token(text) => bare(node).text() == text,
            Pattern::Local(local) => self.local(*local, node),
            Pattern::Path(path) => is_name(node.kind()) && self.resolved.path(self.names, node).is_some_and(|found| same_path(found, path)),
            Pattern::Node(kind, children) => {
                let node = bare(node);
                node.kind() == *kind && self.children(children, node)
            }
            Pattern::Sequence(kinds, elements) => {
                let node = bare(node);
                kinds.contains(&node.kind()) && self.elements(elements, node)
            }
            Pattern::Arguments(arguments) => matches!(node.kind(), "argument_list" | "arguments") && self.arguments(arguments, node),
            Pattern::Slice(parts) => node.kind() == "slice" && self.slice(parts, slice_parts(node)),
        }
    }

    /// A closure's parameter, as `x` or `&x`; later its uses, by the name that it has there.
    fn local(&mut self, local: usize, node: Node<'t>) -> bool {
        let node = if node.kind() == "reference_pattern" { node.child(1).unwrap_or(node) } else { bare(node) };
        if node.kind() != "identifier" {
            return false;
        }
        match self.locals.iter().find(|(known, _)| *known == local) {
            Some((_, name)) => *name == node.text(),
            None => {
                self.locals.push((local, node.text()));
                true
            }
        }
    }

    fn bind(&mut self, hole: usize, node: Node<'t>) -> bool {
        if matches!(node.kind(), "list_splat" | "dictionary_splat" | "keyword_argument" | "slice" | "generator_expression") {
            return false;
        }
        let name = &self.holes[hole].name;
        let operand = self.holes[hole].kind != HoleKind::TypeOf;
        let again = (0..self.holes.len())
            .find(|&i| i != hole && self.holes[i].name == *name && (self.holes[i].kind != HoleKind::TypeOf) == operand);
        if let Some(Bound::One(first)) = again.map(|i| &self.bound[i])
            && bare(*first).text() != bare(node).text()
        {
            return false;
        }
        match &mut self.bound[hole] {
            Bound::Many(nodes) => nodes.push(node),
            slot if self.holes[hole].spread => *slot = Bound::Many(vec![node]),
            slot => *slot = Bound::One(node),
        }
        true
    }

    fn children(&mut self, patterns: &[Pattern], node: Node<'t>) -> bool {
        let mut children = node.children().filter(|child| !child.is_comment());
        patterns.iter().all(|pattern| children.next().is_some_and(|child| self.fits(pattern, child))) && children.next().is_none()
    }

    fn elements(&mut self, elements: &[Element], node: Node<'t>) -> bool {
        let mut nodes = node.named_children().filter(|child| !child.is_comment()).peekable();
        for element in elements {
            let Some(first) = nodes.next() else { return false };
            if !self.fits(&element.pattern, first) {
                return false;
            }
            while element.spread && nodes.peek().is_some() {
                if !nodes.next().is_some_and(|node| self.fits(&element.pattern, node)) {
                    return false;
                }
            }
        }
        nodes.next().is_none()
    }

    fn arguments(&mut self, arguments: &[Argument], node: Node<'t>) -> bool {
        let mut given: SmallVec<[bool; 8]> = smallvec![false; arguments.len()];
        let mut next = 0;
        for child in node.named_children().filter(|child| !child.is_comment()) {
            let (argument, value) = if child.kind() == "keyword_argument" {
                let (Some(name), Some(value)) = (child.field("name"), child.field("value")) else { return false };
                let named = |a: &Argument| a.keywords.iter().any(|keyword| keyword == name.text());
                let Some(argument) = (0..arguments.len()).find(|&i| !given[i] && named(&arguments[i])) else { return false };
                (argument, value)
            } else {
                if arguments.get(next).is_none_or(|a| !a.positional || (given[next] && !a.element.spread)) {
                    return false;
                }
                let argument = next;
                next += usize::from(!arguments[next].element.spread);
                (argument, child)
            };
            given[argument] = true;
            if !self.fits(&arguments[argument].element.pattern, value) {
                return false;
            }
        }
        arguments.iter().zip(&given).all(|(argument, given)| *given || self.left_out(argument.optional))
    }

    fn left_out(&mut self, optional: Option<usize>) -> bool {
        if let Some(hole) = optional {
            self.bound[hole] = Bound::Default;
        }
        optional.is_some()
    }

    fn slice(&mut self, patterns: &[Option<Box<Pattern>>; 3], parts: [Option<Node<'t>>; 3]) -> bool {
        patterns.iter().zip(parts).all(|(pattern, part)| match (pattern.as_deref(), part) {
            (Some(pattern), Some(part)) => self.fits(pattern, part),
            (Some(Pattern::Hole(hole)), None) => self.left_out(self.holes[*hole].default.as_ref().map(|_| *hole)),
            (None, None) => true,
            _ => false,
        })
    }
}

/// `f64::max`: a path that begins at one of Rust's own types needs no import.
fn primitive_path(node: Node<'_>) -> Option<String> {
    let path = node.field("path").filter(|_| node.kind() == "scoped_identifier")?;
    DType::from_name(path.text()).map(|_| node.text().to_string())
}

/// Paths are compared without `builtins.`, which a caller may leave out.
fn same_path(found: &str, path: &str) -> bool {
    found.strip_prefix("builtins.").unwrap_or(found) == path.strip_prefix("builtins.").unwrap_or(path)
}

fn is_name(kind: &str) -> bool {
    matches!(kind, "identifier" | "attribute" | "scoped_identifier" | "type_identifier" | "scoped_type_identifier" | "primitive_type")
}

/// The word by which a table's `[dtypes]` know a dtype: a path, a string in `'…'`, or a name of the language.
pub(super) fn dtype_word(node: Node<'_>, names: &dyn Names) -> Option<String> {
    if node.language() == Language::Rust {
        return Some(node.text().to_string());
    }
    match string(node) {
        Some(text) => Some(format!("'{text}'")),
        None => names.resolve(node).map(|path| path.strip_prefix("builtins.").map(str::to_string).unwrap_or(path)),
    }
}
