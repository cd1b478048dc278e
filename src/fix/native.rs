use super::File;
use super::walk::Found;

/// A pass in Rust, whose page names it.
pub(super) struct Native {
    name: &'static str,
    /// A text without any of these has nothing for it.
    pub words: &'static [&'static str],
    pub run: for<'a, 't> fn(File<'a, 't>) -> Vec<Found>,
}

const ALL: &[Native] = &[];

/// The pass of a name.
pub(super) fn named(name: &str) -> Option<&'static Native> {
    ALL.iter().find(|native| native.name == name)
}
