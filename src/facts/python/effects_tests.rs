use std::collections::BTreeSet;

use crate::facts::{Effects, FileFacts, Outside, Sources};
use crate::syntax::{Language, Node, Tree};

const HEAD: &str = "import numpy as np\nimport torch\nimport torch.nn.functional as F\n";

/// The effects of the last statement of a function's body.
fn effects(body: &str) -> Effects {
    with_last(body, |facts, node| facts.effects(node))
}

fn sources(expression: &str) -> Sources {
    with_last(&format!("r = {expression}"), |facts, node| {
        let value = node.descendants().find(|n| n.kind() == "assignment").unwrap().field("right").unwrap();
        facts.alias_sources(value, &|_| None)
    })
}

fn with_last<T>(body: &str, f: impl for<'t> Fn(&FileFacts<'t>, Node<'t>) -> T) -> T {
    let body = body.replace('\n', "\n    ");
    let tree = Tree::parse(Language::Python, format!("{HEAD}def function(x, y, z, *args, **kw):\n    {body}\n"));
    let facts = FileFacts::new(&tree, &Outside::default());
    let function = tree.root().descendants().find(|n| n.kind() == "function_definition").unwrap();
    let last = function.field("body").unwrap().named_children().last().unwrap();
    f(&facts, last)
}

fn set(names: &str) -> BTreeSet<String> {
    names.split_whitespace().map(str::to_string).collect()
}

#[test]
fn library_calls_are_pure_and_others_are_opaque() {
    for pure in [
        "r = np.exp(x) + y[0] * 2",
        "r = np.linalg.inv(x).T.sum(axis=0)",
        "r = torch.softmax(x, dim=-1)",
        "r = F.relu(x)",
        "r = [len(v) for v in x if v]",
        "r = float(x) if y else -1",
        "r = np.add.reduce(x)",
        "u = np.asarray(x)\nr = (u * 2).reshape(-1).copy()",
        "return np.sum(x, axis=0, keepdims=True)",
        "with torch.no_grad():\n    r = torch.exp(x)",
        "r = lambda v: g(v)",
        "def inner(v):\n    return g(v)",
        "for i in range(3):\n    r = np.sqrt(i)",
    ] {
        let found = effects(pure);
        assert!(!found.opaque && found.mutates.is_empty(), "{pure}: {found:?}");
    }
    for opaque in [
        "r = g(x)",
        "r = x.sum()",
        "r = x.anything",
        "r = np.random.rand(3)",
        "r = np.unheard_of(x)",
        "r = sorted(x, key=g)",
        "r = np.exp(x, **kw)",
        "r = np.exp(*args)",
        "r = [g(v) for v in x]",
        "await x",
        "r = yield x",
        "with open(x) as f:\n    pass",
        "with lock:\n    pass",
        "@wraps(x)\ndef inner(v):\n    return 1",
        "class A(x):\n    pass",
        "r = np.asarray(x).undefined()",
        "np = x\nr = np.exp(y)",
    ] {
        assert_eq!(effects(opaque).opaque, opaque != "r = x.anything", "{opaque}");
    }
}

#[test]
fn what_is_changed_in_place_is_found() {
    for (body, names) in [
        ("x[0] = y", "x"),
        ("x.T[0, :] = y", "x"),
        ("x.flat = y", "x"),
        ("x += y", "x"),
        ("x[1:] *= y", "x"),
        ("x[0], y = z", "x"),
        ("del x[0]", "x"),
        ("for x[0] in y:\n    pass", "x"),
        ("np.add(x, y, out=z)", "z"),
        ("np.add(x, y, z)", "z"),
        ("np.add(x, y, out=(z,))", "z"),
        ("np.sum(x, 0, None, z)", "z"),
        ("np.clip(x, 0, 1, out=x)", "x"),
        ("np.copyto(x, y)", "x"),
        ("np.fill_diagonal(x, 0)", "x"),
        ("np.fill_diagonal(x.T, 0)", "x"),
        ("np.add.at(x, y, 1)", "x"),
        ("np.nan_to_num(x, copy=False)", "x"),
        ("F.relu(x, inplace=True)", "x"),
        ("F.relu(x, True)", "x"),
        ("torch.relu_(x)", "x"),
        ("np.asarray(x).sort()", "x"),
        ("np.asarray(x).fill(0)", "x"),
        ("np.linalg.inv(x)[0] = 1", ""),
        ("np.diagonal(x)[0] = 1", "x"),
        ("(x if z else y)[0] = 1", "x y z"),
        ("torch.as_tensor(x).add_(1)", "x"),
        ("torch.sort(x)", ""),
    ] {
        let found = effects(body);
        assert_eq!(found.mutates, set(names), "{body}");
        assert!(!found.opaque, "{body}");
    }
    for body in ["x.sort()", "x.fill_(0)", "x.append(y)", "np.random.shuffle(x)", "x.resize((2, 3))", "torch.nn.init.normal_(x)"] {
        let found = effects(body);
        assert_eq!((found.mutates, found.opaque), (set("x"), true), "{body}");
    }
    assert!(effects("x.resize((2, 3))").binds.is_empty() || effects("x.resize((2, 3))").binds == set("x"));
    assert_eq!(effects("x.shape = (2, 3)").binds, set("x"));
}

#[test]
fn numbers_are_not_changed_in_place() {
    assert_eq!(effects("n = 0\nn += 1").mutates, set(""));
    assert_eq!(effects("n = 0\nn += x").mutates, set("n"));
    let tree = Tree::parse(Language::Python, "def f(n):\n    n += 1\n");
    let facts = FileFacts::new(&tree, &Outside::default());
    let statement = tree.root().descendants().find(|n| n.kind() == "augmented_assignment").unwrap();
    assert_eq!(facts.effects(statement).mutates, set("n"));
    assert_eq!(facts.effects_given(statement, &|_| Some(crate::facts::Class::Number)).mutates, set(""));
}

#[test]
fn reads_and_bindings_are_of_this_scope() {
    let found = effects("r = [v * x for v in y if (w := v)]");
    assert_eq!((found.reads, found.binds), (set("x y"), set("r w")));
    let found = effects("def inner(v, u=x):\n    w = y\n    return v + w + z");
    assert_eq!((found.reads, found.binds), (set("x y z"), set("inner")));
    let found = effects("(a, *b), x.c, y[d] = z");
    assert_eq!((found.reads, found.binds, found.mutates), (set("d x y z"), set("a b"), set("x y")));
    assert_eq!(effects("import a.b, c as d").binds, set("a d"));
    assert_eq!(effects("from a import b as c, d").binds, set("c d"));
    assert_eq!(effects("try:\n    a = 1\nexcept E as e:\n    b = 2").binds, set("a b e"));
    assert_eq!(effects("with open(x) as (a, b):\n    c = 1").binds, set("a b c"));
    assert_eq!(effects("match x:\n    case [a, *b]:\n        pass").binds, set("a b"));
    assert_eq!(effects("del a, b").binds, set("a b"));
    assert_eq!(effects("x: int").binds, set(""));
    assert_eq!(effects("for a, b in x:\n    c = a").reads, set("x a"));
    assert_eq!(effects("f'{x} {y!r}'").reads, set("x y"));
}

#[test]
fn views_share_memory_and_fresh_values_do_not() {
    for (expression, names) in [
        ("x", "x"),
        ("x[1:]", "x"),
        ("x.T", "x"),
        ("x.shape", ""),
        ("np.asarray(x)", "x"),
        ("np.reshape(x, (2, 3))", "x"),
        ("np.exp(x)", ""),
        ("np.exp(x, out=y)", "x y"),
        ("np.exp(x, y)", "x y"),
        ("np.array(x)", ""),
        ("np.array(x, copy=False)", "x"),
        ("[x, (y, 1)]", "x y"),
        ("{'a': x}", "x"),
        ("x if y else z", "x y z"),
        ("x or y", "x y"),
        ("x - y", ""),
        ("x + y", "x y"),
        ("np.exp(x) + y", ""),
        ("[x] * 3", "x"),
        ("-x", ""),
        ("x < y", ""),
        ("np.exp(x).reshape(2)", ""),
        ("np.asarray(x).reshape(2)", "x"),
        ("np.asarray(x).sum()", ""),
        ("torch.from_numpy(x)", "x"),
        ("np.split(x, 2)[0]", "x"),
    ] {
        let found = sources(expression);
        assert_eq!(found.names, set(names), "{expression}");
        assert!(!found.anything, "{expression}");
    }
    assert!(sources("g(x)").anything && sources("g(x)").names.contains("x"));
    assert!(sources("x.copy()").anything);
    assert!(sources("lambda: x").names.contains("x"));
}

#[test]
fn broken_and_deep_statements_have_effects() {
    let deep = format!("r = {}x{}", "np.exp(".repeat(5000), ")".repeat(5000));
    assert!(!effects(&deep).opaque);
    let chain = format!("r = x{}", ".sum()".repeat(3000));
    assert!(effects(&chain).opaque);
    for text in ["x[ = ", "for in x", "def (", "x.(", "with as y", "f(**)", "lambda", "del", "@"] {
        let tree = Tree::parse(Language::Python, text);
        let facts = FileFacts::new(&tree, &Outside::default());
        for node in tree.root().descendants() {
            facts.effects(node);
            facts.alias_sources(node, &|_| None);
        }
    }
}
