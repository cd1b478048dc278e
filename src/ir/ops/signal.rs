//! Fourier transforms, mel filters and counts of n-grams. Their values are those of the kernels that generated code calls.

use codewright_kernels::ops;

use super::eval::{attr, refuse};
use super::infer::{self, Inferred, array, typed};
use super::kernels::{count, dtype, flag, listed, tensor, word};
use super::operands::{axes, float_of, float_value, optional, to_array, unknown, whole};
use super::{op, work};
use crate::ir::{
    Arg, Attr, AttrKind, DType, Dim, OpDef, Param::Attr as Attribute, Param::Optional, Param::Value, Shape, Type, Value as Concrete, Work,
    WorkKind,
};

pub(super) static OPS: &[OpDef] = &[
    op!(
        "dft",
        Contraction,
        [
            Value("x"),
            Optional("length"),
            Optional("axis"),
            Attribute("default", AttrKind::Int),
            Attribute("inverse", AttrKind::Bool),
            Attribute("onesided", AttrKind::Bool),
        ],
        "The discrete Fourier transform along an axis, or its inverse; the last axis has real and imaginary parts.",
        transformed,
        |_, a| {
            let (x, length, axis) = (tensor::<f64>(&a[0])?, optional::<i64>(&a[1])?, optional::<i64>(&a[2])?);
            let default = attr(&a[3]).as_int().unwrap_or(-2);
            float_value(dtype(&a[0])?, ops::dft(&x, length.as_ref(), axis.as_ref(), default, flag(&a[4]), flag(&a[5])))
        },
        fourier,
    ),
    op!(
        "stft",
        Contraction,
        [Value("x"), Value("step"), Optional("window"), Optional("length"), Attribute("onesided", AttrKind::Bool)],
        "The Fourier transforms of frames of a signal that begin a step apart, multiplied by a window.",
        |_, args| {
            whole(&args[1])?;
            whole(&args[3])?;
            let batch = axes(&args[0], 3)?.swap_remove(0);
            float_of(&args[0], Shape::Ranked(vec![batch, Dim::Unknown, Dim::Unknown, Dim::known(2)]))
        },
        |_, a| {
            let (x, step, window, length) =
                (tensor::<f64>(&a[0])?, tensor::<i64>(&a[1])?, optional::<f64>(&a[2])?, optional::<i64>(&a[3])?);
            float_value(dtype(&a[0])?, ops::stft(&x, &step, window.as_ref(), length.as_ref(), flag(&a[4])))
        },
        fourier,
    ),
    op!(
        "mel_weight_matrix",
        Shape,
        [Value("bins"), Value("length"), Value("rate"), Value("lower"), Value("upper")],
        "How much each frequency of a transform belongs to each of some triangles, evenly spaced on the mel scale.",
        |_, args| {
            for arg in &args[..3] {
                whole(arg)?;
            }
            let known =
                |arg: &Arg| if let Arg::Value(_, Some(c)) = arg { c.as_i64().map_or(Dim::Unknown, Dim::known) } else { Dim::Unknown };
            let rows = known(&args[1]).as_known().map_or(Dim::Unknown, |n| Dim::known(n / 2 + 1));
            Ok(Type::array(DType::F64, Shape::Ranked(vec![rows, known(&args[0])])))
        },
        |_, a| {
            let ([bins, length, rate], [lower, upper]) = ([&a[0], &a[1], &a[2]].map(tensor::<i64>), [&a[3], &a[4]].map(tensor::<f64>));
            float_value(DType::F64, ops::mel_weight_matrix(&bins?, &length?, &rate?, &lower?, &upper?))
        },
        work::fill,
    ),
    op!(
        "tf_idf_vectorizer",
        Reduction,
        [
            Value("x"),
            Optional("weights"),
            Attribute("shortest", AttrKind::Int),
            Attribute("longest", AttrKind::Int),
            Attribute("skips", AttrKind::Int),
            Attribute("mode", AttrKind::Str),
            Attribute("counts", AttrKind::Ints),
            Attribute("indices", AttrKind::Ints),
            Attribute("pool", AttrKind::Ints),
        ],
        "Counts or weights of the n-grams of a pool that occur in a sequence, or in each row.",
        |_, args| {
            whole(&args[0])?;
            let (Attr::Ints(counts), Attr::Ints(indices)) = (args[6].attr(), args[7].attr()) else {
                return infer::refuse("expected the n-grams' places");
            };
            let lengths = args[2..5].iter().map(|arg| arg.attr().as_int().unwrap_or(-1));
            if counts.iter().chain(indices).copied().chain(lengths).any(|n| n < 0) {
                return infer::refuse("expected lengths and places that are not below zero");
            }
            let width = Dim::known(indices.iter().max().map_or(0, |last| last.saturating_add(1)));
            let Some(dims) = array(&args[0])?.2.dims() else { return Ok(typed(Some(DType::F32), false, Shape::Unknown)) };
            match dims {
                [] | [_] => Ok(Type::array(DType::F32, Shape::Ranked(vec![width]))),
                [rows, _] => Ok(Type::array(DType::F32, Shape::Ranked(vec![rows.clone(), width]))),
                _ => infer::refuse("a sequence of more than two axes"),
            }
        },
        |_, a| {
            let weights = optional::<f64>(&a[1])?.map(|w| codewright_kernels::map(&w, |x| x as f32));
            let Attr::Ints(pool) = attr(&a[8]) else { return refuse("expected a pool of n-grams") };
            let (shortest, longest, skips) = (count(&a[2])?, count(&a[3])?, count(&a[4])?);
            let (mode, counts, indices) = (word(&a[5]), listed::<usize>(&a[6])?, listed::<usize>(&a[7])?);
            let counted =
                ops::tf_idf_vectorizer(&tensor::<i64>(&a[0])?, weights.as_ref(), shortest, longest, skips, mode, &counts, &indices, pool);
            Ok(Concrete::float(DType::F32, to_array(counted)?.mapv(f64::from)))
        },
        work::reduction,
    ),
];

fn transformed(_: crate::ir::Target, args: &[Arg]) -> Inferred {
    whole(&args[1])?;
    whole(&args[2])?;
    let Some(dims) = array(&args[0])?.2.dims().filter(|_| !args[2].ty().is_array()) else { return float_of(&args[0], unknown(&args[0])) };
    let Some(axis) = infer::axis(args[3].attr(), &Shape::Ranked(dims.to_vec()))? else { return float_of(&args[0], unknown(&args[0])) };
    let mut dims = dims.to_vec();
    if axis + 1 == dims.len() {
        return infer::refuse("the last axis has the parts of numbers");
    }
    let length = match &args[1] {
        Arg::Value(_, Some(c)) => c.as_i64().map_or(Dim::Unknown, Dim::known),
        Arg::Value(..) => Dim::Unknown,
        Arg::Attr(_) => dims[axis].clone(),
    };
    dims[axis] = match (args[5].attr().as_bool(), length.as_known()) {
        (Some(true), Some(n)) => Dim::known(n / 2 + 1),
        (Some(true), None) => Dim::Unknown,
        _ => length,
    };
    if let Some(parts) = dims.last_mut() {
        *parts = Dim::known(2);
    }
    float_of(&args[0], Shape::Ranked(dims))
}

fn fourier(args: &[Arg], out: &Type) -> Work {
    let n = work::size(out);
    Work { kind: WorkKind::Transcendental, flops: 5.0 * n * n.max(2.0).log2(), bytes: work::stream(args, out).bytes }
}
