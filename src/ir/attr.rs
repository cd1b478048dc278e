use std::fmt;

use super::{DType, Dim};

/// What an op is told besides its operands: an axis, a permutation, a dtype. Attributes are nodes of the term, so a
/// rule binds and compares them like operands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attr {
    /// Left out, or Python's `None`.
    None,
    /// A flag such as `keepdims`.
    Bool(bool),
    /// One integer: an axis, an offset, a count.
    Int(i64),
    /// Several integers: axes, a permutation, strides.
    Ints(Vec<i64>),
    /// A shape or sizes, symbolic.
    Dims(Vec<Dim>),
    /// A float parameter such as `eps`, by its bits.
    Float(u64),
    /// A word such as einsum's subscripts or `reduction="mean"`.
    Str(String),
    /// An element type.
    DType(DType),
}

/// Which attributes a parameter accepts; the grammar tables' holes are read accordingly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttrKind {
    /// `Bool`.
    Bool,
    /// `Int`.
    Int,
    /// `Float` (an integer literal is read as a float).
    Float,
    /// `None`, `Int` or `Ints`: the axes of a reduction. `None` means all axes.
    Axes,
    /// `None` or `Int`: one axis, or the flattened array.
    OptAxis,
    /// `Ints`: a permutation, strides, padding.
    Ints,
    /// `Dims`: a shape; `-1` is the usual "whatever is left".
    Dims,
    /// `Str`.
    Str,
    /// `DType`.
    DType,
}

impl Attr {
    /// A float attribute.
    pub fn float(value: f64) -> Attr {
        Attr::Float(value.to_bits())
    }

    /// The integer, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Attr::Int(i) => Some(*i),
            _ => None,
        }
    }

    /// The flag, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Attr::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The number, if it is a float or an integer.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Attr::Float(bits) => Some(f64::from_bits(*bits)),
            Attr::Int(i) => Some(*i as f64),
            _ => None,
        }
    }

    /// True if a parameter of this kind can hold this attribute.
    pub fn fits(&self, kind: AttrKind) -> bool {
        matches!(
            (self, kind),
            (Attr::Bool(_), AttrKind::Bool)
                | (Attr::Int(_), AttrKind::Int | AttrKind::Axes | AttrKind::OptAxis)
                | (Attr::Float(_), AttrKind::Float)
                | (Attr::None, AttrKind::Axes | AttrKind::OptAxis)
                | (Attr::Ints(_), AttrKind::Axes | AttrKind::Ints)
                | (Attr::Dims(_), AttrKind::Dims)
                | (Attr::Str(_), AttrKind::Str)
                | (Attr::DType(_), AttrKind::DType)
        )
    }
}

impl fmt::Display for Attr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
            f.write_str("[")?;
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    f.write_str(", ")?;
                }
                write!(f, "{item}")?;
            }
            f.write_str("]")
        }
        match self {
            Attr::None => f.write_str("none"),
            Attr::Bool(b) => write!(f, "{b}"),
            Attr::Int(i) => write!(f, "{i}"),
            Attr::Ints(v) => list(f, v),
            Attr::Dims(v) => list(f, v),
            Attr::Float(bits) => write!(f, "{:?}", f64::from_bits(*bits)),
            Attr::Str(s) => write!(f, "{s:?}"),
            Attr::DType(d) => write!(f, "{d}"),
        }
    }
}
