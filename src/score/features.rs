//! What the network is told of a program: one row for each op, and which rows it reads and is read by.
//!
//! Inputs and constants have no rows; what matters of them stands in the rows of the ops that read them.

use std::ops::Range;

use egg::Language as _;

use super::analytic::Cost;
use crate::explore::{INFERIOR, bytes};
use crate::ir::{Arg, Attr, DType, Dim, Id, Node, OpId, Program, Target, Type, WorkKind};

/// Which rows [`Features`] makes: a network says in its metadata for which it was trained.
pub const VERSION: &str = "1";
/// Numbers in a row. The last is added to the logarithm of the op's seconds.
pub const WIDTH: usize = 68;
/// Where a row has what is read elsewhere too: the target; by the cost model, the logarithms of the seconds and of their parts; operations
/// and bytes; the kind of work; what is added.
pub const PLACES: [(&str, Range<usize>); 9] = [
    ("target", 0..3),
    ("seconds", 3..4),
    ("call", 4..5),
    ("compute", 5..6),
    ("memory", 6..7),
    ("flops", 7..8),
    ("bytes", 8..9),
    ("kind", 9..9 + KINDS.len()),
    ("added", WIDTH - 1..WIDTH),
];
/// A logarithm of seconds stands in a row less this, and divided by [`SECONDS_SCALE`].
pub const SECONDS_CENTRE: f32 = -14.0;
/// See [`SECONDS_CENTRE`].
pub const SECONDS_SCALE: f32 = 5.0;
/// A count stands in a row as the logarithm of one more, divided by this.
pub const COUNT_SCALE: f32 = 10.0;
/// Operands that a row tells of; the others are left out.
pub const OPERANDS: usize = 3;
/// Readers that a row tells of.
pub const READERS: usize = 2;

/// A program's ops as the network reads them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Features {
    /// [`WIDTH`] numbers for each op.
    pub rows: Vec<f32>,
    /// Which op each row is.
    pub ops: Vec<OpId>,
    /// For each row, [`OPERANDS`] rows that it reads, counted from 1; 0 is none.
    pub operands: Vec<u32>,
    /// For each row, [`READERS`] rows that read it, likewise.
    pub readers: Vec<u32>,
}

impl Features {
    /// Of the ops below a program's roots, whose nodes have these types and attributes: all lengths are numbers. The nodes marked `inferior`
    /// count [`INFERIOR`] times.
    pub fn of(program: &Program, types: &[Type], attrs: &[Option<Attr>], inferior: &[bool]) -> Features {
        let mut features = Features::default();
        let uses = uses(program);
        let mut row_of: Vec<u32> = vec![0; program.terms.len()];
        for (i, node) in program.terms.as_ref().iter().enumerate() {
            let Node::Op(op, args) = node else { continue };
            if uses[i] == 0 {
                continue;
            }
            let arguments: Vec<Arg> = args.iter().map(|&id| argument(program, types, attrs, id)).collect();
            let mut row = Row::new(program, args, *op, &arguments, &types[i], uses[i], program.roots.contains(&Id::from(i)));
            if inferior.get(i) == Some(&true) {
                row.numbers[WIDTH - 1] = INFERIOR.ln() as f32;
            }
            features.rows.extend(row.numbers);
            features.ops.push(*op);
            row_of[i] = features.ops.len() as u32;
            let read = args.iter().filter(|&&id| matches!(program.terms[id], Node::Op(..))).map(|&id| row_of[usize::from(id)]);
            features.operands.extend(read.chain(std::iter::repeat(0)).take(OPERANDS));
        }
        features.readers = readers(&features.operands, features.ops.len());
        features
    }

    /// The same of a program of which all lengths are known.
    pub fn of_sized(program: &Program) -> Features {
        let attr = |node: &Node| if let Node::Attr(attr) = node { Some(attr.clone()) } else { None };
        let attrs: Vec<Option<Attr>> = program.terms.as_ref().iter().map(attr).collect();
        Features::of(program, &program.types, &attrs, &[])
    }
}

/// The first readers of each row.
fn readers(operands: &[u32], rows: usize) -> Vec<u32> {
    let mut readers = vec![0; rows * READERS];
    for (reader, operands) in operands.chunks(OPERANDS).enumerate() {
        for &operand in operands.iter().filter(|&&operand| operand > 0) {
            let places = &mut readers[(operand as usize - 1) * READERS..operand as usize * READERS];
            if let Some(place) = places.iter_mut().find(|place| **place == 0 || **place == reader as u32 + 1) {
                *place = reader as u32 + 1;
            }
        }
    }
    readers
}

/// How many nodes and roots read each node below the roots; 0 for the others.
fn uses(program: &Program) -> Vec<usize> {
    let mut uses = vec![0; program.terms.len()];
    program.roots.iter().for_each(|&root| uses[usize::from(root)] += 1);
    for (i, node) in program.terms.as_ref().iter().enumerate().rev() {
        if uses[i] > 0 {
            node.children().iter().for_each(|&child| uses[usize::from(child)] += 1);
        }
    }
    uses
}

fn argument<'a>(program: &'a Program, types: &'a [Type], attrs: &'a [Option<Attr>], id: Id) -> Arg<'a> {
    match (&attrs[usize::from(id)], &program.terms[id]) {
        (Some(attr), _) => Arg::Attr(attr),
        (None, Node::Const(c)) => Arg::Value(&types[usize::from(id)], Some(*c)),
        _ => Arg::Value(&types[usize::from(id)], None),
    }
}

const KINDS: [WorkKind; 10] = [
    WorkKind::View,
    WorkKind::Stream,
    WorkKind::Division,
    WorkKind::Transcendental,
    WorkKind::Reduction,
    WorkKind::Gemm,
    WorkKind::Gemv,
    WorkKind::Lapack,
    WorkKind::Move,
    WorkKind::Sort,
];

/// The constants that decide how a library computes.
const SPECIAL: [f64; 5] = [2.0, 3.0, 0.5, -1.0, -0.5];

/// One row while it is filled.
struct Row {
    numbers: [f32; WIDTH],
    next: usize,
}

impl Row {
    fn new(program: &Program, ids: &[Id], op: OpId, args: &[Arg], ty: &Type, uses: usize, is_root: bool) -> Row {
        let mut row = Row { numbers: [0.0; WIDTH], next: 0 };
        Target::ALL.iter().for_each(|&target| row.flag(program.target == target));
        let cost = Cost::of(program.target, op, args, ty);
        for seconds in [cost.call + cost.compute.max(cost.memory), cost.call, cost.compute, cost.memory] {
            row.seconds(seconds);
        }
        let work = (op.def().work)(args, ty);
        row.count(work.flops);
        row.count(work.bytes);
        KINDS.iter().for_each(|&kind| row.flag(cost.kind == kind));
        row.value(ty);
        row.flag(ty.is_weak());
        for dtype in [DType::F64, DType::F32, DType::Bool] {
            row.flag(ty.dtype() == Some(dtype));
        }
        row.flag(ty.dtype().is_some_and(DType::is_int));
        row.push((uses as f32).ln_1p());
        row.flag(is_root);
        row.operands(program, ids, args, ty);
        row.attributes(args);
        row
    }

    /// What is known of the first operands.
    fn operands(&mut self, program: &Program, ids: &[Id], args: &[Arg], ty: &Type) {
        let values: Vec<(usize, &Arg)> = args.iter().enumerate().filter(|(_, arg)| matches!(arg, Arg::Value(..))).collect();
        self.push(values.len() as f32 / 4.0);
        let smaller = |arg: &Arg| (2.0..elements(ty)).contains(&elements(arg.ty()));
        self.flag(values.iter().any(|(_, arg)| smaller(arg)));
        for place in 0..OPERANDS {
            let Some(&(at, arg)) = values.get(place) else {
                self.next += 8;
                continue;
            };
            self.value(arg.ty());
            self.push(arg.ty().dtype().map_or(0.0, |dtype| dtype.size() as f32 / 8.0));
            let node = &program.terms[ids[at]];
            self.flag(matches!(node, Node::Leaf(_)));
            self.flag(matches!(node, Node::Const(_)) || elements(arg.ty()) <= 1.0);
            // Elements that do not lie in a row are read more slowly.
            self.flag(matches!(node, Node::Op(op, _) if matches!(op.def().name, "transpose" | "permute" | "swap_axes" | "slice" | "flip")));
        }
        let constant = values.iter().find_map(|(_, arg)| if let Arg::Value(_, Some(c)) = arg { Some(c.as_f64()) } else { None });
        SPECIAL.iter().for_each(|&special| self.flag(constant == Some(special)));
        self.flag(constant.is_some_and(|c| !SPECIAL.contains(&c)));
        let first = values.first().map_or(1.0, |(_, arg)| elements(arg.ty()));
        self.push(((first + 1.0).ln() - (elements(ty) + 1.0).ln()) as f32 / 5.0);
    }

    /// Along which axes.
    fn attributes(&mut self, args: &[Arg]) {
        let rank = args.first().and_then(|arg| arg.ty().rank()).unwrap_or(0) as i64;
        let axes: Vec<i64> = args
            .iter()
            .flat_map(|arg| match arg {
                Arg::Attr(Attr::Int(axis)) => vec![*axis],
                Arg::Attr(Attr::Ints(axes)) => axes.clone(),
                _ => Vec::new(),
            })
            .collect();
        self.flag(axes.iter().any(|&axis| axis == -1 || axis == rank - 1));
        self.flag(axes.iter().any(|&axis| axis == 0 || axis == -rank));
        self.flag(args.iter().any(|arg| matches!(arg, Arg::Attr(Attr::None))));
        self.flag(args.iter().any(|arg| matches!(arg, Arg::Attr(Attr::Bool(true)))));
    }

    /// Size, rank, the last length and bytes of a value.
    fn value(&mut self, ty: &Type) {
        let dims = ty.shape().dims().unwrap_or(&[]);
        self.count(elements(ty));
        self.push(dims.len() as f32 / 4.0);
        self.count(dims.last().and_then(Dim::as_known).unwrap_or(0) as f64);
        self.count(bytes(ty));
    }

    fn seconds(&mut self, seconds: f64) {
        self.push((seconds.max(1e-10).ln() as f32 - SECONDS_CENTRE) / SECONDS_SCALE);
    }

    fn count(&mut self, count: f64) {
        self.push((count + 1.0).ln() as f32 / COUNT_SCALE);
    }

    fn flag(&mut self, flag: bool) {
        self.push(f32::from(u8::from(flag)));
    }

    fn push(&mut self, number: f32) {
        self.numbers[self.next] = number;
        self.next += 1;
    }
}

fn elements(ty: &Type) -> f64 {
    ty.shape().size().as_known().unwrap_or(1) as f64
}
