//! How near a library's answer must be.

use serde_json::{Value as Json, json};

use super::super::truth::numpy_name;
use super::Case;
use crate::ir::{AttrKind, DType, Data, Group, OpDef, Param, Target, Type, Value};

/// How much a library's element may differ from the reference.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Tolerance {
    /// Bit for bit, signed zeros included.
    Exact,
    /// So many units in the last place of the element's dtype.
    Ulps(f64),
    /// So many units in the last place of the largest operand or element: sums in another order, functions that cancel.
    Scaled(f64),
}

/// What is exact in every library: one rounding, or none.
const EXACT: &[&str] = &[
    "neg",
    "abs",
    "sign",
    "square",
    "reciprocal",
    "floor",
    "ceil",
    "trunc",
    "round",
    "add",
    "sub",
    "mul",
    "div",
    "copysign",
    "heaviside",
    "hardtanh",
    "floor_div",
    "rem",
    "trunc_div",
    "trunc_rem",
    "diff",
    "cast",
    "copy",
    "fract",
];

/// Where the type rule refuses what a library takes: less is rewritten, nothing wrongly.
const STRICTER: &[(Target, &str, &str)] = &[
    (Target::Numpy, "slice", "steps backwards but over the whole axis"),
    (Target::Numpy, "tril", "a vector made a matrix"),
    (Target::Numpy, "triu", "a vector made a matrix"),
    (Target::Numpy, "inner", "a product with a scalar"),
    (Target::Numpy, "take", "floats as indices of NumPy's own scalars"),
    (Target::Torch, "einsum", "integers, added up in a dtype that depends on the path"),
    (Target::Numpy, "diff", "bools"),
    (Target::Numpy, "matrix_rank", "vectors"),
    (Target::Numpy, "cross", "vectors of length 2"),
    (Target::Torch, "mse_loss", "operands of two dtypes"),
    (Target::Torch, "l1_loss", "operands of two dtypes"),
    (Target::Torch, "smooth_l1_loss", "operands of two dtypes"),
    (Target::Torch, "bce_with_logits", "operands of two dtypes"),
    (Target::Torch, "kl_div", "operands of two dtypes"),
    (Target::Torch, "matrix_power", "bools to the power of zero"),
    (Target::Torch, "diff", "bools"),
    (Target::Torch, "hardtanh", "integers"),
    (Target::Torch, "cosine_similarity", "operands of two dtypes"),
    (Target::Numpy, "pinv", "empty matrices"),
    (Target::Torch, "attention", "operands of two dtypes, batches that broadcast"),
    (Target::Torch, "attention_causal", "operands of two dtypes, batches that broadcast"),
    (Target::Torch, "attention_masked", "operands of two dtypes, batches that broadcast"),
    (Target::Torch, "inner", "a product with a scalar"),
    (Target::Torch, "cdist", "batches"),
    (Target::Torch, "rms_norm", "operands of two dtypes"),
    (Target::Numpy, "convolve", "scalars as vectors of one place"),
    (Target::Torch, "conv1d", "integers"),
    (Target::Torch, "conv1d_nobias", "integers"),
    (Target::Torch, "conv2d", "integers"),
    (Target::Torch, "conv2d_nobias", "integers"),
    (Target::Torch, "max_pool2d", "integers"),
    (Target::Torch, "avg_pool2d", "integers"),
    (Target::Torch, "cross_entropy", "one row alone"),
    (Target::Torch, "pow", "powers of Python's own integers"),
    (Target::Torch, "avg_pool1d", "integers"),
    (Target::Torch, "sign", "bools"),
];

fn tolerance(def: &OpDef) -> Tolerance {
    if EXACT.contains(&def.name) {
        return Tolerance::Exact;
    }
    match (def.name, def.group) {
        // Which of two zeros is the larger is not said, and PyTorch's vectorized root may round the other way.
        ("maximum" | "minimum" | "fmax" | "fmin" | "max" | "min" | "relu" | "relu6" | "clip" | "clip_min" | "clip_max" | "sort", _) => {
            Tolerance::Ulps(0.0)
        }
        ("sqrt", _) => Tolerance::Ulps(1.0),
        ("tuple_get", _) => Tolerance::Scaled(64.0),
        ("arange" | "linspace", _) => Tolerance::Ulps(4.0),
        (_, Group::Shape | Group::Select | Group::Tuple) => Tolerance::Exact,
        ("sinc" | "tanhshrink" | "erf", _) => Tolerance::Scaled(4.0),
        ("gelu" | "gelu_tanh" | "mish" | "erfc" | "logaddexp" | "lerp", _) => Tolerance::Scaled(16.0),
        (_, Group::Elementwise) => Tolerance::Ulps(4.0),
        (_, Group::LinearAlgebra) => Tolerance::Scaled(4096.0),
        _ => Tolerance::Scaled(64.0),
    }
}

/// The ops that refuse what this library takes.
pub fn stricter(target: Target) -> impl Iterator<Item = &'static str> {
    STRICTER.iter().filter(move |(of, ..)| *of == target).map(|(_, op, _)| *op)
}

/// True if the library has a value where the op refuses.
pub fn is_stricter(case: &Case, found: &Json) -> bool {
    case.expected.is_err() && found.get("error").is_none()
}

/// What is wrong with a library's answer, if anything.
pub fn difference(target: Target, case: &Case, found: &Json) -> Option<String> {
    match (&case.expected, found.get("error").and_then(Json::as_str)) {
        (Err(_), Some(_)) => None,
        (Err(_), None) if may_refuse(target, case) => None,
        (Err(error), None) => Some(format!("gives {} {}, but the op says: {error}", found["dtype"], found["shape"])),
        (Ok(value), Some(error)) => Some(format!("fails ({error}), but the op gives {}", value.ty())),
        (Ok(value), None) if !agrees(&case.ty, &value.ty()) => Some(format!("has the type {}, but its value {}", case.ty, value.ty())),
        (Ok(value), None) => {
            let scale = case.leaves.iter().map(|(_, leaf)| largest(leaf)).fold(1.0, f64::max);
            apart(value, found, tolerance(case.def), scale, false)
        }
    }
}

/// Where an op may refuse what the library takes: what is stated above; in PyTorch an empty operand, for it looks at some dtypes only
/// where there is something to compute; and an axis of an array that has none, for NumPy and PyTorch take 0 and -1.
fn may_refuse(target: Target, case: &Case) -> bool {
    let shapes = || case.leaves.iter().map(|(_, leaf)| leaf.shape());
    stricter(target).any(|op| op == case.def.name)
        || (target == Target::Torch && shapes().any(|shape| shape.contains(&0)))
        || (shapes().next().is_some_and(<[usize]>::is_empty) && has_axis(case.def))
}

fn has_axis(def: &OpDef) -> bool {
    let axis = |param: &Param| matches!(param, Param::Attr(_, AttrKind::Axes | AttrKind::OptAxis)) || matches!(param.name(), "axis" | "i");
    def.params.iter().any(axis)
}

/// The type that was foretold and the one that came: a length may have been unknown.
fn agrees(foretold: &Type, ty: &Type) -> bool {
    match (foretold, ty) {
        (Type::Tuple(a), Type::Tuple(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agrees(a, b)),
        (Type::Array { dtype, weak, shape }, Type::Array { dtype: d, weak: w, shape: s }) => {
            let dims = match (shape.dims(), s.dims()) {
                (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| !a.differs(b)),
                _ => true,
            };
            dims && dtype.is_none_or(|dtype| Some(dtype) == *d) && weak == w
        }
        _ => false,
    }
}

fn largest(value: &Value) -> f64 {
    value.to_f64().iter().filter(|x| x.is_finite()).fold(0.0, |m: f64, x| m.max(x.abs()))
}

/// Parts of a tuple are compared without signs, which a factorization may choose.
fn apart(value: &Value, found: &Json, tolerance: Tolerance, scale: f64, part: bool) -> Option<String> {
    match value {
        Value::Tuple(items) => {
            let parts = found.get("tuple").and_then(Json::as_array).filter(|parts| parts.len() == items.len());
            let Some(parts) = parts else { return Some(format!("is no tuple of {}", items.len())) };
            items.iter().zip(parts).find_map(|(item, part)| apart(item, part, tolerance, scale, true))
        }
        Value::Array { dtype, weak, data } => {
            if found["dtype"] != numpy_name(*dtype) || found["weak"] != *weak || found["shape"] != json!(value.shape()) {
                let (dtype, weak, shape) = (&found["dtype"], &found["weak"], &found["shape"]);
                return Some(format!("is {dtype} {shape} (Python number: {weak}), but the op says {}", value.ty()));
            }
            let texts: Vec<&str> = found["data"].as_array()?.iter().filter_map(Json::as_str).collect();
            let given = elements(data);
            let pair = given.iter().zip(&texts).find(|(a, b)| !near(a, b, *dtype, tolerance, scale, part));
            pair.map(|(a, b)| format!("has an element {b} where the op has {a}"))
        }
    }
}

fn elements(data: &Data) -> Vec<String> {
    match data {
        Data::Bool(data) => data.iter().map(|x| u8::from(*x).to_string()).collect(),
        Data::Int(data) => data.iter().map(i128::to_string).collect(),
        Data::Float(data) => data.iter().map(|x| format!("{x:?}")).collect(),
    }
}

fn near(a: &str, b: &str, dtype: DType, tolerance: Tolerance, scale: f64, part: bool) -> bool {
    if !dtype.is_float() {
        return a == b;
    }
    let (Ok(x), Ok(y)) = (a.parse::<f64>(), b.parse::<f64>()) else { return false };
    let (x, y) = if part { (x.abs(), y.abs()) } else { (x, y) };
    if (x.is_nan() && y.is_nan()) || x.to_bits() == y.to_bits() {
        return true;
    }
    // What overflows on the way to a result near the largest number is as good.
    let brink = |a: f64, b: f64| a.is_infinite() && a.signum() == b.signum() && b.abs() >= largest_of(dtype) / 8.0;
    match tolerance {
        Tolerance::Exact => false,
        _ if brink(x, y) || brink(y, x) => true,
        _ if x == y => true,
        _ if x.is_infinite() || y.is_infinite() => false,
        Tolerance::Ulps(n) => (x - y).abs() <= n * ulp(dtype, x.abs().max(y.abs())),
        Tolerance::Scaled(n) => (x - y).abs() <= n * ulp(dtype, x.abs().max(y.abs()).max(scale)),
    }
}

fn largest_of(dtype: DType) -> f64 {
    match dtype {
        DType::F16 => 65504.0,
        DType::BF16 | DType::F32 => f64::from(f32::MAX),
        _ => f64::MAX,
    }
}

/// Distance to the next number of a dtype; the least normal one's at the least, for libraries may flush what is below.
fn ulp(dtype: DType, x: f64) -> f64 {
    let (digits, least) = match dtype {
        DType::F16 => (-10, -14),
        DType::BF16 => (-7, -126),
        DType::F32 => (-23, -126),
        _ => (-52, -1022),
    };
    x.min(f64::MAX).max(f64::exp2(f64::from(least))) * f64::exp2(f64::from(digits))
}
