//! What each scorer takes of the measured candidates of a set, what that gains, and where it loses.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;

use egg::Language as _;
use rayon::prelude::*;
use wright::explore::{Candidate, ClassId};
use wright::ir::{Id, Node, Program};
use wright::measure::{Case, statements};
use wright::score::{Analytic, Correction, Device, Margin, Neural, OnnxRuntime, Scorer, Simple, Tuned, choose, draws};

/// From this ratio on a choice counts as slower.
const SLOWER: f64 = 0.98;
/// How many standard deviations a difference is asked to be.
const SURE: [f64; 10] = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0];

/// A case of a set with the candidates that were measured, and their seconds; none if the original was not.
struct Measured {
    case: Case,
    candidates: Vec<Candidate>,
    seconds: Vec<f64>,
}

impl Measured {
    /// What a scorer takes.
    fn taken(&self, scorer: &dyn Scorer, margin: &Margin) -> usize {
        let sizes = self.candidates.first().map_or(Vec::new(), |original| draws(&original.program, 1));
        choose(scorer, &self.candidates, &sizes, margin).index
    }

    /// How many times as fast one of them is.
    fn ratio(&self, index: usize) -> Option<f64> {
        Some(self.seconds.first()? / self.seconds.get(index)?)
    }

    fn is_of_source(&self) -> bool {
        Path::new(&self.case.source).extension().is_some()
    }
}

/// Prints a table of the scorers for the programs that rules and ops were put together to, and one for those of source files.
pub fn choices(library: &Path, scorers: &[&str]) -> Result<(), String> {
    let scorers: Vec<(&str, Box<dyn Scorer + Send + Sync>)> =
        scorers.iter().map(|&name| Ok((name, scorer(name, library)?))).collect::<Result<_, String>>()?;
    tables(|cases| {
        let fastest = |seconds: &[f64]| (0..seconds.len()).min_by(|&a, &b| seconds[a].total_cmp(&seconds[b])).unwrap_or(0);
        line("the fastest", cases, &|case| fastest(&case.seconds));
        for (name, scorer) in &scorers {
            line(name, cases, &|case| case.taken(&**scorer, &Margin::default()));
        }
    })
}

/// Prints what the built-in network takes if it has to be more or less sure.
pub fn margins() -> Result<(), String> {
    tables(|cases| {
        for sure in SURE {
            line(&format!("{sure} deviations"), cases, &|case| case.taken(&network(), &Margin { sure, ..Margin::default() }));
        }
    })
}

/// Prints the cases of which the built-in network takes what is slower: the original and that, with their code, to be timed again.
pub fn slower() -> Result<(), String> {
    for measured in read()? {
        let taken = measured.taken(&network(), &Margin::default());
        if measured.ratio(taken).is_none_or(|ratio| ratio >= SLOWER) {
            continue;
        }
        let programs: Vec<Program> = [0, taken].iter().map(|&index| measured.candidates[index].program.clone()).collect();
        let code = programs.iter().map(|program| statements(program).map(|code| code.text()).map_err(|error| error.to_string()));
        let code = code.collect::<Result<Vec<String>, String>>()?;
        let Case { program, source, .. } = measured.case;
        let seconds = vec![measured.seconds[0], measured.seconds[taken]];
        let Some(case) = Case::new(program, source, &programs) else { continue };
        println!("{}", serde_json::to_string(&Case { code, seconds, ..case }).map_err(|error| error.to_string())?);
    }
    Ok(())
}

/// One table for regions of source files, one for programs that were put together.
fn tables(lines: impl Fn(&[&Measured])) -> Result<(), String> {
    let read = read()?;
    for (of_source, title) in [(true, "regions of source"), (false, "programs put together")] {
        let cases: Vec<&Measured> = read.iter().filter(|case| case.is_of_source() == of_source).collect();
        println!("| {title}: {} | change | geometric mean over all | slower by more than 2% | slowest |", cases.len());
        println!("| --- | --- | --- | --- | --- |");
        lines(&cases);
        println!();
    }
    Ok(())
}

fn line(name: &str, cases: &[&Measured], taken: &(dyn Fn(&Measured) -> usize + Sync)) {
    let found: Vec<(usize, f64)> = cases
        .par_iter()
        .filter_map(|case| {
            let index = taken(case);
            Some((index, case.ratio(index)?))
        })
        .collect();
    let mean = (found.iter().map(|(_, ratio)| ratio.ln()).sum::<f64>() / found.len().max(1) as f64).exp();
    let changed = found.iter().filter(|(index, _)| *index > 0).count();
    let slower = found.iter().filter(|(_, ratio)| *ratio < SLOWER).count();
    let worst = found.iter().map(|(_, ratio)| *ratio).fold(f64::INFINITY, f64::min);
    println!("| {name} | {changed} | {mean:.3} | {slower} | {worst:.2} |");
}

/// Without a correction.
fn network() -> Tuned {
    Tuned(Correction::default())
}

fn scorer(name: &str, library: &Path) -> Result<Box<dyn Scorer + Send + Sync>, String> {
    Ok(match (name, Simple::named(name)) {
        ("network", _) => Box::new(network()),
        ("analytic", _) => Box::new(Analytic),
        (_, Some(simple)) => Box::new(simple),
        (file, None) => {
            let runtime = OnnxRuntime::open(Path::new(file), library, Device::Cpu).map_err(|error| error.to_string())?;
            Box::new(Neural::new(Box::new(runtime)).map_err(|error| error.to_string())?)
        }
    })
}

fn read() -> Result<Vec<Measured>, String> {
    let lines: Vec<String> = std::io::stdin().lock().lines().collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let read = |(at, line): (usize, &String)| {
        let failed = |error: &dyn std::fmt::Display| format!("line {}: {error}", at + 1);
        let case: Case = serde_json::from_str(line).map_err(|error| failed(&error))?;
        let (candidates, seconds) = measured(&case).map_err(|error| failed(&error))?;
        Ok(Measured { case, candidates, seconds })
    };
    lines.par_iter().enumerate().map(read).collect()
}

/// The candidates of a case that were measured, and their seconds; none if the original was not.
fn measured(case: &Case) -> Result<(Vec<Candidate>, Vec<f64>), wright::measure::CaseError> {
    let mut classes: HashMap<Node, ClassId> = HashMap::new();
    let mut roots: Vec<ClassId> = Vec::new();
    let mut found = (Vec::new(), Vec::new());
    for (at, (program, &seconds)) in case.programs()?.into_iter().zip(&case.seconds).enumerate() {
        if seconds <= 0.0 {
            if at == 0 { break } else { continue }
        }
        let mut of: Vec<ClassId> = Vec::with_capacity(program.terms.len());
        for (i, node) in program.terms.as_ref().iter().enumerate() {
            let next = ClassId(classes.len() as u32);
            let node = node.clone().map_children(|child| Id::from(of[usize::from(child)].0 as usize));
            let own = *classes.entry(node).or_insert(next);
            // What the roots compute is equal, however it is computed; of other nodes that is not said.
            let root = program.roots.iter().position(|&root| usize::from(root) == i);
            of.push(root.and_then(|root| roots.get(root)).copied().unwrap_or(own));
        }
        if at == 0 {
            roots = program.roots.iter().map(|&root| of[usize::from(root)]).collect();
        }
        found.0.push(Candidate { inferior: vec![false; of.len()], classes: of, original: at == 0, program });
        found.1.push(seconds);
    }
    Ok(found)
}
