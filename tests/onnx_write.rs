//! ONNX's own backend tests, there and back: of those in `tests/onnx/passing.txt` each model is read, written, as it is and optimized, checked by
//! `onnx.checker` and run on its recorded data in ONNX Runtime (`tests/onnx/written.py`). Those that pass are listed in
//! `tests/onnx/written.txt`; one that is lost fails, and `ONNX_UPDATE=1` writes the list anew. `ONNX_ONLY=test_lrn` tries those with such
//! a name and says why they fail.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wright::model::{onnx, optimize};
use wright::rules::{RuleSet, Selection};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What became of a case: nothing is said of one that passes.
type Outcome = Result<(), String>;

#[test]
fn written_models_run() {
    let python = python();
    let data = PathBuf::from(printed(
        &python,
        &["-c", "import onnx, os; print(os.path.join(os.path.dirname(onnx.__file__), 'backend/test/data'))"],
    ));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("onnx-written");
    let _ = fs::remove_dir_all(&folder);
    let mut outcomes: BTreeMap<String, Outcome> =
        cases().into_iter().map(|name| (name.clone(), write_case(&data, &folder, &name))).collect();
    for way in ["as-is", "optimized"] {
        judge(&python, &data, &folder.join(way), &mut outcomes);
    }
    let passing: BTreeSet<&str> = outcomes.iter().filter(|(_, o)| o.is_ok()).map(|(name, _)| name.as_str()).collect();
    if std::env::var_os("ONNX_ONLY").is_some() {
        let failing: Vec<String> = outcomes.iter().filter_map(|(name, o)| o.as_ref().err().map(|why| format!("{name}: {why}"))).collect();
        assert!(failing.is_empty(), "{} pass, these {} do not:\n{}", passing.len(), failing.len(), failing.join("\n"));
        return;
    }
    let list = Path::new(ROOT).join("tests/onnx/written.txt");
    if std::env::var_os("ONNX_UPDATE").is_some() {
        fs::write(&list, passing.iter().map(|name| format!("{name}\n")).collect::<String>()).expect("the list is written");
        return;
    }
    let expected = fs::read_to_string(&list).expect("the list of written cases");
    let lost: Vec<String> = expected
        .lines()
        .filter(|name| !passing.contains(name))
        .map(|name| format!("{name}: {}", outcomes.get(name).and_then(|o| o.as_ref().err()).map_or("not among the tests", String::as_str)))
        .collect();
    assert!(lost.is_empty(), "cases that passed before:\n{}", lost.join("\n"));
    let new: Vec<&&str> = passing.iter().filter(|name| expected.lines().all(|known| known != **name)).collect();
    assert!(new.is_empty(), "cases that pass now; `ONNX_UPDATE=1 cargo test --test onnx_write` lists them: {new:?}");
}

/// The interpreter that has onnx and onnxruntime.
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

fn write_case(data: &Path, folder: &Path, name: &str) -> Outcome {
    let said = |e: wright::model::ModelError| e.to_string().replace('\n', " ");
    let model = onnx::read(&data.join(name).join("model.onnx"), &onnx::Options::default()).map_err(said)?;
    let as_is = onnx::write(&model).map_err(said)?;
    let again = onnx::read_bytes(as_is.clone().into(), name, folder, &onnx::Options::default());
    again.map_err(|e| format!("is not read again: {}", said(e)))?;
    let rules = RuleSet::builtin().for_models(&Selection::default()).expect("no rule is named");
    let optimized = onnx::write(&optimize(&model, &rules).model).map_err(said)?;
    if optimized != as_is {
        write(&folder.join(format!("optimized/{name}.onnx")), &optimized);
    }
    write(&folder.join(format!("as-is/{name}.onnx")), &as_is);
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
    fs::write(path, bytes).expect("a file is written");
}

/// Checks and runs all models that are written.
fn judge(python: &str, data: &Path, folder: &Path, outcomes: &mut BTreeMap<String, Outcome>) {
    let names: Vec<String> = outcomes.keys().filter(|name| folder.join(format!("{name}.onnx")).exists()).cloned().collect();
    let list = folder.join("names.txt");
    write(&list, names.join("\n").as_bytes());
    let script = format!("{ROOT}/tests/onnx/written.py");
    let paths = [data, folder, &list].map(|path| path.to_string_lossy().into_owned());
    let said = printed(python, &[&script, &paths[0], &paths[1], &paths[2]]);
    let found: BTreeMap<&str, &str> = said.lines().filter_map(|line| line.split_once('\t')).collect();
    for (name, outcome) in outcomes.iter_mut().filter(|(name, outcome)| outcome.is_ok() && names.contains(name)) {
        match found.get(name.as_str()) {
            Some(judge) if !judge.starts_with('!') => {}
            Some(why) => *outcome = Err(why.trim_start_matches(['!', ' ']).to_owned()),
            None => *outcome = Err("was not judged".to_owned()),
        }
    }
}
