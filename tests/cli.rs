//! The command as a user runs it: exit codes, formats, writing, configuration, suppressions.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const CHAIN: &str = "\
import numpy as np
import numpy.typing as npt


def smooth(A: npt.NDArray[np.float64], B: npt.NDArray[np.float64], v: npt.NDArray[np.float64]):
    assert A.shape == (300, 300)
    assert B.shape == (300, 300)
    assert v.shape == (300,)
    C = A @ B
    y = C @ v  # kept
    return y
";

/// A ranking that does not change when the network is trained again.
const ANALYTIC: (&str, &str) = ("wright.toml", "scorer = \"analytic\"\n");

fn wright(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-wright"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CONFIG_HOME", folder)
        .output()
        .expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
    }
    folder
}

/// What a text becomes from standard input to standard output.
fn piped(folder: &Path, source: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cargo-wright"))
        .args(["optimize", "--write", "-"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    child.stdin.take().expect("its input").write_all(source.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    text(&output.stdout)
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(folder).output();
    assert!(output.expect("git runs").status.success());
}

#[test]
fn check_reports_and_changes_nothing() {
    let folder = project(&[("a.py", CHAIN)]);
    let output = wright(folder.path(), &["wright", "check"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("a.py:9:1: matrix-chain"), "{}", text(&output.stdout));
    assert_eq!(fs::read_to_string(folder.path().join("a.py")).expect("the file"), CHAIN);
    let clean = project(&[("b.py", "x = 1\n")]);
    assert_eq!(wright(clean.path(), &["check"]).status.code(), Some(0));
}

#[test]
fn optimize_writes_the_better_form_once() {
    let folder = project(&[("a.py", CHAIN)]);
    let shown = wright(folder.path(), &["optimize", "a.py"]);
    assert!(text(&shown.stdout).contains("+     y = A @ (B @ v)  # kept"), "{}", text(&shown.stdout));
    assert_eq!(wright(folder.path(), &["optimize", "--write", "a.py"]).status.code(), Some(0));
    let expected = CHAIN.replace("    C = A @ B\n    y = C @ v", "    y = A @ (B @ v)");
    assert_eq!(fs::read_to_string(folder.path().join("a.py")).expect("the file"), expected);
    assert_eq!(wright(folder.path(), &["check", "a.py"]).status.code(), Some(0), "a second run finds nothing");
}

#[test]
fn a_live_or_mutated_name_is_left_alone() {
    let live = CHAIN.replace("return y", "return y, C");
    let mutated = CHAIN.replace("    y = C @ v", "    C[0] = 0.0\n    y = C @ v");
    let unknown_call = CHAIN.replace("    y = C @ v", "    touch(C)\n    y = C @ v");
    let shadowed = CHAIN.replace("def smooth", "np = object()\n\n\ndef smooth").replace("@ v", "@ np.exp(v)");
    for source in [live, mutated, unknown_call, shadowed] {
        let folder = project(&[("a.py", &source)]);
        let output = wright(folder.path(), &["check"]);
        assert_eq!(output.status.code(), Some(0), "{source}\n{}", text(&output.stdout));
    }
}

#[test]
fn json_is_one_array_of_findings() {
    let folder = project(&[("a.py", CHAIN)]);
    let output = wright(folder.path(), &["check", "--format", "json"]);
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let finding = &findings[0];
    assert_eq!(finding["rule"], "matrix-chain");
    assert_eq!(finding["effect"], "reassociates");
    assert_eq!(finding["ground"], "declared");
    assert_eq!(finding["start"]["line"], 9);
    assert!(finding["gain"].as_f64().expect("a ratio") > 2.0);
    assert!(finding["edits"].as_array().expect("edits").iter().any(|edit| edit["text"] == "A @ (B @ v)"));
}

#[test]
fn sarif_and_github_name_rule_and_place() {
    let folder = project(&[("a.py", CHAIN)]);
    let sarif: serde_json::Value = serde_json::from_slice(&wright(folder.path(), &["check", "--format", "sarif"]).stdout).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "matrix-chain");
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 9);
    let github = text(&wright(folder.path(), &["check", "--format", "github"]).stdout);
    assert!(github.starts_with("::warning file=") && github.contains("line=9") && github.contains("wright(matrix-chain)"), "{github}");
}

#[test]
fn math_level_selection_and_suppression_are_obeyed() {
    let folder = project(&[("a.py", CHAIN)]);
    assert_eq!(wright(folder.path(), &["check", "--math", "strict"]).status.code(), Some(0));
    assert_eq!(wright(folder.path(), &["check", "--ignore", "matrix-chain"]).status.code(), Some(0));
    assert_eq!(wright(folder.path(), &["check", "--select", "trace-of-product"]).status.code(), Some(0));
    let wrong = wright(folder.path(), &["check", "--select", "matrix-chian"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("matrix-chain"), "{}", text(&wrong.stderr));
    let silenced = project(&[("a.py", &CHAIN.replace("C = A @ B", "C = A @ B  # wright: ignore[matrix-chain]"))]);
    assert_eq!(wright(silenced.path(), &["check"]).status.code(), Some(0));
}

#[test]
fn configuration_is_read_and_its_mistakes_are_told() {
    let folder = project(&[("a.py", CHAIN), ("pyproject.toml", "[tool.wright]\nmath = \"strict\"\n")]);
    assert_eq!(wright(folder.path(), &["check"]).status.code(), Some(0));
    assert_eq!(wright(folder.path(), &["check", "--math", "relaxed"]).status.code(), Some(1), "a flag counts more");
    let broken = project(&[("a.py", CHAIN), ("wright.toml", "math = \"strict\"\nmaths = 1\n")]);
    let output = wright(broken.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    let message = text(&output.stderr);
    assert!(message.contains("wright.toml") && message.contains("line 2") && message.contains("maths"), "{message}");
}

#[test]
fn standard_input_is_a_file_too() {
    let printed = piped(project(&[]).path(), CHAIN);
    assert!(printed.contains("y = A @ (B @ v)  # kept"), "{printed}");
}

#[test]
fn explain_prints_pages_and_proofs() {
    let folder = project(&[("a.py", CHAIN)]);
    let page = wright(folder.path(), &["explain", "trace-of-product"]);
    assert!(text(&page.stdout).contains("```rewrite"));
    let proof = text(&wright(folder.path(), &["explain", "a.py:9"]).stdout);
    assert!(proof.contains("matrix-chain (reassociates)") && proof.contains("A @ (B @ v)"), "{proof}");
    assert_eq!(wright(folder.path(), &["explain", "a.py:1"]).status.code(), Some(2));
    assert_eq!(wright(folder.path(), &["explain", "no-such-rule"]).status.code(), Some(2));
}

#[test]
fn since_looks_only_at_changed_lines() {
    let folder = project(&[("a.py", CHAIN), ("b.py", "import numpy as np\n")]);
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-qm", "one"]);
    assert_eq!(wright(folder.path(), &["check", "--since", "HEAD"]).status.code(), Some(0));
    fs::write(folder.path().join("b.py"), CHAIN).expect("a file");
    let output = text(&wright(folder.path(), &["check", "--since", "HEAD"]).stdout);
    assert!(output.contains("b.py") && !output.contains("a.py"), "{output}");
}

#[test]
fn the_same_output_at_any_number_of_jobs() {
    let files: Vec<(String, String)> = (0..40).map(|i| (format!("pkg/m{i}.py"), CHAIN.to_owned())).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = project(&files);
    let one = wright(folder.path(), &["check", "--jobs", "1", "--diff"]).stdout;
    let four = wright(folder.path(), &["check", "--jobs", "4", "--diff"]).stdout;
    assert_eq!(text(&one), text(&four));
    assert_eq!(text(&one).matches("matrix-chain").count(), 40);
}

#[test]
fn a_copy_stays_a_copy() {
    for expression in ["x.astype(np.float64)", "x * 1", "np.copy(x)", "x.reshape(300)"] {
        let source =
            format!("import numpy as np\n\n\ndef f():\n    x = np.ones(300)\n    y = {expression}\n    y[0] = 2.0\n    return x, y\n");
        let folder = project(&[("a.py", &source)]);
        let output = wright(folder.path(), &["check"]);
        assert_eq!(output.status.code(), Some(0), "{source}\n{}", text(&output.stdout));
    }
}

#[test]
fn a_name_that_is_not_imported_is_imported_first() {
    let source = "from numpy import exp, float64, log\nfrom numpy.typing import NDArray\n\n\ndef f(x: NDArray[float64]):\n    return log(1 + exp(x))\n";
    let new = source.replace("log\n", "log, logaddexp\n").replace("log(1 + exp(x))", "logaddexp(x, 0)");
    assert_eq!(piped(project(&[ANALYTIC]).path(), source), new);
    let unknown = format!("from settings import *\n{source}");
    assert_eq!(piped(project(&[ANALYTIC]).path(), &unknown), unknown);
}

#[test]
fn control_flow_scopes_and_effects_are_respected() {
    let head = "import numpy as np\nfrom jaxtyping import Float64\n\n\ndef f(A: Float64[np.ndarray, \"n n\"], B: Float64[np.ndarray, \"n n\"], v: Float64[np.ndarray, \"n\"], flag):\n";
    let bodies = [
        "    C = A @ B\n    for i in range(3):\n        v = C @ v\n        A[0, 0] = i\n    return v\n",
        "    C = A @ B\n\n    def inner():\n        return C\n    return C @ v, inner\n",
        "    try:\n        C = A @ B\n    except ValueError:\n        C = np.eye(3)\n    return C @ v\n",
        "    C = A @ B\n    yield 1\n    yield C @ v\n",
        "    C = A @ B\n    B *= 2\n    return C @ v\n",
        "    C = A @ B\n    A = A + 1.0\n    y = C @ v\n    return y, A\n",
        "    g = lambda v: A @ B @ v\n    return [A @ B @ v for v in v], g\n",
        "    C = A @ B; D = C @ v\n    return D\n",
        "    C = A @ B  # why\n    return C @ v\n",
    ];
    for body in bodies {
        let source = format!("{head}{body}");
        let folder = project(&[("a.py", &source)]);
        let output = wright(folder.path(), &["optimize", "--write"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(fs::read_to_string(folder.path().join("a.py")).expect("the file"), source);
    }
}

#[test]
fn a_name_that_a_loop_binds_twice_is_known_if_every_round_ends_alike() {
    let head = "import numpy as np\nfrom jaxtyping import Float64\n\n\ndef f(A: Float64[np.ndarray, \"n n\"], B: Float64[np.ndarray, \"n n\"], v: Float64[np.ndarray, \"n\"], flag):\n";
    let rewritten = |body: &str| {
        let folder = project(&[("a.py", &format!("{head}{body}"))]);
        wright(folder.path(), &["optimize", "--write", "--select", "matrix-chain"]);
        fs::read_to_string(folder.path().join("a.py")).expect("the file")[head.len()..].to_owned()
    };
    let body = "    for _ in range(3):\n        v = A @ B @ v\n        v = v / np.sum(v)\n    return v\n";
    assert_eq!(rewritten(body), body.replace("A @ B @ v", "A @ (B @ v)"));
    let body =
        "    for _ in range(3):\n        v = A @ B @ v\n        if flag:\n            continue\n        v = v[0] * A\n    return v\n";
    assert_eq!(rewritten(body), body);
}

#[test]
fn a_value_whose_name_is_bound_anew_is_not_computed_twice() {
    let source = "import numpy as np\nfrom jaxtyping import Float64\n\n\ndef f(A: Float64[np.ndarray, \"n n\"], d: Float64[np.ndarray, \"n\"]):\n    w = np.linalg.inv(A) @ d\n    w = w / np.sqrt(np.sum(w * w))\n    return w, (w @ np.outer(d, d) @ w) / (w @ A @ w)\n";
    let folder = project(&[("a.py", source)]);
    wright(folder.path(), &["optimize", "--write"]);
    let new = fs::read_to_string(folder.path().join("a.py")).expect("the file");
    assert_eq!((new.matches("np.linalg.solve").count(), new.matches("inv").count()), (1, 0), "{new}");
}

#[test]
fn what_the_text_says_stays_as_it_says_it() {
    let head = "import numpy as np\n\n\ndef f():\n    x = np.linspace(0, 4, 50)\n";
    let after = |body: &str| {
        let folder = project(&[ANALYTIC, ("a.py", &format!("{head}{body}"))]);
        wright(folder.path(), &["optimize", "--write"]);
        fs::read_to_string(folder.path().join("a.py")).expect("the file")[head.len()..].to_owned()
    };
    assert_eq!(after("    return np.zeros(len(x)) + 0.2\n"), "    return np.full((len(x),), 0.2)\n", "a length stays an expression");
    assert_eq!(after("    return -np.exp(x+1)+np.ones(50)\n"), "    return np.ones(50) - np.exp(x+1)\n", "operands keep their spelling");
    let shared = "    y = np.linspace(-1, 1, 7).reshape(-1, 1)\n    return y, np.sin(y.ravel())\n";
    assert_eq!(after(shared), shared, "a value that is there is not computed again");
}

/// Two findings that need the same import.
const EVIDENCE: &str = "\
\"\"\"Scores.\"\"\"

from __future__ import annotations

import numpy as np
from scipy import linalg


def evidence(n: int):
    x = np.zeros((n, 3))
    return np.log(np.exp(x).sum(axis=1))


def evidences(n: int):
    x = np.ones((n, 5))
    return np.log(np.exp(x).sum(axis=1)), linalg.norm(x)
";

#[test]
fn an_import_is_added_once_and_shown_with_each_finding() {
    let folder = project(&[ANALYTIC, ("a.py", EVIDENCE)]);
    let shown = wright(folder.path(), &["optimize", "a.py"]);
    insta::with_settings!({ snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!("an_import_is_added", text(&shown.stdout));
    });
    let json = wright(folder.path(), &["check", "--format", "json"]);
    let findings: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    for (finding, line) in findings.as_array().expect("findings").iter().zip([11, 16]) {
        assert_eq!(finding["start"]["line"], line, "a finding is where the expression is");
        assert_eq!(finding["edits"][0]["text"], ", special");
        assert_eq!(finding["edits"][1]["text"], "special.logsumexp(x, axis=1)");
    }
    assert_eq!(wright(folder.path(), &["optimize", "--write", "a.py"]).status.code(), Some(0));
    let written = fs::read_to_string(folder.path().join("a.py")).expect("the file");
    let expected =
        EVIDENCE.replace("linalg\n", "linalg, special\n").replace("np.log(np.exp(x).sum(axis=1))", "special.logsumexp(x, axis=1)");
    assert_eq!(written, expected);
    assert_eq!(wright(folder.path(), &["check", "a.py"]).status.code(), Some(0), "a second run finds nothing");
}

#[test]
fn an_import_comes_with_what_is_written() {
    let source = EVIDENCE.replace('\n', "\r\n").replace("from scipy import linalg", "import scipy.linalg as linalg");
    let folder = project(&[ANALYTIC, ("a.py", &source)]);
    let imported = source.replace("as linalg\r\n", "as linalg\r\nimport scipy.special\r\n");
    let (old, new) = ("np.log(np.exp(x).sum(axis=1))", "scipy.special.logsumexp(x, axis=1)");
    assert_eq!(piped(folder.path(), &source), imported.replace(old, new));
    // What a suppression silences needs no import.
    let silenced = source.replace("1))\r\n", "1))  # wright: ignore\r\n").replace("norm(x)", "norm(x)  # wright: ignore");
    assert_eq!(piped(folder.path(), &silenced), silenced);
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-qm", "one"]);
    let changed = |text: &str| text.replacen("(n, 3)", "(n, 4)", 1).replacen("    return", "    return 1 +", 1);
    fs::write(folder.path().join("a.py"), changed(&source)).expect("a file");
    wright(folder.path(), &["optimize", "--write", "--since", "HEAD"]);
    assert_eq!(fs::read_to_string(folder.path().join("a.py")).expect("the file"), changed(&imported).replacen(old, new, 1));
}

#[test]
fn a_name_that_the_function_has_for_itself_is_not_the_import() {
    let source = "import numpy as np\nfrom numpy import exp, zeros\n\n\ndef f(n: int, np):\n    x = zeros((n, 3))\n    return exp(x) - 1\n";
    let folder = project(&[("a.py", source)]);
    let output = wright(folder.path(), &["optimize", "--write", "a.py"]);
    let written = fs::read_to_string(folder.path().join("a.py")).expect("the file");
    assert!(!written.contains("np."), "{written}{}", text(&output.stderr));
}

#[test]
fn a_line_stays_within_the_width_that_the_project_has() {
    let folder = project(&[("a.py", CHAIN), ("pyproject.toml", "[tool.black]\nline-length = 16\n")]);
    assert_eq!(wright(folder.path(), &["optimize", "--write", "a.py"]).status.code(), Some(0));
    let written = fs::read_to_string(folder.path().join("a.py")).expect("the file");
    assert!(written.ends_with("    y = A @ (\n        B @ v\n    )  # kept\n    return y\n"), "{written}");
    assert_eq!(wright(folder.path(), &["check", "a.py"]).status.code(), Some(0), "a second run finds nothing");
    let json = project(&[("a.py", CHAIN), ("ruff.toml", "line-length = 16\n")]);
    let output = wright(json.path(), &["check", "--format", "json"]);
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(findings[0]["start"]["line"], 9, "a finding is where the expression is");
}

#[test]
fn a_fix_brings_its_import() {
    let source = "from numpy import array, product\n\n\ndef f(shape):\n    return product(array(shape))\n";
    let folder = project(&[("a.py", source)]);
    let output = wright(folder.path(), &["fix", "--write", "a.py"]);
    let written = fs::read_to_string(folder.path().join("a.py")).expect("the file");
    assert!(written.ends_with("    return prod(array(shape))\n"), "{written}{}", text(&output.stderr));
    assert!(written.contains("prod") && written.starts_with("from numpy import array, prod"), "{written}");
}

#[test]
fn a_private_function_takes_what_files_of_the_tree_call_it_with() {
    let linear = "def _chain(a, b, v):\n    return a @ b @ v\n";
    let model = "from .linear import _chain\n\n\ndef run():\n    m = np.zeros((300, 300))\n    return _chain(m, m, m @ np.zeros((300, 300)) @ np.zeros(300))\n";
    let head = "import numpy as np\n\n\n";
    let (linear, model) = (format!("{head}{linear}"), format!("{head}{model}"));
    let files = [("pkg/__init__.py", ""), ("pkg/linear.py", linear.as_str()), ("pkg/model.py", model.as_str())];
    let folder = project(&files);
    let alone = wright(folder.path(), &["check", "pkg/linear.py"]);
    assert_eq!(alone.status.code(), Some(0), "one file is not told of others: {}", text(&alone.stdout));
    let shown = ["1", "2"].map(|jobs| wright(folder.path(), &["check", "--jobs", jobs, "."]));
    assert_eq!(shown[0].stdout, shown[1].stdout);
    assert!(text(&shown[0].stdout).contains("linear.py:5:12: matrix-chain [reassociates, inferred"), "{}", text(&shown[0].stdout));
    let explained = wright(folder.path(), &["explain", "pkg/linear.py:5"]);
    assert!(text(&explained.stdout).contains("= a @ (b @ v)"), "{}", text(&explained.stderr));
    // The caller is rewritten too: it is told of as it was before.
    wright(folder.path(), &["optimize", "--write", "."]);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("the file");
    assert_eq!(read("pkg/linear.py"), linear.replace("a @ b @ v", "a @ (b @ v)"));
    assert!(read("pkg/model.py").contains("_chain(m, m, m @ (m @ np.zeros(300)))"), "{}", read("pkg/model.py"));
    let again = wright(folder.path(), &["check", "."]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stdout));
    let other = project(&[files[0], files[1], files[2], ("tests/test_linear.py", "from pkg.linear import _chain\n\nCHAINS = [_chain]\n")]);
    let kept = wright(other.path(), &["check", "."]);
    assert!(!text(&kept.stdout).contains("linear.py"), "{}", text(&kept.stdout));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    // The script's `true` ends before anything is written to it.
    let script = format!("sleep 0.2; '{}' explain matrix-chain; echo $? >&2", env!("CARGO_BIN_EXE_cargo-wright"));
    let output = Command::new("bash").args(["-c", &format!("({script}) | true")]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr).trim(), "0");
}
