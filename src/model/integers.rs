//! Products of quantized numbers as products of integers.
//!
//! A file that stands for integers by numbers of one scale multiplies the numbers, `(s * x) @ (t * w)`. With the scales taken out,
//! `(s * t) * (x @ w)`, the product is one of bytes, of which each processor does several in the time of one of numbers, and all that is
//! rounded is its result (Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
//! 2018).

use std::collections::HashMap;

use super::copy::Copy;
use super::term::{Term, ty};
use super::{Model, Weight};
use crate::ir::{Attr, Const, DType, Id, Node, Type};

/// The largest magnitude of a byte from its zero point.
const BYTE: i64 = 255;
/// A weight may differ from its multiple of the scale by so much of it: it was rounded when it was computed, and when scales were merged.
const ROUNDED: f64 = 4.0 / (1u32 << 24) as f64;

/// The parts of a product of numbers that stand for integers.
struct Found {
    /// The integers on the left.
    left: Id,
    /// What they are multiplied with; nothing if that is 1.
    scale: Option<Id>,
    right: Scaled,
    columns: usize,
    /// The matrix of numbers, and its name.
    weight: Id,
    name: String,
}

/// A matrix of integers, row-major, and the scale of each column, or the one that all have.
struct Scaled {
    integers: Vec<i32>,
    scales: Vec<f32>,
}

/// The model with products of integers for what is that; `None` if there is nothing of the kind.
pub(super) fn products(model: &Model) -> Option<Model> {
    let found: Vec<(Id, Found)> =
        model.program.needed().1.into_iter().filter_map(|id| product(model, id).map(|found| (id, found))).collect();
    if found.is_empty() {
        return None;
    }
    let (mut copy, mut rights) = (Copy::new(model), HashMap::new());
    let written = copy.nodes(|copy, id| match found.iter().find(|(at, _)| *at == id) {
        Some((_, found)) => written(copy, found, &mut rights).map(Some),
        None => Ok(None),
    });
    written.ok()?;
    let roots = model.program.roots.iter().map(|root| copy.id(*root)).collect();
    let made = copy.builder.finish(model.name.clone(), model.inputs.clone(), model.outputs.clone(), roots);
    Some(Model { classes: model.classes.clone(), metadata: model.metadata.clone(), files: model.files.clone(), ..made })
}

/// The product as it is to be; `rights` has the matrices that are there already, by those that they are instead of.
fn written(copy: &mut Copy, found: &Found, rights: &mut HashMap<Id, Id>) -> Result<Id, String> {
    let Scaled { integers, scales } = &found.right;
    let weight = |name: String, dtype, shape: Vec<usize>, bytes: Vec<u8>| Weight { name, dtype, shape, bytes: bytes.into() };
    let right = *rights.entry(found.weight).or_insert_with(|| {
        let bytes = integers.iter().flat_map(|w| w.to_le_bytes()).collect();
        copy.builder.constant(weight(found.name.clone(), DType::I32, vec![integers.len() / found.columns, found.columns], bytes))
    });
    let y = copy.op("matmul", &[copy.id(found.left), right])?;
    let single = copy.attr(Attr::DType(DType::F32));
    let y = copy.op("cast", &[y, single])?;
    let of_left = found.scale.map(|scale| copy.id(scale));
    // A scale that is known is part of the others.
    let (known, other) = match of_left.map(|scale| (scale, copy.builder.terms.node(scale))) {
        Some((_, Node::Const(scale))) => (scale.as_f64() as f32, None),
        scale => (1.0, scale.map(|(scale, _)| scale)),
    };
    if !scales.iter().all(|scale| (known * scale).is_normal()) {
        return Err("a scale is too small or too large to be a number of single precision".to_owned());
    }
    let mut scale = match &scales[..] {
        &[scale] => {
            let number = Const::typed_float(DType::F32, f64::from(known * scale));
            copy.builder.terms.add_typed(Node::Const(number), Type::of_const(&number))
        }
        scales => {
            let bytes = scales.iter().flat_map(|scale| (known * scale).to_le_bytes()).collect();
            copy.builder.constant(weight(format!("{}_scale", found.name), DType::F32, vec![scales.len()], bytes))
        }
    };
    if let Some(other) = other {
        scale = copy.op("mul", &[other, scale])?;
    }
    copy.op("mul", &[y, scale])
}

/// The parts of a product of scaled bytes and a matrix of weights that are multiples of a scale.
fn product(model: &Model, id: Id) -> Option<Found> {
    let product = Term::of(model, id).filter(|term| term.name == "matmul")?;
    let weight = model.weight(product.args[1]).filter(|weight| weight.dtype == DType::F32)?;
    let &[depth, columns] = &*weight.shape else { return None };
    // No sum may leave the range of 32 bits.
    if columns == 0 || depth as i64 > i64::from(i32::MAX) / (BYTE * BYTE) || ty(model, product.args[0]).rank()? < 2 {
        return None;
    }
    let (left, scale) = scaled_integers(model, product.args[0])?;
    let elements: Vec<f32> = weight.bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let right = multiples(&elements, columns)?;
    Some(Found { left, scale, right, columns, weight: product.args[1], name: weight.name.clone() })
}

/// The integers and the scale that numbers are the product of.
fn scaled_integers(model: &Model, id: Id) -> Option<(Id, Option<Id>)> {
    let term = Term::of(model, id)?;
    if term.name != "mul" {
        return bytes(model, id).map(|integers| (integers, None));
    }
    let &[a, b] = term.args else { return None };
    let single = |id: Id| ty(model, id).rank() == Some(0) && ty(model, id).dtype() == Some(DType::F32);
    let is_scale = |id: Id| single(id) || matches!(model.program.terms[id], Node::Const(_));
    [(a, b), (b, a)].into_iter().filter(|(_, scale)| is_scale(*scale)).find_map(|(x, scale)| Some((bytes(model, x)?, Some(scale))))
}

/// The integers of 32 bits that numbers in single precision are, if they are distances between bytes.
fn bytes(model: &Model, id: Id) -> Option<Id> {
    let number = cast(model, id, DType::F32)?;
    let is_byte = |id: Id| cast(model, id, DType::I32).is_some_and(|x| matches!(ty(model, x).dtype(), Some(DType::U8 | DType::I8)));
    let is_zero_point = |id: Id| match model.program.terms[id] {
        Node::Const(c) => c.as_f64().fract() == 0.0 && (-128.0..=255.0).contains(&c.as_f64()),
        _ => is_byte(id),
    };
    let is_distance = match Term::of(model, number) {
        Some(Term { name: "sub", args: &[x, zero], .. }) => is_byte(x) && is_zero_point(zero),
        _ => is_byte(number),
    };
    (is_distance && ty(model, number).dtype() == Some(DType::I32)).then_some(number)
}

/// What is cast to a type.
fn cast(model: &Model, id: Id, to: DType) -> Option<Id> {
    let term = Term::of(model, id).filter(|term| term.name == "cast" && matches!(term.attr(1), Attr::DType(dtype) if *dtype == to))?;
    term.args.first().copied()
}

/// The integers that a row-major matrix has multiples of, with one scale for all elements or one for each column.
fn multiples(elements: &[f32], columns: usize) -> Option<Scaled> {
    if let Some((integers, scale)) = multiples_of_one(elements.iter()) {
        return Some(Scaled { integers, scales: vec![scale] });
    }
    let (mut integers, mut scales) = (vec![0; elements.len()], Vec::new());
    for j in 0..columns {
        let (own, scale) = multiples_of_one(elements.iter().skip(j).step_by(columns))?;
        own.into_iter().zip(integers.iter_mut().skip(j).step_by(columns)).for_each(|(from, to)| *to = from);
        scales.push(scale);
    }
    Some(Scaled { integers, scales })
}

/// The integers, of bytes around a zero point, of which numbers are multiples, and the scale. The largest is one of so many multiples.
fn multiples_of_one<'e>(elements: impl Iterator<Item = &'e f32> + Clone) -> Option<(Vec<i32>, f32)> {
    let most = elements.clone().fold(0.0f32, |most, w| most.max(w.abs()));
    if most == 0.0 {
        // What is no number is not among the largest either.
        return elements.map(|w| (*w == 0.0).then_some(0)).collect::<Option<Vec<i32>>>().map(|zeros| (zeros, 1.0));
    }
    (1..=BYTE).find_map(|count| {
        let scale = f64::from(most) / count as f64;
        let integer = |w: &f32| {
            let (w, integer) = (f64::from(*w), (f64::from(*w) / scale).round());
            ((integer * scale - w).abs() <= w.abs() * ROUNDED).then_some(integer as i32)
        };
        Some((elements.clone().map(integer).collect::<Option<Vec<i32>>>()?, scale as f32))
    })
}

#[cfg(test)]
mod tests {
    use super::super::builder::ModelBuilder;
    use super::super::{Agreement, Input, Output, agreement};
    use super::*;
    use crate::ir::{OpId, Shape};

    const INTEGERS: [i32; 6] = [-128, 3, 0, 77, 127, -1];

    /// `(x - 131) * 0.02 @ w` for integers `x` of a type and a matrix of three columns of multiples of some scales.
    fn model(dtype: DType, scales: [f32; 3]) -> Model {
        let mut b = ModelBuilder::new();
        let ty = Type::array(dtype, Shape::fixed(&[5, 2]));
        let x = b.input(0, "x", ty.clone());
        let op = |b: &mut ModelBuilder, name: &str, args: &[Id]| {
            b.terms.add(Node::op(OpId::get(name), args.iter().copied())).expect("the operands fit")
        };
        let cast = |b: &mut ModelBuilder, x: Id, to: DType| {
            let to = b.terms.add_typed(Node::Attr(Attr::DType(to)), Type::Unknown);
            op(b, "cast", &[x, to])
        };
        let constant = |b: &mut ModelBuilder, c: Const| b.terms.add_typed(Node::Const(c), Type::of_const(&c));
        let (zero, scale) = (constant(&mut b, Const::typed_int(DType::I32, 131)), constant(&mut b, Const::typed_float(DType::F32, 0.02)));
        let wide = cast(&mut b, x, DType::I32);
        let centered = op(&mut b, "sub", &[wide, zero]);
        let number = cast(&mut b, centered, DType::F32);
        let scaled = op(&mut b, "mul", &[number, scale]);
        let bytes = INTEGERS.iter().enumerate().flat_map(|(i, w)| (*w as f32 * scales[i % 3]).to_le_bytes()).collect::<Vec<u8>>();
        let w = b.constant(Weight { name: "w".into(), dtype: DType::F32, shape: vec![2, 3], bytes: bytes.into() });
        let root = op(&mut b, "matmul", &[scaled, w]);
        let (input, output) = (Input { name: "x".into(), ty, narrow: None }, Output { name: "y".into(), narrow: None });
        b.finish("made".into(), vec![input], vec![output], vec![root])
    }

    #[test]
    fn products_of_bytes_and_weights_of_a_scale_are_of_integers() {
        for scales in [[0.013; 3], [0.013, 2.0, 1e-6]] {
            let old = model(DType::U8, scales);
            let new = products(&old).expect("a product of integers");
            assert!(matches!(agreement(&old, &new), Agreement::Same(_)), "{:?}", agreement(&old, &new));
            assert!(new.weights.iter().any(|w| w.dtype == DType::I32 && w.to_ints() == Some(INTEGERS.map(i128::from).to_vec())));
        }
    }

    #[test]
    fn other_products_stay_as_they_are() {
        // Sums of larger integers may leave the range of 32 bits, and weights that are no multiples are none.
        assert!(products(&model(DType::I16, [0.013; 3])).is_none());
        assert!(products(&model(DType::F32, [0.013; 3])).is_none());
        // The product of the scales would lose digits that the products of the numbers have.
        assert!(products(&model(DType::U8, [1e-37; 3])).is_none());
    }

    #[test]
    fn weights_of_one_scale_are_integers_again() {
        for scale in [0.013f32, 1e-5, 2.0] {
            let elements: Vec<f32> = INTEGERS.iter().map(|i| *i as f32 * scale / 0.37).collect();
            let found = multiples(&elements, 2).expect("multiples");
            assert_eq!(found.integers, INTEGERS);
            assert!(matches!(found.scales[..], [s] if (s - scale / 0.37).abs() < 1e-6 * s));
        }
    }

    #[test]
    fn columns_may_have_scales_of_their_own_and_other_weights_are_none() {
        let elements = [3.0f32 * 0.1, 7.0 * 0.0317, 0.0, -121.0 * 0.1, 127.0 * 0.0317, 0.0];
        let found = multiples(&elements, 3).expect("multiples");
        assert_eq!((found.integers, found.scales.len()), (vec![3, 7, 0, -121, 127, 0], 3));
        assert!(multiples(&[0.1, 0.234_567, 0.3, 0.777_123_4], 1).is_none());
        assert!(multiples(&[f32::NAN, 0.0], 1).is_none() && multiples(&[f32::NAN, 1.0, 0.0, 1.0], 2).is_none());
        assert!(multiples(&[f32::NAN, 1.0], 1).is_none() && multiples(&[f32::INFINITY, 1.0], 1).is_none());
    }
}
