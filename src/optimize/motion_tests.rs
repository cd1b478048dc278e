use std::path::Path;

use super::{Options, optimize};
use crate::facts::Outside;
use crate::rules::{RuleSet, Selection};
use crate::syntax::{Edit, Language, apply};

const HEAD: &str = "import numpy as np\nfrom jaxtyping import Float64\n\n";

/// The body of `def f(A, B, x, y, n)` after the two rules of this module alone have been applied once.
fn moved(body: &str) -> String {
    let pages = ["common-subexpression", "loop-invariant"];
    let set = RuleSet::default().with(pages.iter().map(|name| {
        let rule = RuleSet::builtin().get(name).unwrap();
        (&rule.path, Ok(rule.page.clone()))
    }));
    let mut options = Options::new(set.unwrap(), Selection::default()).unwrap();
    options.everywhere = true;
    let array = |name: &str, shape: &str| format!("{name}: Float64[np.ndarray, \"{shape}\"]");
    let parameters = [array("A", "n n"), array("B", "n n"), array("x", "n"), array("y", "n"), "n: int".to_owned()].join(", ");
    let head = format!("{HEAD}def f({parameters}):\n");
    let text = format!("{head}{body}");
    let report = optimize(Path::new("f.py"), &text, Language::Python, &options, &Outside::default()).unwrap();
    let edits: Vec<Edit> = report.findings.into_iter().flat_map(|finding| finding.edits).collect();
    apply(&text, &edits).unwrap()[head.len()..].to_owned()
}

fn stays(body: &str) {
    assert_eq!(moved(body), body);
}

#[test]
fn a_value_that_was_bound_is_read_again() {
    assert_eq!(moved("    t = np.exp(x)\n    return t + np.exp(x) * 2.0\n"), "    t = np.exp(x)\n    return t + t * 2.0\n");
}

#[test]
fn parentheses_go_where_they_held_only_the_value() {
    assert_eq!(moved("    return(x - y) @ (x - y)\n"), "    x_difference = x - y\n    return(x_difference) @ x_difference\n");
}

#[test]
fn two_arrays_never_become_one() {
    stays("    a = np.exp(x)\n    b = np.exp(x)\n    a += 1.0\n    return a, b\n");
    stays("    return np.exp(x), np.exp(x)\n");
    stays("    return np.outer(x, y).T, np.outer(x, y)\n");
}

#[test]
fn what_changes_in_between_is_computed_again() {
    stays("    a = np.exp(x).sum()\n    x += 1.0\n    return a + np.exp(x).sum()\n");
    stays("    a = np.exp(x).sum()\n    g(x)\n    return a + np.exp(x).sum()\n");
    stays("    t = np.exp(x)\n    t = t + 1.0\n    return t + 2.0\n");
}

#[test]
fn what_may_not_run_is_not_brought_forward() {
    stays("    if n:\n        a = np.exp(x) * 2.0\n    else:\n        a = np.exp(x) * 3.0\n    return a\n");
    stays("    return n > 3 and (np.exp(x) / np.exp(x)).all()\n");
}

#[test]
fn a_loop_that_changes_its_operands_keeps_them() {
    stays("    for _ in range(n):\n        x = A @ B @ x\n        A[0] = 1.0\n    return x\n");
    stays("    for _ in range(n):\n        y = np.exp(x) + y\n        x += 1.0\n    return y\n");
    stays("    for _ in range(n):\n        y = np.exp(x) + y\n        g(x)\n    return y\n");
    stays("    z = x\n    for i in range(n):\n        z[i] = 1.0\n        y = np.exp(x) + y\n    return y\n");
    stays("    def g():\n        x[0] = 1.0\n    for i in range(n):\n        y = np.exp(x) + y\n        g()\n    return y\n");
}

#[test]
fn a_loop_that_hands_the_array_on_makes_a_new_one_each_time() {
    stays("    out = []\n    for _ in range(n):\n        out.append(np.exp(x))\n    return out\n");
    stays("    out = []\n    for _ in range(n):\n        t = np.exp(x)\n        out.append(t)\n    return out\n");
    stays("    for _ in range(n):\n        t = np.exp(x)\n        t += 1.0\n        y = y + t\n    return y\n");
    stays("    for _ in range(n):\n        t = np.exp(x)\n        yield t\n");
}

#[test]
fn what_can_fail_is_moved_out_of_a_loop_only_if_the_loop_runs() {
    stays("    for _ in range(n):\n        y = np.linalg.inv(A) @ y\n    return y\n");
    stays("    for _ in range(9):\n        print(y)\n        y = np.linalg.inv(A) @ y\n    return y\n");
    stays("    for _ in range(9):\n        if n:\n            break\n        y = np.linalg.inv(A) @ y\n    return y\n");
    assert_eq!(
        moved("    for _ in range(9):\n        y = np.linalg.inv(A) @ y\n    return y\n"),
        "    A_inv = np.linalg.inv(A)\n    for _ in range(9):\n        y = A_inv @ y\n    return y\n"
    );
}

#[test]
fn what_runs_in_some_rounds_only_stays() {
    stays("    for i in range(n):\n        if i > 3:\n            y = y + A @ B @ x\n    return y\n");
    stays("    for i in range(n):\n        if i > 3:\n            continue\n        y = y + A @ B @ x\n    return y\n");
}

#[test]
fn a_fresh_array_that_the_loop_fills_is_no_hindrance() {
    assert_eq!(
        moved("    out = np.zeros(9)\n    for i in range(9):\n        out[i] = np.sum(np.exp(x) * i)\n    return out\n"),
        "    out = np.zeros(9)\n    x_exp = np.exp(x)\n    for i in range(9):\n        out[i] = np.sum(x_exp * i)\n    return out\n"
    );
}

#[test]
fn what_a_with_binds_is_known_only_where_errors_pass_through_it() {
    let body = |manager: &str| format!("    with {manager}:\n        t = np.exp(x)\n    return (t - y) @ (t - y)\n");
    assert!(moved(&body("np.errstate(over='ignore')")).contains("t_difference"));
    stays(&body("suppress(FloatingPointError)"));
    stays(&body("np.testing.assert_raises(FloatingPointError)"));
}

#[test]
fn a_place_that_is_written_to_is_no_value() {
    stays("    d = np.abs(y[1:] - x[:-1])\n    x[:-1] = 0.0\n    return d\n");
    stays("    d = np.abs(y[1:] - x[:-1])\n    x[:-1] += d\n    return d\n");
    stays("    d = np.exp(x[:-1])\n    for x[:-1] in (y, d):\n        pass\n    return d\n");
    stays("    d = np.exp(x[:-1])\n    x[:-1], e = 0.0, d\n    return d\n");
}

#[test]
fn a_new_name_hides_no_builtin() {
    assert_eq!(
        moved("    return np.exp(x + y).sum() * np.exp(x + y).sum() + 1.0\n"),
        "    sum_value = np.exp(x + y).sum()\n    return sum_value * sum_value + 1.0\n"
    );
}
