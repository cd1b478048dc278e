//! What the attribute `#[codewright::optimize]` makes of the function that it stands on.
//!
//! The function is looked at where it stands in its file, for the file says what its names mean. Whatever finds changes in a file finds
//! those in the function: there is no second reader of Rust.

use std::path::Path;

use crate::config::Suppressions;
use crate::facts::{FileFacts, Outside};
use crate::ir::Target;
use crate::lower::regions;
use crate::optimize::{self, MAX_ROUNDS, Options, optimize_part, rewrite};
use crate::syntax::{Language, Node, Span, Tree};

/// Reasons that are listed, and characters of each one.
const MAX_REASONS: usize = 4;
const MAX_TEXT: usize = 60;

/// Why a function cannot be optimized.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FunctionError {
    /// There is none.
    #[error("expected a function with a body")]
    None,
    /// It is a `const fn`.
    #[error("a `const fn` is not optimized: what a constant may be computed by is a smaller language")]
    Constant,
    /// No expression of it is understood.
    #[error("nothing in the function is understood; not known are {}", unknown.join(", "))]
    Unread {
        /// Types and calls that are not known.
        unknown: Vec<String>,
    },
    /// The file was left alone.
    #[error(transparent)]
    File(#[from] optimize::Error),
}

/// The function whose word `fn` begins at an offset, without its attributes.
pub fn function_at(text: &str, keyword: usize) -> Option<Span> {
    let tree = Tree::parse(Language::Rust, text);
    Some(find(&tree, keyword)?.span())
}

/// The text of that function after all that the options allow. It is as it was if nothing is gained.
///
/// # Errors
/// If there is no such function, if nothing in it is understood, or if the file does not parse.
pub fn optimize_function(path: &Path, text: &str, keyword: usize, options: &Options) -> Result<String, FunctionError> {
    let outside = Outside::default();
    let new = rewrite(path, Language::Rust, text, MAX_ROUNDS, &mut |text| {
        let part = function_at(text, keyword).ok_or(FunctionError::None)?;
        let mut found = optimize_part(path, text, part, Language::Rust, options, &outside)?.findings;
        let suppressions = Suppressions::of(text);
        found.retain(|finding| !suppressions.silences(finding.start.line, finding.end.line, &finding.rules));
        Ok::<_, FunctionError>(found)
    })?;
    if new == text {
        understood(path, text, keyword)?;
    }
    let span = function_at(&new, keyword).ok_or(FunctionError::None)?;
    Ok(new[span.start..span.end].to_owned())
}

fn find(tree: &Tree, keyword: usize) -> Option<Node<'_>> {
    let node = tree.node_at(Span::new(keyword, keyword + "fn".len()))?;
    Some(node).filter(|node| node.kind() == "function_item" && tree.text()[keyword..].starts_with("fn"))
}

/// An error if some of the function is not known and nothing in it is understood.
fn understood(path: &Path, text: &str, keyword: usize) -> Result<(), FunctionError> {
    let tree = Tree::parse(Language::Rust, text);
    let function = find(&tree, keyword).ok_or(FunctionError::None)?;
    let facts = FileFacts::new(&tree, &Outside::default()).of_file(path);
    let modifiers = function.named_children().find(|child| child.kind() == "function_modifiers");
    if modifiers.is_some_and(|modifiers| modifiers.children().any(|word| word.kind() == "const")) {
        return Err(FunctionError::Constant);
    }
    let body = function.field("body").map_or("", Node::text);
    let read = regions(&tree, &facts, Target::Rust, &|_, code| body.contains(code));
    if read.iter().any(|region| function.span().contains(region.function.span())) {
        return Ok(());
    }
    let mut unknown: Vec<String> = unknown_types(function, &facts);
    unknown.extend(unknown_calls(function));
    unknown.truncate(MAX_REASONS);
    if unknown.is_empty() { Ok(()) } else { Err(FunctionError::Unread { unknown }) }
}

/// The types of parameters that say nothing.
fn unknown_types<'t>(function: Node<'t>, facts: &FileFacts<'t>) -> Vec<String> {
    let known = facts.entry(function);
    let parameters = function.field("parameters").into_iter().flat_map(Node::named_children);
    let typed = parameters.filter_map(|parameter| Some((parameter.field("pattern")?, parameter.field("type")?)));
    let unknown = typed.filter(|(name, ty)| ty.kind() != "primitive_type" && !known.contains_key(name.text()));
    unknown.map(|(name, ty)| format!("the type `{}` of `{}`", shown(ty), shown(name))).collect()
}

/// The calls that no other call is an operand of.
fn unknown_calls(function: Node<'_>) -> Vec<String> {
    let is_call = |node: &Node<'_>| matches!(node.kind(), "call_expression" | "macro_invocation");
    let calls = function.field("body").into_iter().flat_map(Node::descendants).filter(is_call);
    let innermost = calls.filter(|call| !call.descendants().any(|inner| inner != *call && is_call(&inner)));
    innermost.map(|call| format!("the call `{}`", shown(call))).collect()
}

/// A node's text on one line.
fn shown(node: Node<'_>) -> String {
    let text = node.text().split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= MAX_TEXT { text } else { text.chars().take(MAX_TEXT).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Pass, RuleSet, Selection};

    /// The function of a file that is named `f`, optimized.
    fn optimized(text: &str) -> Result<String, FunctionError> {
        let mut options = Options::new(RuleSet::builtin().clone(), Selection::default()).expect("an empty selection");
        options.passes = vec![Pass::Optimize];
        options.everywhere = true;
        let keyword = text.find("fn f").expect("a function `f`");
        optimize_function(Path::new("lib.rs"), text, keyword, &options)
    }

    const CHAIN: &str = "use ndarray::{Array1, Array2};

fn g(a: &Array2<f64>, b: &Array2<f64>, v: &Array1<f64>) -> Array1<f64> { a.dot(b).dot(v) }

struct S;

impl S {
    /// A product.
    pub fn f(&self, a: &Array2<f64>, b: &Array2<f64>, v: &Array1<f64>) -> Array1<f64> {
        a.dot(b).dot(v) // wright: ignore[trace-of-product]
    }
}
";

    #[test]
    fn the_function_alone_is_optimized_by_what_its_file_says() {
        let new = optimized(CHAIN).expect("a chain");
        assert!(new.starts_with("pub fn f(") && new.contains("a.dot(&b.dot(v))"), "{new}");
        assert!(!new.contains("fn g"), "{new}");
        let silent = CHAIN.replace("ignore[trace-of-product]", "ignore");
        assert!(optimized(&silent).expect("a chain").contains("a.dot(b).dot(v)"));
    }

    #[test]
    fn what_is_best_already_stays() {
        for text in ["fn f(x: f64) -> f64 { x.sqrt() + 1.0 }", "fn f(x: f64) -> f64 { x }", "fn f(n: usize) -> usize { n }"] {
            assert_eq!(optimized(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_not_understood_is_told() {
        let error = |text: &str| optimized(text).expect_err(text).to_string();
        let chain = CHAIN.replace("use ndarray::{Array1, Array2};", "use elsewhere::{Array1, Array2};");
        assert!(error(&chain).contains("the type `&Array2<f64>` of `a`"), "{}", error(&chain));
        assert!(error("fn f(x: f64) -> f64 { g(x) }").ends_with("not known are the call `g(x)`"));
        assert!(error("fn f<T: Float>(x: T) -> T { x * x }").contains("the type `T` of `x`"));
        assert!(error("const fn f(x: f64) -> f64 { x * x }").contains("`const fn`"));
        assert!(error("mod m { fn f(x: f64) -> f64; }").contains("expected a function with a body"));
    }
}
