//! Python: a function takes what holds at all its calls.

use std::path::Path;
use std::sync::Arc;

use super::{Options, optimize};
use crate::facts::{Elsewhere, Ground, Outside, Recording, Word, hash};
use crate::rules::{Pass, RuleSet, Selection};
use crate::syntax::Language;

const HEAD: &str = "import numpy as np\n\n";
/// Nothing in it says what its parameters are.
const CHAIN: &str = "def _chain(a, b, v):\n    return a @ b @ v\n\n";
const CALLER: &str = "def run():\n    m = np.zeros((300, 300))\n    return _chain(m, m, np.zeros(300))\n\n";

/// The other files of a tree, with these words.
#[derive(Debug)]
struct Words(&'static [Word<'static>]);

impl Elsewhere for Words {
    fn mentions(&self, word: Word<'_>) -> bool {
        self.0.contains(&word)
    }
}

/// Rules of what is found, with its grounds.
fn found_beside(text: &str, words: &'static [Word<'static>]) -> Vec<(String, Ground)> {
    let mut options = Options::new(RuleSet::builtin().clone(), Selection::default()).unwrap();
    options.passes = vec![Pass::Optimize];
    let outside = Outside::default().within(Arc::new(Words(words)));
    let report = optimize(Path::new("f.py"), &format!("{HEAD}{text}"), Language::Python, &options, &outside).unwrap();
    report.findings.into_iter().map(|finding| (finding.rule, finding.ground.expect("an optimization rests on something"))).collect()
}

fn found(text: &str) -> bool {
    found_beside(text, &[]) == [("matrix-chain".to_owned(), Ground::Inferred)]
}

#[test]
fn a_private_function_takes_what_its_calls_agree_on() {
    assert!(found(&format!("{CHAIN}{CALLER}")));
    assert!(found(&format!("{CALLER}{CHAIN}{}", CALLER.replace("run", "again").replace("300", "200"))), "other lengths");
    assert!(found(&format!("{CHAIN}def run():\n    m = np.zeros((300, 300))\n    return _chain(v=np.zeros(300), b=m, a=m)\n")), "by name");
    assert!(found(&format!("{CHAIN}m = np.zeros((300, 300))\nr = _chain(m, m, np.zeros(300))\n")), "at module level");
    assert!(!found(CHAIN), "nobody calls it");
    assert!(!found(&format!("{CHAIN}{CALLER}").replace("_chain", "chain")), "a public name is called from anywhere");
}

#[test]
fn one_call_that_is_not_known_says_nothing() {
    for other in [
        "def other(x):\n    return _chain(x, x, x)\n",
        "def other(m):\n    return _chain(np.zeros((3, 3)), np.zeros((3, 3)), 1.0)\n",
        "def other(*a):\n    return _chain(*a)\n",
        "def other(**a):\n    return _chain(**a)\n",
        "def other():\n    return map(_chain, [1])\n",
        "def other(f=_chain):\n    return f\n",
        "def other():\n    global _chain\n    _chain = None\n",
        "other = _chain\n",
        "other = getattr(m, '_chain')\n",
        "other = f'_chain{x}'\n",
        "other = sys.modules[__name__]._chain(1, 2, 3)\n",
        "other = dict(_chain=1)\n",
        "other = globals()[name]\n",
        "other = [_chain(x, x, x) for x in [1]]\n",
        "other = lambda x: _chain(x, x, x)\n",
        "class C:\n    other = _chain(1, 2, 3)\n",
        "__all__ = ['_chain']\n",
        "from m import _chain\n",
        "def _chain(a, b, v):\n    return a\n",
        "def other(eval):\n    exec(eval)\n",
        "def other():\n    return getattr(m, f'_{name}')(1)\n",
        "def other():\n    if (m := f()) is not None and _chain(m, m, m):\n        pass\n",
        "def other():\n    with f() as m, _chain(m, m, m):\n        pass\n",
        "def other():\n    m = np.zeros((3, 3))\n    m = f(m)\n    return _chain(m, m, np.zeros(3))\n",
    ] {
        assert!(!found(&format!("{CHAIN}{CALLER}{other}")), "{other}");
    }
    let decorated = format!("@cache\n{CHAIN}{CALLER}");
    assert!(!found(&decorated));
    let recursive = CHAIN.replace("a @ b @ v", "a @ b @ v if v is None else _chain(a.T, b, f(v))");
    assert!(!found(&format!("{recursive}{CALLER}")));
}

#[test]
fn what_only_says_its_name_is_no_use() {
    for other in [
        "# see _chain\n",
        "def other(f):\n    _chain = f()\n    return _chain\n",
        "def other():\n    \"\"\"As _chain does.\"\"\"\n    return 1\n",
    ] {
        assert!(found(&format!("{CHAIN}{CALLER}{other}")), "{other}");
    }
}

#[test]
fn other_files_may_not_have_the_name() {
    let text = format!("{CHAIN}{CALLER}");
    for words in [&[Word::Name("_chain")] as &[_], &[Word::End("_chain")], &[Word::Any]] {
        assert!(found_beside(&text, Box::leak(words.into())).is_empty(), "{words:?}");
    }
    let two = text.replace("_chain", "_long_chain");
    assert!(found_beside(&two, &[Word::Name("_chain"), Word::Name("_long")]).len() == 1);
    assert!(found_beside(&two, &[Word::Name("_long_")]).is_empty(), "a name that is put together");
    assert!(found_beside(&two, &[Word::End("_chain")]).is_empty());
    let options = Options::new(RuleSet::builtin().clone(), Selection::default()).unwrap();
    let alone = optimize(Path::new("f.py"), &format!("{HEAD}{text}"), Language::Python, &options, &Outside::default()).unwrap();
    assert!(alone.findings.is_empty(), "nothing is known of other files");
}

#[test]
fn a_default_is_a_call_s_value() {
    let text = |default: &str, call: &str| {
        format!("{}def run():\n    m = np.zeros((300, 300))\n    return {call}\n", CHAIN.replace("v)", &format!("v={default})")))
    };
    assert!(found(&text("np.ones(300)", "_chain(m, m)")));
    assert!(found(&text("np.ones(300)", "_chain(m, m, np.zeros(300))")));
    assert!(!found(&text("None", "_chain(m, m)")));
    assert!(found(&text("None", "_chain(m, m, np.zeros(300))")), "the default is not used");
    assert!(!found(&text("np.ones(300)", "_chain(m, m, f())")));
}

#[test]
fn facts_flow_through_functions_on_the_way() {
    let text =
        format!("{CHAIN}def _outer(m, v):\n    w = v\n    return _chain(m, m, w)\n\n{}", CALLER.replace("_chain(m, m,", "_outer(m,"));
    assert!(found(&text));
    assert!(!found(&text.replace("w = v", "w = f(v)")));
}

#[test]
fn a_function_within_a_function_needs_no_private_name() {
    let text = "def run(f):\n    def chain(a, b, v):\n        return a @ b @ v\n    m = np.zeros((300, 300))\n    return chain(m, m, np.zeros(300))\n";
    assert!(found(text));
    assert!(!found(&text.replace("    return chain", "    f(chain)\n    return chain")));
    assert!(!found(&text.replace("    return chain", "    chain = f(chain)\n    return chain")));
    assert!(!found(&text.replace("return chain(m", "return chain, chain(m")));
    assert!(!found(&text.replace("    return chain", "    f(locals())\n    return chain")));
}

#[test]
fn a_private_method_is_called_on_self() {
    let text = "class C:\n    def _chain(self, a, b, v):\n        return a @ b @ v\n\n    def run(self):\n        m = np.zeros((300, 300))\n        \
        return self._chain(m, m, np.zeros(300))\n";
    assert!(found(text));
    assert!(!found(&text.replace("def run(self):", "def run(self, other):\n        other._chain(1, 2, 3)")));
    assert!(!found(&text.replace("def run(self):", "def run(self):\n        self = f()")));
    assert!(!found(&text.replace("return self._chain", "f(self._chain)\n        return self._chain")));
    assert!(!found(&format!(
        "{text}\nclass D(C):\n    def _chain(self, a, b, v):\n        return 0\n\n    def other(self):\n        return self._chain(1, 2, 3)\n"
    )));
    assert!(!found(&format!("{text}\nclass D(C):\n    def other(self):\n        return self._chain(1, 2, 3)\n")));
    assert!(!found(&text.replace("    def _chain", "    @staticmethod\n    def _chain")));
}

#[test]
fn equal_lengths_in_all_calls_are_one_length() {
    let dot = "def _dot(x, y):\n    return np.sum(x * y)\n\n";
    let call = |n: usize, m: usize, k: usize| format!("def run{n}():\n    return _dot(np.zeros(({n}, {m})), np.zeros(({n}, {k})))\n\n");
    let rules = |text: String| found_beside(&text, &[]).into_iter().map(|(rule, _)| rule).collect::<Vec<_>>();
    assert_eq!(rules(format!("{dot}{}{}", call(300, 200, 200), call(400, 500, 500))), ["matrix-dot-product"]);
    assert!(rules(format!("{dot}{}{}", call(300, 200, 200), call(400, 500, 1))).is_empty());
}

#[test]
fn a_function_s_own_recording_says_more_than_its_callers_do() {
    let caller = "def run(a):\n    p = a[a[:, 0].argsort()]\n    return _gap(a, p)";
    let callee = "def _gap(a, p):\n    return np.sum(a * p)";
    let square = r#"{"class":"numpy.ndarray","dtype":"float64","shape":["n0","n0"],"contiguous":true,"at":"argument"}"#;
    let recorded = format!(
        r#"{{"version":1,"functions":{{
        "f.py::run":{{"hash":"{}","calls":7,"names":{{"a":{square}}}}},
        "f.py::_gap":{{"hash":"{}","calls":7,"names":{{"a":{square},"p":{square}}}}}}}}}"#,
        hash(caller),
        hash(callee)
    );
    let outside = Arc::new(Recording::parse(&recorded).unwrap()).of_file("f.py").within(Arc::new(Words(&[])));
    let mut options = Options::new(RuleSet::builtin().clone(), Selection::default()).unwrap();
    options.passes = vec![Pass::Optimize];
    let text = format!("{HEAD}{callee}\n\n\n{caller}\n");
    let report = optimize(Path::new("f.py"), &text, Language::Python, &options, &outside).unwrap();
    let found: Vec<_> = report.findings.iter().map(|finding| (finding.rule.as_str(), finding.ground)).collect();
    assert_eq!(found, [("matrix-dot-product", Some(Ground::Recorded { calls: 7 }))]);
}
