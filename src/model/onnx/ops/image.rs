//! What is done with images: further convolutions and pools, resampling, regions.

use super::network::{padded_window, window};
use super::terms::Term;
use super::{Call, Entry, Lowering, apply, ints, one};
use crate::ir::{Attr, DType, Dim, Id};
use crate::model::Weight;

pub(super) static OPS: &[Entry] = &[
    ("AffineGrid", |l, call| {
        let (theta, size) = (call.input(0)?, call.input(1)?);
        let align = Attr::Bool(call.int("align_corners", 0) != 0);
        let long = l.cast(size, DType::I64)?;
        let grid = apply!(l, "affine_grid", theta, long, align)?;
        let Some(lengths) = l.dims(size).filter(|lengths| lengths.len() > 2) else { return one(grid) };
        let axes = Dim::known(lengths.len() as i64 - 2);
        one(l.reshape(grid, lengths[..1].iter().chain(&lengths[2..]).cloned().chain([axes]).collect())?)
    }),
    ("ConvTranspose", |l, call| {
        let (x, w) = (call.input(0)?, call.input(1)?);
        let spread = spread(l, call, x, w)?;
        let [strides, pads, dilations, more] = spread.map(ints);
        let groups = Attr::Int(call.int("group", 1));
        one(apply!(l, "conv_transpose", x, w, call.optional(2), strides, pads, dilations, groups, more)?)
    }),
    ("DeformConv", |l, call| {
        let (x, w, offset) = (call.input(0)?, call.input(1)?, call.input(2)?);
        let kernel = l.axes_of(w)?.split_off(2.min(l.rank(w)?));
        let window = window(l, call, x, &kernel)?;
        let [strides, pads, dilations] = [window.strides, window.pads, window.dilations].map(ints);
        let (groups, moved) = (Attr::Int(call.int("group", 1)), Attr::Int(call.int("offset_group", 1)));
        one(apply!(l, "deform_conv", x, w, offset, call.optional(3), call.optional(4), strides, pads, dilations, groups, moved)?)
    }),
    ("GlobalLpPool", |l, call| {
        let x = call.input(0)?;
        let (dtype, rank, p) = (l.dtype(x)?, l.rank(x)? as i64, call.int("p", 2).max(1) as f64);
        let (power, root) = (l.scalar(dtype, p), l.scalar(dtype, 1.0 / p));
        let magnitude = l.unary("abs", x)?;
        let powers = apply!(l, "pow", magnitude, power)?;
        let total = l.reduce("sum", powers, 2..rank)?;
        one(apply!(l, "pow", total, root)?)
    }),
    ("GridSample", |l, call| {
        let mode = match call.string("mode").as_deref() {
            None | Some("bilinear" | "linear") => "linear",
            Some("bicubic" | "cubic") => "cubic",
            Some("nearest") => "nearest",
            Some(other) => return Err(format!("an unknown mode `{other}`")),
        };
        let padding = call.string("padding_mode").unwrap_or_else(|| "zeros".to_owned());
        let align = Attr::Bool(call.int("align_corners", 0) != 0);
        one(apply!(l, "grid_sample", call.input(0)?, call.input(1)?, Attr::Str(mode.to_owned()), Attr::Str(padding), align)?)
    }),
    ("LpPool", |l, call| {
        let x = call.input(0)?;
        let [kernel, strides, pads, dilations] = pool(l, call, x)?.map(ints);
        let ceil = Attr::Bool(call.int("ceil_mode", 0) != 0);
        one(apply!(l, "lp_pool", x, Attr::Int(call.int("p", 2)), kernel, strides, pads, dilations, ceil)?)
    }),
    ("MaxPool", |l, call| {
        let mut x = call.input(0)?;
        let ceil = Attr::Bool(call.int("ceil_mode", 0) != 0);
        if call.node.output.len() < 2 {
            let kernel = call.ints("kernel_shape").ok_or("its kernel_shape is missing")?;
            let window = padded_window(l, call, &mut x, &kernel.iter().map(|k| Dim::known(*k)).collect::<Vec<_>>(), f64::NEG_INFINITY)?;
            let [kernel, strides, pads, dilations] = [kernel, window.strides, window.pads, window.dilations].map(ints);
            return one(apply!(l, "max_pool", x, kernel, strides, pads, dilations, ceil)?);
        }
        let [kernel, strides, pads, dilations] = pool(l, call, x)?.map(ints);
        let column_major = Attr::Bool(call.int("storage_order", 0) != 0);
        let both = apply!(l, "max_pool_with_indices", x, kernel, strides, pads, dilations, ceil, column_major)?;
        l.parts(both, 2)
    }),
    ("MaxRoiPool", |l, call| {
        let Some([height, width]) = call.ints("pooled_shape").and_then(|v| <[i64; 2]>::try_from(v).ok()) else {
            return Err("expected the height and width of the result".to_owned());
        };
        let scale = Attr::float(call.float("spatial_scale", 1.0));
        one(apply!(l, "max_roi_pool", call.input(0)?, call.input(1)?, Attr::Int(height), Attr::Int(width), scale)?)
    }),
    ("MaxUnpool", |l, call| {
        let x = call.input(0)?;
        let [kernel, strides, pads, _] = pool(l, call, x)?.map(ints);
        let shape = call.optional(2);
        let y = apply!(l, "max_unpool", x, call.input(1)?, shape, kernel, strides, pads)?;
        match shape.and_then(|shape| l.dims(shape)) {
            Some(lengths) => one(l.reshape(y, lengths)?),
            None => one(y),
        }
    }),
    ("Resize", |l, call| {
        // Up to opset 10 there are scales alone, and places are counted from the beginning.
        let (region, scales, sizes) =
            if call.opset < 11 { (None, call.optional(1), None) } else { (given(l, call, 1), given(l, call, 2), given(l, call, 3)) };
        let default = if call.opset < 11 { ("asymmetric", "floor") } else { ("half_pixel", "round_prefer_floor") };
        let region = region.map(|region| l.cast(region, DType::F32)).transpose()?;
        one(resized(l, call, [region, scales, sizes], default)?)
    }),
    ("RoiAlign", |l, call| {
        // Up to opset 15 there was no shift of half a place.
        let default = if call.opset < 16 { "output_half_pixel" } else { "half_pixel" };
        let half = call.string("coordinate_transformation_mode").unwrap_or_else(|| default.to_owned()) == "half_pixel";
        let mode = Attr::Str(call.string("mode").unwrap_or_else(|| "avg".to_owned()));
        let [height, width, samples] =
            [("output_height", 1), ("output_width", 1), ("sampling_ratio", 0)].map(|(name, n)| Attr::Int(call.int(name, n)));
        let scale = Attr::float(call.float("spatial_scale", 1.0));
        let [x, regions, batches] = [call.input(0)?, call.input(1)?, call.input(2)?];
        one(apply!(l, "roi_align", x, regions, batches, mode, height, width, samples, scale, Attr::Bool(half))?)
    }),
    ("Upsample", |l, call| {
        let scales = match (call.optional(1), call.attribute("scales")) {
            (Some(scales), _) => scales,
            (None, Some(scales)) => {
                let bytes: Vec<u8> = scales.floats.iter().flat_map(|x| x.to_le_bytes()).collect();
                l.constant(Weight { name: String::new(), dtype: DType::F32, shape: vec![scales.floats.len()], bytes: bytes.into() })
            }
            (None, None) => return Err("its scales are missing".to_owned()),
        };
        one(resized(l, call, [None, Some(scales), None], ("asymmetric", "floor"))?)
    }),
];

/// An operand, unless it is left out by being empty.
fn given(l: &Lowering, call: &Call, i: usize) -> Option<Id> {
    call.optional(i).filter(|id| l.ty(*id).shape().size().as_known() != Some(0))
}

/// Kernel, strides, pads and dilations of a pool.
fn pool<'a>(l: &Lowering<'a>, call: &Call<'a>, x: Id) -> Result<[Vec<i64>; 4], String> {
    let kernel = call.ints("kernel_shape").ok_or("its kernel_shape is missing")?;
    let window = window(l, call, x, &kernel.iter().map(|k| Dim::known(*k)).collect::<Vec<_>>())?;
    Ok([kernel, window.strides, window.pads, window.dilations])
}

/// Strides, pads, dilations, and places behind each axis, of a transposed convolution.
fn spread<'a>(l: &Lowering<'a>, call: &Call<'a>, x: Id, w: Id) -> Result<[Vec<i64>; 4], String> {
    let axes = l.rank(x)?.saturating_sub(2);
    let list = |name: &str, default: i64, n: usize| match call.ints(name) {
        Some(list) if list.len() == n => Ok(list),
        Some(list) => Err(format!("expected {n} {name}, found {}", list.len())),
        None => Ok(vec![default; n]),
    };
    let (strides, dilations) = (list("strides", 1, axes)?, list("dilations", 1, axes)?);
    let (mut pads, mut more) = (list("pads", 0, 2 * axes)?, list("output_padding", 0, axes)?);
    let auto = call.string("auto_pad").unwrap_or_default();
    let shape = call.ints("output_shape");
    if shape.as_ref().is_some_and(|shape| shape.len() != axes) {
        return Err(format!("expected an output_shape of {axes} lengths"));
    }
    for axis in 0..axes {
        let reach = dilations[axis].saturating_mul(l.length(w, axis + 2)?.saturating_sub(1)).saturating_add(more[axis]).saturating_add(1);
        // What the windows cover beyond the length that is asked for.
        let excess = match (&shape, auto.as_str()) {
            (Some(shape), _) => {
                let covered = strides[axis].saturating_mul(l.length(x, axis + 2)?.saturating_sub(1)).saturating_add(reach);
                covered.saturating_sub(shape[axis])
            }
            (None, "SAME_UPPER" | "SAME_LOWER") => reach.saturating_sub(strides[axis]),
            _ => continue,
        };
        let (total, less) = (excess.max(0), excess.max(0) / 2);
        more[axis] = more[axis].saturating_add(excess.min(0).saturating_neg());
        (pads[axis], pads[axis + axes]) = if auto == "SAME_UPPER" { (less, total - less) } else { (total - less, less) };
    }
    Ok([strides, pads, dilations, more])
}

/// `Resize` of any opset, with the defaults for its coordinates and rounding.
fn resized<'a>(l: &mut Lowering<'a>, call: &Call<'a>, [region, scales, sizes]: [Option<Id>; 3], default: (&str, &str)) -> Term {
    let x = call.input(0)?;
    let rank = l.rank(x)? as i64;
    let axes = call.ints("axes").unwrap_or_else(|| (0..rank).collect());
    let axes = axes.into_iter().map(|axis| l.axis(x, axis)).collect::<Result<Vec<_>, _>>()?;
    let text = |name: &str, default: &str| Attr::Str(call.string(name).unwrap_or_else(|| default.to_owned()));
    let flag = |name: &str| Attr::Bool(call.int(name, 0) != 0);
    let mode = match call.string("mode").as_deref() {
        Some("bilinear") => Attr::Str("linear".to_owned()),
        _ => text("mode", "nearest"),
    };
    let (coordinates, rounding) = (text("coordinate_transformation_mode", default.0), text("nearest_mode", default.1));
    let (a, policy) = (Attr::float(call.float("cubic_coeff_a", -0.75)), text("keep_aspect_ratio_policy", "stretch"));
    let stretches = policy == Attr::Str("stretch".to_owned());
    let (outside, antialias) = (flag("exclude_outside"), flag("antialias"));
    let extrapolation = Attr::float(call.float("extrapolation_value", 0.0));
    let of_axes = ints(axes.iter().copied());
    let known = lengths(l, x, &axes, scales, sizes.filter(|_| stretches))?;
    let y =
        apply!(l, "resize", x, region, scales, sizes, of_axes, mode, coordinates, rounding, a, outside, antialias, policy, extrapolation)?;
    match known.filter(|dims| !dims.contains(&Dim::Unknown)) {
        Some(dims) => l.reshape(y, dims),
        None => Ok(y),
    }
}

/// The lengths of a resized value, if the scales or sizes are known.
fn lengths(l: &Lowering, x: Id, axes: &[i64], scales: Option<Id>, sizes: Option<Id>) -> Result<Option<Vec<Dim>>, String> {
    let mut dims = l.axes_of(x)?;
    if let Some(sizes) = sizes.and_then(|sizes| l.dims(sizes)).filter(|sizes| sizes.len() == axes.len()) {
        axes.iter().zip(sizes).for_each(|(axis, size)| dims[*axis as usize] = size);
        return Ok(Some(dims));
    }
    let Some(scales) = scales.and_then(|scales| l.weight(scales)).filter(|scales| scales.len() == axes.len()) else { return Ok(None) };
    for (axis, scale) in axes.iter().zip(scales.to_f64()) {
        let dim = &mut dims[*axis as usize];
        *dim = match dim.as_known() {
            Some(n) => Dim::known((n as f64 * scale) as i64),
            None if scale.fract() == 0.0 => dim.mul(&Dim::known(scale as i64)),
            None => return Ok(None),
        };
    }
    Ok(Some(dims))
}
