//! Ops whose axes, shapes or places are operands: what ONNX leaves to run time. Lengths of their results are unknown, their ranks
//! are not. Their values are those of the kernels that generated code calls.

use codewright_kernels::ops;

use super::infer::{self, Inferred, array, typed};
use super::kernels::{count, dtype, flag, listed, made, tensor, with_elements, word};
use super::{op, work};
use crate::ir::{
    Arg, Attr, AttrKind, DType, Dim, OpDef, Param, Param::Attr as Attribute, Param::Value, Shape, Target, TypeError, Work, WorkKind,
};

const KEEPDIMS: Param = Attribute("keepdims", AttrKind::Bool);
const MODE: Param = Attribute("mode", AttrKind::Str);

macro_rules! over {
    ($name:literal, $kernel:ident, $number:ident, $doc:literal) => {
        op!(
            $name,
            Reduction,
            [Value("a"), Value("axes"), KEEPDIMS],
            $doc,
            |_, args| $number(args),
            |_, a| {
                let (axes, keepdims) = (tensor::<i64>(&a[1])?, flag(&a[2]));
                over!($number, a, T => made(dtype(&a[0])?, ops::$kernel(&tensor::<T>(&a[0])?, &axes, keepdims)))
            },
            work::reduction,
        )
    };
    (number, $a:ident, $t:ident => $body:expr) => { with_elements!(&$a[0], $t => $body, bool => super::eval::refuse("expected numbers")) };
    (float, $a:ident, $t:ident => $body:expr) => {{
        type $t = f64;
        $body
    }};
}

macro_rules! along {
    ($name:literal, $kernel:ident, $doc:literal) => {
        op!(
            $name,
            Reduction,
            [Value("a"), Value("axis"), Attribute("exclusive", AttrKind::Bool), Attribute("reverse", AttrKind::Bool)],
            $doc,
            |t, args| {
                numbers(args)?;
                whole(&args[1])?;
                infer::same_unary(t, args)
            },
            |_, a| {
                let (axis, exclusive, reverse) = (tensor::<i64>(&a[1])?, flag(&a[2]), flag(&a[3]));
                with_elements!(&a[0], T => made(dtype(&a[0])?, ops::$kernel(&tensor::<T>(&a[0])?, &axis, exclusive, reverse)),
                    bool => super::eval::refuse("expected numbers"))
            },
            work::stream,
        )
    };
}

pub(super) static OPS: &[OpDef] = &[
    op!(
        "reshape_to",
        Shape,
        [Value("a"), Value("shape"), Attribute("allow_zero", AttrKind::Bool)],
        "The elements in another shape; -1 is what is left, 0 the operand's own length unless zeros are allowed.",
        |_, args| shaped(args, &args[1], |_, lengths| lengths),
        |_, a| with_elements!(&a[0], T => made(dtype(&a[0])?, ops::reshape_to(&tensor::<T>(&a[0])?, &tensor::<i64>(&a[1])?, flag(&a[2])))),
        work::view,
    ),
    op!(
        "expand_to",
        Shape,
        [Value("a"), Value("shape")],
        "Repeated along axes of length 1 and new leading axes; a wanted length of 1 leaves an axis as it is.",
        |_, args| shaped(args, &args[1], |own, lengths| {
            let (own, lengths) = (Shape::Ranked(own.to_vec()), Shape::Ranked(lengths));
            infer::broadcast(&own, &lengths).map_or(Vec::new(), |shape| shape.dims().unwrap_or(&[]).to_vec())
        }),
        |_, a| with_elements!(&a[0], T => made(dtype(&a[0])?, ops::expand_to(&tensor::<T>(&a[0])?, &tensor::<i64>(&a[1])?))),
        work::movement,
    ),
    op!(
        "fill",
        Shape,
        [Value("shape"), Value("value")],
        "One value everywhere.",
        |_, args| {
            let (d, _, shape) = array(&args[1])?;
            if shape.rank().is_some_and(|rank| rank != 0) {
                return infer::refuse("expected a scalar");
            }
            Ok(typed(d, false, vector(&args[0])?.map_or(Shape::Unknown, unknown)))
        },
        |_, a| with_elements!(&a[1], T => made(dtype(&a[1])?, ops::fill(&tensor::<i64>(&a[0])?, &tensor::<T>(&a[1])?))),
        work::fill,
    ),
    op!(
        "tile_by",
        Shape,
        [Value("a"), Value("reps")],
        "The whole repeated along each axis.",
        |_, args| shaped(args, &args[1], |own, reps| unknown_dims(own.len().max(reps.len()))),
        |_, a| with_elements!(&a[0], T => made(dtype(&a[0])?, ops::tile_by(&tensor::<T>(&a[0])?, &tensor::<i64>(&a[1])?))),
        work::movement,
    ),
    op!(
        "slice_by",
        Shape,
        [Value("a"), Value("starts"), Value("stops"), Value("axes"), Value("steps")],
        "Places start, start + step, … before stop on each of some axes, as Python slices, backwards too.",
        |_, args| {
            for arg in &args[1..] {
                vector(arg)?;
            }
            shaped(args, &args[1], |own, _| unknown_dims(own.len()))
        },
        |_, a| {
            let [starts, stops, axes, steps] = [1, 2, 3, 4].map(|i| tensor::<i64>(&a[i]));
            let (starts, stops, axes, steps) = (starts?, stops?, axes?, steps?);
            with_elements!(&a[0], T => made(dtype(&a[0])?, ops::slice_by(&tensor::<T>(&a[0])?, &starts, &stops, &axes, &steps)))
        },
        work::movement,
    ),
    op!(
        "expand_dims_at",
        Shape,
        [Value("a"), Value("axes")],
        "New axes of length 1 at places of the result.",
        |_, args| shaped(args, &args[1], |own, axes| unknown_dims(own.len() + axes.len())),
        |_, a| with_elements!(&a[0], T => made(dtype(&a[0])?, ops::expand_dims_at(&tensor::<T>(&a[0])?, &tensor::<i64>(&a[1])?))),
        work::view,
    ),
    op!(
        "squeeze_at",
        Shape,
        [Value("a"), Value("axes")],
        "Without some axes of length 1.",
        |_, args| shaped(args, &args[1], |own, axes| unknown_dims(own.len().saturating_sub(axes.len()))),
        |_, a| with_elements!(&a[0], T => made(dtype(&a[0])?, ops::squeeze_at(&tensor::<T>(&a[0])?, &tensor::<i64>(&a[1])?))),
        work::view,
    ),
    over!("sum_over", sum_over, number, "The sum over axes that are an operand."),
    over!("prod_over", prod_over, number, "The product over axes that are an operand."),
    over!("max_over", max_over, number, "The largest over axes that are an operand."),
    over!("min_over", min_over, number, "The smallest over axes that are an operand."),
    over!("mean_over", mean_over, float, "The arithmetic mean over axes that are an operand."),
    over!("logsumexp_over", logsumexp_over, float, "log(sum(exp(a))) without overflow, over axes that are an operand."),
    along!("cumsum_along", cumsum_along, "The running sum along an axis that is an operand, with an element's own share or without."),
    along!("cumprod_along", cumprod_along, "The running product along an axis that is an operand, with an element's own share or without."),
    op!(
        "pad",
        Shape,
        [Value("a"), Value("value"), Attribute("pads", AttrKind::Ints), MODE],
        "Places before each axis, then behind each: of one value, the nearest element, mirrored or from the other end; negative ones go.",
        padded,
        |_, a| with_elements!(&a[0], T => {
            made(dtype(&a[0])?, ops::pad(&tensor::<T>(&a[0])?, &tensor::<T>(&a[1])?, &listed::<i64>(&a[2])?, word(&a[3])))
        }),
        work::movement,
    ),
    op!(
        "pad_by",
        Shape,
        [Value("a"), Value("value"), Value("pads"), Value("axes"), MODE],
        "As pad, on axes that are an operand too.",
        |_, args| {
            mode(args[4].attr())?;
            alike(args)?;
            vector(&args[3])?;
            shaped(args, &args[2], |own, _| unknown_dims(own.len()))
        },
        |_, a| {
            let (pads, axes) = (tensor::<i64>(&a[2])?, tensor::<i64>(&a[3])?);
            with_elements!(&a[0], T => {
                made(dtype(&a[0])?, ops::pad_by(&tensor::<T>(&a[0])?, &tensor::<T>(&a[1])?, &pads, &axes, word(&a[4])))
            })
        },
        work::movement,
    ),
    op!(
        "center_crop_pad",
        Shape,
        [Value("a"), Value("shape"), Attribute("axes", AttrKind::Ints)],
        "The middle of a length on each of some axes: of a longer axis the middle, a shorter one between zeros.",
        |_, args| {
            let axes = infer::axes(args[2].attr(), args[0].ty().shape())?.unwrap_or_default();
            let open =
                |own: &[Dim]| own.iter().enumerate().map(|(i, d)| if axes.contains(&i) { Dim::Unknown } else { d.clone() }).collect();
            shaped(args, &args[1], |own, _| open(own))
        },
        |_, a| {
            let (shape, axes) = (tensor::<i64>(&a[1])?, listed::<usize>(&a[2])?);
            with_elements!(&a[0], T => made(dtype(&a[0])?, ops::center_crop_pad(&tensor::<T>(&a[0])?, &shape, &axes)))
        },
        work::movement,
    ),
    op!(
        "col2im",
        Contraction,
        [
            Value("a"),
            Value("image"),
            Value("block"),
            Attribute("strides", AttrKind::Ints),
            Attribute("pads", AttrKind::Ints),
            Attribute("dilations", AttrKind::Ints),
        ],
        "The image of which the columns of a batch of matrices are the blocks; what several blocks hold is added up.",
        image,
        |_, a| {
            let (image, block) = (tensor::<i64>(&a[1])?, tensor::<i64>(&a[2])?);
            let [strides, pads, dilations] = [3, 4, 5].map(|i| listed::<usize>(&a[i]));
            let (strides, pads, dilations) = (strides?, pads?, dilations?);
            with_elements!(&a[0], T => made(dtype(&a[0])?, ops::col2im(&tensor::<T>(&a[0])?, &image, &block, &strides, &pads, &dilations)),
                bool => super::eval::refuse("expected numbers"))
        },
        |args, out| Work { kind: WorkKind::Move, flops: work::size(args[0].ty()), ..work::movement(args, out) },
    ),
    op!(
        "reverse_sequence",
        Shape,
        [Value("a"), Value("lengths"), Attribute("time", AttrKind::Int), Attribute("batch", AttrKind::Int)],
        "The first places along the time axis in reverse order, as many as the length for the place on the batch axis.",
        |t, args| {
            vector(&args[1])?;
            let shape = args[0].ty().shape();
            if infer::axis(args[2].attr(), shape)?.is_some_and(|time| infer::axis(args[3].attr(), shape) == Ok(Some(time))) {
                return infer::refuse("one axis for both time and batch");
            }
            infer::same_unary(t, args)
        },
        |_, a| {
            let (lengths, time, batch) = (tensor::<i64>(&a[1])?, count(&a[2])?, count(&a[3])?);
            with_elements!(&a[0], T => made(dtype(&a[0])?, ops::reverse_sequence(&tensor::<T>(&a[0])?, &lengths, time, batch)))
        },
        work::movement,
    ),
];

fn unknown_dims(rank: usize) -> Vec<Dim> {
    vec![Dim::Unknown; rank]
}

fn unknown(rank: usize) -> Shape {
    Shape::Ranked(unknown_dims(rank))
}

/// Integers, if the dtype is known.
pub(super) fn whole(arg: &Arg) -> Result<(), TypeError> {
    let (d, _, _) = array(arg)?;
    if d.is_some_and(|d| !d.is_int()) { infer::refuse("expected integers") } else { Ok(()) }
}

/// How many integers a list holds, if that is known. A scalar is a list of one.
fn vector(arg: &Arg) -> Result<Option<usize>, TypeError> {
    whole(arg)?;
    match arg.ty().shape().dims() {
        Some([]) => Ok(Some(1)),
        Some([n]) => Ok(n.as_known().and_then(|n| usize::try_from(n).ok())),
        Some(_) => infer::refuse("expected a list of integers"),
        None => Ok(None),
    }
}

/// The first operand's dtype in a shape made of its own and as many unknown lengths as a list holds.
fn shaped(args: &[Arg], list: &Arg, dims: impl Fn(&[Dim], Vec<Dim>) -> Vec<Dim>) -> Inferred {
    let (d, _, own) = array(&args[0])?;
    let count = vector(list)?;
    let (Some(own), Some(count)) = (own.dims(), count) else { return Ok(typed(d, false, Shape::Unknown)) };
    Ok(typed(d, false, Shape::Ranked(dims(own, unknown_dims(count)))))
}

fn numbers(args: &[Arg]) -> Result<(), TypeError> {
    if args[0].ty().dtype() == Some(DType::Bool) { infer::refuse("bool is refused") } else { Ok(()) }
}

fn number(args: &[Arg]) -> Inferred {
    numbers(args)?;
    let keepdims = args[2].attr().as_bool().unwrap_or(false);
    shaped(args, &args[1], |own, axes| unknown_dims(if keepdims { own.len() } else { own.len().saturating_sub(axes.len()) }))
}

fn float(args: &[Arg]) -> Inferred {
    if args[0].ty().dtype().is_some_and(|d| !d.is_float()) {
        return infer::refuse("expected floats");
    }
    number(args)
}

fn mode(attr: &Attr) -> Result<(), TypeError> {
    match attr {
        Attr::Str(s) if matches!(s.as_str(), "constant" | "edge" | "reflect" | "wrap") => Ok(()),
        other => infer::refuse(format!("{other} is no mode of padding")),
    }
}

/// The value to fill with has the operand's dtype.
fn alike(args: &[Arg]) -> Result<(), TypeError> {
    let ((d, ..), (own, ..)) = (array(&args[0])?, array(&args[1])?);
    if d.zip(own).is_some_and(|(d, own)| d != own) { infer::refuse("expected a value of the same dtype") } else { Ok(()) }
}

fn padded(_: Target, args: &[Arg]) -> Inferred {
    let (d, _, shape) = array(&args[0])?;
    alike(args)?;
    mode(args[3].attr())?;
    let Attr::Ints(pads) = args[2].attr() else { return infer::refuse("expected lengths") };
    let Some(dims) = shape.dims() else { return Ok(typed(d, false, Shape::Unknown)) };
    if pads.len() != 2 * dims.len() {
        return infer::refuse("expected two lengths for each axis");
    }
    let more = |axis: usize| Dim::known(pads[axis].saturating_add(pads[dims.len() + axis]));
    let dims: Vec<Dim> = dims.iter().enumerate().map(|(axis, d)| d.add(&more(axis))).collect();
    if dims.iter().any(|d| d.as_known().is_some_and(|n| n < 0)) {
        return infer::refuse("more is taken away than there is");
    }
    Ok(typed(d, false, Shape::Ranked(dims)))
}

fn image(_: Target, args: &[Arg]) -> Inferred {
    let (d, _, shape) = array(&args[0])?;
    numbers(args)?;
    vector(&args[2])?;
    for (arg, least) in args[3..].iter().zip([1, 0, 0]) {
        if !matches!(arg.attr(), Attr::Ints(v) if v.iter().all(|n| *n >= least)) {
            return infer::refuse("expected strides above zero, and pads and dilations not below");
        }
    }
    if shape.rank().is_some_and(|rank| rank != 3) {
        return infer::refuse("expected a batch of matrices");
    }
    let batch = shape.dims().map_or(Dim::Unknown, |dims| dims[0].clone());
    let Some(axes) = vector(&args[1])? else { return Ok(typed(d, false, Shape::Unknown)) };
    Ok(typed(d, false, Shape::Ranked([vec![batch], unknown_dims(axes + 1)].concat())))
}

#[cfg(test)]
mod tests {
    use ndarray::{ArrayD, IxDyn};

    use crate::ir::{Attr, DType, EvalArg, Leaf, Node, OpId, ProgramBuilder, Shape, Target, Type, Value};

    fn ints(shape: &[usize], elements: &[i128]) -> Value {
        Value::int(DType::I64, ArrayD::from_shape_vec(IxDyn(shape), elements.to_vec()).unwrap())
    }

    fn eval(op: &str, args: &[EvalArg]) -> Value {
        (OpId::get(op).def().eval)(Target::Rust, args).unwrap()
    }

    #[test]
    fn values_are_those_of_the_kernels() {
        let a = ints(&[2, 3], &[1, 2, 3, 4, 5, 6]);
        let v = EvalArg::Value;
        let (shape, axes, zero) = (ints(&[2], &[-1, 2]), ints(&[1], &[-1]), ints(&[], &[0]));
        let (keep, reflect) = (Attr::Bool(false), Attr::Str("reflect".to_owned()));
        assert_eq!(eval("reshape_to", &[v(&a), v(&shape), EvalArg::Attr(&keep)]).shape(), [3, 2]);
        assert_eq!(eval("sum_over", &[v(&a), v(&axes), EvalArg::Attr(&keep)]), ints(&[2], &[6, 15]));
        let pads = Attr::Ints(vec![0, 1, 0, 0]);
        let padded = eval("pad", &[v(&a), v(&zero), EvalArg::Attr(&pads), EvalArg::Attr(&reflect)]);
        assert_eq!(padded, ints(&[2, 4], &[2, 1, 2, 3, 5, 4, 5, 6]));
    }

    #[test]
    fn ranks_are_known_where_lengths_are_not() {
        let mut b = ProgramBuilder::new(Target::Rust);
        let mut leaf = |dtype, shape: &[usize]| b.leaf(Leaf { text: "x".into(), ty: Type::array(dtype, Shape::fixed(shape)) });
        let (x, list) = (leaf(DType::F32, &[2, 1, 5]), leaf(DType::I64, &[2]));
        let keep = b.add(Node::Attr(Attr::Bool(false))).unwrap();
        let mut shape = |op: &str, args: &[crate::ir::Id]| {
            let id = b.add(Node::op(OpId::get(op), args.iter().copied())).unwrap();
            b.ty(id).to_string()
        };
        assert_eq!(shape("reshape_to", &[x, list, keep]), "f32(?, ?)");
        assert_eq!(shape("expand_to", &[x, list]), "f32(2, ?, 5)");
        assert_eq!(shape("mean_over", &[x, list, keep]), "f32(?)");
        assert_eq!(shape("expand_dims_at", &[x, list]), "f32(?, ?, ?, ?, ?)");
    }
}
