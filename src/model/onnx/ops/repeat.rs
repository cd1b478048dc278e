//! Loops that go round when the model runs.

use super::{Lowered, Lowering, Piece, apply, length};
use crate::ir::{Attr, DType, Dim, Id, Shape, Type};
use crate::model::onnx::lower::Part;
use crate::model::onnx::proto::GraphProto;

/// The types of states are made wider so often until every round takes what the one before gives.
const WIDENED: usize = 16;

/// A loop as ONNX has it: its body takes the number of the round, a condition that holds, and the states, and gives whether another round
/// follows, the next states, and what is collected.
pub(super) struct Repeat<'a> {
    pub body: &'a GraphProto,
    /// How often it goes round at most.
    pub count: Option<Id>,
    /// Whether there is a first round.
    pub condition: Option<Id>,
    /// What a scan walks along, whose body takes the states and a part of each, and gives no condition.
    pub along: Option<Vec<Along>>,
}

/// An axis that a scan walks along, a place a round.
pub(super) struct Along {
    pub x: Id,
    pub axis: i64,
    pub is_backwards: bool,
}

/// One reading of the body.
struct Reading {
    bound: Vec<Id>,
    goes_on: Id,
    states: Vec<Id>,
    collected: Vec<Id>,
}

impl<'a> Repeat<'a> {
    /// The states after the last round, and what was collected along a new first axis.
    pub fn run(&self, l: &mut Lowering<'a>, start: Vec<Option<Id>>) -> Lowered {
        let body = self.body;
        let start: Vec<Id> = start.into_iter().collect::<Option<_>>().ok_or("one of its states is left out")?;
        let (taken, given) = self.along.as_ref().map_or((2, 1), |along| (along.len(), 0));
        if body.input.len() < taken + start.len() || body.output.len() < given + start.len() {
            return Err("its body takes or gives fewer values than it has states".to_owned());
        }
        let mut types: Vec<Type> = start.iter().map(|id| strong(l.ty(*id))).collect();
        let mut kept: Vec<bool> = vec![false; start.len()];
        for _ in 0..WIDENED {
            let reading = self.reading(l, &start, &types, &kept)?;
            let next = start.iter().zip(&types).zip(&reading.states).map(|((start, ty), next)| match l.sequences.contains_key(start) {
                true => Ok(ty.clone()),
                false => wider(ty, l.ty(*next)),
            });
            let wider = next.collect::<Result<Vec<_>, _>>()?;
            // A state that no round changes is no state.
            let unchanged = |i: usize| reading.states[i] == reading.bound[i + 1] && wider[i] == types[i];
            let now: Vec<bool> = (0..start.len()).map(|i| kept[i] || unchanged(i)).collect();
            if wider == types && now == kept {
                return self.finished(l, &start, &kept, reading);
            }
            (types, kept) = (wider, now);
        }
        Err("the shapes of its states do not settle".to_owned())
    }

    /// The body with states of these types, or with the start of one that is `kept`.
    fn reading(&self, l: &mut Lowering<'a>, start: &[Id], types: &[Type], kept: &[bool]) -> Result<Reading, String> {
        let names: Vec<&str> = self.body.input.iter().map(|input| input.name()).collect();
        let of_states = if self.along.is_some() { 0 } else { 2 };
        let round = l.model.bound(if self.along.is_some() { "round" } else { names[0] }, Type::scalar(DType::I64));
        let always = l.scalar(DType::Bool, 1.0);
        let mut bound = vec![round];
        let mut given = if self.along.is_some() { Vec::new() } else { vec![Some(round), Some(always)] };
        for (i, ((ty, kept), start)) in types.iter().zip(kept).zip(start).enumerate() {
            let leaf = l.model.bound(names[of_states + i], ty.clone());
            if l.sequences.contains_key(start) {
                l.sequences.insert(leaf, vec![Piece::State(leaf)]);
            }
            bound.push(leaf);
            given.push(Some(if *kept { *start } else { leaf }));
        }
        for along in self.along.iter().flatten() {
            given.push(Some(element(l, along, round)?));
        }
        let results: Option<Vec<Id>> = l.inline(self.body, &given)?.into_iter().collect();
        let mut results = results.ok_or("its body leaves out a result")?.into_iter();
        let goes_on = if self.along.is_some() { always } else { results.next().ok_or("its body gives no condition")? };
        let states = results.by_ref().take(start.len()).collect();
        Ok(Reading { bound, goes_on, states, collected: results.collect() })
    }

    /// How many rounds there are, if that is a length.
    fn rounds(&self, l: &Lowering, reading: &Reading) -> Option<Dim> {
        let always = |id: Id| l.number(id).is_some_and(|x| x != 0.0);
        let is_counted = always(reading.goes_on) && self.condition.is_none_or(always);
        l.dims(self.count.filter(|_| is_counted)?)?.first().cloned()
    }

    fn finished(&self, l: &mut Lowering<'a>, start: &[Id], kept: &[bool], reading: Reading) -> Lowered {
        let rounds = self.rounds(l, &reading);
        let (sequences, changing): (Vec<usize>, Vec<usize>) =
            (0..start.len()).filter(|i| !kept[*i]).partition(|i| l.sequences.contains_key(&start[*i]));
        let added = sequences.iter().map(|i| added(l, reading.bound[i + 1], reading.states[*i])).collect::<Result<Vec<Id>, _>>()?;
        let collected: Vec<Id> = reading.collected.iter().copied().chain(added).collect();
        let tuple = |l: &mut Lowering<'a>, ids: &mut dyn Iterator<Item = Id>| l.op("tuple", ids.map(Part::from));
        let first = tuple(l, &mut changing.iter().map(|i| start[*i]))?;
        let bound = tuple(l, &mut std::iter::once(reading.bound[0]).chain(changing.iter().map(|i| reading.bound[i + 1])))?;
        let states = changing.iter().map(|i| reading.states[*i]);
        let body = tuple(l, &mut std::iter::once(reading.goes_on).chain(states).chain(collected.iter().copied()))?;
        let whole = apply!(l, "loop", self.count, self.condition, first, bound, body)?;
        let mut results: Vec<Option<Id>> = start.iter().copied().map(Some).collect();
        for (place, i) in changing.iter().enumerate() {
            results[*i] = Some(apply!(l, "tuple_get", whole, Attr::Int(place as i64))?);
        }
        for place in 0..collected.len() {
            let mut all = apply!(l, "tuple_get", whole, Attr::Int((changing.len() + place) as i64))?;
            // How many rounds there were is more than the loop's type says.
            if let (Some(rounds), Ok(mut dims)) = (&rounds, l.axes_of(all)) {
                dims[0] = rounds.clone();
                all = if dims.contains(&Dim::Unknown) { all } else { l.reshape(all, dims)? };
            }
            match place.checked_sub(reading.collected.len()).map(|i| sequences[i]) {
                Some(state) => {
                    let before = l.sequences.get(&start[state]).cloned().unwrap_or_default();
                    let pieces = before.into_iter().chain([Piece::Rounds(all)]).collect();
                    results[state] = Some(l.sequence(pieces));
                }
                None => results.push(Some(all)),
            }
        }
        Ok(results)
    }
}

/// What a round adds to a sequence.
fn added(l: &Lowering, before: Id, after: Id) -> Result<Id, String> {
    match l.sequences.get(&after).map(Vec::as_slice) {
        Some([Piece::State(state), Piece::One(x)]) if *state == before => Ok(*x),
        _ => Err("its rounds do more to a sequence than to add one value at its end, which is not supported".to_owned()),
    }
}

/// The part of a value that a round takes.
fn element(l: &mut Lowering, along: &Along, round: Id) -> Result<Id, String> {
    let mut place = round;
    if along.is_backwards {
        let length = length(l, along.x, along.axis)?;
        let last = l.plus(length, -1.0)?;
        place = l.sub(last, round)?;
    }
    apply!(l, "take", along.x, place, Attr::Int(along.axis))
}

/// A type of which the value is no number of the language.
fn strong(ty: &Type) -> Type {
    ty.with_shape(ty.shape().clone())
}

/// What is known of a state that was of one type before a round and is of another behind it.
fn wider(before: &Type, after: &Type) -> Result<Type, String> {
    if before.dtype() != after.dtype() || before.dtype().is_none() {
        return Err(format!("a state is {before} before a round and {after} after it"));
    }
    let shape = match (before.shape().dims(), after.shape().dims()) {
        (Some(a), Some(b)) if a.len() == b.len() => {
            Shape::Ranked(a.iter().zip(b).map(|(a, b)| if a.same(b) { a.clone() } else { Dim::Unknown }).collect())
        }
        _ => return Err(format!("a state has the shape {} before a round and {} after it", before.shape(), after.shape())),
    };
    Ok(before.with_shape(shape))
}
