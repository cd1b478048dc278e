//! Which functions of a text are worth parsing for what calls and attributes may tell of others, by their words.

use std::collections::BTreeSet;

use memchr::memmem::{Finder, find_iter};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::{Outside, Word, is_private, may_be_stored};
use crate::syntax::FunctionText;

/// How many calls deep facts flow.
const DEPTH: usize = 4;

/// The functions of a text, what is known of them by their words, and what the rest of the tree says.
pub(super) struct Leads<'a> {
    pub text: &'a str,
    pub functions: &'a [FunctionText],
    pub outside: &'a Outside,
    /// A rule could do something in the function of this number.
    pub fires: &'a dyn Fn(usize) -> bool,
    /// The function of this number has a word of a library.
    pub evident: &'a dyn Fn(usize) -> bool,
}

impl Leads<'_> {
    /// Adds private functions in which a rule could do something, and those that lead to them, if one of these may hold arrays.
    pub fn add_calls(&self, found: &mut FxHashSet<usize>) {
        let mut search = Search { leads: self, callers: FxHashMap::default() };
        for index in 0..self.functions.len() {
            if search.private_name(index).is_none() || !(self.fires)(index) {
                continue;
            }
            let mut chain = FxHashSet::default();
            if search.carries(index, &mut chain, DEPTH) {
                found.extend(chain);
            }
        }
    }

    /// Adds the methods in which a rule could do something and that read attributes which may hold arrays, and all functions that may
    /// assign these.
    pub fn add_attributes(&self, found: &mut FxHashSet<usize>) {
        let reads: Vec<(usize, BTreeSet<&str>)> = (0..self.functions.len())
            .filter(|&index| (self.fires)(index))
            .map(|index| (index, attributes(self.whole(index)).collect::<BTreeSet<_>>()))
            .filter(|(_, names)| !names.is_empty())
            .collect();
        if reads.is_empty() {
            return;
        }
        let arrays = self.arrays();
        let mut wanted: BTreeSet<&str> = BTreeSet::new();
        for (index, names) in &reads {
            if names.iter().any(|name| arrays.contains(name)) {
                found.insert(*index);
                wanted.extend(names.intersection(&arrays));
            }
        }
        let mut waiting: Vec<&str> = wanted.iter().copied().collect();
        while let Some(name) = waiting.pop() {
            for at in find_iter(self.text.as_bytes(), name).filter(|&at| may_be_stored(self.text, at, name)) {
                let Some(index) = self.function_at(at) else { continue };
                if found.insert(index) {
                    let new = attributes(self.whole(index)).filter(|name| arrays.contains(name) && wanted.insert(name));
                    waiting.extend(new.collect::<Vec<_>>());
                }
            }
        }
    }

    /// The attributes that a function with a word of a library may assign, those that are made of them, and annotated ones.
    fn arrays(&self) -> BTreeSet<&str> {
        let mut stored: Vec<(usize, BTreeSet<&str>, BTreeSet<&str>)> = Vec::new();
        let mut arrays = BTreeSet::new();
        for index in 0..self.functions.len() {
            let names = stored_attributes(self.whole(index));
            if (self.evident)(index) {
                arrays.extend(names);
            } else if !names.is_empty() {
                stored.push((index, names, attributes(self.whole(index)).collect()));
            }
        }
        for _ in 0..DEPTH {
            for (_, names, read) in &stored {
                if read.iter().any(|name| arrays.contains(name)) {
                    arrays.extend(names);
                }
            }
        }
        for line in self.text.lines() {
            // A field of a class: `    W: np.ndarray`.
            let name = line.trim_start().split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
            let rest = line.trim_start()[name.len()..].trim_start();
            if line.starts_with([' ', '\t']) && !name.is_empty() && rest.starts_with(':') && !rest[1..].trim().is_empty() {
                arrays.insert(name);
            }
        }
        arrays
    }

    fn whole(&self, index: usize) -> &str {
        &self.text[self.functions[index].start..self.functions[index].body.end]
    }

    fn function_at(&self, at: usize) -> Option<usize> {
        let index = self.functions.partition_point(|function| function.start <= at).checked_sub(1)?;
        (at < self.functions[index].body.end).then_some(index)
    }
}

/// The names that stand behind `self.` in a text and are not called.
pub(super) fn attributes(text: &str) -> impl Iterator<Item = &str> {
    find_iter(text.as_bytes(), "self.").filter_map(|at| {
        let rest = &text[at + "self.".len()..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        (end > 0 && !rest[end..].starts_with('(')).then(|| &rest[..end])
    })
}

fn stored_attributes(text: &str) -> BTreeSet<&str> {
    let stored = |name: &&str| {
        let at = name.as_ptr() as usize - text.as_ptr() as usize;
        may_be_stored(text, at, name)
    };
    let buffers = find_iter(text.as_bytes(), "register_buffer(").filter_map(|at| {
        let rest = text[at + "register_buffer(".len()..].trim_start();
        rest.strip_prefix(['"', '\''])?.split(['"', '\'']).next()
    });
    attributes(text).filter(stored).chain(buffers).collect()
}

struct Search<'l, 'a> {
    leads: &'l Leads<'a>,
    callers: FxHashMap<usize, Option<Callers>>,
}

/// Who calls a function.
#[derive(Clone, Default)]
struct Callers {
    functions: Vec<usize>,
    /// Statements outside of functions, which are parsed anyway.
    module: bool,
}

impl<'a> Search<'_, 'a> {
    /// The name of a private function that takes arguments.
    fn private_name(&self, index: usize) -> Option<&'a str> {
        let function = &self.leads.functions[index];
        let head = &self.leads.text[function.start..function.body.start];
        let (name, rest) = head.trim_start_matches("async").trim_start().strip_prefix("def ")?.split_once('(')?;
        let parameters = rest.trim_start();
        let none = parameters.starts_with(')') || parameters.strip_prefix("self").is_some_and(|rest| rest.trim_start().starts_with(')'));
        Some(name.trim()).filter(|name| is_private(name) && !none)
    }

    /// Some call of the function, or of one that leads to it, stands where arrays may be. Fills in all functions on the ways.
    fn carries(&mut self, index: usize, chain: &mut FxHashSet<usize>, depth: usize) -> bool {
        let Some(callers) = self.callers(index) else { return false };
        chain.insert(index);
        let mut carries = callers.module;
        for caller in callers.functions {
            // Whether one leads further or not, its calls must be seen.
            let new = chain.insert(caller);
            let further = new && depth > 1 && self.private_name(caller).is_some() && self.carries(caller, chain, depth - 1);
            carries |= (self.leads.evident)(caller) || further;
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
        if self.leads.outside.mentions(Word::Name(name))? {
            return None;
        }
        let mut callers = Callers::default();
        let bytes = self.leads.text.as_bytes();
        let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        for at in Finder::new(name).find_iter(bytes) {
            let end = at + name.len();
            if bytes[..at].last().is_some_and(in_name) || bytes.get(end).is_some_and(in_name) {
                continue;
            }
            let caller = self.leads.function_at(at);
            if caller == Some(index) && at < self.leads.functions[index].body.start {
                continue;
            }
            callers.module |= caller.is_none();
            callers.functions.extend(caller);
        }
        callers.functions.dedup();
        Some(callers)
    }
}
