//! Rust: arrays that are changed in place.

use std::path::Path;

use super::{Options, optimize};
use crate::facts::Outside;
use crate::rules::{RuleSet, Selection};
use crate::syntax::{Edit, Language, apply};

/// The body of `fn f(y: &mut Array2, a: &Array2, b: &Array2, x: &Array1, s: f64)` after all rules have been applied until nothing changes.
fn rewritten(body: &str) -> String {
    let head = "use ndarray::linalg::general_mat_mul;\nuse ndarray::{Array1, Array2, ArrayView2, Zip};\n\n\
        fn f(y: &mut Array2<f64>, a: &Array2<f64>, b: &Array2<f64>, x: &Array1<f64>, s: f64) {\n";
    let mut text = format!("{head}{body}}}\n");
    let options = Options::new(RuleSet::builtin().clone(), Selection::default()).unwrap();
    for _ in 0..4 {
        let report = optimize(Path::new("f.rs"), &text, Language::Rust, &options, &Outside::default()).unwrap();
        let edits: Vec<Edit> = report.findings.into_iter().flat_map(|finding| finding.edits).collect();
        text = apply(&text, &edits).unwrap();
    }
    text[head.len()..].strip_suffix("}\n").unwrap().to_owned()
}

fn stays(body: &str) {
    assert_eq!(rewritten(body), body);
}

const SHAPES: &str = "    assert_eq!(y.nrows(), a.nrows());\n    assert_eq!(y.ncols(), b.ncols());\n";

#[test]
fn a_scaled_array_is_added_without_one_of_its_own() {
    assert_eq!(rewritten("    *y += &(a * s);\n"), "    y.scaled_add(s, a);\n");
    assert_eq!(rewritten("    *y -= &(a * 2.0);\n"), "    y.scaled_add(-2.0, a);\n");
    assert_eq!(rewritten("    let t = a * s;\n    *y += &t;\n"), "    y.scaled_add(s, a);\n");
    let read = "    let t = a * s;\n    *y += &t;\n    println!(\"{t}\");\n";
    stays(read);
}

#[test]
fn what_is_changed_is_not_lent_beside() {
    assert_eq!(rewritten("    *y += &(&*y * s);\n"), "    y.map_inplace(|y| *y += *y * s);\n");
    // `v` is a view of what changes.
    stays("    let mut z = a.clone();\n    let v = z.t();\n    let t = &v * s;\n    z += &t;\n    println!(\"{z}\");\n");
    stays(
        "    let mut z = a.clone();\n    let v: ArrayView2<f64> = z.view();\n    println!(\"\");\n    let t = &v * s;\n    z += &t;\n    println!(\"{z}\");\n",
    );
}

#[test]
fn after_a_statement_the_name_holds_the_new_value() {
    // The product of the old value is not that of the new one.
    let old = "    let p = y.dot(x);\n    *y += a;\n    let q = y.dot(x);\n    println!(\"{p} {q}\");\n";
    stays(old);
    let twice = "    *y += &(a * s);\n    *y += &(b * s);\n";
    let one = rewritten(twice);
    assert!(one.contains("y.scaled_add(s, a)") && one.contains("y.scaled_add(s, b)") || one.contains("*y = *y + s * a + s * b"), "{one}");
}

#[test]
fn a_product_goes_into_a_matrix_of_its_shape_alone() {
    stays("    *y += &a.dot(b);\n");
    assert_eq!(rewritten(&format!("{SHAPES}    *y += &a.dot(b);\n")), format!("{SHAPES}    general_mat_mul(1.0, a, b, 1.0, &mut *y);\n"));
    assert_eq!(
        rewritten(&format!("{SHAPES}    *y *= 0.5;\n    *y += &(a.dot(b) * s);\n")),
        format!("{SHAPES}    general_mat_mul(s, a, b, 0.5, &mut *y);\n")
    );
    // By zero the function would not read what may be NaN; a number that is not known may be zero.
    for factor in ["0.0", "s"] {
        let text = rewritten(&format!("{SHAPES}    *y *= {factor};\n    *y += &a.dot(b);\n"));
        assert!(text.contains(&format!("*y *= {factor};")) && text.contains("1.0, &mut *y"), "{text}");
    }
    let between = rewritten(&format!("{SHAPES}    *y *= 0.5;\n    println!(\"{{y}}\");\n    *y += &a.dot(b);\n"));
    assert!(between.contains("*y *= 0.5;"), "{between}");
}

#[test]
fn what_takes_an_arrays_place_must_have_its_shape() {
    let of = |start: &str| format!("    let mut z = {start};\n    z = &z + &(a.mapv(f64::sin) * s);\n    println!(\"{{z}}\");\n");
    assert!(!rewritten(&of("b.clone()")).contains("&mut z"));
    let one = "Zip::from(&mut z).and(a).for_each(|z, &a| *z += a.sin() * s)";
    let turned = "Zip::from(&mut z).and(a).for_each(|z, &a| *z += s * a.sin())";
    for start in ["a.clone()", "Array2::<f64>::zeros(a.dim())", "Array2::<f64>::zeros((a.nrows(), a.ncols()))"] {
        let with = |form: &str| of(start).replace("z = &z + &(a.mapv(f64::sin) * s)", form);
        let new = rewritten(&of(start));
        assert!(new == with(one) || new == with(turned), "{new}");
    }
    let sized = "    let (n, m) = a.dim();\n    let mut z = Array2::<f64>::ones((n, m));\n    for _ in 0..3 {\n        z = &z * a;\n    }\n    println!(\"{z}\");\n";
    assert_eq!(rewritten(sized), sized.replace("z = &z * a", "z *= a"));
    let other = sized.replace("let mut z", "let n = n + 1;\n    let mut z");
    assert_eq!(rewritten(&other), other);
}

#[test]
fn several_passes_are_one() {
    assert_eq!(
        rewritten("    *y += &(a * b);\n"),
        "    Zip::from(&mut *y).and_broadcast(a).and_broadcast(b).for_each(|y, &a, &b| *y += a * b);\n"
    );
    let average = "    let mut z = a.clone();\n    z *= 0.9;\n    z += &(a * 0.1);\n    println!(\"{z}\");\n";
    let one =
        "    let mut z = a.clone();\n    Zip::from(&mut z).and(a).for_each(|z, &a| *z = *z * 0.9 + 0.1 * a);\n    println!(\"{z}\");\n";
    assert_eq!(rewritten(average), one);
    // A sum is one number for all elements: it is not taken in every round.
    let sum = rewritten("    *y += &(&(a * b) * a.sum());\n");
    assert!(!sum.contains("Zip") || !sum.contains("* a.sum())"), "{sum}");
    // Whole numbers may overflow halfway.
    let whole = "    let mut z = Array2::<i32>::zeros((2, 2));\n    let w = Array2::<i32>::zeros((2, 2));\n    z += &(&w * &w);\n    println!(\"{z}\");\n";
    stays(whole);
}

#[test]
fn what_may_have_changed_has_no_known_lengths() {
    let of = |change: &str| {
        format!(
            "    let mut n = a.nrows();\n    let mut z = Array2::<f64>::zeros((n, n));\n    {change}\n    let w = Array2::<f64>::ones((n, n));\n    z = &z + &w;\n    println!(\"{{z}}\");\n"
        )
    };
    assert!(rewritten(&of("println!(\"{n}\");")).contains("z += &w"));
    let kept = rewritten(&of("z[[0, 0]] = 1.0;"));
    assert!(kept.contains("z += &w") || kept.contains("*z += w"), "{kept}");
    for change in [
        "n += 1;",
        "z[[0, 0]] = g(&mut n);",
        "g(&mut n);",
        "g(&mut z);",
        "z.push_row(x.view()).unwrap();",
        "if g(&mut n) { println!(); }",
        "while g(&mut z) { println!(); }",
    ] {
        stays(&of(change));
    }
    let inside =
        "    let mut z = a.clone();\n    for _ in 0..3 {\n        z = &z + a;\n        g(&mut z);\n    }\n    println!(\"{z}\");\n";
    stays(inside);
}

#[test]
fn names_that_a_pattern_or_a_closure_binds_are_not_those_outside() {
    stays("    let mut z = a.clone();\n    for a in 0..3 {\n        z = &z + a as f64;\n        println!(\"{z}\");\n    }\n");
    let grown = "    let mut n = a.nrows();\n    let mut grow = || n += 1;\n    grow();\n    let mut z = Array2::<f64>::zeros((n, a.ncols()));\n    z = &z + a;\n    println!(\"{z}\");\n";
    stays(grown);
}
