//! Modules and files of weights that are refused: with the place and the reason, and without a file half written.

use std::fs;
use std::path::Path;
use std::process::Command;

#[path = "backend/python.rs"]
mod python;

use python::{ROOT, printed, python};

/// What `generate` says of a module.
fn refused(arguments: &[&str], folder: &Path) -> String {
    let out = folder.join("out.rs");
    _ = fs::remove_file(&out);
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-wright"))
        .arg("generate")
        .args(arguments)
        .arg("-o")
        .arg(&out)
        .current_dir(folder)
        .output()
        .expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(!out.exists() && !out.with_extension("safetensors").exists(), "{arguments:?}: files are written");
    assert!(!said.contains("panicked"), "{said}");
    said
}

#[test]
fn what_cannot_be_generated_is_refused_with_the_reason() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("refused_modules");
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    printed(&python(), &[&format!("{ROOT}/tests/models/refused.py"), folder.to_str().expect("a path of text")]);
    fs::copy(format!("{ROOT}/tests/models/refused.py"), folder.join("refused.py")).expect("a copy");
    let x = "x=float32[2,4]";
    let simple = ["refused.py:Simple", "--input", x, "--weights"];
    let with = |weights: &'static str| [&simple[..], &[weights]].concat();
    let cases: &[(&[&str], &[&str])] = &[
        (&["refused.py:Simple", "--input", x], &["weights are not known", "--weights"]),
        (&with("missing.pt"), &["has no", "fc.bias"]),
        (&with("extra.pt"), &["`other`", "which the program has not"]),
        (&with("wrong.pt"), &["`fc.weight` is [3, 4] in the program and [4, 4]"]),
        (&with("malicious.pt"), &["it calls `posix.system`", "refused"]),
        (&with("object.pt"), &["makes no tensor"]),
        (&with("truncated.pt"), &["truncated.pt"]),
        (&with("nothing.safetensors"), &["nothing.safetensors"]),
        (&with("refused.py"), &["expected .safetensors, .pt, .pth or .npz"]),
        (&["refused.py:Simple", "--weights", "simple.pt"], &["--input x="]),
        (&["refused.py:Simple", "--input", "y=float32[2,4]", "--weights", "simple.pt"], &["no `y`", "takes x"]),
        (&["refused.py:Simple", "--input", "x=float32[2,5]", "--weights", "simple.pt"], &["from 4 to 3 is given [2, 5]", "refused.py:"]),
        (&["refused.py:Simple", "--set", "depth=3", "--input", x, "--weights", "simple.pt"], &["no `depth`", "width"]),
        (&["refused.py:Nothing", "--input", x], &["has no `Nothing`", "Simple"]),
        (&["refused.py:helper", "--input", x], &["no nn.Module"]),
        (&["nowhere.py:Net"], &["nowhere.py"]),
        (&["broken.py:Net"], &["broken.py:2", "syntax error"]),
        (&["refused.py:Branches", "--input", x, "--weights", "empty.pt"], &["elements of a tensor", "refused.py:", "x.sum() > 0"]),
        (&["refused.py:Loops", "--input", "x=float32[n,4]", "--weights", "empty.pt"], &["`n` times", "--input"]),
        (&["refused.py:Picks", "--input", x, "--weights", "empty.pt"], &["truth values"]),
        (&["refused.py:Foreign", "--input", x, "--weights", "empty.pt"], &["no_such_package.fast", "was not found"]),
        (&["refused.py:Aliased", "--input", x, "--weights", "empty.pt"], &["changed in place"]),
        (&["refused.py:Drawn", "--input", x, "--weights", "empty.pt"], &["constructor draws at random"]),
        (&["refused.py:Unfit", "--input", x, "--weights", "empty.pt"], &["[2, 4] and [3] do not broadcast", "refused.py:"]),
        (&["refused.py:Normalized", "--input", x, "--weights", "no_statistics.pt"], &["has no", "`norm.running_mean`"]),
        (&["refused.py:Dropping", "--input", x, "--weights", "empty.pt"], &["draws at random", "training=self.training"]),
        (&["refused.py:Probing", "--input", x, "--weights", "empty.pt"], &["whether `torch` has `no_such_function`"]),
        (&["refused.py:Deep", "--input", x, "--weights", "empty.pt"], &["nested deeper"]),
    ];
    for (arguments, expected) in cases {
        let said = refused(arguments, &folder);
        for part in *expected {
            assert!(said.contains(part), "{arguments:?}: expected `{part}` in: {said}");
        }
    }
}

#[test]
fn weights_are_read_whatever_the_name_of_their_file() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("named_weights");
    fs::create_dir_all(&folder).expect("a folder");
    printed(&python(), &[&format!("{ROOT}/tests/models/refused.py"), folder.to_str().expect("a path of text")]);
    let source = format!("{ROOT}/tests/models/refused.py:Simple");
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-wright"))
        .args(["generate", &source, "--input", "x=float32[2,4]", "--weights", "named_by_21_letters__.pt", "-o", "simple.rs"])
        .current_dir(&folder)
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn packages_are_found_where_python_finds_them() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("module_with_package");
    let package = folder.join("packages/no_such_package");
    fs::create_dir_all(&package).expect("a folder");
    fs::write(package.join("__init__.py"), "def fast(x):\n    return x * 2\n").expect("a file");
    let source = format!("{ROOT}/tests/models/refused.py:Foreign");
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-wright"))
        .args(["generate", &source, "--input", "x=float32[2,4]", "-o", "foreign.rs"])
        .env("PYTHONPATH", folder.join("packages"))
        .current_dir(&folder)
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(fs::read_to_string(folder.join("foreign.rs")).expect("the code").contains("2.0"));
}
