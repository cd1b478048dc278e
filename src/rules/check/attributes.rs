//! Random attributes that fit the operands they stand beside.

use rand::RngExt;
use rand::seq::{IndexedRandom, SliceRandom};

use super::hints::Hint;
use super::operands::pick;
use super::sample::Random;
use crate::ir::{Attr, AttrKind, DType, Dim, OpId, Type};

/// An attribute for a parameter of an op, given the types of the op's operands.
pub(super) fn draw_attribute(op: OpId, name: &str, kind: AttrKind, operands: &[&Type], hint: &Hint, random: &mut Random) -> Attr {
    let asked: Vec<&Attr> = hint.values.iter().filter(|value| value.fits(kind)).collect();
    if let (Some(value), true) = (asked.choose(random), random.random_bool(0.7)) {
        return (*value).clone();
    }
    let lengths: Vec<i64> =
        operands.first().and_then(|ty| ty.shape().value(&|_| None)).unwrap_or_default().iter().map(|n| *n as i64).collect();
    match kind {
        AttrKind::Bool => Attr::Bool(random.random()),
        AttrKind::Int => Attr::Int(integer(op, name, &lengths, random)),
        AttrKind::Float => Attr::float(float(name, random)),
        AttrKind::Axes => axes(lengths.len() as i64, random),
        AttrKind::OptAxis if random.random_bool(0.25) => Attr::None,
        AttrKind::OptAxis => Attr::Int(axis(lengths.len() as i64, random)),
        AttrKind::Ints => Attr::Ints(integers(op, name, &lengths, random)),
        AttrKind::Dims => Attr::Dims(sizes(op, &lengths, random).into_iter().map(Dim::known).collect()),
        AttrKind::Str => Attr::Str(word(name, random).to_owned()),
        AttrKind::DType => Attr::DType(pick(
            random,
            &[(DType::F64, 4), (DType::F32, 4), (DType::F16, 1), (DType::I64, 2), (DType::I32, 2), (DType::U8, 1), (DType::Bool, 1)],
        )),
    }
}

/// An axis in either spelling; a rank of 0 is asked for one all the same, as a reduction's may be.
fn axis(rank: i64, random: &mut Random) -> i64 {
    let rank = rank.max(1);
    random.random_range(-rank..rank)
}

fn axes(rank: i64, random: &mut Random) -> Attr {
    match random.random_range(0..10) {
        0..3 => Attr::None,
        3..7 => Attr::Int(axis(rank, random)),
        _ => {
            let mut all: Vec<i64> = (0..rank).collect();
            all.shuffle(random);
            all.truncate(random.random_range(0..=all.len()));
            Attr::Ints(all.into_iter().map(|i| if random.random_bool(0.3) { i - rank } else { i }).collect())
        }
    }
}

fn integer(op: OpId, name: &str, lengths: &[i64], random: &mut Random) -> i64 {
    let rank = lengths.len() as i64;
    match (op.def().name, name) {
        ("expand_dims" | "stack", "axis") => random.random_range(-rank - 1..=rank),
        (_, "axis") | ("swap_axes", _) => axis(rank, random),
        ("index", "i") => {
            let n = lengths.iter().copied().max().unwrap_or(1).max(1);
            random.random_range(-n..n)
        }
        ("slice", "start") => random.random_range(-4..=4),
        ("slice", "stop") => pick(random, &[(i64::MAX, 4), (0, 1), (1, 1), (2, 2), (3, 2), (-1, 2), (-2, 1)]),
        ("slice", "step") => pick(random, &[(1, 7), (2, 2), (-1, 2), (-2, 1)]),
        ("matrix_power", _) => random.random_range(-2..=4),
        (_, "axes") => random.random_range(1..=rank.max(1)),
        ("tril" | "triu", _) => random.random_range(-2..=2),
        ("tuple_get", _) => random.random_range(0..=2),
        ("repeat" | "linspace", _) => random.random_range(0..=4),
        ("one_hot", _) => random.random_range(1..=6),
        (_, "groups") => pick(random, &[(1, 3), (2, 1), (3, 1)]),
        _ => random.random_range(-3..=4),
    }
}

fn float(name: &str, random: &mut Random) -> f64 {
    match name {
        "ord" => pick(random, &[(1.0, 3), (2.0, 4), (3.0, 1), (0.0, 1), (f64::INFINITY, 2), (f64::NEG_INFINITY, 1), (0.5, 1)]),
        "ddof" => pick(random, &[(0.0, 3), (1.0, 3), (2.0, 1)]),
        "eps" => pick(random, &[(1e-5, 3), (1e-8, 1), (1e-3, 1)]),
        "scale" | "dx" | "alpha" | "slope" => pick(random, &[(0.125, 2), (0.5, 2), (1.0, 1), (0.01, 1)]),
        "lo" => pick(random, &[(-1.0, 2), (0.0, 2)]),
        "hi" => pick(random, &[(1.0, 2), (6.0, 2)]),
        _ => pick(random, &[(0.0, 3), (1.0, 2), (0.5, 2), (2.0, 1), (-1.0, 1), (1e-5, 1)]),
    }
}

fn integers(op: OpId, name: &str, lengths: &[i64], random: &mut Random) -> Vec<i64> {
    let rank = lengths.len() as i64;
    let spatial = if op.def().name.starts_with("conv1d") { 1 } else { 2 };
    let mut each = |count: i64, low: i64, high: i64| (0..count).map(|_| random.random_range(low..=high)).collect::<Vec<i64>>();
    match (op.def().name, name) {
        ("permute", _) => {
            let mut all: Vec<i64> = (0..rank).collect();
            all.shuffle(random);
            all
        }
        ("tensordot", _) => each(2, -1, 1),
        ("tile", _) => each(rank, 1, 2),
        ("pad_constant", _) => each(2 * rank, 0, 2),
        ("conv", "pads") => each(2 * (rank - 2).max(0), 0, 1),
        ("conv", _) => each((rank - 2).max(0), 1, 2),
        (_, "stride" | "dilation" | "kernel") => each(spatial, 1, 2),
        (_, "padding") => each(spatial, 0, 1),
        _ => each(rank.max(1), 0, 2),
    }
}

/// A shape of as many elements for a reshape, one to broadcast to, or a small one for a constructor.
fn sizes(op: OpId, lengths: &[i64], random: &mut Random) -> Vec<i64> {
    match op.def().name {
        "reshape" => reshaped(lengths.iter().product(), random),
        "broadcast_to" => {
            let mut shape: Vec<i64> = lengths.iter().map(|n| if *n == 1 { random.random_range(0..=3) } else { *n }).collect();
            for _ in 0..random.random_range(0..=1) {
                shape.insert(0, random.random_range(0..=3));
            }
            shape
        }
        "eye" => vec![random.random_range(0..=4)],
        _ => (0..random.random_range(0..=3)).map(|_| pick(random, &[(0, 1), (1, 2), (2, 4), (3, 4)])).collect(),
    }
}

fn reshaped(count: i64, random: &mut Random) -> Vec<i64> {
    let mut shape = Vec::new();
    let mut left = count;
    while shape.len() < 4 && (left != 1 || random.random_bool(0.25)) {
        let divisors: Vec<i64> = if left == 0 { vec![0, 2, 3] } else { (1..=left).filter(|d| left % d == 0).collect() };
        let next = divisors.choose(random).copied().unwrap_or(1);
        shape.push(next);
        if left == 0 && next == 0 {
            break;
        }
        left = if next == 0 { 0 } else { left / next };
    }
    if left > 1 {
        shape.push(left);
    } else if left == 0 && !shape.contains(&0) {
        shape.push(0);
    }
    if count > 0 && !shape.is_empty() && random.random_bool(0.3) {
        let open = random.random_range(0..shape.len());
        shape[open] = -1;
    }
    shape
}

fn word(name: &str, random: &mut Random) -> &'static str {
    match name {
        "reduction" => pick(random, &[("mean", 3), ("sum", 2), ("none", 2)]),
        "mode" => pick(random, &[("full", 1), ("same", 1), ("valid", 1)]),
        "subscripts" => pick(random, &[("ij,jk->ik", 2), ("ij,j->i", 1), ("i,i->", 1), ("ij->ji", 1), ("ii->", 1)]),
        _ => "",
    }
}
