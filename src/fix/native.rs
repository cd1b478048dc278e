use super::{File, defaults, discarded, pretrained};
use super::walk::Found;

/// A pass in Rust, whose page names it.
pub(super) struct Native {
    name: &'static str,
    /// A text without any of these has nothing for it.
    pub words: &'static [&'static str],
    /// The same for what no words tell.
    pub glance: Option<fn(&str) -> bool>,
    pub run: for<'a, 't> fn(File<'a, 't>) -> Vec<Found>,
}

const ALL: &[Native] = &[
    Native { name: "pretrained_is_weights", words: &["pretrained", "pretrained_backbone", "(True)", "(False)", "(True, ", "(False, "], glance: None, run: pretrained::run },
    Native { name: "discarded_result", words: &[], glance: Some(discarded::may_be_in), run: discarded::run },
    Native { name: "tensor_as_default", words: &[], glance: Some(defaults::may_be_in), run: defaults::run },
];

impl Native {
    /// Tells from the text alone whether it may find something.
    pub fn may_be_in(&self, text: &str) -> bool {
        self.words.iter().any(|word| text.contains(word)) || self.glance.is_some_and(|glance| glance(text))
    }
}

/// The pass of a name.
pub(super) fn named(name: &str) -> Option<&'static Native> {
    ALL.iter().find(|native| native.name == name)
}
