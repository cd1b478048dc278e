//! Python: a private function takes what holds at its calls in other files.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use super::{Options, optimize};
use crate::facts::{Elsewhere, Ground, OtherFile, Outside, Word, occurrences, private_words};
use crate::rules::{Pass, RuleSet, Selection};
use crate::syntax::Language;

const HEAD: &str = "import numpy as np\n\n";
/// The file that is looked at, `pkg/linear.py`: nothing in it says what the parameters are.
const CHAIN: &str = "def _chain(a, b, v):\n    return a @ b @ v\n\n";
/// What other files do with it.
const CALLER: &str =
    "from .linear import _chain\n\n\ndef run():\n    m = np.zeros((300, 300))\n    return _chain(m, m, np.zeros(300))\n\n\n";

/// The other files of a tree, by their paths.
#[derive(Debug)]
struct Files(Vec<(String, String)>);

impl Elsewhere for Files {
    fn mentions(&self, word: Word<'_>) -> bool {
        self.0.iter().any(|(_, text)| private_words(text.as_bytes()).any(|said| said == word))
    }

    fn files_with(&self, name: &str) -> Option<Vec<OtherFile>> {
        let having = self.0.iter().filter(|(_, text)| occurrences(text, name).next().is_some());
        let file = |(path, text): &(String, String)| OtherFile { path: path.into(), text: text.clone(), asking: "pkg/linear.py".into() };
        Some(having.map(file).collect())
    }
}

/// Rules of what is found in `pkg/linear.py` beside other files, with grounds.
fn found_in(text: &str, files: &[(&str, &str)]) -> Vec<(String, Ground)> {
    static OPTIONS: LazyLock<Options> = LazyLock::new(|| {
        let mut options = Options::new(RuleSet::builtin().clone(), Selection::default()).unwrap();
        options.passes = vec![Pass::Optimize];
        options
    });
    let files = Files(files.iter().map(|(path, text)| ((*path).to_owned(), format!("{HEAD}{text}"))).collect());
    let outside = Outside::default().within(Arc::new(files));
    let report = optimize(Path::new("pkg/linear.py"), &format!("{HEAD}{text}"), Language::Python, &OPTIONS, &outside).unwrap();
    report.findings.into_iter().map(|finding| (finding.rule, finding.ground.expect("an optimization rests on something"))).collect()
}

fn is_found(text: &str, files: &[(&str, &str)]) -> bool {
    match &found_in(text, files)[..] {
        [] => false,
        found => {
            assert_eq!(found, [("matrix-chain".to_owned(), Ground::Inferred)]);
            true
        }
    }
}

fn found(files: &[(&str, &str)]) -> bool {
    is_found(CHAIN, files)
}

/// Whether a call in another file says what the parameters are, where that file is written in another way.
fn found_with(old: &str, new: &str) -> bool {
    let text = CALLER.replace(old, new);
    assert_ne!(text, CALLER);
    found(&[("pkg/other.py", &text)])
}

#[test]
fn a_private_function_takes_what_its_calls_in_other_files_agree_on() {
    assert!(!found(&[]), "nobody calls it");
    assert!(found(&[("pkg/other.py", CALLER)]));
    let own = format!("{CHAIN}def run(m: np.ndarray):\n    assert m.ndim == 2\n    return _chain(m, m, np.zeros(300))\n");
    assert!(is_found(&own, &[]) && is_found(&own, &[("pkg/other.py", CALLER)]), "beside its own");
    assert!(found(&[("pkg/other.py", CALLER), ("pkg/third.py", &CALLER.replace("300", "200"))]), "two files");
    assert!(!found(&[("pkg/other.py", CALLER), ("pkg/third.py", &CALLER.replace("np.zeros(300)", "1.0"))]), "that do not agree");
    let unknown = format!("{CHAIN}def run(x):\n    return _chain(x, x, x)\n");
    assert!(!is_found(&unknown, &[("pkg/other.py", CALLER)]), "its own call is not known");
}

#[test]
fn it_is_imported_by_any_name_for_its_module() {
    for import in ["from pkg.linear import _chain", "from linear import _chain", "from .linear import (\n    _chain,\n)"] {
        assert!(found_with("from .linear import _chain", import), "{import}");
    }
    assert!(found(&[("pkg/inner/other.py", &CALLER.replace("from .linear", "from ..linear"))]));
    assert!(found(&[("tests/test_linear.py", &CALLER.replace("from .linear", "from pkg.linear"))]));
    for (import, module) in [
        ("from . import linear", "linear"),
        ("from . import linear as la", "la"),
        ("from pkg import linear", "linear"),
        ("import pkg.linear", "pkg.linear"),
        ("import pkg.linear as la", "la"),
    ] {
        let text = CALLER.replace("return _chain", &format!("return {module}._chain")).replace("from .linear import _chain", import);
        assert!(found(&[("pkg/other.py", &text)]), "{import}");
    }
    let renamed = |import: &str, name: &str| {
        let text = CALLER.replace("return _chain", &format!("return {name}")).replace("from .linear import _chain\n", "");
        text.replace("run():\n", &format!("run():\n    {import}\n"))
    };
    assert!(found(&[("pkg/other.py", &renamed("from .linear import _chain", "_chain"))]));
    assert!(found(&[("pkg/other.py", &renamed("from .linear import _chain as chain", "chain"))]), "a local name");
    let alias = |name: &str| CALLER.replace("return _chain", &format!("return {name}")).replace("_chain\n", &format!("_chain as {name}\n"));
    assert!(found(&[("pkg/other.py", &alias("_product"))]));
    assert!(!found(&[("pkg/other.py", &alias("_product")), ("pkg/third.py", "from .other import _product\n")]));
    assert!(!found(&[("pkg/other.py", &alias("product"))]), "others may take it from there");
}

#[test]
fn other_modules_are_not_taken_for_its_own() {
    for import in
        ["from .cubic import _chain", "from ..linear import _chain", "from . import _chain", "from cubic import _chain", "import _chain"]
    {
        assert!(!found_with("from .linear import _chain", import), "{import}");
    }
    assert!(!found(&[("pkg/other.py", CALLER), ("pkg/third.py", "from .other import _chain\n")]), "passed on");
    assert!(!found_with("return _chain", "return other._chain"));
    assert!(!found(&[("pkg/other.py", CALLER), ("pkg/third.py", CHAIN)]), "another function of the name");
}

#[test]
fn what_else_is_done_with_it_says_nothing() {
    for other in [
        "f = _chain\n",
        "f = [_chain]\n",
        "r = map(_chain, [1])\n",
        "def g(f=_chain):\n    return f\n",
        "def g():\n    return _chain\n",
        "def g(x):\n    return _chain(x, x, x)\n",
        "def g(*x):\n    return _chain(*x)\n",
        "def g(**x):\n    return _chain(**x)\n",
        "r = _chain.__name__\n",
        "_chain = cache(_chain)\n",
        "_chain = None\n",
        "def g():\n    global _chain\n    _chain = None\n",
        "def _chain(a, b, v):\n    return a\n",
        "@_chain\ndef g(x):\n    return x\n",
        "class C:\n    _chain = _chain\n",
        "class C:\n    from .linear import _chain\n",
        "from . import linear\nlinear._chain = None\n",
        "from . import linear\nf = linear._chain\n",
        "from . import linear\ndel linear._chain\n",
        "from . import linear\nmonkeypatch.setattr(linear, '_chain', None)\n",
        "mock.patch('pkg.linear._chain')\n",
        "f = getattr(linear, '_chain')\n",
        "f = getattr(linear, f'_{name}')\n",
        "f = getattr(linear, '_' + name)\n",
        "__all__ = ['_chain']\n",
        "from .linear import *\n",
        "f = globals()[name]\n",
        "exec(text)\n",
        "r = eval('_chain(1, 2, 3)')\n",
        "r = dict(_chain=1)\n",
        "\"\"\"Text.\n\n>>> _chain(1, 2, 3)\n\"\"\"\n",
        "f'{_chain}'\n",
        "try:\n    from .linear import _chain\nexcept ImportError:\n    _chain = None\n",
        "def g(:\n",
    ] {
        assert!(!found(&[("pkg/other.py", &format!("{CALLER}{other}"))]), "{other}");
        assert!(!found(&[("pkg/other.py", CALLER), ("pkg/third.py", &format!("from .linear import _chain\n{other}"))]), "{other}");
    }
    for other in ["# as _chain does\n", "def g():\n    \"\"\"As _chain does.\"\"\"\n    return 1\n", "def g(x):\n    return x\n"] {
        assert!(found(&[("pkg/other.py", &format!("{CALLER}{other}"))]), "{other}");
    }
}

#[test]
fn what_it_is_must_be_known_where_it_is_defined() {
    let beside = |text: &str| is_found(text, &[("pkg/other.py", CALLER)]);
    assert!(!beside(&format!("@cache\n{CHAIN}")));
    assert!(!beside(&format!("{CHAIN}f = _chain\n")));
    assert!(!beside(&format!("{CHAIN}__all__ = ['_chain']\n")));
    assert!(!beside(&format!("{CHAIN}def g(name):\n    return globals()[name]\n")));
    let method = format!("class C:\n    {}", CHAIN.replace("(a,", "(self, a,").replace("    return", "        return"));
    let caller = CALLER.replace("from .linear import _chain\n", "").replace("return _chain", "return linear._chain");
    assert!(!is_found(&method, &[("pkg/other.py", &caller)]), "a method is called on an object");
}

#[test]
fn facts_flow_on_from_what_other_files_call() {
    let outer = format!("{CHAIN}def _outer(m, v):\n    return _chain(m, m, v)\n");
    let caller = CALLER.replace("_chain(m, m,", "_outer(m,").replace("_chain", "_outer");
    assert!(is_found(&outer, &[("pkg/other.py", &caller)]));
    // One level: what a caller is given by a further file is not asked for.
    let through = "from .linear import _chain\n\n\ndef _through(m, v):\n    return _chain(m, m, np.asarray(v))\n";
    let further = CALLER.replace("_chain(m, m,", "_through(m,").replace("_chain", "_through").replace("linear", "other");
    assert!(!found(&[("pkg/other.py", through), ("pkg/third.py", &further)]));
}

#[test]
fn a_default_is_what_a_call_in_another_file_leaves_out() {
    let with = |default: &str| CHAIN.replace("v)", &format!("v={default})"));
    let caller = CALLER.replace(", np.zeros(300))", ")");
    assert!(is_found(&with("np.ones(300)"), &[("pkg/other.py", &caller)]));
    assert!(!is_found(&with("None"), &[("pkg/other.py", &caller)]));
    assert!(is_found(&with("None"), &[("pkg/other.py", &CALLER.replace(", np.zeros", ", v=np.zeros"))]));
}
