//! Is the new code the old code?
//!
//! Both programs are evaluated on random inputs that fit the leaves' types, and their results held against each other as strictly as the
//! effect of the rules between them promises. A program for which no input can be drawn is not verified.

mod compare;
mod evaluate;
mod inputs;

#[cfg(test)]
mod tests;

use crate::explore::{Random, SizeModel, Sizes};
use crate::ir::{Attr, DType, Node, Program, Type, Value};
use crate::rules::Effect;
use compare::{Outcome, identical, magnitude, within};
use evaluate::{Evaluation, evaluate};
use inputs::{Kind, draw};

pub use inputs::value_text;

/// Runs that agreed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verified {
    /// Inputs on which both were compared.
    pub trials: usize,
    /// Largest difference seen, relative to the largest element of the result.
    pub worst: f64,
}

/// Why new code is not taken for old.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Counterexample {
    /// Results on one input that differ by more than the effect allows.
    #[error("the results differ for {inputs}: {old} before, {new} after")]
    Differs {
        /// The input, as `name = value` for each leaf.
        inputs: String,
        /// The old result.
        old: String,
        /// The new result.
        new: String,
    },
    /// The new program refuses what the old one accepts.
    #[error("the new code refuses {inputs}: {error}")]
    Refuses {
        /// The input.
        inputs: String,
        /// What the op says.
        error: String,
    },
    /// No input was found on which the old program has a value.
    #[error("no input was found on which the code has a value; it is not verified")]
    NoInput,
}

/// Comparisons on ordinary inputs that are needed.
const NEEDED: usize = 6;
/// Inputs tried at most.
const TRIES: usize = 48;
/// A program that comes to larger numbers than this from ordinary inputs is badly conditioned there (the inverse of a singular matrix), and
/// rounding decides what it gives.
const LARGEST: f64 = 1e9;
/// Inputs beside a given one by which the sensitivity of the result is measured.
const PERTURBATIONS: usize = 3;
/// How many times as far as these results the new one may lie from the old.
const SPREADS: f64 = 100.0;
/// Comparisons on edge values that are made for an exact rewrite, and on extreme ones for a stabilizing one.
const EDGES: usize = 12;

/// What a new program must keep of an old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// The weakest effect of a step.
    pub effect: Effect,
    /// Some step stabilizes: there may be a number where there was none.
    pub stabilizes: bool,
}

impl From<Effect> for Promise {
    fn from(effect: Effect) -> Self {
        Promise { effect, stabilizes: effect == Effect::Stabilizes }
    }
}

/// Holds a new program against an old one with the same leaves and roots.
///
/// # Errors
/// The first input on which the new one is not what was promised.
pub fn equivalent(old: &Program, new: &Program, promise: impl Into<Promise>, seed: u64) -> Result<Verified, Counterexample> {
    let models = SizeModel::all(old);
    if models.is_empty() || old.leaves.len() != new.leaves.len() || old.roots.len() != new.roots.len() {
        return Err(Counterexample::NoInput);
    }
    let Promise { effect, stabilizes } = promise.into();
    let mut trials = Trials { old, new, effect, stabilizes, random: Random::new(seed), trials: 0, worst: 0.0 };
    for attempt in 0..TRIES {
        if trials.trials >= NEEDED {
            break;
        }
        let kind = Kind::ORDINARY[attempt % Kind::ORDINARY.len()];
        trials.run(&models[attempt / Kind::ORDINARY.len() % models.len()], kind)?;
    }
    if trials.trials < NEEDED {
        return Err(Counterexample::NoInput);
    }
    let extreme = match effect {
        Effect::Exact => Some(Kind::Edge),
        Effect::Stabilizes => Some(Kind::Extreme),
        Effect::Reassociates => None,
    };
    if let Some(kind) = extreme {
        for attempt in 0..EDGES {
            trials.run(&models[attempt % models.len()], kind)?;
        }
    }
    Ok(Verified { trials: trials.trials, worst: trials.worst })
}

struct Trials<'a> {
    old: &'a Program,
    new: &'a Program,
    effect: Effect,
    stabilizes: bool,
    random: Random,
    trials: usize,
    worst: f64,
}

impl Trials<'_> {
    /// One draw of sizes and values. Nothing is counted if the old program has no value there.
    fn run(&mut self, model: &SizeModel, kind: Kind) -> Result<(), Counterexample> {
        let high = if self.random.below(4) == 0 { 9.0 } else { 4.0 };
        let Some(sizes) = model.draw(&mut self.random, high) else { return Ok(()) };
        let wide: Vec<Value> = sizes.leaves.iter().map(|ty| draw(ty, kind, &mut self.random)).collect();
        let difference = self.compare(&sizes, &wide, kind)?;
        if let Some(difference) = difference {
            self.trials += 1;
            self.worst = self.worst.max(difference);
        }
        // The same input one precision lower, with the double result to judge both by.
        let fixed = names_double(self.old) || names_double(self.new);
        let narrow = if self.effect == Effect::Exact || fixed { None } else { narrowed(&sizes) };
        if let (Some(sizes), Some(_)) = (narrow, difference) {
            let inputs: Vec<Value> = wide.iter().zip(&sizes.leaves).map(|(value, ty)| inputs::cast(value, ty)).collect();
            self.compare(&sizes, &inputs, kind)?;
        }
        Ok(())
    }

    /// Compares on one input; the largest relative difference if it was telling.
    fn compare(&self, sizes: &Sizes, inputs: &[Value], kind: Kind) -> Result<Option<f64>, Counterexample> {
        let Ok(old) = evaluate(self.old, sizes, inputs) else { return Ok(None) };
        let conditioned = self.effect == Effect::Exact || kind == Kind::Extreme || old.largest <= LARGEST;
        if !conditioned || !old.roots.iter().any(compare::is_telling) {
            return Ok(None);
        }
        let new = evaluate(self.new, sizes, inputs)
            .map_err(|error| Counterexample::Refuses { inputs: inputs::text(self.old, inputs), error: error.to_string() })?;
        let reference = reference(self.old, self.new, sizes, inputs);
        let mut worst: f64 = 0.0;
        for root in 0..old.roots.len() {
            match self.judge(&old, &new, reference.as_ref(), root, kind) {
                Outcome::Same(difference) => worst = worst.max(difference),
                Outcome::Unknown => {}
                Outcome::Different if self.is_sensitive(&old, &new, sizes, inputs, root) => {}
                Outcome::Different => return Err(self.counterexample(inputs, &old.roots[root], &new.roots[root])),
            }
        }
        Ok(Some(worst))
    }

    /// True if the old code itself, on inputs that differ in their last bit, comes to results that lie as far apart: there the problem is
    /// badly conditioned, and rounding may differ by so much. (The forward error that a backward stable algorithm may have: Higham,
    /// Accuracy and Stability of Numerical Algorithms, chapter 1.)
    fn is_sensitive(&self, old: &Evaluation, new: &Evaluation, sizes: &Sizes, inputs: &[Value], root: usize) -> bool {
        let floats =
            compare::dtype(&old.roots[root]).is_some_and(DType::is_float) && compare::same_type(&old.roots[root], &new.roots[root]);
        if self.effect != Effect::Reassociates || !floats {
            return false;
        }
        let mut random = Random::new(0);
        let mut spread: f64 = 0.0;
        for _ in 0..PERTURBATIONS {
            let near: Vec<Value> = inputs.iter().map(|value| inputs::perturbed(value, &mut random)).collect();
            let Ok(moved) = evaluate(self.old, sizes, &near) else { return false };
            spread = spread.max(within(&old.roots[root], &moved.roots[root], f64::INFINITY).unwrap_or(0.0));
        }
        within(&old.roots[root], &new.roots[root], SPREADS * spread).is_some()
    }

    fn judge(&self, old: &Evaluation, new: &Evaluation, reference: Option<&(Evaluation, Evaluation)>, root: usize, kind: Kind) -> Outcome {
        let (a, b) = (&old.roots[root], &new.roots[root]);
        if !compare::same_type(a, b) {
            return Outcome::Different;
        }
        if self.effect == Effect::Exact || identical(a, b) {
            return if identical(a, b) { Outcome::Same(0.0) } else { Outcome::Different };
        }
        let dtype = compare::dtype(a).filter(|d| d.is_float());
        let Some(dtype) = dtype else { return compare::discrete(a, b, self.effect) };
        let truth = reference.map(|(old, new)| (&old.roots[root], &new.roots[root]));
        if kind == Kind::Extreme {
            return truth.map_or_else(|| compare::no_worse(a, b), |truth| compare::as_accurate(truth, a, b, 0.0));
        }
        let epsilon = old.epsilon.max(dtype.epsilon());
        let tolerance = epsilon * (1e4 * magnitude(a) + 100.0 * old.largest);
        match within(a, b, tolerance) {
            Some(difference) => Outcome::Same(difference / magnitude(a).max(old.largest * epsilon).max(f64::MIN_POSITIVE)),
            None => self.by_reference(a, b, truth, if self.effect == Effect::Reassociates { tolerance } else { 0.0 }),
        }
    }

    /// Two results that differ: the double results must agree, and the new one be at least as near to them, or within the tolerance.
    fn by_reference(&self, old: &Value, new: &Value, truth: Option<(&Value, &Value)>, tolerance: f64) -> Outcome {
        let agreed = truth.filter(|(x, y)| compare::agree(x, y, 1e-9 * magnitude(x), self.stabilizes));
        match agreed {
            Some(truth) => compare::as_accurate(truth, old, new, tolerance),
            None => Outcome::Different,
        }
    }

    fn counterexample(&self, inputs: &[Value], old: &Value, new: &Value) -> Counterexample {
        Counterexample::Differs { inputs: inputs::text(self.old, inputs), old: value_text(old), new: value_text(new) }
    }
}

/// The results in double precision of inputs of a lower one; `None` if the inputs are double already.
fn reference(old: &Program, new: &Program, sizes: &Sizes, inputs: &[Value]) -> Option<(Evaluation, Evaluation)> {
    let wide = with_floats(sizes, DType::F64)?;
    let inputs: Vec<Value> = inputs.iter().zip(&wide.leaves).map(|(value, ty)| inputs::cast(value, ty)).collect();
    Some((evaluate(old, &wide, &inputs).ok()?, evaluate(new, &wide, &inputs).ok()?))
}

/// Some array of the program is made in double precision whatever its leaves are: with others it would be another program.
fn names_double(program: &Program) -> bool {
    program.terms.as_ref().iter().any(|node| *node == Node::Attr(Attr::DType(DType::F64)))
}

/// The sizes with `f64` leaves made `f32`.
fn narrowed(sizes: &Sizes) -> Option<Sizes> {
    let has_double = sizes.leaves.iter().any(|ty| ty.dtype() == Some(DType::F64) && !ty.is_weak());
    if has_double { with_floats(sizes, DType::F32) } else { None }
}

/// The sizes with all float leaves of this dtype; `None` if they are already.
fn with_floats(sizes: &Sizes, wanted: DType) -> Option<Sizes> {
    let mut changed = sizes.clone();
    for ty in &mut changed.leaves {
        if let Type::Array { dtype: Some(dtype), weak: false, .. } = ty
            && dtype.is_float()
        {
            *dtype = wanted;
        }
    }
    (changed != *sizes).then_some(changed)
}
