//! A model beside ONNX Runtime: latency, the time to the first result, memory, the size of the program.

use std::fmt::Write;
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

/// Median seconds of a run of each, and how far the results are apart in parts of the largest.
#[derive(Debug, Serialize, Deserialize)]
struct Latency {
    ours: f64,
    theirs: f64,
    ratio: f64,
    difference: f64,
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
    let mut model = arguments.model.read(path, &arguments.rules)?;
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
    let own = own.replacen("[dependencies]\n", &format!("[dependencies]\n{ort}\n"), 1);
    std::fs::write(&manifest, format!("{own}\n[profile.release]\nstrip = true\n\n[workspace]\n"))?;
    let inputs = inputs(&model);
    for (program, text) in [("first", FIRST), ("beside", BESIDE)] {
        let source = folder.path().join("src/bin").join(program);
        std::fs::create_dir_all(&source)?;
        std::fs::write(source.join("main.rs"), text)?;
        std::fs::write(source.join("inputs.rs"), &inputs)?;
        std::fs::write(source.join("runtime.rs"), runtime_values(&model))?;
    }
    let start = Instant::now();
    build(&manifest)?;
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
pub(super) fn print_table(rows: &[Row]) {
    println!("| model | codewright | ONNX Runtime | ratio | first result | ratio | memory | program | build | largest difference |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for row in rows {
        let name = row.path.file_stem().unwrap_or_default().to_string_lossy();
        let Latency { ours, theirs, ratio, difference } = &row.latency;
        println!(
            "| `{name}` | {} | {} | {ratio:.2} | {} / {} | {:.3} | {} / {} | {} | {:.0} s | {difference:.1e} |",
            duration(*ours),
            duration(*theirs),
            duration(row.first.ours),
            duration(row.first.theirs),
            row.first.ours / row.first.theirs,
            bytes(row.memory.ours),
            bytes(row.memory.theirs),
            bytes(row.program_bytes as f64),
            row.build_seconds,
        );
    }
    let mean = |ratio: &dyn Fn(&Row) -> f64| (rows.iter().map(|row| ratio(row).ln()).sum::<f64>() / rows.len().max(1) as f64).exp();
    let (latency, first) = (mean(&|row| row.latency.ratio), mean(&|row| row.first.ours / row.first.theirs));
    println!(
        "\nGeometric means over {} models: {latency:.2} of ONNX Runtime's latency, {first:.3} of its time to the first result.",
        rows.len()
    );
}

/// The library inside the Python package `onnxruntime`.
///
/// # Errors
/// If Python or the package is not there.
pub(super) fn library_of(python: &Path) -> anyhow::Result<PathBuf> {
    let script = "import glob, os, onnxruntime; print(sorted(glob.glob(os.path.join(os.path.dirname(onnxruntime.__file__), 'capi', 'libonnxruntime.*')))[0])";
    let output = Command::new(python).args(["-c", script]).output();
    match output {
        Ok(output) if output.status.success() => Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())),
        _ => bail!(
            "no ONNX Runtime to compare with: `{python} -m pip install onnxruntime` installs one, or --onnxruntime names its library",
            python = python.display()
        ),
    }
}

fn build(manifest: &Path) -> anyhow::Result<()> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--quiet", "--bins", "--manifest-path"])
        .arg(manifest)
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
    let mut values = String::new();
    for i in 0..model.inputs.len() {
        _ = write!(
            values,
            "        {{\n            let (shape, elements): (Vec<usize>, Vec<_>) = (inputs.input_{i}.shape().to_vec(), inputs.input_{i}.iter().copied().collect());\n            ort::value::Tensor::from_array((shape, elements))?.into()\n        }},\n"
        );
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
        "//! What ONNX Runtime takes and gives.\nuse ort::session::{{SessionInputValue, SessionOutputs}};\n\npub fn values(inputs: &crate::inputs::Inputs) -> ort::Result<Vec<SessionInputValue<'static>>> {{\n    Ok(vec![\n{values}    ])\n}}\n\npub fn floats(outputs: &SessionOutputs) -> ort::Result<Vec<f64>> {{\n    let mut found = Vec::new();\n{results}    Ok(found)\n}}\n"
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
