//! Statements.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::attribute::setter_of;
use super::error::{Cause, Followed, Stop};
use super::scope::{Foreign, Frame, Namespace};
use super::value::{Class, Function, Value};
use super::{Host, Interpreter};
use crate::syntax::Node;

/// How a statement ends.
pub(super) enum Flow<'t> {
    Next,
    Return(Value<'t>),
    Break,
    Continue,
}

impl<'t, H: Host<'t>> Interpreter<'t, H> {
    /// Runs a block of statements.
    pub(super) fn block(&mut self, block: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Flow<'t>> {
        for statement in block.named_children() {
            match self.statement(statement, frame)? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    /// Runs a statement.
    pub(super) fn statement(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Flow<'t>> {
        self.step()?;
        let result = self.any_statement(node, frame);
        let file = frame.module.file.clone();
        self.at(node, &file, result)
    }

    fn any_statement(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Flow<'t>> {
        match node.kind() {
            "expression_statement" => {
                for expression in node.named_children().filter(|child| !child.is_comment()) {
                    self.expression(expression, frame)?;
                }
            }
            "return_statement" => {
                let value = node.named_children().find(|child| !child.is_comment());
                return Ok(Flow::Return(value.map_or(Ok(Value::None), |value| self.expression(value, frame))?));
            }
            "if_statement" => return self.if_statement(node, frame),
            "for_statement" => return self.for_statement(node, frame),
            "while_statement" => return self.while_statement(node, frame),
            "with_statement" => return self.with_statement(node, frame),
            "try_statement" => return self.try_statement(node, frame),
            "assert_statement" => self.assert_statement(node, frame)?,
            "raise_statement" => return Err(self.raised(node, frame)?),
            "import_statement" | "import_from_statement" | "future_import_statement" => self.import(node, frame)?,
            "function_definition" => {
                let function = self.function(node, frame)?;
                self.bind_name(node.field("name").map_or("", Node::text), function, frame);
            }
            "class_definition" => {
                let class = self.class(node, frame)?;
                self.bind_name(node.field("name").map_or("", Node::text), class, frame);
            }
            "decorated_definition" => self.decorated(node, frame)?,
            "global_statement" | "nonlocal_statement" => {
                let foreign = if node.kind() == "global_statement" { Foreign::Global } else { Foreign::Outer };
                frame.foreign.borrow_mut().extend(node.named_children().map(|name| (name.text(), foreign)));
            }
            "break_statement" => return Ok(Flow::Break),
            "continue_statement" => return Ok(Flow::Continue),
            "delete_statement" => self.delete(node, frame)?,
            "type_alias_statement" if node.text()["type".len()..].trim_start().starts_with('(') => return self.call_of_type(node, frame),
            "pass_statement" | "comment" | "type_alias_statement" => {}
            other => return Err(Stop::undecided(format!("a {} is not supported", other.replace('_', " ")))),
        }
        Ok(Flow::Next)
    }

    /// `type(self).count = 1`, which the grammar takes for an alias of a type.
    fn call_of_type(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Flow<'t>> {
        // The lines of the file are those of its own tree.
        self.place(node, &frame.module.file);
        let tree = self.sources.parsed(&format!("(type){}", &node.text()["type".len()..]));
        let statement = tree.root().named_children().next().ok_or_else(|| Stop::undecided("a statement that cannot be read"))?;
        self.any_statement(statement, frame).map_err(|mut stop| {
            stop.places.clear();
            stop
        })
    }

    fn if_statement(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Flow<'t>> {
        let mut condition = node.field("condition");
        for child in node.named_children() {
            match child.kind() {
                "block" => {
                    let Some(asked) = condition.take() else { continue };
                    if self.holds(asked, frame)? {
                        return self.block(child, frame);
                    }
                }
                "elif_clause" => {
                    let asked = child.field("condition").ok_or_else(|| Stop::undecided("an `elif` without condition"))?;
                    if self.holds(asked, frame)? {
                        return self.body(child, "consequence", frame);
                    }
                }
                "else_clause" => return self.body(child, "body", frame),
                _ => {}
            }
        }
        Ok(Flow::Next)
    }

    /// Whether a condition holds.
    fn holds(&mut self, condition: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<bool> {
        let value = self.expression(condition, frame)?;
        let truth = self.truth(&value);
        let file = frame.module.file.clone();
        self.at(condition, &file, truth)
    }

    fn body(&mut self, node: Node<'t>, field: &str, frame: &Rc<Frame<'t>>) -> Followed<Flow<'t>> {
        match node.field(field) {
            Some(body) => self.block(body, frame),
            None => Ok(Flow::Next),
        }
    }

    fn for_statement(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Flow<'t>> {
        let (left, right) = parts(node)?;
        let items = self.expression(right, frame)?;
        let items = self.iterated(&items);
        let file = frame.module.file.clone();
        for item in self.at(right, &file, items)? {
            self.bind(left, item, frame)?;
            match self.body(node, "body", frame)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                returned @ Flow::Return(_) => return Ok(returned),
            }
        }
        self.otherwise(node, frame)
    }

    fn while_statement(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Flow<'t>> {
        let condition = node.field("condition").ok_or_else(|| Stop::undecided("a `while` without condition"))?;
        while self.holds(condition, frame)? {
            self.step()?;
            match self.body(node, "body", frame)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                returned @ Flow::Return(_) => return Ok(returned),
            }
        }
        self.otherwise(node, frame)
    }

    /// The `else` of a loop that no `break` left.
    fn otherwise(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Flow<'t>> {
        match node.field("alternative") {
            Some(clause) => self.body(clause, "body", frame),
            None => Ok(Flow::Next),
        }
    }

    fn with_statement(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Flow<'t>> {
        let items: Vec<Node<'t>> = node.descendants().filter(|item| item.kind() == "with_item" && with_of(*item) == Some(node)).collect();
        let mut managers = Vec::new();
        for item in items {
            let value = item.field("value").ok_or_else(|| Stop::undecided("a `with` of nothing"))?;
            let (value, target) = match value.kind() {
                "as_pattern" => (value.named_children().next().unwrap_or(value), value.field("alias")),
                _ => (value, None),
            };
            let manager = self.expression(value, frame)?;
            let entered = match self.attribute(&manager, "__enter__")? {
                Some(enter) => self.call(&enter, Vec::new(), Vec::new())?,
                None => manager.clone(),
            };
            if let Some(target) = target.and_then(|target| target.named_children().next()) {
                self.bind(target, entered, frame)?;
            }
            managers.push(manager);
        }
        let flow = self.body(node, "body", frame)?;
        for manager in managers.into_iter().rev() {
            if let Some(exit) = self.attribute(&manager, "__exit__")? {
                self.call(&exit, vec![Value::None, Value::None, Value::None], Vec::new())?;
            }
        }
        Ok(flow)
    }

    fn try_statement(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Flow<'t>> {
        let handlers: Vec<Node<'t>> = node.named_children().filter(|child| child.kind() == "except_clause").collect();
        let guards = handlers.iter().any(|handler| caught(*handler).is_none_or(|names| names.iter().any(|name| is_import_error(name))));
        self.guards += usize::from(guards);
        let result = self.body(node, "body", frame);
        self.guards -= usize::from(guards);
        let result = match result {
            Err(stop) => match handlers.iter().find(|handler| catches(**handler, &stop.cause)) {
                Some(handler) => {
                    if let Some(target) = handler.descendants().find(|inner| inner.kind() == "as_pattern_target") {
                        self.bind_name(target.text(), Value::str(&stop.why), frame);
                    }
                    let body = handler.named_children().find(|child| child.kind() == "block");
                    body.map_or(Ok(Flow::Next), |body| self.block(body, frame))
                }
                None => Err(stop),
            },
            Ok(Flow::Next) => match node.named_children().find(|child| child.kind() == "else_clause") {
                Some(clause) => self.body(clause, "body", frame),
                None => Ok(Flow::Next),
            },
            other => other,
        };
        if let Some(clause) = node.named_children().find(|child| child.kind() == "finally_clause")
            && let Some(body) = clause.named_children().find(|child| child.kind() == "block")
        {
            match self.block(body, frame)? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        result
    }

    /// An assertion that cannot be decided is taken to hold: a program for which it does not has no result.
    fn assert_statement(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<()> {
        let mut parts = node.named_children().filter(|child| !child.is_comment());
        let Some(condition) = parts.next() else { return Ok(()) };
        let holds = match self.holds(condition, frame) {
            Err(stop) if stop.cause == Cause::Undecided => true,
            other => other?,
        };
        if holds {
            return Ok(());
        }
        let message = match parts.next() {
            Some(message) => self.expression(message, frame).and_then(|message| self.text_of(&message)).unwrap_or_default(),
            None => String::new(),
        };
        let message = if message.is_empty() { format!("`{}` does not hold", condition.text()) } else { message };
        Err(Stop::raised("AssertionError", message))
    }

    fn raised(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Box<Stop>> {
        let Some(exception) = node.named_children().find(|child| !child.is_comment()) else {
            return Ok(Stop::raised("Exception", "an exception is raised again"));
        };
        let (class, arguments) = match exception.kind() {
            "call" => (exception.field("function").unwrap_or(exception), exception.field("arguments")),
            _ => (exception, None),
        };
        let message = match arguments.and_then(|arguments| arguments.named_children().next()) {
            Some(message) => self.expression(message, frame).and_then(|message| self.text_of(&message)).unwrap_or_default(),
            None => String::new(),
        };
        let stop = Stop::raised(class.text().rsplit('.').next().unwrap_or(""), message);
        Ok(Box::new(Stop { from_library: frame.module.stands_in, ..*stop }))
    }

    fn delete(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<()> {
        let targets = node.named_children().flat_map(|child| {
            let several = child.kind() == "expression_list";
            let inner: Vec<Node<'t>> = if several { child.named_children().collect() } else { vec![child] };
            inner
        });
        for target in targets {
            match target.kind() {
                "identifier" => {
                    frame.variables.borrow_mut().remove(target.text());
                }
                "attribute" => {
                    let object = target.field("object").ok_or_else(|| Stop::undecided("an attribute of nothing"))?;
                    let Value::Object(object) = self.expression(object, frame)? else {
                        return Err(Stop::undecided("only attributes of objects can be deleted"));
                    };
                    object.fields.borrow_mut().shift_remove(target.field("attribute").map_or("", Node::text));
                }
                "subscript" => self.delete_item(target, frame)?,
                _ => return Err(Stop::undecided(format!("`del {}` is not supported", target.text()))),
            }
        }
        Ok(())
    }

    /// Binds the names in a target.
    pub(super) fn bind(&mut self, target: Node<'t>, value: Value<'t>, frame: &Rc<Frame<'t>>) -> Followed<()> {
        match target.kind() {
            "identifier" => {
                if let Value::Tensor(tensor) = &value
                    && !frame.module.stands_in
                {
                    self.host.name(tensor, target.text());
                }
                self.bind_name(target.text(), value, frame);
                Ok(())
            }
            "attribute" => {
                let object = target.field("object").ok_or_else(|| Stop::undecided("an attribute of nothing"))?;
                let object = self.expression(object, frame)?;
                self.set_attribute(&object, target.field("attribute").map_or("", Node::text), value)
            }
            "subscript" => self.set_item(target, value, frame),
            "pattern_list" | "tuple_pattern" | "list_pattern" | "tuple" | "list" | "expression_list" => self.unpack(target, &value, frame),
            "parenthesized_expression" => match target.named_children().next() {
                Some(inner) => self.bind(inner, value, frame),
                None => Ok(()),
            },
            other => Err(Stop::undecided(format!("a target of kind {other} is not supported"))),
        }
    }

    fn unpack(&mut self, target: Node<'t>, value: &Value<'t>, frame: &Rc<Frame<'t>>) -> Followed<()> {
        let targets: Vec<Node<'t>> = target.named_children().filter(|child| !child.is_comment()).collect();
        let mut items = self.iterated(value)?;
        let star = targets.iter().position(|target| matches!(target.kind(), "list_splat_pattern" | "list_splat"));
        let Some(star) = star else {
            if items.len() != targets.len() {
                return Err(Stop::raised("ValueError", format!("{} values are unpacked into {} names", items.len(), targets.len())));
            }
            return targets.into_iter().zip(items).try_for_each(|(target, item)| self.bind(target, item, frame));
        };
        if items.len() + 1 < targets.len() {
            return Err(Stop::raised("ValueError", format!("{} values are too few for {} names", items.len(), targets.len())));
        }
        let behind = items.split_off(items.len() - (targets.len() - star - 1));
        let rest = items.split_off(star);
        for (target, item) in targets.iter().zip(items) {
            self.bind(*target, item, frame)?;
        }
        let starred = targets[star].named_children().next().ok_or_else(|| Stop::undecided("a star without a name"))?;
        self.bind(starred, Value::list(rest), frame)?;
        targets[star + 1..].iter().zip(behind).try_for_each(|(target, item)| self.bind(*target, item, frame))
    }

    /// Binds a name: in a module's or class's body it is theirs.
    pub(super) fn bind_name(&mut self, name: &'t str, value: Value<'t>, frame: &Rc<Frame<'t>>) {
        match &frame.body_of {
            Some(class) => class.namespace.set(name, value),
            None if frame.is_module => frame.module.namespace.set(name, value),
            None => frame.set(name, value),
        }
    }

    /// A function as it is defined.
    pub(super) fn function(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        if node.child(0).is_some_and(|first| first.kind() == "async") {
            return Err(Stop::undecided("an async function is not supported"));
        }
        let mut defaults = Vec::new();
        for parameter in node.field("parameters").into_iter().flat_map(Node::named_children) {
            if let (Some(name), Some(default)) = (parameter.field("name"), parameter.field("value")) {
                defaults.push((name.text(), self.expression(default, frame)?));
            }
        }
        let is_module = frame.is_module;
        let function = Function {
            name: Rc::from(node.field("name").map_or("<lambda>", Node::text)),
            node,
            module: frame.module.clone(),
            closure: (!is_module && frame.body_of.is_none()).then(|| frame.clone()).or_else(|| frame.outer.clone()),
            defaults,
            class: RefCell::new(frame.body_of.as_ref().map(Rc::downgrade)),
            generates: node.kind() != "lambda" && yields(node),
            attributes: RefCell::default(),
        };
        Ok(Value::Function(Rc::new(function)))
    }

    /// A class as it is defined. Its body runs as its names are asked for.
    pub(super) fn class(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Value<'t>> {
        let (mut bases, mut natives, mut options) = (Vec::new(), Vec::new(), Vec::new());
        for base in node.field("superclasses").into_iter().flat_map(Node::named_children).filter(|child| !child.is_comment()) {
            if base.kind() == "keyword_argument" {
                let name = base.field("name").map_or("", Node::text);
                let value = base.field("value").map_or("", Node::text);
                if name == "metaclass" && !matches!(value.rsplit('.').next(), Some("ABCMeta" | "EnumMeta")) {
                    return Err(Stop::undecided(format!("a class with the metaclass `{value}` is not supported")));
                }
                if let Some(value) = base.field("value").filter(|_| name != "metaclass") {
                    options.push((Rc::from(name), self.expression(value, frame)?));
                }
                continue;
            }
            match self.expression(base, frame)? {
                Value::Class(class) => bases.push(class),
                Value::Native(path) => natives.push(path),
                Value::Missing(path) => return Err(Stop::undecided(format!("it inherits from `{path}`, which was not found"))),
                other => return Err(Stop::undecided(format!("it inherits from a {}", other.type_name()))),
            }
        }
        let body = node.field("body").ok_or_else(|| Stop::undecided("a class without body"))?;
        let is_module = frame.is_module;
        let class = Rc::new(Class {
            name: Rc::from(node.field("name").map_or("", Node::text)),
            node,
            module: frame.module.clone(),
            order: RefCell::default(),
            natives,
            namespace: Namespace::new(body),
            closure: (!is_module).then(|| frame.clone()),
            is_dataclass: Cell::new(false),
        });
        let order = linearized(&class, &bases).ok_or_else(|| Stop::raised("TypeError", "its base classes have no common order"))?;
        *class.order.borrow_mut() = order;
        if class.namespace.has("__getattribute__") {
            return Err(Stop::undecided(format!("`{}` has a `__getattribute__`, which is not followed", class.name)));
        }
        let parents: Vec<Rc<Class<'t>>> = class.order.borrow()[1..].to_vec();
        if let Some(parent) = parents.iter().find(|parent| parent.namespace.has("__init_subclass__"))
            && let Some(function) = self.name_of_class(parent, "__init_subclass__")?
        {
            self.call(&function, vec![Value::Class(class.clone())], options)?;
        }
        Ok(Value::Class(class))
    }

    fn decorated(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<()> {
        let definition = node.field("definition").ok_or_else(|| Stop::undecided("a decorator of nothing"))?;
        let mut value = match definition.kind() {
            "class_definition" => self.class(definition, frame)?,
            _ => self.function(definition, frame)?,
        };
        let decorators: Vec<Node<'t>> = node.named_children().filter(|child| child.kind() == "decorator").collect();
        for decorator in decorators.into_iter().rev() {
            let Some(expression) = decorator.named_children().next() else { continue };
            // `@x.setter`: the attribute that is set stays a property that is read.
            match expression.field("attribute").filter(|_| expression.kind() == "attribute").map(Node::text) {
                Some("setter") => {
                    let name = definition.field("name").map_or("", Node::text);
                    if let Some(class) = &frame.body_of {
                        class.namespace.set(&setter_of(name), value);
                    }
                    return Ok(());
                }
                Some("deleter") => return Ok(()),
                _ => {}
            }
            let applied = self.expression(expression, frame)?;
            value = self.call(&applied, vec![value], Vec::new())?;
        }
        self.bind_name(definition.field("name").map_or("", Node::text), value, frame);
        Ok(())
    }
}

/// The statement that a `with` item belongs to.
fn with_of(item: Node<'_>) -> Option<Node<'_>> {
    std::iter::successors(item.parent(), |node| node.parent()).find(|node| node.kind() == "with_statement")
}

fn parts(node: Node<'_>) -> Followed<(Node<'_>, Node<'_>)> {
    node.field("left").zip(node.field("right")).ok_or_else(|| Stop::undecided("a loop over nothing"))
}

/// True if a function's own body yields.
fn yields(node: Node<'_>) -> bool {
    let Some(body) = node.field("body") else { return false };
    let mut walk = body.walk();
    while let Some(step) = walk.next() {
        let crate::syntax::Step::Enter(node) = step else { continue };
        match node.kind() {
            "yield" => return true,
            "function_definition" | "lambda" | "class_definition" => walk.skip_children(),
            _ => {}
        }
    }
    false
}

/// The classes of exceptions that a handler names; `None` if it takes all.
fn caught(handler: Node<'_>) -> Option<Vec<&str>> {
    let value = handler.named_children().find(|child| child.kind() != "block" && !child.is_comment())?;
    let value = if value.kind() == "as_pattern" { value.named_children().next()? } else { value };
    let names = if value.kind() == "tuple" { value.named_children().collect() } else { vec![value] };
    Some(names.into_iter().map(|name: Node<'_>| name.text().rsplit('.').next().unwrap_or("")).collect())
}

fn is_import_error(name: &str) -> bool {
    matches!(name, "ImportError" | "ModuleNotFoundError" | "Exception" | "BaseException")
}

fn catches(handler: Node<'_>, cause: &Cause) -> bool {
    let Cause::Raised(class) = cause else { return false };
    caught(handler).is_none_or(|names| {
        names.iter().any(|name| {
            *name == &**class
                || matches!(*name, "Exception" | "BaseException")
                || matches!((*name, &**class), ("LookupError", "KeyError" | "IndexError") | ("ModuleNotFoundError", "ImportError"))
        })
    })
}

/// The order in which attributes are looked for: Python's C3 linearization.
fn linearized<'t>(class: &Rc<Class<'t>>, bases: &[Rc<Class<'t>>]) -> Option<Vec<Rc<Class<'t>>>> {
    let mut lists: Vec<Vec<Rc<Class<'t>>>> = bases.iter().map(|base| base.order.borrow().clone()).collect();
    lists.push(bases.to_vec());
    let mut order = vec![class.clone()];
    loop {
        lists.retain(|list| !list.is_empty());
        if lists.is_empty() {
            return Some(order);
        }
        let is_behind = |class: &Rc<Class<'t>>| lists.iter().any(|list| list[1..].iter().any(|other| Rc::ptr_eq(other, class)));
        let next = lists.iter().map(|list| &list[0]).find(|class| !is_behind(class))?.clone();
        for list in &mut lists {
            if Rc::ptr_eq(&list[0], &next) {
                list.remove(0);
            }
        }
        order.push(next);
    }
}
