//! A package is built again when the file of its model changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const BUILT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/packages");

const MAIN: &str = "\
#[codewright::model(\"../mlp.onnx\")]
struct Mlp;

fn main() -> codewright::Result<()> {
    let y = Mlp::new()?.run(&codewright::ndarray::array![[1.0, -2.0, 3.0, 0.5]])?;
    println!(\"{y:?}\");
    Ok(())
}
";

/// Builds and runs the package; what it depends on is built where other tests build theirs.
fn run(package: &Path) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output =
        Command::new(cargo).args(["run", "--quiet"]).current_dir(package).env("CARGO_TARGET_DIR", BUILT).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "warnings: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The model with another bias: 1.5 for 0.5.
fn changed(model: &[u8]) -> Vec<u8> {
    let (old, new) = (0.5f32.to_le_bytes().repeat(8), 1.5f32.to_le_bytes().repeat(8));
    let at = model.windows(old.len()).position(|bytes| bytes == old).expect("the bias");
    [&model[..at], &new, &model[at + new.len()..]].concat()
}

#[test]
fn a_changed_model_is_read_again() {
    let package = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rebuild");
    fs::create_dir_all(package.join("src")).expect("a folder");
    let manifest = format!(
        "[package]\nname = \"rebuild\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\ncodewright = {{ path = {ROOT:?} }}\n"
    );
    let model = fs::read(Path::new(ROOT).join("tests/data/mlp.onnx")).expect("the model");
    for (name, contents) in [("Cargo.toml", manifest.as_bytes()), ("src/main.rs", MAIN.as_bytes()), ("mlp.onnx", &model)] {
        fs::write(package.join(name), contents).expect("a file");
    }
    let before = run(&package);
    assert_eq!(run(&package), before);
    fs::write(package.join("mlp.onnx"), changed(&model)).expect("a file");
    assert_ne!(run(&package), before);
}
