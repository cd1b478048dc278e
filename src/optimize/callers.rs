//! What calls in other files of the tree tell of the private functions of one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rustc_hash::{FxHashMap, FxHashSet};

use super::evidence::Evidence;
use super::flow::{Flow, around, known_at};
use crate::facts::{Called, FileFacts, OtherCall, OtherFile, Outside, arguments, occurrences};
use crate::ir::Target;
use crate::syntax::{Language, Node, Span, Tree, python_functions};

/// Keeps of the functions that other files have the names of those of which every use there is a call, and adds these calls.
///
/// What holds in a file that calls is what that file itself says: no further ones are read for it.
pub(super) fn add_other_calls(called: &mut Vec<Called<'_>>, text: &str, flow: &Flow<'_>) {
    // The shortest first: one that tells nothing saves parsing the others.
    let mut files: BTreeMap<(usize, PathBuf), (OtherFile, Vec<usize>)> = BTreeMap::new();
    // The functions of which something may still be known.
    let mut open: FxHashSet<usize> = FxHashSet::default();
    for (index, name) in called.iter().enumerate().filter_map(|(index, called)| Some((index, called.elsewhere?))) {
        if flow.plan.others.as_ref().is_some_and(|others| !others.contains(name)) {
            continue;
        }
        for file in flow.outside.files_with(name, text).into_iter().flatten() {
            open.insert(index);
            files.entry((file.text.len(), file.path.clone())).or_insert_with(|| (file, Vec::new())).1.push(index);
        }
    }
    // Whole files are parsed for the few functions of which their parts tell something.
    for whole in [false, true].into_iter().filter(|whole| !(*whole && flow.glance)) {
        called.iter_mut().for_each(|called| called.other_calls.clear());
        for (file, functions) in files.values() {
            Asked { file, text, flow, whole }.add_calls(called, functions, &mut open);
        }
    }
    for &index in &open {
        called[index].elsewhere = None;
    }
    called.retain(|called| called.elsewhere.is_none() && called.calls.len() + called.other_calls.len() > 0);
}

/// Every call of a function in another file may pass arrays, as far as the words tell.
pub(super) fn may_pass_arrays(file: &OtherFile, name: &str, targets: &[Target]) -> bool {
    let functions = python_functions(&file.text);
    let evidence: Vec<Evidence> = targets.iter().map(|target| Evidence::of(&file.text, *target)).collect();
    occurrences(&file.text, name).filter(|at| file.text[at + name.len()..].trim_start().starts_with('(')).all(|at| {
        let before = functions.partition_point(|function| function.start <= at);
        let around = functions[..before].last().filter(|function| at < function.body.end);
        around.is_none_or(|function| evidence.iter().any(|evidence| evidence.is_in(&file.text[function.start..function.body.end])))
    })
}

/// Another file, and for whom it is read.
struct Asked<'a> {
    file: &'a OtherFile,
    /// What the file holds that asks.
    text: &'a str,
    flow: &'a Flow<'a>,
    /// Or else of its functions only those that have a name.
    whole: bool,
}

impl Asked<'_> {
    /// Adds the calls of the functions that are open, and closes those of which nothing can be known.
    fn add_calls(&self, called: &mut [Called<'_>], functions: &[usize], open: &mut FxHashSet<usize>) {
        let functions: Vec<usize> = functions.iter().copied().filter(|index| open.contains(index)).collect();
        let names: Vec<&str> = functions.iter().filter_map(|&index| called[index].elsewhere).collect();
        if names.is_empty() {
            return;
        }
        let mut found = self.calls(&names);
        for index in functions {
            let function = &mut called[index];
            let calls = function.elsewhere.and_then(|name| found.remove(name));
            let seen = calls.is_some();
            function.other_calls.extend(calls.into_iter().flatten());
            if !seen || !function.may_be_known() {
                open.remove(&index);
            }
        }
    }

    /// The calls of those functions that are only called in the file, by their names.
    fn calls<'n>(&self, names: &[&'n str]) -> FxHashMap<&'n str, Vec<OtherCall>> {
        let idle = if self.whole { Vec::new() } else { idle(&self.file.text, names) };
        let tree = Tree::parse_without(Language::Python, self.file.text.as_str(), &idle);
        if tree.first_error().is_some() {
            return FxHashMap::default();
        }
        let facts = FileFacts::new(&tree, &Outside::default()).of_file(&self.file.path);
        let nodes: Vec<(&'n str, Vec<Node<'_>>)> = names.iter().filter_map(|name| Some((*name, self.nodes(&facts, name)?))).collect();
        let passed: FxHashSet<Node<'_>> = nodes.iter().flat_map(|(_, calls)| calls).flat_map(|call| arguments(*call)).collect();
        let places = around(passed.iter().copied(), tree.root());
        let known = known_at(&facts, self.flow.targets, &passed, &places);
        let call = |call: &Node<'_>| OtherCall::new(*call, &|argument| known.get(&argument).cloned());
        nodes.into_iter().map(|(name, calls)| (name, calls.iter().map(call).collect())).collect()
    }

    fn nodes<'t>(&self, facts: &FileFacts<'t>, name: &str) -> Option<Vec<Node<'t>>> {
        let found = facts.imported_calls(name, self.file)?;
        found.aliases.iter().all(|alias| self.is_own(alias)).then_some(found.calls)
    }

    /// No other file can take a name of this one's module.
    fn is_own(&self, name: &str) -> bool {
        let files = self.flow.outside.files_with(name, self.text);
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
