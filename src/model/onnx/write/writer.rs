use std::collections::{HashMap, HashSet};

use prost::Message;

use super::OPSET;
use super::names::Names;
use super::ops::{self, Emitted};
use super::places::{Place, Places};
use crate::ir::{Const, DType, Data, Id, LeafId, Narrow, Node, Numbers, Symbol, Type, Value};
use crate::model::onnx::proto::{AttributeProto, NodeProto, TensorProto};
use crate::model::onnx::{narrow, tensor};
use crate::model::term::{Term, ty};
use crate::model::{Input, Model, NodeError, Source, Weight};

/// The nodes of the graph or of a branch, in order.
#[derive(Default)]
pub(super) struct Scope {
    pub nodes: Vec<NodeProto>,
    /// Where each node is, by all of it but its names.
    known: HashMap<Vec<u8>, usize>,
}

/// Puts a graph together.
pub(super) struct Writer<'m> {
    pub model: &'m Model,
    places: Places,
    names: Names,
    /// The terms that read each term, and the outputs that do.
    readers: HashMap<Id, Vec<Option<Id>>>,
    /// What the results of terms are to be called.
    wanted: HashMap<(Id, usize), String>,
    /// The names of the results of terms.
    values: HashMap<Id, Vec<String>>,
    /// All of those.
    settled: HashSet<String>,
    pub(super) initializers: Vec<TensorProto>,
    /// The names of constants without a name of their own.
    constants: HashMap<(DType, Vec<usize>, Vec<u8>), String>,
    /// The input and axis that a symbol is the length of.
    pub(super) symbols: HashMap<Symbol, (usize, i64)>,
    /// The graph, and the branches that are being written, innermost last.
    pub(super) scopes: Vec<Scope>,
    place: Place,
    /// The name of the value that is being written.
    current: Option<String>,
    /// The module that it is computed in.
    module: Option<&'m str>,
    pub(super) opset: i64,
    failed: HashSet<Id>,
    pub(super) errors: Vec<NodeError>,
}

impl<'m> Writer<'m> {
    pub fn new(model: &'m Model) -> Writer<'m> {
        let mut writer = Writer {
            model,
            places: Places::new(&model.program),
            readers: HashMap::new(),
            names: Names::default(),
            wanted: HashMap::new(),
            values: HashMap::new(),
            settled: HashSet::new(),
            initializers: Vec::new(),
            constants: HashMap::new(),
            symbols: HashMap::new(),
            scopes: vec![Scope::default()],
            place: Vec::new(),
            current: None,
            module: None,
            opset: OPSET,
            failed: HashSet::new(),
            errors: Vec::new(),
        };
        writer.name();
        writer.note_readers();
        for (i, input) in model.inputs.iter().enumerate() {
            for (axis, dim) in input.ty.shape().dims().unwrap_or(&[]).iter().enumerate() {
                if let Some(symbol) = dim.as_symbol() {
                    writer.symbols.entry(symbol.clone()).or_insert((i, axis as i64));
                }
            }
        }
        writer
    }

    /// Settles the names that values have in the model; inputs and outputs must have theirs.
    fn name(&mut self) {
        let model = self.model;
        model.inputs.iter().for_each(|input| self.names.reserve(&input.name));
        model.outputs.iter().for_each(|output| self.names.reserve(&output.name));
        for (root, output) in model.program.roots.iter().zip(&model.outputs).filter(|(_, output)| output.narrow.is_none()) {
            self.wanted.entry(self.result_of(*root)).or_insert_with(|| output.name.clone());
        }
        let mut terms: Vec<Id> = self.places.all().collect();
        terms.sort_unstable();
        for id in terms {
            let (key, name) = (self.result_of(id), model.names.get(&id).filter(|name| !name.is_empty()));
            if let Some(name) = name.filter(|_| Term::of(model, id).is_some() && !self.wanted.contains_key(&key)) {
                let name = self.names.unique(name);
                self.wanted.insert(key, name);
            }
        }
    }

    fn note_readers(&mut self) {
        let mut terms: Vec<Id> = self.places.all().collect();
        terms.sort_unstable();
        for term in terms.into_iter().filter_map(|id| Term::of(self.model, id)) {
            term.args.iter().for_each(|arg| self.readers.entry(*arg).or_default().push(Some(term.id)));
        }
        self.model.program.roots.iter().for_each(|root| self.readers.entry(*root).or_default().push(None));
    }

    /// The terms that read a value, in order.
    pub fn readers(&self, id: Id) -> Vec<Term<'m>> {
        self.readers.get(&id).into_iter().flatten().filter_map(|reader| Term::of(self.model, (*reader)?)).collect()
    }

    /// The op of this name that an argument is, if nothing else reads it: a node may take it in.
    pub fn own(&self, term: &Term<'m>, i: usize, name: &str) -> Option<Term<'m>> {
        term.operand(i, name).filter(|own| self.readers.get(&own.id).is_some_and(|readers| readers.len() == 1))
    }

    /// The term and which of its results a value is.
    fn result_of(&self, id: Id) -> (Id, usize) {
        match Term::of(self.model, id).filter(|term| term.name == "tuple_get") {
            Some(term) => (term.args[0], term.int(1).ok().and_then(|i| usize::try_from(i).ok()).unwrap_or(0)),
            None => (id, 0),
        }
    }

    /// Writes the terms of a place into the innermost scope.
    pub fn block(&mut self, place: &[(Id, bool)]) {
        let outer = std::mem::replace(&mut self.place, place.to_vec());
        for id in self.places.terms(place) {
            if let Some(term) = Term::of(self.model, id) {
                self.term(&term);
            }
        }
        self.place = outer;
    }

    /// The terms of a branch in a scope of its own.
    pub fn branch(&mut self, condition: Id, otherwise: bool) -> Scope {
        self.scopes.push(Scope::default());
        let mut place = self.place.clone();
        place.push((condition, otherwise));
        let outer = (self.current.take(), self.module);
        self.block(&place);
        (self.current, self.module) = outer;
        self.scopes.pop().unwrap_or_default()
    }

    fn term(&mut self, term: &Term<'m>) {
        self.current = self.wanted.get(&(term.id, 0)).cloned();
        self.module = self.model.modules.get(&term.id).map(AsRef::as_ref);
        let emitted = match ops::named(term.name) {
            _ if self.has_failed(term) => return self.fail(term, None),
            None => Err("ONNX has no operator for it".to_owned()),
            Some(emit) => emit(self, term),
        };
        match emitted {
            Ok(results) => {
                let results = self.called(term.id, results);
                self.values.insert(term.id, results);
            }
            // A branch that has failed is reported where it has.
            Err(why) => self.fail(term, (!self.has_failed(term)).then_some(why)),
        }
    }

    fn has_failed(&self, term: &Term) -> bool {
        term.args.iter().any(|arg| self.failed.contains(arg))
    }

    fn fail(&mut self, term: &Term, why: Option<String>) {
        self.failed.insert(term.id);
        if let Some(why) = why {
            let node = self.model.names.get(&term.id).or(self.wanted.get(&(term.id, 0))).cloned();
            self.errors.push(NodeError { node: node.unwrap_or_else(|| format!("%{}", term.id)), op: term.name.to_owned(), why });
        }
    }

    /// Gives results the names that are wanted for them, if they are values that are made here and are no other term's result.
    fn called(&mut self, id: Id, mut results: Vec<String>) -> Vec<String> {
        for (i, result) in results.iter_mut().enumerate() {
            let wanted = self.wanted.get(&(id, i)).filter(|_| !self.settled.contains(result));
            if let (Some(wanted), Some(scope)) = (wanted, self.scopes.last_mut())
                && let Some(from) = scope.nodes.iter().rposition(|node| node.output.contains(result))
            {
                scope.nodes[from..].iter_mut().for_each(|node| rename(node, result, wanted));
                result.clone_from(wanted);
            }
            self.settled.insert(result.clone());
        }
        results
    }

    pub fn scope(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    /// The names of a term's results.
    pub fn results(&self, id: Id) -> Result<&[String], String> {
        self.values.get(&id).map(Vec::as_slice).ok_or_else(|| "an operand has no value".to_owned())
    }

    /// Names what a loop binds, and gives the name.
    pub fn bind(&mut self, leaf: Id) -> String {
        let named = self.model.names.get(&leaf).filter(|name| !name.is_empty());
        let name = self.names.unique(named.map_or("state", String::as_str));
        self.values.insert(leaf, vec![name.clone()]);
        name
    }

    /// The name of an operand's value.
    pub fn value(&mut self, id: Id) -> Result<String, String> {
        match &self.model.program.terms[id] {
            Node::Const(c) => self.number(c),
            Node::Leaf(LeafId(leaf)) => match self.model.leaves.get(*leaf as usize) {
                Some(Source::Input(i)) => Ok(self.input(&self.model.inputs[*i])),
                Some(Source::Weight(i)) => Ok(self.weight(id, &self.model.weights[*i])),
                Some(Source::Bound) => self.results(id)?.first().cloned().ok_or_else(|| "an operand has no value".to_owned()),
                None => Err("an operand is unknown".to_owned()),
            },
            Node::Attr(attr) => Err(format!("{attr} is no operand")),
            Node::Op(..) => self.results(id)?.first().cloned().ok_or_else(|| "an operand has no value".to_owned()),
        }
    }

    /// The values of arguments.
    pub fn all(&mut self, args: &[Id]) -> Result<Vec<String>, String> {
        args.iter().map(|arg| self.value(*arg)).collect()
    }

    /// The name of an operand's value, or none if it is left out.
    pub fn optional(&mut self, id: Id) -> Result<String, String> {
        if matches!(self.model.program.terms[id], Node::Attr(_)) { Ok(String::new()) } else { self.value(id) }
    }

    /// An operand in an element type.
    pub fn value_as(&mut self, id: Id, dtype: DType) -> Result<String, String> {
        match &self.model.program.terms[id] {
            Node::Const(c) if c.dtype != dtype => Ok(self.scalar(dtype, c.as_f64())),
            _ if ty(self.model, id).dtype() == Some(dtype) => self.value(id),
            _ => {
                let value = self.value(id)?;
                Ok(self.cast(value, dtype))
            }
        }
    }

    /// Operands of which a literal has the others' element type.
    pub fn together(&mut self, args: &[Id]) -> Result<Vec<String>, String> {
        let model = self.model;
        let strong = args.iter().map(|arg| ty(model, *arg)).find(|ty| !ty.is_weak()).and_then(Type::dtype);
        let value = |arg: &Id| match strong {
            Some(dtype) if ty(model, *arg).is_weak() => self.value_as(*arg, dtype),
            _ => self.value(*arg),
        };
        args.iter().map(value).collect()
    }

    /// The value of an input, in the element type of the IR.
    fn input(&mut self, input: &Input) -> String {
        match input.narrow {
            Some(narrow) => self.cast(input.name.clone(), narrow.held_by()),
            None => input.name.clone(),
        }
    }

    fn number(&mut self, c: &Const) -> Result<String, String> {
        let weight = Weight::of_value(String::new(), &Value::of_const(c)).ok_or("a number without a value")?;
        Ok(self.constant(&weight))
    }

    fn weight(&mut self, id: Id, weight: &Weight) -> String {
        if let Some([name]) = self.values.get(&id).map(Vec::as_slice) {
            return name.clone();
        }
        let name = self.names.unique(if weight.name.is_empty() { "weight" } else { &weight.name });
        self.initializers.push(tensor::proto(&name, weight));
        self.values.insert(id, vec![name.clone()]);
        name
    }

    /// A constant that the model has not.
    pub fn constant(&mut self, weight: &Weight) -> String {
        let key = (weight.dtype, weight.shape.clone(), weight.bytes.to_vec());
        if let Some(name) = self.constants.get(&key) {
            return name.clone();
        }
        let name = self.names.unique(if weight.name.is_empty() { "constant" } else { &weight.name });
        self.initializers.push(tensor::proto(&name, weight));
        self.constants.insert(key, name.clone());
        name
    }

    /// A number without axes.
    pub fn scalar(&mut self, dtype: DType, x: f64) -> String {
        self.filled(dtype, &[], x)
    }

    /// One number everywhere.
    pub fn filled(&mut self, dtype: DType, shape: &[usize], x: f64) -> String {
        let data = Data::Float(ndarray::ArrayD::from_elem(ndarray::IxDyn(shape), x));
        let weight = Weight::of_value(String::new(), &Value::Array { dtype, weak: false, data });
        weight.map_or_else(String::new, |weight| self.constant(&weight))
    }

    /// A list of integers.
    pub fn list(&mut self, ints: &[i64]) -> String {
        let bytes: Vec<u8> = ints.iter().flat_map(|i| i.to_le_bytes()).collect();
        self.constant(&Weight { name: String::new(), dtype: DType::I64, shape: vec![ints.len()], bytes: bytes.into() })
    }

    pub fn cast(&mut self, x: String, dtype: DType) -> String {
        self.node("Cast", [x], [super::attributes::int("to", tensor::code(dtype).into())])
    }

    /// A value in a type that the IR has not; numbers beyond its largest do not become that one.
    pub fn cast_to_narrow(&mut self, x: String, to: Narrow) -> String {
        use super::attributes::{flag, int};
        let (code, opset) = narrow::code(to);
        self.needs(opset);
        let saturates = matches!(to.numbers(), Numbers::Floats(_)).then(|| flag("saturate", false));
        self.node("Cast", [x], [int("to", code.into())].into_iter().chain(saturates))
    }

    /// A node with one result.
    pub fn node(
        &mut self,
        op: &str,
        inputs: impl IntoIterator<Item = String>,
        attributes: impl IntoIterator<Item = AttributeProto>,
    ) -> String {
        self.nodes(op, inputs, 1, attributes).swap_remove(0)
    }

    /// A node with several results; one that is there already is used again.
    pub fn nodes(
        &mut self,
        op: &str,
        inputs: impl IntoIterator<Item = String>,
        results: usize,
        attributes: impl IntoIterator<Item = AttributeProto>,
    ) -> Vec<String> {
        let mut input: Vec<String> = inputs.into_iter().collect();
        while input.last().is_some_and(String::is_empty) {
            input.pop();
        }
        let mut node = NodeProto { op_type: Some(op.to_owned()), input, attribute: attributes.into_iter().collect(), ..Default::default() };
        let mut key = node.encode_to_vec();
        key.push(results as u8);
        if let Some(known) = self.scopes.iter().rev().find_map(|scope| scope.known.get(&key).map(|at| &scope.nodes[*at])) {
            return known.output.clone();
        }
        let base = self.current.as_ref().map_or_else(|| op.to_lowercase(), |name| format!("{name}.{}", op.to_lowercase()));
        node.name = self.module.map(str::to_owned);
        node.output = (0..results).map(|_| self.names.unique(&base)).collect();
        let outputs = node.output.clone();
        let scope = self.scope();
        scope.known.insert(key, scope.nodes.len());
        scope.nodes.push(node);
        outputs
    }

    /// A value under another name.
    pub fn renamed(&mut self, from: String, to: String) {
        let identity = NodeProto { op_type: Some("Identity".to_owned()), input: vec![from], output: vec![to], ..Default::default() };
        self.scope().nodes.push(identity);
    }

    /// A name that no other value has.
    pub fn fresh(&mut self, name: &str) -> String {
        self.names.unique(name)
    }

    /// Asks for an operator set that has a later operator.
    pub fn needs(&mut self, opset: i64) {
        self.opset = self.opset.max(opset);
    }

    /// The first operand under one operator.
    pub fn same_first(&mut self, term: &Term<'m>, op: &str) -> Emitted {
        let x = self.value(term.args[0])?;
        ops::one(self.node(op, [x], []))
    }

    /// The same operands under one operator.
    pub fn same(&mut self, term: &Term<'m>, op: &str) -> Emitted {
        let operands = self.together(term.args)?;
        ops::one(self.node(op, operands, []))
    }
}

/// Another name for a value that a node, or one in a graph of it, makes or reads.
fn rename(node: &mut NodeProto, from: &str, to: &str) {
    node.input.iter_mut().chain(&mut node.output).filter(|name| *name == from).for_each(|name| to.clone_into(name));
    for graph in node.attribute.iter_mut().filter_map(|attribute| attribute.g.as_mut()) {
        graph.node.iter_mut().for_each(|node| rename(node, from, to));
    }
}
