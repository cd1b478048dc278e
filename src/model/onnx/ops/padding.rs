use super::{Call, Entry, Lowered, Lowering, apply, dtype, ints, list, one, whole};
use crate::ir::Attr;

pub(super) static OPS: &[Entry] = &[
    ("CenterCropPad", |l, call| {
        let (x, shape) = (call.input(0)?, call.input(1)?);
        let rank = l.rank(x)? as i64;
        let axes = call.ints("axes").unwrap_or_else(|| (0..rank).collect());
        let axes = axes.into_iter().map(|axis| l.axis(x, axis)).collect::<Result<Vec<_>, _>>()?;
        one(apply!(l, "center_crop_pad", x, shape, ints(axes))?)
    }),
    ("Col2Im", |l, call| {
        let (x, image, block) = (call.input(0)?, call.input(1)?, call.input(2)?);
        let axes = l.ty(image).shape().size().as_known().ok_or("how many axes the image has is not known")? as usize;
        let [strides, dilations] = ["strides", "dilations"].map(|name| call.ints(name).unwrap_or_else(|| vec![1; axes]));
        let pads = call.ints("pads").unwrap_or_else(|| vec![0; 2 * axes]);
        one(apply!(l, "col2im", x, image, block, ints(strides), ints(pads), ints(dilations))?)
    }),
    ("Pad", pad),
];

fn pad<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let x = call.input(0)?;
    let rank = l.rank(x)?;
    let mode = Attr::Str(call.string("mode").unwrap_or_else(|| "constant".to_owned()));
    let value = match call.optional(2) {
        Some(value) => value,
        None => l.scalar(dtype(l, x)?, call.float("value", 0.0)),
    };
    let given = match call.optional(1) {
        Some(id) => l.ints(id),
        None => Some(call.ints("pads").or_else(|| call.ints("paddings")).ok_or("its pads are missing")?),
    };
    let axes = match call.optional(3) {
        Some(id) => l.ints(id),
        None => Some((0..rank as i64).collect()),
    };
    let (Some(given), Some(axes)) = (given, axes) else {
        let axes = match call.optional(3) {
            Some(axes) => axes,
            None => list(l, 0..rank as i64),
        };
        let (pads, axes) = (whole(l, call.input(1)?)?, whole(l, axes)?);
        return one(apply!(l, "pad_by", x, value, pads, axes, mode)?);
    };
    if given.len() != 2 * axes.len() {
        return Err(format!("{} pads for {} axes", given.len(), axes.len()));
    }
    let mut pads = vec![0; 2 * rank];
    for (i, axis) in axes.iter().enumerate() {
        let axis = l.axis(x, *axis)? as usize;
        (pads[axis], pads[rank + axis]) = (given[i], given[axes.len() + i]);
    }
    one(apply!(l, "pad", x, value, ints(pads), mode)?)
}
