//! Notebooks: code cells are one program, findings name the cell and its line, and an edit changes nothing but the lines that it is about.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const NOTEBOOK: &str = r##"{
 "cells": [
  {
   "cell_type": "markdown",
   "metadata": {},
   "source": [
    "# np.Inf in words"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": 1,
   "metadata": {},
   "outputs": [{"name": "stdout", "output_type": "stream", "text": ["np.Inf\n"]}],
   "source": [
    "%matplotlib inline\n",
    "import torch\n",
    "import numpy as np"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "metadata": {},
   "outputs": [],
   "source": [
    "!pip install 'x\n",
    "limit = np.Inf  # é\n",
    "\n",
    "def loss(logits: torch.Tensor, target: torch.Tensor):\n",
    "    log_probs = torch.log(torch.softmax(logits, dim=-1))\n",
    "    return -(target * log_probs).sum()"
   ]
  }
 ],
 "metadata": {
  "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
"##;

fn wright(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-wright")).args(arguments).current_dir(folder).output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn folder(notebook: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.ipynb"), notebook).expect("a file");
    folder
}

#[test]
fn findings_name_the_cell_and_its_line() {
    let folder = folder(NOTEBOOK);
    let output = wright(folder.path(), &["check", "--diff"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(shown.contains("a.ipynb:cell 3:2:9: renamed-in-numpy-2"), "{shown}");
    assert!(shown.contains("a.ipynb:cell 3:5:17: log-of-softmax"), "{shown}");
    assert!(shown.contains("     2 + limit = np.inf  # é"), "{shown}");

    let json: serde_json::Value = serde_json::from_slice(&wright(folder.path(), &["check", "--format", "json"]).stdout).expect("JSON");
    assert_eq!((&json[0]["cell"], &json[0]["start"]["line"]), (&3.into(), &2.into()));
    assert_eq!(json[0]["edits"][0]["start"]["line"], 2);
    let sarif: serde_json::Value = serde_json::from_slice(&wright(folder.path(), &["check", "--format", "sarif"]).stdout).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"][0]["locations"][0]["logicalLocations"][0]["name"], "cell 3");

    let proof = text(&wright(folder.path(), &["explain", "a.ipynb:3:5"]).stdout);
    assert!(proof.contains("= torch.log_softmax(logits, dim=-1)"), "{proof}");
    assert!(text(&wright(folder.path(), &["explain", "a.ipynb:3:4"]).stderr).contains("there is something at 3:2, 3:5"));
}

#[test]
fn writing_changes_the_lines_that_it_is_about_and_no_other_byte() {
    let folder = folder(NOTEBOOK);
    let read = || fs::read_to_string(folder.path().join("a.ipynb")).expect("the file");
    assert_eq!(wright(folder.path(), &["fix", "--write"]).status.code(), Some(0));
    let fixed = NOTEBOOK.replace("limit = np.Inf", "limit = np.inf");
    assert_eq!(read(), fixed);
    assert_eq!(wright(folder.path(), &["optimize", "--write", "a.ipynb"]).status.code(), Some(0));
    let better = fixed.replace("torch.log(torch.softmax(logits, dim=-1))", "torch.log_softmax(logits, dim=-1)");
    assert_eq!(read(), better);
    assert_eq!(wright(folder.path(), &["check", "a.ipynb"]).status.code(), Some(0), "a second run finds nothing");
}

#[test]
fn a_cell_that_does_not_parse_leaves_the_notebook_alone() {
    let broken = NOTEBOOK.replace("import torch\\n", "import torch (\\n");
    let folder = folder(&broken);
    let output = wright(folder.path(), &["fix", "--write", "a.ipynb"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("a.ipynb:cell 2:2:"), "{}", text(&output.stderr));
    assert_eq!(fs::read_to_string(folder.path().join("a.ipynb")).expect("the file"), broken);

    fs::write(folder.path().join("a.ipynb"), "{\"cells\": 3}").expect("a file");
    let output = wright(folder.path(), &["check", "a.ipynb"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("a.ipynb:1: expected a notebook in JSON"), "{}", text(&output.stderr));
}

#[test]
fn since_looks_at_the_lines_of_cells_that_changed() {
    let folder = folder(NOTEBOOK);
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"];
        assert!(Command::new("git").args(identity).args(arguments).current_dir(folder.path()).output().expect("git runs").status.success());
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    let since = || text(&wright(folder.path(), &["check", "--since", "HEAD"]).stdout);
    assert!(!since().contains("a.ipynb"), "nothing changed");

    let file = folder.path().join("a.ipynb");
    fs::write(&file, NOTEBOOK.replace(r#""text": ["np.Inf\n"]"#, r#""text": ["np.inf\n"]"#)).expect("a file");
    assert!(!since().contains("a.ipynb"), "an output is no code");

    let line = r#"    "    log_probs = torch.log(torch.softmax(logits, dim=-1))\n","#;
    let other = line.replace("dim=-1", "dim=1");
    fs::write(&file, NOTEBOOK.replace(line, &other)).expect("a file");
    let found = since();
    assert!(found.contains("cell 3:5:17: log-of-softmax") && !found.contains("renamed-in-numpy-2"), "{found}");

    wright(folder.path(), &["fix", "--write", "--allow-dirty", "--since", "HEAD"]);
    assert!(fs::read_to_string(&file).expect("the file").contains("np.Inf  #"), "what has not changed is left alone");
}
