//! Candidates that no template can say.

mod analogy;
mod arguments;
mod arms;
mod declared_numbers;
mod derives;
mod imports;
mod lifetimes;
mod near_names;
mod references;

use super::files::FileEdit;
use super::scene::Scene;

/// A change that a page proposes for an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proposal {
    pub edits: Vec<FileEdit>,
    /// What is said of it, if not the page's title.
    pub message: Option<String>,
    /// Its place among those of the page, the likeliest first.
    pub order: u32,
}

impl Proposal {
    pub fn new(edits: Vec<FileEdit>) -> Proposal {
        Proposal { edits, message: None, order: 0 }
    }

    pub fn say(self, message: impl Into<String>) -> Proposal {
        Proposal { message: Some(message.into()), ..self }
    }
}

/// Makes candidates for an error.
pub(super) type Native = fn(Scene) -> Vec<Proposal>;

const ALL: [(&str, Native); 9] = [
    ("declared-numbers", declared_numbers::proposals),
    ("derives", derives::proposals),
    ("imports", imports::proposals),
    ("borrowed-parameters", references::parameters),
    ("mutable-references", references::mutable),
    ("lifetimes", lifetimes::proposals),
    ("near-names", near_names::proposals),
    ("match-arms", arms::proposals),
    ("arguments", arguments::proposals),
];

/// The one of a name.
pub(super) fn named(name: &str) -> Option<Native> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, native)| *native)
}
