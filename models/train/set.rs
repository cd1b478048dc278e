//! The programs of the measured set, and what the network is told of them.
//!
//! `cargo run --release --example set -- programs TARGET FIRST COUNT` draws programs and prints each with its candidates and their code, one
//! JSON object a line; `timer.py` and `rust.py` time them. `… regions TARGET FOLDER` takes the programs from the regions of the source files in a folder.
//! `… gym < SET` writes each case as an e-graph of extraction-gym with the measured times. `… features OUT < SET` writes the rows of all
//! candidates as a safetensors file. `… choices LIBRARY SCORER… < SET` prints what scorers take of the measured candidates: they are named as
//! for `--scorer`, and `network` is the built-in one; LIBRARY is that of ONNX Runtime. `… margins < SET` prints what the built-in one takes if it
//! has to be more or less sure, `… slower < SET` the cases of which it takes what is slower, to be timed again.

mod choices;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::io::{BufRead, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;
use rustc_hash::FxHasher;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Map, Value, json};
use wright::explore::{Explorer, Limits, Random, SizeModel};
use wright::facts::{FileFacts, Outside};
use wright::ir::{Node, OpId, Program, Target};
use wright::lower::{Region, regions};
use wright::measure::{Case, Generated, Generator, assumed, draw_sizes, sized, statements};
use wright::rules::{Rule, RuleSet, Selection};
use wright::score::{
    Analytic, COUNT_SCALE, Device, EXTRACTION_DRAWS, Features, Neural, OPERANDS, OnnxRuntime, PLACES, READERS, SECONDS_CENTRE,
    SECONDS_SCALE, VERSION, WIDTH, draws,
};
use wright::syntax::{Language, Tree};

/// Candidates of one e-graph.
const CANDIDATES: usize = 16;
/// Sizes for each program.
const SIZES: usize = 2;
/// What all values of a program may take.
const MOST_BYTES: f64 = 2e8;
/// What one run may be predicted to take, at most: drawn evenly in its logarithm, so that all times are as frequent.
const MOST_SECONDS: (f64, f64) = (1e-6, 0.05);
/// A candidate that is predicted to take longer is left out: its values may fill the memory.
const MOST_SECONDS_OF_ANY: f64 = 0.5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["programs", target, first, count] => programs(target, first, count),
        ["regions", target, folder] => regions_of(target, Path::new(folder)),
        ["features", out] => features(out),
        ["gym"] => gym(),
        ["choices", library, scorers @ ..] => choices::choices(Path::new(library), scorers),
        ["margins"] => choices::margins(),
        ["slower"] => choices::slower(),
        ["cost"] => cost(None),
        ["cost", library] => cost(Some(Path::new(library))),
        _ => Err("usage: set programs TARGET FIRST COUNT | set regions TARGET FOLDER | set features OUT < SET | set gym < SET | set choices LIBRARY SCORER… < SET | set margins < SET | set slower < SET | set cost [LIBRARY OF ONNX RUNTIME]".to_owned()),
    };
    if let Err(error) = done {
        eprintln!("{error}");
        std::process::exit(2);
    }
}

/// The rules and what draws and explores with them.
struct Spine<'r> {
    target: Target,
    selected: Vec<&'r Rule>,
    explorer: Explorer,
}

impl<'r> Spine<'r> {
    fn new(target: &str, rules: &'r RuleSet) -> Result<Spine<'r>, String> {
        let target = Target::ALL.into_iter().find(|t| t.name() == target).ok_or_else(|| format!("no target is named `{target}`"))?;
        let selected = rules.select(&Selection::default(), target).map_err(|error| error.to_string())?;
        Ok(Spine { target, explorer: Explorer::new(selected.iter().copied()), selected })
    }
}

fn programs(target: &str, first: &str, count: &str) -> Result<(), String> {
    let number = |text: &str| text.parse::<u64>().map_err(|_| format!("`{text}` is no number"));
    let (first, count) = (number(first)?, number(count)?);
    let rules = RuleSet::builtin();
    let spine = Spine::new(target, rules)?;
    let generator = Generator::new(spine.target, spine.selected.iter().copied());
    let of_seed = |seed| generator.draw(seed).map_or_else(Vec::new, |drawn| cases(&spine.explorer, &drawn, seed));
    print((first..first + count).into_par_iter().flat_map_iter(of_seed).collect())
}

fn regions_of(target: &str, folder: &Path) -> Result<(), String> {
    let rules = RuleSet::builtin();
    let spine = Spine::new(target, rules)?;
    let language = if spine.target == Target::Rust { Language::Rust } else { Language::Python };
    let extension = if language == Language::Rust { "rs" } else { "py" };
    let mut files: Vec<PathBuf> = ignore::Walk::new(folder).filter_map(|entry| Some(entry.ok()?.into_path())).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == extension));
    files.sort();
    let found: Vec<Generated> = files.par_iter().flat_map_iter(|path| regions_in(path, folder, language, spine.target)).collect();
    let mut known = HashSet::new();
    let distinct: Vec<Generated> = found.into_iter().filter(|drawn| known.insert(hash(&drawn.program))).collect();
    print(distinct.par_iter().enumerate().flat_map_iter(|(seed, drawn)| cases(&spine.explorer, drawn, seed as u64)).collect())
}

/// The programs of one file's regions; where the file does not say ranks and dtypes, they are assumed.
fn regions_in(path: &Path, folder: &Path, language: Language, target: Target) -> Vec<Generated> {
    let Ok(text) = std::fs::read_to_string(path) else { return Vec::new() };
    let tree = Tree::parse(language, text.as_str());
    if tree.first_error().is_some() {
        return Vec::new();
    }
    let facts = FileFacts::new(&tree, &Outside::default());
    let source = path.strip_prefix(folder).unwrap_or(path).display().to_string();
    let assume = |region: &Region| {
        let ops = region.program.terms.as_ref().iter().filter(|node| matches!(node, Node::Op(..))).count();
        let model = (2..=40).contains(&ops).then(|| SizeModel::all(&region.program).into_iter().next())??;
        Some(Generated { program: assumed(&region.program, &model)?, source: source.clone() })
    };
    regions(&tree, &facts, target, &|_, _| true).iter().filter_map(assume).collect()
}

fn print(cases: Vec<Case>) -> Result<(), String> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for case in cases {
        let line = serde_json::to_string(&case).map_err(|error| error.to_string())?;
        writeln!(out, "{line}").map_err(|error| error.to_string())?;
    }
    out.flush().map_err(|error| error.to_string())
}

/// A program's candidates under some sizes.
fn cases(explorer: &Explorer, drawn: &Generated, seed: u64) -> Vec<Case> {
    let models = SizeModel::all(&drawn.program);
    if models.is_empty() {
        return Vec::new();
    }
    let explored = explorer.explore(&drawn.program, &Limits::default());
    let candidates = explored.candidates(&Analytic, CANDIDATES, &draws(&drawn.program, EXTRACTION_DRAWS));
    let mut random = Random::new(seed ^ 0x512e5);
    let name = format!("{:016x}", hash(&drawn.program));
    let mut cases: Vec<Case> = Vec::new();
    for _ in 0..SIZES {
        let most_seconds = random.log_uniform(MOST_SECONDS.0, MOST_SECONDS.1);
        let Some(sizes) = draw_sizes(&drawn.program, &models, &mut random, MOST_BYTES, most_seconds) else { continue };
        let written: Vec<(Program, String)> = candidates
            .iter()
            .filter_map(|candidate| sized(&candidate.program, &sizes))
            .filter(|program| Analytic.seconds_of_sized(program) < MOST_SECONDS_OF_ANY)
            .filter_map(|program| {
                let code = statements(&program).ok()?;
                Some((program, code.text()))
            })
            .collect();
        let (programs, code): (Vec<Program>, Vec<String>) = written.into_iter().unzip();
        let Some(case) = Case::new(name.clone(), drawn.source.clone(), &programs) else { continue };
        let same = cases.iter().any(|other| other.leaves == case.leaves);
        if !same && case.candidates.len() == code.len() {
            cases.push(Case { code, ..case });
        }
    }
    cases
}

fn hash(program: &Program) -> u64 {
    let mut hasher = FxHasher::default();
    program.to_string().hash(&mut hasher);
    for leaf in &program.leaves {
        format!("{}", leaf.ty).hash(&mut hasher);
    }
    hasher.finish()
}

/// Each case as an e-graph: every node is a class of its own but for the roots of the candidates, which are equal. `measured` has what no gym
/// has had: the seconds of whole selections of nodes.
fn gym() -> Result<(), String> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for (at, line) in std::io::stdin().lock().lines().enumerate() {
        let case: Case =
            serde_json::from_str(&line.map_err(|error| error.to_string())?).map_err(|error| format!("line {}: {error}", at + 1))?;
        let mut class: Vec<usize> = (0..case.nodes.len()).collect();
        for roots in &case.candidates {
            roots.iter().zip(&case.candidates[0]).for_each(|(&root, &first)| class[root as usize] = first as usize);
        }
        let costs = case.costs().map_err(|error| format!("line {}: {error}", at + 1))?;
        let entry = |(i, text): (usize, &String)| {
            let (op, children) = text.split_once(' ').filter(|_| text.starts_with(|c: char| c.is_ascii_lowercase())).unwrap_or((text, ""));
            let children: Vec<&str> = children.split(' ').filter(|child| !child.is_empty()).collect();
            (i.to_string(), json!({"op": op, "children": children, "eclass": class[i].to_string(), "cost": costs[i]}))
        };
        let nodes: Map<String, Value> = case.nodes.iter().enumerate().map(entry).collect();
        let roots: Vec<String> = case.candidates[0].iter().map(|root| class[*root as usize].to_string()).collect();
        let measured: Vec<Value> =
            case.candidates.iter().zip(&case.seconds).map(|(roots, seconds)| json!({"roots": roots, "seconds": seconds})).collect();
        let about = json!({"nodes": nodes, "root_eclasses": roots, "measured": measured, "target": case.target, "leaves": case.leaves});
        writeln!(out, "{about}").map_err(|error| error.to_string())?;
    }
    out.flush().map_err(|error| error.to_string())
}

/// Ops of the programs whose ranking is timed.
const ROWS: usize = 40;

/// Prints what ranking takes, built in and by ONNX Runtime on one thread.
fn cost(library: Option<&Path>) -> Result<(), String> {
    let rules = RuleSet::builtin();
    let spine = Spine::new("numpy", rules)?;
    let generator = Generator::new(spine.target, spine.selected.iter().copied());
    let mut program = Features::default();
    for drawn in (0..).filter_map(|seed| generator.draw(seed)) {
        let Some(part) = draws(&drawn.program, 1).first().and_then(|sizes| sized(&drawn.program, sizes)) else { continue };
        let (part, first) = (Features::of_sized(&part), program.ops.len() as u32);
        let moved = |&row: &u32| if row == 0 { 0 } else { row + first };
        program.rows.extend(part.rows);
        program.ops.extend(part.ops);
        program.operands.extend(part.operands.iter().map(moved));
        program.readers.extend(part.readers.iter().map(moved));
        if program.ops.len() >= ROWS {
            break;
        }
    }
    let session = library.map(|library| OnnxRuntime::open(Path::new("models/scorer.onnx"), library, Device::Cpu)).transpose();
    let other = session.map_err(|e| e.to_string())?.map(|session| Neural::new(Box::new(session))).transpose().map_err(|e| e.to_string())?;
    println!("| programs of {} ops | built in | ONNX Runtime |\n| --- | --- | --- |", program.ops.len());
    for count in [1, 16, 256, 4096] {
        let batch = vec![Some(program.clone()); count];
        let times = |scorer: &Neural| {
            let mut times: Vec<f64> = (0..(4096 / count).clamp(5, 200))
                .map(|_| {
                    let start = Instant::now();
                    let _ = std::hint::black_box(scorer.predict(&batch));
                    start.elapsed().as_secs_f64() * 1e3
                })
                .collect();
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        let theirs = other.as_ref().map_or("not asked".to_owned(), |other| format!("{:.3} ms", times(other)));
        println!("| {count} | {:.3} ms | {theirs} |", times(Neural::builtin()));
    }
    Ok(())
}

/// The rows of all candidates of a measured set, one after another.
#[derive(Default)]
struct Table {
    rows: Vec<f32>,
    ops: Vec<i32>,
    operands: Vec<i32>,
    readers: Vec<i32>,
    /// Rows of each candidate.
    lengths: Vec<i32>,
    /// The case of each candidate.
    cases: Vec<i32>,
    seconds: Vec<f32>,
    spread: Vec<f32>,
    analytic: Vec<f32>,
}

fn features(out: &str) -> Result<(), String> {
    let names: Vec<OpId> = OpId::all().collect();
    let number: HashMap<OpId, i32> = names.iter().enumerate().map(|(i, &op)| (op, i as i32 + 1)).collect();
    let mut table = Table::default();
    for (at, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line.map_err(|error| error.to_string())?;
        let case: Case = serde_json::from_str(&line).map_err(|error| format!("line {}: {error}", at + 1))?;
        let programs = case.programs().map_err(|error| format!("line {}: {error}", at + 1))?;
        for (i, program) in programs.iter().enumerate() {
            let features = Features::of_sized(program);
            table.lengths.push(features.ops.len() as i32);
            table.cases.push(at as i32);
            table.seconds.push(case.seconds.get(i).copied().unwrap_or(0.0) as f32);
            table.spread.push(case.spread.get(i).copied().unwrap_or(0.0) as f32);
            table.analytic.push(Analytic.seconds_of_sized(program) as f32);
            table.rows.extend(&features.rows);
            table.ops.extend(features.ops.iter().map(|op| number[op]));
            table.operands.extend(features.operands.iter().map(|&row| row as i32));
            table.readers.extend(features.readers.iter().map(|&row| row as i32));
        }
    }
    let names: Vec<&str> = names.iter().map(|op| op.def().name).collect();
    table.write(out, &names.join(","))
}

impl Table {
    fn write(&self, out: &str, ops: &str) -> Result<(), String> {
        let rows = self.ops.len();
        let floats = |values: &[f32]| values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
        let integers = |values: &[i32]| values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
        let tensors = [
            ("rows", Dtype::F32, vec![rows, WIDTH], floats(&self.rows)),
            ("ops", Dtype::I32, vec![rows], integers(&self.ops)),
            ("operands", Dtype::I32, vec![rows, OPERANDS], integers(&self.operands)),
            ("readers", Dtype::I32, vec![rows, READERS], integers(&self.readers)),
            ("lengths", Dtype::I32, vec![self.lengths.len()], integers(&self.lengths)),
            ("cases", Dtype::I32, vec![self.cases.len()], integers(&self.cases)),
            ("seconds", Dtype::F32, vec![self.seconds.len()], floats(&self.seconds)),
            ("spread", Dtype::F32, vec![self.spread.len()], floats(&self.spread)),
            ("analytic", Dtype::F32, vec![self.analytic.len()], floats(&self.analytic)),
        ];
        let mut views = BTreeMap::new();
        for (name, dtype, shape, data) in &tensors {
            views.insert(*name, TensorView::new(*dtype, shape.clone(), data).map_err(|error| error.to_string())?);
        }
        let places: Map<String, Value> =
            PLACES.into_iter().map(|(name, range)| (name.to_owned(), json!([range.start, range.end]))).collect();
        let layout = json!({
            "targets": Target::ALL.map(Target::name), "width": WIDTH, "operands": OPERANDS, "readers": READERS, "places": places,
            "seconds_centre": SECONDS_CENTRE, "seconds_scale": SECONDS_SCALE, "count_scale": COUNT_SCALE,
        });
        let about = [("ops", ops.to_owned()), ("version", VERSION.to_owned()), ("layout", layout.to_string())];
        let about = about.into_iter().map(|(key, text)| (key.to_owned(), text)).collect();
        safetensors::serialize_to_file(views, Some(about), std::path::Path::new(out)).map_err(|error| error.to_string())
    }
}
