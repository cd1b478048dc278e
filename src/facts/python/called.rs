use std::collections::{BTreeMap, BTreeSet};

use super::scopes::{Scopes, What, parameter_name};
use crate::facts::Called;
use crate::facts::words::{Elsewhere, Word, could_mean, is_private, occurrences, private_words};
use crate::syntax::Node;

/// Words by which any name of a module can be reached.
const REFLECTION: [&str; 7] = ["globals", "locals", "vars", "eval", "exec", "__dict__", "__getattribute__"];

/// True if a text has a word by which any name of a module can be reached.
pub(super) fn reflects(text: &str) -> bool {
    REFLECTION.iter().any(|word| occurrences(text, word).any(|at| !text[..at].ends_with('.')))
}

/// The functions of a file of which every use in it is a call that is seen: functions within functions, and private ones of the module
/// and of its classes. If other files mention one, it is a function of the module and says so.
pub(in crate::facts) fn called<'t>(
    scopes: &Scopes<'t>,
    root: Node<'t>,
    elsewhere: Option<&dyn Elsewhere>,
    wanted: &dyn Fn(Node<'t>) -> bool,
) -> Vec<Called<'t>> {
    let text = root.tree().text();
    let mut candidates: Vec<Candidate<'t>> =
        root.descendants().filter_map(|node| candidate(scopes, node)).filter(|candidate| wanted(candidate.function)).collect();
    if candidates.is_empty() || reflects(text) {
        return Vec::new();
    }
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        by_name.entry(candidate.name).or_default().push(index);
    }
    for node in root.descendants() {
        match node.kind() {
            "identifier" => {
                for &index in by_name.get(node.text()).into_iter().flatten() {
                    candidates[index].identifier(scopes, node);
                }
            }
            // What is said of a function does nothing with it.
            "comment" | "string" if node.kind() == "comment" || is_docstring(node) => {
                for candidate in &mut candidates {
                    candidate.accounted += occurrences(node.text(), candidate.name).count();
                }
            }
            _ => {}
        }
    }
    candidates.retain(|candidate| {
        // Text that was not parsed has words that are not accounted for.
        let known = || occurrences(text, candidate.name).count() == candidate.accounted;
        candidate.seen && (candidate.place == Place::Function || known())
    });
    let reachable = candidates.iter().any(|candidate| candidate.place != Place::Function);
    let own: BTreeSet<Word<'_>> = if reachable { private_words(text.as_bytes()).collect() } else { BTreeSet::new() };
    candidates.retain(|candidate| {
        candidate.place == Place::Function
            || elsewhere.is_some_and(|elsewhere| {
                let has = |word: Word<'_>| own.contains(&word) || elsewhere.mentions(word);
                !elsewhere.mentions(Word::End(candidate.name)) && !could_mean(&has, candidate.name)
            })
    });
    candidates.into_iter().filter_map(|candidate| candidate.called(elsewhere)).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Module,
    Class,
    Function,
}

struct Candidate<'t> {
    function: Node<'t>,
    name: &'t str,
    place: Place,
    scope: u32,
    calls: Vec<Node<'t>>,
    /// Occurrences of the word that are understood.
    accounted: usize,
    /// Nothing but calls so far.
    seen: bool,
}

fn candidate<'t>(scopes: &Scopes<'t>, function: Node<'t>) -> Option<Candidate<'t>> {
    if function.kind() != "function_definition" {
        return None;
    }
    let (around, name) = (function.parent()?, function.field("name")?.text());
    let scope = scopes.scope_at(function.span().start);
    let outer = around.kind() == "module";
    let place = match scopes.function_of(scope) {
        Some(_) => Place::Function,
        None if outer => Place::Module,
        None if around.kind() == "block" && around.parent()?.kind() == "class_definition" => Place::Class,
        None => return None,
    };
    let once = matches!(scopes.bindings_in(scope, name), [binding] if binding.what == What::Function(function));
    let plain = around.kind() != "decorated_definition";
    let reachable = place == Place::Function || is_private(name);
    let has_self = place != Place::Class || receiver(function).is_some();
    (once && plain && reachable && has_self).then(|| Candidate {
        function,
        name,
        place,
        scope,
        calls: Vec::new(),
        accounted: 0,
        seen: true,
    })
}

impl<'t> Candidate<'t> {
    fn identifier(&mut self, scopes: &Scopes<'t>, node: Node<'t>) {
        let Some(parent) = node.parent() else { return };
        self.accounted += 1;
        if self.function.field("name") == Some(node) {
            return;
        }
        let attribute = parent.kind() == "attribute" && parent.field("attribute") == Some(node);
        let callee = if attribute { parent } else { node };
        let call = callee.parent().filter(|call| call.kind() == "call" && call.field("function") == Some(callee));
        if self.place == Place::Class {
            let own = attribute && parent.field("object").is_some_and(|object| self.is_receiver(scopes, object));
            match call.filter(|_| own) {
                Some(call) => self.calls.push(call),
                None => self.seen = false,
            }
            return;
        }
        let owner = scopes.owner(node.text(), scopes.scope_at(node.span().start));
        let named = attribute || parent.kind() == "keyword_argument" && parent.field("name") == Some(node);
        match call.filter(|_| !attribute && owner == Some(self.scope)) {
            Some(call) => self.calls.push(call),
            // An attribute of another object, a local of another function: neither is a function within this one.
            None if named => self.seen &= self.place == Place::Function,
            None => self.seen &= owner != Some(self.scope) && parent.kind() != "dotted_name" && parent.kind() != "aliased_import",
        }
    }

    /// What is seen of its calls; `None` if nobody calls it, or other files may call it in ways that are not looked for.
    fn called(self, elsewhere: Option<&dyn Elsewhere>) -> Option<Called<'t>> {
        let mentioned = self.place != Place::Function && elsewhere.is_some_and(|elsewhere| elsewhere.mentions(Word::Name(self.name)));
        let seen = if mentioned { self.place == Place::Module } else { !self.calls.is_empty() };
        seen.then(|| Called::new(self.function, self.calls, self.place == Place::Class, mentioned.then_some(self.name)))
    }

    /// The `self` of a method of the same class, or of a function within one.
    fn is_receiver(&self, scopes: &Scopes<'t>, object: Node<'t>) -> bool {
        let scope = scopes.scope_at(object.span().start);
        let method = scopes.owner(object.text(), scope).filter(|_| object.kind() == "identifier").and_then(|owner| {
            let once = matches!(scopes.bindings_in(owner, object.text()), [binding] if binding.what == What::Parameter);
            scopes.function_of(owner).filter(|_| once)
        });
        method.is_some_and(|method| {
            let ours = scopes.scope_at(method.span().start) == self.scope;
            ours && receiver(method).is_some_and(|first| first.text() == object.text())
        })
    }
}

/// The first parameter of a method that nothing decorates: the object.
pub(super) fn receiver(method: Node<'_>) -> Option<Node<'_>> {
    let plain = method.parent().is_some_and(|parent| parent.kind() == "block");
    method.field("parameters").filter(|_| plain)?.named_children().next().filter(|first| first.kind() == "identifier")
}

pub(super) fn is_docstring(string: Node<'_>) -> bool {
    let stands_alone = string.parent().is_some_and(|parent| parent.kind() == "expression_statement");
    stands_alone && !string.named_children().any(|part| part.kind() == "interpolation")
}

/// The parameters of a function: names, defaults and how they are given.
pub(in crate::facts) fn signature<'t>(function: Node<'t>) -> Vec<Parameter<'t>> {
    let mut keyword_only = false;
    let mut found: Vec<Parameter<'t>> = Vec::new();
    for node in function.field("parameters").into_iter().flat_map(|parameters| parameters.named_children()) {
        match node.kind() {
            "positional_separator" => found.iter_mut().for_each(|parameter| parameter.by_keyword = false),
            "keyword_separator" | "list_splat_pattern" => keyword_only = true,
            "typed_parameter" if node.named_children().next().is_some_and(|inner| inner.kind() == "list_splat_pattern") => {
                keyword_only = true
            }
            "identifier" | "default_parameter" | "typed_default_parameter" | "typed_parameter" => {
                let splat = node.named_children().next().is_some_and(|inner| inner.kind() == "dictionary_splat_pattern");
                let name = parameter_name(node).filter(|_| !splat);
                let parameter = |name: Node<'t>| Parameter {
                    name: name.text(),
                    default: node.field("value"),
                    by_position: !keyword_only,
                    by_keyword: true,
                };
                found.extend(name.map(parameter));
            }
            _ => {}
        }
    }
    found
}

/// A parameter that takes one argument.
#[derive(Debug, Clone, Copy)]
pub(in crate::facts) struct Parameter<'t> {
    pub name: &'t str,
    pub default: Option<Node<'t>>,
    pub by_position: bool,
    pub by_keyword: bool,
}
