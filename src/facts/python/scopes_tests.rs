use crate::dialect::Names;
use crate::facts::{FileFacts, Outside};
use crate::syntax::{Language, Node, Tree};

/// The last call's function in a text resolved at its place.
fn resolved(text: &str) -> Option<String> {
    let tree = Tree::parse(Language::Python, text);
    let facts = FileFacts::new(&tree, &Outside::default());
    let call = calls(tree.root()).into_iter().next_back().expect("a call");
    let function = call.field("function").unwrap();
    facts.names(call).resolve(function)
}

fn spelled(text: &str, path: &str) -> Option<String> {
    let tree = Tree::parse(Language::Python, text);
    let facts = FileFacts::new(&tree, &Outside::default());
    let call = calls(tree.root()).into_iter().next_back().expect("a call");
    facts.names(call).spell(path)
}

fn calls(root: Node<'_>) -> Vec<Node<'_>> {
    root.descendants().filter(|n| n.kind() == "call").collect()
}

#[test]
fn imports_and_aliases_resolve() {
    let inv = Some("numpy.linalg.inv".to_string());
    assert_eq!(resolved("import numpy as np\nnp.linalg.inv(a)\n"), inv);
    assert_eq!(resolved("import numpy\nnumpy.linalg.inv(a)\n"), inv);
    assert_eq!(resolved("import numpy.linalg\nnumpy.linalg.inv(a)\n"), inv);
    assert_eq!(resolved("import numpy.linalg as la\nla.inv(a)\n"), inv);
    assert_eq!(resolved("from numpy import linalg as la\nla.inv(a)\n"), inv);
    assert_eq!(resolved("from numpy.linalg import det, inv as i\ndef f(a):\n    return i(a)\n"), inv);
    assert_eq!(resolved("import os, numpy as np\nclass C:\n  def f(self):\n    return [np.linalg.inv(a) for a in self.x]\n"), inv);
    assert_eq!(resolved("from .numpy import inv\ninv(a)\n"), None);
    assert_eq!(resolved("from . import np\nnp.inv(a)\n"), None);
    assert_eq!(resolved("np.linalg.inv(a)\n"), None);
    assert_eq!(resolved("len(a)\n"), Some("builtins.len".into()));
    assert_eq!(resolved("a.b().c(1)\n"), None);
}

#[test]
fn a_shadowed_name_is_not_the_library() {
    for text in [
        "def f(np):\n    return np.exp(1)\n",
        "def f(x, *np):\n    np.exp(1)\n",
        "def f(x, np=3):\n    np.exp(1)\n",
        "def f(np: int):\n    np.exp(1)\n",
        "def f():\n    y = np.exp(1)\n    np = 2\n",
        "lambda np: np.exp(1)\n",
        "[np.exp(1) for np in x]\n",
        "for np in x:\n    np.exp(1)\n",
        "np = 3\nnp.exp(1)\n",
        "with open(f) as np:\n    np.exp(1)\n",
        "try:\n    pass\nexcept E as np:\n    np.exp(1)\n",
        "def f():\n    if (np := g):\n        np.exp(1)\n",
        "a, (b, np) = x\nnp.exp(1)\n",
        "def np(): pass\nnp.exp(1)\n",
        "class np: pass\nnp.exp(1)\n",
        "del np\nnp.exp(1)\n",
        "def g():\n    global np\n    np = 3\ndef f():\n    np.exp(1)\n",
        "def f():\n    def g():\n        np.exp(1)\n    np = 2\n",
        "def f():\n    np = 2\n    def g():\n        nonlocal np\n        np.exp(1)\n",
        "match x:\n    case [np]:\n        np.exp(1)\n",
        "from other import *\nnp.exp(1)\n",
        "while c:\n    np.exp(1)\n    np = 3\n",
        "np.exp = g\nnp.exp(1)\n",
        "class A:\n    np = 3\n    y = np.exp(1)\n",
        "def f():\n    return np.exp(1)\nnp = 3\n",
    ] {
        let text = format!("import numpy as np\n{text}");
        let tree = Tree::parse(Language::Python, text.as_str());
        let facts = FileFacts::new(&tree, &Outside::default());
        let call = calls(tree.root()).into_iter().find(|c| c.text() == "np.exp(1)").unwrap();
        assert_eq!(facts.names(call).resolve(call.field("function").unwrap()), None, "{text}");
    }
}

#[test]
fn what_does_not_shadow_does_not() {
    let exp = Some("numpy.exp".to_string());
    for text in [
        "np.exp(1)\nnp = 3\n",
        "def f():\n    np = 3\nnp.exp(1)\n",
        "class A:\n    np = 3\n    def f(self):\n        np.exp(1)\n",
        "x = [np for np in y]\nnp.exp(1)\n",
        "x = [1 for np in np.exp(1)]\n",
        "def f(x=np.exp(1), np=2):\n    pass\n",
        "def f():\n    import numpy as np\n    np.exp(1)\n",
        "x.np = 3\nnp.exp(1)\n",
        "f(np=3)\nnp.exp(1)\n",
        "def f(x: List[np.ndarray]):\n    np.exp(1)\n",
        "from math import *\nnp.exp(1)\n",
        "for i in range(3):\n    np.exp(1)\nnp = 2\n",
        "f'{np.exp(1)}'\n",
    ] {
        let text = format!("import numpy as np\n{text}");
        let tree = Tree::parse(Language::Python, text.as_str());
        let facts = FileFacts::new(&tree, &Outside::default());
        let call = calls(tree.root()).into_iter().find(|c| c.text() == "np.exp(1)").unwrap();
        assert_eq!(facts.names(call).resolve(call.field("function").unwrap()), exp, "{text}");
    }
}

#[test]
fn conditional_imports_must_agree() {
    let text = |a: &str, b: &str| format!("try:\n    {a}\nexcept ImportError:\n    {b}\ndef g():\n    f(1)\n");
    assert_eq!(resolved(&text("from numpy import f", "from numpy import f")), Some("numpy.f".into()));
    assert_eq!(resolved(&text("from numpy import f", "from scipy import f")), None);
    assert_eq!(resolved(&text("from numpy import f", "f = None")), None);
    assert_eq!(resolved("if c:\n    import numpy as np\nelse:\n    import cupy as np\nnp.exp(1)\n"), None);
}

#[test]
fn builtins_are_hidden_by_stars_and_bindings() {
    assert_eq!(resolved("from math import *\nsum(x)\n"), None);
    assert_eq!(resolved("def f(sum):\n    sum(x)\n"), None);
    assert_eq!(resolved("y = sum(x)\n"), Some("builtins.sum".into()));
    assert_eq!(resolved("unknown_name(x)\n"), None);
}

#[test]
fn paths_are_spelled_as_the_file_can() {
    let np = "import numpy as np\nfrom numpy.linalg import inv as i\nimport scipy\nimport scipy.linalg as sl\n";
    let at = |rest: &str, path: &str| spelled(&format!("{np}{rest}"), path);
    assert_eq!(at("f(x)\n", "numpy.exp").as_deref(), Some("np.exp"));
    assert_eq!(at("f(x)\n", "numpy.linalg.solve").as_deref(), Some("np.linalg.solve"));
    assert_eq!(at("f(x)\n", "numpy.linalg.inv").as_deref(), Some("i"));
    assert_eq!(at("i = 3\nf(x)\n", "numpy.linalg.inv").as_deref(), Some("np.linalg.inv"));
    assert_eq!(at("def g(np):\n    f(x)\n", "numpy.exp"), None);
    assert_eq!(at("f(x)\n", "torch.exp"), None);
    assert_eq!(at("f(x)\n", "scipy.linalg.solve").as_deref(), Some("sl.solve"));
    assert_eq!(at("f(x)\n", "scipy.special.erf"), None);
    assert_eq!(at("f(x)\n", "builtins.len").as_deref(), Some("len"));
    assert_eq!(at("len = 3\nf(x)\n", "builtins.len"), None);
    assert_eq!(spelled("if TYPE_CHECKING:\n    import torch\nf(x)\n", "torch.exp"), None);
    assert_eq!(spelled("def g():\n    import torch\n    f(x)\n", "torch.exp").as_deref(), Some("torch.exp"));
    assert_eq!(spelled("def g():\n    import torch\nf(x)\n", "torch.exp"), None);
    assert_eq!(spelled("f(x)\nimport torch\n", "torch.exp"), None);
    assert_eq!(spelled("if c:\n    import torch\nf(x)\n", "torch.exp"), None);
}

#[test]
fn broken_and_deep_files_have_scopes() {
    for text in [
        "def f(:\n  import",
        "from import x",
        "lambda :",
        "[for x in",
        "class",
        "global x\nx(",
        "import numpy as\nnp.f(",
        "nonlocal y",
        "match x:\n case",
    ] {
        let tree = Tree::parse(Language::Python, text);
        let facts = FileFacts::new(&tree, &Outside::default());
        for node in tree.root().descendants() {
            facts.names(node).resolve(node);
        }
    }
    let deep = format!("import numpy as np\n{}x{}\nnp{}\n", "f(".repeat(20_000), ")".repeat(20_000), ".a".repeat(20_000));
    let tree = Tree::parse(Language::Python, deep);
    FileFacts::new(&tree, &Outside::default());
}
