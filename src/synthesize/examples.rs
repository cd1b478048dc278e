//! Calls and what they give, read from doctests.

use std::collections::HashMap;

use super::expected::{Expected, Kind};
use super::hole::{Hole, HoleError};
use super::literal::{Object, Reader, not_deep, shortened};
use super::task::{Container, Conversion, Example, Parameter, Task, words};
use crate::dialect::Names;
use crate::facts::FileFacts;
use crate::ir::{Const, DType, DTypeKind, Target, Value};
use crate::syntax::{Language, LineIndex, Node, Tree};

/// What of an example cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleError {
    /// The line of the file, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

/// A statement of a doctest and what it prints.
struct Doctest {
    line: usize,
    source: String,
    output: String,
}

/// A parameter as it is declared.
struct Declared<'t> {
    name: &'t str,
    default: Option<Node<'t>>,
}

/// The task of a Python function with a docstring.
pub(super) fn task<'t>(hole: &Hole<'t>, facts: &FileFacts<'t>, tree: &'t Tree, target: Target) -> Result<Task, HoleError> {
    let nothing =
        || HoleError::NoExamples(hole.name.to_owned(), "doctests in its docstring, such as `>>> f(2.0)` and `4.0` on the next line");
    let (tests, prose) = doctests(hole.docstring.ok_or_else(nothing)?, tree);
    let names = facts.names(hole.placeholder);
    let declared = declared(hole)?;
    let mut session = Session { hole, names: &names, target, declared: &declared, known: HashMap::new(), given: Vec::new() };
    let mut examples = Vec::new();
    for test in tests {
        let line = test.line;
        examples.extend(session.run(&test).map_err(|message| HoleError::Example(ExampleError { line, message }))?);
    }
    if examples.is_empty() {
        return Err(nothing());
    }
    let given = session.given;
    let parameters = declared.iter().enumerate().map(|(at, declared)| Parameter {
        name: declared.name.to_owned(),
        container: container(given.iter().map(|containers| containers[at])),
        reference: false,
    });
    let parameters: Vec<Parameter> = parameters.collect();
    let lists = parameters.iter().find(|parameter| parameter.container == Container::List);
    if let Some(list) = lists.filter(|_| array_function(&names, target).is_none()) {
        let why =
            format!("`{}` is a list, and the file imports no library for arrays: no table writes code for lists; import NumPy", list.name);
        return Err(HoleError::Library(why));
    }
    let conversion = conversion(&examples);
    let words = words(hole.name, &parameters, &prose);
    Ok(Task { target, parameters, examples, constants: numbers(&prose), words, conversion })
}

/// How the file spells the function that makes an array of a list.
pub(super) fn array_function(names: &dyn Names, target: Target) -> Option<String> {
    names.spell(if target == Target::Torch { "torch.as_tensor" } else { "numpy.asarray" })
}

fn container(mut given: impl Iterator<Item = Container>) -> Container {
    let first = given.next().unwrap_or(Container::Array);
    given.fold(first, |all, one| match (all, one) {
        (a, b) if a == b => a,
        (Container::List, _) | (_, Container::List) => Container::List,
        _ => Container::Array,
    })
}

fn conversion(examples: &[Example]) -> Conversion {
    let all = |kind: Kind| examples.iter().all(|e| matches!(e.expected.kind, k if k == kind || k == Kind::Any));
    let some = |kind: Kind| examples.iter().find(|e| e.expected.kind == kind);
    match (some(Kind::Number), some(Kind::List)) {
        (Some(example), None) if all(Kind::Number) => Conversion::Number(match example.expected.elements {
            Some(DTypeKind::Bool) => "bool",
            Some(DTypeKind::Int) => "int",
            _ => "float",
        }),
        (None, Some(_)) if all(Kind::List) => Conversion::List,
        _ => Conversion::None,
    }
}

fn declared<'t>(hole: &Hole<'t>) -> Result<Vec<Declared<'t>>, HoleError> {
    let mut found = Vec::new();
    let Some(parameters) = hole.function.field("parameters") else { return Ok(found) };
    for node in parameters.named_children() {
        let declared = match node.kind() {
            "identifier" => Declared { name: node.text(), default: None },
            "typed_parameter" => match node.named_children().next().filter(|name| name.kind() == "identifier") {
                Some(name) => Declared { name: name.text(), default: None },
                None => return Err(any_number(node)),
            },
            "default_parameter" | "typed_default_parameter" => {
                Declared { name: node.field("name").map_or("", |name| name.text()), default: node.field("value") }
            }
            "list_splat_pattern" | "dictionary_splat_pattern" => return Err(any_number(node)),
            _ => continue,
        };
        found.push(declared);
    }
    Ok(found)
}

fn any_number(node: Node<'_>) -> HoleError {
    HoleError::Parameter(node.text().to_owned(), "it takes any number of arguments; write parameters one by one".to_owned())
}

/// The doctests of a docstring, and the text between them.
fn doctests(docstring: Node<'_>, tree: &Tree) -> (Vec<Doctest>, String) {
    let lines = LineIndex::new(tree.text());
    let (mut tests, mut prose): (Vec<Doctest>, String) = (Vec::new(), String::new());
    let mut open = false;
    let first = lines.position(docstring.span().start).line;
    let text = docstring.text().trim_end_matches(['"', '\'']);
    for (number, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        match (trimmed.strip_prefix(">>>"), trimmed.strip_prefix("..."), tests.last_mut()) {
            (Some(source), ..) => {
                tests.push(Doctest { line: first + number, source: source.trim().to_owned(), output: String::new() });
                open = true;
            }
            (None, Some(source), Some(test)) if open && test.output.is_empty() => {
                test.source.push('\n');
                test.source.push_str(source.trim());
            }
            (.., Some(test)) if open && !trimmed.is_empty() => {
                test.output.push_str(trimmed);
                test.output.push('\n');
            }
            _ => {
                open = false;
                prose.push_str(trimmed);
                prose.push('\n');
            }
        }
    }
    (tests, prose)
}

/// The numbers that a text names.
pub(super) fn numbers(prose: &str) -> Vec<Const> {
    let mut found = Vec::new();
    for word in prose.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))) {
        let word = word.trim_end_matches('.');
        let constant = match (word.parse::<i64>(), word.parse::<f64>()) {
            (Ok(i), _) => Const::int(i),
            (_, Ok(x)) if x.is_finite() && word.contains(|c: char| c.is_ascii_digit()) => Const::float(x),
            _ => continue,
        };
        if !found.contains(&constant) && found.len() < 6 {
            found.push(constant);
        }
    }
    found
}

/// The doctests one after the other.
struct Session<'a, 't> {
    hole: &'a Hole<'t>,
    names: &'a dyn Names,
    target: Target,
    declared: &'a [Declared<'t>],
    known: HashMap<String, Object>,
    given: Vec<Vec<Container>>,
}

/// What is done with the result of the call before it is shown.
#[derive(Debug, Clone, Copy, Default)]
struct Shown {
    /// It is made a number of Python's or a list first.
    converted: bool,
    /// It is rounded to so many decimals.
    decimals: Option<i32>,
}

impl<'t> Session<'_, 't> {
    fn run(&mut self, test: &Doctest) -> Result<Option<Example>, String> {
        not_deep(&test.source)?;
        let tree = Tree::parse(Language::Python, test.source.as_str());
        let unfit = || format!("`{}` is no example: expected a call of `{}` and what it gives", shortened(&test.source), self.hole.name);
        let statement = tree.root().named_children().find(|node| !node.is_comment()).ok_or_else(unfit)?;
        if tree.first_error().is_some() {
            return Err(format!("`{}` is not Python", shortened(&test.source)));
        }
        if matches!(statement.kind(), "import_statement" | "import_from_statement") {
            return Ok(None);
        }
        let expression = statement.named_children().next().ok_or_else(unfit)?;
        if expression.kind() == "assignment" {
            let (name, value) = expression.field("left").zip(expression.field("right")).ok_or_else(unfit)?;
            if name.kind() != "identifier" {
                return Err(format!("`{}` changes a value: an example that has an effect cannot be used", shortened(&test.source)));
            }
            let object = self.reader().object(value)?;
            self.known.insert(name.text().to_owned(), object);
            return Ok(None);
        }
        if expression.kind() == "comparison_operator" || self.is(expression, "allclose") {
            return self.comparison(expression, test).map(Some);
        }
        let (call, shown, printed) = self.call(expression, Shown::default()).ok_or_else(unfit)?;
        if test.output.trim().is_empty() {
            return Err(format!("`{}` gives nothing: an example that has an effect cannot be used", shortened(&test.source)));
        }
        if test.output.starts_with("Traceback") {
            return Err("it raises an exception: only examples with a value can be used".to_owned());
        }
        let expected = self.expected(&test.output, shown, printed)?;
        let arguments = self.arguments(call)?;
        Ok(Some(Example { arguments, expected, line: test.line }))
    }

    fn reader(&self) -> Reader<'_> {
        Reader { names: self.names, target: self.target, known: &self.known }
    }

    fn is(&self, node: Node<'_>, function: &str) -> bool {
        let library = if self.target == Target::Torch { "torch" } else { "numpy" };
        let spelt = self.names.spell(&format!("{library}.{function}"));
        node.kind() == "call" && node.field("function").is_some_and(|f| spelt.as_deref() == Some(f.text()))
    }

    /// The call of the function within what is done with its result, and whether it is printed.
    fn call<'n>(&self, node: Node<'n>, shown: Shown) -> Option<(Node<'n>, Shown, bool)> {
        if node.kind() != "call" {
            return None;
        }
        let (function, arguments) = (node.field("function")?, node.field("arguments")?);
        if function.kind() == "identifier" && function.text() == self.hole.name {
            return Some((node, shown, false));
        }
        let mut given = arguments.named_children();
        let decimals = |node: Option<Node>| node.map_or(Some(0), |node| node.text().parse().ok());
        if function.kind() == "attribute" && !self.is(node, "round") && !self.is(node, "around") {
            let object = function.field("object")?;
            return match function.field("attribute")?.text() {
                "tolist" | "item" => self.call(object, Shown { converted: true, ..shown }),
                "round" => self.call(object, Shown { decimals: Some(decimals(given.next())?), ..shown }),
                _ => None,
            };
        }
        let inner = given.next()?;
        match function.text() {
            "float" | "int" | "bool" | "list" => self.call(inner, Shown { converted: true, ..shown }),
            "print" => self.call(inner, shown).map(|(call, shown, _)| (call, shown, true)),
            _ if function.text() == "round" || self.is(node, "round") || self.is(node, "around") => {
                self.call(inner, Shown { decimals: Some(decimals(given.next())?), ..shown })
            }
            _ => None,
        }
    }

    /// An example that says what the result is equal to.
    fn comparison(&mut self, node: Node<'_>, test: &Doctest) -> Result<Example, String> {
        let unfit =
            || format!("`{}` is no example: expected a call of `{}` and what it is equal to", shortened(&test.source), self.hole.name);
        let sides: Vec<Node> = match node.kind() {
            "call" => node.field("arguments").into_iter().flat_map(|arguments| arguments.named_children().take(2)).collect(),
            _ if node.children().any(|sign| sign.kind() == "==") => node.named_children().collect(),
            _ => return Err(unfit()),
        };
        let &[left, right] = &sides[..] else { return Err(unfit()) };
        if !matches!(test.output.trim(), "True" | "np.True_") {
            return Err(format!("expected `True` under `{}`, found `{}`", shortened(&test.source), shortened(test.output.trim())));
        }
        let ((call, shown, _), value) = match (self.call(left, Shown::default()), self.call(right, Shown::default())) {
            (Some(call), None) => (call, right),
            (None, Some(call)) => (call, left),
            _ => return Err(unfit()),
        };
        let object = self.reader().object(value)?;
        let mut expected = Expected::of(object.value(), Kind::Any);
        expected.elements = None;
        if node.kind() == "call" {
            (expected.absolute, expected.relative) = (1e-8, 1e-5);
        }
        if let Some(decimals) = shown.decimals {
            expected.absolute = 0.5 * 10f64.powi(-decimals) + 1e-12;
        }
        Ok(Example { arguments: self.arguments(call)?, expected, line: test.line })
    }

    /// What the output of an example shows.
    fn expected(&self, output: &str, shown: Shown, printed: bool) -> Result<Expected, String> {
        let (text, cut) = without_ellipsis(output.trim());
        let text = if printed { with_commas(&text) } else { text };
        not_deep(&text)?;
        let tree = Tree::parse(Language::Python, text.as_str());
        let unfit = || format!("what it gives, `{}`, cannot be read as a value", shortened(output.trim()));
        if tree.first_error().is_some() {
            return Err(unfit());
        }
        let node = tree.root().named_children().next().and_then(|statement| statement.named_children().next()).ok_or_else(unfit)?;
        let object = self.reader().object(node).map_err(|_| unfit())?;
        let kind = match &object {
            _ if printed => Kind::Any,
            _ if shown.converted => Kind::Any,
            Object::Array(..) => Kind::Library,
            Object::List(_) => Kind::List,
            Object::Number(_) => Kind::Number,
        };
        let mut expected = Expected::of(object.value(), kind);
        if kind == Kind::Any && matches!(object, Object::Number(_)) {
            expected.elements = None;
        }
        if let Object::Array(Value::Array { dtype, .. }, said) = &object {
            let own = matches!(dtype, DType::F64 | DType::I64 | DType::Bool) || self.target == Target::Torch && *dtype == DType::F32;
            expected.dtype = (*said || own).then_some(*dtype);
            if matches!(dtype, DType::F32 | DType::F16 | DType::BF16) {
                expected.relative = if *dtype == DType::F32 { 2e-6 } else { 2e-3 };
            }
        }
        loosen(&mut expected, &text, matches!(object, Object::Array(..)) || printed, self.target);
        expected.full =
            !shown.converted && shown.decimals.is_none() && cut.is_none() && expected.absolute < 1e-10 && expected.relative < 1e-8;
        if let Some(decimals) = shown.decimals.into_iter().chain(cut).min() {
            expected.absolute = expected.absolute.max(if cut.is_some() { 1.0 } else { 0.501 } * 10f64.powi(-decimals));
        }
        Ok(expected)
    }

    fn arguments(&mut self, call: Node<'_>) -> Result<Vec<Value>, String> {
        let mut given: Vec<Option<Object>> = self.declared.iter().map(|_| None).collect();
        let mut position = 0;
        for node in call.field("arguments").into_iter().flat_map(Node::named_children) {
            let (at, value) = if node.kind() == "keyword_argument" {
                let name = node.field("name").map_or("", |name| name.text());
                (self.declared.iter().position(|declared| declared.name == name), node.field("value").unwrap_or(node))
            } else {
                position += 1;
                (Some(position - 1), node)
            };
            let place = at.and_then(|at| given.get_mut(at));
            let place = place.ok_or_else(|| format!("`{}` has no parameter for `{}`", self.hole.name, shortened(node.text())))?;
            *place = Some(Reader { names: self.names, target: self.target, known: &self.known }.object(value)?);
        }
        for (place, declared) in given.iter_mut().zip(self.declared) {
            if let (None, Some(default)) = (&place, declared.default) {
                *place = Some(Reader { names: self.names, target: self.target, known: &HashMap::new() }.object(default)?);
            }
        }
        let missing = given.iter().position(Option::is_none).map(|at| self.declared[at].name);
        if let Some(missing) = missing {
            return Err(format!("the call gives nothing for the parameter `{missing}`"));
        }
        let objects: Vec<Object> = given.into_iter().flatten().collect();
        self.given.push(
            objects
                .iter()
                .map(|object| match object {
                    Object::Number(_) => Container::Number,
                    Object::Array(..) => Container::Array,
                    Object::List(_) => Container::List,
                })
                .collect(),
        );
        Ok(objects.iter().map(|object| object.value().clone()).collect())
    }
}

/// Widens what is accepted to what the printed digits leave open.
fn loosen(expected: &mut Expected, text: &str, library: bool, target: Target) {
    let digits = if target == Target::Torch { 4 } else { 8 };
    let decimals = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).filter_map(|word| word.split_once('.'));
    let decimals = decimals.map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).count()).max().unwrap_or(0);
    if library && decimals >= digits {
        if text.contains("e-") || text.contains("e+") {
            expected.relative = expected.relative.max(10f64.powi(1 - digits as i32));
        } else {
            expected.absolute = expected.absolute.max(0.51 * 10f64.powi(-(digits as i32)));
        }
    }
}

/// A text without the dots that stand for more digits, and how many decimals stand before them at least.
fn without_ellipsis(text: &str) -> (String, Option<i32>) {
    let mut parts = text.split("...");
    let mut whole = parts.next().unwrap_or("").to_owned();
    let mut cut = None;
    for part in parts {
        let decimals = whole.rsplit(|c: char| !(c.is_ascii_digit() || c == '.')).next().and_then(|number| number.split_once('.'));
        if let Some((_, decimals)) = decimals {
            let count = decimals.len() as i32;
            cut = Some(cut.map_or(count, |cut: i32| cut.min(count)));
        }
        whole.push_str(part);
    }
    (whole, cut)
}

/// What `print` writes of an array, as a list.
fn with_commas(text: &str) -> String {
    let words = text.replace('[', " [ ").replace(']', " ] ").replace(',', " ");
    let mut out = String::new();
    for word in words.split_whitespace() {
        if word != "]" && !out.is_empty() && !out.ends_with('[') {
            out.push_str(", ");
        }
        out.push_str(word);
    }
    out
}
