//! The graph with its inputs and outputs, and without what nothing reads.

use std::collections::HashSet;

use super::writer::{Scope, Writer};
use crate::ir::{DType, Dim, Id, Narrow, Repeat, Type};
use crate::model::ModelError;
use crate::model::onnx::proto::tensor_shape_proto::{Dimension, dimension};
use crate::model::onnx::proto::{GraphProto, NodeProto, TensorShapeProto, TypeProto, ValueInfoProto, type_proto};
use crate::model::onnx::{narrow, tensor};
use crate::model::term::{Term, ty};

impl Writer<'_> {
    /// The graph and the version of its operator set, or all that could not be written.
    pub fn finish(mut self) -> Result<(GraphProto, i64), ModelError> {
        let mut outputs = Vec::new();
        for (root, output) in self.model.program.roots.iter().zip(&self.model.outputs) {
            if !self.errors.is_empty() {
                break;
            }
            if ty(self.model, *root).rank().is_none() {
                return Err(ModelError::Unwritable(format!(
                    "output `{}`: how many axes it has is not known, and a file must say it",
                    output.name
                )));
            }
            let value = self.value(*root).map_err(|why| ModelError::Unwritable(format!("output `{}`: {why}", output.name)))?;
            let value = output.narrow.map_or(value.clone(), |narrow| self.cast_to_narrow(value, narrow));
            if value != output.name {
                self.renamed(value, output.name.clone());
            }
            outputs.push(declared(&output.name, ty(self.model, *root), output.narrow));
        }
        if !self.errors.is_empty() {
            return Err(ModelError::Nodes(self.errors));
        }
        let scope = self.scopes.pop().unwrap_or_default();
        let name = if self.model.name.is_empty() { "model" } else { &self.model.name };
        for narrow in self.model.inputs.iter().filter_map(|input| input.narrow) {
            self.needs(narrow::code(narrow).1);
        }
        let inputs = self.model.inputs.iter().map(|input| declared(&input.name, &input.ty, input.narrow)).collect();
        let mut graph = graph(name, scope, outputs);
        let mut read = HashSet::new();
        names_read(&graph, &mut read);
        graph.initializer = self.initializers.into_iter().filter(|tensor| read.contains(tensor.name())).collect();
        graph.input = inputs;
        Ok((graph, self.opset))
    }

    /// A branch, or the rounds of a loop, as a graph whose outputs are the results of a tuple.
    pub fn subgraph(&mut self, name: &str, condition: Id, otherwise: bool, results: Id) -> Result<GraphProto, String> {
        let scope = self.branch(condition, otherwise);
        let names = self.results(results)?.to_vec();
        let Type::Tuple(types) = ty(self.model, results) else { return Err("a branch without results".to_owned()) };
        self.scopes.push(scope);
        let mut outputs: Vec<ValueInfoProto> = Vec::new();
        for (result, ty) in names.into_iter().zip(types) {
            let own = self.scope().nodes.iter().any(|node| node.output.contains(&result));
            let taken = outputs.iter().any(|output| output.name() == result);
            // An output is a value that the branch itself makes, and each is another one.
            let output = if own && !taken {
                result
            } else {
                let other = self.fresh(&result);
                self.renamed(result, other.clone());
                other
            };
            outputs.push(declared(&output, ty, None));
        }
        let scope = self.scopes.pop().unwrap_or_default();
        Ok(graph(name, scope, outputs))
    }
}

impl<'m> Writer<'m> {
    /// The rounds of a loop as a graph, which takes their number, a condition and the states.
    pub fn body(&mut self, name: &str, term: &Term<'m>, repeat: &Repeat<'m>) -> Result<GraphProto, String> {
        let round = self.bind(repeat.round);
        let mut input = vec![declared(&round, ty(self.model, repeat.round), None)];
        input.push(declared(&self.fresh("condition"), &Type::scalar(DType::Bool), None));
        for leaf in repeat.bound {
            input.push(declared(&self.bind(*leaf), ty(self.model, *leaf), None));
        }
        Ok(GraphProto { input, ..self.subgraph(name, term.id, false, term.args[4])? })
    }
}

/// The nodes that outputs need.
fn graph(name: &str, scope: Scope, output: Vec<ValueInfoProto>) -> GraphProto {
    let mut read: HashSet<String> = output.iter().map(|output| output.name().to_owned()).collect();
    let mut node = Vec::new();
    for mut own in scope.nodes.into_iter().rev() {
        if own.output.iter().any(|output| read.contains(output)) {
            inputs_read(&own, &mut read);
            own.name = Some(named(&own));
            node.push(own);
        }
    }
    node.reverse();
    GraphProto { name: Some(name.to_owned()), node, output, ..Default::default() }
}

/// A node has the name of its first result, within the module that it is of.
fn named(node: &NodeProto) -> String {
    let result = node.output.first().map_or("", String::as_str);
    match node.name() {
        "" => result.to_owned(),
        _ if result.contains('/') => result.to_owned(),
        module => format!("/{module}/{result}"),
    }
}

fn inputs_read(node: &NodeProto, read: &mut HashSet<String>) {
    read.extend(node.input.iter().cloned());
    node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()).for_each(|graph| names_read(graph, read));
}

fn names_read(graph: &GraphProto, read: &mut HashSet<String>) {
    graph.node.iter().for_each(|node| inputs_read(node, read));
    read.extend(graph.output.iter().map(|output| output.name().to_owned()));
}

/// A value with its type, which is that of the IR if its elements are of no narrow one.
fn declared(name: &str, ty: &Type, narrow: Option<Narrow>) -> ValueInfoProto {
    let shape = ty.shape().dims().map(|dims| TensorShapeProto { dim: dims.iter().map(length).collect() });
    let tensor =
        type_proto::Tensor { elem_type: narrow.map(|narrow| narrow::code(narrow).0).or_else(|| ty.dtype().map(tensor::code)), shape };
    let ty = TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() };
    ValueInfoProto { name: Some(name.to_owned()), r#type: Some(ty), ..Default::default() }
}

fn length(dim: &Dim) -> Dimension {
    let value = match dim.as_known() {
        Some(n) => Some(dimension::Value::DimValue(n)),
        None if *dim == Dim::Unknown => None,
        None => Some(dimension::Value::DimParam(dim.to_string())),
    };
    Dimension { value, ..Default::default() }
}
