//! What the interpreter's tensors are: terms of a model.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use typed_arena::Arena;

use super::arguments;
use crate::interpret::{Fill, Followed, Host, Object, Role, State, Stop, Tensor, Value};
use crate::ir::{Attr, Const, DType, Dim, Id, Node, Shape, Symbol, Target, Type, promote};
use crate::model::onnx::proto::NodeProto;
use crate::model::onnx::{Lowering, Part};
use crate::model::{Input, StateDict, Weight};

/// Makes terms of what a program does to tensors.
pub(super) struct Modeller<'a, 't> {
    pub lowering: Lowering<'a>,
    pub nodes: &'a Arena<NodeProto>,
    pub inputs: Vec<Input>,
    /// The weights by name, taken as they are read.
    pub weights: StateDict,
    /// False if only shapes are asked for: a weight is then like an input.
    pub has_weights: bool,
    /// The axes of inputs that lengths are.
    pub symbols: HashMap<Symbol, (Id, usize)>,
    /// The paths of the modules that were made.
    pub paths: HashMap<*const Object<'t>, Rc<str>>,
    /// Random elements that a constructor drew, which only parameters may begin with.
    pub drawn: Vec<Id>,
    /// Lengths that are names, and the numbers that they were taken for.
    pub assumed: Vec<(Symbol, i64)>,
    /// The modules whose calls are running.
    running: Vec<Option<Rc<str>>>,
}

/// Behind the name of a variable: of a name with slashes the part before the last says what a value is.
const VALUE: &str = "/value";

/// A term, or why there is none.
type Made = Result<Id, String>;

impl<'a, 't> Modeller<'a, 't> {
    pub fn new(nodes: &'a Arena<NodeProto>, weights: StateDict) -> Modeller<'a, 't> {
        // The newest operators: those before had other defaults.
        let lowering = Lowering::of_opset(23, std::path::Path::new("."));
        Modeller {
            lowering,
            nodes,
            inputs: Vec::new(),
            weights,
            has_weights: true,
            symbols: HashMap::new(),
            paths: HashMap::new(),
            drawn: Vec::new(),
            assumed: Vec::new(),
            running: Vec::new(),
        }
    }

    /// The variable that a tensor was bound to first.
    pub fn variable(&self, tensor: &Tensor) -> Option<String> {
        let State::Term(id) = tensor.state().ok()? else { return None };
        Some(self.lowering.model.names.get(&id)?.strip_suffix(VALUE)?.to_owned())
    }

    /// A new input.
    pub fn input(&mut self, name: &str, ty: Type) -> Id {
        let id = self.lowering.model.input(self.inputs.len(), name, ty.clone());
        for (axis, dim) in ty.shape().dims().unwrap_or(&[]).iter().enumerate() {
            if let Some(symbol) = dim.as_symbol() {
                self.symbols.entry(symbol.clone()).or_insert((id, axis));
            }
        }
        self.inputs.push(Input { name: name.to_owned(), ty, narrow: None });
        id
    }

    /// The term that a tensor is.
    pub fn term(&mut self, tensor: &Tensor) -> Made {
        let state = tensor.state()?;
        let role = tensor.role.borrow().clone();
        let id = match (role, state) {
            (Some(Role { name: Some(name), is_stored: true, is_read: false, .. }), _) => {
                let (dims, ty) = (self.dims(tensor)?, self.ty(tensor)?);
                self.stored(&name, &dims, ty.dtype().ok_or("the element type of a weight is not known")?)?
            }
            (_, State::Term(id)) => return Ok(id),
            (Some(Role { name: None, is_parameter: true, .. }), State::Fresh { dims, dtype, .. }) if self.running.is_empty() => {
                return Ok(self.drawn(Type::array(dtype, Shape::Ranked(dims))));
            }
            (Some(Role { is_parameter: true, .. }), State::Fresh { dims, dtype, .. }) if !self.has_weights => {
                self.drawn(Type::array(dtype, Shape::Ranked(dims)))
            }
            (_, State::Fresh { dims, dtype, .. }) if !self.has_weights => self.drawn(Type::array(dtype, Shape::Ranked(dims))),
            (_, State::Fresh { dims, dtype, fill: Fill::Number(number) }) => self.filled(&dims, dtype, number)?,
            (_, State::Fresh { fill: Fill::Nothing, .. }) => {
                return Err("the elements of a new tensor are read before they are set".to_owned());
            }
            (_, State::Fresh { dims, dtype, fill: Fill::Random }) => self.drawn(Type::array(dtype, Shape::Ranked(dims))),
        };
        tensor.make(id);
        Ok(id)
    }

    /// Whether two lengths are equal. Where only shapes are asked for they are taken to be if they may, and a name that has to be a number
    /// for it is noted.
    pub fn may_equal(&mut self, a: &Dim, b: &Dim) -> Result<bool, String> {
        if a.same(b) || a.differs(b) {
            return Ok(a.same(b));
        }
        if self.has_weights {
            return Err(format!("whether `{a} == {b}` depends on a length that only running tells: --input fixes it"));
        }
        let (symbol, number) = if a.as_symbol().is_some() { (a, b) } else { (b, a) };
        self.assumed.extend(symbol.as_symbol().cloned().zip(number.as_known()));
        Ok(true)
    }

    /// True while modules are made, and none is called.
    pub fn is_making(&self) -> bool {
        self.running.is_empty()
    }

    /// Random elements. Those that `forward` draws are an input; those of a constructor are what parameters begin with.
    pub fn drawn(&mut self, ty: Type) -> Id {
        if self.running.is_empty() || !self.has_weights {
            let id = self.lowering.model.bound("drawn", ty);
            self.drawn.push(id);
            return id;
        }
        let taken = self.inputs.iter().filter(|input| input.name.starts_with("noise")).count();
        let name = if taken == 0 { "noise".to_owned() } else { format!("noise_{}", taken + 1) };
        self.input(&name, ty)
    }

    /// A tensor of equal elements.
    pub fn filled(&mut self, dims: &[Dim], dtype: DType, number: f64) -> Made {
        let number = self.lowering.scalar(dtype, number);
        if dims.is_empty() {
            return Ok(number);
        }
        self.op("full", vec![Attr::Dims(dims.to_vec()).into(), number.into(), Attr::DType(dtype).into()])
    }

    /// The weight of a name.
    fn stored(&mut self, name: &str, dims: &[Dim], dtype: DType) -> Made {
        let weight = self.weights.get(name).cloned().ok_or_else(|| format!("the file of weights has no `{name}`"))?;
        let shape: Option<Vec<usize>> = dims.iter().map(|dim| dim.as_known().and_then(|n| usize::try_from(n).ok())).collect();
        if shape.as_ref() != Some(&weight.shape) {
            let wanted = dims.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            return Err(format!("`{name}` is [{wanted}] in the program and {:?} in the file of weights", weight.shape));
        }
        let own = weight.dtype;
        let id = self.lowering.constant(Weight { name: name.to_owned(), ..weight });
        if own == dtype { Ok(id) } else { self.op("cast", vec![id.into(), Attr::DType(dtype).into()]) }
    }

    /// What is known of a tensor's type, without making it.
    pub fn ty(&self, tensor: &Tensor) -> Result<Type, String> {
        Ok(match tensor.state()? {
            State::Term(id) => self.lowering.ty(id).clone(),
            State::Fresh { dims, dtype, .. } => Type::array(dtype, Shape::Ranked(dims)),
        })
    }

    pub fn dims(&self, tensor: &Tensor) -> Result<Vec<Dim>, String> {
        let ty = self.ty(tensor)?;
        ty.shape().dims().map(<[Dim]>::to_vec).ok_or_else(|| "the number of axes of a tensor is not known".to_owned())
    }

    /// An op in the module that is running.
    pub fn op(&mut self, name: &str, parts: Vec<Part>) -> Made {
        self.lowering.op(name, parts).map_err(|why| format!("{name}: {why}"))
    }

    /// A length as an integer that is computed.
    pub fn length(&mut self, dim: &Dim) -> Made {
        if let Some(n) = dim.as_known() {
            return Ok(self.lowering.scalar(DType::I64, n as f64));
        }
        let Dim::Poly(terms) = dim else { return Err("a length that is not known".to_owned()) };
        let mut sum: Option<Id> = None;
        for (monomial, coefficient) in terms {
            let mut product = (*coefficient != 1 || monomial.is_empty()).then(|| self.lowering.scalar(DType::I64, *coefficient as f64));
            for symbol in monomial {
                let (input, axis) = *self.symbols.get(symbol).ok_or_else(|| format!("no input has the length `{symbol}`"))?;
                let length = self.op("dim", vec![input.into(), Attr::Int(axis as i64).into()])?;
                let length = self.op("cast", vec![length.into(), Attr::DType(DType::I64).into()])?;
                product = Some(match product {
                    Some(product) => self.op("mul", vec![product.into(), length.into()])?,
                    None => length,
                });
            }
            sum = match (sum, product) {
                (Some(sum), Some(product)) => Some(self.op("add", vec![sum.into(), product.into()])?),
                (sum, product) => sum.or(product),
            };
        }
        match sum {
            Some(id) => Ok(self.lowering.known(id, vec![dim.clone()])),
            None => Ok(self.lowering.scalar(DType::I64, 0.0)),
        }
    }

    /// Lengths as a tensor of integers.
    pub fn lengths(&mut self, dims: &[Dim]) -> Made {
        let known: Option<Vec<i64>> = dims.iter().map(Dim::as_known).collect();
        if let Some(known) = known {
            let bytes: Vec<u8> = known.iter().flat_map(|n| n.to_le_bytes()).collect();
            return Ok(self.lowering.constant(Weight {
                name: String::new(),
                dtype: DType::I64,
                shape: vec![known.len()],
                bytes: bytes.into(),
            }));
        }
        let mut parts = vec![Part::from(Attr::Int(0))];
        for dim in dims {
            parts.push(self.length(dim)?.into());
        }
        let id = self.op("stack", parts)?;
        Ok(self.lowering.known(id, dims.to_vec()))
    }

    /// The type of an operand: a number of Python is weak.
    pub fn type_of(&self, value: &Value<'t>) -> Result<Type, String> {
        Ok(match value {
            Value::Tensor(tensor) => self.ty(tensor)?,
            Value::Bool(_) => Type::weak(DType::Bool),
            Value::Int(_) | Value::Length(_) => Type::weak(DType::I64),
            Value::Float(_) => Type::weak(DType::F64),
            other => return Err(format!("a {} is no tensor", other.type_name())),
        })
    }

    /// An operand with an element type.
    pub fn operand(&mut self, value: &Value<'t>, dtype: DType) -> Made {
        match value {
            Value::Tensor(tensor) => {
                let id = self.term(tensor)?;
                self.cast(id, dtype)
            }
            Value::Length(dim) => {
                let id = self.length(dim)?;
                self.cast(id, dtype)
            }
            other => {
                let number = other.as_f64().ok_or_else(|| format!("a {} is no tensor", other.type_name()))?;
                Ok(match other.as_int() {
                    Some(i) if !dtype.is_float() => {
                        let c = Const::typed_int(dtype, i);
                        self.lowering.model.terms.add_typed(Node::Const(c), Type::of_const(&c))
                    }
                    _ => self.lowering.scalar(dtype, number),
                })
            }
        }
    }

    pub fn cast(&mut self, id: Id, dtype: DType) -> Made {
        if self.lowering.ty(id).dtype() == Some(dtype) {
            return Ok(id);
        }
        self.op("cast", vec![id.into(), Attr::DType(dtype).into()])
    }

    /// An elementwise op of two operands as PyTorch promotes them.
    pub fn arithmetic(&mut self, name: &str, a: &Value<'t>, b: &Value<'t>) -> Followed<Id> {
        let (x, y) = (self.type_of(a)?, self.type_of(b)?);
        if let (Some(p), Some(q)) = (x.shape().dims(), y.shape().dims())
            && p.iter().rev().zip(q.iter().rev()).any(|(m, n)| never_broadcast(m, n))
        {
            return Err(Stop::of_library("RuntimeError", format!("{} and {} do not broadcast", shown(p), shown(q))));
        }
        let dtype = promote(Target::Torch, &x, &y).0;
        let mut dtype = dtype.ok_or_else(|| Stop::undecided("the element types of its operands are not known"))?;
        if name == "div" && !dtype.is_float() {
            dtype = DType::F32;
        }
        let name = match (name, dtype) {
            ("bit_and", DType::Bool) => "logical_and",
            ("bit_or", DType::Bool) => "logical_or",
            ("bit_xor", DType::Bool) => "logical_xor",
            ("mul", DType::Bool) => "logical_and",
            ("add", DType::Bool) => "logical_or",
            ("pow", _) if b.as_f64() == Some(2.0) => {
                let x = self.operand(a, dtype)?;
                return Ok(self.op("square", vec![x.into()])?);
            }
            (name, _) => name,
        };
        if matches!((&x, &y), (Type::Array { weak: true, .. }, Type::Array { weak: true, .. })) {
            return Err(Stop::undecided("an operation on tensors is given numbers alone"));
        }
        let (x, y) = (self.operand(a, dtype)?, self.operand(b, dtype)?);
        Ok(self.op(name, vec![x.into(), y.into()])?)
    }
}

impl<'t> Host<'t> for Modeller<'_, 't> {
    fn call(&mut self, path: &str, arguments: &[Value<'t>], keywords: &[(Rc<str>, Value<'t>)]) -> Followed<Value<'t>> {
        arguments::call(self, path, arguments, keywords)
    }

    fn lengths(&self, tensor: &Tensor) -> Option<String> {
        Some(shown(&self.dims(tensor).ok()?))
    }

    fn enter(&mut self, module: &Rc<Object<'t>>) {
        let path = self.paths.get(&Rc::as_ptr(module)).cloned();
        self.running.push(path);
        self.place();
    }

    fn leave(&mut self) {
        self.running.pop();
        self.place();
    }

    fn name(&mut self, tensor: &Tensor, name: &str) {
        if let Ok(State::Term(id)) = tensor.state()
            && matches!(self.lowering.model.terms.node(id), Node::Op(..))
        {
            self.lowering.model.names.entry(id).or_insert_with(|| format!("{name}{VALUE}"));
        }
    }
}

impl Modeller<'_, '_> {
    /// Says in which module what follows stands.
    fn place(&mut self) {
        let innermost = self.running.iter().rev().flatten().next();
        self.lowering.module = innermost.map(|path| Arc::from(slashed(path)));
    }
}

/// Lengths that are known to be different, neither of which is 1.
fn never_broadcast(a: &Dim, b: &Dim) -> bool {
    matches!((a.as_known(), b.as_known()), (Some(m), Some(n)) if m != n && m != 1 && n != 1)
}

/// Lengths as a message shows them.
pub(super) fn shown(dims: &[Dim]) -> String {
    format!("[{}]", dims.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

/// `transformer/h.0/attn` of `transformer.h.0.attn`: a number belongs to the list that it is of.
fn slashed(path: &str) -> String {
    let mut out = String::new();
    for part in path.split('.') {
        if !out.is_empty() {
            out.push(if part.bytes().all(|byte| byte.is_ascii_digit()) { '.' } else { '/' });
        }
        out.push_str(part);
    }
    out
}
