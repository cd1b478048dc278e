use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::paths;
use super::types::{known_value, type_fact};
use crate::facts::{Class, Fact};
use crate::ir::{Dim, Shape, Target};
use crate::syntax::{Node, Span, Step};

/// How long a chain of names and how deep an expression is followed.
const MAX_DEPTH: usize = 48;

/// The imports, items and bindings of a Rust file.
#[derive(Debug)]
pub(in crate::facts) struct Scopes<'t> {
    spaces: Vec<Space<'t>>,
    /// Items and generic parameters that the file defines: they hide what is imported under their names.
    defined: FxHashSet<&'t str>,
    /// Every name that some pattern of the file binds.
    bound: FxHashSet<&'t str>,
    constants: FxHashMap<&'t str, Option<Node<'t>>>,
    functions: Vec<Function<'t>>,
    /// From each offset on, the innermost function (number plus one; 0 is none).
    innermost: Vec<(usize, usize)>,
    classes: RefCell<FxHashMap<(usize, &'t str), Option<Class>>>,
    depth: Cell<usize>,
}

/// A module or block with the imports that stand in it.
#[derive(Debug)]
struct Space<'t> {
    span: Span,
    module: bool,
    /// `None` for a name that is imported twice.
    names: BTreeMap<&'t str, Option<String>>,
    globs: Vec<String>,
}

#[derive(Debug)]
struct Function<'t> {
    node: Node<'t>,
    bindings: FxHashMap<&'t str, Vec<Binding<'t>>>,
}

#[derive(Debug, Clone, Copy)]
enum Binding<'t> {
    /// `name: T`, a parameter.
    Parameter(Node<'t>),
    /// `let name: T = value`.
    Let { ty: Option<Node<'t>>, value: Option<Node<'t>> },
    /// Part of a larger pattern.
    Other,
}

impl<'t> Scopes<'t> {
    /// Reads a file in one walk.
    pub fn new(root: Node<'t>) -> Self {
        let file = Space { span: root.span(), module: true, names: BTreeMap::new(), globs: Vec::new() };
        let mut builder = Builder {
            done: Scopes {
                spaces: vec![file],
                defined: FxHashSet::default(),
                bound: FxHashSet::default(),
                constants: FxHashMap::default(),
                functions: Vec::new(),
                innermost: Vec::new(),
                classes: RefCell::default(),
                depth: Cell::new(0),
            },
            blocks: Vec::new(),
            open: Vec::new(),
        };
        for step in root.walk() {
            match step {
                Step::Enter(node) if node.is_named() => builder.enter(node),
                Step::Leave(node) if node.is_named() => builder.leave(node),
                _ => {}
            }
        }
        builder.done
    }

    /// The path that a name or path means.
    pub fn resolve(&self, node: Node<'_>) -> Option<String> {
        let mut segments = Vec::new();
        let mut current = node;
        loop {
            match current.kind() {
                "scoped_identifier" | "scoped_type_identifier" => {
                    segments.push(current.field("name")?.text());
                    match current.field("path") {
                        Some(path) => current = path,
                        None => break,
                    }
                }
                "generic_type" => current = current.field("type")?,
                "identifier" | "type_identifier" | "primitive_type" => {
                    segments.push(current.text());
                    break;
                }
                _ => return None,
            }
        }
        segments.reverse();
        self.path_of(&segments, node.span().start)
    }

    fn path_of(&self, segments: &[&str], at: usize) -> Option<String> {
        let (first, rest) = segments.split_first()?;
        if self.defined.contains(first) || (rest.is_empty() && self.bound.contains(first)) {
            return None;
        }
        let rest = rest.iter().map(|segment| format!("::{segment}")).collect::<String>();
        if paths::is_primitive(first) {
            // With `use std::f64;` its modules are reached by the type's name, whose own functions stay.
            let module = rest.starts_with("::consts::") && self.imported(first, at).is_some();
            return if module { Some(format!("std::{first}{rest}")) } else { Some(format!("{first}{rest}")) };
        }
        if let Some(path) = self.imported(first, at) {
            return Some(paths::canonical(&format!("{path}{rest}")));
        }
        (matches!(*first, "std" | "core" | "ndarray") && !rest.is_empty()).then(|| paths::canonical(&format!("{first}{rest}")))
    }

    /// What the imports that a place sees say of a name.
    fn imported(&self, name: &str, at: usize) -> Option<String> {
        let mut seen: Vec<&Space<'t>> = self.spaces.iter().filter(|s| s.span.start <= at && at <= s.span.end).collect();
        seen.sort_by_key(|space| space.span.len());
        for space in seen {
            if let Some(path) = space.names.get(name) {
                return path.clone();
            }
            if let Some(path) = space.globs.iter().find_map(|glob| paths::glob_member(glob, name)) {
                return Some(path);
            }
            if space.module {
                break;
            }
        }
        None
    }

    /// How a path can be written at an offset by what is imported; `None` if only in full.
    pub fn spell(&self, path: &str, at: usize) -> Option<String> {
        let ends = std::iter::once(path.len()).chain(path.rmatch_indices("::").map(|(i, _)| i));
        for end in ends {
            let (prefix, rest) = path.split_at(end);
            let own = prefix.rsplit("::").next().unwrap_or(prefix);
            let aliases = self.spaces.iter().flat_map(|s| &s.names).filter(|(_, p)| p.as_deref() == Some(prefix)).map(|(name, _)| *name);
            for name in aliases.chain([own]) {
                let whole: Vec<&str> = std::iter::once(name).chain(rest.split("::").filter(|s| !s.is_empty())).collect();
                if self.imported(name, at).is_some() && self.path_of(&whole, at).as_deref() == Some(path) {
                    return Some(format!("{name}{rest}"));
                }
            }
        }
        None
    }

    /// The nodes of the file's functions.
    pub fn functions(&self) -> impl Iterator<Item = Node<'t>> + '_ {
        self.functions.iter().map(|function| function.node)
    }

    /// What holds of a function's names on entry: parameters and constants. Nothing in a `const fn`, whose body is held to other rules.
    pub fn entry(&self, node: Node<'t>) -> BTreeMap<String, Fact> {
        let mut facts = BTreeMap::new();
        let modifiers = node.named_children().find(|child| child.kind() == "function_modifiers");
        if modifiers.is_some_and(|m| m.children().any(|word| word.kind() == "const")) {
            return facts;
        }
        for parameter in node.field("parameters").into_iter().flat_map(|p| p.named_children()) {
            let Some((name, ty)) = plain_parameter(parameter) else { continue };
            facts.extend(type_fact(self, ty).map(|fact| (name.text().to_string(), named_axes(fact, name.text()))));
        }
        for name in node.field("body").into_iter().flat_map(|b| b.descendants()).filter(|n| n.kind() == "identifier") {
            if let Some(Some(constant)) = self.constants.get(name.text())
                && !self.bound.contains(name.text())
                && let Some(fact) = constant.field("type").and_then(|ty| type_fact(self, ty))
            {
                facts.entry(name.text().to_string()).or_insert(fact);
            }
        }
        facts
    }

    /// The class of a name where it is read, if every binding of that name in the function has the same.
    pub fn class_of_name(&self, name: Node<'t>) -> Option<Class> {
        let at = self.innermost.partition_point(|&(start, _)| start <= name.span().start);
        let function = self.innermost.get(at.checked_sub(1)?)?.1.checked_sub(1)?;
        let Some(bindings) = self.functions[function].bindings.get(name.text()) else {
            let constant = (*self.constants.get(name.text())?)?;
            return type_fact(self, constant.field("type")?)?.class();
        };
        let key = (function, name.text());
        if let Some(known) = self.classes.borrow().get(&key) {
            return *known;
        }
        if self.depth.get() >= MAX_DEPTH {
            return None;
        }
        self.classes.borrow_mut().insert(key, None);
        self.depth.set(self.depth.get() + 1);
        let mut classes = bindings.iter().map(|binding| self.class_of_binding(*binding));
        let first = classes.next().flatten();
        let class = first.filter(|class| classes.all(|other| other == Some(*class)));
        self.depth.set(self.depth.get() - 1);
        self.classes.borrow_mut().insert(key, class);
        class
    }

    fn class_of_binding(&self, binding: Binding<'t>) -> Option<Class> {
        match binding {
            Binding::Parameter(ty) | Binding::Let { ty: Some(ty), .. } => type_fact(self, ty)?.class(),
            Binding::Let { ty: None, value: Some(value) } => self.class(value, &|name| self.class_of_name(name)),
            _ => None,
        }
    }

    /// The class of an expression's value.
    pub fn class(&self, node: Node<'t>, known: &dyn Fn(Node<'t>) -> Option<Class>) -> Option<Class> {
        self.class_at(node, known, MAX_DEPTH)
    }

    fn class_at(&self, node: Node<'t>, known: &dyn Fn(Node<'t>) -> Option<Class>, depth: usize) -> Option<Class> {
        let depth = depth.checked_sub(1)?;
        match node.kind() {
            "identifier" => known(node),
            "float_literal" | "integer_literal" | "boolean_literal" | "type_cast_expression" => Some(Class::Number),
            "parenthesized_expression" | "unary_expression" | "reference_expression" => {
                let inner = node.field("value").or_else(|| node.named_children().find(|n| !n.is_comment()))?;
                self.class_at(inner, known, depth)
            }
            "binary_expression" => {
                let (left, right) = (self.class_at(node.field("left")?, known, depth)?, self.class_at(node.field("right")?, known, depth)?);
                Some(if left == Class::Number { right } else { left })
            }
            "scoped_identifier" => self.resolve(node).filter(|path| path.contains("::consts::")).map(|_| Class::Number),
            "call_expression" => self.class_of_call(node, known, depth),
            _ => known_value(self, node)?.class(),
        }
    }

    fn class_of_call(&self, node: Node<'t>, known: &dyn Fn(Node<'t>) -> Option<Class>, depth: usize) -> Option<Class> {
        let function = node.field("function")?;
        if function.kind() == "field_expression" {
            let method = function.field("field")?.text();
            return match self.class_at(function.field("value")?, known, depth)? {
                Class::Number => paths::returns_number(method).then_some(Class::Number),
                Class::Array(_) if matches!(method, "sum" | "product") => Some(Class::Number),
                class => paths::returns_array(method).then_some(class),
            };
        }
        let path = self.resolve(function)?;
        let (module, name) = path.rsplit_once("::")?;
        if paths::is_primitive(module) {
            return paths::returns_number(name).then_some(Class::Number);
        }
        paths::is_pure(&path)
            .then_some(Class::Array(Target::Rust))
            .filter(|_| !matches!(name, "Axis" | "Dim" | "concatenate" | "stack" | "from_shape_vec"))
    }
}

/// The name and type of a parameter that binds one name; `&x: &T` binds a `T`.
fn plain_parameter(parameter: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    let (pattern, ty) = (parameter.field("pattern")?, parameter.field("type")?);
    match pattern.kind() {
        "identifier" => Some((pattern, ty)),
        "reference_pattern" if ty.kind() == "reference_type" => {
            Some((pattern.named_children().next().filter(|n| n.kind() == "identifier")?, ty.field("type")?))
        }
        _ => None,
    }
}

/// Axes of unknown length get names of their own: `a.0`.
fn named_axes(fact: Fact, name: &str) -> Fact {
    let rank = fact.ty.rank().filter(|rank| *rank > 0);
    let named = rank.map(|rank| Shape::Ranked((0..rank).map(|i| Dim::symbol(format!("{name}.{i}"))).collect()));
    let ty = named.map_or(fact.ty.clone(), |shape| fact.ty.with_shape(shape));
    Fact { ty, ..fact }
}

struct Builder<'t> {
    done: Scopes<'t>,
    /// The modules and blocks around, with the number of the space of those that have one.
    blocks: Vec<(usize, Span, Option<usize>)>,
    /// The functions around.
    open: Vec<(usize, usize)>,
}

impl<'t> Builder<'t> {
    fn enter(&mut self, node: Node<'t>) {
        match node.kind() {
            "use_declaration" => self.import(node),
            "extern_crate_declaration" => {
                if let (Some(name), Some(alias)) = (node.field("name"), node.field("alias")) {
                    self.add_import(alias.text(), name.text().to_string());
                }
            }
            "mod_item" => {
                self.define(node);
                self.done.spaces.push(Space { span: node.span(), module: true, names: BTreeMap::new(), globs: Vec::new() });
                self.blocks.push((node.id(), node.span(), Some(self.done.spaces.len() - 1)));
            }
            "block" => self.blocks.push((node.id(), node.span(), None)),
            "function_item" => {
                self.define(node);
                self.done.functions.push(Function { node, bindings: FxHashMap::default() });
                let number = self.done.functions.len();
                self.open.push((node.id(), number));
                self.done.innermost.push((node.span().start, number));
            }
            "const_item" | "static_item" => {
                self.define(node);
                if let Some(name) = node.field("name") {
                    let mutable = node.named_children().any(|child| child.kind() == "mutable_specifier");
                    let constant = Some(node).filter(|_| !mutable && !self.done.constants.contains_key(name.text()));
                    self.done.constants.insert(name.text(), constant);
                }
            }
            kind if kind.ends_with("_item")
                || matches!(kind, "type_parameter" | "const_parameter" | "macro_definition" | "associated_type") =>
            {
                self.define(node)
            }
            "let_declaration" => self.bind_let(node),
            "parameter" => match plain_parameter(node) {
                Some((name, ty)) => self.bind(name, Binding::Parameter(ty)),
                None => self.bind_all(node.field("pattern")),
            },
            "closure_parameters" => {
                let bare: Vec<_> = node.named_children().filter(|child| child.kind() != "parameter").collect();
                for pattern in bare {
                    self.bind_all(Some(pattern));
                }
            }
            "for_expression" | "let_condition" | "match_arm" => self.bind_all(node.field("pattern")),
            _ => {}
        }
    }

    fn leave(&mut self, node: Node<'t>) {
        if self.blocks.last().is_some_and(|block| block.0 == node.id()) {
            self.blocks.pop();
        }
        if self.open.last().is_some_and(|function| function.0 == node.id()) {
            self.open.pop();
            self.done.innermost.push((node.span().end, self.open.last().map_or(0, |function| function.1)));
        }
    }

    fn define(&mut self, node: Node<'t>) {
        self.done.defined.extend(node.field("name").map(|name| name.text()));
    }

    fn bind_let(&mut self, node: Node<'t>) {
        match node.field("pattern") {
            Some(name) if name.kind() == "identifier" => {
                self.bind(name, Binding::Let { ty: node.field("type"), value: node.field("value") });
            }
            pattern => self.bind_all(pattern),
        }
    }

    fn bind(&mut self, name: Node<'t>, binding: Binding<'t>) {
        self.done.bound.insert(name.text());
        if let Some((_, number)) = self.open.last() {
            self.done.functions[*number - 1].bindings.entry(name.text()).or_default().push(binding);
        }
    }

    fn bind_all(&mut self, pattern: Option<Node<'t>>) {
        let names =
            pattern.into_iter().flat_map(|p| p.descendants()).filter(|n| matches!(n.kind(), "identifier" | "shorthand_field_identifier"));
        for name in names {
            self.bind(name, Binding::Other);
        }
    }

    fn space(&mut self) -> &mut Space<'t> {
        let number = match self.blocks.last_mut() {
            None => 0,
            Some((_, _, Some(number))) => *number,
            Some((_, span, unset)) => {
                self.done.spaces.push(Space { span: *span, module: false, names: BTreeMap::new(), globs: Vec::new() });
                *unset.insert(self.done.spaces.len() - 1)
            }
        };
        &mut self.done.spaces[number]
    }

    fn add_import(&mut self, name: &'t str, path: String) {
        let path = paths::canonical(&path);
        let entry = self.space().names.entry(name).or_insert_with(|| Some(path.clone()));
        if entry.as_deref() != Some(path.as_str()) {
            *entry = None;
        }
    }

    /// A `use` with all it nests.
    fn import(&mut self, node: Node<'t>) {
        let mut stack: Vec<(String, Node<'t>)> = node.field("argument").map(|argument| (String::new(), argument)).into_iter().collect();
        while let Some((prefix, node)) = stack.pop() {
            let join = |text: &str| if prefix.is_empty() { text.to_string() } else { format!("{prefix}::{text}") };
            match node.kind() {
                "identifier" | "scoped_identifier" => {
                    let name = node.field("name").unwrap_or(node).text();
                    self.add_import(name, join(&compact(node)));
                }
                "self" => {
                    let name = node
                        .parent()
                        .and_then(|list| list.parent())
                        .and_then(|list| list.field("path"))
                        .map(|path| path.field("name").unwrap_or(path));
                    if let Some(name) = name {
                        self.add_import(name.text(), prefix.clone());
                    }
                }
                "use_as_clause" => {
                    if let (Some(path), Some(alias)) = (node.field("path"), node.field("alias")) {
                        let full = if path.kind() == "self" { prefix.clone() } else { join(&compact(path)) };
                        self.add_import(alias.text(), full);
                    }
                }
                "use_list" => stack.extend(node.named_children().map(|child| (prefix.clone(), child))),
                "scoped_use_list" => {
                    let inner = node.field("path").map_or(prefix.clone(), |path| join(&compact(path)));
                    stack.extend(node.field("list").map(|list| (inner, list)));
                }
                "use_wildcard" => {
                    let module = node.named_children().next().map_or(prefix.clone(), |path| join(&compact(path)));
                    self.space().globs.push(module);
                }
                _ => {}
            }
        }
    }
}

/// A path's text without the blanks that may stand in it.
fn compact(node: Node<'_>) -> String {
    node.text().chars().filter(|c| !c.is_whitespace()).collect::<String>().trim_start_matches("::").to_string()
}
