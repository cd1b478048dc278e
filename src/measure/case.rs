use std::collections::HashMap;

use egg::Language;
use serde::{Deserialize, Serialize};

use crate::explore::CostModel;
use crate::ir::{Arg, Attr, Const, DType, Dim, Id, Leaf, LeafId, Node, OpId, Program, ProgramBuilder, RecExpr, Shape, Target, Type};
use crate::score::Analytic;

/// Equal programs over the same inputs, all lengths known; measured if `seconds` has as many entries as `candidates`.
///
/// As JSON it is one line of the measured set. A node is `%0` (an input), `matmul 0 1` (an op on earlier nodes), `= f64 2.0` (a constant),
/// `~ f64 2.0` (a number of Python's), `: 1` (an attribute).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Names the program whatever its lengths: cases of one program have the same.
    pub program: String,
    /// Where it is from.
    pub source: String,
    /// What it is run by: the name of a [`Target`].
    pub target: String,
    /// The inputs' types: `f64[3,4]`, `f32[]`, `~f64` for a number of Python's.
    pub leaves: Vec<String>,
    /// The nodes of all candidates, operands first, no two equal.
    pub nodes: Vec<String>,
    /// The roots of each candidate, the original first.
    pub candidates: Vec<Vec<u32>>,
    /// Each candidate as code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub code: Vec<String>,
    /// Seconds of one run of each candidate; 0 where it could not be run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seconds: Vec<f64>,
    /// Standard deviation of the logarithm of `seconds`, from repetitions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spread: Vec<f64>,
}

/// What is wrong with a case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CaseError(String);

impl Case {
    /// A case of candidates of which all lengths are known; `None` if one of a leaf is not, or if no two differ.
    pub fn new(program: String, source: String, candidates: &[Program]) -> Option<Case> {
        let first = candidates.first()?;
        let leaves = first.leaves.iter().map(|leaf| type_text(&leaf.ty)).collect::<Option<_>>()?;
        let mut case = Case { program, source, target: first.target.name().to_owned(), leaves, ..Case::default() };
        let mut known: HashMap<Node, u32> = HashMap::new();
        for candidate in candidates {
            let mut ids: Vec<u32> = Vec::with_capacity(candidate.terms.len());
            for node in candidate.terms.as_ref() {
                let node = node.clone().map_children(|child| Id::from(ids[usize::from(child)] as usize));
                let next = case.nodes.len() as u32;
                let id = *known.entry(node).or_insert_with_key(|node| {
                    case.nodes.push(node_text(node));
                    next
                });
                ids.push(id);
            }
            let roots: Vec<u32> = candidate.roots.iter().map(|&root| ids[usize::from(root)]).collect();
            if !case.candidates.contains(&roots) {
                case.candidates.push(roots);
            }
        }
        (case.candidates.len() > 1).then_some(case)
    }

    /// The candidates as programs over the same nodes; each is a [`Program`] with the nodes below its roots alone.
    ///
    /// # Errors
    /// If a line of the case is not understood, or an op refuses its operands.
    pub fn programs(&self) -> Result<Vec<Program>, CaseError> {
        let whole = self.whole()?;
        let part = |roots: &Vec<u32>| {
            let in_range = roots.iter().all(|&root| (root as usize) < whole.types.len());
            in_range.then(|| whole.part(roots.iter().map(|&root| Id::from(root as usize)).collect()))
        };
        self.candidates.iter().map(|roots| part(roots).ok_or_else(|| CaseError("a root is no node".to_owned()))).collect()
    }

    /// What each node costs by the analytic model, in seconds; 0 for what is no op.
    ///
    /// # Errors
    /// As [`Case::programs`].
    pub fn costs(&self) -> Result<Vec<f64>, CaseError> {
        let whole = self.whole()?;
        let cost = |(i, node): (usize, &Node)| match node {
            Node::Op(op, args) => {
                let args: Vec<Arg> = args.iter().map(|&id| whole.arg(id)).collect();
                Analytic.seconds(whole.target, *op, &args, &whole.types[i])
            }
            _ => 0.0,
        };
        Ok(whole.terms.as_ref().iter().enumerate().map(cost).collect())
    }

    fn whole(&self) -> Result<Program, CaseError> {
        let target = Target::ALL.into_iter().find(|target| target.name() == self.target);
        let target = target.ok_or_else(|| CaseError(format!("`{}` is no target", self.target)))?;
        let mut builder = ProgramBuilder::new(target);
        let mut leaves = Vec::new();
        for (i, text) in self.leaves.iter().enumerate() {
            let ty = read_type(text).ok_or_else(|| CaseError(format!("`{text}` is no type")))?;
            leaves.push(builder.leaf(Leaf { text: format!("x{i}"), ty }));
        }
        let mut ids: Vec<Id> = Vec::with_capacity(self.nodes.len());
        for text in &self.nodes {
            let node = read_node(text, &ids).ok_or_else(|| CaseError(format!("`{text}` is no node")))?;
            ids.push(match node {
                Node::Leaf(leaf) => *leaves.get(leaf.0 as usize).ok_or_else(|| CaseError(format!("there is no input `{text}`")))?,
                node => builder.add(node).map_err(|error| CaseError(format!("`{text}`: {error}")))?,
            });
        }
        // The ids of the case are the positions of its lines.
        let program = builder.finish(Vec::new());
        let mut terms = RecExpr::default();
        // A line that stands twice is the first one: operands come before what reads them.
        let position: HashMap<Id, usize> = ids.iter().enumerate().rev().map(|(i, &id)| (id, i)).collect();
        let moved = |id: Id| Id::from(position.get(&id).copied().unwrap_or(0));
        ids.iter().for_each(|&id| _ = terms.add(program.terms[id].clone().map_children(moved)));
        let types = ids.iter().map(|&id| program.types[usize::from(id)].clone()).collect();
        Ok(Program { terms, types, ..program })
    }
}

fn type_text(ty: &Type) -> Option<String> {
    match ty {
        Type::Array { dtype: Some(dtype), weak: true, .. } => Some(format!("~{dtype}")),
        Type::Array { dtype: Some(dtype), shape, .. } => {
            let lengths: Vec<String> = shape.dims()?.iter().map(|dim| dim.as_known().map(|n| n.to_string())).collect::<Option<_>>()?;
            Some(format!("{dtype}[{}]", lengths.join(",")))
        }
        _ => None,
    }
}

fn read_type(text: &str) -> Option<Type> {
    if let Some(dtype) = text.strip_prefix('~') {
        return Some(Type::weak(DType::from_name(dtype)?));
    }
    let (dtype, lengths) = text.strip_suffix(']')?.split_once('[')?;
    let lengths: Vec<i64> = lengths.split(',').filter(|n| !n.is_empty()).map(|n| n.parse().ok()).collect::<Option<_>>()?;
    Some(Type::array(DType::from_name(dtype)?, Shape::Ranked(lengths.into_iter().map(Dim::known).collect())))
}

fn node_text(node: &Node) -> String {
    match node {
        Node::Leaf(leaf) => format!("%{}", leaf.0),
        Node::Op(op, args) => args.iter().fold(op.def().name.to_owned(), |text, &id| format!("{text} {}", usize::from(id))),
        Node::Const(c) => {
            let sign = if c.weak { '~' } else { '=' };
            if c.dtype.is_float() { format!("{sign} {} {:?}", c.dtype, c.as_f64()) } else { format!("{sign} {} {}", c.dtype, integer(c)) }
        }
        Node::Attr(Attr::Dims(dims)) => format!(": dims {}", list(dims)),
        Node::Attr(Attr::Ints(items)) => format!(": ints {}", list(items)),
        Node::Attr(Attr::Float(bits)) => format!(": float {:?}", f64::from_bits(*bits)),
        Node::Attr(Attr::Str(word)) => format!(": word {word}"),
        Node::Attr(Attr::DType(dtype)) => format!(": dtype {dtype}"),
        Node::Attr(other) => format!(": {other}"),
    }
}

fn integer(c: &Const) -> i64 {
    if c.dtype == DType::Bool { i64::from(c.as_f64() != 0.0) } else { c.as_i64().unwrap_or(0) }
}

fn list<T: std::fmt::Display>(items: &[T]) -> String {
    items.iter().map(|item| item.to_string()).collect::<Vec<_>>().join(",")
}

fn read_node(text: &str, ids: &[Id]) -> Option<Node> {
    if let Some(leaf) = text.strip_prefix('%') {
        return Some(Node::Leaf(LeafId(leaf.parse().ok()?)));
    }
    let (head, rest) = text.split_once(' ').unwrap_or((text, ""));
    match head {
        ":" => read_attribute(rest).map(Node::Attr),
        "=" | "~" => {
            let (dtype, value) = rest.split_once(' ')?;
            read_constant(DType::from_name(dtype)?, value, head == "~").map(Node::Const)
        }
        name => {
            let op = OpId::named(name)?;
            let args: Vec<Id> =
                rest.split(' ').filter(|id| !id.is_empty()).map(|id| ids.get(id.parse::<usize>().ok()?).copied()).collect::<Option<_>>()?;
            op.def().takes(args.len()).then(|| Node::op(op, args))
        }
    }
}

fn read_constant(dtype: DType, value: &str, weak: bool) -> Option<Const> {
    Some(match (dtype, weak) {
        (DType::Bool, true) => Const::bool(value.parse::<i64>().ok()? != 0),
        (dtype, true) if dtype.is_float() => Const::float(value.parse().ok()?),
        (_, true) => Const::int(value.parse().ok()?),
        (dtype, false) if dtype.is_float() => Const::typed_float(dtype, value.parse().ok()?),
        (dtype, false) => Const::typed_int(dtype, value.parse().ok()?),
    })
}

fn read_attribute(text: &str) -> Option<Attr> {
    let (head, rest) = text.split_once(' ').unwrap_or((text, ""));
    let integers = || rest.split(',').filter(|n| !n.is_empty()).map(|n| n.parse().ok()).collect::<Option<Vec<i64>>>();
    Some(match head {
        "none" => Attr::None,
        "true" | "false" => Attr::Bool(head == "true"),
        "dims" => Attr::Dims(integers()?.into_iter().map(Dim::known).collect()),
        "ints" => Attr::Ints(integers()?),
        "float" => Attr::float(rest.parse().ok()?),
        "word" => Attr::Str(rest.to_owned()),
        "dtype" => Attr::DType(DType::from_name(rest)?),
        number => Attr::Int(number.parse().ok()?),
    })
}
