use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::call::{Call, called};
use super::ops::Piece;
use super::proto::{GraphProto, ModelProto, NodeProto};
use super::split::Split;
use super::{lengths, modules, narrow, ops, tensor};
use crate::ir::{Arg, Attr, Const, DType, Data, Dim, Group, Id, Narrow, Node, OpId, Shape, Target, Type, Value};
use crate::model::builder::ModelBuilder;
use crate::model::{Input, Model, ModelError, NodeError, Output, Weight};

/// No value of more elements than this is made: no memory holds it.
const LARGEST: i64 = 1 << 40;

/// Turns nodes into terms. Constants are computed and lengths followed on the way, so that what only prepares shapes is gone at
/// the end.
pub struct Lowering<'a> {
    pub model: ModelBuilder,
    opset: i64,
    folder: PathBuf,
    /// The values by name, innermost graph last.
    pub(super) scopes: Vec<HashMap<&'a str, Named>>,
    /// Integer values of which the elements are known as lengths.
    lengths: HashMap<Id, Vec<Dim>>,
    /// What values are made of that are sequences.
    pub(super) sequences: HashMap<Id, Vec<Piece>>,
    /// The module of the node that is being lowered.
    pub module: Option<Arc<str>>,
    pub(super) errors: Vec<NodeError>,
    /// Values that cannot be made because an earlier one cannot; they are not reported again.
    pub(super) missing: HashSet<&'a str>,
    /// The condition that was just read, if what follows must be read for each of its branches.
    pub(super) pending: Option<Split>,
    /// The number of such conditions around.
    pub(super) depth: usize,
}

/// What a name of the file stands for.
#[derive(Clone, Copy)]
pub(super) struct Named {
    /// The value; `None` for one that is left out.
    pub id: Option<Id>,
    /// The type of its elements, if it is none of the IR's.
    pub narrow: Option<Narrow>,
}

/// An operand or attribute of an op.
pub enum Part {
    Value(Id),
    Attr(Attr),
}

impl From<Id> for Part {
    fn from(id: Id) -> Part {
        Part::Value(id)
    }
}

impl From<Attr> for Part {
    fn from(attr: Attr) -> Part {
        Part::Attr(attr)
    }
}

impl From<Option<Id>> for Part {
    fn from(id: Option<Id>) -> Part {
        id.map_or(Part::Attr(Attr::None), Part::Value)
    }
}

impl<'a> Lowering<'a> {
    pub fn new(model: &'a ModelProto, folder: &Path) -> Lowering<'a> {
        let opset = model.opset_import.iter().find(|o| matches!(o.domain(), "" | "ai.onnx")).map_or(1, |o| o.version());
        Lowering::of_opset(opset, folder)
    }

    /// A lowering of operators that no file holds.
    pub fn of_opset(opset: i64, folder: &Path) -> Lowering<'a> {
        Lowering {
            model: ModelBuilder::new(),
            opset,
            folder: folder.to_owned(),
            scopes: vec![HashMap::new()],
            lengths: HashMap::new(),
            sequences: HashMap::new(),
            module: None,
            errors: Vec::new(),
            missing: HashSet::new(),
            pending: None,
            depth: 0,
        }
    }

    /// Adds a graph's initializers.
    pub fn initializers(&mut self, graph: &'a GraphProto) -> Result<(), ModelError> {
        for initializer in &graph.initializer {
            let weight = tensor::weight(initializer, &self.folder)
                .map_err(|why| ModelError::Malformed(format!("initializer `{}`: {why}", initializer.name())))?;
            self.model.files.extend(tensor::data_file(initializer, &self.folder).filter(|file| !self.model.files.contains(file)));
            let id = self.constant(weight);
            self.define(initializer.name(), Some(id), narrow::of(initializer.data_type()));
        }
        match graph.sparse_initializer.first() {
            Some(_) => Err(ModelError::Malformed("sparse initializers are not supported".to_owned())),
            None => Ok(()),
        }
    }

    pub fn input(&mut self, index: usize, name: &'a str, input: &Input) {
        let id = self.model.input(index, name, input.ty.clone());
        self.define(name, Some(id), input.narrow);
    }

    /// An input of one element that is always the same number.
    pub fn pinned(&mut self, name: &'a str, input: &Input, number: f64) -> Result<(), ModelError> {
        let refused = |why: String| ModelError::Malformed(format!("input `{name}`: {why}"));
        if let Some(narrow) = input.narrow {
            return Err(refused(format!("a number of type {} is not supported", narrow.name())));
        }
        let ty = &input.ty;
        let dtype = ty.dtype().ok_or_else(|| refused("its element type is not known".to_owned()))?;
        let axes = ty.shape().dims().filter(|dims| dims.iter().all(|dim| dim.as_known().is_none_or(|n| n == 1)));
        let shape = vec![1; axes.ok_or_else(|| refused(format!("--value gives one number, and it is {ty}")))?.len()];
        if !dtype.is_float() && number.fract() != 0.0 {
            return Err(refused(format!("{number} is no {dtype}")));
        }
        let data = Data::Float(ndarray::ArrayD::from_elem(ndarray::IxDyn(&shape), number));
        let weight = Weight::of_value(name.to_owned(), &Value::Array { dtype, weak: false, data });
        let id = self.constant(weight.ok_or_else(|| refused(format!("{number} is no {dtype}")))?);
        self.define(name, Some(id), None);
        Ok(())
    }

    pub fn knows(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.contains_key(name))
    }

    /// Lowers a graph's nodes in their order. What cannot be done is noted, and what depends on it is left out.
    pub fn nodes(&mut self, graph: &'a GraphProto) {
        self.nodes_from(graph, 0);
    }

    pub(super) fn nodes_from(&mut self, graph: &'a GraphProto, first: usize) {
        for (i, node) in graph.node.iter().enumerate().skip(first) {
            if node.input.iter().any(|name| self.missing.contains(name.as_str())) {
                self.missing.extend(node.output.iter().map(String::as_str));
                continue;
            }
            self.module = modules::of(node);
            let made = self.node(node);
            let made = match self.pending.take() {
                Some(split) => match self.split(graph, i + 1, node, split) {
                    Ok(()) => return,
                    Err(why) => Err(why),
                },
                None => made,
            };
            match made {
                Ok((results, narrow)) => self.results(node, results, narrow),
                Err(why) => {
                    let name = called(node);
                    self.errors.push(NodeError { node: name.to_owned(), op: node.op_type().to_owned(), why });
                    self.missing.extend(node.output.iter().map(String::as_str));
                }
            }
        }
    }

    /// The results of a node, and the type of their elements, if it is none of the IR's.
    fn node(&mut self, node: &'a NodeProto) -> Result<(Vec<Option<Id>>, Option<Narrow>), String> {
        ops::named(node.domain(), node.op_type())?;
        let mut inputs = Vec::with_capacity(node.input.len());
        for name in &node.input {
            inputs.push(match self.find(name) {
                _ if name.is_empty() => None,
                Some(id) => id,
                None => return Err(format!("its operand `{name}` is defined nowhere before it")),
            });
        }
        let mut call = Call { node, opset: self.opset, inputs, narrow: None };
        call.narrow = narrow::of_results(self, &call)?;
        Ok((self.called(&call)?, call.narrow))
    }

    /// The results of an operator on operands; `None` for one that is left out.
    #[cfg(feature = "source")]
    pub fn operator(&mut self, node: &'a NodeProto, inputs: Vec<Option<Id>>) -> Result<Vec<Option<Id>>, String> {
        self.called(&Call { node, opset: self.opset, inputs, narrow: None })
    }

    fn called(&mut self, call: &Call<'a>) -> Result<Vec<Option<Id>>, String> {
        let lower = ops::named(call.node.domain(), call.node.op_type())?;
        let results = lower(self, call)?;
        if let [Some(result)] = results[..]
            && let Some(known) = lengths::follow(self, call)
        {
            return Ok(vec![Some(self.known(result, known))]);
        }
        Ok(results)
    }

    /// The value of a name; `Some(None)` for one that is left out.
    pub(super) fn find(&self, name: &str) -> Option<Option<Id>> {
        self.named(name).map(|named| named.id)
    }

    /// The type of the elements of a name's value, if it is none of the IR's.
    pub(super) fn narrow(&self, name: &str) -> Option<Narrow> {
        self.named(name)?.narrow
    }

    fn named(&self, name: &str) -> Option<Named> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name)).copied()
    }

    pub(super) fn results(&mut self, node: &'a NodeProto, results: Vec<Option<Id>>, narrow: Option<Narrow>) {
        for (name, id) in node.output.iter().zip(results).filter(|(name, _)| !name.is_empty()) {
            if let Some(id) = id {
                self.model.names.entry(id).or_insert_with(|| name.clone());
                self.model.name_weight(id, name);
            }
            self.define(name, id, narrow);
        }
    }

    /// Notes lengths that a value's elements are; if all are numbers the value is a constant.
    pub fn known(&mut self, id: Id, known: Vec<Dim>) -> Id {
        let numbers: Option<Vec<i64>> = known.iter().map(Dim::as_known).collect();
        let (Some(numbers), Some(shape)) = (numbers, self.ty(id).shape().value(&|_| None)) else {
            self.lengths.insert(id, known);
            return id;
        };
        let dtype = self.ty(id).dtype().unwrap_or(DType::I64);
        let ints = ndarray::ArrayD::from_shape_vec(ndarray::IxDyn(&shape), numbers.into_iter().map(i128::from).collect());
        let weight = ints.ok().and_then(|ints| Weight::of_value(String::new(), &Value::int(dtype, ints)));
        weight.map_or(id, |weight| self.constant(weight))
    }

    pub(super) fn define(&mut self, name: &'a str, id: Option<Id>, narrow: Option<Narrow>) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name, Named { id, narrow });
        }
    }

    /// The values of a subgraph's outputs, its nodes lowered in place. `given` are the values of its inputs.
    pub fn inline(&mut self, graph: &'a GraphProto, given: &[Option<Id>]) -> Result<Vec<Option<Id>>, String> {
        let given = given.iter().map(|id| Named { id: *id, narrow: None });
        self.scopes.push(graph.input.iter().map(|input| input.name()).zip(given).collect());
        let (before, module) = (self.errors.len(), self.module.clone());
        let initializers = self.initializers(graph).map_err(|e| e.to_string());
        self.nodes(graph);
        let outputs = graph.output.iter().map(|output| self.find(output.name()).flatten());
        let outputs: Vec<Option<Id>> = outputs.collect();
        let narrow = graph.output.iter().find_map(|output| self.narrow(output.name()));
        self.scopes.pop();
        self.module = module;
        initializers?;
        match (self.errors.get(before), narrow) {
            (Some(_), _) => Err("nodes of its graph cannot be done".to_owned()),
            (None, Some(narrow)) => Err(format!("results of its graph of type {} are not supported", narrow.name())),
            (None, None) => Ok(outputs),
        }
    }

    /// The model, or all that could not be done.
    pub fn finish(self, name: String, inputs: Vec<Input>, graph: &'a GraphProto) -> Result<Model, ModelError> {
        if !self.errors.is_empty() {
            return Err(ModelError::Nodes(self.errors));
        }
        let (mut roots, mut outputs) = (Vec::new(), Vec::new());
        for output in &graph.output {
            let narrow = self.narrow(output.name());
            match self.scopes[0].get(output.name()).and_then(|named| named.id) {
                Some(id) if self.sequences.contains_key(&id) => {
                    // A sequence is as many outputs as it has parts.
                    for (i, piece) in self.sequences[&id].iter().enumerate() {
                        let Piece::One(part) = piece else {
                            let why = format!("output `{}`: it is a sequence of which the length is not known", output.name());
                            return Err(ModelError::Malformed(why));
                        };
                        roots.push(*part);
                        outputs.push(Output { name: format!("{}_{i}", output.name()), narrow: None });
                    }
                    continue;
                }
                Some(id) => roots.push(id),
                None => return Err(ModelError::Malformed(format!("output `{}` is defined nowhere", output.name()))),
            }
            outputs.push(Output { name: output.name().to_owned(), narrow });
        }
        Ok(self.model.finish(name, inputs, outputs, roots))
    }

    /// A constant: a number if it has no axes, else a leaf.
    pub fn constant(&mut self, weight: Weight) -> Id {
        self.model.constant(weight)
    }

    /// An op over operands and attributes, in the order of its parameters; computed at once if all operands are constants.
    pub fn op(&mut self, name: &str, parts: impl IntoIterator<Item = Part>) -> Result<Id, String> {
        self.op_of_lengths(name, parts, &[])
    }

    /// As [`Lowering::op`], where more is known of the result's lengths than the op's types say.
    pub fn op_of_lengths(&mut self, name: &str, parts: impl IntoIterator<Item = Part>, lengths: &[Dim]) -> Result<Id, String> {
        let mut ids = Vec::new();
        for part in parts {
            ids.push(match part {
                Part::Value(id) => id,
                Part::Attr(attr) => self.model.terms.add_typed(Node::Attr(attr), Type::Unknown),
            });
        }
        let op = OpId::named(name).ok_or_else(|| format!("no op is named `{name}`"))?;
        if !op.def().takes(ids.len()) {
            return Err(format!("expected {} operands and attributes, found {}", op.def().params.len(), ids.len()));
        }
        self.last_axis_from_the_end(op, &mut ids);
        if matches!(op.def().group, Group::Elementwise | Group::Select) {
            self.without_leading_ones(&mut ids);
        }
        if let Some(folded) = self.model.folded(op, &ids) {
            return Ok(folded);
        }
        let args: Vec<Arg> = ids.iter().map(|id| self.model.terms.program().arg(*id)).collect();
        let mut ty = (op.def().infer)(Target::Rust, &args).map_err(|e| e.0)?;
        if let Type::Array { shape: Shape::Ranked(dims), .. } = &mut ty
            && dims.len() == lengths.len()
        {
            dims.iter_mut().zip(lengths).filter(|(own, _)| **own == Dim::Unknown).for_each(|(own, known)| *own = known.clone());
        }
        held_by_memory(&ty)?;
        if self.changes_nothing(op, &ids, &ty) {
            return Ok(ids[0]);
        }
        let id = self.model.terms.add_typed(Node::op(op, ids), ty);
        if let Some(module) = &self.module {
            self.model.modules.entry(id).or_insert_with(|| module.clone());
        }
        Ok(id)
    }

    /// True for a slice of whole axes, a cast to the own element type and the like.
    fn changes_nothing(&self, op: OpId, ids: &[Id], ty: &Type) -> bool {
        let Some(own) = ids.first().map(|id| self.ty(*id)) else { return false };
        let same = own.dtype() == ty.dtype() && own.is_weak() == ty.is_weak() && own.rank().is_some() && own.shape().same(ty.shape());
        let attr = |i: usize| ids.get(i).and_then(|id| if let Node::Attr(attr) = self.model.terms.node(*id) { Some(attr) } else { None });
        same && match op.def().name {
            "broadcast_to" | "cast" | "reshape" => true,
            "slice" => attr(4) == Some(&Attr::Int(1)),
            "permute" => matches!(attr(1), Some(Attr::Ints(axes)) if axes.iter().enumerate().all(|(i, axis)| i as i64 == *axis)),
            _ => false,
        }
    }

    /// Takes axes of length 1 off the front of constants that broadcast anyway: rules know a bias as a vector and a factor as a number.
    fn without_leading_ones(&mut self, ids: &mut [Id]) {
        let ranks: Vec<Option<usize>> = ids.iter().map(|id| if self.weight(*id).is_some() { None } else { self.ty(*id).rank() }).collect();
        let Some(rank) = ranks.into_iter().flatten().max() else { return };
        for id in ids {
            let Some(weight) = self.weight(*id).filter(|weight| weight.shape.len() <= rank && weight.shape.first() == Some(&1)) else {
                continue;
            };
            let shape = weight.shape.iter().skip_while(|length| **length == 1).copied().collect();
            let weight = Weight { shape, ..weight.clone() };
            *id = self.constant(weight);
        }
    }

    /// Gives the last axis of a reduction or softmax the form in which rules know it.
    fn last_axis_from_the_end(&mut self, op: OpId, ids: &mut [Id]) {
        let along = op.def().group == Group::Reduction || matches!(op.def().name, "softmax" | "log_softmax");
        let Some(last) = ids.first().and_then(|id| self.ty(*id).rank()).map(|rank| rank as i64 - 1).filter(|last| *last >= 0) else {
            return;
        };
        if !along {
            return;
        }
        for (id, _) in ids.iter_mut().zip(op.def().params).skip(1).filter(|(_, param)| param.name() == "axis") {
            let from_the_end = match self.model.terms.node(*id) {
                Node::Attr(Attr::Int(axis)) => *axis == last,
                Node::Attr(Attr::Ints(axes)) => axes[..] == [last],
                _ => false,
            };
            if from_the_end {
                *id = self.model.terms.add_typed(Node::Attr(Attr::Int(-1)), Type::Unknown);
            }
        }
    }

    pub fn ty(&self, id: Id) -> &Type {
        self.model.terms.ty(id)
    }

    pub fn rank(&self, id: Id) -> Result<usize, String> {
        self.ty(id).rank().ok_or_else(|| "the number of axes of its operand is not known".to_owned())
    }

    /// An axis that may count from the end, as one that counts from the front.
    pub fn axis(&self, id: Id, axis: i64) -> Result<i64, String> {
        let rank = self.rank(id)?;
        let found = self.ty(id).shape().axis(axis);
        found.map(|axis| axis as i64).ok_or_else(|| format!("axis {axis} of an operand with {rank} axes"))
    }

    /// The constant array that a value is.
    pub fn weight(&self, id: Id) -> Option<&Weight> {
        self.model.weight(id)
    }

    /// The lengths that an integer value's elements are.
    pub fn dims(&self, id: Id) -> Option<Vec<Dim>> {
        if let Some(known) = self.lengths.get(&id) {
            return Some(known.clone());
        }
        if let Node::Const(c) = self.model.terms.node(id) {
            return c.as_i64().map(|i| vec![Dim::known(i)]);
        }
        let ints = self.weight(id).filter(|w| w.shape.len() <= 1 && w.len() <= 64)?.to_ints()?;
        Some(ints.into_iter().map(|i| Dim::known(i as i64)).collect())
    }

    /// The integers that a value's elements are.
    pub fn ints(&self, id: Id) -> Option<Vec<i64>> {
        if let Node::Const(c) = self.model.terms.node(id) {
            return c.as_i64().map(|i| vec![i]);
        }
        match self.weight(id) {
            Some(weight) => Some(weight.to_ints()?.into_iter().map(|i| i as i64).collect()),
            None => self.lengths.get(&id)?.iter().map(Dim::as_known).collect(),
        }
    }

    /// The number that a value of one element is.
    pub fn number(&self, id: Id) -> Option<f64> {
        match self.model.terms.node(id) {
            Node::Const(c) => Some(c.as_f64()),
            _ => self.weight(id).filter(|w| w.len() == 1).map(|w| w.to_f64()[0]),
        }
    }

    /// A typed scalar.
    pub fn scalar(&mut self, dtype: DType, x: f64) -> Id {
        let c = if dtype.is_float() { Const::typed_float(dtype, x) } else { Const::typed_int(dtype, x as i64) };
        self.model.terms.add_typed(Node::Const(c), Type::of_const(&c))
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Refuses a value that no memory holds.
fn held_by_memory(ty: &Type) -> Result<(), String> {
    let lengths: Option<Vec<i64>> = ty.shape().dims().and_then(|dims| dims.iter().map(Dim::as_known).collect());
    let elements = lengths.as_ref().map(|lengths| lengths.iter().try_fold(1i64, |n, length| n.checked_mul(*length)));
    match elements {
        Some(n) if n.is_none_or(|n| n > LARGEST) => Err(format!("a result of shape {} is too large", ty.shape())),
        _ => Ok(()),
    }
}
