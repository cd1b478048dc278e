//! Do two models compute the same? Both are evaluated on random inputs.

use ndarray::{ArrayD, IxDyn};

use super::{Model, Source};
use crate::explore::{Random, Sizes};
use crate::ir::{Arg, DType, DTypeKind, LeafId, Node, Program, RecExpr, Type, Value};

/// What became of the comparison of two models.
#[derive(Debug, Clone, PartialEq)]
pub enum Agreement {
    /// The outputs agree up to this part of the largest element.
    Same(f64),
    /// This output does not.
    Different(String),
    /// They were not compared, and why.
    Untried(String),
}

/// The part of an output's largest element by which results may differ, if a few steps of the coarsest numbers on the way are not more.
const TOLERANCE: f64 = 1e-4;
/// How many of these steps.
const STEPS: f64 = 4.0;
/// Lengths tried, in this order, for those that are not known.
const LENGTHS: [i64; 5] = [5, 8, 16, 32, 1];
/// Models that need more operations than this are not evaluated: it would take minutes, and in a build without optimization much longer.
const MOST_WORK: f64 = if cfg!(debug_assertions) { 1e7 } else { 1e10 };

/// Nor are those that hold more elements, of which each takes up to 16 bytes.
const MOST_ELEMENTS: f64 = 1e8;

/// Compares two models with the same inputs and outputs.
pub fn agreement(old: &Model, new: &Model) -> Agreement {
    let mut reason = String::new();
    for length in LENGTHS {
        let (sizes, new_sizes) = (Sizes::assumed(&old.program, length), Sizes::assumed(&new.program, length));
        if work(&old.program, &sizes) > MOST_WORK {
            return Agreement::Untried("it would take minutes".to_owned());
        }
        if elements(old, &sizes) > MOST_ELEMENTS {
            return Agreement::Untried("it would take gigabytes".to_owned());
        }
        let inputs: Vec<Value> = inputs(old, &sizes);
        match (evaluated(old, &sizes, &inputs), evaluated(new, &new_sizes, &inputs)) {
            (Ok(before), Ok(after)) => return compared(old, &before, &after),
            (Err(why), _) => reason = why,
            (Ok(_), Err(why)) => return Agreement::Different(format!("the new program fails: {why}")),
        }
    }
    Agreement::Untried(reason)
}

/// The elements of all values, and of inputs that nothing reads.
fn elements(model: &Model, sizes: &Sizes) -> f64 {
    let types = model.program.types.iter().chain(model.inputs.iter().map(|input| &input.ty));
    types.filter_map(|ty| sizes.ty(ty)).map(|ty| product(&ty)).sum()
}

fn product(ty: &Type) -> f64 {
    ty.shape().dims().unwrap_or(&[]).iter().map(|length| length.as_known().unwrap_or(1) as f64).product()
}

/// The operations that a program needs, and the elements that it holds.
fn work(program: &Program, sizes: &Sizes) -> f64 {
    let types: Vec<Type> = program.types.iter().map(|ty| sizes.ty(ty).unwrap_or(Type::Unknown)).collect();
    let mut total = 0.0;
    for (node, ty) in program.terms.as_ref().iter().zip(&types) {
        total += product(ty);
        let Node::Op(op, args) = node else { continue };
        let args: Vec<Arg> = args
            .iter()
            .map(|id| match &program.terms[*id] {
                Node::Attr(attr) => Arg::Attr(attr),
                _ => Arg::Value(&types[usize::from(*id)], None),
            })
            .collect();
        total += (op.def().work)(&args, ty).flops;
    }
    total
}

fn inputs(model: &Model, sizes: &Sizes) -> Vec<Value> {
    let mut random = Random::new(1);
    let mut input = |ty: &Type| {
        let dtype = ty.dtype().unwrap_or(DType::F32);
        let dims = ty.shape().dims().unwrap_or(&[]);
        let shape: Vec<usize> = dims.iter().map(|dim| dim.as_known().unwrap_or(1).max(0) as usize).collect();
        let shape = IxDyn(&shape);
        match dtype.kind() {
            // Whole numbers are most often places, of which the first two are nearly always there.
            DTypeKind::Int => Value::int(dtype, ArrayD::from_shape_simple_fn(shape, || random.below(2) as i128)),
            DTypeKind::Bool => Value::bool(ArrayD::from_shape_simple_fn(shape, || random.below(2) == 1)),
            DTypeKind::Float => Value::float(dtype, ArrayD::from_shape_simple_fn(shape, || random.normal())),
        }
    };
    model.inputs.iter().map(|own| input(&sizes.ty(&own.ty).unwrap_or_else(|| own.ty.clone()))).collect()
}

fn evaluated(model: &Model, sizes: &Sizes, inputs: &[Value]) -> Result<Vec<Value>, String> {
    let mut terms = RecExpr::default();
    for node in model.program.terms.as_ref() {
        terms.add(match node {
            Node::Attr(attr) => Node::Attr(sizes.attr(attr)),
            other => other.clone(),
        });
    }
    let program = Program { terms, ..model.program.clone() };
    let needed = program.needed().0;
    let read = |leaf: usize| needed.terms.as_ref().contains(&Node::Leaf(LeafId(leaf as u32)));
    let leaves = model.leaves.iter().enumerate().map(|(i, source)| match source {
        Source::Input(index) => inputs[*index].clone(),
        Source::Weight(index) if read(i) => model.weights[*index].to_value(),
        Source::Weight(_) | Source::Bound => Value::Tuple(Vec::new()),
    });
    program.eval(&leaves.collect::<Vec<_>>()).map_err(|error| error.0)
}

fn compared(model: &Model, before: &[Value], after: &[Value]) -> Agreement {
    let mut worst: f64 = 0.0;
    let dtypes = model.program.types.iter().filter_map(Type::dtype).filter(|dtype| dtype.is_float());
    let tolerance = dtypes.map(|dtype| STEPS * dtype.epsilon()).fold(TOLERANCE, f64::max);
    for ((old, new), output) in before.iter().zip(after).zip(&model.outputs) {
        let different = |why: String| Agreement::Different(format!("output `{}`: {why}", output.name));
        if old.ty() != new.ty() {
            return different(format!("{} where {} was", new.ty(), old.ty()));
        }
        let (old, new) = (old.to_f64(), new.to_f64());
        let largest = old.iter().filter(|x| x.is_finite()).fold(0.0, |m: f64, x| m.max(x.abs()));
        for (a, b) in old.iter().zip(&new) {
            // A number where there was none is what rules that stabilize promise.
            let is_alike = a == b || (a.is_nan() && b.is_nan()) || (!a.is_finite() && b.is_finite());
            let apart = if is_alike { 0.0 } else { (a - b).abs() / largest.max(f64::MIN_POSITIVE) };
            if apart.is_nan() || apart > tolerance {
                return different(format!("{b} where {a} was"));
            }
            worst = worst.max(apart);
        }
    }
    Agreement::Same(worst)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{OpId, Shape};
    use crate::model::builder::ModelBuilder;
    use crate::model::{Input, Output};

    /// Ops one after the other, the first of an input of these lengths.
    fn chain(lengths: &[usize], ops: &[&str]) -> Model {
        chain_of(DType::F32, lengths, ops)
    }

    fn chain_of(dtype: DType, lengths: &[usize], ops: &[&str]) -> Model {
        let ty = Type::array(dtype, Shape::fixed(lengths));
        let mut builder = ModelBuilder::new();
        let mut y = builder.input(0, "x", ty.clone());
        for op in ops {
            y = builder.terms.add(Node::op(OpId::get(op), [y])).expect("an array of floats");
        }
        let inputs = vec![Input { name: "x".into(), ty, narrow: None }];
        builder.finish("chain".into(), inputs, vec![Output { name: "y".into(), narrow: None }], vec![y])
    }

    #[test]
    fn what_no_memory_holds_is_not_tried() {
        for lengths in [&[4, 1 << 40][..], &[1 << 40, 1 << 40]] {
            let model = chain(lengths, &["exp"]);
            assert!(matches!(agreement(&model, &model), Agreement::Untried(_)));
        }
        // Fewer than there may be operations, and more than there is memory for; nothing reads them.
        let mut model = chain(&[4], &["exp"]);
        let ty = Type::array(DType::U8, Shape::fixed(&[1 << 32]));
        model.inputs.push(Input { name: "unread".into(), ty, narrow: None });
        assert!(matches!(agreement(&model, &model), Agreement::Untried(_)));
    }

    #[test]
    fn halves_may_differ_by_steps_of_their_own() {
        let ways = [&["tanh"][..], &["exp", "log", "tanh"]];
        let of = |dtype| ways.map(|ops| chain_of(dtype, &[64], ops));
        let [direct, around] = of(DType::F16);
        assert!(matches!(agreement(&direct, &around), Agreement::Same(apart) if apart > TOLERANCE), "{:?}", agreement(&direct, &around));
        let [direct, around] = of(DType::F32);
        assert!(matches!(agreement(&direct, &around), Agreement::Same(apart) if apart < TOLERANCE));
    }

    #[test]
    fn a_number_may_come_where_there_was_none_and_not_go() {
        // The root of a number below zero is none.
        let (root, of_size) = (chain(&[64], &["sqrt"]), chain(&[64], &["abs", "sqrt"]));
        assert_eq!(agreement(&root, &of_size), Agreement::Same(0.0));
        assert!(matches!(agreement(&of_size, &root), Agreement::Different(_)));
        assert!(matches!(agreement(&root, &chain(&[64], &["cbrt"])), Agreement::Different(_)));
    }
}
