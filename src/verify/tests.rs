use super::*;
use crate::explore::testing::program;
use crate::ir::Target;

fn verdict(leaves: &str, old: &str, new: &str, effect: Effect) -> Result<Verified, Counterexample> {
    equivalent(&program(Target::Numpy, leaves, &[old]), &program(Target::Numpy, leaves, &[new]), effect, 1)
}

#[test]
fn a_reordered_chain_is_the_same_and_a_wrong_one_is_not() {
    let leaves = "a: f64(n, n); b: f64(n, n); v: f64(n)";
    let verified = verdict(leaves, "a @ b @ v", "a @ (b @ v)", Effect::Reassociates).unwrap();
    assert!(verified.trials >= NEEDED && verified.worst < 1e-10);
    let wrong = verdict(leaves, "a @ b @ v", "b @ (a @ v)", Effect::Reassociates);
    assert!(matches!(wrong, Err(Counterexample::Differs { .. })), "{wrong:?}");
}

#[test]
fn exact_means_every_bit() {
    let x = "x: f64(n); y: f64(n)";
    assert!(verdict(x, "neg(neg(x))", "neg(neg(x + y - y))", Effect::Exact).is_err());
    assert!(verdict(x, "x + y", "y + x", Effect::Exact).is_ok());
    let zero = verdict(x, "neg(x)", "0.0 - x", Effect::Exact);
    assert!(zero.is_err(), "-0.0 and 0.0 differ");
    assert!(verdict(x, "x + y + x", "y + x + x", Effect::Reassociates).is_ok());
}

#[test]
fn a_stabilizing_form_may_be_better_but_not_worse() {
    assert!(verdict("x: f64(n)", "log(1 + x)", "log1p(x)", Effect::Stabilizes).is_ok());
    let back = verdict("x: f64(n)", "log1p(x)", "log(1 + x)", Effect::Stabilizes);
    assert!(back.is_err(), "log(1 + x) is less accurate: {back:?}");
}

#[test]
fn where_no_input_fits_nothing_is_verified() {
    let leaves = "a: f64(2, 3); b: f64(n)";
    let never = program(Target::Numpy, leaves, &["a @ b + b"]);
    assert_eq!(equivalent(&never, &never, Effect::Exact, 1), Err(Counterexample::NoInput));
}

#[test]
fn a_result_of_another_dtype_or_shape_is_another_result() {
    let x = "x: f32(n); y: f64(n); t: f64(n, n)";
    assert!(verdict(x, "neg(x)", "neg(x) + y - y", Effect::Reassociates).is_err());
    assert!(verdict(x, "neg(neg(t))", "transpose(t)", Effect::Reassociates).is_err());
}

#[test]
fn unknown_ranks_and_lengths_are_tried() {
    assert!(verdict("a: f64(…); b: f64(?, ?)", "(a + a) @ b", "a @ b + a @ b", Effect::Reassociates).is_ok());
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let run = || verdict("a: f64(n, n); b: f64(n, n); v: f64(n)", "a @ b @ v", "a @ (b @ v)", Effect::Reassociates);
    assert_eq!(run(), run());
}

#[test]
fn a_badly_conditioned_problem_may_round_otherwise_but_not_change() {
    let leaves = "h: f64(30, 40); p: f64(40, 40); r: f64(30, 30); z: f64(30)";
    let old = "inv(h @ p @ transpose(h) + r) @ z";
    let solved = verdict(leaves, old, "solve(h @ p @ transpose(h) + r, z)", Effect::Reassociates);
    assert!(solved.is_ok(), "{solved:?}");
    let wrong = verdict(leaves, old, "solve(h @ p @ transpose(h) + r, z * 1.000001)", Effect::Reassociates);
    assert!(wrong.is_err(), "{wrong:?}");
}
