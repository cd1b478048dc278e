use std::fmt;
use std::hash::{Hash, Hasher};

use super::tree::grammar;
use super::{Language, Span, Tree};

/// A node of a [`Tree`]. Equal nodes are the same node, not nodes of equal text.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    inner: tree_sitter::Node<'t>,
    tree: &'t Tree,
}

impl<'t> Node<'t> {
    pub(super) fn new(tree: &'t Tree, inner: tree_sitter::Node<'t>) -> Self {
        Node { inner, tree }
    }

    /// The grammar's name for it: `call`, `binary_expression`; the text itself for a token such as `+`; `ERROR` where the
    /// text does not follow the grammar.
    pub fn kind(self) -> &'static str {
        grammar(self.tree.language()).kind(self.inner.kind_id())
    }

    /// False for tokens such as `+` and `(`.
    pub fn is_named(self) -> bool {
        self.inner.is_named()
    }

    /// True for a comment, which may stand anywhere.
    pub fn is_comment(self) -> bool {
        self.inner.is_extra() && self.kind().ends_with("comment")
    }

    /// True if the text does not follow the grammar here: a part that is too much, or one that is missing.
    pub fn is_error(self) -> bool {
        self.inner.is_error() || self.inner.is_missing()
    }

    /// True if there is an error in it or below it.
    pub fn has_error(self) -> bool {
        self.inner.has_error()
    }

    /// Its source text.
    pub fn text(self) -> &'t str {
        self.tree.text().get(self.inner.start_byte()..self.inner.end_byte()).unwrap_or("")
    }

    /// Its bytes.
    pub fn span(self) -> Span {
        Span::new(self.inner.start_byte(), self.inner.end_byte())
    }

    /// The tree it belongs to.
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    /// The language of its tree.
    pub fn language(self) -> Language {
        self.tree.language()
    }

    /// The node above. Takes time in proportion to the depth: a walk that needs all ancestors keeps them itself.
    pub fn parent(self) -> Option<Node<'t>> {
        Some(Node::new(self.tree, self.inner.parent()?))
    }

    /// The child in a role that the grammar names: `left`, `function`, `body`.
    pub fn field(self, name: &str) -> Option<Node<'t>> {
        let field = grammar(self.tree.language()).field(name)?;
        Some(Node::new(self.tree, self.inner.child_by_field_id(field)?))
    }

    /// The child of this number, tokens and comments counted.
    pub fn child(self, i: usize) -> Option<Node<'t>> {
        Some(Node::new(self.tree, self.inner.child(u32::try_from(i).ok()?)?))
    }

    /// Number of children, tokens and comments counted.
    pub fn child_count(self) -> usize {
        self.inner.child_count() as usize
    }

    /// The children in order, tokens and comments included.
    pub fn children(self) -> Children<'t> {
        let mut cursor = self.inner.walk();
        let alive = cursor.goto_first_child();
        Children { cursor, tree: self.tree, alive }
    }

    /// The children that are not tokens, comments included.
    pub fn named_children(self) -> impl Iterator<Item = Node<'t>> {
        self.children().filter(|child| child.is_named())
    }

    /// The children with the names of their roles.
    pub fn children_with_fields(self) -> impl Iterator<Item = (Option<&'t str>, Node<'t>)> {
        let mut children = self.children();
        std::iter::from_fn(move || {
            let field = children.field();
            Some((field, children.next()?))
        })
    }

    /// The node before it under the same parent, tokens and comments included.
    pub fn previous(self) -> Option<Node<'t>> {
        Some(Node::new(self.tree, self.inner.prev_sibling()?))
    }

    /// The node after it under the same parent, tokens and comments included.
    pub fn next(self) -> Option<Node<'t>> {
        Some(Node::new(self.tree, self.inner.next_sibling()?))
    }

    /// A number that no other node of the tree has.
    pub fn id(self) -> usize {
        self.inner.id()
    }

    /// It and all below it, each when it is entered and when it is left. Needs no stack, however deep the tree.
    pub fn walk(self) -> Walk<'t> {
        Walk { cursor: self.inner.walk(), tree: self.tree, next: Next::Enter, depth: 0 }
    }

    /// It and all below it, parents before children, in the text's order.
    pub fn descendants(self) -> impl Iterator<Item = Node<'t>> {
        self.walk().filter_map(|step| match step {
            Step::Enter(node) => Some(node),
            Step::Leave(_) => None,
        })
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}

impl Eq for Node<'_> {}

impl Hash for Node<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = self.span();
        write!(f, "{}@{}..{}", self.kind(), span.start, span.end)
    }
}

/// The children of a node, see [`Node::children`].
pub struct Children<'t> {
    cursor: tree_sitter::TreeCursor<'t>,
    tree: &'t Tree,
    alive: bool,
}

impl<'t> Children<'t> {
    fn field(&self) -> Option<&'t str> {
        self.cursor.field_name()
    }
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        if !self.alive {
            return None;
        }
        let node = Node::new(self.tree, self.cursor.node());
        self.alive = self.cursor.goto_next_sibling();
        Some(node)
    }
}

/// A step of a [`Walk`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'t> {
    /// On the way down: before the children.
    Enter(Node<'t>),
    /// On the way up: after the children.
    Leave(Node<'t>),
}

/// A walk over a subtree, see [`Node::walk`].
pub struct Walk<'t> {
    cursor: tree_sitter::TreeCursor<'t>,
    tree: &'t Tree,
    next: Next,
    depth: usize,
}

enum Next {
    Enter,
    Down,
    Leave,
    Across,
    End,
}

impl Walk<'_> {
    /// After an [`Step::Enter`]: does not go below that node; its [`Step::Leave`] comes next.
    pub fn skip_children(&mut self) {
        if matches!(self.next, Next::Down) {
            self.next = Next::Leave;
        }
    }

    /// How many nodes were entered and not yet left, the one of the last step not counted.
    pub fn depth(&self) -> usize {
        self.depth
    }
}

impl<'t> Iterator for Walk<'t> {
    type Item = Step<'t>;

    fn next(&mut self) -> Option<Step<'t>> {
        match self.next {
            Next::Enter => {}
            Next::Down if self.cursor.goto_first_child() => self.depth += 1,
            Next::Down | Next::Leave => return Some(self.leave()),
            Next::Across if self.depth == 0 => {
                self.next = Next::End;
                return None;
            }
            Next::Across if self.cursor.goto_next_sibling() => {}
            Next::Across => {
                self.cursor.goto_parent();
                self.depth -= 1;
                return Some(self.leave());
            }
            Next::End => return None,
        }
        self.next = Next::Down;
        Some(Step::Enter(Node::new(self.tree, self.cursor.node())))
    }
}

impl<'t> Walk<'t> {
    fn leave(&mut self) -> Step<'t> {
        self.next = Next::Across;
        Step::Leave(Node::new(self.tree, self.cursor.node()))
    }
}
