use super::*;
use crate::ir::{Dim, Shape};

/// `a`: f64 (n, n), `b`: i32 (n, n + 1, 3), `s`: Python float, `u`: unknown, `c` = 3, `z` = -0.0, `axis` = -1, `k` = [1], `red` = "mean", `r`: at least 1.
struct Fixture(Target, Vec<(Var, Type)>, Vec<(Var, Attr)>);

fn fixture() -> Fixture {
    let n = Dim::symbol("n");
    let types = vec![
        (var("a"), Type::array(DType::F64, Shape::Ranked(vec![n.clone(), n.clone()]))),
        (var("b"), Type::array(DType::I32, Shape::Ranked(vec![n.clone(), n.add(&Dim::known(1)), Dim::known(3)]))),
        (var("s"), Type::weak(DType::F64)),
        (var("r"), Type::scalar(DType::F32)),
        (var("c"), Type::weak(DType::I64)),
        (var("z"), Type::weak(DType::F64)),
    ];
    let attrs = vec![
        (var("axis"), Attr::Int(-1)),
        (var("k"), Attr::Ints(vec![1])),
        (var("red"), Attr::Str("mean".into())),
        (var("all"), Attr::None),
    ];
    Fixture(Target::Numpy, types, attrs)
}

impl View for Fixture {
    fn target(&self) -> Target {
        self.0
    }
    fn ty(&self, var: Var) -> &Type {
        self.1.iter().find(|(name, _)| *name == var).map_or(&Type::Unknown, |(_, ty)| ty)
    }
    fn attr(&self, var: Var) -> Option<&Attr> {
        self.2.iter().find(|(name, _)| *name == var).map(|(_, attr)| attr)
    }
    fn constant(&self, x: Var) -> Option<Const> {
        if x == var("c") { Some(Const::int(3)) } else { (x == var("z")).then(|| Const::float(-0.0)) }
    }
    fn range(&self, x: Var) -> Range {
        if x == var("r") { Range { low: 1.0, high: f64::INFINITY, nan: true } } else { Range::UNKNOWN }
    }
    fn same(&self, a: Var, b: Var) -> bool {
        a == b
    }
}

#[track_caller]
fn check(text: &str, expected: bool) {
    let condition = Condition::parse(text).unwrap_or_else(|e| panic!("{text}: {e} at {}", e.at));
    assert_eq!(condition.holds(&fixture()), expected, "{text}");
}

#[test]
fn what_is_known_decides() {
    for text in [
        "rank(a) == 2",
        "rank(b) in 1..=3 and not rank(b) in 1..=2",
        "float(a), int(b), signed(b), numeric(a)",
        "dtype(b) == i32 and dtype(a) != dtype(b)",
        "dtype(a) in [f32, f64]",
        "square(a) and not square(r) or false == true",
        "shape(a) == shape(a) and shape(a) != shape(b)",
        "dim(a, 0) == dim(b, 0) and dim(a, -1) != dim(b, 1)",
        "dim(a, 0) < dim(b, 1) and dim(b, 2) == 3 and dim(b, -1) > 2",
        "const(c) and c == 3 and c > 0 and c <= 3.0 and not const(a)",
        "axis == -1 and last(axis, a) and axis(axis, b, 2) and axis(k, b, -2)",
        "last(k, a) and not last(k, b) and not axis(all, a, 0)",
        "red == \"mean\" and not red == \"sum\"",
        "weak(s) and scalar(s) and not weak(a)",
        "positive(r) and nonneg(r) and positive(c) and finite(c) and finite(b)",
        "wraps(b) and not wraps(a) and target == numpy and target in [numpy, torch]",
        "same(a, a) and not same(a, b)",
        "(rank(a) + 1) * 2 == 6 and (rank(a)) == 2",
        "z == -0.0",
    ] {
        check(text, true);
    }
}

#[test]
fn what_is_not_known_is_false_either_way() {
    for text in [
        "float(u)",
        "rank(u) == 1",
        "dim(a, 0) == 5",
        "dim(a, 0) > 0",
        "shape(a) == shape(u)",
        "square(u)",
        "k == 2 and nothing == 1",
        "last(axis, u) and rank(u) == 1",
    ] {
        check(text, false);
    }
    for text in ["not float(u)", "not rank(u) == 1", "not dim(a, 0) == 5", "not shape(a) == shape(u)", "not nonneg(a)", "not finite(s)"] {
        check(text, false);
    }
    check("float(u) or float(a)", true);
}

#[test]
fn signed_zeros_are_two_values() {
    check("z == 0", false);
    check("z == 0.0", false);
    check("nonneg(z)", false);
    check("z >= 0", true);
}

#[test]
fn lets_compute_attributes_that_later_clauses_see() {
    let clauses = Clauses::parse("axis == -1, let j = axis + rank(b), j == 2, let m = j * 2 - 1").unwrap();
    assert_eq!(clauses.check(&fixture()).unwrap().to_vec(), [(var("j"), Attr::Int(2)), (var("m"), Attr::Int(3))]);
    assert_eq!(Clauses::parse("let j = rank(u)").unwrap().check(&fixture()), None);
    let quotient = |text: &str| Clauses::parse(text).unwrap().check(&fixture());
    assert_eq!(quotient("let j = 1 / (rank(b) + 1)").unwrap().to_vec(), [(var("j"), Attr::float(0.25))]);
    assert_eq!(quotient("let j = 1 / 0"), None);
}

#[test]
fn broken_conditions_say_where_and_what() {
    for (text, at, message) in [
        ("rank(a) = 2", 8, "expected a comparison (`==`, `!=`, `<`, `<=`, `>`, `>=`, `in`), found `=`"),
        ("flat(a)", 0, "expected one of the predicates"),
        ("rank(a) == 2 rank(b)", 13, "expected the end, found `rank`"),
        ("rank(2) == 2", 5, "expected the name of an operand or attribute, found `2`"),
        ("float(a) and", 12, "expected a value, found the end"),
        ("a ? b", 2, "`?` has no meaning here"),
    ] {
        let error = Condition::parse(text).unwrap_err();
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.message.starts_with(message), "{text}: {error}");
    }
}
