//! Real models: what is generated for them gives what ONNX Runtime gives.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn real_models_agree_with_onnx_runtime() {
    let folder = recorded();
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("models");
    let mut models: Vec<PathBuf> = fs::read_dir(&folder).expect("the recordings").map(|entry| entry.expect("an entry").path()).collect();
    models.retain(|path| path.join("complete").exists());
    models.sort();
    assert!(models.len() >= 9, "expected nine recorded models, found {models:?}");
    let mut failed = Vec::new();
    for model in &models {
        let name = model.file_name().expect("a name").to_string_lossy().into_owned();
        let krate = made.join(&name);
        _ = fs::remove_dir_all(&krate);
        let generated = Command::new(env!("CARGO_BIN_EXE_cargo-wright"))
            .arg("generate")
            .arg(model.join(format!("{name}.onnx")))
            .arg("--crate")
            .arg(&krate)
            .arg("--with-test")
            .arg(model.join("data"))
            .arg("--runtime")
            .arg(format!("{ROOT}/crates/codewright"))
            .args(fs::read_to_string(model.join("shapes")).expect("the shapes").lines().flat_map(|shape| ["--shape", shape]))
            .output()
            .expect("the binary runs");
        if !generated.status.success() {
            failed.push(format!("{name}: {}", String::from_utf8_lossy(&generated.stderr)));
            continue;
        }
        // Each is a package of its own, outside of the workspace, in one target folder.
        let manifest = krate.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("the manifest");
        fs::write(&manifest, text + "\n[workspace]\n").expect("the manifest is written");
        let tested = Command::new(env!("CARGO"))
            .args(["test", "--quiet", "--test", "recorded", "--manifest-path"])
            .arg(&manifest)
            .env("CARGO_TARGET_DIR", made.join("target"))
            .output()
            .expect("cargo runs");
        if !tested.status.success() {
            failed.push(format!("{name}: {}{}", String::from_utf8_lossy(&tested.stdout), String::from_utf8_lossy(&tested.stderr)));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// The folder of the models with what ONNX Runtime gives for them, made once a machine.
fn recorded() -> PathBuf {
    let output = Command::new("sh").arg(format!("{ROOT}/tests/python.sh")).output().expect("sh runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let python = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let folder = python.parent().and_then(Path::parent).expect("an environment").join("models");
    let output = Command::new(&python).arg(format!("{ROOT}/tests/models.py")).arg(&folder).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}
