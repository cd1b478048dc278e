//! Random programs to which a rewrite applies.

use egg::{ENodeOrVar, PatternAst, Var};
use rand::SeedableRng;

use super::hints::hints;
use super::operands::Scene;
use super::sample::{Bound, Random, Sample, Sampler};
use crate::ir::condition::Clauses;
use crate::ir::{Attr, DType, Dim, Id, Leaf, Node, OpId, Param, Program, ProgramBuilder, Shape, Target, Type};
use crate::rules::{Effect, Rewrite, Rule};

/// Lengths that stand for symbols: a product of them says what it is a product of.
pub const PRIMES: [usize; 4] = [11, 13, 17, 19];
const SYMBOLS: [&str; 4] = ["n", "m", "k", "p"];
/// Assignments that are tried for one program.
const TRIES: usize = 60;

/// Draws programs whose leaves have mostly one dtype, and lengths that are 1 or one of a few symbols.
pub struct Instances {
    target: Target,
    scene: Scene,
    random: Random,
}

impl Instances {
    /// With a dtype, a usual rank, and some of [`PRIMES`] for the symbols that may occur.
    pub fn new(target: Target, dtype: DType, rank: usize, primes: &[usize], seed: u64) -> Instances {
        Instances { target, scene: Scene::of(target, dtype, rank, primes), random: Random::seed_from_u64(seed) }
    }

    /// The left-hand side of a rule's rewrite over leaves under which its conditions hold; `None` if no draw found such.
    pub fn of_rule(&mut self, rule: &Rule, index: usize) -> Option<Program> {
        let rewrite = rule.rewrites.get(index)?;
        self.instance(rewrite, rule.effect())
    }

    /// An op over leaves; `None` if no draw found operands that it accepts.
    pub fn of_op(&mut self, op: OpId) -> Option<Program> {
        let mut lhs = PatternAst::default();
        let variables = (0..op.def().params.len()).map(|i| format!("?v{i}").parse::<Var>().ok()).collect::<Option<Vec<_>>>()?;
        let args: Vec<Id> = variables.iter().map(|&var| lhs.add(ENodeOrVar::Var(var))).collect();
        if op.def().params.iter().any(|param| matches!(param, Param::Variadic(_) | Param::Optional(_))) {
            return None;
        }
        lhs.add(ENodeOrVar::ENode(Node::op(op, args)));
        let rewrite = Rewrite { rhs: lhs.clone(), lhs, conditions: Clauses(Vec::new()), line: 0, variables: Vec::new() };
        self.instance(&rewrite, Effect::Reassociates)
    }

    fn instance(&mut self, rewrite: &Rewrite, effect: Effect) -> Option<Program> {
        let sampler = Sampler { rewrite, effect, target: self.target, hints: hints(rewrite) };
        let sample = (0..TRIES).find_map(|_| sampler.draw_known(&self.scene, &mut self.random))?;
        program(rewrite, &sample)
    }
}

/// The left-hand side with the variables as leaves.
fn program(rewrite: &Rewrite, sample: &Sample) -> Option<Program> {
    let mut builder = ProgramBuilder::new(sample.target);
    let mut leaves: Vec<(Var, Id)> = Vec::new();
    let mut ids: Vec<Id> = Vec::with_capacity(rewrite.lhs.len());
    for node in rewrite.lhs.iter() {
        let id = match node {
            ENodeOrVar::Var(var) => match sample.get(*var)? {
                Bound::Attr(attr) => builder.add(Node::Attr(symbolic_attr(attr))).ok()?,
                Bound::Operand(operand) => match (operand.constant, leaves.iter().find(|(known, _)| known == var)) {
                    (Some(c), _) => builder.add(Node::Const(c)).ok()?,
                    (None, Some((_, id))) => *id,
                    (None, None) => {
                        let id = builder.leaf(Leaf { text: format!("x{}", leaves.len()), ty: symbolic(&operand.ty)? });
                        leaves.push((*var, id));
                        id
                    }
                },
            },
            ENodeOrVar::ENode(Node::Attr(attr)) => builder.add(Node::Attr(attr.clone())).ok()?,
            ENodeOrVar::ENode(Node::Op(op, args)) => builder.add(Node::op(*op, args.iter().map(|&id| ids[usize::from(id)]))).ok()?,
            ENodeOrVar::ENode(other) => builder.add(other.clone()).ok()?,
        };
        ids.push(id);
    }
    let root = *ids.last()?;
    Some(builder.finish(vec![root]))
}

fn symbolic(ty: &Type) -> Option<Type> {
    let Type::Array { shape, .. } = ty else { return None };
    let dims = shape.dims()?.iter().map(|dim| dim.as_known().map(symbol)).collect::<Option<Vec<Dim>>>()?;
    Some(ty.with_shape(Shape::Ranked(dims)))
}

fn symbolic_attr(attr: &Attr) -> Attr {
    match attr {
        Attr::Dims(dims) => Attr::Dims(dims.iter().map(|dim| dim.as_known().map_or_else(|| dim.clone(), symbol)).collect()),
        other => other.clone(),
    }
}

/// The product of symbols that a length stands for.
fn symbol(length: i64) -> Dim {
    let (mut rest, mut product) = (length, Dim::known(1));
    for (prime, name) in PRIMES.into_iter().zip(SYMBOLS) {
        let prime = prime as i64;
        while rest > 0 && rest % prime == 0 {
            rest /= prime;
            product = product.mul(&Dim::symbol(name));
        }
    }
    product.mul(&Dim::known(rest))
}
