use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::facts::FileFacts;
use crate::syntax::{Language, Node};

/// Where the identifiers of a function occur: a binding that nothing else reads may go.
pub(super) struct Occurrences<'t> {
    counts: HashMap<&'t str, usize>,
    stores: BTreeMap<&'t str, Vec<Node<'t>>>,
    /// Names that `global`, `nonlocal` or a nested assignment can rebind behind the walk's back.
    pub elsewhere: BTreeSet<&'t str>,
    /// `locals`, `eval`, `exec`: every name may be read by them.
    pub reflective: bool,
}

impl<'t> Occurrences<'t> {
    pub fn of(language: Language, function: Node<'t>) -> Self {
        let mut this = Occurrences { counts: HashMap::new(), stores: BTreeMap::new(), elsewhere: BTreeSet::new(), reflective: false };
        let mut stack = vec![function];
        while let Some(node) = stack.pop() {
            match node.kind() {
                "identifier" => this.identifier(language, node),
                "global_statement" | "nonlocal_statement" => {
                    this.elsewhere.extend(node.named_children().map(|name| name.text()));
                }
                "string_literal" => this.format_string(node),
                _ => {}
            }
            stack.extend(node.named_children());
        }
        this
    }

    fn identifier(&mut self, language: Language, node: Node<'t>) {
        let parent = node.parent();
        let is = |kind: &str, field: &str| parent.is_some_and(|p| p.kind() == kind && p.field(field) == Some(node));
        if is("attribute", "attribute") || is("keyword_argument", "name") {
            return;
        }
        let name = node.text();
        self.reflective |= language == Language::Python && matches!(name, "locals" | "eval" | "exec" | "vars" | "globals");
        *self.counts.entry(name).or_default() += 1;
        if !is_load(node) {
            self.stores.entry(name).or_default().push(node);
        }
    }

    /// `format!("{x}")` reads `x`.
    fn format_string(&mut self, node: Node<'t>) {
        let text = node.text();
        for (at, _) in text.match_indices('{') {
            let name = text[at + 1..].split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
            if !name.is_empty() {
                *self.counts.entry(name).or_default() += 1;
            }
        }
    }

    pub fn names(&self) -> BTreeSet<String> {
        self.counts.keys().map(|name| (*name).to_owned()).collect()
    }

    pub fn count(&self, name: &str) -> usize {
        self.counts.get(name).copied().unwrap_or(0)
    }

    /// Names that are bound once: to a fresh value, and as a parameter.
    pub fn once_bound(&self, facts: &FileFacts<'t>) -> (BTreeSet<String>, BTreeSet<String>) {
        let (mut fresh, mut given) = (BTreeSet::new(), BTreeSet::new());
        for (name, at) in &self.stores {
            let [store] = at[..] else { continue };
            if self.elsewhere.contains(name) {
                continue;
            }
            match store.parent().filter(|parent| parent.kind() == "assignment").and_then(|parent| parent.field("right")) {
                Some(value) => {
                    let sources = facts.alias_sources(value, &|_| None);
                    if sources.names.is_empty() && !sources.anything {
                        fresh.insert((*name).to_owned());
                    }
                }
                None if in_parameters(store) => _ = given.insert((*name).to_owned()),
                None => {}
            }
        }
        (fresh, given)
    }

    /// The name is a parameter that is never bound again.
    pub fn is_only_given(&self, name: &str) -> bool {
        !self.elsewhere.contains(name) && matches!(self.stores.get(name).map(Vec::as_slice), Some([store]) if in_parameters(*store))
    }

    pub fn stores_at_most_once(&self, name: &str) -> bool {
        self.stores.get(name).is_none_or(|at| at.len() <= 1)
    }

    pub fn stores_at_most_once_in(&self, name: &str, node: Node<'t>) -> bool {
        let span = node.span();
        self.stores.get(name).is_none_or(|at| at.iter().filter(|at| span.contains(at.span())).count() <= 1)
    }
}

fn in_parameters(node: Node<'_>) -> bool {
    let parents = std::iter::successors(node.parent(), |node| node.parent());
    parents.take(3).any(|parent| matches!(parent.kind(), "parameters" | "lambda_parameters"))
}

/// The identifier is read, as far as its place tells: not a target, parameter or pattern.
pub(super) fn is_load(node: Node<'_>) -> bool {
    let mut inner = node;
    while let Some(parent) = inner.parent() {
        let target = match parent.kind() {
            "assignment"
            | "augmented_assignment"
            | "for_statement"
            | "for_in_clause"
            | "assignment_expression"
            | "compound_assignment_expr" => parent.field("left") == Some(inner),
            "named_expression" => parent.field("name") == Some(inner),
            "let_declaration" | "for_expression" | "parameter" | "match_arm" | "let_condition" => parent.field("pattern") == Some(inner),
            "parameters" | "closure_parameters" | "as_pattern_target" | "typed_parameter" => true,
            "default_parameter" | "typed_default_parameter" => parent.field("name") == Some(inner),
            "pattern_list" | "tuple_pattern" | "list_pattern" | "list_splat_pattern" | "dictionary_splat_pattern" | "captured_pattern" => {
                inner = parent;
                continue;
            }
            _ => false,
        };
        return !target;
    }
    true
}
