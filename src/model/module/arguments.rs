//! Natives of the stand-in for PyTorch: `ir.…` are the IR's ops, `onnx.…` ONNX's operators, `wright.…` what neither has.

use std::rc::Rc;

use super::host::{Modeller, shown};
use super::{creation, index};
use crate::interpret::{Fill, Followed, Role, State, Stop, Tensor, Value};
use crate::ir::{Attr, AttrKind, DType, Dim, Id, OpId, Param, Shape, Type};
use crate::model::Weight;
use crate::model::onnx::Part;
use crate::model::onnx::proto::{AttributeProto, NodeProto};

type Given<'v, 't> = (&'v [Value<'t>], &'v [(Rc<str>, Value<'t>)]);

/// What a native gives.
pub(super) fn call<'t>(
    host: &mut Modeller<'_, 't>,
    path: &str,
    arguments: &[Value<'t>],
    keywords: &[(Rc<str>, Value<'t>)],
) -> Followed<Value<'t>> {
    Ok(match path.split_once('.') {
        Some(("ir", name)) => op(host, name, (arguments, keywords))?,
        Some(("onnx", name)) => operator(host, name, (arguments, keywords))?,
        Some(("wright", "arithmetic")) => match arguments {
            [Value::Str(op), a, b] => host.arithmetic(op, a, b).map(tensor)?,
            _ => return Err(Stop::undecided("no operation is named")),
        },
        Some(("wright", "reshape")) => reshaped(host, tensor_of(arguments.first())?, arguments.get(1).unwrap_or(&Value::None))?,
        Some(("wright", name)) => own(host, name, arguments)?,
        _ => return Err(Stop::undecided(format!("`{path}` is not supported"))),
    })
}

/// A value as a tensor of its own memory.
pub(super) fn tensor<'t>(id: Id) -> Value<'t> {
    Value::Tensor(Rc::new(Tensor::new(State::Term(id))))
}

/// The tensor that a value is.
pub(super) fn tensor_of<'v, 't>(value: Option<&'v Value<'t>>) -> Result<&'v Rc<Tensor>, String> {
    match value {
        Some(Value::Tensor(tensor)) => Ok(tensor),
        Some(other) => Err(format!("a {} where a tensor is expected", other.type_name())),
        None => Err("a tensor is missing".to_owned()),
    }
}

/// The items of a list or tuple.
pub(super) fn items<'t>(value: &Value<'t>) -> Option<Vec<Value<'t>>> {
    match value {
        Value::Tuple(items) => Some(items.to_vec()),
        Value::List(items) => Some(items.borrow().clone()),
        _ => None,
    }
}

/// The lengths that a value is: a list of whole numbers, or one.
pub(super) fn dims(value: &Value<'_>) -> Result<Vec<Dim>, String> {
    let expected = || format!("a {} where lengths are expected", value.type_name());
    match items(value) {
        Some(items) => items.iter().map(|item| item.as_dim().ok_or_else(expected)).collect(),
        None => Ok(vec![value.as_dim().ok_or_else(expected)?]),
    }
}

fn ints(value: &Value<'_>) -> Result<Vec<i64>, String> {
    let expected = || format!("a {} where whole numbers are expected", value.type_name());
    match items(value) {
        Some(items) => items.iter().map(|item| item.as_int().ok_or_else(expected)).collect(),
        None => Ok(vec![value.as_int().ok_or_else(expected)?]),
    }
}

/// `ir.NAME(operands and attributes)`: by place or by the parameter's name.
fn op<'t>(host: &mut Modeller<'_, 't>, name: &str, (arguments, keywords): Given<'_, 't>) -> Result<Value<'t>, String> {
    let op = OpId::named(name).ok_or_else(|| format!("no op is named `{name}`"))?;
    let params = op.def().params;
    let mut given: Vec<Option<Value<'t>>> = arguments.iter().cloned().map(Some).collect();
    for (keyword, value) in keywords {
        let place = params.iter().position(|param| param.name() == &**keyword).ok_or_else(|| format!("`{name}` has no `{keyword}`"))?;
        given.resize(given.len().max(place + 1), None);
        given[place] = Some(value.clone());
    }
    let dtype = given.iter().flatten().find_map(|value| match value {
        Value::Tensor(tensor) => host.ty(tensor).ok().and_then(|ty| ty.dtype()),
        Value::List(_) | Value::Tuple(_) => items(value)?
            .iter()
            .find_map(|item| if let Value::Tensor(tensor) = item { host.ty(tensor).ok().and_then(|ty| ty.dtype()) } else { None }),
        _ => None,
    });
    let mut parts = Vec::new();
    for (i, param) in params.iter().enumerate() {
        let value = given.get(i).and_then(Option::as_ref).unwrap_or(&Value::None);
        match (param, value) {
            (Param::Attr(_, kind), value) => parts.push(Part::Attr(attr(value, *kind)?)),
            (Param::Optional(_), Value::None) => parts.push(Part::Attr(Attr::None)),
            (Param::Variadic(_), value) => {
                for item in items(value).unwrap_or_default() {
                    parts.push(operand(host, &item, dtype)?.into());
                }
            }
            (_, value) => parts.push(operand(host, value, dtype)?.into()),
        }
    }
    host.op(name, parts).map(tensor)
}

/// A tensor as it is; a number with the element type beside it.
fn operand<'t>(host: &mut Modeller<'_, 't>, value: &Value<'t>, dtype: Option<DType>) -> Result<Id, String> {
    match value {
        Value::Tensor(tensor) => host.term(tensor),
        Value::Length(dim) => host.length(dim),
        other => host.operand(other, dtype.unwrap_or(if other.as_int().is_some() { DType::I64 } else { DType::F32 })),
    }
}

fn attr(value: &Value<'_>, kind: AttrKind) -> Result<Attr, String> {
    let found = match (kind, value) {
        (AttrKind::Axes | AttrKind::OptAxis, Value::None) => Some(Attr::None),
        (AttrKind::Bool, Value::Bool(flag)) => Some(Attr::Bool(*flag)),
        (AttrKind::Int | AttrKind::OptAxis, value) => value.as_int().map(Attr::Int),
        (AttrKind::Axes, value) => Some(match value.as_int() {
            Some(axis) => Attr::Int(axis),
            None => Attr::Ints(ints(value)?),
        }),
        (AttrKind::Float, value) => value.as_f64().map(Attr::float),
        (AttrKind::Ints, value) => Some(Attr::Ints(ints(value)?)),
        (AttrKind::Dims, value) => Some(Attr::Dims(dims(value)?)),
        (AttrKind::Str, Value::Str(text)) => Some(Attr::Str(text.to_string())),
        (AttrKind::DType, Value::DType(dtype)) => Some(Attr::DType(*dtype)),
        _ => None,
    };
    found.ok_or_else(|| format!("a {} where an attribute is expected", value.type_name()))
}

/// `onnx.NAME(operands, attributes by keyword, outputs=n)`.
fn operator<'a, 't>(host: &mut Modeller<'a, 't>, name: &str, (arguments, keywords): Given<'_, 't>) -> Result<Value<'t>, String> {
    let mut node = NodeProto { op_type: Some(name.to_owned()), name: Some(name.to_owned()), ..Default::default() };
    let mut outputs = 1;
    for (keyword, value) in keywords {
        if &**keyword == "outputs" {
            outputs = value.as_int().unwrap_or(1).clamp(1, 64);
            continue;
        }
        if !matches!(value, Value::None) {
            node.attribute.push(attribute(keyword, value)?);
        }
    }
    let dtype = arguments.iter().find_map(|value| if let Value::Tensor(tensor) = value { host.ty(tensor).ok()?.dtype() } else { None });
    let mut inputs = Vec::new();
    for argument in arguments {
        inputs.push(match argument {
            Value::None => None,
            Value::List(_) | Value::Tuple(_) => {
                let lengths = dims(argument)?;
                Some(host.lengths(&lengths)?)
            }
            other => Some(operand(host, other, dtype)?),
        });
    }
    node.input = inputs.iter().enumerate().map(|(i, input)| if input.is_some() { format!("operand_{i}") } else { String::new() }).collect();
    node.output = (0..outputs).map(|i| format!("result_{i}")).collect();
    let node = host.nodes.alloc(node);
    let results = host.lowering.operator(node, inputs).map_err(|why| format!("{name}: {why}"))?;
    let mut results: Vec<Value<'t>> = results.into_iter().map(|id| id.map_or(Value::None, tensor)).collect();
    Ok(if outputs == 1 { results.swap_remove(0) } else { Value::tuple(results) })
}

fn attribute(name: &str, value: &Value<'_>) -> Result<AttributeProto, String> {
    let mut attribute = AttributeProto { name: Some(name.to_owned()), ..Default::default() };
    match value {
        Value::Bool(_) | Value::Int(_) => attribute.i = value.as_int(),
        Value::Float(x) => attribute.f = Some(*x as f32),
        Value::Str(text) => attribute.s = Some(text.as_bytes().to_vec().into()),
        Value::DType(dtype) => attribute.i = Some(i64::from(crate::model::onnx::dtype_code(*dtype))),
        value => {
            let items = items(value).ok_or_else(|| format!("a {} where an attribute is expected", value.type_name()))?;
            if items.iter().all(|item| item.as_int().is_some()) {
                attribute.ints = items.iter().filter_map(Value::as_int).collect();
            } else if items.iter().all(|item| item.as_f64().is_some()) {
                attribute.floats = items.iter().filter_map(Value::as_f64).map(|x| x as f32).collect();
            } else {
                attribute.strings = items.iter().filter_map(|item| Some(item.as_str()?.as_bytes().to_vec().into())).collect();
            }
        }
    }
    Ok(attribute)
}

/// What is no op of the IR.
fn own<'t>(host: &mut Modeller<'_, 't>, name: &str, arguments: &[Value<'t>]) -> Result<Value<'t>, String> {
    let argument = |i: usize| arguments.get(i).unwrap_or(&Value::None);
    match name {
        "shape" => {
            let dims = host.dims(tensor_of(arguments.first())?)?;
            Ok(Value::tuple(dims.into_iter().map(Value::length).collect()))
        }
        "dtype" => {
            let dtype = host.ty(tensor_of(arguments.first())?)?.dtype().ok_or("the element type of a tensor is not known")?;
            Ok(Value::DType(dtype))
        }
        "may_equal" => match (argument(0).as_dim(), argument(1).as_dim()) {
            (Some(a), Some(b)) => host.may_equal(&a, &b).map(Value::Bool),
            _ => Ok(Value::Bool(true)),
        },
        "promoted" => {
            let (a, b) = (host.type_of(argument(0))?, host.type_of(argument(1))?);
            let dtype = crate::ir::promote(crate::ir::Target::Torch, &a, &b).0.ok_or("the element types of its operands are not known")?;
            Ok(Value::DType(dtype))
        }
        "cast" => {
            let Value::DType(dtype) = argument(1) else { return Err("no element type is named".to_owned()) };
            host.operand(argument(0), *dtype).map(tensor)
        }
        "fresh" => creation::fresh(host, arguments),
        "tensor" => creation::of_numbers(host, argument(0), argument(1)),
        "arange" => creation::arange(host, arguments),
        "numbers" => creation::numbers(host, tensor_of(arguments.first())?),
        "expand" => {
            let x = tensor_of(arguments.first())?;
            let (id, own, wanted) = (host.term(x)?, host.dims(x)?, dims(argument(1))?);
            let from = wanted.len().checked_sub(own.len()).ok_or("it expands to fewer axes than the tensor has")?;
            let dims = wanted.iter().enumerate().map(|(i, dim)| match dim.as_known() {
                Some(-1) => i.checked_sub(from).and_then(|i| own.get(i).cloned()).unwrap_or(Dim::known(1)),
                _ => dim.clone(),
            });
            let dims = dims.collect();
            Ok(view(host.op("broadcast_to", vec![id.into(), Attr::Dims(dims).into()])?, x))
        }
        "index" => index::read(host, tensor_of(arguments.first())?, argument(1)),
        "assign" => index::write(host, tensor_of(arguments.first())?, argument(1), argument(2)),
        "view" => {
            let id = host.term(tensor_of(arguments.first())?)?;
            Ok(view(id, tensor_of(arguments.get(1))?))
        }
        "set" => {
            let (x, y) = (tensor_of(arguments.first())?, tensor_of(arguments.get(1))?);
            x.set(y.state()?)?;
            Ok(argument(0).clone())
        }
        "role" => {
            let x = tensor_of(arguments.first())?;
            let (is_parameter, is_stored) = (matches!(argument(1), Value::Bool(true)), matches!(argument(2), Value::Bool(true)));
            // A parameter's elements are those of the file, whatever it begins with.
            let state = match x.state()? {
                State::Term(_) if is_parameter => {
                    let dtype = host.ty(x)?.dtype().ok_or("the element type of a parameter is not known")?;
                    State::Fresh { dims: host.dims(x)?, dtype, fill: Fill::Nothing }
                }
                other => other,
            };
            let role = Role { is_parameter, is_stored, name: None, is_read: false };
            // A buffer is the tensor itself, a parameter another one on its memory.
            if !is_parameter {
                x.role.borrow_mut().get_or_insert(role);
                return Ok(argument(0).clone());
            }
            let made = Tensor::view(state, x);
            *made.role.borrow_mut() = Some(role);
            Ok(Value::Tensor(Rc::new(made)))
        }
        "draw" => {
            let x = tensor_of(arguments.first())?;
            // What a parameter begins with is of no account: a file has its elements.
            let begins = host.is_making() && x.role.borrow().as_ref().is_some_and(|role| role.is_parameter);
            if !begins {
                let (dims, dtype) = (host.dims(x)?, host.ty(x)?.dtype().ok_or("the element type of a tensor is not known")?);
                let state = match host.is_making() {
                    true => State::Term(host.drawn(Type::array(dtype, Shape::Ranked(dims)))),
                    false => State::Fresh { dims, dtype, fill: Fill::Random },
                };
                x.set(state)?;
            }
            Ok(argument(0).clone())
        }
        "only_shapes" => Ok(Value::Bool(!host.has_weights)),
        "is_buffer" => {
            let role = tensor_of(arguments.first())?.role.borrow().clone();
            Ok(Value::Bool(role.is_some_and(|role| !role.is_parameter)))
        }
        "is_parameter" => {
            let role = tensor_of(arguments.first())?.role.borrow().clone();
            Ok(Value::Bool(role.is_some_and(|role| role.is_parameter)))
        }
        other => Err(format!("`wright.{other}` is not there")),
    }
}

/// A term as a view of another tensor's memory.
fn view<'t>(id: Id, of: &Tensor) -> Value<'t> {
    Value::Tensor(Rc::new(Tensor::view(State::Term(id), of)))
}

/// `wright.reshape(x, lengths)`.
fn reshaped<'t>(host: &mut Modeller<'_, 't>, x: &Rc<Tensor>, lengths: &Value<'t>) -> Followed<Value<'t>> {
    let id = host.term(x)?;
    let (own, wanted) = (host.dims(x)?, dims(lengths)?);
    let is_known = own.iter().chain(&wanted).all(|dim| dim.as_known().is_some());
    // Lengths that only running tells may come to what they have to be.
    let refused = |why| if is_known { Stop::of_library("RuntimeError", why) } else { Stop::undecided(why) };
    let dims = resolved(&own, wanted).map_err(refused)?;
    let id = host.op("reshape", vec![id.into(), Attr::Dims(dims).into()])?;
    Ok(view(id, x))
}

/// The lengths of a reshape, with the one that is left open.
fn resolved(own: &[Dim], mut wanted: Vec<Dim>) -> Result<Vec<Dim>, String> {
    let product = |dims: &[Dim]| dims.iter().fold(Dim::known(1), |n, dim| n.mul(dim));
    let total = product(own);
    if let Some(open) = wanted.iter().position(|dim| dim.as_known() == Some(-1)) {
        let others: Vec<Dim> = wanted.iter().enumerate().filter(|(i, _)| *i != open).map(|(_, dim)| dim.clone()).collect();
        let length = total.quotient(&product(&others));
        wanted[open] = length.ok_or_else(|| format!("{} does not become {}: the lengths do not divide", shown(own), shown(&wanted)))?;
    }
    if product(&wanted).differs(&total) {
        return Err(format!("{} has {total} elements and {} has {}", shown(own), shown(&wanted), product(&wanted)));
    }
    Ok(wanted)
}

/// The fill of a new tensor.
pub(super) fn fill(value: &Value<'_>) -> Result<Fill, String> {
    match (value, value.as_f64()) {
        (_, Some(number)) => Ok(Fill::Number(number)),
        (Value::Str(word), _) if &**word == "random" => Ok(Fill::Random),
        (Value::Str(word), _) if &**word == "nothing" => Ok(Fill::Nothing),
        (other, _) => Err(format!("a {} fills no tensor", other.type_name())),
    }
}

/// A constant array of integers.
pub(super) fn constant(host: &mut Modeller<'_, '_>, shape: Vec<usize>, numbers: &[i64]) -> Id {
    let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    host.lowering.constant(Weight { name: String::new(), dtype: DType::I64, shape, bytes: bytes.into() })
}
