//! A model beside ONNX Runtime: latency, the time to the first result, memory, the size of the program.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use super::rust::target_folder;
use super::{Arguments, bytes, duration};
use crate::ir::{DType, DTypeKind, Type};
use crate::model::{Model, rust};

const FIRST: &str = include_str!("model_first.rs");
const BESIDE: &str = include_str!("model_beside.rs");
const PEERS: &str = include_str!("model_peers.rs");

/// The length of an axis that has a name alone, where none is given.
const LENGTH: usize = 16;
/// Processes of each kind that are started to measure the first result.
const STARTS: usize = 7;

/// What was measured of one model.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub path: PathBuf,
    #[serde(flatten)]
    latency: Latency,
    first: Pair,
    memory: Pair,
    /// Bytes of the program without the weights.
    program_bytes: u64,
    build_seconds: f64,
}

/// A runtime besides ONNX Runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Peer {
    Tract,
    Rten,
}

impl Peer {
    fn name(self) -> &'static str {
        match self {
            Peer::Tract => "tract",
            Peer::Rten => "rten",
        }
    }

    /// The line of a manifest.
    fn dependency(self) -> &'static str {
        match self {
            Peer::Tract => "tract-onnx = { version = \"0.23\", optional = true }",
            Peer::Rten => "rten = { version = \"0.27\", optional = true }",
        }
    }

    fn feature(self) -> &'static str {
        match self {
            Peer::Tract => "tract = [\"dep:tract-onnx\"]",
            Peer::Rten => "rten = [\"dep:rten\"]",
        }
    }
}

/// Median seconds of a run of each, and how far the results are apart in parts of the largest.
#[derive(Debug, Serialize, Deserialize)]
struct Latency {
    ours: f64,
    theirs: f64,
    ratio: f64,
    difference: f64,
    peers: Vec<Beside>,
}

/// What another runtime takes, and its ratio to ONNX Runtime, or why it does not run the model.
#[derive(Debug, Serialize, Deserialize)]
struct Beside {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Of ours and of ONNX Runtime's.
#[derive(Debug, Serialize)]
struct Pair {
    ours: f64,
    theirs: f64,
}

/// Builds a program around the model's code and measures it beside ONNX Runtime.
///
/// # Errors
/// If the model cannot be read, the program cannot be built, or there is no ONNX Runtime.
pub(super) fn measure(path: &Path, arguments: &Arguments, library: &Path) -> anyhow::Result<Row> {
    let mut model = arguments.model.read(&[path.to_owned()], &arguments.rules)?;
    model.name = "measured".to_owned();
    let weights_file = "measured.safetensors".to_owned();
    let generated = rust::generate(&model, &rust::Options { weights_file, source: path.display().to_string() })?;
    let folder = tempfile::tempdir()?;
    for (name, bytes) in rust::package(&model, &generated, None, arguments.runtime.as_deref())? {
        crate::project::create(&folder.path().join(name), &bytes)?;
    }
    let manifest = folder.path().join("Cargo.toml");
    let own = std::fs::read_to_string(&manifest)?;
    let ort = "ort = { version = \"=2.0.0-rc.15\", default-features = false, features = [\"std\", \"load-dynamic\", \"api-24\"] }";
    let lines = |line: fn(Peer) -> &'static str| -> String { arguments.peers.iter().map(|peer| format!("{}\n", line(*peer))).collect() };
    let own = own.replacen("[dependencies]\n", &format!("[dependencies]\n{ort}\n{}", lines(Peer::dependency)), 1);
    let features = lines(Peer::feature);
    std::fs::write(&manifest, format!("{own}\n[features]\n{features}\n[profile.release]\nstrip = true\n\n[workspace]\n"))?;
    let inputs = inputs(&model);
    for (program, text) in [("first", FIRST), ("beside", BESIDE)] {
        let source = folder.path().join("src/bin").join(program);
        std::fs::create_dir_all(&source)?;
        std::fs::write(source.join("main.rs"), text)?;
        std::fs::write(source.join("inputs.rs"), &inputs)?;
        std::fs::write(source.join("runtime.rs"), runtime_values(&model))?;
        std::fs::write(source.join("peers.rs"), PEERS)?;
    }
    let start = Instant::now();
    build(&manifest, &arguments.peers)?;
    let build_seconds = start.elapsed().as_secs_f64();
    let program = |name: &str| target_folder().join("release").join(name);
    let path = path.canonicalize()?;
    let beside = |mode: &str| {
        let mut command = Command::new(program("beside"));
        command.arg(library).arg(&path).arg(arguments.threads.to_string()).arg(mode);
        command
    };
    let latency = serde_json::from_str(&output(&mut beside("latency"))?).context("the measuring program printed something else")?;
    let (mut first, mut memory) = ((Vec::new(), Vec::new()), (0.0, 0.0));
    for _ in 0..STARTS {
        let (seconds, peak) = timed(&mut Command::new(program("first")))?;
        first.0.push(seconds);
        memory.0 = peak;
        let (seconds, peak) = timed(&mut beside("first"))?;
        first.1.push(seconds);
        memory.1 = peak;
    }
    let weights = generated.weights.as_ref().map_or(0, |weights| weights.len() as u64);
    Ok(Row {
        path,
        latency,
        first: Pair { ours: median(first.0), theirs: median(first.1) },
        memory: Pair { ours: memory.0, theirs: memory.1 },
        program_bytes: std::fs::metadata(program("first"))?.len().saturating_sub(weights),
        build_seconds,
    })
}

/// Prints rows as a table that is Markdown too.
pub(super) fn print_table(rows: &[Row]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let names: Vec<&str> = rows.first().map(|row| row.latency.peers.iter().map(|peer| peer.name.as_str()).collect()).unwrap_or_default();
    let peers: String = names.iter().map(|name| format!(" {name} |")).collect();
    writeln!(
        out,
        "| model | codewright | ONNX Runtime | ratio |{peers} first result | ratio | memory | program | build | largest difference |"
    )?;
    writeln!(out, "| --- | --- | --- | --- |{} --- | --- | --- | --- | --- | --- |", " --- |".repeat(names.len()))?;
    for row in rows {
        let name = row.path.file_stem().unwrap_or_default().to_string_lossy();
        let Latency { ours, theirs, ratio, difference, peers } = &row.latency;
        let peers: String = peers.iter().map(|peer| peer.ratio.map_or(" not run |".to_owned(), |ratio| format!(" {ratio:.2} |"))).collect();
        writeln!(
            out,
            "| `{name}` | {} | {} | {ratio:.2} |{peers} {} / {} | {:.3} | {} / {} | {} | {:.0} s | {difference:.1e} |",
            duration(*ours),
            duration(*theirs),
            duration(row.first.ours),
            duration(row.first.theirs),
            row.first.ours / row.first.theirs,
            bytes(row.memory.ours),
            bytes(row.memory.theirs),
            bytes(row.program_bytes as f64),
            row.build_seconds,
        )?;
    }
    let mean = |ratio: &dyn Fn(&Row) -> Option<f64>| {
        let ratios: Vec<f64> = rows.iter().filter_map(ratio).collect();
        let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len().max(1) as f64).exp();
        (mean, ratios.len())
    };
    let ((latency, count), (first, _)) = (mean(&|row| Some(row.latency.ratio)), mean(&|row| Some(row.first.ours / row.first.theirs)));
    writeln!(
        out,
        "\nGeometric means over {count} models: {latency:.2} of ONNX Runtime's latency, {first:.3} of its time to the first result."
    )?;
    for (i, name) in names.iter().enumerate() {
        let (mean, count) = mean(&|row| row.latency.peers.get(i)?.ratio);
        writeln!(out, "{name}: {mean:.2} over the {count} that it runs.")?;
        for row in rows {
            if let Some(error) = row.latency.peers.get(i).and_then(|peer| peer.error.as_ref()) {
                writeln!(out, "{name} does not run `{}`: {}", row.path.display(), error.lines().next().unwrap_or_default())?;
            }
        }
    }
    Ok(())
}

fn build(manifest: &Path, peers: &[Peer]) -> anyhow::Result<()> {
    let features: Vec<&str> = peers.iter().map(|peer| peer.name()).collect();
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--quiet", "--bins", "--manifest-path"])
        .arg(manifest)
        .arg(format!("--features={}", features.join(",")))
        .env("CARGO_TARGET_DIR", target_folder())
        .env_remove("RUSTFLAGS")
        .output()
        .context("cannot run cargo, which builds the model")?;
    if !output.status.success() {
        bail!("the model's code does not build:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    if !output.status.success() {
        bail!("the measuring program fails: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Seconds from the start of a process to its end, and the memory that it says it had.
fn timed(command: &mut Command) -> anyhow::Result<(f64, f64)> {
    let start = Instant::now();
    let printed = output(command)?;
    Ok((start.elapsed().as_secs_f64(), printed.trim().parse()?))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn lengths(ty: &Type) -> Vec<usize> {
    ty.shape().dims().unwrap_or(&[]).iter().map(|dim| dim.as_known().map_or(LENGTH, |n| n as usize)).collect()
}

/// A module that makes the inputs and runs the model on them.
fn inputs(model: &Model) -> String {
    let ty = rust::type_name(model);
    let mut text = format!(
        "//! Inputs for the model.\n#![allow(dead_code, unused)]\nuse codewright::ndarray::ArrayD;\npub use measured::{ty} as Model;\n\n"
    );
    let (mut fields, mut made, mut passed) = (String::new(), String::new(), String::new());
    for (i, input) in model.inputs.iter().enumerate() {
        let (dtype, lengths) = (input.ty.dtype().unwrap_or(DType::F32), lengths(&input.ty));
        let element = element(dtype);
        _ = writeln!(fields, "    pub input_{i}: codewright::ndarray::Array<{element}, codewright::ndarray::{}>,", rank(lengths.len()));
        let number = match dtype.kind() {
            DTypeKind::Bool => "true".to_owned(),
            DTypeKind::Int => "1".to_owned(),
            // Between -1 and 1, all different.
            DTypeKind::Float => format!("codewright::math::cast::<f64, {element}>(((i * 7919 + 13) % 2003) as f64 / 1001.5 - 1.0)"),
        };
        let count: usize = lengths.iter().product();
        _ = writeln!(
            made,
            "            input_{i}: ArrayD::from_shape_vec(vec!{lengths:?}, (0..{count}usize).map(|i| {number}).collect()).unwrap().into_dimensionality().unwrap(),"
        );
        _ = write!(passed, "&inputs.input_{i}, ");
    }
    _ = write!(
        text,
        "pub struct Inputs {{\n{fields}}}\n\nimpl Inputs {{\n    pub fn new() -> Inputs {{\n        Inputs {{\n{made}        }}\n    }}\n}}\n\n"
    );
    _ = write!(
        text,
        "pub fn run(model: &Model, inputs: &Inputs) -> codewright::Result<impl Sized + use<>> {{\n    model.run({passed})\n}}\n\n"
    );
    let floats = |place: &str| format!("    found.extend({place}.iter().map(|x| codewright::math::cast::<_, f64>(*x)));\n");
    let outputs: String = match rust::output_fields(model) {
        None => floats("results"),
        Some(fields) => fields.iter().map(|field| floats(&format!("results.{field}"))).collect(),
    };
    _ = write!(
        text,
        "pub fn floats(model: &Model, inputs: &Inputs) -> codewright::Result<Vec<f64>> {{\n    let results = model.run({passed})?;\n    let mut found = Vec::new();\n{outputs}    Ok(found)\n}}\n"
    );
    text
}

/// A module that gives the inputs to ONNX Runtime, and takes its results.
fn runtime_values(model: &Model) -> String {
    let (mut values, mut of_tract, mut of_rten) = (String::new(), String::new(), String::new());
    for (i, input) in model.inputs.iter().enumerate() {
        let parts = format!(
            "let (shape, elements): (Vec<usize>, Vec<_>) = (inputs.input_{i}.shape().to_vec(), inputs.input_{i}.iter().copied().collect());"
        );
        _ = writeln!(values, "{{\n{parts}\nort::value::Tensor::from_array((shape, elements))?.into()\n}},");
        _ = writeln!(of_tract, "{{\n{parts}\ntract_onnx::prelude::Tensor::from_shape(&shape, &elements)?.into()\n}},");
        // It has but these, and takes i32 for the other integers.
        let converted = match input.ty.dtype() {
            Some(DType::F32 | DType::I32 | DType::I8 | DType::U8) => "elements".to_owned(),
            Some(DType::I64 | DType::Bool) => "elements.into_iter().map(|x| x as i32).collect::<Vec<_>>()".to_owned(),
            other => format!("return Err(\"it has no inputs of {}\".to_owned())", other.map_or("unknown type", |d| d.name())),
        };
        _ = writeln!(of_rten, "{{\n{parts}\nrten::Value::from_shape(&shape, {converted}).map_err(|e| e.to_string())?\n}},");
    }
    let mut results = String::new();
    for (i, root) in model.program.roots.iter().enumerate() {
        let element = element(model.program.types[usize::from(*root)].dtype().unwrap_or(DType::F32));
        _ = writeln!(
            results,
            "    found.extend(outputs[{i}].try_extract_tensor::<{element}>()?.1.iter().map(|x| codewright::math::cast::<{element}, f64>(*x)));"
        );
    }
    format!(
        "//! What other runtimes take and give.
use ort::session::{{SessionInputValue, SessionOutputs}};

pub fn values(inputs: &crate::inputs::Inputs) -> ort::Result<Vec<SessionInputValue<'static>>> {{
    Ok(vec![
{values}    ])
}}

pub fn floats(outputs: &SessionOutputs) -> ort::Result<Vec<f64>> {{
    let mut found = Vec::new();
{results}    Ok(found)
}}

#[cfg(feature = \"tract\")]
pub fn tract_values(inputs: &crate::inputs::Inputs) -> tract_onnx::prelude::TractResult<tract_onnx::prelude::TVec<tract_onnx::prelude::TValue>> {{
    Ok(vec![
{of_tract}    ].into())
}}

#[cfg(feature = \"rten\")]
#[allow(unreachable_code, unused)]
pub fn rten_values(inputs: &crate::inputs::Inputs) -> Result<Vec<rten::Value>, String> {{
    Ok(vec![
{of_rten}    ])
}}
"
    )
}

fn element(dtype: DType) -> String {
    match dtype {
        DType::F16 | DType::BF16 => format!("codewright::{}", dtype.name()),
        _ => dtype.name().to_owned(),
    }
}

fn rank(axes: usize) -> String {
    if axes <= 6 { format!("Ix{axes}") } else { "IxDyn".to_owned() }
}
