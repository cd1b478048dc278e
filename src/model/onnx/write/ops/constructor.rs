//! Arrays made of a shape and a value.

use super::attributes::{int, tensor};
use super::{Emitted, Entry, Term, Writer, emit, one};
use crate::ir::{Const, DType, Id, Node, Value};
use crate::model::Weight;
use crate::model::onnx::tensor as format;

pub(super) static OPS: &[Entry] = &[
    ("zeros", |w, t| {
        let shape = w.shape(t.dims(0)?)?;
        one(filled(w, shape, t.dtype_attr(1)?, 0.0)?)
    }),
    ("ones", |w, t| {
        let shape = w.shape(t.dims(0)?)?;
        one(filled(w, shape, t.dtype_attr(1)?, 1.0)?)
    }),
    ("full", |w, t| {
        let shape = w.shape(t.dims(0)?)?;
        spread(w, t, shape, t.args[1], t.dtype_attr(2)?)
    }),
    ("fill", |w, t| {
        let shape = w.value_as(t.args[0], DType::I64)?;
        spread(w, t, shape, t.args[1], t.dtype(1)?)
    }),
    ("zeros_like", |w, t| like(w, t, 0.0)),
    ("ones_like", |w, t| like(w, t, 1.0)),
    ("full_like", |w, t| {
        let x = w.value(t.args[0])?;
        let shape = emit!(w, "Shape", [x]);
        spread(w, t, shape, t.args[1], t.dtype(0)?)
    }),
    ("eye", |w, t| {
        let n = w.shape(t.dims(0)?)?;
        let square = emit!(w, "Concat", [n.clone(), n], int("axis", 0));
        let zeros = emit!(w, "ConstantOfShape", [square]);
        let units = emit!(w, "EyeLike", [zeros]);
        let dtype = t.dtype_attr(1)?;
        one(if dtype == DType::F32 { units } else { w.cast(units, dtype) })
    }),
    ("arange", |w, t| {
        let dtype = t.ty().dtype().ok_or("its element type is not known")?;
        let own = matches!(dtype, DType::F32 | DType::F64 | DType::I16 | DType::I32 | DType::I64);
        let wide = match own {
            true => dtype,
            false if dtype.is_float() => DType::F32,
            false => DType::I64,
        };
        let operands = t.args.iter().map(|arg| w.value_as(*arg, wide)).collect::<Result<Vec<_>, _>>()?;
        let places = w.node("Range", operands, []);
        one(if own { places } else { w.cast(places, dtype) })
    }),
];

fn filled(w: &mut Writer, shape: String, dtype: DType, x: f64) -> Result<String, String> {
    let number = if dtype.is_float() { Const::typed_float(dtype, x) } else { Const::typed_int(dtype, x as i64) };
    constant(w, shape, &number)
}

fn constant(w: &mut Writer, shape: String, number: &Const) -> Result<String, String> {
    let value = Weight::of_value(String::new(), &Value::of_const(number)).ok_or("a number without a value")?;
    Ok(emit!(w, "ConstantOfShape", [shape], tensor("value", format::proto("", &Weight { shape: vec![1], ..value }))))
}

/// A value, which may be known, everywhere.
fn spread<'m>(w: &mut Writer<'m>, t: &Term<'m>, shape: String, value: Id, dtype: DType) -> Emitted {
    if let Node::Const(c) = &t.model.program.terms[value] {
        return one(if c.dtype == dtype { constant(w, shape, c)? } else { filled(w, shape, dtype, c.as_f64())? });
    }
    let value = w.value_as(value, dtype)?;
    one(emit!(w, "Expand", [value, shape]))
}

fn like<'m>(w: &mut Writer<'m>, t: &Term<'m>, x: f64) -> Emitted {
    let value = w.value(t.args[0])?;
    let shape = emit!(w, "Shape", [value]);
    one(filled(w, shape, t.dtype(0)?, x)?)
}
