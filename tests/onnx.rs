//! ONNX's own backend tests: each model is generated, compiled and run against its recorded data. Those that pass are listed in
//! `tests/onnx/passing.txt`; one that is lost fails, and `ONNX_UPDATE=1` writes the list and `docs/onnx-coverage.md` anew.
//! `ONNX_ONLY=test_lrn` tries those with such a name and says why they fail.

mod backend;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use backend::{Outcomes, ROOT, data, hold, is_wanted, python, write};
use wright::model::onnx::{self, Recording};
use wright::model::optimize;
use wright::model::rust::{self, Tolerance};
use wright::rules::{RuleSet, Selection};

const GROUPS: [&str; 5] = ["node", "pytorch-converted", "pytorch-operator", "simple", "contributed"];
const TOLERANCE: Tolerance = Tolerance { rtol: 1e-3, atol: 1e-6 };

#[test]
fn backend_tests() {
    let data = data(&python());
    let krate = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("onnx-cases");
    let mut outcomes = Outcomes::new();
    for (name, folder) in cases(&data) {
        outcomes.insert(name.clone(), write_case(&krate, &name, &folder));
    }
    compile(&krate, &mut outcomes);
    run(&krate, &mut outcomes);
    if hold(&outcomes, "passing", "onnx") {
        write(&Path::new(ROOT).join("docs/onnx-coverage.md"), coverage(&outcomes).as_bytes());
    }
}

/// Name and folder of each case.
fn cases(data: &Path) -> Vec<(String, PathBuf)> {
    let mut cases = Vec::new();
    for group in GROUPS {
        for entry in fs::read_dir(data.join(group)).expect("a folder of tests").flatten() {
            let name = format!("{}/{}", group, entry.file_name().to_string_lossy());
            if is_wanted(&name) {
                cases.push((name, entry.path()));
            }
        }
    }
    cases.sort();
    cases
}

/// A case's name as that of a module.
fn module(name: &str) -> String {
    rust::identifier(name)
}

/// Generates a case's model and a test for each of its data sets.
fn write_case(krate: &Path, name: &str, folder: &Path) -> Result<(), String> {
    let module = module(name);
    let said = |e: wright::model::ModelError| e.to_string().replace('\n', " ");
    let mut model = onnx::read(&folder.join("model.onnx"), &onnx::Options::default()).map_err(said)?;
    let rules = RuleSet::builtin().for_models(&Selection::default()).expect("no rule is named");
    model = optimize(&model, &rules).model;
    model.name = module.clone();
    let weights_file = format!("{module}.safetensors");
    let generated = rust::generate(&model, &rust::Options { weights_file: weights_file.clone(), source: name.to_owned() }).map_err(said)?;
    let source = krate.join("src");
    write(&source.join(format!("{module}.rs")), generated.code.as_bytes());
    if let Some(weights) = &generated.weights {
        write(&source.join(weights_file), weights);
    }
    let mut tests = String::new();
    let mut set = 0;
    while folder.join(format!("test_data_set_{set}")).exists() {
        let recording = Recording::read(&folder.join(format!("test_data_set_{set}"))).map_err(said)?;
        let file = format!("{module}_{set}.safetensors");
        let test = rust::test(&model, &format!("crate::{module}"), &recording, &file, TOLERANCE).map_err(said)?;
        tests.push_str(&format!("mod set_{set} {{\n{}}}\n", test.replace("//!", "//")));
        write(&source.join(file), &recording.to_safetensors().map_err(said)?);
        set += 1;
    }
    write(&source.join(format!("{module}_test.rs")), tests.as_bytes());
    if set == 0 { Err("no recorded data".to_owned()) } else { Ok(()) }
}

fn cargo(krate: &Path, arguments: &[&str]) -> std::process::Output {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Command::new(cargo).args(arguments).current_dir(krate).output().expect("cargo runs")
}

/// Compiles all cases; those that do not compile are taken out.
fn compile(krate: &Path, outcomes: &mut Outcomes) {
    let manifest = format!(
        "[package]\nname = \"onnx-cases\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
         codewright = {{ path = {:?}, default-features = false }}\n[profile.dev]\ndebug = false\n[profile.dev.package.\"*\"]\nopt-level = 2\n",
        format!("{ROOT}/crates/codewright")
    );
    write(&krate.join("Cargo.toml"), manifest.as_bytes());
    for _ in 0..8 {
        let modules: String = outcomes
            .iter()
            .filter(|(_, outcome)| outcome.is_ok())
            .map(|(name, _)| format!("mod {0};\n#[cfg(test)]\nmod {0}_test;\n", module(name)))
            .collect();
        write(&krate.join("src/lib.rs"), format!("#![allow(warnings)]\n{modules}").as_bytes());
        let output = cargo(krate, &["test", "--no-run", "--quiet", "--message-format=short"]);
        if output.status.success() {
            return;
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let mut found = false;
        for line in said.lines().filter(|line| line.contains("error")) {
            let file = line.split(".rs:").next().unwrap_or("").rsplit('/').next().unwrap_or("");
            let broken = file.strip_suffix("_test").unwrap_or(file);
            for (_, outcome) in outcomes.iter_mut().filter(|(name, outcome)| module(name) == broken && outcome.is_ok()) {
                *outcome = Err(format!("does not compile: {}", line.split("error").nth(1).unwrap_or("")));
                found = true;
            }
        }
        assert!(found, "the cases do not compile:\n{said}");
    }
    panic!("the cases do not compile after eight rounds");
}

/// Runs all cases that compile.
fn run(krate: &Path, outcomes: &mut Outcomes) {
    let output = cargo(krate, &["test", "--quiet", "--no-fail-fast", "--", "--format=pretty"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for line in said.lines() {
        let Some((test, result)) = line.strip_prefix("test ").and_then(|line| line.rsplit_once(" ... ")) else { continue };
        let module = test.split("_test::").next().unwrap_or("").to_owned();
        let reason = || {
            said.split(&format!("---- {test} stdout ----"))
                .nth(1)
                .and_then(|t| t.lines().find(|l| !l.trim().is_empty() && !l.starts_with("thread")))
                .unwrap_or("")
                .to_owned()
        };
        for (_, outcome) in outcomes.iter_mut().filter(|(name, outcome)| self::module(name) == module && outcome.is_ok()) {
            if result.trim() != "ok" {
                *outcome = Err(format!("runs wrong: {}", reason()));
            }
        }
        seen.insert(module);
    }
    for (name, outcome) in outcomes.iter_mut().filter(|(_, outcome)| outcome.is_ok()) {
        if !seen.contains(&module(name)) {
            *outcome = Err("was not run".to_owned());
        }
    }
}

/// The page of what passes and what does not.
fn coverage(outcomes: &Outcomes) -> String {
    let mut text = String::from(
        "# Coverage of ONNX\n\nOf onnx 1.20.1's backend tests, generated, compiled and run (rtol 1e-3, atol 1e-6) by\n`ONNX_UPDATE=1 cargo test --test onnx`, which writes this page; `contributed` are models of\nsingle operators of `com.microsoft` and `ai.onnx.ml`, of which ONNX Runtime gave the data (`tests/onnx/contributed.py`).\n\n| Tests | Pass | Of |\n|-|-|-|\n",
    );
    for group in GROUPS {
        let of: Vec<&Result<(), String>> =
            outcomes.iter().filter(|(name, _)| name.starts_with(&format!("{group}/"))).map(|(_, o)| o).collect();
        text.push_str(&format!("| {group} | {} | {} |\n", of.iter().filter(|o| o.is_ok()).count(), of.len()));
    }
    for (file, what) in
        [("f32", "node tests whose tensors are floats, integers and bools alone"), ("common", "node tests that several other tools claim")]
    {
        let list = fs::read_to_string(Path::new(ROOT).join(format!("tests/onnx/{file}.txt"))).expect("a list of tests");
        let passes = |name: &&str| outcomes.get(&format!("node/{name}")).is_some_and(Result::is_ok);
        text.push_str(&format!(
            "| [{what}](../tests/onnx/{file}.txt) | {} | {} |\n",
            list.lines().filter(passes).count(),
            list.lines().count()
        ));
    }
    text.push_str("\n## What does not pass, and why\n\n| Test | Reason |\n|-|-|\n");
    for (name, outcome) in outcomes {
        if let Err(why) = outcome {
            text.push_str(&format!("| {name} | {} |\n", why.replace('|', "\\|").chars().take(160).collect::<String>()));
        }
    }
    text
}
