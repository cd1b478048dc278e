//! A file's own functions: each call becomes the function's nodes.

use std::collections::HashMap;

use super::proto::{AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto};
use crate::model::ModelError;

/// More nodes than this are no model but functions that call each other many times over.
const NODES: usize = 1 << 20;

/// Functions do not call themselves, so that there is an end to calls within calls.
const DEPTH: usize = 64;

/// Replaces all calls of functions that the file defines.
pub(super) fn inline(model: &mut ModelProto) -> Result<(), ModelError> {
    let functions = std::mem::take(&mut model.functions);
    let Some(graph) = model.graph.as_mut().filter(|_| !functions.is_empty()) else { return Ok(()) };
    let version =
        |imports: &[super::proto::OperatorSetIdProto]| imports.iter().find(|o| domain(o.domain()).is_empty()).map(|o| o.version());
    let own = version(&model.opset_import);
    if let Some(other) = functions.iter().find(|f| version(&f.opset_import).is_some_and(|v| Some(v) != own)) {
        return Err(ModelError::Malformed(format!("function `{}` is for another version of the operators than the model", other.name())));
    }
    let mut inliner = Inliner { functions: &functions, calls: 0, nodes: 0 };
    inliner.graph(graph, 0)
}

fn domain(name: &str) -> &str {
    if name == "ai.onnx" { "" } else { name }
}

struct Inliner<'f> {
    functions: &'f [FunctionProto],
    calls: usize,
    nodes: usize,
}

impl<'f> Inliner<'f> {
    fn graph(&mut self, graph: &mut GraphProto, depth: usize) -> Result<(), ModelError> {
        graph.node = self.expanded(std::mem::take(&mut graph.node), depth)?;
        Ok(())
    }

    fn expanded(&mut self, nodes: Vec<NodeProto>, depth: usize) -> Result<Vec<NodeProto>, ModelError> {
        let mut result = Vec::with_capacity(nodes.len());
        for mut node in nodes {
            self.nodes += 1;
            if depth > DEPTH || self.nodes > NODES {
                return Err(ModelError::Malformed("its functions call each other without end".to_owned()));
            }
            for attribute in &mut node.attribute {
                for graph in attribute.g.iter_mut().chain(&mut attribute.graphs) {
                    self.graph(graph, depth + 1)?;
                }
            }
            match self.function(&node) {
                Some(function) => {
                    let body = self.body(function, &node);
                    result.extend(self.expanded(body, depth + 1)?);
                }
                None => result.push(node),
            }
        }
        Ok(result)
    }

    fn function(&self, node: &NodeProto) -> Option<&'f FunctionProto> {
        let is_called = |f: &&FunctionProto| {
            f.name() == node.op_type() && domain(f.domain()) == domain(node.domain()) && f.overload() == node.overload()
        };
        self.functions.iter().find(is_called)
    }

    /// The function's nodes with the call's operands, results and attributes.
    fn body(&mut self, function: &FunctionProto, call: &NodeProto) -> Vec<NodeProto> {
        self.calls += 1;
        let mut binding = Binding { names: HashMap::new(), call, function, suffix: format!("_{}", self.calls) };
        let parameters = function.input.iter().zip(call.input.iter().map(Some).chain(std::iter::repeat(None)));
        for (name, given) in parameters {
            binding.names.insert(name.clone(), given.cloned().unwrap_or_default());
        }
        for (name, given) in function.output.iter().zip(&call.output).filter(|(_, given)| !given.is_empty()) {
            binding.names.entry(name.clone()).or_insert_with(|| given.clone());
        }
        let mut nodes = function.node.clone();
        nodes.iter_mut().for_each(|node| binding.node(node));
        // An operand that is returned as it is has one name inside and two outside.
        for (name, given) in function.output.iter().zip(&call.output) {
            let inside = binding.names.get(name).cloned().unwrap_or_default();
            if inside != *given && !given.is_empty() {
                nodes.push(NodeProto {
                    input: vec![inside],
                    output: vec![given.clone()],
                    op_type: Some("Identity".to_owned()),
                    ..Default::default()
                });
            }
        }
        nodes
    }
}

/// What a function's names stand for in one call.
struct Binding<'c> {
    names: HashMap<String, String>,
    call: &'c NodeProto,
    function: &'c FunctionProto,
    suffix: String,
}

impl Binding<'_> {
    fn rename(&mut self, name: &mut String) {
        if !name.is_empty() {
            let suffix = &self.suffix;
            *name = self.names.entry(name.clone()).or_insert_with(|| format!("{name}{suffix}")).clone();
        }
    }

    fn node(&mut self, node: &mut NodeProto) {
        node.input.iter_mut().chain(&mut node.output).for_each(|name| self.rename(name));
        let attributes = std::mem::take(&mut node.attribute);
        node.attribute = attributes.into_iter().filter_map(|attribute| self.attribute(attribute)).collect();
    }

    /// An attribute with its value; `None` for one that the call leaves out.
    fn attribute(&mut self, mut attribute: AttributeProto) -> Option<AttributeProto> {
        if !attribute.ref_attr_name().is_empty() {
            let given = self.call.attribute.iter().chain(&self.function.attribute_proto).find(|a| a.name() == attribute.ref_attr_name())?;
            return Some(AttributeProto { name: attribute.name, ref_attr_name: None, ..given.clone() });
        }
        for graph in attribute.g.iter_mut().chain(&mut attribute.graphs) {
            self.graph(graph);
        }
        Some(attribute)
    }

    fn graph(&mut self, graph: &mut GraphProto) {
        let values = graph.input.iter_mut().chain(&mut graph.output).filter_map(|value| value.name.as_mut());
        for name in values.chain(graph.initializer.iter_mut().filter_map(|tensor| tensor.name.as_mut())) {
            self.rename(name);
        }
        graph.node.iter_mut().for_each(|node| self.node(node));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(op: &str, domain: &str, inputs: &[&str], outputs: &[&str], attribute: Vec<AttributeProto>) -> NodeProto {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        NodeProto {
            op_type: Some(op.to_owned()),
            domain: Some(domain.to_owned()),
            input: names(inputs),
            output: names(outputs),
            attribute,
            ..Default::default()
        }
    }

    fn attribute(name: &str, i: Option<i64>, reference: Option<&str>) -> AttributeProto {
        AttributeProto { name: Some(name.to_owned()), i, ref_attr_name: reference.map(str::to_owned), ..Default::default() }
    }

    fn function(name: &str, node: Vec<NodeProto>) -> FunctionProto {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        FunctionProto {
            name: Some(name.to_owned()),
            domain: Some("own".to_owned()),
            input: names(&["x", "scale"]),
            output: names(&["y"]),
            node,
            ..Default::default()
        }
    }

    fn inlined(functions: Vec<FunctionProto>, nodes: Vec<NodeProto>) -> Result<Vec<NodeProto>, ModelError> {
        let graph = GraphProto { node: nodes, ..Default::default() };
        let mut model = ModelProto { graph: Some(graph), functions, ..Default::default() };
        inline(&mut model)?;
        Ok(model.graph.unwrap_or_default().node)
    }

    #[test]
    fn a_call_becomes_the_functions_nodes() {
        let body = vec![
            node("Mul", "", &["x", "scale"], &["t"], vec![]),
            node("Concat", "", &["t", "t"], &["y"], vec![attribute("axis", None, Some("at")), attribute("left", None, Some("out"))]),
        ];
        let calls = vec![node("F", "own", &["a", ""], &["b"], vec![attribute("at", Some(1), None)])];
        let nodes = inlined(vec![function("F", body)], calls).unwrap();
        assert_eq!((&nodes[0].input, &nodes[0].output), (&vec!["a".to_owned(), String::new()], &vec!["t_1".to_owned()]));
        assert_eq!((&nodes[1].input[0], &nodes[1].output[0]), (&"t_1".to_owned(), &"b".to_owned()));
        assert_eq!(nodes[1].attribute, [attribute("axis", Some(1), None)]);
    }

    #[test]
    fn a_function_that_calls_itself_is_refused() {
        let again = function("F", vec![node("F", "own", &["x"], &["y"], vec![])]);
        assert!(inlined(vec![again], vec![node("F", "own", &["a"], &["b"], vec![])]).is_err());
    }
}
