//! Which candidate is taken, and how much of it.

use std::collections::BTreeSet;

use egg::Language;

use super::changed::{Part, parts};
use super::{Analytic, Group, Prediction, Scorer, Sizes};
use crate::explore::{Candidate, Explored};
use crate::ir::{Id, Node, OpId, Program, Symbol, Target, Type};

/// What a candidate must gain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margin {
    /// Least geometric mean, over the draws, of the old time of the changed part divided by its new one.
    pub gain: f64,
    /// Least share of the draws on which the new one must not be slower.
    pub wins: f64,
    /// Greatest ratio of the new time to the old one on the other draws.
    pub loss: f64,
    /// Of how many standard deviations of the prediction a difference must be to count.
    pub sure: f64,
}

impl Default for Margin {
    fn default() -> Self {
        Margin { gain: 1.10, wins: 0.9, loss: 1.05, sure: 1.0 }
    }
}

impl Margin {
    /// Takes the best candidate however little it gains, as tests of single rules want it.
    pub const OFF: Margin = Margin { gain: 0.0, wins: 0.0, loss: f64::INFINITY, sure: 0.0 };

    /// How much more a candidate must gain for which a file needs one more import: that is one more line to read.
    const IMPORTING: f64 = 1.2;

    /// The same for a candidate that needs an import.
    pub fn importing(self) -> Margin {
        Margin { gain: self.gain * Margin::IMPORTING, ..self }
    }
}

/// The candidate that is taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Its index among the candidates.
    pub index: usize,
    /// Predicted ratio of the old time of the changed part to the new one; 1 if nothing changes.
    pub gain: f64,
    /// Why, in a sentence.
    pub why: String,
    /// The size that would decide, if one would.
    pub needs_size: Option<Symbol>,
    /// Of a form that would be taken if the prediction were sure: its gain and the standard deviation of the gain's logarithm.
    pub unsure: Option<(f64, f64)>,
    /// Ops of which the scorer has not learned, or `numbers`, so that forms with them were ranked by [`Analytic`].
    pub unlearned: BTreeSet<&'static str>,
}

/// A candidate as a person is shown it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The candidate.
    pub program: Program,
    /// It is the program as it was.
    pub original: bool,
    /// Predicted seconds of the whole program, the geometric mean over the draws.
    pub seconds: f64,
    /// Standard deviation of their logarithm.
    pub uncertainty: f64,
}

/// All candidates, the fastest first.
pub fn ranking(scorer: &dyn Scorer, candidates: &[Candidate], draws: &[Sizes]) -> Vec<Ranked> {
    let plain: Vec<Candidate> = candidates.iter().map(without_penalty).collect();
    let mean = |scores: &[Prediction], of: &dyn Fn(&Prediction) -> f64| scores.iter().map(of).sum::<f64>() / scores.len().max(1) as f64;
    let ranked = |(candidate, scores): (Candidate, Vec<Prediction>)| Ranked {
        seconds: mean(&scores, &|p| p.log_seconds).exp(),
        uncertainty: mean(&scores, &|p| p.uncertainty),
        program: candidate.program,
        original: candidate.original,
    };
    let scores = scorer.score(&plain, draws);
    let mut all: Vec<Ranked> = plain.into_iter().zip(scores).map(ranked).collect();
    all.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    all
}

/// Logarithms of ratios below this are no difference: many programs are equally fast on tiny arrays.
const TIE: f64 = 0.005;
/// The loss, as a logarithm, of sizes that the new program refuses.
const REFUSED: f64 = 10.0;

/// Draws by which candidates are put in order.
const RANKING_DRAWS: usize = 8;
/// Candidates that are held against the original on all draws, the fastest first.
const COMPARED: usize = 8;

/// What it takes to name a value, for each of the targets: nothing is faster.
fn least_seconds(target: Target) -> f64 {
    match target {
        Target::Numpy | Target::Torch => 1e-7,
        Target::Rust => 3e-10,
    }
}

/// One candidate against another on the part where they differ.
struct Comparison {
    /// Logarithm of old time over new time, for each draw.
    log_gains: Vec<f64>,
    /// Its standard deviation.
    doubts: Vec<f64>,
    /// How many ops one has and the other has not.
    changes: usize,
    /// Ops of which the scorer has not learned.
    unlearned: BTreeSet<&'static str>,
}

/// A part under the draws that the old program accepts.
struct Sized {
    part: Part,
    /// Whether it is among them, for each draw.
    accepted: Vec<bool>,
    draws: Vec<Sizes>,
}

impl Sized {
    fn new(part: Part, draws: &[Sizes], types: &[Option<Vec<Type>>]) -> Sized {
        let of_part = |(draw, types): (&Sizes, &Option<Vec<Type>>)| types.as_ref().map(|types| part.sizes(draw, types));
        let draws = draws.iter().zip(types).filter_map(of_part).collect();
        Sized { accepted: types.iter().map(Option::is_some).collect(), draws, part }
    }

    fn group(&self) -> Group<'_> {
        Group { candidates: std::slice::from_ref(&self.part.candidate), draws: &self.draws }
    }

    /// What its scores say for all draws.
    fn times(&self, scores: Vec<Prediction>) -> Vec<Prediction> {
        let least = least_seconds(self.part.candidate.program.target).ln();
        let mut scores = scores.into_iter().map(|p| Prediction { log_seconds: p.log_seconds.max(least), ..p });
        let refused = Prediction { log_seconds: f64::INFINITY, uncertainty: 0.0 };
        self.accepted.iter().map(|accepted| accepted.then(|| scores.next()).flatten().unwrap_or(refused)).collect()
    }
}

impl Comparison {
    /// Each of the new programs against the old one, whose nodes have these `types` under each draw.
    fn all(scorer: &dyn Scorer, old: &Candidate, new: &[&Candidate], draws: &[Sizes], types: &[Option<Vec<Type>>]) -> Vec<Comparison> {
        let sized = |part: Part| Sized::new(part, draws, types);
        let pairs: Vec<[Sized; 2]> = new.iter().map(|new| <[Part; 2]>::from(parts(old, new)).map(sized)).collect();
        let foreign = |pair: &[Sized; 2]| unlearned(scorer, pair.each_ref().map(|sized| &sized.part));
        let unlearned: Vec<BTreeSet<&'static str>> = pairs.iter().map(foreign).collect();
        // All that a scorer has to say is asked at once.
        let asked = |scorer: &dyn Scorer, learned: bool| {
            let groups: Vec<Group> = pairs
                .iter()
                .zip(&unlearned)
                .filter(|(_, ops)| ops.is_empty() == learned)
                .flat_map(|(pair, _)| pair.each_ref().map(Sized::group))
                .collect();
            scorer.score_groups(&groups).into_iter()
        };
        let (mut by_scorer, mut by_model) = (asked(scorer, true), asked(&Analytic, false));
        let mut times = |sized: &Sized, learned: bool| {
            let scores = if learned { by_scorer.next() } else { by_model.next() };
            sized.times(scores.and_then(|mut scores| scores.pop()).unwrap_or_default())
        };
        let comparison = |(pair, unlearned): (&[Sized; 2], BTreeSet<&'static str>)| {
            let [old_times, new_times] = pair.each_ref().map(|sized| times(sized, unlearned.is_empty()));
            Comparison::between(&old_times, &new_times, pair.iter().map(|sized| ops(&sized.part).count()).sum(), unlearned)
        };
        pairs.iter().zip(unlearned.clone()).map(comparison).collect()
    }

    fn between(old: &[Prediction], new: &[Prediction], changes: usize, unlearned: BTreeSet<&'static str>) -> Comparison {
        // Sizes that the old one refuses say nothing; those that only the new one refuses speak against it.
        let gain = |(old, new): (&Prediction, &Prediction)| match (old.log_seconds.is_finite(), new.log_seconds.is_finite()) {
            (true, true) => old.log_seconds - new.log_seconds,
            (false, _) => 0.0,
            (true, false) => -REFUSED,
        };
        let doubt = |(old, new): (&Prediction, &Prediction)| old.uncertainty.hypot(new.uncertainty);
        Comparison {
            log_gains: old.iter().zip(new).map(gain).collect(),
            doubts: old.iter().zip(new).map(doubt).collect(),
            changes,
            unlearned,
        }
    }

    /// The standard deviation of the gain's logarithm: what is wrong for one size is wrong for the others too.
    fn doubt(&self) -> f64 {
        self.doubts.iter().sum::<f64>() / self.doubts.len().max(1) as f64
    }

    /// Logarithm of how much slower the new one surely is, for each draw.
    fn losses(&self, sure: f64) -> impl Iterator<Item = f64> {
        self.log_gains.iter().zip(&self.doubts).map(move |(gain, doubt)| -gain - sure * doubt)
    }

    /// The geometric mean of old time over new time.
    fn gain(&self) -> f64 {
        (self.log_gains.iter().sum::<f64>() / self.log_gains.len().max(1) as f64).exp()
    }

    /// Share of the draws on which the new one is not surely slower.
    fn wins(&self, sure: f64) -> f64 {
        self.losses(sure).filter(|&loss| loss < TIE).count() as f64 / self.log_gains.len().max(1) as f64
    }

    /// Greatest ratio by which the new one is surely slower.
    fn loss(&self, sure: f64) -> f64 {
        self.losses(sure).fold(0.0, f64::max).exp()
    }

    fn why(&self, sure: f64) -> String {
        match self.gain() {
            gain if gain < 1.0 => format!("more accurate, and predicted to take {:.1} times as long where it differs", 1.0 / gain),
            gain => {
                format!(
                    "predicted {gain:.1} times as fast where it differs, not slower on {:.0}% of the sizes tried",
                    self.wins(sure) * 100.0
                )
            }
        }
    }

    /// It passes but for the doubt.
    fn would_pass(&self, margin: &Margin) -> bool {
        !self.passes(margin) && self.passes(&Margin { sure: 0.0, ..*margin })
    }

    /// Of a comparison with the best form so far: whether the new one takes its place. Both are given as compared with the original.
    fn is_better(&self, new: &Comparison, best: &Comparison, margin: &Margin) -> bool {
        let gain = self.gain().ln();
        let alike = gain.abs() <= margin.sure * self.doubt();
        if alike && new.changes != best.changes { new.changes < best.changes } else { gain > TIE }
    }

    fn passes(&self, margin: &Margin) -> bool {
        let sure = margin.sure;
        self.gain() >= margin.gain
            && (sure == 0.0 || self.gain().ln() >= sure * self.doubt())
            && self.wins(sure) >= margin.wins
            && self.loss(sure) <= margin.loss
    }

    /// The symbol of which the logarithm says most about the gain.
    fn deciding(&self, draws: &[Sizes]) -> Option<Symbol> {
        let symbols = draws.first()?.symbols.keys();
        let of =
            |symbol: &Symbol| -> Vec<f64> { draws.iter().map(|d| (*d.symbols.get(symbol).unwrap_or(&1) as f64).max(1.0).ln()).collect() };
        let scored = symbols.map(|symbol| (correlation(&of(symbol), &self.log_gains).abs(), symbol));
        scored.filter(|(c, _)| *c > 0.0).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1))).map(|(_, symbol)| symbol.clone())
    }
}

/// Takes a candidate, or the original (which is the first) if none is known to be better.
///
/// Candidates are tried by their predicted time over all draws, the fastest first. Of those that pass the margin each is held against the best
/// before it, where these two differ; if the scorer cannot tell them apart, the one that changes less is taken.
pub fn choose(scorer: &dyn Scorer, candidates: &[Candidate], draws: &[Sizes], margin: &Margin) -> Choice {
    let mut choice = Choice {
        index: 0,
        gain: 1.0,
        why: "nothing else is known to be equal".to_owned(),
        needs_size: None,
        unsure: None,
        unlearned: BTreeSet::new(),
    };
    if candidates.len() < 2 || draws.is_empty() {
        return choice;
    }
    let scores = scorer.score(candidates, &draws[..RANKING_DRAWS.min(draws.len())]);
    let types = types_under(draws, &candidates[0]);
    let mean = |i: usize| scores[i].iter().map(|p| p.log_seconds).sum::<f64>();
    let mut order: Vec<usize> = (1..candidates.len()).collect();
    order.sort_by(|&a, &b| mean(a).total_cmp(&mean(b)));
    let mut best: Option<(usize, Comparison)> = None;
    order.truncate(COMPARED);
    let compared: Vec<&Candidate> = order.iter().map(|&index| &candidates[index]).collect();
    let comparisons = Comparison::all(scorer, &candidates[0], &compared, draws, &types);
    for (&index, comparison) in order.iter().zip(comparisons) {
        choice.unlearned.extend(&comparison.unlearned);
        if comparison.passes(margin) {
            let ahead = |(known, to_beat): &(usize, Comparison)| {
                let (known, types) = (&candidates[*known], types_under(draws, &candidates[*known]));
                let contest = Comparison::all(scorer, known, &[&candidates[index]], draws, &types).remove(0);
                contest.is_better(&comparison, to_beat, margin)
            };
            if best.as_ref().is_none_or(ahead) {
                best = Some((index, comparison));
            }
            continue;
        }
        if best.is_some() {
            continue;
        }
        if choice.unsure.is_none() && comparison.would_pass(margin) {
            choice.unsure = Some((comparison.gain(), comparison.doubt()));
        }
        let sometimes = comparison.log_gains.iter().filter(|&&g| g > margin.gain.max(1.0).ln()).count() * 5 >= draws.len();
        if choice.needs_size.is_none() && sometimes {
            choice.needs_size = comparison.deciding(draws);
        }
    }
    if let Some((index, _)) = best {
        let (old, new) = (without_penalty(&candidates[0]), without_penalty(&candidates[index]));
        let plain = Comparison::all(scorer, &old, &[&new], draws, &types).remove(0);
        return Choice { index, gain: plain.gain(), why: plain.why(margin.sure), needs_size: None, unsure: None, ..choice };
    }
    choice.why = match choice.needs_size {
        Some(_) => "whether another form is faster depends on sizes that are not known",
        None => "no other form is predicted to be faster by the margin",
    }
    .to_owned();
    choice
}

/// The ops of a part.
fn ops(part: &Part) -> impl Iterator<Item = OpId> {
    part.candidate.program.terms.as_ref().iter().filter_map(|node| if let Node::Op(op, _) = node { Some(*op) } else { None })
}

/// The ops of the parts of which the scorer has not learned, or that it has not of numbers if there is nothing else.
fn unlearned(scorer: &dyn Scorer, parts: [&Part; 2]) -> BTreeSet<&'static str> {
    let target = parts[0].candidate.program.target;
    if !scorer.knows_numbers(target) && parts.iter().all(|part| part.is_of_numbers()) {
        return BTreeSet::from(["numbers"]);
    }
    parts.into_iter().flat_map(ops).filter(|op| !scorer.knows(*op, target)).map(|op| op.def().name).collect()
}

/// The types of a candidate's nodes under each draw; `None` where an op refuses the sizes.
fn types_under(draws: &[Sizes], candidate: &Candidate) -> Vec<Option<Vec<Type>>> {
    draws.iter().map(|draw| draw.types(&candidate.program)).collect()
}

/// The same with the time alone counted, not the accuracy.
fn without_penalty(candidate: &Candidate) -> Candidate {
    Candidate { inferior: vec![false; candidate.inferior.len()], ..candidate.clone() }
}

/// Takes back each change of a candidate that does not pass the margin by itself, from the roots down, so that what stays is as near to
/// the original as it can be.
pub fn minimize(explored: &Explored, scorer: &dyn Scorer, candidate: &Candidate, draws: &[Sizes], margin: &Margin) -> Candidate {
    let mut current = candidate.clone();
    let mut tried = Vec::new();
    while let Some(class) = (0..current.program.terms.len()).rev().map(|i| (i, current.classes[i])).find_map(|(i, class)| {
        let changed = !current.program.terms[Id::from(i)].is_leaf() && !tried.contains(&class);
        changed.then_some(class)
    }) {
        tried.push(class);
        let Some(reverted) = explored.reverted(&current, class) else { continue };
        let types = types_under(draws, &reverted);
        if !Comparison::all(scorer, &reverted, &[&current], draws, &types).iter().all(|comparison| comparison.passes(margin)) {
            current = reverted;
        }
    }
    current
}

/// Pearson's correlation coefficient; 0 if either is constant.
fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len().max(1) as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let covariance: f64 = x.iter().zip(y).map(|(a, b)| (a - mx) * (b - my)).sum();
    let spread = |v: &[f64], m: f64| v.iter().map(|a| (a - m).powi(2)).sum::<f64>().sqrt();
    let scale = spread(x, mx) * spread(y, my);
    if scale > 0.0 { covariance / scale } else { 0.0 }
}
