use super::*;
use crate::explore::testing::{program, rules, texts};
use crate::explore::{Explorer, Limits};
use crate::ir::{Node, OpId};
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

/// Says what each op costs by its name, as the logarithm of the seconds, and how unsure that is.
struct Said(&'static [(&'static str, f64)], f64);

impl Scorer for Said {
    fn knows(&self, op: OpId, _: Target) -> bool {
        self.0.iter().any(|(name, _)| *name == op.def().name)
    }

    fn score_groups(&self, groups: &[Group<'_>]) -> Vec<Vec<Vec<Prediction>>> {
        let seconds = |node: &Node| match node {
            Node::Op(op, _) => self.0.iter().find(|(name, _)| *name == op.def().name).map_or(1.0, |(_, seconds)| *seconds),
            _ => 0.0,
        };
        let of = |candidate: &Candidate, _: &Sizes| {
            let total: f64 = candidate.program.terms.as_ref().iter().map(seconds).sum();
            Prediction { log_seconds: total.max(1e-6).ln(), uncertainty: self.1 }
        };
        groups.iter().map(|group| group.each(of)).collect()
    }
}

/// What is chosen of `exp(x) * exp(x)`, which rules make `exp(x + x)` or `square(exp(x))`.
fn chosen(scorer: &dyn Scorer) -> (Vec<String>, Choice) {
    let pages = [("sum", "exp(x) * exp(y) => exp(x + y)"), ("square", "x * x => square(x)")];
    let explored =
        Explorer::new(rules(&pages).iter()).explore(&program(Target::Numpy, "x: f64(n)", &["exp(x) * exp(x)"]), &Limits::default());
    let all = draws(explored.original(), DRAWS);
    let candidates = explored.candidates(&Analytic, 16, &all[..EXTRACTION_DRAWS]);
    let choice = choose(scorer, &candidates, &all, &Margin::default());
    (texts(&candidates[choice.index].program), choice)
}

#[test]
fn what_the_scorer_is_unsure_of_stays() {
    let costs = &[("exp", 1.0), ("mul", 1.0), ("add", 0.7), ("square", 0.8)];
    let (_, sure) = chosen(&Said(costs, 0.01));
    assert!(sure.index > 0 && sure.unsure.is_none(), "{sure:?}");
    let (roots, unsure) = chosen(&Said(costs, 0.5));
    assert_eq!(roots, ["mul(exp(x), exp(x))"]);
    assert!(unsure.unsure.is_some_and(|(gain, doubt)| gain > 1.1 && doubt > 0.5), "{unsure:?}");
}

#[test]
fn of_forms_that_are_as_fast_the_one_that_changes_less_is_taken() {
    let costs = &[("exp", 2.0), ("mul", 2.0), ("add", 0.1), ("square", 0.11)];
    assert_eq!(chosen(&Said(costs, 0.05)).0, ["square(exp(x))"]);
    let clear = &[("exp", 2.0), ("mul", 2.0), ("add", 0.1), ("square", 1.5)];
    assert_eq!(chosen(&Said(clear, 0.05)).0, ["exp(add(x, x))"]);
}

#[test]
fn a_change_with_an_op_that_was_not_learned_is_weighed_by_the_cost_model() {
    let (_, choice) = chosen(&Said(&[("exp", 1.0), ("mul", 1.0)], 0.01));
    assert!(choice.unlearned.contains("square") && choice.unlearned.contains("add"), "{choice:?}");
    assert!(chosen(&Said(&[("exp", 1.0), ("mul", 1.0), ("add", 1.0), ("square", 1.0)], 0.01)).1.unlearned.is_empty());
}

/// As [`Said`], but a form with a sum beside a product is said to take far longer than it does.
struct Misled(Said);

impl Scorer for Misled {
    fn score_groups(&self, groups: &[Group<'_>]) -> Vec<Vec<Vec<Prediction>>> {
        let has = |candidate: &Candidate, name: &str| {
            candidate.program.terms.as_ref().iter().any(|node| matches!(node, Node::Op(op, _) if op.def().name == name))
        };
        let mut said = self.0.score_groups(groups);
        for (group, scores) in groups.iter().zip(&mut said) {
            let misled = group.candidates.iter().zip(scores).filter(|(candidate, _)| has(candidate, "add") && has(candidate, "matmul"));
            misled.flat_map(|(_, scores)| scores).for_each(|score| score.log_seconds += 1.0);
        }
        said
    }
}

#[test]
fn forms_are_compared_where_they_differ() {
    let pages = [("sum", "exp(x) * exp(y) => exp(x + y)"), ("square", "x * x => square(x)")];
    let product = program(Target::Numpy, "a: f64(n, n); x: f64(n)", &["a @ (exp(x) * exp(x))"]);
    let explored = Explorer::new(rules(&pages).iter()).explore(&product, &Limits::default());
    let all = draws(&product, DRAWS);
    let candidates = explored.candidates(&Analytic, 16, &all[..EXTRACTION_DRAWS]);
    let costs = &[("exp", 1.0), ("mul", 1.0), ("add", 0.1), ("square", 0.5), ("matmul", 9.0)];
    let choice = choose(&Misled(Said(costs, 0.01)), &candidates, &all, &Margin::default());
    assert_eq!(texts(&candidates[choice.index].program), ["matmul(a, exp(add(x, x)))"]);
}

#[test]
#[cfg(feature = "source")]
fn numbers_in_rust_are_weighed_by_the_cost_model() {
    let pages = [("three-halves", "pow(x, 1.5) => x * sqrt(x)")];
    let of = |leaf: &str| {
        let power = program(Target::Rust, leaf, &["pow(x, 1.5)"]);
        let explored = Explorer::new(rules(&pages).iter()).explore(&power, &Limits::default());
        let all = draws(&power, DRAWS);
        choose(Neural::builtin(), &explored.candidates(&Analytic, 16, &all[..EXTRACTION_DRAWS]), &all, &Margin::default())
    };
    let number = of("x: f64");
    assert!(number.index > 0 && number.unlearned.contains("numbers"), "{number:?}");
    assert!(of("x: f64(n)").unlearned.is_empty());
}

#[test]
#[cfg(feature = "source")]
fn rows_have_in_their_places_what_is_learned_from() {
    let mut product = program(Target::Torch, "a: f32(30, 40); b: f32(40, 50)", &["a @ b"]);
    let features = Features::of_sized(&product);
    let places: std::collections::BTreeMap<&str, &[f32]> = PLACES.into_iter().map(|(name, range)| (name, &features.rows[range])).collect();
    let root = product.roots.remove(0);
    let Node::Op(op, ids) = &product.terms[root] else { panic!("a product: {product}") };
    let (args, ty) = (ids.iter().map(|&id| product.arg(id)).collect::<Vec<_>>(), &product.types[usize::from(root)]);
    let (cost, work) = (analytic::Cost::of(Target::Torch, *op, &args, ty), (op.def().work)(&args, ty));
    for (name, seconds) in [("call", cost.call), ("compute", cost.compute), ("memory", cost.memory)] {
        let said = f64::from(places[name][0] * SECONDS_SCALE + SECONDS_CENTRE).exp();
        assert!((said / seconds - 1.0).abs() < 1e-4, "{name}: {said} {seconds}");
    }
    for (name, count) in [("flops", work.flops), ("bytes", work.bytes)] {
        let said = f64::from(places[name][0] * COUNT_SCALE).exp_m1();
        assert!((said / count - 1.0).abs() < 1e-4, "{name}: {said} {count}");
    }
    let total = f64::from(places["seconds"][0] * SECONDS_SCALE + SECONDS_CENTRE).exp();
    assert!((total / (cost.call + cost.compute.max(cost.memory)) - 1.0).abs() < 1e-4);
    assert_eq!(places["target"].iter().position(|&flag| flag == 1.0), Some(Target::Torch as usize));
    assert_eq!(places["kind"].iter().position(|&flag| flag == 1.0), Some(5), "a product of matrices: {:?}", places["kind"]);
    assert_eq!((places["kind"].iter().sum::<f32>(), places["added"]), (1.0, &[0.0][..]));
}

#[test]
#[cfg(feature = "source")]
fn candidates_with_nodes_in_common_are_scored_as_each_by_itself() {
    let page = "x * x => square(x)\nexp(x) * exp(y) => exp(x + y)";
    let chain = program(Target::Numpy, "a: f64(n, m); b: f64(m, n); x: f64(n)", &["a @ b @ (exp(x) * exp(x))", "exp(x) * exp(x)"]);
    let explored = Explorer::new(rules(&[CHAIN, ("squares", page)]).iter()).explore(&chain, &Limits::default());
    let all = draws(&chain, 6);
    let candidates = explored.candidates(&Analytic, 16, &all);
    assert!(candidates.len() > 3, "{candidates:?}");
    let other = [explored.original_candidate()];
    let groups = [Group { candidates: &candidates, draws: &all }, Group { candidates: &other, draws: &all[..2] }];
    let together = Neural::builtin().score_groups(&groups);
    assert_eq!((together[1].len(), together[1][0].len()), (1, 2));
    let known = |candidate: &Candidate, sizes: &Sizes| {
        let mut sized = candidate.program.clone();
        sized.types = sizes.types(&sized).expect("all accept what the original does");
        sized
    };
    for (candidate, scores) in candidates.iter().chain(&other).zip(together.iter().flatten()) {
        for (sizes, score) in all.iter().zip(scores) {
            let alone = Neural::builtin().predict(&[Some(Features::of_sized(&known(candidate, sizes)))]).expect("it runs")[0];
            assert!((alone.log_seconds - score.log_seconds).abs() < 1e-4, "{alone:?} {score:?}");
        }
    }
}
