use super::files::FileEdit;
use crate::rules::Safety;

/// A change that may mend an error.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// The page that it comes from.
    pub rule: String,
    pub safety: Safety,
    /// What is said of it.
    pub message: String,
    /// The lower, the sooner it is tried.
    pub rank: u32,
    pub edits: Vec<FileEdit>,
}
