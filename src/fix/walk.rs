use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::native::{self, Native};
use super::render::Unwritten;
use super::training::{Training, flow};
use super::words::{Words, WordsIn};
use super::{File, Mend, conditions, edits, imports};
use crate::facts::FileFacts;
use crate::ir::Target;
use crate::rules::{Around, Claim, Fix, Relation, Rule, Safety};
use crate::syntax::pattern::{Key, Match};
use crate::syntax::{Edit, Language, Node, Span, Tree};

/// The fixes of some rules, made ready to be looked for.
pub struct Fixer {
    rules: Vec<Rule>,
    by_key: FxHashMap<Key, Vec<Entry>>,
    /// Those about paths wherever they are mentioned, by the path.
    moved: FxHashMap<String, Vec<Entry>>,
    /// How many fixes the pages have, passes left out.
    fixes: usize,
    natives: Vec<(usize, &'static Native)>,
    words: Words,
}

/// A fix by its rule and its number on that rule's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    rule: usize,
    fix: usize,
    /// Its number among all fixes.
    number: usize,
}

impl Fixer {
    /// Makes rules ready.
    pub fn new<'r>(rules: impl IntoIterator<Item = &'r Rule>) -> Fixer {
        let rules: Vec<Rule> = rules.into_iter().cloned().collect();
        let mut by_key: FxHashMap<Key, Vec<Entry>> = FxHashMap::default();
        let mut moved: FxHashMap<String, Vec<Entry>> = FxHashMap::default();
        let (mut natives, mut fixes) = (Vec::new(), 0);
        for (rule, page) in rules.iter().enumerate() {
            natives.extend(page.native.as_deref().into_iter().flat_map(native::named).map(|native| (rule, native)));
            for (at, fix) in page.fixes.iter().enumerate() {
                let entry = Entry { rule, fix: at, number: fixes };
                fixes += 1;
                by_key.entry(fix.find.key().unwrap_or(Key::Kind("call"))).or_default().push(entry);
                if let Some(path) = &fix.moved {
                    moved.entry(path.old.clone()).or_default().push(entry);
                }
            }
        }
        let words = Words::new(rules.iter().flat_map(|rule| &rule.fixes), natives.iter().map(|(_, native)| *native));
        Fixer { rules, by_key, moved, fixes, natives, words }
    }

    /// The words without which a text has nothing to be mended.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// All that is found in a file of these words, in its order.
    pub fn mends<'t>(&self, tree: &'t Tree, facts: &FileFacts<'t>, libraries: &[Target], words: &WordsIn<'_>) -> Vec<Mend> {
        let training = Training::default();
        let file = File { tree, facts, training: &training };
        let mut mends = Vec::new();
        let wanted = |entry: &Entry| words.concern(entry.number) && serves(&self.rules[entry.rule], tree.language(), libraries);
        let sought = Sought::new(self.by_key.iter(), &wanted, words.has_renamed());
        if !sought.by_key.is_empty() {
            for node in tree.root().descendants().filter(|node| node.is_named() && sought.kinds.contains(node.kind())) {
                self.visit(file, node, &sought, &mut mends);
            }
        }
        for (number, (rule, native)) in self.natives.iter().enumerate() {
            let rule = &self.rules[*rule];
            if serves(rule, tree.language(), libraries) && words.concern(self.fixes + number) {
                mends.extend((native.run)(file).into_iter().map(|found| mend(rule, found)));
            }
        }
        mends.sort_by_key(|mend| (mend.span.start, mend.span.end));
        once(mends)
    }

    fn visit<'t>(&self, file: File<'_, 't>, node: Node<'t>, sought: &Sought<'_>, mends: &mut Vec<Mend>) {
        let mut entries: Vec<Entry> = sought.keys(file, node).iter().filter_map(|key| sought.by_key.get(key)).flatten().copied().collect();
        entries.sort_unstable();
        // The first fix of a page that fits is the one.
        let mut done = None;
        for entry in entries {
            let rule = &self.rules[entry.rule];
            let fix = &rule.fixes[entry.fix];
            if done == Some(entry.rule) || is_of_import(fix, node) {
                continue;
            }
            let kept = || imports::is_for_other_versions(node) || imports::is_listed(node) || imports::is_replaced_below(node);
            if rule.fixes.iter().any(|fix| fix.moved.is_some()) && kept() {
                continue;
            }
            if let Some(mend) = mended(file, rule, fix, node) {
                mends.push(mend);
                done = Some(entry.rule);
            }
        }
        if node.kind() == "import_from_statement" && !imports::is_for_other_versions(node) {
            for it in imports::imported(node) {
                for entry in self.moved.get(&it.path).into_iter().flatten().filter(|entry| (sought.wanted)(entry)) {
                    let rule = &self.rules[entry.rule];
                    let fix = &rule.fixes[entry.fix];
                    if let Some(moved) = &fix.moved {
                        mends.push(import_mended(
                            rule,
                            fix,
                            it.item,
                            imports::edits(file, node, &it, moved, &|path| self.new_path(path).map(str::to_owned)),
                        ));
                    }
                }
            }
        }
    }

    /// What a path is called now.
    fn new_path(&self, path: &str) -> Option<&str> {
        let moved = |entry: &Entry| self.rules[entry.rule].fixes[entry.fix].moved.as_ref()?.new.as_deref();
        self.moved.get(path)?.iter().find_map(moved)
    }
}

/// What is looked for in one file.
struct Sought<'a> {
    by_key: FxHashMap<&'a Key, Vec<Entry>>,
    /// The kinds of nodes that are looked at.
    kinds: FxHashSet<&'static str>,
    /// The last names of the paths that are looked for: other names need not be resolved. `None` if the file has other names for them.
    last_names: Option<FxHashSet<&'a str>>,
    /// An entry that may be in the file.
    wanted: &'a dyn Fn(&Entry) -> bool,
}

impl<'a> Sought<'a> {
    fn new(all: impl Iterator<Item = (&'a Key, &'a Vec<Entry>)>, wanted: &'a dyn Fn(&Entry) -> bool, renamed: bool) -> Self {
        let of = |entries: &Vec<Entry>| entries.iter().copied().filter(|entry| wanted(entry)).collect::<Vec<_>>();
        let by_key: FxHashMap<&Key, Vec<Entry>> =
            all.map(|(key, entries)| (key, of(entries))).filter(|(_, entries)| !entries.is_empty()).collect();
        let mut kinds = FxHashSet::default();
        let mut last_names = FxHashSet::default();
        for key in by_key.keys() {
            match key {
                Key::Call(path) | Key::Path(path) => {
                    last_names.extend(path.rsplit(['.', ':']).next());
                    kinds.extend(["call", "call_expression", "attribute", "identifier", "scoped_identifier", "import_from_statement"]);
                }
                Key::Method(_) => kinds.extend(["call", "call_expression"]),
                Key::Kind(kind) => kinds.extend([*kind]),
            }
        }
        Sought { by_key, kinds, last_names: Some(last_names).filter(|_| !renamed), wanted }
    }

    /// What the node is found by.
    fn keys(&self, file: File<'_, '_>, node: Node<'_>) -> Vec<Key> {
        let mut keys = vec![Key::Kind(node.kind())];
        let may_be_path = |node: Node<'_>| self.last_names.as_ref().is_none_or(|names| names.contains(last_name(node)));
        let path_of = |node: Node<'_>| may_be_path(node).then(|| file.resolve(node)).flatten();
        match node.kind() {
            "call" | "call_expression" => {
                let Some(function) = node.field("function") else { return keys };
                match path_of(function) {
                    Some(path) => keys.push(Key::Call(path)),
                    None if matches!(function.kind(), "attribute" | "field_expression") => {
                        keys.push(Key::Method(last_name(function).to_owned()));
                    }
                    None => {}
                }
                keys
            }
            "attribute" | "identifier" | "scoped_identifier" if stands_for_itself(node) => {
                keys.extend(path_of(node).map(Key::Path));
                keys
            }
            _ => keys,
        }
    }
}

/// Without what is only shown of a place that the same rule mends or shows as part of more.
fn once(mends: Vec<Mend>) -> Vec<Mend> {
    let covered = |mend: &Mend| {
        let more = |other: &Mend| {
            other.rule == mend.rule && other.span.contains(mend.span) && (other.span != mend.span || !other.edits.is_empty())
        };
        mend.edits.is_empty() && mends.iter().any(more)
    };
    let covered: Vec<bool> = mends.iter().map(covered).collect();
    mends.into_iter().zip(covered).filter(|(_, covered)| !covered).map(|(mend, _)| mend).collect()
}

/// The rule is for the language, and for a library that the file names.
fn serves(rule: &Rule, language: Language, libraries: &[Target]) -> bool {
    let of_language = |target: &&Target| (**target == Target::Rust) == (language == Language::Rust);
    rule.targets.iter().filter(of_language).any(|target| libraries.contains(target))
}

fn last_name(node: Node<'_>) -> &str {
    let field = match node.kind() {
        "attribute" => node.field("attribute"),
        "field_expression" => node.field("field"),
        "scoped_identifier" => node.field("name"),
        _ => Some(node),
    };
    field.map_or("", Node::text)
}

/// It is no part of a longer chain, no keyword's name, nothing that is bound or imported.
fn stands_for_itself(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    let is = |field: &str| parent.field(field) == Some(node);
    match parent.kind() {
        "attribute" | "keyword_argument" | "scoped_identifier" => is("value"),
        "assignment" | "augmented_assignment" | "for_statement" => !is("left"),
        "function_definition" | "class_definition" | "parameters" | "lambda_parameters" | "dotted_name" | "aliased_import" => false,
        "default_parameter" | "typed_default_parameter" => !is("name"),
        "global_statement" | "nonlocal_statement" | "typed_parameter" | "delete_statement" => false,
        _ => true,
    }
}

/// A name by itself is mended with the import that brings it.
fn is_of_import(fix: &Fix, node: Node<'_>) -> bool {
    node.kind() == "identifier" && fix.moved.as_ref().is_some_and(|moved| moved.new.is_some())
}

/// An import of a path that is not to be used any more.
fn import_mended(rule: &Rule, fix: &Fix, item: Node<'_>, edits: Result<Vec<Edit>, Unwritten>) -> Mend {
    let message = fix.message.clone().unwrap_or_else(|| rule.title.clone());
    let (message, edits) = match edits {
        Ok(edits) => (message, edits),
        Err(why) => (format!("{message} ({why})"), Vec::new()),
    };
    mend(rule, Found { safety: fix.safety, ..Found::new(item.span(), message, edits) })
}

/// A pattern's match with its conditions and edits; `None` if it is not what the fix is about.
fn mended<'t>(file: File<'_, 't>, rule: &Rule, fix: &Fix, node: Node<'t>) -> Option<Mend> {
    let resolve = |node: Node<'_>| file.resolve(node);
    let mut found = fix.find.matches(node, &resolve)?;
    for around in &fix.around {
        match (matches_around(file, around, &found), around.negated) {
            (Some(other), false) => found.extend(other),
            (None, true) => {}
            _ => return None,
        }
    }
    if !fix.conditions.iter().all(|check| conditions::holds(file, check, &found)) || is_fallback(node) {
        return None;
    }
    let span = Span::new(found.first.span().start, found.last.span().end);
    let message = message(fix.message.as_ref().unwrap_or(&rule.title), &found);
    let found = match edits::edits(file, fix, &found) {
        Ok((edits, keeps)) => {
            let imports = edits::imports(file, fix, &found);
            let safety = fix.safety.max((!keeps).then_some(Safety::Unsafe));
            Found { span, message, imports: imports.len(), edits: imports.into_iter().chain(edits).collect(), safety }
        }
        Err(why) => Found { span, message: format!("{message} ({why})"), edits: Vec::new(), imports: 0, safety: Some(Safety::Display) },
    };
    Some(mend(rule, found))
}

/// It stands where another version of the library has ended: the old way is meant.
fn is_fallback(node: Node<'_>) -> bool {
    const MISSING: [&str; 4] = ["TypeError", "AttributeError", "ImportError", "ModuleNotFoundError"];
    let above = std::iter::successors(node.parent(), |node| node.parent());
    let mut clauses = above.filter(|node| node.kind() == "except_clause");
    clauses.any(|clause| {
        let head = clause.named_children().take_while(|part| part.kind() != "block");
        head.into_iter().any(|part| MISSING.iter().any(|name| part.text().contains(name)))
    })
}

/// What a pass found, before its rule's name is put on it.
pub(super) struct Found {
    pub span: Span,
    pub message: String,
    pub edits: Vec<Edit>,
    /// How many of the edits, the first ones, add imports.
    pub imports: usize,
    /// Less safe than the page says.
    pub safety: Option<Safety>,
}

impl Found {
    /// As safe as the page says, with edits that need no import.
    pub fn new(span: Span, message: String, edits: Vec<Edit>) -> Found {
        Found { span, message, edits, imports: 0, safety: None }
    }

    /// The same with the import that its edits need.
    pub fn importing(mut self, import: Option<Edit>) -> Found {
        if let Some(import) = import {
            self.edits.insert(0, import);
            self.imports = 1;
        }
        self
    }
}

fn mend(rule: &Rule, found: Found) -> Mend {
    let claimed = match rule.claim {
        Claim::Safety(safety) => safety,
        Claim::Effect(_) => Safety::Unsafe,
    };
    let safety = if found.edits.is_empty() { Safety::Display } else { found.safety.unwrap_or(claimed).max(claimed) };
    Mend { rule: rule.name.clone(), safety, span: found.span, message: found.message, edits: found.edits, imports: found.imports }
}

/// The title or message with what its metavariables stand for.
fn message(text: &str, found: &Match<'_>) -> String {
    let mut names: Vec<_> = found.bindings().keys().collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let mut text = text.to_owned();
    for name in names {
        if let Some(node) = found.node(name) {
            let shown = node.text().lines().next().unwrap_or("");
            text = text.replace(&format!("${name}"), shown);
        }
    }
    text
}

fn matches_around<'t>(file: File<'_, 't>, around: &Around, found: &Match<'t>) -> Option<Match<'t>> {
    let resolve = |node: Node<'_>| file.resolve(node);
    let given: &BTreeMap<_, _> = found.bindings();
    let matches = |node: Node<'t>| around.pattern.matches_given(node, &resolve, given);
    match &around.relation {
        Relation::Is(name) => {
            let held = flow::value(found.node(name)?);
            (Some(held) != found.node(name) && flow::holds_until(file, held, found.first)).then(|| matches(held)).flatten()
        }
        Relation::Inside => std::iter::successors(found.first.parent(), |node| node.parent()).find_map(matches),
        Relation::Has => {
            let siblings = std::iter::successors(Some(found.first), |node| if *node == found.last { None } else { node.next() });
            siblings.flat_map(Node::descendants).find_map(matches)
        }
        Relation::Follows => {
            let statement = edits::statement_of(found.first)?;
            let before = statement.parent()?.named_children().take_while(|node| *node != statement);
            before.flat_map(Node::descendants).filter_map(matches).last()
        }
        Relation::Precedes => {
            let statement = edits::statement_of(found.last)?;
            let after = statement.parent()?.named_children().skip_while(|node| *node != statement).skip(1);
            after.flat_map(Node::descendants).find_map(matches)
        }
    }
}
