use super::classes::{Values, attribute_name};
use super::library::{self, Effect, MethodEffect};
use super::scopes::ScopeId;
use crate::facts::{Class, Effects};
use crate::ir::Target;
use crate::syntax::Node;

/// What a statement or expression may do.
pub(in crate::facts) fn effects<'t>(values: Values<'_, 't>, node: Node<'t>) -> Effects {
    let scope = values.scopes.scope_at(node.span().start);
    let mut reader = Reader { values, scope, effects: Effects::default(), stack: vec![(node, Mode::Run)] };
    while let Some((node, mode)) = reader.stack.pop() {
        match mode {
            Mode::Run => reader.run(node),
            Mode::Target => reader.target(node),
            Mode::Remove => reader.remove(node),
            Mode::Capture => reader.capture(node),
        }
    }
    reader.effects
}

/// What becomes of a node.
#[derive(Clone, Copy)]
enum Mode {
    /// It is executed or evaluated.
    Run,
    /// It is assigned to.
    Target,
    /// It is deleted.
    Remove,
    /// It is the body of a function that is made, not called.
    Capture,
}

struct Reader<'a, 't> {
    values: Values<'a, 't>,
    /// The scope that the whole stands in.
    scope: ScopeId,
    effects: Effects,
    stack: Vec<(Node<'t>, Mode)>,
}

impl<'t> Reader<'_, 't> {
    fn push(&mut self, nodes: impl IntoIterator<Item = Node<'t>>) {
        self.stack.extend(nodes.into_iter().map(|node| (node, Mode::Run)));
    }

    fn push_children(&mut self, node: Node<'t>) {
        self.push(node.named_children());
    }

    fn run(&mut self, node: Node<'t>) {
        match node.kind() {
            "identifier" => self.read(node),
            "integer" | "float" | "comment" | "pass_statement" | "type" | "global_statement" | "nonlocal_statement" => {}
            "call" => self.call(node),
            "attribute" => {
                self.effects.raises = true;
                self.push(node.field("object"));
            }
            "keyword_argument" => self.push(node.field("value")),
            "binary_operator" | "unary_operator" | "comparison_operator" | "subscript" | "assert_statement" | "raise_statement" => {
                self.effects.raises = true;
                self.push_children(node);
            }
            "assignment" => {
                if node.field("right").is_some() {
                    self.stack.extend(node.field("left").map(|left| (left, Mode::Target)));
                }
                self.push(node.field("right"));
            }
            "augmented_assignment" => self.update(node),
            "named_expression" => {
                self.stack.extend(node.field("name").map(|name| (name, Mode::Target)));
                self.push(node.field("value"));
            }
            "for_statement" | "for_in_clause" => {
                self.effects.raises = true;
                self.asynchronous(node);
                let left = node.field("left");
                self.stack.extend(left.map(|left| (left, Mode::Target)));
                self.push(node.named_children().filter(|child| Some(*child) != left));
            }
            "as_pattern" => {
                let alias = node.field("alias");
                self.stack.extend(alias.map(|alias| (alias, Mode::Target)));
                self.push(node.named_children().filter(|child| Some(*child) != alias));
            }
            "except_clause" => {
                self.stack.extend(node.field("alias").map(|alias| (alias, Mode::Target)));
                self.push_children(node);
            }
            "with_statement" => {
                self.asynchronous(node);
                self.push_children(node);
            }
            "with_item" => self.with_item(node),
            "delete_statement" => self.stack.extend(node.named_children().map(|child| (child, Mode::Remove))),
            "import_statement" | "import_from_statement" | "future_import_statement" => self.import(node),
            "function_definition" | "lambda" => self.definition(node),
            "class_definition" => self.class(node),
            "case_pattern" => self.pattern(node),
            "await" | "yield" | "decorator" | "ERROR" | "exec_statement" | "print_statement" => {
                self.effects.opaque = true;
                self.effects.raises = true;
                self.push_children(node);
            }
            _ => self.push_children(node),
        }
    }

    /// True if the name belongs to this scope or one around it, not to a comprehension or function within.
    fn is_ours(&self, name: Node<'t>) -> bool {
        let scope = self.values.scopes.scope_at(name.span().start);
        scope == self.scope
            || self.values.scopes.owner(name.text(), scope).is_none_or(|owner| self.values.scopes.encloses(owner, self.scope))
    }

    fn read(&mut self, name: Node<'t>) {
        if self.is_ours(name) {
            self.effects.reads.insert(name.text().to_string());
        }
    }

    fn target(&mut self, node: Node<'t>) {
        match node.kind() {
            "identifier" => {
                if self.is_ours(node) {
                    self.effects.binds.insert(node.text().to_string());
                }
            }
            "attribute" => {
                self.effects.raises = true;
                if matches!(attribute_name(node), Some("shape" | "dtype" | "strides" | "data")) {
                    let object = node.field("object").filter(|object| object.kind() == "identifier");
                    self.effects.binds.extend(object.map(|object| object.text().to_string()));
                }
                self.mutate(node.field("object"));
                self.push(node.field("object"));
            }
            "subscript" => {
                self.effects.raises = true;
                self.mutate(node.field("value"));
                self.push_children(node);
            }
            _ => {
                self.effects.raises = true;
                self.stack.extend(node.named_children().map(|child| (child, Mode::Target)));
            }
        }
    }

    fn remove(&mut self, node: Node<'t>) {
        match node.kind() {
            "identifier" | "attribute" | "subscript" => self.target(node),
            _ => self.stack.extend(node.named_children().map(|child| (child, Mode::Remove))),
        }
    }

    /// The memory of an expression's value is changed.
    fn mutate(&mut self, node: Option<Node<'t>>) {
        if let Some(node) = node {
            let sources = self.values.sources(node);
            self.effects.opaque |= sources.anything;
            self.effects.mutates.extend(sources.names);
        }
    }

    fn update(&mut self, node: Node<'t>) {
        self.effects.raises = true;
        self.push(node.field("right"));
        let Some(left) = node.field("left") else { return };
        self.stack.push((left, Mode::Target));
        if left.kind() == "identifier" {
            self.read(left);
            if self.values.class(left) != Some(Class::Number) {
                self.mutate(Some(left));
            }
        }
    }

    fn asynchronous(&mut self, node: Node<'t>) {
        self.effects.opaque |= node.child(0).is_some_and(|child| child.kind() == "async");
    }

    fn with_item(&mut self, node: Node<'t>) {
        let Some(value) = node.field("value") else { return };
        let manager = if value.kind() == "as_pattern" { value.named_children().next() } else { Some(value) };
        let call = manager.filter(|m| m.kind() == "call").and_then(|call| call.field("function"));
        let known = call
            .and_then(|function| self.values.scopes.resolve(function))
            .is_some_and(|path| library::effect(&path) == Some(Effect::Context));
        self.effects.opaque |= !known;
        self.push([value]);
    }

    fn import(&mut self, node: Node<'t>) {
        self.effects.raises = true;
        let module = node.field("module_name");
        for child in node.named_children().filter(|child| Some(*child) != module) {
            let name = child.field("alias").unwrap_or(child).text();
            let bound = if node.kind() == "import_statement" { name.split('.').next().unwrap_or(name) } else { name };
            if child.kind() == "wildcard_import" {
                self.effects.opaque = true;
            } else {
                self.effects.binds.insert(bound.to_string());
            }
        }
    }

    /// The function is made, not run: its defaults are evaluated, its body's names are captured.
    fn definition(&mut self, node: Node<'t>) {
        self.effects.binds.extend(node.field("name").map(|name| name.text().to_string()));
        let parameters = node.field("parameters");
        self.push(parameters.into_iter().flat_map(|p| p.named_children()).filter_map(|parameter| parameter.field("value")));
        self.stack.extend(node.field("body").map(|body| (body, Mode::Capture)));
    }

    fn capture(&mut self, body: Node<'t>) {
        for name in body.descendants().filter(|n| n.kind() == "identifier") {
            let own = self.values.scopes.scope_at(name.span().start);
            if self.values.scopes.owner(name.text(), own).is_none_or(|owner| self.values.scopes.encloses(owner, self.scope)) {
                self.effects.reads.insert(name.text().to_string());
            }
        }
    }

    /// A class body runs where it stands, and metaclasses and decorators with it.
    fn class(&mut self, node: Node<'t>) {
        self.effects.binds.extend(node.field("name").map(|name| name.text().to_string()));
        self.effects.opaque = true;
        self.effects.raises = true;
        self.stack.push((node, Mode::Capture));
    }

    fn pattern(&mut self, node: Node<'t>) {
        self.effects.raises = true;
        for name in node.descendants().filter(|n| n.kind() == "identifier") {
            self.effects.binds.insert(name.text().to_string());
            self.effects.reads.insert(name.text().to_string());
        }
    }
}

/// Calls.
impl<'t> Reader<'_, 't> {
    fn call(&mut self, node: Node<'t>) {
        self.effects.raises = true;
        self.push_children(node);
        let Some(function) = node.field("function") else { return self.unknown() };
        let arguments = Arguments::of(node);
        if let Some(path) = self.values.scopes.resolve(function) {
            self.library_call(&path, &arguments);
        } else if let (Some(method), Some(receiver)) = (attribute_name(function), function.field("object")) {
            self.method_call(method, receiver, &arguments);
        } else {
            self.unknown();
        }
        self.keyword_writes(&arguments);
    }

    fn unknown(&mut self) {
        self.effects.opaque = true;
    }

    fn library_call(&mut self, path: &str, arguments: &Arguments<'t>) {
        let name = path.rsplit('.').next().unwrap_or(path);
        let first = arguments.positional.first().copied();
        if path.starts_with("torch.") && library::is_in_place_name(name) {
            self.effects.opaque |= path.starts_with("torch.nn.init.");
            return self.mutate(first);
        }
        if matches!(path, "numpy.random.shuffle" | "random.shuffle") {
            self.unknown();
            return self.mutate(first);
        }
        let Some(effect) = library::effect(path) else { return self.unknown() };
        if arguments.splat || (effect == Effect::Unsure && arguments.keyword("key").is_some()) {
            self.unknown();
        }
        match effect {
            Effect::Writes => self.mutate(first),
            Effect::Ufunc(out) | Effect::Fresh(Some(out)) => {
                let asked = arguments.positional.get(out).copied().filter(|n| !matches!(n.kind(), "none" | "false"));
                let overwrites = path.starts_with("torch.") || name == "nan_to_num";
                self.mutate(asked.and_then(|out| if overwrites { first } else { Some(out) }));
            }
            _ => {}
        }
        if name == "nan_to_num" && arguments.keyword("copy").is_some_and(|copy| copy.kind() != "true") {
            self.mutate(first);
        }
    }

    fn method_call(&mut self, method: &str, receiver: Node<'t>, arguments: &Arguments<'t>) {
        let class = self.values.class(receiver);
        let effect = library::method(method);
        match (class, effect) {
            (Some(Class::Plain | Class::Number), _) => {}
            (Some(Class::Array(Target::Torch)), Some(MethodEffect::Writes)) if method == "sort" || method == "add" => {}
            (Some(Class::Array(_)), Some(MethodEffect::Writes)) => self.write_receiver(method, receiver),
            (Some(Class::Array(library)), Some(_)) => {
                let out = match library {
                    Target::Numpy => output_of_method(method),
                    _ => None,
                };
                self.mutate(out.and_then(|out| arguments.positional.get(out).copied()));
                self.effects.opaque |= arguments.splat;
            }
            (Some(Class::Array(_)), None) => self.unknown(),
            (None, effect) => {
                self.unknown();
                if effect == Some(MethodEffect::Writes) {
                    self.write_receiver(method, receiver);
                }
            }
        }
    }

    fn write_receiver(&mut self, method: &str, receiver: Node<'t>) {
        self.mutate(Some(receiver));
        if library::changes_type(method) && receiver.kind() == "identifier" {
            self.effects.binds.insert(receiver.text().to_string());
        }
    }

    /// `out=x`, `inplace=True`, `overwrite_a=True`.
    fn keyword_writes(&mut self, arguments: &Arguments<'t>) {
        for (name, value) in &arguments.keywords {
            if matches!(value.kind(), "none" | "false") {
                continue;
            }
            if *name == "out" {
                self.mutate(Some(*value));
            } else if *name == "inplace" || *name == "max_norm" || name.starts_with("overwrite") {
                for argument in &arguments.positional {
                    self.mutate(Some(*argument));
                }
            }
        }
    }
}

/// The positional argument of an `ndarray` method that is an output.
fn output_of_method(method: &str) -> Option<usize> {
    match library::effect(&format!("numpy.{method}"))? {
        Effect::Ufunc(out) | Effect::Fresh(Some(out)) => out.checked_sub(1),
        _ => None,
    }
}

/// A call's arguments.
pub(in crate::facts) struct Arguments<'t> {
    pub positional: Vec<Node<'t>>,
    pub keywords: Vec<(&'t str, Node<'t>)>,
    /// There is a `*args` or `**kwargs`: more arguments, unknown.
    pub splat: bool,
}

impl<'t> Arguments<'t> {
    pub fn of(call: Node<'t>) -> Self {
        let mut arguments = Arguments { positional: Vec::new(), keywords: Vec::new(), splat: false };
        let Some(list) = call.field("arguments") else { return arguments };
        if list.kind() == "generator_expression" {
            arguments.positional.push(list);
            return arguments;
        }
        for argument in list.named_children() {
            match argument.kind() {
                "comment" => {}
                "keyword_argument" => {
                    if let (Some(name), Some(value)) = (argument.field("name"), argument.field("value")) {
                        arguments.keywords.push((name.text(), value));
                    }
                }
                "list_splat" | "dictionary_splat" | "parenthesized_list_splat" => arguments.splat = true,
                _ => arguments.positional.push(argument),
            }
        }
        arguments
    }

    pub fn keyword(&self, name: &str) -> Option<Node<'t>> {
        self.keywords.iter().find(|(keyword, _)| *keyword == name).map(|(_, value)| *value)
    }
}
