//! Random programs: left-hand sides of rules and ops of the table, put together.

use egg::Language as _;

use crate::dialect::Dialect;
use crate::explore::Random;
use crate::ir::{DType, Dim, Group, Id, Leaf, Node, OpId, Program, ProgramBuilder, Shape, Target, Type};
use crate::rules::{Instances, PRIMES, Rule};

/// Draws programs for a target; lengths are symbols.
pub struct Generator<'r> {
    target: Target,
    rules: Vec<&'r Rule>,
    ops: Vec<OpId>,
}

/// A program and where it is from.
#[derive(Debug, Clone)]
pub struct Generated {
    /// The program.
    pub program: Program,
    /// The rules and ops that it was put together from.
    pub source: String,
}

/// How likely a leaf becomes a value computed from others.
const FED: f64 = 0.3;
/// How likely one more piece is added.
const LONGER: f64 = 0.65;
const MAX_PIECES: usize = 5;
/// How often a piece is a chain of matrix products.
const CHAIN: f64 = 0.05;

impl<'r> Generator<'r> {
    /// From the rewrites of these rules and the ops that the target's tables write.
    pub fn new(target: Target, rules: impl IntoIterator<Item = &'r Rule>) -> Generator<'r> {
        let written = |op: &OpId| !matches!(op.def().group, Group::Tuple | Group::Update);
        let mut ops: Vec<OpId> = Dialect::of(target).ops().filter(written).collect();
        ops.sort();
        Generator { target, rules: rules.into_iter().filter(|rule| !rule.rewrites.is_empty()).collect(), ops }
    }

    /// The program of a seed; `None` if its first piece could not be drawn.
    pub fn draw(&self, seed: u64) -> Option<Generated> {
        let mut random = Random::new(seed);
        let dtype = match (self.target, random.below(10)) {
            (Target::Torch, 0..7) | (_, 0..3) => DType::F32,
            _ => DType::F64,
        };
        let rank = [1, 1, 2, 2, 2, 2, 3][random.below(7)];
        let primes = &PRIMES[..=random.below(PRIMES.len())];
        let instances = Instances::new(self.target, dtype, rank, primes, random.bits());
        let mut growth = Growth { generator: self, instances, random, dtype, builder: ProgramBuilder::new(self.target), parts: Vec::new() };
        growth.piece()?;
        while growth.parts.len() < MAX_PIECES && growth.random.unit() < LONGER {
            growth.piece();
        }
        let roots = results(growth.builder.program());
        Some(Generated { program: growth.builder.finish_mapped(roots).0, source: growth.parts.join(" + ") })
    }
}

/// A program that is being put together.
struct Growth<'g, 'r> {
    generator: &'g Generator<'r>,
    instances: Instances,
    random: Random,
    dtype: DType,
    builder: ProgramBuilder,
    parts: Vec<String>,
}

impl Growth<'_, '_> {
    /// Adds one piece whose leaves are values that are there, values computed for them, or new inputs.
    fn piece(&mut self) -> Option<()> {
        if self.random.unit() < CHAIN {
            return self.chain();
        }
        let by_rule = !self.generator.rules.is_empty() && self.random.unit() < 0.65;
        let (piece, name) = (0..20).find_map(|_| {
            if by_rule {
                let rule = self.generator.rules[self.random.below(self.generator.rules.len())];
                let index = self.random.below(rule.rewrites.len());
                Some((self.instances.of_rule(rule, index)?, rule.name.clone()))
            } else {
                let op = self.generator.ops[self.random.below(self.generator.ops.len())];
                Some((self.instances.of_op(op)?, op.def().name.to_owned()))
            }
        })?;
        let mut ids: Vec<Id> = Vec::with_capacity(piece.terms.len());
        for (node, ty) in piece.terms.as_ref().iter().zip(&piece.types) {
            let id = match node {
                Node::Leaf(_) => self.operand(ty),
                node => self.builder.add(node.clone().map_children(|id| ids[usize::from(id)])).ok()?,
            };
            ids.push(id);
        }
        self.parts.push(name);
        Some(())
    }

    /// Adds a product of three to five matrices, of which the last may be a vector.
    fn chain(&mut self) -> Option<()> {
        let dims: Vec<Dim> = (0..4 + self.random.below(3)).map(|_| Dim::symbol(["n", "m", "k", "p"][self.random.below(4)])).collect();
        let matrix = |pair: &[Dim]| Type::array(self.dtype, Shape::Ranked(pair.to_vec()));
        let mut types: Vec<Type> = dims.windows(2).map(matrix).collect();
        if self.random.below(2) == 0 {
            let last = types.last_mut()?;
            *last = Type::array(self.dtype, Shape::Ranked(vec![dims[dims.len() - 2].clone()]));
        }
        let mut operands = types.iter().map(|ty| self.operand(ty)).collect::<Vec<_>>().into_iter();
        let mut product = operands.next()?;
        for operand in operands {
            product = self.builder.add(Node::op(OpId::get("matmul"), [product, operand])).ok()?;
        }
        self.parts.push("chain".to_owned());
        Some(())
    }

    /// A value of a type: one that is there, one computed from new inputs, a new input.
    fn operand(&mut self, ty: &Type) -> Id {
        let there: Vec<Id> = (0..self.builder.len()).map(Id::from).filter(|&id| self.builder.ty(id) == ty && !ty.is_weak()).collect();
        if !there.is_empty() && self.random.unit() < 0.75 {
            return there[there.len() - 1 - self.random.below(there.len().min(3))];
        }
        if self.random.unit() < FED
            && let Some(id) = self.computed(ty)
        {
            return id;
        }
        self.leaf(ty.clone())
    }

    fn leaf(&mut self, ty: Type) -> Id {
        let text = format!("x{}", self.builder.program().leaves.len());
        self.builder.leaf(Leaf { text, ty })
    }

    /// A value of a type by one op from new inputs.
    fn computed(&mut self, ty: &Type) -> Option<Id> {
        let dims = ty.shape().dims()?.to_vec();
        if !ty.dtype()?.is_float() || ty.is_weak() {
            return None;
        }
        let like = |dims: Vec<Dim>| ty.with_shape(Shape::Ranked(dims));
        let symbol = Dim::symbol(["n", "m", "k", "p"][self.random.below(4)]);
        let op = |name: &str, args: Vec<Id>| Node::op(OpId::get(name), args);
        let node = match (self.random.below(10), dims.as_slice()) {
            (0..2, [rows, columns]) => {
                let (a, b) = (self.leaf(like(vec![rows.clone(), symbol.clone()])), self.leaf(like(vec![symbol, columns.clone()])));
                op("matmul", vec![a, b])
            }
            (2, [rows, columns]) => {
                let a = self.leaf(like(vec![columns.clone(), rows.clone()]));
                op("transpose", vec![a])
            }
            (0..2, [rows]) => {
                let (a, b) = (self.leaf(like(vec![rows.clone(), symbol.clone()])), self.leaf(like(vec![symbol])));
                op("matmul", vec![a, b])
            }
            (3..6, _) => {
                let name = ["exp", "tanh", "abs", "sqrt", "neg", "sin"][self.random.below(6)];
                let a = self.leaf(ty.clone());
                op(name, vec![a])
            }
            _ => {
                let name = ["add", "mul", "sub", "div", "maximum"][self.random.below(5)];
                let (a, b) = (self.leaf(ty.clone()), self.leaf(ty.clone()));
                op(name, vec![a, b])
            }
        };
        self.builder.add(node).ok()
    }
}

/// The ops that no other op reads.
fn results(program: &Program) -> Vec<Id> {
    let mut read = vec![false; program.terms.len()];
    program.terms.as_ref().iter().flat_map(|node| node.children()).for_each(|&child| read[usize::from(child)] = true);
    (0..program.terms.len()).map(Id::from).filter(|&id| !read[usize::from(id)] && matches!(program.terms[id], Node::Op(..))).collect()
}
