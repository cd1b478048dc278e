//! A random assignment of a rewrite's variables under which it applies: types first, values later.

use std::collections::BTreeMap;

use egg::{ENodeOrVar, Var};
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

use super::attributes::draw_attribute;
use super::evaluate::{Typed, infer, infer_op};
use super::hints::Hint;
use super::operands::{Scene, forgotten};
use crate::ir::condition::{Range, View};
use crate::ir::{Attr, Const, Id, Node, OpId, Param, Target, Type};
use crate::rules::{Effect, Rewrite, may_replace};

/// The random numbers of one check: the same on every machine.
pub(super) type Random = Xoshiro256PlusPlus;

/// What an operand is, and what of it is known.
#[derive(Debug, Clone)]
pub(super) struct Operand {
    /// The type with every length a number.
    pub ty: Type,
    /// The value of a constant.
    pub constant: Option<Const>,
    /// The type as far as it is known where the rule is applied.
    pub known: Type,
    /// Known bounds of the elements.
    pub range: Range,
    /// Bounds that the op sets, known or not: a probability, say.
    pub domain: Range,
}

/// What a variable stands for.
#[derive(Debug, Clone)]
pub(super) enum Bound {
    Operand(Operand),
    Attr(Attr),
}

/// An assignment of all variables under which the rewrite applies.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub target: Target,
    pub bound: Vec<(Var, Bound)>,
}

impl Sample {
    /// What a variable stands for.
    pub fn get(&self, var: Var) -> Option<&Bound> {
        self.bound.iter().find(|(known, _)| *known == var).map(|(_, bound)| bound)
    }

    /// What the operands are.
    pub fn concrete(&self, var: Var) -> Typed {
        match self.get(var) {
            Some(Bound::Operand(operand)) => Typed::Value(operand.ty.clone(), operand.constant),
            Some(Bound::Attr(attr)) => Typed::Attr(attr.clone()),
            None => Typed::Value(Type::Unknown, None),
        }
    }

    /// What is known of the operands.
    fn known(&self, var: Var) -> Typed {
        match self.get(var) {
            Some(Bound::Operand(operand)) => Typed::Value(operand.known.clone(), operand.constant),
            _ => self.concrete(var),
        }
    }
}

impl View for Sample {
    fn target(&self) -> Target {
        self.target
    }

    fn ty(&self, var: Var) -> &Type {
        match self.get(var) {
            Some(Bound::Operand(operand)) => &operand.known,
            _ => &Type::Unknown,
        }
    }

    fn attr(&self, var: Var) -> Option<&Attr> {
        match self.get(var) {
            Some(Bound::Attr(attr)) => Some(attr),
            _ => None,
        }
    }

    fn constant(&self, var: Var) -> Option<Const> {
        match self.get(var) {
            Some(Bound::Operand(operand)) => operand.constant,
            _ => None,
        }
    }

    fn range(&self, var: Var) -> Range {
        match self.get(var) {
            Some(Bound::Operand(operand)) => operand.range,
            _ => Range::UNKNOWN,
        }
    }

    fn same(&self, a: Var, b: Var) -> bool {
        a == b
    }
}

/// Draws assignments for one rewrite and target.
pub(super) struct Sampler<'r> {
    pub rewrite: &'r Rewrite,
    pub effect: Effect,
    pub target: Target,
    pub hints: BTreeMap<Var, Hint>,
}

impl Sampler<'_> {
    /// One assignment under which the rewrite applies, if this draw found one.
    pub fn draw(&self, random: &mut Random) -> Option<Sample> {
        let scene = Scene::draw(self.target, self.effect, random);
        let mut sample = Sample { target: self.target, bound: Vec::new() };
        self.bind(&scene, &mut sample, random)?;
        // A rule that what is known would stop must not be let through by not knowing it.
        if random.random_bool(0.6) && self.applies(&mut sample) {
            return Some(sample);
        }
        let dtypes = random.random_bool(0.6);
        for (_, bound) in &mut sample.bound {
            if let Bound::Operand(operand) = bound {
                operand.known = forgotten(operand, dtypes, random);
            }
        }
        self.applies(&mut sample).then_some(sample)
    }

    /// One assignment in a given scene under which the rewrite applies, everything being known; if this draw found one.
    pub fn draw_known(&self, scene: &Scene, random: &mut Random) -> Option<Sample> {
        let mut sample = Sample { target: self.target, bound: Vec::new() };
        self.bind(scene, &mut sample, random)?;
        self.applies(&mut sample).then_some(sample)
    }

    /// True if the engine would apply the rewrite; binds what `let` computes.
    fn applies(&self, sample: &mut Sample) -> bool {
        let Some(lets) = self.rewrite.conditions.check(sample) else { return false };
        sample.bound.retain(|(var, _)| lets.iter().all(|(computed, _)| computed != var));
        sample.bound.extend(lets.into_iter().map(|(var, attr)| (var, Bound::Attr(attr))));
        let types = |ast| infer(ast, self.target, &|var| sample.known(var));
        let (Ok(old), Ok(new)) = (types(&self.rewrite.lhs), types(&self.rewrite.rhs)) else { return false };
        matches!((old.last(), new.last()), (Some(Typed::Value(old, _)), Some(Typed::Value(new, _))) if may_replace(old, new))
    }

    /// Binds every variable of the left-hand side, from its leaves to its root, so that every op accepts its operands.
    fn bind(&self, scene: &Scene, sample: &mut Sample, random: &mut Random) -> Option<()> {
        let mut typed: Vec<Option<Typed>> = Vec::with_capacity(self.rewrite.lhs.len());
        for node in self.rewrite.lhs.iter() {
            let this = match node {
                ENodeOrVar::Var(_) => None,
                ENodeOrVar::ENode(Node::Op(op, args)) => Some(self.bind_op(*op, args, &typed, scene, sample, random)?),
                ENodeOrVar::ENode(Node::Attr(attr)) => Some(Typed::Attr(attr.clone())),
                ENodeOrVar::ENode(Node::Const(c)) => Some(Typed::Value(Type::of_const(c), Some(*c))),
                ENodeOrVar::ENode(Node::Leaf(_)) => return None,
            };
            typed.push(this);
        }
        Some(())
    }

    /// Binds the variables among an op's arguments and gives the type of its result.
    fn bind_op(
        &self,
        op: OpId,
        args: &[Id],
        typed: &[Option<Typed>],
        scene: &Scene,
        sample: &mut Sample,
        random: &mut Random,
    ) -> Option<Typed> {
        let before = sample.bound.len();
        for _ in 0..16 {
            let mut given: Vec<Option<Typed>> = args.iter().map(|id| typed[usize::from(*id)].clone()).collect();
            for attributes in [false, true] {
                for (i, id) in args.iter().enumerate() {
                    let param = op.def().params[i.min(op.def().params.len() - 1)];
                    let ENodeOrVar::Var(var) = self.rewrite.lhs[*id] else { continue };
                    if matches!(param, Param::Attr(..)) == attributes {
                        given[i] = Some(self.bind_argument(var, ((op, i), param), &given, scene, sample, random));
                    }
                }
            }
            let given: Vec<Typed> = given.into_iter().collect::<Option<_>>()?;
            if let Ok(result) = infer_op(op, self.target, &given) {
                return Some(result);
            }
            sample.bound.truncate(before);
        }
        None
    }

    fn bind_argument(
        &self,
        var: Var,
        (place, param): ((OpId, usize), Param),
        given: &[Option<Typed>],
        scene: &Scene,
        sample: &mut Sample,
        random: &mut Random,
    ) -> Typed {
        if sample.get(var).is_none() {
            let hint = self.hints.get(&var).cloned().unwrap_or_default();
            let bound = match param {
                Param::Attr(name, kind) => {
                    let operands: Vec<&Type> = given.iter().flatten().filter_map(Typed::ty).collect();
                    Bound::Attr(draw_attribute(place.0, name, kind, &operands, &hint, random))
                }
                _ => match hint.same_as.and_then(|other| sample.get(other)) {
                    Some(Bound::Operand(other)) => Bound::Operand(other.clone()),
                    _ => Bound::Operand(scene.operand(var, place, &hint, sample, random)),
                },
            };
            sample.bound.push((var, bound));
        }
        sample.concrete(var)
    }
}
