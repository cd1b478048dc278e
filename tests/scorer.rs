//! The scorer's file: built in it is what `generate` writes, ONNX Runtime says the same of it, and what is no scorer is refused.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{fs, str};

use prost::Message;
use wright::explore::draws;
use wright::ir::{OpId, Target};
use wright::measure::{Generator, sized};
use wright::model::onnx::proto::ModelProto;
use wright::rules::{RuleSet, Selection};
use wright::score::{Device, Features, Neural, OnnxRuntime, Scorer};

#[path = "backend/python.rs"]
mod environment;

use environment::{ROOT, printed, python};

fn scorer() -> PathBuf {
    Path::new(ROOT).join("models/scorer.onnx")
}

fn wright(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-wright")).args(arguments).current_dir(ROOT).output().expect("the binary runs")
}

/// The library of ONNX Runtime in the tests' Python.
fn library() -> PathBuf {
    let script = "import glob, os, onnxruntime; print(glob.glob(os.path.join(os.path.dirname(onnxruntime.__file__), 'capi', 'libonnxruntime.so*'))[0])";
    PathBuf::from(printed(&python(), &["-c", script]))
}

#[test]
fn the_built_in_scorer_is_what_generate_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("builtin.rs");
    let done = wright(&["generate", "models/scorer.onnx", "-o", out.to_str().expect("a path")]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    for name in ["builtin.rs", "builtin.safetensors"] {
        let (written, kept) = (fs::read(folder.path().join(name)), fs::read(Path::new(ROOT).join("src/score").join(name)));
        assert!(
            written.expect("it is written") == kept.expect("it is there"),
            "src/score/{name} differs: `cargo wright generate models/scorer.onnx -o src/score/builtin.rs` writes it"
        );
    }
}

#[test]
fn onnx_runtime_and_the_built_in_scorer_say_the_same() {
    let runtime = OnnxRuntime::open(&scorer(), &library(), Device::Cpu).expect("it opens");
    OnnxRuntime::open(&scorer(), &library(), Device::Cpu).expect("a second one opens beside it");
    let other = Neural::new(Box::new(runtime)).expect("it is of this version");
    let rules = RuleSet::builtin();
    let mut programs: Vec<Option<Features>> = Vec::new();
    for target in Target::ALL {
        let selected = rules.select(&Selection::default(), target).expect("all rules");
        let generator = Generator::new(target, selected.iter().copied());
        for drawn in (0..60).filter_map(|seed| generator.draw(seed)) {
            let sizes = draws(&drawn.program, 2);
            programs.extend(sizes.iter().filter_map(|sizes| Some(Some(Features::of_sized(&sized(&drawn.program, sizes)?)))));
        }
    }
    assert!(programs.len() > 100, "{} programs", programs.len());
    let (ours, theirs) = (Neural::builtin().predict(&programs).expect("it runs"), other.predict(&programs).expect("it runs"));
    for (a, b) in ours.iter().zip(&theirs) {
        assert!((a.log_seconds - b.log_seconds).abs() <= 1e-5 * b.log_seconds.abs().max(1.0), "{a:?} {b:?}");
        assert!((a.uncertainty - b.uncertainty).abs() <= 1e-5, "{a:?} {b:?}");
    }
    assert!(other.knows(OpId::get("matmul"), Target::Numpy));
}

/// What `optimize` says with a scorer of these bytes.
fn refusal(name: &str, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    fs::write(&file, bytes).expect("it is written");
    let library = library();
    let done = wright(&[
        "optimize",
        "examples/tree",
        "--scorer",
        file.to_str().expect("a path"),
        "--onnxruntime",
        library.to_str().expect("a path"),
    ]);
    assert_eq!(done.status.code(), Some(2), "{}", str::from_utf8(&done.stdout).unwrap_or_default());
    assert!(done.stdout.is_empty());
    String::from_utf8_lossy(&done.stderr).into_owned()
}

fn changed(change: impl FnOnce(&mut ModelProto)) -> Vec<u8> {
    let mut model = ModelProto::decode(&fs::read(scorer()).expect("it is there")[..]).expect("an ONNX file");
    change(&mut model);
    model.encode_to_vec()
}

#[test]
fn what_is_no_scorer_is_refused_before_a_file_is_read() {
    let whole = fs::read(scorer()).expect("it is there");
    let version =
        |model: &mut ModelProto| model.metadata_props.iter_mut().filter(|e| e.key() == "version").for_each(|e| e.value = Some("0".into()));
    let nan = |model: &mut ModelProto| {
        for tensor in &mut model.graph.as_mut().expect("a graph").initializer {
            if tensor.data_type() == 1 {
                let count = tensor.dims.iter().product::<i64>() as usize;
                tensor.raw_data = Some(f32::NAN.to_le_bytes().repeat(count).into());
            }
        }
    };
    let named = |model: &mut ModelProto| model.graph.as_mut().expect("a graph").output[0].name = Some("uncertainty_2".into());
    let cases: [(&str, Vec<u8>, &str); 6] = [
        ("truncated.onnx", whole[..whole.len() / 2].to_vec(), "truncated.onnx"),
        ("text.onnx", b"no ONNX file".to_vec(), "text.onnx"),
        ("old.onnx", changed(version), "no scorer of this version: expected the version `1` in its metadata, found `0`"),
        ("bare.onnx", changed(|model| model.metadata_props.clear()), "found none"),
        ("nan.onnx", changed(nan), "its predictions are no numbers"),
        ("named.onnx", changed(named), "named.onnx"),
    ];
    for (name, bytes, expected) in cases {
        let said = refusal(name, &bytes);
        assert!(said.contains(expected), "{name}: {said}");
    }
}

#[test]
fn a_library_or_device_that_is_not_there_is_said() {
    let asked = |arguments: &[&str]| {
        let done = wright(&[&["check", "examples/tree"], arguments].concat());
        assert_eq!(done.status.code(), Some(2));
        String::from_utf8_lossy(&done.stderr).into_owned()
    };
    let own = scorer();
    let own = own.to_str().expect("a path");
    assert!(asked(&["--scorer", own, "--onnxruntime", "README.md"]).contains("README.md: no library of ONNX Runtime"));
    assert!(asked(&["--scorer", own, "--onnxruntime", "nothing.so"]).contains("nothing.so: no such file"));
    assert!(asked(&["--scorer", "nothing.onnx"]).contains("nothing.onnx: no such file"));
    let library = library();
    assert!(asked(&["--device", "cuda", "--onnxruntime", library.to_str().expect("a path")]).contains("built without CUDA"));
}

#[test]
fn tuning_writes_a_correction_that_ranking_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-wright"));
        command.args(arguments).current_dir(ROOT).env("XDG_CONFIG_HOME", folder.path()).output().expect("the binary runs")
    };
    let (python, plot) = (python(), folder.path().join("plot.svg"));
    let done = run(&["tune", "--python", &python, "--seconds", "4", "--report", plot.to_str().expect("a path")]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(fs::read_to_string(&plot).expect("a plot").matches("<circle").count() > 300);
    let file = folder.path().join("codewright/tuned.json");
    let tuned: serde_json::Value = serde_json::from_slice(&fs::read(&file).expect("a correction")).expect("JSON");
    let numpy = tuned["correction"]["by_target"][0].as_array().expect("its groups");
    assert!(numpy.iter().any(|number| number.as_f64() != Some(0.0)) && tuned["points"].as_array().is_some_and(|points| points.len() > 150));
    let gains = |output: &Output| String::from_utf8_lossy(&output.stdout).matches("times as").count();
    assert!(gains(&run(&["check", "examples/tree"])) > 3);
    fs::write(&file, "{").expect("it is written");
    let broken = run(&["check", "examples/tree"]);
    assert_eq!(broken.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("`cargo wright tune` makes a new one"));
}

#[test]
fn what_was_weighed_is_shown_and_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("egraph.json");
    let done = wright(&["explain", "examples/tree/regression.py:43", "--egraph", out.to_str().expect("a path")]);
    let text = String::from_utf8_lossy(&done.stdout);
    let (fast, slow) = (text.rfind("A @ (B @ v)").expect("the new form"), text.rfind("A @ B @ v").expect("the old one"));
    assert!(fast < slow && text.contains("(as it is)"), "{text}");
    let gym: serde_json::Value = serde_json::from_slice(&fs::read(&out).expect("a file")).expect("JSON");
    let nodes = gym["nodes"].as_object().expect("nodes");
    assert!(nodes.values().filter(|node| node["op"] == "matmul").count() >= 4, "both orders of the product");
    for node in nodes.values() {
        assert!(node["cost"].as_f64().is_some_and(f64::is_finite) && node["eclass"].is_string());
        assert!(node["children"].as_array().expect("children").iter().all(|child| nodes.contains_key(child.as_str().expect("a name"))));
    }
    assert!(!gym["root_eclasses"].as_array().expect("roots").is_empty());
}
