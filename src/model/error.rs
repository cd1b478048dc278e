use std::path::PathBuf;

/// Why a model cannot be read or generated.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file that cannot be read or written.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        why: String,
    },
    /// The file is not what it should be.
    #[error("not a usable model: {0}")]
    Malformed(String),
    /// A model that the format does not hold.
    #[error("cannot be written: {0}")]
    Unwritable(String),
    /// Nodes that cannot be done, all of them.
    #[error("{}", listed(.0))]
    Nodes(Vec<NodeError>),
}

/// A node that cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("node `{node}` ({op}): {why}")]
pub struct NodeError {
    /// The node's name, or that of its first output.
    pub node: String,
    /// Its operation.
    pub op: String,
    /// The reason.
    pub why: String,
}

impl ModelError {
    /// A file that cannot be read or written, and why.
    pub fn file(path: impl Into<PathBuf>, why: impl ToString) -> ModelError {
        ModelError::File { path: path.into(), why: why.to_string() }
    }
}

fn listed(nodes: &[NodeError]) -> String {
    let lines: Vec<String> = nodes.iter().map(|node| format!("  {node}")).collect();
    format!("{} of the model's nodes cannot be done:\n{}", nodes.len(), lines.join("\n"))
}
