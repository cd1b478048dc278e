use aho_corasick::{AhoCorasick, MatchKind};

use super::native::Native;
use crate::rules::Fix;

/// Words of which a text has at least one if anything in it is to be mended.
pub struct Words {
    words: Vec<String>,
    /// `None` if there are too many; then everything may have one.
    automaton: Option<AhoCorasick>,
    /// A fix has no word of its own: it may be anywhere.
    anywhere: bool,
    /// What passes tell from a text that no words tell.
    glances: Vec<fn(&str) -> bool>,
    /// Words whose text is looked at as a whole.
    whole: Option<AhoCorasick>,
}

impl Words {
    pub(super) fn new<'r>(fixes: impl Iterator<Item = &'r Fix>, natives: impl Iterator<Item = &'static Native>) -> Words {
        let mut anywhere = false;
        let mut words: Vec<String> = Vec::new();
        let mut whole: Vec<&str> = Vec::new();
        for fix in fixes {
            words.extend(fix.words.iter().cloned());
            match fix.find.word() {
                _ if !fix.words.is_empty() => {}
                Some(word) => words.push(word.to_owned()),
                None => anywhere = true,
            }
        }
        let mut glances = Vec::new();
        for native in natives {
            words.extend(native.words.iter().map(|word| (*word).to_owned()));
            whole.extend(native.whole);
            glances.extend(native.glance());
        }
        words.sort_unstable();
        words.dedup();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&words).ok();
        whole.sort_unstable();
        whole.dedup();
        let whole = AhoCorasick::new(whole).ok();
        Words { words, automaton, anywhere, glances, whole }
    }

    /// True if a text has one of the words.
    pub fn are_in(&self, text: &str) -> bool {
        let Some(automaton) = &self.automaton else { return true };
        let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let bytes = text.as_bytes();
        // A word with other signs than names have stands anywhere.
        let whole = |start: usize, end: usize| {
            let inside = bytes[..start].last().is_some_and(in_name) || bytes.get(end).is_some_and(in_name);
            !inside || !bytes[start..end].iter().all(in_name)
        };
        self.anywhere
            || automaton.find_overlapping_iter(text).any(|found| whole(found.start(), found.end()))
            || self.glances.iter().any(|glance| glance(text))
    }

    /// True if what is found in a function of the text may depend on functions without any of the words.
    pub fn concern_all_of(&self, text: &str) -> bool {
        self.whole.as_ref().is_none_or(|words| words.is_match(text))
    }

    /// True if it is one of the words.
    pub fn has(&self, word: &str) -> bool {
        self.words.binary_search_by(|known| known.as_str().cmp(word)).is_ok()
    }
}
