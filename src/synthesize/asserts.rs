//! Calls and what they give, read from assertions in Rust: in the function's documentation, and in the tests of its file.

use std::collections::HashMap;

use super::examples::{ExampleError, numbers};
use super::expected::{Expected, Kind};
use super::hole::{Hole, HoleError};
use super::literal::{Elements, not_deep, shortened};
use super::task::{Container, Conversion, Example, Parameter, Task, words};
use crate::facts::{Fact, FileFacts};
use crate::ir::{Const, DType, Target, Value};
use crate::syntax::{Language, LineIndex, Node, Tree};

/// The task of a Rust function.
pub(super) fn task<'t>(hole: &Hole<'t>, facts: &FileFacts<'t>, tree: &'t Tree) -> Result<Task, HoleError> {
    let parameters = parameters(hole, facts)?;
    let result = hole
        .function
        .field("return_type")
        .and_then(|node| facts.annotation(node))
        .ok_or_else(|| HoleError::Parameter("what it returns".to_owned(), "expected a number or an array of ndarray".to_owned()))?;
    let (documentation, first_line) = documentation(hole, tree);
    let code = fenced(&documentation);
    let reader = Reader { hole, parameters: &parameters, result: &result };
    let mut examples = Vec::new();
    for (line, text) in [(Some(first_line), code.as_str()), (None, tree.text())] {
        let whole = if line.is_some() { format!("fn main() {{ {text}\n}}") } else { text.to_owned() };
        examples.extend(reader.examples(&Tree::parse(Language::Rust, whole), line.unwrap_or(1) - 1)?);
    }
    if examples.is_empty() {
        let what = "`assert_eq!` of a call in a code block of its documentation or in a test of the file";
        return Err(HoleError::NoExamples(hole.name.to_owned(), what));
    }
    let prose = documentation.split("```").step_by(2).collect::<Vec<_>>().join("\n");
    let parameter = |(name, fact): (String, Fact)| Parameter { name, container: Container::Array, reference: fact.reference };
    let parameters: Vec<Parameter> = parameters.into_iter().map(parameter).collect();
    let words = words(hole.name, &parameters, &prose);
    Ok(Task { target: Target::Rust, parameters, examples, constants: numbers(&prose), words, conversion: Conversion::None })
}

fn parameters<'t>(hole: &Hole<'t>, facts: &FileFacts<'t>) -> Result<Vec<(String, Fact)>, HoleError> {
    let entry = facts.entry(hole.function);
    let nodes = hole.function.field("parameters").into_iter().flat_map(Node::named_children);
    let of = |node: Node<'t>| {
        let name = node.field("pattern").map_or(node.text(), |pattern| pattern.text());
        let known = entry.get(name).filter(|fact| fact.ty.dtype().is_some() && fact.ty.rank().is_some());
        let why = || "expected a number such as `f64` or an array such as `&Array2<f64>`; no table writes code for other types".to_owned();
        known.map(|fact| (name.to_owned(), fact.clone())).ok_or_else(|| HoleError::Parameter(shortened(node.text()), why()))
    };
    nodes.filter(|node| matches!(node.kind(), "parameter" | "self_parameter")).map(of).collect()
}

/// The text of the comments that document a function, a line each, and the number of the first.
fn documentation(hole: &Hole<'_>, tree: &Tree) -> (String, usize) {
    let lines = LineIndex::new(tree.text());
    let (mut found, mut first) = (Vec::new(), lines.position(hole.function.span().start).line);
    let mut node = hole.function.previous();
    while let Some(before) = node.filter(|node| node.is_comment() || node.kind() == "attribute_item") {
        if let Some(text) = before.text().strip_prefix("///") {
            found.push(text.trim_end().to_owned());
            first = lines.position(before.span().start).line;
        }
        node = before.previous();
    }
    found.reverse();
    (found.join("\n"), first)
}

/// The code of a documentation; all else becomes empty lines.
fn fenced(documentation: &str) -> String {
    let mut within = false;
    let lines = documentation.lines().map(|line| {
        let fence = line.trim().starts_with("```");
        within ^= fence;
        if within && !fence { line.trim().strip_prefix("# ").unwrap_or(line.trim()) } else { "" }
    });
    lines.collect::<Vec<_>>().join("\n")
}

struct Reader<'a, 't> {
    hole: &'a Hole<'t>,
    parameters: &'a [(String, Fact)],
    result: &'a Fact,
}

/// What an assertion says: a call, what it gives, and how far it may be from that.
struct Claim {
    call: Tree,
    expected: Option<String>,
    far: Option<f64>,
}

impl Reader<'_, '_> {
    fn examples(&self, tree: &Tree, before: usize) -> Result<Vec<Example>, HoleError> {
        let lines = LineIndex::new(tree.text());
        let mut found = Vec::new();
        let mut known: HashMap<String, String> = HashMap::new();
        for node in tree.root().descendants() {
            if let ("let_declaration", Some(pattern), Some(value)) = (node.kind(), node.field("pattern"), node.field("value")) {
                known.insert(pattern.text().to_owned(), value.text().to_owned());
            }
            let name = if node.kind() == "macro_invocation" { node.field("macro").map_or("", |name| name.text()) } else { "" };
            if !matches!(name, "assert_eq" | "assert") || !node.text().contains(&format!("{}(", self.hole.name)) {
                continue;
            }
            let line = before + lines.position(node.span().start).line;
            let wrong = |message: String| HoleError::Example(ExampleError { line, message });
            let unfit = || {
                wrong(format!("`{}` cannot be read as an example: expected `assert_eq!({}(…), …)`", shortened(node.text()), self.hole.name))
            };
            let claim = self.claim(node).ok_or_else(unfit)?;
            found.push(self.example(&claim, &known, line).map_err(wrong)?);
        }
        Ok(found)
    }

    /// What an assertion says of a call of the function.
    fn claim(&self, node: Node<'_>) -> Option<Claim> {
        let text = node.named_children().find(|child| child.kind() == "token_tree")?.text();
        let parts = arguments(text)?;
        let equal = node.field("macro")?.text() == "assert_eq";
        let (call, expected, far) = match (&parts[..], equal) {
            ([call, expected, ..], true) if self.is_call(call) => (call.clone(), Some(expected.clone()), None),
            ([expected, call, ..], true) => (call.clone(), Some(expected.clone()), None),
            ([truth, ..], false) if self.is_call(truth) => (truth.clone(), Some("true".to_owned()), None),
            ([truth, ..], false) if truth.starts_with('!') => (truth[1..].trim().to_owned(), Some("false".to_owned()), None),
            ([near, ..], false) => {
                let (distance, far) = near.split_once(").abs() <")?;
                let (call, expected) = distance.trim().strip_prefix('(')?.rsplit_once(" - ")?;
                (call.trim().to_owned(), Some(expected.trim().to_owned()), Some(far.trim().parse().ok()?))
            }
            _ => return None,
        };
        self.is_call(&call).then(|| Claim { call: expression(&call), expected, far })
    }

    fn is_call(&self, text: &str) -> bool {
        let tree = expression(text);
        let is_ours = |node: Node| {
            let function = node.field("function").map_or("", |f| f.text());
            function == self.hole.name || function.rsplit("::").next() == Some(self.hole.name)
        };
        value_of(&tree).is_some_and(|node| node.kind() == "call_expression" && is_ours(node))
    }

    fn example(&self, claim: &Claim, known: &HashMap<String, String>, line: usize) -> Result<Example, String> {
        let call = value_of(&claim.call).ok_or("it is no call")?;
        let given: Vec<Node> = call.field("arguments").into_iter().flat_map(Node::named_children).filter(|n| !n.is_comment()).collect();
        if given.len() != self.parameters.len() {
            return Err(format!("expected {} arguments, found {}", self.parameters.len(), given.len()));
        }
        let arguments =
            given.iter().zip(self.parameters).map(|(node, (_, fact))| value(node.text(), fact, known)).collect::<Result<_, _>>()?;
        let expected = value(claim.expected.as_deref().unwrap_or(""), self.result, known)?;
        let mut expected = Expected { dtype: self.result.ty.dtype(), ..Expected::of(&expected, Kind::Library) };
        expected.full = claim.far.is_none();
        if self.result.ty.dtype() == Some(DType::F32) {
            expected.relative = 2e-6;
        }
        if let Some(far) = claim.far {
            expected.absolute = far;
        }
        Ok(Example { arguments, expected, line })
    }
}

/// An expression as the value of a constant.
fn expression(text: &str) -> Tree {
    Tree::parse(Language::Rust, format!("const X: X = {text};"))
}

fn value_of(tree: &Tree) -> Option<Node<'_>> {
    tree.root().child(0)?.field("value")
}

/// The arguments of a macro, each as its text.
fn arguments(text: &str) -> Option<Vec<String>> {
    let inner = text.trim().strip_prefix(['(', '[', '{'])?.strip_suffix([')', ']', '}'])?;
    let tree = expression(&format!("[{inner}]"));
    let list = value_of(&tree).filter(|node| node.kind() == "array_expression" && tree.first_error().is_none())?;
    Some(list.named_children().filter(|child| !child.is_comment()).map(|child| child.text().to_owned()).collect())
}

/// The value that an expression writes, of a type that is known.
fn value(text: &str, fact: &Fact, known: &HashMap<String, String>) -> Result<Value, String> {
    let text = known.get(text.trim_start_matches('&').trim()).map_or(text, String::as_str);
    not_deep(text)?;
    let tree = expression(text);
    let unreadable = || format!("`{}` cannot be read as a value: expected numbers, or arrays made by `array!`", shortened(text));
    let dtype = fact.ty.dtype().ok_or_else(unreadable)?;
    let elements = value_of(&tree).and_then(|node| elements(node, dtype)).ok_or_else(unreadable)?;
    if Some(elements.shape.len()) != fact.ty.rank() {
        return Err(format!("`{}` has {} axes, expected {}", shortened(text), elements.shape.len(), fact.ty.rank().unwrap_or(0)));
    }
    elements.array(Some(dtype))
}

fn elements(node: Node<'_>, dtype: DType) -> Option<Elements> {
    match node.kind() {
        "reference_expression" => elements(node.field("value")?, dtype),
        "parenthesized_expression" => elements(inside(node)?, dtype),
        "array_expression" => {
            let parts = node
                .named_children()
                .filter(|child| !child.is_comment())
                .map(|child| elements(child, dtype))
                .collect::<Option<Vec<_>>>()?;
            Elements::rows(parts)
        }
        "macro_invocation" if matches!(node.field("macro")?.text().rsplit("::").next()?, "array" | "vec") => {
            let tokens = node.named_children().find(|child| child.kind() == "token_tree")?.text();
            let tree = expression(&format!("[{}]", tokens.get(1..tokens.len() - 1)?));
            elements(value_of(&tree)?, dtype)
        }
        "call_expression" if matches!(node.field("function")?.text().rsplit("::").next()?, "arr1" | "arr2" | "from" | "from_vec") => {
            elements(inside(node.field("arguments")?)?, dtype)
        }
        "call_expression" if node.field("function")?.text().ends_with(".view") || node.field("function")?.text().ends_with(".clone") => {
            elements(node.field("function")?.field("value")?, dtype)
        }
        _ => Some(Elements { shape: Vec::new(), numbers: vec![number(node, dtype)?] }),
    }
}

fn inside(node: Node<'_>) -> Option<Node<'_>> {
    node.named_children().find(|child| !child.is_comment())
}

fn number(node: Node<'_>, dtype: DType) -> Option<Const> {
    let text: String = node.text().chars().filter(|c| !matches!(c, '_' | ' ')).collect();
    let text = DType::ALL.iter().find_map(|dtype| text.strip_suffix(dtype.name())).unwrap_or(&text);
    match text {
        "true" | "false" => Some(Const::typed_int(DType::Bool, i64::from(text == "true"))),
        "f64::NAN" | "f32::NAN" => Some(Const::typed_float(dtype, f64::NAN)),
        "f64::INFINITY" | "f32::INFINITY" => Some(Const::typed_float(dtype, f64::INFINITY)),
        _ if dtype.is_float() => text.parse().ok().map(|x| Const::typed_float(dtype, x)),
        _ => text.parse().ok().map(|i| Const::typed_int(dtype, i)),
    }
}
