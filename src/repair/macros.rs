//! Macros as the code that they stand for: a grammar sees only tokens in what `macro_rules!` defines and in what a macro is given, but the
//! compiler marks expressions there.

use crate::syntax::{Language, Node, Span, Tree};

/// A macro in what a macro is given in what a macro defines.
const MOST_LEVELS: usize = 4;

/// The tree of a text in which macros are functions and calls where that can be parsed; its nodes have the places and texts of the original.
pub(super) fn tree(text: &std::sync::Arc<str>) -> Tree {
    let mut tree = Tree::parse(Language::Rust, text.clone());
    for _ in 0..MOST_LEVELS {
        let Some(seen) = unfolded(&tree) else { break };
        tree = Tree::parse(Language::Rust, seen);
    }
    tree.showing(text.clone())
}

/// The text with its outermost macros as code of the same length; `None` if none can be parsed.
fn unfolded(tree: &Tree) -> Option<String> {
    let mut bytes = tree.text().as_bytes().to_vec();
    let mut changed = false;
    let mut done = 0;
    for node in tree.root().descendants().filter(|node| matches!(node.kind(), "macro_definition" | "macro_invocation")) {
        // What is inside a macro that was unfolded comes with the next level.
        if node.span().start < done {
            continue;
        }
        let own = if node.kind() == "macro_definition" { definition(node) } else { invocation(node) };
        if let Some(own) = own {
            let span = node.span();
            bytes[span.start..span.end].copy_from_slice(&own);
            changed = true;
            done = span.end;
        }
    }
    if changed { String::from_utf8(bytes).ok() } else { None }
}

/// `macro_rules! f { ($x:expr) => { $x + 1 } }` as `fn f() { _x + 1 }`: a function for each rule.
fn definition(node: Node) -> Option<Vec<u8>> {
    let start = node.span().start;
    let mut bytes = vec![b' '; node.span().len()];
    let mut put = |at: usize, text: &str| bytes[at - start..at - start + text.len()].copy_from_slice(text.as_bytes());
    let name = node.field("name")?;
    put(start, "fn ");
    put(name.span().start, name.text());
    put(name.span().end, "()");
    let mut free = name.span().end + "()".len();
    let bodies = node.named_children().filter(|rule| rule.kind() == "macro_rule").filter_map(|rule| rule.field("right"));
    for (number, body) in bodies.enumerate() {
        let span = body.span();
        if number > 0 {
            if span.start < free + "fn m()".len() {
                return None;
            }
            put(free, "fn m()");
        }
        free = span.end;
        put(span.start, &braced(body));
    }
    parses(&bytes, "").then_some(bytes)
}

/// A rule's body with names for its metavariables, and blocks for its repetitions.
fn braced(body: Node) -> String {
    let start = body.span().start;
    let mut bytes = body.text().as_bytes().to_vec();
    let (first, last) = (0, bytes.len() - 1);
    (bytes[first], bytes[last]) = (b'{', b'}');
    for node in body.descendants() {
        let span = Span::new(node.span().start - start, node.span().end - start);
        match node.kind() {
            "metavariable" => bytes[span.start] = b'_',
            "token_repetition" => {
                let Some(close) = node.children().filter(|child| child.text() == ")").last() else { continue };
                bytes[span.start..span.start + 2].copy_from_slice(b" {");
                bytes[close.span().start - start] = b'}';
                bytes[close.span().end - start..span.end].fill(b' ');
            }
            _ => {}
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// `assert!(a, b)` as the call `assert (a, b)`, `vec![a, b]` as the array `[a, b]`.
fn invocation(node: Node) -> Option<Vec<u8>> {
    let name = node.field("macro")?;
    let given = node.named_children().find(|child| child.kind() == "token_tree")?;
    let start = node.span().start;
    let mut bytes = node.text().as_bytes().to_vec();
    let until = given.span().start - start;
    match given.text().as_bytes().first()? {
        b'(' => bytes[name.span().end - start..until].fill(b' '),
        b'[' => bytes[..until].fill(b' '),
        _ => return None,
    }
    parses(&bytes, "fn m() {").then_some(bytes)
}

fn parses(code: &[u8], before: &str) -> bool {
    let Ok(code) = std::str::from_utf8(code) else { return false };
    let after = if before.is_empty() { "" } else { "; }" };
    Tree::parse(Language::Rust, format!("{before}{code}{after}")).first_error().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_macros_hold_is_seen_at_its_place() {
        let text = "macro_rules! add {
    ($($t:ident),* $(,)?) => {
        $(impl Add for $t { fn add(self) -> é { $crate::g(self.0[1..].try_into()); } })*
    };
    (@one $x:expr) => ($x + 1);
}
fn f() { assert!(a.b(vec![c, d]), \"{}\", d); m! { x y }; }
";
        let tree = tree(&text.into());
        assert_eq!((tree.text(), tree.first_error()), (text, None));
        let seen =
            |kind: &str| -> Vec<&str> { tree.root().descendants().filter(|node| node.kind() == kind).map(|node| node.text()).collect() };
        assert_eq!(
            seen("call_expression"),
            ["$crate::g(self.0[1..].try_into())", "self.0[1..].try_into()", "assert!(a.b(vec![c, d]), \"{}\", d)", "a.b(vec![c, d])"]
        );
        assert_eq!(seen("binary_expression"), ["$x + 1"]);
        assert_eq!(seen("array_expression"), ["[c, d]"]);
        assert_eq!(seen("macro_invocation"), ["m! { x y }"]);
    }
}
