//! What the tests over ONNX's backend tests have in common: where these are, which are asked for, and a list that must not lose any.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

mod files;
mod python;

pub use files::write;
pub use python::{ROOT, printed, python};

/// What became of each case by its name: nothing is said of one that passes.
pub type Outcomes = BTreeMap<String, Result<(), String>>;

/// The folder of the tests: those of ONNX by group, and in `contributed` models of single operators that are not ONNX's, of which ONNX Runtime gave
/// the data.
pub fn data(python: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("backend");
    printed(python, &[&format!("{ROOT}/tests/onnx/contributed.py"), &folder.to_string_lossy()]);
    folder
}

/// True for a case that `ONNX_ONLY` asks for, or for any without it.
pub fn is_wanted(name: &str) -> bool {
    std::env::var("ONNX_ONLY").map_or(true, |parts| parts.split(',').any(|part| name.contains(part)))
}

/// Checks that the cases that pass are those of `tests/onnx/LIST.txt`, which `ONNX_UPDATE` writes anew; `test` is the test's name. True if
/// it was written.
pub fn hold(outcomes: &Outcomes, list: &str, test: &str) -> bool {
    let passing: BTreeSet<&str> = outcomes.iter().filter(|(_, o)| o.is_ok()).map(|(name, _)| name.as_str()).collect();
    if std::env::var_os("ONNX_ONLY").is_some() {
        let failing: Vec<String> = outcomes.iter().filter_map(|(name, o)| o.as_ref().err().map(|why| format!("{name}: {why}"))).collect();
        assert!(failing.is_empty(), "{} pass, these {} do not:\n{}", passing.len(), failing.len(), failing.join("\n"));
        return false;
    }
    let list = Path::new(ROOT).join(format!("tests/onnx/{list}.txt"));
    if std::env::var_os("ONNX_UPDATE").is_some() {
        write(&list, passing.iter().map(|name| format!("{name}\n")).collect::<String>().as_bytes());
        return true;
    }
    let expected = fs::read_to_string(&list).expect("the list of cases");
    let why = |name: &str| outcomes.get(name).and_then(|o| o.as_ref().err()).map_or("not among the tests", String::as_str);
    let lost: Vec<String> = expected.lines().filter(|name| !passing.contains(name)).map(|name| format!("{name}: {}", why(name))).collect();
    assert!(lost.is_empty(), "cases that passed before:\n{}", lost.join("\n"));
    let new: Vec<&&str> = passing.iter().filter(|name| expected.lines().all(|known| known != **name)).collect();
    assert!(new.is_empty(), "cases that pass now; `ONNX_UPDATE=1 cargo test --test {test}` lists them: {new:?}");
    false
}
