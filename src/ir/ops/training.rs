//! Losses and dropout as imported models have them.

use codewright_kernels::ops;

use super::eval::attr;
use super::infer::{self, Inferred, array, equal, typed};
use super::kernels::{dtype, tensor, word};
use super::operands::{alike, float_of, float_value, optional, refused, to_array, whole};
use super::{op, work};
use crate::ir::{Arg, Attr, AttrKind, DType, OpDef, Param::Attr as Attribute, Param::Optional, Param::Value, Shape, Target, Type};

pub(super) static OPS: &[OpDef] = &[
    op!(
        "nll_loss_weighted",
        Neural,
        [Value("x"), Value("target"), Optional("w"), Attribute("reduction", AttrKind::Str), Attribute("ignored", AttrKind::Int),],
        "Minus x at the target class along axis 1, by the classes' weights; targets equal to `ignored` weigh nothing.",
        likelihood,
        |_, a| {
            let (x, target, w) = (tensor::<f64>(&a[0])?, tensor::<i64>(&a[1])?, optional::<f64>(&a[2])?);
            let ignored = attr(&a[4]).as_int().unwrap_or(i64::MIN);
            float_value(dtype(&a[0])?, ops::nll_loss_weighted(&x, &target, w.as_ref(), word(&a[3]), ignored))
        },
        work::reduction_passes,
    ),
    op!(
        "dropout",
        Neural,
        [Value("x"), Value("ratio"), Value("training"), Attribute("seed", AttrKind::Int)],
        "In training, elements zeroed with a probability and the rest divided by that of staying; and a mask of those that stay.",
        |_, args| {
            let shape = array(&args[0])?.2.clone();
            let scalars = args[1..3].iter().all(|arg| arg.ty().shape().size().as_known().is_none_or(|n| n == 1));
            if !scalars || args[2].ty().dtype().is_some_and(|d| d != DType::Bool) {
                return infer::refuse("expected a ratio and whether it is training");
            }
            Ok(Type::Tuple(vec![float_of(&args[0], shape.clone())?, Type::array(DType::Bool, shape)]))
        },
        |_, a| {
            let seed = attr(&a[3]).as_int().unwrap_or(0);
            let (y, mask) = ops::dropout(&tensor::<f64>(&a[0])?, &tensor::<f64>(&a[1])?, &tensor::<bool>(&a[2])?, seed).map_err(refused)?;
            Ok(crate::ir::Value::Tuple(vec![float_value(dtype(&a[0])?, Ok(y))?, crate::ir::Value::bool(to_array(Ok(mask))?)]))
        },
        work::stream,
    ),
];

fn likelihood(_: Target, args: &[Arg]) -> Inferred {
    let (element, _, x) = array(&args[0])?;
    let (_, _, target) = array(&args[1])?;
    whole(&args[1])?;
    alike([&args[0], &args[2]])?;
    if let (Some(x), Some(target)) = (x.dims(), target.dims()) {
        let ([batch, classes, rest @ ..], [first, others @ ..]) = (x, target) else { return infer::refuse("expected a batch and classes") };
        if rest.len() != others.len() {
            return infer::refuse("expected a target for each place");
        }
        equal(batch, first)?;
        for (a, b) in rest.iter().zip(others) {
            equal(a, b)?;
        }
        if let Some([weights]) = args[2].ty().shape().dims() {
            equal(classes, weights)?;
        }
    }
    match args[3].attr() {
        Attr::Str(s) if s == "none" => Ok(typed(element, false, target.clone())),
        Attr::Str(s) if s == "mean" || s == "sum" => Ok(typed(element, false, Shape::scalar())),
        other => infer::refuse(format!("{other} is not a reduction")),
    }
}
