//! Numbers for sizes that are not known.
//!
//! A leaf's unknown axes become symbols, unknown ranks are tried, and ops that refuse distinct lengths say which of them must be equal
//! (`inv(A)` says that `A` is square). What is left free is drawn at random.

use std::collections::BTreeMap;

use egg::Language as _;

use super::random::Random;
use crate::ir::{Arg, Attr, DType, Dim, Node, Program, Shape, Symbol, Target, Type, recorded_length};

/// Lengths for every symbol, and the leaves' types under them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sizes {
    /// A number for each symbol.
    pub symbols: BTreeMap<Symbol, i64>,
    /// The leaves' types with every length and dtype known.
    pub leaves: Vec<Type>,
    /// The number for a length of which nothing is known, such as how many elements of a condition are true.
    pub unknown: Option<i64>,
}

impl Sizes {
    /// One number for every length of a program that is not known, without asking whether its ops accept that.
    pub fn assumed(program: &Program, length: i64) -> Sizes {
        let of_types = program.types.iter().flat_map(|ty| ty.shape().dims().unwrap_or(&[])).flat_map(Dim::symbols).cloned();
        let symbols = of_types.chain(program.terms.as_ref().iter().flat_map(attr_symbols)).map(|symbol| (symbol, length)).collect();
        let mut sizes = Sizes { symbols, leaves: Vec::new(), unknown: Some(length) };
        sizes.leaves = program.leaves.iter().map(|leaf| sizes.ty(&leaf.ty).unwrap_or_else(|| leaf.ty.clone())).collect();
        sizes
    }

    /// A type with its symbols replaced, if all its lengths are then known. A dtype that is not known stays so.
    pub fn ty(&self, ty: &Type) -> Option<Type> {
        match ty {
            Type::Array { dtype: Some(dtype), weak, shape } => {
                let known = |dim: &Dim| match dim {
                    Dim::Unknown => self.unknown,
                    dim => dim.value(&|symbol| self.symbols.get(symbol).copied()),
                };
                let lengths: Vec<i64> = shape.dims()?.iter().map(known).collect::<Option<_>>()?;
                Some(Type::Array { dtype: Some(*dtype), weak: *weak, shape: Shape::Ranked(lengths.into_iter().map(Dim::known).collect()) })
            }
            Type::Tuple(items) => items.iter().map(|item| self.ty(item)).collect::<Option<_>>().map(Type::Tuple),
            _ => None,
        }
    }

    /// An attribute with its symbols replaced.
    pub fn attr(&self, attr: &Attr) -> Attr {
        let number = |dim: &Dim| dim.substitute(&|symbol| self.symbols.get(symbol).map(|&n| Dim::known(n)));
        match attr {
            Attr::Dims(dims) => Attr::Dims(dims.iter().map(number).collect()),
            other => other.clone(),
        }
    }

    /// The type of every node of a program; `None` if an op refuses these sizes.
    pub fn types(&self, program: &Program) -> Option<Vec<Type>> {
        infer(program, self).ok()
    }

    /// The same where it is not all or nothing: `None` for an op that refuses its operands, and for what needs it.
    pub fn types_of_each(&self, program: &Program) -> Vec<Option<Type>> {
        let attrs = attrs(program, self);
        let (mut types, mut refused) = (Vec::with_capacity(attrs.len()), Vec::with_capacity(attrs.len()));
        for (i, node) in program.terms.as_ref().iter().enumerate() {
            let ty = if node.children().iter().any(|&child| refused[usize::from(child)]) {
                None
            } else {
                type_of(program, self, &attrs, &types, i).ok()
            };
            refused.push(ty.is_none());
            types.push(ty.unwrap_or(Type::Unknown));
        }
        types.into_iter().zip(refused).map(|(ty, refused)| (!refused).then_some(ty)).collect()
    }
}

/// The leaves' types with a symbol for each axis of which nothing is known: whatever the length is, it is one number.
pub fn symbolized(program: &Program) -> Vec<Type> {
    let mut named = BTreeMap::new();
    let mut leaves = Vec::with_capacity(program.leaves.len());
    for (i, leaf) in program.leaves.iter().enumerate() {
        let earlier = named.insert(leaf.text.as_str(), i);
        let name = if earlier.is_some() { format!("{}#{i}", leaf.text) } else { leaf.text.clone() };
        leaves.push(match leaf.ty.shape() {
            Shape::Ranked(dims) if leaf.ty.is_array() => {
                let axis =
                    |(axis, dim): (usize, &Dim)| if *dim == Dim::Unknown { Dim::symbol(format!("{name}.{axis}")) } else { dim.clone() };
                let Type::Array { dtype, weak, .. } = &leaf.ty else { continue };
                Type::Array { dtype: *dtype, weak: *weak, shape: Shape::Ranked(dims.iter().enumerate().map(axis).collect()) }
            }
            _ => leaf.ty.clone(),
        });
    }
    leaves
}

/// One way to give ranks to the leaves, and what their lengths must then satisfy.
#[derive(Debug, Clone)]
pub struct SizeModel {
    target: Target,
    leaves: Vec<Type>,
    free: Vec<Symbol>,
    bound: BTreeMap<Symbol, Dim>,
}

/// Ranks tried for a leaf of which the rank is unknown, in this order.
const RANKS: [usize; 4] = [2, 1, 0, 3];
/// At most this many combinations of ranks are tried.
const MAX_COMBINATIONS: usize = 48;
/// At most this many models are returned.
const MAX_MODELS: usize = 3;
/// Lengths that no sum or product of few of them brings back; larger than what stands in source as a number by chance.
const PRIMES: [i64; 40] = [
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223, 227, 229, 233, 239,
    241, 251, 257, 263, 269, 271, 277, 281, 283, 293, 307, 311, 313,
];

impl SizeModel {
    /// The models under which every op of the program accepts its operands; empty if none was found.
    pub fn all(program: &Program) -> Vec<SizeModel> {
        let symbolic = symbolized(program);
        let unknown: Vec<usize> = (0..symbolic.len()).filter(|&i| symbolic[i].is_array() && symbolic[i].rank().is_none()).collect();
        let combinations = RANKS.len().saturating_pow(unknown.len().min(16) as u32).min(MAX_COMBINATIONS);
        let mut models = Vec::new();
        for combination in 0..combinations {
            let leaves = with_ranks(program, &symbolic, &unknown, combination);
            models.extend(SizeModel::solve(program, leaves));
            if models.len() == MAX_MODELS {
                break;
            }
        }
        models
    }

    /// Lengths drawn log-uniformly from `1..=high` for the free symbols; `None` if a formula such as `n - 1` came out negative too often.
    pub fn draw(&self, random: &mut Random, high: f64) -> Option<Sizes> {
        self.draw_from(random, &|_| (1.0, high))
    }

    /// Lengths as they are met: from [`LEAST`] on, and near the recorded length where there is one, if it is to be `recorded`.
    fn draw_usual(&self, random: &mut Random, high: f64, recorded: bool) -> Option<Sizes> {
        let near = |n: i64| ((n as f64 / 2.0).max(LEAST), n as f64 * 2.0);
        self.draw_from(random, &|symbol| recorded_length(symbol).filter(|_| recorded).map_or((LEAST, high), near))
    }

    fn draw_from(&self, random: &mut Random, range: &dyn Fn(&Symbol) -> (f64, f64)) -> Option<Sizes> {
        let mut length = |symbol: &Symbol| {
            let (low, high) = range(symbol);
            random.log_uniform(low, high + 1.0).floor().min(high) as i64
        };
        (0..8).find_map(|_| self.sizes(self.free.iter().map(|symbol| (symbol.clone(), length(symbol))).collect()))
    }

    /// The leaves' types: every rank and dtype is known, and lengths that must be equal are the same symbol.
    pub fn leaves(&self) -> Vec<Type> {
        let same = |dim: &Dim| dim.substitute(&|symbol| self.bound.get(symbol).cloned());
        let of = |ty: &Type| match ty.shape().dims() {
            Some(dims) if ty.is_array() => ty.with_shape(Shape::Ranked(dims.iter().map(same).collect())),
            _ => ty.clone(),
        };
        self.leaves.iter().map(of).collect()
    }

    /// The symbols that may be drawn freely.
    pub fn free(&self) -> &[Symbol] {
        &self.free
    }

    fn sizes(&self, mut symbols: BTreeMap<Symbol, i64>) -> Option<Sizes> {
        let free = symbols.clone();
        for (symbol, dim) in &self.bound {
            symbols.insert(symbol.clone(), dim.value(&|s| free.get(s).copied())?);
        }
        let mut sizes = Sizes { symbols, leaves: Vec::new(), unknown: None };
        for leaf in &self.leaves {
            sizes.leaves.push(if leaf.is_array() { sizes.ty(leaf)? } else { leaf.clone() });
        }
        Some(sizes)
    }

    /// Gives distinct primes to all symbols and merges those that an op wants equal, until all ops are content.
    fn solve(program: &Program, leaves: Vec<Type>) -> Option<SizeModel> {
        let mut symbols: Vec<Symbol> =
            leaves.iter().flat_map(|ty| ty.shape().dims().unwrap_or(&[])).flat_map(Dim::symbols).cloned().collect();
        symbols.extend(program.terms.as_ref().iter().flat_map(attr_symbols));
        symbols.sort();
        symbols.dedup();
        if symbols.len() > PRIMES.len() {
            return None;
        }
        let mut model = SizeModel { target: program.target, leaves, free: symbols, bound: BTreeMap::new() };
        for _ in 0..=PRIMES.len() {
            match model.refusal(program)? {
                None => return Some(model),
                Some(refusal) => model = model.repaired(program, &refusal)?,
            }
        }
        None
    }

    /// The node that refuses distinct lengths, with the lengths of its operands; the outer `None` if lengths came out negative.
    fn refusal(&self, program: &Program) -> Option<Option<Refusal>> {
        let sizes = self.sizes(self.primes())?;
        Some(infer(program, &sizes).err())
    }

    fn primes(&self) -> BTreeMap<Symbol, i64> {
        self.free.iter().cloned().zip(PRIMES).collect()
    }

    /// This model with one or two pairs of lengths made equal, so that the refusing node is content.
    fn repaired(&self, program: &Program, refusal: &Refusal) -> Option<SizeModel> {
        let symbols: Vec<Symbol> = self.primes().into_iter().filter(|(_, n)| refusal.lengths.contains(n)).map(|(s, _)| s).collect();
        let numbers = refusal.lengths.iter().filter(|n| !PRIMES.contains(n)).map(|&n| self.formula(n));
        let values: Vec<Dim> = symbols.iter().map(|s| Dim::symbol(s.clone())).chain(numbers).collect();
        let mut pairs: Vec<(&Symbol, &Dim)> = Vec::new();
        for (i, symbol) in symbols.iter().enumerate() {
            pairs.extend(values[i + 1..].iter().map(|value| (symbol, value)));
        }
        let passes = |model: &SizeModel| model.refusal(program).is_some_and(|r| r.is_none_or(|r| r.node > refusal.node));
        let one = pairs.iter().map(|(s, v)| self.merged(s, v)).find(&passes);
        one.or_else(|| pairs.iter().flat_map(|(s, v)| pairs.iter().map(|(t, w)| self.merged(s, v).merged(t, w))).take(200).find(&passes))
    }

    /// The product of symbols that a length came from, for distinct primes stand for them; the length itself if there are none in it.
    fn formula(&self, length: i64) -> Dim {
        let (mut rest, mut product) = (length, Dim::known(1));
        for (symbol, prime) in self.primes() {
            while rest > 0 && rest % prime == 0 {
                rest /= prime;
                product = product.mul(&Dim::symbol(symbol.clone()));
            }
        }
        product.mul(&Dim::known(rest))
    }

    /// The same with a symbol replaced.
    fn merged(&self, symbol: &Symbol, value: &Dim) -> SizeModel {
        let replace = |dim: &Dim| dim.substitute(&|s| (s == symbol).then(|| value.clone()));
        let mut model = self.clone();
        if value.as_symbol() == Some(symbol) || !model.free.contains(symbol) {
            return model;
        }
        model.free.retain(|s| s != symbol);
        for dim in model.bound.values_mut() {
            *dim = replace(dim);
        }
        let value = value.substitute(&|s| self.bound.get(s).cloned());
        model.bound.insert(symbol.clone(), value);
        model
    }

    /// What the sizes are for.
    pub fn target(&self) -> Target {
        self.target
    }
}

/// Bytes that no term of a drawn program may exceed.
const MAX_BYTES: f64 = 1e9;
/// The least length of an axis that may be longer: of length 1 it is seldom one.
const LEAST: f64 = 2.0;
/// Lengths up to this are drawn first, and those that were recorded as they were.
const RECORDED_OR_LARGE: f64 = 4096.0;

/// Draws for ranking, log-uniform, the same on every run ([`drawn_lengths`] says from where to where). Empty if no sizes fit the program.
pub fn draws(program: &Program, count: usize) -> Vec<Sizes> {
    let models = SizeModel::all(program);
    let mut random = Random::new(1);
    let mut found = Vec::with_capacity(count);
    for i in 0..count {
        let Some(model) = (!models.is_empty()).then(|| &models[i % models.len()]) else { break };
        // The largest lengths are taken back until the arrays fit into memory.
        let drawn = [RECORDED_OR_LARGE, 1024.0, 256.0, 64.0, 8.0].into_iter().find_map(|high| {
            let sizes = model.draw_usual(&mut random, high, high == RECORDED_OR_LARGE)?;
            let types = sizes.types(program)?;
            types.iter().all(|ty| bytes(ty) <= MAX_BYTES).then_some(sizes)
        });
        found.extend(drawn);
    }
    found
}

/// Which lengths [`draws`] draws, in words; nothing if all are known.
pub fn drawn_lengths(program: &Program) -> Option<String> {
    let models = SizeModel::all(program);
    let mut free = models.iter().flat_map(|model| model.free());
    let others = free.clone().any(|symbol| recorded_length(symbol).is_none());
    let (near, usual) = ("from half to twice what was recorded", format!("from {LEAST} to {RECORDED_OR_LARGE}"));
    match (free.any(|symbol| recorded_length(symbol).is_some()), others) {
        (true, true) => Some(format!("{near}, others {usual}")),
        (true, false) => Some(near.to_owned()),
        (false, true) => Some(usual),
        (false, false) => None,
    }
}

/// Bytes that a value of this type takes; 0 if it is not known.
pub fn bytes(ty: &Type) -> f64 {
    match ty {
        Type::Tuple(items) => items.iter().map(bytes).sum(),
        _ => ty.shape().size().as_known().unwrap_or(0) as f64 * ty.dtype().map_or(8, DType::size) as f64,
    }
}

struct Refusal {
    node: usize,
    lengths: Vec<i64>,
}

fn infer(program: &Program, sizes: &Sizes) -> Result<Vec<Type>, Refusal> {
    let attrs = attrs(program, sizes);
    let mut types: Vec<Type> = Vec::with_capacity(attrs.len());
    for i in 0..attrs.len() {
        types.push(type_of(program, sizes, &attrs, &types, i)?);
    }
    Ok(types)
}

fn attrs(program: &Program, sizes: &Sizes) -> Vec<Option<Attr>> {
    program.terms.as_ref().iter().map(|node| if let Node::Attr(a) = node { Some(sizes.attr(a)) } else { None }).collect()
}

/// The type of a node, given those of the nodes before it.
fn type_of(program: &Program, sizes: &Sizes, attrs: &[Option<Attr>], types: &[Type], i: usize) -> Result<Type, Refusal> {
    let nodes = program.terms.as_ref();
    Ok(match &nodes[i] {
        Node::Const(c) => Type::Array { dtype: Some(c.dtype), weak: c.weak, shape: Shape::scalar() },
        Node::Attr(_) => Type::Unknown,
        Node::Leaf(leaf) => sizes.leaves.get(leaf.0 as usize).cloned().unwrap_or(Type::Unknown),
        Node::Op(op, args) => {
            let args: Vec<Arg> = args.iter().map(|&id| arg(nodes, attrs, types, usize::from(id))).collect();
            (op.def().infer)(program.target, &args).map_err(|_| Refusal { node: i, lengths: lengths(&args) })?
        }
    })
}

fn arg<'a>(nodes: &[Node], attrs: &'a [Option<Attr>], types: &'a [Type], i: usize) -> Arg<'a> {
    match (&attrs[i], &nodes[i]) {
        (Some(attr), _) => Arg::Attr(attr),
        (None, Node::Const(c)) => Arg::Value(&types[i], Some(*c)),
        _ => Arg::Value(&types[i], None),
    }
}

fn lengths(args: &[Arg]) -> Vec<i64> {
    let mut found: Vec<i64> = args.iter().flat_map(|a| a.ty().shape().dims().unwrap_or(&[])).filter_map(Dim::as_known).collect();
    let of_attr = |attr: &Attr| match attr {
        Attr::Dims(dims) => dims.iter().filter_map(Dim::as_known).collect(),
        _ => Vec::new(),
    };
    found.extend(args.iter().flat_map(|a| of_attr(a.attr())));
    found.sort_unstable();
    found.dedup();
    found
}

fn attr_symbols(node: &Node) -> Vec<Symbol> {
    match node {
        Node::Attr(Attr::Dims(dims)) => dims.iter().flat_map(Dim::symbols).cloned().collect(),
        _ => Vec::new(),
    }
}

/// The leaves with the ranks that a combination gives, and `f64` where the dtype is unknown.
fn with_ranks(program: &Program, symbolic: &[Type], unknown: &[usize], mut combination: usize) -> Vec<Type> {
    let mut leaves = symbolic.to_vec();
    for &i in unknown {
        let rank = RANKS[combination % RANKS.len()];
        combination /= RANKS.len();
        let dims = (0..rank).map(|axis| Dim::symbol(format!("{}#{i}.{axis}", program.leaves[i].text))).collect();
        if let Type::Array { shape, .. } = &mut leaves[i] {
            *shape = Shape::Ranked(dims);
        }
    }
    for leaf in &mut leaves {
        if let Type::Array { dtype: dtype @ None, .. } = leaf {
            *dtype = Some(DType::F64);
        }
    }
    leaves
}
