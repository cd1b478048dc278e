use std::sync::LazyLock;

use super::fixture::Terms;
use crate::dialect::{Dialect, Form};
use crate::ir::{Const, DType, Dim, Node, OpId, Shape, Target, Type};

const STD: &str = r#"
language = "rust"
library = "std"
operands = "scalar"

[dtypes]
f32 = ["f32"]
f64 = ["f64"]
i32 = ["i32"]
u64 = ["u64"]
bool = ["bool"]

[[op]]
ir = "3.141592653589793_f64"
code = "std::f64::consts::PI"
[[op]]
ir = "inf_f64"
code = "f64::INFINITY"
[[op]]
ir = "add(a, b)"
code = "{a} + {b}"
[[op]]
ir = "sub(a, b)"
code = "{a} - {b}"
[[op]]
ir = "mul(a, b)"
code = "{a} * {b}"
[[op]]
ir = "neg(a)"
code = "-{a}"
[[op]]
ir = "lt(a, b)"
code = "{a} < {b}"
[[op]]
ir = "exp(x)"
code = ["{x}.exp()", "{type(x)}::exp({x})"]
[[op]]
ir = "fmax(a, b)"
code = ["{a}.max({b})", "{type(a)}::max({a}, {b})"]
when = "float(a)"
[[op]]
ir = "pow(a, b)"
code = ["{a}.powi({b:i32})", "{a}.powf({b})"]
when = "float(a)"
[[op]]
ir = "cast(x, dtype)"
code = "{x} as {dtype}"
[[op]]
ir = "select(c, a, b)"
code = "if {c} {{ {a} }} else {{ {b} }}"
[[op]]
ir = "add(exp(x), 1.0)"
code = "helper::exp_plus_one({x})"
only = "parse"
"#;

const NDARRAY: &str = r#"
language = "rust"
library = "ndarray"
operands = "array"

[[op]]
ir = "add(a, b)"
code = "{&a} + {&b}"
[[op]]
ir = "matmul(a, b)"
code = "{a}.dot(&{b})"
[[op]]
ir = "exp(a)"
code = ["{a}.mapv(|v| v.exp())", "{a}.mapv({type(a)}::exp)"]
[[op]]
ir = "mul(a, s)"
code = "{a}.mapv(|v| v * {s})"
when = "scalar(s)"
[[op]]
ir = "slice(a, 0, start, stop, 1)"
code = "{a}.slice(ndarray::s![{start}..{stop}, ..])"
[[op]]
ir = "sum(a, axis, false)"
code = "{a}.sum_axis(ndarray::Axis({axis:axis(a)}))"
when = "rank(a) >= 1"
[[op]]
ir = "concat(axis, xs...)"
code = "ndarray::concatenate(ndarray::Axis({axis}), &[{xs...}.view()])"
[[op]]
ir = "zeros(shape, dtype)"
code = "ndarray::Array2::<{dtype}>::zeros({shape})"
"#;

fn terms() -> Terms {
    static DIALECT: LazyLock<Dialect> =
        LazyLock::new(|| Dialect::from_tables(Target::Rust, [("std.toml", STD), ("ndarray.toml", NDARRAY)]));
    assert_eq!(DIALECT.errors(), []);
    let mut terms = Terms::of(&DIALECT);
    let matrix = Shape::Ranked(vec![Dim::known(3), Dim::known(3)]);
    terms.leaf("x", Type::scalar(DType::F64), Form::Place);
    terms.leaf("y", Type::scalar(DType::F32), Form::Place);
    terms.leaf("r", Type::scalar(DType::F64), Form::Reference);
    terms.leaf("i", Type::scalar(DType::I32), Form::Place);
    terms.leaf("c", Type::scalar(DType::Bool), Form::Place);
    terms.leaf("a", Type::array(DType::F64, matrix.clone()), Form::Place);
    terms.leaf("b", Type::array(DType::F64, matrix), Form::Reference);
    terms
}

#[track_caller]
fn reads(text: &str, expected: Option<&str>) {
    let mut terms = terms();
    let found = terms.read(text).map(|id| terms.show(id));
    assert_eq!(found.as_deref(), expected, "{text}");
}

#[track_caller]
fn prints(text: &str, expected: &str) {
    let mut terms = terms();
    let id = terms.read(text).unwrap_or_else(|| panic!("{text} is not read"));
    let printed = terms.print(id).unwrap();
    assert_eq!(printed.text, expected, "{}", terms.show(id));
    assert_eq!(terms.read(&printed.text), Some(id), "{expected} is another term");
}

#[test]
fn operators_methods_paths_and_casts_are_read() {
    reads("x + x * x", Some("add(x, mul(x, x))"));
    reads("(&x + *r).exp()", Some("exp(add(x, r))"));
    reads("f64::max(x, 2.0)", Some("fmax(x, 2.0_f64)"));
    reads("f32::max(x, x)", None);
    reads("x.powi(2)", Some("pow(x, 2_i32)"));
    reads("x.powi(i)", Some("pow(x, i)"));
    reads("i.max(i)", None);
    reads("x as f32", Some("cast(x, f32)"));
    reads("x * std::f64::consts::PI", Some("mul(x, 3.141592653589793_f64)"));
    reads("if c { x } else { 0.0 }", Some("select(c, x, 0.0_f64)"));
    reads("if c { let z = x; z } else { 0.0 }", None);
    reads("a.dot(&b)", Some("matmul(a, b)"));
    reads("&a + &b", Some("add(a, b)"));
    reads("a.sum_axis(Axis(0))", Some("sum(a, 0, false)"));
    reads("ndarray::concatenate(Axis(1), &[a.view(), b.view()])", Some("concat(1, a, b)"));
    reads("ndarray::Array2::<f64>::zeros((3, n))", Some("zeros([3, n], f64)"));
    reads("a.sum_axis(Axis(i))", None);
    reads("&mut a + &b", None);
}

#[test]
fn literals_take_the_dtype_beside_them() {
    reads("2.0 * x", Some("mul(2.0_f64, x)"));
    reads("y - 0.1", Some("sub(y, 0.10000000149011612_f32)"));
    reads("i + 1", Some("add(i, 1_i32)"));
    reads("(1.0 + 2.0) * y", Some("mul(add(1.0_f32, 2.0_f32), y)"));
    reads("-1.5e-3 * x", Some("mul(-0.0015_f64, x)"));
    reads("x.max(-1.0)", Some("fmax(x, -1.0_f64)"));
    reads("2.0_f32 + y", Some("add(2.0_f32, y)"));
    reads("1.0 + 2.0", None);
    reads("i + 1.0", None);
    let mut terms = terms();
    let id = terms.read_as("1.0 + 2.0", Some(DType::F32)).unwrap();
    assert_eq!(terms.show(id), "add(1.0_f32, 2.0_f32)");
}

#[test]
fn a_number_of_a_row_has_the_dtype_of_its_operands() {
    let mut terms = terms();
    terms.scope = super::fixture::Scope::new(crate::syntax::Language::Rust, &[("helper", "helper")]);
    let id = terms.read("helper::exp_plus_one(y)").unwrap();
    assert_eq!(terms.show(id), "add(exp(y), 1.0_f32)");
}

#[test]
fn receivers_and_operands_are_parenthesized_as_the_grammar_wants() {
    prints("(-x).exp()", "(-x).exp()");
    prints("(-2.0_f64).powi(2)", "(-2.0_f64).powi(2)");
    prints("2.0_f64.powf(x)", "2.0_f64.powf(x)");
    prints("(x + x) * x", "(x + x) * x");
    prints("x - (x - 1.0)", "x - (x - 1.0)");
    prints("-x.exp()", "-x.exp()");
    prints("(x as f32) < y", "(x as f32) < y");
    prints("(x + x) as f32 * y", "(x + x) as f32 * y");
    prints("x.max(x - 1.0)", "x.max(x - 1.0)");
    prints("x.powi(2) * std::f64::consts::PI", "x.powi(2) * std::f64::consts::PI");
    prints("y * 0.1", "y * 0.1");
    prints("if x < 1.0 { x } else { 0.5 }", "if x < 1.0 { x } else { 0.5 }");
}

#[test]
fn arrays_are_lent_and_references_left_as_they_are() {
    prints("&a + b", "&a + b");
    prints("&a + &a", "&a + &a");
    prints("&a + b + b", "&a + b + b");
    prints("b.dot(&a).dot(b)", "b.dot(&a).dot(b)");
    prints("a.dot(&(&a + b))", "a.dot(&(&a + b))");
    prints("r + x", "*r + x");
    prints("r.exp()", "r.exp()");
    prints("b.sum_axis(Axis(1))", "b.sum_axis(Axis(1))");
    prints("ndarray::concatenate(Axis(0), &[a.view(), (&a + b).view()])", "ndarray::concatenate(Axis(0), &[a.view(), (&a + b).view()])");
}

#[test]
fn closures_are_read_by_any_name_and_capture_nothing() {
    reads("a.mapv(|z| z.exp())", Some("exp(a)"));
    reads("a.mapv(|&z| (*z).exp())", Some("exp(a)"));
    reads("a.mapv(|z| x.exp())", None);
    reads("a.mapv(|z| z.exp() + z)", None);
    reads("a.mapv(f64::exp)", Some("exp(a)"));
    reads("a.mapv(f32::exp)", None);
    reads("x + f64::INFINITY", Some("add(x, inf_f64)"));
    prints("a.mapv(f64::exp)", "a.mapv(|v| v.exp())");
    prints("a.mapv(|z| z * x)", "a.mapv(|v| v * x)");
    let mut terms = terms();
    terms.leaf("v", Type::scalar(DType::F64), Form::Place);
    let id = terms.read("a.mapv(|z| z * v)").unwrap();
    assert!(terms.print(id).is_err());
}

#[test]
fn macros_are_matched_token_by_token() {
    reads("a.slice(ndarray::s![1..3, ..])", Some("slice(a, 0, 1, 3, 1)"));
    reads("a.slice(s![1..3, ..])", None);
    reads("a.slice(ndarray::s![1.., ..])", None);
    reads("a.slice(ndarray::s![x..3, ..])", None);
    prints("a.slice(ndarray::s![0..2, ..])", "a.slice(ndarray::s![0..2, ..])");
}

#[test]
fn a_negative_axis_is_counted_from_the_rank() {
    let mut terms = terms();
    let a = terms.read("a").unwrap();
    let (axis, keep) = (terms.attr(crate::ir::Attr::Int(-1)), terms.attr(crate::ir::Attr::Bool(false)));
    let id = crate::dialect::Lowering::add(&mut terms, Node::op(OpId::get("sum"), [a, axis, keep])).unwrap();
    assert_eq!(terms.print(id).unwrap().text, "a.sum_axis(Axis(1))");
}

#[test]
fn weak_numbers_from_rules_become_literals_of_the_dtype_beside_them() {
    let mut terms = terms();
    let (two, half) = (terms.constant(Const::int(2)), terms.constant(Const::float(0.5)));
    let mut text = |op: &str, leaf: &str, constant, swapped: bool| {
        let leaf = terms.read(leaf).unwrap();
        let args = if swapped { [constant, leaf] } else { [leaf, constant] };
        let id = crate::dialect::Lowering::add(&mut terms, Node::op(OpId::get(op), args)).unwrap();
        terms.print(id).map(|printed| printed.text).ok()
    };
    assert_eq!(text("mul", "x", two, false).as_deref(), Some("x * 2.0"));
    assert_eq!(text("mul", "i", two, true).as_deref(), Some("2 * i"));
    assert_eq!(text("mul", "y", half, true).as_deref(), Some("0.5 * y"));
    assert_eq!(text("fmax", "x", two, false).as_deref(), Some("x.max(2.0)"));
    assert_eq!(text("fmax", "x", half, true).as_deref(), Some("0.5_f64.max(x)"));
    assert_eq!(text("mul", "i", half, true), None);
}
