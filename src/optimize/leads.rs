//! Which functions of a text are worth parsing for what calls and attributes may tell of others, by their words.

use std::collections::BTreeSet;

use memchr::memmem::find_iter;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::{ATTRIBUTE_TRICKS, OtherFile, Outside, Word, is_private, may_be_stored, occurrences};
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
    /// A text has such a word.
    pub says: &'a dyn Fn(&str) -> bool,
    /// Another file may pass arrays in all its calls of the function of that name.
    pub passes: &'a dyn Fn(&OtherFile, &str) -> bool,
}

impl Leads<'_> {
    /// Adds private functions in which a rule could do something, and those that lead to them, if one of these may hold arrays. Returns the
    /// names of those that other files call.
    pub fn add_calls(&self, found: &mut FxHashSet<usize>) -> FxHashSet<String> {
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
        let elsewhere = search.callers.iter().filter(|(_, callers)| callers.as_ref().is_some_and(|callers| callers.elsewhere));
        elsewhere.filter_map(|(index, _)| search.private_name(*index)).map(str::to_owned).collect()
    }

    /// Adds the methods in which a rule could do something and that read attributes which may hold arrays, and all functions that may
    /// assign these.
    pub fn add_attributes(&self, found: &mut FxHashSet<usize>) {
        if ATTRIBUTE_TRICKS.iter().any(|word| occurrences(self.text, word).next().is_some()) {
            return;
        }
        let classes = Classes::of(self.text);
        let reads: Vec<(usize, BTreeSet<&str>)> = (0..self.functions.len())
            .filter(|&index| (self.fires)(index) && classes.is_plain_at(self.functions[index].start))
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

    /// The attributes that may hold arrays: by what is assigned to them, by what they are made of, by annotations of fields.
    fn arrays(&self) -> BTreeSet<&str> {
        let mut made: Vec<(&str, BTreeSet<&str>)> = Vec::new();
        let mut arrays = BTreeSet::new();
        for index in 0..self.functions.len() {
            for (name, value) in stored_attributes(self.whole(index)) {
                let word = match callee(value) {
                    Some(callee) => may_make_array(callee) && (self.says)(callee),
                    None => is_no_literal(value) && ((self.says)(value) || (self.evident)(index)),
                };
                if word {
                    arrays.insert(name);
                } else {
                    made.push((name, attributes(value).collect()));
                }
            }
        }
        for _ in 0..DEPTH {
            for (name, parts) in &made {
                if parts.iter().any(|part| arrays.contains(part)) {
                    arrays.insert(name);
                }
            }
        }
        for line in self.text.lines() {
            // A field of a class: `    W: np.ndarray`.
            let name = line.trim_start().split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
            let rest = line.trim_start()[name.len()..].trim_start();
            if line.starts_with([' ', '\t']) && !name.is_empty() && rest.starts_with(':') && (self.says)(rest) {
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

/// The attributes of `self` that a text may assign, with the rest of the line.
fn stored_attributes(text: &str) -> Vec<(&str, &str)> {
    let line = |from: usize| text[from..].lines().next().unwrap_or("");
    let stored = attributes(text).filter_map(|name| {
        let at = name.as_ptr() as usize - text.as_ptr() as usize;
        let rest = line(at + name.len());
        may_be_stored(text, at, name).then(|| (name, rest.split_once('=').map_or(rest, |(_, value)| value).trim()))
    });
    let buffers = find_iter(text.as_bytes(), "register_buffer(").filter_map(|at| {
        let (name, rest) = text[at + "register_buffer(".len()..].trim_start().strip_prefix(['"', '\''])?.split_once(['"', '\''])?;
        Some((name, rest.lines().next()?.trim_start_matches([',', ' '])))
    });
    stored.chain(buffers).collect()
}

/// The function that a value begins with a call of.
fn callee(value: &str) -> Option<&str> {
    let end = value.find(|c: char| !(c.is_alphanumeric() || "_.".contains(c)))?;
    (end > 0 && value[end..].starts_with('(')).then(|| &value[..end])
}

/// By the look of its name it makes no object of a class that is no array's.
fn may_make_array(callee: &str) -> bool {
    let name = callee.rsplit('.').next().unwrap_or(callee);
    matches!(name, "Parameter" | "Buffer") || !name.starts_with(char::is_uppercase) && !callee.starts_with("self.")
}

fn is_no_literal(value: &str) -> bool {
    let word = value.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
    !value.is_empty() && !matches!(word, "None" | "True" | "False" | "lambda" | "not") && !value.starts_with(['[', '{', '"', '\''])
}

/// The heads of a text's classes.
struct Classes<'a> {
    text: &'a str,
    /// Where the word `class` stands, how far it is indented, and what stands in the brackets.
    heads: Vec<(usize, usize, &'a str)>,
}

impl<'a> Classes<'a> {
    fn of(text: &'a str) -> Self {
        let heads = find_iter(text.as_bytes(), "class ").filter_map(|at| {
            let indentation = indentation(text, at)?;
            let head = text[at..].split_once(':')?.0;
            Some((at, indentation, head.split_once('(').map_or("", |(_, bases)| bases.trim_end().trim_end_matches(')'))))
        });
        Classes { text, heads: heads.collect() }
    }

    /// The class around a function has only bases of which it is known, or that are in the file.
    fn is_plain_at(&self, at: usize) -> bool {
        let Some(own) = indentation(self.text, at) else { return false };
        let before = &self.heads[..self.heads.partition_point(|head| head.0 < at)];
        let Some((_, _, bases)) = before.iter().rev().find(|(_, indentation, _)| *indentation < own) else { return false };
        bases.split(',').map(|base| base.split('[').next().unwrap_or(base).trim()).all(|base| {
            let name = base.rsplit(['.', '=']).next().unwrap_or(base);
            let known = matches!(name, "" | "object" | "Module" | "ABC" | "ABCMeta" | "Generic" | "Protocol") || name.ends_with(']');
            known || self.heads.iter().any(|(head, _, _)| self.text[head + "class ".len()..].starts_with(name))
        })
    }
}

/// How far the line is indented in which nothing stands before a place.
fn indentation(text: &str, at: usize) -> Option<usize> {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[line..at].bytes().all(|byte| byte == b' ' || byte == b'\t').then_some(at - line)
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
    /// Other files, in which arrays may be.
    elsewhere: bool,
}

impl<'a> Search<'_, 'a> {
    /// The name of a private function that takes arguments of which it does not say what they are.
    fn private_name(&self, index: usize) -> Option<&'a str> {
        let function = &self.leads.functions[index];
        let head = &self.leads.text[function.start..function.body.start];
        let (name, rest) = head.trim_start_matches("async").trim_start().strip_prefix("def ")?.split_once('(')?;
        let parameters = rest.trim_start();
        let open = |parameter: &str| !matches!(parameter.trim(), "" | "self" | "*" | "/") && !parameter.contains(':');
        let parameters = parameters.rsplit_once(')').map_or(parameters, |(inside, _)| inside);
        Some(name.trim()).filter(|name| is_private(name) && parameters.split(',').any(open))
    }

    /// Some call of the function, or of one that leads to it, stands where arrays may be. Fills in all functions on the ways.
    fn carries(&mut self, index: usize, chain: &mut FxHashSet<usize>, depth: usize) -> bool {
        let Some(callers) = self.callers(index) else { return false };
        chain.insert(index);
        let mut carries = callers.module || callers.elsewhere;
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
        let mut callers = Callers::default();
        if self.leads.outside.mentions(Word::Name(name))? {
            // A method is called on objects of which other files need not say the class.
            indentation(self.leads.text, self.leads.functions[index].start).filter(|width| *width == 0)?;
            let files = self.leads.outside.files_with(name, self.leads.text)?;
            callers.elsewhere = files.iter().all(|file| (self.leads.passes)(file, name));
            if !callers.elsewhere {
                return None;
            }
        }
        for at in occurrences(self.leads.text, name) {
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
