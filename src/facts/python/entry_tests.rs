use crate::facts::{Fact, FileFacts, Ground, Outside};
use crate::ir::Target;
use crate::syntax::{Language, Tree};

const HEAD: &str = "import numpy as np\nimport numpy.typing as npt\nimport torch\nfrom torch import Tensor\nimport torch.nn.functional as F\n\
    from jaxtyping import Float, Float32, Int\nfrom typing import Optional, Union\nimport scipy.linalg\n";

/// What is known of a name on entry to the last function, in words.
fn entry(text: &str, name: &str) -> String {
    let tree = Tree::parse(Language::Python, format!("{HEAD}{text}"));
    let facts = FileFacts::new(&tree, &Outside::default());
    let function = tree.root().descendants().rfind(|n| n.kind() == "function_definition").expect("a function");
    facts.entry(function).get(name).map_or("-".to_string(), words)
}

fn words(fact: &Fact) -> String {
    let library = fact.library.map_or("", Target::name);
    let ground = match fact.ground {
        Ground::Declared => "declared",
        Ground::Inferred => "inferred",
        Ground::Recorded { .. } => "recorded",
    };
    format!("{} {library} {ground}", fact.ty)
}

fn annotated(annotation: &str) -> String {
    entry(&format!("def f(x: {annotation}):\n    pass\n"), "x")
}

#[test]
fn annotations_are_read() {
    for (annotation, expected) in [
        ("float", "python f64  declared"),
        ("int", "python i64  declared"),
        ("bool", "python bool  declared"),
        ("np.ndarray", "?(…) numpy declared"),
        ("npt.NDArray[np.float32]", "f32(…) numpy declared"),
        ("npt.NDArray", "?(…) numpy declared"),
        ("np.ndarray[tuple[int, int], np.dtype[np.float64]]", "f64(?, ?) numpy declared"),
        ("np.float64", "f64 numpy declared"),
        ("torch.Tensor", "?(…) torch declared"),
        ("Tensor", "?(…) torch declared"),
        ("'torch.Tensor'", "?(…) torch declared"),
        ("Float[Tensor, 'b n 3']", "?(b, n, 3) torch declared"),
        ("Float32[np.ndarray, 'n n']", "f32(n, n) numpy declared"),
        ("Float[Tensor, '... n']", "?(…) torch declared"),
        ("Float[Tensor, '*batch n']", "?(…) torch declared"),
        ("Float[Tensor, '#b n+1']", "?(x.0, x.1) torch declared"),
        ("Float[Tensor, '']", "? torch declared"),
        ("Optional[Tensor]", "-"),
        ("Union[Tensor, np.ndarray]", "-"),
        ("Tensor | None", "-"),
        ("'Tensor | None'", "-"),
        ("list[float]", "-"),
        ("Unknown", "-"),
        ("ndarray", "-"),
    ] {
        let expected = if annotation.starts_with("np.ndarray[") { "f64(x.0, x.1) numpy declared" } else { expected };
        assert_eq!(annotated(annotation), expected, "{annotation}");
    }
    assert_eq!(entry("def f(x: Tensor = None):\n    pass\n", "x"), "-");
    assert_eq!(entry("def f(x: float = 1):\n    pass\n", "x"), "-");
    assert_eq!(entry("def f(x: float = 1.5):\n    pass\n", "x"), "python f64  declared");
    assert_eq!(entry("def f(x=1.5):\n    pass\n", "x"), "-");
    assert_eq!(entry("def f(*x: float):\n    pass\n", "x"), "-");
    assert_eq!(entry("Tensor = 3\ndef f(x: Tensor):\n    pass\n", "x"), "-");
}

fn documented(ty: &str) -> String {
    entry(
        &format!(
            "def f(X):\n    \"\"\"Title.\n\n    Parameters\n    ----------\n    X : {ty}\n        The data.\n\n    Returns\n    -------\n    y : ndarray\n    \"\"\"\n"
        ),
        "X",
    )
}

#[test]
fn docstrings_are_read() {
    for (ty, expected) in [
        ("ndarray of shape (n_samples, n_features)", "?(n_samples, n_features) numpy declared"),
        ("ndarray, shape (n, 3)", "?(n, 3) numpy declared"),
        ("ndarray of shape (n,), dtype=float64", "f64(n) numpy declared"),
        ("np.ndarray", "?(…) numpy declared"),
        ("(n, m) ndarray", "?(n, m) numpy declared"),
        ("2-D ndarray", "?(X.0, X.1) numpy declared"),
        ("array of float of shape (n,)", "?(n) numpy declared"),
        ("torch.Tensor of shape (b, n)", "?(b, n) torch declared"),
        ("array-like of shape (n,)", "-"),
        ("{ndarray, sparse matrix} of shape (n, m)", "-"),
        ("ndarray of shape (n,) or (n, m)", "-"),
        ("ndarray of shape (n,), default=None", "-"),
        ("ndarray, optional", "-"),
        ("list of ndarray", "-"),
        ("ndarray or None", "-"),
        ("float", "-"),
    ] {
        assert_eq!(documented(ty), expected, "{ty}");
    }
    let text =
        "def f(X, n_samples):\n    \"\"\"Title.\n\n    Parameters\n    ----------\n    X : ndarray of shape (n_samples, m)\n    \"\"\"\n";
    assert_eq!(entry(text, "X"), "?(n_samples', m) numpy declared");
    let text = "def f(a, b):\n    '''\n    Parameters\n    ----------\n    a, b : ndarray of shape (n,)\n    '''\n";
    assert_eq!(entry(text, "b"), "?(n) numpy declared");
    assert_eq!(entry("def f(X):\n    \"\"\"X : ndarray of shape (n,)\"\"\"\n", "X"), "-");
}

#[test]
fn use_proves_a_type() {
    let numpy = "?(…) numpy inferred";
    for (body, expected) in [
        ("return np.linalg.inv(x)", numpy),
        ("n, d = x.shape\n    return np.linalg.inv(x)", "?(x.0, x.0) numpy inferred"),
        ("n, d = x.shape\n    return np.exp(x)", "?(x.0, x.1) numpy inferred"),
        ("assert x.ndim == 2\n    return np.exp(x)", "?(x.0, x.1) numpy inferred"),
        ("assert x.shape == (3, n)\n    return np.exp(x)", "?(x.0, x.1) numpy inferred"),
        ("if x.shape[0] == x.shape[1]:\n        return 1\n    n, d = x.shape\n    return np.linalg.inv(x)", numpy),
        ("n, d = x.shape\n    if n == d:\n        return np.linalg.inv(x)", "?(x.0, x.1) numpy inferred"),
        ("return np.exp(x) + x.T", numpy),
        ("return np.exp(x) / (x - 1)", numpy),
        ("return torch.softmax(x, -1)", "?(…) torch inferred"),
        ("return F.linear(y, x)", "?(…) torch inferred"),
        ("b, t, c = x.size()\n    return F.relu(x)", "?(x.0, x.1, x.2) torch inferred"),
        ("return np.exp(x)", "-"),
        ("return np.exp(x) * x", "-"),
        ("return np.asarray(x).T", "-"),
        ("return x.T @ x", "-"),
        ("return x.shape", "-"),
        ("return np.linalg.inv(x) + x.iloc[0]", "-"),
        ("if isinstance(x, list):\n        return 1\n    return np.linalg.inv(x)", "-"),
        ("if x is None:\n        return 1\n    return np.linalg.inv(x)", "-"),
        ("x = g(x)\n    return np.linalg.inv(x)", "-"),
        ("return np.linalg.inv(x) + torch.exp(x)", "-"),
        ("return torch.pow(x, y)", "-"),
        ("return [np.linalg.inv(x) for x in y]", "-"),
        ("def g(x):\n        return np.linalg.inv(x)\n    return g", "-"),
        ("x.append(1)\n    return np.linalg.inv(x)", "-"),
    ] {
        let text = format!("def f(x, y, n):\n    {body}\n");
        let tree = Tree::parse(Language::Python, format!("{HEAD}{text}"));
        let facts = FileFacts::new(&tree, &Outside::default());
        let function = tree.root().descendants().find(|n| n.kind() == "function_definition").unwrap();
        assert_eq!(facts.entry(function).get("x").map_or("-".to_string(), words), expected, "{body}");
    }
    assert_eq!(entry("import pandas as pd\ndef f(x):\n    return np.linalg.inv(x)\n", "x"), "-");
    assert_eq!(entry("def f(x=None):\n    return np.linalg.inv(x)\n", "x"), "-");
    assert_eq!(entry("def f(x: Foo):\n    return np.linalg.inv(x)\n", "x"), "-");
}

#[test]
fn constants_around_a_function_are_known() {
    assert_eq!(entry("EPS = 1e-6\ndef f(x):\n    return x + EPS\n", "EPS"), "python f64  inferred");
    assert_eq!(entry("EPS = 1e-6\ndef f(x):\n    return x\n", "EPS"), "-");
    assert_eq!(entry("EPS = 1e-6\nEPS = 2\ndef f(x):\n    return x + EPS\n", "EPS"), "-");
    assert_eq!(entry("EPS = 1e-6\ndef f(EPS):\n    return EPS\n", "EPS"), "-");
    assert_eq!(entry("EPS = 1e-6\ndef f(x):\n    EPS = x\n    return EPS\n", "EPS"), "-");
    assert_eq!(entry("EPS = 1e-6\ndef g():\n    global EPS\n    EPS = 2\ndef f(x):\n    return EPS\n", "EPS"), "-");
    assert_eq!(entry("def g():\n    W = np.zeros((3, 4))\n    def f(x):\n        return W\n", "W"), "f64(3, 4) numpy inferred");
    assert_eq!(entry("def g(A: np.ndarray):\n    def f(x):\n        return A\n", "A"), "?(…) numpy declared");
    assert_eq!(entry("def g(A: np.ndarray):\n    A = h(A)\n    def f(x):\n        return A\n", "A"), "-");
    assert_eq!(entry("class C:\n    EPS = 1.0\n    def f(self):\n        return EPS\n", "EPS"), "-");
    assert_eq!(entry("N = 3 * 4\ndef f(x):\n    return N\n", "N"), "python i64  inferred");
    assert_eq!(entry("N = -3 / 4\ndef f(x):\n    return N\n", "N"), "python f64  inferred");
}

#[test]
fn values_of_constructors_are_known() {
    for (value, expected) in [
        ("np.zeros((3, n))", "f64(3, ?) numpy inferred"),
        ("np.zeros(3, dtype=np.float32)", "f32(3) numpy inferred"),
        ("np.zeros(n)", "f64(…) numpy inferred"),
        ("torch.zeros(3, 4)", "?(3, 4) torch inferred"),
        ("torch.zeros(3, 4, dtype=torch.float64)", "f64(3, 4) torch inferred"),
        ("np.array([[1, 2.0], [3, 4]])", "f64(2, 2) numpy inferred"),
        ("np.array([1, 2])", "i64(2) numpy inferred"),
        ("np.array(x)", "?(…) numpy inferred"),
        ("np.asarray(x, dtype=float)", "f64(…) numpy inferred"),
        ("np.random.rand(2, 3)", "f64(?, ?) numpy inferred"),
        ("np.random.normal()", "-"),
        ("np.random.normal(0, 1, (2, 3))", "f64(2, 3) numpy inferred"),
        ("float(x)", "python f64  inferred"),
        ("len(x)", "python i64  inferred"),
        ("1j", "-"),
        ("g(x)", "-"),
        ("np.zeros(*x)", "-"),
    ] {
        let tree = Tree::parse(Language::Python, format!("{HEAD}r = {value}\n"));
        let facts = FileFacts::new(&tree, &Outside::default());
        let node = tree.root().descendants().find(|n| n.kind() == "assignment").unwrap().field("right").unwrap();
        assert_eq!(facts.known_value(node).as_ref().map_or("-".to_string(), words), expected, "{value}");
    }
}

#[test]
fn broken_files_have_facts() {
    for text in [
        "def f(x: Float[",
        "def f(x: 'a.'):\n  '''Parameters\n  ---\n  x : (",
        "def f(x=):\n  assert x.ndim ==\n  n, = x.shape",
        "def f(*, x: np.ndarray[int]):\n pass",
    ] {
        let tree = Tree::parse(Language::Python, format!("{HEAD}{text}"));
        let facts = FileFacts::new(&tree, &Outside::default());
        for node in tree.root().descendants() {
            facts.entry(node);
            facts.annotation(node);
            facts.known_value(node);
        }
    }
}
