//! Crates that do not compile: mended as far as the compiler agrees, and never half-written.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const MANIFEST: &str = "[package]\nname = \"broken\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";

fn wright(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-wright")).args(arguments).current_dir(folder).output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn krate(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("Cargo.toml", MANIFEST)].iter().chain(files) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
    }
    folder
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect("the file")
}

fn compiles(folder: &Path) -> bool {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Command::new(cargo).args(["check", "--quiet", "--all-targets"]).current_dir(folder).output().expect("cargo runs").status.success()
}

const BROKEN: &str = "\
/// Counts words.
pub fn counts(words: &[String]) -> HashMap<String, usize> {
    let counts = HashMap::new();
    for word in words {
        *counts.entry(word.clone()).or_insert(0) += 1;
    }
    counts
}

pub fn longest(words: Vec<String>) -> (usize, Vec<String>) {
    let sorted = words;
    (words.len(), sorted)
}
";

#[test]
fn a_crate_compiles_again() {
    let folder = krate(&[("src/lib.rs", BROKEN)]);
    let shown = wright(folder.path(), &["fix"]);
    assert_eq!(shown.status.code(), Some(1), "{}", text(&shown.stderr));
    let out = text(&shown.stdout);
    assert!(out.contains("mends error[E0382]: borrow of moved value: words"), "{out}");
    assert!(out.contains("sure-compiler-suggestion [safe]") && out.contains("unsure-compiler-suggestion [unsafe]"), "{out}");
    assert_eq!(read(folder.path(), "src/lib.rs"), BROKEN, "without --write nothing changes");
    assert!(!folder.path().join("Cargo.lock").exists(), "cargo runs in a copy");
    let written = wright(folder.path(), &["fix", "--write"]);
    assert_eq!(written.status.code(), Some(0), "{}", text(&written.stderr));
    assert!(compiles(folder.path()), "{}", read(folder.path(), "src/lib.rs"));
    assert!(read(folder.path(), "src/lib.rs").contains("let mut counts"));
    let again = wright(folder.path(), &["fix"]);
    assert_eq!((again.status.code(), text(&again.stdout).as_str()), (Some(0), ""), "{}", text(&again.stderr));
}

#[test]
fn json_names_the_error_that_each_edit_mends() {
    let folder = krate(&[("src/lib.rs", BROKEN)]);
    let output = wright(folder.path(), &["fix", "--format", "json"]);
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let moved = findings.as_array().expect("findings").iter().find(|finding| finding["start"]["line"] == 11).expect("the move");
    assert_eq!(moved["error"], "error[E0382]: borrow of moved value: `words`");
    assert_eq!(moved["safety"], "safe");
    assert_eq!(moved["edits"][0]["text"], ".clone()");
}
