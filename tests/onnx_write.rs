//! ONNX's own backend tests, there and back: of those in `tests/onnx/passing.txt` each model is read, written, as it is and optimized, checked by
//! `onnx.checker` and run on its recorded data in ONNX Runtime (`tests/onnx/written.py`). Those that pass are listed in
//! `tests/onnx/written.txt`; one that is lost fails, and `ONNX_UPDATE=1` writes the list anew. `ONNX_ONLY=test_lrn` tries those with such
//! a name and says why they fail.

mod backend;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use backend::{Outcomes, ROOT, data, hold, is_wanted, printed, python, write};
use wright::model::{onnx, optimize};
use wright::rules::{RuleSet, Selection};

#[test]
fn written_models_run() {
    let python = python();
    let data = data(&python);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("onnx-written");
    let _ = fs::remove_dir_all(&folder);
    let mut outcomes: Outcomes = cases().into_iter().map(|name| (name.clone(), write_case(&data, &folder, &name))).collect();
    for way in ["as-is", "optimized"] {
        judge(&python, &data, &folder.join(way), &mut outcomes);
    }
    hold(&outcomes, "written", "onnx_write");
}

/// The names of the tests whose models are read and generated right.
fn cases() -> Vec<String> {
    let list = fs::read_to_string(Path::new(ROOT).join("tests/onnx/passing.txt")).expect("the list of passing cases");
    list.lines().filter(|name| is_wanted(name)).map(str::to_owned).collect()
}

fn write_case(data: &Path, folder: &Path, name: &str) -> Result<(), String> {
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

/// Checks and runs all models that are written.
fn judge(python: &str, data: &Path, folder: &Path, outcomes: &mut Outcomes) {
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
