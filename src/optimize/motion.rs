use super::driver::File;
use super::{Finding, driver};
use crate::explore::{Candidate, ClassId, Proof, ProofStep, draws};
use crate::ir::{Id, Program};
use crate::lower::{Emission, Region, fuse, fusions, hoist, invariants, repeated, reuse};
use crate::rules::Rule;
use crate::score::{Analytic, Scorer, Sizes};
use crate::syntax::Span;

/// The pages of what is done to the text of a region without any other term: their `native:` lines.
pub(super) struct Motions<'a> {
    reuse: Option<&'a Rule>,
    hoist: Option<&'a Rule>,
    fuse: Option<&'a Rule>,
}

/// Rounds that a loop is taken to run.
const ROUNDS: f64 = 10.0;
/// Seconds from which on a value is not to be computed twice.
const WORTH_A_NAME: f64 = 5e-6;

impl<'a> Motions<'a> {
    /// Those among the selected rules.
    pub fn among(rules: &[&'a Rule]) -> Motions<'a> {
        let page = |native: &str| rules.iter().copied().find(|rule| rule.native.as_deref() == Some(native));
        Motions { reuse: page("common_subexpression"), hoist: page("loop_invariant"), fuse: page("one_pass") }
    }

    /// What a region computes more often than it need, by the order of the text.
    pub fn findings<'t>(&self, file: &File<'_, 't>, region: &Region<'t>) -> Vec<Finding> {
        let mut findings = Vec::new();
        let worth = |term, factor| gain(region, term, factor).filter(|gain| *gain >= file.options.margin.gain);
        for (rule, invariant) in self.hoist.iter().flat_map(|rule| invariants(region).into_iter().map(move |found| (rule, found))) {
            let Some(gain) = worth(invariant.term, ROUNDS) else { continue };
            let condition = "nothing in the loop changes what it is made of".to_owned();
            findings
                .extend(hoist(region, file.text, &invariant).ok().map(|e| finding(file, region, rule, invariant.term, e, gain, condition)));
        }
        if !findings.is_empty() {
            return findings;
        }
        for (rule, value) in self.reuse.iter().flat_map(|rule| repeated(region).into_iter().map(move |found| (rule, found))) {
            let Some(gain) = reused(region, value.term, value.count() as f64, file.options.margin.gain) else { continue };
            let condition = format!("it is computed {} times and nothing changes in between", value.count());
            findings.extend(reuse(region, file.text, &value).ok().map(|e| finding(file, region, rule, value.term, e, gain, condition)));
        }
        if findings.is_empty() {
            findings.extend(self.fuse.iter().flat_map(|rule| fused(file, region, rule)));
        }
        findings
    }
}

/// The updates of a region that one pass can make.
fn fused<'t>(file: &File<'_, 't>, region: &Region<'t>, rule: &Rule) -> Vec<Finding> {
    let names = file.facts.names(region.function);
    let sizes = draws(&region.program, driver::DRAWS);
    let mut found: Vec<Finding> = Vec::new();
    let mut claimed: Vec<Id> = Vec::new();
    // The last of several updates that make one pass takes those before it along.
    for fusion in fusions(region).into_iter().rev() {
        let gain_of = |sizes| Analytic.fused(&region.program, fusion.term, &fusion.ops, &fusion.operands, sizes);
        let logs: Vec<f64> = sizes.iter().filter_map(gain_of).collect();
        let gain = (logs.iter().sum::<f64>() / logs.len().max(1) as f64).exp();
        if claimed.contains(&fusion.term) || logs.is_empty() || gain < file.options.margin.gain {
            continue;
        }
        let Ok(emission) = fuse(region, &names, file.text, &fusion) else { continue };
        let condition =
            format!("each element of the result is made of one element of each operand; {} passes are spared", fusion.ops.len());
        found.push(finding(file, region, rule, fusion.term, emission, gain, condition));
        claimed.extend(&fusion.ops);
    }
    found.reverse();
    found
}

/// Predicted time of a region that computes a value so many times, over the time of one that computes it once: the geometric mean over
/// draws of the unknown sizes.
fn gain(region: &Region<'_>, term: Id, times: f64) -> Option<f64> {
    let sizes = draws(&region.program, driver::DRAWS);
    let (whole, part) = (seconds(region.program.clone(), &sizes), seconds(region.program.part(vec![term]), &sizes));
    let logs: Vec<f64> = whole
        .into_iter()
        .zip(part)
        .filter(|(whole, part)| whole.is_finite() && part.is_finite())
        .map(|(whole, part)| {
            let rest = (whole - part).max(0.0);
            ((rest + times * part) / (rest + part)).ln()
        })
        .collect();
    (!logs.is_empty()).then(|| (logs.iter().sum::<f64>() / logs.len() as f64).exp())
}

/// The same for a value that the text computes more than once. One that takes long by itself is worth a name whatever the rest takes.
fn reused(region: &Region<'_>, term: Id, times: f64, least: f64) -> Option<f64> {
    let whole = gain(region, term, times).filter(|gain| *gain >= least);
    whole.or_else(|| {
        let part = seconds(region.program.part(vec![term]), &draws(&region.program, driver::DRAWS));
        let logs: Vec<f64> = part.into_iter().filter(|seconds| seconds.is_finite()).map(f64::ln).collect();
        (!logs.is_empty() && logs.iter().sum::<f64>() / logs.len() as f64 >= WORTH_A_NAME.ln()).then_some(times)
    })
}

/// Predicted seconds of a program for each draw of the sizes.
fn seconds(program: Program, sizes: &[Sizes]) -> Vec<f64> {
    let count = program.terms.len();
    let candidate = Candidate { program, classes: vec![ClassId(0); count], inferior: vec![false; count], original: true };
    Analytic.score(&[candidate], sizes).into_iter().flatten().map(|prediction| prediction.log_seconds.exp()).collect()
}

fn finding(file: &File<'_, '_>, region: &Region<'_>, rule: &Rule, term: Id, emission: Emission, gain: f64, condition: String) -> Finding {
    let part = region.program.part(vec![term]);
    let step = ProofStep { rule: rule.name.clone(), effect: rule.effect(), conditions: vec![condition], before: part.clone(), after: part };
    let replaced = emission.edits.iter().filter(|edit| !edit.span.is_empty());
    let span = replaced.map(|edit| edit.span).min().unwrap_or(Span::new(0, 0));
    Finding {
        rule: rule.name.clone(),
        rules: vec![rule.name.clone()],
        claim: rule.claim,
        path: file.path.to_owned(),
        start: file.lines.position(span.start),
        end: file.lines.position(span.end),
        message: rule.title.clone(),
        error: None,
        gain: Some(gain),
        ground: region.grounds.iter().copied().max(),
        edits: emission.edits,
        imports: 0,
        proof: Some(Proof::Steps(vec![step])),
        weighed: None,
    }
}
