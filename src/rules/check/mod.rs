//! Is every rule what its page says? Each rewrite is tried on random operands of random types with edge values, for each
//! target, and both sides are held to the promise of the rule's effect; each example is run.

mod attributes;
mod compare;
mod evaluate;
mod hints;
mod instance;
mod operands;
mod promise;
mod sample;
mod values;

use std::hash::{Hash, Hasher};

use egg::{ENodeOrVar, Var};
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rayon::prelude::*;
use rustc_hash::FxHasher;

pub use self::instance::{Instances, PRIMES};
use self::promise::{Trial, Verdict, text};
use self::sample::{Bound, Random, Sample, Sampler};
use self::values::{Style, draw_value, has_nan};
use super::rewrite::name;
use super::{Claim, Counterexample, Effect, Example, Rule};
use crate::ir::{Group, Node, Target, Value};

/// How thorough a check is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckOptions {
    /// Where the random numbers start; the same seed finds the same.
    pub seed: u64,
    /// Assignments of types that are wanted for each rewrite and target.
    pub assignments: usize,
    /// Values drawn for each assignment.
    pub draws: usize,
    /// Assignments tried in search of those wanted.
    pub tries: usize,
    /// Fewer samples than this on a target that the rule names, and the rewrite counts as never exercised.
    pub needed: usize,
}

impl Default for CheckOptions {
    fn default() -> Self {
        CheckOptions { seed: 0, assignments: 60, draws: 3, tries: 4000, needed: 20 }
    }
}

/// Runs an example: the source before and the rule to apply give the source after.
pub type RunExample<'a> = &'a (dyn Fn(&Rule, &Example) -> Result<Ran, String> + Sync);

/// What became of an example's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The new source.
    pub after: String,
    /// The rule found something, though it may not change it.
    pub found: bool,
    /// Why changes were not made.
    pub notes: Vec<String>,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq)]
pub struct RulesReport {
    /// Every rule that was checked, in the order given.
    pub rules: Vec<RuleReport>,
}

/// What a check found of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleReport {
    /// The rule's name.
    pub rule: String,
    /// What it claims.
    pub claim: Claim,
    /// Each rewrite on each target.
    pub rewrites: Vec<RewriteReport>,
    /// Each example; empty if none was run.
    pub examples: Vec<ExampleReport>,
}

/// What a check found of one rewrite on one target.
#[derive(Debug, Clone, PartialEq)]
pub struct RewriteReport {
    /// The page's line.
    pub line: usize,
    /// The target.
    pub target: Target,
    /// How often both sides had a value and were compared.
    pub samples: usize,
    /// The largest relative difference that was seen and allowed.
    pub worst: f64,
    /// How the promise was broken, with the operands that show it.
    pub failure: Option<String>,
}

/// What became of one example.
#[derive(Debug, Clone, PartialEq)]
pub struct ExampleReport {
    /// The page's line.
    pub line: usize,
    /// Why it is not as the page says.
    pub failure: Option<String>,
}

impl RuleReport {
    /// True if every rewrite and example is as the page says.
    pub fn passed(&self) -> bool {
        self.failures().next().is_none()
    }

    /// The page's line and the reason of everything that failed.
    pub fn failures(&self) -> impl Iterator<Item = (usize, String)> {
        let rewrites = self.rewrites.iter().filter_map(|r| Some((r.line, format!("{}: {}", r.target.name(), r.failure.as_ref()?))));
        let examples = self.examples.iter().filter_map(|e| Some((e.line, format!("example: {}", e.failure.as_ref()?))));
        rewrites.chain(examples)
    }

    /// Samples of all rewrites and targets.
    pub fn samples(&self) -> usize {
        self.rewrites.iter().map(|r| r.samples).sum()
    }

    /// The largest relative difference that was seen and allowed.
    pub fn worst(&self) -> f64 {
        self.rewrites.iter().map(|r| r.worst).fold(0.0, f64::max)
    }
}

/// Checks rules on all cores. Without `run_example` the examples are left out.
pub fn check(rules: &[&Rule], options: &CheckOptions, run_example: Option<RunExample>) -> RulesReport {
    RulesReport { rules: rules.par_iter().map(|rule| check_rule(rule, options, run_example)).collect() }
}

fn check_rule(rule: &Rule, options: &CheckOptions, run_example: Option<RunExample>) -> RuleReport {
    let cases: Vec<(usize, Target)> =
        (0..rule.rewrites.len()).flat_map(|i| rule.checked_for().into_iter().map(move |target| (i, target))).collect();
    let rewrites = cases.into_par_iter().map(|(i, target)| check_rewrite(rule, i, target, options)).collect();
    let examples = run_example.map_or_else(Vec::new, |run| {
        let examples = rule.examples.iter().map(|example| check_example(rule, example, run));
        examples.chain(rule.counterexamples.iter().map(|example| check_counterexample(rule, example, run))).collect()
    });
    RuleReport { rule: rule.name.clone(), claim: rule.claim, rewrites, examples }
}

fn check_example(rule: &Rule, example: &Example, run: RunExample) -> ExampleReport {
    let failure = match run(rule, example) {
        Ok(ran) if ran.found && ran.after == example.after && (rule.codes.is_empty() || ran.notes.is_empty()) => None,
        Ok(ran) if !ran.found && ran.notes.is_empty() => Some("the rule does not fire".to_owned()),
        Ok(ran) if ran.after == example.before => Some(format!("the rule does not fire: {}", ran.notes.join("; "))),
        Ok(ran) => Some(format!("expected\n{}found\n{}", example.after, ran.after)),
        Err(error) => Some(error),
    };
    ExampleReport { line: example.line, failure }
}

fn check_counterexample(rule: &Rule, example: &Counterexample, run: RunExample) -> ExampleReport {
    let text = example.text.clone();
    let same = Example { notation: example.notation, before: text.clone(), after: text, setup: String::new(), line: example.line };
    let failure = match run(rule, &same) {
        Ok(ran) if !ran.found => None,
        Ok(ran) => Some(format!("expected that nothing is found, found\n{}", ran.after)),
        Err(error) => Some(error),
    };
    ExampleReport { line: example.line, failure }
}

fn check_rewrite(rule: &Rule, index: usize, target: Target, options: &CheckOptions) -> RewriteReport {
    let rewrite = &rule.rewrites[index];
    let mut hasher = FxHasher::default();
    (options.seed, &rule.name, index, target.name()).hash(&mut hasher);
    let mut random = Random::seed_from_u64(hasher.finish());
    let sampler = Sampler { rewrite, effect: rule.effect(), target, hints: hints::hints(rewrite) };
    let mut report = RewriteReport { line: rewrite.line, target, samples: 0, worst: 0.0, failure: None };
    let mut assignments = 0;
    for _ in 0..options.tries {
        if assignments >= options.assignments {
            break;
        }
        let Some(sample) = sampler.draw(&mut random) else { continue };
        let before = report.samples;
        for _ in 0..options.draws {
            if let Err(failure) = try_values(&sampler, &sample, &mut random, &mut report) {
                report.failure = Some(failure);
                return report;
            }
        }
        assignments += usize::from(report.samples > before);
    }
    if report.samples < options.needed {
        report.failure =
            Some(format!("never exercised: {} samples in {} tries, at least {} are needed", report.samples, options.tries, options.needed));
    }
    report
}

/// Draws values for an assignment and compares both sides.
fn try_values(sampler: &Sampler, sample: &Sample, random: &mut Random, report: &mut RewriteReport) -> Result<(), String> {
    let style = *styles(sampler.effect).choose(random).unwrap_or(&Style::Benign);
    let matrices =
        sampler.rewrite.lhs.iter().any(|node| matches!(node, ENodeOrVar::ENode(Node::Op(op, _)) if op.def().group == Group::LinearAlgebra));
    // Rows that are equal by chance make a matrix singular up to rounding.
    let style = if style == Style::Repeated && matrices { Style::Benign } else { style };
    let mut values: Vec<(Var, Value)> = Vec::new();
    for (var, bound) in &sample.bound {
        if let Bound::Operand(operand) = bound {
            values.push((*var, draw_value(operand, style, matrices, random)));
        }
    }
    let style = if style == Style::Nans && !values.iter().any(|(_, value)| has_nan(value)) { Style::Benign } else { style };
    let trial = Trial { rewrite: sampler.rewrite, effect: sampler.effect, sample, values: &values, style };
    match trial.verdict() {
        Verdict::Skipped => {}
        Verdict::Kept(worst) => {
            report.samples += 1;
            report.worst = report.worst.max(worst);
        }
        Verdict::Broken(why) => return Err(format!("{} | {why}", shown(sample, &values))),
    }
    Ok(())
}

/// The sorts of values an effect is tried on, the frequent ones more than once.
fn styles(effect: Effect) -> &'static [Style] {
    use Style::{Benign, Extreme, Grid, Nans, Positive, Repeated, Special, Unit};
    match effect {
        Effect::Exact => &[Benign, Special, Special, Special, Repeated, Extreme, Unit, Positive],
        Effect::Stabilizes => &[Benign, Positive, Unit, Repeated, Grid, Grid, Extreme, Extreme, Nans, Special],
        Effect::Reassociates => &[Benign, Benign, Positive, Unit, Repeated, Special],
    }
}

/// The operands and attributes of a sample, with what is not known of them.
fn shown(sample: &Sample, values: &[(Var, Value)]) -> String {
    let mut parts = Vec::new();
    for (var, bound) in &sample.bound {
        let value = values.iter().find(|(known, _)| known == var).map(|(_, value)| value);
        let var = name(*var);
        parts.push(match (bound, value) {
            (Bound::Operand(operand), Some(value)) if operand.known != operand.ty => {
                format!("{var} = {} (known: {})", text(value), operand.known)
            }
            (Bound::Operand(_), Some(value)) => format!("{var} = {}", text(value)),
            (Bound::Attr(attr), _) => format!("{var} = {attr}"),
            (Bound::Operand(operand), None) => format!("{var}: {}", operand.ty),
        });
    }
    parts.join(", ")
}
