//! A cost model from first principles: what a call costs, what moves through memory, what is computed.
//!
//! The constants were measured by `benches/calibrate.py` (NumPy 2.4, PyTorch 2.15, one thread). Only ratios matter.

use super::{Prediction, Scorer, Sizes};
use crate::explore::{Candidate, CostModel, INFERIOR, bytes};
use crate::ir::{Arg, DType, Dim, Group, Id, Node, OpId, Program, Target, Type, WorkKind};

/// The analytic cost model and scorer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Analytic;

/// The standard deviation that is stated: the usual [`Margin`](super::Margin) was chosen for this model.
const UNCERTAINTY: f64 = 0.06;

const NANOSECOND: f64 = 1e-9;
/// Seconds until a pass over several arrays begins.
const ONE_PASS: f64 = 5.0 * NANOSECOND;

impl CostModel for Analytic {
    fn seconds(&self, target: Target, op: OpId, args: &[Arg], ty: &Type) -> f64 {
        let work = (op.def().work)(args, ty);
        let name = op.def().name;
        if ty.is_weak() {
            return 40.0 * NANOSECOND; // arithmetic of the interpreter
        }
        let kind = kind(target, name, args, work.kind);
        let elements = elements(args, ty);
        if target == Target::Rust && elements <= 1.0 && !matches!(kind, WorkKind::Gemm | WorkKind::Lapack) {
            return latency(name, kind);
        }
        if kind == WorkKind::View {
            return call(target, op, kind);
        }
        call(target, op, kind) + compute(target, op, args, ty).max(work.bytes / bandwidth(work.bytes))
    }
}

/// What an op's seconds are made of.
#[cfg(feature = "source")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cost {
    /// What limits it on its target.
    pub kind: WorkKind,
    /// Until any work is done.
    pub call: f64,
    /// Arithmetic.
    pub compute: f64,
    /// Memory traffic.
    pub memory: f64,
}

#[cfg(feature = "source")]
impl Cost {
    pub fn of(target: Target, op: OpId, args: &[Arg], ty: &Type) -> Cost {
        let work = (op.def().work)(args, ty);
        let kind = kind(target, op.def().name, args, work.kind);
        Cost { kind, call: call(target, op, kind), compute: compute(target, op, args, ty), memory: work.bytes / bandwidth(work.bytes) }
    }
}

/// Seconds that an op computes, beside what it calls and moves.
fn compute(target: Target, op: OpId, args: &[Arg], ty: &Type) -> f64 {
    let (work, name) = ((op.def().work)(args, ty), op.def().name);
    let (elements, wide) = (elements(args, ty), width(args, ty));
    NANOSECOND
        * match kind(target, name, args, work.kind) {
            WorkKind::View => 0.0,
            WorkKind::Stream => 0.1 * wide * elements,
            WorkKind::Division => 0.34 * wide * elements,
            WorkKind::Transcendental => transcendental(target, name) * wide * elements,
            WorkKind::Reduction => 0.2 * wide * elements,
            WorkKind::Gemm => work.flops * wide / (30.0 + 20.0 * ((narrowest(args) - 2.0) / 14.0).clamp(0.0, 1.0)),
            WorkKind::Gemv => work.flops * wide / 30.0,
            WorkKind::Lapack => match substitution(target, name, args) {
                Some((order, columns)) => (order.powi(3) / 30.0 + 2.0 * order * order * columns / rate(order, columns)) * wide,
                None => work.flops * wide / 20.0,
            },
            WorkKind::Move => 0.2 * wide * elements,
            WorkKind::Sort => 3.4 * elements * elements.max(2.0).log2(),
        }
}

impl Scorer for Analytic {
    fn score_groups(&self, groups: &[super::Group<'_>]) -> Vec<Vec<Vec<Prediction>>> {
        let one = |candidate: &Candidate, sizes: &Sizes| {
            let seconds = self.weighted_seconds(&candidate.program, &candidate.inferior, sizes);
            Prediction { log_seconds: seconds.max(1e-12).ln(), uncertainty: UNCERTAINTY }
        };
        groups.iter().map(|group| group.each(one)).collect()
    }
}

impl Analytic {
    /// Logarithm of the time of an update of an array whose value some elementwise ops compute, each in a pass of its own, over that of one
    /// pass that reads the operands. `None` if an op refuses the sizes.
    pub fn fused(&self, program: &Program, update: Id, ops: &[Id], operands: &[Id], sizes: &Sizes) -> Option<f64> {
        let types = sizes.types(program)?;
        let ty = |id: Id| &types[usize::from(id)];
        let (mut apart, mut together) = (0.0, 0.0);
        for &id in ops.iter().chain([&update]) {
            let Node::Op(op, args) = &program.terms[id] else { continue };
            let args: Vec<Arg> = args
                .iter()
                .map(|&arg| match &program.terms[arg] {
                    Node::Attr(attr) => Arg::Attr(attr),
                    Node::Const(c) => Arg::Value(ty(arg), Some(*c)),
                    _ => Arg::Value(ty(arg), None),
                })
                .collect();
            apart += self.seconds(program.target, *op, &args, ty(id));
            together += compute(program.target, *op, &args, ty(id));
        }
        let moved: f64 = operands.iter().chain([&update, &update]).map(|&id| bytes(ty(id))).sum();
        Some((apart / (ONE_PASS + together.max(moved / bandwidth(moved)))).ln())
    }

    /// Predicted seconds of one run of a program; infinite if an op refuses the sizes.
    pub fn seconds_of(&self, program: &Program, sizes: &Sizes) -> f64 {
        self.weighted_seconds(program, &[], sizes)
    }

    /// The same for a program of which all lengths are known.
    pub fn seconds_of_sized(&self, program: &Program) -> f64 {
        let leaves = program.leaves.iter().map(|leaf| leaf.ty.clone()).collect();
        self.seconds_of(program, &Sizes { leaves, ..Sizes::default() })
    }

    /// The sum over all nodes.
    fn weighted_seconds(&self, program: &Program, inferior: &[bool], sizes: &Sizes) -> f64 {
        let Some(types) = sizes.types(program) else { return f64::INFINITY };
        let attrs: Vec<_> =
            program.terms.as_ref().iter().map(|node| if let Node::Attr(a) = node { Some(sizes.attr(a)) } else { None }).collect();
        let arg = |i: usize| match (&attrs[i], &program.terms.as_ref()[i]) {
            (Some(attr), _) => Arg::Attr(attr),
            (None, Node::Const(c)) => Arg::Value(&types[i], Some(*c)),
            _ => Arg::Value(&types[i], None),
        };
        let mut total = 0.0;
        for (i, node) in program.terms.as_ref().iter().enumerate() {
            if let Node::Op(op, args) = node {
                let args: Vec<Arg> = args.iter().map(|&id| arg(usize::from(id))).collect();
                let seconds = self.seconds(program.target, *op, &args, &types[i]);
                total += seconds * if inferior.get(i) == Some(&true) { INFERIOR } else { 1.0 };
            }
        }
        total
    }
}

/// Elements of the largest operand or the result.
fn elements(args: &[Arg], ty: &Type) -> f64 {
    let size = |ty: &Type| ty.shape().size().as_known().unwrap_or(1) as f64;
    args.iter().map(|arg| size(arg.ty())).fold(size(ty), f64::max)
}

/// Time of a vector instruction per element, against that of an `f64`.
fn width(args: &[Arg], ty: &Type) -> f64 {
    let dtype = ty.dtype().into_iter().chain(args.iter().filter(|arg| !arg.ty().is_weak()).filter_map(|arg| arg.ty().dtype()));
    let bytes = dtype.map(DType::size).max().unwrap_or(8);
    bytes.max(4) as f64 / 8.0
}

/// Bytes a second, by how much is touched: in the inner caches, in the outer one, in memory.
fn bandwidth(bytes: f64) -> f64 {
    match bytes {
        b if b <= 1e6 => 110e9,
        b if b <= 16e6 => 45e9,
        _ => 14e9,
    }
}

/// The shortest side of the operands of a matrix product: a narrow one is no faster than a product with a vector.
fn narrowest(args: &[Arg]) -> f64 {
    let last_two =
        |arg: &Arg| arg.ty().shape().dims().map_or(Vec::new(), |dims| dims.iter().rev().take(2).filter_map(Dim::as_known).collect());
    args.iter().take(2).flat_map(last_two).min().unwrap_or(1) as f64
}

/// The order of a system of equations and how many right-hand sides it has. OpenBLAS, which NumPy comes with, is slow at those; an inverse
/// is a solve with the identity.
fn substitution(target: Target, name: &str, args: &[Arg]) -> Option<(f64, f64)> {
    let length = |arg: &Arg, axis: i64| {
        let shape = arg.ty().shape();
        Some(shape.dims()?[shape.axis(axis)?].as_known()? as f64)
    };
    let order = length(args.first()?, -1)?;
    match name {
        "inv" if target == Target::Numpy => Some((order, order)),
        "solve" if target == Target::Numpy && args.get(1)?.ty().rank() == Some(1) => Some((order, 1.0)),
        "solve" if target == Target::Numpy => Some((order, length(args.get(1)?, -1)?)),
        _ => None,
    }
}

/// Operations a nanosecond of a substitution.
fn rate(order: f64, columns: f64) -> f64 {
    if columns <= 1.0 { 30.0 } else { (2.0 + 0.06 * order).min(15.0) }
}

/// The work of powers depends on the exponent, and on the library.
fn kind(target: Target, name: &str, args: &[Arg], kind: WorkKind) -> WorkKind {
    let exponent = match (name, args) {
        ("pow", [_, Arg::Value(_, Some(exponent))]) => exponent.as_f64(),
        _ => return kind,
    };
    // Rust's `powi` with a constant is compiled to multiplications.
    let whole = matches!(args, [_, Arg::Value(_, Some(exponent))] if exponent.dtype.is_int());
    match exponent {
        _ if target == Target::Rust && whole => WorkKind::Reduction,
        1.0 | 2.0 => WorkKind::Stream,
        -1.0 => WorkKind::Division,
        3.0 if target != Target::Numpy => WorkKind::Stream,
        0.5 => WorkKind::Division,
        _ => kind,
    }
}

/// Nanoseconds an element.
fn transcendental(target: Target, name: &str) -> f64 {
    match (target, name) {
        (Target::Numpy, "pow") => 3.3,
        (Target::Torch, "pow") => 5.5,
        (Target::Rust, "pow") => 12.0,
        (Target::Numpy, "sin" | "cos" | "tan") => 8.0,
        (Target::Torch, _) => 2.0,
        (Target::Rust, _) => 5.0,
        _ => 1.1,
    }
}

/// Seconds of a scalar operation in Rust.
fn latency(name: &str, kind: WorkKind) -> f64 {
    NANOSECOND
        * match (name, kind) {
            // Without the CPU's own instruction, which the default target lacks, it is a call.
            ("fma", _) => 5.0,
            ("pow", WorkKind::Transcendental) => 15.0,
            ("pow", WorkKind::Reduction) => 3.0,
            ("log1p" | "expm1", _) => 12.0,
            ("atan2" | "hypot" | "sin" | "cos" | "tan" | "logaddexp", _) => 15.0,
            (_, WorkKind::View) => 0.1,
            (_, WorkKind::Division) => 4.0,
            (_, WorkKind::Transcendental) => 8.0,
            _ => 1.0,
        }
}

/// Seconds of a call before any work is done.
fn call(target: Target, op: OpId, kind: WorkKind) -> f64 {
    let name = op.def().name;
    let by_name = match name {
        "det" | "inv" | "solve" | "slogdet" | "logdet" | "cholesky" | "eigvalsh" => 3.0,
        "svd" | "eigh" | "svdvals" | "qr" | "pinv" | "matrix_rank" | "lstsq_solution" | "matrix_power" => 12.0,
        "kron" | "cross" | "median" | "var" | "std" | "roll" | "tile" | "diff" | "trapezoid" | "pad_constant" => 6.0,
        "mean" | "ptp" | "norm_ord" | "l1_norm" | "l2_norm" | "max_norm" | "fro_norm" | "logsumexp" | "clip" | "outer" | "trace" => 1.0,
        "einsum" | "tensordot" | "convolve" | "inner" => 1.5,
        _ => 0.0,
    };
    let micro = match (target, kind) {
        (Target::Numpy, WorkKind::View) => 0.15 + by_name * 0.3,
        (Target::Numpy, WorkKind::Reduction) => 1.6 + by_name,
        (Target::Numpy, WorkKind::Gemm | WorkKind::Gemv) => 0.8 + by_name,
        (Target::Numpy, WorkKind::Lapack | WorkKind::Sort | WorkKind::Move) => 0.8 + by_name,
        (Target::Numpy, _) => 0.4 + by_name,
        (Target::Torch, WorkKind::View) => 0.8,
        (Target::Torch, WorkKind::Lapack) => 8.0 + by_name,
        (Target::Torch, _) => 1.3 + by_name * 0.5,
        (Target::Rust, WorkKind::View) => 0.005,
        // What changes an array in place needs no memory of its own.
        (Target::Rust, _) if op.def().group == Group::Update && kind != WorkKind::Gemm => 0.004,
        (Target::Rust, _) => 0.04,
    };
    micro * 1e-6
}
