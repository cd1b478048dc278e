//! Random values of operands: benign ones, and those at which laws break.

use half::f16;
use ndarray::{ArrayD, IxDyn};
use rand::RngExt;
use rand::seq::IndexedRandom;

use super::operands::pick;
use super::sample::{Operand, Random};
use crate::ir::condition::Range;
use crate::ir::{DType, DTypeKind, Data, Type, Value};

/// What sort of values an assignment gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Magnitudes between a quarter and two, both signs.
    Benign,
    /// The same, positive.
    Positive,
    /// Between zero and one.
    Unit,
    /// Few different values, so that many are equal.
    Repeated,
    /// Benign, with some NaN.
    Nans,
    /// Zeros of both signs, infinities, NaN, subnormal and huge numbers among benign ones; singular matrices.
    Special,
    /// Powers of two between about a thousandth and a thousand, exact in half precision.
    Grid,
    /// The dtype's whole range of exponents.
    Extreme,
}

impl Style {
    /// Inputs on which a law over the reals must show: nothing overflows, cancels badly or is undefined by chance.
    pub fn is_benign(self) -> bool {
        matches!(self, Style::Benign | Style::Positive | Style::Unit | Style::Repeated)
    }
}

/// A value of an operand's type within its known range. `matrices`: square ones should be well-conditioned, for linear
/// algebra.
pub(super) fn draw_value(operand: &Operand, style: Style, matrices: bool, random: &mut Random) -> Value {
    if let Some(constant) = &operand.constant {
        return Value::of_const(constant);
    }
    let Type::Array { dtype: Some(dtype), weak, shape } = &operand.ty else { return Value::Tuple(Vec::new()) };
    let (known, domain) = (operand.range, operand.domain);
    let range = Range { low: known.low.max(domain.low), high: known.high.min(domain.high), nan: known.nan && domain.nan };
    let shape = shape.value(&|_| None).unwrap_or_default();
    let value = match dtype.kind() {
        DTypeKind::Bool => Value::bool(ArrayD::from_shape_fn(IxDyn(&shape), |_| random.random())),
        DTypeKind::Int => Value::int(*dtype, ArrayD::from_shape_fn(IxDyn(&shape), |_| integer(*dtype, style, range, random))),
        DTypeKind::Float => {
            let mut data = ArrayD::from_shape_fn(IxDyn(&shape), |_| within(float(*dtype, style, random), *dtype, range, random));
            if let ([.., rows, columns], true) = (&shape[..], matrices) {
                if rows == columns {
                    condition(&mut data, style, random);
                } else if style.is_benign() {
                    separate(&mut data);
                }
            }
            Value::float(*dtype, data)
        }
    };
    match value {
        Value::Array { dtype, data, .. } => Value::Array { dtype, weak: *weak, data },
        tuple @ Value::Tuple(_) => tuple,
    }
}

/// True if a value holds a NaN.
pub(super) fn has_nan(value: &Value) -> bool {
    match value {
        Value::Array { data: Data::Float(data), .. } => data.iter().any(|x| x.is_nan()),
        Value::Array { .. } => false,
        Value::Tuple(items) => items.iter().any(has_nan),
    }
}

fn float(dtype: DType, style: Style, random: &mut Random) -> f64 {
    let magnitude: f64 = random.random_range(0.25..2.0);
    let signed = if random.random() { magnitude } else { -magnitude };
    match style {
        Style::Benign => signed,
        Style::Positive => magnitude,
        Style::Unit => random.random_range(0.05..0.95),
        Style::Repeated => pick(random, &[(1.5, 2), (0.5, 1), (-0.75, 1)]),
        Style::Nans if random.random_bool(0.2) => f64::NAN,
        Style::Nans => signed,
        Style::Special if random.random_bool(0.5) => signed,
        Style::Special => special(dtype, random),
        Style::Grid => f16::from_f64(signed * f64::exp2(random.random_range(-10.0..10.0))).to_f64(),
        Style::Extreme => signed * f64::exp2(f64::from(random.random_range(exponents(dtype)))),
    }
}

fn special(dtype: DType, random: &mut Random) -> f64 {
    let range = exponents(dtype);
    let (tiny, huge) = (f64::exp2(f64::from(range.start)), f64::exp2(f64::from(range.end - 1)) * 1.5);
    let usual = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, tiny, -tiny, huge, -huge, 1.0, -1.0, 0.5, 2.0, -0.5, 1e-3, 100.0];
    usual.choose(random).copied().unwrap_or(0.0)
}

/// Exponents of the dtype's numbers, subnormal ones included.
fn exponents(dtype: DType) -> std::ops::Range<i32> {
    match dtype {
        DType::F16 => -24..15,
        DType::BF16 => -133..127,
        DType::F32 => -149..127,
        _ => -1074..1023,
    }
}

/// Brings a number into the range that is known of the operand.
fn within(x: f64, dtype: DType, range: Range, random: &mut Random) -> f64 {
    let fits = |x: f64| if x.is_nan() { range.nan } else { x.total_cmp(&range.low).is_ge() && x.total_cmp(&range.high).is_le() };
    let rounded = match Value::float(dtype, ArrayD::from_elem(IxDyn(&[]), x)) {
        Value::Array { data: Data::Float(data), .. } => data.first().copied().unwrap_or(x),
        _ => x,
    };
    [rounded, rounded.abs()].into_iter().find(|x| fits(*x)).unwrap_or_else(|| random.random_range(0.25..2.0_f64.min(range.high)))
}

fn integer(dtype: DType, style: Style, range: Range, random: &mut Random) -> i128 {
    let bits = 8 * dtype.size() as u32;
    let signed = dtype.is_signed_int() && range.low < 0.0;
    let (low, high) = if dtype.is_signed_int() { (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1) } else { (0, (1i128 << bits) - 1) };
    let small = if signed { random.random_range(-3..=3) } else { random.random_range(0..=3) };
    let drawn = match style {
        Style::Special if random.random_bool(0.4) => pick(random, &[(low, 2), (low + 1, 1), (high, 2), (high - 1, 1), (0, 1), (1, 1)]),
        Style::Extreme => random.random_range(low..=high),
        _ => small,
    };
    if (drawn as f64) < range.low || (drawn as f64) > range.high { 1 } else { drawn }
}

/// Makes square matrices well-conditioned (symmetric positive definite ones often), or, among special values, singular.
fn condition(data: &mut ArrayD<f64>, style: Style, random: &mut Random) {
    let n = *data.shape().last().unwrap_or(&0);
    let kind = match style {
        // Few different values make singular matrices, of which an inverse is rounding errors.
        Style::Repeated => random.random_range(0..6),
        _ if style.is_benign() => random.random_range(0..8),
        _ => random.random_range(6..10),
    };
    let source = data.clone();
    let scale = 2.0 * n as f64 + 1.0;
    let rank = data.ndim();
    for (index, x) in data.indexed_iter_mut() {
        let (i, j) = (index[rank - 2], index[rank - 1]);
        let mut mirrored = index.clone();
        mirrored[rank - 2] = j;
        mirrored[rank - 1] = i;
        match kind {
            0..3 => *x = (source[&index] + source[&mirrored]) / 2.0 + if i == j { scale } else { 0.0 },
            3..5 => *x += if i == j { scale } else { 0.0 },
            5 => *x = if i < j { 0.0 } else { *x + if i == j { scale } else { 0.0 } },
            8 => *x = 1.0,
            _ => {}
        }
    }
}

/// Makes the columns of a tall matrix and the rows of a wide one independent.
fn separate(data: &mut ArrayD<f64>) {
    let rank = data.ndim();
    let scale = 2.0 * data.shape()[rank - 2..].iter().sum::<usize>() as f64 + 1.0;
    for (index, x) in data.indexed_iter_mut() {
        *x += if index[rank - 2] == index[rank - 1] { scale } else { 0.0 };
    }
}
