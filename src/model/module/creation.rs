//! New tensors.

use std::rc::Rc;

use super::arguments::{dims, fill, items, tensor};
use super::host::Modeller;
use crate::interpret::{Fill, State, Tensor, Value};
use crate::ir::{DType, Dim, Node, Shape, Type, Value as Numbers};
use crate::model::Weight;

/// `wright.fresh(lengths, fill, dtype)`.
pub(super) fn fresh<'t>(host: &mut Modeller<'_, 't>, arguments: &[Value<'t>]) -> Result<Value<'t>, String> {
    let [lengths, filling, Value::DType(dtype)] = arguments else { return Err("a new tensor without an element type".to_owned()) };
    let (dims, fill) = (dims(lengths)?, fill(filling)?);
    if fill == Fill::Random && host.is_making() {
        return Ok(tensor(host.drawn(Type::array(*dtype, Shape::Ranked(dims)))));
    }
    let state = State::Fresh { dims, dtype: *dtype, fill };
    Ok(Value::Tensor(Rc::new(Tensor::new(state))))
}

/// `wright.tensor(numbers in lists, dtype or None)`.
pub(super) fn of_numbers<'t>(host: &mut Modeller<'_, 't>, value: &Value<'t>, dtype: &Value<'t>) -> Result<Value<'t>, String> {
    if let Value::Length(_) = value {
        let Value::DType(dtype) = dtype else { return host.operand(value, DType::I64).map(tensor) };
        return host.operand(value, *dtype).map(tensor);
    }
    let (mut shape, mut numbers) = (Vec::new(), Vec::new());
    flattened(value, 0, &mut shape, &mut numbers)?;
    if numbers.len() != shape.iter().product::<usize>() {
        return Err("rows of different lengths".to_owned());
    }
    let dtype = match dtype {
        Value::DType(dtype) => *dtype,
        _ if numbers.iter().any(|number| matches!(number, Value::Float(_))) || numbers.is_empty() => DType::F32,
        _ if numbers.iter().all(|number| matches!(number, Value::Bool(_))) => DType::Bool,
        _ => DType::I64,
    };
    let shape = ndarray::IxDyn(&shape);
    let wrong = |_| "rows of different lengths".to_owned();
    let array = if dtype.is_float() {
        let floats = numbers.iter().map(|number| number.as_f64().unwrap_or(0.0)).collect();
        Numbers::float(dtype, ndarray::ArrayD::from_shape_vec(shape, floats).map_err(wrong)?)
    } else {
        let whole = numbers.iter().map(|number| i128::from(number.as_int().unwrap_or(number.as_f64().unwrap_or(0.0) as i64))).collect();
        Numbers::int(dtype, ndarray::ArrayD::from_shape_vec(shape, whole).map_err(wrong)?)
    };
    let weight = Weight::of_value(String::new(), &array).ok_or("no array")?;
    Ok(tensor(host.lowering.constant(weight)))
}

fn flattened<'t>(value: &Value<'t>, depth: usize, shape: &mut Vec<usize>, out: &mut Vec<Value<'t>>) -> Result<(), String> {
    let Some(inner) = items(value) else {
        if value.as_f64().is_none() {
            return Err(format!("a tensor is made of a {}", value.type_name()));
        }
        out.push(value.clone());
        return Ok(());
    };
    if depth > 16 {
        return Err("lists are nested too deep".to_owned());
    }
    if shape.len() == depth {
        shape.push(inner.len());
    } else if shape[depth] != inner.len() {
        return Err("rows of different lengths".to_owned());
    }
    inner.iter().try_for_each(|item| flattened(item, depth + 1, shape, out))
}

/// `wright.arange(start, stop, step, dtype)`.
pub(super) fn arange<'t>(host: &mut Modeller<'_, 't>, arguments: &[Value<'t>]) -> Result<Value<'t>, String> {
    let [start, stop, step, Value::DType(dtype)] = arguments else { return Err("a range without an element type".to_owned()) };
    let mut ids = Vec::new();
    for value in [start, stop, step] {
        ids.push(host.operand(value, *dtype)?);
    }
    let length = match (start.as_int(), stop.as_dim(), step.as_int()) {
        (Some(0), Some(stop), Some(1)) => vec![stop],
        _ => Vec::new(),
    };
    let parts = ids.into_iter().map(crate::model::onnx::Part::from);
    host.lowering.op_of_lengths("arange", parts, &length).map(tensor)
}

/// `wright.numbers(x)`: the elements of a constant tensor, in lists; `None` if only running tells.
pub(super) fn numbers<'t>(host: &mut Modeller<'_, 't>, x: &Rc<Tensor>) -> Result<Value<'t>, String> {
    /// No program reads more elements as numbers.
    const MOST: usize = 1 << 16;
    let id = host.term(x)?;
    if let Node::Const(c) = host.lowering.model.terms.node(id) {
        return Ok(if c.dtype.is_float() { Value::Float(c.as_f64()) } else { integer(c.dtype, c.as_f64() as i64) });
    }
    let Some(weight) = host.lowering.weight(id).filter(|weight| weight.len() <= MOST) else { return Ok(Value::None) };
    let flat: Vec<Value<'t>> = match weight.to_ints() {
        Some(ints) => ints.into_iter().map(|i| integer(weight.dtype, i as i64)).collect(),
        None => weight.to_f64().into_iter().map(Value::Float).collect(),
    };
    Ok(nested(&weight.shape, &flat))
}

fn integer<'t>(dtype: DType, i: i64) -> Value<'t> {
    if dtype == DType::Bool { Value::Bool(i != 0) } else { Value::Int(i) }
}

fn nested<'t>(shape: &[usize], flat: &[Value<'t>]) -> Value<'t> {
    match shape {
        [] => flat.first().cloned().unwrap_or(Value::None),
        [first, rest @ ..] => {
            let size = rest.iter().product::<usize>();
            Value::list((0..*first).map(|i| nested(rest, &flat[i * size..(i + 1) * size])).collect())
        }
    }
}

/// The lengths as numbers.
pub(super) fn known(dims: &[Dim]) -> Option<Vec<usize>> {
    dims.iter().map(|dim| dim.as_known().and_then(|n| usize::try_from(n).ok())).collect()
}
