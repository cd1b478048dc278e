use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Attr, AttrKind, Target, Type, Value, ops};

/// Index of an op in the one table that [`ops::TABLES`] make up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId(u16);

/// All that is known of an op.
pub struct OpDef {
    /// The name in rules and grammar tables, in snake case.
    pub name: &'static str,
    /// Its family; decides nothing but where it is listed.
    pub group: Group,
    /// Operands and attributes in order. Only the last operand may be [`Param::Variadic`].
    pub params: &'static [Param],
    /// What it computes, in a sentence.
    pub doc: &'static str,
    /// The result's type, or why the operands do not fit. Unknown parts of operands make unknown parts of the result,
    /// never an error. Promotion differs between libraries, so the target is told.
    pub infer: fn(Target, &[Arg]) -> Result<Type, TypeError>,
    /// The result's value. Called only with operands that `infer` accepted.
    pub eval: fn(Target, &[EvalArg]) -> Result<Value, EvalError>,
    /// FLOPs and bytes for operands and a result whose shapes are all numbers.
    pub work: fn(&[Arg], &Type) -> Work,
}

impl OpDef {
    /// True if so many operands and attributes are as many as it has parameters.
    pub fn takes(&self, count: usize) -> bool {
        match self.params.split_last() {
            Some((Param::Variadic(_), fixed)) => count >= fixed.len(),
            _ => count == self.params.len(),
        }
    }
}

/// A family of ops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Arithmetic and functions of each element, with broadcasting.
    Elementwise,
    /// Comparisons, logic, choice between elements.
    Select,
    /// Sums and the like over axes.
    Reduction,
    /// Matrix products, einsum, convolutions, pooling.
    Contraction,
    /// Reshapes, transposes, joins, slices, constructors.
    Shape,
    /// Inverse, solve, determinant, decompositions.
    LinearAlgebra,
    /// Activations, normalizations, losses, attention.
    Neural,
    /// Tuples and their parts.
    Tuple,
    /// What a statement makes of the array that it changes in place, the first operand: no expression means it.
    Update,
}

/// One parameter of an op.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Param {
    /// An operand.
    Value(&'static str),
    /// An operand, or [`Attr::None`] where it is left out.
    Optional(&'static str),
    /// Any number of operands.
    Variadic(&'static str),
    /// An attribute.
    Attr(&'static str, AttrKind),
}

impl Param {
    /// The parameter's name.
    pub fn name(&self) -> &'static str {
        match self {
            Param::Value(n) | Param::Optional(n) | Param::Variadic(n) | Param::Attr(n, _) => n,
        }
    }
}

/// An argument seen by a type or cost rule.
#[derive(Debug, Clone, Copy)]
pub enum Arg<'a> {
    /// An operand's type, and its value where that is a known scalar constant.
    Value(&'a Type, Option<super::Const>),
    /// An attribute.
    Attr(&'a Attr),
}

impl<'a> Arg<'a> {
    /// The operand's type; `Unknown` for an attribute.
    pub fn ty(&self) -> &'a Type {
        match self {
            Arg::Value(t, _) => t,
            Arg::Attr(_) => &Type::Unknown,
        }
    }

    /// The attribute; `Attr::None` for an operand.
    pub fn attr(&self) -> &'a Attr {
        match self {
            Arg::Attr(a) => a,
            Arg::Value(..) => &Attr::None,
        }
    }
}

/// An argument seen by the reference evaluation.
#[derive(Debug, Clone, Copy)]
pub enum EvalArg<'a> {
    /// An operand.
    Value(&'a Value),
    /// An attribute.
    Attr(&'a Attr),
}

/// Why operands do not fit an op.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TypeError(pub String);

/// Why an op has no value for these operands (a singular matrix, an index out of range), as the library would refuse it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EvalError(pub String);

/// What limits an op's speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkKind {
    /// Nothing moves: a view, a reshape, a part of a tuple.
    View,
    /// Simple arithmetic on each element.
    Stream,
    /// Division and square root on each element.
    Division,
    /// Exponentials, logarithms, powers, trigonometry on each element.
    Transcendental,
    /// A pass that reduces.
    Reduction,
    /// A matrix product with three large axes, or a convolution.
    Gemm,
    /// A product with a vector: bound by memory.
    Gemv,
    /// A factorization.
    Lapack,
    /// Data moved: concatenation, gather, sort.
    Move,
    /// Sorting.
    Sort,
}

/// How much an op does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Work {
    /// What limits it.
    pub kind: WorkKind,
    /// Floating-point (or integer) operations.
    pub flops: f64,
    /// Bytes read and written.
    pub bytes: f64,
}

struct Registry {
    defs: Vec<&'static OpDef>,
    by_name: HashMap<&'static str, OpId>,
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let defs: Vec<&'static OpDef> = ops::TABLES.iter().flat_map(|t| t.iter()).collect();
    let mut by_name = HashMap::new();
    for (i, def) in defs.iter().enumerate() {
        let earlier = by_name.insert(def.name, OpId(i as u16));
        assert!(earlier.is_none(), "op `{}` is defined twice", def.name);
    }
    Registry { defs, by_name }
});

impl OpId {
    /// The op of this name.
    pub fn named(name: &str) -> Option<OpId> {
        REGISTRY.by_name.get(name).copied()
    }

    /// The op of this name, which the caller knows to exist.
    ///
    /// # Panics
    /// If there is none: a mistake in Codewright's own source.
    pub fn get(name: &str) -> OpId {
        OpId::named(name).unwrap_or_else(|| panic!("no op is named `{name}`"))
    }

    /// Its definition.
    pub fn def(self) -> &'static OpDef {
        REGISTRY.defs[self.0 as usize]
    }

    /// Its place in the order of the tables.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// All ops, in the order of the tables.
    pub fn all() -> impl Iterator<Item = OpId> {
        (0..REGISTRY.defs.len()).map(|i| OpId(i as u16))
    }
}
