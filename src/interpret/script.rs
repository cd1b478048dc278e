//! A script from its first statement on, as far as it can be followed.

use std::rc::Rc;

use super::error::{Cause, Followed, Stop};
use super::scope::Frame;
use super::value::{Module, Value};
use super::{Host, Interpreter};
use crate::syntax::Node;

/// Modules before the one that fails which a message shows.
const SHOWN: usize = 4;

impl<'t, H: Host<'t>> Interpreter<'t, H> {
    /// Follows a script and says where a library raises an exception of what it is given. What is not known before it runs is left out,
    /// and with it all that depends on it.
    pub fn script(&mut self, module: &Rc<Module<'t>>) -> Option<Box<Stop>> {
        let frame = Rc::new(Frame { is_module: true, ..Frame::new(module.clone(), None) });
        self.body_of_script(&frame).err().filter(|stop| stop.from_library)
    }

    /// A message, with what the modules of a library before it made of the shape.
    pub fn with_passed(&self, message: &str) -> String {
        match &self.passed[..] {
            [] => message.to_owned(),
            passed => format!("{message} (before it: {})", passed[passed.len().saturating_sub(SHOWN)..].join(", ")),
        }
    }

    /// The class of the module of a library that first refused what it was given, the call that made it, if the program itself did, and
    /// what it was given.
    pub fn refused(&self) -> Option<(&str, Option<Node<'t>>, &[Value<'t>])> {
        let (object, given) = self.refused.as_ref()?;
        Some((&object.class.name, self.made_at.get(&Rc::as_ptr(object)).copied(), given))
    }

    /// The statements of the script itself. Definitions and imports run where they are asked for, all others here, once.
    fn body_of_script(&mut self, frame: &Rc<Frame<'t>>) -> Followed<()> {
        let namespace = &frame.module.namespace;
        for (number, statement) in namespace.numbered() {
            if is_lazy(statement) {
                continue;
            }
            let Some((statement, before)) = namespace.start(number) else { continue };
            let result = self.followed(statement, frame);
            namespace.end(before);
            match result {
                Err(stop) if stop.cause == Cause::Undecided => self.forget(statement, frame),
                other => other?,
            }
        }
        Ok(())
    }

    fn statements(&mut self, block: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<()> {
        for statement in block.named_children() {
            match self.followed(statement, frame) {
                Err(stop) if stop.cause == Cause::Undecided => self.forget(statement, frame),
                other => other?,
            }
        }
        Ok(())
    }

    fn followed(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<()> {
        match node.kind() {
            "if_statement" if is_main_guard(node) => match node.field("consequence") {
                Some(body) => self.statements(body, frame),
                None => Ok(()),
            },
            // One round says as much of shapes as many.
            "for_statement" => {
                let (Some(left), Some(right), Some(body)) = (node.field("left"), node.field("right"), node.field("body")) else {
                    return Ok(());
                };
                let items = self.expression(right, frame)?;
                let first = self.iterated(&items)?.into_iter().next();
                let Some(first) = first else { return Ok(()) };
                self.bind(left, first, frame)?;
                self.statements(body, frame)?;
                // After it the names are what the last round made of them.
                self.forget(node, frame);
                Ok(())
            }
            "expression_statement" => match self.main_of(node, frame)? {
                Some((body, inner)) => self.statements(body, &inner),
                None => self.statement(node, frame).map(|_| ()),
            },
            _ => self.statement(node, frame).map(|_| ()),
        }
    }

    /// The body of a function of the script that a statement calls without arguments, and variables for it.
    fn main_of(&mut self, node: Node<'t>, frame: &Rc<Frame<'t>>) -> Followed<Option<(Node<'t>, Rc<Frame<'t>>)>> {
        let call = node.named_children().next().filter(|child| child.kind() == "call");
        let Some(call) = call.filter(|call| call.field("arguments").is_some_and(|arguments| arguments.named_children().next().is_none()))
        else {
            return Ok(None);
        };
        let Some(name) = call.field("function").filter(|function| function.kind() == "identifier") else { return Ok(None) };
        match self.expression(name, frame)? {
            Value::Function(function) if function.closure.is_none() && !function.generates => {
                let takes_none = function.node.field("parameters").is_none_or(|list| list.named_children().next().is_none());
                let inner = Rc::new(Frame::new(function.module.clone(), None));
                Ok(function.node.field("body").filter(|_| takes_none).map(|body| (body, inner)))
            }
            _ => Ok(None),
        }
    }

    /// What a statement binds or may change is not known from then on.
    fn forget(&mut self, statement: Node<'t>, frame: &Rc<Frame<'t>>) {
        for name in statement.descendants().filter(|node| node.kind() == "identifier") {
            let value = frame.variable(name.text()).or_else(|| frame.module.namespace.get(name.text()));
            let is_bound = value.is_some() || is_target(name);
            // Numbers, texts and tensors of a name are changed by a binding alone; what is in an object by anybody.
            let is_kept = match value {
                Some(Value::Function(_) | Value::Class(_) | Value::Module(_) | Value::Native(_)) => true,
                Some(Value::Object(_) | Value::List(_) | Value::Dict(_) | Value::Set(_)) | None => false,
                Some(_) => !is_target(name),
            };
            if is_bound && !is_kept {
                self.bind_name(name.text(), Value::Missing(Rc::from("a value that only running tells")), frame);
            }
        }
    }
}

/// True for what binds a name and does nothing else.
fn is_lazy(statement: Node<'_>) -> bool {
    let kinds = ["function_definition", "class_definition", "decorated_definition", "import_statement", "import_from_statement"];
    kinds.contains(&statement.kind())
}

/// True for a name that an assignment, a loop or a `with` binds.
fn is_target(name: Node<'_>) -> bool {
    let mut node = name;
    while let Some(parent) = node.parent() {
        match parent.kind() {
            "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" => return parent.field("left") == Some(node),
            "as_pattern_target" => return true,
            "pattern_list" | "tuple_pattern" | "list_pattern" | "tuple" | "list" | "attribute" | "subscript" => node = parent,
            _ => return false,
        }
    }
    false
}

fn is_main_guard(node: Node<'_>) -> bool {
    node.field("condition").is_some_and(|condition| condition.text().contains("__name__") && condition.text().contains("__main__"))
}
