//! Rust: what a statement consumes is gone.

use std::path::Path;

use super::{Options, optimize};
use crate::facts::Outside;
use crate::rules::{RuleSet, Selection};
use crate::syntax::{Edit, Language, apply};

/// The body of `fn f(a: Array2, b: &Array2, x: &Array1)` after all rules have been applied once.
fn rewritten(body: &str) -> String {
    let head = "use ndarray::{Array1, Array2};\n\nfn f(a: Array2<f64>, b: &Array2<f64>, x: &Array1<f64>) -> Array1<f64> {\n";
    let text = format!("{head}{body}}}\n");
    let options = Options::new(RuleSet::builtin().clone(), Selection::default()).unwrap();
    let report = optimize(Path::new("f.rs"), &text, Language::Rust, &options, &Outside::default()).unwrap();
    let edits: Vec<Edit> = report.findings.into_iter().flat_map(|finding| finding.edits).collect();
    apply(&text, &edits).unwrap()[head.len()..].trim_end_matches("}\n").to_owned()
}

#[test]
fn a_reference_to_a_name_stays_one() {
    let old = "    let c = a.dot(b);\n    let y = c.dot(x);\n    let s = (x * &y).sum();\n    &y * s\n";
    assert_eq!(rewritten(old), "    let y = a.dot(&b.dot(x));\n    let s = (x * &y).sum();\n    &y * s\n");
}

#[test]
fn what_was_moved_is_not_read_again() {
    let old = "    let c = a.dot(b);\n    let d = a + b;\n    d.dot(x) + c.dot(x)\n";
    assert!(!rewritten(old).contains("a.dot(&"), "{}", rewritten(old));
    let consumed = old.replace("a + b", "a.reversed_axes()");
    assert!(!rewritten(&consumed).contains("a.dot(&"), "{}", rewritten(&consumed));
    let lent = old.replace("a + b", "&a + b");
    assert!(rewritten(&lent).contains("a.dot(&"), "{}", rewritten(&lent));
}
