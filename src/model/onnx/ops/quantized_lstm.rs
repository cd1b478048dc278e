//! The recurrent layer of ONNX Runtime whose weights are integers: what it multiplies them with is brought to bytes in each round anew.

use super::quantization::{centered, dynamic_of, stands_for};
use super::terms::Term;
use super::{Call, Entry, Lowered, Lowering, Part, apply, length};
use crate::ir::{Attr, DType, Dim, Id, Type};

pub(super) static OPS: &[Entry] = &[("DynamicQuantizeLSTM", layer)];

fn layer<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    for (i, what) in [(4, "sequences of different lengths"), (7, "peepholes")] {
        if call.optional(i).is_some() {
            return Err(format!("{what} are not supported"));
        }
    }
    if call.int("input_forget", 0) != 0 || call.attribute("clip").is_some() || call.attribute("activations").is_some() {
        return Err("activations other than the usual ones are not supported".to_owned());
    }
    let backwards: &[bool] = match call.string("direction").as_deref() {
        None | Some("forward") => &[false],
        Some("reverse") => &[true],
        Some("bidirectional") => &[false, true],
        Some(other) => return Err(format!("an unknown direction `{other}`")),
    };
    let mut results: [Vec<Id>; 3] = Default::default();
    for (at, is_backwards) in backwards.iter().enumerate() {
        let direction = Direction::of(l, call, at as i64)?;
        let found = direction.walked(l, call.input(0)?, *is_backwards)?;
        results.iter_mut().zip(found).for_each(|(all, own)| all.push(own));
    }
    let mut stacked = |parts: &[Id], axis: i64| {
        let parts = parts.iter().copied().map(Part::from);
        l.op("stack", std::iter::once(Part::from(Attr::Int(axis))).chain(parts)).map(Some)
    };
    let [all, hidden, cell] = results;
    Ok(vec![stacked(&all, 1)?, stacked(&hidden, 0)?, stacked(&cell, 0)?])
}

/// The weights and the first states of one direction.
struct Direction {
    w: Id,
    w_scale: Id,
    r: Id,
    r_scale: Id,
    bias: Option<Id>,
    hidden: Id,
    cell: Id,
}

impl Direction {
    fn of<'a>(l: &mut Lowering<'a>, call: &Call<'a>, at: i64) -> Result<Direction, String> {
        let place = l.scalar(DType::I64, at as f64);
        let own = |l: &mut Lowering<'a>, i: usize| match call.optional(i) {
            Some(all) => apply!(l, "take", all, place, Attr::Int(0)).map(Some),
            None => Ok(None),
        };
        let given = |own: Option<Id>| own.ok_or_else(|| "one of its weights is missing".to_owned());
        let (w, r) = (given(own(l, 1)?)?, given(own(l, 2)?)?);
        let (w_zero, r_zero) = (own(l, 9)?, own(l, 11)?);
        let (w, r) = (centered(l, w, w_zero)?, centered(l, r, r_zero)?);
        let size = l.length(r, 0)?;
        let bias = match own(l, 3)? {
            Some(both) => {
                let (of_input, of_state) = (l.slice(both, 0, 0, 4 * size, 1)?, l.slice(both, 0, 4 * size, 8 * size, 1)?);
                Some(l.add(of_input, of_state)?)
            }
            None => None,
        };
        let batch = l.axes_of(call.input(0)?)?.get(1).cloned().ok_or("expected a sequence of batches of numbers")?;
        let state = |l: &mut Lowering<'a>, i: usize| match own(l, i)? {
            Some(state) => Ok(state),
            None => {
                let zero = l.scalar(DType::F32, 0.0);
                apply!(l, "full", Attr::Dims(vec![batch.clone(), Dim::known(size)]), zero, Attr::DType(DType::F32))
            }
        };
        let (hidden, cell) = (state(l, 5)?, state(l, 6)?);
        Ok(Direction { w, w_scale: given(own(l, 8)?)?, r, r_scale: given(own(l, 10)?)?, bias, hidden, cell })
    }

    /// The hidden states of all places, and both last states.
    fn walked(&self, l: &mut Lowering, x: Id, is_backwards: bool) -> Result<[Id; 3], String> {
        let places = l.axes_of(x)?[0].clone();
        let count = length(l, x, 0)?;
        let mut gates = product(l, x, self.w, self.w_scale)?;
        if let Some(bias) = self.bias {
            gates = l.add(gates, bias)?;
        }
        let round = l.model.bound("round", Type::scalar(DType::I64));
        let states = [("hidden", self.hidden), ("cell", self.cell)].map(|(name, start)| {
            let ty = l.ty(start).clone();
            l.model.bound(name, ty)
        });
        let place = match is_backwards {
            true => {
                let last = l.plus(count, -1.0)?;
                l.sub(last, round)?
            }
            false => round,
        };
        let given = apply!(l, "take", gates, place, Attr::Int(0))?;
        let [hidden, cell] = self.step(l, given, states)?;
        let always = l.scalar(DType::Bool, 1.0);
        let first = apply!(l, "tuple", self.hidden, self.cell)?;
        let bound = apply!(l, "tuple", round, states[0], states[1])?;
        let body = apply!(l, "tuple", always, hidden, cell, hidden)?;
        let whole = apply!(l, "loop", Some(count), None, first, bound, body)?;
        let (last, cell, mut all) = (l.part(whole, 0)?, l.part(whole, 1)?, l.part(whole, 2)?);
        // How many rounds there were is more than the loop's type says.
        let mut dims = l.axes_of(all)?;
        dims[0] = places;
        if !dims.contains(&Dim::Unknown) {
            all = l.reshape(all, dims)?;
        }
        if is_backwards {
            all = apply!(l, "flip", all, Attr::Ints(vec![0]))?;
        }
        Ok([all, last, cell])
    }

    /// The states after a place, of what its gates are given and the states before.
    fn step(&self, l: &mut Lowering, given: Id, [hidden, cell]: [Id; 2]) -> Result<[Id; 2], String> {
        let own = product(l, hidden, self.r, self.r_scale)?;
        let gates = l.add(given, own)?;
        let size = l.length(self.r, 0)?;
        let gate = |l: &mut Lowering, at: i64, name: &str| {
            let part = l.slice(gates, 1, at * size, (at + 1) * size, 1)?;
            l.unary(name, part)
        };
        let (input, output) = (gate(l, 0, "sigmoid")?, gate(l, 1, "sigmoid")?);
        let (forget, new) = (gate(l, 2, "sigmoid")?, gate(l, 3, "tanh")?);
        let (kept, added) = (l.mul(forget, cell)?, l.mul(input, new)?);
        let cell = l.add(kept, added)?;
        let shown = l.unary("tanh", cell)?;
        Ok([l.mul(output, shown)?, cell])
    }
}

/// The product of numbers, brought to bytes of one scale, and integers.
fn product(l: &mut Lowering, x: Id, w: Id, w_scale: Id) -> Term {
    let [x, scale, zero] = dynamic_of(l, x)?;
    let x = centered(l, x, Some(zero))?;
    let y = apply!(l, "matmul", x, w)?;
    let scale = l.mul(scale, w_scale)?;
    stands_for(l, y, scale, None)
}
