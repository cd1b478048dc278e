use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use super::CLEAN;
use crate::model::onnx::Recording;
use crate::model::{Agreement, Optimized, agreement, onnx, optimize, rust};
use crate::project::create;
use crate::rules::{RuleSet, Selection};

/// `cargo wright generate model.onnx -o model.rs`
#[derive(Debug, Args)]
pub struct Arguments {
    /// The model, an ONNX file
    input: PathBuf,
    /// The Rust file to write; weights go to a .safetensors file beside it
    #[arg(short, long, value_name = "FILE", required_unless_present = "krate")]
    out: Option<PathBuf>,
    /// Write a whole crate into a new folder instead, with a benchmark that `cargo bench` runs
    #[arg(long = "crate", value_name = "DIR", conflicts_with = "out")]
    krate: Option<PathBuf>,
    /// Fix an input's lengths, as in `--shape input=1,3,320,320`; the others stay symbolic
    #[arg(long, value_name = "NAME=LENGTHS", value_parser = shape)]
    shape: Vec<(String, Vec<usize>)>,
    /// Add a test against recorded data, a folder of input_N.pb and output_N.pb, to the crate
    #[arg(long, value_name = "DIR", requires = "krate")]
    with_test: Option<PathBuf>,
    /// The folder of a local copy of the crate `codewright` that the crate shall use
    #[arg(long, value_name = "PATH", requires = "krate")]
    runtime: Option<PathBuf>,
    /// Leave the operations as the file has them
    #[arg(long)]
    as_is: bool,
    /// Print what was done
    #[arg(long)]
    stats: bool,
}

/// Generates code from a model.
///
/// # Errors
/// If the model cannot be read or has nodes that cannot be done, or a file cannot be written.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.input.extension().is_none_or(|extension| extension != "onnx") {
        bail!("{}: expected an .onnx file; other inputs are not supported yet", arguments.input.display());
    }
    let mut model = onnx::read(&arguments.input, &onnx::Options { shapes: arguments.shape.clone() })
        .with_context(|| arguments.input.display().to_string())?;
    if !arguments.as_is {
        let rules = RuleSet::builtin().for_models(&Selection::default())?;
        let optimized = optimize(&model, &rules);
        let agreement = agreement(&model, &optimized.model);
        if arguments.stats {
            print_stats(&optimized, &agreement);
        }
        match agreement {
            Agreement::Different(why) => {
                eprintln!("warning: the operations are left as the file has them, for the optimized ones differ: {why}")
            }
            Agreement::Same(_) | Agreement::Untried(_) => model = optimized.model,
        }
    }
    let source = arguments.input.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if let Some(out) = &arguments.out {
        if let Some(stem) = out.file_stem() {
            model.name = stem.to_string_lossy().into_owned();
        }
        let weights = out.with_extension("safetensors");
        let weights_file = weights.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let generated = rust::generate(&model, &rust::Options { weights_file, source: source.clone() })?;
        if let Some(bytes) = &generated.weights {
            create(&weights, bytes)?;
        }
        create(out, generated.code.as_bytes())?;
    }
    if let Some(folder) = &arguments.krate {
        let weights_file = format!("{}.safetensors", rust::identifier(&model.name));
        let generated = rust::generate(&model, &rust::Options { weights_file, source })?;
        let recording = arguments.with_test.as_deref().map(Recording::read).transpose()?;
        for (name, bytes) in rust::package(&model, &generated, recording.as_ref(), arguments.runtime.as_deref())? {
            create(&folder.join(name), &bytes)?;
        }
    }
    Ok(ExitCode::from(CLEAN))
}

/// What became of the operations, and the rules that said so.
fn print_stats(optimized: &Optimized, agreement: &Agreement) {
    let (before, after) = optimized.operations;
    let stats = &optimized.stats;
    println!("{before} operations, {after} after optimization");
    println!("e-graph: {} nodes in {} classes after {} rounds, {}", stats.nodes, stats.classes, stats.iterations, optimized.stopped);
    match agreement {
        Agreement::Same(worst) => println!("on random inputs the outputs agree to {worst:.1e} of the largest"),
        Agreement::Different(why) => println!("on random inputs the outputs differ: {why}"),
        Agreement::Untried(why) => println!("not compared on random inputs: {why}"),
    }
    for (rule, times) in &stats.by_rule {
        println!("{times:6} {rule}");
    }
}

fn shape(text: &str) -> Result<(String, Vec<usize>), String> {
    let expected = || "expected NAME=LENGTHS, such as input=1,3,224,224".to_owned();
    let (name, lengths) = text.rsplit_once('=').ok_or_else(expected)?;
    let lengths = lengths.split(',').map(|n| n.trim().parse().map_err(|_| expected())).collect::<Result<_, _>>()?;
    Ok((name.to_owned(), lengths))
}
