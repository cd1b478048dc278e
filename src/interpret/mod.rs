//! Python, followed without being run: a program that builds and runs a model becomes what it computes.
//!
//! Values that are known are computed as Python would compute them; tensors are handles of a [`Host`], which makes terms of what is done
//! to them; lengths may be symbols. What depends on anything else ends with a [`Stop`] that says where and which value is lacking. No code
//! of the program is ever run, and a library is what its stand-in under `grammars/` says, itself written in Python.
//!
//! The technique is abstract interpretation with concrete control flow, as tracing compilers have it (JAX's `jaxpr`, TorchDynamo), on
//! source text.

mod attribute;
mod builtins;
mod call;
mod collections;
mod error;
mod expression;
mod import;
mod methods;
mod numbers;
mod operators;
mod scope;
mod script;
mod statement;
mod tensor;
mod text;
mod value;

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

pub use call::{Kind, is_module, parameter_name};
pub use error::{Cause, Followed, Place, Stop};
pub use import::Sources;
pub use tensor::{Fill, Role, State, Tensor};
pub use value::{Class, Dict, Function, Key, Module, Object, Value, Wrapping};

use crate::syntax::{LineIndex, Node};

/// Who knows what tensors are.
pub trait Host<'t> {
    /// What a native outside of Python gives: an operation on tensors, by its path.
    ///
    /// # Errors
    /// If the arguments do not fit, or it is not known.
    fn call(&mut self, path: &str, args: &[Value<'t>], keywords: &[(Rc<str>, Value<'t>)]) -> Followed<Value<'t>>;

    /// A tensor's lengths for a message.
    fn lengths(&self, tensor: &Tensor) -> Option<String>;

    /// A call of a module of a model begins.
    fn enter(&mut self, module: &Rc<Object<'t>>);

    /// The call that began last ends.
    fn leave(&mut self);

    /// A variable of the program is bound to a tensor.
    fn name(&mut self, tensor: &Tensor, name: &str);
}

/// The stack of a program that is followed: calls within calls need more than a thread has by default.
const STACK: usize = 1 << 29;

/// Runs what follows a program on a stack that is large enough for the deepest calls within calls that are followed.
///
/// # Errors
/// If no thread can be started.
pub fn on_large_stack<T: Send>(follow: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, follow)?;
        thread.join().map_or_else(|panic| std::panic::resume_unwind(panic), Ok)
    })
}

/// No program that builds a model takes so many steps.
const STEPS: u64 = 10_000_000;
/// Calls within calls.
const DEPTH: usize = 200;

/// Follows a program.
pub struct Interpreter<'t, H> {
    sources: &'t Sources,
    /// Who knows what tensors are.
    pub host: H,
    modules: HashMap<Rc<str>, Option<Rc<Module<'t>>>>,
    lines: HashMap<Rc<str>, LineIndex<'t>>,
    steps: Rc<Cell<u64>>,
    depth: usize,
    /// Statements around that are ready for an import that fails.
    guards: usize,
    /// The modules of a library that were called, and what became of the shape.
    passed: Vec<String>,
    /// The calls of the program that made instances of a library's classes.
    made_at: HashMap<*const Object<'t>, Node<'t>>,
    /// The module of a library that first refused what it was given, and that.
    refused: Option<(Rc<Object<'t>>, Vec<Value<'t>>)>,
}

impl<'t, H: Host<'t>> Interpreter<'t, H> {
    /// An interpreter of what the sources hold.
    pub fn new(sources: &'t Sources, host: H) -> Interpreter<'t, H> {
        Interpreter {
            sources,
            host,
            modules: HashMap::new(),
            lines: HashMap::new(),
            steps: Rc::default(),
            depth: 0,
            guards: 0,
            passed: Vec::new(),
            made_at: HashMap::new(),
            refused: None,
        }
    }

    /// The same, for a program of which others have taken these steps already: what is followed again and again ends as one program would.
    pub fn after(mut self, steps: &Rc<Cell<u64>>) -> Interpreter<'t, H> {
        self.steps = steps.clone();
        self
    }

    /// Counts a step.
    fn step(&mut self) -> Followed<()> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > STEPS { Err(Stop::undecided(format!("it takes more than {STEPS} steps"))) } else { Ok(()) }
    }

    /// Says of an error that does not know its place that it is here.
    fn at<T>(&mut self, node: Node<'t>, file: &Rc<str>, result: Followed<T>) -> Followed<T> {
        result.map_err(|mut stop| {
            // What stands in a library is nothing that the program's author can change.
            if stop.places.is_empty() && !file.starts_with('<') {
                stop.places.push(self.place(node, file));
            }
            stop
        })
    }

    /// Where a node stands.
    fn place(&mut self, node: Node<'t>, file: &Rc<str>) -> Place {
        let lines = self.lines.entry(file.clone()).or_insert_with(|| LineIndex::new(node.tree().text()));
        let position = lines.position(node.span().start);
        let text = node.text().lines().next().unwrap_or("").chars().take(100).collect();
        Place { file: file.clone(), line: position.line, column: position.column, text, span: node.span() }
    }

    /// An attribute of a value; `None` if it has none.
    ///
    /// # Errors
    /// If what makes it cannot be followed.
    pub fn attribute_named(&mut self, value: &Value<'t>, name: &str) -> Followed<Option<Value<'t>>> {
        self.attribute(value, name)
    }

    /// The names of a dataclass's fields.
    pub fn fields_named(&self, class: &Rc<Class<'t>>) -> Vec<&'t str> {
        self.fields_of(class).into_iter().map(|(name, _)| name).collect()
    }

    /// What a literal of Python means; a text that is none is itself.
    pub fn literal(&mut self, text: &str) -> Value<'t> {
        let tree = self.sources.parsed(text);
        let statement = tree.root().named_children().next();
        let expression = statement.and_then(|statement| statement.named_children().next());
        let is_literal = |node: Node<'t>| {
            node.descendants().filter(|node| node.is_named()).all(|node| {
                let known = ["integer", "float", "true", "false", "none", "string", "string_start", "string_content", "string_end"];
                known.contains(&node.kind()) || matches!(node.kind(), "list" | "tuple" | "dictionary" | "pair" | "unary_operator")
            })
        };
        let Some(expression) = expression.filter(|node| tree.first_error().is_none() && is_literal(*node)) else { return Value::str(text) };
        let module = self.empty_module();
        let frame = Rc::new(scope::Frame::new(module, None));
        self.expression(expression, &frame).unwrap_or_else(|_| Value::str(text))
    }
}
