//! The safe fixes keep what a program computes: their examples run before and after in real NumPy and PyTorch, and leave the same values.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use wright::optimize::run_example;
use wright::rules::{Claim, Notation, RuleSet, Safety};
use wright::syntax::Language;

/// Runs both texts of each example in fresh namespaces and says for each what came of it: `same`, `before fails` where the old text does
/// not run at all, or what is wrong.
const RUNNER: &str = r#"
import json, sys, warnings
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

warnings.simplefilter("ignore")
torch.manual_seed(0)

def run(setup, text):
    torch.manual_seed(0)
    np.random.seed(0)
    names = {"np": np, "torch": torch, "nn": nn, "F": F}
    exec(compile(setup, "setup", "exec"), names)
    exec(compile(text, "example", "exec"), names)
    return names

def values(names):
    kinds = (torch.Tensor, np.ndarray, np.generic, bool, int, float, complex, list, tuple)
    return {name: value for name, value in names.items() if isinstance(value, kinds) and not name.startswith("_")}

def same(a, b):
    if isinstance(a, (list, tuple)):
        return isinstance(b, (list, tuple)) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, torch.Tensor) or isinstance(b, torch.Tensor):
        if not (isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor)):
            return False
        if (a.dtype, a.shape, a.device) != (b.dtype, b.shape, b.device):
            return False
        a, b = a.detach().numpy(), b.detach().numpy()
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind in "fc":
        return a.shape == b.shape and a.dtype == b.dtype and np.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True)
    return a.shape == b.shape and bool(np.all(a == b))

def judge(example):
    try:
        after = run(example["setup"], example["after"])
    except Exception as error:
        return f"after fails: {type(error).__name__}: {error}"
    try:
        before = run(example["setup"], example["before"])
    except Exception as error:
        return f"before fails: {type(error).__name__}: {error}"
    old, new = values(before), values(after)
    if not old:
        return "no value to compare"
    wrong = [name for name in old if name not in new or not same(old[name], new[name])]
    return f"differs: {', '.join(wrong)}" if wrong else "same"

print(json.dumps([judge(example) for example in json.load(sys.stdin)]))
"#;

/// Pages whose safe fix is that the value changes, or that can not run here, and why.
const EXCUSED: [(&str, &str); 3] = [
    ("equal-to-nan", "the comparison is false whatever the value is: that it is not is the fix"),
    ("identity-of-numbers", "an object is never the number: that it is compared is the fix"),
    ("equal-to-none", "a table of answers becomes one answer: that is the fix"),
];

fn python() -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python.sh");
    let output = Command::new("sh").arg(script).output().expect("sh runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn judged(examples: &Value) -> Vec<String> {
    let mut child = Command::new(python()).args(["-c", RUNNER]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python runs");
    child.stdin.take().expect("it is piped").write_all(examples.to_string().as_bytes()).expect("Python reads");
    let output = child.wait_with_output().expect("Python ends");
    serde_json::from_slice(&output.stdout).expect("the runner prints JSON")
}

#[test]
fn safe_fixes_keep_the_values() {
    let safe = RuleSet::builtin().iter().filter(|rule| rule.claim == Claim::Safety(Safety::Safe));
    let examples: Vec<(&str, usize, Value)> = safe
        .filter(|rule| !EXCUSED.iter().any(|(name, _)| *name == rule.name))
        .flat_map(|rule| rule.examples.iter().map(move |example| (rule, example)))
        .filter(|(_, example)| example.notation == Notation::Source(Language::Python) && !example.setup.is_empty())
        .map(|(rule, example)| {
            let texts = json!({ "setup": example.setup, "before": example.before, "after": example.after });
            (rule.name.as_str(), example.line, texts)
        })
        .collect();
    assert!(examples.len() >= 20, "only {} examples can run", examples.len());
    let input = Value::Array(examples.iter().map(|(_, _, texts)| texts.clone()).collect());
    let answers = judged(&input);
    assert_eq!(answers.len(), examples.len());
    let mut compared = 0;
    let mut wrong = String::new();
    for ((name, line, _), answer) in examples.iter().zip(&answers) {
        // What is removed from the library no longer runs as it was: the fix is that it runs.
        match answer.as_str() {
            "same" => compared += 1,
            answer if answer.starts_with("before fails") => {}
            answer => wrong += &format!("{name}, line {line}: {answer}\n"),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(compared >= 10, "only {compared} examples run before and after: {answers:?}");
}

#[test]
fn a_fix_that_changes_a_value_is_found_out() {
    let example = |before: &str, after: &str| json!({ "setup": "x = torch.arange(3.0)", "before": before, "after": after });
    let examples = json!([
        example("y = x + 1", "y = x + 2"),
        example("y = x + 1", "y = 1 + x"),
        example("y = x.double()", "y = x"),
        example("y = nothing", "y = x"),
        example("y = x", "y = nothing"),
    ]);
    let answers = judged(&examples);
    let begins: Vec<&str> = answers.iter().map(|answer| answer.split(':').next().unwrap_or("")).collect();
    assert_eq!(begins, ["differs", "same", "differs", "before fails", "after fails"]);
}

/// What a page with this block makes of a text.
fn mended(block: &str, before: &str) -> String {
    let page = format!(
        "---\nname: mended\npass: fix\nsafety: safe\ntargets: torch, numpy\n---\n# A title\n\nWhy.\n\n{block}\n\n## Example\n```python\n{before}```\n```python after\n{before}```\n"
    );
    let set = RuleSet::default().with([("rules/mended.md", Ok(page))]).unwrap_or_else(|error| panic!("{error}"));
    let rule = set.get("mended").expect("it is there");
    run_example(rule, &rule.examples[0]).unwrap_or_else(|error| panic!("{error}")).after
}

const RENAME: &str = "```rename\ntorch.ger => torch.outer\nfunctorch.vmap => torch.func.vmap\nfunctorch.grad => torch.func.grad\nnumpy.int => builtins.int\n```";

#[test]
fn an_import_is_renamed_with_its_uses() {
    assert_eq!(mended(RENAME, "from torch import ger\ny = ger(a, ger)\n"), "from torch import outer\ny = outer(a, outer)\n");
    assert_eq!(mended(RENAME, "from torch import ger as g\ny = g(a)\n"), "from torch import outer as g\ny = g(a)\n");
    assert_eq!(mended(RENAME, "import torch as t\ny = t.ger(a)\n"), "import torch as t\ny = t.outer(a)\n");
}

#[test]
fn a_name_that_is_taken_or_given_to_others_is_kept() {
    let taken = "from torch import ger\nouter = 1\ny = ger(a)\n";
    assert_eq!(mended(RENAME, taken), "from torch import outer as ger\nouter = 1\ny = ger(a)\n");
    let exported = "from torch import ger\n__all__ = [\"ger\"]\ny = ger(a)\n";
    assert_eq!(mended(RENAME, exported), "from torch import outer as ger\n__all__ = [\"ger\"]\ny = ger(a)\n");
    let shadowed = "from torch import ger\ndef f(ger):\n    return ger\n";
    assert_eq!(mended(RENAME, shadowed), "from torch import outer\ndef f(ger):\n    return ger\n");
}

#[test]
fn a_name_that_moves_takes_its_import_along() {
    assert_eq!(mended(RENAME, "from functorch import vmap, grad\ny = vmap(f)\n"), "from torch.func import vmap, grad\ny = vmap(f)\n");
    assert_eq!(
        mended(RENAME, "from functorch import vmap, other\ny = vmap(f)\n"),
        "from torch.func import vmap\nfrom functorch import other\ny = vmap(f)\n"
    );
    let without_torch = "import functorch\ny = functorch.vmap(f)\n";
    assert_eq!(mended(RENAME, without_torch), without_torch, "no library is imported that the file does not know");
    let with_torch = "import functorch\nimport torch\ny = functorch.vmap(f)\n";
    assert_eq!(mended(RENAME, with_torch), "import functorch\nimport torch\ny = torch.func.vmap(f)\n");
    assert_eq!(mended(RENAME, "from numpy import int, array\ny = int(2.5)\n"), "from numpy import array\ny = int(2.5)\n");
}

const REPLACE: &str = "```fix\nfind: torch.qr($A)\nreplace: torch.linalg.qr($A)\n```\n```deprecated\ntorch.qr: use another\n```";

#[test]
fn an_import_that_nobody_uses_any_more_goes() {
    assert_eq!(mended(REPLACE, "import torch\nfrom torch import qr\ny = qr(a)\n"), "import torch\ny = torch.linalg.qr(a)\n");
    let kept = "import torch\nfrom torch import qr\ny = qr(a, True)\n";
    assert_eq!(mended(REPLACE, kept), kept);
    let handed_on = "from torch import qr\n";
    assert_eq!(mended(REPLACE, handed_on), handed_on);
}

#[test]
fn an_import_is_added_where_the_file_has_none() {
    assert_eq!(mended(REPLACE, "import os\nfrom torch import qr\ny = qr(a)\n"), "import os\nimport torch\ny = torch.linalg.qr(a)\n");
    let taken = "from torch import qr\ntorch = 1\ny = qr(a)\n";
    assert_eq!(mended(REPLACE, taken), taken);
}

#[test]
fn a_deprecation_says_what_to_use() {
    let page = |block: &str| {
        format!(
            "---\nname: mended\npass: fix\nsafety: safe\ntargets: torch\n---\n# A title\n\nWhy.\n\n{block}\n\n## Example\n```python\nx = 1\n```\n```python after\nx = 1\n```\n"
        )
    };
    let error = |block: &str| RuleSet::default().with([("rules/mended.md", Ok(page(block)))]).unwrap_err().to_string();
    assert!(error("```deprecated\nqr: use another\n```").contains("expected `old.path: what to use instead`"));
    assert!(error("```deprecated\ntorch.qr:\n```").contains("expected `old.path: what to use instead`"));
    assert!(error("```fix\nfind: torch.qr($A)\nsafety: sure\n```").contains("expected `safe`, `unsafe` or `display`"));
}
