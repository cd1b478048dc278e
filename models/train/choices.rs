//! What each scorer takes of the measured candidates of a set, and what that gains.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;

use egg::Language as _;
use rayon::prelude::*;
use wright::explore::{Candidate, ClassId};
use wright::ir::{Id, Node};
use wright::measure::Case;
use wright::score::{Analytic, Correction, Device, Margin, Neural, OnnxRuntime, Scorer, Simple, Tuned, choose, draws};

/// From this ratio on a choice counts as slower.
const SLOWER: f64 = 0.98;

/// Prints a table of the scorers for the programs that rules and ops were put together to, and one for those of source files.
pub fn choices(library: &Path, scorers: &[&str]) -> Result<(), String> {
    let lines: Vec<String> = std::io::stdin().lock().lines().collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let read = |(at, line): (usize, &String)| {
        let failed = |error: &dyn std::fmt::Display| format!("line {}: {error}", at + 1);
        let case: Case = serde_json::from_str(line).map_err(|error| failed(&error))?;
        let (candidates, seconds) = measured(&case).map_err(|error| failed(&error))?;
        Ok((Path::new(&case.source).extension().is_some(), candidates, seconds))
    };
    let read: Vec<(bool, Vec<Candidate>, Vec<f64>)> = lines.par_iter().enumerate().map(read).collect::<Result<_, String>>()?;
    let scorers: Vec<(&str, Box<dyn Scorer>)> =
        scorers.iter().map(|&name| Ok((name, scorer(name, library)?))).collect::<Result<_, String>>()?;
    for (of_source, title) in [(true, "regions of source"), (false, "programs put together")] {
        let cases: Vec<(&[Candidate], &[f64])> = read
            .iter()
            .filter(|(source, ..)| *source == of_source)
            .map(|(_, candidates, seconds)| (&candidates[..], &seconds[..]))
            .collect();
        println!("| {title}: {} | change | geometric mean over all | slower by more than 2% | slowest |", cases.len());
        println!("| --- | --- | --- | --- | --- |");
        let fastest = |seconds: &[f64]| (0..seconds.len()).min_by(|&a, &b| seconds[a].total_cmp(&seconds[b])).unwrap_or(0);
        line("the fastest", cases.iter().map(|(_, seconds)| (fastest(seconds), *seconds)));
        for (name, scorer) in &scorers {
            let taken = |&(candidates, seconds): &(&[Candidate], _)| {
                let sizes = candidates.first().map_or(Vec::new(), |original| draws(&original.program, 1));
                (choose(&**scorer, candidates, &sizes, &Margin::default()).index, seconds)
            };
            line(name, cases.iter().map(taken));
        }
        println!();
    }
    Ok(())
}

fn scorer(name: &str, library: &Path) -> Result<Box<dyn Scorer>, String> {
    Ok(match (name, Simple::named(name)) {
        // Without a correction.
        ("network", _) => Box::new(Tuned(Correction::default())),
        ("analytic", _) => Box::new(Analytic),
        (_, Some(simple)) => Box::new(simple),
        (file, None) => {
            let runtime = OnnxRuntime::open(Path::new(file), library, Device::Cpu).map_err(|error| error.to_string())?;
            Box::new(Neural::new(Box::new(runtime)).map_err(|error| error.to_string())?)
        }
    })
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

fn line<'s>(name: &str, taken: impl Iterator<Item = (usize, &'s [f64])>) {
    let taken: Vec<(usize, &[f64])> = taken.filter(|(_, seconds)| !seconds.is_empty()).collect();
    let ratios: Vec<f64> = taken.iter().map(|(index, seconds)| seconds[0] / seconds[*index]).collect();
    let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len().max(1) as f64).exp();
    let changed = taken.iter().filter(|(index, _)| *index > 0).count();
    let slower = ratios.iter().filter(|&&ratio| ratio < SLOWER).count();
    let worst = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    println!("| {name} | {changed} | {mean:.3} | {slower} | {worst:.2} |");
}
