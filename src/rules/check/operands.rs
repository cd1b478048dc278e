//! Random operands: dtypes, ranks, lengths that fit each other often enough, constants, and what is known of them.

use egg::Var;
use rand::RngExt;
use rand::seq::IndexedRandom;

use super::hints::{Hint, Length};
use super::sample::{Bound, Operand, Random, Sample};
use crate::ir::condition::Range;
use crate::ir::{Attr, Const, DType, Dim, Group, OpId, Param, Shape, Target, Type, Value};
use crate::rules::Effect;

/// What the operands of one assignment have in common.
pub(super) struct Scene {
    target: Target,
    /// The dtype of most operands.
    dtype: DType,
    /// The rank of most operands.
    rank: usize,
    /// The lengths that axes are drawn from: few, so that they often agree.
    lengths: Vec<usize>,
}

impl Scene {
    /// A random one.
    pub fn draw(target: Target, effect: Effect, random: &mut Random) -> Scene {
        let lengths =
            (0..random.random_range(1..=3)).map(|_| pick(random, &[(0, 6), (1, 14), (2, 30), (3, 30), (4, 15), (5, 5)])).collect();
        let rank = pick(random, &[(0, 15), (1, 30), (2, 35), (3, 15), (4, 5)]);
        Scene { target, dtype: any_dtype(target, effect, random), rank, lengths }
    }

    /// One with this dtype, rank and lengths.
    pub fn of(target: Target, dtype: DType, rank: usize, lengths: &[usize]) -> Scene {
        Scene { target, dtype, rank, lengths: lengths.to_vec() }
    }

    /// An operand for an argument of an op.
    pub fn operand(&self, var: Var, place: (OpId, usize), hint: &Hint, sample: &Sample, random: &mut Random) -> Operand {
        if var.as_u32().is_some() || (hint.constant && random.random_bool(0.95)) || random.random_bool(0.05) {
            return known_whole(self.constant(hint, random));
        }
        let weak = self.target != Target::Rust && (hint.weak || random.random_bool(0.08));
        if weak {
            let dtype = pick(random, &[(DType::F64, 6), (DType::I64, 3), (DType::Bool, 1)]);
            return known_whole((Type::weak(dtype), None)).within(place, hint, random);
        }
        let ty = Type::array(self.dtype(place, hint, random), Shape::fixed(&self.shape(place, hint, sample, random)));
        known_whole((ty, None)).within(place, hint, random)
    }

    fn dtype(&self, (op, index): (OpId, usize), hint: &Hint, random: &mut Random) -> DType {
        let parameter = op.def().params.get(index).map_or("", Param::name);
        match parameter {
            "cond" if random.random_bool(0.8) => return DType::Bool,
            "idx" | "indices" | "target" if random.random_bool(0.85) => return DType::I64,
            _ => {}
        }
        let serves = |dtype: &DType| hint.dtypes.is_empty() || hint.dtypes.contains(dtype);
        if serves(&self.dtype) && random.random_bool(0.8) {
            return self.dtype;
        }
        let possible: Vec<DType> = dtypes(self.target).iter().map(|(dtype, _)| *dtype).filter(serves).collect();
        possible.choose(random).copied().filter(|_| random.random_bool(0.9)).unwrap_or_else(|| pick(random, dtypes(self.target)))
    }

    fn shape(&self, (op, index): (OpId, usize), hint: &Hint, sample: &Sample, random: &mut Random) -> Vec<usize> {
        let others: Vec<&Shape> = sample.bound.iter().filter_map(|(_, bound)| operand_shape(bound)).collect();
        let asked = if hint.ranks.is_empty() { ranks(op, index) } else { &hint.ranks };
        let rank = match asked.choose(random) {
            Some(rank) if random.random_bool(0.9) => *rank,
            _ if random.random_bool(0.6) => self.rank,
            _ => random.random_range(0..=3),
        };
        let fresh = |random: &mut Random| match self.lengths.choose(random) {
            Some(n) if random.random_bool(0.92) => *n,
            _ => 1,
        };
        let other = others.choose(random).and_then(|shape| shape.value(&|_| None));
        let mut shape = match other {
            Some(shape) if random.random_bool(0.5) && (asked.is_empty() || shape.len() == rank) => related(shape, random),
            _ => (0..rank).map(|_| fresh(random)).collect(),
        };
        let square = hint.square || (op.def().group == Group::LinearAlgebra && index == 0);
        if let ([.., rows, columns], true) = (&mut shape[..], square && random.random_bool(0.75)) {
            *columns = *rows;
        }
        if let Some(axis) = hint.along {
            stretched(&mut shape, axis, hint, sample, random);
        }
        shape
    }

    fn constant(&self, hint: &Hint, random: &mut Random) -> (Type, Option<Const>) {
        let usual = [2.0, 3.0, 0.5, -1.0, 0.0, 1.0, -0.0, 1.5, -2.0, 0.75];
        let value = match hint.values.choose(random) {
            Some(value) if hint.values.len() == 1 || random.random_bool(0.8) => value.clone(),
            _ => usual.choose(random).map_or(Attr::Int(1), |x| Attr::float(*x)),
        };
        let dtype = hint.dtypes.first().copied().unwrap_or(self.dtype);
        // In PyTorch a number in the source is always a Python number; a tensor of rank 0 is no constant.
        let typed = self.target == Target::Rust || (self.target == Target::Numpy && random.random_bool(0.2));
        let constant = constant(&value, typed.then_some(dtype), random);
        (Type::of_const(&constant), Some(constant))
    }
}

impl Operand {
    /// With the bounds that the op and the conditions ask for.
    fn within(mut self, (op, index): (OpId, usize), hint: &Hint, random: &mut Random) -> Operand {
        if matches!((op.def().name, index), ("bce" | "bce_with_logits", 1)) {
            self.domain = Range { low: 0.0, high: 1.0, nan: true };
        }
        if let Some(range) = hint.range.filter(|_| random.random_bool(0.9)) {
            self.range = range;
        }
        self
    }
}

/// What is left of an operand's type where less is known: an unknown dtype, rank or length, a length with a name. `dtypes`:
/// whether dtypes are forgotten too.
pub(super) fn forgotten(operand: &Operand, dtypes: bool, random: &mut Random) -> Type {
    let Type::Array { dtype, weak: false, shape } = &operand.ty else { return operand.ty.clone() };
    if operand.constant.is_some() {
        return operand.ty.clone();
    }
    let dtype = dtype.filter(|_| !dtypes || random.random_bool(0.2));
    let mut dim = |n: i64| match random.random_range(0..10) {
        0..5 => Dim::known(n),
        5..8 => Dim::symbol(format!("n{n}")),
        _ => Dim::Unknown,
    };
    let dims: Vec<Dim> = shape.dims().unwrap_or_default().iter().map(|d| dim(d.as_known().unwrap_or(0))).collect();
    let shape = if random.random_bool(0.15) { Shape::Unknown } else { Shape::Ranked(dims) };
    Type::Array { dtype, weak: false, shape }
}

/// A choice by weight.
pub(super) fn pick<T: Copy>(random: &mut Random, weighted: &[(T, u32)]) -> T {
    let total: u32 = weighted.iter().map(|(_, weight)| weight).sum();
    let mut at = random.random_range(0..total.max(1));
    for (item, weight) in weighted {
        if at < *weight {
            return *item;
        }
        at -= weight;
    }
    weighted[0].0
}

fn known_whole((ty, constant): (Type, Option<Const>)) -> Operand {
    Operand { known: ty.clone(), ty, constant, range: Range::UNKNOWN, domain: Range::UNKNOWN }
}

fn operand_shape(bound: &Bound) -> Option<&Shape> {
    match bound {
        Bound::Operand(operand) if operand.constant.is_none() => Some(operand.ty.shape()),
        _ => None,
    }
}

/// Makes a shape one along an axis most of the time, with the lengths that conditions ask for.
fn stretched(shape: &mut [usize], axis: i64, hint: &Hint, sample: &Sample, random: &mut Random) {
    let place = |axis: i64, rank: usize| usize::try_from(if axis < 0 { axis + rank as i64 } else { axis }).ok();
    if random.random_bool(0.9) {
        let axis = place(axis, shape.len());
        shape.iter_mut().enumerate().filter(|(i, _)| Some(*i) != axis).for_each(|(_, length)| *length = 1);
    }
    for (axis, length) in hint.lengths.iter().filter(|_| random.random_bool(0.9)) {
        let length = match length {
            Length::Number(n) => usize::try_from(*n).ok(),
            Length::Axis(other, at) => sample
                .get(*other)
                .and_then(operand_shape)
                .and_then(|shape| shape.dims()?.get(shape.axis(*at)?)?.as_known().map(|n| n as usize)),
        };
        let at = place(*axis, shape.len());
        if let (Some(length), Some(own)) = (length, at.and_then(|at| shape.get_mut(at))) {
            *own = length;
        }
    }
}

/// A shape that often goes together with this one: the same, its transpose, one that broadcasts to it.
fn related(mut shape: Vec<usize>, random: &mut Random) -> Vec<usize> {
    match random.random_range(0..10) {
        0 => shape.reverse(),
        1 if !shape.is_empty() => {
            let axis = random.random_range(0..shape.len());
            shape[axis] = 1;
        }
        2 if !shape.is_empty() => {
            shape.remove(0);
        }
        3 if !shape.is_empty() => {
            shape.pop();
        }
        _ => {}
    }
    shape
}

/// The dtypes a target has, and how often each is drawn.
fn dtypes(target: Target) -> &'static [(DType, u32)] {
    use DType::{BF16, Bool, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    match target {
        Target::Numpy => {
            &[(F64, 30), (F32, 20), (F16, 8), (I64, 10), (I32, 6), (I16, 2), (I8, 5), (U8, 5), (U16, 1), (U32, 2), (U64, 3), (Bool, 8)]
        }
        Target::Torch => &[(F32, 30), (F64, 20), (F16, 6), (BF16, 6), (I64, 12), (I32, 6), (I16, 2), (I8, 4), (U8, 6), (Bool, 8)],
        Target::Rust => &[(F64, 30), (F32, 25), (I64, 10), (I32, 10), (I16, 2), (I8, 5), (U8, 5), (U16, 1), (U32, 4), (U64, 4), (Bool, 4)],
    }
}

fn any_dtype(target: Target, effect: Effect, random: &mut Random) -> DType {
    let narrow = effect == Effect::Stabilizes && random.random_bool(0.4);
    if narrow { DType::F32 } else { pick(random, dtypes(target)) }
}

/// The ranks that an op asks of its operands where a random one would seldom do.
fn ranks(op: OpId, index: usize) -> &'static [usize] {
    match (op.def().name, index) {
        ("conv", 0 | 1) => &[3, 4],
        ("conv", 2) => &[1],
        ("conv1d" | "conv1d_nobias", 0 | 1) => &[3],
        ("conv2d" | "conv2d_nobias", 0 | 1) | ("max_pool2d" | "avg_pool2d", 0) => &[4],
        ("conv1d" | "conv2d" | "linear", 2) => &[1],
        ("linear" | "linear_nobias", 1) | ("addmm", _) | ("embedding", 0) => &[2],
        ("baddbmm", _) => &[3],
        ("attention" | "attention_masked" | "attention_causal", 0..=2) => &[2, 3, 4],
        ("batch_norm", 1..) | ("layer_norm" | "rms_norm", 1..) | ("diag", 0) | ("convolve", _) => &[1],
        ("group_norm", 2..) => &[1],
        ("cross_entropy" | "nll_loss", 0) => &[2],
        ("cross_entropy" | "nll_loss", 1) => &[1],
        _ => &[],
    }
}

/// A constant of this value, weak or of a dtype that holds it.
fn constant(value: &Attr, dtype: Option<DType>, random: &mut Random) -> Const {
    let x = match value {
        Attr::Bool(b) => return dtype.map_or(Const::bool(*b), |_| Const::typed_int(DType::Bool, i64::from(*b))),
        other => other.as_f64().unwrap_or(1.0),
    };
    let integral = x.fract() == 0.0 && x.abs() < 1e9 && !(x == 0.0 && x.is_sign_negative());
    match dtype {
        Some(dtype) if dtype.is_float() && (x.is_nan() || representable(dtype, x)) => Const::typed_float(dtype, x),
        Some(dtype) if dtype.is_int() && integral && holds(dtype, x) => Const::typed_int(dtype, x as i64),
        Some(_) if integral && random.random_bool(0.5) => Const::typed_int(DType::I64, x as i64),
        Some(_) => Const::typed_float(DType::F64, x),
        None if integral && random.random_bool(0.7) => Const::int(x as i64),
        None => Const::float(x),
    }
}

fn representable(dtype: DType, x: f64) -> bool {
    Value::float(dtype, ndarray::arr0(x).into_dyn()).to_f64().first() == Some(&x)
}

fn holds(dtype: DType, x: f64) -> bool {
    let bits = 8 * dtype.size() as i32;
    let (low, high) = if dtype.is_signed_int() { (-f64::exp2(f64::from(bits - 1)), bits - 1) } else { (0.0, bits) };
    x >= low && x < f64::exp2(f64::from(high))
}
