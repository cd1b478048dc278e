use super::testing::{program, rules, text, texts};
use super::*;
use crate::ir::{Arg, Dim, OpId, Shape, Target, Type, WorkKind};
use crate::rules::Effect;

/// FLOPs, and a little for every op.
struct Flops;

impl CostModel for Flops {
    fn seconds(&self, _: Target, op: OpId, args: &[Arg], ty: &Type) -> f64 {
        let work = (op.def().work)(args, ty);
        1.0 + work.flops * if work.kind == WorkKind::Transcendental { 20.0 } else { 1.0 }
    }
}

fn explored(program: &Program, pages: &[(&str, &str)]) -> Explored {
    Explorer::new(rules(pages).iter()).explore(program, &Limits::default())
}

/// The cheapest candidate's roots.
fn best(program: &Program, pages: &[(&str, &str)]) -> Vec<String> {
    let explored = explored(program, pages);
    let candidates = explored.candidates(&Flops, 16, &draws(program, 4));
    assert!(candidates[0].original && candidates.iter().filter(|c| c.original).count() == 1);
    let sizes = &draws(program, 4)[0];
    let cheapest = candidates.iter().min_by(|a, b| total(a, sizes).total_cmp(&total(b, sizes))).unwrap();
    texts(&cheapest.program)
}

fn total(candidate: &Candidate, sizes: &Sizes) -> f64 {
    let program = &candidate.program;
    let types = sizes.types(program).expect("candidates accept what the original does");
    let cost = |(i, node): (usize, &Node)| match node {
        Node::Op(op, args) => {
            let args: Vec<Arg> = args.iter().map(|&id| Arg::Value(&types[usize::from(id)], None)).collect();
            Flops.seconds(program.target, *op, &args, &types[i]) * if candidate.inferior[i] { INFERIOR } else { 1.0 }
        }
        _ => 0.0,
    };
    program.terms.as_ref().iter().enumerate().map(cost).sum()
}

const CHAIN: (&str, &str) = ("matrix-chain", "native: matrix_chain");
const SCALARS: (&str, &str) = ("scalar-chain", "native: scalar_chain");
const LOG1P: (&str, &str) = ("log-of-one-plus!stabilizes", "log(1 + x) => log1p(x)\n  where: float(x)");

#[test]
fn a_rule_matches_both_orders_of_a_sum() {
    for start in ["log(1 + x)", "log(x + 1)"] {
        assert_eq!(best(&program(Target::Numpy, "x: f64(n)", &[start]), &[LOG1P]), ["log1p(x)"]);
    }
}

#[test]
fn what_a_condition_needs_and_is_not_known_stops_a_rule() {
    let unknown = program(Target::Numpy, "x: ?(n)", &["log(1 + x)"]);
    let explored = explored(&unknown, &[LOG1P]);
    assert_eq!((explored.stats.applied, explored.stats.refused_by_condition), (0, 2), "once for each order");
    assert!(explored.is_trivial());
}

#[test]
fn a_rule_that_would_change_shape_or_dtype_is_refused() {
    let x = program(Target::Numpy, "x: f64(n, m)", &["neg(neg(x))"]);
    let wrong = explored(&x, &[("wrong", "neg(neg(x)) => transpose(x)")]);
    assert_eq!(wrong.stats.applied, 1, "(n, m) and (m, n) are not known to differ");
    let x = program(Target::Numpy, "x: f64(2, 3)", &["neg(neg(x))"]);
    let wrong = explored(&x, &[("wrong", "neg(neg(x)) => transpose(x)"), ("weak", "neg(neg(x)) => 2.0"), ("ill", "neg(neg(x)) => x @ x")]);
    assert_eq!((wrong.stats.applied, wrong.stats.refused_by_type, wrong.stats.conflicts), (0, 3, 0));
}

#[test]
fn a_chain_is_ordered_by_its_lengths() {
    let vector = program(Target::Numpy, "a: f64(n, n); b: f64(n, n); v: f64(n)", &["a @ b @ v"]);
    assert_eq!(best(&vector, &[CHAIN]), ["matmul(a, matmul(b, v))"]);
    let outer = program(Target::Numpy, "v: f64(9, 1); w: f64(1, 9); a: f64(9, 9)", &["(v @ w) @ a"]);
    assert_eq!(best(&outer, &[CHAIN])[0], "matmul(v, matmul(w, a))");
    // (a @ v) is a vector here, and no product goes through it.
    let through = program(Target::Numpy, "a: f64(n, n); v: f64(n); b: f64(n, m)", &["(a @ v) @ b"]);
    assert_eq!(best(&through, &[CHAIN]), ["matmul(matmul(a, v), b)"]);
}

#[test]
fn scalars_of_a_chain_come_together() {
    for (start, goal) in [
        ("2.0 * x * 3.0", "mul(6.0, x)"),
        ("x * 2.0 / 8.0", "mul(x, 0.25)"),
        ("x / 2.0 / s", "div(x, mul(2.0, s))"),
        ("x + 1.0 - 3.0", "add(x, -2.0)"),
        ("x * s * y", "mul(mul(x, s), y)"),
    ] {
        let start = program(Target::Numpy, "x: f64(1000); y: f64(1000); s: float", &[start]);
        assert_eq!(best(&start, &[SCALARS]), [goal]);
    }
}

#[test]
fn constants_fold_only_where_the_result_is_certain() {
    let folded = |term: &str, of: &str| best(&program(Target::Numpy, &format!("x: {of}"), &[term]), &[SCALARS])[0].clone();
    assert_eq!(folded("x * 2.0 * (2.0 + 3.0)", "f64(n)"), "mul(x, 10.0)");
    assert_eq!(folded("x * (2.0 + 3.0)", "f64(n)"), "mul(x, add(2.0, 3.0))", "it stays as it is written");
    assert_eq!(folded("x * 2.0 * (1.0 / 0.0)", "f64(n)"), "mul(x, mul(2.0, div(1.0, 0.0)))", "the quotient stays as it is written");
    assert_eq!(
        folded("x * 2 * (9223372036854775807 + 1)", "f64(n)"),
        "mul(x, mul(2, add(9223372036854775807, 1)))",
        "so does what would overflow"
    );
}

#[test]
fn classes_map_new_nodes_to_old_ones() {
    let old = program(Target::Numpy, "x: f64(n); y: f64(n)", &["log(1 + exp(x)) * y"]);
    let explored = explored(&old, &[LOG1P]);
    let candidates = explored.candidates(&Flops, 16, &draws(&old, 4));
    let new = &candidates[1];
    assert_eq!(texts(&new.program), ["mul(log1p(exp(x)), y)"]);
    assert_eq!(new.classes.len(), new.program.terms.len());
    for (i, class) in new.classes.iter().enumerate() {
        let new_text = text(&new.program, Id::from(i));
        let old_of = |wanted: &str| (0..old.terms.len()).map(Id::from).find(|&id| text(&old, id) == wanted).expect(wanted);
        match new_text.as_str() {
            "log1p(exp(x))" => assert_eq!(*class, explored.class_of(old_of("log(add(1, exp(x)))"))),
            "exp(x)" | "x" | "y" => assert_eq!(*class, explored.class_of(old_of(&new_text))),
            _ => {}
        }
    }
    assert!(candidates[0].inferior.iter().any(|&i| i), "log(1 + …) has a better form");
    assert!(new.inferior.iter().all(|&i| !i));
}

#[test]
fn sharing_counts_once_and_cycles_are_not_followed() {
    // x * 1 is x: the class of x holds a node that needs x itself.
    let unit = program(Target::Numpy, "x: f64(n)", &["exp(x * 1.0)", "exp(x)"]);
    assert_eq!(best(&unit, &[("one!exact", "x * 1.0 => x\n  where: float(x)\nexp(x) => exp(x * 1.0)")]), ["exp(x)", "exp(x)"]);
    let shared = program(Target::Numpy, "a: f64(50, 50); b: f64(50, 50); v: f64(50)", &["a @ b @ v", "a @ b"]);
    assert_eq!(best(&shared, &[CHAIN]), ["matmul(matmul(a, b), v)", "matmul(a, b)"], "the product is needed anyway");
}

#[test]
fn limits_are_reported_and_repeated_runs_agree() {
    let grows = [("grow", "exp(x) => exp(neg(neg(x)))\nneg(x) => 0.0 - x\n0.0 - x => neg(x)")];
    let start = program(Target::Numpy, "x: f64(n); y: f64(n)", &["exp(x) + exp(y)"]);
    let limits = Limits { nodes: 60, ..Limits::default() };
    let run = |limits: &Limits| {
        let explored = Explorer::new(rules(&grows).iter()).explore(&start, limits);
        let candidates = explored.candidates(&Flops, 16, &draws(&start, 4));
        (explored.stopped, explored.stats.clone(), candidates)
    };
    let first = run(&limits);
    assert_eq!(first.0, Stopped::Nodes);
    assert_eq!(first, run(&limits));
    let short = Limits { iterations: 1, ..Limits::default() };
    assert_eq!(run(&short).0, Stopped::Iterations);
    let no_time = Limits { time: std::time::Duration::ZERO, ..Limits::default() };
    let none = run(&no_time);
    assert_eq!(none.0, Stopped::Time);
    assert_eq!(none.2.len(), 1, "only the original is left");
}

#[test]
fn ops_say_which_lengths_are_equal() {
    let square = program(Target::Numpy, "a: f64(?, ?); b: f64(?, ?)", &["solve(a, b)"]);
    for sizes in draws(&square, 8) {
        let lengths = |i: usize| sizes.leaves[i].shape().dims().unwrap().iter().map(|d| d.as_known().unwrap()).collect::<Vec<_>>();
        let (a, b) = (lengths(0), lengths(1));
        assert!(a[0] == a[1] && a[0] == b[0], "{a:?} {b:?}");
    }
    let ranks = program(Target::Numpy, "a: f64(…); b: f64(3)", &["a @ b"]);
    for sizes in draws(&ranks, 8) {
        let dims = sizes.leaves[0].shape().dims().unwrap().to_vec();
        assert_eq!(dims.last(), Some(&Dim::known(3)));
    }
    let never = program(Target::Numpy, "a: f64(2, 3); b: f64(n)", &["a @ b + b"]);
    assert!(draws(&never, 8).is_empty(), "b would need two lengths");
}

#[test]
fn a_proof_names_rules_conditions_and_the_parts_they_change() {
    let old = program(Target::Numpy, "a: f64(n, n); b: f64(n, n); v: f64(n); x: f64(n)", &["a @ b @ v + log(x + 1)", "exp(neg(neg(x)))"]);
    let pages = [CHAIN, LOG1P, ("double-negation!exact", "neg(neg(x)) => x\n  where: signed(x) or float(x)")];
    let explored = explored(&old, &pages);
    let candidates = explored.candidates(&Flops, 16, &draws(&old, 4));
    let new = candidates.iter().find(|c| texts(&c.program) == ["add(matmul(a, matmul(b, v)), log1p(x))", "exp(x)"]).unwrap();
    let proof = explored.proof(new);
    let Proof::Steps(steps) = &proof else { panic!("{proof:?}") };
    let text: Vec<String> =
        steps.iter().map(|s| format!("{} {:?} {} => {}", s.rule, s.conditions, s.before_text(), s.after_text())).collect();
    let expected = [
        "matrix-chain [] matmul(matmul(a, b), v) => matmul(a, matmul(b, v))",
        "log-of-one-plus [\"float(x)\"] log(add(x, 1)) => log1p(x)",
        "double-negation [\"signed(x) or float(x)\"] neg(neg(x)) => x",
    ];
    assert_eq!(text, expected);
    assert_eq!(proof.effect(), Effect::Reassociates);
    assert_eq!(proof.rules(), ["matrix-chain", "log-of-one-plus", "double-negation"]);
    assert_eq!(explored.proof(&candidates[0]), Proof::Steps(Vec::new()));
}

#[test]
fn every_candidate_has_a_proof() {
    let old = program(
        Target::Numpy,
        "a: f64(n, n); b: f64(n, n); v: f64(n); s: float",
        &["2.0 * (a @ b @ a @ v) * s * 3.0", "(a @ b) @ (a @ b)"],
    );
    let explored = explored(&old, &[CHAIN, SCALARS]);
    let candidates = explored.candidates(&Flops, 16, &draws(&old, 4));
    assert!(candidates.len() > 2);
    for candidate in &candidates[1..] {
        let proof = explored.proof(candidate);
        assert!(matches!(&proof, Proof::Steps(steps) if !steps.is_empty()), "{:?}: {proof:?}", texts(&candidate.program));
    }
}

#[test]
fn lengths_that_are_drawn_are_said() {
    let said = |leaves: &str, root: &str| drawn_lengths(&program(Target::Numpy, leaves, &[root]));
    assert_eq!(said("x: f64(30)", "x + x"), None);
    assert_eq!(said("x: f64(n)", "x + x").as_deref(), Some("from 2 to 4096"));
    let mut recorded = program(Target::Numpy, "x: f64(n); y: f64(m)", &["x + x", "y + y"]);
    recorded.leaves[0].ty = recorded.leaves[0].ty.with_shape(Shape::Ranked(vec![Dim::recorded(300)]));
    assert_eq!(drawn_lengths(&recorded).as_deref(), Some("from half to twice what was recorded, others from 2 to 4096"));
    recorded.leaves[1].ty = recorded.leaves[0].ty.clone();
    assert_eq!(drawn_lengths(&recorded).as_deref(), Some("from half to twice what was recorded"));
}
