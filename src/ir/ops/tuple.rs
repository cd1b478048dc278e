//! Several results.

use super::eval::{attr, refuse, value};
use super::infer;
use super::{op, work};
use crate::ir::{AttrKind, OpDef, Param::Attr as Attribute, Param::Value, Param::Variadic, Type};

pub(super) static OPS: &[OpDef] = &[
    op!(
        "tuple",
        Tuple,
        [Variadic("xs")],
        "Its operands, together.",
        |_, args| Ok(Type::Tuple(args.iter().map(|a| a.ty().clone()).collect())),
        |_, a| Ok(crate::ir::Value::Tuple(a.iter().map(|v| value(v).cloned()).collect::<Result<_, _>>()?)),
        work::view,
    ),
    op!(
        "tuple_get",
        Tuple,
        [Value("t"), Attribute("i", AttrKind::Int)],
        "One of several results.",
        |_, args| match (args[0].ty(), args[1].attr().as_int()) {
            (Type::Tuple(items), Some(i)) => match usize::try_from(i).ok().and_then(|i| items.get(i)) {
                Some(item) => Ok(item.clone()),
                None => infer::refuse(format!("there is no result {i}")),
            },
            (other, _) => infer::refuse(format!("{other} is not a tuple")),
        },
        |_, a| match (value(&a[0])?, attr(&a[1]).as_int()) {
            (crate::ir::Value::Tuple(items), Some(i)) if (i as usize) < items.len() => Ok(items[i as usize].clone()),
            _ => refuse("there is no such result"),
        },
        work::view,
    ),
];
