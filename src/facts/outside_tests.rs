use std::sync::Arc;

use super::{Fact, FileFacts, Ground, Outside, Place, Recording, hash, join};
use crate::ir::{DType, Dim, Shape, Target, Type};
use crate::syntax::{Language, Tree};

const TEXT: &str = "class C:\n    def f(self, x, y):\n        z = g(x)\n        return z\n";
const FUNCTION: &str = "def f(self, x, y):\n        z = g(x)\n        return z";

fn recording(hash: &str) -> Arc<Recording> {
    let text = format!(
        r#"{{"version":1,"functions":{{"a/b.py::C.f":{{"hash":"{hash}","calls":7,"names":{{
        "x":{{"class":"numpy.ndarray","dtype":"float32","shape":[3,"n0"],"contiguous":true,"at":"argument"}},
        "y":{{"class":"float","dtype":null,"shape":null,"contiguous":null,"at":"argument"}},
        "self":{{"class":"C","dtype":null,"shape":null,"contiguous":null,"at":"argument"}},
        "z":{{"class":"torch.Tensor","dtype":"torch.float64","shape":null,"contiguous":true,"at":"local"}}}}}}}}}}"#
    );
    Arc::new(Recording::parse(&text).unwrap())
}

#[test]
fn a_recording_tells_of_arguments_while_the_text_is_the_same() {
    let tree = Tree::parse(Language::Python, TEXT);
    let function = tree.root().descendants().find(|n| n.kind() == "function_definition").unwrap();
    let words = |outside: &Outside| {
        let facts = FileFacts::new(&tree, outside);
        let all = facts.entry(function).iter().map(|(name, fact)| (name.clone(), fact.ty.to_string(), fact.ground)).collect::<Vec<_>>();
        (all, facts.recorded_locals(function).get("z").map(|fact| fact.ty.to_string()))
    };
    let ground = Ground::Recorded { calls: 7 };
    let expected = vec![("x".to_string(), "f32(~3, ~n0)".to_string(), ground), ("y".to_string(), "python f64".to_string(), ground)];
    assert_eq!(words(&recording(&hash(FUNCTION)).of_file("a/b.py")), (expected, Some("f64(…)".to_string())));
    assert_eq!(words(&recording(&hash(FUNCTION)).of_file("b.py")), (Vec::new(), None));
    assert_eq!(words(&recording(&hash("def f(): pass")).of_file("a/b.py")), (Vec::new(), None));
}

#[test]
fn the_hash_is_fnv_1a() {
    assert_eq!(hash(""), "cbf29ce484222325");
    assert_eq!(hash("a"), "af63dc4c8601ec8c");
    assert_eq!(hash("foobar\n"), "85944171f73967e8");
}

#[test]
fn a_broken_recording_is_an_error() {
    assert!(Recording::parse("{").is_err());
    assert!(Recording::parse(r#"{"version":2,"functions":{}}"#).unwrap_err().contains("version is 2"));
    assert!(Recording::read(std::path::Path::new("no/such/file.json")).unwrap_err().to_string().contains("no/such/file.json"));
}

#[test]
fn calls_join_to_what_they_agree_on() {
    let array = |dtype, dims: Vec<Dim>| Fact {
        ty: Type::array(dtype, Shape::Ranked(dims)),
        library: Some(Target::Numpy),
        reference: false,
        ground: Ground::Declared,
    };
    let a = array(DType::F64, vec![Dim::known(3), Dim::symbol("n")]);
    let b = array(DType::F32, vec![Dim::known(3), Dim::symbol("n")]);
    assert_eq!(join(&[a.clone(), a.clone()]).unwrap().ty.to_string(), "f64(3, ?)");
    assert_eq!(join(&[a.clone(), b]).unwrap().ty.to_string(), "?(3, ?)");
    assert_eq!(join(&[a.clone(), array(DType::F64, vec![])]).unwrap().ty.to_string(), "f64(…)");
    assert_eq!(join(&[a.clone(), Fact { library: Some(Target::Torch), ..a.clone() }]), None);
    assert_eq!(join(&[]), None);

    let tree = Tree::parse(Language::Python, "def f(x):\n    return x\n");
    let function = tree.root().named_children().next().unwrap();
    let facts =
        FileFacts::new(&tree, &Outside::default()).with_calls([(function.id(), [("x".to_string(), a)].into())].into_iter().collect());
    assert!(facts.entry(function).contains_key("x"));
}

#[test]
fn an_edit_that_keeps_what_a_function_does_keeps_its_facts() {
    let changed = TEXT.replace("g(x)", "h(x)");
    let new_function = FUNCTION.replace("g(x)", "h(x)");
    let (old_tree, new_tree) = (Tree::parse(Language::Python, TEXT), Tree::parse(Language::Python, changed.as_str()));
    let seen = |outside: &Outside, text: &str| !outside.recorded("C.f", text, Place::Argument).is_empty();
    let outside = recording(&hash(FUNCTION)).of_file("a/b.py");
    assert!(seen(&outside, FUNCTION) && !seen(&outside, &new_function));
    let after = outside.after_edit(&old_tree, &new_tree);
    assert!(seen(&after, &new_function) && !seen(&after, FUNCTION));
    let stale = recording("0").of_file("a/b.py").after_edit(&old_tree, &new_tree);
    assert!(!seen(&stale, &new_function), "it did not hold before");
}
