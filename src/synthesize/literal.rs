//! Values as Python writes them: literals, and the calls that make arrays of them.

use std::collections::HashMap;

use ndarray::{ArrayD, IxDyn};

use crate::dialect::Names;
use crate::ir::{Const, DType, DTypeKind, Data, Target, Value};
use crate::syntax::Node;

/// A value and what sort of object it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object {
    /// A number of Python's.
    Number(Value),
    /// An array, a tensor or a number of the library; whether its dtype is written out.
    Array(Value, bool),
    /// A list or tuple of numbers.
    List(Value),
}

impl Object {
    /// The value, whatever the object is.
    pub fn value(&self) -> &Value {
        match self {
            Object::Number(value) | Object::Array(value, _) | Object::List(value) => value,
        }
    }
}

/// Elements that are being put together, row by row.
pub(super) struct Elements {
    /// The lengths of the axes.
    pub shape: Vec<usize>,
    /// All numbers in order.
    pub numbers: Vec<Const>,
}

impl Elements {
    /// Rows of equal lengths as one; `None` if they differ or have too many axes.
    pub fn rows(parts: Vec<Elements>) -> Option<Elements> {
        let inner = parts.first().map_or(Vec::new(), |part| part.shape.clone());
        if parts.iter().any(|part| part.shape != inner) {
            return None;
        }
        let shape: Vec<usize> = std::iter::once(parts.len()).chain(inner).collect();
        if shape.len() > MOST_AXES {
            return None;
        }
        Some(Elements { shape, numbers: parts.into_iter().flat_map(|part| part.numbers).collect() })
    }

    /// An array of them; of the widest of their own dtypes if none is given.
    pub fn array(&self, dtype: Option<DType>) -> Result<Value, String> {
        array(self, dtype)
    }
}

/// Reads values where names mean what a file's imports say.
pub(super) struct Reader<'a> {
    pub names: &'a dyn Names,
    pub target: Target,
    /// Values that the example has named.
    pub known: &'a HashMap<String, Object>,
}

/// Axes of an array at most.
const MOST_AXES: usize = 6;

/// The constructors, by their paths without the library.
const CONSTRUCTORS: [&str; 11] = ["array", "asarray", "tensor", "zeros", "ones", "arange", "eye", "full", "float32", "float64", "int64"];

impl Reader<'_> {
    /// The value of an expression, or what of it cannot be read.
    pub fn object(&self, node: Node<'_>) -> Result<Object, String> {
        match node.kind() {
            "parenthesized_expression" => self.object(node.named_children().next().ok_or_else(|| unreadable(node))?),
            "list" | "tuple" => {
                let elements = self.elements(node)?;
                Ok(Object::List(array(&elements, None)?))
            }
            "call" => self.call(node),
            "identifier" => match self.known.get(node.text()) {
                Some(object) => Ok(object.clone()),
                None => self.number(node).map(|c| Object::Number(Value::of_const(&c))),
            },
            "attribute" if self.is(node, "True_") || self.is(node, "False_") => {
                let truth = Const::typed_int(DType::Bool, i64::from(node.text().ends_with("True_")));
                Ok(Object::Array(Value::of_const(&truth), true))
            }
            _ => self.number(node).map(|c| Object::Number(Value::of_const(&c))),
        }
    }

    /// Whether a node is this name of the library, by the file's imports or as the library prints it.
    fn is(&self, node: Node<'_>, name: &str) -> bool {
        let library = if self.target == Target::Torch { "torch" } else { "numpy" };
        let printed = matches!(node.text(), "array" | "tensor") && node.text() == name;
        printed || self.names.spell(&format!("{library}.{name}")).as_deref() == Some(node.text()) || node.text() == format!("np.{name}")
    }

    fn number(&self, node: Node<'_>) -> Result<Const, String> {
        let negative = node.kind() == "unary_operator" && node.child(0).is_some_and(|sign| sign.kind() == "-");
        if negative {
            let inner = self.number(node.child(1).ok_or_else(|| unreadable(node))?)?;
            return Ok(match inner.as_i64().filter(|_| inner.dtype == DType::I64) {
                Some(i) => Const::int(i.wrapping_neg()),
                None => Const::float(-inner.as_f64()),
            });
        }
        let text: String = node.text().chars().filter(|c| *c != '_').collect();
        let found = match node.kind() {
            "true" => Some(Const::bool(true)),
            "false" => Some(Const::bool(false)),
            "integer" => text.parse().ok().map(Const::int),
            "float" => text.parse().ok().map(Const::float),
            "identifier" | "attribute" => match text.rsplit('.').next() {
                Some("nan") => Some(Const::float(f64::NAN)),
                Some("inf") => Some(Const::float(f64::INFINITY)),
                Some("pi") => Some(Const::float(std::f64::consts::PI)),
                _ => None,
            },
            _ => None,
        };
        found.ok_or_else(|| unreadable(node))
    }

    fn elements(&self, node: Node<'_>) -> Result<Elements, String> {
        if !matches!(node.kind(), "list" | "tuple") {
            return Ok(Elements { shape: Vec::new(), numbers: vec![self.number(node)?] });
        }
        let parts = node.named_children().filter(|child| !child.is_comment());
        let parts = parts.map(|child| self.elements(child)).collect::<Result<Vec<_>, _>>()?;
        Elements::rows(parts).ok_or_else(|| format!("the rows of `{}` have different lengths, or too many axes", shortened(node.text())))
    }

    fn call(&self, node: Node<'_>) -> Result<Object, String> {
        let wrong = || unreadable(node);
        let function = node.field("function").ok_or_else(wrong)?;
        let arguments = node.field("arguments").ok_or_else(wrong)?;
        let positional: Vec<Node> = arguments.named_children().filter(|n| n.kind() != "keyword_argument" && !n.is_comment()).collect();
        if function.kind() == "attribute" && function.field("attribute").is_some_and(|name| name.text() == "reshape") {
            let object = self.object(function.field("object").ok_or_else(wrong)?)?;
            return reshaped(&object, &self.lengths(&positional)?).ok_or_else(wrong);
        }
        let name = CONSTRUCTORS.into_iter().find(|name| self.is(function, name)).ok_or_else(wrong)?;
        let dtype = self.dtype(arguments)?;
        let first = positional.first().copied().ok_or_else(wrong)?;
        let default = if self.target == Target::Torch { DType::F32 } else { DType::F64 };
        let value = match name {
            "array" | "asarray" | "tensor" => {
                let mut elements = match (self.known_list(first), first.kind()) {
                    (Some(value), _) => {
                        return Ok(Object::Array(retyped(&value, dtype.unwrap_or_else(|| own_dtype(&value))), dtype.is_some()));
                    }
                    (None, _) => self.elements(first)?,
                };
                if elements.numbers.is_empty() && elements.shape.is_empty() {
                    elements.shape.push(0);
                }
                let dtype = dtype.or_else(|| (self.target == Target::Torch && floats(&elements)).then_some(default));
                array(&elements, dtype)?
            }
            "float32" | "float64" | "int64" => {
                let elements = self.elements(first)?;
                return Ok(Object::Array(array(&elements, DType::from_name(&name.replace("float", "f").replace("int", "i")))?, true));
            }
            "zeros" | "ones" => filled(&self.lengths(&positional[..1])?, f64::from(u8::from(name == "ones")), dtype.unwrap_or(default)),
            "full" => {
                let value = self.number(positional.get(1).copied().ok_or_else(wrong)?)?;
                let dtype = dtype.unwrap_or(if value.dtype.is_float() { default } else { value.dtype });
                filled(&self.lengths(&positional[..1])?, value.as_f64(), dtype)
            }
            "eye" => {
                let n = self.length(first)?;
                let data = ArrayD::from_shape_fn(IxDyn(&[n, n]), |at| f64::from(u8::from(at[0] == at[1])));
                retyped(&Value::float(DType::F64, data), dtype.unwrap_or(default))
            }
            _ => {
                let bounds = positional.iter().map(|node| self.number(*node)).collect::<Result<Vec<_>, _>>()?;
                counted(&bounds, dtype, default).ok_or_else(wrong)?
            }
        };
        Ok(Object::Array(value, dtype.is_some()))
    }

    fn known_list(&self, node: Node<'_>) -> Option<Value> {
        if node.kind() == "identifier" { self.known.get(node.text()).map(|object| object.value().clone()) } else { None }
    }

    fn length(&self, node: Node<'_>) -> Result<usize, String> {
        let n = self.number(node)?.as_i64().and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= 1 << 16);
        n.ok_or_else(|| unreadable(node))
    }

    fn lengths(&self, nodes: &[Node<'_>]) -> Result<Vec<i64>, String> {
        let nodes = match nodes {
            [one] if matches!(one.kind(), "tuple" | "list") => one.named_children().collect(),
            nodes => nodes.to_vec(),
        };
        nodes.into_iter().map(|node| self.number(node)?.as_i64().filter(|n| *n <= 1 << 16).ok_or_else(|| unreadable(node))).collect()
    }

    fn dtype(&self, arguments: Node<'_>) -> Result<Option<DType>, String> {
        let mut keywords = arguments.named_children().filter(|node| node.kind() == "keyword_argument");
        let Some(keyword) = keywords.next() else { return Ok(None) };
        let (name, value) = (keyword.field("name").map_or("", |n| n.text()), keyword.field("value").map_or("", |n| n.text()));
        let word = value.rsplit('.').next().unwrap_or(value).trim_matches(['\'', '"']);
        let found = match word {
            "float" | "double" => Some(DType::F64),
            "int" | "long" => Some(DType::I64),
            "bool" | "bool_" => Some(DType::Bool),
            _ => DType::from_name(&word.replace("uint", "u").replace("float", "f").replace("int", "i")),
        };
        match (name, found, keywords.next()) {
            ("dtype", Some(dtype), None) => Ok(Some(dtype)),
            _ => Err(unreadable(keyword)),
        }
    }
}

fn unreadable(node: Node<'_>) -> String {
    format!("`{}` cannot be read as a value: expected numbers, lists of numbers, or arrays made of them", shortened(node.text()))
}

/// Brackets within each other beyond which no text is read.
const DEEPEST: usize = 24;

/// Refuses a text whose brackets lie too deep within each other to be a value.
pub(super) fn not_deep(text: &str) -> Result<(), String> {
    let mut depth = 0usize;
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(format!("`{}` has more than {DEEPEST} brackets within each other", shortened(text)));
        }
    }
    Ok(())
}

/// A text that fits a message.
pub(super) fn shortened(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > 60 { format!("{}…", text.chars().take(60).collect::<String>()) } else { text }
}

fn floats(elements: &Elements) -> bool {
    elements.numbers.iter().any(|c| c.dtype.is_float())
}

fn array(elements: &Elements, dtype: Option<DType>) -> Result<Value, String> {
    let widest = elements.numbers.iter().map(|c| c.dtype.kind()).max().unwrap_or(DTypeKind::Float);
    let dtype = dtype.unwrap_or(match widest {
        DTypeKind::Bool => DType::Bool,
        DTypeKind::Int => DType::I64,
        DTypeKind::Float => DType::F64,
    });
    let wrong = |_| "the lengths of its axes do not fit".to_owned();
    Ok(match dtype.kind() {
        DTypeKind::Int => {
            let numbers = elements.numbers.iter().map(|c| c.as_i64().map_or(c.as_f64() as i128, i128::from)).collect();
            Value::int(dtype, ArrayD::from_shape_vec(IxDyn(&elements.shape), numbers).map_err(wrong)?)
        }
        _ => {
            let numbers = elements.numbers.iter().map(|c| c.as_f64()).collect();
            retyped(&Value::float(DType::F64, ArrayD::from_shape_vec(IxDyn(&elements.shape), numbers).map_err(wrong)?), dtype)
        }
    })
}

fn own_dtype(value: &Value) -> DType {
    if let Value::Array { dtype, .. } = value { *dtype } else { DType::F64 }
}

/// The same elements in another dtype.
pub(super) fn retyped(value: &Value, dtype: DType) -> Value {
    match (dtype.kind(), value) {
        (DTypeKind::Bool, _) => Value::bool(value.to_f64().mapv(|x| x != 0.0)),
        (DTypeKind::Int, Value::Array { data: Data::Int(data), .. }) => Value::int(dtype, data.clone()),
        (DTypeKind::Int, _) => Value::int(dtype, value.to_f64().mapv(|x| x as i128)),
        (DTypeKind::Float, _) => Value::float(dtype, value.to_f64()),
    }
}

fn filled(lengths: &[i64], value: f64, dtype: DType) -> Value {
    let lengths: Vec<usize> = lengths.iter().map(|n| (*n).max(0) as usize).collect();
    retyped(&Value::float(DType::F64, ArrayD::from_elem(IxDyn(&lengths), value)), dtype)
}

fn counted(bounds: &[Const], dtype: Option<DType>, default: DType) -> Option<Value> {
    let (start, stop, step) = match bounds {
        [stop] => (0.0, stop.as_f64(), 1.0),
        [start, stop] => (start.as_f64(), stop.as_f64(), 1.0),
        [start, stop, step] => (start.as_f64(), stop.as_f64(), step.as_f64()),
        _ => return None,
    };
    let count = ((stop - start) / step).ceil();
    if !(0.0..=65_536.0).contains(&count) {
        return None;
    }
    let own = if bounds.iter().any(|c| c.dtype.is_float()) { default } else { DType::I64 };
    let data = ArrayD::from_shape_fn(IxDyn(&[count as usize]), |at| start + step * at[0] as f64);
    Some(retyped(&Value::float(DType::F64, data), dtype.unwrap_or(own)))
}

fn reshaped(object: &Object, lengths: &[i64]) -> Option<Object> {
    let Object::Array(value, said) = object else { return None };
    let total: usize = value.shape().iter().product();
    let known: i64 = lengths.iter().filter(|n| **n >= 0).product();
    let lengths: Vec<usize> = lengths.iter().map(|n| if *n < 0 { total / (known.max(1) as usize) } else { *n as usize }).collect();
    let Value::Array { dtype, weak, data } = value.clone() else { return None };
    let shape = IxDyn(&lengths);
    let data = match data {
        Data::Bool(a) => Data::Bool(a.into_shape_with_order(shape).ok()?),
        Data::Int(a) => Data::Int(a.into_shape_with_order(shape).ok()?),
        Data::Float(a) => Data::Float(a.into_shape_with_order(shape).ok()?),
    };
    Some(Object::Array(Value::Array { dtype, weak, data }, *said))
}
