use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::explore::Proof;
use crate::facts::Ground;
use crate::rules::Claim;
use crate::score::Ranked;
use crate::syntax::{Edit, OverlapError, Position};

/// What was found: an optimization that is proved, verified and ready to be written, or an error with its fix.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that begins the proof.
    pub rule: String,
    /// All rules of the proof.
    pub rules: Vec<String>,
    /// The weakest claim among the rules.
    pub claim: Claim,
    /// The file.
    pub path: PathBuf,
    /// The first place that changes.
    pub start: Position,
    /// The end of the first change.
    pub end: Position,
    /// What the rule says, in a line.
    pub message: String,
    /// The error of the compiler that it mends, in code that does not compile.
    pub error: Option<String>,
    /// Predicted old time over new time of what changes.
    pub gain: Option<f64>,
    /// The weakest ground among the facts that an optimization rests on.
    pub ground: Option<Ground>,
    /// What to replace; no two overlap. A fix that is only shown has none.
    pub edits: Vec<Edit>,
    /// How many of the edits, the first ones, add the imports that the others need: findings that need the same one have it in common.
    pub imports: usize,
    /// Of an optimization: why the new code is the old code.
    pub proof: Option<Proof>,
    /// What was weighed against what, if [`Options::weighed`](super::Options) asks for it.
    pub weighed: Option<Arc<Weighed>>,
}

/// What a region's optimizations were chosen from.
#[derive(Debug)]
pub struct Weighed {
    /// All candidates for the region, the fastest first.
    pub candidates: Vec<Ranked>,
    /// The e-graph that they come from, in the format of extraction-gym.
    pub egraph: serde_json::Value,
}

impl Finding {
    /// What the rule says, with the error that is mended.
    pub fn full_message(&self) -> String {
        match &self.error {
            Some(error) => format!("{} (mends {error})", self.message),
            None => self.message.clone(),
        }
    }
}

/// The edits of those findings that do not get in each other's way, to be made in one go, and the rules that they are of. An import that
/// several need is added once.
pub fn together(findings: impl IntoIterator<Item = Finding>) -> (Vec<Edit>, BTreeSet<String>) {
    let mut edits: Vec<Edit> = Vec::new();
    let (mut imports, mut rules) = (BTreeSet::new(), BTreeSet::new());
    for mut finding in findings {
        let own = finding.edits.split_off(finding.imports);
        let apart = |new: &Edit| edits.iter().all(|old| new.span.end < old.span.start || old.span.end < new.span.start);
        // A name that one binds in a function would hide what the other imports.
        let hidden =
            |one: &[Edit], other: &[Edit]| one.iter().filter_map(new_name).any(|name| other.iter().any(|edit| has_word(edit, name)));
        let (any, needs) = (!imports.is_empty(), !finding.edits.is_empty());
        if own.iter().all(apart) && !(needs && hidden(&edits, &own)) && !(any && hidden(&own, &edits)) {
            edits.extend(own);
            imports.extend(finding.edits);
            rules.insert(finding.rule);
        }
    }
    // What is inserted at one place keeps this order: `import` goes before `from`, and both before what uses them.
    let mut all: Vec<Edit> = imports.into_iter().collect();
    all.sort_by_key(|import| import.text.starts_with("from "));
    all.extend(edits);
    (all, rules)
}

/// The name that an added statement binds.
fn new_name(edit: &Edit) -> Option<&str> {
    let (name, _) = edit.text.trim_start().split_once(" = ").filter(|_| edit.span.is_empty())?;
    Some(name)
}

fn has_word(edit: &Edit, name: &str) -> bool {
    edit.text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
}

/// What one file gives.
#[derive(Debug, Clone, Default)]
pub struct FileReport {
    /// Changes, in the order of the file.
    pub findings: Vec<Finding>,
    /// What else there is to say, with `--verbose`.
    pub notes: Vec<Note>,
}

/// Something that did not become a finding, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Where.
    pub place: Option<Position>,
    /// What.
    pub message: String,
}

/// Why a file was left alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is not in the language.
    #[error("{path}:{line}:{column}: a syntax error; the file was left alone", path = path.display(), line = place.line, column = place.column)]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where parsing stumbled.
        place: Position,
    },
    /// What the rules make of it is not in the language.
    #[error("{path}: the new text would not parse; the file was left alone, please report it", path = path.display())]
    Broken {
        /// The file.
        path: PathBuf,
    },
    /// The rules would go on for ever.
    #[error("{path}: these rules undo each other: {rules}; the file was left alone, please report it", path = path.display(), rules = rules.join(", "))]
    Circle {
        /// The file.
        path: PathBuf,
        /// The rules that go round.
        rules: Vec<String>,
    },
    /// Two changes are about the same place.
    #[error(transparent)]
    Overlap(#[from] OverlapError),
}
