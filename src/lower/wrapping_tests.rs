use super::wrapping::{LineWidths, wrapped};
use crate::syntax::{Edit, Language, Span, apply};

/// A text in which `@@` is replaced by an expression, broken where the line becomes too long.
fn changed(language: Language, text: &str, old: &str, new: &str) -> String {
    let (start, plain) = (text.find("@@").expect("a place"), text.replace("@@", old));
    let edits = vec![Edit { span: Span::new(start, start + old.len()), text: new.to_owned() }];
    let edits = wrapped(language, &plain, edits, LineWidths::default());
    apply(&plain, &edits).unwrap()
}

/// What becomes of a statement that is too long if what begins with `long_operand` was shorter.
fn statement(language: Language, line: &str, head: &str, tail: &str) -> String {
    let (before, after) = line.split_once("long_operand").expect("an operand");
    let new = format!("long_operand{}", after.trim_end_matches([':', ';']));
    let end = &line[before.len() + new.len()..];
    let text = changed(language, &format!("{head}    {before}@@{end}\n{tail}"), "x", &new);
    text.strip_prefix(head).and_then(|text| text.strip_suffix(tail)).expect("the rest stays").to_owned()
}

/// What Black 26 and Ruff 0.17 make of these lines.
#[test]
fn python_is_broken_as_black_breaks_it() {
    let cases = include_str!("wrapping_tests/black.txt");
    for case in cases.split("----\n") {
        let (line, expected) = case.split_once("====\n").expect("a line and what becomes of it");
        let head = "def f():\n";
        let tail = if line.trim().ends_with(':') { "        pass\n" } else { "" };
        assert_eq!(statement(Language::Python, line.trim(), head, tail), expected, "{line}");
    }
    assert!(cases.matches("----").count() > 15);
}

/// What rustfmt makes of these lines.
#[test]
fn rust_is_broken_as_rustfmt_breaks_it() {
    let cases = include_str!("wrapping_tests/rustfmt.txt");
    for case in cases.split("----\n") {
        let (line, expected) = case.split_once("====\n").expect("a line and what becomes of it");
        assert_eq!(statement(Language::Rust, line.trim(), "fn f() {\n", "}\n"), expected, "{line}");
    }
}

#[test]
fn what_fits_or_did_not_fit_before_stays() {
    let long = "a_name_that_is_long + ".repeat(4);
    let line = |text: &str| changed(Language::Python, text, "x", "np.linalg.solve(A, b)");
    assert_eq!(line("y = @@ + 1\n"), "y = np.linalg.solve(A, b) + 1\n");
    let before = format!("y = {long}@@ + {long}1\n");
    assert_eq!(line(&before), before.replace("@@", "np.linalg.solve(A, b)"), "it was too long before");
    let comment = format!("y = @@  # {long}\n");
    assert_eq!(line(&comment), comment.replace("@@", "np.linalg.solve(A, b)"), "a comment is no code");
    for text in [
        "y = lambda a, b, c: [@@, something_that_is_long(a, b), something_else_that_is_long(c)]\n",
        "y = \"\"\"\n\"\"\" + @@ + something_that_is_long_enough_for_all(a, b) * 2 - something_else_that_is_long(c)\n",
        "y = 1; z = @@ + something_that_is_long_enough_for_all(a, b) * 2 - something_else_that_is_long(c)\n",
        "def f(): return @@ + something_that_is_long_enough_for_all(a, b) * 2 - something_else_long(c)\n",
        "y = [\n    @@ + something_that_is_long_enough_for_all(a, b) * 2 - something_else_that_is_long(c)\n]\n",
    ] {
        assert_eq!(line(text), text.replace("@@", "np.linalg.solve(A, b)"));
    }
}

#[test]
fn comments_line_ends_and_new_statements_are_kept() {
    let old = "if a:\r\n    y = @@ @ other_operand_of_the_product + third_operand_of_the_whole_sum  # why\r\n";
    let new = "if a:\r\n    y = (\r\n        long_operand_of_the_product @ other_operand_of_the_product\r\n        + third_operand_of_the_whole_sum\r\n    )  # why\r\n";
    assert_eq!(changed(Language::Python, old, "x", "long_operand_of_the_product"), new);
    let long = format!("y = @@  # {}\n", "why ".repeat(30));
    let broken = changed(Language::Python, &long, "x", &format!("f({})", "an_argument, ".repeat(8)));
    assert!(
        broken.starts_with("y = f(\n    an_argument,\n") && broken.ends_with(&long[6..]),
        "the old line was long by its comment alone: {broken}"
    );
    let text = "def f():\n    return y\n";
    let statement = "    y = np.linalg.solve(first_operand_of_the_equation @ second_operand, third_operand_of_the_equation)\n";
    let edits = vec![
        Edit { span: Span::new(9, 9), text: statement.to_owned() },
        Edit {
            span: Span::new(20, 21),
            text: "np.linalg.solve(first_operand_of_the_equation @ second_operand, third_operand_of_it_all)".to_owned(),
        },
    ];
    let new = "def f():\n    y = np.linalg.solve(\n        first_operand_of_the_equation @ second_operand, third_operand_of_the_equation\n    )\n    return np.linalg.solve(\n        first_operand_of_the_equation @ second_operand, third_operand_of_it_all\n    )\n";
    assert_eq!(apply(text, &wrapped(Language::Python, text, edits, LineWidths::default())).unwrap(), new);
}

#[test]
fn a_comma_behind_a_part_that_never_fits_divides_nothing() {
    let name = "a_name_that_is_longer_than_any_line_".repeat(3);
    let text = "y = function(@@,)\n";
    let broken = changed(Language::Python, text, "x", &name);
    let words: String = broken.split_whitespace().collect();
    assert_eq!(words, format!("y=function({name},)"));
}
