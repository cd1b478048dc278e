//! Where names are looked for: the variables of calls, and bodies of modules and classes, whose statements run when a name is asked for.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use indexmap::IndexMap;

use super::value::{Class, Module, Value};
use crate::syntax::Node;

/// The variables of a call.
pub struct Frame<'t> {
    /// The variables.
    pub variables: RefCell<HashMap<&'t str, Value<'t>>>,
    /// The call around, for a function within a function.
    pub outer: Option<Rc<Frame<'t>>>,
    /// The module.
    pub module: Rc<Module<'t>>,
    /// The class in whose body the function stands, and its first argument: for `super()`.
    pub method: Option<(Rc<Class<'t>>, Value<'t>)>,
    /// The class whose body this is.
    pub body_of: Option<Rc<Class<'t>>>,
    /// True for the body of the module itself.
    pub is_module: bool,
    /// Names that are the module's, and names that are a call's around.
    pub foreign: RefCell<HashMap<&'t str, Foreign>>,
    /// What was yielded.
    pub yielded: RefCell<Vec<Value<'t>>>,
}

/// Whose a name is that a function assigns to and that is not its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// `global`.
    Global,
    /// `nonlocal`.
    Outer,
}

impl<'t> Frame<'t> {
    /// A frame without variables.
    pub fn new(module: Rc<Module<'t>>, outer: Option<Rc<Frame<'t>>>) -> Frame<'t> {
        Frame {
            variables: RefCell::default(),
            outer,
            module,
            method: None,
            body_of: None,
            is_module: false,
            foreign: RefCell::default(),
            yielded: RefCell::default(),
        }
    }

    /// A variable of this call or one around.
    pub fn variable(&self, name: &str) -> Option<Value<'t>> {
        let own = self.variables.borrow().get(name).cloned();
        own.or_else(|| self.outer.as_ref().and_then(|outer| outer.variable(name)))
    }

    /// Sets a variable where it belongs.
    pub fn set(&self, name: &'t str, value: Value<'t>) {
        let foreign = self.foreign.borrow().get(name).copied();
        match (foreign, &self.outer) {
            (Some(Foreign::Outer), Some(outer)) => outer.set_existing(name, value),
            (Some(Foreign::Global), _) => self.module.namespace.set(name, value),
            _ => {
                self.variables.borrow_mut().insert(name, value);
            }
        }
    }

    fn set_existing(&self, name: &'t str, value: Value<'t>) {
        match &self.outer {
            Some(outer) if !self.variables.borrow().contains_key(name) => outer.set_existing(name, value),
            _ => {
                self.variables.borrow_mut().insert(name, value);
            }
        }
    }
}

/// A body of statements of which each runs when a name that it binds is asked for, after those before it that bind the same.
///
/// So a file is followed without what it does not need: imports of packages that are not there, code that trains.
#[derive(Default)]
pub struct Namespace<'t> {
    values: RefCell<IndexMap<Rc<str>, Value<'t>>>,
    statements: Vec<(Node<'t>, Cell<bool>)>,
    binding: HashMap<&'t str, Vec<usize>>,
    /// Statements `from … import *`.
    stars: Vec<usize>,
    /// The statement that is running.
    running: Cell<Option<usize>>,
}

impl<'t> Namespace<'t> {
    /// The body of a module or class.
    pub fn new(body: Node<'t>) -> Namespace<'t> {
        let mut namespace = Namespace::default();
        let (mut imports, functions) = (HashSet::new(), functions(body));
        for node in body.descendants().filter(|node| matches!(node.kind(), "import_statement" | "import_from_statement")) {
            imported(node, &mut imports);
        }
        for statement in body.named_children().filter(|child| !child.is_comment()) {
            let number = namespace.statements.len();
            namespace.statements.push((statement, Cell::new(false)));
            if statement.kind() == "import_from_statement" && statement.named_children().any(|child| child.kind() == "wildcard_import") {
                namespace.stars.push(number);
            }
            for name in bound_names(statement, &imports, &functions) {
                namespace.binding.entry(name).or_default().push(number);
            }
        }
        namespace
    }

    /// A name's value, if it has one already.
    pub fn get(&self, name: &str) -> Option<Value<'t>> {
        self.values.borrow().get(name).cloned()
    }

    /// True if a statement of the body binds a name.
    pub fn has(&self, name: &str) -> bool {
        self.binding.contains_key(name)
    }

    /// Binds a name.
    pub fn set(&self, name: &str, value: Value<'t>) {
        self.values.borrow_mut().insert(Rc::from(name), value);
    }

    /// The numbers of the statements that must run before a name has its value, in order: those that bind it, and those between them that
    /// read what it was. While a statement of the body runs, those behind it have not.
    pub fn pending(&self, name: &str) -> Vec<usize> {
        let Some(binding) = self.binding.get(name) else { return Vec::new() };
        let limit = self.running.get().unwrap_or(usize::MAX);
        let mut numbers = Vec::new();
        for (i, number) in binding.iter().enumerate().filter(|(_, number)| **number < limit) {
            if let Some(before) = i.checked_sub(1).map(|before| binding[before]) {
                numbers.extend((before + 1..*number).filter(|between| self.reads(*between, name)));
            }
            numbers.push(*number);
        }
        numbers.retain(|number| !self.statements[*number].1.get());
        numbers
    }

    /// The numbers of the imports of everything that did not run yet.
    pub fn pending_stars(&self) -> Vec<usize> {
        let limit = self.running.get().unwrap_or(usize::MAX);
        self.stars.iter().copied().filter(|number| *number < limit && !self.statements[*number].1.get()).collect()
    }

    /// A statement that is to run now, unless it did; with what [`Namespace::end`] wants back.
    pub fn start(&self, number: usize) -> Option<(Node<'t>, Option<usize>)> {
        let (statement, ran) = &self.statements[number];
        (!ran.replace(true)).then(|| (*statement, self.running.replace(Some(number))))
    }

    /// The statements with their numbers, in order.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, Node<'t>)> {
        self.statements.iter().map(|(statement, _)| *statement).enumerate()
    }

    /// The statement that was started has run.
    pub fn end(&self, before: Option<usize>) {
        self.running.set(before);
    }

    /// True if a statement binds a name.
    pub fn binds(&self, number: usize, name: &str) -> bool {
        self.binding.get(name).is_some_and(|numbers| numbers.contains(&number))
    }

    /// True for an import of everything.
    pub fn is_star(&self, number: usize) -> bool {
        self.stars.contains(&number)
    }

    /// True for an assignment that reads a name when it runs.
    fn reads(&self, number: usize, name: &str) -> bool {
        let statement = self.statements[number].0;
        let right = statement.named_children().next().filter(|child| child.kind() == "assignment").and_then(|child| child.field("right"));
        right.is_some_and(|right| right.descendants().any(|node| node.kind() == "identifier" && node.text() == name))
    }

    /// All names that statements bind, in order.
    pub fn names(&self) -> Vec<&'t str> {
        let mut names: Vec<(&usize, &'t str)> = self.binding.iter().filter_map(|(name, at)| Some((at.first()?, *name))).collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name).collect()
    }
}

/// The names that a statement binds, or whose values it changes. A call of what was imported changes nothing here.
fn bound_names<'t>(statement: Node<'t>, imports: &HashSet<&'t str>, functions: &HashMap<&'t str, Node<'t>>) -> HashSet<&'t str> {
    let mut names = HashSet::new();
    let mut walk = statement.walk();
    while let Some(step) = walk.next() {
        let crate::syntax::Step::Enter(node) = step else { continue };
        match node.kind() {
            "function_definition" | "class_definition" => {
                names.extend(node.field("name").map(Node::text));
                walk.skip_children();
            }
            "lambda" | "list_comprehension" | "generator_expression" | "set_comprehension" | "dictionary_comprehension" => {
                walk.skip_children();
            }
            "assignment" | "augmented_assignment" => targets(node.field("left"), &mut names),
            "for_statement" => {
                targets(node.field("left"), &mut names);
                names.extend(looped(node));
            }
            "named_expression" => targets(node.field("name"), &mut names),
            "as_pattern_target" => targets(node.named_children().next(), &mut names),
            "import_statement" | "import_from_statement" => imported(node, &mut names),
            "expression_statement" => {
                names.extend(changed(node).filter(|name| !imports.contains(name)));
                names.extend(patched(node, functions));
            }
            _ => {}
        }
    }
    names
}

/// The names in a target; of `model.forward = f` and `table[i] = x` the name whose value is changed.
fn targets<'t>(target: Option<Node<'t>>, names: &mut HashSet<&'t str>) {
    let Some(target) = target else { return };
    match target.kind() {
        "identifier" => {
            names.insert(target.text());
        }
        "attribute" | "subscript" | "call" => names.extend(root(target)),
        _ => target.named_children().for_each(|part| targets(Some(part), names)),
    }
}

/// The name at the front of a chain.
fn root(node: Node<'_>) -> Option<&str> {
    let mut node = node;
    loop {
        node = match node.kind() {
            "identifier" => return Some(node.text()),
            "attribute" => node.field("object")?,
            "subscript" => node.field("value")?,
            "call" => node.field("function")?,
            _ => return None,
        };
    }
}

/// The functions that a body defines.
fn functions<'t>(body: Node<'t>) -> HashMap<&'t str, Node<'t>> {
    let definition = |node: Node<'t>| if node.kind() == "decorated_definition" { node.field("definition") } else { Some(node) };
    let defined = body.named_children().filter_map(definition).filter(|node| node.kind() == "function_definition");
    defined.filter_map(|node| Some((node.field("name")?.text(), node))).collect()
}

/// The names whose values a call of the body's own function may change: what it is given, and what it sets attributes of.
fn patched<'t>(statement: Node<'t>, functions: &HashMap<&'t str, Node<'t>>) -> Vec<&'t str> {
    let call = statement.named_children().next().filter(|child| child.kind() == "call");
    let function = call.and_then(|call| functions.get(call.field("function")?.text()));
    let Some((call, function)) = call.zip(function) else { return Vec::new() };
    let given = call.field("arguments").into_iter().flat_map(Node::named_children);
    let given = given.filter(|argument| argument.kind() == "identifier").map(Node::text);
    given.chain(set_attributes(*function)).collect()
}

/// Those that a loop over a list of names sets attributes of.
fn looped(node: Node<'_>) -> Vec<&str> {
    let (Some(left), Some(right), Some(body)) = (node.field("left"), node.field("right"), node.field("body")) else { return Vec::new() };
    if !set_attributes(body).any(|name| name == left.text()) {
        return Vec::new();
    }
    right.descendants().filter(|node| node.kind() == "identifier").map(Node::text).collect()
}

/// The names of whose values attributes are set.
fn set_attributes<'t>(node: Node<'t>) -> impl Iterator<Item = &'t str> {
    node.descendants().filter_map(|node| match node.kind() {
        "assignment" | "augmented_assignment" => node.field("left").filter(|left| left.kind() == "attribute").and_then(root),
        "call" if node.field("function").is_some_and(|function| function.text() == "setattr") => {
            node.field("arguments")?.named_children().next().and_then(root)
        }
        _ => None,
    })
}

fn imported<'t>(node: Node<'t>, names: &mut HashSet<&'t str>) {
    let module = node.field("module_name");
    for child in node.named_children().filter(|child| Some(*child) != module) {
        match child.kind() {
            "aliased_import" => names.extend(child.field("alias").map(Node::text)),
            "dotted_name" => names.extend(child.named_children().next().map(Node::text)),
            _ => {}
        }
    }
}

/// The name whose value a call on its own may change: the object of a method, what is given to `setattr`.
fn changed(statement: Node<'_>) -> Option<&str> {
    let call = statement.named_children().next().filter(|child| child.kind() == "call")?;
    let function = call.field("function")?;
    match function.kind() {
        "attribute" => root(function),
        "identifier" if function.text() == "setattr" => call.field("arguments")?.named_children().next().and_then(root),
        _ => None,
    }
}
