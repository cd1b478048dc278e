//! `fix` as a user runs it: what is applied and what waits, comments, rules that undo each other, a project's own pages.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn wright(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-wright")).args(arguments).current_dir(folder).output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder with `a.py` and a project's own rules: name, safety, what stands in the `fix` block, before and after.
fn project(source: &str, rules: &[(&str, &str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.py"), source).expect("a file");
    fs::create_dir_all(folder.path().join(".wright/rules")).expect("a folder");
    for (name, safety, fix) in rules {
        let page = format!(
            "---\nname: {name}\npass: fix\nsafety: {safety}\ntargets: torch\n---\n# A title\n\nWhy.\n\n```fix\n{fix}\n```\n\n## Example\n```python\na\n```\n```python after\nb\n```\n"
        );
        fs::write(folder.path().join(format!(".wright/rules/{name}.md")), page).expect("a page");
    }
    folder
}

/// What `fix --write` with more arguments makes of a source.
fn fixed(source: &str, rules: &[(&str, &str, &str)], arguments: &[&str]) -> String {
    let folder = project(source, rules);
    let output = wright(folder.path(), &[&["fix", "--write", "a.py"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    fs::read_to_string(folder.path().join("a.py")).expect("the file")
}

#[test]
fn safe_fixes_are_applied_and_the_others_wait_to_be_asked_for() {
    let source = "import torch\nimport numpy as np\na = np.Inf\nb = torch.load(p)\n";
    let folder = project(source, &[]);
    let shown = wright(folder.path(), &["fix", "a.py"]);
    assert_eq!(shown.status.code(), Some(1));
    assert!(text(&shown.stdout).contains("+ b = torch.load(p, weights_only=True)"), "{}", text(&shown.stdout));
    assert!(text(&shown.stderr).contains("1: change what the program computes"), "{}", text(&shown.stderr));
    assert_eq!(fs::read_to_string(folder.path().join("a.py")).expect("the file"), source);
    assert_eq!(fixed(source, &[], &[]), source.replace("Inf", "inf"));
    assert_eq!(fixed(source, &[], &["--unsafe"]), source.replace("Inf", "inf").replace("(p)", "(p, weights_only=True)"));
    assert_eq!(fixed(source, &[], &["--unsafe", "--ignore", "load"]), source.replace("Inf", "inf"));
    let silenced = "import numpy as np\na = np.Inf  # wright: ignore[renamed-in-numpy-2]\n";
    assert_eq!(fixed(silenced, &[], &[]), silenced);
}

#[test]
fn rules_that_undo_each_other_are_named_and_nothing_is_written() {
    let source = "import torch\nx = torch.first(1)\n";
    let rules = [
        ("to-second", "safe", "find: torch.first($X)\nreplace: torch.second($X)"),
        ("to-first", "safe", "find: torch.second($X)\nreplace: torch.first($X)"),
    ];
    let folder = project(source, &rules);
    let output = wright(folder.path(), &["fix", "--write", "a.py"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("undo each other: to-first, to-second"), "{}", text(&output.stderr));
    assert_eq!(fs::read_to_string(folder.path().join("a.py")).expect("the file"), source);
}

#[test]
fn a_comment_that_would_be_lost_makes_a_fix_unsafe() {
    let rule = [("drop", "safe", "find: torch.old($X, $Y)\nreplace: torch.new($X)")];
    let kept = "import torch\nx = torch.old(\n    1,\n    2,  # why two\n)\n";
    assert_eq!(fixed(kept, &rule, &[]), kept);
    assert!(fixed(kept, &rule, &["--unsafe"]).contains("torch.new(1)"));
    assert_eq!(fixed("import torch\nx = torch.old(1, 2)  # why\n", &rule, &[]), "import torch\nx = torch.new(1)  # why\n");
    let inside = "import torch\nx = torch.old(f(\n    1,  # why one\n), 2)\n";
    assert_eq!(fixed(inside, &rule, &[]), "import torch\nx = torch.new(f(\n    1,  # why one\n))\n");
}

#[test]
fn statements_are_added_wrapped_and_removed_with_their_indentation() {
    let around = [("around", "safe", "find: torch.step($X)\nnot follows: torch.ready()\nbefore: torch.ready()\nafter: torch.done()")];
    let source = "import torch\nif a:\n\tfor b in c:\n\t\ttorch.step(b)\n";
    assert_eq!(fixed(source, &around, &[]), "import torch\nif a:\n\tfor b in c:\n\t\ttorch.ready()\n\t\ttorch.step(b)\n\t\ttorch.done()\n");
    let wrap =
        [("wrap", "safe", "find: $X = torch.predict($Y)\nnot inside:\n  with torch.no_grad():\n      $$$\nwrap: with torch.no_grad():")];
    assert_eq!(
        fixed("import torch\ndef f(m):\n    y = torch.predict(\n        m)\n    return y\n", &wrap, &[]),
        "import torch\ndef f(m):\n    with torch.no_grad():\n        y = torch.predict(\n            m)\n    return y\n"
    );
    let remove = [("remove", "safe", "find: torch.useless()\ndelete:")];
    assert_eq!(fixed("import torch\r\na = 1\r\ntorch.useless()\r\nb = 2\r\n", &remove, &[]), "import torch\r\na = 1\r\nb = 2\r\n");
    assert_eq!(fixed("import torch\nif a:\n    torch.useless()\n", &remove, &[]), "import torch\nif a:\n    pass\n");
}

#[test]
fn arguments_go_with_their_commas() {
    let rule = [("without", "safe", "find: torch.f($A, $X)\ndelete: $X")];
    assert_eq!(fixed("import torch\ntorch.f(1, 2)\n", &rule, &[]), "import torch\ntorch.f(1)\n");
    let first = [("without", "safe", "find: torch.f($X, $B)\ndelete: $X")];
    assert_eq!(fixed("import torch\ntorch.f(\n    1,\n    2,\n)\n", &first, &[]), "import torch\ntorch.f(\n    2,\n)\n");
}

#[test]
fn a_new_page_for_a_fix_is_one_to_start_from() {
    let folder = project("import torch\n\ndef f(parts):\n    return torch.concat(parts, dim=1)\n", &[]);
    assert_eq!(wright(folder.path(), &["rules", "new", "--fix", "one-name"]).status.code(), Some(0));
    let tested = text(&wright(folder.path(), &["rules", "test", "one-name"]).stdout);
    assert!(tested.contains("1 rules, 1 passed, 0 failed") && tested.contains("2/2"), "{tested}");
    let found = text(&wright(folder.path(), &["check", "a.py"]).stdout);
    assert!(found.contains("a.py:4:12: one-name [safe]"), "{found}");
    assert_eq!(wright(folder.path(), &["rules", "new", "--fix", "one-name"]).status.code(), Some(2), "it is there already");
}
