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
}

impl Words {
    pub(super) fn new<'r>(fixes: impl Iterator<Item = &'r Fix>, natives: impl Iterator<Item = &'static Native>) -> Words {
        let mut anywhere = false;
        let mut words: Vec<String> = Vec::new();
        for fix in fixes {
            match fix.find.word() {
                Some(word) => words.push(word.to_owned()),
                None => anywhere = true,
            }
        }
        words.extend(natives.flat_map(|native| native.words.iter().map(|word| (*word).to_owned())));
        words.sort_unstable();
        words.dedup();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&words).ok();
        Words { words, automaton, anywhere }
    }

    /// True if a text has one of the words.
    pub fn are_in(&self, text: &str) -> bool {
        let Some(automaton) = &self.automaton else { return true };
        let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let bytes = text.as_bytes();
        let whole = |start: usize, end: usize| {
            let inner = bytes.get(start).is_some_and(in_name) && bytes[..start].last().is_some_and(in_name);
            !inner && !bytes.get(end).is_some_and(in_name)
        };
        self.anywhere || automaton.find_overlapping_iter(text).any(|found| whole(found.start(), found.end()))
    }

    /// True if it is one of the words.
    pub fn has(&self, word: &str) -> bool {
        self.words.binary_search_by(|known| known.as_str().cmp(word)).is_ok()
    }
}
