//! Convolutions and pools.

use super::attributes::{flag, int, ints};
use super::{Emitted, Entry, Term, Writer, emit, one};
use crate::ir::{DType, Dim};
use crate::model::onnx::proto::AttributeProto;

pub(super) static OPS: &[Entry] = &[
    ("conv", |w, t| {
        let window = of_conv(t)?;
        if !t.dtype(0)?.is_float() {
            return whole(w, t, window);
        }
        let operands = [w.value(t.args[0])?, w.value(t.args[1])?, w.optional(t.args[2])?];
        one(w.node("Conv", operands, window))
    }),
    ("conv_transpose", |w, t| {
        let mut window = window(t, 3)?;
        window.extend([int("group", t.int(6)?), ints("output_padding", t.ints(7)?)]);
        window.extend(kernel(t));
        let operands = [w.value(t.args[0])?, w.value(t.args[1])?, w.optional(t.args[2])?];
        one(w.node("ConvTranspose", operands, window))
    }),
    ("deform_conv", |w, t| {
        let mut window = window(t, 5)?;
        window.extend([int("group", t.int(8)?), int("offset_group", t.int(9)?)]);
        window.extend(kernel(t));
        let mut operands = w.all(&t.args[..3])?;
        operands.extend([w.optional(t.args[3])?, w.optional(t.args[4])?]);
        one(w.node("DeformConv", operands, window))
    }),
    ("max_pool", |w, t| {
        let x = w.value(t.args[0])?;
        one(w.node("MaxPool", [x], pool(t, 1)?))
    }),
    ("max_pool_with_indices", |w, t| {
        let x = w.value(t.args[0])?;
        let mut window = pool(t, 1)?;
        window.push(flag("storage_order", t.flag(6)));
        Ok(w.nodes("MaxPool", [x], 2, window))
    }),
    ("average_pool", |w, t| {
        let x = w.value(t.args[0])?;
        let mut window = pool(t, 1)?;
        window.push(flag("count_include_pad", t.flag(6)));
        one(w.node("AveragePool", [x], window))
    }),
    ("lp_pool", |w, t| {
        let x = w.value(t.args[0])?;
        let mut window = pool(t, 2)?;
        window.push(int("p", t.int(1)?));
        one(w.node("LpPool", [x], window))
    }),
    ("max_unpool", |w, t| {
        let operands = [w.value(t.args[0])?, w.value(t.args[1])?, w.optional(t.args[2])?];
        let window = [ints("kernel_shape", t.ints(3)?), ints("strides", t.ints(4)?), ints("pads", t.ints(5)?)];
        one(w.node("MaxUnpool", operands, window))
    }),
];

/// All attributes of a convolution.
pub(super) fn of_conv(t: &Term) -> Result<Vec<AttributeProto>, String> {
    let mut window = window(t, 3)?;
    window.push(int("group", t.int(6)?));
    window.extend(kernel(t));
    Ok(window)
}

/// Strides, pads and dilations, from one argument on.
fn window(t: &Term, from: usize) -> Result<Vec<AttributeProto>, String> {
    let names = ["strides", "pads", "dilations"];
    names.iter().enumerate().map(|(i, name)| Ok(ints(name, t.ints(from + i)?))).collect()
}

/// The lengths of the filters, if they are known.
fn kernel(t: &Term) -> Option<AttributeProto> {
    let lengths: Option<Vec<i64>> = t.lengths(1).ok()?.get(2..)?.iter().map(Dim::as_known).collect();
    Some(ints("kernel_shape", &lengths?))
}

/// Kernel, strides, pads, dilations and how windows at the end are counted.
fn pool(t: &Term, from: usize) -> Result<Vec<AttributeProto>, String> {
    let mut attributes = vec![ints("kernel_shape", t.ints(from)?)];
    attributes.extend(window(t, from + 1)?);
    attributes.push(flag("ceil_mode", t.flag(from + 4)));
    Ok(attributes)
}

/// Sums of at most so many products of bytes are exact in single precision.
const EXACT: i64 = (1 << 24) / (255 * 255);

/// A convolution of whole numbers.
fn whole<'m>(w: &mut Writer<'m>, t: &Term<'m>, window: Vec<AttributeProto>) -> Emitted {
    let dtype = t.dtype(0)?;
    let product = match super::integers::conv(w, t, window.clone())? {
        Some(product) => product,
        None => {
            let products: Option<i64> = t.lengths(1)?[1..].iter().map(Dim::as_known).product();
            if products.is_none_or(|n| n > EXACT) {
                return Err("ONNX has convolutions of floats and of bytes alone".to_owned());
            }
            let operands = [w.value_as(t.args[0], DType::F32)?, w.value_as(t.args[1], DType::F32)?];
            let product = w.node("Conv", operands, window);
            w.cast(product, dtype)
        }
    };
    let bias = w.optional(t.args[2])?;
    if bias.is_empty() {
        return one(product);
    }
    let mut shape = vec![1; t.rank(0)?];
    shape[1] = -1;
    let shape = w.list(&shape);
    let bias = emit!(w, "Reshape", [bias, shape]);
    one(emit!(w, "Add", [product, bias]))
}
