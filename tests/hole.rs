//! `generate` on functions without a body: what they are filled with, and what is refused.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// So many programs are tried in a test: the answer hangs on no clock.
const PROGRAMS: &str = "20000";

fn wright(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-wright")).args(arguments).current_dir(folder).output().expect("the binary runs")
}

/// The file after its holes are filled in place, and what was said.
fn written(name: &str, text: &str) -> (String, Output) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), text).expect("it is written");
    let output = wright(folder.path(), &["generate", name, "--write", "--seconds", "100000", "--programs", PROGRAMS]);
    (fs::read_to_string(folder.path().join(name)).expect("it is there"), output)
}

fn refusal(name: &str, text: &str) -> String {
    let (after, output) = written(name, text);
    assert_eq!(after, text, "a refused file stays as it is");
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A Python file with one function, and the examples of the function.
fn python(imports: &str, head: &str, examples: &[(&str, &str)]) -> String {
    let examples: String =
        examples.iter().map(|(call, result)| format!("    >>> {call}\n    {}\n", result.replace('\n', "\n    "))).collect();
    format!("{imports}\n\n\ndef {head}:\n    \"\"\"Doc.\n\n{examples}    \"\"\"\n    ...\n")
}

const NUMPY: &str = "import numpy as np";

/// The imports, the function, the examples, the body.
type Task = (&'static str, &'static str, Vec<(&'static str, &'static str)>, &'static str);

/// Tasks whose bodies are told apart by their examples.
fn tasks() -> Vec<Task> {
    vec![
        (
            NUMPY,
            "normalize_rows(x)",
            vec![
                ("normalize_rows(np.array([[3.0, 4.0], [0.0, 2.0]]))", "array([[0.6, 0.8],\n       [0. , 1. ]])"),
                ("normalize_rows(np.array([[1.0, 2.0, 2.0]]))", "array([[0.33333333, 0.66666667, 0.66666667]])"),
            ],
            "    return x / np.linalg.norm(x, axis=1, keepdims=True)\n",
        ),
        (
            NUMPY,
            "softmax(x)",
            vec![
                ("softmax(np.array([1.0, 2.0, 3.0]))", "array([0.09003057, 0.24472847, 0.66524096])"),
                ("softmax(np.array([0.0, 0.0]))", "array([0.5, 0.5])"),
            ],
            "    exponentials = np.exp(x)\n    return exponentials / np.sum(exponentials)\n",
        ),
        (
            "import numpy",
            "outer_sum(a, b)",
            vec![
                ("outer_sum(numpy.array([1.0, 2.0]), numpy.array([10.0, 20.0]))", "array([[11., 21.],\n       [12., 22.]])"),
                ("outer_sum(numpy.array([0.0, 5.0, 1.0]), numpy.array([3.0]))", "array([[3.],\n       [8.],\n       [4.]])"),
            ],
            "    return b + a.reshape(-1, 1)\n",
        ),
        (
            NUMPY,
            "one_hot(labels, k)",
            vec![
                ("one_hot(np.array([0, 2, 1]), 3)", "array([[1., 0., 0.],\n       [0., 0., 1.],\n       [0., 1., 0.]])"),
                ("one_hot(np.array([1]), 2)", "array([[0., 1.]])"),
            ],
            "    return np.take(np.eye(k), labels, axis=0)\n",
        ),
        (
            NUMPY,
            "gram(x)",
            vec![
                ("gram(np.array([[1.0, 2.0], [3.0, 4.0]]))", "array([[ 5., 11.],\n       [11., 25.]])"),
                ("gram(np.array([[1.0, 0.0, 2.0]]))", "array([[5.]])"),
            ],
            "    return x @ x.T\n",
        ),
        (
            NUMPY,
            "mean_absolute(y)",
            vec![
                ("round(float(mean_absolute(np.array([1.0, -2.0]))), 2)", "1.5"),
                ("float(mean_absolute(np.array([-4.0, 0.5, 0.0])))", "1.5"),
                ("np.allclose(mean_absolute(np.array([-3.0])), 3.0)", "True"),
            ],
            "    return np.mean(np.abs(y))\n",
        ),
        (
            NUMPY,
            "total(xs)",
            vec![("total([1, 2, 3])", "6"), ("total([5])", "5"), ("total([0, -4, 10, 1])", "7")],
            "    xs = np.asarray(xs)\n    return int(np.sum(xs))\n",
        ),
        (
            "import math",
            "logarithm(x)",
            vec![("logarithm(1.0)", "0.0"), ("logarithm(2.5)", "0.9162907318741551")],
            "    return math.log(x)\n",
        ),
        (
            "import torch",
            "distance(x, y)",
            vec![
                ("distance(torch.tensor([1.0, 2.0]), torch.tensor([4.0, 6.0]))", "tensor(5.)"),
                ("distance(torch.tensor([1.0, 1.0, 0.0]), torch.tensor([0.0, 0.0, 0.0]))", "tensor(1.4142)"),
                ("distance(torch.tensor([0.5]), torch.tensor([3.0]))", "tensor(2.5000)"),
            ],
            "    return torch.linalg.vector_norm(x - y)\n",
        ),
    ]
}

#[test]
fn bodies_are_written_in_the_dialect_of_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut names = Vec::new();
    for (number, (imports, head, examples, body)) in tasks().into_iter().enumerate() {
        let text = python(imports, head, &examples);
        let (after, output) = written("task.py", &text);
        assert!(output.status.success(), "{head}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(after, text.replace("    ...\n", body), "{head}");
        let name = format!("task_{number}.py");
        fs::write(folder.path().join(&name), after).expect("it is written");
        names.push(name);
    }
    passes_doctests(folder.path(), &names);
}

/// Runs the doctests of files in the real libraries.
fn passes_doctests(folder: &Path, names: &[String]) {
    let found = Command::new("sh").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python.sh")).output().expect("a shell");
    let python = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    let output = Command::new(python).arg("-m").arg("doctest").args(names).current_dir(folder).output().expect("it runs");
    assert!(output.status.success() && output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn rust_functions_are_filled_from_assertions() {
    let text = "/// The longest side.\n///\n/// ```\n/// assert!((hypotenuse(1.0, 1.0) - 1.414213562).abs() < 1e-6);\n/// assert_eq!(hypotenuse(3.0, 4.0), 5.0);\n/// ```\npub fn hypotenuse(a: f64, b: f64) -> f64 {\n    todo!()\n}\n";
    let (after, output) = written("lib.rs", text);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(after, text.replace("todo!()", "a.hypot(b)"));
    let text = "use ndarray::{Array1, array};\n\nfn scaled(x: &Array1<f64>, s: f64) -> Array1<f64> { todo!() }\n\n#[test]\nfn it_scales() {\n    let x = array![1.0, 2.0];\n    assert_eq!(scaled(&x, 3.0), array![3.0, 6.0]);\n    assert_eq!(scaled(&array![5.0], 0.5), array![2.5]);\n}\n";
    let (after, output) = written("lib.rs", text);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(after, text.replace("todo!()", "x * s"));
}

#[test]
fn the_same_file_gives_the_same_answer() {
    let (imports, head, examples, _) = tasks().remove(1);
    let text = python(imports, head, &examples);
    let (first, second) = (written("a.py", &text), written("a.py", &text));
    assert_eq!(first.0, second.0);
}

#[test]
fn only_the_function_that_is_named_is_filled_and_only_its_body_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "import numpy as np\r\n\r\n\r\ndef twice(x):\r\n    \"\"\"\r\n    >>> twice(np.array([1.0, 4.0]))\r\n    array([2., 8.])\r\n    \"\"\"\r\n    ...  # soon\r\n\r\n\r\ndef other(x): ...\r\n";
    fs::write(folder.path().join("a.py"), text).expect("it is written");
    let output = wright(folder.path(), &["generate", "a.py:twice", "-o", "b.py", "--programs", PROGRAMS]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(folder.path().join("a.py")).expect("it is there"), text);
    let after = fs::read_to_string(folder.path().join("b.py")).expect("it is there");
    let (before, rest) = text.split_once("...  # soon").expect("it is there");
    assert!(after.starts_with(before) && after.ends_with(rest) && after.contains("    return ") && after.contains("  # soon"), "{after}");
    let shown = wright(folder.path(), &["generate", "a.py:twice", "--programs", PROGRAMS]);
    assert_eq!(shown.status.code(), Some(1), "a diff that is shown and not applied is a finding");
    assert!(String::from_utf8_lossy(&shown.stdout).contains("a.py:4:1: twice [1 example"));
}

#[test]
fn a_second_program_is_shown_with_an_input_that_decides() {
    let text = python(NUMPY, "f(x)", &[("f(np.array([2.0, 2.0]))", "np.float64(4.0)"), ("f(np.array([0.0]))", "np.float64(0.0)")]);
    let (_, output) = written("a.py", &text);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("the examples leave it open") && said.contains("for x = np.array(["), "{said}");
}

#[test]
fn examples_that_contradict_each_other_are_refused_by_their_lines() {
    let said = refusal("a.py", &python(NUMPY, "f(x)", &[("f(np.array([1.0]))", "array([2.])"), ("f(np.array([1.0]))", "array([3.])")]));
    assert!(said.contains("a.py:4:1: lines 7 and 9 contradict each other"), "{said}");
}

#[test]
fn examples_with_an_effect_are_refused() {
    for (call, result, why) in [
        ("f(open('x.txt'))", "1.0", "cannot be read as a value"),
        ("f(np.array([1.0]))", "", "gives nothing"),
        ("x[0] = f(np.array([1.0]))", "", "changes a value"),
        ("f(np.array([1.0]))", "Traceback (most recent call last):", "raises an exception"),
    ] {
        let said = refusal("a.py", &python(NUMPY, "f(x)", &[(call, result)]));
        assert!(said.contains("line 7: ") && said.contains(why), "{said}");
    }
}

#[test]
fn what_says_too_little_is_refused() {
    let none = refusal("a.py", "def f(x):\n    \"\"\"Doc.\"\"\"\n    ...\n");
    assert!(none.contains("a.py:1:1: `f` has no examples"), "{none}");
    let list = refusal("a.py", &python("import math", "f(xs)", &[("f([1, 2])", "3")]));
    assert!(list.contains("`xs` is a list, and the file imports no library for arrays"), "{list}");
    let any = refusal("a.py", &python(NUMPY, "f(*xs)", &[("f(1, 2)", "3")]));
    assert!(any.contains("`*xs` is unknown"), "{any}");
    let rust = refusal("a.rs", "/// ```\n/// assert_eq!(f(\"a\"), 1.0);\n/// ```\nfn f(x: &str) -> f64 {\n    todo!()\n}\n");
    assert!(rust.contains("the type of the parameter `x: &str` is unknown"), "{rust}");
    let nothing = refusal("a.py", "def f(x):\n    return x\n");
    assert!(nothing.contains("there is nothing to fill"), "{nothing}");
    let call = format!("f({}1{})", "[".repeat(3000), "]".repeat(3000));
    let deep = refusal("a.py", &python(NUMPY, "f(x)", &[(&call, "1")]));
    assert!(deep.contains("brackets within each other"), "{deep}");
    let broken = refusal("a.py", "def f(x:\n    ...\n");
    assert!(broken.contains("a.py:1:") && broken.contains("cannot be parsed"), "{broken}");
}

#[test]
fn what_cannot_be_found_says_how_far_it_came() {
    let said = refusal(
        "a.py",
        &python(
            NUMPY,
            "f(x)",
            &[
                ("f(np.array([1.0]))", "array([0.123456])"),
                ("f(np.array([2.0]))", "array([77.7])"),
                ("f(np.array([3.0]))", "array([-1.25])"),
            ],
        ),
    );
    assert!(said.contains("`f` was not filled: the time or the number of programs ran out after 2"), "{said}");
}

#[test]
fn the_built_in_model_is_what_generate_writes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("builtin.rs");
    let done = wright(root, &["generate", "models/holes.onnx", "-o", out.to_str().expect("a path")]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    for name in ["builtin.rs", "builtin.safetensors"] {
        let (written, kept) = (fs::read(folder.path().join(name)), fs::read(root.join("src/synthesize").join(name)));
        assert!(
            written.expect("it is written") == kept.expect("it is there"),
            "src/synthesize/{name} differs: `cargo wright generate models/holes.onnx -o src/synthesize/builtin.rs` writes it"
        );
    }
}
