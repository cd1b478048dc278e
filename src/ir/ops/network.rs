//! Convolutions and pools over any number of axes, with the padding of each side of its own, as in ONNX. Their values are those of
//! the kernels that generated code calls.

use codewright_kernels::{Error, Tensor, ops};

use super::eval::{Evaluated, attr, of_floats, result_type};
use super::infer::{self, Inferred, array, equal, typed};
use super::kernels::{listed, tensor};
use super::operands::{alike, optional, to_array};
use super::{op, work};
use crate::ir::{
    Arg, Attr, AttrKind, Dim, EvalArg, OpDef, Param, Param::Attr as Attribute, Param::Optional, Param::Value, Shape, Target, TypeError,
    Work, WorkKind,
};

pub(super) const KERNEL: Param = Attribute("kernel", AttrKind::Ints);
pub(super) const STRIDES: Param = Attribute("strides", AttrKind::Ints);
pub(super) const PADS: Param = Attribute("pads", AttrKind::Ints);
pub(super) const DILATIONS: Param = Attribute("dilations", AttrKind::Ints);
pub(super) const CEIL: Param = Attribute("ceil", AttrKind::Bool);

pub(super) static OPS: &[OpDef] = &[
    op!(
        "conv",
        Contraction,
        [Value("x"), Value("w"), Optional("b"), STRIDES, PADS, DILATIONS, Attribute("groups", AttrKind::Int)],
        "A bank of filters slid over the axes after batch and channels; the places before each axis are padded, then those behind.",
        convolution,
        |t, a| {
            let (x, w) = (tensor::<f64>(&a[0])?, tensor::<f64>(&a[1])?);
            let b = optional::<f64>(&a[2])?;
            let [strides, pads, dilations] = [&a[3], &a[4], &a[5]].map(listed::<usize>);
            let groups = attr(&a[6]).as_int().unwrap_or(1) as usize;
            finished(t, a, convolution, ops::conv(&x, &w, b.as_ref(), &strides?, &pads?, &dilations?, groups))
        },
        |args, out| {
            let w = args[1].ty();
            let bytes = work::stream(args, out).bytes;
            Work { kind: WorkKind::Gemm, flops: 2.0 * work::size(out) * work::size(w) / work::length(w, 0).max(1.0), bytes }
        },
    ),
    op!(
        "max_pool",
        Contraction,
        [Value("x"), KERNEL, STRIDES, PADS, DILATIONS, CEIL],
        "The largest of every window over the axes after batch and channels.",
        pooled,
        |t, a| {
            let [kernel, strides, pads, dilations] = [&a[1], &a[2], &a[3], &a[4]].map(listed::<usize>);
            let ceil = attr(&a[5]).as_bool().unwrap_or(false);
            finished(t, a, pooled, ops::max_pool(&tensor::<f64>(&a[0])?, &kernel?, &strides?, &pads?, &dilations?, ceil))
        },
        work::reduction_passes,
    ),
    op!(
        "average_pool",
        Contraction,
        [Value("x"), KERNEL, STRIDES, PADS, DILATIONS, CEIL, Attribute("count_padding", AttrKind::Bool)],
        "The mean of every window over the axes after batch and channels, of its places in the padding too or not.",
        pooled,
        |t, a| {
            let [kernel, strides, pads, dilations] = [&a[1], &a[2], &a[3], &a[4]].map(listed::<usize>);
            let [ceil, count] = [&a[5], &a[6]].map(|a| attr(a).as_bool().unwrap_or(false));
            finished(t, a, pooled, ops::average_pool(&tensor::<f64>(&a[0])?, &kernel?, &strides?, &pads?, &dilations?, ceil, count))
        },
        work::reduction_passes,
    ),
];

/// What a kernel gave as a value of the type that the rule says.
fn finished(t: Target, a: &[EvalArg], rule: fn(Target, &[Arg]) -> Inferred, result: Result<Tensor<f64>, Error>) -> Evaluated {
    Ok(of_floats(&result_type(t, a, rule)?, to_array(result)?))
}

/// Longer windows, steps and paddings are mistakes, and their sums would be too large for an integer.
const LONGEST: i64 = i32::MAX as i64;

/// A window that slides over the axes after batch and channels.
struct Window<'a> {
    kernel: Vec<Dim>,
    strides: &'a [i64],
    pads: &'a [i64],
    dilations: &'a [i64],
    ceil: bool,
}

impl Window<'_> {
    fn check(&self) -> Result<(), TypeError> {
        let axes = self.kernel.len();
        if self.strides.len() != axes || self.dilations.len() != axes || self.pads.len() != 2 * axes {
            return infer::refuse(format!("expected strides, dilations and pads for {axes} axes"));
        }
        if self.strides.iter().chain(self.dilations).any(|n| *n < 1) || self.pads.iter().any(|n| *n < 0) {
            return infer::refuse("expected strides and dilations above zero and pads not below");
        }
        let lengths = self.kernel.iter().filter_map(Dim::as_known);
        match lengths.chain([self.strides, self.pads, self.dilations].concat()).find(|n| *n > LONGEST) {
            Some(n) => infer::refuse(format!("a window with a length of {n}")),
            None => Ok(()),
        }
    }

    /// How many windows an axis of a length holds.
    fn count(&self, axis: usize, length: &Dim) -> Result<Dim, TypeError> {
        let axes = self.kernel.len();
        let Some(kernel) = self.kernel[axis].as_known() else { return Ok(Dim::Unknown) };
        let (before, behind) = (self.pads[axis], self.pads[axis + axes]);
        let (reach, stride) = (self.dilations[axis].saturating_mul(kernel - 1).saturating_add(1), self.strides[axis]);
        if kernel < 1 {
            return infer::refuse("an empty window");
        }
        let Some(n) = length.as_known() else {
            return Ok(if stride == 1 { length.add(&Dim::known(before + behind - reach + 1)) } else { Dim::Unknown });
        };
        let slack = n.saturating_add(before).saturating_add(behind).saturating_sub(reach);
        if slack < 0 {
            return infer::refuse("the window is longer than the padded axis");
        }
        let count = if self.ceil { (slack + stride - 1) / stride } else { slack / stride } + 1;
        Ok(Dim::known(if self.ceil && (count - 1) * stride >= n + before { count - 1 } else { count }))
    }
}

fn convolution(_: Target, args: &[Arg]) -> Inferred {
    let (dtype, _, shape) = array(&args[0])?;
    let (_, _, filters) = array(&args[1])?;
    alike(&args[..3])?;
    let Some(groups) = args[6].attr().as_int().filter(|n| *n > 0) else { return infer::refuse("expected a number of groups") };
    let (Some(x), Some(w)) = (shape.dims(), filters.dims()) else { return Ok(typed(dtype, false, Shape::Unknown)) };
    let ([batch, channels, lengths @ ..], [filters, own, kernel @ ..]) = (x, w) else {
        return infer::refuse("expected a batch and channels");
    };
    if kernel.len() != lengths.len() || filters.as_known().is_some_and(|n| n % groups != 0) {
        return infer::refuse("the filters do not fit the axes or groups");
    }
    equal(channels, &own.mul(&Dim::known(groups)))?;
    if let Some([bias]) = args[2].ty().shape().dims() {
        equal(bias, filters)?;
    } else if args[2].ty().rank().is_some() {
        return infer::refuse("expected a bias for each filter");
    }
    let window = window(kernel.to_vec(), &args[3..6], false)?;
    slid([batch, filters], lengths, &window, dtype)
}

pub(super) fn pooled(_: Target, args: &[Arg]) -> Inferred {
    let (dtype, _, shape) = array(&args[0])?;
    let Attr::Ints(kernel) = args[1].attr() else { return infer::refuse("expected the window's lengths") };
    let Some(x) = shape.dims() else { return Ok(typed(dtype, false, Shape::Unknown)) };
    let [batch, channels, lengths @ ..] = x else { return infer::refuse("expected a batch and channels") };
    if kernel.len() != lengths.len() {
        return infer::refuse("expected a window's length for each axis");
    }
    let window = window(kernel.iter().map(|k| Dim::known(*k)).collect(), &args[2..5], args[5].attr().as_bool().unwrap_or(false))?;
    slid([batch, channels], lengths, &window, dtype)
}

fn window<'a>(kernel: Vec<Dim>, args: &[Arg<'a>], ceil: bool) -> Result<Window<'a>, TypeError> {
    let [Attr::Ints(strides), Attr::Ints(pads), Attr::Ints(dilations)] = [args[0].attr(), args[1].attr(), args[2].attr()] else {
        return infer::refuse("expected lists of strides, pads and dilations");
    };
    let window = Window { kernel, strides, pads, dilations, ceil };
    window.check()?;
    Ok(window)
}

fn slid(lead: [&Dim; 2], lengths: &[Dim], window: &Window, dtype: Option<crate::ir::DType>) -> Inferred {
    let mut dims: Vec<Dim> = lead.into_iter().cloned().collect();
    for (axis, length) in lengths.iter().enumerate() {
        dims.push(window.count(axis, length)?);
    }
    Ok(typed(dtype, false, Shape::Ranked(dims)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Leaf, Node, OpId, ProgramBuilder, Type};

    #[test]
    fn a_symbolic_length_goes_through_a_window_of_stride_one() {
        let mut b = ProgramBuilder::new(Target::Rust);
        let dims = vec![Dim::known(1), Dim::known(3), Dim::symbol("n"), Dim::known(10)];
        let x = b.leaf(Leaf { text: "x".into(), ty: Type::array(crate::ir::DType::F32, Shape::Ranked(dims)) });
        let attrs = [vec![3, 2], vec![1, 4], vec![1, 0, 1, 0], vec![1, 1]].map(|v| b.add(Node::Attr(Attr::Ints(v))).unwrap());
        let floor = b.add(Node::Attr(Attr::Bool(false))).unwrap();
        let pool = b.add(Node::op(OpId::get("max_pool"), [x].into_iter().chain(attrs).chain([floor]))).unwrap();
        assert_eq!(b.ty(pool).to_string(), "f32(1, 3, n, 3)");
    }
}
