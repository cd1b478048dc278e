//! Resampling and regions of images.

use super::attributes::{flag, float, int, ints, word};
use super::{Entry, Term, emit, one};
use crate::ir::{DType, Dim};

pub(super) static OPS: &[Entry] = &[
    ("resize", |w, t| {
        let operands = [w.value(t.args[0])?, w.optional(t.args[1])?, w.optional(t.args[2])?, w.optional(t.args[3])?];
        let mode = t.word(5)?;
        let mut attributes = vec![word("mode", mode), word("coordinate_transformation_mode", t.word(6)?)];
        if mode == "nearest" {
            attributes.push(word("nearest_mode", t.word(7)?));
        }
        if mode == "cubic" {
            attributes.push(float("cubic_coeff_a", t.float(8)?));
        }
        let axes = t.ints(4)?;
        if !axes.iter().copied().eq(0..t.rank(0)? as i64) {
            attributes.push(ints("axes", axes));
        }
        attributes.extend([flag("exclude_outside", t.flag(9)), flag("antialias", t.flag(10))]);
        attributes.extend([word("keep_aspect_ratio_policy", t.word(11)?), float("extrapolation_value", t.float(12)?)]);
        one(w.node("Resize", operands, attributes))
    }),
    ("grid_sample", |w, t| {
        let operands = w.all(&t.args[..2])?;
        let align = flag("align_corners", t.flag(4));
        one(w.node("GridSample", operands, [word("mode", t.word(2)?), word("padding_mode", t.word(3)?), align]))
    }),
    ("affine_grid", |w, t| {
        let operands = [w.value(t.args[0])?, w.value_as(t.args[1], DType::I64)?];
        one(w.node("AffineGrid", operands, [flag("align_corners", t.flag(2))]))
    }),
    ("roi_align", |w, t| {
        let operands = [w.value(t.args[0])?, w.value(t.args[1])?, w.value_as(t.args[2], DType::I64)?];
        let attributes = [
            word("mode", t.word(3)?),
            int("output_height", t.int(4)?),
            int("output_width", t.int(5)?),
            int("sampling_ratio", t.int(6)?),
            float("spatial_scale", t.float(7)?),
            word("coordinate_transformation_mode", if t.flag(8) { "half_pixel" } else { "output_half_pixel" }),
        ];
        one(w.node("RoiAlign", operands, attributes))
    }),
    ("max_roi_pool", |w, t| {
        let operands = w.all(&t.args[..2])?;
        let pooled = ints("pooled_shape", &[t.int(2)?, t.int(3)?]);
        one(w.node("MaxRoiPool", operands, [pooled, float("spatial_scale", t.float(4)?)]))
    }),
    ("col2im", |w, t| {
        let x = w.value(t.args[0])?;
        let (image, block) = (w.value_as(t.args[1], DType::I64)?, w.value_as(t.args[2], DType::I64)?);
        let (strides, pads, dilations) = (ints("strides", t.ints(3)?), ints("pads", t.ints(4)?), ints("dilations", t.ints(5)?));
        one(emit!(w, "Col2Im", [x, image, block], strides, pads, dilations))
    }),
    ("center_crop_pad", |w, t| {
        let operands = [w.value(t.args[0])?, w.value_as(t.args[1], DType::I64)?];
        one(w.node("CenterCropPad", operands, [ints("axes", t.ints(2)?)]))
    }),
];

/// The lengths of a resized value, if constants say them.
pub(super) fn resized_lengths(t: &Term) -> Option<Vec<Dim>> {
    let mut dims = t.lengths(0).ok()?.to_vec();
    let (axes, stretches) = (t.ints(4).ok()?, t.word(11) == Ok("stretch"));
    if let Some(sizes) = t.model.weight(t.args[3]) {
        let sizes = sizes.to_ints().filter(|sizes| stretches && sizes.len() == axes.len())?;
        axes.iter().zip(sizes).for_each(|(axis, size)| dims[*axis as usize] = Dim::known(size as i64));
        return Some(dims);
    }
    let scales = t.model.weight(t.args[2]).filter(|scales| scales.len() == axes.len())?;
    for (axis, scale) in axes.iter().zip(scales.to_f64()) {
        let dim = &mut dims[*axis as usize];
        *dim = match dim.as_known() {
            Some(n) => Dim::known((n as f64 * scale) as i64),
            None if scale.fract() == 0.0 => dim.mul(&Dim::known(scale as i64)),
            None => return None,
        };
    }
    Some(dims)
}
