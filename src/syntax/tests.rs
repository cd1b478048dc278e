use proptest::prelude::*;

use super::*;

#[test]
fn nodes_have_kinds_fields_and_texts() {
    let tree = Tree::parse(Language::Python, "y = np.exp(x) + 1\n");
    let binary = tree.root().descendants().find(|n| n.kind() == "binary_operator").unwrap();
    assert_eq!(binary.field("left").unwrap().text(), "np.exp(x)");
    assert_eq!(binary.field("operator").unwrap().kind(), "+");
    assert_eq!(binary.field("right").unwrap().span(), Span::new(16, 17));
    assert_eq!(binary.parent().unwrap().kind(), "assignment");
    assert_eq!(binary.children().count(), 3);
    assert_eq!(binary.named_children().count(), 2);
    let fields: Vec<_> = binary.children_with_fields().map(|(field, _)| field).collect();
    assert_eq!(fields, [Some("left"), Some("operator"), Some("right")]);
    assert_eq!(tree.first_error(), None);
}

#[test]
fn a_walk_enters_and_leaves_each_node_once_and_can_skip() {
    let tree = Tree::parse(Language::Rust, "fn f(a: f64) -> f64 { g(a) + 1.0 }");
    let mut open = Vec::new();
    for step in tree.root().walk() {
        match step {
            Step::Enter(node) => open.push(node),
            Step::Leave(node) => assert_eq!(open.pop(), Some(node)),
        }
    }
    assert!(open.is_empty());

    let mut walk = tree.root().walk();
    let mut kinds = Vec::new();
    while let Some(step) = walk.next() {
        if let Step::Enter(node) = step {
            kinds.push(node.kind());
            if node.kind() == "block" {
                walk.skip_children();
            }
        }
    }
    assert!(kinds.contains(&"block") && !kinds.contains(&"call_expression"));
}

#[test]
fn a_walk_stays_below_its_node() {
    let tree = Tree::parse(Language::Python, "a = f(x)\nb = 2\n");
    let call = tree.root().descendants().find(|n| n.kind() == "call").unwrap();
    assert!(call.descendants().all(|n| call.span().contains(n.span())));
    assert_eq!(call.descendants().last().unwrap().text(), ")");
}

#[test]
fn errors_have_a_place() {
    let tree = Tree::parse(Language::Python, "a = 1\nb = (\n");
    assert!(tree.first_error().unwrap().start >= 6);
    assert!(Tree::parse(Language::Rust, "fn f( {").first_error().is_some());
}

#[test]
fn a_deep_nest_needs_no_stack() {
    let depth = 100_000;
    for (language, text) in [
        (Language::Python, format!("{}x{}", "(".repeat(depth), ")".repeat(depth))),
        (Language::Rust, format!("fn f() {{ {}x }}", "-".repeat(depth))),
    ] {
        let tree = Tree::parse(language, text);
        assert!(tree.root().walk().count() > depth);
        let _ = tree.first_error();
    }
}

#[test]
fn edits_are_made_together_or_refused() {
    let edit = |start, end, text: &str| Edit { span: Span::new(start, end), text: text.into() };
    let edits = [edit(6, 7, "é"), edit(0, 1, "bc"), edit(1, 1, "!"), edit(1, 1, "?")];
    assert_eq!(apply("a = 1 x", &edits).unwrap(), "bc!? = 1 é");
    assert!(matches!(apply("abc", &[edit(0, 2, ""), edit(1, 3, "")]), Err(OverlapError::Overlap { .. })));
    assert!(matches!(apply("é", &[edit(1, 2, "")]), Err(OverlapError::Outside { .. })));
    assert!(matches!(apply("ab", &[edit(1, 9, "")]), Err(OverlapError::Outside { .. })));
}

#[test]
fn positions_count_lines_and_characters_from_one() {
    let index = LineIndex::new("aé\r\n\nb");
    let at = |byte| (index.position(byte).line, index.position(byte).column);
    assert_eq!([at(0), at(1), at(2), at(3), at(5), at(6), at(7), at(99)], [(1, 1), (1, 2), (1, 2), (1, 3), (2, 1), (3, 1), (3, 2), (3, 2)]);
    assert_eq!((index.start_of(3), index.start_of(4), index.lines()), (Some(6), None, 3));
}

proptest! {
    #[test]
    fn any_text_has_a_tree_that_spans_it(text in "[ -~\\n\\t\\réλ(){}\\[\\]:\"'\\\\]{0,200}") {
        for language in [Language::Python, Language::Rust] {
            let tree = Tree::parse(language, text.as_str());
            for node in tree.root().descendants() {
                prop_assert!(node.span().end <= text.len());
                prop_assert!(text.is_char_boundary(node.span().start));
            }
            let _ = tree.first_error();
        }
    }
}
