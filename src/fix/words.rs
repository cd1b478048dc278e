use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::native::Native;
use crate::facts::{ImportLine, import_lines};
use crate::rules::{Fix, Relation};
use crate::syntax::Span;
use crate::syntax::pattern::{Word, WordPlace};

/// What a text must hold for each fix and each pass to find anything there.
pub struct Words {
    words: Vec<Word>,
    /// By the names that they are or hold.
    by_name: FxHashMap<String, Vec<u16>>,
    /// `None` if there are too many; then everything may be there.
    automaton: Option<AhoCorasick>,
    /// Of the fixes, then of the passes.
    needs: Vec<Need>,
}

fn plain(text: &str) -> Word {
    Word { text: text.to_owned(), place: WordPlace::Name, called: false }
}

/// What must be in a text for one thing to be found there: a word of each group.
#[derive(Default)]
struct Need {
    groups: Vec<Vec<u16>>,
    /// Somewhere in the file one of these, if there are any.
    around: Vec<u16>,
    /// What is found depends on functions without any of the words.
    whole: bool,
    /// Looks at the text in another way.
    glance: Option<fn(&str) -> bool>,
}

/// `cat` of `cat(`.
fn name_in(word: &str) -> &str {
    word.trim_matches(|c: char| !(c.is_alphanumeric() || c == '_'))
}

/// The words of one file.
pub struct WordsIn<'a> {
    words: &'a Words,
    text: &'a str,
    /// Each word that stands in the text, by where it begins.
    hits: Vec<(usize, u16)>,
    /// Words for which the file has names of its own: these may be anywhere.
    renamed: FxHashSet<u16>,
    /// The needs that the file as a whole meets.
    met: Vec<usize>,
}

impl Words {
    pub(super) fn new<'r>(fixes: impl Iterator<Item = &'r Fix>, natives: impl Iterator<Item = &'static Native>) -> Words {
        let mut words = Words { words: Vec::new(), by_name: FxHashMap::default(), automaton: None, needs: Vec::new() };
        for fix in fixes {
            let near = fix.around.iter().filter(|around| !around.negated && around.relation != Relation::Inside);
            let patterns = std::iter::once(&fix.find).chain(near.map(|around| &around.pattern));
            let mut groups: Vec<Vec<u16>> = patterns.flat_map(|pattern| pattern.words()).map(|word| vec![words.number(word)]).collect();
            if !fix.words.is_empty() {
                groups.push(fix.words.iter().map(|word| words.number(plain(word))).collect());
            }
            words.needs.push(Need { groups, ..Need::default() });
        }
        for native in natives {
            let groups = native.words.iter().map(|group| group.iter().map(|word| words.number(plain(word))).collect()).collect();
            let around = native.around.iter().map(|word| words.number(Word { place: WordPlace::Text, ..plain(word) })).collect();
            words.needs.push(Need { groups, around, whole: native.whole, glance: native.glance() });
        }
        words.automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(words.words.iter().map(|word| &word.text)).ok();
        words
    }

    fn number(&mut self, word: Word) -> u16 {
        let known = self.by_name.entry(name_in(&word.text).to_owned()).or_default();
        known.iter().copied().find(|&number| self.words[usize::from(number)] == word).unwrap_or_else(|| {
            let number = u16::try_from(self.words.len()).expect("pages have fewer words than that");
            known.push(number);
            self.words.push(word);
            number
        })
    }

    /// The words of a text.
    pub fn of<'a>(&'a self, text: &'a str) -> WordsIn<'a> {
        let imports = Imports::of(text);
        let numbers = |name: &&str| self.by_name.get(*name).into_iter().flatten().copied();
        let renamed = imports.renamed.iter().flat_map(numbers).collect();
        let mut found = WordsIn { words: self, text, hits: Vec::new(), renamed, met: Vec::new() };
        let Some(automaton) = &self.automaton else {
            found.met = (0..self.needs.len()).collect();
            return found;
        };
        let stands =
            |start: usize, end: usize, number: u16| imports.lets_stand(&self.words[usize::from(number)], text.as_bytes(), start, end);
        // Words of one text that stand in different ways are different words for the automaton too.
        let hits = automaton.find_overlapping_iter(text).map(|hit| (hit.start(), hit.end(), hit.pattern().as_u32() as u16));
        found.hits = hits.filter(|&(start, end, number)| stands(start, end, number)).map(|(start, _, number)| (start, number)).collect();
        found.hits.sort_unstable();
        let seen = found.seen(found.hits.iter());
        let met = |need: &Need| (need.around.is_empty() || seen.has_one(&need.around)) && seen.meets(need, text);
        found.met = (0..self.needs.len()).filter(|&need| met(&self.needs[need])).collect();
        found
    }
}

impl WordsIn<'_> {
    /// Nothing can be found in the file.
    pub fn is_empty(&self) -> bool {
        self.met.is_empty()
    }

    /// The file has names of its own for what is looked for.
    pub fn has_renamed(&self) -> bool {
        !self.renamed.is_empty()
    }

    /// The same if everything is looked for whatever the words are.
    pub fn anywhere(mut self) -> Self {
        self.met = (0..self.words.needs.len()).collect();
        self
    }

    /// Something may be found in a part of the text.
    pub fn are_in(&self, span: Span) -> bool {
        let seen = self.seen(self.hits_in(span));
        self.words.automaton.is_none() || self.needs().any(|need| seen.meets(need, &self.text[span.start..span.end]))
    }

    /// Something may be found in the text without some spans, which stand apart and in order.
    pub fn are_outside(&self, spans: &[Span]) -> bool {
        let inside = |at: usize| spans.get(spans.partition_point(|span| span.end <= at)).is_some_and(|span| span.start <= at);
        let seen = self.seen(self.hits.iter().filter(|(at, _)| !inside(*at)));
        self.words.automaton.is_none() || self.needs().any(|need| seen.meets(need, self.text))
    }

    /// What is found in a function may depend on functions without any of the words.
    pub fn concern_all(&self) -> bool {
        self.needs().any(|need| need.whole)
    }

    /// Something may be found by the fix or pass of a number: the fixes first, then the passes.
    pub(super) fn concern(&self, number: usize) -> bool {
        self.met.binary_search(&number).is_ok()
    }

    fn needs(&self) -> impl Iterator<Item = &Need> {
        self.met.iter().map(|&need| &self.words.needs[need])
    }

    fn hits_in(&self, span: Span) -> impl Iterator<Item = &(usize, u16)> {
        let first = self.hits.partition_point(|(at, _)| *at < span.start);
        self.hits[first..].iter().take_while(move |(at, _)| *at < span.end)
    }

    fn seen<'h>(&self, hits: impl Iterator<Item = &'h (usize, u16)>) -> Seen<'_> {
        let mut words = vec![false; self.words.words.len()];
        hits.for_each(|(_, number)| words[usize::from(*number)] = true);
        Seen { words, renamed: &self.renamed }
    }
}

/// Which words stand in a part of a text.
struct Seen<'a> {
    words: Vec<bool>,
    renamed: &'a FxHashSet<u16>,
}

impl Seen<'_> {
    fn has_one(&self, group: &[u16]) -> bool {
        group.iter().any(|number| self.words[usize::from(*number)] || self.renamed.contains(number))
    }

    fn meets(&self, need: &Need, text: &str) -> bool {
        need.groups.iter().all(|group| self.has_one(group)) && need.glance.is_none_or(|glance| glance(text))
    }
}

/// What a file's imports make of names.
struct Imports<'a> {
    /// Names that stand by themselves.
    names: FxHashSet<&'a str>,
    /// Names for which the file has others.
    renamed: Vec<&'a str>,
}

impl<'a> Imports<'a> {
    fn of(text: &'a str) -> Self {
        let mut imports = Imports { names: FxHashSet::default(), renamed: Vec::new() };
        for (name, alias) in import_lines(text).filter(|import: &ImportLine<'_>| import.module.is_some()).flat_map(|import| import.names) {
            imports.names.insert(name);
            imports.renamed.extend(alias.filter(|alias| *alias != name).map(|_| name));
        }
        imports
    }

    /// True if a word that was found stands as it must.
    fn lets_stand(&self, word: &Word, text: &[u8], start: usize, end: usize) -> bool {
        let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        // Only where the word itself begins or ends as a name does.
        let inside = |at: usize| at > 0 && at < text.len() && in_name(&text[at - 1]) && in_name(&text[at]);
        if word.place == WordPlace::Text {
            return true;
        }
        if inside(start) || inside(end) {
            return false;
        }
        if word.called && !text[end..].trim_ascii_start().starts_with(b"(") {
            return false;
        }
        let dotted = || text[..start].trim_ascii_end().ends_with(b".");
        match word.place {
            WordPlace::Path => dotted() || self.names.contains("*") || self.names.contains(word.text.as_str()),
            WordPlace::Member => dotted(),
            WordPlace::Name | WordPlace::Text => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fix::Fixer;
    use crate::rules::RuleSet;
    use crate::syntax::Span;

    fn finds(text: &str) -> bool {
        !Fixer::new(RuleSet::builtin().iter()).words().of(text).is_empty()
    }

    #[test]
    fn a_library_s_name_counts_behind_a_dot_or_where_it_is_imported() {
        assert!(finds("import numpy as np\nx = np.float(1)\n"));
        assert!(!finds("import numpy as np\nx = float(1) + np.hypot(y, y)\n"));
        assert!(finds("from numpy import product\nproduct(x)\n"));
        assert!(finds("from numpy import product as p\n\n\ndef f(x):\n    return p(x)\n"));
        assert!(finds("from numpy import *\nproduct(x)\n"));
    }

    #[test]
    fn all_words_must_be_there() {
        assert!(finds("loss.backward()\noptimizer.step()\nfor x in y: pass\n"));
        assert!(!finds("def backward(ctx, x):\n    return x\n"));
    }

    #[test]
    fn what_an_import_renames_may_be_anywhere() {
        let fixer = Fixer::new(RuleSet::builtin().iter());
        let text = "from numpy import product as p\n\n\ndef f(x):\n    return p(x)\n";
        let words = fixer.words().of(text);
        assert!(words.has_renamed() && words.are_in(Span::new(text.find("return").unwrap(), text.len())));
    }
}
