use super::File;
use super::passes;
use super::walk::Found;

/// A pass in Rust, whose page names it.
pub(super) struct Native {
    pub name: &'static str,
    /// A text without any of these has nothing for it.
    pub words: &'static [&'static str],
    /// What it finds depends on functions without any of the words: a text that has one of these is looked at as a whole.
    pub whole: &'static [&'static str],
    pub run: for<'a, 't> fn(File<'a, 't>) -> Vec<Found>,
}

impl Native {
    /// False if a text surely has nothing for it.
    pub fn may_be_in(&self, text: &str) -> bool {
        let glance = || self.glance().is_some_and(|glance| glance(text));
        self.words.iter().any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some()) || glance()
    }

    /// What tells from a text alone whether the pass may find something there, where no words do.
    pub fn glance(&self) -> Option<fn(&str) -> bool> {
        passes::GLANCES.iter().find(|(name, _)| *name == self.name).map(|(_, glance)| *glance)
    }
}

/// The pass of a name.
pub(super) fn named(name: &str) -> Option<&'static Native> {
    passes::ALL.iter().flat_map(|natives| natives.iter()).find(|native| native.name == name)
}
