use std::path::PathBuf;

use crate::explore::Proof;
use crate::facts::Ground;
use crate::rules::Claim;
use crate::syntax::{Edit, Position};

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
    /// Predicted old time over new time of what changes.
    pub gain: Option<f64>,
    /// The weakest ground among the facts that an optimization rests on.
    pub ground: Option<Ground>,
    /// What to replace; no two overlap. A fix that is only shown has none.
    pub edits: Vec<Edit>,
    /// Of an optimization: why the new code is the old code.
    pub proof: Option<Proof>,
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

/// Why a file was not looked at.
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
}
