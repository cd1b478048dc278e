use std::sync::LazyLock;

use super::fixture::{Scope, Terms};
use crate::dialect::{Dialect, Form, Precedence};
use crate::ir::{Attr, DType, Dim, Shape, Target, Type};
use crate::syntax::Language;

const TABLE: &str = r#"
language = "python"
library = "numpy"

[imports]
"numpy" = "import numpy as np"
"math" = "import math"

[dtypes]
f32 = ["numpy.float32", "'float32'"]
f64 = ["numpy.float64", "float", "'float64'"]

[[op]]
ir = "3.141592653589793"
code = ["numpy.pi", "math.pi"]
[[op]]
ir = "inf"
code = ["numpy.inf", "math.inf"]
[[op]]
ir = "add(a, b)"
code = ["{a} + {b}", "numpy.add({a}, {b})"]
[[op]]
ir = "sub(a, b)"
code = "{a} - {b}"
[[op]]
ir = "mul(a, reciprocal(b))"
code = "{a} / {b}"
only = "print"
[[op]]
ir = "mul(a, b)"
code = "{a} * {b}"
[[op]]
ir = "pow(a, b)"
code = "{a} ** {b}"
[[op]]
ir = "neg(a)"
code = "-{a}"
[[op]]
ir = "lt(a, b)"
code = "{a} < {b}"
[[op]]
ir = "logical_not(a)"
code = "not {a}"
when = "weak(a)"
[[op]]
ir = "exp(x)"
code = ["numpy.exp({x})", "math.exp({x})"]
[[op]]
ir = "matmul(a, b)"
code = ["{a} @ {b}", "{a}.dot({b})"]
when = { 1 = "rank(b) in 1..=2" }
[[op]]
ir = "sum(a, axis, keepdims)"
code = [
    "numpy.sum({a}, axis={axis=None}, *, keepdims={keepdims=False})",
    "{a}.sum({axis|dim=None}, {keepdims=False})",
]
[[op]]
ir = "transpose(a)"
code = "{a}.T"
[[op]]
ir = "select(c, a, b)"
code = ["numpy.where({c}, {a}, {b})", "{a} if {c} else {b}"]
when = { 1 = "weak(c)" }
[[op]]
ir = "cast(x, dtype)"
code = "{x}.astype({dtype})"
[[op]]
ir = "zeros(shape, dtype)"
code = "numpy.zeros({shape}, dtype={dtype=f64})"
[[op]]
ir = "reshape(a, shape)"
code = ["{a}.reshape({shape...})", "numpy.reshape({a}, {shape})", "{a}.reshape({shape})"]
[[op]]
ir = "permute(a, axes)"
code = "{a}.transpose({axes...})"
[[op]]
ir = "einsum(subscripts, xs...)"
code = "numpy.einsum({subscripts}, {xs...})"
[[op]]
ir = "concat(axis, xs...)"
code = "numpy.concatenate([{xs...}], axis={axis=0})"
[[op]]
ir = "expand_dims(a, 1)"
code = "{a}[:, None]"
when = "rank(a) == 1"
[[op]]
ir = "slice(a, 0, start, stop, step)"
code = "{a}[{start=0}:{stop=open}:{step=1}]"
[[op]]
ir = "index(a, 0, i)"
code = "{a}[{i}]"
[[op]]
ir = "tuple_get(slogdet(a), 1)"
code = "numpy.linalg.slogdet({a}).logabsdet"
[[op]]
ir = "slogdet(a)"
code = "numpy.linalg.slogdet({a})"
[[op]]
ir = "tuple_get(t, i)"
code = "{t}[{i}]"
[[op]]
ir = "dim(a, axis)"
code = "len({a})"
only = "parse"
when = "axis == 0"
"#;

fn dialect() -> &'static Dialect {
    static DIALECT: LazyLock<Dialect> = LazyLock::new(|| {
        let table = TABLE.replace("ir = \"dim(a, axis)\"", "ir = \"dim(a, 0)\"").replace("when = \"axis == 0\"\n", "");
        Dialect::from_tables(Target::Numpy, [("test.toml", table.as_str())])
    });
    assert_eq!(DIALECT.errors(), []);
    &DIALECT
}

/// `a`, `b`: (3, 3); `v`: (3,); `s`: Python float; `c`: Python bool.
fn terms() -> Terms {
    let mut terms = Terms::of(dialect());
    for name in ["a", "b"] {
        terms.leaf_of(name, DType::F64, &[3, 3]);
    }
    terms.leaf_of("v", DType::F64, &[3]);
    terms.leaf("s", Type::weak(DType::F64), Form::Value);
    terms.leaf("c", Type::weak(DType::Bool), Form::Value);
    terms
}

#[track_caller]
fn reads(text: &str, expected: &str) {
    let mut terms = terms();
    let id = terms.read(text).unwrap_or_else(|| panic!("{text} is not read"));
    assert_eq!(terms.show(id), expected, "{text}");
}

#[track_caller]
fn refuses(text: &str) {
    let mut terms = terms();
    let found = terms.read(text).map(|id| terms.show(id));
    assert_eq!(found, None, "{text}");
}

/// Reads a text and prints it.
#[track_caller]
fn prints(text: &str, expected: &str) {
    let mut terms = terms();
    let id = terms.read(text).unwrap_or_else(|| panic!("{text} is not read"));
    let printed = terms.print(id).unwrap();
    assert_eq!(printed.text, expected, "{}", terms.show(id));
    assert_eq!(terms.read(&printed.text), Some(id), "{expected} is another term");
}

#[test]
fn operators_literals_and_constants_are_read() {
    reads("a + 2", "add(a, 2)");
    reads("(a + 2.5) * -1e-3", "mul(add(a, 2.5), -0.001)");
    reads("-a ** 2", "neg(pow(a, 2))");
    reads("a + np.pi", "add(a, 3.141592653589793)");
    reads("a + -np.inf", "add(a, -inf)");
    reads("a + True", "add(a, true)");
    reads("a + 0x10", "add(a, 16)");
    reads("a @ (b @ v)", "matmul(a, matmul(b, v))");
    reads("not c", "logical_not(c)");
    reads("a < (b)", "lt(a, b)");
    refuses("a < b < a");
    refuses("a + 1j");
    refuses("a + unknown");
    refuses("a + 99999999999999999999");
}

#[test]
fn calls_are_read_by_position_and_keyword() {
    reads("np.sum(a)", "sum(a, none, false)");
    reads("np.sum(a, 0)", "sum(a, 0, false)");
    reads("np.sum(a, axis=(0, -1), keepdims=True)", "sum(a, [0, -1], true)");
    reads("np.sum(a=a, keepdims=False, axis=[1])", "sum(a, [1], false)");
    reads("a.sum(dim=1)", "sum(a, 1, false)");
    reads("a.sum(1, True)", "sum(a, 1, true)");
    refuses("np.sum(a, 0, True)");
    refuses("np.sum(a, axis=0, out=b)");
    refuses("np.sum(a, axis=0, axis=1)");
    refuses("np.sum(*a)");
    refuses("np.sum(a, **b)");
    refuses("np.sum(a, axis=s)");
    refuses("np.sum()");
}

#[test]
fn names_resolve_through_imports_and_shadowing() {
    let mut terms = terms();
    terms.scope = Scope::new(Language::Python, &[("numpy", "numpy"), ("e", "numpy.exp"), ("la", "numpy.linalg")]);
    for (text, expected) in [
        ("e(a)", Some("exp(a)")),
        ("numpy.exp(a)", Some("exp(a)")),
        ("la.slogdet(a)", Some("slogdet(a)")),
        ("np.exp(a)", None),
        ("exp(a)", None),
        ("a.exp()", None),
    ] {
        let found = terms.read(text).map(|id| terms.show(id));
        assert_eq!(found.as_deref(), expected, "{text}");
    }
    terms.leaf("e", Type::weak(DType::F64), Form::Value);
    assert_eq!(terms.read("e(a)"), None);
}

#[test]
fn python_numbers_belong_to_math_and_arrays_to_the_library() {
    reads("math.exp(s)", "exp(s)");
    reads("np.exp(v)", "exp(v)");
    refuses("math.exp(v)");
    refuses("np.exp(s)");
    refuses("s.T");
    reads("2.5 if c else s", "select(c, 2.5, s)");
    refuses("a if v else b");
    prints("math.exp(s)", "math.exp(s)");
}

#[test]
fn shapes_dtypes_strings_and_lists_are_read() {
    reads("np.zeros((n, 3))", "zeros([n, 3], f64)");
    reads("np.zeros(n, dtype='float32')", "zeros([n], f32)");
    reads("np.zeros([2], np.float32)", "zeros([2], f32)");
    reads("a.astype(float)", "cast(a, f64)");
    reads("a.reshape(n, -1)", "reshape(a, [n, -1])");
    reads("a.reshape((n, -1))", "reshape(a, [n, -1])");
    reads("np.reshape(a, (9,))", "reshape(a, [9])");
    reads("a.transpose(1, 0)", "permute(a, [1, 0])");
    reads("np.einsum('ij,j->i', a, v)", "einsum(\"ij,j->i\", a, v)");
    reads("np.concatenate((a, b, a))", "concat(0, a, b, a)");
    refuses("np.zeros((a, 3))");
    refuses("np.einsum(f'ij,j->i', a, v)");
    refuses("a.astype('complex64')");
}

#[test]
fn subscripts_are_read() {
    reads("v[:, None]", "expand_dims(v, 1)");
    reads("v[1:]", "slice(v, 0, 1, 9223372036854775807, 1)");
    reads("v[:-1:2]", "slice(v, 0, 0, -1, 2)");
    reads("v[-1]", "index(v, 0, -1)");
    reads("np.linalg.slogdet(a)[1]", "tuple_get(slogdet(a), 1)");
    reads("np.linalg.slogdet(a).logabsdet", "tuple_get(slogdet(a), 1)");
    reads("len(a)", "dim(a, 0)");
    refuses("a[:, None]");
    refuses("v[s:]");
}

#[test]
fn parentheses_come_from_the_grammar() {
    prints("a - (b - a)", "a - (b - a)");
    prints("(a - b) - a", "a - b - a");
    prints("(a + b) * v", "(a + b) * v");
    prints("a + b * v", "a + b * v");
    prints("(-a) ** 2", "(-a) ** 2");
    prints("-(a ** 2)", "-a ** 2");
    prints("a ** -b", "a ** -b");
    prints("(a ** b) ** v", "(a ** b) ** v");
    prints("a ** (b ** v)", "a ** b ** v");
    prints("(a + b).T", "(a + b).T");
    prints("(-2) ** a", "(-2) ** a");
    prints("np.exp(a + b).T", "np.exp(a + b).T");
    prints("(a < b) < a", "(a < b) < a");
    prints("a * (b @ v)", "a * (b @ v)");
    prints("not (c if c else c)", "not (c if c else c)");
}

#[test]
fn defaults_are_left_out_and_keywords_kept() {
    prints("a.sum()", "np.sum(a)");
    prints("np.sum(a, 0, keepdims=True)", "np.sum(a, axis=0, keepdims=True)");
    prints("np.sum(a, axis=(0,))", "np.sum(a, axis=(0,))");
    prints("np.zeros([n], dtype=float)", "np.zeros((n,))");
    prints("np.zeros((n, 2), dtype='float32')", "np.zeros((n, 2), dtype=np.float32)");
    prints("np.reshape(a, (n, 2))", "a.reshape(n, 2)");
    prints("np.concatenate((a, b), 0)", "np.concatenate([a, b])");
    prints("np.einsum('ij,j', a, v)", "np.einsum(\"ij,j\", a, v)");
    prints("v[0:][:5]", "v[:][:5]");
    prints("v[::2]", "v[::2]");
    prints("v[:, None]", "v[:, None]");
    prints("np.linalg.slogdet(a)[1]", "np.linalg.slogdet(a).logabsdet");
}

#[test]
fn a_positional_default_before_a_given_argument_is_written() {
    let table = TABLE.replace("\"numpy.sum({a}, axis={axis=None}, *, keepdims={keepdims=False})\",", "");
    let dialect: &'static Dialect = Box::leak(Box::new(Dialect::from_tables(Target::Numpy, [("t", table.as_str())])));
    let mut terms = Terms::of(dialect);
    terms.leaf_of("a", DType::F64, &[3, 3]);
    let id = terms.read("a.sum(keepdims=True)").unwrap();
    assert_eq!(terms.print(id).unwrap().text, "a.sum(None, True)");
}

#[test]
fn the_first_row_that_fits_is_printed() {
    let mut terms = terms();
    let (a, b) = (terms.read("a").unwrap(), terms.read("b").unwrap());
    let mut op = |name: &str, args: &[crate::ir::Id]| {
        let node = crate::ir::Node::op(crate::ir::OpId::get(name), args.iter().copied());
        crate::dialect::Lowering::add(&mut terms, node).unwrap()
    };
    let reciprocal = op("reciprocal", &[b]);
    let product = op("mul", &[a, reciprocal]);
    assert_eq!(terms.print(product).unwrap().text, "a / b");
    assert!(terms.print(reciprocal).unwrap_err().to_string().contains("writes `reciprocal`"));
}

#[test]
fn imports_are_asked_for_only_where_none_serves() {
    let mut terms = terms();
    let id = terms.read("np.exp(a) + np.linalg.slogdet(a)[1]").unwrap();
    assert!(terms.print(id).unwrap().imports.is_empty());
    let sum = terms.read("np.sum(a, axis=0)").unwrap();
    assert_eq!(terms.print(sum).unwrap().text, "np.sum(a, axis=0)");
    terms.scope = Scope::new(Language::Python, &[("exp", "numpy.exp")]);
    let printed = terms.print(id).unwrap();
    assert_eq!(printed.text, "exp(a) + np.linalg.slogdet(a).logabsdet");
    assert_eq!(printed.imports.iter().map(|edit| edit.text.as_str()).collect::<Vec<_>>(), ["import numpy as np\n"]);
    assert_eq!(terms.print(sum).unwrap().text, "a.sum(0)", "a row that needs no import goes before one that does");
}

#[test]
fn constants_are_literals_or_names_in_reach() {
    prints("a + math.pi", "a + np.pi");
    prints("a + -math.inf", "a + -np.inf");
    prints("a ** -0.5", "a ** -0.5");
    prints("a + 1e-8", "a + 1e-8");
    let mut terms = terms();
    let id = terms.read("a + np.pi").unwrap();
    terms.scope = Scope::new(Language::Python, &[]);
    assert_eq!(terms.print(id).unwrap().text, "a + 3.141592653589793");
}

#[test]
fn unknown_lengths_need_a_text() {
    let mut terms = terms();
    let a = terms.read("a").unwrap();
    let shape = terms.attr(Attr::Dims(vec![Dim::Unknown]));
    let node = crate::ir::Node::op(crate::ir::OpId::get("reshape"), [a, shape]);
    let id = crate::dialect::Lowering::add(&mut terms, node).unwrap();
    assert!(terms.print(id).is_err());
}

#[test]
fn leaves_of_any_text_get_their_parentheses() {
    let mut terms = terms();
    let x = terms.leaf("f(x) or y", Type::array(DType::F64, Shape::Unknown), Form::Value);
    let a = terms.read("a").unwrap();
    let node = crate::ir::Node::op(crate::ir::OpId::get("mul"), [x, a]);
    let id = crate::dialect::Lowering::add(&mut terms, node).unwrap();
    assert_eq!(terms.print(id).unwrap().text, "(f(x) or y) * a");
}

#[test]
fn a_scan_knows_the_words_of_an_op() {
    let words = |op: &str| dialect().words_of(crate::ir::OpId::get(op)).into_iter().map(|word| word.text).collect::<Vec<_>>();
    assert_eq!(words("matmul"), ["dot", "@"]);
    assert_eq!(words("slogdet"), ["slogdet", "logabsdet"]);
    assert_eq!(words("select"), ["where", "if"]);
    assert_eq!(words("reciprocal"), Vec::<&str>::new());
}

#[test]
fn precedence_of_texts_and_places() {
    let of = |text| Precedence::of_text(Language::Python, text);
    assert_eq!(of("x"), Precedence::PRIMARY);
    assert_eq!(of("x[1:, None].T(2)"), Precedence::PRIMARY);
    assert!(of("x + y") < of("x * y") && of("x * y") < of("-x") && of("-x") < of("x ** 2") && of("x or y") < of("x and y"));
    assert_eq!(of("x, y"), Precedence::LOWEST);
    assert_eq!(of("x +"), Precedence::LOWEST);
    assert_eq!(Precedence::of_text(Language::Rust, "-2.0_f64"), Precedence::unary(Language::Rust));
}

#[test]
fn a_deep_term_is_printed_without_overflow() {
    let mut terms = terms();
    let a = terms.read("a").unwrap();
    let mut id = a;
    for _ in 0..3000 {
        let node = crate::ir::Node::op(crate::ir::OpId::get("add"), [id, a]);
        id = crate::dialect::Lowering::add(&mut terms, node).unwrap();
    }
    assert_eq!(terms.print(id).unwrap().text.matches('+').count(), 3000);
}
