use std::fmt;

/// The element type of an array or scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DType {
    /// Truth value.
    Bool,
    /// Signed 8-bit integer.
    I8,
    /// Signed 16-bit integer.
    I16,
    /// Signed 32-bit integer.
    I32,
    /// Signed 64-bit integer.
    I64,
    /// Unsigned 8-bit integer.
    U8,
    /// Unsigned 16-bit integer.
    U16,
    /// Unsigned 32-bit integer.
    U32,
    /// Unsigned 64-bit integer.
    U64,
    /// IEEE half precision.
    F16,
    /// bfloat16: the upper half of an `f32`.
    BF16,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
}

/// What sort of number a [`DType`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DTypeKind {
    /// `bool`.
    Bool,
    /// Any signed or unsigned integer.
    Int,
    /// Any floating-point type.
    Float,
}

impl DType {
    /// Every dtype, in promotion order within its kind.
    pub const ALL: [DType; 13] = [
        DType::Bool,
        DType::I8,
        DType::I16,
        DType::I32,
        DType::I64,
        DType::U8,
        DType::U16,
        DType::U32,
        DType::U64,
        DType::F16,
        DType::BF16,
        DType::F32,
        DType::F64,
    ];

    /// Bool, integer or float.
    pub fn kind(self) -> DTypeKind {
        match self {
            DType::Bool => DTypeKind::Bool,
            DType::F16 | DType::BF16 | DType::F32 | DType::F64 => DTypeKind::Float,
            _ => DTypeKind::Int,
        }
    }

    /// True for the floating-point types.
    pub fn is_float(self) -> bool {
        self.kind() == DTypeKind::Float
    }

    /// True for signed and unsigned integers, not for `bool`.
    pub fn is_int(self) -> bool {
        self.kind() == DTypeKind::Int
    }

    /// True for the signed integers.
    pub fn is_signed_int(self) -> bool {
        matches!(self, DType::I8 | DType::I16 | DType::I32 | DType::I64)
    }

    /// Bytes an element takes in memory.
    pub fn size(self) -> usize {
        match self {
            DType::Bool | DType::I8 | DType::U8 => 1,
            DType::I16 | DType::U16 | DType::F16 | DType::BF16 => 2,
            DType::I32 | DType::U32 | DType::F32 => 4,
            DType::I64 | DType::U64 | DType::F64 => 8,
        }
    }

    /// Distance from one to the next number of a float dtype; of others that of doubles.
    pub fn epsilon(self) -> f64 {
        match self {
            DType::F16 => f64::exp2(-10.0),
            DType::BF16 => f64::exp2(-7.0),
            DType::F32 => f64::from(f32::EPSILON),
            _ => f64::EPSILON,
        }
    }

    /// The short name used in rules, tables and messages: `f32`, `i64`, `bool`, `bf16`.
    pub fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::I8 => "i8",
            DType::I16 => "i16",
            DType::I32 => "i32",
            DType::I64 => "i64",
            DType::U8 => "u8",
            DType::U16 => "u16",
            DType::U32 => "u32",
            DType::U64 => "u64",
            DType::F16 => "f16",
            DType::BF16 => "bf16",
            DType::F32 => "f32",
            DType::F64 => "f64",
        }
    }

    /// The inverse of [`DType::name`].
    pub fn from_name(name: &str) -> Option<DType> {
        DType::ALL.into_iter().find(|d| d.name() == name)
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A scalar constant. Floats are held by their bits, so that equal constants are equal nodes (NaN and −0 included).
///
/// `weak` marks a Python literal, which takes the dtype of the array it meets (NEP 50); a Rust literal and a
/// `np.float32(2)` are not weak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Const {
    /// Element type; for a weak constant `Bool`, `I64` (Python `int`) or `F64` (Python `float`).
    pub dtype: DType,
    /// A Python literal without a dtype of its own.
    pub weak: bool,
    bits: u64,
}

impl Const {
    /// A weak Python `float`.
    pub fn float(value: f64) -> Self {
        Const { dtype: DType::F64, weak: true, bits: value.to_bits() }
    }

    /// A weak Python `int`.
    pub fn int(value: i64) -> Self {
        Const { dtype: DType::I64, weak: true, bits: value as u64 }
    }

    /// A weak Python `bool`.
    pub fn bool(value: bool) -> Self {
        Const { dtype: DType::Bool, weak: true, bits: u64::from(value) }
    }

    /// A typed float constant (`dtype` must be a float), for example Rust's `2.0_f32`.
    pub fn typed_float(dtype: DType, value: f64) -> Self {
        Const { dtype, weak: false, bits: value.to_bits() }
    }

    /// A typed integer or bool constant.
    pub fn typed_int(dtype: DType, value: i64) -> Self {
        Const { dtype, weak: false, bits: value as u64 }
    }

    /// The value as a float, whatever the dtype.
    pub fn as_f64(self) -> f64 {
        match self.dtype.kind() {
            DTypeKind::Float => f64::from_bits(self.bits),
            _ if self.dtype == DType::U64 => self.bits as f64,
            _ => self.bits as i64 as f64,
        }
    }

    /// The value as an integer, if it is an integer or bool constant.
    pub fn as_i64(self) -> Option<i64> {
        (!self.dtype.is_float()).then_some(self.bits as i64)
    }
}

impl fmt::Display for Const {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.dtype.kind(), self.weak) {
            (DTypeKind::Bool, _) => write!(f, "{}", self.bits != 0),
            (DTypeKind::Int, true) => write!(f, "{}", self.bits as i64),
            (DTypeKind::Int, false) => write!(f, "{}_{}", self.bits as i64, self.dtype),
            (DTypeKind::Float, true) => write!(f, "{:?}", self.as_f64()),
            (DTypeKind::Float, false) => write!(f, "{:?}_{}", self.as_f64(), self.dtype),
        }
    }
}
