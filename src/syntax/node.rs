use std::fmt;
use std::hash::{Hash, Hasher};

use super::tree::{ERROR, EXTRA, Entry, HAS_ERROR, NAMED};
use super::{Language, Span, Tree};

/// A node of a [`Tree`]. Equal nodes are the same node, not nodes of equal text.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    index: u32,
}

impl<'t> Node<'t> {
    pub(super) fn new(tree: &'t Tree, index: u32) -> Self {
        Node { tree, index }
    }

    /// The grammar's name for it: `call`, `binary_expression`; the text itself for a token such as `+`; `ERROR` where the
    /// text does not follow the grammar.
    pub fn kind(self) -> &'static str {
        self.tree.grammar().kind(self.entry().kind)
    }

    /// False for tokens such as `+` and `(`.
    pub fn is_named(self) -> bool {
        self.has(NAMED)
    }

    /// True for a comment, which may stand anywhere.
    pub fn is_comment(self) -> bool {
        self.has(EXTRA) && self.kind().ends_with("comment")
    }

    /// True if the text does not follow the grammar here: a part that is too much, or one that is missing.
    pub fn is_error(self) -> bool {
        self.has(ERROR)
    }

    /// True if there is an error in it or below it.
    pub fn has_error(self) -> bool {
        self.has(HAS_ERROR)
    }

    /// Its source text.
    pub fn text(self) -> &'t str {
        let span = self.span();
        self.tree.text().get(span.start..span.end).unwrap_or("")
    }

    /// Its bytes.
    pub fn span(self) -> Span {
        let entry = self.entry();
        Span::new(entry.start as usize, entry.end as usize)
    }

    /// The tree it belongs to.
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    /// The language of its tree.
    pub fn language(self) -> Language {
        self.tree.language()
    }

    /// The node above.
    pub fn parent(self) -> Option<Node<'t>> {
        (self.index != 0).then(|| Node::new(self.tree, self.entry().parent))
    }

    /// The child in a role that the grammar names: `left`, `function`, `body`.
    pub fn field(self, name: &str) -> Option<Node<'t>> {
        let field = self.tree.grammar().field(name)?;
        self.children().find(|child| child.entry().field == field)
    }

    /// The child of this number, tokens and comments counted.
    pub fn child(self, i: usize) -> Option<Node<'t>> {
        self.children().nth(i)
    }

    /// Number of children, tokens and comments counted.
    pub fn child_count(self) -> usize {
        self.children().count()
    }

    /// The children in order, tokens and comments included.
    pub fn children(self) -> Children<'t> {
        Children { tree: self.tree, next: self.index + 1, end: self.entry().after }
    }

    /// The children that are not tokens, comments included.
    pub fn named_children(self) -> impl Iterator<Item = Node<'t>> {
        self.children().filter(|child| child.is_named())
    }

    /// The children with the names of their roles.
    pub fn children_with_fields(self) -> impl Iterator<Item = (Option<&'t str>, Node<'t>)> {
        let grammar = self.tree.grammar();
        self.children().map(|child| (grammar.role(child.entry().field), child))
    }

    /// The node before it under the same parent, tokens and comments included.
    pub fn previous(self) -> Option<Node<'t>> {
        self.parent()?.children().take_while(|child| *child != self).last()
    }

    /// The node after it under the same parent, tokens and comments included.
    pub fn next(self) -> Option<Node<'t>> {
        let after = self.entry().after;
        (after < self.parent()?.entry().after).then(|| Node::new(self.tree, after))
    }

    /// A number that no other node of the tree has.
    pub fn id(self) -> usize {
        self.index as usize
    }

    /// It and all below it, each when it is entered and when it is left. Needs no stack, however deep the tree.
    pub fn walk(self) -> Walk<'t> {
        Walk { root: self, next: self.index, open: None }
    }

    /// It and all below it, parents before children, in the text's order.
    pub fn descendants(self) -> impl DoubleEndedIterator<Item = Node<'t>> {
        (self.index..self.entry().after).map(move |index| Node::new(self.tree, index))
    }

    fn entry(self) -> &'t Entry {
        self.tree.entry(self.index)
    }

    fn has(self, flag: u8) -> bool {
        self.entry().flags & flag != 0
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && std::ptr::eq(self.tree, other.tree)
    }
}

impl Eq for Node<'_> {}

impl Hash for Node<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index.hash(state);
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
    tree: &'t Tree,
    next: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        if self.next >= self.end {
            return None;
        }
        let node = Node::new(self.tree, self.next);
        self.next = node.entry().after;
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
    root: Node<'t>,
    /// The number of the node that is entered next.
    next: u32,
    /// The node that was entered last of those not yet left.
    open: Option<Node<'t>>,
}

impl Walk<'_> {
    /// After an [`Step::Enter`]: does not go below that node; its [`Step::Leave`] comes next.
    pub fn skip_children(&mut self) {
        if let Some(open) = self.open.filter(|open| open.index + 1 == self.next) {
            self.next = open.entry().after;
        }
    }
}

impl<'t> Iterator for Walk<'t> {
    type Item = Step<'t>;

    fn next(&mut self) -> Option<Step<'t>> {
        if let Some(open) = self.open
            && open.entry().after <= self.next
        {
            self.open = if open == self.root { None } else { open.parent() };
            return Some(Step::Leave(open));
        }
        if self.next >= self.root.entry().after {
            return None;
        }
        let node = Node::new(self.root.tree, self.next);
        self.open = Some(node);
        self.next += 1;
        Some(Step::Enter(node))
    }
}
