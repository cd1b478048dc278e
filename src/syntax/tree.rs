use std::borrow::Cow;
use std::cell::RefCell;
use std::num::NonZeroU16;
use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;

use super::{Language, Node, Span};

/// The syntax tree of a text, together with the text.
///
/// Any text has a tree: where it does not follow the grammar there are `ERROR` nodes, see [`Tree::first_error`].
///
/// The nodes stand in one array, parents before children, in the text's order: to go up, down or across is one look, and all that is
/// below a node is a range.
#[derive(Debug, Clone)]
pub struct Tree {
    language: Language,
    grammar: &'static Grammar,
    text: Arc<str>,
    entries: Vec<Entry>,
}

/// A node as it is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) parent: u32,
    /// The number after the last node below this one.
    pub(super) after: u32,
    pub(super) kind: u16,
    /// The role under the parent; zero if it has none.
    pub(super) field: u16,
    pub(super) flags: u8,
}

/// It is not a token such as `+`.
pub(super) const NAMED: u8 = 1;
/// It may stand anywhere, as a comment may.
pub(super) const EXTRA: u8 = 2;
/// It is too much, or missing.
pub(super) const ERROR: u8 = 4;
/// There is an error in it or below it.
pub(super) const HAS_ERROR: u8 = 8;

impl Tree {
    /// Parses a text. Linear in its length whatever it holds; never fails. A text of 4 GiB or more, for which the parser
    /// has no offsets, gets an empty tree that is an error as a whole.
    pub fn parse(language: Language, text: impl Into<Arc<str>>) -> Tree {
        Tree::parse_without(language, text, &[])
    }

    /// The same with a placeholder for each of these spans: a node that covers the span and is an integer, whatever the span holds. The
    /// spans stand apart, in order, on character boundaries, where an expression may stand.
    pub fn parse_without(language: Language, text: impl Into<Arc<str>>, left_out: &[Span]) -> Tree {
        let text = text.into();
        let whole = if fits(&text) { &*text } else { "" };
        let cuts = Cuts::new(left_out);
        let source = cuts.source(whole);
        let tree = PARSERS.with_borrow_mut(|parsers| {
            let parser = parsers.entry(language).or_insert_with(|| parser(language));
            parser.parse(&*source, None).expect("a parser with a language and without a time limit returns a tree")
        });
        Tree { language, grammar: grammar(language), text, entries: entries(&tree, &cuts) }
    }

    /// The same tree with another text of the same length: what was parsed stood for that.
    pub fn showing(self, text: Arc<str>) -> Tree {
        assert_eq!(text.len(), self.text.len(), "nodes keep their places");
        Tree { text, ..self }
    }

    /// The root, which spans the whole file.
    pub fn root(&self) -> Node<'_> {
        Node::new(self, 0)
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, shared.
    pub fn shared_text(&self) -> Arc<str> {
        self.text.clone()
    }

    /// The language it was parsed as.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The first place where the text does not follow the grammar; `None` if it does everywhere.
    pub fn first_error(&self) -> Option<Span> {
        if !fits(&self.text) {
            return Some(Span::new(0, self.text.len()));
        }
        if !self.root().has_error() {
            return None;
        }
        self.root().descendants().find(|node| node.is_error()).map(Node::span)
    }

    /// The smallest named node that spans all of `span`.
    pub fn node_at(&self, span: Span) -> Option<Node<'_>> {
        let mut found = None;
        let mut next = Some(self.root()).filter(|root| root.span().contains(span));
        while let Some(node) = next {
            found = if node.is_named() { Some(node) } else { found };
            next = node.children().find(|child| child.span().contains(span));
        }
        found
    }

    /// What its nodes are called.
    pub(super) fn grammar(&self) -> &'static Grammar {
        self.grammar
    }

    /// The node of a number.
    pub(super) fn entry(&self, index: u32) -> &Entry {
        &self.entries[index as usize]
    }
}

thread_local! {
    /// Parsers are made once a thread: a page of rules has many short texts.
    static PARSERS: RefCell<FxHashMap<Language, tree_sitter::Parser>> = RefCell::default();
}

fn parser(language: Language) -> tree_sitter::Parser {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&grammar(language).language).expect("the grammar and the parser are of one version");
    parser
}

/// What of a text the parser does not see.
struct Cuts<'a> {
    left_out: &'a [Span],
    /// For each span, where its placeholder ends in what the parser sees.
    ends: Vec<usize>,
}

/// What stands for a span that is left out.
const PLACEHOLDER: &str = "0";

impl<'a> Cuts<'a> {
    fn new(left_out: &'a [Span]) -> Self {
        let mut gone = 0;
        let end = |span: &Span| {
            gone += span.len() - PLACEHOLDER.len();
            span.end - gone
        };
        Cuts { left_out, ends: left_out.iter().map(end).collect() }
    }

    /// What the parser sees.
    fn source<'s>(&self, text: &'s str) -> Cow<'s, str> {
        let Some(last) = self.left_out.last() else { return Cow::Borrowed(text) };
        let mut source = String::with_capacity(text.len());
        let mut from = 0;
        for span in self.left_out {
            source.push_str(&text[from..span.start]);
            source.push_str(PLACEHOLDER);
            from = span.end;
        }
        source.push_str(&text[last.end..]);
        Cow::Owned(source)
    }

    /// Where a place of what the parser sees is in the text.
    fn original(&self, at: usize) -> u32 {
        let original = match self.ends.partition_point(|end| *end <= at).checked_sub(1) {
            Some(before) => at - self.ends[before] + self.left_out[before].end,
            None => at,
        };
        original as u32
    }
}

/// The nodes of the parser's tree, in its order.
fn entries(tree: &tree_sitter::Tree, cuts: &Cuts<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::with_capacity(tree.root_node().descendant_count());
    let mut cursor = tree.walk();
    // Most texts follow their grammar: then no node need be asked.
    let errors = tree.root_node().has_error();
    let mut parents: Vec<u32> = Vec::new();
    loop {
        let node = cursor.node();
        let index = entries.len() as u32;
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        entries.push(Entry {
            start: cuts.original(node.start_byte()),
            end: cuts.original(node.end_byte()),
            parent: parents.last().copied().unwrap_or(0),
            after: index + 1,
            kind: node.kind_id(),
            field: cursor.field_id().map_or(0, NonZeroU16::get),
            flags: flag(node.is_named(), NAMED)
                | flag(node.is_extra(), EXTRA)
                | flag(errors && (node.is_error() || node.is_missing()), ERROR)
                | flag(errors && node.has_error(), HAS_ERROR),
        });
        if cursor.goto_first_child() {
            parents.push(index);
            continue;
        }
        while !cursor.goto_next_sibling() {
            let Some(parent) = parents.pop() else { return entries };
            entries[parent as usize].after = entries.len() as u32;
            cursor.goto_parent();
        }
    }
}

/// What a language's nodes and their children's roles are called. Looked up by number: the parser compares names one by one.
#[derive(Debug)]
pub(super) struct Grammar {
    language: tree_sitter::Language,
    kinds: Vec<&'static str>,
    fields: FxHashMap<&'static str, u16>,
    roles: Vec<&'static str>,
}

impl Grammar {
    /// The name of a node's kind by its number.
    pub(super) fn kind(&self, id: u16) -> &'static str {
        self.kinds.get(usize::from(id)).copied().unwrap_or("ERROR")
    }

    /// The name of a role by its number.
    pub(super) fn role(&self, id: u16) -> Option<&'static str> {
        self.roles.get(usize::from(id).checked_sub(1)?).copied()
    }

    /// The number of a role by its name.
    pub(super) fn field(&self, name: &str) -> Option<u16> {
        self.fields.get(name).copied()
    }
}

fn grammar(language: Language) -> &'static Grammar {
    static PYTHON: LazyLock<Grammar> = LazyLock::new(|| load(&PYTHON_LANGUAGE));
    static PYTHON_LANGUAGE: LazyLock<tree_sitter::Language> = LazyLock::new(|| tree_sitter_python::LANGUAGE.into());
    static RUST: LazyLock<Grammar> = LazyLock::new(|| load(&RUST_LANGUAGE));
    static RUST_LANGUAGE: LazyLock<tree_sitter::Language> = LazyLock::new(|| tree_sitter_rust::LANGUAGE.into());
    match language {
        Language::Python => &PYTHON,
        Language::Rust => &RUST,
    }
}

fn load(language: &'static tree_sitter::Language) -> Grammar {
    let kinds = (0..language.node_kind_count() as u16).map(|id| language.node_kind_for_id(id).unwrap_or("")).collect();
    let roles: Vec<&str> = (1..=language.field_count() as u16).map(|id| language.field_name_for_id(id).unwrap_or("")).collect();
    let fields = roles.iter().zip(1..).map(|(role, id)| (*role, id)).collect();
    Grammar { language: language.clone(), kinds, fields, roles }
}

fn fits(text: &str) -> bool {
    u32::try_from(text.len()).is_ok()
}
