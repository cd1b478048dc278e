use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::flow::{Flow, Flowed, flow};
use super::motion::Motions;
use super::outlook::{Outlook, Plan};
use super::split::{Classed, split};
use super::{Error, FileReport, Finding, Note, Options, Weighed};
use crate::dialect::{Dialect, Names, Unwritable};
use crate::explore::{Candidate, ClassId, CostModel, Explored, Explorer, Proof, Stopped, draws};
use crate::facts::{FileFacts, Ground, Outside};
use crate::fix::Mend;
use crate::ir::{Arg, Id, Node as Term, OpId, Program, Target, Type};
use crate::lower::{Emission, Memory, Refusal, Region, emit, regions, wrapped};
use crate::rules::Claim;
use crate::score::{Analytic, Margin, Sizes, choose, minimize, ranking};
use crate::syntax::{Edit, Language, LineIndex, Node, Span, Tree};
use crate::verify::{Promise, equivalent};

/// Candidates taken out of each e-graph.
const K_BEST: usize = 16;
/// What a change must gain if it computes again what the rest of the text computes too: that takes no longer than all of the new part.
const REPEATING_GAIN: f64 = 2.0;
/// Rules that only put operands in order, for others to find them.
const ARRANGEMENTS: [&str; 2] = ["add-commutes", "mul-commutes"];
/// Draws of the unknown sizes on which candidates are ranked.
pub(super) const DRAWS: usize = 32;
/// Seed of the verifier's inputs: the same file gives the same answer on every run.
const SEED: u64 = 0x5eed;

/// Runs every stage on one file's text and returns what it would change.
///
/// # Errors
/// If the text does not parse. What is merely not understood is no error: it is left alone.
pub fn optimize(path: &Path, text: &str, language: Language, options: &Options, outside: &Outside) -> Result<FileReport, Error> {
    scan(path, text, &Outlook::of(language, text, options, outside), options, outside)
}

/// The same for the functions in a part of the text, whose optimizations alone are looked for.
///
/// # Errors
/// If the text does not parse.
pub fn optimize_part(
    path: &Path,
    text: &str,
    part: Span,
    language: Language,
    options: &Options,
    outside: &Outside,
) -> Result<FileReport, Error> {
    scan(path, text, &Outlook::of(language, text, options, outside).within(part), options, outside)
}

fn scan(path: &Path, text: &str, outlook: &Outlook<'_>, options: &Options, outside: &Outside) -> Result<FileReport, Error> {
    let language = outlook.language;
    if outlook.is_empty() {
        return Ok(FileReport::default());
    }
    let Some(plan) = outlook.plan() else { return Ok(FileReport::default()) };
    if !plan.idle.is_empty() {
        let tree = Tree::parse_without(language, text, &plan.idle);
        if tree.first_error().is_none()
            && let Some(report) = look(path, &tree, outlook, &plan, options, outside, true)
        {
            return Ok(report);
        }
    }
    let tree = Tree::parse(language, text);
    if let Some(span) = tree.first_error() {
        return Err(Error::Syntax { path: path.to_owned(), place: LineIndex::new(text).position(span.start) });
    }
    Ok(look(path, &tree, outlook, &plan, options, outside, false).unwrap_or_default())
}

/// All stages for a file that parses; `None` where it is a `glance`, if there is something that a second look at the whole file may find.
fn look(
    path: &Path,
    tree: &Tree,
    outlook: &Outlook<'_>,
    plan: &Plan,
    options: &Options,
    outside: &Outside,
    glance: bool,
) -> Option<FileReport> {
    let text = tree.text();
    let lines = LineIndex::new(text);
    let (facts, given) = flowed(FileFacts::new(tree, outside).of_file(path), tree, outlook, plan, outside, glance);
    let mut file = File { path, text, lines: &lines, facts: &facts, options, glance, promising: false, report: FileReport::default() };
    for target in outlook.targets() {
        let explorer = options.explorer(target);
        let motions = Motions::among(&options.selected(target));
        let wanted =
            |around: &str, code: &str| outlook.is_busy(target, around, code) || given.contains(around) && outlook.fires(target, code);
        for region in regions(tree, &facts, target, &wanted) {
            if !outlook.has(region.function.span()) {
                continue;
            }
            let before = file.report.findings.len();
            file.region(explorer, &region);
            if file.report.findings.len() == before {
                let found = motions.findings(&file, &region);
                file.report.findings.extend(found);
            }
            if glance && (file.promising || !file.report.findings.is_empty()) {
                return None;
            }
        }
    }
    if let Some(words) = outlook.words() {
        let mends = options.fixer().mends(tree, &facts, &outlook.libraries, words);
        if glance && !mends.is_empty() {
            return None;
        }
        let mended: Vec<Finding> = mends.into_iter().filter(|mend| !file.says(mend)).map(|mend| file.mended(mend)).collect();
        file.report.findings.extend(mended);
    }
    let mut report = file.report;
    report.findings.sort_by_key(|finding| (finding.start, finding.end));
    Some(report)
}

fn overlap(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end
}

fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// Adds what flows to functions in which a rule could do something.
fn flowed<'t>(facts: FileFacts<'t>, tree: &'t Tree, outlook: &Outlook<'_>, plan: &Plan, outside: &Outside, glance: bool) -> Flowed<'t> {
    if tree.language() != Language::Python || !(plan.attributes || plan.calls) {
        return (facts, FxHashSet::default());
    }
    let targets: Vec<Target> = outlook.targets().collect();
    let fires = |function: Node<'t>| {
        let body = function.field("body").map_or("", |body| body.text());
        targets.iter().any(|&target| outlook.fires(target, body))
    };
    flow(facts, tree.root(), &Flow { targets: &targets, plan, outside, glance }, &fires)
}

/// The analytic cost of what can be written; nothing is gained by the rest.
struct Writable {
    unwritable: BTreeSet<OpId>,
}

impl CostModel for Writable {
    fn seconds(&self, target: Target, op: OpId, args: &[Arg], ty: &Type) -> f64 {
        if self.unwritable.contains(&op) { f64::INFINITY } else { Analytic.seconds(target, op, args, ty) }
    }
}

/// A file that is being looked at.
pub(super) struct File<'a, 't> {
    pub path: &'a Path,
    pub text: &'a str,
    pub lines: &'a LineIndex<'a>,
    pub facts: &'a FileFacts<'t>,
    pub options: &'a Options,
    /// It is only asked whether there may be something.
    glance: bool,
    /// There may be.
    promising: bool,
    report: FileReport,
}

impl<'t> File<'_, 't> {
    /// One region through exploring, choosing, verifying and printing.
    fn region(&mut self, explorer: &Explorer, region: &Region<'t>) {
        let explored = explorer.explore(&region.program, &self.options.limits);
        if explored.stopped != Stopped::Saturated {
            self.note(region, format!("exploring ended early: {}", explored.stopped));
        }
        if explored.is_trivial() {
            return;
        }
        let names = self.facts.names(region.sites.first().map_or(region.function, |site| site.node));
        let original = classed(&explored.original_candidate());
        let sizes = draws(&region.program, DRAWS);
        let all = candidates(&explored, &names, &sizes);
        let (mut written, mut importing) = (Vec::new(), Vec::new());
        for candidate in &all {
            match self.write(region, &names, &original, &classed(candidate)) {
                Ok(emission) if !emission.imports.is_empty() => importing.push(candidate.clone()),
                Ok(_) => written.push(candidate.clone()),
                Err(_) if candidate.original => written.push(candidate.clone()),
                Err(_) => {}
            }
        }
        let (margin, scorer) = (self.options.margin, self.options.scorer());
        let mut choice = choose(scorer, &written, &sizes, &margin);
        if !choice.unlearned.is_empty() {
            let ops: Vec<&str> = choice.unlearned.iter().copied().collect();
            self.note(region, format!("ranked by the analytic model, for the network has not learned of {}", ops.join(", ")));
        }
        if let Some((gain, doubt)) = choice.unsure {
            let (times, percent) = (gain, (doubt.exp() - 1.0) * 100.0);
            self.note(region, format!("another form may be {times:.2} times as fast; the scorer is unsure of it by {percent:.0}%"));
        }
        if let Some(size) = &choice.needs_size {
            self.note(region, format!("another form may be faster; it depends on the size `{size}`"));
        }
        let mut chosen = &written[choice.index];
        importing.insert(0, chosen.clone());
        let better = choose(scorer, &importing, &sizes, &margin.importing());
        if better.index > 0 {
            chosen = &importing[better.index];
            choice = better;
        } else if choice.index == 0 && written.len() + importing.len() <= all.len() {
            // No candidate can be written as a whole; some of its changes may be.
            choice = choose(scorer, &all, &sizes, &margin);
            chosen = &all[choice.index];
        }
        if choice.index == 0 || self.glance {
            self.promising |= choice.index > 0;
            return;
        }
        let chosen = minimize(&explored, scorer, chosen, &sizes, &margin);
        let before = self.report.findings.len();
        for change in split(&original, &classed(&chosen)) {
            self.change(&explored, region, &names, &original, &change);
        }
        if self.options.weighed && self.report.findings.len() > before {
            let egraph = sizes.first().map_or(serde_json::Value::Null, |sizes| explored.gym(&Analytic, sizes));
            let weighed = Arc::new(Weighed { candidates: ranking(scorer, &all, &sizes), egraph });
            self.report.findings[before..].iter_mut().for_each(|finding| finding.weighed = Some(weighed.clone()));
        }
    }

    /// One change of a region, if it is proved, verified and can be written.
    fn change(&mut self, explored: &Explored, region: &Region<'t>, names: &dyn Names, original: &Classed, change: &Classed) {
        let candidate = unclassed(change);
        let scorer = self.options.scorer();
        let sizes = draws(&region.program, DRAWS);
        let gain = |margin: &Margin| {
            let choice = choose(scorer, &[explored.original_candidate(), candidate.clone()], &sizes, margin);
            (choice.index > 0).then_some(choice.gain)
        };
        let Some(predicted) = gain(&self.options.margin) else { return };
        if change.changed.iter().all(|&root| region.program.types[usize::from(region.program.roots[root])].is_weak()) {
            // Python's own numbers: what the interpreter does around them costs more than any of it.
            return;
        }
        let proof = explored.proof(&candidate);
        if proof.rules().is_empty() {
            // Constants written out gain nothing that a person would want to read.
            return;
        }
        let (old, new) = frontier(original, change);
        if let Err(counterexample) = equivalent(&old, &new, Promise { effect: proof.effect(), stabilizes: proof.stabilizes() }, SEED) {
            return self.note(region, format!("a change was not taken: {counterexample}"));
        }
        match self.write(region, names, original, change) {
            Ok(emission) if self.only_rearranges(&proof, &emission) => {}
            Ok(emission) if !emission.imports.is_empty() && gain(&self.options.margin.importing()).is_none() => {
                self.note(region, "a change was not taken: it would need an import and gain little".to_owned());
            }
            Ok(emission) if emission.repeats && predicted < REPEATING_GAIN => {
                self.note(region, "a change was not taken: a value would be computed once more than it is".to_owned());
            }
            Ok(emission) => self.report.findings.push(self.finding(region, change, emission, proof, predicted)),
            Err(refusal) => self.note(region, format!("a change was not taken: {refusal}")),
        }
    }

    /// Operands change places and nothing else.
    fn only_rearranges(&self, proof: &Proof, emission: &Emission) -> bool {
        let letters = |text: &str| {
            let mut letters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
            letters.sort_unstable();
            letters
        };
        proof.rules().iter().all(|rule| ARRANGEMENTS.contains(rule))
            && emission.edits.iter().all(|edit| letters(&self.text[edit.span.start..edit.span.end]) == letters(&edit.text))
    }

    /// The edits for a candidate, if what outlives the region shares memory with what it did before.
    fn write(&self, region: &Region<'t>, names: &dyn Names, original: &Classed, candidate: &Classed) -> Result<Emission, Refusal> {
        if Memory::of(&region.program) != Memory::of(&candidate.program) {
            return Err(Refusal::Alias);
        }
        emit(region, names, self.text, &candidate.program, &original.classes, &candidate.classes)
    }

    fn finding(&self, region: &Region<'t>, change: &Classed, emission: Emission, proof: Proof, gain: f64) -> Finding {
        let rules: Vec<String> = proof.rules().into_iter().map(str::to_owned).collect();
        let replaced = emission.edits.iter().filter(|edit| !edit.span.is_empty());
        let span = replaced.map(|edit| edit.span).min().unwrap_or(Span::new(0, 0));
        let title =
            rules.first().and_then(|name| self.options.rules().get(name)).map_or("a better form is known", |rule| rule.title.as_str());
        Finding {
            rule: rules.first().cloned().unwrap_or_default(),
            rules: rules.clone(),
            claim: Claim::Effect(proof.effect()),
            path: self.path.to_owned(),
            start: self.lines.position(span.start),
            end: self.lines.position(span.end),
            message: title.to_owned(),
            error: None,
            gain: Some(gain),
            ground: Some(ground(region, change)),
            imports: emission.imports.len(),
            edits: emission.imports.into_iter().chain(self.wrapped(emission.edits)).collect(),
            proof: Some(proof),
            weighed: None,
        }
    }

    /// Edits with the lines broken that they make too long.
    fn wrapped(&self, edits: Vec<Edit>) -> Vec<Edit> {
        wrapped(self.facts.language(), self.text, edits, self.options.line_widths)
    }

    /// An optimization rewrites the place of an error and writes all names there that the fix would write: it is not said twice.
    fn says(&self, mend: &Mend) -> bool {
        let touches = |edit: &Edit| mend.edits.iter().any(|mine| overlap(edit.span, mine.span));
        let mut rewriting = self.report.findings.iter().filter(|finding| finding.edits.iter().any(touches));
        rewriting.any(|finding| {
            let written = |name: &str| finding.edits.iter().any(|edit| names_in(&edit.text).any(|other| other == name));
            let old = |edit: &Edit, name: &str| names_in(&self.text[edit.span.start..edit.span.end]).any(|other| other == name);
            mend.edits.iter().all(|edit| names_in(&edit.text).all(|name| old(edit, name) || written(name)))
        })
    }

    /// An error as a finding.
    fn mended(&self, mut mend: Mend) -> Finding {
        let rest = mend.edits.split_off(mend.imports);
        let edits = mend.edits.into_iter().chain(self.wrapped(rest)).collect();
        Finding {
            rule: mend.rule.clone(),
            rules: vec![mend.rule],
            claim: Claim::Safety(mend.safety),
            path: self.path.to_owned(),
            start: self.lines.position(mend.span.start),
            end: self.lines.position(mend.span.end),
            message: mend.message,
            error: None,
            gain: None,
            ground: None,
            edits,
            imports: mend.imports,
            proof: None,
            weighed: None,
        }
    }

    fn note(&mut self, region: &Region<'t>, message: String) {
        let place = region.sites.first().map(|site| self.lines.position(site.node.span().start));
        self.report.notes.push(Note { place, message });
    }
}

/// The best candidates that the file has the names to write, and those for which it could import some.
fn candidates(explored: &Explored, names: &dyn Names, sizes: &[Sizes]) -> Vec<Candidate> {
    let program = explored.original();
    let mut ops = explored.ops();
    for node in program.terms.as_ref() {
        if let Term::Op(op, _) = node {
            ops.remove(op);
        }
    }
    let Unwritable { importable, never } = Dialect::of(program.target).unwritable(ops, names);
    let mut found =
        if importable.is_empty() { Vec::new() } else { explored.candidates(&Writable { unwritable: never.clone() }, K_BEST, sizes) };
    let unwritable = never.into_iter().chain(importable).collect();
    let mut all = explored.candidates(&Writable { unwritable }, K_BEST, sizes);
    found.retain(|candidate| !all.contains(candidate));
    all.append(&mut found);
    all
}

/// The old and the new program up to the values that are computed in another way: above them both are the same function of the same
/// values, and one that jumps (a sorting order, a comparison) would tell nothing of the change.
fn frontier(original: &Classed, change: &Classed) -> (Program, Program) {
    let class = |classed: &Classed, id: Id| classed.classes[usize::from(id)];
    let (mut old, mut new) = (Vec::new(), Vec::new());
    let mut stack: Vec<(Id, Id)> = original.program.roots.iter().copied().zip(change.program.roots.iter().copied()).collect();
    let mut seen = BTreeSet::new();
    while let Some((a, b)) = stack.pop() {
        if !seen.insert((a, b)) {
            continue;
        }
        match (&original.program.terms[a], &change.program.terms[b]) {
            (Term::Op(f, x), Term::Op(g, y))
                if f == g && x.len() == y.len() && x.iter().zip(y).all(|(&a, &b)| class(original, a) == class(change, b)) =>
            {
                stack.extend(x.iter().copied().zip(y.iter().copied()));
            }
            (Term::Op(..), _) | (_, Term::Op(..)) => {
                old.push(a);
                new.push(b);
            }
            _ => {}
        }
    }
    (original.program.part(old), change.program.part(new))
}

/// The weakest ground among the leaves that a change reads.
fn ground(region: &Region<'_>, change: &Classed) -> Ground {
    let leaves =
        change.program.terms.as_ref().iter().filter_map(|node| if let Term::Leaf(leaf) = node { Some(leaf.0 as usize) } else { None });
    leaves.filter_map(|leaf| region.grounds.get(leaf).copied()).max().unwrap_or(Ground::Inferred)
}

fn classed(candidate: &Candidate) -> Classed {
    let classes = candidate.classes.iter().map(|class| Id::from(class.0 as usize)).collect();
    Classed { program: candidate.program.clone(), classes, inferior: candidate.inferior.clone(), changed: BTreeSet::new() }
}

fn unclassed(classed: &Classed) -> Candidate {
    let classes = classed.classes.iter().map(|class| ClassId(usize::from(*class) as u32)).collect();
    Candidate { program: classed.program.clone(), classes, inferior: classed.inferior.clone(), original: false }
}
