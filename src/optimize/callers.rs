//! What calls in other files of the tree tell of the private functions of one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rustc_hash::{FxHashMap, FxHashSet};

use super::evidence::Evidence;
use super::flow::{around, known_at};
use crate::facts::{Called, FileFacts, OtherCall, OtherFile, Outside, arguments, occurrences};
use crate::ir::Target;
use crate::syntax::{Language, Node, Span, Tree, python_functions};

/// Keeps of the functions that other files have the names of those of which every use there is a call, and adds these calls.
///
/// What holds in a file that calls is what that file itself says: no further ones are read for it. `glance`: of its functions only those
/// that have a name are parsed.
pub(super) fn add_other_calls(called: &mut Vec<Called<'_>>, text: &str, outside: &Outside, targets: &[Target], glance: bool) {
    let mut files: BTreeMap<PathBuf, (OtherFile, Vec<&str>)> = BTreeMap::new();
    // Nothing is known of a function once one file does more with it than to call it.
    let mut calls: FxHashMap<&str, Option<Vec<OtherCall>>> = FxHashMap::default();
    for name in called.iter().filter_map(|called| called.elsewhere) {
        for file in outside.files_with(name, text).into_iter().flatten() {
            calls.insert(name, Some(Vec::new()));
            files.entry(file.path.clone()).or_insert_with(|| (file, Vec::new())).1.push(name);
        }
    }
    for (file, names) in files.values() {
        let mut found = Asked { file, text, outside, targets }.calls(names, glance);
        for name in names {
            let all = calls.remove(name).flatten().zip(found.remove(name));
            calls.insert(name, all.map(|(before, more)| [before, more].concat()));
        }
    }
    for called in called.iter_mut() {
        if let Some(calls) = called.elsewhere.and_then(|name| calls.remove(name)).flatten() {
            (called.other_calls, called.elsewhere) = (calls, None);
        }
    }
    called.retain(|called| called.elsewhere.is_none() && called.calls.len() + called.other_calls.len() > 0);
}

/// Some call of a function in another file may pass arrays, as far as the words tell.
pub(super) fn may_pass_arrays(file: &OtherFile, name: &str, targets: &[Target]) -> bool {
    let functions = python_functions(&file.text);
    let evidence: Vec<Evidence> = targets.iter().map(|target| Evidence::of(&file.text, *target)).collect();
    occurrences(&file.text, name).any(|at| {
        let before = functions.partition_point(|function| function.start <= at);
        let around = functions[..before].last().filter(|function| at < function.body.end);
        let after = file.text[at + name.len()..].trim_start();
        match around {
            Some(function) => evidence.iter().any(|evidence| evidence.is_in(&file.text[function.start..function.body.end])),
            // Under another name it may be called anywhere.
            None => after.starts_with('(') || after.starts_with("as "),
        }
    })
}

/// Another file, and for whom it is read.
struct Asked<'a> {
    file: &'a OtherFile,
    /// What the file holds that asks.
    text: &'a str,
    outside: &'a Outside,
    targets: &'a [Target],
}

impl Asked<'_> {
    /// The calls of those functions that are only called in the file, by their names.
    fn calls<'n>(&self, names: &[&'n str], glance: bool) -> FxHashMap<&'n str, Vec<OtherCall>> {
        let idle = if glance { idle(&self.file.text, names) } else { Vec::new() };
        let tree = Tree::parse_without(Language::Python, self.file.text.as_str(), &idle);
        if tree.first_error().is_some() {
            return FxHashMap::default();
        }
        let facts = FileFacts::new(&tree, &Outside::default()).of_file(&self.file.path);
        let nodes: Vec<(&'n str, Vec<Node<'_>>)> = names.iter().filter_map(|name| Some((*name, self.nodes(&facts, name)?))).collect();
        let passed: FxHashSet<Node<'_>> = nodes.iter().flat_map(|(_, calls)| calls).flat_map(|call| arguments(*call)).collect();
        let places = around(passed.iter().copied(), tree.root());
        let known = known_at(&facts, self.targets, &passed, &places);
        let call = |call: &Node<'_>| OtherCall::new(*call, &|argument| known.get(&argument).cloned());
        nodes.into_iter().map(|(name, calls)| (name, calls.iter().map(call).collect())).collect()
    }

    fn nodes<'t>(&self, facts: &FileFacts<'t>, name: &str) -> Option<Vec<Node<'t>>> {
        let found = facts.imported_calls(name, self.file)?;
        found.aliases.iter().all(|alias| self.is_own(alias)).then_some(found.calls)
    }

    /// No other file can take a name of this one's module.
    fn is_own(&self, name: &str) -> bool {
        let files = self.outside.files_with(name, self.text);
        let only = files.is_some_and(|files| files.iter().all(|file| file.path == self.file.path));
        only && occurrences(self.text, name).next().is_none()
    }
}

/// The bodies of functions that have none of the names.
fn idle(text: &str, names: &[&str]) -> Vec<Span> {
    let functions = python_functions(text);
    // Under another name it may be called anywhere.
    let renamed = |name: &&str| occurrences(text, name).any(|at| text[at + name.len()..].trim_start().starts_with("as "));
    if names.iter().any(renamed) {
        return Vec::new();
    }
    let has = |body: Span| names.iter().any(|name| occurrences(&text[body.start..body.end], name).next().is_some());
    functions.into_iter().map(|function| function.body).filter(|body| !has(*body)).collect()
}
