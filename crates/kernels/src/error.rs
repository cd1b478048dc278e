/// Why an operation has no result for its operands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Two shapes that should fit each other do not.
    #[error("{op}: shapes {a:?} and {b:?} do not fit")]
    Shapes {
        /// The operation.
        op: &'static str,
        /// The first operand's shape.
        a: Vec<usize>,
        /// The second's.
        b: Vec<usize>,
    },
    /// An input of a model has another shape than the model was made for.
    #[error("input `{name}`: expected shape {expected}, found {found:?}")]
    Input {
        /// The input's name.
        name: &'static str,
        /// The expected shape, as in the model.
        expected: &'static str,
        /// The shape that was passed.
        found: Vec<usize>,
    },
    /// An index outside an axis.
    #[error("{op}: index {index} is outside of an axis of length {length}")]
    Index {
        /// The operation.
        op: &'static str,
        /// The index.
        index: i64,
        /// The axis' length.
        length: usize,
    },
    /// An operand that the operation has no result for.
    #[error("{op}: {why}")]
    Operand {
        /// The operation.
        op: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

impl Error {
    /// An operand that does not do, and why.
    pub fn operand(op: &'static str, why: impl Into<String>) -> Error {
        Error::Operand { op, why: why.into() }
    }

    /// Shapes that do not fit.
    pub fn shapes(op: &'static str, a: &[usize], b: &[usize]) -> Error {
        Error::Shapes { op, a: a.to_vec(), b: b.to_vec() }
    }
}

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;
