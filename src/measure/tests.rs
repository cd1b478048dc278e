use super::*;
use crate::explore::testing::program;
use crate::ir::Target;

#[test]
fn a_case_is_read_back() {
    let leaves = "a: f64(3, 4); b: f64(4, 5); v: f64(5); s: float";
    let roots = ["a @ b @ v", "a @ (b @ v)", "sum(a * 2.5, none, false)"];
    let candidates: Vec<_> = roots.iter().map(|root| program(Target::Numpy, leaves, &[root])).collect();
    let case = Case::new("p".to_owned(), "test".to_owned(), &candidates).expect("they differ");
    assert_eq!(case.leaves, ["f64[3,4]", "f64[4,5]", "f64[5]", "~f64"]);
    let back: Case = serde_json::from_str(&serde_json::to_string(&case).unwrap()).unwrap();
    assert_eq!(back, case);
    let programs = back.programs().expect("its nodes are understood");
    let texts: Vec<String> = programs.iter().map(ToString::to_string).collect();
    assert_eq!(texts[..2], ["matmul(matmul(x0, x1), x2)", "matmul(x0, matmul(x1, x2))"]);
    assert_eq!(programs[0].types.last(), candidates[0].types.last());
}

#[test]
fn what_a_case_does_not_mean_is_refused() {
    let case = |nodes: &[&str]| Case {
        target: "numpy".to_owned(),
        leaves: vec!["f64[3,4]".to_owned()],
        nodes: nodes.iter().map(|node| (*node).to_owned()).collect(),
        candidates: vec![vec![0]],
        ..Case::default()
    };
    for nodes in [&["%1"][..], &["%0", "exp 7"], &["%0", "exp"], &["%0", "nothing 0"], &["= f65 1"], &["%0", "matmul 0 0"], &["%x"]] {
        assert!(case(nodes).programs().is_err(), "{nodes:?}");
    }
    assert!(case(&["%0"]).programs().is_ok());
    let twice = Case { candidates: vec![vec![1]], ..case(&["%0", "exp 0", "%0"]) };
    assert_eq!(twice.programs().expect("a line may stand twice")[0].to_string(), "exp(x0)");
}

#[test]
fn shared_values_have_names() {
    let shared = program(Target::Numpy, "a: f64(3, 3); v: f64(3)", &["exp(a @ v) + (a @ v)"]);
    assert_eq!(statements(&shared).unwrap().text(), "t2 = x0 @ x1\nt4 = np.exp(t2) + t2\n(t4,)");
    let rust = program(Target::Rust, "a: f64(3, 3); v: f64(3)", &["a @ v"]);
    assert_eq!(statements(&rust).unwrap().lines, ["let t2 = x0.dot(x1);"]);
}
