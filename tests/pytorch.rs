//! ONNX's own backend tests in PyTorch: of those in `tests/onnx/passing.txt` each model is read, optimized, printed as Python and run on its
//! recorded data (`tests/onnx/pytorch.py`). Those that pass are listed in `tests/onnx/pytorch.txt`; one that is lost fails, and
//! `ONNX_UPDATE=1` writes the list anew. `ONNX_ONLY=test_lrn` tries those with such a name and says why they fail.

mod backend;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use backend::{Outcomes, ROOT, data, hold, is_wanted, printed, python, write};
use wright::model::{onnx, optimize, pytorch};
use wright::rules::{Rule, RuleSet, Selection};

const MLP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/codewright/tests/data/mlp.onnx");

#[test]
fn printed_models_run() {
    let python = python();
    let data = data(&python);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pytorch");
    let _ = fs::remove_dir_all(&folder);
    let set = RuleSet::builtin();
    let rules = set.for_models(&Selection::default()).expect("no rule is named");
    let mut outcomes: Outcomes = cases().into_iter().map(|name| (name.clone(), print_case(&rules, &data, &folder, &name))).collect();
    judge(&python, &data, &folder, &mut outcomes);
    hold(&outcomes, "pytorch", "pytorch");
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

/// The names of the tests whose models are read and generated right.
fn cases() -> Vec<String> {
    let list = fs::read_to_string(Path::new(ROOT).join("tests/onnx/passing.txt")).expect("the list of passing cases");
    list.lines().filter(|name| is_wanted(name)).map(str::to_owned).collect()
}

fn print_case(rules: &[&Rule], data: &Path, folder: &Path, name: &str) -> Result<(), String> {
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

/// Runs all models that are printed.
fn judge(python: &str, data: &Path, folder: &Path, outcomes: &mut Outcomes) {
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
