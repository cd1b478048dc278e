use std::fmt;

use super::{Const, DType, DTypeKind, Shape, Target};

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

/// The dtype of an operation on two operands, and whether it is still a Python number: weak operands yield (NEP 50), a 0-d
/// tensor yields to a tensor of the same kind of number, Rust promotes nothing. `None` if what matters is unknown or nothing
/// fits.
pub fn promote(target: Target, a: &Type, b: &Type) -> (Option<DType>, bool) {
    let (Type::Array { dtype: d, weak: v, .. }, Type::Array { dtype: e, weak: w, .. }) = (a, b) else { return (None, false) };
    let weak = *v && *w;
    let (Some(d), Some(e)) = (*d, *e) else {
        return (None, false);
    };
    if d == e {
        return (Some(d), weak);
    }
    match (v, w) {
        (true, true) => (Some(if d.kind() >= e.kind() { d } else { e }), true),
        (true, false) => (Some(yield_to(target, d, e)), false),
        (false, true) => (Some(yield_to(target, e, d)), false),
        (false, false) => {
            let dtype = match target {
                Target::Numpy => Some(widest(d, e)),
                Target::Torch => promote_tensors(a, d, b, e),
                Target::Rust => None,
            };
            (dtype, false)
        }
    }
}

/// A Python number of dtype `weak` meets an array of dtype `strong`.
fn yield_to(target: Target, weak: DType, strong: DType) -> DType {
    if weak.kind() <= strong.kind() {
        return strong;
    }
    match (weak.kind(), target) {
        (DTypeKind::Float, Target::Torch) => DType::F32,
        (DTypeKind::Float, _) => DType::F64,
        (_, _) => DType::I64,
    }
}

/// Of two tensors, one without axes yields to one with axes unless its kind of number is higher.
fn promote_tensors(a: &Type, d: DType, b: &Type, e: DType) -> Option<DType> {
    match (a.rank(), b.rank()) {
        (Some(0), Some(n)) if n > 0 => Some(if d.kind() > e.kind() { d } else { e }),
        (Some(n), Some(0)) if n > 0 => Some(if e.kind() > d.kind() { e } else { d }),
        (Some(_), Some(_)) => Some(tensor_widest(d, e)),
        _ => None,
    }
}

/// NumPy's smallest dtype that holds both.
fn widest(a: DType, b: DType) -> DType {
    use DType::{Bool, F16, F32, F64, I16, I32, I64, U64};
    if a == b || b == Bool {
        return a;
    }
    if a == Bool {
        return b;
    }
    match (a.is_float(), b.is_float()) {
        (true, true) => match (a, b) {
            (F64, _) | (_, F64) => F64,
            (F32, _) | (_, F32) => F32,
            (F16, DType::BF16) | (DType::BF16, F16) => F32,
            _ => a,
        },
        (true, false) => widest_float_int(a, b),
        (false, true) => widest_float_int(b, a),
        (false, false) if a.is_signed_int() == b.is_signed_int() => {
            if a.size() >= b.size() {
                a
            } else {
                b
            }
        }
        (false, false) => {
            let (signed, unsigned) = if a.is_signed_int() { (a, b) } else { (b, a) };
            match unsigned.size().max(signed.size() / 2) {
                _ if unsigned == U64 => F64,
                _ if signed.size() > unsigned.size() => signed,
                1 => I16,
                2 => I32,
                _ => I64,
            }
        }
    }
}

fn widest_float_int(float: DType, int: DType) -> DType {
    let needed = match int.size() {
        1 => 2,
        2 => 4,
        _ => 8,
    };
    match needed.max(float.size()) {
        2 => float,
        4 => DType::F32,
        _ => DType::F64,
    }
}

/// PyTorch's: any float beats any integer; among floats and integers the wider.
fn tensor_widest(a: DType, b: DType) -> DType {
    if a.kind() != b.kind() {
        return if a.kind() > b.kind() { a } else { b };
    }
    widest(a, b)
}
