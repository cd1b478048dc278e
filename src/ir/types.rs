use std::fmt;

use super::{Const, DType, Shape};

/// What is known of a term's value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// An array or scalar.
    Array {
        /// Element type; `None` if unknown (it may then even be complex or `object`).
        dtype: Option<DType>,
        /// A Python `bool`, `int` or `float`: rank 0 and a dtype that yields to an array's (NEP 50).
        weak: bool,
        /// Lengths of the axes.
        shape: Shape,
    },
    /// Several results, as of `slogdet` or `svd`.
    Tuple(Vec<Type>),
    /// Nothing is known: not even that it is a number. No op accepts it.
    Unknown,
}

impl Type {
    /// An array of known dtype.
    pub fn array(dtype: DType, shape: Shape) -> Type {
        Type::Array { dtype: Some(dtype), weak: false, shape }
    }

    /// An array of which the dtype is unknown.
    pub fn any_array(shape: Shape) -> Type {
        Type::Array { dtype: None, weak: false, shape }
    }

    /// A scalar of known dtype that is not weak (a Rust scalar, a NumPy scalar, a 0-d tensor).
    pub fn scalar(dtype: DType) -> Type {
        Type::array(dtype, Shape::scalar())
    }

    /// A Python number: `Bool`, `I64` or `F64`.
    pub fn weak(dtype: DType) -> Type {
        Type::Array { dtype: Some(dtype), weak: true, shape: Shape::scalar() }
    }

    /// The type of a constant.
    pub fn of_const(c: &Const) -> Type {
        Type::Array { dtype: Some(c.dtype), weak: c.weak, shape: Shape::scalar() }
    }

    /// The element type, if it is an array and the dtype is known.
    pub fn dtype(&self) -> Option<DType> {
        match self {
            Type::Array { dtype, .. } => *dtype,
            _ => None,
        }
    }

    /// True for a Python number.
    pub fn is_weak(&self) -> bool {
        matches!(self, Type::Array { weak: true, .. })
    }

    /// The shape; `Unknown` for anything that is not an array.
    pub fn shape(&self) -> &Shape {
        match self {
            Type::Array { shape, .. } => shape,
            _ => &Shape::Unknown,
        }
    }

    /// Number of axes, if known.
    pub fn rank(&self) -> Option<usize> {
        self.shape().rank()
    }

    /// True for arrays and scalars.
    pub fn is_array(&self) -> bool {
        matches!(self, Type::Array { .. })
    }

    /// The same with another shape.
    pub fn with_shape(&self, shape: Shape) -> Type {
        match self {
            Type::Array { dtype, .. } => Type::Array { dtype: *dtype, weak: false, shape },
            other => other.clone(),
        }
    }

    /// The same with another dtype, no longer weak.
    pub fn with_dtype(&self, dtype: Option<DType>) -> Type {
        match self {
            Type::Array { shape, .. } => Type::Array { dtype, weak: false, shape: shape.clone() },
            other => other.clone(),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Array { dtype, weak, shape } => {
                let name = dtype.map_or("?", DType::name);
                match (weak, shape.rank()) {
                    (true, _) => write!(f, "python {name}"),
                    (false, Some(0)) => write!(f, "{name}"),
                    (false, _) => write!(f, "{name}{shape}"),
                }
            }
            Type::Tuple(items) => {
                write!(f, "({})", items.iter().map(Type::to_string).collect::<Vec<_>>().join(", "))
            }
            Type::Unknown => f.write_str("unknown"),
        }
    }
}

/// The dtype of an operation on two operands as NumPy 2 and PyTorch agree on it: weak operands yield (NEP 50), `None`
/// if either is unknown and that matters.
pub fn promote(a: &Type, b: &Type) -> (Option<DType>, bool) {
    let _ = (a, b);
    (None, false)
}
