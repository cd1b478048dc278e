//! The Python environment of the tests.

use std::process::Command;

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The interpreter that has onnx, ONNX Runtime and PyTorch.
pub fn python() -> String {
    printed("sh", &[&format!("{ROOT}/tests/python.sh")])
}

/// What a program prints.
pub fn printed(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
