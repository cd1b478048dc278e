//! Recurrent layers. Their values are those of the kernels that generated code calls.

use codewright_kernels::{Tensor, ops};

use super::infer::{self, Inferred, equal};
use super::kernels::{dtype, flag, tensor, word};
use super::operands::{alike, axes, float_of, float_value, number, optional, refused, whole};
use super::{op, work};
use crate::ir::{
    Arg, Attr, AttrKind, Dim, EvalArg, EvalError, OpDef, Param, Param::Attr as Attribute, Param::Optional, Param::Value, Shape, Type,
    Value as Concrete, Work, WorkKind,
};

const DIRECTION: Param = Attribute("direction", AttrKind::Str);
const ACTIVATIONS: Param = Attribute("activations", AttrKind::Str);
const CLIP: Param = Attribute("clip", AttrKind::Float);

pub(super) static OPS: &[OpDef] = &[
    op!(
        "rnn",
        Neural,
        [Value("x"), Value("w"), Value("r"), Optional("b"), Optional("lengths"), Optional("h"), DIRECTION, ACTIVATIONS, CLIP],
        "A layer of plain recurrent cells: the results of all places, and the last state.",
        |_, args| layer(args, 1, 1, 6),
        |_, a| {
            let [x, w, r] = [&a[0], &a[1], &a[2]].map(tensor::<f64>);
            let (b, h) = (optional::<f64>(&a[3])?, optional::<f64>(&a[5])?);
            let lengths = lengths(&a[4])?;
            let (y, last) = ops::rnn(&x?, &w?, &r?, b.as_ref(), lengths.as_ref(), h.as_ref(), word(&a[6]), word(&a[7]), number(&a[8]))
                .map_err(refused)?;
            tuple(&a[0], [y, last])
        },
        work_of_layer,
    ),
    op!(
        "gru",
        Neural,
        [
            Value("x"),
            Value("w"),
            Value("r"),
            Optional("b"),
            Optional("lengths"),
            Optional("h"),
            DIRECTION,
            ACTIVATIONS,
            CLIP,
            Attribute("linear_before_reset", AttrKind::Bool),
        ],
        "A layer of gated recurrent units: the results of all places, and the last state.",
        |_, args| layer(args, 3, 1, 6),
        |_, a| {
            let [x, w, r] = [&a[0], &a[1], &a[2]].map(tensor::<f64>);
            let (b, h) = (optional::<f64>(&a[3])?, optional::<f64>(&a[5])?);
            let lengths = lengths(&a[4])?;
            let (direction, activations) = (word(&a[6]), word(&a[7]));
            let (y, last) =
                ops::gru(&x?, &w?, &r?, b.as_ref(), lengths.as_ref(), h.as_ref(), direction, activations, number(&a[8]), flag(&a[9]))
                    .map_err(refused)?;
            tuple(&a[0], [y, last])
        },
        work_of_layer,
    ),
    op!(
        "lstm",
        Neural,
        [
            Value("x"),
            Value("w"),
            Value("r"),
            Optional("b"),
            Optional("lengths"),
            Optional("h"),
            Optional("c"),
            Optional("p"),
            DIRECTION,
            ACTIVATIONS,
            CLIP,
            Attribute("coupled", AttrKind::Bool),
        ],
        "A layer of long short-term memory: the results of all places, the last state, and the last cell state.",
        |_, args| layer(args, 4, 2, 8),
        |_, a| {
            let [x, w, r] = [&a[0], &a[1], &a[2]].map(tensor::<f64>);
            let [b, h, c, p] = [&a[3], &a[5], &a[6], &a[7]].map(|arg| optional::<f64>(arg));
            let (b, h, c, p, lengths) = (b?, h?, c?, p?, lengths(&a[4])?);
            let [b, h, c, p] = [&b, &h, &c, &p].map(Option::as_ref);
            let (direction, activations) = (word(&a[8]), word(&a[9]));
            let (y, last, cell) =
                ops::lstm(&x?, &w?, &r?, b, lengths.as_ref(), h, c, p, direction, activations, number(&a[10]), flag(&a[11]))
                    .map_err(refused)?;
            tuple(&a[0], [y, last, cell])
        },
        work_of_layer,
    ),
];

/// The results of all places and `states` last states; the direction is the argument of an index.
fn layer(args: &[Arg], gates: i64, states: usize, direction: usize) -> Inferred {
    alike(args.iter().enumerate().filter(|(i, _)| *i != 4).map(|(_, arg)| arg))?;
    whole(&args[4])?;
    let (x, w, r) = (axes(&args[0], 3)?, axes(&args[1], 3)?, axes(&args[2], 3)?);
    let directions = match args[direction].attr() {
        Attr::Str(s) if s == "forward" || s == "reverse" => Dim::known(1),
        Attr::Str(s) if s == "bidirectional" => Dim::known(2),
        other => return infer::refuse(format!("{other} is not a direction")),
    };
    let hidden = r[2].clone();
    let width = hidden.mul(&Dim::known(gates));
    for (found, expected) in [(&w[0], &directions), (&r[0], &directions), (&w[1], &width), (&r[1], &width), (&w[2], &x[2])] {
        equal(found, expected)?;
    }
    let state = vec![directions.clone(), x[1].clone(), hidden.clone()];
    let mut results = vec![float_of(&args[0], Shape::Ranked(vec![x[0].clone(), directions, x[1].clone(), hidden]))?];
    for _ in 0..states {
        results.push(float_of(&args[0], Shape::Ranked(state.clone()))?);
    }
    Ok(Type::Tuple(results))
}

fn lengths(arg: &EvalArg) -> Result<Option<Tensor<i32>>, EvalError> {
    let Some(lengths) = optional::<i64>(arg)? else { return Ok(None) };
    let narrow: Vec<i32> = lengths.elements().iter().map(|l| i32::try_from(*l).unwrap_or(-1)).collect();
    Tensor::new(lengths.shape(), narrow).map(Some).map_err(refused)
}

fn tuple<const N: usize>(like: &EvalArg, results: [Tensor<f64>; N]) -> Result<Concrete, EvalError> {
    let dtype = dtype(like)?;
    Ok(Concrete::Tuple(results.into_iter().map(|t| float_value(dtype, Ok(t))).collect::<Result<_, _>>()?))
}

fn work_of_layer(args: &[Arg], out: &Type) -> Work {
    let steps = work::length(args[0].ty(), 0) * work::length(args[0].ty(), 1);
    let weights = work::size(args[1].ty()) + work::size(args[2].ty());
    Work { kind: WorkKind::Gemm, flops: 2.0 * steps * weights, bytes: work::stream(args, out).bytes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{DType, Leaf, Node, OpId, ProgramBuilder, Target};

    #[test]
    fn a_layer_keeps_symbolic_places_and_batch() {
        let mut b = ProgramBuilder::new(Target::Rust);
        let fixed = |lengths: &[i64]| lengths.iter().map(|n| Dim::known(*n)).collect::<Vec<_>>();
        let mut leaf = |dims: Vec<Dim>| b.leaf(Leaf { text: "x".into(), ty: Type::array(DType::F32, Shape::Ranked(dims)) });
        let x = leaf(vec![Dim::symbol("s"), Dim::symbol("n"), Dim::known(5)]);
        let (w, r) = (leaf(fixed(&[2, 9, 5])), leaf(fixed(&[2, 9, 3])));
        let attrs = [
            Attr::None,
            Attr::None,
            Attr::None,
            Attr::Str("bidirectional".into()),
            Attr::Str("sigmoid tanh sigmoid tanh".into()),
            Attr::float(0.0),
            Attr::Bool(false),
        ];
        let attrs = attrs.map(|attr| b.add(Node::Attr(attr)).unwrap());
        let gru = b.add(Node::op(OpId::get("gru"), [x, w, r].into_iter().chain(attrs))).unwrap();
        assert_eq!(b.ty(gru).to_string(), "(f32(s, 2, n, 3), f32(2, n, 3))");
    }
}
