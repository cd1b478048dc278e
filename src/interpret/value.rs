//! What names of an interpreted program are bound to.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use indexmap::IndexMap;

use super::scope::{Frame, Namespace};
use super::tensor::Tensor;
use crate::ir::{DType, Dim};
use crate::syntax::Node;

/// A value of Python, as far as programs that build and run models have them.
#[derive(Clone)]
pub enum Value<'t> {
    /// `None`.
    None,
    /// `...`, an index among others.
    Ellipsis,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number that is known.
    Int(i64),
    /// A whole number that is the length of an axis and only running tells.
    Length(Dim),
    /// A number.
    Float(f64),
    /// A text.
    Str(Rc<str>),
    /// An array whose elements only running tells, or a constant one.
    Tensor(Rc<Tensor>),
    /// An element type.
    DType(DType),
    /// A tuple.
    Tuple(Rc<[Value<'t>]>),
    /// A list.
    List(Rc<RefCell<Vec<Value<'t>>>>),
    /// A dictionary.
    Dict(Rc<RefCell<Dict<'t>>>),
    /// A set: a dictionary of which only the keys matter.
    Set(Rc<RefCell<Dict<'t>>>),
    /// `start:stop:step`, an index.
    Slice(Rc<[Value<'t>; 3]>),
    /// What is left of an iteration.
    Iterator(Rc<RefCell<VecDeque<Value<'t>>>>),
    /// A function that is written in Python.
    Function(Rc<Function<'t>>),
    /// A function with its first argument: an object's method.
    Method(Rc<(Value<'t>, Value<'t>)>),
    /// A class that is written in Python.
    Class(Rc<Class<'t>>),
    /// An instance of one.
    Object(Rc<Object<'t>>),
    /// A module.
    Module(Rc<Module<'t>>),
    /// A function or class of Python itself, or an operation on tensors, by its path.
    Native(Rc<str>),
    /// A method of a value that is none of a class written in Python: `xs.append`.
    NativeMethod(Rc<(Value<'t>, Rc<str>)>),
    /// A function of a class body that is not simply a method.
    Wrapped(Wrapping, Rc<Value<'t>>),
    /// `super()`: the attributes of the classes behind this one, of an object or class.
    Super(Rc<(Rc<Class<'t>>, Value<'t>)>),
    /// A field of a dataclass as its class body has it: the default and what makes one.
    Field(Rc<(Option<Value<'t>>, Option<Value<'t>>)>),
    /// What an import of a module that is not there would have brought.
    Missing(Rc<str>),
}

/// How a function of a class body is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    /// `@property`.
    Property,
    /// `@staticmethod`.
    Static,
    /// `@classmethod`.
    Class,
}

/// What a dictionary finds its values by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// `None`.
    None,
    /// A whole number or truth value, which are equal keys in Python.
    Int(i64),
    /// A number by its bits.
    Float(u64),
    /// A text.
    Str(Rc<str>),
    /// Several.
    Tuple(Vec<Key>),
    /// A function or native, by its path.
    Path(Rc<str>),
    /// What is equal to itself alone, by its place in memory.
    Identity(usize),
}

/// A dictionary in the order of insertion: the values with their keys as they were given.
pub type Dict<'t> = IndexMap<Key, (Value<'t>, Value<'t>)>;

/// A function that is written in Python.
pub struct Function<'t> {
    /// The name; `<lambda>` if it has none.
    pub name: Rc<str>,
    /// The definition or lambda.
    pub node: Node<'t>,
    /// The module it stands in.
    pub module: Rc<Module<'t>>,
    /// The variables around it.
    pub closure: Option<Rc<Frame<'t>>>,
    /// The defaults of its parameters, by their names.
    pub defaults: Vec<(&'t str, Value<'t>)>,
    /// The class in whose body it stands, for `super()`.
    pub class: RefCell<Option<std::rc::Weak<Class<'t>>>>,
    /// True if it yields.
    pub generates: bool,
    /// The attributes that the program gave it: `__wrapped__`, `cache`.
    pub attributes: RefCell<IndexMap<Rc<str>, Value<'t>>>,
}

/// A class that is written in Python.
pub struct Class<'t> {
    /// The name.
    pub name: Rc<str>,
    /// The definition.
    pub node: Node<'t>,
    /// The module it stands in.
    pub module: Rc<Module<'t>>,
    /// The class and those that it inherits from, in the order in which attributes are looked for.
    pub order: RefCell<Vec<Rc<Class<'t>>>>,
    /// The natives among those.
    pub natives: Vec<Rc<str>>,
    /// What its body binds.
    pub namespace: Namespace<'t>,
    /// The variables around it.
    pub closure: Option<Rc<Frame<'t>>>,
    /// True if `@dataclass` writes its constructor.
    pub is_dataclass: Cell<bool>,
}

impl<'t> Class<'t> {
    /// True if it is another class or inherits from it.
    pub fn is_a(&self, other: &Class<'t>) -> bool {
        self.order.borrow().iter().any(|class| class.node == other.node)
    }

    /// True if it inherits from a native of this path.
    pub fn is_native(&self, path: &str) -> bool {
        self.order.borrow().iter().any(|class| class.natives.iter().any(|native| &**native == path))
    }
}

/// An instance of a class that is written in Python.
pub struct Object<'t> {
    /// Its class.
    pub class: Rc<Class<'t>>,
    /// Its own attributes in the order in which they were set.
    pub fields: RefCell<IndexMap<Rc<str>, Value<'t>>>,
}

/// A module: a file, or what stands for a library.
pub struct Module<'t> {
    /// The path: `torch.nn`.
    pub path: Rc<str>,
    /// The file, as messages name it.
    pub file: Rc<str>,
    /// True for a stand-in for a library, of which more may be asked than it has.
    pub stands_in: bool,
    /// True for the file of a package itself.
    pub is_package: bool,
    /// What its statements bind.
    pub namespace: Namespace<'t>,
}

impl<'t> Value<'t> {
    /// A text.
    pub fn str(text: &str) -> Value<'t> {
        Value::Str(Rc::from(text))
    }

    /// A native by its path.
    pub fn native(path: &str) -> Value<'t> {
        Value::Native(Rc::from(path))
    }

    /// A tuple.
    pub fn tuple(items: Vec<Value<'t>>) -> Value<'t> {
        Value::Tuple(Rc::from(items))
    }

    /// A new list.
    pub fn list(items: Vec<Value<'t>>) -> Value<'t> {
        Value::List(Rc::new(RefCell::new(items)))
    }

    /// A new dictionary.
    pub fn dict(dict: Dict<'t>) -> Value<'t> {
        Value::Dict(Rc::new(RefCell::new(dict)))
    }

    /// A length: a number if it is known.
    pub fn length(dim: Dim) -> Value<'t> {
        match dim.as_known() {
            Some(n) => Value::Int(n),
            None => Value::Length(dim),
        }
    }

    /// The whole number, if it is one that is known.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(i) => Some(*i),
            Value::Bool(b) => Some(i64::from(*b)),
            _ => None,
        }
    }

    /// The number, if it is one that is known.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Float(x) => Some(*x),
            other => other.as_int().map(|i| i as f64),
        }
    }

    /// The length, if it is a whole number.
    pub fn as_dim(&self) -> Option<Dim> {
        match self {
            Value::Length(dim) => Some(dim.clone()),
            other => other.as_int().map(Dim::known),
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// What Python calls its type.
    pub fn type_name(&self) -> &str {
        match self {
            Value::None => "NoneType",
            Value::Ellipsis => "ellipsis",
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::Length(_) => "int",
            Value::Float(_) => "float",
            Value::Str(_) => "str",
            Value::Tensor(_) => "Tensor",
            Value::DType(_) => "dtype",
            Value::Tuple(_) => "tuple",
            Value::List(_) => "list",
            Value::Dict(_) => "dict",
            Value::Set(_) => "set",
            Value::Slice(_) => "slice",
            Value::Iterator(_) => "iterator",
            Value::Function(_) | Value::Native(_) => "function",
            Value::Method(_) | Value::NativeMethod(_) => "method",
            Value::Class(_) => "type",
            Value::Object(object) => &object.class.name,
            Value::Module(_) => "module",
            Value::Wrapped(..) => "property",
            Value::Super(_) => "super",
            Value::Field(_) => "Field",
            Value::Missing(path) => path,
        }
    }

    /// What a dictionary finds it by; `None` if it cannot be a key.
    pub fn key(&self) -> Option<Key> {
        Some(match self {
            Value::None => Key::None,
            Value::Bool(b) => Key::Int(i64::from(*b)),
            Value::Int(i) => Key::Int(*i),
            Value::Float(x) if x.fract() == 0.0 && x.abs() < 9e15 => Key::Int(*x as i64),
            Value::Float(x) => Key::Float(x.to_bits()),
            Value::Str(text) => Key::Str(text.clone()),
            Value::Tuple(items) => Key::Tuple(items.iter().map(Value::key).collect::<Option<_>>()?),
            Value::DType(dtype) => Key::Path(Rc::from(dtype.name())),
            Value::Native(path) => Key::Path(path.clone()),
            Value::Object(object) => Key::Identity(Rc::as_ptr(object) as usize),
            Value::Class(class) => Key::Identity(Rc::as_ptr(class) as usize),
            Value::Function(function) => Key::Identity(Rc::as_ptr(function) as usize),
            Value::Tensor(tensor) => Key::Identity(Rc::as_ptr(tensor) as usize),
            _ => return None,
        })
    }

    /// `is`: the same thing, or the same number or text.
    pub fn is(&self, other: &Value<'t>) -> bool {
        match (self, other) {
            (Value::List(a), Value::List(b)) => Rc::ptr_eq(a, b),
            (Value::Dict(a), Value::Dict(b)) | (Value::Set(a), Value::Set(b)) => Rc::ptr_eq(a, b),
            (Value::Tuple(a), Value::Tuple(b)) => Rc::ptr_eq(a, b),
            (Value::Module(a), Value::Module(b)) => Rc::ptr_eq(a, b),
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Bool(_), _) | (_, Value::Bool(_)) => false,
            (Value::Ellipsis, Value::Ellipsis) => true,
            _ => self.key().zip(other.key()).is_some_and(|(a, b)| a == b),
        }
    }
}
