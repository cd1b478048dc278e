//! The ops that take part, each with attributes that fit the task.

use crate::dialect::Dialect;
use crate::ir::{Attr, AttrKind, Const, DType, Dim, Group, OpId, Param, Target, Value};

use super::task::Task;

/// An argument of an op.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Slot {
    /// A value that is enumerated.
    Operand,
    /// A constant that the op's row demands.
    Fixed(Const),
    /// An attribute: as it is written, and what it is in each example.
    Attr(Attr, Vec<Attr>),
}

/// An op with attributes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Production {
    pub op: OpId,
    pub slots: Vec<Slot>,
    /// How many operands it has.
    pub arity: usize,
    /// Half bits that its attributes cost.
    pub attributes: u32,
    /// Its two operands may change places.
    pub commutes: bool,
}

/// Ops that are not searched: what they compute others say better, or no example tells them from those.
const LEFT_OUT: [&str; 22] = [
    "copy",
    "fmax",
    "fmin",
    "logaddexp",
    "copysign",
    "heaviside",
    "vdot",
    "numel_of",
    "einsum",
    "linspace",
    "full",
    "full_like",
    "permute",
    "shl",
    "shr",
    "lstsq_solution",
    "cho_solve",
    "solve_triangular",
    "matrix_rank",
    "pinv",
    "sinc",
    "is_close",
];

const COMMUTATIVE: [&str; 14] = [
    "add",
    "mul",
    "maximum",
    "minimum",
    "eq",
    "ne",
    "logical_and",
    "logical_or",
    "logical_xor",
    "bit_and",
    "bit_or",
    "bit_xor",
    "hypot",
    "inner",
];

/// All productions of a task, in the order of the op tables.
pub(super) fn productions(task: &Task) -> Vec<Production> {
    let mut ops: Vec<OpId> = Dialect::of(task.target).ops().collect();
    ops.sort();
    ops.dedup();
    let choices = Choices::new(task);
    let mut found = Vec::new();
    for op in ops {
        let def = op.def();
        if matches!(def.group, Group::Tuple | Group::Update) || LEFT_OUT.contains(&def.name) {
            continue;
        }
        for (slots, attributes) in choices.of(op) {
            let arity = slots.iter().filter(|slot| **slot == Slot::Operand).count();
            if arity <= 3 {
                found.push(Production { op, slots, arity, attributes, commutes: COMMUTATIVE.contains(&def.name) });
            }
        }
    }
    found
}

/// What attributes can be in a task.
struct Choices<'a> {
    task: &'a Task,
    rank: usize,
    /// Lengths that a shape may be made of: as written, and in each example.
    lengths: Vec<(Dim, Vec<i64>)>,
}

impl<'a> Choices<'a> {
    fn new(task: &'a Task) -> Choices<'a> {
        let shapes = task.examples.iter().flat_map(|example| example.arguments.iter().map(|value| value.shape().len()));
        let wanted = task.examples.iter().map(|example| example.expected.shape.len());
        let rank = shapes.chain(wanted).max().unwrap_or(0);
        let mut lengths = Vec::new();
        for (at, parameter) in task.parameters.iter().enumerate() {
            let values = || task.examples.iter().map(|example| &example.arguments[at]);
            if task.target == Target::Rust {
                continue;
            }
            let whole = |value: &Value| match value {
                Value::Array { dtype: DType::I64, weak: true, .. } => value.to_f64().first().map(|n| *n as i64),
                _ => None,
            };
            if let Some(numbers) = values().map(whole).collect::<Option<Vec<i64>>>() {
                if numbers.iter().all(|n| (0..=4096).contains(n)) {
                    lengths.push((Dim::symbol(parameter.name.as_str()), numbers));
                }
                continue;
            }
            let axes = values().map(|value| value.shape().len()).min().unwrap_or(0);
            for axis in 0..axes {
                let numbers = values().map(|value| value.shape()[axis] as i64).collect();
                lengths.push((Dim::symbol(format!("{}.shape[{axis}]", parameter.name)), numbers));
            }
        }
        Choices { task, rank, lengths }
    }

    /// The arguments of an op, and what its attributes cost.
    fn of(&self, op: OpId) -> Vec<(Vec<Slot>, u32)> {
        let def = op.def();
        if let Some(special) = self.special(def.name) {
            return special;
        }
        let mut found: Vec<(Vec<Slot>, u32)> = vec![(Vec::new(), 0)];
        for param in def.params {
            let options: Vec<(Vec<Slot>, u32)> = match param {
                Param::Value(_) => vec![(vec![Slot::Operand], 0)],
                Param::Optional(_) => return Vec::new(),
                Param::Variadic(_) => vec![(vec![Slot::Operand, Slot::Operand], 0)],
                Param::Attr(name, kind) => {
                    self.attributes(def.name, name, *kind).into_iter().map(|(slot, cost)| (vec![slot], cost)).collect()
                }
            };
            found = found
                .iter()
                .flat_map(|(slots, cost)| options.iter().map(move |(more, price)| ([slots.as_slice(), more].concat(), cost + price)))
                .collect();
        }
        let keeps_all = |slots: &[Slot]| {
            let attrs: Vec<&Attr> =
                slots.iter().filter_map(|slot| if let Slot::Attr(attr, _) = slot { Some(attr) } else { None }).collect();
            matches!(attrs[..], [.., Attr::Bool(true)]) && attrs.contains(&&Attr::None)
        };
        found.retain(|(slots, _)| !keeps_all(slots));
        found
    }

    fn special(&self, op: &str) -> Option<Vec<(Vec<Slot>, u32)>> {
        let int = |n| Slot::Fixed(Const::int(n));
        match op {
            "arange" => Some(vec![(vec![int(0), Slot::Operand, int(1)], 0), (vec![Slot::Operand, Slot::Operand, int(1)], 4)]),
            "slice" => {
                let mut found = Vec::new();
                for (axis, price) in self.axes(true) {
                    const OPEN: i64 = i64::MAX;
                    let ranges =
                        [(1, OPEN, 1, 3), (0, -1, 1, 3), (0, OPEN, 2, 5), (1, OPEN, 2, 6), (1, -1, 1, 6), (2, OPEN, 1, 7), (0, -2, 1, 7)];
                    for (start, stop, step, cost) in ranges {
                        let attrs = [axis, start, stop, step].map(|n| self.same(Attr::Int(n)));
                        found.push(([vec![Slot::Operand], attrs.to_vec()].concat(), price + cost));
                    }
                }
                Some(found)
            }
            _ => None,
        }
    }

    fn same(&self, attr: Attr) -> Slot {
        Slot::Attr(attr.clone(), vec![attr; self.task.examples.len()])
    }

    /// Axes and what they cost.
    fn axes(&self, first_is_usual: bool) -> Vec<(i64, u32)> {
        match (self.rank, first_is_usual) {
            (0 | 1, _) => vec![(0, 2)],
            (2, true) => vec![(0, 2), (1, 3)],
            (2, false) => vec![(1, 2), (0, 2), (-1, 4)],
            _ => vec![(-1, 2), (0, 3), (1, 3)],
        }
    }

    fn attributes(&self, op: &str, name: &str, kind: AttrKind) -> Vec<(Slot, u32)> {
        let all = |list: Vec<(Attr, u32)>| list.into_iter().map(|(attr, cost)| (self.same(attr), cost)).collect();
        let ints = |list: &[(i64, u32)]| all(list.iter().map(|(n, cost)| (Attr::Int(*n), *cost)).collect());
        match (kind, name) {
            (AttrKind::Axes | AttrKind::OptAxis, _) => {
                let mut list = vec![(Attr::None, 1)];
                list.extend(self.axes(false).into_iter().map(|(axis, cost)| (Attr::Int(axis), cost)));
                all(list)
            }
            (AttrKind::Bool, "keepdims") => all(vec![(Attr::Bool(false), 0), (Attr::Bool(true), 3)]),
            (AttrKind::Bool, _) => all(vec![(Attr::Bool(false), 1), (Attr::Bool(true), 1)]),
            (AttrKind::Int, "axis") => match op {
                "index" => ints(&self.axes(true)),
                "expand_dims" => ints(&[(1, 2), (0, 2), (-1, 4)]),
                "sort" | "argsort" | "diff" | "cumsum" if self.rank < 2 => ints(&[(-1, 0)]),
                _ => ints(&self.axes(false)),
            },
            (AttrKind::Int, "i") if op == "index" => ints(&[(0, 2), (-1, 3), (1, 4)]),
            (AttrKind::Int, "i") => ints(&[(0, 0)]),
            (AttrKind::Int, "j") => ints(&[(1, 0)]),
            (AttrKind::Int, "k") => ints(&[(0, 1), (1, 3), (-1, 3)]),
            (AttrKind::Int, "shift") => ints(&[(1, 2), (-1, 3), (2, 6)]),
            (AttrKind::Int, "n") => ints(&[(2, 2), (3, 4)]),
            (AttrKind::Float, "ddof") => all(vec![(Attr::float(0.0), 0), (Attr::float(1.0), 4)]),
            (AttrKind::Float, "eps") => all(vec![(Attr::float(1e-5), 0)]),
            (AttrKind::Float, "alpha") => all(vec![(Attr::float(1.0), 0)]),
            (AttrKind::Float, "slope") => all(vec![(Attr::float(0.01), 0)]),
            (AttrKind::DType, _) => self.dtypes(op).into_iter().map(|(dtype, cost)| (self.same(Attr::DType(dtype)), cost)).collect(),
            (AttrKind::Str, "mode") => {
                ["valid", "same", "full"].into_iter().map(|mode| (self.same(Attr::Str(mode.to_owned())), 3)).collect()
            }
            (AttrKind::Str, "reduction") => {
                ["mean", "sum", "none"].into_iter().map(|way| (self.same(Attr::Str(way.to_owned())), 3)).collect()
            }
            (AttrKind::Ints, "reps") => all(vec![(Attr::Ints(vec![2]), 3)]),
            (AttrKind::Dims, _) => self.shapes(op),
            _ => Vec::new(),
        }
    }

    fn dtypes(&self, op: &str) -> Vec<(DType, u32)> {
        let float = if self.task.target == Target::Torch { DType::F32 } else { DType::F64 };
        if op == "cast" { vec![(float, 3), (DType::I64, 5)] } else { vec![(float, 0), (DType::I64, 4)] }
    }

    fn shapes(&self, op: &str) -> Vec<(Slot, u32)> {
        let fixed = |lengths: &[i64]| self.same(Attr::Dims(lengths.iter().map(|n| Dim::known(*n)).collect()));
        if op == "reshape" {
            return vec![(fixed(&[-1, 1]), 3), (fixed(&[1, -1]), 5), (fixed(&[-1]), 6)];
        }
        let of = |parts: &[usize]| {
            let symbols = parts.iter().map(|at| self.lengths[*at].0.clone()).collect();
            let numbers = |example: usize| Attr::Dims(parts.iter().map(|at| Dim::known(self.lengths[*at].1[example])).collect());
            Slot::Attr(Attr::Dims(symbols), (0..self.task.examples.len()).map(numbers).collect())
        };
        let mut found: Vec<(Slot, u32)> = (0..self.lengths.len()).map(|at| (of(&[at]), 3)).collect();
        if op != "eye" && self.rank >= 2 {
            let pairs = (0..self.lengths.len()).flat_map(|i| (0..self.lengths.len()).map(move |j| (i, j)));
            found.extend(pairs.filter(|(i, j)| i != j).map(|(i, j)| (of(&[i, j]), 7)));
        }
        found
    }
}
