//! Fills the functions of a file one by one and prints what came of each, one JSON object a line.
//!
//! `cargo run --release --example holes -- ORDER FILE SECONDS`; `benches/holes.py` calls it.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use wright::facts::{FileFacts, Outside};
use wright::lower::LineWidths;
use wright::project::language_of;
use wright::syntax::{Tree, apply};
use wright::synthesize::{Costs, Hole, Layout, Limits, Order, body, holes, synthesize};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [order, file, seconds] => run(order, Path::new(file), seconds),
        _ => Err("usage: holes size|model FILE SECONDS".to_owned()),
    };
    if let Err(error) = done {
        eprintln!("{error}");
        std::process::exit(2);
    }
}

fn run(order: &str, path: &Path, seconds: &str) -> Result<(), String> {
    let order = match order {
        "size" => Order::Size,
        "model" => Order::Model,
        _ => return Err(format!("no order is named `{order}`")),
    };
    let seconds: f64 = seconds.parse().map_err(|_| format!("`{seconds}` is no number of seconds"))?;
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let language = language_of(path).ok_or_else(|| format!("{}: expected code", path.display()))?;
    let tree = Tree::parse(language, text.as_str());
    let facts = FileFacts::new(&tree, &Outside::default());
    let limits = Limits { programs: u64::MAX, time: Some(Duration::from_secs_f64(seconds)) };
    for hole in holes(&tree) {
        let filled = fill(&text, &tree, &facts, &hole, order, &limits).unwrap_or_else(|error| json!({ "error": error }));
        println!("{}", json!({ "function": hole.name, "outcome": filled }));
    }
    Ok(())
}

fn fill<'t>(text: &str, tree: &'t Tree, facts: &FileFacts<'t>, hole: &Hole<'t>, order: Order, limits: &Limits) -> Result<Value, String> {
    let task = hole.task(facts, tree).map_err(|error| error.to_string())?;
    let names = facts.names(hole.placeholder);
    let outcome = synthesize(&task, &names, &Costs::of(order, &task), limits);
    let statistics = outcome.statistics;
    let mut filled = json!({ "programs": statistics.programs, "values": statistics.values, "seconds": statistics.seconds });
    if let Some(solution) = outcome.solutions.first() {
        let layout = Layout::of(text, hole, LineWidths::default());
        let written = body(&task, &names, solution, layout.width).map_err(|error| error.to_string())?;
        filled["body"] = json!(written.statements);
        filled["text"] = json!(apply(text, &layout.edits(hole, &written)).map_err(|error| error.to_string())?);
    }
    Ok(filled)
}
