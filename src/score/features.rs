//! What the network is told of a program: one row for each op, and which rows it reads and is read by.
//!
//! Inputs and constants have no rows; what matters of them stands in the rows of the ops that read them.

use std::collections::HashMap;
use std::ops::Range;

use egg::Language as _;

use super::Sizes;
use super::analytic::Cost;
use crate::explore::{Candidate, INFERIOR, bytes};
use crate::ir::{Arg, Attr, DType, Dim, Id, Node, OpId, Program, RecExpr, Target, Type, WorkKind};

/// Which rows [`Features`] makes: a network says in its metadata for which it was trained.
pub const VERSION: &str = "1";
/// Numbers in a row. The last is added to the logarithm of the op's seconds.
pub const WIDTH: usize = 68;
/// Where a row has what is read elsewhere too: the target; by the cost model, the logarithms of the seconds and of their parts; operations
/// and bytes; the kind of work; how many read it, if it is a root; what is added.
pub const PLACES: [(&str, Range<usize>); 11] = [
    ("target", 0..3),
    ("seconds", 3..4),
    ("call", 4..5),
    ("compute", 5..6),
    ("memory", 6..7),
    ("flops", 7..8),
    ("bytes", 8..9),
    ("kind", 9..9 + KINDS.len()),
    ("uses", USES..USES + 1),
    ("root", ROOT..ROOT + 1),
    ("added", WIDTH - 1..WIDTH),
];
/// Where a row has what the rest of its program says of it.
const USES: usize = 28;
const ROOT: usize = 29;
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
    /// Of the ops below the roots of a program of which all lengths are known.
    pub fn of_sized(program: &Program) -> Features {
        let attr = |node: &Node| if let Node::Attr(attr) = node { Some(attr.clone()) } else { None };
        let attrs: Vec<Option<Attr>> = program.terms.as_ref().iter().map(attr).collect();
        Features::with_rows(program, &[], &mut |i| row(program, &program.types, &attrs, i))
    }

    /// Of the ops below a program's roots, given the [`row`] of each node. The nodes marked `inferior` count [`INFERIOR`] times.
    fn with_rows(program: &Program, inferior: &[bool], row: &mut dyn FnMut(usize) -> [f32; WIDTH]) -> Features {
        let mut features = Features::default();
        let uses = uses(program);
        let mut row_of: Vec<u32> = vec![0; program.terms.len()];
        for (i, node) in program.terms.as_ref().iter().enumerate() {
            let Node::Op(op, args) = node else { continue };
            if uses[i] == 0 {
                continue;
            }
            let mut numbers = row(i);
            numbers[USES] = (uses[i] as f32).ln_1p();
            numbers[ROOT] = f32::from(u8::from(program.roots.contains(&Id::from(i))));
            if inferior.get(i) == Some(&true) {
                numbers[WIDTH - 1] = INFERIOR.ln() as f32;
            }
            features.rows.extend(numbers);
            features.ops.push(*op);
            row_of[i] = features.ops.len() as u32;
            let read = args.iter().filter(|&&id| matches!(program.terms[id], Node::Op(..))).map(|&id| row_of[usize::from(id)]);
            features.operands.extend(read.chain(std::iter::repeat(0)).take(OPERANDS));
        }
        features.readers = readers(&features.operands, features.ops.len());
        features
    }
}

/// Candidates over the same inputs with every node that they have in common there once, so that its row is made once.
pub(super) struct Shared<'c> {
    candidates: &'c [Candidate],
    /// The nodes of all.
    program: Program,
    /// For each candidate, which of them its nodes are.
    places: Vec<Vec<usize>>,
}

impl<'c> Shared<'c> {
    pub fn new(candidates: &'c [Candidate]) -> Shared<'c> {
        let mut known: HashMap<Node, usize> = HashMap::new();
        let mut terms = RecExpr::default();
        let mut places = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let mut of: Vec<usize> = Vec::with_capacity(candidate.program.terms.len());
            for node in candidate.program.terms.as_ref() {
                let node = node.clone().map_children(|child| Id::from(of[usize::from(child)]));
                of.push(*known.entry(node).or_insert_with_key(|node| usize::from(terms.add(node.clone()))));
            }
            places.push(of);
        }
        let target = candidates.first().map_or(Target::Numpy, |candidate| candidate.program.target);
        let program = Program { target, leaves: Vec::new(), terms, types: Vec::new(), roots: Vec::new() };
        Shared { candidates, program, places }
    }

    /// The features of each candidate under some sizes; `None` where an op refuses them.
    pub fn features(&self, sizes: &Sizes) -> Vec<Option<Features>> {
        let types = sizes.types_of_each(&self.program);
        let attr = |node: &Node| if let Node::Attr(attr) = node { Some(sizes.attr(attr)) } else { None };
        let attrs: Vec<Option<Attr>> = self.program.terms.as_ref().iter().map(attr).collect();
        let known: Vec<Type> = types.iter().map(|ty| ty.clone().unwrap_or(Type::Unknown)).collect();
        let mut rows: Vec<Option<[f32; WIDTH]>> = vec![None; known.len()];
        let mut one = |(candidate, places): (&Candidate, &Vec<usize>)| {
            if places.iter().any(|&place| types[place].is_none()) {
                return None;
            }
            let mut shared = |i: usize| *rows[places[i]].get_or_insert_with(|| row(&self.program, &known, &attrs, places[i]));
            Some(Features::with_rows(&candidate.program, &candidate.inferior, &mut shared))
        };
        self.candidates.iter().zip(&self.places).map(&mut one).collect()
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

/// What is known of one op of a program whose nodes have these types and attributes, but for what reads it.
fn row(program: &Program, types: &[Type], attrs: &[Option<Attr>], i: usize) -> [f32; WIDTH] {
    let Node::Op(op, ids) = &program.terms[Id::from(i)] else { return [0.0; WIDTH] };
    let args: Vec<Arg> = ids.iter().map(|&id| argument(program, types, attrs, id)).collect();
    Row::new(program, ids, *op, &args, &types[i]).numbers
}

/// One row while it is filled.
struct Row {
    numbers: [f32; WIDTH],
    next: usize,
}

impl Row {
    fn new(program: &Program, ids: &[Id], op: OpId, args: &[Arg], ty: &Type) -> Row {
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
        debug_assert_eq!(row.next, USES);
        row.next = ROOT + 1;
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
