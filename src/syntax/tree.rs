use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;

use super::{Node, Span, Step};

/// A language that is read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// Python 3.
    Python,
    /// Rust.
    Rust,
}

/// The syntax tree of a text, together with the text.
///
/// Any text has a tree: where it does not follow the grammar there are `ERROR` nodes, see [`Tree::first_error`].
#[derive(Debug, Clone)]
pub struct Tree {
    language: Language,
    text: Arc<str>,
    tree: tree_sitter::Tree,
}

impl Tree {
    /// Parses a text. Linear in its length whatever it holds; never fails. A text of 4 GiB or more, for which the parser
    /// has no offsets, gets an empty tree that is an error as a whole.
    pub fn parse(language: Language, text: impl Into<Arc<str>>) -> Tree {
        let text = text.into();
        let mut parser = tree_sitter::Parser::new();
        parser.set_language(&grammar(language).language).expect("the grammar and the parser are of one version");
        let source = if fits(&text) { &*text } else { "" };
        let tree = parser.parse(source, None).expect("a parser with a language and without a time limit returns a tree");
        Tree { language, text, tree }
    }

    /// The root, which spans the whole file.
    pub fn root(&self) -> Node<'_> {
        Node::new(self, self.tree.root_node())
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
        let mut walk = self.root().walk();
        while let Some(step) = walk.next() {
            match step {
                Step::Enter(node) if node.is_error() => return Some(node.span()),
                Step::Enter(node) if !node.has_error() => walk.skip_children(),
                _ => {}
            }
        }
        None
    }

    /// The smallest named node that spans all of `span`.
    pub fn node_at(&self, span: Span) -> Option<Node<'_>> {
        let node = self.tree.root_node().named_descendant_for_byte_range(span.start, span.end)?;
        Some(Node::new(self, node))
    }
}

/// What a language's nodes and their children's roles are called. Looked up by number: the parser compares names one by one.
pub(super) struct Grammar {
    language: tree_sitter::Language,
    kinds: Vec<&'static str>,
    fields: FxHashMap<&'static str, u16>,
}

impl Grammar {
    /// The name of a node's kind by its number.
    pub(super) fn kind(&self, id: u16) -> &'static str {
        self.kinds.get(usize::from(id)).copied().unwrap_or("ERROR")
    }

    /// The number of a role by its name.
    pub(super) fn field(&self, name: &str) -> Option<u16> {
        self.fields.get(name).copied()
    }
}

pub(super) fn grammar(language: Language) -> &'static Grammar {
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
    let fields = (1..=language.field_count() as u16).filter_map(|id| Some((language.field_name_for_id(id)?, id))).collect();
    Grammar { language: language.clone(), kinds, fields }
}

fn fits(text: &str) -> bool {
    u32::try_from(text.len()).is_ok()
}
