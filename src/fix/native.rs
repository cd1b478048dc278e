use super::File;
use super::passes;
use super::walk::Found;

/// A pass in Rust, whose page names it.
pub(super) struct Native {
    pub name: &'static str,
    /// A function has a word of each of these groups if it has something for it; if it is looked at as a whole, the file.
    pub words: &'static [&'static [&'static str]],
    /// One of these, perhaps as part of a longer word, is somewhere in the file, if there are any.
    pub around: &'static [&'static str],
    /// What it finds depends on functions without any of the words: the file is looked at as a whole.
    pub whole: bool,
    pub run: for<'a, 't> fn(File<'a, 't>) -> Vec<Found>,
}

impl Native {
    /// What tells from a text alone whether the pass may find something there.
    pub fn glance(&self) -> Option<fn(&str) -> bool> {
        passes::GLANCES.iter().find(|(name, _)| *name == self.name).map(|(_, glance)| *glance)
    }
}

/// The passes of a page's name: one, or several that need different words.
pub(super) fn named(name: &str) -> impl Iterator<Item = &'static Native> {
    passes::ALL.iter().flat_map(|natives| natives.iter()).filter(move |native| native.name == name)
}
