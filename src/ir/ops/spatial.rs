//! What imported models do with images and other tensors of a batch and channels: transposed and deformable convolutions, further
//! pools, resampling, regions. Their values are those of the kernels that generated code calls.

use codewright_kernels::ops;

use super::eval::{Evaluated, attr};
use super::infer::{self, Inferred, array, equal, typed};
use super::kernels::{count, dtype, flag, listed, made, tensor, word};
use super::network::{CEIL, DILATIONS, KERNEL, PADS, STRIDES, pooled};
use super::operands::{alike, axes, float_of, float_value, number, optional, refused, unknown, whole};
use super::{op, work};
use crate::ir::{
    Arg, Attr, AttrKind, DType, Dim, EvalArg, OpDef, Param::Attr as Attribute, Param::Optional, Param::Value, Shape, Target, Type,
    TypeError, Value as Concrete, Work, WorkKind,
};

pub(super) static OPS: &[OpDef] = &[
    op!(
        "conv_transpose",
        Contraction,
        [
            Value("x"),
            Value("w"),
            Optional("b"),
            STRIDES,
            PADS,
            DILATIONS,
            Attribute("groups", AttrKind::Int),
            Attribute("more", AttrKind::Ints),
        ],
        "The transpose of a convolution: each element spreads over a window of the result; `more` are places behind each axis.",
        transposed,
        |_, a| {
            let (x, w, b) = (tensor::<f64>(&a[0])?, tensor::<f64>(&a[1])?, optional::<f64>(&a[2])?);
            let [strides, pads, dilations, more] = [&a[3], &a[4], &a[5], &a[7]].map(listed::<usize>);
            let y = ops::conv_transpose(&x, &w, b.as_ref(), &strides?, &pads?, &dilations?, count(&a[6])?, &more?);
            float_value(dtype(&a[0])?, y)
        },
        |args, out| {
            let w = args[1].ty();
            let flops = 2.0 * work::size(args[0].ty()) * work::size(w) / work::length(w, 0).max(1.0);
            Work { kind: WorkKind::Gemm, flops, bytes: work::stream(args, out).bytes }
        },
    ),
    op!(
        "deform_conv",
        Contraction,
        [
            Value("x"),
            Value("w"),
            Value("offset"),
            Optional("b"),
            Optional("mask"),
            STRIDES,
            PADS,
            DILATIONS,
            Attribute("groups", AttrKind::Int),
            Attribute("offset_groups", AttrKind::Int),
        ],
        "A convolution over two axes whose kernel's places are moved and weighed window by window.",
        |_, args| {
            alike(&args[..5])?;
            windows([&args[5], &args[7], &args[6]], 4)?;
            for arg in &args[8..] {
                at_least(arg, 1)?;
            }
            let (x, w, offset) = (axes(&args[0], 4)?, axes(&args[1], 4)?, axes(&args[2], 4)?);
            let dims = vec![equal(&x[0], &offset[0])?, w[0].clone(), offset[2].clone(), offset[3].clone()];
            float_of(&args[0], Shape::Ranked(dims))
        },
        |_, a| {
            let [x, w, offset] = [&a[0], &a[1], &a[2]].map(tensor::<f64>);
            let (b, mask) = (optional::<f64>(&a[3])?, optional::<f64>(&a[4])?);
            let [strides, pads, dilations] = [&a[5], &a[6], &a[7]].map(listed::<usize>);
            let groups = (count(&a[8])?, count(&a[9])?);
            let y = ops::deform_conv(&x?, &w?, &offset?, b.as_ref(), mask.as_ref(), &strides?, &pads?, &dilations?, groups.0, groups.1);
            float_value(dtype(&a[0])?, y)
        },
        |args, out| {
            let w = args[1].ty();
            let flops = 2.0 * work::size(out) * work::size(w) / work::length(w, 0).max(1.0);
            Work { kind: WorkKind::Gemm, flops, bytes: work::stream(args, out).bytes }
        },
    ),
    op!(
        "lp_pool",
        Contraction,
        [Value("x"), Attribute("p", AttrKind::Int), KERNEL, STRIDES, PADS, DILATIONS, CEIL],
        "The p-th root of the sum of p-th powers of every window over the axes after batch and channels.",
        |t, args| {
            if args[1].attr().as_int().is_none_or(|p| p < 1) {
                return infer::refuse("expected a power above zero");
            }
            pooled(t, &[&args[..1], &args[2..]].concat())
        },
        |_, a| {
            let [kernel, strides, pads, dilations] = [&a[2], &a[3], &a[4], &a[5]].map(listed::<usize>);
            let p = attr(&a[1]).as_int().unwrap_or(2);
            float_value(dtype(&a[0])?, ops::lp_pool(&tensor::<f64>(&a[0])?, p, &kernel?, &strides?, &pads?, &dilations?, flag(&a[6])))
        },
        work::reduction_passes,
    ),
    op!(
        "max_pool_with_indices",
        Contraction,
        [Value("x"), KERNEL, STRIDES, PADS, DILATIONS, CEIL, Attribute("column_major", AttrKind::Bool)],
        "The largest of every window over the axes after batch and channels, and its place in the whole.",
        |t, args| {
            let values = pooled(t, &args[..6])?;
            Ok(Type::Tuple(vec![values.clone(), values.with_dtype(Some(DType::I64))]))
        },
        |_, a| {
            let [kernel, strides, pads, dilations] = [&a[1], &a[2], &a[3], &a[4]].map(listed::<usize>);
            let found =
                ops::max_pool_with_indices(&tensor::<f64>(&a[0])?, &kernel?, &strides?, &pads?, &dilations?, flag(&a[5]), flag(&a[6]));
            let (values, indices) = found.map_err(refused)?;
            Ok(Concrete::Tuple(vec![float_value(dtype(&a[0])?, Ok(values))?, made(DType::I64, Ok(indices))?]))
        },
        work::reduction_passes,
    ),
    op!(
        "max_unpool",
        Contraction,
        [Value("x"), Value("indices"), Optional("shape"), KERNEL, STRIDES, PADS],
        "Elements at given places of a tensor of zeros, as large as the one that a pool with this window has made them of.",
        |_, args| {
            whole(&args[1])?;
            whole(&args[2])?;
            let (dtype, _, shape) = array(&args[0])?;
            let given = args[2].ty().is_array();
            let Some(x) = shape.dims().filter(|_| !given) else { return Ok(typed(dtype, false, unknown(&args[0]))) };
            let [kernel, strides, pads] = windows([&args[3], &args[4], &args[5]], x.len())?;
            let mut dims = x[..2].to_vec();
            dims.extend(
                (0..kernel.len()).map(|i| spread(&x[i + 2], strides[i], kernel[i], pads[i].saturating_add(pads[i + kernel.len()]))),
            );
            Ok(typed(dtype, false, Shape::Ranked(dims)))
        },
        |_, a| {
            let [kernel, strides, pads] = [&a[3], &a[4], &a[5]].map(listed::<usize>);
            let (x, indices, shape) = (tensor::<f64>(&a[0])?, tensor::<i64>(&a[1])?, optional::<i64>(&a[2])?);
            float_value(dtype(&a[0])?, ops::max_unpool(&x, &indices, shape.as_ref(), &kernel?, &strides?, &pads?))
        },
        work::movement,
    ),
    op!(
        "resize",
        Contraction,
        [
            Value("x"),
            Optional("region"),
            Optional("scales"),
            Optional("sizes"),
            Attribute("axes", AttrKind::Ints),
            Attribute("mode", AttrKind::Str),
            Attribute("coordinates", AttrKind::Str),
            Attribute("rounding", AttrKind::Str),
            Attribute("a", AttrKind::Float),
            Attribute("exclude_outside", AttrKind::Bool),
            Attribute("antialias", AttrKind::Bool),
            Attribute("policy", AttrKind::Str),
            Attribute("extrapolation", AttrKind::Float),
        ],
        "Some axes longer or shorter, by scales or to sizes, with the places between elements interpolated.",
        |_, args| {
            let (dtype, _, shape) = array(&args[0])?;
            let (Some(dims), Attr::Ints(resized)) = (shape.dims(), args[4].attr()) else { return Ok(typed(dtype, false, Shape::Unknown)) };
            let held = |(i, d): (usize, &Dim)| if resized.contains(&(i as i64)) { Dim::Unknown } else { d.clone() };
            Ok(typed(dtype, false, Shape::Ranked(dims.iter().enumerate().map(held).collect())))
        },
        resized,
        work::stream,
    ),
    op!(
        "grid_sample",
        Contraction,
        [
            Value("x"),
            Value("grid"),
            Attribute("mode", AttrKind::Str),
            Attribute("padding", AttrKind::Str),
            Attribute("align_corners", AttrKind::Bool),
        ],
        "A tensor read at the coordinates of a grid, in which -1 and 1 are the ends of an axis.",
        |_, args| {
            float_of(&args[1], Shape::Unknown)?;
            let (Some(x), Some(grid)) = (array(&args[0])?.2.dims(), array(&args[1])?.2.dims()) else {
                return float_of(&args[0], unknown(&args[0]));
            };
            if x.len() != grid.len() || x.len() < 3 {
                return infer::refuse("expected a coordinate for each axis after batch and channels");
            }
            equal(&grid[grid.len() - 1], &Dim::known(x.len() as i64 - 2))?;
            let lead = [equal(&x[0], &grid[0])?, x[1].clone()];
            float_of(&args[0], Shape::Ranked([&lead[..], &grid[1..grid.len() - 1]].concat()))
        },
        |_, a| {
            let y = ops::grid_sample(&tensor::<f64>(&a[0])?, &tensor::<f64>(&a[1])?, word(&a[2]), word(&a[3]), flag(&a[4]));
            float_value(dtype(&a[0])?, y)
        },
        work::stream,
    ),
    op!(
        "affine_grid",
        Contraction,
        [Value("theta"), Value("size"), Attribute("align_corners", AttrKind::Bool)],
        "The grid of coordinates at which an affine map finds each place of a result of a size.",
        |_, args| {
            whole(&args[1])?;
            let theta = axes(&args[0], 3)?;
            let Some(n) = theta[1].as_known() else { return float_of(&args[0], Shape::Unknown) };
            let places = vec![Dim::Unknown; usize::try_from(n).unwrap_or(0)];
            float_of(&args[0], Shape::Ranked([&theta[..1], &places, &theta[1..2]].concat()))
        },
        |_, a| float_value(dtype(&a[0])?, ops::affine_grid(&tensor::<f64>(&a[0])?, &tensor::<i64>(&a[1])?, flag(&a[2]))),
        work::stream,
    ),
    op!(
        "roi_align",
        Contraction,
        [
            Value("x"),
            Value("regions"),
            Value("batches"),
            Attribute("mode", AttrKind::Str),
            Attribute("height", AttrKind::Int),
            Attribute("width", AttrKind::Int),
            Attribute("samples", AttrKind::Int),
            Attribute("scale", AttrKind::Float),
            Attribute("half_pixel", AttrKind::Bool),
        ],
        "Regions of images brought to one size, interpolated, each cell the mean or the largest of its samples.",
        |_, args| {
            whole(&args[2])?;
            at_least(&args[6], 0)?;
            regions(args, &args[4..6])
        },
        |_, a| {
            let (x, regions, batches) = (tensor::<f64>(&a[0])?, tensor::<f64>(&a[1])?, tensor::<i64>(&a[2])?);
            let (height, width, samples) = (count(&a[4])?, count(&a[5])?, count(&a[6])?);
            let y = ops::roi_align(&x, &regions, &batches, word(&a[3]), height, width, samples, number(&a[7]), flag(&a[8]));
            float_value(dtype(&a[0])?, y)
        },
        work::stream,
    ),
    op!(
        "max_roi_pool",
        Contraction,
        [
            Value("x"),
            Value("regions"),
            Attribute("height", AttrKind::Int),
            Attribute("width", AttrKind::Int),
            Attribute("scale", AttrKind::Float),
        ],
        "The largest element in each cell of regions of images.",
        |_, args| regions(args, &args[2..4]),
        |_, a| {
            let y = ops::max_roi_pool(&tensor::<f64>(&a[0])?, &tensor::<f64>(&a[1])?, count(&a[2])?, count(&a[3])?, number(&a[4]));
            float_value(dtype(&a[0])?, y)
        },
        work::stream,
    ),
];

/// The length that windows cover together, less what the pads take away.
fn spread(n: &Dim, stride: i64, reach: i64, pads: i64) -> Dim {
    n.sub(&Dim::known(1)).mul(&Dim::known(stride)).add(&Dim::known(reach.saturating_sub(pads)))
}

/// Lists of lengths for the axes after batch and channels; the last is of pads.
fn windows<'a, const N: usize>(args: [&Arg<'a>; N], rank: usize) -> Result<[&'a [i64]; N], TypeError> {
    let mut lists: [&[i64]; N] = [&[]; N];
    for (i, (list, arg)) in lists.iter_mut().zip(args).enumerate() {
        let Attr::Ints(found) = arg.attr() else { return infer::refuse("expected a list of lengths") };
        let expected = if i + 1 == N { 2 * rank.saturating_sub(2) } else { rank.saturating_sub(2) };
        if found.len() != expected || rank < 2 || found.iter().any(|n| *n < 0) {
            return infer::refuse(format!("expected {expected} lengths, found {found:?}"));
        }
        *list = found;
    }
    Ok(lists)
}

/// A number that is not below the least.
fn at_least(arg: &Arg, least: i64) -> Result<i64, TypeError> {
    match arg.attr().as_int() {
        Some(n) if n >= least => Ok(n),
        _ => infer::refuse(format!("expected a number of at least {least}, found {}", arg.attr())),
    }
}

fn transposed(_: Target, args: &[Arg]) -> Inferred {
    alike(&args[..3])?;
    let groups = at_least(&args[6], 1)?;
    let (Some(x), Some(w)) = (array(&args[0])?.2.dims(), array(&args[1])?.2.dims()) else { return float_of(&args[0], unknown(&args[0])) };
    if x.len() != w.len() {
        return infer::refuse("the filters do not fit the axes");
    }
    let [strides, dilations, more, pads] = windows([&args[3], &args[5], &args[7], &args[4]], x.len())?;
    equal(&x[1], &w[0])?;
    let filters = w[1].mul(&Dim::known(groups));
    if let Some([bias]) = args[2].ty().shape().dims() {
        equal(bias, &filters)?;
    }
    let mut dims = vec![x[0].clone(), filters];
    for axis in 0..strides.len() {
        let reach = w[axis + 2].sub(&Dim::known(1)).mul(&Dim::known(dilations[axis])).add(&Dim::known(1));
        let padding = pads[axis].saturating_add(pads[axis + strides.len()]);
        let whole = spread(&x[axis + 2], strides[axis], more[axis], padding).add(&reach);
        if whole.as_known().is_some_and(|n| n < 0) {
            return infer::refuse("pads that are longer than the axis");
        }
        dims.push(whole);
    }
    array(&args[0]).map(|(dtype, _, _)| typed(dtype, false, Shape::Ranked(dims)))
}

/// As many small images as there are regions.
fn regions(args: &[Arg], lengths: &[Arg]) -> Inferred {
    alike(&args[..2])?;
    let (x, regions) = (axes(&args[0], 4)?, axes(&args[1], 2)?);
    let (height, width) = (at_least(&lengths[0], 1)?, at_least(&lengths[1], 1)?);
    float_of(&args[0], Shape::Ranked(vec![regions[0].clone(), x[1].clone(), Dim::known(height), Dim::known(width)]))
}

fn resized(_: Target, a: &[EvalArg]) -> Evaluated {
    let single = |i: usize| Ok(optional::<f64>(&a[i])?.map(|t| codewright_kernels::map(&t, |x| x as f32)));
    let (region, scales, sizes) = (single(1)?, single(2)?, optional::<i64>(&a[3])?);
    let (axes, mode, coordinates, rounding) = (listed::<usize>(&a[4])?, word(&a[5]), word(&a[6]), word(&a[7]));
    let resized = ops::resize(
        &tensor::<f64>(&a[0])?,
        region.as_ref(),
        scales.as_ref(),
        sizes.as_ref(),
        &axes,
        mode,
        coordinates,
        rounding,
        number(&a[8]),
        flag(&a[9]),
        flag(&a[10]),
        word(&a[11]),
        number(&a[12]),
    );
    float_value(dtype(&a[0])?, resized)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Leaf, Node, OpId, ProgramBuilder};

    #[test]
    fn a_symbolic_length_goes_through_a_transposed_convolution() {
        let mut b = ProgramBuilder::new(Target::Rust);
        let mut leaf = |dims: Vec<Dim>| b.leaf(Leaf { text: "x".into(), ty: Type::array(DType::F32, Shape::Ranked(dims)) });
        let x = leaf(vec![Dim::known(1), Dim::known(4), Dim::symbol("n")]);
        let w = leaf([4, 3, 5].map(Dim::known).to_vec());
        let attrs = [Attr::None, Attr::Ints(vec![2]), Attr::Ints(vec![1, 1]), Attr::Ints(vec![1]), Attr::Int(2), Attr::Ints(vec![0])];
        let attrs = attrs.map(|attr| b.add(Node::Attr(attr)).unwrap());
        let y = b.add(Node::op(OpId::get("conv_transpose"), [x, w].into_iter().chain(attrs))).unwrap();
        assert_eq!(b.ty(y).to_string(), "f32(1, 6, 2*n + 1)");
    }
}
