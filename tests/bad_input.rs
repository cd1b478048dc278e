//! Files that no tool likes: a message with the path, the other files still done, nothing half-written.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const GOOD: &str = "\
import torch


def f(x: torch.Tensor, y: torch.Tensor, z: torch.Tensor):
    assert x.shape == (200, 200)
    assert y.shape == (200, 200)
    assert z.shape == (200,)
    return (x @ y) @ z
";

fn wright(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-wright")).args(arguments).current_dir(folder).output().expect("the binary runs")
}

/// Runs on a bad file beside a good one: named it is an error with its path, in a tree the good one is still done.
fn is_told_and_skipped(bytes: &[u8], told: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let bad = folder.path().join("bad.py");
    fs::write(&bad, bytes).expect("a file");
    fs::write(folder.path().join("good.py"), GOOD).expect("a file");
    let named = wright(folder.path(), &["optimize", "--write", "bad.py"]);
    let message = String::from_utf8_lossy(&named.stderr).into_owned();
    assert_eq!(named.status.code(), Some(2), "{message}");
    assert!(message.contains("bad.py") && message.contains(told) && !message.contains("internal"), "{message}");
    let tree = wright(folder.path(), &["optimize", "--write"]);
    assert_eq!(tree.status.code(), Some(0), "{}", String::from_utf8_lossy(&tree.stderr));
    assert!(fs::read_to_string(folder.path().join("good.py")).expect("the file").contains("x @ (y @ z)"));
    assert_eq!(fs::read(&bad).expect("the file"), bytes, "the bad file is as it was");
}

/// Runs on an odd but harmless file: no finding, no error.
fn is_left_alone(text: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("odd.py"), text).expect("a file");
    let output = wright(folder.path(), &["optimize", "--write", "odd.py"]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{message}");
    assert_eq!(fs::read_to_string(folder.path().join("odd.py")).expect("the file"), text);
}

#[test]
fn binary_and_not_utf8() {
    is_told_and_skipped(b"import numpy\n\xff\xfe\x00", "UTF-8");
    is_told_and_skipped(b"import numpy\nx = '\xe9'\n", "UTF-8");
}

#[test]
fn syntax_errors() {
    is_told_and_skipped(b"import numpy as np\ndef f(:\n    return np.\n", "syntax error");
}

#[test]
fn empty_and_unfinished() {
    is_left_alone("");
    is_left_alone("import numpy as np");
}

#[test]
fn ten_megabytes_in_one_line() {
    let line = format!("import numpy as np; x = [{}]\n", "1.0, ".repeat(2_000_000));
    is_told_and_skipped(line.as_bytes(), "bytes");
    is_left_alone(&format!("import numpy as np\nx = [{}]\n", "1.0, ".repeat(200_000)));
}

#[test]
fn nested_a_thousand_deep() {
    let deep = format!("import numpy as np\nx = {}np.ones(3){}\n", "(".repeat(1000), ")".repeat(1000));
    is_left_alone(&deep);
    let calls = format!("import numpy as np\nx = {}1.0{}\n", "np.exp(".repeat(1000), ")".repeat(1000));
    is_left_alone(&calls);
    let blocks: String = (0..90).map(|i| format!("{}if x:\n", " ".repeat(i))).collect();
    is_left_alone(&format!("import numpy as np\n{blocks}{}pass\n", " ".repeat(90)));
}

#[test]
fn byte_order_mark_line_ends_and_tabs_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!("\u{feff}{}", GOOD.replace('\n', "\r\n").replace("    ", "\t"));
    fs::write(folder.path().join("a.py"), &text).expect("a file");
    let output = wright(folder.path(), &["optimize", "--write"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let expected = text.replace("(x @ y) @ z", "x @ (y @ z)");
    assert_eq!(fs::read_to_string(folder.path().join("a.py")).expect("the file"), expected);
}

#[test]
fn no_final_newline() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.py"), GOOD.trim_end()).expect("a file");
    wright(folder.path(), &["optimize", "--write"]);
    assert!(fs::read_to_string(folder.path().join("a.py")).expect("the file").ends_with("x @ (y @ z)"));
}

#[test]
fn missing_unknown_and_unreadable() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("notes.txt"), "").expect("a file");
    for name in ["missing.py", "notes.txt"] {
        let output = wright(folder.path(), &["check", name]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(name));
    }
}

#[cfg(unix)]
#[test]
fn links_are_not_written_through_and_modes_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let outside = tempfile::tempdir().expect("a folder");
    let target = outside.path().join("target.py");
    fs::write(&target, GOOD).expect("a file");
    let folder = tempfile::tempdir().expect("a folder");
    symlink(&target, folder.path().join("link.py")).expect("a link");
    let own = folder.path().join("own.py");
    fs::write(&own, GOOD).expect("a file");
    fs::set_permissions(&own, fs::Permissions::from_mode(0o750)).expect("permissions");
    assert_eq!(wright(folder.path(), &["optimize", "--write"]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(&target).expect("the file"), GOOD, "a link in the tree is not followed");
    let named = wright(folder.path(), &["optimize", "--write", "link.py"]);
    assert_eq!(named.status.code(), Some(2), "{}", String::from_utf8_lossy(&named.stderr));
    assert_eq!(fs::read_to_string(&target).expect("the file"), GOOD, "a named link is not written through");
    assert!(fs::read_to_string(&own).expect("the file").contains("x @ (y @ z)"));
    assert_eq!(fs::metadata(&own).expect("metadata").permissions().mode() & 0o777, 0o750);
}

#[test]
fn a_broken_project_rule_names_file_and_line() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(folder.path().join(".wright/rules")).expect("folders");
    fs::write(
        folder.path().join(".wright/rules/mine.md"),
        "---\nname: mine\npass: optimize\neffect: exact\n---\n# Mine\n\n```rewrite\nfoo(x) => x\n```\n",
    )
    .expect("a page");
    fs::write(folder.path().join("a.py"), GOOD).expect("a file");
    let output = wright(folder.path(), &["check"]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(message.contains("mine.md:9") && message.contains("foo"), "{message}");
}
