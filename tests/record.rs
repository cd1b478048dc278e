//! `record`: a program runs unchanged, and what its functions saw is known to the other commands as long as they stay the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const LIBRARY: &str = "\
import numpy as np


def project(basis, data, weights):
    C = basis @ data
    y = C @ weights
    return y


class Model:
    def score(self, X, w, scale=2.0):
        total = np.sum(X @ w) * scale
        return total


def never(X):
    return X
";

const PROGRAM: &str = "\
import sys
import numpy as np
import library

a = np.ones((300, 300))
for n in (1, 2):
    library.project(a, a, np.ones(300))
    library.Model().score(np.ones((n, 4), dtype=np.float32), np.ones(4, dtype=np.float32))
print('ran with', sys.argv[1:])
sys.exit(3)
";

fn python() -> PathBuf {
    let output = Command::new("sh").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python.sh")).output().expect("sh runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    PathBuf::from(text(&output.stdout).trim())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn wright(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-wright")).args(arguments).current_dir(folder).output().expect("the binary runs")
}

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("library.py"), LIBRARY).expect("a file");
    fs::write(folder.path().join("program.py"), PROGRAM).expect("a file");
    folder
}

fn record(folder: &Path) -> Output {
    let python = python();
    wright(folder, &["record", "--", python.to_str().expect("a path"), "program.py", "--fast"])
}

fn facts(folder: &Path) -> serde_json::Value {
    serde_json::from_str(&fs::read_to_string(folder.join(".wright/facts.json")).expect("the facts")).expect("JSON")
}

#[test]
fn the_program_runs_unchanged_and_its_functions_are_noted() {
    let folder = project();
    let output = record(folder.path());
    assert_eq!(output.status.code(), Some(3), "the program's own: {}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "ran with ['--fast']\n");
    assert!(text(&output.stderr).contains("noted 2 functions in 4 calls"), "{}", text(&output.stderr));
    let facts = facts(folder.path());
    let functions = facts["functions"].as_object().expect("functions");
    assert_eq!(functions.keys().collect::<Vec<_>>(), ["library.py::Model.score", "library.py::project"]);
    let names = &functions["library.py::Model.score"]["names"];
    assert_eq!(names["X"]["dtype"], "float32");
    assert_eq!(names["X"]["shape"], serde_json::json!(["n0", 4]), "the rows varied");
    assert_eq!(names["X"]["at"], "argument");
    assert_eq!(names["scale"]["class"], "float");
    assert_eq!(names["total"]["at"], "local");
    assert_eq!(functions["library.py::project"]["names"]["data"]["shape"], serde_json::json!([300, 300]));
}

#[test]
fn a_second_run_adds_what_varies() {
    let folder = project();
    record(folder.path());
    fs::write(folder.path().join("program.py"), PROGRAM.replace("(300, 300)", "(300, 300), dtype='f4'")).expect("a file");
    record(folder.path());
    let facts = facts(folder.path());
    let project = &facts["functions"]["library.py::project"];
    assert_eq!(project["calls"], 4);
    assert_eq!(project["names"]["basis"]["dtype"], serde_json::Value::Null, "f64 then f32");
    assert_eq!(project["names"]["weights"]["dtype"], "float64");
    let score = &facts["functions"]["library.py::Model.score"]["names"];
    assert_eq!(score["X"]["shape"], serde_json::json!(["n0", 4]));
}

#[test]
fn a_finding_says_that_it_was_recorded_and_is_written_only_if_asked() {
    let folder = project();
    let library = folder.path().join("library.py");
    assert_eq!(wright(folder.path(), &["check", "library.py"]).status.code(), Some(0), "nothing is known before");
    record(folder.path());
    let found = wright(folder.path(), &["check", "library.py", "--format", "json"]);
    let findings: serde_json::Value = serde_json::from_slice(&found.stdout).expect("JSON");
    assert_eq!(findings[0]["rule"], "matrix-chain", "{}", text(&found.stderr));
    assert_eq!(findings[0]["ground"], "recorded in 2 calls");
    let explained = text(&wright(folder.path(), &["explain", "library.py:6"]).stdout);
    assert!(explained.contains("predicted for lengths from half to twice what was recorded, geometric mean:"), "{explained}");
    let kept = wright(folder.path(), &["optimize", "--write", "library.py"]);
    println!("{} {}", text(&kept.stdout), text(&kept.stderr));
    assert!(text(&kept.stderr).contains("--recorded"), "{}", text(&kept.stderr));
    assert_eq!(fs::read_to_string(&library).expect("the file"), LIBRARY);
    wright(folder.path(), &["optimize", "--write", "--recorded", "library.py"]);
    let expected = LIBRARY.replace("    C = basis @ data\n    y = C @ weights", "    y = basis @ (data @ weights)");
    assert_eq!(fs::read_to_string(&library).expect("the file"), expected);
}

#[test]
fn facts_of_a_changed_function_fall_away() {
    let folder = project();
    record(folder.path());
    let library = folder.path().join("library.py");
    fs::write(&library, LIBRARY.replace("y = C @ weights", "y = C @ weights.copy()")).expect("a file");
    assert_eq!(wright(folder.path(), &["check", "library.py"]).status.code(), Some(0));
    fs::write(&library, LIBRARY.replace("def never", "def moved_down():\n    pass\n\n\ndef never")).expect("a file");
    assert_eq!(wright(folder.path(), &["check", "library.py"]).status.code(), Some(1), "this function is the same");
    fs::write(&library, LIBRARY.replace("y = C @ weights", "y = C @ weights.copy()")).expect("a file");
    fs::write(folder.path().join("program.py"), "import library\nlibrary.never(1)\n").expect("a file");
    record(folder.path());
    let facts = facts(folder.path());
    let functions: Vec<_> = facts["functions"].as_object().expect("functions").keys().collect();
    assert_eq!(functions, ["library.py::Model.score", "library.py::never"], "what no longer holds is dropped");
}

#[test]
fn threads_processes_and_crashes_are_seen_too() {
    let folder = project();
    let program = "\
import multiprocessing, os, threading
import numpy as np
import library

def work(n):
    library.Model().score(np.ones((n, 4)), np.ones(4))

if __name__ == '__main__':
    thread = threading.Thread(target=library.never, args=(1.5,))
    thread.start()
    thread.join()
    with multiprocessing.get_context('fork').Pool(2) as pool:
        pool.map(work, [1, 2, 3, 4])
        pool.close()
        pool.join()
    raise SystemError('as programs do')
";
    fs::write(folder.path().join("program.py"), program).expect("a file");
    let output = record(folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("as programs do"));
    let facts = facts(folder.path());
    assert_eq!(facts["functions"]["library.py::never"]["names"]["X"]["class"], "float");
    assert_eq!(facts["functions"]["library.py::Model.score"]["calls"], 4);
}

#[test]
fn what_cannot_be_recorded_is_said() {
    let folder = project();
    let missing = wright(folder.path(), &["record", "--", "no-such-program"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("cannot run no-such-program"), "{}", text(&missing.stderr));
    let no_python = wright(folder.path(), &["record", "--", "true"]);
    assert_eq!(no_python.status.code(), Some(2));
    assert!(text(&no_python.stderr).contains("no Python program was seen"), "{}", text(&no_python.stderr));
    assert!(!folder.path().join(".wright").exists());
    fs::create_dir(folder.path().join(".wright")).expect("a folder");
    fs::write(folder.path().join(".wright/facts.json"), "{\"version\": 9, \"functions\": {}}").expect("a file");
    let other = record(folder.path());
    assert_eq!(other.status.code(), Some(2));
    assert!(text(&other.stderr).contains("facts.json is not a recording: its version is 9, expected 1"), "{}", text(&other.stderr));
}
