//! Python: attributes of `self` hold what agrees with all their assignments.

use std::path::Path;
use std::sync::Arc;

use super::{Options, optimize};
use crate::facts::{Elsewhere, Ground, Outside, Word};
use crate::rules::{Pass, RuleSet, Selection};
use crate::syntax::{Edit, Language, apply};

const HEAD: &str = "import numpy as np\nimport numpy.typing as npt\nimport torch\nfrom dataclasses import dataclass, field\nfrom torch import nn\nfrom jaxtyping import Float64\n\n\n";
const FILTER: &str = "\
class Filter:
    def __init__(self, n: int, m: int):
        self.F = np.eye(n)
        self.H = np.ones((m, n))
        self.Q = np.eye(n) * 0.1
        self.R = np.eye(m)
        self.P = np.eye(n)
        self.x = np.zeros(n)

    def predict(self):
        self.x = self.F @ self.x
        self.P = self.F @ self.P @ self.F.T + self.Q

    def gain(self, z: npt.NDArray[np.float64]):
        assert z.ndim == 1
        y = z - self.H @ self.x
        self.S = self.H @ self.P @ self.H.T + self.R
        return np.linalg.inv(self.S) @ y
";

/// Rules and grounds of what is found, and the text with all of it applied.
fn optimized(text: &str) -> (Vec<(String, Ground)>, String) {
    let text = format!("{HEAD}{text}");
    let mut options = Options::new(RuleSet::builtin().clone(), Selection::default()).unwrap();
    options.passes = vec![Pass::Optimize];
    let report = optimize(Path::new("f.py"), &text, Language::Python, &options, &Outside::default()).unwrap();
    let found =
        report.findings.iter().map(|finding| (finding.rule.clone(), finding.ground.expect("an optimization rests on something"))).collect();
    let edits: Vec<Edit> = report.findings.into_iter().flat_map(|finding| finding.edits).collect();
    (found, apply(&text, &edits).unwrap()[HEAD.len()..].to_owned())
}

fn rules(text: &str) -> Vec<String> {
    optimized(text).0.into_iter().map(|(rule, _)| rule).collect()
}

#[test]
fn a_filter_solves_in_place_of_inverting() {
    let (found, text) = optimized(FILTER);
    assert_eq!(found, [("solve-for-inverse".to_owned(), Ground::Inferred)]);
    assert!(text.contains("return np.linalg.solve(self.S, y)"), "{text}");
}

/// A method that multiplies two matrices with a vector: `self.A`, `self.B` and `self.v`.
fn chain(class: &str, assignments: &str, rest: &str) -> String {
    format!(
        "{class}    def __init__(self, n: int):\n{assignments}\n    def run(self, f):\n        c = self.A @ self.B\n        return c @ self.v\n{rest}"
    )
}

const ASSIGNED: &str = "        self.A = np.zeros((300, 300))\n        self.B = np.zeros((300, 300))\n        self.v = np.zeros(300)\n";

#[test]
fn attributes_are_read_as_names_are() {
    let (found, text) = optimized(&chain("class C:\n", ASSIGNED, ""));
    assert_eq!(found, [("matrix-chain".to_owned(), Ground::Inferred)]);
    assert!(text.contains("        return self.A @ (self.B @ self.v)\n") && !text.contains("c = "), "{text}");
}

#[test]
fn reading_must_be_nothing_but_that() {
    let good = chain("class C:\n", ASSIGNED, "");
    assert_eq!(rules(&good), ["matrix-chain"]);
    for class in ["class C(object):\n", "class C(nn.Module):\n", "@dataclass\nclass C:\n", "class Base:\n    pass\n\n\nclass C(Base):\n"] {
        assert_eq!(rules(&chain(class, ASSIGNED, "")), ["matrix-chain"], "{class}");
    }
    for class in [
        "class C(Unknown):\n",
        "class C(metaclass=Meta):\n",
        "@register\nclass C:\n",
        "class Base:\n    @property\n    def A(self):\n        return 1\n\n\nclass C(Base):\n",
        "class Base(Unknown):\n    pass\n\n\nclass C(Base):\n",
    ] {
        assert!(rules(&chain(class, ASSIGNED, "")).is_empty(), "{class}");
    }
    for rest in [
        "\n    @property\n    def A(self):\n        return self._a\n",
        "\n    def A(self):\n        return self._a\n",
        "\n    def __getattr__(self, name):\n        return 1\n",
        "\n    def __getattribute__(self, name):\n        return 1\n",
        "\n    def __setattr__(self, name, value):\n        pass\n",
        "\n    __slots__ = ('A',)\n",
        "\n\nclass D(C):\n    @property\n    def A(self):\n        return 1\n",
        "\n\nclass D(C):\n    A = 3\n",
        "\n\ndef g(c):\n    setattr(c, 'A', 1)\n",
        "\n\ndef g(c):\n    c.__dict__['A'] = 1\n",
    ] {
        assert!(rules(&format!("{good}{rest}")).is_empty(), "{rest}");
    }
}

#[test]
fn all_assignments_must_agree() {
    let good = chain("class C:\n", ASSIGNED, "");
    for rest in [
        "\n    def reset(self):\n        self.A = np.ones((300, 300))\n",
        "\n    def reset(self):\n        self.A += 1\n",
        "\n    def reset(self):\n        self.A[0] = 1\n",
        "\n    def reset(self):\n        self.A, x = np.ones((300, 300)), 1\n",
        "\n    def reset(self):\n        x = f(self.A, n=1)\n",
        "\n\nclass Unrelated:\n    def __init__(self):\n        self.A = 1\n",
    ] {
        assert_eq!(rules(&format!("{good}{rest}")), ["matrix-chain"], "{rest}");
    }
    for rest in [
        "\n    def reset(self):\n        self.A = None\n",
        "\n    def reset(self, a):\n        self.A = a\n",
        "\n    def reset(self):\n        self.A = np.zeros(3)\n",
        "\n    def reset(self, f):\n        self.A, x = f()\n",
        "\n    def reset(self, f):\n        for self.A in f():\n            pass\n",
        "\n    def reset(self, f):\n        with f() as self.A:\n            pass\n",
        "\n    def reset(self):\n        self.A.shape = (90000,)\n",
        "\n    def reset(self):\n        self.A.resize(5)\n",
        "\n    def reset(self, f):\n        self = f()\n        self.A = np.zeros((300, 300))\n",
        "\n    def reset(self, f):\n        def inner():\n            self.A = f()\n        return inner\n",
        "\n\ndef g(c):\n    c.A = 1\n",
        "\n\nclass D(C):\n    def __init__(self, a):\n        self.A = a\n",
    ] {
        assert!(rules(&format!("{good}{rest}")).is_empty(), "{rest}");
    }
}

#[test]
fn what_may_happen_between_two_reads_parts_them() {
    let good = chain("class C:\n", ASSIGNED, "");
    for between in ["f(self)", "f()", "self.A[0] = 1.0", "self.v = np.ones(300)", "self.A += 1", "self.other(1)", "yield", "del f.x"] {
        let text = good.replace("        return c", &format!("        {between}\n        return c"));
        assert!(rules(&text).is_empty(), "{between}");
    }
    assert_eq!(
        rules(&good.replace("        return c", "        n = np.sum(self.v)\n        print(n)\n        return c")),
        Vec::<String>::new()
    );
    let pure = good.replace("        return c", "        n = np.sum(self.v)\n        return n, c");
    assert_eq!(rules(&pure), ["matrix-chain"]);
    let twice = |between: &str| {
        let body = format!("        a = np.exp(self.A)\n{between}        return a, np.sum(np.exp(self.A))\n");
        rules(&chain("class C:\n", ASSIGNED, "").replace("        c = self.A @ self.B\n        return c @ self.v\n", &body))
    };
    assert_eq!(twice(""), ["common-subexpression"]);
    assert!(twice("        f(self)\n").is_empty());
    assert!(twice("        self.A = np.ones((300, 300))\n").is_empty());
}

#[test]
fn annotations_declare() {
    let fields = "\
@dataclass
class C:
    A: Float64[np.ndarray, 'n n']
    b: Float64[np.ndarray, 'n'] = field(default_factory=f)

    def run(self):
        return np.linalg.inv(self.A) @ self.b
";
    assert_eq!(optimized(fields).0, [("solve-for-inverse".to_owned(), Ground::Declared)]);
    assert!(rules(&fields.replace("'n n']", "'n n'] | None")).is_empty());
    assert!(rules(&fields.replace("'n n']", "'n n'] = None")).is_empty());
    assert!(rules(&fields.replace("=f", "=lambda: None")).is_empty());
    assert!(rules(&format!("{fields}\n    def reset(self):\n        self.A = None\n")).is_empty());
    let annotated = fields.replace("    A: Float64[np.ndarray, 'n n']\n", "");
    let annotated =
        annotated.replace("    def run", "    def __init__(self, a):\n        self.A: Float64[np.ndarray, 'n n'] = a\n\n    def run");
    assert_eq!(rules(&annotated), ["solve-for-inverse"]);
}

#[test]
fn lengths_of_an_object_are_not_those_of_its_methods() {
    let text = "\
class C:
    A: Float64[np.ndarray, 'm n']
    B: Float64[np.ndarray, 'm n']

    def run(self, w: Float64[np.ndarray, 'm n']):
        return np.sum(self.A * self.B)
";
    assert_eq!(rules(text), ["matrix-dot-product"]);
    assert!(rules(&text.replace("* self.B", "* w")).is_empty(), "two lengths that happen to have one name");
}

#[test]
fn parameters_and_buffers_are_tensors() {
    let text = "\
class Layer(nn.Module):
    def __init__(self, n, m):
        super().__init__()
        self.W = nn.Parameter(torch.zeros(n, m))
        self.register_buffer('B', torch.zeros(m, m))

    def forward(self, x: torch.Tensor):
        assert x.ndim == 1
        return self.W @ self.B @ x
";
    assert_eq!(rules(text), ["matrix-chain"]);
    assert!(rules(&text.replace("'B', torch.zeros(m, m)", "'B', None")).is_empty());
    assert!(rules(&text.replace("'B'", "name")).is_empty());
}

#[test]
fn facts_are_inductive_over_the_methods() {
    // Each assignment keeps the rank as long as the others do.
    let text = FILTER.replace("inv(self.S) @ y", "inv(self.P) @ self.x");
    assert_eq!(rules(&text), ["solve-for-inverse"]);
    assert!(rules(&text.replace("self.F.T + self.Q", "self.F.T + self.Q + self.unknown")).is_empty());
    assert!(rules(&text.replace("self.F @ self.x", "self.x @ self.unknown")).is_empty());
}

/// Another file assigns to the attribute `A` of some object.
#[derive(Debug)]
struct AssignsA;

impl Elsewhere for AssignsA {
    fn mentions(&self, word: Word<'_>) -> bool {
        word == Word::Stored("A")
    }
}

#[test]
fn other_files_may_not_assign_it() {
    let text = format!("{HEAD}{}", chain("class C:\n", ASSIGNED, ""));
    let options = Options::new(RuleSet::builtin().clone(), Selection::default()).unwrap();
    let found = |outside: &Outside| optimize(Path::new("f.py"), &text, Language::Python, &options, outside).unwrap().findings.len();
    assert_eq!(found(&Outside::default()), 1);
    assert_eq!(found(&Outside::default().within(Arc::new(AssignsA))), 0);
}

#[test]
fn an_object_within_an_object_is_another_one() {
    let good = chain("class C:\n", ASSIGNED, "");
    let inner = good.replace(
        "        c = self.A @ self.B\n        return c @ self.v\n",
        "        class D:\n            def run(self):\n                c = self.A @ self.B\n                return c @ self.v\n        return D\n",
    );
    assert!(rules(&inner).is_empty());
    let closure = good.replace(
        "        c = self.A @ self.B\n        return c @ self.v\n",
        "        def go():\n            c = self.A @ self.B\n            return c @ self.v\n        return go\n",
    );
    assert_eq!(rules(&closure), ["matrix-chain"]);
}
