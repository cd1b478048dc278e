//! What is known of a name at a point, and on what ground.
//!
//! A file's scopes are read in one walk when [`FileFacts`] is made; the rest is worked out when it is asked for. What is
//! not known for sure is unknown.

mod attributes;
mod calls;
mod effects;
mod import_lines;
mod names;
mod other_file;
mod outside;
mod python;
mod recording;
mod rust;
mod words;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::{Target, Type};
use crate::syntax::{Language, Node, Span, Tree};

pub use attributes::{Attribute, join_attributes};
use calls::join_calls;
pub use calls::{Called, OtherCall, arguments};
pub use effects::{Class, Effects, Sources};
pub use import_lines::{ImportLine, import_lines};
pub use names::ScopedNames;
pub use other_file::OtherFile;
pub use outside::{Outside, join};
pub use python::ImportedCalls;
pub use recording::{FNV_START, Place, Record, Recording, RecordingError, Value as RecordedValue, fnv_1a, hash};
pub use words::{ATTRIBUTE_TRICKS, Elsewhere, Word, is_private, may_be_stored, occurrences, private_words, stored_words};

/// On what a fact rests, the firmest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ground {
    /// The file says so: an annotation, a docstring, a type.
    Declared,
    /// It follows from the code: a constructor, an assertion, a use that would fail otherwise.
    Inferred,
    /// So it was in every call of a recorded run.
    Recorded {
        /// How many calls were seen.
        calls: u64,
    },
}

/// What is known of a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Its type.
    pub ty: Type,
    /// Whose array it is: an `ndarray`, a tensor, a Rust value. `None` for a Python number.
    pub library: Option<Target>,
    /// Rust: the name holds a reference to it.
    pub reference: bool,
    /// On what the fact rests.
    pub ground: Ground,
}

impl Fact {
    /// What sort of value it is.
    pub fn class(&self) -> Option<Class> {
        match (self.library, &self.ty) {
            (_, ty) if ty.is_weak() => Some(Class::Number),
            (Some(Target::Rust), ty) if ty.rank() == Some(0) => Some(Class::Number),
            (Some(library), Type::Array { .. }) => Some(Class::Array(library)),
            _ => None,
        }
    }
}

/// The facts of one file.
#[derive(Debug)]
pub struct FileFacts<'t> {
    root: Node<'t>,
    path: PathBuf,
    scopes: FileScopes<'t>,
    imports: OnceCell<python::Imports<'t>>,
    outside: Outside,
    entries: FxHashMap<usize, OnceCell<BTreeMap<String, Fact>>>,
    /// What all calls of a function agree on, by the function's node and its parameters' names.
    calls: FxHashMap<usize, BTreeMap<String, Fact>>,
    /// What the attributes of a class's objects always hold, by the class's node and the attributes' names.
    attributes: FxHashMap<usize, BTreeMap<String, Fact>>,
}

#[derive(Debug)]
enum FileScopes<'t> {
    Python(python::Scopes<'t>, python::Classes<'t>),
    Rust(rust::Scopes<'t>),
}

impl<'t> FileFacts<'t> {
    /// Reads a file's scopes, in one walk.
    pub fn new(tree: &'t Tree, outside: &Outside) -> Self {
        let scopes = match tree.language() {
            Language::Python => FileScopes::Python(python::Scopes::new(tree.root()), python::Classes::default()),
            Language::Rust => FileScopes::Rust(rust::Scopes::new(tree.root())),
        };
        let entries = match &scopes {
            FileScopes::Python(scopes, _) => scopes.functions().map(|(id, _)| (id, OnceCell::new())).collect(),
            FileScopes::Rust(scopes) => scopes.functions().map(|node| (node.id(), OnceCell::new())).collect(),
        };
        FileFacts {
            root: tree.root(),
            path: PathBuf::new(),
            scopes,
            imports: OnceCell::new(),
            outside: outside.clone(),
            entries,
            calls: FxHashMap::default(),
            attributes: FxHashMap::default(),
        }
    }

    /// The same file with what calls tell of its functions, by the functions' nodes.
    #[must_use]
    pub fn with_calls(self, calls: FxHashMap<usize, BTreeMap<String, Fact>>) -> Self {
        FileFacts { calls, ..self }.forgetting()
    }

    /// The same file with what the attributes of its classes' objects always hold, by the classes' nodes.
    #[must_use]
    pub fn with_attributes(self, attributes: FxHashMap<usize, BTreeMap<String, Fact>>) -> Self {
        FileFacts { attributes, ..self }.forgetting()
    }

    /// Without what was worked out.
    fn forgetting(self) -> Self {
        let entries = self.entries.into_keys().map(|id| (id, OnceCell::new())).collect();
        let scopes = match self.scopes {
            FileScopes::Python(scopes, _) => FileScopes::Python(scopes, python::Classes::default()),
            rust => rust,
        };
        FileFacts { scopes, entries, ..self }
    }

    /// The attributes of `self` in a Python file's classes of which every assignment is seen.
    pub fn attributes(&self, root: Node<'t>, wanted: &dyn Fn(&str) -> bool) -> Vec<Attribute<'t>> {
        match &self.scopes {
            FileScopes::Python(scopes, _) => python::attributes(scopes, root, self.outside.elsewhere.as_deref(), wanted),
            FileScopes::Rust(_) => Vec::new(),
        }
    }

    /// The class of whose methods a name is the object where it is read.
    pub fn class_of_receiver(&self, name: Node<'t>) -> Option<Node<'t>> {
        match &self.scopes {
            FileScopes::Python(scopes, _) => python::class_of_receiver(scopes, name.text(), name.span().start),
            FileScopes::Rust(_) => None,
        }
    }

    /// The wanted functions of a Python file of which every use in the file is a call that is seen.
    pub fn called(&self, root: Node<'t>, wanted: &dyn Fn(Node<'t>) -> bool) -> Vec<Called<'t>> {
        match &self.scopes {
            FileScopes::Python(scopes, _) => python::called(scopes, root, self.outside.elsewhere.as_deref(), wanted),
            FileScopes::Rust(_) => Vec::new(),
        }
    }

    /// The calls in this Python file of a private function of another file, which asked for this one; `None` if more is done with it.
    pub fn imported_calls(&self, name: &str, file: &OtherFile) -> Option<ImportedCalls<'t>> {
        match &self.scopes {
            FileScopes::Python(scopes, _) => python::imported_calls(scopes, self.root, name, file),
            FileScopes::Rust(_) => None,
        }
    }

    /// The same for a file of which the place is known: one within a library's folder may be a part of the library.
    pub fn of_file(self, path: &Path) -> Self {
        FileFacts { path: path.to_owned(), ..self }
    }

    /// The language of the file.
    pub fn language(&self) -> Language {
        self.root.language()
    }

    /// The meaning of names at a place.
    pub fn names(&self, at: Node<'t>) -> ScopedNames<'_, 't> {
        ScopedNames::new(self, at.span().start)
    }

    /// What holds of a function's names when it is entered: its parameters, and constants of the scopes around it. Shapes are in symbols
    /// of the function's own.
    pub fn entry(&self, function: Node<'t>) -> &BTreeMap<String, Fact> {
        static NOTHING: BTreeMap<String, Fact> = BTreeMap::new();
        match (self.entries.get(&function.id()), &self.scopes) {
            (Some(cell), FileScopes::Python(scopes, _)) => cell.get_or_init(|| self.python_entry(scopes, function)),
            (Some(cell), FileScopes::Rust(scopes)) => cell.get_or_init(|| scopes.entry(function)),
            (None, _) => &NOTHING,
        }
    }

    /// What a type annotation says of the value.
    pub fn annotation(&self, node: Node<'t>) -> Option<Fact> {
        match &self.scopes {
            FileScopes::Python(scopes, _) => python::annotation(scopes, node),
            FileScopes::Rust(scopes) => rust::type_fact(scopes, node),
        }
    }

    /// What an expression's value is known to be, whatever its names hold: a literal, an array made by a constructor.
    pub fn known_value(&self, node: Node<'t>) -> Option<Fact> {
        match &self.scopes {
            FileScopes::Python(scopes, _) => python::known_value(scopes, node),
            FileScopes::Rust(scopes) => rust::known_value(scopes, node),
        }
    }

    /// What running a statement or evaluating an expression may do, by what the file as a whole says of its names.
    pub fn effects(&self, node: Node<'t>) -> Effects {
        self.effects_given(node, &|_| None)
    }

    /// The same, by what the caller also knows of names at that place.
    pub fn effects_given(&self, node: Node<'t>, known: &dyn Fn(&str) -> Option<Class>) -> Effects {
        match &self.scopes {
            FileScopes::Python(scopes, _) => {
                let known = |name| self.class_given(scopes, node, name, known);
                python::effects(python::Values { scopes, known: &known }, node)
            }
            FileScopes::Rust(scopes) => {
                let known = |name: Node<'t>| known(name.text()).or_else(|| scopes.class_of_name(name));
                rust::effects(scopes, node, &known)
            }
        }
    }

    /// The names whose memory an expression's value may share. A fresh value shares with none.
    pub fn alias_sources(&self, node: Node<'t>, known: &dyn Fn(&str) -> Option<Class>) -> Sources {
        match &self.scopes {
            FileScopes::Python(scopes, _) => {
                let known = |name| self.class_given(scopes, node, name, known);
                python::Values { scopes, known: &known }.sources(node)
            }
            FileScopes::Rust(scopes) => {
                let known = |name: Node<'t>| known(name.text()).or_else(|| scopes.class_of_name(name));
                rust::sources(scopes, node, &known)
            }
        }
    }

    /// What sort of value an expression has, by what the file as a whole says of its names.
    pub fn class(&self, node: Node<'t>) -> Option<Class> {
        match &self.scopes {
            FileScopes::Python(scopes, _) => python::Values { scopes, known: &|name| self.class_of_name(name) }.class(node),
            FileScopes::Rust(scopes) => scopes.class_of_name(node),
        }
    }

    /// Python: the values that a name is bound to wherever it may come from; `None` if one of them is not an assignment's.
    pub fn values_of(&self, name: Node<'t>) -> Option<Vec<Node<'t>>> {
        let FileScopes::Python(scopes, _) = &self.scopes else { return None };
        let bindings = scopes.bindings_at(name.text(), name.span().start);
        let value = |binding: &python::Binding<'t>| if let python::What::Value(value) = binding.what { Some(value) } else { None };
        bindings.iter().map(value).collect::<Option<Vec<_>>>().filter(|values| !values.is_empty())
    }

    /// Python: the same, where updates in place (`x += 1`) do not count.
    pub fn made_by(&self, name: Node<'t>) -> Option<Vec<Node<'t>>> {
        let FileScopes::Python(scopes, _) = &self.scopes else { return None };
        let mut values = Vec::new();
        for binding in scopes.bindings_at(name.text(), name.span().start) {
            match binding.what {
                python::What::Value(value) => values.push(value),
                python::What::Update(_) => {}
                _ => return None,
            }
        }
        Some(values).filter(|values| !values.is_empty())
    }

    /// Python: the function whose parameter a name is, whatever else is bound to it later.
    pub fn parameter_of(&self, name: Node<'t>) -> Option<Node<'t>> {
        let FileScopes::Python(scopes, _) = &self.scopes else { return None };
        let owner = scopes.owner(name.text(), scopes.scope_at(name.span().start))?;
        let is_parameter = |binding: &python::Binding<'t>| binding.what == python::What::Parameter;
        scopes.bindings_in(owner, name.text()).iter().any(is_parameter).then(|| scopes.function_of(owner)).flatten()
    }

    /// Python: the function that a name surely means, if it is one of the file.
    pub fn function_named(&self, name: Node<'t>) -> Option<Node<'t>> {
        let FileScopes::Python(scopes, _) = &self.scopes else { return None };
        match scopes.bindings_at(name.text(), name.span().start) {
            [python::Binding { what: python::What::Function(function), .. }] => Some(*function),
            _ => None,
        }
    }

    /// Python: the values that a name is assigned wherever it may come from, parameters left out; `None` if something else binds it.
    pub fn assigned_to(&self, name: Node<'t>) -> Option<Vec<Node<'t>>> {
        let FileScopes::Python(scopes, _) = &self.scopes else { return None };
        let bindings = scopes.bindings_at(name.text(), name.span().start).iter();
        let value = |binding: &python::Binding<'t>| if let python::What::Value(value) = binding.what { Some(value) } else { None };
        bindings.filter(|binding| binding.what != python::What::Parameter).map(value).collect()
    }

    /// The class of a name: the caller's for names of the place, the file's for all.
    fn class_given(
        &self,
        scopes: &python::Scopes<'t>,
        at: Node<'t>,
        name: Node<'t>,
        known: &dyn Fn(&str) -> Option<Class>,
    ) -> Option<Class> {
        let inner = scopes.scope_at(name.span().start);
        let outer = scopes.scope_at(at.span().start);
        let ours = inner == outer || scopes.owner(name.text(), inner).is_none_or(|owner| scopes.encloses(owner, outer));
        known(name.text()).filter(|_| ours).or_else(|| self.class_of_name(name))
    }

    fn class_of_name(&self, name: Node<'t>) -> Option<Class> {
        match &self.scopes {
            FileScopes::Python(scopes, classes) => classes.of(scopes, name, &|scope, parameter| {
                let function = scopes.function_of(scope)?;
                self.entry(function).get(parameter)?.class()
            }),
            FileScopes::Rust(scopes) => scopes.class_of_name(name),
        }
    }

    /// The parameters' facts, and those of the names that the function reads from around it.
    fn python_entry(&self, scopes: &python::Scopes<'t>, function: Node<'t>) -> BTreeMap<String, Fact> {
        let mut facts = self.parameters(scopes, function);
        if !self.outside.is_empty() {
            self.add_outside(scopes, function, &mut facts);
        }
        let (Some(own), Some(body)) = (scopes.scope_of_function(function), function.field("body")) else { return facts };
        if !self.attributes.is_empty() {
            self.add_attributes(scopes, own, body, &mut facts);
        }
        let mut seen = FxHashSet::default();
        for name in body.descendants().filter(|n| n.kind() == "identifier") {
            if !seen.insert(name.text()) || facts.contains_key(name.text()) {
                continue;
            }
            let Some(owner) = scopes.owner(name.text(), own).filter(|owner| *owner != own) else { continue };
            let fact = match (scopes.bindings_in(owner, name.text()), scopes.function_of(owner)) {
                ([binding], Some(outer)) if binding.what == python::What::Parameter => {
                    // Functions within functions within functions are not followed further: each level asks the next.
                    self.parameters(scopes, outer).remove(name.text())
                }
                _ => python::constant(scopes, owner, name.text()),
            };
            facts.extend(fact.map(|fact| (name.text().to_string(), fact)));
        }
        facts
    }

    /// What the attributes hold that a function reads of the object that it is a method of, under the text by which it reads them.
    fn add_attributes(&self, scopes: &python::Scopes<'t>, own: u32, body: Node<'t>, facts: &mut BTreeMap<String, Fact>) {
        for node in body.descendants().filter(|node| node.kind() == "attribute" && !facts.contains_key(node.text())).collect::<Vec<_>>() {
            let object = node.field("object").filter(|object| object.kind() == "identifier");
            // The object of a method of a class within the function is another one.
            let ours = |object: &Node<'t>| {
                let owner = scopes.owner(object.text(), scopes.scope_at(object.span().start));
                owner.is_some_and(|owner| scopes.encloses(owner, own))
            };
            let class = object.filter(ours).and_then(|object| python::class_of_receiver(scopes, object.text(), object.span().start));
            let fact = class.and_then(|class| self.attributes.get(&class.id())?.get(node.field("attribute")?.text()));
            facts.extend(fact.map(|fact| (node.text().to_owned(), fact.clone())));
        }
    }

    /// What a function says of its parameters, and what all its calls agree on.
    fn parameters(&self, scopes: &python::Scopes<'t>, function: Node<'t>) -> BTreeMap<String, Fact> {
        let mut facts = python::parameters(scopes, function);
        for (parameter, fact) in self.calls.get(&function.id()).into_iter().flatten() {
            let fact = facts.get(parameter).map_or_else(|| fact.clone(), |said| calls::refine(said, fact));
            facts.insert(parameter.clone(), fact);
        }
        facts
    }

    /// What was recorded is taken where nothing is said of the dtype or rank.
    fn add_outside(&self, scopes: &python::Scopes<'t>, function: Node<'t>, facts: &mut BTreeMap<String, Fact>) {
        let name = python::qualified_name(function);
        for (parameter, fact) in self.outside.recorded(&name, function.text(), Place::Argument) {
            let bound = scopes.scope_of_function(function).is_some_and(|scope| !scopes.bindings_in(scope, &parameter).is_empty());
            let said = facts.get(&parameter);
            // What a NumPy function is given may be a number as well as an array.
            let by_use = |said: &Fact| said.ground == Ground::Inferred && said.ty.dtype().is_none() && said.ty.rank().is_none();
            let vague = said
                .is_none_or(|said| by_use(said) || said.library == fact.library && (said.ty.dtype().is_none() || said.ty.rank().is_none()));
            // What calls tell by what was recorded of their callers, the function's own recording tells better: it has seen equal lengths.
            let by_recording = said.is_some_and(|said| matches!(said.ground, Ground::Recorded { .. }));
            if bound && (vague || by_recording) {
                facts.insert(parameter, fact);
            }
        }
    }

    /// What a recording needs to know of a Python function; `None` for what is none.
    pub fn recorded_function(&self, function: Node<'t>) -> Option<RecordedFunction> {
        let FileScopes::Python(scopes, _) = &self.scopes else { return None };
        let scope = scopes.scope_of_function(function)?;
        let loops: Vec<Span> = function
            .descendants()
            .filter(|node| matches!(node.kind(), "for_statement" | "while_statement"))
            .map(|node| node.span())
            .collect();
        let once = scopes.bound_once(scope).filter(|(_, from)| !loops.iter().any(|span| span.start < *from && *from <= span.end));
        let bound_once = once.map(|(name, _)| name.to_owned()).collect();
        Some(RecordedFunction { name: python::qualified_name(function), hash: hash(function.text()), bound_once })
    }

    /// What a recorded run saw in the locals of a function that it binds once, by name.
    pub fn recorded_locals(&self, function: Node<'t>) -> BTreeMap<String, Fact> {
        if self.outside.is_empty() {
            return BTreeMap::new();
        }
        self.outside.recorded(&python::qualified_name(function), function.text(), Place::Local)
    }
}

/// A Python function as a recording knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedFunction {
    /// Its `__qualname__`.
    pub name: String,
    /// The [`hash`] of its text.
    pub hash: String,
    /// Locals that are bound in one place, outside loops: what they held at the end they held all along.
    pub bound_once: BTreeSet<String>,
}

#[cfg(test)]
mod outside_tests;
