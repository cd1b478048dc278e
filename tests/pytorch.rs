//! ONNX's own backend tests in PyTorch: of those in `tests/onnx/passing.txt` each model is read, optimized, printed as Python and run on its
//! recorded data (`tests/onnx/pytorch.py`). Those that pass are listed in `tests/onnx/pytorch.txt`; one that is lost fails, and
//! `ONNX_UPDATE=1` writes the list anew. `ONNX_ONLY=test_lrn` tries those with such a name and says why they fail.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wright::model::{onnx, optimize, pytorch};
use wright::rules::{Rule, RuleSet, Selection};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const MLP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/codewright/tests/data/mlp.onnx");

/// What became of a case: nothing is said of one that passes.
type Outcome = Result<(), String>;

#[test]
fn printed_models_run() {
    let python = python();
    let data = PathBuf::from(printed(
        &python,
        &["-c", "import onnx, os; print(os.path.join(os.path.dirname(onnx.__file__), 'backend/test/data'))"],
    ));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pytorch");
    let _ = fs::remove_dir_all(&folder);
    let set = RuleSet::builtin();
    let rules = set.for_models(&Selection::default()).expect("no rule is named");
    let mut outcomes: BTreeMap<String, Outcome> =
        cases().into_iter().map(|name| (name.clone(), print_case(&rules, &data, &folder, &name))).collect();
    judge(&python, &data, &folder, &mut outcomes);
    let passing: BTreeSet<&str> = outcomes.iter().filter(|(_, o)| o.is_ok()).map(|(name, _)| name.as_str()).collect();
    if std::env::var_os("ONNX_ONLY").is_some() {
        let failing: Vec<String> = outcomes.iter().filter_map(|(name, o)| o.as_ref().err().map(|why| format!("{name}: {why}"))).collect();
        assert!(failing.is_empty(), "{} pass, these {} do not:\n{}", passing.len(), failing.len(), failing.join("\n"));
        return;
    }
    let list = Path::new(ROOT).join("tests/onnx/pytorch.txt");
    if std::env::var_os("ONNX_UPDATE").is_some() {
        fs::write(&list, passing.iter().map(|name| format!("{name}\n")).collect::<String>()).expect("the list is written");
        return;
    }
    let expected = fs::read_to_string(&list).expect("the list of cases");
    let lost: Vec<String> = expected
        .lines()
        .filter(|name| !passing.contains(name))
        .map(|name| format!("{name}: {}", outcomes.get(name).and_then(|o| o.as_ref().err()).map_or("not among the tests", String::as_str)))
        .collect();
    assert!(lost.is_empty(), "cases that passed before:\n{}", lost.join("\n"));
    let new: Vec<&&str> = passing.iter().filter(|name| expected.lines().all(|known| known != **name)).collect();
    assert!(new.is_empty(), "cases that pass now; `ONNX_UPDATE=1 cargo test --test pytorch` lists them: {new:?}");
}

#[test]
fn a_model_is_printed_as_a_person_would_write_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-wright"))
        .args(["generate", MLP, "--to", "pytorch", "-o", "mlp.py"])
        .current_dir(folder.path())
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(folder.path().join("mlp.safetensors").exists());
    let code = fs::read_to_string(folder.path().join("mlp.py")).expect("the code");
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("generate_mlp_pytorch", code);
    });
}

/// The interpreter that has onnx and PyTorch.
fn python() -> String {
    let output = Command::new("sh").arg(format!("{ROOT}/tests/python.sh")).output().expect("sh runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn printed(python: &str, arguments: &[&str]) -> String {
    let output = Command::new(python).args(arguments).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The names of the tests whose models are read and generated right.
fn cases() -> Vec<String> {
    let only = std::env::var("ONNX_ONLY").ok();
    let list = fs::read_to_string(Path::new(ROOT).join("tests/onnx/passing.txt")).expect("the list of passing cases");
    let wanted = |name: &&str| only.as_ref().is_none_or(|parts| parts.split(',').any(|part| name.contains(part)));
    list.lines().filter(wanted).map(str::to_owned).collect()
}

fn print_case(rules: &[&Rule], data: &Path, folder: &Path, name: &str) -> Outcome {
    let said = |e: wright::model::ModelError| e.to_string().replace('\n', " ");
    let model = onnx::read(&data.join(name).join("model.onnx"), &onnx::Options::default()).map_err(said)?;
    let mut model = optimize(&model, rules).model;
    model.name = "printed".to_owned();
    let options = pytorch::Options { weights_file: format!("{name}.safetensors"), source: "model.onnx".to_owned() };
    let generated = pytorch::generate(&model, &options).map_err(said)?;
    if let Some(weights) = &generated.weights {
        write(&folder.join(format!("{name}.safetensors")), weights);
    }
    write(&folder.join(format!("{name}.py")), generated.code.as_bytes());
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
    fs::write(path, bytes).expect("a file is written");
}

/// Runs all models that are printed.
fn judge(python: &str, data: &Path, folder: &Path, outcomes: &mut BTreeMap<String, Outcome>) {
    let names: Vec<String> = outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).map(|(name, _)| name.clone()).collect();
    let list = folder.join("names.txt");
    write(&list, names.join("\n").as_bytes());
    let script = format!("{ROOT}/tests/onnx/pytorch.py");
    let paths = [data, folder, &list].map(|path| path.to_string_lossy().into_owned());
    let said = printed(python, &[&script, &paths[0], &paths[1], &paths[2]]);
    let found: BTreeMap<&str, &str> = said.lines().map(|line| line.split_once('\t').unwrap_or((line, ""))).collect();
    for (name, outcome) in outcomes.iter_mut().filter(|(_, outcome)| outcome.is_ok()) {
        match found.get(name.as_str()) {
            Some(why) if why.starts_with('!') => *outcome = Err(why.trim_start_matches(['!', ' ']).to_owned()),
            Some(_) => {}
            None => *outcome = Err("was not judged".to_owned()),
        }
    }
}
