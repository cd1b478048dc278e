//! Conditions and loops.

use super::repeat::{Along, Repeat};
use super::{Call, Entry, Lowered, Lowering, Part, apply, length};
use crate::ir::{Attr, DType, Dim, Id};
use crate::model::onnx::proto::GraphProto;
use crate::model::onnx::split::Split;

pub(super) static OPS: &[Entry] = &[
    ("If", |l, call| {
        let condition = l.number(call.input(0)?).or_else(|| l.dims(call.input(0).ok()?)?.first()?.as_known().map(|d| d as f64));
        match condition {
            Some(c) => {
                let branch = call.graph(if c != 0.0 { "then_branch" } else { "else_branch" })?;
                l.inline(branch, &[])
            }
            None => either(l, call),
        }
    }),
    ("Loop", repeated),
    ("Scan", |l, call| if call.opset < 9 { scan_of_batches(l, call) } else { scan(l, call) }),
];

/// Nodes that the rounds of one loop may become.
const LARGEST: usize = 2_000;

/// Both branches, of which the one that the condition asks for is computed when the model runs.
fn either<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let condition = call.input(0)?;
    let (yes, no) = (call.graph("then_branch")?, call.graph("else_branch")?);
    let branches = match (l.branch(yes), l.branch(no)) {
        (Ok(yes), Ok(no)) => [yes, no],
        (Ok(yes), Err(no)) => return l.only_branch(call.node, condition, yes, no, "first"),
        (Err(yes), Ok(no)) => {
            let condition = apply!(l, "logical_not", condition)?;
            return l.only_branch(call.node, condition, no, yes, "second");
        }
        (Err(yes), Err(_)) => return Err(l.refusal(yes)),
    };
    match l.chosen(condition, &branches, true) {
        Ok(results) => Ok(results),
        Err(why) => {
            l.pending = Some(Split { condition, branches, why });
            Ok(Vec::new())
        }
    }
}

/// A loop: written out if that is short, else one that goes round when the model runs.
fn repeated<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let body = call.graph("body")?;
    let states: Vec<Option<Id>> = call.inputs.iter().skip(2).copied().collect();
    match written_out(l, call, body, &states)? {
        Some(results) => Ok(results),
        None => Repeat { body, count: call.optional(0), condition: call.optional(1), along: None }.run(l, states),
    }
}

/// The rounds of a loop one after another, if it is known how many there are, and they are few.
fn written_out<'a>(
    l: &mut Lowering<'a>,
    call: &Call<'a>,
    body: &'a GraphProto,
    start: &[Option<Id>],
) -> Result<Option<Vec<Option<Id>>>, String> {
    let rounds = match call.optional(0).map(|count| l.ints(count)) {
        Some(Some(counts)) => counts.first().copied().unwrap_or(0).max(0),
        Some(None) => return Ok(None),
        None => i64::MAX,
    };
    let mut goes_on = match call.optional(1).map(|condition| l.number(condition)) {
        Some(Some(condition)) => condition != 0.0,
        Some(None) => return Ok(None),
        None => true,
    };
    let mut states = start.to_vec();
    let mut collected: Vec<Vec<Id>> = vec![Vec::new(); body.output.len().saturating_sub(1 + states.len())];
    let mut round = 0;
    while goes_on && round < rounds {
        if !affordable(body, (round as usize + 1).max(if rounds == i64::MAX { 0 } else { rounds as usize })) {
            return Ok(None);
        }
        let (place, condition) = (l.scalar(DType::I64, round as f64), l.scalar(DType::Bool, 1.0));
        let given: Vec<Option<Id>> = [Some(place), Some(condition)].into_iter().chain(states.iter().copied()).collect();
        let mut results = l.inline(body, &given)?.into_iter();
        let next = results.next().flatten().ok_or("its body gives no condition")?;
        match l.number(next) {
            Some(next) => goes_on = next != 0.0,
            None => return Ok(None),
        }
        states = results.by_ref().take(states.len()).collect();
        collect(&mut collected, results)?;
        round += 1;
    }
    if round == 0 && !collected.is_empty() {
        return Ok(None);
    }
    let stacked = collected.into_iter().map(|parts| stacked(l, parts, 0).map(Some)).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(states.into_iter().chain(stacked).collect()))
}

/// A walk along axes of known length, written out.
fn scan<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    let walked = call.int("num_scan_inputs", 1).max(0) as usize;
    let inputs = call.all()?;
    let (states, along) = inputs.split_at(inputs.len().checked_sub(walked).ok_or("it has fewer operands than it walks along")?);
    let list = |name: &str, n: usize| call.ints(name).filter(|v| v.len() == n).unwrap_or_else(|| vec![0; n]);
    let body = call.graph("body")?;
    let results = body.output.len().checked_sub(states.len()).ok_or("its body gives fewer results than it has states")?;
    let walk = Walk {
        body,
        axes: list("scan_input_axes", walked),
        backwards: list("scan_input_directions", walked),
        result_axes: list("scan_output_axes", results),
        results_backwards: list("scan_output_directions", results),
    };
    walk.run(l, states, along)
}

/// Up to opset 8 every operand had a batch as its first axis, each entry of which is walked along by itself.
fn scan_of_batches<'a>(l: &mut Lowering<'a>, call: &Call<'a>) -> Lowered {
    if call.optional(0).is_some() {
        return Err("sequences of different lengths are not supported".to_owned());
    }
    let walked = call.int("num_scan_inputs", 1).max(0) as usize;
    let inputs: Vec<Id> = (1..call.inputs.len()).map(|i| call.input(i)).collect::<Result<_, _>>()?;
    let split = inputs.len().checked_sub(walked).ok_or("it has fewer operands than it walks along")?;
    let body = call.graph("body")?;
    let results = body.output.len().checked_sub(split).ok_or("its body gives fewer results than it has states")?;
    let backwards = call.ints("directions").filter(|v| v.len() == walked).unwrap_or_else(|| vec![0; walked]);
    let walk = Walk { body, axes: vec![0; walked], backwards, result_axes: vec![0; results], results_backwards: vec![0; results] };
    let batch = l.length(*inputs.first().ok_or("it has no operands")?, 0)?;
    if !affordable(body, batch as usize) {
        return Err(format!("its {batch} entries are written out one by one, and would be more than {LARGEST} nodes"));
    }
    let mut of_entries: Vec<Vec<Id>> = vec![Vec::new(); body.output.len()];
    for entry in 0..batch {
        let own = inputs.iter().map(|id| element(l, *id, 0, entry)).collect::<Result<Vec<Id>, _>>()?;
        let (states, along) = own.split_at(split);
        collect(&mut of_entries, walk.run(l, states, along)?)?;
    }
    of_entries.into_iter().map(|parts| stacked(l, parts, 0).map(Some)).collect()
}

/// How a scan goes.
struct Walk<'a> {
    body: &'a GraphProto,
    axes: Vec<i64>,
    backwards: Vec<i64>,
    result_axes: Vec<i64>,
    results_backwards: Vec<i64>,
}

impl<'a> Walk<'a> {
    fn run(&self, l: &mut Lowering<'a>, states: &[Id], along: &[Id]) -> Lowered {
        let axes = along.iter().zip(&self.axes).map(|(id, axis)| l.axis(*id, *axis)).collect::<Result<Vec<i64>, _>>()?;
        let (Some(first), Some(axis)) = (along.first(), axes.first()) else { return Err("it walks along nothing".to_owned()) };
        let length = match l.length(*first, *axis as usize) {
            Ok(length) if affordable(self.body, length as usize) => length,
            _ => return self.counted(l, states, along, &axes),
        };
        let mut states: Vec<Option<Id>> = states.iter().copied().map(Some).collect();
        let mut collected: Vec<Vec<Id>> = vec![Vec::new(); self.result_axes.len()];
        for round in 0..length {
            let mut given = states.clone();
            for ((id, axis), backwards) in along.iter().zip(&axes).zip(&self.backwards) {
                given.push(Some(element(l, *id, *axis, if *backwards != 0 { length - 1 - round } else { round })?));
            }
            let mut results = l.inline(self.body, &given)?.into_iter();
            states = results.by_ref().take(states.len()).collect();
            collect(&mut collected, results)?;
        }
        for ((mut parts, axis), backwards) in collected.into_iter().zip(&self.result_axes).zip(&self.results_backwards) {
            if *backwards != 0 {
                parts.reverse();
            }
            states.push(Some(stacked(l, parts, *axis)?));
        }
        Ok(states)
    }
}

impl<'a> Walk<'a> {
    /// A walk that goes round when the model runs.
    fn counted(&self, l: &mut Lowering<'a>, states: &[Id], along: &[Id], axes: &[i64]) -> Lowered {
        let count = length(l, along[0], axes[0])?;
        let along = along.iter().zip(axes).zip(&self.backwards);
        let along = along.map(|((x, axis), backwards)| Along { x: *x, axis: *axis, is_backwards: *backwards != 0 }).collect();
        let repeat = Repeat { body: self.body, count: Some(count), condition: None, along: Some(along) };
        let mut results = repeat.run(l, states.iter().copied().map(Some).collect())?;
        let collected = results.iter_mut().skip(states.len()).flatten();
        for ((result, axis), backwards) in collected.zip(&self.result_axes).zip(&self.results_backwards) {
            if *backwards != 0 {
                *result = apply!(l, "flip", *result, Attr::Ints(vec![0]))?;
            }
            let rank = l.rank(*result)? as i64;
            let axis = if *axis < 0 { axis + rank } else { *axis };
            if !(0..rank).contains(&axis) {
                return Err(format!("there is no axis {axis} of {rank} to collect along"));
            }
            let order: Vec<i64> = (1..=axis).chain([0]).chain(axis + 1..rank).collect();
            *result = l.permute(*result, &order)?;
        }
        Ok(results)
    }
}

/// True if so many rounds may be written out.
fn affordable(body: &GraphProto, rounds: usize) -> bool {
    body.node.len().max(1).saturating_mul(rounds) <= LARGEST
}

/// The part of a value at a place of an axis, without that axis.
fn element(l: &mut Lowering, x: Id, axis: i64, place: i64) -> Result<Id, String> {
    let mut dims: Vec<Dim> = l.axes_of(x)?;
    let part = l.slice(x, axis, place, place + 1, 1)?;
    dims.remove(axis as usize);
    l.reshape(part, dims)
}

/// Adds the results of a round to those of the rounds before.
fn collect(collected: &mut [Vec<Id>], results: impl IntoIterator<Item = Option<Id>>) -> Result<(), String> {
    for (parts, result) in collected.iter_mut().zip(results) {
        parts.push(result.ok_or("its body leaves out a result")?);
    }
    Ok(())
}

/// The results of all rounds along a new axis.
fn stacked(l: &mut Lowering, parts: Vec<Id>, axis: i64) -> Result<Id, String> {
    let first = *parts.first().ok_or("it goes round not even once, and collects results of which no type is known")?;
    let rank = l.rank(first)? as i64 + 1;
    let axis = if axis < 0 { axis + rank } else { axis };
    l.op("stack", [Part::from(Attr::Int(axis))].into_iter().chain(parts.into_iter().map(Part::from)))
}
