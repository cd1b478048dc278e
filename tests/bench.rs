//! `cargo wright bench`: what is measured, and on what the change rests.

use std::fs;
use std::path::Path;
use std::process::Command;

const PROGRAM: &str = "\
import numpy as np


def project(A, B, v):
    C = A @ B
    return C @ v


def example(rng):
    return rng.standard_normal((300, 300)), rng.standard_normal((300, 300)), rng.standard_normal(300)


def scaled(A, v):
    return np.diag(v) @ A


def example_scaled(rng):
    return rng.standard_normal((200, 200)), rng.standard_normal(200)


def unknown(A, B, v):
    return A @ B @ v
";

fn bench(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let python = Command::new("sh").args([concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python.sh")]).output().expect("sh runs");
    let python = String::from_utf8(python.stdout).expect("a path");
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-wright"))
        .args(["bench", "a.py", "--format", "json", "--python", python.trim()])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the binary runs");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn examples_are_recorded_and_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.py"), PROGRAM).expect("a file");
    let rows = bench(folder.path(), &[]);
    let functions: Vec<_> = rows.as_array().expect("rows").iter().map(|row| row["function"].as_str().expect("a name")).collect();
    assert_eq!(functions, ["project", "scaled"], "nothing is known of the third: {rows}");
    for row in rows.as_array().expect("rows") {
        assert_eq!((&row["inputs"], &row["rests_on"]), (&"example".into(), &"recorded".into()));
        assert!(row["ratio"].as_f64().is_some_and(|ratio| ratio > 0.0), "{row}");
        assert!(row["difference"].as_f64().is_some_and(|difference| difference < 1e-10), "{row}");
    }
    assert!(!folder.path().join(".wright").exists(), "measuring leaves nothing behind");
    assert_eq!(fs::read_to_string(folder.path().join("a.py")).expect("the file"), PROGRAM);
}

#[test]
fn other_rankings_are_measured_beside_the_first() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.py"), PROGRAM).expect("a file");
    let rows = bench(folder.path(), &["--beside", "analytic,size"]);
    let of = |ranking: &str| {
        let rows = rows.as_array().expect("rows").iter().filter(|row| row["ranking"] == ranking);
        rows.map(|row| (row["function"].to_string(), row["ratio"].to_string())).collect::<Vec<_>>()
    };
    assert_eq!(of("network").len(), 2, "{rows}");
    assert_eq!(of("network"), of("analytic"), "the same text is measured once");
    assert!(of("size").iter().all(|(function, _)| !function.contains("project")), "two products are two products: {rows}");
}
