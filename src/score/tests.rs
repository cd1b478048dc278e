use super::*;
use crate::explore::testing::{program, rules, texts};
use crate::explore::{Explorer, Limits};
use crate::ir::{Program, Target};

const CHAIN: (&str, &str) = ("matrix-chain", "native: matrix_chain");
const LOG1P: (&str, &str) = ("log-of-one-plus!stabilizes", "log(1 + x) => log1p(x)\n  where: float(x)");

/// The roots of what is taken, and the choice.
fn taken(program: &Program, pages: &[(&str, &str)]) -> (Vec<String>, Choice) {
    let explored = Explorer::new(rules(pages).iter()).explore(program, &Limits::default());
    let all = draws(program, DRAWS);
    let candidates = explored.candidates(&Analytic, 16, &all[..EXTRACTION_DRAWS]);
    let choice = choose(&Analytic, &candidates, &all, &Margin::default());
    let minimal = minimize(&explored, &Analytic, &candidates[choice.index], &all, &Margin::default());
    (texts(&minimal.program), choice)
}

#[test]
fn a_vector_goes_first_whatever_the_sizes() {
    let chain = program(Target::Numpy, "a: f64(n, n); b: f64(n, n); v: f64(n)", &["a @ b @ v"]);
    let (roots, choice) = taken(&chain, &[CHAIN]);
    assert_eq!(roots, ["matmul(a, matmul(b, v))"]);
    assert!(choice.gain > 2.0 && choice.needs_size.is_none(), "{choice:?}");
}

#[test]
fn where_a_size_decides_it_is_named_and_nothing_changes() {
    let chain = program(Target::Numpy, "a: f64(1000, k); b: f64(k, 1000); c: f64(1000, 900)", &["a @ b @ c"]);
    let (roots, choice) = taken(&chain, &[CHAIN]);
    assert_eq!(roots, ["matmul(matmul(a, b), c)"]);
    assert_eq!(choice.needs_size.as_deref(), Some("k"), "{choice:?}");
}

#[test]
fn the_stable_form_is_taken_without_being_faster() {
    let (roots, choice) = taken(&program(Target::Numpy, "x: f64(n)", &["log(1 + x)"]), &[LOG1P]);
    assert_eq!(roots, ["log1p(x)"]);
    let page = "log(x) => log1p(x - 1.0)\n  where: float(x)";
    let (roots, slower) = taken(&program(Target::Numpy, "x: f64(1000)", &["log(x)"]), &[("slower!stabilizes", page)]);
    assert_eq!(roots, ["log1p(sub(x, 1.0))"]);
    assert!(choice.gain < 2.5 && slower.gain < 1.0 && slower.why.starts_with("more accurate"), "{choice:?} {slower:?}");
}

#[test]
fn known_traps_stay() {
    let inverse = program(Target::Numpy, "a: f64(n, n); b: f64(n, n)", &["inv(a @ b)"]);
    assert_eq!(taken(&inverse, &[("inverse", "inv(a @ b) => inv(b) @ inv(a)")]).0, ["inv(matmul(a, b))"]);
}

#[test]
fn a_change_that_does_not_pay_is_taken_back() {
    let both = program(Target::Numpy, "a: f64(500, 500); b: f64(500, 500); v: f64(500); x: f64(n)", &["a @ b @ v", "x + x"]);
    let (roots, choice) = taken(&both, &[CHAIN, ("twice", "x + x => 2.0 * x")]);
    assert_eq!(roots, ["matmul(a, matmul(b, v))", "add(x, x)"]);
    assert!(choice.gain > 2.0);
}

#[test]
fn the_gain_is_that_of_the_changed_part_alone() {
    let alone = program(Target::Numpy, "a: f64(500, 500); b: f64(500, 500); v: f64(500); w: f64(500, 500)", &["a @ b @ v"]);
    let beside = program(Target::Numpy, "a: f64(500, 500); b: f64(500, 500); v: f64(500); w: f64(500, 500)", &["a @ b @ v", "inv(w)"]);
    let gain = |p: &Program| taken(p, &[CHAIN]).1.gain;
    assert!((gain(&alone) / gain(&beside) - 1.0).abs() < 1e-9);
}
