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

/// Runs `fix --write` on a crate that can not be mended: exit code 2, a message with all of the words, every file as it was.
fn is_refused(folder: &Path, files: &[&str], words: &[&str]) {
    let before: Vec<Vec<u8>> = files.iter().map(|name| fs::read(folder.join(name)).expect("a file")).collect();
    let output = wright(folder, &["fix", "--write"]);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    words.iter().for_each(|word| assert!(message.contains(word), "no `{word}` in {message}"));
    assert!(!message.contains("target/wright"), "the copy is not spoken of: {message}");
    let after: Vec<Vec<u8>> = files.iter().map(|name| fs::read(folder.join(name)).expect("a file")).collect();
    assert_eq!(before, after);
}

#[test]
fn what_fails_before_it_is_compiled_is_told() {
    let manifest = krate(&[("src/lib.rs", BROKEN)]);
    fs::write(manifest.path().join("Cargo.toml"), "[package]\nname = \"broken\"\nversion = 1\n").expect("a file");
    is_refused(manifest.path(), &["src/lib.rs", "Cargo.toml"], &["Cargo.toml", "version"]);

    let missing = krate(&[("src/lib.rs", BROKEN)]);
    fs::write(missing.path().join("Cargo.toml"), format!("{MANIFEST}[dependencies]\nnowhere = {{ path = \"nowhere\" }}\n"))
        .expect("a file");
    is_refused(missing.path(), &["src/lib.rs", "Cargo.toml"], &["Cargo.toml", "nowhere"]);

    let unknown = krate(&[("src/lib.rs", BROKEN), (".cargo/config.toml", "[net]\noffline = true\n")]);
    fs::write(unknown.path().join("Cargo.toml"), format!("{MANIFEST}[dependencies]\nnowhere-to-be-found = \"1\"\n")).expect("a file");
    is_refused(unknown.path(), &["src/lib.rs", "Cargo.toml"], &["Cargo.toml", "nowhere-to-be-found"]);

    let script = krate(&[("src/lib.rs", BROKEN), ("build.rs", "fn main() {\n    panic!(\"no compiler for the wind\");\n}\n")]);
    is_refused(script.path(), &["src/lib.rs", "build.rs"], &["Cargo.toml", "build", "no compiler for the wind"]);
}

#[test]
fn an_error_in_a_dependency_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
    };
    write("own/Cargo.toml", &format!("{MANIFEST}[dependencies]\nother = {{ path = \"../other\" }}\n"));
    write("own/src/lib.rs", BROKEN);
    write("other/Cargo.toml", &MANIFEST.replace("broken", "other"));
    write("other/src/lib.rs", "pub fn one() -> u32 {\n    \"one\"\n}\n");
    is_refused(&folder.path().join("own"), &["src/lib.rs", "../other/src/lib.rs"], &["other/src/lib.rs:2", "mismatched types"]);
}

#[test]
fn a_file_that_is_not_utf8_is_told() {
    let folder = krate(&[("src/lib.rs", "mod other;\npub fn one() -> u64 {\n    1u32\n}\n")]);
    fs::write(folder.path().join("src/other.rs"), b"pub const NAME: &str = \"caf\xe9\";\n").expect("a file");
    is_refused(folder.path(), &["src/lib.rs", "src/other.rs"], &["src/other.rs", "byte 27", "UTF-8"]);
}

#[test]
fn what_a_macro_hides_is_left_alone_and_told() {
    let source =
        "macro_rules! value {\n    () => {\n        compile_error!(\"not here\")\n    };\n}\n\npub fn one() -> u32 {\n    value!()\n}\n";
    let folder = krate(&[("src/lib.rs", source)]);
    let output = wright(folder.path(), &["fix", "--write"]);
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert!(message.contains("src/lib.rs:3:9: not mended: error: not here"), "{message}");
    assert_eq!(read(folder.path(), "src/lib.rs"), source);
}

#[test]
fn what_a_macro_of_the_crate_defines_is_mended() {
    let source = "\
macro_rules! first {
    ($values:expr, $n:literal) => {{
        let head: &mut [u8; $n] = ($values[..$n]).try_into().unwrap();
        head[0]
    }};
}

pub fn first(values: &mut [u8]) -> u8 {
    first!(values, 2)
}
";
    let folder = krate(&[("src/lib.rs", source)]);
    let output = wright(folder.path(), &["fix", "--write"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(read(folder.path(), "src/lib.rs"), source.replace("($values[..$n])", "(&mut $values[..$n])"));
}

#[test]
fn a_crate_that_the_manifest_does_not_name_is_told() {
    let source = "use nowhere::Thing;\n\npub fn one(thing: Thing) -> u32 {\n    thing.one()\n}\n";
    let folder = krate(&[("src/lib.rs", source)]);
    let output = wright(folder.path(), &["fix", "--write"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let message = text(&output.stderr);
    assert!(message.contains("src/lib.rs:1:5: not mended: error[E0432]: unresolved import `nowhere`"), "{message}");
    assert_eq!(read(folder.path(), "src/lib.rs"), source);
}

#[test]
fn names_that_exist_come_before_new_variables() {
    let source = "pub fn last(values: &[u32]) -> u32 {\n    let mut found = 0;\n    for value in values {\n        fuond = *value;\n    }\n    found\n}\n";
    let folder = krate(&[("src/lib.rs", source)]);
    assert_eq!(wright(folder.path(), &["fix", "--write"]).status.code(), Some(0));
    assert_eq!(read(folder.path(), "src/lib.rs"), source.replace("fuond", "found"));
}

#[test]
fn what_does_not_help_is_taken_back() {
    let source = "pub trait Shape {\n    fn area(&self) -> f64;\n}\n\npub fn total(x: &mut Vec<u32>) {\n    let first = &x[0];\n    x.push(1);\n    x.push(*first);\n    frobnicate_everything_at_once(x);\n}\n";
    let folder = krate(&[("src/lib.rs", source)]);
    let output = wright(folder.path(), &["fix", "--write"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("not mended: error[E0425]: cannot find function `frobnicate_everything_at_once`"));
    assert_eq!(read(folder.path(), "src/lib.rs"), source);
}

#[test]
fn only_what_is_named_is_changed() {
    let files =
        [("src/lib.rs", "mod other;\npub fn two() -> u64 {\n    1u32\n}\n"), ("src/other.rs", "pub fn one() -> u64 {\n    1u32\n}\n")];
    let folder = krate(&files);
    let output = wright(folder.path(), &["fix", "--write", "src/other.rs"]);
    assert_eq!(output.status.code(), Some(1), "the other error stays: {}", text(&output.stderr));
    assert_eq!(read(folder.path(), "src/lib.rs"), files[0].1);
    assert_ne!(read(folder.path(), "src/other.rs"), files[1].1);
}

#[test]
fn members_of_a_workspace_are_mended_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
    };
    write("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]\nresolver = \"2\"\n");
    write("a/Cargo.toml", &MANIFEST.replace("broken", "a"));
    write("a/src/lib.rs", "pub fn doubled(value: &u64) -> u64 {\n    let result = *value;\n    result *= 2;\n    result\n}\n");
    write("b/Cargo.toml", &format!("{}[dependencies]\na = {{ path = \"../a\" }}\n", MANIFEST.replace("broken", "b")));
    write("b/src/lib.rs", "pub fn four() -> u64 {\n    a::doubled(2)\n}\n");
    let output = wright(folder.path(), &["fix", "--write"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(compiles(folder.path()));
    assert_eq!(read(folder.path(), "b/src/lib.rs"), "pub fn four() -> u64 {\n    a::doubled(&2)\n}\n");
}

#[test]
fn tests_decide_between_changes_that_compile() {
    let source = "\
pub fn sign(value: i32) -> Option<i32> {
    match value.checked_signum() {
        Some(sign) => Some(sign.signum()),
    }
}

trait Signum {
    fn checked_signum(self) -> Option<i32>;
}

impl Signum for i32 {
    fn checked_signum(self) -> Option<i32> {
        (self != 0).then(|| self.signum())
    }
}

#[test]
fn zero_has_none() {
    assert_eq!(sign(0), None);
}
";
    let without = krate(&[("src/lib.rs", source)]);
    assert_eq!(wright(without.path(), &["fix", "--write"]).status.code(), Some(0));
    assert!(read(without.path(), "src/lib.rs").contains("None => todo!()"), "{}", read(without.path(), "src/lib.rs"));
    let with = krate(&[("src/lib.rs", source)]);
    assert_eq!(wright(with.path(), &["fix", "--write", "--test"]).status.code(), Some(0));
    assert!(read(with.path(), "src/lib.rs").contains("None => None"), "{}", read(with.path(), "src/lib.rs"));
}

#[test]
fn a_tree_without_rust_needs_no_cargo() {
    let folder = krate(&[("tool.py", "x = 1\n")]);
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-wright"))
        .args(["fix", "."])
        .env("CARGO", "/no/such/cargo")
        .current_dir(folder.path())
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn a_dirty_tree_is_refused() {
    let source = "import torch\n\n\ndef f(x: torch.Tensor):\n    return torch.tensor(x * 2)\n";
    let folder = tempfile::tempdir().expect("a folder");
    let git = |arguments: &[&str]| {
        let all = ["-c", "user.name=t", "-c", "user.email=t@example.org"].iter().chain(arguments);
        assert!(Command::new("git").args(all).current_dir(folder.path()).output().expect("git runs").status.success());
    };
    fs::write(folder.path().join("a.py"), source).expect("a file");
    git(&["init", "-q"]);
    git(&["add", "."]);
    let refused = wright(folder.path(), &["fix", "--write"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("a.py") && text(&refused.stderr).contains("--allow-dirty"), "{}", text(&refused.stderr));
    assert_eq!(read(folder.path(), "a.py"), source);
    assert_eq!(wright(folder.path(), &["fix"]).status.code(), Some(1), "to look is no risk");
    assert_eq!(wright(folder.path(), &["fix", "--write", "--allow-dirty"]).status.code(), Some(0));
    assert!(read(folder.path(), "a.py").contains("(x * 2).detach().clone()"));
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    fs::write(folder.path().join("b.py"), source).expect("a file");
    git(&["add", "."]);
    git(&["commit", "-qm", "two"]);
    assert_eq!(wright(folder.path(), &["fix", "--write"]).status.code(), Some(0), "a clean tree may be written");
    assert!(read(folder.path(), "b.py").contains("(x * 2).detach().clone()"));
}
