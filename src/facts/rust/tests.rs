use std::collections::BTreeSet;

use crate::dialect::Names;
use crate::facts::{FileFacts, Outside};
use crate::syntax::{Language, Node, Tree};

const HEAD: &str = "use ndarray::{Array1, Array2, ArrayView1, s, Axis};\n";

fn set(names: &str) -> BTreeSet<String> {
    names.split_whitespace().map(str::to_string).collect()
}

fn find<'t>(tree: &'t Tree, text: &str) -> Node<'t> {
    tree.root().descendants().find(|n| n.text() == text).unwrap_or_else(|| panic!("no node {text}"))
}

#[test]
fn paths_resolve_through_use() {
    for (head, name, expected) in [
        ("use std::f64::consts::PI;", "PI", Some("std::f64::consts::PI")),
        ("use core::f64::consts::PI as P;", "P", Some("std::f64::consts::PI")),
        ("use std::f64::consts;", "consts::PI", Some("std::f64::consts::PI")),
        ("use std::f64::consts::*;", "PI", Some("std::f64::consts::PI")),
        ("use std::f64;", "f64::consts::PI", Some("std::f64::consts::PI")),
        ("use std::f64;", "f64::max", Some("f64::max")),
        ("", "f64::max", Some("f64::max")),
        ("", "std::f64::consts::PI", Some("std::f64::consts::PI")),
        ("use ndarray::prelude::*;", "Axis", Some("ndarray::Axis")),
        ("use ndarray::{self as nd, Axis as A};", "A", Some("ndarray::Axis")),
        ("use ndarray::{self as nd, Axis as A};", "nd::Axis", Some("ndarray::Axis")),
        ("use ndarray::{self, linalg::{general_mat_mul}};", "ndarray::Axis", Some("ndarray::Axis")),
        ("use ndarray::linalg::{self};", "linalg::general_mat_mul", Some("ndarray::linalg::general_mat_mul")),
        ("use other::Axis;", "Axis", Some("other::Axis")),
        ("use ndarray::Axis; struct Axis;", "Axis", None),
        ("use ndarray::Axis; mod m { pub fn k() {} }", "Axis", Some("ndarray::Axis")),
        ("mod ndarray {}", "ndarray::Axis", None),
        ("mod m { use ndarray::Axis; }", "Axis", None),
        ("", "Axis", None),
        ("use std::f64::consts::PI; fn g(PI: f64) {}", "PI", None),
        ("mod f64 {}", "f64::max", None),
    ] {
        let tree = Tree::parse(Language::Rust, format!("{head}\nfn f() {{ h!(); let _ = {name}; }}"));
        let facts = FileFacts::new(&tree, &Outside::default());
        let node = tree.root().descendants().rfind(|n| n.text() == name && n.kind().ends_with("identifier")).unwrap();
        assert_eq!(facts.names(node).resolve(node).as_deref(), expected, "{head} {name}");
    }
}

#[test]
fn paths_are_spelled_by_what_is_imported() {
    let tree = Tree::parse(Language::Rust, "use ndarray::prelude::*;\nuse std::f64::consts as c;\nfn f() { g(); }");
    let facts = FileFacts::new(&tree, &Outside::default());
    let names = facts.names(find(&tree, "g()"));
    assert_eq!(names.spell("ndarray::Axis").as_deref(), Some("Axis"));
    assert_eq!(names.spell("std::f64::consts::PI").as_deref(), Some("c::PI"));
    assert_eq!(names.spell("ndarray::linalg::general_mat_mul"), None);
}

#[test]
fn signatures_say_types() {
    let signature = "const N: f64 = 2.0;\nfn f<T>(a: &Array2<f64>, mut b: f32, c: ArrayView1<'_, f32>, d: &mut Array1<f64>, e: T, g: usize, &h: &f64, i: &f64, \
        j: Vec<f64>, k: Array1<T>, l: ndarray::Array<f64, ndarray::Ix2>, m: i32, n: bool, o: ndarray::ArrayD<f64>) { N; }";
    let tree = Tree::parse(Language::Rust, format!("{HEAD}{signature}"));
    let facts = FileFacts::new(&tree, &Outside::default());
    let function = tree.root().descendants().find(|n| n.kind() == "function_item").unwrap();
    let words: Vec<String> =
        facts.entry(function).iter().map(|(name, f)| format!("{name} {}{}", if f.reference { "&" } else { "" }, f.ty)).collect();
    let expected =
        ["N f64", "a &f64(a.0, a.1)", "b f32", "c f32(c.0)", "d &f64(d.0)", "h f64", "l f64(l.0, l.1)", "m i32", "n bool", "o f64(…)"];
    assert_eq!(words, expected);
    let tree = Tree::parse(Language::Rust, "const fn f(a: f64) -> f64 { a }");
    let facts = FileFacts::new(&tree, &Outside::default());
    assert!(facts.entry(tree.root().named_children().next().unwrap()).is_empty());
}

#[test]
fn statements_have_effects() {
    let function = |body: &str| format!("{HEAD}fn f(mut a: Array1<f64>, b: &Array1<f64>, mut x: f64, u: U) {{ {body} }}");
    for (body, binds, mutates, opaque) in [
        ("let y = x.sqrt() + 2.0;", "y", "", false),
        ("let y = f64::max(x, 1.0);", "y", "", false),
        ("let y = b.dot(&a);", "y", "", false),
        ("let y = b.slice(s![1..]);", "y", "", false),
        ("let y = b.mapv(|v| v.exp());", "y", "v", true),
        ("let y = u.sqrt();", "y", "u", true),
        ("x += 1.0;", "x", "", false),
        ("a += b;", "a", "a", false),
        ("a[0] = x;", "", "a", false),
        ("x = 2.0;", "x", "", false),
        ("a.fill(0.0);", "", "a", true),
        ("a.slice_mut(s![1..]).assign(b);", "", "a", true),
        ("g(&mut a);", "", "a", true),
        ("g(x);", "", "", true),
        ("println!(\"{x}\");", "", "", true),
        ("u.field = x;", "", "u", false),
        ("*u = x;", "", "u", false),
        ("let (p, q) = (x, x);", "p q", "", false),
        ("let k = || { x = 2.0; };", "k x", "", false),
        ("unsafe { x };", "", "", true),
        ("for i in 0..3 { x = 1.0; }", "i x", "", false),
        ("for v in u { x = 1.0; }", "v x", "", true),
        ("if let Some(w) = u { x = w; }", "Some w x", "", false),
        ("match x { y if y > 1.0 => 1.0, _ => 2.0 };", "y", "", false),
    ] {
        let tree = Tree::parse(Language::Rust, function(body));
        let facts = FileFacts::new(&tree, &Outside::default());
        let block = tree.root().descendants().find(|n| n.kind() == "function_item").unwrap().field("body").unwrap();
        let found = facts.effects(block.named_children().next().unwrap());
        assert_eq!((found.mutates, found.opaque), (set(mutates), opaque), "{body}");
        assert!(found.binds.is_superset(&set(binds)), "{body}: {:?}", found.binds);
    }
}

#[test]
fn a_shadowed_name_is_of_no_known_class() {
    let tree = Tree::parse(
        Language::Rust,
        "fn f(x: f64, z: f64) { let x = g(); x.sqrt(); let y = z * 2.0; y.sqrt(); let mut w: f64 = g(); w += 1.0; }",
    );
    let facts = FileFacts::new(&tree, &Outside::default());
    assert!(facts.effects(find(&tree, "x.sqrt()")).opaque);
    assert!(!facts.effects(find(&tree, "y.sqrt()")).opaque);
    assert!(facts.effects(find(&tree, "w += 1.0")).mutates.is_empty());
}

#[test]
fn values_are_known_by_suffix_cast_and_constructor() {
    for (text, expected) in [
        ("1.0_f32", "f32"),
        ("3u8", "u8"),
        ("1.0", "-"),
        ("0x1f64", "-"),
        ("n as f64", "f64"),
        ("true", "bool"),
        ("Array2::<f64>::zeros((2, 3))", "f64(?, ?)"),
        ("Array1::zeros(3)", "-"),
    ] {
        let tree = Tree::parse(Language::Rust, format!("{HEAD}fn f() {{ let y = {text}; }}"));
        let facts = FileFacts::new(&tree, &Outside::default());
        let value = tree.root().descendants().find(|n| n.kind() == "let_declaration").unwrap().field("value").unwrap();
        assert_eq!(facts.known_value(value).map_or("-".to_string(), |fact| fact.ty.to_string()), expected, "{text}");
    }
}

#[test]
fn broken_and_deep_files_have_facts() {
    let deep = format!("fn f(x: f64) {{ {}x{}; }}", "g(".repeat(20_000), ")".repeat(20_000));
    let texts =
        ["use ;", "use a::{b::{", "fn f(", "fn f(x: ) { let = ; x. }", "mod", "const : = ;", "match { ", "use a::*::b;", deep.as_str()];
    for text in texts {
        let tree = Tree::parse(Language::Rust, text);
        let facts = FileFacts::new(&tree, &Outside::default());
        facts.effects(tree.root());
        for node in tree.root().descendants().take(500) {
            facts.names(node).resolve(node);
            facts.names(node).spell(node.text());
            facts.entry(node);
            facts.annotation(node);
            facts.known_value(node);
        }
    }
}
