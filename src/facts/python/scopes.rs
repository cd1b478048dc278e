use rustc_hash::{FxHashMap, FxHashSet};

use super::library;
use crate::syntax::{Node, Span, Step};

/// The scopes of a Python file: which names each binds, where and to what.
#[derive(Debug)]
pub(in crate::facts) struct Scopes<'t> {
    scopes: Vec<Scope<'t>>,
    /// From each offset on, the innermost scope; sorted.
    innermost: Vec<(usize, ScopeId)>,
    stars: Vec<Star>,
    /// Library attributes that the file assigns to, as `np.sum = …`.
    patched: FxHashSet<String>,
    names_of: FxHashMap<Box<str>, Vec<&'t str>>,
    /// Modules named by `import a.b` or `from a.b import …`.
    modules: FxHashSet<&'t str>,
    /// The scope of each function, by the id of its node.
    functions: FxHashMap<usize, ScopeId>,
    function_nodes: FxHashMap<ScopeId, Node<'t>>,
}

/// An index into the scopes; 0 is the module.
pub(in crate::facts) type ScopeId = u32;

/// The scope of the file itself.
pub(in crate::facts) const MODULE: ScopeId = 0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScopeKind {
    Module,
    Class,
    Function,
    Comprehension,
    /// Runs later than where it stands.
    Generator,
}

#[derive(Debug)]
struct Scope<'t> {
    kind: ScopeKind,
    parent: ScopeId,
    bindings: FxHashMap<&'t str, Vec<Binding<'t>>>,
    /// Names that are declared `global`.
    globals: FxHashSet<&'t str>,
}

impl Scope<'_> {
    fn new(kind: ScopeKind, parent: ScopeId) -> Self {
        Scope { kind, parent, bindings: FxHashMap::default(), globals: FxHashSet::default() }
    }
}

/// One place that binds a name.
#[derive(Debug)]
pub(in crate::facts) struct Binding<'t> {
    pub what: What<'t>,
    /// The first offset at which the name may hold this.
    from: usize,
    /// The conditional block that it stands in, if any.
    guard: Option<Span>,
    /// Not executed at run time (`if TYPE_CHECKING:`).
    typing_only: bool,
}

/// What a name is bound to.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::facts) enum What<'t> {
    /// A module or a member of one, by an import.
    Path(Box<str>),
    /// The value of an assignment to the name alone.
    Value(Node<'t>),
    /// What an augmented assignment adds to it.
    Update(Node<'t>),
    /// A parameter.
    Parameter,
    /// A function by `def`.
    Function(Node<'t>),
    /// Anything else.
    Other,
}

/// `from module import *`.
#[derive(Debug)]
struct Star {
    at: usize,
    /// A module that is known to bind no import alias.
    known: bool,
}

impl<'t> Scopes<'t> {
    /// Reads a file in one walk.
    pub fn new(root: Node<'t>) -> Self {
        Builder::new().build(root)
    }

    /// The path that a name or an attribute chain means.
    pub fn resolve(&self, node: Node<'_>) -> Option<String> {
        let mut attributes = Vec::new();
        let mut root = node;
        while root.kind() == "attribute" {
            attributes.push(root.field("attribute")?.text());
            root = root.field("object")?;
        }
        if root.kind() != "identifier" {
            return None;
        }
        let mut path = self.path_of(root.text(), root.span().start)?.into_owned();
        for attribute in attributes.iter().rev() {
            path.push('.');
            path.push_str(attribute);
        }
        (!self.is_patched(&path)).then_some(path)
    }

    /// The same for a chain given as text, as in an annotation within quotes.
    pub fn resolve_text(&self, text: &str, at: usize) -> Option<String> {
        let (root, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
        let path = format!("{}{rest}", self.path_of(root, at)?);
        let is_chain = text.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_'));
        (is_chain && !self.is_patched(&path)).then_some(path)
    }

    /// True if a module is imported anywhere in the file, or a name from it.
    pub fn imports(&self, module: &str) -> bool {
        self.modules.contains(module)
    }

    /// False if a path may mean something else by now, or names come from who knows where.
    pub fn may_import(&self, path: &str) -> bool {
        !self.is_patched(path) && self.stars.iter().all(|star| star.known)
    }

    /// True if the file imports all names of some module.
    pub fn has_stars(&self) -> bool {
        !self.stars.is_empty()
    }

    /// Every name that the file binds, with the path that it has wherever it is bound, if there is one.
    pub fn all_bound(&self) -> FxHashMap<&'t str, Option<Box<str>>> {
        let mut all: FxHashMap<&'t str, Option<Box<str>>> = FxHashMap::default();
        for (name, bindings) in self.scopes.iter().flat_map(|scope| &scope.bindings) {
            for binding in bindings {
                let path = if let What::Path(path) = &binding.what { Some(path) } else { None };
                let known = all.entry(name).or_insert_with(|| path.cloned());
                if known.as_ref() != path {
                    *known = None;
                }
            }
        }
        all
    }

    /// The functions of the file and their scopes, lambdas among them.
    pub fn functions(&self) -> impl Iterator<Item = (usize, ScopeId)> + '_ {
        self.functions.iter().map(|(&id, &scope)| (id, scope))
    }

    /// How a path can be written at an offset.
    pub fn spell(&self, path: &str, at: usize) -> Option<String> {
        if let Some(name) = path.strip_prefix("builtins.") {
            return (self.path_of(name, at)?.as_ref() == path).then(|| name.to_string());
        }
        if self.is_patched(path) {
            return None;
        }
        let ends = std::iter::once(path.len()).chain(path.rmatch_indices('.').map(|(i, _)| i));
        for end in ends {
            let (prefix, rest) = path.split_at(end);
            if self.is_lazy(prefix, rest) {
                continue;
            }
            let names = self.names_of.get(prefix).into_iter().flatten();
            for name in names {
                if self.usable(name, prefix, at) {
                    return Some(format!("{name}{rest}"));
                }
            }
        }
        None
    }

    /// What a name means at an offset, by imports and builtins alone.
    pub fn path_of(&self, name: &str, at: usize) -> Option<std::borrow::Cow<'_, str>> {
        match self.lookup(name, at) {
            Lookup::Bound { scope, direct, bindings } => {
                let mut paths = bindings.iter().filter(|b| !direct || b.from <= at).map(|b| match &b.what {
                    What::Path(path) => Some(path.as_ref()),
                    _ => None,
                });
                let first = paths.next()??;
                let agree = paths.all(|path| path == Some(first));
                let starred = scope == MODULE && self.starred(bindings, direct.then_some(at));
                (agree && !starred).then_some(first.into())
            }
            Lookup::Free if self.stars.is_empty() && library::is_builtin(name) => Some(format!("builtins.{name}").into()),
            _ => None,
        }
    }

    /// The bindings of a name that a place sees, if it is bound in some scope of the file.
    pub fn bindings_at(&self, name: &str, at: usize) -> &[Binding<'t>] {
        match self.lookup(name, at) {
            Lookup::Bound { bindings, .. } => bindings,
            _ => &[],
        }
    }

    /// The bindings of a name in one scope.
    pub fn bindings_in(&self, scope: ScopeId, name: &str) -> &[Binding<'t>] {
        self.scopes[scope as usize].bindings.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names that a scope binds in one place only, with the offset from which they hold it.
    pub fn bound_once(&self, scope: ScopeId) -> impl Iterator<Item = (&'t str, usize)> + '_ {
        let bindings = self.scopes[scope as usize].bindings.iter();
        bindings.filter_map(|(name, bindings)| if let [binding] = &bindings[..] { Some((*name, binding.from)) } else { None })
    }

    /// The scope that a place is in.
    pub fn scope_at(&self, at: usize) -> ScopeId {
        let i = self.innermost.partition_point(|&(start, _)| start <= at);
        i.checked_sub(1).map_or(MODULE, |i| self.innermost[i].1)
    }

    /// The scope of a function's body.
    pub fn scope_of_function(&self, function: Node<'_>) -> Option<ScopeId> {
        self.functions.get(&function.id()).copied()
    }

    /// The function that a scope is the body of.
    pub fn function_of(&self, scope: ScopeId) -> Option<Node<'t>> {
        self.function_nodes.get(&scope).copied()
    }

    /// The scope that binds a name as seen from within `scope`, class bodies left out; `None` if no scope does.
    pub fn owner(&self, name: &str, scope: ScopeId) -> Option<ScopeId> {
        let mut current = scope;
        loop {
            if self.scopes[current as usize].globals.contains(name) {
                return Some(MODULE);
            }
            let visible = current == scope || self.scopes[current as usize].kind != ScopeKind::Class;
            if visible && self.scopes[current as usize].bindings.contains_key(name) {
                return Some(current);
            }
            if current == MODULE {
                return None;
            }
            current = self.scopes[current as usize].parent;
        }
    }

    /// True if `inner` is `outer` or lies within it.
    pub fn encloses(&self, outer: ScopeId, inner: ScopeId) -> bool {
        let mut current = inner;
        // A scope's number is above its parent's.
        while current > outer {
            current = self.scopes[current as usize].parent;
        }
        current == outer
    }

    fn lookup(&self, name: &str, at: usize) -> Lookup<'_, 't> {
        let start = self.scope_at(at);
        let mut scope = start;
        let mut direct = true;
        loop {
            let kind = self.scopes[scope as usize].kind;
            if self.scopes[scope as usize].globals.contains(name) {
                direct &= scope == MODULE;
                scope = MODULE;
            }
            let visible = kind != ScopeKind::Class || scope == start;
            if let Some(bindings) = self.scopes[scope as usize].bindings.get(name).filter(|_| visible) {
                let falls_through = matches!(self.scopes[scope as usize].kind, ScopeKind::Class | ScopeKind::Module);
                let reached = !direct || bindings.iter().any(|b| b.from <= at);
                if reached || !falls_through {
                    let unsure = kind == ScopeKind::Class && bindings.iter().any(|b| b.guard.is_some());
                    return if unsure { Lookup::Unknown } else { Lookup::Bound { scope, direct, bindings } };
                }
            }
            if scope == MODULE {
                return Lookup::Free;
            }
            direct &= matches!(kind, ScopeKind::Comprehension | ScopeKind::Class);
            scope = self.scopes[scope as usize].parent;
        }
    }

    /// A star import of an unknown module may have rebound the name.
    fn starred(&self, bindings: &[Binding<'t>], at: Option<usize>) -> bool {
        let last = bindings.iter().map(|b| b.from).max().unwrap_or(0);
        self.stars.iter().any(|star| !star.known && star.at > last && at.is_none_or(|at| star.at < at))
    }

    fn usable(&self, name: &str, prefix: &str, at: usize) -> bool {
        let bound = self.bindings_at(name, at);
        let runs = |b: &Binding| !b.typing_only && b.guard.is_none_or(|guard| guard.start <= at && at < guard.end);
        bound.iter().any(runs) && self.path_of(name, at).is_some_and(|path| path == prefix)
    }

    /// `scipy` loads its parts when they are imported; only its name does not make them there in every version.
    fn is_lazy(&self, prefix: &str, rest: &str) -> bool {
        let Some(part) = rest.strip_prefix('.').and_then(|rest| rest.split('.').next()) else { return false };
        prefix == "scipy" && !self.modules.contains(format!("scipy.{part}").as_str())
    }

    fn is_patched(&self, path: &str) -> bool {
        !self.patched.is_empty()
            && (self.patched.contains(path) || path.match_indices('.').any(|(end, _)| self.patched.contains(&path[..end])))
    }
}

enum Lookup<'a, 't> {
    Bound {
        scope: ScopeId,
        direct: bool,
        bindings: &'a [Binding<'t>],
    },
    /// Bound nowhere in the file: a builtin, or unknown.
    Free,
    Unknown,
}

/// A scope under way.
struct Frame {
    scope: ScopeId,
    /// The node at whose end the scope ends.
    node: usize,
    outer_loop: Option<(usize, usize)>,
    guards: Vec<(usize, Span, bool)>,
}

struct Builder<'t> {
    done: Scopes<'t>,
    frames: Vec<Frame>,
    /// Scopes that begin at a node not yet reached.
    pending: FxHashMap<usize, ScopeId>,
    assigned_attributes: Vec<Node<'t>>,
}

impl<'t> Builder<'t> {
    fn new() -> Self {
        let done = Scopes {
            scopes: vec![Scope::new(ScopeKind::Module, MODULE)],
            innermost: Vec::new(),
            stars: Vec::new(),
            patched: FxHashSet::default(),
            names_of: FxHashMap::default(),
            modules: FxHashSet::default(),
            functions: FxHashMap::default(),
            function_nodes: FxHashMap::default(),
        };
        let module = Frame { scope: MODULE, node: usize::MAX, outer_loop: None, guards: Vec::new() };
        Builder { done, frames: vec![module], pending: FxHashMap::default(), assigned_attributes: Vec::new() }
    }

    fn build(mut self, root: Node<'t>) -> Scopes<'t> {
        for step in root.walk() {
            match step {
                Step::Enter(node) if node.is_named() => self.enter(node),
                Step::Leave(node) if node.is_named() => self.leave(node),
                _ => {}
            }
        }
        let mut paths: Vec<(usize, &str, &'t str)> = Vec::new();
        for (name, bindings) in self.done.scopes.iter().flat_map(|scope| &scope.bindings) {
            paths.extend(bindings.iter().filter_map(|b| match &b.what {
                What::Path(path) => Some((b.from, path.as_ref(), *name)),
                _ => None,
            }));
        }
        paths.sort_unstable();
        let mut names_of: FxHashMap<Box<str>, Vec<&'t str>> = FxHashMap::default();
        for (_, path, name) in paths {
            let names = names_of.entry(path.into()).or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        self.done.names_of = names_of;
        let patched: Vec<String> = self.assigned_attributes.iter().filter_map(|node| self.done.resolve(*node)).collect();
        self.done.patched = patched.into_iter().collect();
        self.done
    }

    fn enter(&mut self, node: Node<'t>) {
        if let Some(scope) = self.pending.remove(&node.id()) {
            self.push(scope, node);
        }
        match node.kind() {
            "function_definition" => self.function(node),
            "lambda" => self.begin_function(node, node.field("parameters"), node.field("body")),
            "class_definition" => self.class(node),
            "list_comprehension" | "set_comprehension" | "dictionary_comprehension" => self.comprehension(node, ScopeKind::Comprehension),
            "generator_expression" => self.comprehension(node, ScopeKind::Generator),
            "for_in_clause" => self.bind_target(node.field("left"), 0, None),
            "assignment" => {
                let value = node.field("right").filter(|_| node.field("left").is_some_and(|l| l.kind() == "identifier"));
                self.bind_target(node.field("left"), node.span().end, value);
            }
            "augmented_assignment" => match (node.field("left"), node.field("right")) {
                (Some(name), Some(right)) if name.kind() == "identifier" => self.bind(name.text(), What::Update(right), node.span().end),
                (left, _) => self.bind_target(left, node.span().end, None),
            },
            "named_expression" => self.bind_target(node.field("name"), node.span().end, None),
            "as_pattern" => self.bind_target(node.field("alias"), node.span().start, None),
            "delete_statement" => self.delete(node),
            "type_alias_statement" => self.bind_all(node.field("left"), node.span().end),
            "import_statement" => self.import(node),
            "import_from_statement" => self.import_from(node),
            "global_statement" => self.global(node),
            "nonlocal_statement" => self.nonlocal(node),
            "for_statement" | "while_statement" | "if_statement" | "elif_clause" | "else_clause" | "except_clause" | "case_clause" => {
                self.block(node);
            }
            _ => {}
        }
    }

    fn leave(&mut self, node: Node<'t>) {
        let id = node.id();
        let depth = self.frames.len();
        let Some(frame) = self.frames.last_mut() else { return };
        if frame.guards.last().is_some_and(|guard| guard.0 == id) {
            frame.guards.pop();
        }
        if frame.outer_loop.is_some_and(|(of, _)| of == id) {
            frame.outer_loop = None;
        }
        if frame.node == id && depth > 1 {
            let scope = frame.scope;
            self.frames.pop();
            let parent = self.done.scopes[scope as usize].parent;
            self.done.innermost.push((node.span().end, parent));
        }
    }

    fn block(&mut self, node: Node<'t>) {
        if let Some(frame) = self.frames.last_mut().filter(|_| matches!(node.kind(), "for_statement" | "while_statement")) {
            frame.outer_loop.get_or_insert((node.id(), node.span().start));
            if node.kind() == "for_statement" {
                self.bind_target(node.field("left"), node.span().start, None);
            }
        }
        let patterns = node.named_children().filter(|child| node.kind() == "case_clause" && child.kind() == "case_pattern");
        for pattern in patterns {
            self.bind_all(Some(pattern), pattern.span().start);
        }
        if node.kind() == "except_clause" {
            self.bind_target(node.field("alias"), node.span().start, None);
        }
        let condition = node.field("condition").map_or("", |c| c.text());
        let typing_only = condition == "TYPE_CHECKING" || condition.ends_with(".TYPE_CHECKING");
        let span = node.field("consequence").map_or(node.span(), |block| block.span());
        if let Some(frame) = self.frames.last_mut() {
            frame.guards.push((node.id(), span, typing_only));
        }
    }

    fn push(&mut self, scope: ScopeId, node: Node<'t>) {
        // An expression that begins with a comprehension is not within it: its bracket is outside.
        let bracket = usize::from(self.is_comprehension(scope));
        self.done.innermost.push((node.span().start + bracket, scope));
        self.frames.push(Frame { scope, node: node.id(), outer_loop: None, guards: Vec::new() });
    }

    fn scope(&self) -> ScopeId {
        self.frames.last().map_or(MODULE, |frame| frame.scope)
    }

    fn add_scope(&mut self, kind: ScopeKind) -> ScopeId {
        let id = self.done.scopes.len() as ScopeId;
        let parent = self.scope();
        self.done.scopes.push(Scope::new(kind, parent));
        id
    }

    fn function(&mut self, node: Node<'t>) {
        if let Some(name) = node.field("name") {
            self.bind(name.text(), What::Function(node), node.span().end);
        }
        self.bind_all(node.field("type_parameters"), node.span().start);
        self.begin_function(node, node.field("parameters"), node.field("body"));
    }

    fn begin_function(&mut self, node: Node<'t>, parameters: Option<Node<'t>>, body: Option<Node<'t>>) {
        let scope = self.add_scope(ScopeKind::Function);
        self.done.functions.insert(node.id(), scope);
        self.done.function_nodes.insert(scope, node);
        if let Some(body) = body {
            self.pending.insert(body.id(), scope);
        }
        for parameter in parameters.into_iter().flat_map(|p| p.named_children()) {
            if let Some(name) = parameter_name(parameter) {
                let binding = Binding { what: What::Parameter, from: 0, guard: None, typing_only: false };
                self.done.scopes[scope as usize].bindings.entry(name.text()).or_default().push(binding);
            }
        }
    }

    fn class(&mut self, node: Node<'t>) {
        if let Some(name) = node.field("name") {
            self.bind(name.text(), What::Other, node.span().end);
        }
        self.bind_all(node.field("type_parameters"), node.span().start);
        let scope = self.add_scope(ScopeKind::Class);
        if let Some(body) = node.field("body") {
            self.pending.insert(body.id(), scope);
        }
    }

    fn comprehension(&mut self, node: Node<'t>, kind: ScopeKind) {
        let outer = self.scope();
        let scope = self.add_scope(kind);
        self.push(scope, node);
        // The first iterable is evaluated outside.
        let first = node.named_children().find(|child| child.kind() == "for_in_clause").and_then(|clause| clause.field("right"));
        if let Some(iterable) = first {
            self.done.innermost.pop();
            let span = iterable.span();
            self.done.innermost.extend([(node.span().start + 1, scope), (span.start, outer), (span.end, scope)]);
        }
    }

    fn bind_target(&mut self, target: Option<Node<'t>>, from: usize, value: Option<Node<'t>>) {
        let mut stack: Vec<Node<'t>> = target.into_iter().collect();
        while let Some(node) = stack.pop() {
            match node.kind() {
                "identifier" => {
                    let what = value.map_or(What::Other, What::Value);
                    self.bind(node.text(), what, from);
                }
                "attribute" => self.assigned_attributes.push(node),
                "subscript" | "call" => {}
                _ => stack.extend(node.named_children()),
            }
        }
    }

    /// Binds every identifier below a node: patterns, of which a part may be a name that is only read.
    fn bind_all(&mut self, node: Option<Node<'t>>, from: usize) {
        for name in node.into_iter().flat_map(|n| n.descendants()).filter(|n| n.kind() == "identifier") {
            self.bind(name.text(), What::Other, from);
        }
    }

    fn delete(&mut self, node: Node<'t>) {
        for target in node.named_children() {
            self.bind_target(Some(target), node.span().end, None);
        }
    }

    fn bind(&mut self, name: &'t str, what: What<'t>, from: usize) {
        // A comprehension's own names are bound by its clauses alone, wherever they stand; `:=` binds outside of it.
        let is_clause = from == 0;
        let mut depth = self.frames.len();
        while depth > 1 && !is_clause && self.is_comprehension(self.frames[depth - 1].scope) {
            depth -= 1;
        }
        let frame = &self.frames[depth - 1];
        let guard = frame.guards.last().map(|guard| guard.1);
        let typing_only = frame.guards.iter().any(|guard| guard.2);
        let from = frame.outer_loop.map_or(from, |(_, start)| start.min(from));
        let mut scope = frame.scope;
        let mut from = from;
        if scope != MODULE && self.done.scopes[scope as usize].globals.contains(name) {
            scope = MODULE;
            from = 0;
        }
        self.done.scopes[scope as usize].bindings.entry(name).or_default().push(Binding { what, from, guard, typing_only });
    }

    fn is_comprehension(&self, scope: ScopeId) -> bool {
        matches!(self.done.scopes[scope as usize].kind, ScopeKind::Comprehension | ScopeKind::Generator)
    }

    fn import(&mut self, node: Node<'t>) {
        for child in node.named_children() {
            match child.kind() {
                "dotted_name" => {
                    self.done.modules.insert(child.text());
                    let root = child.text().split('.').next().unwrap_or("").trim();
                    self.bind(root, What::Path(root.into()), node.span().start);
                }
                "aliased_import" => {
                    let (Some(name), Some(alias)) = (child.field("name"), child.field("alias")) else { continue };
                    self.done.modules.insert(name.text());
                    self.bind(alias.text(), What::Path(name.text().into()), node.span().start);
                }
                _ => {}
            }
        }
    }

    fn import_from(&mut self, node: Node<'t>) {
        let Some(module) = node.field("module_name") else { return };
        let absolute = module.kind() == "dotted_name";
        if absolute {
            self.done.modules.insert(module.text());
        }
        for child in node.named_children().filter(|child| *child != module) {
            let (name, alias) = match child.kind() {
                "dotted_name" => (child, child),
                "aliased_import" => match (child.field("name"), child.field("alias")) {
                    (Some(name), Some(alias)) => (name, alias),
                    _ => continue,
                },
                "wildcard_import" => {
                    let known = absolute && library::binds_no_alias(module.text());
                    self.done.stars.push(Star { at: node.span().start, known });
                    continue;
                }
                _ => continue,
            };
            let what = if absolute { What::Path(format!("{}.{}", module.text(), name.text()).into()) } else { What::Other };
            self.bind(alias.text(), what, node.span().start);
        }
    }

    fn global(&mut self, node: Node<'t>) {
        let scope = self.scope();
        if scope == MODULE {
            return;
        }
        for name in node.named_children().filter(|n| n.kind() == "identifier") {
            self.done.scopes[scope as usize].globals.insert(name.text());
        }
    }

    /// The name is rebound from within: at any time, in whichever enclosing function has it.
    fn nonlocal(&mut self, node: Node<'t>) {
        for name in node.named_children().filter(|n| n.kind() == "identifier") {
            for frame in &self.frames {
                if self.done.scopes[frame.scope as usize].kind == ScopeKind::Function {
                    let binding = Binding { what: What::Other, from: 0, guard: None, typing_only: false };
                    self.done.scopes[frame.scope as usize].bindings.entry(name.text()).or_default().push(binding);
                }
            }
        }
    }
}

/// The identifier that a parameter binds.
pub(in crate::facts) fn parameter_name(parameter: Node<'_>) -> Option<Node<'_>> {
    match parameter.kind() {
        "identifier" => Some(parameter),
        "default_parameter" | "typed_default_parameter" => parameter.field("name").filter(|n| n.kind() == "identifier"),
        "typed_parameter" | "list_splat_pattern" | "dictionary_splat_pattern" => parameter
            .named_children()
            .next()
            .and_then(|inner| if inner.kind() == "identifier" { Some(inner) } else { parameter_name_once(inner) }),
        _ => None,
    }
}

fn parameter_name_once(splat: Node<'_>) -> Option<Node<'_>> {
    splat.named_children().next().filter(|n| n.kind() == "identifier")
}
