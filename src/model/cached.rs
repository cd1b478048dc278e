//! A causal model as one that is given its sequence in parts: it keeps the keys and values of the places that it has seen.
//!
//! The graph of the whole sequence becomes that of a part. Where a place looks at others, in `attention_causal`, the keys and values of
//! the part go behind those that are kept; what counts places counts from the number of kept ones on. All other operations must treat
//! each place by itself, which is checked: an operation that mixes places is refused by its name.

use std::collections::HashSet;

use super::copy::Copy;
use super::structure::is_elementwise;
use super::term::{Term, ty};
use super::{Input, Model, ModelError, Output};
use crate::ir::{Attr, Const, DType, Dim, Id, Node, OpId, Shape, Symbol, Type};

/// The length of what is kept.
const PAST: &str = "past";

/// The op in which a place looks at those before it.
const ATTENTION: &str = "attention_causal";

/// Where the keys and values are among the inputs and outputs of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cache {
    /// The inputs before those that are kept.
    pub inputs: usize,
    /// The outputs before those that are kept.
    pub outputs: usize,
    /// How many arrays are kept: two for each attention.
    pub kept: usize,
}

/// The model that is given the sequence of an input in parts.
///
/// # Errors
/// If the input's last length is not open, or an operation mixes places.
pub fn cached(model: &Model, input: &str) -> Result<Model, ModelError> {
    let refused = |why: String| ModelError::Malformed(format!("no cache for `{input}`: {why}"));
    let given = model.inputs.iter().find(|i| i.name == input).ok_or_else(|| refused("no input has this name".to_owned()))?;
    let last = given.ty.shape().dims().and_then(<[Dim]>::last).and_then(Dim::as_symbol).cloned();
    let time = last.ok_or_else(|| refused(format!("its last length must be open, as in --input {input}=int64[batch,time]")))?;
    let symbols = model.inputs.iter().flat_map(|input| input.ty.shape().dims().unwrap_or(&[])).flat_map(Dim::symbols);
    if symbols.into_iter().any(|symbol| &**symbol == PAST) {
        return Err(refused(format!("a length is called `{PAST}`, which is the number of places that are kept")));
    }
    let leaf = (0..model.program.types.len()).map(Id::from).find(|id| model.input(*id).is_some_and(|i| i.name == input));
    let leaf = leaf.ok_or_else(|| refused("it is not read".to_owned()))?;
    let attentions = model.program.needed().1.into_iter().filter(|id| Term::of(model, *id).is_some_and(|term| term.name == ATTENTION));
    let attentions: Vec<Id> = attentions.collect();
    if attentions.is_empty() {
        return Err(refused("it has no attention in which no place sees a later one".to_owned()));
    }
    let kept = vec![None; 2 * attentions.len()];
    let mut places = Places { time, leaf, attentions, kept, after: Vec::new(), counts: HashSet::new(), inputs: model.inputs.clone() };
    let mut copy = Copy::new(model);
    copy.nodes(|copy, id| places.node(copy, id)).map_err(refused)?;
    let mut roots: Vec<Id> = model.program.roots.iter().map(|root| copy.id(*root)).collect();
    let mut outputs = model.outputs.clone();
    let cache = Cache { inputs: model.inputs.len(), outputs: outputs.len(), kept: places.after.len() };
    for (i, after) in places.after.iter().enumerate() {
        roots.push(*after);
        outputs.push(Output { name: name_of(i), narrow: None });
    }
    let made = copy.builder.finish(model.name.clone(), places.inputs, outputs, roots);
    Ok(Model { classes: model.classes.clone(), metadata: model.metadata.clone(), files: model.files.clone(), cache: Some(cache), ..made })
}

fn name_of(i: usize) -> String {
    format!("{}_{}", if i.is_multiple_of(2) { "key" } else { "value" }, i / 2)
}

/// The places of a sequence, as the graph of a part has them.
struct Places {
    /// The length of the part.
    time: Symbol,
    /// The input that is given in parts.
    leaf: Id,
    /// The attentions of the whole.
    attentions: Vec<Id>,
    /// The inputs that are the keys and values before the part: two for each attention.
    kept: Vec<Option<Id>>,
    /// The keys and values behind the part.
    after: Vec<Id>,
    /// Nodes of the whole that are its length as a number.
    counts: HashSet<Id>,
    inputs: Vec<Input>,
}

impl Places {
    /// What a node of the whole is in a part; `None` if it is the same.
    fn node(&mut self, copy: &mut Copy, id: Id) -> Result<Option<Id>, String> {
        let Some(term) = Term::of(copy.model, id) else { return Ok(None) };
        let time = Dim::symbol(self.time.clone());
        match term.name {
            ATTENTION => self.attention(copy, &term).map(Some),
            "arange" if ty(copy.model, id).shape().dims().is_some_and(|dims| dims[0].same(&time)) => {
                let [start, stop, step] = [0, 1, 2].map(|i| copy.id(term.args[i]));
                let past = self.past(copy)?;
                let past = match ty(copy.model, id).dtype() {
                    Some(DType::I64) | None => past,
                    Some(dtype) => {
                        let dtype = copy.attr(Attr::DType(dtype));
                        copy.op("cast", &[past, dtype])?
                    }
                };
                let starts_at_zero = term.number(0) == Some(0.0);
                let start = if starts_at_zero { past } else { copy.op("add", &[start, past])? };
                let stop = copy.op("add", &[stop, past])?;
                Ok(Some(copy.op_of_shape("arange", &[start, stop, step], ty(copy.model, id), Shape::Ranked(vec![time]))))
            }
            "slice_within" if self.axes(ty(copy.model, term.args[0])).is_empty() && !self.axes(ty(copy.model, id)).is_empty() => {
                let ([start], [stop]) = (term.dims(2)?, term.dims(3)?) else { return Err("a slice of nothing".to_owned()) };
                if start.as_known() != Some(0) || !stop.same(&time) {
                    return Err(format!("a slice from {start} to {stop} is of places that are not known"));
                }
                self.before(copy, 0)?;
                let (x, axis) = (copy.id(term.args[0]), copy.id(term.args[1]));
                let (start, stop) = (Dim::symbol(PAST), Dim::symbol(PAST).add(&time));
                let (start, stop) = (copy.attr(Attr::Dims(vec![start])), copy.attr(Attr::Dims(vec![stop])));
                let shape = ty(copy.model, id).shape().clone();
                Ok(Some(copy.op_of_shape("slice_within", &[x, axis, start, stop], ty(copy.model, id), shape)))
            }
            _ => {
                self.by_place(copy.model, &term).map_err(|why| format!("`{}` {why}", term.name))?;
                Ok(None)
            }
        }
    }

    /// The axes of a type that are the sequence's.
    fn axes(&self, ty: &Type) -> Vec<usize> {
        let dims = ty.shape().dims().unwrap_or(&[]);
        dims.iter().enumerate().filter(|(_, dim)| dim.symbols().any(|symbol| *symbol == self.time)).map(|(i, _)| i).collect()
    }

    /// The input that is the keys or values before the part.
    fn before(&mut self, copy: &mut Copy, i: usize) -> Result<Id, String> {
        if let Some(known) = self.kept[i] {
            return Ok(known);
        }
        let term = Term::of(copy.model, self.attentions[i / 2]).ok_or("an attention that is none")?;
        let own = ty(copy.model, term.args[1 + i % 2]);
        let mut dims = own.shape().dims().ok_or("the number of axes of its keys is not known")?.to_vec();
        let rank = dims.len();
        if rank < 3 || self.axes(own) != [rank - 2] {
            return Err("has its places not on the last axis but one".to_owned());
        }
        dims[rank - 2] = Dim::symbol(PAST);
        let ty = own.with_shape(Shape::Ranked(dims));
        let (name, index) = (format!("past_{}", name_of(i)), copy.model.inputs.len() + i);
        let id = copy.builder.input(index, &name, ty.clone());
        while self.inputs.len() <= index {
            self.inputs.push(Input { name: String::new(), ty: Type::Unknown, narrow: None });
        }
        self.inputs[index] = Input { name, ty, narrow: None };
        self.kept[i] = Some(id);
        Ok(id)
    }

    /// The length of an axis as an integer.
    fn length(copy: &mut Copy, of: Id, axis: i64) -> Result<Id, String> {
        let axis = copy.attr(Attr::Int(axis));
        let length = copy.op("dim", &[of, axis])?;
        let dtype = copy.attr(Attr::DType(DType::I64));
        copy.op("cast", &[length, dtype])
    }

    /// The number of places before the part.
    fn past(&mut self, copy: &mut Copy) -> Result<Id, String> {
        let first = self.before(copy, 0)?;
        let axis = copy.builder.terms.ty(first).rank().unwrap_or(2) as i64 - 2;
        Places::length(copy, first, axis)
    }

    /// The attention of a part's queries to all keys so far.
    fn attention(&mut self, copy: &mut Copy, term: &Term) -> Result<Id, String> {
        let at = self.attentions.iter().position(|id| *id == term.id).ok_or("an attention that is not known")?;
        let mut whole = Vec::new();
        for i in [0, 1] {
            let (before, own) = (self.before(copy, 2 * at + i)?, copy.id(term.args[1 + i]));
            let axis = copy.builder.terms.ty(own).rank().unwrap_or(2) as i64 - 2;
            let axis = copy.attr(Attr::Int(axis));
            whole.push(copy.op("concat", &[axis, before, own])?);
        }
        self.after.extend(&whole);
        let seen = self.seen(copy)?;
        let (q, scale) = (copy.id(term.args[0]), copy.id(term.args[3]));
        copy.op("attention_masked", &[q, whole[0], whole[1], seen, scale])
    }

    /// For each place of the part, which of all places it sees: those up to itself.
    fn seen(&mut self, copy: &mut Copy) -> Result<Id, String> {
        let (past, leaf) = (self.past(copy)?, copy.id(self.leaf));
        let axis = copy.builder.terms.ty(leaf).rank().unwrap_or(1) as i64 - 1;
        let own = Places::length(copy, leaf, axis)?;
        let total = copy.op("add", &[past, own])?;
        let [zero, one] = [0, 1].map(|i| {
            let c = Const::typed_int(DType::I64, i);
            copy.builder.terms.add_typed(Node::Const(c), Type::of_const(&c))
        });
        let places = Type::array(DType::I64, Shape::Unknown);
        let (time, all) = (Dim::symbol(self.time.clone()), Dim::symbol(PAST).add(&Dim::symbol(self.time.clone())));
        let rows = copy.op_of_shape("arange", &[past, total, one], &places, Shape::Ranked(vec![time]));
        let columns = copy.op_of_shape("arange", &[zero, total, one], &places, Shape::Ranked(vec![all]));
        let last = copy.attr(Attr::Int(1));
        let rows = copy.op("expand_dims", &[rows, last])?;
        copy.op("le", &[columns, rows])
    }

    /// Checks that an operation treats each place by itself.
    fn by_place(&mut self, model: &Model, term: &Term) -> Result<(), String> {
        let mixes = || Err("mixes places of the sequence".to_owned());
        if term.args.iter().any(|arg| self.counts.contains(arg)) {
            if term.name != "cast" {
                return Err("computes with the number of places".to_owned());
            }
            self.counts.insert(term.id);
            return Ok(());
        }
        let of = |i: usize| term.args.get(i).map_or(Vec::new(), |arg| self.axes(ty(model, *arg)));
        let given: Vec<Vec<usize>> = (0..term.args.len()).map(of).collect();
        if given.iter().all(Vec::is_empty) {
            return if self.axes(term.ty()).is_empty() { Ok(()) } else { Err("makes places of what is no sequence".to_owned()) };
        }
        if term.name == "dim" {
            if given[0].contains(&(term.axis(1, 0)? as usize)) {
                self.counts.insert(term.id);
            }
            return Ok(());
        }
        if given.iter().any(|axes| axes.len() > 1) || self.axes(term.ty()).len() > 1 {
            return mixes();
        }
        let rank = |i: usize| ty(model, term.args[i]).rank().unwrap_or(0);
        let along = |axes: &[i64]| given[0].first().is_some_and(|time| axes.contains(&(*time as i64)));
        let fits = match term.name {
            "permute" | "expand_dims" | "squeeze" => true,
            "reshape" => {
                let before = |ty: &Type| {
                    let (dims, axis) = (ty.shape().dims()?, *self.axes(ty).first()?);
                    let is_alone = dims[axis].as_symbol().is_some();
                    is_alone.then(|| dims[..axis].iter().fold(Dim::known(1), |n, dim| n.mul(dim)))
                };
                before(ty(model, term.args[0])).zip(before(term.ty())).is_some_and(|(a, b)| a.same(&b))
            }
            "take" | "embedding" if given[0].is_empty() => true,
            "take" => given[1].is_empty() && (!along(&[term.axis(2, 0)?]) || term.number(1) == Some(-1.0)),
            "slice" => !along(&[term.axis(1, 0)?]),
            "slice_within" => {
                let ([start], [stop]) = (term.dims(2)?, term.dims(3)?) else { return mixes() };
                let time = Dim::symbol(self.time.clone());
                !along(&[term.axis(1, 0)?]) || (stop.same(&time) && start.sub(&time).as_known().is_some())
            }
            "layer_norm" => given[0].iter().all(|axis| (*axis as i64) < rank(0) as i64 - term.int(3).unwrap_or(1)),
            "layer_norm_plain" => given[0].iter().all(|axis| (*axis as i64) < rank(0) as i64 - term.int(1).unwrap_or(1)),
            "rms_norm" => !along(&[rank(0) as i64 - 1]),
            "softmax" | "log_softmax" | "argmax" | "argmin" => !along(&[term.axis(1, 0)?]),
            "sum" | "mean" | "max" | "min" | "prod" | "logsumexp" => !along(&term.axes(1)?),
            "matmul" => {
                let (rows, columns) = (given[0].first(), given[1].first());
                let contracted = rows.is_some_and(|axis| *axis + 1 == rank(0)) || columns.is_some_and(|axis| *axis + 2 == rank(1));
                !contracted
            }
            "concat" => {
                let axis = term.int(0)?;
                given.iter().all(|axes| axes.first().is_none_or(|time| *time as i64 != axis))
            }
            _ if is_elementwise(OpId::get(term.name)) => {
                let own = self.axes(term.ty());
                let from_the_end = |rank: usize, axes: &[usize]| axes.first().map(|axis| rank - axis);
                let whole = from_the_end(term.ty().rank().unwrap_or(0), &own);
                (0..given.len()).all(|i| given[i].is_empty() || from_the_end(rank(i), &given[i]) == whole)
            }
            _ => false,
        };
        if fits { Ok(()) } else { mixes() }
    }
}
