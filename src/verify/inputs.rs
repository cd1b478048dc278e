//! Random values of given types: ordinary ones, on which formulas are well conditioned, and those at the edges.

use ndarray::{ArrayD, IxDyn};

use crate::explore::Random;
use crate::ir::{DType, Data, Dim, Program, Type, Value};

/// What sort of numbers are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Standard normal; square matrices far from singular.
    Normal,
    /// From 0.1 to 2; square matrices symmetric and positive definite.
    Positive,
    /// From 0.05 to 0.95.
    Unit,
    /// Positive and sorted along the last axis.
    Sorted,
    /// Tiny and huge, of either sign, all finite.
    Extreme,
    /// Signed zeros, infinities, NaN, subnormals, the largest numbers.
    Edge,
}

impl Kind {
    /// Those on which every rewrite must agree.
    pub const ORDINARY: [Kind; 4] = [Kind::Normal, Kind::Positive, Kind::Unit, Kind::Sorted];
}

const EDGES: [f64; 14] =
    [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e-310, -1e-40, f64::MAX, 3.0e38];
const EXTREMES: [f64; 14] = [0.0, 1e-30, -1e-12, 1e-8, 1e-4, 0.3, -0.7, 1.0, 9.0, -40.0, 95.0, -120.0, 900.0, 1e8];

/// A value of a type of which dtype and lengths are known; a scalar 0 for what is no array.
pub(super) fn draw(ty: &Type, kind: Kind, random: &mut Random) -> Value {
    let (dtype, weak, dims) = match ty {
        Type::Array { dtype, weak, shape } => (dtype.unwrap_or(DType::F64), *weak, shape.dims().unwrap_or(&[])),
        Type::Tuple(items) => return Value::Tuple(items.iter().map(|item| draw(item, kind, random)).collect()),
        Type::Unknown => (DType::F64, false, &[][..]),
    };
    let shape: Vec<usize> = dims.iter().map(|d| d.as_known().unwrap_or(1).max(0) as usize).collect();
    let data = match dtype {
        DType::Bool => Data::Bool(array(&shape, || random.below(2) == 1)),
        d if d.is_float() => Data::Float(floats(&shape, kind, random)),
        d => Data::Int(integers(&shape, d, kind, random)),
    };
    rounded(dtype, weak, data)
}

/// The same elements as another type of the same sort.
pub(super) fn cast(value: &Value, ty: &Type) -> Value {
    match (value, ty) {
        (Value::Array { weak, data: data @ Data::Float(_), .. }, Type::Array { dtype: Some(dtype), .. }) if dtype.is_float() => {
            rounded(*dtype, *weak, data.clone())
        }
        _ => value.clone(),
    }
}

/// The same value but for the last bit or two of each float.
pub(super) fn perturbed(value: &Value, random: &mut Random) -> Value {
    match value {
        Value::Array { dtype, weak, data: Data::Float(data) } => {
            let step = dtype.epsilon();
            rounded(*dtype, *weak, Data::Float(data.mapv(|x| x * (1.0 + step * random.uniform(-1.0, 1.0)))))
        }
        other => other.clone(),
    }
}

fn rounded(dtype: DType, weak: bool, data: Data) -> Value {
    let value = match data {
        Data::Bool(data) => Value::bool(data),
        Data::Int(data) => Value::int(dtype, data),
        Data::Float(data) => Value::float(dtype, data),
    };
    match value {
        Value::Array { dtype, data, .. } => Value::Array { dtype, weak, data },
        tuple => tuple,
    }
}

fn array<T>(shape: &[usize], draw: impl FnMut() -> T) -> ArrayD<T> {
    let mut draw = draw;
    ArrayD::from_shape_simple_fn(IxDyn(shape), &mut draw)
}

fn integers(shape: &[usize], dtype: DType, kind: Kind, random: &mut Random) -> ArrayD<i128> {
    let bits = dtype.size() as u32 * 8;
    let (low, high) = if dtype.is_signed_int() { (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1) } else { (0, (1i128 << bits) - 1) };
    let edges = [0, 1, 2, low, high, high - 1, low + 1, 7];
    array(shape, || match kind {
        Kind::Edge | Kind::Extreme if random.below(2) == 0 => edges[random.below(edges.len())],
        Kind::Normal => (random.below(9) as i128 - if dtype.is_signed_int() { 4 } else { 0 }).max(low),
        Kind::Unit => random.below(2) as i128,
        _ => random.below(4) as i128,
    })
}

fn floats(shape: &[usize], kind: Kind, random: &mut Random) -> ArrayD<f64> {
    let mut data = array(shape, || match kind {
        Kind::Normal => random.normal(),
        Kind::Positive | Kind::Sorted => random.uniform(0.1, 2.0),
        Kind::Unit => random.uniform(0.05, 0.95),
        Kind::Extreme => EXTREMES[random.below(EXTREMES.len())] * random.uniform(0.9, 1.1),
        Kind::Edge if random.below(3) == 0 => random.normal(),
        Kind::Edge => EDGES[random.below(EDGES.len())],
    });
    if let [.., rows, columns] = *shape
        && rows == columns
        && matches!(kind, Kind::Normal | Kind::Positive)
    {
        condition(&mut data, rows, kind);
    }
    if kind == Kind::Sorted
        && let Some(axis) = shape.len().checked_sub(1)
    {
        for mut lane in data.lanes_mut(ndarray::Axis(axis)) {
            let mut sorted = lane.to_vec();
            sorted.sort_by(f64::total_cmp);
            lane.iter_mut().zip(sorted).for_each(|(x, y)| *x = y);
        }
    }
    data
}

/// Makes the square matrices of a stack well conditioned: a heavy diagonal, and symmetric if all is to be positive.
fn condition(data: &mut ArrayD<f64>, n: usize, kind: Kind) {
    let Some(flat) = data.as_slice_mut() else { return };
    for matrix in flat.chunks_mut(n * n) {
        for i in 0..n {
            for j in 0..i {
                if kind == Kind::Positive {
                    matrix[i * n + j] = matrix[j * n + i];
                }
            }
            matrix[i * n + i] += 2.5 * n as f64;
        }
    }
}

/// An input as `name = value` for each leaf.
pub(super) fn text(program: &Program, inputs: &[Value]) -> String {
    let of = |(leaf, value): (&crate::ir::Leaf, &Value)| format!("{} = {}", leaf.text, value_text(value));
    program.leaves.iter().zip(inputs).map(of).collect::<Vec<_>>().join(", ")
}

/// A value in few words: its type and its first elements.
pub fn value_text(value: &Value) -> String {
    const SHOWN: usize = 6;
    let Value::Array { dtype, .. } = value else { return "a tuple".to_owned() };
    let elements = value.to_f64();
    let shown: Vec<String> = elements.iter().take(SHOWN).map(|x| format!("{x:?}")).collect();
    let more = if elements.len() > SHOWN { ", …" } else { "" };
    match value.shape() {
        [] => shown.concat(),
        shape => {
            let dims: Vec<String> = shape.iter().map(|&n| Dim::known(n as i64).to_string()).collect();
            format!("{dtype}({})[{}{more}]", dims.join(", "), shown.join(", "))
        }
    }
}
