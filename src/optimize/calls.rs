//! Facts that flow through calls: a function takes what holds at all its calls, where all are seen.

use std::collections::BTreeMap;

use memchr::memmem::Finder;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::{Called, Fact, FileFacts, Outside, Word, is_private};
use crate::ir::Target;
use crate::lower::argument_facts;
use crate::syntax::{FunctionText, Node};

/// How many calls deep facts flow: those of a function make its own calls known.
const ROUNDS: usize = 4;

/// Adds to a file's facts what calls tell of the functions that `fires` finds worth it, and of those on the way to them.
pub(super) fn flow<'t>(
    mut facts: FileFacts<'t>,
    root: Node<'t>,
    targets: &[Target],
    fires: &dyn Fn(Node<'t>) -> bool,
) -> (FileFacts<'t>, FxHashSet<&'t str>) {
    if facts.called(root, fires).is_empty() {
        return (facts, FxHashSet::default());
    }
    let called = towards(facts.called(root, &|_| true), fires);
    let mut known: FxHashMap<Node<'t>, Fact> = FxHashMap::default();
    let mut joined: FxHashMap<usize, BTreeMap<String, Fact>> = FxHashMap::default();
    let mut callers: Vec<Node<'t>> = called.iter().flat_map(|called| &called.calls).map(|call| function_around(*call, root)).collect();
    for _ in 0..ROUNDS {
        callers.sort_by_key(|caller| caller.id());
        callers.dedup();
        if callers.is_empty() {
            break;
        }
        for &target in targets {
            for (argument, fact) in argument_facts(&facts, target, &called, &callers) {
                known.entry(argument).or_insert(fact);
            }
        }
        let mut changed = Vec::new();
        for function in &called {
            let facts = function.join(&|argument| known.get(&argument).cloned(), &|default| facts.known_value(default));
            if joined.get(&function.function.id()).is_none_or(|before| *before != facts) && !facts.is_empty() {
                joined.insert(function.function.id(), facts);
                changed.push(function.function);
            }
        }
        if changed.is_empty() {
            break;
        }
        facts = facts.with_calls(joined.clone());
        // What became known of a function says more of the calls within it.
        callers = called
            .iter()
            .flat_map(|called| &called.calls)
            .map(|call| function_around(*call, root))
            .filter(|f| changed.contains(f))
            .collect();
    }
    let given = called.iter().filter(|called| joined.contains_key(&called.function.id())).map(|called| outermost(called.function).text());
    let given = given.collect();
    (facts, given)
}

/// Those functions that are worth it, and those that call them, and so on.
fn towards<'t>(all: Vec<Called<'t>>, fires: &dyn Fn(Node<'t>) -> bool) -> Vec<Called<'t>> {
    let mut wanted: FxHashSet<usize> = all.iter().filter(|called| fires(called.function)).map(|called| called.function.id()).collect();
    loop {
        let before = wanted.len();
        for called in all.iter().filter(|called| wanted.contains(&called.function.id())).collect::<Vec<_>>() {
            wanted.extend(called.calls.iter().filter_map(|call| enclosing_function(*call)).map(|function| function.id()));
        }
        if wanted.len() == before {
            break;
        }
    }
    all.into_iter().filter(|called| wanted.contains(&called.function.id())).collect()
}

fn enclosing_function(node: Node<'_>) -> Option<Node<'_>> {
    std::iter::successors(node.parent(), |node| node.parent()).find(|node| node.kind() == "function_definition")
}

fn function_around<'t>(call: Node<'t>, root: Node<'t>) -> Node<'t> {
    enclosing_function(call).unwrap_or(root)
}

fn outermost(function: Node<'_>) -> Node<'_> {
    std::iter::successors(Some(function), |node| enclosing_function(*node)).last().unwrap_or(function)
}

/// Which functions of a text are worth parsing for what calls may tell: private ones in which a rule could do something, and those
/// that lead to them, if one of these may hold arrays. `fires` and `evident` tell of a function by its number.
pub(super) fn leads(
    text: &str,
    functions: &[FunctionText],
    outside: &Outside,
    fires: &dyn Fn(usize) -> bool,
    evident: &dyn Fn(usize) -> bool,
) -> FxHashSet<usize> {
    let mut search = Search { text, functions, outside, callers: FxHashMap::default() };
    let mut found = FxHashSet::default();
    for index in 0..functions.len() {
        if search.private_name(index).is_none() || !fires(index) {
            continue;
        }
        let mut chain = FxHashSet::default();
        if search.carries(index, evident, &mut chain, ROUNDS) {
            found.extend(chain);
        }
    }
    found
}

struct Search<'a> {
    text: &'a str,
    functions: &'a [FunctionText],
    outside: &'a Outside,
    callers: FxHashMap<usize, Option<Callers>>,
}

/// Who calls a function.
#[derive(Clone, Default)]
struct Callers {
    functions: Vec<usize>,
    /// Statements outside of functions, which are parsed anyway.
    module: bool,
}

impl<'a> Search<'a> {
    /// The name of a private function that takes arguments.
    fn private_name(&self, index: usize) -> Option<&'a str> {
        let function = &self.functions[index];
        let head = &self.text[function.start..function.body.start];
        let (name, rest) = head.trim_start_matches("async").trim_start().strip_prefix("def ")?.split_once('(')?;
        let parameters = rest.trim_start();
        let none = parameters.starts_with(')') || parameters.strip_prefix("self").is_some_and(|rest| rest.trim_start().starts_with(')'));
        Some(name.trim()).filter(|name| is_private(name) && !none)
    }

    /// Some call of the function, or of one that leads to it, stands where arrays may be. Fills in all functions on the ways.
    fn carries(&mut self, index: usize, evident: &dyn Fn(usize) -> bool, chain: &mut FxHashSet<usize>, depth: usize) -> bool {
        let Some(callers) = self.callers(index) else { return false };
        chain.insert(index);
        let mut carries = callers.module;
        for caller in callers.functions {
            // Whether one leads further or not, its calls must be seen.
            let new = chain.insert(caller);
            let further = new && depth > 1 && self.private_name(caller).is_some() && self.carries(caller, evident, chain, depth - 1);
            carries |= evident(caller) || further;
        }
        carries
    }

    /// Who calls a private function, as far as the words tell.
    fn callers(&mut self, index: usize) -> Option<Callers> {
        if let Some(known) = self.callers.get(&index) {
            return known.clone();
        }
        let callers = self.private_name(index).and_then(|name| self.find_callers(index, name));
        self.callers.insert(index, callers.clone());
        callers
    }

    fn find_callers(&self, index: usize, name: &str) -> Option<Callers> {
        if self.outside.mentions(Word::Name(name))? {
            return None;
        }
        let mut callers = Callers::default();
        let bytes = self.text.as_bytes();
        let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        for at in Finder::new(name).find_iter(bytes) {
            let end = at + name.len();
            if bytes[..at].last().is_some_and(in_name) || bytes.get(end).is_some_and(in_name) {
                continue;
            }
            let caller = self.functions.partition_point(|function| function.start <= at).checked_sub(1);
            let caller = caller.filter(|&caller| at < self.functions[caller].body.end);
            if caller == Some(index) && at < self.functions[index].body.start {
                continue;
            }
            callers.module |= caller.is_none();
            callers.functions.extend(caller);
        }
        callers.functions.dedup();
        Some(callers)
    }
}
